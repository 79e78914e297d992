/* SPDX-License-Identifier: Apache-2.0 */
#include "support.h"

/* Modules of more than eight lanes: their banks, and that a lane is the same wherever it stands. */

enum { LOWER = -1, P10 = 0x10, P11 = 0x11, P13 = 0x13, P14 = 0x14, P2F = 0x2f, LANES = 16 };

static struct lw_image image;

struct pair {
	struct lw_world *w;
	struct lw_twin *a, *b;
};

/* A catalogued optic with twice its lanes. */
static const struct lw_part *wide_part(void)
{
	static struct lw_part part;

	assert_non_null(lw_part_find("OSFP-800G-DR8"));
	part = *lw_part_find("OSFP-800G-DR8");
	part.form = lw_form_find("OSFP-XD");
	assert_non_null(part.form);
	assert_int_equal(part.form->lanes, LANES);
	return &part;
}

static int setup(void **state)
{
	static struct pair p;
	const struct lw_part *part = wide_part();

	assert_int_equal(lw_image_make(part, NULL, &image, NULL), 0);
	assert_int_equal(lw_world_create(1, &p.w, NULL), 0);
	p.a = plug(p.w, "a", part, &image, false);
	p.b = plug(p.w, "b", part, &image, false);
	join_all(p.w, p.a, p.b, LANES, LW_SMF, 2);
	drive_all(p.a, LANES, 53125000, LW_PAM4);
	drive_all(p.b, LANES, 53125000, LW_PAM4);
	pass(p.w, 60000);
	*state = &p;
	return 0;
}

static int teardown(void **state)
{
	lw_world_destroy(((struct pair *)*state)->w);
	return 0;
}

static uint32_t receiving(const struct lw_twin *t)
{
	struct lw_signal s;
	uint32_t mask = 0;

	for (unsigned i = 0; i < 32; i++)
		if (lw_twin_receive(t, i, &s)) {
			assert_int_equal(s.from_lane, i);
			mask |= 1u << i;
		}
	return mask;
}

static int read_byte(struct lw_twin *t, unsigned bank, unsigned page, unsigned byte)
{
	struct lw_addr a = {
		.i2c = 0x50, .bank = (uint8_t)bank, .page = (uint8_t)page, .byte = (uint8_t)byte};
	uint8_t v;

	return lw_bus_read(lw_twin_bus(t), a, &v, 1, NULL);
}

static void bank_exists_as_advertised(void **state)
{
	struct pair *p = *state;

	assert_int_equal(get_field(p->a, LW_MAP_CMIS, LW_CMIS_BANKS_SUPPORTED, 0), 1);
	for (unsigned bank = 0; bank < 256; bank++) {
		assert_int_equal(read_byte(p->a, bank, 0x11, 128), bank < 2 ? 0 : LW_ENOPAGE);
		assert_int_equal(read_byte(p->a, bank, 0x24, 128), bank < 2 ? 0 : LW_ENOPAGE);
		assert_int_equal(read_byte(p->a, bank, 0x01, 128), 0);
		assert_int_equal(read_byte(p->a, bank, 0x00, 3), 0);
	}
}

static void bank_of_a_small_module_is_one(void **state)
{
	struct lw_twin *t;
	struct lw_world *w;

	(void)state;
	base_image(&image);
	assert_int_equal(lw_world_create(1, &w, NULL), 0);
	t = plug(w, "m", base_part(), &image, true);
	pass(w, 3000);
	assert_int_equal(read_byte(t, 0, 0x10, 128), 0);
	for (unsigned bank = 1; bank < 5; bank++)
		assert_int_equal(read_byte(t, bank, 0x10, 128), LW_ENOPAGE);
	lw_world_destroy(w);
}

