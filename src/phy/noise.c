/* SPDX-License-Identifier: Apache-2.0 */
#include <lanewise/formula.h>
#include <math.h>

/* Charge of the electron, C (exact since the SI of 2019). */
#define ELECTRON 1.602176634e-19

/* Mean square of the signal about its mean, by the square of half its outer swing: levels at +-1,
 * and for PAM4 at +-1/3 as well. */
static double spread(enum lw_modulation m)
{
	return m == LW_NRZ ? 1 : m == LW_PAM4 ? 5.0 / 9 : NAN;
}

/* Noise and signal at the detector, in A^2; OMA and average power in mW. */
struct powers {
	double signal, shot, rin, thermal;
};

static struct powers powers(const struct lw_phy_receiver *r, enum lw_modulation m, double oma_mw,
			    double er_db)
{
	double average_a = r->responsivity_a_w * lw_phy_average_mw(oma_mw, er_db) / 1e3;
	double half_a = r->responsivity_a_w * oma_mw / 2e3;
	double hz = r->bandwidth_ghz * 1e9, amp = r->thermal_pa_rthz * 1e-12;
	struct powers p;

	p.signal = spread(m) * half_a * half_a;
	p.shot = 2 * ELECTRON * average_a * hz;
	/* The mean square of the light: its average, and the signal on top. */
	p.rin = lw_phy_ratio(r->rin_db_hz) * hz * (average_a * average_a + p.signal);
	p.thermal = amp * amp * hz;
	return p;
}

double lw_phy_snr_db(const struct lw_phy_receiver *r, enum lw_modulation m, double oma_mw,
		     double er_db)
{
	struct powers p = powers(r, m, oma_mw, er_db);

	if (!(oma_mw >= 0))
		return NAN;
	if (oma_mw == 0)
		return isnan(spread(m)) ? NAN : -INFINITY;
	return lw_phy_db(1 / ((p.shot + p.rin + p.thermal) / p.signal + r->transmitter_ratio));
}

double lw_phy_sensitivity_mw(const struct lw_phy_receiver *r, enum lw_modulation m, double snr_db,
			     double er_db)
{
	/* All but thermal noise scale with the light: shot noise as it does, the rest as its
	 * square. With x mW: (a x)^2 allowed = s x + t, where `allowed` is what 1/SNR leaves to
	 * thermal and shot noise. */
	struct powers one = powers(r, m, 1, er_db);
	double allowed = one.signal * (1 / lw_phy_ratio(snr_db) - r->transmitter_ratio) - one.rin;

	if (!(allowed > 0))
		return NAN;
	return (one.shot + sqrt(one.shot * one.shot + 4 * allowed * one.thermal)) / (2 * allowed);
}

double lw_phy_thermal_pa_rthz(const struct lw_phy_receiver *r, enum lw_modulation m, double snr_db,
			      double oma_mw, double er_db)
{
	struct powers p = powers(r, m, oma_mw, er_db);
	double left = p.signal * (1 / lw_phy_ratio(snr_db) - r->transmitter_ratio) - p.shot - p.rin;

	return left >= 0 ? sqrt(left / (r->bandwidth_ghz * 1e9)) * 1e12 : NAN;
}

double lw_phy_rin_db_hz(double rin_oma_db_hz, double er_db)
{
	double average = lw_phy_average_mw(2, er_db); /* half the OMA is 1 */

	return rin_oma_db_hz - lw_phy_db(average * average + 1);
}

double lw_phy_snr_both_db(double a_db, double b_db)
{
	return lw_phy_db(1 / (1 / lw_phy_ratio(a_db) + 1 / lw_phy_ratio(b_db)));
}

/* Half the distance between levels, squared, by the mean square of the signal: 1, or with PAM4
 * (1/3)^2 of 5/9. */
static double step(enum lw_modulation m)
{
	return m == LW_NRZ ? 1 : m == LW_PAM4 ? 1.0 / 5 : NAN;
}

double lw_phy_q(double snr_db, enum lw_modulation m)
{
	return sqrt(lw_phy_ratio(snr_db) * step(m));
}

double lw_phy_q_snr_db(double q, enum lw_modulation m)
{
	return q >= 0 ? lw_phy_db(q * q / step(m)) : NAN;
}

/* The tail of the normal distribution. */
static double tail(double x)
{
	return erfc(x / M_SQRT2) / 2;
}

double lw_phy_ser(double snr_db, enum lw_modulation m)
{
	double q = lw_phy_q(snr_db, m);

	/* PAM4: two of the four levels have a neighbour on either side: 2 (4 - 1)/4. */
	return m == LW_PAM4 ? 1.5 * tail(q) : tail(q);
}

/*
 * PAM4 with Gray labels 00 01 11 10, thresholds at -2, 0, 2 and levels at +-1, +-3, in units of Q:
 * the first bit is wrong beyond 0, the second where an outer level is taken for an inner one or
 * an inner for an outer one. Averaged over levels and bits this is 3/4 tail(Q) + 1/2 tail(3Q) -
 * 1/4 tail(5Q); the first term alone is the usual approximation.
 */
static double ber_of_q(double q, enum lw_modulation m)
{
	return m == LW_PAM4 ? 0.75 * tail(q) + 0.5 * tail(3 * q) - 0.25 * tail(5 * q) : tail(q);
}

double lw_phy_ber(double snr_db, enum lw_modulation m)
{
	return ber_of_q(lw_phy_q(snr_db, m), m);
}

double lw_phy_ber_snr_db(double ber, enum lw_modulation m)
{
	double low = 0, high = 38.5; /* beyond it the tail is no double */

	if (!(ber > 0 && ber < 0.5) || isnan(step(m)))
		return NAN;
	/* Monotone: halve, then let the secant of the logarithm finish. */
	for (unsigned i = 0; i < 64 && high - low > 1e-14 * high; i++) {
		double q = (low + high) / 2;

		if (ber_of_q(q, m) > ber)
			low = q;
		else
			high = q;
	}
	return lw_phy_q_snr_db((low + high) / 2, m);
}

/*
 * A valley lies midway between two levels, Q from each, and has the tails of both: its height is
 * 2 exp(-Q^2/2) of a peak that stands alone. A peak also has the tails of its neighbours, at 2Q:
 * exp(-2Q^2) each, 2 (M - 1)/M of them on average.
 */
double lw_phy_ltp_db(double snr_db, enum lw_modulation m)
{
	double q = lw_phy_q(snr_db, m), neighbours = m == LW_PAM4 ? 1.5 : 1;

	return lw_phy_db((1 + neighbours * exp(-2 * q * q)) / (2 * exp(-q * q / 2)));
}
