/* SPDX-License-Identifier: Apache-2.0 */
#include <lanewise/chain.h>
#include <lanewise/pcs.h>
#include <lanewise/rs.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* After the headers that it needs. */
#include <cmocka.h>

/*
 * The three engines of a lane against theory and against each other, within the interval of the
 * errors counted (4.5 deviations: one false alarm in 100,000 runs, and seeds are fixed).
 */

static struct lw_pulse pulse, flat;
static struct lw_noise noise;

static int setup(void **state)
{
	struct lw_channel *c = NULL, *rx = NULL;

	(void)state;
	lw_channel_create(53.125, 256, &c, NULL);
	lw_channel_create(53.125, 256, &rx, NULL);
	lw_channel_pulse(c, 1e-9, &flat, NULL);
	/* flat indeed: one symbol, one value */
	memset(flat.h, 0, sizeof(flat.h));
	for (unsigned s = 0; s < LW_PHASES; s++)
		flat.h[flat.pre][s] = 1;
	lw_channel_rise(c, 9, NULL);
	lw_channel_bessel(rx, 30, NULL);
	lw_channel_cascade(c, rx, NULL);
	lw_channel_noise(rx, &noise, NULL);
	lw_channel_pulse(c, 1e-7, &pulse, NULL);
	lw_channel_destroy(c);
	lw_channel_destroy(rx);
	return 0;
}

static void near(double a, double b, double within)
{
	if (!(fabs(a - b) <= within))
		fail_msg("%.12g is not %.12g within %g", a, b, within);
}

/* `n` counted of `of`, `p` expected. */
static void counted(const char *what, uint64_t n, uint64_t of, double p, double model)
{
	double want = p * (double)of, bound = 4.5 * sqrt(want) + model * want;

	if (!(fabs((double)n - want) <= bound))
		fail_msg("%s: %llu counted, %.1f +- %.1f expected", what, (unsigned long long)n,
			 want, bound);
}

static void random_blocks_are_the_published_ones(void **state)
{
	static const uint32_t cases[3][3][4] = {
		{{0}, {0}, {0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}},
		{{~0u, ~0u, ~0u, ~0u},
		 {~0u, ~0u},
		 {0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}},
		{{0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344},
		 {0xa4093822, 0x299f31d0},
		 {0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}}};
	uint32_t got[4];

	(void)state;
	for (int i = 0; i < 3; i++) {
		lw_random_block(cases[i][0], cases[i][1], got);
		assert_memory_equal(got, cases[i][2], sizeof(got));
	}
}

static struct lw_chain lane(enum lw_modulation m, double rms)
{
	struct lw_chain c;

	lw_chain_init(&c, m, &pulse);
	c.noise_rms = rms;
	c.noise = &noise;
	c.fec = lw_fec_find(m == LW_PAM4 ? "RS(544,514)" : "RS(528,514)");
	return c;
}

static void white_noise_errors_follow_theory(void **state)
{
	const enum lw_modulation ms[] = {LW_NRZ, LW_PAM4};

	(void)state;
	for (int i = 0; i < 2; i++)
		for (int snr = 14; snr <= 32; snr += 6) {
			struct lw_chain c = lane(ms[i], 0);
			double power = ms[i] == LW_NRZ ? 1 : 5.0 / 9;
			double db = ms[i] == LW_NRZ ? snr - 8 : snr;
			struct lw_stat s;

			c.pulse = &flat;
			c.noise = NULL;
			c.noise_rms = sqrt(power / lw_phy_ratio(db));
			lw_chain_thresholds(&c);
			assert_int_equal(lw_chain_stat(&c, &s, NULL), 0);
			near(s.ser / lw_phy_ser(db, ms[i]), 1, 1e-3);
			near(s.ber / lw_phy_ber(db, ms[i]), 1, 1e-3);
			near(s.snr_db, db, 1e-6);
		}
}

