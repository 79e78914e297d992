/* SPDX-License-Identifier: Apache-2.0 */
#include "control-bench.h"

/* Register values are typed from OIF-CMIS 5.4 (8.13, 8.14), SFF-8636 2.11 and SFF-8472 12.4.3. */

#define OPTIC "OSFP-800G-DR8"

static struct bench bench;
static struct lw_control_plan plan;

static int open_optic(void **state)
{
	bench_open_part(&bench, OPTIC);
	*state = &bench;
	return 0;
}

static int close_bench(void **state)
{
	(void)state;
	bench_close(&bench);
	return 0;
}

static void assert_write(const struct lw_control_step *s, unsigned page, unsigned byte,
			 const void *data, unsigned n)
{
	assert_int_equal(s->kind, LW_CONTROL_WRITE);
	assert_int_equal(s->addr.i2c, 0x50);
	assert_int_equal(s->addr.page, page);
	assert_int_equal(s->addr.byte, byte);
	assert_int_equal(s->n, n);
	assert_memory_equal(s->data, data, n);
}

static void settings_each_name_finds_one_of_its_map(void **state)
{
	static const enum lw_map_id maps[] = {LW_MAP_CMIS, LW_MAP_SFF8636, LW_MAP_SFF8472};
	unsigned seen = 0;

	(void)state;
	for (size_t k = 0; k < 3; k++) {
		const struct lw_control_setting *s;
		struct lw_image *img = calloc(1, sizeof(*img));

		assert_non_null(img);
		img->map = maps[k];
		for (size_t i = 0; (s = lw_control_setting_at(maps[k], i)); i++, seen++) {
			const struct lw_control_setting *f = lw_control_setting_find(img, s->name);

			assert_int_equal(s->map, maps[k]);
			assert_non_null(f);
			assert_string_equal(f->name, s->name);
			assert_true(strlen(s->doc) > 5 && strlen(s->ref) > 5);
		}
		assert_null(lw_control_setting_find(img, "no-such-thing"));
		free(img);
	}
	assert_true(seen > 50);
}

static void value_texts_parse_to_the_codes_of_the_standard(void **state)
{
	static const struct {
		const char *name, *text;
		int raw; /* -1: refused */
	} cases[] = {
		{"tx-disable", "on", 1},       {"tx-disable", "OFF", 0},
		{"tx-disable", "2", -1},       {"tx-disable", "", -1},
		{"rx-pre", "1.5", 3},          {"rx-pre", "1.7", -1},
		{"rx-post", "4", 4},           {"rx-post", "code:12", 12},
		{"rx-post", "code:16", -1},    {"rx-post", "code:", -1},
		{"rx-amplitude", "600", 3},    {"rx-amplitude", "400-800", 2},
		{"rx-amplitude", "code:1", 1}, {"rx-amplitude", "much", -1},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct lw_control_setting *s =
			lw_control_setting_find(&bench.module.memory, cases[i].name);
		struct lw_error e = {0};
		int raw = -1, r;

		assert_non_null(s);
		r = lw_control_value_parse(s, cases[i].text, &raw, &e);
		assert_int_equal(raw, cases[i].raw);
		assert_int_equal(r, cases[i].raw < 0 ? LW_EINVAL : 0);
		assert_true(r == 0 || e.message[0]);
	}
}

static void planning_touches_no_bus(void **state)
{
	unsigned before = bench.accesses;
	struct lw_control_want want = {
		.setting = lw_control_setting_find(&bench.module.memory, "tx-disable"),
		.lanes = 0xff,
		.raw = 1};

	(void)state;
	assert_int_equal(lw_control_plan_set(&bench.module.memory, &bench.module.facts, &want, 1,
					     false, &plan, NULL),
			 0);
	assert_int_equal(lw_control_plan_power(&bench.module.memory, &bench.module.facts, false,
					       &plan, NULL),
			 0);
	assert_int_equal(
		lw_control_plan_app(&bench.module.memory, &bench.module.facts, 2, 0, &plan, NULL),
		0);
	assert_true(plan.n > 0);
	assert_int_equal(bench.accesses, before);
}

