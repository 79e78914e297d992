/* SPDX-License-Identifier: Apache-2.0 */
#include "host-bench.h"
#include <lanewise/diag.h>
#include <math.h>

/* Lane tests on two twins joined by fibre; registers are typed from CMIS 5.4 (8.16, 8.17). */

enum { P13 = 0x13, P14 = 0x14 };

static struct lw_image image;
static struct bench near, far;

static void open_two(double loss_db)
{
	bench_open(&near, &image, (struct lw_twin_options){0});
	bench_join(&near, &far, &image, loss_db);
	assert_int_equal(bench_byte(&near, 0x11, 128), 0x44);
}

static int setup(void **state)
{
	(void)state;
	bench_image(&image);
	open_two(2);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	bench_close(&near);
	return 0;
}

static struct lw_diag_options options(uint32_t lanes)
{
	return (struct lw_diag_options){.side = LW_SIDE_MEDIA,
					.lanes = lanes,
					.generate = true,
					.check = true,
					.pattern = -1,
					.modulation = LW_PAM4,
					.loop = -1,
					.generator_loop = -1,
					.time = lw_ms(2000),
					.confidence = 0.95};
}

static void finish(struct lw_diag_task *t)
{
	struct lw_mono due, start = near.now;

	while (due = lw_diag_task_run(t, near.now), lw_mono_before(due, LW_NEVER)) {
		bench_wait(&near, due);
		if (near.now.ns - start.ns > lw_ms(1000000).ns)
			fail_msg("no end in sight in phase %s", lw_diag_phase_name(t->phase));
	}
	assert_int_equal(t->phase, LW_DIAG_END);
}

static int run(struct lw_diag_task *t, struct lw_bus *other, const struct lw_diag_options *o)
{
	lw_diag_task_init(t, &near.bus, other, o);
	finish(t);
	return t->result;
}

static void expect_ok(struct lw_diag_task *t, struct lw_bus *other, const struct lw_diag_options *o)
{
	if (run(t, other, o))
		fail_msg("%s", t->error.message);
}

/* 13h:144-183 as a test finds them. */
static void controls(struct bench *b, uint8_t ret[40])
{
	for (unsigned i = 0; i < 40; i++)
		ret[i] = bench_byte(b, P13, 144 + i);
}

static void diag_estimate_matches_published_intervals(void **state)
{
	/* 95 %, two-sided, of Poisson counts: Garwood's table */
	static const struct {
		double errors, low, high;
	} rows[] = {
		{1, 0.0253, 5.572}, {2, 0.2422, 7.225}, {5, 1.623, 11.668},
		{10, 4.795, 18.39}, {50, 37.11, 65.92}, {100, 81.36, 121.63},
	};
	struct lw_ber b, exact, normal;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		lw_ber_estimate(rows[i].errors, 1e12, 0.95, &b);
		assert_true(fabs(b.low * 1e12 / rows[i].low - 1) < 2e-3);
		assert_true(fabs(b.high * 1e12 / rows[i].high - 1) < 1e-3);
		assert_true(fabs(b.ber * 1e12 / rows[i].errors - 1) < 1e-12);
	}
	lw_ber_estimate(0, 3e9, 0.95, &b); /* the rule of three */
	assert_true(b.low == 0 && b.ber == 0);
	assert_true(fabs(b.high - 2.9957e0 / 3e9) < 1e-13);
	lw_ber_estimate(0, 1e12, 0.99, &b);
	assert_true(fabs(b.high * 1e12 - 4.6052) < 1e-3);
	/* the two ways meet at 1000 */
	lw_ber_estimate(999, 1e12, 0.95, &exact);
	lw_ber_estimate(1000, 1e12, 0.95, &normal);
	assert_true(fabs(exact.low / normal.low - 1) < 3e-3);
	assert_true(fabs(exact.high / normal.high - 1) < 3e-3);
	lw_ber_estimate(5e9, 1e10, 0.95, &b); /* guessing */
	assert_true(b.low > 0.4999 && b.high < 0.5001 && b.low < 0.5 && b.high > 0.5);
	lw_ber_estimate(3, 3, 0.95, &b);
	assert_true(b.high <= 1);
	lw_ber_estimate(1, 0, 0.95, &b);
	assert_true(isnan(b.ber) && isnan(b.high));
	lw_ber_estimate(0, 1e9, 1, &b);
	assert_true(isnan(b.high));
	for (double n = 1; n < 1e6; n = n * 1.3 + 1) {
		lw_ber_estimate(floor(n), 1e15, 0.99, &b);
		assert_true(b.low < b.ber && b.ber < b.high);
	}
}

