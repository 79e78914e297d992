/* SPDX-License-Identifier: Apache-2.0 */
#include "cli.h"
#include <errno.h>
#include <lanewise/buf.h>
#include <lanewise/finding.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

static const struct cli_option *find_option(const struct cli_command *c, const char *name, size_t n,
					    int *ret_index)
{
	for (int i = 0; c->options[i].name; i++)
		if (strncmp(c->options[i].name, name, n) == 0 && !c->options[i].name[n]) {
			*ret_index = i;
			return &c->options[i];
		}
	return NULL;
}

/* One "--name[=value]". @return arguments used, 0 on a usage error (said) */
static int parse_one(const struct cli_command *c, int left, char **argv, cli_on_option on,
		     void *ctx)
{
	const char *name = argv[0] + 2, *eq = strchr(name, '='), *value = NULL;
	size_t n = eq ? (size_t)(eq - name) : strlen(name);
	int index, used = 1;
	const struct cli_option *o = find_option(c, name, n, &index);

	if (!o) {
		cli_usage(c, "there is no option --%.*s", (int)n, name);
		return 0;
	}
	if (!o->arg && eq) {
		cli_usage(c, "--%s takes no value", o->name);
		return 0;
	}
	if (o->arg && !eq && left < 2) {
		cli_usage(c, "--%s needs %s", o->name, o->arg);
		return 0;
	}
	if (o->arg) {
		value = eq ? eq + 1 : argv[1];
		used = eq ? 1 : 2;
	}
	if (on(ctx, index, value)) {
		cli_usage(c, "--%s %s: not a value this option takes", o->name, value ? value : "");
		return 0;
	}
	return used;
}

int cli_parse(const struct cli_command *c, int argc, char **argv, cli_on_option on, void *ctx)
{
	int operands = 0, i = 0;

	while (i < argc) {
		char *a = argv[i];
		int used;

		if (strcmp(a, "--") == 0) {
			while (++i < argc)
				argv[operands++] = argv[i];
			break;
		}
		if (strcmp(a, "--help") == 0 || strcmp(a, "-h") == 0) {
			cli_help(c, stdout);
			return -2;
		}
		if (a[0] != '-' || !a[1]) {
			argv[operands++] = a;
			i++;
			continue;
		}
		if (a[1] != '-') {
			cli_usage(c, "there is no option %s", a);
			return -1;
		}
		used = parse_one(c, argc - i, argv + i, on, ctx);
		if (!used)
			return -1;
		i += used;
	}
	return operands;
}

void cli_help(const struct cli_command *c, FILE *to)
{
	fprintf(to, "usage: lanewise %s %s\n\n%s\n", c->name, c->synopsis, c->text);
	if (!c->options[0].name)
		return;
	fputs("\noptions:\n", to);
	for (const struct cli_option *o = c->options; o->name; o++) {
		char left[40];

		snprintf(left, sizeof(left), "--%s%s%s", o->name, o->arg ? " " : "",
			 o->arg ? o->arg : "");
		fprintf(to, "  %-22s %s\n", left, o->help);
	}
}

int cli_usage(const struct cli_command *c, const char *fmt, ...)
{
	va_list ap;

	fprintf(stderr, "lanewise %s: ", c->name);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fprintf(stderr, "; \"lanewise %s --help\" tells more\n", c->name);
	return CLI_USAGE;
}

int cli_error(const struct lw_error *e)
{
	fputs("lanewise: ", stderr);
	if (e->where[0])
		fprintf(stderr, "%s:", e->where);
	if (e->where[0] && e->line)
		fprintf(stderr, "%d:", e->line);
	if (e->where[0])
		fputc(' ', stderr);
	if (e->page >= 0 && e->byte >= 0)
		fprintf(stderr, "page %02Xh byte %d: ", (unsigned)e->page, e->byte);
	fprintf(stderr, "%s\n", e->message[0] ? e->message : lw_strerror(e->code));
	return lw_exit_status(e->code);
}

int cli_unwritten(void)
{
	fprintf(stderr, "lanewise: standard output cannot be written\n");
	return CLI_DEVICE;
}

int cli_write(struct lw_buf *text)
{
	int failed = text->failed;

	if (!failed)
		failed = fwrite(lw_buf_str(text), 1, text->len, stdout) != text->len ||
			 fflush(stdout) != 0;
	lw_buf_finish(text);
	return failed ? cli_unwritten() : 0;
}

static const char *colour(const char *code)
{
	return isatty(STDOUT_FILENO) && !getenv("NO_COLOR") ? code : "";
}

const char *cli_red(void)
{
	return colour("\033[31m");
}

const char *cli_green(void)
{
	return colour("\033[32m");
}

const char *cli_yellow(void)
{
	return colour("\033[33m");
}

const char *cli_bold(void)
{
	return colour("\033[1m");
}

const char *cli_plain(void)
{
	return colour("\033[0m");
}

static unsigned terminal_width(void)
{
	struct winsize w;

	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &w) == 0 && w.ws_col >= 40)
		return w.ws_col;
	return 100;
}

/* Columns a text takes: colour codes take none. */
static size_t columns_of(const char *s)
{
	size_t n = 0;

	while (*s)
		if (*s == '\033')
			s += strcspn(s, "m") + 1;
		else
			n++, s++;
	return n;
}

void cli_wrap(FILE *to, const char *first, unsigned indent, const char *text)
{
	size_t width = terminal_width(), column = columns_of(first);

	fputs(first, to);
	while (*text) {
		size_t n = strcspn(text, " ");

		if (column > indent && column + n > width) {
			fprintf(to, "\n%*s", (int)indent, "");
			column = indent;
		}
		fwrite(text, 1, n, to);
		column += n;
		text += n;
		while (*text == ' ')
			text++;
		/* the blank before a word that fits on this line; never one at its end */
		if (*text && column + 1 + strcspn(text, " ") <= width) {
			fputc(' ', to);
			column++;
		} else if (*text) {
			column = width + 1;
		}
	}
	fputc('\n', to);
}

static void print_finding(const struct lw_finding *x, FILE *to)
{
	char first[128];

	snprintf(first, sizeof(first), "  %s%-5s %s%s: ",
		 x->severity == LW_FATAL  ? cli_red()
		 : x->severity == LW_RISK ? cli_yellow()
					  : "",
		 lw_severity_name(x->severity), x->rule, x->severity == LW_INFO ? "" : cli_plain());
	cli_wrap(to, first, 8, x->text);
	if (x->remedy[0])
		cli_wrap(to, "        remedy: ", 16, x->remedy);
	if (x->ref[0])
		cli_wrap(to, "        source: ", 16, x->ref);
}

void cli_print_findings(const struct lw_findings *f, FILE *to)
{
	for (int s = LW_FATAL; s >= LW_INFO; s--)
		for (size_t i = 0; i < f->n; i++)
			if ((int)f->v[i].severity == s)
				print_finding(&f->v[i], to);
}
