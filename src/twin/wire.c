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

static struct lw_addr begin_at(const struct lw_twin *t, uint8_t i2c, uint8_t byte)
{
	struct lw_addr a = {.i2c = i2c, .byte = byte};

	if (byte >= 128) {
		a.bank = t->mem.select.bank;
		a.page = t->mem.select.page;
	}
	return a;
}

/* How many of `n` bytes lie in the half of `a`. */
static size_t in_half(struct lw_addr a, size_t n)
{
	size_t left = 128 - a.byte % 128u;

	return n < left ? n : left;
}

/* Behind the last byte of a half comes its first (CMIS 5.4 5.2.1). With auto paging the next page
 * of the extended payload comes, and behind its last page the first (Table 8-55); the selected page
 * stays what it is. */
static void go_on(const struct lw_twin *t, struct lw_addr *inout)
{
	int slot = lw_map_slot(t->mem.map, inout->i2c, inout->page, true);

	inout->byte &= 128;
	if (!inout->byte || t->mem.map != LW_MAP_CMIS || slot < LW_CMIS_SLOT_A0H ||
	    slot > LW_CMIS_SLOT_AFH ||
	    !lw_memory_get(&t->mem, LW_CMIS_CDB_AUTO_PAGING_SUPPORTED, 0))
		return;
	slot++;
	if (slot > LW_CMIS_SLOT_AFH || !lw_memory_page(&t->mem, inout->bank, slot))
		slot = LW_CMIS_SLOT_A0H;
	inout->page = t->mem.slot[slot].page;
}

int lw_twin_wire_read(struct lw_twin *t, uint8_t i2c, uint8_t byte, uint8_t *ret, size_t n,
		      struct lw_error *reterr)
{
	struct lw_addr a = begin_at(t, i2c, byte);

	if (!n || n > 128)
		return lw_fail(reterr, LW_EINVAL, "%zu bytes: 1 to 128 can be read", n);
	for (;;) {
		size_t part = in_half(a, n);
		int r = read_half(t, a, ret, part, reterr);

		ret += part;
		n -= part;
		if (r || !n)
			return r;
		go_on(t, &a);
	}
}

int lw_twin_wire_write(struct lw_twin *t, uint8_t i2c, uint8_t byte, const uint8_t *p, size_t n,
		       struct lw_error *reterr)
{
	struct lw_addr a = begin_at(t, i2c, byte);

	if (!n || n > 128)
		return lw_fail(reterr, LW_EINVAL, "%zu bytes: 1 to 128 can be written", n);
	for (;;) {
		size_t part = in_half(a, n);
		int r = write_half(t, a, p, part, reterr);

		p += part;
		n -= part;
		if (r || !n)
			return r;
		go_on(t, &a);
	}
}
