/* SPDX-License-Identifier: Apache-2.0 */
/* lanewise module SOURCE prbs. */
#include "lane-test.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
	OPT_PATTERN,
	OPT_FOR,
	OPT_LOOPBACK,
	OPT_FAR,
	OPT_FAR_LANES,
	OPT_REVERSE,
	OPT_ONLY,
	OPT_CONFIDENCE,
	OPT_LIMIT
};

static const struct cli_option prbs_options[] = {
	{"pattern", "NAME",
	 "PRBS-31Q, prbs13q, SSPRQ ... (default: the longest that fits the lanes)"},
	{"for", "SECONDS", "measure so long (default 10); 0: until Ctrl-C"},
	{"loopback", "KIND", "turn the lanes round in this module: media-output and the like"},
	{"far", "SOURCE", "the module at the other end checks what this one sends"},
	{"far-lanes", "LIST", "its lanes, if they are not the same"},
	{"reverse", NULL, "with --far: the other end sends, this one checks"},
	{"only", "send|check", "do only that; the other end is somebody else's"},
	{"confidence", "P", "of the interval, 0.5 to 0.9999 (default 0.95)"},
	{"limit", "RATIO", "bad news (exit status 1) unless the error ratio is surely below this"},
	{0},
};

struct wish {
	struct lw_diag_options opt;
	const char *far;
	bool reverse;
	double limit; /* NAN: none */
};

static int on_prbs(void *ctx, int index, const char *value)
{
	struct wish *w = ctx;

	switch (index) {
	case OPT_PATTERN:
		w->opt.pattern = lw_diag_pattern_find(value);
		return w->opt.pattern < 0 ? -1 : 0;
	case OPT_FOR:
		return cli_test_seconds(value, &w->opt.time);
	case OPT_LOOPBACK:
		w->opt.loop = lw_loopback_find(value);
		return w->opt.loop < 0 ? -1 : 0;
	case OPT_FAR:
		w->far = value;
		return 0;
	case OPT_FAR_LANES:
		w->opt.far_lanes = cli_module_parse_lanes(value);
		return w->opt.far_lanes ? 0 : -1;
	case OPT_REVERSE:
		w->reverse = true;
		return 0;
	case OPT_ONLY:
		w->opt.check = strcmp(value, "check") == 0;
		w->opt.generate = strcmp(value, "send") == 0;
		return w->opt.check || w->opt.generate ? 0 : -1;
	case OPT_CONFIDENCE:
		return cli_test_number(value, 0.5, 0.9999, &w->opt.confidence) ? 0 : -1;
	default:
		return cli_test_number(value, 0, 1, &w->limit) ? 0 : -1;
	}
}

/* -- What is printed --------------------------------------------------------------------------- */

static const char *state_of(const struct lw_lane_test *l)
{
	return !l->locked ? "no lock" : l->lost ? "lost lock" : "locked";
}

static void print_lane(unsigned lane, const struct lw_lane_test *l)
{
	char range[64] = "-", snr[16] = "-", counts[48] = "-";

	if (l->has_counts && l->errors > 0)
		snprintf(range, sizeof(range), "%.2e to %.2e", l->ber.low, l->ber.high);
	else if (l->has_counts && l->bits > 0)
		snprintf(range, sizeof(range), "below %.2e", l->ber.high);
	if (l->has_counts)
		snprintf(counts, sizeof(counts), "%.0f in %.3g%s", l->errors, l->bits,
			 l->estimated ? " (by time)" : "");
	if (!isnan(l->snr_db))
		snprintf(snr, sizeof(snr), "%.1f dB", l->snr_db);
	printf("%4u  %s%-9s%s  %-9.2e  %-22s  %-24s  %s\n", lane + 1,
	       l->locked && !l->lost ? cli_green() : cli_red(), state_of(l), cli_plain(),
	       l->ber.ber, range, counts, snr);
}

