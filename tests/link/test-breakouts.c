/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every row of breakouts.csv is judged as a link between honest modules of the named PMDs: what the
 * field knows to work must not be called down, what it knows to fail must be, by every right rule
 * and no other.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "ends.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ID, PARENT_FORM, PARENT, CHILD_FORM, CHILD, COUNT, VALID, RULES, CELLS };

/* Cut a line at its commas; a quoted cell may hold some. */
static int split(char *line, char *cell[CELLS])
{
	int n = 0;

	line[strcspn(line, "\n")] = '\0';
	for (char *s = line; n < CELLS; s++) {
		char stop = *s == '"' ? '"' : ',';

		if (stop == '"')
			s++;
		cell[n++] = s;
		while (*s && *s != stop)
			s++;
		if (stop == '"' && *s)
			*s++ = '\0';
		if (!*s)
			break;
		*s = '\0';
	}
	return n;
}

/* Are these, separated by ";", just the rules that speak against the link, each once? */
static bool just(const char *rules, const struct lw_findings *f)
{
	char got[200] = "";
	size_t used = 0;

	for (size_t i = 0; i < f->n && used < sizeof(got); i++) {
		bool again = f->v[i].severity == LW_INFO;

		for (size_t k = 0; k < i; k++)
			again = again || !strcmp(f->v[k].rule, f->v[i].rule);
		if (!again)
			used += (size_t)snprintf(got + used, sizeof(got) - used, "%s%s",
						 used ? ";" : "", f->v[i].rule);
	}
	if (strcmp(got, rules))
		print_message("# every reason: %s\n", got);
	return !strcmp(got, rules);
}

/* What is no pair of PMDs is judged between parts: does a row of tests/cli/links.csv name it? */
static bool judged_elsewhere(const char *id)
{
	FILE *in = fopen(LINKS, "r");
	char line[1000];
	bool found = false;

	assert_non_null(in);
	while (!found && fgets(line, sizeof(line), in))
		found = strstr(line, id);
	fclose(in);
	return found;
}

static bool judge(char *cell[CELLS], unsigned *counts)
{
	/* a row whose child may be anything: the parent faces one like it, split alike */
	bool any = !*cell[CHILD];
	const char *parent = cell[PARENT], *far = any ? parent : cell[CHILD];
	const struct lw_pmd *child = lw_pmd_find(far);
	unsigned count = (unsigned)strtoul(cell[COUNT], NULL, 10);
	uint32_t rate = child && count ? child->rate_mbps / (any ? count : 1) : 0;
	struct test_end a, b;
	struct lw_link_path path;
	struct lw_findings f;
	struct lw_arena arena;
	enum lw_verdict v;
	char got[200];
	bool right;

	if (!child || !lw_pmd_find(cell[PARENT]) || !count ||
	    test_end_make(&a, "parent:1", cell[PARENT_FORM], parent, count, rate) ||
	    test_end_make(&b, "child", cell[any ? PARENT_FORM : CHILD_FORM], far, any ? count : 1,
			  rate)) {
		counts[1]++;
		if (judged_elsewhere(cell[ID]))
			return true;
		print_message("# %s: %s to %s is no pair of PMDs and not in links.csv\n", cell[ID],
			      cell[PARENT], cell[CHILD]);
		return false;
	}
	counts[0]++;
	test_ends_choose(&a, &b);
	path = test_path(parent, far);
	lw_arena_init(&arena, 0);
	lw_findings_init(&f, &arena);
	assert_int_equal(lw_link_judge(cell[ID], &a.end, &b.end, &path, &f, &v, NULL), 0);
	test_rules(&f, got, sizeof(got));
	if (!strcmp(cell[VALID], "no"))
		right = v == LW_DOWN && just(cell[RULES], &f);
	else
		right = just(cell[RULES], &f) &&
			(v != LW_DOWN || !strcmp(cell[VALID], "conditional"));
	if (!right || !strcmp(cell[VALID], "conditional"))
		print_message("# %s (%s): %s by %s: %s\n", cell[ID], cell[VALID],
			      lw_verdict_name(v), *got ? got : "no rule", f.n ? f.v[0].text : "");
	lw_arena_finish(&arena);
	return right;
}

static void breakouts_every_row_is_judged_right(void **state)
{
	FILE *in = fopen(BREAKOUTS, "r");
	unsigned counts[2] = {0}, wrong = 0;
	char line[400];

	(void)state;
	assert_non_null(in);
	assert_non_null(fgets(line, sizeof(line), in));
	while (fgets(line, sizeof(line), in)) {
		char *cell[CELLS] = {0};

		assert_int_equal(split(line, cell), CELLS);
		wrong += !judge(cell, counts);
	}
	fclose(in);
	print_message("# %u rows judged here, %u between parts\n", counts[0], counts[1]);
	assert_int_equal(wrong, 0);
	assert_true(counts[0] >= 87); /* a catalogue that loses its PMDs must not pass */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(breakouts_every_row_is_judged_right),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
