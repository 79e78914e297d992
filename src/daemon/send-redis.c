/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SONiC's STATE_DB to a redis-server. The publisher's commands go out as they are; a new connection
 * is told everything, and what lies in our tables and is not ours any more is removed.
 */
#include "file.h"
#include "send.h"

#include <hiredis/async.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* hiredis' descriptor on our loop. */
struct wire {
	uv_poll_t poll;
	redisAsyncContext *ac; /* NULL: it is no more */
	int events;
};

struct redis {
	redisAsyncContext *ac; /* NULL: not connected */
	bool said;             /* something was published */
	bool swept;            /* stale keys were looked for */
};

static void on_poll(uv_poll_t *h, int status, int events)
{
	struct wire *w = h->data;

	/* of a socket that fails hiredis learns the reason when it uses it */
	if (w->ac && (status < 0 || events & UV_READABLE))
		redisAsyncHandleRead(w->ac);
	if (w->ac && (status < 0 || events & UV_WRITABLE))
		redisAsyncHandleWrite(w->ac);
}

static void watch(struct wire *w, int events)
{
	w->events = events;
	if (events)
		uv_poll_start(&w->poll, events, on_poll);
	else
		uv_poll_stop(&w->poll);
}

static void add_read(void *p)
{
	watch(p, ((struct wire *)p)->events | UV_READABLE);
}

static void del_read(void *p)
{
	watch(p, ((struct wire *)p)->events & ~UV_READABLE);
}

static void add_write(void *p)
{
	watch(p, ((struct wire *)p)->events | UV_WRITABLE);
}

static void del_write(void *p)
{
	watch(p, ((struct wire *)p)->events & ~UV_WRITABLE);
}

static void on_closed(uv_handle_t *h)
{
	free(h->data);
}

static void cleanup(void *p)
{
	struct wire *w = p;

	w->ac = NULL;
	uv_close((uv_handle_t *)&w->poll, on_closed);
}

static int attach(redisAsyncContext *ac, uv_loop_t *loop)
{
	struct wire *w = calloc(1, sizeof(*w));

	if (!w || uv_poll_init(loop, &w->poll, ac->c.fd)) {
		free(w);
		return -1;
	}
	w->ac = ac;
	w->poll.data = w;
	ac->ev.data = w;
	ac->ev.addRead = add_read;
	ac->ev.delRead = del_read;
	ac->ev.addWrite = add_write;
	ac->ev.delWrite = del_write;
	ac->ev.cleanup = cleanup;
	return 0;
}

/* Callbacks of a connection that was given up come late. */
static struct lwd_sender *sender_of(const redisAsyncContext *ac)
{
	struct lwd_sender *s = ac->data;
	const struct redis *r = s->own;

	return r && r->ac == ac ? s : NULL;
}

static bool is_error(const redisReply *r, const char **ret)
{
	if (r->type == REDIS_REPLY_ERROR) {
		*ret = r->str;
		return true;
	}
	/* what EXEC says is a list */
	for (size_t i = 0; r->type == REDIS_REPLY_ARRAY && i < r->elements; i++)
		if (r->element[i]->type == REDIS_REPLY_ERROR) {
			*ret = r->element[i]->str;
			return true;
		}
	return false;
}

/* @return the sender if a command was taken */
static struct lwd_sender *taken(redisAsyncContext *ac, const redisReply *r)
{
	struct lwd_sender *s = sender_of(ac);
	const char *why;

	if (!s || !r) /* without a reply: the connection ends, which on_disconnect() tells */
		return NULL;
	if (is_error(r, &why)) {
		lwd_sender_fail(s, why);
		return NULL;
	}
	return s;
}

static void sweep(struct lwd_sender *s, const char *cursor);

static void on_reply(redisAsyncContext *ac, void *reply, void *priv)
{
	struct lwd_sender *s = taken(ac, reply);
	struct redis *r = s ? s->own : NULL;

	(void)priv;
	if (!s)
		return;
	lwd_sender_took(s, 1);
	if (!s->pending && r->said && !r->swept) {
		r->swept = true;
		sweep(s, "0");
	}
}

static void command(struct lwd_sender *s, redisCallbackFn *fn, int n, const char **arg)
{
	struct redis *r = s->own;

	if (redisAsyncCommandArgv(r->ac, fn, NULL, n, arg, NULL) == REDIS_OK)
		s->pending++;
}

/* Is it a hash of one of our tables that we do not hold? */
static bool is_stale(const struct lwd_sender *s, const redisReply *key)
{
	const char *bar = key->type == REDIS_REPLY_STRING ? strchr(key->str, '|') : NULL;
	size_t n, len = bar ? (size_t)(bar - key->str) : 0;
	const char *const *tables = lw_publish_sonic_tables(&n);

	for (size_t i = 0; bar && i < n; i++)
		if (strlen(tables[i]) == len && memcmp(tables[i], key->str, len) == 0)
			return !lw_publish_memory_holds(s->memory, key->str);
	return false;
}

