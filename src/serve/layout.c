/* SPDX-License-Identifier: Apache-2.0 */
#include "layout.h"

#include <lanewise/map.h>

#define HALF  128u
#define PAGES 256u
#define A0H   0x50
#define A2H   0x51

uint64_t lw_layout_size(const struct lw_layout *l)
{
	if (l->map == LW_MAP_SFF8472)
		return (3 + PAGES) * HALF;
	return (1 + PAGES - l->stride + (uint64_t)l->stride * l->banks) * HALF;
}

/* A0h is blocks 0 and 1; A2h follows with a lower half of its own. */
static void two_addresses(unsigned block, struct lw_addr *a)
{
	a->i2c = block < 2 ? A0H : A2H;
	if (block == 1 || block > 2)
		a->byte = HALF;
	if (block > 2)
		a->page = (uint8_t)(block - 3);
}

static void one_address(const struct lw_layout *l, unsigned block, struct lw_addr *a)
{
	unsigned once = PAGES - l->stride; /* pages that only bank 0 has */
	unsigned i = block - 1;

	a->i2c = A0H;
	if (!block)
		return;
	a->byte = HALF;
	a->bank = (uint8_t)(i < once ? 0 : (i - once) / l->stride);
	a->page = (uint8_t)(i - a->bank * l->stride);
}

unsigned lw_layout_at(const struct lw_layout *l, uint64_t off, struct lw_addr *ret)
{
	struct lw_addr a = {0};
	unsigned in_half = (unsigned)(off % HALF);

	if (off >= lw_layout_size(l))
		return 0;
	if (l->map == LW_MAP_SFF8472)
		two_addresses((unsigned)(off / HALF), &a);
	else
		one_address(l, (unsigned)(off / HALF), &a);
	a.byte = (uint8_t)(a.byte + in_half);
	*ret = a;
	return HALF - in_half;
}

unsigned lw_layout_selects(const struct lw_layout *l, struct lw_addr a)
{
	static const struct {
		uint8_t i2c; /* 0: no such map */
		uint16_t field;
	} select[LW_MAP_N] = {
		[LW_MAP_CMIS] = {A0H, LW_CMIS_BANK_SELECT},
		[LW_MAP_SFF8636] = {A0H, LW_SFF8636_PAGE_SELECT},
		[LW_MAP_SFF8472] = {A2H, LW_SFF8472_PAGE_SELECT},
	};

	if ((unsigned)l->map >= LW_MAP_N || a.byte >= HALF || a.i2c != select[l->map].i2c)
		return 0;
	return HALF - lw_map_fields(l->map, NULL)[select[l->map].field].byte;
}
