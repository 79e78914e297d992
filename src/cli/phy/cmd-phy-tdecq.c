/* SPDX-License-Identifier: Apache-2.0 */
/* "lanewise phy tdecq": TDECQ of a captured or simulated waveform. */
#include "phy-lane.h"
#include <errno.h>
#include <lanewise/files.h>
#include <lanewise/pattern.h>
#include <lanewise/tdecq.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define CAPTURE_LIMIT (256u << 20)

enum {
	OPT_SIMULATE = PHY_LANE_N,
	OPT_PATTERN,
	OPT_SAMPLES,
	OPT_TAPS,
	OPT_FREEDOM,
	OPT_NOISE_GHZ,
	OPT_SCOPE,
	OPT_SER,
	OPT_JSON
};

static const struct cli_option options[] = {
	PHY_PATH_OPTIONS,
	PHY_LANE_OPTIONS,
	{"simulate", NULL, "measure the lane of the options above instead of a file"},
	{"pattern", "NAME", "prbs13q (default) or ssprq"},
	{"samples", "N", "samples of a symbol (default: by the file's length)"},
	{"taps", "N", "of the reference equaliser (default 5)"},
	{"freedom", "PERCENT", "thresholds may move by this part of OMA (default 0; 1: 802.3cd)"},
	{"noise-bandwidth", "GHZ", "of the noise filter (default half the rate)"},
	{"scope-noise", "RMS", "of the instrument, in the file's unit"},
	{"target", "SER", "symbol error ratio (default 4.8e-4)"},
	{"json", NULL, "print one JSON document (docs/json.md)"},
	{0},
};

struct tdecq {
	struct phy_lane lane;
	struct lw_tdecq_options o;
	bool simulate, json;
	const struct lw_pattern *pattern;
	uint64_t samples;
	uint8_t *symbol;
	size_t n;
	float *wave;
	size_t shift;
	double agreement;
};

static int on_option(void *ctx, int index, const char *value)
{
	struct tdecq *t = ctx;
	uint64_t taps = 0;
	int r;

	switch (index) {
	case OPT_SIMULATE:
		t->simulate = true;
		return 0;
	case OPT_PATTERN:
		t->pattern = lw_pattern_find(value);
		return t->pattern && t->pattern->levels == 4 && lw_pattern_period(t->pattern) &&
				       lw_pattern_period(t->pattern) < 1u << 22
			       ? 0
			       : -1;
	case OPT_SAMPLES:
		return phy_whole(value, 4, 128, &t->samples);
	case OPT_TAPS:
		r = phy_whole(value, 1, LW_TDECQ_TAPS, &taps);
		t->o.taps = (unsigned)taps;
		t->o.main_last = taps < 3 ? (unsigned)taps - 1 : 2;
		return r;
	case OPT_FREEDOM:
		r = phy_number(value, 0, 10, &t->o.threshold_freedom);
		t->o.threshold_freedom /= 100;
		return r;
	case OPT_NOISE_GHZ:
		return phy_number(value, 0.01, 1e4, &t->o.noise_ghz);
	case OPT_SCOPE:
		return phy_number(value, 0, 1e9, &t->o.scope_rms);
	case OPT_SER:
		return phy_number(value, 1e-12, 0.2, &t->o.ser);
	case OPT_JSON:
		t->json = true;
		return 0;
	default:
		return phy_lane_option(&t->lane, index, value);
	}
}

/* One period of the pattern. */
static int make_pattern(struct tdecq *t, struct lw_error *e)
{
	struct lw_pattern_source *s = malloc(sizeof(*s));
	uint64_t bits = lw_pattern_period(t->pattern);
	int r;

	/* an odd number of bits repeats in symbols after twice as many */
	t->n = (size_t)(bits % 2 ? bits : bits / 2);
	t->symbol = malloc(t->n);
	if (!s || !t->symbol) {
		free(s);
		return lw_fail(e, LW_ENOMEM, "out of memory");
	}
	r = lw_pattern_start(s, t->pattern, 0, e);
	if (!r)
		lw_pattern_symbols(s, t->symbol, t->n);
	free(s);
	return r;
}

/* The last number of each line; lines that begin with none (a heading) may come first. */
static int parse_capture(char *text, const char *name, float *ret, size_t cap, size_t *ret_n,
			 struct lw_error *e)
{
	size_t n = 0;
	int line = 1;

