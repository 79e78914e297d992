/* SPDX-License-Identifier: Apache-2.0 */
#include "recipe-internal.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int bad(const struct recipe_loader *l, const struct lw_node *n, const char *what)
{
	return lw_fail_in(l->reterr, LW_EINVAL, l->file, n->line, "%s%s%s", n->key ? n->key : "",
			  n->key ? ": " : "", what);
}

const char *lw_recipe_text(const struct recipe_loader *l, const struct lw_node *n)
{
	if (n->kind == LW_NODE_TEXT && !lw_node_empty(n))
		return n->text;
	bad(l, n, "takes a text");
	return NULL;
}

int lw_recipe_number(const struct recipe_loader *l, const struct lw_node *n, long low, long high,
		     long *ret)
{
	const char *s = n->kind == LW_NODE_TEXT ? n->text : "";
	char what[64], *end;
	long v;

	errno = 0;
	v = strtol(s, &end, strncmp(s, "0x", 2) ? 10 : 16);
	if (errno || end == s || *end || v < low || v > high) {
		snprintf(what, sizeof(what), "takes a whole number from %ld to %ld", low, high);
		return bad(l, n, what);
	}
	*ret = v;
	return 0;
}

static int load_real(const struct recipe_loader *l, const struct lw_node *n, double high,
		     double *ret)
{
	const char *s = n->kind == LW_NODE_TEXT ? n->text : "";
	char what[64], *end;
	double v = strtod(s, &end);

	if (end == s || *end || !isfinite(v) || v <= 0 || v > high || strpbrk(s, "xX")) {
		snprintf(what, sizeof(what), "takes a number above 0, at most %g", high);
		return bad(l, n, what);
	}
	*ret = v;
	return 0;
}

/* Text of at most `most` printable characters; "" is a value too. */
static int load_text(const struct recipe_loader *l, const struct lw_node *n, size_t most,
		     const char **ret)
{
	char what[64];

	if (n->kind != LW_NODE_TEXT)
		return bad(l, n, "takes a text");
	if (strlen(n->text) > most) {
		snprintf(what, sizeof(what), "has more than %zu characters", most);
		return bad(l, n, what);
	}
	for (const char *s = n->text; *s; s++)
		if (*s < 0x20 || *s > 0x7e)
			return bad(l, n, "holds what is no printable ASCII");
	*ret = n->text;
	return 0;
}

static int load_oui(const struct recipe_loader *l, const struct lw_node *n)
{
	unsigned b[3] = {0};
	char rest;

	if (n->kind != LW_NODE_TEXT || strlen(n->text) != 8 ||
	    sscanf(n->text, "%2x:%2x:%2x%c", &b[0], &b[1], &b[2], &rest) != 3)
		return bad(l, n, "takes three bytes, \"00:1c:73\"");
	for (int i = 0; i < 3; i++)
		l->r->oui[i] = (uint8_t)b[i];
	l->r->has_oui = true;
	return 0;
}

/* "2025-01-31", or the six characters of a code that is no date. */
static int load_date(const struct recipe_loader *l, const struct lw_node *n)
{
	const char *s = "", *digits = "dddd-dd-dd";
	int r = load_text(l, n, 10, &s);

	if (r)
		return r;
	l->r->date = s;
	if (strlen(s) <= 6)
		return 0;
	for (size_t i = 0; i < 10; i++)
		if (digits[i] == 'd' ? s[i] < '0' || s[i] > '9' : s[i] != '-')
			return bad(l, n, "takes a date such as 2025-01-31");
	if (strncmp(s, "20", 2) != 0)
		return bad(l, n, "takes a date from 2000 to 2099");
	return 0;
}

static int load_connector(const struct recipe_loader *l, const struct lw_node *n)
{
	const struct lw_code *code, *other;
	long number = 0;

	if (n->kind == LW_NODE_TEXT && !strncmp(n->text, "0x", 2)) {
		if (lw_recipe_number(l, n, 0, 255, &number))
			return LW_EINVAL;
		l->r->connector = (int)number;
		return 0;
	}
	if (n->kind != LW_NODE_TEXT)
		return bad(l, n, "takes a text");
	code = lw_code_match(LW_CODES_SFF8024_CONN, n->text, &other);
	if (!code || other)
		return bad(l, n,
			   code ? "several connectors are called like that"
				: "no connector of SFF-8024 Table 4-3 is called like that");
	l->r->connector = code->first;
	return 0;
}

static int load_limits(const struct recipe_loader *l, const struct lw_node *n)
{
	const char *name = lw_recipe_text(l, n);

	if (!name)
		return LW_EINVAL;
	l->r->limits = lw_limits_find(name);
	if (!l->r->limits)
		return lw_fail_in(l->reterr, LW_ENOENT, l->file, n->line,
				  "no thresholds are called \"%.40s\"; data/thresholds.csv lists "
				  "them, 400GBASE-DR4 is one",
				  name);
	if (!l->r->part->limits)
		return bad(l, n, "this part has no monitors");
	return 0;
}

static int load_length(const struct recipe_loader *l, const struct lw_node *n)
{
	if (l->r->part->receptacles)
		return bad(l, n, "only a cable has a length");
	return load_real(l, n, 10000, &l->r->length_m);
}

