/* SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include <arpa/inet.h>
#include <lanewise/buf.h>
#include <lanewise/yaml.h>
#include <math.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/un.h>

/* Built with hiredis? */
#ifndef LWD_REDIS
#define LWD_REDIS 0
#endif

struct loader {
	struct lwd_config *c;
	const char *file;
	struct lw_arena *arena;
	struct lw_error *reterr;
};

enum kind {
	TEXT,
	NUMBER,  /* double */
	SECONDS, /* struct lw_mono */
	COUNT,   /* uint64_t */
	PORT,    /* uint16_t */
	YES_NO,
	LIST,
	MAP,
};

/* What a key may hold and where it goes. */
struct key {
	const char *name;
	enum kind kind;
	size_t at; /* in struct lwd_config */
	double low, high;
	const struct key *map;
	size_t count_at; /* LIST: where the number of its entries goes */
	unsigned part;   /* enum lwd_part that a change of it concerns, 0: that of its map */
};

#define AT(member) offsetof(struct lwd_config, member)

static const struct key policy_keys[] = {
	{"vendors", LIST, AT(policy.vendors), .count_at = AT(policy.vendor_n)},
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
	{"port", PORT, AT(port), 0, 65535, NULL},
	{"names", LIST, AT(names), .count_at = AT(name_n)},
	{"tokens", TEXT, AT(tokens), .part = LWD_PART_RULES},
	{"read_only", TEXT, AT(read_only), 0, 0, NULL},
	{"tls", MAP, 0, 0, 0, tls_keys},
	{0},
};

static const struct key firmware_keys[] = {
	{"folder", TEXT, AT(firmware), 0, 0, NULL},
	{"password", COUNT, AT(firmware_password), 0, UINT32_MAX, NULL},
	{0},
};

static const struct key redis_keys[] = {
	{"socket", TEXT, AT(redis.socket), 0, 0, NULL},
	{"address", TEXT, AT(redis.address), 0, 0, NULL},
	{"port", PORT, AT(redis.port), 1, 65535, NULL},
	{"db", COUNT, AT(redis.db), 0, 1e6, NULL},
	{"user", TEXT, AT(redis.user), 0, 0, NULL},
	{"password", TEXT, AT(redis.password), 0, 0, NULL},
	{"device", TEXT, AT(redis.device), 0, 0, NULL},
	{"every_s", SECONDS, AT(redis.every), 0.2, 86400, NULL},
	{0},
};

static const struct key syslog_keys[] = {
	{"socket", TEXT, AT(syslog.socket), 0, 0, NULL},
	{"address", TEXT, AT(syslog.address), 0, 0, NULL},
	{"port", PORT, AT(syslog.port), 1, 65535, NULL},
	{"device", TEXT, AT(syslog.device), 0, 0, NULL},
	{0},
};

