/* SPDX-License-Identifier: Apache-2.0 */
#include "cmis.h"

#include <string.h>

/*
 * Network paths, pages 16h and 17h (CMIS 5.4 7.6): host paths that share media lanes. A host path
 * is a data path without media lanes of its own and runs its machine apart; the network path has
 * the media lanes, and a machine with the same states.
 */

static const struct {
	uint16_t npidx, in_use;
} sets[] = {
	[LW_CMIS_SCS0] = {LW_CMIS_NPSCS0_NPIDX_LANE, LW_CMIS_NPSCS0_NP_IN_USE_LANE},
	[LW_CMIS_SCS1] = {LW_CMIS_NPSCS1_NPIDX_LANE, LW_CMIS_NPSCS1_NP_IN_USE_LANE},
	[LW_CMIS_ACS] = {LW_CMIS_NPACS_NPIDX_LANE, LW_CMIS_NPACS_NP_IN_USE_LANE},
};

static int64_t get(const struct lw_cmis *c, unsigned id, unsigned lane)
{
	return lw_memory_get(&c->twin.mem, id, lane);
}

bool lw_cmis_networks(const struct lw_cmis *c)
{
	return get(c, LW_CMIS_NETWORK_PATH_PAGES_SUPPORTED, 0) != 0;
}

bool lw_cmis_for_network(const struct lw_cmis *c, unsigned apsel)
{
	enum { LOW_LAST = 7 }; /* AppSel 1-7 in bits 7-1 of one byte, 8-15 in 7-0 of the other */

	if (!lw_cmis_networks(c))
		return false;
	return apsel <= LOW_LAST
		       ? get(c, LW_CMIS_EXT_APP_DESCRIPTOR7_TO_1, 0) << 1 >> apsel & 1
		       : get(c, LW_CMIS_EXT_APP_DESCRIPTOR15_TO_8, 0) >> (apsel - LOW_LAST - 1) & 1;
}

static void lane_get(const struct lw_cmis *c, unsigned set, unsigned lane,
		     struct lw_cmis_net_lane *ret)
{
	unsigned bank = lane / LW_BANK_LANES * LW_BANK_LANES;

	ret->in_use = get(c, sets[set].in_use, lane);
	ret->npidx = (uint8_t)(bank + (unsigned)get(c, sets[set].npidx, lane));
}

bool lw_cmis_net_wanted(const struct lw_cmis *c, unsigned set, unsigned lane)
{
	return get(c, sets[set].in_use, lane) || get(c, sets[LW_CMIS_ACS].in_use, lane);
}

struct lw_cmis_net *lw_cmis_net_of(struct lw_cmis *c, unsigned lane)
{
	for (unsigned i = 0; i < c->net_n; i++)
		if (lw_lanes(c->net[i].first, c->net[i].lanes) >> lane & 1)
			return &c->net[i];
	return NULL;
}

bool lw_cmis_net_output(const struct lw_cmis_net *p)
{
	return p->state == LW_DPSM_ACTIVATED || p->state == LW_DPSM_TX_TURN_ON ||
	       p->state == LW_DPSM_TX_TURN_OFF || p->state == LW_DPSM_INITIALIZED;
}

/* The lanes that the network path of host lanes `first`... has. A descriptor tells the starts of
 * its media lanes; network paths take them in the order of their hosts, spread over the bank.
 * @return false if the application has no such place */
static bool place(const struct lw_cmis *c, unsigned apsel, unsigned first, unsigned lanes,
		  struct lw_group *ret)
{
	unsigned bank = first / LW_BANK_LANES * LW_BANK_LANES, starts = 0, rank;
	struct lw_cmis_app a;

	if (!lw_cmis_app_get(c, apsel, &a))
		return false;
	for (unsigned i = 0; i < LW_BANK_LANES; i++)
		starts += a.media_assign >> i & 1;
	rank = (first - bank) * starts / LW_BANK_LANES;
	for (unsigned i = 0; i < LW_BANK_LANES; i++) {
		if (!(a.media_assign >> i & 1) || rank-- > 0)
			continue;
		if (i + a.media_lanes > LW_BANK_LANES)
			return false;
		*ret = (struct lw_group){
			.host_first = (uint8_t)first,
			.host_lanes = (uint8_t)lanes,
			.media_first = (uint8_t)(bank + i),
			.media_lanes = a.media_lanes,
			.host = a.host,
			.media = a.media,
		};
		ret->pmd = ret->media ? ret->media->pmd : NULL;
		return true;
	}
	return false;
}

