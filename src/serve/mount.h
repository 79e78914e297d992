/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LW_SERVE_MOUNT_H
#define LW_SERVE_MOUNT_H

#include "station.h"

/** @file The files: DIR/device/cage/eeprom and its siblings, through FUSE. */

struct lw_mount;

/**
 * Mount over `dir`; accesses wait until lw_mount_run().
 * @param reterr  LW_EINVAL: `dir` is no directory to mount on; LW_EIO: FUSE cannot be used
 */
int lw_mount_create(struct lw_station *s, const char *dir, const struct lw_serve_options *opt,
		    struct lw_mount **ret, struct lw_error *reterr);
/** Serve until SIGINT, SIGTERM or SIGHUP comes or the directory is unmounted. Main thread. */
int lw_mount_run(struct lw_mount *m, struct lw_error *reterr);
/** Wake the programs that wait for a pin which has changed; `mount` is a struct lw_mount. */
void lw_mount_look(void *mount);
/** Unmount; accepts NULL. */
void lw_mount_destroy(struct lw_mount *m);

#endif
