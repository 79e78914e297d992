/* SPDX-License-Identifier: Apache-2.0 */
#include "cmis.h"

#include <string.h>

uint32_t lw_cmis_path_mask(const struct lw_cmis_path *p)
{
	return lw_lanes(p->first, p->lanes);
}

bool lw_cmis_has_output(const struct lw_cmis_path *p)
{
	return p->state == LW_DPSM_ACTIVATED || p->state == LW_DPSM_TX_TURN_ON ||
	       p->state == LW_DPSM_TX_TURN_OFF || p->state == LW_DPSM_INITIALIZED;
}

struct lw_cmis_path *lw_cmis_path_of(struct lw_cmis *c, unsigned lane)
{
	for (unsigned i = 0; i < c->path_n; i++)
		if (lw_cmis_path_mask(&c->path[i]) >> lane & 1)
			return &c->path[i];
	return NULL;
}

/* Group i is that of path i; those of network paths follow. */
void lw_cmis_regroup(struct lw_cmis *c)
{
	lw_light_ungroup(&c->twin);
	for (unsigned i = 0; i < c->path_n; i++)
		lw_light_group(&c->twin, &c->path[i].group);
	for (unsigned i = 0; i < c->net_n; i++)
		lw_light_group(&c->twin, &c->net[i].group);
}

uint32_t lw_cmis_media_outs(const struct lw_cmis *c)
{
	const struct lw_group *g = c->twin.group; /* of data paths, then of network paths */
	uint32_t on = 0;

	for (unsigned i = 0; i < c->path_n; i++)
		if (lw_cmis_has_output(&c->path[i]))
			on |= lw_group_media(&g[i]);
	for (unsigned i = 0; i < c->net_n; i++)
		if (lw_cmis_net_output(&c->net[i]))
			on |= lw_group_media(&g[c->path_n + i]);
	return on;
}

void lw_cmis_path_commit(struct lw_cmis *c, struct lw_cmis_path *p)
{
	struct lw_cmis_lane lane;
	struct lw_cmis_app a;
	int media;

	lw_cmis_lane_get(c, LW_CMIS_ACS, p->first, &lane);
	p->apsel = lane.apsel;
	if (!lw_cmis_app_get(c, p->apsel, &a))
		return;
	/* A host path of a network path has no media lanes of its own. */
	if (lw_cmis_for_network(c, p->apsel)) {
		p->group = (struct lw_group){.host_first = p->first, .media_first = p->first};
		lw_cmis_regroup(c);
		return;
	}
	media = lw_cmis_app_media(&a, p->first);
	if (media < 0)
		return;
	p->group = (struct lw_group){
		.host_first = p->first,
		.host_lanes = p->lanes,
		.media_first = (uint8_t)media,
		.media_lanes = a.media_lanes,
		.host = a.host,
		.media = a.media,
	};
	p->group.pmd = p->group.media ? p->group.media->pmd : NULL;
	if (lw_cmis_app_get(c, lw_cmis_apsel_rx(c, p->first), &a)) {
		p->group.rx_host = a.host;
		p->group.rx_media = a.media;
	}
	lw_cmis_regroup(c);
}

static void set_state(struct lw_cmis *c, struct lw_cmis_path *p, uint8_t state)
{
	p->state = state;
	lw_twin_touch(&c->twin);
	for (unsigned lane = p->first; lane < (unsigned)(p->first + p->lanes); lane++) {
		lw_memory_put(&c->twin.mem, LW_CMIS_DP_STATE_HOST_LANE, lane, state);
		lw_twin_event_add(&c->twin, (int)lane, state, false);
	}
}

void lw_cmis_paths_drop(struct lw_cmis *c)
{
	c->path_n = 0;
	c->command_n = 0;
	c->tx_on = 0;
	for (unsigned lane = 0; lane < c->twin.lanes; lane++)
		lw_memory_put(&c->twin.mem, LW_CMIS_DP_STATE_HOST_LANE, lane, LW_DPSM_DEACTIVATED);
	lw_cmis_nets_drop(c);
	lw_light_ungroup(&c->twin);
}

void lw_cmis_paths_rebuild(struct lw_cmis *c)
{
	struct lw_cmis_path old[LW_TWIN_LANES];
	unsigned old_n = c->path_n;

	memcpy(old, c->path, old_n * sizeof(old[0]));
	c->path_n = 0;
	for (unsigned lane = 0; lane < c->twin.lanes;) {
		struct lw_cmis_path *p = &c->path[c->path_n];
		struct lw_cmis_lane v;
		struct lw_cmis_app a;

		lw_cmis_lane_get(c, LW_CMIS_ACS, lane, &v);
		if (v.dpidx != lane || !lw_cmis_app_get(c, v.apsel, &a)) {
			lane++;
			continue;
		}
		*p = (struct lw_cmis_path){.first = (uint8_t)lane,
					   .lanes = a.host_lanes,
					   .state = LW_DPSM_DEACTIVATED,
					   .until = LW_NEVER};
		for (unsigned i = 0; i < old_n; i++)
			if (old[i].first == p->first && old[i].lanes == p->lanes)
				*p = old[i];
		c->path_n++;
		/* What runs keeps its hardware until it is initialised again. */
		if (p->state == LW_DPSM_DEACTIVATED)
			lw_cmis_path_commit(c, p);
		lane += p->lanes;
	}
	lw_cmis_regroup(c);
}

