/* SPDX-License-Identifier: Apache-2.0 */
#include "loader.h"

#include "near.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WHAT_SIZE    160
#define CAGE_ID_SIZE 132       /* two names and what divides them */
#define LENGTH_MAX_M 1000000.0 /* 1000 km: beyond it a typing error */

/** What is plugged into a cage's receptacles, to find the second user of one. */
struct use {
	struct use *next;
	int receptacle; /* -1: the whole cage, by a fixed cable */
	int port_end;   /* 1 + logical port behind a shuffle panel, 0: the whole receptacle */
	int line;
};

static const char *cord_name(size_t i)
{
	size_t n;

	return lw_cords(&n)[i].name;
}

static const char *cable_name(size_t i)
{
	size_t n;
	const struct lw_part *p = lw_parts(&n);

	return p[i].far ? p[i].name : NULL;
}

static int load_cord(struct loader *l, const struct lw_node *n, const char *what,
		     struct lw_cable *c)
{
	const char *text;
	char hint[160];
	size_t cords;
	int rc = lw_load_text(l, n, what, "cord", true, &text);

	if (rc)
		return rc;
	c->cord = lw_cord_find(text);
	if (!c->cord) {
		lw_cords(&cords);
		return lw_load_bad(l, lw_load_line(n, "cord"), "unknown cord \"%.60s\"%s", text,
				   lw_near(text, cord_name, cords, hint, sizeof(hint)));
	}
	rc = lw_load_text(l, n, what, "fibre", true, &text);
	if (rc)
		return rc;
	c->grade = lw_grade_find(text);
	if (c->grade == LW_GRADE_NONE)
		return lw_load_bad(
			l, lw_load_line(n, "fibre"),
			"unknown fibre \"%.40s\"; known are OM1, OM2, OM3, OM4, OM5, OS2", text);
	return 0;
}

static int load_part(struct loader *l, const struct lw_node *n, const char *what,
		     struct lw_cable *c)
{
	const char *text;
	char hint[160];
	size_t parts;
	int rc = lw_load_text(l, n, what, "part", true, &text);

	if (rc)
		return rc;
	c->part = lw_part_find(text);
	if (!c->part) {
		lw_parts(&parts);
		return lw_load_bad(l, lw_load_line(n, "part"), "unknown cable part \"%.60s\"%s",
				   text, lw_near(text, cable_name, parts, hint, sizeof(hint)));
	}
	if (!lw_load_is_module(c->part) && !c->part->far)
		return lw_load_bad(l, lw_load_line(n, "part"),
				   "%s is only the far plug of a cable; name the whole cable",
				   c->part->name);
	if (!c->part->far)
		return lw_load_bad(
			l, lw_load_line(n, "part"),
			"%s is a module, not a cable with fixed ends; plug it into a cage "
			"with module: %s",
			c->part->name, c->part->name);
	if (lw_node_get(n, "fibre"))
		return lw_load_bad(l, lw_load_line(n, "fibre"),
				   "%s has a part and a fibre: only a cord is chosen by fibre",
				   what);
	return 0;
}

static int load_length(struct loader *l, const struct lw_node *n, const char *what,
		       struct lw_cable *c)
{
	const char *text;
	char *end;
	int rc = lw_load_text(l, n, what, "length_m", true, &text);

	if (rc)
		return rc;
	/* strtod() also takes hexadecimal, infinities and leading blanks */
	if (!*text || strspn(text, "0123456789.") != strlen(text))
		text = "";
	errno = 0;
	c->length_m = strtod(text, &end);
	if (end == text || *end || !(c->length_m > 0) || c->length_m > LENGTH_MAX_M)
		return lw_load_bad(l, lw_load_line(n, "length_m"),
				   "length_m of %s must be a number of metres above 0, such as 30",
				   what);
	return 0;
}

/* The ends of an unknown cage: the nearest one that exists. */
static const char *near_cage(const struct lw_fabric *f, const char *id, char *buf, size_t size)
{
	const char *best = NULL;
	unsigned least = 4;

	buf[0] = '\0';
	for (size_t i = 0; i < f->cage_n && i < 10000; i++) {
		unsigned d = lw_edit_distance(id, f->cages[i].id);

		if (d < least) {
			least = d;
			best = f->cages[i].id;
		}
	}
	if (best)
		snprintf(buf, size, "; did you mean %s?", best);
	return buf;
}

