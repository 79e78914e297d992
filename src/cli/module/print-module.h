/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LW_CLI_PRINT_MODULE_H
#define LW_CLI_PRINT_MODULE_H

#include "cmd-module.h"
#include <lanewise/control.h>

/** A raw register value of the module; -1 if it was not read. */
int cli_module_raw(const struct cli_module *m, unsigned id, unsigned lane);

/** The keys "source" and "subcommand" of every document of `lanewise module`. */
void cli_module_begin_json(struct cli_module *m, const char *subcommand);

/** A plan and what became of it; `c` NULL: it was only shown. */
void cli_print_plan(struct cli_module *m, const char *subcommand,
		    const struct lw_control_plan *plan, const struct lw_control *c);

/** What can be set, how it is, or why it cannot; those whose name begins with `prefix`. */
void cli_print_settings(struct cli_module *m, const char *subcommand, enum lw_control_group group,
			const char *prefix);

/** Applications, and which lanes use them. */
void cli_print_apps(struct cli_module *m);

/** Module, data paths and outputs, lane by lane. */
void cli_print_status(struct cli_module *m);

/** Where the tunable laser of each lane is. */
void cli_print_tuning(struct cli_module *m);

#endif
