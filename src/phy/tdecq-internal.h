/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LW_TDECQ_INTERNAL_H
#define LW_TDECQ_INTERNAL_H

#include "chain-kernel.h"

#include <lanewise/tdecq.h>

/** Symbols of the pattern repeated before and after each phase's row: taps and timing reach there.
 */
#define LW_TDECQ_PAD 48
/** Rows of the histograms of an evaluation; so many neighbours are then joined at their mean. */
#define LW_TDECQ_ROWS 16384
#define LW_TDECQ_JOIN 16
/** Moments within a histogram's width. */
#define LW_TDECQ_POINTS 3

/** A capture on the bench. */
struct lw_tdecq_work {
	const struct lw_tdecq_options *opt;
	const struct lw_kernel *kernel;
	const uint8_t *symbol;
	size_t n;
	unsigned samples;
	float *rows;         /**< samples rows of n + 2 LW_TDECQ_PAD: one phase of all symbols */
	const float **phase; /**< their symbol 0; phase[samples + s] is symbol 1 of phase s */
	double oma, average, low, high;
	uint32_t *hist; /**< LW_TDECQ_ROWS */
	double *tail;   /**< table of the normal tail, LW_TDECQ_TAIL a deviation */
	double warm;    /**< noise that fitted last */
	unsigned evaluations;
	/* crossing, as a plane over the taps, between two looks */
	double tap0[LW_TDECQ_TAPS], crossing0, slope[LW_TDECQ_TAPS];
};

/** One look at the equalised eye. */
struct lw_tdecq_look {
	double sigma; /**< behind the equaliser; 0: closed */
	double db;    /**< +infinity: closed */
	double ceq, noise_rms;
	double ser[2], threshold[3];
};

/** Mean crossing of the average by the equalised waveform, in symbols, -0.5 to 0.5 about a symbol's
 *  first sample as it was given; NaN: it never crosses. */
double lw_tdecq_crossing(const struct lw_tdecq_work *w, const double *tap, unsigned taps,
			 unsigned main);
/** Histograms about the middle between two such crossings, and the noise that they bear. */
void lw_tdecq_look(struct lw_tdecq_work *w, const double *tap, unsigned taps, unsigned main,
		   double crossing, struct lw_tdecq_look *ret);
/** Best taps by TDECQ itself. @return 0, or -1: every eye is closed */
int lw_tdecq_search(struct lw_tdecq_work *w, double tap[LW_TDECQ_TAPS], unsigned *ret_main);

#endif
