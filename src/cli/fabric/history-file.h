/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LW_CLI_HISTORY_FILE_H
#define LW_CLI_HISTORY_FILE_H

#include <lanewise/history.h>

/** Open a history to look at it alone. What cannot be opened is LW_ENOENT: wrong input. */
int cli_history_open(const char *path, struct lw_history **ret, struct lw_error *reterr);

#endif
