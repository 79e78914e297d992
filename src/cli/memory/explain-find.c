/* SPDX-License-Identifier: Apache-2.0 */
#include "explain.h"
#include <string.h>
#include <strings.h>

/* Every name there is to explain: for lists, and for what an unknown name is like. */

#define NEAREST   5
#define NAME_SIZE 80

typedef void (*on_name)(void *ctx, const char *map, const char *name, const char *doc);

static void rules(on_name on, void *ctx)
{
	size_t n;
	const struct lw_rule *r = lw_rules(&n);

	for (size_t i = 0; i < n; i++)
		on(ctx, "", r[i].name, r[i].asks);
}

static void findings(on_name on, void *ctx)
{
	for (const struct ex_finding *f = ex_findings; f->name; f++)
		on(ctx, "", f->name, f->asks);
}

static void parts(on_name on, void *ctx)
{
	size_t n;
	const struct lw_part *p = lw_parts(&n);

	/* "NAME/far" is the plug at a cable's other end: nobody buys it */
	for (size_t i = 0; i < n; i++)
		if (!strchr(p[i].name, '/'))
			on(ctx, "", p[i].name, p[i].doc);
}

static void cords(on_name on, void *ctx)
{
	size_t n;
	const struct lw_cord *c = lw_cords(&n);

	for (size_t i = 0; i < n; i++)
		on(ctx, "", c[i].name, c[i].doc);
}

static void pmds(on_name on, void *ctx)
{
	for (size_t i = 0; ex_pmds[i]; i++) {
		const struct lw_pmd *p = lw_pmd_find(ex_pmds[i]);
		char doc[96];

		if (!p)
			continue;
		snprintf(doc, sizeof(doc), "%u x %g GBd %s, %s", p->lanes, p->baud_kbd / 1e6,
			 lw_modulation_name(p->modulation), lw_medium_name(p->medium));
		on(ctx, "", p->name, doc);
	}
}

static void forms(on_name on, void *ctx)
{
	for (size_t i = 0; ex_forms[i]; i++) {
		const struct lw_form *f = lw_form_find(ex_forms[i]);
		char doc[96];

		if (!f)
			continue;
		snprintf(doc, sizeof(doc), "%u lane%s up to %g GBd %s", f->lanes,
			 f->lanes > 1 ? "s" : "", f->max_baud_kbd / 1e6,
			 lw_modulation_name(f->max_modulation));
		on(ctx, "", f->name, doc);
	}
}

static void connectors(on_name on, void *ctx)
{
	for (size_t i = 0; ex_connectors[i]; i++) {
		const struct lw_connector *c = lw_connector_find(ex_connectors[i]);

		if (c)
			on(ctx, "", c->name, c->ref);
	}
}

static void tables(on_name on, void *ctx)
{
	for (unsigned t = LW_CODES_NONE + 1; t < LW_CODES_N; t++) {
		size_t n;
		const struct lw_code *row = lw_code_rows((enum lw_code_table)t, &n);

		on(ctx, "", lw_code_table_name((enum lw_code_table)t), n ? row[0].ref : "");
	}
}

static void pages(on_name on, void *ctx)
{
	for (int map = LW_MAP_SFF8472; map < LW_MAP_N; map++) {
		size_t n, fields;
		const struct lw_slot *s = lw_map_slots((enum lw_map_id)map, &n);
		const struct lw_field *f = lw_map_fields((enum lw_map_id)map, &fields);

		for (size_t i = 0; i < n; i++) {
			unsigned holds = 0;
			char doc[32];

			for (size_t k = 0; k < fields; k++)
				holds += f[k].slot == i && f[k].kind != LW_KIND_RESERVED;
			snprintf(doc, sizeof(doc), "%u fields", holds);
			on(ctx, lw_map_name((enum lw_map_id)map), s[i].name, doc);
		}
	}
}

static void fields(on_name on, void *ctx)
{
	for (int map = LW_MAP_SFF8472; map < LW_MAP_N; map++) {
		size_t n;
		const struct lw_field *f = lw_map_fields((enum lw_map_id)map, &n);

		for (size_t i = 0; i < n; i++)
			if (f[i].kind != LW_KIND_RESERVED)
				on(ctx, lw_map_name((enum lw_map_id)map), f[i].name, f[i].doc);
	}
}