/* What the end says must agree with what is in the cage. */
static int check_end(struct loader *l, const struct lw_cable *cable, int line, const char *text,
		     struct lw_cable_end *e)
{
	const struct lw_cage *c = &l->f->cages[e->cage];
	unsigned receptacles = c->part ? c->part->receptacles : 0;

	if (cable->part) {
		if (e->receptacle >= 0 || e->port_end)
			return lw_load_bad(l, line,
					   "\"%.60s\": a cable with fixed ends has no numbers of "
					   "receptacles or ports; write %s",
					   text, c->id);
		if (c->dump || (c->part && c->cable < 0))
			return lw_load_bad(l, line,
					   "cage %s holds a module (line %d); a cable with fixed "
					   "ends needs the cage empty",
					   c->id, c->line);
		return 0;
	}
	if (!c->dump && (!c->part || c->cable >= 0))
		return lw_load_bad(
			l, line, "cage %s holds no module (line %d), so no cord can be plugged in",
			c->id, c->line);
	if (e->port_end > c->mode.n)
		return lw_load_bad(l, line, "\"%.60s\": mode %s of %s has %u logical port%s", text,
				   c->mode_text, c->id, c->mode.n, c->mode.n == 1 ? "" : "s");
	if (e->port_end)
		return 0;
	if (receptacles > 1 && e->receptacle < 0)
		return lw_load_bad(l, line, "%s has %u receptacles: say which, %s#1 to %s#%u",
				   c->part->name, receptacles, c->id, c->id, receptacles);
	if (receptacles && e->receptacle >= (int)receptacles)
		return lw_load_bad(l, line, "\"%.60s\": %s has %u receptacle%s", text,
				   c->part->name, receptacles, receptacles == 1 ? "" : "s");
	return 0;
}

/* What an end takes of its cage: "leaf1/swp1", "leaf1/swp1#2", "leaf1/swp1:3". */
static int claim(struct loader *l, int line, const struct lw_cable_end *e)
{
	const struct lw_cage *c = &l->f->cages[e->cage];
	int receptacle = c->cable >= 0 ? -1 : e->receptacle < 0 ? 0 : e->receptacle;
	struct use *u;

	for (u = l->uses[e->cage]; u; u = u->next) {
		/* ports lie behind any receptacle: beside a whole one none is let in */
		if (u->port_end && e->port_end   ? u->port_end != e->port_end
		    : u->port_end || e->port_end ? false
						 : u->receptacle != receptacle)
			continue;
		if (e->port_end)
			return lw_load_bad(l, line, "port %s:%d is used twice: already in line %d",
					   c->id, e->port_end, u->line);
		if (receptacle < 0 || (c->part && c->part->receptacles == 1))
			return lw_load_bad(l, line, "port %s is used twice: already in line %d",
					   c->id, u->line);
		return lw_load_bad(l, line, "port %s#%d is used twice: already in line %d", c->id,
				   receptacle + 1, u->line);
	}
	u = lw_arena_alloc(l->f->arena, sizeof(*u));
	if (!u)
		return lw_load_no_memory(l);
	*u = (struct use){.next = l->uses[e->cage],
			  .receptacle = receptacle,
			  .port_end = e->port_end,
			  .line = line};
	l->uses[e->cage] = u;
	return 0;
}

/* What stands behind the cage: "#2" a receptacle, ":3" a logical port behind a shuffle panel. */
static int load_suffix(struct loader *l, const struct lw_node *n, const char *at,
		       struct lw_cable_end *e)
{
	unsigned long v = at[1] >= '1' && at[1] <= '9' ? strtoul(at + 1, NULL, 10) : 0;

	if (!v || at[1 + strspn(at + 1, "0123456789")] || v > (*at == '#' ? 9 : LW_LPORTS_MAX))
		return lw_load_bad(l, n->line,
				   "\"%.60s\": behind \"%c\" goes the number of a %s, 1 to %d",
				   n->text, *at, *at == '#' ? "receptacle" : "logical port",
				   *at == '#' ? 9 : LW_LPORTS_MAX);
	if (*at == '#')
		e->receptacle = (int)v - 1;
	else
		e->port_end = (int8_t)v;
	return 0;
}

