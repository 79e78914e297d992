/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LW_FINDING_H
#define LW_FINDING_H

#include <lanewise/arena.h>
#include <lanewise/json.h>

/**
 * @file
 * A finding is a result that a person can act on: which rule, about what, how bad, why, what to do,
 * and the source of the limit. The same record everywhere in Lanewise, in text and in JSON
 * `{rule, severity, subject, text, remedy, ref}`.
 */

enum lw_severity {
	LW_INFO,  /**< worth knowing, changes nothing */
	LW_RISK,  /**< will probably work but should not be trusted */
	LW_FATAL, /**< will not work */
};

struct lw_finding {
	const char *rule; /**< stable identifier, for example "lane-rate" */
	enum lw_severity severity;
	const char *subject; /**< link, cage, module, file:line ... */
	const char *text;    /**< what is wrong, with both values */
	const char *remedy;  /**< what to do */
	const char *ref;     /**< document and clause, or the data row, behind the rule */
};

/** A list whose texts live in `arena`. */
struct lw_findings {
	struct lw_arena *arena;
	struct lw_finding *v;
	size_t n, cap;
};

/** An empty list that allocates from `arena` (which must outlive it). */
LW_API void lw_findings_init(struct lw_findings *f, struct lw_arena *arena);

/**
 * Append a finding; every text is copied. `fmt` and what follows give the text.
 * @return 0 or LW_ENOMEM
 */
LW_API int lw_findings_add(struct lw_findings *f, const char *rule, enum lw_severity severity,
			   const char *subject, const char *remedy, const char *ref,
			   const char *fmt, ...) __attribute__((format(printf, 7, 8)));

/** The worst severity in the list, or -1 when it is empty. */
LW_API int lw_findings_worst(const struct lw_findings *f);

/** "info", "risk" or "fatal". */
LW_API const char *lw_severity_name(enum lw_severity s);

/** Write the list as a JSON array. */
LW_API void lw_findings_json(const struct lw_findings *f, struct lw_json *j);

#endif
