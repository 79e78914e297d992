/* SPDX-License-Identifier: Apache-2.0 */
#include "support.h"

/* Faults on demand, and options that make a module slow, strict or late. */

enum { LOWER = -1, P03 = 0x03, P10 = 0x10, P11 = 0x11 };
#define PAM4_100G 53125000u

static struct lw_image image;

struct bench {
	struct lw_world *w;
	struct lw_twin *a, *b;
};

static struct bench x;

static struct lw_twin *plug_opt(const char *name, struct lw_twin_options opt)
{
	struct lw_twin *t;

	opt.part = lw_part_find("OSFP-800G-DR8");
	opt.image = &image;
	assert_int_equal(lw_world_plug(x.w, name, &opt, &t, NULL), 0);
	return t;
}

static int setup(void **state)
{
	(void)state;
	assert_int_equal(lw_image_make(lw_part_find("OSFP-800G-DR8"), NULL, &image, NULL), 0);
	assert_int_equal(lw_world_create(5, &x.w, NULL), 0);
	x.a = plug_opt("a", (struct lw_twin_options){0});
	x.b = plug_opt("b", (struct lw_twin_options){0});
	join_all(x.w, x.a, x.b, 8, LW_SMF, 2);
	drive_all(x.a, 8, PAM4_100G, LW_PAM4);
	drive_all(x.b, 8, PAM4_100G, LW_PAM4);
	pass(x.w, 40000);
	assert_int_equal(get_byte(x.a, P11, 128), 0x44);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	lw_world_destroy(x.w);
	return 0;
}

static int try_read(struct lw_twin *t, int page, unsigned byte, uint8_t *ret, size_t n)
{
	struct lw_addr a = {0x50, 0, (uint8_t)(page < 0 ? 0 : page), (uint8_t)byte};

	return lw_bus_read(lw_twin_bus(t), a, ret, n, NULL);
}

static void fault_names_are_found_again(void **state)
{
	(void)state;
	for (int f = 0; f < LW_FAULT_N; f++) {
		assert_non_null(lw_fault_name((enum lw_fault)f));
		assert_int_equal(lw_fault_find(lw_fault_name((enum lw_fault)f)), f);
	}
}

static void fault_of_the_bus_shows_at_accesses(void **state)
{
	unsigned refused = 0, wrong = 0;
	uint8_t v, two[2], right[128], got[128];

	(void)state;
	lw_twin_fault(x.a, LW_FAULT_STUCK_BUS, 0, true);
	assert_int_equal(try_read(x.a, LOWER, 0, &v, 1), LW_ETIMEDOUT);
	lw_twin_fault(x.a, LW_FAULT_STUCK_BUS, 0, false);
	lw_twin_fault(x.a, LW_FAULT_SHORT, 0, true);
	assert_int_equal(try_read(x.a, LOWER, 0, two, 2), LW_ESHORT);
	assert_int_equal(try_read(x.a, LOWER, 0, &v, 1), 0);
	lw_twin_fault(x.a, LW_FAULT_SHORT, 0, false);
	lw_twin_fault(x.a, LW_FAULT_NACK_BURST, 0, true);
	for (unsigned i = 0; i < 1000; i++, pass(x.w, 10)) {
		int r = try_read(x.a, LOWER, 0, &v, 1);

		assert_true(r == 0 || r == LW_ENACK);
		refused += r != 0;
	}
	assert_true(refused > 100 && refused < 700);
	lw_twin_fault(x.a, LW_FAULT_NACK_BURST, 0, false);
	get_bytes(x.a, 0, 128, right, 128);
	lw_twin_fault(x.a, LW_FAULT_CORRUPT, 0, true);
	for (unsigned i = 0; i < 1000; i++) {
		get_bytes(x.a, 0, 128, got, 128);
		wrong += memcmp(right, got, 128) != 0;
	}
	assert_true(wrong > 50 && wrong < 200);
	lw_twin_fault(x.a, LW_FAULT_CORRUPT, 0, false);
	get_bytes(x.a, 0, 128, got, 128);
	assert_memory_equal(right, got, 128);
	lw_twin_fault(x.a, LW_FAULT_CHECKSUM, 0, true);
	assert_int_not_equal(get_byte(x.a, 0, 222), right[222 - 128]);
	lw_twin_fault(x.a, LW_FAULT_CHECKSUM, 0, false);
	assert_int_equal(get_byte(x.a, 0, 222), right[222 - 128]);
}

static void fault_silent_reset_forgets_what_was_configured(void **state)
{
	uint8_t v;

	(void)state;
	put_byte(x.a, P10, 130, 0x55);
	lw_twin_fault(x.a, LW_FAULT_RESET, 0, true);
	assert_int_equal(try_read(x.a, LOWER, 0, &v, 1), LW_ENACK);
	pass(x.w, 40000);
	assert_int_equal(get_byte(x.a, P10, 130), 0x00);
	assert_int_equal(get_byte(x.a, P11, 128), 0x44);
}

