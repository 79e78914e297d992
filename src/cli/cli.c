/* SPDX-License-Identifier: Apache-2.0 */
#include "cli.h"
#include "module-file.h"
#include <errno.h>
#include <lanewise/fabric.h>
#include <lanewise/image-bus.h>
#include <lanewise/twin.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define DUMP_LIMIT   (16u << 20)
#define FABRIC_LIMIT (64u << 20)
#define LIST_LIMIT   (512u << 20) /* a million cables take 80 MB */

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

int cli_read_file(const char *path, size_t limit, char **ret, size_t *ret_n,
		  struct lw_error *reterr)
{
	bool standard = strcmp(path, "-") == 0;
	FILE *f = standard ? stdin : fopen(path, "rb");
	size_t n = 0, cap = 65536;
	char *s, *bigger;
	int r = 0;

	if (!f)
		return lw_fail_in(reterr, LW_ENOENT, path, 0, "cannot be opened: %s",
				  strerror(errno));
	s = malloc(cap + 1);
	while (s) {
		n += fread(s + n, 1, cap - n, f);
		if (n < cap || n > limit)
			break;
		bigger = realloc(s, 2 * cap + 1);
		if (!bigger) {
			free(s);
			s = NULL;
			break;
		}
		s = bigger;
		cap *= 2;
	}
	if (!s)
		r = lw_fail_in(reterr, LW_ENOMEM, path, 0, "out of memory");
	else if (ferror(f))
		r = lw_fail_in(reterr, LW_EINVAL, path, 0, "cannot be read: %s", strerror(errno));
	else if (n > limit)
		r = lw_fail_in(reterr, LW_ELIMIT, path, 0, "is larger than %zu bytes", limit);
	if (!standard)
		fclose(f);
	if (r || !s) {
		free(s);
		return r;
	}
	s[n] = '\0';
	*ret = s;
	*ret_n = n;
	return 0;
}

int cli_write(struct lw_buf *text)
{
	int failed = text->failed;

	if (!failed)
		failed = fwrite(lw_buf_str(text), 1, text->len, stdout) != text->len ||
			 fflush(stdout) != 0;
	lw_buf_finish(text);
	if (!failed)
		return 0;
	fprintf(stderr, "lanewise: standard output cannot be written\n");
	return CLI_DEVICE;
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

void cli_twin_drive(struct lw_twin *t, const struct lw_part *part)
{
	const struct lw_interface *host =
		part->app_n ? lw_interface_find(LW_CODES_SFF8024_HOST, part->app[0].host_id) : NULL;
	struct lw_signal s = {.baud_kbd = part->form->max_baud_kbd,
			      .modulation = part->form->max_modulation,
			      .fec = "none"};

	if (host && host->baud_kbd) {
		s.baud_kbd = host->baud_kbd;
		s.modulation = host->modulation;
	}
	for (unsigned i = 0; i < part->form->lanes; i++)
		lw_twin_drive(t, i, &s);
}

/* The memory of a fresh virtual module of that part, as a host reads it. */
static int read_twin(const char *part_name, struct lw_image *ret, struct lw_error *reterr)
{
	struct lw_twin_options opt = {.part = lw_part_find(part_name)};
	struct lw_world *w = NULL;
	struct lw_twin *t;
	int r;

	if (!opt.part)
		return lw_fail_in(reterr, LW_ENOENT, part_name, 0,
				  "no such part; \"lanewise explain parts\" lists them");
	r = lw_world_create(1, &w, reterr);
	if (!r)
		r = lw_world_plug(w, part_name, &opt, &t, reterr);
	if (!r) {
		cli_twin_drive(t, opt.part);
		for (struct lw_mono at = lw_world_next(w); lw_mono_before(at, lw_ms(60000));
		     at = lw_world_next(w))
			lw_world_advance(w, at);
		r = lw_image_read(lw_twin_bus(t), NULL, NULL, ret, reterr);
	}
	lw_world_destroy(w);
	return r;
}

int cli_source_read(const char *source, struct lw_image *ret, struct lw_error *reterr)
{
	char *bytes = NULL;
	size_t n = 0;
	int r;

	if (strncmp(source, "twin:", 5) == 0)
		return read_twin(source + 5, ret, reterr);
	r = cli_read_file(source, DUMP_LIMIT, &bytes, &n, reterr);
	if (r)
		return r;
	r = lw_image_parse((const uint8_t *)bytes, n, source, ret, reterr);
	free(bytes);
	return r;
}

int cli_read_beside(void *ctx, const char *path, struct lw_arena *arena, const char **ret,
		    size_t *ret_n, struct lw_error *reterr)
{
	const char *file = ctx, *slash = strrchr(file, '/');
	const char *full =
		path[0] == '/' || !slash
			? path
			: lw_arena_printf(arena, "%.*s/%s", (int)(slash - file), file, path);
	char *text = NULL;
	int rc;

	if (!full)
		return lw_fail(reterr, LW_ENOMEM, "out of memory");
	rc = cli_read_file(full, LIST_LIMIT, &text, ret_n, reterr);
	if (rc)
		return rc;
	*ret = lw_arena_strndup(arena, text, *ret_n);
	free(text);
	return *ret ? 0 : lw_fail(reterr, LW_ENOMEM, "out of memory");
}

int cli_fabric_read(const char *path, struct lw_arena *arena, struct lw_fabric *ret,
		    struct lw_error *reterr)
{
	char *text = NULL;
	size_t n = 0;
	int r = cli_read_file(path, FABRIC_LIMIT, &text, &n, reterr);

	if (r)
		return r;
	r = lw_fabric_load_lists(text, n, path, cli_read_beside, (void *)(uintptr_t)path, arena,
				 ret, reterr);
	free(text);
	return r ? r : lw_fabric_resolve(ret, cli_module_reader, (void *)(uintptr_t)path, reterr);
}
