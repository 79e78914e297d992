/* SPDX-License-Identifier: Apache-2.0 */
#include "herd.h"

#include <stdlib.h>
#include <string.h>

/* So many are asked for at once: the arena gives them huge pages. */
#define HERD 64

/* So many live alone: what reads or writes beyond one of these is found by a sanitizer. */
#define ALONE 32

struct lw_spare {
	struct lw_spare *next;
};

static struct lw_herd *herd_of(struct lw_herds *h, size_t size)
{
	struct lw_herd *x = h->herd;

	while (x->size && x->size != size)
		x++;
	x->size = size;
	return x;
}

void *lw_herd_take(struct lw_herds *h, size_t size, bool *ret_alone)
{
	struct lw_herd *x = herd_of(h, size);
	struct lw_spare *s = x->spare;
	void *p;

	*ret_alone = h->alone < ALONE;
	if (*ret_alone) {
		p = calloc(1, size);
		h->alone += p != NULL;
		return p;
	}
	if (s) {
		x->spare = s->next;
		return memset(s, 0, size);
	}
	if (!x->left) {
		x->next = lw_arena_alloc(&h->arena, HERD * size);
		x->left = x->next ? HERD : 0;
	}
	if (!x->left)
		return NULL;
	p = x->next;
	x->next += size;
	x->left--;
	return p;
}

void lw_herd_give(struct lw_herds *h, void *p, size_t size, bool alone)
{
	struct lw_herd *x = herd_of(h, size);
	struct lw_spare *s = p;

	if (alone) {
		h->alone--;
		free(p);
		return;
	}
	s->next = x->spare;
	x->spare = s;
}

void lw_herds_finish(struct lw_herds *h)
{
	lw_arena_finish(&h->arena);
	*h = (struct lw_herds){0};
}
