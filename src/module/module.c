/* SPDX-License-Identifier: Apache-2.0 */
#include "module-internal.h"
#include <string.h>

void lw_module_init(struct lw_module *m, struct lw_bus *bus)
{
	memset(m, 0, sizeof(*m));
	m->bus = bus;
}

static bool same_want(const struct lw_want *a, const struct lw_want *b)
{
	return a->first == b->first && a->lanes == b->lanes && a->apsel == b->apsel &&
	       a->media_first == b->media_first && a->media_lanes == b->media_lanes &&
	       a->off == b->off;
}

static bool same_wants(const struct lw_module *m, const struct lw_want *want, size_t n)
{
	bool same = n == m->want_n;

	for (size_t i = 0; same && i < n; i++)
		same = same_want(&want[i], &m->want[i]);
	return same;
}

#define LOOKED_FOR "it is looked for again"

/* Why a module that was looked for in vain is not there. */
static const char *gone_reason(const struct lw_error *e)
{
	return e->code == LW_EABSENT ? "no module is plugged, or it does not answer"
				     : "the module does not answer as it should";
}

/* What is known of a link that stays as it was is kept; others start afresh, where there is a
 * module to do that. */
static void carry_reports(struct lw_module *m, const struct lw_want *want, size_t n)
{
	struct lw_dp_report next[LW_WANTS_MAX], fresh = {.retry = LW_NEVER};

	if (m->phase <= LW_MODULE_IDENTIFY && m->last_error.code) {
		fresh.health = LW_DP_GONE;
		fresh.reason = gone_reason(&m->last_error);
		fresh.next = LOOKED_FOR;
	}
	for (size_t i = 0; i < n; i++) {
		next[i] = fresh;
		for (size_t k = 0; k < m->want_n; k++)
			if (same_want(&want[i], &m->want[k]))
				next[i] = m->report[k];
	}
	if (n)
		memcpy(m->report, next, n * sizeof(next[0]));
}

int lw_module_want(struct lw_module *m, const struct lw_want *want, size_t n,
		   struct lw_error *reterr)
{
	uint32_t seen = 0;

	if (n > LW_WANTS_MAX)
		return lw_fail(reterr, LW_EINVAL, "%zu links are more than a module has lanes", n);
	for (size_t i = 0; i < n; i++) {
		const struct lw_want *w = &want[i];
		uint32_t mask;

		if (!w->lanes || w->first >= LW_LANES_MAX ||
		    w->first % LW_BANK_LANES + w->lanes > LW_BANK_LANES)
			return lw_fail(reterr, LW_EINVAL, "host lanes %u-%u are not of one bank",
				       w->first + 1u, w->first + w->lanes);
		mask = ((UINT32_C(1) << w->lanes) - 1u) << w->first;
		if (seen & mask)
			return lw_fail(reterr, LW_EINVAL, "two links want host lane %d",
				       __builtin_ctz(seen & mask) + 1);
		seen |= mask;
	}
	if (same_wants(m, want, n))
		return 0;
	carry_reports(m, want, n);
	if (n)
		memcpy(m->want, want, n * sizeof(*want));
	m->want_n = n;
	if (m->phase > LW_MODULE_IDENTIFY) {
		lw_turn_end(m);
		m->phase = LW_MODULE_BACKOFF; /* look and plan afresh, now */
		m->due = (struct lw_mono){0};
	}
	return 0;
}

bool lw_module_restart(struct lw_module *m, size_t i, struct lw_mono now)
{
	if (m->phase != LW_MODULE_REST || i >= m->want_n || m->memory.map != LW_MAP_CMIS ||
	    m->facts.flat_memory || m->refused || m->state.module_state != LW_CMIS_MODULE_READY ||
	    !lw_plan_apart(&m->state, &m->want[i]))
		return false;
	m->want[i].again = true;
	m->report[i].retry = now;
	m->phase = LW_MODULE_BACKOFF;
	m->due = now;
	return true;
}

void lw_module_poke(struct lw_module *m, struct lw_mono now)
{
	m->changed = now;
	if (m->phase == LW_MODULE_REST || m->phase <= LW_MODULE_IDENTIFY ||
	    m->phase == LW_MODULE_WORK)
		m->due = lw_mono_min(m->due, now);
}

struct lw_mono lw_module_backoff(unsigned tries)
{
	int64_t ms = LW_BACKOFF_MS;

	while (tries-- > 1 && ms < LW_BACKOFF_MAX_MS)
		ms *= 2;
	return lw_ms(ms < LW_BACKOFF_MAX_MS ? ms : LW_BACKOFF_MAX_MS);
}

struct lw_mono lw_module_pause(struct lw_module *m, struct lw_mono now, enum lw_module_phase phase,
			       struct lw_mono pause)
{
	m->phase = phase;
	return m->due = lw_mono_add(now, pause);
}

static void all_gone(struct lw_module *m, const char *reason, const char *next, struct lw_mono now)
{
	for (size_t i = 0; i < m->want_n; i++) {
		struct lw_dp_report *d = &m->report[i];

		d->rx_los = d->rx_lol = d->tx_fault = d->latched = 0;
		d->dp_state = 0;
		lw_report_set(m, i, LW_DP_GONE, reason, next, now);
	}
	m->los_before = m->lol_before = m->fault_before = 0;
}

