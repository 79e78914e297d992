/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Plans for tunable lasers: CMIS pages 04h and 12h (8.11, 8.15 of OIF-CMIS 5.4), SFF-8690 on A2h
 * page 02h of SFF-8472. Pure.
 */
#include "control-internal.h"
#include <lanewise/value.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#define LIGHT_NM_THZ 299792.458 /* the speed of light */
#define MHZ_PER_GHZ  1000.0
#define SAME_GHZ     0.01 /* two frequencies that people mean to be equal */

/* Codes of grids that CMIS 4.0 had the other way round. */
enum { GRID_33_GHZ = 6, GRID_75_GHZ = 7 };

struct lw_control_tune lw_control_tune_none(void)
{
	return (struct lw_control_tune){.grid_ghz = (double)NAN,
					.channel = LW_NONE,
					.frequency_thz = (double)NAN,
					.fine_ghz = (double)NAN,
					.power_dbm = (double)NAN};
}

static double step_ghz(const struct lw_grid *g)
{
	return (double)g->step_num / g->step_den;
}

static double spacing_ghz(const struct lw_grid *g)
{
	return step_ghz(g) * g->multiple;
}

static double channel_ghz(const struct lw_grid *g, int64_t n)
{
	return LW_GRID_ANCHOR_GHZ + (double)(n + g->offset) * step_ghz(g);
}

/* CMIS 4.0 had the codes of two grids the other way round. */
static unsigned code_of(const struct lw_draft *d, unsigned code)
{
	bool swapped = d->facts->cmis_major == 4 && d->facts->cmis_minor == 0;

	if (swapped && code == GRID_33_GHZ)
		return GRID_75_GHZ;
	if (swapped && code == GRID_75_GHZ)
		return GRID_33_GHZ;
	return code;
}

static const struct lw_grid *grid_by_code(const struct lw_draft *d, int64_t code)
{
	for (size_t i = 0; i < lw_grids_n; i++)
		if (code_of(d, lw_grids[i].code) == (unsigned)code)
			return &lw_grids[i];
	return NULL;
}

static const struct lw_grid *grid_by_spacing(double ghz)
{
	for (size_t i = 0; i < lw_grids_n; i++)
		if (fabs(spacing_ghz(&lw_grids[i]) - ghz) < 0.5)
			return &lw_grids[i];
	return NULL;
}

/* The number of a field in its unit, NaN if the module does not state it. */
static double number_of(const struct lw_draft *d, unsigned id, unsigned lane)
{
	struct lw_value value;

	lw_value_decode(lw_draft_field(d, id), lane, &d->view, &value);
	return value.status == LW_VALUE_OK ? value.number : (double)NAN;
}

/* One lane's target. */
struct target {
	const struct lw_grid *grid;
	int64_t channel;
	bool has_fine;
	double fine_ghz; /**< as it will be */
};

/* Grid and channel of a lane: what is wanted, else what it has. */
static int find_channel(const struct lw_draft *d, const struct lw_control_tune *w, unsigned lane,
			struct target *t, struct lw_error *reterr)
{
	const struct lw_grid *old = grid_by_code(d, lw_draft_get(d, LW_CMIS_GRID_SPACING_TX, lane));
	double n;

