/* SPDX-License-Identifier: Apache-2.0 */
#include <assert.h>
#include <lanewise/json.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

/* The deepest indent; documents that nest deeper are still valid. */
#define INDENT_MAX 32

/* Most bytes that are written without asking for room again; many more than LEAD_MAX. */
#define PIECE_MAX 192

/* What goes before a value or a key at most: a comma, a new line, the indent. */
#define LEAD_MAX (INDENT_MAX + 2)

void lw_json_init(struct lw_json *j, struct lw_buf *buf)
{
	*j = (struct lw_json){.buf = buf, .first = true};
}

void lw_json_init_line(struct lw_json *j, struct lw_buf *buf)
{
	*j = (struct lw_json){.buf = buf, .first = true, .one_line = true};
}

/*
 * Where PIECE_MAX bytes may be written, to be taken over by done(). NULL once the buffer has
 * failed: then nothing is written any more, and any due value counts as given.
 */
static char *room(struct lw_json *j)
{
	static const char filler[PIECE_MAX];
	struct lw_buf *b = j->buf;
	size_t len = b->len;

	/* How a buffer grows is its own matter: a piece is added and taken back. */
	if (b->cap - len <= PIECE_MAX)
		lw_buf_add(b, filler, PIECE_MAX);
	if (b->failed) {
		j->keyed = false;
		return NULL;
	}
	b->len = len;
	return b->s + len;
}

static void done(struct lw_json *j, char *end)
{
	*end = '\0';
	j->buf->len = (size_t)(end - j->buf->s);
}

static char *copy(char *p, const char *s, size_t n)
{
	memcpy(p, s, n);
	return p + n;
}

static char *indent(const struct lw_json *j, char *p)
{
	static const char blanks[INDENT_MAX + 2] = "\n                                ";

	if (j->one_line)
		return p;
	/* All of it, as a copy of known size is a few stores; the rest is written over. */
	memcpy(p, blanks, INDENT_MAX + 1);
	return p + 1 + (j->depth < INDENT_MAX ? j->depth : INDENT_MAX);
}

/* What goes before a value or a key: nothing after a key, else a comma and a new line. */
static char *lead(struct lw_json *j, char *p)
{
	if (j->keyed) {
		j->keyed = false;
		return p;
	}
	if (j->depth) {
		if (!j->first)
			*p++ = ',';
		p = indent(j, p);
	}
	j->first = false;
	return p;
}

static void begin(struct lw_json *j, char c)
{
	char *p = room(j);

	if (p) {
		p = lead(j, p);
		*p++ = c;
		done(j, p);
	}
	j->depth++;
	j->first = true;
}