static void diag_patterns_are_chosen_by_modulation(void **state)
{
	(void)state;
	assert_int_equal(lw_pattern_choose(0xffff, LW_PAM4), 0);
	assert_int_equal(lw_pattern_choose(0xffff, LW_NRZ), 1);
	assert_int_equal(lw_pattern_choose(0xffff, LW_MOD_NONE), 0);
	assert_int_equal(lw_pattern_choose(0x0040, LW_PAM4), 6);
	assert_int_equal(lw_pattern_choose(0x0040, LW_NRZ), -1);
	assert_int_equal(lw_pattern_choose(0x1000, LW_PAM4), -1); /* SSPRQ only when asked for */
	assert_int_equal(lw_diag_pattern_find("PRBS-31Q"), 0);
	assert_int_equal(lw_diag_pattern_find("prbs13q"), 6);
	assert_int_equal(lw_diag_pattern_find("ssprq"), 12);
	assert_int_equal(lw_diag_pattern_find("prbs"), -1);
	assert_int_equal(lw_loopback_find("host-input"), LW_LOOP_HOST_INPUT);
	assert_int_equal(lw_loopback_find("host"), -1);
}

static void diag_one_end_sends_the_other_counts(void **state)
{
	struct lw_diag_options o = options(0xff);
	uint8_t before[2][40], after[2][40];
	struct lw_diag_task t;

	(void)state;
	controls(&near, before[0]);
	controls(&far, before[1]);
	expect_ok(&t, &far.bus, &o);
	assert_true(t.restored);
	assert_int_equal(t.pattern, 0);
	assert_false(t.gated);
	for (unsigned i = 0; i < 8; i++) {
		const struct lw_lane_test *l = &t.lane[i];

		assert_true(l->measured && l->locked && !l->lost);
		assert_true(l->has_counts && !l->estimated);
		/* 106.25 Gb/s for two seconds, and the time of two accesses */
		assert_true(l->bits > 2.12e11 && l->bits < 2.2e11);
		assert_true(l->ber.low <= l->ber.ber && l->ber.ber <= l->ber.high);
		assert_true(l->ber.ber < 1e-6);
		assert_true(l->snr_db > 18 && l->snr_db < 30);
	}
	controls(&near, after[0]);
	controls(&far, after[1]);
	assert_memory_equal(before, after, sizeof(before));
}

static void diag_gate_of_the_module_measures_where_it_fits(void **state)
{
	struct lw_diag_options o = options(0x0f);
	struct lw_diag_task t;

	(void)state;
	o.time = lw_ms(5000);
	expect_ok(&t, &far.bus, &o);
	assert_true(t.gated);
	assert_int_equal(t.measured.ns, lw_ms(5000).ns);
	assert_true(t.lane[0].bits > 5.2e11 && t.lane[0].bits < 5.4e11);
	assert_true(t.lane[3].measured && !t.lane[4].measured);
	assert_true(t.restored);
	o.time = lw_ms(6000);
	expect_ok(&t, &far.bus, &o);
	assert_false(t.gated);
}

