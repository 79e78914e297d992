/* SPDX-License-Identifier: Apache-2.0 */
#include "csv.h"

#include <string.h>

void csv_init(struct csv *c, const char *text, size_t n, const char *file, struct lw_arena *arena)
{
	static const char mark[] = "\xef\xbb\xbf"; /* spreadsheets put it in front of UTF-8 */

	*c = (struct csv){.s = text, .end = text + n, .file = file, .next_line = 1, .arena = arena};
	if (n >= 3 && memcmp(text, mark, 3) == 0)
		c->s += 3;
}

static int bad(struct csv *c, struct lw_error *reterr, const char *what)
{
	return lw_fail_in(reterr, LW_EINVAL, c->file, c->line, "%s", what);
}

/* A cell in quotes; two of them stand for one. */
static int quoted(struct csv *c, char *out, size_t *ret_n, struct lw_error *reterr)
{
	size_t n = 0;

	for (c->s++; c->s < c->end; c->s++) {
		if (*c->s == '"') {
			if (c->s + 1 == c->end || c->s[1] != '"') {
				c->s++;
				*ret_n = n;
				if (c->s < c->end && !strchr(",\r\n", *c->s))
					return bad(c, reterr,
						   "a cell goes on behind its closing quote");
				return 0;
			}
			c->s++;
		} else if (*c->s == '\n') {
			c->next_line++;
		}
		out[n++] = *c->s;
	}
	return bad(c, reterr, "a quote is not closed before the end of the file");
}

/* How long the cell can be at most: quoted ones end at the quote that stands alone. */
static size_t room(const struct csv *c)
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
	while (s < c->end && *s != ',' && *s != '\n')
		s++;
	return (size_t)(s - c->s) + 1;
}

static int cell(struct csv *c, struct lw_error *reterr)
{
	char *out = lw_arena_alloc(c->arena, room(c) + 1);
	size_t n = 0;
	int rc = 0;

	if (!out)
		return lw_fail_in(reterr, LW_ENOMEM, c->file, c->line, "out of memory");
	if (c->s < c->end && *c->s == '"')
		rc = quoted(c, out, &n, reterr);
	else
		while (c->s < c->end && *c->s != ',' && *c->s != '\n')
			out[n++] = *c->s++;
	if (rc)
		return rc;
	while (n && (out[n - 1] == '\r' || out[n - 1] == ' '))
		n--;
	out[n] = '\0';
	for (size_t i = 0; i < n; i++)
		if ((unsigned char)out[i] < 0x20 || out[i] == 0x7f)
			return bad(c, reterr, "a cell holds a control character");
	while (*out == ' ')
		out++;
	if (c->n == CSV_CELLS_MAX)
		return bad(c, reterr, "more than 64 cells in a row");
	c->cell[c->n++] = out;
	return 0;
}

int csv_next(struct csv *c, struct lw_error *reterr)
{
	for (;;) {
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
			if (c->s >= c->end || *c->s != ',')
				break;
			c->s++;
		}
		if (c->s < c->end && *c->s == '\n') {
			c->s++;
			c->next_line++;
		}
		if (c->n > 1 || c->cell[0][0])
			return 1;
	}
}

void csv_add(struct lw_buf *b, const char *text, int first)
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
