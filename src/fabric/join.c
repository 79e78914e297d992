/* SPDX-License-Identifier: Apache-2.0 */
#include "loader.h"
#include "resolve.h"

#include <stdio.h>
#include <string.h>

struct joiner {
	struct lw_fabric *f;
	struct place *places;
	struct lw_error *reterr;
	size_t cap, join_cap;
	size_t leg_first; /* first link of the leg being joined */
	int cable;
	double dirt_db; /* of the leg being joined */
};

static int no_memory(struct joiner *j)
{
	return lw_fail_in(j->reterr, LW_ENOMEM, j->f->file, 0, "out of memory");
}

/** What a lane's light meets at the other end. */
enum meets { RECEIVER, TRANSMITTER, NOTHING };

/* One more lane of a link, in the order of the lanes at end 0. */
static void extend(struct lw_flink *l, const unsigned lane[2], enum meets meets)
{
	unsigned n = l->media_lanes;

	if (n == LW_LANES_MAX)
		return;
	l->media_lanes++;
	if (meets == NOTHING)
		l->broken |= UINT32_C(1) << n;
	else if (meets == TRANSMITTER)
		l->wrong |= UINT32_C(1) << n;
	for (int e = 0; e < 2; e++) {
		l->media_lane[e][n] = (uint8_t)lane[e];
		if (!n || lane[e] < l->media_first[e])
			l->media_first[e] = (uint8_t)lane[e];
		if (n && lane[e] != l->media_lane[e][n - 1] + 1u)
			l->crossed = true;
	}
}

/* The lanes themselves, as the fibres or wires join them. */
static int add_join(struct joiner *j, const int cage[2], const unsigned lane[2], enum meets meets)
{
	struct lw_fabric *f = j->f;
	struct lw_fjoin *v =
		lw_arena_grow(f->arena, f->joins, &j->join_cap, f->join_n + 1, sizeof(*v));

	if (!v)
		return no_memory(j);
	f->joins = v;
	v[f->join_n++] = (struct lw_fjoin){
		.cage = {cage[0], cage[1]},
		.lane = {(uint8_t)lane[0], (uint8_t)lane[1]},
		.dark = meets != RECEIVER,
		.cable = j->cable,
		.link = -1,
	};
	return 0;
}

/* One lane joins port `port[0]` of the cable's head with port `port[1]` of the leg. */
static int add_lane(struct joiner *j, const int cage[2], const int port[2], const unsigned lane[2],
		    enum meets meets)
{
	struct lw_fabric *f = j->f;
	struct lw_flink *l = NULL;
	int rc = add_join(j, cage, lane, meets);

	if (rc || port[0] < 0 || port[1] < 0)
		return rc;
	for (size_t i = j->leg_first; i < f->link_n && !l; i++)
		if (f->links[i].port[0] == port[0] && f->links[i].port[1] == port[1])
			l = &f->links[i];
	if (l) {
		f->joins[f->join_n - 1].link = (int)(l - f->links);
		extend(l, lane, meets);
		return 0;
	}
	l = lw_arena_grow(f->arena, f->links, &j->cap, f->link_n + 1, sizeof(*l));
	if (!l)
		return no_memory(j);
	f->links = l;
	l += f->link_n++;
	*l = (struct lw_flink){
		.cage = {cage[0], cage[1]},
		.port = {(uint8_t)port[0], (uint8_t)port[1]},
		.chosen = {-1, -1},
		.cable = j->cable,
		.dirt_db = j->dirt_db,
		.rate_mbps = f->cages[cage[0]].mode.port[port[0]].rate_mbps,
	};
	f->joins[f->join_n - 1].link = (int)(l - f->links);
	extend(l, lane, meets);
	lw_findings_init(&l->findings, f->arena);
	for (int e = 0; e < 2; e++)
		j->places[cage[e]].served |= 1u << port[e];
	return 0;
}

/*
 * A fixed cable joins host lane k * head_lanes + i of its head with host lane i of leg k. A gearbox
 * sits in the plug with more lanes, several of which share one of the cable's pairs.
 */
static int join_fixed(struct joiner *j, const struct lw_cable *c, unsigned leg)
{
	const int cage[2] = {c->a.cage, c->b[leg].cage};
	const struct place *a = &j->places[cage[0]], *b = &j->places[cage[1]];
	unsigned head = c->part->head_lanes, far = c->part->far_lanes, n = head < far ? head : far;

	for (unsigned i = 0; i < n; i++) {
		const unsigned lane[2] = {leg * n + i, i};
		const unsigned host[2] = {leg * head + i * head / n, i * far / n};
		int port[2], rc;

		if (host[0] >= LW_LANES_MAX || host[1] >= LW_LANES_MAX)
			break;
		port[0] = a->host_port[host[0]];
		port[1] = b->host_port[host[1]];
		rc = add_lane(j, cage, port, lane, RECEIVER);
		if (rc)
			return rc;
	}
	return 0;
}

/* Which receptacle an end means; says so when the module has several and the file names none. */
static int receptacle(struct joiner *j, const struct lw_cable *c, const struct lw_cable_end *e,
		      unsigned *ret)
{
	const struct lw_cage *cage = &j->f->cages[e->cage];
	unsigned n = j->places[e->cage].receptacles;

	if (e->receptacle < 0 && n > 1)
		return lw_fail_in(j->reterr, LW_EINVAL, j->f->file, c->line,
				  "cable %.60s: the module in %s has %u receptacles: say which, "
				  "%s#1 to %s#%u",
				  c->id, cage->id, n, cage->id, cage->id, n);
	*ret = e->receptacle < 0 ? 0 : (unsigned)e->receptacle;
	if (*ret >= n)
		return lw_fail_in(j->reterr, LW_EINVAL, j->f->file, c->line,
				  "cable %.60s: the module in %s has %u receptacle%s", c->id,
				  cage->id, n, n == 1 ? "" : "s");
	return 0;
}

