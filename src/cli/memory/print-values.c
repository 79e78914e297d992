/* SPDX-License-Identifier: Apache-2.0 */
#include "print-values.h"
#include "cli.h"
#include "print-facts.h"
#include <lanewise/explain.h>
#include <lanewise/value.h>
#include <lanewise/vdm.h>
#include <libsmartcols/libsmartcols.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* decode --all: every field, and the monitors of versatile diagnostics through their descriptors.
 */

static const char *const limit_names[] = {"high_alarm", "low_alarm", "high_warning", "low_warning"};

static const char *dim(void)
{
	return cli_bold()[0] ? "\033[2m" : "";
}

/* Is there such a slot in the view, in this bank? */
static bool is_there(const struct lw_view *v, unsigned bank, const struct lw_field *f)
{
	return f->kind != LW_KIND_RESERVED && v->slot[bank][f->slot];
}

static void print_line(const struct lw_field *f, unsigned lane, const struct lw_view *v)
{
	char place[LW_PLACE_MAX], name[96], text[LW_VALUE_TEXT_MAX], first[192];
	struct lw_value value;
	bool good;

	lw_value_decode(f, lane, v, &value);
	good = value.status == LW_VALUE_OK;
	lw_value_text(f, &value, text, sizeof(text));
	lw_field_place_text(f, lane, place);
	if (f->lanes > 1)
		snprintf(name, sizeof(name), "%s[%u]", f->name, lane + 1);
	else
		snprintf(name, sizeof(name), "%s", f->name);
	snprintf(first, sizeof(first), "  %-9s %-46s ", place, name);
	if (good)
		cli_wrap(stdout, first, 59, text);
	else
		printf("%s%s%s%s\n", first, dim(), lw_value_status_name(value.status), cli_plain());
}

static void print_page(const struct lw_view *v, unsigned bank, unsigned slot)
{
	const struct lw_slot *s = &lw_map_slots(v->map, NULL)[slot];
	size_t n;
	const struct lw_field *f = lw_map_fields(v->map, &n);

	if (s->banked && bank)
		printf("\n%s%s bank %u%s\n", cli_bold(), s->name, bank, cli_plain());
	else
		printf("\n%s%s%s\n", cli_bold(), s->name, cli_plain());
	for (size_t i = 0; i < n; i++)
		for (unsigned lane = 0; f[i].slot == slot && lane < f[i].lanes; lane++)
			if (is_there(v, bank, &f[i]))
				print_line(&f[i], bank * f[i].lanes + lane, v);
}

static void number_cell(struct libscols_line *line, size_t column, double value, const char *unit)
{
	char text[48];

	if (isnan(value))
		return;
	snprintf(text, sizeof(text), "%.4g%s%s", value, unit[0] ? " " : "", unit);
	scols_line_set_data(line, column, text);
}

static void vdm_line(struct libscols_table *t, const struct lw_vdm *x)
{
	static const enum lw_vdm_limit order[] = {LW_VDM_LOW_ALARM, LW_VDM_LOW_WARNING,
						  LW_VDM_HIGH_WARNING, LW_VDM_HIGH_ALARM};
	const char *unit = x->info ? x->info->unit : "";
	struct libscols_line *line = scols_table_new_line(t, NULL);
	char text[64];
	size_t n = 0;

	if (!line)
		return;
	snprintf(text, sizeof(text), "%u", x->bank * LW_VDM_INSTANCES + x->instance + 1);
	scols_line_set_data(line, 0, text);
	snprintf(text, sizeof(text), "0x%02x (reserved)", x->type);
	scols_line_set_data(line, 1, x->name ? x->name : text);
	if (x->scope == LW_VDM_MODULE || x->scope == LW_VDM_UNKNOWN)
		snprintf(text, sizeof(text), "%s", lw_vdm_scope_name(x->scope));
	else
		snprintf(text, sizeof(text), "%s %u", lw_vdm_scope_name(x->scope), x->location + 1);
	scols_line_set_data(line, 2, text);
	scols_line_set_data(line, 3, !x->info ? "" : x->info->statistic ? "statistic" : "now");
	if (x->status != LW_VALUE_OK)
		scols_line_set_data(line, 4, lw_value_status_name(x->status));
	else if (x->special)
		scols_line_set_data(line, 4, x->special);
	else if (!x->info) {
		snprintf(text, sizeof(text), "0x%04x", x->raw);
		scols_line_set_data(line, 4, text);
	} else
		number_cell(line, 4, x->value, unit);
	for (unsigned i = 0; x->has_limits && i < 4; i++)
		number_cell(line, 5 + i, x->limit[order[i]], unit);
	text[0] = '\0';
	for (unsigned i = 0; x->flags > 0 && i < 4; i++)
		if (x->flags >> i & 1)
			n += (size_t)snprintf(text + n, sizeof(text) - n, "%s%s", n ? ", " : "",
					      limit_names[i]);
	scols_line_set_data(line, 9, text);
}

