/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LW_SERVE_COMMAND_H
#define LW_SERVE_COMMAND_H

#include "station.h"
#include <lanewise/buf.h>

/** @file The commands of the control socket: one line in, one line out (serve 7). */

/** Longest command, with its end of line. */
#define LW_COMMAND_MAX 4096

/** Carry out `line` and append the reply with its end of line; "error: ..." if it fails. */
void lw_command_run(struct lw_station *s, const char *line, struct lw_buf *reply);

#endif