static void on_keys(redisAsyncContext *ac, void *reply, void *priv)
{
	struct lwd_sender *s = taken(ac, reply);
	const redisReply *r = reply, *keys;

	(void)priv;
	if (!s)
		return;
	if (r->type != REDIS_REPLY_ARRAY || r->elements != 2 ||
	    r->element[0]->type != REDIS_REPLY_STRING || r->element[1]->type != REDIS_REPLY_ARRAY) {
		lwd_sender_fail(s, "what SCAN answered is no list of keys");
		return;
	}
	keys = r->element[1];
	for (size_t i = 0; i < keys->elements; i++)
		if (is_stale(s, keys->element[i]))
			command(s, on_reply, 2, (const char *[]){"DEL", keys->element[i]->str});
	if (strcmp(r->element[0]->str, "0") != 0)
		sweep(s, r->element[0]->str);
	lwd_sender_took(s, 1);
}

/* Look for keys that somebody left, as many as are there at once. */
static void sweep(struct lwd_sender *s, const char *cursor)
{
	command(s, on_keys, 6,
		(const char *[]){"SCAN", cursor, "MATCH", "TRANSCEIVER_*", "COUNT", "500"});
}

/* @return the length of the command that `p` begins with, 0: it is none */
static size_t length(const char *p, size_t n)
{
	size_t at = 0;
	long words, len;
	char *end;

	if (!n || p[0] != '*')
		return 0;
	words = strtol(p + 1, &end, 10);
	at = (size_t)(end - p) + 2;
	for (; words > 0 && at < n; words--) {
		len = strtol(p + at + 1, &end, 10);
		at = (size_t)(end - p) + 2 + (size_t)len + 2;
	}
	return words == 0 && at <= n ? at : 0;
}

static void send_commands(struct lwd_sender *s, const char *p, size_t n)
{
	struct redis *r = s->own;
	size_t len;

	r->said = true;
	if (!n) /* is it still there? */
		command(s, on_reply, 1, (const char *[]){"PING"});
	for (; n; p += len, n -= len) {
		len = length(p, n);
		if (!len || redisAsyncFormattedCommand(r->ac, on_reply, NULL, p, len) != REDIS_OK) {
			lwd_sender_fail(s, "a publication cannot be sent");
			return;
		}
		s->pending++;
	}
}

/* It may speak with us: what it takes is still to be seen. */
static void on_auth(redisAsyncContext *ac, void *reply, void *priv)
{
	struct lwd_sender *s = taken(ac, reply);

	(void)priv;
	if (s)
		s->pending--;
}

/* The password is read at each connection: it may have been changed. */
static void authenticate(struct lwd_sender *s)
{
	const struct lwd_redis *c = &s->config->redis;
	const char *arg[3] = {"AUTH", c->user, NULL};
	struct lw_error e;
	char *text = NULL;
	size_t n;

	if (!c->password)
		return;
	if (lwd_file_secret(c->password, &text, &n, &e)) {
		char why[500];

		snprintf(why, sizeof(why), "%s: %s", c->password, e.message);
		lwd_sender_fail(s, why);
		return;
	}
	text[strcspn(text, "\r\n")] = '\0';
	arg[c->user ? 2 : 1] = text;
	command(s, on_auth, c->user ? 3 : 2, arg);
	memset(text, 0, n);
	free(text);
}

static void on_connect(const redisAsyncContext *ac, int status)
{
	struct lwd_sender *s = sender_of(ac);

	if (!s)
		return;
	if (status != REDIS_OK) {
		((struct redis *)s->own)->ac = NULL; /* hiredis releases it by itself */
		lwd_sender_fail(s, ac->c.errstr);
		return;
	}
	lwd_sender_connected(s);
}

static void on_disconnect(const redisAsyncContext *ac, int status)
{
	struct lwd_sender *s = sender_of(ac);

	(void)status;
	if (!s)
		return;
	((struct redis *)s->own)->ac = NULL;
	lwd_sender_fail(s, *ac->c.errstr ? ac->c.errstr : "the server has left");
}

static void begin(struct lwd_sender *s)
{
	const struct lwd_redis *c = &s->config->redis;
	struct redis *r = s->own ? s->own : calloc(1, sizeof(*r));
	redisAsyncContext *ac;

	s->own = r;
	ac = !r          ? NULL
	     : c->socket ? redisAsyncConnectUnix(c->socket)
			 : redisAsyncConnect(c->address, c->port);
	if (!ac) {
		lwd_sender_fail(s, "out of memory");
		return;
	}
	ac->data = s;
	r->said = r->swept = false;
	if (ac->err || attach(ac, s->loop)) {
		lwd_sender_fail(s, ac->err ? ac->errstr : "its socket cannot be watched");
		redisAsyncFree(ac);
		return;
	}
	r->ac = ac;
	redisAsyncSetConnectCallback(ac, on_connect);
	redisAsyncSetDisconnectCallback(ac, on_disconnect);
	authenticate(s);
}

static void end(struct lwd_sender *s)
{
	struct redis *r = s->own;
	redisAsyncContext *ac = r ? r->ac : NULL;

	if (!ac)
		return;
	r->ac = NULL; /* what it still calls is not ours any more */
	redisAsyncFree(ac);
}

static void finish(struct lwd_sender *s)
{
	free(s->own);
	s->own = NULL;
}

static const char *device(const struct lwd_config *c)
{
	return c->redis.device;
}

const struct lwd_sender_kind lwd_sender_redis = {
	.name = "redis",
	.publisher = "sonic",
	.afresh = true,
	.connect = begin,
	.send = send_commands,
	.close = end,
	.finish = finish,
	.device = device,
};
