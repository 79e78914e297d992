/* SPDX-License-Identifier: Apache-2.0 */
#include "platform-judge.h"

#include <stdlib.h>
#include <string.h>

/* What two ports both claim: sorted, equal neighbours are the clashes. */

struct claim {
	const char *what;
	const struct lw_platform_port *port;
	const struct lw_platform_mode *mode;
};

struct claims {
	struct lw_arena *arena;
	struct claim *v;
	size_t n, cap;
};

static int claim(struct claims *c, const char *what, const struct lw_platform_port *port,
		 const struct lw_platform_mode *mode)
{
	struct claim *v = lw_arena_grow(c->arena, c->v, &c->cap, c->n + 1, sizeof(*v));

	if (!v)
		return LW_ENOMEM;
	c->v = v;
	c->v[c->n++] = (struct claim){what, port, mode};
	return 0;
}

/* By what is claimed, then by port and mode in the file's order, so that answers are stable. */
static int by_claim(const void *a, const void *b)
{
	const struct claim *x = a, *y = b;
	int r = strcmp(x->what, y->what);

	if (!r)
		r = (x->port > y->port) - (x->port < y->port);
	return r ? r : (x->mode > y->mode) - (x->mode < y->mode);
}

static void sort(struct claims *c)
{
	if (c->n)
		qsort(c->v, c->n, sizeof(*c->v), by_claim);
}

static int judge_lanes(struct judge *j)
{
	struct claims c = {.arena = j->arena};

	for (size_t i = 0; i < j->p->port_n; i++)
		for (size_t k = 0; k < j->p->port[i].lane_n; k++) {
			const char *lane = j->p->port[i].lane[k];

			if (lane[0] && claim(&c, lane, &j->p->port[i], NULL))
				return LW_ENOMEM;
		}
	sort(&c);
	for (size_t i = 1; i < c.n; i++) {
		const struct claim *a = &c.v[i - 1], *b = &c.v[i];
		const char *detail;

		if (strcmp(a->what, b->what))
			continue;
		detail = lw_arena_printf(j->arena, "lane %s: %s", b->what, a->port->name);
		if (!detail || lw_judge_add(j, "lane-twice", b->port, detail,
					    a->port == b->port ? "lists a lane twice"
							       : "lists lanes of another port"))
			return LW_ENOMEM;
	}
	return 0;
}

static int judge_aliases(struct judge *j)
{
	struct claims c = {.arena = j->arena};

	for (size_t i = 0; i < j->p->port_n; i++) {
		const struct lw_platform_mode *fixed = &j->p->port[i].now;

		for (size_t m = 0; m < j->p->port[i].mode_n; m++) {
			const struct lw_platform_mode *mode = &j->p->port[i].mode[m];

			for (size_t k = 0; !mode->alias_is_text && k < mode->sub_n; k++)
				if (claim(&c, mode->sub[k].alias, &j->p->port[i], mode))
					return LW_ENOMEM;
		}
		/* a port of port_config.ini has no modes and is what it is */
		if (!j->p->port[i].mode_n && !fixed->text && fixed->sub_n &&
		    claim(&c, fixed->sub[0].alias, &j->p->port[i], fixed))
			return LW_ENOMEM;
	}
	sort(&c);
	for (size_t i = 1; i < c.n; i++) {
		const struct claim *a = &c.v[i - 1], *b = &c.v[i];
		const char *detail;

		if (strcmp(a->what, b->what) || (a->port == b->port && a->mode != b->mode))
			continue;
		detail = lw_arena_printf(j->arena, "\"%s\": %s", b->what,
					 a->port == b->port ? b->mode->text : a->port->name);
		if (!detail ||
		    lw_judge_add(j, "alias-twice", b->port, detail,
				 a->port == b->port ? "gives an alias twice in one mode"
						    : "gives an alias that another port gives"))
			return LW_ENOMEM;
	}
	return 0;
}

int lw_judge_shared(struct judge *j)
{
	return judge_lanes(j) || judge_aliases(j) ? LW_ENOMEM : 0;
}

