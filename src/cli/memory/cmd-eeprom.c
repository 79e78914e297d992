/* SPDX-License-Identifier: Apache-2.0 */
/* lanewise eeprom: the sub-commands, and those of them that only read. */
#include "eeprom.h"

#include <string.h>

static const struct cli_command *const commands[] = {
	&cli_eeprom_check, &cli_eeprom_set, &cli_eeprom_diff, &cli_eeprom_new, &cli_eeprom_spec};

#define COMMANDS (sizeof(commands) / sizeof(commands[0]))

enum { OPT_JSON };

static const struct cli_option options[] = {
	{"json", NULL, "print one JSON document (docs/eeprom.md)"},
	{0},
};

static int on_option(void *ctx, int index, const char *value)
{
	(void)index;
	(void)value;
	*(bool *)ctx = true;
	return 0;
}

static int no_memory(void)
{
	struct lw_error e;

	lw_fail(&e, LW_ENOMEM, "out of memory");
	return cli_error(&e);
}

static int print_check(const char *source, const struct lw_memory *m,
		       const struct lw_findings *findings, bool json)
{
	struct lw_buf text = LW_BUF_INIT;
	struct lw_json j;

	if (!json) {
		printf("%s%s%s: %s, %zu bytes%s\n", cli_bold(), source, cli_plain(),
		       lw_map_name(m->map), m->n, findings->n ? "" : ", nothing wrong was found");
		cli_print_findings(findings, stdout);
		return 0;
	}
	lw_json_init(&j, &text);
	lw_json_begin_object(&j);
	lw_json_put_string(&j, "source", source);
	lw_json_put_string(&j, "memory_map", lw_map_name(m->map));
	lw_json_put_int(&j, "bytes", (int64_t)m->n);
	lw_json_key(&j, "findings");
	lw_findings_json(findings, &j);
	lw_json_end_object(&j);
	lw_buf_putc(&text, '\n');
	return cli_write(&text);
}

static int run_check(const struct cli_command *self, int argc, char **argv)
{
	bool json = false;
	struct lw_findings findings;
	struct lw_arena arena;
	struct lw_memory m;
	struct lw_error e;
	int status, n = cli_parse(self, argc, argv, on_option, &json);

	if (n < 0)
		return n == -2 ? CLI_OK : CLI_USAGE;
	if (n != 1)
		return cli_usage(self, n ? "one memory at a time" : "no memory given");
	lw_arena_init(&arena, 0);
	lw_findings_init(&findings, &arena);
	if (cli_memory_read(argv[0], &arena, &m, &e)) {
		lw_arena_finish(&arena);
		return cli_error(&e);
	}
	if (lw_memory_check(&m, argv[0], &findings)) {
		lw_arena_finish(&arena);
		return no_memory();
	}
	status = lw_findings_worst(&findings) >= LW_RISK ? CLI_BAD_NEWS : CLI_OK;
	if (print_check(argv[0], &m, &findings, json))
		status = CLI_DEVICE;
	lw_arena_finish(&arena);
	return status;
}

static int print_diff(char **argv, const struct lw_changes *c, bool json)
{
	struct lw_buf text = LW_BUF_INIT;
	struct lw_json j;

	if (!json) {
		cli_print_changes(c, argv[0], argv[1]);
		return 0;
	}
	lw_json_init(&j, &text);
	lw_json_begin_object(&j);
	lw_json_put_string(&j, "a", argv[0]);
	lw_json_put_string(&j, "b", argv[1]);
	lw_json_key(&j, "changes");
	lw_changes_json(c, &j);
	lw_json_end_object(&j);
	lw_buf_putc(&text, '\n');
	return cli_write(&text);
}

static int run_diff(const struct cli_command *self, int argc, char **argv)
{
	bool json = false;
	struct lw_changes changes;
	struct lw_memory a, b;
	struct lw_arena arena;
	struct lw_error e;
	int r, status, n = cli_parse(self, argc, argv, on_option, &json);

	if (n < 0)
		return n == -2 ? CLI_OK : CLI_USAGE;
	if (n != 2)
		return cli_usage(self, "two memories are compared, not %d", n);
	lw_arena_init(&arena, 0);
	lw_changes_init(&changes, &arena);
	r = cli_memory_read(argv[0], &arena, &a, &e);
	if (!r)
		r = cli_memory_read(argv[1], &arena, &b, &e);
	if (!r)
		r = lw_memory_diff(&a, &b, &changes, &e);
	if (r) {
		lw_arena_finish(&arena);
		return cli_error(&e);
	}
	status = changes.n ? CLI_BAD_NEWS : CLI_OK;
	if (print_diff(argv, &changes, json))
		status = CLI_DEVICE;
	lw_arena_finish(&arena);
	return status;
}

static void help(FILE *to)
{
	fprintf(to, "usage: lanewise eeprom COMMAND [OPTION...] ARGUMENT...\n\n"
		    "Module memories as files: validate, edit, compare and make them "
		    "(docs/eeprom.md).\n\n");
	for (size_t i = 0; i < COMMANDS; i++)
		fprintf(to, "  %-13s %s\n", commands[i]->name, commands[i]->summary);
	fprintf(to, "\n\"lanewise eeprom COMMAND --help\" tells more. Every command but spec takes "
		    "--json.\n");
}

static int run(const struct cli_command *self, int argc, char **argv)
{
	if (argc < 1)
		return cli_usage(self, "no command given: check, set, diff, new or spec");
	if (strcmp(argv[0], "--help") == 0 || strcmp(argv[0], "-h") == 0) {
		help(stdout);
		return CLI_OK;
	}
	for (size_t i = 0; i < COMMANDS; i++)
		if (strcmp(argv[0], strchr(commands[i]->name, ' ') + 1) == 0)
			return commands[i]->run(commands[i], argc - 1, argv + 1);
	return cli_usage(self, "there is no command \"%s\": check, set, diff, new or spec",
			 argv[0]);
}

static const struct cli_option no_options[] = {{0}};

const struct cli_command cli_eeprom = {
	.name = "eeprom",
	.synopsis = "COMMAND ...",
	.summary = "validate, edit, compare and make module memories",
	.text = "",
	.options = no_options,
	.run = run,
};

const struct cli_command cli_eeprom_check = {
	.name = "eeprom check",
	.synopsis = "[--json] SOURCE",
	.summary = "what is wrong in a memory",
	.text = "Validate a memory: checksums, identifiers, reserved bits and codes, pages that "
		"are\n"
		"announced but absent, applications, thresholds, revision, text. A SOURCE is what\n"
		"\"lanewise decode\" takes.\n\n"
		"Exit status 1 tells that something is wrong; what is only informative does not "
		"count.",
	.options = options,
	.run = run_check,
};

const struct cli_command cli_eeprom_diff = {
	.name = "eeprom diff",
	.synopsis = "[--json] A B",
	.summary = "what differs between two memories, field by field",
	.text = "Compare two memories of one memory map, field by field; then the bits that belong "
		"to\nno field. A and B are what \"lanewise decode\" takes.\n\n"
		"Exit status 0 equal, 1 different, 2 not comparable or not readable.",
	.options = options,
	.run = run_diff,
};
