/* SPDX-License-Identifier: Apache-2.0 */
#include "sim.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static uint64_t accesses(const struct sim *s, int cage)
{
	const struct lw_bus_stats *b = &s->lab.bus[cage]->stats;

	return b->reads + b->polls + b->writes;
}

static void plug_with_pins_asks_no_empty_cage_and_soaks(void **state)
{
	uint64_t before;
	struct sim s;
	int b;

	(void)state;
	sim_face_to_face(&s, "2x400G");
	b = sim_cage(&s, "b/p");
	sim_settle(&s);
	sim_fault(&s, "unplug:b/p", true);
	lw_engine_unplugged(&s.engine, b, s.now);
	before = accesses(&s, b);
	sim_pass(&s, 60000);
	assert_int_equal(accesses(&s, b), before);
	assert_int_equal(s.engine.link[0].state, LW_LINK_DOWN);
	assert_true(sim_explains(&s, 0, "module-absent"));
	assert_true(sim_explains_cage(&s, "b/p", "module-absent"));
	sim_fault(&s, "unplug:b/p", false);
	lw_engine_plugged(&s.engine, b, NULL, s.now);
	sim_pass(&s, LW_MODULE_SOAK_MS - 1);
	assert_int_equal(accesses(&s, b), before);
	sim_settle(&s);
	assert_true(accesses(&s, b) > before);
	sim_all_up(&s, 2);
	assert_int_equal(s.engine.cage[b].swaps, 0);
	sim_stop(&s);
}

/* Whenever it is pulled, and for however short a time: it comes back by itself. */
static void plug_in_the_middle_of_anything_comes_back(void **state)
{
	(void)state;
	for (int64_t at = 200; at < 9000; at += 700)
		for (int64_t away = 20; away < 3000; away *= 5) {
			struct sim s;

			sim_face_to_face(&s, "2x400G");
			sim_run(&s, lw_ms(at));
			sim_fault(&s, "unplug:b/p", true);
			sim_pass(&s, away);
			sim_fault(&s, "unplug:b/p", false);
			sim_pass(&s, 30000);
			sim_all_up(&s, 2);
			sim_stop(&s);
		}
}

/*
 * The same module as planned but for its name and the order of its first two applications: 400G is
 * number 1 and 800G number 2. Places are those of OIF-CMIS 5.4 Tables 8-22, 8-27 and 8-52.
 */
static void make_other(const struct sim *s, int cage, struct lw_image *ret)
{
	struct lw_image_options opt = {.pn = "REORDERED", .sn = "X1"};
	uint8_t *lower, *page1, swap[4];
	struct lw_error e;

	assert_int_equal(lw_image_make(s->fabric.cages[cage].part, &opt, ret, &e), 0);
	lower = ret->slot[0][lw_map_slot(LW_MAP_CMIS, 0x50, 0, false)];
	page1 = ret->slot[0][lw_map_slot(LW_MAP_CMIS, 0x50, 1, true)];
	memcpy(swap, lower + 86, 4);
	memcpy(lower + 86, lower + 90, 4);
	memcpy(lower + 90, swap, 4);
	swap[0] = page1[176 - 128];
	page1[176 - 128] = page1[177 - 128];
	page1[177 - 128] = swap[0];
}

/* Other part, other application numbers: what is plugged says what is written. */
static void plug_other_part_is_resolved_for_what_it_is(void **state)
{
	static struct lw_image other;
	struct lw_mono since;
	struct lw_error e;
	struct sim s;
	int a;

	(void)state;
	sim_face_to_face(&s, "2x400G");
	a = sim_cage(&s, "a/p");
	sim_settle(&s);
	assert_int_equal(s.engine.module[a].want[0].apsel, 2);
	since = s.now;
	make_other(&s, a, &other);
	assert_int_equal(lw_lab_plug(&s.lab, a, s.fabric.cages[a].part, &other, &e), 0);
	sim_pass(&s, 30000);
	assert_true(s.engine.cage[a].differs);
	assert_int_equal(s.engine.cage[a].swaps, 1);
	assert_string_equal(s.engine.cage[a].vendor_pn, "REORDERED");
	assert_true(sim_explains_cage(&s, "a/p", "module-differs"));
	assert_true(sim_explains_cage(&s, "a/p", "module-exchanged"));
	assert_false(sim_explains_cage(&s, "b/p", "module-differs"));
	assert_ptr_not_equal(s.engine.fabric, &s.fabric);
	assert_int_equal(s.engine.module[a].want_n, 2);
	assert_int_equal(s.engine.module[a].want[0].apsel, 1);
	assert_int_equal(s.engine.module[a].want[1].apsel, 1);
	sim_lanes_quiet(&s, "b/p", 0xff, since);
	sim_all_up(&s, 2);
	assert_true(sim_explains(&s, 0, "module-differs"));
	/* and one as planned again */
	assert_int_equal(lw_lab_plug(&s.lab, a, s.fabric.cages[a].part, NULL, &e), 0);
	sim_pass(&s, 30000);
	assert_false(s.engine.cage[a].differs);
	assert_int_equal(s.engine.cage[a].swaps, 2);
	assert_int_equal(s.engine.module[a].want[0].apsel, 2);
	assert_false(sim_explains_cage(&s, "a/p", "module-differs"));
	sim_all_up(&s, 2);
	sim_stop(&s);
}

