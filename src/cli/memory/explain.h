/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LW_CLI_EXPLAIN_H
#define LW_CLI_EXPLAIN_H

#include "cli.h"
#include <lanewise/explain.h>
#include <lanewise/interface.h>
#include <lanewise/json.h>
#include <lanewise/link.h>
#include <lanewise/map.h>

/* "lanewise explain": one answer is one item, a title and pairs of label and text. The same calls
 * count, print for people and write JSON. */

struct ex {
	bool counting;     /**< only count the items */
	unsigned n;        /**< items so far */
	struct lw_json *j; /**< NULL: for people */
	const char *table; /**< only codes of this table; NULL: any */
};

/** Begin an item. @return false when items are only counted: then no more is to be said of it */
bool ex_begin(struct ex *x, const char *kind, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
void ex_end(struct ex *x);

/** One pair; nothing when the value is empty. */
void ex_pair(struct ex *x, const char *label, const char *value);
void ex_pairf(struct ex *x, const char *label, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/** A list of names under one label. */
void ex_list_begin(struct ex *x, const char *label);
void ex_list_item(struct ex *x, const char *name, const char *doc);
void ex_list_end(struct ex *x);

/** The same for what the library explains. */
struct lw_explain_to ex_to(struct ex *x);

/** A finding that is no rule of link checks (data/findings.csv). */
struct ex_finding {
	const char *name, *of, *asks, *why, *example, *remedy, *ref;
};

extern const struct ex_finding ex_findings[]; /**< ends with a NULL name */
extern const char *const ex_pmds[], *const ex_forms[], *const ex_connectors[]; /**< end with NULL */

/* Each explains all that goes by the name and returns nothing: see ex.n. */
void ex_rule(struct ex *x, const char *name);
void ex_field(struct ex *x, const char *name);
void ex_place(struct ex *x, const char *name); /**< "cmis.11h:128", "A2:96", "L:3.1", "cmis.11h" */
void ex_code(struct ex *x, unsigned code);
void ex_code_name(struct ex *x, const char *name);
void ex_table(struct ex *x, const char *name);
void ex_pmd(struct ex *x, const char *name);
void ex_form(struct ex *x, const char *name);
void ex_connector(struct ex *x, const char *name);
void ex_part(struct ex *x, const char *name);
void ex_cord(struct ex *x, const char *name);

/** List what there is of a kind ("rules", "pmds" ...). @return false when there is no such kind */
bool ex_kind(struct ex *x, const char *kind);

/** A number as people and standards write codes: "30", "0x1e", "1Eh". */
bool ex_number(const char *s, unsigned *ret);

/** Say that there is nothing of that name, and what it is like. @return CLI_USAGE */
int ex_unknown(const struct cli_command *self, const char *name);

#endif
