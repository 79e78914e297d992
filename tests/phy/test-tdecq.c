/* SPDX-License-Identifier: Apache-2.0 */
#include <lanewise/lane.h>
#include <lanewise/tdecq.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* After the headers that it needs. */
#include <cmocka.h>

/* TDECQ against closed forms and against a search at random; lanes made of PMDs. */

enum { N = 8191, M = LW_PHASES };
static uint8_t symbol[N];
static float wave[N * M];

static void near(double a, double b, double within)
{
	if (!(fabs(a - b) <= within))
		fail_msg("%.12g is not %.12g within %g", a, b, within);
}

/* PRBS13Q, x^13 + x^12 + x^2 + x + 1, Gray coded: known to have its runs of 7 threes, 6 zeros. */
static int setup(void **state)
{
	unsigned r = 0x1fff, bits[2];

	(void)state;
	for (unsigned i = 0; i < N; i++) {
		for (unsigned k = 0; k < 2; k++) {
			bits[k] = (r >> 12 ^ r >> 11 ^ r >> 1 ^ r) & 1;
			r = (r << 1 | bits[k]) & 0x1fff;
		}
		symbol[i] = (uint8_t)(bits[0] ? 3 - bits[1] : bits[1]);
	}
	return 0;
}

static struct lw_tdecq measure(const struct lw_tdecq_options *o)
{
	struct lw_tdecq t;
	struct lw_error e;

	if (lw_tdecq_measure(wave, symbol, N, M, o, &t, &e))
		fail_msg("%s", e.message);
	return t;
}

static void staircase(const double level[4])
{
	for (unsigned i = 0; i < N * M; i++)
		wave[i] = (float)level[symbol[i / M]];
}

static double tail(double x)
{
	return erfc(x / M_SQRT2) / 2;
}

/* Noise at which four equally likely levels reach the target at the clause's thresholds. */
static double closed_form(const double level[4], double average)
{
	double low = 1e-6, high = 1, oma = level[3] - level[0];

	for (int i = 0; i < 100; i++) {
		double sigma = sqrt(low * high), ser = 0;

		for (int l = 0; l < 4; l++)
			for (int k = -1; k <= 1; k++)
				ser += tail(fabs(level[l] - average - k * oma / 3) / sigma) / 4;
		if (ser > 4.8e-4)
			high = sigma;
		else
			low = sigma;
	}
	return 10 * log10(oma / (6 * 3.414 * sqrt(low * high)));
}

static double mean_of(const double level[4])
{
	double sum = 0;

	for (unsigned i = 0; i < N; i++)
		sum += level[symbol[i]];
	return sum / N;
}

static void tdecq_of_flat_levels_is_the_closed_form(void **state)
{
	static const double cases[][4] = {
		{0, 1, 2, 3}, {1, 1.3, 1.7, 2}, {1, 1.36, 1.64, 2}, {0.2, 0.5, 0.87, 1.2}};
	struct lw_tdecq_options o = LW_TDECQ_OPTIONS;
	const double one = 1;

	(void)state;
	o.baud_gbd = 53.125;
	o.taps = 1;
	o.main_last = 0;
	o.fixed_tap = &one;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct lw_tdecq t;

		staircase(cases[i]);
		t = measure(&o);
		near(t.tdecq_db, closed_form(cases[i], mean_of(cases[i])), 0.005);
		near(t.oma, cases[i][3] - cases[i][0], 1e-6);
		near(t.rlm, lw_level_mismatch(cases[i]), 1e-3);
		near(t.ceq, 1, 1e-9);
		near(fmax(t.ser[0], t.ser[1]), 4.8e-4, 1e-8);
	}
}

