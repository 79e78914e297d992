/* SPDX-License-Identifier: Apache-2.0 */
/* Tables of `lanewise module`: state, applications, lasers. */
#include "print-facts.h"
#include "print-module.h"
#include <lanewise/lanes.h>
#include <lanewise/value.h>
#include <libsmartcols.h>
#include <math.h>
#include <string.h>

/* The meaning of a code field, "-" if it was not read. */
static const char *code_text(const struct cli_module *m, unsigned id, unsigned lane, char *buf,
			     size_t size)
{
	const struct lw_field *f = &lw_map_fields(m->memory->map, NULL)[id];
	int raw = cli_module_raw(m, id, lane);

	return raw < 0 ? "-" : lw_code_text((enum lw_code_table)f->codes, (unsigned)raw, buf, size);
}

static void put_code(struct cli_module *m, const char *key, unsigned id, unsigned lane)
{
	char buf[24];

	lw_json_put_string(
		&m->json_out, key,
		cli_module_raw(m, id, lane) < 0 ? NULL : code_text(m, id, lane, buf, sizeof(buf)));
}

static void put_bool(struct cli_module *m, const char *key, unsigned id, unsigned lane)
{
	int raw = cli_module_raw(m, id, lane);

	lw_json_key(&m->json_out, key);
	if (raw < 0)
		lw_json_null(&m->json_out);
	else
		lw_json_bool(&m->json_out, raw == 1);
}

static bool held_down(const struct cli_module *m, unsigned lane)
{
	bool bit = cli_module_raw(m, LW_CMIS_DP_DEINIT_LANE, lane) == 1;

	return m->facts->cmis_major == 3 ? !bit : bit;
}

static void cmis_lanes_json(struct cli_module *m)
{
	struct lw_json *j = &m->json_out;
	uint32_t lanes = lw_control_host_lanes(m->memory, m->facts);

	lw_json_key(j, "lanes");
	lw_json_begin_array(j);
	for (unsigned i = 0; i < 32; i++) {
		if (!(lanes >> i & 1) || !cli_module_lane(m, i))
			continue;
		lw_json_begin_object(j);
		lw_json_put_int(j, "lane", i + 1);
		lw_json_put_int(j, "application",
				cli_module_raw(m, LW_CMIS_ACS_APP_SEL_CODE_LANE, i));
		lw_json_put_int(j, "first_lane",
				cli_module_raw(m, LW_CMIS_ACS_DPIDX_LANE, i) + 1 + (int)(i & ~7u));
		put_code(m, "data_path", LW_CMIS_DP_STATE_HOST_LANE, i);
		put_code(m, "config_status", LW_CMIS_CONFIG_STATUS_LANE, i);
		lw_json_put_bool(j, "held_down", held_down(m, i));
		put_bool(m, "output_to_host", LW_CMIS_OUTPUT_STATUS_RX, i);
		put_bool(m, "output_to_medium", LW_CMIS_OUTPUT_STATUS_TX, i);
		lw_json_end_object(j);
	}
	lw_json_end_array(j);
}

static const char *yes_no(int raw)
{
	return raw < 0 ? "-" : raw ? "yes" : "no";
}

