/* SPDX-License-Identifier: Apache-2.0 */
/* Scenario files: what they mean as a timeline, what is refused, and how the account is kept. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <lanewise/scenario.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char fabric_text[] =
	"fabric: t\ndevices:\n"
	"  a: {cages: {p0: {form: QSFP28, mode: 4x25G, module: QSFP28-100G-SR4},\n"
	"              p1: {form: QSFP28, mode: 1x100G}}}\n"
	"  b: {cages: {p0: {form: QSFP28, mode: 4x25G, module: QSFP28-100G-SR4}}}\n"
	"cables:\n  - {id: c, cord: mpo12, fibre: OM4, length_m: 3, a: a/p0, b: b/p0}\n";

struct fixture {
	struct lw_arena arena;
	struct lw_fabric f;
};

static int set_up(void **state)
{
	struct fixture *x = calloc(1, sizeof(*x));

	if (!x)
		return -1;
	*state = x;
	lw_arena_init(&x->arena, 0);
	return lw_fabric_load(fabric_text, sizeof(fabric_text) - 1, "t.yaml", &x->arena, &x->f,
			      NULL) ||
	       lw_fabric_resolve(&x->f, NULL, NULL, NULL);
}

static int tear_down(void **state)
{
	struct fixture *x = *state;

	lw_arena_finish(&x->arena);
	free(x);
	return 0;
}

static int load(struct fixture *x, const char *text, const uint64_t *seed, struct lw_scenario *ret,
		struct lw_error *e)
{
	return lw_scenario_load(text, strlen(text), "s.yaml", &x->f, seed, &x->arena, ret, e);
}

static struct lw_scenario must(struct fixture *x, const char *text, const uint64_t *seed)
{
	struct lw_scenario s;
	struct lw_error e;

	if (load(x, text, seed, &s, &e))
		fail_msg("%s:%d: %s", e.where, e.line, e.message);
	return s;
}

static void scenario_becomes_a_timeline(void **state)
{
	struct lw_scenario s = must(*state,
				    "scenario: x\nfabric: f.yaml\nseed: 5\nevents:\n"
				    "  - {at: 2m30s, fault: cut:a/p0:2, for: 1.5s}\n"
				    "  - {at: 10, fault: unplug:b/p0}\n"
				    "  - {at: 10, expect: others untouched for 3s}\n"
				    "  - {every: 20s, until: 65s, mode: {cage: a/p1, to: 4x25G}}\n",
				    NULL);
	static const struct {
		int64_t ms;
		enum lw_moment_kind kind;
	} want[] = {{10000, LW_MOMENT_FAULT}, {10000, LW_MOMENT_EXPECT}, {20000, LW_MOMENT_MODE},
		    {40000, LW_MOMENT_MODE},  {60000, LW_MOMENT_MODE},   {150000, LW_MOMENT_FAULT},
		    {151500, LW_MOMENT_CLEAR}};

	assert_string_equal(s.name, "x");
	assert_string_equal(s.fabric, "f.yaml");
	assert_int_equal(s.seed, 5);
	assert_int_equal(s.moment_n, 7);
	for (size_t i = 0; i < 7; i++) {
		assert_int_equal(s.moments[i].at.ns, lw_ms(want[i].ms).ns);
		assert_int_equal(s.moments[i].kind, want[i].kind);
	}
	assert_int_equal(s.length.ns, lw_ms(181500).ns);
	assert_int_equal(s.injection_n, 2);
}

static void chance_follows_the_seed_alone(void **state)
{
	static const char text[] = "scenario: x\nfor: 1y\nrandom:\n"
				   "  - {fault: dark:*/*, per_year: 50, for: 1m..1h}\n";
	const uint64_t two = 2;
	struct lw_scenario a = must(*state, text, NULL), b = must(*state, text, NULL),
			   c = must(*state, text, &two);
	bool differs = a.moment_n != c.moment_n;

	/* two modules, 50 each: within five deviations of what chance has */
	assert_in_range(a.injection_n, 50, 150);
	assert_int_equal(a.moment_n, b.moment_n);
	for (size_t i = 0; i < a.moment_n; i++) {
		assert_int_equal(a.moments[i].at.ns, b.moments[i].at.ns);
		differs = differs || a.moments[i].at.ns != c.moments[i].at.ns;
		assert_true(!i || !lw_mono_before(a.moments[i].at, a.moments[i - 1].at));
	}
	assert_true(differs);
	for (size_t i = 0; i < a.injection_n; i++) {
		int64_t lasts = a.injections[i].fault.until.ns - a.injections[i].fault.at.ns;

		assert_in_range(lasts, lw_ms(60000).ns, lw_ms(3600000).ns);
	}
}

