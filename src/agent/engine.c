/* SPDX-License-Identifier: Apache-2.0 */
#include "engine-internal.h"
#include <stdlib.h>

/* So long a module whose interrupt line is quiet may be left alone. */
#define QUIET_MAX_MS 10000

/* Invariants are numbered in docs/design/agent.md. */

const char *lw_link_state_name(enum lw_link_state s)
{
	static const char *const names[] = {"down", "starting", "up"};

	return names[s];
}

static void note_flags(void *ctx, struct lw_module *m, unsigned bank, unsigned slot, unsigned first,
		       unsigned last)
{
	struct lw_engine *e = ctx;

	lw_flag_log_block(&e->flags[m - e->module], &m->memory, &m->facts, bank, slot, first, last,
			  m->now);
}

static int init_arrays(struct lw_engine *e, struct lw_error *reterr)
{
	const struct lw_fabric *f = e->fabric;

	e->module = lw_arena_alloc(e->arena, (f->cage_n + 1) * sizeof(*e->module));
	e->cage = lw_arena_alloc(e->arena, (f->cage_n + 1) * sizeof(*e->cage));
	e->link = lw_arena_alloc(e->arena, (f->link_n + 1) * sizeof(*e->link));
	/* large, and most of it is never touched */
	e->flags = calloc(f->cage_n + 1, sizeof(*e->flags));
	if (!e->module || !e->cage || !e->link || !e->flags)
		return lw_fail(reterr, LW_ENOMEM, "out of memory");
	for (size_t i = 0; i < f->link_n; i++)
		e->link[i] = (struct lw_engine_link){
			.state = LW_LINK_STARTING, .up_at = LW_NEVER, .want = {-1, -1}};
	e->count[LW_LINK_STARTING] = f->link_n;
	return lw_ends_init(e, e->arena, reterr);
}

int lw_engine_init(struct lw_engine *e, const struct lw_fabric *f, struct lw_bus *const *bus,
		   lw_carrier carrier, void *ctx, struct lw_arena *arena, struct lw_mono now,
		   struct lw_error *reterr)
{
	int r;

	*e = (struct lw_engine){.fabric = f,
				.planned = f,
				.carrier = carrier,
				.ctx = ctx,
				.arena = arena,
				.started = now,
				.now = now};
	lw_timers_init(&e->timers, arena);
	r = init_arrays(e, reterr);
	if (r)
		return r;
	for (size_t i = 0; i < f->cage_n; i++) {
		lw_module_init(&e->module[i], bus[i]);
		e->module[i].identified = lw_plug_identified;
		e->module[i].ctx = e;
		e->module[i].flags_read = note_flags;
		e->module[i].due = now;
		e->cage[i].mode = f->cages[i].mode;
	}
	if (lw_queue_init(e))
		return lw_fail(reterr, LW_ENOMEM, "out of memory");
	for (size_t i = 0; !r && i < f->cage_n; i++) {
		if (bus[i])
			r = lw_want_cage(e, i, reterr);
		lw_judge_cage(e, i, LW_RAN);
	}
	return r;
}

void lw_engine_finish(struct lw_engine *e)
{
	for (int i = 0; i < 2; i++)
		lw_arena_finish(&e->own_arena[i]);
	free(e->flags);
	e->flags = NULL;
}

/* Something became known about a wait: whoever waits for the same shall look. */
static void tell_others(struct lw_engine *e, const struct lw_pace *pace, struct lw_mono now)
{
	for (size_t i = 0; i < e->fabric->cage_n; i++) {
		if (e->cage[i].pace != pace || e->module[i].phase != LW_MODULE_WORK ||
		    lw_module_tells(&e->module[i]))
			continue;
		lw_module_poke(&e->module[i], now);
		lw_queue_fix(e, i);
	}
}

static void run_cage(struct lw_engine *e, size_t i, struct lw_mono now)
{
	struct lw_module *m = &e->module[i];
	struct lw_engine_cage *c = &e->cage[i];
	unsigned learned = c->pace ? c->pace->learned : 0;
	bool was_there = m->phase > LW_MODULE_IDENTIFY;

	/* a link is judged when its hosts speak, or when one of its modules was looked at */
	m->quiet_max = lw_ms(e->carrier_told ? QUIET_MAX_MS : 0);
	lw_module_run(m, now);
	if (m->refused)
		lw_want_cage(e, i, NULL); /* what runs may have begun, or ended: cannot fail */
	lw_measure_cage(e, i, now);
	lw_queue_fix(e, i);
	lw_judge_cage(e, i, LW_RAN);
	if (was_there && m->phase <= LW_MODULE_IDENTIFY)
		lw_policy_freed(e, i, now);
	if (learned && c->pace->learned != learned)
		tell_others(e, c->pace, now);
}

struct lw_mono lw_engine_run(struct lw_engine *e, struct lw_mono now)
{
	e->now = now;
	do {
		while (e->queue_n && !lw_mono_before(now, e->cage[e->queue[0]].due))
			run_cage(e, e->queue[0], now);
		/* What was found may change the links, and they what is wanted. A failure leaves
		 * all as it is; it is tried again at the next run. */
		if (e->stale && lw_plug_resolve(e, NULL))
			break;
		lw_judge_dirty(e, now);
	} while (e->queue_n && !lw_mono_before(now, e->cage[e->queue[0]].due));
	return e->queue_n ? e->cage[e->queue[0]].due : LW_NEVER;
}

void lw_engine_plugged(struct lw_engine *e, int cage, struct lw_bus *bus, struct lw_mono now)
{
	struct lw_module *m = &e->module[cage];

	if (bus)
		m->bus = bus;
	if (!m->bus)
		return;
	lw_module_plugged(m, now);
	lw_policy_freed(e, (size_t)cage, now);
	lw_queue_fix(e, (size_t)cage);
	lw_judge_cage(e, (size_t)cage, LW_RAN);
}

void lw_engine_unplugged(struct lw_engine *e, int cage, struct lw_mono now)
{
	if (!e->module[cage].bus)
		return;
	lw_module_gone(&e->module[cage], now);
	lw_queue_fix(e, (size_t)cage);
	lw_policy_freed(e, (size_t)cage, now);
	lw_judge_cage(e, (size_t)cage, LW_RAN);
}

void lw_engine_carrier_changed(struct lw_engine *e, int cage, struct lw_mono now)
{
	e->now = now;
	lw_judge_cage(e, (size_t)cage, LW_TOLD);
}

void lw_engine_interrupt(struct lw_engine *e, int cage, enum lw_line line, struct lw_mono now)
{
	lw_module_line(&e->module[cage], line, now);
	if (e->module[cage].bus)
		lw_queue_fix(e, (size_t)cage);
}

const struct lw_flag_log *lw_engine_flags(const struct lw_engine *e, int cage)
{
	return &e->flags[cage];
}
