/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LW_CLI_PORTS_H
#define LW_CLI_PORTS_H

#include "cli.h"
#include <lanewise/platform.h>

/* "lanewise port": what its three forms share. */

/** One platform's memory: enough for the largest public one a hundred times over. */
#define PORTS_MEMORY (512u << 20)

void cli_print_platform(const struct lw_platform *p, const struct lw_findings *f);
void cli_print_transition(const struct lw_transition *t);

/** Findings with their subjects, worst first; `path` is said before and cut off subjects. */
void cli_print_port_findings(const struct lw_findings *f, const char *path, bool remedies);

/** Judge every platform below the folders. @return exit status */
int cli_port_lint(const struct cli_command *self, int argc, char **argv, bool json);

#endif
