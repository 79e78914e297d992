/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LW_MODULE_H
#define LW_MODULE_H

#include <lanewise/image.h>
#include <lanewise/plan.h>

/**
 * @file
 * The host side of one module: identify, plan, act, read back, reconcile. Driven by time that is
 * passed in: lw_module_run() does what is due on the bus and says when it wants to run again. It
 * never sleeps. No state is terminal: a wait that ends late, a refusal or a lost module is
 * explained and tried again with growing pauses.
 */

enum lw_module_phase {
	LW_MODULE_ABSENT,   /**< no answer on the bus */
	LW_MODULE_IDENTIFY, /**< reading who it is */
	LW_MODULE_WORK,     /**< carrying out a plan */
	LW_MODULE_REST,     /**< everything that can be is as wanted; watching */
	LW_MODULE_BACKOFF,  /**< something was refused or late; waits before the next try */
};

/** Where one wanted logical link stands at this module. */
enum lw_dp_health {
	LW_DP_STARTING,
	LW_DP_UP,      /**< the module's own registers say so */
	LW_DP_REFUSED, /**< the module rejected the configuration */
	LW_DP_LATE,    /**< a wait outlived the advertised time */
	LW_DP_GONE,    /**< module absent or not answering */
};

struct lw_dp_report {
	enum lw_dp_health health;
	struct lw_mono since;             /**< when it got this health */
	uint8_t dp_state;                 /**< CMIS code as last read, 0 for SFF maps */
	uint8_t config_status;            /**< CMIS code of the last refusal, 0 if none */
	uint8_t rx_los, rx_lol, tx_fault; /**< media lanes of the link, bit 0 = its first lane */
	const char *reason; /**< NULL while all is well; else one plain sentence (constant) */
	const char *next;   /**< what Lanewise does next about it (constant) */
	struct lw_mono
		retry; /**< a refused link is tried again then; LW_NEVER: only when changed */
	unsigned refusals;
};

struct lw_module {
	struct lw_bus *bus; /**< borrowed */
	enum lw_module_phase phase;
	struct lw_image memory; /**< as last read; slots may hold only what was asked for */
	struct lw_facts facts;  /**< valid from LW_MODULE_WORK on */
	struct lw_module_state state;
	struct lw_want want[LW_WANTS_MAX];
	size_t want_n;
	struct lw_dp_report report[LW_WANTS_MAX];
	struct lw_plan plan;
	unsigned step; /**< of `plan` */
	struct lw_mono step_since, due;
	unsigned tries;                 /**< failed rounds since the last success */
	unsigned nacks;                 /**< refused accesses in a row */
	unsigned quiet;                 /**< watches since something changed */
	uint8_t los_before, lol_before; /**< media lanes whose flag the previous watch saw */
	struct lw_error last_error;     /**< why it is absent or backs off; code 0: no bus error */
};

/** Prepare; touches nothing until the first run. `bus` is borrowed. */
LW_API void lw_module_init(struct lw_module *m, struct lw_bus *bus);

/**
 * Replace what is wanted; carried out from the next run on. Links whose lanes and application do
 * not change are not disturbed.
 * @return 0 or LW_EINVAL (too many, lanes overlap or leave the bank)
 */
LW_API int lw_module_want(struct lw_module *m, const struct lw_want *want, size_t n,
			  struct lw_error *reterr);

/** Do what is due. @return when to run again */
LW_API struct lw_mono lw_module_run(struct lw_module *m, struct lw_mono now);

/**
 * Identify the module and plan, but write nothing: m->plan then holds what would be done.
 * @return false once the plan stands; true while the module cannot be read yet
 */
LW_API bool lw_module_preview(struct lw_module *m, struct lw_mono now);

/**
 * Read a module's whole memory for decoding, every page it advertises, flags too (reading clears
 * them). Uses block reads of up to 128 bytes.
 * @param ret  slots that could not be read stay absent
 * @return 0, or the bus's error when not even the identity can be read
 */
LW_API int lw_module_dump(struct lw_bus *bus, struct lw_image *ret, struct lw_error *reterr);

/**
 * What the module's refusal means and what follows from it (CMIS Table 8-101): a plain reason, and
 * whether trying again without a change can help.
 */
struct lw_refusal {
	uint8_t code;
	const char *reason, *next;
	bool retry;
};
/** @return the row for a ConfigStatus code, NULL for success, undefined and in progress */
LW_API const struct lw_refusal *lw_refusal_find(unsigned config_status);

#endif
