/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LW_WHY_H
#define LW_WHY_H

#include <lanewise/engine.h>

/**
 * @file
 * Why is a link down, or about to go down: from symptoms, seen at both ends, to causes, each with
 * its evidence, the next step, and the order in which to take things apart. Symptoms are found by
 * rules in C, causes are rows of data/causes.csv. Pure: nothing is read from any module, the
 * engine's last looks are the witness. Allocates from the arena alone.
 */

/** What the shell knows beyond the modules. Every member may be left zero. */
struct lw_why_host {
	void *ctx;
	/** Does the presence pin of `cage` show a module? 1, 0; -1: not known */
	int (*present)(void *ctx, int cage);
	/** The error correction that the host at `cage` runs on `port` (a code's name, "none");
	 * NULL: not known */
	const char *(*fec)(void *ctx, int cage, const struct lw_lport *port);
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
	enum lw_why_place place; /**< the end that `near` of its row stands for */
	uint32_t lanes;          /**< bit i: lane i of the link; 0: all, or no matter */
	bool weak;               /**< rests on facts of low confidence */
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

/** Write it as JSON (docs/json.md, "why"). */
LW_API void lw_why_json(const struct lw_engine *e, const struct lw_diagnosis *d, struct lw_json *j);

/** Name the place: the cage of that end, or the link. Borrowed from the engine's fabric. */
LW_API const char *lw_why_place(const struct lw_engine *e, const struct lw_diagnosis *d,
				enum lw_why_place place);

#endif
