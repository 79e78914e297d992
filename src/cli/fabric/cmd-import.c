/* SPDX-License-Identifier: Apache-2.0 */
#include "cli.h"
#include "platform-cache.h"
#include "print-subjects.h"
#include <lanewise/exchange.h>
#include <lanewise/files.h>
#include <stdlib.h>
#include <string.h>

#define IMPORT_LIMIT (256u << 20)

enum {
	OPT_FROM,
	OPT_NAME,
	OPT_FORM,
	OPT_LEG_FORM,
	OPT_RATE,
	OPT_MODULE,
	OPT_LEG_MODULE,
	OPT_CORD,
	OPT_PART,
	OPT_FIBRE,
	OPT_LENGTH,
	OPT_NOS,
	OPT_JSON
};

static const struct cli_option options[] = {
	{"from", "KIND", "sheet (A-Node, A-Port, Z-Node, Z-Port), netbox, hedgehog or sonic"},
	{"name", "NAME", "name of the fabric; of the device, from sonic"},
	{"form", "FORM", "form factor of the cages"},
	{"leg-form", "FORM", "form factor at the legs of a cable"},
	{"rate", "RATE", "of a whole cage, such as 800G"},
	{"module", "PART", "module at the ends of fibre cables"},
	{"leg-module", "PART", "module at their legs"},
	{"cord", "CORD", "fibre cord"},
	{"part", "PART", "cable with fixed ends, where the list says no type"},
	{"fibre", "GRADE", "OM3, OM4, OM5, OS2"},
	{"length", "METRES", "where the list says none"},
	{"nos", "NOS", "system of the devices"},
	{"json", NULL, "print one JSON document (docs/json.md)"},
	{0},
};

struct import {
	const char *from;
	bool json;
	struct lw_wiring_options o;
};

static int find_part(const char *name, const struct lw_part **ret)
{
	*ret = lw_part_find(name);
	return *ret ? 0 : -1;
}

static int on_option(void *ctx, int index, const char *value)
{
	struct import *m = ctx;
	struct lw_wiring_options *o = &m->o;
	const char *end;
	char *stop;

	switch (index) {
	case OPT_FROM:
		m->from = value;
		return 0;
	case OPT_NAME:
		o->name = value;
		return strpbrk(value, "'\\\n") ? -1 : 0;
	case OPT_FORM:
		o->form = lw_form_find(value);
		return o->form ? 0 : -1;
	case OPT_LEG_FORM:
		o->leg_form = lw_form_find(value);
		return o->leg_form ? 0 : -1;
	case OPT_RATE:
		return lw_rate_parse(value, &o->rate_mbps, &end) || *end ? -1 : 0;
	case OPT_MODULE:
		return find_part(value, &o->module);
	case OPT_LEG_MODULE:
		return find_part(value, &o->leg_module);
	case OPT_CORD:
		o->cord = lw_cord_find(value);
		return o->cord ? 0 : -1;
	case OPT_PART:
		return find_part(value, &o->part) || !o->part->far ? -1 : 0;
	case OPT_FIBRE:
		o->fibre = value;
		return strlen(value) == 3 && value[0] == 'O' ? 0 : -1;
	case OPT_LENGTH:
		o->length_m = strtod(value, &stop);
		return *stop || !(o->length_m > 0) ? -1 : 0;
	case OPT_NOS:
		o->nos = value;
		return lw_nos_find(value) ? 0 : -1;
	default:
		m->json = true;
		return 0;
	}
}

/* A list of cables. */
static int from_list(const struct import *m, enum lw_wiring_kind kind, const char *path,
		     struct lw_arena *arena, struct lw_buf *ret, struct lw_findings *findings,
		     struct lw_error *reterr)
{
	struct lw_wiring w;
	char *text = NULL;
	size_t n = 0;
	int rc = lw_file_read(path, IMPORT_LIMIT, &text, &n, reterr);