static void tdecq_of_noise_of_the_scope_adds_squares(void **state)
{
	static const double level[4] = {0, 1, 2, 3};
	struct lw_tdecq_options o = LW_TDECQ_OPTIONS;
	const double one = 1;
	struct lw_tdecq plain, scope;

	(void)state;
	o.baud_gbd = 53.125;
	o.taps = 1;
	o.main_last = 0;
	o.fixed_tap = &one;
	staircase(level);
	plain = measure(&o);
	o.scope_rms = 0.05;
	scope = measure(&o);
	near(scope.noise_rms, hypot(plain.noise_rms, 0.05), 1e-9);
	near(scope.tdecq_db, 10 * log10(3 / (6 * 3.414 * scope.noise_rms)), 1e-9);
}

static void ceq_is_the_integral_of_the_noise_filter(void **state)
{
	const double tap[3] = {-0.2, 1.5, -0.3};
	double all = 0, sum = 0;

	(void)state;
	for (int i = 0; i < 20000; i++) {
		double f = (i + 0.5) * 0.01, y = 2.113917674904215 * f / 26.5625, y2 = y * y;
		double p = 1 / (pow(105 - 45 * y2 + y2 * y2, 2) + pow(105 * y - 10 * y * y2, 2));
		double re = 0, im = 0;

		for (int k = 0; k < 3; k++) {
			re += tap[k] * cos(2 * M_PI * f * k / 53.125);
			im += tap[k] * sin(2 * M_PI * f * k / 53.125);
		}
		all += p;
		sum += p * (re * re + im * im);
	}
	near(lw_tdecq_ceq(tap, 3, 53.125, 26.5625), sqrt(sum / all), 1e-4);
}

static void filter(double ghz, double low, double high)
{
	struct lw_channel *c = NULL;
	struct lw_pulse *p = malloc(sizeof(*p));
	struct lw_chain k;

	lw_channel_create(53.125, 256, &c, NULL);
	lw_channel_bessel(c, 53.125 / 2, NULL);
	lw_channel_gaussian(c, ghz, false, NULL);
	assert_int_equal(lw_channel_pulse(c, 1e-8, p, NULL), 0);
	lw_channel_destroy(c);
	lw_chain_init(&k, LW_PAM4, p);
	lw_chain_levels(&k, low, high, 1);
	assert_int_equal(lw_chain_waveform(&k, symbol, N, wave, NULL), 0);
	free(p);
}

/* The best of many taps tried about those given, in ever smaller steps. */
static double try_taps(const struct lw_tdecq_options *o, const double from[5], double size,
		       unsigned tries)
{
	double best_tap[5], best = INFINITY;
	uint32_t x = 12345;

	memcpy(best_tap, from, sizeof(best_tap));
	for (unsigned i = 0; i < tries; i++) {
		struct lw_tdecq_options fixed = *o;
		double tap[5], sum = 0;
		struct lw_tdecq t;

		for (int k = 0; k < 5; k++) {
			x = x * 1664525 + 1013904223;
			tap[k] = best_tap[k] + (i ? size * ((x >> 8) / 16777216.0 - 0.5) : 0);
			sum += tap[k];
		}
		for (int k = 0; k < 5; k++)
			tap[k] /= sum;
		fixed.fixed_tap = tap;
		t = measure(&fixed);
		if (t.tdecq_db < best) {
			best = t.tdecq_db;
			memcpy(best_tap, tap, sizeof(tap));
		}
		if (i % (tries / 6) == tries / 6 - 1)
			size /= 2;
	}
	return best;
}

static void tdecq_of_filtered_prbs13q_is_within_reach_of_the_best(void **state)
{
	static const double ghz[] = {14, 20, 30, 60};
	const double plain[5] = {0, -0.15, 1.3, -0.15, 0};
	struct lw_tdecq_options o = LW_TDECQ_OPTIONS;

	(void)state;
	o.baud_gbd = 53.125;
	for (int i = 0; i < 4; i++) {
		struct lw_tdecq t;
		double near_it, anew;

		filter(ghz[i], 1, 3);
		t = measure(&o);
		near_it = try_taps(&o, t.tap, 0.03, 90);
		anew = try_taps(&o, plain, 0.4, 120);
		if (!(t.tdecq_db < fmin(near_it, anew) + 0.03) || !(t.tdecq_db < 8))
			fail_msg("%g GHz: %.4f dB, but %.4f and %.4f were found", ghz[i],
				 t.tdecq_db, near_it, anew);
		near(t.oma, 2, 0.02);
	}
}