static void print_lanes(const struct lw_diag_task *t)
{
	char range[32];

	snprintf(range, sizeof(range), "with %g %% confidence", t->opt.confidence * 100);
	printf("%s, %s side, %.1f s%s\n", lw_pattern_name((unsigned)t->pattern),
	       t->opt.side == LW_SIDE_HOST ? "host" : "media", (double)t->measured.ns / 1e9,
	       t->gated ? " (measured by the module)" : "");
	printf("%slane  pattern    ratio      %-22s  %-24s  SNR%s\n", cli_bold(), range,
	       "errors in bits", cli_plain());
	for (unsigned i = 0; i < LW_DIAG_LANES; i++)
		if (t->lane[i].measured)
			print_lane(i, &t->lane[i]);
}

static void json_prbs(struct cli_module *m, const struct wish *w, const struct lw_diag_task *t)
{
	struct lw_json *j = &m->json_out;

	lw_json_begin_object(j);
	lw_json_put_string(j, "source", m->source);
	lw_json_put_string(j, "subcommand", "prbs");
	lw_json_put_string(j, "far", w->far);
	lw_json_put_bool(j, "dry_run", m->dry_run);
	lw_json_put_bool(j, "ok", t->result == 0);
	lw_json_put_string(j, "error", t->result ? t->error.message : NULL);
	lw_json_put_string(j, "side", t->opt.side == LW_SIDE_HOST ? "host" : "media");
	lw_json_put_string(j, "pattern",
			   t->pattern < 0 ? NULL : lw_pattern_name((unsigned)t->pattern));
	lw_json_put_string(j, "loopback", lw_loopback_name(t->opt.loop));
	lw_json_put_bool(j, "gated", t->gated);
	lw_json_put_number(j, "seconds", (double)t->measured.ns / 1e9);
	lw_json_put_number(j, "confidence", t->opt.confidence);
	lw_json_put_bool(j, "restored", t->restored);
	lw_json_key(j, "writes");
	cli_test_plan_json(j, t);
	lw_json_key(j, "lanes");
	lw_json_begin_array(j);
	for (unsigned i = 0; i < LW_DIAG_LANES; i++)
		if (t->lane[i].measured)
			lw_lane_test_json(&t->lane[i], i, true, j);
	lw_json_end_array(j);
	lw_json_end_object(j);
}

/* Modulation and rate of the lanes of a side, by the application of the first of them. */
static void lanes_by_facts(const struct lw_facts *f, struct lw_diag_options *o)
{
	struct lw_ability able[LW_ABILITIES_MAX];
	size_t n = lw_facts_abilities(f, able);
	unsigned first = o->lanes ? (unsigned)__builtin_ctz(o->lanes) : 0;
	const struct lw_ability *a = n ? &able[0] : NULL;
	uint32_t baud_kbd;

	for (size_t i = 0; i < n; i++)
		if (f->has_dp && first < f->lane_n && able[i].apsel == f->active_apsel[first]) {
			a = &able[i];
			break;
		}
	if (!a)
		return;
	o->modulation = a->host_modulation;
	baud_kbd = a->host_baud_kbd;
	if (o->side == LW_SIDE_MEDIA) {
		o->modulation = a->pmd     ? a->pmd->modulation
				: a->media ? a->media->modulation
					   : LW_MOD_NONE;
		baud_kbd = a->pmd ? a->pmd->baud_kbd : a->media ? a->media->baud_kbd : 0;
	}
	o->lane_mbps = baud_kbd / 1e3 * (o->modulation == LW_PAM4 ? 2 : 1);
}

/* @return whether a lane is worse than it may be */
static bool any_bad(const struct wish *w, const struct lw_diag_task *t)
{
	for (unsigned i = 0; i < LW_DIAG_LANES; i++) {
		const struct lw_lane_test *l = &t->lane[i];

		if (!l->measured)
			continue;
		if (!l->locked || l->lost)
			return true;
		if (!isnan(w->limit) && !(l->ber.high < w->limit))
			return true;
	}
	return false;
}

static int test_lanes(struct cli_module *m, struct wish *w, struct cli_ends *e,
		      struct lw_diag_task *t)
{
	int status;

