/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "bench.h"

#include <string.h>

void make(struct bench *t, const char *form_a, const char *pmd_a, unsigned count,
	  const char *form_b, const char *pmd_b)
{
	uint32_t rate = lw_pmd_find(pmd_b)->rate_mbps;

	assert_int_equal(test_end_make(&t->a, "a", form_a, pmd_a, count, rate), 0);
	assert_int_equal(test_end_make(&t->b, "b", form_b, pmd_b, 1, rate), 0);
	test_ends_choose(&t->a, &t->b);
	t->path = test_path(pmd_a, pmd_b);
	lw_arena_init(&t->arena, 0);
}

const char *judge(struct bench *t)
{
	lw_arena_finish(&t->arena);
	lw_findings_init(&t->f, &t->arena);
	assert_int_equal(lw_link_judge("a - b", &t->a.end, &t->b.end, &t->path, &t->f, &t->v, NULL),
			 0);
	for (size_t i = 0; i < t->f.n; i++) {
		assert_non_null(lw_rule_find(t->f.v[i].rule));
		assert_string_equal(t->f.v[i].subject, "a - b");
		assert_true(*t->f.v[i].text && *t->f.v[i].remedy && *t->f.v[i].ref);
	}
	return test_rules(&t->f, t->rules, sizeof(t->rules));
}

void expect_text(const struct bench *t, const char *part)
{
	for (size_t i = 0; i < t->f.n; i++)
		if (strstr(t->f.v[i].text, part) || strstr(t->f.v[i].remedy, part) ||
		    strstr(t->f.v[i].ref, part))
			return;
	fail_msg("nothing says \"%s\"; first is: %s", part, t->f.n ? t->f.v[0].text : "none");
}

void done(struct bench *t)
{
	lw_arena_finish(&t->arena);
}
