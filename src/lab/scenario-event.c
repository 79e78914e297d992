/* SPDX-License-Identifier: Apache-2.0 */
/* What happens: once, again and again, or by chance; drawn up as moments. */
#include "scenario-internal.h"

#include <fnmatch.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define YEAR_S   (365 * 86400.0)
#define RATE_MAX 1e5

int lw_scene_inject(struct scene *c, const struct lw_lab_fault *x, int line, struct lw_mono at,
		    struct lw_mono lasts)
{
	struct lw_scenario *s = c->s;
	struct lw_injection *v = lw_arena_grow(c->arena, s->injections, &c->injection_cap,
					       s->injection_n + 1, sizeof(*v));
	struct lw_moment m = {.at = at, .kind = LW_MOMENT_FAULT, .line = line, .cage = x->cage};
	int r;

	if (!v)
		return lw_scene_no_memory(c);
	s->injections = v;
	m.injection = (int)s->injection_n;
	v[s->injection_n] = (struct lw_injection){.fault = *x, .line = line};
	v[s->injection_n].fault.at = at;
	v[s->injection_n++].fault.until = lw_mono_add(at, lasts);
	r = lw_scene_add(c, &m);
	if (r || !lw_mono_before(lw_mono_add(at, lasts), LW_NEVER))
		return r;
	m.kind = LW_MOMENT_CLEAR;
	m.at = lw_mono_add(at, lasts);
	return lw_scene_add(c, &m);
}

static int add_fault(struct scene *c, const char *text, int line, struct lw_lab_fault **v,
		     size_t *n, size_t *cap)
{
	struct lw_error e = {0};
	struct lw_lab_fault x, *grown;
	int r = lw_lab_fault_parse(c->f, text, &x, &e);

	if (r)
		return lw_scene_bad(c, line, "%s", e.message);
	grown = lw_arena_grow(c->arena, *v, cap, *n + 1, sizeof(*grown));
	if (!grown)
		return lw_scene_no_memory(c);
	*v = grown;
	grown[(*n)++] = x;
	return 0;
}

/* Cages and ports ("leaf1/swp1:2") that a pattern stands for; other text is one place. */
int lw_scene_faults(struct scene *c, const char *text, int line, struct lw_lab_fault **ret,
		    size_t *ret_n)
{
	const char *place = strchr(text, ':'), *value = strchr(text, '='), *colon;
	size_t cap = 0, n = 0;
	struct lw_lab_fault *v = NULL;
	char *pattern;
	int r = 0;

	if (strchr(text, '@'))
		return lw_scene_bad(c, line,
				    "fault \"%.60s\": its times go under at and for, not behind @",
				    text);
	place = place ? place + 1 : text;
	pattern =
		lw_arena_strndup(c->arena, place, value ? (size_t)(value - place) : strlen(place));
	if (!pattern)
		return lw_scene_no_memory(c);
	colon = strrchr(pattern, ':');
	if (!strpbrk(pattern, "*?[")) {
		r = add_fault(c, text, line, &v, &n, &cap);
	} else {
		size_t length = colon ? (size_t)(colon - pattern) : strlen(pattern);

		pattern[length] = '\0';
		for (size_t i = 0; !r && i < c->f->cage_n; i++) {
			const struct lw_cage *cage = &c->f->cages[i];
			const char *one;

			if ((!cage->part && !cage->dump) ||
			    fnmatch(pattern, cage->id, FNM_PATHNAME) != 0)
				continue;
			one = lw_arena_printf(c->arena, "%.*s%s%s%s%s", (int)(place - text), text,
					      cage->id, colon ? ":" : "", colon ? colon + 1 : "",
					      value ? value : "");
			r = one ? add_fault(c, one, line, &v, &n, &cap) : lw_scene_no_memory(c);
		}
	}
	if (!r && !n)
		return lw_scene_bad(c, line, "fault \"%.60s\": no cage with a module matches it",
				    text);
	*ret = v;
	*ret_n = n;
	return r;
}

/** An event before it gets its times. */
struct event {
	struct lw_mono at, every, until;
	struct range lasts;
	struct lw_mono jitter;
	int line;
};

static struct lw_mono jittered(struct scene *c, const struct event *e, struct lw_mono at)
{
	double j = (double)e->jitter.ns * (2 * lw_scene_draw(c) - 1);
	int64_t ns = e->jitter.ns ? at.ns + (int64_t)j : at.ns;

	return (struct lw_mono){ns < 0 ? 0 : ns};
}

/* The times of an event, one after the other. @return false behind the last */
static bool next_time(const struct scene *c, const struct event *e, struct lw_mono *inout)
{
	if (!e->every.ns)
		return false;
	*inout = lw_mono_add(*inout, e->every);
	return lw_mono_before(*inout, e->until) && lw_mono_before(*inout, c->s->length);
}

