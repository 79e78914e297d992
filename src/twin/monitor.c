/* SPDX-License-Identifier: Apache-2.0 */
#include "monitor.h"
#include "heat.h"

#include <lanewise/formula.h>

#include <math.h>

/* What the noise is of: every quantity of every lane has its own stream. */
enum { OF_TEMPERATURE = 1, OF_VCC, OF_LANES = 16, OF_TX = 0, OF_BIAS, OF_RX, OF_LANE_N };

static double noise(const struct lw_twin *t, unsigned what, enum lw_twin_number size)
{
	int64_t sample = lw_twin_now(t).ns / (int64_t)lw_twin_numbers[LW_TWIN_T_MONITOR];

	return lw_twin_noise(t, sample, what) * lw_twin_numbers[size];
}

double lw_monitor_temperature(const struct lw_twin *t)
{
	double degc = lw_heat_case_degc(t);

	if (t->fault[LW_FAULT_HOT])
		degc = lw_fault_alarm_degc(t) + lw_twin_numbers[LW_TWIN_TEMPERATURE_OVER];
	degc += lw_fault_age(t, LW_FAULT_RUNAWAY) * lw_twin_numbers[LW_TWIN_RUNAWAY_RATE];
	return degc + noise(t, OF_TEMPERATURE, LW_TWIN_TEMPERATURE_NOISE);
}

double lw_monitor_vcc(const struct lw_twin *t)
{
	return lw_twin_numbers[LW_TWIN_VCC] + noise(t, OF_VCC, LW_TWIN_VCC_NOISE);
}

void lw_monitor_lane(const struct lw_twin *t, unsigned lane, struct lw_monitor_lane *ret)
{
	const struct lw_light_row *row = lw_light_row(t, lane);
	unsigned what = OF_LANES + lane * OF_LANE_N;
	struct lw_light light;

	*ret = (struct lw_monitor_lane){0};
	lw_light_leaving(t, lane, &light);
	if (light.power && row) {
		ret->tx_mw = lw_phy_mw(light.dbm + noise(t, what + OF_TX, LW_TWIN_POWER_NOISE));
		ret->bias_ma =
			t->media[lane].bias_ma * (1 + noise(t, what + OF_BIAS, LW_TWIN_BIAS_NOISE));
		if (t->fault[LW_FAULT_AGED] >> lane & 1)
			ret->bias_ma *= lw_twin_numbers[LW_TWIN_AGED_BIAS];
	}
	lw_light_arriving(t, lane, &light);
	if (light.power && row)
		ret->rx_mw = lw_phy_mw(light.dbm + noise(t, what + OF_RX, LW_TWIN_POWER_NOISE));
}

double lw_watch_limit(const struct lw_memory *m, const struct lw_watch *w, unsigned limit)
{
	double value;

	return lw_field_value(&m->field[w->threshold[limit]], 0, &m->view, &value) ? 0 : value;
}

bool lw_watch_supported(const struct lw_memory *m, const struct lw_watch *w)
{
	return w->need < 0 || lw_memory_get(m, (unsigned)w->need, 0);
}

void lw_watch_show(struct lw_memory *m, const struct lw_watch *w, unsigned lane, double value)
{
	if (lw_watch_supported(m, w))
		lw_memory_put_value(m, w->value, lane, value);
}

/* Put `value` where a count stands for `unit`; 0: the module has no such monitor. */
static void show(struct lw_memory *m, const struct lw_watch *w, unsigned lane, double unit,
		 double value)
{
	if (unit > 0)
		lw_memory_put(m, w->value, lane, llround(value / unit));
}

static double unit_of(struct lw_memory *m, const struct lw_watch *w)
{
	return lw_watch_supported(m, w) ? lw_memory_unit(m, w->value) : 0;
}

void lw_watch_show_lanes(struct lw_twin *t, const struct lw_watch_lanes *w, unsigned n)
{
	struct lw_memory *m = &t->mem;
	double tx_mw = unit_of(m, w->tx_power), bias_ma = unit_of(m, w->tx_bias);
	double rx_mw = unit_of(m, w->rx_power);

	for (unsigned i = 0; i < n; i++) {
		struct lw_monitor_lane lane;

		lw_monitor_lane(t, i, &lane);
		show(m, w->tx_power, i, tx_mw, lane.tx_mw);
		show(m, w->tx_bias, i, bias_ma, lane.bias_ma);
		show(m, w->rx_power, i, rx_mw, lane.rx_mw);
	}
}

void lw_watch_range(const struct lw_memory *m, const struct lw_watch *w, struct lw_range *ret)
{
	int64_t *at = ret->at;

	for (unsigned i = 0; i < LW_LIMITS_N; i++)
		at[i] = lw_memory_get(m, w->threshold[i], 0);
	ret->top =
		at[LW_HIGH_ALARM] < at[LW_HIGH_WARNING] ? at[LW_HIGH_ALARM] : at[LW_HIGH_WARNING];
	ret->bottom = at[LW_LOW_ALARM] > at[LW_LOW_WARNING] ? at[LW_LOW_ALARM] : at[LW_LOW_WARNING];
	/* A module without thresholds has them all alike. */
	if (!lw_watch_supported(m, w) || at[LW_HIGH_ALARM] == at[LW_LOW_ALARM]) {
		ret->top = INT64_MAX;
		ret->bottom = INT64_MIN;
	}
}

void lw_watch_check(struct lw_memory *m, const struct lw_watch *w, const struct lw_range *l,
		    uint32_t high, uint32_t low)
{
	uint32_t beyond[LW_LIMITS_N] = {0};

	if (l->top == INT64_MAX)
		return;
	for (unsigned lane = 0; lane < LW_TWIN_LANES && (high | low) >> lane; lane++) {
		int64_t now = lw_memory_get(m, w->value, lane);

		if (now >= l->bottom && now <= l->top)
			continue;
		for (unsigned i = 0; i < LW_LIMITS_N; i++)
			if (i == LW_LOW_ALARM || i == LW_LOW_WARNING
				    ? (low >> lane & 1) && now < l->at[i]
				    : (high >> lane & 1) && now > l->at[i])
				beyond[i] |= UINT32_C(1) << lane;
	}
	for (unsigned i = 0; i < LW_LIMITS_N; i++)
		if (beyond[i])
			lw_memory_set_mask(m, w->flag[i], beyond[i]);
}

void lw_watch_check_anew(struct lw_memory *m, const struct lw_watch *w, uint32_t high, uint32_t low)
{
	struct lw_range l;

	lw_watch_range(m, w, &l);
	lw_watch_check(m, w, &l, high, low);
}
