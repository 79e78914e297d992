/* SPDX-License-Identifier: Apache-2.0 */
#include "print-facts.h"
#include "cli.h"
#include <libsmartcols/libsmartcols.h>
#include <string.h>

static void section(const char *title)
{
	printf("\n%s%s%s\n", cli_bold(), title, cli_plain());
}

__attribute__((format(printf, 2, 3))) static void row(const char *label, const char *fmt, ...)
{
	va_list ap;

	printf("  %-16s", label);
	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	putchar('\n');
}

/* Text from a module may hold anything: show what is printable. */
static void text_row(const char *label, const char *s)
{
	if (!*s)
		return;
	printf("  %-16s", label);
	for (; *s; s++)
		putchar(*s >= 0x20 && *s < 0x7f ? *s : '?');
	putchar('\n');
}

static void code_row(const char *label, enum lw_code_table table, int32_t code)
{
	char number[16];

	if (code != LW_NONE)
		row(label, "%s", lw_code_text(table, (unsigned)code, number, sizeof(number)));
}

static void print_identity(const struct lw_facts *f)
{
	section("Identity");
	code_row("identifier", LW_CODES_SFF8024_ID, f->identifier);
	text_row("vendor", f->vendor_name);
	if (f->has_oui)
		row("OUI", "%02x:%02x:%02x", f->oui[0], f->oui[1], f->oui[2]);
	text_row("part", f->vendor_pn);
	text_row("revision", f->vendor_rev);
	text_row("serial", f->vendor_sn);
	text_row("date", f->date_iso[0] ? f->date_iso : f->date_raw);
	text_row("lot", f->lot);
	text_row("CLEI", f->clei);
}

static const char *extended(const struct lw_facts *f)
{
	return f->extended_compliance > 0
		       ? lw_code_name(LW_CODES_SFF8024_EXT, (unsigned)f->extended_compliance)
		       : NULL;
}

static void print_module(const struct lw_facts *f)
{
	section("Module");
	if (f->map == LW_MAP_CMIS) {
		row("management", "CMIS %u.%u, %s", f->cmis_major, f->cmis_minor,
		    f->flat_memory ? "flat memory" : "paged memory");
		code_row("state", LW_CODES_MODULE_STATE, f->module_state);
		code_row("media type", LW_CODES_MEDIA_TYPE, f->media_type);
		code_row("technology", LW_CODES_MEDIA_TECH, f->media_technology);
		if (f->fw_major != LW_NONE)
			row("firmware", "%d.%d", f->fw_major, f->fw_minor);
	} else {
		row("management", "%s", f->map == LW_MAP_SFF8636 ? "SFF-8636" : "SFF-8472");
		if (extended(f))
			row("compliance", "%s", extended(f));
		code_row("encoding",
			 f->map == LW_MAP_SFF8636 ? LW_CODES_SFF8636_ENCODING
						  : LW_CODES_SFF8472_ENCODING,
			 f->encoding);
		if (f->nominal_bitrate_mbd != LW_NONE)
			row("bit rate", "%d MBd", f->nominal_bitrate_mbd);
	}
	code_row("connector", LW_CODES_SFF8024_CONN, f->connector);
	if (f->power_class != LW_NONE)
		row("power", isnan(f->max_power_w) ? "class %d" : "class %d, at most %.2f W",
		    f->power_class, f->max_power_w);
	if (f->cable)
		row("cable", isnan(f->cable_length_m) ? "%s" : "%s, %g m", f->cable,
		    f->cable_length_m);
	if (!isnan(f->wavelength_nm))
		row("wavelength",
		    isnan(f->wavelength_tolerance_nm) ? "%.2f nm" : "%.2f nm +-%.2f nm",
		    f->wavelength_nm, f->wavelength_tolerance_nm);
	if (!isnan(f->length_smf_m))
		row("reach OS2", f->length_smf_m < 1000 ? "%g m" : "%g km",
		    f->length_smf_m < 1000 ? f->length_smf_m : f->length_smf_m / 1000);
	for (int g = LW_OM5; g >= LW_OM1; g--) {
		char label[16];

		snprintf(label, sizeof(label), "reach %s", lw_grade_name((enum lw_grade)g));
		if (!isnan(f->length_om_m[g]))
			row(label, "%g m", f->length_om_m[g]);
	}
}

