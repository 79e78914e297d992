/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Planning block reads: few blocks, none longer than asked, and none that clears a flag nobody
 * asked for (docs/design/map.md, invariant 3).
 */
#include "map-tables.h"

#include <string.h>

#define SLOT_BYTES 128

/* What is wanted of one slot. */
struct want {
	bool byte[SLOT_BYTES];
	bool inner[SLOT_BYTES]; /**< continues the number that the byte before belongs to */
};

struct plan {
	unsigned max_gap, max_len;
	struct lw_span *ret; /**< NULL while counting */
	size_t n;
};

static void want_field(const struct lw_field *f, struct want *w)
{
	bool number =
		f->kind != LW_KIND_TEXT && f->kind != LW_KIND_BYTES && f->kind != LW_KIND_RESERVED;

	for (unsigned lane = 0; lane < f->lanes; lane++) {
		unsigned byte, shift;

		lw_field_place(f, lane, &byte, &shift);
		for (unsigned i = 0; i < (f->width + 7u) / 8u; i++) {
			w->byte[byte + i] = true;
			if (i > 0 && number)
				w->inner[byte + i] = true;
		}
	}
}

static bool gap_is_harmless(const struct lw_slot *s, unsigned first, unsigned end)
{
	for (unsigned i = first; i < end; i++)
		if (s->cor[i])
			return false;
	return true;
}

static void emit(struct plan *p, unsigned slot, unsigned bank, unsigned base, unsigned first,
		 unsigned last)
{
	if (p->ret)
		p->ret[p->n] = (struct lw_span){(uint8_t)slot, (uint8_t)bank,
						(uint8_t)(base + first), (uint8_t)(base + last)};
	p->n++;
}

/* Where to cut a block first..last that cannot take the next byte: at the start of a number. */
static unsigned cut_at(const struct want *w, unsigned first, unsigned next)
{
	unsigned start = next;

	while (start > first && w->inner[start])
		start--;
	return start > first ? start : next;
}

static void plan_slot(struct plan *p, const struct lw_slot *s, unsigned slot, unsigned bank,
		      const struct want *w)
{
	unsigned base = s->upper ? SLOT_BYTES : 0;
	unsigned first = 0;
	unsigned last = 0;
	bool open = false;

	for (unsigned i = 0; i < SLOT_BYTES; i++) {
		if (!w->byte[i])
			continue;
		if (open && i - last - 1 <= p->max_gap && gap_is_harmless(s, last + 1, i)) {
			if (i - first < p->max_len) {
				last = i;
				continue;
			}
			unsigned cut = cut_at(w, first, i);

			last = cut < i ? cut - 1 : last;
			while (!w->byte[last])
				last--;
			emit(p, slot, bank, base, first, last);
			first = cut;
			last = i;
			continue;
		}
		if (open)
			emit(p, slot, bank, base, first, last);
		open = true;
		first = last = i;
	}
	if (open)
		emit(p, slot, bank, base, first, last);
}

static void plan_all(struct plan *p, const struct lw_field *fields, const struct lw_slot *slots,
		     size_t slots_n, const uint16_t ids[], size_t n, unsigned bank)
{
	for (unsigned slot = 0; slot < slots_n; slot++) {
		struct want w;
		bool any = false;

		memset(&w, 0, sizeof w);
		for (size_t i = 0; i < n; i++) {
			if (fields[ids[i]].slot != slot)
				continue;
			want_field(&fields[ids[i]], &w);
			any = true;
		}
		if (any)
			plan_slot(p, &slots[slot], slot, slots[slot].banked ? bank : 0, &w);
	}
}

int lw_map_plan(enum lw_map_id map, const uint16_t ids[], size_t n, unsigned bank, unsigned max_gap,
		unsigned max_len, struct lw_span ret[], size_t *inout_n, struct lw_error *reterr)
{
	size_t fields_n, slots_n;
	const struct lw_field *fields = lw_map_fields(map, &fields_n);
	const struct lw_slot *slots = lw_map_slots(map, &slots_n);
	struct plan p = {.max_gap = max_gap, .max_len = max_len};

	if (max_len < 1 || max_len > SLOT_BYTES)
		return lw_fail(reterr, LW_EINVAL, "a block has 1 to %d bytes, not %u", SLOT_BYTES,
			       max_len);
	if (bank >= LW_BANKS_MAX)
		return lw_fail(reterr, LW_EINVAL, "bank %u is not below %d", bank, LW_BANKS_MAX);
	for (size_t i = 0; i < n; i++)
		if (ids[i] >= fields_n)
			return lw_fail(reterr, LW_EINVAL, "%s has no field %u", lw_map_name(map),
				       ids[i]);

	/* counted first, so that a plan that does not fit leaves `ret` alone */
	plan_all(&p, fields, slots, slots_n, ids, n, bank);
	if (p.n > *inout_n)
		return lw_fail(reterr, LW_ELIMIT, "%zu blocks are needed, there is room for %zu",
			       p.n, *inout_n);
	p.n = 0;
	p.ret = ret;
	plan_all(&p, fields, slots, slots_n, ids, n, bank);
	*inout_n = p.n;
	return 0;
}
