/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LW_EXCHANGE_CSV_H
#define LW_EXCHANGE_CSV_H

#include <lanewise/arena.h>
#include <lanewise/buf.h>
#include <lanewise/error.h>

#define CSV_CELLS_MAX 64

/** Reads RFC 4180: cells in an arena, blank lines passed over. */
struct csv {
	const char *s, *end, *file;
	int line; /**< of the row read last */
	int next_line;
	struct lw_arena *arena;
	const char *cell[CSV_CELLS_MAX];
	size_t n;
};

void csv_init(struct csv *c, const char *text, size_t n, const char *file, struct lw_arena *arena);

/** @return 1: a row; 0: the end; LW_EINVAL with the line, LW_ENOMEM */
int csv_next(struct csv *c, struct lw_error *reterr);

/** Append a cell, quoted where it must be; `first`: no comma before it. */
void csv_add(struct lw_buf *b, const char *text, int first);

#endif
