/* SPDX-License-Identifier: Apache-2.0 */
#include "module-internal.h"
#include <stdio.h>

/*
 * How often a wait is looked at. A look in time costs the link a part of the wait, a look too many
 * costs the bus. What a wait takes is learned by part and firmware (timer.h), with what the module
 * advertises as the prior: modules of a part then look first when the shortest time so far is
 * nearly over. As long as it is not known a few of them scout, and the others look rarely; the
 * first that is done tells all.
 */
#define CLOSE_PART 25  /* of the wait so far: how late a close look may find its end */
#define SLOPPY     200 /* of the time since identification: short waits need no closer look */
#define FAR_PART   3   /* of the wait so far, while others scout */
#define SCOUTS     4
/* Times its limit: what took longer was no slow start but a fault that ended. */
#define LATE_MOST   4
#define LOOK_MIN_MS 2
#define LOOK_MAX_MS 1000
/* With a quiet interrupt line: the first look comes well behind the shortest known time, else at a
 * part of the limit; then each time the wait has doubled. */
#define SAFETY_NUM    5
#define SAFETY_DEN    4
#define SAFETY_PART   8
#define SAFETY_MIN_MS 50
/* A wait that may be this short is over before an interrupt line need have moved (CMIS 5.4 10.2).
 */
#define UNTOLD_MS 200

void lw_pace_init(struct lw_pace *p, struct lw_timers *timers, const struct lw_facts *f)
{
	static const char *const kinds[LW_WAITS] = {
		[LW_WAIT_POWER] = "power-up",
		[LW_WAIT_CONFIG] = "config",
		[LW_WAIT_DP_DOWN] = "dp-deinit",
		[LW_WAIT_DP_UP] = "dp-init",
	};
	char firmware[24] = "";

	*p = (struct lw_pace){.timers = timers, .learned = 1};
	if (f->fw_major != LW_NONE && f->fw_minor != LW_NONE)
		snprintf(firmware, sizeof(firmware), "%d.%d", (int)f->fw_major, (int)f->fw_minor);
	for (int w = 0; w < LW_WAITS; w++)
		lw_timer_key_make(&p->key[w], f->vendor_name, f->vendor_pn, firmware, kinds[w]);
}

static enum lw_wait wait_of(const struct lw_step *s)
{
	switch (s->kind) {
	case LW_STEP_WAIT_CONFIG:
		return LW_WAIT_CONFIG;
	case LW_STEP_WAIT_DP:
		return s->value == LW_CMIS_DP_ACTIVATED ? LW_WAIT_DP_UP : LW_WAIT_DP_DOWN;
	default:
		return LW_WAIT_POWER;
	}
}

static int64_t clamp(int64_t ns)
{
	const int64_t least = lw_ms(LOOK_MIN_MS).ns, most = lw_ms(LOOK_MAX_MS).ns;

	return ns < least ? least : ns > most ? most : ns;
}

void lw_pace_leave(struct lw_module *m)
{
	if (m->scouting && m->pace)
		m->pace->scouts[m->scouting - 1]--;
	m->scouting = 0;
}

/* Does this module look closely at a wait of which nothing is known? */
static bool scouts(struct lw_module *m, enum lw_wait w)
{
	if (!m->pace || m->scouting)
		return true;
	if (m->pace->scouts[w] >= SCOUTS)
		return false;
	m->pace->scouts[w]++;
	m->scouting = (uint8_t)(1 + w);
	return true;
}

static const struct lw_timer *known(const struct lw_module *m, enum lw_wait w)
{
	return m->pace ? lw_timers_find(m->pace->timers, &m->pace->key[w]) : NULL;
}

/* The plan knows what is advertised; a quirk knows better. */
static struct lw_mono advertised(const struct lw_module *m, const struct lw_step *s)
{
	struct lw_mono dp_init;

	if (s->kind != LW_STEP_WAIT_DP || s->value != LW_CMIS_DP_ACTIVATED ||
	    m->facts.dur_dp_init == LW_NONE)
		return s->limit;
	dp_init = lw_duration_limit((unsigned)m->facts.dur_dp_init);
	return (struct lw_mono){s->limit.ns - dp_init.ns +
				lw_quirk_dp_init(&m->quirks, dp_init).ns};
}

