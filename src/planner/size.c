/* SPDX-License-Identifier: Apache-2.0 */
#include "planner-internal.h"

#include <stdio.h>
#include <string.h>

/* Prefer a mode of more ports: the smaller the ports the larger the fabric. */
static bool uniform(const struct lw_mode *m, uint32_t rate)
{
	for (unsigned i = 0; i < m->n; i++)
		if (m->port[i].rate_mbps != rate)
			return false;
	return m->n > 0;
}

/* Ports of `rate` on the lanes that a cage of the group has at `max_baud`. */
static bool group_mode(const struct lw_cage_group *g, uint32_t rate, const char **ret_text,
		       struct lw_mode *ret)
{
	bool found = false;

	for (unsigned i = 0; i < g->mode_n; i++) {
		struct lw_mode m;

		if (lw_mode_parse(g->modes[i], g->form->lanes, &m, NULL) || !uniform(&m, rate) ||
		    (g->max_baud_kbd && m.port[0].baud_kbd > g->max_baud_kbd) ||
		    (found && m.n <= ret->n))
			continue;
		*ret = m;
		*ret_text = g->modes[i];
		found = true;
	}
	return found;
}

/* The group of cages that has most ports of `rate` and may look that way. */
static bool find_side(const struct lw_switch *s, enum lw_use use, uint32_t rate,
		      struct lw_plan_side *ret)
{
	uint32_t best = 0;
	uint16_t first = 0;

	for (unsigned i = 0; i < s->group_n; i++) {
		const struct lw_cage_group *g = &s->group[i];
		struct lw_plan_side side = {.group = g,
					    .group_first = first,
					    .first = first,
					    .cages = g->cages,
					    .rate_mbps = rate};

		first = (uint16_t)(first + g->cages);
		if ((g->use != LW_USE_ANY && g->use != use) ||
		    !group_mode(g, rate, &side.mode_text, &side.mode))
			continue;
		side.ports = (uint32_t)side.cages * side.mode.n;
		if (side.ports > best) {
			best = side.ports;
			*ret = side;
		}
	}
	return best > 0;
}

static int bound(struct bind *why, const char *rule, const char *remedy, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));
static int bound(struct bind *why, const char *rule, const char *remedy, const char *fmt, ...)
{
	va_list ap;

	why->rule = rule;
	snprintf(why->remedy, sizeof(why->remedy), "%s", remedy);
	va_start(ap, fmt);
	vsnprintf(why->text, sizeof(why->text), fmt, ap);
	va_end(ap);
	return -1;
}

/*
 * Divide the cages of a switch between down and up so that as much as possible goes down and the
 * oversubscription is kept. Cages of one group are divided from both ends, so that growth towards
 * neither side moves the other.
 */
static int divide(const struct lw_switch *s, uint32_t down_rate, uint32_t up_rate, double over,
		  struct lw_plan_side *down, struct lw_plan_side *up, struct bind *why)
{
	char a[16], b[16];
	double most;

	if (!find_side(s, LW_USE_DOWN, down_rate, down) || !find_side(s, LW_USE_UP, up_rate, up))
		return bound(why, "port-mode", "Choose another switch, or another rate.",
			     "%s has no mode with ports of %s down and %s up only", s->name,
			     lw_rate_text(down_rate, a, sizeof(a)),
			     lw_rate_text(up_rate, b, sizeof(b)));
	if (down->group == up->group) {
		unsigned n = down->cages, d = n - 1;

		while (d && (double)d * down->mode.n * down_rate >
				    over * (double)(n - d) * up->mode.n * up_rate * (1 + 1e-9))
			d--;
		if (!d)
			return bound(why, "oversubscription", "Allow more oversubscription.",
				     "%s cannot keep %g:1 with cages split %s down and %s up",
				     s->name, over, down->mode_text, up->mode_text);
		down->cages = (uint16_t)d;
		up->first = (uint16_t)(up->first + d);
		up->cages = (uint16_t)(n - d);
		down->ports = d * down->mode.n;
		up->ports = (uint32_t)up->cages * up->mode.n;
	}
	most = over * up->ports * up_rate / down_rate * (1 + 1e-9);
	if (down->ports > most)
		down->ports = (uint32_t)most;
	return 0;
}

/*
 * Devices above and links to each of them, so that `need` uplinks of each of `lower` devices land
 * on devices of `ports` ports: as few devices as possible, but two where there can be two.
 */
