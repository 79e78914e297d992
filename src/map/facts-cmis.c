/* SPDX-License-Identifier: Apache-2.0 */
#include "cmis-rows.h" /* generated: cmis_rows */
#include "facts-internal.h"

/* Descriptors in lower memory; the list goes on in page 01h. */
#define APPS_LOWER 8

/* HostInterfaceID that ends the list of applications (CMIS 5.4, 6.2.1.4). */
#define APP_END 0xff

#define LANES_PER_BANK 8

/* Codes that the decoder acts upon (CMIS 5.4 Tables 8-20, 8-41, 8-47, 8-53). */
enum {
	MEDIA_PASSIVE_COPPER = 3,
	MEDIA_ACTIVE_CABLE = 4,
	TECH_COPPER = 0x0a,
	TECH_COPPER_PASSIVE_EQ = 0x0b,
	TECH_COPPER_LINEAR = 0x0f,
	TECH_COPPER_LINEAR_BOTH = 0x12,
	TECH_COPPER_LINEAR_NEAR = 0x14,
	BANKS_EXTRA = 3,
	BIAS_RESERVED = 3,
};

static const uint16_t limit_ids[LW_Q_N][4] = {
	[LW_Q_TEMPERATURE] = {LW_CMIS_TEMP_MON_HIGH_ALARM_THRESHOLD,
			      LW_CMIS_TEMP_MON_LOW_ALARM_THRESHOLD,
			      LW_CMIS_TEMP_MON_HIGH_WARNING_THRESHOLD,
			      LW_CMIS_TEMP_MON_LOW_WARNING_THRESHOLD},
	[LW_Q_VCC] = {LW_CMIS_VCC_MON_HIGH_ALARM_THRESHOLD, LW_CMIS_VCC_MON_LOW_ALARM_THRESHOLD,
		      LW_CMIS_VCC_MON_HIGH_WARNING_THRESHOLD,
		      LW_CMIS_VCC_MON_LOW_WARNING_THRESHOLD},
	[LW_Q_TX_BIAS] = {LW_CMIS_LASER_BIAS_CURRENT_HIGH_ALARM_THRESHOLD,
			  LW_CMIS_LASER_BIAS_CURRENT_LOW_ALARM_THRESHOLD,
			  LW_CMIS_LASER_BIAS_CURRENT_HIGH_WARNING_THRESHOLD,
			  LW_CMIS_LASER_BIAS_CURRENT_LOW_WARNING_THRESHOLD},
	[LW_Q_TX_POWER] = {LW_CMIS_OPTICAL_POWER_TX_HIGH_ALARM_THRESHOLD,
			   LW_CMIS_OPTICAL_POWER_TX_LOW_ALARM_THRESHOLD,
			   LW_CMIS_OPTICAL_POWER_TX_HIGH_WARNING_THRESHOLD,
			   LW_CMIS_OPTICAL_POWER_TX_LOW_WARNING_THRESHOLD},
	[LW_Q_RX_POWER] = {LW_CMIS_OPTICAL_POWER_RX_HIGH_ALARM_THRESHOLD,
			   LW_CMIS_OPTICAL_POWER_RX_LOW_ALARM_THRESHOLD,
			   LW_CMIS_OPTICAL_POWER_RX_HIGH_WARNING_THRESHOLD,
			   LW_CMIS_OPTICAL_POWER_RX_LOW_WARNING_THRESHOLD},
};

/* Reads of a row by its id, a constant. */

LW_FOLDED int32_t get(const struct lw_reader *r, enum lw_cmis_id id)
{
	return lw_row_read(r, &cmis_rows[id]);
}

LW_FOLDED bool get_bool(const struct lw_reader *r, enum lw_cmis_id id)
{
	int32_t raw = get(r, id);

	return raw != LW_NONE && raw != 0;
}

static bool is_copper(int32_t tech)
{
	return (tech >= TECH_COPPER && tech <= TECH_COPPER_LINEAR) ||
	       (tech >= TECH_COPPER_LINEAR_BOTH && tech <= TECH_COPPER_LINEAR_NEAR);
}

static bool is_passive(int32_t tech)
{
	return tech == TECH_COPPER || tech == TECH_COPPER_PASSIVE_EQ;
}

