/* SPDX-License-Identifier: Apache-2.0 */
/* Modules that tell by their interrupt line what happens, and lines that tell nothing or all. */
#include "sim.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

static const struct {
	const char *mode;
	size_t links;
} splits[] = {{"1x800G", 1}, {"2x400G", 2}, {"8x100G", 8}};
#define SPLITS (sizeof(splits) / sizeof(splits[0]))

static struct lw_mono last_up(const struct sim *s)
{
	struct lw_mono last = {0};

	for (size_t i = 0; i < s->engine.fabric->link_n; i++)
		if (lw_mono_before(last, s->engine.link[i].up_at))
			last = s->engine.link[i].up_at;
	return last;
}

static void start(struct sim *s, const char *mode, bool lines)
{
	sim_face_to_face(s, mode);
	if (lines)
		sim_lines(s);
}

/* As soon as by polling or sooner, with half the polls at most, within the bar of the bus. */
static void line_brings_every_split_up_with_few_accesses(void **state)
{
	(void)state;
	for (size_t i = 0; i < SPLITS; i++) {
		struct lw_bus_stats polled, told;
		struct lw_mono up;
		struct sim s;

		start(&s, splits[i].mode, false);
		sim_settle(&s);
		up = last_up(&s);
		polled = s.lab.bus[0]->stats;
		sim_stop(&s);
		start(&s, splits[i].mode, true);
		sim_settle(&s);
		sim_all_up(&s, splits[i].links);
		told = s.lab.bus[0]->stats;
		print_message("# %s: up after %.3f s, polled %.3f s; %u polls, polled %u\n",
			      splits[i].mode, (double)last_up(&s).ns / 1e9, (double)up.ns / 1e9,
			      (unsigned)told.polls, (unsigned)polled.polls);
		assert_false(lw_mono_before(up, last_up(&s)));
		assert_true(told.polls * 2 <= polled.polls);
		assert_true(told.writes <= 10);
		assert_true(told.reads <= 8);
		assert_int_equal(told.reads, polled.reads);
		sim_stop(&s);
	}
}

/* A line that never moves costs one wait or two, then states are polled. */
static void line_stuck_quiet_hangs_nothing(void **state)
{
	struct lw_mono up;
	struct sim s;

	(void)state;
	start(&s, "2x400G", false);
	sim_settle(&s);
	up = last_up(&s);
	sim_stop(&s);
	start(&s, "2x400G", true);
	s.deaf = true;
	sim_settle(&s);
	sim_all_up(&s, 2);
	assert_true(lw_mono_before(last_up(&s), (struct lw_mono){2 * up.ns}));
	assert_false(lw_module_tells(&s.engine.module[0]));
	/* what comes later is found as without a line */
	sim_pass(&s, 30000);
	sim_fault(&s, "reset:b/p", true);
	sim_pass(&s, 300);
	sim_fault(&s, "reset:b/p", false);
	sim_pass(&s, 30000);
	sim_all_up(&s, 2);
	sim_stop(&s);
}

/* What a look with an asserted line costs at most: the lanes, the flags of the module, and those of
 * the page of observables that its summary names (the worst error ratio so far was that of the time
 * without light, and its alarm lasts). */
#define LOOK_READS 3

/* One that is always asserted says nothing: polled from the first moment. */
static void line_stuck_asserted_is_polled(void **state)
{
	uint64_t polls;
	struct lw_mono up;
	struct sim s;

	(void)state;
	start(&s, "2x400G", false);
	sim_settle(&s);
	up = last_up(&s);
	sim_stop(&s);
	start(&s, "2x400G", true);
	s.deaf = true;
	for (int i = 0; i < 2; i++)
		lw_engine_interrupt(&s.engine, i, LW_LINE_ASSERTED, s.now);
	sim_settle(&s);
	sim_all_up(&s, 2);
	/* a hundredth: other masks, other pauses */
	assert_true(lw_mono_before(last_up(&s), (struct lw_mono){up.ns / 100 * 101}));
	sim_pass(&s, 60000);
	polls = s.lab.bus[0]->stats.polls;
	sim_pass(&s, 10000);
	assert_true(s.lab.bus[0]->stats.polls - polls <= LOOK_READS * (10 + 1));
	sim_stop(&s);
}

