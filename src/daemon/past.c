/* SPDX-License-Identifier: Apache-2.0 */
#include "past.h"

int lwd_past_init(struct lwd_past *p, size_t cages, struct lw_arena *arena, struct lw_mono now)
{
	p->told = lw_arena_alloc(arena, (cages + 1) * sizeof(*p->told));
	p->cage = lw_arena_alloc(arena, (cages + 1) * sizeof(*p->cage));
	if (!p->told || !p->cage)
		return LW_ENOMEM;
	p->n = cages;
	p->next = now;
	for (size_t i = 0; i < cages; i++) {
		lw_arena_init(&p->cage[i].arena, 0);
		p->cage[i].due = now;
	}
	return 0;
}

static void forget(struct lwd_past *p, size_t i)
{
	p->told[i] = (struct lw_why_past){0};
	lw_arena_finish(&p->cage[i].arena);
	lw_arena_init(&p->cage[i].arena, 0);
}

void lwd_past_finish(struct lwd_past *p)
{
	for (size_t i = 0; i < p->n; i++)
		forget(p, i);
	p->n = 0;
}

/* What cannot be read now is tried at the next turn; until then nothing is said of it. */
static void look(struct lwd_past *p, size_t i, const struct lw_engine *e, struct lw_history *h,
		 int64_t now_ms)
{
	forget(p, i);
	if (h && e->cage[i].known)
		(void)lw_history_past(h, e->fabric->cages[i].id, (int)i, now_ms, &p->cage[i].arena,
				      &p->told[i], NULL);
}

struct lw_mono lwd_past_run(struct lwd_past *p, const struct lw_engine *e, struct lw_history *h,
			    int64_t wall_ms, struct lw_mono now)
{
	size_t first = 0;

	for (size_t i = 0; i < p->n; i++) {
		if (p->cage[i].identities != e->module[i].identities) {
			p->cage[i].identities = e->module[i].identities;
			p->cage[i].due = lw_mono_add(now, lw_ms(LWD_PAST_SETTLE_MS));
			forget(p, i);
		}
		if (lw_mono_before(p->cage[i].due, p->cage[first].due))
			first = i;
	}
	if (!p->n)
		return LW_NEVER;
	if (!lw_mono_before(now, p->next) && !lw_mono_before(now, p->cage[first].due)) {
		look(p, first, e, h, wall_ms + now.ns / 1000000);
		p->cage[first].due = lw_mono_add(now, lw_ms(LWD_PAST_EACH_MS));
		p->next = lw_mono_add(now, lw_ms(LWD_PAST_STEP_MS));
		return p->next;
	}
	return lw_mono_before(p->next, p->cage[first].due) ? p->cage[first].due : p->next;
}
