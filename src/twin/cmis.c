/* SPDX-License-Identifier: Apache-2.0 */
#include "cmis.h"

static bool answers(const struct lw_twin *t)
{
	return ((const struct lw_cmis *)t)->state <= LW_MSM_FAULT;
}

bool lw_cmis_touches(const struct lw_twin *t, unsigned id, int slot, unsigned first, size_t n)
{
	const struct lw_field *f = &t->mem.field[id];
	unsigned at = f->byte & 0x7fu;
	unsigned bits = f->shift + f->width + (f->lanes - 1u) * f->stride;

	return f->slot == slot && first < at + (bits + 7) / 8 && at < first + n;
}

uint32_t lw_cmis_whole_banks(const struct lw_cmis *c, uint32_t mask)
{
	for (unsigned i = 0; i < c->twin.lanes; i += LW_BANK_LANES)
		if (mask & lw_lanes(i, LW_BANK_LANES))
			mask |= lw_lanes(i, LW_BANK_LANES);
	return mask;
}

static void refresh(struct lw_twin *t, unsigned bank, int slot, unsigned first, size_t n)
{
	static const uint16_t moving[] = {LW_CMIS_TEMP_MON_VALUE, LW_CMIS_VCC_MON_VOLTAGE,
					  LW_CMIS_OPTICAL_POWER_TX, LW_CMIS_LASER_BIAS_TX,
					  LW_CMIS_OPTICAL_POWER_RX};

	for (size_t i = 0; i < sizeof(moving) / sizeof(moving[0]); i++)
		if (lw_cmis_touches(t, moving[i], slot, first, n)) {
			lw_cmis_monitors(lw_cmis_of(t));
			break;
		}
	if (slot == LW_CMIS_SLOT_12H)
		lw_tune_show(lw_cmis_of(t));
	/* What was just read stays clear for a moment. */
	if (slot == LW_CMIS_SLOT_2CH && lw_cmis_of(t)->relatch.ns == LW_NEVER.ns)
		lw_vdm_flags_now(lw_cmis_of(t));
	if (slot == LW_CMIS_SLOT_14H)
		lw_pattern_show(lw_cmis_of(t), bank);
	if (slot >= LW_CMIS_SLOT_24H && slot <= LW_CMIS_SLOT_27H)
		lw_vdm_show(lw_cmis_of(t), bank, (unsigned)(slot - LW_CMIS_SLOT_24H));
	if (lw_cmis_touches(t, LW_CMIS_INTERRUPT_DEASSERTED, slot, first, n) ||
	    lw_cmis_touches(t, LW_CMIS_FLAGS_SUMMARY_BANK0_PAGE_11H, slot, first, n))
		lw_cmis_summary(lw_cmis_of(t));
}

static struct lw_mono flags_read(struct lw_twin *t, int slot)
{
	struct lw_cmis *c = lw_cmis_of(t);
	struct lw_mono at = lw_twin_after(t, lw_twin_span(t, LW_TWIN_T_RELATCH));

	c->relatch = lw_mono_min(c->relatch, at);
	c->look = true;
	c->vdm.look |= slot == LW_CMIS_SLOT_2CH;
	return c->relatch;
}

