/* SPDX-License-Identifier: Apache-2.0 */
#include "trace-text.h"

#include <lanewise/trace.h>
#include <string.h>

struct reader {
	const char *s, *end; /* what is left of the line */
	const char *name;
	int line;
	struct lw_error *reterr;
};

static int refuse(struct reader *r, const char *what)
{
	return lw_fail_in(r->reterr, LW_EINVAL, r->name, r->line, "%s", what);
}

/* The next line without its end; false after the last. */
static bool next_line(const char **inout_s, const char *end, struct reader *r)
{
	const char *s = *inout_s, *stop;

	if (s >= end)
		return false;
	stop = memchr(s, '\n', (size_t)(end - s));
	*inout_s = stop ? stop + 1 : end;
	stop = stop ? stop : end;
	if (stop > s && stop[-1] == '\r')
		stop--;
	r->s = s;
	r->end = stop;
	r->line++;
	return true;
}

static bool is_line(const struct reader *r, const char *text)
{
	size_t n = strlen(text);

	return (size_t)(r->end - r->s) == n && memcmp(r->s, text, n) == 0;
}

/* The next cell, "" at the end of the line. */
static size_t cell(struct reader *r, const char **ret)
{
	const char *stop = memchr(r->s, ',', (size_t)(r->end - r->s));
	size_t n;

	*ret = r->s;
	n = (size_t)((stop ? stop : r->end) - r->s);
	r->s = stop ? stop + 1 : r->end;
	return n;
}

static int digit(char c)
{
	return c >= '0' && c <= '9'   ? c - '0'
	       : c >= 'a' && c <= 'f' ? c - 'a' + 10
	       : c >= 'A' && c <= 'F' ? c - 'A' + 10
				      : 16;
}

/* A number of the given base, at most `max`. */
static int number(struct reader *r, int base, int64_t max, const char *what, int64_t *ret)
{
	const char *s;
	size_t n = cell(r, &s);
	int64_t v = 0;

	if (!n)
		return refuse(r, what);
	for (size_t i = 0; i < n; i++) {
		int d = digit(s[i]);

		if (d >= base || v > (max - d) / base)
			return refuse(r, what);
		v = v * base + d;
	}
	*ret = v;
	return 0;
}

static int byte(struct reader *r, int base, int64_t max, const char *what, uint8_t *ret)
{
	int64_t v = 0;
	int code = number(r, base, max, what, &v);

	if (!code)
		*ret = (uint8_t)v;
	return code;
}

static int read_op(struct reader *r, struct lw_trace_entry *e)
{
	const char *s;
	size_t n = cell(r, &s);

	e->write = n == 5 && memcmp(s, "write", n) == 0;
	e->poll = n == 4 && memcmp(s, "poll", n) == 0;
	if (e->write || e->poll || (n == 4 && memcmp(s, "read", n) == 0))
		return 0;
	return refuse(r, "op must be read, poll or write");
}

static int read_result(struct reader *r, struct lw_trace_entry *e)
{
	static const struct {
		const char *name;
		int code;
	} codes[] = {
#define LW_X(code, num, status, text) {&#code[4], code},
		LW_ERRORS(LW_X)
#undef LW_X
			{"OK", 0},
	};
	const char *s;
	size_t n = cell(r, &s);

	for (size_t i = 0; i < sizeof(codes) / sizeof(*codes); i++)
		if (n == strlen(codes[i].name) && memcmp(s, codes[i].name, n) == 0) {
			e->result = (int8_t)codes[i].code;
			return 0;
		}
	return refuse(r, "result must be OK or the name of an error, for example NACK");
}

static int read_data(struct reader *r, struct lw_trace *t, struct lw_trace_entry *e)
{
	const char *s;
	size_t n = cell(r, &s);
	bool none = e->result && !e->write;

	e->data = t->byte_count;
	if (r->s != r->end)
		return refuse(r, "more than ten cells");
	if (n == 0) { /* not recorded: a place behind the newest byte holds nothing */
		e->data = none ? t->byte_count : UINT64_MAX;
		return 0;
	}
	if (none || n != 2u * e->n)
		return refuse(r,
			      "data must be two hex digits for each byte, none for a failed read");
	for (size_t i = 0; i < n; i += 2) {
		int high = digit(s[i]), low = digit(s[i + 1]);

		if (high > 15 || low > 15)
			return refuse(r, "data must be hex digits");
		t->bytes[t->byte_count++] = (uint8_t)(high << 4 | low);
	}
	return 0;
}

static int read_entry(struct reader *r, struct lw_trace *t)
{
	struct lw_trace_entry e = {0};
	int code = number(r, 10, INT64_MAX / 2, "at_ns must be a number", &e.at.ns);

	if (!code)
		code = number(r, 10, INT64_MAX / 2, "took_ns must be a number", &e.took.ns);
	if (!code && t->count && lw_mono_before(e.at, t->ring[t->count - 1].at))
		code = refuse(r, "at_ns goes back: accesses are in the order of their times");
	if (!code)
		code = read_op(r, &e);
	if (!code)
		code = byte(r, 16, 0x7f, "i2c must be a 7-bit address in hex", &e.addr.i2c);
	if (!code)
		code = byte(r, 10, 255, "bank must be 0-255", &e.addr.bank);
	if (!code)
		code = byte(r, 16, 255, "page must be 00-ff", &e.addr.page);
	if (!code)
		code = byte(r, 10, 255, "byte must be 0-255", &e.addr.byte);
	if (!code)
		code = byte(r, 10, 128, "bytes must be 1-128", &e.n);
	if (!code && (!e.n || e.addr.byte % 128 + e.n > 128))
		code = refuse(r, "the access leaves its half");
	if (!code)
		code = read_result(r, &e);
	if (!code)
		code = read_data(r, t, &e);
	if (!code)
		t->ring[t->count++] = e;
	return code;
}

/* Room for what the text can hold: an access a line, a byte for two characters. */
static int make_room(const char *text, size_t n, struct lw_arena *arena, struct lw_trace *ret)
{
	size_t lines = 1;

	for (size_t i = 0; i < n; i++)
		lines += text[i] == '\n';
	*ret = (struct lw_trace){.size = lines, .bytes_size = n / 2 + 1};
	ret->ring = lw_arena_alloc(arena, lines * sizeof(*ret->ring));
	ret->bytes = lw_arena_alloc(arena, ret->bytes_size);
	return ret->ring && ret->bytes ? 0 : LW_ENOMEM;
}

int lw_trace_load(const char *text, size_t n, const char *name, struct lw_arena *arena,
		  struct lw_trace *ret, struct lw_error *reterr)
{
	struct reader r = {.name = name ? name : "", .reterr = reterr};
	const char *s = text, *end = text + n;
	struct lw_trace t;
	int code = 0;

	if (!next_line(&s, end, &r) || !is_line(&r, LW_TRACE_MAGIC))
		return refuse(&r, "no trace: the first line must be \"" LW_TRACE_MAGIC "\"");
	if (!next_line(&s, end, &r) || !is_line(&r, LW_TRACE_COLUMNS))
		return refuse(&r, "the second line must name the columns: " LW_TRACE_COLUMNS);
	if (make_room(text, n, arena, &t))
		return lw_fail_in(reterr, LW_ENOMEM, name, 0, "no memory for a trace of %zu bytes",
				  n);
	while (!code && next_line(&s, end, &r))
		if (r.s != r.end && *r.s != '#')
			code = read_entry(&r, &t);
	if (!code)
		*ret = t;
	return code;
}
