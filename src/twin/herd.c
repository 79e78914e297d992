/* SPDX-License-Identifier: Apache-2.0 */
#include "herd.h"

#include <stdlib.h>
#include <string.h>

/* So many are asked for at once: the arena gives them huge pages. */
#define HERD 64

/* So many live alone, also those that find no herd: what reads or writes beyond one of these is
 * found by a sanitizer. */
#define ALONE 64

struct lw_spare {
	struct lw_spare *next;
};

static struct lw_herd *herd_of(struct lw_herds *h, size_t size)
{
	struct lw_herd *x = h->herd;

	while (x < h->herd + LW_HERDS_MAX && x->size && x->size != size)
		x++;
	if (x == h->herd + LW_HERDS_MAX)
		return NULL;
	x->size = size;
	return x;
}

void *lw_herd_take(struct lw_herds *h, size_t size, bool *ret_alone)
{
	struct lw_herd *x = h->alone < ALONE ? NULL : herd_of(h, size);
	struct lw_spare *s;
	void *p;

	*ret_alone = !x;
	if (!x) {
		p = calloc(1, size);
		h->alone += p != NULL;
		return p;
	}
	s = x->spare;
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
	struct lw_spare *s = p;
	struct lw_herd *x;

	if (alone) {
		h->alone--;
		free(p);
		return;
	}
	x = herd_of(h, size);
	s->next = x->spare;
	x->spare = s;
}

void lw_herds_finish(struct lw_herds *h)
{
	lw_arena_finish(&h->arena);
	*h = (struct lw_herds){0};
}
