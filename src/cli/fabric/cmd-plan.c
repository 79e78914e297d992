/* SPDX-License-Identifier: Apache-2.0 */
#include "cli.h"
#include "plan-render.h"
#include "print-planner.h"
#include "progress.h"
#include <errno.h>
#include <lanewise/files.h>
#include <lanewise/planner.h>
#include <lanewise/render.h>
#include <stdlib.h>
#include <string.h>

#define INTENT_LIMIT (4u << 20)
#define CSV_ROWS     4096u /* of one write */

enum { OPT_JSON, OPT_FABRIC, OPT_LISTS, OPT_CABLES, OPT_SVG, OPT_FROM, OPT_NOS, OPT_O };

static const struct cli_option options[] = {
	{"json", NULL, "print one JSON document (docs/json.md)"},
	{"fabric", "FILE", "write the fabric file, for lanewise check and render"},
	{"lists", NULL, "cages and cables of --fabric as CSV beside it, as large plans have them"},
	{"cables", "FILE", "write the cable schedule: CSV, one row a link"},
	{"svg", "FILE", "draw the topology and the room"},
	{"from", "INTENT", "how to get here from another plan, step by step"},
	{"nos", "NOS", "write each switch's configuration into the folder of --o"},
	{"o", "DIR", "folder for --nos"},
	{0},
};

struct plan_options {
	bool json, lists;
	const char *fabric, *cables, *svg, *from, *nos, *dir;
};

static int on_option(void *ctx, int index, const char *value)
{
	struct plan_options *o = ctx;

	switch (index) {
	case OPT_JSON:
		o->json = true;
		break;
	case OPT_FABRIC:
		o->fabric = value;
		break;
	case OPT_LISTS:
		o->lists = true;
		break;
	case OPT_CABLES:
		o->cables = value;
		break;
	case OPT_SVG:
		o->svg = value;
		break;
	case OPT_FROM:
		o->from = value;
		break;
	case OPT_NOS:
		o->nos = value;
		return lw_nos_find(value) ? 0 : -1;
	default:
		o->dir = value;
	}
	return 0;
}

static void on_progress(void *ctx, uint64_t done, uint64_t all)
{
	progress_show(ctx, (double)done, (double)all, "links", "");
}

static int open_out(const char *path, FILE **ret)
{
	*ret = strcmp(path, "-") == 0 ? stdout : fopen(path, "wb");
	if (*ret)
		return CLI_OK;
	fprintf(stderr, "lanewise: %s: cannot be written: %s\n", path, strerror(errno));
	return CLI_DEVICE;
}

static int close_out(const char *path, FILE *f, bool failed)
{
	if (fflush(f) || (f != stdout && fclose(f)))
		failed = true;
	if (!failed)
		return CLI_OK;
	fprintf(stderr, "lanewise: %s: cannot be written: %s\n", path, strerror(errno));
	return CLI_DEVICE;
}

static int write_text(const char *path, struct lw_buf *text)
{
	FILE *f;
	int status = text->failed ? CLI_DEVICE : open_out(path, &f);
	bool failed;

	if (status == CLI_OK) {
		failed = fwrite(lw_buf_str(text), 1, text->len, f) != text->len;
		status = close_out(path, f, failed);
	}
	lw_buf_finish(text);
	return status;
}

/** Writes rows `first` to `first + n` of a list; the head goes with row 0. */
typedef void (*list_writer)(const struct lw_planner *p, uint64_t first, uint64_t n,
			    struct lw_buf *ret);

