/* SPDX-License-Identifier: Apache-2.0 */
#include "cmis.h"

/*
 * Lane switching: host lanes on page 1Dh (CMIS 5.4 7.8), media lanes on page 6Dh (7.9). A committed
 * map says which lane behind the switch each lane of the connector reaches; everything else, paths
 * and registers, is about the lanes behind it. Where the standard is free: a map may not move a
 * lane out of a path that is not deactivated.
 */

/* Results of a commit, Tables 8-176 and 8-196. */
enum { NONE, SUCCESS, IN_PROGRESS, REJECTED, NO_PERMUTATION, INCONSISTENT };

static const struct {
	uint16_t supported, enable, commit, wanted, result, status, duration;
} sides[LW_SWITCH_SIDES] = {
	[LW_SWITCH_HOST] = {LW_CMIS_HOST_LANE_SWITCHING_SUPPORTED,
			    LW_CMIS_ENABLE_HOST_LANE_REDIRECTION, LW_CMIS_COMMIT_REDIRECTION,
			    LW_CMIS_REDIRECTION_OF_LANE, LW_CMIS_REDIRECTION_COMMIT_RESULT_LANE,
			    LW_CMIS_REDIRECT_STATUS_OF_LANE,
			    LW_CMIS_MAX_REDIRECTION_COMMIT_DURATION},
	[LW_SWITCH_MEDIA] = {LW_CMIS_MEDIA_LANE_SWITCHING_SUPPORTED,
			     LW_CMIS_ENABLE_MEDIA_LANE_REDIRECTION,
			     LW_CMIS_MEDIA_COMMIT_REDIRECTION, LW_CMIS_REDIRECTION_OF_MEDIA_LANE,
			     LW_CMIS_COMMIT_RESULT_LANE, LW_CMIS_REDIRECT_STATUS_OF_MEDIA_LANE,
			     LW_CMIS_MEDIA_MAX_REDIRECTION_COMMIT_DURATION},
};

static int64_t get(const struct lw_cmis *c, unsigned id, unsigned lane)
{
	return lw_memory_get(&c->twin.mem, id, lane);
}

static void put_bank(struct lw_cmis *c, unsigned id, unsigned bank, int64_t value)
{
	for (unsigned i = 0; i < LW_BANK_LANES; i++)
		lw_memory_put(&c->twin.mem, id, bank * LW_BANK_LANES + i, value);
}

void lw_switch_reset(struct lw_cmis *c)
{
	for (unsigned side = 0; side < LW_SWITCH_SIDES; side++) {
		for (unsigned b = 0; b < LW_BANKS_MAX; b++)
			c->commit[side][b] = LW_NEVER;
		if (!get(c, sides[side].supported, 0))
			continue;
		for (unsigned i = 0; i < c->twin.lanes; i++) {
			unsigned lane = i % LW_BANK_LANES + 1; /* registers count from 1 */

			lw_memory_put(&c->twin.mem, sides[side].wanted, i, lane);
			lw_memory_put(&c->twin.mem, sides[side].status, i, lane);
		}
	}
	for (unsigned i = 0; i < LW_TWIN_LANES; i++)
		c->twin.host_map[i] = c->twin.media_map[i] = (uint8_t)i;
	lw_twin_rewire(&c->twin);
}

void lw_switch_written(struct lw_cmis *c, unsigned bank, int slot, unsigned first, const uint8_t *p,
		       size_t n)
{
	for (unsigned side = 0; side < LW_SWITCH_SIDES; side++) {
		const struct lw_field *f = &c->twin.mem.field[sides[side].commit];
		int v = lw_memory_written(&c->twin.mem, f->id, slot, first, p, n);

		if (v < 0 || !(v >> f->shift & 1) || !get(c, sides[side].supported, 0) ||
		    !get(c, sides[side].enable, bank) || c->commit[side][bank].ns != LW_NEVER.ns)
			continue;
		put_bank(c, sides[side].result, bank, IN_PROGRESS);
		c->commit[side][bank] = lw_twin_after(
			&c->twin, lw_cmis_duration(c, LW_TWIN_CONFIG, sides[side].duration, NULL));
	}
}

