/* SPDX-License-Identifier: Apache-2.0 */
#include "api.h"

#include "confine.h"
#include "http.h"
#include "log.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#define BEAT_MS 15000

static int listen_tcp(const struct lwd_config *c, struct lw_error *reterr)
{
	struct addrinfo hint = {.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV | AI_PASSIVE,
				.ai_socktype = SOCK_STREAM},
			*a;
	char port[8];
	int on = 1, fd = -1, r, sys;

	snprintf(port, sizeof(port), "%u", c->port);
	r = getaddrinfo(c->address, port, &hint, &a);
	if (r)
		return lw_fail(reterr, LW_EINVAL, "api: address: %.60s is no address (%s)",
			       c->address, gai_strerror(r));
	fd = socket(a->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd >= 0)
		setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	r = fd < 0 || bind(fd, a->ai_addr, a->ai_addrlen) || listen(fd, 128);
	sys = errno;
	freeaddrinfo(a);
	if (!r)
		return fd;
	if (fd >= 0)
		close(fd);
	lw_fail(reterr, LW_EIO, "cannot listen on %.60s port %u: %s", c->address, c->port,
		strerror(sys));
	return -1;
}

int lwd_api_try(const struct lwd_config *c, struct lw_error *reterr)
{
	int fd = listen_tcp(c, reterr);

	if (fd < 0)
		return LW_EIO;
	close(fd);
	return 0;
}

/* Port 0 lets the kernel choose one. */
static unsigned port_of(int fd)
{
	union {
		struct sockaddr any;
		struct sockaddr_in v4;
		struct sockaddr_in6 v6;
	} a = {0};
	socklen_t n = sizeof(a);

	if (getsockname(fd, &a.any, &n))
		return 0;
	return ntohs(a.any.sa_family == AF_INET6 ? a.v6.sin6_port : a.v4.sin_port);
}

/* Does a server listen there? */
static bool is_served(const struct sockaddr_un *a)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	bool ok = fd >= 0 &&
		  (connect(fd, (const struct sockaddr *)a, sizeof(*a)) == 0 || errno == EAGAIN);

	if (fd >= 0)
		close(fd);
	return ok;
}

/* A socket that a dead server left is replaced. */
static int listen_unix(const char *path, struct lw_error *reterr)
{
	struct sockaddr_un a = {.sun_family = AF_UNIX};
	struct stat st;
	int fd;

	if (strlen(path) >= sizeof(a.sun_path)) {
		lw_fail_in(reterr, LW_EINVAL, path, 0, "is too long for a socket");
		return -1;
	}
	strcpy(a.sun_path, path);
	if (is_served(&a)) {
		lw_fail_in(reterr, LW_EIO, path, 0, "another server listens there");
		return -1;
	}
	if (lstat(path, &st) == 0 && S_ISSOCK(st.st_mode))
		unlink(path);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd >= 0 && bind(fd, (struct sockaddr *)&a, sizeof(a)) == 0 && chmod(path, 0666) == 0 &&
	    listen(fd, 128) == 0)
		return fd;
	lw_fail_in(reterr, LW_EIO, path, 0, "cannot listen: %s", strerror(errno));
	if (fd >= 0)
		close(fd);
	return -1;
}

struct api {
	struct lwd_http http;
	int core;
	struct lw_buf in;
	size_t out_at;
};

static int on_frame(void *ctx, const struct lwd_head *h, const char *p)
{
	return lwd_http_take(ctx, h, p);
}

/* Take what the core sent. @return -1: it is gone, or speaks nonsense */
static int receive(struct api *a)
{
	static char room[1 << 16];
	ssize_t n = recv(a->core, room, sizeof(room), MSG_DONTWAIT);

	if (n <= 0)
		return n < 0 && (errno == EAGAIN || errno == EINTR) ? 0 : -1;
	return lwd_frames_take(&a->in, room, (size_t)n, LWD_FRAME_MAX, on_frame, &a->http) ? -1 : 0;
}

