/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <lanewise/csv.h>
#include <stdio.h>
#include <string.h>

/* All rows as "line:cell|cell\n", or the error. */
static void read_all(const char *text, size_t n, struct lw_buf *ret)
{
	struct lw_error e = {0};
	struct lw_arena arena;
	struct lw_csv c;
	int rc;

	lw_arena_init(&arena, 0);
	lw_csv_init(&c, text, n, "t.csv", &arena);
	while ((rc = lw_csv_next(&c, &e)) > 0) {
		lw_buf_printf(ret, "%d:", c.line);
		for (size_t i = 0; i < c.n; i++)
			lw_buf_printf(ret, "%s%s", i ? "|" : "", c.cell[i]);
		lw_buf_putc(ret, '\n');
	}
	if (rc < 0)
		lw_buf_printf(ret, "%s:%d: %s", e.where, e.line, e.message);
	lw_arena_finish(&arena);
}

static void expect(const char *text, size_t n, const char *want)
{
	struct lw_buf got = LW_BUF_INIT;

	read_all(text, n, &got);
	assert_string_equal(lw_buf_str(&got), want);
	lw_buf_finish(&got);
}

#define EXPECT(text, want) expect(text, sizeof(text) - 1, want)

static void csv_rows_as_spreadsheets_write_them_are_read(void **state)
{
	(void)state;
	EXPECT("a,b\n1,2\n", "1:a|b\n2:1|2\n");
	EXPECT("\xef\xbb\xbf"
	       "a,b\r\n1,2\r\n",
	       "1:a|b\n2:1|2\n");
	EXPECT("a;b\n1,5;2\n", "1:a|b\n2:1,5|2\n");
	EXPECT("a\tb\n1\t2", "1:a|b\n2:1|2\n");
	EXPECT("\n\na,b\n,,\n , \n1,2\n", "3:a|b\n6:1|2\n");
	EXPECT(" a , b \n", "1:a|b\n");
	EXPECT("\"a;b;c\",d\n", "1:a;b;c|d\n");
	EXPECT("\"say \"\"hi\"\"\",\"two\nlines\"\nx,y\n", "1:say \"hi\"|two lines\n3:x|y\n");
	EXPECT("a,\n", "1:a|\n");
	EXPECT("", "");
	EXPECT("\n\n", "");
}

static void csv_broken_text_is_told_with_line_and_cell(void **state)
{
	char many[200] = "", want[256];

	(void)state;
	EXPECT("a,b\n1,\"2\n", "1:a|b\nt.csv:2: cell 2: its quote is not closed before the end of "
			       "the file");
	EXPECT("a,\"b\"c\n", "t.csv:1: cell 2: text goes on behind the closing quote");
	EXPECT("a\x01\n", "t.csv:1: cell 1: it holds a control character");
	EXPECT("\xff\xfe"
	       "a\0,\0b\0\n\0",
	       "t.csv:1: cell 1: it holds a NUL byte: save the table as CSV in UTF-8");
	for (int i = 0; i < 64; i++)
		strcat(many, "a,");
	snprintf(want, sizeof(want), "t.csv:1: cell 65: at most 64 cells are read of a row");
	expect(many, strlen(many), want);
}

static void csv_written_cells_come_back(void **state)
{
	static const char *const cells[] = {"plain", "a,b", "say \"x\"", "", "two words"};
	struct lw_buf b = LW_BUF_INIT;

	(void)state;
	for (int i = 0; i < 5; i++)
		lw_csv_add(&b, cells[i], i == 0);
	expect(b.s, b.len, "1:plain|a,b|say \"x\"||two words\n");
	lw_buf_finish(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(csv_rows_as_spreadsheets_write_them_are_read),
		cmocka_unit_test(csv_broken_text_is_told_with_line_and_cell),
		cmocka_unit_test(csv_written_cells_come_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
