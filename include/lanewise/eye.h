/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LW_EYE_H
#define LW_EYE_H

#include <lanewise/channel.h>
#include <stdint.h>

/**
 * @file
 * Eye diagrams: how often a waveform passes each cell of one symbol by amplitude, and what is read
 * off them.
 */

/** Rows of the density. */
#define LW_EYE_ROWS 256

/** Density over one symbol; those of parts add up. Plain data, 64 KiB. */
struct lw_eye {
	double low, high; /**< amplitudes at the lower edge of row 0, the upper edge of the last */
	uint64_t symbols;
	uint64_t outside; /**< samples beyond the rows; counted in the nearest */
	uint64_t count[LW_PHASES][LW_EYE_ROWS];
};

/** An empty density; `high` is above `low`. */
LW_API void lw_eye_init(struct lw_eye *e, double low, double high);

/** One opening of an eye diagram. Amplitudes in the unit of the waveform, widths in symbols. */
struct lw_opening {
	double height; /**< at the decision phase; 0: closed */
	double width;  /**< at the threshold */
	double middle; /**< amplitude midway of the height */
	double low, high;
};

struct lw_eye_report {
	unsigned eyes; /**< 1 or 3 */
	struct lw_opening eye[3];
	double linearity; /**< smallest height by largest; 1: alike; NaN with one eye or none open
			   */
	double vecp_db;   /**< vertical eye closure penalty: 10 log10 of ideal by least height */
};

/**
 * Read the openings off contours (lw_chain_contour(), lw_eye_contour()).
 * @param outer  distance of the outermost levels, for the penalty
 */
LW_API void lw_eye_measure(const double contour[LW_PHASES][3][2], unsigned eyes, unsigned phase,
			   const double threshold[3], double outer, struct lw_eye_report *ret);

/**
 * Contours of a density: of all samples between two neighbouring thresholds' middles, the part
 * `probability` nearest to the threshold is left out. Needs some 10 / probability samples a column.
 */
LW_API void lw_eye_contour(const struct lw_eye *e, unsigned eyes, const double threshold[3],
			   double probability, double ret[LW_PHASES][3][2]);

#endif
