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
 * Invariants: (1) a data path that is already as wanted is never written to; (2) all regrouping
 * goes through one staged set and one apply; (3) a plan from a state that is as wanted is empty.
 */

/** What is wanted on some host lanes of a module. Lanes that no want names become unused. */
struct lw_want {
	uint8_t first, lanes; /**< host lanes, 0-based */
	uint8_t apsel;        /**< CMIS application 1-15; ignored by SFF maps */
	uint8_t media_first, media_lanes;
	bool off; /**< keep the lanes configured but not transmitting */
};

#define LW_WANTS_MAX 8

/** The control state of a module, as last read (one bank of 8 lanes). Bytes are as on the wire. */
struct lw_module_state {
	uint8_t module_state;     /**< CMIS Table 8-7, lower 3.3-1 */
	uint8_t global;           /**< CMIS lower 26: low power, squelch method, ... */
	uint8_t deinit;           /**< CMIS 10h:128, true polarity: bit set = lane down */
	uint8_t tx_disable;       /**< CMIS 10h:130 (media lanes); SFF-8636 lower 86 */
	uint8_t staged[8];        /**< CMIS 10h:145-152 */
	uint8_t active[8];        /**< CMIS 11h:206-213 */
	uint8_t dp_state[8];      /**< CMIS 11h:128-131 */
	uint8_t config_status[8]; /**< CMIS 11h:202-205 */
	uint8_t power;            /**< SFF-8636 lower 93 */
	uint8_t sfp_control;      /**< SFF-8472 A2h 110 */
	bool not_ready;           /**< SFF-8636 lower 2.0 */
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
	uint8_t lanes; /**< mask of host lanes the step is about */
	uint8_t n;     /**< bytes to write */
	struct lw_addr addr;
	uint8_t data[8];
	struct lw_mono limit;         /**< longest wait, by what the module advertises */
	const struct lw_field *field; /**< the (first) field that is written or waited for */
	const char *why;              /**< one clause for a person */
};

#define LW_STEPS_MAX 16

struct lw_plan {
	uint8_t n;
	struct lw_step step[LW_STEPS_MAX];
	uint8_t changed; /**< host lanes whose data path is regrouped or given another application
			  */
	uint8_t started; /**< host lanes that are brought up: the changed ones and those held down
			  */
	uint8_t kept;    /**< wanted host lanes that are not touched */
	uint8_t blocked; /**< wanted host lanes that cannot be served; findings say why */
};

/**
 * Plan the way from `now` to `want`.
 * @param ret_findings  what cannot be done, and why (nullable)
 * @return 0; LW_EINVAL when wants overlap or leave the module's lanes; LW_ENOTSUP for a map that
 *         has no control
 */
LW_API int lw_plan_make(const struct lw_facts *facts, const struct lw_module_state *now,
			const struct lw_want *want, size_t want_n, struct lw_plan *ret,
			struct lw_findings *ret_findings, struct lw_error *reterr);

/** The step for a person: "write 10h:145-152 = 20 20 ... (scs0_app_sel_code_lane)". */
LW_API void lw_step_text(const struct lw_step *s, struct lw_buf *ret);

/** Longest time that CMIS MaxDuration code `code` stands for (Table 8-49). */
LW_API struct lw_mono lw_duration_limit(unsigned code);

#endif