static void tdecq_does_not_depend_on_scale_or_place(void **state)
{
	struct lw_tdecq_options o = LW_TDECQ_OPTIONS;
	struct lw_tdecq a, b;
	float *moved = malloc(sizeof(wave));
	size_t shift;
	double agreement;

	(void)state;
	o.baud_gbd = 53.125;
	filter(25, 1, 3);
	a = measure(&o);
	/* another unit, and a start within a symbol 4,000 symbols later */
	for (size_t i = 0; i < (size_t)N * M; i++)
		moved[i] = wave[(i + (size_t)(N - 4000) * M + 9) % ((size_t)N * M)] * 1e-3f;
	assert_int_equal(lw_tdecq_align(moved, symbol, N, M, &shift, &agreement, NULL), 0);
	assert_true(shift == 4000 || shift == 3999);
	assert_true(agreement > 0.8);
	for (size_t i = 0; i < (size_t)N * M; i++)
		wave[i] = moved[(i + shift * M) % ((size_t)N * M)];
	b = measure(&o);
	near(b.tdecq_db, a.tdecq_db, 0.005);
	near(b.oma, a.oma * 1e-3, 2e-6);
	free(moved);
}

static void tdecq_refuses_what_it_cannot_measure(void **state)
{
	static const double flat[4] = {1, 1, 1, 1}, fallen[4] = {3, 2, 1, 0};
	struct lw_tdecq_options o = LW_TDECQ_OPTIONS;
	struct lw_tdecq t;
	struct lw_error e;
	uint8_t low[128] = {0};

	(void)state;
	staircase(fallen);
	assert_int_equal(lw_tdecq_measure(wave, symbol, N, M, &o, &t, &e), LW_EINVAL); /* rate */
	o.baud_gbd = 53.125;
	assert_int_equal(lw_tdecq_measure(wave, symbol, N, M, &o, &t, &e), LW_EINVAL);
	assert_non_null(strstr(e.message, "inverted"));
	staircase(flat);
	assert_int_equal(lw_tdecq_measure(wave, symbol, N, M, &o, &t, &e), LW_EINVAL);
	wave[7] = (float)NAN;
	assert_int_equal(lw_tdecq_measure(wave, symbol, N, M, &o, &t, &e), LW_EINVAL);
	wave[7] = 2;
	assert_int_equal(lw_tdecq_measure(wave, low, 128, M, &o, &t, &e), LW_EINVAL);
	assert_int_equal(lw_tdecq_measure(wave, symbol, N, 3, &o, &t, &e), LW_EINVAL);
	o.taps = 10;
	assert_int_equal(lw_tdecq_measure(wave, symbol, N, M, &o, &t, &e), LW_EINVAL);
}

static void tdecq_of_a_closed_eye_is_infinite(void **state)
{
	struct lw_tdecq_options o = LW_TDECQ_OPTIONS;

	(void)state;
	o.baud_gbd = 53.125;
	filter(4, 1, 3);
	assert_true(measure(&o).tdecq_db > 8);
}

