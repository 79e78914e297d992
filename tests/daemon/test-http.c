/* SPDX-License-Identifier: Apache-2.0 */
/* The server of the API against those who mean it no good: over socket pairs, in virtual time. */
#include "gate.h"
#include "http.h"

#include <arpa/inet.h>
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

#define HOST  "Host: localhost\r\n"
#define JSON  "Content-Type: application/json\r\n"
#define ACT   "{\"action\": \"enable\", \"target\": \"a/1 - b/1\", \"value\": \"off\"}"
#define TOKEN "0123456789abcdef0123456789"
#define CROWD 300

struct bench {
	struct lwd_http http;
	unsigned documents;
};

struct client {
	struct MHD_Daemon *server;
	int fd;
	struct lw_buf got;
};

static const char *const names[] = {"switch.example"};
static const struct lwd_config config = {
	.address = "192.0.2.1", .port = 8480, .names = names, .name_n = 1};

static int listener(void)
{
	struct sockaddr_un a = {.sun_family = AF_UNIX}; /* the kernel chooses its name */
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	assert_true(fd >= 0 && bind(fd, (struct sockaddr *)&a, sizeof(a.sun_family)) == 0 &&
		    listen(fd, 8) == 0);
	return fd;
}

static void take(struct bench *b, enum lwd_kind kind, uint32_t number, const void *p, size_t n)
{
	struct lwd_head h = {kind, number, (uint32_t)n};

	assert_int_equal(lwd_http_take(&b->http, &h, p), 0);
}

/* A link's document of `n` bytes: the list of links has a new version. */
static void new_document(struct bench *b, size_t n)
{
	char *p = malloc(n), text[32];
	int head;

	assert_true(p && n > sizeof(text));
	memset(p, 'x', n);
	head = snprintf(text, sizeof(text), "a/1 - b/1%c{%u ", 0, ++b->documents);
	memcpy(p, text, (size_t)head);
	take(b, LWD_LINK, 0, p, n);
	free(p);
}

static int setup(void **state)
{
	static const uint32_t n[2] = {2, 1};
	struct bench *b = calloc(1, sizeof(*b));

	assert_non_null(b);
	assert_int_equal(
		lwd_http_start(&b->http, &config, listener(), listener(), NULL, NULL, NULL), 0);
	take(b, LWD_RESET, 0, n, sizeof(n));
	new_document(b, 100);
	take(b, LWD_SUMMARY, 0, "{\"links\": 2}", 12);
	lwd_http_tick(&b->http, 1000);
	*state = b;
	return 0;
}

static int teardown(void **state)
{
	struct bench *b = *state;

	lwd_http_finish(&b->http);
	free(b);
	return 0;
}

static struct client come(struct MHD_Daemon *server, const char *from)
{
	struct sockaddr_in a = {.sin_family = AF_INET};
	struct client c = {.server = server};
	int pair[2];

	inet_pton(AF_INET, from, &a.sin_addr);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, pair),
			 0);
	c.fd = pair[0];
	assert_int_equal(MHD_add_connection(server, pair[1], (struct sockaddr *)&a, sizeof(a)),
			 MHD_YES);
	return c;
}

static void say(struct client *c, const char *text)
{
	size_t n = strlen(text);

	while (n) {
		ssize_t sent = send(c->fd, text, n, MSG_NOSIGNAL);

		if (sent < 0 && errno != EAGAIN)
			return; /* the server has had enough; hear() tells */
		if (sent > 0) {
			text += sent;
			n -= (size_t)sent;
		}
		MHD_run(c->server);
	}
}

/* What has come since. @return false: the server has closed */
static bool hear(struct client *c)
{
	char room[65536];
	ssize_t n = 0;
	bool reset = false; /* it closed before it had read all; what it said is still there */

	for (int i = 0; i < 24; i++) { /* the server reads a few KiB at a time */
		MHD_run(c->server);
		while ((n = recv(c->fd, room, sizeof(room), MSG_DONTWAIT)) > 0)
			lw_buf_add(&c->got, room, (size_t)n);
		if (n == 0)
			return false;
		reset = reset || errno == ECONNRESET;
	}
	return !reset;
}

static void leave(struct client *c)
{
	close(c->fd);
	lw_buf_finish(&c->got);
	for (int i = 0; i < 4; i++)
		MHD_run(c->server);
}

/* The status of the first answer, 0: none has come. */
static int status(struct client *c)
{
	int s = 0;

	hear(c);
	sscanf(lw_buf_str(&c->got), "HTTP/1.1 %d", &s);
	return s;
}