/* Read "device/cage", "device/cage#2" or "device/cage:3". */
static int load_end(struct loader *l, const struct lw_cable *cable, const struct lw_node *n,
		    const char *what, struct lw_cable_end *ret)
{
	struct lw_cable_end e = {.receptacle = -1};
	char hint[160], id[CAGE_ID_SIZE];
	size_t length;
	uint32_t at;
	int rc = 0;

	if (n->kind != LW_NODE_TEXT)
		return lw_load_bad(l, n->line, "an end of %s is %s, not \"device/cage\"", what,
				   lw_node_kind_name(n));
	length = strcspn(n->text, "#:");
	snprintf(id, sizeof(id), "%.*s", (int)length, n->text);
	if (n->text[length])
		rc = load_suffix(l, n, n->text + length, &e);
	if (rc)
		return rc;
	at = length < sizeof(id) ? lw_index_get(&l->cage_at, id) : LW_INDEX_NONE;
	if (at == LW_INDEX_NONE)
		return lw_load_bad(l, n->line, "%s ends at \"%.60s\", which is no cage%s", what, id,
				   near_cage(l->f, id, hint, sizeof(hint)));
	e.cage = (int)at;
	rc = check_end(l, cable, n->line, n->text, &e);
	if (!rc)
		*ret = e;
	return rc;
}

/* A fixed cable brings its own plugs: remember them as what is plugged. */
static void plug(struct loader *l, struct lw_cage *cage, const struct lw_cable *cable, bool head)
{
	cage->part = head ? cable->part : cable->part->far;
	cage->cable = (int)(cable - l->f->cables);
}

static int load_end_of(struct loader *l, struct lw_cable *c, const struct lw_node *n,
		       const char *what, bool head, struct lw_cable_end *ret)
{
	int rc = load_end(l, c, n, what, ret);
	struct lw_cage *cage;

	if (rc)
		return rc;
	cage = &l->f->cages[ret->cage];
	if (c->part && cage->cable < 0)
		plug(l, cage, c, head);
	return claim(l, n->line, ret);
}

/* End b is one end, or a list with one entry a leg; `~` leaves a leg open. */
static int load_b(struct loader *l, struct lw_cable *c, const struct lw_node *n, const char *what)
{
	unsigned legs = c->cord ? c->cord->legs : c->part->far_n;
	const struct lw_node *e = n->kind == LW_NODE_LIST ? n->first : n;
	int rc = 0;

	if (n->kind == LW_NODE_LIST && !n->n)
		return lw_load_bad(l, n->line, "b of %s is an empty list", what);
	if (n->kind == LW_NODE_LIST && (n->n > legs || n->n > LW_PORT_LANES_MAX))
		return lw_load_bad(l, n->line, "b of %s lists %zu ends, but %s has %u leg%s", what,
				   n->n, c->cord ? c->cord->name : c->part->name, legs,
				   legs == 1 ? "" : "s");
	for (; e && !rc; e = n->kind == LW_NODE_LIST ? e->next : NULL) {
		struct lw_cable_end *end = &c->b[c->b_n++];

		if (lw_node_empty(e))
			*end = (struct lw_cable_end){.cage = -1, .receptacle = -1};
		else
			rc = load_end_of(l, c, e, what, false, end);
	}
	return rc;
}

/* Ports behind a shuffle panel: at both ends or at none, and then one port meets one port. */
static int check_ports(struct loader *l, const struct lw_cable *c, int line, const char *what)
{
	if (!c->a.port_end && !c->b[0].port_end)
		return 0;
	if (c->b_n != 1 || !c->a.port_end || !c->b[0].port_end)
		return lw_load_bad(l, line,
				   "%s names a logical port: through a shuffle panel one port "
				   "meets one port, a: DEVICE/CAGE:PORT, b: DEVICE/CAGE:PORT",
				   what);
	if (c->shuffled || c->type_n)
		return lw_load_bad(l, line,
				   "%s names logical ports; their lanes are joined in order, and "
				   "lanes or polarity go with whole receptacles only",
				   what);
	return 0;
}

