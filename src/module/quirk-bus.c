/* SPDX-License-Identifier: Apache-2.0 */
#include <lanewise/quirk.h>

static int read_pieces(struct lw_quirk_bus *q, struct lw_addr a, uint8_t *ret, size_t n,
		       struct lw_error *reterr)
{
	for (size_t at = 0, piece; at < n; at += piece) {
		struct lw_addr from = a;
		int r;

		piece = n - at < q->max_read ? n - at : q->max_read;
		from.byte = (uint8_t)(a.byte + at);
		r = lw_bus_read(q->inner, from, ret + at, piece, reterr);
		if (r)
			return r;
	}
	return 0;
}

static int read_in_pieces(struct lw_bus *bus, struct lw_addr a, uint8_t *ret, size_t n,
			  struct lw_error *reterr)
{
	static const uint8_t sizes[] = {32, 16, 8, 1};
	struct lw_quirk_bus *q = (struct lw_quirk_bus *)bus;
	uint8_t before = q->max_read;
	struct lw_error e;
	int r;

	q->inner->polling = bus->polling;
	r = read_pieces(q, a, ret, n, &e);
	/* breaking off is a matter of length; learned only if a shorter one works */
	for (size_t i = 0; r == LW_ESHORT && i < sizeof(sizes); i++) {
		if (sizes[i] >= q->max_read || (sizes[i] >= n && n > 1))
			continue;
		q->max_read = sizes[i];
		r = read_pieces(q, a, ret, n, &e);
	}
	q->inner->polling = false;
	if (r) {
		q->max_read = before;
		if (reterr)
			*reterr = e;
	}
	return r;
}

static int write_through(struct lw_bus *bus, struct lw_addr a, const uint8_t *p, size_t n,
			 struct lw_error *reterr)
{
	return lw_bus_write(((struct lw_quirk_bus *)bus)->inner, a, p, n, reterr);
}

void lw_quirk_bus_init(struct lw_quirk_bus *q, struct lw_bus *inner)
{
	static const struct lw_bus_ops ops = {read_in_pieces, write_through};

	*q = (struct lw_quirk_bus){.bus = {.ops = &ops}, .inner = inner, .max_read = 128};
}