/* One request on a connection of its own. */
static int ask(struct bench *b, const char *text)
{
	struct client c = come(b->http.web, "127.0.0.1");
	int s;

	say(&c, text);
	s = status(&c);
	leave(&c);
	return s;
}

static int get(struct bench *b, const char *path, const char *more)
{
	char text[1024];

	snprintf(text, sizeof(text), "GET %s HTTP/1.1\r\n%s\r\n", path, more);
	return ask(b, text);
}

static void post(char *ret, size_t n, const char *path, const char *more, const char *body)
{
	snprintf(ret, n, "POST %s HTTP/1.1\r\n%sContent-Length: %zu\r\n\r\n%s", path, more,
		 strlen(body), body);
}

/* How many questions wait for the core; the last of them. */
static unsigned questions(struct bench *b, struct lwd_head *ret_head, struct lwd_ask *ret)
{
	const struct lw_buf *out = &b->http.out;
	struct lwd_head head;
	size_t at = 0;
	unsigned n = 0;
	int64_t len;

	while ((len = lwd_frame_look(out->s + at, out->len - at, LWD_ASK_MAX, &head)) > 0) {
		assert_int_equal(lwd_ask_parse(out->s + at + sizeof(head), head.n, ret), 0);
		*ret_head = head;
		at += (size_t)len;
		n++;
	}
	return n;
}

static unsigned asked(struct bench *b)
{
	struct lwd_head head;
	struct lwd_ask a;
	unsigned n = questions(b, &head, &a);

	lw_buf_clear(&b->http.out);
	return n;
}

static void answer(struct bench *b, uint32_t number, uint32_t code, const char *text)
{
	char body[100];

	memcpy(body, &code, 4);
	snprintf(body + 4, sizeof(body) - 4, "%s", text);
	take(b, LWD_REPLY, number, body, 4 + strlen(text));
}

/* ---- whom a browser speaks for ---- */

static void names_that_are_not_ours_are_told_apart(void **state)
{
	static const char *const ours[] = {"localhost",      "LOCALHOST:1",  "127.0.0.1:8480",
					   "[::1]:8480",     "[::1]",        "switch.example",
					   "Switch.Example", "192.0.2.1:80", "192.0.2.1"};
	static const char *const others[] = {"",
					     "evil.example",
					     "localhost.evil.example",
					     "127.0.0.1.evil.example",
					     "evil.example:8480",
					     "switch.example.",
					     "xswitch.example",
					     "[::1",
					     "[::2]",
					     "[]",
					     "[",
					     "192.0.2.10",
					     "127.0.0.2"};

	(void)state;
	for (size_t i = 0; i < sizeof(ours) / sizeof(ours[0]); i++)
		if (!lwd_gate_host(&config, ours[i]))
			fail_msg("%s is ours", ours[i]);
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		if (lwd_gate_host(&config, others[i]))
			fail_msg("%s is not ours", others[i]);
	assert_false(lwd_gate_host(&config, NULL));
}

static void pages_of_others_are_told_apart(void **state)
{
	(void)state;
	assert_true(lwd_gate_origin(NULL, "localhost"));
	assert_true(lwd_gate_origin("http://localhost:8480", "localhost:8480"));
	assert_false(lwd_gate_origin("http://localhost:8481", "localhost:8480"));
	assert_false(lwd_gate_origin("http://evil.example", "localhost:8480"));
	assert_false(lwd_gate_origin("null", "localhost:8480"));
	assert_false(lwd_gate_origin("", "localhost:8480"));
	assert_false(lwd_gate_origin("http://localhost", NULL));
	assert_true(lwd_gate_site(NULL, NULL, NULL, true));
	assert_true(lwd_gate_site("none", "navigate", "document", true));
	assert_true(lwd_gate_site("same-origin", "cors", "empty", false));
	/* a link to us */
	assert_true(lwd_gate_site("cross-site", "navigate", "document", true));
	/* a form, a picture, a frame, another port of the same host */
	assert_false(lwd_gate_site("cross-site", "navigate", "document", false));
	assert_false(lwd_gate_site("cross-site", "no-cors", "image", true));
	assert_false(lwd_gate_site("cross-site", "navigate", "iframe", true));
	assert_false(lwd_gate_site("same-site", "no-cors", "script", true));
	assert_false(lwd_gate_site("cross-site", NULL, NULL, true));
}

