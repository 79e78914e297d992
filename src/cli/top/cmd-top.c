/* SPDX-License-Identifier: Apache-2.0 */
/* lanewise top: the links of a running lanewised, as top shows processes. */
#include "cli.h"
#include "link.h"
#include "screen.h"

#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

/* Where the unit of the Debian package has it. */
#define SOCKET "/run/lanewised/look.sock"
/* "--once" waits so long for a daemon that has just started. */
#define ONCE_MS      15000
#define PIPE_COLUMNS 160

enum { OPT_SOCKET, OPT_URL, OPT_ONCE, OPT_JSON, OPT_SORT, OPT_REVERSE, OPT_FILTER };

static const struct cli_option options[] = {
	[OPT_SOCKET] = {"socket", "PATH", "the daemon's read-only socket (default " SOCKET ")"},
	[OPT_URL] = {"url", "URL", "its API instead: http://127.0.0.1:8480"},
	[OPT_ONCE] = {"once", NULL, "print once, as plain text, and end"},
	[OPT_JSON] = {"json", NULL, "print one JSON document (docs/json.md) and end"},
	[OPT_SORT] = {"sort", "BY", "state, name, change, margin, heat, flaps (default state)"},
	[OPT_REVERSE] = {"reverse", NULL, "the other way round"},
	[OPT_FILTER] = {"filter", "TEXT", "only links with this in name, state or cause"},
	{0},
};

struct top {
	const char *at;
	bool once, json;
	struct top_view view;
};

static int on_option(void *ctx, int index, const char *value)
{
	struct top *t = ctx;

	switch (index) {
	case OPT_ONCE:
		t->once = true;
		return 0;
	case OPT_JSON:
		t->json = true;
		return 0;
	case OPT_REVERSE:
		t->view.reverse = true;
		return 0;
	case OPT_SORT:
		for (unsigned i = 0; i < TOP_SORTS; i++)
			if (strcmp(value, top_sort_names[i]) == 0) {
				t->view.sort = i;
				return 0;
			}
		return -1;
	case OPT_FILTER:
		if (strlen(value) > TOP_FILTER_MAX)
			return -1;
		strcpy(t->view.filter, value);
		return 0;
	default:
		if (t->at || (index == OPT_URL) != (strstr(value, "://") != NULL))
			return -1;
		t->at = value;
		return 0;
	}
}

/* Wait until everything is known. */
static int load(struct top_feed *f, struct lw_error *reterr)
{
	int64_t end = top_now_ms() + ONCE_MS, now;

	while (!f->live && (now = top_now_ms()) < end) {
		struct pollfd fd[TOP_FEED_FDS];

		top_feed_run(f, now);
		if (f->live)
			break;
		if (f->trouble[0])
			return lw_fail_in(reterr, LW_EIO, f->source, 0, "%s; %s", f->trouble,
					  TOP_WHERE);
		poll(fd, TOP_FEED_FDS, top_feed_wait(f, now, fd));
	}
	return f->live ? 0
		       : lw_fail_in(reterr, LW_ETIMEDOUT, f->source, 0,
				    "the daemon has nothing to tell yet; ask again");
}

static size_t count_down(const struct top_model *m)
{
	double n = top_number(m->list[TOP_SUMMARY], "down");

	return n > 0 ? (size_t)n : 0;
}