static void white_noise_counts_follow_theory(void **state)
{
	const enum lw_modulation ms[] = {LW_NRZ, LW_PAM4};
	const double db[] = {7, 14};

	(void)state;
	for (int i = 0; i < 2; i++) {
		struct lw_chain c = lane(ms[i], 0);
		struct lw_chain_count n = {0};

		c.pulse = &flat;
		c.noise = NULL;
		c.noise_rms = sqrt((i ? 5.0 / 9 : 1) / lw_phy_ratio(db[i]));
		lw_chain_thresholds(&c);
		assert_int_equal(lw_chain_run(&c, 0, 20, &n, NULL), 0);
		assert_int_equal(n.symbols, 20 * lw_chain_block(&c));
		counted("symbols", n.symbol_errors, n.symbols, lw_phy_ser(db[i], ms[i]), 0);
		counted("bits", n.bit_errors, n.bits, lw_phy_ber(db[i], ms[i]), 0);
	}
}

static void tails_of_the_noise_are_normal(void **state)
{
	/* Five deviations: 2.87e-7 each way; NRZ at one threshold. */
	struct lw_chain c = lane(LW_NRZ, 0.2);
	struct lw_chain_count n = {0};

	(void)state;
	c.pulse = &flat;
	c.noise = NULL;
	c.threshold[0] = 0;
	assert_int_equal(lw_chain_run(&c, 7, 1200, &n, NULL), 0);
	counted("five deviations", n.symbol_errors, n.symbols, erfc(5 / M_SQRT2) / 2, 0);
	assert_true(n.symbol_errors > 5);
}

static void codewords_follow_the_binomial(void **state)
{
	struct lw_chain c = lane(LW_PAM4, 0);
	struct lw_chain_count n = {0};
	double db = 15.6, ser = lw_phy_ser(db, LW_PAM4), wrong = -expm1(5 * log1p(-ser)), sum = 0;

	(void)state;
	c.pulse = &flat;
	c.noise = NULL;
	c.noise_rms = sqrt(5.0 / 9 / lw_phy_ratio(db));
	c.interleaved = 2;
	lw_chain_thresholds(&c);
	assert_int_equal(lw_chain_run(&c, 0, 40, &n, NULL), 0);
	assert_int_equal(n.codewords, 40 * 16 * 2);
	counted("FEC symbols", n.fec_symbol_errors, n.codewords * 544, wrong, 0);
	for (unsigned k = 0; k <= c.fec->t; k++)
		sum += lw_fec_errors(c.fec, wrong, k);
	counted("lost codewords", n.lost, n.codewords, 1 - sum, 0);
	assert_true(n.lost > 50 && n.lost < n.codewords);
	for (unsigned k = 8; k < 20; k++)
		counted("bin", n.by_errors[k], n.codewords, lw_fec_errors(c.fec, wrong, k), 0);
}

/* What a lane without noise decides: three symbols of interference on each side of four, so that
 * few symbols are wrong, and which ones follows from those around them. */
static unsigned decide_slowly(const struct lw_chain *c, const uint8_t *symbol)
{
	double y = 0;
	unsigned d = 0;

	for (unsigned q = 0; q < c->ffe_n; q++)
		y += (double)(float)c->ffe[q] *
		     (double)(float)c->level[symbol[(int)c->ffe_pre - (int)q]];
	for (unsigned k = 0; k < 3; k++)
		d += y > (double)(float)c->threshold[k];
	return d;
}

static unsigned gray(unsigned level)
{
	return level ^ level >> 1;
}

/* A stream's words counted anew: bits to lanes in turn, their symbols to words by lw_pcs_spot(). */
static void count_slowly(const struct lw_chain *c, uint64_t first, size_t n,
			 struct lw_chain_count *inout)
{
	static uint8_t sent[65536];
	bool wrong[4][LW_RS_N_MAX] = {{false}};

