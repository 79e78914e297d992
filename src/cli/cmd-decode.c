/* SPDX-License-Identifier: Apache-2.0 */
#include "cli.h"
#include "print-facts.h"
#include "print-values.h"
#include <lanewise/facts.h>
#include <lanewise/image.h>
#include <stdlib.h>

enum { OPT_ALL, OPT_JSON };

static const struct cli_option options[] = {
	{"all", NULL, "every register field that is there, with its status, and the VDM monitors"},
	{"json", NULL, "print one JSON document (docs/json.md): an object, or a list for several"},
	{0},
};

struct decode {
	bool all, json;
	int status;
};

static int on_option(void *ctx, int index, const char *value)
{
	struct decode *d = ctx;

	(void)value;
	if (index == OPT_JSON)
		d->json = true;
	else
		d->all = true;
	return 0;
}

/* A wrong checksum or anything fatal is bad news, not an error. */
static int status_of(const struct lw_findings *problems)
{
	return lw_findings_worst(problems) >= LW_RISK ? CLI_BAD_NEWS : CLI_OK;
}

static int decode_one(struct decode *d, const char *source, struct lw_image *img, struct lw_json *j)
{
	struct lw_findings problems;
	struct lw_facts facts;
	struct lw_arena arena;
	struct lw_error e;
	struct lw_view view;
	int status = 0;

	if (cli_source_read(source, img, &e))
		return cli_error(&e);
	lw_arena_init(&arena, 0);
	lw_findings_init(&problems, &arena);
	lw_image_view(img, &view);
	lw_facts_decode(&view, &facts);
	if (lw_facts_problems(&facts, source, &problems)) {
		fprintf(stderr, "lanewise: out of memory\n");
		status = CLI_DEVICE;
	} else {
		if (d->json) {
			lw_json_begin_object(j);
			lw_facts_json_keys(&facts, source, &problems, j);
			if (d->all)
				cli_values_json(&view, j);
			lw_json_end_object(j);
		} else {
			cli_print_facts(&facts, source, &problems);
			if (d->all)
				cli_print_values(&view);
		}
		status = status_of(&problems);
	}
	lw_arena_finish(&arena);
	return status;
}

static int run(const struct cli_command *self, int argc, char **argv)
{
	struct decode d = {0};
	struct lw_buf text = LW_BUF_INIT;
	struct lw_image *img;
	struct lw_json j;
	int n = cli_parse(self, argc, argv, on_option, &d);

	if (n < 0)
		return n == -2 ? CLI_OK : CLI_USAGE;
	if (n == 0)
		return cli_usage(self, "no source given");
	img = malloc(sizeof(*img));
	if (!img)
		return CLI_DEVICE;
	lw_json_init(&j, &text);
	if (n > 1 && d.json)
		lw_json_begin_array(&j);
	for (int i = 0; i < n; i++) {
		int status = decode_one(&d, argv[i], img, &j);

		if (status > d.status)
			d.status = status;
		if (!d.json && i + 1 < n)
			putchar('\n');
	}
	free(img);
	if (n > 1 && d.json)
		lw_json_end_array(&j);
	if (text.len) {
		lw_buf_putc(&text, '\n');
		if (cli_write(&text))
			return CLI_DEVICE;
	}
	return d.status;
}

const struct cli_command cli_decode = {
	.name = "decode",
	.synopsis = "[--all] [--json] SOURCE...",
	.summary = "what a module is and can do, from its memory",
	.text = "Decode the memory of modules: SFF-8472 (SFP), SFF-8636 (QSFP+, QSFP28), CMIS\n"
		"(QSFP-DD, OSFP, QSFP112, ...). A SOURCE is\n"
		"  FILE       a dump, its form found by content: raw bytes in optoe layout, 512 "
		"bytes\n"
		"             of SFF-8472, or hex text of xxd, hexdump -C, ethtool -m hex on\n"
		"  -          the same from standard input\n"
		"  twin:PART  a virtual module, for example twin:OSFP-800G-DR8\n\n"
		"Exit status 1 tells that something in the memory is wrong, a checksum for "
		"example.",
	.options = options,
	.run = run,
};
