/* SPDX-License-Identifier: Apache-2.0 */
#include "cli.h"
#include "device-source.h"
#include "print-facts.h"
#include "print-values.h"
#include <lanewise/facts.h>
#include <lanewise/files.h>
#include <lanewise/image.h>
#include <stdlib.h>

enum { OPT_ALL, OPT_JSON, OPT_MAX_READ, OPT_TRACE };

static const struct cli_option options[] = {
	{"all", NULL, "every register field that is there, with its status, and the VDM monitors"},
	{"json", NULL, "print one JSON document (docs/json.md): an object, or a list for several"},
	{"max-read", "N", "longest block of one read, 1-128: for modules that fail with long ones"},
	{"trace", "FILE", CLI_TRACE_HELP},
	{0},
};

struct decode {
	bool all, json;
	struct lw_device_options device;
	const char *trace;
	int status;
};

static int on_option(void *ctx, int index, const char *value)
{
	struct decode *d = ctx;

	switch (index) {
	case OPT_MAX_READ:
		return cli_max_read(value, &d->device);
	case OPT_TRACE:
		d->trace = value;
		return *value ? 0 : -1;
	case OPT_JSON:
		d->json = true;
		return 0;
	default:
		d->all = true;
		return 0;
	}
}

/* A wrong checksum or anything fatal is bad news, not an error. */
static int status_of(const struct lw_findings *problems)
{
	return lw_findings_worst(problems) >= LW_RISK ? CLI_BAD_NEWS : CLI_OK;
}

/* Nothing is written to the module but its page select. */
static int read_device(const struct decode *d, const char *source, struct lw_image *img,
		       struct lw_error *reterr)
{
	struct cli_device device;
	int r = cli_device_open(&device, source, &d->device, d->trace, reterr), closed;

	if (r)
		return r;
	r = cli_device_read(&device, source, img, reterr);
	/* a trace of what failed is worth more than one of what went well */
	closed = cli_device_close(&device, r ? NULL : reterr);
	return r ? r : closed;
}

static int decode_one(struct decode *d, const char *source, struct lw_image *img, struct lw_json *j)
{
	struct lw_findings problems;
	struct lw_facts facts;
	struct lw_arena arena;
	struct lw_error e;
	struct lw_view view;
	int status = 0, r;

	r = lw_device_named(source) ? read_device(d, source, img, &e)
				    : lw_file_module(LW_SOURCE_PART, source, img, &e);
	if (r)
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
	struct decode d = {.device = {.read_only = true}};
	struct lw_buf text = LW_BUF_INIT;
	struct lw_image *img;
	struct lw_json j;
	int n = cli_parse(self, argc, argv, on_option, &d);

	if (n < 0)
		return n == -2 ? CLI_OK : CLI_USAGE;
	if (n == 0)
		return cli_usage(self, "no source given");
	if (d.trace && (n > 1 || !lw_device_named(argv[0])))
		return cli_usage(self, "--trace takes one device");
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
	.synopsis = "[--all] [--json] [--max-read N] [--trace FILE] SOURCE...",
	.summary = "what a module is and can do, from its memory",
	.text = "Decode the memory of modules: SFF-8472 (SFP), SFF-8636 (QSFP+, QSFP28), CMIS\n"
		"(QSFP-DD, OSFP, QSFP112, ...). A SOURCE is\n"
		"  FILE       a dump, its form found by content: raw bytes in optoe layout, 512 "
		"bytes\n"
		"             of SFF-8472, or hex text of xxd, hexdump -C, ethtool -m hex on\n"
		"  -          the same from standard input\n"
		"  NAME.trace, NAME.yaml  the memory that a bus trace has seen, that a recipe "
		"makes\n"
		"  twin:PART  a virtual module, for example twin:OSFP-800G-DR8\n"
		"or a device, whose flags are cleared by being read:\n"
		"  /dev/i2c-N[:ADDRESS]  an i2c adapter or mux channel; the address in hex, 50\n"
		"  eeprom:FILE, FILE     an eeprom file of optoe, at24 or \"lanewise twin\"\n"
		"  net:IF, IF            a network interface, through the kernel's ethtool "
		"netlink\n\n"
		"Exit status 1 tells that something in the memory is wrong, a checksum for "
		"example.",
	.options = options,
	.run = run,
};