static void cmis_lanes_text(struct cli_module *m)
{
	static const char *const columns[] = {"LANE",          "APPLICATION", "DATA PATH",
					      "CONFIGURATION", "TO MEDIA",    "TO HOST"};
	uint32_t lanes = lw_control_host_lanes(m->memory, m->facts);
	struct libscols_table *t = cli_table_new(columns, 6, 0x1);

	for (unsigned i = 0; t && i < 32; i++) {
		bool shown = lanes >> i & 1 && cli_module_lane(m, i);
		struct libscols_line *line = shown ? scols_table_new_line(t, NULL) : NULL;
		int apsel = cli_module_raw(m, LW_CMIS_ACS_APP_SEL_CODE_LANE, i);
		char text[64], buf[24];

		if (!line)
			continue;
		snprintf(text, sizeof(text), "%u", i + 1);
		scols_line_set_data(line, 0, text);
		if (apsel > 0)
			snprintf(text, sizeof(text), "%d from lane %u", apsel,
				 (unsigned)cli_module_raw(m, LW_CMIS_ACS_DPIDX_LANE, i) + 1u +
					 (i & ~7u));
		else
			snprintf(text, sizeof(text), "unused");
		scols_line_set_data(line, 1, text);
		snprintf(text, sizeof(text), "%s%s",
			 code_text(m, LW_CMIS_DP_STATE_HOST_LANE, i, buf, sizeof(buf)),
			 held_down(m, i) ? ", held down" : "");
		scols_line_set_data(line, 2, text);
		scols_line_set_data(line, 3,
				    code_text(m, LW_CMIS_CONFIG_STATUS_LANE, i, buf, sizeof(buf)));
		scols_line_set_data(line, 4,
				    yes_no(cli_module_raw(m, LW_CMIS_OUTPUT_STATUS_TX, i)));
		scols_line_set_data(line, 5,
				    yes_no(cli_module_raw(m, LW_CMIS_OUTPUT_STATUS_RX, i)));
	}
	if (t)
		cli_table_print(t);
}

/* Power as the controls say: what the module was told. */
static const char *power_text(const struct cli_module *m)
{
	if (m->memory->map == LW_MAP_CMIS)
		return cli_module_raw(m, LW_CMIS_LOW_PWR_REQUEST_SW, 0) == 1 ? "low, by register"
		       : cli_module_raw(m, LW_CMIS_LOW_PWR_ALLOW_REQUEST_HW, 0) == 1
			       ? "as the pin says"
			       : "high, by register";
	if (m->memory->map == LW_MAP_SFF8636)
		return cli_module_raw(m, LW_SFF8636_POWER_OVERRIDE, 0) != 1 ? "as the pin says"
		       : cli_module_raw(m, LW_SFF8636_POWER_SET, 0) == 1    ? "low, by register"
									    : "high, by register";
	return cli_module_raw(m, LW_SFF8472_POWER_LEVEL_SELECT, 0) == 1 ? "declared power level"
									: "power level 1";
}

/* A QSFP of a high power class that its host has not allowed may stay dark (SFF-8636 6.2.6). */
static bool class_waits(const struct cli_module *m)
{
	unsigned enable = m->facts->power_class == 8 ? LW_SFF8636_HIGH_POWER_CLASS_ENABLE_8
						     : LW_SFF8636_HIGH_POWER_CLASS_ENABLE_5_7;

	return m->memory->map == LW_MAP_SFF8636 && m->facts->power_class >= 5 &&
	       cli_module_raw(m, enable, 0) == 0;
}

/* A switch of a lane: 0 or 1, -1 where the module has none. */
static int switch_of(const struct cli_module *m, const char *name, unsigned lane)
{
	const struct lw_control_setting *s = lw_control_setting_find(m->memory, name);

	return s && lw_control_offered(s, m->memory, NULL) ? lw_control_value(s, m->memory, lane)
							   : -1;
}

static void put_switch(struct lw_json *j, const char *key, int value)
{
	lw_json_key(j, key);
	if (value < 0)
		lw_json_null(j);
	else
		lw_json_bool(j, value == 1);
}

static void sff_status_json(struct cli_module *m)
{
	bool sfp = m->memory->map == LW_MAP_SFF8472;
	uint32_t lanes = lw_control_host_lanes(m->memory, m->facts);
	struct lw_json *j = &m->json_out;

	put_bool(m, "not_ready", sfp ? LW_SFF8472_DATA_NOT_READY : LW_SFF8636_DATA_NOT_READY, 0);
	lw_json_key(j, "lanes");
	lw_json_begin_array(j);
	for (unsigned i = 0; i < 32; i++) {
		if (!(lanes >> i & 1) || !cli_module_lane(m, i))
			continue;
		lw_json_begin_object(j);
		lw_json_put_int(j, "lane", i + 1);
		put_switch(j, "tx_disabled", switch_of(m, "tx-disable", i));
		put_switch(j, "rx_disabled", switch_of(m, "rx-disable", i));
		lw_json_end_object(j);
	}
	lw_json_end_array(j);
}

