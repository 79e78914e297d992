/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LW_TWIN_QUALITY_H
#define LW_TWIN_QUALITY_H

#include "twin-impl.h"

/**
 * @file
 * How good the signal of a lane is: SNR from the light and the receiver's model, errors from SNR,
 * by the closed formulas of <lanewise/formula.h> (docs/design/twin.md). Functions of the world's
 * state and time; what follows from equal inputs is remembered.
 */

struct lw_quality {
	bool good; /**< there is a signal that is locked to; else the rest means nothing */
	enum lw_modulation modulation;
	double snr_db, ber; /**< without noise */
	double bits;        /**< in a second */
	unsigned of;        /**< its stream of noise */
};

/** Mean SNR and bit error ratio of `light`, not sealed, at the receiver of media lane `lane`. */
void lw_quality_light(const struct lw_twin *t, unsigned lane, const struct lw_light *light,
		      double *ret_snr_db, double *ret_ber);
/** What media lane `lane` receives. */
void lw_quality_media(const struct lw_twin *t, unsigned lane, struct lw_quality *ret);
/** What media lane `lane` would receive of its own transmitter, inside the module. */
void lw_quality_inside(const struct lw_twin *t, unsigned lane, struct lw_quality *ret);
/** What host lane `lane` is driven with. */
void lw_quality_host(const struct lw_twin *t, unsigned lane, struct lw_quality *ret);
/** SNR of a good signal now, in dB, with noise. @param ret_ber  its bit error ratio; nullable */
double lw_quality_now(const struct lw_twin *t, const struct lw_quality *q, double *ret_ber);
/** Mean bit error ratio of one electrical lane between a host and its module. */
double lw_quality_wire(const struct lw_twin *t, enum lw_modulation m);
/** Find what lw_quality_wire() gives; at the world's creation. */
void lw_quality_begin(struct lw_world *w);
/** Mean bit error ratio that the host finds, from the far host on: `media` is the lane that
 *  brings it, `m` what the hosts send. */
double lw_quality_end(const struct lw_twin *t, unsigned media, enum lw_modulation m);
/** The FEC that the medium of `lane` is specified with; never NULL. */
const struct lw_fec *lw_quality_fec(const struct lw_twin *t, unsigned lane);

#endif
