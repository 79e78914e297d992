/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <lanewise/error.h>
#include <lanewise/finding.h>
#include <lanewise/lanes.h>
#include <lanewise/time.h>
#include <limits.h>
#include <math.h>
#include <setjmp.h>
#include <stdalign.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

static void error_failure_fills_only_what_it_knows(void **state)
{
	struct lw_error e = {.line = 7, .where = "old"};

	(void)state;
	assert_int_equal(lw_fail(&e, LW_EINVAL, "lane %d", 9), LW_EINVAL);
	assert_int_equal(e.code, LW_EINVAL);
	assert_string_equal(e.message, "lane 9");
	assert_string_equal(e.where, "");
	assert_int_equal(e.line, 0);
	assert_int_equal(e.page, -1);
	assert_int_equal(lw_fail_at(&e, LW_ENACK, 0x11, 128, "x"), LW_ENACK);
	assert_int_equal(e.page, 0x11);
	assert_int_equal(e.byte, 128);
	assert_int_equal(lw_fail_in(&e, LW_EIO, "a.yaml", 3, "y"), LW_EIO);
	assert_string_equal(e.where, "a.yaml");
	assert_int_equal(e.line, 3);
	assert_int_equal(lw_fail(NULL, LW_EIO, "nobody listens"), LW_EIO);
}

static void error_long_texts_are_cut(void **state)
{
	struct lw_error e;
	char text[1000];

	(void)state;
	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	lw_fail_in(&e, LW_EINVAL, text, 1, "%s", text);
	assert_int_equal(strlen(e.where), sizeof(e.where) - 1);
	assert_int_equal(strlen(e.message), sizeof(e.message) - 1);
}

static void error_codes_have_texts_and_exit_statuses(void **state)
{
	(void)state;
	assert_int_equal(lw_exit_status(0), 0);
	assert_int_equal(lw_exit_status(LW_EINVAL), 2);
	assert_int_equal(lw_exit_status(LW_ENACK), 3);
	assert_int_equal(lw_exit_status(-999), 3);
	assert_string_equal(lw_strerror(LW_ETIMEDOUT), "timed out");
	assert_string_equal(lw_strerror(-999), "unknown error");
}

static void arena_allocates_zeroed_and_aligned(void **state)
{
	struct lw_arena a;

	(void)state;
	lw_arena_init(&a, 0);
	for (size_t n = 1; n < 300000; n = n * 3 + 1) {
		unsigned char *p = lw_arena_alloc(&a, n);

		assert_non_null(p);
		assert_int_equal((uintptr_t)p % alignof(max_align_t), 0);
		for (size_t i = 0; i < n; i++)
			assert_int_equal(p[i], 0);
		memset(p, 0xaa, n);
	}
	lw_arena_finish(&a);
}

static void arena_past_its_limit_fails_and_stays_failed(void **state)
{
	struct lw_arena a;

	(void)state;
	lw_arena_init(&a, 1000);
	assert_non_null(lw_arena_alloc(&a, 600));
	assert_null(lw_arena_alloc(&a, 600));
	assert_null(lw_arena_alloc(&a, 1));
	assert_int_equal(a.failed, 1);
	assert_null(lw_arena_alloc(&a, SIZE_MAX));
	lw_arena_finish(&a);
	assert_int_equal(a.failed, 0);
	assert_non_null(lw_arena_alloc(&a, 600));
	lw_arena_finish(&a);
}

static void arena_grow_keeps_what_was_there(void **state)
{
	struct lw_arena a;
	size_t cap = 0;
	int *v = NULL;

	(void)state;
	lw_arena_init(&a, 0);
	for (int i = 0; i < 1000; i++) {
		v = lw_arena_grow(&a, v, &cap, (size_t)i + 1, sizeof(*v));
		assert_non_null(v);
		v[i] = i;
	}
	for (int i = 0; i < 1000; i++)
		assert_int_equal(v[i], i);
	lw_arena_finish(&a);
}

static void buf_grows_and_stays_terminated(void **state)
{
	struct lw_buf b = LW_BUF_INIT;

	(void)state;
	assert_string_equal(lw_buf_str(&b), "");
	for (int i = 0; i < 1000; i++)
		lw_buf_printf(&b, "%03d", i);
	assert_int_equal(b.len, 3000);
	assert_memory_equal(b.s + 2997, "999", 4);
	lw_buf_clear(&b);
	assert_string_equal(lw_buf_str(&b), "");
	lw_buf_finish(&b);
}

