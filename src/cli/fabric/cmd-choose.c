/* SPDX-License-Identifier: Apache-2.0 */
#include "cli.h"
#include <lanewise/choose.h>
#include <libsmartcols/libsmartcols.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
	OPT_A,
	OPT_B,
	OPT_RATE,
	OPT_LENGTH,
	OPT_LINKS,
	OPT_FIBRE,
	OPT_A_LANE,
	OPT_B_LANE,
	OPT_A_POWER,
	OPT_B_POWER,
	OPT_BY,
	OPT_LINEAR,
	OPT_OUT,
	OPT_JSON
};

static const struct cli_option options[] = {
	{"a", "CAGE", "form factor of the cage at the one end, such as OSFP (needed)"},
	{"b", "CAGE", "form factor of the cage at the other end, or at each leg (needed)"},
	{"rate", "RATE", "rate of each logical link, such as 400G (needed)"},
	{"length", "METRES", "length of the way (needed)"},
	{"links", "N", "links that leave cage a, each to a cage b of its own: a breakout (1)"},
	{"fibre", "GRADE", "multimode fibre to lay: OM1 to OM5 (OM4)"},
	{"a-lane", "RATE", "fastest lane of host a where it is slower than its cage"},
	{"b-lane", "RATE", "fastest lane of host b"},
	{"a-power", "WATTS", "what cage a feeds where that is less than its form factor's"},
	{"b-power", "WATTS", "what cage b feeds"},
	{"by", "WHAT", "rank by power (as it is), cost or latency"},
	{"linear", NULL, "both hosts equalise for modules without a DSP (LPO)"},
	{"out", NULL, "say all reasons why the others are out, with remedies"},
	{"json", NULL, "print one JSON document (docs/json.md)"},
	{0},
};

struct choose {
	struct lw_choose_want want;
	bool out, json;
};

static int bad(const char *option, const char *value, const char *known)
{
	fprintf(stderr, "lanewise: --%s %s: %s\n", option, value, known);
	return -1;
}

static int set_rate(int index, const char *value, uint32_t *ret)
{
	const char *end;

	if (lw_rate_parse(value, ret, &end) || *end)
		return bad(options[index].name, value, "not a rate such as 100G or 1.6T");
	return 0;
}

static int set_number(int index, const char *value, double *ret)
{
	char *end;

	*ret = *value && strspn(value, "0123456789.") == strlen(value) ? strtod(value, &end) : 0;
	if (!(*ret > 0) || *end || *ret > 1e6)
		return bad(options[index].name, value, "not a number above 0");
	return 0;
}

static int set_form(int index, const char *value, const struct lw_form **ret)
{
	*ret = lw_form_find(value);
	return *ret ? 0
		    : bad(options[index].name, value,
			  "no such form factor; \"lanewise explain forms\" lists them");
}

static int set_by(const char *value, enum lw_choose_by *ret)
{
	static const char *const names[] = {"power", "cost", "latency"};

	for (int i = 0; i < 3; i++)
		if (!strcmp(value, names[i])) {
			*ret = (enum lw_choose_by)i;
			return 0;
		}
	return bad("by", value, "known are power, cost, latency");
}

static int set_fibre(const char *value, enum lw_grade *ret)
{
	*ret = lw_grade_find(value);
	if (*ret == LW_GRADE_NONE || lw_grade_medium(*ret) != LW_MMF)
		return bad("fibre", value,
			   "known are OM1 to OM5 (single-mode modules always get OS2)");
	return 0;
}

static int set_links(const char *value, unsigned *ret)
{
	double n;

	if (set_number(OPT_LINKS, value, &n))
		return -1;
	if (n > LW_LPORTS_MAX || n != floor(n))
		return bad("links", value, "not a number of links from 1 to 16");
	*ret = (unsigned)n;
	return 0;
}