static void bank_lanes_all_come_up(void **state)
{
	struct pair *p = *state;
	const struct lw_twin_event *e;
	uint32_t seen = 0;
	size_t n;

	assert_int_equal(receiving(p->a), 0xffff);
	assert_int_equal(receiving(p->b), 0xffff);
	for (int bank = 0; bank < 2; bank++) {
		for (unsigned i = 128; i < 132; i++)
			assert_int_equal(get_byte(p->a, IN_BANK(bank, P11), i), 0x44);
		assert_int_equal(get_byte(p->a, IN_BANK(bank, P11), 132), 0xff);
		assert_int_equal(get_byte(p->a, IN_BANK(bank, P11), 133), 0xff);
	}
	e = lw_twin_events(p->a, &n);
	for (; n--; e++)
		if (e->lane >= 0 && e->state == 4)
			seen |= 1u << e->lane;
	assert_int_equal(seen, 0xffff);
}

static void bank_controls_its_own_lanes(void **state)
{
	struct pair *p = *state;

	put_byte(p->a, IN_BANK(1, P10), 128, 0xff);
	pass(p->w, 60000);
	assert_int_equal(receiving(p->a), 0x00ff);
	assert_int_equal(receiving(p->b), 0x00ff);
	assert_int_equal(get_byte(p->a, IN_BANK(0, P11), 128), 0x44);
	assert_int_equal(get_byte(p->a, IN_BANK(1, P11), 128), 0x11);
	assert_int_equal(get_byte(p->a, P10, 128), 0);
	put_byte(p->a, IN_BANK(1, P10), 128, 0);
	put_byte(p->a, IN_BANK(0, P10), 130, 0x01);
	put_byte(p->a, IN_BANK(1, P10), 130, 0x80);
	pass(p->w, 60000);
	assert_int_equal(get_byte(p->a, IN_BANK(0, P11), 133), 0xfe);
	assert_int_equal(get_byte(p->a, IN_BANK(1, P11), 133), 0x7f);
}

static void bank_flags_and_their_summary_are_its_own(void **state)
{
	struct pair *p = *state;
	uint8_t b[128];

	get_bytes(p->a, IN_BANK(0, P11), 128, b, 128);
	get_bytes(p->a, IN_BANK(1, P11), 128, b, 128);
	get_bytes(p->a, LOWER, 0, b, 128);
	assert_false(lw_twin_interrupt(p->a));
	lw_twin_fault(p->b, LW_FAULT_DARK, 1u << 9, true);
	pass(p->w, 200);
	assert_true(lw_twin_interrupt(p->a));
	assert_int_equal(get_byte(p->a, LOWER, 4) & 1, 0);
	assert_int_equal(get_byte(p->a, LOWER, 5) & 1, 1);
	assert_int_equal(get_byte(p->a, IN_BANK(0, P11), 147), 0);
	assert_int_equal(get_byte(p->a, IN_BANK(1, P11), 147), 0x02);
	assert_int_equal(receiving(p->a) & 0x00ff, 0x00ff);
}

static void bank_loopback_turns_its_own_lanes_round(void **state)
{
	struct pair *p = *state;

	/* Host side input: what the host of a sends comes back to it. */
	put_byte(p->a, IN_BANK(1, P13), 183, 0x10);
	pass(p->w, 100);
	assert_int_equal(get_byte(p->a, IN_BANK(1, P13), 183), 0x10);
	assert_int_equal(get_byte(p->a, P13, 183), 0);
	for (unsigned i = 0; i < LANES; i++) {
		struct lw_signal s;

		assert_true(lw_twin_receive(p->a, i, &s));
		assert_ptr_equal(s.from, i == 12 ? p->a : p->b);
	}
}