static void commit(struct lw_cmis *c, struct lw_cmis_net *p)
{
	place(c, (unsigned)get(c, lw_cmis_sets[LW_CMIS_ACS].apsel, p->first), p->first, p->lanes,
	      &p->group);
	lw_cmis_regroup(c);
}

/* Make the paths those of the active set; what stays keeps its state. */
static void rebuild(struct lw_cmis *c)
{
	struct lw_cmis_net old[LW_TWIN_LANES];
	unsigned old_n = c->net_n;

	memcpy(old, c->net, old_n * sizeof(old[0]));
	c->net_n = 0;
	for (unsigned lane = 0; lane < c->twin.lanes; lane++) {
		struct lw_cmis_net *p = &c->net[c->net_n];
		struct lw_cmis_net_lane v;

		lane_get(c, LW_CMIS_ACS, lane, &v);
		if (!v.in_use)
			continue;
		if (v.npidx == lane) {
			*p = (struct lw_cmis_net){.first = (uint8_t)lane,
						  .state = LW_DPSM_DEACTIVATED,
						  .until = LW_NEVER};
			c->net_n++;
		}
		if (c->net_n)
			c->net[c->net_n - 1].lanes++;
	}
	for (unsigned n = 0; n < c->net_n; n++)
		for (unsigned i = 0; i < old_n; i++)
			if (old[i].first == c->net[n].first && old[i].lanes == c->net[n].lanes)
				c->net[n] = old[i];
	for (unsigned n = 0; n < c->net_n; n++)
		if (c->net[n].state == LW_DPSM_DEACTIVATED)
			commit(c, &c->net[n]);
	lw_cmis_regroup(c);
}

void lw_cmis_nets_drop(struct lw_cmis *c)
{
	c->net_n = 0;
	c->net_command_n = 0;
	for (unsigned lane = 0; lane < c->twin.lanes; lane++)
		lw_memory_put(&c->twin.mem, LW_CMIS_NP_STATE_HOST_LANE, lane, LW_DPSM_DEACTIVATED);
}

void lw_cmis_net_trigger(struct lw_cmis *c, unsigned set, uint32_t lanes)
{
	struct lw_cmis_net_command cmd = {.set = (uint8_t)set};

	if (!lw_cmis_networks(c))
		return;
	for (unsigned i = 0; i < c->twin.lanes; i++) {
		lane_get(c, set, i, &cmd.staged[i]);
		if (i < c->host_lanes && (lanes >> i & 1) &&
		    get(c, LW_CMIS_NP_CONFIG_STATUS_LANE, i) != LW_CONFIG_IN_PROGRESS)
			cmd.lanes |= 1u << i;
	}
	if (!cmd.lanes)
		return;
	for (unsigned i = 0; i < c->twin.lanes; i++)
		if (cmd.lanes >> i & 1)
			lw_memory_put(&c->twin.mem, LW_CMIS_NP_CONFIG_STATUS_LANE, i,
				      LW_CONFIG_IN_PROGRESS);
	cmd.due = lw_twin_after(&c->twin,
				lw_twin_duration_of(&c->twin, LW_TWIN_CONFIG, LW_TWIN_T_CONFIG));
	c->net_command[c->net_command_n++] = cmd; /* lanes of commands are disjoint */
}

static uint32_t staged_with(const struct lw_cmis *c, const struct lw_cmis_net_lane *staged,
			    unsigned lane)
{
	uint32_t mask = 0;

	for (unsigned i = 0; i < c->twin.lanes; i++)
		if (staged[i].in_use && staged[i].npidx == staged[lane].npidx)
			mask |= 1u << i;
	return mask;
}

/* Media lanes that others than network path `first` have. */
static uint32_t taken(const struct lw_cmis *c, unsigned first)
{
	uint32_t mask = 0;

	for (unsigned i = 0; i < c->path_n; i++)
		mask |= lw_group_media(&c->path[i].group);
	for (unsigned i = 0; i < c->net_n; i++)
		if (c->net[i].first != first)
			mask |= lw_group_media(&c->net[i].group);
	return mask;
}