struct lw_mono lw_pace_limit(const struct lw_module *m, const struct lw_step *s)
{
	struct lw_timer_advice advice;

	lw_timer_advise(known(m, wait_of(s)), advertised(m, s), &advice);
	return advice.limit;
}

struct lw_mono lw_pace_next(struct lw_module *m, const struct lw_step *s, struct lw_mono now)
{
	enum lw_wait w = wait_of(s);
	const struct lw_timer *x = known(m, w);
	int64_t elapsed = now.ns - m->step_since.ns, total = now.ns - m->began.ns;
	int64_t pause = elapsed / CLOSE_PART;
	struct lw_timer_advice advice;

	lw_timer_advise(x, advertised(m, s), &advice);
	if (x && advice.first.ns > elapsed)
		return lw_mono_add(now, (struct lw_mono){advice.first.ns - elapsed});
	if (pause < total / SLOPPY)
		pause = total / SLOPPY;
	/* a limit is a bound, and often a wide one */
	if (!elapsed && w != LW_WAIT_CONFIG && pause < advice.first.ns)
		pause = advice.first.ns;
	if (!x && !scouts(m, w))
		pause = elapsed / FAR_PART > pause ? elapsed / FAR_PART : pause;
	return lw_mono_add(now, (struct lw_mono){clamp(pause)});
}

static void learn(struct lw_module *m, enum lw_wait w, struct lw_mono took)
{
	if (!m->pace || took.ns <= 0)
		return;
	if (!known(m, w))
		m->pace->learned++;
	lw_timers_add(m->pace->timers, &m->pace->key[w], took); /* without memory it is not known */
}

static bool was_asked(const struct lw_module *m, const struct lw_step *s)
{
	/* else it may have begun before it was looked at */
	return s > m->plan.step && s[-1].kind == LW_STEP_WRITE;
}

bool lw_pace_told(const struct lw_step *s)
{
	return (s->kind == LW_STEP_WAIT_DP || s->kind == LW_STEP_WAIT_MODULE) &&
	       lw_mono_before(lw_ms(UNTOLD_MS), s->limit);
}

struct lw_mono lw_pace_safety(const struct lw_module *m, const struct lw_step *s,
			      struct lw_mono now)
{
	int64_t elapsed = now.ns - m->step_since.ns, pause = elapsed;
	const struct lw_timer *x = known(m, wait_of(s));
	int64_t first =
		x ? x->shortest.ns / SAFETY_DEN * SAFETY_NUM : lw_pace_limit(m, s).ns / SAFETY_PART;

	if (elapsed < first)
		pause = first - elapsed;
	return lw_mono_add(now, lw_mono_before((struct lw_mono){pause}, lw_ms(SAFETY_MIN_MS))
					? lw_ms(SAFETY_MIN_MS)
					: (struct lw_mono){pause});
}

struct lw_mono lw_pace_pause(const struct lw_module *m, struct lw_mono now)
{
	return (struct lw_mono){clamp((now.ns - m->step_since.ns) / CLOSE_PART)};
}

void lw_pace_learn(struct lw_module *m, const struct lw_step *s, struct lw_mono now)
{
	lw_pace_leave(m);
	lw_pace_late(m, now);
	if (was_asked(m, s))
		learn(m, wait_of(s), (struct lw_mono){now.ns - m->step_since.ns});
}

void lw_pace_give_up(struct lw_module *m, const struct lw_step *s)
{
	if (wait_of(s) != LW_WAIT_DP_UP || !was_asked(m, s))
		return;
	m->late_since = m->step_since;
	m->late_limit = lw_pace_limit(m, s);
	m->late_lanes = s->lanes;
}

void lw_pace_late(struct lw_module *m, struct lw_mono now)
{
	struct lw_mono took = {now.ns - m->late_since.ns};

	for (unsigned i = 0; m->late_lanes && i < LW_LANES_MAX; i++)
		if (m->late_lanes >> i & 1 && m->state.dp_state[i] != LW_CMIS_DP_ACTIVATED)
			return;
	if (m->late_lanes && took.ns / LATE_MOST <= m->late_limit.ns)
		learn(m, LW_WAIT_DP_UP, took);
	m->late_lanes = 0;
}