static void end(struct lw_json *j, char c)
{
	char *p = room(j);

	assert(j->depth > 0 && !j->keyed);
	j->depth--;
	if (p) {
		if (!j->first)
			p = indent(j, p);
		*p++ = c;
		done(j, p);
	}
	j->first = false;
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

static bool is_plain(char c)
{
	return c >= 0x20 && c < 0x7f && c != '"' && c != '\\';
}

/* Write the one character at s that is not plain; `inout_s` becomes the next. */
static char *put_special(char *p, const char **inout_s)
{
	static const char digits[] = "0123456789abcdef";
	const unsigned char *s = (const unsigned char *)*inout_s;
	size_t n = 1;

	if (*s == '"' || *s == '\\') {
		*p++ = '\\';
		*p++ = (char)*s;
	} else if (*s < 0x20 || *s == 0x7f) {
		p = copy(p, "\\u00", 4);
		*p++ = digits[*s >> 4];
		*p++ = digits[*s & 15];
	} else if ((n = lw_utf8_length((const char *)s)) > 0) {
		p = copy(p, (const char *)s, n);
	} else {
		p = copy(p, "\\ufffd", 6);
		n = 1;
	}
	*inout_s += n;
	return p;
}

/* Are the eight characters at s plain? Judged all at once: a bad one sets the top bit of its byte.
 */
static bool are_plain(const char *s)
{
	const uint64_t ones = UINT64_C(0x0101010101010101);
	uint64_t w, quote, backslash, bad;

	memcpy(&w, s, sizeof(w));
	quote = w ^ ones * '"';
	backslash = w ^ ones * '\\';
	bad = w | (w + ones) | (w - ones * 0x20) | (quote - ones) | (backslash - ones);
	return !(bad & ones << 7);
}

/* Write `s` in quotes, as a key or as a value. */
static void put_text(struct lw_json *j, const char *s, bool is_key)
{
	const char *last_8 = s + strlen(s) - 8;
	char *p = room(j), *stop;

	if (!p)
		return;
	stop = p + PIECE_MAX - 16;
	p = lead(j, p);
	*p++ = '"';
	for (;;) {
		while (p < stop && s <= last_8 && are_plain(s)) {
			p = copy(p, s, 8);
			s += 8;
		}
		while (p < stop && is_plain(*s))
			*p++ = *s++;
		if (!*s)
			break;
		if (p < stop) {
			p = put_special(p, &s);
			continue;
		}
		done(j, p);
		p = room(j);
		if (!p)
			return;
		stop = p + PIECE_MAX - 16;
	}
	*p++ = '"';
	if (is_key)
		p = copy(p, ": ", 2);
	done(j, p);
}

void lw_json_key(struct lw_json *j, const char *key)
{
	put_text(j, key, true);
	j->keyed = true;
}

void lw_json_string(struct lw_json *j, const char *s)
{
	if (s)
		put_text(j, s, false);
	else
		lw_json_null(j);
}

static void put_word(struct lw_json *j, const char *word, size_t n)
{
	char *p = room(j);

	if (p)
		done(j, copy(lead(j, p), word, n));
}

void lw_json_bool(struct lw_json *j, bool v)
{
	if (v)
		put_word(j, "true", 4);
	else
		put_word(j, "false", 5);
}

void lw_json_null(struct lw_json *j)
{
	put_word(j, "null", 4);
}

static char *put_uint(char *p, uint64_t u)
{
	char digits[20];
	char *d = digits + sizeof(digits);

	if (u < 10) {
		*p++ = (char)('0' + u);
		return p;
	}
	do
		*--d = (char)('0' + u % 10);
	while (u /= 10);
	return copy(p, d, (size_t)(digits + sizeof(digits) - d));
}

void lw_json_int(struct lw_json *j, int64_t v)
{
	char *p = room(j);

	if (!p)
		return;
	p = lead(j, p);
	if (v < 0)
		*p++ = '-';
	done(j, put_uint(p, v < 0 ? 0 - (uint64_t)v : (uint64_t)v));
}

#define DECIMALS      9
#define DECIMALS_UNIT 1000000000u

/*
 * A fraction (0 <= v < 1) in units of the last decimal, rounded as printf() does: exact, ties to
 * even. v is m / 2^e; m * 10^9 takes up to 83 bits and is kept as high * 2^32 + low.
 */
static uint32_t to_decimals(double v)
{
	uint64_t bits, m, low, high, half, rest, units;
	unsigned e;

	_Static_assert(sizeof bits == sizeof v, "needs IEEE 754 doubles");
	memcpy(&bits, &v, sizeof bits);
	m = (bits & ((UINT64_C(1) << 52) - 1)) | UINT64_C(1) << 52;
	e = 1075 - (unsigned)(bits >> 52);
	/* below half a unit, 0 and denormal numbers among them */
	if (e > 84)
		return 0;
	low = (m & UINT32_MAX) * DECIMALS_UNIT;
	high = (m >> 32) * DECIMALS_UNIT + (low >> 32);
	low &= UINT32_MAX;
	units = high >> (e - 32);
	rest = high - (units << (e - 32));
	half = UINT64_C(1) << (e - 33);
	if (rest > half || (rest == half && (low || units % 2)))
		units++;
	return (uint32_t)units;
}

/* At least one decimal, at most nine, without trailing zeros. */
static char *put_decimals(char *p, uint32_t units)
{
	unsigned n = DECIMALS;

	if (units % 100000 == 0) {
		units /= 100000;
		n -= 5;
	}
	while (n > 1 && units % 10 == 0) {
		units /= 10;
		n--;
	}
	for (unsigned i = n; i-- > 0; units /= 10)
		p[i] = (char)('0' + units % 10);
	return p + n;
}

void lw_json_number(struct lw_json *j, double v)
{
	double size = fabs(v);
	uint64_t whole;
	uint32_t units;
	char *p;

	if (!isfinite(v)) {
		lw_json_null(j);
		return;
	}
	p = room(j);
	if (!p)
		return;
	p = lead(j, p);
	if (size >= 1e15) {
		done(j, p + snprintf(p, PIECE_MAX - LEAD_MAX, "%.17g", v));
		return;
	}
	/* The difference is exact: both are multiples of the last bit of `size`. */
	whole = (uint64_t)size;
	units = to_decimals(size - (double)whole);
	if (units == DECIMALS_UNIT) {
		whole++;
		units = 0;
	}
	if (signbit(v))
		*p++ = '-';
	p = put_uint(p, whole);
	*p++ = '.';
	done(j, put_decimals(p, units));
}

void lw_json_real(struct lw_json *j, double v)
{
	char *p;

	if (!isfinite(v)) {
		lw_json_null(j);
		return;
	}
	p = room(j);
	if (!p)
		return;
	p = lead(j, p);
	done(j, p + snprintf(p, PIECE_MAX - LEAD_MAX, "%.6g", v));
}

void lw_json_put_string(struct lw_json *j, const char *key, const char *s)
{
	lw_json_key(j, key);
	lw_json_string(j, s);
}

void lw_json_put_int(struct lw_json *j, const char *key, int64_t v)
{
	lw_json_key(j, key);
	lw_json_int(j, v);
}

void lw_json_put_bool(struct lw_json *j, const char *key, bool v)
{
	lw_json_key(j, key);
	lw_json_bool(j, v);
}

void lw_json_put_number(struct lw_json *j, const char *key, double v)
{
	lw_json_key(j, key);
	lw_json_number(j, v);
}

void lw_json_put_real(struct lw_json *j, const char *key, double v)
{
	lw_json_key(j, key);
	lw_json_real(j, v);
}
