/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LW_DIAG_INTERNAL_H
#define LW_DIAG_INTERNAL_H

#include "control-numbers.h" /* generated from data/control.csv */
#include <lanewise/diag.h>

/** Registers of one side: index enum lw_side. */
struct lw_diag_side {
	uint16_t generates, checks; /**< advertisements */
	uint16_t generate_each, generate_pattern_each, check_each, check_pattern_each, snr_there;
	uint16_t generate, generate_pattern, check, check_pattern; /**< controls */
	uint16_t done, lol;                                        /**< flags */
	uint16_t ber, snr;                                         /**< results */
	uint16_t errors[2], bits[2];                               /**< lanes 1-4 and 5-8 */
	uint8_t counts[2]; /**< their selectors (Table 8-137), of the running counts */
};

extern const struct lw_diag_side lw_diag_sides[2];

/** Enables of the four loopbacks: index enum lw_loopback. */
extern const struct lw_diag_loop {
	uint16_t able, enable;
	enum lw_side side;
	const char *name;
} lw_diag_loop_rows[LW_LOOPS];

/** Selectors that are not of one side (Table 8-137); those of the last gate lie higher. */
enum { LW_SELECT_BER = 0x01, LW_SELECT_SNR = 0x06, LW_SELECT_GATE = 0x10 };

/** Can the test be done? Choose the pattern, plan the writes. */
int lw_diag_plan(struct lw_diag_task *t, struct lw_error *reterr);

/** Read counts, ratios and SNR of all lanes of `bank`. */
int lw_diag_results(struct lw_diag_task *t, unsigned bank, unsigned selector, struct lw_error *e);

/** The next selector to read after `selector` (0: the first); 0 when none is left. */
unsigned lw_diag_next_selector(const struct lw_diag_task *t, unsigned selector);

/** Draw conclusions from what was read. */
void lw_diag_conclude(struct lw_diag_task *t);

int lw_diag_page_read(struct lw_diag_end *e, unsigned bank, unsigned slot, unsigned first,
		      unsigned last, uint8_t page[128], struct lw_error *reterr);
int lw_diag_page_write(struct lw_diag_end *e, unsigned bank, unsigned slot, unsigned byte,
		       const uint8_t *p, unsigned n, struct lw_error *reterr);

/** The lanes of a mask that lie in a bank. */
static inline uint8_t lw_diag_in_bank(uint32_t lanes, unsigned bank)
{
	return (uint8_t)(lanes >> 8 * bank);
}

#endif
