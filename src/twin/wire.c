/* SPDX-License-Identifier: Apache-2.0 */
#include "twin-impl.h"

/*
 * A module as a bus master sees it that knows nothing of pages: one byte of address, and registers
 * that say which page lies behind the upper half (CMIS 5.4 8.2.15, SFF-8636 2.11 6.2.11, SFF-8472
 * 12.4.3 Table 10-3). Each part inside a half is one access like any other.
 */

/* Where bank and page are selected. */
static const struct {
	int16_t bank, page; /**< fields; -1: none */
} selects[LW_MAP_N] = {
	[LW_MAP_CMIS] = {LW_CMIS_BANK_SELECT, LW_CMIS_PAGE_SELECT},
	[LW_MAP_SFF8636] = {-1, LW_SFF8636_PAGE_SELECT},
	[LW_MAP_SFF8472] = {-1, LW_SFF8472_PAGE_SELECT},
};

static bool is_at(const struct lw_twin *t, int id, uint8_t i2c, unsigned byte)
{
	const struct lw_field *f = id < 0 ? NULL : &t->mem.field[id];
	const struct lw_slot *s = f ? &t->mem.slot[f->slot] : NULL;

	return f && s->i2c == i2c && !s->upper && f->byte == byte;
}

/* A write of the page select: bank and page change together, or page 00h comes. */
static void select_page(struct lw_twin *t, uint8_t i2c, uint8_t page)
{
	struct lw_select *w = &t->mem.select;
	int slot = lw_map_slot(t->mem.map, i2c, page, true);

	if (!lw_memory_page(&t->mem, w->asked_bank, slot))
		page = 0;
	w->page = page;
	w->bank = w->asked_bank;
	lw_twin_page_changed(t, w->bank, page);
}

/* Bytes of one half. */
static int read_half(struct lw_twin *t, struct lw_addr a, uint8_t *ret, size_t n,
		     struct lw_error *reterr)
{
	int r = lw_bus_read(&t->bus, a, ret, n, reterr);

	for (size_t i = 0; !r && i < n; i++) {
		if (is_at(t, selects[t->mem.map].bank, a.i2c, (unsigned)(a.byte + i)))
			ret[i] = t->mem.select.asked_bank;
		else if (is_at(t, selects[t->mem.map].page, a.i2c, (unsigned)(a.byte + i)))
			ret[i] = t->mem.select.page;
	}
	return r;
}

static int write_half(struct lw_twin *t, struct lw_addr a, const uint8_t *p, size_t n,
		      struct lw_error *reterr)
{
	int r = lw_bus_write(&t->bus, a, p, n, reterr);

	for (size_t i = 0; !r && i < n; i++) {
		if (is_at(t, selects[t->mem.map].bank, a.i2c, (unsigned)(a.byte + i)))
			t->mem.select.asked_bank = p[i];
		else if (is_at(t, selects[t->mem.map].page, a.i2c, (unsigned)(a.byte + i)))
			select_page(t, a.i2c, p[i]);
	}
	return r;
}

/* The half that `byte` lies in, and how many of `n` bytes are before its end. */
static size_t half_of(const struct lw_twin *t, uint8_t i2c, unsigned byte, size_t n,
		      struct lw_addr *ret)
{
	size_t left = 128 - byte % 128;

	*ret = (struct lw_addr){.i2c = i2c, .byte = (uint8_t)byte};
	if (byte >= 128) {
		ret->bank = t->mem.select.bank;
		ret->page = t->mem.select.page;
	}
	return n < left ? n : left;
}

/* Behind the last byte of a half comes its first (CMIS 5.4 5.2.1). */
static unsigned rolled(unsigned byte, size_t n)
{
	return (unsigned)(byte + n) % 128 + byte / 128 * 128;
}

int lw_twin_wire_read(struct lw_twin *t, uint8_t i2c, uint8_t byte, uint8_t *ret, size_t n,
		      struct lw_error *reterr)
{
	unsigned at = byte;
	int r = n && n <= 128 ? 0
			      : lw_fail(reterr, LW_EINVAL, "%zu bytes: 1 to 128 can be read", n);

	while (!r && n) {
		struct lw_addr a;
		size_t part = half_of(t, i2c, at, n, &a);

		r = read_half(t, a, ret, part, reterr);
		at = rolled(at, part);
		ret += part;
		n -= part;
	}
	return r;
}

int lw_twin_wire_write(struct lw_twin *t, uint8_t i2c, uint8_t byte, const uint8_t *p, size_t n,
		       struct lw_error *reterr)
{
	unsigned at = byte;
	int r = n && n <= 128 ? 0
			      : lw_fail(reterr, LW_EINVAL, "%zu bytes: 1 to 128 can be written", n);

	while (!r && n) {
		struct lw_addr a;
		size_t part = half_of(t, i2c, at, n, &a);

		r = write_half(t, a, p, part, reterr);
		at = rolled(at, part);
		p += part;
		n -= part;
	}
	return r;
}
