/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LW_TEST_ENDS_H
#define LW_TEST_ENDS_H

#include <lanewise/link.h>

/**
 * @file
 * Ends built from a PMD by name: an honest module of that PMD that offers the whole of it and every
 * split that its row lists, in a cage of the named form factor.
 */

struct test_end {
	struct lw_mode mode;
	struct lw_ability ability[LW_ABILITIES_MAX];
	size_t n;
	char mode_text[32];
	struct lw_link_end end;
};

/**
 * @param count  ports the cage is split into; the link under test is the first
 * @param rate   of each, in Mb/s
 * @return 0, or -1 when a name is not catalogued or no mode of the form gives these ports
 */
int test_end_make(struct test_end *e, const char *name, const char *form, const char *pmd,
		  unsigned count, uint32_t rate);

/** Choose both ends' abilities, as the fabric does. */
void test_ends_choose(struct test_end *a, struct test_end *b);

/** A cord (or passive copper) that suits both ends in connector and medium, 10 m (1 m). */
struct lw_link_path test_path(const char *pmd_a, const char *pmd_b);

/** True when the findings hold one of that rule. */
bool test_has(const struct lw_findings *f, const char *rule);

/** "lane-rate lane-count ..." of every finding that is not just information. */
const char *test_rules(const struct lw_findings *f, char *buf, size_t size);

#endif