void cli_print_observables(const struct lw_view *v)
{
	static const char *const columns[] = {"NO",         "OBSERVABLE", "WHERE",    "KIND",
					      "VALUE",      "LOW ALARM",  "LOW WARN", "HIGH WARN",
					      "HIGH ALARM", "RAISED"};
	struct libscols_table *t = NULL;
	struct lw_vdm x;

	for (unsigned bank = 0; bank < LW_BANKS_MAX; bank++)
		for (unsigned i = 0; i < LW_VDM_INSTANCES; i++) {
			if (!lw_vdm_decode(v, bank, i, &x))
				continue;
			if (!t) {
				printf("\n%sVersatile diagnostics%s\n", cli_bold(), cli_plain());
				t = cli_table_new(columns, sizeof(columns) / sizeof(columns[0]),
						  0x1f1);
			}
			if (t)
				vdm_line(t, &x);
		}
	if (t)
		cli_table_print(t);
}

/* Descriptors, samples, thresholds, flags and masks: shown as one table, not as fields. */
static bool is_vdm_page(const struct lw_view *v, unsigned slot)
{
	return v->map == LW_MAP_CMIS && slot >= LW_CMIS_SLOT_20H && slot <= LW_CMIS_SLOT_2DH;
}

void cli_print_values(const struct lw_view *v)
{
	size_t n;
	const struct lw_slot *s = lw_map_slots(v->map, &n);
	struct lw_buf absent = LW_BUF_INIT;

	for (unsigned i = 0; i < n; i++) {
		bool there = false;

		for (unsigned bank = 0; bank < LW_BANKS_MAX; bank++) {
			if (!v->slot[bank][i])
				continue;
			there = true;
			if (!is_vdm_page(v, i))
				print_page(v, bank, i);
		}
		if (!there)
			lw_buf_printf(&absent, "%s%s", absent.len ? ", " : "", s[i].name);
	}
	if (v->map == LW_MAP_CMIS)
		cli_print_observables(v);
	putchar('\n');
	if (absent.len)
		cli_wrap(stdout, "Pages that are not there: ", 2, lw_buf_str(&absent));
	lw_buf_finish(&absent);
}

static void put_field(const struct lw_field *f, unsigned bank, unsigned lane,
		      const struct lw_view *v, struct lw_json *j)
{
	if (!is_there(v, bank, f))
		return;
	lw_json_begin_object(j);
	lw_value_json_keys(f, bank * f->lanes + lane, v, j);
	lw_json_end_object(j);
}

static void put_fields(const struct lw_view *v, struct lw_json *j)
{
	size_t n, slots;
	const struct lw_field *f = lw_map_fields(v->map, &n);

	lw_map_slots(v->map, &slots);
	lw_json_key(j, "fields");
	lw_json_begin_array(j);
	for (size_t slot = 0; slot < slots; slot++)
		for (unsigned bank = 0; bank < LW_BANKS_MAX; bank++)
			for (size_t i = 0; v->slot[bank][slot] && i < n; i++)
				for (unsigned lane = 0; f[i].slot == slot && lane < f[i].lanes;
				     lane++)
					put_field(&f[i], bank, lane, v, j);
	lw_json_end_array(j);
}

void cli_values_json(const struct lw_view *v, struct lw_json *j)
{
	size_t n;
	const struct lw_slot *s = lw_map_slots(v->map, &n);

	put_fields(v, j);
	lw_json_key(j, "absent_pages");
	lw_json_begin_array(j);
	for (size_t i = 0; i < n; i++) {
		bool there = false;

		for (unsigned bank = 0; bank < LW_BANKS_MAX; bank++)
			there |= v->slot[bank][i] != NULL;
		if (!there)
			lw_json_string(j, s[i].name);
	}
	lw_json_end_array(j);
	lw_json_key(j, "vdm");
	lw_vdm_json(v, j);
}
