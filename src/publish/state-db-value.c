/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The values of SONiC's transceiver tables, as its own Python writes them: numbers are the shortest
 * text that reads back as the same double, truths are True and False, texts of SFF modules keep
 * their blanks.
 */
#include "state-db.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static const char *word(enum lw_words kind, int64_t code)
{
	for (size_t i = 0; i < lw_sdb_word_n; i++)
		if (lw_sdb_words[i].kind == kind && lw_sdb_words[i].code == code)
			return lw_sdb_words[i].word;
	return "Unknown";
}

/* The raw number of a field, 0 where its page is not there. */
static int64_t raw(const struct lw_sdb_module *x, unsigned field, unsigned lane)
{
	int64_t v = 0;

	return lw_field_get(&lw_map_fields(x->v.map, NULL)[field], lane, &x->v, &v) ? 0 : v;
}

/* One field of whichever map the module has. */
static unsigned of(const struct lw_sdb_module *x, unsigned cmis, unsigned sff8636, unsigned sff8472)
{
	return x->v.map == LW_MAP_CMIS ? cmis : x->v.map == LW_MAP_SFF8636 ? sff8636 : sff8472;
}

static void put_text(const struct lw_sdb_module *x, unsigned field, struct lw_buf *b)
{
	const struct lw_field *f = &lw_map_fields(x->v.map, NULL)[field];
	const uint8_t *slot = x->v.slot[0][f->slot];
	size_t n = f->width / 8u;

	if (!slot)
		return;
	while (x->v.map == LW_MAP_CMIS && n && slot[(f->byte & 0x7fu) + n - 1] == ' ')
		n--;
	for (size_t i = 0; i < n; i++) {
		uint8_t c = slot[(f->byte & 0x7fu) + i];

		if (c < 0x80)
			lw_buf_putc(b, (char)c);
	}
}

static void put_real(double v, struct lw_buf *b)
{
	char text[40];
	int digits = 1;

	if (isnan(v) || isinf(v)) {
		lw_buf_puts(b, isnan(v) ? "nan" : v < 0 ? "-inf" : "inf");
		return;
	}
	do
		snprintf(text, sizeof(text), "%.*g", digits, v);
	while (strtod(text, NULL) != v && digits++ < 17);
	/* no number of these tables is large or small enough for an exponent in Python */
	if (strchr(text, 'e'))
		snprintf(text, sizeof(text), "%.*f", v < 1 && v > -1 ? digits + 4 : 0, v);
	lw_buf_puts(b, text);
	if (!strchr(text, '.'))
		lw_buf_puts(b, ".0");
}

static double rounded(double v)
{
	char text[64];

	snprintf(text, sizeof(text), "%.3f", v);
	return strtod(text, NULL);
}

static void put_rounded(double v, struct lw_buf *b)
{
	if (isnan(v))
		lw_buf_puts(b, "N/A");
	else
		put_real(rounded(v), b);
}

/* Watts as dBm; SONiC rounds milliwatts of SFF modules before it takes the logarithm. */
static void put_power(const struct lw_sdb_module *x, double w, bool reading, struct lw_buf *b)
{
	double mw = reading && x->v.map != LW_MAP_CMIS ? rounded(w * 1000) : w * 1000;

	if (isnan(w))
		lw_buf_puts(b, "N/A");
	else
		put_real(mw > 0 ? rounded(10 * log10(mw)) : -(double)INFINITY, b);
}

static void put_bool(bool v, struct lw_buf *b)
{
	lw_buf_puts(b, v ? "True" : "False");
}

static double reading(const struct lw_sdb_module *x, enum lw_quantity_id q, unsigned lane)
{
	const struct lw_reading *v;

	if (!x->readings || lane >= LW_LANES_MAX)
		return (double)NAN;
	v = q < LW_MON_LANES ? &x->readings->module[q] : &x->readings->lane[q - LW_MON_LANES][lane];
	return v->status == LW_VALUE_OK ? v->value : (double)NAN;
}

/* The auxiliary monitor that measures the laser's temperature; LW_MON_QUANTITIES: none does. */
static enum lw_quantity_id laser(const struct lw_sdb_module *x)
{
	if (x->v.map != LW_MAP_CMIS || x->m->facts.flat_memory)
		return LW_MON_QUANTITIES;
	if (!raw(x, LW_CMIS_AUX2_MON_OBSERVABLE, 0))
		return LW_MON_AUX2;
	return raw(x, LW_CMIS_AUX3_MON_OBSERVABLE, 0) ? LW_MON_QUANTITIES : LW_MON_AUX3;
}

