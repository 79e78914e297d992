/* SPDX-License-Identifier: Apache-2.0 */
#include "intents.h"

#include <stdlib.h>
#include <string.h>

static bool read_time(const char *text, struct lw_mono *ret)
{
	char *end = NULL;
	double t = strtod(text, &end);

	if (!*text || *end || !(t >= 0 && t <= 4e7))
		return false;
	*ret = (struct lw_mono){(int64_t)(t * 1e9)};
	return true;
}

static bool copy(char *to, size_t size, const char *from, size_t n)
{
	if (!n || n >= size)
		return false;
	memcpy(to, from, n);
	to[n] = '\0';
	return true;
}

int cli_intents_add(struct cli_intents *x, enum cli_intent_kind kind, const char *text)
{
	struct cli_intent it = {.kind = kind};
	const char *at = strrchr(text, '@'), *equals = strchr(text, '=');
	const char *end = at ? at : text + strlen(text);

	if (x->n == CLI_INTENTS_MAX || (at && !read_time(at + 1, &it.at)))
		return -1;
	if (kind == CLI_INTENT_MODE) {
		if (!equals || equals >= end ||
		    !copy(it.mode, sizeof(it.mode), equals + 1, (size_t)(end - equals) - 1))
			return -1;
		end = equals;
	}
	if (!copy(it.place, sizeof(it.place), text, (size_t)(end - text)))
		return -1;
	x->v[x->n++] = it;
	return 0;
}

struct lw_mono cli_intents_end(const struct cli_intents *x)
{
	struct lw_mono end = {0};

	for (size_t i = 0; i < x->n; i++)
		if (lw_mono_before(end, x->v[i].at))
			end = x->v[i].at;
	return end;
}

/* Is that a name of the link: its id, or the port at one of its ends? */
static bool is_named(const struct lw_fabric *f, const struct lw_flink *l, const char *name)
{
	const char *colon = strrchr(name, ':');
	char *end = NULL;

	if (strcmp(l->id, name) == 0)
		return true;
	for (unsigned k = 0; k < 2; k++) {
		const char *cage = f->cages[l->cage[k]].id;
		size_t n = strlen(cage);

		if (strncmp(cage, name, n) != 0)
			continue;
		if (!name[n] && f->cages[l->cage[k]].mode.n == 1)
			return true;
		if (colon == name + n && strtoul(colon + 1, &end, 10) == l->port[k] + 1u &&
		    end != colon + 1 && !*end)
			return true;
	}
	return false;
}

static int tell_link(const struct cli_intent *it, struct lw_engine *e, struct lw_mono now,
		     struct lw_error *reterr)
{
	size_t n = 0;

	for (size_t i = 0; i < e->fabric->link_n; i++) {
		if (!is_named(e->fabric, &e->fabric->links[i], it->place))
			continue;
		lw_engine_want(e, i, it->kind == CLI_INTENT_ON, now);
		n++;
	}
	return n ? 0
		 : lw_fail(reterr, LW_EINVAL,
			   "no link \"%s\": name it as the table does, or one of its ends "
			   "(leaf1/swp1:2)",
			   it->place);
}

static int tell_mode(const struct cli_intent *it, struct lw_stage *s, struct lw_mono now,
		     struct lw_error *reterr)
{
	int cage = lw_fabric_cage_find(s->engine.planned, it->place);

	if (cage < 0)
		return lw_fail(reterr, LW_EINVAL, "no cage \"%s\"", it->place);
	return s->lab.world ? lw_stage_mode(s, cage, it->mode, now, reterr)
			    : lw_engine_mode(&s->engine, cage, it->mode, now, reterr);
}

int cli_intents_run(struct cli_intents *x, struct lw_stage *s, struct lw_mono now,
		    struct lw_mono *ret_next, struct lw_error *reterr)
{
	for (;;) {
		struct cli_intent *first = NULL;
		int r;

		for (size_t i = 0; i < x->n; i++)
			if (!x->v[i].done && (!first || lw_mono_before(x->v[i].at, first->at)))
				first = &x->v[i];
		*ret_next = first ? first->at : LW_NEVER;
		if (!first || lw_mono_before(now, first->at))
			return 0;
		first->done = true;
		r = first->kind == CLI_INTENT_MODE ? tell_mode(first, s, now, reterr)
						   : tell_link(first, &s->engine, now, reterr);
		if (r)
			return r;
	}
}