static uint8_t judge(struct lw_cmis *c, const struct lw_cmis_net_command *cmd, unsigned lane)
{
	const struct lw_cmis_net_lane *v = &cmd->staged[lane];
	const struct lw_cmis_net *p = lw_cmis_net_of(c, lane);
	uint32_t with = staged_with(c, cmd->staged, lane);
	unsigned n = 0, apsel;
	struct lw_group g;

	if (!v->in_use)
		return p && p->state != LW_DPSM_DEACTIVATED ? LW_CONFIG_IN_USE : LW_CONFIG_SUCCESS;
	if (c->twin.fault[LW_FAULT_REJECT] & with)
		return LW_CONFIG_REJECTED;
	for (unsigned i = 0; i < c->twin.lanes; i++)
		n += with >> i & 1;
	if (with != lw_lanes(v->npidx, n))
		return LW_CONFIG_BAD_PATH;
	/* The application is that of the host paths, provisioned or staged with it. */
	apsel = (unsigned)get(c, lw_cmis_sets[cmd->set].apsel, v->npidx);
	if (!lw_cmis_for_network(c, apsel))
		apsel = (unsigned)get(c, lw_cmis_sets[LW_CMIS_ACS].apsel, v->npidx);
	if (!lw_cmis_for_network(c, apsel))
		return LW_CONFIG_BAD_APSEL;
	if (!place(c, apsel, v->npidx, n, &g))
		return LW_CONFIG_BAD_PATH;
	if (with & ~cmd->lanes)
		return LW_CONFIG_PARTIAL;
	for (unsigned i = 0; i < c->net_n; i++)
		if ((lw_lanes(c->net[i].first, c->net[i].lanes) & with) &&
		    c->net[i].state != LW_DPSM_DEACTIVATED &&
		    (c->net[i].first != v->npidx || c->net[i].lanes != n))
			return LW_CONFIG_IN_USE;
	if (taken(c, v->npidx) & lw_group_media(&g))
		return LW_CONFIG_REJECTED;
	return LW_CONFIG_SUCCESS;
}

static void carry_out(struct lw_cmis *c, const struct lw_cmis_net_command *cmd)
{
	struct lw_memory *m = &c->twin.mem;
	uint8_t code[LW_TWIN_LANES];

	for (unsigned i = 0; i < c->twin.lanes; i++)
		code[i] = cmd->lanes >> i & 1 ? judge(c, cmd, i) : 0;
	for (unsigned i = 0; i < c->twin.lanes; i++) {
		if (!(cmd->lanes >> i & 1))
			continue;
		lw_memory_put(m, LW_CMIS_NP_CONFIG_STATUS_LANE, i, code[i]);
		if (code[i] != LW_CONFIG_SUCCESS)
			continue;
		lw_memory_put(m, sets[LW_CMIS_ACS].npidx, i, cmd->staged[i].npidx % LW_BANK_LANES);
		lw_memory_put(m, sets[LW_CMIS_ACS].in_use, i, cmd->staged[i].in_use);
		lw_memory_put(m, LW_CMIS_NP_INIT_PENDING_LANE, i, cmd->staged[i].in_use);
	}
	rebuild(c);
}

void lw_cmis_nets_run(struct lw_cmis *c)
{
	for (unsigned n = 0; n < c->net_command_n;) {
		struct lw_cmis_net_command cmd = c->net_command[n];

		if (lw_mono_before(lw_twin_now(&c->twin), cmd.due)) {
			n++;
			continue;
		}
		c->net_command_n--;
		memmove(&c->net_command[n], &c->net_command[n + 1],
			(c->net_command_n - n) * sizeof(c->net_command[0]));
		carry_out(c, &cmd);
	}
}

/* 7.6.7, Eq. 7-1 and on: no term for what is pending, no hot reconfiguration. */
static uint8_t conditions(const struct lw_cmis *c, const struct lw_cmis_net *p)
{
	const struct lw_memory *m = &c->twin.mem;
	uint32_t hosts = lw_lanes(p->first, p->lanes), media = lw_group_media(&p->group);
	uint8_t when = 0;

	if (c->state != LW_MSM_READY || lw_cmis_low_power(c) ||
	    (lw_memory_mask(m, LW_CMIS_NP_DEINIT_LANE) & hosts))
		when |= LW_DPSM_DEINIT_S | LW_DPSM_RE_DEINIT_S | LW_DPSM_DEACTIVATE_S;
	if ((lw_memory_mask(m, LW_CMIS_OUTPUT_DISABLE_TX) |
	     lw_memory_mask(m, LW_CMIS_OUTPUT_SQUELCH_FORCE_TX)) &
	    media)
		when |= LW_DPSM_DEACTIVATE_S;
	if (!lw_mono_before(lw_twin_now(&c->twin), p->until))
		when |= LW_DPSM_DONE;
	return when;
}

