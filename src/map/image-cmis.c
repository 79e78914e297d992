/* SPDX-License-Identifier: Apache-2.0 */
#include "image-make.h"
#include "vdm-made.h"

#include <lanewise/vdm.h>
#include <string.h>

#define BANK_LANES 8
#define APPS_LOWER 8
/* HostInterfaceID that ends the list of applications (CMIS 5.4, 6.2.1.4). */
#define APP_END 0xff

static void put_identity(struct lw_maker *m)
{
	const struct lw_part *p = m->part;

	lw_make_put(m, LW_CMIS_SFF8024_IDENTIFIER, 0, p->identifier);
	lw_make_put(m, LW_CMIS_SFF8024_IDENTIFIER_COPY, 0, p->identifier);
	lw_make_text(m, LW_CMIS_VENDOR_NAME, m->opt->vendor);
	lw_make_text(m, LW_CMIS_VENDOR_PN, m->opt->pn);
	lw_make_text(m, LW_CMIS_VENDOR_REV, "A");
	lw_make_text(m, LW_CMIS_VENDOR_SN, m->opt->sn);
	lw_make_text(m, LW_CMIS_DATE_CODE_YEAR, "25");
	lw_make_text(m, LW_CMIS_DATE_CODE_MONTH, "01");
	lw_make_text(m, LW_CMIS_DATE_CODE_DAY_OF_MONTH, "01");
	lw_make_text(m, LW_CMIS_DATE_CODE_LOT_CODE, NULL);
	lw_make_text(m, LW_CMIS_CLEI_CODE, NULL);
	lw_make_put(m, LW_CMIS_MODULE_POWER_CLASS, 0, lw_make_power_class(p) - 1);
	lw_make_value(m, LW_CMIS_MAX_POWER, p->power_w, LW_MAKE_UP);
	lw_make_put(m, LW_CMIS_CONNECTOR_TYPE, 0, p->connector);
	lw_make_put(m, LW_CMIS_MEDIA_INTERFACE_TECHNOLOGY, 0, p->technology);
	lw_make_put(m, LW_CMIS_MEDIA_TYPE, 0, p->media_type);
}

static void put_app(struct lw_maker *m, unsigned i, const struct lw_part_app *a)
{
	unsigned lane = i % APPS_LOWER;

	if (i < APPS_LOWER) {
		lw_make_put(m, LW_CMIS_HOST_INTERFACE_ID_APP, lane, a->host_id);
		lw_make_put(m, LW_CMIS_MEDIA_INTERFACE_ID_APP, lane, a->media_id);
		lw_make_put(m, LW_CMIS_HOST_LANE_COUNT_APP, lane, a->host_lanes);
		lw_make_put(m, LW_CMIS_MEDIA_LANE_COUNT_APP, lane, a->media_lanes);
		lw_make_put(m, LW_CMIS_HOST_LANE_ASSIGNMENT_OPTIONS_APP, lane, a->host_assign);
	} else {
		lw_make_put(m, LW_CMIS_HOST_INTERFACE_ID_APP_HI, lane, a->host_id);
		lw_make_put(m, LW_CMIS_MEDIA_INTERFACE_ID_APP_HI, lane, a->media_id);
		lw_make_put(m, LW_CMIS_HOST_LANE_COUNT_APP_HI, lane, a->host_lanes);
		lw_make_put(m, LW_CMIS_MEDIA_LANE_COUNT_APP_HI, lane, a->media_lanes);
		lw_make_put(m, LW_CMIS_HOST_LANE_ASSIGNMENT_OPTIONS_APP_HI, lane, a->host_assign);
	}
	if (!m->flat)
		lw_make_put(m, LW_CMIS_MEDIA_LANE_ASSIGNMENT_OPTIONS_APP, i, a->media_assign);
}

/* Media lanes that an application can use. */
static unsigned media_lanes(const struct lw_part *p)
{
	unsigned used = 0;

	for (unsigned i = 0; i < p->app_n; i++)
		for (unsigned first = 0; first < BANK_LANES; first++)
			if (p->app[i].media_assign >> first & 1)
				used |= ((1u << p->app[i].media_lanes) - 1u) << first;
	return used;
}

