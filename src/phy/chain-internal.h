/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LW_CHAIN_INTERNAL_H
#define LW_CHAIN_INTERNAL_H

#include "chain-kernel.h"

/** Refuse what no engine can run: the message says which member. */
int lw_chain_check(const struct lw_chain *c, struct lw_error *reterr);
/** Number of levels. */
unsigned lw_chain_level_n(const struct lw_chain *c);
/** Bits that differ between the Gray labels of two levels. */
unsigned lw_gray_distance(unsigned a, unsigned b);
/** The pulse's values a symbol apart at any phase (not whole: interpolated), rows p = 0 to n - 1.
 */
void lw_pulse_at(const struct lw_pulse *p, double phase, double ret[LW_PULSE_MAX]);
/** Pulse and equaliser at a phase: lw_chain.pulse->n + ffe_n - 1 cursors, the main one at
 *  pulse->pre + ffe_pre. */
unsigned lw_chain_cursors(const struct lw_chain *c, double phase, double ret[LW_SIGNAL_TAPS]);
/** Variance of receiver noise behind the equaliser, for a variance of 1 before. */
double lw_chain_noise_gain(const struct lw_chain *c);
/** Everything but the waveform's banks. */
void lw_chain_job(const struct lw_chain *c, struct lw_kernel_job *ret);

#endif
