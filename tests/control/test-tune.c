/* SPDX-License-Identifier: Apache-2.0 */
#include "control-bench.h"
#include <math.h>

/* A tunable laser behind a memory: CMIS 5.4 Tables 8-68 and 8-109, and SFF-8690. Values are typed
 * from them, not from data/grids.csv. */

static struct memory_bus mem;
static struct lw_facts facts;
static struct lw_control_plan plan;
static bool stubborn;  /* takes what is written and moves nothing */
static unsigned flags; /* raised in 12h:231 when a channel is written */

static unsigned slot_of(unsigned id)
{
	return lw_map_fields(mem.image.map, NULL)[id].slot;
}

static void put(unsigned id, unsigned lane, int64_t raw)
{
	const struct lw_field *f = &lw_map_fields(mem.image.map, NULL)[id];

	mem.image.present[0][f->slot] = 1;
	assert_int_equal(lw_field_put(f, lane, raw, mem.image.slot[0][f->slot], NULL), 0);
}

static int64_t get(unsigned id, unsigned lane)
{
	struct lw_view v;
	int64_t raw = -1;

	lw_image_view(&mem.image, &v);
	assert_int_equal(lw_field_get(&lw_map_fields(mem.image.map, NULL)[id], lane, &v, &raw), 0);
	return raw;
}

/* The laser goes where it is told: 193.1 THz + n * step, in MHz. */
static void follow(struct memory_bus *m, struct lw_addr a)
{
	static const double step_mhz[] = {3125,  6250,   12500,        25000,
					  50000, 100000, 100000.0 / 3, 25000};

	(void)m;
	if (a.page != 0x12 || stubborn)
		return;
	for (unsigned i = 0; i < 8; i++) {
		unsigned grid = (unsigned)get(LW_CMIS_GRID_SPACING_TX, i) & 7;
		double mhz =
			193100000.0 + (double)get(LW_CMIS_CHANNEL_NUMBER_TX, i) * step_mhz[grid];

		if (get(LW_CMIS_FINE_TUNING_ENABLE_TX, i))
			mhz += (double)get(LW_CMIS_FINE_TUNING_OFFSET_TX, i);
		put(LW_CMIS_CURRENT_LASER_FREQUENCY_TX, i, llround(mhz));
	}
	mem.image.slot[0][slot_of(LW_CMIS_TUNING_COMPLETE_FLAG_TX)][231 - 128] = (uint8_t)flags;
}

static int setup(void **state)
{
	struct lw_view v;

	(void)state;
	memory_bus_init(&mem);
	stubborn = false;
	flags = 0;
	assert_int_equal(lw_image_make(lw_part_find("OSFP-800G-DR8"), NULL, &mem.image, NULL), 0);
	mem.react = follow;
	put(LW_CMIS_TRANSMITTER_IS_TUNABLE, 0, 1);
	put(LW_CMIS_GRID_SUPPORTED_50GHZ, 0, 1);
	put(LW_CMIS_GRID_SUPPORTED_75GHZ, 0, 1);
	put(LW_CMIS_GRID_LOW_CHANNEL_50GHZ, 0, -35);
	put(LW_CMIS_GRID_HIGH_CHANNEL_50GHZ, 0, 60);
	put(LW_CMIS_GRID_LOW_CHANNEL_75GHZ, 0, -72);
	put(LW_CMIS_GRID_HIGH_CHANNEL_75GHZ, 0, 120);
	put(LW_CMIS_FINE_TUNING_SUPPORTED, 0, 1);
	put(LW_CMIS_FINE_TUNING_RESOLUTION, 0, 100); /* 0.1 GHz */
	put(LW_CMIS_FINE_TUNING_LOW_OFFSET, 0, -6000);
	put(LW_CMIS_FINE_TUNING_HIGH_OFFSET, 0, 6000);
	put(LW_CMIS_PROG_OUTPUT_POWER_PER_LANE_SUPPORTED, 0, 1);
	put(LW_CMIS_PROG_OUTPUT_POWER_MIN, 0, -1000);
	put(LW_CMIS_PROG_OUTPUT_POWER_MAX, 0, 100);
	for (unsigned i = 0; i < 8; i++)
		put(LW_CMIS_GRID_SPACING_TX, i, 4); /* 50 GHz */
	follow(&mem, (struct lw_addr){.page = 0x12});
	lw_image_view(&mem.image, &v);
	lw_facts_decode(&v, &facts);
	return 0;
}

