/* SPDX-License-Identifier: Apache-2.0 */
#include "dump-text.h"

#include <ctype.h>
#include <string.h>

/* Longest row: all of an I2C address in one line. */
#define ROW_MAX 256

/* Bytes of a row that make it one whatever else is in the line; fewer must stand alone. */
#define ROW_SURE 4

#define SLOT_BYTES 128
#define A2H_AT     256 /* where A2h follows A0h */

/* Pages in one text. */
#define PARTS_MAX 64

/* What Linux logs of A0h when its checksum is wrong. */
#define LINUX_LOG_BYTES 96

/* What the lines around the rows say of them: "Upper page 11h", "2-wire device address 0x51". */
struct place {
	bool known, a2, upper, lower;
	bool foreign; /* another I2C address of the cage: a PHY */
	unsigned page;
};

/* A stretch of one line. */
struct word {
	const char *s;
	size_t n;
};

/* A line with an offset, and its bytes; a column of text may have lent some more at the end. */
struct row {
	size_t offset;
	size_t n;
	uint8_t bytes[ROW_MAX];
};

/* Rows that follow each other in memory, and where they belong in the optoe driver's layout. */
struct part {
	size_t at;
	size_t from, to; /* in the text */
	int line;        /* before the first */
	bool foreign;
};

struct scan {
	const char *name;
	int line;
	size_t pos;      /* bytes handed out so far */
	struct row last; /* read, and not handed out before it is known where it ends */
	bool has_last, star, decimal;
	size_t stride; /* from row to row; 0: not known yet */
	struct part parts[PARTS_MAX];
	size_t part_n;
	lw_dump_put put;
	void *ctx;
};

