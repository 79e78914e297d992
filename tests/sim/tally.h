/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LW_SIM_TALLY_H
#define LW_SIM_TALLY_H

#include <lanewise/lab.h>

/**
 * @file
 * What was played, counted. A result is sent through a pipe as it is: it holds no pointers, and is
 * short enough to be written in one piece.
 */

/** What became of one seed. */
struct result {
	uint64_t seed, digest;
	uint64_t modules, links, steps, checks, restarts, splits, intents, policies;
	uint64_t faults[LW_LAB_FAULT_N];
	struct lw_mono slowest; /**< longest way from calm to up */
	struct lw_mono played;  /**< virtual time */
	bool failed;
	char what[512]; /**< broke, if it failed */
};

struct tally {
	uint64_t seeds, of; /**< so far, and in the end */
	uint64_t failed;
	struct result sum;
	struct lw_mono began; /**< of a clock */
	uint64_t told;        /**< seeds when progress was told last */
};

void tally_begin(struct tally *t, uint64_t seeds);
/** Add a seed: the order in which they come makes no difference. */
void tally_add(struct tally *t, const struct result *r);
/** Print how far it is: each twentieth of many seeds. */
void tally_tell(struct tally *t);
void tally_print(const struct tally *t);

#endif
