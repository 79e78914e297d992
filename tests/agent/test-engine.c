/* SPDX-License-Identifier: Apache-2.0 */
#include "sim.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* The bar: any split costs at most 10 writes and 8 block reads, state polls aside. */
static void split_comes_up_within_the_budget(const char *mode, size_t links)
{
	struct sim s;

	sim_face_to_face(&s, mode);
	sim_settle(&s);
	sim_all_up(&s, links);
	for (int i = 0; i < 2; i++) {
		const struct lw_bus_stats *b = &s.lab.bus[i]->stats;

		print_message("# %s: %d writes, %d reads, %d polls\n", mode, (int)b->writes,
			      (int)b->reads, (int)b->polls);
		assert_true(b->writes <= 10);
		assert_true(b->reads <= 8);
	}
	sim_stop(&s);
}

static void engine_1x800g_comes_up_within_the_budget(void **state)
{
	(void)state;
	split_comes_up_within_the_budget("1x800G", 1);
}

static void engine_2x400g_comes_up_within_the_budget(void **state)
{
	(void)state;
	split_comes_up_within_the_budget("2x400G", 2);
}

static void engine_4x200g_comes_up_within_the_budget(void **state)
{
	(void)state;
	split_comes_up_within_the_budget("4x200G", 4);
}

static void engine_8x100g_comes_up_within_the_budget(void **state)
{
	(void)state;
	split_comes_up_within_the_budget("8x100G", 8);
}

static void engine_mixed_split_comes_up_within_the_budget(void **state)
{
	(void)state;
	split_comes_up_within_the_budget("1x400G(4)+4x100G(4)", 5);
}

/*
 * What a module took for itself: the time until ModuleLowPwr and in ModulePwrUp, and of its slowest
 * lane that in DPInit and DPTxTurnOn (codes of OIF-CMIS 5.4 Tables 8-7 and 8-94).
 */
static int64_t own_ns(const struct lw_twin *t)
{
	int64_t sum[9] = {0}, since[9] = {0}, most = 0;
	uint8_t state[9] = {0};
	size_t n;
	const struct lw_twin_event *e = lw_twin_events(t, &n);

	for (size_t i = 0; i < n; i++) {
		int at = 1 + e[i].lane;
		uint8_t was = state[at];

		if (at ? was == 2 || was == 5 : was == 0 || was == 2)
			sum[at] += e[i].at.ns - since[at];
		state[at] = e[i].state;
		since[at] = e[i].at.ns;
	}
	for (int i = 1; i < 9; i++)
		most = sum[i] > most ? sum[i] : most;
	return sum[0] + most;
}

/* The bar: the last link is up within 1.05 times the slowest module's own time. */
static void engine_last_link_is_up_within_the_bar(void **state)
{
	static const char *const modes[] = {"2x400G", "8x100G"};

	(void)state;
	for (int i = 0; i < 2; i++) {
		int64_t own[2], last = 0;
		struct sim s;

		sim_face_to_face(&s, modes[i]);
		sim_settle(&s);
		for (size_t k = 0; k < s.fabric.link_n; k++)
			if (s.engine.link[k].up_at.ns > last)
				last = s.engine.link[k].up_at.ns;
		own[0] = own_ns(s.lab.twin[0]);
		own[1] = own_ns(s.lab.twin[1]);
		if (own[1] > own[0])
			own[0] = own[1];
		print_message("# %s: %.3f s, the module itself %.3f s\n", modes[i],
			      (double)last / 1e9, (double)own[0] / 1e9);
		assert_true(own[0] > lw_ms(1000).ns);
		assert_true((double)last >= (double)own[0]);
		assert_true((double)last <= 1.05 * (double)own[0]);
		sim_stop(&s);
	}
}

static void engine_first_light_has_one_link_down_and_says_why(void **state)
{
	static const char *const reasons[] = {"lane-rate", "wavelength", "fibre-type", "connector"};
	struct sim s;
	size_t down = 0;

	(void)state;
	sim_start_file(&s, LW_ROOT "/examples/first-light.yaml");
	sim_settle(&s);
	for (size_t i = 0; i < s.fabric.link_n; i++) {
		if (s.engine.link[i].state == LW_LINK_UP)
			continue;
		down++;
		assert_int_equal(s.fabric.links[i].verdict, LW_DOWN);
		for (size_t k = 0; k < 4; k++)
			assert_true(sim_explains(&s, i, reasons[k]));
	}
	assert_int_equal(down, 1);
	sim_stop(&s);
}

static void fault_disturbs_its_own_link_only(const char *fault, const char *rule)
{
	struct lw_mono since;
	struct sim s;

	sim_face_to_face(&s, "4x200G");
	sim_settle(&s);
	sim_all_up(&s, 4);
	since = s.now;
	sim_fault(&s, fault, true);
	sim_run(&s, lw_mono_add(s.now, lw_ms(20000)));
	for (size_t i = 0; i < 4; i++) {
		bool hit = i == 1;

		assert_int_equal(s.engine.link[i].state, hit ? LW_LINK_DOWN : LW_LINK_UP);
		assert_int_equal(s.engine.link[i].flaps, hit);
	}
	assert_true(sim_explains(&s, 1, rule));
	sim_lanes_quiet(&s, "a/p", 0xf3, since);
	sim_lanes_quiet(&s, "b/p", 0xf3, since);
	sim_fault(&s, fault, false);
	sim_run(&s, lw_mono_add(s.now, lw_ms(5000)));
	sim_all_up(&s, 4);
	assert_int_equal(s.engine.link[0].flaps, 0);
	sim_stop(&s);
}