static void diag_counts_can_be_read_as_they_grow(void **state)
{
	struct lw_diag_options o = options(0x03);
	struct lw_mono due;
	struct lw_diag_task t;
	double last = 0;
	unsigned grew = 0;

	(void)state;
	o.time = lw_ms(10000);
	o.look = lw_ms(1000);
	for (int gated = 1; gated >= 0; gated--) {
		o.time = lw_ms(gated ? 10000 : 11000);
		last = 0;
		grew = 0;
		lw_diag_task_init(&t, &near.bus, &far.bus, &o);
		while (due = lw_diag_task_run(&t, near.now), lw_mono_before(due, LW_NEVER)) {
			if (t.phase == LW_DIAG_MEASURE && t.lane[1].bits > last) {
				last = t.lane[1].bits;
				grew++;
				assert_true(t.lane[1].measured && t.lane[1].ber.high < 1e-6);
				assert_true(fabs(last / 1.0625e11 * 1e9 / (double)t.measured.ns -
						 1) < 0.05);
			}
			bench_wait(&near, due);
		}
		assert_int_equal(t.result, 0);
		assert_int_equal(t.gated, gated);
		assert_in_range(grew, 8, 11);
		assert_true(t.lane[1].locked && t.lane[1].bits >= last);
		assert_true(fabs(t.lane[1].bits / 1.0625e11 * 1e3 / (gated ? 10000 : 11000) - 1) <
			    0.02);
		assert_true(t.restored);
	}
}

/* As much loss as the receivers bear with errors to count; leaves such a pair open. */
static void open_weak(void **state)
{
	for (double loss = 6; loss < 20; loss += 0.25) {
		struct lw_diag_options o = options(0x01);
		struct lw_diag_task t;

		teardown(state);
		open_two(loss);
		expect_ok(&t, &far.bus, &o);
		assert_true(t.lane[0].locked);
		if (t.lane[0].ber.ber > 1e-7)
			return;
	}
	fail_msg("no loss makes errors");
}

static void diag_weak_light_has_errors(void **state)
{
	struct lw_diag_options o = options(0xff);
	struct lw_diag_task good, weak;

	expect_ok(&good, &far.bus, &o);
	open_weak(state);
	expect_ok(&weak, &far.bus, &o);
	assert_true(weak.lane[0].errors > 1000);
	assert_true(weak.lane[0].ber.ber > 10 * good.lane[0].ber.ber);
	assert_true(weak.lane[0].ber.low < weak.lane[0].ber.ber);
	assert_true(weak.lane[0].ber.high < 1.1 * weak.lane[0].ber.ber);
	assert_true(weak.lane[0].snr_db < good.lane[0].snr_db);
}

static void diag_dark_lane_does_not_lock(void **state)
{
	struct lw_diag_options o = options(0xff);
	struct lw_diag_task t;

	(void)state;
	lw_twin_fault(far.twin, LW_FAULT_DARK, 0x04, true);
	bench_wait(&near, lw_mono_add(near.now, lw_ms(1000)));
	expect_ok(&t, &far.bus, &o);
	assert_false(t.lane[2].locked);
	assert_true(t.lane[2].lost);
	assert_true(t.lane[1].locked && !t.lane[1].lost);
	/* nobody sends */
	o.generate = false;
	lw_twin_fault(far.twin, LW_FAULT_DARK, 0x04, false);
	expect_ok(&t, NULL, &o);
	assert_false(t.lane[0].locked);
}

static void diag_loopback_makes_one_module_enough(void **state)
{
	struct lw_diag_options o = options(0xff);
	struct lw_diag_task t;

	(void)state;
	o.loop = LW_LOOP_MEDIA_OUTPUT;
	expect_ok(&t, NULL, &o);
	for (unsigned i = 0; i < 8; i++)
		assert_true(t.lane[i].locked && t.lane[i].ber.ber < 1e-9);
	assert_true(t.restored);
	assert_int_equal(bench_byte(&near, P13, 180), 0);
	/* or the far module turns it round */
	o.loop = -1;
	bench_write(&far, P13, 181, 0xff);
	bench_wait(&near, lw_mono_add(near.now, lw_ms(1000)));
	expect_ok(&t, NULL, &o);
	assert_true(t.lane[0].locked);
	assert_int_equal(bench_byte(&far, P13, 181), 0xff);
}

