/* SPDX-License-Identifier: Apache-2.0 */
#include "value-tables.h"

#include <math.h>

#define GROUP_INSTANCES (LW_VDM_INSTANCES / LW_VDM_GROUPS)
#define LANES           8 /* of a bank */

/* Monitored object location: not a lane but the whole module (CMIS 5.4 Table 8-179). */
enum { LOCATION_MODULE = 15 };

/* CMIS 5.4 Tables 8-7 and 8-94: samples of a lane are valid from DPInitialized on (Table 6-22). */
enum { MODULE_READY = 3, DP_ACTIVATED = 4, DP_INITIALIZED = 7 };

/* Fields of one group. */
struct group {
	int type, location, set, value, limit[4], flag[4];
};

/* clang-format off */
#define GROUP(g)                                                                                   \
	{                                                                                          \
		LW_CMIS_VDM_G##g##_MONITORED_OBJECT_TYPE,                                          \
		LW_CMIS_VDM_G##g##_MONITORED_OBJECT_LOCATION,                                      \
		LW_CMIS_VDM_G##g##_THRESHOLD_SET_INDEX, LW_CMIS_VDM_G##g##_VALUE,                  \
		{LW_CMIS_VDM_G##g##_THRESHOLD_HIGH_ALARM, LW_CMIS_VDM_G##g##_THRESHOLD_LOW_ALARM,  \
		 LW_CMIS_VDM_G##g##_THRESHOLD_HIGH_WARNING,                                        \
		 LW_CMIS_VDM_G##g##_THRESHOLD_LOW_WARNING},                                        \
		{LW_CMIS_VDM_G##g##_HIGH_ALARM_FLAG, LW_CMIS_VDM_G##g##_LOW_ALARM_FLAG,            \
		 LW_CMIS_VDM_G##g##_HIGH_WARNING_FLAG, LW_CMIS_VDM_G##g##_LOW_WARNING_FLAG},       \
	}
/* clang-format on */

static const struct group groups[LW_VDM_GROUPS] = {GROUP(1), GROUP(2), GROUP(3), GROUP(4)};

static bool get(const struct lw_view *v, int id, unsigned lane, int64_t *ret)
{
	return lw_field_get(&lw_map_fields(LW_MAP_CMIS, NULL)[id], lane, v, ret) == 0;
}

const struct lw_vdm_type *lw_vdm_type_find(unsigned type)
{
	for (size_t i = 0; i < lw_vdm_rows_n; i++)
		if (lw_vdm_rows[i].type == type)
			return &lw_vdm_rows[i];
	return NULL;
}

const char *lw_vdm_scope_name(enum lw_vdm_scope s)
{
	static const char *const names[] = {"", "media lane", "host lane", "path", "module", "ELS"};

	return (unsigned)s < sizeof(names) / sizeof(names[0]) ? names[s] : "";
}

/* A sample or a threshold in the unit of its type. */
static double number_of(const struct lw_vdm_type *t, uint16_t raw)
{
	double value = raw;

	if (t->kind == LW_KIND_SINT)
		value = (int16_t)raw;
	if (t->kind == LW_KIND_F16)
		value = (double)(raw & 0x7ffu) * pow(10.0, (int)(raw >> 11) - 24);
	return value * t->num / t->den;
}

static enum lw_value_status status_of(const struct lw_view *v, const struct lw_vdm *x)
{
	int64_t module, state = -1;

	if (x->scope == LW_VDM_MODULE || x->scope == LW_VDM_ELS || x->scope == LW_VDM_UNKNOWN)
		return LW_VALUE_OK;
	if (get(v, LW_CMIS_MODULE_STATE, 0, &module) && module != MODULE_READY)
		return LW_VALUE_STALE;
	if (x->scope == LW_VDM_MEDIA_LANE)
		state = lw_media_path_state(v, x->location);
	else if (!get(v, LW_CMIS_DP_STATE_HOST_LANE, x->location, &state))
		state = -1;
	return state >= 0 && (state < DP_ACTIVATED || state > DP_INITIALIZED) ? LW_VALUE_STALE
									      : LW_VALUE_OK;
}

static void read_limits(const struct lw_view *v, const struct group *g, struct lw_vdm *x)
{
	x->has_limits = x->info != NULL;
	for (unsigned i = 0; i < 4; i++) {
		/* threshold sets are banked as the instances are: 16 in each bank */
		int64_t raw;

		x->limit[i] = (double)NAN;
		if (get(v, g->limit[i], x->bank * 16 + x->threshold_set, &raw) && x->info)
			x->limit[i] = number_of(x->info, (uint16_t)raw);
		else
			x->has_limits = false;
	}
}

static void read_flags(const struct lw_view *v, const struct group *g, unsigned lane,
		       struct lw_vdm *x)
{
	for (unsigned i = 0; i < 4; i++) {
		int64_t raised;

		if (!get(v, g->flag[i], lane, &raised)) {
			x->flags = -1;
			return;
		}
		x->flags |= (int)raised << i;
	}
}

static void read_sample(const struct lw_view *v, const struct group *g, unsigned lane,
			struct lw_vdm *x)
{
	int64_t raw;

	x->value = (double)NAN;
	if (!get(v, g->value, lane, &raw)) {
		x->status = LW_VALUE_ABSENT;
		return;
	}
	x->raw = (uint16_t)raw;
	x->status = status_of(v, x);
	if (!x->info)
		return;
	for (unsigned i = 0; i < 2; i++)
		if (x->info->special[i].text && x->info->special[i].raw == x->raw)
			x->special = x->info->special[i].text;
	if (!x->special)
		x->value = number_of(x->info, x->raw);
}

bool lw_vdm_decode(const struct lw_view *v, unsigned bank, unsigned instance, struct lw_vdm *ret)
{
	unsigned group = instance / GROUP_INSTANCES;
	unsigned lane = bank * GROUP_INSTANCES + instance % GROUP_INSTANCES;
	const struct group *g = &groups[group % LW_VDM_GROUPS];
	int64_t type, location, set, most;
	struct lw_vdm x = {.bank = bank, .instance = instance, .group = group};

	if (v->map != LW_MAP_CMIS || instance >= LW_VDM_INSTANCES || bank >= LW_BANKS_MAX)
		return false;
	if (get(v, LW_CMIS_VDM_SUPPORT, 0, &most) && group > (unsigned)most)
		return false;
	if (!get(v, g->type, lane, &type) || !type || !get(v, g->location, lane, &location) ||
	    !get(v, g->set, lane, &set))
		return false;
	x.type = (unsigned)type;
	x.name = lw_code_name(LW_CODES_VDM_TYPE, x.type);
	x.info = lw_vdm_type_find(x.type);
	x.scope = x.info ? (enum lw_vdm_scope)x.info->scope : LW_VDM_UNKNOWN;
	x.location = (unsigned)location;
	if (x.scope != LW_VDM_UNKNOWN && location == LOCATION_MODULE)
		x.scope = LW_VDM_MODULE;
	else if (x.scope == LW_VDM_MEDIA_LANE || x.scope == LW_VDM_HOST_LANE ||
		 x.scope == LW_VDM_PATH)
		x.location += bank * LANES;
	x.threshold_set = (unsigned)set;
	read_sample(v, g, lane, &x);
	read_limits(v, g, &x);
	read_flags(v, g, lane, &x);
	*ret = x;
	return true;
}
