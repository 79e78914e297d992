/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LW_DAEMON_SEND_H
#define LW_DAEMON_SEND_H

#include "plant.h"

#include <uv.h>

/**
 * @file
 * What publishers say, taken to where it belongs: one file for each kind of receiver, behind struct
 * lwd_sender_kind. A receiver that hangs, refuses or is away costs nothing: a publication is made
 * only when the one before it was taken, and says then what changed meanwhile.
 */

struct lwd_sender;

/** A way to send. None of these blocks. */
struct lwd_sender_kind {
	const char *name;      /**< in logs and metrics */
	const char *publisher; /**< who says what is sent */
	/** a new connection is told everything, not only what changed */
	bool afresh;
	/** Begin to connect; lwd_sender_connected() or lwd_sender_fail() is called, now or later.
	 */
	void (*connect)(struct lwd_sender *s);
	/** Send a publication; s->pending says how much of it was not taken yet. */
	void (*send)(struct lwd_sender *s, const char *p, size_t n);
	/** Go on with what is pending; NULL: that goes on by itself. */
	void (*resume)(struct lwd_sender *s);
	/** Close, and release what belongs to the connection. */
	void (*close)(struct lwd_sender *s);
	/** Release all; NULL: nothing is left after close(). */
	void (*finish)(struct lwd_sender *s);
	/** The device that it is told of; NULL: that of the configuration. */
	const char *(*device)(const struct lwd_config *c);
};

enum lwd_sender_state { LWD_SENDER_AWAY, LWD_SENDER_CONNECTING, LWD_SENDER_CONNECTED };

struct lwd_sender {
	const struct lwd_sender_kind *kind;
	const struct lwd_config *config; /**< borrowed */
	uv_loop_t *loop;                 /**< borrowed */
	const struct lw_publisher *publisher;
	struct lw_publish_memory *memory;
	struct lw_publish_sender *told;
	const char *device, *database;
	char to[160], number[24];
	enum lwd_sender_state state;
	size_t pending;    /**< messages that were sent and not taken yet */
	uint64_t progress; /**< when the receiver took something last; times are uv_now()'s */
	uint64_t every, next;
	uint64_t pause, retry; /**< how long until it is tried again; when */
	void *own;             /**< the kind's */
};

#define LWD_SENDERS_MAX 2

struct lwd_senders {
	size_t n;
	struct lwd_sender v[LWD_SENDERS_MAX];
	struct lw_publish_sender told[LWD_SENDERS_MAX]; /**< for metrics and the API */
	char hostname[256];
};

/** Make those that are configured; nothing is opened yet. `s` must stay where it is. */
int lwd_senders_start(struct lwd_senders *s, const struct lwd_config *c, uv_loop_t *loop,
		      struct lw_error *reterr);
/** Go on with another configuration, the same for senders as the one before. */
void lwd_senders_follow(struct lwd_senders *s, const struct lwd_config *c);
/** Connect, publish, go on, give up: what is due. Call it a few times a second. */
void lwd_senders_run(struct lwd_senders *s, const struct lwd_plant *p);
/** Close all; handles are closed by the next turn of the loop. */
void lwd_senders_finish(struct lwd_senders *s);

/* For kinds. */

/** There is a connection; what is sent is taken from now on. */
void lwd_sender_connected(struct lwd_sender *s);
/** `n` messages of those that are pending were taken. */
void lwd_sender_took(struct lwd_sender *s, size_t n);
/** It is of no use: close it, and try again after a pause. */
void lwd_sender_fail(struct lwd_sender *s, const char *why);

extern const struct lwd_sender_kind lwd_sender_redis;
extern const struct lwd_sender_kind lwd_sender_syslog;

#endif
