/* SPDX-License-Identifier: Apache-2.0 */
/* Metrics of modules, their lanes and buses. */
#include "metrics.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static const char *const phases[] = {
	[LW_MODULE_ABSENT] = "absent", [LW_MODULE_IDENTIFY] = "identify", [LW_MODULE_WORK] = "work",
	[LW_MODULE_REST] = "rest",     [LW_MODULE_BACKOFF] = "backoff",
};

static double reading(const struct lw_metrics_out *o, size_t cage, enum lw_quantity_id q,
		      unsigned lane)
{
	const struct lw_readings *x = lw_engine_readings(o->e, (int)cage);
	const struct lw_reading *v;

	if (!x || !lw_publish_known(o->s, cage))
		return (double)NAN;
	v = q < LW_MON_LANES ? &x->module[q] : &x->lane[q - LW_MON_LANES][lane];
	return v->status == LW_VALUE_OK ? v->value : (double)NAN;
}

/* CMIS says by an advertisement what its auxiliary monitors measure: the unit tells. */
static double auxiliary(const struct lw_metrics_out *o, size_t cage, const char *unit, double scale)
{
	static const enum lw_quantity_id any[] = {LW_MON_AUX1, LW_MON_AUX2, LW_MON_AUX3,
						  LW_MON_LASER, LW_MON_TEC};
	const struct lw_readings *x = lw_engine_readings(o->e, (int)cage);

	for (size_t i = 0; x && i < sizeof(any) / sizeof(any[0]); i++) {
		double v = reading(o, cage, any[i], 0);

		if (!isnan(v) && strcmp(x->module[any[i]].unit, unit) == 0)
			return v * scale;
	}
	return (double)NAN;
}

static double cage_reading(const struct lw_metrics_out *o, size_t i, enum lw_metric_id id)
{
	const struct lw_readings *x = lw_engine_readings(o->e, (int)i);

	switch (id) {
	case LW_METRIC_MODULE_MEASURED_TIMESTAMP_SECONDS:
		return x && lw_publish_known(o->s, i) ? lw_publish_unix(o->s, x->at) : (double)NAN;
	case LW_METRIC_MODULE_TEMPERATURE_CELSIUS:
		return reading(o, i, LW_MON_TEMPERATURE, 0);
	case LW_METRIC_MODULE_SUPPLY_VOLTS:
		return reading(o, i, LW_MON_SUPPLY, 0);
	case LW_METRIC_MODULE_LASER_TEMPERATURE_CELSIUS:
		return auxiliary(o, i, "degC", 1);
	case LW_METRIC_MODULE_COOLER_RATIO:
		return auxiliary(o, i, "%", 0.01);
	case LW_METRIC_MODULE_COOLER_AMPERES:
		return auxiliary(o, i, "A", 1);
	default:
		return (double)NAN;
	}
}

static double cage_value(const struct lw_metrics_out *o, size_t i, enum lw_metric_id id)
{
	const struct lw_module *m = &o->e->module[i];
	const struct lw_engine_cage *c = &o->e->cage[i];
	const struct lw_bus_stats *bus = &m->bus->stats;

	switch (id) {
	case LW_METRIC_MODULE_PRESENT:
		return m->phase != LW_MODULE_ABSENT;
	case LW_METRIC_MODULE_ADMITTED:
		return lw_publish_known(o->s, i) ? c->admission == LW_ADMITTED : (double)NAN;
	case LW_METRIC_MODULE_MAX_POWER_WATTS:
		return lw_publish_known(o->s, i) ? m->facts.max_power_w : (double)NAN;
	case LW_METRIC_MODULE_IDENTIFICATIONS:
		return m->identities;
	case LW_METRIC_MODULE_EXCHANGES:
		return c->swaps;
	case LW_METRIC_BUS_READS:
		return (double)bus->reads;
	case LW_METRIC_BUS_POLLS:
		return (double)bus->polls;
	case LW_METRIC_BUS_WRITES:
		return (double)bus->writes;
	case LW_METRIC_BUS_ERRORS:
		return (double)bus->errors;
	case LW_METRIC_BUS_READ_BYTES:
		return (double)bus->read_bytes;
	case LW_METRIC_BUS_WRITTEN_BYTES:
		return (double)bus->write_bytes;
	default:
		return cage_reading(o, i, id);
	}
}

static void module_info(struct lw_metrics_out *o, size_t cage)
{
	const struct lw_facts *f = &o->e->module[cage].facts;
	char version[32] = "";

	if (!lw_publish_known(o->s, cage))
		return;
	if (f->fw_major != LW_NONE)
		snprintf(version, sizeof(version), "%d.%d", (int)f->fw_major, (int)f->fw_minor);
	lw_metric_begin(o);
	lw_metric_label_cage(o, cage);
	lw_metric_label(o, "form", f->form_factor ? f->form_factor : "");
	lw_metric_label(o, "vendor", f->vendor_name);
	lw_metric_label(o, "pn", f->vendor_pn);
	lw_metric_label(o, "rev", f->vendor_rev);
	lw_metric_label(o, "sn", f->vendor_sn);
	lw_metric_label(o, "date", f->date_iso);
	lw_metric_label(o, "fw", version);
	lw_metric_value(o, 1);
}

