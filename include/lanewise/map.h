/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LW_MAP_H
#define LW_MAP_H

#include <lanewise/code.h>
#include <lanewise/error.h>
#include <lanewise/management.h>
#include <lanewise/map-ids.h> /* generated: slots and field ids */
#include <stdbool.h>
#include <stdint.h>

/**
 * @file
 * Register maps as data: every field of SFF-8472, SFF-8636 and CMIS is one row of data/maps/, and
 * decode, encode, read planning, masks, explain and the reference pages come from that row.
 *
 * Memory is seen in *slots* of 128 bytes: the lower half (bytes 0-127) of an I2C address or one
 * upper page (bytes 128-255). Lanes and codes are as in the standard but lanes count from 0.
 * Everything here is pure, allocates nothing and is thread-safe.
 */

enum lw_kind {
	LW_KIND_UINT,    /**< unsigned, big-endian */
	LW_KIND_SINT,    /**< two's complement, big-endian */
	LW_KIND_UINT_LE, /**< unsigned, little-endian (CMIS page 14h counters) */
	LW_KIND_BOOL,
	LW_KIND_CODE,  /**< unsigned, meaning in `codes` */
	LW_KIND_TEXT,  /**< ASCII, space padded */
	LW_KIND_BYTES, /**< no numeric meaning */
	LW_KIND_F16,   /**< CMIS decimal float: 11-bit mantissa, 5-bit exponent minus 24 */
	LW_KIND_F32,   /**< IEEE 754 single, big-endian (SFF-8472 calibration) */
	LW_KIND_SUM,   /**< checksum byte, low 8 bits of a sum; range in `sum_first`..`sum_last` */
	LW_KIND_RESERVED,
};

enum lw_access {
	LW_RO,
	LW_RW,
	LW_WO,     /**< write only, reads any value */
	LW_WO_SC,  /**< write only, self-clearing, reads 0 */
	LW_RO_COR, /**< cleared by a read of its byte */
	LW_RWW,    /**< written by host and by module */
};

/** How lane numbers run through the bits. */
enum lw_lane_order {
	LW_LANES_UP,   /**< lane i at offset i * stride */
	LW_LANES_SWAP, /**< odd and even swapped: lane i at (i ^ 1) * stride */
	LW_LANES_DOWN, /**< lane i at (lanes - 1 - i) * stride */
};

struct lw_field {
	const char *name; /**< ours, snake case, unique in its map */
	const char *std;  /**< the standard's name */
	uint16_t id;      /**< index in its map; enum lw_cmis_id and its like */
	uint8_t map;      /**< enum lw_map_id */
	uint8_t slot;
	uint8_t byte;     /**< address 0-255 of the first byte (of lane 0) */
	uint8_t shift;    /**< lowest bit, for fields inside one byte */
	uint16_t width;   /**< bits; multiples of 8 above 8 */
	uint8_t lanes;    /**< instances, 1 if not per lane */
	uint8_t order;    /**< enum lw_lane_order */
	uint16_t stride;  /**< bits from one lane to the next */
	uint8_t kind;     /**< enum lw_kind */
	uint8_t access;   /**< enum lw_access */
	uint16_t codes;   /**< enum lw_code_table for LW_KIND_CODE */
	int32_t num, den; /**< value = raw * num / den in `unit`; 1/1 if unscaled */
	int16_t by;       /**< id of a code field whose number multiplies the value, or -1 */
	int16_t need;     /**< id of the bool that advertises this field, or -1 */
	uint8_t sum_first, sum_last; /**< LW_KIND_SUM: inclusive byte range in its slot */
	int32_t reset;               /**< power-on value of every lane */
	const char *unit;            /**< "" if none */
	const char *since;           /**< first revision that has it, "" if always or unknown */
	const char *confidence;
	const char *doc, *ref;
};