static void put_apps(struct lw_maker *m)
{
	const struct lw_part *p = m->part;
	unsigned used = media_lanes(p);

	for (unsigned i = 0; i < p->app_n; i++)
		put_app(m, i, &p->app[i]);
	if (p->app_n < APPS_LOWER)
		lw_make_put(m, LW_CMIS_HOST_INTERFACE_ID_APP, p->app_n, APP_END);
	else if (!m->flat && p->app_n < LW_PART_APPS_MAX)
		lw_make_put(m, LW_CMIS_HOST_INTERFACE_ID_APP_HI, p->app_n - APPS_LOWER, APP_END);
	for (unsigned lane = 0; lane < BANK_LANES; lane++)
		lw_make_put(m, LW_CMIS_MEDIA_LANE_UNSUPPORTED, lane, !(used >> lane & 1));
}

static void put_cable(struct lw_maker *m)
{
	static const struct lw_make_loss losses[] = {{LW_CMIS_ATTENUATION_AT_5GHZ, 5000},
						     {LW_CMIS_ATTENUATION_AT_7GHZ, 7000},
						     {LW_CMIS_ATTENUATION_AT_12P9GHZ, 12900},
						     {LW_CMIS_ATTENUATION_AT_25P8GHZ, 25800}};

	if (m->part->receptacles)
		return;
	lw_make_scaled(m, LW_CMIS_CABLE_ASSEMBLY_LINK_LENGTH_BASE_LENGTH, m->length_m);
	lw_make_put(m, LW_CMIS_FAR_END_CONFIGURATION, 0, m->part->far_code);
	lw_make_losses(m, losses, sizeof(losses) / sizeof(losses[0]));
}

/* How far separable optics reach, by fibre; cables say their own length instead. */
static void put_reach(struct lw_maker *m)
{
	static const struct {
		uint16_t id;
		uint8_t grade;
	} om[] = {{LW_CMIS_LENGTH_OM2, LW_OM2},
		  {LW_CMIS_LENGTH_OM3, LW_OM3},
		  {LW_CMIS_LENGTH_OM4, LW_OM4},
		  {LW_CMIS_LENGTH_OM5, LW_OM5}};
	const struct lw_pmd *pmd = m->part->pmd;
	double nm, tolerance;

	if (lw_make_wave(m, &nm, &tolerance)) {
		lw_make_value(m, LW_CMIS_NOMINAL_WAVELENGTH, nm, LW_MAKE_NEAREST);
		lw_make_value(m, LW_CMIS_WAVELENGTH_TOLERANCE, tolerance, LW_MAKE_UP);
	}
	if (!pmd || !m->part->receptacles)
		return;
	lw_make_scaled(m, LW_CMIS_BASE_LENGTH_SMF, pmd->reach_m[LW_OS2]);
	for (unsigned i = 0; i < sizeof(om) / sizeof(om[0]); i++)
		lw_make_value(m, om[i].id, pmd->reach_m[om[i].grade], LW_MAKE_UP);
}

static void put_durations(struct lw_maker *m)
{
	const struct lw_part *p = m->part;

	lw_make_put(m, LW_CMIS_MAX_DURATION_DP_INIT, 0, p->dur_dp_init);
	lw_make_put(m, LW_CMIS_MAX_DURATION_DP_DEINIT, 0, p->dur_dp_deinit);
	lw_make_put(m, LW_CMIS_MAX_DURATION_DP_TX_TURN_ON, 0, p->dur_tx_on);
	lw_make_put(m, LW_CMIS_MAX_DURATION_DP_TX_TURN_OFF, 0, p->dur_tx_off);
	lw_make_put(m, LW_CMIS_MAX_DURATION_MODULE_PWR_UP, 0, p->dur_pwr_up);
	lw_make_put(m, LW_CMIS_MAX_DURATION_MODULE_PWR_DN, 0, p->dur_pwr_dn);
}

