/* SPDX-License-Identifier: Apache-2.0 */
#include "cmis.h"

/* clang-format off */
#define SCS(n)                                                                                     \
	{                                                                                          \
		LW_CMIS_##n##_APP_SEL_CODE_LANE, LW_CMIS_##n##_DPIDX_LANE,                         \
		LW_CMIS_##n##_EXPLICIT_CONTROL_LANE,                                               \
		{                                                                                  \
			LW_CMIS_##n##_ADAPTIVE_INPUT_EQ_ENABLE_TX,                                 \
			LW_CMIS_##n##_ADAPTIVE_INPUT_EQ_RECALL_TX,                                 \
			LW_CMIS_##n##_HOST_CONTROLLED_INPUT_EQ_TARGET_TX,                          \
			LW_CMIS_##n##_CDR_ENABLE_TX, LW_CMIS_##n##_CDR_ENABLE_RX,                  \
			LW_CMIS_##n##_OUTPUT_EQ_PRE_CURSOR_TARGET_RX,                              \
			LW_CMIS_##n##_OUTPUT_EQ_POST_CURSOR_TARGET_RX,                             \
			LW_CMIS_##n##_OUTPUT_AMPLITUDE_TARGET_RX,                                  \
		}                                                                                  \
	}
#define LW_CMIS_ACS_ADAPTIVE_INPUT_EQ_RECALL_TX LW_CMIS_ACS_ADAPTIVE_INPUT_EQ_RECALLED_TX
/* clang-format on */

const struct lw_cmis_set lw_cmis_sets[] = {
	[LW_CMIS_SCS0] = SCS(SCS0), [LW_CMIS_SCS1] = SCS(SCS1), [LW_CMIS_ACS] = SCS(ACS)};

static uint8_t get(const struct lw_cmis *c, unsigned id, unsigned lane)
{
	return (uint8_t)lw_memory_get(&c->twin.mem, id, lane);
}

static bool read_app(const struct lw_cmis *c, unsigned apsel, struct lw_cmis_app *ret)
{
	const struct lw_field *f = c->twin.mem.field;
	unsigned low = f[LW_CMIS_HOST_INTERFACE_ID_APP].lanes;
	unsigned high = f[LW_CMIS_HOST_INTERFACE_ID_APP_HI].lanes;

	if (apsel < 1 || apsel > low + high)
		return false;
	if (apsel <= low)
		*ret = (struct lw_cmis_app){
			.host_id = get(c, LW_CMIS_HOST_INTERFACE_ID_APP, apsel - 1),
			.media_id = get(c, LW_CMIS_MEDIA_INTERFACE_ID_APP, apsel - 1),
			.host_lanes = get(c, LW_CMIS_HOST_LANE_COUNT_APP, apsel - 1),
			.media_lanes = get(c, LW_CMIS_MEDIA_LANE_COUNT_APP, apsel - 1),
			.host_assign = get(c, LW_CMIS_HOST_LANE_ASSIGNMENT_OPTIONS_APP, apsel - 1),
		};
	else
		*ret = (struct lw_cmis_app){
			.host_id = get(c, LW_CMIS_HOST_INTERFACE_ID_APP_HI, apsel - 1 - low),
			.media_id = get(c, LW_CMIS_MEDIA_INTERFACE_ID_APP_HI, apsel - 1 - low),
			.host_lanes = get(c, LW_CMIS_HOST_LANE_COUNT_APP_HI, apsel - 1 - low),
			.media_lanes = get(c, LW_CMIS_MEDIA_LANE_COUNT_APP_HI, apsel - 1 - low),
			.host_assign = get(c, LW_CMIS_HOST_LANE_ASSIGNMENT_OPTIONS_APP_HI,
					   apsel - 1 - low),
		};
	ret->media_assign = get(c, LW_CMIS_MEDIA_LANE_ASSIGNMENT_OPTIONS_APP, apsel - 1);
	/* An unused descriptor is FFh in its first byte; 00h is an undefined interface. */
	if (ret->host_id == 0xff || ret->host_id == 0)
		return false;
	ret->host = lw_interface_find(LW_CODES_SFF8024_HOST, ret->host_id);
	ret->media =
		lw_interface_find(lw_media_table(get(c, LW_CMIS_MEDIA_TYPE, 0)), ret->media_id);
	if (!ret->host_lanes && ret->host)
		ret->host_lanes = ret->host->lanes;
	if (!ret->media_lanes && ret->media)
		ret->media_lanes = ret->media->lanes;
	return ret->host_lanes >= 1 && ret->host_lanes <= LW_BANK_LANES && ret->media_lanes >= 1 &&
	       ret->media_lanes <= LW_BANK_LANES;
}

bool lw_cmis_app_get(const struct lw_cmis *c, unsigned apsel, struct lw_cmis_app *ret)
{
	if (apsel < 1 || apsel > LW_CMIS_APPS || !c->app[apsel - 1].host_lanes)
		return false;
	*ret = c->app[apsel - 1];
	return true;
}

bool lw_cmis_app_hosts(const struct lw_cmis_app *a, unsigned first)
{
	unsigned lane = first % LW_BANK_LANES;

	/* Options are those of one bank, and every bank has them (8.1.3.3). */
	return (a->host_assign >> lane & 1) && lane + a->host_lanes <= LW_BANK_LANES;
}

int lw_cmis_app_media(const struct lw_cmis_app *a, unsigned first)
{
	unsigned lane = first % LW_BANK_LANES;
	int rank = 0;

	if (!lw_cmis_app_hosts(a, first))
		return -1;
	for (unsigned i = 0; i < lane; i++)
		rank += a->host_assign >> i & 1;
	for (int i = 0; i < LW_BANK_LANES; i++)
		if ((a->media_assign >> i & 1) && rank-- == 0)
			return i + a->media_lanes <= LW_BANK_LANES ? (int)(first - lane) + i : -1;
	return -1;
}

