/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LW_DAEMON_API_H
#define LW_DAEMON_API_H

#include "config.h"

/**
 * The API process: open the sockets, give up all rights, serve until the core ends. It owns
 * nothing, and whoever takes it over can ask the core no more than everybody can.
 * @param core  its end of the socket pair
 */
int lwd_api_run(const struct lwd_config *c, int core, struct lw_error *reterr);

#endif
