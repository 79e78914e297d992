/* SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include <lanewise/buf.h>
#include <lanewise/yaml.h>
#include <math.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct loader {
	struct lwd_config *c;
	const char *file;
	struct lw_arena *arena;
	struct lw_error *reterr;
};

enum kind { TEXT, NUMBER, COUNT, YES_NO, LIST, MAP };

/* What a key may hold and where it goes. */
struct key {
	const char *name;
	enum kind kind;
	size_t at; /* in struct lwd_config */
	double low, high;
	const struct key *map;
};

#define AT(member) offsetof(struct lwd_config, member)

static const struct key policy_keys[] = {
	{"vendors", LIST, AT(policy.vendors), 0, 0, NULL},
	{"max_power_w", NUMBER, AT(policy.max_power_w), 0, 100, NULL},
	{"budget_w", NUMBER, AT(policy.budget_w), 0, 1e6, NULL},
	{"allow_unknown", YES_NO, AT(policy.allow_unknown), 0, 0, NULL},
	{"quirks_off", TEXT, AT(policy.quirks_off), 0, 0, NULL},
	{0},
};

static const struct key tls_keys[] = {
	{"certificate", TEXT, AT(certificate), 0, 0, NULL},
	{"key", TEXT, AT(key), 0, 0, NULL},
	{0},
};

static const struct key api_keys[] = {
	{"address", TEXT, AT(address), 0, 0, NULL},
	{"port", COUNT, AT(port), 0, 65535, NULL},
	{"names", LIST, AT(names), 0, 0, NULL},
	{"tokens", TEXT, AT(tokens), 0, 0, NULL},
	{"read_only", TEXT, AT(read_only), 0, 0, NULL},
	{"tls", MAP, 0, 0, 0, tls_keys},
	{0},
};

static const struct key keys[] = {
	{"fabric", TEXT, AT(fabric), 0, 0, NULL},
	{"device", TEXT, AT(device), 0, 0, NULL},
	{"modules", TEXT, AT(reach), 0, 0, NULL},
	{"present", TEXT, AT(present), 0, 0, NULL},
	{"carrier", TEXT, AT(carrier), 0, 0, NULL},
	{"seed", COUNT, AT(seed), 0, 9007199254740992.0, NULL},
	{"measure_s", NUMBER, AT(measure), 0.1, 86400, NULL},
	{"history", TEXT, AT(history), 0, 0, NULL},
	{"policy", MAP, 0, 0, 0, policy_keys},
	{"api", MAP, 0, 0, 0, api_keys},
	{0},
};

static int no_memory(const struct loader *l)
{
	return lw_fail(l->reterr, LW_ENOMEM, "out of memory");
}

static int wrong(const struct loader *l, const struct lw_node *n, const char *what)
{
	return lw_fail_in(l->reterr, LW_EINVAL, l->file, n->line, "%.60s must be %s, not %s",
			  n->key, what, lw_node_kind_name(n));
}

static int number(const struct loader *l, const struct lw_node *n, const struct key *k, double *ret)
{
	char *end = NULL;
	double v;

	if (n->kind != LW_NODE_TEXT)
		return wrong(l, n, "a number");
	v = strtod(n->text, &end);
	if (!*n->text || *end || !(v >= k->low && v <= k->high) ||
	    (k->kind == COUNT && v != floor(v)))
		return lw_fail_in(l->reterr, LW_EINVAL, l->file, n->line,
				  "%s: %.40s is no %snumber from %g to %g", k->name, n->text,
				  k->kind == COUNT ? "whole " : "", k->low, k->high);
	*ret = v;
	return 0;
}

static int list(const struct loader *l, const struct lw_node *n, const char *const **ret,
		size_t *ret_n)
{
	const char **v = lw_arena_alloc(l->arena, (n->n + 1) * sizeof(*v));

	if (n->kind != LW_NODE_LIST)
		return wrong(l, n, "a list");
	if (!v)
		return no_memory(l);
	*ret_n = 0;
	for (const struct lw_node *x = n->first; x; x = x->next) {
		if (x->kind != LW_NODE_TEXT)
			return lw_fail_in(l->reterr, LW_EINVAL, l->file, x->line,
					  "an entry of %s must be text, not %s", n->key,
					  lw_node_kind_name(x));
		v[(*ret_n)++] = x->text;
	}
	*ret = v;
	return 0;
}

static int yes_no(const struct loader *l, const struct lw_node *n, bool *ret)
{
	if (n->kind != LW_NODE_TEXT)
		return wrong(l, n, "true or false");
	*ret = strcmp(n->text, "true") == 0;
	if (!*ret && strcmp(n->text, "false") != 0)
		return lw_fail_in(l->reterr, LW_EINVAL, l->file, n->line,
				  "%s: %.40s is neither true nor false", n->key, n->text);
	return 0;
}