	lw_chain_symbols(c, first - 16, n + 32, sent);
	for (size_t i = 0; i < n; i++) {
		unsigned is = sent[16 + i], d = decide_slowly(c, sent + 16 + i);
		unsigned bits = gray(is) ^ gray(d);

		for (unsigned b = 0; b < 2; b++) {
			size_t at = 2 * i + b, on_lane = at / c->muxed;
			struct lw_pcs_spot s =
				lw_pcs_spot(c->interleaved, c->muxed, (unsigned)(on_lane / 10),
					    (unsigned)(at % c->muxed));

			if (bits >> (1 - b) & 1)
				wrong[s.word][s.place] = true;
		}
		inout->symbol_errors += bits != 0;
	}
	for (unsigned w = 0; w < c->interleaved; w++) {
		unsigned many = 0;

		for (unsigned p = 0; p < 544; p++)
			many += wrong[w][p];
		inout->fec_symbol_errors += many;
		inout->by_errors[many < LW_FEC_BINS ? many : LW_FEC_BINS]++;
	}
}

static void codewords_of_multiplexed_lanes_equal_a_slow_count(void **state)
{
	static const double tap[] = {0.12, 0.12, 1, 0.12, 0.12};

	(void)state;
	for (unsigned words = 1; words <= 4; words *= 2)
		for (unsigned muxed = 1; muxed <= 4; muxed *= 2) {
			struct lw_chain c = lane(LW_PAM4, 0);
			struct lw_chain_count n = {0}, slow = {0};
			size_t length = 2720 * (size_t)words;

			c.pulse = &flat;
			c.noise = NULL;
			c.ffe_n = 5;
			c.ffe_pre = 2;
			memcpy(c.ffe, tap, sizeof(tap));
			c.interleaved = words;
			c.muxed = muxed;
			assert_int_equal(lw_chain_run(&c, 3, 1, &n, NULL), 0);
			for (unsigned s = 0; s < 16; s++)
				count_slowly(&c, (3 * 16 + s) * length, length, &slow);
			assert_int_equal(n.symbol_errors, slow.symbol_errors);
			assert_true(n.symbol_errors > 20 * words);
			assert_int_equal(n.fec_symbol_errors, slow.fec_symbol_errors);
			assert_memory_equal(n.by_errors, slow.by_errors, sizeof(n.by_errors));
		}
}

static void equal(const struct lw_chain_count *a, const struct lw_chain_count *b)
{
	assert_memory_equal(a, b, sizeof(*a));
}

static void counts_do_not_depend_on_processor_or_split(void **state)
{
	struct lw_chain c = lane(LW_PAM4, 0.09);
	struct lw_chain_count whole = {0}, parts = {0};

	(void)state;
	c.rj_ui = 0.01;
	c.dj_ui = 0.02;
	c.reflections = 3;
	c.reflection = 0.003;
	c.level_noise[3] = 0.02;
	c.precoded = true;
	assert_int_equal(lw_chain_equalise(&c, 7, 3, 2, -1, NULL, NULL), 0);
	c.cpu = LW_CPU_C;
	lw_chain_run(&c, 0, 6, &whole, NULL);
	assert_true(whole.bit_errors > 100);
	lw_chain_run(&c, 4, 2, &parts, NULL);
	lw_chain_run(&c, 0, 1, &parts, NULL);
	lw_chain_run(&c, 1, 3, &parts, NULL);
	equal(&whole, &parts);
	for (enum lw_cpu cpu = LW_CPU_AVX2; cpu <= LW_CPU_AVX512; cpu++) {
		struct lw_chain_count n = {0};

		c.cpu = cpu;
		if (!lw_cpu_has(cpu)) {
			assert_int_equal(lw_chain_run(&c, 0, 1, &n, NULL), LW_ENOTSUP);
			continue;
		}
		lw_chain_run(&c, 0, 6, &n, NULL);
		equal(&whole, &n);
	}
	c.seed = 2;
	memset(&parts, 0, sizeof(parts));
	lw_chain_run(&c, 0, 6, &parts, NULL);
	assert_true(parts.bit_errors != whole.bit_errors);
}

