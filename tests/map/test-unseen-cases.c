/* SPDX-License-Identifier: Apache-2.0 */
/* Dumps as people find them in logs and tickets: what stands around the rows says what they are. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <lanewise/buf.h>

#include "golden.h"

static uint8_t dump[DUMP_MAX];
static struct lw_image image, raw;
static struct lw_error error;

/* Rows of 16 bytes, as `format` prints the offset (from `offset`), with `gap` between bytes. */
static void print_rows(struct lw_buf *b, const char *format, unsigned offset, const uint8_t *p,
		       size_t n, const char *gap)
{
	for (size_t i = 0; i < n; i += 16) {
		lw_buf_printf(b, format, offset + (unsigned)i);
		for (size_t k = i; k < i + 16; k++)
			lw_buf_printf(b, "%s%02x", gap, p[k]);
		lw_buf_printf(b, " ");
		for (size_t k = i; k < i + 16; k++)
			lw_buf_printf(b, "%c", p[k] > 0x20 && p[k] < 0x7f ? p[k] : '.');
		lw_buf_printf(b, "\n");
	}
}

static bool is_fill(const uint8_t *p)
{
	for (unsigned i = 0; i < 128; i++)
		if (p[i] != 0xff)
			return false;
	return true;
}

static void expect_same(struct lw_buf *text)
{
	if (lw_image_parse((const uint8_t *)text->s, text->len, "text", &image, &error))
		fail_msg("line %d: %s", error.line, error.message);
	assert_memory_equal(&image, &raw, sizeof(image));
	lw_buf_finish(text);
}

static size_t golden(const char *module)
{
	size_t n = golden_dump(module, dump);

	assert_int_equal(lw_image_parse(dump, n, "raw", &raw, &error), 0);
	return n;
}

/* One page each, in whatever order, as SONiC and Junos print them: offsets start at 80h again. */
static void print_pages(struct lw_buf *b, size_t n, bool falling)
{
	size_t pages = n / 128 - 1;

	lw_buf_printf(b, "EEPROM hexdump for port Ethernet0 page 11h\n        Lower page 0h\n");
	print_rows(b, "        %08x", 0, dump, 128, " ");
	for (size_t i = 0; i < pages; i++) {
		size_t page = falling ? pages - 1 - i : i;
		const uint8_t *p = dump + 128 * (page + 1);

		if (is_fill(p))
			continue;
		lw_buf_printf(b, "\n        Upper page %zxh\n", page);
		print_rows(b, "        %08x", 128, p, 128, " ");
	}
}

static void dump_of_pages_that_each_start_at_80h_is_put_together(void **state)
{
	struct lw_buf text = LW_BUF_INIT;

	(void)state;
	print_pages(&text, golden(DD_ZR), false);
	expect_same(&text);
	print_pages(&text, golden(DD_ZR), true);
	expect_same(&text);
	print_pages(&text, golden(QSFP28_LR4), false);
	expect_same(&text);
}

static void dump_of_two_addresses_is_a0h_and_a2h(void **state)
{
	struct lw_buf text = LW_BUF_INIT;

	(void)state;
	golden(SFP_SR);
	for (unsigned i = 0; i < 2; i++) {
		lw_buf_printf(&text, "# i2cdump -y 8 0x5%u\n", i);
		lw_buf_printf(&text, "     0  1  2  3  4  5  6  7  8  9  a  b  c  d  e  f\n");
		print_rows(&text, "%02x:", 0, dump + 256 * i, 256, " ");
	}
	/* A PHY in the same cage is no part of the memory. */
	lw_buf_printf(&text, "# i2cdump -y 8 0x56\n");
	print_rows(&text, "%02x:", 0, dump, 256, " ");
	expect_same(&text);
	for (unsigned i = 0; i < 2; i++) {
		lw_buf_printf(&text, "2-wire device address 0x5%u\n", i);
		print_rows(&text, "  0x%02x:", 0, dump + 256 * i, 256, " ");
	}
	expect_same(&text);
}

static void dump_in_a_log_or_a_mail_is_found(void **state)
{
	static const char *const rows[] = {"> %08x:", "[257681.676755] sfp EE: %08x:", "%04x:",
					   "   Address 0x%02x:", "  0x%02x"};
	struct lw_buf text = LW_BUF_INIT;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		golden(QSFP28_LR4);
		assert_int_equal(lw_image_parse(dump, 256, "raw", &raw, &error), 0);
		lw_buf_printf(&text, "Port 7: \xc2\xb5QSFP\n");
		print_rows(&text, rows[i], 0, dump, 256, i == 4 ? "   " : " ");
		lw_buf_printf(&text, "done.\n");
		expect_same(&text);
	}
}

static void dump_with_decimal_offsets_is_told_by_its_second_row(void **state)
{
	struct lw_buf text = LW_BUF_INIT;

	(void)state;
	golden(SFP_SR);
	print_rows(&text, "%03u:", 0, dump, 512, " ");
	expect_same(&text);
}

static void dump_that_cannot_be_whole_is_refused(void **state)
{
	static const char star[] = " 03 04\n*\n 00 00\n";
	struct lw_buf text = LW_BUF_INIT;

	(void)state;
	assert_int_equal(
		lw_image_parse((const uint8_t *)star, strlen(star), "text", &image, &error),
		LW_EINVAL);
	assert_non_null(strstr(error.message, "no offset tells"));
	/* Two modules in one text. */
	print_pages(&text, golden(QSFP28_LR4), false);
	print_pages(&text, golden(QSFP28_LR4), false);
	assert_int_equal(lw_image_parse((const uint8_t *)text.s, text.len, "text", &image, &error),
			 LW_EINVAL);
	assert_non_null(strstr(error.message, "one module"));
	lw_buf_finish(&text);
}

static void text_without_rows_is_no_memory(void **state)
{
	static const char text[] =
		"  SFP ID eeprom data:\n   REV: \xef\xbf\xbd\n   Connector: LC\n";

	(void)state;
	assert_int_equal(
		lw_image_parse((const uint8_t *)text, strlen(text), "text", &image, &error),
		LW_EINVAL);
	assert_non_null(strstr(error.message, "is not hex"));
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(dump_of_pages_that_each_start_at_80h_is_put_together),
		cmocka_unit_test(dump_of_two_addresses_is_a0h_and_a2h),
		cmocka_unit_test(dump_in_a_log_or_a_mail_is_found),
		cmocka_unit_test(dump_with_decimal_offsets_is_told_by_its_second_row),
		cmocka_unit_test(dump_that_cannot_be_whole_is_refused),
		cmocka_unit_test(text_without_rows_is_no_memory),
	};

	golden_init(argc, argv);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
