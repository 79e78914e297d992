/* SPDX-License-Identifier: Apache-2.0 */
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

static const struct lw_watch_lanes lanes = {&tx_power, &tx_bias, &rx_power};

static bool has(const struct lw_twin *t, unsigned id)
{
	return lw_memory_get(&t->mem, id, 0) != 0;
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

/* A receiver that is told to be slow, by pin and by soft bit, does not follow a fast lane. */
static bool too_slow(const struct lw_twin *t)
{
	bool fast = t->pin_rs[0] ||
		    (has(t, LW_SFF8472_SOFT_RATE_SELECT_SUPPORTED) && has(t, LW_SFF8472_SOFT_RS0));

	return has(t, LW_SFF8472_RATE_SELECT_SUPPORTED) && !fast && t->part->pmd &&
	       t->part->pmd->baud_kbd > lw_twin_numbers[LW_TWIN_RATE_LOW];
}

static struct lw_mono outputs(struct lw_sff *s)
{
	struct lw_twin *t = &s->twin;
	struct lw_mono now = lw_twin_now(t), due, soft = lw_twin_span(t, LW_TWIN_T_SFF8472_TX);
	bool off = t->fault[LW_FAULT_MODULE] || disabled(t);

	due = lw_delay_run(&s->low, false, soft, lw_twin_span(t, LW_TWIN_T_SFF8472_START), now);
	due = lw_mono_min(due, lw_delay_run(&s->off[0], off, soft, soft, now));
	lw_twin_set_receives(t, s->phase >= LW_SFF_START && !too_slow(t) ? lw_sff_valid(t) : 0);
	lw_light_emit(t, s->off[0].shown || s->low.shown ? 0 : lw_sff_fed_without(t, 0));
	return due;
}

static void monitors(struct lw_sff *s)
{
	struct lw_twin *t = &s->twin;
	struct lw_memory *m = &t->mem;

	lw_watch_show(m, &temperature, 0, lw_monitor_temperature(t, &temperature));
	lw_watch_show(m, &vcc, 0, lw_monitor_vcc(t));
	lw_watch_show_lanes(t, &lanes, 1);
}

/* States and flags follow what they tell of; nothing is latched (the standard leaves it open). */
static void states(struct lw_sff *s)
{
	static const struct lw_watch *const watch[] = {&temperature, &vcc, &tx_power, &tx_bias,
						       &rx_power};
	struct lw_twin *t = &s->twin;
	struct lw_memory *m = &t->mem;
	bool broken = (lw_fault_dark(t) & 1) || t->fault[LW_FAULT_MODULE];

	if (has(t, LW_SFF8472_TX_DISABLE_SUPPORTED))
		lw_memory_put(m, LW_SFF8472_TX_DISABLE_STATE, 0, t->pin_tx_disable);
	if (has(t, LW_SFF8472_RATE_SELECT_SUPPORTED)) {
		lw_memory_put(m, LW_SFF8472_RS0_STATE, 0, t->pin_rs[0]);
		lw_memory_put(m, LW_SFF8472_RS1_STATE, 0, t->pin_rs[1]);
	}
	/* It has all its power from the start: the level only says what the host allowed. */
	if (has(t, LW_SFF8472_POWER_LEVEL_2) || has(t, LW_SFF8472_POWER_LEVEL_3) ||
	    has(t, LW_SFF8472_POWER_LEVEL_4))
		lw_memory_put(m, LW_SFF8472_POWER_LEVEL_STATE, 0,
			      has(t, LW_SFF8472_POWER_LEVEL_SELECT));
	if (has(t, LW_SFF8472_SOFT_RX_LOS_SUPPORTED))
		lw_memory_put(m, LW_SFF8472_RX_LOS_STATE, 0, t->media[0].los.shown);
	if (has(t, LW_SFF8472_SOFT_TX_FAULT_SUPPORTED))
		lw_memory_put(m, LW_SFF8472_TX_FAULT_STATE, 0, broken);
	if (!has(t, LW_SFF8472_ALARM_FLAGS_SUPPORTED))
		return;
	for (size_t i = 0; i < sizeof(watch) / sizeof(watch[0]); i++)
		lw_watch_check(m, watch[i], 1, 1, true);
}

static struct lw_mono run(struct lw_twin *t)
{
	struct lw_sff *s = lw_sff_of(t);
	struct lw_mono due;

	step_phase(s);
	due = lw_light_run(t, lw_twin_span(t, LW_TWIN_T_SFF8472_LOS),
			   lw_twin_span(t, LW_TWIN_T_SIGNAL),
			   lw_twin_span(t, LW_TWIN_T_TX_SQUELCH));
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

static bool high_power(const struct lw_twin *t)
{
	(void)t;
	return true;
}

const struct lw_twin_kind lw_kind_sff8472 = {
	.high_power = high_power,
	.size = sizeof(struct lw_sff),
	.power_on = power_on,
	.run = run,
	.answers = answers,
	.refresh = refresh,
};