static uint8_t conditions(const struct lw_cmis *c, const struct lw_cmis_path *p)
{
	const struct lw_memory *m = &c->twin.mem;
	uint32_t hosts = lw_cmis_path_mask(p), media = lw_group_media(&p->group);
	uint8_t when = 0;

	if (c->state != LW_MSM_READY || lw_cmis_low_power(c) ||
	    ((lw_memory_mask(m, LW_CMIS_DP_DEINIT_LANE) ^ c->inverted) & hosts))
		when |= LW_DPSM_DEINIT_S | LW_DPSM_RE_DEINIT_S | LW_DPSM_DEACTIVATE_S;
	if (lw_cmis_regular(c) && (lw_memory_mask(m, LW_CMIS_DP_INIT_PENDING_LANE) & hosts))
		when |= LW_DPSM_RE_DEINIT_S | LW_DPSM_DEACTIVATE_S;
	if ((lw_memory_mask(m, LW_CMIS_OUTPUT_DISABLE_TX) |
	     lw_memory_mask(m, LW_CMIS_OUTPUT_SQUELCH_FORCE_TX)) &
	    media)
		when |= LW_DPSM_DEACTIVATE_S;
	if (!lw_mono_before(lw_twin_now(&c->twin), p->until))
		when |= LW_DPSM_DONE;
	return when;
}

/* Begin the transient state that `id` bounds. */
static void begin(struct lw_cmis *c, struct lw_cmis_path *p, enum lw_twin_duration which,
		  unsigned id)
{
	uint8_t code;

	p->until = lw_twin_after(&c->twin, lw_cmis_duration(c, which, id, &code));
	if (code)
		p->significant = true;
}

static void enter(struct lw_cmis *c, struct lw_cmis_path *p, uint8_t state)
{
	uint8_t from = p->state;

	p->until = LW_NEVER;
	if (from == LW_DPSM_INIT && state == LW_DPSM_INITIALIZED) {
		lw_cmis_path_commit(c, p);
		for (unsigned lane = p->first; lane < (unsigned)(p->first + p->lanes); lane++)
			lw_memory_put(&c->twin.mem, LW_CMIS_DP_INIT_PENDING_LANE, lane, 0);
	}
	set_state(c, p, state);
	switch (state) {
	case LW_DPSM_INIT:
		begin(c, p, LW_TWIN_DP_INIT, LW_CMIS_MAX_DURATION_DP_INIT);
		if (c->twin.fault[LW_FAULT_STUCK_INIT] & lw_cmis_path_mask(p))
			p->until = LW_NEVER;
		break;
	case LW_DPSM_DEINIT:
		begin(c, p, LW_TWIN_DP_DEINIT, LW_CMIS_MAX_DURATION_DP_DEINIT);
		break;
	case LW_DPSM_TX_TURN_ON:
		begin(c, p, LW_TWIN_TX_ON, LW_CMIS_MAX_DURATION_DP_TX_TURN_ON);
		break;
	case LW_DPSM_TX_TURN_OFF:
		begin(c, p, LW_TWIN_TX_OFF, LW_CMIS_MAX_DURATION_DP_TX_TURN_OFF);
		break;
	default:
		break;
	}
}

static bool path_step(struct lw_cmis *c, struct lw_cmis_path *p)
{
	uint8_t to = lw_dpsm_step(p->state, conditions(c, p));
	bool steady;

	if (to == p->state)
		return false;
	enter(c, p, to);
	/* A steady state is told of if it lasts and something worth it happened before (6.3.3.3).
	 */
	steady = to == LW_DPSM_DEACTIVATED || to == LW_DPSM_INITIALIZED || to == LW_DPSM_ACTIVATED;
	if (steady && p->significant && lw_dpsm_step(to, conditions(c, p)) == to) {
		lw_memory_set_mask(&c->twin.mem, LW_CMIS_DP_STATE_CHANGED_FLAG,
				   lw_cmis_path_mask(p));
		p->significant = false;
	}
	return true;
}

bool lw_cmis_paths_step(struct lw_cmis *c)
{
	bool changed = false;

	for (unsigned i = 0; i < c->path_n; i++) {
		/* A stuck path that is let go needs its time from then on. */
		struct lw_cmis_path *p = &c->path[i];

		if (p->state == LW_DPSM_INIT && p->until.ns == LW_NEVER.ns &&
		    !(c->twin.fault[LW_FAULT_STUCK_INIT] & lw_cmis_path_mask(p)))
			begin(c, p, LW_TWIN_DP_INIT, LW_CMIS_MAX_DURATION_DP_INIT);
		changed |= path_step(c, p);
	}
	return changed;
}

