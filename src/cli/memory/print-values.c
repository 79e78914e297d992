/* SPDX-License-Identifier: Apache-2.0 */
#include "print-values.h"
#include "cli.h"
#include "print-facts.h"
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

static void put_place(const struct lw_field *f, unsigned lane, unsigned *ret_first,
		      unsigned *ret_last, unsigned *ret_low)
{
	unsigned byte, shift;
	const struct lw_slot *s = &lw_map_slots((enum lw_map_id)f->map, NULL)[f->slot];

	lw_field_place(f, lane % f->lanes, &byte, &shift);
	*ret_first = byte + (s->upper ? 128 : 0);
	*ret_last = *ret_first + (f->width > 8 ? f->width / 8u - 1 : 0);
	*ret_low = shift;
}

void cli_place(const struct lw_field *f, unsigned lane, char ret[24])
{
	unsigned first, last, low;

	put_place(f, lane, &first, &last, &low);
	if (last > first)
		snprintf(ret, 24, "%u-%u", first, last);
	else if (f->width >= 8)
		snprintf(ret, 24, "%u", first);
	else if (f->width == 1)
		snprintf(ret, 24, "%u.%u", first, low);
	else
		snprintf(ret, 24, "%u.%u-%u", first, low + f->width - 1, low);
}

/* Is there such a slot in the view, in this bank? */
static bool is_there(const struct lw_view *v, unsigned bank, const struct lw_field *f)
{
	return f->kind != LW_KIND_RESERVED && v->slot[bank][f->slot];
}

static void print_line(const struct lw_field *f, unsigned lane, const struct lw_view *v)
{
	char place[24], name[96], text[LW_VALUE_TEXT_MAX], first[192];
	struct lw_value value;
	bool good;

	lw_value_decode(f, lane, v, &value);
	good = value.status == LW_VALUE_OK;
	lw_value_text(f, &value, text, sizeof(text));
	cli_place(f, lane, place);
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

/* After a key. Error ratios are far below the nine decimals that lw_json_number() writes. */
static void put_double(struct lw_json *j, double v)
{
	if (!isfinite(v) || v == 0 || fabs(v) >= 1e-3) {
		lw_json_number(j, v);
		return;
	}
	lw_buf_printf(j->buf, "%.6g", v);
	j->keyed = false;
}

/* The raw content: a number as stored, text and bytes in hex. */
static void put_raw(const struct lw_value *value, struct lw_json *j)
{
	char hex[2 * 128 + 1];

	lw_json_key(j, "raw");
	if (value->has_raw) {
		lw_json_int(j, value->raw);
		return;
	}
	for (size_t i = 0; i < value->size && i < 128; i++)
		snprintf(hex + 2 * i, 3, "%02x", value->bytes[i]);
	lw_json_string(j, value->bytes ? hex : NULL);
}

/* Nothing stands here that is no value: no old reading, no number of a reserved code. */
static void put_value(const struct lw_field *f, const struct lw_value *value, struct lw_json *j)
{
	char text[LW_VALUE_TEXT_MAX];
	bool good = value->status == LW_VALUE_OK;

	lw_value_text(f, value, text, sizeof(text));
	lw_json_key(j, "value");
	if (!good)
		lw_json_null(j);
	else if (value->kind == LW_VALUE_BOOL)
		lw_json_bool(j, value->raw != 0);
	else if (value->kind == LW_VALUE_CODE && isnan(value->number))
		lw_json_int(j, value->raw);
	else if (value->kind == LW_VALUE_NUMBER || value->kind == LW_VALUE_CODE)
		put_double(j, value->number);
	else
		lw_json_string(j, text);
	lw_json_put_string(j, "unit", f->unit[0] ? f->unit : NULL);
	lw_json_put_string(j, "text", good ? text : NULL);
	lw_json_put_string(j, "status", lw_value_status_name(value->status));
}

static void put_field(const struct lw_field *f, unsigned lane, const struct lw_view *v,
		      struct lw_json *j)
{
	const struct lw_slot *s = &lw_map_slots(v->map, NULL)[f->slot];
	unsigned first, last, low;
	struct lw_value value;
	char bits[16];

	lw_value_decode(f, lane, v, &value);
	put_place(f, lane, &first, &last, &low);
	snprintf(bits, sizeof(bits), "%u:%u", low + f->width - 1u, low);
	lw_json_begin_object(j);
	lw_json_put_string(j, "name", f->name);
	lw_json_put_string(j, "standard", f->std);
	lw_json_put_string(j, "page", s->name);
	lw_json_put_int(j, "bank", lane / f->lanes);
	lw_json_put_int(j, "byte", first);
	lw_json_put_string(j, "bits", bits);
	lw_json_key(j, "lane");
	if (f->lanes > 1)
		lw_json_int(j, lane + 1);
	else
		lw_json_null(j);
	put_raw(&value, j);
	put_value(f, &value, j);
	lw_json_put_string(j, "why",
			   value.decider && value.status != LW_VALUE_OK ? value.decider->name
									: NULL);
	lw_json_put_string(j, "ref", f->ref);
	lw_json_end_object(j);
}

static void put_vdm(const struct lw_vdm *x, struct lw_json *j)
{
	bool has_lane = x->scope != LW_VDM_MODULE && x->scope != LW_VDM_UNKNOWN;

	lw_json_begin_object(j);
	lw_json_put_int(j, "instance", x->bank * LW_VDM_INSTANCES + x->instance + 1);
	lw_json_put_int(j, "type", x->type);
	lw_json_put_string(j, "observable", x->name);
	lw_json_put_string(j, "where",
			   x->scope == LW_VDM_UNKNOWN ? NULL : lw_vdm_scope_name(x->scope));
	lw_json_key(j, "lane");
	if (has_lane)
		lw_json_int(j, x->location + 1);
	else
		lw_json_null(j);
	lw_json_put_string(j, "kind", !x->info ? NULL : x->info->statistic ? "statistic" : "basic");
	lw_json_put_int(j, "raw", x->raw);
	lw_json_key(j, "value");
	put_double(j, x->status == LW_VALUE_OK ? x->value : (double)NAN);
	lw_json_put_string(j, "special", x->special);
	lw_json_put_string(j, "unit", x->info && x->info->unit[0] ? x->info->unit : NULL);
	lw_json_put_string(j, "status", lw_value_status_name(x->status));
	lw_json_key(j, "thresholds");
	if (x->has_limits) {
		lw_json_begin_object(j);
		for (unsigned i = 0; i < 4; i++) {
			lw_json_key(j, limit_names[i]);
			put_double(j, x->limit[i]);
		}
		lw_json_end_object(j);
	} else {
		lw_json_null(j);
	}
	lw_json_key(j, "raised");
	if (x->flags < 0) {
		lw_json_null(j);
	} else {
		lw_json_begin_array(j);
		for (unsigned i = 0; i < 4; i++)
			if (x->flags >> i & 1)
				lw_json_string(j, limit_names[i]);
		lw_json_end_array(j);
	}
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
					if (is_there(v, bank, &f[i]))
						put_field(&f[i], bank * f[i].lanes + lane, v, j);
	lw_json_end_array(j);
}

void cli_observables_json(const struct lw_view *v, struct lw_json *j)
{
	struct lw_vdm x;

	lw_json_begin_array(j);
	for (unsigned bank = 0; bank < LW_BANKS_MAX; bank++)
		for (unsigned i = 0; i < LW_VDM_INSTANCES; i++)
			if (lw_vdm_decode(v, bank, i, &x))
				put_vdm(&x, j);
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
	cli_observables_json(v, j);
}
