/* SPDX-License-Identifier: Apache-2.0 */
#include "ports.h"
#include <lanewise/files.h>
#include <stdlib.h>
#include <string.h>

#define MODES_MAX 4096

enum { OPT_HWSKU, OPT_MODE, OPT_JSON };

static const struct cli_option options[] = {
	{"hwsku", "HWSKU.json", "put the modes and attributes of this file in force"},
	{"mode", "PORT=MODE", "put this mode in force on one port; may be given several times"},
	{"json", NULL, "print one JSON document (docs/json.md)"},
	{0},
};

struct port {
	bool json;
	const char *hwsku;
	char *mode[MODES_MAX]; /* "PORT\0MODE": cut at the sign */
	size_t mode_n;
};

static int on_option(void *ctx, int index, const char *value)
{
	struct port *o = ctx;
	char *copy, *sign;

	if (index == OPT_JSON) {
		o->json = true;
	} else if (index == OPT_HWSKU) {
		o->hwsku = value;
	} else {
		if (!strchr(value, '=') || value[0] == '=' || o->mode_n == MODES_MAX)
			return -1;
		copy = strdup(value);
		if (!copy)
			return -1;
		sign = strchr(copy, '=');
		*sign = '\0';
		o->mode[o->mode_n++] = copy;
	}
	return 0;
}

static int print_json(const struct lw_platform *p, const struct lw_findings *f,
		      const struct lw_transition *t)
{
	struct lw_buf text = LW_BUF_INIT;
	struct lw_json j;

	lw_json_init(&j, &text);
	if (t)
		lw_transition_json(t, &j);
	else
		lw_platform_json(p, f, &j);
	lw_buf_putc(&text, '\n');
	return cli_write(&text);
}

static int status_of(const struct lw_findings *f)
{
	return lw_findings_worst(f) == LW_FATAL ? CLI_BAD_NEWS : CLI_OK;
}

static int show(const char *path, const struct port *o, struct lw_arena *arena)
{
	struct lw_findings findings;
	struct lw_platform p;
	struct lw_error e;
	int r = lw_file_platform(path, o->hwsku, arena, &p, &e);

	for (size_t i = 0; !r && i < o->mode_n; i++)
		r = lw_platform_set_mode(&p, o->mode[i], o->mode[i] + strlen(o->mode[i]) + 1, &e);
	lw_findings_init(&findings, arena);
	if (!r && lw_platform_judge(&p, LW_JUDGE_ALL, &findings))
		r = lw_fail_in(&e, LW_ENOMEM, path, 0, "out of memory");
	if (r)
		return cli_error(&e);
	if (o->json) {
		if (print_json(&p, &findings, NULL))
			return CLI_DEVICE;
	} else {
		cli_print_platform(&p, &findings);
	}
	return status_of(&findings);
}

static int transition(char **argv, const struct port *o, struct lw_arena *arena)
{
	struct lw_transition t;
	struct lw_platform p;
	struct lw_error e;
	int r = lw_file_platform(argv[0], o->hwsku, arena, &p, &e);

	for (size_t i = 0; !r && i < o->mode_n; i++)
		r = lw_platform_set_mode(&p, o->mode[i], o->mode[i] + strlen(o->mode[i]) + 1, &e);
	if (!r)
		r = lw_platform_transition(&p, argv[1], argv[2], argv[3], &t, &e);
	if (r)
		return cli_error(&e);
	if (o->json) {
		if (print_json(NULL, NULL, &t))
			return CLI_DEVICE;
	} else {
		cli_print_transition(&t);
	}
	return status_of(&t.findings);
}

static int dispatch(const struct cli_command *self, int n, char **argv, const struct port *o)
{
	struct lw_arena arena;
	int status;

	if (n == 0)
		return cli_usage(self, "no platform.json given");
	if (strcmp(argv[0], "lint") == 0) {
		if (o->hwsku || o->mode_n)
			return cli_usage(self, "lint takes neither --hwsku nor --mode");
		return cli_port_lint(self, n - 1, argv + 1, o->json);
	}
	if (strcmp(argv[0], "transition") == 0 && n != 5)
		return cli_usage(self, "transition takes PLATFORM.json PORT FROM TO");
	if (strcmp(argv[0], "transition") != 0 && n != 1)
		return cli_usage(self, "one platform.json at a time");
	if (lw_file_is_ini(argv[n == 5]) && (n == 5 || o->hwsku || o->mode_n))
		return cli_usage(self, "ports of %s have no modes", argv[n == 5]);
	lw_arena_init(&arena, PORTS_MEMORY);
	status = n == 5 ? transition(argv + 1, o, &arena) : show(argv[0], o, &arena);
	lw_arena_finish(&arena);
	return status;
}

static int run(const struct cli_command *self, int argc, char **argv)
{
	struct port *o = calloc(1, sizeof(*o));
	int status, n;

	if (!o) {
		fprintf(stderr, "lanewise: out of memory\n");
		return CLI_DEVICE;
	}
	n = cli_parse(self, argc, argv, on_option, o);
	status = n == -2 ? CLI_OK : n < 0 ? CLI_USAGE : dispatch(self, n, argv, o);
	for (size_t i = 0; i < o->mode_n; i++)
		free(o->mode[i]);
	free(o);
	return status;
}

const struct cli_command cli_port = {
	.name = "port",
	.synopsis = "[--hwsku HWSKU.json] [--mode PORT=MODE]... [--json] PLATFORM.json\n"
		    "       lanewise port [--json] port_config.ini\n"
		    "       lanewise port transition [--hwsku HWSKU.json] [--mode PORT=MODE]... "
		    "[--json]\n"
		    "                PLATFORM.json PORT FROM TO\n"
		    "       lanewise port lint [--json] FOLDER...",
	.summary = "a switch's ports, their breakout modes, sub-ports and lanes",
	.text = "Show the ports of a switch as SONiC describes them, the modes each offers and "
		"the\n"
		"sub-ports that SONiC makes of the modes in force, and say where that is suspect.\n"
		"\"transition\" tells what going from one mode to another does to ports, lanes "
		"and\n"
		"neighbours; \"lint\" judges every platform.json (and hwsku.json) below "
		"folders.\n\n"
		"  lanewise port platform.json --hwsku hwsku.json\n"
		"  lanewise port platform.json --mode Ethernet0=2x400G --json\n"
		"  lanewise port transition platform.json Ethernet0 1x800G 8x100G\n\n"
		"Exit status 1 tells that a mode is refused or ports clash; of lint, that a "
		"platform\n"
		"has a finding of severity risk or fatal.",
	.options = options,
	.run = run,
};