/** One 128-byte slot of a map. */
struct lw_slot {
	const char *name;   /**< "L", "00h", "11h", "A2h" ... */
	uint8_t i2c;        /**< 7-bit address: 0x50 or 0x51 */
	uint8_t page;       /**< upper page number; 0 for a lower half */
	bool upper;         /**< bytes 128-255 */
	bool banked;        /**< repeats per bank of 8 lanes */
	uint8_t wr[128];    /**< bits a host may write */
	uint8_t cor[128];   /**< bits cleared by reading their byte */
	uint8_t reset[128]; /**< power-on image of the fields that state one */
};

#define LW_BANKS_MAX 4

/** A module's memory as far as it is known: pointers to 128-byte slots, NULL where absent. */
struct lw_view {
	enum lw_map_id map;
	const uint8_t *slot[LW_BANKS_MAX][LW_SLOTS_MAX]; /**< unbanked slots: bank 0 */
};

/** @return all fields of a map, indexed by id; `*ret_n` (nullable) receives their number */
LW_API const struct lw_field *lw_map_fields(enum lw_map_id map, size_t *ret_n);
/** @return the slots of a map; `*ret_n` (nullable) receives their number */
LW_API const struct lw_slot *lw_map_slots(enum lw_map_id map, size_t *ret_n);
/**
 * @return the field called `name` (ours, or the standard's in any case), or NULL. Where several
 *         fields have one name in the standard, the first in the map.
 */
LW_API const struct lw_field *lw_map_find(enum lw_map_id map, const char *name);
/** @return the slot that holds (i2c, page, upper half?), or -1 */
LW_API int lw_map_slot(enum lw_map_id map, uint8_t i2c, uint8_t page, bool upper);

/** Whether a module has a page, as far as `lw_view_advertises()` can tell. */
enum lw_advert {
	LW_ADVERT_NO,
	LW_ADVERT_YES,
	LW_ADVERT_UNKNOWN, /**< what says it is not in the view */
};

/**
 * Does the module advertise the slot `slot` (data/maps/pages.csv)? What it always has, it
 * advertises. CMIS modules before 5.3 do not say whether they have the pages of coherent modules:
 * YES, ask them.
 */
LW_API enum lw_advert lw_view_advertises(const struct lw_view *v, unsigned slot);

/** Byte offset in the slot and bit shift of lane `lane` (of its bank) of `f`. */
static inline void lw_field_place(const struct lw_field *f, unsigned lane, unsigned *ret_byte,
				  unsigned *ret_shift)
{
	unsigned k = f->order == LW_LANES_UP     ? lane
		     : f->order == LW_LANES_SWAP ? lane ^ 1u
						 : f->lanes - 1u - lane;
	unsigned bit = f->shift + k * f->stride;

	*ret_byte = (f->byte & 0x7fu) + bit / 8;
	*ret_shift = bit % 8;
}

/**
 * The raw number of one lane in the bytes of its slot: the core of lw_field_get(), for callers that
 * know that the field holds a number and the slot is there.
 * @param lane  0-based inside its bank, below f->lanes
 */
static inline int64_t lw_field_load(const struct lw_field *f, const uint8_t slot[128],
				    unsigned lane)
{
	unsigned byte, shift;
	uint64_t u;

	lw_field_place(f, lane, &byte, &shift);
	u = slot[byte];
	if (f->width <= 8) {
		u = u >> shift & ((1u << f->width) - 1u);
	} else if (f->kind != LW_KIND_UINT_LE) {
		u = u << 8 | slot[byte + 1];
		for (unsigned i = 2; i < f->width / 8u; i++)
			u = u << 8 | slot[byte + i];
	} else {
		for (unsigned i = 1; i < f->width / 8u; i++)
			u |= (uint64_t)slot[byte + i] << 8 * i;
	}
	if (f->kind == LW_KIND_SINT && u >> (f->width - 1) & 1)
		u |= ~UINT64_C(0) << (f->width - 1);
	return (int64_t)u;
}

/**
 * Bring one lane to a raw number, other bits left as they are: the core of lw_field_put(), for
 * callers that know that the field holds a number and that this one fits.
 * @param lane  0-based inside its bank, below f->lanes
 */
