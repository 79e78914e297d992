/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LW_CONTROL_INTERNAL_H
#define LW_CONTROL_INTERNAL_H

#include "control-numbers.h" /* generated from data/control.csv */
#include <lanewise/control.h>
#include <lanewise/lanes.h>
#include <lanewise/plan.h>

/* Tables made by gen/controls.py, and what the planners of control-*.c share. */

enum lw_limit {
	LW_LIMIT_NONE,
	LW_LIMIT_MAX,  /**< no more than the field says */
	LW_LIMIT_MASK, /**< bit n of the field: value n may be set */
	LW_LIMIT_BIT,  /**< the n-th field: value n may be set */
};

struct lw_control_row {
	struct lw_control_setting setting;
	int16_t when; /**< offered only if this field holds a value of `values`; -1: always */
	uint32_t values;
	uint8_t limit; /**< enum lw_limit */
	uint8_t limit_n;
	uint16_t limit_field[4];
};

extern const struct lw_control_row lw_control_rows[];
extern const size_t lw_control_rows_n;

/** The row that a setting is part of; NULL if it is none of ours. */
const struct lw_control_row *lw_control_row_of(const struct lw_control_setting *s);

/** A grid of CMIS: f = 193.1 THz + (n + offset) * step, n a multiple of `multiple`. */
struct lw_grid {
	uint8_t code;
	const char *name;
	int32_t step_num, step_den; /**< GHz */
	int16_t offset, multiple;
	uint16_t supported, low, high; /**< fields of page 04h */
};

extern const struct lw_grid lw_grids[];
extern const size_t lw_grids_n;

/** A plan being made. */
struct lw_draft {
	const struct lw_image *now;
	const struct lw_facts *facts;
	struct lw_view view;
	struct lw_control_plan *plan;
	bool full;                    /**< a step did not fit */
	struct lw_control_step spare; /**< takes what did not fit */
};

void lw_draft_init(struct lw_draft *d, const struct lw_image *now, const struct lw_facts *facts,
		   struct lw_control_plan *plan);
/** 0, or LW_ELIMIT when the plan was too long. */
int lw_draft_finish(const struct lw_draft *d, struct lw_error *reterr);

const struct lw_field *lw_draft_field(const struct lw_draft *d, unsigned id);
/** The raw value of a lane over all banks, -1 if its slot was not read. */
int64_t lw_draft_get(const struct lw_draft *d, unsigned id, unsigned lane);

/** Changes to one slot of one bank, gathered so that few writes carry them out. */
struct lw_patch {
	uint8_t slot, bank;
	uint8_t bytes[128]; /**< as they shall be */
	uint8_t mask[128];  /**< bits that were put */
	uint32_t lanes;
	bool any;                          /**< something was put */
	const struct lw_field *field[128]; /**< the first that was put into each byte */
	bool whole;                        /**< write what was put even where it does not change */
};

void lw_patch_init(struct lw_patch *p, const struct lw_draft *d, unsigned slot, unsigned bank);
/** Put one lane (0-based inside the bank) of a field of this slot. */
void lw_patch_put(struct lw_patch *p, const struct lw_field *f, unsigned lane, int64_t raw);
/** Add the writes that carry it out; none where nothing changes. */
void lw_patch_flush(const struct lw_patch *p, struct lw_draft *d, const char *why);

/** Write the lanes of a bank as one byte into a field of one bit a lane, with no reading back. */
struct lw_control_step *lw_draft_trigger(struct lw_draft *d, unsigned id, unsigned bank,
					 uint8_t lanes, const char *why);
/** Wait until all lanes of a bank have a value of `until`; those outside `good` are a refusal. */
struct lw_control_step *lw_draft_wait(struct lw_draft *d, unsigned id, unsigned bank, uint8_t lanes,
				      uint32_t until, uint32_t good, struct lw_mono limit,
				      const char *why);

/** A pause of `time` after writes of field `id`. */
void lw_draft_pause(struct lw_draft *d, unsigned id, uint32_t lanes, struct lw_mono time,
		    const char *why);
/** Read a field and forget it, so that old flags are gone. */
void lw_draft_clear(struct lw_draft *d, unsigned id, unsigned bank, uint8_t lanes, const char *why);

/** The limit of a MaxDuration code; a module that states none gets a minute. */
struct lw_mono lw_draft_duration(int32_t code);

/** Active application of a host lane over all banks, 0 if unused. */
unsigned lw_draft_apsel(const struct lw_draft *d, unsigned lane);
bool lw_draft_ready(const struct lw_draft *d);

/** The staged settings of lw_control_plan_set(). */
int lw_draft_staged(struct lw_draft *d, const struct lw_control_want *want, size_t n, bool restart,
		    struct lw_error *reterr);

/** Read a span into the image, as a poll if `poll`. */
int lw_read_span(struct lw_bus *bus, struct lw_image *memory, const struct lw_span *span, bool poll,
		 struct lw_error *reterr);
/** Read fields of a bank into the image with few blocks; no flag is cleared but those asked for. */
int lw_read_fields(struct lw_bus *bus, struct lw_image *memory, const uint16_t *ids, size_t n,
		   unsigned bank, struct lw_error *reterr);
/** Banks of 8 lanes that the module has, 1 if it does not say. */
unsigned lw_banks_of(const struct lw_image *memory, const struct lw_facts *facts);

#endif