static void put_limit(const struct lw_sdb_module *x, enum lw_quantity_id q, int which,
		      struct lw_buf *b)
{
	struct lw_limits l = {0};
	double v;

	if (q < LW_MON_QUANTITIES && x->readings)
		l = lw_monitor_limits(&x->m->memory, q);
	v = which == 0   ? l.high_alarm
	    : which == 1 ? l.low_alarm
	    : which == 2 ? l.high_warning
			 : l.low_warning;
	if (!l.stated)
		lw_buf_puts(b, "N/A");
	else if (q == LW_MON_RX_POWER || q == LW_MON_TX_POWER)
		put_power(x, v, false, b);
	else
		put_rounded(q == LW_MON_TX_BIAS ? v * 1000 : v, b);
}

static void put_date(const struct lw_sdb_module *x, struct lw_buf *b)
{
	struct lw_buf date = LW_BUF_INIT;

	put_text(x, of(x, LW_CMIS_DATE_CODE_YEAR, LW_SFF8636_DATE_CODE, LW_SFF8472_DATE_CODE),
		 &date);
	if (x->v.map == LW_MAP_CMIS) { /* four fields there */
		put_text(x, LW_CMIS_DATE_CODE_MONTH, &date);
		put_text(x, LW_CMIS_DATE_CODE_DAY_OF_MONTH, &date);
		put_text(x, LW_CMIS_DATE_CODE_LOT_CODE, &date);
	}
	lw_buf_puts(b, "20");
	for (size_t i = 0; i < date.len; i += i < 6 ? 2 : date.len) {
		if (i)
			lw_buf_putc(b, i < 6 ? '-' : ' ');
		lw_buf_add(b, date.s + i, i < 6 && date.len >= i + 2 ? 2 : date.len - i);
	}
	/* what is left of the lot code goes as of any text of CMIS */
	while (x->v.map == LW_MAP_CMIS && b->s[b->len - 1] == ' ')
		b->len--;
	lw_buf_finish(&date);
}

static void put_applications(const struct lw_sdb_module *x, struct lw_buf *b)
{
	const struct lw_facts *f = &x->m->facts;
	const char *sep = "{";

	if (f->media_type < 1 || f->media_type > 5 || !f->app_n) {
		lw_buf_puts(b, "N/A");
		return;
	}
	for (unsigned i = 0; i < f->app_n; i++) {
		const struct lw_app *a = &f->app[i];
		enum lw_words media =
			(enum lw_words)(LW_WORDS_MEDIA_INTERFACE_1 + f->media_type - 1);

		if (a->after_gap)
			continue;
		lw_buf_printf(b,
			      "%s%u: {'host_electrical_interface_id': '%s', "
			      "'module_media_interface_id': '%s', 'media_lane_count': %u, "
			      "'host_lane_count': %u, 'host_lane_assignment_options': %u",
			      sep, a->apsel, word(LW_WORDS_HOST_INTERFACE, a->host_id),
			      word(media, a->media_id), a->media_lanes, a->host_lanes,
			      a->host_assign);
		if (a->media_assign >= 0)
			lw_buf_printf(b, ", 'media_lane_assignment_options': %d", a->media_assign);
		lw_buf_putc(b, '}');
		sep = ", ";
	}
	lw_buf_putc(b, '}');
}

/* A list of words, each with its key or without. */
static void put_list(const struct lw_sdb_module *x, enum lw_list list, bool keys, struct lw_buf *b)
{
	const uint8_t *slot =
		x->v.slot[0][x->v.map == LW_MAP_SFF8636 ? LW_SFF8636_SLOT_00H : LW_SFF8472_SLOT_A0];
	const char *sep = keys ? "{" : "";

	for (size_t i = 0; slot && i < lw_sdb_part_n; i++) {
		const struct lw_sdb_part *p = &lw_sdb_parts[i];
		unsigned code, shift = 0;

		if (p->list != list || !(p->maps >> x->v.map & 1))
			continue;
		code = slot[p->byte & 0x7f];
		if (p->bytes == 2)
			code = code << 8 | slot[(p->byte + 1) & 0x7f];
		while (!(p->mask >> shift & 1))
			shift++;
		lw_buf_puts(b, sep);
		if (keys)
			lw_buf_printf(b, "'%s': '", p->key);
		lw_buf_puts(b, word((enum lw_words)p->kind, (code & p->mask) >> shift));
		if (keys)
			lw_buf_putc(b, '\'');
		sep = ", ";
	}
	if (keys)
		lw_buf_putc(b, '}');
}

