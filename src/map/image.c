/* SPDX-License-Identifier: Apache-2.0 */
#include "dump-text.h"

#include <lanewise/image.h>
#include <string.h>

#define SLOT_BYTES 128
#define A0H        0x50
#define A2H        0x51
#define PAGES      256

/* Largest dump: lower half and 256 pages of each bank, as the optoe driver lays a file out. */
#define DUMP_MAX (SLOT_BYTES * (1 + PAGES * LW_BANKS_MAX))

void lw_image_view(const struct lw_image *img, struct lw_view *ret)
{
	static const uint8_t none[8];

	*ret = (struct lw_view){.map = img->map};
	for (unsigned b = 0; b < LW_BANKS_MAX; b++)
		for (unsigned s = 0; s < LW_SLOTS_MAX; s++)
			if (s + sizeof(none) <= LW_SLOTS_MAX &&
			    memcmp(&img->present[b][s], none, sizeof(none)) == 0)
				s += sizeof(none) - 1; /* most slots of most banks are not there */
			else if (img->present[b][s])
				ret->slot[b][s] = img->slot[b][s];
}

/* Where the bytes of a dump go. The first pass, without image, counts and keeps the head. */
struct sink {
	struct lw_image *img;
	size_t n;
	uint8_t *slot; /* of the block under way, NULL: the map has no such page */
	uint8_t *present;
	uint8_t head[2 * SLOT_BYTES];
};

/* The slot that holds block `k` of a dump; -1 when the map has no such page. */
static int block_slot(enum lw_map_id map, size_t k, unsigned *ret_bank)
{
	size_t page = (k - 1) % PAGES, n = 0;
	const struct lw_slot *slots;
	int slot;

	*ret_bank = 0;
	if (map == LW_MAP_SFF8472) {
		if (k < 2)
			return lw_map_slot(map, A0H, 0, k == 1);
		return k == 2                  ? lw_map_slot(map, A2H, 0, false)
		       : k - 3 < (size_t)PAGES ? lw_map_slot(map, A2H, (uint8_t)(k - 3), true)
					       : -1;
	}
	if (k == 0)
		return lw_map_slot(map, A0H, 0, false);
	*ret_bank = (unsigned)((k - 1) / PAGES);
	slot = lw_map_slot(map, A0H, (uint8_t)page, true);
	slots = lw_map_slots(map, &n);
	if (slot < 0 || *ret_bank >= LW_BANKS_MAX || (*ret_bank && !slots[slot].banked))
		return -1;
	return slot;
}

static void begin_block(struct sink *s)
{
	unsigned bank;
	int slot = block_slot(s->img->map, s->n / SLOT_BYTES, &bank);

	s->slot = slot < 0 ? NULL : s->img->slot[bank][slot];
	s->present = slot < 0 ? NULL : &s->img->present[bank][slot];
}

static int sink_put(void *ctx, uint8_t byte, struct lw_error *reterr)
{
	struct sink *s = ctx;

	if (s->n >= DUMP_MAX)
		return lw_fail(reterr, LW_ELIMIT, "more than %d bytes: no module memory is as big",
			       DUMP_MAX);
	if (s->n < sizeof(s->head))
		s->head[s->n] = byte;
	if (s->img && s->n % SLOT_BYTES == 0)
		begin_block(s);
	if (s->img && s->slot) {
		s->slot[s->n % SLOT_BYTES] = byte;
		*s->present = s->n % SLOT_BYTES == SLOT_BYTES - 1;
	}
	s->n++;
	return 0;
}

static int pour(const uint8_t *bytes, size_t n, bool text, const char *name, struct sink *s,
		struct lw_error *reterr)
{
	if (text)
		return lw_dump_scan((const char *)bytes, n, name, sink_put, s, reterr);
	for (size_t i = 0; i < n; i++) {
		int r = sink_put(s, bytes[i], reterr);

		if (r)
			return r;
	}
	return 0;
}

/* Is the block a page 00h of `map` whose checksum is right? */
static bool is_page_00h(enum lw_map_id map, const uint8_t *block)
{
	uint16_t id = map == LW_MAP_CMIS ? LW_CMIS_PAGE_CHECKSUM_00H : LW_SFF8636_CC_BASE;
	const struct lw_field *f = &lw_map_fields(map, NULL)[id];
	struct lw_view v = {.map = map};
	int64_t stored;
	uint8_t sum;

	v.slot[0][f->slot] = block;
	return !lw_field_get(f, 0, &v, &stored) && !lw_field_sum(f, &v, &sum) && stored == sum;
}

