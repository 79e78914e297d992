/* SPDX-License-Identifier: Apache-2.0 */
#include "explain.h"
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* Register fields: by name, part of a name, place or page. */

static void put_field(struct ex *x, const struct lw_field *f, unsigned lane)
{
	struct lw_explain_to to = ex_to(x);

	if (!ex_begin(x, "field", "%s.%s, a register field", lw_map_name((enum lw_map_id)f->map),
		      f->name))
		return;
	if (x->j) {
		ex_pair(x, "map", lw_map_name((enum lw_map_id)f->map));
		ex_pair(x, "field", f->name);
	}
	lw_field_explain(f, lane, &to);
	ex_end(x);
}

/* "cmis.rest": the map, or LW_MAP_NONE (any) when `name` has no such prefix. */
static enum lw_map_id split_map(const char *name, const char **ret_rest)
{
	const char *dot = strchr(name, '.');

	*ret_rest = name;
	for (int map = LW_MAP_SFF8472; dot && map < LW_MAP_N; map++) {
		const char *id = lw_map_name((enum lw_map_id)map);

		if (strncasecmp(id, name, (size_t)(dot - name)) == 0 && !id[dot - name]) {
			*ret_rest = dot + 1;
			return (enum lw_map_id)map;
		}
	}
	return LW_MAP_NONE;
}

enum match { EXACT, BY_TABLE, PREFIX, SUFFIX, INSIDE, MATCHES };

static bool matches(const struct lw_field *f, const char *name, enum match how)
{
	size_t n = strlen(name), length = strlen(f->name);
	const char *table =
		f->kind == LW_KIND_CODE ? lw_code_table_name((enum lw_code_table)f->codes) : NULL;

	if (f->kind == LW_KIND_RESERVED && how != EXACT)
		return false;
	switch (how) {
	case EXACT:
		return strcasecmp(f->name, name) == 0 || strcasecmp(f->std, name) == 0;
	case BY_TABLE:
		return table && strcasecmp(table, name) == 0 && strncasecmp(f->name, name, n) == 0;
	case PREFIX:
		return strncasecmp(f->name, name, n) == 0;
	case SUFFIX:
		return n <= length && strcasecmp(f->name + length - n, name) == 0;
	default:
		return strstr(f->name, name) != NULL;
	}
}

/* Explain all fields that match in this way; a part of a name must name one field of a map. */
static void by_match(struct ex *x, enum lw_map_id only, const char *name, enum match how)
{
	for (int map = LW_MAP_SFF8472; map < LW_MAP_N; map++) {
		const struct lw_field *f, *hit = NULL;
		unsigned hits = 0;
		size_t n;

		if (only != LW_MAP_NONE && only != (enum lw_map_id)map)
			continue;
		f = lw_map_fields((enum lw_map_id)map, &n);
		for (size_t i = 0; i < n; i++) {
			if (!matches(&f[i], name, how))
				continue;
			hit = hit ? hit : &f[i];
			hits++;
		}
		if (hit && (hits == 1 || how == BY_TABLE || how == EXACT))
			put_field(x, hit, 0);
	}
}

void ex_field(struct ex *x, const char *name)
{
	enum lw_map_id only;
	unsigned before = x->n;

	only = split_map(name, &name);
	for (int how = EXACT; how < MATCHES && x->n == before && name[0]; how++)
		by_match(x, only, name, (enum match)how);
}

static int find_slot(enum lw_map_id map, const char *name, size_t length)
{
	size_t n;
	const struct lw_slot *s = lw_map_slots(map, &n);

	for (size_t i = 0; i < n; i++)
		if (strncasecmp(s[i].name, name, length) == 0 && !s[i].name[length])
			return (int)i;
	return -1;
}

/* The lane of the field that holds the byte, and the bit unless that is -1; -1: none does. */
static int lane_at(const struct lw_field *f, const struct lw_slot *s, unsigned byte, int bit)
{
	for (unsigned lane = 0; lane < f->lanes; lane++) {
		unsigned first, shift;

		lw_field_place(f, lane, &first, &shift);
		first += s->upper ? 128 : 0;
		if (f->width > 8 ? byte < first || byte >= first + f->width / 8u : byte != first)
			continue;
		if (f->width > 8 || bit < 0 ||
		    ((unsigned)bit >= shift && (unsigned)bit < shift + f->width))
			return (int)lane;
	}
	return -1;
}

static void list_page(struct ex *x, enum lw_map_id map, int slot)
{
	const struct lw_slot *s = &lw_map_slots(map, NULL)[slot];
	size_t n;
	const struct lw_field *f = lw_map_fields(map, &n);

	if (!ex_begin(x, "page", "%s.%s, a page of registers", lw_map_name(map), s->name))
		return;
	if (x->j)
		ex_pairf(x, "page", "%s.%s", lw_map_name(map), s->name);
	ex_pairf(x, "address", "I2C %02Xh, %s", s->i2c, s->upper ? "bytes 128-255" : "bytes 0-127");
	if (s->banked)
		ex_pair(x, "banks", "one page for each bank of 8 lanes");
	ex_list_begin(x, "fields");
	for (size_t i = 0; i < n; i++) {
		char place[LW_PLACE_MAX], text[256];

		if (f[i].slot != slot || f[i].kind == LW_KIND_RESERVED)
			continue;
		lw_field_place_text(&f[i], 0, place);
		snprintf(text, sizeof(text), "%s: %s", f[i].name, f[i].doc);
		ex_list_item(x, place, text);
	}
	ex_list_end(x);
	ex_end(x);
}

void ex_place(struct ex *x, const char *name)
{
	enum lw_map_id only = split_map(name, &name);
	const char *colon = strchr(name, ':');
	unsigned long byte = 0;
	long bit = -1;
	char *end = NULL;

	if (!colon && only == LW_MAP_NONE)
		return; /* "11h" alone is a code */
	if (colon) {
		byte = strtoul(colon + 1, &end, 10);
		if (end == colon + 1 || byte > 255)
			return;
		if (*end == '.' && end[1] >= '0' && end[1] <= '7' && !end[2])
			bit = end[1] - '0';
		else if (*end)
			return;
	}
	for (int map = LW_MAP_SFF8472; map < LW_MAP_N; map++) {
		size_t length = colon ? (size_t)(colon - name) : strlen(name), n;
		const struct lw_field *f;
		int slot;

		if (only != LW_MAP_NONE && only != (enum lw_map_id)map)
			continue;
		slot = find_slot((enum lw_map_id)map, name, length);
		if (slot < 0)
			continue;
		if (!colon) {
			list_page(x, (enum lw_map_id)map, slot);
			continue;
		}
		f = lw_map_fields((enum lw_map_id)map, &n);
		for (size_t i = 0; i < n; i++) {
			int lane = f[i].slot == slot
					   ? lane_at(&f[i],
						     lw_map_slots((enum lw_map_id)map, NULL) + slot,
						     (unsigned)byte, (int)bit)
					   : -1;

			if (lane >= 0)
				put_field(x, &f[i], (unsigned)lane);
		}
	}
}
