/* SPDX-License-Identifier: Apache-2.0 */
#include "print-links.h"
#include "cli.h"
#include <libsmartcols/libsmartcols.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define LISTED_MAX 20000u /* nobody reads longer tables; what is wrong must be found in them */

static struct libscols_table *new_table(const char *const *columns, const int *flags, size_t n)
{
	struct libscols_table *t = scols_new_table();

	for (size_t i = 0; t && i < n; i++)
		scols_table_new_column(t, columns[i], 0, flags[i]);
	if (t && isatty(STDOUT_FILENO) && !getenv("NO_COLOR"))
		scols_table_enable_colors(t, 1);
	return t;
}

static const char *plural(size_t n)
{
	return n == 1 ? "" : "s";
}

static void rate_text(uint32_t mbps, char *ret, size_t size)
{
	snprintf(ret, size, mbps % 1000 ? "%g G" : "%.0fG", mbps / 1000.0);
}

static void host_lanes(const struct lw_fabric *f, const struct lw_flink *l, unsigned end, char *ret,
		       size_t size)
{
	const struct lw_lport *p = &f->cages[l->cage[end]].mode.port[l->port[end]];

	if (p->lanes > 1)
		snprintf(ret, size, "%u-%u", p->first + 1u, p->first + p->lanes);
	else
		snprintf(ret, size, "%u", p->first + 1u);
}

/* Cells that every table of links begins with: link, rate, signal, lanes at both ends. */
static void link_cells(struct libscols_line *line, const struct lw_fabric *f,
		       const struct lw_flink *l)
{
	const struct lw_lport *p = &f->cages[l->cage[0]].mode.port[l->port[0]];
	char text[64], a[16], b[16];

	scols_line_set_data(line, 0, l->id);
	rate_text(l->rate_mbps, text, sizeof(text));
	scols_line_set_data(line, 1, text);
	snprintf(text, sizeof(text), "%ux%.7g GBd %s", p->lanes, p->baud_kbd / 1e6,
		 lw_modulation_name(p->modulation));
	scols_line_set_data(line, 2, text);
	host_lanes(f, l, 0, a, sizeof(a));
	host_lanes(f, l, 1, b, sizeof(b));
	snprintf(text, sizeof(text), "%s > %s", a, b);
	scols_line_set_data(line, 3, text);
}

static void colour_cell(struct libscols_line *line, size_t column, int worst)
{
	static const char *const colours[] = {"green", "yellow", "red"};

	scols_cell_set_color(scols_line_get_cell(line, column), colours[worst]);
}

static void print_lanes(const struct lw_fabric *f, const struct lw_flink *l)
{
	printf("%s%s%s\n", cli_bold(), l->id, cli_plain());
	for (unsigned k = 0; k < l->media_lanes; k++) {
		struct lw_flane lane;

		lw_flink_lane(f, l, k, &lane);
		printf("  host lane %u > media lane %u > media lane %u > host lane %u\n",
		       lane.host[0] + 1u, lane.media[0] + 1u, lane.media[1] + 1u,
		       lane.host[1] + 1u);
	}
}