static bool spread(uint32_t need, uint32_t most, uint32_t lower, uint32_t ports, uint32_t least,
		   uint32_t *ret_devices, uint32_t *ret_parallel)
{
	uint32_t p = lower ? ports / lower : 0, n;

	if (p > need)
		p = need;
	for (; p; p--) {
		n = ceil_div(need, p);
		if (n >= least && (uint64_t)n * p <= most)
			break;
	}
	if (!p)
		return false;
	*ret_devices = ceil_div(need, p);
	*ret_parallel = p;
	return true;
}

static int size_leaf(const struct lw_intent *x, uint32_t servers, uint32_t rate, struct sizing *z,
		     struct bind *why)
{
	const struct lw_switch *leaf = &x->tier[0];
	struct lw_plan_side *down = &z->down[LW_TIER_LEAF], *up = &z->up[LW_TIER_LEAF];
	uint32_t host = x->nic_mode.port[0].rate_mbps, q, sg;
	char a[16];

	if (divide(leaf, host, rate, x->oversubscription[0], down, up, why))
		return -1;
	q = (uint32_t)x->nics * x->nic_mode.n / ((uint32_t)x->rails * x->planes);
	sg = down->ports / q;
	if (!sg)
		return bound(why, "capacity", "Use more rails or planes, or a larger leaf.",
			     "a server has %u ports for each leaf, %s has %u of %s for servers", q,
			     leaf->name, down->ports, lw_rate_text(host, a, sizeof(a)));
	if (x->leaf_servers > sg)
		return bound(why, "capacity",
			     "Put fewer servers behind a leaf, or use a larger one.",
			     "leaf_servers asks for %u servers behind a leaf; %s has ports for %u",
			     x->leaf_servers, leaf->name, sg);
	if (x->leaf_servers)
		sg = x->leaf_servers;
	else if (sg > x->per_rack)
		sg -= sg % x->per_rack; /* whole racks: cables of a rack end at the same leaves */
	/* what will never be there needs neither ports upwards nor racks */
	if (sg > servers)
		sg = servers;
	z->s.server_leaf_ports = q;
	z->s.group_servers = sg;
	down->ports = sg * q;
	return 0;
}

static int size_top(const struct lw_intent *x, uint32_t servers, uint32_t rate, struct sizing *z,
		    struct bind *why)
{
	const struct lw_plan_side *down = &z->down[LW_TIER_LEAF], *up = &z->up[LW_TIER_LEAF];
	struct lw_plan_side *spine = &z->down[LW_TIER_SPINE];
	uint32_t need = (uint32_t)((double)down->ports * down->rate_mbps /
					   (x->oversubscription[0] * rate) * (1 - 1e-9) +
				   0.999999999),
		 top = ceil_div(servers, z->s.group_servers) * x->rails;
	char a[16];

	if (!find_side(&x->tier[1], LW_USE_DOWN, rate, spine))
		return bound(why, "port-mode", "Choose another spine, or another uplink rate.",
			     "%s has no mode with ports of %s only", x->tier[1].name,
			     lw_rate_text(rate, a, sizeof(a)));
	if (!need)
		need = 1;
	z->s.pods = 1;
	z->s.pod_leaves = top;
	if (!spread(need, up->ports, top, spine->ports, need > 1 ? 2 : 1, &z->s.spines,
		    &z->s.leaf_parallel))
		return bound(
			why, "capacity",
			"Use three tiers, a larger spine, smaller uplinks, or more planes.",
			"%u leaves need a port on each spine; %s has %u of %s: at most %u servers",
			top, x->tier[1].name, spine->ports, lw_rate_text(rate, a, sizeof(a)),
			spine->ports / x->rails * z->s.group_servers);
	z->s.leaf_uplinks = z->s.spines * z->s.leaf_parallel;
	spine->ports = top * z->s.leaf_parallel;
	return 0;
}

static int size_pods(const struct lw_intent *x, uint32_t servers, uint32_t rate, struct sizing *z,
		     struct bind *why)
{
	const struct lw_plan_side *down = &z->down[LW_TIER_LEAF], *up = &z->up[LW_TIER_LEAF];
	struct lw_plan_side *sd = &z->down[LW_TIER_SPINE], *su = &z->up[LW_TIER_SPINE],
			    *core = &z->down[LW_TIER_CORE];
	uint32_t leaves = ceil_div(servers, z->s.group_servers) * x->rails, pod, need;
	char a[16];

