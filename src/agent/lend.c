/* SPDX-License-Identifier: Apache-2.0 */
/* Modules and links in other hands for a while: a reset, new firmware, tests of lanes. */
#include "engine-internal.h"

int lw_engine_lend(struct lw_engine *e, int cage, const char *why, bool disturbed,
		   struct lw_mono now, struct lw_error *reterr)
{
	struct lw_module *m;

	if (cage < 0 || (size_t)cage >= e->planned->cage_n)
		return lw_fail(reterr, LW_EINVAL, "there is no cage %d", cage);
	m = &e->module[cage];
	if (!m->bus || m->phase <= LW_MODULE_IDENTIFY)
		return lw_fail(reterr, LW_EABSENT, "%s: no module has been identified there",
			       e->planned->cages[cage].id);
	e->now = now;
	e->cage[cage].lent = why;
	lw_module_lend(m, disturbed ? why : NULL, now);
	lw_queue_fix(e, (size_t)cage);
	lw_judge_cage(e, (size_t)cage, LW_RAN);
	return 0;
}

void lw_engine_take_back(struct lw_engine *e, int cage, bool anew, struct lw_mono now)
{
	if (!e->cage[cage].lent)
		return;
	e->now = now;
	e->cage[cage].lent = NULL;
	lw_module_take_back(&e->module[cage], anew, now);
	lw_queue_fix(e, (size_t)cage);
	lw_judge_cage(e, (size_t)cage, LW_RAN);
}

int lw_engine_test(struct lw_engine *e, size_t link, bool on, struct lw_mono now,
		   struct lw_error *reterr)
{
	struct lw_engine_link *l;

	if (link >= e->fabric->link_n)
		return lw_fail(reterr, LW_EINVAL, "there is no link %zu", link);
	l = &e->link[link];
	if (on && !l->disabled)
		return lw_fail(reterr, LW_EINVAL, "%s: a link is switched off before its test",
			       e->fabric->links[link].id);
	if (l->testing == on)
		return 0;
	l->testing = on;
	lw_want_link(e, link, now);
	return 0;
}