void lw_module_gone(struct lw_module *m, struct lw_mono now)
{
	lw_pace_leave(m);
	lw_turn_end(m);
	lw_fail(&m->last_error, LW_EABSENT, "its cage is empty");
	all_gone(m, "no module is plugged", "it is started when it is plugged", now);
	m->phase = LW_MODULE_ABSENT;
	m->was_absent = false;
	m->nacks = m->tries = 0;
	m->missed = 0;
	m->due = LW_NEVER;
}

void lw_module_plugged(struct lw_module *m, struct lw_mono now)
{
	lw_module_gone(m, now);
	m->last_error = (struct lw_error){0};
	for (size_t i = 0; i < m->want_n; i++)
		lw_report_set(m, i, LW_DP_STARTING, NULL, NULL, now);
	m->due = lw_mono_add(now, lw_ms(LW_MODULE_SOAK_MS));
}

void lw_module_lend(struct lw_module *m, const char *why, struct lw_mono now)
{
	lw_pace_leave(m);
	lw_turn_end(m);
	m->phase = LW_MODULE_BACKOFF;
	m->due = LW_NEVER;
	if (why)
		all_gone(m, why, "it is brought up again afterwards", now);
}

void lw_module_take_back(struct lw_module *m, bool anew, struct lw_mono now)
{
	if (m->phase <= LW_MODULE_IDENTIFY)
		return;
	if (anew) {
		lw_module_plugged(m, now);
		return;
	}
	lw_turn_end(m);
	m->phase = LW_MODULE_BACKOFF;
	m->doubt = true;
	m->due = now;
}

/* As the module that was here last is known to need. */
static unsigned start_tries(const struct lw_module *m)
{
	int64_t known = m->quirks.start.ns / lw_ms(LW_START_NACK_MS).ns;

	return known > LW_START_TRIES ? (unsigned)known : LW_START_TRIES;
}

/* A module that is silent for longer than busy ones are may begin anew meanwhile: what was read of
 * it before does not belong to what is read behind. (When it is known, it is lost by then.) */
static bool silent_too_long(const struct lw_module *m)
{
	return m->nacks * LW_START_NACK_MS >= LW_NACK_TRIES * LW_NACK_MS;
}

/* It refuses accesses: ask again soon. The end of a start is an interrupt: with a line that is
 * quiet the pauses grow with it. */
static struct lw_mono busy(struct lw_module *m, struct lw_mono now)
{
	bool starting = m->phase <= LW_MODULE_IDENTIFY;
	int64_t waited = LW_START_NACK_MS * (int64_t)(m->nacks - 1), pause = LW_START_NACK_MS;

	if (!starting)
		return lw_module_pause(m, now, m->phase, lw_ms(LW_NACK_MS));
	m->soonest = lw_mono_add(now, lw_ms(LW_NACK_MS));
	if (m->line == LW_LINE_QUIET && waited / LW_QUIET_START_PART > pause)
		pause = waited / LW_QUIET_START_PART;
	m->nacks += (unsigned)(pause / LW_START_NACK_MS) - 1; /* they count the time */
	return lw_module_pause(m, now, LW_MODULE_ABSENT, lw_ms(pause));
}

/*
 * The bus failed. A busy module is asked again soon; one that is not there is looked for; after
 * anything else all is read afresh, with growing pauses.
 */
struct lw_mono lw_module_lost(struct lw_module *m, struct lw_mono now, const struct lw_error *e)
{
	bool absent = e->code == LW_EABSENT;
	bool starting = m->phase <= LW_MODULE_IDENTIFY;

	m->last_error = *e;
	if (e->code == LW_ENACK && m->nacks++ < (starting ? start_tries(m) : LW_NACK_TRIES)) {
		if (starting && silent_too_long(m))
			lw_turn_end(m);
		return busy(m, now);
	}
	lw_turn_end(m);
	m->tries++;
	m->was_absent = absent;
	lw_pace_leave(m);
	all_gone(m, gone_reason(e), LOOKED_FOR, now);
	return lw_module_pause(m, now, LW_MODULE_ABSENT,
			       absent ? lw_ms(LW_ABSENT_MS) : lw_module_backoff(m->tries));
}

struct lw_mono lw_module_run(struct lw_module *m, struct lw_mono now)
{
	m->now = now;
	while (!lw_mono_before(now, m->due)) {
		switch (m->phase) {
		case LW_MODULE_ABSENT:
		case LW_MODULE_IDENTIFY:
		case LW_MODULE_BACKOFF:
			m->due = lw_module_do_look(m, now);
			break;
		case LW_MODULE_WORK:
			m->due = lw_module_do_work(m, now);
			break;
		case LW_MODULE_REST:
			m->due = lw_module_do_watch(m, now);
			break;
		}
	}
	return m->due;
}

bool lw_module_preview(struct lw_module *m, struct lw_mono now)
{
	m->now = now;
	if ((m->phase == LW_MODULE_ABSENT || m->phase == LW_MODULE_BACKOFF) &&
	    !lw_mono_before(now, m->due))
		m->due = lw_module_do_look(m, now);
	return m->phase != LW_MODULE_WORK;
}
