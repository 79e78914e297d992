/* SPDX-License-Identifier: Apache-2.0 */
#include "platform-internal.h"

#include <jansson.h>
#include <string.h>

/* Lines of keys: jansson tells none, so each key is looked for behind the one before it. */
struct liner {
	const char *s, *end;
	int line;
};

/* Step to the next `"key" :`. @return its line, 0 when it is written in another way */
static int line_of(struct liner *l, const char *key)
{
	size_t n = strlen(key);
	int line = l->line;
	const char *counted = l->s;

	for (const char *s = l->s; (s = memchr(s, '"', (size_t)(l->end - s)));) {
		const char *q = s + 1 + n;

		if ((size_t)(l->end - s) < n + 2)
			break;
		if (memcmp(s + 1, key, n) == 0 && *q == '"') {
			for (q++; q < l->end && strchr(" \t\r\n", *q); q++)
				;
			if (q < l->end && *q == ':') {
				for (; counted < s; counted++)
					line += *counted == '\n';
				l->s = q;
				l->line = line;
				for (; counted < q; counted++)
					l->line += *counted == '\n';
				return line;
			}
		}
		s++;
	}
	l->s = l->end; /* what follows would be searched for in vain as well */
	return 0;
}

static int no_memory(const char *where, struct lw_error *reterr)
{
	return lw_fail_in(reterr, LW_ENOMEM, where, 0, "out of memory");
}

static const char *type_name(const json_t *v)
{
	switch (json_typeof(v)) {
	case JSON_OBJECT:
		return "an object";
	case JSON_ARRAY:
		return "a list";
	case JSON_STRING:
		return "text";
	case JSON_INTEGER:
	case JSON_REAL:
		return "a number";
	case JSON_NULL:
		return "null";
	default:
		return "true or false";
	}
}

/*
 * Parse a file and take its "interfaces". A key that is there twice is a finding: like SONiC's
 * reader, the last one counts.
 * @param ret_root  to be released with json_decref()
 */
static int parse(struct lw_findings *found, const char *text, size_t n, const char *where,
		 json_t **ret_root, json_t **ret_interfaces, struct lw_error *reterr)
{
	json_error_t e;
	json_t *root, *interfaces;

	if (n > LW_PLATFORM_BYTES_MAX)
		return lw_fail_in(reterr, LW_ELIMIT, where, 0, "is larger than %u bytes",
				  LW_PLATFORM_BYTES_MAX);
	root = json_loadb(text, n, JSON_REJECT_DUPLICATES, &e);
	if (!root && json_error_code(&e) == json_error_duplicate_key) {
		char *subject = lw_arena_printf(found->arena, "%s:%d", where, e.line);

		if (lw_port_finding(found, "key-twice", subject, NULL,
				    lw_arena_printf(found->arena, "%.120s", e.text)))
			return no_memory(where, reterr);
		root = json_loadb(text, n, 0, &e);
	}
	if (!root)
		return lw_fail_in(reterr, LW_EINVAL, where, e.line,
				  "is not JSON: %.120s (column %d)", e.text, e.column);
	if (!json_is_object(root)) {
		int r = lw_fail_in(reterr, LW_EINVAL, where, 1,
				   "must hold an object with \"interfaces\", not %s",
				   type_name(root));

		json_decref(root);
		return r;
	}
	interfaces = json_object_get(root, "interfaces");
	if (interfaces && !json_is_object(interfaces)) {
		int r = lw_fail_in(reterr, LW_EINVAL, where, 0,
				   "\"interfaces\" must be an object keyed by port, not %s",
				   type_name(interfaces));

		json_decref(root);
		return r;
	}
	if (json_object_size(interfaces) == 0) {
		json_decref(root);
		return lw_fail_in(reterr, LW_ENOENT, where, 0,
				  "describes no ports (no \"interfaces\"); such a switch has its "
				  "ports in port_config.ini");
	}
	if (json_object_size(interfaces) > LW_PLATFORM_PORTS_MAX) {
		json_decref(root);
		return lw_fail_in(reterr, LW_ELIMIT, where, 0, "describes more than %d ports",
				  LW_PLATFORM_PORTS_MAX);
	}
	*ret_root = root;
	*ret_interfaces = interfaces;
	return 0;
}

static struct liner liner_at_interfaces(const char *text, size_t n)
{
	struct liner l = {text, text + n, 1};

	line_of(&l, "interfaces");
	return l;
}

