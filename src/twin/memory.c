/* SPDX-License-Identifier: Apache-2.0 */
#include "memory.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

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

static uint8_t *store_of(const struct lw_memory *m, unsigned bank, unsigned slot)
{
	return m->place[bank][slot] < 0 ? NULL : m->store[m->place[bank][slot]];
}

/* Nothing of what a host writes there is kept. */
static void unstore(struct lw_memory *m, const struct lw_field *f)
{
	for (unsigned b = 0; b < LW_BANKS_MAX; b++)
		if (store_of(m, b, f->slot))
			mark_all(f, store_of(m, b, f->slot), false);
}

/* A host's write is kept where the map says RW and the module advertises the field. Of two fields
 * in one place (overlays) the advertised one rules (twin 6). */
static void learn_store(struct lw_memory *m)
{
	for (unsigned b = 0; b < LW_BANKS_MAX; b++)
		for (unsigned s = 0; s < m->slot_n; s++)
			if (store_of(m, b, s))
				memcpy(store_of(m, b, s), m->slot[s].wr, 128);
	for (size_t i = 0; i < m->field_n; i++) {
		const struct lw_field *f = &m->field[i];
		bool writable = f->access == LW_RW || f->access == LW_RWW;
		bool there = f->need < 0 || lw_memory_get(m, (unsigned)f->need, 0);
		bool kept = f->access != LW_WO && f->access != LW_WO_SC && writable == there;

		if (!kept)
			unstore(m, f);
	}
	for (size_t i = 0; i < sizeof(selects) / sizeof(selects[0]); i++)
		if (selects[i].map == m->map)
			unstore(m, &m->field[selects[i].id]);
}

/* Give every slot that the module has its place. @return how many there are */
static int16_t find_places(struct lw_memory *m, const struct lw_image *img,
			   const struct lw_extra *extra, size_t extra_n)
{
	int16_t n = 0;

	memset(m->place, -1, sizeof(m->place));
	for (unsigned b = 0; b < m->banks; b++)
		for (size_t s = 0; s < m->slot_n; s++)
			if (img->present[b][s] && (b == 0 || m->slot[s].banked))
				m->place[b][s] = n++;
	for (size_t i = 0; i < extra_n; i++)
		for (unsigned b = 0; b < extra[i].banks && b < LW_BANKS_MAX; b++)
			if (m->place[b][extra[i].slot] < 0 &&
			    (b == 0 || m->slot[extra[i].slot].banked))
				m->place[b][extra[i].slot] = n++;
	return n;
}

/* Bring controls to their power-on value and clear flags, in the live bytes. */
static void power_up(struct lw_memory *m)
{
	for (size_t i = 0; i < m->field_n; i++) {
		const struct lw_field *f = &m->field[i];

		if (f->access == LW_RO)
			continue;
		for (unsigned b = 0; b < LW_BANKS_MAX; b++) {
			/* Bytes without a numeric meaning are user or vendor memory: no number can
			 * be put there, so they outlive a reset. */
			if (!store_of(m, b, f->slot) ||
			    ((f->access == LW_RW || f->access == LW_RWW) &&
			     !any_marked(f, store_of(m, b, f->slot))))
				continue;
			for (unsigned lane = 0; lane < f->lanes; lane++)
				lw_memory_put(m, (unsigned)i, b * f->lanes + lane,
					      f->access == LW_RO_COR ? 0 : f->reset);
		}
	}
}

/* As they are, as after power-up, and which bits are kept. */
static size_t bytes_of(size_t places)
{
	return (3 * places + 1) * 128;
}

int lw_memory_init(struct lw_memory *m, struct lw_herds *herds, const struct lw_image *img,
		   unsigned banks, const struct lw_extra *extra, size_t n, struct lw_error *reterr)
{
	int16_t places;
	uint8_t(*all)[128];

	*m = (struct lw_memory){.map = img->map, .banks = banks, .herds = herds};
	m->field = lw_map_fields(img->map, &m->field_n);
	m->slot = lw_map_slots(img->map, &m->slot_n);
	places = find_places(m, img, extra, n);
	all = lw_herd_take(herds, bytes_of((size_t)places), &m->alone);
	if (!all)
		return lw_fail(reterr, LW_ENOMEM, "no memory for a twin's %d pages", places);
	m->live = all;
	m->made = all + places;
	m->store = all + 2 * places;
	m->view.map = img->map;
	for (unsigned b = 0; b < LW_BANKS_MAX; b++)
		for (size_t s = 0; s < m->slot_n; s++) {
			if (m->place[b][s] < 0)
				continue;
			if (img->present[b][s])
				memcpy(m->made[m->place[b][s]], img->slot[b][s], 128);
			m->view.slot[b][s] = m->live[m->place[b][s]];
		}
	m->places = (size_t)places;
	memcpy(m->live, m->made, 128 * m->places);
	learn_store(m);
	/* What a reset brings back is the same each time: find it once. */
	power_up(m);
	memcpy(m->made, m->live, 128 * m->places);
	return 0;
}