static void line_off_by_quirk_is_polled(void **state)
{
	struct sim s;

	(void)state;
	start(&s, "2x400G", true);
	sim_pass(&s, 1300); /* identified */
	for (int i = 0; i < 2; i++) {
		assert_true(lw_module_tells(&s.engine.module[i]));
		s.engine.module[i].quirks.no_interrupt = true;
		assert_false(lw_module_tells(&s.engine.module[i]));
	}
	sim_settle(&s);
	sim_all_up(&s, 2);
	assert_true(s.lab.bus[0]->stats.polls > 50);
	sim_stop(&s);
}

/* Nothing at rest but a look each ten seconds, and twice a comparison of all that is known. */
static void line_quiet_module_is_left_alone(void **state)
{
	uint64_t polls, writes;
	struct sim s;

	(void)state;
	start(&s, "8x100G", true);
	sim_settle(&s);
	sim_pass(&s, 20000);
	polls = s.lab.bus[0]->stats.polls;
	writes = sim_writes(&s);
	sim_pass(&s, 60000);
	assert_true(s.lab.bus[0]->stats.polls - polls <= 7 + 2 * 8);
	assert_int_equal(sim_writes(&s), writes);
	sim_all_up(&s, 8);
	sim_stop(&s);
}

/* Lost light is told: the link is down, and says why, long before the next look. */
static void line_tells_of_lost_light_at_once(void **state)
{
	struct sim s;

	(void)state;
	start(&s, "2x400G", true);
	sim_settle(&s);
	sim_pass(&s, 25000);
	sim_fault(&s, "cut:a/p:1", true);
	sim_pass(&s, 100);
	assert_int_equal(s.engine.link[0].state, LW_LINK_DOWN);
	assert_true(sim_explains(&s, 0, "rx-los"));
	assert_int_equal(s.engine.link[1].state, LW_LINK_UP);
	sim_fault(&s, "cut:a/p:1", false);
	sim_pass(&s, 200);
	sim_all_up(&s, 2);
	sim_stop(&s);
}

/* A condition that lasts raises the line again and again: that is followed as slowly as by polls.
 */
static void line_of_a_lasting_condition_is_no_storm(void **state)
{
	uint64_t polls;
	struct sim s;

	(void)state;
	start(&s, "2x400G", true);
	sim_settle(&s);
	sim_fault(&s, "cut:a/p:1", true);
	sim_pass(&s, 30000);
	polls = s.lab.bus[0]->stats.polls;
	sim_pass(&s, 60000);
	assert_true(s.lab.bus[0]->stats.polls - polls <= LOOK_READS * 61 + 2 * 8);
	sim_stop(&s);
}

static void line_reset_module_is_set_up_again(void **state)
{
	struct sim s;

	(void)state;
	start(&s, "2x400G", true);
	sim_settle(&s);
	sim_pass(&s, 25000);
	sim_fault(&s, "reset:b/p", true);
	sim_pass(&s, 300);
	sim_fault(&s, "reset:b/p", false);
	sim_pass(&s, 15000);
	sim_all_up(&s, 2);
	sim_stop(&s);
}

