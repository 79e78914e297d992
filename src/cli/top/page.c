/* SPDX-License-Identifier: Apache-2.0 */
#include "page.h"

#include <lanewise/port.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void top_page_init(struct top_page *p, unsigned width)
{
	*p = (struct top_page){0};
	top_page_clear(p, width);
}

void top_page_finish(struct top_page *p)
{
	free(p->line);
	*p = (struct top_page){0};
}

void top_page_clear(struct top_page *p, unsigned width)
{
	p->width = width < TOP_WIDTH_MAX ? width : TOP_WIDTH_MAX;
	p->n = 0;
	p->failed = false;
}

void top_page_next(struct top_page *p)
{
	unsigned cap = p->cap ? 2 * p->cap : 32;
	struct top_line *more;

	if (p->n == p->cap && !p->failed) {
		more = realloc(p->line, cap * sizeof(*more));
		if (more) {
			p->line = more;
			p->cap = cap;
		}
		p->failed = !more;
	}
	if (!p->failed)
		p->line[p->n++] = (struct top_line){0};
}

static void put(struct top_line *l, unsigned width, unsigned column, enum top_style style,
		const char *text, size_t n)
{
	for (size_t i = 0; i < n && column < width; i++, column++) {
		while (l->n < column)
			l->text[l->n++] = ' ';
		l->text[column] = text[i] >= ' ' && text[i] <= '~' ? text[i] : '?';
		l->style[column] = (uint8_t)style;
		if (l->n == column)
			l->n++;
	}
}

unsigned top_put(struct top_page *p, unsigned column, enum top_style style, const char *fmt, ...)
{
	char text[TOP_WIDTH_MAX + 1];
	va_list ap;
	size_t n;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	n = strlen(text);
	if (p->n && !p->failed)
		put(&p->line[p->n - 1], p->width, column, style, text, n);
	return column + (unsigned)n;
}

void top_put_wrapped(struct top_page *p, unsigned column, unsigned indent, enum top_style style,
		     const char *text)
{
	bool first = true; /* of its line: a word is never put behind a blank there */

	while (*text && !p->failed) {
		unsigned n = (unsigned)strcspn(text, " ");

		if (!first && column + n > p->width) {
			top_page_next(p);
			column = indent;
		}
		if (!p->failed)
			put(&p->line[p->n - 1], p->width, column, style, text, n);
		column += n + 1;
		text += n;
		text += strspn(text, " ");
		first = false;
	}
}

void top_page_paint(struct top_page *p, enum top_style style)
{
	struct top_line *l = p->n && !p->failed ? &p->line[p->n - 1] : NULL;

	if (!l)
		return;
	while (l->n < p->width)
		l->text[l->n++] = ' ';
	memset(l->style, (int)style, p->width);
}

const char *top_page_text(const struct top_page *p, unsigned i)
{
	struct top_line *l = i < p->n ? &p->line[i] : NULL;
	unsigned n = l ? l->n : 0;

	while (n && l->text[n - 1] == ' ')
		n--;
	if (!n)
		return "";
	if (n < l->n) { /* only a painted line has blanks at its end, and they say nothing */
		l->n = n;
		l->text[n] = '\0';
	}
	return l->text;
}

const char *top_span(double s, char ret[8])
{
	if (!(s >= 0)) /* clocks of two machines differ a little */
		s = 0;
	if (s < 100)
		snprintf(ret, 8, "%us", (unsigned)s);
	else if (s < 6000)
		snprintf(ret, 8, "%um", (unsigned)(s / 60));
	else if (s < 360000)
		snprintf(ret, 8, "%uh", (unsigned)(s / 3600));
	else
		snprintf(ret, 8, "%ud", (unsigned)fmin(s / 86400, 9999));
	return ret;
}

const char *top_rate(double mbps, char ret[16])
{
	if (!(mbps >= 1 && mbps < 1e9))
		return "-";
	return lw_rate_text((uint32_t)mbps, ret, 16);
}
