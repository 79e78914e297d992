/* SPDX-License-Identifier: Apache-2.0 */
#include "control-bench.h"
#include <lanewise/monitor.h>
#include <math.h>

static struct bench bench;
static struct lw_readings now;
static struct lw_flag_log flag_log;

static int open_optic(void **state)
{
	bench_open_part(&bench, "OSFP-800G-DR8");
	lw_flag_log_init(&flag_log);
	*state = &bench;
	return 0;
}

static int close_bench(void **state)
{
	(void)state;
	bench_close(&bench);
	return 0;
}

static void read_all(struct lw_flag_log *with)
{
	struct lw_error e;

	if (lw_monitor_read(&bench.bus, &bench.module.memory, &bench.module.facts, with,
			    bench_now(&bench), &now, &e))
		fail_msg("%s", e.message);
}

static void look_at_flags(void)
{
	struct lw_error e;

	if (lw_flag_log_read(&flag_log, &bench.bus, &bench.module.memory, &bench.module.facts,
			     bench_now(&bench), &e))
		fail_msg("%s", e.message);
}

static void cmis_pass_takes_at_most_five_blocks_and_leaves_flags_alone(void **state)
{
	uint64_t before = bench.bus.stats.reads;
	uint8_t flags;

	(void)state;
	lw_twin_fault(bench.near, LW_FAULT_CUT, 0x01, true);
	bench_pass(&bench, 500);
	read_all(NULL);
	assert_true(bench.bus.stats.reads - before >= 3);
	assert_true(bench.bus.stats.reads - before <= 5);
	flags = bench_byte(bench.near, P11, 147);
	assert_int_equal(flags & 1, 1); /* LOSFlagRx was not cleared */
}

static void cmis_pass_with_flags_takes_at_most_five_blocks(void **state)
{
	uint64_t before = bench.bus.stats.reads;
	const struct lw_flag_entry *e;

	(void)state;
	lw_twin_fault(bench.near, LW_FAULT_CUT, 0x01, true);
	bench_pass(&bench, 500);
	read_all(&flag_log);
	assert_true(bench.bus.stats.reads - before <= 5);
	e = lw_flag_log_find(&flag_log, LW_CMIS_LOS_FLAG_RX, 0);
	assert_non_null(e);
	assert_true(e->set);
}

static void readings_are_those_of_the_registers_in_si(void **state)
{
	double tx, bias, rx;

	(void)state;
	read_all(NULL);
	assert_int_equal(now.lanes, 0xff);
	assert_int_equal(now.module_state, 3);
	assert_string_equal(now.module[LW_MON_TEMPERATURE].unit, "degC");
	assert_true(now.module[LW_MON_TEMPERATURE].value > 20 &&
		    now.module[LW_MON_TEMPERATURE].value < 60);
	assert_true(now.module[LW_MON_SUPPLY].value > 3.2 && now.module[LW_MON_SUPPLY].value < 3.4);
	assert_int_equal(now.module[LW_MON_LASER].status, LW_VALUE_NOT_SUPPORTED);
	/* 0.1 uW and 2 uA units, most significant byte first; noise moves them by a little */
	tx = (bench_byte(bench.near, P11, 154) << 8 | bench_byte(bench.near, P11, 155)) * 1e-7;
	bias = (bench_byte(bench.near, P11, 170) << 8 | bench_byte(bench.near, P11, 171)) * 2e-6;
	rx = (bench_byte(bench.near, P11, 186) << 8 | bench_byte(bench.near, P11, 187)) * 1e-7;
	bias *= 1 << (bench_byte(bench.near, 1, 160) >> 3 & 3);
	assert_true(fabs(now.lane[0][0].value - tx) < 1e-9);
	assert_string_equal(now.lane[0][0].unit, "W");
	assert_true(fabs(now.lane[1][0].value - bias) < 1e-9);
	assert_string_equal(now.lane[1][0].unit, "A");
	assert_true(fabs(now.lane[2][0].value - rx) < 1e-9);
}

