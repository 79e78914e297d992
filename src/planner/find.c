/* SPDX-License-Identifier: Apache-2.0 */
#include "planner-internal.h"

#include <stdio.h>

/* What limits the plan, said as findings. */

static int find_room(struct lw_planner *p, const struct layout *l)
{
	const struct lw_room *r = &p->intent->room;
	uint32_t all = (uint32_t)r->rows * r->racks;
	double units = p->intent->per_rack * p->intent->server_u;

	if (l->racks > all &&
	    lw_plan_say(
		    p, "space", LW_FATAL, p->intent->name,
		    "Give the room more racks, put more servers in a rack, or plan for less "
		    "growth.",
		    "the fabric takes %u racks when it has grown to %u servers; the room has %u",
		    l->racks, p->ceiling, all))
		return LW_ENOMEM;
	if (units > r->rack_units &&
	    lw_plan_say(p, "rack-units", LW_FATAL, p->intent->name, "Put fewer servers in a rack.",
			"%u servers of %uU take %gU; a rack has %gU", p->intent->per_rack,
			p->intent->server_u, units, r->rack_units))
		return LW_ENOMEM;
	return 0;
}

static int find_power(struct lw_planner *p)
{
	const struct lw_room *r = &p->intent->room;
	double most = 0;
	size_t n = 0, at = 0;
	char where[48];

	for (size_t i = 0; i < p->rack_n; i++) {
		if (p->racks[i].power_w > r->rack_power_w)
			n++;
		if (p->racks[i].power_w > most) {
			most = p->racks[i].power_w;
			at = i;
		}
	}
	if (!(r->rack_power_w > 0) || !n)
		return 0;
	snprintf(where, sizeof(where), "row %zu rack %zu", at / r->racks + 1, at % r->racks + 1);
	return lw_plan_say(
		p, "rack-power", LW_FATAL, where,
		"Put less into a rack, or feed and cool it better.",
		"%zu rack%s draw%s more than the %.0f W that a rack may; the worst draws %.0f W", n,
		n == 1 ? "" : "s", n == 1 ? "s" : "", r->rack_power_w, most);
}

static int find_joint(struct lw_planner *p, const struct lw_plan_joint *j)
{
	const struct lw_plan_side *a = side_of(p, j, 0), *b = side_of(p, j, 1);
	const char *low = lw_tier_name(j->low), *up = lw_tier_name(j->low + 1);
	char subject[32];
	bool any = false;

	snprintf(subject, sizeof(subject), "%s-%s", low, up);
	for (uint32_t i = 0; i < j->medium_n; i++)
		any |= !p->media[j->first_medium + i].refused;
	if (!any)
		return lw_plan_say(
			p, "medium", LW_FATAL, subject,
			"Allow more media or fibre, or take cages that can meet.",
			"nothing that may be used joins %s (%s) at the %s to %s (%s) at the %s",
			a->group->form->name, a->mode_text, low, b->group->form->name, b->mode_text,
			up);
	if (j->lost_n)
		return lw_plan_say(
			p, "reach", LW_FATAL, subject,
			"Allow optics or another fibre, or move the racks together.",
			"%llu links between %s and %s are up to %.1f m long; no medium that may "
			"be used comes up at that length",
			(unsigned long long)j->lost_n, low, up, j->longest_m);
	for (uint32_t i = 0; i < j->medium_n; i++)
		if (p->media[j->first_medium + i].used &&
		    p->media[j->first_medium + i].shape == LW_SHAPE_SHUFFLE)
			return lw_plan_say(
				p, "shuffle", LW_INFO, subject,
				"Plan shuffle panels, or choose modules with a receptacle for each "
				"port.",
				"cages of %u ports meet cages of %u ports one by one: the lanes "
				"change "
				"places in shuffle panels between the trunks of both ends",
				a->mode.n, b->mode.n);
	return 0;
}

static int find_class(struct lw_planner *p, const struct lw_plan_class *c)
{
	for (size_t i = 0; i < c->findings.n && c->count; i++) {
		const struct lw_finding *x = &c->findings.v[i];

		if (x->severity == LW_INFO)
			continue;
		if (lw_findings_add(&p->findings, x->rule, x->severity, x->subject, x->remedy,
				    x->ref, "%s (%llu links like this)", x->text,
				    (unsigned long long)c->count))
			return LW_ENOMEM;
	}
	return 0;
}

/* Spines above a single leaf join nothing. */
static int find_idle_spines(struct lw_planner *p)
{
	const struct lw_plan_tier *leaf = &p->tier[LW_TIER_LEAF];

	if (leaf->per_plane > 1)
		return 0;
	return lw_plan_say(p, "idle-spines", LW_INFO, p->intent->name,
			   "Leave the spines out, or plan for growth.",
			   "one leaf%s holds all %u servers: nothing goes through the spines",
			   leaf->planes > 1 ? " of each plane" : "", p->ceiling);
}

static int find_growth(struct lw_planner *p)
{
	const struct lw_intent *x = p->intent;

	if (x->servers < p->ceiling)
		return lw_plan_say(
			p, "growth", LW_INFO, x->name, "",
			"laid out for %u servers%s: up to there adding servers moves nothing",
			p->ceiling,
			x->growth_servers ? "" : ", the most that room and switches hold");
	return lw_plan_say(p, "growth", LW_INFO, x->name,
			   "State growth: {servers: N} before the first cable is laid.",
			   "laid out for the %u servers there are; one more may move cables",
			   x->servers);
}

int lw_plan_find(struct lw_planner *p, const struct layout *l)
{
	if (find_room(p, l) || find_power(p))
		return LW_ENOMEM;
	for (unsigned i = 0; i < p->joint_n; i++)
		if (find_joint(p, &p->joint[i]))
			return LW_ENOMEM;
	for (size_t i = 0; i < p->class_n; i++)
		if (find_class(p, &p->classes[i]))
			return LW_ENOMEM;
	return find_idle_spines(p) || find_growth(p) ? LW_ENOMEM : 0;
}
