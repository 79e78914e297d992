/* SPDX-License-Identifier: Apache-2.0 */
#include <lanewise/buf.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void lw_buf_finish(struct lw_buf *b)
{
	free(b->s);
	*b = LW_BUF_INIT;
}

void lw_buf_clear(struct lw_buf *b)
{
	b->len = 0;
	b->failed = 0;
	if (b->s)
		b->s[0] = '\0';
}

static int reserve(struct lw_buf *b, size_t n)
{
	size_t cap = b->cap ? b->cap : 256;
	char *s;

	if (b->failed)
		return 0;
	if (n >= SIZE_MAX / 2 - b->len)
		goto fail;
	while (cap < b->len + n + 1)
		cap *= 2;
	if (cap != b->cap) {
		s = realloc(b->s, cap);
		if (!s)
			goto fail;
		b->s = s;
		b->cap = cap;
	}
	return 1;
fail:
	b->failed = 1;
	return 0;
}

void lw_buf_add(struct lw_buf *b, const char *s, size_t n)
{
	if (!reserve(b, n))
		return;
	if (n)
		memcpy(b->s + b->len, s, n);
	b->len += n;
	b->s[b->len] = '\0';
}

void lw_buf_puts(struct lw_buf *b, const char *s)
{
	lw_buf_add(b, s, strlen(s));
}

void lw_buf_putc(struct lw_buf *b, char c)
{
	lw_buf_add(b, &c, 1);
}

void lw_buf_printf(struct lw_buf *b, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	if (n < 0) {
		b->failed = 1;
		return;
	}
	if (!reserve(b, (size_t)n))
		return;
	va_start(ap, fmt);
	vsnprintf(b->s + b->len, (size_t)n + 1, fmt, ap);
	va_end(ap);
	b->len += (size_t)n;
}

const char *lw_buf_str(const struct lw_buf *b)
{
	return b->s ? b->s : "";
}

size_t lw_utf8_length(const char *text)
{
	const unsigned char *s = (const unsigned char *)text;
	unsigned lo = 0x80, hi = 0xbf;
	size_t n;

	if (s[0] < 0x80)
		return 1;
	if (s[0] >= 0xc2 && s[0] <= 0xdf)
		n = 2;
	else if (s[0] >= 0xe0 && s[0] <= 0xef)
		n = 3;
	else if (s[0] >= 0xf0 && s[0] <= 0xf4)
		n = 4;
	else
		return 0;
	if (s[0] == 0xe0)
		lo = 0xa0;
	if (s[0] == 0xed)
		hi = 0x9f;
	if (s[0] == 0xf0)
		lo = 0x90;
	if (s[0] == 0xf4)
		hi = 0x8f;
	if (s[1] < lo || s[1] > hi)
		return 0;
	for (size_t i = 2; i < n; i++)
		if (s[i] < 0x80 || s[i] > 0xbf)
			return 0;
	return n;
}
