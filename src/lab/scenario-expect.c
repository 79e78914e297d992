/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The sentences of `expect`:
 *   link ID up|down [within SPAN] [because RULE]
 *   link ID stays up for SPAN
 *   all up [within SPAN]
 *   others untouched [for SPAN]           no link but those the last fault hits
 *   siblings [of ID] untouched [for SPAN] of those, the ones that share a module with them
 */
#include "scenario-internal.h"

#include <stdio.h>
#include <string.h>

/* What is expected at once still takes a module's times. */
#define WITHIN_MS 10000

static int unclear(const struct scene *c, const char *text, int line)
{
	return lw_scene_bad(
		c, line,
		"expect \"%.50s\": write \"link ID down within 5s because RULE\", \"link ID "
		"stays up for 1m\", \"all up within 30s\", \"others untouched\" or "
		"\"siblings untouched for 1m\"",
		text);
}

/* If `*p` goes on with `word` and a blank or the end, step behind it. */
static bool take(const char **p, const char *word)
{
	size_t n = strlen(word);

	if (strncmp(*p, word, n) != 0 || ((*p)[n] && (*p)[n] != ' '))
		return false;
	*p += n;
	*p += strspn(*p, " ");
	return true;
}

static bool take_span(const char **p, struct lw_mono *ret)
{
	size_t n = strcspn(*p, " ");
	char word[32];

	snprintf(word, sizeof(word), "%.*s", (int)n, *p);
	if (n >= sizeof(word) || lw_span_parse(word, ret))
		return false;
	*p += n;
	*p += strspn(*p, " ");
	return true;
}

/* The id of a link may hold blanks: the longest that the fabric has, else all up to a key word. */
static bool take_link(struct scene *c, const char **p, const char **ret)
{
	static const char *const words[] = {" up", " down", " stays", " untouched"};
	const char *end = NULL;
	size_t best = 0;

	for (size_t i = 0; i < c->f->link_n; i++) {
		size_t n = strlen(c->f->links[i].id);

		if (n > best && strncmp(*p, c->f->links[i].id, n) == 0 &&
		    ((*p)[n] == ' ' || !(*p)[n]))
			best = n;
	}
	for (size_t i = 0; !best && i < sizeof(words) / sizeof(words[0]); i++) {
		const char *at = strstr(*p, words[i]);

		if (at && (!end || at < end))
			end = at;
	}
	if (!best && (!end || !strstr(*p, " - ") || strstr(*p, " - ") > end))
		return false;
	if (!best)
		best = (size_t)(end - *p);
	*ret = lw_arena_strndup(c->arena, *p, best);
	*p += best;
	*p += strspn(*p, " ");
	take(p, "is"); /* "link X is down" reads better */
	return *ret != NULL;
}

static bool parse_link(struct scene *c, const char *p, struct lw_expect *x)
{
	if (!take_link(c, &p, &x->link))
		return false;
	if (take(&p, "stays")) {
		x->kind = LW_EXPECT_STAYS_UP;
		return take(&p, "up") && take(&p, "for") && take_span(&p, &x->within) && !*p;
	}
	if (take(&p, "up"))
		x->kind = LW_EXPECT_UP;
	else if (take(&p, "down"))
		x->kind = LW_EXPECT_DOWN;
	else
		return false;
	if (take(&p, "within") && !take_span(&p, &x->within))
		return false;
	if (x->kind == LW_EXPECT_DOWN && take(&p, "because")) {
		x->because = lw_arena_strdup(c->arena, p);
		return x->because && *p && !strchr(p, ' ');
	}
	return !*p;
}

static bool parse_untouched(struct scene *c, const char *p, bool siblings, struct lw_expect *x)
{
	x->kind = siblings ? LW_EXPECT_SIBLINGS : LW_EXPECT_UNTOUCHED;
	if (siblings && take(&p, "of") && !take_link(c, &p, &x->link))
		return false;
	if (!take(&p, "untouched"))
		return false;
	if (take(&p, "for") && !take_span(&p, &x->within))
		return false;
	return !*p;
}

int lw_scene_expect(struct scene *c, const char *text, int line, struct lw_expect *ret)
{
	const char *p = text + strspn(text, " ");
	struct lw_expect x = {.text = text, .line = line, .within = lw_ms(WITHIN_MS)};
	bool ok;

	if (take(&p, "link")) {
		ok = parse_link(c, p, &x);
	} else if (take(&p, "all")) {
		x.kind = LW_EXPECT_ALL_UP;
		ok = take(&p, "up") && (!take(&p, "within") || take_span(&p, &x.within)) && !*p;
	} else if (take(&p, "others")) {
		ok = parse_untouched(c, p, false, &x);
	} else {
		ok = take(&p, "siblings") && parse_untouched(c, p, true, &x);
	}
	if (!ok)
		return unclear(c, text, line);
	*ret = x;
	return 0;
}
