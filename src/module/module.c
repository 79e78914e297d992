/* SPDX-License-Identifier: Apache-2.0 */
#include "module-internal.h"
#include <string.h>

/* How often things are looked at. Waits are polled at a fiftieth of their limit within bounds. */
#define POLL_MIN_MS      2
#define POLL_MAX_MS      50
#define WATCH_FIRST_MS   50
#define WATCH_MAX_MS     1000
#define WATCH_LOOKS      4
#define WATCH_DARK_LOOKS 600
#define ABSENT_MS        1000
#define BACKOFF_MS       500
#define BACKOFF_MAX_MS   60000
/* Slack on an advertised limit before a wait counts as late: it covers our own polling. */
#define SLACK_MS 100
/* A busy module refuses accesses (CMIS B.2: up to 80 ms; up to 2 s while it starts). */
#define NACK_MS       10
#define NACK_TRIES    20
#define START_NACK_MS 100
#define START_TRIES   30

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

/* What is known of a link that stays as it was is kept; others start afresh. */
static void carry_reports(struct lw_module *m, const struct lw_want *want, size_t n)
{
	struct lw_dp_report next[LW_WANTS_MAX];

	for (size_t i = 0; i < n; i++) {
		next[i] = (struct lw_dp_report){.retry = LW_NEVER};
		for (size_t k = 0; k < m->want_n; k++)
			if (same_want(&want[i], &m->want[k]))
				next[i] = m->report[k];
	}
	memcpy(m->report, next, n * sizeof(next[0]));
}

int lw_module_want(struct lw_module *m, const struct lw_want *want, size_t n,
		   struct lw_error *reterr)
{
	uint8_t seen = 0;

	if (n > LW_WANTS_MAX)
		return lw_fail(reterr, LW_EINVAL, "%zu links do not fit a bank of 8 lanes", n);
	for (size_t i = 0; i < n; i++) {
		unsigned mask = ((1u << want[i].lanes) - 1u) << want[i].first;

		if (!want[i].lanes || want[i].first + want[i].lanes > 8 || seen & mask)
			return lw_fail(reterr, LW_EINVAL,
				       "host lanes %u-%u overlap or leave the bank",
				       want[i].first + 1u, want[i].first + want[i].lanes);
		seen |= (uint8_t)mask;
	}
	carry_reports(m, want, n);
	memcpy(m->want, want, n * sizeof(*want));
	m->want_n = n;
	if (m->phase > LW_MODULE_IDENTIFY) {
		m->phase = LW_MODULE_BACKOFF; /* look and plan afresh, now */
		m->due = (struct lw_mono){0};
	}
	return 0;
}

static struct lw_mono backoff(unsigned tries)
{
	int64_t ms = BACKOFF_MS;

	while (tries-- > 1 && ms < BACKOFF_MAX_MS)
		ms *= 2;
	return lw_ms(ms < BACKOFF_MAX_MS ? ms : BACKOFF_MAX_MS);
}

static struct lw_mono rest(struct lw_module *m, struct lw_mono now, enum lw_module_phase phase,
			   struct lw_mono pause)
{
	m->phase = phase;
	return m->due = lw_mono_add(now, pause);
}

/*
 * The bus failed. A busy module is asked again soon; one that is not there is looked for; after
 * anything else all is read afresh, with growing pauses.
 */
static struct lw_mono lost(struct lw_module *m, struct lw_mono now, const struct lw_error *e)
{
	bool absent = e->code == LW_EABSENT;
	bool starting = m->phase <= LW_MODULE_IDENTIFY;

	m->last_error = *e;
	if (e->code == LW_ENACK && m->nacks++ < (starting ? START_TRIES : NACK_TRIES))
		return rest(m, now, starting ? LW_MODULE_ABSENT : m->phase,
			    lw_ms(starting ? START_NACK_MS : NACK_MS));
	m->tries++;
	for (size_t i = 0; i < m->want_n; i++)
		lw_report_set(m, i, LW_DP_GONE,
			      absent ? "no module is plugged, or it does not answer"
				     : "the module does not answer as it should",
			      "it is looked for again", now);
	return rest(m, now, LW_MODULE_ABSENT, absent ? lw_ms(ABSENT_MS) : backoff(m->tries));
}