static void put_thresholds(struct lw_maker *m)
{
	static const uint16_t ids[5][4] = {
		{LW_CMIS_TEMP_MON_HIGH_ALARM_THRESHOLD, LW_CMIS_TEMP_MON_LOW_ALARM_THRESHOLD,
		 LW_CMIS_TEMP_MON_HIGH_WARNING_THRESHOLD, LW_CMIS_TEMP_MON_LOW_WARNING_THRESHOLD},
		{LW_CMIS_VCC_MON_HIGH_ALARM_THRESHOLD, LW_CMIS_VCC_MON_LOW_ALARM_THRESHOLD,
		 LW_CMIS_VCC_MON_HIGH_WARNING_THRESHOLD, LW_CMIS_VCC_MON_LOW_WARNING_THRESHOLD},
		{LW_CMIS_LASER_BIAS_CURRENT_HIGH_ALARM_THRESHOLD,
		 LW_CMIS_LASER_BIAS_CURRENT_LOW_ALARM_THRESHOLD,
		 LW_CMIS_LASER_BIAS_CURRENT_HIGH_WARNING_THRESHOLD,
		 LW_CMIS_LASER_BIAS_CURRENT_LOW_WARNING_THRESHOLD},
		{LW_CMIS_OPTICAL_POWER_TX_HIGH_ALARM_THRESHOLD,
		 LW_CMIS_OPTICAL_POWER_TX_LOW_ALARM_THRESHOLD,
		 LW_CMIS_OPTICAL_POWER_TX_HIGH_WARNING_THRESHOLD,
		 LW_CMIS_OPTICAL_POWER_TX_LOW_WARNING_THRESHOLD},
		{LW_CMIS_OPTICAL_POWER_RX_HIGH_ALARM_THRESHOLD,
		 LW_CMIS_OPTICAL_POWER_RX_LOW_ALARM_THRESHOLD,
		 LW_CMIS_OPTICAL_POWER_RX_HIGH_WARNING_THRESHOLD,
		 LW_CMIS_OPTICAL_POWER_RX_LOW_WARNING_THRESHOLD},
	};

	lw_make_thresholds(m, ids);
}

/* Every test pattern that has a name of its own. */
static void put_patterns(struct lw_maker *m)
{
	static const uint16_t ids[] = {LW_CMIS_HOST_SIDE_GENERATOR_SUPPORTS_PATTERN,
				       LW_CMIS_MEDIA_SIDE_GENERATOR_SUPPORTS_PATTERN,
				       LW_CMIS_HOST_SIDE_CHECKER_SUPPORTS_PATTERN,
				       LW_CMIS_MEDIA_SIDE_CHECKER_SUPPORTS_PATTERN};

	for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++)
		for (unsigned k = 0; k < m->fields[ids[i]].lanes; k++) {
			const struct lw_code *row = lw_code_find(LW_CODES_PATTERN_ID, k);

			lw_make_put(m, ids[i], k,
				    row && (row->name[0] == 'P' || row->name[0] == 'S'));
		}
}