static void foreign_requests_are_refused_whatever_they_ask(void **state)
{
	static const struct {
		const char *more;
		int status;
	} foreign[] = {
		{"Host: evil.example\r\n", 421},
		{"", 421},
		{HOST "Origin: http://evil.example\r\n", 403},
		{HOST "Origin: null\r\n", 403},
		{HOST "Sec-Fetch-Site: cross-site\r\nSec-Fetch-Mode: no-cors\r\n", 403},
		{HOST "Sec-Fetch-Site: same-site\r\nSec-Fetch-Mode: cors\r\n", 403},
	};
	static const char *const paths[] = {"/", "/api/v1/links", "/metrics", "/api/v1/stream",
					    "/api/v1/preview?cage=a&mode=b"};
	char text[1024], more[400];
	struct bench *b = *state;

	for (size_t i = 0; i < sizeof(foreign) / sizeof(foreign[0]); i++) {
		for (size_t k = 0; k < sizeof(paths) / sizeof(paths[0]); k++)
			assert_int_equal(get(b, paths[k], foreign[i].more), foreign[i].status);
		snprintf(more, sizeof(more), "%s" JSON "Authorization: Bearer " TOKEN "\r\n",
			 foreign[i].more);
		post(text, sizeof(text), "/api/v1/actions", more, ACT);
		assert_int_equal(ask(b, text), foreign[i].status);
	}
	assert_int_equal(asked(b), 0);
}

static void forms_of_foreign_pages_cannot_act(void **state)
{
	static const char *const types[] = {"",
					    "Content-Type: text/plain\r\n",
					    "Content-Type: application/x-www-form-urlencoded\r\n",
					    "Content-Type: multipart/form-data; boundary=x\r\n",
					    "Content-Type: text/plain; application/json\r\n",
					    "Content-Type: application/jsonp\r\n"};
	char text[1024], more[300];
	struct bench *b = *state;

	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		snprintf(more, sizeof(more), HOST "%s", types[i]);
		post(text, sizeof(text), "/api/v1/actions", more, ACT);
		assert_int_equal(ask(b, text), 415);
	}
	assert_int_equal(asked(b), 0);
}

/* ---- what is asked of the core ---- */

static void token_counts_in_its_header_alone(void **state)
{
	static const struct {
		const char *path, *more, *token;
	} sent[] = {
		{"/api/v1/actions?token=" TOKEN, "", ""},
		{"/api/v1/actions", "Cookie: token=" TOKEN "\r\n", ""},
		{"/api/v1/actions", "Authorization: Basic " TOKEN "\r\n", ""},
		{"/api/v1/actions", "Authorization: " TOKEN "\r\n", ""},
		{"/api/v1/actions", "Authorization: Bearer " TOKEN "\r\n", TOKEN},
	};
	char text[1024], more[300];
	struct bench *b = *state;

	for (size_t i = 0; i < sizeof(sent) / sizeof(sent[0]); i++) {
		struct client c = come(b->http.web, "127.0.0.1");
		struct lwd_head head;
		struct lwd_ask a;

		snprintf(more, sizeof(more), HOST JSON "%s", sent[i].more);
		post(text, sizeof(text), sent[i].path, more, ACT);
		say(&c, text);
		assert_int_equal(status(&c), 0); /* the core has not answered */
		assert_int_equal(questions(b, &head, &a), 1);
		assert_string_equal(a.what, "enable");
		assert_string_equal(a.token, sent[i].token);
		assert_string_equal(a.peer, "127.0.0.1");
		lw_buf_clear(&b->http.out);
		answer(b, head.number, 401, "{}");
		assert_int_equal(status(&c), 401);
		assert_non_null(strstr(lw_buf_str(&c.got), "WWW-Authenticate: Bearer"));
		leave(&c);
	}
}

static void socket_for_looking_refuses_every_action(void **state)
{
	static const char *const actions[] = {"enable",  "mode",    "admit",    "fault",
					      "reset",   "prbs",    "firmware", "preview",
					      "publish", "history", ""};
	struct bench *b = *state;
	char text[1024], body[200];

	for (size_t i = 0; i < sizeof(actions) / sizeof(actions[0]); i++) {
		struct client c = come(b->http.local, "127.0.0.1");

		snprintf(body, sizeof(body),
			 "{\"action\": \"%s\", \"target\": \"a\", \"value\": \"b\"}", actions[i]);
		post(text, sizeof(text), "/api/v1/actions",
		     HOST JSON "Authorization: Bearer " TOKEN "\r\n", body);
		say(&c, text);
		assert_int_equal(status(&c), 403);
		leave(&c);
	}
	assert_int_equal(asked(b), 0);
}

