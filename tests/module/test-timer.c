/* SPDX-License-Identifier: Apache-2.0 */
#include <lanewise/timer.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct lw_arena arena;
static struct lw_timers table;

static int setup(void **state)
{
	(void)state;
	lw_arena_init(&arena, 0);
	lw_timers_init(&table, &arena);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	lw_arena_finish(&arena);
	return 0;
}

static struct lw_timer_key key(const char *firmware, const char *kind)
{
	struct lw_timer_key k;

	lw_timer_key_make(&k, "ACME", "Q-1", firmware, kind);
	return k;
}

static void add(const struct lw_timer_key *k, int64_t ms)
{
	assert_int_equal(lw_timers_add(&table, k, lw_ms(ms)), 0);
}

static void timer_counts_by_part_firmware_and_kind(void **state)
{
	struct lw_timer_key a = key("1.0", "dp-init"), b = key("1.1", "dp-init"),
			    c = key("1.0", "dp-deinit");
	const struct lw_timer *x;

	(void)state;
	add(&a, 100);
	add(&a, 300);
	add(&a, 200);
	add(&b, 900);
	assert_int_equal(lw_timers_add(&table, &a, lw_ms(-5)), 0);
	x = lw_timers_find(&table, &a);
	assert_non_null(x);
	assert_int_equal(x->count, 3);
	assert_int_equal(x->shortest.ns, lw_ms(100).ns);
	assert_int_equal(x->longest.ns, lw_ms(300).ns);
	assert_true(fabs(x->mean_ns - 2e8) < 1);
	assert_int_equal(lw_timers_find(&table, &b)->count, 1);
	assert_null(lw_timers_find(&table, &c));
	lw_timer_key_make(&a, "a vendor with far too long a name", NULL, NULL, NULL);
	assert_int_equal(strlen(a.vendor), 16);
	assert_int_equal(a.pn[0], 0);
}

static void timer_quantile_is_at_least_what_it_says(void **state)
{
	struct lw_timer_key k = key("1.0", "x");
	const struct lw_timer *x;

	(void)state;
	for (int i = 1; i <= 100; i++)
		add(&k, i == 100 ? 5000 : 10 * i);
	x = lw_timers_find(&table, &k);
	assert_int_equal(lw_timer_quantile(x, 1).ns, lw_ms(5000).ns);
	for (int part = 5; part < 100; part += 5) {
		int64_t ns = lw_timer_quantile(x, part / 100.0).ns;

		assert_true(ns >= lw_ms(10 * part).ns);
		assert_true(ns <= lw_ms(15 * part).ns + lw_ms(10).ns);
	}
	lw_timers_add(&table, &k, (struct lw_mono){0});
	lw_timers_add(&table, &k, lw_ms(100000000));
	assert_true(lw_timer_quantile(lw_timers_find(&table, &k), 0).ns < lw_ms(2).ns);
}

static void timer_advice_takes_the_advertised_time_as_prior(void **state)
{
	struct lw_timer_key k = key("1.0", "x");
	struct lw_timer_advice a;

	(void)state;
	lw_timer_advise(NULL, lw_ms(6400), &a);
	assert_int_equal(a.limit.ns, lw_ms(6400).ns);
	assert_int_equal(a.first.ns, lw_ms(100).ns);
	lw_timer_advise(NULL, (struct lw_mono){0}, &a);
	assert_int_equal(a.limit.ns, lw_ms(60000).ns);
	/* quicker than it says: looked at in time, waited for as long as before */
	add(&k, 1600);
	add(&k, 2000);
	lw_timer_advise(lw_timers_find(&table, &k), lw_ms(10000), &a);
	assert_int_equal(a.first.ns, lw_ms(1500).ns);
	assert_int_equal(a.limit.ns, lw_ms(10000).ns);
	assert_true(a.pause.ns >= lw_ms(1).ns && a.pause.ns <= lw_ms(1000).ns);
	/* slower than it says: known, so not late */
	lw_timer_advise(lw_timers_find(&table, &k), lw_ms(500), &a);
	assert_int_equal(a.limit.ns, lw_ms(4000).ns);
	assert_int_equal(a.first.ns, lw_ms(1500).ns);
	lw_timer_advise(lw_timers_find(&table, &k), (struct lw_mono){0}, &a);
	assert_int_equal(a.limit.ns, lw_ms(4000).ns);
	/* never after the limit, never without a pause */
	for (int64_t ms = 0; ms < 3000000; ms = ms * 2 + 1) {
		lw_timer_advise(lw_timers_find(&table, &k), lw_ms(ms), &a);
		assert_true(a.first.ns <= a.limit.ns && a.limit.ns >= lw_ms(ms).ns);
		assert_true(a.pause.ns >= lw_ms(1).ns);
	}
}

