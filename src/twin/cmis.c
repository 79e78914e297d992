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

static void refresh(struct lw_twin *t, int slot, unsigned first, size_t n)
{
	static const uint16_t moving[] = {LW_CMIS_TEMP_MON_VALUE, LW_CMIS_VCC_MON_VOLTAGE,
					  LW_CMIS_OPTICAL_POWER_TX, LW_CMIS_LASER_BIAS_TX,
					  LW_CMIS_OPTICAL_POWER_RX};

	for (size_t i = 0; i < sizeof(moving) / sizeof(moving[0]); i++)
		if (lw_cmis_touches(t, moving[i], slot, first, n)) {
			lw_cmis_monitors(lw_cmis_of(t));
			break;
		}
	if (slot == LW_CMIS_SLOT_14H)
		lw_pattern_show(lw_cmis_of(t));
	if (slot >= LW_CMIS_SLOT_24H && slot <= LW_CMIS_SLOT_27H)
		lw_vdm_show(lw_cmis_of(t));
	if (lw_cmis_touches(t, LW_CMIS_INTERRUPT_DEASSERTED, slot, first, n) ||
	    lw_cmis_touches(t, LW_CMIS_FLAGS_SUMMARY_BANK0_PAGE_11H, slot, first, n))
		lw_cmis_summary(lw_cmis_of(t));
}

static void flags_read(struct lw_twin *t)
{
	struct lw_cmis *c = lw_cmis_of(t);
	struct lw_mono at = lw_twin_after(t, lw_twin_span(t, LW_TWIN_T_RELATCH));

	c->relatch = lw_mono_min(c->relatch, at);
	c->vdm.look = true;
}

static void written(struct lw_twin *t, int slot, unsigned first, const uint8_t *p, size_t n)
{
	static const struct {
		uint16_t id, need;
		uint8_t set;
		enum lw_apply apply;
	} triggers[] = {
		{LW_CMIS_SCS0_APPLY_DP_INIT_LANE, 0, LW_CMIS_SCS0, LW_APPLY_DP_INIT},
		{LW_CMIS_SCS0_APPLY_IMMEDIATE_LANE, 0, LW_CMIS_SCS0, LW_APPLY_IMMEDIATE},
		{LW_CMIS_SCS1_APPLY_DP_INIT_LANE, LW_CMIS_STAGED_SET1_SUPPORTED, LW_CMIS_SCS1,
		 LW_APPLY_DP_INIT},
		{LW_CMIS_SCS1_APPLY_IMMEDIATE_LANE, LW_CMIS_STAGED_SET1_SUPPORTED, LW_CMIS_SCS1,
		 LW_APPLY_IMMEDIATE},
	};
	const struct lw_field *reset = &t->mem.field[LW_CMIS_SOFTWARE_RESET];
	struct lw_cmis *c = lw_cmis_of(t);
	int v = lw_memory_written(&t->mem, LW_CMIS_SOFTWARE_RESET, slot, first, p, n);

	if (v >= 0 && (v >> reset->shift & 1))
		c->software_reset = true;
	for (size_t i = 0; i < sizeof(triggers) / sizeof(triggers[0]); i++) {
		v = lw_memory_written(&t->mem, triggers[i].id, slot, first, p, n);
		if (v > 0 && (!triggers[i].need || lw_memory_get(&t->mem, triggers[i].need, 0)))
			lw_cmis_trigger(c, triggers[i].set, triggers[i].apply, (uint8_t)v);
	}
	if (slot == LW_CMIS_SLOT_L)
		lw_password_written(c, first, p, n);
	if (slot == LW_CMIS_SLOT_9FH)
		lw_cdb_written(c, first, n);
	if (slot == LW_CMIS_SLOT_13H || slot == LW_CMIS_SLOT_14H)
		lw_diag_written(c, slot, first, p, n);
	if (slot == LW_CMIS_SLOT_03H)
		lw_memory_keep(&t->mem, slot);
}

/* What a password guards (8.2.14); the standard leaves open what that is. */
static bool guarded(const struct lw_twin *t, int slot)
{
	return slot == LW_CMIS_SLOT_03H && !lw_password_open((const struct lw_cmis *)t);
}

static enum lw_twin_number write_time(const struct lw_twin *t, int slot)
{
	(void)t;
	return slot == LW_CMIS_SLOT_03H ? LW_TWIN_T_WRITE_NV : LW_TWIN_T_WRITE;
}

static void reset(struct lw_twin *t)
{
	lw_cmis_of(t)->software_reset = true;
}

