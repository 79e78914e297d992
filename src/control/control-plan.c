/* SPDX-License-Identifier: Apache-2.0 */
/* Plans for settings that are written directly, for power and for reset. Pure. */
#include "control-internal.h"
#include <lanewise/value.h>
#include <stdio.h>
#include <string.h>

/* What a limit says; -1 if the module is of a revision that has none. */
static int64_t limit_of(const struct lw_draft *d, unsigned id)
{
	struct lw_value value;

	lw_value_decode(lw_draft_field(d, id), 0, &d->view, &value);
	return value.status == LW_VALUE_NOT_SUPPORTED || !value.has_raw ? -1 : value.raw;
}

static bool is_allowed(const struct lw_control_row *row, const struct lw_draft *d, int raw)
{
	int64_t limit;

	if (row->limit == LW_LIMIT_NONE)
		return true;
	if (row->limit == LW_LIMIT_BIT)
		return raw < row->limit_n && lw_draft_get(d, row->limit_field[raw], 0) != 0;
	limit = limit_of(d, row->limit_field[0]);
	if (limit < 0)
		return true; /* the module does not say */
	return row->limit == LW_LIMIT_MAX ? raw <= limit : raw < 16 && limit >> raw & 1;
}

static int check_want(const struct lw_draft *d, const struct lw_control_want *w,
		      struct lw_error *reterr)
{
	const struct lw_control_setting *s = w->setting;
	uint32_t there = s->side == LW_SIDE_MEDIA ? lw_control_media_lanes(d->now, d->facts)
						  : lw_control_host_lanes(d->now, d->facts);
	const struct lw_control_row *row = lw_control_row_of(s);
	char why[LW_REASON_MAX], text[LW_LANES_TEXT];

	if (!lw_control_offered(s, d->now, why))
		return lw_fail(reterr, LW_ENOTSUP, "%s: %s", s->name, why);
	if (s->side != LW_SIDE_MODULE && (!w->lanes || w->lanes & ~there))
		return lw_fail(reterr, LW_EINVAL, "%s: the module has %s %s", s->name,
			       s->side == LW_SIDE_MEDIA ? "media" : "host",
			       lw_lanes_text(there, text));
	if (w->raw < 0 || w->raw >> lw_draft_field(d, s->field)->width)
		return lw_fail(reterr, LW_EINVAL, "%s: %d does not fit the register", s->name,
			       w->raw);
	if (!row || is_allowed(row, d, w->raw))
		return 0;
	lw_control_value_text(s, w->raw, text, sizeof(text));
	return lw_fail(reterr, LW_ENOTSUP, "%s: the module does not offer %s: see %s", s->name,
		       text, lw_draft_field(d, row->limit_field[0])->name);
}

/* Put what is wanted of one slot and bank. */
static void put_direct(struct lw_patch *p, struct lw_draft *d, const struct lw_control_want *want,
		       size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const struct lw_control_setting *s = want[i].setting;
		const struct lw_field *f = lw_draft_field(d, s->field);
		uint32_t lanes = s->side == LW_SIDE_MODULE ? 1 : want[i].lanes;

		if (s->active >= 0 || f->slot != p->slot || f->access == LW_WO)
			continue;
		for (unsigned lane = 0; lane < f->lanes; lane++)
			if (lanes >> (p->bank * LW_BANK_LANES + lane) & 1)
				lw_patch_put(p, f, lane, want[i].raw);
	}
}

/* Registers that are only written: the lanes that are not named stay 0, which does nothing. */
static void make_triggers(struct lw_draft *d, const struct lw_control_want *want, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const struct lw_field *f = lw_draft_field(d, want[i].setting->field);

		for (unsigned bank = 0; f->access == LW_WO && bank < LW_BANKS_MAX; bank++) {
			uint32_t lanes = want[i].lanes >> bank * LW_BANK_LANES & 0xff;
			struct lw_patch p = {.slot = f->slot, .bank = (uint8_t)bank};

			for (unsigned lane = 0; lane < f->lanes; lane++)
				if (lanes >> lane & 1)
					lw_patch_put(&p, f, lane, want[i].raw);
			p.whole = true;
			lw_patch_flush(&p, d, want[i].setting->doc);
		}
	}
	/* they cannot be read back */
	for (unsigned i = 0; i < d->plan->n; i++)
		if (d->plan->step[i].field->access == LW_WO)
			memset(d->plan->step[i].mask, 0, sizeof(d->plan->step[i].mask));
}