static void a_lane_without_a_path_reads_stale(void **state)
{
	struct lw_control_plan plan;

	(void)state;
	assert_int_equal(lw_control_plan_paths(&bench.module.memory, &bench.module.facts, 0xff,
					       false, &plan, NULL),
			 0);
	assert_int_equal(bench_run(&bench, &plan, NULL), LW_CONTROL_DONE);
	read_all(NULL);
	assert_int_equal(now.lane[0][3].status, LW_VALUE_STALE);
	assert_true(isnan(now.lane[0][3].value));
	assert_int_equal(now.lane[2][3].status, LW_VALUE_OK); /* light arrives all the same */
}

static void limits_are_read_once_in_the_unit_of_the_reading(void **state)
{
	struct lw_limits l;
	struct lw_error e;

	(void)state;
	read_all(NULL);
	l = lw_monitor_limits(&bench.module.memory, LW_MON_TEMPERATURE);
	assert_false(l.stated);
	assert_int_equal(
		lw_monitor_read_limits(&bench.bus, &bench.module.memory, &bench.module.facts, &e),
		0);
	l = lw_monitor_limits(&bench.module.memory, LW_MON_TEMPERATURE);
	assert_true(l.stated);
	assert_true(l.high_alarm == (int8_t)bench_byte(bench.near, 2, 128));
	l = lw_monitor_limits(&bench.module.memory, LW_MON_TX_POWER);
	assert_true(l.stated);
	assert_true(fabs(l.high_alarm -
			 (bench_byte(bench.near, 2, 176) << 8 | bench_byte(bench.near, 2, 177)) *
				 1e-7) < 1e-10);
	assert_true(l.low_alarm < l.low_warning && l.low_warning < l.high_warning &&
		    l.high_warning < l.high_alarm);
	l = lw_monitor_limits(&bench.module.memory, LW_MON_LASER);
	assert_false(l.stated);
}

static void a_log_counts_how_often_a_flag_came(void **state)
{
	static struct lw_flag_log l;
	static const bool seen[] = {false, true, true, false, false, true, false};
	const struct lw_flag_entry *e;

	(void)state;
	lw_flag_log_init(&l);
	for (int i = 0; i < 7; i++)
		lw_flag_log_note(&l, 5, 2, seen[i], lw_ms(100 * (i + 1)));
	e = lw_flag_log_find(&l, 5, 2);
	assert_non_null(e);
	assert_int_equal(e->count, 2);
	assert_false(e->set);
	assert_true(e->first_set.ns == lw_ms(200).ns);
	assert_true(e->last_set.ns == lw_ms(600).ns);
	assert_true(e->last_seen.ns == lw_ms(600).ns);
	assert_true(e->cleared.ns == lw_ms(700).ns);
	assert_null(lw_flag_log_find(&l, 5, 3));
	assert_null(lw_flag_log_find(&l, 6, 2));
	/* a full log keeps what it has and says so */
	for (int i = 0; i < LW_FLAG_LOG_MAX + 8; i++)
		lw_flag_log_note(&l, 7, i, true, lw_ms(1));
	assert_true(l.full);
	assert_int_equal(l.n, LW_FLAG_LOG_MAX);
	assert_int_equal(lw_flag_log_find(&l, 5, 2)->count, 2);
}

