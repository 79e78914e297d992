/* SPDX-License-Identifier: Apache-2.0 */
#include "support.h"

/* How a CMIS twin answers accesses; and the twins that are nothing but memory and wires. */

enum { LOWER = -1, P10 = 0x10, P11 = 0x11 };

static struct lw_image image;

struct bench {
	struct lw_world *w;
	struct lw_twin *t;
};

static int setup(void **state)
{
	static struct bench b;

	base_image(&image);
	assert_int_equal(lw_world_create(1, &b.w, NULL), 0);
	b.t = plug(b.w, "m", base_part(), &image, true);
	pass(b.w, 3000);
	*state = &b;
	return 0;
}

static int teardown(void **state)
{
	lw_world_destroy(((struct bench *)*state)->w);
	return 0;
}

static void access_masking_a_flag_removes_the_interrupt(void **state)
{
	struct bench *b = *state;

	/* S087 */
	assert_true(lw_twin_interrupt(b->t));
	assert_int_equal(get_byte(b->t, LOWER, 3), 0x02);
	put_byte(b->t, LOWER, 31, 0x01);
	assert_false(lw_twin_interrupt(b->t));
	assert_int_equal(get_byte(b->t, LOWER, 3), 0x03);
	put_byte(b->t, LOWER, 31, 0x00);
	assert_true(lw_twin_interrupt(b->t));
	assert_int_equal(get_byte(b->t, LOWER, 8), 0x01);
	assert_false(lw_twin_interrupt(b->t));
}

static void access_reading_a_flag_clears_it_until_it_is_set_again(void **state)
{
	struct bench *b = *state;

	/* S088: no light anywhere, so every media lane has lost its signal. */
	put_byte(b->t, P10, 128, 0xff);
	put_byte(b->t, LOWER, 26, 0x00);
	pass(b->w, 1000);
	get_byte(b->t, LOWER, 8);
	for (unsigned i = 134; i <= 153; i++)
		if (i != 147)
			get_byte(b->t, P11, i);
	assert_true(lw_twin_interrupt(b->t));
	assert_int_equal(get_byte(b->t, LOWER, 4), 0x01);
	assert_int_equal(get_byte(b->t, P11, 147), 0xff);
	lw_world_advance(b->w, lw_mono_add(lw_world_now(b->w), lw_us(500)));
	assert_false(lw_twin_interrupt(b->t));
	assert_int_equal(get_byte(b->t, LOWER, 4), 0x00);
	pass(b->w, 10);
	assert_true(lw_twin_interrupt(b->t));
	assert_int_equal(get_byte(b->t, P11, 147), 0xff);
}

static void access_long_reads_clear_every_flag_they_cover(void **state)
{
	struct bench *b = *state;
	uint8_t half[128];

	get_bytes(b->t, LOWER, 0, half, 128);
	assert_int_equal(half[8], 0x01);
	assert_int_equal(get_byte(b->t, LOWER, 8), 0);
}

static void access_missing_pages_and_banks_are_told(void **state)
{
	struct bench *b = *state;
	struct lw_addr a = {.i2c = 0x50, .page = 0xf7, .byte = 128};
	struct lw_error e;
	uint8_t v = 0x5a;

	/* S089 */
	assert_int_equal(lw_bus_read(lw_twin_bus(b->t), a, &v, 1, &e), LW_ENOPAGE);
	assert_int_equal(e.page, 0xf7);
	assert_int_equal(v, 0x5a);
	assert_int_equal(lw_bus_write(lw_twin_bus(b->t), a, &v, 1, &e), LW_ENOPAGE);
	a.page = 0x10;
	a.bank = 1;
	assert_int_equal(lw_bus_read(lw_twin_bus(b->t), a, &v, 1, &e), LW_ENOPAGE);
	a.page = 0; /* unbanked: the bank does not matter */
	assert_int_equal(lw_bus_read(lw_twin_bus(b->t), a, &v, 1, &e), 0);
	a.i2c = 0x51;
	assert_int_equal(lw_bus_read(lw_twin_bus(b->t), a, &v, 1, &e), LW_ENOPAGE);
}