static struct lw_control_tune tune(uint32_t lanes)
{
	struct lw_control_tune t = lw_control_tune_none();

	t.lanes = lanes;
	return t;
}

static int make(const struct lw_control_tune *t, struct lw_error *e)
{
	return lw_control_plan_tune(&mem.image, &facts, t, &plan, e);
}

static enum lw_control_outcome run(struct lw_error *e)
{
	struct lw_mono now = {0};
	struct lw_control c;

	lw_control_start(&c, &mem.bus, &mem.image, &plan, now);
	for (unsigned i = 0; i < 100000 && c.outcome == LW_CONTROL_BUSY; i++) {
		now = lw_control_run(&c, now);
		assert_true(c.outcome != LW_CONTROL_BUSY || now.ns < LW_NEVER.ns);
	}
	*e = c.error;
	return c.outcome;
}

static const uint8_t *page_12h(unsigned byte)
{
	return &mem.image.slot[0][slot_of(LW_CMIS_GRID_SPACING_TX)][byte - 128];
}

static void channel_on_the_present_grid_writes_two_bytes_at_once(void **state)
{
	struct lw_control_tune t = tune(1u << 2);
	struct lw_error e;

	(void)state;
	t.frequency_thz = 193.4; /* n = 6 */
	assert_int_equal(make(&t, &e), 0);
	assert_int_equal(plan.step[0].kind, LW_CONTROL_CLEAR);
	assert_int_equal(plan.step[1].kind, LW_CONTROL_WRITE);
	assert_int_equal(plan.step[1].addr.page, 0x12);
	assert_int_equal(plan.step[1].addr.byte, 140);
	assert_int_equal(plan.step[1].n, 2);
	assert_memory_equal(plan.step[1].data, "\x00\x06", 2);
	assert_int_equal(run(&e), LW_CONTROL_DONE);
	assert_memory_equal(page_12h(140), "\x00\x06", 2);
	assert_memory_equal(page_12h(138), "\x00\x00", 2);
	assert_true(fabs(lw_control_frequency_thz(&mem.image, &facts, 2) - 193.4) < 1e-6);
	/* again: it is there */
	assert_int_equal(make(&t, &e), 0);
	assert_int_equal(plan.n, 0);
}

static void channel_below_the_anchor_is_negative(void **state)
{
	struct lw_control_tune t = tune(1);
	struct lw_error e;

	(void)state;
	t.channel = -35;
	assert_int_equal(make(&t, &e), 0);
	assert_int_equal(run(&e), LW_CONTROL_DONE);
	assert_memory_equal(page_12h(136), "\xff\xdd", 2);
	assert_true(fabs(lw_control_frequency_thz(&mem.image, &facts, 0) - 191.35) < 1e-6);
}

static void another_grid_is_written_before_its_channel(void **state)
{
	struct lw_control_tune t = tune(1);
	struct lw_error e;

	(void)state;
	t.grid_ghz = 75;
	assert_int_equal(make(&t, &e), LW_EINVAL); /* a channel of which grid? */
	t.frequency_thz = 193.175;                 /* n = 3 in steps of 25 GHz */
	assert_int_equal(make(&t, &e), 0);
	assert_int_equal(plan.step[1].addr.byte, 128);
	assert_int_equal(plan.step[1].data[0], 0x70);
	assert_int_equal(plan.step[2].addr.byte, 136);
	assert_memory_equal(plan.step[2].data, "\x00\x03", 2);
	assert_int_equal(run(&e), LW_CONTROL_DONE);
	t.frequency_thz = (double)NAN;
	t.channel = 4; /* no multiple of 3 */
	assert_int_equal(make(&t, &e), LW_EINVAL);
	assert_non_null(strstr(e.message, "multiples of 3"));
}

