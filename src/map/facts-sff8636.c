/* SPDX-License-Identifier: Apache-2.0 */
#include "facts-internal.h"

#include <string.h>

#define LANES 4

/* Codes that the decoder acts upon (SFF-8636 2.11 Tables 6-4, 6-20; SFF-8024 4.13 Table 4-3). */
enum {
	REVISION_2_8 = 0x08,
	TECH_VCSEL_850 = 0x0,
	TECH_COPPER = 0xa,
	TECH_COPPER_PASSIVE_EQ = 0xb,
	CONNECTOR_OPTICAL_PIGTAIL = 0x0b,
	CONNECTOR_NOT_SEPARABLE = 0x23,
	CLASS_4 = 4,
	CLASS_8 = 8,
};

static const uint16_t limit_ids[LW_Q_N][4] = {
	[LW_Q_TEMPERATURE] = {LW_SFF8636_TEMP_HIGH_ALARM, LW_SFF8636_TEMP_LOW_ALARM,
			      LW_SFF8636_TEMP_HIGH_WARNING, LW_SFF8636_TEMP_LOW_WARNING},
	[LW_Q_VCC] = {LW_SFF8636_VCC_HIGH_ALARM, LW_SFF8636_VCC_LOW_ALARM,
		      LW_SFF8636_VCC_HIGH_WARNING, LW_SFF8636_VCC_LOW_WARNING},
	[LW_Q_TX_BIAS] = {LW_SFF8636_TX_BIAS_HIGH_ALARM, LW_SFF8636_TX_BIAS_LOW_ALARM,
			  LW_SFF8636_TX_BIAS_HIGH_WARNING, LW_SFF8636_TX_BIAS_LOW_WARNING},
	[LW_Q_TX_POWER] = {LW_SFF8636_TX_POWER_HIGH_ALARM, LW_SFF8636_TX_POWER_LOW_ALARM,
			   LW_SFF8636_TX_POWER_HIGH_WARNING, LW_SFF8636_TX_POWER_LOW_WARNING},
	[LW_Q_RX_POWER] = {LW_SFF8636_RX_POWER_HIGH_ALARM, LW_SFF8636_RX_POWER_LOW_ALARM,
			   LW_SFF8636_RX_POWER_HIGH_WARNING, LW_SFF8636_RX_POWER_LOW_WARNING},
};

static bool is_copper(const struct lw_facts *f)
{
	return f->device_technology >= TECH_COPPER;
}

static bool is_passive(const struct lw_facts *f)
{
	return f->device_technology == TECH_COPPER ||
	       f->device_technology == TECH_COPPER_PASSIVE_EQ;
}

static bool is_fixed(const struct lw_facts *f)
{
	return f->connector == CONNECTOR_NOT_SEPARABLE || f->connector == CONNECTOR_OPTICAL_PIGTAIL;
}

