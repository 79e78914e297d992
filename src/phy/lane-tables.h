/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LW_LANE_TABLES_H
#define LW_LANE_TABLES_H

#include <lanewise/lane.h>

/** Of one row of data/light.csv. */
struct lw_launch {
	const char *pmd;
	double dbm, er_db, sensitivity_dbm;
	const char *laser, *confidence, *ref;
};
extern const struct lw_launch lw_launches[];
extern const size_t lw_launches_n;

/** Of one row of data/lasers.csv. */
struct lw_rin {
	const char *name;
	double rin_oma_db_hz;
	const char *confidence, *ref;
};
extern const struct lw_rin lw_rins[];
extern const size_t lw_rins_n;

extern const struct lw_lane_basis lw_lane_numbers[];
extern const size_t lw_lane_numbers_n;

#endif