static inline void lw_field_store(const struct lw_field *f, unsigned lane, int64_t raw,
				  uint8_t slot[128])
{
	unsigned size = f->width / 8u, byte, shift;
	uint64_t u = (uint64_t)raw;

	lw_field_place(f, lane, &byte, &shift);
	if (f->width <= 8) {
		unsigned mask = ((1u << f->width) - 1u) << shift;

		slot[byte] = (uint8_t)((slot[byte] & ~mask) | ((unsigned)(u << shift) & mask));
		return;
	}
	for (unsigned i = 0; i < size; i++, u >>= 8)
		slot[byte + (f->kind == LW_KIND_UINT_LE ? i : size - 1 - i)] = (uint8_t)u;
}

/**
 * Read the raw number of one lane: unsigned as stored, sign-extended for LW_KIND_SINT.
 * @param lane  0-based; for banked slots bank = lane / f->lanes. Fields with one instance: 0
 *              (banked ones: the bank)
 * @return 0; LW_ENOPAGE when the slot is absent; LW_EINVAL for text, bytes or a lane out of range.
 *         Errors are silent (no reterr): the caller knows what it asked for.
 */
LW_API int lw_field_get(const struct lw_field *f, unsigned lane, const struct lw_view *v,
			int64_t *ret);

/**
 * Read a number in the field's unit: raw * num / den, times the number of the code that the field
 * named by `by` holds. F16 and F32 are converted; a code field that has a unit gives the number of
 * its own code. Ratios are applied exactly, so that 3 * 0.1 is 0.3.
 * @return as lw_field_get(), and LW_ENOENT when a code on the way stands for no number
 */
LW_API int lw_field_value(const struct lw_field *f, unsigned lane, const struct lw_view *v,
			  double *ret);

/** @return the first byte of lane `lane` (text, bytes: the whole field), or NULL if absent */
LW_API const uint8_t *lw_field_bytes(const struct lw_field *f, unsigned lane,
				     const struct lw_view *v);

/**
 * Write one lane's raw number into a 128-byte slot image. Never changes any other bit.
 * @param lane  0-based inside its bank
 * @return 0, or LW_EINVAL when the value does not fit the width, the kind has no number, the field
 *         is reserved, or the lane is out of range
 */
LW_API int lw_field_put(const struct lw_field *f, unsigned lane, int64_t raw, uint8_t slot[128],
			struct lw_error *reterr);

/** Write text, space padded and cut to the field; not for numbers. */
LW_API int lw_field_put_text(const struct lw_field *f, unsigned lane, const char *s,
			     uint8_t slot[128], struct lw_error *reterr);

/** The low 8 bits of the sum that checksum field `f` covers; LW_ENOPAGE if its slot is absent. */
LW_API int lw_field_sum(const struct lw_field *f, const struct lw_view *v, uint8_t *ret);

/** One block read: bytes first..last (0-255) of a slot. */
struct lw_span {
	uint8_t slot;
	uint8_t bank;
	uint8_t first, last;
};

/**
 * Plan the block reads that fetch all lanes of `ids`, merged where ranges touch or where the gap
 * holds no clear-on-read byte and is at most `max_gap` bytes. Never covers a clear-on-read byte
 * that no asked field lies in. A number is never split between two blocks unless it is longer than
 * `max_len`.
 * @param bank       of banked slots, below LW_BANKS_MAX; others are read in bank 0
 * @param max_len    longest block, 1-128
 * @param inout_n    in: room in `ret`; out: spans
 * @return 0, LW_ELIMIT when `ret` is too small, LW_EINVAL for an unknown id
 */
LW_API int lw_map_plan(enum lw_map_id map, const uint16_t ids[], size_t n, unsigned bank,
		       unsigned max_gap, unsigned max_len, struct lw_span ret[], size_t *inout_n,
		       struct lw_error *reterr);

#endif
