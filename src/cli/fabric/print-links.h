/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LW_CLI_PRINT_LINKS_H
#define LW_CLI_PRINT_LINKS_H

#include <lanewise/engine.h>

/** The verdict on each link, then the findings of those that are not plainly up. */
void cli_print_check(const struct lw_fabric *f, bool lanes);

/** One table of logical links as they are now, then why those that are not up are not. */
void cli_print_engine(const struct lw_engine *e);

/** Progress for people: the counts of links by state at a time, on standard error. */
void cli_print_progress(const struct lw_engine *e, struct lw_mono now);

#endif
