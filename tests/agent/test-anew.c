/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Modules that begin anew in the middle of a plan and come back between two looks: what was written
 * is gone, and what follows from that is no fault of the module's data paths.
 */
#include "sim.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void assert_not_blamed(struct sim *s)
{
	for (size_t i = 0; i < s->engine.fabric->link_n; i++) {
		if (s->engine.link[i].state == LW_LINK_UP)
			continue;
		assert_false(sim_explains(s, i, "config-rejected"));
		assert_false(sim_explains(s, i, "late"));
	}
}

static void no_lpmode_pin(void *ctx, int cage, struct lw_twin_options *opt)
{
	(void)ctx;
	(void)cage;
	opt->lpmode_pin = false;
	opt->duration_percent = 30;
}

/* Stage the fabric again with other twins. */
static void stage(struct sim *s, void (*tune)(void *, int, struct lw_twin_options *))
{
	struct lw_error e;

	lw_lab_finish(&s->lab);
	assert_int_equal(
		lw_lab_init_with(&s->lab, &s->fabric, 1, &(struct lw_lab_options){tune, NULL}, &e),
		0);
	for (size_t i = 0; i < s->fabric.cage_n; i++)
		s->engine.module[i].bus = s->lab.bus[i];
}

/*
 * Learned waits make the engine look rarely: from the second start on a module has time to begin
 * anew unseen.
 */
static void start_and_strike(const char *strike, int64_t after_ms, int64_t lasts_ms)
{
	struct sim s;

	sim_face_to_face(&s, "4x200G");
	stage(&s, no_lpmode_pin);
	sim_settle(&s);
	sim_fault(&s, "unplug:b/p", true);
	sim_pass(&s, 5000);
	sim_fault(&s, "unplug:b/p", false);
	for (int strikes = 0; strikes < 2; strikes++) {
		for (int64_t ms = 0; ms < after_ms; ms += 50) {
			sim_pass(&s, 50);
			assert_not_blamed(&s);
		}
		sim_fault(&s, strike, true);
		sim_pass(&s, lasts_ms);
		sim_fault(&s, strike, false);
	}
	/* pauses between resets of a faulty module grow to a minute */
	for (int i = 0; i < 900; i++) {
		sim_pass(&s, 100);
		assert_not_blamed(&s);
	}
	sim_all_up(&s, 4);
	sim_stop(&s);
}

static void anew_reset_in_a_plan_is_no_refusal_and_not_late(void **state)
{
	(void)state;
	for (int64_t ms = 250; ms < 8000; ms += 250)
		start_and_strike("reset:b/p", ms, 0);
}

static void anew_exchange_in_a_plan_is_no_refusal_and_not_late(void **state)
{
	(void)state;
	for (int64_t ms = 250; ms < 8000; ms += 250)
		start_and_strike("swap:b/p=OSFP-800G-SR8", ms, 500);
}

static void anew_module_fault_in_a_plan_is_no_refusal_and_not_late(void **state)
{
	(void)state;
	for (int64_t ms = 250; ms < 8000; ms += 250)
		start_and_strike("module:b/p", ms, 5000);
}

/* A module refuses the first access to each page (CMIS B.2), and its checksum is wrong. */
static void busy(void *ctx, int cage, struct lw_twin_options *opt)
{
	(void)ctx;
	(void)cage;
	opt->access_times = true;
}

static void anew_busy_module_with_a_wrong_checksum_is_taken_up(void **state)
{
	struct sim s;

	(void)state;
	sim_face_to_face(&s, "2x400G");
	stage(&s, busy);
	sim_fault(&s, "checksum:b/p", true);
	sim_pass(&s, 30000);
	sim_all_up(&s, 2);
	sim_stop(&s);
}

/* It starts by itself when it is reset. */
static void busy_without_pin(void *ctx, int cage, struct lw_twin_options *opt)
{
	busy(ctx, cage, opt);
	opt->lpmode_pin = false;
}

/* What is read before a silence and behind it are not of one module: a new engine that is in the
 * middle of reading a busy one when it is reset must not put both together. */
static void anew_reset_while_it_is_read_is_not_late(void **state)
{
	(void)state;
	for (int64_t ms = 10; ms < 300; ms += 20) {
		struct sim s;

		sim_face_to_face(&s, "1x800G");
		stage(&s, busy_without_pin);
		sim_settle(&s);
		sim_pass(&s, 20000);
		sim_restart(&s);
		sim_pass(&s, ms);
		sim_fault(&s, "reset:b/p", true);
		sim_fault(&s, "reset:b/p", false);
		for (int i = 0; i < 300; i++) {
			sim_pass(&s, 100);
			assert_not_blamed(&s);
		}
		sim_all_up(&s, 1);
		sim_stop(&s);
	}
}

/* A link that is claimed up runs the application that is wanted, not whatever the module in its
 * place brought up by itself. */
