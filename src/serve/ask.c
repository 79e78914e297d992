/* SPDX-License-Identifier: Apache-2.0 */
#include <lanewise/serve.h>

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static int send_all(int fd, const char *p, size_t n)
{
	while (n) {
		ssize_t sent = send(fd, p, n, MSG_NOSIGNAL);

		if (sent < 0 && errno == EINTR)
			continue;
		if (sent < 0)
			return -1;
		p += sent;
		n -= (size_t)sent;
	}
	return 0;
}

/* One line, without its end. @return 0, or -1 if the server goes before the line ends */
static int receive_line(int fd, struct lw_buf *ret)
{
	char part[4096];

	for (;;) {
		ssize_t n = recv(fd, part, sizeof(part), 0);
		const char *end;

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return -1;
		end = memchr(part, '\n', (size_t)n);
		lw_buf_add(ret, part, end ? (size_t)(end - part) : (size_t)n);
		if (end)
			return 0;
	}
}

int lw_serve_ask(const char *socket_path, const char *command, struct lw_buf *ret,
		 struct lw_error *reterr)
{
	struct sockaddr_un at = {.sun_family = AF_UNIX};
	int fd, r = 0;

	if (strlen(socket_path) >= sizeof(at.sun_path))
		return lw_fail_in(reterr, LW_EINVAL, socket_path, 0,
				  "a socket's path has at most %zu bytes", sizeof(at.sun_path) - 1);
	strcpy(at.sun_path, socket_path);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0 || connect(fd, (struct sockaddr *)&at, sizeof(at))) {
		r = lw_fail_in(reterr, LW_EIO, socket_path, 0, "no server answers there: %s",
			       strerror(errno));
		if (fd >= 0)
			close(fd);
		return r;
	}
	if (send_all(fd, command, strlen(command)) || send_all(fd, "\n", 1) ||
	    receive_line(fd, ret))
		r = lw_fail_in(reterr, LW_EIO, socket_path, 0, "the server went away");
	close(fd);
	return r;
}
