/* SPDX-License-Identifier: Apache-2.0 */
#include "cmis.h"

#include <string.h>

static const struct loop {
	uint16_t id, able, lanes; /**< enables, and what advertises them and each lane alone */
	bool media;
} loops[] = {
	{LW_CMIS_MEDIA_SIDE_OUTPUT_LOOPBACK_ENABLE, LW_CMIS_MEDIA_SIDE_OUTPUT_LOOPBACK,
	 LW_CMIS_PER_LANE_MEDIA_SIDE_LOOPBACKS, true},
	{LW_CMIS_MEDIA_SIDE_INPUT_LOOPBACK_ENABLE, LW_CMIS_MEDIA_SIDE_INPUT_LOOPBACK,
	 LW_CMIS_PER_LANE_MEDIA_SIDE_LOOPBACKS, true},
	{LW_CMIS_HOST_SIDE_OUTPUT_LOOPBACK_ENABLE, LW_CMIS_HOST_SIDE_OUTPUT_LOOPBACK,
	 LW_CMIS_PER_LANE_HOST_SIDE_LOOPBACKS, false},
	{LW_CMIS_HOST_SIDE_INPUT_LOOPBACK_ENABLE, LW_CMIS_HOST_SIDE_INPUT_LOOPBACK,
	 LW_CMIS_PER_LANE_HOST_SIDE_LOOPBACKS, false},
};
enum { MEDIA_OUT, MEDIA_IN, HOST_OUT, HOST_IN, LOOPS };

static bool has(const struct lw_cmis *c, unsigned id)
{
	return lw_memory_get(&c->twin.mem, id, 0) != 0;
}

bool lw_diag_supported(const struct lw_cmis *c)
{
	return has(c, LW_CMIS_DIAGNOSTIC_PAGES_SUPPORTED);
}

void lw_diag_reset(struct lw_cmis *c)
{
	struct lw_memory *m = &c->twin.mem;

	c->diag = (struct lw_diag){.at = lw_twin_now(&c->twin), .acts = true};
	for (unsigned b = 0; b < LW_BANKS_MAX; b++)
		c->diag.gate[b][LW_DIAG_HOST] = c->diag.gate[b][LW_DIAG_MEDIA] = LW_NEVER;
	/* What the module may refuse is put there by the module (access RWW). */
	for (unsigned i = 0; i < LOOPS; i++)
		lw_memory_guard(m, loops[i].id);
	lw_memory_guard(m, LW_CMIS_DIAGNOSTICS_SELECTOR);
	lw_diag_apply(c);
}

/* Would the module do this loopback beside those that are on (8.16.12)? */
static bool allows(const struct lw_cmis *c, const struct loop *l, uint32_t lanes)
{
	if (!lanes)
		return true;
	if (!has(c, l->able))
		return false;
	for (unsigned i = 0; i < LOOPS; i++)
		if (loops[i].media != l->media && lw_memory_mask(&c->twin.mem, loops[i].id) &&
		    !has(c, LW_CMIS_SIMULTANEOUS_HOST_AND_MEDIA_SIDE_LOOPBACKS))
			return false;
	return true;
}

static bool selects(const struct lw_cmis *c, uint8_t selector)
{
	enum { LAST_GATE = 0x10, BER = 1, COUNTS_FIRST = 2, COUNTS_LAST = 5, SNR = 6 };
	uint8_t kind = selector;

	if (selector > LAST_GATE) {
		kind = (uint8_t)(selector - LAST_GATE);
		if (!has(c, LW_CMIS_GATING_RESULTS_SUPPORTED) || kind == SNR)
			return false;
	}
	if (kind == BER)
		return has(c, LW_CMIS_BIT_ERROR_RATIO_RESULTS_SUPPORTED);
	if (kind == SNR)
		return has(c, LW_CMIS_MEDIA_SIDE_INPUT_SNR_MEASUREMENT) ||
		       has(c, LW_CMIS_HOST_SIDE_INPUT_SNR_MEASUREMENT);
	return kind >= COUNTS_FIRST && kind <= COUNTS_LAST &&
	       has(c, LW_CMIS_BITS_AND_ERRORS_COUNTING_SUPPORTED);
}