static void what_the_module_does_not_advertise_is_refused(void **state)
{
	struct lw_error e;

	(void)state;
	for (unsigned i = 0; i < 8; i++) {
		struct lw_control_tune t = tune(i == 7 ? 1u << 9 : 1);

		switch (i) {
		case 0:
			t.grid_ghz = 100;
			t.channel = 0;
			break;
		case 1:
			t.channel = 61;
			break;
		case 2:
			t.frequency_thz = 190.0;
			break;
		case 3:
			t.frequency_thz = 193.41;
			break;
		case 4:
			t.fine_ghz = 6.1;
			break;
		case 5:
			t.fine_ghz = 0.05;
			break;
		case 6:
			t.power_dbm = 1.5;
			break;
		default:
			t.channel = 1;
			break;
		}
		e.message[0] = '\0';
		assert_true(make(&t, &e) < 0);
		assert_true(strlen(e.message) > 20);
		assert_int_equal(plan.n, 0);
	}
	put(LW_CMIS_TRANSMITTER_IS_TUNABLE, 0, 0);
	assert_int_equal(make(&(struct lw_control_tune){.lanes = 1,
							.channel = 1,
							.grid_ghz = (double)NAN,
							.frequency_thz = (double)NAN,
							.fine_ghz = (double)NAN,
							.power_dbm = (double)NAN},
			      &e),
			 LW_ENOTSUP);
}

static void fine_tuning_and_power_write_their_registers(void **state)
{
	struct lw_control_tune t = tune(1);
	struct lw_error e;

	(void)state;
	t.fine_ghz = -2.5;
	t.power_dbm = -3.25;
	assert_int_equal(make(&t, &e), 0);
	assert_int_equal(run(&e), LW_CONTROL_DONE);
	assert_int_equal(*page_12h(128), 0x41);            /* 50 GHz, fine tuning on */
	assert_memory_equal(page_12h(152), "\xf6\x3c", 2); /* -2500 MHz */
	assert_memory_equal(page_12h(200), "\xfe\xbb", 2); /* -325 */
	assert_true(fabs(lw_control_frequency_thz(&mem.image, &facts, 0) - 193.0975) < 1e-6);
	t = tune(1);
	t.fine_ghz = 0;
	assert_int_equal(make(&t, &e), 0);
	assert_int_equal(run(&e), LW_CONTROL_DONE);
	assert_int_equal(*page_12h(128), 0x40);
}

static void a_laser_that_does_not_move_is_late(void **state)
{
	struct lw_control_tune t = tune(1);
	struct lw_error e;

	(void)state;
	stubborn = true;
	t.channel = 5;
	assert_int_equal(make(&t, &e), 0);
	assert_int_equal(run(&e), LW_CONTROL_LATE);
	assert_non_null(strstr(e.message, "current_laser_frequency_tx"));
}

static void a_flag_of_refusal_is_told(void **state)
{
	static const struct {
		unsigned bit;
		const char *name;
	} cases[] = {{3, "tuning_not_accepted"},
		     {2, "invalid_channel"},
		     {4, "fine_tuning_out"},
		     {5, "target_output_power"}};
	struct lw_control_tune t = tune(1);
	struct lw_error e;

	(void)state;
	for (int i = 0; i < 4; i++) {
		flags = 1u << cases[i].bit;
		t.channel = i + 1;
		assert_int_equal(make(&t, &e), 0);
		assert_int_equal(run(&e), LW_CONTROL_REFUSED);
		assert_non_null(strstr(e.message, cases[i].name));
	}
}

/* SFF-8690: first 191.3 THz, last 196.1 THz, grid 50 GHz: channels 1 to 97. */
static void setup_sfp(void)
{
	struct lw_view v;

	memory_bus_init(&mem);
	assert_int_equal(lw_image_make(lw_part_find("SFP+-10G-LR"), NULL, &mem.image, NULL), 0);
	put(LW_SFF8472_TUNABLE, 0, 1);
	put(LW_SFF8472_PAGING_SUPPORTED, 0, 1);
	put(LW_SFF8472_TUNABLE_BY_CHANNEL, 0, 1);
	put(LW_SFF8472_LASER_FIRST_FREQ_THZ, 0, 191);
	put(LW_SFF8472_LASER_FIRST_FREQ_GHZ, 0, 3000);
	put(LW_SFF8472_LASER_LAST_FREQ_THZ, 0, 196);
	put(LW_SFF8472_LASER_LAST_FREQ_GHZ, 0, 1000);
	put(LW_SFF8472_MIN_GRID_SPACING, 0, 500);
	put(LW_SFF8472_CHANNEL_NUMBER, 0, 1);
	lw_image_view(&mem.image, &v);
	lw_facts_decode(&v, &facts);
}

