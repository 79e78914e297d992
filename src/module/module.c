/* SPDX-License-Identifier: Apache-2.0 */
#include "module-internal.h"
#include <string.h>

/* How often things are looked at; waits have their pace in pace.c. */
#define WATCH_MIN_MS   50
#define WATCH_MAX_MS   1000
#define WATCH_PART     8 /* of the time since something changed */
#define ABSENT_MS      1000
#define CHECK_MS       30000 /* how long a module may be other than believed, at most */
#define BACKOFF_MS     500
#define BACKOFF_MAX_MS 60000
/* A path that stayed up so long has forgotten its failures. */
#define STEADY_MS 10000
/* Slack on an advertised limit before a wait counts as late: it covers our own polling. */
#define SLACK_MS 100
/* A busy module refuses accesses (CMIS B.2: up to 80 ms; up to 2 s while it starts). */
#define NACK_MS       10
#define NACK_TRIES    20
#define START_NACK_MS 50
#define START_TRIES   60

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

static void all_gone(struct lw_module *m, const char *reason, const char *next, struct lw_mono now)
{
	for (size_t i = 0; i < m->want_n; i++) {
		struct lw_dp_report *d = &m->report[i];

		d->rx_los = d->rx_lol = d->tx_fault = d->latched = 0;
		d->dp_state = 0;
		lw_report_set(m, i, LW_DP_GONE, reason, next, now);
	}
	m->los_before = m->lol_before = 0;
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

/* As the module that was here last is known to need. */
static unsigned start_tries(const struct lw_module *m)
{
	int64_t known = m->quirks.start.ns / lw_ms(START_NACK_MS).ns;

	return known > START_TRIES ? (unsigned)known : START_TRIES;
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
	if (e->code == LW_ENACK && m->nacks++ < (starting ? start_tries(m) : NACK_TRIES))
		return rest(m, now, starting ? LW_MODULE_ABSENT : m->phase,
			    lw_ms(starting ? START_NACK_MS : NACK_MS));
	lw_turn_end(m);
	m->tries++;
	m->was_absent = absent;
	lw_pace_leave(m);
	all_gone(m, gone_reason(e), LOOKED_FOR, now);
	return rest(m, now, LW_MODULE_ABSENT, absent ? lw_ms(ABSENT_MS) : backoff(m->tries));
}

/* Wants that are not refused for now. @return their number */
static size_t present_wants(const struct lw_module *m, struct lw_mono now,
			    struct lw_want ret[LW_WANTS_MAX])
{
	size_t n = 0;

	for (size_t i = 0; i < m->want_n; i++)
		if (m->report[i].health != LW_DP_REFUSED ||
		    !lw_mono_before(now, m->report[i].retry))
			ret[n++] = m->want[i];
	return n;
}

int lw_module_needs(const struct lw_module *m, bool *ret, struct lw_error *reterr)
{
	struct lw_want want[LW_WANTS_MAX];
	struct lw_plan plan = {0};
	int r = 0;

	if (m->refused)
		lw_plan_hold(&m->facts, &m->state, &plan);
	else if (m->used)
		r = lw_plan_make(&m->facts, &m->state, want,
				 present_wants(m, (struct lw_mono){0}, want), &plan, NULL, reterr);
	*ret = false;
	for (unsigned i = 0; i < plan.n; i++)
		*ret |= plan.step[i].kind == LW_STEP_WRITE;
	return r;
}

/* Plan for every want that is not refused for now. */
static int make_plan(struct lw_module *m, struct lw_mono now, struct lw_error *reterr)
{
	struct lw_want want[LW_WANTS_MAX];
	size_t n = present_wants(m, now, want);
	int r;

	for (size_t i = 0; i < m->want_n; i++) {
		struct lw_dp_report *d = &m->report[i];

		if (d->health == LW_DP_UP ||
		    (d->health == LW_DP_REFUSED && lw_mono_before(now, d->retry)))
			continue;
		d->retry =
			LW_NEVER; /* this is the try; whoever sees it fail says when the next is */
		if (d->health != LW_DP_STARTING)
			lw_report_set(m, i, LW_DP_STARTING, NULL, NULL, now);
	}
	r = lw_plan_make(&m->facts, &m->state, want, n, &m->plan, NULL, reterr);
	if (r)
		return r;
	for (size_t i = 0; i < m->want_n; i++) {
		m->want[i].again = false;
		if ((m->plan.started | m->plan.cycled) >> m->want[i].first & 1)
			lw_report_set(m, i, LW_DP_STARTING, NULL, NULL, now);
		if (!(m->plan.blocked >> m->want[i].first & 1))
			continue;
		m->report[i].retry = LW_NEVER;
		lw_report_set(m, i, LW_DP_REFUSED,
			      "the module does not advertise this application at these lanes",
			      "choose a mode whose parts the module advertises", now);
	}
	return 0;
}

/* A module of which nothing is or was wanted is left as it was found; one that is not admitted is
 * kept in low power. */
static int plan(struct lw_module *m, struct lw_mono now, struct lw_error *reterr)
{
	int r = 0;

	m->plan = (struct lw_plan){0};
	m->used |= m->want_n > 0;
	if (m->refused)
		lw_plan_hold(&m->facts, &m->state, &m->plan);
	else if (m->used)
		r = make_plan(m, now, reterr);
	if (r)
		return r;
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
	return lw_bus_write(lw_module_bus(m), lw_field_addr(f), &slot[f->byte & 0x7f], 1, reterr);
}

/* Who is it? Read in full when nothing is known, else only when there is doubt. */
static int identify(struct lw_module *m, struct lw_mono now, struct lw_error *reterr)
{
	bool same = true;
	int r = 0;

	if (m->phase == LW_MODULE_BACKOFF && m->doubt) {
		r = lw_module_still(m, &same, reterr);
		if (r)
			return r;
		lw_turn_end(m); /* it is not read again when a read behind it is refused */
	}
	m->doubt = false;
	m->who = now;
	if (m->phase == LW_MODULE_BACKOFF && same)
		return 0;
	m->phase = LW_MODULE_IDENTIFY;
	m->used = false;
	m->began = now;
	for (size_t i = 0; i < m->want_n; i++)
		m->report[i].retry = (struct lw_mono){0};
	return lw_module_identify(m, reterr);
}

/* Somebody answers where nobody did: let the contacts settle. @return whether to wait */
static bool soak(struct lw_module *m, struct lw_mono now)
{
	struct lw_addr start = {.i2c = 0x50};
	uint8_t byte;
	int r;

	if (m->phase != LW_MODULE_ABSENT || !m->was_absent)
		return false;
	m->bus->polling = true;
	r = lw_bus_read(m->bus, start, &byte, 1, NULL);
	m->bus->polling = false;
	if (r == LW_EABSENT)
		return false; /* as before */
	m->was_absent = false;
	m->nacks = m->tries = 0;
	rest(m, now, LW_MODULE_ABSENT, lw_ms(LW_MODULE_SOAK_MS));
	return true;
}

static struct lw_mono look(struct lw_module *m, struct lw_mono now)
{
	struct lw_error e;
	int r;

	lw_pace_leave(m);
	if (soak(m, now))
		return m->due;
	lw_turn_begin(m, LW_TURN_LOOK);
	r = identify(m, now, &e);
	if (!r && m->phase == LW_MODULE_IDENTIFY && !lw_module_believes(m)) {
		lw_turn_end(m);
		return rest(m, now, LW_MODULE_ABSENT, lw_ms(NACK_MS));
	}
	if (!r)
		r = lw_module_read_state(m, &e);
	if (!r && m->phase == LW_MODULE_IDENTIFY) {
		m->identities++;
		if (m->identified)
			m->identified(m->ctx, m);
	}
	if (!r && m->memory.map == LW_MAP_CMIS && m->state.module_state == LW_CMIS_MODULE_FAULT) {
		r = reset_fault(m, &e);
		if (!r) {
			lw_fail(&e, LW_EIO, "the module reports a fault; it was reset");
			r = e.code;
		}
	}
	if (!r)
		r = plan(m, now, &e);
	if (r)
		return lost(m, now, &e);
	lw_turn_end(m);
	m->nacks = 0;
	return now;
}

enum outcome { HOLDS, NOT_YET, REFUSED, BROKEN, ANOTHER };

/* Codes that may only be the echo of a sibling's refusal: a set of lanes is applied as a whole, so
 * where one path is refused the lanes around it no longer make complete paths (6.2.3.3). */
static bool is_echo(unsigned config_status)
{
	return config_status == LW_CMIS_CONFIG_LANES_IN_USE ||
	       config_status == LW_CMIS_CONFIG_PARTIAL_PATH;
}

/* Refuse the wanted links among `lanes`, those with an echo only if `echoes`. */
static bool refuse(struct lw_module *m, uint32_t lanes, bool echoes, struct lw_mono now)
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
static bool note_refusals(struct lw_module *m, uint32_t lanes, struct lw_mono now)
{
	return refuse(m, lanes, false, now) || refuse(m, lanes, true, now);
}

static int poll_config(struct lw_module *m, const struct lw_step *s, struct lw_mono now, bool again,
		       enum outcome *ret, struct lw_error *reterr)
{
	const struct lw_field *f = lw_map_fields(LW_MAP_CMIS, NULL);
	uint32_t refused = 0;
	int r = 0;

	for (unsigned b = 0; !r && b < LW_BANKS_MAX; b++)
		if (s->lanes >> LW_BANK_LANES * b & 0xff)
			r = lw_module_read_bank(
				m, b, LW_CMIS_SLOT_11H, f[LW_CMIS_CONFIG_STATUS_LANE].byte,
				f[LW_CMIS_ACS_APP_SEL_CODE_LANE].byte + LW_BANK_LANES - 1u, true,
				reterr);
	if (r)
		return r;
	*ret = HOLDS;
	for (unsigned i = 0; i < LW_LANES_MAX; i++) {
		unsigned status;

		if (!(s->lanes >> i & 1))
			continue;
		status = lw_module_get(m, LW_CMIS_CONFIG_STATUS_LANE, i);
		m->state.active[i] = lw_module_byte(m, LW_CMIS_ACS_APP_SEL_CODE_LANE, i);
		m->state.config_status[i] = (uint8_t)status;
		if (status == LW_CMIS_CONFIG_IN_PROGRESS)
			*ret = NOT_YET;
		else if (status != LW_CMIS_CONFIG_SUCCESS)
			refused |= UINT32_C(1) << i;
	}
	/* a wrong bit on the bus is no refusal: it must be read twice */
	if (*ret == HOLDS && refused && !again)
		return poll_config(m, s, now, true, ret, reterr);
	if (*ret == HOLDS && refused) {
		bool same = true;

		r = lw_module_still(m, &same, reterr);
		if (!r && !same)
			*ret = ANOTHER; /* that was not asked */
		else if (!r && note_refusals(m, refused, now))
			*ret = REFUSED;
	}
	return r;
}

/* The states of all lanes, with the flags beside them: siblings are watched during the wait. */
static int poll_paths(struct lw_module *m, const struct lw_step *s, struct lw_mono now,
		      enum outcome *ret, struct lw_error *reterr)
{
	bool changed = false, broken = false;
	uint32_t down = s->value == LW_CMIS_DP_ACTIVATED ? 0 : s->lanes;
	int r = lw_module_watch(m, now, down, &changed, &broken, reterr);

	if (r)
		return r;
	*ret = HOLDS;
	for (unsigned i = 0; i < LW_LANES_MAX; i++)
		if (s->lanes >> i & 1 && m->state.dp_state[i] != s->value)
			*ret = NOT_YET;
	if (broken)
		*ret = BROKEN; /* a sibling needs a new plan */
	return 0;
}

static int poll_step(struct lw_module *m, const struct lw_step *s, struct lw_mono now,
		     enum outcome *ret, struct lw_error *reterr)
{
	const struct lw_field *f = s->field;
	int r;

	if (s->kind == LW_STEP_WAIT_CONFIG)
		return poll_config(m, s, now, false, ret, reterr);
	if (s->kind == LW_STEP_WAIT_DP)
		return poll_paths(m, s, now, ret, reterr);
	r = lw_module_read(m, f->slot, s->addr.byte, s->addr.byte, true, reterr);
	if (r)
		return r;
	*ret = lw_module_get(m, f->id, 0) == s->value ? HOLDS : NOT_YET;
	if (s->kind == LW_STEP_WAIT_MODULE) {
		m->state.module_state = (uint8_t)lw_module_get(m, f->id, 0);
		if (m->state.module_state == LW_CMIS_MODULE_FAULT)
			*ret = BROKEN;
	} else {
		m->state.not_ready = *ret != HOLDS;
	}
	return 0;
}

/* A wait outlived its limit. The links that it kept back are tried again, each in its own time;
 * the others go on and are watched. */
static struct lw_mono late(struct lw_module *m, const struct lw_step *s, struct lw_mono now)
{
	for (size_t i = 0; i < m->want_n; i++) {
		struct lw_dp_report *d = &m->report[i];

		if (d->health == LW_DP_REFUSED || d->health == LW_DP_UP)
			continue;
		if (s->lanes && !(s->lanes >> m->want[i].first & 1))
			continue;
		d->dp_state = m->state.dp_state[m->want[i].first];
		d->retry = lw_mono_add(now, backoff(++d->failures));
		lw_report_set(m, i, LW_DP_LATE,
			      s->kind == LW_STEP_WAIT_DP
				      ? "the data path takes longer than the module advertises"
				      : "the module takes longer than it advertises",
			      "the state is read again and what is missing is done", now);
	}
	m->changed = now;
	return rest(m, now, LW_MODULE_REST, lw_ms(0));
}

/* Did a link fail before? Then its module is not given the benefit of the doubt once more. */
static bool failed_before(const struct lw_module *m)
{
	for (size_t i = 0; i < m->want_n; i++)
		if (m->report[i].failures)
			return true;
	return false;
}

/*
 * A wait is over, or a configuration refused. Before the module is blamed: is it still the one that
 * was asked, and does it still have what was written? Else all is done afresh, at once.
 */
static struct lw_mono doubt(struct lw_module *m, const struct lw_step *s, struct lw_mono now)
{
	bool same = true, needed = false;
	struct lw_error e;
	int r;

	lw_turn_begin(m, LW_TURN_CHECK);
	r = lw_module_still(m, &same, &e);
	if (!r && same) {
		r = lw_module_read_state(m, &e);
		if (!r)
			r = lw_module_needs(m, &needed, &e);
	}
	if (r)
		return lost(m, now, &e);
	lw_turn_end(m);
	lw_pace_leave(m);
	if (!same)
		return rest(m, now, LW_MODULE_ABSENT, lw_ms(0));
	if (needed && !failed_before(m)) {
		for (size_t i = 0; i < m->want_n; i++)
			m->report[i].failures += m->report[i].health == LW_DP_STARTING;
		return rest(m, now, LW_MODULE_BACKOFF, lw_ms(0));
	}
	return late(m, s, now);
}

/* The plan knows what is advertised; a quirk knows better. */
static struct lw_mono limit_of(const struct lw_module *m, const struct lw_step *s)
{
	struct lw_mono advertised;

	if (s->kind != LW_STEP_WAIT_DP || s->value != LW_CMIS_DP_ACTIVATED ||
	    m->facts.dur_dp_init == LW_NONE)
		return s->limit;
	advertised = lw_duration_limit((unsigned)m->facts.dur_dp_init);
	return (struct lw_mono){s->limit.ns - advertised.ns +
				lw_quirk_dp_init(&m->quirks, advertised).ns};
}

static struct lw_mono wait_on(struct lw_module *m, const struct lw_step *s, struct lw_mono now)
{
	struct lw_mono end =
		lw_mono_add(m->step_since, lw_mono_add(limit_of(m, s), lw_ms(SLACK_MS)));

	if (!lw_mono_before(end, now))
		return m->due = lw_mono_min(lw_pace_next(m, s, now), lw_mono_add(end, lw_us(1)));
	return doubt(m, s, now);
}

static struct lw_mono work(struct lw_module *m, struct lw_mono now)
{
	struct lw_error e;

	while (m->step < m->plan.n) {
		const struct lw_step *s = &m->plan.step[m->step];
		enum outcome outcome = HOLDS;
		int r = 0;

		lw_turn_begin(m, LW_TURN_STEP + m->step);
		if (s->kind == LW_STEP_WRITE)
			r = lw_bus_write(lw_module_bus(m), s->addr, s->data, s->n, &e);
		else if (m->step && m->plan.step[m->step - 1].kind == LW_STEP_WRITE &&
			 m->step_since.ns == now.ns)
			outcome = NOT_YET; /* it was only just asked for */
		else
			r = poll_step(m, s, now, &outcome, &e);
		if (r)
			return lost(m, now, &e);
		lw_turn_end(m);
		m->nacks = 0;
		if (outcome == REFUSED || outcome == BROKEN || outcome == ANOTHER) {
			lw_pace_leave(m);
			return rest(m, now,
				    outcome == ANOTHER ? LW_MODULE_ABSENT : LW_MODULE_BACKOFF,
				    lw_ms(0));
		}
		if (outcome == NOT_YET)
			return wait_on(m, s, now);
		if (s->kind != LW_STEP_WRITE)
			lw_pace_learn(m, s, now);
		m->step++;
		m->step_since = now;
	}
	m->changed = now;
	return rest(m, now, LW_MODULE_REST, lw_ms(0));
}

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
	int64_t ms = (now.ns - m->changed.ns) / 1000000 / WATCH_PART;

	return lw_ms(ms < WATCH_MIN_MS ? WATCH_MIN_MS : ms > WATCH_MAX_MS ? WATCH_MAX_MS : ms);
}

