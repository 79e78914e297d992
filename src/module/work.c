/* SPDX-License-Identifier: Apache-2.0 */
/* Carrying a plan out: writes, waits, refusals, and waits that last too long. */
#include "module-internal.h"
#include <string.h>

#define READ_AGAIN "the state is read again and what is missing is done"

/* A doubt that a busy module did not let finish: gone on with before anything else is asked, or a
 * module that refuses each first access to a page would never answer all of it. */
enum { DOUBT_NONE, DOUBT_FELL, DOUBT_OVER };

enum outcome { HOLDS, NOT_YET, REFUSED, BROKEN, DOUBTFUL, ANOTHER, ANEW };

/* Codes that may only be the echo of a sibling's refusal: a set of lanes is applied as a whole, so
 * where one path is refused the lanes around it no longer make complete paths (6.2.3.3). */
static bool is_echo(unsigned config_status)
{
	return config_status == LW_CMIS_CONFIG_REJECTED_LANES_IN_USE ||
	       config_status == LW_CMIS_CONFIG_REJECTED_PARTIAL_DATA_PATH;
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
		d->retry = lw_mono_add(
			now, why->slow ? lw_refusal_pause(d->refusals, m->seed ^ (uint64_t)i << 32)
				       : lw_module_backoff(d->refusals));
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

/*
 * Read the state, and once more where the module seems to have forgotten what it had: a wrong bit
 * on the bus looks like that too.
 */
static int read_state_to_compare(struct lw_module *m, const struct lw_module_state *before,
				 bool accepted, bool *ret_forgotten, struct lw_error *reterr)
{
	int r = lw_module_read_state(m, reterr);

	if (!r && (m->again & LW_AGAIN_STATE || lw_state_forgotten(before, &m->state, accepted))) {
		m->again |= LW_AGAIN_STATE;
		r = lw_module_read_state(m, reterr);
	}
	if (!r)
		*ret_forgotten = lw_state_forgotten(before, &m->state, accepted);
	return r;
}

/* Lanes were not accepted. Before that is believed: is it the module that was asked, and does it
 * still have what was written? */
static int judge_refusal(struct lw_module *m, uint32_t lanes, struct lw_mono now, enum outcome *ret,
			 struct lw_error *reterr)
{
	struct lw_module_state before = m->state;
	bool same = true, forgotten = false;
	int r = lw_module_still(m, &same, reterr);

	if (!r && !same) {
		*ret = ANOTHER;
		return 0;
	}
	if (!r)
		r = read_state_to_compare(m, &before, false, &forgotten, reterr);
	if (r) {
		m->state = before;
		return r;
	}
	if (forgotten)
		*ret = ANEW;
	else if (note_refusals(m, lanes, now))
		*ret = REFUSED;
	return 0;
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
	return *ret == HOLDS && refused ? judge_refusal(m, refused, now, ret, reterr) : 0;
}

/* Do the paths that came up run what was accepted? A module that began anew may bring its default
 * up by itself. One read of each bank. */
static int confirm_paths(struct lw_module *m, uint32_t lanes, enum outcome *ret,
			 struct lw_error *reterr)
{
	const struct lw_field *f = &lw_map_fields(LW_MAP_CMIS, NULL)[LW_CMIS_ACS_APP_SEL_CODE_LANE];
	int r = 0;

	for (unsigned b = 0; !r && b < LW_BANKS_MAX; b++)
		if (lanes >> LW_BANK_LANES * b & 0xff)
			r = lw_module_read_bank(m, b, LW_CMIS_SLOT_11H, f->byte,
						f->byte + LW_BANK_LANES - 1u, false, reterr);
	for (unsigned i = 0; !r && i < LW_LANES_MAX; i++)
		if (lanes >> i & 1 && lw_module_byte(m, f->id, i) != m->state.active[i])
			*ret = DOUBTFUL;
	return r;
}

/* The states of all lanes, with the flags beside them: siblings are watched during the wait. */
static int poll_paths(struct lw_module *m, const struct lw_step *s, struct lw_mono now,
		      enum outcome *ret, struct lw_error *reterr)
{
	bool changed = false, broken = false;
	uint8_t before[LW_LANES_MAX];
	uint32_t down = s->value == LW_CMIS_DP_ACTIVATED ? 0 : s->lanes;
	int r;

	memcpy(before, m->state.dp_state, sizeof(before));
	r = lw_module_watch(m, now, down, &changed, &broken, reterr);
	if (r)
		return r;
	*ret = HOLDS;
	for (unsigned i = 0; i < LW_LANES_MAX; i++) {
		if (!(s->lanes >> i & 1) || m->state.dp_state[i] == s->value)
			continue;
		if (*ret != DOUBTFUL)
			*ret = NOT_YET;
		/* it was on its way, and is back where it began */
		if (!down && m->state.dp_state[i] == LW_CMIS_DP_DEACTIVATED &&
		    before[i] != LW_CMIS_DP_DEACTIVATED)
			*ret = DOUBTFUL;
	}
	if (broken)
		*ret = BROKEN; /* a sibling needs a new plan */
	return *ret == HOLDS && !down ? confirm_paths(m, s->lanes, ret, reterr) : 0;
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
	r = s->kind == LW_STEP_WAIT_MODULE && lw_module_tells(m)
		    ? lw_module_read_flags(m, reterr)
		    : lw_module_read(m, f->slot, s->addr.byte, s->addr.byte, true, reterr);
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
		d->retry = lw_mono_add(now, lw_module_backoff(++d->failures));
		lw_report_set(m, i, LW_DP_LATE,
			      s->kind == LW_STEP_WAIT_DP
				      ? "the data path takes longer than the module advertises"
				      : "the module takes longer than it advertises",
			      READ_AGAIN, now);
	}
	lw_pace_give_up(m, s);
	m->changed = now;
	return lw_module_pause(m, now, LW_MODULE_REST, lw_ms(0));
}