/* Counts of a lane against its distributions; `model`: stated bound between the engines. */
static void agree(const char *what, struct lw_chain *c, uint64_t blocks, double model)
{
	struct lw_chain_count n = {0};
	struct lw_stat s;

	assert_int_equal(lw_chain_stat(c, &s, NULL), 0);
	assert_int_equal(lw_chain_run(c, 0, blocks, &n, NULL), 0);
	counted(what, n.symbol_errors, n.symbols, s.ser, model);
	counted(what, n.bit_errors, n.bits, s.ber, model);
	assert_true(n.symbol_errors > 200);
}

static void engines_agree_on_interference_and_coloured_noise(void **state)
{
	struct lw_chain c = lane(LW_PAM4, 0.1);

	(void)state;
	lw_chain_equalise(&c, 5, 2, 0, -1, NULL, NULL);
	agree("FFE", &c, 20, 0.01);
	lw_chain_equalise(&c, 1, 0, 0, 16, NULL, NULL);
	agree("no equaliser", &c, 20, 0.01);
	c = lane(LW_NRZ, 0.4);
	lw_chain_equalise(&c, 3, 1, 0, 12, NULL, NULL);
	agree("NRZ off the middle", &c, 20, 0.01);
	c = lane(LW_PAM4, 0.09);
	lw_chain_levels(&c, -1, 1, 0.9);
	lw_chain_equalise(&c, 5, 2, 0, -1, NULL, NULL);
	agree("RLM", &c, 20, 0.01);
}

static void engines_agree_on_jitter_echoes_and_level_noise(void **state)
{
	struct lw_chain c = lane(LW_PAM4, 0.08);

	(void)state;
	c.rj_ui = 0.02;
	c.dj_ui = 0.04;
	lw_chain_equalise(&c, 5, 2, 0, -1, NULL, NULL);
	agree("jitter", &c, 20, 0.05);
	c = lane(LW_PAM4, 0.08);
	for (int i = 0; i < 4; i++)
		c.level_noise[i] = 0.02 * (i + 1);
	lw_chain_equalise(&c, 5, 2, 0, -1, NULL, NULL);
	agree("level noise", &c, 20, 0.05);
	c = lane(LW_PAM4, 0.07);
	c.reflections = 6;
	c.reflection = 0.012;
	lw_chain_equalise(&c, 5, 2, 0, -1, NULL, NULL);
	agree("echoes", &c, 60, 0.05);
}

static void feedback_errors_multiply(void **state)
{
	struct lw_chain c = lane(LW_PAM4, 0.05);
	struct lw_chain_count right = {0}, real = {0};
	struct lw_pulse long_tail = pulse;

	(void)state;
	/* a tail that only feedback takes off */
	for (unsigned s = 0; s < LW_PHASES; s++) {
		long_tail.h[long_tail.pre + 1][s] += 0.6 * long_tail.h[long_tail.pre][s];
	}
	c.pulse = &long_tail;
	lw_chain_equalise(&c, 1, 0, 1, 16, NULL, NULL);
	c.noise_rms = 0.1;
	c.ideal_feedback = true;
	agree("right feedback", &c, 20, 0.01);
	lw_chain_run(&c, 0, 10, &right, NULL);
	c.ideal_feedback = false;
	lw_chain_run(&c, 0, 10, &real, NULL);
	assert_true(real.symbol_errors > right.symbol_errors + right.symbol_errors / 5);
	assert_true(real.bursts[1] > 2 * right.bursts[1]);
}

