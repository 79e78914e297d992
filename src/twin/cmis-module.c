/* SPDX-License-Identifier: Apache-2.0 */
#include "cmis.h"

/* Table 8-16. */
enum { CAUSE_NONE = 0, CAUSE_TEC_RUNAWAY = 1 };

struct lw_mono lw_cmis_duration(const struct lw_cmis *c, enum lw_twin_duration which, unsigned id,
				uint8_t *ret_code)
{
	unsigned code = (unsigned)lw_memory_get(&c->twin.mem, id, 0);
	const struct lw_code *limit = lw_code_find(LW_CODES_DURATION, code);

	/* Reserved codes promise nothing: take the shortest. */
	if (!limit || limit->reserved) {
		code = 0;
		limit = lw_code_find(LW_CODES_DURATION, code);
	}
	if (ret_code)
		*ret_code = (uint8_t)code;
	if (!limit || !limit->den) /* the code that has no upper end */
		return lw_twin_duration_of(&c->twin, which, LW_TWIN_T_DURATION_OPEN);
	return lw_twin_duration(&c->twin, which, lw_ms(limit->num / limit->den));
}

bool lw_cmis_low_power(const struct lw_cmis *c)
{
	return lw_memory_get(&c->twin.mem, LW_CMIS_LOW_PWR_REQUEST_SW, 0) ||
	       (lw_memory_get(&c->twin.mem, LW_CMIS_LOW_PWR_ALLOW_REQUEST_HW, 0) &&
		c->twin.pin_lpmode);
}

static bool all_deactivated(const struct lw_cmis *c)
{
	for (unsigned i = 0; i < c->path_n; i++)
		if (c->path[i].state != LW_DPSM_DEACTIVATED)
			return false;
	return true;
}

static uint8_t conditions(const struct lw_cmis *c)
{
	bool low = lw_cmis_low_power(c);
	uint8_t when = 0;

	if (c->twin.pin_reset || c->software_reset)
		when |= LW_MSM_RESET_S;
	if (lw_fault_broken(&c->twin))
		when |= LW_MSM_FAULT_S;
	if (low)
		when |= LW_MSM_LOW_PWR_S;
	if (low && all_deactivated(c))
		when |= LW_MSM_LOW_PWR_EX_S;
	if (!lw_mono_before(lw_twin_now(&c->twin), c->until))
		when |= LW_MSM_DONE;
	return when;
}

/* Power is on or a reset is over: registers at their defaults, default application (6.3.2.5.3). */
static void start_management(struct lw_cmis *c)
{
	lw_memory_reset(&c->twin.mem);
	c->inverted =
		lw_memory_get(&c->twin.mem, LW_CMIS_CMIS_REVISION_MAJOR, 0) == 3 ? UINT32_MAX : 0;
	if (c->inverted) /* paths come up without a write, so the default asks for that */
		lw_memory_put_mask(&c->twin.mem, LW_CMIS_DP_DEINIT_LANE, c->inverted);
	c->shown = false;
	c->software_reset = false;
	c->command_n = 0;
	c->tx_on = 0;
	lw_cdb_reset(c);
	lw_diag_reset(c);
	lw_vdm_reset(c);
	lw_switch_reset(c);
	lw_tune_reset(c);
	lw_firmware_start(c);
	lw_cmis_nets_drop(c);
	lw_cmis_default_app(c);
	lw_cmis_paths_rebuild(c);
	for (unsigned lane = 0; lane < c->twin.lanes; lane++)
		lw_memory_put(&c->twin.mem, LW_CMIS_DP_STATE_HOST_LANE, lane, LW_DPSM_DEACTIVATED);
}

/* What holds while a state is entered; `until` is when its work is done. */
static void enter(struct lw_cmis *c, uint8_t state)
{
	struct lw_twin *t = &c->twin;
	bool visible = state <= LW_MSM_FAULT;

	if (visible || c->state <= LW_MSM_FAULT)
		lw_twin_event_add(t, -1, visible ? state : 0, false);
	c->state = state;
	c->look = true;
	c->until = LW_NEVER;
	if (visible)
		lw_memory_put(&t->mem, LW_CMIS_MODULE_STATE, 0, state);
	switch (state) {
	case LW_MSM_RESETTING:
		lw_cmis_paths_drop(c);
		c->until = lw_twin_after(t, lw_twin_span(t, LW_TWIN_T_SHUTDOWN));
		break;
	case LW_MSM_RESET:
		c->software_reset = false; /* it is back at its default here (6.3.2.5.2) */
		break;
	case LW_MSM_MGMT_INIT:
		start_management(c);
		c->until = lw_twin_after(
			t, lw_twin_duration_of(t, LW_TWIN_MGMT_INIT, LW_TWIN_T_MGMT_INIT));
		break;
	case LW_MSM_PWR_UP:
		c->until = lw_twin_after(t, lw_cmis_duration(c, LW_TWIN_PWR_UP,
							     LW_CMIS_MAX_DURATION_MODULE_PWR_UP,
							     NULL));
		break;
	case LW_MSM_PWR_DN:
		c->until = lw_twin_after(t, lw_cmis_duration(c, LW_TWIN_PWR_DN,
							     LW_CMIS_MAX_DURATION_MODULE_PWR_DN,
							     NULL));
		break;
	case LW_MSM_FAULT:
		lw_memory_put(&t->mem, LW_CMIS_MODULE_FAULT_CAUSE, 0,
			      t->gave_up ? CAUSE_TEC_RUNAWAY : CAUSE_NONE);
		lw_cmis_paths_drop(c);
		lw_cmis_paths_rebuild(c);
		break;
	default:
		break;
	}
}

bool lw_cmis_module_step(struct lw_cmis *c)
{
	uint8_t to = lw_msm_step(c->state, conditions(c));
	bool steady;

	if (to == c->state)
		return false;
	enter(c, to);
	/* A steady state is told of unless it is left at once (6.3.2.1, Table 6-9). */
	steady = to == LW_MSM_LOW_PWR || to == LW_MSM_READY || to == LW_MSM_FAULT;
	if (steady && lw_msm_step(to, conditions(c)) == to)
		lw_memory_put(&c->twin.mem, LW_CMIS_MODULE_STATE_CHANGED_FLAG, 0, 1);
	return true;
}

void lw_cmis_power_on(struct lw_twin *t)
{
	struct lw_cmis *c = lw_cmis_of(t);

	c->relatch = LW_NEVER;
	c->shown = false;
	c->software_reset = false;
	c->path_n = 0;
	c->command_n = 0;
	c->net_n = 0;
	c->net_command_n = 0;
	c->tx_on = 0;
	if (!c->begun)
		lw_firmware_init(c);
	c->begun = true;
	lw_cdb_reset(c);
	lw_diag_reset(c);
	lw_vdm_reset(c);
	lw_switch_reset(c);
	lw_cmis_learn_apps(c);
	lw_cmis_learn_limits(c);
	lw_tune_reset(c);
	lw_memory_cut_lanes(&t->mem, LW_CMIS_SLOT_10H,
			    c->host_lanes > c->media_lanes ? c->host_lanes : c->media_lanes);
	c->state = LW_MSM_FAULT; /* so that the event of power-up is told */
	enter(c, LW_MSM_RESET);
}
