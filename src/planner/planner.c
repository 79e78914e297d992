/* SPDX-License-Identifier: Apache-2.0 */
#include "planner-internal.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

/* Links and cages beyond these would not fit into 2 GiB. */
#define LINKS_MAX (16u << 20)
#define CAGES_MAX (64u << 20)

const char *lw_tier_name(enum lw_tier t)
{
	static const char *const names[] = {"server", "leaf", "spine", "core"};

	return names[t];
}

static size_t put_number(char *to, uint32_t n)
{
	char digits[10];
	size_t k = 0, i = 0;

	do
		digits[k++] = (char)('0' + n % 10);
	while (n /= 10);
	while (k)
		to[i++] = digits[--k];
	return i;
}

size_t lw_planner_device(const struct lw_planner *p, enum lw_tier t, uint32_t device, char ret[24])
{
	const char *name = lw_tier_name(t);
	uint32_t per = p->tier[t].per_plane;
	size_t n = 0;

	if (p->tier[t].planes > 1) {
		ret[n++] = 'p';
		n += put_number(ret + n, device / per + 1);
		ret[n++] = '-';
	}
	while (*name)
		ret[n++] = *name++;
	n += put_number(ret + n, device % per + 1);
	ret[n] = '\0';
	return n;
}

static const struct lw_cage_group *group_of(const struct lw_planner *p, enum lw_tier t,
					    unsigned cage, unsigned *ret_first)
{
	const struct lw_switch *s = p->tier[t].model;

	*ret_first = 0;
	for (unsigned i = 0; s && i < s->group_n; i++) {
		if (cage < *ret_first + s->group[i].cages)
			return &s->group[i];
		*ret_first += s->group[i].cages;
	}
	return NULL;
}

size_t lw_planner_cage(const struct lw_planner *p, enum lw_tier t, unsigned cage, char ret[64])
{
	const char *prefix = p->tier[t].model ? p->tier[t].model->prefix : "nic";
	unsigned first;
	const struct lw_cage_group *g = group_of(p, t, cage, &first);
	bool named = g && g->names;
	size_t n = 0;

	if (named)
		prefix = g->names[cage - first];
	while (*prefix && n < 50)
		ret[n++] = *prefix++;
	if (!named)
		n += put_number(ret + n, cage + 1);
	ret[n] = '\0';
	return n;
}

