/* SPDX-License-Identifier: Apache-2.0 */
#include "sim.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define DP_DEINIT 3

/* How often host lane `lane` of a module was taken down. */
static unsigned downs(const struct sim *s, const char *cage, int lane, struct lw_mono since)
{
	unsigned count = 0;
	size_t n;
	const struct lw_twin_event *e = lw_twin_events(s->lab.twin[sim_cage(s, cage)], &n);

	for (size_t k = 0; k < n; k++)
		count += e[k].lane == lane && e[k].state == DP_DEINIT &&
			 lw_mono_before(since, e[k].at);
	return count;
}

static void heal_stuck_path_is_started_afresh_and_its_sibling_kept(void **state)
{
	unsigned count;
	struct sim s;

	(void)state;
	sim_face_to_face(&s, "2x400G");
	sim_fault(&s, "stuck-init:b/p:1", true);
	sim_run(&s, lw_ms(20000));
	assert_int_equal(s.engine.link[1].state, LW_LINK_UP);
	sim_pass(&s, 300000);
	count = s.engine.link[0].remedy[1].count;
	print_message("# started afresh %u times in 300 s\n", count);
	assert_true(count >= 2 && count <= 6); /* pauses of 15, 30, 60, 120 s and growing */
	assert_int_equal(s.engine.link[0].remedy[0].count, 0); /* the far end is well */
	assert_int_equal(downs(&s, "b/p", 0, (struct lw_mono){0}), count);
	assert_int_equal(downs(&s, "b/p", 4, (struct lw_mono){0}), 0);
	assert_int_equal(s.engine.link[1].flaps, 0);
	assert_true(sim_explains(&s, 0, "remedy"));
	sim_lanes_quiet(&s, "b/p", 0xf0, lw_ms(20000));
	sim_lanes_quiet(&s, "a/p", 0xff, lw_ms(20000));
	sim_fault(&s, "stuck-init:b/p:1", false);
	sim_pass(&s, 120000);
	sim_all_up(&s, 2);
	assert_false(sim_explains(&s, 0, "remedy"));
	sim_stop(&s);
}

/* No lock for a reason that the rules know: a fresh start cannot help and is not tried. */
static void heal_leaves_links_alone_that_cannot_work(void **state)
{
	struct sim s;

	(void)state;
	sim_start_file(&s, LW_ROOT "/examples/first-light.yaml");
	sim_settle(&s);
	sim_pass(&s, 600000);
	for (size_t i = 0; i < s.fabric.link_n; i++)
		for (int end = 0; end < 2; end++)
			assert_int_equal(s.engine.link[i].remedy[end].count, 0);
	sim_stop(&s);
}

/* Dark for want of light: the path is as it should be. */
static void heal_leaves_dark_links_alone(void **state)
{
	struct lw_mono since;
	struct sim s;

	(void)state;
	sim_face_to_face(&s, "2x400G");
	sim_settle(&s);
	since = s.now;
	sim_fault(&s, "cut:a/p:1", true);
	sim_pass(&s, 600000);
	sim_lanes_quiet(&s, "a/p", 0xff, since);
	sim_lanes_quiet(&s, "b/p", 0xff, since);
	assert_int_equal(s.engine.link[0].state, LW_LINK_DOWN);
	sim_fault(&s, "cut:a/p:1", false);
	sim_pass(&s, 5000);
	sim_all_up(&s, 2);
	sim_stop(&s);
}

/* The host at b sends what its module cannot take: a sees light and finds no lock. */
static void heal_lost_lock_is_started_afresh_with_growing_pauses(void **state)
{
	struct lw_mono since;
	struct lw_mode wrong, right;
	unsigned count[2];
	struct lw_error e;
	struct sim s;

	(void)state;
	sim_face_to_face(&s, "2x400G");
	sim_settle(&s);
	since = s.now;
	right = s.fabric.cages[sim_cage(&s, "b/p")].mode;
	assert_int_equal(lw_mode_parse("1x100G(4)+1x400G(4)", 8, &wrong, &e), 0);
	lw_lab_drive(&s.lab, sim_cage(&s, "b/p"), &wrong);
	sim_pass(&s, 4000);
	assert_true(sim_explains(&s, 0, "rx-lol"));
	assert_int_equal(s.engine.link[0].remedy[0].count, 0); /* not at the first sight */
	sim_pass(&s, 56000);
	count[0] = s.engine.link[0].remedy[0].count;
	sim_pass(&s, 540000);
	count[1] = s.engine.link[0].remedy[0].count;
	print_message("# started afresh %u times in a minute, %u in ten\n", count[0], count[1]);
	assert_true(count[0] >= 2 && count[0] <= 3);
	assert_true(count[1] > count[0] && count[1] <= 6);
	assert_int_equal(downs(&s, "a/p", 0, since), count[1]);
	assert_true(sim_explains(&s, 0, "remedy"));
	sim_lanes_quiet(&s, "a/p", 0xf0, since);
	sim_lanes_quiet(&s, "b/p", 0xff, since);
	assert_int_equal(s.engine.link[1].flaps, 0);
	lw_lab_drive(&s.lab, sim_cage(&s, "b/p"), &right);
	sim_pass(&s, 20000);
	sim_all_up(&s, 2);
	sim_stop(&s);
}

/* Its lanes are shared with another path as the module has it now: hands off. */
static void heal_never_where_another_link_would_be_touched(void **state)
{
	struct lw_module *m;
	uint64_t writes;
	struct sim s;

	(void)state;
	sim_face_to_face(&s, "2x400G");
	sim_settle(&s);
	m = &s.engine.module[0];
	writes = sim_writes(&s);
	memset(m->state.active, m->state.active[0], 8); /* as if one path had all lanes */
	assert_false(lw_module_restart(m, 0, s.now));
	sim_pass(&s, 5000);
	assert_int_equal(sim_writes(&s), writes);
	sim_all_up(&s, 2);
	sim_stop(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(heal_stuck_path_is_started_afresh_and_its_sibling_kept),
		cmocka_unit_test(heal_leaves_links_alone_that_cannot_work),
		cmocka_unit_test(heal_leaves_dark_links_alone),
		cmocka_unit_test(heal_lost_lock_is_started_afresh_with_growing_pauses),
		cmocka_unit_test(heal_never_where_another_link_would_be_touched),
	};

	return cmocka_run_group_tests_name("heal", tests, NULL, NULL);
}