static void diag_loopback_alone_is_held_and_taken_away(void **state)
{
	struct lw_diag_options o = {.side = LW_SIDE_MEDIA,
				    .lanes = 0x05,
				    .pattern = -1,
				    .loop = LW_LOOP_MEDIA_INPUT,
				    .generator_loop = -1,
				    .time = lw_ms(3000)};
	struct lw_diag_task t;
	struct lw_mono due;
	unsigned seen = 0;

	(void)state;
	bench_write(&near, P13, 181, 0x80); /* somebody's own, which stays */
	lw_diag_task_init(&t, &near.bus, NULL, &o);
	while (due = lw_diag_task_run(&t, near.now), lw_mono_before(due, LW_NEVER)) {
		if (t.phase == LW_DIAG_MEASURE) {
			assert_int_equal(bench_byte(&near, P13, 181), 0x85);
			seen++;
		}
		bench_wait(&near, due);
	}
	assert_int_equal(t.result, 0);
	assert_true(seen > 0 && t.restored);
	assert_int_equal(bench_byte(&near, P13, 181), 0x80);
	/* kept on, then cleared */
	o.keep = true;
	expect_ok(&t, NULL, &o);
	assert_int_equal(bench_byte(&near, P13, 181), 0x85);
	o = (struct lw_diag_options){.loop = -1, .generator_loop = -1, .clear_loops = true};
	expect_ok(&t, NULL, &o);
	assert_int_equal(bench_byte(&near, P13, 181), 0);
}

static void diag_stop_brings_results_and_restores(void **state)
{
	struct lw_diag_options o = options(0xff);
	struct lw_diag_task t;
	struct lw_mono due, start = near.now;

	(void)state;
	o.time = (struct lw_mono){0};
	o.loop = LW_LOOP_MEDIA_OUTPUT;
	lw_diag_task_init(&t, &near.bus, NULL, &o);
	while (due = lw_diag_task_run(&t, near.now), lw_mono_before(due, LW_NEVER)) {
		if (near.now.ns - start.ns > lw_ms(5000).ns && !t.stopping) {
			assert_int_equal(t.phase, LW_DIAG_MEASURE);
			lw_diag_task_stop(&t);
			continue;
		}
		bench_wait(&near, due);
	}
	assert_int_equal(t.result, 0);
	assert_true(t.restored);
	assert_true(t.lane[0].bits > 3e11 && t.lane[0].bits < 6e11);
	assert_int_equal(bench_byte(&near, P13, 180), 0);
	assert_int_equal(bench_byte(&near, P13, 152), 0);
}

/* Stopped at every moment of its life, the modules are as before. */
static void diag_stop_at_any_time_restores(void **state)
{
	struct lw_diag_options o = options(0x0f);
	uint8_t before[2][40], after[2][40];

	(void)state;
	o.loop = LW_LOOP_MEDIA_OUTPUT;
	o.generator_loop = LW_LOOP_MEDIA_INPUT;
	o.time = lw_ms(500);
	controls(&near, before[0]);
	controls(&far, before[1]);
	for (unsigned at = 0;; at++) {
		struct lw_diag_task t;
		struct lw_mono due;
		unsigned runs = 0;

		lw_diag_task_init(&t, &near.bus, &far.bus, &o);
		while (due = lw_diag_task_run(&t, near.now), lw_mono_before(due, LW_NEVER)) {
			if (runs++ == at)
				lw_diag_task_stop(&t);
			bench_wait(&near, due);
		}
		assert_true(t.result || t.restored);
		controls(&near, after[0]);
		controls(&far, after[1]);
		assert_memory_equal(before, after, sizeof(before));
		if (runs <= at)
			break;
	}
}

struct cut {
	unsigned at, seen, times;
	int code;
};

