/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LW_CLI_PRINT_PLANNER_H
#define LW_CLI_PRINT_PLANNER_H

#include <lanewise/planner.h>

/** A plan for people; `m`, if not NULL: how to get there. */
void cli_print_planner(const struct lw_planner *p, const struct lw_migration *m);

#endif
