/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LW_DAEMON_FILE_H
#define LW_DAEMON_FILE_H

#include <lanewise/error.h>
#include <stddef.h>

/**
 * Read a file of secrets: refused when others than its owner may read or change it.
 * @param ret  free() it, after it was overwritten
 */
int lwd_file_secret(const char *path, char **ret, size_t *ret_n, struct lw_error *reterr);

/**
 * Read all of a descriptor, from its beginning, and close it.
 * @param ret  free() it; a NUL follows
 */
int lwd_file_take(int fd, char **ret, size_t *ret_n, struct lw_error *reterr);

#endif
