/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LW_MAP_TABLES_H
#define LW_MAP_TABLES_H

#include <lanewise/map.h>

/** What gen/maps.py makes of one map of data/maps/. */
struct lw_map_table {
	const struct lw_field *fields; /**< indexed by id */
	size_t n;
	const struct lw_slot *slots;
	size_t slots_n;
	const uint16_t *by_name; /**< the n ids in the order of their names */
};

extern const struct lw_map_table lw_map_tables[LW_MAP_N]; /**< LW_MAP_NONE is empty */

#endif
