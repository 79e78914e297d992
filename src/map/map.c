/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Looking up fields, and getting and putting their bits. Invariants: docs/design/map.md. Block
 * reads are planned in read-plan.c.
 */
#include "map-tables.h"

#include <math.h>
#include <string.h>
#include <strings.h>

static const struct lw_map_table *table_of(enum lw_map_id map)
{
	return &lw_map_tables[(unsigned)map < LW_MAP_N ? map : LW_MAP_NONE];
}

const struct lw_field *lw_map_fields(enum lw_map_id map, size_t *ret_n)
{
	const struct lw_map_table *t = table_of(map);

	if (ret_n)
		*ret_n = t->n;
	return t->fields;
}

const struct lw_slot *lw_map_slots(enum lw_map_id map, size_t *ret_n)
{
	const struct lw_map_table *t = table_of(map);

	if (ret_n)
		*ret_n = t->slots_n;
	return t->slots;
}

const struct lw_field *lw_map_find(enum lw_map_id map, const char *name)
{
	const struct lw_map_table *t = table_of(map);
	size_t low = 0;
	size_t high = t->n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		const struct lw_field *f = &t->fields[t->by_name[middle]];
		int order = strcmp(name, f->name);

		if (order == 0)
			return f;
		if (order < 0)
			high = middle;
		else
			low = middle + 1;
	}
	for (size_t i = 0; i < t->n; i++)
		if (strcasecmp(name, t->fields[i].std) == 0)
			return &t->fields[i];
	return NULL;
}

int lw_map_slot(enum lw_map_id map, uint8_t i2c, uint8_t page, bool upper)
{
	const struct lw_map_table *t = table_of(map);

	for (size_t i = 0; i < t->slots_n; i++) {
		const struct lw_slot *s = &t->slots[i];

		if (s->i2c == i2c && s->upper == upper && (!upper || s->page == page))
			return (int)i;
	}
	return -1;
}

/* The slot of `lane` in the view; `inout_lane` becomes the lane inside its bank. */
static int find_slot(const struct lw_field *f, const struct lw_view *v, unsigned *inout_lane,
		     const uint8_t **ret)
{
	unsigned bank = 0;

	if (*inout_lane >= f->lanes) {
		/* NOLINTNEXTLINE(clang-analyzer-core.DivideZero): a row has at least one lane */
		bank = *inout_lane / f->lanes;
		if (bank >= LW_BANKS_MAX || !lw_map_tables[f->map].slots[f->slot].banked)
			return LW_EINVAL;
		*inout_lane -= bank * f->lanes;
	}
	if (v->map != f->map)
		return LW_EINVAL;
	if (!v->slot[bank][f->slot])
		return LW_ENOPAGE;
	*ret = v->slot[bank][f->slot];
	return 0;
}

static bool is_number(const struct lw_field *f)
{
	return f->kind != LW_KIND_TEXT && f->kind != LW_KIND_BYTES && f->width <= 64;
}

int lw_field_get(const struct lw_field *f, unsigned lane, const struct lw_view *v, int64_t *ret)
{
	const uint8_t *slot = NULL;
	int r;

	if (!is_number(f))
		return LW_EINVAL;
	r = find_slot(f, v, &lane, &slot);
	if (r < 0)
		return r;
	*ret = lw_field_load(f, slot, lane);
	return 0;
}

/* The number that the code in `f` stands for, as an exact ratio. */
static int code_number(const struct lw_field *f, unsigned lane, const struct lw_view *v,
		       int32_t *ret_num, int32_t *ret_den)
{
	const struct lw_code *code;
	int64_t raw;
	int r = lw_field_get(f, lane, v, &raw);

	if (r < 0)
		return r;
	code = lw_code_find((enum lw_code_table)f->codes, (unsigned)raw);
	if (!code || code->den == 0)
		return LW_ENOENT;
	*ret_num = code->num;
	*ret_den = code->den;
	return 0;
}

/* Of a field that scales another: its own lane where it has one, else its bank's only instance. */
static unsigned lane_of_scale(const struct lw_field *f, const struct lw_field *by, unsigned lane)
{
	if (by->lanes == f->lanes)
		return lane;
	return lw_map_tables[by->map].slots[by->slot].banked ? lane / f->lanes : 0;
}