static void tx_off_makes_the_far_end_lose_its_light(void **state)
{
	uint8_t mask = 0x0f;

	(void)state;
	bench_plan(&bench, "tx-disable", 0x0f, 1, &plan);
	assert_write(&plan.step[0], 0x10, 130, &mask, 1);
	assert_int_equal(bench_run(&bench, &plan, NULL), LW_CONTROL_DONE);
	assert_int_equal(bench_byte(bench.near, P10, 130), 0x0f);
	assert_int_equal(bench_byte(bench.near, P11, 133), 0xf0); /* OutputStatusTx */
	bench_pass(&bench, 500);
	(void)bench_byte(bench.far, P11, 147); /* what was latched */
	bench_pass(&bench, 100);
	assert_int_equal(bench_byte(bench.far, P11, 147), 0x0f); /* LOSFlagRx */
	/* as wanted now: nothing more to write */
	bench_plan(&bench, "tx-disable", 0x0f, 1, &plan);
	assert_int_equal(plan.n, 0);
	bench_set(&bench, "tx-disable", 0x0f, 0);
	bench_pass(&bench, 2000);
	(void)bench_byte(bench.far, P11, 147);
	bench_pass(&bench, 100);
	assert_int_equal(bench_byte(bench.far, P11, 147), 0);
	assert_int_equal(bench_byte(bench.near, P11, 133), 0xff);
}

static void rx_off_mutes_the_output_to_the_host(void **state)
{
	struct lw_signal s;

	(void)state;
	assert_true(lw_twin_receive(bench.near, 2, &s));
	bench_set(&bench, "rx-disable", 1u << 2, 1);
	assert_int_equal(bench_byte(bench.near, P10, 138), 0x04);
	assert_int_equal(bench_byte(bench.near, P11, 132), 0xfb); /* OutputStatusRx */
	assert_false(lw_twin_receive(bench.near, 2, &s));
	assert_true(lw_twin_receive(bench.near, 3, &s));
}

static void each_output_setting_writes_its_register(void **state)
{
	static const struct {
		const char *name;
		unsigned byte;
	} cases[] = {
		{"tx-polarity", 129},        {"tx-disable", 130},  {"tx-squelch-disable", 131},
		{"tx-squelch-force", 132},   {"rx-polarity", 137}, {"rx-disable", 138},
		{"rx-squelch-disable", 139},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct lw_control_setting *s =
			lw_control_setting_find(&bench.module.memory, cases[i].name);
		char why[LW_REASON_MAX];

		assert_non_null(s);
		if (!lw_control_offered(s, &bench.module.memory, why)) {
			assert_true(strlen(why) > 20);
			continue;
		}
		bench_set(&bench, cases[i].name, 0x21, 1);
		assert_int_equal(bench_byte(bench.near, P10, cases[i].byte), 0x21);
		bench_set(&bench, cases[i].name, 0x01, 0);
		assert_int_equal(bench_byte(bench.near, P10, cases[i].byte), 0x20);
		assert_int_equal(lw_control_value(s, &bench.module.memory, 5), 1);
		bench_set(&bench, cases[i].name, 0x20, 0);
		bench_pass(&bench, 5000);
	}
}

static void what_is_not_advertised_is_refused_with_the_bit_that_denies_it(void **state)
{
	struct lw_control_want want = {
		.setting = lw_control_setting_find(&bench.module.memory, "tx-cdr"),
		.lanes = 1,
		.raw = 0};
	struct lw_error e;

	(void)state;
	assert_int_equal(lw_control_plan_set(&bench.module.memory, &bench.module.facts, &want, 1,
					     false, &plan, &e),
			 LW_ENOTSUP);
	assert_non_null(strstr(e.message, "tx_cdr_bypass_control_supported"));
	/* beyond 3.5 dB there is no code, beyond the advertised limit no offer */
	want.setting = lw_control_setting_find(&bench.module.memory, "rx-pre");
	want.raw = 15;
	assert_int_equal(lw_control_plan_set(&bench.module.memory, &bench.module.facts, &want, 1,
					     false, &plan, &e),
			 LW_ENOTSUP);
	assert_non_null(strstr(e.message, "rx_output_eq_pre_cursor_max"));
	want.raw = 1;
	want.lanes = 1u << 8;
	assert_int_equal(lw_control_plan_set(&bench.module.memory, &bench.module.facts, &want, 1,
					     false, &plan, &e),
			 LW_EINVAL);
	assert_non_null(strstr(e.message, "1-8"));
	assert_int_equal(plan.n, 0);
}