/* Links whose path ended get their time to be tried again; those that stay up forget. */
static void note_failures(struct lw_module *m, struct lw_mono now)
{
	for (size_t i = 0; i < m->want_n; i++) {
		struct lw_dp_report *d = &m->report[i];

		if (d->health == LW_DP_STARTING && d->retry.ns == LW_NEVER.ns) {
			d->retry = d->failures ? lw_mono_add(now, backoff(d->failures)) : now;
			d->failures++;
			m->doubt = true;
		} else if (d->health == LW_DP_UP) {
			d->retry = LW_NEVER;
			if (!lw_mono_before(now, lw_mono_add(d->since, lw_ms(STEADY_MS))))
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
		return lost(m, now, &e);
	lw_turn_end(m);
	m->who = now;
	if (!same)
		return rest(m, now, LW_MODULE_ABSENT, lw_ms(0));
	return needed ? rest(m, now, LW_MODULE_BACKOFF, lw_ms(0)) : now;
}

static struct lw_mono watch(struct lw_module *m, struct lw_mono now)
{
	bool changed = false, broken = false;
	struct lw_mono retry;
	struct lw_error e;
	int r;

	if (!lw_mono_before(now, lw_mono_add(m->who, lw_ms(CHECK_MS))))
		return check(m, now);
	lw_turn_begin(m, LW_TURN_WATCH);
	r = lw_module_watch(m, now, 0, &changed, &broken, &e);
	if (r)
		return lost(m, now, &e);
	lw_turn_end(m);
	m->nacks = m->tries = 0;
	if (changed)
		m->changed = now;
	note_failures(m, now);
	if (broken) {
		/* what has its time to be tried again is read then, what is off at once */
		m->who = (struct lw_mono){now.ns - lw_ms(CHECK_MS).ns};
	}
	retry = m->refused ? LW_NEVER : next_retry(m);
	if (!lw_mono_before(now, retry)) {
		m->began = now;
		return rest(m, now, LW_MODULE_BACKOFF, lw_ms(0));
	}
	return m->due = lw_mono_min(lw_mono_add(now, watch_pause(m, now)), retry);
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
