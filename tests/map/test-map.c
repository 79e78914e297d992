/* SPDX-License-Identifier: Apache-2.0 */
#include <lanewise/map.h>
#include <limits.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static const enum lw_map_id maps[] = {LW_MAP_SFF8472, LW_MAP_SFF8636, LW_MAP_CMIS};

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* Numbers that look random and are the same in every run. */
static uint64_t noise(uint64_t *state)
{
	uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return z ^ (z >> 31);
}

static void fill_noise(uint8_t *p, size_t n, uint64_t *state)
{
	for (size_t i = 0; i < n; i++)
		p[i] = (uint8_t)noise(state);
}

/* Set the bits of one lane in `mask`, by the definition of the columns, not by the code's formula.
 */
static void paint(const struct lw_field *f, unsigned lane, uint8_t mask[128])
{
	unsigned nth = lane;

	if (f->order == LW_LANES_DOWN)
		nth = f->lanes - lane - 1u;
	else if (f->order == LW_LANES_SWAP)
		nth = lane % 2 ? lane - 1 : lane + 1;
	for (unsigned bit = 0; bit < f->width; bit++) {
		unsigned at = f->byte % 128u * 8u + f->shift + nth * f->stride + bit;

		mask[at / 8] = (uint8_t)(mask[at / 8] | 1u << at % 8);
	}
}

static bool settable(const struct lw_field *f)
{
	return f->kind != LW_KIND_TEXT && f->kind != LW_KIND_BYTES && f->kind != LW_KIND_RESERVED;
}

static void round_trip(const struct lw_field *f, unsigned lane, int64_t raw, uint64_t *state)
{
	uint8_t before[128], after[128], mask[128] = {0};
	struct lw_view v = {.map = (enum lw_map_id)f->map};
	int64_t got = ~raw;

	fill_noise(before, sizeof before, state);
	memcpy(after, before, sizeof after);
	assert_int_equal(lw_field_put(f, lane, raw, after, NULL), 0);
	v.slot[0][f->slot] = after;
	assert_int_equal(lw_field_get(f, lane, &v, &got), 0);
	assert_true(got == raw);
	paint(f, lane, mask);
	for (unsigned i = 0; i < 128; i++)
		assert_int_equal((before[i] ^ after[i]) & ~mask[i] & 0xff, 0);
}

static void field_put_reads_back_and_moves_no_other_bit(void **state)
{
	uint64_t seed = 1;
	size_t trips = 0;

	(void)state;
	for (size_t m = 0; m < COUNT(maps); m++) {
		size_t n;
		const struct lw_field *fields = lw_map_fields(maps[m], &n);

		for (size_t i = 0; i < n; i++) {
			const struct lw_field *f = &fields[i];
			bool sign = f->kind == LW_KIND_SINT;
			uint64_t ones = f->width < 64 ? (UINT64_C(1) << f->width) - 1 : UINT64_MAX;

			for (unsigned lane = 0; settable(f) && lane < f->lanes; lane++) {
				for (unsigned k = 0; k < 8; k++) {
					uint64_t u = k == 0   ? 0
						     : k == 1 ? ones
						     : k == 2 ? ones >> 1
							      : noise(&seed) & ones;
					int64_t raw = (int64_t)u;

					if (sign && u >> (f->width - 1))
						raw = (int64_t)(u - ones - 1);
					round_trip(f, lane, raw, &seed);
					trips++;
				}
			}
		}
	}
	assert_true(trips > 10000);
}

static void field_every_lane_lies_where_its_columns_say(void **state)
{
	(void)state;
	for (size_t m = 0; m < COUNT(maps); m++) {
		size_t n;
		const struct lw_field *fields = lw_map_fields(maps[m], &n);

		for (size_t i = 0; i < n; i++) {
			const struct lw_field *f = &fields[i];
			uint8_t seen[128] = {0};

			for (unsigned lane = 0; lane < f->lanes; lane++) {
				uint8_t mask[128] = {0};
				unsigned byte, shift, count = 0;

				paint(f, lane, mask);
				lw_field_place(f, lane, &byte, &shift);
				assert_true(mask[byte] >> shift & 1);
				for (unsigned b = 0; b < 128; b++) {
					assert_int_equal(seen[b] & mask[b], 0);
					seen[b] |= mask[b];
					count += (unsigned)__builtin_popcount(mask[b]);
				}
				assert_int_equal(count, f->width);
			}
		}
	}
}

