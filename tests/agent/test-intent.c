/* SPDX-License-Identifier: Apache-2.0 */
#include "sim.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void intent_off_and_on_touches_its_own_link_only(void **state)
{
	struct lw_mono since;
	uint64_t generation;
	struct sim s;

	(void)state;
	sim_face_to_face(&s, "2x400G");
	sim_settle(&s);
	sim_all_up(&s, 2);
	since = s.now;
	generation = lw_engine_want(&s.engine, 1, false, s.now);
	sim_pass(&s, 10000);
	assert_int_equal(s.engine.link[0].state, LW_LINK_UP);
	assert_int_equal(s.engine.link[1].state, LW_LINK_DOWN);
	assert_true(sim_explains(&s, 1, "disabled"));
	assert_int_equal(s.engine.link[1].done, generation);
	assert_int_equal(s.engine.link[1].flaps, 0);
	generation = lw_engine_want(&s.engine, 1, true, s.now);
	sim_pass(&s, 10000);
	sim_all_up(&s, 2);
	assert_int_equal(s.engine.link[1].done, generation);
	assert_int_equal(s.engine.link[0].flaps, 0);
	sim_lanes_quiet(&s, "a/p", 0x0f, since);
	sim_lanes_quiet(&s, "b/p", 0x0f, since);
	sim_stop(&s);
}

/* Every intent but the last is overtaken: only that one may show in the end. */
static void toggle(bool last, int64_t pause_ms)
{
	struct lw_mono since;
	uint64_t generation = 0;
	struct sim s;

	sim_face_to_face(&s, "2x400G");
	sim_settle(&s);
	since = s.now;
	for (int i = 0; i < 20; i++) {
		generation = lw_engine_want(&s.engine, 0, (i % 2 == 1) == last, s.now);
		sim_pass(&s, pause_ms);
	}
	sim_pass(&s, 20000);
	assert_int_equal(s.engine.link[0].state, last ? LW_LINK_UP : LW_LINK_DOWN);
	assert_int_equal(s.engine.link[0].wanted, generation);
	assert_int_equal(s.engine.link[0].done, generation);
	assert_int_equal(s.engine.link[0].flaps, 0);
	assert_int_equal(s.engine.link[1].state, LW_LINK_UP);
	assert_int_equal(s.engine.link[1].flaps, 0);
	sim_lanes_quiet(&s, "a/p", 0xf0, since);
	sim_lanes_quiet(&s, "b/p", 0xf0, since);
	sim_stop(&s);
}

static void intent_quick_toggles_end_as_the_last_one_says(void **state)
{
	(void)state;
	for (int64_t pause_ms = 0; pause_ms <= 250; pause_ms += 50) {
		toggle(true, pause_ms);
		toggle(false, pause_ms);
	}
}

/* Intents that come at once cost no more than one. */
static void intent_overtaken_ones_are_never_written(void **state)
{
	uint64_t writes;
	struct sim s;

	(void)state;
	sim_face_to_face(&s, "2x400G");
	sim_settle(&s);
	writes = sim_writes(&s);
	for (int i = 0; i < 20; i++)
		lw_engine_want(&s.engine, 0, i % 2 == 1, s.now);
	sim_pass(&s, 5000);
	assert_int_equal(sim_writes(&s), writes);
	for (int i = 0; i < 21; i++)
		lw_engine_want(&s.engine, 0, i % 2 == 1, s.now);
	sim_pass(&s, 5000);
	assert_int_equal(sim_writes(&s), writes + 2);
	assert_int_equal(s.engine.link[0].state, LW_LINK_DOWN);
	sim_stop(&s);
}

static void intent_during_bring_up_holds(void **state)
{
	(void)state;
	for (int64_t ms = 500; ms < 9000; ms += 500) {
		struct sim s;

		sim_face_to_face(&s, "4x200G");
		sim_run(&s, lw_ms(ms));
		lw_engine_want(&s.engine, 2, false, s.now);
		sim_settle(&s);
		sim_pass(&s, 20000);
		for (size_t i = 0; i < 4; i++) {
			assert_int_equal(s.engine.link[i].state,
					 i == 2 ? LW_LINK_DOWN : LW_LINK_UP);
			assert_int_equal(s.engine.link[i].flaps, 0);
		}
		assert_int_equal(s.engine.link[2].done, s.engine.link[2].wanted);
		lw_engine_want(&s.engine, 2, true, s.now);
		sim_settle(&s);
		sim_all_up(&s, 4);
		sim_stop(&s);
	}
}

static void intent_resplit_of_one_half_keeps_the_other(void **state)
{
	struct lw_mono since, up_at;
	struct sim s;

	(void)state;
	sim_face_to_face(&s, "2x400G");
	sim_settle(&s);
	sim_all_up(&s, 2);
	since = s.now;
	up_at = s.engine.link[0].up_at;
	sim_mode(&s, "a/p", "1x400G(4)+4x100G(4)");
	sim_mode(&s, "b/p", "1x400G(4)+4x100G(4)");
	sim_settle(&s);
	sim_all_up(&s, 5);
	sim_lanes_quiet(&s, "a/p", 0x0f, since);
	sim_lanes_quiet(&s, "b/p", 0x0f, since);
	assert_int_equal(sim_link(&s, "a/p:1 - b/p:1"), 0);
	assert_true(s.engine.link[0].up_at.ns == up_at.ns);
	for (size_t i = 0; i < 5; i++)
		assert_int_equal(s.engine.link[i].flaps, 0);
	sim_mode(&s, "a/p", "2x400G");
	sim_mode(&s, "b/p", "2x400G");
	sim_settle(&s);
	sim_all_up(&s, 2);
	sim_lanes_quiet(&s, "a/p", 0x0f, since);
	sim_lanes_quiet(&s, "b/p", 0x0f, since);
	assert_true(s.engine.link[0].up_at.ns == up_at.ns);
	sim_stop(&s);
}