/*
 * An output that is switched off must say so (CMIS 8.14.2). One that is switched on may stay mute
 * for want of a signal, so nothing is waited for then.
 */
static void wait_for_outputs(struct lw_draft *d, const struct lw_control_want *want, size_t n)
{
	struct lw_mono limit =
		lw_mono_add(lw_draft_duration(d->facts->dur_tx_off), lw_ms(LW_WAIT_OUTPUT_MS));

	for (size_t i = 0; i < n; i++) {
		unsigned field = want[i].setting->field;
		unsigned id = field == LW_CMIS_OUTPUT_DISABLE_TX ? LW_CMIS_OUTPUT_STATUS_TX
								 : LW_CMIS_OUTPUT_STATUS_RX;

		if (d->now->map != LW_MAP_CMIS || d->facts->cmis_major < 5 || !want[i].raw ||
		    (field != LW_CMIS_OUTPUT_DISABLE_TX && field != LW_CMIS_OUTPUT_DISABLE_RX))
			continue;
		for (unsigned bank = 0; bank < LW_BANKS_MAX; bank++) {
			uint8_t on = 0;

			for (unsigned k = 0; k < LW_BANK_LANES; k++)
				if (want[i].lanes >> (bank * LW_BANK_LANES + k) & 1 &&
				    lw_draft_get(d, id, bank * LW_BANK_LANES + k) == 1)
					on |= (uint8_t)(1u << k);
			if (on)
				lw_draft_wait(d, id, bank, on, 1u << 0, 1u << 0, limit,
					      "the outputs are off");
		}
	}
}

/*
 * Transmitters of SFF modules follow in their own time, and no register tells that they have: what
 * is looked at next must not be of the time before.
 */
static void settle_transmitters(struct lw_draft *d, const struct lw_control_want *want, size_t n)
{
	bool qsfp = d->now->map == LW_MAP_SFF8636;
	unsigned field = qsfp ? LW_SFF8636_TX_DISABLE : LW_SFF8472_SOFT_TX_DISABLE;

	if (d->now->map == LW_MAP_CMIS)
		return;
	for (size_t i = 0; i < n; i++) {
		int64_t on = qsfp ? LW_SETTLE_SFF8636_ON_MS : LW_SETTLE_SFF8472_MS;
		int64_t off = qsfp ? LW_SETTLE_SFF8636_OFF_MS : LW_SETTLE_SFF8472_MS;
		uint32_t changed = 0;

		if (want[i].setting->field != field)
			continue;
		for (unsigned lane = 0; lane < lw_draft_field(d, field)->lanes; lane++)
			if (want[i].lanes >> lane & 1 &&
			    lw_draft_get(d, field, lane) != want[i].raw)
				changed |= UINT32_C(1) << lane;
		if (changed)
			lw_draft_pause(d, field, changed, lw_ms(want[i].raw ? off : on),
				       want[i].raw ? "the transmitters go off"
						   : "the transmitters come on");
	}
}

/* A lane cannot have a setting in two ways. */
static int check_agreement(const struct lw_control_want *want, size_t n, struct lw_error *reterr)
{
	for (size_t i = 1; i < n; i++)
		for (size_t k = 0; k < i; k++) {
			bool whole = want[i].setting->side == LW_SIDE_MODULE;

			if (want[i].setting == want[k].setting && want[i].raw != want[k].raw &&
			    (whole || want[i].lanes & want[k].lanes))
				return lw_fail(reterr, LW_EINVAL,
					       "%s is wanted twice, and not alike",
					       want[i].setting->name);
		}
	return 0;
}

int lw_control_plan_set(const struct lw_image *now, const struct lw_facts *facts,
			const struct lw_control_want *want, size_t n, bool restart,
			struct lw_control_plan *ret, struct lw_error *reterr)
{
	struct lw_draft d;
	size_t slots;
	int r = 0;