static void lane_wanted_in_two_ways_is_refused_before_anything_is_planned(void **state)
{
	struct lw_control_want want[2];
	struct lw_error e;

	(void)state;
	want[0].setting = lw_control_setting_find(&bench.module.memory, "tx-disable");
	want[0].lanes = 0x0f;
	want[0].raw = 1;
	want[1] = want[0];
	want[1].raw = 0;
	assert_int_equal(lw_control_plan_set(&bench.module.memory, &bench.module.facts, want, 2,
					     false, &plan, &e),
			 LW_EINVAL);
	assert_non_null(strstr(e.message, "tx-disable is wanted twice"));
	want[1].lanes = 0xf0; /* other lanes are another matter */
	assert_int_equal(lw_control_plan_set(&bench.module.memory, &bench.module.facts, want, 2,
					     false, &plan, &e),
			 0);
	want[1] = want[0]; /* and the same once more is no contradiction */
	assert_int_equal(lw_control_plan_set(&bench.module.memory, &bench.module.facts, want, 2,
					     false, &plan, &e),
			 0);
}

static void power_low_and_high_pass_through_the_states(void **state)
{
	struct lw_mono since = bench_now(&bench);
	uint8_t seen[8], low = 0x50, high = 0x00;

	(void)state;
	assert_int_equal(lw_control_plan_power(&bench.module.memory, &bench.module.facts, false,
					       &plan, NULL),
			 0);
	assert_write(&plan.step[0], 0, 26, &low, 1); /* LowPwrRequestSW */
	assert_int_equal(bench_run(&bench, &plan, NULL), LW_CONTROL_DONE);
	assert_int_equal(bench_byte(bench.near, LOWER, 3) >> 1 & 7, 1); /* ModuleLowPwr */
	assert_int_equal(bench_byte(bench.far, P11, 147), 0xff);        /* no light any more */
	bench_look(&bench);
	assert_int_equal(
		lw_control_plan_power(&bench.module.memory, &bench.module.facts, true, &plan, NULL),
		0);
	assert_write(&plan.step[0], 0, 26, &high, 1);
	assert_int_equal(bench_run(&bench, &plan, NULL), LW_CONTROL_DONE);
	assert_int_equal(bench_events(&bench, since, -1, seen, 8), 4);
	assert_memory_equal(seen, "\x04\x01\x02\x03", 4); /* PwrDn, LowPwr, PwrUp, Ready */
	/* again: nothing to do */
	bench_look(&bench);
	assert_int_equal(
		lw_control_plan_power(&bench.module.memory, &bench.module.facts, true, &plan, NULL),
		0);
	assert_int_equal(plan.n, 0);
}

static void reset_brings_defaults_back(void **state)
{
	(void)state;
	bench_set(&bench, "tx-disable", 0xff, 1);
	assert_int_equal(
		lw_control_plan_reset(&bench.module.memory, &bench.module.facts, &plan, NULL), 0);
	assert_int_equal(bench_run(&bench, &plan, NULL), LW_CONTROL_DONE);
	assert_int_equal(bench_byte(bench.near, P10, 130), 0);
}