static int load_fields(const struct recipe_loader *l, const struct lw_node *map)
{
	if (map->kind != LW_NODE_MAP)
		return bad(l, map, "takes a map of FIELD: VALUE");
	if (map->n > LW_RECIPE_FIELDS_MAX)
		return bad(l, map, "has more fields than a recipe may set");
	l->r->field = lw_arena_alloc(l->arena, (map->n + 1) * sizeof(*l->r->field));
	if (!l->r->field)
		return lw_fail(l->reterr, LW_ENOMEM, "out of memory");
	for (const struct lw_node *n = map->first; n; n = n->next) {
		if (n->kind != LW_NODE_TEXT)
			return bad(l, n, "takes a text");
		l->r->field[l->r->field_n] = lw_arena_printf(l->arena, "%s=%s", n->key, n->text);
		if (!l->r->field[l->r->field_n++])
			return lw_fail(l->reterr, LW_ENOMEM, "out of memory");
	}
	return 0;
}

enum key {
	KEY_DONE, /* read by lw_recipe_choose() */
	KEY_VENDOR,
	KEY_PN,
	KEY_REV,
	KEY_SN,
	KEY_LOT,
	KEY_CLEI,
	KEY_DATE,
	KEY_OUI,
	KEY_CONNECTOR,
	KEY_LENGTH,
	KEY_POWER,
	KEY_THRESHOLDS,
	KEY_APPLICATIONS,
	KEY_FIELDS,
	KEY_N,
};

static enum key key_of(const char *name)
{
	static const struct {
		const char *name;
		enum key key;
	} keys[] = {
		{"part", KEY_DONE},
		{"form", KEY_DONE},
		{"pmd", KEY_DONE},
		{"cable", KEY_DONE},
		{"far", KEY_DONE},
		{"vendor", KEY_VENDOR},
		{"pn", KEY_PN},
		{"rev", KEY_REV},
		{"sn", KEY_SN},
		{"lot", KEY_LOT},
		{"clei", KEY_CLEI},
		{"date", KEY_DATE},
		{"oui", KEY_OUI},
		{"connector", KEY_CONNECTOR},
		{"length_m", KEY_LENGTH},
		{"power_w", KEY_POWER},
		{"thresholds", KEY_THRESHOLDS},
		{"applications", KEY_APPLICATIONS},
		{"fields", KEY_FIELDS},
	};

	for (size_t i = 0; i < sizeof(keys) / sizeof(*keys); i++)
		if (strcmp(name, keys[i].name) == 0)
			return keys[i].key;
	return KEY_N;
}

static int load_key(struct recipe_loader *l, const struct lw_node *n)
{
	struct lw_recipe *r = l->r;

	switch (key_of(n->key)) {
	case KEY_DONE:
		return 0;
	case KEY_VENDOR:
		return load_text(l, n, 16, &r->vendor);
	case KEY_PN:
		return load_text(l, n, 16, &r->pn);
	case KEY_REV:
		return load_text(l, n, r->part->map == LW_MAP_SFF8472 ? 4 : 2, &r->rev);
	case KEY_SN:
		return load_text(l, n, 16, &r->sn);
	case KEY_LOT:
		return load_text(l, n, 2, &r->lot);
	case KEY_CLEI:
		if (r->part->map != LW_MAP_CMIS)
			return bad(l, n, "only a CMIS module has one in its identity");
		return load_text(l, n, 10, &r->clei);
	case KEY_DATE:
		return load_date(l, n);
	case KEY_OUI:
		return load_oui(l, n);
	case KEY_CONNECTOR:
		return load_connector(l, n);
	case KEY_LENGTH:
		return load_length(l, n);
	case KEY_POWER:
		return load_real(l, n, 63.75, &r->power_w);
	case KEY_THRESHOLDS:
		return load_limits(l, n);
	case KEY_APPLICATIONS:
		return lw_recipe_load_apps(l, n);
	case KEY_FIELDS:
		return load_fields(l, n);
	case KEY_N:
		break;
	}
	return lw_fail_in(
		l->reterr, LW_EINVAL, l->file, n->key_line,
		"there is no key \"%.40s\"; a recipe has part, form, pmd, cable, far, "
		"vendor, pn, rev, sn, date, lot, oui, clei, connector, length_m, power_w, "
		"thresholds, applications, fields",
		n->key);
}

int lw_recipe_load(const char *text, size_t n, const char *file, struct lw_arena *arena,
		   struct lw_recipe *ret, struct lw_error *reterr)
{
	struct lw_node *root = NULL;
	struct lw_recipe r;
	struct recipe_loader l = {&r, NULL, file, arena, reterr};
	int rc = lw_yaml_parse(text, n, file, arena, &root, reterr);

	if (rc)
		return rc;
	if (!root || root->kind != LW_NODE_MAP)
		return lw_fail_in(reterr, LW_EINVAL, file, root ? root->line : 1,
				  "a recipe is a map of KEY: VALUE (docs/eeprom.md)");
	l.root = root;
	rc = lw_recipe_choose(&l);
	for (const struct lw_node *c = root->first; c && !rc; c = c->next)
		rc = load_key(&l, c);
	if (!rc && r.pmd && r.part->map == LW_MAP_CMIS && !r.has_apps)
		rc = lw_fail_in(reterr, LW_EINVAL, file, root->line,
				"no part of the catalogue carries %s: list its applications",
				r.pmd->name);
	if (!rc)
		*ret = r;
	return rc;
}