/* One end alone: the halves no longer fit, the rules say why, and nothing hangs. */
static void intent_resplit_of_one_end_is_explained(void **state)
{
	struct lw_mono since;
	struct sim s;

	(void)state;
	sim_face_to_face(&s, "2x400G");
	sim_settle(&s);
	since = s.now;
	sim_mode(&s, "a/p", "1x400G(4)+4x100G(4)");
	sim_settle(&s);
	assert_int_equal(s.engine.link[0].state, LW_LINK_UP);
	sim_lanes_quiet(&s, "b/p", 0xff, since);
	sim_lanes_quiet(&s, "a/p", 0x0f, since);
	assert_int_equal(s.engine.fabric->link_n, 5);
	for (size_t i = 1; i < 5; i++) {
		assert_int_equal(s.engine.link[i].state, LW_LINK_DOWN);
		assert_int_equal(s.engine.fabric->links[i].verdict, LW_DOWN);
		assert_true(s.engine.fabric->links[i].findings.n > 0);
	}
	sim_mode(&s, "a/p", "2x400G");
	sim_settle(&s);
	sim_all_up(&s, 2);
	sim_stop(&s);
}

/* Sixteen lanes are two banks. */
static void intent_resplit_of_a_bank_keeps_the_other(void **state)
{
	struct lw_mono since;
	struct sim s;

	(void)state;
	sim_start(&s, "fabric: pair\n"
		      "devices:\n"
		      "  a: {cages: {p: {form: OSFP-XD, mode: 16x100G, module: "
		      "OSFP-XD-1.6T-2xDR8}}}\n"
		      "  b: {cages: {p: {form: OSFP-XD, mode: 16x100G, module: "
		      "OSFP-XD-1.6T-2xDR8}}}\n"
		      "cables:\n"
		      "  - {id: c1, cord: mpo16, fibre: OS2, length_m: 9, a: a/p#1, b: [b/p#1]}\n"
		      "  - {id: c2, cord: mpo16, fibre: OS2, length_m: 9, a: a/p#2, b: [b/p#2]}\n");
	sim_settle(&s);
	sim_all_up(&s, 16);
	since = s.now;
	sim_mode(&s, "a/p", "8x100G(8)+2x400G(8)");
	sim_mode(&s, "b/p", "8x100G(8)+2x400G(8)");
	sim_settle(&s);
	sim_pass(&s, 30000);
	sim_all_up(&s, 10);
	sim_lanes_quiet(&s, "a/p", 0x00ff, since);
	sim_lanes_quiet(&s, "b/p", 0x00ff, since);
	for (size_t i = 0; i < 10; i++)
		assert_int_equal(s.engine.link[i].flaps, 0);
	sim_stop(&s);
}

static void intent_impossible_mode_changes_nothing(void **state)
{
	const struct lw_fabric *before;
	uint64_t writes;
	struct lw_error e;
	struct sim s;

	(void)state;
	sim_face_to_face(&s, "2x400G");
	sim_settle(&s);
	before = s.engine.fabric;
	writes = sim_writes(&s);
	assert_int_equal(lw_engine_mode(&s.engine, 0, "3x400G", s.now, &e), LW_EINVAL);
	assert_int_equal(lw_engine_mode(&s.engine, 0, "", s.now, &e), LW_EINVAL);
	assert_int_equal(lw_engine_mode(&s.engine, 7, "2x400G", s.now, &e), LW_EINVAL);
	assert_int_equal(lw_engine_mode(&s.engine, -1, "2x400G", s.now, &e), LW_EINVAL);
	assert_int_equal(lw_engine_want(&s.engine, 99, false, s.now), 0);
	sim_pass(&s, 5000);
	assert_ptr_equal(s.engine.fabric, before);
	assert_int_equal(sim_writes(&s), writes);
	sim_all_up(&s, 2);
	sim_stop(&s);
}

/* What was switched off stays off when its port is kept in another mode. */
static void intent_disabled_link_survives_a_resplit(void **state)
{
	struct sim s;

	(void)state;
	sim_face_to_face(&s, "2x400G");
	sim_settle(&s);
	lw_engine_want(&s.engine, 0, false, s.now);
	sim_mode(&s, "a/p", "1x400G(4)+2x200G(4)");
	sim_mode(&s, "b/p", "1x400G(4)+2x200G(4)");
	sim_settle(&s);
	sim_pass(&s, 5000);
	assert_int_equal(s.engine.fabric->link_n, 3);
	assert_true(s.engine.link[0].disabled);
	assert_int_equal(s.engine.link[0].state, LW_LINK_DOWN);
	assert_int_equal(s.engine.link[1].state, LW_LINK_UP);
	assert_int_equal(s.engine.link[2].state, LW_LINK_UP);
	lw_engine_want(&s.engine, 0, true, s.now);
	sim_settle(&s);
	sim_all_up(&s, 3);
	sim_stop(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(intent_off_and_on_touches_its_own_link_only),
		cmocka_unit_test(intent_quick_toggles_end_as_the_last_one_says),
		cmocka_unit_test(intent_overtaken_ones_are_never_written),
		cmocka_unit_test(intent_during_bring_up_holds),
		cmocka_unit_test(intent_resplit_of_one_half_keeps_the_other),
		cmocka_unit_test(intent_resplit_of_one_end_is_explained),
		cmocka_unit_test(intent_resplit_of_a_bank_keeps_the_other),
		cmocka_unit_test(intent_impossible_mode_changes_nothing),
		cmocka_unit_test(intent_disabled_link_survives_a_resplit),
	};

	return cmocka_run_group_tests_name("intent", tests, NULL, NULL);
}
