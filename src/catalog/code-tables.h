/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LW_CODE_TABLES_H
#define LW_CODE_TABLES_H

#include <lanewise/code.h>

/** What gen/codes.py makes of data/codes.csv; rows rise and do not overlap. */
struct lw_code_rows {
	const char *name;
	const struct lw_code *rows;
	size_t n;
};

extern const struct lw_code_rows lw_code_tables[LW_CODES_N];

#endif
