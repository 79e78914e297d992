/* SPDX-License-Identifier: Apache-2.0 */
#include "ports.h"
#include <lanewise/port.h>
#include <libsmartcols/libsmartcols.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct libscols_table *new_table(const char *const *columns, const int *flags, size_t n)
{
	struct libscols_table *t = scols_new_table();

	for (size_t i = 0; t && i < n; i++)
		scols_table_new_column(t, columns[i], 0, flags[i]);
	if (t && isatty(STDOUT_FILENO) && !getenv("NO_COLOR"))
		scols_table_enable_colors(t, 1);
	return t;
}

static void print_table(struct libscols_table *t)
{
	if (!t)
		return;
	scols_print_table(t);
	scols_unref_table(t);
}

/* "17-24" when the lanes count up by one, else all of them. */
static const char *lanes_text(const char *const *lane, size_t n, struct lw_buf *b)
{
	bool run = n > 2;

	lw_buf_clear(b);
	for (size_t i = 0; i < n && run; i++)
		run = lane[i][0] && strspn(lane[i], "0123456789") == strlen(lane[i]) &&
		      strtol(lane[i], NULL, 10) == strtol(lane[0], NULL, 10) + (long)i;
	if (run)
		lw_buf_printf(b, "%s-%s", lane[0], lane[n - 1]);
	for (size_t i = 0; i < n && !run; i++)
		lw_buf_printf(b, "%s%s", i ? "," : "", lane[i]);
	return lw_buf_str(b);
}

static void print_offers(const struct lw_platform *p)
{
	static const char *const columns[] = {"PORT", "LANES", "MODE", "OFFERS"};
	static const int flags[] = {0, 0, 0, SCOLS_FL_WRAP};
	struct libscols_table *t = new_table(columns, flags, 4);
	struct lw_buf b = LW_BUF_INIT;

	for (size_t i = 0; t && i < p->port_n; i++) {
		const struct lw_platform_port *port = &p->port[i];
		struct libscols_line *line = scols_table_new_line(t, NULL);

		if (!line)
			continue;
		scols_line_set_data(line, 0, port->name);
		scols_line_set_data(line, 1, lanes_text(port->lane, port->lane_n, &b));
		scols_line_set_data(line, 2, port->now.text ? port->now.text : "-");
		lw_buf_clear(&b);
		for (size_t k = 0; k < port->mode_n; k++)
			lw_buf_printf(&b, "%s%s", k ? " " : "", port->mode[k].text);
		scols_line_set_data(line, 3, lw_buf_str(&b));
	}
	print_table(t);
	lw_buf_finish(&b);
}

static void add_row(struct libscols_table *t, const char *first, const struct lw_subport *s)
{
	struct libscols_line *line = t ? scols_table_new_line(t, NULL) : NULL;
	struct lw_buf b = LW_BUF_INIT;
	char text[16];

	if (!line)
		return;
	scols_line_set_data(line, 0, first);
	scols_line_set_data(line, 1, s->name);
	scols_line_set_data(line, 2, s->alias);
	scols_line_set_data(line, 3, lanes_text(s->lane, s->lane_n, &b));
	scols_line_set_data(line, 4,
			    s->speed_mbps ? lw_rate_text(s->speed_mbps, text, sizeof(text)) : "-");
	scols_line_set_data(line, 5, s->index ? s->index : "-");
	snprintf(text, sizeof(text), "%u", s->subport);
	scols_line_set_data(line, 6, s->subport == LW_SUBPORT_NONE ? "-" : text);
	scols_line_set_data(line, 7, s->fec ? s->fec : "-");
	lw_buf_finish(&b);
}

static struct libscols_table *row_table(const char *first)
{
	const char *columns[] = {first,   "SUB-PORT", "ALIAS",   "LANES",
				 "SPEED", "INDEX",    "SUBPORT", "FEC"};
	static const int flags[] = {0, 0, 0, 0, SCOLS_FL_RIGHT, SCOLS_FL_RIGHT, SCOLS_FL_RIGHT, 0};

	return new_table(columns, flags, 8);
}

