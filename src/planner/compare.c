/* SPDX-License-Identifier: Apache-2.0 */
#include "planner-internal.h"

#include <math.h>
#include <string.h>

static int add(struct lw_planner *p, const struct lw_plan_alternative *x)
{
	void *v = lw_arena_grow(p->arena, p->alternatives, &p->alternative_cap,
				p->alternative_n + 1, sizeof(*p->alternatives));

	if (!v || !x->name)
		return LW_ENOMEM;
	p->alternatives = v;
	p->alternatives[p->alternative_n++] = *x;
	return 0;
}

static const char *name_of(struct lw_planner *p, const struct lw_plan_medium *m)
{
	if (m->cable)
		return m->cable->name;
	if (m->part[0] == m->part[1])
		return lw_arena_printf(p->arena, "%s, %s %s", m->part[0]->name, m->cord->name,
				       lw_grade_name(m->grade));
	return lw_arena_printf(p->arena, "%s and %s, %s %s", m->part[m->head]->name,
			       m->part[!m->head]->name, m->cord->name, lw_grade_name(m->grade));
}

/* Does it come up at that length? */
static bool reaches(const struct lw_plan_medium *m, double length_m)
{
	double limit = m->cable ? HUGE_VAL : 0;
	int at = lw_plan_stock_at(m, length_m);
	const struct lw_media *x = m->cable ? lw_media_find(m->cable->name) : NULL;

	if (at < 0 || m->refused)
		return false;
	if (x)
		limit = !isnan(x->longest_m) ? x->longest_m : x->standard_m;
	else if (!m->cable)
		limit = fmin(m->part[0]->pmd->reach_m[m->grade],
			     m->part[1]->pmd->reach_m[m->grade]);
	return isnan(limit) || m->stock->m[at] <= limit;
}

/* What a joint would cost with one medium wherever it reaches. */
static int add_medium(struct lw_planner *p, uint32_t joint, const struct lw_plan_medium *m)
{
	const struct lw_plan_joint *j = &p->joint[joint];
	const struct lw_plan_side *h = side_of(p, j, m->head);
	double links = 0, all = 0, per_cage = h->mode.n,
	       cables = per_cage / lw_plan_cable_links(p, m);
	struct lw_plan_alternative x = {.joint = joint,
					.name = name_of(p, m),
					.chosen = m->used > 0,
					.at_risk = m->at_risk,
					.confidence = "low"};

	for (unsigned i = 0; i <= j->length_n && i < 64; i++) {
		double n = (double)j->cables_of[i] * per_cage;
		struct cost c;

		all += n;
		if (!j->cables_of[i] || i == j->length_n || !reaches(m, j->lengths_m[i]))
			continue;
		c = lw_plan_cost(p, m, m->stock->m[lw_plan_stock_at(m, j->lengths_m[i])]);
		links += n;
		x.usd += c.usd * cables * (double)j->cables_of[i];
		x.power_w += c.power_w * cables * (double)j->cables_of[i];
	}
	if (!(links > 0))
		return 0;
	x.covers = links / all;
	x.usd_gbps = x.usd / (links * j->rate_mbps / 1000);
	return add(p, &x);
}

/* A module of one port that speaks what the far one of a split speaks: the far one itself, unless
 * it has the form of the cage that was split. */
static const struct lw_part *native_of(const struct lw_plan_medium *split)
{
	const struct lw_part *far = split->part[!split->head], *p;
	const struct lw_form *head = split->part[split->head]->form;
	size_t n;

	if (far->form != head)
		return far;
	p = lw_parts(&n);
	for (size_t i = 0; i < n; i++)
		if (p[i].receptacles && p[i].pmd == far->pmd && p[i].form != head)
			return &p[i];
	return NULL;
}

static const struct lw_plan_medium *first_split(const struct lw_planner *p,
						const struct lw_plan_joint *j)
{
	for (uint32_t i = 0; i < j->medium_n; i++) {
		const struct lw_plan_medium *m = &p->media[j->first_medium + i];

		if (m->shape == LW_SHAPE_SPLIT && !m->cable)
			return m;
	}
	return NULL;
}

/* The same ports with a module each instead of one module split between them. */
static int add_native(struct lw_planner *p, uint32_t joint)
{
	const struct lw_plan_joint *j = &p->joint[joint];
	const struct lw_plan_side *h = side_of(p, j, side_of(p, j, 1)->mode.n > 1);
	const struct lw_plan_medium *split = first_split(p, j);
	const struct lw_part *one = split && h->mode.n > 1 ? native_of(split) : NULL;
	struct lw_plan_alternative x = {.joint = joint, .confidence = "low", .covers = 1};
	struct cost a, b;
	double links = 0;
	char rate[16];

	if (!one)
		return 0;
	a = lw_plan_part_cost(one);
	b = lw_plan_part_cost(split->part[!split->head]);
	for (unsigned i = 0; i < j->length_n; i++) {
		double m = (double)j->cables_of[i] * h->mode.n;
		struct lw_cord cord = {.a = one->receptacle->body, .legs = 1};
		struct cost c = lw_plan_cord_cost(&cord, j->lengths_m[i]);

		links += m;
		x.usd += m * (a.usd + b.usd + c.usd);
		x.power_w += m * (a.power_w + b.power_w);
	}
	if (!(links > 0))
		return 0;
	x.usd_gbps = x.usd / (links * j->rate_mbps / 1000);
	x.name = lw_arena_printf(
		p->arena, "native %s: %s in cages of their own, %u times the cages",
		lw_rate_text(j->rate_mbps, rate, sizeof(rate)), one->name, h->mode.n);
	return add(p, &x);
}

int lw_plan_compare(struct lw_planner *p)
{
	for (uint32_t i = 0; i < p->joint_n; i++) {
		for (uint32_t k = 0; k < p->joint[i].medium_n; k++)
			if (add_medium(p, i, &p->media[p->joint[i].first_medium + k]))
				return LW_ENOMEM;
		if (add_native(p, i))
			return LW_ENOMEM;
	}
	return 0;
}
