/* SPDX-License-Identifier: Apache-2.0 */
/* The file of a scenario: its head, and what all its parts are read with. */
#include "scenario-internal.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* How long the play goes on behind the last thing that happens, unless `for` says. */
#define AFTERWARDS_MS 30000

/* Ten years: far below what a clock of nanoseconds can hold. */
#define SPAN_MAX_S 3.2e8

int lw_scene_bad(const struct scene *c, int line, const char *fmt, ...)
{
	char message[224];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(message, sizeof(message), fmt, ap);
	va_end(ap);
	return lw_fail_in(c->reterr, LW_EINVAL, c->file, line, "%s", message);
}

int lw_scene_no_memory(const struct scene *c)
{
	return lw_fail_in(c->reterr, LW_ENOMEM, c->file, 0, "out of memory");
}

int lw_scene_keys(const struct scene *c, const struct lw_node *n, const char *what,
		  const char *const *keys)
{
	char known[160] = "";
	size_t used = 0;

	if (n->kind != LW_NODE_MAP)
		return lw_scene_bad(c, n->line, "%s is %s, not a map of \"key: value\"", what,
				    lw_node_kind_name(n));
	for (const struct lw_node *x = n->first; x; x = x->next) {
		const char *const *k = keys;

		while (*k && strcmp(*k, x->key) != 0)
			k++;
		if (*k)
			continue;
		for (k = keys; *k && used < sizeof(known); k++)
			used += (size_t)snprintf(known + used, sizeof(known) - used, "%s%s",
						 used ? ", " : "", *k);
		return lw_scene_bad(c, x->key_line, "unknown key \"%.40s\" in %s; known are %s",
				    x->key, what, known);
	}
	return 0;
}

int lw_scene_text(const struct scene *c, const struct lw_node *map, const char *key,
		  const char **ret)
{
	const struct lw_node *n = lw_node_get(map, key);

	*ret = NULL;
	if (!n || lw_node_empty(n))
		return 0;
	if (n->kind != LW_NODE_TEXT)
		return lw_scene_bad(c, n->line, "%s is %s, not text", key, lw_node_kind_name(n));
	*ret = n->text;
	return 0;
}

/* The seconds that a unit has; "" is one. @return NaN if there is none of that name */
static double unit_seconds(const char *name, size_t n)
{
	static const struct {
		const char *name;
		double s;
	} units[] = {{"", 1},     {"ms", 1e-3}, {"s", 1},          {"m", 60},
		     {"h", 3600}, {"d", 86400}, {"y", 365 * 86400}};

	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++)
		if (strlen(units[i].name) == n && memcmp(name, units[i].name, n) == 0)
			return units[i].s;
	return (double)NAN;
}

int lw_span_parse(const char *text, struct lw_mono *ret)
{
	double sum = 0;

	do {
		size_t n;
		char *unit;

		if (*text < '0' || *text > '9') /* strtod() takes blanks, signs and names too */
			return LW_EINVAL;
		sum += strtod(text, &unit) * unit_seconds(unit, strcspn(unit, "0123456789"));
		n = strcspn(unit, "0123456789");
		if (!n && *unit)
			return LW_EINVAL;
		text = unit + n;
	} while (*text);
	if (!(sum >= 0 && sum <= SPAN_MAX_S))
		return LW_EINVAL;
	*ret = (struct lw_mono){(int64_t)(sum * 1e9)};
	return 0;
}

static int bad_span(const struct scene *c, int line, const char *key, const char *text)
{
	return lw_scene_bad(c, line,
			    "%s: \"%.40s\" is no time; write 10s, 250ms, 2m30s, 6h, 3d or 1y, up "
			    "to ten years",
			    key, text);
}

int lw_scene_span(const struct scene *c, const struct lw_node *map, const char *key,
		  struct lw_mono *inout)
{
	const char *text;
	int r = lw_scene_text(c, map, key, &text);

	if (r || !text)
		return r;
	return lw_span_parse(text, inout) ? bad_span(c, lw_node_get(map, key)->line, key, text) : 0;
}

int lw_scene_range(const struct scene *c, const struct lw_node *map, const char *key,
		   struct range *inout)
{
	char low[48];
	const char *text, *dots;
	int r = lw_scene_text(c, map, key, &text);

	if (r || !text)
		return r;
	dots = strstr(text, "..");
	snprintf(low, sizeof(low), "%.*s", dots ? (int)(dots - text) : (int)sizeof(low) - 1, text);
	if (lw_span_parse(low, &inout->low) || (dots && lw_span_parse(dots + 2, &inout->high)))
		return bad_span(c, lw_node_get(map, key)->line, key, text);
	if (!dots)
		inout->high = inout->low;
	if (lw_mono_before(inout->high, inout->low))
		return lw_scene_bad(c, lw_node_get(map, key)->line,
				    "%s: \"%.40s\" ends before it begins", key, text);
	return 0;
}

/* The finaliser of splitmix64: every bit of seed and counter reaches every bit of the number. */
double lw_scene_draw(struct scene *c)
{
	uint64_t x = c->s->seed + ++c->draws * 0x9e3779b97f4a7c15u;

	x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9u;
	x = (x ^ x >> 27) * 0x94d049bb133111ebu;
	return (double)((x ^ x >> 31) >> 11) * 0x1p-53;
}

