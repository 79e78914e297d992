/* SPDX-License-Identifier: Apache-2.0 */
#include "cmis.h"
#include "quality.h"

#include <math.h>
#include <string.h>

/* Registers of one side's checkers and results. */
static const struct side {
	uint16_t enable, each_enable, pattern, each_pattern, done, lol, ber, snr;
	uint16_t errors[2], bits[2]; /**< lanes 1-4 and 5-8 */
} sides[LW_DIAG_SIDES] = {
	[LW_DIAG_HOST] = {LW_CMIS_HOST_SIDE_CHECKER_ENABLE_LANE,
			  LW_CMIS_HOST_CHECKER_SUPPORTS_PER_LANE_ENABLE,
			  LW_CMIS_HOST_SIDE_CHECKER_PATTERN_SELECT_LANE,
			  LW_CMIS_HOST_CHECKER_SUPPORTS_PER_LANE_PATTERN,
			  LW_CMIS_PATTERN_CHECK_GATING_COMPLETE_FLAG_HOST_LANE,
			  LW_CMIS_PATTERN_CHECKER_LOL_FLAG_HOST_LANE,
			  LW_CMIS_HOST_SIDE_BER_LANE,
			  LW_CMIS_HOST_SIDE_SNR_LANE,
			  {LW_CMIS_HOST_ERROR_COUNT_LANE_1_4, LW_CMIS_HOST_ERROR_COUNT_LANE_5_8},
			  {LW_CMIS_HOST_BIT_COUNT_LANE_1_4, LW_CMIS_HOST_BIT_COUNT_LANE_5_8}},
	[LW_DIAG_MEDIA] = {LW_CMIS_MEDIA_SIDE_CHECKER_ENABLE_LANE,
			   LW_CMIS_MEDIA_CHECKER_SUPPORTS_PER_LANE_ENABLE,
			   LW_CMIS_MEDIA_SIDE_CHECKER_PATTERN_SELECT_LANE,
			   LW_CMIS_MEDIA_CHECKER_SUPPORTS_PER_LANE_PATTERN,
			   LW_CMIS_PATTERN_CHECK_GATING_COMPLETE_FLAG_MEDIA_LANE,
			   LW_CMIS_PATTERN_CHECKER_LOL_FLAG_MEDIA_LANE,
			   LW_CMIS_MEDIA_SIDE_BER_LANE,
			   LW_CMIS_MEDIA_SIDE_SNR_LANE,
			   {LW_CMIS_MEDIA_ERROR_COUNT_LANE_1_4, LW_CMIS_MEDIA_ERROR_COUNT_LANE_5_8},
			   {LW_CMIS_MEDIA_BIT_COUNT_LANE_1_4, LW_CMIS_MEDIA_BIT_COUNT_LANE_5_8}},
};

static int64_t get(const struct lw_cmis *c, unsigned id, unsigned lane)
{
	return lw_memory_get(&c->twin.mem, id, lane);
}

static uint32_t wanted(const struct lw_cmis *c, unsigned side)
{
	uint32_t mask = lw_memory_mask(&c->twin.mem, sides[side].enable);

	return get(c, sides[side].each_enable, 0) ? mask : lw_cmis_whole_banks(c, mask);
}

static uint32_t lanes_of(unsigned bank)
{
	return lw_lanes(bank * LW_BANK_LANES, LW_BANK_LANES);
}

/* Counts as they stand at the world's present time. */
static struct lw_count counted(const struct lw_cmis *c, unsigned side, unsigned lane)
{
	const struct lw_checker *k = &c->diag.checker[side][lane];
	struct lw_count n = k->live;
	double seconds = (double)(lw_twin_now(&c->twin).ns - c->diag.at.ns) / 1e9;

	if (!k->on || c->diag.frozen[lane / LW_BANK_LANES])
		return n;
	n.bits += k->bits * seconds;
	n.errors += k->bits * k->ber * seconds;
	return n;
}

/* The pattern that reaches media lane `lane`; -1: none. */
static int arriving_pattern(const struct lw_twin *t, unsigned lane)
{
	const struct lw_media_lane *m = &t->media[lane];

	if (t->media_loop >> lane & 1)
		return t->pattern[lane];
	if (!m->far || ((t->los | t->lol) >> lane & 1))
		return -1;
	return m->far->loop_far >> m->far_lane & 1 ? t->pattern[lane]
						   : m->far->pattern[m->far_lane];
}

/* What one checker sees from now on. */
static void look(struct lw_cmis *c, unsigned side, unsigned lane)
{
	struct lw_checker *k = &c->diag.checker[side][lane];
	const struct side *s = &sides[side];
	int pattern =
		(int)get(c, s->pattern,
			 get(c, s->each_pattern, 0) ? lane : lane / LW_BANK_LANES * LW_BANK_LANES);
	struct lw_quality q;

	if (side == LW_DIAG_HOST) /* a host that is asked to send a pattern does so */
		lw_quality_host(&c->twin, lane, &q);
	else if (c->twin.media_loop >> lane & 1) /* never left the module */
		lw_quality_inside(&c->twin, lane, &q);
	else
		lw_quality_media(&c->twin, lane, &q);
	k->found = q.good && (side == LW_DIAG_HOST || arriving_pattern(&c->twin, lane) == pattern);
	k->bits = q.bits;
	k->ber = k->found ? q.ber : 0.5;
	if (k->on && !k->found)
		k->live.lost = true;
}

