/* SPDX-License-Identifier: Apache-2.0 */
#include "engine-internal.h"

/* A module that refuses is busy, perhaps just because the page changed: it is asked again so soon,
 * so often in a pass. */
#define BUSY_MS  10
#define BUSY_MAX 4
/* Passes that ask for thresholds before they count as not to be had. */
#define LIMIT_TRIES 5

/* Thresholds are asked for apart: what lacks them has readings all the same. */
static int read_limits(struct lw_engine_cage *c, struct lw_module *m)
{
	int r;

	if (c->limited)
		return 0;
	r = lw_monitor_read_limits(lw_module_bus(m), &m->memory, &m->facts, NULL);
	if (r == LW_ENACK && c->measure_tries < BUSY_MAX)
		return r;
	c->limited = !r || r == LW_ENOPAGE || ++c->limit_tries == LIMIT_TRIES;
	c->measure_tries = 0;
	return 0;
}

void lw_measure_cage(struct lw_engine *e, size_t cage, struct lw_mono now)
{
	struct lw_engine_cage *c = &e->cage[cage];
	struct lw_module *m = &e->module[cage];
	int r;

	if (lw_mono_before(now, c->measure))
		return;
	c->measure = lw_mono_add(now, e->measure_each);
	if (m->phase != LW_MODULE_REST)
		return;
	if (m->nacks) { /* else both would take the page from each other, again and again */
		c->measure = lw_mono_min(c->measure, lw_mono_add(now, lw_ms(BUSY_MS)));
		return;
	}
	r = read_limits(c, m);
	/* What fails here is tried at the next pass; whether the module is there shows elsewhere.
	 */
	if (!r)
		r = lw_monitor_read(lw_module_bus(m), &m->memory, &m->facts, NULL, now, c->readings,
				    NULL);
	if (r == LW_ENACK && c->measure_tries++ < BUSY_MAX) {
		c->measure = lw_mono_min(c->measure, lw_mono_add(now, lw_ms(BUSY_MS)));
		return;
	}
	c->measure_tries = 0;
	if (!r)
		c->measured++;
}

int lw_engine_measure(struct lw_engine *e, struct lw_mono period, struct lw_mono now,
		      struct lw_error *reterr)
{
	size_t n = e->planned->cage_n;
	struct lw_readings *all = n ? e->cage[0].readings : NULL;

	if (period.ns > 0 && n && !all) {
		all = lw_arena_alloc(e->arena, n * sizeof(*all));
		if (!all)
			return lw_fail(reterr, LW_ENOMEM, "out of memory");
	}
	e->measure_each = period;
	for (size_t i = 0; i < n; i++) {
		struct lw_mono offset = {period.ns / (int64_t)n * (int64_t)i};

		e->cage[i].readings = all ? &all[i] : NULL;
		/* spread over the period, so that buses are used evenly */
		e->cage[i].measure = period.ns > 0 ? lw_mono_add(now, offset) : LW_NEVER;
		lw_queue_fix(e, i);
	}
	return 0;
}

const struct lw_readings *lw_engine_readings(const struct lw_engine *e, int cage)
{
	const struct lw_engine_cage *c = &e->cage[cage];

	return c->known && c->measured ? c->readings : NULL;
}
