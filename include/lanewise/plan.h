/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LW_PLAN_H
#define LW_PLAN_H

#include <lanewise/bus.h>
#include <lanewise/facts.h>

/**
 * @file
 * What to write into a module: one plan for the whole module, all logical links together, as a pure
 * function of what the module advertises, what it says now, and what is wanted. It can be shown
 * without acting.
 *
 * CMIS has eight lanes a bank: what is of lanes is written and read bank by bank (8.1.3.3), with
 * one apply for each bank that changes. Lanes are counted through the banks, 0 to 31.
 *
 * Invariants: (1) a data path that is already as wanted is never written to; (2) all regrouping
 * goes through one staged set and one apply; (3) a plan from a state that is as wanted is empty.
 */

/** What is wanted on some host lanes of a module. Lanes that no want names become unused. */
struct lw_want {
	uint8_t first, lanes; /**< host lanes, 0-based; all in one bank of 8 */
	uint8_t apsel;        /**< CMIS application 1-15; ignored by SFF maps */
	uint8_t media_first, media_lanes;
	bool off;   /**< keep the lanes configured but not transmitting */
	bool again; /**< take the data path down once and initialise it afresh; carried out only
			 where no lane outside of the want is touched (CMIS with data paths) */
};

#define LW_WANTS_MAX  32
#define LW_BANK_LANES 8

/** The control state of a module, as last read. Bytes are as on the wire, one after the other bank.
 */
struct lw_module_state {
	uint8_t module_state;           /**< CMIS Table 8-7, lower 3.3-1 */
	uint8_t global;                 /**< CMIS lower 26: low power, squelch method, ... */
	uint32_t deinit;                /**< CMIS 10h:128, true polarity: bit set = lane down */
	uint32_t tx_disable;            /**< CMIS 10h:130 (media lanes); SFF-8636 lower 86 */
	uint8_t staged[LW_LANES_MAX];   /**< CMIS 10h:145-152 */
	uint8_t active[LW_LANES_MAX];   /**< CMIS 11h:206-213 */
	uint8_t dp_state[LW_LANES_MAX]; /**< CMIS 11h:128-131 */
	uint8_t config_status[LW_LANES_MAX]; /**< CMIS 11h:202-205 */
	uint8_t power;                       /**< SFF-8636 lower 93 */
	uint8_t sfp_control;                 /**< SFF-8472 A2h 110 */
	bool line;                   /**< its interrupt is heard, and the masks below were read */
	uint8_t module_mask;         /**< CMIS lower 31 */
	uint32_t dp_mask;            /**< CMIS 10h:213, state changes of data paths (host lanes) */
	uint32_t los_mask, lol_mask; /**< CMIS 10h:226, 227 (media lanes) */
	bool los_flag, lol_flag;     /**< CMIS 01h:158: the module has these flags and masks */
	bool not_ready;              /**< SFF-8636 lower 2.0, SFF-8472 A2h 110.0 */
};

enum lw_step_kind {
	LW_STEP_WRITE,
	LW_STEP_WAIT_MODULE, /**< until module state == `value` */
	LW_STEP_WAIT_DP,     /**< until every lane of `lanes` is in DP state `value` */
	LW_STEP_WAIT_CONFIG, /**< until no lane of `lanes` is ConfigInProgress */
	LW_STEP_WAIT_DATA,   /**< SFF-8636: until Data_Not_Ready clears */
};

struct lw_step {
	uint8_t kind;
	uint8_t value;
	uint8_t n; /**< bytes to write */
	uint32_t
		lanes; /**< mask of host lanes the step is about; a wait may be for several banks */
	struct lw_addr addr;
	uint8_t data[8];
	struct lw_mono limit;         /**< longest wait, by what the module advertises */
	const struct lw_field *field; /**< the (first) field that is written or waited for */
	const char *why;              /**< one clause for a person */
};

/** Six steps are of the module, eight of each bank. */
#define LW_STEPS_MAX 38

struct lw_plan {
	uint8_t n;
	struct lw_step step[LW_STEPS_MAX];
	/* masks of host lanes */
	uint32_t changed; /**< their data path is regrouped or given another application */
	uint32_t started; /**< they are brought up: the changed ones and those held down */
	uint32_t kept;    /**< wanted, and not touched */
	uint32_t blocked; /**< wanted, and cannot be served; findings say why */
	uint32_t cycled;  /**< wanted, and initialised afresh for `again` */
};

/**
 * Plan the way from `now` to `want`.
 * @param ret_findings  what cannot be done, and why (nullable)
 * @return 0; LW_EINVAL when wants overlap or do not lie in one bank; LW_ENOTSUP for a map that
 *         has no control
 */
LW_API int lw_plan_make(const struct lw_facts *facts, const struct lw_module_state *now,
			const struct lw_want *want, size_t want_n, struct lw_plan *ret,
			struct lw_findings *ret_findings, struct lw_error *reterr);

/** The step for a person: "write 10h:145-152 = 20 20 ... (scs0_app_sel_code_lane)". */
LW_API void lw_step_text(const struct lw_step *s, struct lw_buf *ret);

/** Lanes that a module has controls and data paths for: 8, 16 or 32 with CMIS, else at most 8. */
LW_API unsigned lw_plan_lanes(const struct lw_facts *facts);

/** CMIS 3.x: is 10h:128 DataPathPwrUp, the inverse of DPDeinit (8.8.2)? */
LW_API bool lw_deinit_inverted(const struct lw_facts *facts);

/** Longest time that CMIS MaxDuration code `code` stands for (Table 8-49). */
LW_API struct lw_mono lw_duration_limit(unsigned code);

#endif
