/* SPDX-License-Identifier: Apache-2.0 */
#include "tokens.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#define A "aaaaaaaaaaaaaaaaaaaaaaaa"
#define B "bbbbbbbbbbbbbbbbbbbbbbbb"

static int load(const char *text, struct lw_arena *a, struct lwd_tokens *t, struct lw_error *e)
{
	lw_arena_init(a, 0);
	return lwd_tokens_load(text, strlen(text), "tokens", a, t, e);
}

static void tokens_are_found_whole_and_only_whole(void **state)
{
	struct lwd_tokens t;
	struct lw_arena a;
	struct lw_error e;

	(void)state;
	assert_int_equal(load("# who\nann " A "\n\nbob\t" B " # left\r\n", &a, &t, &e), 0);
	assert_int_equal(t.n, 2);
	assert_string_equal(lwd_tokens_find(&t, A)->name, "ann");
	assert_string_equal(lwd_tokens_find(&t, B)->name, "bob");
	assert_null(lwd_tokens_find(&t, ""));
	assert_null(lwd_tokens_find(&t, "aaaa"));
	assert_null(lwd_tokens_find(&t, A "a"));
	assert_null(lwd_tokens_find(&t, "aaaaaaaaaaaaaaaaaaaaaaab"));
	assert_null(lwd_tokens_find(&t, A A));
	lw_arena_finish(&a);
}

static void bad_files_are_refused_without_telling_a_token(void **state)
{
	static const char *const bad[] = {"", "# none\n", "ann\n", "ann short\n",
					  "ann " A "\nbob " B " more\n"};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct lwd_tokens t;
		struct lw_arena a;
		struct lw_error e;

		assert_int_equal(load(bad[i], &a, &t, &e), LW_EINVAL);
		assert_null(strstr(e.message, B));
		assert_null(strstr(e.message, "short "));
		lw_arena_finish(&a);
	}
}

static void actions_are_counted_and_come_back_with_time(void **state)
{
	struct lwd_token t = {"ann", A, LWD_BURST, {0}};

	(void)state;
	for (int i = 0; i < LWD_BURST; i++)
		assert_true(lwd_token_take(&t, lw_ms(10)));
	assert_false(lwd_token_take(&t, lw_ms(10)));
	assert_false(lwd_token_take(&t, lw_ms(100)));
	assert_true(lwd_token_take(&t, lw_ms(260)));
	assert_false(lwd_token_take(&t, lw_ms(260)));
	for (int i = 0; i < LWD_BURST; i++)
		assert_true(lwd_token_take(&t, lw_ms(100000000)));
	assert_false(lwd_token_take(&t, lw_ms(100000000)));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(tokens_are_found_whole_and_only_whole),
		cmocka_unit_test(bad_files_are_refused_without_telling_a_token),
		cmocka_unit_test(actions_are_counted_and_come_back_with_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
