/* SPDX-License-Identifier: Apache-2.0 */
/*
 * OpenConfig's platform and transceiver models as JSON (RFC 7951): for each cage a component of the
 * port and one of its transceiver, with physical channels, host lanes and thresholds. Decimals are
 * texts there. No leaf is written of which nothing is known.
 */
#include "openconfig-words.h"
#include "publish-internal.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define TYPES "openconfig-platform-types:"

struct out {
	const struct lw_publish_source *s;
	struct lw_json *j;
	size_t cage;
	const struct lw_module *m;
	const struct lw_readings *readings; /* NULL: none */
};

static const char *word(const char *kind, const char *key)
{
	for (size_t i = 0; key && i < lw_oc_word_n; i++)
		if (strcmp(lw_oc_words[i].kind, kind) == 0 && strcmp(lw_oc_words[i].key, key) == 0)
			return lw_oc_words[i].word;
	return NULL;
}

static void put_decimal(struct out *o, const char *key, double v, int digits)
{
	char text[48];

	if (isnan(v) || isinf(v))
		return;
	snprintf(text, sizeof(text), "%.*f", digits, v);
	lw_json_put_string(o->j, key, text);
}

static void put_text(struct out *o, const char *key, const char *text)
{
	if (text && *text)
		lw_json_put_string(o->j, key, text);
}

static void put_identity(struct out *o, const char *key, const char *module, const char *identity)
{
	char text[96];

	if (!identity)
		return;
	snprintf(text, sizeof(text), "%s%s", module, identity);
	lw_json_put_string(o->j, key, text);
}

static void begin(struct out *o, const char *key)
{
	lw_json_key(o->j, key);
	lw_json_begin_object(o->j);
}

static void end(struct out *o)
{
	lw_json_end_object(o->j);
}

/* A container that holds but the value of this moment. */
static void put_instant(struct out *o, const char *key, double v, int digits)
{
	if (isnan(v) || isinf(v))
		return;
	begin(o, key);
	put_decimal(o, "instant", v, digits);
	end(o);
}

static double reading(const struct out *o, enum lw_quantity_id q, unsigned lane)
{
	const struct lw_reading *v;

	if (!o->readings)
		return (double)NAN;
	v = q < LW_MON_LANES ? &o->readings->module[q] : &o->readings->lane[q - LW_MON_LANES][lane];
	return v->status == LW_VALUE_OK ? v->value : (double)NAN;
}

static double dbm(double w)
{
	return 10 * log10(1000 * w);
}

static void channel(struct out *o, unsigned lane)
{
	unsigned bit;
	const struct lw_dp_report *d = lw_publish_report(o->s, o->cage, lane, &bit);

	lw_json_begin_object(o->j);
	lw_json_put_int(o->j, "index", lane + 1);
	begin(o, "config");
	lw_json_put_int(o->j, "index", lane + 1);
	end(o);
	begin(o, "state");
	lw_json_put_int(o->j, "index", lane + 1);
	if (d) {
		lw_json_put_bool(o->j, "tx-failure", d->tx_fault >> bit & 1);
		lw_json_put_bool(o->j, "rx-los", d->rx_los >> bit & 1);
		lw_json_put_bool(o->j, "rx-cdr-lol", d->rx_lol >> bit & 1);
	}
	put_instant(o, "output-power", dbm(reading(o, LW_MON_TX_POWER, lane)), 2);
	put_instant(o, "input-power", dbm(reading(o, LW_MON_RX_POWER, lane)), 2);
	put_instant(o, "laser-bias-current", reading(o, LW_MON_TX_BIAS, lane) * 1000, 2);
	end(o);
	lw_json_end_object(o->j);
}

static void channels(struct out *o)
{
	const struct lw_readings *r = o->readings;
	unsigned bit;

	begin(o, "physical-channels");
	lw_json_key(o->j, "channel");
	lw_json_begin_array(o->j);
	for (unsigned lane = 0; lane < LW_LANES_MAX; lane++)
		if ((r && r->lanes >> lane & 1) || lw_publish_report(o->s, o->cage, lane, &bit))
			channel(o, lane);
	lw_json_end_array(o->j);
	end(o);
}

static void threshold(struct out *o, const char *severity, bool alarm)
{
	static const struct {
		enum lw_quantity_id q;
		const char *upper, *lower;
		int digits;
	} rows[] = {
		{LW_MON_TX_POWER, "output-power-upper", "output-power-lower", 2},
		{LW_MON_RX_POWER, "input-power-upper", "input-power-lower", 2},
		{LW_MON_TX_BIAS, "laser-bias-current-upper", "laser-bias-current-lower", 2},
		{LW_MON_SUPPLY, "supply-voltage-upper", "supply-voltage-lower", 2},
		{LW_MON_TEMPERATURE, "module-temperature-upper", "module-temperature-lower", 1},
	};

	lw_json_begin_object(o->j);
	put_identity(o, "severity", "openconfig-alarm-types:", severity);
	begin(o, "state");
	put_identity(o, "severity", "openconfig-alarm-types:", severity);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct lw_limits l = lw_monitor_limits(&o->m->memory, rows[i].q);
		double upper = alarm ? l.high_alarm : l.high_warning;
		double lower = alarm ? l.low_alarm : l.low_warning;

		if (!l.stated)
			continue;
		if (rows[i].q == LW_MON_TX_POWER || rows[i].q == LW_MON_RX_POWER) {
			upper = dbm(upper);
			lower = dbm(lower);
		} else if (rows[i].q == LW_MON_TX_BIAS) {
			upper *= 1000;
			lower *= 1000;
		}
		put_decimal(o, rows[i].upper, upper, rows[i].digits);
		put_decimal(o, rows[i].lower, lower, rows[i].digits);
	}
	end(o);
	lw_json_end_object(o->j);
}

