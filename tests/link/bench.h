/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LW_TEST_BENCH_H
#define LW_TEST_BENCH_H

#include "ends.h"

/** One link under test: change what matters, then judge. */
struct bench {
	struct test_end a, b;
	struct lw_link_path path;
	struct lw_arena arena;
	struct lw_findings f;
	enum lw_verdict v;
	char rules[300];
};

/** Put `count` ports of form_a:pmd_a against one of form_b:pmd_b, with a path that suits both. */
void make(struct bench *t, const char *form_a, const char *pmd_a, unsigned count,
	  const char *form_b, const char *pmd_b);

/** Judge; every finding must be whole. @return the rules that are more than information */
const char *judge(struct bench *t);

/** Some finding's text, remedy or reference must hold `part`. */
void expect_text(const struct bench *t, const char *part);

void done(struct bench *t);

/* The link is `v` by exactly these rules, in this order. */
#define EXPECT(t, verdict, names)                                                                  \
	do {                                                                                       \
		assert_string_equal(judge(t), names);                                              \
		assert_string_equal(lw_verdict_name((t)->v), verdict);                             \
	} while (0)

#endif
