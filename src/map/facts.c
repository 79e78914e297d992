/* SPDX-License-Identifier: Apache-2.0 */
#include "facts-internal.h"

#include <assert.h>
#include <lanewise/form.h>
#include <string.h>

int32_t lw_read(const struct lw_reader *r, uint16_t id)
{
	return lw_row_read(r, &r->fields[id]);
}

/* Is this a number of up to 32 bits that only its own ratio scales? */
static bool is_plain(const struct lw_field *f)
{
	return f->width <= 32 && (f->kind == LW_KIND_UINT || f->kind == LW_KIND_SINT);
}

double lw_read_value(const struct lw_reader *r, uint16_t id)
{
	const struct lw_field *f = &r->fields[id];
	double value;

	if (is_plain(f) && f->by < 0)
		return lw_row_value(f, lw_row_slot(r, f), 0, 1);
	return lw_field_value(f, 0, r->v, &value) ? (double)NAN : value;
}

double lw_read_stated(const struct lw_reader *r, uint16_t id)
{
	double value = lw_read_value(r, id);

	return value == 0 ? (double)NAN : value;
}

bool lw_read_text(const struct lw_reader *r, uint16_t id, char *ret)
{
	const uint8_t *p = lw_field_bytes(&r->fields[id], 0, r->v);
	size_t n = p ? r->fields[id].width / 8u : 0;
	bool bad = false;

	while (n && (p[n - 1] == ' ' || p[n - 1] == 0x00 || p[n - 1] == 0xff))
		n--;
	for (size_t i = 0; i < n; i++) {
		bool printable = p[i] >= 0x20 && p[i] <= 0x7e;

		ret[i] = printable ? (char)p[i] : '?';
		bad |= !printable;
	}
	ret[n] = '\0';
	return bad;
}

void lw_read_identity(const struct lw_reader *r, const uint16_t id[5], struct lw_facts *f)
{
	const uint8_t *oui = lw_field_bytes(&r->fields[id[1]], 0, r->v);
	unsigned bad = 0;

	bad |= (unsigned)lw_read_text(r, id[0], f->vendor_name) << LW_T_NAME;
	bad |= (unsigned)lw_read_text(r, id[2], f->vendor_pn) << LW_T_PN;
	bad |= (unsigned)lw_read_text(r, id[3], f->vendor_rev) << LW_T_REV;
	bad |= (unsigned)lw_read_text(r, id[4], f->vendor_sn) << LW_T_SN;
	f->bad_text |= (uint8_t)bad;
	f->has_oui = oui != NULL;
	if (oui)
		memcpy(f->oui, oui, sizeof(f->oui));
}

/* Two decimal digits, or -1. */
static int two_digits(const char *s)
{
	if (s[0] < '0' || s[0] > '9' || s[1] < '0' || s[1] > '9')
		return -1;
	return (s[0] - '0') * 10 + s[1] - '0';
}

/* Join the stored pieces, and cut the end as text fields are cut. */
static void join_date(const struct lw_reader *r, const uint16_t id[], unsigned pieces,
		      struct lw_facts *f)
{
	size_t n = 0;

	for (unsigned i = 0; i < pieces; i++) {
		const struct lw_field *piece = &r->fields[id[i]];
		const uint8_t *p = lw_field_bytes(piece, 0, r->v);

		for (unsigned k = 0; p && k < piece->width / 8u && n < sizeof(f->date_raw) - 1; k++)
			f->date_raw[n++] = (char)p[k];
	}
	while (n && (f->date_raw[n - 1] == ' ' || f->date_raw[n - 1] == '\0' ||
		     f->date_raw[n - 1] == '\xff'))
		n--;
	f->date_raw[n] = '\0';
	for (size_t i = 0; i < n; i++) {
		if (f->date_raw[i] >= 0x20 && f->date_raw[i] <= 0x7e)
			continue;
		f->date_raw[i] = '?';
		f->bad_text |= 1u << LW_T_DATE;
	}
}

