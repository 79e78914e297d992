/* SPDX-License-Identifier: Apache-2.0 */
#include "memory-internal.h"

#include <stdio.h>
#include <string.h>

/* Longer runs of bytes are told by the stretch that differs. */
#define WHOLE_BYTES 8

struct diff {
	const struct lw_memory *m[2];
	struct lw_view v[2];
	struct lw_changes *out;
	struct lw_buf text;
	uint8_t covered[LW_BANKS_MAX][LW_SLOTS_MAX][SLOT_BYTES]; /* bits of fields */
	uint8_t fill[SLOT_BYTES];                                /* what is not in a dump */
};

void lw_changes_init(struct lw_changes *c, struct lw_arena *arena)
{
	*c = (struct lw_changes){.arena = arena};
}

static int add(struct diff *d, const struct lw_change *change)
{
	struct lw_changes *c = d->out;
	struct lw_change *v = lw_arena_grow(c->arena, c->v, &c->cap, c->n + 1, sizeof(*v));

	if (!v || c->arena->failed)
		return LW_ENOMEM;
	c->v = v;
	c->v[c->n++] = *change;
	return 0;
}

static const char *hex(struct diff *d, const uint8_t *p, unsigned n)
{
	lw_buf_clear(&d->text);
	for (unsigned i = 0; i < n; i++)
		lw_buf_printf(&d->text, "%02x", p[i]);
	return lw_arena_strndup(d->out->arena, lw_buf_str(&d->text), 2 * (size_t)n);
}

/* Raw bytes as both the value for people and the raw one. */
static void fill_raw(struct diff *d, struct lw_change *c, const uint8_t *a, const uint8_t *b,
		     unsigned n)
{
	c->was = c->was_raw = hex(d, a, n);
	c->is = c->is_raw = hex(d, b, n);
}

static const char *value(struct diff *d, const struct lw_field *f, unsigned lane, int side)
{
	lw_buf_clear(&d->text);
	lw_memory_value_text(f, lane, &d->v[side], &d->text);
	return lw_arena_strdup(d->out->arena, lw_buf_str(&d->text));
}

static const char *raw_value(struct diff *d, const struct lw_field *f, unsigned lane, int side)
{
	const uint8_t *p = lw_field_bytes(f, lane, &d->v[side]);
	int64_t raw;

	if (f->width > 8)
		return hex(d, p, f->width / 8u);
	lw_field_get(f, lane, &d->v[side], &raw);
	return lw_arena_printf(d->out->arena, "%02x", (unsigned)raw & 0xffu);
}

static bool same_bits(const struct lw_field *f, unsigned lane, const uint8_t *a, const uint8_t *b,
		      uint8_t *cover)
{
	unsigned byte, shift;
	uint8_t mask;

	lw_field_place(f, lane, &byte, &shift);
	if (f->width > 8) {
		memset(cover + byte, 0xff, f->width / 8u);
		return memcmp(a + byte, b + byte, f->width / 8u) == 0;
	}
	mask = (uint8_t)(((1u << f->width) - 1u) << shift);
	cover[byte] |= mask;
	return ((a[byte] ^ b[byte]) & mask) == 0;
}

static int add_field(struct diff *d, const struct lw_field *f, unsigned bank, unsigned lane)
{
	const uint8_t *a = d->v[0].slot[bank][f->slot], *b = d->v[1].slot[bank][f->slot];
	struct lw_change c = {.field = f,
			      .lane = (uint16_t)(bank * f->lanes + lane),
			      .bank = (uint8_t)bank,
			      .slot = lw_map_slots((enum lw_map_id)f->map, NULL)[f->slot].name};
	unsigned byte, shift, n = f->width > 8 ? f->width / 8u : 1u;

	lw_field_place(f, lane, &byte, &shift);
	c.first = (uint8_t)((f->byte & 0x80u) + byte);
	c.last = (uint8_t)(c.first + n - 1);
	if (f->kind == LW_KIND_BYTES && n > WHOLE_BYTES) {
		unsigned from = 0, to = n;

		while (a[byte + from] == b[byte + from])
			from++;
		while (a[byte + to - 1] == b[byte + to - 1])
			to--;
		c.last = (uint8_t)(c.first + to - 1);
		c.first = (uint8_t)(c.first + from);
		fill_raw(d, &c, a + byte + from, b + byte + from, to - from);
		return add(d, &c);
	}
	c.was = value(d, f, c.lane, 0);
	c.is = value(d, f, c.lane, 1);
	c.was_raw = raw_value(d, f, c.lane, 0);
	c.is_raw = raw_value(d, f, c.lane, 1);
	return add(d, &c);
}

