/* SPDX-License-Identifier: Apache-2.0 */
#include "module-internal.h"

/*
 * How often a wait is looked at. A look in time costs the link a part of the wait, a look too many
 * costs the bus. What a wait takes is learned by part and firmware: modules of a part then look
 * first when the shortest time so far is nearly over. As long as it is not known a few of them
 * scout, and the others look rarely; the first that is done tells all.
 */
#define CLOSE_PART  25  /* of the wait so far: how late a close look may find its end */
#define SLOPPY      200 /* of the time since identification: short waits need no closer look */
#define FAR_PART    3   /* of the wait so far, while others scout */
#define LEARNED_NUM 7   /* the first look comes at 7/8 of the shortest known time */
#define LEARNED_DEN 8
#define FIRST_PART  64 /* of the advertised limit, which is a bound and often a wide one */
#define SCOUTS      4
#define LOOK_MIN_MS 2
#define LOOK_MAX_MS 1000

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

struct lw_mono lw_pace_next(struct lw_module *m, const struct lw_step *s, struct lw_mono now)
{
	enum lw_wait w = wait_of(s);
	int64_t elapsed = now.ns - m->step_since.ns, total = now.ns - m->began.ns;
	int64_t known = m->pace ? m->pace->shortest[w].ns / LEARNED_DEN * LEARNED_NUM : 0;
	int64_t pause = elapsed / CLOSE_PART;

	if (known > elapsed)
		return lw_mono_add(now, (struct lw_mono){known - elapsed});
	if (pause < total / SLOPPY)
		pause = total / SLOPPY;
	if (!elapsed && w != LW_WAIT_CONFIG && pause < s->limit.ns / FIRST_PART)
		pause = s->limit.ns / FIRST_PART;
	if (!known && !scouts(m, w))
		pause = elapsed / FAR_PART > pause ? elapsed / FAR_PART : pause;
	return lw_mono_add(now, (struct lw_mono){clamp(pause)});
}

void lw_pace_learn(struct lw_module *m, const struct lw_step *s, struct lw_mono now)
{
	enum lw_wait w = wait_of(s);
	struct lw_mono took = {now.ns - m->step_since.ns};
	bool asked = m->step && m->plan.step[m->step - 1].kind == LW_STEP_WRITE;

	lw_pace_leave(m);
	if (!m->pace || !asked || took.ns <= 0) /* it may have begun before it was looked at */
		return;
	if (!m->pace->shortest[w].ns)
		m->pace->learned++;
	if (!m->pace->shortest[w].ns || lw_mono_before(took, m->pace->shortest[w]))
		m->pace->shortest[w] = took;
}