static double f16(unsigned u)
{
	return (double)(u & 0x7ffu) * pow(10.0, (int)(u >> 11) - 24);
}

static double f32(uint32_t u)
{
	float value;

	_Static_assert(sizeof value == sizeof u, "F32 needs a 32-bit float");
	memcpy(&value, &u, sizeof value);
	return (double)value;
}

int lw_field_value(const struct lw_field *f, unsigned lane, const struct lw_view *v, double *ret)
{
	double num = f->num;
	double den = f->den;
	double number;
	int32_t n = 1;
	int32_t d = 1;
	int64_t raw;
	int r;

	if (f->by >= 0) {
		const struct lw_field *by = &lw_map_tables[f->map].fields[f->by];

		r = code_number(by, lane_of_scale(f, by, lane), v, &n, &d);
		if (r < 0)
			return r;
		num *= n;
		den *= d;
	}
	r = lw_field_get(f, lane, v, &raw);
	if (r < 0)
		return r;
	if (f->kind == LW_KIND_F16) {
		number = f16((unsigned)raw);
	} else if (f->kind == LW_KIND_F32) {
		number = f32((uint32_t)raw);
	} else if (f->kind == LW_KIND_CODE && f->unit[0]) {
		r = code_number(f, lane, v, &n, &d);
		if (r < 0)
			return r;
		number = n;
		den *= d;
	} else {
		/* a counter of 64 bits is unsigned */
		number = f->kind == LW_KIND_SINT ? (double)raw : (double)(uint64_t)raw;
	}
	*ret = number * num / den;
	return 0;
}

const uint8_t *lw_field_bytes(const struct lw_field *f, unsigned lane, const struct lw_view *v)
{
	const uint8_t *slot = NULL;
	unsigned byte, shift;

	if (find_slot(f, v, &lane, &slot) < 0)
		return NULL;
	lw_field_place(f, lane, &byte, &shift);
	return slot + byte;
}

static int bad_put(const struct lw_field *f, struct lw_error *reterr, const char *what)
{
	const struct lw_slot *s = &lw_map_tables[f->map].slots[f->slot];

	return lw_fail_at(reterr, LW_EINVAL, s->page, f->byte, "%s: %s", f->name, what);
}

int lw_field_put(const struct lw_field *f, unsigned lane, int64_t raw, uint8_t slot[128],
		 struct lw_error *reterr)
{
	if (lane >= f->lanes)
		return bad_put(f, reterr, "no such lane");
	if (!is_number(f) || f->kind == LW_KIND_RESERVED)
		return bad_put(f, reterr, "holds no number that can be set");
	if (f->width < 64) {
		int64_t low = f->kind == LW_KIND_SINT ? -(INT64_C(1) << (f->width - 1)) : 0;

		if (raw < low || raw >= low + (INT64_C(1) << f->width))
			return bad_put(f, reterr, "value does not fit");
	}
	lw_field_store(f, lane, raw, slot);
	return 0;
}

int lw_field_put_text(const struct lw_field *f, unsigned lane, const char *s, uint8_t slot[128],
		      struct lw_error *reterr)
{
	unsigned size = f->width / 8u;
	unsigned byte, shift;

	if (lane >= f->lanes)
		return bad_put(f, reterr, "no such lane");
	if (f->kind != LW_KIND_TEXT)
		return bad_put(f, reterr, "holds no text");
	lw_field_place(f, lane, &byte, &shift);
	for (unsigned i = 0; i < size; i++)
		slot[byte + i] = *s ? (uint8_t)*s++ : ' ';
	return 0;
}

int lw_field_sum(const struct lw_field *f, const struct lw_view *v, uint8_t *ret)
{
	const uint8_t *slot = NULL;
	unsigned lane = 0;
	uint8_t sum = 0;
	int r;

	if (f->kind != LW_KIND_SUM)
		return LW_EINVAL;
	r = find_slot(f, v, &lane, &slot);
	if (r < 0)
		return r;
	slot += f->sum_first & 0x7fu;
	for (unsigned i = 0, n = f->sum_last - f->sum_first + 1u; i < n; i++)
		sum = (uint8_t)(sum + slot[i]);
	*ret = sum;
	return 0;
}
