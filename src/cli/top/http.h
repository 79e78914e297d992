/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LW_CLI_TOP_HTTP_H
#define LW_CLI_TOP_HTTP_H

#include <lanewise/buf.h>
#include <lanewise/error.h>
#include <stdbool.h>
#include <stdint.h>

/*
 * Reads the answer of an HTTP/1.1 server piece by piece (RFC 9112), and server-sent events in it
 * (HTML, "Server-sent events"). Whatever comes, it takes a bounded amount of memory. Pure.
 */

struct top_http {
	enum {
		TOP_HTTP_HEAD,
		TOP_HTTP_SIZE,
		TOP_HTTP_BODY,
		TOP_HTTP_CRLF,
		TOP_HTTP_TRAILER,
		TOP_HTTP_DONE
	} at;
	int status; /* 200 ...; 0: not known yet */
	bool chunked;
	int64_t left;       /* bytes of the body or chunk to come; -1: until the server closes */
	struct lw_buf line; /* the line that is being read */
	unsigned head;      /* bytes of the head so far */
};

void top_http_finish(struct top_http *h);

/*
 * Take bytes of the server; what belongs to the body is appended to `body`.
 * @return 0, LW_EINVAL: that is no HTTP, LW_ENOMEM
 */
int top_http_take(struct top_http *h, const char *p, size_t n, struct lw_buf *body,
		  struct lw_error *reterr);

/* The server closed. @return 0: the answer is complete; LW_ESHORT */
int top_http_end(struct top_http *h, struct lw_error *reterr);

/* Called for each event; `data` is valid until it returns. @return not 0: stop */
typedef int (*top_on_event)(void *ctx, const char *event, const char *data, size_t n);

struct top_events {
	struct lw_buf name, data;
};

void top_events_finish(struct top_events *e);

/*
 * Take the whole lines of `text` and leave the rest in it.
 * @return 0, what `on` returned, LW_ENOMEM, LW_ELIMIT: a line or event beyond 64 MiB
 */
int top_events_take(struct top_events *e, struct lw_buf *text, top_on_event on, void *ctx);

#endif
