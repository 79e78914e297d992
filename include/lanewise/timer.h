/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LW_TIMER_H
#define LW_TIMER_H

#include <lanewise/arena.h>
#include <lanewise/error.h>
#include <lanewise/json.h>
#include <lanewise/time.h>

/**
 * @file
 * How long waits really take, learned by part and firmware, with what the module advertises as the
 * prior. A wait is then looked at first when it may be over, and given up when it surely is not.
 *
 * A table is plain data without a clock or a file: the caller measures, and keeps the JSON text.
 * Not thread-safe.
 */

#define LW_TIMER_BINS 40

/** Whose wait: text is compared to the letter; longer ones are cut. */
struct lw_timer_key {
	char vendor[17], pn[17];
	char firmware[12]; /**< "3.7"; a new firmware learns anew */
	char kind[16];     /**< "dp-init", "0104h" ... */
};

/** What was measured. */
struct lw_timer {
	struct lw_timer_key key;
	uint32_t count;
	struct lw_mono shortest, longest;
	double mean_ns;
	/** counts of durations below 2^(n/2 + 20) ns, from a millisecond to a quarter of an hour */
	uint32_t bin[LW_TIMER_BINS];
};

struct lw_timers {
	struct lw_arena *arena;
	struct lw_timer *v;
	size_t n, cap;
};

/** An empty table that allocates from `arena`, which must outlive it. */
LW_API void lw_timers_init(struct lw_timers *t, struct lw_arena *arena);

/** Fill a key; NULL texts count as empty. */
LW_API void lw_timer_key_make(struct lw_timer_key *ret, const char *vendor, const char *pn,
			      const char *firmware, const char *kind);

/** @return what is known of `key`, NULL: nothing */
LW_API const struct lw_timer *lw_timers_find(const struct lw_timers *t,
					     const struct lw_timer_key *key);

/** Note that a wait took `took` (negative spans are ignored). @return 0 or LW_ENOMEM */
LW_API int lw_timers_add(struct lw_timers *t, const struct lw_timer_key *key, struct lw_mono took);

/** The duration that `part` (0 to 1) of those measured did not exceed, by their bins. */
LW_API struct lw_mono lw_timer_quantile(const struct lw_timer *x, double part);

/** When to look, and how long to wait. */
struct lw_timer_advice {
	struct lw_mono first; /**< of the first look, counted from the beginning of the wait */
	struct lw_mono pause; /**< between looks from then on */
	struct lw_mono limit; /**< then it is late */
};

/**
 * @param x           NULL: nothing was measured
 * @param advertised  the longest time that the module advertises; {0}: it does not
 * @param ret  `limit` is never below `advertised`; a module that was slower than it promised, and
 *             yet got there, is given twice its longest time. `first` comes just before the
 *             shortest known time; without one it is a 64th of the limit.
 */
LW_API void lw_timer_advise(const struct lw_timer *x, struct lw_mono advertised,
			    struct lw_timer_advice *ret);

/** Write the table as a JSON array, for lw_timers_load(). */
LW_API void lw_timers_json(const struct lw_timers *t, struct lw_json *j);

/**
 * Add what a text of lw_timers_json() holds to the table; rows of the same key are added up.
 * @return 0; LW_EINVAL: no such text, and the table holds what came before the fault; LW_ENOMEM
 */
LW_API int lw_timers_load(struct lw_timers *t, const char *text, size_t n, struct lw_error *reterr);

#endif
