/* SPDX-License-Identifier: Apache-2.0 */
#include "print-monitor.h"
#include "print-facts.h"
#include "print-module.h"
#include "print-values.h"
#include <lanewise/vdm.h>
#include <libsmartcols.h>
#include <math.h>
#include <string.h>

/* A number of SI as people use it: "1.096 mW (0.40 dBm)", "45.2 degC". */
static void number_text(enum lw_quantity_id q, double v, const char *unit, char *ret, size_t size)
{
	if (isnan(v))
		snprintf(ret, size, "-");
	else if (strcmp(unit, "W") == 0 && v > 0)
		snprintf(ret, size, "%.4f mW (%.2f dBm)", v * 1e3, 10 * log10(v * 1e3));
	else if (strcmp(unit, "W") == 0)
		snprintf(ret, size, "0 mW");
	else if (strcmp(unit, "A") == 0)
		snprintf(ret, size, "%.3f mA", v * 1e3);
	else if (q == LW_MON_CUSTOM || !unit[0])
		snprintf(ret, size, "%g", v);
	else
		snprintf(ret, size, strcmp(unit, "V") == 0 ? "%.3f %s" : "%.1f %s", v, unit);
}

static const char *mark(double v, const struct lw_limits *l)
{
	if (!l->stated || isnan(v))
		return "";
	if (v > l->high_alarm || v < l->low_alarm)
		return " !!";
	return v > l->high_warning || v < l->low_warning ? " !" : "";
}

static void reading_text(const struct cli_module *m, enum lw_quantity_id q,
			 const struct lw_reading *r, char *ret, size_t size)
{
	struct lw_limits limits = lw_monitor_limits(m->memory, q);
	size_t n;

	if (r->status != LW_VALUE_OK) {
		snprintf(ret, size, "%s",
			 r->status == LW_VALUE_NOT_SUPPORTED ? "-"
							     : lw_value_status_name(r->status));
		return;
	}
	number_text(q, r->value, r->unit, ret, size);
	n = strlen(ret);
	snprintf(ret + n, size - n, "%s", mark(r->value, &limits));
}

static void reading_json(struct lw_json *j, const char *key, const struct lw_reading *r)
{
	lw_json_key(j, key);
	lw_json_begin_object(j);
	lw_json_put_string(j, "status", lw_value_status_name(r->status));
	lw_json_put_number(j, "value", r->value);
	lw_json_put_string(j, "unit", r->unit);
	lw_json_end_object(j);
}

static void monitor_json(struct cli_module *m, const struct lw_readings *r)
{
	struct lw_json *j = &m->json_out;

	cli_module_begin_json(m, "monitor");
	lw_json_put_number(j, "at_s", (double)r->at.ns / 1e9);
	lw_json_key(j, "module");
	lw_json_begin_object(j);
	for (unsigned q = 0; q < LW_MON_LANES; q++)
		if (r->module[q].status != LW_VALUE_NOT_SUPPORTED)
			reading_json(j, lw_quantity_name(q), &r->module[q]);
	lw_json_end_object(j);
	lw_json_key(j, "lanes");
	lw_json_begin_array(j);
	for (unsigned i = 0; i < LW_LANES_MAX; i++) {
		if (!(r->lanes >> i & 1) || !cli_module_lane(m, i))
			continue;
		lw_json_begin_object(j);
		lw_json_put_int(j, "lane", i + 1);
		for (unsigned q = LW_MON_LANES; q < LW_MON_QUANTITIES; q++)
			reading_json(j, lw_quantity_name(q), &r->lane[q - LW_MON_LANES][i]);
		lw_json_end_object(j);
	}
	lw_json_end_array(j);
	lw_json_end_object(j);
}

void cli_print_monitor(struct cli_module *m, const struct lw_readings *r)
{
	static const char *const columns[] = {"LANE", "TX POWER", "TX BIAS", "RX POWER"};
	struct libscols_table *t;
	char text[64];

	if (m->json) {
		monitor_json(m, r);
		return;
	}
	for (unsigned q = 0; q < LW_MON_LANES; q++) {
		if (r->module[q].status == LW_VALUE_NOT_SUPPORTED)
			continue;
		reading_text(m, q, &r->module[q], text, sizeof(text));
		printf("  %-12s %s\n", lw_quantity_name(q), text);
	}
	if (!r->lanes) {
		puts("  the module has no monitors");
		return;
	}
	t = cli_table_new(columns, 4, 0xf);
	for (unsigned i = 0; t && i < LW_LANES_MAX; i++) {
		bool shown = r->lanes >> i & 1 && cli_module_lane(m, i);
		struct libscols_line *line = shown ? scols_table_new_line(t, NULL) : NULL;

		if (!line)
			continue;
		snprintf(text, sizeof(text), "%u", i + 1);
		scols_line_set_data(line, 0, text);
		for (unsigned q = LW_MON_LANES; q < LW_MON_QUANTITIES; q++) {
			reading_text(m, q, &r->lane[q - LW_MON_LANES][i], text, sizeof(text));
			scols_line_set_data(line, 1 + q - LW_MON_LANES, text);
		}
	}
	if (t)
		cli_table_print(t);
}

