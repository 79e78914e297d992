/* SPDX-License-Identifier: Apache-2.0 */
#include "facts-internal.h"

#include <string.h>

/* Codes that the decoder acts upon (SFF-8472 12.4.3 Table 8-8; SFF-8024 4.13 Table 4-3). */
enum {
	REVISION_12_4 = 9,
	CONNECTOR_COPPER_PIGTAIL = 0x21,
	CONNECTOR_RJ45 = 0x22,
};

static const uint16_t limit_ids[LW_Q_N][4] = {
	[LW_Q_TEMPERATURE] = {LW_SFF8472_TEMP_HIGH_ALARM, LW_SFF8472_TEMP_LOW_ALARM,
			      LW_SFF8472_TEMP_HIGH_WARNING, LW_SFF8472_TEMP_LOW_WARNING},
	[LW_Q_VCC] = {LW_SFF8472_VCC_HIGH_ALARM, LW_SFF8472_VCC_LOW_ALARM,
		      LW_SFF8472_VCC_HIGH_WARNING, LW_SFF8472_VCC_LOW_WARNING},
	[LW_Q_TX_BIAS] = {LW_SFF8472_TX_BIAS_HIGH_ALARM, LW_SFF8472_TX_BIAS_LOW_ALARM,
			  LW_SFF8472_TX_BIAS_HIGH_WARNING, LW_SFF8472_TX_BIAS_LOW_WARNING},
	[LW_Q_TX_POWER] = {LW_SFF8472_TX_POWER_HIGH_ALARM, LW_SFF8472_TX_POWER_LOW_ALARM,
			   LW_SFF8472_TX_POWER_HIGH_WARNING, LW_SFF8472_TX_POWER_LOW_WARNING},
	[LW_Q_RX_POWER] = {LW_SFF8472_RX_POWER_HIGH_ALARM, LW_SFF8472_RX_POWER_LOW_ALARM,
			   LW_SFF8472_RX_POWER_HIGH_WARNING, LW_SFF8472_RX_POWER_LOW_WARNING},
};

/*
 * What turns a reading into the quantity (SFF-8472 12.4.3, 9.3). With external calibration it is
 * slope * reading + offset, and for received power a polynomial of fourth order in the plain
 * register number; thresholds are calibrated as the readings are (9.4).
 */
struct calibration {
	bool external;
	double slope[LW_Q_N], offset[LW_Q_N];
	double rx_power[5]; /* c0 .. c4 */
};

static void read_calibration(const struct lw_reader *r, struct calibration *c)
{
	static const uint16_t slope[] = {
		[LW_Q_TEMPERATURE] = LW_SFF8472_CAL_TEMP_SLOPE,
		[LW_Q_VCC] = LW_SFF8472_CAL_VCC_SLOPE,
		[LW_Q_TX_BIAS] = LW_SFF8472_CAL_TX_BIAS_SLOPE,
		[LW_Q_TX_POWER] = LW_SFF8472_CAL_TX_POWER_SLOPE,
	};
	static const uint16_t offset[] = {
		[LW_Q_TEMPERATURE] = LW_SFF8472_CAL_TEMP_OFFSET,
		[LW_Q_VCC] = LW_SFF8472_CAL_VCC_OFFSET,
		[LW_Q_TX_BIAS] = LW_SFF8472_CAL_TX_BIAS_OFFSET,
		[LW_Q_TX_POWER] = LW_SFF8472_CAL_TX_POWER_OFFSET,
	};
	static const uint16_t rx_power[] = {
		LW_SFF8472_CAL_RX_POWER_0, LW_SFF8472_CAL_RX_POWER_1, LW_SFF8472_CAL_RX_POWER_2,
		LW_SFF8472_CAL_RX_POWER_3, LW_SFF8472_CAL_RX_POWER_4,
	};

	c->external = lw_read_bool(r, LW_SFF8472_EXTERNALLY_CALIBRATED);
	if (!c->external)
		return;
	for (unsigned q = 0; q < LW_Q_RX_POWER; q++) {
		c->slope[q] = lw_read_value(r, slope[q]);
		c->offset[q] = lw_read_value(r, offset[q]);
	}
	for (unsigned i = 0; i < 5; i++)
		c->rx_power[i] = lw_read_value(r, rx_power[i]);
}

/* Read field `id`, which holds quantity `q`, calibrated. */
static double read_calibrated(const struct lw_reader *r, const struct calibration *c, unsigned q,
			      uint16_t id)
{
	const struct lw_field *f = &r->fields[id];
	double raw, sum = 0;

	if (!c->external)
		return lw_read_value(r, id);
	if (q != LW_Q_RX_POWER)
		return c->slope[q] * lw_read_value(r, id) + c->offset[q];
	raw = lw_read(r, id);
	for (unsigned i = 5; i-- > 0;)
		sum = sum * raw + c->rx_power[i];
	/* The curve may pass below 0 in the dark: there is no such power. */
	return sum < 0 ? 0 : sum * f->num / f->den;
}

