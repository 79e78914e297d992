/* SPDX-License-Identifier: Apache-2.0 */
#include "calibration.h"
#include "sff.h"

/* clang-format off */
#define WATCH(v)                                                                                   \
	{                                                                                          \
		LW_SFF8472_##v, LW_SFF8472_DDM_IMPLEMENTED,                                        \
		{LW_SFF8472_##v##_HIGH_ALARM_FLAG, LW_SFF8472_##v##_LOW_ALARM_FLAG,                \
		 LW_SFF8472_##v##_HIGH_WARNING_FLAG, LW_SFF8472_##v##_LOW_WARNING_FLAG},           \
		{LW_SFF8472_##v##_HIGH_ALARM, LW_SFF8472_##v##_LOW_ALARM,                          \
		 LW_SFF8472_##v##_HIGH_WARNING, LW_SFF8472_##v##_LOW_WARNING},                     \
	}
/* clang-format on */
#define LW_SFF8472_TEMP LW_SFF8472_TEMPERATURE

static const struct lw_watch temperature = WATCH(TEMP);
static const struct lw_watch vcc = WATCH(VCC);
static const struct lw_watch tx_power = WATCH(TX_POWER);
static const struct lw_watch tx_bias = WATCH(TX_BIAS);
static const struct lw_watch rx_power = WATCH(RX_POWER);

static bool has(const struct lw_twin *t, unsigned id)
{
	return lw_memory_get(&t->mem, id, 0) != 0;
}

/* Is a control on of the enhanced block, which is there if it is advertised there and the place is
 * not taken by calibration constants? */
static bool enhanced(const struct lw_twin *t, unsigned supported, unsigned control)
{
	return !has(t, LW_SFF8472_EXTERNALLY_CALIBRATED) && has(t, supported) && has(t, control);
}

/* Does the module listen to the soft bit of RS0 or RS1? */
static bool soft_rs(const struct lw_twin *t, unsigned rs)
{
	return has(t, LW_SFF8472_SOFT_RS_SUPPORTED) ||
	       (rs == 0 && has(t, LW_SFF8472_SOFT_RATE_SELECT_SUPPORTED));
}

/* RS0 is for the receiver, RS1 for the transmitter: pin and soft bit are ORed, unless the pins are
 * to be ignored; 64GFC overrides both. */
static bool fast(const struct lw_twin *t, unsigned rs)
{
	static const uint16_t soft[] = {LW_SFF8472_SOFT_RS0, LW_SFF8472_SOFT_RS1};
	bool pins = !enhanced(t, LW_SFF8472_RS_PIN_IGNORE_SUPPORTED, LW_SFF8472_RS_PIN_IGNORE);

	return has(t, LW_SFF8472_FC_64G_MODE) || (pins && t->pin_rs[rs]) ||
	       (soft_rs(t, rs) && has(t, soft[rs]));
}

/* The fastest lane that it takes when it is told to be slow follows from the rate identifier. */
static void ask_rates(struct lw_sff *s)
{
	struct lw_twin *t = &s->twin;
	unsigned id = (unsigned)lw_memory_get(&t->mem, LW_SFF8472_RATE_IDENTIFIER, 0);
	uint32_t rx = lw_sff_rate_kbd(LW_CODES_SFF8472_RATE_RX, id);
	uint32_t tx = lw_sff_rate_kbd(LW_CODES_SFF8472_RATE_TX, id);
	bool selects = has(t, LW_SFF8472_RATE_SELECT_SUPPORTED);

	lw_sff_rate(s, 0, selects && !fast(t, 0) ? rx : 0, selects && !fast(t, 1) ? tx : 0,
		    lw_twin_span(t, LW_TWIN_T_SFF8472_RATE));
}

/* Rate selects begin at full rate where the rate identifier says so. */
static void begin_rates(struct lw_sff *s)
{
	struct lw_memory *m = &s->twin.mem;
	unsigned id = (unsigned)lw_memory_get(m, LW_SFF8472_RATE_IDENTIFIER, 0);
	bool high = lw_code_find(LW_CODES_SFF8472_RATE_START, id) != NULL;

	/* Two bits advertise the soft RS0; the map's row can name one of them. */
	if (has(&s->twin, LW_SFF8472_SOFT_RS_SUPPORTED))
		lw_memory_admit(m, LW_SFF8472_SOFT_RS0);
	if (soft_rs(&s->twin, 0))
		lw_memory_put(m, LW_SFF8472_SOFT_RS0, 0, high);
	if (soft_rs(&s->twin, 1))
		lw_memory_put(m, LW_SFF8472_SOFT_RS1, 0, high);
	ask_rates(s);
	s->rates_due = lw_twin_now(&s->twin); /* what it starts with acts from the start */
}

static void power_on(struct lw_twin *t)
{
	struct lw_sff *s = lw_sff_of(t);

	lw_memory_put(&t->mem, LW_SFF8472_DATA_NOT_READY, 0, 1);
	lw_sff_lanes(t);
	s->phase = LW_SFF_BOOT;
	s->until = lw_twin_after(t, lw_twin_span(t, LW_TWIN_T_SFF8472_SERIAL));
	lw_delay_set(&s->low, true);
	lw_delay_set(&s->off[0], false);
	lw_delay_set(&s->level, false);
	begin_rates(s);
}

static void step_phase(struct lw_sff *s)
{
	struct lw_twin *t = &s->twin;

	if (lw_mono_before(lw_twin_now(t), s->until))
		return;
	if (s->phase == LW_SFF_BOOT) {
		s->phase = LW_SFF_START;
		s->until = lw_twin_after(
			t, (struct lw_mono){lw_twin_span(t, LW_TWIN_T_SFF8472_DATA).ns -
					    lw_twin_span(t, LW_TWIN_T_SFF8472_SERIAL).ns});
	} else if (s->phase == LW_SFF_START) {
		s->phase = LW_SFF_RUN;
		s->until = LW_NEVER;
		lw_memory_put(&t->mem, LW_SFF8472_DATA_NOT_READY, 0, 0);
	}
}

/* Pin and soft bit are ORed. */
static bool disabled(const struct lw_twin *t)
{
	return (t->pin_tx_disable && has(t, LW_SFF8472_TX_DISABLE_SUPPORTED)) ||
	       (has(t, LW_SFF8472_SOFT_TX_DISABLE_SUPPORTED) && has(t, LW_SFF8472_SOFT_TX_DISABLE));
}

static bool has_levels(const struct lw_twin *t)
{
	return has(t, LW_SFF8472_POWER_LEVEL_2) || has(t, LW_SFF8472_POWER_LEVEL_3) ||
	       has(t, LW_SFF8472_POWER_LEVEL_4);
}

/* Has the host allowed the power that the module declares? */
static bool level_asked(const struct lw_twin *t)
{
	return (has_levels(t) && has(t, LW_SFF8472_POWER_LEVEL_SELECT)) ||
	       (has(t, LW_SFF8472_POWER_LEVEL_4) && has(t, LW_SFF8472_POWER_LEVEL_4_ENABLE));
}

static struct lw_mono outputs(struct lw_sff *s)
{
	struct lw_twin *t = &s->twin;
	struct lw_mono now = lw_twin_now(t), due, soft = lw_twin_span(t, LW_TWIN_T_SFF8472_TX);
	struct lw_mono power = lw_twin_span(t, LW_TWIN_T_SFF8472_POWER);
	bool off = lw_fault_broken(t) || disabled(t) ||
		   enhanced(t, LW_SFF8472_TX_FORCE_SQUELCH_SUPPORTED, LW_SFF8472_TX_FORCE_SQUELCH);
	bool quiet =
		enhanced(t, LW_SFF8472_RX_FORCE_SQUELCH_SUPPORTED, LW_SFF8472_RX_FORCE_SQUELCH);

	due = lw_delay_run(&s->low, false, soft, lw_twin_span(t, LW_TWIN_T_SFF8472_START), now);
	due = lw_mono_min(due, lw_delay_run(&s->off[0], off, soft, soft, now));
	due = lw_mono_min(due, lw_delay_run(&s->level, level_asked(t), power, power, now));
	lw_twin_set_receives(t, s->phase >= LW_SFF_START && !quiet ? lw_sff_valid(t) : 0);
	lw_light_emit(t, s->off[0].shown || s->low.shown ? 0 : lw_sff_fed_without(t, 0));
	return due;
}

static double alarm_degc(const struct lw_twin *t)
{
	return lw_calibration_value(&t->mem, LW_CAL_TEMPERATURE, LW_SFF8472_TEMP_HIGH_ALARM);
}

static void monitors(struct lw_sff *s)
{
	struct lw_twin *t = &s->twin;
	struct lw_memory *m = &t->mem;
	struct lw_monitor_lane lane;

	lw_monitor_lane(t, 0, &lane);
	lw_calibration_show(m, LW_CAL_TEMPERATURE, LW_SFF8472_TEMPERATURE,
			    lw_monitor_temperature(t));
	lw_calibration_show(m, LW_CAL_VCC, LW_SFF8472_VCC, lw_monitor_vcc(t));
	lw_calibration_show(m, LW_CAL_TX_BIAS, LW_SFF8472_TX_BIAS, lane.bias_ma);
	lw_calibration_show(m, LW_CAL_TX_POWER, LW_SFF8472_TX_POWER, lane.tx_mw);
	lw_calibration_show(m, LW_CAL_RX_POWER, LW_SFF8472_RX_POWER, lane.rx_mw);
}

static bool broken(const struct lw_twin *t)
{
	return (lw_fault_dark(t) & 1) || lw_fault_broken(t);
}

/* States and flags follow what they tell of; nothing is latched (the standard leaves it open). */
static void states(struct lw_sff *s)
{
	static const struct lw_watch *const watch[] = {&temperature, &vcc, &tx_power, &tx_bias,
						       &rx_power};
	struct lw_twin *t = &s->twin;
	struct lw_memory *m = &t->mem;

	if (has(t, LW_SFF8472_TX_DISABLE_SUPPORTED))
		lw_memory_put(m, LW_SFF8472_TX_DISABLE_STATE, 0, t->pin_tx_disable);
	if (has(t, LW_SFF8472_RATE_SELECT_SUPPORTED)) {
		lw_memory_put(m, LW_SFF8472_RS0_STATE, 0, t->pin_rs[0]);
		lw_memory_put(m, LW_SFF8472_RS1_STATE, 0, t->pin_rs[1]);
	}
	if (has_levels(t))
		lw_memory_put(m, LW_SFF8472_POWER_LEVEL_STATE, 0, s->level.shown);
	if (has(t, LW_SFF8472_RETIMER_OR_CDR)) {
		lw_memory_put(m, LW_SFF8472_RX_CDR_UNLOCKED, 0, t->lol & 1);
		lw_memory_put(m, LW_SFF8472_TX_CDR_UNLOCKED, 0,
			      !lw_light_host_ok(t, 0) || lw_sff_tx_slow(t, 0));
	}
	if (has(t, LW_SFF8472_SOFT_RX_LOS_SUPPORTED))
		lw_memory_put(m, LW_SFF8472_RX_LOS_STATE, 0, (t->los & 1));
	if (has(t, LW_SFF8472_SOFT_TX_FAULT_SUPPORTED))
		lw_memory_put(m, LW_SFF8472_TX_FAULT_STATE, 0, broken(t));
	if (!has(t, LW_SFF8472_ALARM_FLAGS_SUPPORTED))
		return;
	for (size_t i = 0; i < sizeof(watch) / sizeof(watch[0]); i++) {
		for (unsigned k = 0; k < LW_LIMITS_N; k++)
			lw_memory_put(m, watch[i]->flag[k], 0, t->fault[LW_FAULT_FLAG_STORM] != 0);
		lw_watch_check_anew(m, watch[i], 1, 1);
	}
}

static bool rx_los(const struct lw_twin *t)
{
	return has(t, LW_SFF8472_RX_LOS_SUPPORTED) && (t->los & 1);
}

static bool tx_fault(const struct lw_twin *t)
{
	return has(t, LW_SFF8472_TX_FAULT_SUPPORTED) && broken(t);
}

static struct lw_mono run(struct lw_twin *t)
{
	struct lw_sff *s = lw_sff_of(t);
	struct lw_mono due;

	step_phase(s);
	ask_rates(s);
	due = lw_sff_rates_run(s);
	due = lw_mono_min(due, lw_light_run(t, lw_twin_span(t, LW_TWIN_T_SFF8472_LOS),
					    lw_twin_span(t, LW_TWIN_T_SIGNAL),
					    lw_twin_span(t, LW_TWIN_T_TX_SQUELCH)));
	due = lw_mono_min(due, outputs(s));
	return lw_mono_min(due, s->until);
}

static bool answers(const struct lw_twin *t)
{
	return ((const struct lw_sff *)t)->phase >= LW_SFF_START;
}

static void refresh(struct lw_twin *t, unsigned bank, int slot, unsigned first, size_t n)
{
	struct lw_sff *s = lw_sff_of(t);

	(void)bank;
	(void)first;
	(void)n;
	if (slot != LW_SFF8472_SLOT_A2 || s->phase != LW_SFF_RUN)
		return;
	monitors(s);
	states(s);
}

static bool lasts(int slot)
{
	return slot == LW_SFF8472_SLOT_A2_00 || slot == LW_SFF8472_SLOT_A2_01;
}

static bool high_power(const struct lw_twin *t)
{
	return !has_levels(t) || ((const struct lw_sff *)t)->level.shown;
}

const struct lw_twin_kind lw_kind_sff8472 = {
	.rx_los = rx_los,
	.tx_fault = tx_fault,
	.alarm_degc = alarm_degc,
	.high_power = high_power,
	.low_power = LW_TWIN_POWER_LEVEL_1,
	.size = sizeof(struct lw_sff),
	.power_on = power_on,
	.run = run,
	.answers = answers,
	.lasts = lasts,
	.refresh = refresh,
};