void cli_table_print(struct libscols_table *t)
{
	char *s = NULL;

	if (scols_print_table_to_string(t, &s) == 0 && s)
		for (char *line = strtok(s, "\n"); line; line = strtok(NULL, "\n"))
			printf("  %s\n", line);
	free(s);
	scols_unref_table(t);
}

struct libscols_table *cli_table_new(const char *const *columns, size_t n, unsigned right)
{
	struct libscols_table *t = scols_new_table();

	for (size_t i = 0; t && i < n; i++)
		scols_table_new_column(t, columns[i], 0, right >> i & 1 ? SCOLS_FL_RIGHT : 0);
	return t;
}

__attribute__((format(printf, 3, 4))) static void cell(struct libscols_line *line, size_t column,
						       const char *fmt, ...)
{
	char text[128];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	scols_line_set_data(line, column, text);
}

static void starts(char ret[40], int mask)
{
	size_t n = 0;

	ret[0] = '\0';
	for (int i = 0; mask > 0 && i < 8; i++)
		if (mask >> i & 1)
			n += (size_t)snprintf(ret + n, 40 - n, "%s%d", n ? "," : "", i + 1);
}

static void print_applications(const struct lw_facts *f)
{
	static const char *const columns[] = {
		"APP", "HOST INTERFACE", "LANES", "START", "MEDIA INTERFACE", "LANES", "START"};
	struct libscols_table *t;

	if (!f->app_n)
		return;
	section("Applications");
	t = cli_table_new(columns, 7, 0x01);
	for (unsigned i = 0; t && i < f->app_n; i++) {
		const struct lw_app *a = &f->app[i];
		struct libscols_line *line = a->after_gap ? NULL : scols_table_new_line(t, NULL);
		char host[40], media[40], number[2][16];
		enum lw_code_table table = lw_media_table((unsigned)f->media_type);

		if (!line)
			continue;
		starts(host, a->host_assign);
		starts(media, a->media_assign);
		cell(line, 0, "%u", a->apsel);
		cell(line, 1, "%s", lw_code_text(LW_CODES_SFF8024_HOST, a->host_id, number[0], 16));
		cell(line, 2, "%u", a->host_lanes);
		cell(line, 3, "%s", host);
		cell(line, 4, "%s", lw_code_text(table, a->media_id, number[1], 16));
		cell(line, 5, "%u", a->media_lanes);
		cell(line, 6, "%s", media);
	}
	if (t)
		cli_table_print(t);
}

/* Which limit a value is beyond, "" if none. */
static const char *mark(double v, const struct lw_limits *l)
{
	/* Thresholds that are all 0 were never set. */
	if (!l->stated || isnan(v) || l->high_alarm <= l->low_alarm)
		return "";
	if (v > l->high_alarm)
		return " HIGH ALARM";
	if (v < l->low_alarm)
		return " LOW ALARM";
	if (v > l->high_warning)
		return " high warning";
	if (v < l->low_warning)
		return " low warning";
	return "";
}

static double dbm(double mw)
{
	return 10 * log10(mw);
}

static void power_cell(struct libscols_line *line, size_t column, double mw,
		       const struct lw_limits *l)
{
	if (isnan(mw))
		cell(line, column, "-");
	else if (mw > 0)
		cell(line, column, "%.4f mW %6.2f dBm%s", mw, dbm(mw), mark(mw, l));
	else
		cell(line, column, "0 mW -inf dBm%s", mark(mw, l));
}

