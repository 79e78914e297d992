/* SPDX-License-Identifier: Apache-2.0 */
#include "print-subjects.h"

#include "cli.h"

#define SHOWN_MAX 200

static void print_one(const struct lw_finding *x, FILE *to)
{
	fprintf(to, "%s%-5s %s%s: %s\n",
		x->severity == LW_FATAL  ? cli_red()
		: x->severity == LW_RISK ? cli_yellow()
					 : "",
		lw_severity_name(x->severity), x->rule, x->severity == LW_INFO ? "" : cli_plain(),
		x->subject);
	cli_wrap(to, "      ", 6, x->text);
	if (x->remedy[0])
		cli_wrap(to, "      remedy: ", 14, x->remedy);
}

void cli_print_subjects(const struct lw_findings *f, FILE *to)
{
	size_t shown = 0;

	for (int s = LW_FATAL; s >= LW_INFO; s--)
		for (size_t i = 0; i < f->n; i++)
			if ((int)f->v[i].severity == s && shown++ < SHOWN_MAX)
				print_one(&f->v[i], to);
	if (shown > SHOWN_MAX)
		fprintf(to, "and %zu more findings; --json has them all\n", shown - SHOWN_MAX);
}
