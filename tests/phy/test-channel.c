/* SPDX-License-Identifier: Apache-2.0 */
#include <lanewise/channel.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* After the headers that it needs. */
#include <cmocka.h>

/* Channels, their pulses and noise, fibres and Touchstone files, against their definitions. */

static struct lw_channel *make(double baud)
{
	struct lw_channel *c = NULL;
	struct lw_error e;

	assert_int_equal(lw_channel_create(baud, 256, &c, &e), 0);
	return c;
}

static double gain_at(const struct lw_channel *c, double ghz)
{
	double re, im;

	lw_channel_at(c, ghz, &re, &im);
	return hypot(re, im);
}

static void near(double a, double b, double within)
{
	if (!(fabs(a - b) <= within))
		fail_msg("%.12g is not %.12g within %g", a, b, within);
}

static void channel_flat_keeps_symbols(void **state)
{
	struct lw_channel *c = make(50);
	struct lw_pulse *p = malloc(sizeof(*p));
	double sum = 0;

	(void)state;
	assert_int_equal(lw_channel_pulse(c, 1e-6, p, NULL), 0);
	near(p->h[p->pre][LW_PHASES / 2], 1, 0.02);
	for (unsigned i = 0; i < p->n; i++)
		sum += p->h[i][LW_PHASES / 2];
	near(sum, 1, 0.01);
	assert_true(p->trimmed <= 1e-6);
	assert_int_equal(lw_channel_gain(c, -6, true, NULL), 0);
	assert_int_equal(lw_channel_pulse(c, 1e-6, p, NULL), 0);
	near(p->h[p->pre][LW_PHASES / 2], pow(10, -0.6), 0.02);
	free(p);
	lw_channel_destroy(c);
}

static void channel_filters_have_their_bandwidth(void **state)
{
	/* grid frequencies: multiples of 50/256 GHz */
	const double f = 50 * 128 / 256.0, deviation_ps = 10 / (2 * 0.8416212335729143);
	struct lw_channel *c = make(50);

	(void)state;
	lw_channel_bessel(c, f, NULL);
	near(gain_at(c, f), M_SQRT1_2, 1e-6);
	near(gain_at(c, 0), 1, 1e-12);
	lw_channel_destroy(c);
	c = make(50);
	lw_channel_gaussian(c, f, false, NULL);
	near(gain_at(c, f), M_SQRT1_2, 1e-9);
	lw_channel_gaussian(c, f, true, NULL);
	near(gain_at(c, f), M_SQRT1_2 / 2, 1e-9);
	lw_channel_destroy(c);
	c = make(50);
	lw_channel_rise(c, 10, NULL);
	near(gain_at(c, f), exp(-pow(2 * M_PI * f * deviation_ps * 1e-3, 2) / 2), 1e-9);
	lw_channel_destroy(c);
	c = make(50);
	lw_channel_ctle(c, -6, f, f, 2 * f, NULL);
	near(gain_at(c, 0), pow(10, -0.3), 1e-9);
	near(gain_at(c, f), hypot(pow(10, -0.3), 1) / (M_SQRT2 * hypot(1, 0.5)), 1e-9);
	lw_channel_destroy(c);
}

static void channel_noise_has_its_bandwidth_and_correlation(void **state)
{
	struct lw_channel *c = make(50);
	struct lw_noise n;
	double sum = 0, power = 0, lag = 0;

	(void)state;
	lw_channel_bessel(c, 25, NULL);
	assert_int_equal(lw_channel_noise(c, &n, NULL), 0);
	/* quadrature of the filter's power, at other points */
	for (int i = 0; i < 100000; i++) {
		double y = 2.113917674904215 * (i + 0.5) / 100000 * 30, y2 = y * y;

		sum += 105.0 * 105 /
		       (pow(105 - 45 * y2 + y2 * y2, 2) + pow(105 * y - 10 * y * y2, 2));
	}
	near(n.ghz, sum / 100000 * 30 * 25, 0.01);
	near(n.r[0], 1, 1e-12);
	for (unsigned p = 0; p < 2 * LW_NOISE_SYMBOLS; p++)
		for (unsigned s = 0; s < LW_PHASES; s++) {
			power += n.h[p][s] * n.h[p][s] / LW_PHASES;
			if (p + 2 < 2 * LW_NOISE_SYMBOLS)
				lag += n.h[p][s] * n.h[p + 2][s] / LW_PHASES;
		}
	near(power, 1, 1e-9);
	near(lag, n.r[1], 2e-3);
	lw_channel_destroy(c);
}

