/* SPDX-License-Identifier: Apache-2.0 */
#include <lanewise/facts.h>
#include <lanewise/image-bus.h>
#include <string.h>

/* Every map has its identifier here. */
#define A0H 0x50

struct reader {
	struct lw_bus *bus;
	struct lw_image *img;
	lw_image_left_out left_out;
	void *ctx;
	bool tried[LW_SLOTS_MAX]; /* in bank 0 */
};

static enum lw_advert advertised(const struct lw_image *img, unsigned slot)
{
	struct lw_view v;

	lw_image_view(img, &v);
	return lw_view_advertises(&v, slot);
}

/* What stands in every module of this map: an empty view advertises it. */
static bool is_always_there(enum lw_map_id map, unsigned slot)
{
	struct lw_view none = {.map = map};

	return lw_view_advertises(&none, slot) == LW_ADVERT_YES;
}

static int read_slot(struct reader *r, unsigned bank, unsigned slot, struct lw_error *reterr)
{
	const struct lw_slot *s = &lw_map_slots(r->img->map, NULL)[slot];
	struct lw_addr a = {s->i2c, (uint8_t)bank, s->page, s->upper ? 128 : 0};
	struct lw_error e;
	int status = lw_bus_read(r->bus, a, r->img->slot[bank][slot], 128, &e);

	r->img->present[bank][slot] = status == 0;
	if (!status || (status == LW_ENOPAGE && s->upper))
		return 0;
	if (status == LW_EABSENT || status == LW_ETIMEDOUT || /* it will not get better */
	    (!bank && is_always_there(r->img->map, slot))) {
		if (reterr)
			*reterr = e;
		return status;
	}
	if (r->left_out)
		r->left_out(r->ctx, &e);
	return 0;
}

/* Read what is known to be there, until nothing new turns up: a page read may advertise others. */
static int read_advertised(struct reader *r, size_t slots, struct lw_error *reterr)
{
	bool more = true;

	while (more) {
		more = false;
		for (unsigned s = 0; s < slots; s++) {
			int status;

			if (r->tried[s] || advertised(r->img, s) != LW_ADVERT_YES)
				continue;
			r->tried[s] = more = true;
			status = read_slot(r, 0, s, reterr);
			if (status)
				return status;
		}
	}
	return 0;
}

/* Where the page that would advertise it is missing, nothing but trying is left. */
static int read_unknown(struct reader *r, size_t slots, struct lw_error *reterr)
{
	for (unsigned s = 0; s < slots; s++) {
		int status;

		if (r->tried[s] || advertised(r->img, s) != LW_ADVERT_UNKNOWN)
			continue;
		status = read_slot(r, 0, s, reterr);
		if (status)
			return status;
	}
	return 0;
}

/* Banks that the module says it has; one that it does not have may answer as another one does. */
static unsigned banks_of(const struct lw_image *img)
{
	struct lw_facts facts;
	struct lw_view view;

	lw_image_view(img, &view);
	lw_facts_decode(&view, &facts);
	return facts.banks > 0 && facts.banks < LW_BANKS_MAX ? (unsigned)facts.banks : LW_BANKS_MAX;
}

static int read_banks(struct reader *r, size_t slots, struct lw_error *reterr)
{
	const struct lw_slot *slot = lw_map_slots(r->img->map, NULL);
	unsigned banks = banks_of(r->img);

	for (unsigned s = 0; s < slots; s++)
		for (unsigned b = 1; b < banks && slot[s].banked && r->img->present[0][s]; b++) {
			int status = read_slot(r, b, s, reterr);

			if (status)
				return status;
		}
	return 0;
}

int lw_image_read(struct lw_bus *bus, lw_image_left_out left_out, void *ctx, struct lw_image *ret,
		  struct lw_error *reterr)
{
	struct reader r = {.bus = bus, .img = ret, .left_out = left_out, .ctx = ctx};
	struct lw_addr start = {.i2c = A0H};
	uint8_t identifier = 0;
	size_t slots = 0;
	int status = lw_bus_read(bus, start, &identifier, 1, reterr);

	if (status)
		return status;
	memset(ret, 0, sizeof(*ret));
	ret->map = lw_map_for_identifier(identifier);
	if (ret->map == LW_MAP_NONE)
		return lw_fail_at(reterr, LW_ENOTSUP, 0, 0,
				  "identifier %02Xh belongs to no management map known here",
				  identifier);
	lw_map_slots(ret->map, &slots);
	status = read_advertised(&r, slots, reterr);
	if (!status)
		status = read_unknown(&r, slots, reterr);
	if (!status)
		status = read_banks(&r, slots, reterr);
	if (!status)
		lw_image_prune(ret);
	return status;
}