/* A field is told under its own name, an overlay only where one of the memories selects it. */
static bool is_told(const struct diff *d, const struct lw_field *f)
{
	if (f->kind == LW_KIND_RESERVED)
		return false;
	return !lw_field_is_overlay(f) || lw_field_is_needed(f, &d->v[0]) ||
	       lw_field_is_needed(f, &d->v[1]);
}

static int diff_fields(struct diff *d)
{
	size_t n;
	const struct lw_field *fields = lw_map_fields(d->v[0].map, &n);

	for (size_t i = 0; i < n; i++) {
		const struct lw_field *f = &fields[i];

		if (!is_told(d, f))
			continue;
		for (unsigned b = 0; b < lw_field_lanes_all(f) / f->lanes; b++) {
			const uint8_t *x = d->v[0].slot[b][f->slot];
			const uint8_t *y = d->v[1].slot[b][f->slot];

			for (unsigned lane = 0; x && y && lane < f->lanes; lane++) {
				int r = same_bits(f, lane, x, y, d->covered[b][f->slot])
						? 0
						: add_field(d, f, b, lane);

				if (r)
					return r;
			}
		}
	}
	return 0;
}

/* Bytes of a slot with a difference that no field tells. */
static int diff_rest(struct diff *d, unsigned bank, unsigned slot, const struct lw_slot *s)
{
	const uint8_t *a = d->v[0].slot[bank][slot], *b = d->v[1].slot[bank][slot];
	const uint8_t *covered = d->covered[bank][slot];
	struct lw_change c = {.bank = (uint8_t)bank, .slot = s->name};
	unsigned base = s->upper ? SLOT_BYTES : 0;

	for (unsigned i = 0; i < SLOT_BYTES; i++) {
		unsigned end = i;

		while (end < SLOT_BYTES && ((a[end] ^ b[end]) & ~covered[end] & 0xff))
			end++;
		if (end == i)
			continue;
		c.first = (uint8_t)(base + i);
		c.last = (uint8_t)(base + end - 1);
		fill_raw(d, &c, a + i, b + i, end - i);
		if (add(d, &c))
			return LW_ENOMEM;
		i = end;
	}
	return 0;
}

static int diff_slots(struct diff *d)
{
	size_t n;
	const struct lw_slot *s = lw_map_slots(d->v[0].map, &n);

	for (unsigned b = 0; b < LW_BANKS_MAX; b++)
		for (unsigned i = 0; i < n; i++) {
			struct lw_change c = {.bank = (uint8_t)b, .slot = s[i].name};
			bool was = d->v[0].slot[b][i], is = d->v[1].slot[b][i];
			int r = 0;

			c.first = s[i].upper ? SLOT_BYTES : 0;
			c.last = (uint8_t)(c.first + SLOT_BYTES - 1);
			c.was = was ? "present" : "absent";
			c.is = is ? "present" : "absent";
			if (was && is)
				r = diff_rest(d, b, i, &s[i]);
			else if (was != is)
				r = add(d, &c);
			if (r)
				return r;
		}
	return 0;
}

/* Does a block of a raw dump hold a slot that the map knows? */
static bool is_known(enum lw_map_id map, size_t at)
{
	size_t n;
	const struct lw_slot *s = lw_map_slots(map, &n);

	for (unsigned b = 0; b < LW_BANKS_MAX; b++)
		for (unsigned i = 0; i < n; i++)
			if ((b == 0 || s[i].banked) && lw_memory_offset(map, b, i) == at)
				return true;
	return false;
}