static void fibre_multimode_loses_half_at_its_bandwidth(void **state)
{
	struct lw_channel *c = make(94);

	(void)state;
	/* 100 m of OM4: 47 GHz, 0.3 dB */
	assert_int_equal(lw_channel_fibre(c, LW_OM4, 850, 100, 0, 0, NULL), 0);
	near(gain_at(c, 47), 0.5 * pow(10, -0.03), 1e-6);
	/* a wide source: delays of 0.6 nm x D x 0.1 km */
	assert_int_equal(lw_channel_fibre(c, LW_OM4, 850, 100, 0.6, 0, NULL), 0);
	assert_true(gain_at(c, 47) < 0.25);
	assert_int_equal(lw_channel_fibre(c, LW_OM4, 1550, 100, 0, 0, NULL), LW_ENOTSUP);
	lw_channel_destroy(c);
}

static void fibre_single_mode_disperses_as_g652_says(void **state)
{
	double low, high;

	(void)state;
	lw_fibre_dispersion(LW_OS2, 1310, &low, &high);
	near(low, -1.316, 0.01); /* 0.092/4 (1310 - 1324^4/1310^3) */
	near(high, 0.910, 0.01);
	lw_fibre_dispersion(LW_OS2, 1550, &low, &high);
	assert_true(low > 16 && high < 18.7);
	assert_true(isinf(lw_fibre_modal_mhz_km(LW_OS2, 1310)));
	near(lw_fibre_modal_mhz_km(LW_OM3, 850), 2000, 0);
	assert_true(isnan(lw_fibre_modal_mhz_km(LW_OM3, 600)));
}

/* Amplitude of a small sine after the fibre, by its amplitude before. */
static double sine_through(double ps_nm, double chirp)
{
	enum { N = 256, WAVES = 20 };
	double power[N], re = 0, im = 0;

	for (int i = 0; i < N; i++)
		power[i] = 1 + 1e-4 * cos(2 * M_PI * WAVES * i / N);
	assert_int_equal(lw_field_disperse(power, N, 256, ps_nm, 1310, chirp, NULL), 0);
	for (int i = 0; i < N; i++) {
		re += power[i] * cos(2 * M_PI * WAVES * i / N) * 2 / N;
		im += power[i] * sin(2 * M_PI * WAVES * i / N) * 2 / N;
	}
	return hypot(re, im) / 1e-4;
}

static void field_small_signals_follow_the_linear_channel(void **state)
{
	struct lw_channel *c = NULL;
	const double chirps[] = {0, 1, -1};

	(void)state;
	for (int i = 0; i < 3; i++) {
		assert_int_equal(lw_channel_create(40, 16, &c, NULL), 0);
		lw_channel_dispersion(c, 200, 1310, chirps[i], NULL);
		near(sine_through(200, chirps[i]), gain_at(c, 20), 1e-3);
		lw_channel_destroy(c);
	}
	near(sine_through(0, 1), 1, 1e-9);
}

static void field_keeps_energy_and_refuses_negative_power(void **state)
{
	double power[64], before = 0, after = 0;

	(void)state;
	for (int i = 0; i < 64; i++)
		before += power[i] = i % 7 > 3;
	assert_int_equal(lw_field_disperse(power, 64, 400, 3000, 1550, 0.5, NULL), 0);
	for (int i = 0; i < 64; i++)
		after += power[i];
	near(after, before, 1e-9);
	power[3] = -1;
	assert_int_equal(lw_field_disperse(power, 64, 400, 1, 1550, 0, NULL), LW_EINVAL);
	assert_int_equal(lw_field_disperse(power, 63, 400, 1, 1550, 0, NULL), LW_EINVAL);
}

static void twinax_loses_by_its_law_and_is_causal(void **state)
{
	struct lw_channel *c = make(51.2);
	struct lw_pulse *p = malloc(sizeof(*p));
	double early = 0, all = 0;

	(void)state;
	assert_int_equal(lw_channel_twinax(c, 1, 1.5, 0.2, NULL), 0);
	near(20 * log10(gain_at(c, 25.6)), -(1 + 1.5 * sqrt(25.6) + 0.2 * 25.6), 1e-6);
	assert_int_equal(lw_channel_pulse(c, 1e-6, p, NULL), 0);
	for (unsigned i = 0; i < p->n; i++)
		for (unsigned s = 0; s < LW_PHASES; s++) {
			all += p->h[i][s] * p->h[i][s];
			if (i + 1 < p->pre)
				early += p->h[i][s] * p->h[i][s];
		}
	assert_true(early < 2e-3 * all);
	free(p);
	lw_channel_destroy(c);
}