static void written(struct lw_twin *t, unsigned bank, int slot, unsigned first, const uint8_t *p,
		    size_t n)
{
	static const struct {
		uint16_t id, need;
		uint8_t set;
		enum lw_apply apply;
	} triggers[] = {
		{LW_CMIS_SCS0_APPLY_DP_INIT_LANE, 0, LW_CMIS_SCS0, LW_APPLY_DP_INIT},
		{LW_CMIS_SCS0_APPLY_IMMEDIATE_LANE, 0, LW_CMIS_SCS0, LW_APPLY_IMMEDIATE},
		{LW_CMIS_SCS0_APPLY_IMMEDIATE_TX, LW_CMIS_UNIDIR_RECONFIG_SUPPORTED, LW_CMIS_SCS0,
		 LW_APPLY_TX},
		{LW_CMIS_SCS0_APPLY_IMMEDIATE_RX, LW_CMIS_UNIDIR_RECONFIG_SUPPORTED, LW_CMIS_SCS0,
		 LW_APPLY_RX},
		{LW_CMIS_SCS1_APPLY_IMMEDIATE_TX, LW_CMIS_UNIDIR_RECONFIG_SUPPORTED, LW_CMIS_SCS1,
		 LW_APPLY_TX},
		{LW_CMIS_SCS1_APPLY_IMMEDIATE_RX, LW_CMIS_UNIDIR_RECONFIG_SUPPORTED, LW_CMIS_SCS1,
		 LW_APPLY_RX},
		{LW_CMIS_SCS1_APPLY_DP_INIT_LANE, 0, LW_CMIS_SCS1, LW_APPLY_DP_INIT},
		{LW_CMIS_SCS1_APPLY_IMMEDIATE_LANE, 0, LW_CMIS_SCS1, LW_APPLY_IMMEDIATE},
	};
	const struct lw_field *reset = &t->mem.field[LW_CMIS_SOFTWARE_RESET];
	struct lw_cmis *c = lw_cmis_of(t);
	int v = lw_memory_written(&t->mem, LW_CMIS_SOFTWARE_RESET, slot, first, p, n);

	c->look = true;
	if (v >= 0 && (v >> reset->shift & 1))
		c->software_reset = true;
	for (size_t i = 0; i < sizeof(triggers) / sizeof(triggers[0]); i++) {
		v = lw_memory_written(&t->mem, triggers[i].id, slot, first, p, n);
		if (triggers[i].set == LW_CMIS_SCS1 &&
		    !lw_memory_get(&t->mem, LW_CMIS_STAGED_SET1_SUPPORTED, 0))
			continue;
		if (v > 0 && (!triggers[i].need || lw_memory_get(&t->mem, triggers[i].need, 0)))
			lw_cmis_trigger(c, triggers[i].set, triggers[i].apply,
					(uint32_t)v << bank * LW_BANK_LANES);
	}
	v = lw_memory_written(&t->mem, LW_CMIS_NPSCS0_APPLY_NP_INIT_LANE, slot, first, p, n);
	if (v > 0)
		lw_cmis_net_trigger(c, LW_CMIS_SCS0, (uint32_t)v << bank * LW_BANK_LANES);
	v = lw_memory_written(&t->mem, LW_CMIS_NPSCS1_APPLY_NP_INIT_LANE, slot, first, p, n);
	if (v > 0)
		lw_cmis_net_trigger(c, LW_CMIS_SCS1, (uint32_t)v << bank * LW_BANK_LANES);
	if (slot == LW_CMIS_SLOT_L)
		lw_password_written(c, first, p, n);
	if (slot == LW_CMIS_SLOT_9FH)
		lw_cdb_written(c, bank, first, n);
	if (slot == LW_CMIS_SLOT_13H || slot == LW_CMIS_SLOT_14H)
		lw_diag_written(c, bank, slot, first, p, n);
	if (slot == LW_CMIS_SLOT_12H)
		lw_tune_written(c, bank);
	if (slot == LW_CMIS_SLOT_1DH || slot == LW_CMIS_SLOT_6DH)
		lw_switch_written(c, bank, slot, first, p, n);
	if (slot == LW_CMIS_SLOT_2FH)
		lw_vdm_written(c, bank);
}

static bool lasts(int slot)
{
	return slot == LW_CMIS_SLOT_03H;
}

/* What a password guards (8.2.14); the standard leaves open what that is. */
static bool guarded(const struct lw_twin *t, unsigned bank, int slot)
{
	(void)bank;
	return slot == LW_CMIS_SLOT_03H && !lw_password_open((const struct lw_cmis *)t);
}

/* Bank Broadcast (Table 8-11) is for pages that are banked by lanes, not by other instances. */
static bool broadcasts(const struct lw_twin *t, int slot)
{
	bool lanes =
		slot != LW_CMIS_SLOT_1CH && (slot < LW_CMIS_SLOT_9FH || slot > LW_CMIS_SLOT_AFH);

	return lanes && t->mem.slot[slot].banked &&
	       lw_memory_get(&t->mem, LW_CMIS_BANK_BROADCAST_ENABLE, 0);
}

static enum lw_twin_number write_time(const struct lw_twin *t, unsigned bank, int slot)
{
	(void)t;
	(void)bank;
	return slot == LW_CMIS_SLOT_03H ? LW_TWIN_T_WRITE_NV : LW_TWIN_T_WRITE;
}