/* Plan for every want that is not refused for now. */
static int make_plan(struct lw_module *m, struct lw_mono now, struct lw_error *reterr)
{
	struct lw_want want[LW_WANTS_MAX];
	size_t n = 0;
	int r;

	for (size_t i = 0; i < m->want_n; i++) {
		struct lw_dp_report *d = &m->report[i];

		if (d->health == LW_DP_REFUSED && lw_mono_before(now, d->retry))
			continue;
		if (d->health == LW_DP_REFUSED || d->health == LW_DP_GONE)
			lw_report_set(m, i, LW_DP_STARTING, NULL, NULL, now);
		want[n++] = m->want[i];
	}
	r = lw_plan_make(&m->facts, &m->state, want, n, &m->plan, NULL, reterr);
	if (r)
		return r;
	for (size_t i = 0; i < m->want_n; i++) {
		if (!(m->plan.blocked >> m->want[i].first & 1))
			continue;
		m->report[i].retry = LW_NEVER;
		lw_report_set(m, i, LW_DP_REFUSED,
			      "the module does not advertise this application at these lanes",
			      "choose a mode whose parts the module advertises", now);
	}
	m->step = 0;
	m->step_since = now;
	m->phase = LW_MODULE_WORK;
	return 0;
}

/* A faulty module leaves that state by reset alone (6.3.2.2). */
static int reset_fault(struct lw_module *m, struct lw_error *reterr)
{
	const struct lw_field *f = &lw_map_fields(LW_MAP_CMIS, NULL)[LW_CMIS_SOFTWARE_RESET];
	uint8_t slot[128] = {0};

	slot[f->byte & 0x7f] = m->state.global;
	lw_field_put(f, 0, 1, slot, NULL);
	return lw_bus_write(m->bus, lw_field_addr(f), &slot[f->byte & 0x7f], 1, reterr);
}

static struct lw_mono look(struct lw_module *m, struct lw_mono now)
{
	struct lw_error e;
	int r = 0;

	if (m->phase == LW_MODULE_ABSENT) {
		m->phase = LW_MODULE_IDENTIFY;
		for (size_t i = 0; i < m->want_n; i++)
			m->report[i].retry = (struct lw_mono){0};
		r = lw_module_identify(m, &e);
	}
	if (!r)
		r = lw_module_read_state(m, &e);
	if (!r && m->memory.map == LW_MAP_CMIS && m->state.module_state == LW_CMIS_MODULE_FAULT) {
		r = reset_fault(m, &e);
		if (!r) {
			lw_fail(&e, LW_EIO, "the module reports a fault; it was reset");
			r = e.code;
		}
	}
	if (!r)
		r = make_plan(m, now, &e);
	if (r)
		return lost(m, now, &e);
	m->nacks = 0;
	return now;
}

enum outcome { HOLDS, NOT_YET, REFUSED };

/* Codes that may only be the echo of a sibling's refusal: a set of lanes is applied as a whole, so
 * where one path is refused the lanes around it no longer make complete paths (6.2.3.3). */
static bool is_echo(unsigned config_status)
{
	return config_status == LW_CMIS_CONFIG_LANES_IN_USE ||
	       config_status == LW_CMIS_CONFIG_PARTIAL_PATH;
}

/* Refuse the wanted links among `lanes`, those with an echo only if `echoes`. */
static bool refuse(struct lw_module *m, uint8_t lanes, bool echoes, struct lw_mono now)
{
	bool any = false;

	for (size_t i = 0; i < m->want_n; i++) {
		struct lw_dp_report *d = &m->report[i];
		unsigned lane = m->want[i].first, status = m->state.config_status[lane];
		const struct lw_refusal *why = lw_refusal_find(status);

		if (!(lanes >> lane & 1) || d->health == LW_DP_REFUSED || !why)
			continue;
		if (is_echo(status) != echoes)
			continue;
		d->config_status = (uint8_t)status;
		d->refusals++;
		d->retry = why->retry ? lw_mono_add(now, backoff(d->refusals)) : LW_NEVER;
		lw_report_set(m, i, LW_DP_REFUSED, why->reason, why->next, now);
		any = true;
	}
	return any;
}

