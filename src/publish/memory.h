/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LW_PUBLISH_MEMORY_H
#define LW_PUBLISH_MEMORY_H

#include <lanewise/digest.h>
#include <lanewise/publish.h>

/* What was said about one thing; all zero when it is new. What it means is the publisher's. */
struct lw_said {
	char *key;
	bool live;                 /* it holds now */
	bool seen;                 /* met in this pass */
	uint64_t names, values;    /* digests */
	int64_t count, held;       /* of lines */
	struct lw_mono at, window; /* when it was said last, when counting began */
};

/* @return what was said about `key`, made if it is new; NULL: out of memory. Until the next call.
 */
struct lw_said *lw_said_get(struct lw_publish_memory *m, const char *key);
/* @return the one behind `before` (NULL: the first) in no special order, NULL: no more */
struct lw_said *lw_said_next(struct lw_publish_memory *m, struct lw_said *before);

#endif
