/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LW_EXPLAIN_H
#define LW_EXPLAIN_H

#include <lanewise/map.h>

/**
 * @file
 * What a register field is, told piece by piece from its row of the map: the same for whoever
 * prints it and whoever shows it otherwise. Pure, allocates nothing, thread-safe.
 */

/** Where the pieces go. Texts live until the call returns. */
struct lw_explain_to {
	void *ctx;
	/** "meaning" and its text; never an empty one */
	void (*pair)(void *ctx, const char *label, const char *text);
	/** a list of names under a label: begin, items, end */
	void (*list_begin)(void *ctx, const char *label);
	void (*list_item)(void *ctx, const char *name, const char *text);
	void (*list_end)(void *ctx);
};

/**
 * Tell of a field: the standard's name, place, meaning, type, unit, lanes, access, source, and the
 * codes of a code field.
 * @param lane  0-based inside its bank: whose place is told
 */
LW_API void lw_field_explain(const struct lw_field *f, unsigned lane,
			     const struct lw_explain_to *to);

/** Tell the codes of a table, as of a field: a list "codes" with numbers and names. */
LW_API void lw_code_table_explain(enum lw_code_table table, const struct lw_explain_to *to);

/** Room for every text of lw_field_place_text(). */
#define LW_PLACE_MAX 24

/** "147", "147.3", "147.3-0", "147-149": where lane `lane` is, in its page. @return `buf` */
LW_API const char *lw_field_place_text(const struct lw_field *f, unsigned lane,
				       char buf[LW_PLACE_MAX]);

/** "read only", "read only, cleared by reading" ... of enum lw_access. */
LW_API const char *lw_access_text(unsigned access);

#endif