static void precoding_turns_single_errors_into_pairs(void **state)
{
	struct lw_chain c = lane(LW_PAM4, 0.095);
	struct lw_chain_count n = {0};
	uint64_t runs = 0;

	(void)state;
	lw_chain_equalise(&c, 5, 2, 0, -1, NULL, NULL);
	c.precoded = true;
	lw_chain_run(&c, 0, 20, &n, NULL);
	for (int i = 0; i < LW_BURSTS; i++)
		runs += n.bursts[i] * (uint64_t)(i + 1);
	assert_int_equal(runs, n.symbol_errors);
	assert_true(n.bursts[0] > 500);
	near((double)n.bursts_decoded[1] / (double)n.bursts[0], 1, 0.05);
	assert_true(n.bursts_decoded[0] < n.bursts_decoded[1] / 20);
}

static void equaliser_improves_and_taps_make_the_main_cursor_one(void **state)
{
	struct lw_chain c = lane(LW_PAM4, 0.03);
	double one, five, nine, sum = 0;

	(void)state;
	lw_chain_equalise(&c, 1, 0, 0, -1, &one, NULL);
	lw_chain_equalise(&c, 5, 2, 0, -1, &five, NULL);
	lw_chain_equalise(&c, 9, 3, 2, -1, &nine, NULL);
	assert_true(five > one + 1 && nine >= five);
	for (unsigned t = 0; t < 9; t++) {
		long p = (long)pulse.pre + 3 - (long)t;

		if (p >= 0 && p < (long)pulse.n)
			sum += c.ffe[t] * pulse.h[p][c.phase];
	}
	near(sum, 1, 1e-9);
}

static void waveform_is_the_sum_of_its_pulses(void **state)
{
	enum { N = 96 };
	struct lw_chain c = lane(LW_PAM4, 0);
	uint8_t symbol[N];
	float *wave = malloc(N * LW_PHASES * sizeof(*wave));

	(void)state;
	lw_chain_symbols(&c, 5, N, symbol);
	assert_int_equal(lw_chain_waveform(&c, symbol, N, wave, NULL), 0);
	for (unsigned k = 0; k < N; k++)
		for (unsigned s = 0; s < LW_PHASES; s += 5) {
			double y = 0;

			for (unsigned p = 0; p < pulse.n; p++)
				y += pulse.h[p][s] * c.level[symbol[(k + pulse.pre + N - p) % N]];
			near((double)wave[k * LW_PHASES + s], y, 1e-5);
		}
	symbol[0] = 4;
	assert_int_equal(lw_chain_waveform(&c, symbol, N, wave, NULL), LW_EINVAL);
	free(wave);
}

static void eye_density_agrees_with_distributions(void **state)
{
	struct lw_chain c = lane(LW_PAM4, 0.06);
	struct lw_eye *e = malloc(sizeof(*e)), *f = malloc(sizeof(*f));
	double exact[LW_PHASES][3][2], seen[LW_PHASES][3][2], low, high, row;

	(void)state;
	c.level_noise[3] = 0.03;
	lw_chain_equalise(&c, 5, 2, 0, -1, NULL, NULL);
	lw_chain_range(&c, &low, &high);
	row = (high - low) / LW_EYE_ROWS;
	lw_eye_init(e, low, high);
	assert_int_equal(lw_chain_eye(&c, 0, 100000, e, NULL), 0);
	assert_int_equal(e->symbols, 100000);
	for (unsigned s = 0; s < LW_PHASES; s++) {
		uint64_t sum = 0;

		for (unsigned r = 0; r < LW_EYE_ROWS; r++)
			sum += e->count[s][r];
		assert_int_equal(sum, 100000);
	}
	assert_int_equal(lw_chain_contour(&c, 1e-2, exact, NULL), 0);
	lw_eye_contour(e, 3, c.threshold, 1e-2, seen);
	for (unsigned i = 0; i < 3; i++)
		for (unsigned k = 0; k < 2; k++)
			near(seen[c.phase][i][k], exact[c.phase][i][k], 2 * row);
	/* by parts and on another processor: the same cells */
	c.cpu = LW_CPU_C;
	lw_eye_init(f, low, high);
	lw_chain_eye(&c, 4096, 100000 - 4096, f, NULL);
	lw_chain_eye(&c, 0, 4096, f, NULL);
	assert_memory_equal(e, f, sizeof(*e));
	f->high = f->low;
	assert_int_equal(lw_chain_eye(&c, 0, 16, f, NULL), LW_EINVAL);
	free(e);
	free(f);
}

