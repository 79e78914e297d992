/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LW_ENGINE_H
#define LW_ENGINE_H

#include <lanewise/fabric.h>
#include <lanewise/module.h>

/**
 * @file
 * Keeps many modules and logical links as wanted: events and time in, bus actions and states out.
 * The same engine runs on twins in virtual time and on hardware in real time.
 */

enum lw_link_state { LW_LINK_DOWN, LW_LINK_STARTING, LW_LINK_UP };

/** "down", "starting", "up". */
LW_API const char *lw_link_state_name(enum lw_link_state s);

/** Does the host at `cage` see an aligned far end on its logical port? The shell knows. */
typedef bool (*lw_carrier)(void *ctx, int cage, const struct lw_lport *port);

struct lw_engine_link {
	enum lw_link_state state;
	struct lw_mono up_at; /**< time of the last way up, LW_NEVER if never */
	struct lw_mono since; /**< when it got its present state */
	unsigned flaps;       /**< times it left `up` */
	int8_t want[2];       /**< its place among the wants of the module at each end, -1: none */
};

/** A link that is down this long without a change counts as settled. */
#define LW_ENGINE_SETTLE_MS 2500

struct lw_engine {
	const struct lw_fabric *fabric; /**< borrowed */
	struct lw_module *module;       /**< one per cage; bus NULL: cage not managed */
	struct lw_engine_link *link;    /**< one per fabric link */
	lw_carrier carrier;
	void *ctx;
	struct lw_arena *arena;
	struct lw_mono started;
};

/**
 * Prepare to bring up a resolved fabric. Memory comes from `arena`.
 * @param bus  one per cage, NULL where nothing is plugged; borrowed
 */
LW_API int lw_engine_init(struct lw_engine *e, const struct lw_fabric *f, struct lw_bus *const *bus,
			  lw_carrier carrier, void *ctx, struct lw_arena *arena, struct lw_mono now,
			  struct lw_error *reterr);

/** Do what is due. @return when to run again */
LW_API struct lw_mono lw_engine_run(struct lw_engine *e, struct lw_mono now);

/** True when every link is up, or is down for a reason that trying again will not mend. */
LW_API bool lw_engine_settled(const struct lw_engine *e, struct lw_mono now);

/**
 * List why link `link` is not up: what the rules found before, then what both ends say now.
 * @return 0 or LW_ENOMEM
 */
LW_API int lw_engine_explain(const struct lw_engine *e, size_t link, struct lw_findings *ret);

/** Write the document of `lanewise up` (docs/json.md). */
LW_API int lw_engine_json(const struct lw_engine *e, struct lw_json *j);

#endif