static int value(const struct loader *l, const struct lw_node *n, const struct key *k)
{
	void *at = (char *)l->c + k->at;
	double v = 0;
	int r = 0;

	switch (k->kind) {
	case TEXT:
		if (n->kind != LW_NODE_TEXT || !*n->text)
			return wrong(l, n, "text");
		*(const char **)at = n->text;
		return 0;
	case NUMBER:
	case COUNT:
		r = number(l, n, k, &v);
		if (r)
			return r;
		if (at == &l->c->measure)
			l->c->measure.ns = (int64_t)(v * 1e9);
		else if (at == &l->c->port)
			l->c->port = (uint16_t)v;
		else if (at == &l->c->seed)
			l->c->seed = (uint64_t)v;
		else
			*(double *)at = v;
		return 0;
	case YES_NO:
		return yes_no(l, n, at);
	case LIST:
		return at == &l->c->names
			       ? list(l, n, &l->c->names, &l->c->name_n)
			       : list(l, n, &l->c->policy.vendors, &l->c->policy.vendor_n);
	case MAP:
		break;
	}
	return 0;
}

static int unknown(const struct loader *l, const struct lw_node *n, const struct key *table)
{
	char names[160] = "";

	for (const struct key *k = table; k->name; k++)
		snprintf(names + strlen(names), sizeof(names) - strlen(names), "%s%s",
			 k == table ? "" : ", ", k->name);
	return lw_fail_in(l->reterr, LW_EINVAL, l->file, n->key_line,
			  "there is no key \"%.40s\" here; there are %s", n->key, names);
}

/* Maps nest by their tables alone, two levels deep. */
static int map(const struct loader *l, const struct lw_node *n, const struct key *table)
{
	int r = 0;

	if (n->kind != LW_NODE_MAP)
		return lw_fail_in(l->reterr, LW_EINVAL, l->file, n->line,
				  "%s must be a map, not %s", n->key ? n->key : "the file",
				  lw_node_kind_name(n));
	for (const struct lw_node *x = n->first; !r && x; x = x->next) {
		const struct key *k = table;

		while (k->name && strcmp(k->name, x->key) != 0)
			k++;
		if (!k->name)
			return unknown(l, x, table);
		if (k->kind == MAP)
			r = map(l, x, k->map);
		else if (!lw_node_empty(x))
			r = value(l, x, k);
	}
	return r;
}

/* What the values say together. */
static int judge(const struct loader *l)
{
	struct lwd_config *c = l->c;
	const char *what = NULL;

	if (!c->fabric)
		what = "fabric: FILE is missing: which links to keep up";
	else if (!c->reach)
		what = "modules: is missing; \"twins\", or how a module is reached, as "
		       "/sys/bus/i2c/devices/{port}-0050/eeprom";
	else if (strcmp(c->reach, "twins") != 0 && !strchr(c->reach, '{'))
		what = "modules: must be \"twins\" or name {cage} or {port}: each cage has a way "
		       "of its own";
	else if (!c->certificate != !c->key)
		what = "tls: certificate and key go together";
	else if (!c->address && (c->tokens || c->certificate))
		what = "api: without an address there is nobody to use tokens or TLS";
	if (what)
		return lw_fail_in(l->reterr, LW_EINVAL, l->file, 0, "%s", what);
	c->modules = strcmp(c->reach, "twins") == 0 ? LWD_TWINS : LWD_DEVICES;
	return 0;
}

int lwd_config_load(const char *text, size_t n, const char *file, struct lw_arena *arena,
		    struct lwd_config *ret, struct lw_error *reterr)
{
	struct lwd_config c = {.seed = 1, .measure = lw_ms(1000), .port = 8480};
	struct loader l = {.c = &c, .file = file, .arena = arena, .reterr = reterr};
	struct lw_node *root;
	int r = lw_yaml_parse(text, n, file, arena, &root, reterr);

	if (r)
		return r;
	if (!root)
		return lw_fail_in(reterr, LW_EINVAL, file, 0, "the file is empty");
	r = map(&l, root, keys);
	if (!r)
		r = judge(&l);
	if (!r)
		*ret = c;
	return r;
}

char *lwd_config_path(const char *pattern, const struct lw_cage *c, unsigned n,
		      struct lw_arena *arena)
{
	const char *word[] = {"{device}", "{cage}", "{port}", "{n}"};
	const char *with[4] = {c->device, c->name, c->port ? c->port : c->name, NULL};
	struct lw_buf b = LW_BUF_INIT;
	char number[12] = "";
	char *path = NULL;

	if (n)
		snprintf(number, sizeof(number), "%u", n);
	with[3] = number;
	while (*pattern) {
		size_t k = 0;

		while (k < 4 && strncmp(pattern, word[k], strlen(word[k])) != 0)
			k++;
		if (k < 4) {
			lw_buf_puts(&b, with[k]);
			pattern += strlen(word[k]);
		} else {
			lw_buf_putc(&b, *pattern++);
		}
	}
	if (!b.failed)
		path = lw_arena_strdup(arena, lw_buf_str(&b));
	lw_buf_finish(&b);
	return path;
}
