/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LW_TIME_H
#define LW_TIME_H

#include <stdint.h>

/**
 * @file
 * Monotonic time, always passed in. Libraries never read a clock; a shell hands them real or
 * virtual time. Wrapped in a struct so that times and numbers cannot be mixed.
 */

/** A point in time, or a span, in nanoseconds. */
struct lw_mono {
	int64_t ns;
};

/** Later than every event: "nothing is due". */
#define LW_NEVER ((struct lw_mono){INT64_MAX})

static inline struct lw_mono lw_ms(int64_t ms)
{
	return (struct lw_mono){ms * 1000000};
}

static inline struct lw_mono lw_us(int64_t us)
{
	return (struct lw_mono){us * 1000};
}

/** a + b, saturating at LW_NEVER. */
static inline struct lw_mono lw_mono_add(struct lw_mono a, struct lw_mono b)
{
	int64_t sum;

	return __builtin_add_overflow(a.ns, b.ns, &sum) ? LW_NEVER : (struct lw_mono){sum};
}

static inline int lw_mono_before(struct lw_mono a, struct lw_mono b)
{
	return a.ns < b.ns;
}

static inline struct lw_mono lw_mono_min(struct lw_mono a, struct lw_mono b)
{
	return a.ns < b.ns ? a : b;
}

#endif
