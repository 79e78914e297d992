/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LW_TDECQ_H
#define LW_TDECQ_H

#include <lanewise/error.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * @file
 * Transmitter and dispersion eye closure for PAM4: TDECQ, TECQ and SECQ, which differ by the signal
 * that is measured only (IEEE 802.3 121.8.5, 140.7.5a, 121.8.9).
 */

#define LW_TDECQ_TAPS 9

/** Initialise with LW_TDECQ_OPTIONS. */
struct lw_tdecq_options {
	double baud_gbd;      /**< for the noise filter */
	double noise_ghz;     /**< its bandwidth; 0: half the rate (121.8.5.3) */
	unsigned taps;        /**< of the reference equaliser, 1 to LW_TDECQ_TAPS, odd or even */
	unsigned main_last;   /**< last tap that may be the largest, counted from 0 */
	double main_least;    /**< least value of the largest tap; 0: free */
	double ser;           /**< target symbol error ratio */
	double q;             /**< its distance of levels by noise */
	double offset, width; /**< histograms at 0.5 -/+ offset, width, in symbols */
	double threshold_freedom; /**< thresholds may move by this part of OMA; 0 or 0.01 */
	double scope_rms;         /**< noise of the instrument, in the unit of the waveform */
	const double *fixed_tap;  /**< use these taps, first to last, and do not search; NULL */
};
#define LW_TDECQ_OPTIONS                                                                           \
	((struct lw_tdecq_options){.taps = 5,                                                      \
				   .main_last = 2,                                                 \
				   .ser = 4.8e-4,                                                  \
				   .q = 3.414,                                                     \
				   .offset = 0.05,                                                 \
				   .width = 0.04})

/** Powers in the unit of the waveform. */
struct lw_tdecq {
	double tdecq_db; /**< +infinity when the eye is closed even without noise */
	double oma;      /**< outer: 7 threes and 6 zeros in a row (121.8.4) */
	double average, er_db;
	double rlm;       /**< of the mean levels at the middle of the equalised eye */
	double ceq;       /**< growth of noise in the equaliser */
	double noise_rms; /**< noise that a receiver may add: R of 121.8.5.3 */
	double ser[2];    /**< at that noise, left and right histogram */
	double threshold[3];
	double tap[LW_TDECQ_TAPS]; /**< first applies to the latest sample; they sum up to 1 */
	unsigned taps, main_tap;
	double crossing; /**< of the mean level, in symbols from the first sample of a symbol */
	unsigned evaluations;
};

/**
 * Measure one period of a pattern-locked, averaged waveform.
 * @param wave     n * samples values, behind the reference receiver's filter
 * @param symbol   the pattern, levels 0 to 3; symbol k begins near sample k * samples (within a
 *                 symbol either way)
 * @param samples  in a symbol, 4 to 128
 * @return 0; LW_EINVAL: no run of 7 threes or 6 zeros, not PAM4, a flat or absurd waveform;
 *         LW_ENOMEM
 */
LW_API int lw_tdecq_measure(const float *wave, const uint8_t *symbol, size_t n, unsigned samples,
			    const struct lw_tdecq_options *opt, struct lw_tdecq *ret,
			    struct lw_error *reterr);

/** The growth of noise in an equaliser a symbol apart: the root of the noise filter's spectrum
 *  weighted by its response. */
LW_API double lw_tdecq_ceq(const double *tap, unsigned n, double baud_gbd, double noise_ghz);

/**
 * Where a known pattern begins in a waveform: the shift, in symbols, at which they agree best.
 * @param ret_agreement  correlation coefficient there; may be NULL
 */
LW_API int lw_tdecq_align(const float *wave, const uint8_t *symbol, size_t n, unsigned samples,
			  size_t *ret_shift, double *ret_agreement, struct lw_error *reterr);

#endif
