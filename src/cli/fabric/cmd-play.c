/* SPDX-License-Identifier: Apache-2.0 */
/* lanewise play: a scenario in virtual time, and what became of the links. */
#include "cli.h"
#include "player.h"

#include <lanewise/files.h>
#include <libsmartcols.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define SCENARIO_LIMIT (4u << 20)

enum { OPT_JSON, OPT_FABRIC, OPT_SEED, OPT_VERBOSE, OPT_FULL };

static const struct cli_option options[] = {
	[OPT_JSON] = {"json", NULL, "print one JSON document (docs/json.md)"},
	[OPT_FABRIC] = {"fabric", "FILE", "play it on this fabric and not on its own"},
	[OPT_SEED] = {"seed", "N", "draw another course of events (default: the scenario's)"},
	[OPT_VERBOSE] = {"verbose", NULL, "tell every event as it happens, on standard error"},
	[OPT_FULL] = {"full", NULL, "simulate also the hours in which nothing happens"},
	{0},
};

struct play {
	bool json, verbose, full, has_seed;
	uint64_t seed;
	const char *fabric;
};

static int on_option(void *ctx, int index, const char *value)
{
	struct play *p = ctx;
	char *end = NULL;

	switch (index) {
	case OPT_JSON:
		p->json = true;
		return 0;
	case OPT_FABRIC:
		p->fabric = value;
		return *value ? 0 : -1;
	case OPT_SEED:
		p->seed = strtoull(value, &end, 0);
		p->has_seed = true;
		return *value >= '0' && *value <= '9' && !*end ? 0 : -1;
	case OPT_VERBOSE:
		p->verbose = true;
		return 0;
	default:
		p->full = true;
		return 0;
	}
}

static void tell(void *ctx, struct lw_mono at, const char *what)
{
	(void)ctx;
	fprintf(stderr, "%14.3f s  %s\n", (double)at.ns / 1e9, what);
}

/* "99.9987 %", and downtime as people say it. */
static void uptime_text(const struct lw_score_link *l, char *ret, size_t size)
{
	if (!l->ns)
		snprintf(ret, size, "never up");
	else
		snprintf(ret, size, "%.4f %%", 100 * (double)l->up_ns / (double)l->ns);
}

static void span_text(double s, char *ret, size_t size)
{
	if (s >= 172800)
		snprintf(ret, size, "%.1f d", s / 86400);
	else if (s >= 7200)
		snprintf(ret, size, "%.1f h", s / 3600);
	else if (s >= 120)
		snprintf(ret, size, "%.1f min", s / 60);
	else
		snprintf(ret, size, "%.3g s", s);
}

static struct libscols_table *new_table(const char *const *columns, const int *flags, size_t n)
{
	struct libscols_table *t = scols_new_table();

	for (size_t i = 0; t && i < n; i++)
		scols_table_new_column(t, columns[i], 0, flags[i]);
	return t;
}

static void print_links(const struct lw_score *s)
{
	static const char *const columns[] = {"LINK", "NOW", "UPTIME", "DOWN FOR", "FLAPS"};
	static const int flags[] = {0, 0, SCOLS_FL_RIGHT, SCOLS_FL_RIGHT, SCOLS_FL_RIGHT};
	struct libscols_table *t = new_table(columns, flags, 5);
	char text[64];

	for (size_t i = 0; t && i < s->link_n; i++) {
		const struct lw_score_link *l = &s->links[i];
		struct libscols_line *line = scols_table_new_line(t, NULL);

		if (!line)
			break;
		scols_line_set_data(line, 0, l->id);
		scols_line_set_data(line, 1,
				    !l->exists   ? "gone"
				    : !l->wanted ? "off"
				    : l->up      ? "up"
						 : "down");
		uptime_text(l, text, sizeof(text));
		scols_line_set_data(line, 2, text);
		span_text((double)(l->ns - l->up_ns) / 1e9, text, sizeof(text));
		scols_line_set_data(line, 3, l->ns ? text : "");
		snprintf(text, sizeof(text), "%u", l->flaps);
		scols_line_set_data(line, 4, text);
	}
	if (t)
		scols_print_table(t);
	scols_unref_table(t);
}

static void found_text(const struct lw_score_kind *k, char *ret, size_t size)
{
	char least[24], most[24];

	ret[0] = '\0';
	if (isnan(k->least_s))
		return;
	span_text(k->least_s, least, sizeof(least));
	span_text(k->most_s, most, sizeof(most));
	snprintf(ret, size, strcmp(least, most) ? "%s - %s" : "%s", least, most);
}

static void named_text(const struct lw_score_kind *k, struct lw_buf *ret)
{
	lw_buf_clear(ret);
	for (unsigned i = 0; i < LW_SCORE_CAUSES && k->named[i].rule; i++)
		lw_buf_printf(ret, "%s%s %u", ret->len ? ", " : "", k->named[i].rule,
			      k->named[i].n);
	if (k->unexplained)
		lw_buf_printf(ret, "%snothing %u", ret->len ? ", " : "", k->unexplained);
	if (k->brief)
		lw_buf_printf(ret, "%stoo brief %u", ret->len ? ", " : "", k->brief);
}

