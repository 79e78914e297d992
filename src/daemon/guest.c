/* SPDX-License-Identifier: Apache-2.0 */
#include "guest.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

/* Places that are kept free for those who come. */
#define FREE 16

static void peer_of(struct MHD_Connection *c, char *ret, size_t n)
{
	const union MHD_ConnectionInfo *i =
		MHD_get_connection_info(c, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
	const struct sockaddr *a = i ? i->client_addr : NULL;

	snprintf(ret, n, "local");
	if (a && a->sa_family == AF_INET)
		inet_ntop(AF_INET, &((const struct sockaddr_in *)(const void *)a)->sin_addr, ret,
			  (socklen_t)n);
	else if (a && a->sa_family == AF_INET6)
		inet_ntop(AF_INET6, &((const struct sockaddr_in6 *)(const void *)a)->sin6_addr, ret,
			  (socklen_t)n);
}

/* The server sees the end of its socket and closes the connection. */
static void drop(struct lwd_guest *x)
{
	const union MHD_ConnectionInfo *i =
		MHD_get_connection_info(x->connection, MHD_CONNECTION_INFO_CONNECTION_FD);

	if (i && !x->dropped)
		shutdown(i->connect_fd, SHUT_RDWR);
	x->dropped = true;
}

bool lwd_guests_drop(struct lwd_guests *g, enum lwd_guest_state state)
{
	struct lwd_guest *oldest = NULL;

	for (struct lwd_guest *x = g->first; x; x = x->next)
		if (x->state == state && !x->dropped &&
		    (!oldest || x->since_ms <= oldest->since_ms))
			oldest = x;
	if (oldest)
		drop(oldest);
	return oldest != NULL;
}

struct lwd_guest *lwd_guest_enter(struct lwd_guests *g, struct MHD_Connection *c)
{
	struct lwd_guest *x = calloc(1, sizeof(*x));

	if (!x)
		return NULL;
	if (g->n + FREE >= g->most && !lwd_guests_drop(g, LWD_GUEST_ASKS))
		lwd_guests_drop(g, LWD_GUEST_READS);
	x->connection = c;
	x->since_ms = g->now_ms;
	peer_of(c, x->peer, sizeof(x->peer));
	x->next = g->first;
	x->link = &g->first;
	if (x->next)
		x->next->link = &x->next;
	g->first = x;
	g->n++;
	return x;
}

void lwd_guest_leave(struct lwd_guests *g, struct lwd_guest *x)
{
	*x->link = x->next;
	if (x->next)
		x->next->link = x->link;
	g->n--;
	free(x);
}

void lwd_guest_is(struct lwd_guests *g, struct lwd_guest *x, enum lwd_guest_state state)
{
	x->state = state;
	x->since_ms = g->now_ms;
}

int64_t lwd_guests_tick(struct lwd_guests *g, int64_t now_ms)
{
	int64_t next = INT64_MAX;

	g->now_ms = now_ms;
	for (struct lwd_guest *x = g->first; x; x = x->next) {
		int64_t left = x->since_ms - now_ms;

		if (x->dropped || x->state == LWD_GUEST_WAITS || x->state == LWD_GUEST_LISTENS)
			continue;
		left += x->state == LWD_GUEST_ASKS ? LWD_ASKS_MS : LWD_READS_MS;
		if (left <= 0)
			drop(x);
		else if (left < next)
			next = left;
	}
	return next;
}

/* An IPv6 host has as many addresses as it likes: what counts is its network of 64 bits. */
static void bucket_of(const char *peer, char *ret, size_t n)
{
	struct in6_addr a;

	snprintf(ret, n, "%s", peer);
	if (inet_pton(AF_INET6, peer, &a) != 1 || IN6_IS_ADDR_V4MAPPED(&a))
		return;
	memset(a.s6_addr + 8, 0, 8);
	inet_ntop(AF_INET6, &a, ret, (socklen_t)n);
}

bool lwd_peer_may_ask(struct lwd_peers *p, const char *peer, int64_t now_ms)
{
	const struct lw_mono now = lw_ms(now_ms);
	char name[sizeof(p->v[0].name)];
	size_t at = 0;

	bucket_of(peer, name, sizeof(name));
	for (size_t i = 0; i < LWD_PEERS_MAX; i++) {
		if (strcmp(p->v[i].name, name) == 0) {
			at = i;
			break;
		}
		if (!p->v[i].name[0] || p->v[i].may.since.ns < p->v[at].may.since.ns)
			at = i;
		if (!p->v[i].name[0])
			break;
	}
	if (strcmp(p->v[at].name, name) != 0) {
		snprintf(p->v[at].name, sizeof(p->v[at].name), "%s", name);
		p->v[at].may = (struct lwd_token){.left = LWD_PEER_BURST, .since = now};
	}
	return lwd_ration_take(&p->v[at].may, LWD_PEER_BURST, LWD_PEER_RATE, now);
}