/* What we write, another JSON library reads. */
static void json_document_is_read_back_by_jansson(void **state)
{
	struct lw_buf b = LW_BUF_INIT;
	struct lw_json j;
	json_t *doc;
	json_error_t error;

	(void)state;
	lw_json_init(&j, &b);
	lw_json_begin_object(&j);
	lw_json_key(&j, "text");
	lw_json_string(&j, "a\"b\\c\n\x01\x7f \xc3\xa9 \xff\xe0\x80\x80 \xed\xa0\x80 end");
	lw_json_key(&j, "none");
	lw_json_string(&j, NULL);
	lw_json_key(&j, "numbers");
	lw_json_begin_array(&j);
	lw_json_int(&j, INT64_MIN);
	lw_json_int(&j, INT64_MAX);
	lw_json_number(&j, 42.81640625);
	lw_json_number(&j, -0.5);
	lw_json_number(&j, 16);
	lw_json_number(&j, NAN);
	lw_json_number(&j, INFINITY);
	lw_json_end_array(&j);
	lw_json_key(&j, "empty");
	lw_json_begin_object(&j);
	lw_json_end_object(&j);
	lw_json_key(&j, "yes");
	lw_json_bool(&j, true);
	lw_json_end_object(&j);
	doc = json_loads(lw_buf_str(&b), 0, &error);
	assert_non_null(doc);
	assert_string_equal(json_string_value(json_object_get(doc, "text")),
			    "a\"b\\c\n\x01\x7f \xc3\xa9 "
			    "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd "
			    "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd end");
	assert_true(json_is_null(json_object_get(doc, "none")));
	doc = (json_decref(doc), NULL);
	assert_non_null(strstr(lw_buf_str(&b), "-9223372036854775808"));
	assert_non_null(strstr(lw_buf_str(&b), "42.81640625,"));
	assert_non_null(strstr(lw_buf_str(&b), " 16.0,"));
	assert_non_null(strstr(lw_buf_str(&b), "null,\n  null\n"));
	lw_buf_finish(&b);
}

static void findings_keep_copies_and_know_the_worst(void **state)
{
	struct lw_findings f;
	struct lw_arena a;
	char text[] = "temporary";

	(void)state;
	lw_arena_init(&a, 0);
	lw_findings_init(&f, &a);
	assert_int_equal(lw_findings_worst(&f), -1);
	assert_int_equal(lw_findings_add(&f, "fec", LW_RISK, text, text, NULL, "%d", 5), 0);
	text[0] = 'X';
	assert_string_equal(f.v[0].subject, "temporary");
	assert_string_equal(f.v[0].text, "5");
	assert_string_equal(f.v[0].ref, "");
	assert_int_equal(lw_findings_worst(&f), LW_RISK);
	for (int i = 0; i < 20; i++)
		assert_int_equal(lw_findings_add(&f, "x", LW_FATAL, "s", "r", "d", "t"), 0);
	assert_int_equal(f.n, 21);
	assert_int_equal(lw_findings_worst(&f), LW_FATAL);
	lw_arena_finish(&a);
}

static void findings_without_memory_report_it(void **state)
{
	struct lw_findings f;
	struct lw_arena a;

	(void)state;
	lw_arena_init(&a, 64);
	lw_findings_init(&f, &a);
	assert_int_equal(
		lw_findings_add(&f, "fec", LW_RISK, "s", "r", "d", "a long text %0100d", 5),
		LW_ENOMEM);
	assert_int_equal(f.n, 0);
	lw_arena_finish(&a);
}

static void time_addition_saturates(void **state)
{
	(void)state;
	assert_int_equal(lw_mono_add(LW_NEVER, lw_ms(1)).ns, LW_NEVER.ns);
	assert_int_equal(lw_mono_add(lw_ms(1), lw_us(5)).ns, 1005000);
	assert_true(lw_mono_before(lw_ms(1), lw_ms(2)));
	assert_false(lw_mono_before(lw_ms(2), lw_ms(2)));
}

static void lanes_are_counted_from_one_in_runs(void **state)
{
	char text[LW_LANES_TEXT];

	(void)state;
	assert_string_equal(lw_lanes_list(0, text), "");
	assert_string_equal(lw_lanes_text(0, text), "");
	assert_string_equal(lw_lanes_list(0x4f, text), "1-4,7");
	assert_string_equal(lw_lanes_text(0x4f, text), "lanes 1-4,7");
	assert_string_equal(lw_lanes_text(0x80000000, text), "lane 32");
	assert_string_equal(lw_lanes_text(UINT32_MAX, text), "lanes 1-32");
	/* the longest that there is */
	assert_string_equal(lw_lanes_text(0xdb6db6db, text),
			    "lanes 1-2,4-5,7-8,10-11,13-14,16-17,19-20,22-23,25-26,28-29,31-32");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(error_failure_fills_only_what_it_knows),
		cmocka_unit_test(error_long_texts_are_cut),
		cmocka_unit_test(error_codes_have_texts_and_exit_statuses),
		cmocka_unit_test(arena_allocates_zeroed_and_aligned),
		cmocka_unit_test(arena_past_its_limit_fails_and_stays_failed),
		cmocka_unit_test(arena_grow_keeps_what_was_there),
		cmocka_unit_test(buf_grows_and_stays_terminated),
		cmocka_unit_test(json_document_is_read_back_by_jansson),
		cmocka_unit_test(findings_keep_copies_and_know_the_worst),
		cmocka_unit_test(findings_without_memory_report_it),
		cmocka_unit_test(time_addition_saturates),
		cmocka_unit_test(lanes_are_counted_from_one_in_runs),
	};

	return cmocka_run_group_tests_name("base", tests, NULL, NULL);
}
