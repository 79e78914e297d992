/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LW_CODE_H
#define LW_CODE_H

#include <lanewise/code-ids.h> /* generated: enum lw_code_table */
#include <lanewise/export.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * @file
 * Code tables: the meaning of coded register values (SFF-8024 and the tables of each map). The rows
 * are data/codes.csv; a table is named in a map row's `codes` column. Pure and thread-safe.
 */

struct lw_code {
	uint16_t first, last; /**< a single code has first == last; ranges are reserved or custom */
	int32_t num, den; /**< the number num / den the code stands for ("x4" is 4); den 0: none */
	bool reserved;
	const char *name;
	const char *ref; /**< document, revision, table */
};

/** @return the row that holds `code`, or NULL when the table does not define it */
LW_API const struct lw_code *lw_code_find(enum lw_code_table table, unsigned code);

/** @return the meaning of `code`, or NULL when undefined or reserved */
LW_API const char *lw_code_name(enum lw_code_table table, unsigned code);

/**
 * A text that never fails: the meaning, or "0x2a (reserved)".
 * @param buf  at least 16 bytes, used only when the code has no name
 */
LW_API const char *lw_code_text(enum lw_code_table table, unsigned code, char *buf, size_t size);

/** @return the table called `name` (as in data/codes.csv), or LW_CODES_NONE */
LW_API enum lw_code_table lw_code_table_find(const char *name);

/** @return the name of a table, or NULL */
LW_API const char *lw_code_table_name(enum lw_code_table table);

/** @return the rows of a table in rising order; `*ret_n` receives their number */
LW_API const struct lw_code *lw_code_rows(enum lw_code_table table, size_t *ret_n);

#endif
