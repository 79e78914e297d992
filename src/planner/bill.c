/* SPDX-License-Identifier: Apache-2.0 */
#include "planner-internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* The price of a kind at a rate; between the rows of the data by the bit, and then of low
 * confidence. */
static struct cost price(const char *kind, uint32_t rate, double length_m)
{
	const struct lw_price *best = NULL;
	double scale;

	for (size_t i = 0; i < lw_prices_n; i++) {
		const struct lw_price *r = &lw_prices[i];

		if (strcmp(r->kind, kind))
			continue;
		if (!best || llabs((long long)r->rate_mbps - rate) <
				     llabs((long long)best->rate_mbps - rate))
			best = r;
	}
	if (!best)
		return (struct cost){NAN, NAN, NAN, 0, "low"};
	scale = best->rate_mbps ? (double)rate / best->rate_mbps : 1;
	return (struct cost){best->low * scale + best->per_m * length_m,
			     best->usd * scale + best->per_m * length_m,
			     best->high * scale + best->per_m * length_m, 0,
			     scale < 1 || scale > 1 ? "low" : best->confidence};
}

static uint32_t part_rate(const struct lw_part *part)
{
	return part->pmd ? part->pmd->rate_mbps
			 : (uint32_t)part->form->lanes *
				   (part->form->max_baud_kbd > 60000000     ? 200000
				    : part->form->max_baud_kbd > 30000000   ? 100000
				    : part->form->max_modulation == LW_PAM4 ? 50000
				    : part->form->max_baud_kbd > 20000000   ? 25000
									    : 10000);
}

struct cost lw_plan_part_cost(const struct lw_part *part)
{
	const struct lw_media *m = lw_media_find(part->name);
	struct cost c;

	if (!part->far)
		c = price("module", part_rate(part), 0);
	else
		c = price(m ? lw_media_kind_name(m->kind) : "DAC", part_rate(part), 0);
	c.power_w = part->power_w + (part->far ? part->far->power_w * part->far_n : 0);
	return c;
}

struct cost lw_plan_cord_cost(const struct lw_cord *cord, double length_m)
{
	return price(cord->legs > 1           ? "harness"
		     : !strcmp(cord->a, "LC") ? "LC"
					      : "MPO",
		     0, length_m);
}

struct cost lw_plan_shuffle_cost(unsigned lanes)
{
	struct cost c = price("shuffle", 0, 0);

	return (struct cost){c.low * lanes, c.usd * lanes, c.high * lanes, 0, c.confidence};
}

/* The panel stands half way. */
static double trunk_m(const struct lw_plan_medium *m, double length_m)
{
	int at = lw_plan_stock_at(m, length_m / 2);

	return at < 0 ? length_m : m->stock->m[at];
}

static void sum(struct cost *to, struct cost c, double times)
{
	to->low += c.low * times;
	to->usd += c.usd * times;
	to->high += c.high * times;
	to->power_w += c.power_w * times;
}

struct cost lw_plan_cost(const struct lw_planner *p, const struct lw_plan_medium *m,
			 double length_m)
{
	unsigned head = m->head;
	double links = lw_plan_cable_links(p, m);
	struct cost c = {.confidence = "low"};

	if (m->cable) {
		sum(&c, lw_plan_part_cost(m->cable), 1);
		return c;
	}
	for (unsigned e = 0; e < 2; e++)
		sum(&c, lw_plan_part_cost(m->part[e]),
		    links / side_of(p, &p->joint[m->joint], e)->mode.n);
	if (m->shape == LW_SHAPE_SHUFFLE) {
		/* a trunk from each end to the panel carries the ports of a receptacle */
		for (unsigned e = 0; e < 2; e++)
			sum(&c, price("MPO", 0, trunk_m(m, length_m)),
			    (double)m->receptacles[e] / side_of(p, &p->joint[m->joint], e)->mode.n);
		sum(&c, lw_plan_shuffle_cost(1),
		    (double)m->part[head]->pmd->lanes /
			    side_of(p, &p->joint[m->joint], head)->mode.n);
	} else {
		sum(&c, lw_plan_cord_cost(m->cord, length_m), 1);
	}
	return c;
}