void lw_memory_finish(struct lw_memory *m)
{
	if (m->live)
		lw_herd_give(m->herds, m->live, bytes_of(m->places), m->alone);
	m->live = NULL;
}

void lw_memory_reset(struct lw_memory *m)
{
	memcpy(m->live, m->made, 128 * m->places);
	m->select = (struct lw_select){0};
	memset(m->flagged, 0, sizeof(m->flagged));
	for (unsigned s = 0; s < m->slot_n; s++)
		for (unsigned b = 0; b < LW_BANKS_MAX; b++)
			for (unsigned i = 0; m->place[b][s] >= 0 && i < 128; i++)
				if (m->made[m->place[b][s]][i] & m->slot[s].cor[i])
					m->flagged[s / 64] |= UINT64_C(1) << s % 64;
}

void lw_memory_cut_lanes(struct lw_memory *m, int slot, unsigned lanes)
{
	for (size_t i = 0; i < m->field_n; i++) {
		const struct lw_field *f = &m->field[i];

		if (f->slot != slot || f->lanes != 8)
			continue;
		for (unsigned lane = lanes; lane < m->banks * f->lanes; lane++)
			if (store_of(m, lane / f->lanes, f->slot))
				mark(f, lane % f->lanes, store_of(m, lane / f->lanes, f->slot),
				     false);
	}
}

void lw_memory_admit(struct lw_memory *m, unsigned id)
{
	const struct lw_field *f = &m->field[id];

	for (unsigned b = 0; b < LW_BANKS_MAX; b++)
		if (store_of(m, b, f->slot))
			mark_all(f, store_of(m, b, f->slot), true);
}

void lw_memory_guard(struct lw_memory *m, unsigned id)
{
	unstore(m, &m->field[id]);
}

uint8_t *lw_memory_page(const struct lw_memory *m, unsigned bank, int slot)
{
	if (slot < 0 || (size_t)slot >= m->slot_n)
		return NULL;
	if (!m->slot[slot].banked)
		bank = 0;
	return bank >= LW_BANKS_MAX || m->place[bank][slot] < 0 ? NULL
								: m->live[m->place[bank][slot]];
}

bool lw_memory_has_bank(const struct lw_memory *m, unsigned bank)
{
	for (size_t s = 0; s < m->slot_n; s++)
		if (m->place[bank][s] >= 0)
			return true;
	return false;
}

uint8_t *lw_memory_slot(const struct lw_memory *m, int slot)
{
	return lw_memory_page(m, 0, slot);
}

/* Text, bytes and what is reserved hold no number: they stay. */
static bool is_number(const struct lw_field *f)
{
	return f->width <= 64 && f->kind != LW_KIND_TEXT && f->kind != LW_KIND_BYTES &&
	       f->kind != LW_KIND_RESERVED;
}

void lw_memory_put(struct lw_memory *m, unsigned id, unsigned lane, int64_t raw)
{
	const struct lw_field *f = &m->field[id];
	unsigned bank = lane < f->lanes ? 0 : lane / f->lanes;
	uint8_t *slot = bank && !m->slot[f->slot].banked ? NULL : lw_memory_page(m, bank, f->slot);
	bool is_signed = f->kind == LW_KIND_SINT;
	int64_t high = f->width < 63 ? ((int64_t)1 << (is_signed ? f->width - 1 : f->width)) - 1
				     : INT64_MAX;
	int64_t low = is_signed ? -high - 1 : 0;

	if (!slot)
		return;
	if (raw)
		lw_memory_flag(m, f);
	if (is_number(f))
		lw_field_store(f, lane - bank * f->lanes,
			       raw < low    ? low
			       : raw > high ? high
					    : raw,
			       slot);
}

double lw_memory_unit(struct lw_memory *m, unsigned id)
{
	const struct lw_field *f = &m->field[id];
	int64_t before = lw_memory_get(m, id, 0);
	double unit = 0;

	if (f->by < 0)
		return (double)f->num / f->den;
	lw_memory_put(m, id, 0, 1);
	if (lw_field_value(f, 0, &m->view, &unit))
		unit = 0;
	lw_memory_put(m, id, 0, before);
	return unit;
}

void lw_memory_put_value(struct lw_memory *m, unsigned id, unsigned lane, double value)
{
	double unit = lw_memory_unit(m, id);

	if (unit > 0)
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
	if (m->place[0][slot] >= 0)
		memcpy(m->made[m->place[0][slot]], m->live[m->place[0][slot]], 128);
}

