/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LW_CLI_PLAN_RENDER_H
#define LW_CLI_PLAN_RENDER_H

#include <lanewise/planner.h>
#include <lanewise/render.h>

/**
 * Write each switch's configuration as DIR/NAME.EXT, and how to verify and undo it beside.
 * @return CLI_OK, or what was said to be wrong
 */
int cli_plan_render(const struct lw_planner *p, const struct lw_nos *nos, const char *dir);

#endif
