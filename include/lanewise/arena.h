/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LW_ARENA_H
#define LW_ARENA_H

#include <lanewise/export.h>
#include <stdarg.h>
#include <stddef.h>

/**
 * @file
 * One arena per request, freed whole. Everything allocated from it lives until lw_arena_finish().
 * Not thread-safe. Allocation past `limit` or the machine's memory returns NULL and makes the arena
 * sticky-failed, so that a builder may check once at its end.
 */

struct lw_arena {
	struct lw_arena_block *head;
	size_t used, limit;
	int failed;
};

/** Prepare an empty arena that will hold at most `limit` bytes (0: no limit). Allocates nothing. */
LW_API void lw_arena_init(struct lw_arena *a, size_t limit);

/** Free all; the arena may be used again. */
LW_API void lw_arena_finish(struct lw_arena *a);

/** @return `size` zeroed bytes aligned for any object, or NULL (then `a->failed` is set) */
LW_API void *lw_arena_alloc(struct lw_arena *a, size_t size);

/**
 * Grow an array to hold `want` elements of `size` bytes, doubling; the old elements are copied.
 * @param array  the array now, or NULL when `*inout_cap` is 0
 * @return the array to use from now on, or NULL (old array intact)
 */
LW_API void *lw_arena_grow(struct lw_arena *a, void *array, size_t *inout_cap, size_t want,
			   size_t size);

/** @return a NUL-terminated copy of `n` bytes of `s`, or NULL */
LW_API char *lw_arena_strndup(struct lw_arena *a, const char *s, size_t n);

/** @return a NUL-terminated copy of `s`, or NULL (also when `s` is NULL) */
LW_API char *lw_arena_strdup(struct lw_arena *a, const char *s);

/** @return the formatted text, or NULL */
LW_API char *lw_arena_printf(struct lw_arena *a, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/** As lw_arena_printf(); leaves `ap` as vsnprintf() does. */
LW_API char *lw_arena_vprintf(struct lw_arena *a, const char *fmt, va_list ap)
	__attribute__((format(printf, 2, 0)));

#endif
