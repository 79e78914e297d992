/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <lanewise/buf.h>

#include "golden.h"

static uint8_t dump[DUMP_MAX];
static struct lw_image image, again;
static struct lw_error error;

static int parse(const void *bytes, size_t n)
{
	memset(&error, 0, sizeof(error));
	return lw_image_parse(bytes, n, "dump", &image, &error);
}

static void expect_error(const void *bytes, size_t n, int code, const char *part)
{
	assert_int_equal(parse(bytes, n), code);
	if (!strstr(error.message, part))
		fail_msg("'%s' lacks '%s'", error.message, part);
}

static void expect_text_error(const char *text, const char *part)
{
	expect_error(text, strlen(text), LW_EINVAL, part);
}

static bool has(unsigned slot)
{
	return image.present[0][slot];
}

/* The printers of dump tools, as these print. */

static void put_ascii(struct lw_buf *b, const uint8_t *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		lw_buf_putc(b, p[i] >= 0x20 && p[i] < 0x7f ? (char)p[i] : '.');
}

static void put_bytes(struct lw_buf *b, const uint8_t *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		lw_buf_printf(b, "%s%02x", i ? " " : "", p[i]);
}

static void print_xxd(struct lw_buf *b, const uint8_t *p, size_t n)
{
	for (size_t at = 0; at < n; at += 16) {
		lw_buf_printf(b, "%08zx: ", at);
		for (size_t i = 0; i < 16; i += 2)
			lw_buf_printf(b, "%02x%02x ", p[at + i], p[at + i + 1]);
		lw_buf_puts(b, " ");
		put_ascii(b, p + at, 16);
		lw_buf_puts(b, "\n");
	}
}

static void print_xxd_plain(struct lw_buf *b, const uint8_t *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		lw_buf_printf(b, "%02x%s", p[i], i % 30 == 29 ? "\n" : "");
	lw_buf_puts(b, "\n");
}

/* hexdump and od print equal rows once, and then a star. */
static bool is_repeated(const uint8_t *p, size_t at)
{
	return at >= 16 && !memcmp(p + at, p + at - 16, 16);
}

static void print_hexdump(struct lw_buf *b, const uint8_t *p, size_t n)
{
	for (size_t at = 0; at < n; at += 16) {
		if (is_repeated(p, at)) {
			if (!is_repeated(p, at - 16))
				lw_buf_puts(b, "*\n");
			continue;
		}
		lw_buf_printf(b, "%08zx  ", at);
		put_bytes(b, p + at, 8);
		lw_buf_puts(b, "  ");
		put_bytes(b, p + at + 8, 8);
		lw_buf_puts(b, "  |");
		put_ascii(b, p + at, 16);
		lw_buf_puts(b, "|\n");
	}
	lw_buf_printf(b, "%08zx\n", n);
}

static void print_od(struct lw_buf *b, const uint8_t *p, size_t n)
{
	for (size_t at = 0; at < n; at += 16) {
		if (is_repeated(p, at)) {
			if (!is_repeated(p, at - 16))
				lw_buf_puts(b, "*\n");
			continue;
		}
		lw_buf_printf(b, "%06zx ", at);
		put_bytes(b, p + at, 16);
		lw_buf_puts(b, "\n");
	}
	lw_buf_printf(b, "%06zx\n", n);
}

static void print_od_octal(struct lw_buf *b, const uint8_t *p, size_t n)
{
	for (size_t at = 0; at < n; at += 16) {
		lw_buf_printf(b, "%07zo ", at);
		put_bytes(b, p + at, 16);
		lw_buf_puts(b, "\r\n");
	}
	lw_buf_printf(b, "%07zo\r\n", n);
}

static void print_ethtool(struct lw_buf *b, const uint8_t *p, size_t n)
{
	lw_buf_puts(b, "Offset\t\tValues\n------\t\t------\n");
	for (size_t at = 0; at < n; at += 16) {
		lw_buf_printf(b, "0x%04zx:\t\t", at);
		put_bytes(b, p + at, 16);
		lw_buf_puts(b, " \n");
	}
}

static void print_i2cdump(struct lw_buf *b, const uint8_t *p, size_t n)
{
	lw_buf_puts(b, "     0  1  2  3  4  5  6  7  8  9  a  b  c  d  e  f    0123456789abcdef\n");
	for (size_t at = 0; at < n; at += 16) {
		lw_buf_printf(b, "%02zx: ", at);
		put_bytes(b, p + at, 16);
		lw_buf_puts(b, "    ");
		put_ascii(b, p + at, 16);
		lw_buf_puts(b, "\n");
	}
}

static void print_c_array(struct lw_buf *b, const uint8_t *p, size_t n)
{
	lw_buf_puts(b, "{\n");
	for (size_t i = 0; i < n; i++)
		lw_buf_printf(b, "0x%02X, %s", p[i], i % 12 == 11 ? "\n" : "");
	lw_buf_puts(b, "};\n");
}

