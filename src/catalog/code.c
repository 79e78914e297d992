/* SPDX-License-Identifier: Apache-2.0 */
#include "code-tables.h"

#include <stdio.h>
#include <string.h>

static const struct lw_code_rows *table_at(enum lw_code_table table)
{
	static const struct lw_code_rows none;

	return (unsigned)table < LW_CODES_N ? &lw_code_tables[table] : &none;
}

const struct lw_code *lw_code_rows(enum lw_code_table table, size_t *ret_n)
{
	const struct lw_code_rows *t = table_at(table);

	if (ret_n)
		*ret_n = t->n;
	return t->rows;
}

const char *lw_code_table_name(enum lw_code_table table)
{
	return table_at(table)->name;
}

enum lw_code_table lw_code_table_find(const char *name)
{
	for (unsigned i = LW_CODES_NONE + 1; name && i < LW_CODES_N; i++)
		if (strcmp(lw_code_tables[i].name, name) == 0)
			return (enum lw_code_table)i;
	return LW_CODES_NONE;
}

const struct lw_code *lw_code_find(enum lw_code_table table, unsigned code)
{
	const struct lw_code_rows *t = table_at(table);
	size_t low = 0;
	size_t high = t->n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		const struct lw_code *row = &t->rows[middle];

		if (code < row->first)
			high = middle;
		else if (code > row->last)
			low = middle + 1;
		else
			return row;
	}
	return NULL;
}

const char *lw_code_name(enum lw_code_table table, unsigned code)
{
	const struct lw_code *row = lw_code_find(table, code);

	return row && !row->reserved ? row->name : NULL;
}

const char *lw_code_text(enum lw_code_table table, unsigned code, char *buf, size_t size)
{
	const char *name = lw_code_name(table, code);

	if (name)
		return name;
	snprintf(buf, size, "0x%02x (reserved)", code);
	return buf;
}