/* The last of the lengths that is stated wins, in the order of SONiC. */
static void put_length(const struct lw_sdb_module *x, bool type, struct lw_buf *b)
{
	static const struct {
		uint16_t field;
		const char *type;
	} lengths[2][6] = {
		{{LW_SFF8636_LENGTH_SMF, "Length(km)"},
		 {LW_SFF8636_LENGTH_OM3, "Length OM3(2m)"},
		 {LW_SFF8636_LENGTH_OM2, "Length OM2(m)"},
		 {LW_SFF8636_LENGTH_OM1, "Length OM1(m)"},
		 {LW_SFF8636_LENGTH_COPPER_OR_OM4, "Length Cable Assembly(m)"}},
		{{LW_SFF8472_LENGTH_SMF_KM, "Length SMF (km)"},
		 {LW_SFF8472_LENGTH_SMF_100M, "Length SMF (100m)"},
		 {LW_SFF8472_LENGTH_OM2, "Length OM2 (10m)"},
		 {LW_SFF8472_LENGTH_OM1, "Length OM1(10m)"},
		 {LW_SFF8472_LENGTH_OM4_OR_COPPER, "Length OM4(10m)"},
		 {LW_SFF8472_LENGTH_OM3, "Length OM3(10m)"}},
	};
	int64_t length = 0;
	const char *name = "Unknown";

	for (size_t i = 0; i < 6; i++) {
		unsigned map = x->v.map == LW_MAP_SFF8472;
		int64_t v = lengths[map][i].type ? raw(x, lengths[map][i].field, 0) : 0;

		if (v > 0) {
			length = v;
			name = lengths[map][i].type;
		}
	}
	if (type)
		lw_buf_puts(b, name);
	else
		put_real((double)length, b);
}

static void put_time(const struct lw_sdb_module *x, struct lw_buf *b)
{
	time_t t = (time_t)((x->s->unix_ns + x->s->engine->now.ns) / 1000000000);
	char text[64];
	struct tm tm;

	gmtime_r(&t, &tm);
	strftime(text, sizeof(text), "%a %b %d %H:%M:%S %Y", &tm);
	lw_buf_puts(b, text);
}

static bool info(const struct lw_sdb_module *x, enum lw_sdb value, unsigned lane, struct lw_buf *b)
{
	const struct lw_facts *f = &x->m->facts;

	switch (value) {
	case LW_SDB_IDENTIFIER:
		lw_buf_puts(b, word(LW_WORDS_IDENTIFIER, f->identifier));
		break;
	case LW_SDB_IDENTIFIER_SHORT:
		lw_buf_puts(b, word(LW_WORDS_IDENTIFIER_SHORT, f->identifier));
		break;
	case LW_SDB_SERIAL:
		put_text(x, of(x, LW_CMIS_VENDOR_SN, LW_SFF8636_VENDOR_SN, LW_SFF8472_VENDOR_SN),
			 b);
		break;
	case LW_SDB_VENDOR:
		put_text(x,
			 of(x, LW_CMIS_VENDOR_NAME, LW_SFF8636_VENDOR_NAME, LW_SFF8472_VENDOR_NAME),
			 b);
		break;
	case LW_SDB_PN:
		put_text(x, of(x, LW_CMIS_VENDOR_PN, LW_SFF8636_VENDOR_PN, LW_SFF8472_VENDOR_PN),
			 b);
		break;
	case LW_SDB_REV:
		put_text(x, of(x, LW_CMIS_VENDOR_REV, LW_SFF8636_VENDOR_REV, LW_SFF8472_VENDOR_REV),
			 b);
		break;
	case LW_SDB_OUI:
		lw_buf_printf(b, "%02x-%02x-%02x", f->oui[0], f->oui[1], f->oui[2]);
		break;
	case LW_SDB_DATE:
		put_date(x, b);
		break;
	case LW_SDB_CONNECTOR:
		lw_buf_puts(b, word(LW_WORDS_CONNECTOR, f->connector));
		break;
	case LW_SDB_ENCODING:
		lw_buf_puts(b, word(x->v.map == LW_MAP_SFF8636 ? LW_WORDS_QSFP_ENCODING
							       : LW_WORDS_SFP_ENCODING,
				    f->encoding));
		break;
	case LW_SDB_EXT_IDENTIFIER:
		if (x->v.map == LW_MAP_SFF8636)
			put_list(x, LW_LIST_EXT_IDENTIFIER, false, b);
		else
			lw_buf_puts(b, word(LW_WORDS_SFP_IDENTIFIER, f->ext_identifier));
		break;
	case LW_SDB_COMPLIANCE:
		put_list(x, LW_LIST_COMPLIANCE, true, b);
		break;
	case LW_SDB_RATE_SELECT:
		if (x->v.map == LW_MAP_SFF8636)
			put_list(x, LW_LIST_RATE_SELECT, false, b);
		else
			lw_buf_puts(b,
				    word(LW_WORDS_SFP_RATE, raw(x, LW_SFF8472_RATE_IDENTIFIER, 0)));
		break;
	case LW_SDB_LENGTH_TYPE:
	case LW_SDB_LENGTH:
		put_length(x, value == LW_SDB_LENGTH_TYPE, b);
		break;
	case LW_SDB_BIT_RATE:
		lw_buf_printf(
			b, "%d",
			(int)raw(x,
				 of(x, 0, LW_SFF8636_NOMINAL_BITRATE, LW_SFF8472_NOMINAL_BITRATE),
				 0));
		break;
	default:
		(void)lane;
		return false;
	}
	return true;
}

