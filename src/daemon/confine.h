/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LW_DAEMON_CONFINE_H
#define LW_DAEMON_CONFINE_H

#include <lanewise/buf.h>

/**
 * Give up, in this process and for good, all that serving open sockets does not need: other users'
 * rights, new privileges, files, programs, new sockets. What the kernel does not know is left out.
 * @param ret  what holds now, for the log: "user 65534, no new privileges, landlock, seccomp"
 */
void lwd_confine(struct lw_buf *ret);

#endif
