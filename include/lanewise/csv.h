/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LW_CSV_H
#define LW_CSV_H

#include <lanewise/arena.h>
#include <lanewise/buf.h>
#include <lanewise/error.h>

/**
 * @file
 * Tables as text (RFC 4180), as spreadsheets really write them: with or without a byte order mark,
 * lines ended by CR LF or LF, cells divided by commas, semicolons or tabs. Pure; not thread-safe by
 * arena.
 */

#define LW_CSV_CELLS_MAX 64

/** A reader of rows; cells live in its arena, blanks around them are cut off. */
struct lw_csv {
	const char *s, *end, *file;
	int line; /**< of the row read last, from 1 */
	int next_line;
	char separator; /**< what the first line divides most often by */
	struct lw_arena *arena;
	const char *cell[LW_CSV_CELLS_MAX];
	size_t n;
};

/**
 * Begin to read `n` bytes of `text`, which must outlive the reader.
 * @param file  name for messages, borrowed
 */
LW_API void lw_csv_init(struct lw_csv *c, const char *text, size_t n, const char *file,
			struct lw_arena *arena);

/**
 * Read the next row that is not blank.
 * @return 1: a row; 0: the end; LW_EINVAL: file, line and cell are told; LW_ENOMEM
 */
LW_API int lw_csv_next(struct lw_csv *c, struct lw_error *reterr);

/** Append a cell, quoted where it must be; `first`: no comma before it. */
LW_API void lw_csv_add(struct lw_buf *b, const char *text, int first);

#endif