static void sff8690_tunes_by_channel_within_its_range(void **state)
{
	struct lw_control_tune t = tune(1);
	struct lw_error e;

	(void)state;
	setup_sfp();
	t.frequency_thz = 193.1; /* 1 + 1800 / 50 = 37 */
	assert_int_equal(make(&t, &e), 0);
	assert_int_equal(plan.step[1].addr.i2c, 0x51);
	assert_int_equal(plan.step[1].addr.page, 2);
	assert_int_equal(plan.step[1].addr.byte, 144);
	assert_memory_equal(plan.step[1].data, "\x00\x25", 2);
	assert_int_equal(run(&e), LW_CONTROL_DONE);
	assert_true(fabs(lw_control_frequency_thz(&mem.image, &facts, 0) - 193.1) < 1e-6);
	t = tune(1);
	t.channel = 97;
	assert_int_equal(make(&t, &e), 0);
	t.channel = 98;
	assert_int_equal(make(&t, &e), LW_ENOTSUP);
	t.channel = 0;
	assert_int_equal(make(&t, &e), LW_ENOTSUP);
	t = tune(1);
	t.frequency_thz = 193.11;
	assert_int_equal(make(&t, &e), LW_EINVAL);
	t = tune(1);
	t.channel = 3;
	t.fine_ghz = 1;
	assert_int_equal(make(&t, &e), LW_ENOTSUP);
}

static void sff8690_tunes_by_wavelength_if_that_is_all(void **state)
{
	struct lw_control_tune t = tune(1);
	struct lw_error e;

	(void)state;
	setup_sfp();
	put(LW_SFF8472_TUNABLE_BY_CHANNEL, 0, 0);
	put(LW_SFF8472_TUNABLE_BY_WAVELENGTH, 0, 1);
	t.channel = 3;
	assert_int_equal(make(&t, &e), LW_ENOTSUP);
	t = tune(1);
	t.frequency_thz = 192.6; /* 1556.555 nm: 799Bh, the example of the document */
	assert_int_equal(make(&t, &e), 0);
	assert_int_equal(plan.step[1].addr.byte, 146);
	assert_memory_equal(plan.step[1].data, "\x79\x9b", 2);
}

static void power_of_sff_modules_is_by_class_and_level(void **state)
{
	struct lw_error e;
	struct lw_view v;

	(void)state;
	setup_sfp();
	put(LW_SFF8472_POWER_LEVEL_2, 0, 0);
	put(LW_SFF8472_POWER_LEVEL_3, 0, 0);
	assert_int_equal(lw_control_plan_power(&mem.image, &facts, true, &plan, &e), LW_ENOTSUP);
	put(LW_SFF8472_POWER_LEVEL_4, 0, 1);
	assert_int_equal(lw_control_plan_power(&mem.image, &facts, true, &plan, &e), 0);
	assert_int_equal(plan.step[0].addr.i2c, 0x51);
	assert_int_equal(plan.step[0].addr.byte, 118);
	assert_int_equal(plan.step[0].data[0] & 0x05, 0x05);
	memory_bus_init(&mem);
	assert_int_equal(lw_image_make(lw_part_find("QSFP28-100G-LR4"), NULL, &mem.image, NULL), 0);
	lw_image_view(&mem.image, &v);
	lw_facts_decode(&v, &facts);
	for (int class = 4; class <= 8; class ++) {
		static const uint8_t high[] = {0x01, 0x05, 0x05, 0x05, 0x0d};

		facts.power_class = class;
		assert_int_equal(lw_control_plan_power(&mem.image, &facts, true, &plan, &e), 0);
		assert_int_equal(plan.step[0].addr.byte, 93);
		assert_int_equal(plan.step[0].data[0], high[class - 4]);
		assert_int_equal(lw_control_plan_power(&mem.image, &facts, false, &plan, &e), 0);
		assert_int_equal(plan.step[0].data[0], 0x03);
	}
}