static const char *unit_of(enum lw_quantity_id q, const struct lw_readings *r)
{
	return q < LW_MON_LANES ? r->module[q].unit : r->lane[q - LW_MON_LANES][0].unit;
}

void cli_print_thresholds(struct cli_module *m)
{
	static const char *const columns[] = {"QUANTITY", "LOW ALARM", "LOW WARNING",
					      "HIGH WARNING", "HIGH ALARM"};
	static const char *const keys[] = {"low_alarm", "low_warning", "high_warning",
					   "high_alarm"};
	struct libscols_table *t = m->json ? NULL : cli_table_new(columns, 5, 0x1e);
	struct lw_json *j = &m->json_out;
	struct lw_readings now;

	lw_monitor_decode(m->memory, m->facts, (struct lw_mono){0}, &now);
	if (m->json) {
		cli_module_begin_json(m, "thresholds");
		lw_json_key(j, "thresholds");
		lw_json_begin_object(j);
	}
	for (unsigned q = 0; q < LW_MON_QUANTITIES; q++) {
		struct lw_limits l = lw_monitor_limits(m->memory, q);
		const double v[4] = {l.low_alarm, l.low_warning, l.high_warning, l.high_alarm};
		struct libscols_line *line;
		char text[64];

		if (!l.stated)
			continue;
		if (m->json) {
			lw_json_key(j, lw_quantity_name(q));
			lw_json_begin_object(j);
			lw_json_put_string(j, "unit", unit_of(q, &now));
			for (unsigned i = 0; i < 4; i++)
				lw_json_put_number(j, keys[i], v[i]);
			lw_json_end_object(j);
			continue;
		}
		line = t ? scols_table_new_line(t, NULL) : NULL;
		if (!line)
			continue;
		scols_line_set_data(line, 0, lw_quantity_name(q));
		for (unsigned i = 0; i < 4; i++) {
			number_text(q, v[i], unit_of(q, &now), text, sizeof(text));
			scols_line_set_data(line, i + 1, text);
		}
	}
	if (m->json) {
		lw_json_end_object(j);
		lw_json_end_object(j);
	} else if (t && scols_table_get_nlines(t)) {
		cli_table_print(t);
	} else {
		if (t)
			scols_unref_table(t);
		puts("  the module states no thresholds");
	}
}

/* Flags of VDM are counted by instance. */
static bool is_vdm(const struct cli_module *m, const struct lw_flag_entry *e)
{
	const struct lw_field *f = &lw_map_fields(m->memory->map, NULL)[e->field];

	return m->memory->map == LW_MAP_CMIS && f->slot == LW_CMIS_SLOT_2CH;
}

/* Flags of the module, and of VDM instances, are no lane's: they are always shown. */
static bool is_wanted(const struct cli_module *m, const struct lw_flag_entry *e)
{
	return e->lane < 0 || is_vdm(m, e) || cli_module_lane(m, (unsigned)e->lane);
}

static void flags_json(struct cli_module *m, const struct lw_flag_log *log)
{
	const struct lw_field *fields = lw_map_fields(m->memory->map, NULL);
	struct lw_json *j = &m->json_out;

	cli_module_begin_json(m, "flags");
	lw_json_put_number(j, "at_s", (double)cli_module_now(m).ns / 1e9);
	lw_json_put_int(j, "looks", (int64_t)log->looks);
	lw_json_put_bool(j, "full", log->full);
	lw_json_key(j, "flags");
	lw_json_begin_array(j);
	for (unsigned i = 0; i < log->n; i++) {
		const struct lw_flag_entry *e = &log->entry[i];

		if (!is_wanted(m, e))
			continue;
		lw_json_begin_object(j);
		lw_json_put_string(j, "flag", fields[e->field].name);
		lw_json_key(j, "lane");
		if (e->lane < 0)
			lw_json_null(j);
		else
			lw_json_int(j, e->lane + 1);
		lw_json_put_bool(j, "set", e->set);
		lw_json_put_int(j, "count", (int64_t)e->count);
		lw_json_put_number(j, "first_set_s", (double)e->first_set.ns / 1e9);
		lw_json_put_number(j, "last_set_s", (double)e->last_set.ns / 1e9);
		lw_json_put_number(j, "last_seen_s", (double)e->last_seen.ns / 1e9);
		lw_json_key(j, "cleared_s");
		if (e->cleared.ns)
			lw_json_number(j, (double)e->cleared.ns / 1e9);
		else
			lw_json_null(j);
		lw_json_end_object(j);
	}
	lw_json_end_array(j);
	lw_json_end_object(j);
}