struct lw_mono lw_scene_draw_in(struct scene *c, const struct range *r)
{
	double span = (double)(r->high.ns - r->low.ns);

	if (!lw_mono_before(r->high, LW_NEVER) || r->high.ns == r->low.ns)
		return r->low;
	return (struct lw_mono){r->low.ns + (int64_t)(span * lw_scene_draw(c))};
}

int lw_scene_add(struct scene *c, const struct lw_moment *m)
{
	struct lw_moment *v;

	if (c->s->moment_n == LW_MOMENTS_MAX)
		return lw_fail_in(c->reterr, LW_ELIMIT, c->file, m->line,
				  "more than %d things happen; make it shorter or rarer",
				  LW_MOMENTS_MAX);
	v = lw_arena_grow(c->arena, c->s->moments, &c->moment_cap, c->s->moment_n + 1, sizeof(*v));
	if (!v)
		return lw_scene_no_memory(c);
	c->s->moments = v;
	v[c->s->moment_n] = *m;
	v[c->s->moment_n++].order = c->order++;
	if (lw_mono_before(c->last, m->at))
		c->last = m->at;
	return 0;
}

static int compare_moments(const void *a, const void *b)
{
	const struct lw_moment *x = a, *y = b;

	if (x->at.ns != y->at.ns)
		return x->at.ns < y->at.ns ? -1 : 1;
	return (x->order > y->order) - (x->order < y->order);
}

static int read_seed(struct scene *c, const struct lw_node *root)
{
	const char *text;
	char *end;
	int r = lw_scene_text(c, root, "seed", &text);

	if (r || !text)
		return r;
	c->s->seed = strtoull(text, &end, 0);
	c->s->has_seed = true;
	if (text[0] < '0' || text[0] > '9' || *end)
		return lw_scene_bad(c, lw_node_get(root, "seed")->line,
				    "seed: \"%.40s\" is no whole number", text);
	return 0;
}

static int load_root(struct scene *c, const struct lw_node *root, const uint64_t *seed)
{
	static const char *const keys[] = {"scenario", "fabric", "seed", "for",
					   "events",   "random", NULL};
	struct lw_scenario *s = c->s;
	struct lw_mono length = LW_NEVER;
	int r = lw_scene_keys(c, root, "the scenario", keys);

	s->seed = 1;
	if (!r)
		r = lw_scene_text(c, root, "scenario", &s->name);
	if (!r && !s->name)
		r = lw_scene_bad(c, root->line, "the scenario has no name: scenario: NAME");
	if (!r)
		r = lw_scene_text(c, root, "fabric", &s->fabric);
	if (!r)
		r = read_seed(c, root);
	if (!r && seed)
		s->seed = *seed;
	if (!r)
		r = lw_scene_span(c, root, "for", &length);
	s->length = length; /* what recurs needs to know its end */
	if (!r && lw_node_get(root, "events"))
		r = lw_scene_events(c, lw_node_get(root, "events"));
	if (!r && lw_node_get(root, "random"))
		r = lw_scene_random(c, lw_node_get(root, "random"));
	if (r)
		return r;
	if (!s->moment_n && !lw_mono_before(length, LW_NEVER))
		return lw_scene_bad(c, root->line,
				    "nothing happens in it: it needs events, random or for");
	if (!lw_mono_before(length, LW_NEVER))
		s->length = lw_mono_add(c->last, lw_ms(AFTERWARDS_MS));
	qsort(s->moments, s->moment_n, sizeof(*s->moments), compare_moments);
	return 0;
}

/* The root of the file's tree, which must be a map. */
static int parse(const char *text, size_t n, const char *file, struct lw_arena *arena,
		 struct lw_node **ret, struct lw_error *reterr)
{
	int r = lw_yaml_parse(text, n, file, arena, ret, reterr);

	if (!r && (!*ret || lw_node_empty(*ret)))
		r = lw_fail_in(reterr, LW_EINVAL, file, 1,
			       "the file is empty; a scenario has scenario, events");
	return r;
}

int lw_scenario_fabric(const char *text, size_t n, const char *file, struct lw_arena *arena,
		       const char **ret, struct lw_error *reterr)
{
	struct scene c = {.file = file, .arena = arena, .reterr = reterr};
	struct lw_node *root = NULL;
	int r = parse(text, n, file, arena, &root, reterr);

	if (!r && root->kind != LW_NODE_MAP)
		r = lw_scene_bad(&c, root->line, "the scenario is no map of \"key: value\"");
	return r ? r : lw_scene_text(&c, root, "fabric", ret);
}

int lw_scenario_load(const char *text, size_t n, const char *file, const struct lw_fabric *f,
		     const uint64_t *seed, struct lw_arena *arena, struct lw_scenario *ret,
		     struct lw_error *reterr)
{
	struct lw_scenario s = {.file = lw_arena_strdup(arena, file)};
	struct scene c = {.s = &s, .f = f, .file = file, .arena = arena, .reterr = reterr};
	struct lw_node *root = NULL;
	int r = parse(text, n, file, arena, &root, reterr);

	if (!r && !s.file)
		r = lw_scene_no_memory(&c);
	if (!r)
		r = load_root(&c, root, seed);
	if (!r)
		*ret = s;
	return r;
}
