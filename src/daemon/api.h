/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LW_DAEMON_API_H
#define LW_DAEMON_API_H

#include "config.h"

/**
 * The API process: open the sockets, give up all rights, serve until the core ends. It owns
 * nothing, and whoever takes it over can ask the core no more than everybody can.
 * @param core       its end of the socket pair
 * @param cert, key  PEM, NULL: plain HTTP
 */
int lwd_api_run(const struct lwd_config *c, int core, const char *cert, const char *key,
		struct lw_error *reterr);

/** Could it listen where it is to? Tries, for others may do that already. */
int lwd_api_try(const struct lwd_config *c, struct lw_error *reterr);

#endif