static bool info_cmis(const struct lw_sdb_module *x, enum lw_sdb value, unsigned lane,
		      struct lw_buf *b)
{
	const struct lw_facts *f = &x->m->facts;

	switch (value) {
	case LW_SDB_HARDWARE_REV:
		lw_buf_printf(b, "%d.%d", (int)raw(x, LW_CMIS_MODULE_HARDWARE_MAJOR_REVISION, 0),
			      (int)raw(x, LW_CMIS_MODULE_HARDWARE_MINOR_REVISION, 0));
		break;
	case LW_SDB_POWER:
		lw_buf_printf(b, "%s (",
			      word(LW_WORDS_POWER_CLASS, raw(x, LW_CMIS_MODULE_POWER_CLASS, 0)));
		put_real((double)raw(x, LW_CMIS_MAX_POWER, 0) / 4, b);
		lw_buf_puts(b, "W Max)");
		break;
	case LW_SDB_ASSEMBLY_LENGTH:
		put_real(
			(double)raw(x, LW_CMIS_CABLE_ASSEMBLY_LINK_LENGTH_BASE_LENGTH, 0) *
				pow(10,
				    (double)raw(
					    x, LW_CMIS_CABLE_ASSEMBLY_LINK_LENGTH_LENGTH_MULTIPLIER,
					    0) -
					    1),
			b);
		break;
	case LW_SDB_APSEL:
		if (f->flat_memory)
			lw_buf_puts(b, "N/A");
		else
			lw_buf_printf(b, "%d", (int)raw(x, LW_CMIS_ACS_APP_SEL_CODE_LANE, lane));
		break;
	case LW_SDB_APPLICATIONS:
		put_applications(x, b);
		break;
	case LW_SDB_HOST_LANES:
		lw_buf_printf(b, "%u", f->app_n ? f->app[0].host_lanes : 0u);
		break;
	case LW_SDB_MEDIA_LANES:
		lw_buf_printf(b, "%u", f->app_n && !f->flat_memory ? f->app[0].media_lanes : 0u);
		break;
	case LW_SDB_ASSEMBLY:
		lw_buf_puts(b, "Length Cable Assembly(m)");
		break;
	case LW_SDB_TECHNOLOGY:
		lw_buf_puts(b, word(LW_WORDS_TECHNOLOGY, f->media_technology));
		break;
	case LW_SDB_CMIS_REV:
		lw_buf_printf(b, "%u.%u", f->cmis_major, f->cmis_minor);
		break;
	case LW_SDB_MEDIA_TYPE:
		lw_buf_puts(b, word(LW_WORDS_MEDIA_TYPE, f->media_type));
		break;
	case LW_SDB_VDM:
		put_bool(!f->flat_memory && raw(x, LW_CMIS_VDM_PAGES_SUPPORTED, 0), b);
		break;
	case LW_SDB_FIRMWARE_ACTIVE:
		lw_buf_printf(b, "%d.%d",
			      (int)raw(x, LW_CMIS_MODULE_ACTIVE_FIRMWARE_MAJOR_REVISION, 0),
			      (int)raw(x, LW_CMIS_MODULE_ACTIVE_FIRMWARE_MINOR_REVISION, 0));
		break;
	case LW_SDB_FIRMWARE_INACTIVE:
		if (f->flat_memory)
			lw_buf_puts(b, "N/A");
		else
			lw_buf_printf(
				b, "%d.%d",
				(int)raw(x, LW_CMIS_MODULE_INACTIVE_FIRMWARE_MAJOR_REVISION, 0),
				(int)raw(x, LW_CMIS_MODULE_INACTIVE_FIRMWARE_MINOR_REVISION, 0));
		break;
	default:
		return false;
	}
	return true;
}

static bool sensor(const struct lw_sdb_module *x, enum lw_sdb value, unsigned lane,
		   struct lw_buf *b)
{
	double v;

