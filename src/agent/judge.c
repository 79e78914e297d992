/* SPDX-License-Identifier: Apache-2.0 */
#include "engine-internal.h"

void lw_judge_cage(struct lw_engine *e, size_t cage, unsigned news)
{
	const struct lw_engine_cage *c = &e->cage[cage];

	for (unsigned i = 0; i < c->end_n; i++) {
		uint32_t link = e->end[c->end_first + i] / 2;
		unsigned end = e->end[c->end_first + i] % 2;

		if (!e->link[link].dirty)
			e->dirty[e->dirty_n++] = link;
		e->link[link].dirty |= (uint8_t)(news << 2 * end);
	}
}

/* A link that is up needs to be asked for only at the end that something happened to. */
static bool has_carrier(struct lw_engine *e, size_t i, unsigned end)
{
	const struct lw_flink *l = &e->fabric->links[i];
	const struct lw_cage *c = &e->fabric->cages[l->cage[end]];
	struct lw_engine_link *x = &e->link[i];
	unsigned news = e->carrier_told ? LW_TOLD : LW_RAN | LW_TOLD;

	if (x->state != LW_LINK_UP || (unsigned)x->dirty >> 2 * end & news)
		x->carrier[end] = e->carrier(e->ctx, l->cage[end], &c->mode.port[l->port[end]]);
	return x->carrier[end];
}

/* Light, lock and alignment follow a path that came up; until then its link is on its way. */
#define FOLLOW_MS 1000

/*
 * What both ends and both hosts say now. A latched flag may tell of the past: it does not take a
 * link down by itself (two looks must show it), but none may be left for a link to be called up.
 */
static enum lw_link_state judge(struct lw_engine *e, size_t i, struct lw_mono now)
{
	enum lw_link_state before = e->link[i].state;
	bool up = true, starting = false, paths = true, fresh = false;

	for (unsigned end = 0; end < 2; end++) {
		const struct lw_dp_report *d = lw_report_of(e, i, end);

		if (!d || e->link[i].disabled)
			return LW_LINK_DOWN;
		starting |= d->health == LW_DP_STARTING;
		paths &= d->health == LW_DP_UP;
		fresh |= lw_mono_before(now, lw_mono_add(d->since, lw_ms(FOLLOW_MS)));
		up &= !d->rx_los && !d->rx_lol && !d->tx_fault;
		up &= before == LW_LINK_UP || !d->latched;
	}
	up &= paths;
	for (unsigned end = 0; up && end < 2; end++)
		up = has_carrier(e, i, end);
	if (up)
		return LW_LINK_UP;
	if (paths && fresh && before == LW_LINK_STARTING)
		return LW_LINK_STARTING;
	return starting ? LW_LINK_STARTING : LW_LINK_DOWN;
}

/* A path that just came up lights its far end: have that looked at closely. */
static void wake_far_end(struct lw_engine *e, size_t i, struct lw_mono now)
{
	for (unsigned end = 0; end < 2; end++) {
		const struct lw_dp_report *d = lw_report_of(e, i, end);
		uint8_t health = d ? (uint8_t)d->health : (uint8_t)LW_DP_GONE;
		size_t far = (size_t)e->fabric->links[i].cage[!end];
		bool rose = health == LW_DP_UP && e->link[i].health[end] != LW_DP_UP;

		e->link[i].health[end] = health;
		if (!rose || e->module[far].phase != LW_MODULE_REST)
			continue;
		if (e->carrier_told && lw_module_tells(&e->module[far]))
			continue; /* its host will say so once there is something to see */
		lw_module_poke(&e->module[far], now);
		lw_queue_fix(e, far);
	}
}

/* Has each module done what the newest intent asks? */
static bool carried_out(const struct lw_engine *e, size_t i)
{
	for (unsigned end = 0; end < 2; end++) {
		const struct lw_module *m = &e->module[e->fabric->links[i].cage[end]];
		const struct lw_dp_report *d = lw_report_of(e, i, end);

		if (!d || d->health != LW_DP_UP || m->phase != LW_MODULE_REST)
			return false;
	}
	return true;
}

/* A host spoke of its carrier, and the link is not up: what its modules last said may be old. */
static void look_again(struct lw_engine *e, size_t i, struct lw_mono now)
{
	for (unsigned end = 0; end < 2; end++) {
		size_t cage = (size_t)e->fabric->links[i].cage[end];

		if (!lw_module_tells(&e->module[cage]))
			continue;
		lw_module_nudge(&e->module[cage], now);
		lw_queue_fix(e, cage);
	}
}

static void judge_link(struct lw_engine *e, size_t i, struct lw_mono now)
{
	struct lw_engine_link *l = &e->link[i];
	enum lw_link_state state = judge(e, i, now);

	if (state != LW_LINK_UP && l->dirty & (LW_TOLD | LW_TOLD << 2) && !l->disabled)
		look_again(e, i, now);
	l->dirty = 0;
	wake_far_end(e, i, now);
	if (l->done != l->wanted && carried_out(e, i))
		l->done = l->wanted;
	if (state != l->state) {
		if (state == LW_LINK_UP)
			l->up_at = now;
		if (state == LW_LINK_DOWN)
			e->last_down = now;
		if (l->state == LW_LINK_UP && !l->disabled)
			l->flaps++;
		e->count[l->state]--;
		e->count[state]++;
		l->state = state;
		l->since = now;
	}
	lw_heal_link(e, i, now);
}

void lw_judge_dirty(struct lw_engine *e, struct lw_mono now)
{
	for (size_t k = 0; k < e->dirty_n; k++)
		judge_link(e, e->dirty[k], now);
	e->dirty_n = 0;
}

bool lw_engine_settled(const struct lw_engine *e, struct lw_mono now)
{
	if (e->count[LW_LINK_STARTING])
		return false;
	/* a link that just went down may come back by itself: modules look once a second */
	return !e->count[LW_LINK_DOWN] ||
	       !lw_mono_before(now, lw_mono_add(e->last_down, lw_ms(LW_ENGINE_SETTLE_MS)));
}
