/* SPDX-License-Identifier: Apache-2.0 */
#include "planner-internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const struct lw_stock *shelf(const char *kind)
{
	for (size_t i = 0; i < lw_stocks_n; i++)
		if (!strcmp(lw_stocks[i].kind, kind))
			return &lw_stocks[i];
	return NULL;
}

int lw_plan_stock_at(const struct lw_plan_medium *medium, double m)
{
	for (unsigned i = 0; medium->stock && i < medium->stock->n; i++)
		if (medium->stock->m[i] >= m)
			return (int)i;
	return -1;
}

unsigned lw_plan_cable_links(const struct lw_planner *p, const struct lw_plan_medium *m)
{
	const struct lw_plan_side *s = side_of(p, &p->joint[m->joint], m->head);

	if (m->shape == LW_SHAPE_PAIR || m->shape == LW_SHAPE_SHUFFLE)
		return 1;
	return s->mode.n / m->receptacles[m->head];
}

/* Does the plug go into the cage as it is? */
static bool fits(const struct lw_part *part, const struct lw_cage_group *g)
{
	const struct lw_fit *f = lw_fit_find(part->form, g->form);

	return f && f->kind == LW_FIT_YES;
}

static uint32_t mode_rate(const struct lw_plan_side *s)
{
	return s->mode.n * s->rate_mbps;
}

static enum lw_media_kind kind_of(const struct lw_part *part)
{
	const struct lw_media *m = lw_media_find(part->name);

	return m ? m->kind : part->wire ? LW_DAC : LW_AEC;
}

static bool allowed(const struct lw_intent *x, enum lw_media_kind k)
{
	switch (k) {
	case LW_DAC:
		return x->allow & LW_ALLOW_DAC;
	case LW_ACC:
	case LW_AEC:
		return x->allow & LW_ALLOW_AEC;
	case LW_AOC:
		return x->allow & LW_ALLOW_AOC;
	case LW_LPO:
		return x->allow & LW_ALLOW_LPO;
	default:
		return x->allow & LW_ALLOW_OPTICS;
	}
}

static int add(struct lw_planner *p, struct lw_plan_joint *j, const struct lw_plan_medium *m)
{
	void *v = lw_arena_grow(p->arena, p->media, &p->medium_cap, p->medium_n + 1,
				sizeof(*p->media));

	if (!v)
		return LW_ENOMEM;
	p->media = v;
	p->media[p->medium_n++] = *m;
	j->medium_n++;
	return 0;
}

/* Cables with fixed ends, either way round. */
static int add_fixed(struct lw_planner *p, struct lw_plan_joint *j)
{
	size_t n;
	const struct lw_part *parts = lw_parts(&n);

	for (size_t i = 0; i < n; i++) {
		const struct lw_part *c = &parts[i];

		if (!c->far || !allowed(p->intent, kind_of(c)))
			continue;
		for (unsigned head = 0; head < 2; head++) {
			const struct lw_plan_side *h = side_of(p, j, head),
						  *t = side_of(p, j, !head);
			enum lw_media_kind kind = kind_of(c);
			struct lw_plan_medium m = {.joint = (uint8_t)(j - p->joint),
						   .head = (uint8_t)head,
						   .cable = c,
						   .part = {head ? c->far : c, head ? c : c->far},
						   .grade = LW_GRADE_NONE,
						   .kind = kind,
						   .legs = c->far_n,
						   .receptacles = {1, 1},
						   .shape = c->far_n > 1 ? LW_SHAPE_SPLIT
									 : LW_SHAPE_WHOLE,
						   .stock = shelf(kind == LW_DAC   ? "DAC"
								  : kind == LW_AOC ? "AOC"
										   : "AEC")};

			if ((c->far_n == 1 &&
			     (head || h->mode.n != t->mode.n || (h->mode.n > 1 && !j->aligned))) ||
			    (c->far_n > 1 && (h->mode.n != c->far_n || t->mode.n != 1)))
				continue;
			if (!fits(c, h->group) || !fits(c->far, t->group) ||
			    c->form->lanes < h->mode.port[h->mode.n - 1].first +
						     h->mode.port[h->mode.n - 1].lanes)
				continue;
			if (add(p, j, &m))
				return LW_ENOMEM;
		}
	}
	return 0;
}

/* Modules without a DSP are named after it: FORM-RATE-PMD-LPO (docs/design/catalog.md). */
static enum lw_media_kind module_kind(const struct lw_part *p)
{
	size_t n = strlen(p->name);

	return n > 4 && !strcmp(p->name + n - 4, "-LPO") ? LW_LPO : LW_OPTICS;
}

/* A module whose media side is what the mode of the cage makes, lane for lane. */
static bool serves(const struct lw_intent *x, const struct lw_part *part,
		   const struct lw_plan_side *s)
{
	return part->receptacles && part->receptacle && part->pmd &&
	       allowed(x, module_kind(part)) && part->pmd->rate_mbps == mode_rate(s) &&
	       fits(part, s->group) && s->mode.n % part->receptacles == 0;
}

/*
 * How receptacles of `k` ports meet. Modules with several receptacles, and shuffles, bind several
 * cables to one module, so that all of a joint take the same.
 */