static void app_split_leaves_the_other_half_alone(void **state)
{
	static const uint8_t two[] = {0x20, 0x20, 0x20, 0x20, 0x28, 0x28, 0x28, 0x28};
	static const uint8_t ones[] = {0x30, 0x32, 0x34, 0x36};
	struct lw_mono since;
	uint8_t seen[16];

	(void)state;
	assert_int_equal(
		lw_control_plan_app(&bench.module.memory, &bench.module.facts, 2, 0, &plan, NULL),
		0);
	assert_write(&plan.step[2], 0x10, 145, two, 8);
	assert_int_equal(bench_run(&bench, &plan, NULL), LW_CONTROL_DONE);
	bench_pass(&bench, 10000);
	bench_look(&bench);
	since = bench_now(&bench);
	assert_int_equal(lw_control_plan_app(&bench.module.memory, &bench.module.facts, 3, 0x0f,
					     &plan, NULL),
			 0);
	assert_write(&plan.step[2], 0x10, 145, ones, 4);
	for (unsigned i = 0; i < plan.n; i++)
		assert_int_equal(plan.step[i].lanes & ~0x0fu, 0);
	assert_int_equal(bench_run(&bench, &plan, NULL), LW_CONTROL_DONE);
	for (int lane = 4; lane < 8; lane++)
		assert_int_equal(bench_events(&bench, since, lane, seen, 16), 0);
	assert_true(bench_events(&bench, since, 0, seen, 16) > 0);
	assert_int_equal(bench_byte(bench.near, P11, 128), 0x44); /* DPActivated, both */
	assert_int_equal(bench_byte(bench.near, P11, 206), 0x30);
	assert_int_equal(bench_byte(bench.near, P11, 211), 0x28);
	/* again: nothing to do */
	bench_look(&bench);
	assert_int_equal(lw_control_plan_app(&bench.module.memory, &bench.module.facts, 3, 0x0f,
					     &plan, NULL),
			 0);
	assert_int_equal(plan.n, 0);
}

static void app_takes_a_path_that_loses_a_lane_whole(void **state)
{
	(void)state;
	assert_int_equal(lw_control_plan_app(&bench.module.memory, &bench.module.facts, 3, 0x04,
					     &plan, NULL),
			 0);
	assert_int_equal(bench_run(&bench, &plan, NULL), LW_CONTROL_DONE);
	assert_int_equal(bench_byte(bench.near, P11, 206), 0x00);
	assert_int_equal(bench_byte(bench.near, P11, 208), 0x34);
	assert_int_equal(bench_byte(bench.near, P11, 213), 0x00);
	bench_look(&bench);
	/* and none takes it away */
	assert_int_equal(lw_control_plan_app(&bench.module.memory, &bench.module.facts, 0, 0x04,
					     &plan, NULL),
			 0);
	assert_int_equal(bench_run(&bench, &plan, NULL), LW_CONTROL_DONE);
	assert_int_equal(bench_byte(bench.near, P11, 208), 0x00);
}

static void app_that_does_not_fit_is_refused(void **state)
{
	struct lw_error e;

	(void)state;
	assert_int_equal(
		lw_control_plan_app(&bench.module.memory, &bench.module.facts, 9, 0, &plan, &e),
		LW_ENOTSUP);
	assert_int_equal(
		lw_control_plan_app(&bench.module.memory, &bench.module.facts, 2, 0x3c, &plan, &e),
		LW_ENOTSUP); /* 4 lanes start at 1 and 5 */
	assert_non_null(strstr(e.message, "4 host lanes"));
	assert_int_equal(
		lw_control_plan_app(&bench.module.memory, &bench.module.facts, 2, 0xf00, &plan, &e),
		LW_EINVAL);
}