void lw_read_date(const struct lw_reader *r, const uint16_t id[], unsigned n, struct lw_facts *f)
{
	static const uint8_t month_days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	int year, month, day, days;

	join_date(r, id, n, f);
	if (strlen(f->date_raw) < 6)
		return;
	year = two_digits(f->date_raw);
	month = two_digits(f->date_raw + 2);
	day = two_digits(f->date_raw + 4);
	if (year < 0 || month < 1 || month > 12)
		return;
	days = month_days[month - 1] + (month == 2 && year % 4 == 0);
	if (day < 1 || day > days)
		return;
	memcpy(f->date_iso, "20yy-mm-dd", sizeof(f->date_iso));
	for (unsigned i = 0; i < 3; i++)
		memcpy(f->date_iso + 2 + 3 * i, f->date_raw + 2 * i, 2);
	memcpy(f->lot, f->date_raw + 6, strlen(f->date_raw + 6) + 1);
}

int32_t lw_read_rate(const struct lw_reader *r, uint16_t id, uint16_t ext)
{
	bool full = lw_read(r, id) == 0xff;
	double rate = lw_read_stated(r, full ? ext : id);

	return isnan(rate) ? LW_NONE : (int32_t)rate;
}

double lw_class_watts(const char *form_factor, int32_t power_class)
{
	const struct lw_form *form = lw_form_find(form_factor);

	return form && power_class >= 1 && power_class <= form->class_n
		       ? form->class_w[power_class - 1]
		       : (double)NAN;
}

void lw_read_checksum(const struct lw_reader *r, const char *name, uint16_t id, struct lw_facts *f)
{
	struct lw_checksum *c = &f->checksum[f->checksum_n];
	int32_t stored = lw_read(r, id);
	uint8_t sum;

	if (stored == LW_NONE || lw_field_sum(&r->fields[id], r->v, &sum))
		return;
	*c = (struct lw_checksum){
		.name = name, .present = true, .stored = (uint8_t)stored, .computed = sum};
	f->checksum_n++;
}

void lw_read_limits(const struct lw_reader *r, const uint16_t id[4], int32_t factor,
		    struct lw_limits *ret)
{
	const uint8_t *slot = factor ? lw_row_slot(r, &r->fields[id[0]]) : NULL;

	assert(r->fields[id[0]].slot == r->fields[id[3]].slot);
	ret->high_alarm = lw_row_value(&r->fields[id[0]], slot, 0, factor);
	ret->low_alarm = lw_row_value(&r->fields[id[1]], slot, 0, factor);
	ret->high_warning = lw_row_value(&r->fields[id[2]], slot, 0, factor);
	ret->low_warning = lw_row_value(&r->fields[id[3]], slot, 0, factor);
	ret->stated = slot != NULL;
}

bool lw_limits_any(const struct lw_limits *l)
{
	return l->stated && (l->high_alarm != 0 || l->low_alarm != 0 || l->high_warning != 0 ||
			     l->low_warning != 0);
}

/* Is the byte that holds all lanes of the flag clear? Most are, mostly. */
static bool is_quiet(const struct lw_field *f, const uint8_t slot[128])
{
	return !slot[f->byte & 0x7fu] && f->shift + (f->lanes - 1u) * f->stride < 8;
}

static void read_flag(const struct lw_field *field, const uint8_t slot[128], unsigned bank,
		      struct lw_facts *f)
{
	for (unsigned i = 0; i < field->lanes; i++)
		if (lw_field_load(field, slot, i) && f->flag_n < LW_FLAGS_MAX)
			f->flag[f->flag_n++] = (struct lw_facts_flag){
				field->id,
				field->lanes > 1 ? (int8_t)(bank * field->lanes + i) : (int8_t)-1};
}

void lw_read_flags(const struct lw_reader *r, uint16_t first, uint16_t last, struct lw_facts *f)
{
	const unsigned place = r->fields[first].slot;
	unsigned banks = LW_BANKS_MAX;

	while (banks && !r->v->slot[banks - 1][place])
		banks--;
	for (const struct lw_field *field = &r->fields[first]; field <= &r->fields[last]; field++) {
		assert(field->slot == place);
		for (unsigned bank = 0; bank < banks; bank++) {
			const uint8_t *slot = r->v->slot[bank][place];

			if (!slot || is_quiet(field, slot) || field->kind != LW_KIND_BOOL)
				continue;
			if (field->need < 0 || lw_read(r, (uint16_t)field->need) != 0)
				read_flag(field, slot, bank, f);
		}
	}
}