	t->grid = isnan(w->grid_ghz) ? old : grid_by_spacing(w->grid_ghz);
	if (!t->grid && isnan(w->grid_ghz))
		return lw_fail(reterr, LW_ENOTSUP,
			       "the laser of lane %u is on no known grid: name one", lane + 1);
	if (!t->grid || lw_draft_get(d, t->grid->supported, 0) != 1)
		return lw_fail(reterr, LW_ENOTSUP,
			       "the module does not advertise a grid of %g GHz (CMIS 04h 128-129)",
			       t->grid ? spacing_ghz(t->grid) : w->grid_ghz);
	if (w->channel != LW_NONE) {
		t->channel = w->channel;
	} else if (!isnan(w->frequency_thz)) {
		n = (w->frequency_thz * 1000 - LW_GRID_ANCHOR_GHZ) / step_ghz(t->grid) -
		    t->grid->offset;
		if (!(fabs(n) <= INT16_MAX))
			return lw_fail(reterr, LW_EINVAL, "%g THz is no frequency of a laser here",
				       w->frequency_thz);
		t->channel = (int64_t)llround(n);
		if (fabs(channel_ghz(t->grid, t->channel) - w->frequency_thz * 1000) > SAME_GHZ ||
		    t->channel % t->grid->multiple)
			return lw_fail(reterr, LW_EINVAL,
				       "%g THz is no channel of the %g GHz grid; the nearest below "
				       "is %g THz, or use fine tuning",
				       w->frequency_thz, spacing_ghz(t->grid),
				       channel_ghz(t->grid, (int64_t)floor(n / t->grid->multiple) *
								    t->grid->multiple) /
					       1000);
	} else if (t->grid != old) {
		return lw_fail(reterr, LW_EINVAL,
			       "a new grid needs a channel or a frequency on it");
	} else {
		t->channel = lw_draft_get(d, LW_CMIS_CHANNEL_NUMBER_TX, lane);
	}
	return 0;
}

static int check_channel(const struct lw_draft *d, const struct target *t, struct lw_error *reterr)
{
	struct lw_view v = d->view;
	int64_t low = INT64_MIN, high = INT64_MAX;

	(void)lw_field_get(lw_draft_field(d, t->grid->low), 0, &v, &low);
	(void)lw_field_get(lw_draft_field(d, t->grid->high), 0, &v, &high);
	if (t->channel < low || t->channel > high)
		return lw_fail(reterr, LW_ENOTSUP,
			       "channel %lld (%g THz) is not within %lld to %lld (%g to %g THz), "
			       "which the module advertises for its %g GHz grid",
			       (long long)t->channel, channel_ghz(t->grid, t->channel) / 1000,
			       (long long)low, (long long)high, channel_ghz(t->grid, low) / 1000,
			       channel_ghz(t->grid, high) / 1000, spacing_ghz(t->grid));
	if (t->channel % t->grid->multiple)
		return lw_fail(reterr, LW_EINVAL,
			       "channels of the %g GHz grid are multiples of %d, which %lld is not",
			       spacing_ghz(t->grid), t->grid->multiple, (long long)t->channel);
	return 0;
}

static int check_fine(const struct lw_draft *d, double ghz, struct lw_error *reterr)
{
	double low = number_of(d, LW_CMIS_FINE_TUNING_LOW_OFFSET, 0);
	double high = number_of(d, LW_CMIS_FINE_TUNING_HIGH_OFFSET, 0);
	double step = number_of(d, LW_CMIS_FINE_TUNING_RESOLUTION, 0);

	if (isnan(ghz))
		return 0;
	if (lw_draft_get(d, LW_CMIS_FINE_TUNING_SUPPORTED, 0) != 1)
		return lw_fail(reterr, LW_ENOTSUP,
			       "the module does not advertise fine tuning (CMIS 04h 129)");
	if (!(ghz >= low && ghz <= high))
		return lw_fail(reterr, LW_ENOTSUP,
			       "fine tuning by %g GHz is not within %g to %g GHz, which the module "
			       "advertises",
			       ghz, low, high);
	if (step > 0 && fabs(ghz / step - nearbyint(ghz / step)) > 1e-6)
		return lw_fail(reterr, LW_ENOTSUP,
			       "the module fine tunes in steps of %g GHz, which %g GHz is not",
			       step, ghz);
	return 0;
}

static int check_power(const struct lw_draft *d, double dbm, struct lw_error *reterr)
{
	double low = number_of(d, LW_CMIS_PROG_OUTPUT_POWER_MIN, 0);
	double high = number_of(d, LW_CMIS_PROG_OUTPUT_POWER_MAX, 0);

	if (isnan(dbm))
		return 0;
	if (lw_draft_get(d, LW_CMIS_PROG_OUTPUT_POWER_PER_LANE_SUPPORTED, 0) != 1)
		return lw_fail(reterr, LW_ENOTSUP,
			       "the module does not advertise a programmable output power (CMIS "
			       "04h 196)");
	if (!(dbm >= low && dbm <= high))
		return lw_fail(reterr, LW_ENOTSUP,
			       "%g dBm is not within %g to %g dBm, which the module advertises",
			       dbm, low, high);
	return 0;
}

