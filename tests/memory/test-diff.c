/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "support.h"

static struct lw_changes changes;

static void diff(const struct lw_memory *a, const struct lw_memory *b)
{
	lw_changes_init(&changes, &arena);
	assert_int_equal(lw_memory_diff(a, b, &changes, &error), 0);
}

static void must_be(size_t i, const char *name, const char *slot, unsigned first, unsigned last,
		    const char *was, const char *is)
{
	char buf[96];

	assert_true(i < changes.n);
	assert_string_equal(lw_change_name(&changes.v[i], buf, sizeof(buf)), name);
	assert_string_equal(changes.v[i].slot, slot);
	assert_int_equal(changes.v[i].first, first);
	assert_int_equal(changes.v[i].last, last);
	assert_string_equal(changes.v[i].was, was);
	assert_string_equal(changes.v[i].is, is);
}

static void equal_to_itself(const char *name, struct lw_memory *m)
{
	(void)name;
	diff(m, m);
	assert_int_equal(changes.n, 0);
}

static void diff_of_equal_memories_is_empty(void **state)
{
	(void)state;
	assert_true(each_golden(equal_to_itself) >= 40);
}

static void diff_tells_fields_with_decoded_values(void **state)
{
	struct lw_memory a, b;

	(void)state;
	make("OSFP-800G-DR8", &a);
	make("OSFP-800G-DR8", &b);
	must_set(&b, LW_SET_FACTORY, "connector_type=LC");
	must_set(&b, LW_SET_FACTORY, "vendor_sn=X1");
	must_set(&b, LW_SET_FACTORY, "max_power=12.5");
	must_set(&b, 0, "low_pwr_request_sw=1");
	diff(&a, &b);
	must_be(0, "low_pwr_request_sw", "L", 26, 26, "0", "1");
	must_be(1, "vendor_sn", "00h", 166, 181, "\"LW000001\"", "\"X1\"");
	must_be(2, "max_power", "00h", 201, 201, "17 W", "12.5 W");
	must_be(3, "connector_type", "00h", 203, 203, "MPO 1x16 (0x28)", "LC (0x07)");
	assert_string_equal(changes.v[3].was_raw, "28");
	assert_string_equal(changes.v[4].field->name, "page_checksum_00h");
	assert_int_equal(changes.n, 5);
}

static void diff_tells_lanes_and_banks(void **state)
{
	struct lw_memory a, b;

	(void)state;
	make("OSFP-800G-DR8", &a);
	make("OSFP-800G-DR8", &b);
	must_set(&b, 0, "dp_deinit_lane[3]=1");
	diff(&a, &b);
	assert_int_equal(changes.n, 1);
	must_be(0, "dp_deinit_lane[3]", "10h", 128, 128, "0", "1");
}

static void diff_tells_bits_of_no_field(void **state)
{
	struct lw_memory a, b;

	(void)state;
	make("OSFP-800G-DR8", &a);
	make("OSFP-800G-DR8", &b);
	UPPER(b, 0, 200) |= 0x11; /* reserved */
	diff(&a, &b);
	assert_int_equal(changes.n, 1);
	assert_null(changes.v[0].field);
	assert_string_equal(changes.v[0].slot, "00h");
	assert_int_equal(changes.v[0].first, 200);
}

static void diff_tells_absent_pages(void **state)
{
	struct lw_memory a, b;

	(void)state;
	make("OSFP-800G-DR8", &a);
	take(a.bytes, 384, &b); /* L, 00h, 01h */
	diff(&a, &b);
	must_be(0, "", "02h", 128, 255, "present", "absent");
	for (size_t i = 0; i < changes.n; i++) {
		assert_null(changes.v[i].field);
		assert_string_equal(changes.v[i].is, "absent");
	}
	assert_true(changes.n >= 3); /* 10h and 11h at least */
}

static void diff_tells_pages_without_rows(void **state)
{
	struct lw_memory a, b;
	uint8_t *bytes = NULL;
	size_t n = 128 * 130, at = 128 * (1 + 0x7f) + 5;

	(void)state;
	make("DAC-OSFP-800G", &a);
	bytes = lw_arena_alloc(&arena, n);
	memset(bytes, 0xff, n);
	memcpy(bytes, a.bytes, a.n);
	assert_true(a.n < at);
	bytes[at] = 0x12;
	take(bytes, n, &b);
	diff(&a, &b);
	assert_int_equal(changes.n, 1);
	must_be(0, "", "7Fh", 133, 133, "ff", "12");
}

static void diff_of_two_maps_is_refused(void **state)
{
	struct lw_memory a, b;

	(void)state;
	make("OSFP-800G-DR8", &a);
	make("QSFP28-100G-SR4", &b);
	lw_changes_init(&changes, &arena);
	assert_int_equal(lw_memory_diff(&a, &b, &changes, &error), LW_EINVAL);
	assert_non_null(strstr(error.message, "sff8636"));
}

/* Whatever single bit differs, it is told exactly where it is. */
static void diff_of_any_bit_finds_it(void **state)
{
	static const char *const parts[] = {"OSFP-800G-DR8", "QSFP28-100G-SR4", "SFP28-25G-SR"};

	(void)state;
	for (size_t p = 0; p < 3; p++) {
		struct lw_memory a, b;
		size_t slots;

		make(parts[p], &a);
		make(parts[p], &b);
		lw_map_slots(a.map, &slots);
		for (unsigned s = 0; s < slots; s++)
			for (unsigned i = 0; a.valid[0][s] && i < 128; i++) {
				size_t at = lw_memory_offset(a.map, 0, s) + i;
				bool found = false;

				b.bytes[at] ^= (uint8_t)(1u << i % 8);
				diff(&a, &b);
				b.bytes[at] = a.bytes[at];
				for (size_t k = 0; k < changes.n; k++)
					found |= (changes.v[k].first & 0x7fu) <= i &&
						 (changes.v[k].last & 0x7fu) >= i;
				if (!found)
					fail_msg("%s slot %u byte %u", parts[p], s, i);
				lw_arena_finish(&arena);
				make(parts[p], &a);
				make(parts[p], &b);
			}
	}
}

static void diff_as_json_is_well_formed(void **state)
{
	struct lw_memory a, b;
	struct lw_buf text = LW_BUF_INIT;
	struct lw_json j;

	(void)state;
	make("OSFP-800G-DR8", &a);
	make("OSFP-800G-2xFR4", &b);
	diff(&a, &b);
	assert_true(changes.n > 10);
	lw_json_init(&j, &text);
	lw_changes_json(&changes, &j);
	assert_int_equal(j.depth, 0);
	assert_non_null(strstr(text.s, "\"field\": \"connector_type\""));
	lw_buf_finish(&text);
}

#define T(x) cmocka_unit_test_setup_teardown(x, setup, teardown)

static const struct CMUnitTest tests[] = {
	T(diff_of_equal_memories_is_empty), T(diff_tells_fields_with_decoded_values),
	T(diff_tells_lanes_and_banks),      T(diff_tells_bits_of_no_field),
	T(diff_tells_absent_pages),         T(diff_tells_pages_without_rows),
	T(diff_of_two_maps_is_refused),     T(diff_of_any_bit_finds_it),
	T(diff_as_json_is_well_formed),
};

MAIN("diff", tests)