/* Some lanes were refused: note it for their links. @return whether a link is concerned */
static bool note_refusals(struct lw_module *m, uint8_t lanes, struct lw_mono now)
{
	return refuse(m, lanes, false, now) || refuse(m, lanes, true, now);
}

static int poll_config(struct lw_module *m, const struct lw_step *s, struct lw_mono now,
		       enum outcome *ret, struct lw_error *reterr)
{
	const struct lw_field *f = lw_map_fields(LW_MAP_CMIS, NULL);
	uint8_t refused = 0;
	int r = lw_module_read(m, LW_CMIS_SLOT_11H, f[LW_CMIS_CONFIG_STATUS_LANE].byte,
			       f[LW_CMIS_ACS_APP_SEL_CODE_LANE].byte + 7u, true, reterr);

	if (r)
		return r;
	*ret = HOLDS;
	for (unsigned i = 0; i < 8; i++) {
		unsigned status = lw_module_get(m, LW_CMIS_CONFIG_STATUS_LANE, i);

		if (!(s->lanes >> i & 1))
			continue;
		m->state.config_status[i] = (uint8_t)status;
		if (status == LW_CMIS_CONFIG_IN_PROGRESS)
			*ret = NOT_YET;
		else if (status != LW_CMIS_CONFIG_SUCCESS)
			refused |= (uint8_t)(1u << i);
	}
	if (*ret == HOLDS && refused && note_refusals(m, refused, now))
		*ret = REFUSED;
	return 0;
}

static int poll_step(struct lw_module *m, const struct lw_step *s, struct lw_mono now,
		     enum outcome *ret, struct lw_error *reterr)
{
	const struct lw_field *f = s->field;
	unsigned last = s->addr.byte + (f->lanes * f->stride + 7u) / 8u;
	int r;

	if (s->kind == LW_STEP_WAIT_CONFIG)
		return poll_config(m, s, now, ret, reterr);
	r = lw_module_read(m, f->slot, s->addr.byte, f->lanes > 1 ? last - 1 : s->addr.byte, true,
			   reterr);
	if (r)
		return r;
	*ret = HOLDS;
	if (s->kind != LW_STEP_WAIT_DP) {
		if (lw_module_get(m, f->id, 0) != s->value)
			*ret = NOT_YET;
		return 0;
	}
	for (unsigned i = 0; i < 8; i++) {
		unsigned state = lw_module_get(m, f->id, i);

		m->state.dp_state[i] = (uint8_t)state;
		if (s->lanes >> i & 1 && state != s->value)
			*ret = NOT_YET;
	}
	/* links need not wait for their siblings */
	for (size_t i = 0; s->value == LW_CMIS_DP_ACTIVATED && i < m->want_n; i++) {
		const struct lw_want *w = &m->want[i];
		bool up = m->report[i].health != LW_DP_REFUSED;

		for (unsigned k = w->first; k < w->first + w->lanes; k++)
			up = up && m->state.dp_state[k] == LW_CMIS_DP_ACTIVATED;
		if (up)
			lw_report_set(m, i, LW_DP_UP, NULL, NULL, now);
	}
	return 0;
}

static struct lw_mono late(struct lw_module *m, const struct lw_step *s, struct lw_mono now)
{
	for (size_t i = 0; i < m->want_n; i++) {
		struct lw_dp_report *d = &m->report[i];

		if (d->health == LW_DP_REFUSED || d->health == LW_DP_UP)
			continue;
		if (s->lanes && !(s->lanes >> m->want[i].first & 1))
			continue;
		d->dp_state = m->state.dp_state[m->want[i].first];
		lw_report_set(m, i, LW_DP_LATE,
			      s->kind == LW_STEP_WAIT_DP
				      ? "the data path takes longer than the module advertises"
				      : "the module takes longer than it advertises",
			      "the state is read again and what is missing is done", now);
	}
	m->tries++;
	return rest(m, now, LW_MODULE_BACKOFF, backoff(m->tries));
}

