/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LW_WHY_H
#define LW_WHY_H

#include <lanewise/engine.h>

/**
 * @file
 * Why is a link down, or about to go down: from symptoms, seen at both ends, to causes, each with
 * its evidence, the next step, and the order in which to take things apart. Symptoms are found by
 * rules in C, causes are rows of data/causes.csv. Pure: nothing is read from any module, the
 * engine's last looks are the witness, and what a history made of earlier ones. Allocates from the
 * arena alone.
 */

/**
 * Where a reading goes, as a history says: a straight line through its averages of hours, and how
 * sure its slope is (95 %). Powers in dBm, ratios in decades, currents in A.
 */
struct lw_why_trend {
	const char *quantity; /**< "tx-bias", as lw_quantity_name() says; "media-ber" */
	int cage;
	int lane;    /**< media lane, 0-based; of "media-ber" the first host lane of the path */
	bool moving; /**< the slope stands out of its interval, and it is no jump */
	double days_seen; /**< from the first to the last hour of the line */
	double value;     /**< of the line at its last hour */
	double lately;    /**< average of the last hours: better than the line when it was mended */
	double per_day, per_day_low, per_day_high;
	const char *limit_name; /**< what is reached next, NULL: none */
	double limit, days;     /**< that limit, and the days until it; meaningless without one */
	double days_low, days_high; /**< by the interval of the slope */
};

/** The trends of one cage, in any order; of one lane there may be several, over other spans. */
struct lw_why_past {
	const struct lw_why_trend *trend;
	size_t n;
};

/** What the shell knows beyond the modules. Every member may be left zero. */
struct lw_why_host {
	void *ctx;
	/** Does the presence pin of `cage` show a module? 1, 0; -1: not known */
	int (*present)(void *ctx, int cage);
	/** The error correction that the host at `cage` runs on `port` (a code's name, "none");
	 * NULL: not known */
	const char *(*fec)(void *ctx, int cage, const struct lw_lport *port);
	const struct lw_why_past *past; /**< of each cage of the fabric; NULL: no history is kept */
};

/** Where a symptom or cause is. */
enum lw_why_place { LW_WHY_A, LW_WHY_B, LW_WHY_LINK };

/** Something that was seen. */
struct lw_symptom {
	const char *name; /**< of data/symptoms.csv */
	enum lw_why_place place;
	uint32_t lanes;   /**< bit i: lane i of the link; 0: of the module or the whole link */
	const char *text; /**< what was seen, with value and limit */
};

#define LW_WHY_EVIDENCE_MAX 8

/** What explains symptoms. */
struct lw_cause {
	const char *name;         /**< of data/causes.csv */
	const char *title;        /**< one clause */
	const char *first, *next; /**< what to do; what to do then ("": nothing is known) */
	const char *isolate;      /**< what to exchange to find the culprit: "cable module port",
				       blanks between, the likeliest first; "": no need */
	const char *ref;
	enum lw_why_place place;   /**< the end that `near` of its row stands for */
	uint32_t lanes;            /**< bit i: lane i of the link; 0: all, or no matter */
	enum lw_severity severity; /**< LW_FATAL: the link is not up; LW_RISK: it is in danger;
				      LW_INFO: it is well, and something is to be planned */
	bool weak;                 /**< rests on facts of low confidence */
	uint8_t evidence[LW_WHY_EVIDENCE_MAX]; /**< indexes of symptoms */
	uint8_t evidence_n;
};

#define LW_SYMPTOMS_MAX 96
#define LW_CAUSES_MAX   16

/** All that is to be said of one link. Texts live in the arena or for ever. */
struct lw_diagnosis {
	size_t link;
	size_t symptom_n, cause_n;
	struct lw_symptom symptom[LW_SYMPTOMS_MAX];
	struct lw_cause cause[LW_CAUSES_MAX]; /**< the one that explains most first */
};

/**
 * Diagnose link `link` of the engine's fabric. A link that is well has no cause.
 *
 * Evidence about light needs readings: lw_engine_measure(). Readings from before the last change of
 * the link tell of the past and are not used.
 * @param host  nullable
 * @return 0; LW_EINVAL (no such link), LW_ENOMEM
 */
LW_API int lw_why(const struct lw_engine *e, size_t link, const struct lw_why_host *host,
		  struct lw_arena *arena, struct lw_diagnosis *ret, struct lw_error *reterr);

/** The quantities whose trends are of use; NULL: `i` is beyond the last. */
LW_API const char *lw_why_quantity(unsigned i);

/**
 * What is to be seen in trend `i` of a cage: it will reach its limit soon enough to be told
 * (data/trends.csv). @return name of a symptom, or NULL: nothing
 */
LW_API const char *lw_why_trend_symptom(const struct lw_why_past *past, size_t i);

#define LW_WHY_TREND_TEXT 256

/** Say a trend of one of lw_why_quantity() as a sentence without its subject: slope with interval,
 * value, limit and days. @return `ret` */
LW_API const char *lw_why_trend_text(const struct lw_why_trend *t, char ret[LW_WHY_TREND_TEXT]);

/** Write it as JSON (docs/json.md, "why"). */
LW_API void lw_why_json(const struct lw_engine *e, const struct lw_diagnosis *d, struct lw_json *j);

/** Name the place: the cage of that end, or the link. Borrowed from the engine's fabric. */
LW_API const char *lw_why_place(const struct lw_engine *e, const struct lw_diagnosis *d,
				enum lw_why_place place);

#endif
