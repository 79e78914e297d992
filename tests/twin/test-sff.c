/* SPDX-License-Identifier: Apache-2.0 */
#include "support.h"

/* SFF-8636 and SFF-8472 twins. */

#define NRZ_25G 25781250u
enum { LOWER = -1 };

static struct lw_image image;

struct pair {
	struct lw_world *w;
	struct lw_twin *a, *b;
};

static const struct lw_part *qsfp_part(void)
{
	static struct lw_part part = {
		.name = "QSFP", .doc = "", .map = LW_MAP_SFF8636, .receptacles = 1, .power_w = 3.5};

	part.form = lw_form_find("QSFP28");
	part.pmd = lw_pmd_find("100GBASE-SR4");
	assert_non_null(part.form);
	assert_non_null(part.pmd);
	return &part;
}

static const struct lw_part *sfp_part(void)
{
	static struct lw_part part = {
		.name = "SFP", .doc = "", .map = LW_MAP_SFF8472, .receptacles = 1, .power_w = 1};

	part.form = lw_form_find("SFP28");
	part.pmd = lw_pmd_find("25GBASE-SR");
	assert_non_null(part.form);
	assert_non_null(part.pmd);
	return &part;
}

static void qsfp_image(void)
{
	static const uint16_t yes[] = {
		LW_SFF8636_TX_DISABLE_SUPPORTED, LW_SFF8636_TX_LOS_SUPPORTED,
		LW_SFF8636_TX_FAULT_SUPPORTED,   LW_SFF8636_RX_CDR_LOL_SUPPORTED,
		LW_SFF8636_TX_POWER_SUPPORTED,   LW_SFF8636_TX_SQUELCH_SUPPORTED,
		LW_SFF8636_SW_RESET_SUPPORTED};

	memset(&image, 0, sizeof(image));
	image.map = LW_MAP_SFF8636;
	image_put(&image, LW_SFF8636_IDENTIFIER, 0, 0x11);
	image_put(&image, LW_SFF8636_TEMP_HIGH_ALARM, 0, 75 * 256);
	image_put(&image, LW_SFF8636_TEMP_HIGH_WARNING, 0, 70 * 256);
	for (size_t i = 0; i < sizeof(yes) / sizeof(yes[0]); i++)
		image_put(&image, yes[i], 0, 1);
}

static void sfp_image(void)
{
	static const uint16_t yes[] = {
		LW_SFF8472_DDM_IMPLEMENTED, LW_SFF8472_SOFT_TX_DISABLE_SUPPORTED,
		LW_SFF8472_SOFT_RX_LOS_SUPPORTED, LW_SFF8472_SOFT_TX_FAULT_SUPPORTED,
		LW_SFF8472_ALARM_FLAGS_SUPPORTED};

	memset(&image, 0, sizeof(image));
	image.map = LW_MAP_SFF8472;
	image_put(&image, LW_SFF8472_TEMP_HIGH_ALARM, 0, 75 * 256);
	image_put(&image, LW_SFF8472_TEMP_LOW_ALARM, 0, -5 * 256);
	image_put(&image, LW_SFF8472_TEMP_HIGH_WARNING, 0, 70 * 256);
	for (size_t i = 0; i < sizeof(yes) / sizeof(yes[0]); i++)
		image_put(&image, yes[i], 0, 1);
}

static struct pair p;

static int setup_qsfp(void **state)
{
	qsfp_image();
	assert_int_equal(lw_world_create(1, &p.w, NULL), 0);
	p.a = plug(p.w, "a", qsfp_part(), &image, false);
	p.b = plug(p.w, "b", qsfp_part(), &image, false);
	join_all(p.w, p.a, p.b, 4, LW_MMF, 1);
	drive_all(p.a, 4, NRZ_25G, LW_NRZ);
	drive_all(p.b, 4, NRZ_25G, LW_NRZ);
	*state = &p;
	return 0;
}

static int setup_sfp(void **state)
{
	sfp_image();
	assert_int_equal(lw_world_create(1, &p.w, NULL), 0);
	p.a = plug(p.w, "a", sfp_part(), &image, false);
	p.b = plug(p.w, "b", sfp_part(), &image, false);
	join_all(p.w, p.a, p.b, 1, LW_MMF, 1);
	drive_all(p.a, 1, NRZ_25G, LW_NRZ);
	drive_all(p.b, 1, NRZ_25G, LW_NRZ);
	*state = &p;
	return 0;
}

static int teardown(void **state)
{
	lw_world_destroy(((struct pair *)*state)->w);
	return 0;
}

static uint8_t receiving(const struct lw_twin *t)
{
	struct lw_signal s;
	uint8_t mask = 0;

	for (unsigned i = 0; i < 4; i++)
		if (lw_twin_receive(t, i, &s))
			mask |= (uint8_t)(1u << i);
	return mask;
}