static void reset(struct lw_twin *t)
{
	/* In Reset there is nothing left to reset, and nothing would take the wish back. */
	lw_cmis_of(t)->software_reset = lw_cmis_of(t)->state != LW_MSM_RESET;
}

static void finish(struct lw_twin *t)
{
	lw_firmware_finish(lw_cmis_of(t));
}

static struct lw_mono next_due(const struct lw_cmis *c)
{
	struct lw_mono due = lw_mono_min(c->until, lw_mono_min(c->cdb.due, c->firmware.run_at));

	due = lw_mono_min(due, lw_mono_min(lw_cmis_nets_due(c), c->vdm.look_at));
	for (unsigned i = 0; i < c->path_n; i++)
		due = lw_mono_min(due, c->path[i].until);
	for (unsigned i = 0; i < c->command_n; i++)
		due = lw_mono_min(due, c->command[i].due);
	return due;
}

/* Flags follow the light, the noise and what the host and the machines do. */
static void look(struct lw_cmis *c)
{
	int64_t sample = lw_twin_now(&c->twin).ns / (int64_t)lw_twin_numbers[LW_TWIN_T_MONITOR];

	if (!c->look && c->flag_sample == sample && c->flag_epoch == c->twin.epoch)
		return;
	c->look = false;
	c->flag_sample = sample;
	c->flag_epoch = c->twin.epoch;
	lw_cmis_flags(c);
}

/* Flags that were just read stay clear for a moment, or no host would see them clear. */
static struct lw_mono relatch(struct lw_cmis *c)
{
	if (!lw_mono_before(lw_twin_now(&c->twin), c->relatch))
		c->relatch = LW_NEVER;
	if (c->relatch.ns == LW_NEVER.ns)
		look(c);
	return c->relatch;
}

/* Has nothing happened but the time of `relatch`? Hosts that poll flags make that the usual case.
 */
static bool calm(const struct lw_cmis *c)
{
	return c->twin.calm &&
	       lw_mono_before(lw_twin_now(&c->twin), lw_mono_min(c->next, c->vdm.look_at)) &&
	       lw_fault_due(&c->twin).ns == LW_NEVER.ns;
}

static struct lw_mono run(struct lw_twin *t)
{
	struct lw_cmis *c = lw_cmis_of(t);
	bool fast = lw_memory_get(&t->mem, LW_CMIS_RX_LOS_IS_FAST, 0), changed;
	struct lw_mono due, switched;

	if (calm(c)) {
		due = relatch(c);
		return lw_mono_min(due, lw_mono_min(c->next, c->vdm.look_at));
	}
	lw_cmis_commands_run(c);
	lw_cmis_nets_run(c);
	lw_cdb_run(c);
	lw_firmware_run(c);
	do {
		changed = lw_cmis_module_step(c);
		changed |= lw_cmis_paths_step(c);
		changed |= lw_cmis_nets_step(c);
	} while (changed);
	lw_diag_apply(c);
	switched = lw_mono_min(lw_switch_run(c), lw_tune_run(c));
	due = lw_light_run(t, lw_twin_span(t, fast ? LW_TWIN_T_LOS_FAST : LW_TWIN_T_LOS),
			   lw_twin_span(t, LW_TWIN_T_SIGNAL),
			   lw_twin_span(t, LW_TWIN_T_TX_SQUELCH));
	lw_cmis_outputs(c);
	due = lw_mono_min(due, lw_pattern_run(c));
	due = lw_mono_min(due, lw_vdm_run(c));
	relatch(c);
	c->next = lw_mono_min(lw_mono_min(due, switched), next_due(c));
	return lw_mono_min(c->next, c->relatch);
}

static bool advertises(const struct lw_view *v, unsigned id)
{
	int64_t raw;

	return lw_field_get(&lw_map_fields(LW_MAP_CMIS, NULL)[id], 0, v, &raw) == 0 && raw != 0;
}

static unsigned banks(const struct lw_image *img)
{
	const struct lw_field *f = &lw_map_fields(LW_MAP_CMIS, NULL)[LW_CMIS_BANKS_SUPPORTED];
	const struct lw_code *row;
	struct lw_view v;
	int64_t code;

	lw_image_view(img, &v);
	row = lw_field_get(f, 0, &v, &code) == 0
		      ? lw_code_find((enum lw_code_table)f->codes, (unsigned)code)
		      : NULL;
	return row && !row->reserved && row->den ? (unsigned)(row->num / row->den) : 1;
}

