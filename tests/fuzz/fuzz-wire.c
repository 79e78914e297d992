/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any bytes on the socket between the two processes, in any pieces and both ways: what is handed on
 * is the same however the bytes were cut, every question has its texts, and the shelf holds what it
 * was sent. The first byte chooses the direction and how the rest is cut.
 */
#include "fuzz.h"
#include "shelf.h"

#include <lanewise/digest.h>
#include <string.h>

/* What a reader was handed: how many frames, and a hash of them. */
struct seen {
	struct lwd_shelf *shelf; /* NULL: questions */
	unsigned n;
	uint64_t hash;
};

static void check_docs(struct lwd_docs *d)
{
	const struct lw_buf *all = lwd_docs_all(d);

	require(all && all->len >= 3 && all->s[0] == '[');
	for (size_t i = 0; i < d->n && i < 64; i++) {
		const struct lwd_doc *found;

		if (!d->v || !d->v[i].id)
			continue;
		found = lwd_docs_find(d, d->v[i].id);
		require(found && strcmp(found->id, d->v[i].id) == 0);
	}
}

/* A question that was understood is one that could have been asked. */
static void check_ask(const struct lwd_head *h, const char *p)
{
	struct lw_buf again = LW_BUF_INIT;
	struct lwd_ask a;

	if (lwd_ask_parse(p, h->n, &a))
		return;
	lwd_frame_ask(&again, h->number, &a);
	require(!again.failed && again.len == sizeof(*h) + h->n);
	require(memcmp(again.s + sizeof(*h), p, h->n) == 0);
	lw_buf_finish(&again);
}

static int on_frame(void *ctx, const struct lwd_head *h, const char *p)
{
	struct seen *s = ctx;

	s->n++;
	s->hash = lw_digest(lw_digest(s->hash, h, sizeof(*h)), p, h->n);
	if (!s->shelf) {
		check_ask(h, p);
		return h->kind == LWD_ASK || h->kind == LWD_HERE ? 0 : LW_EINVAL;
	}
	return h->kind == LWD_REPLY ? 0 : lwd_shelf_take(s->shelf, h, p);
}

/* Hand `n` bytes over in pieces of the lengths that `cut` yields. @return what ended it */
static int feed(struct seen *s, const uint8_t *p, size_t n, unsigned cut, uint32_t max)
{
	struct lw_buf in = LW_BUF_INIT;
	int r = 0;

	for (size_t at = 0; !r && at < n;) {
		size_t piece = cut ? 1 + (at * 7 + cut) % (2 * cut) : n;

		if (piece > n - at)
			piece = n - at;
		r = lwd_frames_take(&in, (const char *)p + at, piece, max, on_frame, s);
		at += piece;
		require(r || in.len < sizeof(struct lwd_head) + max);
	}
	lw_buf_finish(&in);
	return r;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct lwd_shelf shelf;
	uint8_t how = size ? data[0] : 0;
	uint32_t max = how & 1 ? LWD_FRAME_MAX : LWD_ASK_MAX;
	struct seen whole = {0}, pieces = {0};
	int r, again;

	if (!size)
		return 0;
	if (how & 1) {
		lwd_shelf_init(&shelf);
		whole.shelf = &shelf;
	}
	r = feed(&whole, data + 1, size - 1, 0, max);
	if (whole.shelf) {
		check_docs(&shelf.links);
		check_docs(&shelf.cages);
		check_docs(&shelf.events);
		lwd_shelf_finish(&shelf);
		lwd_shelf_init(&shelf);
		pieces.shelf = &shelf;
	}
	again = feed(&pieces, data + 1, size - 1, 1 + (how >> 1), max);
	require(r == again && whole.n == pieces.n && whole.hash == pieces.hash);
	if (pieces.shelf)
		lwd_shelf_finish(&shelf);
	return 0;
}
