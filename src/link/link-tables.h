/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LW_LINK_TABLES_H
#define LW_LINK_TABLES_H

#include <lanewise/link.h>

/** One row of data/channels.csv: what may lie between two ends. NaN where it is not stated. */
struct lw_channel {
	const char *pmd;
	double il_db[6]; /**< channel insertion loss by enum lw_grade */
	double copper_m; /**< longest passive cable */
	const char *confidence;
	const char *ref;
};

/** One row of data/levels.csv: average power of a lane. NaN where it is not stated. */
struct lw_light_levels {
	const char *pmd;
	double tx_min_dbm, tx_max_dbm;
	double rx_min_dbm, rx_max_dbm; /**< least that is enough and most that is borne */
	const char *confidence;
	const char *ref;
};

/** One row of data/fec-lanes.csv: a code that hosts run on lanes of a rate. */
struct lw_fec_lane {
	const char *fec;
	uint32_t lane_mbps;
	uint8_t max_lanes; /**< of a port */
	const char *confidence;
	const char *ref;
};

extern const struct lw_light_levels lw_level_rows[];
extern const size_t lw_level_rows_n;
extern const struct lw_fec_lane lw_fec_lanes[];
extern const size_t lw_fec_lanes_n;
extern const struct lw_rule lw_rule_rows[];
extern const size_t lw_rule_rows_n;
extern const struct lw_element lw_element_rows[];
extern const size_t lw_element_rows_n;
extern const struct lw_media lw_media_rows[];
extern const size_t lw_media_rows_n;
extern const struct lw_channel lw_channels[];
extern const size_t lw_channels_n;

/** @return the row of that PMD, or NULL (also when `pmd` is NULL) */
const struct lw_channel *lw_channel_find(const struct lw_pmd *pmd);
/** @return the row of that PMD, or NULL (also when `pmd` is NULL) */
const struct lw_light_levels *lw_levels_find(const struct lw_pmd *pmd);

/** The PMD whose light a module really sends at an end: of lanes used apart, that of the whole. */
const struct lw_pmd *lw_end_light(const struct lw_link_end *e);

/**
 * Was the pair meant to meet: one PMD, or one that names the other among what its lanes may face?
 * Then the power levels agree, whatever each is specified for alone.
 */
bool lw_pmd_meant(const struct lw_pmd *a, const struct lw_pmd *b);

#endif