	w->opt.lanes = m->lanes;
	w->opt.dry_run = m->dry_run;
	lanes_by_facts(&e->facts, &w->opt);
	/* the end that checks is the first of a task */
	if (w->far && !w->reverse) {
		uint32_t far_lanes = w->opt.far_lanes;

		w->opt.far_lanes = w->opt.lanes;
		w->opt.lanes = far_lanes ? far_lanes : w->opt.lanes;
		w->opt.generator_loop = w->opt.loop;
		w->opt.loop = -1;
		lw_diag_task_init(t, e->bus[1], e->bus[0], &w->opt);
	} else {
		lw_diag_task_init(t, e->bus[0], e->bus[1], &w->opt);
	}
	cli_ends_drive(e, t);
	status = cli_module_outcome(t->result);
	if (m->json)
		json_prbs(m, w, t);
	else if (m->dry_run && !t->result)
		cli_test_plan(t);
	else if (!t->result && w->opt.check)
		print_lanes(t);
	cli_test_error(m, t);
	return status == CLI_OK && any_bad(w, t) ? CLI_BAD_NEWS : status;
}

static int run_prbs(const struct cli_module_command *self, struct cli_module *m, int argc,
		    char **argv)
{
	struct wish w = {.opt = {.side = LW_SIDE_MEDIA,
				 .generate = true,
				 .check = true,
				 .pattern = -1,
				 .loop = -1,
				 .generator_loop = -1,
				 .time = lw_ms(CLI_TEST_SECONDS * 1000),
				 .confidence = 0.95},
			 .limit = NAN};
	int status, n = cli_module_parse(self, m, argc, argv, on_prbs, &w);
	struct lw_diag_task *t;
	struct cli_ends e = {0};
	struct lw_error err;

	if (n < 0)
		return n == -2 ? CLI_OK : CLI_USAGE;
	if (n > 1)
		return cli_module_usage(self, "unexpected \"%s\"", argv[1]);
	if (n && strcmp(argv[0], "host") != 0 && strcmp(argv[0], "media") != 0)
		return cli_module_usage(self, "a side is host or media, not \"%s\"", argv[0]);
	if (n && argv[0][0] == 'h')
		w.opt.side = LW_SIDE_HOST;
	if (!w.far && (w.reverse || w.opt.far_lanes))
		return cli_module_usage(self, "--reverse and --far-lanes need --far");
	if (w.far && !(w.opt.check && w.opt.generate))
		return cli_module_usage(self, "--only is for a test without --far");
	if (!w.opt.time.ns && strncmp(m->source, "twin:", 5) == 0)
		return cli_module_usage(self, "a twin has time without end: give --for a number");
	t = calloc(1, sizeof(*t));
	if (!t)
		return cli_error(&(struct lw_error){.code = LW_ENOMEM, .page = -1, .byte = -1});
	status = cli_ends_open(&e, m, w.far, &err) ? cli_error(&err) : test_lanes(m, &w, &e, t);
	cli_ends_close(&e);
	free(t);
	return status;
}

const struct cli_module_command cli_module_prbs = {
	.name = "prbs",
	.synopsis = "[media | host]",
	.summary = "send a test pattern and count its errors, lane by lane (CMIS)",
	.text = "Generate a pattern and check it, by the module's own means, and print errors, "
		"error\n"
		"ratio and SNR of each lane. The ratio comes with the interval that holds it with "
		"the\n"
		"given confidence; without errors that is an upper limit. The lanes carry no "
		"traffic\n"
		"meanwhile; afterwards, and after Ctrl-C, all stands as before.\n\n"
		"Something must bring the pattern back: --loopback in this module, a loopback or "
		"a\n"
		"plug at the other end; or the other end is a module that is named with --far, "
		"and\n"
		"checks what this one sends. The host side needs a switch chip that sends the "
		"same.\n\n"
		"  lanewise module twin:OSFP-800G-DR8 prbs --loopback media-output\n"
		"  lanewise module twin:OSFP-800G-DR8 prbs --far twin:OSFP-800G-DR8 --for 60\n"
		"  lanewise module /dev/i2c-5 prbs --far /dev/i2c-6 --lanes 1-4 --limit 1e-8",
	.options = prbs_options,
	.run = run_prbs,
};
