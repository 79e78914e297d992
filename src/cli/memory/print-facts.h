/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LW_CLI_PRINT_FACTS_H
#define LW_CLI_PRINT_FACTS_H

#include <lanewise/facts.h>

/** Print what a module says of itself, for people, on standard output. */
void cli_print_facts(const struct lw_facts *f, const char *source,
		     const struct lw_findings *problems);

struct libscols_table;

/** A table with these columns, bit i of `right`: column i flush right; NULL without memory. */
struct libscols_table *cli_table_new(const char *const *columns, size_t n, unsigned right);

/** Print the table, indented by two blanks, and free it. */
void cli_table_print(struct libscols_table *t);

#endif
