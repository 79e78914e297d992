/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What can be set: names, what the module advertises of it, values as people write them. Pure.
 * docs/design/control.md.
 */
#include "control-internal.h"
#include <lanewise/value.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

const struct lw_control_row *lw_control_row_of(const struct lw_control_setting *s)
{
	for (size_t i = 0; i < lw_control_rows_n; i++)
		if (&lw_control_rows[i].setting == s)
			return &lw_control_rows[i];
	return NULL;
}

const struct lw_control_setting *lw_control_setting_at(enum lw_map_id map, size_t i)
{
	for (size_t k = 0; k < lw_control_rows_n; k++)
		if (lw_control_rows[k].setting.map == map && i-- == 0)
			return &lw_control_rows[k].setting;
	return NULL;
}

const struct lw_control_setting *lw_control_setting_find(const struct lw_image *now,
							 const char *name)
{
	const struct lw_control_setting *first = NULL;

	for (size_t i = 0; i < lw_control_rows_n; i++) {
		const struct lw_control_setting *s = &lw_control_rows[i].setting;

		if (s->map != now->map || strcmp(s->name, name) != 0)
			continue;
		if (!first)
			first = s;
		if (lw_control_offered(s, now, NULL))
			return s;
	}
	return first;
}

static const struct lw_field *field_of(const struct lw_control_setting *s)
{
	return &lw_map_fields((enum lw_map_id)s->map, NULL)[s->field];
}

/*
 * A field that says whether the setting is there. One that this revision of the standard does not
 * have, or whose page was not read, denies nothing.
 */
static bool condition_denies(const struct lw_control_row *row, const struct lw_view *v,
			     const struct lw_field **ret_field)
{
	struct lw_value value;

	if (row->when < 0)
		return false;
	*ret_field = &lw_map_fields(v->map, NULL)[row->when];
	lw_value_decode(*ret_field, 0, v, &value);
	if (value.status == LW_VALUE_NOT_SUPPORTED || !value.has_raw)
		return false;
	return value.raw > 31 || !(row->values >> value.raw & 1);
}

static void say(char *ret_why, const char *fmt, const struct lw_field *f)
{
	if (ret_why && f)
		snprintf(ret_why, LW_REASON_MAX, fmt, f->name, f->ref);
	else if (ret_why)
		snprintf(ret_why, LW_REASON_MAX, "%s", fmt);
}

static bool is_flat(const struct lw_view *v)
{
	int64_t raw;

	return !lw_field_get(&lw_map_fields(LW_MAP_CMIS, NULL)[LW_CMIS_MEMORY_MODEL], 0, v, &raw) &&
	       raw == 1;
}

bool lw_control_offered(const struct lw_control_setting *s, const struct lw_image *now,
			char *ret_why)
{
	const struct lw_control_row *row = lw_control_row_of(s);
	const struct lw_field *no = NULL;
	struct lw_value value;
	struct lw_view v;

	lw_image_view(now, &v);
	if (now->map == LW_MAP_CMIS && is_flat(&v)) {
		say(ret_why, "a module of flat memory has no controls (CMIS 5.4 6.3.2.3)", NULL);
		return false;
	}
	lw_value_decode(field_of(s), 0, &v, &value);
	if (value.status == LW_VALUE_ABSENT) {
		say(ret_why, "the module does not have the page of %s (%s)", field_of(s));
		return false;
	}
	/* what is only written has no value to decode: its condition alone decides */
	if (value.status == LW_VALUE_NOT_SUPPORTED && field_of(s)->access != LW_WO) {
		say(ret_why,
		    value.decider ? "the module does not advertise it: %s denies it (%s)"
				  : "the module does not have it",
		    value.decider);
		return false;
	}
	if (row && condition_denies(row, &v, &no)) {
		say(ret_why, "the module does not advertise it: %s denies it (%s)", no);
		return false;
	}
	return true;
}

int lw_control_value(const struct lw_control_setting *s, const struct lw_image *now, unsigned lane)
{
	const struct lw_field *f =
		s->active < 0 ? field_of(s)
			      : &lw_map_fields((enum lw_map_id)s->map, NULL)[s->active];
	struct lw_view v;
	int64_t raw;

	if (f->access == LW_WO)
		return -1;
	lw_image_view(now, &v);
	return lw_field_get(f, s->side == LW_SIDE_MODULE ? 0 : lane, &v, &raw) ? -1 : (int)raw;
}

void lw_control_value_text(const struct lw_control_setting *s, int raw, char *ret, size_t size)
{
	const struct lw_field *f = field_of(s);
	char number[16];

	if (raw < 0)
		snprintf(ret, size, "-");
	else if (f->kind == LW_KIND_BOOL)
		snprintf(ret, size, "%s", raw ? "on" : "off");
	else if (f->kind == LW_KIND_CODE)
		snprintf(ret, size, "%s",
			 lw_code_text((enum lw_code_table)f->codes, (unsigned)raw, number,
				      sizeof(number)));
	else
		snprintf(ret, size, "%d", raw);
}

static int parse_bool(const char *text)
{
	static const char *const words[][2] = {
		{"off", "on"}, {"no", "yes"}, {"0", "1"}, {"false", "true"}};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		for (int k = 0; k < 2; k++)
			if (strcasecmp(text, words[i][k]) == 0)
				return k;
	return -1;
}

