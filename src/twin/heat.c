/* SPDX-License-Identifier: Apache-2.0 */
#include "heat.h"

#include <lanewise/formula.h>
#include <math.h>

static double watts(const struct lw_twin *t)
{
	if (!lw_twin_present(t))
		return 0;
	if (!t->kind->high_power)
		return fmin(t->part->power_w, lw_twin_numbers[LW_TWIN_POWER_LOW]);
	return t->kind->high_power(t) ? t->part->power_w
				      : fmin(t->part->power_w, lw_twin_numbers[t->kind->low_power]);
}

/* Where the case will be if nothing changes. */
static double target(const struct lw_twin *t)
{
	const double *n = lw_twin_numbers;
	double near = 0;

	for (unsigned i = 0; i < t->heat.near_n; i++)
		near += t->heat.near[i]->heat.watts;
	return lw_phy_case_degc(t->heat.air_degc, t->heat.watts,
				lw_phy_resistance_k_w(n[LW_TWIN_RESISTANCE], n[LW_TWIN_AIR_SPEED],
						      t->heat.air_m_s, n[LW_TWIN_AIR_LEAST],
						      n[LW_TWIN_AIR_EXPONENT]),
				near, n[LW_TWIN_COUPLING]);
}

double lw_heat_case_degc(const struct lw_twin *t)
{
	double seconds = (double)(lw_twin_now(t).ns - t->heat.since.ns) / 1e9;

	return lw_phy_settle(t->heat.from_degc, t->heat.to_degc, seconds,
			     lw_twin_numbers[LW_TWIN_T_HEAT] / 1e9);
}

/* What a loop that holds the power needs now, and what it cannot reach. */
static void drive_laser(struct lw_twin *t, struct lw_media_lane *m)
{
	const struct lw_laser_row *kind = m->row ? &lw_laser_rows[m->row->laser] : NULL;
	struct lw_phy_laser l;
	double power_mw, most_ma;

	m->driven = m->row;
	m->bias_ma = m->drift_db = m->drift_pm = 0;
	if (!kind)
		return;
	power_mw = lw_phy_mw(m->row->tx_dbm);
	l = (struct lw_phy_laser){
		.ref_degc = lw_twin_numbers[LW_TWIN_LASER_REFERENCE],
		.threshold_ma = kind->threshold_part * m->row->bias_ma,
		.slope_mw_ma = power_mw / ((1 - kind->threshold_part) * m->row->bias_ma),
		.t0_k = kind->t0_k,
		.t1_k = kind->t1_k,
		.wave_nm_k = kind->wave_nm_k,
		.ageing = kind->ageing,
		.ageing_exponent = kind->ageing_exponent,
		.ageing_ev = kind->ageing_ev,
	};
	m->bias_ma = lw_phy_laser_bias_ma(&l, power_mw, t->heat.to_degc, m->hours);
	m->drift_pm = 1e3 * lw_phy_laser_drift_nm(&l, t->heat.to_degc);
	most_ma = kind->bias_max * m->row->bias_ma;
	if (m->bias_ma > most_ma) {
		m->bias_ma = most_ma;
		power_mw = lw_phy_laser_power_mw(&l, most_ma, t->heat.to_degc, m->hours);
		m->drift_db = fmax(lw_phy_dbm(power_mw) - m->row->tx_dbm,
				   -lw_twin_numbers[LW_TWIN_LASER_SPENT]);
	}
}

void lw_heat_laser(struct lw_twin *t, unsigned lane, const struct lw_light_row *row)
{
	t->media[lane].row = row;
	if (row != t->media[lane].driven)
		drive_laser(t, &t->media[lane]);
}

void lw_heat_lasers(struct lw_twin *t)
{
	lw_twin_touch(t);
	for (unsigned i = 0; i < t->lanes; i++)
		drive_laser(t, &t->media[i]);
}