static void plan_everything(unsigned *ret_steps)
{
	static const double numbers[] = {0, 50, 75, 193.4, -2.5, 1e30, -1e30};
	const struct lw_control_setting *s;
	struct lw_control_tune t = tune(0xffffffff >> (unsigned)rand() % 32);
	uint32_t lanes = (uint32_t)rand();

	for (size_t i = 0; (s = lw_control_setting_at(mem.image.map, i)); i++) {
		struct lw_control_want want = {s, lanes >> (unsigned)rand() % 32, rand() % 20 - 2};
		char text[64];

		(void)lw_control_value(s, &mem.image, (unsigned)rand() % 40);
		lw_control_value_text(s, want.raw, text, sizeof(text));
		if (!lw_control_plan_set(&mem.image, &facts, &want, 1, rand() % 2, &plan, NULL))
			*ret_steps += plan.n;
	}
	for (unsigned apsel = 0; apsel < 17; apsel++)
		if (!lw_control_plan_app(&mem.image, &facts, apsel, apsel % 3 ? lanes : 0, &plan,
					 NULL))
			*ret_steps += plan.n;
	for (int i = 0; i < 2; i++) {
		(void)lw_control_plan_paths(&mem.image, &facts, lanes, i, &plan, NULL);
		(void)lw_control_plan_power(&mem.image, &facts, i, &plan, NULL);
	}
	(void)lw_control_plan_reset(&mem.image, &facts, &plan, NULL);
	for (unsigned k = 0; k < 20; k++) {
		t.channel = k % 2 ? LW_NONE : rand() % 65536 - 32768;
		t.grid_ghz = numbers[(unsigned)rand() % 7];
		t.frequency_thz = k % 2 ? numbers[(unsigned)rand() % 7] : (double)NAN;
		t.fine_ghz = k % 3 ? (double)NAN : numbers[(unsigned)rand() % 7];
		t.power_dbm = k % 5 ? (double)NAN : numbers[(unsigned)rand() % 7];
		if (!make(&t, NULL))
			*ret_steps += plan.n;
	}
	for (unsigned i = 0; i < plan.n; i++) {
		struct lw_buf text = LW_BUF_INIT;

		lw_control_step_text(&plan.step[i], &text);
		assert_true(text.len > 5);
		lw_buf_finish(&text);
	}
}

/* Whatever a memory holds: plans or refusals, and nothing that a sanitizer would mind. */
static void random_memories_give_plans_or_refusals(void **state)
{
	static const enum lw_map_id maps[] = {LW_MAP_CMIS, LW_MAP_SFF8636, LW_MAP_SFF8472};
	unsigned steps = 0;

	(void)state;
	srand(7);
	for (int i = 0; i < 600; i++) {
		uint8_t *p = &mem.image.slot[0][0][0];
		struct lw_view v;

		memory_bus_init(&mem);
		for (size_t k = 0; k < sizeof(mem.image.slot); k++)
			p[k] = (uint8_t)(rand() >> 8);
		memset(mem.image.present, i % 4 ? 1 : 0, sizeof(mem.image.present));
		mem.image.map = maps[i % 3];
		for (unsigned slot = 0; slot < LW_SLOTS_MAX; slot++)
			if (rand() % 2)
				mem.image.present[0][slot] = 1;
		lw_image_view(&mem.image, &v);
		lw_facts_decode(&v, &facts);
		plan_everything(&steps);
	}
	assert_true(steps > 1000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(channel_on_the_present_grid_writes_two_bytes_at_once, setup),
		cmocka_unit_test_setup(channel_below_the_anchor_is_negative, setup),
		cmocka_unit_test_setup(another_grid_is_written_before_its_channel, setup),
		cmocka_unit_test_setup(what_the_module_does_not_advertise_is_refused, setup),
		cmocka_unit_test_setup(fine_tuning_and_power_write_their_registers, setup),
		cmocka_unit_test_setup(a_laser_that_does_not_move_is_late, setup),
		cmocka_unit_test_setup(a_flag_of_refusal_is_told, setup),
		cmocka_unit_test(sff8690_tunes_by_channel_within_its_range),
		cmocka_unit_test(sff8690_tunes_by_wavelength_if_that_is_all),
		cmocka_unit_test(power_of_sff_modules_is_by_class_and_level),
		cmocka_unit_test(random_memories_give_plans_or_refusals),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
