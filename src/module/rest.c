/* SPDX-License-Identifier: Apache-2.0 */
/* Nothing is under way: links are watched, and looked into when it is their time. */
#include "module-internal.h"

/* When the first link that is not as wanted is due again. */
static struct lw_mono next_retry(const struct lw_module *m)
{
	struct lw_mono next = LW_NEVER;

	for (size_t i = 0; i < m->want_n; i++)
		if (m->report[i].health != LW_DP_UP)
			next = lw_mono_min(next, m->report[i].retry);
	return next;
}

/* Look often after a change, less and less as time goes on without one. */
static struct lw_mono watch_pause(const struct lw_module *m, struct lw_mono now)
{
	int64_t ms = (now.ns - m->changed.ns) / 1000000 / LW_WATCH_PART;

	return lw_ms(ms < LW_WATCH_MIN_MS   ? LW_WATCH_MIN_MS
		     : ms > LW_WATCH_MAX_MS ? LW_WATCH_MAX_MS
					    : ms);
}

/* Links whose path ended get their time to be tried again; those that stay up forget. */
static void note_failures(struct lw_module *m, struct lw_mono now)
{
	for (size_t i = 0; i < m->want_n; i++) {
		struct lw_dp_report *d = &m->report[i];

		if (d->health == LW_DP_STARTING && d->retry.ns == LW_NEVER.ns) {
			d->retry = d->failures ? lw_mono_add(now, lw_module_backoff(d->failures))
					       : now;
			d->failures++;
			m->doubt = true;
		} else if (d->health == LW_DP_UP) {
			d->retry = LW_NEVER;
			if (!lw_mono_before(now, lw_mono_add(d->since, lw_ms(LW_STEADY_MS))))
				d->failures = 0;
		}
	}
}

/*
 * Is it still the same, and are its settings? Looks do not see everything, reads may have brought
 * wrong bits, and others may write. Another module is taken up from the start.
 */
static struct lw_mono check(struct lw_module *m, struct lw_mono now)
{
	bool same = true, needed = false;
	struct lw_error e;
	int r;

	if (m->turn != LW_TURN_CHECK)
		lw_module_relearn(m);
	lw_turn_begin(m, LW_TURN_CHECK);
	r = lw_module_still(m, &same, &e);
	if (!r && same && m->memory.map == LW_MAP_CMIS) {
		r = lw_module_read_state(m, &e);
		if (!r)
			r = lw_module_needs(m, &needed, &e);
	}
	if (r)
		return lw_module_lost(m, now, &e);
	lw_turn_end(m);
	m->who = now;
	if (!same)
		return lw_module_pause(m, now, LW_MODULE_ABSENT, lw_ms(0));
	return needed ? lw_module_pause(m, now, LW_MODULE_BACKOFF, lw_ms(0)) : now;
}

/*
 * A module that tells what happens is left alone, once nothing is left to be waited for that is not
 * told: the end of a plan that was given up with interrupts still masked, and flags that go. What
 * is latched may be of the past: after news it is seen by another look whether it came again.
 */
static struct lw_mono quiet_pause(const struct lw_module *m, struct lw_mono pause, bool news)
{
	bool latched = m->los_before || m->lol_before || m->fault_before;

	for (size_t i = 0; i < m->want_n; i++)
		latched |= m->report[i].latched != 0;
	if (latched && news)
		return lw_ms(LW_NEWS_MS);
	if (latched || m->step < m->plan.n)
		return pause;
	return m->quiet_max.ns ? m->quiet_max : lw_ms(LW_WATCH_MAX_MS);
}

/* Interrupts in a row that tell nothing new are followed no faster than by polling. */
static struct lw_mono next_look(struct lw_module *m, struct lw_mono retry, bool changed,
				bool asserted, struct lw_mono now)
{
	struct lw_mono pause = watch_pause(m, now);
	struct lw_mono quiet = quiet_pause(m, pause, changed || m->nudged);

	m->nudged = false;
	return lw_line_due(m, lw_mono_min(lw_mono_add(now, pause), retry),
			   lw_mono_min(lw_mono_add(now, quiet), retry),
			   asserted && !changed ? pause : lw_ms(LW_NEWS_MS), now);
}

struct lw_mono lw_module_do_watch(struct lw_module *m, struct lw_mono now)
{
	bool changed = false, broken = false, asserted = m->line == LW_LINE_ASSERTED;
	struct lw_mono retry;
	struct lw_error e;
	int r;

	if (!lw_mono_before(now, lw_mono_add(m->who, lw_ms(LW_CHECK_MS))))
		return check(m, now);
	lw_turn_begin(m, LW_TURN_WATCH);
	r = lw_module_watch(m, now, 0, &changed, &broken, &e);
	if (r)
		return lw_module_lost(m, now, &e);
	lw_turn_end(m);
	m->nacks = m->tries = 0;
	if (changed)
		m->changed = now;
	lw_pace_late(m, now);
	note_failures(m, now);
	if (broken) {
		lw_line_judge(m, now);
		/* what has its time to be tried again is read then, what is off at once */
		m->who = (struct lw_mono){now.ns - lw_ms(LW_CHECK_MS).ns};
	}
	retry = m->refused ? LW_NEVER : next_retry(m);
	if (!lw_mono_before(now, retry)) {
		m->began = now;
		return lw_module_pause(m, now, LW_MODULE_BACKOFF, lw_ms(0));
	}
	return m->due = next_look(m, retry, changed, asserted, now);
}
