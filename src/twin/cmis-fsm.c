/* SPDX-License-Identifier: Apache-2.0 */
#include "cmis-fsm.h"

/* Order is priority: reset, fault, all others (CMIS 5.4 Table 6-10). */
/* clang-format off */
const struct lw_fsm_row lw_msm_rows[] = {
	{ LW_MSM_RESETTING, LW_MSM_RESET,     LW_MSM_DONE,         0,                "Table 6-14" },
	{ LW_MSM_RESET,     LW_MSM_MGMT_INIT, 0,                   LW_MSM_RESET_S,   "Table 6-14" },

	{ LW_MSM_MGMT_INIT, LW_MSM_RESETTING, LW_MSM_RESET_S,      0,                "Table 6-14" },
	{ LW_MSM_MGMT_INIT, LW_MSM_FAULT,     LW_MSM_FAULT_S,      0,                "6.3.2.5.8" },
	{ LW_MSM_MGMT_INIT, LW_MSM_LOW_PWR,   LW_MSM_DONE,         0,                "6.3.2.5.3" },

	{ LW_MSM_LOW_PWR,   LW_MSM_RESETTING, LW_MSM_RESET_S,      0,                "Table 6-14" },
	{ LW_MSM_LOW_PWR,   LW_MSM_FAULT,     LW_MSM_FAULT_S,      0,                "6.3.2.5.8" },
	{ LW_MSM_LOW_PWR,   LW_MSM_PWR_UP,    0,                   LW_MSM_LOW_PWR_S, "6.3.2.5.4" },

	{ LW_MSM_PWR_UP,    LW_MSM_RESETTING, LW_MSM_RESET_S,      0,                "Table 6-14" },
	{ LW_MSM_PWR_UP,    LW_MSM_FAULT,     LW_MSM_FAULT_S,      0,                "6.3.2.5.8" },
	{ LW_MSM_PWR_UP,    LW_MSM_PWR_DN,    LW_MSM_LOW_PWR_S,    0,                "6.3.2.5.5" },
	{ LW_MSM_PWR_UP,    LW_MSM_READY,     LW_MSM_DONE,         0,                "6.3.2.5.5" },

	{ LW_MSM_READY,     LW_MSM_RESETTING, LW_MSM_RESET_S,      0,                "Table 6-14" },
	{ LW_MSM_READY,     LW_MSM_FAULT,     LW_MSM_FAULT_S,      0,                "6.3.2.5.8" },
	{ LW_MSM_READY,     LW_MSM_PWR_DN,    LW_MSM_LOW_PWR_EX_S, 0,                "6.3.2.5.6" },

	{ LW_MSM_PWR_DN,    LW_MSM_RESETTING, LW_MSM_RESET_S,      0,                "Table 6-14" },
	{ LW_MSM_PWR_DN,    LW_MSM_FAULT,     LW_MSM_FAULT_S,      0,                "6.3.2.5.8" },
	{ LW_MSM_PWR_DN,    LW_MSM_LOW_PWR,   LW_MSM_DONE,         0,                "6.3.2.5.7" },

	{ LW_MSM_FAULT,     LW_MSM_RESETTING, LW_MSM_RESET_S,      0,                "6.3.2.5.8" },
};

const struct lw_fsm_row lw_dpsm_rows[] = {
	{ LW_DPSM_DEACTIVATED, LW_DPSM_INIT,        0,                    LW_DPSM_DEINIT_S,     "6.3.3.4" },

	{ LW_DPSM_INIT,        LW_DPSM_DEINIT,      LW_DPSM_DEINIT_S,     0,                    "6.3.3.5" },
	{ LW_DPSM_INIT,        LW_DPSM_INITIALIZED, LW_DPSM_DONE,         0,                    "6.3.3.5" },

	{ LW_DPSM_INITIALIZED, LW_DPSM_DEINIT,      LW_DPSM_RE_DEINIT_S,  0,                    "6.3.3.6" },
	{ LW_DPSM_INITIALIZED, LW_DPSM_TX_TURN_ON,  0,                    LW_DPSM_DEACTIVATE_S, "6.3.3.6" },

	{ LW_DPSM_TX_TURN_ON,  LW_DPSM_TX_TURN_OFF, LW_DPSM_DEACTIVATE_S, 0,                    "6.3.3.8" },
	{ LW_DPSM_TX_TURN_ON,  LW_DPSM_ACTIVATED,   LW_DPSM_DONE,         0,                    "6.3.3.8" },

	{ LW_DPSM_ACTIVATED,   LW_DPSM_TX_TURN_OFF, LW_DPSM_DEACTIVATE_S, 0,                    "6.3.3.9" },
	{ LW_DPSM_TX_TURN_OFF, LW_DPSM_INITIALIZED, LW_DPSM_DONE,         0,                    "Figure 6-5" },
	{ LW_DPSM_DEINIT,      LW_DPSM_DEACTIVATED, LW_DPSM_DONE,         0,                    "6.3.3.7" },
};
/* clang-format on */

const size_t lw_msm_rows_n = sizeof(lw_msm_rows) / sizeof(lw_msm_rows[0]);
const size_t lw_dpsm_rows_n = sizeof(lw_dpsm_rows) / sizeof(lw_dpsm_rows[0]);

static uint8_t step(const struct lw_fsm_row *rows, size_t n, uint8_t from, uint8_t when)
{
	for (size_t i = 0; i < n; i++) {
		const struct lw_fsm_row *r = &rows[i];

		if (r->from == from && (when & r->need) == r->need && !(when & r->deny))
			return r->to;
	}
	return from;
}

uint8_t lw_msm_step(uint8_t from, uint8_t when)
{
	return step(lw_msm_rows, lw_msm_rows_n, from, when);
}

uint8_t lw_dpsm_step(uint8_t from, uint8_t when)
{
	return step(lw_dpsm_rows, lw_dpsm_rows_n, from, when);
}
