/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LW_QUIRK_INTERNAL_H
#define LW_QUIRK_INTERNAL_H

#include <lanewise/quirk.h>

enum lw_knob {
	LW_KNOB_MAX_READ,
	LW_KNOB_START_MS,
	LW_KNOB_DP_INIT_PERCENT,
	LW_KNOB_IGNORE_TX_FAULT,
	LW_KNOB_IGNORE_LOS,
	LW_KNOB_IGNORE_REPLY_CHECK,
	LW_KNOB_NO_INTERRUPT,
};

/** A row of data/quirks.csv. */
struct lw_quirk_row {
	struct lw_quirk quirk;
	const char *vendor, *pn; /**< '*' matches any characters */
	int32_t oui;             /**< -1: any */
	uint8_t map, knob;
	uint16_t firmware_first, firmware_last, revision_first, revision_last; /**< major * 256 */
	int32_t value;
};

extern const struct lw_quirk_row lw_quirk_rows[];
extern const size_t lw_quirk_rows_n;

#endif