static int add(struct lw_planner *p, const struct lw_plan_item *x)
{
	struct lw_plan_item *v;

	if (!x->count)
		return 0;
	for (size_t i = 0; i < p->item_n; i++) {
		v = &p->items[i];
		if (!strcmp(v->kind, x->kind) && !strcmp(v->name, x->name) &&
		    !(v->length_m < x->length_m) && !(v->length_m > x->length_m)) {
			v->count += x->count;
			return 0;
		}
	}
	v = lw_arena_grow(p->arena, p->items, &p->item_cap, p->item_n + 1, sizeof(*v));
	if (!v)
		return LW_ENOMEM;
	p->items = v;
	p->items[p->item_n++] = *x;
	return 0;
}

static int add_switches(struct lw_planner *p)
{
	for (unsigned k = LW_TIER_LEAF; k < p->tier_n; k++) {
		const struct lw_plan_tier *t = &p->tier[k];
		struct lw_plan_item x = {.kind = "switch",
					 .name = t->model->name,
					 .count = (uint64_t)t->planes * t->now,
					 .usd_low = t->model->price_usd,
					 .usd = t->model->price_usd,
					 .usd_high = t->model->price_usd,
					 .power_w = t->power_w,
					 .confidence = t->model->confidence,
					 .ref = t->model->ref};

		if (add(p, &x))
			return LW_ENOMEM;
	}
	return 0;
}

static int add_part(struct lw_planner *p, const char *kind, const struct lw_part *part,
		    double length_m, uint64_t n)
{
	struct cost c = lw_plan_part_cost(part);
	struct lw_plan_item x = {.kind = kind,
				 .name = part->name,
				 .length_m = length_m,
				 .count = n,
				 .usd_low = c.low,
				 .usd = c.usd,
				 .usd_high = c.high,
				 .power_w = c.power_w,
				 .confidence = c.confidence,
				 .ref = part->ref};

	return add(p, &x);
}

/* Modules are counted by the cages that hold one. */
static int add_modules(struct lw_planner *p)
{
	uint64_t *n = lw_arena_alloc(p->arena, (p->medium_n + 1) * 2 * sizeof(*n));

	if (!n)
		return LW_ENOMEM;
	for (unsigned k = 0; k < p->tier_n; k++) {
		uint32_t devices = p->tier[k].planes * p->tier[k].per_plane;

		for (uint32_t d = 0; d < devices; d++)
			for (unsigned c = 0; c < p->tier[k].cages; c++) {
				const struct lw_plan_class *x = class_at(p, k, d, c);

				if (x)
					n[2 * x->medium + end_at(p, &p->media[x->medium], k)]++;
			}
	}
	for (size_t i = 0; i < p->medium_n; i++)
		for (unsigned e = 0; e < 2; e++)
			if (!p->media[i].cable &&
			    add_part(p, "module", p->media[i].part[e], 0, n[2 * i + e]))
				return LW_ENOMEM;
	return 0;
}

/* A shuffle: a trunk of each receptacle, at either end, to a panel. */
static int add_shuffle(struct lw_planner *p, const struct lw_plan_class *c)
{
	const struct lw_plan_medium *m = &p->media[c->medium];
	struct cost s = lw_plan_shuffle_cost(1);
	struct lw_plan_item x = {.kind = "shuffle",
				 .name = "lane pair of a shuffle panel",
				 .count = c->count * c->lanes,
				 .usd_low = s.low,
				 .usd = s.usd,
				 .usd_high = s.high,
				 .confidence = s.confidence,
				 .ref = "data/prices.csv"};

	if (add(p, &x))
		return LW_ENOMEM;
	for (unsigned e = 0; e < 2; e++) {
		double length = trunk_m(m, c->length_m);
		struct cost u = price("MPO", 0, length);

		/* classes tell the ports apart: one of each receptacle stands for its trunk */
		if (c->port[e] % (side_of(p, &p->joint[m->joint], e)->mode.n / m->receptacles[e]))
			continue;
		x = (struct lw_plan_item){.kind = "cord",
					  .name = lw_arena_printf(p->arena, "trunk %s %s",
								  m->part[e]->receptacle->body,
								  lw_grade_name(m->grade)),
					  .length_m = length,
					  .count = c->count,
					  .usd_low = u.low,
					  .usd = u.usd,
					  .usd_high = u.high,
					  .confidence = u.confidence,
					  .ref = "data/prices.csv"};
		if (!x.name || add(p, &x))
			return LW_ENOMEM;
	}
	return 0;
}