static void bodies_that_are_no_action_are_refused(void **state)
{
	static const char *const bodies[] = {
		"",
		"{",
		"[]",
		"{}",
		"null",
		"{\"action\": \"enable\", \"target\": \"a\"}",
		"{\"action\": \"enable\", \"target\": \"a\", \"value\": \"b\", \"more\": 1}",
		"{\"action\": 1, \"target\": \"a\", \"value\": \"b\"}",
		"{\"action\": \"enable\", \"action\": \"mode\", \"target\": \"a\", \"value\": "
		"\"b\"}",
		"{\"action\": \"enable\\u0000x\", \"target\": \"a\", \"value\": \"b\"}",
		"{\"action\": \"enable\", \"target\": \"\xff\xfe\", \"value\": \"b\"}",
		"{\"action\": \"enable\", \"target\": \"a\", \"value\": \"b\"} x",
	};
	struct bench *b = *state;
	char text[2000], deep[800];

	for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++) {
		post(text, sizeof(text), "/api/v1/actions", HOST JSON, bodies[i]);
		if (ask(b, text) != 400)
			fail_msg("%s", bodies[i]);
	}
	memset(deep, '[', sizeof(deep) - 1);
	deep[sizeof(deep) - 1] = '\0';
	post(text, sizeof(text), "/api/v1/actions", HOST JSON, deep);
	assert_int_equal(ask(b, text), 400);
	assert_int_equal(asked(b), 0);
}

static void questions_of_one_peer_are_rationed_and_others_are_served(void **state)
{
	const char *text = "GET /api/v1/preview?cage=a&mode=b HTTP/1.1\r\n" HOST "\r\n";
	struct client many[LWD_PEER_BURST + 5], other;
	struct bench *b = *state;
	unsigned refused = 0;

	for (size_t i = 0; i < LWD_PEER_BURST + 5; i++) {
		many[i] = come(b->http.web, "198.51.100.7");
		say(&many[i], text);
		refused += status(&many[i]) == 429;
	}
	assert_int_equal(refused, 5);
	other = come(b->http.web, "198.51.100.8");
	say(&other, text);
	assert_int_equal(status(&other), 0);
	assert_int_equal(asked(b), LWD_PEER_BURST + 1);
	for (uint32_t i = 1; i <= LWD_PEER_BURST + 1; i++)
		answer(b, i, 200, "{}");
	assert_int_equal(status(&other), 200);
	leave(&other);
	for (size_t i = 0; i < LWD_PEER_BURST + 5; i++)
		leave(&many[i]);
	/* a second later there is more */
	lwd_http_tick(&b->http, 2000);
	other = come(b->http.web, "198.51.100.7");
	say(&other, text);
	assert_int_equal(status(&other), 0);
	leave(&other);
}

static void hosts_of_one_network_share_a_ration(void **state)
{
	static struct lwd_peers p;
	unsigned n = 0;
	char name[46];

	(void)state;
	for (unsigned i = 0; i < 100; i++) {
		snprintf(name, sizeof(name), "2001:db8:1:2::%x", i + 1);
		n += lwd_peer_may_ask(&p, name, 1000);
	}
	assert_int_equal(n, LWD_PEER_BURST);
	assert_true(lwd_peer_may_ask(&p, "2001:db8:1:3::1", 1000));
	/* more peers than are remembered: nobody is refused for that */
	for (unsigned i = 0; i < 3 * LWD_PEERS_MAX; i++) {
		snprintf(name, sizeof(name), "10.0.%u.1", i);
		assert_true(lwd_peer_may_ask(&p, name, 1001 + i));
	}
}

static void metrics_are_asked_for_once_for_all(void **state)
{
	struct client c[40];
	struct lwd_head head;
	struct bench *b = *state;
	struct lwd_ask a;

	for (size_t i = 0; i < 40; i++) {
		c[i] = come(b->http.web, "127.0.0.1");
		say(&c[i], "GET /metrics HTTP/1.1\r\n" HOST "\r\n");
		assert_int_equal(status(&c[i]), 0);
	}
	assert_int_equal(questions(b, &head, &a), 1);
	lw_buf_clear(&b->http.out);
	answer(b, head.number, 200, "# EOF\n");
	for (size_t i = 0; i < 40; i++) {
		assert_int_equal(status(&c[i]), 200);
		assert_non_null(strstr(lw_buf_str(&c[i].got), "\r\n\r\n# EOF\n"));
		leave(&c[i]);
	}
	assert_int_equal(get(b, "/metrics", HOST), 200);
	assert_int_equal(asked(b), 0);
	lwd_http_tick(&b->http, 3000);
	assert_int_equal(get(b, "/metrics", HOST), 0);
	assert_int_equal(asked(b), 1);
}

