/* SPDX-License-Identifier: Apache-2.0 */
#include "against.h"
#include "cli.h"
#include "print-links.h"
#include "progress.h"
#include <lanewise/fabric.h>
#include <lanewise/files.h>
#include <string.h>

enum { OPT_JSON, OPT_LANES, OPT_AGAINST };

static const struct cli_option options[] = {
	{"json", NULL, "print one JSON document (docs/json.md)"},
	{"lanes", NULL, "show every lane of every link, end to end"},
	{"against", "DIR",
	 "compare with dumps and show output of the real fabric "
	 "(docs/exchange.md)"},
	{0},
};

struct check {
	bool json, lanes;
	const char *against;
};

static int on_option(void *ctx, int index, const char *value)
{
	struct check *c = ctx;

	if (index == OPT_JSON)
		c->json = true;
	else if (index == OPT_LANES)
		c->lanes = true;
	else
		c->against = value;
	return 0;
}

static int print_json(const struct lw_fabric *f)
{
	struct lw_buf text = LW_BUF_INIT;
	struct lw_json j;

	lw_json_init(&j, &text);
	lw_fabric_check_json(f, &j);
	lw_buf_putc(&text, '\n');
	return cli_write(&text);
}

struct showing {
	struct progress progress;
	const char *unit;
};

/* Cages, cables and links go at speeds of their own. */
static void show(void *ctx, const char *unit, size_t done, size_t all)
{
	struct showing *s = ctx;

	if (strcmp(unit, s->unit) != 0) {
		bool shown = s->progress.shown;

		progress_start(&s->progress, true);
		s->progress.shown = shown;
		s->unit = unit;
	}
	progress_show(&s->progress, (double)done, (double)all, unit, "");
}

static int load(const char *path, struct lw_arena *arena, struct lw_fabric *ret,
		struct lw_error *reterr)
{
	struct showing s = {.unit = ""};
	const struct lw_fabric_watch watch = {.show = show, .ctx = &s};
	int r = lw_file_fabric_watched(path, &watch, arena, ret, reterr);

	progress_end(&s.progress);
	return r;
}

static int run(const struct cli_command *self, int argc, char **argv)
{
	struct check opt = {0};
	struct lw_fabric f;
	struct lw_arena arena;
	struct lw_error e;
	int status = CLI_OK, n = cli_parse(self, argc, argv, on_option, &opt);

	if (n < 0)
		return n == -2 ? CLI_OK : CLI_USAGE;
	if (n != 1)
		return cli_usage(self, n ? "one fabric file at a time" : "no fabric file given");
	lw_arena_init(&arena, 0);
	if (load(argv[0], &arena, &f, &e)) {
		lw_arena_finish(&arena);
		return cli_error(&e);
	}
	if (opt.against && cli_against(&f, argv[0], opt.against, &f.findings, &e)) {
		lw_arena_finish(&arena);
		return cli_error(&e);
	}
	for (size_t i = 0; opt.against && i < f.findings.n; i++)
		if (f.findings.v[i].severity == LW_FATAL)
			status = CLI_BAD_NEWS;
	for (size_t i = 0; i < f.link_n; i++)
		if (f.links[i].verdict == LW_DOWN)
			status = CLI_BAD_NEWS;
	if (opt.json) {
		if (print_json(&f))
			status = CLI_DEVICE;
	} else {
		cli_print_check(&f, opt.lanes);
	}
	lw_arena_finish(&arena);
	return status;
}

const struct cli_command cli_check = {
	.name = "check",
	.synopsis = "[--json] [--lanes] [--against DIR] FABRIC",
	.summary = "which links of a fabric will come up, which will not, and why",
	.text = "Judge every logical link of a fabric file (docs/fabric.md), lane by lane, before\n"
		"anything is bought or plugged. Every reason is listed, not only the first.\n\n"
		"  lanewise check examples/first-light.yaml\n\n"
		"With --against what is really plugged is compared with the plan.\n\n"
		"Exit status 1 tells that a link will not come up, or that the plan is not kept.",
	.options = options,
	.run = run,
};
