/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LW_MANAGEMENT_H
#define LW_MANAGEMENT_H

#include <lanewise/export.h>

/** @file The management memory maps Lanewise knows, and which one an identifier selects. */

enum lw_map_id {
	LW_MAP_NONE,
	LW_MAP_SFF8472, /**< SFP family */
	LW_MAP_SFF8636, /**< QSFP+ and QSFP28 (SFF-8436 too) */
	LW_MAP_CMIS,    /**< QSFP-DD, OSFP, QSFP112 ... */
	LW_MAP_N,
};

/** "none", "sff8472", "sff8636", "cmis". */
LW_API const char *lw_map_name(enum lw_map_id map);

/** The map that an SFF-8024 identifier (Table 4-1) selects, LW_MAP_NONE if none is known. */
LW_API enum lw_map_id lw_map_for_identifier(unsigned identifier);

#endif
