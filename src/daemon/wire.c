/* SPDX-License-Identifier: Apache-2.0 */
#include "wire.h"

#include <string.h>

void lwd_frame(struct lw_buf *b, enum lwd_kind kind, uint32_t number, const void *p, size_t n)
{
	struct lwd_head h = {.kind = kind, .number = number, .n = (uint32_t)n};

	lw_buf_add(b, (const char *)&h, sizeof(h));
	lw_buf_add(b, p, n);
}

void lwd_frame_ask(struct lw_buf *b, uint32_t number, const struct lwd_ask *ask)
{
	const char *text[LWD_ASK_TEXTS] = {ask->what, ask->target, ask->argument, ask->token,
					   ask->peer};
	struct lwd_head h = {.kind = LWD_ASK, .number = number};

	for (unsigned i = 0; i < LWD_ASK_TEXTS; i++)
		h.n += (uint32_t)strlen(text[i]) + 1;
	lw_buf_add(b, (const char *)&h, sizeof(h));
	for (unsigned i = 0; i < LWD_ASK_TEXTS; i++)
		lw_buf_add(b, text[i], strlen(text[i]) + 1);
}

int64_t lwd_frame_look(const char *p, size_t n, uint32_t max, struct lwd_head *ret)
{
	if (n < sizeof(*ret))
		return 0;
	memcpy(ret, p, sizeof(*ret));
	if (ret->n > max || ret->kind > LWD_HERE)
		return LW_ELIMIT;
	return n >= sizeof(*ret) + ret->n ? (int64_t)(sizeof(*ret) + ret->n) : 0;
}

int lwd_frames_take(struct lw_buf *in, const char *p, size_t n, uint32_t max, lwd_on_frame on,
		    void *ctx)
{
	struct lwd_head head;
	size_t at = 0;
	int64_t len;
	int r = 0;

	lw_buf_add(in, p, n);
	if (in->failed)
		return LW_ENOMEM;
	while (!r && (len = lwd_frame_look(in->s + at, in->len - at, max, &head)) != 0) {
		r = len < 0 ? (int)len : on(ctx, &head, in->s + at + sizeof(head));
		at += len < 0 ? 0 : (size_t)len;
	}
	if (at) {
		memmove(in->s, in->s + at, in->len - at);
		in->len -= at;
	}
	return r;
}

int lwd_ask_parse(const char *p, size_t n, struct lwd_ask *ret)
{
	const char *text[LWD_ASK_TEXTS];

	for (unsigned i = 0; i < LWD_ASK_TEXTS; i++) {
		const char *end = n ? memchr(p, '\0', n) : NULL;

		if (!end)
			return LW_EINVAL;
		text[i] = p;
		n -= (size_t)(end + 1 - p);
		p = end + 1;
	}
	if (n)
		return LW_EINVAL;
	*ret = (struct lwd_ask){text[0], text[1], text[2], text[3], text[4]};
	return 0;
}
