/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LW_DIAG_H
#define LW_DIAG_H

#include <lanewise/bus.h>
#include <lanewise/json.h>
#include <lanewise/map.h>
#include <lanewise/pmd.h>

/**
 * @file
 * Tests of single lanes with the module's own means (CMIS 5.4 8.16, 8.17): loopbacks, pattern
 * generators and checkers, error counts with their confidence, SNR. Generator and checker may be in
 * one module or at the two ends of a link.
 *
 * A test takes lanes out of service. Whatever it changes it puts back when it ends, when it is
 * stopped and when it fails, and reads that back; so a test is only lost with its module.
 */

enum lw_side { LW_SIDE_HOST, LW_SIDE_MEDIA };

/** As seen from the module (8.16.12): output turns back what is about to leave, input what came. */
enum lw_loopback {
	LW_LOOP_MEDIA_OUTPUT, /**< to the host's receivers, before it leaves to the medium */
	LW_LOOP_MEDIA_INPUT,  /**< back to the medium */
	LW_LOOP_HOST_OUTPUT,  /**< to the medium, before it leaves to the host */
	LW_LOOP_HOST_INPUT,   /**< back to the host */
	LW_LOOPS,
};

/** "media-output" and so on; NULL if there is none such. */
LW_API const char *lw_loopback_name(int loop);
/** @return enum lw_loopback, -1: no such name */
LW_API int lw_loopback_find(const char *name);

/** What 13h:128-142 advertises. Index of pairs: enum lw_side. */
struct lw_diag_ability {
	bool there;    /**< pages 13h and 14h are there */
	uint8_t banks; /**< of eight lanes */
	bool loop[LW_LOOPS];
	bool loop_each[2];     /**< lanes can be looped one by one */
	bool loop_both;        /**< host and media side at once */
	uint16_t generates[2]; /**< bit n: pattern n (Table 8-115) */
	uint16_t checks[2];
	bool generate_each[2], generate_pattern_each[2]; /**< enable and pattern lane by lane */
	bool check_each[2], check_pattern_each[2];
	uint8_t gating; /**< code of 13h:129.7-6, 0: the host must measure the time */
	bool gate_results;
	bool counts, ber; /**< bits and errors; ratios */
	bool snr[2];
};

/** Read the advertisement from `v` (01h:142 and page 13h of bank 0). */
LW_API void lw_diag_ability_read(const struct lw_view *v, struct lw_diag_ability *ret);

/** The patterns' names, "PRBS-31Q"; NULL if reserved. @return enum of Table 8-115, -1: no such */
LW_API const char *lw_pattern_name(unsigned pattern);
LW_API int lw_diag_pattern_find(const char *name);

/**
 * The longest pattern that both sides of a test have, for lanes of that modulation.
 * @param common      bit n: pattern n
 * @param modulation  LW_MOD_NONE: any
 * @return its number, -1: none
 */
LW_API int lw_pattern_choose(uint16_t common, enum lw_modulation modulation);

/** An error ratio and the interval that holds it with the given confidence. */
struct lw_ber {
	double ber;       /**< errors / bits; NaN without bits */
	double low, high; /**< two-sided; without errors `low` is 0 and `high` one-sided */
};

/**
 * Without errors the upper limit is -ln(1 - confidence) / bits. With errors the interval is the
 * exact one of a Poisson count (Garwood); from 1000 errors on Wilson's, which differs from it by
 * less than the count's own uncertainty, and holds for ratios up to 1.
 * @param confidence  0.5 to 0.9999, for example 0.95
 */
LW_API void lw_ber_estimate(double errors, double bits, double confidence, struct lw_ber *ret);

struct lw_diag_options {
	enum lw_side side; /**< of generator and checker */
	uint32_t lanes;    /**< bit n: lane n; those of the checker, or of loopbacks without test */
	uint32_t far_lanes; /**< of the generator; 0: the same */
	bool generate, check;
	int pattern;                   /**< Table 8-115; -1: chosen */
	enum lw_modulation modulation; /**< of the lanes, to choose the pattern; LW_MOD_NONE: any */
	double lane_mbps;    /**< to tell bits from time where the module counts none; 0: unknown */
	int loop;            /**< enum lw_loopback, set in the module of the checker; -1: none */
	int generator_loop;  /**< the same in the module of the generator, if it is another */
	struct lw_mono time; /**< of the measurement; {0}: until it is stopped */
	struct lw_mono look; /**< counts are read so often meanwhile; {0}: at the end alone */
	double confidence;
	bool clear_loops; /**< instead of all else: end every loopback, for good */
	bool keep;        /**< leave the loopback on; nothing else may be asked for then */
	bool dry_run;     /**< stop when the plan stands */
};