static void slot_masks_agree_with_the_fields(void **state)
{
	static uint8_t wr[LW_SLOTS_MAX][128], cor[LW_SLOTS_MAX][128], reset[LW_SLOTS_MAX][128];

	(void)state;
	for (size_t m = 0; m < COUNT(maps); m++) {
		size_t n, slots_n;
		const struct lw_field *fields = lw_map_fields(maps[m], &n);
		const struct lw_slot *slots = lw_map_slots(maps[m], &slots_n);

		memset(wr, 0, sizeof wr);
		memset(cor, 0, sizeof cor);
		memset(reset, 0, sizeof reset);
		for (size_t i = 0; i < n; i++) {
			const struct lw_field *f = &fields[i];

			for (unsigned lane = 0; lane < f->lanes; lane++) {
				if (f->access != LW_RO && f->access != LW_RO_COR &&
				    f->kind != LW_KIND_RESERVED)
					paint(f, lane, wr[f->slot]);
				if (f->access == LW_RO_COR)
					paint(f, lane, cor[f->slot]);
				if (f->reset)
					assert_int_equal(lw_field_put(f, lane, f->reset,
								      reset[f->slot], NULL),
							 0);
			}
		}
		for (size_t s = 0; s < slots_n; s++) {
			assert_memory_equal(slots[s].wr, wr[s], 128);
			assert_memory_equal(slots[s].cor, cor[s], 128);
			assert_memory_equal(slots[s].reset, reset[s], 128);
		}
	}
}

static void map_find_knows_our_names_and_the_standards(void **state)
{
	(void)state;
	for (size_t m = 0; m < COUNT(maps); m++) {
		size_t n;
		const struct lw_field *fields = lw_map_fields(maps[m], &n);

		assert_true(n > 0);
		for (size_t i = 0; i < n; i++) {
			assert_int_equal(fields[i].id, i);
			assert_int_equal(fields[i].map, maps[m]);
			assert_ptr_equal(lw_map_find(maps[m], fields[i].name), &fields[i]);
			assert_non_null(lw_map_find(maps[m], fields[i].std));
		}
		assert_null(lw_map_find(maps[m], "no_such_field"));
		assert_null(lw_map_find(maps[m], ""));
	}
	assert_int_equal(lw_map_find(LW_MAP_CMIS, "dpstatehostlane")->id,
			 LW_CMIS_DP_STATE_HOST_LANE);
	assert_null(lw_map_find(LW_MAP_NONE, "module_state"));
	assert_null(lw_map_fields(LW_MAP_NONE, NULL));
}

static void map_slot_finds_each_by_its_address(void **state)
{
	(void)state;
	for (size_t m = 0; m < COUNT(maps); m++) {
		size_t n;
		const struct lw_slot *slots = lw_map_slots(maps[m], &n);

		assert_true(n > 0 && n <= LW_SLOTS_MAX);
		for (size_t i = 0; i < n; i++)
			assert_int_equal(
				lw_map_slot(maps[m], slots[i].i2c, slots[i].page, slots[i].upper),
				i);
	}
	assert_int_equal(lw_map_slot(LW_MAP_CMIS, 0x50, 0x11, true), LW_CMIS_SLOT_11H);
	assert_int_equal(lw_map_slot(LW_MAP_CMIS, 0x50, 0x11, false), LW_CMIS_SLOT_L);
	assert_int_equal(lw_map_slot(LW_MAP_CMIS, 0x51, 0x11, true), -1);
	assert_int_equal(lw_map_slot(LW_MAP_CMIS, 0x50, 0xf0, true), -1);
}

static const struct lw_field *cmis(enum lw_cmis_id id)
{
	return &lw_map_fields(LW_MAP_CMIS, NULL)[id];
}

static void field_get_counts_lanes_over_banks(void **state)
{
	const struct lw_field *f = cmis(LW_CMIS_DP_STATE_HOST_LANE);
	uint8_t bank0[128] = {0x47}, bank1[128] = {0, 0, 0, 0x20};
	struct lw_view v = {.map = LW_MAP_CMIS};
	int64_t raw = 99;

	(void)state;
	v.slot[0][LW_CMIS_SLOT_11H] = bank0;
	v.slot[1][LW_CMIS_SLOT_11H] = bank1;
	assert_int_equal(lw_field_get(f, 0, &v, &raw), 0);
	assert_int_equal(raw, 7);
	assert_int_equal(lw_field_get(f, 1, &v, &raw), 0);
	assert_int_equal(raw, 4);
	assert_int_equal(lw_field_get(f, 15, &v, &raw), 0);
	assert_int_equal(raw, 2);
	raw = 99;
	assert_int_equal(lw_field_get(f, 16, &v, &raw), LW_ENOPAGE);
	assert_int_equal(lw_field_get(f, 8 * LW_BANKS_MAX, &v, &raw), LW_EINVAL);
	assert_int_equal(lw_field_get(f, UINT_MAX, &v, &raw), LW_EINVAL);
	assert_int_equal(raw, 99);
	assert_ptr_equal(lw_field_bytes(f, 15, &v), bank1 + 3);
	assert_null(lw_field_bytes(f, 16, &v));
}

