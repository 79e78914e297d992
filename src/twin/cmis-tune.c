/* SPDX-License-Identifier: Apache-2.0 */
#include "cmis.h"
#include "twin-grids.h"

#include <math.h>

/*
 * Tunable lasers, pages 04h and 12h (CMIS 5.4 8.10, 8.15): grid and channel, fine tuning, output
 * power. A lane that is moved to another channel is dark until it has arrived; fine tuning and
 * power move it while it shines. A lane without outputs takes what is asked for at once, without a
 * word.
 */

/* No grid is this one: code 15 is "not available" (Table 8-109). */
enum { GRID_NONE = 15 };

static int64_t get(const struct lw_cmis *c, unsigned id, unsigned lane)
{
	return lw_memory_get(&c->twin.mem, id, lane);
}

bool lw_tune_supported(const struct lw_cmis *c)
{
	return get(c, LW_CMIS_TRANSMITTER_IS_TUNABLE, 0) != 0;
}

static const struct grid *grid_of(const struct lw_cmis *c, int64_t code)
{
	for (size_t i = 0; i < sizeof(grids) / sizeof(grids[0]); i++)
		if (grids[i].code == code && get(c, grids[i].supported, 0))
			return &grids[i];
	return NULL;
}

static double frequency_mhz(const struct grid *g, int64_t channel)
{
	return lw_twin_numbers[LW_TWIN_GRID_ANCHOR] +
	       (double)(channel + g->offset) * g->mhz_num / g->mhz_den;
}

/* The laser of `lane` stands at `mhz`. */
static void arrive(struct lw_cmis *c, unsigned lane, double mhz)
{
	enum { PM_MHZ = 1000000 }; /* pm of a wave of 1 MHz at 1 m/s */

	c->tune[lane].mhz = mhz;
	lw_memory_put(&c->twin.mem, LW_CMIS_CURRENT_LASER_FREQUENCY_TX, lane, llround(mhz));
	c->twin.media[lane].tuned_pm = lw_twin_numbers[LW_TWIN_LIGHT_SPEED] * PM_MHZ / mhz;
	lw_twin_touch(&c->twin);
}

static struct lw_tune_request request_of(const struct lw_cmis *c, unsigned lane)
{
	return (struct lw_tune_request){
		.grid = (uint8_t)get(c, LW_CMIS_GRID_SPACING_TX, lane),
		.channel = (int16_t)get(c, LW_CMIS_CHANNEL_NUMBER_TX, lane),
		.fine = get(c, LW_CMIS_FINE_TUNING_SUPPORTED, 0) &&
			get(c, LW_CMIS_FINE_TUNING_ENABLE_TX, lane),
		.offset = (int16_t)get(c, LW_CMIS_FINE_TUNING_OFFSET_TX, lane),
		.power = (int16_t)get(c, LW_CMIS_TARGET_OUTPUT_POWER_TX, lane),
	};
}

static void set_power(struct lw_cmis *c, unsigned lane, int16_t power)
{
	const struct lw_field *f = &c->twin.mem.field[LW_CMIS_TARGET_OUTPUT_POWER_TX];

	if (!get(c, LW_CMIS_PROG_OUTPUT_POWER_PER_LANE_SUPPORTED, 0))
		return;
	c->tune[lane].power_oor = power < get(c, LW_CMIS_PROG_OUTPUT_POWER_MIN, 0) ||
				  power > get(c, LW_CMIS_PROG_OUTPUT_POWER_MAX, 0);
	if (c->tune[lane].power_oor)
		return;
	c->twin.media[lane].asked = true;
	c->twin.media[lane].asked_dbm = (double)power * f->num / f->den;
	lw_twin_touch(&c->twin);
}

void lw_tune_reset(struct lw_cmis *c)
{
	const struct grid *g = NULL;
	int64_t channel;

	for (unsigned i = 0; i < LW_TWIN_LANES; i++) {
		c->tune[i] = (struct lw_tune){.due = LW_NEVER};
		c->twin.media[i].tuned_pm = 0;
		c->twin.media[i].asked = false;
	}
	if (!lw_tune_supported(c))
		return;
	/* The widest grid there is, at the channel next to the anchor. */
	for (size_t i = 0; i < sizeof(grids) / sizeof(grids[0]); i++)
		if (get(c, grids[i].supported, 0))
			g = &grids[i];
	for (unsigned i = 0; i < c->media_lanes; i++) {
		lw_memory_put(&c->twin.mem, LW_CMIS_GRID_SPACING_TX, i, g ? g->code : GRID_NONE);
		if (!g)
			continue;
		channel = get(c, g->low, 0) > 0    ? get(c, g->low, 0)
			  : get(c, g->high, 0) < 0 ? get(c, g->high, 0)
						   : 0;
		lw_memory_put(&c->twin.mem, LW_CMIS_CHANNEL_NUMBER_TX, i, channel);
		arrive(c, i, frequency_mhz(g, channel));
		c->tune[i].asked = request_of(c, i);
	}
}

/* Which request a lane cannot follow; `ret_mhz` is where the others lead. */
static bool accepted(struct lw_cmis *c, unsigned lane, const struct lw_tune_request *r,
		     double *ret_mhz)
{
	const struct grid *g = grid_of(c, r->grid);
	struct lw_tune *t = &c->tune[lane];

	t->channel_bad = g && (r->channel < get(c, g->low, 0) || r->channel > get(c, g->high, 0) ||
			       r->channel % g->multiple != 0);
	t->refused = !g || t->channel_bad;
	t->fine_oor = r->fine && (r->offset < get(c, LW_CMIS_FINE_TUNING_LOW_OFFSET, 0) ||
				  r->offset > get(c, LW_CMIS_FINE_TUNING_HIGH_OFFSET, 0));
	if (t->refused || t->fine_oor)
		return false;
	*ret_mhz = frequency_mhz(g, r->channel) + (r->fine ? r->offset : 0);
	return true;
}