static void bank_pattern_checkers_count_apart(void **state)
{
	struct pair *p = *state;
	uint8_t n[8];

	/* b sends, a checks, in bank 1 alone. */
	put_byte(p->b, IN_BANK(1, P13), 152, 0xff);
	put_byte(p->a, IN_BANK(1, P13), 168, 0xff);
	pass(p->w, 1000);
	put_byte(p->a, IN_BANK(1, P14), 128, 4);
	get_bytes(p->a, IN_BANK(1, P14), 200, n, sizeof(n));
	assert_true(n[0] | n[1] | n[2] | n[3] | n[4]);
	put_byte(p->a, P14, 128, 4);
	get_bytes(p->a, P14, 200, n, sizeof(n));
	for (unsigned i = 0; i < sizeof(n); i++)
		assert_int_equal(n[i], 0);
	assert_int_equal(get_byte(p->a, IN_BANK(1, P14), 139), 0);
	assert_int_equal(get_byte(p->a, P14, 139), 0);
}

static void bank_freeze_is_for_all(void **state)
{
	struct pair *p = *state;

	put_byte(p->a, IN_BANK(1, P2F), 144, 0x80);
	pass(p->w, 20);
	assert_int_equal(get_byte(p->a, IN_BANK(0, P2F), 144) & 0x80, 0x80);
	assert_int_equal(get_byte(p->a, IN_BANK(0, P2F), 145), 0x80);
	assert_int_equal(get_byte(p->a, IN_BANK(1, P2F), 145), 0x80);
}

static void bank_monitors_are_of_its_lanes(void **state)
{
	struct pair *p = *state;

	lw_twin_fault(p->a, LW_FAULT_DARK, 1u << 15, true);
	pass(p->w, 2000);
	for (unsigned i = 0; i < LANES; i++) {
		int64_t mw = get_field(p->a, LW_MAP_CMIS, LW_CMIS_OPTICAL_POWER_TX, i);

		assert_true(i == 15 ? mw == 0 : mw > 0);
	}
}

/* Four banks, as a base module that says so. */
static void bank_of_thirty_two_lanes_regroups(void **state)
{
	struct pair p;

	(void)state;
	base_image(&image);
	image_put(&image, LW_CMIS_BANKS_SUPPORTED, 0, 2);
	assert_int_equal(lw_world_create(1, &p.w, NULL), 0);
	p.a = plug(p.w, "a", base_part(), &image, false);
	drive_all(p.a, 32, 53125000, LW_PAM4);
	pass(p.w, 5000);
	for (int bank = 0; bank < 4; bank++)
		assert_int_equal(get_byte(p.a, IN_BANK(bank, P11), 128), 0x44);
	/* The last bank into two paths of four lanes. */
	put_byte(p.a, IN_BANK(3, P10), 128, 0xff);
	pass(p.w, 5000);
	for (unsigned i = 0; i < 8; i++)
		put_byte(p.a, IN_BANK(3, P10), 145 + i, i < 4 ? 0x20 : 0x28);
	put_byte(p.a, IN_BANK(3, P10), 143, 0xff);
	pass(p.w, 5000);
	put_byte(p.a, IN_BANK(3, P10), 128, 0xf0);
	pass(p.w, 5000);
	for (unsigned i = 0; i < 4; i++)
		assert_int_equal(get_byte(p.a, IN_BANK(3, P11), 202 + i), 0x11);
	assert_int_equal(get_byte(p.a, IN_BANK(3, P11), 128), 0x44);
	assert_int_equal(get_byte(p.a, IN_BANK(3, P11), 130), 0x11);
	assert_int_equal(get_byte(p.a, IN_BANK(2, P11), 130), 0x44);
	assert_int_equal(get_byte(p.a, IN_BANK(2, P11), 206), 0x10);
	lw_world_destroy(p.w);
}

#define PAIR(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		PAIR(bank_exists_as_advertised),
		cmocka_unit_test(bank_of_a_small_module_is_one),
		PAIR(bank_lanes_all_come_up),
		PAIR(bank_controls_its_own_lanes),
		PAIR(bank_flags_and_their_summary_are_its_own),
		PAIR(bank_loopback_turns_its_own_lanes_round),
		PAIR(bank_pattern_checkers_count_apart),
		PAIR(bank_freeze_is_for_all),
		PAIR(bank_monitors_are_of_its_lanes),
		cmocka_unit_test(bank_of_thirty_two_lanes_regroups),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