static struct lw_mono poll_interval(struct lw_mono limit)
{
	int64_t ms = limit.ns / 1000000 / 50;

	return lw_ms(ms < POLL_MIN_MS ? POLL_MIN_MS : ms > POLL_MAX_MS ? POLL_MAX_MS : ms);
}

static struct lw_mono work(struct lw_module *m, struct lw_mono now)
{
	struct lw_error e;

	while (m->step < m->plan.n) {
		const struct lw_step *s = &m->plan.step[m->step];
		enum outcome outcome = HOLDS;
		int r;

		if (s->kind == LW_STEP_WRITE)
			r = lw_bus_write(m->bus, s->addr, s->data, s->n, &e);
		else
			r = poll_step(m, s, now, &outcome, &e);
		if (r)
			return lost(m, now, &e);
		m->nacks = 0;
		if (outcome == REFUSED)
			return rest(m, now, LW_MODULE_BACKOFF, lw_ms(0));
		if (outcome == NOT_YET) {
			struct lw_mono limit = lw_mono_add(s->limit, lw_ms(SLACK_MS));

			if (lw_mono_before(lw_mono_add(m->step_since, limit), now))
				return late(m, s, now);
			return m->due = lw_mono_add(now, poll_interval(s->limit));
		}
		m->step++;
		m->step_since = now;
	}
	m->tries = 0;
	m->quiet = 0;
	return rest(m, now, LW_MODULE_REST, lw_ms(0));
}

/* When the first refused link is due again. */
static struct lw_mono next_retry(const struct lw_module *m)
{
	struct lw_mono next = LW_NEVER;

	for (size_t i = 0; i < m->want_n; i++)
		if (m->report[i].health == LW_DP_REFUSED)
			next = lw_mono_min(next, m->report[i].retry);
	return next;
}

/* Look often after a change, and for a while at a receiver that waits for its far end. */
static struct lw_mono watch_pause(const struct lw_module *m)
{
	bool dark = m->los_before || m->lol_before;

	if (m->quiet < (dark ? WATCH_DARK_LOOKS : WATCH_LOOKS))
		return lw_ms(WATCH_FIRST_MS);
	return lw_ms(WATCH_MAX_MS);
}

static struct lw_mono watch(struct lw_module *m, struct lw_mono now)
{
	struct lw_mono retry = next_retry(m);
	struct lw_error e;
	bool changed;
	int r = lw_module_watch(m, now, &changed, &e);

	if (r)
		return lost(m, now, &e);
	m->nacks = 0;
	m->quiet = changed ? 0 : m->quiet + 1;
	for (size_t i = 0; i < m->want_n; i++)
		if (m->report[i].health == LW_DP_STARTING)
			return rest(m, now, LW_MODULE_BACKOFF, backoff(++m->tries));
	m->tries = 0;
	if (!lw_mono_before(now, retry))
		return rest(m, now, LW_MODULE_BACKOFF, lw_ms(0));
	return m->due = lw_mono_min(lw_mono_add(now, watch_pause(m)), retry);
}

struct lw_mono lw_module_run(struct lw_module *m, struct lw_mono now)
{
	while (!lw_mono_before(now, m->due)) {
		switch (m->phase) {
		case LW_MODULE_ABSENT:
		case LW_MODULE_IDENTIFY:
		case LW_MODULE_BACKOFF:
			m->due = look(m, now);
			break;
		case LW_MODULE_WORK:
			m->due = work(m, now);
			break;
		case LW_MODULE_REST:
			m->due = watch(m, now);
			break;
		}
	}
	return m->due;
}

bool lw_module_preview(struct lw_module *m, struct lw_mono now)
{
	if (m->phase == LW_MODULE_ABSENT && !lw_mono_before(now, m->due))
		m->due = look(m, now);
	return m->phase != LW_MODULE_WORK;
}
