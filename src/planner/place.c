/* SPDX-License-Identifier: Apache-2.0 */
#include "planner-internal.h"

#include <math.h>

/* How many such switches a rack holds, by height and by power. */
static uint32_t per_rack(const struct lw_room *r, const struct lw_switch *s)
{
	uint32_t n = (uint32_t)(r->rack_units / (s->height_u ? s->height_u : 1));

	if (r->rack_power_w > 0 && s->power_w > 0 && n > r->rack_power_w / s->power_w)
		n = (uint32_t)(r->rack_power_w / s->power_w);
	return n ? n : 1;
}

void lw_plan_layout(const struct lw_intent *x, const struct sizing *z, struct layout *ret)
{
	const struct lw_room *r = &x->room;
	uint32_t leaves = (uint32_t)x->rails * x->planes, spines, cores;
	struct layout l = {0};

	for (unsigned t = LW_TIER_LEAF; t <= x->tiers; t++)
		l.per_rack[t] = per_rack(r, &x->tier[t - 1]);
	l.per_rack[LW_TIER_SERVER] = x->per_rack;
	l.in_rack =
		z->s.group_servers <= x->per_rack &&
		z->s.group_servers * x->server_u + leaves * x->tier[0].height_u <= r->rack_units;
	if (l.in_rack) {
		l.per_rack[LW_TIER_SERVER] = z->s.group_servers;
		l.block_groups = 1;
		l.block_servers = 1;
	} else {
		l.block_groups = l.per_rack[LW_TIER_LEAF] / leaves;
		l.block_groups = l.block_groups ? l.block_groups : 1;
		if (l.block_groups > z->s.groups)
			l.block_groups = z->s.groups;
		l.block_servers =
			ceil_div((uint64_t)l.block_groups * z->s.group_servers, x->per_rack);
		l.block_leaves =
			ceil_div((uint64_t)l.block_groups * leaves, l.per_rack[LW_TIER_LEAF]);
	}
	l.blocks = ceil_div(z->s.groups, l.block_groups);
	spines = z->s.spines * z->s.pods * x->planes;
	cores = z->s.cores_per_spine * z->s.spines * x->planes;
	l.top_racks = ceil_div(spines, l.per_rack[LW_TIER_SPINE]) +
		      (cores ? ceil_div(cores, l.per_rack[LW_TIER_CORE]) : 0);
	l.racks = l.blocks * (l.block_servers + l.block_leaves) + l.top_racks;
	/* in the middle, where the ways to all others are short */
	l.top_first = (l.racks - l.top_racks) / 2;
	*ret = l;
}

/* Racks of blocks lie around those of the top tiers. */
static uint32_t around(const struct layout *l, uint32_t rack)
{
	return rack < l->top_first ? rack : rack + l->top_racks;
}

static uint32_t block_rack(const struct layout *l, uint32_t block, uint32_t i, bool leaf)
{
	uint32_t half = l->block_servers / 2, first = block * (l->block_servers + l->block_leaves);

	if (leaf)
		return around(l, first + half + i);
	return around(l, first + (i < half ? i : i + l->block_leaves));
}

static uint8_t from_top(const struct lw_room *r, uint32_t slot, unsigned height)
{
	double u = r->rack_units - (slot + 1) * height + 1;

	return u >= 1 ? (uint8_t)u : 1;
}

static void place_servers(struct lw_planner *p, const struct layout *l)
{
	struct lw_plan_tier *t = &p->tier[LW_TIER_SERVER];
	uint32_t block = l->block_groups * p->size.group_servers, per = l->per_rack[LW_TIER_SERVER];

	for (uint32_t i = 0; i < t->per_plane; i++) {
		uint32_t local = i % block, u = local % per * t->height_u + 1;

		t->place[i].rack = block_rack(l, i / block, local / per, false);
		t->place[i].u = (uint8_t)(u < 200 ? u : 200);
	}
}

static void place_leaves(struct lw_planner *p, const struct layout *l)
{
	struct lw_plan_tier *t = &p->tier[LW_TIER_LEAF];
	uint32_t rails = p->intent->rails, each = rails * p->intent->planes;

	for (uint32_t plane = 0; plane < t->planes; plane++)
		for (uint32_t i = 0; i < t->per_plane; i++) {
			struct lw_plan_place *at = &t->place[plane * t->per_plane + i];
			uint32_t group = i / rails, block = group / l->block_groups;
			uint32_t k = group % l->block_groups * each + plane * rails + i % rails;

			if (l->in_rack) {
				at->rack = block_rack(l, block, 0, false);
			} else {
				at->rack =
					block_rack(l, block, k / l->per_rack[LW_TIER_LEAF], true);
				k %= l->per_rack[LW_TIER_LEAF];
			}
			at->u = from_top(&p->intent->room, k, t->height_u);
		}
}

/* Spines, then cores, rack by rack. */
static void place_top(struct lw_planner *p, const struct layout *l)
{
	uint32_t rack = l->top_first;

	for (unsigned k = LW_TIER_SPINE; k < p->tier_n; k++) {
		struct lw_plan_tier *t = &p->tier[k];
		uint32_t n = t->planes * t->per_plane;

		for (uint32_t i = 0; i < n; i++) {
			t->place[i].rack = rack + i / l->per_rack[k];
			t->place[i].u = from_top(&p->intent->room, i % l->per_rack[k], t->height_u);
		}
		rack += ceil_div(n, l->per_rack[k]);
	}
}

int lw_plan_place(struct lw_planner *p, const struct layout *l)
{
	for (unsigned k = 0; k < p->tier_n; k++) {
		struct lw_plan_tier *t = &p->tier[k];

		t->place = lw_arena_alloc(p->arena,
					  (size_t)t->planes * t->per_plane * sizeof(*t->place));
		if (!t->place)
			return LW_ENOMEM;
	}
	place_servers(p, l);
	place_leaves(p, l);
	place_top(p, l);
	p->rack_n = l->racks;
	return 0;
}

/* From the middle of a device to the tray above its rack. */
static double rise(const struct lw_room *r, double unit, const struct lw_plan_place *at,
		   unsigned height)
{
	return (r->rack_units - (at->u - 1 + height / 2.0)) * unit + r->tray_m;
}

double lw_plan_length(const struct lw_planner *p, enum lw_tier low, uint32_t a, uint32_t b)
{
	const struct lw_plan_tier *ta = &p->tier[low], *tb = &p->tier[low + 1];
	const struct lw_plan_place *pa = &ta->place[a], *pb = &tb->place[b];
	const struct lw_room *r = &p->intent->room;
	double x[2], dy, unit = p->unit_m, m;

	if (pa->rack == pb->rack) {
		m = fabs(pa->u + ta->height_u / 2.0 - pb->u - tb->height_u / 2.0) * unit;
	} else {
		x[0] = (pa->rack % r->racks + 0.5) * r->rack_width_m;
		x[1] = (pb->rack % r->racks + 0.5) * r->rack_width_m;
		dy = fabs((double)(pa->rack / r->racks) - (double)(pb->rack / r->racks)) *
		     r->row_pitch_m;
		m = fabs(x[0] - x[1]);
		/* from row to row only where a tray crosses */
		for (unsigned i = 0; dy > 0 && i < r->cross_n; i++) {
			double way = fabs(x[0] - r->cross_m[i]) + fabs(x[1] - r->cross_m[i]);

			m = i == 0 || way < m ? way : m;
		}
		m += dy + rise(r, unit, pa, ta->height_u) + rise(r, unit, pb, tb->height_u);
	}
	return (m + 2 * r->service_m) * (1 + r->slack_percent / 100);
}
