/* SPDX-License-Identifier: Apache-2.0 */
#include "http.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define HEAD_MAX  65536u
#define EVENT_MAX (64u << 20)
/* No answer of a daemon is longer: all links of the largest fabric take less. */
#define BODY_MAX (INT64_C(1) << 30)

void top_http_finish(struct top_http *h)
{
	lw_buf_finish(&h->line);
	*h = (struct top_http){0};
}

static int garbled(struct lw_error *reterr)
{
	return lw_fail(reterr, LW_EINVAL, "what answers there is no web server");
}

/* "Name: value": @return the value, or NULL */
static const char *value_of(const char *line, const char *name)
{
	size_t n = strlen(name);

	if (strncasecmp(line, name, n) != 0 || line[n] != ':')
		return NULL;
	line += n + 1;
	return line + strspn(line, " \t");
}

/* Digits alone, of which the rest of the line is blank or an extension of a chunk. */
static int64_t size_of(const char *s, int base)
{
	char *end;
	unsigned long long v;

	if (!strchr("0123456789abcdefABCDEF", *s) || !*s)
		return -1;
	v = strtoull(s, &end, base);
	return *end && !strchr(" \t;", *end)      ? -1
	       : v > (unsigned long long)BODY_MAX ? -1
						  : (int64_t)v;
}

static void begin_body(struct top_http *h)
{
	if (h->status == 100) { /* the real one follows */
		h->status = 0;
		h->head = 0;
		return;
	}
	h->at = h->chunked ? TOP_HTTP_SIZE : h->left == 0 ? TOP_HTTP_DONE : TOP_HTTP_BODY;
}

static int head_line(struct top_http *h, const char *line)
{
	const char *v;

	if (!h->status) {
		if (strncmp(line, "HTTP/1.", 7) != 0 || strlen(line) < 12 || line[8] != ' ')
			return -1;
		h->status = (int)strtol(line + 9, NULL, 10);
		h->left = -1;
		h->chunked = false;
		return h->status >= 100 && h->status <= 599 ? 0 : -1;
	}
	if (!*line) {
		begin_body(h);
		return 0;
	}
	v = value_of(line, "Content-Length");
	if (v) {
		h->left = size_of(v, 10);
		return h->left < 0 ? -1 : 0;
	}
	v = value_of(line, "Transfer-Encoding");
	if (v)
		h->chunked = strcasecmp(v, "chunked") == 0;
	return v && !h->chunked ? -1 : 0;
}

/* A whole line outside of the body. */
static int take_line(struct top_http *h, const char *line)
{
	switch (h->at) {
	case TOP_HTTP_HEAD:
		return head_line(h, line);
	case TOP_HTTP_SIZE:
		h->left = size_of(line, 16);
		h->at = h->left ? TOP_HTTP_BODY : TOP_HTTP_TRAILER;
		return h->left < 0 ? -1 : 0;
	case TOP_HTTP_CRLF:
		h->at = TOP_HTTP_SIZE;
		return *line ? -1 : 0;
	default:
		if (!*line)
			h->at = TOP_HTTP_DONE;
		return 0;
	}
}

/* Bytes of a line. @return bytes used, 0: it makes no sense */
static size_t line_bytes(struct top_http *h, const char *p, size_t n)
{
	const char *end = memchr(p, '\n', n);
	size_t used = end ? (size_t)(end - p) + 1 : n;
	int r = 0;

	if (used > HEAD_MAX - h->head)
		return 0;
	/* a stream of events has any number of chunks, and their sizes are no head */
	h->head = h->at == TOP_HTTP_HEAD || !end ? h->head + (unsigned)used : 0;
	lw_buf_add(&h->line, p, end ? used - 1 : used);
	if (end) {
		if (h->line.len && h->line.s[h->line.len - 1] == '\r')
			h->line.s[--h->line.len] = '\0';
		r = take_line(h, lw_buf_str(&h->line));
		lw_buf_clear(&h->line);
	}
	return r || h->line.failed ? 0 : used;
}

int top_http_take(struct top_http *h, const char *p, size_t n, struct lw_buf *body,
		  struct lw_error *reterr)
{
	while (n && h->at != TOP_HTTP_DONE) {
		size_t used = n;

		if (h->at != TOP_HTTP_BODY) {
			used = line_bytes(h, p, n);
			if (!used)
				return garbled(reterr);
		} else {
			if (h->left >= 0 && (int64_t)used > h->left)
				used = (size_t)h->left;
			lw_buf_add(body, p, used);
			if (h->left >= 0)
				h->left -= (int64_t)used;
			if (h->left == 0)
				h->at = h->chunked ? TOP_HTTP_CRLF : TOP_HTTP_DONE;
			if (body->failed || body->len > (size_t)BODY_MAX)
				return lw_fail(reterr, LW_ENOMEM, "out of memory");
		}
		p += used;
		n -= used;
	}
	return 0;
}

int top_http_end(struct top_http *h, struct lw_error *reterr)
{
	if (h->at == TOP_HTTP_BODY && h->left < 0 && !h->chunked)
		h->at = TOP_HTTP_DONE;
	return h->at == TOP_HTTP_DONE
		       ? 0
		       : lw_fail(reterr, LW_ESHORT, "the daemon closed the connection");
}

void top_events_finish(struct top_events *e)
{
	lw_buf_finish(&e->name);
	lw_buf_finish(&e->data);
}

static int event_line(struct top_events *e, const char *line, size_t n, top_on_event on, void *ctx)
{
	int r = 0;

	if (n && line[n - 1] == '\r')
		n--;
	if (!n) { /* the end of an event; comments alone are none */
		if (e->data.len)
			r = on(ctx, e->name.len ? e->name.s : "message", e->data.s, e->data.len);
		lw_buf_clear(&e->name);
		lw_buf_clear(&e->data);
	} else if (n >= 6 && memcmp(line, "event:", 6) == 0) {
		size_t skip = n > 6 && line[6] == ' ' ? 7 : 6;

		lw_buf_clear(&e->name);
		lw_buf_add(&e->name, line + skip, n - skip);
	} else if (n >= 5 && memcmp(line, "data:", 5) == 0) {
		size_t skip = n > 5 && line[5] == ' ' ? 6 : 5;

		if (e->data.len)
			lw_buf_putc(&e->data, '\n');
		lw_buf_add(&e->data, line + skip, n - skip);
	}
	if (e->data.len > EVENT_MAX)
		return LW_ELIMIT;
	return r ? r : e->name.failed || e->data.failed ? LW_ENOMEM : 0;
}

int top_events_take(struct top_events *e, struct lw_buf *text, top_on_event on, void *ctx)
{
	struct lw_buf rest = LW_BUF_INIT;
	size_t at = 0;
	int r = 0;

	while (!r && at < text->len) {
		const char *line = text->s + at, *end = memchr(line, '\n', text->len - at);

		if (!end)
			break;
		at += (size_t)(end - line) + 1;
		r = event_line(e, line, (size_t)(end - line), on, ctx);
	}
	if (!r && text->len - at > EVENT_MAX)
		r = LW_ELIMIT;
	if (at) {
		lw_buf_add(&rest, text->s + at, text->len - at);
		if (rest.failed)
			r = LW_ENOMEM;
		lw_buf_finish(text);
		*text = rest;
	}
	return r;
}
