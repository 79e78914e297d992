/* SPDX-License-Identifier: Apache-2.0 */
#include "feed.h"

#include <errno.h>
#include <math.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/un.h>
#include <unistd.h>

/* An answer comes within, */
#define ANSWER_MS 5000
/* a stream says something at least so often (the daemon's beat is 15 s); */
#define SILENCE_MS 40000
/* what failed is tried again so much later, */
#define AGAIN_MS 1000
/* what is not there yet, and what changes in bursts. */
#define SOON_MS 100

static void drop(struct top_connection *c)
{
	if (c->fd >= 0)
		close(c->fd);
	lw_buf_finish(&c->request);
	lw_buf_finish(&c->body);
	top_http_finish(&c->http);
	*c = (struct top_connection){.fd = -1};
}

static void drop_all(struct top_feed *f)
{
	drop(&f->stream);
	for (unsigned i = 0; i < TOP_LISTS; i++)
		drop(&f->load[i]);
	top_events_finish(&f->events);
	f->loading = f->live = false;
}

static void fail(struct top_feed *f, const char *why, int64_t now_ms)
{
	drop_all(f);
	snprintf(f->trouble, sizeof(f->trouble), "%s", why);
	f->again_ms = now_ms + AGAIN_MS;
}

static int resolve(struct top_feed *f, const char *url, struct lw_error *reterr)
{
	const char *rest = url + strlen("http://"), *end = rest + strcspn(rest, "/"), *p = rest;
	struct addrinfo hint = {.ai_socktype = SOCK_STREAM}, *a;
	char host[256], port[8] = "80";
	size_t n;
	int r;

	if (*p == '[')
		p += strcspn(p, "]/");
	p += strcspn(p, ":/");
	n = (size_t)(p - rest);
	if (rest[0] == '[' && n > 2 && rest[n - 1] == ']') {
		rest++;
		n -= 2;
	}
	if (n >= sizeof(host) || !n || (*p == ':' && (size_t)(end - p) >= sizeof(port)) ||
	    (*end && end[1]))
		return lw_fail(reterr, LW_EINVAL, "%.80s is not http://HOST:PORT", url);
	memcpy(host, rest, n);
	host[n] = '\0';
	if (*p == ':')
		snprintf(port, sizeof(port), "%.*s", (int)(end - p - 1), p + 1);
	snprintf(f->host, sizeof(f->host), "%.*s", (int)(end - url - 7), url + 7);
	r = getaddrinfo(host, port, &hint, &a);
	if (r)
		return lw_fail(reterr, LW_EINVAL, "%.80s: %s", url, gai_strerror(r));
	memcpy(&f->address, a->ai_addr, a->ai_addrlen);
	f->address_n = a->ai_addrlen;
	freeaddrinfo(a);
	return 0;
}

int top_feed_open(struct top_feed *f, struct top_model *m, const char *at, bool follow,
		  struct lw_error *reterr)
{
	struct sockaddr_un *u = (void *)&f->address;

	*f = (struct top_feed){.model = m, .follow = follow, .again_ms = 1};
	f->stream.fd = -1;
	for (unsigned i = 0; i < TOP_LISTS; i++)
		f->load[i].fd = -1;
	snprintf(f->source, sizeof(f->source), "%s", at);
	if (strncmp(at, "http://", 7) == 0)
		return resolve(f, at, reterr);
	if (strstr(at, "://"))
		return lw_fail(reterr, LW_ENOTSUP,
			       "%.80s: http:// alone is spoken here; for others use the daemon's "
			       "socket (api: read_only:), for example through ssh -L",
			       at);
	if (strlen(at) >= sizeof(u->sun_path))
		return lw_fail_in(reterr, LW_EINVAL, at, 0, "is too long for a socket");
	u->sun_family = AF_UNIX;
	strcpy(u->sun_path, at);
	f->address_n = sizeof(*u);
	strcpy(f->host, "localhost");
	return 0;
}

void top_feed_close(struct top_feed *f)
{
	drop_all(f);
}