static int on_option(void *ctx, int index, const char *value)
{
	struct choose *c = ctx;
	struct lw_choose_want *w = &c->want;

	switch (index) {
	case OPT_A:
	case OPT_B:
		return set_form(index, value, index == OPT_A ? &w->a : &w->b);
	case OPT_RATE:
		return set_rate(index, value, &w->rate_mbps);
	case OPT_LENGTH:
		return set_number(index, value, &w->length_m);
	case OPT_LINKS:
		return set_links(value, &w->links);
	case OPT_FIBRE:
		return set_fibre(value, &w->mmf);
	case OPT_A_LANE:
	case OPT_B_LANE:
		return set_rate(index, value,
				index == OPT_A_LANE ? &w->a_lane_mbps : &w->b_lane_mbps);
	case OPT_A_POWER:
	case OPT_B_POWER:
		return set_number(index, value,
				  index == OPT_A_POWER ? &w->a_power_w : &w->b_power_w);
	case OPT_BY:
		return set_by(value, &w->by);
	case OPT_LINEAR:
		w->linear = true;
		return 0;
	case OPT_OUT:
		c->out = true;
		return 0;
	default:
		c->json = true;
		return 0;
	}
}

enum { NAME, KIND, VERDICT, REACH, HEAT, COST, LATENCY, WEIGHT, EMI, SOURCED, COLUMNS };

static void number(struct libscols_line *line, size_t column, const char *fmt, double v)
{
	char text[32] = "-";

	if (isfinite(v) && v > 0)
		snprintf(text, sizeof(text), fmt, v); /* NOLINT: the callers' constants */
	scols_line_set_data(line, column, text);
}

static void put_line(struct libscols_table *t, const struct lw_choice *x)
{
	struct libscols_line *line = scols_table_new_line(t, NULL);
	char name[160];

	if (!line)
		return;
	snprintf(name, sizeof(name), "%s%s%s%s%s%s", x->name, x->cord ? ", " : "",
		 x->cord ? x->cord->name : "", x->cord ? " " : "",
		 x->cord ? lw_grade_name(x->grade) : "",
		 *x->a_adapter || *x->b_adapter ? " (adapter)" : "");
	scols_line_set_data(line, NAME, name);
	scols_line_set_data(line, KIND, lw_media_kind_name(x->kind));
	scols_line_set_data(line, VERDICT, lw_verdict_name(x->verdict));
	scols_cell_set_color(scols_line_get_cell(line, VERDICT),
			     x->verdict == LW_UP ? "green" : "yellow");
	number(line, REACH, x->reach_m < 10000 ? "%.4g m" : "%.3g km",
	       x->reach_m < 10000 ? x->reach_m : x->reach_m / 1000);
	number(line, HEAT, "%.3g W", x->power_w);
	number(line, COST, "x%.2g", x->cost);
	number(line, LATENCY, x->latency_ns < 10000 ? "%.4g ns" : "%.3g us",
	       x->latency_ns < 10000 ? x->latency_ns : x->latency_ns / 1000);
	scols_line_set_data(line, WEIGHT, x->media->weight);
	scols_line_set_data(line, EMI, x->media->emi);
	scols_line_set_data(line, SOURCED, x->media->confidence);
}

static void print_table(const struct lw_choices *c)
{
	static const char *const columns[] = {"MEDIA", "KIND",  "VERDICT", "REACH", "HEAT",
					      "COST",  "DELAY", "WEIGHT",  "EMI",   "SOURCED"};
	struct libscols_table *t = scols_new_table();

	for (size_t i = 0; t && i < COLUMNS; i++)
		scols_table_new_column(t, columns[i], 0,
				       i >= REACH && i <= LATENCY ? SCOLS_FL_RIGHT : 0);
	if (!t)
		return;
	if (isatty(STDOUT_FILENO) && !getenv("NO_COLOR"))
		scols_table_enable_colors(t, 1);
	for (size_t i = 0; i < c->usable; i++)
		put_line(t, &c->v[i]);
	scols_print_table(t);
	scols_unref_table(t);
}