static void print_faults(const struct lw_score *s)
{
	static const char *const columns[] = {"FAULT", "TIMES", "LINKS DOWN", "AFTER", "NAMED"};
	static const int flags[] = {0, SCOLS_FL_RIGHT, SCOLS_FL_RIGHT, 0, 0};
	struct libscols_table *t = new_table(columns, flags, 5);
	struct lw_buf named = LW_BUF_INIT;
	char text[64];
	bool any = false;

	for (int k = 0; t && k < LW_LAB_FAULT_N; k++) {
		const struct lw_score_kind *x = &s->kind[k];
		struct libscols_line *line = x->times ? scols_table_new_line(t, NULL) : NULL;

		if (!line)
			continue;
		any = true;
		scols_line_set_data(line, 0, lw_lab_fault_name(k));
		snprintf(text, sizeof(text), "%u", x->times);
		scols_line_set_data(line, 1, text);
		snprintf(text, sizeof(text), "%u", x->links);
		scols_line_set_data(line, 2, text);
		found_text(x, text, sizeof(text));
		scols_line_set_data(line, 3, text);
		named_text(x, &named);
		scols_line_set_data(line, 4, lw_buf_str(&named));
	}
	if (any) {
		printf("\n");
		scols_print_table(t);
	}
	if (t)
		scols_unref_table(t);
	lw_buf_finish(&named);
}

static void print_expects(const struct lw_score *s)
{
	if (s->expect_n)
		printf("\n");
	for (size_t i = 0; i < s->expect_n; i++) {
		const struct lw_score_expect *x = &s->expects[i];
		bool met = x->outcome == LW_OUTCOME_MET;

		printf("%s%s%s line %d, %.3f s: %s%s%s\n", met ? cli_green() : cli_red(),
		       met ? "met   " : "FAILED", cli_plain(), x->expect->line,
		       (double)x->at.ns / 1e9, x->expect->text, met ? "" : ": ", met ? "" : x->why);
	}
}

static void print_score(const struct lw_score *s, size_t failed)
{
	char length[32];
	unsigned flaps = 0;
	int64_t ns = 0, up_ns = 0;

	for (size_t i = 0; i < s->link_n; i++) {
		flaps += s->links[i].flaps;
		ns += s->links[i].ns;
		up_ns += s->links[i].up_ns;
	}
	span_text((double)s->scenario->length.ns / 1e9, length, sizeof(length));
	printf("%s%s%s on %s, %s, seed %llu\n\n", cli_bold(), s->scenario->name, cli_plain(),
	       s->fabric->name, length, (unsigned long long)s->scenario->seed);
	print_links(s);
	print_faults(s);
	print_expects(s);
	printf("\n%zu fault%s injected, %u flap%s, %u with no fault to blame; uptime of all links "
	       "%.5f %%",
	       s->scenario->injection_n, s->scenario->injection_n == 1 ? "" : "s", flaps,
	       flaps == 1 ? "" : "s", s->blameless, ns ? 100 * (double)up_ns / (double)ns : 0);
	if (s->expect_n)
		printf("; %zu of %zu expectations failed", failed, s->expect_n);
	printf("\n");
}

static int report(const struct play *opt, struct cli_player *p)
{
	size_t failed = lw_score_end(&p->score, p->scenario->length);
	struct lw_buf text = LW_BUF_INIT;
	struct lw_json j;

	if (opt->json) {
		lw_json_init(&j, &text);
		lw_score_json(&p->score, &j);
		lw_buf_putc(&text, '\n');
		if (cli_write(&text))
			return CLI_DEVICE;
	} else {
		print_score(&p->score, failed);
	}
	return failed ? CLI_BAD_NEWS : CLI_OK;
}

static int play(const struct play *opt, const char *path, const char *text, size_t n,
		struct lw_arena *arena)
{
	struct cli_player *p = lw_arena_alloc(arena, sizeof(*p));
	struct lw_scenario s;
	struct lw_fabric f;
	struct lw_error e;
	int status, r = p ? 0 : lw_fail(&e, LW_ENOMEM, "out of memory");

	if (!r)
		r = lw_file_scenario_fabric(path, text, n, opt->fabric, arena, &f, &e);
	if (!r)
		r = lw_scenario_load(text, n, path, &f, opt->has_seed ? &opt->seed : NULL, arena,
				     &s, &e);
	if (r)
		return cli_error(&e);
	*p = (struct cli_player){.fabric = &f, .scenario = &s, .full = opt->full};
	if (opt->verbose)
		p->told = tell;
	status = cli_player_run(p, arena, &e) ? cli_error(&e) : report(opt, p);
	cli_player_finish(p);
	return status;
}

static int run(const struct cli_command *self, int argc, char **argv)
{
	struct play opt = {0};
	struct lw_arena arena;
	struct lw_error e;
	char *text = NULL;
	size_t size;
	int status, n = cli_parse(self, argc, argv, on_option, &opt);

	if (n < 0)
		return n == -2 ? CLI_OK : CLI_USAGE;
	if (n != 1)
		return cli_usage(self, n ? "one scenario at a time" : "no scenario given");
	if (lw_file_read(argv[0], SCENARIO_LIMIT, &text, &size, &e))
		return cli_error(&e);
	lw_arena_init(&arena, 0);
	status = play(&opt, argv[0], text, size, &arena);
	lw_arena_finish(&arena);
	free(text);
	return status;
}

const struct cli_command cli_play = {
	.name = "play",
	.synopsis = "[OPTION...] SCENARIO",
	.summary =
		"play a scenario of faults and changes on twins, and tell what became of the links",
	.text = "Stage a fabric on virtual modules, bring its links up, let happen to it what the\n"
		"scenario file says, and report: uptime and flaps of each link, which faults were\n"
		"injected and what was named as the cause, which expectations held. Time is "
		"virtual:\n"
		"a year takes moments, since hours in which nothing happens are jumped over.\n\n"
		"  lanewise play examples/scenarios/first-fault.yaml\n"
		"  lanewise play examples/scenarios/year.yaml --seed 7\n\n"
		"docs/scenario.md describes the file. Exit status 1: an expectation failed.",
	.options = options,
	.run = run,
};