/* A list may be larger than memory should be: it leaves piece by piece. */
static int write_list(const struct lw_planner *p, const char *path, list_writer fn, uint64_t n,
		      uint64_t at_once, struct progress *progress)
{
	struct lw_buf rows = LW_BUF_INIT;
	bool failed = false;
	FILE *f;
	int status = open_out(path, &f);

	if (status != CLI_OK)
		return status;
	for (uint64_t i = 0; !failed && (i == 0 || i < n); i += at_once) {
		fn(p, i, at_once, &rows);
		failed = rows.failed || fwrite(lw_buf_str(&rows), 1, rows.len, f) != rows.len;
		lw_buf_clear(&rows);
		progress_show(progress, (double)i, (double)n, "rows", "");
	}
	lw_buf_finish(&rows);
	return close_out(path, f, failed);
}

/* "fabric.yaml" has "fabric-cages.csv" and "fabric-cables.csv" beside it. */
static int write_lists(const struct lw_planner *p, const char *path, struct progress *progress)
{
	size_t n = strlen(path);
	size_t stem = n > 5 && !strcmp(path + n - 5, ".yaml") ? n - 5 : n;
	const char *slash = strrchr(path, '/'), *base = slash ? slash + 1 : path;
	int stem_of_base = (int)(path + stem - base);
	struct lw_buf text = LW_BUF_INIT, cages = LW_BUF_INIT, cables = LW_BUF_INIT,
		      name[2] = {LW_BUF_INIT, LW_BUF_INIT};
	int status;

	lw_buf_printf(&cages, "%.*s-cages.csv", (int)stem, path);
	lw_buf_printf(&cables, "%.*s-cables.csv", (int)stem, path);
	lw_buf_printf(&name[0], "%.*s-cages.csv", stem_of_base, base);
	lw_buf_printf(&name[1], "%.*s-cables.csv", stem_of_base, base);
	lw_planner_lists(p, lw_buf_str(&name[0]), lw_buf_str(&name[1]), &text);
	status = write_text(path, &text);
	if (status == CLI_OK)
		status = write_list(p, lw_buf_str(&cages), lw_planner_cage_list,
				    lw_planner_devices_n(p), 64, progress);
	if (status == CLI_OK)
		status = write_list(p, lw_buf_str(&cables), lw_planner_cable_list, p->cable_n,
				    CSV_ROWS, progress);
	lw_buf_finish(&cages);
	lw_buf_finish(&cables);
	lw_buf_finish(&name[0]);
	lw_buf_finish(&name[1]);
	return status;
}

static int write_fabric(const struct lw_planner *p, const struct plan_options *o,
			struct progress *progress)
{
	struct lw_buf text = LW_BUF_INIT;
	struct lw_error e;
	int rc = o->lists ? LW_ELIMIT : lw_planner_fabric(p, &text, &e);

	if (!rc)
		return write_text(o->fabric, &text);
	lw_buf_finish(&text);
	if (rc != LW_ELIMIT)
		return cli_error(&e);
	if (strcmp(o->fabric, "-") != 0)
		return write_lists(p, o->fabric, progress);
	fprintf(stderr,
		"lanewise: a fabric file of %zu cables has lists beside it: name a file "
		"for --fabric\n",
		p->cable_n);
	return CLI_USAGE;
}

static int write_files(const struct lw_planner *p, const struct plan_options *o,
		       struct progress *progress)
{
	struct lw_buf text = LW_BUF_INIT;
	int status = CLI_OK;

	if (o->fabric)
		status = write_fabric(p, o, progress);
	if (status == CLI_OK && o->cables)
		status = write_list(p, o->cables, lw_planner_csv, p->link_n, CSV_ROWS, progress);
	if (status == CLI_OK && o->svg) {
		lw_planner_svg(p, &text);
		status = write_text(o->svg, &text);
	}
	progress_end(progress);
	if (status == CLI_OK && o->nos)
		status = cli_plan_render(p, lw_nos_find(o->nos), o->dir);
	return status;
}

/* True when a document of its own goes to standard output. */
static bool to_stdout(const struct plan_options *o)
{
	return (o->fabric && !strcmp(o->fabric, "-")) || (o->cables && !strcmp(o->cables, "-")) ||
	       (o->svg && !strcmp(o->svg, "-"));
}

