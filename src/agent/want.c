/* SPDX-License-Identifier: Apache-2.0 */
#include "engine-internal.h"
#include <string.h>

void lw_ends_count(struct lw_engine *e)
{
	const struct lw_fabric *f = e->fabric;
	size_t at = 0;

	for (size_t i = 0; i < f->cage_n; i++)
		e->cage[i].end_n = 0;
	for (size_t i = 0; i < f->link_n; i++)
		for (unsigned end = 0; end < 2; end++)
			e->cage[f->links[i].cage[end]].end_n++;
	for (size_t i = 0; i < f->cage_n; i++) {
		e->cage[i].end_first = at;
		at += e->cage[i].end_n;
	}
}

int lw_ends_init(struct lw_engine *e, struct lw_arena *arena, struct lw_error *reterr)
{
	const struct lw_fabric *f = e->fabric;

	e->end = lw_arena_alloc(arena, (2 * f->link_n + 1) * sizeof(*e->end));
	e->dirty = lw_arena_alloc(arena, (f->link_n + 1) * sizeof(*e->dirty));
	e->dirty_n = 0;
	if (!e->end || !e->dirty)
		return lw_fail(reterr, LW_ENOMEM, "out of memory");
	lw_ends_count(e);
	for (size_t i = 0; i < f->cage_n; i++)
		e->cage[i].end_n = 0;
	for (size_t i = 0; i < f->link_n; i++)
		for (unsigned end = 0; end < 2; end++) {
			struct lw_engine_cage *c = &e->cage[f->links[i].cage[end]];

			e->end[c->end_first + c->end_n++] = (uint32_t)(2 * i + end);
		}
	return 0;
}

/*
 * A data path that is up with an application that serves the port as well as the chosen one is
 * left alone: a start on running modules shall touch nothing.
 */
static const struct lw_ability *running(const struct lw_module *m, const struct lw_cage *c,
					const struct lw_lport *p, const struct lw_ability *chosen)
{
	unsigned apsel = lw_module_running(m, p->first, p->lanes);

	for (size_t i = 0; apsel && i < c->ability_n; i++) {
		const struct lw_ability *a = &c->abilities[i];

		if (a->apsel == apsel && a->pmd == chosen->pmd &&
		    a->media_lanes == chosen->media_lanes && lw_ability_serves(a, p))
			return a;
	}
	return chosen;
}

static struct lw_want want_of(const struct lw_engine *e, size_t link, unsigned end)
{
	const struct lw_flink *l = &e->fabric->links[link];
	const struct lw_cage *c = &e->fabric->cages[l->cage[end]];
	const struct lw_lport *p = &c->mode.port[l->port[end]];
	const struct lw_ability *a =
		running(&e->module[l->cage[end]], c, p, &c->abilities[l->chosen[end]]);
	int media = lw_ability_media_first(a, p->first);

	return (struct lw_want){
		.first = p->first,
		.lanes = p->lanes,
		.apsel = a->apsel,
		.media_first = media < 0 ? l->media_first[end] : (uint8_t)media,
		.media_lanes = a->media_lanes,
	};
}

/* Nothing is asked of a module that was not admitted; but what runs there is watched. */
static bool left_out(const struct lw_engine *e, const struct lw_flink *l, unsigned end)
{
	const struct lw_lport *p = &e->fabric->cages[l->cage[end]].mode.port[l->port[end]];
	const struct lw_module *m = &e->module[l->cage[end]];

	return l->chosen[end] < 0 || e->cage[l->cage[end]].unfit[0] ||
	       (m->refused && !lw_module_running(m, p->first, p->lanes));
}

/* One want for each port that has links, however many; dark only when all of them are off. */
int lw_wants_of(struct lw_engine *e, size_t cage, struct lw_want want[LW_WANTS_MAX], size_t *ret_n,
		struct lw_error *reterr)
{
	const struct lw_engine_cage *c = &e->cage[cage];
	int8_t of_port[LW_LPORTS_MAX];
	size_t n = 0;

	memset(of_port, -1, sizeof(of_port));
	for (unsigned i = 0; i < c->end_n; i++) {
		uint32_t link = e->end[c->end_first + i] / 2;
		unsigned end = e->end[c->end_first + i] % 2;
		const struct lw_flink *l = &e->fabric->links[link];
		int8_t *at = &of_port[l->port[end]];

		e->link[link].want[end] = -1;
		if (left_out(e, l, end))
			continue;
		if (*at < 0) {
			if (n == LW_WANTS_MAX)
				return lw_fail(reterr, LW_ELIMIT, "%s: more than %d links",
					       e->fabric->cages[cage].id, LW_WANTS_MAX);
			*at = (int8_t)n;
			want[n] = want_of(e, link, end);
			want[n++].off = true;
		}
		e->link[link].want[end] = *at;
		want[*at].off = want[*at].off && e->link[link].disabled && !e->link[link].testing;
	}
	*ret_n = n;
	return 0;
}

int lw_want_cage(struct lw_engine *e, size_t cage, struct lw_error *reterr)
{
	struct lw_module *m = &e->module[cage];
	struct lw_want want[LW_WANTS_MAX];
	size_t n = 0;
	int r = lw_wants_of(e, cage, want, &n, reterr);

	if (!r)
		r = lw_module_want(m, want, n, reterr);
	if (!r)
		lw_queue_fix(e, cage);
	return r;
}

void lw_want_link(struct lw_engine *e, size_t link, struct lw_mono now)
{
	e->link[link].wanted = ++e->generation;
	for (unsigned end = 0; end < 2; end++) {
		size_t cage = (size_t)e->fabric->links[link].cage[end];

		lw_want_cage(e, cage, NULL); /* as many as before, where they were: cannot fail */
		lw_judge_cage(e, cage, LW_RAN);
	}
	e->now = now;
}

uint64_t lw_engine_want(struct lw_engine *e, size_t link, bool enabled, struct lw_mono now)
{
	if (link >= e->fabric->link_n)
		return 0;
	e->link[link].disabled = !enabled;
	e->link[link].testing = false;
	lw_want_link(e, link, now);
	return e->link[link].wanted;
}