int lw_plan_say(struct lw_planner *p, const char *rule, enum lw_severity severity,
		const char *subject, const char *remedy, const char *fmt, ...)
{
	char text[512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	return lw_findings_add(&p->findings, rule, severity, subject, remedy, "docs/plan.md", "%s",
			       text);
}

/* Does a fabric of so many servers work out and stand in the room? */
static bool holds(const struct lw_intent *x, uint32_t servers)
{
	struct bind why = {0};
	struct sizing z;
	struct layout l;

	if (lw_plan_size(x, servers, &z, &why))
		return false;
	lw_plan_layout(x, &z, &l);
	return l.racks <= (uint32_t)x->room.rows * x->room.racks;
}

/* The size to lay out for: what is said, else the most that room and switches hold. */
static uint32_t ceiling_of(const struct lw_intent *x)
{
	uint64_t racks = (uint64_t)x->room.rows * x->room.racks;
	uint32_t low = x->servers, high;

	if (x->growth_servers)
		return x->growth_servers;
	high = racks * x->per_rack > 1000000 ? 1000000 : (uint32_t)(racks * x->per_rack);
	if (!holds(x, low))
		return low;
	while (low < high) {
		uint32_t mid = low + (high - low + 1) / 2;

		if (holds(x, mid))
			low = mid;
		else
			high = mid - 1;
	}
	return low;
}

static void make_tiers(struct lw_planner *p, const struct sizing *z)
{
	const struct lw_intent *x = p->intent;
	uint32_t groups = ceil_div(x->servers, z->s.group_servers);
	uint32_t leaves = groups * x->rails, pods = ceil_div(leaves, z->s.pod_leaves);
	struct lw_plan_tier *t = p->tier;

	p->tier_n = x->tiers + 1u;
	p->joint_n = x->tiers;
	t[0] = (struct lw_plan_tier){.planes = 1,
				     .per_plane = p->ceiling,
				     .now = x->servers,
				     .height_u = x->server_u,
				     .power_w = x->server_w,
				     .cages = x->nics};
	t[1].per_plane = z->s.groups * x->rails;
	t[1].now = leaves;
	t[2].per_plane = z->s.pods * z->s.spines;
	t[2].now = pods * z->s.spines;
	t[3].per_plane = t[3].now = z->s.spines * z->s.cores_per_spine;
	for (unsigned k = 1; k < p->tier_n; k++) {
		t[k].model = &x->tier[k - 1];
		t[k].planes = x->planes;
		t[k].height_u = t[k].model->height_u;
		t[k].power_w = t[k].model->power_w;
		for (unsigned g = 0; g < t[k].model->group_n; g++)
			t[k].cages = (uint16_t)(t[k].cages + t[k].model->group[g].cages);
	}
	for (unsigned k = 0; k < p->tier_n; k++) {
		t[k].down = z->down[k];
		t[k].up = z->up[k];
	}
}

static bool aligned(const struct lw_plan_side *a, const struct lw_plan_side *b, uint32_t parallel,
		    bool direct)
{
	return a->mode.n == b->mode.n && a->mode.n > 1 && direct && parallel % a->mode.n == 0;
}

static int make_joints(struct lw_planner *p, const struct sizing *z, struct lw_error *reterr)
{
	uint64_t links = 0;
	const uint32_t parallel[] = {z->s.server_leaf_ports, z->s.leaf_parallel,
				     z->s.spine_parallel};

	for (unsigned k = 0; k < p->tier_n; k++) {
		struct lw_plan_tier *t = &p->tier[k];
		uint64_t devices = (uint64_t)t->planes * t->per_plane;

		if (devices * t->cages > CAGES_MAX)
			return lw_fail(reterr, LW_ELIMIT,
				       "%llu cages of %ss; at most %u are planned",
				       (unsigned long long)(devices * t->cages), lw_tier_name(k),
				       CAGES_MAX);
		t->class_of =
			lw_arena_alloc(p->arena, (size_t)devices * t->cages * sizeof(*t->class_of));
		if (!t->class_of)
			return lw_fail(reterr, LW_ENOMEM, "out of memory");
	}
	for (unsigned i = 0; i < p->joint_n; i++) {
		struct lw_plan_joint *j = &p->joint[i];

		j->low = i;
		j->parallel = parallel[i];
		j->rate_mbps = p->tier[i].up.rate_mbps;
		j->aligned = aligned(&p->tier[i].up, &p->tier[i + 1].down, parallel[i],
				     i || p->intent->rails * p->intent->planes == 1);
		links += (uint64_t)p->tier[i].planes * p->tier[i].now * p->tier[i].up.ports;
	}
	if (links > LINKS_MAX)
		return lw_fail(reterr, LW_ELIMIT, "%llu links; at most %u are planned",
			       (unsigned long long)links, LINKS_MAX);
	p->link_cap = p->cable_cap = (size_t)links;
	p->links = lw_arena_alloc(p->arena, (p->link_cap + 1) * sizeof(*p->links));
	p->cables = lw_arena_alloc(p->arena, (p->cable_cap + 1) * sizeof(*p->cables));
	if (!p->links || !p->cables)
		return lw_fail(reterr, LW_ENOMEM, "out of memory");
	for (unsigned i = 0; i < p->joint_n; i++)
		if (lw_plan_media(p, &p->joint[i]))
			return lw_fail(reterr, LW_ENOMEM, "out of memory");
	return 0;
}

static int build(struct lw_planner *p, const struct sizing *z, lw_plan_progress progress, void *ctx,
		 struct lw_error *reterr)
{
	struct layout l;
	int rc;

	p->size = z->s;
	make_tiers(p, z);
	lw_plan_layout(p->intent, z, &l);
	rc = make_joints(p, z, reterr);
	if (rc)
		return rc;
	if (lw_plan_place(p, &l))
		return lw_fail(reterr, LW_ENOMEM, "out of memory");
	rc = lw_plan_wire(p, progress, ctx, reterr);
	if (!rc && (lw_plan_bill(p) || lw_plan_compare(p) || lw_plan_find(p, &l)))
		rc = lw_fail(reterr, LW_ENOMEM, "out of memory");
	return rc;
}

int lw_planner_make(const struct lw_intent *x, lw_plan_progress progress, void *ctx,
		    struct lw_planner *ret, struct lw_error *reterr)
{
	struct lw_planner *p = lw_arena_alloc(x->arena, sizeof(*p));
	struct bind why = {0};
	struct sizing z;
	int rc = 0;

	if (!p)
		return lw_fail(reterr, LW_ENOMEM, "out of memory");
	p->arena = x->arena;
	p->intent = x;
	p->unit_m = lw_room_value("unit_m");
	lw_findings_init(&p->findings, x->arena);
	p->ceiling = ceiling_of(x);
	if (lw_plan_size(x, p->ceiling, &z, &why)) {
		assert(why.rule);
		if (lw_plan_say(p, why.rule, LW_FATAL, x->name, why.remedy, "%s", why.text))
			rc = lw_fail(reterr, LW_ENOMEM, "out of memory");
	} else {
		rc = build(p, &z, progress, ctx, reterr);
	}
	if (!rc)
		*ret = *p;
	return rc;
}

bool lw_planner_fails(const struct lw_planner *p)
{
	for (unsigned i = 0; i < p->joint_n; i++)
		if (p->joint[i].verdict_n[LW_DOWN])
			return true;
	return lw_findings_worst(&p->findings) == LW_FATAL;
}