void cli_print_check(const struct lw_fabric *f, bool lanes)
{
	static const char *const columns[] = {"LINK",  "RATE",  "HOST LANES",
					      "LANES", "CABLE", "VERDICT"};
	static const int flags[] = {0, SCOLS_FL_RIGHT, 0, 0, 0, 0};
	struct libscols_table *t = new_table(columns, flags, 6);
	size_t count[3] = {0};

	for (size_t i = 0; t && i < f->link_n; i++) {
		const struct lw_flink *l = &f->links[i];
		struct libscols_line *line;

		count[l->verdict]++;
		if (f->link_n > LISTED_MAX && l->verdict == LW_UP)
			continue;
		line = scols_table_new_line(t, NULL);
		if (!line)
			continue;
		link_cells(line, f, l);
		scols_line_set_data(line, 4, f->cables[l->cable].id);
		scols_line_set_data(line, 5, lw_verdict_name(l->verdict));
		colour_cell(line, 5, (int)l->verdict);
	}
	if (t) {
		if (f->link_n <= LISTED_MAX || count[LW_UP] < f->link_n)
			scols_print_table(t);
		scols_unref_table(t);
	}
	if (f->link_n > LISTED_MAX)
		printf("\nOf %zu links only those that are not plainly up are listed; --json has "
		       "all.\n",
		       f->link_n);
	for (size_t i = 0; lanes && i < f->link_n; i++)
		print_lanes(f, &f->links[i]);
	for (size_t i = 0; i < f->link_n; i++) {
		const struct lw_flink *l = &f->links[i];

		if (!l->findings.n)
			continue;
		printf("\n%s%s%s: %s\n", cli_bold(), l->id, cli_plain(),
		       lw_verdict_name(l->verdict));
		cli_print_findings(&l->findings, stdout);
	}
	if (f->findings.n) {
		printf("\n%s%s%s\n", cli_bold(), f->name, cli_plain());
		cli_print_findings(&f->findings, stdout);
	}
	printf("\n%zu link%s: %zu up, %zu at risk, %zu down\n", f->link_n, plural(f->link_n),
	       count[LW_UP], count[LW_AT_RISK], count[LW_DOWN]);
}

static void count_states(const struct lw_engine *e, size_t count[3])
{
	memset(count, 0, 3 * sizeof(count[0]));
	for (size_t i = 0; i < e->fabric->link_n; i++)
		count[e->link[i].state]++;
}

void cli_print_engine(const struct lw_engine *e)
{
	static const char *const columns[] = {"LINK",  "RATE",     "HOST LANES", "LANES",
					      "STATE", "UP AFTER", "FLAPS"};
	static const int flags[] = {0, SCOLS_FL_RIGHT, 0, 0, 0, SCOLS_FL_RIGHT, SCOLS_FL_RIGHT};
	static const int worst[] = {2, 1, 0};
	struct libscols_table *t = new_table(columns, flags, 7);
	size_t count[3];

	for (size_t i = 0; t && i < e->fabric->link_n; i++) {
		const struct lw_engine_link *x = &e->link[i];
		struct libscols_line *line = scols_table_new_line(t, NULL);
		char text[32] = "-";

		if (!line)
			continue;
		link_cells(line, e->fabric, &e->fabric->links[i]);
		scols_line_set_data(line, 4, lw_link_state_name(x->state));
		colour_cell(line, 4, worst[x->state]);
		if (x->state == LW_LINK_UP)
			snprintf(text, sizeof(text), "%.3f s",
				 (double)(x->up_at.ns - e->started.ns) / 1e9);
		scols_line_set_data(line, 5, text);
		snprintf(text, sizeof(text), "%u", x->flaps);
		scols_line_set_data(line, 6, text);
	}
	if (t) {
		scols_print_table(t);
		scols_unref_table(t);
	}
	for (size_t i = 0; i < e->fabric->link_n; i++) {
		struct lw_findings why;

		if (e->link[i].state == LW_LINK_UP)
			continue;
		lw_findings_init(&why, e->arena);
		if (lw_engine_explain(e, i, &why))
			continue;
		printf("\n%s%s%s is %s:\n", cli_bold(), e->fabric->links[i].id, cli_plain(),
		       lw_link_state_name(e->link[i].state));
		cli_print_findings(&why, stdout);
	}
	count_states(e, count);
	printf("\n%zu link%s: %zu up, %zu starting, %zu down\n", e->fabric->link_n,
	       plural(e->fabric->link_n), count[LW_LINK_UP], count[LW_LINK_STARTING],
	       count[LW_LINK_DOWN]);
}

void cli_print_progress(const struct lw_engine *e, struct lw_mono now)
{
	size_t count[3];

	count_states(e, count);
	fprintf(stderr, "%8.1f s: %zu up, %zu starting, %zu down\n", (double)now.ns / 1e9,
		count[LW_LINK_UP], count[LW_LINK_STARTING], count[LW_LINK_DOWN]);
}
