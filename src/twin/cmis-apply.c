/* SPDX-License-Identifier: Apache-2.0 */
#include "cmis.h"

#include <string.h>

/* Table 8-5: what AutoCommissioning says while only stepped configuration is promised. */
enum { AUTO_REGULAR = 1, AUTO_HOT = 2 };

static int64_t get(const struct lw_cmis *c, unsigned id)
{
	return lw_memory_get(&c->twin.mem, id, 0);
}

bool lw_cmis_regular(const struct lw_cmis *c)
{
	return !get(c, LW_CMIS_STEPPED_CONFIG_ONLY) ||
	       get(c, LW_CMIS_AUTO_COMMISSIONING) == AUTO_REGULAR;
}

bool lw_cmis_hot(const struct lw_cmis *c)
{
	return !get(c, LW_CMIS_STEPPED_CONFIG_ONLY) ||
	       get(c, LW_CMIS_AUTO_COMMISSIONING) == AUTO_HOT;
}

/* Lanes that are staged for one data path with `lane`. */
static uint32_t staged_with(const struct lw_cmis *c, const struct lw_cmis_lane *staged,
			    unsigned lane)
{
	uint32_t mask = 0;

	if (!staged[lane].apsel)
		return 1u << lane;
	for (unsigned i = 0; i < c->twin.lanes; i++)
		if (staged[i].apsel && staged[i].dpidx == staged[lane].dpidx)
			mask |= 1u << i;
	return mask;
}

static bool settled(uint8_t state)
{
	return state == LW_DPSM_ACTIVATED || state == LW_DPSM_INITIALIZED;
}

/* A trigger is for a lane only if nothing of its path is still being configured, and a hot one only
 * while the path runs (6.2.4.1.2, Table 6-3). */
static bool accepts(struct lw_cmis *c, const struct lw_cmis_command *cmd, unsigned lane)
{
	uint32_t with = staged_with(c, cmd->staged, lane);

	for (unsigned i = 0; i < c->twin.lanes; i++) {
		const struct lw_cmis_path *p = lw_cmis_path_of(c, i);

		if (!(with >> i & 1))
			continue;
		if (lw_memory_get(&c->twin.mem, LW_CMIS_CONFIG_STATUS_LANE, i) ==
		    LW_CONFIG_IN_PROGRESS)
			return false;
		if (cmd->apply != LW_APPLY_DP_INIT && (!p || !settled(p->state)))
			return false;
	}
	return true;
}

void lw_cmis_trigger(struct lw_cmis *c, unsigned set, enum lw_apply apply, uint32_t lanes)
{
	struct lw_cmis_command cmd = {.apply = apply, .set = (uint8_t)set};

	if (apply == LW_APPLY_IMMEDIATE && !lw_cmis_hot(c))
		return;
	for (unsigned i = 0; i < c->twin.lanes; i++)
		lw_cmis_lane_get(c, set, i, &cmd.staged[i]);
	for (unsigned i = 0; i < c->host_lanes; i++)
		if ((lanes >> i & 1) && accepts(c, &cmd, i))
			cmd.lanes |= 1u << i;
	if (!cmd.lanes)
		return;
	for (unsigned i = 0; i < c->twin.lanes; i++)
		if (cmd.lanes >> i & 1)
			lw_memory_put(&c->twin.mem, LW_CMIS_CONFIG_STATUS_LANE, i,
				      LW_CONFIG_IN_PROGRESS);
	cmd.due = lw_twin_after(&c->twin,
				lw_twin_duration_of(&c->twin, LW_TWIN_CONFIG, LW_TWIN_T_CONFIG));
	c->command[c->command_n++] = cmd; /* lanes of commands are disjoint: there is room */
}

/* Signal integrity settings that the module has no such value for (only if the host insists). */
static bool si_bad(const struct lw_cmis *c, const struct lw_cmis_lane *v)
{
	static const uint16_t level[] = {
		LW_CMIS_RX_OUTPUT_LEVEL0_SUPPORTED, LW_CMIS_RX_OUTPUT_LEVEL1_SUPPORTED,
		LW_CMIS_RX_OUTPUT_LEVEL2_SUPPORTED, LW_CMIS_RX_OUTPUT_LEVEL3_SUPPORTED};
	const uint8_t *si = v->si;
	uint8_t amplitude = si[LW_CMIS_SI_RX_AMPLITUDE];

	if (!v->explicit_control)
		return false;
	if (get(c, LW_CMIS_TX_INPUT_EQ_HOST_CONTROL_SUPPORTED) && !si[LW_CMIS_SI_TX_ADAPTIVE] &&
	    si[LW_CMIS_SI_TX_EQ] > get(c, LW_CMIS_TX_INPUT_EQ_MAX))
		return true;
	if (get(c, LW_CMIS_RX_OUTPUT_EQ_CONTROL_SUPPORTED) &&
	    (si[LW_CMIS_SI_RX_PRE] > get(c, LW_CMIS_RX_OUTPUT_EQ_PRE_CURSOR_MAX) ||
	     si[LW_CMIS_SI_RX_POST] > get(c, LW_CMIS_RX_OUTPUT_EQ_POST_CURSOR_MAX)))
		return true;
	if (!get(c, LW_CMIS_RX_OUTPUT_AMPLITUDE_CONTROL_SUPPORTED))
		return false;
	return amplitude >= sizeof(level) / sizeof(level[0]) || !get(c, level[amplitude]);
}

