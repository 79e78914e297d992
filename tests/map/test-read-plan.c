/* SPDX-License-Identifier: Apache-2.0 */
#include <lanewise/map.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#define ROOM 64

static size_t plan(const uint16_t *ids, size_t n, unsigned gap, unsigned len, struct lw_span *ret)
{
	size_t spans = ROOM;

	assert_int_equal(lw_map_plan(LW_MAP_CMIS, ids, n, 0, gap, len, ret, &spans, NULL), 0);
	return spans;
}

static void assert_span(const struct lw_span *s, unsigned slot, unsigned first, unsigned last)
{
	assert_int_equal(s->slot, slot);
	assert_int_equal(s->first, first);
	assert_int_equal(s->last, last);
}

static void plan_touching_fields_make_one_block(void **state)
{
	const uint16_t ids[] = {LW_CMIS_VCC_MON_VOLTAGE, LW_CMIS_TEMP_MON_VALUE};
	struct lw_span s[ROOM];

	(void)state;
	assert_int_equal(plan(ids, 2, 0, 128, s), 1);
	assert_span(&s[0], LW_CMIS_SLOT_L, 14, 17);
}

static void plan_gap_decides_whether_blocks_merge(void **state)
{
	const uint16_t ids[] = {LW_CMIS_TEMP_MON_VALUE, LW_CMIS_AUX1_MON_VALUE};
	struct lw_span s[ROOM];

	(void)state;
	assert_int_equal(plan(ids, 2, 1, 128, s), 2);
	assert_span(&s[0], LW_CMIS_SLOT_L, 14, 15);
	assert_span(&s[1], LW_CMIS_SLOT_L, 18, 19);
	assert_int_equal(plan(ids, 2, 2, 128, s), 1);
	assert_span(&s[0], LW_CMIS_SLOT_L, 14, 19);
}

/* The states at 128-133 and the monitors at 154-201 have all lane flags between them. */
static void plan_never_bridges_flags_nobody_asked_for(void **state)
{
	const uint16_t ids[] = {LW_CMIS_OUTPUT_STATUS_RX, LW_CMIS_OPTICAL_POWER_TX};
	const uint16_t flag[] = {LW_CMIS_OUTPUT_STATUS_RX, LW_CMIS_LOS_FLAG_TX};
	struct lw_span s[ROOM];

	(void)state;
	assert_int_equal(plan(ids, 2, 127, 128, s), 2);
	assert_span(&s[0], LW_CMIS_SLOT_11H, 132, 132);
	assert_span(&s[1], LW_CMIS_SLOT_11H, 154, 169);
	assert_int_equal(plan(flag, 2, 127, 128, s), 2);
	assert_span(&s[0], LW_CMIS_SLOT_11H, 132, 132);
	assert_span(&s[1], LW_CMIS_SLOT_11H, 136, 136);
}

/* For every pair of fields: a covered clear-on-read byte is one that a wanted field lies in. */
static void plan_of_any_two_fields_clears_no_foreign_flag(void **state)
{
	size_t n, slots_n;
	const struct lw_field *fields = lw_map_fields(LW_MAP_CMIS, &n);
	const struct lw_slot *slots = lw_map_slots(LW_MAP_CMIS, &slots_n);
	struct lw_span s[2 * ROOM];

	(void)state;
	for (size_t a = 0; a < n; a++) {
		for (size_t b = a; b < n && fields[b].slot == fields[a].slot; b++) {
			const uint16_t ids[] = {(uint16_t)a, (uint16_t)b};
			size_t spans = 2 * ROOM;
			bool wanted[128] = {false}, got[128] = {false};

			for (unsigned k = 0; k < 2; k++)
				for (unsigned lane = 0; lane < fields[ids[k]].lanes; lane++) {
					unsigned byte, shift;

					lw_field_place(&fields[ids[k]], lane, &byte, &shift);
					for (unsigned i = 0; i * 8 < fields[ids[k]].width; i++)
						wanted[byte + i] = true;
				}
			assert_int_equal(
				lw_map_plan(LW_MAP_CMIS, ids, 2, 0, 127, 128, s, &spans, NULL), 0);
			for (size_t k = 0; k < spans; k++)
				for (unsigned i = s[k].first; i <= s[k].last; i++)
					got[i & 127] = true;
			for (unsigned i = 0; i < 128; i++) {
				assert_true(got[i] || !wanted[i]);
				if (got[i] && slots[fields[a].slot].cor[i])
					assert_true(wanted[i]);
			}
		}
	}
}

