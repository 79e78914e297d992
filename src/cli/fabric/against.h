/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LW_CLI_AGAINST_H
#define LW_CLI_AGAINST_H

#include <lanewise/fabric.h>

/**
 * Compare a fabric with what a folder holds of the real one (docs/exchange.md).
 * @param path  of the fabric file: platforms are relative to it
 */
int cli_against(const struct lw_fabric *f, const char *path, const char *dir,
		struct lw_findings *ret, struct lw_error *reterr);

#endif