/* Wait until all is known that there is: nobody is shown a part of it. @return as receive() */
static int catch_up(struct api *a)
{
	struct pollfd fd = {.fd = a->core, .events = POLLIN};

	while (!a->http.shelf.whole) {
		if (poll(&fd, 1, -1) < 0 && errno != EINTR)
			return -1;
		if (receive(a))
			return -1;
	}
	return 0;
}

static int send_out(struct api *a)
{
	struct lw_buf *out = &a->http.out;
	ssize_t n;

	if (out->failed)
		return -1;
	if (a->out_at == out->len)
		return 0;
	n = send(a->core, out->s + a->out_at, out->len - a->out_at, MSG_DONTWAIT | MSG_NOSIGNAL);
	if (n < 0)
		return errno == EAGAIN || errno == EINTR ? 0 : -1;
	a->out_at += (size_t)n;
	if (a->out_at == out->len) {
		lw_buf_clear(out);
		a->out_at = 0;
	}
	return 0;
}

static int epoll_of(struct MHD_Daemon *d)
{
	return MHD_get_daemon_info(d, MHD_DAEMON_INFO_EPOLL_FD)->epoll_fd;
}

static int wait_of(struct MHD_Daemon *d, int most)
{
	MHD_UNSIGNED_LONG_LONG ms;

	return MHD_get_timeout(d, &ms) == MHD_YES && ms < (unsigned)most ? (int)ms : most;
}

static int64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void loop(struct api *a)
{
	struct MHD_Daemon *local = a->http.local;
	int64_t beat = now_ms() + BEAT_MS;

	for (;;) {
		struct pollfd fd[3] = {{.fd = a->core, .events = POLLIN},
				       {.fd = epoll_of(a->http.web), .events = POLLIN},
				       {.fd = local ? epoll_of(local) : -1, .events = POLLIN}};
		int64_t now = now_ms(), due = lwd_http_tick(&a->http, now);
		int64_t left = beat - now < due ? beat - now : due;
		int wait = wait_of(a->http.web, left > 0 ? (int)left : 0);

		if (local)
			wait = wait_of(local, wait);
		if (a->out_at < a->http.out.len)
			fd[0].events |= POLLOUT;
		if (poll(fd, 3, wait) < 0 && errno != EINTR)
			return;
		lwd_http_tick(&a->http, now_ms());
		if (fd[0].revents && (receive(a) || catch_up(a)))
			return;
		MHD_run(a->http.web);
		if (local)
			MHD_run(local);
		if (send_out(a))
			return;
		if (now_ms() >= beat) {
			lwd_http_beat(&a->http);
			beat = now_ms() + BEAT_MS;
		}
	}
}

int lwd_api_run(const struct lwd_config *c, int core, const char *cert, const char *key,
		struct lw_error *reterr)
{
	struct api a = {.core = core};
	struct lw_buf what = LW_BUF_INIT;
	int local = -1, web, r;
	char at[100];

	signal(SIGPIPE, SIG_IGN);
	fcntl(core, F_SETFL, fcntl(core, F_GETFL) | O_NONBLOCK);
	web = listen_tcp(c, reterr);
	if (web >= 0 && c->read_only)
		local = listen_unix(c->read_only, reterr);
	if (web < 0 || (c->read_only && local < 0))
		return LW_EIO;
	r = lwd_http_start(&a.http, c, web, local, cert, key, reterr);
	if (r)
		return r;
	lwd_confine(&what);  /* nothing was read from the network yet: loop() does */
	if (!catch_up(&a)) { /* else the core is gone */
		lwd_frame(&a.http.out, LWD_HERE, 0, "", 0);
		snprintf(at, sizeof(at), strchr(c->address, ':') ? "%s://[%s]:%u/" : "%s://%s:%u/",
			 cert ? "https" : "http", c->address, port_of(web));
		lwd_log(LWD_NOTICE, "api", "at", at, "confined", lw_buf_str(&what), NULL);
		loop(&a);
	}
	lwd_http_finish(&a.http);
	lw_buf_finish(&a.in);
	lw_buf_finish(&what);
	return 0;
}
