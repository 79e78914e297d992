/* SPDX-License-Identifier: Apache-2.0 */
/* Readings and thresholds of a module, in SI units. */
#include <lanewise/monitor.h>

#include "control-internal.h"
#include "monitor-internal.h"
#include <math.h>
#include <string.h>

const char *lw_quantity_name(enum lw_quantity_id q)
{
	static const char *const names[LW_MON_QUANTITIES] = {
		"temperature", "supply", "aux1",     "aux2",    "aux3",    "custom",
		"laser",       "tec",    "tx-power", "tx-bias", "rx-power"};

	return (unsigned)q < LW_MON_QUANTITIES ? names[q] : "";
}

/** Where a quantity stands: its reading, then its thresholds in the order of struct lw_limits. */
struct source {
	uint8_t map, quantity;
	uint16_t reading;
	uint16_t limit[4];
};

/* Aux monitors have two rows: which of them holds a value is told by data/maps/overlays.csv. */
/* clang-format off */
#define CMIS(q, field, limits, end) \
	{LW_MAP_CMIS, q, LW_CMIS_##field, \
	 {LW_CMIS_##limits##_HIGH_ALARM_THRESHOLD##end, LW_CMIS_##limits##_LOW_ALARM_THRESHOLD##end, \
	  LW_CMIS_##limits##_HIGH_WARNING_THRESHOLD##end, LW_CMIS_##limits##_LOW_WARNING_THRESHOLD##end}}
#define SFF(m, q, field, limits) \
	{LW_MAP_##m, q, LW_##m##_##field, \
	 {LW_##m##_##limits##_HIGH_ALARM, LW_##m##_##limits##_LOW_ALARM, \
	  LW_##m##_##limits##_HIGH_WARNING, LW_##m##_##limits##_LOW_WARNING}}
static const struct source sources[] = {
	CMIS(LW_MON_TEMPERATURE, TEMP_MON_VALUE, TEMP_MON, ),
	CMIS(LW_MON_SUPPLY, VCC_MON_VOLTAGE, VCC_MON, ),
	CMIS(LW_MON_AUX1, AUX1_MON_VALUE_TEC, AUX1_MON, _TEC),
	CMIS(LW_MON_AUX1, AUX1_MON_VALUE, AUX1_MON, ),
	CMIS(LW_MON_AUX2, AUX2_MON_VALUE_TEC, AUX2_MON, _TEC),
	CMIS(LW_MON_AUX2, AUX2_MON_VALUE, AUX2_MON, ),
	CMIS(LW_MON_AUX3, AUX3_MON_VALUE_VCC2, AUX3_MON, _VCC2),
	CMIS(LW_MON_AUX3, AUX3_MON_VALUE, AUX3_MON, ),
	CMIS(LW_MON_CUSTOM, CUSTOM_MON_VALUE, CUSTOM_MON, ),
	CMIS(LW_MON_TX_POWER, OPTICAL_POWER_TX, OPTICAL_POWER_TX, ),
	CMIS(LW_MON_TX_BIAS, LASER_BIAS_TX, LASER_BIAS_CURRENT, ),
	CMIS(LW_MON_RX_POWER, OPTICAL_POWER_RX, OPTICAL_POWER_RX, ),
	SFF(SFF8636, LW_MON_TEMPERATURE, TEMPERATURE, TEMP),
	SFF(SFF8636, LW_MON_SUPPLY, VCC, VCC),
	SFF(SFF8636, LW_MON_TX_POWER, TX_POWER, TX_POWER),
	SFF(SFF8636, LW_MON_TX_BIAS, TX_BIAS, TX_BIAS),
	SFF(SFF8636, LW_MON_RX_POWER, RX_POWER, RX_POWER),
	SFF(SFF8472, LW_MON_TEMPERATURE, TEMPERATURE, TEMP),
	SFF(SFF8472, LW_MON_SUPPLY, VCC, VCC),
	SFF(SFF8472, LW_MON_LASER, LASER_TEMP, LASER_TEMP),
	SFF(SFF8472, LW_MON_TEC, TEC_CURRENT, TEC_CURRENT),
	SFF(SFF8472, LW_MON_TX_POWER, TX_POWER, TX_POWER),
	SFF(SFF8472, LW_MON_TX_BIAS, TX_BIAS, TX_BIAS),
	SFF(SFF8472, LW_MON_RX_POWER, RX_POWER, RX_POWER),
};
#undef CMIS
#undef SFF
/* clang-format on */

#define SOURCES (sizeof(sources) / sizeof(sources[0]))

/* Units of the maps, and what they are in SI. */
static double to_si(const char *unit, const char **ret_unit)
{
	static const struct {
		const char *unit, *si;
		double factor;
	} units[] = {{"mW", "W", 1e-3}, {"mA", "A", 1e-3}};

	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++)
		if (strcmp(unit, units[i].unit) == 0) {
			*ret_unit = units[i].si;
			return units[i].factor;
		}
	*ret_unit = unit;
	return 1;
}

/* SFF-8472 does not advertise what cooled lasers alone have (9.5). */
static bool is_denied(const struct lw_view *v, unsigned id)
{
	const struct lw_field *f = lw_map_fields(v->map, NULL);
	int64_t cooled = 0, tunable = 0;

	if (v->map != LW_MAP_SFF8472 ||
	    (id != LW_SFF8472_LASER_TEMP && id != LW_SFF8472_TEC_CURRENT))
		return false;
	(void)lw_field_get(&f[LW_SFF8472_COOLED_TRANSMITTER], 0, v, &cooled);
	(void)lw_field_get(&f[LW_SFF8472_TUNABLE], 0, v, &tunable);
	return !cooled && !tunable;
}

static struct lw_reading decode(const struct lw_view *v, unsigned id, unsigned lane)
{
	const struct lw_field *f = &lw_map_fields(v->map, NULL)[id];
	struct lw_reading r = {0};
	struct lw_value value;

	lw_value_decode(f, lane, v, &value);
	r.status = is_denied(v, id) ? LW_VALUE_NOT_SUPPORTED : value.status;
	r.value = value.number * to_si(f->unit, &r.unit);
	if (r.status != LW_VALUE_OK)
		r.value = (double)NAN;
	return r;
}

void lw_monitor_decode(const struct lw_image *memory, const struct lw_facts *facts,
		       struct lw_mono at, struct lw_readings *ret)
{
	static const struct lw_reading none = {LW_VALUE_NOT_SUPPORTED, (double)NAN, ""};
	struct lw_view v;
	int64_t state;

	lw_image_view(memory, &v);
	*ret = (struct lw_readings){
		.at = at, .lanes = lw_control_media_lanes(memory, facts), .module_state = -1};
	for (unsigned q = 0; q < LW_MON_LANES; q++)
		ret->module[q] = none;
	for (unsigned q = LW_MON_LANES; q < LW_MON_QUANTITIES; q++)
		for (unsigned i = 0; i < LW_LANES_MAX; i++)
			ret->lane[q - LW_MON_LANES][i] = none;
	if (!lw_monitored(memory, facts)) {
		ret->lanes = 0;
		return;
	}
	if (memory->map == LW_MAP_CMIS &&
	    !lw_field_get(&lw_map_fields(LW_MAP_CMIS, NULL)[LW_CMIS_MODULE_STATE], 0, &v, &state))
		ret->module_state = (int)state;
	for (size_t k = 0; k < SOURCES; k++) {
		const struct source *s = &sources[k];

		if (s->map != memory->map)
			continue;
		if (s->quantity < LW_MON_LANES) {
			/* the first of two meanings that holds */
			if (ret->module[s->quantity].status == LW_VALUE_NOT_SUPPORTED)
				ret->module[s->quantity] = decode(&v, s->reading, 0);
			continue;
		}
		for (unsigned i = 0; i < LW_LANES_MAX; i++)
			if (ret->lanes >> i & 1)
				ret->lane[s->quantity - LW_MON_LANES][i] =
					decode(&v, s->reading, i);
	}
}

struct lw_limits lw_monitor_limits(const struct lw_image *memory, enum lw_quantity_id q)
{
	struct lw_limits limits = {0};
	struct lw_view v;

	lw_image_view(memory, &v);
	for (size_t k = 0; k < SOURCES && !limits.stated; k++) {
		const struct source *s = &sources[k];
		double *to[4] = {&limits.high_alarm, &limits.low_alarm, &limits.high_warning,
				 &limits.low_warning};

		if (s->map != memory->map || s->quantity != q ||
		    decode(&v, s->reading, 0).status == LW_VALUE_NOT_SUPPORTED)
			continue;
		limits.stated = true;
		for (unsigned i = 0; i < 4; i++) {
			struct lw_reading r = decode(&v, s->limit[i], 0);

			*to[i] = r.value;
			if (r.status != LW_VALUE_OK)
				limits.stated = false;
		}
	}
	return limits;
}

/* Is the field's page there, and does the module advertise it? */
static bool is_offered(const struct lw_view *v, unsigned id)
{
	struct lw_value value;

	lw_value_decode(&lw_map_fields(v->map, NULL)[id], 0, v, &value);
	return value.status != LW_VALUE_NOT_SUPPORTED;
}

int lw_monitor_read(struct lw_bus *bus, struct lw_image *memory, const struct lw_facts *facts,
		    struct lw_flag_log *log, struct lw_mono now, struct lw_readings *ret,
		    struct lw_error *reterr)
{
	uint16_t ids[LW_FLAG_IDS_MAX + SOURCES + 8];
	const uint16_t *states;
	size_t n = 0, state_n = lw_monitor_states(memory->map, &states);
	struct lw_view v;
	int r;

	if (!lw_monitored(memory, facts)) {
		lw_monitor_decode(memory, facts, now, ret);
		return 0;
	}
	lw_image_view(memory, &v);
	memcpy(ids, states, state_n * sizeof(ids[0]));
	n = state_n;
	for (size_t k = 0; k < SOURCES; k++)
		if (sources[k].map == memory->map && is_offered(&v, sources[k].reading))
			ids[n++] = sources[k].reading;
	if (log)
		n += lw_flag_ids(memory, facts, ids + n);
	r = lw_flags_read(log, bus, memory, facts, ids, n, now, reterr);
	if (r)
		return r;
	lw_monitor_decode(memory, facts, now, ret);
	return 0;
}

int lw_monitor_read_limits(struct lw_bus *bus, struct lw_image *memory,
			   const struct lw_facts *facts, struct lw_error *reterr)
{
	uint16_t ids[4 * SOURCES];
	size_t n = 0;

	if (!lw_monitored(memory, facts))
		return 0;
	if (memory->map == LW_MAP_SFF8636 && facts->flat_memory)
		return 0; /* they stand on page 03h */
	for (size_t k = 0; k < SOURCES; k++)
		for (unsigned i = 0; sources[k].map == memory->map && i < 4; i++)
			ids[n++] = sources[k].limit[i];
	return lw_read_fields(bus, memory, ids, n, 0, reterr);
}
