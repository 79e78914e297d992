/* SPDX-License-Identifier: Apache-2.0 */
#include "tell.h"

#include "wire.h"

#include <stdlib.h>
#include <string.h>

void lwd_tell_forget(struct lwd_tell *t)
{
	free(t->link);
	free(t->cage);
	free(t->state);
	free(t->well);
	free(t->cause);
	*t = (struct lwd_tell){.quality = t->quality};
}

/* Room for what is to be told, and nothing told yet. */
static int begin(struct lwd_tell *t, const struct lw_engine *e, struct lw_buf *frames)
{
	uint32_t n[2] = {(uint32_t)e->fabric->link_n, (uint32_t)e->fabric->cage_n};

	lwd_tell_forget(t);
	t->drawn = e->drawn;
	t->link_n = n[0];
	t->cage_n = n[1];
	t->link = calloc(t->link_n + 1, sizeof(*t->link));
	t->cage = calloc(t->cage_n + 1, sizeof(*t->cage));
	t->state = calloc(t->link_n + 1, 1);
	t->well = calloc(t->link_n + 1, sizeof(*t->well));
	t->cause = calloc(t->link_n + 1, sizeof(*t->cause));
	if (!t->link || !t->cage || !t->state || !t->well || !t->cause)
		return LW_ENOMEM;
	lwd_frame(frames, LWD_RESET, 0, n, sizeof(n));
	return frames->failed ? LW_ENOMEM : 0;
}

static void event(const struct lw_engine *e, size_t i, const char *from, const char *cause,
		  int64_t wall_ms, struct lw_buf *frames)
{
	const struct lw_engine_link *x = &e->link[i];
	struct lw_buf doc = LW_BUF_INIT;
	struct lw_json j;

	lw_json_init_line(&j, &doc);
	lw_json_begin_object(&j);
	lw_json_put_int(&j, "at_ms", wall_ms + x->since.ns / 1000000);
	lw_json_put_string(&j, "link", e->fabric->links[i].id);
	lw_json_put_string(&j, "from", from);
	lw_json_put_string(&j, "to", lw_link_state_name(x->state));
	lw_json_put_string(&j, "cause", cause);
	lw_json_end_object(&j);
	if (doc.failed)
		frames->failed = 1;
	lwd_frame(frames, LWD_EVENT, 0, doc.s, doc.len);
	lw_buf_finish(&doc);
}

/* Tell of a link that went up or down, or whose cause is now another one. */
static void change(struct lwd_tell *t, const struct lw_engine *e, size_t i,
		   const struct lw_diagnosis *d, int64_t wall_ms, struct lw_buf *frames,
		   lwd_on_change changed, void *ctx)
{
	const struct lw_engine_link *x = &e->link[i];
	const char *from = lw_link_state_name(t->state[i]), *cause = NULL;
	bool moved = t->state[i] != (uint8_t)x->state;
	/* in the first moments evidence is still coming in */
	bool settled = !lw_mono_before(e->now, lw_mono_add(x->since, lw_ms(LW_ENGINE_SETTLE_MS)));

	if (x->state == LW_LINK_DOWN && d->cause_n)
		cause = d->cause[0].name;
	if (t->known && (moved || (settled && cause && cause != t->cause[i]))) {
		event(e, i, from, cause, wall_ms, frames);
		if (changed)
			changed(ctx, e->fabric->links[i].id, from, lw_link_state_name(x->state),
				cause ? cause : "");
	}
	t->state[i] = (uint8_t)x->state;
	if (moved || settled)
		t->cause[i] = cause;
}

/* A frame of one document: its id, NUL, itself. */
static void named(struct lw_buf *frames, enum lwd_kind kind, size_t number, const char *id,
		  const struct lw_buf *doc)
{
	struct lw_buf b = LW_BUF_INIT;

	lw_buf_add(&b, id, strlen(id) + 1);
	lw_buf_add(&b, doc->s, doc->len);
	if (b.failed || doc->failed)
		frames->failed = 1;
	lwd_frame(frames, kind, (uint32_t)number, b.s, b.len);
	lw_buf_finish(&b);
}

static int links(struct lwd_tell *t, const struct lw_engine *e, const struct lw_why_host *host,
		 int64_t wall_ms, struct lw_buf *frames, lwd_on_change changed, void *ctx)
{
	const struct lw_diagnosis *d = NULL;
	struct lw_buf doc = LW_BUF_INIT;
	struct lw_arena arena;
	int r = 0;

	lw_arena_init(&arena, 0);
	for (size_t i = 0; !r && i < t->link_n; i++) {
		if (t->link[i] == lwd_mark_link(e, i, t->well[i]))
			continue;
		lw_buf_clear(&doc);
		r = lwd_doc_link(e, i, host, &arena, &d, &doc);
		if (!r) {
			change(t, e, i, d, wall_ms, frames, changed, ctx);
			t->well[i] = d->cause_n == 0;
			t->link[i] = lwd_mark_link(e, i, t->well[i]);
		}
		named(frames, LWD_LINK, i, e->fabric->links[i].id, &doc);
		lw_arena_finish(&arena);
		lw_arena_init(&arena, 0);
	}
	t->known = true;
	lw_arena_finish(&arena);
	lw_buf_finish(&doc);
	return r;
}

static int cages(struct lwd_tell *t, const struct lw_engine *e, struct lw_buf *frames)
{
	struct lw_buf doc = LW_BUF_INIT;
	struct lw_arena arena;
	int r = 0;

	lw_arena_init(&arena, 0);
	for (size_t i = 0; !r && i < t->cage_n; i++) {
		uint64_t mark = lwd_mark_cage(e, i, t->quality);

		if (mark == t->cage[i])
			continue;
		t->cage[i] = mark;
		lw_buf_clear(&doc);
		r = lwd_doc_cage(e, i, t->quality, &arena, &doc);
		named(frames, LWD_CAGE, i, e->fabric->cages[i].id, &doc);
		lw_arena_finish(&arena);
		lw_arena_init(&arena, 0);
	}
	lw_arena_finish(&arena);
	lw_buf_finish(&doc);
	return r;
}

int lwd_tell(struct lwd_tell *t, const struct lw_engine *e, const struct lw_why_host *host,
	     int64_t wall_ms, struct lw_buf *frames, lwd_on_change changed, void *ctx)
{
	size_t before = frames->len;
	struct lw_buf doc = LW_BUF_INIT;
	int r = 0;

	if (!t->link || t->drawn != e->drawn)
		r = begin(t, e, frames);
	if (!r)
		r = links(t, e, host, wall_ms, frames, changed, ctx);
	if (!r)
		r = cages(t, e, frames);
	if (!r && frames->len != before) {
		r = lwd_doc_summary(e, wall_ms, &doc);
		if (!r)
			lwd_frame(frames, LWD_SUMMARY, 0, doc.s, doc.len);
		lw_buf_finish(&doc);
	}
	if (!r && frames->failed)
		r = LW_ENOMEM;
	if (r)
		lwd_tell_forget(t);
	return r;
}
