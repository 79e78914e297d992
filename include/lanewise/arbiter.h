/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LW_ARBITER_H
#define LW_ARBITER_H

#include <lanewise/export.h>
#include <lanewise/time.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * @file
 * Who may use a bus segment next. Users ask; the arbiter names one at a time, who does a short
 * piece of work (one access, or one step) and says that it is done. Pure: time is passed in, memory
 * is the caller's. One arbiter for one segment, used by one thread (lw_segment of device.h).
 */

/** What the work is for, most urgent first. */
enum lw_arbiter_class {
	LW_ARBITER_BRINGUP, /**< a link waits for it */
	LW_ARBITER_POLL,    /**< monitors and flags */
	LW_ARBITER_BULK,    /**< firmware, whole dumps */
	LW_ARBITER_CLASSES
};

/**
 * Every class gets at least one turn in so many while it asks. A user therefore waits for fewer
 * than U * LW_ARBITER_SHARE turns, where U users of its class ask.
 */
#define LW_ARBITER_SHARE 8

struct lw_arbiter_user {
	uint32_t module;  /**< users of the same module have the same number */
	uint32_t channel; /**< of the mux before it; equal for all where there is no mux */
	/* the rest is the arbiter's */
	bool asks;
	uint8_t urgency;      /**< enum lw_arbiter_class */
	struct lw_mono since; /**< asks since */
	uint64_t turns;       /**< had so far */
	struct lw_mono quiet; /**< until then nobody else may touch the module */
};

struct lw_arbiter {
	struct lw_arbiter_user *user;
	size_t n;
	struct lw_mono settle; /**< pause after the mux changes its channel */
	/* the rest is the arbiter's */
	size_t running;                           /**< user whose turn it is, SIZE_MAX: nobody */
	size_t last[LW_ARBITER_CLASSES];          /**< user of the class that had the last turn */
	unsigned passed_over[LW_ARBITER_CLASSES]; /**< turns given to others while it asked */
	bool on_channel;
	uint32_t channel;       /**< that the mux is on, if `on_channel` */
	struct lw_mono settled; /**< when it is usable */
};

/** Prepare; borrows `user`, whose `module` and `channel` the caller has set. Nobody asks. */
LW_API void lw_arbiter_init(struct lw_arbiter *a, struct lw_arbiter_user *user, size_t n,
			    struct lw_mono settle);

/** User `i` wants a turn of that class. Asking again only changes the class. */
LW_API void lw_arbiter_ask(struct lw_arbiter *a, size_t i, enum lw_arbiter_class urgency,
			   struct lw_mono now);

/** User `i` no longer wants one. During its own turn this has no effect on it. */
LW_API void lw_arbiter_withdraw(struct lw_arbiter *a, size_t i);

/**
 * Who runs next. That user's turn lasts until lw_arbiter_done(), and it no longer asks.
 * @param ret_user  set when the turn is given
 * @return the time the turn may begin: `now`, or later while the mux settles. LW_NEVER: nobody may,
 *         or a turn is under way; then look again after the next ask or done, and at
 *         lw_arbiter_due()
 */
LW_API struct lw_mono lw_arbiter_next(struct lw_arbiter *a, struct lw_mono now, size_t *ret_user);

/** The turn of lw_arbiter_next() is over. */
LW_API void lw_arbiter_done(struct lw_arbiter *a);

/**
 * CDB quiet mode: until `until` only user `i` may touch its module, while a CDB command runs in the
 * foreground. Other modules go on. To be called during the user's own turn; again: a new end.
 * @return false when another user holds the module quiet
 */
LW_API bool lw_arbiter_quiet(struct lw_arbiter *a, size_t i, struct lw_mono now,
			     struct lw_mono until);

/** Quiet mode of user `i` is over; no effect if it has none. */
LW_API void lw_arbiter_loud(struct lw_arbiter *a, size_t i);

/**
 * When to call lw_arbiter_next() again although nothing else happens: the first end of a quiet mode
 * that keeps off a user who asks; LW_NEVER: none does.
 */
LW_API struct lw_mono lw_arbiter_due(const struct lw_arbiter *a, struct lw_mono now);

#endif
