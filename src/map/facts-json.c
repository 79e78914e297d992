/* SPDX-License-Identifier: Apache-2.0 */
#include <lanewise/facts.h>
#include <string.h>

static void put_int(struct lw_json *j, const char *key, int32_t v)
{
	lw_json_key(j, key);
	if (v == LW_NONE)
		lw_json_null(j);
	else
		lw_json_int(j, v);
}

static void put_bool(struct lw_json *j, const char *key, int32_t v)
{
	lw_json_key(j, key);
	if (v == LW_NONE)
		lw_json_null(j);
	else
		lw_json_bool(j, v != 0);
}

/* A code's name; "0x2a (reserved)" for one that has none, null for a code not stated. */
static void put_code_name(struct lw_json *j, const char *key, enum lw_code_table table,
			  int32_t code)
{
	char buf[32];

	lw_json_put_string(j, key,
			   code == LW_NONE ? NULL
					   : lw_code_text(table, (unsigned)code, buf, sizeof(buf)));
}

static void put_hex(struct lw_json *j, const char *key, const uint8_t *p, size_t n, char between)
{
	static const char digits[] = "0123456789abcdef";
	char text[32], *t = text;

	for (size_t i = 0; i < n; i++) {
		if (i && between)
			*t++ = between;
		*t++ = digits[p[i] >> 4];
		*t++ = digits[p[i] & 15];
	}
	*t = '\0';
	lw_json_put_string(j, key, text);
}

static char *add_digits(char *p, uint8_t v)
{
	if (v >= 100)
		*p++ = (char)('0' + v / 100);
	if (v >= 10)
		*p++ = (char)('0' + v / 10 % 10);
	*p++ = (char)('0' + v % 10);
	return p;
}

/* "major.minor", null if it is not stated. */
static void put_version(struct lw_json *j, const char *key, bool stated, uint8_t major,
			uint8_t minor)
{
	char text[8], *p = add_digits(text, major);

	*p++ = '.';
	*add_digits(p, minor) = '\0';
	lw_json_put_string(j, key, stated ? text : NULL);
}

static void put_identity(const struct lw_facts *f, struct lw_json *j)
{
	lw_json_put_string(j, "memory_map", lw_map_name(f->map));
	lw_json_put_string(j, "form_factor", f->form_factor);
	put_int(j, "identifier", f->identifier);
	put_code_name(j, "identifier_name", LW_CODES_SFF8024_ID, f->identifier);
	if (f->map != LW_MAP_SFF8472) {
		put_int(j, "identifier_lower", f->identifier_lower);
		put_int(j, "identifier_page00", f->identifier_page00);
	}
	lw_json_put_bool(j, "lower_page_valid", f->lower_page_valid);
	lw_json_put_string(j, "vendor_name", f->vendor_name);
	if (f->has_oui)
		put_hex(j, "vendor_oui", f->oui, sizeof(f->oui), ':');
	else
		lw_json_put_string(j, "vendor_oui", NULL);
	lw_json_put_string(j, "vendor_pn", f->vendor_pn);
	lw_json_put_string(j, "vendor_rev", f->vendor_rev);
	lw_json_put_string(j, "vendor_sn", f->vendor_sn);
	lw_json_key(j, "date_code");
	lw_json_begin_object(j);
	lw_json_put_string(j, "raw", f->date_raw);
	lw_json_put_string(j, "date", f->date_iso[0] ? f->date_iso : NULL);
	lw_json_put_string(j, "lot", f->lot);
	lw_json_end_object(j);
	lw_json_put_string(j, "clei", f->clei[0] ? f->clei : NULL);
	put_int(j, "connector", f->connector);
	put_code_name(j, "connector_name", LW_CODES_SFF8024_CONN, f->connector);
}