/* A tail that only feedback takes off: the eye is shut before it and open behind it, and its edges
 * are those of the distributions, jitter included. */
static void eye_behind_feedback_agrees_with_distributions(void **state)
{
	static const double jitter[] = {0, 0.02};
	struct lw_pulse long_tail = pulse;
	struct lw_eye *e = malloc(sizeof(*e)), *f = malloc(sizeof(*f));
	double exact[LW_PHASES][3][2], seen[LW_PHASES][3][2], low, high;

	(void)state;
	for (unsigned p = 1; p < 3; p++)
		for (unsigned s = 0; s < LW_PHASES; s++)
			long_tail.h[long_tail.pre + p][s] +=
				0.5 / p * pulse.h[long_tail.pre][LW_PHASES / 2];
	for (int i = 0; i < 2; i++) {
		struct lw_chain c = lane(LW_PAM4, 0.04);
		double row;

		c.pulse = &long_tail;
		c.rj_ui = jitter[i];
		c.dj_ui = 2 * jitter[i];
		assert_int_equal(lw_chain_equalise(&c, 3, 1, 3, -1, NULL, NULL), 0);
		lw_chain_range(&c, &low, &high);
		row = (high - low) / LW_EYE_ROWS;
		lw_eye_init(e, low, high);
		assert_int_equal(lw_chain_eye(&c, 0, 200000, e, NULL), 0);
		assert_true(e->outside < 200000.0 * LW_PHASES * 2e-5);
		assert_int_equal(lw_chain_contour(&c, 1e-2, exact, NULL), 0);
		lw_eye_contour(e, 3, c.threshold, 1e-2, seen);
		for (unsigned s = c.phase - 4; s <= c.phase + 4; s++)
			for (unsigned k = 0; k < 3; k++) {
				near(seen[s][k][0], exact[s][k][0], 2.5 * row);
				near(seen[s][k][1], exact[s][k][1], 2.5 * row);
				assert_true(exact[s][k][1] > exact[s][k][0]);
			}
		/* by parts that do not fit the blocks, and on another processor */
		c.cpu = LW_CPU_C;
		lw_eye_init(f, low, high);
		lw_chain_eye(&c, 777, 200000 - 777, f, NULL);
		lw_chain_eye(&c, 0, 777, f, NULL);
		assert_memory_equal(e, f, sizeof(*e));
		c.dfe_n = 0;
		lw_chain_contour(&c, 1e-2, exact, NULL);
		assert_true(exact[c.phase][1][1] < exact[c.phase][1][0]);
	}
	free(e);
	free(f);
}

