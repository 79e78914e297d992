/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "edit.h"

/* Identity */

static void date_that_is_none_stays_raw(void **state)
{
	static const struct {
		const char *raw, *iso, *lot;
	} want[] = {
		{"240229A1", "2024-02-29", "A1"}, {"230229  ", "", ""}, {"20190312", "", ""},
		{"000101  ", "2000-01-01", ""},   {"2304311 ", "", ""}, {"2x0101  ", "", ""},
		{"990430Z ", "2099-04-30", "Z"},  {"230400  ", "", ""},
	};

	(void)state;
	load(QSFP28_LR4);
	for (size_t i = 0; i < sizeof(want) / sizeof(*want); i++) {
		memcpy(&UPPER(0, 212), want[i].raw, 8);
		decode();
		assert_string_equal(facts.date_iso, want[i].iso);
		assert_string_equal(facts.lot, want[i].lot);
		assert_memory_equal(facts.date_raw, want[i].raw, strlen(facts.date_raw));
	}
}

static void text_loses_its_padding_and_nothing_else(void **state)
{
	(void)state;
	load(QSFP28_LR4);
	memcpy(&UPPER(0, 148),
	       " A\x01"
	       "B \xc3\xa9  \0\0\xff\xff\xff  ",
	       16);
	decode();
	assert_string_equal(facts.vendor_name, " A?B ??");
	assert_int_equal(facts.bad_text, 1u << LW_T_NAME);
	memset(&UPPER(0, 148), 0xff, 16);
	decode();
	assert_string_equal(facts.vendor_name, "");
	assert_int_equal(facts.bad_text, 0);
}

/* Problems and summary */

static unsigned count(const char *rule, const char *part)
{
	struct lw_findings problems;
	struct lw_arena arena;
	unsigned n = 0;

	lw_arena_init(&arena, 0);
	lw_findings_init(&problems, &arena);
	assert_int_equal(lw_facts_problems(&facts, "m", &problems), 0);
	for (size_t i = 0; i < problems.n; i++) {
		assert_string_equal(problems.v[i].subject, "m");
		assert_true(*problems.v[i].remedy && *problems.v[i].ref && *problems.v[i].text);
		n += !strcmp(problems.v[i].rule, rule) && strstr(problems.v[i].text, part);
	}
	lw_arena_finish(&arena);
	return n;
}

static void problems_of_sound_modules_are_none(void **state)
{
	static const char *const sound[] = {DD_XDR4, DD_ZR,   OSFP_AEC, QSFP28_LR4, QSFP_SR4,
					    SFP_SR,  SFP_DAC, SFP_DWDM, QSFP56_DAC};

	(void)state;
	for (size_t i = 0; i < sizeof(sound) / sizeof(*sound); i++) {
		struct lw_findings problems;
		struct lw_arena arena;

		load(sound[i]);
		decode();
		lw_arena_init(&arena, 0);
		lw_findings_init(&problems, &arena);
		assert_int_equal(lw_facts_problems(&facts, "m", &problems), 0);
		assert_int_equal(problems.n, 0);
		lw_arena_finish(&arena);
	}
}

static void problems_name_what_is_wrong(void **state)
{
	(void)state;
	load(DD_XDR4);
	UPPER(0, 222) ^= 1;
	UPPER(0, 128) = 0x19;
	UPPER(0, 150) = 0x07;
	UPPER(0, 201) = 0;
	dump[3] = 0x0d;  /* state 6 */
	dump[89] = 0x02; /* application 1: eight lanes from lane 2 */
	set(dump + 98, 4, 0x0f, 0x18, 0x44, 0x01);
	set(&UPPER(2, 128), 2, 0x00, 0x00);
	decode();
	assert_int_equal(count("checksum", "page_00h"), 1);
	assert_int_equal(count("checksum", "page_02h"), 1);
	assert_int_equal(count("identifier", "18h in byte 0 and 19h"), 1);
	assert_int_equal(count("text", "part number"), 1);
	assert_int_equal(count("power", "0 W"), 1);
	assert_int_equal(count("module-state", "6 is reserved"), 1);
	assert_int_equal(count("applications", "application 1 may start at host lane 2"), 1);
	assert_int_equal(count("applications", "behind the FFh"), 1);
	assert_int_equal(count("thresholds", "temperature"), 1);
	UPPER(0, 201) = 41;
	decode();
	assert_int_equal(count("power", "10.25 W is above the 10 W of power class 5"), 1);
	load("sff8636-oem-qsfp-40g-sr4-acr40g0041");
	decode();
	assert_int_equal(count("lower-page", "00h, no identifier"), 1);
	load("sff8636-qsfptek-qt-qsfp28-er4-qt14241028004");
	decode();
	assert_int_equal(count("power", "class 8"), 1);
	load(SFP_SR);
	dump[64] = 0x62;
	dump[92] = 0x58;
	decode();
	assert_int_equal(count("power", "level 4"), 1);
}

