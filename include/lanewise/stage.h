/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LW_STAGE_H
#define LW_STAGE_H

#include <lanewise/lab.h>
#include <lanewise/why.h>

/**
 * @file
 * A stage: an engine in charge of a lab. It tells the engine what pins and hosts of a switch would
 * tell (modules that come and go, interrupt lines, carriers), and lets faults begin and end on
 * time. Pure: the caller's clock may be virtual or real.
 */

#define LW_STAGE_FAULTS_MAX 64

struct lw_stage {
	struct lw_lab lab;
	struct lw_engine engine;
	bool lines; /**< hosts see interrupt lines; true, may be cleared before the first run */
	bool began;
	struct {
		struct lw_lab_fault fault;
		bool on;
	} fault[LW_STAGE_FAULTS_MAX]; /**< that are on, or to come */
	size_t fault_n;
};

/**
 * Stage a resolved fabric on twins and put an engine in charge of them, at time 0. `s` must stay
 * where it is.
 * @param f  resolved; borrowed, its arena is used
 * @return 0; what lw_lab_init() and lw_engine_init() fail with, with nothing left behind
 */
LW_API int lw_stage_init(struct lw_stage *s, const struct lw_fabric *f, uint64_t seed,
			 struct lw_error *reterr);
LW_API void lw_stage_finish(struct lw_stage *s);

/**
 * Let everything happen that is due at `now`: twins go on, faults begin and end, the engine acts,
 * and is told what changes by that.
 * @return when the next thing happens
 */
LW_API struct lw_mono lw_stage_run(struct lw_stage *s, struct lw_mono now);

/**
 * Let a fault come, at `x->at` until `x->until`; one that is due begins at once. One that cannot be
 * put on when its time has come (see lw_lab_fault_set()) does not happen.
 * @return 0; LW_EINVAL: the same kind is at the same place already at that time; LW_ELIMIT: more
 *         than LW_STAGE_FAULTS_MAX; what lw_lab_fault_set() fails with
 */
LW_API int lw_stage_fault(struct lw_stage *s, const struct lw_lab_fault *x, struct lw_mono now,
			  struct lw_error *reterr);

/**
 * End a fault now, or let it not come; kind and place count, not times.
 * @return 0; LW_ENOENT: there is none; what lw_lab_fault_set() fails with
 */
LW_API int lw_stage_mend(struct lw_stage *s, const struct lw_lab_fault *x, struct lw_error *reterr);

/** Divide the lanes of a cage otherwise, at the module and at its host, as lw_engine_mode(). */
LW_API int lw_stage_mode(struct lw_stage *s, int cage, const char *mode, struct lw_mono now,
			 struct lw_error *reterr);

/** What its hosts know beyond the modules, for lw_why(); as long as `s`. */
LW_API struct lw_why_host lw_stage_host(const struct lw_stage *s);

#endif
