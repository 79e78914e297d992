/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LW_DAEMON_TELL_H
#define LW_DAEMON_TELL_H

#include "doc.h"

/**
 * @file
 * What the API process is to be told: the documents that changed since it was told last, and an
 * event for each link that went up or down. Pure.
 */

struct lwd_tell {
	uint64_t *link, *cage; /**< marks of what was told; 0: nothing yet */
	uint8_t *state;        /**< of each link */
	bool *well;            /**< no cause was told of it */
	const char **cause;    /**< why each link is down, as was told; NULL: not told */
	size_t link_n, cage_n;
	unsigned drawn;                    /**< of the engine, when `link` was made */
	bool known;                        /**< `state` holds something to compare with */
	const struct lwd_quality *quality; /**< NULL: nothing is told of signals; outlives resets */
};

/** Forget what was told: there is a new listener. An empty `struct lwd_tell` is one. */
void lwd_tell_forget(struct lwd_tell *t);

/** Told of each change of a link, and of a cause that became known later; `cause` names why it is
 * down, "" when that is not known. */
typedef void (*lwd_on_change)(void *ctx, const char *link, const char *from, const char *to,
			      const char *cause);

/**
 * Append the frames of all that changed; of everything, with a reset before, when nothing was told
 * yet or the links were drawn up anew.
 * @param wall_ms  milliseconds since 1970 at time 0
 * @return 0; LW_ENOMEM: all is forgotten, and `frames` worth nothing
 */
int lwd_tell(struct lwd_tell *t, const struct lw_engine *e, const struct lw_why_host *host,
	     int64_t wall_ms, struct lw_buf *frames, lwd_on_change changed, void *ctx);

#endif