	if (divide(&x->tier[1], rate, rate, x->oversubscription[1], sd, su, why))
		return -1;
	if (!find_side(&x->tier[2], LW_USE_DOWN, rate, core))
		return bound(why, "port-mode", "Choose another core, or another uplink rate.",
			     "%s has no mode with ports of %s only", x->tier[2].name,
			     lw_rate_text(rate, a, sizeof(a)));
	need = (uint32_t)((double)down->ports * down->rate_mbps / (x->oversubscription[0] * rate) *
				  (1 - 1e-9) +
			  0.999999999);
	need = need ? need : 1;
	pod = x->pod_servers ? ceil_div(x->pod_servers, z->s.group_servers) * x->rails
			     : sd->ports - sd->ports % x->rails;
	if (pod > leaves)
		pod = leaves;
	if (!pod || !spread(need, up->ports, pod, sd->ports, need > 1 ? 2 : 1, &z->s.spines,
			    &z->s.leaf_parallel))
		return bound(
			why, "capacity", "Make pods smaller, or use a larger spine.",
			"a pod of %u leaves needs a port of %s for each on its spines; %s has %u "
			"towards leaves",
			pod, lw_rate_text(rate, a, sizeof(a)), x->tier[1].name, sd->ports);
	z->s.leaf_uplinks = z->s.spines * z->s.leaf_parallel;
	z->s.pod_leaves = pod;
	z->s.pods = ceil_div(leaves, pod);
	sd->ports = pod * z->s.leaf_parallel;
	need = (uint32_t)((double)sd->ports / x->oversubscription[1] * (1 - 1e-9) + 0.999999999);
	if (!spread(need ? need : 1, su->ports, z->s.pods, core->ports, 1, &z->s.cores_per_spine,
		    &z->s.spine_parallel))
		return bound(
			why, "capacity", "Make pods larger, or use a larger core.",
			"%u pods need a port on each core; %s has %u of %s: at most %u servers",
			z->s.pods, x->tier[2].name, core->ports, lw_rate_text(rate, a, sizeof(a)),
			core->ports * (pod / x->rails) * z->s.group_servers);
	z->s.spine_uplinks = z->s.cores_per_spine * z->s.spine_parallel;
	su->ports = z->s.spine_uplinks;
	core->ports = z->s.pods * z->s.spine_parallel;
	return 0;
}

static int try_size(const struct lw_intent *x, uint32_t servers, uint32_t rate, struct sizing *ret,
		    struct bind *why)
{
	struct sizing z = {.uplink_mbps = rate};
	struct lw_plan_side *nic = &z.up[LW_TIER_SERVER];
	int rc;

	*nic = (struct lw_plan_side){.group = &x->nic,
				     .cages = x->nics,
				     .mode_text = x->nic.modes[0],
				     .mode = x->nic_mode,
				     .rate_mbps = x->nic_mode.port[0].rate_mbps,
				     .ports = (uint32_t)x->nics * x->nic_mode.n};
	rc = size_leaf(x, servers, rate, &z, why);
	if (!rc)
		rc = x->tiers == 3 ? size_pods(x, servers, rate, &z, why)
				   : size_top(x, servers, rate, &z, why);
	if (rc)
		return rc;
	z.up[LW_TIER_LEAF].ports = z.s.leaf_uplinks;
	z.s.groups = ceil_div(servers, z.s.group_servers);
	z.leaves = z.s.groups * x->rails;
	*ret = z;
	return 0;
}

/* The next lower rate of any mode of the leaf, 0 if there is none. */
static uint32_t next_rate(const struct lw_switch *leaf, uint32_t below)
{
	uint32_t best = 0;

	for (unsigned i = 0; i < leaf->group_n; i++)
		for (unsigned k = 0; k < leaf->group[i].mode_n; k++) {
			struct lw_mode m;

			if (!lw_mode_parse(leaf->group[i].modes[k], leaf->group[i].form->lanes, &m,
					   NULL) &&
			    m.port[0].rate_mbps > best && m.port[0].rate_mbps < below)
				best = m.port[0].rate_mbps;
		}
	return best;
}

int lw_plan_size(const struct lw_intent *x, uint32_t servers, struct sizing *ret, struct bind *why)
{
	uint32_t host = x->nic_mode.port[0].rate_mbps, rate;
	struct bind first = {0}, *w = &first;

	if (x->uplink_mbps)
		return try_size(x, servers, x->uplink_mbps, ret, why);
	/* fat links first: fewer modules for the same traffic; thin ones carry larger fabrics */
	for (rate = next_rate(&x->tier[0], UINT32_MAX); rate >= host && rate;
	     rate = next_rate(&x->tier[0], rate)) {
		if (!try_size(x, servers, rate, ret, w))
			return 0;
		/* of all refusals the one about size says most */
		if (!why->rule || !strcmp(first.rule, "capacity"))
			*why = first;
	}
	if (!why->rule)
		bound(why, "port-mode", "Choose another leaf.", "%s has no mode for the NICs' rate",
		      x->tier[0].name);
	return -1;
}
