/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LW_DAEMON_HTTP_H
#define LW_DAEMON_HTTP_H

#include "config.h"
#include "guest.h"
#include "shelf.h"

#include <microhttpd.h>

/**
 * @file
 * The API's requests (docs/api.md): documents from the shelf, the page, the stream, and what only
 * the core can answer. Runs in the confined process, on one thread.
 */

#define LWD_CONNECTIONS_MAX 256
#define LWD_STREAMS_MAX     128
#define LWD_STREAMS_EACH    32 /**< of one peer: one more ends its oldest */
#define LWD_BODY_MAX        2048

struct lwd_request;
struct lwd_stream;

struct lwd_http {
	const struct lwd_config *config;
	struct lwd_shelf shelf;
	struct lw_buf out;              /**< frames for the core, to be sent */
	struct MHD_Daemon *web, *local; /**< for all; read-only, NULL: none */
	struct lwd_request *waiting;    /**< for the core's reply */
	unsigned waiting_n;
	struct lwd_stream *streams;
	unsigned stream_n;
	uint32_t next_ask;
	int64_t now_ms;
	struct lwd_guests web_guests, local_guests;
	struct lwd_peers peers;
	/* metrics, kept for a second; and the question that is open */
	struct MHD_Response *metrics;
	unsigned metrics_status;
	int64_t metrics_ms;
	uint32_t metrics_ask;
	/* lists as they are shown, made once for each change */
	struct MHD_Response *list[3];
	uint64_t list_version[3];
	uint64_t list_next[3]; /**< message that is the first which they do not know of */
	unsigned list_n;       /**< lists that are in memory, also for those who read slowly */
};

/**
 * Begin to listen: `web` on a bound TCP socket, `local` on a bound Unix socket.
 * @param local  -1: none
 * @param cert,key  PEM text for TLS, NULL: plain
 */
int lwd_http_start(struct lwd_http *h, const struct lwd_config *c, int web, int local,
		   const char *cert, const char *key, struct lw_error *reterr);
void lwd_http_finish(struct lwd_http *h);

/** Take a frame of the core. */
int lwd_http_take(struct lwd_http *h, const struct lwd_head *head, const char *p);

/** Time has come to `now_ms`: call it before the servers run. @return ms until it is due again */
int64_t lwd_http_tick(struct lwd_http *h, int64_t now_ms);

/** Some time has passed: what keeps quiet streams alive. */
void lwd_http_beat(struct lwd_http *h);

/**
 * stream.c: the answer to a request for the stream; NULL when there are too many.
 * @param from  number of the first message, as lists tell it; NULL: the next
 */
struct MHD_Response *lwd_stream_open(struct lwd_http *h, struct MHD_Connection *c, const char *peer,
				     const char *from);
/** New messages are on the shelf. */
void lwd_stream_wake(struct lwd_http *h);

#endif
