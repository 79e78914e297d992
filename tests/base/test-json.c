/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <jansson.h>
#include <lanewise/json.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

/* What the writer promises, done the slow way. */
static void print_number(double v, char text[64])
{
	int n = snprintf(text, 64, "%.9f", v);

	while (text[n - 1] == '0')
		n--;
	text[text[n - 1] == '.' ? n + 1 : n] = '\0';
}

static void assert_number(double v)
{
	struct lw_buf b = LW_BUF_INIT;
	struct lw_json j;
	char want[64];

	lw_json_init(&j, &b);
	lw_json_number(&j, v);
	print_number(v, want);
	assert_string_equal(lw_buf_str(&b), want);
	lw_buf_finish(&b);
}

/* xorshift64: the same numbers in every run */
static uint64_t next(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

static void number_is_rounded_as_printf_does(void **state)
{
	static const double v[] = {
		0.0,
		-0.0,
		1.0,
		-1.5,
		0.1,
		1e-9,
		5e-10,
		4.999999999e-10,
		0.9999999995,
		1.9999999995,
		0.99999999949999,
		5e-324,
		123456789.123456789,
		999999999999999.9,
		0x1p-10,
		0x1.8p-9,
	};
	uint64_t random = 1;

	(void)state;
	for (size_t i = 0; i < sizeof(v) / sizeof(*v); i++)
		assert_number(v[i]);
	/* Every exact tie of small numbers, and neighbours of ties that are none. */
	for (int e = 0; e < 52; e++)
		for (int m = -41; m < 41; m += 2)
			assert_number(ldexp(m, -e));
	for (int i = 0; i < 20000; i++) {
		double tie = ((double)(next(&random) % 1000000000) + 0.5) / 1e9;

		assert_number(tie);
		assert_number(nextafter(tie, 0));
		assert_number(-nextafter(tie, 1));
		assert_number(
			ldexp((double)(next(&random) >> 11), -(int)(next(&random) % 110) - 4));
	}
}

static void number_of_every_register_is_its_decimal(void **state)
{
	(void)state;
	for (unsigned raw = 0; raw < 65536; raw += 7) {
		assert_number(raw / 10000.0);
		assert_number(raw * 2 / 1000.0);
		assert_number((int16_t)raw / 256.0);
	}
}

static void number_beyond_1e15_keeps_its_digits(void **state)
{
	struct lw_buf b = LW_BUF_INIT;
	struct lw_json j;

	(void)state;
	lw_json_init(&j, &b);
	lw_json_number(&j, -1.2345678901234567e300);
	assert_string_equal(lw_buf_str(&b), "-1.2345678901234567e+300");
	lw_buf_finish(&b);
}

/* Text of every length, with what must be escaped at every place of it. */
static void text_is_read_back_whatever_its_length(void **state)
{
	static const char *const specials[] = {"\"",   "\\",       "\n",
					       "\x7f", "\xc3\xa9", "\xf0\x9f\x92\xa1"};
	struct lw_buf b = LW_BUF_INIT;

	(void)state;
	for (unsigned n = 0; n < 500; n++) {
		const char *special = specials[n % 6];
		char text[512];
		struct lw_json j;
		json_t *doc;

		memset(text, 'x', n);
		strcpy(text + n, special);
		if (n > 40)
			memcpy(text + n / 2, special, strlen(special));
		lw_buf_clear(&b);
		lw_json_init(&j, &b);
		lw_json_begin_object(&j);
		lw_json_key(&j, text);
		lw_json_string(&j, text);
		lw_json_end_object(&j);
		doc = json_loads(lw_buf_str(&b), 0, NULL);
		assert_non_null(doc);
		assert_string_equal(json_string_value(json_object_get(doc, text)), text);
		json_decref(doc);
	}
	lw_buf_finish(&b);
}

static void deep_document_is_valid(void **state)
{
	struct lw_buf b = LW_BUF_INIT;
	struct lw_json j;
	json_t *doc;

	(void)state;
	lw_json_init(&j, &b);
	for (int i = 0; i < 200; i++)
		lw_json_begin_array(&j);
	lw_json_int(&j, -1);
	for (int i = 0; i < 200; i++)
		lw_json_end_array(&j);
	doc = json_loads(lw_buf_str(&b), 0, NULL);
	assert_non_null(doc);
	json_decref(doc);
	lw_buf_finish(&b);
}

/* The same document twice: with its line ends, and without them and the blanks behind them. */
static void line_is_the_document_without_its_ends_and_indents(void **state)
{
	static const char *const want[] = {
		"{\n \"a\": [\n  1,\n  {},\n  []\n ],\n \"b\\u000a  \": \"\\u000a  \"\n}",
		"{\"a\": [1,{},[]],\"b\\u000a  \": \"\\u000a  \"}",
	};

	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		struct lw_buf b = LW_BUF_INIT;
		struct lw_json j;

		if (i)
			lw_json_init_line(&j, &b);
		else
			lw_json_init(&j, &b);
		lw_json_begin_object(&j);
		lw_json_key(&j, "a");
		lw_json_begin_array(&j);
		lw_json_int(&j, 1);
		lw_json_begin_object(&j);
		lw_json_end_object(&j);
		lw_json_begin_array(&j);
		lw_json_end_array(&j);
		lw_json_end_array(&j);
		lw_json_put_string(&j, "b\n  ", "\n  ");
		lw_json_end_object(&j);
		assert_string_equal(lw_buf_str(&b), want[i]);
		lw_buf_finish(&b);
	}
}

static void failed_buffer_ignores_the_rest_of_the_document(void **state)
{
	struct lw_buf b = LW_BUF_INIT;
	struct lw_json j;

	(void)state;
	lw_json_init(&j, &b);
	lw_json_begin_object(&j);
	b.failed = 1;
	lw_json_key(&j, "number");
	lw_json_number(&j, 1);
	lw_json_key(&j, "text");
	lw_json_string(&j, "text");
	lw_json_key(&j, "list");
	lw_json_begin_array(&j);
	lw_json_int(&j, 1);
	lw_json_bool(&j, true);
	lw_json_null(&j);
	lw_json_end_array(&j);
	lw_json_end_object(&j);
	assert_string_equal(lw_buf_str(&b), "{");
	assert_true(b.failed);
	lw_buf_finish(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(number_is_rounded_as_printf_does),
		cmocka_unit_test(number_of_every_register_is_its_decimal),
		cmocka_unit_test(number_beyond_1e15_keeps_its_digits),
		cmocka_unit_test(text_is_read_back_whatever_its_length),
		cmocka_unit_test(deep_document_is_valid),
		cmocka_unit_test(line_is_the_document_without_its_ends_and_indents),
		cmocka_unit_test(failed_buffer_ignores_the_rest_of_the_document),
	};

	return cmocka_run_group_tests_name("json", tests, NULL, NULL);
}