static uint8_t flag_now(struct lw_twin *t, unsigned byte)
{
	get_byte(t, LOWER, byte);
	pass(p.w, 10);
	return get_byte(t, LOWER, byte);
}

static void sff8636_power_up_is_silent_then_not_ready_then_ready(void **state)
{
	struct lw_addr a = {.i2c = 0x50, .byte = 2};
	uint8_t v;

	(void)state;
	assert_int_equal(lw_bus_read(lw_twin_bus(p.a), a, &v, 1, NULL), LW_ENACK);
	pass(p.w, 500);
	assert_int_equal(get_byte(p.a, LOWER, 2) & 1, 1);
	pass(p.w, 1500);
	assert_true(lw_twin_interrupt(p.a));
	assert_int_equal(get_byte(p.a, LOWER, 2) & 3, 0);
	assert_int_equal(receiving(p.a), 0x0f);
	assert_int_equal(flag_now(p.a, 3), 0);
	assert_int_equal(flag_now(p.a, 5), 0);
	assert_false(lw_twin_interrupt(p.a));
	assert_int_equal(get_byte(p.a, LOWER, 2) & 3, 2);
}

static void sff8636_interrupt_tells_of_ready_until_it_is_read(void **state)
{
	(void)state;
	pass(p.w, 500);
	for (unsigned i = 100; i <= 104; i++)
		put_byte(p.a, LOWER, i, 0xff);
	assert_false(lw_twin_interrupt(p.a));
	pass(p.w, 2500);
	assert_true(lw_twin_interrupt(p.a));
	assert_int_equal(get_byte(p.a, LOWER, 2) & 3, 0);
	assert_false(lw_twin_interrupt(p.a));
	assert_int_equal(get_byte(p.a, LOWER, 2) & 3, 2);
}

static void sff8636_low_power_follows_pin_and_byte_93(void **state)
{
	/* byte 93, pin, is it in low power: SFF-8679 truth table */
	static const uint8_t table[][3] = {{0, 1, 1}, {0, 0, 0}, {3, 0, 1},
					   {3, 1, 1}, {1, 1, 0}, {1, 0, 0}};

	(void)state;
	pass(p.w, 3000);
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		put_byte(p.a, LOWER, 93, table[i][0]);
		lw_twin_pin_lpmode(p.a, table[i][1]);
		pass(p.w, 1000);
		assert_int_equal(receiving(p.b), table[i][2] ? 0 : 0x0f);
		assert_int_equal(get_byte(p.a, LOWER, 50) != 0, !table[i][2]);
	}
}

static void sff8636_high_class_needs_its_enable(void **state)
{
	struct lw_twin *t;

	(void)state;
	image_put(&image, LW_SFF8636_POWER_CLASS_5_7, 0, 1);
	t = plug(p.w, "c", qsfp_part(), &image, false);
	drive_all(t, 4, NRZ_25G, LW_NRZ);
	pass(p.w, 5000);
	assert_int_equal(get_byte(t, LOWER, 42), 0);
	put_byte(t, LOWER, 93, 0x04);
	pass(p.w, 1000);
	assert_int_equal(get_byte(t, LOWER, 42) != 0, 1);
}

static void sff8636_lanes_are_disabled_and_fail_apart(void **state)
{
	(void)state;
	pass(p.w, 3000);
	flag_now(p.b, 3);
	put_byte(p.a, LOWER, 86, 0x02);
	pass(p.w, 300);
	assert_int_equal(get_byte(p.b, LOWER, 3), 0x02);
	assert_int_equal(receiving(p.b), 0x0d);
	assert_int_equal(receiving(p.a), 0x0f);
	put_byte(p.a, LOWER, 86, 0x00);
	pass(p.w, 600);
	assert_int_equal(receiving(p.b), 0x0f);
	lw_twin_fault(p.a, LW_FAULT_DARK, 0x08, true);
	assert_int_equal(get_byte(p.a, LOWER, 4), 0x08);
	pass(p.w, 300);
	assert_int_equal(flag_now(p.b, 3), 0x08);
	lw_twin_fault(p.a, LW_FAULT_DARK, 0x08, false);
	lw_twin_drive(p.a, 0, NULL);
	pass(p.w, 300);
	assert_int_equal(flag_now(p.a, 3), 0x10);
	pass(p.w, 300);
	assert_int_equal(flag_now(p.b, 3), 0x01);
}

