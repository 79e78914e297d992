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

bool lw_cmis_app_get(const struct lw_cmis *c, unsigned apsel, struct lw_cmis_app *ret)
{
	const struct lw_field *f = c->twin.mem.field;
	unsigned low = f[LW_CMIS_HOST_INTERFACE_ID_APP].lanes;
	unsigned high = f[LW_CMIS_HOST_INTERFACE_ID_APP_HI].lanes;
	const struct lw_interface *host, *media;

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
	host = lw_interface_find(LW_CODES_SFF8024_HOST, ret->host_id);
	media = lw_interface_find(lw_media_table(get(c, LW_CMIS_MEDIA_TYPE, 0)), ret->media_id);
	if (!ret->host_lanes && host)
		ret->host_lanes = host->lanes;
	if (!ret->media_lanes && media)
		ret->media_lanes = media->lanes;
	return ret->host_lanes >= 1 && ret->host_lanes <= LW_TWIN_LANES && ret->media_lanes >= 1 &&
	       ret->media_lanes <= LW_TWIN_LANES;
}

int lw_cmis_app_media(const struct lw_cmis_app *a, unsigned first)
{
	int rank = 0;

	if (first >= LW_TWIN_LANES || !(a->host_assign >> first & 1))
		return -1;
	for (unsigned i = 0; i < first; i++)
		rank += a->host_assign >> i & 1;
	for (int i = 0; i < LW_TWIN_LANES; i++)
		if ((a->media_assign >> i & 1) && rank-- == 0)
			return i + a->media_lanes <= LW_TWIN_LANES ? i : -1;
	return -1;
}

void lw_cmis_count_lanes(struct lw_cmis *c)
{
	c->host_lanes = c->media_lanes = 0;
	for (unsigned apsel = 1; apsel <= 15; apsel++) {
		struct lw_cmis_app a;

		if (!lw_cmis_app_get(c, apsel, &a))
			continue;
		for (unsigned i = 0; i < LW_TWIN_LANES; i++) {
			int media = lw_cmis_app_media(&a, i);

			if (media < 0 || i + a.host_lanes > LW_TWIN_LANES)
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
	ret->dpidx = get(c, s->dpidx, lane);
	ret->explicit_control = get(c, s->explicit_control, lane);
	for (unsigned i = 0; i < LW_CMIS_SI; i++)
		ret->si[i] = get(c, s->si[i], lane);
}

void lw_cmis_lane_put(struct lw_cmis *c, unsigned set, unsigned lane, const struct lw_cmis_lane *v)
{
	const struct lw_cmis_set *s = &lw_cmis_sets[set];

	lw_memory_put(&c->twin.mem, s->apsel, lane, v->apsel);
	lw_memory_put(&c->twin.mem, s->dpidx, lane, v->dpidx);
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
	while (lane < LW_TWIN_LANES) {
		unsigned n = a.host_lanes;

		if (lw_cmis_app_media(&a, lane) < 0 || lane + n > LW_TWIN_LANES) {
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