static void assert_runs_as_wanted(const struct sim *s, const char *cage)
{
	int i = sim_cage(s, cage);
	const struct lw_module *m = &s->engine.module[i];
	struct lw_addr active = {.i2c = 0x50, .page = 0x11, .byte = 206};
	uint8_t lane[8];

	assert_int_equal(lw_bus_read(s->lab.bus[i], active, lane, sizeof(lane), NULL), 0);
	for (size_t k = 0; k < m->want_n; k++)
		if (m->report[k].health == LW_DP_UP)
			assert_int_equal(lane[m->want[k].first] >> 4, m->want[k].apsel);
}

/* Two are plugged, and one of them again. */
static unsigned plugs;

static void third_is_fast(void *ctx, int cage, struct lw_twin_options *opt)
{
	no_lpmode_pin(ctx, cage, opt);
	opt->duration_percent = ++plugs > 2 ? 10 : 90;
}

static void anew_default_application_is_not_taken_for_the_wanted_one(void **state)
{
	(void)state;
	for (int64_t ms = 3000; ms < 13000; ms += 500) {
		struct sim s;

		plugs = 0;
		sim_face_to_face(&s, "8x100G");
		stage(&s, third_is_fast);
		sim_settle(&s);
		sim_pass(&s, 5000);
		sim_fault(&s, "reset:b/p", true);
		sim_fault(&s, "reset:b/p", false);
		sim_pass(&s, ms);
		sim_fault(&s, "unplug:b/p", true);
		sim_fault(&s, "unplug:b/p", false);
		sim_pass(&s, 12000);
		assert_runs_as_wanted(&s, "b/p");
		sim_stop(&s);
	}
}

/* The maps before CMIS have no states: what was written to a module that is no longer there does
 * not reach the one behind it. */
static void anew_sff_module_exchanged_in_a_plan_is_brought_up(void **state)
{
	(void)state;
	for (int64_t ms = 350; ms < 1200; ms += 50) {
		struct lw_addr power = {.i2c = 0x50, .byte = 93};
		uint64_t writes;
		struct sim s;
		uint8_t byte;

		sim_start_pair(
			&s, &(struct sim_pair){"QSFP+", "QSFP+-40G-SR4", "1x40G", "mpo12", "OM4"});
		stage(&s, no_lpmode_pin);
		sim_settle(&s);
		sim_fault(&s, "counterfeit:b/p", true);
		sim_pass(&s, ms);
		sim_fault(&s, "counterfeit:b/p", false);
		sim_pass(&s, 5000);
		sim_all_up(&s, 1);
		assert_false(sim_explains_cage(&s, "b/p", "module-other"));
		assert_int_equal(lw_bus_read(s.lab.bus[sim_cage(&s, "b/p")], power, &byte, 1, NULL),
				 0);
		assert_int_equal(byte & 1, 1);
		writes = sim_writes(&s);
		sim_restart(&s);
		sim_pass(&s, 5000);
		assert_int_equal(sim_writes(&s), writes);
		sim_stop(&s);
	}
}

/* The checksum goes wrong while the module runs, and a policy is in force that would not admit it:
 * it is still the module that was admitted. */
static void anew_running_module_with_a_wrong_checksum_is_left_alone(void **state)
{
	static const char *const nobody[] = {"NOBODY"};
	static const struct sim_pair pair[] = {
		{"OSFP", "OSFP-800G-SR8", "1x800G", "mpo16", "OM4"},
		{"QSFP28", "QSFP28-100G-SR4", "1x100G", "mpo12", "OM4"},
	};

	(void)state;
	for (int i = 0; i < 2; i++) {
		struct lw_mono since;
		uint64_t writes;
		struct sim s;

		sim_start_pair(&s, &pair[i]);
		sim_settle(&s);
		lw_engine_policy(&s.engine, &(struct lw_policy){.vendors = nobody, .vendor_n = 1},
				 s.now);
		since = s.now;
		writes = sim_writes(&s);
		sim_fault(&s, "checksum:b/p", true);
		sim_pass(&s, 90000);
		sim_fault(&s, "checksum:b/p", false);
		sim_pass(&s, 90000);
		sim_all_up(&s, 1);
		assert_int_equal(s.engine.link[0].flaps, 0);
		assert_int_equal(sim_writes(&s), writes);
		sim_lanes_quiet(&s, "b/p", 0xff, since);
		sim_stop(&s);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(anew_reset_in_a_plan_is_no_refusal_and_not_late),
		cmocka_unit_test(anew_exchange_in_a_plan_is_no_refusal_and_not_late),
		cmocka_unit_test(anew_module_fault_in_a_plan_is_no_refusal_and_not_late),
		cmocka_unit_test(anew_busy_module_with_a_wrong_checksum_is_taken_up),
		cmocka_unit_test(anew_reset_while_it_is_read_is_not_late),
		cmocka_unit_test(anew_default_application_is_not_taken_for_the_wanted_one),
		cmocka_unit_test(anew_sff_module_exchanged_in_a_plan_is_brought_up),
		cmocka_unit_test(anew_running_module_with_a_wrong_checksum_is_left_alone),
	};

	return cmocka_run_group_tests_name("anew", tests, NULL, NULL);
}