static void client_that_leaves_before_its_answer_harms_nobody(void **state)
{
	struct bench *b = *state;
	struct client c = come(b->http.web, "127.0.0.1");
	struct lwd_head head = {LWD_REPLY, 77, 4};
	uint32_t wrong = 99;

	say(&c, "GET /api/v1/preview?cage=a&mode=b HTTP/1.1\r\n" HOST "\r\n");
	assert_int_equal(asked(b), 1);
	leave(&c);
	answer(b, 1, 200, "{}");
	answer(b, 1, 200, "{}");
	MHD_run(b->http.web);
	MHD_run(b->http.web);
	assert_null(b->http.waiting);
	assert_int_equal(b->http.web_guests.n, 0);
	/* what no core says */
	assert_int_equal(lwd_http_take(&b->http, &head, (const char *)&wrong), LW_EINVAL);
	head.n = 3;
	assert_int_equal(lwd_http_take(&b->http, &head, (const char *)&wrong), LW_EINVAL);
}

/* ---- what is shown ---- */

static void every_answer_carries_its_guards(void **state)
{
	static const char *const guards[] = {"X-Content-Type-Options: nosniff\r\n",
					     "Content-Security-Policy: default-src 'none'; ",
					     "frame-ancestors 'none'",
					     "Referrer-Policy: no-referrer\r\n",
					     "Cross-Origin-Resource-Policy: same-origin\r\n",
					     "Cross-Origin-Opener-Policy: same-origin\r\n",
					     "Cache-Control: no-store\r\n"};
	static const char *const paths[] = {"/",
					    "/app.js",
					    "/api/v1/links",
					    "/api/v1/summary",
					    "/api/v1/stream",
					    "/nothing",
					    "/api/v1/openapi.json"};
	struct bench *b = *state;
	char text[200];

	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		struct client c = come(b->http.web, "127.0.0.1");

		snprintf(text, sizeof(text), "GET %s HTTP/1.1\r\n" HOST "\r\n", paths[i]);
		say(&c, text);
		assert_int_equal(status(&c), i == 5 ? 404 : 200);
		for (size_t k = 0; k < sizeof(guards) / sizeof(guards[0]); k++)
			if (!strstr(lw_buf_str(&c.got), guards[k]))
				fail_msg("%s lacks %s", paths[i], guards[k]);
		assert_null(strstr(lw_buf_str(&c.got), "Access-Control-"));
		leave(&c);
	}
}

static void methods_but_three_are_refused(void **state)
{
	static const char *const other[] = {"OPTIONS", "TRACE",   "PUT",      "DELETE",
					    "PATCH",   "CONNECT", "PROPFIND", "get"};
	struct bench *b = *state;
	struct client c;
	char text[200];

	for (size_t i = 0; i < sizeof(other) / sizeof(other[0]); i++) {
		c = come(b->http.web, "127.0.0.1");
		snprintf(text, sizeof(text),
			 "%s /api/v1/links HTTP/1.1\r\n" HOST "X-Secret: %s\r\n\r\n", other[i],
			 TOKEN);
		say(&c, text);
		assert_int_equal(status(&c), 405);
		assert_non_null(strstr(lw_buf_str(&c.got), "Allow: GET, HEAD, POST\r\n"));
		assert_null(strstr(lw_buf_str(&c.got), TOKEN));
		leave(&c);
	}
	c = come(b->http.web, "127.0.0.1");
	say(&c, "HEAD /api/v1/links HTTP/1.1\r\n" HOST "\r\nHEAD /api/v1/stream HTTP/1.1\r\n" HOST
		"\r\nHEAD / HTTP/1.1\r\n" HOST "Connection: close\r\n\r\n");
	assert_int_equal(status(&c), 200);
	assert_null(strstr(lw_buf_str(&c.got), "[{"));
	assert_null(strstr(lw_buf_str(&c.got), "retry:"));
	leave(&c);
	assert_int_equal(b->http.stream_n, 0);
}

static void paths_lead_nowhere_else(void **state)
{
	static const char *const paths[] = {"/../d.yaml",
					    "/..%2fd.yaml",
					    "/%2e%2e/tokens",
					    "/%2e%2e%2ftokens",
					    "//etc/passwd",
					    "/etc/passwd",
					    "/..%5c..%5ctokens",
					    "/%c0%ae%c0%ae/tokens",
					    "/..%252ftokens",
					    "/app.js/",
					    "/app.js%00.html",
					    "/./app.js",
					    "/api/v1/links/../../../tokens",
					    "/api/v1/links/%00",
					    "/api/v1/cages/",
					    "/API/V1/LINKS",
					    "/api/v1/links/%0d%0aSet-Cookie:%20a=b"};
	struct bench *b = *state;

	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		int s = get(b, paths[i], HOST);

		/* a NUL ends a path: what stands before it is what is meant */
		if (s != 404 && !(strstr(paths[i], "%00") && s == 200))
			fail_msg("%s: %d", paths[i], s);
	}
	assert_int_equal(asked(b), 0);
}

