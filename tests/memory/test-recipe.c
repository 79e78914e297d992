/* SPDX-License-Identifier: Apache-2.0 */
/* Recipes to memories and back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "support.h"

#include <lanewise/facts.h>

static void cook(const char *text, struct lw_memory *ret)
{
	struct lw_recipe r;

	if (lw_recipe_load(text, strlen(text), "test.yaml", &arena, &r, &error) ||
	    lw_recipe_make(&r, &arena, ret, &error))
		fail_msg("%s:%d: %s\n%s", error.where, error.line, error.message, text);
}

static void decode(const struct lw_memory *m, struct lw_facts *ret)
{
	struct lw_view v;

	lw_memory_view(m, &v);
	lw_facts_decode(&v, ret);
}

/* The recipe of a memory, as YAML in the arena. */
static char *spec(const struct lw_memory *m, bool fields)
{
	struct lw_buf b = LW_BUF_INIT;
	struct lw_recipe r;
	char *s;

	if (lw_recipe_find(m, fields, &arena, &r, &error))
		fail_msg("%s", error.message);
	lw_recipe_write(&r, &b);
	s = lw_arena_strdup(&arena, lw_buf_str(&b));
	lw_buf_finish(&b);
	assert_non_null(s);
	return s;
}

static void must_come_back(const struct lw_memory *m, const char *name)
{
	char *yaml = spec(m, false);
	struct lw_memory again;

	cook(yaml, &again);
	if (again.n != m->n || memcmp(again.bytes, m->bytes, m->n) != 0)
		fail_msg("%s does not come back:\n%s", name, yaml);
}

static void no_problem(const struct lw_memory *m, const char *name)
{
	struct lw_findings f;

	check(m, &f);
	for (size_t i = 0; i < f.n; i++)
		if (f.v[i].severity > LW_INFO)
			fail_msg("%s: %s: %s", name, f.v[i].rule, f.v[i].text);
}

static void recipe_of_every_part_comes_back(void **state)
{
	size_t n;
	const struct lw_part *p = lw_parts(&n);

	(void)state;
	assert_true(n > 100);
	for (size_t i = 0; i < n; i++) {
		char text[400];
		struct lw_memory m;

		snprintf(text, sizeof(text), "part: %s\n", p[i].name);
		cook(text, &m);
		no_problem(&m, p[i].name);
		must_come_back(&m, p[i].name);
		snprintf(text, sizeof(text),
			 "part: %s\nvendor: ACME\noui: \"00:1c:73\"\npn: \"A \\\"B\\\" \\\\ C\"\n"
			 "rev: 2C\nsn: 00012\ndate: 2024-02-29\nlot: Z9\npower_w: %g\n%s",
			 p[i].name, p[i].power_w * 1.3 + 0.1,
			 p[i].receptacles ? "" : "length_m: 2.3\n");
		cook(text, &m);
		must_come_back(&m, p[i].name);
		lw_arena_finish(&arena);
	}
}

static void recipe_of_every_form_factor_can_be_made(void **state)
{
	static const struct {
		const char *form, *what;
		uint8_t identifier;
	} forms[] = {
		{"SFP", "pmd: 1000BASE-SX", 0x03},
		{"SFP+", "pmd: 10GBASE-SR", 0x03},
		{"SFP28", "pmd: 25GBASE-SR", 0x03},
		{"SFP56", "pmd: 50GBASE-SR", 0x03},
		{"SFP112", "pmd: 100GBASE-DR", 0x20},
		{"SFP-DD", "pmd: 100GBASE-DR", 0x1f},
		{"DSFP", "pmd: 100GBASE-DR", 0x1b},
		{"QSFP+", "pmd: 40GBASE-SR4", 0x0d},
		{"QSFP28", "pmd: 100GBASE-SR4", 0x11},
		{"QSFP56", "pmd: 200GBASE-SR4", 0x1e},
		{"QSFP112", "pmd: 400GBASE-DR4", 0x1e},
		{"QSFP224", "pmd: 400GBASE-DR4", 0x1e},
		{"QSFP28-DD", "pmd: 100GBASE-DR", 0x18},
		{"QSFP-DD", "pmd: 400GBASE-DR4", 0x18},
		{"QSFP-DD800", "pmd: 800GBASE-DR8", 0x18},
		{"QSFP-DD1600", "pmd: 800GBASE-DR8", 0x18},
		{"OSFP", "pmd: 800GBASE-DR8", 0x19},
		{"OSFP-RHS", "pmd: 400GBASE-DR4", 0x19},
		{"OSFP1600", "pmd: 800GBASE-DR8", 0x19},
		{"OSFP-XD", "pmd: 800GBASE-DR8", 0x21},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(forms) / sizeof(*forms); i++) {
		char text[100];
		struct lw_memory m;

		if (strcmp(forms[i].form, "QSFP28-DD") == 0)
			snprintf(text, sizeof(text), "form: QSFP28-DD\ncable: DAC\nfar: QSFP-DD\n");
		else
			snprintf(text, sizeof(text), "form: %s\n%s\n", forms[i].form,
				 forms[i].what);
		cook(text, &m);
		assert_int_equal(m.bytes[0], forms[i].identifier);
		no_problem(&m, forms[i].form);
		must_come_back(&m, forms[i].form);
	}
}

