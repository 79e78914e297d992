/* SPDX-License-Identifier: Apache-2.0 */
/* What was said last: a table of texts with open addressing. */
#include "memory.h"

#include <stdlib.h>
#include <string.h>

struct lw_publish_memory {
	struct lw_said *slot;
	size_t n, cap; /* a power of two, at least twice `n`; or 0 */
};

int lw_publish_memory_create(struct lw_publish_memory **ret, struct lw_error *reterr)
{
	struct lw_publish_memory *m = calloc(1, sizeof(*m));

	if (!m)
		return lw_fail(reterr, LW_ENOMEM, "out of memory");
	*ret = m;
	return 0;
}

void lw_publish_memory_forget(struct lw_publish_memory *m)
{
	for (size_t i = 0; i < m->cap; i++)
		free(m->slot[i].key);
	free(m->slot);
	*m = (struct lw_publish_memory){0};
}

void lw_publish_memory_destroy(struct lw_publish_memory *m)
{
	if (!m)
		return;
	lw_publish_memory_forget(m);
	free(m);
}

static struct lw_said *place(struct lw_said *slot, size_t cap, const char *key)
{
	size_t i = (size_t)lw_digest(LW_DIGEST_START, key, strlen(key));

	for (;; i++) {
		struct lw_said *s = &slot[i & (cap - 1)];

		if (!s->key || strcmp(s->key, key) == 0)
			return s;
	}
}

static bool grow(struct lw_publish_memory *m)
{
	size_t cap = m->cap ? 2 * m->cap : 64;
	struct lw_said *slot = calloc(cap, sizeof(*slot));

	if (!slot)
		return false;
	for (size_t i = 0; i < m->cap; i++)
		if (m->slot[i].key)
			*place(slot, cap, m->slot[i].key) = m->slot[i];
	free(m->slot);
	m->slot = slot;
	m->cap = cap;
	return true;
}

struct lw_said *lw_said_get(struct lw_publish_memory *m, const char *key)
{
	struct lw_said *s;

	if (2 * (m->n + 1) > m->cap && !grow(m))
		return NULL;
	s = place(m->slot, m->cap, key);
	if (!s->key) {
		s->key = strdup(key);
		if (!s->key)
			return NULL;
		m->n++;
	}
	return s;
}

bool lw_publish_memory_holds(struct lw_publish_memory *m, const char *key)
{
	const struct lw_said *s = m->cap ? place(m->slot, m->cap, key) : NULL;

	return s && s->key && s->live;
}

struct lw_said *lw_said_next(struct lw_publish_memory *m, struct lw_said *before)
{
	size_t i = before ? (size_t)(before - m->slot) + 1 : 0;

	for (; i < m->cap; i++)
		if (m->slot[i].key)
			return &m->slot[i];
	return NULL;
}