const char *const *lw_text_split(struct lw_arena *a, const char *s, size_t *ret_n)
{
	size_t n = 1;
	const char **v;

	for (const char *c = s; *c; c++)
		n += *c == ',';
	v = lw_arena_alloc(a, n * sizeof(*v));
	if (!v)
		return NULL;
	for (size_t i = 0; i < n; i++) {
		size_t len = strcspn(s, ",");

		v[i] = lw_arena_strndup(a, s, len);
		s += len + 1;
	}
	*ret_n = n;
	return v;
}

/* A list member of the port, such as "lanes": "1,2,3,4". */
static const char *const *read_list(struct lw_arena *a, json_t *entry, const char *key,
				    size_t *ret_n, const char **ret_trouble)
{
	json_t *v = json_object_get(entry, key);

	if (!json_is_string(v)) {
		*ret_trouble =
			lw_arena_printf(a, "\"%s\" must be text such as \"1,2,3,4\", %s%s", key,
					v ? "not " : "but there is none", v ? type_name(v) : "");
		return NULL;
	}
	return lw_text_split(a, json_string_value(v), ret_n);
}

/* What platform.json gives a mode: a list of aliases, or (an error that SONiC takes) one text. */
static int read_aliases(struct lw_arena *a, const json_t *v, struct lw_platform_mode *m)
{
	size_t n = json_is_array(v) ? json_array_size(v) : 1;
	const char **alias = lw_arena_alloc(a, (n ? n : 1) * sizeof(*alias));

	if (!alias)
		return LW_ENOMEM;
	m->alias = alias;
	if (json_is_string(v)) {
		m->alias_is_text = true;
		alias[0] = lw_arena_strdup(a, json_string_value(v));
		m->alias_n = 1;
		return alias[0] ? 0 : LW_ENOMEM;
	}
	if (!json_is_array(v)) {
		m->refusal =
			lw_arena_printf(a, "gives %s instead of a list of aliases", type_name(v));
		return m->refusal ? 0 : LW_ENOMEM;
	}
	for (size_t i = 0; i < n; i++) {
		const json_t *x = json_array_get(v, i);

		if (!json_is_string(x)) {
			m->refusal = lw_arena_printf(a, "alias %zu is %s instead of text", i + 1,
						     type_name(x));
			return m->refusal ? 0 : LW_ENOMEM;
		}
		alias[i] = lw_arena_strdup(a, json_string_value(x));
		if (!alias[i])
			return LW_ENOMEM;
	}
	m->alias_n = n;
	return 0;
}

static int read_modes(struct lw_platform *p, json_t *modes, struct lw_platform_port *port,
		      struct lw_error *reterr)
{
	struct lw_platform_mode *mode;
	const char *key;
	json_t *v;

	if (json_object_size(modes) > LW_PLATFORM_MODES_MAX)
		return lw_fail_in(reterr, LW_ELIMIT, p->where, port->line,
				  "%.40s offers more than %d modes", port->name,
				  LW_PLATFORM_MODES_MAX);
	mode = lw_arena_alloc(p->arena, (json_object_size(modes) + 1) * sizeof(*mode));
	if (!mode)
		return no_memory(p->where, reterr);
	port->mode = mode;
	json_object_foreach(modes, key, v)
	{
		struct lw_platform_mode *m = &mode[port->mode_n];
		const char *text = lw_arena_strdup(p->arena, key);

		if (!text || lw_mode_read(p->arena, text, port->lane_n, m) ||
		    read_aliases(p->arena, v, m))
			return no_memory(p->where, reterr);
		port->mode_n++;
	}
	for (size_t i = 0; i < port->mode_n; i++) {
		int r = lw_mode_expand(p, port, &mode[i], reterr);

		if (r)
			return r;
	}
	return 0;
}

/* SONiC counts on from the number in the name. */
static bool numbered(const char *name)
{
	size_t n = strspn(name, "Ethernet");

	return strncmp(name, "Ethernet", 8) == 0 && n == 8 && name[8] && strlen(name + 8) <= 6 &&
	       strspn(name + 8, "0123456789") == strlen(name + 8);
}

static int read_port(struct lw_platform *p, const char *name, json_t *entry,
		     struct lw_platform_port *port, struct lw_error *reterr)
{
	json_t *modes;
	int r = 0;

	port->name = lw_arena_strdup(p->arena, name);
	if (!port->name)
		return no_memory(p->where, reterr);
	if (!json_is_object(entry)) {
		port->trouble = "the port must be an object";
		return 0;
	}
	port->lane = read_list(p->arena, entry, "lanes", &port->lane_n, &port->trouble);
	if (port->lane)
		port->index = read_list(p->arena, entry, "index", &port->index_n, &port->trouble);
	modes = json_object_get(entry, "breakout_modes");
	if (port->lane_n > LW_PLATFORM_LANES_MAX)
		return lw_fail_in(reterr, LW_ELIMIT, p->where, port->line,
				  "%.40s has more than %d lanes", name, LW_PLATFORM_LANES_MAX);
	if (!port->trouble && !numbered(name))
		port->trouble = "the port is not called Ethernet and a number, which SONiC counts "
				"sub-ports from";
	if (!port->trouble && !json_is_object(modes))
		port->trouble = "\"breakout_modes\" must be an object of modes and their aliases";
	if (json_is_object(modes))
		r = read_modes(p, modes, port, reterr);
	if (!r && p->arena->failed)
		return no_memory(p->where, reterr);
	return r;
}