static const char *on_off(int disabled)
{
	return disabled < 0 ? "-" : disabled ? "off" : "on";
}

/* What the switches say: whether light leaves only flags would tell, and reading clears them. */
static void sff_lanes_text(struct cli_module *m)
{
	static const char *const columns[] = {"LANE", "TX", "RX"};
	uint32_t lanes = lw_control_host_lanes(m->memory, m->facts);
	struct libscols_table *t = cli_table_new(columns, 3, 0x1);

	for (unsigned i = 0; t && i < 32; i++) {
		bool shown = lanes >> i & 1 && cli_module_lane(m, i);
		struct libscols_line *line = shown ? scols_table_new_line(t, NULL) : NULL;
		char text[16];

		if (!line)
			continue;
		snprintf(text, sizeof(text), "%u", i + 1);
		scols_line_set_data(line, 0, text);
		scols_line_set_data(line, 1, on_off(switch_of(m, "tx-disable", i)));
		scols_line_set_data(line, 2, on_off(switch_of(m, "rx-disable", i)));
	}
	if (t)
		cli_table_print(t);
}

void cli_print_status(struct cli_module *m)
{
	bool cmis = m->memory->map == LW_MAP_CMIS, flat = m->facts->flat_memory;
	char summary[LW_SUMMARY_MAX], buf[24];

	(void)lw_facts_summary(m->facts, summary, sizeof(summary));
	if (m->json) {
		cli_module_begin_json(m, "status");
		lw_json_put_string(&m->json_out, "summary", summary);
		lw_json_put_string(&m->json_out, "power", flat && cmis ? NULL : power_text(m));
		if (m->memory->map == LW_MAP_SFF8636)
			lw_json_put_bool(&m->json_out, "class_enabled", !class_waits(m));
		if (cmis) {
			put_code(m, "module_state", LW_CMIS_MODULE_STATE, 0);
			if (!flat)
				cmis_lanes_json(m);
		} else {
			sff_status_json(m);
		}
		lw_json_end_object(&m->json_out);
		return;
	}
	printf("%s%s%s  %s\n", cli_bold(), m->source, cli_plain(), summary);
	if (cmis)
		printf("  module  %s\n", code_text(m, LW_CMIS_MODULE_STATE, 0, buf, sizeof(buf)));
	else
		printf("  monitors are %svalid\n",
		       cli_module_raw(m,
				      m->memory->map == LW_MAP_SFF8472 ? LW_SFF8472_DATA_NOT_READY
								       : LW_SFF8636_DATA_NOT_READY,
				      0) == 1
			       ? "not yet "
			       : "");
	if (flat && cmis)
		puts("  flat memory: nothing to control");
	else
		printf("  power   %s\n", power_text(m));
	if (class_waits(m))
		printf("  power class %u is not enabled: the module may stay dark; \"power high\" "
		       "enables it\n",
		       (unsigned)m->facts->power_class);
	if (cmis && !flat)
		cmis_lanes_text(m);
	else if (!cmis)
		sff_lanes_text(m);
}

/* Host lanes that run an application now. */
static uint32_t lanes_running(const struct cli_module *m, unsigned apsel)
{
	uint32_t mask = 0;

	for (unsigned i = 0; i < 32; i++)
		if (cli_module_raw(m, LW_CMIS_ACS_APP_SEL_CODE_LANE, i) == (int)apsel)
			mask |= 1u << i;
	return mask;
}

