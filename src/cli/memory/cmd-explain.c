/* SPDX-License-Identifier: Apache-2.0 */
#include "explain.h"
#include <string.h>

enum { OPT_TABLE, OPT_JSON };

static const struct cli_option options[] = {
	{"table", "TABLE", "only codes of this code table (\"explain tables\" lists them)"},
	{"json", NULL,
	 "print one JSON document: an object, or a list if there are several answers"},
	{0},
};

struct explain {
	bool json;
	const char *table;
};

static int on_option(void *ctx, int index, const char *value)
{
	struct explain *e = ctx;

	if (index == OPT_JSON)
		e->json = true;
	else if (lw_code_table_find(value) == LW_CODES_NONE)
		return -1;
	else
		e->table = value;
	return 0;
}

static void put_rule(struct ex *x, const char *name, const char *what, const struct ex_finding *f)
{
	if (!ex_begin(x, "rule", "%s, %s", name, what))
		return;
	if (x->j)
		ex_pair(x, "rule", name);
	ex_pair(x, "asks", f->asks);
	ex_pair(x, "why", f->why);
	ex_pair(x, "example", f->example);
	ex_pair(x, "remedy", f->remedy);
	ex_pair(x, "source", f->ref);
	ex_end(x);
}

void ex_rule(struct ex *x, const char *name)
{
	const struct lw_rule *r = lw_rule_find(name);

	if (r) {
		struct ex_finding f = {r->name,    "link",    r->asks, r->why,
				       r->example, r->remedy, r->ref};

		put_rule(x, r->name, "a rule of link checks", &f);
	}
	for (const struct ex_finding *f = ex_findings; f->name; f++)
		if (strcmp(f->name, name) == 0)
			put_rule(x, f->name,
				 strcmp(f->of, "memory") == 0 ? "a finding about a module's memory"
				 : strcmp(f->of, "port") == 0 ? "a rule of port checks"
				 : strcmp(f->of, "render") == 0 ? "a finding about rendering"
				 : strcmp(f->of, "exchange") == 0
					 ? "a finding about lists and the real fabric"
					 : "a finding about a link that is not up",
				 f);
}

/* The meanings of a name, the more special first; those of a later kind only if none came before,
 * but the catalogue's are one: a PMD is a code too. */
static void answer(struct ex *x, const char *name)
{
	unsigned code;

	if (x->table) {
		if (ex_number(name, &code))
			ex_code(x, code);
		else
			ex_code_name(x, name);
		return;
	}
	ex_rule(x, name);
	if (!x->n && ex_number(name, &code))
		ex_code(x, code);
	if (!x->n)
		ex_place(x, name);
	if (x->n)
		return;
	ex_pmd(x, name);
	ex_form(x, name);
	ex_connector(x, name);
	ex_part(x, name);
	ex_cord(x, name);
	ex_table(x, name);
	ex_code_name(x, name);
	if (!x->n)
		ex_field(x, name);
}

/* A list ("rules"), or a table of its own (--table T), or what the name means. */
static void say(struct ex *x, const char *name)
{
	x->n = 0;
	if (!name)
		ex_table(x, x->table);
	else if (x->table || !ex_kind(x, name))
		answer(x, name);
}

static int run(const struct cli_command *self, int argc, char **argv)
{
	struct explain e = {0};
	int n = cli_parse(self, argc, argv, on_option, &e);
	struct lw_buf text = LW_BUF_INIT;
	struct ex x = {.counting = true};
	const char *name;
	struct lw_json j;
	unsigned items;

	if (n < 0)
		return n == -2 ? CLI_OK : CLI_USAGE;
	if (n > 1 || (n == 0 && !e.table))
		return cli_usage(self, "name one thing to explain");
	name = n ? argv[0] : NULL;
	x.table = e.table;
	say(&x, name);
	items = x.n;
	if (!items)
		return ex_unknown(self, name);
	x.counting = false;
	if (!e.json) {
		say(&x, name);
		return CLI_OK;
	}
	lw_json_init(&j, &text);
	x.j = &j;
	if (items > 1)
		lw_json_begin_array(&j);
	say(&x, name);
	if (items > 1)
		lw_json_end_array(&j);
	lw_buf_putc(&text, '\n');
	return cli_write(&text);
}

const struct cli_command cli_explain = {
	.name = "explain",
	.synopsis = "[--json] [--table TABLE] NAME | CODE | PLACE | LIST",
	.summary = "what a finding, register, code or part means, and its source",
	.text = "Explain, with the source, any of these:\n"
		"  lane-rate, checksum, rx-los     a finding of check, decode or up\n"
		"  cmis.dp_state, DPStateHostLane  a register field: our name, the beginning or "
		"end\n"
		"                                  of it, or the standard's name\n"
		"  cmis.11h:128, A2:96, L:3.1      what is at a place: page, byte and bit\n"
		"  cmis.11h                        a whole page\n"
		"  0x1e, 1Eh                       a code, in every table that has it\n"
		"  400GBASE-DR4                    a code by its name; PMDs, form factors, "
		"connectors,\n"
		"                                  parts and cords too\n"
		"LIST is one of rules, findings, parts, cords, pmds, forms, connectors, tables, "
		"pages,\n"
		"fields.",
	.options = options,
	.run = run,
};
