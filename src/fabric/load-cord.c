/* SPDX-License-Identifier: Apache-2.0 */
/* What a cord of a fabric file is besides its type: its polarity, where its lanes end, its dirt. */
#include "loader.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DIRT_MAX_DB 60.0

unsigned lw_cord_positions(const struct lw_cord *c)
{
	return strncmp(c->a, "MPO-", 4) == 0 ? (unsigned)strtoul(c->a + 4, NULL, 10) : 0;
}

/* One entry of a list, or the text itself. */
static const struct lw_node *first_of(const struct lw_node *n)
{
	return n->kind == LW_NODE_LIST ? n->first : n;
}

static int bad_type(struct loader *l, const struct lw_node *n, const char *what)
{
	return lw_load_bad(l, n->line,
			   "polarity of %s must be A, B or C for each MPO element of the way, such "
			   "as B or [A, A, B]",
			   what);
}

/* An LC cord crosses its two fibres, or wrongly does not. */
static int load_duplex(struct loader *l, const struct lw_node *n, const char *what,
		       struct lw_cable *c)
{
	if (n->kind == LW_NODE_TEXT && strcmp(n->text, "straight") == 0)
		c->straight = true;
	else if (n->kind != LW_NODE_TEXT || strcmp(n->text, "crossed") != 0)
		return lw_load_bad(l, n->line,
				   "polarity of %s must be crossed (as it should be) or straight: "
				   "%s is no MPO cord",
				   what, c->cord->name);
	return 0;
}

static int load_polarity(struct loader *l, const struct lw_node *n, const char *what,
			 struct lw_cable *c)
{
	if (!lw_cord_positions(c->cord))
		return load_duplex(l, n, what, c);
	if (n->kind == LW_NODE_MAP)
		return bad_type(l, n, what);
	for (const struct lw_node *e = first_of(n); e;
	     e = n->kind == LW_NODE_LIST ? e->next : NULL) {
		if (c->type_n == LW_POLARITIES_MAX)
			return lw_load_bad(l, e->line, "polarity of %s: at most %d elements", what,
					   LW_POLARITIES_MAX);
		if (e->kind != LW_NODE_TEXT || !e->text[0] || e->text[1] || e->text[0] < 'A' ||
		    e->text[0] > 'C')
			return bad_type(l, e, what);
		c->type[c->type_n++] = (enum lw_polarity)(e->text[0] - 'A');
		if (e->text[0] == 'C' && c->cord->legs > 1)
			return lw_load_bad(
				l, e->line,
				"polarity of %s: type C flips pairs for duplex cassettes "
				"and does not go with a harness of %u legs",
				what, c->cord->legs);
	}
	return c->type_n ? 0 : bad_type(l, n, what);
}

/* A lane pair of the head or of all legs together, from 1 on. @return -1 when it is none */
static int lane_of(const struct lw_node *n, unsigned lanes)
{
	unsigned long v;
	char *end;

	if (n->kind != LW_NODE_TEXT || n->text[0] < '1' || n->text[0] > '9')
		return -1;
	v = strtoul(n->text, &end, 10);
	return *end || v > lanes ? -1 : (int)v - 1;
}

/* lanes: where each lane pair of the head ends, counted over all legs. */
static int load_lane_map(struct loader *l, const struct lw_node *n, const char *what,
			 struct lw_cable *c)
{
	unsigned total = (unsigned)c->cord->legs * c->cord->leg_lanes, i = 0;
	uint32_t taken = 0;

	if (n->kind != LW_NODE_LIST || n->n != c->cord->lanes)
		return lw_load_bad(
			l, n->line,
			"lanes of %s must list for each of the %u lane pairs of %s where "
			"it ends: 1 to %u, ~ for nowhere",
			what, c->cord->lanes, c->cord->name, total);
	c->shuffled = true;
	for (const struct lw_node *e = n->first; e; e = e->next, i++) {
		int to = lw_node_empty(e) ? -1 : lane_of(e, total);

		if (to < 0 && !lw_node_empty(e))
			return lw_load_bad(l, e->line,
					   "lanes of %s: entry %u is no lane pair from 1 to %u",
					   what, i + 1, total);
		if (to >= 0 && taken >> to & 1)
			return lw_load_bad(l, e->line, "lanes of %s: two lane pairs end at %d",
					   what, to + 1);
		if (to >= 0)
			taken |= UINT32_C(1) << to;
		c->lane_map[i] = (int8_t)to;
	}
	return 0;
}

static int load_broken(struct loader *l, const struct lw_node *n, const char *what,
		       struct lw_cable *c)
{
	unsigned lanes = c->cord->lanes;

	if (n->kind == LW_NODE_MAP)
		return lw_load_bad(l, n->line, "broken of %s is a map, not a list of lane pairs",
				   what);
	for (const struct lw_node *e = first_of(n); e;
	     e = n->kind == LW_NODE_LIST ? e->next : NULL) {
		int lane = lane_of(e, lanes);

		if (lane < 0)
			return lw_load_bad(l, e->line,
					   "broken of %s lists lane pairs of end a, 1 to %u", what,
					   lanes);
		c->broken |= UINT32_C(1) << lane;
	}
	return 0;
}

static int load_db(struct loader *l, const struct lw_node *n, const char *what, double *ret)
{
	char *end;
	double db;

	/* strtod() also takes hexadecimal, infinities and leading blanks */
	if (n->kind != LW_NODE_TEXT || !*n->text ||
	    strspn(n->text, "0123456789.") != strlen(n->text))
		db = -1;
	else
		db = strtod(n->text, &end), db = *end ? -1 : db;
	if (!(db >= 0 && db <= DIRT_MAX_DB))
		return lw_load_bad(l, n->line,
				   "dirt_db of %s is the loss by dirty connectors: a number of dB "
				   "from 0 to %g, or a list with one for each leg",
				   what, DIRT_MAX_DB);
	*ret = db;
	return 0;
}

static int load_dirt(struct loader *l, const struct lw_node *n, const char *what,
		     struct lw_cable *c)
{
	unsigned legs = c->cord->legs, i = 0;
	int rc = 0;

	if (n->kind == LW_NODE_LIST && n->n != legs)
		return lw_load_bad(l, n->line, "dirt_db of %s lists %zu numbers for %u leg%s", what,
				   n->n, legs, legs == 1 ? "" : "s");
	for (const struct lw_node *e = first_of(n); !rc && i < legs && i < LW_PORT_LANES_MAX; i++) {
		rc = load_db(l, e, what, &c->dirt_db[i]);
		if (n->kind == LW_NODE_LIST)
			e = e->next;
	}
	return rc;
}

int lw_load_cord_keys(struct loader *l, const struct lw_node *map, const char *what,
		      struct lw_cable *c)
{
	static const struct {
		const char *key;
		int (*load)(struct loader *l, const struct lw_node *n, const char *what,
			    struct lw_cable *c);
	} keys[] = {
		{"polarity", load_polarity},
		{"lanes", load_lane_map},
		{"broken", load_broken},
		{"dirt_db", load_dirt},
	};
	int rc = 0;

	for (size_t i = 0; !rc && i < sizeof(keys) / sizeof(keys[0]); i++) {
		const struct lw_node *n = lw_node_get(map, keys[i].key);

		if (!n || lw_node_empty(n))
			continue;
		if (!c->cord)
			return lw_load_bad(
				l, n->line,
				"%s has a part and %s: a cable with fixed ends is closed, "
				"its lanes are as it was made",
				what, keys[i].key);
		rc = keys[i].load(l, n, what, c);
	}
	return rc;
}
