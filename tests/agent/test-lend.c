/* SPDX-License-Identifier: Apache-2.0 */
/* Modules and links in other hands for a while. */
#include "sim.h"
#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define WHY "its firmware is being written"

static uint64_t accesses(const struct sim *s, int cage)
{
	const struct lw_bus_stats *b = &s->engine.module[cage].bus->stats;

	return b->reads + b->writes + b->polls;
}

static void start(struct sim *s)
{
	sim_face_to_face(s, "2x400G");
	sim_settle(s);
	sim_all_up(s, 2);
}

static void module_lent_is_not_touched_and_its_links_stay_up(void **state)
{
	uint64_t before, writes;
	struct lw_error e;
	struct sim s;

	(void)state;
	start(&s);
	assert_int_equal(lw_engine_measure(&s.engine, lw_ms(1000), s.now, &e), 0);
	writes = sim_writes(&s);
	assert_int_equal(lw_engine_lend(&s.engine, 0, WHY, false, s.now, &e), 0);
	before = accesses(&s, 0);
	sim_pass(&s, 60000);
	assert_int_equal(accesses(&s, 0), before);
	sim_all_up(&s, 2);
	assert_true(sim_explains_cage(&s, "a/p", "module-lent"));
	lw_engine_take_back(&s.engine, 0, false, s.now);
	sim_pass(&s, 5000);
	assert_true(accesses(&s, 0) > before);
	assert_false(sim_explains_cage(&s, "a/p", "module-lent"));
	sim_all_up(&s, 2);
	assert_int_equal(s.engine.link[0].flaps + s.engine.link[1].flaps, 0);
	assert_int_equal(sim_writes(&s), writes);
	assert_int_equal(s.engine.module[0].identities, 1);
	sim_stop(&s);
}

static void links_of_a_module_disturbed_are_down_and_come_back(void **state)
{
	struct sim s;

	(void)state;
	start(&s);
	assert_int_equal(lw_engine_lend(&s.engine, 1, WHY, false, s.now, NULL), 0);
	sim_pass(&s, 1000);
	sim_all_up(&s, 2);
	assert_int_equal(lw_engine_lend(&s.engine, 1, "it is being reset", true, s.now, NULL), 0);
	sim_pass(&s, 10000);
	for (size_t i = 0; i < 2; i++) {
		assert_int_equal(s.engine.link[i].state, LW_LINK_DOWN);
		assert_true(sim_explains(&s, i, "module-lent"));
		assert_false(sim_explains(&s, i, "module-absent"));
	}
	lw_engine_take_back(&s.engine, 1, true, s.now);
	lw_engine_take_back(&s.engine, 1, true, s.now); /* does nothing */
	sim_pass(&s, 20000);
	sim_all_up(&s, 2);
	assert_int_equal(s.engine.module[1].identities, 2);
	sim_stop(&s);
}

static void what_is_wanted_meanwhile_is_done_afterwards(void **state)
{
	uint64_t before;
	struct sim s;

	(void)state;
	start(&s);
	lw_engine_lend(&s.engine, 0, WHY, false, s.now, NULL);
	before = accesses(&s, 0);
	lw_engine_want(&s.engine, 1, false, s.now);
	sim_pass(&s, 10000);
	assert_int_equal(accesses(&s, 0), before);
	assert_true(s.engine.link[1].done < s.engine.link[1].wanted);
	lw_engine_take_back(&s.engine, 0, false, s.now);
	sim_pass(&s, 10000);
	assert_int_equal(s.engine.link[1].done, s.engine.link[1].wanted);
	assert_int_equal(s.engine.link[0].state, LW_LINK_UP);
	assert_int_equal(s.engine.link[0].flaps, 0);
	sim_stop(&s);
}

static void module_pulled_while_lent_goes_its_own_way(void **state)
{
	struct lw_error e;
	struct sim s;

	(void)state;
	start(&s);
	lw_engine_lend(&s.engine, 0, WHY, false, s.now, NULL);
	lw_engine_unplugged(&s.engine, 0, s.now);
	sim_pass(&s, 1000);
	assert_int_equal(s.engine.link[0].state, LW_LINK_DOWN);
	lw_engine_take_back(&s.engine, 0, false, s.now);
	sim_pass(&s, 5000);
	assert_int_equal(s.engine.link[0].state, LW_LINK_DOWN);
	assert_int_equal(lw_engine_lend(&s.engine, 0, WHY, false, s.now, &e), LW_EABSENT);
	assert_int_equal(lw_engine_lend(&s.engine, 9, WHY, false, s.now, &e), LW_EINVAL);
	lw_engine_plugged(&s.engine, 0, NULL, s.now);
	sim_pass(&s, 20000);
	sim_all_up(&s, 2);
	sim_stop(&s);
}

static void link_that_is_off_is_lit_for_a_test(void **state)
{
	struct lw_engine_link *l;
	struct lw_mono since;
	struct lw_error e;
	struct sim s;

	(void)state;
	start(&s);
	l = &s.engine.link[1];
	assert_int_equal(lw_engine_test(&s.engine, 1, true, s.now, &e), LW_EINVAL);
	assert_int_equal(lw_engine_test(&s.engine, 9, true, s.now, &e), LW_EINVAL);
	since = s.now;
	lw_engine_want(&s.engine, 1, false, s.now);
	sim_pass(&s, 5000);
	assert_int_equal(s.engine.module[0].state.tx_disable, 0xf0);
	assert_int_equal(lw_engine_test(&s.engine, 1, true, s.now, &e), 0);
	sim_pass(&s, 10000);
	assert_int_equal(l->done, l->wanted);
	assert_int_equal(s.engine.module[0].state.tx_disable, 0);
	assert_int_equal(s.engine.module[1].state.tx_disable, 0);
	assert_int_equal(l->state, LW_LINK_DOWN);
	assert_true(sim_explains(&s, 1, "testing"));
	assert_int_equal(lw_engine_test(&s.engine, 1, false, s.now, &e), 0);
	sim_pass(&s, 5000);
	assert_int_equal(s.engine.module[0].state.tx_disable, 0xf0);
	assert_true(sim_explains(&s, 1, "disabled"));
	assert_int_equal(lw_engine_test(&s.engine, 1, true, s.now, &e), 0);
	lw_engine_want(&s.engine, 1, true, s.now);
	assert_false(l->testing);
	sim_pass(&s, 10000);
	sim_all_up(&s, 2);
	assert_int_equal(l->flaps, 0);
	sim_lanes_quiet(&s, "a/p", 0x0f, since);
	sim_stop(&s);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(module_lent_is_not_touched_and_its_links_stay_up),
		cmocka_unit_test(links_of_a_module_disturbed_are_down_and_come_back),
		cmocka_unit_test(what_is_wanted_meanwhile_is_done_afterwards),
		cmocka_unit_test(module_pulled_while_lent_goes_its_own_way),
		cmocka_unit_test(link_that_is_off_is_lit_for_a_test),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
