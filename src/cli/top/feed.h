/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LW_CLI_TOP_FEED_H
#define LW_CLI_TOP_FEED_H

#include "http.h"
#include "model.h"

#include <poll.h>
#include <sys/socket.h>

/*
 * Keeps a model as a daemon tells it: connects, loads all documents, follows the stream, and begins
 * anew when the daemon goes, restarts or stalls. Never blocks but to look up a name, once.
 */

struct top_connection {
	int fd; /* -1: none */
	size_t sent;
	struct lw_buf request, body;
	struct top_http http;
	int64_t until_ms; /* it has failed when nothing comes until then */
};

struct top_feed {
	struct top_model *model;
	char source[300], host[280]; /* for people; for the Host header */
	struct sockaddr_storage address;
	socklen_t address_n;
	struct top_connection stream, load[TOP_LISTS];
	struct top_events events;
	bool follow;       /* not only load once */
	bool loading;      /* documents are on their way; the stream waits so long */
	bool live;         /* the model is as the daemon has it */
	char trouble[224]; /* why not */
	int64_t again_ms;  /* when to begin anew, or to load anew; 0: not at all */
	double now_s;      /* the daemon's clock, as of heard_ms */
	int64_t heard_ms;
};

#define TOP_FEED_FDS (1 + TOP_LISTS)

/*
 * Look up whom to ask. Nothing is connected yet.
 * @param at  "http://HOST:PORT", or the path of a socket
 */
int top_feed_open(struct top_feed *f, struct top_model *m, const char *at, bool follow,
		  struct lw_error *reterr);
void top_feed_close(struct top_feed *f);

/* What to wait for. @return milliseconds after which top_feed_run() wants to be called in any case
 */
int top_feed_wait(struct top_feed *f, int64_t now_ms, struct pollfd fd[TOP_FEED_FDS]);

/* Do what is possible without waiting. */
void top_feed_run(struct top_feed *f, int64_t now_ms);

/* The daemon's clock, as far as it is known. */
double top_feed_now_s(const struct top_feed *f, int64_t now_ms);

#endif