static void pipelined_requests_are_answered_in_their_order(void **state)
{
	struct bench *b = *state;
	struct client c = come(b->http.web, "127.0.0.1");
	const char *first, *second;
	char text[1000];

	post(text, sizeof(text), "/api/v1/actions", HOST JSON, ACT);
	say(&c, "GET /api/v1/summary HTTP/1.1\r\n" HOST "\r\n");
	say(&c, text);
	say(&c, "GET /api/v1/links HTTP/1.1\r\n" HOST "\r\n");
	hear(&c);
	assert_int_equal(asked(b), 1);
	assert_null(strstr(lw_buf_str(&c.got), "[{"));
	answer(b, 1, 401, "{\"ok\": false}");
	hear(&c);
	first = strstr(lw_buf_str(&c.got), "401");
	second = strstr(lw_buf_str(&c.got), "[{");
	assert_true(first && second && first < second);
	leave(&c);
}

/* ---- those who are slow, and those who are many ---- */

static void slow_requests_are_ended(void **state)
{
	static const char *const begun[] = {
		"", "GET / HTTP/1.1\r\nHost: loc",
		"POST /api/v1/actions HTTP/1.1\r\n" HOST JSON "Content-Length: 2000\r\n\r\n{",
		"POST /api/v1/actions HTTP/1.1\r\n" HOST JSON
		"Transfer-Encoding: chunked\r\n\r\n1\r\n{\r\n",
		"GET /api/v1/summary HTTP/1.1\r\n" HOST "\r\n" /* answered, and idle since */
	};
	struct client c[5], good;
	struct bench *b = *state;

	for (size_t i = 0; i < 5; i++) {
		c[i] = come(b->http.web, "127.0.0.1");
		say(&c[i], begun[i]);
	}
	/* a byte each second: never silent, never done */
	for (int t = 1; t * 1000 < LWD_ASKS_MS; t++) {
		lwd_http_tick(&b->http, 1000 + t * 1000);
		for (size_t i = 1; i < 3; i++)
			say(&c[i], "x");
		for (size_t i = 0; i < 5; i++)
			assert_true(hear(&c[i]));
	}
	lwd_http_tick(&b->http, 1000 + LWD_ASKS_MS);
	for (size_t i = 0; i < 5; i++) {
		assert_false(hear(&c[i]));
		leave(&c[i]);
	}
	assert_int_equal(b->http.web_guests.n, 0);
	good = come(b->http.web, "127.0.0.1");
	say(&good, "GET /api/v1/summary HTTP/1.1\r\n" HOST "\r\n");
	assert_int_equal(status(&good), 200);
	leave(&good);
}

static void crowd_of_slow_clients_takes_no_place_from_others(void **state)
{
	static struct client c[CROWD];
	struct bench *b = *state;

	for (size_t i = 0; i < CROWD; i++) {
		c[i] = come(b->http.web, "127.0.0.1");
		say(&c[i], i % 2 ? "GET / HTTP/1.1\r\nX: " : "");
		if (i % 10 == 0)
			assert_int_equal(get(b, "/api/v1/summary", HOST), 200);
	}
	assert_true(b->http.web_guests.n < LWD_CONNECTIONS_MAX);
	for (size_t i = 0; i < CROWD; i++)
		leave(&c[i]);
}

static void crowd_that_reads_nothing_holds_few_lists(void **state)
{
	static struct client c[100];
	struct client good;
	struct bench *b = *state;

	for (size_t i = 0; i < 100; i++) {
		new_document(b, 1 << 20); /* more than a socket holds */
		c[i] = come(b->http.web, "127.0.0.1");
		say(&c[i], "GET /api/v1/links HTTP/1.1\r\n" HOST "\r\n");
		for (int k = 0; k < 4; k++)
			MHD_run(b->http.web);
		assert_true(b->http.list_n <= 32);
	}
	good = come(b->http.web, "127.0.0.1");
	say(&good, "GET /api/v1/links HTTP/1.1\r\n" HOST "Connection: close\r\n\r\n");
	while (hear(&good))
		;
	assert_true(good.got.len > 1 << 20);
	/* those who are left have a minute */
	lwd_http_tick(&b->http, 1000 + LWD_READS_MS);
	leave(&good);
	for (size_t i = 0; i < 100; i++)
		leave(&c[i]);
	assert_int_equal(b->http.web_guests.n, 0);
	assert_true(b->http.list_n <= 1);
}

