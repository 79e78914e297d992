/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LW_TWIN_QUALITY_H
#define LW_TWIN_QUALITY_H

#include "twin-impl.h"

/**
 * @file
 * How good the signal of a lane is. SNR follows from the light above the receiver's sensitivity
 * and from the transmitter; errors follow from SNR (docs/design/twin.md). Pure functions of the
 * world's state and time.
 */

struct lw_quality {
	bool good;       /**< there is a signal that is locked to; else the rest means nothing */
	double snr_db;   /**< now, with noise */
	double ber;      /**< of `snr_db` */
	double mean_ber; /**< without noise */
	double bits;     /**< in a second */
};

/** What media lane `lane` receives. */
void lw_quality_media(const struct lw_twin *t, unsigned lane, struct lw_quality *ret);
/** What media lane `lane` would receive of its own transmitter, inside the module. */
void lw_quality_inside(const struct lw_twin *t, unsigned lane, struct lw_quality *ret);
/** What host lane `lane` is driven with. */
void lw_quality_host(const struct lw_twin *t, unsigned lane, struct lw_quality *ret);
double lw_quality_ber(double snr_db, enum lw_modulation modulation);

#endif