void lw_diag_written(struct lw_cmis *c, unsigned bank, int slot, unsigned first, const uint8_t *p,
		     size_t n)
{
	uint32_t own = lw_lanes(bank * LW_BANK_LANES, LW_BANK_LANES), lanes;
	struct lw_memory *m = &c->twin.mem;
	int v = lw_memory_written(m, LW_CMIS_DIAGNOSTICS_SELECTOR, slot, first, p, n);

	c->diag.asked |= slot == LW_CMIS_SLOT_13H;
	if (!lw_diag_supported(c))
		return;
	if (v >= 0)
		lw_memory_put(m, LW_CMIS_DIAGNOSTICS_SELECTOR, bank,
			      selects(c, (uint8_t)v) ? v : 0);
	for (unsigned i = 0; i < LOOPS; i++) {
		v = lw_memory_written(m, loops[i].id, slot, first, p, n);
		if (v < 0)
			continue;
		lanes = lw_memory_mask(m, loops[i].id) & ~own;
		lanes |= (uint32_t)v << bank * LW_BANK_LANES;
		if (allows(c, &loops[i], lanes))
			lw_memory_put_mask(m, loops[i].id, lanes);
	}
}

/* Lanes that a loopback acts on: any bit stands for all of its bank if lanes cannot be told apart.
 */
static uint32_t looped(const struct lw_cmis *c, unsigned i)
{
	uint32_t mask = lw_memory_mask(&c->twin.mem, loops[i].id);

	return has(c, loops[i].lanes) ? mask : lw_cmis_whole_banks(c, mask);
}

static void apply_generators(struct lw_cmis *c, bool ready)
{
	const struct lw_memory *m = &c->twin.mem;
	uint32_t media = lw_memory_mask(m, LW_CMIS_MEDIA_SIDE_GENERATOR_ENABLE_LANE);
	uint32_t host = lw_memory_mask(m, LW_CMIS_HOST_SIDE_GENERATOR_ENABLE_LANE);
	bool each = has(c, LW_CMIS_MEDIA_GENERATOR_SUPPORTS_PER_LANE_PATTERN);

	if (!has(c, LW_CMIS_MEDIA_GENERATOR_SUPPORTS_PER_LANE_ENABLE))
		media = lw_cmis_whole_banks(c, media);
	if (!has(c, LW_CMIS_HOST_GENERATOR_SUPPORTS_PER_LANE_ENABLE))
		host = lw_cmis_whole_banks(c, host);
	c->twin.host_generates = ready ? host : 0;
	for (unsigned i = 0; i < c->twin.lanes; i++)
		c->twin.pattern[i] =
			ready && (media >> i & 1)
				? (int8_t)lw_memory_get(
					  m, LW_CMIS_MEDIA_SIDE_GENERATOR_PATTERN_SELECT_LANE,
					  each ? i : i / LW_BANK_LANES * LW_BANK_LANES)
				: (int8_t)-1;
}

static void apply_loops(struct lw_cmis *c, bool ready)
{
	struct lw_twin *t = &c->twin;
	uint32_t host_out;

	t->loop_far = t->loop_near = t->media_loop = 0;
	if (!ready)
		return;
	host_out = looped(c, HOST_OUT);
	t->loop_far = looped(c, MEDIA_IN);
	t->loop_near = looped(c, HOST_IN);
	t->media_loop = looped(c, MEDIA_OUT);
	for (unsigned i = 0; i < c->twin.lanes; i++) {
		uint32_t fed = lw_light_feeders(t, i);

		if (fed & host_out)
			t->loop_far |= 1u << i;
		if (t->media_loop >> i & 1)
			t->loop_near |= fed;
	}
}

void lw_diag_apply(struct lw_cmis *c)
{
	bool ready = c->state == LW_MSM_READY && lw_diag_supported(c);
	struct lw_twin *t = &c->twin;
	int8_t pattern[LW_TWIN_LANES];
	uint32_t loop_far = t->loop_far;

	if (!c->diag.asked && !c->diag.acts)
		return;
	c->diag.acts = c->diag.asked;
	memcpy(pattern, t->pattern, sizeof(pattern));
	lw_twin_touch(t);
	apply_generators(c, ready);
	apply_loops(c, ready);
	/* The light stays as it is, so nobody else tells a far checker that it means another
	 * thing. */
	for (unsigned i = 0; i < t->lanes; i++)
		if (t->media[i].far &&
		    (pattern[i] != t->pattern[i] || ((loop_far ^ t->loop_far) >> i & 1))) {
			lw_twin_touch(t->media[i].far);
			lw_twin_poke(t->media[i].far);
		}
}