/* A raw memory holds zeros, or starts with a byte that no text starts with. */
bool lw_dump_is_text(const uint8_t *bytes, size_t n)
{
	bool printable = n && bytes[0] >= 0x20 && bytes[0] <= 0x7e;
	bool blank = n && (bytes[0] == '\t' || bytes[0] == '\n' || bytes[0] == '\r');
	bool bom = n > 3 && !memcmp(bytes, "\xef\xbb\xbf", 3);

	return (printable || blank || bom) && !memchr(bytes, 0, n);
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

/* Where `text`, in lower case, stands in the line in whatever case; NULL if it does not. */
static const char *find(struct word w, const char *text)
{
	size_t n = strlen(text);

	for (size_t i = 0; i + n <= w.n; i++) {
		size_t k = 0;

		while (k < n && tolower((unsigned char)w.s[i + k]) == text[k])
			k++;
		if (k == n)
			return w.s + i;
	}
	return NULL;
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

/* The start of a word for a message: never more than printable characters. */
struct shown {
	char s[25];
};

static struct shown show(struct word w)
{
	struct shown ret = {""};

	for (size_t i = 0; i < w.n && i < sizeof(ret.s) - 1; i++)
		ret.s[i] = w.s[i] >= 0x20 && w.s[i] <= 0x7e ? w.s[i] : '?';
	return ret;
}

static int fail_not_hex(const struct scan *sc, struct word w, struct lw_error *reterr)
{
	return lw_fail_in(reterr, LW_EINVAL, sc->name, sc->line,
			  "'%s' is not hex: a dump is raw bytes or hex as xxd, hexdump -C, "
			  "od -Ax -tx1 or ethtool -m DEV hex on print it",
			  show(w).s);
}

static int fail_words(const struct scan *sc, struct word w, struct lw_error *reterr)
{
	return lw_fail_in(reterr, LW_EINVAL, sc->name, sc->line,
			  "'%s' is not one byte: the order of bytes in words depends on the "
			  "machine, use hexdump -C or od -Ax -tx1",
			  show(w).s);
}

static int emit(struct scan *sc, uint8_t byte, struct lw_error *reterr)
{
	int r = sc->put(sc->ctx, byte, reterr);

	if (!r)
		sc->pos++;
	return r;
}

/* Pages that the text leaves out are FFh, as in the files of the optoe driver. */
static int fill_to(struct scan *sc, size_t at, struct lw_error *reterr)
{
	int r = 0;

	while (!r && sc->pos < at)
		r = emit(sc, 0xff, reterr);
	return r;
}

/* Read what follows an offset, up to the first word that is no bytes. False: no row after all. */
static bool read_bytes(struct word rest, bool colon, struct row *ret)
{
	struct word w;

	ret->n = 0;
	for (;;) {
		w = next_word(&rest, "");
		if (w.n == 1 && strchr(".-:", w.s[0])) /* between groups, as routers print */
			continue;
		if (!all_hex(w) || w.n % 2 || (!colon && w.n != 2) || ret->n + w.n / 2 > ROW_MAX)
			break;
		for (size_t i = 0; i < w.n; i += 2)
			ret->bytes[ret->n++] =
				(uint8_t)(hex_digit(w.s[i]) * 16 + hex_digit(w.s[i + 1]));
	}
	return ret->n >= ROW_SURE || (ret->n && !w.n);
}

/* Can this be an offset, by its looks: "0010:", "0x10", "00000010", "0000020" (octal)? */
static bool is_offset(struct word w, bool colon)
{
	struct word digits = drop_0x(w);

	if (!all_hex(digits) || digits.n < 2 || digits.n > 8)
		return false;
	return colon || digits.n != w.n || digits.n == 4 || digits.n >= 6;
}

static void read_offset(struct word digits, bool octal, struct row *ret)
{
	ret->n = 0;
	ret->offset = 0;
	for (; digits.n; digits.s++, digits.n--)
		ret->offset = ret->offset * (octal ? 8 : 16) + (size_t)hex_digit(*digits.s);
}

/* hexdump and od end with the offset alone: it tells how far a star before it reaches. */
static bool read_end(struct word line, struct row *ret)
{
	line = trim(line);
	if (!all_hex(line) || line.n < 6 || line.n > 8)
		return false;
	read_offset(line, line.n == 7, ret);
	return true;
}

/*
 * Find offset and bytes in a line, which may be indented, quoted, or the message of a log. With
 * `words` set on return the bytes stand in words of 16 bits or more.
 */
static bool read_row(struct word line, struct row *ret, bool *ret_words)
{
	struct word rest = trim(line);

	if (rest.n > 3 && !memcmp(rest.s, "\xef\xbb\xbf", 3)) {
		rest.s += 3;
		rest.n -= 3;
	}
	*ret_words = false;
	while (rest.n) {
		struct word w = next_word(&rest, ":"), after = rest, first;
		bool colon = rest.n && rest.s[0] == ':', octal;

		if (colon) {
			after.s++;
			after.n--;
		}
		if (!is_offset(w, colon))
			continue;
		first = after;
		first = next_word(&first, "");
		octal = !colon && w.n == 7;
		read_offset(drop_0x(w), octal, ret);
		if (read_bytes(after, colon, ret))
			return true;
		*ret_words = octal && !ret->offset && all_hex(first) && first.n > 2;
		if (*ret_words)
			return true;
	}
	return false;
}

/* The page number behind the word "page": "11h", "0x11", "17", "0x11h". */
static bool read_page(const char *s, const char *end, unsigned *ret)
{
	struct word rest = {s, (size_t)(end - s)}, w = next_word(&rest, " :=("),
		    digits = drop_0x(w);
	bool hex = digits.n != w.n;
	unsigned v = 0;

	while (digits.n && !isalnum((unsigned char)digits.s[digits.n - 1]))
		digits.n--;
	if (digits.n && (digits.s[digits.n - 1] | 0x20) == 'h') {
		digits.n--;
		hex = true;
	}
	if (!all_hex(digits) || digits.n > 3)
		return false;
	for (size_t i = 0; i < digits.n; i++) {
		if (!hex && !isdigit((unsigned char)digits.s[i]))
			return false;
		v = v * (hex ? 16 : 10) + (unsigned)hex_digit(digits.s[i]);
	}
	*ret = v;
	return v <= 0xff;
}

/* A line without bytes may say what the rows behind it are: does it? */
static bool read_place(struct word line, struct place *ret)
{
	const char *page = find(line, "page"), *address = find(line, "0x5");
	const char *end = line.s + line.n;
	struct place p = {.known = true};
	bool number = page && read_page(page + 4, end, &p.page);

	p.a2 = find(line, "a2h") || find(line, "(a2 ");
	p.upper = find(line, "upper") != NULL;
	p.lower = find(line, "lower") != NULL;
	if (address && address + 3 < end && (find(line, "address") || find(line, "i2cdump"))) {
		p.a2 = address[3] == '1';
		p.foreign = address[3] >= '2' && address[3] <= '7';
	} else if (page ? !number && !p.upper && !p.lower : !p.a2 && !find(line, "a0h")) {
		return false;
	}
	*ret = p;
	return true;
}

/* Where a row belongs in the layout of the optoe driver. */
static size_t place_of(const struct place *p, size_t offset)
{
	size_t at = p->a2 ? A2H_AT : 0;

	if (!p->known || offset >= A2H_AT)
		return offset;
	if (p->lower && offset >= SLOT_BYTES)
		offset -= SLOT_BYTES;
	if (p->upper && offset < SLOT_BYTES)
		offset += SLOT_BYTES;
	return at + offset + (offset >= SLOT_BYTES ? (size_t)p->page * SLOT_BYTES : 0);
}

/* Hand out the row before: `n` bytes of it, and again up to `to` after a star. */
static int flush_row(struct scan *sc, size_t n, size_t to, struct lw_error *reterr)
{
	int r = 0;

	if (!sc->has_last)
		return 0;
	sc->has_last = false;
	if (n > sc->last.n)
		n = sc->last.n;
	for (size_t i = 0; !r && i < n; i++)
		r = emit(sc, sc->last.bytes[i], reterr);
	for (size_t i = 0; !r && sc->star && n && sc->pos < to; i++)
		r = emit(sc, sc->last.bytes[i % n], reterr);
	sc->star = false;
	return r;
}

/* Bytes of the row before when nothing tells where it ends. */
static size_t row_size(const struct scan *sc)
{
	size_t n = sc->stride ? sc->stride : sc->last.n < 32 ? 16 : sc->last.n;

	return n < sc->last.n ? n : sc->last.n;
}

static int fail_offset(const struct scan *sc, size_t offset, size_t end, struct lw_error *reterr)
{
	return lw_fail_in(reterr, LW_EINVAL, sc->name, sc->line,
			  "this row starts at byte %zu, the rows before it end at %zu: the "
			  "dump must start at 0 and leave nothing out",
			  offset, end);
}

/* Offsets in decimal are told by the second row: "000:", "016:", "032:". */
static size_t offset_of(struct scan *sc, const struct row *row)
{
	size_t value = 0, rest = row->offset;

	if (!sc->last.offset && row->offset == 0x16 && sc->last.n >= 16)
		sc->decimal = true;
	if (!sc->decimal)
		return row->offset;
	for (size_t unit = 1; rest; unit *= 10, rest /= 16)
		value += rest % 16 * unit;
	return value;
}

/* What lies between the offsets of two rows is how long the first one is. */
static int take_row(struct scan *sc, struct row *row, struct lw_error *reterr)
{
	int r = 0;

	if (sc->has_last) {
		size_t before = sc->last.offset, step;

		row->offset = offset_of(sc, row);
		step = row->offset - before;
		if (row->offset <= before || (!sc->star && step > sc->last.n))
			return fail_offset(sc, row->offset, before + row_size(sc), reterr);
		if (!sc->star)
			sc->stride = step;
		r = flush_row(sc, row_size(sc), sc->pos + step, reterr);
	}
	sc->last = *row;
	sc->has_last = true;
	return r;
}

static bool is_star(struct word line)
{
	line = trim(line);
	return line.n && line.s[line.n - 1] == '*' && (line.n == 1 || is_blank(line.s[line.n - 2]));
}

static struct word next_line(const char *text, size_t n, size_t *inout_at)
{
	const char *start = text + *inout_at;
	const char *end = memchr(start, '\n', n - *inout_at);
	struct word line = {start, end ? (size_t)(end - start) : n - *inout_at};

	*inout_at += line.n + 1;
	return line;
}

/* RouterOS prints A2h of an SFP behind the first half of A0h. */
static bool is_routeros_sfp(struct word line, const struct row *row)
{
	return !row->offset && row->n && row->bytes[0] == 0x03 && find(line, "eeprom: ");
}

/* Find the parts of the text, each with its place in memory, in the order of the text. */
static int find_parts(struct scan *sc, const char *text, size_t n, struct lw_error *reterr)
{
	struct place place = {0};
	bool announced = true, routeros = false;
	size_t at = 0;

	for (int number = 1; at < n; number++) {
		size_t from = at;
		struct word line = next_line(text, n, &at);
		struct part *part = &sc->parts[sc->part_n];
		struct row row;
		bool words;

		if (!read_row(line, &row, &words)) {
			announced |= read_place(line, &place);
			continue;
		}
		routeros |= is_routeros_sfp(line, &row);
		if (routeros && row.offset == SLOT_BYTES) {
			place = (struct place){.known = true, .a2 = true, .lower = true};
			announced = true;
		}
		if (!announced)
			continue;
		if (sc->part_n == PARTS_MAX)
			return lw_fail_in(reterr, LW_ELIMIT, sc->name, number,
					  "more than %d pages: no dump of one module", PARTS_MAX);
		announced = false;
		*part = (struct part){.at = place_of(&place, row.offset),
				      .from = from,
				      .to = n,
				      .line = number - 1,
				      .foreign = place.foreign};
		if (sc->part_n)
			part[-1].to = from;
		sc->part_n++;
	}
	return 0;
}

/* The part that starts at byte `at` or next behind it; NULL if there is none. */
static const struct part *next_part(const struct scan *sc, size_t at)
{
	const struct part *next = NULL;

	for (size_t i = 0; i < sc->part_n; i++) {
		const struct part *p = &sc->parts[i];

		if (!p->foreign && p->at >= at && (!next || p->at < next->at))
			next = p;
	}
	return next;
}

static int scan_part(struct scan *sc, const char *text, const struct part *part,
		     struct lw_error *reterr)
{
	size_t at = part->from;

	sc->stride = 0;
	sc->decimal = sc->star = false;
	sc->line = part->line;
	while (at < part->to) {
		struct word line = next_line(text, part->to, &at);
		struct row row;
		bool words;
		int r;

		sc->line++;
		if (is_star(line)) {
			sc->star = sc->has_last;
			continue;
		}
		words = false;
		if (!read_row(line, &row, &words) && !(sc->star && read_end(line, &row)))
			continue;
		r = words ? fail_words(sc, trim(line), reterr) : take_row(sc, &row, reterr);
		if (r)
			return r;
	}
	return flush_row(sc, row_size(sc), 0, reterr);
}

/* The parts by rising place, each once. */
static int scan_parts(struct scan *sc, const char *text, struct lw_error *reterr)
{
	size_t done = 0, at = 0;
	const struct part *part;

	while ((part = next_part(sc, at))) {
		int r;

		sc->line = part->line + 1;
		if (part->at != sc->pos && (!done || part->at % SLOT_BYTES))
			return fail_offset(sc, part->at, sc->pos, reterr);
		r = fill_to(sc, part->at, reterr);
		if (!r)
			r = scan_part(sc, text, part, reterr);
		if (r)
			return r;
		at = part->at + 1;
		done++;
	}
	for (size_t i = 0; i < sc->part_n; i++)
		done += sc->parts[i].foreign;
	if (done != sc->part_n)
		return lw_fail_in(reterr, LW_EINVAL, sc->name, 0,
				  "the same page comes twice: a dump holds one module, each page "
				  "once");
	/* Linux logs so much of A0h when it does not like it. */
	return sc->pos == LINUX_LOG_BYTES ? fill_to(sc, SLOT_BYTES, reterr) : 0;
}

/* A line of a dump without offsets. */
static int scan_plain(struct scan *sc, struct word line, struct lw_error *reterr)
{
	for (;;) {
		struct word w = drop_0x(next_word(&line, ",;:{}"));

		if (!w.n)
			return 0;
		if (w.n == 1 && w.s[0] == '*')
			return lw_fail_in(reterr, LW_EINVAL, sc->name, sc->line,
					  "'*' stands for rows left out, and no offset tells how "
					  "many: print the dump with offsets, or with -v");
		if (!all_hex(w))
			return fail_not_hex(sc, w, reterr);
		if (w.n % 2)
			return lw_fail_in(reterr, LW_EINVAL, sc->name, sc->line,
					  "'%.*s' has an odd number of hex digits: is the dump cut "
					  "off?",
					  (int)(w.n < 24 ? w.n : 24), w.s);
		for (size_t i = 0; i < w.n; i += 2) {
			int r = emit(sc, (uint8_t)(hex_digit(w.s[i]) * 16 + hex_digit(w.s[i + 1])),
				     reterr);

			if (r)
				return r;
		}
	}
}

int lw_dump_scan(const char *text, size_t n, const char *name, lw_dump_put put, void *ctx,
		 struct lw_error *reterr)
{
	struct scan sc = {.name = name, .put = put, .ctx = ctx};
	size_t at = 0;
	int r = find_parts(&sc, text, n, reterr);

	if (r)
		return r;
	if (sc.part_n)
		return scan_parts(&sc, text, reterr);
	while (at < n) {
		struct word line = next_line(text, n, &at);

		sc.line++;
		r = scan_plain(&sc, line, reterr);
		if (r)
			return r;
	}
	return 0;
}
