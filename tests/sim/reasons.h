/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LW_SIM_REASONS_H
#define LW_SIM_REASONS_H

#include <lanewise/lab.h>

/**
 * @file
 * What may be said of a link that is down, by what was done to it: anything else is not true.
 */

/** Causes beyond the faults of a lab; numbers go on where those end. */
enum cause {
	CAUSE_SWITCHED = LW_LAB_FAULT_N, /**< wanted on or off */
	CAUSE_SPLIT,                     /**< its port was divided otherwise, or it is new */
	CAUSE_RESTART,                   /**< the engine began anew */
	CAUSE_POLICY,                    /**< a policy is in force */
	CAUSE_LIES,                      /**< a module of it takes longer than it advertises */
	CAUSES,
};

/** Is `rule` a reason that these causes (bit = enum cause or fault) can have? */
bool reason_fits(const char *rule, uint64_t causes);

/** Nothing of this kind of fault may take a link down. */
bool reason_harmless(int kind);

#endif