int lw_platform_load(const char *text, size_t n, const char *where, struct lw_arena *arena,
		     struct lw_platform *ret, struct lw_error *reterr)
{
	struct lw_platform p = {.arena = arena, .where = lw_arena_strdup(arena, where)};
	struct liner l = liner_at_interfaces(text, n);
	json_t *root = NULL, *interfaces = NULL, *v;
	const char *key;
	int r;

	if (!p.where)
		return no_memory(where, reterr);
	lw_findings_init(&p.found, arena);
	lw_findings_init(&p.chosen, arena);
	r = parse(&p.found, text, n, where, &root, &interfaces, reterr);
	if (r)
		return r;
	p.port = lw_arena_alloc(arena, json_object_size(interfaces) * sizeof(*p.port));
	if (!p.port)
		r = no_memory(where, reterr);
	json_object_foreach(interfaces, key, v)
	{
		if (r || !p.port)
			break;
		p.port[p.port_n].line = line_of(&l, key);
		r = read_port(&p, key, v, &p.port[p.port_n], reterr);
		p.port_n++;
	}
	json_decref(root);
	if (!r)
		*ret = p;
	return r;
}

struct lw_platform_port *lw_platform_find(const struct lw_platform *p, const char *name)
{
	for (size_t i = 0; i < p->port_n; i++)
		if (strcmp(p->port[i].name, name) == 0)
			return &p->port[i];
	return NULL;
}

/* An attribute of hwsku.json; NULL when it has none. */
static const char *attribute(struct lw_arena *a, json_t *entry, const char *key)
{
	json_t *v = json_object_get(entry, key);

	if (json_is_string(v))
		return lw_arena_strdup(a, json_string_value(v));
	if (json_is_integer(v))
		return lw_arena_printf(a, "%lld", (long long)json_integer_value(v));
	return NULL;
}

static int hwsku_modes(struct lw_platform *p, struct lw_error *reterr)
{
	for (size_t i = 0; i < p->hwsku_n; i++) {
		const struct lw_hwsku_port *h = &p->hwsku[i];
		const char *subject;
		int r = 0;

		if (!lw_platform_find(p, h->name))
			continue;
		if (h->mode) {
			r = lw_platform_set_mode(p, h->name, h->mode, reterr);
		} else {
			subject = lw_arena_printf(p->arena, "%s:%d %s", p->hwsku_where, h->line,
						  h->name);
			if (lw_port_finding(&p->chosen, "hwsku-mode", subject, NULL,
					    "has no \"default_brkout_mode\" (text)"))
				r = no_memory(p->where, reterr);
		}
		if (r)
			return r;
	}
	return 0;
}

int lw_platform_hwsku(struct lw_platform *p, const char *text, size_t n, const char *where,
		      struct lw_error *reterr)
{
	struct liner l = liner_at_interfaces(text, n);
	struct lw_arena *a = p->arena;
	json_t *root = NULL, *interfaces = NULL, *v;
	struct lw_hwsku_port *h;
	const char *key;
	int r;

	lw_findings_init(&p->chosen, a);
	r = parse(&p->chosen, text, n, where, &root, &interfaces, reterr);
	if (r)
		return r;
	h = lw_arena_alloc(a, json_object_size(interfaces) * sizeof(*h));
	p->hwsku_where = lw_arena_strdup(a, where);
	p->hwsku = h;
	p->hwsku_n = 0;
	for (size_t i = 0; i < p->port_n; i++)
		p->port[i].now = (struct lw_platform_mode){0};
	json_object_foreach(interfaces, key, v)
	{
		if (!h || !p->hwsku_where)
			break;
		*h++ = (struct lw_hwsku_port){
			.name = lw_arena_strdup(a, key),
			.line = line_of(&l, key),
			.mode = attribute(a, v, "default_brkout_mode"),
			.fec = attribute(a, v, "fec"),
			.autoneg = attribute(a, v, "autoneg"),
			.role = attribute(a, v, "role"),
		};
		p->hwsku_n++;
	}
	json_decref(root);
	if (a->failed)
		return no_memory(where, reterr);
	return hwsku_modes(p, reterr);
}
