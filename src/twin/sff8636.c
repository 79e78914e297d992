/* SPDX-License-Identifier: Apache-2.0 */
#include "sff.h"

/* clang-format off */
#define WATCH(v, n)                                                                                \
	{                                                                                          \
		LW_SFF8636_##v, n,                                                                 \
		{LW_SFF8636_##v##_HIGH_ALARM_FLAG, LW_SFF8636_##v##_LOW_ALARM_FLAG,                \
		 LW_SFF8636_##v##_HIGH_WARNING_FLAG, LW_SFF8636_##v##_LOW_WARNING_FLAG},           \
		{LW_SFF8636_##v##_HIGH_ALARM, LW_SFF8636_##v##_LOW_ALARM,                          \
		 LW_SFF8636_##v##_HIGH_WARNING, LW_SFF8636_##v##_LOW_WARNING},                     \
	}
/* clang-format on */
#define LW_SFF8636_TEMP LW_SFF8636_TEMPERATURE

static const struct lw_watch temperature = WATCH(TEMP, -1);
static const struct lw_watch vcc = WATCH(VCC, -1);
static const struct lw_watch tx_power = WATCH(TX_POWER, LW_SFF8636_TX_POWER_SUPPORTED);
static const struct lw_watch tx_bias = WATCH(TX_BIAS, -1);
static const struct lw_watch rx_power = WATCH(RX_POWER, -1);

static const struct lw_watch_lanes lanes = {&tx_power, &tx_bias, &rx_power};

static bool has(const struct lw_twin *t, unsigned id)
{
	return lw_memory_get(&t->mem, id, 0) != 0;
}

/* Low power by pin or by byte 93 (SFF-8679 truth table); a class that was not enabled stays low. */
static bool wants_low(const struct lw_twin *t)
{
	if (has(t, LW_SFF8636_POWER_CLASS_8) && !has(t, LW_SFF8636_HIGH_POWER_CLASS_ENABLE_8))
		return true;
	if (!has(t, LW_SFF8636_POWER_CLASS_8) && has(t, LW_SFF8636_POWER_CLASS_5_7) &&
	    !has(t, LW_SFF8636_HIGH_POWER_CLASS_ENABLE_5_7))
		return true;
	if (has(t, LW_SFF8636_POWER_OVERRIDE))
		return has(t, LW_SFF8636_POWER_SET);
	return t->pin_lpmode && !has(t, LW_SFF8636_LPMODE_TXDIS_SELECT);
}

static void power_on(struct lw_twin *t)
{
	struct lw_sff *s = lw_sff_of(t);

	s->phase = LW_SFF_RESET;
	s->until = LW_NEVER;
	s->relatch = LW_NEVER;
	s->rates_due = LW_NEVER;
}

/* What rate select asks of media lane `i`. It is there in its extended form only (Table 6-25), and
 * its codes mean what the version says. */
static void ask_rate(struct lw_sff *s, unsigned i)
{
	struct lw_twin *t = &s->twin;
	static const enum lw_code_table versions[] = {LW_CODES_NONE, LW_CODES_SFF8636_RATE_V1,
						      LW_CODES_SFF8636_RATE_V2, LW_CODES_NONE};
	enum lw_code_table codes =
		versions[lw_memory_get(&t->mem, LW_SFF8636_RATE_SELECT_VERSION, 0) & 3];
	unsigned rx = (unsigned)lw_memory_get(&t->mem, LW_SFF8636_RX_RATE_SELECT, i);
	unsigned tx = (unsigned)lw_memory_get(&t->mem, LW_SFF8636_TX_RATE_SELECT, i);

	if (!has(t, LW_SFF8636_RATE_SELECT_SUPPORTED) || !has(t, LW_SFF8636_RATE_SELECT_EXTENDED))
		codes = LW_CODES_NONE;
	lw_sff_rate(s, i, lw_sff_rate_kbd(codes, rx), lw_sff_rate_kbd(codes, tx),
		    lw_twin_span(t, LW_TWIN_T_SFF8636_RATE));
}

/* Everything as after power-up, with the bus silent for a while. */
static void boot(struct lw_sff *s)
{
	struct lw_twin *t = &s->twin;

	lw_memory_reset(&t->mem);
	lw_memory_put(&t->mem, LW_SFF8636_DATA_NOT_READY, 0, 1);
	/* Retimers run when the module starts; the standard names no default. */
	if (has(t, LW_SFF8636_TX_CDR_CONTROL_SUPPORTED))
		lw_memory_put_mask(&t->mem, LW_SFF8636_TX_CDR_ENABLE, UINT32_MAX);
	if (has(t, LW_SFF8636_RX_CDR_CONTROL_SUPPORTED))
		lw_memory_put_mask(&t->mem, LW_SFF8636_RX_CDR_ENABLE, UINT32_MAX);
	lw_sff_lanes(t);
	s->phase = LW_SFF_BOOT;
	s->until = lw_twin_after(t, lw_twin_span(t, LW_TWIN_T_SFF8636_SERIAL));
	s->ready_seen = s->reset = false;
	s->relatch = LW_NEVER;
	lw_delay_set(&s->low, true);
	for (unsigned i = 0; i < t->lanes; i++)
		lw_delay_set(&s->off[i], false);
	for (unsigned i = 0; i < t->lanes; i++)
		ask_rate(s, i);
	s->rates_due = lw_twin_now(t); /* what it starts with acts from the start */
}

static bool phase_is_over(const struct lw_sff *s, enum lw_sff_phase phase)
{
	return s->phase == phase && !lw_mono_before(lw_twin_now(&s->twin), s->until);
}

static void step_phase(struct lw_sff *s)
{
	struct lw_twin *t = &s->twin;

	if (t->pin_reset || s->reset) {
		s->phase = LW_SFF_RESET;
		s->until = LW_NEVER;
		s->reset = false;
	}
	if (s->phase == LW_SFF_RESET && !t->pin_reset)
		boot(s);
	if (phase_is_over(s, LW_SFF_BOOT)) {
		s->phase = LW_SFF_START;
		/* t_init runs from power-up, not from the first answer. */
		s->until = lw_twin_after(
			t, (struct lw_mono){lw_twin_span(t, LW_TWIN_T_SFF8636_INIT).ns -
					    lw_twin_span(t, LW_TWIN_T_SFF8636_SERIAL).ns});
	}
	if (phase_is_over(s, LW_SFF_START)) {
		s->phase = LW_SFF_RUN;
		s->until = LW_NEVER;
		lw_memory_put(&t->mem, LW_SFF8636_DATA_NOT_READY, 0, 0);
		if (has(t, LW_SFF8636_INIT_COMPLETE_FLAG_SUPPORTED))
			lw_memory_put(&t->mem, LW_SFF8636_INIT_COMPLETE_FLAG, 0, 1);
	}
}

/* Host lanes whose transmitter is to be off. */
static uint32_t tx_off(const struct lw_twin *t)
{
	uint32_t off = lw_memory_mask(&t->mem, LW_SFF8636_TX_DISABLE);

	if (t->pin_lpmode && has(t, LW_SFF8636_LPMODE_TXDIS_SELECT))
		off = UINT32_MAX;
	return off | lw_memory_mask(&t->mem, LW_SFF8636_TX_FORCE_SQUELCH);
}

static uint32_t squelched(const struct lw_twin *t)
{
	uint32_t off = 0;

	if (!has(t, LW_SFF8636_TX_SQUELCH_SUPPORTED))
		return 0;
	for (unsigned i = 0; i < t->lanes; i++)
		if ((t->squelched >> i & 1))
			off |= 1u << i;
	return off & ~lw_memory_mask(&t->mem, LW_SFF8636_TX_SQUELCH_DISABLE);
}

static struct lw_mono outputs(struct lw_sff *s)
{
	struct lw_twin *t = &s->twin;
	struct lw_mono now = lw_twin_now(t), due;
	bool run = s->phase == LW_SFF_RUN;
	uint32_t want = tx_off(t), off = 0;

	due = lw_delay_run(&s->low, !run || wants_low(t),
			   lw_twin_span(t, LW_TWIN_T_SFF8636_POWER_DOWN),
			   lw_twin_span(t, LW_TWIN_T_SFF8636_POWER_UP), now);
	for (unsigned i = 0; i < t->lanes; i++) {
		due = lw_mono_min(due, lw_delay_run(&s->off[i], want >> i & 1,
						    lw_twin_span(t, LW_TWIN_T_SFF8636_TX_OFF),
						    lw_twin_span(t, LW_TWIN_T_SFF8636_TX_ON), now));
		if (s->off[i].shown || s->low.shown)
			off |= 1u << i;
	}
	if (lw_fault_broken(t))
		off = UINT32_MAX;
	lw_twin_set_receives(t, (run && !s->low.shown ? lw_sff_valid(t) : 0) &
					~lw_memory_mask(&t->mem, LW_SFF8636_RX_OUTPUT_DISABLE));
	lw_light_emit(t, run ? lw_sff_fed_without(t, off | squelched(t)) : 0);
	return due;
}

static double alarm_degc(const struct lw_twin *t)
{
	return lw_watch_limit(&t->mem, &temperature, LW_HIGH_ALARM);
}

static void monitors(struct lw_sff *s)
{
	struct lw_twin *t = &s->twin;
	struct lw_memory *m = &t->mem;

	lw_watch_show(m, &temperature, 0, lw_monitor_temperature(t));
	lw_watch_show(m, &vcc, 0, lw_monitor_vcc(t));
	lw_watch_show_lanes(t, &lanes, m->field[LW_SFF8636_RX_POWER].lanes);
}

/* Is the retimer of lane `i` switched off? Then it has no lock to lose. */
static bool bypassed(const struct lw_twin *t, unsigned control, unsigned enable, unsigned i)
{
	return has(t, control) && !lw_memory_get(&t->mem, enable, i);
}

static void lane_flags(struct lw_sff *s, unsigned i)
{
	struct lw_twin *t = &s->twin;
	struct lw_memory *m = &t->mem;
	bool host = t->host[i].group >= 0, media = t->media[i].group >= 0;
	bool broken = (lw_fault_dark(t) >> i & 1) || lw_fault_broken(t);
	bool shines = t->emits >> i & 1;
	uint32_t own;

	if (host && (t->lost >> i & 1) && has(t, LW_SFF8636_TX_LOS_SUPPORTED))
		lw_memory_put(m, LW_SFF8636_TX_LOS, i, 1);
	if (host && ((t->lost >> i & 1) || !lw_light_host_ok(t, i) || lw_sff_tx_slow(t, i)) &&
	    has(t, LW_SFF8636_TX_CDR_LOL_SUPPORTED) &&
	    !bypassed(t, LW_SFF8636_TX_CDR_CONTROL_SUPPORTED, LW_SFF8636_TX_CDR_ENABLE, i))
		lw_memory_put(m, LW_SFF8636_TX_CDR_LOL, i, 1);
	if (media && (t->los >> i & 1))
		lw_memory_put(m, LW_SFF8636_RX_LOS, i, 1);
	if (media && (t->lol >> i & 1) && has(t, LW_SFF8636_RX_CDR_LOL_SUPPORTED) &&
	    !bypassed(t, LW_SFF8636_RX_CDR_CONTROL_SUPPORTED, LW_SFF8636_RX_CDR_ENABLE, i))
		lw_memory_put(m, LW_SFF8636_RX_CDR_LOL, i, 1);
	if (media && broken && has(t, LW_SFF8636_TX_FAULT_SUPPORTED))
		lw_memory_put(m, LW_SFF8636_TX_FAULT, i, 1);
	if (!media)
		return;
	own = UINT32_C(1) << i;
	lw_watch_check_anew(m, &rx_power, own, own);
	lw_watch_check_anew(m, &tx_power, own, shines || broken ? own : 0);
	lw_watch_check_anew(m, &tx_bias, own, shines || broken ? own : 0);
}

static void flags(struct lw_sff *s)
{
	struct lw_memory *m = &s->twin.mem;

	lw_fault_storm(&s->twin);
	lw_watch_check_anew(m, &temperature, 1, 1);
	lw_watch_check_anew(m, &vcc, 1, 1);
	if (s->low.shown) /* the lanes sleep */
		return;
	for (unsigned i = 0; i < m->field[LW_SFF8636_RX_LOS].lanes; i++)
		lane_flags(s, i);
}

static struct lw_mono run(struct lw_twin *t)
{
	struct lw_sff *s = lw_sff_of(t);
	struct lw_mono due;

	step_phase(s);
	for (unsigned i = 0; i < t->lanes; i++)
		ask_rate(s, i);
	due = lw_sff_rates_run(s);
	due = lw_mono_min(due, lw_light_run(t, lw_twin_span(t, LW_TWIN_T_LOS),
					    lw_twin_span(t, LW_TWIN_T_SIGNAL),
					    lw_twin_span(t, LW_TWIN_T_TX_SQUELCH)));
	due = lw_mono_min(due, outputs(s));
	if (!lw_mono_before(lw_twin_now(t), s->relatch))
		s->relatch = LW_NEVER;
	if (s->phase == LW_SFF_RUN && s->relatch.ns == LW_NEVER.ns) {
		monitors(s);
		flags(s);
	}
	return lw_mono_min(due, lw_mono_min(s->until, s->relatch));
}

static bool answers(const struct lw_twin *t)
{
	const struct lw_sff *s = (const struct lw_sff *)t;

	return s->phase == LW_SFF_START || s->phase == LW_SFF_RUN;
}

static bool interrupt(const struct lw_twin *t)
{
	const struct lw_sff *s = (const struct lw_sff *)t;

	/* The end of start-up is told until Data_Not_Ready was read as 0. */
	return s->phase == LW_SFF_RUN && (!s->ready_seen || lw_twin_unmasked(t));
}

static void refresh(struct lw_twin *t, unsigned bank, int slot, unsigned first, size_t n)
{
	struct lw_sff *s = lw_sff_of(t);
	unsigned status = t->mem.field[LW_SFF8636_DATA_NOT_READY].byte;

	(void)bank;
	if (slot != LW_SFF8636_SLOT_L || s->phase != LW_SFF_RUN)
		return;
	monitors(s);
	lw_memory_put(&t->mem, LW_SFF8636_INT_L, 0, !interrupt(t));
	if (first <= status && status < first + n)
		s->ready_seen = true;
}

static struct lw_mono flags_read(struct lw_twin *t, int slot)
{
	struct lw_sff *s = lw_sff_of(t);

	(void)slot;
	s->relatch = lw_mono_min(s->relatch, lw_twin_after(t, lw_twin_span(t, LW_TWIN_T_RELATCH)));
	return s->relatch;
}

static void written(struct lw_twin *t, unsigned bank, int slot, unsigned first, const uint8_t *p,
		    size_t n)
{
	int v = lw_memory_written(&t->mem, LW_SFF8636_SW_RESET, slot, first, p, n);

	(void)bank;
	if (v >= 0 && (v >> t->mem.field[LW_SFF8636_SW_RESET].shift & 1) &&
	    has(t, LW_SFF8636_SW_RESET_SUPPORTED))
		lw_sff_of(t)->reset = true;
}

static bool lasts(int slot)
{
	return slot == LW_SFF8636_SLOT_02H;
}

static bool high_power(const struct lw_twin *t)
{
	return !((const struct lw_sff *)t)->low.shown;
}

const struct lw_twin_kind lw_kind_sff8636 = {
	.alarm_degc = alarm_degc,
	.high_power = high_power,
	.low_power = LW_TWIN_POWER_LOW,
	.size = sizeof(struct lw_sff),
	.power_on = power_on,
	.run = run,
	.answers = answers,
	.refresh = refresh,
	.flags_read = flags_read,
	.written = written,
	.lasts = lasts,
	.interrupt = interrupt,
};