static void channel_bad_arguments_are_refused(void **state)
{
	struct lw_channel *c = NULL;

	(void)state;
	assert_int_equal(lw_channel_create(0, 256, &c, NULL), LW_EINVAL);
	assert_int_equal(lw_channel_create(50, 100, &c, NULL), LW_EINVAL);
	c = make(50);
	assert_int_equal(lw_channel_bessel(c, 0, NULL), LW_EINVAL);
	assert_int_equal(lw_channel_bessel(c, (double)NAN, NULL), LW_EINVAL);
	assert_int_equal(lw_channel_gaussian(c, -1, false, NULL), LW_EINVAL);
	assert_int_equal(lw_channel_rise(c, -1, NULL), LW_EINVAL);
	assert_int_equal(lw_channel_gain(c, (double)INFINITY, true, NULL), LW_EINVAL);
	assert_int_equal(lw_channel_twinax(c, -1, 0, 0, NULL), LW_EINVAL);
	near(gain_at(c, 10), 1, 1e-12);
	lw_channel_destroy(c);
	lw_channel_destroy(NULL);
}

/* A pair of lossy lines with a little crosstalk, ports in the order 1-2, 3-4 or 1-3, 2-4. */
static size_t write_s4p(char *text, size_t size, const char *format, int joined, double gain,
			double first_ghz)
{
	size_t n = (size_t)snprintf(text, size, "! made\n# GHz S %s R 50\n", format);

	for (int i = 0; i < 60; i++) {
		double f = first_ghz + i * 0.5, mag = gain * exp(-0.1 * sqrt(f) - 0.01 * f);
		double turn = -360 * f * 0.9 - 0.1 * sqrt(f) * 180 / M_PI;

		n += (size_t)snprintf(text + n, size - n, "%g", f);
		for (int to = 1; to <= 4; to++)
			for (int from = 1; from <= 4; from++) {
				int d = abs(to - from),
				    same = joined == 2 ? (to + 1) / 2 == (from + 1) / 2 : d == 2;
				double m = to == from ? 0.01 : same && d ? mag : 0.001;
				double a = same && d ? turn : 0;

				if (!strcmp(format, "DB"))
					m = 20 * log10(m);
				if (!strcmp(format, "RI"))
					n += (size_t)snprintf(text + n, size - n, " %.9g %.9g",
							      m * cos(a * M_PI / 180),
							      m * sin(a * M_PI / 180));
				else
					n += (size_t)snprintf(text + n, size - n, " %.9g %.9g", m,
							      a);
				if (from == 4)
					n += (size_t)snprintf(text + n, size - n, " ! row\n");
			}
	}
	return n;
}

enum { TEXT = 1 << 17 };

static void touchstone_formats_and_orders_give_the_same_line(void **state)
{
	static const char *const formats[] = {"MA", "DB", "RI"};
	char *text = malloc(TEXT);

	(void)state;
	for (int i = 0; i < 6; i++) {
		size_t n = write_s4p(text, TEXT, formats[i % 3], i / 3 + 2, 1, 0.5);
		struct lw_touchstone *t = NULL;
		const struct lw_touchstone_report *r;
		struct lw_channel *c = make(25.6);
		struct lw_error e;

		if (lw_touchstone_parse(text, n, "x.s4p", 4, NULL, &t, &e))
			fail_msg("%s", e.message);
		r = lw_touchstone_report(t);
		assert_true(r->order_chosen && r->dc_made);
		assert_int_equal(r->order[1], i / 3 ? 2 : 3);
		assert_int_equal(r->active, 0);
		assert_true(r->early < 1e-3);
		near(r->delay_ps, 900, 15);
		assert_int_equal(lw_channel_touchstone(c, t, &e), 0);
		near(gain_at(c, 10), exp(-0.1 * sqrt(10) - 0.1), 2e-3);
		near(gain_at(c, 0), 1, 0.02);
		assert_true(gain_at(c, 40) < exp(-0.1 * sqrt(30) - 0.3));
		lw_channel_destroy(c);
		lw_touchstone_destroy(t);
	}
	free(text);
}

static void touchstone_gain_over_one_is_reported(void **state)
{
	char *text = malloc(TEXT);
	size_t n = write_s4p(text, TEXT, "MA", 2, 1.2, 0.5);
	struct lw_touchstone *t = NULL;

	(void)state;
	assert_int_equal(lw_touchstone_parse(text, n, "x", 4, NULL, &t, NULL), 0);
	assert_true(lw_touchstone_report(t)->active > 2);
	assert_true(lw_touchstone_report(t)->worst_gain > 1.05);
	lw_touchstone_destroy(t);
	free(text);
}