	switch (value) {
	case LW_SDB_TEMPERATURE:
		put_rounded(reading(x, LW_MON_TEMPERATURE, 0), b);
		break;
	case LW_SDB_VOLTAGE:
		put_rounded(reading(x, LW_MON_SUPPLY, 0), b);
		break;
	case LW_SDB_TX_BIAS:
		put_rounded(reading(x, LW_MON_TX_BIAS, lane) * 1000, b);
		break;
	case LW_SDB_RX_POWER:
		put_power(x, reading(x, LW_MON_RX_POWER, lane), true, b);
		break;
	case LW_SDB_TX_POWER:
		put_power(x, reading(x, LW_MON_TX_POWER, lane), true, b);
		break;
	case LW_SDB_LASER_TEMPERATURE:
		v = laser(x) < LW_MON_QUANTITIES ? reading(x, laser(x), 0) : (double)NAN;
		if (isnan(v))
			lw_buf_puts(b, "N/A");
		else
			put_real(v, b);
		break;
	default:
		if (value < LW_SDB_TEMPERATURE_HIGH_ALARM ||
		    value > LW_SDB_LASER_TEMPERATURE_LOW_WARNING)
			return false;
		{
			const enum lw_quantity_id of_row[] = {LW_MON_TEMPERATURE, LW_MON_SUPPLY,
							      LW_MON_RX_POWER,    LW_MON_TX_POWER,
							      LW_MON_TX_BIAS,     laser(x)};
			unsigned k = (unsigned)value - LW_SDB_TEMPERATURE_HIGH_ALARM;

			put_limit(x, of_row[k / 4], (int)(k % 4), b);
		}
	}
	return true;
}

static bool status(const struct lw_sdb_module *x, enum lw_sdb value, unsigned lane,
		   struct lw_buf *b)
{
	const struct lw_module_state *s = &x->m->state;
	uint32_t disabled =
		x->v.map == LW_MAP_SFF8472 ? (s->sfp_control & 0xc0) != 0 : s->tx_disable;

	if (x->v.map == LW_MAP_CMIS && x->m->facts.flat_memory && value != LW_SDB_MODULE_STATE &&
	    value != LW_SDB_FAULT_CAUSE)
		return false;
	switch (value) {
	case LW_SDB_MODULE_STATE:
		lw_buf_puts(b, word(LW_WORDS_MODULE_STATE, s->module_state));
		break;
	case LW_SDB_FAULT_CAUSE:
		lw_buf_puts(b, word(LW_WORDS_FAULT_CAUSE, raw(x, LW_CMIS_MODULE_FAULT_CAUSE, 0)));
		break;
	case LW_SDB_PATH_STATE:
		lw_buf_puts(b, word(LW_WORDS_PATH_STATE, s->dp_state[lane]));
		break;
	case LW_SDB_OUTPUT_TX:
		put_bool(raw(x, LW_CMIS_OUTPUT_STATUS_TX, lane), b);
		break;
	case LW_SDB_OUTPUT_RX:
		put_bool(raw(x, LW_CMIS_OUTPUT_STATUS_RX, lane), b);
		break;
	case LW_SDB_DISABLED_MASK:
		lw_buf_printf(b, "%u", x->v.map == LW_MAP_CMIS ? disabled & 0xff : disabled);
		break;
	case LW_SDB_DISABLED:
		put_bool(disabled >> lane & 1, b);
		break;
	case LW_SDB_CONFIG_STATUS:
		lw_buf_puts(b, word(LW_WORDS_CONFIG_STATUS, s->config_status[lane]));
		break;
	case LW_SDB_DEINIT:
		put_bool(s->deinit >> lane & 1, b);
		break;
	default:
		return false;
	}
	return true;
}

bool lw_sdb_value(const struct lw_sdb_module *x, const struct lw_sdb_row *row, unsigned lane,
		  struct lw_buf *ret)
{
	enum lw_sdb value = (enum lw_sdb)row->value;

	switch (value) {
	case LW_SDB_NA:
		lw_buf_puts(ret, "N/A");
		return true;
	case LW_SDB_TRUE:
		lw_buf_puts(ret, "True");
		return true;
	case LW_SDB_TIME:
		put_time(x, ret);
		return true;
	case LW_SDB_PLUGGED:
		lw_buf_puts(ret, x->m->phase > LW_MODULE_IDENTIFY ? "1" : "0");
		return true;
	default:
		return info(x, value, lane, ret) || info_cmis(x, value, lane, ret) ||
		       sensor(x, value, lane, ret) || status(x, value, lane, ret);
	}
}