static void wrong_scenarios_are_refused_with_their_line(void **state)
{
	static const struct {
		const char *text, *says;
		int line;
	} rows[] = {
		{"", "empty", 1},
		{"scenario: x\n", "nothing happens", 1},
		{"events: []\n", "no name", 1},
		{"scenario: x\nnonsense: 1\n", "unknown key \"nonsense\"", 2},
		{"scenario: x\nseed: y\n", "no whole number", 2},
		{"scenario: x\nfor: soon\n", "is no time", 2},
		{"scenario: x\nevents: 5\n", "must be a list", 2},
		{"scenario: x\nevents:\n  - {fault: cut:a/p0}\n", "at or every", 3},
		{"scenario: x\nevents:\n  - {at: 1s}\n", "needs fault, mode", 3},
		{"scenario: x\nevents:\n  - {at: 1s, fault: cut:c/p0}\n", "no cage", 3},
		{"scenario: x\nevents:\n  - {at: 1s, fault: cut:z*/*}\n", "no cage with", 3},
		{"scenario: x\nevents:\n  - {at: 1s, fault: cut:a/p0@3}\n", "under at and for", 3},
		{"scenario: x\nevents:\n  - {at: 1s, fault: bend:a/p0}\n", "unknown kind", 3},
		{"scenario: x\nevents:\n  - {every: 1s, fault: cut:a/p0}\n", "needs an end", 3},
		{"scenario: x\nevents:\n  - {every: 0s, until: 1s, fault: cut:a/p0}\n",
		 "a millisecond", 3},
		{"scenario: x\nfor: 10y\nevents:\n  - {every: 1s, fault: cut:a/p0}\n",
		 "things happen", 4},
		{"scenario: x\nevents:\n  - {at: 1s, mode: {cage: a/p1, to: 9x1T}}\n", "mode of",
		 3},
		{"scenario: x\nevents:\n  - {at: 1s, mode: {cage: a/p7, to: 1x100G}}\n",
		 "no cage \"a/p7\"", 3},
		{"scenario: x\nevents:\n  - {at: 1s, disable: nothing}\n", "no link", 3},
		{"scenario: x\nevents:\n  - {at: 1s, expect: world peace}\n", "write \"link ID", 3},
		{"scenario: x\nevents:\n  - {at: 1s, expect: link a down}\n", "write \"link ID", 3},
		{"scenario: x\nrandom:\n  - {fault: cut:a/p0, per_year: 1}\n", "length", 3},
		{"scenario: x\nfor: 1y\nrandom:\n  - {fault: cut:a/p0}\n", "per_year", 4},
		{"scenario: x\nfor: 1y\nrandom:\n  - {fault: cut:a/p0, per_year: -1}\n",
		 "no number of times", 4},
		{"scenario: x\nfor: 5s..1s\n", "is no time", 2},
		{"scenario: x\nevents:\n  - {at: 1s, fault: cut:a/p0, for: 5s..1s}\n",
		 "ends before", 3},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct lw_scenario s;
		struct lw_error e = {0};
		int r = load(*state, rows[i].text, NULL, &s, &e);

		if (r != LW_EINVAL && r != LW_ELIMIT)
			fail_msg("row %zu: %d", i, r);
		if (!strstr(e.message, rows[i].says) || e.line != rows[i].line)
			fail_msg("row %zu: line %d: %s", i, e.line, e.message);
	}
}

