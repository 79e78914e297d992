/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LW_CLI_PRINT_MONITOR_H
#define LW_CLI_PRINT_MONITOR_H

#include "cmd-module.h"
#include <lanewise/monitor.h>

/* Between two looks at flags: a flag whose cause lasts is there again by then (SFF-8472 asks for
 * 100 ms). */
#define LOOK_AGAIN_MS 250

void cli_print_monitor(struct cli_module *m, const struct lw_readings *r);
void cli_print_thresholds(struct cli_module *m);
void cli_print_flags(struct cli_module *m, const struct lw_flag_log *log);
void cli_print_vdm(struct cli_module *m);

/** The document of a module without VDM. */
void cli_no_vdm_json(struct cli_module *m, const struct lw_error *why);

#endif