/* clang-format off */
#define MADE_VDM(g)                                                                                \
	{                                                                                          \
		LW_CMIS_VDM_G##g##_MONITORED_OBJECT_TYPE,                                          \
		LW_CMIS_VDM_G##g##_MONITORED_OBJECT_LOCATION,                                      \
		LW_CMIS_VDM_G##g##_THRESHOLD_SET_INDEX,                                            \
		{LW_CMIS_VDM_G##g##_THRESHOLD_HIGH_ALARM,                                          \
		 LW_CMIS_VDM_G##g##_THRESHOLD_LOW_ALARM,                                           \
		 LW_CMIS_VDM_G##g##_THRESHOLD_HIGH_WARNING,                                        \
		 LW_CMIS_VDM_G##g##_THRESHOLD_LOW_WARNING},                                        \
	}
/* clang-format on */

/* Versatile diagnostics: one instance for each lane or path of every observable. */
static void put_vdm(struct lw_maker *m)
{
	static const struct {
		uint16_t type, location, set, limit[4];
	} ids[] = {MADE_VDM(1), MADE_VDM(2), MADE_VDM(3), MADE_VDM(4)};
	unsigned media = media_lanes(m->part);
	/* Each bank has the instances of its own lanes. */
	uint32_t hosts =
		m->part->form ? (uint32_t)((UINT64_C(1) << m->part->form->lanes) - 1u) : 0xffu;
	unsigned at[VDM_MADE_GROUPS] = {0}, sets[VDM_MADE_GROUPS] = {0};

	for (unsigned g = 0; g < VDM_MADE_GROUPS; g++) {
		lw_make_slot(m, LW_CMIS_SLOT_20H + g);
		lw_make_slot(m, LW_CMIS_SLOT_24H + g);
		lw_make_slot(m, LW_CMIS_SLOT_28H + g);
	}
	lw_make_slot(m, LW_CMIS_SLOT_2CH);
	lw_make_slot(m, LW_CMIS_SLOT_2DH);
	lw_make_slot(m, LW_CMIS_SLOT_2FH);
	lw_make_put(m, LW_CMIS_VDM_SUPPORT, 0, VDM_MADE_GROUPS - 1);
	for (unsigned i = 0; i < VDM_MADE_N; i++) {
		const struct lw_vdm_type *t = lw_vdm_type_find(vdm_made[i].type);
		unsigned g = vdm_made[i].group, set = sets[g]++;

		for (unsigned lane = 0; lane < BANK_LANES; lane++) {
			if (!((t && t->scope == LW_VDM_MEDIA_LANE ? media : hosts) >> lane & 1))
				continue;
			lw_make_put(m, ids[g].type, at[g], vdm_made[i].type);
			lw_make_put(m, ids[g].location, at[g], lane);
			lw_make_put(m, ids[g].set, at[g]++, set);
		}
		for (unsigned k = 0; k < 4; k++)
			lw_make_put(m, ids[g].limit[k], set, vdm_made[i].limit[k]);
	}
}

/* Banks that hold all lanes of the form factor. */
static unsigned banks_of(const struct lw_part *p)
{
	unsigned lanes = p->form ? p->form->lanes : BANK_LANES;

	return (lanes + BANK_LANES - 1) / BANK_LANES;
}

/* Say how many banks there are: the first code that is enough. */
static void put_banks(struct lw_maker *m)
{
	const struct lw_field *f = &m->fields[LW_CMIS_BANKS_SUPPORTED];
	unsigned banks = banks_of(m->part);
	const struct lw_code *row;

	for (unsigned code = 0;
	     (row = lw_code_find((enum lw_code_table)f->codes, code)) && !row->reserved; code++)
		if (row->num >= (int64_t)banks * row->den) {
			lw_make_put(m, f->id, 0, code);
			return;
		}
}

/* Is a banked slot one of lanes? Descriptors and CDB instances have banks of their own. */
static bool by_lanes(unsigned slot)
{
	return slot != LW_CMIS_SLOT_1CH && (slot < LW_CMIS_SLOT_9FH || slot > LW_CMIS_SLOT_AFH);
}

void lw_make_cmis_banks(struct lw_maker *m)
{
	struct lw_image *img = m->img;
	const struct lw_slot *slots;
	size_t n;

	slots = lw_map_slots(LW_MAP_CMIS, &n);
	for (unsigned b = 1; !m->flat && b < banks_of(m->part) && b < LW_BANKS_MAX; b++)
		for (unsigned s = 0; s < n; s++) {
			if (!slots[s].banked || !by_lanes(s) || !img->present[0][s])
				continue;
			img->present[b][s] = 1;
			memcpy(img->slot[b][s], img->slot[0][s], sizeof(img->slot[b][s]));
		}
}

void lw_make_cmis(struct lw_maker *m)
{
	static const uint8_t paged[] = {LW_CMIS_SLOT_01H, LW_CMIS_SLOT_02H, LW_CMIS_SLOT_10H,
					LW_CMIS_SLOT_11H, LW_CMIS_SLOT_13H, LW_CMIS_SLOT_14H,
					LW_CMIS_SLOT_9FH};

	lw_make_slot(m, LW_CMIS_SLOT_L);
	lw_make_slot(m, LW_CMIS_SLOT_00H);
	for (unsigned i = 0; !m->flat && i < sizeof(paged); i++)
		lw_make_slot(m, paged[i]);
	put_identity(m);
	put_apps(m);
	put_cable(m);
	if (m->flat)
		return;
	put_reach(m);
	put_durations(m);
	put_thresholds(m);
	put_patterns(m);
	put_banks(m);
	if (m->light)
		put_vdm(m);
}