/* Are the lanes of `f` neighbouring bits of one byte, lowest first? */
static bool is_byte(const struct lw_field *f)
{
	return f->width == 1 && f->stride <= 1 && f->order == LW_LANES_UP &&
	       f->shift + f->lanes <= 8 && (f->lanes == 1 || f->stride == 1);
}

uint32_t lw_memory_mask(const struct lw_memory *m, unsigned id)
{
	const struct lw_field *f = &m->field[id];
	unsigned banks = m->slot[f->slot].banked ? m->banks : 1;
	uint32_t mask = 0;

	for (unsigned b = 0; b < banks; b++) {
		const uint8_t *slot = lw_memory_page(m, b, f->slot);
		uint32_t own = 0;

		if (!slot)
			continue;
		if (is_byte(f))
			own = (unsigned)slot[f->byte & 0x7f] >> f->shift & ((1u << f->lanes) - 1u);
		else
			for (unsigned i = 0; i < f->lanes && i < 8; i++)
				own |= lw_field_load(f, slot, i) ? 1u << i : 0;
		mask |= own << b * f->lanes;
	}
	return mask;
}

/* Bring the bits that `which` has to those of `mask`. */
static void put_bits(struct lw_memory *m, unsigned id, uint32_t which, uint32_t mask)
{
	const struct lw_field *f = &m->field[id];
	unsigned banks = m->slot[f->slot].banked ? m->banks : 1;

	if (which & mask)
		lw_memory_flag(m, f);
	for (unsigned b = 0; b < banks; b++) {
		uint8_t *slot = lw_memory_page(m, b, f->slot);
		uint32_t own = mask >> b * f->lanes, bits = which >> b * f->lanes;

		if (!slot)
			continue;
		if (is_byte(f)) {
			uint8_t *at = &slot[f->byte & 0x7f];

			bits = (bits & ((1u << f->lanes) - 1u)) << f->shift;
			*at = (uint8_t)((*at & ~bits) | (own << f->shift & bits));
			continue;
		}
		for (unsigned i = 0; i < f->lanes && i < 8; i++)
			if (bits >> i & 1)
				lw_field_put(f, i, own >> i & 1, slot, NULL);
	}
}

void lw_memory_put_mask(struct lw_memory *m, unsigned id, uint32_t mask)
{
	put_bits(m, id, UINT32_MAX, mask);
}

void lw_memory_set_mask(struct lw_memory *m, unsigned id, uint32_t mask)
{
	put_bits(m, id, mask, mask);
}

int lw_memory_written(const struct lw_memory *m, unsigned id, int slot, unsigned first,
		      const uint8_t *p, size_t n)
{
	unsigned at = m->field[id].byte & 0x7fu;

	return m->field[id].slot == slot && at >= first && at < first + n ? p[at - first] : -1;
}

/* The mask with this standard's name. Only what a host may set is a candidate: that keeps
 * the search short. */
static const struct lw_field *find_mask(const struct lw_memory *m, const char *name)
{
	for (size_t i = 0; i < m->field_n; i++) {
		const struct lw_field *f = &m->field[i];

		if (f->access == LW_RW && f->std[0] == name[0] && strcasecmp(f->std, name) == 0)
			return f;
	}
	return NULL;
}

int lw_memory_flag_mask(const struct lw_memory *m, unsigned id)
{
	static const struct {
		enum lw_map_id map;
		uint16_t flag, mask;
	} odd[] = {/* whose names differ */
		   {LW_MAP_CMIS, LW_CMIS_INVALID_CHANNEL_NUMBER_FLAG_TX,
		    LW_CMIS_INVALID_CHANNEL_MASK_TX}};
	const char *std = m->field[id].std, *at = strstr(std, "Flag");
	const struct lw_field *f = NULL;
	char name[128];

	for (size_t i = 0; i < sizeof(odd) / sizeof(odd[0]); i++)
		if (odd[i].map == m->map && odd[i].flag == id)
			return odd[i].mask;
	if (strlen(std) + sizeof("M- Mask") > sizeof(name))
		return -1;
	if (at) { /* CMIS: LOSFlagRx, LOSMaskRx */
		strcpy(name, std);
		memcpy(name + (at - std), "Mask", strlen("Mask"));
		f = find_mask(m, name);
	}
	if (!f) { /* SFF-8636: L-Tx LOS, M-Tx LOS Mask; TC readiness flag, M-TC readiness flag */
		const char *bare = strncmp(std, "L-", 2) == 0 ? std + 2 : std;

		snprintf(name, sizeof(name), "M-%s Mask", bare);
		f = find_mask(m, name);
		if (!f) {
			snprintf(name, sizeof(name), "M-%s", bare);
			f = find_mask(m, name);
		}
	}
	return f ? f->id : -1;
}