/* Same application on the same path: nothing but signal integrity can differ. */
static bool only_si(const struct lw_cmis *c, const struct lw_cmis_lane *v, unsigned lane)
{
	struct lw_cmis_lane now;

	lw_cmis_lane_get(c, LW_CMIS_ACS, lane, &now);
	return v->apsel && v->apsel == now.apsel && v->dpidx == now.dpidx;
}

/* Would the lanes of `path` be taken from a data path that is not down? */
static bool in_use(struct lw_cmis *c, uint32_t path, unsigned first, unsigned n)
{
	for (unsigned i = 0; i < c->twin.lanes; i++) {
		const struct lw_cmis_path *p = lw_cmis_path_of(c, i);

		if ((path >> i & 1) && p && p->state != LW_DPSM_DEACTIVATED &&
		    (p->first != first || p->lanes != n))
			return true;
	}
	return false;
}

/* Media lanes of a staged or active path; 0 if it has none. */
static uint32_t media_of(const struct lw_cmis *c, const struct lw_cmis_lane *v)
{
	struct lw_cmis_app a;
	int media;

	if (!lw_cmis_app_get(c, v->apsel, &a) || lw_cmis_for_network(c, v->apsel))
		return 0;
	media = lw_cmis_app_media(&a, v->dpidx);
	if (media < 0)
		return 0;
	return lw_lanes((unsigned)media, a.media_lanes);
}

/* One direction may get another application or other settings, but not other lanes (7.7). */
static uint8_t judge_way(struct lw_cmis *c, const struct lw_cmis_command *cmd, unsigned lane,
			 const struct lw_cmis_app *a)
{
	const struct lw_cmis_path *p = lw_cmis_path_of(c, lane);
	struct lw_cmis_lane now;

	lw_cmis_lane_get(c, LW_CMIS_ACS, lane, &now);
	if (lw_cmis_for_network(c, cmd->staged[lane].apsel) || lw_cmis_for_network(c, now.apsel))
		return LW_CONFIG_REJECTED;
	if (!p || p->first != cmd->staged[lane].dpidx || p->lanes != a->host_lanes ||
	    media_of(c, &now) != media_of(c, &cmd->staged[lane]))
		return LW_CONFIG_BAD_PATH;
	return LW_CONFIG_SUCCESS;
}

/* Judge one lane of a command by its own data path alone. */
static uint8_t judge_lane(struct lw_cmis *c, const struct lw_cmis_command *cmd, unsigned lane)
{
	const struct lw_cmis_lane *v = &cmd->staged[lane];
	uint32_t with = staged_with(c, cmd->staged, lane), path;
	const struct lw_cmis_path *p = lw_cmis_path_of(c, lane);
	struct lw_cmis_app a;
	bool network;

	if (!v->apsel)
		return p && p->state != LW_DPSM_DEACTIVATED ? LW_CONFIG_IN_USE : LW_CONFIG_SUCCESS;
	if (c->twin.fault[LW_FAULT_REJECT] & with)
		return LW_CONFIG_REJECTED;
	if (c->twin.fault[LW_FAULT_REJECT_CUSTOM] & with)
		return LW_CONFIG_CUSTOM;
	if (!lw_cmis_app_get(c, v->apsel, &a))
		return LW_CONFIG_BAD_APSEL;
	network = lw_cmis_for_network(c, v->apsel);
	if (network && !lw_cmis_net_wanted(c, cmd->set, lane))
		return LW_CONFIG_NO_EMULATION; /* no data path can stand for it (7.6.9.3) */
	if (cmd->apply == LW_APPLY_TX || cmd->apply == LW_APPLY_RX) {
		uint8_t code = judge_way(c, cmd, lane, &a);

		if (code != LW_CONFIG_SUCCESS)
			return code;
	}
	if (cmd->apply != LW_APPLY_DP_INIT && only_si(c, v, lane))
		return si_bad(c, v) ? LW_CONFIG_BAD_SI : LW_CONFIG_SUCCESS;
	if (network ? !lw_cmis_app_hosts(&a, v->dpidx) : lw_cmis_app_media(&a, v->dpidx) < 0)
		return LW_CONFIG_BAD_PATH;
	path = lw_lanes(v->dpidx, a.host_lanes);
	if (with != path)
		return LW_CONFIG_BAD_PATH;
	for (unsigned i = 0; i < c->twin.lanes; i++)
		if ((path >> i & 1) && cmd->staged[i].apsel != v->apsel)
			return LW_CONFIG_BAD_PATH;
	if (path & ~cmd->lanes)
		return LW_CONFIG_PARTIAL;
	if (in_use(c, path, v->dpidx, a.host_lanes))
		return LW_CONFIG_IN_USE;
	/* A path on its way somewhere cannot be sent on a cycle (6.2.3.3.4). */
	if (p && cmd->apply == LW_APPLY_DP_INIT && lw_cmis_regular(c) && !settled(p->state) &&
	    p->state != LW_DPSM_DEACTIVATED)
		return LW_CONFIG_REJECTED;
	for (unsigned i = 0; i < c->twin.lanes; i++)
		if ((path >> i & 1) && si_bad(c, &cmd->staged[i]))
			return LW_CONFIG_BAD_SI;
	return LW_CONFIG_SUCCESS;
}

