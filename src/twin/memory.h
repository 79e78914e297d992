/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LW_TWIN_MEMORY_H
#define LW_TWIN_MEMORY_H

#include "herd.h"

#include <lanewise/image.h>

/**
 * @file
 * A twin's memory: the slots it has, as they are now, as they were made, and which bits a host may
 * change. Fields are named by the id of their row in data/maps/. Banked slots come once per bank of
 * the module, others in bank 0. Lanes count through the banks: lane k of a banked field of n lanes
 * is its lane k % n in bank k / n; of a field with one instance (triggers, gates, selectors) the
 * "lane" is the bank. Masks of lanes count the same way.
 */

/** What a bus master without knowledge of pages has selected (wire.c). */
struct lw_select {
	uint8_t asked_bank; /**< as written; counts when the page is written */
	uint8_t bank, page;
};

struct lw_memory {
	struct lw_select select;
	enum lw_map_id map;
	const struct lw_field *field; /**< of the map, indexed by id */
	size_t field_n;
	const struct lw_slot *slot;
	size_t slot_n;
	struct lw_view view;    /**< of the live bytes */
	struct lw_herds *herds; /**< borrowed */
	bool alone;             /**< see lw_herd_take() */
	uint8_t (*live)[128];   /**< owned; one per present slot */
	uint8_t (*made)[128];   /**< as after power-up: controls at their defaults, flags clear */
	uint8_t (*store)[128];  /**< bits that keep what a host writes */
	unsigned banks;         /**< of lanes that the module has */
	size_t places;          /**< slots of all banks */
	/** bit: a flag of this slot, in some bank, was set since it was last found without */
	uint64_t flagged[(LW_SLOTS_MAX + 63) / 64];
	/** index into the three by bank, -1: slot absent */
	int16_t place[LW_BANKS_MAX][LW_SLOTS_MAX];
};

/** A slot that a module has because it says so. */
struct lw_extra {
	/** in banks 0 to banks - 1, also beyond those of lanes (CDB instances are told apart by the
	 * bank); one that is not banked only in bank 0 */
	uint8_t slot, banks;
};

/**
 * Take the slots of `img` in its first `banks` banks, and the `n` listed in `extra` even if it
 * lacks them. Fields that the image does not advertise cannot be written.
 * @param herds  where the bytes live; outlives `m`
 */
int lw_memory_init(struct lw_memory *m, struct lw_herds *herds, const struct lw_image *img,
		   unsigned banks, const struct lw_extra *extra, size_t n, struct lw_error *reterr);
void lw_memory_finish(struct lw_memory *m);

/** All bytes as after power-up. */
void lw_memory_reset(struct lw_memory *m);

/** Lanes `lanes` and up of the 8-lane fields of `slot` do not exist: they cannot be written. */
void lw_memory_cut_lanes(struct lw_memory *m, int slot, unsigned lanes);

/** Keep what a host writes to field `id`, which something beside its own row advertises. */
void lw_memory_admit(struct lw_memory *m, unsigned id);
/** Keep nothing of what a host writes to field `id`: the module puts there what it accepts. */
void lw_memory_guard(struct lw_memory *m, unsigned id);

/** Is there any slot in `bank`? */
bool lw_memory_has_bank(const struct lw_memory *m, unsigned bank);
/** @return the live bytes of a slot in bank 0, NULL if absent */
uint8_t *lw_memory_slot(const struct lw_memory *m, int slot);
/** The same in any bank; the bank of a slot that is not banked means nothing. */
uint8_t *lw_memory_page(const struct lw_memory *m, unsigned bank, int slot);

/** @return the raw number of field `id`, 0 if the slot is absent */
static inline int64_t lw_memory_get(const struct lw_memory *m, unsigned id, unsigned lane)
{
	const struct lw_field *f = &m->field[id];
	unsigned bank = f->lanes == 1 && !lane ? 0 : lane / f->lanes;
	const uint8_t *slot;

	if ((bank && !m->slot[f->slot].banked) || f->width > 64)
		return 0;
	slot = bank < LW_BANKS_MAX ? m->view.slot[bank][f->slot] : NULL;
	return slot ? lw_field_load(f, slot, lane - bank * f->lanes) : 0;
}
/** Set the raw number, cut to what the field can hold; nothing happens if the slot is absent. */
void lw_memory_put(struct lw_memory *m, unsigned id, unsigned lane, int64_t raw);
/** What one count of the field stands for, in its unit, with whatever multiplies it in this module;
 *  0 if that cannot be said. */
double lw_memory_unit(struct lw_memory *m, unsigned id);
/** Set a number given in the field's unit. */
void lw_memory_put_value(struct lw_memory *m, unsigned id, unsigned lane, double value);
/** The F16 number nearest to `value`, which is not negative. */
uint16_t lw_f16(double value);
/** Set an F16 number of CMIS: an 11 bit mantissa times ten to the exponent. */
void lw_memory_put_f16(struct lw_memory *m, unsigned id, unsigned lane, double value);
/** Was a flag of `slot` (clear-on-read) set, and not seen to be gone since? */
static inline bool lw_memory_flagged(const struct lw_memory *m, unsigned slot)
{
	return m->flagged[slot / 64] >> slot % 64 & 1;
}
/** A flag of field `f` was set. */
static inline void lw_memory_flag(struct lw_memory *m, const struct lw_field *f)
{
	if (f->access == LW_RO_COR)
		m->flagged[f->slot / 64] |= UINT64_C(1) << f->slot % 64;
}
/** All flags of `slot` are gone, in all banks. */
static inline void lw_memory_unflag(struct lw_memory *m, unsigned slot)
{
	m->flagged[slot / 64] &= ~(UINT64_C(1) << slot % 64);
}
/** Lasting memory: what stands in the slot (of bank 0) now is what it holds after a reset. */
void lw_memory_keep(struct lw_memory *m, int slot);

/** One-bit fields of up to 8 lanes as a mask of all banks, bit 0 = lane 0. */
uint32_t lw_memory_mask(const struct lw_memory *m, unsigned id);
void lw_memory_put_mask(struct lw_memory *m, unsigned id, uint32_t mask);
/** Set the bits of `mask`, leave the others. */
void lw_memory_set_mask(struct lw_memory *m, unsigned id, uint32_t mask);

/** The value that `p`, written to `first`.. of `slot`, gives field `id` (one byte); -1: not in it.
 */
int lw_memory_written(const struct lw_memory *m, unsigned id, int slot, unsigned first,
		      const uint8_t *p, size_t n);

/** @return the id of the mask that belongs to flag `id`, -1 if it has none (by their names) */
int lw_memory_flag_mask(const struct lw_memory *m, unsigned id);

#endif