static void image_text_of_every_tool_reads_as_the_bytes(void **state)
{
	static void (*const printers[])(struct lw_buf *, const uint8_t *, size_t) = {
		print_xxd,      print_xxd_plain, print_hexdump, print_od,
		print_od_octal, print_ethtool,   print_i2cdump, print_c_array,
	};
	static const char *const modules[] = {DD_ZR, DD_DAC, QSFP28_LR4, SFP_SR};

	(void)state;
	for (size_t m = 0; m < sizeof(modules) / sizeof(*modules); m++) {
		size_t n = golden_dump(modules[m], dump);

		assert_int_equal(lw_image_parse(dump, n, "raw", &again, &error), 0);
		for (size_t i = 0; i < sizeof(printers) / sizeof(*printers); i++) {
			struct lw_buf text = LW_BUF_INIT;

			printers[i](&text, dump, n);
			if (parse(text.s, text.len))
				fail_msg("printer %zu: line %d: %s", i, error.line, error.message);
			assert_memory_equal(&image, &again, sizeof(image));
			lw_buf_finish(&text);
		}
	}
}

static void image_of_paged_cmis_has_its_advertised_pages(void **state)
{
	size_t n = golden_dump(DD_ZR, dump);

	(void)state;
	assert_int_equal(parse(dump, n), 0);
	assert_int_equal(image.map, LW_MAP_CMIS);
	assert_true(has(LW_CMIS_SLOT_L) && has(LW_CMIS_SLOT_00H) && has(LW_CMIS_SLOT_01H));
	assert_true(has(LW_CMIS_SLOT_02H) && has(LW_CMIS_SLOT_04H) && has(LW_CMIS_SLOT_10H));
	assert_true(has(LW_CMIS_SLOT_11H) && has(LW_CMIS_SLOT_12H) && has(LW_CMIS_SLOT_13H));
	assert_false(has(LW_CMIS_SLOT_03H) || has(LW_CMIS_SLOT_14H) || has(LW_CMIS_SLOT_9FH));
	assert_memory_equal(image.slot[0][LW_CMIS_SLOT_11H], dump + 128 + 0x11 * 128, 128);
}

static void image_of_flat_cmis_has_no_pages_whatever_the_file_holds(void **state)
{
	size_t n = golden_dump(DD_DAC, dump);

	(void)state;
	memset(dump + n, 0x55, 40 * 128);
	assert_int_equal(parse(dump, n + 40 * 128), 0);
	assert_true(has(LW_CMIS_SLOT_L) && has(LW_CMIS_SLOT_00H));
	assert_false(has(LW_CMIS_SLOT_01H) || has(LW_CMIS_SLOT_02H) || has(LW_CMIS_SLOT_11H));
}

static void image_of_unadvertised_page_is_absent(void **state)
{
	size_t n = golden_dump(QSFP28_LR4, dump);

	(void)state;
	assert_int_equal(parse(dump, n), 0);
	assert_true(has(LW_SFF8636_SLOT_02H) && has(LW_SFF8636_SLOT_03H));
	dump[195] = 0; /* no page 01h, no page 02h */
	assert_int_equal(parse(dump, n), 0);
	assert_false(has(LW_SFF8636_SLOT_01H) || has(LW_SFF8636_SLOT_02H));
	assert_true(has(LW_SFF8636_SLOT_03H));
	dump[2] |= 4; /* flat memory */
	assert_int_equal(parse(dump, n), 0);
	assert_false(has(LW_SFF8636_SLOT_03H));
}

static void image_of_sfp_takes_a2h_only_if_a0h_names_it(void **state)
{
	size_t n = golden_dump(SFP_SR, dump);

	(void)state;
	assert_int_equal(n, 512);
	assert_int_equal(parse(dump, n), 0);
	assert_int_equal(image.map, LW_MAP_SFF8472);
	assert_true(has(LW_SFF8472_SLOT_A0) && has(LW_SFF8472_SLOT_A2));
	assert_memory_equal(image.slot[0][LW_SFF8472_SLOT_A2], dump + 256, 128);
	memset(dump + 256, 0xff, 256);
	assert_int_equal(parse(dump, n), 0);
	assert_false(has(LW_SFF8472_SLOT_A2));
	golden_dump(SFP_SR, dump);
	dump[92] = 0;
	assert_int_equal(parse(dump, n), 0);
	assert_false(has(LW_SFF8472_SLOT_A2));
	assert_int_equal(parse(dump, 128), 0);
}