/* Begin to ask for a path. @return 0 or an errno */
static int ask(struct top_feed *f, struct top_connection *c, const char *what, int64_t now_ms)
{
	int r;

	drop(c);
	c->fd = socket(f->address.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (c->fd < 0)
		return errno;
	c->until_ms = now_ms + ANSWER_MS;
	lw_buf_printf(&c->request,
		      "GET /api/v1/%s HTTP/1.1\r\nHost: %s\r\nUser-Agent: lanewise-top\r\n"
		      "Connection: close\r\n\r\n",
		      what, f->host);
	r = connect(c->fd, (const struct sockaddr *)&f->address, f->address_n) ? errno : 0;
	if (c->request.failed)
		r = ENOMEM;
	return r == EINPROGRESS ? 0 : r;
}

static void begin_load(struct top_feed *f, int64_t now_ms)
{
	f->again_ms = 0;
	f->loading = true;
	for (unsigned i = 0; i < TOP_LISTS; i++) {
		int r = ask(f, &f->load[i], top_list_names[i], now_ms);

		if (r) {
			fail(f, strerror(r), now_ms);
			return;
		}
	}
}

static void begin(struct top_feed *f, int64_t now_ms)
{
	int r;

	f->again_ms = 0;
	if (!f->follow) {
		begin_load(f, now_ms);
		return;
	}
	r = ask(f, &f->stream, "stream", now_ms);
	if (r)
		fail(f, strerror(r), now_ms);
}

/*
 * Send and take what can be now.
 * @return 0: go on; 1: the answer is complete; less: it has failed
 */
static int move(struct top_connection *c, int64_t now_ms, int patience_ms, struct lw_error *reterr)
{
	char room[65536];
	ssize_t n;
	int r;

	while (c->sent < c->request.len) {
		n = send(c->fd, c->request.s + c->sent, c->request.len - c->sent, MSG_NOSIGNAL);
		if (n < 0 && (errno == EAGAIN || errno == EINTR || errno == ENOTCONN))
			break;
		if (n < 0)
			return lw_fail(reterr, LW_EIO, "%s", strerror(errno));
		c->sent += (size_t)n;
	}
	for (unsigned turn = 0; c->sent == c->request.len && turn < 64; turn++) {
		n = recv(c->fd, room, sizeof(room), 0);
		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			break;
		if (n < 0)
			return lw_fail(reterr, LW_EIO, "%s", strerror(errno));
		if (n == 0) {
			r = top_http_end(&c->http, reterr);
			return r ? r : 1;
		}
		c->until_ms = now_ms + patience_ms;
		r = top_http_take(&c->http, room, (size_t)n, &c->body, reterr);
		if (r || c->http.at == TOP_HTTP_DONE)
			return r ? r : 1;
	}
	return now_ms >= c->until_ms ? lw_fail(reterr, LW_ETIMEDOUT, "the daemon does not answer")
				     : 0;
}

/* Refused with words: {"error": "..."}. */
static void refused(struct top_feed *f, const struct top_connection *c, int64_t now_ms)
{
	json_t *doc = json_loadb(lw_buf_str(&c->body), c->body.len, 0, NULL);
	char why[160];

	if (*top_text(doc, "error"))
		snprintf(why, sizeof(why), "%.150s", top_text(doc, "error"));
	else
		snprintf(why, sizeof(why), "what answers there is no lanewised (status %d)",
			 c->http.status);
	json_decref(doc);
	fail(f, why, now_ms);
}

static void note_clock(struct top_feed *f, int64_t now_ms)
{
	double now_s = top_number(f->model->list[TOP_SUMMARY], "now_s");

	if (isnan(now_s))
		return;
	/* a summary tells of the last change: the clock may have gone on since */
	if (now_s > top_feed_now_s(f, now_ms) || now_s + 60 < f->now_s) {
		f->now_s = now_s;
		f->heard_ms = now_ms;
	}
}

/* All documents are here, or not yet all. */
static void finish_load(struct top_feed *f, int64_t now_ms)
{
	struct lw_error e;
	bool early = false; /* it has just started and knows nothing yet */

	for (unsigned i = 0; i < TOP_LISTS; i++) {
		if (f->load[i].http.at != TOP_HTTP_DONE)
			return;
		early = early || f->load[i].http.status == 503;
	}
	for (unsigned i = 0; !early && i < TOP_LISTS; i++) {
		struct top_connection *c = &f->load[i];

		if (c->http.status != 200) {
			refused(f, c, now_ms);
			return;
		}
		if (top_model_load(f->model, i, lw_buf_str(&c->body), c->body.len, &e)) {
			fail(f, e.message, now_ms);
			return;
		}
	}
	for (unsigned i = 0; i < TOP_LISTS; i++)
		drop(&f->load[i]);
	f->loading = false;
	f->live = !early;
	f->again_ms = early ? now_ms + SOON_MS : 0;
	if (!early) {
		f->trouble[0] = '\0';
		f->now_s = 0; /* perhaps of another daemon */
		f->heard_ms = now_ms;
		note_clock(f, now_ms);
	}
}

static void run_load(struct top_feed *f, int64_t now_ms)
{
	struct lw_error e;

	for (unsigned i = 0; i < TOP_LISTS; i++) {
		struct top_connection *c = &f->load[i];

		if (c->fd < 0 || c->http.at == TOP_HTTP_DONE)
			continue;
		if (move(c, now_ms, ANSWER_MS, &e) < 0) {
			fail(f, e.message, now_ms);
			return;
		}
	}
	finish_load(f, now_ms);
}

static int on_event(void *ctx, const char *event, const char *data, size_t n)
{
	struct top_feed *f = ctx;

	return top_model_event(f->model, event, data, n, NULL);
}

static void run_stream(struct top_feed *f, int64_t now_ms)
{
	struct top_connection *c = &f->stream;
	struct lw_error e;
	int r = move(c, now_ms, SILENCE_MS, &e);

	if (r > 0 && c->http.status != 200)
		refused(f, c, now_ms);
	else if (r > 0)
		fail(f, "the daemon closed the connection", now_ms);
	else if (r < 0)
		fail(f, e.message, now_ms);
	if (r || c->http.status != 200 || c->http.at == TOP_HTTP_HEAD)
		return;
	if (!f->live) {
		if (!f->again_ms)
			begin_load(f, now_ms);
		return;
	}
	r = top_events_take(&f->events, &c->body, on_event, f);
	if (r < 0) {
		fail(f, "what comes is not of a lanewised", now_ms);
	} else if (r > 0) { /* resets come in bursts */
		f->live = false;
		f->again_ms = now_ms + SOON_MS;
	} else {
		note_clock(f, now_ms);
	}
}

void top_feed_run(struct top_feed *f, int64_t now_ms)
{
	if (f->again_ms && now_ms >= f->again_ms) {
		if (f->follow && f->stream.fd >= 0)
			begin_load(f, now_ms);
		else
			begin(f, now_ms);
	}
	if (f->loading)
		run_load(f, now_ms);
	if (!f->loading && f->stream.fd >= 0 && !f->again_ms)
		run_stream(f, now_ms);
}

static int wait_for(const struct top_connection *c, struct pollfd *fd, int64_t now_ms, int most)
{
	int64_t left = c->until_ms - now_ms;

	*fd = (struct pollfd){.fd = c->fd, .events = c->sent < c->request.len ? POLLOUT : POLLIN};
	if (c->fd < 0)
		return most;
	return left < 0 ? 0 : left < most ? (int)left : most;
}

int top_feed_wait(struct top_feed *f, int64_t now_ms, struct pollfd fd[TOP_FEED_FDS])
{
	int most = 1000;

	if (f->again_ms)
		most = f->again_ms > now_ms ? (int)(f->again_ms - now_ms) : 0;
	for (unsigned i = 0; i < TOP_LISTS; i++) {
		bool waits = f->load[i].fd >= 0 && f->load[i].http.at != TOP_HTTP_DONE;

		fd[i] = (struct pollfd){.fd = -1};
		if (waits)
			most = wait_for(&f->load[i], &fd[i], now_ms, most);
	}
	fd[TOP_LISTS] = (struct pollfd){.fd = -1};
	if (!f->loading && !f->again_ms)
		most = wait_for(&f->stream, &fd[TOP_LISTS], now_ms, most);
	return most;
}

double top_feed_now_s(const struct top_feed *f, int64_t now_ms)
{
	return f->now_s + (f->heard_ms ? (double)(now_ms - f->heard_ms) / 1e3 : 0);
}