static void timer_text_brings_all_back(void **state)
{
	struct lw_timer_key a = key("1.0", "dp-init"), b = key("1.1", "0104h");
	struct lw_buf text = LW_BUF_INIT;
	struct lw_timers other;
	struct lw_json j;

	(void)state;
	add(&a, 100);
	add(&a, 250);
	add(&b, 18);
	lw_json_init(&j, &text);
	lw_timers_json(&table, &j);
	lw_timers_init(&other, &arena);
	assert_int_equal(lw_timers_load(&other, text.s, text.len, NULL), 0);
	assert_int_equal(other.n, 2);
	assert_memory_equal(other.v[0].bin, table.v[0].bin, sizeof(table.v[0].bin));
	assert_int_equal(other.v[0].count, 2);
	assert_int_equal(other.v[1].longest.ns, lw_ms(18).ns);
	assert_string_equal(other.v[1].key.kind, "0104h");
	/* the same text twice counts twice */
	assert_int_equal(lw_timers_load(&other, text.s, text.len, NULL), 0);
	assert_int_equal(other.n, 2);
	assert_int_equal(other.v[0].count, 4);
	assert_true(fabs(other.v[0].mean_ns - 1.75e8) < 2);
	lw_buf_finish(&text);
}

static void timer_bad_text_is_refused(void **state)
{
	static const char *const bad[] = {
		"",
		"{}",
		"[1]",
		"[{}]",
		"[",
		"null",
		("[{\"vendor\":\"a\",\"pn\":\"b\",\"firmware\":\"c\",\"kind\":\"d\",\"count\":1,"
		 "\"shortest_ns\":5,\"longest_ns\":4,\"mean_ns\":4,\"bins\":[]}]"),
	};
	struct lw_buf text = LW_BUF_INIT;
	struct lw_timer_key k = key("1.0", "x");
	struct lw_error e;
	struct lw_json j;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(lw_timers_load(&table, bad[i], strlen(bad[i]), &e), LW_EINVAL);
	assert_int_equal(table.n, 0);
	/* every cut and every changed byte is refused or read, never worse */
	add(&k, 7);
	lw_json_init(&j, &text);
	lw_timers_json(&table, &j);
	for (size_t i = 0; i < text.len; i++) {
		char c = text.s[i];

		assert_int_equal(lw_timers_load(&table, text.s, i, &e), LW_EINVAL);
		text.s[i] = (char)(c ^ 0x11);
		lw_timers_load(&table, text.s, text.len, &e);
		text.s[i] = c;
	}
	lw_buf_finish(&text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(timer_counts_by_part_firmware_and_kind, setup,
						teardown),
		cmocka_unit_test_setup_teardown(timer_quantile_is_at_least_what_it_says, setup,
						teardown),
		cmocka_unit_test_setup_teardown(timer_advice_takes_the_advertised_time_as_prior,
						setup, teardown),
		cmocka_unit_test_setup_teardown(timer_text_brings_all_back, setup, teardown),
		cmocka_unit_test_setup_teardown(timer_bad_text_is_refused, setup, teardown),
	};

	return cmocka_run_group_tests_name("timer", tests, NULL, NULL);
}
