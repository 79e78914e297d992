/* SPDX-License-Identifier: Apache-2.0 */
#include <lanewise/formula.h>
#include <math.h>

/* Dry air at 25 degC and 101.3 kPa: kg/m^3 and J/(kg K) (US Standard Atmosphere). */
#define AIR_DENSITY 1.184
#define AIR_HEAT    1005.0
#define BOLTZMANN   8.617333262e-5 /* eV/K, exact since the SI of 2019 */
#define KELVIN      273.15

double lw_phy_resistance_k_w(double ref_k_w, double ref_m_s, double air_m_s, double least_m_s,
			     double exponent)
{
	double air = fmax(air_m_s, least_m_s);

	return ref_m_s > 0 && air > 0 ? ref_k_w * pow(ref_m_s / air, exponent) : NAN;
}

double lw_phy_case_degc(double air_degc, double power_w, double resistance_k_w, double neighbours_w,
			double coupling_k_w)
{
	return air_degc + power_w * resistance_k_w + neighbours_w * coupling_k_w;
}

double lw_phy_air_rise_k(double power_w, double flow_m3_s)
{
	return flow_m3_s > 0 ? power_w / (AIR_DENSITY * AIR_HEAT * flow_m3_s) : NAN;
}

double lw_phy_settle(double from, double to, double seconds, double constant_s)
{
	return to + (from - to) * exp(-fmax(seconds, 0) / constant_s);
}

double lw_phy_laser_hours(const struct lw_phy_laser *l, double hours, double degc)
{
	/* Arrhenius: how much faster it ages than at the reference. */
	return hours *
	       exp(l->ageing_ev / BOLTZMANN * (1 / (l->ref_degc + KELVIN) - 1 / (degc + KELVIN)));
}

double lw_phy_laser_threshold_ma(const struct lw_phy_laser *l, double degc, double hours)
{
	double older = hours > 0 ? l->ageing * pow(hours / 1000, l->ageing_exponent) : 0;

	return l->threshold_ma * exp((degc - l->ref_degc) / l->t0_k) * (1 + older);
}

double lw_phy_laser_slope_mw_ma(const struct lw_phy_laser *l, double degc)
{
	return l->slope_mw_ma * exp(-(degc - l->ref_degc) / l->t1_k);
}

double lw_phy_laser_bias_ma(const struct lw_phy_laser *l, double power_mw, double degc,
			    double hours)
{
	return lw_phy_laser_threshold_ma(l, degc, hours) +
	       power_mw / lw_phy_laser_slope_mw_ma(l, degc);
}

double lw_phy_laser_power_mw(const struct lw_phy_laser *l, double bias_ma, double degc,
			     double hours)
{
	double above = bias_ma - lw_phy_laser_threshold_ma(l, degc, hours);

	return above > 0 ? above * lw_phy_laser_slope_mw_ma(l, degc) : isnan(above) ? NAN : 0;
}

double lw_phy_laser_drift_nm(const struct lw_phy_laser *l, double degc)
{
	return (degc - l->ref_degc) * l->wave_nm_k;
}