static void put_sff_codes(const struct lw_facts *f, struct lw_json *j)
{
	enum lw_code_table encodings =
		f->map == LW_MAP_SFF8472 ? LW_CODES_SFF8472_ENCODING : LW_CODES_SFF8636_ENCODING;

	put_int(j, "ext_identifier", f->ext_identifier);
	put_int(j, "revision_compliance", f->revision_compliance);
	put_int(j, "encoding", f->encoding);
	put_code_name(j, "encoding_name", encodings, f->encoding);
	if (f->has_transceiver_codes)
		put_hex(j, "transceiver_codes", f->transceiver_codes, sizeof(f->transceiver_codes),
			'\0');
	else
		lw_json_put_string(j, "transceiver_codes", NULL);
	put_int(j, "extended_compliance", f->extended_compliance);
	put_code_name(j, "extended_compliance_name", LW_CODES_SFF8024_EXT, f->extended_compliance);
	put_int(j, "cable_compliance", f->cable_compliance);
	put_int(j, "nominal_bitrate_mbd", f->nominal_bitrate_mbd);
	if (f->map == LW_MAP_SFF8636) {
		put_bool(j, "flat_memory", f->flat_memory);
		put_int(j, "device_technology", f->device_technology);
	}
}

static void put_app(const struct lw_app *a, struct lw_json *j)
{
	lw_json_begin_object(j);
	put_int(j, "apsel", a->apsel);
	put_int(j, "host_id", a->host_id);
	put_int(j, "media_id", a->media_id);
	put_int(j, "host_lanes", a->host_lanes);
	put_int(j, "media_lanes", a->media_lanes);
	put_int(j, "host_assign", a->host_assign);
	put_int(j, "media_assign", a->media_assign < 0 ? LW_NONE : a->media_assign);
	lw_json_end_object(j);
}

static void put_apps(const struct lw_facts *f, const char *key, bool after_gap, struct lw_json *j)
{
	lw_json_key(j, key);
	lw_json_begin_array(j);
	for (unsigned i = 0; i < f->app_n; i++)
		if (f->app[i].after_gap == after_gap)
			put_app(&f->app[i], j);
	lw_json_end_array(j);
}

static void put_lane_codes(struct lw_json *j, const char *key, const uint8_t *v, unsigned n)
{
	lw_json_key(j, key);
	lw_json_begin_array(j);
	for (unsigned i = 0; i < n; i++)
		lw_json_int(j, v[i]);
	lw_json_end_array(j);
}

static void put_cmis(const struct lw_facts *f, struct lw_json *j)
{
	put_version(j, "cmis_revision", f->lower_page_valid, f->cmis_major, f->cmis_minor);
	put_bool(j, "flat_memory", f->flat_memory);
	put_int(j, "banks", f->banks);
	put_int(j, "media_type", f->media_type);
	put_code_name(j, "media_type_name", LW_CODES_MEDIA_TYPE, f->media_type);
	put_int(j, "module_state", f->module_state);
	put_code_name(j, "module_state_name", LW_CODES_MODULE_STATE, f->module_state);
	put_version(j, "active_firmware", f->fw_major != LW_NONE, (uint8_t)f->fw_major,
		    (uint8_t)f->fw_minor);
	put_int(j, "media_interface_technology", f->media_technology);
	put_apps(f, "applications", false, j);
	put_apps(f, "applications_after_gap", true, j);
	if (f->has_dp) {
		put_lane_codes(j, "datapath_states", f->dp_state, f->lane_n);
		put_lane_codes(j, "config_status", f->config_status, f->lane_n);
		put_lane_codes(j, "active_apsel", f->active_apsel, f->lane_n);
	} else {
		lw_json_put_string(j, "datapath_states", NULL);
		lw_json_put_string(j, "config_status", NULL);
		lw_json_put_string(j, "active_apsel", NULL);
	}
}

