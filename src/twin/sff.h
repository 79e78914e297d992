/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LW_TWIN_SFF_H
#define LW_TWIN_SFF_H

#include "monitor.h"
#include <lanewise/code.h>

/** @file What SFF-8636 and SFF-8472 twins have in common: no state machines, fixed lanes. */

enum lw_sff_phase {
	LW_SFF_RESET, /**< held in reset, or just powered */
	LW_SFF_BOOT,  /**< the bus does not answer yet */
	LW_SFF_START, /**< the bus answers, data are not ready */
	LW_SFF_RUN,
};

struct lw_sff {
	struct lw_twin twin; /* first */
	uint8_t phase;       /**< enum lw_sff_phase */
	struct lw_mono until;
	bool reset;                         /**< asked for by software */
	struct lw_delay low;                /**< in low power */
	struct lw_delay level;              /**< SFF-8472: beyond power level 1 */
	struct lw_delay off[LW_TWIN_LANES]; /**< transmitter disabled, by host lane */
	bool ready_seen;                    /**< the host has read that data are ready */
	struct lw_mono relatch;
	/** rates that are asked for, by media lane, and when they act */
	uint32_t rx_max_kbd[LW_TWIN_LANES], tx_max_kbd[LW_TWIN_LANES];
	struct lw_mono rates_due;
};

static inline struct lw_sff *lw_sff_of(struct lw_twin *t)
{
	return (struct lw_sff *)t;
}

/** Lay out the fixed lanes: host lanes one to one on media lanes, or all on fewer (gearbox). */
void lw_sff_lanes(struct lw_twin *t);
/** Host lanes whose media lanes all bring a locked signal. */
uint32_t lw_sff_valid(const struct lw_twin *t);
/** Media lanes that none of the host lanes in `off` feeds. */
uint32_t lw_sff_fed_without(const struct lw_twin *t, uint32_t off);
/** The rate in kBd that a code of rate select stands for; 0: the code means nothing, or any rate.
 */
uint32_t lw_sff_rate_kbd(enum lw_code_table table, unsigned code);
/** Ask for these rates of a media lane (0: any); they act with lw_sff_rates_run(). */
void lw_sff_rate(struct lw_sff *s, unsigned lane, uint32_t rx_max_kbd, uint32_t tx_max_kbd,
		 struct lw_mono span);
/** Is the transmitter of media lane `lane` told to be slower than what a host drives it with? */
bool lw_sff_tx_slow(const struct lw_twin *t, unsigned lane);
/** Let rates act that were asked for long enough ago. @return when the next ones will */
struct lw_mono lw_sff_rates_run(struct lw_sff *s);

#endif
