/* SPDX-License-Identifier: Apache-2.0 */
#include "engine-internal.h"

/* A data path that looks stuck is initialised afresh, each time after a longer pause. */
#define HEAL_LOOKS     8
#define HEAL_WAITS     2
#define HEAL_FIRST_MS  5000
#define HEAL_PAUSE_MS  15000
#define HEAL_LEVELS    7 /* doublings: up to half an hour */
#define HEAL_FORGET_MS 600000

enum trouble { WELL, STUCK, NO_LOCK };

/* What is wrong at one end that a fresh start of its own data path may mend? */
static enum trouble trouble_of(const struct lw_engine *e, size_t i, unsigned end)
{
	const struct lw_dp_report *d = lw_report_of(e, i, end), *far = lw_report_of(e, i, !end);

	if (e->link[i].state == LW_LINK_UP || e->link[i].disabled || !d || !far ||
	    e->fabric->links[i].verdict == LW_DOWN)
		return WELL;
	if (d->health == LW_DP_LATE && d->dp_state)
		return STUCK;
	if (d->health == LW_DP_UP && d->rx_lol && !d->rx_los && far->health == LW_DP_UP &&
	    !far->tx_fault)
		return NO_LOCK;
	return WELL;
}

/* Was it seen often and long enough? A stuck path counts by the waits that it outlived. */
static bool is_ripe(const struct lw_engine *e, size_t i, unsigned end, enum trouble t,
		    struct lw_mono now)
{
	struct lw_engine_remedy *x = &e->link[i].remedy[end];

	if (t == STUCK)
		return lw_report_of(e, i, end)->failures >= HEAL_WAITS &&
		       !lw_mono_before(now, x->due);
	if (!x->looks++) {
		struct lw_mono first = lw_mono_add(now, lw_ms(HEAL_FIRST_MS));

		if (lw_mono_before(x->due, first))
			x->due = first;
	}
	return x->looks >= HEAL_LOOKS && !lw_mono_before(now, x->due);
}

static void heal_end(struct lw_engine *e, size_t i, unsigned end, struct lw_mono now)
{
	struct lw_engine_remedy *x = &e->link[i].remedy[end];
	size_t cage = (size_t)e->fabric->links[i].cage[end];
	struct lw_module *m = &e->module[cage];
	enum trouble t = trouble_of(e, i, end);

	if (t == WELL)
		x->looks = 0;
	if (t == WELL || !is_ripe(e, i, end, t, now) || m->phase != LW_MODULE_REST)
		return;
	x->held = !lw_module_restart(m, (size_t)e->link[i].want[end], now);
	x->due = lw_mono_add(now, lw_ms((int64_t)HEAL_PAUSE_MS << x->level));
	x->looks = 0;
	if (x->held)
		return;
	x->count++;
	if (x->level < HEAL_LEVELS)
		x->level++;
	lw_queue_fix(e, cage);
}

void lw_heal_link(struct lw_engine *e, size_t link, struct lw_mono now)
{
	struct lw_engine_link *l = &e->link[link];

	if (l->state == LW_LINK_UP) {
		bool steady = !lw_mono_before(now, lw_mono_add(l->since, lw_ms(HEAL_FORGET_MS)));

		for (unsigned end = 0; end < 2; end++) {
			l->remedy[end].looks = 0;
			l->remedy[end].held = false;
			if (steady)
				l->remedy[end].level = 0;
		}
		return;
	}
	for (unsigned end = 0; end < 2; end++)
		heal_end(e, link, end, now);
}

int lw_heal_explain(const struct lw_engine *e, size_t link, struct lw_findings *ret)
{
	int r = 0;

	for (unsigned end = 0; !r && end < 2; end++) {
		const struct lw_engine_remedy *x = &e->link[link].remedy[end];
		const char *id = e->fabric->cages[e->fabric->links[link].cage[end]].id;
		double wait = (double)(x->due.ns - e->now.ns) / 1e9;

		if (x->held)
			r = lw_findings_add(ret, "remedy-held", LW_INFO, id,
					    "start the links of this module anew when it suits", "",
					    "%s: the data path is not initialised afresh, for that "
					    "would touch other lanes",
					    id);
		else if (x->count)
			r = lw_findings_add(
				ret, "remedy", LW_INFO, id,
				"if it does not help, exchange the module or look at its "
				"far end",
				"",
				"%s: the data path was initialised afresh %u time%s, not "
				"again before %.0f s from now",
				id, x->count, x->count == 1 ? "" : "s", wait > 0 ? wait : 0.0);
	}
	return r;
}