/* Whatever was read, and so cleared, is in the log: how often, since when, until when. */
static void line_flags_are_kept(void **state)
{
	const struct lw_flag_log *log;
	const struct lw_flag_entry *f;
	struct lw_mono cut;
	struct sim s;

	(void)state;
	start(&s, "2x400G", true);
	sim_settle(&s);
	sim_pass(&s, 25000);
	log = lw_engine_flags(&s.engine, 1);
	f = lw_flag_log_find(log, LW_CMIS_MODULE_STATE_CHANGED_FLAG, -1);
	assert_non_null(f);
	assert_int_equal(f->count, 2); /* low power, then ready */
	f = lw_flag_log_find(log, LW_CMIS_DP_STATE_CHANGED_FLAG, 7);
	assert_non_null(f);
	assert_true(f->count >= 1);
	assert_false(f->set);
	cut = s.now;
	sim_fault(&s, "cut:b/p:2", true);
	sim_pass(&s, 200);
	f = lw_flag_log_find(log, LW_CMIS_LOS_FLAG_RX, 4);
	assert_non_null(f);
	assert_true(f->set);
	assert_false(lw_mono_before(f->last_set, cut));
	sim_fault(&s, "cut:b/p:2", false);
	sim_pass(&s, 2000);
	f = lw_flag_log_find(log, LW_CMIS_LOS_FLAG_RX, 4);
	assert_false(f->set);
	assert_true(lw_mono_before(f->last_set, f->cleared));
	sim_stop(&s);
}

/* An engine that starts on modules that run writes nothing; one that finds masks that keep wanted
 * lanes from telling takes them away. */
static void line_masks_are_as_wanted(void **state)
{
	static const struct lw_addr masks = {0x50, 0, 0x10, 226}; /* CMIS 5.4 Table 8-91 */
	uint8_t both[2] = {0xff, 0xff};
	uint64_t writes;
	struct lw_error e;
	struct sim s;

	(void)state;
	start(&s, "2x400G", true);
	sim_settle(&s);
	sim_pass(&s, 5000);
	writes = sim_writes(&s);
	lw_engine_finish(&s.engine);
	assert_int_equal(lw_engine_init(&s.engine, &s.fabric, s.lab.bus, lw_lab_carrier, &s.lab,
					&s.arena, s.now, &e),
			 0);
	sim_lines(&s);
	sim_settle(&s);
	sim_all_up(&s, 2);
	assert_int_equal(sim_writes(&s), writes);
	assert_int_equal(lw_bus_write(s.lab.bus[0], masks, both, 2, NULL), 0);
	sim_pass(&s, 45000);
	assert_int_equal(lw_bus_read(s.lab.bus[0], masks, both, 2, NULL), 0);
	assert_int_equal(both[0] | both[1], 0);
	sim_all_up(&s, 2);
	sim_stop(&s);
}

/* The line of a module that is taken out falls, whoever comes after it. */
static void line_of_a_module_that_was_exchanged_falls(void **state)
{
	struct sim s;
	bool on;
	int b, n = 0;

	(void)state;
	start(&s, "2x400G", false);
	b = sim_cage(&s, "b/p");
	lw_world_advance(s.lab.world, lw_ms(3000)); /* both wait in low power, and say so */
	while (lw_lab_interrupts(&s.lab, &on) >= 0) {
		assert_true(on);
		n++;
	}
	assert_int_equal(n, 2);
	sim_fault(&s, "swap:b/p=OSFP-800G-SR8", true);
	assert_int_equal(lw_lab_interrupts(&s.lab, &on), b);
	assert_false(on);
	assert_int_equal(lw_lab_interrupts(&s.lab, &on), -1);
	sim_stop(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(line_brings_every_split_up_with_few_accesses),
		cmocka_unit_test(line_stuck_quiet_hangs_nothing),
		cmocka_unit_test(line_stuck_asserted_is_polled),
		cmocka_unit_test(line_off_by_quirk_is_polled),
		cmocka_unit_test(line_quiet_module_is_left_alone),
		cmocka_unit_test(line_tells_of_lost_light_at_once),
		cmocka_unit_test(line_of_a_lasting_condition_is_no_storm),
		cmocka_unit_test(line_reset_module_is_set_up_again),
		cmocka_unit_test(line_flags_are_kept),
		cmocka_unit_test(line_masks_are_as_wanted),
		cmocka_unit_test(line_of_a_module_that_was_exchanged_falls),
	};

	return cmocka_run_group_tests_name("line", tests, NULL, NULL);
}