static int cut(void *ctx, struct lw_addr a, bool write, uint8_t *p, size_t n)
{
	struct cut *c = ctx;

	(void)a;
	(void)write;
	(void)p;
	(void)n;
	c->seen++;
	return c->seen > c->at && c->seen <= c->at + c->times ? c->code : 0;
}

static void diag_bus_failing_anywhere_leaves_nothing_behind(void **state)
{
	static const int codes[] = {LW_EIO, LW_ENACK, LW_ETIMEDOUT};
	struct lw_diag_options o = options(0xff);
	uint8_t before[2][40], after[2][40];

	(void)state;
	o.time = lw_ms(500);
	o.loop = LW_LOOP_MEDIA_OUTPUT;
	controls(&near, before[0]);
	controls(&far, before[1]);
	for (size_t k = 0; k < sizeof(codes) / sizeof(codes[0]); k++)
		for (unsigned times = 2; times < 12; times += 6)
			for (unsigned at = 0;; at++) {
				struct cut c = {at, 0, times, codes[k]};
				struct lw_diag_task t;

				near.before = cut;
				near.ctx = &c;
				run(&t, &far.bus, &o);
				near.before = NULL;
				if (times == 2)
					assert_int_equal(t.result, 0);
				controls(&near, after[0]);
				controls(&far, after[1]);
				assert_memory_equal(before, after, sizeof(before));
				if (c.seen <= at)
					break;
			}
}

static void diag_module_that_goes_away_ends_it(void **state)
{
	struct lw_diag_options o = options(0xff);
	struct lw_diag_task t;
	struct lw_mono due;

	(void)state;
	o.time = (struct lw_mono){0};
	lw_diag_task_init(&t, &near.bus, &far.bus, &o);
	while (due = lw_diag_task_run(&t, near.now), lw_mono_before(due, LW_NEVER)) {
		if (t.phase == LW_DIAG_MEASURE) {
			lw_twin_fault(near.twin, LW_FAULT_UNPLUG, 0, true);
			lw_diag_task_stop(&t);
		}
		bench_wait(&near, due);
	}
	assert_int_equal(t.result, LW_EABSENT);
	assert_false(t.restored);
	/* the other end was put back all the same */
	assert_int_equal(bench_byte(&far, P13, 152), 0);
}

static void diag_refuses_what_is_not_advertised(void **state)
{
	struct lw_diag_options o = options(0xff);
	struct lw_diag_task t;
	unsigned writes;

	(void)state;
	writes = (unsigned)near.bus.stats.writes;
	o.pattern = 13;
	assert_int_equal(run(&t, NULL, &o), LW_ENOTSUP);
	o = options(1u << 8);
	assert_int_equal(run(&t, NULL, &o), LW_EINVAL);
	assert_non_null(strstr(t.error.message, "no lane 9"));
	assert_int_equal(near.bus.stats.writes, writes);
	/* dry run plans only */
	o = options(0x03);
	o.dry_run = true;
	o.loop = LW_LOOP_MEDIA_OUTPUT;
	expect_ok(&t, NULL, &o);
	assert_true(t.writes >= 3);
	assert_int_equal(t.write[0].byte, 180);
	assert_int_equal(t.write[0].data[0], 0x03);
	assert_int_equal(near.bus.stats.writes, writes);
	/* a module with little */
	teardown(state);
	bench_image(&image);
	bench_put(&image, LW_CMIS_PER_LANE_MEDIA_SIDE_LOOPBACKS, 0, 0);
	bench_put(&image, LW_CMIS_MEDIA_SIDE_INPUT_LOOPBACK, 0, 0);
	for (unsigned i = 0; i < 16; i++)
		bench_put(&image, LW_CMIS_MEDIA_SIDE_GENERATOR_SUPPORTS_PATTERN, i, i == 6);
	bench_sum(&image);
	open_two(2);
	o = options(0x03);
	o.loop = LW_LOOP_MEDIA_OUTPUT;
	assert_int_equal(run(&t, NULL, &o), LW_ENOTSUP);
	assert_non_null(strstr(t.error.message, "--lanes"));
	o.loop = LW_LOOP_MEDIA_INPUT;
	assert_int_equal(run(&t, NULL, &o), LW_ENOTSUP);
	assert_non_null(strstr(t.error.message, "media-input"));
	o = options(0xff);
	expect_ok(&t, &far.bus, &o);
	assert_int_equal(t.pattern, 6);
	o.pattern = 0;
	assert_int_equal(run(&t, &far.bus, &o), LW_ENOTSUP);
	assert_non_null(strstr(t.error.message, "PRBS-13Q"));
	/* one with nothing */
	teardown(state);
	bench_image(&image);
	bench_put(&image, LW_CMIS_DIAGNOSTIC_PAGES_SUPPORTED, 0, 0);
	bench_sum(&image);
	open_two(2);
	assert_int_equal(run(&t, NULL, &o), LW_ENOTSUP);
	assert_non_null(strstr(t.error.message, "01h:142"));
}