/* Pages that the module has because it says so, even when a dump lacks them. */
static size_t slots(const struct lw_image *img, struct lw_extra ret[LW_SLOTS_MAX])
{
	static const struct {
		uint16_t need, slot;
	} pages[] = {
		{LW_CMIS_PAGE_03H_SUPPORTED, LW_CMIS_SLOT_03H},
		{LW_CMIS_DIAGNOSTIC_PAGES_SUPPORTED, LW_CMIS_SLOT_13H},
		{LW_CMIS_DIAGNOSTIC_PAGES_SUPPORTED, LW_CMIS_SLOT_14H},
		{LW_CMIS_TRANSMITTER_IS_TUNABLE, LW_CMIS_SLOT_12H},
		{LW_CMIS_NETWORK_PATH_PAGES_SUPPORTED, LW_CMIS_SLOT_16H},
		{LW_CMIS_NETWORK_PATH_PAGES_SUPPORTED, LW_CMIS_SLOT_17H},
		{LW_CMIS_UNIDIR_RECONFIG_SUPPORTED, LW_CMIS_SLOT_19H},
		{LW_CMIS_HOST_LANE_SWITCHING_SUPPORTED, LW_CMIS_SLOT_1DH},
		{LW_CMIS_MEDIA_LANE_SWITCHING_SUPPORTED, LW_CMIS_SLOT_6DH},
		{LW_CMIS_VDM_PAGES_SUPPORTED, LW_CMIS_SLOT_2CH},
		{LW_CMIS_VDM_PAGES_SUPPORTED, LW_CMIS_SLOT_2DH},
		{LW_CMIS_VDM_PAGES_SUPPORTED, LW_CMIS_SLOT_2FH},
	};
	uint8_t lanes = (uint8_t)banks(img), cdb;
	struct lw_view v;
	size_t n = 0;

	lw_image_view(img, &v);
	ret[n++] = (struct lw_extra){LW_CMIS_SLOT_10H, lanes};
	ret[n++] = (struct lw_extra){LW_CMIS_SLOT_11H, lanes};
	for (size_t i = 0; i < sizeof(pages) / sizeof(pages[0]); i++)
		if (advertises(&v, pages[i].need))
			ret[n++] = (struct lw_extra){(uint8_t)pages[i].slot, lanes};
	for (unsigned g = 0; g < lw_vdm_groups(&v); g++) {
		ret[n++] = (struct lw_extra){(uint8_t)(LW_CMIS_SLOT_20H + g), lanes};
		ret[n++] = (struct lw_extra){(uint8_t)(LW_CMIS_SLOT_24H + g), lanes};
		ret[n++] = (struct lw_extra){(uint8_t)(LW_CMIS_SLOT_28H + g), lanes};
	}
	cdb = (uint8_t)lw_cdb_instances(&v); /* they are told apart by the bank */
	if (!cdb)
		return n;
	ret[n++] = (struct lw_extra){LW_CMIS_SLOT_9FH, cdb};
	for (unsigned i = 0; i < lw_cdb_epl_bytes(&v) / 128; i++)
		ret[n++] = (struct lw_extra){(uint8_t)(LW_CMIS_SLOT_A0H + i), cdb};
	return n;
}

static bool high_power(const struct lw_twin *t)
{
	const struct lw_cmis *c = (const struct lw_cmis *)t;

	return c->state == LW_MSM_PWR_UP || c->state == LW_MSM_READY || c->state == LW_MSM_PWR_DN;
}

const struct lw_twin_kind lw_kind_cmis = {
	.alarm_degc = lw_cmis_alarm_degc,
	.high_power = high_power,
	.low_power = LW_TWIN_POWER_LOW,
	.size = sizeof(struct lw_cmis),
	.banks = banks,
	.slots = slots,
	.power_on = lw_cmis_power_on,
	.run = run,
	.answers = answers,
	.refresh = refresh,
	.flags_read = flags_read,
	.written = written,
	.interrupt = lw_cmis_interrupt,
	.guarded = guarded,
	.lasts = lasts,
	.broadcasts = broadcasts,
	.write_time = write_time,
	.reset = reset,
	.finish = finish,
};
