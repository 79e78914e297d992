/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LW_SCENARIO_H
#define LW_SCENARIO_H

#include <lanewise/lab.h>

/**
 * @file
 * Scenarios: what happens to a fabric of twins and when, drawn up as one timeline from a file
 * (docs/scenario.md), and the account of what became of its links. Pure: whoever plays a scenario
 * has the clock, the lab and the engine.
 */

enum lw_moment_kind {
	LW_MOMENT_FAULT, /**< a fault begins */
	LW_MOMENT_CLEAR, /**< it ends */
	LW_MOMENT_MODE,  /**< the lanes of a cage are divided otherwise */
	LW_MOMENT_WANT,  /**< a link is wanted on or off */
	LW_MOMENT_EXPECT,
};

enum lw_expect_kind {
	LW_EXPECT_UP,        /**< a link is up before `within` has passed */
	LW_EXPECT_DOWN,      /**< it is not up, and `because` is among what is said of it */
	LW_EXPECT_STAYS_UP,  /**< it does not leave `up` for `within` */
	LW_EXPECT_ALL_UP,    /**< every link is up before `within` has passed */
	LW_EXPECT_UNTOUCHED, /**< no link but `link` leaves `up` for `within` */
	LW_EXPECT_SIBLINGS,  /**< as that, of those that share a module with it */
};

enum lw_outcome { LW_OUTCOME_OPEN, LW_OUTCOME_MET, LW_OUTCOME_FAILED };

struct lw_expect {
	enum lw_expect_kind kind;
	const char *text; /**< as in the file */
	int line;
	const char *link;      /**< its id; NULL: none named (untouched: what the last fault hit) */
	const char *because;   /**< name of a rule, NULL: any */
	struct lw_mono within; /**< a span */
};

/** One thing that happens. */
struct lw_moment {
	struct lw_mono at;
	enum lw_moment_kind kind;
	uint32_t order; /**< of equal times the lower comes first */
	int line;
	int injection;    /**< index into lw_scenario.injections (fault, clear), else -1 */
	int cage;         /**< mode */
	const char *text; /**< mode, or the id of a link */
	bool enabled;     /**< want */
	const struct lw_expect *expect;
};

/** One fault that is injected. */
struct lw_injection {
	struct lw_lab_fault fault; /**< with its times */
	int line;
};

/** Most moments of one scenario: a year of one a minute is a typing error. */
#define LW_MOMENTS_MAX 200000

struct lw_scenario {
	const char *name, *file;
	const char *fabric; /**< path as the file has it, NULL: not given */
	uint64_t seed;
	bool has_seed;
	struct lw_mono length; /**< when it ends */
	size_t moment_n;
	struct lw_moment *moments; /**< earliest first */
	size_t injection_n;
	struct lw_injection *injections;
};

/**
 * The fabric that a scenario names, without the rest of it.
 * @param ret  NULL when it names none; in `arena`
 */
LW_API int lw_scenario_fabric(const char *text, size_t n, const char *file, struct lw_arena *arena,
			      const char **ret, struct lw_error *reterr);

/**
 * Load a scenario for a resolved fabric and draw up its timeline: what recurs or comes by chance
 * gets its times from the seed, so that equal seeds give equal timelines.
 * @param seed    NULL: the scenario's own, or 1
 * @param ret     lives in `arena`
 * @param reterr  LW_EINVAL with file and line, LW_ELIMIT, LW_ENOMEM
 */
LW_API int lw_scenario_load(const char *text, size_t n, const char *file, const struct lw_fabric *f,
			    const uint64_t *seed, struct lw_arena *arena, struct lw_scenario *ret,
			    struct lw_error *reterr);

/** Does this fault act on that link? */
LW_API bool lw_injection_hits(const struct lw_injection *x, const struct lw_fabric *f,
			      const struct lw_flink *l);

/* The account. */

#define LW_SCORE_CAUSES 8

/** What became of one link; links are known by their ids, for a change of mode makes others. */
struct lw_score_link {
	const char *id;
	bool exists, up, was_up, wanted;
	struct lw_mono since; /**< when `up` last changed */
	int64_t ns, up_ns;    /**< of its existence while wanted, and up of that */
	struct lw_mono up_at; /**< first time up, LW_NEVER */
	unsigned flaps;       /**< times it left `up` though it was wanted */
	int blamed;           /**< injection that took it down, -1 */
	bool explained;       /**< its causes were counted since it went down */
};

/** What one injected kind of fault did. */
struct lw_score_kind {
	unsigned times, links;  /**< injected; links it took down */
	unsigned unexplained;   /**< of those, named by nobody */
	unsigned brief;         /**< of those, up again before anybody was asked */
	double least_s, most_s; /**< until the first link went down, NaN: none did */
	struct {
		const char *rule;
		unsigned n;
	} named[LW_SCORE_CAUSES]; /**< by whatever the engine named first */
};

struct lw_score_expect {
	const struct lw_expect *expect;
	struct lw_mono at, until; /**< when it is judged at the latest */
	enum lw_outcome outcome;
	const char *why;     /**< of failure; in the arena */
	int injection, cage; /**< what was last disturbed before it: a fault, a mode, -1 */
	const char *link;    /**< or a link, by an intent; NULL */
};

struct lw_score {
	const struct lw_scenario *scenario; /**< borrowed */
	const struct lw_fabric *fabric;     /**< as given; borrowed */
	struct lw_arena *arena;
	size_t link_n, link_cap;
	struct lw_score_link *links;
	size_t expect_n, expect_cap;
	struct lw_score_expect *expects;
	struct lw_score_kind kind[LW_LAB_FAULT_N];
	uint8_t *active;             /**< per injection: 0 to come, 1 on, 2 over */
	struct lw_score_expect last; /**< what was disturbed last; no expectation */
	size_t hint;                 /**< where the next link probably is */
	unsigned blameless;          /**< times a link went down with no fault to blame */
	struct lw_mono now;
};

/** Begin an account; everything lives in `arena`. */
LW_API int lw_score_init(struct lw_score *s, const struct lw_scenario *scenario,
			 const struct lw_fabric *f, struct lw_arena *arena,
			 struct lw_error *reterr);

/** A moment of the scenario was carried out. */
LW_API int lw_score_moment(struct lw_score *s, const struct lw_moment *m, struct lw_error *reterr);

/** Before the links are told at `now`: those that are not told again do not exist any more. */
LW_API void lw_score_begin(struct lw_score *s, struct lw_mono now);
/**
 * How link `l` of fabric `f` (which need not be the one as given) stands now.
 * @param wanted  an intent has it on
 */
LW_API int lw_score_link(struct lw_score *s, const struct lw_fabric *f, const struct lw_flink *l,
			 bool up, bool wanted, struct lw_error *reterr);

/** Why a link is asked for: it is down and nobody counted its causes, or an expectation asks. */
LW_API bool lw_score_asks(const struct lw_score *s, const char *link);
/** What the engine says of a link that is not up. */
LW_API int lw_score_explain(struct lw_score *s, const char *link, const struct lw_findings *why,
			    struct lw_error *reterr);

/** Judge what is due. @return when an expectation is next to be judged, LW_NEVER: none is open */
LW_API struct lw_mono lw_score_judge(struct lw_score *s, struct lw_mono now);

/** Is any expectation open now? */
LW_API bool lw_score_open(const struct lw_score *s);

/** The end: what is still open is decided. @return expectations that failed */
LW_API size_t lw_score_end(struct lw_score *s, struct lw_mono now);

/** Write the document of `lanewise play` (docs/json.md). */
LW_API void lw_score_json(const struct lw_score *s, struct lw_json *j);

#endif