static void lane_meets_its_sensitivity_without_a_path(void **state)
{
	struct lw_lane *l = malloc(sizeof(*l));
	struct lw_lane_options o = LW_LANE_OPTIONS;
	struct lw_stat s;
	struct lw_error e;

	(void)state;
	o.pmd = lw_pmd_find("400GBASE-DR4");
	assert_int_equal(lw_lane_make(&o, l, &e), 0);
	o.extra_db = l->oma_dbm - l->sensitivity_dbm;
	assert_int_equal(lw_lane_make(&o, l, &e), 0);
	near(l->received_oma_dbm, l->sensitivity_dbm, 1e-9);
	l->chain.rj_ui = l->chain.dj_ui = 0;
	l->chain.reflections = 0;
	assert_int_equal(lw_chain_equalise(&l->chain, 5, 2, 0, -1, NULL, &e), 0);
	assert_int_equal(lw_chain_stat(&l->chain, &s, &e), 0);
	near(log10(s.ber), log10(l->ber_limit), 0.02);
	free(l);
}

static void lane_margin_falls_by_the_loss_added(void **state)
{
	struct lw_lane *l = malloc(sizeof(*l));
	struct lw_lane_options o = LW_LANE_OPTIONS;
	struct lw_lane_answer a, b;
	struct lw_error e;

	(void)state;
	o.pmd = lw_pmd_find("400GBASE-DR4");
	o.length_m = 400;
	o.mated = 4;
	assert_int_equal(lw_lane_make(&o, l, &e), 0);
	assert_int_equal(lw_lane_judge(l, &a, &e), 0);
	near(l->loss_db, 4 * 0.75 + 0.4 * 0.4, 1e-9);
	for (unsigned i = 0; i < l->basis_n; i++)
		assert_true(isfinite(l->basis[i].value) && l->basis[i].ref[0]);
	assert_true(a.holds && a.margin_db > 0 && a.stat.ber < l->ber_limit);
	assert_true(a.post_ber < a.stat.ber && a.frame_loss < 1e-12);
	o.extra_db = 1;
	assert_int_equal(lw_lane_make(&o, l, &e), 0);
	assert_int_equal(lw_lane_judge(l, &b, &e), 0);
	/* jitter and echoes shrink with the light, so all of a decibel is lost */
	near(a.margin_db - b.margin_db, 1, 0.02);
	o.extra_db = a.margin_db;
	assert_int_equal(lw_lane_make(&o, l, &e), 0);
	assert_int_equal(lw_lane_judge(l, &b, &e), 0);
	near(log10(b.stat.ber), log10(l->ber_limit), 0.03);
	free(l);
}

static void lane_other_kinds_are_refused(void **state)
{
	static const char *const names[] = {"400ZR", "100GBASE-CR4"};
	struct lw_lane *l = malloc(sizeof(*l));
	struct lw_lane_options o = LW_LANE_OPTIONS;
	struct lw_error e;

	(void)state;
	assert_int_equal(lw_lane_make(&o, l, &e), LW_ENOTSUP);
	for (int i = 0; i < 2; i++) {
		o.pmd = lw_pmd_find(names[i]);
		assert_non_null(o.pmd);
		assert_int_equal(lw_lane_make(&o, l, &e), LW_ENOTSUP);
	}
	o.pmd = lw_pmd_find("400GBASE-DR4");
	o.grade = LW_OM4;
	assert_int_equal(lw_lane_make(&o, l, &e), LW_EINVAL);
	free(l);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tdecq_of_flat_levels_is_the_closed_form),
		cmocka_unit_test(tdecq_of_noise_of_the_scope_adds_squares),
		cmocka_unit_test(ceq_is_the_integral_of_the_noise_filter),
		cmocka_unit_test(tdecq_of_filtered_prbs13q_is_within_reach_of_the_best),
		cmocka_unit_test(tdecq_does_not_depend_on_scale_or_place),
		cmocka_unit_test(tdecq_refuses_what_it_cannot_measure),
		cmocka_unit_test(tdecq_of_a_closed_eye_is_infinite),
		cmocka_unit_test(lane_meets_its_sensitivity_without_a_path),
		cmocka_unit_test(lane_margin_falls_by_the_loss_added),
		cmocka_unit_test(lane_other_kinds_are_refused),
	};

	return cmocka_run_group_tests(tests, setup, NULL);
}
