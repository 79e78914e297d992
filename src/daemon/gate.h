/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LW_DAEMON_GATE_H
#define LW_DAEMON_GATE_H

#include "config.h"

/**
 * @file
 * Whom a browser speaks for: what the headers of a request say about where it comes from. Pure; a
 * header that was not sent is NULL.
 */

/** Is `host` one of our names? A foreign page cannot reach us by a name of its own. */
bool lwd_gate_host(const struct lwd_config *c, const char *host);

/** Is it no page of another origin? Such a one may not even look. */
bool lwd_gate_origin(const char *origin, const char *host);

/**
 * Likewise by Sec-Fetch-Site, -Mode and -Dest, which browsers also send where they send no Origin:
 * a foreign page may open ours, as any link does, but have no pictures, scripts, frames or forms of
 * it.
 */
bool lwd_gate_site(const char *site, const char *mode, const char *dest, bool get);

#endif