static void field_get_refuses_what_is_not_there(void **state)
{
	uint8_t l[128] = {0}, p00[128] = {0};
	struct lw_view v = {.map = LW_MAP_CMIS};
	int64_t raw = 99;
	double value = 99;

	(void)state;
	assert_int_equal(lw_field_get(cmis(LW_CMIS_MODULE_STATE), 0, &v, &raw), LW_ENOPAGE);
	v.slot[0][LW_CMIS_SLOT_L] = l;
	v.slot[0][LW_CMIS_SLOT_00H] = p00;
	assert_int_equal(lw_field_get(cmis(LW_CMIS_MODULE_STATE), 1, &v, &raw), LW_EINVAL);
	assert_int_equal(lw_field_get(cmis(LW_CMIS_VENDOR_NAME), 0, &v, &raw), LW_EINVAL);
	assert_int_equal(lw_field_value(cmis(LW_CMIS_LASER_BIAS_TX), 0, &v, &value), LW_ENOPAGE);
	v.map = LW_MAP_SFF8636;
	assert_int_equal(lw_field_get(cmis(LW_CMIS_MODULE_STATE), 0, &v, &raw), LW_EINVAL);
	assert_int_equal(raw, 99);
	assert_true(value == 99);
}

static void field_value_scales_exactly(void **state)
{
	uint8_t p00[128] = {0}, p01[128] = {0}, p11[128] = {0}, p14[128] = {0};
	struct lw_view v = {.map = LW_MAP_CMIS};
	double value;

	(void)state;
	v.slot[0][LW_CMIS_SLOT_00H] = p00;
	v.slot[0][LW_CMIS_SLOT_01H] = p01;
	v.slot[0][LW_CMIS_SLOT_11H] = p11;
	v.slot[0][LW_CMIS_SLOT_14H] = p14;

	p00[202 - 128] = 0x03; /* 3 x 0.1 m */
	assert_int_equal(
		lw_field_value(cmis(LW_CMIS_CABLE_ASSEMBLY_LINK_LENGTH_BASE_LENGTH), 0, &v, &value),
		0);
	assert_true(value == 0.3);

	p01[160 - 128] = 0x10; /* bias x4 */
	p11[184 - 128] = 0x13;
	p11[185 - 128] = 0x88;
	assert_int_equal(lw_field_value(cmis(LW_CMIS_LASER_BIAS_TX), 7, &v, &value), 0);
	assert_true(value == 40.0);
	p01[160 - 128] = 0x18; /* a reserved scale is no scale */
	assert_int_equal(lw_field_value(cmis(LW_CMIS_LASER_BIAS_TX), 7, &v, &value), LW_ENOENT);
	assert_true(value == 40.0);

	p01[144 - 128] = 0x5d;
	assert_int_equal(lw_field_value(cmis(LW_CMIS_MAX_DURATION_DP_DEINIT), 0, &v, &value), 0);
	assert_true(value == 500.0);
	assert_int_equal(lw_field_value(cmis(LW_CMIS_MAX_DURATION_DP_INIT), 0, &v, &value),
			 LW_ENOENT);

	p14[192 - 128] = 0x90; /* 240 x 10^(18 - 24) */
	p14[193 - 128] = 0xf0;
	assert_int_equal(lw_field_value(cmis(LW_CMIS_HOST_SIDE_BER_LANE), 0, &v, &value), 0);
	assert_true(fabs(value - 2.4e-4) < 1e-18);

	for (unsigned i = 192; i < 200; i++) /* a 64-bit counter is unsigned, low byte first */
		p14[i - 128] = 0xff;
	assert_int_equal(lw_field_value(cmis(LW_CMIS_HOST_ERROR_COUNT_LANE_1_4), 0, &v, &value), 0);
	assert_true(value == 18446744073709551615.0);
}

static void field_put_refuses_what_does_not_fit(void **state)
{
	uint8_t slot[128], before[128];
	struct lw_error e = {0};
	const struct lw_field *temp = cmis(LW_CMIS_TEMP_MON_VALUE);
	const struct lw_field *dp = cmis(LW_CMIS_SCS0_APP_SEL_CODE_LANE);

	(void)state;
	memset(slot, 0x5a, sizeof slot);
	memcpy(before, slot, sizeof slot);
	assert_int_equal(lw_field_put(dp, 0, 16, slot, &e), LW_EINVAL);
	assert_int_equal(e.page, 0x10);
	assert_int_equal(e.byte, 145);
	assert_int_equal(lw_field_put(dp, 0, -1, slot, &e), LW_EINVAL);
	assert_int_equal(lw_field_put(dp, 8, 1, slot, &e), LW_EINVAL);
	assert_int_equal(lw_field_put(temp, 0, 32768, slot, &e), LW_EINVAL);
	assert_int_equal(lw_field_put(temp, 0, -32769, slot, &e), LW_EINVAL);
	assert_int_equal(lw_field_put(cmis(LW_CMIS_RESERVED_L_3_4), 0, 0, slot, &e), LW_EINVAL);
	assert_int_equal(lw_field_put(cmis(LW_CMIS_VENDOR_NAME), 0, 0, slot, &e), LW_EINVAL);
	assert_int_equal(lw_field_put_text(dp, 0, "x", slot, &e), LW_EINVAL);
	assert_int_equal(lw_field_put_text(cmis(LW_CMIS_VENDOR_NAME), 1, "x", slot, &e), LW_EINVAL);
	assert_memory_equal(slot, before, sizeof slot);
}

