/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LW_CLI_PRINT_FACTS_H
#define LW_CLI_PRINT_FACTS_H

#include <lanewise/facts.h>

/** Print what a module says of itself, for people, on standard output. */
void cli_print_facts(const struct lw_facts *f, const char *source,
		     const struct lw_findings *problems);

#endif
