/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LW_PHY_TABLES_H
#define LW_PHY_TABLES_H

#include <lanewise/formula.h>
#include <lanewise/pcs.h>

/** One row of data/losses.csv. */
struct lw_loss {
	const char *kind; /**< "fibre": `db` for a kilometre; "mated", "splice": for one of them */
	const char *name; /**< fibre grade, or "any" */
	uint16_t low_nm, high_nm;
	double db;
	const char *confidence;
	const char *ref;
};

extern const struct lw_loss lw_losses[];
extern const size_t lw_losses_n;
extern const struct lw_fec lw_fecs[];
extern const size_t lw_fecs_n;
extern const struct lw_pcs lw_pcs_rows[];
extern const size_t lw_pcs_rows_n;

#endif