static void sff8636_software_reset_restores_defaults(void **state)
{
	struct lw_addr a = {.i2c = 0x50, .byte = 2};
	uint8_t v;

	(void)state;
	pass(p.w, 3000);
	put_byte(p.a, LOWER, 86, 0x0f);
	put_byte(p.a, LOWER, 93, 0x80);
	assert_int_equal(lw_bus_read(lw_twin_bus(p.a), a, &v, 1, NULL), LW_ENACK);
	pass(p.w, 3000);
	assert_int_equal(get_byte(p.a, LOWER, 86), 0);
	assert_int_equal(receiving(p.b), 0x0f);
	lw_twin_pin_reset(p.a, true);
	pass(p.w, 10000);
	assert_int_equal(lw_bus_read(lw_twin_bus(p.a), a, &v, 1, NULL), LW_ENACK);
	lw_twin_pin_reset(p.a, false);
	pass(p.w, 3000);
	assert_int_equal(receiving(p.b), 0x0f);
}

static void sff8636_hot_module_raises_temperature_flags(void **state)
{
	(void)state;
	pass(p.w, 3000);
	assert_int_equal(flag_now(p.a, 6) & 0xf0, 0);
	lw_twin_fault(p.a, LW_FAULT_HOT, 0, true);
	assert_int_equal(get_byte(p.a, LOWER, 6) & 0xf0, 0xa0);
	assert_true(get_field(p.a, LW_MAP_SFF8636, LW_SFF8636_TEMPERATURE, 0) > 75 * 256);
}

static uint8_t a2(struct lw_twin *t, unsigned byte)
{
	struct lw_addr a = {.i2c = 0x51, .byte = (uint8_t)byte};
	uint8_t v;

	assert_int_equal(lw_bus_read(lw_twin_bus(t), a, &v, 1, NULL), 0);
	return v;
}

static void put_a2(struct lw_twin *t, unsigned byte, uint8_t v)
{
	struct lw_addr a = {.i2c = 0x51, .byte = (uint8_t)byte};

	assert_int_equal(lw_bus_write(lw_twin_bus(t), a, &v, 1, NULL), 0);
}

static void sff8472_comes_up_without_a_host(void **state)
{
	struct lw_signal s;

	(void)state;
	pass(p.w, 300);
	assert_int_equal(a2(p.a, 110) & 1, 1);
	pass(p.w, 1000);
	assert_int_equal(a2(p.a, 110), 0);
	assert_true(lw_twin_receive(p.a, 0, &s));
	assert_ptr_equal(s.from, p.b);
	assert_true(get_field(p.a, LW_MAP_SFF8472, LW_SFF8472_RX_POWER, 0) > 0);
	assert_true(get_field(p.a, LW_MAP_SFF8472, LW_SFF8472_TX_BIAS, 0) > 0);
	assert_false(lw_twin_interrupt(p.a));
}

static void sff8472_soft_disable_darkens_the_far_end(void **state)
{
	struct lw_signal s;

	(void)state;
	pass(p.w, 2000);
	put_a2(p.a, 110, 0xff); /* only the advertised soft bits are kept */
	pass(p.w, 300);
	assert_int_equal(a2(p.a, 110), 0x40);
	assert_int_equal(a2(p.b, 110), 0x02);
	assert_false(lw_twin_receive(p.b, 0, &s));
	assert_true(lw_twin_receive(p.a, 0, &s));
	put_a2(p.a, 110, 0);
	pass(p.w, 400);
	assert_int_equal(a2(p.b, 110), 0);
}

static void sff8472_faults_show_as_states(void **state)
{
	(void)state;
	pass(p.w, 2000);
	assert_int_equal(a2(p.a, 112), 0);
	lw_twin_fault(p.a, LW_FAULT_HOT, 0, true);
	assert_int_equal(a2(p.a, 112), 0x80);
	assert_int_equal(a2(p.a, 116), 0x80);
	lw_twin_fault(p.a, LW_FAULT_HOT, 0, false);
	assert_int_equal(a2(p.a, 112), 0);
	lw_twin_fault(p.a, LW_FAULT_DARK, 1, true);
	assert_int_equal(a2(p.a, 110), 0x04);
}