/* Losses at the frequencies that the map has; the key is absent in none of them. */
static void put_attenuation(const struct lw_facts *f, struct lw_json *j)
{
	static const char *const at[LW_ATTENUATIONS] = {"2.5GHz",  "5GHz",    "7GHz",
							"12.9GHz", "25.8GHz", "53.1GHz"};

	lw_json_key(j, "copper_attenuation_db");
	if (!f->has_attenuation) {
		lw_json_null(j);
	} else {
		lw_json_begin_object(j);
		for (unsigned i = 0; i < LW_ATTENUATIONS; i++) {
			/* SFF-8636 keeps 25.8 GHz apart: there 0 is "unknown", and so it is null.
			 */
			if (f->attenuation_db[i] == LW_NONE ||
			    (f->map == LW_MAP_SFF8636 && i == LW_AT_25G8))
				continue;
			put_int(j, at[i], f->attenuation_db[i]);
		}
		lw_json_end_object(j);
	}
	if (f->map == LW_MAP_SFF8636)
		put_int(j, "copper_attenuation_25g_db",
			f->attenuation_db[LW_AT_25G8] ? f->attenuation_db[LW_AT_25G8] : LW_NONE);
}

static void put_media(const struct lw_facts *f, struct lw_json *j)
{
	put_int(j, "power_class", f->power_class);
	lw_json_put_number(j, "max_power_w", f->max_power_w);
	lw_json_put_string(j, "cable", f->cable);
	lw_json_put_number(j, "cable_length_m", f->cable_length_m);
	lw_json_key(j, "link_lengths_m");
	if (!f->has_lengths) {
		lw_json_null(j);
	} else {
		lw_json_begin_object(j);
		lw_json_put_number(j, "smf", f->length_smf_m);
		lw_json_put_number(j, "om5", f->length_om_m[LW_OM5]);
		lw_json_put_number(j, "om4", f->length_om_m[LW_OM4]);
		lw_json_put_number(j, "om3", f->length_om_m[LW_OM3]);
		lw_json_put_number(j, "om2", f->length_om_m[LW_OM2]);
		lw_json_put_number(j, "om1", f->length_om_m[LW_OM1]);
		lw_json_put_number(j, "copper", f->length_copper_m);
		lw_json_end_object(j);
	}
	lw_json_put_number(j, "wavelength_nm", f->wavelength_nm);
	lw_json_put_number(j, "wavelength_tolerance_nm", f->wavelength_tolerance_nm);
	put_attenuation(f, j);
}

static void put_dom(const struct lw_facts *f, struct lw_json *j)
{
	lw_json_key(j, "dom");
	if (!f->has_dom) {
		lw_json_null(j);
		return;
	}
	lw_json_begin_object(j);
	lw_json_put_number(j, "temperature_c", f->temperature_c);
	lw_json_put_number(j, "vcc_v", f->vcc_v);
	lw_json_key(j, "lanes");
	if (!f->has_lanes) {
		lw_json_null(j);
	} else {
		lw_json_begin_array(j);
		for (unsigned i = 0; i < f->lane_n; i++) {
			lw_json_begin_object(j);
			lw_json_put_number(j, "rx_power_mw", f->lane[i].rx_power_mw);
			lw_json_put_number(j, "tx_bias_ma", f->lane[i].tx_bias_ma);
			lw_json_put_number(j, "tx_power_mw", f->lane[i].tx_power_mw);
			lw_json_end_object(j);
		}
		lw_json_end_array(j);
	}
	lw_json_end_object(j);
}

static void put_thresholds(const struct lw_facts *f, struct lw_json *j)
{
	static const char *const quantities[LW_Q_N] = {"temperature_c", "vcc_v", "tx_bias_ma",
						       "tx_power_mw", "rx_power_mw"};

	lw_json_key(j, "thresholds");
	if (!f->has_thresholds) {
		lw_json_null(j);
		return;
	}
	lw_json_begin_object(j);
	for (unsigned q = 0; q < LW_Q_N; q++) {
		const struct lw_limits *l = &f->limits[q];

		lw_json_key(j, quantities[q]);
		if (!l->stated) {
			lw_json_null(j);
			continue;
		}
		lw_json_begin_object(j);
		lw_json_put_number(j, "high_alarm", l->high_alarm);
		lw_json_put_number(j, "low_alarm", l->low_alarm);
		lw_json_put_number(j, "high_warning", l->high_warning);
		lw_json_put_number(j, "low_warning", l->low_warning);
		lw_json_end_object(j);
	}
	lw_json_end_object(j);
}