/* Write one field of a lane: a number is written whole, in one access, and by itself. */
static void put(struct lw_draft *d, unsigned id, unsigned lane, int64_t raw, const char *why)
{
	const struct lw_field *f = lw_draft_field(d, id);
	unsigned bank = lane / LW_BANK_LANES;
	struct lw_patch p;

	if (lw_draft_get(d, id, lane) == raw)
		return;
	lw_patch_init(&p, d, f->slot, bank);
	lw_patch_put(&p, f, lane % LW_BANK_LANES, raw);
	p.whole = true;
	lw_patch_flush(&p, d, why);
}

static int tune_lane(struct lw_draft *d, const struct lw_control_tune *w, unsigned lane,
		     struct target *t, struct lw_error *reterr)
{
	const struct lw_field *spacing = lw_draft_field(d, LW_CMIS_GRID_SPACING_TX);
	int r = find_channel(d, w, lane, t, reterr);
	bool fine = !isnan(w->fine_ghz) && w->fine_ghz != 0;

	if (!r)
		r = check_channel(d, t, reterr);
	if (r)
		return r;
	put(d, spacing->id, lane, code_of(d, t->grid->code), "choose the grid");
	put(d, LW_CMIS_CHANNEL_NUMBER_TX, lane, t->channel, "choose the channel");
	t->fine_ghz = lw_draft_get(d, LW_CMIS_FINE_TUNING_ENABLE_TX, lane) == 1
			      ? number_of(d, LW_CMIS_FINE_TUNING_OFFSET_TX, lane)
			      : 0;
	if (!isnan(w->fine_ghz)) {
		put(d, LW_CMIS_FINE_TUNING_OFFSET_TX, lane, llround(w->fine_ghz * MHZ_PER_GHZ),
		    "choose the offset from the channel");
		put(d, LW_CMIS_FINE_TUNING_ENABLE_TX, lane, fine,
		    fine ? "switch fine tuning on" : "switch fine tuning off");
		t->fine_ghz = w->fine_ghz;
	}
	if (!isnan(w->power_dbm))
		put(d, LW_CMIS_TARGET_OUTPUT_POWER_TX, lane, llround(w->power_dbm * 100),
		    "choose the output power");
	return 0;
}

/* What tells of a lane whether its laser got there. */
static void follow(struct lw_draft *d, unsigned lane, const struct target *t)
{
	static const struct {
		uint16_t id;
		const char *why;
	} flags[] = {
		{LW_CMIS_TUNING_NOT_ACCEPTED_FLAG_TX, "the module accepted to tune"},
		{LW_CMIS_INVALID_CHANNEL_NUMBER_FLAG_TX, "the channel is one of the module's"},
		{LW_CMIS_FINE_TUNING_OUT_OF_RANGE_FLAG_TX, "the offset is in range"},
		{LW_CMIS_TARGET_OUTPUT_POWER_OOR_FLAG_TX, "the output power is in range"},
	};
	unsigned bank = lane / LW_BANK_LANES;
	uint8_t mask = (uint8_t)(1u << lane % LW_BANK_LANES);
	struct lw_control_step *s;

	lw_draft_wait(d, LW_CMIS_TUNING_IN_PROGRESS_TX, bank, mask, 1u << 0, 1u << 0,
		      lw_ms(LW_WAIT_TUNE_MS), "tuning has ended");
	for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++)
		lw_draft_wait(d, flags[i].id, bank, mask, 1u << 0 | 1u << 1, 1u << 0, lw_ms(0),
			      flags[i].why)
			->seen = i > 0;
	s = lw_draft_wait(d, LW_CMIS_CURRENT_LASER_FREQUENCY_TX, bank, mask, 0, 0,
			  lw_ms(LW_WAIT_TUNE_MS),
			  "the laser is nearer to it than to its neighbours");
	s->value = llround((channel_ghz(t->grid, t->channel) + t->fine_ghz) * MHZ_PER_GHZ);
	s->slack = llround(spacing_ghz(t->grid) / 2 * MHZ_PER_GHZ) - 1;
}

