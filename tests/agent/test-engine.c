/* SPDX-License-Identifier: Apache-2.0 */
#include "sim.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* Two 800G-SR8 modules face to face over one MPO-16 cord, in the same breakout mode. */
static void face_to_face(struct sim *s, const char *mode)
{
	char yaml[512];

	snprintf(yaml, sizeof(yaml),
		 "fabric: pair\n"
		 "devices:\n"
		 "  a:\n"
		 "    cages:\n"
		 "      p: {form: OSFP, mode: \"%s\", module: OSFP-800G-SR8}\n"
		 "  b:\n"
		 "    cages:\n"
		 "      p: {form: OSFP, mode: \"%s\", module: OSFP-800G-SR8}\n"
		 "cables:\n"
		 "  - {id: c, cord: mpo16, fibre: OM4, length_m: 30, a: a/p, b: [b/p]}\n",
		 mode, mode);
	sim_start(s, yaml);
}

static void assert_all_up(const struct sim *s, size_t links)
{
	assert_int_equal(s->fabric.link_n, links);
	for (size_t i = 0; i < links; i++)
		if (s->engine.link[i].state != LW_LINK_UP)
			fail_msg("%s is %s", s->fabric.links[i].id,
				 lw_link_state_name(s->engine.link[i].state));
}