	for (char *at = text; *at; line++) {
		char *end = at + strcspn(at, "\n"), *stop, *last = at, *c;
		bool more = *end != '\0';
		float v;

		*end = '\0';
		for (c = at; *c; c++)
			if (strchr(",;\t ", *c) && c[1] && !strchr(",;\t \r", c[1]))
				last = c + 1;
		v = strtof(last, &stop);
		stop += strspn(stop, " \t\r,;");
		if (stop == last || *stop || !isfinite(v)) {
			if (n || at[strspn(at, " \t\r")] == '\0' ? *at && at[strspn(at, " \t\r")]
								 : false)
				return lw_fail_in(e, LW_EINVAL, name, line, "this is no number");
		} else {
			if (n == cap)
				return lw_fail_in(e, LW_ELIMIT, name, line, "more than %zu samples",
						  cap);
			ret[n++] = v;
		}
		at = more ? end + 1 : end;
	}
	*ret_n = n;
	return 0;
}

/* Put the pattern's first symbol first. */
static int turn(struct tdecq *t, struct lw_error *e)
{
	size_t m = t->n * t->samples, by;
	float *turned;
	int r = lw_tdecq_align(t->wave, t->symbol, t->n, (unsigned)t->samples, &t->shift,
			       &t->agreement, e);

	if (r)
		return r;
	if (t->agreement < 0.5)
		return lw_fail(
			e, LW_EINVAL,
			"the waveform does not agree with %s (correlation %.2f): is it another "
			"pattern, inverted, or another number of samples?",
			t->pattern->name, t->agreement);
	by = t->shift * t->samples;
	turned = malloc(m * sizeof(*turned));
	if (!turned)
		return lw_fail(e, LW_ENOMEM, "out of memory");
	memcpy(turned, t->wave + by, (m - by) * sizeof(*turned));
	memcpy(turned + m - by, t->wave, by * sizeof(*turned));
	free(t->wave);
	t->wave = turned;
	return 0;
}

static int read_capture(struct tdecq *t, const char *path, struct lw_error *e)
{
	char *text = NULL;
	size_t size = 0, n = 0, cap;
	int r = lw_file_read(path, CAPTURE_LIMIT, &text, &size, e);

	if (r)
		return r;
	cap = t->n * 128 + 1;
	t->wave = malloc(cap * sizeof(*t->wave));
	r = t->wave ? parse_capture(text, path, t->wave, cap, &n, e)
		    : lw_fail(e, LW_ENOMEM, "out of memory");
	free(text);
	if (r)
		return r;
	if (!t->samples)
		t->samples = n / t->n;
	if (t->samples < 4 || t->samples > 128 || n < t->n * t->samples ||
	    (n % t->n && n < t->n * (t->samples + 1) && n != t->n * t->samples))
		return lw_fail_in(e, LW_EINVAL, path, 0,
				  "%zu samples are no whole period of %s (%zu symbols of 4 to 128 "
				  "samples)",
				  n, t->pattern->name, t->n);
	return turn(t, e);
}

static int simulate(struct tdecq *t, struct lw_error *e)
{
	struct lw_lane *l = malloc(sizeof(*l));
	int r;

	t->samples = LW_PHASES;
	t->agreement = 1;
	t->wave = malloc(t->n * LW_PHASES * sizeof(*t->wave));
	if (!l || !t->wave) {
		free(l);
		return lw_fail(e, LW_ENOMEM, "out of memory");
	}
	r = phy_lane_make(&t->lane, l, e);
	if (!r && l->chain.modulation != LW_PAM4)
		r = lw_fail(e, LW_EINVAL, "TDECQ is of PAM4");
	if (!r)
		r = lw_chain_waveform(&l->chain, t->symbol, t->n, t->wave, e);
	t->o.baud_gbd = l->pulse.baud_gbd;
	free(l);
	return r;
}

static void print(const struct tdecq *t, const struct lw_tdecq *a)
{
	if (isinf(a->tdecq_db))
		printf("%sTDECQ: the eye is closed%s, even without noise\n", cli_red(),
		       cli_plain());
	else
		printf("TDECQ %.2f dB (%s, %zu symbols of %llu samples)\n", a->tdecq_db,
		       t->pattern->name, t->n, (unsigned long long)t->samples);
	printf("  outer OMA %.5g, average %.5g, RLM %.3f", a->oma, a->average, a->rlm);
	if (isfinite(a->er_db))
		printf(", extinction ratio %.2f dB", a->er_db);
	printf("\n");
	printf("  taps");
	for (unsigned i = 0; i < a->taps; i++)
		printf(" %.4f%s", a->tap[i], i == a->main_tap ? "*" : "");
	printf("; noise grows by %.4f\n", a->ceq);
	printf("  SER left %.3g, right %.3g at noise of %.4g\n", a->ser[0], a->ser[1],
	       a->noise_rms);
	if (!t->simulate)
		printf("  pattern begins at symbol %zu, correlation %.3f\n", t->shift,
		       t->agreement);
}

