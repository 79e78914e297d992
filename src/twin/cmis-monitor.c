/* SPDX-License-Identifier: Apache-2.0 */
#include "cmis.h"
#include "monitor.h"

/* clang-format off */
#define WATCH(v, n, f, s, t)                                                                       \
	{                                                                                          \
		LW_CMIS_##v, LW_CMIS_##n,                                                          \
		{LW_CMIS_##f##_HIGH_ALARM_FLAG##s, LW_CMIS_##f##_LOW_ALARM_FLAG##s,                \
		 LW_CMIS_##f##_HIGH_WARNING_FLAG##s, LW_CMIS_##f##_LOW_WARNING_FLAG##s},           \
		{LW_CMIS_##t##_HIGH_ALARM_THRESHOLD, LW_CMIS_##t##_LOW_ALARM_THRESHOLD,            \
		 LW_CMIS_##t##_HIGH_WARNING_THRESHOLD, LW_CMIS_##t##_LOW_WARNING_THRESHOLD},       \
	}
/* clang-format on */

static const struct lw_watch temperature =
	WATCH(TEMP_MON_VALUE, TEMP_MON_SUPPORTED, TEMP_MON, , TEMP_MON);
static const struct lw_watch vcc = WATCH(VCC_MON_VOLTAGE, VCC_MON_SUPPORTED, VCC_MON, , VCC_MON);
static const struct lw_watch tx_power = WATCH(OPTICAL_POWER_TX, TX_OPTICAL_POWER_MON_SUPPORTED,
					      OPTICAL_POWER, _TX, OPTICAL_POWER_TX);
static const struct lw_watch tx_bias =
	WATCH(LASER_BIAS_TX, TX_BIAS_MON_SUPPORTED, LASER_BIAS, _TX, LASER_BIAS_CURRENT);
static const struct lw_watch rx_power = WATCH(OPTICAL_POWER_RX, RX_OPTICAL_POWER_MON_SUPPORTED,
					      OPTICAL_POWER, _RX, OPTICAL_POWER_RX);

static const struct lw_watch_lanes lanes = {&tx_power, &tx_bias, &rx_power};

static bool has(const struct lw_cmis *c, unsigned id)
{
	return lw_memory_get(&c->twin.mem, id, 0) != 0;
}

double lw_cmis_alarm_degc(const struct lw_twin *t)
{
	return lw_watch_limit(&t->mem, &temperature, LW_HIGH_ALARM);
}

void lw_cmis_learn_limits(struct lw_cmis *c)
{
	static const struct lw_watch *const watches[LW_CMIS_WATCHES] = {
		&temperature, &vcc, &tx_power, &tx_bias, &rx_power};

	for (unsigned i = 0; i < LW_CMIS_WATCHES; i++)
		lw_watch_range(&c->twin.mem, watches[i], &c->limits[i]);
}

static void show_module(struct lw_cmis *c)
{
	lw_watch_show(&c->twin.mem, &temperature, 0, lw_monitor_temperature(&c->twin));
	lw_watch_show(&c->twin.mem, &vcc, 0, lw_monitor_vcc(&c->twin));
}

/* Lanes cost powers and logarithms: they move with the sample and with the light only. */
static void show_lanes(struct lw_cmis *c)
{
	struct lw_twin *t = &c->twin;
	int64_t sample = lw_twin_now(t).ns / (int64_t)lw_twin_numbers[LW_TWIN_T_MONITOR];

	if (c->shown && c->sample == sample && c->epoch == t->epoch)
		return;
	c->shown = true;
	c->sample = sample;
	c->epoch = t->epoch;
	lw_watch_show_lanes(t, &lanes, c->media_lanes);
}

void lw_cmis_monitors(struct lw_cmis *c)
{
	show_module(c);
	show_lanes(c);
}

/* Flags of media lanes, in the states that Table 6-21 admits them. */
static void media_flags(struct lw_cmis *c)
{
	struct lw_memory *m = &c->twin.mem;
	uint32_t all = lw_lanes(0, c->media_lanes), out = lw_cmis_media_outs(c) & all, dead, low;

	dead = out & lw_fault_dark(&c->twin);
	if (has(c, LW_CMIS_LOS_FLAG_RX_SUPPORTED))
		lw_memory_set_mask(m, LW_CMIS_LOS_FLAG_RX, c->twin.los & all);
	if (has(c, LW_CMIS_CDR_LOL_FLAG_RX_SUPPORTED))
		lw_memory_set_mask(m, LW_CMIS_CDR_LOL_FLAG_RX, c->twin.lol & out);
	if (has(c, LW_CMIS_FAILURE_FLAG_TX_SUPPORTED))
		lw_memory_set_mask(m, LW_CMIS_FAILURE_FLAG_TX, dead);
	show_lanes(c);
	lw_watch_check(m, &rx_power, &c->limits[LW_CMIS_WATCH_RX_POWER], all, out);
	/* A lane that is muted on purpose is not too weak. */
	low = (dead & c->tx_on) | (c->twin.emits & all);
	lw_watch_check(m, &tx_power, &c->limits[LW_CMIS_WATCH_TX_POWER], all, low);
	lw_watch_check(m, &tx_bias, &c->limits[LW_CMIS_WATCH_TX_BIAS], all, low);
}

static void host_flags(struct lw_cmis *c, unsigned lane)
{
	struct lw_memory *m = &c->twin.mem;
	const struct lw_cmis_path *p = lw_cmis_path_of(c, lane);
	bool lost = c->twin.lost >> lane & 1;

	if (!p || !lw_cmis_has_output(p))
		return;
	if (lost && has(c, LW_CMIS_LOS_FLAG_TX_SUPPORTED))
		lw_memory_put(m, LW_CMIS_LOS_FLAG_TX, lane, 1);
	if ((lost || !lw_light_host_ok(&c->twin, lane)) &&
	    has(c, LW_CMIS_CDR_LOL_FLAG_TX_SUPPORTED))
		lw_memory_put(m, LW_CMIS_CDR_LOL_FLAG_TX, lane, 1);
}

void lw_cmis_flags(struct lw_cmis *c)
{
	struct lw_memory *m = &c->twin.mem;

	if (c->state > LW_MSM_FAULT) /* in reset and while starting there are none */
		return;
	lw_fault_storm(&c->twin);
	show_module(c);
	lw_watch_check(m, &temperature, &c->limits[LW_CMIS_WATCH_TEMPERATURE], 1, 1);
	lw_watch_check(m, &vcc, &c->limits[LW_CMIS_WATCH_VCC], 1, 1);
	if (c->state != LW_MSM_READY)
		return;
	media_flags(c);
	for (unsigned i = 0; i < c->host_lanes; i++)
		host_flags(c, i);
	lw_pattern_flags(c);
	lw_tune_flags(c);
	lw_vdm_flags(c);
}

bool lw_cmis_interrupt(const struct lw_twin *t)
{
	const struct lw_cmis *c = (const struct lw_cmis *)t;

	return c->state <= LW_MSM_FAULT && (lw_twin_unmasked(t) || lw_vdm_unmasked(t));
}

/* clang-format off */
#define SUMMARY(b)                                                                                 \
	{                                                                                          \
		{LW_CMIS_FLAGS_SUMMARY_BANK##b##_PAGE_11H, LW_CMIS_SLOT_11H},                      \
		{LW_CMIS_FLAGS_SUMMARY_BANK##b##_PAGE_12H, LW_CMIS_SLOT_12H},                      \
		{LW_CMIS_FLAGS_SUMMARY_BANK##b##_PAGE_14H, LW_CMIS_SLOT_14H},                      \
		{LW_CMIS_FLAGS_SUMMARY_BANK##b##_PAGE_2CH, LW_CMIS_SLOT_2CH},                      \
	}
/* clang-format on */
#define SUMMARIES 4

/* Lower memory says which pages of which banks have flags. */
static const struct {
	uint16_t id, slot;
} summaries[LW_BANKS_MAX][SUMMARIES] = {SUMMARY(0), SUMMARY(1), SUMMARY(2), SUMMARY(3)};

void lw_cmis_summary(struct lw_cmis *c)
{
	struct lw_memory *m = &c->twin.mem;

	lw_memory_put(m, LW_CMIS_INTERRUPT_DEASSERTED, 0, !lw_cmis_interrupt(&c->twin));
	for (unsigned b = 0; b < m->banks; b++)
		for (size_t i = 0; i < SUMMARIES; i++)
			lw_memory_put(m, summaries[b][i].id, 0,
				      lw_twin_slot_flagged(&c->twin, b, summaries[b][i].slot));
}
