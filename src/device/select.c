/* SPDX-License-Identifier: Apache-2.0 */
#include "device-internal.h"

#include <lanewise/map.h>

#define HALF 128

static const struct lw_field *field(enum lw_map_id map, unsigned id)
{
	return &lw_map_fields(map, NULL)[id];
}

/* A field of the lower half of 50h, 0 when it is not among the first `n` bytes. */
static int64_t get(const struct lw_field *f, const uint8_t *lower, size_t n)
{
	return f->byte < n ? lw_field_load(f, lower, 0) : 0;
}

void lw_identity_take(struct lw_identity *id, const uint8_t *lower, size_t n)
{
	*id = (struct lw_identity){.known = true, .map = lw_map_for_identifier(lower[0])};
	switch (id->map) {
	case LW_MAP_CMIS:
		id->paged = !get(field(id->map, LW_CMIS_MEMORY_MODEL), lower, n);
		break;
	case LW_MAP_SFF8636:
		id->paged = !get(field(id->map, LW_SFF8636_FLAT_MEM), lower, n);
		break;
	case LW_MAP_SFF8472:
		id->paged = get(field(id->map, LW_SFF8472_PAGING_SUPPORTED), lower, n) != 0;
		break;
	default:
		id->known = false;
		break;
	}
}

static const struct lw_field *page_select(enum lw_map_id map)
{
	return map == LW_MAP_CMIS      ? field(map, LW_CMIS_PAGE_SELECT)
	       : map == LW_MAP_SFF8636 ? field(map, LW_SFF8636_PAGE_SELECT)
				       : field(map, LW_SFF8472_PAGE_SELECT);
}

static uint8_t address_of(const struct lw_field *f)
{
	return lw_map_slots((enum lw_map_id)f->map, NULL)[f->slot].i2c;
}

/* A page unknown to the map may have banks; it is asked for with its bank then. */
static bool is_banked(enum lw_map_id map, struct lw_addr a)
{
	int slot = lw_map_slot(map, a.i2c, a.page, true);

	return slot < 0 ? a.bank != 0 : lw_map_slots(map, NULL)[slot].banked;
}

int lw_select_for(const struct lw_identity *id, struct lw_addr a, struct lw_select *ret,
		  struct lw_error *reterr)
{
	struct lw_select s = {0};
	const struct lw_field *page;

	if (a.byte < HALF) {
		*ret = s;
		return 0;
	}
	page = page_select(id->map);
	if (!id->paged || a.i2c != address_of(page)) {
		/* A2h of SFF-8472 without paging holds what pages 00h and 01h would be */
		if (a.page)
			return lw_fail_at(reterr, LW_ENOPAGE, a.page, a.byte,
					  "the module says that it has no pages");
		*ret = s;
		return 0;
	}
	s.i2c = a.i2c;
	s.byte = page->byte;
	s.value[0] = a.page;
	s.n = 1;
	if (id->map == LW_MAP_CMIS && is_banked(id->map, a)) {
		/* one write of both: the bank takes effect with the page (CMIS 5.4 Table 8-26,
		 * device 4) */
		s.byte = field(id->map, LW_CMIS_BANK_SELECT)->byte;
		s.value[0] = a.bank;
		s.value[1] = a.page;
		s.n = 2;
	} else if (a.bank && id->map != LW_MAP_CMIS) {
		return lw_fail_at(reterr, LW_ENOPAGE, a.page, a.byte,
				  "bank %u: only modules of CMIS have banks", a.bank);
	}
	*ret = s;
	return 0;
}

bool lw_select_touched(const struct lw_identity *id, struct lw_addr a, size_t n)
{
	const struct lw_field *page;

	if (a.byte >= HALF)
		return false;
	if (!id->known)
		return true;
	page = page_select(id->map);
	return a.i2c == address_of(page) && a.byte + n >= page->byte;
}

/* Text and byte strings may be cut, numbers may not. */
static bool is_number(const struct lw_field *f)
{
	return f->width > 8 && f->kind != LW_KIND_TEXT && f->kind != LW_KIND_BYTES &&
	       f->kind != LW_KIND_RESERVED && f->access != LW_RO && f->access != LW_RO_COR;
}

bool lw_select_cuts(const struct lw_identity *id, struct lw_addr a, unsigned cut)
{
	bool upper = a.byte >= HALF;
	size_t n = 0;
	const struct lw_field *f;
	int slot;

	if (!id->known)
		return false;
	slot = lw_map_slot(id->map, a.i2c, upper ? a.page : 0, upper);
	f = lw_map_fields(id->map, &n);
	cut -= upper ? HALF : 0;
	for (size_t i = 0; i < n; i++) {
		if (f[i].slot != slot || !is_number(&f[i]))
			continue;
		for (unsigned lane = 0; lane < f[i].lanes; lane++) {
			unsigned byte, shift;

			lw_field_place(&f[i], lane, &byte, &shift);
			if (byte < cut && cut < byte + f[i].width / 8u)
				return true;
		}
	}
	return false;
}