/* The daemon's documents of the links that pass the filter, and of all cages. */
static int print_json(const struct top *t, const struct top_model *m)
{
	json_t *all = json_object(), *links = json_array(), *cages = json_array(), *doc;
	const char *id;
	size_t n;
	struct top_row *rows = top_view_rows(&t->view, m, &n);
	char *text = NULL;

	for (size_t i = 0; i < n; i++)
		json_array_append(links, json_object_get(m->list[TOP_LINKS], rows[i].id));
	json_object_foreach(m->list[TOP_CAGES], id, doc)
	{
		json_array_append(cages, doc);
	}
	json_object_set(all, "summary", m->list[TOP_SUMMARY]);
	json_object_set_new(all, "links", links);
	json_object_set_new(all, "cages", cages);
	if (json_object_set(all, "events", m->list[TOP_EVENTS]) == 0)
		text = json_dumps(all, JSON_INDENT(2) | JSON_REAL_PRECISION(12));
	free(rows);
	json_decref(all);
	if (!text || puts(text) < 0 || fflush(stdout)) {
		free(text);
		return cli_unwritten();
	}
	free(text);
	return count_down(m) ? CLI_BAD_NEWS : CLI_OK;
}

static unsigned columns(void)
{
	struct winsize w;

	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &w) == 0 && w.ws_col >= 40)
		return w.ws_col;
	return PIPE_COLUMNS;
}

static int print_once(const struct top *t, const struct top_feed *f)
{
	struct top_status s = top_status_of(f, top_now_ms());
	struct top_page p;
	int status = CLI_OK;

	top_page_init(&p, columns());
	if (t->view.screen == TOP_LINK) {
		if (!top_link_draw(f->model, t->view.chosen, s.now_s, &p)) {
			fprintf(stderr, "lanewise: there is no link \"%s\"\n", t->view.chosen);
			status = CLI_USAGE;
		}
	} else if (top_view_print(&t->view, f->model, &s, &p)) {
		status = CLI_BAD_NEWS;
	}
	for (unsigned i = 0; i < p.n; i++)
		puts(top_page_text(&p, i));
	if (p.failed || fflush(stdout))
		status = cli_unwritten();
	top_page_finish(&p);
	return status;
}

static int show(struct top *t, struct top_feed *f, struct lw_error *reterr)
{
	int r = 0;

	if (!t->once && !t->json)
		return top_screen_run(f, &t->view, reterr);
	r = load(f, reterr);
	if (r)
		return r;
	return t->json ? print_json(t, f->model) : print_once(t, f);
}

static int run(const struct cli_command *self, int argc, char **argv)
{
	struct top t = {0};
	struct top_model m;
	struct top_feed f;
	struct lw_error e;
	int status, n = cli_parse(self, argc, argv, on_option, &t);

	if (n < 0)
		return n == -2 ? CLI_OK : CLI_USAGE;
	if (n > 1)
		return cli_usage(self, "one link at a time");
	if (n && strlen(argv[0]) >= sizeof(t.view.chosen))
		return cli_usage(self, "no link has so long a name");
	if (n) {
		strcpy(t.view.chosen, argv[0]);
		t.view.screen = TOP_LINK;
	}
	if (top_model_init(&m))
		return lw_exit_status(LW_ENOMEM);
	status = top_feed_open(&f, &m, t.at ? t.at : SOCKET, !t.once && !t.json, &e);
	if (!status)
		status = show(&t, &f, &e);
	if (status < 0)
		status = cli_error(&e);
	top_feed_close(&f);
	top_model_finish(&m);
	return status;
}

const struct cli_command cli_top = {
	.name = "top",
	.synopsis = "[OPTION...] [LINK]",
	.summary = "watch the links of a running lanewised on a terminal",
	.text = "Show the links of a running lanewised, the worst first: state, received power, "
		"margin,\n"
		"heat, cause; for the chosen one what to do, and with \"enter\" its lanes end to "
		"end. It\n"
		"only looks. Keys: arrows choose, enter shows, s sorts, r reverses, / filters, ? "
		"tells\n"
		"all keys, q leaves.\n\n"
		"  lanewise top\n"
		"  lanewise top --url http://127.0.0.1:8480\n"
		"  lanewise top --once --filter down\n"
		"  lanewise top --once \"leaf1/swp1:2 - nic2/p0\"\n\n"
		"Exit status of --once and --json: 1 when a link that is shown is down, 3 when no "
		"daemon "
		"answers.",
	.options = options,
	.run = run,
};