static void state_of_module(struct lw_metrics_out *o, size_t cage)
{
	const struct lw_module *m = &o->e->module[cage];
	size_t n;
	const struct lw_code *rows = lw_code_rows(LW_CODES_MODULE_STATE, &n);

	if (!lw_publish_known(o->s, cage) || m->facts.map != LW_MAP_CMIS)
		return;
	for (size_t i = 0; i < n; i++) {
		if (rows[i].reserved)
			continue;
		lw_metric_begin(o);
		lw_metric_label_cage(o, cage);
		lw_metric_label_state(o, rows[i].name);
		lw_metric_value(o, m->state.module_state == rows[i].first);
	}
}

static void cage_sample(struct lw_metrics_out *o, size_t i, enum lw_metric_id id)
{
	double v;

	if (id == LW_METRIC_MODULE) {
		module_info(o, i);
	} else if (id == LW_METRIC_MODULE_STATE) {
		state_of_module(o, i);
	} else if (id == LW_METRIC_MODULE_PHASE) {
		for (size_t k = 0; k < sizeof(phases) / sizeof(phases[0]); k++) {
			lw_metric_begin(o);
			lw_metric_label_cage(o, i);
			lw_metric_label_state(o, phases[k]);
			lw_metric_value(o, o->e->module[i].phase == k);
		}
	} else {
		v = cage_value(o, i, id);
		if (isnan(v))
			return;
		lw_metric_begin(o);
		lw_metric_label_cage(o, i);
		lw_metric_value(o, v);
	}
}

static void limits(struct lw_metrics_out *o, size_t cage, enum lw_metric_id id)
{
	static const char *const names[] = {"high-alarm", "high-warning", "low-warning",
					    "low-alarm"};
	enum lw_quantity_id q = id == LW_METRIC_MODULE_TEMPERATURE_LIMIT_CELSIUS
					? LW_MON_TEMPERATURE
				: id == LW_METRIC_MODULE_SUPPLY_LIMIT_VOLTS    ? LW_MON_SUPPLY
				: id == LW_METRIC_MODULE_TX_POWER_LIMIT_WATTS  ? LW_MON_TX_POWER
				: id == LW_METRIC_MODULE_TX_BIAS_LIMIT_AMPERES ? LW_MON_TX_BIAS
									       : LW_MON_RX_POWER;
	struct lw_limits x;

	if (!lw_publish_known(o->s, cage) || !lw_engine_readings(o->e, (int)cage))
		return;
	x = lw_monitor_limits(&o->e->module[cage].memory, q);
	for (size_t i = 0; x.stated && i < 4; i++) {
		const double v[] = {x.high_alarm, x.high_warning, x.low_warning, x.low_alarm};

		lw_metric_begin(o);
		lw_metric_label_cage(o, cage);
		lw_metric_label(o, "limit", names[i]);
		lw_metric_value(o, v[i]);
	}
}

static double lane_value(const struct lw_metrics_out *o, size_t cage, unsigned lane,
			 enum lw_metric_id id)
{
	const struct lw_dp_report *d;
	unsigned bit;

	if (id == LW_METRIC_LANE_TX_POWER_WATTS)
		return reading(o, cage, LW_MON_TX_POWER, lane);
	if (id == LW_METRIC_LANE_TX_BIAS_AMPERES)
		return reading(o, cage, LW_MON_TX_BIAS, lane);
	if (id == LW_METRIC_LANE_RX_POWER_WATTS)
		return reading(o, cage, LW_MON_RX_POWER, lane);
	d = lw_publish_known(o->s, cage) ? lw_publish_report(o->s, cage, lane, &bit) : NULL;
	if (!d)
		return (double)NAN;
	return (id == LW_METRIC_LANE_RX_LOS   ? d->rx_los
		: id == LW_METRIC_LANE_RX_LOL ? d->rx_lol
					      : d->tx_fault) >>
		       bit &
	       1;
}

static void lanes(struct lw_metrics_out *o, size_t cage, enum lw_metric_id id)
{
	for (unsigned lane = 0; lane < LW_LANES_MAX; lane++) {
		double v = lane_value(o, cage, lane, id);

		if (isnan(v))
			continue;
		lw_metric_begin(o);
		lw_metric_label_cage(o, cage);
		lw_metric_label_number(o, "lane", lane + 1);
		lw_metric_value(o, v);
	}
}

static void host_lanes(struct lw_metrics_out *o, size_t cage)
{
	const struct lw_module *m = &o->e->module[cage];

	if (!lw_publish_known(o->s, cage) || m->facts.map != LW_MAP_CMIS || m->facts.flat_memory)
		return;
	for (unsigned lane = 0; lane < lw_plan_lanes(&m->facts); lane++) {
		lw_metric_begin(o);
		lw_metric_label_cage(o, cage);
		lw_metric_label_number(o, "host_lane", lane + 1);
		lw_metric_value(o, m->state.dp_state[lane]);
	}
}

void lw_metric_cages(struct lw_metrics_out *o, enum lw_metric_id id)
{
	for (size_t i = 0; i < o->e->fabric->cage_n; i++) {
		if (!lw_publish_has_cage(o->s, i))
			continue;
		if (o->metric->of == LW_OF_CAGE)
			cage_sample(o, i, id);
		else if (o->metric->of == LW_OF_LIMIT)
			limits(o, i, id);
		else if (o->metric->of == LW_OF_LANE)
			lanes(o, i, id);
		else
			host_lanes(o, i);
	}
}