void lw_cmis_learn_apps(struct lw_cmis *c)
{
	unsigned below = c->twin.lanes - LW_BANK_LANES; /* lanes of the banks before the last */

	c->host_lanes = c->media_lanes = 0;
	for (unsigned apsel = 1; apsel <= LW_CMIS_APPS; apsel++) {
		struct lw_cmis_app a;

		c->app[apsel - 1] = (struct lw_cmis_app){0};
		if (!read_app(c, apsel, &a))
			continue;
		c->app[apsel - 1] = a;
		for (unsigned i = below; i < c->twin.lanes; i++) {
			int media = lw_cmis_app_media(&a, i);

			if (media < 0)
				continue;
			if (i + a.host_lanes > c->host_lanes)
				c->host_lanes = (uint8_t)(i + a.host_lanes);
			if ((unsigned)media + a.media_lanes > c->media_lanes)
				c->media_lanes = (uint8_t)((unsigned)media + a.media_lanes);
		}
	}
}

void lw_cmis_lane_get(const struct lw_cmis *c, unsigned set, unsigned lane,
		      struct lw_cmis_lane *ret)
{
	const struct lw_cmis_set *s = &lw_cmis_sets[set];

	ret->apsel = get(c, s->apsel, lane);
	ret->dpidx = (uint8_t)(lane / LW_BANK_LANES * LW_BANK_LANES + get(c, s->dpidx, lane));
	ret->explicit_control = get(c, s->explicit_control, lane);
	for (unsigned i = 0; i < LW_CMIS_SI; i++)
		ret->si[i] = get(c, s->si[i], lane);
}

/* Registers that tell the directions of the active control set apart (19h); Tx is that of 11h. */
static const struct {
	uint16_t apsel, dpidx, explicit_control;
} ways[] = {
	[LW_APPLY_TX] = {LW_CMIS_ACS_APP_SEL_CODE_TX, LW_CMIS_ACS_DPIDX_TX,
			 LW_CMIS_ACS_EXPLICIT_CONTROL_TX},
	[LW_APPLY_RX] = {LW_CMIS_ACS_APP_SEL_CODE_RX, LW_CMIS_ACS_DPIDX_RX,
			 LW_CMIS_ACS_EXPLICIT_CONTROL_RX},
};

static void put_way(struct lw_cmis *c, unsigned lane, enum lw_apply way,
		    const struct lw_cmis_lane *v)
{
	lw_memory_put(&c->twin.mem, ways[way].apsel, lane, v->apsel);
	lw_memory_put(&c->twin.mem, ways[way].dpidx, lane, v->dpidx % LW_BANK_LANES);
	lw_memory_put(&c->twin.mem, ways[way].explicit_control, lane, v->explicit_control);
}

void lw_cmis_lane_put_way(struct lw_cmis *c, unsigned lane, enum lw_apply way,
			  const struct lw_cmis_lane *v)
{
	const struct lw_cmis_set *s = &lw_cmis_sets[LW_CMIS_ACS];
	bool tx = way == LW_APPLY_TX;

	put_way(c, lane, way, v);
	if (tx) {
		lw_memory_put(&c->twin.mem, s->apsel, lane, v->apsel);
		lw_memory_put(&c->twin.mem, s->explicit_control, lane, v->explicit_control);
	}
	for (unsigned i = 0; i < LW_CMIS_SI; i++)
		if (tx == (i < LW_CMIS_SI_RX_FIRST))
			lw_memory_put(&c->twin.mem, s->si[i], lane, v->si[i]);
}

unsigned lw_cmis_apsel_rx(const struct lw_cmis *c, unsigned lane)
{
	if (lw_memory_get(&c->twin.mem, LW_CMIS_UNIDIR_RECONFIG_SUPPORTED, 0))
		return get(c, ways[LW_APPLY_RX].apsel, lane);
	return get(c, lw_cmis_sets[LW_CMIS_ACS].apsel, lane);
}

void lw_cmis_lane_put(struct lw_cmis *c, unsigned set, unsigned lane, const struct lw_cmis_lane *v)
{
	const struct lw_cmis_set *s = &lw_cmis_sets[set];

	if (set == LW_CMIS_ACS) {
		put_way(c, lane, LW_APPLY_TX, v);
		put_way(c, lane, LW_APPLY_RX, v);
	}
	lw_memory_put(&c->twin.mem, s->apsel, lane, v->apsel);
	lw_memory_put(&c->twin.mem, s->dpidx, lane, v->dpidx % LW_BANK_LANES);
	lw_memory_put(&c->twin.mem, s->explicit_control, lane, v->explicit_control);
	for (unsigned i = 0; i < LW_CMIS_SI; i++)
		lw_memory_put(&c->twin.mem, s->si[i], lane, v->si[i]);
}

void lw_cmis_default_app(struct lw_cmis *c)
{
	struct lw_cmis_app a;
	unsigned lane = 0;

	if (!lw_cmis_app_get(c, 1, &a))
		return;
	while (lane < c->twin.lanes) {
		unsigned n = a.host_lanes;

		if (lw_cmis_app_media(&a, lane) < 0) {
			lane++;
			continue;
		}
		for (unsigned i = lane; i < lane + n; i++) {
			struct lw_cmis_lane v;

			lw_cmis_lane_get(c, LW_CMIS_SCS0, i, &v);
			v.apsel = 1;
			v.dpidx = (uint8_t)lane;
			lw_cmis_lane_put(c, LW_CMIS_SCS0, i, &v);
			lw_cmis_lane_put(c, LW_CMIS_ACS, i, &v);
		}
		lane += n;
	}
}
