/* SPDX-License-Identifier: Apache-2.0 */
#include "see.h"

/*
 * A cause holds on the lanes on which all that it needs was seen. Each row is tried with either end
 * as the near one. What explains more stands first: presence, then the module, its configuration,
 * the plan, transmitters, the way, receivers and hosts (its level); a cause on some lanes hides all
 * of higher level on the same lanes, for they follow from it, and on any lane those of the hosts,
 * who need all lanes.
 */

#define LEVEL_HOSTS 8

static uint32_t holds(const struct lw_seen *s, const struct lw_cause_row *c, int near)
{
	uint32_t lanes = s->all;

	for (unsigned i = 0; i < c->need_n; i++) {
		const struct lw_need *n = &c->need[i];
		int place = n->scope == LW_WHY_LINK ? LW_WHY_LINK : near ^ n->scope;
		uint32_t seen = s->lanes[place][n->symptom];

		lanes &= n->not ? ~seen : seen;
	}
	return lanes;
}

static void add_evidence(const struct lw_diagnosis *d, struct lw_cause *x, const struct lw_need *n,
			 int near)
{
	int place = n->scope == LW_WHY_LINK ? LW_WHY_LINK : near ^ n->scope;

	for (size_t k = 0; k < d->symptom_n && x->evidence_n < LW_WHY_EVIDENCE_MAX; k++)
		if (d->symptom[k].name == lw_symptom_rows[n->symptom].name &&
		    (int)d->symptom[k].place == place)
			x->evidence[x->evidence_n++] = (uint8_t)k;
}

static void add(struct lw_seen *s, const struct lw_cause_row *c, int near, uint32_t lanes)
{
	struct lw_diagnosis *d = s->d;
	struct lw_cause *x = &d->cause[d->cause_n];

	if (d->cause_n == LW_CAUSES_MAX)
		return;
	d->cause_n++;
	*x = (struct lw_cause){.name = c->name,
			       .title = c->title,
			       .first = c->first,
			       .next = c->next,
			       .isolate = c->isolate,
			       .ref = c->ref,
			       .place = c->whole ? LW_WHY_LINK : (enum lw_why_place)near,
			       .lanes = lanes == s->all ? 0 : lanes,
			       .severity = c->advice                                 ? LW_INFO
					   : s->e->link[s->link].state == LW_LINK_UP ? LW_RISK
										     : LW_FATAL,
			       .weak = c->weak};
	for (unsigned i = 0; i < c->need_n; i++)
		if (!c->need[i].not )
			add_evidence(d, x, &c->need[i], near);
}

void lw_match(struct lw_seen *s)
{
	bool up = s->e->link[s->link].state == LW_LINK_UP;
	uint32_t explained = 0, now = 0;
	unsigned level = 0;

	for (size_t i = 0; i < lw_cause_row_n; i++) { /* in order of level */
		const struct lw_cause_row *c = &lw_cause_rows[i];

		if (c->level != level) {
			explained |= now;
			level = c->level;
		}
		if ((c->state == LW_WHY_UP && !up) || (c->state == LW_WHY_DOWN && up))
			continue;
		for (int near = LW_WHY_A; near <= LW_WHY_B; near++) {
			uint32_t lanes = holds(s, c, near);

			if (!(lanes & ~explained) || (level >= LEVEL_HOSTS && explained))
				continue;
			add(s, c, near, lanes);
			now |= lanes;
			if (c->whole)
				break;
		}
	}
}
