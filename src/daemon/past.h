/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LW_DAEMON_PAST_H
#define LW_DAEMON_PAST_H

#include <lanewise/history.h>

/**
 * @file
 * Where the readings of each module go, from the history, for lw_why(). Lines through months move
 * slowly: one cage is looked at each LWD_PAST_STEP_MS until each has been, then each once in
 * LWD_PAST_EACH_MS. Another module in the cage has no past.
 */

#define LWD_PAST_STEP_MS 1000
/** The history has noted by then that a module came. */
#define LWD_PAST_SETTLE_MS 5000
#define LWD_PAST_EACH_MS   (3600 * 1000)

struct lwd_past_cage {
	struct lw_mono due;
	unsigned identities; /**< of the module that its past is of */
	struct lw_arena arena;
};

struct lwd_past {
	struct lw_why_past *told; /**< of each cage */
	struct lwd_past_cage *cage;
	size_t n;
	struct lw_mono next;
};

/** @return 0 or LW_ENOMEM */
int lwd_past_init(struct lwd_past *p, size_t cages, struct lw_arena *arena, struct lw_mono now);
void lwd_past_finish(struct lwd_past *p);

/**
 * Do what is due: at most one cage.
 * @param h        NULL: there is no past
 * @param wall_ms  milliseconds since 1970 at time 0
 * @return when to run again
 */
struct lw_mono lwd_past_run(struct lwd_past *p, const struct lw_engine *e, struct lw_history *h,
			    int64_t wall_ms, struct lw_mono now);

#endif