	lw_draft_init(&d, now, facts, ret);
	for (size_t i = 0; !r && i < n; i++)
		r = check_want(&d, &want[i], reterr);
	if (!r)
		r = check_agreement(want, n, reterr);
	if (r)
		return r;
	lw_map_slots(now->map, &slots);
	for (unsigned slot = 0; slot < slots; slot++)
		for (unsigned bank = 0; bank < LW_BANKS_MAX; bank++) {
			struct lw_patch p;

			lw_patch_init(&p, &d, slot, bank);
			put_direct(&p, &d, want, n);
			if (p.any)
				lw_patch_flush(&p, &d, "as wanted");
		}
	make_triggers(&d, want, n);
	wait_for_outputs(&d, want, n);
	settle_transmitters(&d, want, n);
	r = lw_draft_staged(&d, want, n, restart, reterr);
	if (r) {
		ret->n = 0;
		return r;
	}
	return lw_draft_finish(&d, reterr);
}

static void power_cmis(struct lw_draft *d, bool high)
{
	const struct lw_field *request = lw_draft_field(d, LW_CMIS_LOW_PWR_REQUEST_SW);
	const struct lw_facts *f = d->facts;
	struct lw_mono down = lw_mono_add(
		lw_draft_duration(f->dur_tx_off),
		lw_mono_add(lw_draft_duration(f->dur_dp_deinit), lw_draft_duration(f->dur_pwr_dn)));
	unsigned goal = high ? LW_CMIS_MODULE_READY : LW_CMIS_MODULE_LOW_PWR;
	struct lw_patch p;

	lw_patch_init(&p, d, request->slot, 0);
	lw_patch_put(&p, request, 0, !high);
	/* the pin must not hold it in low power; it is left alone otherwise */
	if (high && lw_draft_get(d, LW_CMIS_MODULE_STATE, 0) != LW_CMIS_MODULE_READY &&
	    f->cmis_major >= 4)
		lw_patch_put(&p, lw_draft_field(d, LW_CMIS_LOW_PWR_ALLOW_REQUEST_HW), 0, 0);
	lw_patch_flush(&p, d, high ? "leave low power" : "ask for low power");
	if (lw_draft_get(d, LW_CMIS_MODULE_STATE, 0) != (int64_t)goal)
		lw_draft_wait(d, LW_CMIS_MODULE_STATE, 0, 0,
			      1u << goal | 1u << LW_CMIS_MODULE_FAULT, 1u << goal,
			      high ? lw_draft_duration(f->dur_pwr_up) : down,
			      high ? "the module is in high power" : "the module is in low power");
}

static void power_sff8636(struct lw_draft *d, bool high)
{
	const struct lw_field *override = lw_draft_field(d, LW_SFF8636_POWER_OVERRIDE);
	struct lw_patch p;

	lw_patch_init(&p, d, override->slot, 0);
	lw_patch_put(&p, override, 0, 1);
	lw_patch_put(&p, lw_draft_field(d, LW_SFF8636_POWER_SET), 0, !high);
	if (high && d->facts->power_class >= 5)
		lw_patch_put(&p, lw_draft_field(d, LW_SFF8636_HIGH_POWER_CLASS_ENABLE_5_7), 0, 1);
	if (high && d->facts->power_class == 8)
		lw_patch_put(&p, lw_draft_field(d, LW_SFF8636_HIGH_POWER_CLASS_ENABLE_8), 0, 1);
	lw_patch_flush(&p, d,
		       high ? "high power by register and not by pin, with its power class"
			    : "low power by register and not by pin");
	if (d->plan->n)
		lw_draft_pause(d, LW_SFF8636_POWER_SET, 0,
			       lw_ms(high ? LW_SETTLE_POWER_UP_MS : LW_SETTLE_POWER_DOWN_MS),
			       high ? "the module comes up" : "the module goes down");
	if (high && (d->plan->n || lw_draft_get(d, LW_SFF8636_DATA_NOT_READY, 0) == 1))
		lw_draft_wait(d, LW_SFF8636_DATA_NOT_READY, 0, 0, 1, 1, lw_ms(LW_WAIT_RESTART_MS),
			      "monitors are valid");
}