static void decode_identity(const struct lw_reader *r, struct lw_facts *f)
{
	static const uint16_t ids[5] = {LW_SFF8636_VENDOR_NAME, LW_SFF8636_VENDOR_OUI,
					LW_SFF8636_VENDOR_PN, LW_SFF8636_VENDOR_REV,
					LW_SFF8636_VENDOR_SN};
	static const uint16_t date[1] = {LW_SFF8636_DATE_CODE};
	int32_t lower = lw_read(r, LW_SFF8636_IDENTIFIER);
	const uint8_t *ext;

	f->identifier_lower = lower;
	f->identifier_page00 = lw_read(r, LW_SFF8636_IDENTIFIER_00H);
	f->lower_page_valid =
		lower != LW_NONE && lw_map_for_identifier((unsigned)lower) == LW_MAP_SFF8636;
	f->identifier = f->lower_page_valid ? lower : f->identifier_page00;
	f->revision_compliance = lw_read(r, LW_SFF8636_REVISION_COMPLIANCE);
	f->flat_memory = lw_read_bool(r, LW_SFF8636_FLAT_MEM);
	lw_read_identity(r, ids, f);
	lw_read_date(r, date, 1, f);
	if (lw_read_bool(r, LW_SFF8636_CLEI_PRESENT))
		f->bad_text |= (uint8_t)((unsigned)lw_read_text(r, LW_SFF8636_CLEI_CODE, f->clei)
					 << LW_T_CLEI);
	/* The byte that holds the power class is, as a whole, the extended identifier. */
	ext = lw_field_bytes(&r->fields[LW_SFF8636_POWER_CLASS_1_4], 0, r->v);
	f->ext_identifier = ext ? *ext : LW_NONE;
	f->connector = lw_read(r, LW_SFF8636_CONNECTOR);
	f->encoding = lw_read(r, LW_SFF8636_ENCODING);
	f->device_technology = lw_read(r, LW_SFF8636_DEVICE_TECHNOLOGY);
	f->extended_compliance = lw_read(r, LW_SFF8636_EXT_COMPLIANCE);
	f->tunable = lw_read(r, LW_SFF8636_TUNABLE);
	f->cdr_tx = lw_read(r, LW_SFF8636_CDR_TX_PRESENT);
	f->cdr_rx = lw_read(r, LW_SFF8636_CDR_RX_PRESENT);
	f->nominal_bitrate_mbd =
		lw_read_rate(r, LW_SFF8636_NOMINAL_BITRATE, LW_SFF8636_NOMINAL_BITRATE_EXT);
}

static void decode_codes(const struct lw_reader *r, struct lw_facts *f)
{
	const uint8_t *codes = lw_field_bytes(&r->fields[LW_SFF8636_TRANSCEIVER_CODES], 0, r->v);

	f->has_transceiver_codes = codes != NULL;
	if (codes)
		memcpy(f->transceiver_codes, codes, sizeof(f->transceiver_codes));
}

/*
 * Class 8 came with revision 2.10, whose code is 08h; older modules that set the bit are of the
 * class their other bits name, and so is one that sets it and states no watts.
 */
static void decode_power(const struct lw_reader *r, struct lw_facts *f)
{
	int32_t low = lw_read(r, LW_SFF8636_POWER_CLASS_1_4);
	int32_t high = lw_read(r, LW_SFF8636_POWER_CLASS_5_7);
	double watts = lw_read_stated(r, LW_SFF8636_MAX_POWER_W_CLASS8);

	if (low == LW_NONE)
		return;
	f->power_class = low + 1;
	if (f->power_class == CLASS_4)
		f->power_class += high;
	if (lw_read_bool(r, LW_SFF8636_POWER_CLASS_8)) {
		if (f->lower_page_valid && f->revision_compliance >= REVISION_2_8 &&
		    !isnan(watts)) {
			f->power_class = CLASS_8;
			f->max_power_w = watts;
			return;
		}
		f->class_8_refused = true;
	}
	f->max_power_w = lw_class_watts("QSFP+", f->power_class);
}

static void decode_copper(const struct lw_reader *r, struct lw_facts *f)
{
	f->has_attenuation = true;
	f->attenuation_db[0] = lw_read(r, LW_SFF8636_ATTENUATION_2P5G);
	f->attenuation_db[1] = lw_read(r, LW_SFF8636_ATTENUATION_5G);
	f->attenuation_db[2] = lw_read(r, LW_SFF8636_ATTENUATION_7G);
	f->attenuation_db[3] = lw_read(r, LW_SFF8636_ATTENUATION_12P9G);
	f->attenuation_db[LW_AT_25G8] = lw_read(r, LW_SFF8636_ATTENUATION_25P78G);
}