static void publish(struct lw_cmis *c, unsigned bank, unsigned side)
{
	for (unsigned i = bank * LW_BANK_LANES; i < (bank + 1) * LW_BANK_LANES; i++)
		c->diag.checker[side][i].last = c->diag.checker[side][i].live;
}

static void restart(struct lw_cmis *c, unsigned bank, unsigned side)
{
	for (unsigned i = bank * LW_BANK_LANES; i < (bank + 1) * LW_BANK_LANES; i++)
		if (c->diag.checker[side][i].on)
			c->diag.checker[side][i].live = (struct lw_count){0};
}

/* How long a measurement lasts; LW_NEVER: until it is stopped. */
static struct lw_mono gate_end(const struct lw_cmis *c, unsigned bank)
{
	const struct lw_field *f = &c->twin.mem.field[LW_CMIS_MEASUREMENT_TIME];
	const struct lw_code *row = lw_code_find((enum lw_code_table)f->codes,
						 (unsigned)get(c, LW_CMIS_MEASUREMENT_TIME, bank));

	if (!row || !row->den || !row->num || !get(c, LW_CMIS_GATING_SUPPORT, 0))
		return LW_NEVER;
	return lw_twin_after(&c->twin, lw_ms(row->num * 1000 / row->den));
}

/* Enables that came or went. */
static void switch_checkers(struct lw_cmis *c, unsigned bank, unsigned side)
{
	uint32_t want = c->state == LW_MSM_READY ? wanted(c, side) & lanes_of(bank) : 0, before = 0;

	for (unsigned i = bank * LW_BANK_LANES; i < (bank + 1) * LW_BANK_LANES; i++) {
		struct lw_checker *k = &c->diag.checker[side][i];
		bool on = want >> i & 1;

		before |= (uint32_t)k->on << i;
		if (on && !k->on)
			k->live = (struct lw_count){0};
		if (!on && k->on)
			k->last = k->live;
		k->on = on;
	}
	c->diag.checking[side] = (c->diag.checking[side] & ~lanes_of(bank)) | want;
	if (want && !before)
		c->diag.gate[bank][side] = gate_end(c, bank);
	if (!want)
		c->diag.gate[bank][side] = LW_NEVER;
}

static void end_gate(struct lw_cmis *c, unsigned bank, unsigned side)
{
	struct lw_memory *m = &c->twin.mem;
	bool again = get(c, LW_CMIS_AUTO_RESTART_GATING, bank) &&
		     get(c, LW_CMIS_AUTO_RESTART_GATING_SUPPORTED, 0);

	lw_memory_set_mask(m, sides[side].done, wanted(c, side) & lanes_of(bank));
	publish(c, bank, side);
	c->diag.gate[bank][side] = LW_NEVER;
	if (again) {
		restart(c, bank, side);
		c->diag.gate[bank][side] = gate_end(c, bank);
	} else {
		lw_memory_put_mask(m, sides[side].enable,
				   lw_memory_mask(m, sides[side].enable) & ~lanes_of(bank));
		switch_checkers(c, bank, side);
	}
}

/* 13h:177.5: 1 stops the counting and publishes, back to 0 begins afresh (Table 8-127). */
static void freeze(struct lw_cmis *c, unsigned bank)
{
	bool want = get(c, LW_CMIS_RESET_ERROR_INFORMATION, bank);

	if (want == c->diag.frozen[bank])
		return;
	c->diag.frozen[bank] = want;
	for (unsigned side = 0; side < LW_DIAG_SIDES; side++) {
		if (want)
			publish(c, bank, side);
		else
			restart(c, bank, side);
		c->diag.gate[bank][side] =
			want || !(wanted(c, side) & lanes_of(bank)) ? LW_NEVER : gate_end(c, bank);
	}
}

/* Neither at work nor asked to be. */
static bool idle(const struct lw_cmis *c)
{
	for (unsigned side = 0; side < LW_DIAG_SIDES; side++) {
		if (wanted(c, side))
			return false;
		if (c->diag.checking[side])
			return false;
	}
	for (unsigned b = 0; b < c->twin.mem.banks; b++)
		if (c->diag.frozen[b] || get(c, LW_CMIS_RESET_ERROR_INFORMATION, b))
			return false;
	return true;
}

struct lw_mono lw_pattern_run(struct lw_cmis *c)
{
	struct lw_mono due = LW_NEVER;

