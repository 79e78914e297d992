/* SPDX-License-Identifier: Apache-2.0 */
#include "engine-internal.h"

static bool sooner(const struct lw_engine *e, size_t a, size_t b)
{
	int64_t x = e->cage[a].due.ns, y = e->cage[b].due.ns;

	return x != y ? x < y : a < b;
}

static void put(struct lw_engine *e, size_t at, size_t cage)
{
	e->queue[at] = (uint32_t)cage;
	e->cage[cage].place = at;
}

void lw_queue_fix(struct lw_engine *e, size_t cage)
{
	size_t at = e->cage[cage].place, next;

	e->cage[cage].due = LW_NEVER;
	if (e->module[cage].bus && !e->cage[cage].lent)
		e->cage[cage].due = lw_mono_min(e->module[cage].due, e->cage[cage].measure);
	for (; at > 0 && sooner(e, cage, e->queue[(at - 1) / 2]); at = (at - 1) / 2)
		put(e, at, e->queue[(at - 1) / 2]);
	for (; (next = 2 * at + 1) < e->queue_n; at = next) {
		if (next + 1 < e->queue_n && sooner(e, e->queue[next + 1], e->queue[next]))
			next++;
		if (!sooner(e, e->queue[next], cage))
			break;
		put(e, at, e->queue[next]);
	}
	put(e, at, cage);
}

int lw_queue_init(struct lw_engine *e)
{
	size_t n = e->fabric->cage_n;

	e->queue = lw_arena_alloc(e->arena, (n + 1) * sizeof(*e->queue));
	if (!e->queue)
		return LW_ENOMEM;
	for (size_t i = 0; i < n; i++) {
		e->cage[i].due = e->cage[i].measure = LW_NEVER;
		put(e, e->queue_n++, i);
	}
	for (size_t i = 0; i < n; i++)
		lw_queue_fix(e, i);
	return 0;
}
