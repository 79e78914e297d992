/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LW_LANES_H
#define LW_LANES_H

#include <lanewise/export.h>
#include <stdint.h>

/**
 * @file
 * Masks of lanes, bit 0 for the first, as people read them: counted from 1. Pure and thread-safe.
 */

/** Room for every text of these. */
#define LW_LANES_TEXT 96

/** "1-4,7"; "" for no lanes. @return `ret` */
LW_API const char *lw_lanes_list(uint32_t lanes, char ret[LW_LANES_TEXT]);

/** "lane 3", "lanes 1-4,7"; "" for no lanes. @return `ret` */
LW_API const char *lw_lanes_text(uint32_t lanes, char ret[LW_LANES_TEXT]);

#endif
