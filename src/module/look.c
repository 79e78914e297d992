/* SPDX-License-Identifier: Apache-2.0 */
/* Who is it, how does it stand, and what is to be done: from a look to a plan. */
#include "module-internal.h"

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

int lw_module_missing(const struct lw_module *m, struct lw_plan *ret, struct lw_error *reterr)
{
	struct lw_want want[LW_WANTS_MAX];

	*ret = (struct lw_plan){0};
	if (m->refused)
		lw_plan_hold(&m->facts, &m->state, ret);
	else if (m->used)
		return lw_plan_make(&m->facts, &m->state, want,
				    present_wants(m, (struct lw_mono){0}, want), ret, NULL, reterr);
	return 0;
}

int lw_module_needs(const struct lw_module *m, bool *ret, struct lw_error *reterr)
{
	struct lw_plan plan;
	int r = lw_module_missing(m, &plan, reterr);

	*ret = false;
	for (unsigned i = 0; !r && i < plan.n; i++)
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
	if (m->refused)
		lw_plan_hold(&m->facts, &m->state, &m->plan);
	else if (m->used)
		r = make_plan(m, now, reterr);
	if (r)
		return r;
	m->step = 0;
	m->written = false;
	m->step_since = now;
	m->doubting = 0;
	m->phase = LW_MODULE_WORK;
	return 0;
}

/* Would a plan from this look do anything to a module that carries data, or is believed to? */
static bool disturbs(const struct lw_module *m)
{
	bool runs = false, touches = false;
	struct lw_plan plan;

	if (m->memory.map != LW_MAP_CMIS || lw_module_missing(m, &plan, NULL))
		return false;
	for (unsigned i = 0; i < LW_LANES_MAX; i++)
		runs |= m->state.dp_state[i] == LW_CMIS_DP_ACTIVATED;
	for (size_t i = 0; i < m->want_n; i++) {
		bool up = m->report[i].health == LW_DP_UP;

		runs |= up;
		touches |= up && plan.started >> m->want[i].first & 1;
	}
	for (unsigned i = 0; i < plan.n; i++)
		touches |= plan.step[i].kind == LW_STEP_WRITE;
	return runs && touches;
}

/*
 * A wrong bit on the bus is no reason to write to a module that runs: where a look says so, it is
 * looked again a moment later, until two looks in a row say the same.
 */
static bool looks_agree(struct lw_module *m)
{
	uint64_t before = m->looked_at;

	m->used |= m->want_n > 0;
	m->looked_at = 0;
	if (m->looks >= LW_LOOKS_MAX || !disturbs(m) ||
	    before == (m->looked_at = lw_state_digest(&m->state))) {
		m->looks = 0;
		m->looked_at = 0;
		return true;
	}
	m->looks++;
	return false;
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
	m->late_lanes = 0;
	m->missed = 0;
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
	lw_module_pause(m, now, LW_MODULE_ABSENT, lw_ms(LW_MODULE_SOAK_MS));
	return true;
}

struct lw_mono lw_module_do_look(struct lw_module *m, struct lw_mono now)
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
		return lw_module_pause(m, now, LW_MODULE_ABSENT, lw_ms(LW_NACK_MS));
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
	if (!r && !looks_agree(m)) {
		lw_turn_end(m);
		return lw_module_pause(m, now, LW_MODULE_BACKOFF, lw_ms(LW_NACK_MS));
	}
	if (!r)
		r = plan(m, now, &e);
	if (r)
		return lw_module_lost(m, now, &e);
	lw_turn_end(m);
	m->nacks = 0;
	return now;
}
