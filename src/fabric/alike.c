/* SPDX-License-Identifier: Apache-2.0 */
#include "alike.h"

#include <string.h>

#define FIRST_SLOTS 256u
#define ROWS_MAX    65536u /* a fabric where no two links are alike gains nothing from more */

struct alike_row {
	uint64_t hash;
	struct alike_key key;
	int chosen[2];
	enum lw_verdict verdict;
	struct lw_budget budget;
};

void lw_alike_init(struct alike *a)
{
	*a = (struct alike){.slot_n = FIRST_SLOTS};
	lw_arena_init(&a->arena, 0);
	a->slot = lw_arena_alloc(&a->arena, a->slot_n * sizeof(*a->slot));
}

void lw_alike_finish(struct alike *a)
{
	lw_arena_finish(&a->arena);
}

void lw_alike_key(const struct lw_link_end end[2], const struct lw_link_path *path,
		  struct alike_key *ret)
{
	memset(ret, 0, sizeof(*ret));
	memcpy(ret->end, end, sizeof(ret->end));
	memcpy(&ret->path, path, sizeof(ret->path));
	for (int e = 0; e < 2; e++) {
		/* names, for messages only; the port by what it is, not by where it lies */
		ret->end[e].name = NULL;
		ret->end[e].mode = NULL;
		memcpy(&ret->port[e], end[e].port, sizeof(ret->port[e]));
		ret->end[e].port = NULL;
	}
}

static uint64_t hash_of(const struct alike_key *k)
{
	const unsigned char *s = (const unsigned char *)k;
	uint64_t h = UINT64_C(0x9e3779b97f4a7c15), v;

	for (size_t i = 0; i + sizeof(v) <= sizeof(*k); i += sizeof(v)) {
		memcpy(&v, s + i, sizeof(v));
		h = (h ^ v) * UINT64_C(0xff51afd7ed558ccd);
		h ^= h >> 32;
	}
	return h;
}

/* The slot of the key, or the free one where it belongs. */
static uint32_t *slot_of(const struct alike *a, const struct alike_key *k, uint64_t hash)
{
	size_t i = hash & (a->slot_n - 1);

	while (a->slot[i] && (a->row[a->slot[i] - 1].hash != hash ||
			      memcmp(&a->row[a->slot[i] - 1].key, k, sizeof(*k)) != 0))
		i = (i + 1) & (a->slot_n - 1);
	return &a->slot[i];
}

bool lw_alike_find(const struct alike *a, const struct alike_key *k, struct lw_flink *l)
{
	uint32_t at = a->slot ? *slot_of(a, k, hash_of(k)) : 0;
	const struct alike_row *r = at ? &a->row[at - 1] : NULL;

	if (!r)
		return false;
	l->chosen[0] = r->chosen[0];
	l->chosen[1] = r->chosen[1];
	l->verdict = r->verdict;
	l->budget = r->budget;
	return true;
}

static bool grow(struct alike *a)
{
	uint32_t *slot = lw_arena_alloc(&a->arena, 2 * a->slot_n * sizeof(*slot));

	if (!slot)
		return false;
	a->slot = slot;
	a->slot_n *= 2;
	for (size_t i = 0; i < a->n; i++)
		*slot_of(a, &a->row[i].key, a->row[i].hash) = (uint32_t)i + 1;
	return true;
}

void lw_alike_add(struct alike *a, const struct alike_key *k, const struct lw_flink *l)
{
	struct alike_row *v;

	if (!a->slot || l->findings.n || a->n == ROWS_MAX)
		return;
	if (2 * (a->n + 1) > a->slot_n && !grow(a))
		return;
	v = lw_arena_grow(&a->arena, a->row, &a->cap, a->n + 1, sizeof(*v));
	if (!v)
		return;
	a->row = v;
	v += a->n++;
	v->hash = hash_of(k);
	memcpy(&v->key, k, sizeof(*k));
	v->chosen[0] = l->chosen[0];
	v->chosen[1] = l->chosen[1];
	v->verdict = l->verdict;
	v->budget = l->budget;
	*slot_of(a, k, v->hash) = (uint32_t)a->n;
}