static void decode_identity(const struct lw_reader *r, struct lw_facts *f)
{
	static const uint16_t ids[5] = {LW_CMIS_VENDOR_NAME, LW_CMIS_VENDOR_OUI, LW_CMIS_VENDOR_PN,
					LW_CMIS_VENDOR_REV, LW_CMIS_VENDOR_SN};
	static const uint16_t dates[4] = {LW_CMIS_DATE_CODE_YEAR, LW_CMIS_DATE_CODE_MONTH,
					  LW_CMIS_DATE_CODE_DAY_OF_MONTH,
					  LW_CMIS_DATE_CODE_LOT_CODE};
	int32_t lower = get(r, LW_CMIS_SFF8024_IDENTIFIER);
	uint8_t unsupported[LANES_PER_BANK];
	int32_t power_class;

	f->identifier_page00 = get(r, LW_CMIS_SFF8024_IDENTIFIER_COPY);
	f->lower_page_valid =
		lower != LW_NONE && lw_map_for_identifier((unsigned)lower) == LW_MAP_CMIS;
	f->identifier = f->lower_page_valid ? lower : f->identifier_page00;
	f->identifier_lower = lower;
	lw_read_identity(r, ids, f);
	lw_read_date(r, dates, 4, f);
	f->bad_text |=
		(uint8_t)((unsigned)lw_read_text(r, LW_CMIS_CLEI_CODE, f->clei) << LW_T_CLEI);
	f->connector = get(r, LW_CMIS_CONNECTOR_TYPE);
	f->media_technology = get(r, LW_CMIS_MEDIA_INTERFACE_TECHNOLOGY);
	if (lw_row_lanes(r, &cmis_rows[LW_CMIS_MEDIA_LANE_UNSUPPORTED], LANES_PER_BANK,
			 unsupported)) {
		f->media_unsupported = 0;
		for (unsigned i = 0; i < LANES_PER_BANK; i++)
			f->media_unsupported |= unsupported[i] << i;
	}
	power_class = get(r, LW_CMIS_MODULE_POWER_CLASS);
	if (power_class != LW_NONE)
		f->power_class = power_class + 1;
	f->max_power_w = lw_read_value(r, LW_CMIS_MAX_POWER);
}

static void decode_lower(const struct lw_reader *r, struct lw_facts *f)
{
	f->cmis_major = (uint8_t)get(r, LW_CMIS_CMIS_REVISION_MAJOR);
	f->cmis_minor = (uint8_t)get(r, LW_CMIS_CMIS_REVISION_MINOR);
	f->flat_memory = get_bool(r, LW_CMIS_MEMORY_MODEL);
	f->module_state = get(r, LW_CMIS_MODULE_STATE);
	f->media_type = get(r, LW_CMIS_MEDIA_TYPE);
	f->fw_major = get(r, LW_CMIS_MODULE_ACTIVE_FIRMWARE_MAJOR_REVISION);
	f->fw_minor = get(r, LW_CMIS_MODULE_ACTIVE_FIRMWARE_MINOR_REVISION);
}

/* Where application descriptors stand: the first in lower memory, the others in page 01h. */
struct app_place {
	unsigned first, n; /* AppSel of the first, descriptors */
	enum lw_cmis_id host_id, media_id, host_lanes, media_lanes, host_assign;
};

LW_FOLDED uint8_t get_part(const uint8_t slot[128], enum lw_cmis_id id, unsigned i)
{
	return (uint8_t)lw_field_load(&cmis_rows[id], slot, i);
}

/* An empty descriptor is no application, and does not end the list. */
static bool is_empty(const struct lw_app *a)
{
	return !(a->host_id | a->media_id | a->host_lanes | a->media_lanes | a->host_assign);
}

