/* SPDX-License-Identifier: Apache-2.0 */
#include <lanewise/csv.h>

#include <stdbool.h>
#include <string.h>

/* Semicolons where the comma is the decimal sign, tabs when copied from a spreadsheet. */
static char separator_of(const char *s, const char *end)
{
	static const char signs[] = ",;\t";
	size_t count[3] = {0}, best = 0;
	int quoted = 0;

	for (; s < end && (quoted || *s != '\n' || !(count[0] + count[1] + count[2])); s++) {
		const char *at = *s && !quoted ? strchr(signs, *s) : NULL;

		if (*s == '"')
			quoted = !quoted;
		else if (at)
			count[at - signs]++;
	}
	for (size_t i = 1; i < 3; i++)
		if (count[i] > count[best])
			best = i;
	return signs[best];
}

void lw_csv_init(struct lw_csv *c, const char *text, size_t n, const char *file,
		 struct lw_arena *arena)
{
	static const char mark[] = "\xef\xbb\xbf"; /* spreadsheets put it in front of UTF-8 */

	*c = (struct lw_csv){
		.s = text, .end = text + n, .file = file, .next_line = 1, .arena = arena};
	if (n >= 3 && memcmp(text, mark, 3) == 0)
		c->s += 3;
	c->separator = separator_of(c->s, c->end);
}

static int bad(struct lw_csv *c, struct lw_error *reterr, const char *what)
{
	return lw_fail_in(reterr, LW_EINVAL, c->file, c->line, "cell %zu: %s", c->n + 1, what);
}

/* A cell in quotes; two of them stand for one. */
static int quoted(struct lw_csv *c, char *out, size_t *ret_n, struct lw_error *reterr)
{
	size_t n = 0;

	for (c->s++; c->s < c->end; c->s++) {
		if (*c->s == '"') {
			if (c->s + 1 == c->end || c->s[1] != '"') {
				c->s++;
				*ret_n = n;
				if (c->s < c->end && *c->s != c->separator && *c->s != '\r' &&
				    *c->s != '\n')
					return bad(c, reterr,
						   "text goes on behind the closing quote");
				return 0;
			}
			c->s++;
		} else if (*c->s == '\n') {
			c->next_line++;
		}
		out[n++] = *c->s;
	}
	return bad(c, reterr, "its quote is not closed before the end of the file");
}

/* How long the cell can be at most: quoted ones end at the quote that stands alone. */
static size_t room(const struct lw_csv *c)
{
	const char *s = c->s;

	if (s < c->end && *s == '"') {
		for (s++; s < c->end; s++)
			if (*s == '"') {
				if (s + 1 == c->end || s[1] != '"')
					break;
				s++;
			}
		return (size_t)(s - c->s) + 1;
	}
	while (s < c->end && *s != c->separator && *s != '\n')
		s++;
	return (size_t)(s - c->s) + 1;
}

static int cell(struct lw_csv *c, struct lw_error *reterr)
{
	char *out = lw_arena_alloc(c->arena, room(c) + 1);
	size_t n = 0;
	int rc = 0;

	if (!out)
		return lw_fail_in(reterr, LW_ENOMEM, c->file, c->line, "out of memory");
	if (c->s < c->end && *c->s == '"')
		rc = quoted(c, out, &n, reterr);
	else
		while (c->s < c->end && *c->s != c->separator && *c->s != '\n')
			out[n++] = *c->s++;
	if (rc)
		return rc;
	/* headings and remarks in quotes go over several lines in spreadsheets */
	for (size_t i = 0; i < n; i++)
		if (out[i] == '\n' || out[i] == '\r' || out[i] == '\t')
			out[i] = ' ';
	while (n && out[n - 1] == ' ')
		n--;
	out[n] = '\0';
	for (size_t i = 0; i < n; i++)
		if ((unsigned char)out[i] < 0x20 || out[i] == 0x7f)
			return bad(c, reterr,
				   out[i] ? "it holds a control character"
					  : "it holds a NUL byte: save the table as CSV in UTF-8");
	while (*out == ' ')
		out++;
	if (c->n == LW_CSV_CELLS_MAX)
		return bad(c, reterr, "at most 64 cells are read of a row");
	c->cell[c->n++] = out;
	return 0;
}

static bool blank(const struct lw_csv *c)
{
	for (size_t i = 0; i < c->n; i++)
		if (c->cell[i][0])
			return false;
	return true;
}

int lw_csv_next(struct lw_csv *c, struct lw_error *reterr)
{
	do {
		c->n = 0;
		c->line = c->next_line;
		if (c->s >= c->end)
			return 0;
		for (;;) {
			int rc = cell(c, reterr);

			if (rc)
				return rc;
			while (c->s < c->end && *c->s == '\r')
				c->s++;
			if (c->s >= c->end || *c->s != c->separator)
				break;
			c->s++;
		}
		if (c->s < c->end && *c->s == '\n') {
			c->s++;
			c->next_line++;
		}
	} while (blank(c)); /* spreadsheets end tables by rows of separators */
	return 1;
}

void lw_csv_add(struct lw_buf *b, const char *text, int first)
{
	if (!first)
		lw_buf_putc(b, ',');
	if (!strpbrk(text, ",\"\r\n")) {
		lw_buf_puts(b, text);
		return;
	}
	lw_buf_putc(b, '"');
	for (; *text; text++) {
		if (*text == '"')
			lw_buf_putc(b, '"');
		lw_buf_putc(b, *text);
	}
	lw_buf_putc(b, '"');
}