/* Did a link fail before? Then its module is not given the benefit of the doubt once more. */
static bool failed_before(const struct lw_module *m)
{
	for (size_t i = 0; i < m->want_n; i++)
		if (m->report[i].failures)
			return true;
	return false;
}

/* Does the data path of want `i` run as it did, by the state that was just read? */
static bool runs_on(const struct lw_module *m, size_t i)
{
	const struct lw_want *w = &m->want[i];

	return m->report[i].health == LW_DP_UP && m->memory.map == LW_MAP_CMIS && !w->off &&
	       lw_plan_runs(&m->state, w);
}

/*
 * The module began anew in the middle of a plan: all is done afresh, at once the first time. A link
 * whose path runs as it did is left alone: what was read before the plan may have had a wrong bit.
 */
static struct lw_mono anew(struct lw_module *m, struct lw_mono now)
{
	for (size_t i = 0; i < m->want_n; i++) {
		struct lw_dp_report *d = &m->report[i];

		if (d->health == LW_DP_REFUSED || runs_on(m, i))
			continue;
		d->retry = d->failures ? lw_mono_add(now, lw_module_backoff(d->failures)) : now;
		d->failures++;
		lw_report_set(m, i, LW_DP_STARTING,
			      "the module started anew and forgot its settings", READ_AGAIN, now);
	}
	m->changed = now;
	return lw_module_pause(m, now, LW_MODULE_REST, lw_ms(0));
}

/*
 * A wait is over, or a path fell back. Before the module is blamed: is it still the one that was
 * asked, and does it still have what was written? Else all is done afresh.
 * @param over  the wait outlived its limit; else it may go on
 */
static struct lw_mono doubt(struct lw_module *m, const struct lw_step *s, struct lw_mono now,
			    bool over)
{
	struct lw_module_state before = m->state;
	bool same = true, needed = false, forgotten = false;
	struct lw_error e;
	int r;

	m->doubting = over ? DOUBT_OVER : DOUBT_FELL;
	lw_turn_begin(m, LW_TURN_CHECK);
	r = lw_module_still(m, &same, &e);
	if (!r && same) {
		r = read_state_to_compare(m, &before, true, &forgotten, &e);
		if (!r)
			r = lw_module_needs(m, &needed, &e);
	}
	if (r) {
		m->state = before;
		return lw_module_lost(m, now, &e);
	}
	lw_turn_end(m);
	lw_pace_leave(m);
	m->doubting = DOUBT_NONE;
	if (!same)
		return lw_module_pause(m, now, LW_MODULE_ABSENT, lw_ms(0));
	if (m->memory.map == LW_MAP_CMIS && m->state.module_state == LW_CMIS_MODULE_FAULT)
		return lw_module_pause(m, now, LW_MODULE_BACKOFF, lw_ms(0));
	if (forgotten)
		return anew(m, now);
	if (!over)
		return now;
	if (needed && !failed_before(m)) {
		for (size_t i = 0; i < m->want_n; i++)
			m->report[i].failures += m->report[i].health == LW_DP_STARTING;
		return lw_module_pause(m, now, LW_MODULE_BACKOFF, lw_ms(0));
	}
	return late(m, s, now);
}

/* When links beside a wait want to be looked at again: a wait of known length is slept through, and
 * what was latched of a sibling is of the past until it is seen clear. */