static void access_page_select_reads_zero_and_keeps_nothing(void **state)
{
	struct bench *b = *state;

	put_byte(b->t, LOWER, 127, 0x11);
	put_byte(b->t, LOWER, 126, 0x01);
	assert_int_equal(get_byte(b->t, LOWER, 127), 0);
	assert_int_equal(get_byte(b->t, LOWER, 126), 0);
}

static void access_unadvertised_and_write_only_bits_are_not_kept(void **state)
{
	struct bench *b = *state;

	put_byte(b->t, P10, 131, 0xff); /* AutoSquelchDisableTx is not advertised */
	assert_int_equal(get_byte(b->t, P10, 131), 0);
	put_byte(b->t, P10, 130, 0xa5);
	assert_int_equal(get_byte(b->t, P10, 130), 0xa5);
	put_byte(b->t, P10, 143, 0x0f);
	assert_int_equal(get_byte(b->t, P10, 143), 0);
	put_byte(b->t, LOWER, 0, 0xff);
	assert_int_equal(get_byte(b->t, LOWER, 0), 0x19);
	put_byte(b->t, P11, 128, 0x44);
	assert_int_equal(get_byte(b->t, P11, 128), 0x11);
}

static void access_while_starting_is_not_acknowledged(void **state)
{
	struct bench *b = *state;
	struct lw_addr a = {.i2c = 0x50, .byte = 0};
	uint8_t v;

	put_byte(b->t, LOWER, 26, 0x48); /* software reset */
	assert_int_equal(lw_bus_read(lw_twin_bus(b->t), a, &v, 1, NULL), LW_ENACK);
	assert_false(lw_twin_interrupt(b->t));
	pass(b->w, 2000);
	assert_int_equal(lw_bus_read(lw_twin_bus(b->t), a, &v, 1, NULL), 0);
	assert_int_equal(get_byte(b->t, LOWER, 26), 0x40);
}

static void access_half_a_path_on_unused_lanes_is_refused(void **state)
{
	struct bench *b = *state;

	for (unsigned i = 0; i < 8; i++)
		put_byte(b->t, P10, 145 + i, i < 4 ? 0x20 : 0x00);
	put_byte(b->t, P10, 143, 0xff);
	pass(b->w, 100);
	assert_int_equal(get_byte(b->t, P11, 204), 0x11);
	for (unsigned i = 4; i < 8; i++)
		put_byte(b->t, P10, 145 + i, 0x28);
	put_byte(b->t, P10, 143, 0x30);
	pass(b->w, 100);
	assert_int_equal(get_byte(b->t, P11, 204), 0x77);
	assert_int_equal(get_byte(b->t, P11, 205), 0x11);
	assert_int_equal(get_byte(b->t, P11, 210), 0x00);
}

static void access_outputs_come_on_when_the_path_is_activated(void **state)
{
	struct bench *b = *state;
	struct lw_signal s = {.baud_kbd = 53125000, .modulation = LW_PAM4};

	for (unsigned i = 0; i < 8; i++)
		lw_twin_drive(b->t, i, &s);
	put_byte(b->t, P10, 130, 0xff);
	put_byte(b->t, LOWER, 26, 0x00);
	pass(b->w, 1000);
	assert_int_equal(get_byte(b->t, P11, 128), 0x77);
	put_byte(b->t, P10, 130, 0x00);
	assert_int_equal(get_byte(b->t, P11, 128), 0x55);
	assert_int_equal(get_byte(b->t, P11, 133), 0x00);
	pass(b->w, 100);
	assert_int_equal(get_byte(b->t, P11, 128), 0x44);
	assert_int_equal(get_byte(b->t, P11, 133), 0xff);
	put_byte(b->t, P10, 128, 0x01);
	assert_int_equal(get_byte(b->t, P11, 128), 0x66);
	assert_int_equal(get_byte(b->t, P11, 133), 0xff);
	pass(b->w, 100);
	assert_int_equal(get_byte(b->t, P11, 128), 0x11);
	assert_int_equal(get_byte(b->t, P11, 133), 0x00);
}