static void recipe_of_a_pmd_without_part_names_it(void **state)
{
	struct lw_memory m;
	struct lw_facts f;
	struct lw_ability a[LW_ABILITIES_MAX];

	(void)state;
	cook("form: SFP\npmd: 1000BASE-LX\n", &m);
	/* SFF-8472 Table 5-3: A0h:6 bit 1; bit rate in 100 MBd */
	assert_int_equal(m.bytes[6], 0x02);
	assert_int_equal(m.bytes[12], 12);
	decode(&m, &f);
	assert_true(lw_facts_abilities(&f, a) >= 1);
	assert_string_equal(a[0].pmd->name, "1000BASE-LX");
	must_come_back(&m, "1000BASE-LX");
	assert_non_null(strstr(spec(&m, false), "pmd: 1000BASE-LX\n"));
}

static void recipe_says_what_the_memory_says(void **state)
{
	struct lw_memory m;
	struct lw_facts f;

	(void)state;
	cook("form: osfp\npmd: 800gbase-dr8\nvendor: ACME\npn: AC-800\nrev: B\nsn: S1\n"
	     "date: 2025-03-31\nlot: 07\noui: \"00:1C:73\"\nclei: CLEI567890\nconnector: LC\n"
	     "power_w: 14.5\nthresholds: 400gbase-fr4\n",
	     &m);
	decode(&m, &f);
	assert_string_equal(f.vendor_name, "ACME");
	assert_string_equal(f.vendor_pn, "AC-800");
	assert_string_equal(f.vendor_rev, "B");
	assert_string_equal(f.vendor_sn, "S1");
	assert_string_equal(f.date_iso, "2025-03-31");
	assert_string_equal(f.lot, "07");
	assert_string_equal(f.clei, "CLEI567890");
	assert_memory_equal(f.oui, "\x00\x1c\x73", 3);
	assert_int_equal(f.connector, 0x07);
	assert_true(f.max_power_w == 14.5);
	assert_true(fabs(f.limits[LW_Q_TX_POWER].high_alarm - pow(10, 0.55)) < 1e-4);
	must_come_back(&m, "OSFP");
}

static void recipe_takes_applications_by_name_or_code(void **state)
{
	struct lw_memory m;
	struct lw_facts f;

	(void)state;
	cook("part: OSFP-800G-DR8\napplications:\n"
	     "  - {host: 400GAUI-4-L C2M, media: 400GBASE-DR4}\n"
	     "  - {host: 0x4b, media: 0x14, host_lanes: 1, media_lanes: 1, host_start: [1, 8], "
	     "media_start: [2, 3]}\n",
	     &m);
	decode(&m, &f);
	assert_int_equal(f.app_n, 2);
	assert_int_equal(f.app[0].media_id, 0x1c);
	assert_int_equal(f.app[0].host_lanes, 4);
	assert_int_equal(f.app[0].host_assign, 0x11);
	assert_int_equal(f.app[0].media_assign, 0x11);
	assert_int_equal(f.app[1].host_assign, 0x81);
	assert_int_equal(f.app[1].media_assign, 0x06);
	must_come_back(&m, "applications");
}

static void recipe_sets_fields_last(void **state)
{
	struct lw_memory m;

	(void)state;
	cook("part: OSFP-800G-DR8\nfields:\n  max_power: 3\n  vcc_mon_high_alarm_threshold: 3.6\n"
	     "  dp_deinit_lane[2]: 1\n",
	     &m);
	assert_int_equal(UPPER(m, 0, 201), 12);
	assert_int_equal(UPPER(m, 2, 136), 0x8c);
	assert_int_equal(UPPER(m, 16, 128), 0x02);
	no_problem(&m, "fields");
}

static unsigned same, all;

static void come_near(const char *name, struct lw_memory *m)
{
	char *yaml = spec(m, true);
	struct lw_memory made, again;
	struct lw_changes c;

	cook(yaml, &made);
	assert_int_equal(made.map, m->map);
	/* made once, it comes back exactly with its fields */
	cook(spec(&made, true), &again);
	if (again.n != made.n || memcmp(again.bytes, made.bytes, made.n) != 0) {
		lw_changes_init(&c, &arena);
		lw_memory_diff(&made, &again, &c, &error);
		fail_msg("%s: %zu differ, first %s:%u\n%s", name, c.n, c.n ? c.v[0].slot : "",
			 c.n ? c.v[0].first : 0, yaml);
	}
	/* what makers program in the identity is that of the dump, but for what no text can say */
	all++;
	same += memcmp(made.bytes + 128, m->bytes + 128, 64) == 0;
	lw_arena_finish(&arena);
}