	if (!rc)
		rc = lw_wiring_load(kind, text, n, path, arena, &w, reterr);
	if (!rc)
		rc = lw_wiring_fabric(&w, &m->o, ret, findings, reterr);
	free(text);
	return rc;
}

static int from_sonic(const struct import *m, const char *path, struct lw_buf *ret,
		      struct lw_findings *findings, struct lw_error *reterr)
{
	struct platform_cache cache = {0};
	struct lw_platform *p = NULL;
	int rc = cli_platform_cached(&cache, path, &p, reterr);

	if (!rc)
		rc = lw_platform_fabric(p, m->o.name ? m->o.name : "switch1", path, m->o.form, ret,
					findings, reterr);
	cli_platform_cache_finish(&cache);
	return rc;
}

static int print_json(const struct lw_buf *text, const struct lw_findings *findings)
{
	struct lw_buf b = LW_BUF_INIT;
	struct lw_json j;

	lw_json_init(&j, &b);
	lw_json_begin_object(&j);
	lw_json_put_string(&j, "fabric", lw_buf_str(text));
	lw_json_key(&j, "findings");
	lw_findings_json(findings, &j);
	lw_json_end_object(&j);
	lw_buf_putc(&b, '\n');
	return cli_write(&b);
}

/* Whatever was made must load: a list may ask for what no cage can have. */
static int check(const struct lw_buf *text, struct lw_arena *arena, struct lw_error *reterr)
{
	struct lw_fabric f;

	return lw_fabric_load(lw_buf_str(text), text->len, "the imported fabric", arena, &f,
			      reterr);
}

static int run(const struct cli_command *self, int argc, char **argv)
{
	static const char *const kinds[] = {"sheet", "netbox", "hedgehog", "sonic"};
	struct import m = {.from = "sheet"};
	struct lw_findings findings;
	struct lw_buf text = LW_BUF_INIT;
	struct lw_arena arena;
	struct lw_error e;
	int n = cli_parse(self, argc, argv, on_option, &m), kind = 0, rc, status;

	if (n < 0)
		return n == -2 ? CLI_OK : CLI_USAGE;
	if (n != 1)
		return cli_usage(self, n ? "one file at a time" : "no file given");
	while (kind < 4 && strcmp(kinds[kind], m.from) != 0)
		kind++;
	if (kind == 4)
		return cli_usage(self, "--from is sheet, netbox, hedgehog or sonic, not \"%s\"",
				 m.from);
	lw_arena_init(&arena, 0);
	lw_findings_init(&findings, &arena);
	rc = kind == 3 ? from_sonic(&m, argv[0], &text, &findings, &e)
		       : from_list(&m, (enum lw_wiring_kind)kind, argv[0], &arena, &text, &findings,
				   &e);
	if (!rc)
		rc = check(&text, &arena, &e);
	if (rc) {
		status = cli_error(&e);
	} else if (m.json) {
		status = print_json(&text, &findings);
	} else {
		cli_print_subjects(&findings, stderr);
		status = cli_write(&text);
	}
	if (!status && lw_findings_worst(&findings) == LW_FATAL)
		status = CLI_BAD_NEWS;
	lw_buf_finish(&text);
	lw_arena_finish(&arena);
	return status;
}

const struct cli_command cli_import = {
	.name = "import",
	.synopsis = "--from KIND [OPTION...] FILE",
	.summary = "another tool's list of cables, or a switch of SONiC, as a fabric file",
	.text = "Write a fabric file (docs/fabric.md) of a list of cables; what the list does not\n"
		"say comes from the options (docs/exchange.md).\n\n"
		"  lanewise import --from sheet --part DAC-OSFP-2xQSFP112 --length 2 p2p.csv\n"
		"  lanewise import --from sonic --name leaf1 device/x86_64-mlnx_msn4700-r0\n\n"
		"Exit status 1 tells that of some rows no cable was made.",
	.options = options,
	.run = run,
};