static void fault_late_start_breaks_the_promise(void **state)
{
	uint8_t v;

	(void)state;
	lw_twin_fault(x.a, LW_FAULT_UNPLUG, 0, true);
	lw_twin_fault(x.a, LW_FAULT_LATE, 0, true);
	lw_twin_fault(x.a, LW_FAULT_UNPLUG, 0, false);
	pass(x.w, 2000);
	assert_int_equal(try_read(x.a, LOWER, 0, &v, 1), LW_ENACK);
	pass(x.w, 5000);
	assert_int_equal(try_read(x.a, LOWER, 0, &v, 1), 0);
}

static void fault_flag_storm_never_ends(void **state)
{
	(void)state;
	lw_twin_fault(x.a, LW_FAULT_FLAG_STORM, 0, true);
	for (unsigned i = 0; i < 5; i++, pass(x.w, 10)) {
		assert_int_equal(get_byte(x.a, P11, 147), 0xff);
		assert_int_equal(get_byte(x.a, LOWER, 9) & 0x0f, 0x0f);
	}
	lw_twin_fault(x.a, LW_FAULT_FLAG_STORM, 0, false);
	get_byte(x.a, P11, 147);
	pass(x.w, 10);
	assert_int_equal(get_byte(x.a, P11, 147), 0x00);
}

static void fault_runaway_ends_in_module_fault(void **state)
{
	unsigned warm = get_byte(x.a, LOWER, 14);

	(void)state;
	get_byte(x.a, LOWER, 9);
	lw_twin_fault(x.a, LW_FAULT_RUNAWAY, 0, true);
	pass(x.w, 5000);
	assert_true(get_byte(x.a, LOWER, 14) > warm + 8);
	assert_int_equal(get_byte(x.a, LOWER, 3) >> 1 & 7, 3);
	pass(x.w, 60000);
	assert_int_equal(get_byte(x.a, LOWER, 3) >> 1 & 7, 5);
	assert_int_equal(get_byte(x.a, LOWER, 41), 1);
	assert_int_equal(get_byte(x.a, LOWER, 9) & 1, 1);
	lw_twin_fault(x.a, LW_FAULT_RUNAWAY, 0, false);
	assert_true(lw_world_next(x.w).ns == LW_NEVER.ns ||
		    lw_mono_before(lw_world_now(x.w), lw_world_next(x.w)));
}

static unsigned pair_at(struct lw_twin *t, unsigned byte)
{
	uint8_t r[2];

	get_bytes(t, P11, byte, r, 2);
	return (unsigned)(r[0] << 8 | r[1]);
}

static void fault_aged_laser_needs_more_and_gives_less(void **state)
{
	unsigned bias = pair_at(x.a, 170), power = pair_at(x.a, 154), far = pair_at(x.b, 186);
	unsigned other = pair_at(x.a, 172);

	(void)state;
	lw_twin_fault(x.a, LW_FAULT_AGED, 0x01, true);
	assert_true(pair_at(x.a, 170) > bias * 3 / 2);
	assert_true(pair_at(x.a, 154) < power / 2);
	assert_true(pair_at(x.b, 186) < far / 2);
	assert_int_equal(pair_at(x.a, 172), other);
}

static void fault_flapping_lane_comes_and_goes(void **state)
{
	unsigned on = 0, off = 0;
	struct lw_signal s;

	(void)state;
	lw_twin_fault(x.a, LW_FAULT_FLAP, 0x02, true);
	for (unsigned i = 0; i < 40; i++, pass(x.w, 250)) {
		if (lw_twin_receive(x.b, 1, &s))
			on++;
		else
			off++;
	}
	assert_true(on > 10 && off > 10);
	lw_twin_fault(x.a, LW_FAULT_FLAP, 0x02, false);
	pass(x.w, 1000);
	assert_true(lw_twin_receive(x.b, 1, &s));
}

/* When host lane 1 of `t` got to `state`; the module must have been plugged at the world's start.
 */
static int64_t when(struct lw_twin *t, uint8_t state)
{
	size_t n;
	const struct lw_twin_event *e = lw_twin_events(t, &n);

	for (size_t i = 0; i < n; i++)
		if (e[i].lane == 0 && e[i].state == state)
			return e[i].at.ns;
	fail_msg("lane 1 was never in state %u", state);
	return 0;
}

static void option_durations_are_set_one_by_one(void **state)
{
	struct lw_twin_options slow = {.percent_of[LW_TWIN_DP_INIT] = 300};
	struct lw_twin *t, *u, *v;

	(void)state; /* DPInit: less than 5 s advertised; 60 % of that by default */
	t = plug_opt("t", (struct lw_twin_options){0});
	u = plug_opt("u", slow);
	v = plug_opt("v", (struct lw_twin_options){.jitter_percent = 20});
	pass(x.w, 100000);
	assert_int_equal(when(t, 7) - when(t, 2), 3000000000);
	assert_int_equal(when(u, 7) - when(u, 2), 15000000000);
	assert_int_equal(when(t, 4) - when(t, 5), when(u, 4) - when(u, 5));
	assert_true(when(v, 7) - when(v, 2) != 3000000000);
	assert_true(when(v, 7) - when(v, 2) >= 2400000000 && when(v, 7) - when(v, 2) <= 3600000000);
}