/* Decode the descriptors of one place; `inout_ended`: the end of the list was seen. */
LW_FOLDED void decode_descriptors(const struct lw_reader *r, const struct app_place *at,
				  bool *inout_ended, struct lw_facts *f)
{
	const uint8_t *slot = lw_row_slot(r, &cmis_rows[at->host_id]);
	const uint8_t *media = r->v->slot[0][LW_CMIS_SLOT_01H];

	for (unsigned i = 0; slot && i < at->n; i++) {
		struct lw_app app = {
			.apsel = (uint8_t)(at->first + i),
			.host_id = get_part(slot, at->host_id, i),
			.media_id = get_part(slot, at->media_id, i),
			.host_lanes = get_part(slot, at->host_lanes, i),
			.media_lanes = get_part(slot, at->media_lanes, i),
			.host_assign = get_part(slot, at->host_assign, i),
			.media_assign = -1,
			.after_gap = *inout_ended,
		};

		if (app.host_id == APP_END) {
			*inout_ended = true;
			continue;
		}
		if (is_empty(&app))
			continue;
		if (media)
			app.media_assign =
				get_part(media, LW_CMIS_MEDIA_LANE_ASSIGNMENT_OPTIONS_APP,
					 at->first + i - 1);
		f->app[f->app_n++] = app;
	}
}

static void decode_apps(const struct lw_reader *r, struct lw_facts *f)
{
	static const struct app_place lower = {
		.first = 1,
		.n = APPS_LOWER,
		.host_id = LW_CMIS_HOST_INTERFACE_ID_APP,
		.media_id = LW_CMIS_MEDIA_INTERFACE_ID_APP,
		.host_lanes = LW_CMIS_HOST_LANE_COUNT_APP,
		.media_lanes = LW_CMIS_MEDIA_LANE_COUNT_APP,
		.host_assign = LW_CMIS_HOST_LANE_ASSIGNMENT_OPTIONS_APP,
	};
	static const struct app_place upper = {
		.first = APPS_LOWER + 1,
		.n = LW_APPS_MAX - APPS_LOWER,
		.host_id = LW_CMIS_HOST_INTERFACE_ID_APP_HI,
		.media_id = LW_CMIS_MEDIA_INTERFACE_ID_APP_HI,
		.host_lanes = LW_CMIS_HOST_LANE_COUNT_APP_HI,
		.media_lanes = LW_CMIS_MEDIA_LANE_COUNT_APP_HI,
		.host_assign = LW_CMIS_HOST_LANE_ASSIGNMENT_OPTIONS_APP_HI,
	};
	bool ended = false;

	decode_descriptors(r, &lower, &ended, f);
	decode_descriptors(r, &upper, &ended, f);
}

static void decode_lengths(const struct lw_reader *r, struct lw_facts *f)
{
	int32_t multiplier = get(r, LW_CMIS_LENGTH_MULTIPLIER_SMF);

	f->has_lengths = multiplier != LW_NONE;
	/* Code 3 names a second multiplier, reserved before CMIS 5.4 but used by older modules. */
	f->length_smf_m = lw_read_stated(r, multiplier == 3 ? LW_CMIS_BASE_LENGTH_SMF_EXT
							    : LW_CMIS_BASE_LENGTH_SMF);
	f->length_om_m[LW_OM5] = lw_read_stated(r, LW_CMIS_LENGTH_OM5);
	f->length_om_m[LW_OM4] = lw_read_stated(r, LW_CMIS_LENGTH_OM4);
	f->length_om_m[LW_OM3] = lw_read_stated(r, LW_CMIS_LENGTH_OM3);
	f->length_om_m[LW_OM2] = lw_read_stated(r, LW_CMIS_LENGTH_OM2);
}

