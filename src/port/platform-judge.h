/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LW_PLATFORM_JUDGE_H
#define LW_PLATFORM_JUDGE_H

#include "platform-internal.h"

#define BUCKETS 1024u

/** One finding for all ports it holds of. */
struct group {
	const char *rule, *text;
	const char *detail, *remedy; /**< of the first port; NULL: none, the rule's */
	const struct lw_platform_port *first;
	size_t ports;
	unsigned char *seen; /**< one bit a port */
	struct group *next;  /**< of the same bucket */
	struct group *order; /**< found after this one */
};

struct judge {
	struct lw_arena *arena;
	const struct lw_platform *p;
	struct group **bucket;
	struct group *first, **tail;
};

/**
 * Note that `rule` is broken on `port`; what is said of several ports is said once.
 * @param detail  added in brackets for the first port; may be NULL
 */
int lw_judge_add(struct judge *j, const char *rule, const struct lw_platform_port *port,
		 const char *detail, const char *fmt, ...) __attribute__((format(printf, 5, 6)));

/** What ports share that each should have alone: lanes and aliases in the description. */
int lw_judge_shared(struct judge *j);

/** The modes in force: names and lanes that clash, and what hwsku.json says beside them. */
int lw_judge_force(struct judge *j, struct lw_findings *ret);

#endif