static void plan_long_blocks_are_cut_between_numbers(void **state)
{
	const uint16_t power[] = {LW_CMIS_OPTICAL_POWER_TX};
	const uint16_t name[] = {LW_CMIS_VENDOR_NAME};
	struct lw_span s[ROOM];

	(void)state;
	assert_int_equal(plan(power, 1, 0, 8, s), 2);
	assert_span(&s[0], LW_CMIS_SLOT_11H, 154, 161);
	assert_span(&s[1], LW_CMIS_SLOT_11H, 162, 169);
	assert_int_equal(plan(power, 1, 0, 5, s), 4); /* four bytes each: a fifth would split */
	assert_span(&s[0], LW_CMIS_SLOT_11H, 154, 157);
	assert_span(&s[3], LW_CMIS_SLOT_11H, 166, 169);
	assert_int_equal(plan(power, 1, 0, 1, s), 16); /* no way but to split */
	assert_int_equal(plan(name, 1, 0, 5, s), 4);   /* text may be split anywhere */
	assert_span(&s[3], LW_CMIS_SLOT_00H, 144, 144);
}

static void plan_bank_applies_to_banked_slots_only(void **state)
{
	const uint16_t ids[] = {LW_CMIS_MODULE_STATE, LW_CMIS_DP_STATE_HOST_LANE};
	struct lw_span s[ROOM];
	size_t n = ROOM;

	(void)state;
	assert_int_equal(lw_map_plan(LW_MAP_CMIS, ids, 2, 2, 0, 128, s, &n, NULL), 0);
	assert_int_equal(n, 2);
	assert_int_equal(s[0].bank, 0);
	assert_int_equal(s[1].bank, 2);
	assert_span(&s[1], LW_CMIS_SLOT_11H, 128, 131);
}

static void plan_failures_leave_the_outputs_alone(void **state)
{
	const uint16_t ids[] = {LW_CMIS_TEMP_MON_VALUE, LW_CMIS_AUX1_MON_VALUE};
	const uint16_t unknown[] = {LW_CMIS_N};
	struct lw_span s[2] = {{9, 9, 9, 9}, {9, 9, 9, 9}};
	struct lw_error e;
	size_t n = 1;

	(void)state;
	assert_int_equal(lw_map_plan(LW_MAP_CMIS, ids, 2, 0, 0, 128, s, &n, &e), LW_ELIMIT);
	assert_int_equal(lw_map_plan(LW_MAP_CMIS, unknown, 1, 0, 0, 128, s, &n, &e), LW_EINVAL);
	assert_int_equal(lw_map_plan(LW_MAP_CMIS, ids, 1, 0, 0, 0, s, &n, &e), LW_EINVAL);
	assert_int_equal(lw_map_plan(LW_MAP_CMIS, ids, 1, 0, 0, 129, s, &n, &e), LW_EINVAL);
	assert_int_equal(lw_map_plan(LW_MAP_CMIS, ids, 1, LW_BANKS_MAX, 0, 128, s, &n, &e),
			 LW_EINVAL);
	assert_int_equal(lw_map_plan(LW_MAP_NONE, ids, 1, 0, 0, 128, s, &n, &e), LW_EINVAL);
	assert_int_equal(n, 1);
	assert_int_equal(s[0].first, 9);
	assert_int_equal(lw_map_plan(LW_MAP_CMIS, ids, 0, 0, 0, 128, s, &n, &e), 0);
	assert_int_equal(n, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(plan_touching_fields_make_one_block),
		cmocka_unit_test(plan_gap_decides_whether_blocks_merge),
		cmocka_unit_test(plan_never_bridges_flags_nobody_asked_for),
		cmocka_unit_test(plan_of_any_two_fields_clears_no_foreign_flag),
		cmocka_unit_test(plan_long_blocks_are_cut_between_numbers),
		cmocka_unit_test(plan_bank_applies_to_banked_slots_only),
		cmocka_unit_test(plan_failures_leave_the_outputs_alone),
	};

	return cmocka_run_group_tests_name("read-plan", tests, NULL, NULL);
}