static struct lw_mono next_due(const struct lw_cmis *c)
{
	struct lw_mono due = lw_mono_min(lw_mono_min(c->until, c->relatch),
					 lw_mono_min(c->cdb.due, c->firmware.run_at));

	for (unsigned i = 0; i < c->path_n; i++)
		due = lw_mono_min(due, c->path[i].until);
	for (unsigned i = 0; i < c->command_n; i++)
		due = lw_mono_min(due, c->command[i].due);
	return due;
}

static struct lw_mono run(struct lw_twin *t)
{
	struct lw_cmis *c = lw_cmis_of(t);
	bool fast = lw_memory_get(&t->mem, LW_CMIS_RX_LOS_IS_FAST, 0), changed;
	struct lw_mono due;

	lw_cmis_commands_run(c);
	lw_cdb_run(c);
	lw_firmware_run(c);
	do {
		changed = lw_cmis_module_step(c);
		changed |= lw_cmis_paths_step(c);
	} while (changed);
	lw_diag_apply(c);
	due = lw_light_run(t, lw_twin_span(t, fast ? LW_TWIN_T_LOS_FAST : LW_TWIN_T_LOS),
			   lw_twin_span(t, LW_TWIN_T_SIGNAL),
			   lw_twin_span(t, LW_TWIN_T_TX_SQUELCH));
	lw_cmis_outputs(c);
	due = lw_mono_min(due, lw_pattern_run(c));
	due = lw_mono_min(due, lw_vdm_run(c));
	if (!lw_mono_before(lw_twin_now(t), c->relatch))
		c->relatch = LW_NEVER;
	/* Flags that were just read stay clear for a moment, or no host would see them clear. */
	if (c->relatch.ns == LW_NEVER.ns) {
		lw_cmis_monitors(c);
		lw_cmis_flags(c);
	}
	return lw_mono_min(due, next_due(c));
}

static bool advertises(const struct lw_view *v, unsigned id)
{
	int64_t raw;

	return lw_field_get(&lw_map_fields(LW_MAP_CMIS, NULL)[id], 0, v, &raw) == 0 && raw != 0;
}

/* Pages that the module has because it says so, even when a dump lacks them. */
static void slots(const struct lw_image *img, int *ret)
{
	static const struct {
		uint16_t need, slot;
	} pages[] = {
		{LW_CMIS_PAGE_03H_SUPPORTED, LW_CMIS_SLOT_03H},
		{LW_CMIS_DIAGNOSTIC_PAGES_SUPPORTED, LW_CMIS_SLOT_13H},
		{LW_CMIS_DIAGNOSTIC_PAGES_SUPPORTED, LW_CMIS_SLOT_14H},
		{LW_CMIS_VDM_PAGES_SUPPORTED, LW_CMIS_SLOT_2CH},
		{LW_CMIS_VDM_PAGES_SUPPORTED, LW_CMIS_SLOT_2DH},
		{LW_CMIS_VDM_PAGES_SUPPORTED, LW_CMIS_SLOT_2FH},
		{LW_CMIS_CDB_INSTANCES_SUPPORTED, LW_CMIS_SLOT_9FH},
	};
	struct lw_view v;

	lw_image_view(img, &v);
	*ret++ = LW_CMIS_SLOT_10H;
	*ret++ = LW_CMIS_SLOT_11H;
	for (size_t i = 0; i < sizeof(pages) / sizeof(pages[0]); i++)
		if (advertises(&v, pages[i].need))
			*ret++ = pages[i].slot;
	for (unsigned n = 0; n < lw_vdm_groups(&v); n++) {
		*ret++ = LW_CMIS_SLOT_20H + (int)n;
		*ret++ = LW_CMIS_SLOT_24H + (int)n;
		*ret++ = LW_CMIS_SLOT_28H + (int)n;
	}
	for (unsigned n = 0;
	     advertises(&v, LW_CMIS_CDB_INSTANCES_SUPPORTED) && n < lw_cdb_epl_bytes(&v) / 128; n++)
		*ret++ = LW_CMIS_SLOT_A0H + (int)n;
	*ret = -1;
}

const struct lw_twin_kind lw_kind_cmis = {
	.size = sizeof(struct lw_cmis),
	.slots = slots,
	.power_on = lw_cmis_power_on,
	.run = run,
	.answers = answers,
	.refresh = refresh,
	.flags_read = flags_read,
	.written = written,
	.interrupt = lw_cmis_interrupt,
	.guarded = guarded,
	.write_time = write_time,
	.reset = reset,
};
