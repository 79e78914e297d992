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

/*
 * Each page stands only while the bit that advertises it does (CMIS 5.4 Tables 8-47, 8-50, 8-51,
 * 8-54, 8-55, 8-58, 8-59, 8-62; groups of VDM: Table 8-186). Offsets are of a raw dump.
 */
static void image_of_cmis_has_a_page_only_if_its_bit_says_so(void **state)
{
	enum { P01 = 128 * 0x01, P2F = 128 * 0x2f };
	static const struct {
		size_t at;   /* of the advertising byte */
		uint8_t yes; /* with this it is there, with 0 it is not */
		uint8_t pages[12];
	} cases[] = {
		{P01 + 142, 0x04, {0x03}},
		{P01 + 155, 0x40, {0x04, 0x12}},
		{P01 + 173, 0x80, {0x0c}},
		{P01 + 173, 0x40, {0x0d}},
		{P01 + 142, 0x20, {0x13, 0x14}},
		{P01 + 145, 0x08, {0x15}},
		{P01 + 142, 0x80, {0x16, 0x17}},
		{P01 + 162, 0x80, {0x18, 0x19}},
		{P01 + 162, 0x40, {0x19}},
		{P01 + 175, 0x01, {0x18, 0x19, 0x1c}},
		{P01 + 252, 0x80, {0x1d}},
		{P01 + 252, 0x20, {0x6d}},
		{P01 + 142, 0x40, {0x20, 0x24, 0x28, 0x2c, 0x2d, 0x2f}},
		{P01 + 142, 0x10, {0x30, 0x31, 0x35, 0x38, 0x3a, 0x3b, 0x40, 0x45}},
		{P01 + 174, 0x80, {0x60}},
		{P01 + 174, 0x40, {0x61}},
		{P01 + 174, 0x20, {0x62}},
		{P01 + 163, 0x41, {0x9f, 0xa0}},
		{P01 + 163, 0x87, {0x9f, 0xa0, 0xa1, 0xa3, 0xa4, 0xa7, 0xa8, 0xab, 0xac, 0xaf}},
	};
	size_t n = 128 * 257;

	(void)state;
	for (size_t c = 0; c < sizeof(cases) / sizeof(cases[0]); c++) {
		for (int on = 0; on < 2; on++) {
			memset(dump, 0x55, n);
			dump[0] = 0x18;
			dump[1] = 0x54;
			dump[2] = 0;
			memset(dump + P01 + 128, 0, 128);
			dump[P2F + 128] = 0;
			dump[cases[c].at] = on ? cases[c].yes : 0;
			assert_int_equal(parse(dump, n), 0);
			for (unsigned i = 0; i < 12 && cases[c].pages[i]; i++) {
				int slot = lw_map_slot(LW_MAP_CMIS, 0x50, cases[c].pages[i], true);

				assert_true(slot >= 0);
				if (has((unsigned)slot) != (on == 1))
					fail_msg("case %zu, page %02Xh", c, cases[c].pages[i]);
			}
			assert_true(has(LW_CMIS_SLOT_02H) && has(LW_CMIS_SLOT_11H));
		}
	}
}

static void image_of_cmis_has_the_groups_of_vdm_that_page_2fh_names(void **state)
{
	static const uint8_t first[] = {0x20, 0x21, 0x22, 0x23};
	size_t n = 128 * 257;

	(void)state;
	for (unsigned groups = 0; groups < 4; groups++) {
		memset(dump, 0x55, n);
		dump[0] = 0x18;
		dump[2] = 0;
		dump[128 + 142] = 0x40;
		dump[128 * 0x2f + 128] = (uint8_t)groups;
		assert_int_equal(parse(dump, n), 0);
		for (unsigned g = 0; g < 4; g++)
			for (unsigned k = 0; k < 12; k += 4) {
				int slot = lw_map_slot(LW_MAP_CMIS, 0x50, (uint8_t)(first[g] + k),
						       true);

				assert_int_equal(has((unsigned)slot), g <= groups);
			}
	}
}

/* The bit of coherent pages was reserved before 5.3: a module of then says nothing by it. */
static void image_of_older_cmis_keeps_coherent_pages_that_it_cannot_advertise(void **state)
{
	static const struct {
		uint8_t revision;
		bool kept;
	} cases[] = {{0x40, true}, {0x52, true}, {0x53, false}, {0x54, false}};
	size_t n = 128 * 257;

	(void)state;
	for (size_t c = 0; c < 4; c++) {
		memset(dump, 0x55, n);
		dump[0] = 0x18;
		dump[1] = cases[c].revision;
		dump[2] = 0;
		dump[128 + 142] = 0;
		assert_int_equal(parse(dump, n), 0);
		assert_int_equal(has(LW_CMIS_SLOT_30H), cases[c].kept);
		assert_int_equal(has(LW_CMIS_SLOT_42H), cases[c].kept);
	}
}

/* Without the page that advertises, nothing is denied. */
static void image_without_page_01h_keeps_what_it_holds(void **state)
{
	size_t n = 128 * 257;

	(void)state;
	memset(dump, 0x55, n);
	dump[0] = 0x18;
	dump[2] = 0;
	memset(dump + 256, 0xff, 128);
	assert_int_equal(parse(dump, n), 0);
	assert_false(has(LW_CMIS_SLOT_01H));
	assert_true(has(LW_CMIS_SLOT_13H) && has(LW_CMIS_SLOT_20H) && has(LW_CMIS_SLOT_60H));
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
		cmocka_unit_test(image_of_cmis_has_a_page_only_if_its_bit_says_so),
		cmocka_unit_test(image_of_cmis_has_the_groups_of_vdm_that_page_2fh_names),
		cmocka_unit_test(image_of_older_cmis_keeps_coherent_pages_that_it_cannot_advertise),
		cmocka_unit_test(image_without_page_01h_keeps_what_it_holds),
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