static void put_monitors(const struct lw_facts *f, struct lw_json *j)
{
	static const char *const monitors[LW_Q_N] = {"temperature", "vcc", "tx_bias", "tx_power",
						     "rx_power"};

	put_bool(j, "cdr_tx", f->cdr_tx);
	put_bool(j, "cdr_rx", f->cdr_rx);
	put_bool(j, "tx_power_supported", f->tx_power_supported);
	lw_json_put_string(j, "rx_power_type", f->rx_power_type);
	put_bool(j, "ddm_implemented", f->ddm_implemented);
	lw_json_put_string(j, "calibration", f->calibration);
	lw_json_key(j, "monitors_supported");
	if (f->has_monitors) {
		lw_json_begin_object(j);
		for (unsigned q = 0; q < LW_Q_N; q++)
			put_bool(j, monitors[q], f->monitor[q]);
		lw_json_end_object(j);
	} else {
		lw_json_null(j);
	}
	put_int(j, "tx_bias_multiplier", f->tx_bias_multiplier);
	put_dom(f, j);
	if (f->has_tx_power_unadvertised) {
		lw_json_key(j, "tx_power_unadvertised_mw");
		lw_json_begin_array(j);
		for (unsigned i = 0; i < 4; i++)
			lw_json_number(j, f->tx_power_unadvertised_mw[i]);
		lw_json_end_array(j);
	}
	put_thresholds(f, j);
}

/* Raised flags by the name of their field; lanes from 1, as people count them. */
static void put_flags(const struct lw_facts *f, struct lw_json *j)
{
	const struct lw_field *fields = lw_map_fields(f->map, NULL);

	lw_json_key(j, "flags");
	lw_json_begin_array(j);
	for (unsigned i = 0; i < f->flag_n; i++) {
		lw_json_begin_object(j);
		lw_json_put_string(j, "flag", fields[f->flag[i].field].name);
		put_int(j, "lane", f->flag[i].lane < 0 ? LW_NONE : f->flag[i].lane + 1);
		lw_json_end_object(j);
	}
	lw_json_end_array(j);
}

static void put_checksums(const struct lw_facts *f, struct lw_json *j)
{
	lw_json_key(j, "checksums");
	lw_json_begin_object(j);
	for (unsigned i = 0; i < f->checksum_n; i++) {
		const struct lw_checksum *c = &f->checksum[i];

		lw_json_key(j, c->name);
		lw_json_begin_object(j);
		put_int(j, "stored", c->stored);
		put_int(j, "computed", c->computed);
		lw_json_put_bool(j, "ok", c->stored == c->computed);
		lw_json_end_object(j);
	}
	lw_json_end_object(j);
}

void lw_facts_json_keys(const struct lw_facts *f, const char *source,
			const struct lw_findings *problems, struct lw_json *j)
{
	char summary[LW_SUMMARY_MAX];

	lw_json_put_string(j, "source", source);
	lw_facts_summary(f, summary, sizeof(summary));
	lw_json_put_string(j, "summary", summary);
	put_identity(f, j);
	if (f->map == LW_MAP_CMIS)
		put_cmis(f, j);
	else if (f->map != LW_MAP_NONE)
		put_sff_codes(f, j);
	put_media(f, j);
	put_monitors(f, j);
	put_checksums(f, j);
	put_flags(f, j);
	lw_json_key(j, "problems");
	lw_findings_json(problems, j);
}

void lw_facts_json(const struct lw_facts *f, const char *source, const struct lw_findings *problems,
		   struct lw_json *j)
{
	lw_json_begin_object(j);
	lw_facts_json_keys(f, source, problems, j);
	lw_json_end_object(j);
}
