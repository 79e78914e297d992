/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LW_CMIS_FSM_H
#define LW_CMIS_FSM_H

#include <stddef.h>
#include <stdint.h>

/**
 * @file
 * The two state machines of CMIS as the standard draws them: pure tables and one step function.
 * The caller evaluates the conditions, steps, and acts on the change. Invariant twin 3.
 */

/** Module states. Those the host can see have their code of Table 8-7; the others are above 7. */
enum lw_msm_state {
	LW_MSM_LOW_PWR = 1,
	LW_MSM_PWR_UP = 2,
	LW_MSM_READY = 3,
	LW_MSM_PWR_DN = 4,
	LW_MSM_FAULT = 5,
	LW_MSM_RESETTING = 8,
	LW_MSM_RESET = 9,
	LW_MSM_MGMT_INIT = 10,
};

/** What a module transition may ask for. */
enum lw_msm_when {
	LW_MSM_RESET_S = 1, /**< Eq. 6-3 */
	LW_MSM_FAULT_S = 2,
	LW_MSM_LOW_PWR_S = 4,    /**< Table 6-12 */
	LW_MSM_LOW_PWR_EX_S = 8, /**< Table 6-13 */
	LW_MSM_DONE = 16,        /**< the transient state has lasted its time */
};

/** Data path states, codes of Table 8-94. */
enum lw_dpsm_state {
	LW_DPSM_DEACTIVATED = 1,
	LW_DPSM_INIT = 2,
	LW_DPSM_DEINIT = 3,
	LW_DPSM_ACTIVATED = 4,
	LW_DPSM_TX_TURN_ON = 5,
	LW_DPSM_TX_TURN_OFF = 6,
	LW_DPSM_INITIALIZED = 7,
};

/** What a data path transition may ask for. */
enum lw_dpsm_when {
	LW_DPSM_DEINIT_S = 1,     /**< Table 6-16 */
	LW_DPSM_RE_DEINIT_S = 2,  /**< Table 6-17 */
	LW_DPSM_DEACTIVATE_S = 4, /**< Eq. 6-12 */
	LW_DPSM_DONE = 8,
};

/** One transition; the first row that holds wins. */
struct lw_fsm_row {
	uint8_t from, to;
	uint8_t need; /**< all of these conditions hold ... */
	uint8_t deny; /**< ... and none of these */
	const char *ref;
};

extern const struct lw_fsm_row lw_msm_rows[];
extern const size_t lw_msm_rows_n;
extern const struct lw_fsm_row lw_dpsm_rows[];
extern const size_t lw_dpsm_rows_n;

/** @return the state that follows `from` while `when` holds; `from` itself if none does */
uint8_t lw_msm_step(uint8_t from, uint8_t when);
uint8_t lw_dpsm_step(uint8_t from, uint8_t when);

#endif