static int add_cables(struct lw_planner *p)
{
	for (size_t i = 0; i < p->class_n; i++) {
		const struct lw_plan_class *c = &p->classes[i];
		const struct lw_plan_medium *m = &p->media[c->medium];
		struct lw_plan_item x;
		struct cost u;

		if (!c->cable_n)
			continue;
		if (m->cable) {
			if (add_part(p, "cable", m->cable, c->length_m, c->cable_n))
				return LW_ENOMEM;
			continue;
		}
		if (m->shape == LW_SHAPE_SHUFFLE) {
			if (add_shuffle(p, c))
				return LW_ENOMEM;
			continue;
		}
		u = lw_plan_cord_cost(m->cord, c->length_m);
		x = (struct lw_plan_item){.kind = "cord",
					  .name = lw_arena_printf(p->arena, "%s %s", m->cord->name,
								  lw_grade_name(m->grade)),
					  .length_m = c->length_m,
					  .count = c->cable_n,
					  .usd_low = u.low,
					  .usd = u.usd,
					  .usd_high = u.high,
					  .confidence = u.confidence,
					  .ref = "data/prices.csv"};
		if (!x.name || add(p, &x))
			return LW_ENOMEM;
	}
	return 0;
}

static int by_item(const void *a, const void *b)
{
	static const char *const order[] = {"switch", "module", "cable", "cord", "shuffle"};
	const struct lw_plan_item *x = a, *y = b;
	int i = 0, k = 0, c;

	while (strcmp(order[i], x->kind))
		i++;
	while (strcmp(order[k], y->kind))
		k++;
	c = i != k ? i - k : strcmp(x->name, y->name);
	return c ? c : (x->length_m > y->length_m) - (x->length_m < y->length_m);
}

static void totals(struct lw_planner *p)
{
	double spare = p->intent->spares_percent / 100;

	for (size_t i = 0; i < p->item_n; i++) {
		struct lw_plan_item *x = &p->items[i];
		double n;

		x->spares = strcmp(x->kind, "switch") && strcmp(x->kind, "shuffle")
				    ? (uint64_t)ceil((double)x->count * spare - 1e-9)
				    : 0;
		n = (double)(x->count + x->spares);
		if (!isnan(x->usd)) {
			p->usd_low += x->usd_low * n;
			p->usd += x->usd * n;
			p->usd_high += x->usd_high * n;
		}
		p->power_w += x->power_w * (double)x->count;
	}
	p->server_power_w = (double)p->intent->servers * p->intent->server_w;
}

static int add_racks(struct lw_planner *p)
{
	p->racks = lw_arena_alloc(p->arena, (p->rack_n + 1) * sizeof(*p->racks));
	if (!p->racks)
		return LW_ENOMEM;
	for (unsigned k = 0; k < p->tier_n; k++) {
		const struct lw_plan_tier *t = &p->tier[k];

		for (uint32_t d = 0; d < t->planes * t->per_plane; d++) {
			struct lw_plan_rack *r = &p->racks[t->place[d].rack];

			if (!lw_plan_there(p, k, d))
				continue;
			if (k)
				r->switches++;
			else
				r->servers++;
			r->units = (uint8_t)(r->units + t->height_u);
			r->power_w += t->power_w;
			for (unsigned c = 0; c < t->cages; c++) {
				const struct lw_plan_class *x = class_at(p, k, d, c);
				const struct lw_plan_medium *m = x ? &p->media[x->medium] : NULL;

				if (m)
					r->power_w += m->part[end_at(p, m, k)]->power_w;
			}
		}
	}
	return 0;
}

int lw_plan_bill(struct lw_planner *p)
{
	if (add_switches(p) || add_modules(p) || add_cables(p) || add_racks(p))
		return LW_ENOMEM;
	if (p->item_n)
		qsort(p->items, p->item_n, sizeof(*p->items), by_item);
	totals(p);
	return 0;
}
