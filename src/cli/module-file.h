/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LW_CLI_MODULE_FILE_H
#define LW_CLI_MODULE_FILE_H

#include <lanewise/fabric.h>

/**
 * Get a module's memory from a file of that kind; LW_SOURCE_PART: its name tells (.yaml: a recipe,
 * .trace: a bus trace, else what cli_source_read() takes).
 */
int cli_module_read(enum lw_source source, const char *path, struct lw_image *ret,
		    struct lw_error *reterr);

/** The same as an lw_dump_reader; `ctx` is the path of the fabric file that `path` is relative to.
 */
int cli_module_reader(void *ctx, enum lw_source source, const char *path, struct lw_image *ret,
		      struct lw_error *reterr);

/**
 * Load and resolve the fabric that a scenario is played on.
 * @param path     of the scenario, whose text is given; what it names is relative to it
 * @param instead  the path of another fabric, NULL: the one that it names
 */
int cli_scenario_fabric_read(const char *path, const char *text, size_t n, const char *instead,
			     struct lw_arena *arena, struct lw_fabric *ret,
			     struct lw_error *reterr);

#endif
