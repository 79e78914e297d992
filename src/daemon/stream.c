/* SPDX-License-Identifier: Apache-2.0 */
/* Server-sent events: each listener reads the shelf's messages at its own speed. */
#include "http.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct lwd_stream {
	struct lwd_http *http;
	struct MHD_Connection *connection;
	struct lwd_stream *next, **link;
	uint64_t at; /* message to be sent next */
	size_t sent; /* bytes of `now` */
	char *now;   /* being sent; a copy, for the shelf goes on */
	size_t n;
	bool asleep, beat, over;
	char peer[46];
};

static bool set(struct lwd_stream *s, const char *text, size_t n)
{
	free(s->now);
	s->now = malloc(n);
	if (!s->now)
		return false;
	memcpy(s->now, text, n);
	s->n = n;
	s->sent = 0;
	return true;
}

/* What comes next; false: nothing yet. */
static bool fill(struct lwd_stream *s)
{
	static const char lost[] = "event: reset\ndata: {}\n\n", beat[] = ":\n\n";
	const struct lwd_shelf *shelf = &s->http->shelf;
	const struct lwd_message *m;

	if (shelf->next - s->at > LWD_MESSAGES_MAX) { /* too slow: it has to ask for all anew */
		s->at = shelf->next;
		return set(s, lost, sizeof(lost) - 1);
	}
	if (s->at == shelf->next) {
		if (!s->beat)
			return false;
		s->beat = false;
		return set(s, beat, sizeof(beat) - 1);
	}
	m = &shelf->message[s->at++ % LWD_MESSAGES_MAX];
	return set(s, m->text, m->n);
}

static ssize_t on_room(void *ctx, uint64_t pos, char *to, size_t max)
{
	struct lwd_stream *s = ctx;
	size_t n;

	(void)pos;
	if (s->over)
		return MHD_CONTENT_READER_END_OF_STREAM;
	if (s->sent == s->n && !fill(s)) {
		s->asleep = true;
		MHD_suspend_connection(s->connection);
		return 0;
	}
	n = s->n - s->sent < max ? s->n - s->sent : max;
	memcpy(to, s->now + s->sent, n);
	s->sent += n;
	return (ssize_t)n;
}

static void on_free(void *ctx)
{
	struct lwd_stream *s = ctx;

	*s->link = s->next;
	if (s->next)
		s->next->link = s->link;
	s->http->stream_n--;
	free(s->now);
	free(s);
}

/* Who listens too often loses the oldest of its streams; a page asks for it anew. */
static void make_room(struct lwd_http *h, const char *peer)
{
	struct lwd_stream *oldest = NULL;
	unsigned n = 0;

	for (struct lwd_stream *s = h->streams; s; s = s->next)
		if (!s->over && strcmp(s->peer, peer) == 0) {
			oldest = s; /* the newest is first */
			n++;
		}
	if (n < LWD_STREAMS_EACH)
		return;
	oldest->over = true;
	if (oldest->asleep)
		MHD_resume_connection(oldest->connection);
	oldest->asleep = false;
}

struct MHD_Response *lwd_stream_open(struct lwd_http *h, struct MHD_Connection *c, const char *peer,
				     const char *from)
{
	static const char hello[] = "retry: 1000\n\n";
	struct lwd_stream *s;
	struct MHD_Response *r;

	make_room(h, peer);
	s = h->stream_n < LWD_STREAMS_MAX ? calloc(1, sizeof(*s)) : NULL;
	if (!s)
		return NULL;
	*s = (struct lwd_stream){
		.http = h,
		.connection = c,
		.next = h->streams,
		.link = &h->streams,
		/* a number that is none, too old or of another run: fill() says "reset" */
		.at = from ? strtoull(from, NULL, 10) : h->shelf.next};
	snprintf(s->peer, sizeof(s->peer), "%s", peer);
	if (s->next)
		s->next->link = &s->next;
	h->streams = s;
	h->stream_n++;
	r = MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, 8192, on_room, s, on_free);
	if (!set(s, hello, sizeof(hello) - 1) || !r) {
		if (r)
			MHD_destroy_response(r); /* frees it */
		else
			on_free(s);
		return NULL;
	}
	MHD_add_response_header(r, "Content-Type", "text/event-stream");
	return r;
}

void lwd_stream_wake(struct lwd_http *h)
{
	for (struct lwd_stream *s = h->streams; s; s = s->next)
		if (s->asleep) {
			s->asleep = false;
			MHD_resume_connection(s->connection);
		}
}

void lwd_http_beat(struct lwd_http *h)
{
	for (struct lwd_stream *s = h->streams; s; s = s->next)
		s->beat = true;
	lwd_stream_wake(h);
}