/*
 * Tell the map by the identifier in byte 0. A lower page that could not be read leaves page 00h,
 * which repeats the identifier; it is believed only with a right checksum.
 */
static int identify(const struct sink *s, const char *name, enum lw_map_id *ret,
		    struct lw_error *reterr)
{
	enum lw_map_id map = lw_map_for_identifier(s->head[0]);
	const uint8_t *upper = s->head + SLOT_BYTES;

	if (map != LW_MAP_NONE) {
		*ret = map;
		return 0;
	}
	if (s->n >= sizeof(s->head)) {
		map = lw_map_for_identifier(upper[0]);
		if ((map == LW_MAP_SFF8636 || map == LW_MAP_CMIS) && is_page_00h(map, upper)) {
			*ret = map;
			return 0;
		}
	}
	if (s->head[0] == 0xff)
		return lw_fail_in(
			reterr, LW_EINVAL, name, 0,
			"byte 0 reads ffh: no module answered, or this is no module memory");
	if (s->head[0] >= 0x80)
		return lw_fail_in(
			reterr, LW_EINVAL, name, 0,
			"identifier %02xh is vendor specific (SFF-8024 Table 4-1): its memory "
			"map is not public",
			s->head[0]);
	return lw_fail_in(reterr, LW_EINVAL, name, 0,
			  "identifier %02xh in byte 0 selects no memory map that is known here "
			  "(SFF-8472, SFF-8636, CMIS)",
			  s->head[0]);
}

static bool is_fill(const uint8_t slot[SLOT_BYTES])
{
	for (unsigned i = 0; i < SLOT_BYTES; i++)
		if (slot[i] != 0xff)
			return false;
	return true;
}

/* An advertisement in a lower page that is none says nothing. */
static bool is_lower_valid(const struct lw_view *v)
{
	unsigned slot = v->map == LW_MAP_CMIS ? LW_CMIS_SLOT_L : LW_SFF8636_SLOT_L;
	const uint8_t *lower = v->slot[0][slot];

	return lower && lw_map_for_identifier(lower[0]) == v->map;
}

void lw_image_prune(struct lw_image *img)
{
	struct lw_view v;
	size_t n = 0;

	for (unsigned b = 0; b < LW_BANKS_MAX; b++)
		for (unsigned s = 0; s < LW_SLOTS_MAX; s++)
			if (img->present[b][s] && is_fill(img->slot[b][s]))
				img->present[b][s] = 0;
	lw_image_view(img, &v);
	if (img->map != LW_MAP_SFF8472 && !is_lower_valid(&v))
		return;
	lw_map_slots(img->map, &n);
	/* the view stays as it was read: what a page says of others holds though it goes itself */
	for (unsigned s = 0; s < n; s++)
		if (lw_view_advertises(&v, s) == LW_ADVERT_NO)
			for (unsigned b = 0; b < LW_BANKS_MAX; b++)
				img->present[b][s] = 0;
}

int lw_image_parse(const uint8_t *bytes, size_t n, const char *name, struct lw_image *ret,
		   struct lw_error *reterr)
{
	struct sink first = {0}, second = {.img = ret};
	enum lw_map_id map = LW_MAP_NONE;
	bool text = lw_dump_is_text(bytes, n);
	int r;

	if (!name)
		name = "";
	if (n == 0)
		return lw_fail_in(reterr, LW_EINVAL, name, 0, "empty: no module memory");
	r = pour(bytes, n, text, name, &first, reterr);
	if (r)
		return r;
	if (first.n < SLOT_BYTES)
		return lw_fail_in(reterr, LW_EINVAL, name, 0,
				  "only %zu bytes: a module's memory has at least %d", first.n,
				  SLOT_BYTES);
	r = identify(&first, name, &map, reterr);
	if (r)
		return r;
	if (map != LW_MAP_SFF8472 && first.n > SLOT_BYTES && first.n < sizeof(first.head))
		return lw_fail_in(
			reterr, LW_EINVAL, name, 0,
			"%zu bytes end inside page 00h: a dump holds whole 128-byte pages",
			first.n);
	memset(ret, 0, sizeof(*ret));
	ret->map = map;
	/* Cannot fail: the first pass went through the same bytes. */
	(void)pour(bytes, n, text, name, &second, NULL);
	lw_image_prune(ret);
	return 0;
}