void lw_facts_note_dom(struct lw_facts *f)
{
	f->has_lanes = f->has_lanes && f->lane_n > 0;
	f->has_dom = f->has_lanes || !isnan(f->temperature_c) || !isnan(f->vcc_v);
	for (unsigned q = 0; q < LW_Q_N; q++)
		f->has_thresholds |= f->limits[q].stated;
}

/* Everything unstated (facts 1); what memset() cannot say is said here. */
static void clear(struct lw_facts *f)
{
	memset(f, 0, sizeof(*f));
	f->identifier = f->identifier_lower = f->identifier_page00 = LW_NONE;
	f->lower_page_valid = true;
	f->connector = f->encoding = f->ext_identifier = f->revision_compliance = LW_NONE;
	f->extended_compliance = f->cable_compliance = LW_NONE;
	f->device_technology = f->media_technology = LW_NONE;
	f->banks = f->media_type = f->module_state = f->fw_major = f->fw_minor = LW_NONE;
	f->media_unsupported = f->tunable = LW_NONE;
	f->dur_dp_init = f->dur_dp_deinit = f->dur_pwr_up = f->dur_pwr_dn = LW_NONE;
	f->dur_tx_on = f->dur_tx_off = LW_NONE;
	f->power_class = LW_NONE;
	f->max_power_w = f->cable_length_m = f->length_smf_m = f->length_copper_m = (double)NAN;
	for (unsigned i = 0; i < sizeof(f->length_om_m) / sizeof(*f->length_om_m); i++)
		f->length_om_m[i] = (double)NAN;
	f->wavelength_nm = f->wavelength_tolerance_nm = (double)NAN;
	f->nominal_bitrate_mbd = LW_NONE;
	for (unsigned i = 0; i < LW_ATTENUATIONS; i++)
		f->attenuation_db[i] = LW_NONE;
	f->cdr_tx = f->cdr_rx = f->tx_power_supported = f->ddm_implemented = LW_NONE;
	f->tx_bias_multiplier = LW_NONE;
	f->temperature_c = f->vcc_v = (double)NAN;
	for (unsigned i = 0; i < LW_LANES_MAX; i++)
		f->lane[i] = (struct lw_lane_monitor){(double)NAN, (double)NAN, (double)NAN};
}

/* The form factor that an identifier names (SFF-8024 4.13 Table 4-1); NULL if it names none. */
static const char *form_factor(int32_t identifier)
{
	/* clang-format off */
	static const struct {
		uint8_t identifier;
		const char *form;
	} forms[] = {
		{0x03, "SFP"}, {0x0c, "QSFP"}, {0x0d, "QSFP+"}, {0x11, "QSFP28"},
		{0x17, "microQSFP"}, {0x18, "QSFP-DD"}, {0x19, "OSFP"}, {0x1a, "SFP-DD"},
		{0x1b, "DSFP"}, {0x1e, "QSFP"}, {0x1f, "SFP-DD"}, {0x20, "SFP"},
		{0x21, "OSFP-XD"}, {0x22, "ELSFP"}, {0x23, "CDFP"}, {0x24, "CDFP"}, {0x25, "CDFP"},
	};
	/* clang-format on */

	for (size_t i = 0; i < sizeof(forms) / sizeof(*forms); i++)
		if (forms[i].identifier == identifier)
			return forms[i].form;
	return NULL;
}

void lw_facts_decode(const struct lw_view *v, struct lw_facts *ret)
{
	struct lw_reader r = {.v = v, .fields = lw_map_fields(v->map, NULL)};

	clear(ret);
	ret->map = v->map;
	switch (v->map) {
	case LW_MAP_CMIS:
		lw_facts_cmis(&r, ret);
		break;
	case LW_MAP_SFF8636:
		lw_facts_sff8636(&r, ret);
		break;
	case LW_MAP_SFF8472:
		lw_facts_sff8472(&r, ret);
		break;
	case LW_MAP_NONE:
	case LW_MAP_N:
		break;
	}
	ret->form_factor = form_factor(ret->identifier);
	lw_facts_note_dom(ret);
}