static void engine_cut_fibre_disturbs_its_own_link_only(void **state)
{
	(void)state;
	fault_disturbs_its_own_link_only("cut:a/p:2", "rx-los");
}

static void engine_dark_laser_disturbs_its_own_link_only(void **state)
{
	(void)state;
	fault_disturbs_its_own_link_only("dark:a/p:2", "rx-los");
}

static void engine_refused_link_is_explained_and_retried(void **state)
{
	struct sim s;

	(void)state;
	sim_face_to_face(&s, "4x200G");
	sim_fault(&s, "reject:a/p:3", true);
	sim_run(&s, lw_ms(60000));
	for (size_t i = 0; i < 4; i++)
		assert_int_equal(s.engine.link[i].state, i == 2 ? LW_LINK_DOWN : LW_LINK_UP);
	assert_true(sim_explains(&s, 2, "config-rejected"));
	for (size_t i = 0; i < 4; i++)
		assert_int_equal(s.engine.link[i].flaps, 0);
	sim_fault(&s, "reject:a/p:3", false);
	sim_run(&s, lw_mono_add(s.now, lw_ms(120000)));
	sim_all_up(&s, 4);
	assert_int_equal(s.engine.link[0].flaps + s.engine.link[1].flaps + s.engine.link[3].flaps,
			 0);
	sim_stop(&s);
}

static void engine_stuck_path_is_late_and_its_siblings_up(void **state)
{
	struct sim s;

	(void)state;
	sim_face_to_face(&s, "2x400G");
	sim_fault(&s, "stuck-init:b/p:1", true);
	sim_run(&s, lw_ms(60000));
	assert_int_equal(s.engine.link[0].state, LW_LINK_DOWN);
	assert_true(sim_explains(&s, 0, "late"));
	assert_int_equal(s.engine.link[1].state, LW_LINK_UP);
	sim_fault(&s, "stuck-init:b/p:1", false);
	sim_run(&s, lw_mono_add(s.now, lw_ms(60000)));
	sim_all_up(&s, 2);
	sim_stop(&s);
}

static void engine_unplugged_module_comes_back(void **state)
{
	struct sim s;

	(void)state;
	sim_face_to_face(&s, "2x400G");
	sim_settle(&s);
	sim_fault(&s, "unplug:b/p", true);
	sim_run(&s, lw_mono_add(s.now, lw_ms(10000)));
	assert_int_equal(s.engine.link[0].state, LW_LINK_DOWN);
	assert_true(sim_explains(&s, 0, "module-absent"));
	sim_fault(&s, "unplug:b/p", false);
	sim_run(&s, lw_mono_add(s.now, lw_ms(20000)));
	sim_all_up(&s, 2);
	assert_int_equal(s.engine.link[0].flaps, 1);
	sim_stop(&s);
}

/* After everything is up, resting costs polls only: nothing is written again. */
static void engine_at_rest_writes_nothing(void **state)
{
	uint64_t writes;
	struct sim s;

	(void)state;
	sim_face_to_face(&s, "8x100G");
	sim_settle(&s);
	writes = s.lab.bus[0]->stats.writes;
	sim_run(&s, lw_mono_add(s.now, lw_ms(3600000)));
	assert_int_equal(s.lab.bus[0]->stats.writes, writes);
	sim_all_up(&s, 8);
	sim_stop(&s);
}

/* Monitors cost at most five block reads a pass, and none while links are being brought up. */
static void engine_measures_modules_at_rest_only(void **state)
{
	const struct lw_bus_stats *b;
	const struct lw_readings *r;
	uint64_t reads;
	struct sim s;

	(void)state;
	sim_face_to_face(&s, "2x400G");
	assert_null(lw_engine_readings(&s.engine, 0));
	assert_int_equal(lw_engine_measure(&s.engine, lw_ms(10000), s.now, NULL), 0);
	sim_run(&s, lw_ms(7000));
	assert_null(lw_engine_readings(&s.engine, 0));
	b = &s.lab.bus[0]->stats;
	sim_run(&s, lw_ms(25000)); /* the thresholds have been read */
	sim_all_up(&s, 2);
	reads = b->reads;
	sim_pass(&s, 100000);
	print_message("# %d block reads in 10 passes\n", (int)(b->reads - reads));
	assert_true(b->reads - reads <= 10 * 5);
	assert_true(b->reads - reads >= 10);
	r = lw_engine_readings(&s.engine, 0);
	assert_non_null(r);
	assert_true(s.now.ns - r->at.ns <= lw_ms(10000).ns);
	assert_int_equal(r->module[LW_MON_TEMPERATURE].status, LW_VALUE_OK);
	assert_true(r->module[LW_MON_TEMPERATURE].value > 0);
	assert_int_equal(r->lane[LW_MON_RX_POWER - LW_MON_LANES][7].status, LW_VALUE_OK);
	assert_int_equal(lw_engine_measure(&s.engine, (struct lw_mono){0}, s.now, NULL), 0);
	reads = b->reads;
	sim_pass(&s, 100000);
	assert_int_equal(b->reads, reads);
	sim_all_up(&s, 2);
	sim_stop(&s);
}

