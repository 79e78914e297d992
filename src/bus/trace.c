/* SPDX-License-Identifier: Apache-2.0 */
#include "trace-text.h"

#include <inttypes.h>
#include <lanewise/trace.h>
#include <string.h>

void lw_trace_init(struct lw_trace *ret, struct lw_trace_entry *ring, size_t size, uint8_t *bytes,
		   size_t bytes_size)
{
	*ret = (struct lw_trace){
		.ring = ring,
		.size = size,
		.bytes = bytes,
		.bytes_size = bytes ? bytes_size : 0,
	};
}

uint64_t lw_trace_first(const struct lw_trace *t)
{
	return t->count > t->size ? t->count - t->size : 0;
}

const struct lw_trace_entry *lw_trace_at(const struct lw_trace *t, uint64_t i)
{
	if (i < lw_trace_first(t) || i >= t->count)
		return NULL;
	return &t->ring[i % t->size];
}

size_t lw_trace_data(const struct lw_trace *t, const struct lw_trace_entry *e, uint8_t ret[128])
{
	if ((e->result && !e->write) || e->data > t->byte_count || t->byte_count - e->data < e->n ||
	    t->byte_count - e->data > t->bytes_size)
		return 0;
	for (size_t i = 0; i < e->n; i++)
		ret[i] = t->bytes[(e->data + i) % t->bytes_size];
	return e->n;
}

/* "OK", or the name of the error code without its prefix: "NACK". */
static const char *result_name(int code)
{
	switch (code) {
#define LW_X(name, num, status, text)                                                              \
	case name:                                                                                 \
		return &#name[4];
		LW_ERRORS(LW_X)
#undef LW_X
	default:
		return "OK";
	}
}

static void write_entry(const struct lw_trace *t, const struct lw_trace_entry *e,
			struct lw_mono start, struct lw_buf *to)
{
	static const char digits[] = "0123456789abcdef";
	uint8_t data[128];
	char hex[2 * sizeof(data)];
	size_t n = lw_trace_data(t, e, data);

	for (size_t i = 0; i < n; i++) {
		hex[2 * i] = digits[data[i] >> 4];
		hex[2 * i + 1] = digits[data[i] & 15];
	}
	lw_buf_printf(to, "%" PRId64 ",%" PRId64 ",%s,%02x,%u,%02x,%u,%u,%s,", e->at.ns - start.ns,
		      e->took.ns,
		      e->write  ? "write"
		      : e->poll ? "poll"
				: "read",
		      e->addr.i2c, e->addr.bank, e->addr.page, e->addr.byte, e->n,
		      result_name(e->result));
	lw_buf_add(to, hex, 2 * n);
	lw_buf_putc(to, '\n');
}

void lw_trace_write(const struct lw_trace *t, struct lw_buf *to)
{
	uint64_t first = lw_trace_first(t);

	lw_buf_puts(to, LW_TRACE_MAGIC "\n" LW_TRACE_COLUMNS "\n");
	for (uint64_t i = first; i < t->count; i++)
		write_entry(t, lw_trace_at(t, i), lw_trace_at(t, first)->at, to);
}

/* The bytes e->addr.byte.. of a slot as bits of `known` and bytes of `slot`. */
static void take(struct lw_image *img, struct lw_known *known, unsigned bank, unsigned slot,
		 unsigned i, uint8_t byte)
{
	img->slot[bank][slot][i] = byte;
	img->present[bank][slot] = 1;
	known->bit[bank][slot][i / 8] |= (uint8_t)(1u << i % 8);
}

/* Bits of byte `i` that a write leaves standing: writable, and no command that clears itself. */
static uint8_t standing(enum lw_map_id map, unsigned slot, unsigned i)
{
	uint8_t bits = lw_map_slots(map, NULL)[slot].wr[i];
	size_t n = 0;
	const struct lw_field *f = lw_map_fields(map, &n);

	for (size_t k = 0; k < n; k++) {
		unsigned lanes = f[k].lanes;

		if (f[k].slot != slot ||
		    (f[k].access != LW_WO && f[k].access != LW_WO_SC && f[k].access != LW_RWW))
			continue;
		for (unsigned lane = 0; lane < lanes; lane++) {
			unsigned byte, shift;

			lw_field_place(&f[k], lane, &byte, &shift);
			if (f[k].width >= 8 && i >= byte && i < byte + f[k].width / 8u)
				return 0;
			if (f[k].width < 8 && i == byte)
				bits &= (uint8_t) ~(((1u << f[k].width) - 1u) << shift);
		}
	}
	return bits;
}

static void take_write(struct lw_image *img, struct lw_known *known, unsigned bank, unsigned slot,
		       unsigned i, uint8_t byte)
{
	uint8_t bits = standing(img->map, slot, i);

	if (bits != 0xff && !lw_known_byte(known, bank, slot, i))
		return;
	take(img, known, bank, slot, i,
	     (uint8_t)((img->slot[bank][slot][i] & ~bits) | (byte & bits)));
}

static void take_entry(const struct lw_trace *t, const struct lw_trace_entry *e,
		       struct lw_image *img, struct lw_known *known)
{
	bool upper = e->addr.byte >= 128;
	int slot = lw_map_slot(img->map, e->addr.i2c, upper ? e->addr.page : 0, upper);
	unsigned bank = 0;
	uint8_t data[128];
	size_t n = e->result ? 0 : lw_trace_data(t, e, data);

	if (slot < 0)
		return;
	if (upper && lw_map_slots(img->map, NULL)[slot].banked)
		bank = e->addr.bank;
	if (bank >= LW_BANKS_MAX)
		return;
	for (size_t k = 0; k < n; k++) {
		unsigned i = (e->addr.byte & 0x7fu) + (unsigned)k;

		if (e->write)
			take_write(img, known, bank, (unsigned)slot, i, data[k]);
		else
			take(img, known, bank, (unsigned)slot, i, data[k]);
	}
}

/* Does the access read the identifier, byte 0 of 50h? */
static bool reads_identifier(const struct lw_trace_entry *e)
{
	return !e->write && !e->result && e->addr.i2c == 0x50 && e->addr.byte == 0;
}

static int find_map(const struct lw_trace *t, enum lw_map_id *ret, struct lw_error *reterr)
{
	uint8_t data[128], seen = 0;
	bool any = false;

	for (uint64_t i = lw_trace_first(t); i < t->count; i++) {
		const struct lw_trace_entry *e = lw_trace_at(t, i);

		if (!reads_identifier(e) || !lw_trace_data(t, e, data))
			continue;
		any = true;
		seen = data[0];
		*ret = lw_map_for_identifier(seen);
		if (*ret != LW_MAP_NONE)
			return 0;
	}
	if (!any)
		return lw_fail_at(reterr, LW_ENOENT, 0, 0,
				  "the trace has no good read of the identifier, which tells the "
				  "memory map");
	return lw_fail_at(reterr, LW_ENOTSUP, 0, 0,
			  "identifier %02Xh belongs to no memory map known here", seen);
}

int lw_trace_image(const struct lw_trace *t, enum lw_map_id map, struct lw_image *ret,
		   struct lw_known *ret_known, struct lw_error *reterr)
{
	struct lw_known known = {0};
	int r = 0;

	if (map == LW_MAP_NONE)
		r = find_map(t, &map, reterr);
	if (r)
		return r;
	memset(ret, 0, sizeof(*ret));
	ret->map = map;
	for (uint64_t i = lw_trace_first(t); i < t->count; i++)
		take_entry(t, lw_trace_at(t, i), ret, &known);
	if (ret_known)
		*ret_known = known;
	return 0;
}