static const struct lw_part *wire_part(void)
{
	static struct lw_part part = {
		.name = "DAC", .doc = "", .map = LW_MAP_CMIS, .flat = true, .power_w = 0.1};

	part.form = lw_form_find("OSFP");
	return &part;
}

static void access_flat_memory_is_always_ready(void **state)
{
	struct bench *b = *state;
	struct lw_addr a = {.i2c = 0x50, .page = 0x11, .byte = 128};
	struct lw_twin *t;
	uint8_t v;

	/* S020 */
	base_image(&image);
	memset(&image.present[0][LW_CMIS_SLOT_01H], 0, LW_SLOTS_MAX - LW_CMIS_SLOT_01H);
	image_put(&image, LW_CMIS_MEMORY_MODEL, 0, 1);
	t = plug(b->w, "dac", wire_part(), &image, false);
	assert_int_equal(get_byte(t, LOWER, 3) >> 1 & 7, 3);
	assert_int_equal(lw_bus_read(lw_twin_bus(t), a, &v, 1, NULL), LW_ENOPAGE);
	put_byte(t, LOWER, 26, 0x08);
	pass(b->w, 100);
	assert_int_equal(get_byte(t, LOWER, 3) >> 1 & 7, 3);
	assert_false(lw_twin_interrupt(t));
}

static void access_passive_copper_carries_lanes_both_ways(void **state)
{
	struct bench *b = *state;
	struct lw_signal s = {.baud_kbd = 53125000, .modulation = LW_PAM4, .fec = "none"}, got;
	struct lw_join j = {.medium = LW_COPPER};
	struct lw_twin *x, *y, *z;

	base_image(&image);
	x = plug(b->w, "x", wire_part(), &image, false);
	y = plug(b->w, "y", wire_part(), &image, false);
	z = plug(b->w, "z", wire_part(), &image, false);
	for (unsigned i = 0; i < 4; i++) {
		assert_int_equal(lw_world_join(b->w, x, i, y, i, &j, NULL), 0);
		assert_int_equal(lw_world_join(b->w, x, i + 4, z, i, &j, NULL), 0);
	}
	assert_false(lw_twin_receive(y, 2, &got));
	lw_twin_drive(x, 2, &s);
	lw_twin_drive(x, 6, &s);
	lw_twin_drive(z, 1, &s);
	assert_true(lw_twin_receive(y, 2, &got));
	assert_ptr_equal(got.from, x);
	assert_int_equal(got.from_lane, 2);
	assert_true(lw_twin_receive(z, 2, &got));
	assert_int_equal(got.from_lane, 6);
	assert_true(lw_twin_receive(x, 5, &got));
	assert_ptr_equal(got.from, z);
	lw_twin_fault(x, LW_FAULT_CUT, 1u << 6, true);
	assert_false(lw_twin_receive(z, 2, &got));
	lw_twin_fault(y, LW_FAULT_UNPLUG, 0, true);
	assert_false(lw_twin_receive(y, 2, &got));
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		CASE(access_masking_a_flag_removes_the_interrupt),
		CASE(access_reading_a_flag_clears_it_until_it_is_set_again),
		CASE(access_long_reads_clear_every_flag_they_cover),
		CASE(access_missing_pages_and_banks_are_told),
		CASE(access_page_select_reads_zero_and_keeps_nothing),
		CASE(access_unadvertised_and_write_only_bits_are_not_kept),
		CASE(access_while_starting_is_not_acknowledged),
		CASE(access_half_a_path_on_unused_lanes_is_refused),
		CASE(access_outputs_come_on_when_the_path_is_activated),
		CASE(access_flat_memory_is_always_ready),
		CASE(access_passive_copper_carries_lanes_both_ways),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
