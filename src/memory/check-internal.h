/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LW_MEMORY_CHECK_H
#define LW_MEMORY_CHECK_H

#include "memory-internal.h"

#include <lanewise/facts.h>

/** @file One check of a memory, and what its parts share. Findings are sticky: see `r`. */

struct check {
	const struct lw_memory *m;
	struct lw_view raw; /**< every slot that holds more than FFh */
	struct lw_view v;   /**< those of them that the module advertises */
	const struct lw_facts *facts;
	const char *subject;
	struct lw_findings *out;
	struct lw_buf list; /**< a list in the making */
	unsigned listed;
	int r;
};

__attribute__((format(printf, 6, 7))) void lw_check_add(struct check *c, const char *rule,
							enum lw_severity severity,
							const char *remedy, const char *ref,
							const char *fmt, ...);

/** Start, and append to, a comma list that is cut after some entries. */
void lw_check_list_clear(struct check *c);
__attribute__((format(printf, 2, 3))) void lw_check_list(struct check *c, const char *fmt, ...);

/** @return the list, "... and 3 more" at its end if it was cut; until the next clear */
const char *lw_check_list_end(struct check *c);

/** The reference of a rule that each map states in its own place. */
const char *lw_check_ref(const struct check *c, const char *cmis, const char *sff8636,
			 const char *sff8472);

void lw_check_pages(struct check *c);
void lw_check_lanes(struct check *c);
void lw_check_monitors(struct check *c);

#endif