/* `code:N`, a number in the unit of the table, or the first letters of one name. */
static int parse_code(const struct lw_field *f, const char *text)
{
	size_t n, length = strlen(text);
	const struct lw_code *rows = lw_code_rows((enum lw_code_table)f->codes, &n);
	bool has_code = strncmp(text, "code:", 5) == 0;
	char *end = NULL;
	double number = strtod(has_code ? text + 5 : text, &end);
	bool is_number = length && end && !*end && end != text + (has_code ? 5 : 0);
	int found = -1;

	if (has_code)
		return is_number && number >= 0 && number < 256 && number == (int)number
			       ? (int)number
			       : -1;
	for (size_t i = 0; i < n; i++) {
		double stands_for = rows[i].den ? (double)rows[i].num / rows[i].den : 0;

		if (rows[i].reserved || rows[i].first != rows[i].last)
			continue;
		if (is_number && rows[i].den && stands_for == number)
			return rows[i].first;
		if ((is_number && rows[i].den) || strncasecmp(rows[i].name, text, length) != 0)
			continue;
		if (found >= 0)
			return -1; /* two begin like that */
		found = rows[i].first;
	}
	return length ? found : -1;
}

int lw_control_value_parse(const struct lw_control_setting *s, const char *text, int *ret,
			   struct lw_error *reterr)
{
	const struct lw_field *f = field_of(s);
	unsigned most = (1u << (f->width < 16 ? f->width : 16)) - 1u;
	char *end = NULL;
	long v;

	if (f->kind == LW_KIND_BOOL) {
		int b = parse_bool(text);

		if (b < 0)
			return lw_fail(reterr, LW_EINVAL, "%s is on or off, not \"%s\"", s->name,
				       text);
		*ret = b;
		return 0;
	}
	if (f->kind == LW_KIND_CODE) {
		int code = parse_code(f, text);

		if (code < 0 || code > (int)most)
			return lw_fail(reterr, LW_EINVAL,
				       "%s does not take \"%s\"; codes: lanewise explain %s",
				       s->name, text, lw_code_table_name(f->codes));
		*ret = code;
		return 0;
	}
	v = strtol(text, &end, 0);
	if (!*text || *end || v < 0 || v > (long)most)
		return lw_fail(reterr, LW_EINVAL, "%s is a number 0-%u, not \"%s\"", s->name, most,
			       text);
	*ret = (int)v;
	return 0;
}

/* Lanes that the applications of a module can use, of one bank. */
static uint8_t used_lanes(const struct lw_facts *f, bool media)
{
	unsigned mask = 0;

	for (unsigned i = 0; i < f->app_n; i++) {
		const struct lw_app *a = &f->app[i];
		unsigned lanes = media ? a->media_lanes : a->host_lanes;
		int assign = media ? a->media_assign : a->host_assign;

		if (!lanes || assign < 0)
			return 0xff;
		for (unsigned first = 0; first < LW_BANK_LANES; first++)
			if (assign >> first & 1)
				mask |= ((1u << lanes) - 1u) << first;
	}
	return mask ? (uint8_t)mask : 0xff;
}

static uint32_t lanes_of(const struct lw_image *now, const struct lw_facts *f, bool media)
{
	unsigned banks = f->banks == LW_NONE || f->banks < 1 ? 1 : (unsigned)f->banks;
	uint32_t bank = used_lanes(f, media), lanes = 0;

	if (now->map == LW_MAP_SFF8472)
		return 1;
	if (now->map == LW_MAP_SFF8636)
		return 0xf;
	if (media && f->media_unsupported != LW_NONE)
		bank &= ~(uint32_t)f->media_unsupported;
	for (unsigned i = 0; i < banks && i < LW_BANKS_MAX; i++)
		lanes |= (bank & 0xff) << i * LW_BANK_LANES;
	return lanes;
}

uint32_t lw_control_host_lanes(const struct lw_image *now, const struct lw_facts *facts)
{
	return lanes_of(now, facts, false);
}

uint32_t lw_control_media_lanes(const struct lw_image *now, const struct lw_facts *facts)
{
	return lanes_of(now, facts, true);
}

uint32_t lw_control_path_lanes(const struct lw_image *now, uint32_t lanes)
{
	static const uint16_t id[] = {LW_CMIS_ACS_APP_SEL_CODE_LANE, LW_CMIS_ACS_DPIDX_LANE};
	int64_t key[LW_BANKS_MAX * LW_BANK_LANES];
	uint32_t all = lanes;
	struct lw_view v;

	if (now->map != LW_MAP_CMIS)
		return lanes;
	lw_image_view(now, &v);
	for (unsigned i = 0; i < LW_BANKS_MAX * LW_BANK_LANES; i++) {
		const struct lw_field *f = lw_map_fields(LW_MAP_CMIS, NULL);
		int64_t apsel, first;

		key[i] = -1; /* a lane for itself */
		if (!lw_field_get(&f[id[0]], i, &v, &apsel) && apsel &&
		    !lw_field_get(&f[id[1]], i, &v, &first))
			key[i] = apsel << 16 | (int64_t)(i / LW_BANK_LANES) << 8 | first;
	}
	for (unsigned i = 0; i < LW_BANKS_MAX * LW_BANK_LANES; i++)
		for (unsigned k = 0; lanes >> i & 1 && k < LW_BANKS_MAX * LW_BANK_LANES; k++)
			if (key[i] >= 0 && key[k] == key[i])
				all |= 1u << k;
	return all;
}
