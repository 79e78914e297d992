/* SPDX-License-Identifier: Apache-2.0 */
#include <lanewise/lane.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* After the headers that it needs. */
#include <cmocka.h>

/* Lanes of passive copper: their losses, the engines against each other, what a margin is. */

static struct lw_lane lane;

static void near(double a, double b, double within)
{
	if (!(fabs(a - b) <= within))
		fail_msg("%.12g is not %.12g within %g", a, b, within);
}

static struct lw_copper_options cable(const char *pmd, double length_m)
{
	struct lw_copper_options o = LW_COPPER_OPTIONS;

	o.pmd = lw_pmd_find(pmd);
	o.length_m = length_m;
	return o;
}

static void make(const struct lw_copper_options *o)
{
	struct lw_error e;

	if (lw_copper_make(o, &lane, &e))
		fail_msg("%s", e.message);
}

static void copper_loses_what_its_wire_and_hosts_do(void **state)
{
	struct lw_copper_options o = cable("400GBASE-CR4", 2);
	double two;

	(void)state;
	o.host_db = 5;
	make(&o);
	assert_true(lane.copper);
	assert_string_equal(lane.wire, "26AWG");
	/* data/wires.csv: 3.5 + 2 x 4.3 at 25.8 GHz; here at 26.56 GHz, on a fitted line */
	near(lane.cable_db, 12.1, 0.6);
	near(lane.loss_db, lane.cable_db + 10, 1e-9);
	near(lane.host_db, 10, 1e-9);
	two = lane.cable_db;
	o.length_m = 3;
	make(&o);
	near(lane.cable_db - two, 4.3, 0.2);
	o.wire = "30AWG";
	make(&o);
	near(lane.cable_db, 3.5 + 3 * 6.3, 0.8);
	near(lane.chain.level[3], 0.413, 1e-9);
	near(lw_level_mismatch(lane.chain.level), 0.95, 1e-9);
}

static void copper_lossless_keeps_amplitude_and_noise(void **state)
{
	struct lw_copper_options o = cable("100GBASE-CR4", 0);
	double sum = 0;

	(void)state;
	o.host_db = 0;
	make(&o);
	/* at 0 Hz nothing is lost but what the CTLE takes: the sum of the pulse's cursors */
	for (unsigned p = 0; p < lane.pulse.n; p++)
		sum += lane.pulse.h[p][LW_PHASES / 2];
	near(20 * log10(sum), -lane.boost_db, 0.05);
	/* white noise of 5.2e-8 V^2/GHz within the receiver's bandwidth */
	near(lane.chain.noise_rms, sqrt(5.2e-8 * lane.noise.ghz) * pow(10, -lane.boost_db / 20),
	     1e-12);
	/* transmitter SNR: of the received amplitude */
	near(lane.chain.level_noise[1] / (0.4 * lane.pulse.h[lane.pulse.pre][LW_PHASES / 2]),
	     pow(10, -27 / 20.0), 1e-9);
}

static void copper_margin_is_loss_until_the_limit(void **state)
{
	struct lw_copper_options o = cable("400GBASE-CR4", 4);
	struct lw_lane_answer a, b;

	(void)state;
	make(&o);
	assert_int_equal(lw_lane_judge(&lane, &a, NULL), 0);
	assert_true(a.holds && a.margin_db > 3 && a.stat.ber < lane.ber_limit);
	assert_true(a.post_ber < a.stat.ber && a.frame_loss < 1e-12);
	o.extra_db = a.margin_db;
	make(&o);
	assert_int_equal(lw_lane_judge(&lane, &b, NULL), 0);
	/* the CTLE is chosen anew, so it may end a little better */
	assert_true(fabs(b.margin_db) < 0.5);
	o.extra_db = a.margin_db + 2;
	make(&o);
	assert_int_equal(lw_lane_judge(&lane, &b, NULL), 0);
	assert_false(b.holds);
}

/* Counts of a long cable against its distributions, feedback told what was sent: 5 %. With its own
 * decisions there are more errors, not fewer. */