static int clashes(struct judge *j, struct claims *c, const char *rule, const char *text)
{
	sort(c);
	for (size_t i = 1; i < c->n; i++) {
		const struct claim *a = &c->v[i - 1], *b = &c->v[i];
		const char *detail;

		if (!a->what[0] || strcmp(a->what, b->what))
			continue;
		detail = lw_arena_printf(j->arena, "%s: %s", b->what, a->port->name);
		if (!detail || lw_judge_add(j, rule, b->port, detail, "%s", text))
			return LW_ENOMEM;
	}
	return 0;
}

/* Names and lanes of the sub-ports in force. */
static int judge_now(struct judge *j)
{
	struct claims name = {.arena = j->arena}, lane = {.arena = j->arena};

	for (size_t i = 0; i < j->p->port_n; i++) {
		const struct lw_platform_port *port = &j->p->port[i];

		for (size_t k = 0; k < port->now.sub_n; k++) {
			const struct lw_subport *s = &port->now.sub[k];

			if (claim(&name, s->name, port, NULL))
				return LW_ENOMEM;
			for (size_t l = 0; l < s->lane_n; l++)
				if (claim(&lane, s->lane[l], port, NULL))
					return LW_ENOMEM;
		}
	}
	return clashes(j, &name, "port-clash", "makes a port that another one makes too") ||
			       clashes(j, &lane, "lane-clash", "uses a lane of another port")
		       ? LW_ENOMEM
		       : 0;
}

static int by_text(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Every name that the platform has or that a mode in force makes, sorted. */
static const char **names(struct judge *j, size_t *ret_n)
{
	const struct lw_platform *p = j->p;
	size_t n = p->port_n, at = 0;
	const char **v;

	for (size_t i = 0; i < p->port_n; i++)
		n += p->port[i].now.sub_n;
	v = lw_arena_alloc(j->arena, (n + 1) * sizeof(*v));
	if (!v)
		return NULL;
	for (size_t i = 0; i < p->port_n; i++) {
		v[at++] = p->port[i].name;
		for (size_t k = 0; k < p->port[i].now.sub_n; k++)
			v[at++] = p->port[i].now.sub[k].name;
	}
	qsort(v, n, sizeof(*v), by_text);
	*ret_n = n;
	return v;
}

static int judge_strays(struct judge *j, struct lw_findings *ret)
{
	const struct lw_platform *p = j->p;
	const struct lw_hwsku_port *first = NULL;
	size_t n = 0, strays = 0;
	const char **known = names(j, &n);
	char *subject;

	if (!known)
		return LW_ENOMEM;
	for (size_t i = 0; i < p->hwsku_n; i++)
		if (!bsearch(&p->hwsku[i].name, known, n, sizeof(*known), by_text)) {
			first = first ? first : &p->hwsku[i];
			strays++;
		}
	if (!first)
		return 0;
	subject = lw_arena_printf(j->arena, "%s:%d %s", p->hwsku_where, first->line, first->name);
	if (strays > 1 && subject)
		subject = lw_arena_printf(j->arena, "%s and %zu more", subject, strays - 1);
	return lw_port_finding(ret, "hwsku-stray", subject, NULL,
			       "is no port of the platform, and no mode in force makes it");
}

int lw_judge_force(struct judge *j, struct lw_findings *ret)
{
	const struct lw_platform *p = j->p;

	for (size_t i = 0; i < p->port_n; i++)
		if (p->port[i].now.refusal &&
		    lw_judge_add(j, "mode-refused", &p->port[i], NULL, "mode \"%.64s\" %s",
				 p->port[i].now.text, p->port[i].now.refusal))
			return LW_ENOMEM;
	if (judge_now(j))
		return LW_ENOMEM;
	if (!p->hwsku_where)
		return 0;
	if (judge_strays(j, ret))
		return LW_ENOMEM;
	for (size_t i = 0; i < p->port_n; i++)
		if (!p->port[i].now.text &&
		    lw_judge_add(j, "hwsku-idle", &p->port[i], NULL,
				 "has no mode in %s and is not made", p->hwsku_where))
			return LW_ENOMEM;
	return 0;
}