static void decode_media(const struct lw_reader *r, struct lw_facts *f)
{
	if (f->device_technology == LW_NONE)
		return;
	f->has_lengths = true;
	f->length_smf_m = lw_read_stated(r, LW_SFF8636_LENGTH_SMF);
	f->length_om_m[LW_OM3] = lw_read_stated(r, LW_SFF8636_LENGTH_OM3);
	f->length_om_m[LW_OM2] = lw_read_stated(r, LW_SFF8636_LENGTH_OM2);
	/* 6.3.12; an optical pigtail is a cable too, though the text names only 23h. */
	if (f->device_technology == TECH_VCSEL_850 && !is_fixed(f))
		f->length_om_m[LW_OM4] = lw_read_stated(r, LW_SFF8636_LENGTH_OM4);
	else
		f->cable_length_m = lw_read_stated(r, LW_SFF8636_LENGTH_COPPER_OR_OM4);
	if (is_copper(f)) {
		f->cable = is_passive(f) ? "passive copper" : "active copper";
		decode_copper(r, f);
		return;
	}
	f->cable = is_fixed(f) ? "active optical" : NULL;
	f->length_om_m[LW_OM1] = lw_read_stated(r, LW_SFF8636_LENGTH_OM1);
	f->wavelength_nm = lw_read_stated(r, LW_SFF8636_WAVELENGTH);
	f->wavelength_tolerance_nm = lw_read_value(r, LW_SFF8636_WAVELENGTH_TOLERANCE);
}

static void decode_lanes(const struct lw_reader *r, struct lw_facts *f)
{
	double rx_power[LANES], tx_bias[LANES], tx_power[LANES];

	f->has_lanes = true;
	lw_row_values(r, &r->fields[LW_SFF8636_RX_POWER], LANES, 1, rx_power);
	lw_row_values(r, &r->fields[LW_SFF8636_TX_BIAS], LANES, 1, tx_bias);
	lw_row_values(r, &r->fields[LW_SFF8636_TX_POWER], LANES, 1, tx_power);
	for (unsigned i = 0; i < LANES; i++) {
		f->lane[i].rx_power_mw = rx_power[i];
		f->lane[i].tx_bias_ma = tx_bias[i];
		if (f->tx_power_supported == 1) {
			f->lane[i].tx_power_mw = tx_power[i];
			continue;
		}
		f->tx_power_unadvertised_mw[i] = tx_power[i];
		f->has_tx_power_unadvertised |= tx_power[i] != 0;
	}
}

static void decode_monitors(const struct lw_reader *r, struct lw_facts *f)
{
	double vcc = lw_read_value(r, LW_SFF8636_VCC);
	double temperature = lw_read_value(r, LW_SFF8636_TEMPERATURE);

	f->lane_n = LANES;
	/* A passive cable need not monitor anything: 0 V says that it does not. */
	if (vcc != 0 || (temperature != 0 && !is_passive(f))) {
		f->temperature_c = temperature;
		f->vcc_v = vcc;
	}
	if (is_passive(f))
		return;
	decode_lanes(r, f);
	lw_read_flags(r, LW_SFF8636_TX_LOS, LW_SFF8636_TEMP_LOW_WARNING_FLAG, f);
	lw_read_flags(r, LW_SFF8636_VCC_HIGH_ALARM_FLAG, LW_SFF8636_VCC_LOW_WARNING_FLAG, f);
	lw_read_flags(r, LW_SFF8636_RX_POWER_HIGH_ALARM_FLAG, LW_SFF8636_TX_POWER_LOW_WARNING_FLAG,
		      f);
}

void lw_facts_sff8636(const struct lw_reader *r, struct lw_facts *f)
{
	int32_t average = lw_read(r, LW_SFF8636_RX_POWER_TYPE);

	decode_identity(r, f);
	decode_codes(r, f);
	decode_power(r, f);
	decode_media(r, f);
	f->tx_power_supported = lw_read(r, LW_SFF8636_TX_POWER_SUPPORTED);
	if (average != LW_NONE)
		f->rx_power_type = average ? "average" : "OMA";
	if (f->lower_page_valid)
		decode_monitors(r, f);
	for (unsigned q = 0; q < LW_Q_N; q++)
		lw_read_limits(r, limit_ids[q], 1, &f->limits[q]);
	if (f->tx_power_supported != 1 && !lw_limits_any(&f->limits[LW_Q_TX_POWER]))
		f->limits[LW_Q_TX_POWER].stated = false;
	lw_read_checksum(r, "cc_base", LW_SFF8636_CC_BASE, f);
	lw_read_checksum(r, "cc_ext", LW_SFF8636_CC_EXT, f);
}
