/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LW_CLI_PRINT_SUBJECTS_H
#define LW_CLI_PRINT_SUBJECTS_H

#include <lanewise/finding.h>
#include <stdio.h>

/** Findings with what each is about, worst first; at most a few hundred, the rest is counted. */
void cli_print_subjects(const struct lw_findings *f, FILE *to);

#endif