static int add_faults(struct scene *c, const struct event *e, const char *text)
{
	struct lw_lab_fault *v;
	size_t n;
	int r = lw_scene_faults(c, text, e->line, &v, &n);
	struct lw_mono at = e->at;

	if (r)
		return r;
	do {
		for (size_t i = 0; !r && i < n; i++) {
			struct lw_mono lasts = lw_scene_draw_in(c, &e->lasts);

			if (v[i].kind == LW_LAB_REPLUG && !lw_mono_before(lasts, LW_NEVER))
				lasts = lw_twin_replug_time();
			r = lw_scene_inject(c, &v[i], e->line, jittered(c, e, at), lasts);
		}
	} while (!r && next_time(c, e, &at));
	return r;
}

static int add_moments(struct scene *c, const struct event *e, const struct lw_moment *m)
{
	struct lw_mono at = e->at;
	int r;

	do {
		struct lw_moment one = *m;

		one.at = m->kind == LW_MOMENT_EXPECT ? at : jittered(c, e, at);
		r = lw_scene_add(c, &one);
	} while (!r && next_time(c, e, &at));
	return r;
}

static bool has_link(const struct lw_fabric *f, const char *id)
{
	for (size_t i = 0; i < f->link_n; i++)
		if (strcmp(f->links[i].id, id) == 0)
			return true;
	return false;
}

/* mode: {cage: leaf1/swp1, to: 8x100G} */
static int add_mode(struct scene *c, const struct event *e, const struct lw_node *n)
{
	static const char *const keys[] = {"cage", "to", NULL};
	struct lw_moment m = {.kind = LW_MOMENT_MODE, .line = n->line, .injection = -1};
	struct lw_error why = {0};
	struct lw_mode mode;
	const char *cage;
	int r = lw_scene_keys(c, n, "mode", keys);

	if (!r)
		r = lw_scene_text(c, n, "cage", &cage);
	if (!r)
		r = lw_scene_text(c, n, "to", &m.text);
	if (r)
		return r;
	if (!cage || !m.text)
		return lw_scene_bad(c, n->line,
				    "mode needs cage and to: {cage: leaf1/swp1, to: 2x400G}");
	m.cage = lw_fabric_cage_find(c->f, cage);
	if (m.cage < 0)
		return lw_scene_bad(c, n->line, "mode: there is no cage \"%.60s\" in %.60s", cage,
				    c->f->file);
	if (lw_mode_parse(m.text, c->f->cages[m.cage].mode.lanes, &mode, &why))
		return lw_scene_bad(c, n->line, "mode of %.60s: %.140s", cage, why.message);
	return add_moments(c, e, &m);
}

static int add_want(struct scene *c, const struct event *e, const struct lw_node *n, bool enabled)
{
	struct lw_moment m = {
		.kind = LW_MOMENT_WANT, .line = n->line, .injection = -1, .enabled = enabled};

	if (n->kind != LW_NODE_TEXT || !*n->text)
		return lw_scene_bad(c, n->line, "%s needs the id of a link", n->key);
	/* a link that only another mode makes is not there yet: such ids are believed */
	if (!has_link(c->f, n->text) && !strstr(n->text, " - "))
		return lw_scene_bad(c, n->line, "%s: \"%.80s\" is no link of %.60s", n->key,
				    n->text, c->f->file);
	m.text = n->text;
	return add_moments(c, e, &m);
}

static int add_expect(struct scene *c, const struct event *e, const struct lw_node *n)
{
	struct lw_expect *x = lw_arena_alloc(c->arena, sizeof(*x));
	struct lw_moment m = {
		.kind = LW_MOMENT_EXPECT, .line = n->line, .injection = -1, .expect = x};
	int r;

	if (!x)
		return lw_scene_no_memory(c);
	if (n->kind != LW_NODE_TEXT)
		return lw_scene_bad(c, n->line, "expect is %s, not a sentence",
				    lw_node_kind_name(n));
	r = lw_scene_expect(c, n->text, n->line, x);
	return r ? r : add_moments(c, e, &m);
}

static int act(struct scene *c, const struct event *e, const struct lw_node *n)
{
	if (strcmp(n->key, "fault") == 0)
		return n->kind == LW_NODE_TEXT ? add_faults(c, e, n->text)
					       : lw_scene_bad(c, n->line, "fault is %s, not text",
							      lw_node_kind_name(n));
	if (strcmp(n->key, "mode") == 0)
		return add_mode(c, e, n);
	if (strcmp(n->key, "expect") == 0)
		return add_expect(c, e, n);
	return add_want(c, e, n, strcmp(n->key, "enable") == 0);
}

static bool is_act(const char *key)
{
	static const char *const acts[] = {"fault", "mode", "enable", "disable", "expect"};

	for (size_t i = 0; i < sizeof(acts) / sizeof(acts[0]); i++)
		if (strcmp(key, acts[i]) == 0)
			return true;
	return false;
}

