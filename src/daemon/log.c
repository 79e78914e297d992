/* SPDX-License-Identifier: Apache-2.0 */
#include "log.h"

#include <lanewise/buf.h>
#include <limits.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

/* U+0080 to U+009F, which terminals obey as they do ESC. */
static bool is_control(const unsigned char *s, size_t n)
{
	return s[0] < ' ' || s[0] == 0x7f || (n == 2 && s[0] == 0xc2 && s[1] < 0xa0);
}

void lwd_log_quote(struct lw_buf *b, const char *s)
{
	lw_buf_putc(b, '"');
	while (*s) {
		size_t n = lw_utf8_length(s);
		bool plain = n && !is_control((const unsigned char *)s, n);

		if (*s == '"' || *s == '\\')
			lw_buf_putc(b, '\\');
		for (n = n ? n : 1; n--; s++)
			if (plain)
				lw_buf_putc(b, *s);
			else
				lw_buf_printf(b, "\\x%02x", (unsigned char)*s);
	}
	lw_buf_putc(b, '"');
}

void lwd_log(enum lwd_level level, const char *event, ...)
{
	struct lw_buf b = LW_BUF_INIT;
	const char *key, *value;
	va_list ap;

	if (getenv("JOURNAL_STREAM"))
		lw_buf_printf(&b, "<%d>", (int)level);
	lw_buf_puts(&b, event);
	va_start(ap, event);
	while ((key = va_arg(ap, const char *)) != NULL) {
		value = va_arg(ap, const char *);
		if (!value)
			continue;
		lw_buf_printf(&b, " %s=", key);
		lwd_log_quote(&b, value);
	}
	va_end(ap);
	lw_buf_putc(&b, '\n');
	if (!b.failed && write(STDERR_FILENO, b.s, b.len) < 0) {
		/* nobody is left to tell */
	}
	lw_buf_finish(&b);
}

void lwd_notify(const char *state)
{
	const char *path = getenv("NOTIFY_SOCKET");
	struct sockaddr_un a = {.sun_family = AF_UNIX};
	size_t n = path ? strlen(path) : 0;
	int fd;

	if (n < 2 || n >= sizeof(a.sun_path) || (path[0] != '/' && path[0] != '@'))
		return;
	memcpy(a.sun_path, path, n);
	if (path[0] == '@')
		a.sun_path[0] = '\0';
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return;
	sendto(fd, state, strlen(state), MSG_NOSIGNAL, (struct sockaddr *)&a,
	       (socklen_t)(offsetof(struct sockaddr_un, sun_path) + n));
	close(fd);
}

unsigned lwd_watchdog_ms(void)
{
	const char *pid = getenv("WATCHDOG_PID"), *usec = getenv("WATCHDOG_USEC");
	unsigned long long us = usec ? strtoull(usec, NULL, 10) : 0;

	if (pid && strtol(pid, NULL, 10) != (long)getpid())
		return 0;
	/* twice in the time that it allows, as sd_watchdog_enabled(3) advises */
	return us / 2000 > UINT_MAX ? 0 : (unsigned)(us / 2000);
}
