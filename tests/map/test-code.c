/* SPDX-License-Identifier: Apache-2.0 */
#include <lanewise/code.h>
#include <lanewise/management.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static void code_every_table_rises_and_answers_for_each_code(void **state)
{
	(void)state;
	for (unsigned t = LW_CODES_NONE + 1; t < LW_CODES_N; t++) {
		enum lw_code_table table = (enum lw_code_table)t;
		const char *name = lw_code_table_name(table);
		size_t n = 0;
		const struct lw_code *rows = lw_code_rows(table, &n);

		assert_non_null(name);
		assert_int_equal(lw_code_table_find(name), table);
		assert_true(n > 0);
		for (size_t i = 0; i < n; i++) {
			assert_true(rows[i].first <= rows[i].last);
			if (i > 0)
				assert_true(rows[i - 1].last < rows[i].first);
			assert_ptr_equal(lw_code_find(table, rows[i].first), &rows[i]);
			assert_ptr_equal(lw_code_find(table, rows[i].last), &rows[i]);
			assert_true(rows[i].name[0] && rows[i].ref[0]);
			if (rows[i].reserved)
				assert_null(lw_code_name(table, rows[i].first));
			else
				assert_string_equal(lw_code_name(table, rows[i].first),
						    rows[i].name);
		}
		if (rows[n - 1].last < UINT16_MAX)
			assert_null(lw_code_find(table, rows[n - 1].last + 1u));
	}
}

static void code_unknown_reads_as_reserved(void **state)
{
	char buf[16];

	(void)state;
	assert_string_equal(lw_code_text(LW_CODES_SFF8024_ID, 0x2a, buf, sizeof buf),
			    "0x2a (reserved)");
	assert_string_equal(lw_code_text(LW_CODES_NONE, 7, buf, sizeof buf), "0x07 (reserved)");
	assert_null(lw_code_find(LW_CODES_MODULE_STATE, 99));
	assert_null(lw_code_find((enum lw_code_table)12345, 0));
	assert_null(lw_code_table_name(LW_CODES_NONE));
	assert_int_equal(lw_code_table_find("no_such_table"), LW_CODES_NONE);
	assert_int_equal(lw_code_table_find(NULL), LW_CODES_NONE);
}

static void code_numbers_are_exact(void **state)
{
	const struct lw_code *c = lw_code_find(LW_CODES_BIAS_SCALE, 2);

	(void)state;
	assert_int_equal(c->num, 4);
	assert_int_equal(c->den, 1);
	c = lw_code_find(LW_CODES_LEN_MULT, 0);
	assert_int_equal(c->num, 1);
	assert_int_equal(c->den, 10);
	c = lw_code_find(LW_CODES_BIAS_SCALE, 3);
	assert_int_equal(c->den, 0);
}

/* Names that other tools and the fixtures use. */
static void code_names_are_those_of_the_standards(void **state)
{
	static const struct {
		enum lw_code_table table;
		unsigned code;
		const char *name;
	} known[] = {
		{LW_CODES_SFF8024_ID, 0x03, "SFP/SFP+/SFP28 and later with SFF-8472 management"},
		{LW_CODES_SFF8024_ID, 0x0d, "QSFP+ or later with SFF-8636 or SFF-8436 management"},
		{LW_CODES_SFF8024_ID, 0x11, "QSFP28 or later with SFF-8636 management"},
		{LW_CODES_SFF8024_ID, 0x18, "QSFP-DD Double Density 8X Pluggable Transceiver"},
		{LW_CODES_SFF8024_CONN, 0x07, "LC"},
		{LW_CODES_SFF8024_CONN, 0x0c, "MPO 1x12"},
		{LW_CODES_SFF8024_CONN, 0x21, "Copper Pigtail"},
		{LW_CODES_SFF8024_EXT, 0x0d, "25GBASE-CR CA-25G-N or 50GBASE-CR2 with no FEC"},
		{LW_CODES_SFF8024_EXT, 0x40, "50GBASE-CR, 100GBASE-CR2 or 200GBASE-CR4"},
		{LW_CODES_SFF8472_ENCODING, 0x06, "64B/66B"},
		{LW_CODES_SFF8636_ENCODING, 0x05, "64B/66B"},
		{LW_CODES_SFF8636_ENCODING, 0x07, "256B/257B"},
		{LW_CODES_MEDIA_TYPE, 0x02, "Optical SMF"},
		{LW_CODES_MODULE_STATE, 3, "ModuleReady"},
		{LW_CODES_DP_STATE, 4, "DPActivated"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
		assert_string_equal(lw_code_name(known[i].table, known[i].code), known[i].name);
}

static void management_identifier_selects_its_map(void **state)
{
	(void)state;
	assert_int_equal(lw_map_for_identifier(0x03), LW_MAP_SFF8472);
	assert_int_equal(lw_map_for_identifier(0x0c), LW_MAP_SFF8636);
	assert_int_equal(lw_map_for_identifier(0x0d), LW_MAP_SFF8636);
	assert_int_equal(lw_map_for_identifier(0x11), LW_MAP_SFF8636);
	assert_int_equal(lw_map_for_identifier(0x18), LW_MAP_CMIS);
	assert_int_equal(lw_map_for_identifier(0x19), LW_MAP_CMIS);
	assert_int_equal(lw_map_for_identifier(0x1a), LW_MAP_NONE); /* SFP-DD has its own map */
	assert_int_equal(lw_map_for_identifier(0x1e), LW_MAP_CMIS);
	assert_int_equal(lw_map_for_identifier(0x00), LW_MAP_NONE);
	assert_int_equal(lw_map_for_identifier(0x80), LW_MAP_NONE); /* vendor specific */
	assert_int_equal(lw_map_for_identifier(0xff), LW_MAP_NONE);
	assert_int_equal(lw_map_for_identifier(100000), LW_MAP_NONE);
}

static void management_every_map_has_a_name(void **state)
{
	(void)state;
	assert_string_equal(lw_map_name(LW_MAP_NONE), "none");
	assert_string_equal(lw_map_name(LW_MAP_SFF8472), "sff8472");
	assert_string_equal(lw_map_name(LW_MAP_SFF8636), "sff8636");
	assert_string_equal(lw_map_name(LW_MAP_CMIS), "cmis");
	assert_string_equal(lw_map_name(LW_MAP_N), "none");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(code_every_table_rises_and_answers_for_each_code),
		cmocka_unit_test(code_unknown_reads_as_reserved),
		cmocka_unit_test(code_numbers_are_exact),
		cmocka_unit_test(code_names_are_those_of_the_standards),
		cmocka_unit_test(management_identifier_selects_its_map),
		cmocka_unit_test(management_every_map_has_a_name),
	};

	return cmocka_run_group_tests_name("code", tests, NULL, NULL);
}