static void decode_media(const struct lw_reader *r, struct lw_facts *f)
{
	static const uint16_t attenuation[LW_ATTENUATIONS] = {
		[1] = LW_CMIS_ATTENUATION_AT_5GHZ,    [2] = LW_CMIS_ATTENUATION_AT_7GHZ,
		[3] = LW_CMIS_ATTENUATION_AT_12P9GHZ, [4] = LW_CMIS_ATTENUATION_AT_25P8GHZ,
		[5] = LW_CMIS_ATTENUATION_AT_53P1GHZ,
	};
	bool copper = is_copper(f->media_technology) || f->media_type == MEDIA_PASSIVE_COPPER;

	f->cable_length_m = lw_read_stated(r, LW_CMIS_CABLE_ASSEMBLY_LINK_LENGTH_BASE_LENGTH);
	decode_lengths(r, f);
	if (copper) {
		/* 53.1 GHz came with CMIS 5.3; the byte was reserved before. */
		bool has_53g = f->cmis_major > 5 || (f->cmis_major == 5 && f->cmis_minor >= 3);

		f->has_attenuation = true;
		for (unsigned i = 1; i < (has_53g ? LW_ATTENUATIONS : LW_ATTENUATIONS - 1u); i++)
			f->attenuation_db[i] = lw_read(r, attenuation[i]);
	} else {
		f->wavelength_nm = lw_read_stated(r, LW_CMIS_NOMINAL_WAVELENGTH);
		f->wavelength_tolerance_nm = lw_read_value(r, LW_CMIS_WAVELENGTH_TOLERANCE);
	}
	if (f->media_type == MEDIA_PASSIVE_COPPER || is_passive(f->media_technology))
		f->cable = "passive copper";
	else if (copper)
		f->cable = "active copper";
	else if (f->media_type == MEDIA_ACTIVE_CABLE)
		f->cable = "active optical";
	if (r->v->slot[0][LW_CMIS_SLOT_01H]) {
		f->cdr_tx = get_bool(r, LW_CMIS_TX_CDR_SUPPORTED);
		f->cdr_rx = get_bool(r, LW_CMIS_RX_CDR_SUPPORTED);
		f->tunable = get_bool(r, LW_CMIS_TRANSMITTER_IS_TUNABLE);
		f->rx_power_type =
			get_bool(r, LW_CMIS_RX_POWER_MEASUREMENT_TYPE) ? "average" : "OMA";
	}
}

static void decode_durations(const struct lw_reader *r, struct lw_facts *f)
{
	f->dur_dp_init = get(r, LW_CMIS_MAX_DURATION_DP_INIT);
	f->dur_dp_deinit = get(r, LW_CMIS_MAX_DURATION_DP_DEINIT);
	f->dur_pwr_up = get(r, LW_CMIS_MAX_DURATION_MODULE_PWR_UP);
	f->dur_pwr_dn = get(r, LW_CMIS_MAX_DURATION_MODULE_PWR_DN);
	f->dur_tx_on = get(r, LW_CMIS_MAX_DURATION_DP_TX_TURN_ON);
	f->dur_tx_off = get(r, LW_CMIS_MAX_DURATION_DP_TX_TURN_OFF);
}

static void decode_banks(const struct lw_reader *r, struct lw_facts *f)
{
	int32_t banks = get(r, LW_CMIS_BANKS_SUPPORTED);

	if (banks >= 0)
		f->banks = banks < BANKS_EXTRA ? 1 << banks
					       : get(r, LW_CMIS_EXTRA_LANE_BANKS_SUPPORTED) + 1;
	for (unsigned b = 0; b < LW_BANKS_MAX && r->v->slot[b][LW_CMIS_SLOT_11H]; b++)
		f->lane_n += LANES_PER_BANK;
	f->has_dp = f->lane_n > 0;
	lw_row_lanes(r, &cmis_rows[LW_CMIS_DP_STATE_HOST_LANE], f->lane_n, f->dp_state);
	lw_row_lanes(r, &cmis_rows[LW_CMIS_CONFIG_STATUS_LANE], f->lane_n, f->config_status);
	lw_row_lanes(r, &cmis_rows[LW_CMIS_ACS_APP_SEL_CODE_LANE], f->lane_n, f->active_apsel);
	lw_row_lanes(r, &cmis_rows[LW_CMIS_ACS_DPIDX_LANE], f->lane_n, f->active_dpidx);
}

/* What the module says it monitors; without page 01h nothing is known and all is read. */
static void decode_advertised(const struct lw_reader *r, struct lw_facts *f, bool ret_read[LW_Q_N])
{
	static const uint16_t ids[LW_Q_N] = {
		[LW_Q_TEMPERATURE] = LW_CMIS_TEMP_MON_SUPPORTED,
		[LW_Q_VCC] = LW_CMIS_VCC_MON_SUPPORTED,
		[LW_Q_TX_BIAS] = LW_CMIS_TX_BIAS_MON_SUPPORTED,
		[LW_Q_TX_POWER] = LW_CMIS_TX_OPTICAL_POWER_MON_SUPPORTED,
		[LW_Q_RX_POWER] = LW_CMIS_RX_OPTICAL_POWER_MON_SUPPORTED,
	};

	f->has_monitors = r->v->slot[0][LW_CMIS_SLOT_01H] != NULL;
	for (unsigned q = 0; q < LW_Q_N; q++) {
		f->monitor[q] = lw_read_bool(r, ids[q]);
		ret_read[q] = f->monitor[q] || !f->has_monitors;
	}
	if (f->has_monitors)
		f->tx_power_supported = f->monitor[LW_Q_TX_POWER];
}

