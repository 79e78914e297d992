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

#endif
