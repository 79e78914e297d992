/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LW_CLI_ONE_MODULE_H
#define LW_CLI_ONE_MODULE_H

#include <lanewise/fabric.h>

/** Is this operand a fabric file, and not a part, a dump, a recipe or a bus trace? */
bool cli_is_fabric(const char *path);

/**
 * A fabric of modules that are named one by one (part, dump, recipe, trace): each in a cage of its
 * own, "module/cage1" and so on; a cable with fixed ends takes a cage for each of its plugs.
 */
int cli_modules_read(char *const *names, unsigned n, struct lw_arena *arena, struct lw_fabric *ret,
		     struct lw_error *reterr);

#endif