/* The factor on the unit of bias current: 1, 2, 4; 0 for the reserved code. */
static int32_t bias_factor(const struct lw_reader *r)
{
	int32_t code = get(r, LW_CMIS_TX_BIAS_CURRENT_SCALING_FACTOR);

	/* Without page 01h the plain unit holds. */
	return code == LW_NONE ? 1 : code < BIAS_RESERVED ? 1 << code : 0;
}

static void decode_lanes(const struct lw_reader *r, const bool read[LW_Q_N], int32_t bias,
			 struct lw_facts *f)
{
	double v[LW_LANES_MAX];

	f->has_lanes = f->lane_n > 0;
	if (read[LW_Q_RX_POWER]) {
		lw_row_values(r, &cmis_rows[LW_CMIS_OPTICAL_POWER_RX], f->lane_n, 1, v);
		for (unsigned i = 0; i < f->lane_n; i++)
			f->lane[i].rx_power_mw = v[i];
	}
	if (read[LW_Q_TX_POWER]) {
		lw_row_values(r, &cmis_rows[LW_CMIS_OPTICAL_POWER_TX], f->lane_n, 1, v);
		for (unsigned i = 0; i < f->lane_n; i++)
			f->lane[i].tx_power_mw = v[i];
	}
	if (read[LW_Q_TX_BIAS] && bias) {
		lw_row_values(r, &cmis_rows[LW_CMIS_LASER_BIAS_TX], f->lane_n, bias, v);
		for (unsigned i = 0; i < f->lane_n; i++)
			f->lane[i].tx_bias_ma = v[i];
	}
}

static void decode_monitors(const struct lw_reader *r, struct lw_facts *f)
{
	int32_t bias = bias_factor(r);
	bool read[LW_Q_N];

	decode_advertised(r, f, read);
	if (f->has_monitors && bias)
		f->tx_bias_multiplier = bias;
	if (read[LW_Q_TEMPERATURE])
		f->temperature_c = lw_read_value(r, LW_CMIS_TEMP_MON_VALUE);
	if (read[LW_Q_VCC])
		f->vcc_v = lw_read_value(r, LW_CMIS_VCC_MON_VOLTAGE);
	decode_lanes(r, read, bias, f);
	for (unsigned q = 0; q < LW_Q_N; q++) {
		int32_t factor = q != LW_Q_TX_BIAS ? 1 : f->has_monitors ? bias : 0;

		lw_read_limits(r, limit_ids[q], factor, &f->limits[q]);
		/* Zeros for a monitor that is not there state nothing. */
		if (!read[q] && !lw_limits_any(&f->limits[q]))
			f->limits[q].stated = false;
	}
}

void lw_facts_cmis(const struct lw_reader *r, struct lw_facts *f)
{
	decode_identity(r, f);
	if (f->lower_page_valid) {
		decode_lower(r, f);
		decode_apps(r, f);
	}
	decode_media(r, f);
	decode_durations(r, f);
	/* Flat memories have no monitors: what stands in their registers is fill. */
	if (f->lower_page_valid && !f->flat_memory) {
		decode_banks(r, f);
		decode_monitors(r, f);
		lw_read_flags(r, LW_CMIS_ABNORMAL_FW_INDICATION_FLAG,
			      LW_CMIS_MODULE_FIRMWARE_ERROR_FLAG, f);
		lw_read_flags(r, LW_CMIS_VCC_MON_LOW_WARNING_FLAG, LW_CMIS_AUX3_MON_HIGH_ALARM_FLAG,
			      f);
		lw_read_flags(r, LW_CMIS_FAILURE_FLAG_TX, LW_CMIS_OPTICAL_POWER_LOW_WARNING_FLAG_RX,
			      f);
	}
	lw_read_checksum(r, "page_00h", LW_CMIS_PAGE_CHECKSUM_00H, f);
	lw_read_checksum(r, "page_01h", LW_CMIS_PAGE_CHECKSUM_01H, f);
	lw_read_checksum(r, "page_02h", LW_CMIS_PAGE_CHECKSUM_02H, f);
}
