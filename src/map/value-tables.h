/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LW_VALUE_TABLES_H
#define LW_VALUE_TABLES_H

#include <lanewise/value.h>
#include <lanewise/vdm.h>

/** What gen/values.py makes of data/maps/overlays.csv, pages.csv, revisions.csv, calibration.csv
 *  and data/vdm.csv. */

/** Selector of a term: no field, but the state of the media lane's data path. */
#define LW_TERM_MEDIA_PATH (-1)

/** Holds if the selector lies in low..high. A condition holds if all terms of one group do. */
struct lw_value_term {
	int16_t selector;
	uint32_t low, high;
	uint8_t group; /**< rising within its condition */
};

/** Field `field` has `status` unless its terms hold; fields with equal terms share them. Sorted by
 * map and field. */
struct lw_value_condition {
	uint8_t map;
	uint8_t status; /**< enum lw_value_status */
	bool overlay;   /**< the field stands over another one: unknown counts as no */
	uint16_t field;
	uint16_t first, n; /**< its terms */
	const char *ref;
};

/** What the status of a field starts from. */
struct lw_value_mark {
	uint16_t conditions; /**< its first, or that of a later field, or lw_value_conditions_n */
	uint16_t since; /**< the revision that brought it, major * 256 + minor; 0: always, or of
			   another document that cannot be compared */
};

/** A slot is there if all its conditions hold. Sorted by map and slot. */
struct lw_page_condition {
	uint8_t map, slot;
	uint16_t first, n; /**< its terms */
};

/** The latest revision that a revision code of SFF-8472 or SFF-8636 stands for. */
struct lw_value_revision {
	uint8_t map, code, major, minor;
};

/** External calibration of a field: slope * value + offset, or, without slope, the polynomial of
 *  received power, whose coefficient 0 is offset. Sorted by field. */
struct lw_value_calibration {
	uint16_t field;
	int16_t slope;
	uint16_t offset;
};

extern const struct lw_value_term lw_value_terms[];
extern const struct lw_value_condition lw_value_conditions[];
extern const size_t lw_value_conditions_n;
/** By map and field. */
extern const struct lw_value_mark *const lw_value_marks[LW_MAP_N];
extern const struct lw_page_condition lw_page_conditions[];
extern const size_t lw_page_conditions_n;
extern const struct lw_value_revision lw_value_revisions[];
extern const size_t lw_value_revisions_n;
extern const struct lw_value_calibration lw_value_calibrations[];
extern const size_t lw_value_calibrations_n;
extern const struct lw_vdm_type lw_vdm_rows[];
extern const size_t lw_vdm_rows_n;

#endif