static void refuse(const struct lw_cmis_command *cmd, uint32_t lanes, uint8_t why, uint8_t code[])
{
	for (unsigned i = 0; i < LW_TWIN_LANES; i++)
		if ((lanes & cmd->lanes) >> i & 1)
			code[i] = why;
}

/* The outcome must be whole paths and unused lanes (6.2.3.3): take back what would leave half an
 * old path, or use a media lane twice. @return true if something was taken back */
static bool take_back(struct lw_cmis *c, const struct lw_cmis_command *cmd, uint8_t code[])
{
	struct lw_cmis_lane next[LW_TWIN_LANES];
	uint32_t moved = 0, media[LW_TWIN_LANES];

	for (unsigned i = 0; i < c->twin.lanes; i++) {
		bool taken = (cmd->lanes >> i & 1) && code[i] == LW_CONFIG_SUCCESS;

		lw_cmis_lane_get(c, LW_CMIS_ACS, i, &next[i]);
		if (!taken)
			continue;
		if (next[i].dpidx != cmd->staged[i].dpidx || next[i].apsel != cmd->staged[i].apsel)
			moved |= 1u << i;
		next[i] = cmd->staged[i];
	}
	for (unsigned i = 0; i < c->path_n; i++) {
		uint32_t old = lw_cmis_path_mask(&c->path[i]);

		for (unsigned lane = 0; lane < c->twin.lanes; lane++)
			if ((old & moved) && (old & moved) != old && ((old & moved) >> lane & 1)) {
				refuse(cmd, staged_with(c, cmd->staged, lane), LW_CONFIG_PARTIAL,
				       code);
				return true;
			}
	}
	for (unsigned i = 0; moved && i < c->twin.lanes; i++)
		media[i] = media_of(c, &next[i]);
	for (unsigned i = 0; i < c->twin.lanes; i++)
		for (unsigned k = 0; (moved >> i & 1) && k < c->twin.lanes; k++) {
			bool other =
				next[i].apsel && next[k].apsel && next[i].dpidx != next[k].dpidx;

			if (other && (media[i] & media[k])) {
				refuse(cmd, staged_with(c, cmd->staged, i), LW_CONFIG_REJECTED,
				       code);
				return true;
			}
		}
	return false;
}

/* Copy what was accepted into the active control set (6.2.4.1.2). */
static void execute(struct lw_cmis *c, const struct lw_cmis_command *cmd, const uint8_t code[])
{
	struct lw_memory *m = &c->twin.mem;

	for (unsigned i = 0; i < c->twin.lanes; i++) {
		if (!(cmd->lanes >> i & 1))
			continue;
		lw_memory_put(m, LW_CMIS_CONFIG_STATUS_LANE, i, code[i]);
		if (code[i] != LW_CONFIG_SUCCESS)
			continue;
		if (cmd->apply == LW_APPLY_TX || cmd->apply == LW_APPLY_RX)
			lw_cmis_lane_put_way(c, i, cmd->apply, &cmd->staged[i]);
		else
			lw_cmis_lane_put(c, LW_CMIS_ACS, i, &cmd->staged[i]);
		if (cmd->apply == LW_APPLY_DP_INIT) /* an unused lane has nothing to initialise */
			lw_memory_put(m, LW_CMIS_DP_INIT_PENDING_LANE, i,
				      cmd->staged[i].apsel != 0);
	}
	lw_cmis_paths_rebuild(c);
	if (cmd->apply == LW_APPLY_DP_INIT)
		return;
	for (unsigned i = 0; i < c->path_n; i++)
		if (lw_cmis_path_mask(&c->path[i]) & cmd->lanes)
			lw_cmis_path_commit(c, &c->path[i]);
}

void lw_cmis_commands_run(struct lw_cmis *c)
{
	for (unsigned n = 0; n < c->command_n;) {
		struct lw_cmis_command cmd = c->command[n];
		uint8_t code[LW_TWIN_LANES] = {0};

		if (lw_mono_before(lw_twin_now(&c->twin), cmd.due)) {
			n++;
			continue;
		}
		c->command_n--;
		memmove(&c->command[n], &c->command[n + 1],
			(c->command_n - n) * sizeof(c->command[0]));
		for (unsigned i = 0; i < c->twin.lanes; i++)
			if (cmd.lanes >> i & 1)
				code[i] = judge_lane(c, &cmd, i);
		while (take_back(c, &cmd, code))
			;
		execute(c, &cmd, code);
	}
}
