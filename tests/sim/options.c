/* SPDX-License-Identifier: Apache-2.0 */
#include "options.h"
#include "scene.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define JOBS_MAX 256

static void usage(void)
{
	fprintf(stderr,
		"usage: sim [--seeds N] [--first N] [--hours H] [--groups N] [--jobs N]\n"
		"           [--faults KIND,...] [--twice] [--verbose] [--trace CAGE]\n"
		"\n"
		"Play N seeds (100) from the first (1), H hours of virtual time each (1), with up\n"
		"to --groups (4) groups of modules, in --jobs (1) processes. A seed that breaks\n"
		"an invariant is told with what broke and how to see it again. --faults has\n"
		"nothing but faults of these kinds come; --twice plays each seed twice and\n"
		"compares the digests of all that happened; --verbose tells what is done, and\n"
		"the state of links at a failure; --trace prints every access to the module of\n"
		"a cage (near/h0).\n");
}

static bool number(const char *s, double low, double high, double *ret)
{
	char *end;

	*ret = strtod(s, &end);
	return end != s && !*end && *ret >= low && *ret <= high;
}

static bool parse_faults(const char *text, struct options *o)
{
	o->faults = 0;
	o->faults_only = true;
	o->faults_text = text;
	while (*text) {
		size_t n = strcspn(text, ",");
		int kind = 0;

		while (kind < LW_LAB_FAULT_N && (strlen(lw_lab_fault_name(kind)) != n ||
						 strncmp(lw_lab_fault_name(kind), text, n) != 0))
			kind++;
		if (kind == LW_LAB_FAULT_N) {
			fprintf(stderr, "sim: unknown fault \"%.*s\"\n", (int)n, text);
			return false;
		}
		o->faults |= UINT32_C(1) << kind;
		text += n + (text[n] == ',');
	}
	return o->faults != 0;
}

/* An option with a number. @return false if there is none of that name, or it cannot be so much */
static bool set_number(struct options *o, const char *name, double v)
{
	if (strcmp(name, "--seeds") == 0 && v >= 1)
		o->seeds = (uint64_t)v;
	else if (strcmp(name, "--first") == 0)
		o->first = (uint64_t)v;
	else if (strcmp(name, "--hours") == 0 && v > 0.3 && v < 1e5)
		o->hours = v;
	else if (strcmp(name, "--groups") == 0 && v >= 1 && v <= GROUPS_MAX)
		o->groups = (unsigned)v;
	else if (strcmp(name, "--jobs") == 0 && v >= 1 && v <= JOBS_MAX)
		o->jobs = (unsigned)v;
	else
		return false;
	return true;
}

static bool parse(int argc, char **argv, struct options *o)
{
	for (int i = 1; i < argc; i++) {
		const char *name = argv[i];
		double v;

		if (strcmp(name, "--verbose") == 0) {
			o->verbose = true;
		} else if (strcmp(name, "--twice") == 0) {
			o->twice = true;
		} else if (++i == argc) {
			return false;
		} else if (strcmp(name, "--faults") == 0) {
			if (!parse_faults(argv[i], o))
				return false;
		} else if (strcmp(name, "--trace") == 0) {
			o->trace = argv[i];
		} else if (!number(argv[i], 0, 1e15, &v) || !set_number(o, name, v)) {
			return false;
		}
	}
	if (o->verbose || o->trace)
		o->jobs = 1; /* else their words would be mixed */
	return true;
}

bool options_parse(int argc, char **argv, struct options *ret)
{
	*ret = (struct options){.first = 1,
				.seeds = 100,
				.hours = 1,
				.groups = 4,
				.jobs = 1,
				.faults = (UINT32_C(1) << LW_LAB_FAULT_N) - 1};
	if (parse(argc, argv, ret))
		return true;
	usage();
	return false;
}
