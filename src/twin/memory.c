/* SPDX-License-Identifier: Apache-2.0 */
#include "memory.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Mark the bits of one lane of `f` in a slot image. */
static void mark(const struct lw_field *f, unsigned lane, uint8_t bits[128], bool set)
{
	unsigned byte, shift;

	lw_field_place(f, lane, &byte, &shift);
	for (unsigned i = 0; i < f->width; i++) {
		unsigned at = byte + (f->width > 8 ? i / 8 : 0);
		unsigned bit = f->width > 8 ? i % 8 : shift + i;

		if (at > 127 || bit > 7)
			return;
		if (set)
			bits[at] |= (uint8_t)(1u << bit);
		else
			bits[at] &= (uint8_t) ~(1u << bit);
	}
}

static void mark_all(const struct lw_field *f, uint8_t bits[128], bool set)
{
	for (unsigned lane = 0; lane < f->lanes; lane++)
		mark(f, lane, bits, set);
}

static bool any_marked(const struct lw_field *f, const uint8_t bits[128])
{
	uint8_t own[128] = {0};

	mark_all(f, own, true);
	for (unsigned i = 0; i < 128; i++)
		if (own[i] & bits[i])
			return true;
	return false;
}

/* Page selects belong to the address of an access (struct lw_addr): they read 0 and keep nothing.
 */
static const struct {
	enum lw_map_id map;
	uint16_t id;
} selects[] = {
	{LW_MAP_CMIS, LW_CMIS_BANK_SELECT},
	{LW_MAP_CMIS, LW_CMIS_PAGE_SELECT},
	{LW_MAP_SFF8636, LW_SFF8636_PAGE_SELECT},
};

/* A host's write is kept where the map says RW and the module advertises the field. Of two fields
 * in one place (overlays) the advertised one rules (twin 6). */
static void learn_store(struct lw_memory *m)
{
	for (size_t s = 0; s < m->slot_n; s++)
		if (m->place[s] >= 0)
			memcpy(m->store[m->place[s]], m->slot[s].wr, 128);
	for (size_t i = 0; i < m->field_n; i++) {
		const struct lw_field *f = &m->field[i];
		bool writable = f->access == LW_RW || f->access == LW_RWW;
		bool there = f->need < 0 || lw_memory_get(m, (unsigned)f->need, 0);

		bool kept = f->access != LW_WO && f->access != LW_WO_SC && writable == there;

		if (m->place[f->slot] >= 0 && !kept)
			mark_all(f, m->store[m->place[f->slot]], false);
	}
	for (size_t i = 0; i < sizeof(selects) / sizeof(selects[0]); i++)
		if (selects[i].map == m->map)
			mark_all(&m->field[selects[i].id],
				 m->store[m->place[m->field[selects[i].id].slot]], false);
}

int lw_memory_init(struct lw_memory *m, const struct lw_image *img, const int *extra,
		   struct lw_error *reterr)
{
	int16_t n = 0;
	uint8_t(*all)[128];

	*m = (struct lw_memory){.map = img->map};
	m->field = lw_map_fields(img->map, &m->field_n);
	m->slot = lw_map_slots(img->map, &m->slot_n);
	for (size_t s = 0; s < LW_SLOTS_MAX; s++)
		m->place[s] = s < m->slot_n && img->present[0][s] ? n++ : (int16_t)-1;
	for (; *extra >= 0; extra++)
		if (m->place[*extra] < 0)
			m->place[*extra] = n++;
	all = calloc(3 * (size_t)n + 1, sizeof(*all));
	if (!all)
		return lw_fail(reterr, LW_ENOMEM, "no memory for a twin's %d pages", n);
	m->live = all;
	m->made = all + n;
	m->store = all + 2 * n;
	m->view.map = img->map;
	for (size_t s = 0; s < m->slot_n; s++) {
		if (m->place[s] < 0)
			continue;
		if (img->present[0][s])
			memcpy(m->made[m->place[s]], img->slot[0][s], 128);
		m->view.slot[0][s] = m->live[m->place[s]];
	}
	memcpy(m->live, m->made, 128 * (size_t)n);
	learn_store(m);
	return 0;
}

void lw_memory_finish(struct lw_memory *m)
{
	free(m->live);
	m->live = NULL;
}

void lw_memory_reset(struct lw_memory *m)
{
	for (size_t s = 0; s < m->slot_n; s++)
		if (m->place[s] >= 0)
			memcpy(m->live[m->place[s]], m->made[m->place[s]], 128);
	for (size_t i = 0; i < m->field_n; i++) {
		const struct lw_field *f = &m->field[i];

		/* Bytes without a numeric meaning are user or vendor memory: no number can be put
		 * there, so they outlive a reset. */
		if (m->place[f->slot] < 0 || f->access == LW_RO)
			continue;
		if ((f->access == LW_RW || f->access == LW_RWW) &&
		    !any_marked(f, m->store[m->place[f->slot]]))
			continue;
		for (unsigned lane = 0; lane < f->lanes; lane++)
			lw_memory_put(m, (unsigned)i, lane, f->access == LW_RO_COR ? 0 : f->reset);
	}
}