/* The bar: any split costs at most 10 writes and 8 block reads, state polls aside. */
static void split_comes_up_within_the_budget(const char *mode, size_t links)
{
	struct sim s;

	face_to_face(&s, mode);
	sim_settle(&s);
	assert_all_up(&s, links);
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

/* States of the sibling's lanes since `since`: there must be none. */
static void assert_lanes_quiet(const struct sim *s, const char *cage, unsigned lanes,
			       struct lw_mono since)
{
	int i = lw_fabric_cage_find(&s->fabric, cage);
	size_t n;
	const struct lw_twin_event *e;

	assert_true(i >= 0);
	e = lw_twin_events(s->lab.twin[i], &n);
	for (size_t k = 0; k < n; k++)
		if (lw_mono_before(since, e[k].at) && (e[k].lane < 0 || lanes >> e[k].lane & 1))
			fail_msg("%s: lane %d went to state %d", cage, e[k].lane, e[k].state);
}

static void fault_disturbs_its_own_link_only(const char *fault, const char *rule)
{
	struct lw_mono since;
	struct sim s;

	face_to_face(&s, "4x200G");
	sim_settle(&s);
	assert_all_up(&s, 4);
	since = s.now;
	sim_fault(&s, fault, true);
	sim_run(&s, lw_mono_add(s.now, lw_ms(20000)));
	for (size_t i = 0; i < 4; i++) {
		bool hit = i == 1;

		assert_int_equal(s.engine.link[i].state, hit ? LW_LINK_DOWN : LW_LINK_UP);
		assert_int_equal(s.engine.link[i].flaps, hit);
	}
	assert_true(sim_explains(&s, 1, rule));
	assert_lanes_quiet(&s, "a/p", 0xf3, since);
	assert_lanes_quiet(&s, "b/p", 0xf3, since);
	sim_fault(&s, fault, false);
	sim_run(&s, lw_mono_add(s.now, lw_ms(5000)));
	assert_all_up(&s, 4);
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
	face_to_face(&s, "4x200G");
	sim_fault(&s, "reject:a/p:3", true);
	sim_run(&s, lw_ms(60000));
	for (size_t i = 0; i < 4; i++)
		assert_int_equal(s.engine.link[i].state, i == 2 ? LW_LINK_DOWN : LW_LINK_UP);
	assert_true(sim_explains(&s, 2, "config-rejected"));
	for (size_t i = 0; i < 4; i++)
		assert_int_equal(s.engine.link[i].flaps, 0);
	sim_fault(&s, "reject:a/p:3", false);
	sim_run(&s, lw_mono_add(s.now, lw_ms(120000)));
	assert_all_up(&s, 4);
	assert_int_equal(s.engine.link[0].flaps + s.engine.link[1].flaps + s.engine.link[3].flaps,
			 0);
	sim_stop(&s);
}

static void engine_stuck_path_is_late_and_its_siblings_up(void **state)
{
	struct sim s;

	(void)state;
	face_to_face(&s, "2x400G");
	sim_fault(&s, "stuck-init:b/p:1", true);
	sim_run(&s, lw_ms(60000));
	assert_int_equal(s.engine.link[0].state, LW_LINK_DOWN);
	assert_true(sim_explains(&s, 0, "late"));
	assert_int_equal(s.engine.link[1].state, LW_LINK_UP);
	sim_fault(&s, "stuck-init:b/p:1", false);
	sim_run(&s, lw_mono_add(s.now, lw_ms(60000)));
	assert_all_up(&s, 2);
	sim_stop(&s);
}

static void engine_unplugged_module_comes_back(void **state)
{
	struct sim s;

	(void)state;
	face_to_face(&s, "2x400G");
	sim_settle(&s);
	sim_fault(&s, "unplug:b/p", true);
	sim_run(&s, lw_mono_add(s.now, lw_ms(10000)));
	assert_int_equal(s.engine.link[0].state, LW_LINK_DOWN);
	assert_true(sim_explains(&s, 0, "module-absent"));
	sim_fault(&s, "unplug:b/p", false);
	sim_run(&s, lw_mono_add(s.now, lw_ms(20000)));
	assert_all_up(&s, 2);
	assert_int_equal(s.engine.link[0].flaps, 1);
	sim_stop(&s);
}

/* After everything is up, resting costs polls only: nothing is written again. */
static void engine_at_rest_writes_nothing(void **state)
{
	uint64_t writes;
	struct sim s;

	(void)state;
	face_to_face(&s, "8x100G");
	sim_settle(&s);
	writes = s.lab.bus[0]->stats.writes;
	sim_run(&s, lw_mono_add(s.now, lw_ms(3600000)));
	assert_int_equal(s.lab.bus[0]->stats.writes, writes);
	assert_all_up(&s, 8);
	sim_stop(&s);
}

/* Changing what is wanted of one half leaves the other half as it is. */
static void engine_resplit_of_one_half_keeps_the_other(void **state)
{
	struct lw_mono since;
	struct lw_want want[3];
	struct sim s;

	(void)state;
	face_to_face(&s, "2x400G");
	sim_settle(&s);
	memcpy(want, s.engine.module[0].want, 2 * sizeof(want[0]));
	since = s.now;
	want[1].off = true;
	assert_int_equal(lw_module_want(&s.engine.module[0], want, 2, NULL), 0);
	sim_run(&s, lw_mono_add(s.now, lw_ms(10000)));
	assert_int_equal(s.engine.link[0].state, LW_LINK_UP);
	assert_int_equal(s.engine.link[0].flaps, 0);
	assert_int_equal(s.engine.link[1].state, LW_LINK_DOWN);
	assert_lanes_quiet(&s, "a/p", 0x0f, since);
	want[1].off = false;
	assert_int_equal(lw_module_want(&s.engine.module[0], want, 2, NULL), 0);
	sim_settle(&s);
	assert_all_up(&s, 2);
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
		cmocka_unit_test(engine_first_light_has_one_link_down_and_says_why),
		cmocka_unit_test(engine_cut_fibre_disturbs_its_own_link_only),
		cmocka_unit_test(engine_dark_laser_disturbs_its_own_link_only),
		cmocka_unit_test(engine_refused_link_is_explained_and_retried),
		cmocka_unit_test(engine_stuck_path_is_late_and_its_siblings_up),
		cmocka_unit_test(engine_unplugged_module_comes_back),
		cmocka_unit_test(engine_at_rest_writes_nothing),
		cmocka_unit_test(engine_resplit_of_one_half_keeps_the_other),
		cmocka_unit_test(engine_same_seed_gives_the_same_document),
	};

	return cmocka_run_group_tests_name("engine", tests, NULL, NULL);
}