/* A module that no cable of the plan fits: its links are down, and say why. */
static void plug_unfit_part_is_explained(void **state)
{
	struct sim s;
	int a;

	(void)state;
	sim_face_to_face(&s, "2x400G");
	a = sim_cage(&s, "a/p");
	sim_settle(&s);
	sim_fault(&s, "swap:a/p=OSFP-800G-2xFR4", true);
	sim_pass(&s, 30000);
	assert_true(s.engine.cage[a].differs);
	for (size_t i = 0; i < s.engine.fabric->link_n; i++)
		assert_int_equal(s.engine.link[i].state, LW_LINK_DOWN);
	assert_true(sim_explains_cage(&s, "a/p", "module-differs") ||
		    sim_explains_cage(&s, "a/p", "module-unfit"));
	sim_fault(&s, "swap:a/p=OSFP-800G-2xFR4", false);
	sim_pass(&s, 30000);
	sim_all_up(&s, 2);
	sim_stop(&s);
}

/* The same kind, another one: seen by its serial number even when nobody saw it being pulled. */
static void plug_other_serial_is_noticed_and_counted(void **state)
{
	struct sim s;
	int b;

	(void)state;
	sim_face_to_face(&s, "2x400G");
	b = sim_cage(&s, "b/p");
	sim_settle(&s);
	sim_fault(&s, "swap:b/p=OSFP-800G-SR8", true);
	sim_pass(&s, 30000);
	assert_int_equal(s.engine.cage[b].swaps, 1);
	assert_false(s.engine.cage[b].differs);
	assert_string_not_equal(s.engine.cage[b].vendor_sn, s.engine.cage[b].before_sn);
	assert_true(sim_explains_cage(&s, "b/p", "module-exchanged"));
	sim_all_up(&s, 2);
	sim_stop(&s);
}

/* A second engine finds the work of the first: it must not write a single byte. */
static void warm_start(const char *mode, size_t links)
{
	struct lw_mono since;
	uint64_t writes;
	struct sim s;

	sim_face_to_face(&s, mode);
	sim_settle(&s);
	sim_pass(&s, 1234);
	writes = sim_writes(&s);
	since = s.now;
	sim_restart(&s);
	sim_settle(&s);
	sim_pass(&s, 600000);
	sim_all_up(&s, links);
	assert_int_equal(sim_writes(&s), writes);
	sim_lanes_quiet(&s, "a/p", 0xff, since);
	sim_lanes_quiet(&s, "b/p", 0xff, since);
	/* known at once, not after a bring-up's time */
	for (size_t i = 0; i < links; i++)
		assert_true(s.engine.link[i].up_at.ns - since.ns < lw_ms(500).ns);
	sim_stop(&s);
}

static void warm_restart_writes_nothing(void **state)
{
	(void)state;
	warm_start("1x800G", 1);
	warm_start("2x400G", 2);
	warm_start("1x400G(4)+4x100G(4)", 5);
	warm_start("8x100G", 8);
}

/* A restart in the midst of bring-up goes on from there. */
static void warm_restart_in_the_midst_goes_on(void **state)
{
	(void)state;
	for (int64_t at = 300; at < 9000; at += 300) {
		struct sim s;

		sim_face_to_face(&s, "2x400G");
		sim_run(&s, lw_ms(at));
		sim_restart(&s);
		sim_settle(&s);
		sim_all_up(&s, 2);
		assert_true(sim_writes(&s) <= 2 * 10);
		sim_stop(&s);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(plug_with_pins_asks_no_empty_cage_and_soaks),
		cmocka_unit_test(plug_in_the_middle_of_anything_comes_back),
		cmocka_unit_test(plug_other_part_is_resolved_for_what_it_is),
		cmocka_unit_test(plug_unfit_part_is_explained),
		cmocka_unit_test(plug_other_serial_is_noticed_and_counted),
		cmocka_unit_test(warm_restart_writes_nothing),
		cmocka_unit_test(warm_restart_in_the_midst_goes_on),
	};

	return cmocka_run_group_tests_name("plug", tests, NULL, NULL);
}