static const struct {
	const char *name;
	void (*visit)(on_name on, void *ctx);
} kinds[] = {
	{"rules", rules}, {"findings", findings}, {"parts", parts},           {"cords", cords},
	{"pmds", pmds},   {"forms", forms},       {"connectors", connectors}, {"tables", tables},
	{"pages", pages}, {"fields", fields},
};

#define KINDS (sizeof(kinds) / sizeof(kinds[0]))

/* For people one line a name, so that it can be searched; the name is its first word. */
static void list_one(void *ctx, const char *map, const char *name, const char *doc)
{
	struct ex *x = ctx;
	char full[NAME_SIZE];

	snprintf(full, sizeof(full), "%s%s%s", map, map[0] ? "." : "", name);
	if (x->j)
		ex_list_item(x, full, doc);
	else
		printf("%-24s %s\n", full, doc);
}

bool ex_kind(struct ex *x, const char *kind)
{
	for (size_t i = 0; i < KINDS; i++) {
		if (strcmp(kinds[i].name, kind) != 0)
			continue;
		if (x->counting || !x->j) {
			x->n++;
			if (!x->counting)
				kinds[i].visit(list_one, x);
		} else if (ex_begin(x, "list", "%s", kind)) {
			ex_list_begin(x, kind);
			kinds[i].visit(list_one, x);
			ex_list_end(x);
			ex_end(x);
		}
		return true;
	}
	return false;
}

/* Letters to change, add or take away until `a` is `b`, without regard to case. */
static unsigned distance(const char *a, const char *b)
{
	unsigned row[NAME_SIZE + 1];
	size_t n = strlen(b);

	if (n > NAME_SIZE || strlen(a) > NAME_SIZE)
		return NAME_SIZE;
	for (unsigned k = 0; k <= n; k++)
		row[k] = k;
	for (unsigned i = 1; a[i - 1]; i++) {
		unsigned diagonal = row[0];

		row[0] = i;
		for (size_t k = 1; k <= n; k++) {
			unsigned above = row[k];
			bool same = strncasecmp(&a[i - 1], &b[k - 1], 1) == 0;
			unsigned best = diagonal + !same;

			if (above + 1 < best)
				best = above + 1;
			if (row[k - 1] + 1 < best)
				best = row[k - 1] + 1;
			row[k] = best;
			diagonal = above;
		}
	}
	return row[n];
}

static bool contains(const char *s, const char *part)
{
	size_t n = strlen(part);

	for (; *s; s++)
		if (strncasecmp(s, part, n) == 0)
			return true;
	return false;
}

struct nearest {
	const char *want;
	unsigned n;
	unsigned score[NEAREST];
	char name[NEAREST][NAME_SIZE];
};

static void consider(void *ctx, const char *map, const char *name, const char *doc)
{
	struct nearest *near = ctx;
	char full[NAME_SIZE];
	unsigned score, at;
	const char *want = near->want;

	(void)doc;
	snprintf(full, sizeof(full), "%s%s%s", map, map[0] ? "." : "", name);
	score = 2 * distance(want, strchr(want, '.') ? full : name);
	/* a name that goes on after what was typed is nearer than its length says */
	if (strlen(want) >= 3 && contains(full, want))
		score = score < 3 ? score : 3;
	at = near->n < NEAREST ? near->n : NEAREST;
	while (at && near->score[at - 1] > score) {
		if (at < NEAREST) {
			near->score[at] = near->score[at - 1];
			memcpy(near->name[at], near->name[at - 1], NAME_SIZE);
		}
		at--;
	}
	if (at >= NEAREST)
		return;
	near->score[at] = score;
	memcpy(near->name[at], full, NAME_SIZE);
	if (near->n < NEAREST)
		near->n++;
}

int ex_unknown(const struct cli_command *self, const char *name)
{
	struct nearest near = {.want = name};
	struct lw_buf text = LW_BUF_INIT;
	unsigned most = (unsigned)strlen(name); /* half of the letters may be wrong */

	for (size_t i = 0; i < KINDS; i++)
		kinds[i].visit(consider, &near);
	for (unsigned i = 0; i < near.n && near.score[i] <= most; i++)
		lw_buf_printf(&text, "%s%s", text.len ? ", " : "", near.name[i]);
	if (text.len)
		cli_usage(self, "there is no \"%s\"; near it are: %s", name, lw_buf_str(&text));
	else
		cli_usage(self, "there is no \"%s\"", name);
	lw_buf_finish(&text);
	return CLI_USAGE;
}