static void diag_ratio_alone_is_enough(void **state)
{
	struct lw_diag_options o = options(0xff);
	struct lw_diag_task t;

	(void)state;
	teardown(state);
	bench_image(&image);
	bench_put(&image, LW_CMIS_BITS_AND_ERRORS_COUNTING_SUPPORTED, 0, 0);
	bench_put(&image, LW_CMIS_MEDIA_SIDE_INPUT_SNR_MEASUREMENT, 0, 0);
	bench_sum(&image);
	open_two(2);
	open_weak(state);
	expect_ok(&t, &far.bus, &o);
	assert_false(t.lane[0].has_counts);
	assert_true(t.lane[0].ber.ber > 1e-9);
	assert_true(isnan(t.lane[0].ber.high));
	assert_true(isnan(t.lane[0].snr_db));
	o.lane_mbps = 106250;
	expect_ok(&t, &far.bus, &o);
	assert_true(t.lane[0].has_counts && t.lane[0].estimated);
	assert_true(t.lane[0].ber.low < t.lane[0].ber.ber);
	assert_true(t.lane[0].ber.high > t.lane[0].ber.ber);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(diag_estimate_matches_published_intervals),
		cmocka_unit_test(diag_patterns_are_chosen_by_modulation),
		cmocka_unit_test_setup_teardown(diag_one_end_sends_the_other_counts, setup,
						teardown),
		cmocka_unit_test_setup_teardown(diag_counts_can_be_read_as_they_grow, setup,
						teardown),
		cmocka_unit_test_setup_teardown(diag_gate_of_the_module_measures_where_it_fits,
						setup, teardown),
		cmocka_unit_test_setup_teardown(diag_weak_light_has_errors, setup, teardown),
		cmocka_unit_test_setup_teardown(diag_dark_lane_does_not_lock, setup, teardown),
		cmocka_unit_test_setup_teardown(diag_loopback_makes_one_module_enough, setup,
						teardown),
		cmocka_unit_test_setup_teardown(diag_loopback_alone_is_held_and_taken_away, setup,
						teardown),
		cmocka_unit_test_setup_teardown(diag_stop_brings_results_and_restores, setup,
						teardown),
		cmocka_unit_test_setup_teardown(diag_stop_at_any_time_restores, setup, teardown),
		cmocka_unit_test_setup_teardown(diag_bus_failing_anywhere_leaves_nothing_behind,
						setup, teardown),
		cmocka_unit_test_setup_teardown(diag_module_that_goes_away_ends_it, setup,
						teardown),
		cmocka_unit_test_setup_teardown(diag_refuses_what_is_not_advertised, setup,
						teardown),
		cmocka_unit_test_setup_teardown(diag_ratio_alone_is_enough, setup, teardown),
	};

	return cmocka_run_group_tests_name("diag", tests, NULL, NULL);
}