static void listener_who_comes_too_often_loses_its_oldest_stream(void **state)
{
	static struct client c[LWD_STREAMS_EACH + 8];
	struct client other;
	struct bench *b = *state;

	other = come(b->http.web, "198.51.100.9");
	say(&other, "GET /api/v1/stream HTTP/1.1\r\n" HOST "\r\n");
	assert_int_equal(status(&other), 200);
	for (size_t i = 0; i < LWD_STREAMS_EACH + 8; i++) {
		c[i] = come(b->http.web, "127.0.0.1");
		say(&c[i], "GET /api/v1/stream HTTP/1.1\r\n" HOST "\r\n");
		assert_int_equal(status(&c[i]), 200);
	}
	assert_int_equal(b->http.stream_n, LWD_STREAMS_EACH + 1);
	new_document(b, 100);
	assert_true(hear(&other) && strstr(lw_buf_str(&other.got), "event: link"));
	for (size_t i = 0; i < LWD_STREAMS_EACH + 8; i++) {
		hear(&c[i]);
		assert_int_equal(strstr(lw_buf_str(&c[i].got), "event: link") != NULL, i >= 8);
		leave(&c[i]);
	}
	leave(&other);
	lwd_http_beat(&b->http);
	for (int i = 0; i < 4; i++)
		MHD_run(b->http.web);
	assert_int_equal(b->http.stream_n, 0);
}

static void listener_who_never_reads_stalls_nobody_and_is_told_to_begin_anew(void **state)
{
	struct bench *b = *state;
	struct client lazy = come(b->http.web, "127.0.0.1"), keen = come(b->http.web, "127.0.0.1");

	say(&lazy, "GET /api/v1/stream HTTP/1.1\r\n" HOST "\r\n");
	say(&keen, "GET /api/v1/stream HTTP/1.1\r\n" HOST "\r\n");
	for (int i = 0; i < 3 * LWD_MESSAGES_MAX; i++) {
		new_document(b, 1000);
		if (i % 16 == 0) /* a message goes out each time the server runs */
			hear(&keen);
	}
	hear(&keen);
	/* every one of them reached who reads */
	assert_true(keen.got.len > 3 * LWD_MESSAGES_MAX * 1000);
	assert_null(strstr(lw_buf_str(&keen.got), "event: reset"));
	for (int i = 0; i < 40; i++)
		hear(&lazy);
	assert_non_null(strstr(lw_buf_str(&lazy.got), "event: reset\ndata: {}"));
	leave(&lazy);
	leave(&keen);
}

static void listener_hears_of_jobs(void **state)
{
	struct bench *b = *state;
	struct client c = come(b->http.web, "127.0.0.1");

	say(&c, "GET /api/v1/stream HTTP/1.1\r\n" HOST "\r\n");
	hear(&c);
	take(b, LWD_JOB, 0, "{\"job\": 1}", 10);
	hear(&c);
	assert_non_null(strstr(lw_buf_str(&c.got), "event: job\ndata: {\"job\": 1}\n\n"));
	leave(&c);
}

/* What a list does not know yet a stream that begins where it ends tells, and nothing before. */
static void stream_goes_on_where_a_list_ends(void **state)
{
	struct bench *b = *state;
	struct client list = come(b->http.web, "127.0.0.1"), c = come(b->http.web, "127.0.0.1"),
		      late = come(b->http.web, "127.0.0.1");
	unsigned long long next = 0;
	const char *at;
	char text[128];

	take(b, LWD_JOB, 0, "{\"job\": 1}", 10);
	say(&list, "GET /api/v1/links HTTP/1.1\r\n" HOST "\r\n");
	hear(&list);
	at = strstr(lw_buf_str(&list.got), "Lanewise-Next: ");
	assert_non_null(at);
	assert_int_equal(sscanf(at, "Lanewise-Next: %llu", &next), 1);
	take(b, LWD_JOB, 0, "{\"job\": 2}", 10);
	snprintf(text, sizeof(text), "GET /api/v1/stream?from=%llu HTTP/1.1\r\n" HOST "\r\n", next);
	say(&c, text);
	hear(&c);
	assert_non_null(strstr(lw_buf_str(&c.got), "{\"job\": 2}"));
	assert_null(strstr(lw_buf_str(&c.got), "{\"job\": 1}"));
	assert_null(strstr(lw_buf_str(&c.got), "event: reset"));
	/* too old, and never told of: all anew */
	for (int i = 0; i < LWD_MESSAGES_MAX; i++)
		take(b, LWD_JOB, 0, "{\"job\": 3}", 10);
	say(&late, text);
	hear(&late);
	assert_non_null(strstr(lw_buf_str(&late.got), "event: reset"));
	assert_null(strstr(lw_buf_str(&late.got), "{\"job\": 2}"));
	leave(&late);
	late = come(b->http.web, "127.0.0.1");
	say(&late, "GET /api/v1/stream?from=987654321 HTTP/1.1\r\n" HOST "\r\n");
	hear(&late);
	assert_non_null(strstr(lw_buf_str(&late.got), "event: reset"));
	leave(&late);
	leave(&c);
	leave(&list);
	/* a list that did not change for long is told anew: streams can still begin there */
	list = come(b->http.web, "127.0.0.1");
	say(&list, "GET /api/v1/links HTTP/1.1\r\n" HOST "\r\n");
	hear(&list);
	at = strstr(lw_buf_str(&list.got), "Lanewise-Next: ");
	assert_non_null(at);
	assert_int_equal(sscanf(at, "Lanewise-Next: %llu", &next), 1);
	assert_true(b->http.shelf.next - next <= LWD_MESSAGES_MAX / 2);
	leave(&list);
}