static const uint8_t *block(const struct diff *d, const struct lw_memory *m, size_t at)
{
	return at + SLOT_BYTES <= m->n ? m->bytes + at : d->fill;
}

/* Pages without rows in the map; what is not in a dump counts as FFh. */
static int diff_unknown(struct diff *d)
{
	size_t most = d->m[0]->n > d->m[1]->n ? d->m[0]->n : d->m[1]->n;
	size_t lead = d->v[0].map == LW_MAP_SFF8472 ? 3 : 1;

	for (size_t at = 0; at < most; at += SLOT_BYTES) {
		const uint8_t *a = block(d, d->m[0], at), *b = block(d, d->m[1], at);
		size_t k = at / SLOT_BYTES - lead;
		struct lw_change c = {.bank = (uint8_t)(k / 256)};
		unsigned from = 0, to = SLOT_BYTES;

		if (!memcmp(a, b, SLOT_BYTES) || is_known(d->v[0].map, at))
			continue;
		while (a[from] == b[from])
			from++;
		while (a[to - 1] == b[to - 1])
			to--;
		c.slot = lw_arena_printf(d->out->arena, "%02zXh", k % 256);
		c.first = (uint8_t)(SLOT_BYTES + from);
		c.last = (uint8_t)(SLOT_BYTES + to - 1);
		fill_raw(d, &c, a + from, b + from, to - from);
		if (add(d, &c))
			return LW_ENOMEM;
	}
	return 0;
}

int lw_memory_diff(const struct lw_memory *a, const struct lw_memory *b, struct lw_changes *ret,
		   struct lw_error *reterr)
{
	struct diff *d;
	int r;

	if (a->map != b->map)
		return lw_fail(reterr, LW_EINVAL, "one is %s, the other %s: no field is in both",
			       lw_map_name(a->map), lw_map_name(b->map));
	d = lw_arena_alloc(ret->arena, sizeof(*d));
	if (!d)
		return lw_fail(reterr, LW_ENOMEM, "out of memory");
	d->m[0] = a;
	d->m[1] = b;
	d->out = ret;
	memset(d->fill, 0xff, sizeof(d->fill));
	lw_memory_view(a, &d->v[0]);
	lw_memory_view(b, &d->v[1]);
	r = diff_fields(d);
	if (!r)
		r = diff_slots(d);
	if (!r)
		r = diff_unknown(d);
	if (d->text.failed || ret->arena->failed)
		r = LW_ENOMEM;
	lw_buf_finish(&d->text);
	return r ? lw_fail(reterr, LW_ENOMEM, "out of memory") : 0;
}

const char *lw_change_name(const struct lw_change *c, char *buf, size_t size)
{
	if (!c->field)
		snprintf(buf, size, "%s", "");
	else if (lw_field_lanes_all(c->field) > 1)
		snprintf(buf, size, "%s[%u]", c->field->name, c->lane + 1u);
	else
		snprintf(buf, size, "%s", c->field->name);
	return buf;
}

void lw_changes_json(const struct lw_changes *c, struct lw_json *j)
{
	lw_json_begin_array(j);
	for (size_t i = 0; i < c->n; i++) {
		const struct lw_change *x = &c->v[i];

		lw_json_begin_object(j);
		lw_json_put_string(j, "field", x->field ? x->field->name : NULL);
		if (x->field && lw_field_lanes_all(x->field) > 1)
			lw_json_put_int(j, "lane", x->lane + 1);
		lw_json_put_string(j, "page", x->slot);
		lw_json_put_int(j, "bank", x->bank);
		lw_json_put_int(j, "first", x->first);
		lw_json_put_int(j, "last", x->last);
		lw_json_put_string(j, "was", x->was);
		lw_json_put_string(j, "is", x->is);
		lw_json_put_string(j, "was_raw", x->was_raw);
		lw_json_put_string(j, "is_raw", x->is_raw);
		lw_json_end_object(j);
	}
	lw_json_end_array(j);
}
