/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LW_DAEMON_CORE_H
#define LW_DAEMON_CORE_H

#include "config.h"

/**
 * @file
 * The process that owns the modules: engine, publishers and audit on one libuv loop. It never
 * parses what came from the network: the API process does, and asks (wire.h).
 */

struct lwd_options {
	const char *config_path; /**< as given; the API process reads it too */
	const char *self;        /**< this program, to be started as the API process */
	bool once;               /**< end when all links have settled */
};

/** Run until SIGTERM or SIGINT. @return 0, or what it could not start with */
int lwd_core_run(const struct lwd_config *c, struct lw_fabric *f, const struct lwd_options *opt,
		 struct lw_error *reterr);

#endif