void lw_memory_cut_lanes(struct lw_memory *m, int slot, unsigned lanes)
{
	if (m->place[slot] < 0)
		return;
	for (size_t i = 0; i < m->field_n; i++) {
		const struct lw_field *f = &m->field[i];

		if (f->slot != slot || f->lanes != 8)
			continue;
		for (unsigned lane = lanes; lane < f->lanes; lane++)
			mark(f, lane, m->store[m->place[slot]], false);
	}
}

void lw_memory_guard(struct lw_memory *m, unsigned id)
{
	const struct lw_field *f = &m->field[id];

	if (m->place[f->slot] >= 0)
		mark_all(f, m->store[m->place[f->slot]], false);
}

uint8_t *lw_memory_slot(const struct lw_memory *m, int slot)
{
	return slot < 0 || (size_t)slot >= m->slot_n || m->place[slot] < 0
		       ? NULL
		       : m->live[m->place[slot]];
}

int64_t lw_memory_get(const struct lw_memory *m, unsigned id, unsigned lane)
{
	int64_t raw;

	return lw_field_get(&m->field[id], lane, &m->view, &raw) ? 0 : raw;
}

void lw_memory_put(struct lw_memory *m, unsigned id, unsigned lane, int64_t raw)
{
	const struct lw_field *f = &m->field[id];
	uint8_t *slot = lw_memory_slot(m, f->slot);
	bool is_signed = f->kind == LW_KIND_SINT;
	int64_t high = f->width < 63 ? ((int64_t)1 << (is_signed ? f->width - 1 : f->width)) - 1
				     : INT64_MAX;
	int64_t low = is_signed ? -high - 1 : 0;

	if (slot)
		lw_field_put(f, lane, raw < low ? low : raw > high ? high : raw, slot, NULL);
}

void lw_memory_put_value(struct lw_memory *m, unsigned id, unsigned lane, double value)
{
	const struct lw_field *f = &m->field[id];
	double unit;

	/* What one count stands for, with whatever multiplies it in this module. */
	lw_memory_put(m, id, lane, 1);
	if (!lw_field_value(f, lane, &m->view, &unit) && unit > 0)
		lw_memory_put(m, id, lane, llround(value / unit));
}

uint16_t lw_f16(double value)
{
	enum { MANTISSA_MAX = 0x7ff, EXPONENT_MAX = 31 }; /* the exponent is told plus 24 */
	int exponent = 0;

	if (!(value > 0))
		return 0;
	/* The smallest exponent that holds the number keeps the most digits. */
	for (value *= 1e24; value > MANTISSA_MAX && exponent < EXPONENT_MAX; exponent++)
		value /= 10;
	value = value > MANTISSA_MAX ? MANTISSA_MAX : round(value);
	return (uint16_t)((unsigned)exponent << 11 | (unsigned)value);
}

void lw_memory_put_f16(struct lw_memory *m, unsigned id, unsigned lane, double value)
{
	lw_memory_put(m, id, lane, lw_f16(value));
}

void lw_memory_keep(struct lw_memory *m, int slot)
{
	if (m->place[slot] >= 0)
		memcpy(m->made[m->place[slot]], m->live[m->place[slot]], 128);
}

uint8_t lw_memory_mask(const struct lw_memory *m, unsigned id)
{
	uint8_t mask = 0;

	for (unsigned lane = 0; lane < m->field[id].lanes && lane < 8; lane++)
		if (lw_memory_get(m, id, lane))
			mask |= (uint8_t)(1u << lane);
	return mask;
}

void lw_memory_put_mask(struct lw_memory *m, unsigned id, uint8_t mask)
{
	for (unsigned lane = 0; lane < m->field[id].lanes && lane < 8; lane++)
		lw_memory_put(m, id, lane, mask >> lane & 1);
}

void lw_memory_set_mask(struct lw_memory *m, unsigned id, uint8_t mask)
{
	for (unsigned lane = 0; lane < m->field[id].lanes && lane < 8; lane++)
		if (mask >> lane & 1)
			lw_memory_put(m, id, lane, 1);
}

int lw_memory_written(const struct lw_memory *m, unsigned id, int slot, unsigned first,
		      const uint8_t *p, size_t n)
{
	unsigned at = m->field[id].byte & 0x7fu;

	return m->field[id].slot == slot && at >= first && at < first + n ? p[at - first] : -1;
}

int lw_memory_flag_mask(const struct lw_memory *m, unsigned id)
{
	const char *std = m->field[id].std, *at = strstr(std, "Flag");
	const struct lw_field *f = NULL;
	char name[128];

	if (strlen(std) + sizeof("M- Mask") > sizeof(name))
		return -1;
	if (at) { /* CMIS: LOSFlagRx, LOSMaskRx */
		strcpy(name, std);
		memcpy(name + (at - std), "Mask", strlen("Mask"));
		f = lw_map_find(m->map, name);
	}
	if (!f) { /* SFF-8636: L-Tx LOS, M-Tx LOS Mask; TC readiness flag, M-TC readiness flag */
		const char *bare = strncmp(std, "L-", 2) == 0 ? std + 2 : std;

		snprintf(name, sizeof(name), "M-%s Mask", bare);
		f = lw_map_find(m->map, name);
		if (!f) {
			snprintf(name, sizeof(name), "M-%s", bare);
			f = lw_map_find(m->map, name);
		}
	}
	return f ? f->id : -1;
}
