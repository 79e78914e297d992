/* SPDX-License-Identifier: Apache-2.0 */
#include <lanewise/error.h>
#include <lanewise/index.h>
#include <string.h>

struct lw_index_slot {
	const char *key; /* NULL: free */
	uint32_t hash, value;
};

#define FIRST_CAP 64

void lw_index_init(struct lw_index *x, struct lw_arena *arena)
{
	*x = (struct lw_index){.arena = arena};
}

/* FNV-1a, folded once more so that near texts do not lie beside each other. */
static uint32_t hash_of(const char *s)
{
	uint32_t h = UINT32_C(2166136261);

	for (; *s; s++)
		h = (h ^ (unsigned char)*s) * UINT32_C(16777619);
	h ^= h >> 15;
	return h * UINT32_C(2246822519);
}

/* The slot of `key`, or the free one where it belongs. */
static struct lw_index_slot *slot_of(const struct lw_index *x, const char *key, uint32_t hash)
{
	size_t i = hash & (x->cap - 1);

	while (x->slot[i].key && (x->slot[i].hash != hash || strcmp(x->slot[i].key, key) != 0))
		i = (i + 1) & (x->cap - 1);
	return &x->slot[i];
}

uint32_t lw_index_get(const struct lw_index *x, const char *key)
{
	const struct lw_index_slot *s = x->cap ? slot_of(x, key, hash_of(key)) : NULL;

	return s && s->key ? s->value : LW_INDEX_NONE;
}

/* Twice the slots: at most half of them are ever taken. */
static int grow(struct lw_index *x)
{
	struct lw_index old = *x;

	x->cap = old.cap ? old.cap * 2 : FIRST_CAP;
	x->slot = lw_arena_alloc(x->arena, x->cap * sizeof(*x->slot));
	if (!x->slot) {
		*x = old;
		return LW_ENOMEM;
	}
	for (size_t i = 0; i < old.cap; i++)
		if (old.slot[i].key)
			*slot_of(x, old.slot[i].key, old.slot[i].hash) = old.slot[i];
	return 0;
}

int lw_index_put(struct lw_index *x, const char *key, uint32_t value, uint32_t *ret)
{
	uint32_t hash = hash_of(key);
	struct lw_index_slot *s;

	if (x->n * 2 >= x->cap && grow(x))
		return LW_ENOMEM;
	s = slot_of(x, key, hash);
	if (s->key) {
		if (ret)
			*ret = s->value;
		return 0;
	}
	s->key = lw_arena_strdup(x->arena, key);
	if (!s->key)
		return LW_ENOMEM;
	s->hash = hash;
	s->value = value;
	x->n++;
	if (ret)
		*ret = value;
	return 1;
}