static void transceiver(struct out *o, bool known)
{
	const struct lw_facts *f = &o->m->facts;
	const char *form, *connector;
	char code[16], date[32];

	begin(o, "openconfig-platform-transceiver:transceiver");
	begin(o, "state");
	lw_json_put_string(o->j, "present",
			   o->m->phase == LW_MODULE_ABSENT ? "NOT_PRESENT" : "PRESENT");
	if (known) {
		snprintf(code, sizeof(code), "%d", (int)f->connector);
		form = word("form", f->form_factor);
		connector = word("cable", f->cable);
		if (!connector)
			connector = word("connector", code);
		put_identity(o, "form-factor",
			     "openconfig-transport-types:", form ? form : "OTHER");
		put_identity(o, "connector-type", "openconfig-transport-types:", connector);
		put_text(o, "vendor", f->vendor_name);
		put_text(o, "vendor-part", f->vendor_pn);
		put_text(o, "vendor-rev", f->vendor_rev);
		put_text(o, "serial-no", f->vendor_sn);
		snprintf(date, sizeof(date), "%sT00:00:00Z", f->date_iso);
		put_text(o, "date-code", f->date_iso[0] ? date : "");
		put_instant(o, "supply-voltage", reading(o, LW_MON_SUPPLY, 0), 2);
	}
	end(o);
	if (known)
		channels(o);
	if (known && o->readings) {
		begin(o, "thresholds");
		lw_json_key(o->j, "threshold");
		lw_json_begin_array(o->j);
		threshold(o, "CRITICAL", true);
		threshold(o, "WARNING", false);
		lw_json_end_array(o->j);
		end(o);
	}
	end(o);
}

static void name(struct out *o, const char *text)
{
	lw_json_put_string(o->j, "name", text);
	begin(o, "config");
	lw_json_put_string(o->j, "name", text);
	end(o);
}

static void cage(struct out *o)
{
	const struct lw_cage *c = &o->s->engine->fabric->cages[o->cage];
	const struct lw_facts *f = &o->m->facts;
	bool known = lw_publish_known(o->s, o->cage);
	const char *port = c->port ? c->port : c->name;
	char own[256], version[32];

	snprintf(own, sizeof(own), "%s-transceiver", port);
	lw_json_begin_object(o->j);
	name(o, port);
	begin(o, "state");
	lw_json_put_string(o->j, "name", port);
	lw_json_put_string(o->j, "type", TYPES "PORT");
	end(o);
	lw_json_end_object(o->j);

	lw_json_begin_object(o->j);
	name(o, own);
	begin(o, "state");
	lw_json_put_string(o->j, "name", own);
	lw_json_put_string(o->j, "type", TYPES "TRANSCEIVER");
	lw_json_put_string(o->j, "parent", port);
	lw_json_put_bool(o->j, "empty", o->m->phase == LW_MODULE_ABSENT);
	lw_json_put_bool(o->j, "removable", true);
	if (known) {
		put_text(o, "mfg-name", f->vendor_name);
		put_text(o, "mfg-date", f->date_iso);
		put_text(o, "part-no", f->vendor_pn);
		put_text(o, "serial-no", f->vendor_sn);
		put_text(o, "hardware-version", f->vendor_rev);
		if (f->fw_major != LW_NONE) {
			snprintf(version, sizeof(version), "%d.%d", (int)f->fw_major,
				 (int)f->fw_minor);
			put_text(o, "firmware-version", version);
		}
		put_instant(o, "temperature", reading(o, LW_MON_TEMPERATURE, 0), 1);
	}
	end(o);
	transceiver(o, known);
	lw_json_end_object(o->j);
}

int lw_publish_openconfig(const struct lw_publish_source *s, struct lw_publish_memory *m,
			  struct lw_buf *ret, struct lw_error *reterr)
{
	const struct lw_engine *e = s->engine;
	struct lw_json j;
	struct out o = {.s = s, .j = &j};

	(void)m;
	(void)reterr;
	lw_json_init(&j, ret);
	lw_json_begin_object(&j);
	begin(&o, "openconfig-platform:components");
	lw_json_key(&j, "component");
	lw_json_begin_array(&j);
	for (o.cage = 0; o.cage < e->fabric->cage_n; o.cage++) {
		if (!lw_publish_has_cage(s, o.cage))
			continue;
		o.m = &e->module[o.cage];
		o.readings =
			lw_publish_known(s, o.cage) ? lw_engine_readings(e, (int)o.cage) : NULL;
		cage(&o);
	}
	lw_json_end_array(&j);
	end(&o);
	lw_json_end_object(&j);
	lw_buf_putc(ret, '\n');
	return 0;
}
