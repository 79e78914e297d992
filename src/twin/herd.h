/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LW_TWIN_HERD_H
#define LW_TWIN_HERD_H

#include <lanewise/arena.h>
#include <stdbool.h>
#include <stddef.h>

/**
 * @file
 * Memory for the twins of a world, and for their bytes. Those of a large world live side by side in
 * huge pages, for time goes on in all of them: it is misses of the TLB that a large world waits
 * for.
 */

/** All of one size. */
struct lw_herd {
	size_t size;
	unsigned char *next; /* the first of `left` that nobody had yet */
	size_t left;
	struct lw_spare *spare; /* what was given back */
};

#define LW_HERDS_MAX 16 /* sizes; what comes beyond them lives alone */

/** All zero: none. */
struct lw_herds {
	struct lw_arena arena;
	struct lw_herd herd[LW_HERDS_MAX];
	size_t alone;
};

/**
 * Room, all zero.
 * @param ret_alone  to be told when it is given back
 * @return NULL: out of memory
 */
void *lw_herd_take(struct lw_herds *h, size_t size, bool *ret_alone);
void lw_herd_give(struct lw_herds *h, void *p, size_t size, bool alone);
void lw_herds_finish(struct lw_herds *h);

#endif