static int load_times(const struct scene *c, const struct lw_node *n, struct event *ret)
{
	int r;

	*ret = (struct event){.until = LW_NEVER, .lasts = {LW_NEVER, LW_NEVER}, .line = n->line};
	r = lw_scene_span(c, n, "at", &ret->at);
	if (!r)
		r = lw_scene_span(c, n, "every", &ret->every);
	if (!r && lw_node_get(n, "every") && !lw_node_get(n, "at"))
		ret->at = ret->every;
	if (!r)
		r = lw_scene_span(c, n, "jitter", &ret->jitter);
	if (!r)
		r = lw_scene_span(c, n, "until", &ret->until);
	if (!r)
		r = lw_scene_range(c, n, "for", &ret->lasts);
	if (!r && !lw_node_get(n, "at") && !lw_node_get(n, "every"))
		r = lw_scene_bad(c, n->line, "an event needs at or every");
	if (!r && lw_node_get(n, "every") && ret->every.ns < 1000000)
		r = lw_scene_bad(c, n->line, "every: a millisecond at least");
	if (!r && ret->every.ns && !lw_mono_before(ret->until, LW_NEVER) &&
	    !lw_mono_before(c->s->length, LW_NEVER))
		r = lw_scene_bad(c, n->line, "every needs an end: until, or for of the scenario");
	return r;
}

int lw_scene_events(struct scene *c, const struct lw_node *list)
{
	static const char *const keys[] = {"at",   "every",  "jitter",  "until",  "for", "fault",
					   "mode", "enable", "disable", "expect", NULL};

	if (list->kind != LW_NODE_LIST)
		return lw_scene_bad(c, list->line, "events must be a list, not %s",
				    lw_node_kind_name(list));
	for (const struct lw_node *n = list->first; n; n = n->next) {
		struct event e;
		unsigned acts = 0;
		int r = lw_scene_keys(c, n, "an event", keys);

		if (!r)
			r = load_times(c, n, &e);
		for (const struct lw_node *x = n->first; !r && x; x = x->next)
			if (is_act(x->key)) {
				acts++;
				r = act(c, &e, x);
			}
		if (!r && !acts)
			r = lw_scene_bad(c, n->line,
					 "an event needs fault, mode, enable, disable or expect");
		if (r)
			return r;
	}
	return 0;
}

/* Times without memory: the pause to the next is drawn from the exponential distribution. */
static int add_chance(struct scene *c, const struct event *e, const struct lw_lab_fault *x,
		      double per_year)
{
	double at = (double)e->at.ns / 1e9, end = (double)c->s->length.ns / 1e9;
	int r = 0;

	if (lw_mono_before(e->until, c->s->length))
		end = (double)e->until.ns / 1e9;
	while (!r && per_year > 0) {
		struct lw_mono lasts;

		at -= log(1 - lw_scene_draw(c)) / per_year * YEAR_S;
		if (!(at < end))
			break;
		lasts = lw_scene_draw_in(c, &e->lasts);
		if (x->kind == LW_LAB_REPLUG && !lw_mono_before(lasts, LW_NEVER))
			lasts = lw_twin_replug_time();
		r = lw_scene_inject(c, x, e->line, (struct lw_mono){(int64_t)(at * 1e9)}, lasts);
		if (lw_mono_before(lasts, LW_NEVER))
			at += (double)lasts.ns / 1e9; /* what is broken does not break */
		else
			break;
	}
	return r;
}

static int load_chance(struct scene *c, const struct lw_node *n)
{
	static const char *const keys[] = {"fault", "per_year", "for", "at", "until", NULL};
	struct event e = {.until = LW_NEVER, .lasts = {LW_NEVER, LW_NEVER}, .line = n->line};
	const char *fault = NULL, *rate = NULL;
	struct lw_lab_fault *v = NULL;
	size_t count = 0;
	char *end;
	double per_year;
	int r = lw_scene_keys(c, n, "random", keys);

	if (!r)
		r = lw_scene_text(c, n, "fault", &fault);
	if (!r)
		r = lw_scene_text(c, n, "per_year", &rate);
	if (!r)
		r = lw_scene_range(c, n, "for", &e.lasts);
	if (!r)
		r = lw_scene_span(c, n, "at", &e.at);
	if (!r)
		r = lw_scene_span(c, n, "until", &e.until);
	if (!r && (!fault || !rate))
		r = lw_scene_bad(c, n->line, "random needs fault and per_year");
	if (r)
		return r;
	per_year = strtod(rate, &end);
	if (rate[0] < '0' || rate[0] > '9' || *end || !(per_year <= RATE_MAX))
		return lw_scene_bad(
			c, n->line,
			"per_year: \"%.40s\" is no number of times for each module in a "
			"year, up to %g",
			rate, RATE_MAX);
	r = lw_scene_faults(c, fault, n->line, &v, &count);
	for (size_t i = 0; !r && i < count; i++)
		r = add_chance(c, &e, &v[i], per_year);
	return r;
}

int lw_scene_random(struct scene *c, const struct lw_node *list)
{
	int r = 0;

	if (list->kind != LW_NODE_LIST)
		return lw_scene_bad(c, list->line, "random must be a list, not %s",
				    lw_node_kind_name(list));
	if (!lw_mono_before(c->s->length, LW_NEVER))
		return lw_scene_bad(c, list->line, "random needs the scenario's length: for: 1y");
	for (const struct lw_node *n = list->first; !r && n; n = n->next)
		r = load_chance(c, n);
	return r;
}
