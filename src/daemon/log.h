/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LW_DAEMON_LOG_H
#define LW_DAEMON_LOG_H

#include <lanewise/buf.h>

/**
 * @file
 * Lines on standard error: `<level>event key="value" ...`, with the level only where systemd reads
 * it. Values are quoted: nothing that came from outside can begin a line of its own.
 */

enum lwd_level { LWD_ERROR = 3, LWD_WARNING = 4, LWD_NOTICE = 5, LWD_INFO = 6 };

/** Pairs of key and value, ended by NULL; a pair whose value is NULL is left out. */
void lwd_log(enum lwd_level level, const char *event, ...) __attribute__((sentinel));

/** Append a value as lines have it: quoted, without anything that a terminal would obey. */
void lwd_log_quote(struct lw_buf *b, const char *s);

/** Tell the service manager ("READY=1"; sd_notify(3) has the words), if there is one. */
void lwd_notify(const char *state);

/** How often it wants to hear that we are alive, in milliseconds; 0: it does not. */
unsigned lwd_watchdog_ms(void);

#endif
