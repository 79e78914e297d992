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

/* The same ports with a module each instead of one module split between them. */
static int add_native(struct lw_planner *p, uint32_t joint)
{
	const struct lw_plan_joint *j = &p->joint[joint];
	const struct lw_plan_side *h = side_of(p, j, side_of(p, j, 1)->mode.n > 1);
	const struct lw_plan_medium *split = NULL;
	struct lw_plan_alternative x = {.joint = joint, .confidence = "low", .covers = 1};
	double links = 0;
	char rate[16];

	for (uint32_t i = 0; i < j->medium_n && !split; i++)
		if (p->media[j->first_medium + i].shape == LW_SHAPE_SPLIT &&
		    !p->media[j->first_medium + i].cable)
			split = &p->media[j->first_medium + i];
	if (!split || h->mode.n < 2)
		return 0;
	for (size_t k = 0, n; k < (lw_parts(&n), n); k++) {
		const struct lw_part *one = &lw_parts(&n)[k];
		const struct lw_part *far = split->part[!split->head];
		struct cost a, b;

		/* a module of the port's rate that speaks what the far one speaks */
		if (!one->receptacles || one->pmd != far->pmd ||
		    one->form == split->part[split->head]->form)
			continue;
		a = lw_plan_part_cost(one);
		b = lw_plan_part_cost(far);
		for (unsigned i = 0; i < j->length_n; i++) {
			double m = (double)j->cables_of[i] * h->mode.n;
			const char *kind = one->receptacle->body;
			struct lw_cord cord = {.a = kind, .legs = 1};
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
	return 0;
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
