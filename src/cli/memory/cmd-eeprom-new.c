/* SPDX-License-Identifier: Apache-2.0 */
/* lanewise eeprom new and spec: a memory from a recipe, and the recipe of a memory. */
#include "eeprom.h"

#include <lanewise/facts.h>
#include <lanewise/files.h>
#include <lanewise/recipe.h>
#include <stdlib.h>
#include <string.h>

#define RECIPE_LIMIT (1u << 20)

enum { OPT_OUTPUT, OPT_JSON };

static const struct cli_option new_options[] = {
	[OPT_OUTPUT] = {"output", "FILE", "(or -o) where the memory goes; - is standard output"},
	[OPT_JSON] = {"json", NULL, "print one JSON document (docs/eeprom.md)"},
	{0},
};

struct make {
	const char *output;
	bool json;
};

static int on_new_option(void *ctx, int index, const char *value)
{
	struct make *m = ctx;

	if (index == OPT_OUTPUT)
		m->output = value;
	else
		m->json = true;
	return 0;
}

static int make_memory(const char *path, struct lw_arena *arena, struct lw_memory *ret,
		       struct lw_error *reterr)
{
	struct lw_recipe recipe;
	char *text;
	size_t n;
	int r = lw_file_read(path, RECIPE_LIMIT, &text, &n, reterr);

	if (r)
		return r;
	r = lw_recipe_load(text, n, path, arena, &recipe, reterr);
	if (!r)
		r = lw_recipe_make(&recipe, arena, ret, reterr);
	if (r && reterr->where[0] == '\0')
		snprintf(reterr->where, sizeof(reterr->where), "%s", path);
	free(text);
	return r;
}

static void summary_of(const struct lw_memory *m, char *ret, size_t size)
{
	struct lw_facts facts;
	struct lw_view v;

	lw_memory_view(m, &v);
	lw_facts_decode(&v, &facts);
	lw_facts_summary(&facts, ret, size);
}

static int report(const struct make *opt, const struct lw_memory *m)
{
	struct lw_buf text = LW_BUF_INIT;
	char summary[LW_SUMMARY_MAX];
	struct lw_json j;

	summary_of(m, summary, sizeof(summary));
	if (!opt->json) {
		printf("%s%s%s: %s, %zu bytes: %s\n", cli_bold(), opt->output, cli_plain(),
		       lw_map_name(m->map), m->n, summary);
		return CLI_OK;
	}
	lw_json_init(&j, &text);
	lw_json_begin_object(&j);
	lw_json_put_string(&j, "written", opt->output);
	lw_json_put_string(&j, "memory_map", lw_map_name(m->map));
	lw_json_put_int(&j, "bytes", (int64_t)m->n);
	lw_json_put_string(&j, "summary", summary);
	lw_json_end_object(&j);
	lw_buf_putc(&text, '\n');
	return cli_write(&text);
}

static int write_memory(const struct make *opt, const struct lw_memory *m)
{
	struct lw_buf raw = LW_BUF_INIT;
	struct lw_error e;

	if (strcmp(opt->output, "-") != 0) {
		if (cli_replace_file(opt->output, NULL, m->bytes, m->n, &e))
			return cli_error(&e);
		return report(opt, m);
	}
	lw_buf_add(&raw, (const char *)m->bytes, m->n);
	return cli_write(&raw);
}

static int run_new(const struct cli_command *self, int argc, char **argv)
{
	static char output[] = "--output";
	struct make opt = {0};
	struct lw_memory m;
	struct lw_arena arena;
	struct lw_error e;
	int status, n;

	for (int i = 0; i < argc && strcmp(argv[i], "--") != 0; i++)
		if (strcmp(argv[i], "-o") == 0)
			argv[i] = output;
	n = cli_parse(self, argc, argv, on_new_option, &opt);
	if (n < 0)
		return n == -2 ? CLI_OK : CLI_USAGE;
	if (n != 1)
		return cli_usage(self, n ? "one recipe at a time" : "no recipe given");
	if (!opt.output)
		return cli_usage(self, "-o FILE says where the memory goes");
	lw_arena_init(&arena, 0);
	status = make_memory(argv[0], &arena, &m, &e) ? cli_error(&e) : write_memory(&opt, &m);
	lw_arena_finish(&arena);
	return status;
}

static const struct cli_option spec_options[] = {
	{"fields", NULL, "list every register that differs from the part, too"},
	{0},
};

static int on_spec_option(void *ctx, int index, const char *value)
{
	(void)index;
	(void)value;
	*(bool *)ctx = true;
	return 0;
}

static int run_spec(const struct cli_command *self, int argc, char **argv)
{
	struct lw_buf text = LW_BUF_INIT;
	struct lw_recipe recipe;
	struct lw_memory m;
	struct lw_arena arena;
	struct lw_error e;
	bool fields = false;
	int r, n = cli_parse(self, argc, argv, on_spec_option, &fields);

	if (n < 0)
		return n == -2 ? CLI_OK : CLI_USAGE;
	if (n != 1)
		return cli_usage(self, n ? "one memory at a time" : "no memory given");
	lw_arena_init(&arena, 0);
	r = cli_memory_read(argv[0], &arena, &m, &e);
	if (!r)
		r = lw_recipe_find(&m, fields, &arena, &recipe, &e);
	if (!r)
		lw_recipe_write(&recipe, &text);
	lw_arena_finish(&arena);
	return r ? cli_error(&e) : cli_write(&text);
}

const struct cli_command cli_eeprom_new = {
	.name = "eeprom new",
	.synopsis = "[--json] RECIPE -o FILE",
	.summary = "make a complete memory from a few lines of YAML",
	.text = "Make the memory of a module or cable from a recipe (docs/eeprom.md):\n\n"
		"  part: OSFP-800G-DR8          # or form: OSFP and pmd: 800GBASE-DR8\n"
		"  vendor: ACME\n"
		"  pn: AC-800\n"
		"  sn: A0001\n"
		"  date: 2025-01-31\n\n"
		"\"lanewise explain parts\" lists the parts. The result is raw bytes in optoe "
		"layout.",
	.options = new_options,
	.run = run_new,
};

const struct cli_command cli_eeprom_spec = {
	.name = "eeprom spec",
	.synopsis = "[--fields] SOURCE",
	.summary = "the recipe of a memory, as YAML",
	.text = "Print the recipe that \"lanewise eeprom new\" makes such a memory from: the part "
		"of\n"
		"the catalogue that comes nearest, its identity, and what differs from that part. "
		"With\n--fields every register that still differs is listed as well. A SOURCE is "
		"what\n\"lanewise decode\" takes.",
	.options = spec_options,
	.run = run_spec,
};
