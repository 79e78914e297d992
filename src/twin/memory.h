/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LW_TWIN_MEMORY_H
#define LW_TWIN_MEMORY_H

#include <lanewise/image.h>

/**
 * @file
 * A twin's memory: the slots it has, as they are now, as they were made, and which bits a host may
 * change. Fields are named by the id of their row in data/maps/. One bank of 8 lanes.
 */

struct lw_memory {
	enum lw_map_id map;
	const struct lw_field *field; /**< of the map, indexed by id */
	size_t field_n;
	const struct lw_slot *slot;
	size_t slot_n;
	struct lw_view view;         /**< of the live bytes */
	uint8_t (*live)[128];        /**< owned; one per present slot */
	uint8_t (*made)[128];        /**< as in the image */
	uint8_t (*store)[128];       /**< bits that keep what a host writes */
	int16_t place[LW_SLOTS_MAX]; /**< index into the three, -1: slot absent */
};

/**
 * Take the slots of `img`, and those listed in `extra` (ended by -1) even if it lacks them.
 * Fields that the image does not advertise cannot be written.
 */
int lw_memory_init(struct lw_memory *m, const struct lw_image *img, const int *extra,
		   struct lw_error *reterr);
void lw_memory_finish(struct lw_memory *m);

/** All bytes as made, controls at their power-on value, flags clear. */
void lw_memory_reset(struct lw_memory *m);

/** Lanes `lanes` and up of the 8-lane fields of `slot` do not exist: they cannot be written. */
void lw_memory_cut_lanes(struct lw_memory *m, int slot, unsigned lanes);

/** Keep nothing of what a host writes to field `id`: the module puts there what it accepts. */
void lw_memory_guard(struct lw_memory *m, unsigned id);

/** @return the live bytes of a slot, NULL if absent */
uint8_t *lw_memory_slot(const struct lw_memory *m, int slot);

/** @return the raw number of field `id`, 0 if the slot is absent */
int64_t lw_memory_get(const struct lw_memory *m, unsigned id, unsigned lane);
/** Set the raw number, cut to what the field can hold; nothing happens if the slot is absent. */
void lw_memory_put(struct lw_memory *m, unsigned id, unsigned lane, int64_t raw);
/** Set a number given in the field's unit. */
void lw_memory_put_value(struct lw_memory *m, unsigned id, unsigned lane, double value);
/** The F16 number nearest to `value`, which is not negative. */
uint16_t lw_f16(double value);
/** Set an F16 number of CMIS: an 11 bit mantissa times ten to the exponent. */
void lw_memory_put_f16(struct lw_memory *m, unsigned id, unsigned lane, double value);
/** Lasting memory: what stands in the slot now is what it holds after a reset. */
void lw_memory_keep(struct lw_memory *m, int slot);

/** One-bit fields of 8 lanes as a mask, bit 0 = lane 0. */
uint8_t lw_memory_mask(const struct lw_memory *m, unsigned id);
void lw_memory_put_mask(struct lw_memory *m, unsigned id, uint8_t mask);
/** Set the bits of `mask`, leave the others. */
void lw_memory_set_mask(struct lw_memory *m, unsigned id, uint8_t mask);

/** The value that `p`, written to `first`.. of `slot`, gives field `id` (one byte); -1: not in it.
 */
int lw_memory_written(const struct lw_memory *m, unsigned id, int slot, unsigned first,
		      const uint8_t *p, size_t n);

/** @return the id of the mask that belongs to flag `id`, -1 if it has none (by their names) */
int lw_memory_flag_mask(const struct lw_memory *m, unsigned id);

#endif
