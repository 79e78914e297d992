/* SPDX-License-Identifier: Apache-2.0 */
#include "support.h"

#include "cmis-fsm.h"

/*
 * Every state under every combination of conditions, against what is written here a second time and
 * in another form: as the standard's tables read, not as the program's.
 */

static uint8_t msm_by_the_book(uint8_t s, uint8_t when)
{
	bool reset = when & LW_MSM_RESET_S, fault = when & LW_MSM_FAULT_S;
	bool low = when & LW_MSM_LOW_PWR_S, low_ex = when & LW_MSM_LOW_PWR_EX_S;
	bool done = when & LW_MSM_DONE;

	if (s == LW_MSM_RESETTING)
		return done ? LW_MSM_RESET : s;
	if (s == LW_MSM_RESET)
		return reset ? s : LW_MSM_MGMT_INIT;
	if (reset)
		return LW_MSM_RESETTING;
	if (fault)
		return LW_MSM_FAULT;
	switch (s) {
	case LW_MSM_MGMT_INIT:
		return done ? LW_MSM_LOW_PWR : s;
	case LW_MSM_LOW_PWR:
		return low ? s : LW_MSM_PWR_UP;
	case LW_MSM_PWR_UP:
		return low ? LW_MSM_PWR_DN : done ? LW_MSM_READY : s;
	case LW_MSM_READY:
		return low_ex ? LW_MSM_PWR_DN : s;
	case LW_MSM_PWR_DN:
		return done ? LW_MSM_LOW_PWR : s;
	default:
		return s;
	}
}

static void fsm_module_under_all_conditions_does_as_the_book(void **state)
{
	static const uint8_t all[] = {
		1, 2, 3, 4, 5, LW_MSM_RESETTING, LW_MSM_RESET, LW_MSM_MGMT_INIT};

	(void)state;
	for (size_t i = 0; i < sizeof(all); i++)
		for (uint8_t when = 0; when < 32; when++)
			if (lw_msm_step(all[i], when) != msm_by_the_book(all[i], when))
				fail_msg("module state %u under %02x: %u, not %u", all[i], when,
					 lw_msm_step(all[i], when), msm_by_the_book(all[i], when));
}

static uint8_t dpsm_by_the_book(uint8_t s, uint8_t when)
{
	bool deinit = when & LW_DPSM_DEINIT_S, redeinit = when & LW_DPSM_RE_DEINIT_S;
	bool deactivate = when & LW_DPSM_DEACTIVATE_S, done = when & LW_DPSM_DONE;

	switch (s) {
	case 1: /* DPDeactivated */
		return deinit ? 1 : 2;
	case 2: /* DPInit */
		return deinit ? 3 : done ? 7 : 2;
	case 3: /* DPDeinit */
		return done ? 1 : 3;
	case 4: /* DPActivated */
		return deactivate ? 6 : 4;
	case 5: /* DPTxTurnOn */
		return deactivate ? 6 : done ? 4 : 5;
	case 6: /* DPTxTurnOff */
		return done ? 7 : 6;
	case 7: /* DPInitialized */
		return redeinit ? 3 : deactivate ? 7 : 5;
	default:
		return s;
	}
}

static void fsm_data_path_under_all_conditions_does_as_the_book(void **state)
{
	(void)state;
	for (uint8_t s = 0; s < 16; s++)
		for (uint8_t when = 0; when < 16; when++)
			if (lw_dpsm_step(s, when) != dpsm_by_the_book(s, when))
				fail_msg("data path state %u under %02x: %u, not %u", s, when,
					 lw_dpsm_step(s, when), dpsm_by_the_book(s, when));
}

static void fsm_reset_beats_fault_beats_the_rest(void **state)
{
	(void)state; /* S019 */
	assert_int_equal(lw_msm_step(LW_MSM_READY, LW_MSM_RESET_S | LW_MSM_FAULT_S),
			 LW_MSM_RESETTING);
	assert_int_equal(lw_msm_step(LW_MSM_READY, LW_MSM_FAULT_S | LW_MSM_LOW_PWR_EX_S),
			 LW_MSM_FAULT);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(fsm_module_under_all_conditions_does_as_the_book),
		cmocka_unit_test(fsm_data_path_under_all_conditions_does_as_the_book),
		cmocka_unit_test(fsm_reset_beats_fault_beats_the_rest),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
