/* SPDX-License-Identifier: Apache-2.0 */
#include "cli.h"
#include <lanewise/exchange.h>
#include <lanewise/files.h>
#include <string.h>

enum { OPT_TO, OPT_JSON };

static const struct cli_option options[] = {
	{"to", "KIND", "schedule, labels, netbox, dot or svg"},
	{"json", NULL, "print one JSON document that holds the text (docs/json.md)"},
	{0},
};

struct export
{
	const char *to;
	bool json;
};

static int on_option(void *ctx, int index, const char *value)
{
	struct export *x = ctx;

	if (index == OPT_TO)
		x->to = value;
	else
		x->json = true;
	return 0;
}

static int write_as(const char *to, const struct lw_fabric *f, struct lw_buf *b)
{
	if (strcmp(to, "schedule") == 0)
		lw_export_schedule(f, b);
	else if (strcmp(to, "labels") == 0)
		lw_export_labels(f, b);
	else if (strcmp(to, "netbox") == 0)
		lw_export_netbox(f, b);
	else if (strcmp(to, "dot") == 0)
		lw_export_dot(f, b);
	else if (strcmp(to, "svg") == 0)
		return lw_export_svg(f, b);
	else
		return LW_EINVAL;
	return 0;
}

static int print(const struct export *x, const struct lw_fabric *f, struct lw_buf *text)
{
	struct lw_buf b = LW_BUF_INIT;
	struct lw_json j;

	if (!x->json || text->failed)
		return cli_write(text);
	lw_json_init(&j, &b);
	lw_json_begin_object(&j);
	lw_json_put_string(&j, "fabric", f->name);
	lw_json_put_string(&j, "to", x->to);
	lw_json_put_string(&j, "text", lw_buf_str(text));
	lw_json_end_object(&j);
	lw_buf_putc(&b, '\n');
	lw_buf_finish(text);
	return cli_write(&b);
}

static int run(const struct cli_command *self, int argc, char **argv)
{
	struct export x = {.to = "schedule"};
	struct lw_buf text = LW_BUF_INIT;
	struct lw_arena arena;
	struct lw_fabric f = {0};
	struct lw_error e;
	int n = cli_parse(self, argc, argv, on_option, &x), rc, status;

	if (n < 0)
		return n == -2 ? CLI_OK : CLI_USAGE;
	if (n != 1)
		return cli_usage(self, n ? "one fabric file at a time" : "no fabric file given");
	lw_arena_init(&arena, 0);
	rc = lw_file_fabric(argv[0], &arena, &f, &e);
	if (rc) {
		status = cli_error(&e);
	} else {
		rc = write_as(x.to, &f, &text);
		status = rc == LW_EINVAL ? cli_usage(self,
						     "--to is schedule, labels, netbox, dot or "
						     "svg, not \"%s\"",
						     x.to)
			 : rc            ? CLI_DEVICE
					 : print(&x, &f, &text);
	}
	lw_buf_finish(&text);
	lw_arena_finish(&arena);
	return status;
}

const struct cli_command cli_export = {
	.name = "export",
	.synopsis = "[--to KIND] [--json] FABRIC",
	.summary = "the cables of a fabric as schedule, labels, NetBox import or drawing",
	.text = "Write the cables of a fabric file for those who pull them (docs/exchange.md).\n\n"
		"  lanewise export --to labels examples/first-light.yaml\n"
		"  lanewise export --to svg examples/first-light.yaml > fabric.svg",
	.options = options,
	.run = run,
};