static void openings_shrink_with_noise_and_bathtub_is_lowest_inside(void **state)
{
	struct lw_chain c = lane(LW_PAM4, 0.02);
	double contour[LW_PHASES][3][2], tub[LW_PHASES];
	struct lw_eye_report quiet, loud;
	struct lw_stat s;

	(void)state;
	lw_chain_equalise(&c, 5, 2, 0, -1, NULL, NULL);
	lw_chain_contour(&c, 1e-6, contour, NULL);
	lw_eye_measure((const double(*)[3][2])contour, 3, c.phase, c.threshold, 2, &quiet);
	lw_chain_bathtub(&c, tub, NULL);
	lw_chain_stat(&c, &s, NULL);
	near(tub[c.phase], s.ser, s.ser * 1e-9);
	assert_true(tub[0] > 1e-3 && tub[LW_PHASES - 1] > 1e-3 && tub[c.phase] < 1e-12);
	c.noise_rms = 0.04;
	lw_chain_contour(&c, 1e-6, contour, NULL);
	lw_eye_measure((const double(*)[3][2])contour, 3, c.phase, c.threshold, 2, &loud);
	for (int i = 0; i < 3; i++) {
		assert_true(quiet.eye[i].height > loud.eye[i].height && loud.eye[i].height > 0);
		assert_true(quiet.eye[i].width > loud.eye[i].width && quiet.eye[i].width < 1);
	}
	assert_true(quiet.linearity > 0.95 && quiet.vecp_db < loud.vecp_db);
	/* white noise alone: the edge of a level lies where its tail says */
	c = lane(LW_NRZ, 0.1);
	c.pulse = &flat;
	c.noise = NULL;
	lw_chain_thresholds(&c);
	lw_chain_contour(&c, 1e-9, contour, NULL);
	near(contour[16][0][0], -1 + 0.1 * 5.997807, 2e-4);
	near(contour[16][0][1], 1 - 0.1 * 5.997807, 2e-4);
}

static void mismatch_of_levels_is_read_back(void **state)
{
	struct lw_chain c = lane(LW_PAM4, 0);
	const double clause[4] = {0, 1, 2.1, 3};

	(void)state;
	lw_chain_levels(&c, 1, 3, 0.92);
	near(lw_level_mismatch(c.level), 0.92, 1e-12);
	near(lw_level_mismatch(clause), 0.8, 1e-12); /* 2 - 3 * 0.4 */
}

static void bad_lanes_are_refused(void **state)
{
	struct lw_chain_count n;
	struct lw_stat s;

	(void)state;
	for (int i = 0; i < 8; i++) {
		struct lw_chain c = lane(LW_PAM4, 0.1);

		c.modulation = i == 0 ? LW_COHERENT : c.modulation;
		c.pulse = i == 1 ? NULL : c.pulse;
		c.ffe_n = i == 2 ? 0 : c.ffe_n;
		c.phase = i == 3 ? LW_PHASES : c.phase;
		c.noise_rms = i == 4 ? -1 : c.noise_rms;
		c.level[1] = i == 5 ? -2 : c.level[1];
		c.interleaved = i == 6 ? 3 : c.interleaved;
		c.rj_ui = i == 7 ? 0.5 : 0;
		assert_int_equal(lw_chain_run(&c, 0, 1, &n, NULL), LW_EINVAL);
		assert_int_equal(lw_chain_stat(&c, &s, NULL), LW_EINVAL);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(random_blocks_are_the_published_ones),
		cmocka_unit_test(white_noise_errors_follow_theory),
		cmocka_unit_test(white_noise_counts_follow_theory),
		cmocka_unit_test(tails_of_the_noise_are_normal),
		cmocka_unit_test(codewords_follow_the_binomial),
		cmocka_unit_test(codewords_of_multiplexed_lanes_equal_a_slow_count),
		cmocka_unit_test(counts_do_not_depend_on_processor_or_split),
		cmocka_unit_test(engines_agree_on_interference_and_coloured_noise),
		cmocka_unit_test(engines_agree_on_jitter_echoes_and_level_noise),
		cmocka_unit_test(feedback_errors_multiply),
		cmocka_unit_test(precoding_turns_single_errors_into_pairs),
		cmocka_unit_test(equaliser_improves_and_taps_make_the_main_cursor_one),
		cmocka_unit_test(waveform_is_the_sum_of_its_pulses),
		cmocka_unit_test(eye_density_agrees_with_distributions),
		cmocka_unit_test(eye_behind_feedback_agrees_with_distributions),
		cmocka_unit_test(openings_shrink_with_noise_and_bathtub_is_lowest_inside),
		cmocka_unit_test(mismatch_of_levels_is_read_back),
		cmocka_unit_test(bad_lanes_are_refused),
	};

	return cmocka_run_group_tests(tests, setup, NULL);
}
