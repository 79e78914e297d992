/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LW_FABRIC_NEAR_H
#define LW_FABRIC_NEAR_H

#include <stddef.h>

/**
 * Offer the known names nearest to a wrong one.
 * @param name  the i-th known name; may repeat, NULL is skipped
 * @param buf   receives "; did you mean A or B?", or "" when nothing is near
 * @return `buf`
 */
const char *lw_near(const char *wrong, const char *(*name)(size_t i), size_t n, char *buf,
		    size_t size);

/** Edits (insert, delete, replace, swap) from `a` to `b`, case ignored; large for long names. */
unsigned lw_edit_distance(const char *a, const char *b);

#endif