static int load(const char *path, struct lw_arena *arena, struct progress *progress,
		struct lw_intent *x, struct lw_planner *ret, struct lw_error *reterr)
{
	char *text = NULL;
	size_t n = 0;
	int rc = lw_file_read(path, INTENT_LIMIT, &text, &n, reterr);

	if (rc)
		return rc;
	rc = lw_intent_load(text, n, path, lw_file_beside, (void *)(uintptr_t)path, arena, x,
			    reterr);
	free(text);
	return rc ? rc : lw_planner_make(x, on_progress, progress, ret, reterr);
}

static int print_json(const struct lw_planner *p, const struct lw_migration *m)
{
	struct lw_buf text = LW_BUF_INIT;
	struct lw_json j;

	lw_json_init(&j, &text);
	lw_planner_json(p, m, &j);
	lw_buf_putc(&text, '\n');
	return cli_write(&text);
}

static int print_plan(const struct lw_planner *p, const struct lw_migration *m,
		      const struct plan_options *o)
{
	if (o->json)
		return print_json(p, m);
	if (!to_stdout(o))
		cli_print_planner(p, m);
	return CLI_OK;
}

static int plan(const char *path, const struct plan_options *o)
{
	struct lw_planner p, from;
	struct lw_intent x, old;
	struct lw_migration m;
	struct lw_arena arena;
	struct lw_error e = {.page = -1, .byte = -1};
	struct progress progress;
	int status, rc;

	lw_arena_init(&arena, 0);
	progress_start(&progress, true);
	rc = load(path, &arena, &progress, &x, &p, &e);
	if (!rc && o->from)
		rc = load(o->from, &arena, &progress, &old, &from, &e);
	if (!rc && o->from)
		rc = lw_planner_migrate(&from, &p, &m, &e);
	progress_end(&progress);
	status = rc ? cli_error(&e) : write_files(&p, o, &progress);
	if (!rc && (status == CLI_OK || status == CLI_BAD_NEWS)) {
		int printed = print_plan(&p, o->from ? &m : NULL, o);

		if (printed != CLI_OK)
			status = printed;
		else if (lw_planner_fails(&p))
			status = CLI_BAD_NEWS;
	}
	lw_arena_finish(&arena);
	return status;
}

static int run(const struct cli_command *self, int argc, char **argv)
{
	struct plan_options opt = {0};
	int n = cli_parse(self, argc, argv, on_option, &opt);

	if (n < 0)
		return n == -2 ? CLI_OK : CLI_USAGE;
	if (n != 1)
		return cli_usage(self, n ? "one intent file at a time" : "no intent file given");
	if (!opt.nos != !opt.dir)
		return cli_usage(self, "--nos and --o go together");
	if (opt.json && to_stdout(&opt))
		return cli_usage(self,
				 "--json and another document cannot both go to standard output");
	return plan(argv[0], &opt);
}

const struct cli_command cli_plan = {
	.name = "plan",
	.synopsis =
		"[--json] [--fabric FILE [--lists]] [--cables FILE] [--svg FILE] [--from INTENT] "
		"[--nos NOS --o DIR] INTENT",
	.summary = "a fabric from what is wanted: switches, media, cables, cost, power",
	.text = "Plan a fabric from an intent file (docs/plan.md): leaf-spine, three tiers, rails "
		"or\n"
		"planes. Every link is judged lane by lane; what limits the plan is said. \"-\" as "
		"FILE is\n"
		"standard output.\n\n"
		"  lanewise plan examples/intents/leaf-spine.yaml\n"
		"  lanewise plan --fabric fabric.yaml --svg fabric.svg "
		"examples/intents/leaf-spine.yaml\n"
		"  lanewise check fabric.yaml\n\n"
		"Exit status 1 tells that the intent cannot be met or a link will not come up.",
	.options = options,
	.run = run,
};
