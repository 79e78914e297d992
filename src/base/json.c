/* SPDX-License-Identifier: Apache-2.0 */
#include <assert.h>
#include <lanewise/json.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

void lw_json_init(struct lw_json *j, struct lw_buf *buf)
{
	*j = (struct lw_json){.buf = buf, .first = true};
}

static void indent(struct lw_json *j)
{
	static const char blanks[] = "\n                                ";
	size_t n = j->depth < sizeof(blanks) - 2 ? j->depth : sizeof(blanks) - 2;

	lw_buf_add(j->buf, blanks, n + 1);
}

/* What goes before a value or a key: nothing after a key, else a comma and a new line. */
static void lead(struct lw_json *j)
{
	if (j->keyed) {
		j->keyed = false;
		return;
	}
	if (j->depth) {
		if (!j->first)
			lw_buf_putc(j->buf, ',');
		indent(j);
	}
	j->first = false;
}

static void begin(struct lw_json *j, char c)
{
	lead(j);
	lw_buf_putc(j->buf, c);
	j->depth++;
	j->first = true;
}

static void end(struct lw_json *j, char c)
{
	assert(j->depth > 0 && !j->keyed);
	j->depth--;
	if (!j->first)
		indent(j);
	j->first = false;
	lw_buf_putc(j->buf, c);
}

void lw_json_begin_object(struct lw_json *j)
{
	begin(j, '{');
}

void lw_json_end_object(struct lw_json *j)
{
	end(j, '}');
}

void lw_json_begin_array(struct lw_json *j)
{
	begin(j, '[');
}

void lw_json_end_array(struct lw_json *j)
{
	end(j, ']');
}

/* Length of the well-formed UTF-8 sequence at s, 0 if it is none (RFC 3629). */
static size_t utf8_length(const unsigned char *s)
{
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

static void put_text(struct lw_json *j, const char *text)
{
	const unsigned char *s = (const unsigned char *)text;

	lw_buf_putc(j->buf, '"');
	while (*s) {
		const unsigned char *run = s;
		size_t n;

		while (*s >= 0x20 && *s < 0x7f && *s != '"' && *s != '\\')
			s++;
		lw_buf_add(j->buf, (const char *)run, (size_t)(s - run));
		if (!*s)
			break;
		if (*s == '"' || *s == '\\') {
			lw_buf_putc(j->buf, '\\');
			lw_buf_putc(j->buf, (char)*s++);
			continue;
		}
		if (*s < 0x20 || *s == 0x7f) {
			lw_buf_printf(j->buf, "\\u%04x", *s++);
			continue;
		}
		n = utf8_length(s);
		if (n)
			lw_buf_add(j->buf, (const char *)s, n);
		else
			lw_buf_puts(j->buf, "\\ufffd");
		s += n ? n : 1;
	}
	lw_buf_putc(j->buf, '"');
}

void lw_json_key(struct lw_json *j, const char *key)
{
	lead(j);
	put_text(j, key);
	lw_buf_puts(j->buf, ": ");
	j->keyed = true;
}

void lw_json_string(struct lw_json *j, const char *s)
{
	if (!s) {
		lw_json_null(j);
		return;
	}
	lead(j);
	put_text(j, s);
}

void lw_json_int(struct lw_json *j, int64_t v)
{
	char digits[24];
	char *p = digits + sizeof(digits);
	uint64_t u = v < 0 ? 0 - (uint64_t)v : (uint64_t)v;

	lead(j);
	do
		*--p = (char)('0' + u % 10);
	while (u /= 10);
	if (v < 0)
		*--p = '-';
	lw_buf_add(j->buf, p, (size_t)(digits + sizeof(digits) - p));
}

void lw_json_bool(struct lw_json *j, bool v)
{
	lead(j);
	lw_buf_puts(j->buf, v ? "true" : "false");
}

void lw_json_null(struct lw_json *j)
{
	lead(j);
	lw_buf_puts(j->buf, "null");
}

void lw_json_number(struct lw_json *j, double v)
{
	char text[32];
	int n;

	if (!isfinite(v)) {
		lw_json_null(j);
		return;
	}
	lead(j);
	if (fabs(v) >= 1e15) {
		n = snprintf(text, sizeof(text), "%.17g", v);
	} else {
		n = snprintf(text, sizeof(text), "%.9f", v);
		while (text[n - 1] == '0')
			n--;
		if (text[n - 1] == '.')
			text[++n - 1] = '0';
	}
	lw_buf_add(j->buf, text, (size_t)n);
}
