/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd-module.h"
#include "device-source.h"
#include <stdlib.h>
#include <string.h>

#define OPTIONS_MAX 24

enum { OPT_JSON, OPT_DRY_RUN, OPT_LANES, OPT_TRACE, OPT_MAX_READ, COMMON };

/* Taken by every subcommand, after its own. */
static const struct cli_option common[COMMON] = {
	{"json", NULL, "print one JSON document (docs/json.md)"},
	{"dry-run", NULL, "print what would be written, and write nothing"},
	{"lanes", "LIST", "only these lanes, counted from 1: 1-4,7 (default: all)"},
	{"trace", "FILE", CLI_TRACE_HELP},
	{"max-read", "BYTES", "longest read of a device, for those that fail in long ones"},
};

/* Add a subcommand: its table stands in a file of its own, its row here. */
static const struct cli_module_command *const subcommands[] = {
	&cli_module_status, &cli_module_power,      &cli_module_reset, &cli_module_app,
	&cli_module_deinit, &cli_module_init,       &cli_module_tx,    &cli_module_rx,
	&cli_module_si,     &cli_module_rate,       &cli_module_tune,  &cli_module_monitor,
	&cli_module_flags,  &cli_module_thresholds, &cli_module_vdm,   &cli_module_firmware,
	&cli_module_prbs,   &cli_module_loopback,
};

#define SUBCOMMANDS (sizeof(subcommands) / sizeof(subcommands[0]))

static const struct cli_option no_options[] = {{0}};

uint32_t cli_module_parse_lanes(const char *s)
{
	uint32_t mask = 0;

	do {
		char *end;
		unsigned long first = strtoul(s, &end, 10), last = first;

		if (end == s || *s < '0' || *s > '9')
			return 0;
		if (*end == '-') {
			s = end + 1;
			last = strtoul(s, &end, 10);
			if (end == s || *s < '0' || *s > '9')
				return 0;
		}
		if (first < 1 || last < first || last > 32)
			return 0;
		for (unsigned long i = first; i <= last; i++)
			mask |= 1u << (i - 1);
		s = end;
	} while (*s++ == ',');
	return s[-1] ? 0 : mask;
}

/* The subcommand as cli_parse() and cli_help() know commands. */
struct whole {
	struct cli_command command;
	struct cli_option options[OPTIONS_MAX];
	int own;           /* options of the subcommand itself, which come first */
	int which[COMMON]; /* the common ones that follow */
	char name[48];
};

struct parsing {
	struct cli_module *m;
	cli_on_option on;
	void *ctx;
	const struct whole *w;
};

static int on_option(void *ctx, int index, const char *value)
{
	struct parsing *p = ctx;

	if (index < p->w->own)
		return p->on(p->ctx, index, value);
	index = p->w->which[index - p->w->own];
	p->m->has_device_option |= index == OPT_TRACE || index == OPT_MAX_READ;
	switch (index) {
	case OPT_JSON:
		p->m->json = true;
		return 0;
	case OPT_DRY_RUN:
		p->m->dry_run = true;
		return 0;
	case OPT_TRACE:
		p->m->trace_path = value;
		return *value ? 0 : -1;
	case OPT_MAX_READ:
		return cli_max_read(value, &p->m->device_options);
	default:
		p->m->lanes = cli_module_parse_lanes(value);
		return p->m->lanes ? 0 : -1;
	}
}

static void make_whole(const struct cli_module_command *self, struct whole *w)
{
	int n = 0, k = 0;

	for (const struct cli_option *o = self->options; o && o->name && n < OPTIONS_MAX - COMMON;
	     o++)
		w->options[n++] = *o;
	w->own = n;
	for (int i = 0; i < COMMON; i++) {
		if ((i == OPT_DRY_RUN && self->only_looks) || (i == OPT_LANES && self->whole))
			continue;
		w->which[k++] = i;
		w->options[n++] = common[i];
	}
	w->options[n] = (struct cli_option){0};
	snprintf(w->name, sizeof(w->name), "module SOURCE %s", self->name);
	w->command = (struct cli_command){.name = w->name,
					  .synopsis = self->synopsis,
					  .summary = self->summary,
					  .text = self->text,
					  .options = w->options};
}

int cli_module_parse(const struct cli_module_command *self, struct cli_module *m, int argc,
		     char **argv, cli_on_option on, void *ctx)
{
	struct whole w;
	struct parsing p = {.m = m, .on = on, .ctx = ctx, .w = &w};
	int n;

	make_whole(self, &w);
	m->has_device_option = false;
	n = cli_parse(&w.command, argc, argv, on_option, &p);
	if (n >= 0 && m->has_device_option) {
		if (strncmp(m->source, "twin:", 5) == 0)
			cli_usage(&w.command, "--trace and --max-read are for devices, not twins");
		else if (m->bus)
			cli_usage(&w.command,
				  "--trace and --max-read go with the first subcommand");
		else
			return n;
		return -1;
	}
	return n;
}

int cli_module_usage(const struct cli_module_command *self, const char *fmt, ...)
{
	char text[256];
	struct whole w;
	va_list ap;

	make_whole(self, &w);
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	return cli_usage(&w.command, "%s", text);
}