static void sff8472_pins_act_if_the_module_has_them(void **state)
{
	struct lw_signal s;
	struct lw_twin *t;

	(void)state;
	pass(p.w, 2000);
	lw_twin_pin_tx_disable(p.a, true); /* not advertised by this one */
	pass(p.w, 300);
	assert_int_equal(a2(p.a, 110), 0);
	assert_true(lw_twin_receive(p.b, 0, &s));
	image_put(&image, LW_SFF8472_TX_DISABLE_SUPPORTED, 0, 1);
	image_put(&image, LW_SFF8472_RATE_SELECT_SUPPORTED, 0, 1);
	t = plug(p.w, "c", sfp_part(), &image, false);
	join_all(p.w, t, p.b, 1, LW_MMF, 1);
	drive_all(t, 1, NRZ_25G, LW_NRZ);
	pass(p.w, 2000);
	assert_true(lw_twin_receive(p.b, 0, &s));
	/* Its receiver is slow until RS0 says otherwise. */
	assert_false(lw_twin_receive(t, 0, &s));
	lw_twin_pin_rate(t, true, false);
	pass(p.w, 300);
	assert_true(lw_twin_receive(t, 0, &s));
	assert_int_equal(a2(t, 110) & 0x30, 0x10);
	lw_twin_pin_tx_disable(t, true);
	pass(p.w, 300);
	assert_int_equal(a2(t, 110) & 0x80, 0x80);
	assert_false(lw_twin_receive(p.b, 0, &s));
	lw_twin_pin_tx_disable(t, false);
	pass(p.w, 300);
	assert_true(lw_twin_receive(p.b, 0, &s));
}

static void sff8636_bypassed_retimer_has_no_lock_to_lose(void **state)
{
	struct lw_twin *t;

	(void)state;
	image_put(&image, LW_SFF8636_RX_CDR_CONTROL_SUPPORTED, 0, 1);
	t = plug(p.w, "c", qsfp_part(), &image, false);
	pass(p.w, 3000);
	assert_int_equal(get_byte(t, LOWER, 98), 0x0f);
	flag_now(t, 5);
	pass(p.w, 100);
	assert_int_equal(get_byte(t, LOWER, 5), 0x0f);
	put_byte(t, LOWER, 98, 0x0e);
	flag_now(t, 5);
	pass(p.w, 100);
	assert_int_equal(get_byte(t, LOWER, 5), 0x0e);
}

static void replug(struct lw_twin *t)
{
	lw_twin_fault(t, LW_FAULT_UNPLUG, 0, true);
	lw_twin_fault(t, LW_FAULT_UNPLUG, 0, false);
	pass(p.w, 3000);
}

static void sff8636_user_memory_lasts_and_controls_do_not(void **state)
{
	(void)state;
	image_put(&image, LW_SFF8636_PAGE_02H_PRESENT, 0, 1);
	image.present[0][LW_SFF8636_SLOT_02H] = 1;
	p.a = plug(p.w, "c", qsfp_part(), &image, false);
	pass(p.w, 3000);
	put_byte(p.a, 2, 200, 0x77);
	put_byte(p.a, LOWER, 86, 0x05);
	replug(p.a);
	assert_int_equal(get_byte(p.a, 2, 200), 0x77);
	assert_int_equal(get_byte(p.a, LOWER, 86), 0x00);
}

static void sff8472_user_memory_lasts_and_controls_do_not(void **state)
{
	const struct lw_addr user = {0x51, 0, 0, 200}, soft = {0x51, 0, 0, 110};
	uint8_t v = 0x77;

	(void)state;
	image.present[0][LW_SFF8472_SLOT_A2_00] = 1;
	p.a = plug(p.w, "c", sfp_part(), &image, false);
	pass(p.w, 3000);
	assert_int_equal(lw_bus_write(lw_twin_bus(p.a), user, &v, 1, NULL), 0);
	v = 0x40;
	assert_int_equal(lw_bus_write(lw_twin_bus(p.a), soft, &v, 1, NULL), 0);
	replug(p.a);
	assert_int_equal(lw_bus_read(lw_twin_bus(p.a), user, &v, 1, NULL), 0);
	assert_int_equal(v, 0x77);
	assert_int_equal(lw_bus_read(lw_twin_bus(p.a), soft, &v, 1, NULL), 0);
	assert_int_equal(v & 0x40, 0);
}

#define QSFP(f) cmocka_unit_test_setup_teardown(f, setup_qsfp, teardown)
#define SFP(f)  cmocka_unit_test_setup_teardown(f, setup_sfp, teardown)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		QSFP(sff8636_power_up_is_silent_then_not_ready_then_ready),
		QSFP(sff8636_interrupt_tells_of_ready_until_it_is_read),
		QSFP(sff8636_low_power_follows_pin_and_byte_93),
		QSFP(sff8636_high_class_needs_its_enable),
		QSFP(sff8636_lanes_are_disabled_and_fail_apart),
		QSFP(sff8636_software_reset_restores_defaults),
		QSFP(sff8636_hot_module_raises_temperature_flags),
		QSFP(sff8636_bypassed_retimer_has_no_lock_to_lose),
		QSFP(sff8636_user_memory_lasts_and_controls_do_not),
		SFP(sff8472_user_memory_lasts_and_controls_do_not),
		SFP(sff8472_comes_up_without_a_host),
		SFP(sff8472_soft_disable_darkens_the_far_end),
		SFP(sff8472_faults_show_as_states),
		SFP(sff8472_pins_act_if_the_module_has_them),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