static void apps_json(struct cli_module *m)
{
	struct lw_json *j = &m->json_out;

	cli_module_begin_json(m, "app");
	lw_json_key(j, "applications");
	lw_json_begin_array(j);
	for (unsigned i = 0; i < m->facts->app_n; i++) {
		const struct lw_app *a = &m->facts->app[i];
		char buf[2][24];

		lw_json_begin_object(j);
		lw_json_put_int(j, "application", a->apsel);
		lw_json_put_string(j, "host",
				   lw_code_text(LW_CODES_SFF8024_HOST, a->host_id, buf[0], 24));
		lw_json_put_string(j, "media",
				   lw_code_text(lw_media_table((unsigned)m->facts->media_type),
						a->media_id, buf[1], 24));
		lw_json_put_int(j, "host_lanes", a->host_lanes);
		lw_json_put_int(j, "media_lanes", a->media_lanes);
		lw_json_key(j, "starts");
		lw_json_begin_array(j);
		for (unsigned k = 0; k < 8; k++)
			if (a->host_assign >> k & 1)
				lw_json_int(j, k + 1);
		lw_json_end_array(j);
		lw_json_key(j, "running");
		lw_json_begin_array(j);
		for (unsigned k = 0; k < 32; k++)
			if (lanes_running(m, a->apsel) >> k & 1)
				lw_json_int(j, k + 1);
		lw_json_end_array(j);
		lw_json_end_object(j);
	}
	lw_json_end_array(j);
	lw_json_end_object(j);
}

static const char *lanes_or_none(uint32_t lanes, char ret[LW_LANES_TEXT])
{
	return lanes ? lw_lanes_list(lanes, ret) : "-";
}

void cli_print_apps(struct cli_module *m)
{
	static const char *const columns[] = {"APPLICATION", "HOST",      "MEDIA",
					      "HOST LANES",  "STARTS AT", "RUNS ON"};
	struct libscols_table *t;

	if (m->json) {
		apps_json(m);
		return;
	}
	if (!m->facts->app_n) {
		puts(m->memory->map == LW_MAP_CMIS
			     ? "  the module advertises no application"
			     : "  only CMIS modules have applications: this one runs as it is "
			       "plugged");
		return;
	}
	t = cli_table_new(columns, 6, 0x1);
	for (unsigned i = 0; t && i < m->facts->app_n; i++) {
		const struct lw_app *a = &m->facts->app[i];
		struct libscols_line *line = scols_table_new_line(t, NULL);
		char text[LW_LANES_TEXT], buf[24];

		if (!line)
			continue;
		snprintf(text, sizeof(text), "%u", a->apsel);
		scols_line_set_data(line, 0, text);
		scols_line_set_data(line, 1,
				    lw_code_text(LW_CODES_SFF8024_HOST, a->host_id, buf, 24));
		scols_line_set_data(line, 2,
				    lw_code_text(lw_media_table((unsigned)m->facts->media_type),
						 a->media_id, buf, 24));
		snprintf(text, sizeof(text), "%u", a->host_lanes);
		scols_line_set_data(line, 3, text);
		scols_line_set_data(line, 4, lanes_or_none(a->host_assign, text));
		scols_line_set_data(line, 5, lanes_or_none(lanes_running(m, a->apsel), text));
	}
	if (t)
		cli_table_print(t);
}

void cli_print_tuning(struct cli_module *m)
{
	uint32_t lanes = lw_control_media_lanes(m->memory, m->facts);
	bool cmis = m->memory->map == LW_MAP_CMIS;
	struct lw_json *j = &m->json_out;
	char buf[24];

	if (m->json) {
		cli_module_begin_json(m, "tune");
		lw_json_key(j, "lasers");
		lw_json_begin_array(j);
	}
	for (unsigned i = 0; i < 32; i++) {
		double thz = lw_control_frequency_thz(m->memory, m->facts, i);

		if (!(lanes >> i & 1))
			continue;
		if (m->json) {
			lw_json_begin_object(j);
			lw_json_put_int(j, "lane", i + 1);
			lw_json_put_number(j, "frequency_thz", thz);
			if (cmis)
				put_code(m, "grid", LW_CMIS_GRID_SPACING_TX, i);
			lw_json_end_object(j);
		} else {
			printf("  lane %-2u  %.9g THz%s%s\n", i + 1, thz, cmis ? ", grid " : "",
			       cmis ? code_text(m, LW_CMIS_GRID_SPACING_TX, i, buf, sizeof(buf))
				    : "");
		}
	}
	if (m->json) {
		lw_json_end_array(j);
		lw_json_end_object(j);
	}
}