static void look(struct lw_cmis *c, unsigned lane)
{
	struct lw_tune_request r = request_of(c, lane), old = c->tune[lane].asked;
	struct lw_memory *m = &c->twin.mem;
	struct lw_tune *t = &c->tune[lane];
	bool hop = r.grid != old.grid || r.channel != old.channel;
	double mhz;

	c->tune[lane].asked = r;
	if (r.power != old.power)
		set_power(c, lane, r.power);
	if (!hop && r.fine == old.fine && r.offset == old.offset)
		return;
	if (!accepted(c, lane, &r, &mhz))
		return;
	lw_memory_put(m, LW_CMIS_TUNING_NOT_ACCEPTED_FLAG_TX, lane, 0);
	if (mhz == t->mhz && t->due.ns == LW_NEVER.ns)
		return;
	if (!(lw_cmis_media_outs(c) >> lane & 1)) {
		arrive(c, lane, mhz);
		return;
	}
	t->target = mhz;
	t->due = lw_twin_after(&c->twin, lw_twin_span(&c->twin, LW_TWIN_T_TUNE));
	lw_memory_put(m, LW_CMIS_TUNING_IN_PROGRESS_TX, lane, 1);
	if (!hop)
		return;
	t->dark = true;
	lw_memory_put(m, LW_CMIS_WAVELENGTH_UNLOCK_STATUS_TX, lane, 1);
	lw_memory_put(m, LW_CMIS_WAVELENGTH_UNLOCKED_FLAG_TX, lane, 1);
}

void lw_tune_written(struct lw_cmis *c, unsigned bank)
{
	if (!lw_tune_supported(c) || c->state > LW_MSM_FAULT)
		return;
	for (unsigned i = bank * LW_BANK_LANES; i < (bank + 1) * LW_BANK_LANES; i++)
		if (i < c->media_lanes)
			look(c, i);
}

struct lw_mono lw_tune_run(struct lw_cmis *c)
{
	struct lw_mono due = LW_NEVER;
	struct lw_memory *m = &c->twin.mem;

	if (!lw_tune_supported(c))
		return LW_NEVER;
	for (unsigned i = 0; i < c->media_lanes; i++) {
		struct lw_tune *t = &c->tune[i];

		if (!lw_mono_before(lw_twin_now(&c->twin), t->due)) {
			t->due = LW_NEVER;
			t->dark = false;
			arrive(c, i, t->target);
			lw_memory_put(m, LW_CMIS_TUNING_IN_PROGRESS_TX, i, 0);
			lw_memory_put(m, LW_CMIS_WAVELENGTH_UNLOCK_STATUS_TX, i, 0);
			/* Only a path with outputs tells of it (Table 6-21). */
			if ((lw_cmis_media_outs(c) >> i & 1))
				lw_memory_put(m, LW_CMIS_TUNING_COMPLETE_FLAG_TX, i, 1);
		}
		due = lw_mono_min(due, t->due);
	}
	return due;
}

uint32_t lw_tune_dark(const struct lw_cmis *c)
{
	uint32_t mask = 0;

	for (unsigned i = 0; lw_tune_supported(c) && i < c->media_lanes; i++)
		mask |= (uint32_t)c->tune[i].dark << i;
	return mask;
}

void lw_tune_flags(struct lw_cmis *c)
{
	struct lw_memory *m = &c->twin.mem;

	for (unsigned i = 0; lw_tune_supported(c) && i < c->media_lanes; i++) {
		const struct lw_tune *t = &c->tune[i];

		if (t->channel_bad)
			lw_memory_put(m, LW_CMIS_INVALID_CHANNEL_NUMBER_FLAG_TX, i, 1);
		if (t->refused)
			lw_memory_put(m, LW_CMIS_TUNING_NOT_ACCEPTED_FLAG_TX, i, 1);
		if (t->fine_oor)
			lw_memory_put(m, LW_CMIS_FINE_TUNING_OUT_OF_RANGE_FLAG_TX, i, 1);
		if (t->power_oor)
			lw_memory_put(m, LW_CMIS_TARGET_OUTPUT_POWER_OOR_FLAG_TX, i, 1);
		if (t->dark)
			lw_memory_put(m, LW_CMIS_WAVELENGTH_UNLOCKED_FLAG_TX, i, 1);
	}
}

void lw_tune_show(struct lw_cmis *c)
{
	static const uint16_t flags[] = {
		LW_CMIS_TARGET_OUTPUT_POWER_OOR_FLAG_TX, LW_CMIS_FINE_TUNING_OUT_OF_RANGE_FLAG_TX,
		LW_CMIS_TUNING_NOT_ACCEPTED_FLAG_TX,     LW_CMIS_INVALID_CHANNEL_NUMBER_FLAG_TX,
		LW_CMIS_WAVELENGTH_UNLOCKED_FLAG_TX,     LW_CMIS_TUNING_COMPLETE_FLAG_TX,
	};
	uint32_t any = 0;

	for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++)
		any |= lw_memory_mask(&c->twin.mem, flags[i]);
	lw_memory_put_mask(&c->twin.mem, LW_CMIS_LASER_TUNING_FLAG_SUMMARY_TX, any);
}