static void deinit_holds_a_path_down_and_init_lets_it_go(void **state)
{
	struct lw_mono since = bench_now(&bench);
	uint8_t seen[16];
	struct lw_error e;

	(void)state;
	assert_int_equal(lw_control_plan_paths(&bench.module.memory, &bench.module.facts, 0x0f,
					       false, &plan, &e),
			 LW_EINVAL); /* half of a path */
	assert_non_null(strstr(e.message, "1-8"));
	assert_int_equal(lw_control_plan_paths(&bench.module.memory, &bench.module.facts, 0xff,
					       false, &plan, NULL),
			 0);
	assert_int_equal(bench_run(&bench, &plan, NULL), LW_CONTROL_DONE);
	assert_int_equal(bench_byte(bench.near, P10, 128), 0xff);
	assert_int_equal(bench_byte(bench.near, P11, 128), 0x11); /* DPDeactivated */
	bench_look(&bench);
	assert_int_equal(lw_control_plan_paths(&bench.module.memory, &bench.module.facts, 0xff,
					       true, &plan, NULL),
			 0);
	assert_int_equal(bench_run(&bench, &plan, NULL), LW_CONTROL_DONE);
	assert_int_equal(bench_byte(bench.near, P11, 128), 0x44);
	/* TxTurnOff, Initialized, Deinit, Deactivated, Init, Initialized, TxTurnOn, Activated */
	assert_int_equal(bench_events(&bench, since, 0, seen, 16), 8);
	assert_memory_equal(seen, "\x06\x07\x03\x01\x02\x07\x05\x04", 8);
}

static void init_with_muted_lanes_ends_initialised(void **state)
{
	(void)state;
	bench_set(&bench, "tx-disable", 0xff, 1);
	assert_int_equal(lw_control_plan_paths(&bench.module.memory, &bench.module.facts, 0xff,
					       false, &plan, NULL),
			 0);
	assert_int_equal(bench_run(&bench, &plan, NULL), LW_CONTROL_DONE);
	bench_look(&bench);
	assert_int_equal(lw_control_plan_paths(&bench.module.memory, &bench.module.facts, 0xff,
					       true, &plan, NULL),
			 0);
	assert_int_equal(bench_run(&bench, &plan, NULL), LW_CONTROL_DONE);
	assert_int_equal(bench_byte(bench.near, P11, 128), 0x77); /* DPInitialized */
}

static void si_hot_change_keeps_the_path_up(void **state)
{
	struct lw_mono since = bench_now(&bench);
	uint8_t seen[4];

	(void)state;
	bench_set(&bench, "rx-pre", 0x03, 3);
	assert_int_equal(bench_byte(bench.near, P11, 223), 0x33);
	assert_int_equal(bench_byte(bench.near, P11, 224), 0x00);
	assert_int_equal(bench_byte(bench.near, P11, 206), 0x11); /* AppSel 1, explicit */
	assert_int_equal(bench_byte(bench.near, P11, 208), 0x10);
	for (int lane = 0; lane < 8; lane++)
		assert_int_equal(bench_events(&bench, since, lane, seen, 4), 0);
	/* another setting of another lane keeps the first */
	bench_set(&bench, "rx-post", 0x80, 2);
	assert_int_equal(bench_byte(bench.near, P11, 223), 0x33);
	assert_int_equal(bench_byte(bench.near, P11, 230), 0x20);
	bench_plan(&bench, "rx-pre", 0x03, 3, &plan);
	assert_int_equal(plan.n, 0);
	/* the module may choose for itself again */
	bench_set(&bench, "explicit", 0xff, 0);
	assert_int_equal(bench_byte(bench.near, P11, 206), 0x10);
}

/* The same module, but one that takes nothing while a path is up. */
static int open_stepped(void **state)
{
	struct lw_image *img = calloc(1, sizeof(*img));
	const struct lw_part *part = lw_part_find(OPTIC);
	const struct lw_field *f = &lw_map_fields(LW_MAP_CMIS, NULL)[LW_CMIS_STEPPED_CONFIG_ONLY];

	assert_non_null(img);
	assert_int_equal(lw_image_make(part, NULL, img, NULL), 0);
	assert_int_equal(lw_field_put(f, 0, 1, img->slot[0][f->slot], NULL), 0);
	bench_open(&bench, part, img);
	free(img);
	*state = &bench;
	return 0;
}