static void copper_engines_agree(void **state)
{
	struct lw_copper_options o = cable("100GBASE-CR1", 7);
	struct lw_chain_count n = {0}, real = {0};
	struct lw_stat s;
	double want;

	(void)state;
	make(&o);
	assert_int_equal(lw_chain_stat(&lane.chain, &s, NULL), 0);
	lane.chain.ideal_feedback = true;
	assert_int_equal(lw_chain_run(&lane.chain, 0, 12, &n, NULL), 0);
	want = s.ser * (double)n.symbols;
	assert_true(want > 500);
	near((double)n.symbol_errors, want, 4.5 * sqrt(want) + 0.05 * want);
	lane.chain.ideal_feedback = false;
	assert_int_equal(lw_chain_run(&lane.chain, 0, 12, &real, NULL), 0);
	assert_true(real.symbol_errors > n.symbol_errors);
}

static void copper_measured_is_copper_by_its_length(void **state)
{
	/* the S-parameters of a cable that loses 0.6 sqrt f + 0.1 f dB, written and read */
	char *text = malloc(1 << 16);
	size_t at = (size_t)snprintf(text, 1 << 16, "# GHz S DB R 50\n");
	struct lw_copper_options o = cable("100GBASE-CR1", 0);
	struct lw_touchstone *t = NULL;

	(void)state;
	for (int i = 0; i < 160; i++) {
		double f = 0.25 + i * 0.25, db = 0.6 * sqrt(f) + 0.1 * f, neper = M_LN10 / 20;
		/* 2 ns, and the phase that causality asks of each part */
		double turn = -2 * M_PI * f * 2 - 0.6 * sqrt(f) * neper +
			      2 / M_PI * 0.1 * f * neper * log(f / 53.125);

		at += (size_t)snprintf(
			text + at, (1 << 16) - at, "%g -60 0 %.6f %.4f %.6f %.4f -60 0\n", f, -db,
			fmod(turn * 180 / M_PI, 360), -db, fmod(turn * 180 / M_PI, 360));
	}
	assert_int_equal(lw_touchstone_parse(text, at, "x.s2p", 2, NULL, &t, NULL), 0);
	o.measured = t;
	make(&o);
	assert_string_equal(lane.wire, "");
	near(lane.cable_db, 0.6 * sqrt(26.5625) + 2.65625, 0.05);
	lw_touchstone_destroy(t);
	free(text);
}

static void copper_refuses_what_it_does_not_know(void **state)
{
	static const char *const names[] = {"400GBASE-DR4", "10GSFP+CU", "50GBASE-CR2"};
	struct lw_copper_options o = LW_COPPER_OPTIONS;
	struct lw_error e = {0};

	(void)state;
	assert_int_equal(lw_copper_make(&o, &lane, &e), LW_ENOTSUP);
	for (int i = 0; i < 3; i++) {
		o = cable(names[i], 1);
		assert_non_null(o.pmd);
		assert_int_equal(lw_copper_make(&o, &lane, &e), LW_ENOTSUP);
	}
	o = cable("400GBASE-CR4", 1);
	o.wire = "bell wire";
	assert_int_equal(lw_copper_make(&o, &lane, &e), LW_ENOTSUP);
	assert_non_null(strstr(e.message, "bell wire"));
	o = cable("400GBASE-CR4", -1);
	assert_int_equal(lw_copper_make(&o, &lane, &e), LW_EINVAL);
	o = cable("400GBASE-CR4", (double)NAN);
	assert_int_equal(lw_copper_make(&o, &lane, &e), LW_EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(copper_loses_what_its_wire_and_hosts_do),
		cmocka_unit_test(copper_lossless_keeps_amplitude_and_noise),
		cmocka_unit_test(copper_margin_is_loss_until_the_limit),
		cmocka_unit_test(copper_engines_agree),
		cmocka_unit_test(copper_measured_is_copper_by_its_length),
		cmocka_unit_test(copper_refuses_what_it_does_not_know),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
