/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any bytes from a client of the API, in any pieces, with the real server on a socket pair. Nothing
 * acts but a whole and proper POST to the socket for all; what is shown carries its guards; and
 * when the client has left, nothing of it stays. The first two bytes choose the socket, the pieces,
 * what the core replies, and whether the rest are bytes of the wire or the body of an action.
 */
#include "fuzz.h"
#include "http.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

/* Ends the run, and says what did not hold. */
static struct lwd_http http;

struct client {
	struct MHD_Daemon *server;
	int fd;
	uint8_t how;
	bool acted;
	struct lw_buf got;
};

static void take(enum lwd_kind kind, uint32_t number, const void *p, size_t n)
{
	struct lwd_head h = {kind, number, (uint32_t)n};

	require(lwd_http_take(&http, &h, p) == 0);
}

static int listener(void)
{
	struct sockaddr_un a = {.sun_family = AF_UNIX}; /* the kernel chooses its name */
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	require(fd >= 0 && bind(fd, (struct sockaddr *)&a, sizeof(a.sun_family)) == 0 &&
		listen(fd, 8) == 0);
	return fd;
}

static void begin(void)
{
	static const char *const names[] = {"switch.example"};
	static const struct lwd_config config = {
		.address = "127.0.0.1", .port = 8480, .names = names, .name_n = 1};
	static const uint32_t n[2] = {2, 1};
	static const char link[] = "a/1 - b/1\0{\"index\": 0}", cage[] = "a/1\0{\"index\": 0}";

	require(lwd_http_start(&http, &config, listener(), listener(), NULL, NULL, NULL) == 0);
	take(LWD_RESET, 0, n, sizeof(n));
	take(LWD_LINK, 0, link, sizeof(link) - 1);
	take(LWD_CAGE, 0, cage, sizeof(cage) - 1);
	take(LWD_EVENT, 0, "{}", 2);
	take(LWD_SUMMARY, 0, "{\"links\": 2}", 12);
}

/* Be the core: check what it is asked, and reply as the input wants it. */
static void reply(struct client *c)
{
	static const uint32_t status[] = {200, 404, 401, 503};
	struct lw_buf out = http.out;
	struct lwd_head head;
	struct lwd_ask ask;
	char body[80];
	int64_t len;
	size_t at = 0;

	http.out = LW_BUF_INIT;
	while ((len = lwd_frame_look(out.s + at, out.len - at, LWD_ASK_MAX, &head)) > 0) {
		require(lwd_ask_parse(out.s + at + sizeof(head), head.n, &ask) == 0);
		if (*ask.peer) { /* it belongs into the audit */
			require(c->server == http.web);
			c->acted = true;
		} else {
			require(!*ask.token);
		}
		memcpy(body, &status[c->how >> 4 & 3], 4);
		memcpy(body + 4, c->how & 64 ? "# EOF\n" : "{\"a\"}\n", 6);
		take(LWD_REPLY, head.number, body, 10);
		at += (size_t)len;
	}
	require(len == 0 && at == out.len);
	lw_buf_finish(&out);
}

static void run(struct client *c)
{
	char room[16384];
	ssize_t n;

	for (int i = 0; i < 2; i++) {
		require(MHD_run(c->server) == MHD_YES);
		reply(c);
	}
	while ((n = recv(c->fd, room, sizeof(room), MSG_DONTWAIT)) > 0)
		if (c->got.len < 1 << 20)
			lw_buf_add(&c->got, room, (size_t)n);
}

static void send_all(struct client *c, const char *p, size_t n)
{
	size_t piece = c->how & 8 ? 13 : 4096;

	while (n) {
		ssize_t sent = send(c->fd, p, n < piece ? n : piece, MSG_DONTWAIT | MSG_NOSIGNAL);

		if (sent < 0)
			require(errno == EAGAIN || errno == EPIPE || errno == ECONNRESET);
		if (sent < 0 && errno != EAGAIN)
			return; /* the server has had enough */
		if (sent > 0) {
			p += sent;
			n -= (size_t)sent;
		}
		run(c);
	}
}

static unsigned connections(struct MHD_Daemon *d)
{
	return MHD_get_daemon_info(d, MHD_DAEMON_INFO_CURRENT_CONNECTIONS)->num_connections;
}

/* Each answer that shows something forbids what browsers would do with it elsewhere. */
static void check_answers(const char *p)
{
	const char *head = strstr(p, "HTTP/1.1 200");

	if (!head)
		return;
	require(strstr(head, "X-Content-Type-Options: nosniff"));
	require(strstr(head, "Content-Security-Policy: default-src 'none'"));
	require(strstr(head, "Cross-Origin-Resource-Policy: same-origin"));
	require(!strstr(head, "Access-Control-Allow"));
}

/* `p` has at least the parts without which nothing may act. */
static bool may_act(const struct client *c, const char *p)
{
	return c->how & 4 || (strstr(p, "POST") && strstr(p, "actions") && strcasestr(p, "json"));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static bool began;
	struct sockaddr_in from = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(0x7f000001)};
	struct client c = {0};
	char head[200], *text;
	int pair[2], n;

	if (size < 1)
		return 0;
	if (!began)
		begin();
	began = true;
	c.how = data[0];
	c.server = c.how & 1 ? http.local : http.web;
	require(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, pair) == 0);
	c.fd = pair[0];
	require(MHD_add_connection(c.server, pair[1], (struct sockaddr *)&from, sizeof(from)));
	text = malloc(size);
	require(text);
	memcpy(text, data + 1, size - 1);
	text[size - 1] = '\0';
	if (c.how & 4) {
		n = snprintf(head, sizeof(head),
			     "POST /api/v1/actions HTTP/1.1\r\nHost: localhost\r\n"
			     "Content-Type: application/json\r\nContent-Length: %zu\r\n\r\n",
			     size - 1);
		send_all(&c, head, (size_t)n);
	}
	send_all(&c, text, size - 1);
	run(&c);
	require(!c.acted || may_act(&c, text) || memchr(text, '\0', size - 1));
	if (c.got.len)
		check_answers(lw_buf_str(&c.got));
	/* it leaves; who slept is woken to see it */
	if (c.how & 2)
		shutdown(c.fd, SHUT_WR);
	else
		close(c.fd);
	for (int i = 0; i < 8 && (c.how & 2); i++) {
		run(&c);
		lwd_http_beat(&http);
	}
	if (c.how & 2)
		close(c.fd);
	c.fd = -1;
	for (int i = 0; i < 16 && connections(c.server); i++) {
		lwd_http_beat(&http);
		run(&c);
	}
	require(!connections(c.server) && !http.waiting && !http.waiting_n && !http.streams &&
		!http.stream_n);
	lw_buf_finish(&c.got);
	free(text);
	return 0;
}