/* Between events nothing is looked at: an idle engine costs what its watches cost. */
static void engine_run_without_need_does_nothing(void **state)
{
	uint64_t polls;
	struct sim s;

	(void)state;
	sim_face_to_face(&s, "8x100G");
	sim_settle(&s);
	sim_pass(&s, 60000);
	polls = s.lab.bus[0]->stats.polls;
	for (int i = 0; i < 1000; i++)
		lw_engine_run(&s.engine, s.now);
	assert_int_equal(s.lab.bus[0]->stats.polls, polls);
	sim_pass(&s, 60000);
	/* a look a second, and twice all that is known is compared: eight blocks */
	assert_true(s.lab.bus[0]->stats.polls - polls <= 61 + 2 * 8);
	/* an interrupt is looked at once: the lanes, and the flags of the module; its summary names
	 * no page of observables, for nothing was ever wrong with one */
	polls = s.lab.bus[0]->stats.polls;
	lw_engine_interrupt(&s.engine, 0, LW_LINE_ASSERTED, s.now);
	for (int i = 0; i < 10; i++)
		lw_engine_run(&s.engine, s.now);
	assert_int_equal(s.lab.bus[0]->stats.polls, polls + 2);
	sim_stop(&s);
}

static bool dark; /* what the host at cage 1 says of its carrier */

static bool half_dark(void *ctx, int cage, const struct lw_lport *port)
{
	return !(dark && cage == 1) && lw_lab_carrier(ctx, cage, port);
}

/* The host's word counts at once when it is given. */
static void engine_carrier_change_is_judged_at_once(void **state)
{
	struct sim s;

	(void)state;
	dark = false;
	sim_face_to_face(&s, "2x400G");
	s.engine.carrier = half_dark;
	sim_settle(&s);
	sim_pass(&s, 60000);
	sim_all_up(&s, 2);
	dark = true;
	lw_engine_carrier_changed(&s.engine, 1, s.now);
	lw_engine_run(&s.engine, s.now);
	assert_int_equal(s.engine.link[0].state, LW_LINK_DOWN);
	assert_true(sim_explains(&s, 0, "no-carrier"));
	dark = false; /* untold, it shows at the next watch */
	sim_pass(&s, 1000);
	sim_all_up(&s, 2);
	sim_stop(&s);
}

static void engine_same_seed_gives_the_same_document(void **state)
{
	struct lw_buf text[2] = {LW_BUF_INIT, LW_BUF_INIT};

	(void)state;
	for (int i = 0; i < 2; i++) {
		struct lw_json j;
		struct sim s;

		sim_start_file(&s, LW_ROOT "/examples/first-light.yaml");
		sim_settle(&s);
		lw_json_init(&j, &text[i]);
		assert_int_equal(lw_engine_json(&s.engine, &j), 0);
		sim_stop(&s);
	}
	assert_true(text[0].len > 1000);
	assert_string_equal(lw_buf_str(&text[0]), lw_buf_str(&text[1]));
	lw_buf_finish(&text[0]);
	lw_buf_finish(&text[1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(engine_1x800g_comes_up_within_the_budget),
		cmocka_unit_test(engine_2x400g_comes_up_within_the_budget),
		cmocka_unit_test(engine_4x200g_comes_up_within_the_budget),
		cmocka_unit_test(engine_8x100g_comes_up_within_the_budget),
		cmocka_unit_test(engine_mixed_split_comes_up_within_the_budget),
		cmocka_unit_test(engine_last_link_is_up_within_the_bar),
		cmocka_unit_test(engine_first_light_has_one_link_down_and_says_why),
		cmocka_unit_test(engine_cut_fibre_disturbs_its_own_link_only),
		cmocka_unit_test(engine_dark_laser_disturbs_its_own_link_only),
		cmocka_unit_test(engine_refused_link_is_explained_and_retried),
		cmocka_unit_test(engine_stuck_path_is_late_and_its_siblings_up),
		cmocka_unit_test(engine_unplugged_module_comes_back),
		cmocka_unit_test(engine_at_rest_writes_nothing),
		cmocka_unit_test(engine_measures_modules_at_rest_only),
		cmocka_unit_test(engine_run_without_need_does_nothing),
		cmocka_unit_test(engine_carrier_change_is_judged_at_once),
		cmocka_unit_test(engine_same_seed_gives_the_same_document),
	};

	return cmocka_run_group_tests_name("engine", tests, NULL, NULL);
}
