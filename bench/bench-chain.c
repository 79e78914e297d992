/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Signals: a PAM4 lane at one sample a symbol, as waveforms, and TDECQ. Each stands beside a bound
 * that takes turns with it: the part of its work that cannot be left out.
 */
#include "bench.h"

#include <lanewise/chain.h>
#include <lanewise/pattern.h>
#include <lanewise/tdecq.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SSPRQ = 65535, EYE_SYMBOLS = 65536, BLOCK = 16 * 2720, BLOCKS = 4 };

struct lane {
	struct lw_pulse pulse;
	struct lw_noise noise;
	struct lw_chain filter, count, wave, feedback; /* only filtered; counted; seen */
	struct lw_eye eye;
	uint64_t next;
	uint8_t symbol[EYE_SYMBOLS];
	float *capture, *waveform;
	struct lw_tdecq_options options, fixed;
	double tap[LW_TDECQ_TAPS];
};

static void run(struct lane *l, const struct lw_chain *c)
{
	struct lw_chain_count n = {0};

	lw_chain_run(c, l->next, BLOCKS, &n, NULL);
	l->next += BLOCKS;
}

static void only_filter(void *ctx)
{
	struct lane *l = ctx;

	run(l, &l->filter);
}

static void count_errors(void *ctx)
{
	struct lane *l = ctx;

	run(l, &l->count);
}

static void only_convolve(void *ctx)
{
	struct lane *l = ctx;

	lw_chain_waveform(&l->wave, l->symbol, EYE_SYMBOLS, l->waveform, NULL);
}

static void make_eye(void *ctx)
{
	struct lane *l = ctx;

	lw_chain_eye(&l->wave, 0, EYE_SYMBOLS, &l->eye, NULL);
}

static void make_eye_feedback(void *ctx)
{
	struct lane *l = ctx;

	lw_chain_eye(&l->feedback, 0, EYE_SYMBOLS, &l->eye, NULL);
}

static void one_look(void *ctx)
{
	struct lane *l = ctx;
	struct lw_tdecq t;

	lw_tdecq_measure(l->capture, l->symbol, SSPRQ, LW_PHASES, &l->fixed, &t, NULL);
}

static void search_taps(void *ctx)
{
	struct lane *l = ctx;
	struct lw_tdecq t;

	lw_tdecq_measure(l->capture, l->symbol, SSPRQ, LW_PHASES, &l->options, &t, NULL);
}

/* 53 GBd through 9 ps and a receiver of half the rate. */
static int make_lane(struct lane *l)
{
	struct lw_channel *way = NULL, *rx = NULL;
	double low, high;
	int r = lw_channel_create(53.125, 256, &way, NULL) |
		lw_channel_create(53.125, 256, &rx, NULL);

	if (!r)
		r = lw_channel_rise(way, 9, NULL) | lw_channel_bessel(rx, 26.5625, NULL) |
		    lw_channel_cascade(way, rx, NULL) | lw_channel_noise(rx, &l->noise, NULL) |
		    lw_channel_pulse(way, 1e-6, &l->pulse, NULL);
	lw_channel_destroy(way);
	lw_channel_destroy(rx);
	if (r)
		return r;
	lw_chain_init(&l->count, LW_PAM4, &l->pulse);
	l->count.noise = &l->noise;
	l->count.noise_rms = 0.06;
	l->count.fec = lw_fec_find("RS(544,514)");
	l->wave = l->count;
	r = lw_chain_equalise(&l->count, 5, 2, 1, -1, NULL, NULL) |
	    lw_chain_equalise(&l->wave, 5, 2, 0, -1, NULL, NULL);
	l->feedback = l->count;
	l->filter = l->count;
	l->filter.noise_rms = 0;
	l->filter.dfe_n = 0;
	lw_chain_range(&l->wave, &low, &high);
	lw_eye_init(&l->eye, low, high);
	return r;
}

static int make_capture(struct lane *l)
{
	static struct lw_pattern_source source;
	struct lw_tdecq t;
	int r = lw_pattern_start(&source, lw_pattern_find("ssprq"), 0, NULL);

	if (r)
		return r;
	lw_pattern_symbols(&source, l->symbol, EYE_SYMBOLS);
	l->capture = malloc((size_t)SSPRQ * LW_PHASES * sizeof(float));
	l->waveform = malloc((size_t)EYE_SYMBOLS * LW_PHASES * sizeof(float));
	if (!l->capture || !l->waveform)
		return -1;
	r = lw_chain_waveform(&l->wave, l->symbol, SSPRQ, l->capture, NULL);
	l->options = LW_TDECQ_OPTIONS;
	l->options.baud_gbd = 53.125;
	if (!r)
		r = lw_tdecq_measure(l->capture, l->symbol, SSPRQ, LW_PHASES, &l->options, &t,
				     NULL);
	memcpy(l->tap, t.tap, sizeof(l->tap));
	l->fixed = l->options;
	l->fixed.fixed_tap = l->tap;
	return r;
}

int bench_add_chain(struct bench_case ret[BENCH_CASES_MAX], size_t *inout_n)
{
	static struct lane l;
	const struct bench_case cases[] = {
		{"symbols made, filtered, sliced", only_filter, &l, BLOCK * BLOCKS,
		 .is_floor = true},
		{"lw_chain_run: noise, FFE, DFE, FEC count", count_errors, &l, BLOCK * BLOCKS,
		 .bar = 200e6},
		{"32 samples a symbol, convolved", only_convolve, &l, EYE_SYMBOLS,
		 .is_floor = true},
		{"lw_chain_eye: noise, FFE, density", make_eye, &l, EYE_SYMBOLS, .bar = 20e6},
		{"lw_chain_eye: the same behind a DFE", make_eye_feedback, &l, EYE_SYMBOLS},
		{"TDECQ of SSPRQ, taps given", one_look, &l, 1, .is_floor = true},
		{"lw_tdecq_measure: SSPRQ, taps searched", search_taps, &l, 1, .bar = 10},
	};

	if (make_lane(&l) || make_capture(&l)) {
		fprintf(stderr, "bench: the lane cannot be made\n");
		return -1;
	}
	memcpy(ret + *inout_n, cases, sizeof(cases));
	*inout_n += sizeof(cases) / sizeof(*cases);
	return 0;
}
