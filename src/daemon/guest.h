/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LW_DAEMON_GUEST_H
#define LW_DAEMON_GUEST_H

#include "tokens.h"

#include <microhttpd.h>
#include <stddef.h>
#include <stdint.h>

/**
 * @file
 * Who is connected to a server, since when, and for how long they may take. A client that is slow
 * loses its own connection, never a place that another one wants.
 */

/** What a guest is at, and the time it has for that. */
enum lwd_guest_state {
	LWD_GUEST_ASKS,    /**< its request is not whole yet: LWD_ASKS_MS */
	LWD_GUEST_WAITS,   /**< for the core: as long as that takes */
	LWD_GUEST_READS,   /**< an answer: LWD_READS_MS */
	LWD_GUEST_LISTENS, /**< to the stream: as long as it reads */
};

#define LWD_ASKS_MS  30000
#define LWD_READS_MS 60000

struct lwd_guest {
	struct MHD_Connection *connection;
	struct lwd_guest *next, **link; /**< newest first */
	enum lwd_guest_state state;
	int64_t since_ms; /**< of its state */
	char peer[46];    /**< its address, "local" by a Unix socket */
	bool dropped;
};

struct lwd_guests {
	struct lwd_guest *first;
	size_t n, most;
	int64_t now_ms;
};

/**
 * A connection is there; room is made for the next one.
 * @return NULL without memory
 */
struct lwd_guest *lwd_guest_enter(struct lwd_guests *g, struct MHD_Connection *c);
void lwd_guest_leave(struct lwd_guests *g, struct lwd_guest *x);
void lwd_guest_is(struct lwd_guests *g, struct lwd_guest *x, enum lwd_guest_state state);

/** Time has come to `now_ms`: end those that took too long. @return ms until the next one does */
int64_t lwd_guests_tick(struct lwd_guests *g, int64_t now_ms);

/** End the connection that has been in that state for longest. @return whether there was one */
bool lwd_guests_drop(struct lwd_guests *g, enum lwd_guest_state state);

/** How many peers are remembered; who was seen least lately is forgotten for another one. */
#define LWD_PEERS_MAX 64

/** Questions of one peer at once, then a second: a page asks for some when it opens a view. */
#define LWD_PEER_BURST 60
#define LWD_PEER_RATE  20

/** How often each peer may put a question to the core. */
struct lwd_peers {
	struct {
		char name[46];
		struct lwd_token may;
	} v[LWD_PEERS_MAX];
};

/** May it ask the core now? Counts it if so; the hosts of one IPv6 network count as one. */
bool lwd_peer_may_ask(struct lwd_peers *p, const char *peer, int64_t now_ms);

#endif
