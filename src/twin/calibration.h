/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LW_TWIN_CALIBRATION_H
#define LW_TWIN_CALIBRATION_H

#include "memory.h"

/**
 * @file
 * What an SFF-8472 module with external calibration shows (SFF-8472 12.4.3 9.3): not the quantity
 * but the number from which the host gets it by the constants in the module's own memory. Without
 * external calibration a constant is 1 or 0, whatever stands in those bytes.
 */

/** In the order of the constants. */
enum lw_calibrated {
	LW_CAL_TEMPERATURE,
	LW_CAL_VCC,
	LW_CAL_TX_BIAS,
	LW_CAL_TX_POWER,
	LW_CAL_RX_POWER
};

/** Let monitor `id`, which is of the kind `what`, say `value` in the unit of its row. */
void lw_calibration_show(struct lw_memory *m, enum lw_calibrated what, unsigned id, double value);
/** What `id` (a monitor, or a limit of it) says, as a host works it out. */
double lw_calibration_value(const struct lw_memory *m, enum lw_calibrated what, unsigned id);

#endif