/* Media lanes that some application uses: the monitors of others mean nothing. */
static unsigned media_lanes(const struct lw_facts *f)
{
	unsigned most = 0;

	for (unsigned i = 0; i < f->app_n; i++) {
		const struct lw_app *a = &f->app[i];
		unsigned last = 31u - (unsigned)__builtin_clz((unsigned)a->media_assign | 1u);

		if (a->after_gap || a->media_assign <= 0 || !a->media_lanes)
			continue;
		if (last + a->media_lanes > most)
			most = last + a->media_lanes;
	}
	/* Without page 01h: the lanes that page 00h does not deny. */
	if (!most && f->media_unsupported > 0)
		return 32u - (unsigned)__builtin_clz((~(unsigned)f->media_unsupported & 0xff) | 1u);
	return most ? most : f->lane_n;
}

static void print_lanes(const struct lw_facts *f)
{
	static const char *const columns[] = {"LANE",     "TX POWER",  "TX BIAS",
					      "RX POWER", "DATA PATH", "APP"};
	struct libscols_table *t;

	if (!f->has_lanes && !f->has_dp)
		return;
	section("Lanes");
	t = cli_table_new(columns, f->has_dp ? 6 : 4, 0x0f);
	for (unsigned i = 0; t && i < f->lane_n; i++) {
		static const struct lw_lane_monitor none = {NAN, NAN, NAN};
		const struct lw_lane_monitor *m = i < media_lanes(f) ? &f->lane[i] : &none;
		struct libscols_line *line = scols_table_new_line(t, NULL);
		char number[16];

		if (!line)
			continue;
		cell(line, 0, "%u", i + 1);
		power_cell(line, 1, f->has_lanes ? m->tx_power_mw : NAN, &f->limits[LW_Q_TX_POWER]);
		if (f->has_lanes && !isnan(m->tx_bias_ma))
			cell(line, 2, "%.3f mA%s", m->tx_bias_ma,
			     mark(m->tx_bias_ma, &f->limits[LW_Q_TX_BIAS]));
		else
			cell(line, 2, "-");
		power_cell(line, 3, f->has_lanes ? m->rx_power_mw : NAN, &f->limits[LW_Q_RX_POWER]);
		if (!f->has_dp)
			continue;
		cell(line, 4, "%s", lw_code_text(LW_CODES_DP_STATE, f->dp_state[i], number, 16));
		if (f->active_apsel[i])
			cell(line, 5, "%u", f->active_apsel[i]);
		else
			cell(line, 5, "unused");
	}
	if (t)
		cli_table_print(t);
}

static double lane_value(const struct lw_facts *f, int q, unsigned lane)
{
	const struct lw_lane_monitor *m = &f->lane[lane];

	if (!f->has_lanes || lane >= media_lanes(f))
		return (double)NAN;
	return q == LW_Q_TX_BIAS    ? m->tx_bias_ma
	       : q == LW_Q_TX_POWER ? m->tx_power_mw
				    : m->rx_power_mw;
}

/* "7.01 - 7.43" over the lanes, and which of them are beyond a limit. */
static void lanes_cells(struct libscols_line *line, const struct lw_facts *f, int q)
{
	double low = INFINITY, high = -INFINITY;
	char beyond[96] = "";
	size_t n = 0;

	for (unsigned i = 0; i < f->lane_n; i++) {
		double v = lane_value(f, q, i);
		const char *what = mark(v, &f->limits[q]);

		if (isnan(v))
			continue;
		low = v < low ? v : low;
		high = v > high ? v : high;
		if (what[0] && n < sizeof(beyond))
			n += (size_t)snprintf(beyond + n, sizeof(beyond) - n, "%s%u%s",
					      n ? ", lane " : "lane ", i + 1, what);
	}
	if (low > high)
		cell(line, 1, "-");
	else if (low < high)
		cell(line, 1, "%.4g - %.4g", low, high);
	else
		cell(line, 1, "%.4g", low);
	cell(line, 6, "%s", beyond);
}

