/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LW_CLI_PRINT_VALUES_H
#define LW_CLI_PRINT_VALUES_H

#include <lanewise/json.h>
#include <lanewise/map.h>

/** Print every field of the pages that are there, page by page, for people. */
void cli_print_values(const struct lw_view *v);

/** The keys `fields`, `absent_pages` and `vdm` of decode --all (docs/json.md). */
void cli_values_json(const struct lw_view *v, struct lw_json *j);

/** Print the monitors of versatile diagnostics that are there, as one table; nothing if none is. */
void cli_print_observables(const struct lw_view *v);

#endif