static void si_of_a_stepped_module_needs_leave_to_restart(void **state)
{
	struct lw_control_want want = {
		.setting = lw_control_setting_find(&bench.module.memory, "rx-pre"),
		.lanes = 1,
		.raw = 2};
	struct lw_mono since = bench_now(&bench);
	struct lw_error e;
	uint8_t seen[16];

	(void)state;
	assert_int_equal(lw_control_plan_set(&bench.module.memory, &bench.module.facts, &want, 1,
					     false, &plan, &e),
			 LW_ENOTSUP);
	assert_non_null(strstr(e.message, "restart"));
	assert_int_equal(plan.n, 0);
	assert_int_equal(lw_control_plan_set(&bench.module.memory, &bench.module.facts, &want, 1,
					     true, &plan, &e),
			 0);
	assert_int_equal(bench_run(&bench, &plan, NULL), LW_CONTROL_DONE);
	assert_int_equal(bench_byte(bench.near, P11, 223), 0x02);
	assert_int_equal(bench_byte(bench.near, P11, 128), 0x44);
	assert_int_equal(bench_events(&bench, since, 0, seen, 16), 8);
}

static void put(struct lw_image *img, unsigned id, int64_t raw)
{
	const struct lw_field *f = &lw_map_fields(LW_MAP_CMIS, NULL)[id];

	img->present[0][f->slot] = 1;
	assert_int_equal(lw_field_put(f, 0, raw, img->slot[0][f->slot], NULL), 0);
}

/* The same module with a laser that tunes on the 50 GHz grid. */
static int open_tunable(void **state)
{
	struct lw_image *img = calloc(1, sizeof(*img));
	const struct lw_part *part = lw_part_find(OPTIC);

	assert_non_null(img);
	assert_int_equal(lw_image_make(part, NULL, img, NULL), 0);
	put(img, LW_CMIS_TRANSMITTER_IS_TUNABLE, 1);
	put(img, LW_CMIS_GRID_SUPPORTED_50GHZ, 1);
	put(img, LW_CMIS_GRID_LOW_CHANNEL_50GHZ, -35);
	put(img, LW_CMIS_GRID_HIGH_CHANNEL_50GHZ, 60);
	put(img, LW_CMIS_GRID_SPACING_TX, 0);
	bench_open(&bench, part, img);
	free(img);
	*state = &bench;
	return 0;
}

static void tuning_moves_the_laser_of_that_lane_alone(void **state)
{
	struct lw_control_tune want = lw_control_tune_none();
	double before = lw_control_frequency_thz(&bench.module.memory, &bench.module.facts, 1);
	struct lw_error e = {0};

	(void)state;
	want.lanes = 1u << 2;
	want.grid_ghz = 50;
	want.frequency_thz = 193.4;
	assert_int_equal(
		lw_control_plan_tune(&bench.module.memory, &bench.module.facts, &want, &plan, &e),
		0);
	if (bench_run(&bench, &plan, &e) != LW_CONTROL_DONE)
		fail_msg("%s", e.message);
	bench_look(&bench);
	assert_true(lw_control_frequency_thz(&bench.module.memory, &bench.module.facts, 2) ==
		    193.4);
	assert_true(lw_control_frequency_thz(&bench.module.memory, &bench.module.facts, 1) ==
		    before);
}

static void a_rejected_configuration_is_refused_with_its_reason(void **state)
{
	struct lw_error e;

	(void)state;
	lw_twin_fault(bench.near, LW_FAULT_REJECT, 0xff, true);
	assert_int_equal(
		lw_control_plan_app(&bench.module.memory, &bench.module.facts, 2, 0, &plan, NULL),
		0);
	assert_int_equal(bench_run(&bench, &plan, &e), LW_CONTROL_REFUSED);
	assert_non_null(strstr(e.message, "ConfigRejected"));
}

static void a_path_that_never_comes_up_is_late(void **state)
{
	struct lw_error e;

	(void)state;
	assert_int_equal(lw_control_plan_paths(&bench.module.memory, &bench.module.facts, 0xff,
					       false, &plan, NULL),
			 0);
	assert_int_equal(bench_run(&bench, &plan, NULL), LW_CONTROL_DONE);
	bench_look(&bench);
	lw_twin_fault(bench.near, LW_FAULT_STUCK_INIT, 0xff, true);
	assert_int_equal(lw_control_plan_paths(&bench.module.memory, &bench.module.facts, 0xff,
					       true, &plan, NULL),
			 0);
	assert_int_equal(bench_run(&bench, &plan, &e), LW_CONTROL_LATE);
	assert_int_equal(e.code, LW_ETIMEDOUT);
	assert_non_null(strstr(e.message, "DPInit"));
}

