/* SPDX-License-Identifier: Apache-2.0 */
#include "loader.h"

#include "near.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WHAT_SIZE    160
#define LENGTH_MAX_M 1000000.0 /* 1000 km: beyond it a typing error */

/** What is plugged into a cage's receptacles, to find the second user of one. */
struct use {
	struct use *next;
	int receptacle; /* -1: the whole cage, by a fixed cable */
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
		if (e->receptacle >= 0)
			return lw_load_bad(l, line,
					   "\"%.60s\": a cable with fixed ends has no receptacle "
					   "numbers; write %s",
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
	if (receptacles > 1 && e->receptacle < 0)
		return lw_load_bad(l, line, "%s has %u receptacles: say which, %s#1 to %s#%u",
				   c->part->name, receptacles, c->id, c->id, receptacles);
	if (receptacles && e->receptacle >= (int)receptacles)
		return lw_load_bad(l, line, "\"%.60s\": %s has %u receptacle%s", text,
				   c->part->name, receptacles, receptacles == 1 ? "" : "s");
	return 0;
}

static int claim(struct loader *l, struct use **uses, int line, const struct lw_cable_end *e)
{
	const struct lw_cage *c = &l->f->cages[e->cage];
	int receptacle = l->f->cages[e->cage].cable >= 0 ? -1
			 : e->receptacle < 0             ? 0
							 : e->receptacle;
	struct use *u;

	for (u = uses[e->cage]; u; u = u->next) {
		if (u->receptacle != receptacle)
			continue;
		if (receptacle < 0 || (c->part && c->part->receptacles == 1))
			return lw_load_bad(l, line, "port %s is used twice: already in line %d",
					   c->id, u->line);
		return lw_load_bad(l, line, "port %s#%d is used twice: already in line %d", c->id,
				   receptacle + 1, u->line);
	}
	u = lw_arena_alloc(l->f->arena, sizeof(*u));
	if (!u)
		return lw_load_no_memory(l);
	*u = (struct use){.next = uses[e->cage], .receptacle = receptacle, .line = line};
	uses[e->cage] = u;
	return 0;
}

/* Read "device/cage" or "device/cage#2". */
static int load_end(struct loader *l, const struct lw_cable *cable, const struct lw_node *n,
		    const char *what, struct lw_cable_end *ret)
{
	struct lw_cable_end e = {.receptacle = -1};
	const char *hash;
	char hint[160], *id;
	int rc;

	if (n->kind != LW_NODE_TEXT)
		return lw_load_bad(l, n->line, "an end of %s is %s, not \"device/cage\"", what,
				   lw_node_kind_name(n));
	hash = strchr(n->text, '#');
	id = lw_arena_strndup(l->f->arena, n->text,
			      hash ? (size_t)(hash - n->text) : strlen(n->text));
	if (!id)
		return lw_load_no_memory(l);
	if (hash) {
		if (hash[1] < '1' || hash[1] > '9' || hash[2])
			return lw_load_bad(l, n->line,
					   "\"%.60s\": behind \"#\" goes the number of a "
					   "receptacle, 1 to 9",
					   n->text);
		e.receptacle = hash[1] - '1';
	}
	e.cage = lw_fabric_cage_find(l->f, id);
	if (e.cage < 0)
		return lw_load_bad(l, n->line, "%s ends at \"%.60s\", which is no cage%s", what, id,
				   near_cage(l->f, id, hint, sizeof(hint)));
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
		       const char *what, bool head, struct use **uses, struct lw_cable_end *ret)
{
	int rc = load_end(l, c, n, what, ret);
	struct lw_cage *cage;

	if (rc)
		return rc;
	cage = &l->f->cages[ret->cage];
	if (c->part && cage->cable < 0)
		plug(l, cage, c, head);
	return claim(l, uses, n->line, ret);
}

/* End b is one end, or a list with one entry a leg; `~` leaves a leg open. */
static int load_b(struct loader *l, struct lw_cable *c, const struct lw_node *n, const char *what,
		  struct use **uses)
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
			*end = (struct lw_cable_end){-1, -1};
		else
			rc = load_end_of(l, c, e, what, false, uses, end);
	}
	return rc;
}

static int load_cable(struct loader *l, const struct lw_node *n, struct use **uses,
		      struct lw_cable *c)
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
	rc = load_end_of(l, c, a, what, true, uses, &c->a);
	return rc ? rc : load_b(l, c, b, what, uses);
}

static int compare_cables(const void *a, const void *b)
{
	const struct lw_cable *x = *(const struct lw_cable *const *)a;
	const struct lw_cable *y = *(const struct lw_cable *const *)b;
	int c = strcmp(x->id, y->id);

	return c ? c : (x->line > y->line) - (x->line < y->line);
}

static int check_ids(struct loader *l)
{
	struct lw_fabric *f = l->f;
	const struct lw_cable **v =
		lw_arena_alloc(f->arena, (f->cable_n + 1) * sizeof(const struct lw_cable *));

	if (!v)
		return lw_load_no_memory(l);
	for (size_t i = 0; i < f->cable_n; i++)
		v[i] = &f->cables[i];
	qsort(v, f->cable_n, sizeof(const struct lw_cable *), compare_cables);
	for (size_t i = 1; i < f->cable_n; i++)
		if (!strcmp(v[i - 1]->id, v[i]->id))
			return lw_load_bad(l, v[i]->line,
					   "cable id \"%.60s\" is already in line %d", v[i]->id,
					   v[i - 1]->line);
	return 0;
}

int lw_load_cables(struct loader *l, const struct lw_node *cables)
{
	struct lw_fabric *f = l->f;
	struct use **uses;

	if (lw_node_empty(cables))
		return 0;
	if (cables->kind != LW_NODE_LIST)
		return lw_load_bad(l, cables->line,
				   "cables must be a list of {id: ..., a: ..., b: ...}, not %s",
				   lw_node_kind_name(cables));
	f->cables = lw_arena_alloc(f->arena, (cables->n + 1) * sizeof(*f->cables));
	uses = lw_arena_alloc(f->arena, (f->cage_n + 1) * sizeof(struct use *));
	if (!f->cables || !uses)
		return lw_load_no_memory(l);
	for (const struct lw_node *n = cables->first; n; n = n->next) {
		int rc = load_cable(l, n, uses, &f->cables[f->cable_n]);

		if (rc)
			return rc;
		f->cable_n++;
	}
	return check_ids(l);
}