static int power_sff8472(struct lw_draft *d, bool high, struct lw_error *reterr)
{
	const struct lw_field *select = lw_draft_field(d, LW_SFF8472_POWER_LEVEL_SELECT);
	bool level4 = lw_draft_get(d, LW_SFF8472_POWER_LEVEL_4, 0) == 1;
	bool cooled = lw_draft_get(d, LW_SFF8472_COOLED_TRANSMITTER, 0) == 1;
	struct lw_patch p;

	if (lw_draft_get(d, LW_SFF8472_POWER_LEVEL_2, 0) != 1 &&
	    lw_draft_get(d, LW_SFF8472_POWER_LEVEL_3, 0) != 1 && !level4)
		return lw_fail(
			reterr, LW_ENOTSUP,
			"the module declares power level 1 alone: there is nothing to choose "
			"(SFF-8472 A0h 64)");
	if (d->facts->ddm_implemented != 1)
		return lw_fail(reterr, LW_ENOTSUP,
			       "the module has no A2h registers, so its power level is fixed");
	lw_patch_init(&p, d, select->slot, 0);
	lw_patch_put(&p, select, 0, high);
	if (level4)
		lw_patch_put(&p, lw_draft_field(d, LW_SFF8472_POWER_LEVEL_4_ENABLE), 0, high);
	lw_patch_flush(&p, d, high ? "enable the declared power level" : "power level 1");
	if (d->plan->n)
		lw_draft_wait(d, LW_SFF8472_POWER_LEVEL_STATE, 0, 0, 1u << high, 1u << high,
			      lw_ms(cooled ? LW_WAIT_LEVEL_COOLED_MS : LW_WAIT_LEVEL_MS),
			      "the module reports its power level");
	return 0;
}

int lw_control_plan_power(const struct lw_image *now, const struct lw_facts *facts, bool high,
			  struct lw_control_plan *ret, struct lw_error *reterr)
{
	struct lw_draft d;
	int r = 0;

	lw_draft_init(&d, now, facts, ret);
	if (now->map == LW_MAP_CMIS && facts->flat_memory)
		return lw_fail(reterr, LW_ENOTSUP,
			       "a module of flat memory has no power modes (CMIS 5.4 6.3.2.3)");
	if (now->map == LW_MAP_CMIS)
		power_cmis(&d, high);
	else if (now->map == LW_MAP_SFF8636)
		power_sff8636(&d, high);
	else
		r = power_sff8472(&d, high, reterr);
	return r ? r : lw_draft_finish(&d, reterr);
}

int lw_control_plan_reset(const struct lw_image *now, const struct lw_facts *facts,
			  struct lw_control_plan *ret, struct lw_error *reterr)
{
	bool cmis = now->map == LW_MAP_CMIS;
	unsigned id = cmis ? LW_CMIS_SOFTWARE_RESET : LW_SFF8636_SW_RESET;
	struct lw_control_step *s;
	struct lw_patch p;
	struct lw_draft d;

	lw_draft_init(&d, now, facts, ret);
	if (now->map == LW_MAP_SFF8472)
		return lw_fail(reterr, LW_ENOTSUP,
			       "SFF-8472 has no software reset: switch Tx off and on to clear a "
			       "fault, or take the power of the cage away");
	if (cmis && facts->flat_memory)
		return lw_fail(reterr, LW_ENOTSUP,
			       "a module of flat memory has nothing to reset (CMIS 5.4 6.3.2.3)");
	if (!cmis && lw_draft_get(&d, LW_SFF8636_SW_RESET_SUPPORTED, 0) != 1)
		return lw_fail(reterr, LW_ENOTSUP,
			       "the module does not advertise a software reset "
			       "(sw_reset_supported, SFF-8636 00h 221): use the pin of the cage");
	lw_patch_init(&p, &d, lw_draft_field(&d, id)->slot, 0);
	lw_patch_put(&p, lw_draft_field(&d, id), 0, 1);
	lw_patch_flush(&p, &d, "reset");
	memset(ret->step[0].mask, 0, sizeof(ret->step[0].mask)); /* it clears itself */
	s = cmis ? lw_draft_wait(&d, LW_CMIS_MODULE_STATE, 0, 0,
				 1u << LW_CMIS_MODULE_LOW_PWR | 1u << LW_CMIS_MODULE_READY,
				 1u << LW_CMIS_MODULE_LOW_PWR | 1u << LW_CMIS_MODULE_READY,
				 lw_ms(0), "the module is back")
		 : lw_draft_wait(&d, LW_SFF8636_DATA_NOT_READY, 0, 0, 1, 1, lw_ms(0),
				 "the module is back");
	s->limit = lw_mono_add(lw_ms(LW_WAIT_RESTART_MS + LW_WAIT_SHUTDOWN_MS),
			       cmis ? lw_draft_duration(facts->dur_pwr_up) : lw_ms(0));
	s->silent = true;
	return lw_draft_finish(&d, reterr);
}