static struct lw_mono siblings_due(const struct lw_module *m, const struct lw_step *s, bool latched,
				   struct lw_mono now)
{
	if (s->kind != LW_STEP_WAIT_DP)
		return LW_NEVER;
	for (size_t i = 0; i < m->want_n; i++)
		if (m->report[i].health == LW_DP_UP && !(s->lanes >> m->want[i].first & 1) &&
		    (!latched || m->report[i].latched))
			return lw_mono_add(now, lw_ms(LW_WATCH_MAX_MS));
	return LW_NEVER;
}

static struct lw_mono wait_on(struct lw_module *m, const struct lw_step *s, struct lw_mono now)
{
	struct lw_mono end =
		lw_mono_add(m->step_since, lw_mono_add(lw_pace_limit(m, s), lw_ms(LW_SLACK_MS)));
	struct lw_mono paced, safety;

	if (lw_mono_before(end, now))
		return doubt(m, s, now, true);
	end = lw_mono_add(end, lw_us(1));
	safety = paced = lw_mono_min(lw_pace_next(m, s, now), end);
	if (lw_pace_told(s))
		safety = lw_mono_min(lw_pace_safety(m, s, now), end);
	paced = lw_mono_min(paced, siblings_due(m, s, false, now));
	safety = lw_mono_min(safety, siblings_due(m, s, true, now));
	return m->due = lw_line_due(m, paced, safety, lw_pace_pause(m, now), now);
}

/*
 * Write a step. What it leads to is known of CMIS, whose states tell when a module began anew. The
 * controls of other maps are read back at once, for later looks to be compared with: so a module
 * that does not take them is not mistaken for one that forgot them.
 */
static int write_step(struct lw_module *m, const struct lw_step *s, struct lw_error *reterr)
{
	int r;

	if (!m->written) {
		r = lw_bus_write(lw_module_bus(m), s->addr, s->data, s->n, reterr);
		if (r)
			return r;
		m->written = true;
		m->late_lanes = 0;
	}
	if (m->memory.map == LW_MAP_CMIS) {
		lw_state_wrote(&m->state, &m->facts, s);
		return 0;
	}
	r = lw_module_read(m, s->field->slot, s->addr.byte, s->addr.byte, true, reterr);
	if (!r)
		lw_module_controls(m, &m->state);
	return r;
}

static int do_step(struct lw_module *m, const struct lw_step *s, struct lw_mono now,
		   enum outcome *ret, struct lw_error *reterr)
{
	*ret = HOLDS;
	if (s->kind == LW_STEP_WRITE)
		return write_step(m, s, reterr);
	if (m->step && s[-1].kind == LW_STEP_WRITE && m->step_since.ns == now.ns) {
		*ret = NOT_YET; /* it was only just asked for */
		return 0;
	}
	return poll_step(m, s, now, ret, reterr);
}

static void next_step(struct lw_module *m, const struct lw_step *s, struct lw_mono now)
{
	if (s->kind != LW_STEP_WRITE) {
		lw_line_judge(m, now);
		lw_pace_learn(m, s, now);
	}
	m->step++;
	m->written = false;
	m->step_since = now;
	m->safety = LW_NEVER;
}

struct lw_mono lw_module_do_work(struct lw_module *m, struct lw_mono now)
{
	struct lw_error e;

	while (m->step < m->plan.n) {
		const struct lw_step *s = &m->plan.step[m->step];
		enum outcome outcome;

		if (m->doubting) {
			m->due = doubt(m, s, now, m->doubting == DOUBT_OVER);
			if (m->phase != LW_MODULE_WORK || lw_mono_before(now, m->due))
				return m->due;
		}
		lw_turn_begin(m, LW_TURN_STEP + m->step);
		if (do_step(m, s, now, &outcome, &e))
			return lw_module_lost(m, now, &e);
		lw_turn_end(m);
		m->nacks = 0;
		switch (outcome) {
		case HOLDS:
			next_step(m, s, now);
			break;
		case NOT_YET:
			return wait_on(m, s, now);
		case DOUBTFUL:
			m->due = doubt(m, s, now, false);
			if (m->phase != LW_MODULE_WORK || lw_mono_before(now, m->due))
				return m->due;
			return wait_on(m, s, now);
		case ANEW:
			lw_pace_leave(m);
			return anew(m, now);
		case REFUSED:
		case BROKEN:
			lw_pace_leave(m);
			return lw_module_pause(m, now, LW_MODULE_BACKOFF, lw_ms(0));
		case ANOTHER:
			lw_pace_leave(m);
			return lw_module_pause(m, now, LW_MODULE_ABSENT, lw_ms(0));
		}
	}
	m->changed = now;
	return lw_module_pause(m, now, LW_MODULE_REST, lw_ms(0));
}