static void option_is_set_while_the_module_runs(void **state)
{
	static const char *const names[] = {"mgmt-init", "pwr-up", "pwr-dn", "dp-init", "dp-deinit",
					    "tx-on",     "tx-off", "config", "jitter",  "locked"};
	struct lw_twin *t = plug_opt("t", (struct lw_twin_options){0});
	struct lw_error e;

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		assert_int_equal(lw_twin_option_set(t, names[i], 1, NULL), 0);
		assert_int_equal(lw_twin_option_set(t, names[i], 0, NULL), 0);
	}
	assert_int_equal(lw_twin_option_set(t, "duration", 100, NULL), 0);
	assert_int_equal(lw_twin_option_set(t, "dp-init", 300, NULL), 0);
	pass(x.w, 100000);
	assert_int_equal(when(t, 7) - when(t, 2), 15000000000); /* less than 5 s advertised */
	assert_int_equal(lw_twin_option_set(t, "dp_init", 1, &e), LW_ENOENT);
	assert_non_null(strstr(e.message, "dp-init"));
	assert_int_equal(lw_twin_option_set(t, "access-times", 2, &e), LW_EINVAL);
	assert_int_equal(lw_twin_option_set(t, "age-hours", 10000001, &e), LW_EINVAL);
}

static void option_access_times_refuse_while_busy(void **state)
{
	struct lw_twin *t = plug_opt(
		"t", (struct lw_twin_options){.access_times = true, .duration_percent = 100});
	struct lw_addr user = {0x50, 0, 3, 128};
	uint8_t v[8] = {1, 2, 3, 4, 5, 6, 7, 8}, got[8];

	(void)state; /* S091 */
	pass(x.w, 10000);
	assert_int_equal(try_read(t, P03, 128, got, 1), LW_ENACK); /* the page changes */
	pass(x.w, 10);
	assert_int_equal(try_read(t, P03, 128, got, 1), 0);
	assert_int_equal(lw_bus_write(lw_twin_bus(t), user, v, 8, NULL), 0);
	assert_int_equal(try_read(t, P03, 128, got, 8), LW_ENACK);
	pass(x.w, 79);
	assert_int_equal(try_read(t, LOWER, 0, got, 1), LW_ENACK);
	pass(x.w, 1);
	assert_int_equal(try_read(t, P03, 128, got, 8), 0);
	assert_memory_equal(v, got, 8);
	put_byte(t, LOWER, 31, 0x01);
	pass(x.w, 9);
	assert_int_equal(try_read(t, LOWER, 31, got, 1), LW_ENACK);
	pass(x.w, 1);
	assert_int_equal(get_byte(t, LOWER, 31), 0x01);
}

static void option_read_length_is_limited(void **state)
{
	struct lw_twin *t = plug_opt("t", (struct lw_twin_options){.read_max = 8});
	uint8_t got[9];

	(void)state; /* S092 */
	pass(x.w, 5000);
	assert_int_equal(try_read(t, LOWER, 0, got, 8), 0);
	assert_int_equal(try_read(t, LOWER, 0, got, 9), LW_ESHORT);
}

static void memory_of_the_user_outlives_reset_and_unplugging(void **state)
{
	(void)state;
	put_byte(x.a, P03, 200, 0x77);
	put_byte(x.a, LOWER, 26, 0x08);
	pass(x.w, 10000);
	assert_int_equal(get_byte(x.a, P03, 200), 0x77);
	lw_twin_fault(x.a, LW_FAULT_UNPLUG, 0, true);
	lw_twin_fault(x.a, LW_FAULT_UNPLUG, 0, false);
	pass(x.w, 10000);
	assert_int_equal(get_byte(x.a, P03, 200), 0x77);
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		CASE(fault_names_are_found_again),
		CASE(fault_of_the_bus_shows_at_accesses),
		CASE(fault_silent_reset_forgets_what_was_configured),
		CASE(fault_late_start_breaks_the_promise),
		CASE(fault_flag_storm_never_ends),
		CASE(fault_runaway_ends_in_module_fault),
		CASE(fault_aged_laser_needs_more_and_gives_less),
		CASE(fault_flapping_lane_comes_and_goes),
		CASE(option_durations_are_set_one_by_one),
		CASE(option_is_set_while_the_module_runs),
		CASE(option_access_times_refuse_while_busy),
		CASE(option_read_length_is_limited),
		CASE(memory_of_the_user_outlives_reset_and_unplugging),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