static int load_cable(struct loader *l, const struct lw_node *n, struct lw_cable *c)
{
	static const char *const keys[] = {"id",      "cord",    "part",     "fibre",  "length_m",
					   "a",       "b",       "polarity", "lanes",  "broken",
					   "dirt_db", "through", "pins",     "polish", NULL};
	const struct lw_node *a, *b;
	char what[WHAT_SIZE] = "a cable";
	int rc = lw_load_keys(l, n, what, keys);

	*c = (struct lw_cable){.line = n->line, .grade = LW_GRADE_NONE};
	if (!rc)
		rc = lw_load_text(l, n, what, "id", true, &c->id);
	if (rc)
		return rc;
	snprintf(what, sizeof(what), "cable %.100s", c->id);
	if (!lw_node_get(n, "cord") == !lw_node_get(n, "part"))
		return lw_load_bad(
			l, n->line,
			"%s needs one of cord (fibre between modules) and part (DAC, AEC, "
			"AOC)",
			what);
	rc = lw_node_get(n, "cord") ? load_cord(l, n, what, c) : load_part(l, n, what, c);
	if (!rc)
		rc = load_length(l, n, what, c);
	if (!rc)
		rc = lw_load_cord_keys(l, n, what, c);
	if (!rc)
		rc = lw_load_way_keys(l, n, what, c);
	if (rc)
		return rc;
	a = lw_node_get(n, "a");
	b = lw_node_get(n, "b");
	if (!a || !b || lw_node_empty(a) || lw_node_empty(b))
		return lw_load_bad(l, n->line, "%s has no end %s", what,
				   !a || lw_node_empty(a) ? "a" : "b");
	rc = load_end_of(l, c, a, what, true, &c->a);
	if (!rc)
		rc = load_b(l, c, b, what);
	return rc ? rc : check_ports(l, c, n->line, what);
}

int lw_load_reserve_cables(struct loader *l, size_t more)
{
	struct lw_fabric *f = l->f;
	struct lw_cable *v = lw_arena_grow(f->arena, f->cables, &l->cable_cap,
					   f->cable_n + more + 1, sizeof(*v));

	if (!v)
		return lw_load_no_memory(l);
	f->cables = v;
	return 0;
}

int lw_load_cable(struct loader *l, const struct lw_node *n)
{
	struct lw_fabric *f = l->f;
	struct lw_cable *c = &f->cables[f->cable_n];
	uint32_t first;
	int rc = load_cable(l, n, c);

	if (rc)
		return rc;
	rc = lw_index_put(&l->cable_at, c->id, (uint32_t)f->cable_n, &first);
	if (rc == 0)
		return lw_load_bad(l, c->line, "cable id \"%.60s\" is already in line %d", c->id,
				   f->cables[first].line);
	c->id = lw_arena_strdup(f->arena, c->id);
	if (rc < 0 || !c->id)
		return lw_load_no_memory(l);
	f->cable_n++;
	return 0;
}

/* {csv: FILE}: a list of its own. */
static const struct lw_node *list_of(const struct lw_node *n)
{
	return n->kind == LW_NODE_MAP && n->n == 1 ? lw_node_get(n, "csv") : NULL;
}

int lw_load_cables(struct loader *l, const struct lw_node *cables)
{
	const struct lw_node *list = list_of(cables);
	int rc;

	if (lw_node_empty(cables))
		return 0;
	if (!list && cables->kind != LW_NODE_LIST)
		return lw_load_bad(l, cables->line,
				   "cables must be a list of {id: ..., a: ..., b: ...}, not %s",
				   lw_node_kind_name(cables));
	l->uses = lw_arena_alloc(l->f->arena, (l->f->cage_n + 1) * sizeof(*l->uses));
	if (!l->uses)
		return lw_load_no_memory(l);
	if (list)
		rc = lw_load_cable_list(l, list);
	else
		rc = lw_load_reserve_cables(l, cables->n);
	for (const struct lw_node *n = list ? NULL : cables->first; n && !rc; n = n->next)
		rc = list_of(n) ? lw_load_cable_list(l, list_of(n)) : lw_load_cable(l, n);
	return rc;
}
