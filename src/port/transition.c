/* SPDX-License-Identifier: Apache-2.0 */
#include "platform-internal.h"

#include <string.h>

/* From one mode of a port to another: which rows of the PORT table go, come and stay, which lanes
 * change hands, and who else is touched. */

static bool same_text(const char *a, const char *b)
{
	return a == b || (a && b && strcmp(a, b) == 0);
}

/* The same row of the PORT table: nothing of it would change. */
static bool same_row(const struct lw_subport *a, const struct lw_subport *b)
{
	return strcmp(a->name, b->name) == 0 && strcmp(a->alias, b->alias) == 0 &&
	       a->first == b->first && a->lane_n == b->lane_n && a->speed_mbps == b->speed_mbps &&
	       a->subport == b->subport && strcmp(a->index, b->index) == 0 &&
	       same_text(a->fec, b->fec) && same_text(a->autoneg, b->autoneg) &&
	       same_text(a->role, b->role);
}

/* Those of `m` that `other` has, or has not, in the same form. */
static const struct lw_subport **rows_of(struct lw_arena *a, const struct lw_platform_mode *m,
					 const struct lw_platform_mode *other, bool there,
					 size_t *ret_n)
{
	const struct lw_subport **v = lw_arena_alloc(a, (m->sub_n + 1) * sizeof(*v));

	*ret_n = 0;
	for (size_t i = 0; v && i < m->sub_n; i++) {
		bool found = false;

		for (size_t k = 0; k < other->sub_n && !found; k++)
			found = same_row(&m->sub[i], &other->sub[k]);
		if (found == there)
			v[(*ret_n)++] = &m->sub[i];
	}
	return v;
}

static const struct lw_subport *owner(const struct lw_platform_mode *m, size_t lane)
{
	for (size_t i = 0; i < m->sub_n; i++)
		if (lane >= m->sub[i].first && lane < (size_t)m->sub[i].first + m->sub[i].lane_n)
			return &m->sub[i];
	return NULL;
}

static int find_moves(struct lw_platform *p, struct lw_transition *t)
{
	t->move = lw_arena_alloc(p->arena, (t->port->lane_n + 1) * sizeof(*t->move));
	if (!t->move)
		return LW_ENOMEM;
	for (size_t i = 0; i < t->port->lane_n; i++) {
		const struct lw_subport *a = owner(&t->from, i), *b = owner(&t->to, i);

		if (a == b || (a && b && strcmp(a->name, b->name) == 0))
			continue;
		t->move[t->move_n++] = (struct lw_lane_move){t->port->lane[i], a, b};
	}
	return 0;
}

static bool has_lane(const struct lw_platform_mode *m, const char *lane)
{
	for (size_t i = 0; i < m->sub_n; i++)
		for (size_t k = 0; k < m->sub[i].lane_n; k++)
			if (strcmp(m->sub[i].lane[k], lane) == 0)
				return true;
	return false;
}

static bool has_name(const struct lw_platform_mode *m, const char *name)
{
	for (size_t i = 0; i < m->sub_n; i++)
		if (strcmp(m->sub[i].name, name) == 0)
			return true;
	return false;
}

/* Does the other port stand on a lane, or bear a name, that the new mode takes? What it makes now
 * counts; where that is not known, any lane of it and its own name. */
static bool touches(const struct lw_transition *t, const struct lw_platform_port *other)
{
	if (other == t->port)
		return false;
	if (!other->now.text) {
		for (size_t i = 0; i < other->lane_n; i++)
			if (other->lane[i][0] && has_lane(&t->to, other->lane[i]))
				return true;
		return has_name(&t->to, other->name);
	}
	for (size_t i = 0; i < other->now.sub_n; i++) {
		const struct lw_subport *s = &other->now.sub[i];

		if (has_name(&t->to, s->name))
			return true;
		for (size_t k = 0; k < s->lane_n; k++)
			if (s->lane[k][0] && has_lane(&t->to, s->lane[k]))
				return true;
	}
	return false;
}

static int find_neighbours(struct lw_platform *p, struct lw_transition *t)
{
	t->neighbour = lw_arena_alloc(p->arena, (p->port_n + 1) * sizeof(*t->neighbour));
	if (!t->neighbour)
		return LW_ENOMEM;
	for (size_t i = 0; i < p->port_n; i++) {
		const char *text;

		if (!touches(t, &p->port[i]))
			continue;
		t->neighbour[t->neighbour_n++] = &p->port[i];
		text = lw_arena_printf(p->arena, "mode \"%s\" takes a lane or a name of %s",
				       t->to.text, p->port[i].name);
		if (lw_port_finding(&t->findings, "lane-clash", t->port->name, NULL, text))
			return LW_ENOMEM;
	}
	return 0;
}

static int refuse(struct lw_platform *p, struct lw_transition *t, struct lw_platform_mode *m)
{
	if (!m->refusal)
		return 0;
	if (lw_mode_refuse(p, t->port, m))
		return LW_ENOMEM;
	return lw_port_finding(&t->findings, "mode-refused", t->port->name, m->remedy,
			       lw_arena_printf(p->arena, "mode \"%.64s\" %s", m->text, m->refusal));
}

int lw_platform_transition(struct lw_platform *p, const char *name, const char *from,
			   const char *to, struct lw_transition *ret, struct lw_error *reterr)
{
	struct lw_transition t = {.port = lw_platform_find(p, name)};
	int r;

	if (!t.port)
		return lw_fail_in(reterr, LW_ENOENT, p->where, 0, "has no port \"%.60s\"", name);
	lw_findings_init(&t.findings, p->arena);
	r = lw_platform_expand(p, t.port, from, &t.from, reterr);
	if (!r)
		r = lw_platform_expand(p, t.port, to, &t.to, reterr);
	if (r)
		return r;
	lw_hwsku_apply(p, &t.from);
	lw_hwsku_apply(p, &t.to);
	if (refuse(p, &t, &t.from) || refuse(p, &t, &t.to))
		goto no_memory;
	if (!t.findings.n) {
		t.removed = rows_of(p->arena, &t.from, &t.to, false, &t.removed_n);
		t.added = rows_of(p->arena, &t.to, &t.from, false, &t.added_n);
		t.kept = rows_of(p->arena, &t.to, &t.from, true, &t.kept_n);
		if (find_moves(p, &t) || find_neighbours(p, &t))
			goto no_memory;
	}
	if (p->arena->failed)
		goto no_memory;
	*ret = t;
	return 0;
no_memory:
	return lw_fail_in(reterr, LW_ENOMEM, p->where, t.port->line, "out of memory");
}