static void summary_is_one_honest_line(void **state)
{
	static const struct {
		const char *module, *text;
	} want[] = {
		{DD_XDR4,
		 "400G-DR4 QSFP-DD, 4 x 100G PAM4 (host 8 x 50G PAM4), SMF 2 km, MPO 1x12, "
		 "10 W, splits to 4x100G"},
		{OSFP_2FR4, "2x400G-FR4 OSFP, 8 x 100G PAM4, SMF 3 km, LC, 16 W, "
			    "splits to 2x200G, 8x100G, 2x100G, 4x200G"},
		{DD_ZR,
		 "400ZR QSFP-DD, 1 x 400G coherent (host 8 x 50G PAM4), SMF 40 km, LC, 20 W, "
		 "splits to 4x100G"},
		{DD_DAC, "400G-CR8 QSFP-DD passive copper cable 0.5 m, 8 x 50G PAM4, 0.25 W, "
			 "splits to 2x200G, 4x100G, 2x100G, 8x50G"},
		{OSFP_AEC, "2x400G OSFP active copper cable 4.5 m, 8 x 100G PAM4, 13 W, "
			   "splits to 8x100G, 4x200G"},
		{QSFP_SR4, "40G-SR4 QSFP+, 4 x 10G NRZ, OM4 150 m, MPO 1x12, 1.5 W, splits to "
			   "4x10G"},
		{QSFP28_AOC,
		 "100G QSFP28 active optical cable 5 m, 4 x 25G NRZ, 3.5 W, splits to 4x25G"},
		{SFP_DAC,
		 "10GSFP+CU SFP passive copper cable 1 m, 1 x 10G NRZ, Copper Pigtail, 1 W"},
	};
	char text[LW_SUMMARY_MAX], small[12];

	(void)state;
	for (size_t i = 0; i < sizeof(want) / sizeof(*want); i++) {
		load(want[i].module);
		decode();
		assert_int_equal(lw_facts_summary(&facts, text, sizeof(text)), 0);
		assert_string_equal(text, want[i].text);
	}
	assert_int_equal(lw_facts_summary(&facts, small, sizeof(small)), LW_ELIMIT);
	assert_string_equal(small, "10GSFP+CU S");
}

static void facts_of_an_empty_view_state_nothing(void **state)
{
	(void)state;
	for (unsigned map = LW_MAP_NONE; map < LW_MAP_N; map++) {
		struct lw_view view = {.map = (enum lw_map_id)map};
		struct lw_ability ability[LW_ABILITIES_MAX];
		char text[LW_SUMMARY_MAX];

		lw_facts_decode(&view, &facts);
		assert_int_equal(facts.map, map);
		assert_int_equal(facts.identifier, LW_NONE);
		assert_int_equal(facts.power_class, LW_NONE);
		assert_unstated(facts.max_power_w);
		assert_null(facts.form_factor);
		assert_false(facts.has_dom || facts.has_thresholds || facts.has_lengths);
		assert_int_equal(facts.checksum_n, 0);
		assert_int_equal(lw_facts_abilities(&facts, ability), 0);
		assert_int_equal(lw_facts_summary(&facts, text, sizeof(text)), 0);
	}
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(date_that_is_none_stays_raw),
		cmocka_unit_test(text_loses_its_padding_and_nothing_else),
		cmocka_unit_test(problems_of_sound_modules_are_none),
		cmocka_unit_test(problems_name_what_is_wrong),
		cmocka_unit_test(summary_is_one_honest_line),
		cmocka_unit_test(facts_of_an_empty_view_state_nothing),
	};

	golden_init(argc, argv);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