/* The lanes of the path that lane `lane` behind the switch is part of, if it is not down. */
static uint32_t held_together(struct lw_cmis *c, unsigned side, unsigned lane)
{
	const struct lw_cmis_path *p;
	int group = c->twin.media[lane].group;

	if (side == LW_SWITCH_HOST) {
		p = lw_cmis_path_of(c, lane);
		return p && p->state != LW_DPSM_DEACTIVATED ? lw_cmis_path_mask(p) : 0;
	}
	if (group < 0 || !(lw_cmis_media_outs(c) >> lane & 1))
		return 0;
	return lw_group_media(&c->twin.group[group]);
}

/* What the map that is asked for amounts to. Page 1Dh says which lane behind the switch a host lane
 * of the connector reaches, page 6Dh which lane of the connector a media lane behind it does. */
static uint8_t judge(struct lw_cmis *c, unsigned side, unsigned bank, const uint8_t *to)
{
	const uint8_t *map = side == LW_SWITCH_HOST ? c->twin.host_map : c->twin.media_map;
	unsigned base = bank * LW_BANK_LANES, reached = 0;

	if (c->state != LW_MSM_LOW_PWR && c->state != LW_MSM_READY)
		return REJECTED;
	for (unsigned i = 0; i < LW_BANK_LANES; i++)
		if (to[i] < LW_BANK_LANES)
			reached |= 1u << to[i];
	if (reached != (1u << LW_BANK_LANES) - 1)
		return NO_PERMUTATION;
	for (unsigned i = 0; side == LW_SWITCH_HOST && i < LW_BANK_LANES; i++)
		if (held_together(c, side, map[base + i]) != held_together(c, side, base + to[i]))
			return INCONSISTENT;
	/* The lane of the connector that lane i had goes to the lane behind that asks for it. */
	for (unsigned i = 0; side == LW_SWITCH_MEDIA && i < LW_BANK_LANES; i++)
		for (unsigned k = 0; k < LW_BANK_LANES; k++)
			if (base + to[k] == map[base + i] &&
			    held_together(c, side, base + i) != held_together(c, side, base + k))
				return INCONSISTENT;
	return SUCCESS;
}

static void carry_out(struct lw_cmis *c, unsigned side, unsigned bank)
{
	uint8_t *map = side == LW_SWITCH_HOST ? c->twin.host_map : c->twin.media_map;
	unsigned base = bank * LW_BANK_LANES;
	uint8_t to[LW_BANK_LANES], result;

	for (unsigned i = 0; i < LW_BANK_LANES; i++)
		to[i] = (uint8_t)(get(c, sides[side].wanted, base + i) - 1);
	result = judge(c, side, bank, to);
	put_bank(c, sides[side].result, bank, result);
	if (result != SUCCESS)
		return;
	for (unsigned i = 0; i < LW_BANK_LANES; i++) {
		map[base + i] = (uint8_t)(base + to[i]);
		lw_memory_put(&c->twin.mem, sides[side].status, base + i, to[i] + 1);
	}
	lw_twin_rewire(&c->twin);
}

struct lw_mono lw_switch_run(struct lw_cmis *c)
{
	struct lw_mono due = LW_NEVER;

	for (unsigned side = 0; side < LW_SWITCH_SIDES; side++)
		for (unsigned b = 0; b < c->twin.mem.banks; b++) {
			if (!lw_mono_before(lw_twin_now(&c->twin), c->commit[side][b])) {
				c->commit[side][b] = LW_NEVER;
				carry_out(c, side, b);
			}
			due = lw_mono_min(due, c->commit[side][b]);
		}
	return due;
}