static void touchstone_bad_files_are_refused_with_a_line(void **state)
{
	static const struct {
		const char *text;
		unsigned ports;
		int code;
	} cases[] = {
		{"", 4, LW_EINVAL},
		{"# GHz S MA R 50\n1 2 3\n", 2, LW_EINVAL},
		{"# GHz S MA R 50\n1 x\n", 2, LW_EINVAL},
		{"# GHz Y MA R 50\n", 2, LW_ENOTSUP},
		{"# GHz S MA R -1\n", 2, LW_EINVAL},
		{"# bananas\n", 2, LW_EINVAL},
		{"[Version] 2.0\n", 2, LW_ENOTSUP},
		{"# GHz S MA R 50\n1 0 0 1 0 1 0 0 0\n1 0 0 1 0 1 0 0 0\n", 2, LW_ENOTSUP},
		{"# GHz S MA R 50\n1 0 0 9e9 0 1 0 0 0\n", 2, LW_EINVAL},
		{"# GHz S MA R 50\n1 0 0 1 0 1 0 0 0\n", 3, LW_ENOTSUP},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct lw_touchstone *t = NULL;
		struct lw_error e = {0};
		int r = lw_touchstone_parse(cases[i].text, strlen(cases[i].text), "bad.s2p",
					    cases[i].ports, NULL, &t, &e);

		if (r != cases[i].code || t || !e.message[0] || strcmp(e.where, "bad.s2p"))
			fail_msg("case %zu gives %d: %s", i, r, e.message);
	}
}

static void touchstone_order_that_cannot_be_told_is_refused(void **state)
{
	char *text = malloc(TEXT);
	size_t n = (size_t)snprintf(text, TEXT, "# GHz S MA R 50\n");
	const unsigned order[4] = {1, 3, 2, 4}, wrong[4] = {1, 1, 2, 4};
	struct lw_touchstone *t = NULL;

	(void)state;
	for (int i = 1; i < 6; i++) {
		n += (size_t)snprintf(text + n, TEXT - n, "\n%d", i);
		for (int k = 0; k < 16; k++)
			n += (size_t)snprintf(text + n, TEXT - n, " %g 0",
					      k == 4 || k == 14 ? 0.9 : 0.2);
	}
	assert_int_equal(lw_touchstone_parse(text, n, "x", 4, NULL, &t, NULL), LW_ENOTSUP);
	assert_int_equal(lw_touchstone_parse(text, n, "x", 4, wrong, &t, NULL), LW_EINVAL);
	assert_int_equal(lw_touchstone_parse(text, n, "x", 4, order, &t, NULL), 0);
	assert_false(lw_touchstone_report(t)->order_chosen);
	lw_touchstone_destroy(t);
	free(text);
}

/* Bytes changed at random: an answer or an error, and nothing leaks or crashes. */
static void touchstone_damaged_files_never_crash(void **state)
{
	char *text = malloc(TEXT), *copy = malloc(TEXT);
	size_t n = write_s4p(text, TEXT, "RI", 2, 1, 0.5);
	uint32_t x = 1;

	(void)state;
	for (int i = 0; i < 300; i++) {
		struct lw_touchstone *t = NULL;

		memcpy(copy, text, n);
		for (int k = 0; k < 3; k++) {
			x = x * 1664525 + 1013904223;
			copy[(x >> 8) % n] = (char)(x >> 24);
		}
		if (!lw_touchstone_parse(copy, n - (x >> 20) % 64, "x", 4, NULL, &t, NULL))
			lw_touchstone_destroy(t);
	}
	free(text);
	free(copy);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(channel_flat_keeps_symbols),
		cmocka_unit_test(channel_filters_have_their_bandwidth),
		cmocka_unit_test(channel_noise_has_its_bandwidth_and_correlation),
		cmocka_unit_test(channel_bad_arguments_are_refused),
		cmocka_unit_test(fibre_multimode_loses_half_at_its_bandwidth),
		cmocka_unit_test(fibre_single_mode_disperses_as_g652_says),
		cmocka_unit_test(field_small_signals_follow_the_linear_channel),
		cmocka_unit_test(field_keeps_energy_and_refuses_negative_power),
		cmocka_unit_test(twinax_loses_by_its_law_and_is_causal),
		cmocka_unit_test(touchstone_formats_and_orders_give_the_same_line),
		cmocka_unit_test(touchstone_gain_over_one_is_reported),
		cmocka_unit_test(touchstone_bad_files_are_refused_with_a_line),
		cmocka_unit_test(touchstone_order_that_cannot_be_told_is_refused),
		cmocka_unit_test(touchstone_damaged_files_never_crash),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