static void enter(struct lw_cmis *c, struct lw_cmis_net *p, uint8_t state)
{
	static const struct {
		uint8_t state;
		enum lw_twin_duration which;
		uint16_t id;
	} takes[] = {
		{LW_DPSM_INIT, LW_TWIN_DP_INIT, LW_CMIS_MAX_DURATION_NP_INIT},
		{LW_DPSM_DEINIT, LW_TWIN_DP_DEINIT, LW_CMIS_MAX_DURATION_NP_DEINIT},
		{LW_DPSM_TX_TURN_ON, LW_TWIN_TX_ON, LW_CMIS_MAX_DURATION_NP_TX_TURN_ON},
		{LW_DPSM_TX_TURN_OFF, LW_TWIN_TX_OFF, LW_CMIS_MAX_DURATION_NP_TX_TURN_OFF},
	};

	if (p->state == LW_DPSM_INIT && state == LW_DPSM_INITIALIZED) {
		commit(c, p);
		for (unsigned lane = p->first; lane < (unsigned)(p->first + p->lanes); lane++)
			lw_memory_put(&c->twin.mem, LW_CMIS_NP_INIT_PENDING_LANE, lane, 0);
	}
	p->state = state;
	p->until = LW_NEVER;
	lw_twin_touch(&c->twin);
	for (unsigned lane = p->first; lane < (unsigned)(p->first + p->lanes); lane++) {
		lw_memory_put(&c->twin.mem, LW_CMIS_NP_STATE_HOST_LANE, lane, state);
		lw_twin_event_add(&c->twin, (int)lane, state, true);
	}
	for (size_t i = 0; i < sizeof(takes) / sizeof(takes[0]); i++)
		if (takes[i].state == state)
			p->until = lw_twin_after(
				&c->twin, lw_cmis_duration(c, takes[i].which, takes[i].id, NULL));
	if (state == LW_DPSM_INIT &&
	    (c->twin.fault[LW_FAULT_STUCK_INIT] & lw_lanes(p->first, p->lanes)))
		p->until = LW_NEVER;
}

static bool step(struct lw_cmis *c, struct lw_cmis_net *p)
{
	uint8_t to;
	bool steady;

	/* A stuck path that is let go needs its time from then on. */
	if (p->state == LW_DPSM_INIT && p->until.ns == LW_NEVER.ns &&
	    !(c->twin.fault[LW_FAULT_STUCK_INIT] & lw_lanes(p->first, p->lanes)))
		p->until = lw_twin_after(
			&c->twin,
			lw_cmis_duration(c, LW_TWIN_DP_INIT, LW_CMIS_MAX_DURATION_NP_INIT, NULL));
	to = lw_dpsm_step(p->state, conditions(c, p));
	if (to == p->state)
		return false;
	enter(c, p, to);
	/* A steady state is told of if it lasts; there is no rule of significance here. */
	steady = to == LW_DPSM_DEACTIVATED || to == LW_DPSM_INITIALIZED || to == LW_DPSM_ACTIVATED;
	if (steady && lw_dpsm_step(to, conditions(c, p)) == to)
		lw_memory_set_mask(&c->twin.mem, LW_CMIS_NP_STATE_CHANGED_FLAG,
				   lw_lanes(p->first, p->lanes));
	return true;
}

bool lw_cmis_nets_step(struct lw_cmis *c)
{
	bool changed = false;

	for (unsigned i = 0; i < c->net_n; i++)
		changed |= step(c, &c->net[i]);
	return changed;
}

struct lw_mono lw_cmis_nets_due(const struct lw_cmis *c)
{
	struct lw_mono due = LW_NEVER;

	for (unsigned i = 0; i < c->net_n; i++)
		due = lw_mono_min(due, c->net[i].until);
	for (unsigned i = 0; i < c->net_command_n; i++)
		due = lw_mono_min(due, c->net_command[i].due);
	return due;
}