static int print_json(const struct tdecq *t, const struct lw_tdecq *a)
{
	struct lw_buf text = LW_BUF_INIT;
	struct lw_json j;

	lw_json_init(&j, &text);
	lw_json_begin_object(&j);
	lw_json_put_number(&j, "tdecq_db", a->tdecq_db);
	lw_json_put_string(&j, "pattern", t->pattern->name);
	lw_json_put_int(&j, "symbols", (int64_t)t->n);
	lw_json_put_int(&j, "samples", (int64_t)t->samples);
	lw_json_put_int(&j, "shift", (int64_t)t->shift);
	lw_json_put_number(&j, "agreement", t->agreement);
	lw_json_put_real(&j, "oma", a->oma);
	lw_json_put_real(&j, "average", a->average);
	lw_json_put_number(&j, "er_db", a->er_db);
	lw_json_put_number(&j, "rlm", a->rlm);
	lw_json_put_number(&j, "ceq", a->ceq);
	lw_json_put_real(&j, "noise_rms", a->noise_rms);
	lw_json_put_real(&j, "ser_left", a->ser[0]);
	lw_json_put_real(&j, "ser_right", a->ser[1]);
	lw_json_put_int(&j, "main_tap", (int64_t)a->main_tap + 1);
	lw_json_key(&j, "taps");
	lw_json_begin_array(&j);
	for (unsigned i = 0; i < a->taps; i++)
		lw_json_number(&j, a->tap[i]);
	lw_json_end_array(&j);
	lw_json_key(&j, "thresholds");
	lw_json_begin_array(&j);
	for (unsigned i = 0; i < 3; i++)
		lw_json_real(&j, a->threshold[i]);
	lw_json_end_array(&j);
	lw_json_end_object(&j);
	lw_buf_putc(&text, '\n');
	return cli_write(&text);
}

static int work(struct tdecq *t, const char *path)
{
	struct lw_tdecq a;
	struct lw_error e;
	int r = make_pattern(t, &e);

	t->o.baud_gbd = t->lane.baud_gbd;
	if (!r)
		r = t->simulate ? simulate(t, &e) : read_capture(t, path, &e);
	if (!r)
		r = lw_tdecq_measure(t->wave, t->symbol, t->n, (unsigned)t->samples, &t->o, &a, &e);
	if (r)
		return cli_error(&e);
	if (t->json)
		return print_json(t, &a);
	print(t, &a);
	return isinf(a.tdecq_db) ? CLI_BAD_NEWS : CLI_OK;
}

static int run(const struct cli_command *self, int argc, char **argv)
{
	struct tdecq t = {
		.lane = PHY_LANE, .o = LW_TDECQ_OPTIONS, .pattern = lw_pattern_find("prbs13q")};
	int n, status;

	t.lane.noise_rms = 0;
	n = cli_parse(self, argc, argv, on_option, &t);
	if (n < 0)
		return n == -2 ? CLI_OK : CLI_USAGE;
	if (t.simulate ? n != 0 : n != 1)
		return cli_usage(self, t.simulate ? "--simulate takes no file"
						  : "name one FILE.csv, or --simulate");
	if (phy_lane_check(self, &t.lane))
		return CLI_USAGE;
	if (!t.simulate && t.lane.given & ~(1u << PHY_BAUD))
		return cli_usage(self, "options of a lane are for --simulate; a file takes --baud");
	status = work(&t, argv[0]);
	free(t.symbol);
	free(t.wave);
	return status;
}

const struct cli_command cli_phy_tdecq = {
	.name = "phy tdecq",
	.synopsis = "FILE.csv | --simulate [OPTION...]",
	.summary = "TDECQ, TECQ or SECQ of a PAM4 waveform",
	.text = "The file holds one period of PRBS13Q or SSPRQ, averaged, behind the reference "
		"receiver's\n"
		"filter: one sample a line, the last number of each. The pattern is found in it. "
		"The same\n"
		"measurement is called TECQ without fibre and SECQ on the stressed signal.\n\n"
		"  lanewise phy tdecq capture.csv --baud 53.125\n"
		"  lanewise phy tdecq --simulate --rise 9 --bandwidth 26.5625 --pattern ssprq",
	.options = options,
	.run = run,
};