/* One second of trouble on one of four links. */
static void account_counts_time_flaps_and_causes(void **state)
{
	struct fixture *x = *state;
	struct lw_scenario s =
		must(x,
		     "scenario: x\nfor: 100s\nevents:\n"
		     "  - {at: 10s, fault: cut:a/p0:2, for: 5s}\n"
		     "  - {at: 10s, expect: 'link a/p0:2 - b/p0:2 is down within 5s "
		     "because rx-los'}\n"
		     "  - {at: 10s, expect: siblings untouched for 20s}\n"
		     "  - {at: 10s, expect: 'link a/p0:1 - b/p0:1 stays up for 50s'}\n"
		     "  - {at: 20s, expect: all up within 1s}\n",
		     NULL);
	struct lw_findings why;
	struct lw_score score;
	size_t at = 0;

	assert_int_equal(lw_score_init(&score, &s, &x->f, &x->arena, NULL), 0);
	lw_findings_init(&why, &x->arena);
	lw_findings_add(&why, "rx-los", LW_FATAL, "", "", "", "no light");
	for (int64_t t = 0; t <= 100000; t += 500) {
		struct lw_mono now = lw_ms(t);

		for (; at < s.moment_n && !lw_mono_before(now, s.moments[at].at); at++)
			assert_int_equal(lw_score_moment(&score, &s.moments[at], NULL), 0);
		lw_score_begin(&score, now);
		for (size_t i = 0; i < x->f.link_n; i++) {
			/* link 2 is down from 11 to 16 s, link 3 at 50 s for no reason */
			bool up = !(i == 1 && t >= 11000 && t < 16000) && !(i == 2 && t == 50000);
			const char *id = x->f.links[i].id;

			assert_int_equal(
				lw_score_link(&score, &x->f, &x->f.links[i], up, true, NULL), 0);
			if (!up && lw_score_asks(&score, id))
				lw_score_explain(&score, id, &why, NULL);
		}
		lw_score_judge(&score, now);
	}
	assert_int_equal(lw_score_end(&score, s.length), 0);
	assert_int_equal(score.link_n, 4);
	assert_int_equal(score.links[1].flaps, 1);
	assert_int_equal(score.links[1].ns - score.links[1].up_ns, lw_ms(5000).ns);
	assert_int_equal(score.links[0].up_ns, lw_ms(100000).ns);
	assert_int_equal(score.blameless, 1);
	assert_int_equal(score.kind[LW_FAULT_CUT].times, 1);
	assert_int_equal(score.kind[LW_FAULT_CUT].links, 1);
	assert_true(score.kind[LW_FAULT_CUT].least_s == 1.0);
	assert_string_equal(score.kind[LW_FAULT_CUT].named[0].rule, "rx-los");
	for (size_t i = 0; i < score.expect_n; i++)
		assert_int_equal(score.expects[i].outcome, LW_OUTCOME_MET);
	assert_int_equal(score.expect_n, 4);
}

static void expectations_that_do_not_hold_fail_with_a_reason(void **state)
{
	struct fixture *x = *state;
	struct lw_scenario s =
		must(x,
		     "scenario: x\nfor: 60s\nevents:\n"
		     "  - {at: 10s, fault: cut:a/p0:2, for: 5s}\n"
		     "  - {at: 10s, expect: 'link a/p0:2 - b/p0:2 down within 5s "
		     "because unicorns'}\n"
		     "  - {at: 10s, expect: others untouched for 20s}\n"
		     "  - {at: 10s, expect: 'link a/p0:2 - b/p0:2 stays up for 20s'}\n"
		     "  - {at: 12s, expect: all up within 1s}\n"
		     "  - {at: 50s, expect: 'link a/p0:3 - b/p0:3 down within 20s'}\n",
		     NULL);
	struct lw_score score;
	size_t at = 0;

	assert_int_equal(lw_score_init(&score, &s, &x->f, &x->arena, NULL), 0);
	for (int64_t t = 0; t <= 60000; t += 500) {
		struct lw_mono now = lw_ms(t);

		for (; at < s.moment_n && !lw_mono_before(now, s.moments[at].at); at++)
			lw_score_moment(&score, &s.moments[at], NULL);
		lw_score_begin(&score, now);
		for (size_t i = 0; i < x->f.link_n; i++)
			lw_score_link(&score, &x->f, &x->f.links[i],
				      !(i <= 1 && t >= 11000 && t < 16000), true, NULL);
		lw_score_judge(&score, now);
	}
	assert_int_equal(lw_score_end(&score, s.length), 5);
	for (size_t i = 0; i < score.expect_n; i++) {
		assert_int_equal(score.expects[i].outcome, LW_OUTCOME_FAILED);
		assert_true(score.expects[i].why && *score.expects[i].why);
	}
	assert_non_null(strstr(score.expects[1].why, "a/p0:1 - b/p0:1 went down at 11"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(scenario_becomes_a_timeline, set_up, tear_down),
		cmocka_unit_test_setup_teardown(chance_follows_the_seed_alone, set_up, tear_down),
		cmocka_unit_test_setup_teardown(wrong_scenarios_are_refused_with_their_line, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(account_counts_time_flaps_and_causes, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(expectations_that_do_not_hold_fail_with_a_reason,
						set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