#define LW_DIAG_LANES 32

struct lw_lane_test {
	bool measured;
	bool locked;     /**< the checker has its pattern at the end */
	bool lost;       /**< it lost it meanwhile, or never had it */
	bool has_counts; /**< bits and errors are there */
	bool estimated;  /**< bits by time and rate, errors by the module's ratio */
	double bits, errors;
	struct lw_ber ber;
	double snr_db; /**< NaN: not measured */
};

enum lw_diag_phase {
	LW_DIAG_READ, /**< what it can do and how it stands */
	LW_DIAG_SET,  /**< loopbacks, generators, checkers */
	LW_DIAG_LOCK, /**< until the checkers have found their pattern */
	LW_DIAG_MEASURE,
	LW_DIAG_RESULTS,
	LW_DIAG_RESTORE, /**< putting back what was */
	LW_DIAG_END,
};

/** "read", "set", "lock" ... */
LW_API const char *lw_diag_phase_name(enum lw_diag_phase p);

/**
 * Write what was counted on a lane as an object (docs/json.md).
 * @param finished  false: whether the pattern is there at the end is not known yet, and null
 */
LW_API void lw_lane_test_json(const struct lw_lane_test *l, unsigned lane, bool finished,
			      struct lw_json *j);

/** One register write of a plan, for people. */
struct lw_diag_write {
	bool far;
	uint8_t bank, byte, n, data[4];
	const char *why;
};

#define LW_DIAG_WRITES_MAX 64
#define LW_DIAG_BANKS      4

/** One module of a test. */
struct lw_diag_end {
	struct lw_bus *bus;
	struct lw_diag_ability ability;
	uint8_t page[LW_DIAG_BANKS][128]; /**< 13h as it was before */
	uint8_t made[LW_DIAG_BANKS][128]; /**< 13h as the test wants it */
	bool changed[LW_DIAG_BANKS][128]; /**< bytes that were written */
	uint8_t banks;                    /**< mask of those in use */
	bool gone;                        /**< it could not be put back */
};

struct lw_diag_task {
	struct lw_diag_options opt;
	enum lw_diag_phase phase;
	/** [0] has the checker and is the near module; [1] the generator, unless that is the same
	 */
	struct lw_diag_end end[2];
	unsigned ends;
	int pattern;
	bool gated;
	struct lw_diag_write write[LW_DIAG_WRITES_MAX]; /**< the plan, in its order */
	unsigned writes;
	struct lw_lane_test lane[LW_DIAG_LANES];
	struct lw_mono measured; /**< how long, so far */
	bool restored;           /**< all stands as before, read back */

	/* How it ended; valid in LW_DIAG_END. */
	int result;
	struct lw_error error;

	/* How it runs. */
	uint8_t step, failures, selector, undoing;
	bool stopping, troubled;
	struct lw_mono due, since, refused_since, restoring, looked;
	uint8_t lost_flags[LW_DIAG_BANKS], lol_flags[LW_DIAG_BANKS], done_flags[LW_DIAG_BANKS];
};

/**
 * Prepare; touches nothing. Buses are borrowed.
 * @param near  the module with the checker, and with the loopback
 * @param far   the module with the generator; NULL: the same
 */
LW_API void lw_diag_task_init(struct lw_diag_task *t, struct lw_bus *near, struct lw_bus *far,
			      const struct lw_diag_options *opt);

/** Do what is due. @return when to run again; LW_NEVER in LW_DIAG_END */
LW_API struct lw_mono lw_diag_task_run(struct lw_diag_task *t, struct lw_mono now);

/**
 * End the measurement now: its results so far are read, all is put back. Go on with
 * lw_diag_task_run() until LW_DIAG_END.
 */
LW_API void lw_diag_task_stop(struct lw_diag_task *t);

/** The loopbacks that are on: bits of lanes, index enum lw_loopback. Of the state before a test. */
LW_API void lw_diag_loops(const struct lw_diag_end *e, uint32_t ret[LW_LOOPS]);

#endif