static void recipe_of_every_golden_dump_can_be_made(void **state)
{
	(void)state;
	same = all = 0;
	assert_true(each_golden(come_near) >= 40);
	print_message("# identity bytes equal: %u of %u\n", same, all);
	assert_true(same * 2 > all);
}

static void recipe_errors_name_the_line(void **state)
{
	static const struct {
		const char *text, *needle;
		int line;
	} bad[] = {
		{"", "map", 1},
		{"- a\n", "map", 1},
		{"vendor: A\n", "say what it is", 1},
		{"part: OSFP-800G-DR9\n", "OSFP-800G-DR9", 1},
		{"part: OSFP-800G-DR8\nvendr: A\n", "vendr", 2},
		{"part: OSFP-800G-DR8\npmd: x\n", "leave", 1},
		{"form: OSFP\n", "say what it is", 1},
		{"form: OSPF\npmd: 800GBASE-DR8\n", "OSPF", 1},
		{"form: OSFP\npmd: 800GBASE-XX\n", "catalogue", 1},
		{"form: SFP\npmd: 10GBASE-SR\n", "GBd", 1},
		{"form: SFP28\npart: OSFP-800G-DR8\n", "another memory map", 2},
		{"form: OSFP\ncable: DAC\nfar: 3xOSFP\n", "catalogue", 1},
		{"part: OSFP-800G-DR8\nvendor: 12345678901234567\n", "16", 2},
		{"part: OSFP-800G-DR8\nvendor: [a]\n", "text", 2},
		{"part: OSFP-800G-DR8\nsn: \"\xc3\xaf\"\n", "ASCII", 2},
		{"part: OSFP-800G-DR8\noui: 1c:73\n", "three bytes", 2},
		{"part: OSFP-800G-DR8\ndate: 31.03.2025\n", "date", 2},
		{"part: OSFP-800G-DR8\ndate: 1999-03-31\n", "2000", 2},
		{"part: OSFP-800G-DR8\nlength_m: 2\n", "cable", 2},
		{"part: DAC-OSFP-800G\nlength_m: -2\n", "above 0", 2},
		{"part: DAC-OSFP-800G\nlength_m: 9000\n", "more than", 0},
		{"part: OSFP-800G-DR8\npower_w: nan\n", "number", 2},
		{"part: OSFP-800G-DR8\nconnector: brass\n", "Table 4-3", 2},
		{"part: OSFP-800G-DR8\nthresholds: x\n", "thresholds", 2},
		{"part: DAC-OSFP-800G\nthresholds: 400GBASE-DR4\n", "no monitors", 2},
		{"part: QSFP28-100G-SR4\napplications: []\n", "CMIS", 2},
		{"part: OSFP-800G-DR8\napplications: []\n", "list", 2},
		{"part: OSFP-800G-DR8\napplications:\n  - {host: brass, media: y}\n", "no such", 3},
		{"part: OSFP-800G-DR8\napplications:\n  - {host: 0x51}\n", "media", 3},
		{"part: OSFP-800G-DR8\napplications:\n  - {host: 0x51, media: 0x56, mdia: 1}\n",
		 "mdia", 3},
		{"part: OSFP-800G-DR8\napplications:\n"
		 "  - {host: 0x51, media: 0x56, host_start: [9]}\n",
		 "1 to 8", 3},
		{"part: OSFP-800G-DR8\nfields: {max_pwr: 1}\n", "max_pwr", 0},
		{"part: OSFP-800G-DR8\nfields: [1]\n", "map", 2},
		{"part: QSFP28-100G-SR4\nclei: A\n", "CMIS", 2},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		const char *text = bad[i].text;
		struct lw_recipe r;
		struct lw_memory m;
		int code;

		memset(&error, 0, sizeof(error));
		code = lw_recipe_load(text, strlen(text), "test.yaml", &arena, &r, &error);
		if (!code)
			code = lw_recipe_make(&r, &arena, &m, &error);
		if (!code)
			fail_msg("accepted: %s", text);
		if (error.code != code || !strstr(error.message, bad[i].needle) ||
		    error.line != bad[i].line)
			fail_msg("%s: line %d: %s", text, error.line, error.message);
	}
}

#define T(x) cmocka_unit_test_setup_teardown(x, setup, teardown)

static const struct CMUnitTest tests[] = {
	T(recipe_of_every_part_comes_back),           T(recipe_of_every_form_factor_can_be_made),
	T(recipe_of_a_pmd_without_part_names_it),     T(recipe_says_what_the_memory_says),
	T(recipe_takes_applications_by_name_or_code), T(recipe_sets_fields_last),
	T(recipe_of_every_golden_dump_can_be_made),   T(recipe_errors_name_the_line),
};

MAIN("recipe", tests)
