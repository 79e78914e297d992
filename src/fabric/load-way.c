/* SPDX-License-Identifier: Apache-2.0 */
/* What a cord's light meets besides the cord: joints, splices, splitters, pins and polish. */
#include "loader.h"

#include "near.h"

#include <stdlib.h>
#include <string.h>

#define COUNT_MAX 100

static const char *element_name(size_t i)
{
	size_t n;

	return lw_elements(&n)[i].name;
}

static int load_element(struct loader *l, const struct lw_node *e, const char *what,
			struct lw_cable *c)
{
	size_t n, i = 0;
	const struct lw_element *v = lw_elements(&n);
	unsigned long count = 0;
	char hint[160], *end;

	while (i < n && strcmp(v[i].name, e->key) != 0)
		i++;
	if (i == n)
		return lw_load_bad(l, e->key_line, "unknown element \"%.40s\" in through of %s%s",
				   e->key, what,
				   lw_near(e->key, element_name, n, hint, sizeof(hint)));
	if (e->kind == LW_NODE_TEXT && *e->text >= '0' && *e->text <= '9') {
		count = strtoul(e->text, &end, 10);
		if (*end)
			count = 0;
	}
	if (!count || count > COUNT_MAX)
		return lw_load_bad(l, e->line, "through of %s: %s must be a number from 1 to %d",
				   what, e->key, COUNT_MAX);
	c->through[i] = (uint8_t)count;
	return 0;
}

static int load_through(struct loader *l, const struct lw_node *n, const char *what,
			struct lw_cable *c)
{
	int rc = 0;

	if (n->kind != LW_NODE_MAP)
		return lw_load_bad(l, n->line,
				   "through of %s must say how many of what, such as {splice: 4, "
				   "cassette: 2}",
				   what);
	for (const struct lw_node *e = n->first; e && !rc; e = e->next)
		rc = load_element(l, e, what, c);
	return rc;
}

static int load_pins(struct loader *l, const struct lw_node *n, const char *what,
		     struct lw_cable *c)
{
	static const char *const names[] = {"none", "a", "b", "both"};

	for (int i = 0; i < 4; i++)
		if (n->kind == LW_NODE_TEXT && !strcmp(n->text, names[i])) {
			c->pins = (enum lw_pins)i;
			return 0;
		}
	return lw_load_bad(
		l, n->line,
		"pins of %s must say which ends of the cord have guide pins: none (as it "
		"should be), a, b or both",
		what);
}

static int bad_polish(struct loader *l, const struct lw_node *n, const char *what)
{
	return lw_load_bad(l, n->line,
			   "polish of %s must be UPC or APC, or both ends' as [APC, UPC]", what);
}

static int load_polish(struct loader *l, const struct lw_node *n, const char *what,
		       struct lw_cable *c)
{
	const struct lw_node *e = n->kind == LW_NODE_LIST ? n->first : n;

	if (n->kind == LW_NODE_MAP || (n->kind == LW_NODE_LIST && n->n != 2))
		return bad_polish(l, n, what);
	for (int i = 0; i < 2; i++) {
		if (e->kind != LW_NODE_TEXT)
			return bad_polish(l, e, what);
		if (!strcmp(e->text, "UPC"))
			c->polish[i] = "UPC";
		else if (!strcmp(e->text, "APC"))
			c->polish[i] = "APC";
		else
			return bad_polish(l, e, what);
		if (n->kind == LW_NODE_LIST && e->next)
			e = e->next;
	}
	return 0;
}

int lw_load_way_keys(struct loader *l, const struct lw_node *map, const char *what,
		     struct lw_cable *c)
{
	static const struct {
		const char *key;
		int (*load)(struct loader *l, const struct lw_node *n, const char *what,
			    struct lw_cable *c);
	} keys[] = {{"through", load_through}, {"pins", load_pins}, {"polish", load_polish}};
	int rc = 0;

	for (size_t i = 0; !rc && i < sizeof(keys) / sizeof(keys[0]); i++) {
		const struct lw_node *n = lw_node_get(map, keys[i].key);

		if (!n || lw_node_empty(n))
			continue;
		if (!c->cord)
			return lw_load_bad(
				l, n->line,
				"%s has a part and %s: a cable with fixed ends is closed", what,
				keys[i].key);
		rc = keys[i].load(l, n, what, c);
	}
	return rc;
}