static const struct key keys[] = {
	{"fabric", TEXT, AT(fabric), .part = LWD_PART_MODULES},
	{"device", TEXT, AT(device), .part = LWD_PART_MODULES},
	{"modules", TEXT, AT(reach), .part = LWD_PART_MODULES},
	{"present", TEXT, AT(present), .part = LWD_PART_MODULES},
	{"interrupt", TEXT, AT(interrupt), .part = LWD_PART_MODULES},
	{"carrier", TEXT, AT(carrier), .part = LWD_PART_MODULES},
	{"seed", COUNT, AT(seed), 0, 9007199254740992.0, .part = LWD_PART_MODULES},
	{"measure_s", SECONDS, AT(measure), 0.1, 86400, .part = LWD_PART_RULES},
	{"history", TEXT, AT(history), .part = LWD_PART_HISTORY},
	{"policy", MAP, 0, .map = policy_keys, .part = LWD_PART_RULES},
	{"firmware", MAP, 0, .map = firmware_keys, .part = LWD_PART_RULES},
	{"api", MAP, 0, .map = api_keys, .part = LWD_PART_API},
	{"redis", MAP, 0, .map = redis_keys, .part = LWD_PART_SENDERS},
	{"syslog", MAP, 0, .map = syslog_keys, .part = LWD_PART_SENDERS},
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
	bool whole = k->kind == COUNT || k->kind == PORT;
	char *end = NULL;
	double v;

	if (n->kind != LW_NODE_TEXT)
		return wrong(l, n, "a number");
	v = strtod(n->text, &end);
	if (!*n->text || *end || !(v >= k->low && v <= k->high) || (whole && v != floor(v)))
		return lw_fail_in(l->reterr, LW_EINVAL, l->file, n->line,
				  "%s: %.40s is no %snumber from %g to %g", k->name, n->text,
				  whole ? "whole " : "", k->low, k->high);
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
	case SECONDS:
	case COUNT:
	case PORT:
		r = number(l, n, k, &v);
		if (r)
			return r;
		if (k->kind == NUMBER)
			*(double *)at = v;
		else if (k->kind == SECONDS)
			((struct lw_mono *)at)->ns = (int64_t)(v * 1e9);
		else if (k->kind == COUNT)
			*(uint64_t *)at = (uint64_t)v;
		else
			*(uint16_t *)at = (uint16_t)v;
		return 0;
	case YES_NO:
		return yes_no(l, n, at);
	case LIST:
		return list(l, n, at, (size_t *)(void *)((char *)l->c + k->count_at));
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

/* Names are not looked up: that would hold up the modules. */
static bool is_number(const char *address)
{
	unsigned char room[sizeof(struct in6_addr)];

	return inet_pton(AF_INET, address, room) == 1 || inet_pton(AF_INET6, address, room) == 1;
}

/* @return NULL: the way to a receiver is one; else what is wrong with it */
static const char *judge_way(const char *socket, const char *address)
{
	struct sockaddr_un a;

	if (!socket == !address)
		return "either socket: FILE or address: NUMBER says where it is";
	if (socket && strlen(socket) >= sizeof(a.sun_path))
		return "the name of the socket is too long";
	if (address && !is_number(address))
		return "address: must be a number, such as 127.0.0.1";
	return NULL;
}

static const char *judge_senders(const struct lw_node *root, const struct lwd_config *c,
				 const struct lw_node **ret_at)
{
	const char *what = NULL;

	for (const struct lw_node *x = root->first; !what && x; x = x->next) {
		*ret_at = x;
		if (strcmp(x->key, "redis") == 0 && !LWD_REDIS)
			what = "this lanewised was built without hiredis, it cannot send to redis";
		else if (strcmp(x->key, "redis") == 0 && c->redis.user && !c->redis.password)
			what = "a user needs a password: FILE";
		else if (strcmp(x->key, "redis") == 0)
			what = judge_way(c->redis.socket, c->redis.address);
		else if (strcmp(x->key, "syslog") == 0)
			what = judge_way(c->syslog.socket, c->syslog.address);
	}
	return what;
}

/* What the values say together. */
static int judge(const struct loader *l, const struct lw_node *root)
{
	const struct lw_node *at = NULL;
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
	what = judge_senders(root, c, &at);
	if (what)
		return lw_fail_in(l->reterr, LW_EINVAL, l->file, at->key_line, "%s: %s", at->key,
				  what);
	c->modules = strcmp(c->reach, "twins") == 0 ? LWD_TWINS : LWD_DEVICES;
	return 0;
}

int lwd_config_load(const char *text, size_t n, const char *file, struct lw_arena *arena,
		    struct lwd_config *ret, struct lw_error *reterr)
{
	struct lwd_config c = {
		.seed = 1,
		.measure = lw_ms(1000),
		.port = 8480,
		.firmware_password = UINT64_MAX,
		.redis = {.port = 6379, .db = 6, .every = lw_ms(1000)},
		.syslog = {.port = 514},
	};
	struct loader l = {.c = &c, .file = file, .arena = arena, .reterr = reterr};
	struct lw_node *root;
	int r = lw_yaml_parse(text, n, file, arena, &root, reterr);

	if (r)
		return r;
	if (!root)
		return lw_fail_in(reterr, LW_EINVAL, file, 0, "the file is empty");
	r = map(&l, root, keys);
	if (!r)
		r = judge(&l, root);
	if (!r)
		*ret = c;
	return r;
}

static bool has_device(const struct lw_fabric *f, const char *name)
{
	for (size_t i = 0; i < f->device_n; i++)
		if (strcmp(f->devices[i].name, name) == 0)
			return true;
	return false;
}

int lwd_config_fits(const struct lwd_config *c, const struct lw_fabric *f, const char *file,
		    struct lw_error *reterr)
{
	const char *const name[] = {c->device, c->redis.device, c->syslog.device};
	bool redis = c->redis.socket || c->redis.address;

	for (size_t i = 0; i < sizeof(name) / sizeof(name[0]); i++)
		if (name[i] && !has_device(f, name[i]))
			return lw_fail_in(reterr, LW_EINVAL, file, 0,
					  "device: %s has no device \"%.60s\"", f->file, name[i]);
	if (redis && !c->redis.device && !c->device && f->device_n > 1)
		return lw_fail_in(reterr, LW_EINVAL, file, 0,
				  "redis: device: is missing; SONiC's names are those of one "
				  "device, and %s has %zu",
				  f->file, f->device_n);
	return 0;
}

static bool same_text(const char *a, const char *b)
{
	return a && b ? strcmp(a, b) == 0 : a == b;
}

static bool same_list(const char *const *a, size_t n, const char *const *b, size_t m)
{
	size_t i = 0;

	while (n == m && i < n && strcmp(a[i], b[i]) == 0)
		i++;
	return n == m && i == n;
}

static bool same(const struct key *k, const char *a, const char *b)
{
	static const size_t size[] = {[NUMBER] = sizeof(double),
				      [SECONDS] = sizeof(struct lw_mono),
				      [COUNT] = sizeof(uint64_t),
				      [PORT] = sizeof(uint16_t),
				      [YES_NO] = sizeof(bool)};
	const void *x = a + k->at, *y = b + k->at, *xn = a + k->count_at, *yn = b + k->count_at;

	if (k->kind == TEXT)
		return same_text(*(const char *const *)x, *(const char *const *)y);
	if (k->kind == LIST)
		return same_list(*(const char *const *const *)x, *(const size_t *)xn,
				 *(const char *const *const *)y, *(const size_t *)yn);
	return memcmp(x, y, size[k->kind]) == 0;
}

static unsigned changes(const struct key *k, unsigned part, const char *a, const char *b)
{
	unsigned found = 0;

	part = k->part ? k->part : part;
	if (k->kind != MAP)
		return same(k, a, b) ? 0 : part;
	for (const struct key *x = k->map; x->name; x++)
		found |= changes(x, part, a, b);
	return found;
}

unsigned lwd_config_changes(const struct lwd_config *a, const struct lwd_config *b,
			    struct lw_buf *keys_changed)
{
	unsigned found = 0;

	for (const struct key *k = keys; k->name; k++) {
		unsigned part = changes(k, 0, (const char *)a, (const char *)b);

		if (part)
			lw_buf_printf(keys_changed, "%s%s", keys_changed->len ? ", " : "", k->name);
		found |= part;
	}
	return found;
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
