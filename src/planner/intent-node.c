/* SPDX-License-Identifier: Apache-2.0 */
#include "loader.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int lw_intent_bad(struct intent_loader *l, int line, const char *fmt, ...)
{
	char message[sizeof(l->reterr->message)];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(message, sizeof(message), fmt, ap);
	va_end(ap);
	return lw_fail_in(l->reterr, LW_EINVAL, l->file, line, "%s", message);
}

int lw_intent_no_memory(struct intent_loader *l)
{
	return lw_fail_in(l->reterr, LW_ENOMEM, l->file, 0, "out of memory");
}

static const char *known_keys(const char *const *keys, char *buf, size_t size)
{
	size_t used = 0;

	buf[0] = '\0';
	for (; *keys && used < size; keys++)
		used += (size_t)snprintf(buf + used, size - used, "%s%s", used ? ", " : "", *keys);
	return buf;
}

int lw_intent_keys(struct intent_loader *l, const struct lw_node *n, const char *what,
		   const char *const *keys)
{
	if (n->kind != LW_NODE_MAP)
		return lw_intent_bad(l, n->line, "%.80s is %s, not a map of \"key: value\"", what,
				     lw_node_kind_name(n));
	for (const struct lw_node *c = n->first; c; c = c->next) {
		const char *const *k = keys;
		char known[160];

		while (*k && strcmp(*k, c->key))
			k++;
		if (!*k)
			return lw_intent_bad(l, c->key_line,
					     "unknown key \"%.30s\" in %.30s; known are %s", c->key,
					     what, known_keys(keys, known, sizeof(known)));
	}
	return 0;
}

int lw_intent_text(struct intent_loader *l, const struct lw_node *map, const char *key, bool needed,
		   const char **ret)
{
	const struct lw_node *n = lw_node_get(map, key);

	if (!n || lw_node_empty(n)) {
		if (needed)
			return lw_intent_bad(l, n ? n->line : map->line, "%s is missing", key);
		return 0;
	}
	if (n->kind != LW_NODE_TEXT || !*n->text)
		return lw_intent_bad(l, n->line, "%s is %s, not a text", key,
				     n->kind == LW_NODE_TEXT ? "empty" : lw_node_kind_name(n));
	*ret = n->text;
	return 0;
}

int lw_intent_value(struct intent_loader *l, int line, const char *key, const char *s, double low,
		    double high, double *ret)
{
	char *end;
	double v;

	/* strtod() also takes hexadecimal, infinities and leading blanks */
	errno = 0;
	v = strtod(s, &end);
	if (strspn(s, "0123456789.") != strlen(s) || end == s || *end || errno || !(v >= low) ||
	    v > high)
		return lw_intent_bad(l, line, "%s must be a number from %g to %g, not \"%.40s\"",
				     key, low, high, s);
	*ret = v;
	return 0;
}

int lw_intent_number(struct intent_loader *l, const struct lw_node *map, const char *key,
		     double low, double high, double *ret)
{
	const char *s = NULL;
	int rc = lw_intent_text(l, map, key, false, &s);

	if (rc || !s)
		return rc;
	return lw_intent_value(l, lw_node_get(map, key)->line, key, s, low, high, ret);
}

int lw_intent_whole(struct intent_loader *l, const struct lw_node *map, const char *key,
		    bool needed, uint32_t low, uint32_t high, uint32_t *ret)
{
	const char *s = NULL;
	unsigned long v;
	int rc = lw_intent_text(l, map, key, needed, &s);

	if (rc || !s)
		return rc;
	v = strspn(s, "0123456789") == strlen(s) && strlen(s) < 10 ? strtoul(s, NULL, 10)
								   : high + 1ul;
	if (v < low || v > high)
		return lw_intent_bad(l, lw_node_get(map, key)->line,
				     "%s must be a whole number from %u to %u, not \"%.40s\"", key,
				     low, high, s);
	*ret = (uint32_t)v;
	return 0;
}

int lw_intent_list(struct intent_loader *l, const struct lw_node *map, const char *key, size_t max,
		   const char **ret, size_t *ret_n)
{
	const struct lw_node *n = lw_node_get(map, key);
	size_t i = 0;

	if (!n || lw_node_empty(n))
		return 0;
	if (n->kind == LW_NODE_MAP)
		return lw_intent_bad(l, n->line, "%s is a map, not a list", key);
	if (n->kind == LW_NODE_LIST && (!n->n || n->n > max))
		return lw_intent_bad(l, n->line, "%s lists %zu values; 1 to %zu are taken", key,
				     n->n, max);
	for (const struct lw_node *c = n->kind == LW_NODE_LIST ? n->first : n; c;
	     c = n->kind == LW_NODE_LIST ? c->next : NULL) {
		if (c->kind != LW_NODE_TEXT || !*c->text)
			return lw_intent_bad(l, c->line, "a value of %s is no text", key);
		ret[i++] = c->text;
	}
	*ret_n = i;
	return 0;
}

int lw_intent_form(struct intent_loader *l, const struct lw_node *map, struct lw_cage_group *g)
{
	const char *form = NULL, *lane = NULL, *end = "", *fec;
	enum lw_modulation m;
	uint32_t rate;
	int rc = lw_intent_text(l, map, "form", true, &form);

	if (!rc)
		rc = lw_intent_text(l, map, "max_lane", false, &lane);
	if (rc)
		return rc;
	g->form = lw_form_find(form);
	if (!g->form)
		return lw_intent_bad(
			l, lw_node_get(map, "form")->line,
			"unknown form factor \"%.40s\"; \"lanewise explain forms\" lists "
			"them",
			form);
	if (lane && (lw_rate_parse(lane, &rate, &end) || *end ||
		     lw_lane_signal(rate, &g->max_baud_kbd, &m, &fec)))
		return lw_intent_bad(
			l, lw_node_get(map, "max_lane")->line,
			"max_lane must be a lane rate such as 50G or 100G, not \"%.40s\"", lane);
	return 0;
}
