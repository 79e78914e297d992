/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LW_BUF_H
#define LW_BUF_H

#include <lanewise/export.h>
#include <stddef.h>

/**
 * @file
 * Growing text. Sticky on failure: after one failed append every later one is ignored and `failed`
 * stays set, so that a writer checks once. Not thread-safe.
 */

struct lw_buf {
	char *s;    /**< NUL-terminated when len > 0; NULL while empty */
	size_t len; /**< bytes without the NUL */
	size_t cap;
	int failed;
};

#define LW_BUF_INIT ((struct lw_buf){0})

/** Free the text; the buffer is empty again. */
LW_API void lw_buf_finish(struct lw_buf *b);

/** Drop the text but keep the memory (and clear `failed`). */
LW_API void lw_buf_clear(struct lw_buf *b);

LW_API void lw_buf_add(struct lw_buf *b, const char *s, size_t n);
LW_API void lw_buf_puts(struct lw_buf *b, const char *s);
LW_API void lw_buf_putc(struct lw_buf *b, char c);
LW_API void lw_buf_printf(struct lw_buf *b, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/** @return the text so far, "" while empty; valid until the next append */
LW_API const char *lw_buf_str(const struct lw_buf *b);

/** @return bytes of the well-formed UTF-8 character at `s` (RFC 3629), 0: there is none */
LW_API size_t lw_utf8_length(const char *s);

#endif