static void a_cut_fibre_is_counted_each_time(void **state)
{
	const struct lw_flag_entry *e;
	struct lw_mono first;

	(void)state;
	look_at_flags(); /* what coming up has left */
	bench_pass(&bench, 200);
	look_at_flags();
	e = lw_flag_log_find(&flag_log, LW_CMIS_LOS_FLAG_RX, 4);
	assert_true(!e || !e->set);
	lw_flag_log_init(&flag_log);
	first = bench_now(&bench);
	for (int i = 0; i < 3; i++) {
		lw_twin_fault(bench.near, LW_FAULT_CUT, 0x10, true);
		for (int k = 0; k < 4; k++) {
			bench_pass(&bench, 500);
			look_at_flags();
		}
		lw_twin_fault(bench.near, LW_FAULT_CUT, 0x10, false);
		for (int k = 0; k < 4; k++) {
			bench_pass(&bench, 500);
			look_at_flags();
		}
	}
	e = lw_flag_log_find(&flag_log, LW_CMIS_LOS_FLAG_RX, 4);
	assert_non_null(e);
	assert_int_equal(e->count, 3);
	assert_false(e->set);
	assert_true(lw_mono_before(first, e->first_set));
	assert_true(lw_mono_before(e->first_set, e->last_set));
	assert_true(lw_mono_before(e->last_set, e->cleared));
	assert_null(lw_flag_log_find(&flag_log, LW_CMIS_LOS_FLAG_RX, 3));
	assert_int_equal(flag_log.looks, 24);
}

/* Reads of the lower half pass, the others fail. */
static int no_page(struct bench *b, struct lw_addr a, bool write, uint8_t *p, size_t n)
{
	(void)b;
	(void)p;
	(void)n;
	return !write && a.byte >= 128 ? LW_ETIMEDOUT : 0;
}

static void flags_read_before_an_error_are_kept(void **state)
{
	struct lw_error e;

	(void)state;
	look_at_flags();
	lw_flag_log_init(&flag_log);
	lw_twin_fault(bench.near, LW_FAULT_HOT, 0, true);
	bench_pass(&bench, 3000);
	bench.before = no_page;
	assert_int_equal(lw_flag_log_read(&flag_log, &bench.bus, &bench.module.memory,
					  &bench.module.facts, bench_now(&bench), &e),
			 LW_ETIMEDOUT);
	assert_non_null(lw_flag_log_find(&flag_log, LW_CMIS_TEMP_MON_HIGH_ALARM_FLAG, -1));
	bench.before = NULL;
}

static enum lw_vdm_phase run_vdm(struct lw_vdm_pass *p)
{
	unsigned rounds = 0;

	while (p->phase < LW_VDM_DONE) {
		struct lw_mono due = lw_vdm_pass_run(p, bench_now(&bench));

		assert_true(rounds++ < 10000);
		if (p->phase < LW_VDM_DONE)
			bench_pass(&bench, (due.ns - bench_now(&bench).ns) / 1000000 + 1);
	}
	assert_true(lw_vdm_pass_run(p, bench_now(&bench)).ns == LW_NEVER.ns);
	return p->phase;
}

static void vdm_pass_freezes_reads_and_lets_go(void **state)
{
	struct lw_vdm_pass p = {0};
	struct lw_vdm x;
	struct lw_view v;
	struct lw_error e;
	unsigned there = 0;
	uint64_t reads, writes;

	(void)state;
	assert_int_equal(lw_vdm_pass_start(&p, &bench.bus, &bench.module.memory,
					   &bench.module.facts, bench_now(&bench), &e),
			 0);
	assert_int_equal(run_vdm(&p), LW_VDM_DONE);
	lw_image_view(&bench.module.memory, &v);
	for (unsigned i = 0; i < LW_VDM_INSTANCES; i++)
		if (lw_vdm_decode(&v, 0, i, &x)) {
			assert_int_equal(x.status, LW_VALUE_OK);
			assert_true(x.special || isfinite(x.value));
			there++;
		}
	assert_true(there > 8);
	assert_int_equal(bench_byte(bench.near, 0x2f, 144) & 0x80, 0);
	assert_int_equal(bench_byte(bench.near, 0x2f, 145) & 0x40, 0x40); /* UnfreezeDone */
	/* the second pass knows the descriptors */
	reads = bench.bus.stats.reads;
	writes = bench.bus.stats.writes;
	assert_int_equal(lw_vdm_pass_start(&p, &bench.bus, &bench.module.memory,
					   &bench.module.facts, bench_now(&bench), &e),
			 0);
	assert_int_equal(run_vdm(&p), LW_VDM_DONE);
	assert_int_equal(bench.bus.stats.writes - writes, 2);
	assert_true(bench.bus.stats.reads - reads <= p.groups + 3u); /* and the states */
}

