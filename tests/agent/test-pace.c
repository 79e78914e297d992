/* SPDX-License-Identifier: Apache-2.0 */
/* What waits take is learned, outlives the engine, and bends what a module promises. */
#include "sim.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static uint64_t polls(const struct sim *s)
{
	return s->lab.bus[0]->stats.polls + s->lab.bus[1]->stats.polls;
}

/* Bring a pair up from cold. @return looks that it took */
static uint64_t bring_up(struct sim *s, const struct lw_buf *known)
{
	struct lw_error e;

	sim_face_to_face(s, "2x400G");
	if (known)
		assert_int_equal(
			lw_timers_load(&s->engine.timers, lw_buf_str(known), known->len, &e), 0);
	sim_settle(s);
	sim_all_up(s, 2);
	return polls(s);
}

static void keep(const struct sim *s, struct lw_buf *ret)
{
	struct lw_json j;

	lw_json_init(&j, ret);
	lw_timers_json(&s->engine.timers, &j);
}

static void pace_is_learned_by_part_firmware_and_wait(void **state)
{
	static const struct {
		const char *kind;
		unsigned times; /* of both modules */
	} waits[] = {{"power-up", 2}, {"config", 4}, {"dp-deinit", 2}, {"dp-init", 4}};
	const struct lw_facts *f;
	struct sim s;

	(void)state;
	bring_up(&s, NULL);
	sim_mode(&s, "a/p", "4x200G"); /* only running lanes have to be taken down */
	sim_mode(&s, "b/p", "4x200G");
	sim_settle(&s);
	f = &s.engine.module[0].facts;
	for (int i = 0; i < 4; i++) {
		struct lw_timer_key key;
		const struct lw_timer *x;
		char firmware[24];

		snprintf(firmware, sizeof(firmware), "%d.%d", (int)f->fw_major, (int)f->fw_minor);
		lw_timer_key_make(&key, f->vendor_name, f->vendor_pn, firmware, waits[i].kind);
		x = lw_timers_find(&s.engine.timers, &key);
		assert_non_null(x);
		assert_int_equal(x->count, waits[i].times);
	}
	assert_int_equal(s.engine.timers.n, 4);
	sim_stop(&s);
}

static void pace_that_was_kept_saves_looks(void **state)
{
	struct lw_buf kept = LW_BUF_INIT;
	uint64_t cold, warm;
	struct lw_mono up;
	struct sim s;

	(void)state;
	cold = bring_up(&s, NULL);
	up = s.engine.link[0].up_at;
	keep(&s, &kept);
	sim_stop(&s);
	warm = bring_up(&s, &kept);
	assert_true(warm * 2 < cold);
	assert_true(s.engine.link[0].up_at.ns <= up.ns + up.ns / 20);
	print_message("# %llu looks, with what was kept %llu\n", (unsigned long long)cold,
		      (unsigned long long)warm);
	sim_stop(&s);
	lw_buf_finish(&kept);
}

static void breaks_its_promise(void *ctx, int cage, struct lw_twin_options *opt)
{
	(void)ctx;
	if (cage == 1)
		opt->percent_of[LW_TWIN_DP_INIT] = 150;
}

/* A part that takes longer than it advertises, and yet gets there, is called late once; whoever
 * knows it waits. */
static void pace_of_a_slow_part_is_believed_over_its_promise(void **state)
{
	struct lw_buf kept = LW_BUF_INIT;

	(void)state;
	for (int time = 0; time < 2; time++) {
		bool late = false;
		struct lw_error e;
		struct sim s;

		sim_face_to_face(&s, "2x400G");
		lw_lab_finish(&s.lab);
		assert_int_equal(
			lw_lab_init_with(&s.lab, &s.fabric, 1,
					 &(struct lw_lab_options){breaks_its_promise, NULL}, &e),
			0);
		for (size_t i = 0; i < s.fabric.cage_n; i++)
			s.engine.module[i].bus = s.lab.bus[i];
		if (time)
			assert_int_equal(
				lw_timers_load(&s.engine.timers, lw_buf_str(&kept), kept.len, &e),
				0);
		for (int i = 0; i < 600; i++) {
			sim_pass(&s, 100);
			late |= s.engine.module[1].report[0].health == LW_DP_LATE;
		}
		assert_int_equal(late, time == 0);
		sim_all_up(&s, 2);
		keep(&s, &kept);
		sim_stop(&s);
	}
	lw_buf_finish(&kept);
}

/* A wait of known length is slept through, but not by the links beside it: one whose light came
 * back is up again long before the wait is over. */
static void pace_of_a_known_wait_leaves_siblings_watched(void **state)
{
	struct sim s;

	(void)state;
	sim_face_to_face(&s, "2x400G");
	sim_settle(&s);
	sim_mode(&s, "a/p", "1x400G(4)+4x100G(4)");
	sim_mode(&s, "b/p", "1x400G(4)+4x100G(4)");
	sim_settle(&s);
	sim_all_up(&s, 5);
	sim_fault(&s, "cut:b/p:1", true);
	sim_mode(&s, "a/p", "2x400G");
	sim_mode(&s, "b/p", "2x400G");
	sim_pass(&s, 700);
	sim_fault(&s, "cut:b/p:1", false);
	sim_pass(&s, 2500);
	assert_int_equal(s.engine.module[1].phase, LW_MODULE_WORK); /* it does wait */
	assert_int_equal(s.engine.link[1].state, LW_LINK_STARTING);
	assert_int_equal(s.engine.link[0].state, LW_LINK_UP);
	sim_stop(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pace_is_learned_by_part_firmware_and_wait),
		cmocka_unit_test(pace_that_was_kept_saves_looks),
		cmocka_unit_test(pace_of_a_known_wait_leaves_siblings_watched),
		cmocka_unit_test(pace_of_a_slow_part_is_believed_over_its_promise),
	};

	return cmocka_run_group_tests_name("pace", tests, NULL, NULL);
}