/* Head for a new temperature, if there is one. */
static bool turn(struct lw_twin *t)
{
	double to = target(t);

	if (to == t->heat.to_degc)
		return false;
	t->heat.from_degc = lw_heat_case_degc(t);
	t->heat.to_degc = to;
	t->heat.since = lw_twin_now(t);
	lw_heat_lasers(t);
	return true;
}

void lw_heat_begin(struct lw_twin *t)
{
	/* What it takes comes with its first run, which tells the neighbours too. */
	t->heat.watts = 0;
	t->heat.to_degc = target(t);
	t->heat.from_degc = t->heat.air_degc;
	t->heat.since = lw_twin_now(t);
	lw_heat_lasers(t);
}

void lw_heat_run(struct lw_twin *t)
{
	double now = watts(t);

	if (now == t->heat.watts)
		return;
	t->heat.watts = now;
	turn(t);
	for (unsigned i = 0; i < t->heat.near_n; i++)
		if (turn(t->heat.near[i]))
			lw_twin_poke(t->heat.near[i]);
}

void lw_heat_age(struct lw_twin *t)
{
	double hours = lw_twin_numbers[LW_TWIN_T_AGE] / 3600e9;

	for (unsigned i = 0; i < t->lanes; i++) {
		struct lw_media_lane *m = &t->media[i];

		if (m->row && (t->emits >> i & 1))
			m->hours += lw_phy_laser_hours(
				&(struct lw_phy_laser){
					.ref_degc = lw_twin_numbers[LW_TWIN_LASER_REFERENCE],
					.ageing_ev = lw_laser_rows[m->row->laser].ageing_ev},
				hours, t->heat.to_degc);
	}
	if (!t->emits)
		return;
	lw_heat_lasers(t);
	lw_twin_poke(t);
}

void lw_heat_age_set(struct lw_twin *t, double hours)
{
	t->opt.age_hours = hours;
	for (unsigned i = 0; i < t->lanes; i++)
		t->media[i].hours = hours;
	lw_heat_lasers(t);
	lw_twin_poke(t);
	lw_world_settle(t->world);
}

void lw_twin_air(struct lw_twin *t, double inlet_degc, double speed_m_s)
{
	t->heat.air_degc = inlet_degc;
	t->heat.air_m_s = speed_m_s;
	if (turn(t))
		lw_twin_poke(t);
	lw_world_settle(t->world);
}

static bool knows(const struct lw_twin *a, const struct lw_twin *b)
{
	for (unsigned i = 0; i < a->heat.near_n; i++)
		if (a->heat.near[i] == b)
			return true;
	return false;
}

int lw_world_neighbour(struct lw_world *w, struct lw_twin *a, struct lw_twin *b,
		       struct lw_error *reterr)
{
	if (a == b)
		return lw_fail(reterr, LW_EINVAL, "%s cannot be its own neighbour", a->name);
	if (knows(a, b))
		return 0;
	if (a->heat.near_n == LW_NEIGHBOURS || b->heat.near_n == LW_NEIGHBOURS)
		return lw_fail(reterr, LW_EINVAL, "%s has %d neighbours already",
			       a->heat.near_n == LW_NEIGHBOURS ? a->name : b->name, LW_NEIGHBOURS);
	a->heat.near[a->heat.near_n++] = b;
	b->heat.near[b->heat.near_n++] = a;
	if (turn(a))
		lw_twin_poke(a);
	if (turn(b))
		lw_twin_poke(b);
	lw_world_settle(w);
	return 0;
}

static void forget(struct lw_twin *a, const struct lw_twin *b)
{
	for (unsigned i = 0; i < a->heat.near_n; i++)
		if (a->heat.near[i] == b) {
			a->heat.near[i] = a->heat.near[--a->heat.near_n];
			break;
		}
	if (turn(a))
		lw_twin_poke(a);
}

void lw_heat_leave(struct lw_twin *t)
{
	for (unsigned i = 0; i < t->heat.near_n; i++)
		forget(t->heat.near[i], t);
	t->heat.near_n = 0;
}
