/* SPDX-License-Identifier: Apache-2.0 */
#include "send.h"

#include "log.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* A receiver that takes nothing for so long is given up, */
#define STALL_MS 5000
/* and tried again after so long, twice as long each time until it takes something. */
#define PAUSE_MS     1000
#define PAUSE_MAX_MS 10000

/* Lines of the log are told at every turn. */
#define SYSLOG_EVERY_MS 200

static void say(const struct lwd_sender *s, enum lwd_level level, const char *state,
		const char *error)
{
	lwd_log(level, "sender", "name", s->kind->name, "to", s->to, "state", state, "error", error,
		NULL);
}

void lwd_sender_connected(struct lwd_sender *s)
{
	s->state = LWD_SENDER_CONNECTED;
	s->next = s->progress = uv_now(s->loop);
	s->told->connections++;
	if (s->kind->afresh)
		lw_publish_memory_forget(s->memory);
}

void lwd_sender_took(struct lwd_sender *s, size_t n)
{
	s->pending -= n < s->pending ? n : s->pending;
	s->progress = uv_now(s->loop);
	s->told->messages += n;
	if (s->pending || s->told->up)
		return;
	s->told->up = true;
	s->told->error[0] = '\0';
	say(s, LWD_NOTICE, "up", NULL);
}

void lwd_sender_fail(struct lwd_sender *s, const char *why)
{
	uint64_t now = uv_now(s->loop);
	/* trouble that lasts is told once */
	if (s->told->up || strncmp(s->told->error, why, sizeof(s->told->error) - 1) != 0)
		say(s, LWD_WARNING, "down", why);
	snprintf(s->told->error, sizeof(s->told->error), "%s", why);
	s->state = LWD_SENDER_AWAY;
	s->pause = s->told->up || !s->pause ? PAUSE_MS : 2 * s->pause;
	if (s->pause > PAUSE_MAX_MS)
		s->pause = PAUSE_MAX_MS;
	s->told->up = false;
	s->retry = now + s->pause;
	s->kind->close(s);
	if (s->kind->afresh)
		s->pending = 0;
}

static void publish(struct lwd_sender *s, const struct lwd_plant *p, const char *hostname)
{
	struct lw_publish_source source = {.engine = &p->stage.engine,
					   .host = &p->host,
					   .device = s->device,
					   .unix_ns = p->wall_ms * 1000000,
					   .version = LW_VERSION,
					   .hostname = hostname,
					   .database = s->database};
	struct lw_buf b = LW_BUF_INIT;
	struct lw_error e;

	if (lw_publish(s->publisher, &source, s->memory, &b, &e))
		lwd_sender_fail(s, e.message);
	else
		s->kind->send(s, lw_buf_str(&b), b.len);
	lw_buf_finish(&b);
}

static void run(struct lwd_sender *s, const struct lwd_plant *p, const char *hostname)
{
	uint64_t now = uv_now(s->loop);

	if (s->state == LWD_SENDER_AWAY && now >= s->retry) {
		s->state = LWD_SENDER_CONNECTING;
		s->progress = now;
		s->kind->connect(s);
	}
	if (s->state == LWD_SENDER_CONNECTED && s->pending && s->kind->resume)
		s->kind->resume(s);
	if ((s->state == LWD_SENDER_CONNECTING ||
	     (s->state == LWD_SENDER_CONNECTED && s->pending)) &&
	    now - s->progress >= STALL_MS) {
		lwd_sender_fail(s, "it does not answer");
	} else if (s->state == LWD_SENDER_CONNECTED && !s->pending && now >= s->next) {
		s->next = now + s->every;
		s->progress = now;
		publish(s, p, hostname);
	}
}

void lwd_senders_run(struct lwd_senders *s, const struct lwd_plant *p)
{
	for (size_t i = 0; i < s->n; i++)
		run(&s->v[i], p, s->hostname);
}

static void follow(struct lwd_sender *s, const struct lwd_config *c)
{
	const char *device = s->kind->device(c);

	s->config = c;
	s->device = device ? device : c->device;
}

void lwd_senders_follow(struct lwd_senders *s, const struct lwd_config *c)
{
	for (size_t i = 0; i < s->n; i++)
		follow(&s->v[i], c);
}

static int add(struct lwd_senders *s, const struct lwd_config *c, uv_loop_t *loop,
	       const struct lwd_sender_kind *kind, const char *socket, const char *address,
	       unsigned port, struct lw_error *reterr)
{
	struct lwd_sender *x = &s->v[s->n];

	if (!socket && !address)
		return 0;
	*x = (struct lwd_sender){.kind = kind, .loop = loop, .told = &s->told[s->n]};
	follow(x, c);
	x->publisher = lw_publisher_find(kind->publisher);
	if (socket)
		snprintf(x->to, sizeof(x->to), "unix:%s", socket);
	else
		snprintf(x->to, sizeof(x->to), "%s port %u", address, port);
	*x->told = (struct lw_publish_sender){.name = kind->name, .to = x->to};
	s->n++;
	return lw_publish_memory_create(&x->memory, reterr);
}

int lwd_senders_start(struct lwd_senders *s, const struct lwd_config *c, uv_loop_t *loop,
		      struct lw_error *reterr)
{
	struct lwd_sender *x;
	int r = 0;

	memset(s, 0, sizeof(*s));
	if (gethostname(s->hostname, sizeof(s->hostname) - 1))
		strcpy(s->hostname, "-");
#if LWD_REDIS
	x = &s->v[s->n];
	r = add(s, c, loop, &lwd_sender_redis, c->redis.socket, c->redis.address, c->redis.port,
		reterr);
	x->every = (uint64_t)(c->redis.every.ns / 1000000);
	snprintf(x->number, sizeof(x->number), "%llu", (unsigned long long)c->redis.db);
	x->database = x->number;
#endif
	if (!r && (c->syslog.socket || c->syslog.address)) {
		x = &s->v[s->n];
		r = add(s, c, loop, &lwd_sender_syslog, c->syslog.socket, c->syslog.address,
			c->syslog.port, reterr);
		x->every = SYSLOG_EVERY_MS;
	}
	if (r)
		lwd_senders_finish(s);
	return r;
}

void lwd_senders_finish(struct lwd_senders *s)
{
	for (size_t i = 0; i < s->n; i++) {
		s->v[i].kind->close(&s->v[i]);
		if (s->v[i].kind->finish)
			s->v[i].kind->finish(&s->v[i]);
		lw_publish_memory_destroy(s->v[i].memory);
	}
	s->n = 0;
}
