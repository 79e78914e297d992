/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LW_PORT_TABLES_H
#define LW_PORT_TABLES_H

#include <lanewise/pmd.h>
#include <stddef.h>

/** One row of data/lanes.csv. */
struct lw_lane_rate {
	uint32_t rate_mbps, baud_kbd;
	enum lw_modulation modulation;
	const char *fec;
	const char *ref;
};

extern const struct lw_lane_rate lw_lane_rates[];
extern const size_t lw_lane_rates_n;

#endif