/* One line: the rules that are against it, each once. */
static void print_short(const struct lw_choice *x)
{
	printf("  %s:", x->name);
	for (size_t i = 0; i < x->findings.n; i++) {
		bool again = x->findings.v[i].severity != LW_FATAL;

		for (size_t k = 0; k < i; k++)
			again = again || (x->findings.v[k].severity == LW_FATAL &&
					  !strcmp(x->findings.v[k].rule, x->findings.v[i].rule));
		if (!again)
			printf(" %s", x->findings.v[i].rule);
	}
	putchar('\n');
}

static void print(const struct choose *opt, const struct lw_choices *c)
{
	if (c->usable)
		print_table(c);
	for (size_t i = 0; i < c->usable; i++)
		if (c->v[i].verdict == LW_AT_RISK || opt->out) {
			if (!c->v[i].findings.n)
				continue;
			printf("\n%s%s%s: %s\n", cli_bold(), c->v[i].name, cli_plain(),
			       lw_verdict_name(c->v[i].verdict));
			cli_print_findings(&c->v[i].findings, stdout);
		}
	if (c->n > c->usable)
		printf("\nOut%s:\n",
		       opt->out ? "" : ", and the rules against it (--out tells all)");
	for (size_t i = c->usable; i < c->n; i++) {
		if (!opt->out) {
			print_short(&c->v[i]);
			continue;
		}
		printf("\n%s%s%s\n", cli_bold(), c->v[i].name, cli_plain());
		cli_print_findings(&c->v[i].findings, stdout);
	}
	if (c->misfit_n && opt->out) {
		printf("\nNo candidates:\n");
		for (size_t i = 0; i < c->misfit_n; i++)
			printf("  %s: %s\n", c->misfits[i].name, c->misfits[i].rule);
	}
	printf("\n%zu of %zu would come up. Cost is against a passive cable, a planning value; "
	       "delay is that of\nthe way alone; SOURCED tells how well length and cost are "
	       "known.\n",
	       c->usable, c->n + c->misfit_n);
}

static int print_json(const struct choose *opt, const struct lw_choices *c)
{
	struct lw_buf text = LW_BUF_INIT;
	struct lw_json j;

	lw_json_init(&j, &text);
	lw_choose_json(&opt->want, c, &j);
	lw_buf_putc(&text, '\n');
	return cli_write(&text);
}

static int run(const struct cli_command *self, int argc, char **argv)
{
	struct choose opt = {.want = {.links = 1, .mmf = LW_GRADE_NONE}};
	struct lw_choices c;
	struct lw_arena arena;
	struct lw_error e;
	int n = cli_parse(self, argc, argv, on_option, &opt), status;

	if (n < 0)
		return n == -2 ? CLI_OK : CLI_USAGE;
	if (n)
		return cli_usage(self, "\"%s\" is no option", argv[0]);
	if (!opt.want.a || !opt.want.b || !opt.want.rate_mbps || !(opt.want.length_m > 0))
		return cli_usage(self, "--a, --b, --rate and --length are needed");
	lw_arena_init(&arena, 0);
	if (lw_choose(&opt.want, &arena, &c, &e)) {
		lw_arena_finish(&arena);
		return cli_error(&e);
	}
	status = c.usable ? CLI_OK : CLI_BAD_NEWS;
	if (!opt.json)
		print(&opt, &c);
	else if (print_json(&opt, &c))
		status = CLI_DEVICE;
	lw_arena_finish(&arena);
	return status;
}

const struct cli_command cli_choose = {
	.name = "choose",
	.synopsis = "--a CAGE --b CAGE --rate RATE --length METRES [OPTION...]",
	.summary = "what to buy for a link: cables and optics, ranked, and why others are out",
	.text = "Judge every cable and every pair of modules of the catalogue between two cages "
		"over a\n"
		"length, by the rules of \"check\", and rank those that would come up. Heat is the "
		"sum\n"
		"of all ends.\n\n"
		"  lanewise choose --a OSFP --b OSFP --rate 800G --length 2\n"
		"  lanewise choose --a OSFP --b QSFP112 --rate 400G --links 2 --length 30 --by "
		"cost\n\n"
		"Exit status 1 tells that nothing in the catalogue would come up.",
	.options = options,
	.run = run,
};