static void print_thresholds(const struct lw_facts *f)
{
	static const char *const columns[] = {"MONITOR",   "VALUE",      "LOW ALARM", "LOW WARN",
					      "HIGH WARN", "HIGH ALARM", "BEYOND"};
	static const char *const names[] = {"temperature C", "supply V", "Tx bias mA",
					    "Tx power mW", "Rx power mW"};
	struct libscols_table *t;

	if (!f->has_dom && !f->has_thresholds)
		return;
	section("Monitors and thresholds");
	t = cli_table_new(columns, 7, 0x3e);
	for (int q = 0; t && q < LW_Q_N; q++) {
		const struct lw_limits *l = &f->limits[q];
		double v = q == LW_Q_TEMPERATURE ? f->temperature_c
			   : q == LW_Q_VCC       ? f->vcc_v
						 : NAN;
		struct libscols_line *line;

		if (isnan(v) && !l->stated && (q <= LW_Q_VCC || isnan(lane_value(f, q, 0))))
			continue;
		line = scols_table_new_line(t, NULL);
		if (!line)
			continue;
		cell(line, 0, "%s", names[q]);
		if (q > LW_Q_VCC)
			lanes_cells(line, f, q);
		else if (isnan(v))
			cell(line, 1, "-");
		else
			cell(line, 1, "%.4g", v);
		if (q <= LW_Q_VCC && mark(v, l)[0])
			cell(line, 6, "%s", mark(v, l) + 1);
		if (!l->stated)
			continue;
		cell(line, 2, "%.4g", l->low_alarm);
		cell(line, 3, "%.4g", l->low_warning);
		cell(line, 4, "%.4g", l->high_warning);
		cell(line, 5, "%.4g", l->high_alarm);
	}
	if (t)
		cli_table_print(t);
}

static void print_flags(const struct lw_facts *f)
{
	const struct lw_field *fields = lw_map_fields(f->map, NULL);

	if (!f->flag_n)
		return;
	section("Flags raised");
	for (unsigned i = 0; i < f->flag_n; i++) {
		const struct lw_field *x = &fields[f->flag[i].field];
		unsigned lanes = 1;
		char first[96], lane[64] = "";
		size_t n = 0;

		/* the lanes of one flag stand together */
		while (i + lanes < f->flag_n && f->flag[i + lanes].field == f->flag[i].field)
			lanes++;
		for (unsigned k = i; k < i + lanes && f->flag[k].lane >= 0 && n < sizeof(lane); k++)
			n += (size_t)snprintf(lane + n, sizeof(lane) - n, "%s%d",
					      n           ? ","
					      : lanes > 1 ? " lanes "
							  : " lane ",
					      f->flag[k].lane + 1);
		snprintf(first, sizeof(first), "  %s%s: ", x->name, lane);
		cli_wrap(stdout, first, 4, x->doc);
		i += lanes - 1;
	}
}

void cli_print_facts(const struct lw_facts *f, const char *source,
		     const struct lw_findings *problems)
{
	char summary[256];

	lw_facts_summary(f, summary, sizeof(summary));
	printf("%s%s%s: ", cli_bold(), source, cli_plain());
	cli_wrap(stdout, "", 2, summary);
	print_identity(f);
	print_module(f);
	print_applications(f);
	print_lanes(f);
	print_thresholds(f);
	print_flags(f);
	section("Checks");
	for (unsigned i = 0; i < f->checksum_n; i++)
		if (f->checksum[i].present)
			row(f->checksum[i].name,
			    f->checksum[i].stored == f->checksum[i].computed
				    ? "%02Xh, right"
				    : "%02Xh, but the bytes add up to %02Xh",
			    f->checksum[i].stored, f->checksum[i].computed);
	cli_print_findings(problems, stdout);
}
