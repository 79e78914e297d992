/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LW_DAEMON_CORE_H
#define LW_DAEMON_CORE_H

#include "setup.h"

/**
 * @file
 * The process that owns the modules: engine, publishers and audit on one libuv loop. It never
 * parses what came from the network: the API process does, and asks (wire.h).
 */

struct lwd_options {
	const char *config_path; /**< absolute */
	const char *self;        /**< this program, to be started as the API process */
	bool once;               /**< end when all links have settled */
};

/**
 * Run until SIGTERM or SIGINT. SIGHUP reads all anew (docs/daemon.md).
 * @param setup  what holds at first; another one after a reload. The caller destroys it.
 * @return 0, or what it could not start with
 */
int lwd_core_run(struct lwd_setup **setup, const struct lwd_options *opt, struct lw_error *reterr);

#endif
