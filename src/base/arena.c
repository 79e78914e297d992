/* SPDX-License-Identifier: Apache-2.0 */
#include <lanewise/arena.h>
#include <stdalign.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define ALIGN alignof(max_align_t)
#define BLOCK 65536

/* The kernel's huge pages; where it has others, the advice does no harm. */
#define HUGE ((size_t)2 << 20)

struct lw_arena_block {
	struct lw_arena_block *next;
	size_t size, used;
	alignas(max_align_t) unsigned char data[];
};

void lw_arena_init(struct lw_arena *a, size_t limit)
{
	*a = (struct lw_arena){.limit = limit};
}

void lw_arena_finish(struct lw_arena *a)
{
	struct lw_arena_block *b = a->head;

	while (b) {
		struct lw_arena_block *next = b->next;

		free(b);
		b = next;
	}
	lw_arena_init(a, a->limit);
}

/* Large blocks are looked through from end to end: huge pages spare misses of the TLB. */
static struct lw_arena_block *new_block(size_t size)
{
	size_t all = sizeof(struct lw_arena_block) + size;
	void *p;

	if (all < HUGE)
		return malloc(all);
	all = (all + HUGE - 1) / HUGE * HUGE;
	p = aligned_alloc(HUGE, all);
	if (p)
		madvise(p, all, MADV_HUGEPAGE);
	return p;
}

/* As much again as there is already, up to a huge page. */
static size_t usual_size(const struct lw_arena *a)
{
	return a->used < BLOCK  ? BLOCK
	       : a->used < HUGE ? a->used
				: HUGE - sizeof(struct lw_arena_block);
}

static struct lw_arena_block *room_for(struct lw_arena *a, size_t size)
{
	struct lw_arena_block *b = a->head;
	size_t usual = usual_size(a), want = size > usual ? size : usual;

	if (b && b->size - b->used >= size)
		return b;
	b = new_block(want);
	if (!b)
		return NULL;
	*b = (struct lw_arena_block){.next = a->head, .size = want};
	/* a block made for one big object goes behind the one still being filled */
	if (size > usual && a->head) {
		b->next = a->head->next;
		a->head->next = b;
	} else {
		a->head = b;
	}
	return b;
}

void *lw_arena_alloc(struct lw_arena *a, size_t size)
{
	struct lw_arena_block *b;
	void *p;

	if (size > SIZE_MAX / 2 || a->failed)
		goto fail;
	size = (size + ALIGN - 1) / ALIGN * ALIGN;
	if (a->limit && size > a->limit - a->used)
		goto fail;
	b = room_for(a, size);
	if (!b)
		goto fail;
	p = b->data + b->used;
	b->used += size;
	a->used += size;
	memset(p, 0, size);
	return p;
fail:
	a->failed = 1;
	return NULL;
}

void *lw_arena_grow(struct lw_arena *a, void *array, size_t *inout_cap, size_t want, size_t size)
{
	size_t cap = *inout_cap ? *inout_cap : 8;
	void *p;

	if (want <= *inout_cap)
		return array;
	while (cap < want)
		cap *= 2;
	if (cap > SIZE_MAX / 4 / size) {
		a->failed = 1;
		return NULL;
	}
	p = lw_arena_alloc(a, cap * size);
	if (!p)
		return NULL;
	if (*inout_cap)
		memcpy(p, array, *inout_cap * size);
	*inout_cap = cap;
	return p;
}

char *lw_arena_strndup(struct lw_arena *a, const char *s, size_t n)
{
	char *p = lw_arena_alloc(a, n + 1);

	if (p && n)
		memcpy(p, s, n);
	return p;
}

char *lw_arena_strdup(struct lw_arena *a, const char *s)
{
	return s ? lw_arena_strndup(a, s, strlen(s)) : NULL;
}

char *lw_arena_vprintf(struct lw_arena *a, const char *fmt, va_list ap)
{
	va_list again;
	char *p;
	int n;

	va_copy(again, ap);
	n = vsnprintf(NULL, 0, fmt, again);
	va_end(again);
	if (n < 0)
		return NULL;
	p = lw_arena_alloc(a, (size_t)n + 1);
	if (p)
		vsnprintf(p, (size_t)n + 1, fmt, ap);
	return p;
}

char *lw_arena_printf(struct lw_arena *a, const char *fmt, ...)
{
	va_list ap;
	char *p;

	va_start(ap, fmt);
	p = lw_arena_vprintf(a, fmt, ap);
	va_end(ap);
	return p;
}