static int tune_cmis(struct lw_draft *d, const struct lw_control_tune *w, struct lw_error *reterr)
{
	struct target target[LW_BANKS_MAX * LW_BANK_LANES];
	uint32_t there = lw_control_media_lanes(d->now, d->facts), moved = 0;
	char text[LW_LANES_TEXT];
	int r;

	if (lw_draft_get(d, LW_CMIS_TRANSMITTER_IS_TUNABLE, 0) != 1)
		return lw_fail(reterr, LW_ENOTSUP,
			       "the module does not advertise a tunable laser "
			       "(transmitter_is_tunable, CMIS 5.4 01h 155)");
	if (!w->lanes || w->lanes & ~there)
		return lw_fail(reterr, LW_EINVAL, "the module has media %s",
			       lw_lanes_text(there, text));
	r = check_fine(d, w->fine_ghz, reterr);
	if (!r)
		r = check_power(d, w->power_dbm, reterr);
	for (unsigned lane = 0; !r && lane < LW_BANKS_MAX * LW_BANK_LANES; lane++) {
		unsigned before = d->plan->n;

		if (!(w->lanes >> lane & 1))
			continue;
		lw_draft_clear(d, LW_CMIS_TUNING_NOT_ACCEPTED_FLAG_TX, lane / LW_BANK_LANES,
			       (uint8_t)(1u << lane % LW_BANK_LANES), "old flags go");
		r = tune_lane(d, w, lane, &target[lane], reterr);
		if (d->plan->n > before + 1)
			moved |= 1u << lane;
		else
			d->plan->n = before; /* it is there already */
	}
	for (unsigned lane = 0; !r && lane < LW_BANKS_MAX * LW_BANK_LANES; lane++)
		if (moved >> lane & 1)
			follow(d, lane, &target[lane]);
	return r;
}

/* First, last frequency and grid of SFF-8690, GHz. */
static double sff_ghz(const struct lw_draft *d, unsigned thz, unsigned ghz)
{
	return number_of(d, thz, 0) * 1000 + number_of(d, ghz, 0);
}

static int sff_channel(const struct lw_draft *d, const struct lw_control_tune *w, int64_t *ret,
		       struct lw_error *reterr)
{
	double first = sff_ghz(d, LW_SFF8472_LASER_FIRST_FREQ_THZ, LW_SFF8472_LASER_FIRST_FREQ_GHZ);
	double last = sff_ghz(d, LW_SFF8472_LASER_LAST_FREQ_THZ, LW_SFF8472_LASER_LAST_FREQ_GHZ);
	double grid = number_of(d, LW_SFF8472_MIN_GRID_SPACING, 0);
	double most = 1 + (last - first) / grid, n = w->channel;

	if (w->channel == LW_NONE) {
		n = 1 + (w->frequency_thz * 1000 - first) / grid;
		if (fabs(n - nearbyint(n)) * fabs(grid) > SAME_GHZ)
			return lw_fail(reterr, LW_EINVAL,
				       "%g THz is no channel: the first is %g THz, the grid %g GHz",
				       w->frequency_thz, first / 1000, grid);
	}
	if (!(n >= 0.5 && n <= most + 0.01))
		return lw_fail(
			reterr, LW_ENOTSUP,
			"channel %g is not within 1 to %.0f (%g to %g THz), which the module "
			"advertises",
			nearbyint(n), floor(most + 0.01), first / 1000, last / 1000);
	*ret = llround(n);
	return 0;
}

static int tune_sff8472(struct lw_draft *d, const struct lw_control_tune *w,
			struct lw_error *reterr)
{
	int64_t raw = 0;
	bool by_channel = lw_draft_get(d, LW_SFF8472_TUNABLE_BY_CHANNEL, 0) == 1;
	bool by_wavelength = lw_draft_get(d, LW_SFF8472_TUNABLE_BY_WAVELENGTH, 0) == 1;
	unsigned id = by_channel ? LW_SFF8472_CHANNEL_NUMBER : LW_SFF8472_WAVELENGTH_SET;
	int r;

