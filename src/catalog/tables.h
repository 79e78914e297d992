/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LW_CATALOG_TABLES_H
#define LW_CATALOG_TABLES_H

#include <lanewise/interface.h>
#include <lanewise/part.h>

/** @file The generated tables (gen/catalog.py), in the order of their CSV files. */

extern const struct lw_connector lw_connectors[];
extern const struct lw_pmd lw_pmds[];
extern const struct lw_interface lw_interfaces[];
extern const struct lw_form lw_forms[];
extern const struct lw_fit lw_fits[];
extern const struct lw_cord lw_cord_rows[];
extern const struct lw_thresholds lw_threshold_rows[];
extern const struct lw_wire lw_wires[];
extern const struct lw_preset lw_preset_rows[];
extern const struct lw_part lw_part_rows[];
extern const size_t lw_connectors_n, lw_pmds_n, lw_interfaces_n, lw_forms_n, lw_fits_n,
	lw_cord_rows_n, lw_threshold_rows_n, lw_wires_n, lw_preset_rows_n, lw_part_rows_n;

#endif
