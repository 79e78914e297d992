/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LW_CHOOSE_H
#define LW_CHOOSE_H

#include <lanewise/link.h>

/**
 * @file
 * What to buy for a link: every cable and every pair of modules of the catalogue that goes into the
 * cages at both ends, judged by the rules of link.h over the wanted length, ranked. Pure.
 */

/** What the ranking looks at first among those with the same verdict. */
enum lw_choose_by { LW_BY_POWER, LW_BY_COST, LW_BY_LATENCY };

struct lw_choose_want {
	const struct lw_form *a, *b;       /**< cages; b is that of each leg */
	uint32_t rate_mbps;                /**< of one logical link */
	unsigned links;                    /**< how many of them leave cage a: 1, or a breakout */
	double length_m;                   /**< above 0 */
	uint32_t a_lane_mbps, b_lane_mbps; /**< fastest lane of the hosts, 0: as the cages */
	double a_power_w, b_power_w;       /**< what the cages feed, 0: as their forms */
	enum lw_grade mmf;                 /**< multimode fibre to lay, LW_GRADE_NONE: OM4 */
	enum lw_choose_by by;
	bool linear; /**< both hosts equalise for modules without a DSP; else LPO is a risk */
};

/** One way to make the link. NaN where the data say nothing. */
struct lw_choice {
	const char *name; /**< "DAC-OSFP-2xQSFP112", "OSFP-800G-DR8 + QSFP112-400G-DR4" */
	enum lw_media_kind kind;
	const struct lw_part *a, *b; /**< what is plugged; of a cable its two plugs */
	const struct lw_cord
		*cord;       /**< NULL for cables with fixed ends and where none joins them */
	enum lw_grade grade; /**< of the cord */
	const char *a_mode, *b_mode;       /**< breakout modes of the cages */
	const char *a_adapter, *b_adapter; /**< "" if none */
	enum lw_verdict verdict;           /**< the worst of its links */
	struct lw_findings findings;       /**< of the worst link */
	double reach_m;                    /**< how far this medium goes */
	double margin_db;
	double power_w;               /**< of both ends together, all of it heat */
	double cost;                  /**< against a passive cable of the rate */
	double latency_ns;            /**< propagation */
	const struct lw_media *media; /**< weight, EMI, confidence; never NULL */
};

/** A cable that is no candidate. */
struct lw_misfit {
	const char *name;
	const char *rule; /**< "form-factor": a plug does not go in; "rate": it has no such rate */
};

struct lw_choices {
	struct lw_choice *v; /**< best first; those that are down come last */
	size_t n, usable;    /**< the first `usable` are up or at risk */
	struct lw_misfit *misfits;
	size_t misfit_n;
};

/**
 * Rank every way of the catalogue.
 * @param arena   owns what `ret` points to
 * @param reterr  LW_EINVAL: the cage cannot be split like this, or the want makes no sense
 */
LW_API int lw_choose(const struct lw_choose_want *want, struct lw_arena *arena,
		     struct lw_choices *ret, struct lw_error *reterr);

/** Write the document of `lanewise choose` (docs/json.md). */
LW_API void lw_choose_json(const struct lw_choose_want *want, const struct lw_choices *c,
			   struct lw_json *j);

#endif
