/* SPDX-License-Identifier: Apache-2.0 */
#include "resolve.h"

#include <string.h>

/* The ability that shows most of the module at once: its lanes times its instances. */
static const struct lw_ability *widest(const struct lw_cage *c, unsigned *ret_lanes,
				       unsigned *ret_instances)
{
	const struct lw_ability *best = NULL;
	unsigned most = 0;

	for (size_t i = 0; i < c->ability_n; i++) {
		const struct lw_ability *a = &c->abilities[i];
		unsigned n = (unsigned)__builtin_popcount(a->media_first);
		unsigned lanes = a->media_lanes * (n ? n : 1);

		/* more lanes win; of equals the one with fewer instances is the whole */
		if (lanes < most || (best && lanes == most && a->media_lanes <= best->media_lanes))
			continue;
		best = a;
		most = lanes;
		*ret_lanes = lanes;
		*ret_instances = n ? n : 1;
	}
	return best;
}

static uint8_t at_least_1(unsigned n)
{
	return (uint8_t)(n ? n : 1);
}

/*
 * A catalogued part says how many receptacles it has. A dump does not: several WDM groups mean one
 * duplex receptacle each, everything else is one receptacle.
 */
static void find_receptacles(const struct lw_cage *c, struct place *p)
{
	unsigned lanes = 0, instances = 1, pairs;
	const struct lw_ability *a = widest(c, &lanes, &instances);

	p->pmd = c->part && c->cable < 0 ? c->part->pmd : a ? a->pmd : NULL;
	p->receptacles = 1;
	if (c->part && c->part->pmd && c->cable < 0) {
		lanes = p->pmd->lanes;
		p->receptacles = at_least_1(c->part->receptacles);
		pairs = p->pmd->fibres / 2u;
	} else if (p->pmd) {
		pairs = p->pmd->fibres / 2u * instances;
		if (p->pmd->topology == LW_TOPO_WDM)
			p->receptacles = at_least_1(instances);
	} else {
		pairs = 1;
	}
	p->pairs = at_least_1(pairs / p->receptacles);
	p->pair_lanes = at_least_1(lanes / (p->receptacles * p->pairs));
}

static unsigned host_lanes(const struct lw_cage *c)
{
	unsigned n = 0;

	for (size_t i = 0; i < c->ability_n; i++) {
		const struct lw_ability *a = &c->abilities[i];
		unsigned last = a->host_first ? 31u - (unsigned)__builtin_clz(a->host_first) : 0;

		if (last + a->host_lanes > n)
			n = last + a->host_lanes;
	}
	return n ? n : c->form->lanes;
}

/* The media lanes of a port: by the ability that serves it, else its share of the whole. */
static void media_of(const struct lw_cage *c, const struct place *p, const struct lw_lport *port,
		     unsigned *ret_first, unsigned *ret_n)
{
	unsigned total = (unsigned)p->receptacles * p->pairs * p->pair_lanes;

	for (size_t i = 0; i < c->ability_n; i++) {
		const struct lw_ability *a = &c->abilities[i];
		int first;

		if (!lw_ability_serves(a, port))
			continue;
		first = lw_ability_media_first(a, port->first);
		if (first < 0)
			continue;
		*ret_first = (unsigned)first;
		*ret_n = a->media_lanes;
		return;
	}
	*ret_first = port->first * total / p->host_lanes;
	*ret_n = at_least_1(port->lanes * total / p->host_lanes);
}

void lw_place_find(const struct lw_cage *c, struct place *ret)
{
	struct place p = {.host_lanes = (uint8_t)host_lanes(c)};

	memset(p.port, -1, sizeof(p.port));
	memset(p.host_port, -1, sizeof(p.host_port));
	find_receptacles(c, &p);
	for (unsigned i = 0; i < c->mode.n; i++) {
		const struct lw_lport *port = &c->mode.port[i];
		unsigned first, n;

		for (unsigned k = port->first; k < port->first + port->lanes && k < LW_LANES_MAX;
		     k++)
			p.host_port[k] = (int8_t)i;
		media_of(c, &p, port, &first, &n);
		for (unsigned k = first; k < first + n && k < LW_LANES_MAX; k++) {
			if (p.port[k] >= 0)
				p.clash[i] = (uint8_t)(p.port[k] + 1);
			else
				p.port[k] = (int8_t)i;
		}
	}
	*ret = p;
}

const char *lw_port_id(struct lw_arena *arena, const struct lw_cage *c, unsigned port)
{
	return c->mode.n > 1 ? lw_arena_printf(arena, "%s:%u", c->id, port + 1) : c->id;
}