	if (lw_draft_get(d, LW_SFF8472_TUNABLE, 0) != 1)
		return lw_fail(
			reterr, LW_ENOTSUP,
			"the module does not advertise a tunable laser (tunable, SFF-8472 A0h "
			"65)");
	if (!isnan(w->grid_ghz) || !isnan(w->fine_ghz) || !isnan(w->power_dbm))
		return lw_fail(reterr, LW_ENOTSUP,
			       "SFF-8690 tunes by channel or frequency alone: no grid, fine tuning "
			       "or output power");
	if (w->channel == LW_NONE && isnan(w->frequency_thz))
		return lw_fail(reterr, LW_EINVAL, "name a channel or a frequency");
	if (!by_channel && !(by_wavelength && !isnan(w->frequency_thz)))
		return lw_fail(reterr, LW_ENOTSUP, "the module does not advertise tuning by %s",
			       w->channel == LW_NONE ? "frequency" : "channel");
	r = sff_channel(d, w, &raw, reterr);
	if (r)
		return r;
	if (!by_channel)
		raw = llround(LIGHT_NM_THZ / w->frequency_thz * lw_draft_field(d, id)->den);
	if (lw_draft_get(d, id, 0) == raw)
		return 0;
	lw_draft_clear(d, LW_SFF8472_BAD_CHANNEL_FLAG, 0, 0, "old flags go");
	put(d, id, 0, raw, by_channel ? "choose the channel" : "choose the wavelength");
	lw_draft_wait(d, LW_SFF8472_TX_TUNING, 0, 0, 1u << 0, 1u << 0, lw_ms(LW_WAIT_TUNE_MS),
		      "tuning has ended");
	lw_draft_wait(d, LW_SFF8472_BAD_CHANNEL_FLAG, 0, 0, 1u << 0 | 1u << 1, 1u << 0, lw_ms(0),
		      "the channel is one of the module's");
	lw_draft_wait(d, LW_SFF8472_WAVELENGTH_UNLOCKED, 0, 0, 1u << 0, 1u << 0,
		      lw_ms(LW_WAIT_TUNE_MS), "the laser is locked");
	return 0;
}

int lw_control_plan_tune(const struct lw_image *now, const struct lw_facts *facts,
			 const struct lw_control_tune *want, struct lw_control_plan *ret,
			 struct lw_error *reterr)
{
	struct lw_draft d;
	int r;

	lw_draft_init(&d, now, facts, ret);
	if (want->channel != LW_NONE && !isnan(want->frequency_thz))
		return lw_fail(reterr, LW_EINVAL, "either a channel or a frequency");
	if (now->map == LW_MAP_CMIS)
		r = tune_cmis(&d, want, reterr);
	else if (now->map == LW_MAP_SFF8472)
		r = tune_sff8472(&d, want, reterr);
	else
		r = lw_fail(reterr, LW_ENOTSUP, "SFF-8636 has no registers for tunable lasers");
	if (r) {
		ret->n = 0;
		return r;
	}
	return lw_draft_finish(&d, reterr);
}

double lw_control_frequency_thz(const struct lw_image *now, const struct lw_facts *facts,
				unsigned lane)
{
	struct lw_control_plan none;
	struct lw_draft d;
	int64_t n;

	lw_draft_init(&d, now, facts, &none);
	if (now->map == LW_MAP_CMIS && lw_draft_get(&d, LW_CMIS_TRANSMITTER_IS_TUNABLE, 0) == 1)
		return number_of(&d, LW_CMIS_CURRENT_LASER_FREQUENCY_TX, lane) / 1000;
	if (now->map != LW_MAP_SFF8472 || lw_draft_get(&d, LW_SFF8472_TUNABLE, 0) != 1)
		return (double)NAN;
	n = lw_draft_get(&d, LW_SFF8472_CHANNEL_NUMBER, 0);
	if (n < 1)
		return (double)NAN;
	return (sff_ghz(&d, LW_SFF8472_LASER_FIRST_FREQ_THZ, LW_SFF8472_LASER_FIRST_FREQ_GHZ) +
		(double)(n - 1) * number_of(&d, LW_SFF8472_MIN_GRID_SPACING, 0)) /
	       1000;
}
