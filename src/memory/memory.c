/* SPDX-License-Identifier: Apache-2.0 */
#include "memory-internal.h"

#include <string.h>

#define A2H   0x51
#define PAGES 256

size_t lw_memory_offset(enum lw_map_id map, unsigned bank, unsigned slot)
{
	const struct lw_slot *s = &lw_map_slots(map, NULL)[slot];
	size_t block;

	if (s->i2c == A2H)
		block = s->upper ? 3u + s->page : 2u;
	else
		block = s->upper ? 1u + s->page + (size_t)PAGES * bank : 0u;
	return block * SLOT_BYTES;
}

static bool is_fill(const uint8_t *p)
{
	for (unsigned i = 0; i < SLOT_BYTES; i++)
		if (p[i] != 0xff)
			return false;
	return true;
}

void lw_memory_view(const struct lw_memory *m, struct lw_view *ret)
{
	size_t slots;
	const struct lw_slot *s = lw_map_slots(m->map, &slots);

	memset(ret, 0, sizeof(*ret));
	ret->map = m->map;
	for (unsigned b = 0; b < LW_BANKS_MAX; b++)
		for (unsigned i = 0; i < slots; i++) {
			size_t at = lw_memory_offset(m->map, b, i);

			if ((b == 0 || s[i].banked) && at + SLOT_BYTES <= m->n &&
			    !is_fill(m->bytes + at))
				ret->slot[b][i] = m->bytes + at;
		}
}

int lw_memory_read(const uint8_t *bytes, size_t n, const char *name, struct lw_arena *arena,
		   struct lw_memory *ret, struct lw_error *reterr)
{
	struct lw_image *img = lw_arena_alloc(arena, sizeof(*img));
	struct lw_memory m = {.n = LW_DUMP_MAX};
	int r;

	if (!img)
		return lw_fail_in(reterr, LW_ENOMEM, name, 0, "out of memory");
	r = lw_image_parse(bytes, n, name, img, reterr);
	if (r)
		return r;
	m.map = img->map;
	memcpy(m.valid, img->present, sizeof(m.valid));
	m.bytes = lw_arena_alloc(arena, LW_DUMP_MAX);
	if (!m.bytes)
		return lw_fail_in(reterr, LW_ENOMEM, name, 0, "out of memory");
	r = lw_dump_bytes(bytes, n, name, m.bytes, &m.n, &m.text, reterr);
	if (r)
		return r;
	*ret = m;
	return 0;
}

int lw_memory_from_image(const struct lw_image *img, struct lw_arena *arena, struct lw_memory *ret,
			 struct lw_error *reterr)
{
	struct lw_memory m = {.map = img->map};
	size_t slots;

	lw_map_slots(img->map, &slots);
	for (unsigned b = 0; b < LW_BANKS_MAX; b++)
		for (unsigned i = 0; i < slots; i++) {
			size_t end = lw_memory_offset(img->map, b, i) + SLOT_BYTES;

			if (img->present[b][i] && end > m.n)
				m.n = end;
		}
	m.bytes = lw_arena_alloc(arena, m.n);
	if (!m.bytes)
		return lw_fail(reterr, LW_ENOMEM, "out of memory");
	memset(m.bytes, 0xff, m.n);
	for (unsigned b = 0; b < LW_BANKS_MAX; b++)
		for (unsigned i = 0; i < slots; i++)
			if (img->present[b][i])
				memcpy(m.bytes + lw_memory_offset(img->map, b, i), img->slot[b][i],
				       SLOT_BYTES);
	memcpy(m.valid, img->present, sizeof(m.valid));
	*ret = m;
	return 0;
}
