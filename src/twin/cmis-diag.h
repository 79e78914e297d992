/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LW_TWIN_CMIS_DIAG_H
#define LW_TWIN_CMIS_DIAG_H

#include "twin-impl.h"

/**
 * @file
 * Diagnostics of a CMIS twin, pages 13h and 14h (CMIS 5.4 8.16, 8.17): loopbacks, pattern
 * generators and checkers with their counters and gates.
 */

struct lw_cmis;

enum { LW_DIAG_HOST, LW_DIAG_MEDIA, LW_DIAG_SIDES };

struct lw_count {
	double bits, errors;
	bool lost; /**< the pattern was not found all the time */
};

/** One pattern checker. Counts grow by what held since `at`. */
struct lw_checker {
	bool on;
	bool found;       /**< the pattern is there */
	double bits, ber; /**< in a second, now */
	struct lw_count live, last;
};

struct lw_diag {
	struct lw_checker checker[LW_DIAG_SIDES][LW_TWIN_LANES];
	uint32_t checking[LW_DIAG_SIDES];                 /**< lanes whose checker is on */
	struct lw_mono at;                                /**< counts are those of this moment */
	struct lw_mono gate[LW_BANKS_MAX][LW_DIAG_SIDES]; /**< end of measuring; LW_NEVER */
	bool frozen[LW_BANKS_MAX];                        /**< 13h:177.5 */
	bool asked; /**< the host has written to page 13h: there may be something to do */
	bool acts;  /**< something was done */
};

/** Start anew. */
void lw_diag_reset(struct lw_cmis *c);
bool lw_diag_supported(const struct lw_cmis *c);
/** Bytes were written to page 13h or 14h. */
void lw_diag_written(struct lw_cmis *c, unsigned bank, int slot, unsigned first, const uint8_t *p,
		     size_t n);
/** Let loopbacks and generators act on light and hosts. */
void lw_diag_apply(struct lw_cmis *c);
/** Bring checkers up to date. @return when a gate ends */
struct lw_mono lw_pattern_run(struct lw_cmis *c);
/** Latch the flags of page 14h that hold. */
void lw_pattern_flags(struct lw_cmis *c);
/** Fill page 14h of a bank with what its selector asks for. */
void lw_pattern_show(struct lw_cmis *c, unsigned bank);

#endif
