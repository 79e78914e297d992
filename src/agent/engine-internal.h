/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LW_ENGINE_INTERNAL_H
#define LW_ENGINE_INTERNAL_H

#include <lanewise/engine.h>

/** What modules of one part and firmware have taught. */
struct lw_engine_paces {
	struct lw_engine_paces *next;
	struct lw_pace pace;
};

/** What the module at end `end` of a link reports; NULL: nothing is wanted of it there. */
static inline const struct lw_dp_report *lw_report_of(const struct lw_engine *e, size_t link,
						      unsigned end)
{
	int want = e->link[link].want[end];

	return want < 0 ? NULL : &e->module[e->fabric->links[link].cage[end]].report[want];
}

/* queue.c: cages by due time, then by number, so that equal times have one order. */
int lw_queue_init(struct lw_engine *e);
/** Cage `cage` is due when its module is. */
void lw_queue_fix(struct lw_engine *e, size_t cage);

/* judge.c */
/** What happened to a cage: its module ran, its host spoke of its carrier. */
#define LW_RAN  1u
#define LW_TOLD 2u
/** Have the links of a cage judged at the end of this run. */
void lw_judge_cage(struct lw_engine *e, size_t cage, unsigned news);
void lw_judge_dirty(struct lw_engine *e, struct lw_mono now);

/* want.c */
/** Index the link ends of e->fabric by cage. Memory comes from `arena`. */
int lw_ends_init(struct lw_engine *e, struct lw_arena *arena, struct lw_error *reterr);
/** Where the ends of each cage lie in e->end, and how many: what lw_ends_init() begins with. */
void lw_ends_count(struct lw_engine *e);
/** What the links of a cage ask of its module; each link learns which want is its own. */
int lw_wants_of(struct lw_engine *e, size_t cage, struct lw_want want[LW_WANTS_MAX], size_t *ret_n,
		struct lw_error *reterr);
/** What is wanted of a link changed: a new intent for both its modules. */
void lw_want_link(struct lw_engine *e, size_t link, struct lw_mono now);
/** Tell the module of a cage what its links ask of it now. */
int lw_want_cage(struct lw_engine *e, size_t cage, struct lw_error *reterr);

/* plug.c */
/** lw_module.identified of every module. */
void lw_plug_identified(void *ctx, struct lw_module *m);
/** The plan with the modes wanted now and the modules that are really there, in `arena`. */
int lw_plug_draw_up(struct lw_engine *e, struct lw_arena *arena, struct lw_fabric *ret,
		    struct lw_error *reterr);
/** The link of the present fabric that joins the same lanes of the same cages; -1: none. */
int64_t lw_plug_link_before(const struct lw_engine *e, const struct lw_fabric *next,
			    const struct lw_flink *l);
/** Draw up e->fabric anew from what is plugged and the modes wanted. On failure all stays. */
int lw_plug_resolve(struct lw_engine *e, struct lw_error *reterr);

/* policy.c */
/** May the module of a cage leave low power? Sets its admission. */
bool lw_policy_admit(struct lw_engine *e, size_t cage);
/** The module of a cage left: judge those anew that its power kept out. */
void lw_policy_freed(struct lw_engine *e, size_t cage, struct lw_mono now);
/** Why the module of a cage was not admitted, for one whose path there `runs`; nothing if it was.
 */
int lw_policy_explain(const struct lw_engine *e, size_t cage, bool runs, struct lw_findings *ret);

/* measure.c */
/** Read the monitors of a cage if that is due. */
void lw_measure_cage(struct lw_engine *e, size_t cage, struct lw_mono now);

/* heal.c */
/** A link was judged: mend what can be mended without touching another one. */
void lw_heal_link(struct lw_engine *e, size_t link, struct lw_mono now);
int lw_heal_explain(const struct lw_engine *e, size_t link, struct lw_findings *ret);

#endif