static void image_of_full_optoe_file_has_its_banks(void **state)
{
	const size_t bank = 256 * 128;
	size_t n = golden_dump(DD_ZR, dump);

	(void)state;
	memset(dump + n, 0xff, sizeof(dump) - n);
	assert_int_equal(parse(dump, 128 + bank), 0);
	assert_true(has(LW_CMIS_SLOT_11H));
	assert_false(image.present[1][LW_CMIS_SLOT_11H]);
	memcpy(dump + 128 + bank + 0x11 * 128, dump + 128 + 0x11 * 128, 128);
	assert_int_equal(parse(dump, 128 + 2 * bank), 0);
	assert_true(image.present[1][LW_CMIS_SLOT_11H]);
	assert_false(image.present[1][LW_CMIS_SLOT_01H]);
	expect_error(dump, 128 + 4 * bank + 1, LW_ELIMIT, "no module memory is as big");
}

static void image_with_bad_lower_page_is_told_by_page_00h(void **state)
{
	size_t n = golden_dump("sff8636-oem-qsfp-40g-sr4-acr40g0041", dump);

	(void)state;
	assert_int_equal(parse(dump, n), 0);
	assert_int_equal(image.map, LW_MAP_SFF8636);
	dump[150] ^= 1; /* with a wrong checksum page 00h proves nothing */
	expect_error(dump, n, LW_EINVAL, "identifier 00h");
	n = golden_dump(DD_XDR4, dump);
	memset(dump, 0xff, 128);
	assert_int_equal(parse(dump, n), 0);
	assert_int_equal(image.map, LW_MAP_CMIS);
	assert_false(has(LW_CMIS_SLOT_L));
}

static void image_of_nothing_says_what_is_wrong(void **state)
{
	uint8_t bytes[256] = {0};

	(void)state;
	expect_error("", 0, LW_EINVAL, "empty");
	bytes[0] = 0x18;
	expect_error(bytes, 60, LW_EINVAL, "only 60 bytes");
	expect_error(bytes, 200, LW_EINVAL, "inside page 00h");
	bytes[0] = 0x80;
	expect_error(bytes, 256, LW_EINVAL, "80h is vendor specific");
	bytes[0] = 0x06;
	expect_error(bytes, 256, LW_EINVAL, "identifier 06h");
	memset(bytes, 0xff, sizeof(bytes));
	expect_error(bytes, 256, LW_EINVAL, "no module answered");
}

static void image_of_bad_text_names_the_line(void **state)
{
	(void)state;
	expect_text_error("\tIdentifier : 0x03 (SFP)\n", "is not hex");
	expect_text_error("18 50 0\n", "odd number");
	expect_text_error("18500\n", "odd number");
	expect_text_error("00000000: 1850 0407\n00000010: 0000 0000\n", "leave nothing out");
	assert_int_equal(error.line, 2);
	expect_text_error("0080: 11 00\n", "start at 0");
	expect_text_error("0000000 5018 0704 0008 0000\n", "depends on the machine");
	expect_text_error("0000000 050030 003404\n", "not one byte");
	expect_text_error("\n\n18 50 XX\n", "'XX'");
	assert_int_equal(error.line, 3);
	assert_string_equal(error.where, "dump");
	expect_text_error("18 50 04\n", "only 3 bytes");
	/* A star that goes on for ever must end at the size of a memory. */
	assert_int_equal(parse("00000000  18 00\n*\nffffffff\n", 27), LW_ELIMIT);
}

static void image_parse_failing_leaves_the_image(void **state)
{
	(void)state;
	memset(&again, 0x5a, sizeof(again));
	memset(&image, 0x5a, sizeof(image));
	assert_int_equal(parse("hello", 5), LW_EINVAL);
	assert_memory_equal(&image, &again, sizeof(image));
}

static void image_cut_anywhere_never_reads_further(void **state)
{
	size_t n = golden_dump(DD_ZR, dump);

	(void)state;
	for (size_t cut = 0; cut <= n; cut += 61) {
		/* A copy of its own, so that a checker sees every byte behind it. */
		uint8_t *part = malloc(cut ? cut : 1);
		struct lw_facts facts;
		struct lw_view view;

		assert_non_null(part);
		memcpy(part, dump, cut);
		if (!parse(part, cut)) {
			lw_image_view(&image, &view);
			lw_facts_decode(&view, &facts);
			assert_true(cut >= 128);
		} else {
			assert_true(cut < 256);
		}
		free(part);
	}
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(image_text_of_every_tool_reads_as_the_bytes),
		cmocka_unit_test(image_of_paged_cmis_has_its_advertised_pages),
		cmocka_unit_test(image_of_flat_cmis_has_no_pages_whatever_the_file_holds),
		cmocka_unit_test(image_of_unadvertised_page_is_absent),
		cmocka_unit_test(image_of_sfp_takes_a2h_only_if_a0h_names_it),
		cmocka_unit_test(image_of_full_optoe_file_has_its_banks),
		cmocka_unit_test(image_with_bad_lower_page_is_told_by_page_00h),
		cmocka_unit_test(image_of_nothing_says_what_is_wrong),
		cmocka_unit_test(image_of_bad_text_names_the_line),
		cmocka_unit_test(image_parse_failing_leaves_the_image),
		cmocka_unit_test(image_cut_anywhere_never_reads_further),
	};

	golden_init(argc, argv);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