	if (!c->diag.asked || !lw_diag_supported(c) || idle(c))
		return LW_NEVER;
	c->look = true;
	for (unsigned side = 0; side < LW_DIAG_SIDES; side++)
		for (unsigned i = 0; i < c->twin.lanes; i++)
			c->diag.checker[side][i].live = counted(c, side, i);
	c->diag.at = lw_twin_now(&c->twin);
	for (unsigned b = 0; b < c->twin.mem.banks; b++) {
		for (unsigned side = 0; side < LW_DIAG_SIDES; side++) {
			switch_checkers(c, b, side);
			if (!lw_mono_before(lw_twin_now(&c->twin), c->diag.gate[b][side]))
				end_gate(c, b, side);
		}
		freeze(c, b);
		due = lw_mono_min(due, lw_mono_min(c->diag.gate[b][LW_DIAG_HOST],
						   c->diag.gate[b][LW_DIAG_MEDIA]));
	}
	for (unsigned side = 0; side < LW_DIAG_SIDES; side++)
		for (unsigned i = 0; i < c->twin.lanes; i++)
			if (c->diag.checker[side][i].on)
				look(c, side, i);
	return due;
}

void lw_pattern_flags(struct lw_cmis *c)
{
	for (unsigned side = 0; side < LW_DIAG_SIDES; side++)
		for (unsigned i = 0; c->diag.checking[side] >> i; i++)
			if (c->diag.checking[side] >> i & 1 && !c->diag.checker[side][i].found)
				lw_memory_put(&c->twin.mem, sides[side].lol, i, 1);
}

static struct lw_count count_of(const struct lw_cmis *c, unsigned side, unsigned lane, bool last)
{
	return last ? c->diag.checker[side][lane].last : counted(c, side, lane);
}

static void show_counts(struct lw_cmis *c, unsigned bank, unsigned side, unsigned half, bool last)
{
	enum { HALF = LW_BANK_LANES / 2 };
	struct lw_memory *m = &c->twin.mem;

	for (unsigned i = 0; i < HALF; i++) {
		struct lw_count n = count_of(c, side, bank * LW_BANK_LANES + half * HALF + i, last);
		int64_t bits = (int64_t)n.bits;

		/* An odd number of bits: the pattern was lost meanwhile (8.17). */
		bits = n.lost ? bits | 1 : bits & ~INT64_C(1);
		lw_memory_put(m, sides[side].errors[half], bank * HALF + i, llround(n.errors));
		lw_memory_put(m, sides[side].bits[half], bank * HALF + i, bits);
	}
}

static void show_ber(struct lw_cmis *c, unsigned bank, bool last)
{
	for (unsigned side = 0; side < LW_DIAG_SIDES; side++)
		for (unsigned i = bank * LW_BANK_LANES; i < (bank + 1) * LW_BANK_LANES; i++) {
			struct lw_count n = count_of(c, side, i, last);

			lw_memory_put_f16(&c->twin.mem, sides[side].ber, i,
					  n.bits > 0 ? n.errors / n.bits : 0);
		}
}

static void show_snr(struct lw_cmis *c, unsigned bank)
{
	struct lw_quality q;

	for (unsigned i = bank * LW_BANK_LANES; i < (bank + 1) * LW_BANK_LANES; i++) {
		lw_quality_host(&c->twin, i, &q);
		lw_memory_put_value(&c->twin.mem, sides[LW_DIAG_HOST].snr, i,
				    q.good ? lw_quality_now(&c->twin, &q, NULL) : 0);
		lw_quality_media(&c->twin, i, &q);
		lw_memory_put_value(&c->twin.mem, sides[LW_DIAG_MEDIA].snr, i,
				    q.good ? lw_quality_now(&c->twin, &q, NULL) : 0);
	}
}

void lw_pattern_show(struct lw_cmis *c, unsigned bank)
{
	enum { LAST_GATE = 0x10, BER = 1, HOST_LOW, HOST_HIGH, MEDIA_LOW, MEDIA_HIGH, SNR };
	unsigned selector = (unsigned)get(c, LW_CMIS_DIAGNOSTICS_SELECTOR, bank);
	unsigned first = c->twin.mem.field[LW_CMIS_HOST_SIDE_BER_LANE].byte & 0x7fu;
	uint8_t *page = lw_memory_page(&c->twin.mem, bank, LW_CMIS_SLOT_14H);
	bool last = selector > LAST_GATE;

	if (!page)
		return;
	memset(page + first, 0, 128 - first);
	switch (last ? selector - LAST_GATE : selector) {
	case BER:
		show_ber(c, bank, last);
		break;
	case HOST_LOW:
	case HOST_HIGH:
		show_counts(c, bank, LW_DIAG_HOST, (selector & 0xf) - HOST_LOW, last);
		break;
	case MEDIA_LOW:
	case MEDIA_HIGH:
		show_counts(c, bank, LW_DIAG_MEDIA, (selector & 0xf) - MEDIA_LOW, last);
		break;
	case SNR:
		show_snr(c, bank);
		break;
	default:
		break;
	}
}