static void decode_identity(const struct lw_reader *r, struct lw_facts *f)
{
	static const uint16_t ids[5] = {LW_SFF8472_VENDOR_NAME, LW_SFF8472_VENDOR_OUI,
					LW_SFF8472_VENDOR_PN, LW_SFF8472_VENDOR_REV,
					LW_SFF8472_VENDOR_SN};
	static const uint16_t date[1] = {LW_SFF8472_DATE_CODE};
	const uint8_t *codes = lw_field_bytes(&r->fields[LW_SFF8472_TRANSCEIVER_CODES], 0, r->v);

	f->identifier = lw_read(r, LW_SFF8472_IDENTIFIER);
	lw_read_identity(r, ids, f);
	lw_read_date(r, date, 1, f);
	f->ext_identifier = lw_read(r, LW_SFF8472_EXT_IDENTIFIER);
	f->connector = lw_read(r, LW_SFF8472_CONNECTOR);
	f->encoding = lw_read(r, LW_SFF8472_ENCODING);
	f->revision_compliance = lw_read(r, LW_SFF8472_COMPLIANCE_REVISION);
	f->extended_compliance = lw_read(r, LW_SFF8472_EXT_COMPLIANCE);
	f->tunable = lw_read(r, LW_SFF8472_TUNABLE);
	f->nominal_bitrate_mbd =
		lw_read_rate(r, LW_SFF8472_NOMINAL_BITRATE, LW_SFF8472_NOMINAL_BITRATE_EXT);
	f->has_transceiver_codes = codes != NULL;
	if (codes)
		memcpy(f->transceiver_codes, codes, sizeof(f->transceiver_codes));
}

static void decode_power(const struct lw_reader *r, struct lw_facts *f)
{
	bool level_3 = lw_read_bool(r, LW_SFF8472_POWER_LEVEL_3);

	if (f->identifier == LW_NONE)
		return;
	if (level_3 && lw_read_bool(r, LW_SFF8472_POWER_LEVEL_4)) {
		/* The watts share their byte with a calibration constant. */
		f->power_class = 4;
		if (!lw_read_bool(r, LW_SFF8472_EXTERNALLY_CALIBRATED))
			f->max_power_w = lw_read_stated(r, LW_SFF8472_MAX_POWER);
		return;
	}
	f->power_class = level_3 ? 3 : lw_read_bool(r, LW_SFF8472_POWER_LEVEL_2) ? 2 : 1;
	f->max_power_w = lw_class_watts("SFP", f->power_class);
}

/* Bytes 14-19 and 60-61 mean other things for a cable assembly (byte 8). */
static void decode_cable(const struct lw_reader *r, struct lw_facts *f, bool passive)
{
	bool is_12_4 = f->revision_compliance >= REVISION_12_4;
	double fine = (double)NAN;

	f->cable = passive ? "passive copper" : "active";
	f->cable_compliance = lw_read(r, passive ? LW_SFF8472_CABLE_COMPLIANCE_PASSIVE
						 : LW_SFF8472_CABLE_COMPLIANCE_ACTIVE);
	f->cable_length_m = lw_read_stated(r, LW_SFF8472_LENGTH_COPPER);
	if (is_12_4)
		fine = lw_read_stated(r, LW_SFF8472_CABLE_LENGTH_BASE);
	else
		f->length_om_m[LW_OM3] = lw_read_stated(r, LW_SFF8472_LENGTH_OM3);
	if (!isnan(fine))
		f->cable_length_m = fine;
	if (is_12_4 && passive) {
		f->has_attenuation = true;
		f->attenuation_db[3] = lw_read(r, LW_SFF8472_ATTENUATION_12P9G);
		f->attenuation_db[LW_AT_25G8] = lw_read(r, LW_SFF8472_ATTENUATION_25P78G);
	}
}

/* Two fields give the length over single-mode fibre: km, and a finer one that ends at 25.4 km. */
static double smf_length(const struct lw_reader *r)
{
	double km = lw_read_stated(r, LW_SFF8472_LENGTH_SMF_KM);
	double fine = lw_read_stated(r, LW_SFF8472_LENGTH_SMF_100M);
	bool fine_full = lw_read(r, LW_SFF8472_LENGTH_SMF_100M) == 0xff;

	if (isnan(km))
		return fine;
	/* A fine length that contradicts the km is not believed. */
	return isnan(fine) || fine_full || fabs(fine - km) >= 1000 ? km : fine;
}

/* Copper that is no cable assembly by byte 8: BASE-T, and pigtails older than that byte. */
static bool is_copper_link(const struct lw_reader *r, const struct lw_facts *f)
{
	return lw_read_bool(r, LW_SFF8472_ETH_1000BASE_T) ||
	       lw_read_bool(r, LW_SFF8472_ETH_1000BASE_CX) || f->connector == CONNECTOR_RJ45 ||
	       f->connector == CONNECTOR_COPPER_PIGTAIL;
}