/* Between a reset and the summary that ends what follows it, lists are not whole. */
static void shelf_is_whole_when_its_summary_has_come(void **state)
{
	static const uint32_t n[2] = {1, 0};
	struct bench *b = *state;

	assert_true(b->http.shelf.whole);
	take(b, LWD_RESET, 0, n, sizeof(n));
	assert_false(b->http.shelf.whole);
	new_document(b, 100);
	assert_false(b->http.shelf.whole);
	take(b, LWD_SUMMARY, 0, "{\"links\": 1}", 12);
	assert_true(b->http.shelf.whole);
}

static void what_is_too_large_is_refused(void **state)
{
	struct bench *b = *state;
	struct client c = come(b->http.web, "127.0.0.1");
	char *big = calloc(1, 100001), text[300];

	assert_non_null(big);
	memset(big, 'x', 100000);
	/* a body that is read to its end, and one that has none */
	say(&c, "POST /api/v1/actions HTTP/1.1\r\n" HOST JSON "Content-Length: 100000\r\n\r\n");
	say(&c, big);
	assert_int_equal(status(&c), 413);
	leave(&c);
	c = come(b->http.web, "127.0.0.1");
	say(&c, "POST /api/v1/actions HTTP/1.1\r\n" HOST JSON "Transfer-Encoding: chunked\r\n\r\n");
	for (int i = 0; i < 12; i++) {
		snprintf(text, sizeof(text), "%x\r\n", 100000);
		say(&c, text);
		say(&c, big);
		say(&c, "\r\n");
	}
	assert_false(hear(&c));
	leave(&c);
	/* a path and a head that no memory is kept for */
	c = come(b->http.web, "127.0.0.1");
	say(&c, "GET /");
	say(&c, big);
	assert_true(status(&c) != 200); /* told why when there is room for that */
	leave(&c);
	c = come(b->http.web, "127.0.0.1");
	say(&c, "GET / HTTP/1.1\r\n" HOST "X: ");
	say(&c, big);
	assert_true(status(&c) != 200);
	leave(&c);
	free(big);
	assert_int_equal(asked(b), 0);
	assert_int_equal(b->http.web_guests.n, 0);
}

int main(void)
{
#define CASE(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_that_are_not_ours_are_told_apart),
		cmocka_unit_test(pages_of_others_are_told_apart),
		CASE(foreign_requests_are_refused_whatever_they_ask),
		CASE(forms_of_foreign_pages_cannot_act),
		CASE(token_counts_in_its_header_alone),
		CASE(socket_for_looking_refuses_every_action),
		CASE(bodies_that_are_no_action_are_refused),
		CASE(questions_of_one_peer_are_rationed_and_others_are_served),
		cmocka_unit_test(hosts_of_one_network_share_a_ration),
		CASE(metrics_are_asked_for_once_for_all),
		CASE(client_that_leaves_before_its_answer_harms_nobody),
		CASE(every_answer_carries_its_guards),
		CASE(methods_but_three_are_refused),
		CASE(paths_lead_nowhere_else),
		CASE(pipelined_requests_are_answered_in_their_order),
		CASE(slow_requests_are_ended),
		CASE(crowd_of_slow_clients_takes_no_place_from_others),
		CASE(crowd_that_reads_nothing_holds_few_lists),
		CASE(listener_who_comes_too_often_loses_its_oldest_stream),
		CASE(listener_hears_of_jobs),
		CASE(stream_goes_on_where_a_list_ends),
		CASE(shelf_is_whole_when_its_summary_has_come),
		CASE(listener_who_never_reads_stalls_nobody_and_is_told_to_begin_anew),
		CASE(what_is_too_large_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