/*
 * Where lane pair `pair` of a cord's head ends, counted over all legs, and what its light meets
 * there. @return -1: nowhere
 */
static int far_pair(const struct lw_cable *c, unsigned pair, enum meets *ret)
{
	unsigned reversed = 0;
	int lane = (int)pair;

	*ret = c->straight ? TRANSMITTER : RECEIVER;
	if (c->type_n && c->cord->legs > 1) {
		/* a harness keeps its lanes: only the number of crossings counts */
		for (unsigned i = 0; i < c->type_n; i++)
			reversed += c->type[i] == LW_POLARITY_B;
		*ret = reversed % 2 ? RECEIVER : TRANSMITTER;
	} else if (c->type_n) {
		lane = lw_polarity_lane(c->type, c->type_n, lw_cord_positions(c->cord), pair);
		if (lane < 0 || lane >= c->cord->lanes) {
			lane = (int)pair;
			*ret = TRANSMITTER;
		}
	}
	if (c->broken >> pair & 1)
		*ret = NOTHING;
	return c->shuffled ? c->lane_map[lane] : lane;
}

/* Join all wavelengths of one fibre pair. */
static int join_pair(struct joiner *j, const int cage[2], const unsigned pair[2], enum meets meets)
{
	const struct place *a = &j->places[cage[0]], *b = &j->places[cage[1]];
	unsigned lanes = a->pair_lanes < b->pair_lanes ? a->pair_lanes : b->pair_lanes;
	int rc = 0;

	for (unsigned k = 0; !rc && k < lanes; k++) {
		const unsigned lane[2] = {pair[0] * a->pair_lanes + k, pair[1] * b->pair_lanes + k};
		int port[2];

		if (lane[0] >= LW_LANES_MAX || lane[1] >= LW_LANES_MAX)
			break;
		port[0] = a->port[lane[0]];
		port[1] = b->port[lane[1]];
		rc = add_lane(j, cage, port, lane, meets);
	}
	return rc;
}

/* The media lanes of a logical port, in order. @return how many */
static unsigned lanes_of(const struct place *p, unsigned port, uint8_t ret[LW_LANES_MAX])
{
	unsigned n = 0;

	for (unsigned i = 0; i < LW_LANES_MAX; i++)
		if (p->port[i] == (int)port)
			ret[n++] = (uint8_t)i;
	return n;
}

/* Through a shuffle panel the lanes of one port meet those of one other, each in its order. */
static int join_ports(struct joiner *j, const struct lw_cable *c)
{
	const int cage[2] = {c->a.cage, c->b[0].cage};
	const int port[2] = {c->a.port_end - 1, c->b[0].port_end - 1};
	uint8_t lane[2][LW_LANES_MAX];
	unsigned n[2];
	int rc = 0;

	for (int e = 0; e < 2; e++)
		n[e] = lanes_of(&j->places[cage[e]], (unsigned)port[e], lane[e]);
	for (unsigned i = 0; !rc && i < n[0] && i < n[1]; i++) {
		const unsigned at[2] = {lane[0][i], lane[1][i]};

		rc = add_lane(j, cage, port, at,
			      c->broken >> at[0] / j->places[cage[0]].pair_lanes & 1 ? NOTHING
										     : RECEIVER);
	}
	return rc;
}

/* As it is made, a cord joins fibre pair k * leg_lanes + i of its head with pair i of leg k. */
static int join_cord(struct joiner *j, const struct lw_cable *c, unsigned leg)
{
	const int cage[2] = {c->a.cage, c->b[leg].cage};
	const struct place *a = &j->places[cage[0]], *b = &j->places[cage[1]];
	unsigned ra = 0, rb = 0;
	int rc;

	if (c->a.port_end)
		return join_ports(j, c);
	rc = receptacle(j, c, &c->a, &ra);
	if (!rc)
		rc = receptacle(j, c, &c->b[leg], &rb);
	for (unsigned i = 0; !rc && i < c->cord->lanes && i < a->pairs; i++) {
		enum meets meets;
		int far = far_pair(c, i, &meets);
		unsigned k = (unsigned)far % c->cord->leg_lanes;

		if (far >= 0 && (unsigned)far / c->cord->leg_lanes == leg && k < b->pairs)
			rc = join_pair(j, cage,
				       (const unsigned[2]){ra * a->pairs + i, rb * b->pairs + k},
				       meets);
	}
	return rc;
}

int lw_fabric_join(struct lw_fabric *f, struct place *places, struct lw_error *reterr)
{
	struct joiner j = {.f = f, .places = places, .reterr = reterr};

	f->links = NULL;
	f->link_n = 0;
	f->joins = NULL;
	f->join_n = 0;
	for (size_t i = 0; i < f->cable_n; i++) {
		const struct lw_cable *c = &f->cables[i];

		j.cable = (int)i;
		places[c->a.cage].cabled = true;
		for (unsigned leg = 0; leg < c->b_n; leg++) {
			int rc;

			if (c->b[leg].cage < 0)
				continue;
			places[c->b[leg].cage].cabled = true;
			j.leg_first = f->link_n;
			j.dirt_db = c->dirt_db[leg];
			rc = c->cord ? join_cord(&j, c, leg) : join_fixed(&j, c, leg);
			if (rc)
				return rc;
		}
	}
	return 0;
}