static int drop_writes(struct bench *b, struct lw_addr a, bool write, uint8_t *p, size_t n)
{
	(void)b;
	if (write && a.page == 0x10 && a.byte == 130)
		memset(p, 0, n);
	return 0;
}

static void a_write_that_does_not_take_is_told(void **state)
{
	struct lw_error e;

	(void)state;
	bench_plan(&bench, "tx-disable", 0x03, 1, &plan);
	bench.before = drop_writes;
	assert_int_equal(bench_run(&bench, &plan, &e), LW_CONTROL_IGNORED);
	assert_int_equal(e.page, 0x10);
	assert_int_equal(e.byte, 130);
	assert_non_null(strstr(e.message, "wrote 03h, reads 00h"));
}

static int ignore_triggers(struct bench *b, struct lw_addr a, bool write, uint8_t *p, size_t n)
{
	(void)b;
	if (write && a.page == 0x10 && (a.byte == 143 || a.byte == 144))
		memset(p, 0, n);
	return 0;
}

static void an_apply_that_is_ignored_is_told(void **state)
{
	struct lw_error e;

	(void)state;
	bench_set(&bench, "rx-pre", 1, 1); /* ConfigStatus is ConfigSuccess from now on */
	bench_plan(&bench, "rx-pre", 1, 2, &plan);
	bench.before = ignore_triggers;
	assert_int_equal(bench_run(&bench, &plan, &e), LW_CONTROL_IGNORED);
	assert_non_null(strstr(e.message, "acs_output_eq_pre_cursor_target_rx"));
}

static int busy_now_and_then(struct bench *b, struct lw_addr a, bool write, uint8_t *p, size_t n)
{
	(void)a;
	(void)write;
	(void)p;
	(void)n;
	return b->accesses % 4 ? LW_ENACK : 0;
}

static int dead(struct bench *b, struct lw_addr a, bool write, uint8_t *p, size_t n)
{
	(void)b;
	(void)a;
	(void)write;
	(void)p;
	(void)n;
	return LW_ENACK;
}

static void a_busy_module_is_asked_again_and_a_dead_one_given_up(void **state)
{
	struct lw_error e;

	(void)state;
	bench_plan(&bench, "tx-disable", 0x03, 1, &plan);
	bench.before = busy_now_and_then;
	assert_int_equal(bench_run(&bench, &plan, &e), LW_CONTROL_DONE);
	assert_true(bench.spoiled > 0);
	assert_int_equal(bench_byte(bench.near, P10, 130), 0x03);
	bench.before = NULL;
	bench_plan(&bench, "tx-disable", 0x03, 0, &plan);
	bench.before = dead;
	assert_int_equal(bench_run(&bench, &plan, &e), LW_CONTROL_LOST);
	assert_int_equal(e.code, LW_ENACK);
	bench.before = NULL;
}

static void banks_get_their_own_writes(void **state)
{
	struct lw_image *img = calloc(1, sizeof(*img));
	struct lw_facts *facts = calloc(1, sizeof(*facts));
	struct lw_control_want want = {.lanes = 0x00010203, .raw = 1};
	static const uint8_t bytes[] = {0x03, 0x02, 0x01};

	(void)state;
	assert_non_null(img);
	assert_non_null(facts);
	*img = bench.module.memory;
	*facts = bench.module.facts;
	facts->banks = 4;
	for (unsigned bank = 1; bank < 4; bank++)
		for (unsigned slot = 0; slot < LW_SLOTS_MAX; slot++)
			if (img->present[0][slot]) {
				img->present[bank][slot] = 1;
				memcpy(img->slot[bank][slot], img->slot[0][slot], 128);
			}
	assert_int_equal(lw_control_host_lanes(img, facts), 0xffffffff);
	want.setting = lw_control_setting_find(img, "tx-squelch-force");
	assert_int_equal(lw_control_plan_set(img, facts, &want, 1, false, &plan, NULL), 0);
	assert_int_equal(plan.n, 3);
	for (unsigned i = 0; i < 3; i++) {
		assert_write(&plan.step[i], 0x10, 132, &bytes[i], 1);
		assert_int_equal(plan.step[i].addr.bank, i);
	}
	/* a path is known by its bank too */
	assert_int_equal(lw_control_path_lanes(img, 1u << 9), 0x0000ff00);
	free(img);
	free(facts);
}

