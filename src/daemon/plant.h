/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LW_DAEMON_PLANT_H
#define LW_DAEMON_PLANT_H

#include "config.h"
#include "job.h"
#include "past.h"
#include "quality.h"
#include "registers.h"
#include "tokens.h"

#include <lanewise/device.h>
#include <lanewise/history.h>
#include <lanewise/publish.h>
#include <lanewise/stage.h>

/**
 * @file
 * The modules that the daemon drives, real or virtual, and the engine over them. Times count from
 * the start.
 */

/** Kinds of questions, each with a ration of its own; the last is for metrics. */
#define LWD_RATIONS 8

/** How a module is reached. All NULL: it is not ours. */
struct lwd_way {
	const char *path;
	struct lw_device *device;
	struct lwd_way
		*borrowed; /**< of the plant before, which has it as well; NULL: ours alone */
};

struct lwd_plant {
	const struct lwd_config *config; /**< borrowed */
	struct lw_fabric *fabric;        /**< borrowed */
	struct lw_stage stage;           /**< LWD_DEVICES: of it the engine only */
	struct lw_why_host host;
	struct lw_mono now;
	struct lwd_jobs jobs;
	struct lwd_token questions[LWD_RATIONS]; /**< how many more of each kind may be asked now */
	struct lwd_token refusals;               /**< how many more are answered and logged now */
	unsigned unlogged;                       /**< refusals since the last that was logged */
	struct lwd_registers registers;
	struct lwd_quality quality;
	struct lwd_past past;                   /**< where readings go, of each cage */
	struct lw_history *history;             /**< opened by the shell, NULL: none */
	bool history_fails;                     /**< the last record was lost; said once */
	const struct lw_publish_sender *sender; /**< set by the shell, for who asks */
	size_t sender_n;
	int64_t wall_ms; /**< at time 0: milliseconds since 1970; kept by lwd_plant_clock() */
	struct lw_patience *patience; /**< of all buses, LWD_DEVICES */
	/* LWD_DEVICES: of each cage */
	struct lwd_way *way;
	int8_t *present, *asserted;    /**< 1, 0, -1: not known */
	const char **presence, **line; /**< files, NULL: none */
	struct lw_mono look;           /**< when the files are looked at next */
	struct lw_bus **bus;
};

/**
 * Open what the configuration names and make the engine; no module is touched yet. `p` must stay
 * where it is.
 * @param f  resolved; its arena is used
 */
int lwd_plant_start(struct lwd_plant *p, const struct lwd_config *c, struct lw_fabric *f,
		    struct lw_error *reterr);
void lwd_plant_finish(struct lwd_plant *p);

/**
 * The same in place of a plant that runs: ways to modules that both have stay open, and what people
 * asked for (links that are off, modes, admissions) comes along. The modules are looked at as after
 * a restart: what is as wanted is not touched. Jobs that are over are forgotten.
 * @param before  finished on success; goes on as it was else
 * @param reterr  LW_ENOTSUP: one of the two is of virtual modules, which live in it, or a job runs;
 *                what lwd_plant_start() fails with
 */
int lwd_plant_replace(struct lwd_plant *p, struct lwd_plant *before, const struct lwd_config *c,
		      struct lw_fabric *f, struct lw_error *reterr);

/** The wall clock says `unix_ms` at `now`: it is followed when somebody has set it. */
void lwd_plant_clock(struct lwd_plant *p, int64_t unix_ms, struct lw_mono now);

/** Do what is due. @return when to run again */
struct lw_mono lwd_plant_run(struct lwd_plant *p, struct lw_mono now);

/** The link of that id. @return 0 or LW_ENOENT, said */
int lwd_find_link(const struct lwd_plant *p, const char *id, size_t *ret, struct lw_error *reterr);
/** The cage of that id. @return 0 or LW_ENOENT, said */
int lwd_find_cage(const struct lwd_plant *p, const char *id, int *ret, struct lw_error *reterr);

/** Divide the lanes of a cage otherwise, at the module and at the host. */
int lwd_plant_mode(struct lwd_plant *p, int cage, const char *mode, struct lw_error *reterr);

/**
 * Inject a fault ("cut:leaf1/swp1:2", times counted from now), or end it: the same text again.
 * @param reterr  LW_ENOTSUP: the modules are real; LW_ENOENT: no such fault is on; LW_ELIMIT; what
 *                lw_lab_fault_parse() and lw_lab_fault_set() fail with
 */
int lwd_plant_fault(struct lwd_plant *p, const char *text, bool on, struct lw_error *reterr);

#endif