/* Media lanes that a bit, or the lack of a host signal, keeps quiet. */
static uint32_t muted(const struct lw_cmis *c)
{
	const struct lw_memory *m = &c->twin.mem;
	uint32_t off = lw_memory_mask(m, LW_CMIS_OUTPUT_DISABLE_TX);
	uint32_t free_lanes = lw_memory_mask(m, LW_CMIS_AUTO_SQUELCH_DISABLE_TX), lost;

	if (off && lw_memory_get(m, LW_CMIS_TX_DISABLE_IS_MODULE_WIDE, 0))
		off = UINT32_MAX;
	off |= lw_memory_mask(m, LW_CMIS_OUTPUT_SQUELCH_FORCE_TX);
	if (!lw_memory_get(m, LW_CMIS_SQUELCH_METHOD_TX, 0))
		return off;
	lost = c->twin.squelched;
	for (unsigned i = 0; lost && i < c->twin.lanes; i++) {
		/* These do not need their hosts; network paths do not squelch (8.13.2). */
		if (c->twin.pattern[i] >= 0 || (c->twin.loop_far >> i & 1) ||
		    c->twin.media[i].group >= c->path_n)
			continue;
		if (!(free_lanes >> i & 1) && (lw_light_feeders(&c->twin, i) & lost))
			off |= 1u << i;
	}
	return off;
}

/* Lanes whose path lets them shine (Table 6-18): those that were on stay on while the path is in
 * transition, those that were off come on when it is steady. */
static uint32_t allowed(const struct lw_cmis *c)
{
	uint32_t on = 0;

	for (unsigned i = 0; i < c->path_n; i++) {
		const struct lw_cmis_path *p = &c->path[i];
		uint32_t media = lw_group_media(&c->twin.group[i]);

		if (p->state == LW_DPSM_ACTIVATED || p->state == LW_DPSM_INITIALIZED)
			on |= media;
		else if (p->state == LW_DPSM_TX_TURN_ON || p->state == LW_DPSM_TX_TURN_OFF)
			on |= media & c->tx_on;
	}
	for (unsigned i = 0; i < c->net_n; i++) {
		const struct lw_cmis_net *p = &c->net[i];
		uint32_t media = lw_group_media(&p->group);

		if (p->state == LW_DPSM_ACTIVATED || p->state == LW_DPSM_INITIALIZED)
			on |= media;
		else if (lw_cmis_net_output(p))
			on |= media & c->tx_on;
	}
	return on;
}

/* Do all media lanes of `g` bring a locked signal? */
static bool all_locked(const struct lw_twin *t, const struct lw_group *g)
{
	return g->media_lanes > 0 && !(lw_group_media(g) & (t->los | t->lol));
}

/* Host lanes with a valid output: every media lane of their path brings a locked signal. */
static uint32_t valid_outputs(struct lw_cmis *c)
{
	uint32_t valid = 0;

	for (unsigned i = 0; i < c->path_n; i++) {
		const struct lw_cmis_path *p = &c->path[i];
		const struct lw_cmis_net *net = lw_cmis_net_of(c, p->first);
		uint32_t hosts = lw_cmis_path_mask(p);

		if (!lw_cmis_has_output(p))
			continue;
		if (net && !p->group.media_lanes
			    ? lw_cmis_net_output(net) && all_locked(&c->twin, &net->group)
			    : all_locked(&c->twin, &c->twin.group[i]))
			valid |= hosts;
		else /* what is turned round needs no light */
			valid |= hosts & (c->twin.loop_near | c->twin.host_generates);
	}
	return valid & ~lw_memory_mask(&c->twin.mem, LW_CMIS_OUTPUT_DISABLE_RX);
}

void lw_cmis_outputs(struct lw_cmis *c)
{
	struct lw_memory *m = &c->twin.mem;
	uint32_t shine, valid, off = muted(c);

	c->tx_on = allowed(c) & ~(lw_memory_mask(m, LW_CMIS_OUTPUT_DISABLE_TX) |
				  lw_memory_mask(m, LW_CMIS_OUTPUT_SQUELCH_FORCE_TX));
	shine = c->tx_on & ~off & ~lw_tune_dark(c);
	valid = valid_outputs(c);
	lw_light_emit(&c->twin, shine);
	lw_memory_put_mask(m, LW_CMIS_OUTPUT_STATUS_TX, c->twin.emits);
	/* Allowed in the states that have an output at all (Table 6-21). */
	for (unsigned i = 0; valid != c->twin.receives && i < c->path_n; i++)
		if (lw_cmis_has_output(&c->path[i]))
			lw_memory_set_mask(m, LW_CMIS_OUTPUT_STATUS_CHANGED_FLAG_RX,
					   (valid ^ c->twin.receives) &
						   lw_cmis_path_mask(&c->path[i]));
	lw_twin_set_receives(&c->twin, valid);
	lw_memory_put_mask(m, LW_CMIS_OUTPUT_STATUS_RX, valid);
}