static bool shape_of(const struct lw_plan_joint *j, const struct lw_plan_side *const s[2],
		     const unsigned k[2], struct lw_plan_medium *m)
{
	m->legs = 1;
	if (s[0]->mode.n == s[1]->mode.n && (s[0]->mode.n == 1 || j->aligned)) {
		m->shape = LW_SHAPE_WHOLE;
		return k[0] == k[1];
	}
	if (s[0]->mode.n == 1 || s[1]->mode.n == 1) {
		m->head = s[0]->mode.n == 1;
		m->shape = LW_SHAPE_SPLIT;
		m->legs = (uint8_t)k[m->head];
		return true;
	}
	if (k[0] == 1 && k[1] == 1) {
		m->shape = LW_SHAPE_PAIR;
		return true;
	}
	if (k[0] == 1 || k[1] == 1) {
		m->head = k[0] == 1;
		m->shape = LW_SHAPE_FAN;
		m->legs = (uint8_t)k[m->head];
		return true;
	}
	m->shape = LW_SHAPE_SHUFFLE;
	m->head = s[1]->mode.n > s[0]->mode.n;
	return true;
}

static bool cord_fits(const struct lw_intent *x, const struct lw_cord *c,
		      const struct lw_plan_medium *m)
{
	const struct lw_part *head = m->part[m->head], *leg = m->part[!m->head];
	bool patched = c->connectors > 2;

	if (strcmp(c->a, head->receptacle->body) || strcmp(c->b, leg->receptacle->body))
		return false;
	if (!strncmp(c->name, "simplex", 7) != (head->pmd->topology == LW_TOPO_BIDI))
		return false;
	/* of a shuffle the cord gives the lanes; the panel between is added as mated pairs */
	if (m->shape == LW_SHAPE_SHUFFLE)
		return !patched && c->lanes * head->receptacles == head->pmd->lanes &&
		       c->leg_lanes * leg->receptacles == leg->pmd->lanes;
	if (c->legs != m->legs)
		return false;
	return c->legs > 1 || patched == x->patched;
}

static int add_cords(struct lw_planner *p, struct lw_plan_joint *j, struct lw_plan_medium *m)
{
	size_t n;
	const struct lw_cord *cords = lw_cords(&n);

	for (size_t i = 0; i < n; i++) {
		if (!cord_fits(p->intent, &cords[i], m))
			continue;
		m->cord = &cords[i];
		for (unsigned g = LW_OM1; g <= LW_OS2; g++) {
			m->grade = (enum lw_grade)g;
			if ((p->intent->grades >> g & 1) &&
			    lw_grade_medium(m->grade) == m->part[0]->pmd->medium &&
			    m->part[0]->pmd->reach_m[g] && m->part[1]->pmd->reach_m[g] &&
			    add(p, j, m))
				return LW_ENOMEM;
		}
	}
	return 0;
}

static int add_optics(struct lw_planner *p, struct lw_plan_joint *j)
{
	const struct lw_plan_side *s[2] = {side_of(p, j, 0), side_of(p, j, 1)};
	size_t n;
	const struct lw_part *parts = lw_parts(&n);

	for (size_t a = 0; a < n; a++)
		for (size_t b = 0; b < n && serves(p->intent, &parts[a], s[0]); b++) {
			unsigned k[2] = {s[0]->mode.n / parts[a].receptacles, 0};
			struct lw_plan_medium m = {
				.joint = (uint8_t)(j - p->joint),
				.part = {&parts[a], &parts[b]},
				.kind = module_kind(&parts[a]),
				.receptacles = {parts[a].receptacles, parts[b].receptacles},
				.stock = shelf("fibre")};

			if (!serves(p->intent, &parts[b], s[1]) ||
			    parts[a].pmd->medium != parts[b].pmd->medium ||
			    parts[a].pmd->baud_kbd != parts[b].pmd->baud_kbd)
				continue;
			k[1] = s[1]->mode.n / parts[b].receptacles;
			if (shape_of(j, s, k, &m) && add_cords(p, j, &m))
				return LW_ENOMEM;
		}
	return 0;
}

/* Preference at a few metres: the order of media seldom changes with length, reach does. */
#define NOMINAL_M 5

struct ranked {
	struct lw_plan_medium m;
	double first, second;
	size_t place;
};

static int by_rank(const void *a, const void *b)
{
	const struct ranked *x = a, *y = b;

	if (x->first < y->first || x->first > y->first)
		return x->first < y->first ? -1 : 1;
	if (x->second < y->second || x->second > y->second)
		return x->second < y->second ? -1 : 1;
	return x->place < y->place ? -1 : 1;
}

static int rank(struct lw_planner *p, struct lw_plan_joint *j)
{
	struct ranked *r = lw_arena_alloc(p->arena, (j->medium_n + 1) * sizeof(*r));

	if (!r)
		return LW_ENOMEM;
	for (uint32_t i = 0; i < j->medium_n; i++) {
		struct lw_plan_medium *m = &p->media[j->first_medium + i];
		struct cost c = lw_plan_cost(p, m, NOMINAL_M);
		/* what is shuffled needs panels and care: last of all; no price: behind the priced
		 */
		double n = lw_plan_cable_links(p, m);
		double usd =
			(isnan(c.usd) ? 1e9 : c.usd / n) + (m->shape == LW_SHAPE_SHUFFLE) * 1e10;

		r[i] = (struct ranked){*m, p->intent->by_power ? c.power_w / n : usd,
				       p->intent->by_power ? usd : c.power_w / n, i};
	}
	qsort(r, j->medium_n, sizeof(*r), by_rank);
	for (uint32_t i = 0; i < j->medium_n; i++)
		p->media[j->first_medium + i] = r[i].m;
	return 0;
}

int lw_plan_media(struct lw_planner *p, struct lw_plan_joint *j)
{
	j->first_medium = (uint32_t)p->medium_n;
	if (add_fixed(p, j) || add_optics(p, j) || rank(p, j))
		return LW_ENOMEM;
	/* one cage of several ports at both ends: whoever shares a module shares its kind */
	j->whole = side_of(p, j, 0)->mode.n > 1 && side_of(p, j, 1)->mode.n > 1 && !j->aligned;
	return 0;
}