/* Every setting that any catalogued part offers takes, reads back, and goes back. */
static void every_offered_setting_of_every_part_takes(void **state)
{
	size_t n;
	const struct lw_part *parts = lw_parts(&n);
	unsigned taken = 0;

	(void)state;
	for (size_t i = 0; i < n; i++) {
		const struct lw_control_setting *s;

		if (!parts[i].receptacles)
			continue;
		bench_open(&bench, &parts[i], NULL);
		for (size_t k = 0; (s = lw_control_setting_at(bench.module.memory.map, k)); k++) {
			int old;

			bench_look(&bench);
			old = lw_control_value(s, &bench.module.memory, 0);
			if (!lw_control_offered(s, &bench.module.memory, NULL) || old < 0)
				continue;
			/* whether the lane's path is up decides about waits, not about taking */
			bench_set(&bench, s->name, 1, !old);
			assert_int_equal(lw_control_value(s, &bench.module.memory, 0), !old);
			bench_set(&bench, s->name, 1, old);
			assert_int_equal(lw_control_value(s, &bench.module.memory, 0), old);
			bench_pass(&bench, 3000);
			taken++;
		}
		bench_close(&bench);
	}
	assert_true(taken > 200);
}

#define ON_OPTIC(f) cmocka_unit_test_setup_teardown(f, open_optic, close_bench)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(settings_each_name_finds_one_of_its_map),
		ON_OPTIC(value_texts_parse_to_the_codes_of_the_standard),
		ON_OPTIC(planning_touches_no_bus),
		ON_OPTIC(tx_off_makes_the_far_end_lose_its_light),
		ON_OPTIC(rx_off_mutes_the_output_to_the_host),
		ON_OPTIC(each_output_setting_writes_its_register),
		ON_OPTIC(lane_wanted_in_two_ways_is_refused_before_anything_is_planned),
		ON_OPTIC(what_is_not_advertised_is_refused_with_the_bit_that_denies_it),
		ON_OPTIC(power_low_and_high_pass_through_the_states),
		ON_OPTIC(reset_brings_defaults_back),
		ON_OPTIC(app_split_leaves_the_other_half_alone),
		ON_OPTIC(app_takes_a_path_that_loses_a_lane_whole),
		ON_OPTIC(app_that_does_not_fit_is_refused),
		ON_OPTIC(deinit_holds_a_path_down_and_init_lets_it_go),
		ON_OPTIC(init_with_muted_lanes_ends_initialised),
		ON_OPTIC(si_hot_change_keeps_the_path_up),
		cmocka_unit_test_setup_teardown(si_of_a_stepped_module_needs_leave_to_restart,
						open_stepped, close_bench),
		cmocka_unit_test_setup_teardown(tuning_moves_the_laser_of_that_lane_alone,
						open_tunable, close_bench),
		ON_OPTIC(a_rejected_configuration_is_refused_with_its_reason),
		ON_OPTIC(a_path_that_never_comes_up_is_late),
		ON_OPTIC(a_write_that_does_not_take_is_told),
		ON_OPTIC(an_apply_that_is_ignored_is_told),
		ON_OPTIC(a_busy_module_is_asked_again_and_a_dead_one_given_up),
		ON_OPTIC(banks_get_their_own_writes),
		cmocka_unit_test(every_offered_setting_of_every_part_takes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