static const struct cli_module_command *find(const char *name)
{
	for (size_t i = 0; i < SUBCOMMANDS; i++)
		if (strcmp(subcommands[i]->name, name) == 0)
			return subcommands[i];
	return NULL;
}

static bool is_help(const char *s)
{
	return strcmp(s, "--help") == 0 || strcmp(s, "-h") == 0;
}

static void help(const struct cli_command *self)
{
	cli_help(self, stdout);
	puts("\nsubcommands:");
	for (size_t i = 0; i < SUBCOMMANDS; i++)
		printf("  %-11s %s\n", subcommands[i]->name, subcommands[i]->summary);
	puts("\noptions of all subcommands (where they make sense):");
	for (size_t i = 0; i < COMMON; i++) {
		char name[24];

		snprintf(name, sizeof(name), "%s%s%s", common[i].name, common[i].arg ? " " : "",
			 common[i].arg ? common[i].arg : "");
		printf("  --%-16s %s\n", name, common[i].help);
	}
}

int cli_module_outcome(int result)
{
	switch (result) {
	case 0:
		return CLI_OK;
	case LW_EIO:
	case LW_ENOTSUP:
		return CLI_BAD_NEWS;
	default:
		return lw_exit_status(result);
	}
}

int cli_module_flush(struct cli_module *m)
{
	struct lw_buf *text = m->json_out.buf;
	int status = CLI_OK;

	if (text->len) {
		lw_buf_putc(text, '\n');
		status = cli_write(text);
	}
	lw_json_init(&m->json_out, text);
	return status;
}

/* How many words, from a subcommand's name on, are its own. */
static int words(int argc, char **argv)
{
	int n = 1;

	while (n < argc && strcmp(argv[n], "then") != 0)
		n++;
	return n;
}

/* Before anything is done: a slip in the third subcommand must not leave the first two done. */
static int check_all(const struct cli_command *self, int argc, char **argv)
{
	for (int i = 0; i < argc; i += words(argc - i, argv + i) + 1) {
		if (!find(argv[i]))
			return cli_usage(self, "there is no subcommand \"%s\"", argv[i]);
		if (i + words(argc - i, argv + i) == argc - 1)
			return cli_usage(self, "\"then\" needs a subcommand after it");
	}
	return CLI_OK;
}

/* Subcommands one after another, split at "then"; the first that does not end well is the last. */
static int run_all(struct cli_module *m, int argc, char **argv)
{
	int status = CLI_OK;

	for (int i = 0; status == CLI_OK && i < argc;) {
		const struct cli_module_command *c = find(argv[i]);
		int n = words(argc - i, argv + i), written;

		m->json = m->dry_run = false;
		m->lanes = 0;
		status = c->run(c, m, n - 1, argv + i + 1);
		written = cli_module_flush(m);
		if (written > status)
			status = written;
		i += n + 1;
	}
	return status;
}

static int run(const struct cli_command *self, int argc, char **argv)
{
	struct lw_buf text = LW_BUF_INIT;
	struct cli_module m = {0};
	int status, closed;

	if (argc < 1)
		return cli_usage(self, "no source given");
	if (is_help(argv[0])) {
		help(self);
		return CLI_OK;
	}
	/* "lanewise module tx --help" needs no module */
	if (find(argv[0]) && argc == 2 && is_help(argv[1]))
		return find(argv[0])->run(find(argv[0]), &m, argc - 1, argv + 1);
	if (argc < 2)
		return cli_usage(self, "what to do with %s?", argv[0]);
	if (is_help(argv[1])) {
		help(self);
		return CLI_OK;
	}
	m.source = argv[0];
	status = check_all(self, argc - 1, argv + 1);
	if (status != CLI_OK)
		return status;
	lw_json_init(&m.json_out, &text);
	status = run_all(&m, argc - 1, argv + 1);
	lw_buf_finish(&text);
	closed = cli_module_close(&m);
	return closed > status ? closed : status;
}

const struct cli_command cli_module = {
	.name = "module",
	.synopsis = "SOURCE SUBCOMMAND [ARGUMENT...] [then SUBCOMMAND [ARGUMENT...]]...",
	.summary = "control one module: power, applications, outputs, tuning, monitors",
	.text = "Look at one module and control it. A SOURCE is\n"
		"  twin:PART         a fresh virtual module, joined with a second one, in virtual "
		"time\n"
		"  /dev/i2c-N        a Linux I2C adapter\n"
		"  FILE              the eeprom file of a driver (optoe, at24) or of \"lanewise "
		"twin\"\n"
		"  INTERFACE         a network interface, through ethtool netlink: reading only\n\n"
		"Everything can be tried on a twin, and --dry-run shows the steps and writes "
		"nothing:\n\n"
		"  lanewise module twin:OSFP-800G-DR8 status\n"
		"  lanewise module twin:OSFP-800G-DR8 app 2 --dry-run\n"
		"  lanewise module twin:OSFP-800G-DR8 tx off --lanes 1-4 then monitor\n\n"
		"Exit status: 1 when the module refuses, ignores or is late, or does not advertise "
		"what\n"
		"is asked for; 2 wrong usage; 3 when it does not answer.",
	.options = no_options,
	.run = run,
};
