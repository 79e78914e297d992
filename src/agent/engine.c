/* SPDX-License-Identifier: Apache-2.0 */
#include <lanewise/engine.h>

const char *lw_link_state_name(enum lw_link_state s)
{
	static const char *const names[] = {"down", "starting", "up"};

	return names[s];
}

/* The links of one cage become the wants of its module, in the order of their first lane. */
static int want_links(struct lw_engine *e, int cage, struct lw_error *reterr)
{
	const struct lw_cage *c = &e->fabric->cages[cage];
	struct lw_want want[LW_WANTS_MAX];
	size_t n = 0;

	for (size_t i = 0; i < e->fabric->link_n; i++) {
		const struct lw_flink *l = &e->fabric->links[i];

		for (unsigned end = 0; end < 2; end++) {
			const struct lw_lport *p;
			const struct lw_ability *a;

			if (l->cage[end] != cage || l->chosen[end] < 0)
				continue;
			if (n == LW_WANTS_MAX)
				return lw_fail(reterr, LW_ELIMIT, "%s: more than %d links", c->id,
					       LW_WANTS_MAX);
			p = &c->mode.port[l->port[end]];
			a = &c->abilities[l->chosen[end]];
			e->link[i].want[end] = (int8_t)n;
			want[n++] = (struct lw_want){
				.first = p->first,
				.lanes = p->lanes,
				.apsel = a->apsel,
				.media_first = l->media_first[end],
				.media_lanes = a->media_lanes,
			};
		}
	}
	return lw_module_want(&e->module[cage], want, n, reterr);
}

int lw_engine_init(struct lw_engine *e, const struct lw_fabric *f, struct lw_bus *const *bus,
		   lw_carrier carrier, void *ctx, struct lw_arena *arena, struct lw_mono now,
		   struct lw_error *reterr)
{
	int r;

	*e = (struct lw_engine){
		.fabric = f, .carrier = carrier, .ctx = ctx, .arena = arena, .started = now};
	e->module = lw_arena_alloc(arena, f->cage_n * sizeof(*e->module));
	e->link = lw_arena_alloc(arena, f->link_n * sizeof(*e->link));
	if (!e->module || !e->link)
		return lw_fail(reterr, LW_ENOMEM, "out of memory");
	for (size_t i = 0; i < f->link_n; i++) {
		e->link[i] = (struct lw_engine_link){.up_at = LW_NEVER, .want = {-1, -1}};
		e->link[i].state = LW_LINK_STARTING;
	}
	for (size_t i = 0; i < f->cage_n; i++) {
		lw_module_init(&e->module[i], bus[i]);
		if (!bus[i])
			continue;
		e->module[i].due = now;
		r = want_links(e, (int)i, reterr);
		if (r)
			return r;
	}
	return 0;
}

static const struct lw_dp_report *report_of(const struct lw_engine *e, size_t link, unsigned end)
{
	int want = e->link[link].want[end];

	return want < 0 ? NULL : &e->module[e->fabric->links[link].cage[end]].report[want];
}

/* What both ends and both hosts say now. */
static enum lw_link_state judge(const struct lw_engine *e, size_t i)
{
	const struct lw_flink *l = &e->fabric->links[i];
	bool up = true, starting = false;

	for (unsigned end = 0; end < 2; end++) {
		const struct lw_cage *c = &e->fabric->cages[l->cage[end]];
		const struct lw_dp_report *d = report_of(e, i, end);

		if (!d)
			return LW_LINK_DOWN;
		if (d->health == LW_DP_STARTING)
			starting = true;
		if (d->health != LW_DP_UP || d->rx_los || d->rx_lol || d->tx_fault)
			up = false;
		if (!e->carrier(e->ctx, l->cage[end], &c->mode.port[l->port[end]]))
			up = false;
	}
	return up ? LW_LINK_UP : starting ? LW_LINK_STARTING : LW_LINK_DOWN;
}

struct lw_mono lw_engine_run(struct lw_engine *e, struct lw_mono now)
{
	struct lw_mono next = LW_NEVER;

	for (size_t i = 0; i < e->fabric->cage_n; i++)
		if (e->module[i].bus)
			next = lw_mono_min(next, lw_module_run(&e->module[i], now));
	for (size_t i = 0; i < e->fabric->link_n; i++) {
		struct lw_engine_link *l = &e->link[i];
		enum lw_link_state state = judge(e, i);

		if (state == l->state)
			continue;
		if (state == LW_LINK_UP)
			l->up_at = now;
		if (l->state == LW_LINK_UP)
			l->flaps++;
		l->state = state;
		l->since = now;
	}
	return next;
}

bool lw_engine_settled(const struct lw_engine *e, struct lw_mono now)
{
	for (size_t i = 0; i < e->fabric->link_n; i++) {
		if (e->link[i].state == LW_LINK_UP)
			continue;
		if (e->link[i].state == LW_LINK_STARTING)
			return false;
		/* a link that just went down may come back by itself: modules look once a second */
		if (lw_mono_before(now, lw_mono_add(e->link[i].since, lw_ms(LW_ENGINE_SETTLE_MS))))
			return false;
	}
	return true;
}