/* Seconds before now, as people read them. */
static void ago(struct cli_module *m, struct lw_mono at, char *ret, size_t size)
{
	if (!at.ns)
		snprintf(ret, size, "-");
	else
		snprintf(ret, size, "%.1f s ago", (double)(cli_module_now(m).ns - at.ns) / 1e9);
}

static bool same_fate(const struct lw_flag_entry *a, const struct lw_flag_entry *b)
{
	return a->field == b->field && a->set == b->set && a->count == b->count &&
	       a->first_set.ns == b->first_set.ns && a->last_seen.ns == b->last_seen.ns &&
	       a->cleared.ns == b->cleared.ns;
}

/* "1-4,7", "VDM 33,41": lanes or instances of all flags that share the fate of entry `i`. */
static void lanes_of_flag(const struct cli_module *m, const struct lw_flag_log *log, unsigned i,
			  char *ret, size_t size)
{
	bool there[LW_VDM_INSTANCES * LW_BANKS_MAX + 1] = {false};
	const int most = LW_VDM_INSTANCES * LW_BANKS_MAX;
	size_t n = 0;

	snprintf(ret, size, "-");
	for (unsigned k = i; k < log->n; k++)
		if (same_fate(&log->entry[i], &log->entry[k]) && log->entry[k].lane >= 0 &&
		    log->entry[k].lane < most && is_wanted(m, &log->entry[k]))
			there[log->entry[k].lane] = true;
	for (int first = 0; first < most && n < size; first++) {
		int last = first;

		if (!there[first])
			continue;
		while (there[last + 1])
			last++;
		n += (size_t)snprintf(ret + n, size - n, last > first ? "%s%d-%d" : "%s%d",
				      n                           ? ","
				      : is_vdm(m, &log->entry[i]) ? "VDM "
								  : "",
				      first + 1, last + 1);
		first = last;
	}
}

/* Is entry `i` the first to show of those that share its fate? */
static bool begins_line(const struct cli_module *m, const struct lw_flag_log *log, unsigned i)
{
	if (!is_wanted(m, &log->entry[i]))
		return false;
	for (unsigned k = 0; k < i; k++)
		if (same_fate(&log->entry[k], &log->entry[i]) && is_wanted(m, &log->entry[k]))
			return false;
	return true;
}

void cli_print_flags(struct cli_module *m, const struct lw_flag_log *log)
{
	static const char *const columns[] = {"FLAG",      "LANES",     "NOW", "CAME",
					      "FIRST SET", "LAST SEEN", "GONE"};
	const struct lw_field *fields = lw_map_fields(m->memory->map, NULL);
	struct libscols_table *t;

	if (m->json) {
		flags_json(m, log);
		return;
	}
	if (!log->looks) {
		puts("  the module has no flags");
		return;
	}
	if (!log->n) {
		printf("  no flag in %llu look%s\n", (unsigned long long)log->looks,
		       log->looks == 1 ? "" : "s");
		return;
	}
	t = cli_table_new(columns, 7, 0x8);
	for (unsigned i = 0; t && i < log->n; i++) {
		const struct lw_flag_entry *e = &log->entry[i];
		struct libscols_line *line =
			begins_line(m, log, i) ? scols_table_new_line(t, NULL) : NULL;
		char text[128];

		if (!line)
			continue;
		scols_line_set_data(line, 0, fields[e->field].name);
		lanes_of_flag(m, log, i, text, sizeof(text));
		scols_line_set_data(line, 1, text);
		scols_line_set_data(line, 2, e->set ? "set" : "clear");
		snprintf(text, sizeof(text), "%llu", (unsigned long long)e->count);
		scols_line_set_data(line, 3, text);
		ago(m, e->first_set, text, sizeof(text));
		scols_line_set_data(line, 4, text);
		ago(m, e->last_seen, text, sizeof(text));
		scols_line_set_data(line, 5, text);
		ago(m, e->cleared, text, sizeof(text));
		scols_line_set_data(line, 6, text);
	}
	if (t)
		cli_table_print(t);
}

void cli_no_vdm_json(struct cli_module *m, const struct lw_error *why)
{
	cli_module_begin_json(m, "vdm");
	lw_json_put_number(&m->json_out, "at_s", (double)cli_module_now(m).ns / 1e9);
	lw_json_put_string(&m->json_out, "error", why->message);
	lw_json_key(&m->json_out, "vdm");
	lw_json_begin_array(&m->json_out);
	lw_json_end_array(&m->json_out);
	lw_json_end_object(&m->json_out);
}

void cli_print_vdm(struct cli_module *m)
{
	struct lw_view v;

	lw_image_view(m->memory, &v);
	if (!m->json) {
		cli_print_observables(&v);
		return;
	}
	cli_module_begin_json(m, "vdm");
	lw_json_put_number(&m->json_out, "at_s", (double)cli_module_now(m).ns / 1e9);
	lw_json_put_string(&m->json_out, "error", NULL);
	lw_json_key(&m->json_out, "vdm");
	lw_vdm_json(&v, &m->json_out);
	lw_json_end_object(&m->json_out);
}
