/* SPDX-License-Identifier: Apache-2.0 */
/* What changes behind the engine's back, between two of its looks. */
#include "sim.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const struct {
	struct sim_pair pair;
	size_t links;
} pairs[] = {
	{{"QSFP28", "QSFP28-100G-SR4", "4x25G", "mpo12", "OM4"}, 4},
	{{"SFP28", "SFP28-25G-SR", "1x25G", "duplex", "OM4"}, 1},
	{{"OSFP", "OSFP-800G-SR8", "2x400G", "mpo16", "OM4"}, 2},
};
#define PAIRS (sizeof(pairs) / sizeof(pairs[0]))

/* It comes back at its defaults: low power, or dark where the host asked for light. */
static void watch_module_that_reset_itself_is_set_up_again(void **state)
{
	(void)state;
	for (size_t i = 0; i < PAIRS; i++) {
		struct sim s;

		sim_start_pair(&s, &pairs[i].pair);
		sim_settle(&s);
		sim_all_up(&s, pairs[i].links);
		sim_pass(&s, 60000);
		sim_fault(&s, "reset:b/p", true);
		sim_pass(&s, 300);
		sim_fault(&s, "reset:b/p", false);
		sim_pass(&s, 30000);
		sim_all_up(&s, pairs[i].links);
		sim_stop(&s);
	}
}

/* The same kind of module with another serial number, within less than two looks. */
static void watch_module_exchanged_between_two_looks_is_found_out(void **state)
{
	(void)state;
	for (size_t i = 0; i < PAIRS; i++) {
		char fault[96];
		struct sim s;
		int b;

		sim_start_pair(&s, &pairs[i].pair);
		b = sim_cage(&s, "b/p");
		sim_settle(&s);
		sim_pass(&s, 60000);
		snprintf(fault, sizeof(fault), "swap:b/p=%s", pairs[i].pair.module);
		sim_fault(&s, fault, true);
		sim_pass(&s, 40000);
		sim_all_up(&s, pairs[i].links);
		assert_int_equal(s.engine.cage[b].swaps, 1);
		assert_true(sim_explains_cage(&s, "b/p", "module-exchanged"));
		sim_stop(&s);
	}
}

/* Somebody else wrote into a module: what is wanted is wanted still. */
static void watch_foreign_write_is_put_right(void **state)
{
	static const struct lw_addr disable = {0x50, 0, 0, 86}; /* SFF-8636 Table 6-10 */
	uint8_t byte = 0x02;
	struct sim s;

	(void)state;
	sim_start_pair(&s, &pairs[0].pair);
	sim_settle(&s);
	sim_pass(&s, 5000);
	assert_int_equal(lw_bus_write(s.lab.bus[0], disable, &byte, 1, NULL), 0);
	sim_pass(&s, 5000);
	assert_int_equal(lw_bus_read(s.lab.bus[0], disable, &byte, 1, NULL), 0);
	assert_int_equal(byte, 0);
	sim_all_up(&s, 4);
	assert_int_equal(s.engine.link[0].flaps, 0);
	sim_stop(&s);
}

/* A module that does not take a setting is not written to for ever. */
static int deaf_write(struct lw_bus *bus, struct lw_addr a, const uint8_t *p, size_t n,
		      struct lw_error *reterr)
{
	struct lw_bus **inner = (struct lw_bus **)(bus + 1);

	return a.byte == 86 ? 0 : lw_bus_write(*inner, a, p, n, reterr);
}

static int deaf_read(struct lw_bus *bus, struct lw_addr a, uint8_t *ret, size_t n,
		     struct lw_error *reterr)
{
	struct lw_bus **inner = (struct lw_bus **)(bus + 1);

	return lw_bus_read(*inner, a, ret, n, reterr);
}

static void watch_setting_that_is_not_taken_is_not_repeated(void **state)
{
	static const struct lw_bus_ops ops = {deaf_read, deaf_write};
	struct {
		struct lw_bus bus;
		struct lw_bus *inner;
	} deaf = {.bus = {.ops = &ops}};
	uint64_t writes;
	struct sim s;

	(void)state;
	sim_start_pair(&s, &pairs[0].pair);
	deaf.inner = s.lab.bus[0];
	s.engine.module[0].bus = &deaf.bus;
	lw_engine_want(&s.engine, 1, false, s.now);
	sim_settle(&s);
	sim_pass(&s, 5000);
	writes = deaf.bus.stats.writes;
	sim_pass(&s, 120000);
	assert_int_equal(deaf.bus.stats.writes, writes);
	assert_int_equal(s.engine.link[0].state, LW_LINK_UP);
	assert_int_equal(s.engine.link[0].flaps, 0);
	sim_stop(&s);
}

/* A link that is switched on while nobody answers has a reason from the first moment. */
static void watch_intent_without_a_module_says_why(void **state)
{
	static const char *const faults[] = {"unplug:b/p", "stuck-bus:b/p"};

	(void)state;
	for (int i = 0; i < 2; i++) {
		struct sim s;

		sim_face_to_face(&s, "2x400G");
		sim_settle(&s);
		lw_engine_want(&s.engine, 0, false, s.now);
		sim_pass(&s, 5000);
		sim_fault(&s, faults[i], true);
		sim_pass(&s, 5000);
		lw_engine_want(&s.engine, 0, true, s.now);
		sim_pass(&s, 1);
		assert_true(sim_explains(&s, 0, "module-absent"));
		sim_fault(&s, faults[i], false);
		sim_pass(&s, 60000);
		sim_all_up(&s, 2);
		sim_stop(&s);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(watch_module_that_reset_itself_is_set_up_again),
		cmocka_unit_test(watch_module_exchanged_between_two_looks_is_found_out),
		cmocka_unit_test(watch_foreign_write_is_put_right),
		cmocka_unit_test(watch_setting_that_is_not_taken_is_not_repeated),
		cmocka_unit_test(watch_intent_without_a_module_says_why),
	};

	return cmocka_run_group_tests_name("watch", tests, NULL, NULL);
}
