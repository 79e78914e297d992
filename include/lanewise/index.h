/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LW_INDEX_H
#define LW_INDEX_H

#include <lanewise/arena.h>
#include <stdbool.h>
#include <stdint.h>

/**
 * @file
 * Texts to numbers, in the time of one look: what finds a device, a port or a serial number among
 * a hundred thousand. Texts are copied into an arena; nothing is ever removed. Not thread-safe.
 */

struct lw_index {
	struct lw_arena *arena;
	struct lw_index_slot *slot;
	size_t n, cap;
};

#define LW_INDEX_NONE UINT32_MAX

/** An empty index that allocates from `arena` (which must outlive it). */
LW_API void lw_index_init(struct lw_index *x, struct lw_arena *arena);

/** @return what was put for `key`, or LW_INDEX_NONE */
LW_API uint32_t lw_index_get(const struct lw_index *x, const char *key);

/**
 * Put `value` for `key` unless there is one already.
 * @param ret  NULL, or the value that `key` has now
 * @return 1: it is new; 0: it was there and keeps its value; LW_ENOMEM
 */
LW_API int lw_index_put(struct lw_index *x, const char *key, uint32_t value, uint32_t *ret);

#endif