/* A file is said once, above: its line and the port remain. */
static const char *short_subject(const char *subject, const char *path, char *buf, size_t size)
{
	size_t n = path ? strlen(path) : 0;
	const char *blank;

	if (!n || strncmp(subject, path, n) != 0 || subject[n] != ':')
		return subject;
	subject += n + 1;
	blank = strchr(subject, ' ');
	if (blank)
		snprintf(buf, size, "%s, line %.*s", blank + 1, (int)strcspn(subject, ": "),
			 subject);
	else
		snprintf(buf, size, "line %s", subject);
	return buf;
}

void cli_print_port_findings(const struct lw_findings *f, const char *path, bool remedies)
{
	char first[128], subject[128];

	for (int s = LW_FATAL; s >= LW_INFO; s--)
		for (size_t i = 0; i < f->n; i++) {
			const struct lw_finding *x = &f->v[i];

			if ((int)x->severity != s)
				continue;
			snprintf(first, sizeof(first), "  %s%-5s %s%s: ",
				 s == LW_FATAL  ? cli_red()
				 : s == LW_RISK ? cli_yellow()
						: "",
				 lw_severity_name(x->severity), x->rule,
				 s == LW_INFO ? "" : cli_plain());
			printf("%s%s\n", first,
			       short_subject(x->subject, path, subject, sizeof(subject)));
			cli_wrap(stdout, "        ", 8, x->text);
			if (remedies && s > LW_INFO)
				cli_wrap(stdout, "        remedy: ", 16, x->remedy);
		}
}

void cli_print_platform(const struct lw_platform *p, const struct lw_findings *f)
{
	size_t subs = 0;

	print_offers(p);
	for (size_t i = 0; i < p->port_n; i++)
		subs += p->port[i].now.sub_n;
	if (subs) {
		struct libscols_table *t = row_table("PORT");

		putchar('\n');
		for (size_t i = 0; i < p->port_n; i++)
			for (size_t k = 0; k < p->port[i].now.sub_n; k++)
				add_row(t, k ? "" : p->port[i].name, &p->port[i].now.sub[k]);
		print_table(t);
	}
	if (f->n) {
		printf("\n%sfindings%s\n", cli_bold(), cli_plain());
		cli_print_port_findings(f, p->where, true);
	}
	printf("\n%zu port%s, %zu sub-port%s in force, %zu finding%s\n", p->port_n,
	       p->port_n == 1 ? "" : "s", subs, subs == 1 ? "" : "s", f->n, f->n == 1 ? "" : "s");
}

void cli_print_transition(const struct lw_transition *t)
{
	struct libscols_table *rows;

	printf("%s%s%s: %s to %s\n", cli_bold(), t->port->name, cli_plain(), t->from.text,
	       t->to.text);
	rows = row_table("CHANGE");
	for (size_t i = 0; i < t->removed_n; i++)
		add_row(rows, "removed", t->removed[i]);
	for (size_t i = 0; i < t->added_n; i++)
		add_row(rows, "added", t->added[i]);
	for (size_t i = 0; i < t->kept_n; i++)
		add_row(rows, "kept", t->kept[i]);
	if (t->removed_n + t->added_n + t->kept_n)
		print_table(rows);
	else
		scols_unref_table(rows);
	for (size_t i = 0; i < t->move_n; i++)
		printf("  lane %s: %s to %s\n", t->move[i].lane,
		       t->move[i].from ? t->move[i].from->name : "nobody",
		       t->move[i].to ? t->move[i].to->name : "nobody");
	for (size_t i = 0; i < t->neighbour_n; i++)
		printf("  touches %s\n", t->neighbour[i]->name);
	cli_print_port_findings(&t->findings, NULL, true);
	if (lw_findings_worst(&t->findings) < LW_FATAL)
		printf("%zu removed, %zu added, %zu kept, %zu lane%s change%s owner\n",
		       t->removed_n, t->added_n, t->kept_n, t->move_n, t->move_n == 1 ? "" : "s",
		       t->move_n == 1 ? "s" : "");
}