/* The page of samples cannot be read. */
static int no_samples(struct bench *b, struct lw_addr a, bool write, uint8_t *p, size_t n)
{
	(void)b;
	(void)p;
	(void)n;
	return !write && a.page == 0x24 && a.byte >= 128 ? LW_EIO : 0;
}

static void vdm_that_fails_is_let_go(void **state)
{
	struct lw_vdm_pass p = {0};
	struct lw_error e;

	(void)state;
	assert_int_equal(lw_vdm_pass_start(&p, &bench.bus, &bench.module.memory,
					   &bench.module.facts, bench_now(&bench), &e),
			 0);
	bench.before = no_samples;
	assert_int_equal(run_vdm(&p), LW_VDM_FAILED);
	assert_int_equal(p.error.code, LW_EIO);
	bench.before = NULL;
	assert_int_equal(bench_byte(bench.near, 0x2f, 144) & 0x80, 0);
}

static void sff_modules_are_read_alike(void **state)
{
	static const char *const parts[] = {"QSFP28-100G-SR4", "SFP28-25G-SR"};
	static const unsigned lanes[] = {0xf, 1};

	(void)state;
	for (int i = 0; i < 2; i++) {
		struct lw_error e;

		bench_open_part(&bench, parts[i]);
		assert_int_equal(lw_monitor_read_limits(&bench.bus, &bench.module.memory,
							&bench.module.facts, &e),
				 0);
		read_all(NULL);
		assert_int_equal(now.lanes, lanes[i]);
		assert_true(fabs(now.module[LW_MON_SUPPLY].value - 3.3) < 0.1);
		assert_true(now.lane[0][0].value > 1e-4 && now.lane[0][0].value < 1e-2);
		assert_true(lw_monitor_limits(&bench.module.memory, LW_MON_RX_POWER).stated);
		assert_false(lw_monitor_limits(&bench.module.memory, LW_MON_TEC).stated);
		lw_flag_log_init(&flag_log);
		look_at_flags();
		bench_pass(&bench, 500);
		look_at_flags();
		lw_flag_log_init(&flag_log);
		lw_twin_fault(bench.near, LW_FAULT_CUT, 1, true);
		bench_pass(&bench, 1000);
		look_at_flags();
		assert_true(flag_log.n > 0);
		bench_close(&bench);
	}
}

static void a_cable_without_monitors_has_none(void **state)
{
	(void)state;
	bench_open_part(&bench, "DAC-OSFP-800G");
	read_all(NULL);
	assert_int_equal(now.lanes, 0);
	for (unsigned q = 0; q < LW_MON_LANES; q++)
		assert_int_equal(now.module[q].status, LW_VALUE_NOT_SUPPORTED);
	bench_close(&bench);
}

#define ON_OPTIC(f) cmocka_unit_test_setup_teardown(f, open_optic, close_bench)

int main(void)
{
	const struct CMUnitTest tests[] = {
		ON_OPTIC(cmis_pass_takes_at_most_five_blocks_and_leaves_flags_alone),
		ON_OPTIC(cmis_pass_with_flags_takes_at_most_five_blocks),
		ON_OPTIC(readings_are_those_of_the_registers_in_si),
		ON_OPTIC(a_lane_without_a_path_reads_stale),
		ON_OPTIC(limits_are_read_once_in_the_unit_of_the_reading),
		cmocka_unit_test(a_log_counts_how_often_a_flag_came),
		ON_OPTIC(a_cut_fibre_is_counted_each_time),
		ON_OPTIC(flags_read_before_an_error_are_kept),
		ON_OPTIC(vdm_pass_freezes_reads_and_lets_go),
		ON_OPTIC(vdm_that_fails_is_let_go),
		cmocka_unit_test(sff_modules_are_read_alike),
		cmocka_unit_test(a_cable_without_monitors_has_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
