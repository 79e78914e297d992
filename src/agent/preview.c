/* SPDX-License-Identifier: Apache-2.0 */
#include "engine-internal.h"

#include <stdio.h>
#include <string.h>

/* The plan for the module of `cage`, by an engine that has only our arrays to write to. */
static int plan(const struct lw_engine *e, struct lw_engine *scratch, size_t cage,
		struct lw_arena *arena, struct lw_engine_preview *ret, struct lw_error *reterr)
{
	const struct lw_module *m = &e->module[cage];
	struct lw_want want[LW_WANTS_MAX];
	size_t n = 0;
	int r;

	if (!m->bus || m->phase < LW_MODULE_WORK)
		return 0;
	if (m->refused) { /* nothing would be written to it */
		ret->planned = true;
		return lw_policy_explain(e, cage, m->want_n > 0, &ret->findings)
			       ? lw_fail(reterr, LW_ENOMEM, "out of memory")
			       : 0;
	}
	scratch->link = lw_arena_alloc(arena, (ret->fabric.link_n + 1) * sizeof(*scratch->link));
	if (!scratch->link)
		return lw_fail(reterr, LW_ENOMEM, "out of memory");
	for (size_t i = 0; i < ret->fabric.link_n; i++)
		if (ret->before[i] >= 0)
			scratch->link[i] = e->link[ret->before[i]];
	scratch->fabric = &ret->fabric;
	r = lw_ends_init(scratch, arena, reterr);
	if (!r)
		r = lw_wants_of(scratch, cage, want, &n, reterr);
	if (!r)
		r = lw_plan_make(&m->facts, &m->state, want, n, &ret->plan, &ret->findings, reterr);
	ret->planned = !r;
	return r == LW_ENOTSUP ? 0 : r; /* a module without controls: nothing is written */
}

int lw_engine_preview(const struct lw_engine *e, int cage, const char *mode, struct lw_arena *arena,
		      struct lw_engine_preview *ret, struct lw_error *reterr)
{
	size_t cages = e->planned->cage_n, links = e->fabric->link_n;
	struct lw_engine scratch = *e;
	struct lw_mode parsed;
	bool *stays;
	int r;

	if (cage < 0 || (size_t)cage >= cages)
		return lw_fail(reterr, LW_EINVAL, "there is no cage %d", cage);
	r = lw_mode_parse(mode, e->cage[cage].mode.lanes, &parsed, reterr);
	if (r)
		return r;
	*ret = (struct lw_engine_preview){0};
	lw_findings_init(&ret->findings, arena);
	scratch.cage = lw_arena_alloc(arena, cages * sizeof(*scratch.cage));
	stays = lw_arena_alloc(arena, links + 1);
	ret->ends = lw_arena_alloc(arena, (links + 1) * sizeof(*ret->ends));
	if (!scratch.cage || !stays || !ret->ends)
		return lw_fail(reterr, LW_ENOMEM, "out of memory");
	memcpy(scratch.cage, e->cage, cages * sizeof(*scratch.cage));
	scratch.cage[cage].mode = parsed;
	snprintf(scratch.cage[cage].mode_text, LW_ENGINE_MODE_MAX, "%s", mode);
	r = lw_plug_draw_up(&scratch, arena, &ret->fabric, reterr);
	if (r)
		return r;
	ret->before = lw_arena_alloc(arena, (ret->fabric.link_n + 1) * sizeof(*ret->before));
	if (!ret->before)
		return lw_fail(reterr, LW_ENOMEM, "out of memory");
	for (size_t i = 0; i < ret->fabric.link_n; i++) {
		ret->before[i] = lw_plug_link_before(e, &ret->fabric, &ret->fabric.links[i]);
		if (ret->before[i] >= 0)
			stays[ret->before[i]] = true;
	}
	for (size_t i = 0; i < links; i++)
		if (!stays[i])
			ret->ends[ret->end_n++] = i;
	return plan(e, &scratch, (size_t)cage, arena, ret, reterr);
}
