/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LW_CLI_TOP_PAGE_H
#define LW_CLI_TOP_PAGE_H

#include <stdbool.h>
#include <stdint.h>

/*
 * Lines of characters with a style each: what "lanewise top" draws into, for a terminal, a pipe or
 * a test. Only printable ASCII gets in, so nothing that a module or a daemon says can steer a
 * terminal.
 */

/* How it looks; never the only bearer of a meaning. */
enum top_style {
	TOP_PLAIN,
	TOP_BOLD,
	TOP_DIM,
	TOP_GOOD,
	TOP_WARN,
	TOP_BAD,
	TOP_BAR,    /* head and foot of the screen */
	TOP_CHOSEN, /* the line under the cursor */
};

#define TOP_WIDTH_MAX 512

struct top_line {
	unsigned n; /* columns in use */
	char text[TOP_WIDTH_MAX + 1];
	uint8_t style[TOP_WIDTH_MAX];
};

struct top_page {
	unsigned width; /* at most TOP_WIDTH_MAX */
	unsigned n, cap;
	struct top_line *line;
	bool failed; /* no memory: what came later is not there */
};

void top_page_init(struct top_page *p, unsigned width);
void top_page_finish(struct top_page *p);
/* No lines again, of this width. */
void top_page_clear(struct top_page *p, unsigned width);

/* Begin a line below the last. */
void top_page_next(struct top_page *p);

/*
 * Write at a column of the last line; what does not fit is cut.
 * @return the column behind it
 */
unsigned top_put(struct top_page *p, unsigned column, enum top_style style, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));

/* Write at a column of the last line, as many lines as it takes; the others begin at `indent`. */
void top_put_wrapped(struct top_page *p, unsigned column, unsigned indent, enum top_style style,
		     const char *text);

/* Give the last line one style from end to end. */
void top_page_paint(struct top_page *p, enum top_style style);

/* The text of a line, without the blanks at its end; "" beyond the last. */
const char *top_page_text(const struct top_page *p, unsigned i);

/* "12s", "3m", "5h", "9d": at most four letters. */
const char *top_span(double seconds, char ret[8]);
/* "400G", "-". */
const char *top_rate(double mbps, char ret[16]);

#endif
