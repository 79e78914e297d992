/* SPDX-License-Identifier: Apache-2.0 */
#include "dump-text.h"

#include <string.h>

/* Longest row a dump tool repeats with "*". */
#define ROW_MAX 256

enum form {
	FORM_NONE,
	FORM_COLON,  /* "0x0010: 11 00": xxd, ethtool, i2cdump; text after two blanks is ASCII */
	FORM_OFFSET, /* "000010 11 00": hexdump -C, od; ASCII stands between bars */
	FORM_PLAIN,  /* hex digits only */
};

struct scan {
	const char *name;
	int line;
	enum form form;
	unsigned base;        /* of offsets; 8 for plain `od -tx1` */
	size_t pos;           /* bytes handed out so far */
	bool star;            /* a "*" line came last */
	uint8_t row[ROW_MAX]; /* bytes of the row before */
	size_t row_n;
	lw_dump_put put;
	void *ctx;
};

/* A stretch of one line. */
struct word {
	const char *s;
	size_t n;
};

bool lw_dump_is_text(const uint8_t *bytes, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (bytes[i] != '\t' && bytes[i] != '\n' && bytes[i] != '\r' &&
		    (bytes[i] < 0x20 || bytes[i] > 0x7e))
			return false;
	return true;
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

static bool all_hex(struct word w)
{
	for (size_t i = 0; i < w.n; i++)
		if (hex_digit(w.s[i]) < 0)
			return false;
	return w.n > 0;
}

static struct word trim(struct word w)
{
	while (w.n && is_blank(w.s[0])) {
		w.s++;
		w.n--;
	}
	while (w.n && is_blank(w.s[w.n - 1]))
		w.n--;
	return w;
}

static bool has(struct word w, const char *text)
{
	size_t n = strlen(text);

	for (size_t i = 0; i + n <= w.n; i++)
		if (!memcmp(w.s + i, text, n))
			return true;
	return false;
}

/* Take the next word off the front of `rest`; `stops` end a word besides blanks. */
static struct word next_word(struct word *rest, const char *stops)
{
	struct word w;

	while (rest->n && (is_blank(rest->s[0]) || strchr(stops, rest->s[0]))) {
		rest->s++;
		rest->n--;
	}
	w.s = rest->s;
	w.n = 0;
	while (w.n < rest->n && !is_blank(w.s[w.n]) && !strchr(stops, w.s[w.n]))
		w.n++;
	rest->s += w.n;
	rest->n -= w.n;
	return w;
}

static struct word drop_0x(struct word w)
{
	if (w.n > 2 && w.s[0] == '0' && (w.s[1] == 'x' || w.s[1] == 'X')) {
		w.s += 2;
		w.n -= 2;
	}
	return w;
}

/* Headings that go with a dump and hold no bytes. */
static bool is_heading(struct word line)
{
	size_t rule = 0;

	while (rule < line.n && (line.s[rule] == '-' || is_blank(line.s[rule])))
		rule++;
	return rule == line.n || (line.n > 6 && !memcmp(line.s, "Offset", 6)) ||
	       has(line, "8  9  a  b  c  d");
}

static int not_hex(const struct scan *sc, struct word w, struct lw_error *reterr)
{
	return lw_fail_in(reterr, LW_EINVAL, sc->name, sc->line,
			  "'%.*s' is not hex: a dump is raw bytes or hex as xxd, hexdump -C, "
			  "od -Ax -tx1 or ethtool -m DEV hex on print it",
			  (int)(w.n < 24 ? w.n : 24), w.s);
}

static int emit(struct scan *sc, uint8_t byte, struct lw_error *reterr)
{
	int r = sc->put(sc->ctx, byte, reterr);

	if (!r)
		sc->pos++;
	return r;
}

/* Bring the position to a row's offset: check it, and expand a "*" before it. */
static int go_to(struct scan *sc, struct word w, struct lw_error *reterr)
{
	size_t offset = 0;

	if (sc->form == FORM_OFFSET && w.n == 7)
		sc->base = 8;
	for (size_t i = 0; i < w.n; i++) {
		int d = hex_digit(w.s[i]);

		if (d < 0 || d >= (int)sc->base || offset > SIZE_MAX / 16 - 16)
			return not_hex(sc, w, reterr);
		offset = offset * sc->base + (size_t)d;
	}
	if (sc->star && sc->row_n) {
		for (size_t i = 0; sc->pos < offset; i++) {
			int r = emit(sc, sc->row[i % sc->row_n], reterr);

			if (r)
				return r;
		}
	}
	sc->star = false;
	if (offset != sc->pos)
		return lw_fail_in(reterr, LW_EINVAL, sc->name, sc->line,
				  "this row starts at byte %zu, the rows before it end at %zu: the "
				  "dump must start at 0 and leave nothing out",
				  offset, sc->pos);
	return 0;
}

/* Decide what kind of rows these are by the first one, and split off the offset. */
static int split_offset(struct scan *sc, struct word *line, struct lw_error *reterr)
{
	struct word rest = *line;
	struct word first = next_word(&rest, ":");
	bool colon = rest.n && rest.s[0] == ':';

	if (sc->form == FORM_NONE) {
		struct word rest2 = rest;
		struct word second = next_word(&rest2, "");

		if (colon)
			sc->form = FORM_COLON;
		else if (all_hex(first) && (first.n == 7 || ((first.n == 6 || first.n == 8) &&
							     second.n && second.n <= 4)))
			sc->form = FORM_OFFSET;
		else
			sc->form = FORM_PLAIN;
	}
	if (sc->form == FORM_PLAIN)
		return 0;
	if ((sc->form == FORM_COLON) != colon)
		return not_hex(sc, *line, reterr);
	if (colon) {
		rest.s++;
		rest.n--;
	}
	*line = rest;
	return go_to(sc, drop_0x(first), reterr);
}

/* Cut the column of printable characters off a row. */
static struct word cut_ascii(const struct scan *sc, struct word row)
{
	row = trim(row);
	for (size_t i = 0; i < row.n; i++) {
		if (sc->form == FORM_OFFSET && (row.s[i] == '|' || row.s[i] == '>'))
			row.n = i;
		else if (sc->form == FORM_COLON && i + 1 < row.n && row.s[i] == ' ' &&
			 row.s[i + 1] == ' ')
			row.n = i;
	}
	return row;
}

static int scan_word(struct scan *sc, struct word w, struct lw_error *reterr)
{
	w = drop_0x(w);
	if (!all_hex(w))
		return not_hex(sc, w, reterr);
	if (sc->form == FORM_OFFSET && w.n != 2)
		return lw_fail_in(
			reterr, LW_EINVAL, sc->name, sc->line,
			"'%.*s' is not one byte: the order of bytes in words depends on the "
			"machine, use hexdump -C or od -Ax -tx1",
			(int)(w.n < 24 ? w.n : 24), w.s);
	if (w.n % 2)
		return lw_fail_in(reterr, LW_EINVAL, sc->name, sc->line,
				  "'%.*s' has an odd number of hex digits: is the dump cut off?",
				  (int)(w.n < 24 ? w.n : 24), w.s);
	for (size_t i = 0; i < w.n; i += 2) {
		uint8_t byte = (uint8_t)(hex_digit(w.s[i]) * 16 + hex_digit(w.s[i + 1]));
		int r = emit(sc, byte, reterr);

		if (r)
			return r;
		if (sc->row_n < ROW_MAX)
			sc->row[sc->row_n++] = byte;
	}
	return 0;
}

static int scan_line(struct scan *sc, struct word line, struct lw_error *reterr)
{
	int r;

	line = trim(line);
	if (is_heading(line))
		return 0;
	if (line.n == 1 && line.s[0] == '*') {
		sc->star = true;
		return 0;
	}
	r = split_offset(sc, &line, reterr);
	if (r)
		return r;
	line = cut_ascii(sc, line);
	sc->row_n = 0;
	for (;;) {
		struct word w = next_word(&line, sc->form == FORM_PLAIN ? ",;{}" : "");

		if (!w.n)
			return 0;
		r = scan_word(sc, w, reterr);
		if (r)
			return r;
	}
}

int lw_dump_scan(const char *text, size_t n, const char *name, lw_dump_put put, void *ctx,
		 struct lw_error *reterr)
{
	struct scan sc = {.name = name, .base = 16, .put = put, .ctx = ctx};
	size_t at = 0;

	while (at < n) {
		const char *end = memchr(text + at, '\n', n - at);
		struct word line = {text + at, end ? (size_t)(end - text) - at : n - at};
		int r;

		sc.line++;
		r = scan_line(&sc, line, reterr);
		if (r)
			return r;
		at += line.n + 1;
	}
	return 0;
}
