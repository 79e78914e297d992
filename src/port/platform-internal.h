/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LW_PLATFORM_INTERNAL_H
#define LW_PLATFORM_INTERNAL_H

#include <lanewise/platform.h>

/* Shared by the sources of platform; see <lanewise/platform.h>. */

/** What SONiC's expansion counts by, from data/sonic.csv. */
struct lw_sonic_limit {
	const char *name;
	uint32_t value;
	const char *ref;
};

/** A finding about a platform, from data/port-rules.csv. */
struct lw_port_rule {
	const char *name;
	enum lw_severity severity;
	const char *asks, *why, *example, *remedy, *ref;
};

extern const struct lw_sonic_limit lw_sonic_limits[];
extern const size_t lw_sonic_limits_n;
extern const struct lw_port_rule lw_port_rules[];
extern const size_t lw_port_rules_n;
extern const uint32_t lw_slow_lanes[];
extern const size_t lw_slow_lanes_n;

uint32_t lw_sonic_limit(const char *name);
const struct lw_port_rule *lw_port_rule_find(const char *name);

/** Cut text at commas, as Python's split: blanks stay, an empty text is one empty piece. */
const char *const *lw_text_split(struct lw_arena *a, const char *s, size_t *ret_n);

/** Read a mode into `ret` (text, part or refusal). @return 0 or LW_ENOMEM */
int lw_mode_read(struct lw_arena *a, const char *text, size_t port_lanes,
		 struct lw_platform_mode *ret);

/** As lw_platform_expand() for a mode that was read. */
int lw_mode_expand(struct lw_platform *p, const struct lw_platform_port *port,
		   struct lw_platform_mode *inout, struct lw_error *reterr);

/** Part for part the same count, speeds and lanes. */
bool lw_mode_same(const struct lw_platform_mode *a, const struct lw_platform_mode *b);

/** Give the sub-ports of a mode the attributes that hwsku.json gives any of them. */
void lw_hwsku_apply(const struct lw_platform *p, struct lw_platform_mode *m);

/** Complete the refusal of a mode that was asked for: finer reason, and what to use instead. */
int lw_mode_refuse(struct lw_platform *p, const struct lw_platform_port *port,
		   struct lw_platform_mode *m);

/** Add a finding of a rule of data/port-rules.csv. */
int lw_port_finding(struct lw_findings *f, const char *rule, const char *subject,
		    const char *remedy, const char *text);

#endif