static void decode_media(const struct lw_reader *r, struct lw_facts *f)
{
	bool passive = lw_read_bool(r, LW_SFF8472_CABLE_PASSIVE);

	if (f->identifier == LW_NONE)
		return;
	f->has_lengths = true;
	f->length_om_m[LW_OM2] = lw_read_stated(r, LW_SFF8472_LENGTH_OM2);
	f->length_om_m[LW_OM1] = lw_read_stated(r, LW_SFF8472_LENGTH_OM1);
	if (passive || lw_read_bool(r, LW_SFF8472_CABLE_ACTIVE)) {
		decode_cable(r, f, passive);
		return;
	}
	f->length_smf_m = smf_length(r);
	f->length_om_m[LW_OM3] = lw_read_stated(r, LW_SFF8472_LENGTH_OM3);
	if (is_copper_link(r, f)) {
		f->length_copper_m = lw_read_stated(r, LW_SFF8472_LENGTH_COPPER);
		return;
	}
	f->length_om_m[LW_OM4] = lw_read_stated(r, LW_SFF8472_LENGTH_OM4_OR_COPPER);
	f->wavelength_nm = lw_read_stated(r, LW_SFF8472_WAVELENGTH);
}

/*
 * Nothing advertises the monitors of laser temperature and TEC current; without thresholds there
 * are none, and modules leave ones in their flags (A2h 113 and 117).
 */
static bool has_laser_limits(const struct lw_reader *r)
{
	for (unsigned id = LW_SFF8472_LASER_TEMP_HIGH_ALARM;
	     id <= LW_SFF8472_TEC_CURRENT_LOW_WARNING; id++) {
		int32_t limit = lw_read(r, (uint16_t)id);

		if (limit != 0 && limit != LW_NONE)
			return true;
	}
	return false;
}

static void decode_monitors(const struct lw_reader *r, struct lw_facts *f)
{
	struct calibration c = {0};
	bool laser;

	f->calibration = lw_read_bool(r, LW_SFF8472_EXTERNALLY_CALIBRATED)   ? "external"
			 : lw_read_bool(r, LW_SFF8472_INTERNALLY_CALIBRATED) ? "internal"
									     : NULL;
	f->rx_power_type = lw_read_bool(r, LW_SFF8472_RX_POWER_TYPE) ? "average" : "OMA";
	if (!r->v->slot[0][LW_SFF8472_SLOT_A2])
		return;
	read_calibration(r, &c);
	for (unsigned q = 0; q < LW_Q_N; q++) {
		struct lw_limits *l = &f->limits[q];

		l->stated = true;
		l->high_alarm = read_calibrated(r, &c, q, limit_ids[q][0]);
		l->low_alarm = read_calibrated(r, &c, q, limit_ids[q][1]);
		l->high_warning = read_calibrated(r, &c, q, limit_ids[q][2]);
		l->low_warning = read_calibrated(r, &c, q, limit_ids[q][3]);
	}
	/* No module runs at 0 V: nothing was read into these registers. */
	if (lw_read(r, LW_SFF8472_VCC) == 0 && lw_read(r, LW_SFF8472_TEMPERATURE) == 0)
		return;
	f->temperature_c = read_calibrated(r, &c, LW_Q_TEMPERATURE, LW_SFF8472_TEMPERATURE);
	f->vcc_v = read_calibrated(r, &c, LW_Q_VCC, LW_SFF8472_VCC);
	f->has_lanes = true;
	f->lane_n = 1;
	f->lane[0].rx_power_mw = read_calibrated(r, &c, LW_Q_RX_POWER, LW_SFF8472_RX_POWER);
	f->lane[0].tx_bias_ma = read_calibrated(r, &c, LW_Q_TX_BIAS, LW_SFF8472_TX_BIAS);
	f->lane[0].tx_power_mw = read_calibrated(r, &c, LW_Q_TX_POWER, LW_SFF8472_TX_POWER);
	lw_read_flags(r, LW_SFF8472_TX_FAULT_STATE, LW_SFF8472_RX_LOS_STATE, f);
	laser = has_laser_limits(r);
	lw_read_flags(r, LW_SFF8472_TEMP_HIGH_ALARM_FLAG,
		      laser ? LW_SFF8472_TEC_CURRENT_LOW_ALARM_FLAG
			    : LW_SFF8472_LASER_TEMP_HIGH_ALARM_FLAG - 1,
		      f);
	lw_read_flags(r, LW_SFF8472_TEMP_HIGH_WARNING_FLAG,
		      laser ? LW_SFF8472_TEC_CURRENT_LOW_WARNING_FLAG
			    : LW_SFF8472_LASER_TEMP_HIGH_WARNING_FLAG - 1,
		      f);
}

void lw_facts_sff8472(const struct lw_reader *r, struct lw_facts *f)
{
	f->lower_page_valid = lw_read(r, LW_SFF8472_IDENTIFIER) != LW_NONE;
	decode_identity(r, f);
	decode_power(r, f);
	decode_media(r, f);
	f->ddm_implemented = lw_read(r, LW_SFF8472_DDM_IMPLEMENTED);
	if (f->ddm_implemented == 1)
		decode_monitors(r, f);
	lw_read_checksum(r, "cc_base", LW_SFF8472_CC_BASE, f);
	lw_read_checksum(r, "cc_ext", LW_SFF8472_CC_EXT, f);
	lw_read_checksum(r, "cc_dmi", LW_SFF8472_CC_DMI, f);
}
