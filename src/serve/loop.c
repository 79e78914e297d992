/* SPDX-License-Identifier: Apache-2.0 */
#include "loop.h"
#include "command.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

/* A client that does not read its replies is not read from either while it has as much to take. */
#define REPLIES_MAX (1u << 20)

struct lw_client {
	int fd;
	bool leaving; /* close when all replies are out */
	size_t line_n;
	char line[LW_COMMAND_MAX];
	struct lw_buf out;
	size_t sent; /* of `out` */
};

static int connect_to(const struct sockaddr_un *at)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int r;

	if (fd < 0)
		return -errno;
	r = connect(fd, (const struct sockaddr *)at, sizeof(*at)) ? -errno : 0;
	close(fd);
	return r;
}

/* Remove a socket that nobody serves. Anything else under that name stays. */
static int make_way(const struct sockaddr_un *at, struct lw_error *reterr)
{
	struct stat st;

	if (lstat(at->sun_path, &st))
		return 0;
	if (!S_ISSOCK(st.st_mode))
		return lw_fail_in(reterr, LW_EINVAL, at->sun_path, 0,
				  "exists and is no socket; give another path");
	if (connect_to(at) != -ECONNREFUSED)
		return lw_fail_in(reterr, LW_EIO, at->sun_path, 0,
				  "another server listens there; stop it or give another path");
	unlink(at->sun_path);
	return 0;
}

static int listen_at(struct lw_loop *l, const char *path, struct lw_error *reterr)
{
	struct sockaddr_un at = {.sun_family = AF_UNIX};
	int r;

	if (strlen(path) >= sizeof(at.sun_path))
		return lw_fail_in(reterr, LW_EINVAL, path, 0,
				  "a socket's path has at most %zu bytes", sizeof(at.sun_path) - 1);
	strcpy(at.sun_path, path);
	r = make_way(&at, reterr);
	if (r)
		return r;
	l->listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (l->listener < 0 || bind(l->listener, (struct sockaddr *)&at, sizeof(at)))
		return lw_fail_in(reterr, LW_EIO, path, 0, "no socket can be made there: %s",
				  strerror(errno));
	l->path = path;
	/* who may command a server is who may write its socket */
	if (chmod(path, 0600) || listen(l->listener, LW_CLIENTS_MAX))
		return lw_fail_in(reterr, LW_EIO, path, 0, "cannot be listened on: %s",
				  strerror(errno));
	return 0;
}

int lw_loop_init(struct lw_loop *l, struct lw_station *s, const char *path, struct lw_error *reterr)
{
	*l = (struct lw_loop){.station = s, .listener = -1};
	l->stop = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (l->stop < 0)
		return lw_fail(reterr, LW_EIO, "no event descriptor: too many open files");
	return path ? listen_at(l, path, reterr) : 0;
}

static void drop(struct lw_loop *l, size_t i)
{
	struct lw_client *c = l->client[i];

	close(c->fd);
	lw_buf_finish(&c->out);
	free(c);
	l->client[i] = l->client[--l->client_n];
}

void lw_loop_finish(struct lw_loop *l)
{
	while (l->client_n)
		drop(l, 0);
	if (l->path)
		unlink(l->path);
	if (l->listener >= 0)
		close(l->listener);
	if (l->stop >= 0)
		close(l->stop);
	l->path = NULL;
	l->listener = l->stop = -1;
}

void lw_loop_stop(struct lw_loop *l)
{
	eventfd_write(l->stop, 1);
}

static void welcome(struct lw_loop *l)
{
	int fd = accept4(l->listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	struct lw_client *c;

	if (fd < 0)
		return;
	c = calloc(1, sizeof(*c));
	if (!c) {
		close(fd);
		return;
	}
	c->fd = fd;
	l->client[l->client_n++] = c;
}

static size_t unsent(const struct lw_client *c)
{
	return c->out.len - c->sent;
}

/* @return false when the client is to be dropped */
static bool send_replies(struct lw_client *c)
{
	while (unsent(c)) {
		ssize_t n = send(c->fd, lw_buf_str(&c->out) + c->sent, unsent(c), MSG_NOSIGNAL);

		if (n < 0)
			return errno == EAGAIN || errno == EINTR;
		c->sent += (size_t)n;
	}
	lw_buf_clear(&c->out);
	c->sent = 0;
	return !c->leaving;
}

static void run_lines(struct lw_loop *l, struct lw_client *c)
{
	char *line = c->line, *end;

	while ((end = memchr(line, '\n', c->line_n - (size_t)(line - c->line)))) {
		*end = '\0';
		if (end > line && end[-1] == '\r')
			end[-1] = '\0';
		lw_command_run(l->station, line, &c->out);
		line = end + 1;
	}
	c->line_n -= (size_t)(line - c->line);
	memmove(c->line, line, c->line_n);
	if (c->line_n == sizeof(c->line)) {
		lw_buf_printf(&c->out, "error: a command has at most %d bytes\n",
			      LW_COMMAND_MAX - 1);
		c->line_n = 0;
		c->leaving = true;
	}
}

/* @return false when the client is to be dropped */
static bool attend(struct lw_loop *l, struct lw_client *c, short events)
{
	if (events & POLLIN) {
		ssize_t n = recv(c->fd, c->line + c->line_n, sizeof(c->line) - c->line_n, 0);

		if (n > 0) {
			c->line_n += (size_t)n;
			run_lines(l, c);
		} else if (n == 0) {
			c->leaving = true;
		} else if (errno != EAGAIN && errno != EINTR) {
			return false;
		}
	} else if (events & (POLLERR | POLLNVAL | POLLHUP)) {
		return false;
	}
	return !c->out.failed && send_replies(c);
}

void lw_loop_run(struct lw_loop *l)
{
	struct pollfd fd[3 + LW_CLIENTS_MAX] = {
		{.fd = l->stop, .events = POLLIN},
		{.fd = l->station->wake, .events = POLLIN},
		{.fd = l->listener, .events = POLLIN},
	};

	for (;;) {
		int64_t due = lw_station_run(l->station);
		struct timespec t = {.tv_sec = due / 1000000000, .tv_nsec = due % 1000000000};
		size_t n = l->client_n;

		if (l->look)
			l->look(l->look_ctx);
		fd[2].fd = n < LW_CLIENTS_MAX ? l->listener : -1;
		for (size_t i = 0; i < n; i++) {
			const struct lw_client *c = l->client[i];
			bool full = c->leaving || unsent(c) > REPLIES_MAX;

			fd[3 + i] = (struct pollfd){.fd = c->fd, .events = full ? 0 : POLLIN};
			if (unsent(c))
				fd[3 + i].events |= POLLOUT;
		}
		if (ppoll(fd, (nfds_t)(3 + n), due < 0 ? NULL : &t, NULL) <= 0)
			continue;
		if (fd[0].revents)
			return;
		for (size_t i = n; i-- > 0;)
			if (fd[3 + i].revents && !attend(l, l->client[i], fd[3 + i].revents))
				drop(l, i);
		if (fd[2].revents)
			welcome(l);
	}
}
