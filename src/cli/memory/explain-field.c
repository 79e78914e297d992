/* SPDX-License-Identifier: Apache-2.0 */
#include "explain.h"
#include "print-values.h"
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* Register fields: by name, part of a name, place or page. */

static const char *access_text(unsigned access)
{
	static const char *const texts[] = {
		"read only",
		"read and write",
		"write only",
		"write only, clears itself",
		"read only, cleared by reading",
		"read and write, the module writes it too",
	};

	return texts[access];
}

static const char *kind_text(const struct lw_field *f)
{
	static const char *const texts[] = {
		[LW_KIND_UINT] = "unsigned number",
		[LW_KIND_SINT] = "signed number",
		[LW_KIND_UINT_LE] = "unsigned number, least significant byte first",
		[LW_KIND_BOOL] = "yes or no",
		[LW_KIND_CODE] = "code",
		[LW_KIND_TEXT] = "text",
		[LW_KIND_BYTES] = "bytes",
		[LW_KIND_F16] = "decimal float of 16 bits",
		[LW_KIND_F32] = "IEEE 754 float of 32 bits",
		[LW_KIND_SUM] = "checksum",
		[LW_KIND_RESERVED] = "reserved",
	};

	return texts[f->kind];
}

static void put_codes(struct ex *x, const struct lw_field *f)
{
	size_t n;
	const struct lw_code *row = lw_code_rows((enum lw_code_table)f->codes, &n);

	if (f->kind != LW_KIND_CODE || !row)
		return;
	ex_pair(x, "table", lw_code_table_name((enum lw_code_table)f->codes));
	ex_list_begin(x, "codes");
	for (size_t i = 0; i < n; i++) {
		char code[24];

		if (row[i].first == row[i].last)
			snprintf(code, sizeof(code), "0x%02x", row[i].first);
		else
			snprintf(code, sizeof(code), "0x%02x-0x%02x", row[i].first, row[i].last);
		ex_list_item(x, code, row[i].name);
	}
	ex_list_end(x);
}

static void put_unit(struct ex *x, const struct lw_field *f)
{
	const struct lw_field *fields = lw_map_fields((enum lw_map_id)f->map, NULL);

	if (f->den != 1)
		ex_pairf(x, "unit", "%d/%d %s a step", f->num, f->den, f->unit);
	else if (f->num != 1)
		ex_pairf(x, "unit", "%d %s a step", f->num, f->unit);
	else
		ex_pair(x, "unit", f->unit);
	if (f->by >= 0)
		ex_pairf(x, "times", "what %s says", fields[f->by].name);
}

static void put_field(struct ex *x, const struct lw_field *f, unsigned lane)
{
	const struct lw_field *fields = lw_map_fields((enum lw_map_id)f->map, NULL);
	const struct lw_slot *s = &lw_map_slots((enum lw_map_id)f->map, NULL)[f->slot];
	char place[24];

	if (!ex_begin(x, "field", "%s.%s, a register field", lw_map_name((enum lw_map_id)f->map),
		      f->name))
		return;
	cli_place(f, lane, place);
	if (x->j) {
		ex_pair(x, "map", lw_map_name((enum lw_map_id)f->map));
		ex_pair(x, "field", f->name);
	}
	ex_pair(x, "standard", f->std);
	if (f->lanes > 1)
		ex_pairf(x, "place", "%s:%s, lane %u%s", s->name, place, lane + 1,
			 s->banked ? ", in each bank" : "");
	else
		ex_pairf(x, "place", "%s:%s%s", s->name, place, s->banked ? ", in each bank" : "");
	ex_pair(x, "meaning", f->doc);
	ex_pair(x, "type", kind_text(f));
	put_unit(x, f);
	if (f->lanes > 1)
		ex_pairf(x, "lanes", "%u, one every %u bits%s", f->lanes, f->stride,
			 f->order == LW_LANES_SWAP   ? ", odd and even exchanged"
			 : f->order == LW_LANES_DOWN ? ", the highest first"
						     : "");
	ex_pair(x, "access", access_text(f->access));
	if (f->reset)
		ex_pairf(x, "power-on", "%d", f->reset);
	if (f->kind == LW_KIND_SUM)
		ex_pairf(x, "covers", "bytes %u-%u", f->sum_first, f->sum_last);
	if (f->need >= 0)
		ex_pair(x, "needs", fields[f->need].name);
	ex_pair(x, "since", f->since);
	ex_pair(x, "source", f->ref);
	ex_pair(x, "confident", f->confidence);
	put_codes(x, f);
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
		char place[24], text[256];

		if (f[i].slot != slot || f[i].kind == LW_KIND_RESERVED)
			continue;
		cli_place(&f[i], 0, place);
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