static void field_put_text_pads_and_cuts(void **state)
{
	const struct lw_field *rev = cmis(LW_CMIS_VENDOR_REV);
	uint8_t slot[128] = {0};

	(void)state;
	assert_int_equal(lw_field_put_text(rev, 0, "A", slot, NULL), 0);
	assert_memory_equal(slot + (164 - 128), "A ", 2);
	assert_int_equal(lw_field_put_text(rev, 0, "B12", slot, NULL), 0);
	assert_memory_equal(slot + (163 - 128), "\0B1\0", 4);
}

static void field_sum_covers_its_range_only(void **state)
{
	const struct lw_field *sum = cmis(LW_CMIS_PAGE_CHECKSUM_01H);
	struct lw_view v = {.map = LW_MAP_CMIS};
	uint8_t p01[128] = {0}, got = 1;

	(void)state;
	assert_int_equal(lw_field_sum(sum, &v, &got), LW_ENOPAGE);
	v.slot[0][LW_CMIS_SLOT_01H] = p01;
	p01[1] = p01[127] = 0x40; /* 129 and the sum itself are not covered */
	p01[2] = 0xff;
	p01[126] = 0x03;
	assert_int_equal(lw_field_sum(sum, &v, &got), 0);
	assert_int_equal(got, 0x02);
	assert_int_equal(lw_field_sum(cmis(LW_CMIS_MODULE_STATE), &v, &got), LW_EINVAL);
}

/* Typed from CMIS 5.4 Tables 8-27, 8-43, 8-63, 8-68, SFF-8636 2.11 and SFF-8472 12.4.3. */
static void field_sums_cover_what_the_standards_say(void **state)
{
	static const struct {
		enum lw_map_id map;
		const char *name;
		unsigned first, last;
	} sums[] = {
		{LW_MAP_CMIS, "page_checksum_00h", 128, 221},
		{LW_MAP_CMIS, "page_checksum_01h", 130, 254},
		{LW_MAP_CMIS, "page_checksum_02h", 128, 254},
		{LW_MAP_CMIS, "page_checksum_04h", 128, 254},
		{LW_MAP_SFF8636, "cc_base", 128, 190},
		{LW_MAP_SFF8636, "cc_ext", 192, 222},
		{LW_MAP_SFF8472, "cc_base", 0, 62},
		{LW_MAP_SFF8472, "cc_ext", 64, 94},
		{LW_MAP_SFF8472, "cc_dmi", 0, 94},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(sums); i++) {
		const struct lw_field *f = lw_map_find(sums[i].map, sums[i].name);

		assert_non_null(f);
		for (unsigned at = 0; at < 128; at++) {
			uint8_t slot[128] = {0}, got = 1;
			struct lw_view v = {.map = sums[i].map};

			v.slot[0][f->slot] = slot;
			slot[at] = 0x11;
			assert_int_equal(lw_field_sum(f, &v, &got), 0);
			assert_int_equal(got, at >= sums[i].first % 128 && at <= sums[i].last % 128
						      ? 0x11
						      : 0);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(field_put_reads_back_and_moves_no_other_bit),
		cmocka_unit_test(field_every_lane_lies_where_its_columns_say),
		cmocka_unit_test(slot_masks_agree_with_the_fields),
		cmocka_unit_test(map_find_knows_our_names_and_the_standards),
		cmocka_unit_test(map_slot_finds_each_by_its_address),
		cmocka_unit_test(field_get_counts_lanes_over_banks),
		cmocka_unit_test(field_get_refuses_what_is_not_there),
		cmocka_unit_test(field_value_scales_exactly),
		cmocka_unit_test(field_put_refuses_what_does_not_fit),
		cmocka_unit_test(field_put_text_pads_and_cuts),
		cmocka_unit_test(field_sum_covers_its_range_only),
		cmocka_unit_test(field_sums_cover_what_the_standards_say),
	};

	return cmocka_run_group_tests_name("map", tests, NULL, NULL);
}
