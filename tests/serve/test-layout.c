/* SPDX-License-Identifier: Apache-2.0 */
#include "layout.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
/* after the four headers that it needs */
#include <cmocka.h>

static void expect_at(const struct lw_layout *l, uint64_t off, struct lw_addr want, unsigned left)
{
	struct lw_addr a = {.i2c = 0xff};

	assert_int_equal(lw_layout_at(l, off, &a), left);
	assert_int_equal(a.i2c, want.i2c);
	assert_int_equal(a.bank, want.bank);
	assert_int_equal(a.page, want.page);
	assert_int_equal(a.byte, want.byte);
}

static void layout_one_bank_is_as_optoe_has_it(void **state)
{
	const struct lw_layout l = {LW_MAP_CMIS, 256, 1};

	(void)state;
	assert_int_equal(lw_layout_size(&l), 32896);
	expect_at(&l, 0, (struct lw_addr){0x50, 0, 0, 0}, 128);
	expect_at(&l, 127, (struct lw_addr){0x50, 0, 0, 127}, 1);
	expect_at(&l, 128, (struct lw_addr){0x50, 0, 0, 128}, 128);
	expect_at(&l, 255, (struct lw_addr){0x50, 0, 0, 255}, 1);
	/* 11h:128 of every host: 0x11 * 128 + 128 */
	expect_at(&l, 0x11 * 128 + 128, (struct lw_addr){0x50, 0, 0x11, 128}, 128);
	expect_at(&l, 32895, (struct lw_addr){0x50, 0, 0xff, 255}, 1);
}

static void layout_second_bank_follows_all_pages(void **state)
{
	const struct lw_layout l = {LW_MAP_CMIS, 256, 2};

	(void)state;
	assert_int_equal(lw_layout_size(&l), 32896 + 256 * 128);
	expect_at(&l, (256 + 0x10) * 128 + 128, (struct lw_addr){0x50, 1, 0x10, 128}, 128);
	expect_at(&l, (256 + 0x11) * 128 + 130, (struct lw_addr){0x50, 1, 0x11, 130}, 126);
}

static void layout_stride_240_leaves_the_low_pages_out(void **state)
{
	const struct lw_layout l = {LW_MAP_CMIS, 240, 4};

	(void)state;
	assert_int_equal(lw_layout_size(&l), 32896 + 3 * 240 * 128);
	expect_at(&l, 0x0f * 128 + 128, (struct lw_addr){0x50, 0, 0x0f, 128}, 128);
	expect_at(&l, 0xff * 128 + 128, (struct lw_addr){0x50, 0, 0xff, 128}, 128);
	expect_at(&l, 32896, (struct lw_addr){0x50, 1, 0x10, 128}, 128);
	expect_at(&l, (3 * 240 + 0xff) * 128 + 128, (struct lw_addr){0x50, 3, 0xff, 128}, 128);
}

static void layout_agrees_with_the_formula_everywhere(void **state)
{
	const unsigned strides[] = {256, 240};

	(void)state;
	for (unsigned s = 0; s < 2; s++) {
		const struct lw_layout l = {LW_MAP_CMIS, strides[s], 4};
		struct lw_addr a;

		for (uint64_t off = 128; off < lw_layout_size(&l); off++) {
			assert_int_not_equal(lw_layout_at(&l, off, &a), 0);
			assert_int_equal((a.bank * l.stride + a.page) * 128 + a.byte, off);
			assert_true(a.byte >= 128 && a.bank < 4);
		}
	}
}

static void layout_of_sff8472_has_two_addresses(void **state)
{
	const struct lw_layout l = {LW_MAP_SFF8472, 256, 1};

	(void)state;
	assert_int_equal(lw_layout_size(&l), 33152);
	expect_at(&l, 20, (struct lw_addr){0x50, 0, 0, 20}, 108);
	expect_at(&l, 130, (struct lw_addr){0x50, 0, 0, 130}, 126);
	expect_at(&l, 256, (struct lw_addr){0x51, 0, 0, 0}, 128);
	expect_at(&l, 256 + 96, (struct lw_addr){0x51, 0, 0, 96}, 32);
	expect_at(&l, 384, (struct lw_addr){0x51, 0, 0, 128}, 128);
	expect_at(&l, 384 + 2 * 128 + 1, (struct lw_addr){0x51, 0, 2, 129}, 127);
}

static void layout_ends_with_the_file(void **state)
{
	const struct lw_layout l[] = {{LW_MAP_CMIS, 256, 1}, {LW_MAP_SFF8472, 256, 1}};
	struct lw_addr a;

	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		assert_int_equal(lw_layout_at(&l[i], lw_layout_size(&l[i]), &a), 0);
		assert_int_equal(lw_layout_at(&l[i], UINT64_MAX, &a), 0);
		assert_int_equal(lw_layout_at(&l[i], lw_layout_size(&l[i]) - 1, &a), 1);
	}
}

static void layout_knows_the_select_bytes(void **state)
{
	const struct lw_addr lower = {.i2c = 0x50}, upper = {.i2c = 0x50, .byte = 128};
	const struct lw_addr a2 = {.i2c = 0x51};

	(void)state;
	assert_int_equal(lw_layout_selects(&(struct lw_layout){LW_MAP_CMIS, 256, 1}, lower), 2);
	assert_int_equal(lw_layout_selects(&(struct lw_layout){LW_MAP_CMIS, 256, 1}, upper), 0);
	assert_int_equal(lw_layout_selects(&(struct lw_layout){LW_MAP_SFF8636, 256, 1}, lower), 1);
	assert_int_equal(lw_layout_selects(&(struct lw_layout){LW_MAP_SFF8472, 256, 1}, lower), 0);
	assert_int_equal(lw_layout_selects(&(struct lw_layout){LW_MAP_SFF8472, 256, 1}, a2), 1);
	assert_int_equal(lw_layout_selects(&(struct lw_layout){LW_MAP_NONE, 256, 1}, lower), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(layout_one_bank_is_as_optoe_has_it),
		cmocka_unit_test(layout_second_bank_follows_all_pages),
		cmocka_unit_test(layout_stride_240_leaves_the_low_pages_out),
		cmocka_unit_test(layout_agrees_with_the_formula_everywhere),
		cmocka_unit_test(layout_of_sff8472_has_two_addresses),
		cmocka_unit_test(layout_ends_with_the_file),
		cmocka_unit_test(layout_knows_the_select_bytes),
	};

	return cmocka_run_group_tests_name("layout", tests, NULL, NULL);
}
