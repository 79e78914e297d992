/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lines of RFC 5424 as datagrams, to a Unix socket such as /dev/log or by UDP (RFC 5426). What the
 * receiver does not take now is kept and sent later, also over another connection; there is never
 * more of it than one publication.
 */
#include "send.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

struct lines {
	int fd;
	char *text; /* lines that were not sent yet begin at `at` */
	size_t at, n;
};

static int open_unix(const char *path)
{
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	struct sockaddr_un a = {.sun_family = AF_UNIX};

	memcpy(a.sun_path, path, strlen(path)); /* the configuration was judged: it fits */
	if (fd >= 0 && connect(fd, (struct sockaddr *)&a, sizeof(a)) == 0)
		return fd;
	if (fd >= 0)
		close(fd);
	return -1;
}

static int open_udp(const char *address, uint16_t port)
{
	struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons(port)};
	struct sockaddr_in6 b = {.sin6_family = AF_INET6, .sin6_port = htons(port)};
	bool v4 = inet_pton(AF_INET, address, &a.sin_addr) == 1;
	int fd, r;

	if (!v4 && inet_pton(AF_INET6, address, &b.sin6_addr) != 1)
		return -1;
	fd = socket(v4 ? AF_INET : AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -1;
	r = v4 ? connect(fd, (struct sockaddr *)&a, sizeof(a))
	       : connect(fd, (struct sockaddr *)&b, sizeof(b));
	if (r == 0)
		return fd;
	close(fd);
	return -1;
}

static void begin(struct lwd_sender *s)
{
	const struct lwd_syslog *c = &s->config->syslog;
	struct lines *l = s->own;

	if (!l) {
		l = s->own = calloc(1, sizeof(*l));
		if (!l) {
			lwd_sender_fail(s, "out of memory");
			return;
		}
		l->fd = -1;
	}
	l->fd = c->socket ? open_unix(c->socket) : open_udp(c->address, c->port);
	if (l->fd < 0)
		lwd_sender_fail(s, strerror(errno));
	else
		lwd_sender_connected(s);
}

static void resume(struct lwd_sender *s)
{
	struct lines *l = s->own;

	while (l->at < l->n) {
		const char *line = l->text + l->at, *end = memchr(line, '\n', l->n - l->at);
		size_t len = end ? (size_t)(end - line) : l->n - l->at;

		if (send(l->fd, line, len, MSG_NOSIGNAL) < 0) {
			if (errno == EAGAIN || errno == ENOBUFS || errno == EINTR)
				return;
			if (errno != EMSGSIZE) {
				lwd_sender_fail(s, strerror(errno));
				return;
			}
			s->told->lost++;
		}
		l->at += len + 1;
		lwd_sender_took(s, 1);
	}
	free(l->text);
	l->text = NULL;
	l->at = l->n = 0;
}

static void send_lines(struct lwd_sender *s, const char *p, size_t n)
{
	struct lines *l = s->own;

	if (!n) { /* a socket that can be reached is all there is to know */
		lwd_sender_took(s, 0);
		return;
	}
	l->text = malloc(n);
	if (!l->text) {
		lw_publish_memory_forget(s->memory); /* nothing was said: all is said again */
		lwd_sender_fail(s, "out of memory");
		return;
	}
	memcpy(l->text, p, n);
	l->n = n;
	l->at = 0;
	for (size_t i = 0; i < n; i++)
		s->pending += p[i] == '\n';
	resume(s);
}

static void close_socket(struct lwd_sender *s)
{
	struct lines *l = s->own;

	if (l && l->fd >= 0)
		close(l->fd);
	if (l)
		l->fd = -1;
}

static void finish(struct lwd_sender *s)
{
	struct lines *l = s->own;

	if (l)
		free(l->text);
	free(l);
	s->own = NULL;
}

static const char *device(const struct lwd_config *c)
{
	return c->syslog.device;
}

const struct lwd_sender_kind lwd_sender_syslog = {
	.name = "syslog",
	.publisher = "syslog",
	.connect = begin,
	.send = send_lines,
	.resume = resume,
	.close = close_socket,
	.finish = finish,
	.device = device,
};
