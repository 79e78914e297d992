/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "bench.h"

#include <math.h>
#include <string.h>

static void link_like_modules_is_up(void **state)
{
	struct bench t;

	(void)state;
	make(&t, "OSFP", "800GBASE-DR8", 1, "OSFP", "800GBASE-DR8");
	EXPECT(&t, "up", "");
	done(&t);
	make(&t, "OSFP", "800GBASE-DR8", 2, "QSFP112", "400GBASE-DR4");
	EXPECT(&t, "up", "");
	done(&t);
	make(&t, "SFP28", "25GBASE-SR", 1, "SFP28", "25GBASE-SR");
	EXPECT(&t, "up", "");
	done(&t);
}

/* The classic: both ends say 400G. Each true reason once, no other. */
static void link_dr8_half_to_sr8_gives_every_reason(void **state)
{
	struct bench t;

	(void)state;
	make(&t, "OSFP", "800GBASE-DR8", 2, "QSFP-DD", "400GBASE-SR8");
	t.path.cord = lw_cord_find("hydra-mpo16-2mpo12");
	EXPECT(&t, "down", "lane-count lane-rate wavelength fibre-type connector gearbox");
	expect_text(&t, "a uses 4 fibre lanes (400GBASE-DR4), b uses 8 (400GBASE-SR8)");
	expect_text(&t, "a sends 53.125 GBd on each fibre lane (400GBASE-DR4), b 26.5625 GBd");
	expect_text(&t, "1304.5-1317.5 nm (400GBASE-DR4), b at 840-860 nm (400GBASE-SR8)");
	expect_text(&t, "a needs SMF (400GBASE-DR4), b needs MMF (400GBASE-SR8); the cord is OS2");
	expect_text(&t, "has a receptacle for MPO-16, cord hydra-mpo16-2mpo12 ends in MPO-12");
	done(&t);
}

/* Errata 29: the lanes of 200GBASE-DR4 are 50G, 100GBASE-DR is one 100G lane. */
static void link_200g_dr4_to_100g_dr_is_down(void **state)
{
	struct bench t;

	(void)state;
	make(&t, "QSFP56", "200GBASE-DR4", 2, "QSFP28", "100GBASE-DR");
	EXPECT(&t, "down", "module-breakout lane-rate");
	expect_text(&t, "mode 2x100G(4) needs 100G on 2 host lanes");
	expect_text(&t, "26.5625 GBd on each fibre lane (200GBASE-DR4), b 53.125 GBd");
	done(&t);
}

/* Errata 25: 400GBASE-SR8 splits to 100GBASE-SR2 and to no other 100G PMD. */
static void link_sr8_quarter_goes_to_sr2_only(void **state)
{
	struct bench t;

	(void)state;
	make(&t, "QSFP-DD", "400GBASE-SR8", 4, "QSFP56", "100GBASE-SR2");
	t.path.b_connector = "MPO-12";
	EXPECT(&t, "up", "");
	done(&t);
	make(&t, "QSFP-DD", "400GBASE-SR8", 4, "QSFP28", "100GBASE-SR4");
	t.path.cord = NULL;
	EXPECT(&t, "down", "lane-count lane-rate modulation gearbox");
	done(&t);
	make(&t, "QSFP-DD", "400GBASE-SR8", 4, "SFP112", "100GBASE-SR1");
	EXPECT(&t, "down", "lane-count lane-rate gearbox");
	done(&t);
}

/* Errata 32: windows must overlap, not be equal. */
static void link_overlapping_windows_need_not_be_equal(void **state)
{
	struct bench t;

	(void)state;
	assert_true(lw_pmd_find("400GBASE-VR4")->wave[0].high_pm !=
		    lw_pmd_find("400GBASE-SR4")->wave[0].high_pm);
	make(&t, "QSFP112", "400GBASE-VR4", 1, "QSFP112", "400GBASE-SR4");
	judge(&t);
	assert_false(test_has(&t.f, "wavelength"));
	assert_true(t.v != LW_DOWN);
	done(&t);
	make(&t, "QSFP28", "100G-CWDM4", 1, "QSFP28", "100GBASE-LR4");
	judge(&t);
	assert_true(test_has(&t.f, "wavelength"));
	assert_int_equal(t.v, LW_DOWN);
	expect_text(&t, "1264.5-1277.5, 1284.5-1297.5, 1304.5-1317.5, 1324.5-1337.5 nm");
	done(&t);
}

/* A gap of a nanometre between windows that are not well sourced is a risk, not a verdict. */
static void link_narrow_gap_is_a_risk(void **state)
{
	struct lw_pmd near_miss;
	struct bench t;

	(void)state;
	make(&t, "SFP112", "100GBASE-DR", 1, "SFP112", "100GBASE-DR");
	near_miss = *lw_pmd_find("100GBASE-DR");
	near_miss.name = "100G-TEST";
	near_miss.wave[0].low_pm = 1318500;
	near_miss.wave[0].high_pm = 1325000;
	t.b.ability[0].pmd = &near_miss;
	EXPECT(&t, "at-risk", "wavelength loss-budget");
	near_miss.wave[0].low_pm = 1323000; /* light that never arrives has no level */
	EXPECT(&t, "down", "wavelength");
	done(&t);
}

static void link_wdm_parent_cannot_be_split(void **state)
{
	static const struct {
		const char *form, *pmd, *child_form, *child, *why;
		unsigned count;
	} rows[] = {
		{"QSFP-DD", "400GBASE-FR4", "SFP112", "100GBASE-FR1", "share one fibre pair", 4},
		{"QSFP+", "40GBASE-LR4", "SFP+", "10GBASE-LR", "share one fibre pair", 4},
		{"OSFP", "800G-2xFR4", "SFP112", "100GBASE-FR1", "share one fibre pair", 8},
		{"QSFP+", "40G-BiDi", "SFP+", "10GBASE-SR", "in both directions", 4},
		{"QSFP-DD", "400ZR", "SFP112", "100GBASE-LR1", "coherent carrier", 4},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct bench t;

		make(&t, rows[i].form, rows[i].pmd, rows[i].count, rows[i].child_form,
		     rows[i].child);
		judge(&t);
		assert_int_equal(t.v, LW_DOWN);
		assert_true(test_has(&t.f, "module-breakout"));
		expect_text(&t, rows[i].why);
		done(&t);
	}
}

static void link_sfp_is_never_a_parent(void **state)
{
	struct bench t;

	(void)state;
	make(&t, "SFP28", "25GBASE-SR", 1, "SFP28", "25GBASE-SR");
	t.a.end.ports = 2;
	t.a.end.mode = "2x10G";
	EXPECT(&t, "down", "host-breakout");
	expect_text(&t, "the SFP28 cage has one lane and cannot be split into 2 ports");
	done(&t);
}

static void link_plug_must_fit_the_cage(void **state)
{
	static const struct {
		const char *plug, *cage, *adapter, *rules;
	} rows[] = {
		{"QSFP28", "QSFP-DD", "", ""},
		{"QSFP112", "QSFP-DD800", "", ""},
		{"QSFP-DD", "QSFP28", "", "form-factor"}, /* errata 26 */
		{"OSFP", "QSFP-DD", "", "form-factor"},
		{"QSFP28", "OSFP", "", "form-factor"},
		{"QSFP28", "OSFP", "QSA", "form-factor"},
		{"QSFP28", "OSFP", "OSFP-to-QSFP", ""},
		{"QSFP28", "QSFP28", "OSFP-to-QSFP", "form-factor"},
		{"SFP28", "OSFP", "", "form-factor"},
		{"SFP28", "QSFP28", "QSA", ""},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct bench t;

		make(&t, "SFP28", "25GBASE-SR", 1, "SFP28", "25GBASE-SR");
		t.a.end.plug = lw_form_find(rows[i].plug);
		t.a.end.cage = lw_form_find(rows[i].cage);
		t.a.end.adapter = rows[i].adapter;
		judge(&t);
		if (strcmp(t.rules, rows[i].rules))
			fail_msg("%s in %s with \"%s\": %s", rows[i].plug, rows[i].cage,
				 rows[i].adapter, t.rules);
		done(&t);
	}
}

static void link_adapter_names_itself_as_remedy(void **state)
{
	struct bench t;

	(void)state;
	make(&t, "SFP28", "25GBASE-SR", 1, "SFP28", "25GBASE-SR");
	t.a.end.plug = lw_form_find("QSFP28");
	t.a.end.cage = lw_form_find("OSFP");
	judge(&t);
	expect_text(&t, "QSFP28 plugs need adapter OSFP-to-QSFP in OSFP cages; there is none");
	expect_text(&t, "Put adapter OSFP-to-QSFP into a.");
	done(&t);
}

/* An adapter joins lanes 1-4: a port beyond them has nothing to talk to. */
static void link_port_beyond_the_adapter_is_down(void **state)
{
	struct bench t;

	(void)state;
	make(&t, "OSFP", "800GBASE-SR8", 8, "SFP112", "100GBASE-SR1");
	t.a.end.plug = lw_form_find("QSFP112");
	t.a.end.adapter = "OSFP-to-QSFP";
	t.a.end.port = &t.a.mode.port[5];
	EXPECT(&t, "down", "host-breakout");
	expect_text(&t, "port on host lane 6, but only 4 of the cage's 8 lanes reach the QSFP112");
	done(&t);
}

static void link_hot_module_in_a_weak_cage(void **state)
{
	struct bench t;

	(void)state;
	make(&t, "QSFP28", "100GBASE-SR4", 1, "QSFP28", "100GBASE-SR4");
	t.a.end.power_w = 5.0;
	EXPECT(&t, "up", "");
	t.a.end.power_w = NAN;
	EXPECT(&t, "up", "");
	t.a.end.power_w = 5.5;
	EXPECT(&t, "down", "cage-power"); /* the row is of medium confidence */
	expect_text(&t, "draws up to 5.5 W, the QSFP28 cage gives at most 5 W");
	done(&t);
	make(&t, "QSFP112", "400GBASE-SR4", 1, "QSFP112", "400GBASE-SR4");
	t.b.end.power_w = 14;
	EXPECT(&t, "at-risk", "cage-power"); /* of low confidence: catalog invariant 2 */
	expect_text(&t, "(low confidence)");
	done(&t);
}

static void link_host_lane_faster_than_its_cage(void **state)
{
	struct bench t;

	(void)state;
	/* a 112G cable in a 56G cage */
	make(&t, "QSFP112", "400GBASE-CR4", 1, "QSFP112", "400GBASE-CR4");
	t.b.end.cage = lw_form_find("QSFP-DD");
	EXPECT(&t, "down", "lane-rate");
	expect_text(&t, "needs 53.125 GBd on each lane, the QSFP-DD cage runs at most 28.9 GBd");
	done(&t);
	/* a host slower than its cage */
	make(&t, "OSFP", "800GBASE-SR8", 1, "OSFP", "800GBASE-SR8");
	t.a.end.cage_baud_kbd = 26562500;
	EXPECT(&t, "down", "lane-rate");
	done(&t);
	/* PAM4 in an NRZ cage */
	make(&t, "SFP56", "50GBASE-SR", 1, "SFP56", "50GBASE-SR");
	t.a.end.cage = lw_form_find("SFP28");
	EXPECT(&t, "down", "modulation");
	done(&t);
}

static void link_host_mode_the_module_does_not_have(void **state)
{
	struct bench t;

	(void)state;
	/* eight 50G host lanes in front of four 100G lanes, no split asked: lanes are to blame */
	make(&t, "OSFP", "400GBASE-FR4", 1, "QSFP112", "400GBASE-FR4");
	assert_int_equal(lw_mode_parse("1x400G(4)", 8, &t.a.mode, NULL), 0);
	t.a.end.mode = "1x400G(4)";
	test_ends_choose(&t.a, &t.b);
	EXPECT(&t, "down", "lane-count");
	expect_text(&t, "mode 1x400G(4) uses 4 host lanes, 400GBASE-FR4 offers 1x400G (8 lanes");
	/* the right lanes at another rate */
	assert_int_equal(lw_mode_parse("1x800G", 8, &t.a.mode, NULL), 0);
	t.a.end.mode = "1x800G";
	test_ends_choose(&t.a, &t.b);
	EXPECT(&t, "down", "lane-rate rate");
	done(&t);
	/* the right signal where the application may not start */
	make(&t, "OSFP", "800GBASE-DR8", 2, "QSFP112", "400GBASE-DR4");
	for (size_t i = 0; i < t.a.n; i++)
		if (t.a.ability[i].host_lanes == 4)
			t.a.ability[i].host_first = 1u << 4;
	test_ends_choose(&t.a, &t.b);
	EXPECT(&t, "down", "module-breakout");
	expect_text(&t, "cannot start this application at host lane 1");
	done(&t);
}

static void link_module_that_says_nothing_is_a_risk(void **state)
{
	struct bench t;

	(void)state;
	make(&t, "QSFP28", "100GBASE-SR4", 1, "QSFP28", "100GBASE-SR4");
	t.b.end.ability_n = 0;
	t.b.end.face = NULL;
	t.b.end.chosen = -1;
	EXPECT(&t, "at-risk", "management-map");
	done(&t);
	make(&t, "QSFP28", "100GBASE-SR4", 1, "QSFP28", "100GBASE-SR4");
	for (size_t i = 0; i < t.b.n; i++)
		t.b.ability[i].pmd = NULL;
	EXPECT(&t, "at-risk", "management-map");
	expect_text(&t, "what 100GBASE-SR4 sends into the fibre is not catalogued");
	done(&t);
}

static void link_unequal_rates_are_down(void **state)
{
	struct bench t;

	(void)state;
	make(&t, "OSFP", "800GBASE-DR8", 2, "QSFP112", "400GBASE-DR4");
	assert_int_equal(test_end_make(&t.b, "b", "SFP112", "100GBASE-DR", 1, 100000), 0);
	test_ends_choose(&t.a, &t.b);
	judge(&t);
	assert_true(test_has(&t.f, "rate"));
	assert_int_equal(t.v, LW_DOWN);
	expect_text(&t, "a runs 400G (mode 2x400G(8)), b runs 100G (mode 1x100G(1))");
	done(&t);
}

static void link_fibre_of_the_wrong_kind(void **state)
{
	struct bench t;

	(void)state;
	make(&t, "QSFP28", "100GBASE-SR4", 1, "QSFP28", "100GBASE-SR4");
	t.path.grade = LW_OS2;
	EXPECT(&t, "down", "fibre-type");
	expect_text(&t, "a needs MMF (100GBASE-SR4), the cord is OS2 (SMF)");
	expect_text(&t, "Use a cord of MMF fibre.");
	done(&t);
	make(&t, "SFP28", "25GBASE-LR", 1, "SFP28", "25GBASE-LR");
	t.path.grade = LW_OM4;
	EXPECT(&t, "down", "fibre-type");
	done(&t);
	make(&t, "SFP28", "25GBASE-SR", 1, "SFP28", "25GBASE-LR");
	EXPECT(&t, "down", "wavelength fibre-type");
	done(&t);
}

static void link_connectors_are_checked_at_both_ends(void **state)
{
	struct bench t;

	(void)state;
	make(&t, "OSFP", "800GBASE-DR8", 1, "OSFP", "800GBASE-DR8");
	t.path.cord = lw_cord_find("mpo12");
	EXPECT(&t, "down", "connector connector");
	expect_text(&t, "a: 800GBASE-DR8 has a receptacle for MPO-16, cord mpo12 ends in MPO-12");
	expect_text(&t, "Use a cord with MPO-16 for b.");
	t.path.a_connector = NULL; /* unknown: nothing is said about it */
	EXPECT(&t, "down", "connector");
	done(&t);
}

/* B088: angled and flat faces do not mate; the same cord cannot suit both. */
static void link_unequal_polish_is_a_risk(void **state)
{
	struct bench t;

	(void)state;
	make(&t, "QSFP56", "200GBASE-SR4", 1, "QSFP56", "200GBASE-SR4");
	t.path.a_polish = "APC";
	t.path.b_polish = "UPC";
	EXPECT(&t, "at-risk", "polish");
	expect_text(&t, "Order the cord with APC at a and UPC at b.");
	t.path.b_polish = "";
	EXPECT(&t, "up", "");
	done(&t);
	/* a harness from APC MPO to UPC LC is made so */
	make(&t, "OSFP", "800GBASE-DR8", 8, "SFP112", "100GBASE-DR");
	t.path.a_polish = "APC";
	t.path.b_polish = "UPC";
	EXPECT(&t, "up", "");
	done(&t);
}

static void rules_explain_themselves(void **state)
{
	/* every name that the design lists */
	static const char *const names[] = {
		"form-factor",  "cage-power", "thermal",       "management-map",
		"vendor-lock",  "firmware",   "host-breakout", "module-breakout",
		"lane-count",   "lane-rate",  "modulation",    "gearbox",
		"rate",         "fec",        "autoneg",       "wavelength",
		"fibre-type",   "connector",  "polish",        "reach",
		"loss-budget",  "overload",   "branch-end",    "polarity",
		"lane-overlap", "port-reuse", "linear",        "protocol",
	};
	size_t n;
	const struct lw_rule *r = lw_rules(&n);

	(void)state;
	assert_int_equal(n, sizeof(names) / sizeof(names[0]));
	for (size_t i = 0; i < n; i++) {
		assert_ptr_equal(lw_rule_find(names[i]),
				 lw_rule_find(r[i].name) == &r[i] ? lw_rule_find(names[i]) : NULL);
		assert_non_null(lw_rule_find(names[i]));
		assert_int_equal(r[i].asks[strlen(r[i].asks) - 1], '?');
		assert_true(strlen(r[i].why) > 40 && strlen(r[i].example) > 20);
		assert_true(*r[i].remedy && *r[i].ref);
	}
	assert_null(lw_rule_find("no-such-rule"));
	assert_null(lw_rule_find(""));
}

static void link_out_of_memory_is_an_error(void **state)
{
	struct bench t;
	size_t need;

	(void)state;
	make(&t, "OSFP", "800GBASE-DR8", 2, "QSFP-DD", "400GBASE-SR8");
	judge(&t);
	need = t.arena.used;
	done(&t);
	for (size_t limit = 1; limit < need; limit += 64) {
		struct lw_error e = {0};

		t.v = LW_UP;
		lw_arena_init(&t.arena, limit);
		lw_findings_init(&t.f, &t.arena);
		assert_int_equal(
			lw_link_judge("a - b", &t.a.end, &t.b.end, &t.path, &t.f, &t.v, &e),
			LW_ENOMEM);
		assert_int_equal(e.code, LW_ENOMEM);
		lw_arena_finish(&t.arena);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(link_like_modules_is_up),
		cmocka_unit_test(link_dr8_half_to_sr8_gives_every_reason),
		cmocka_unit_test(link_200g_dr4_to_100g_dr_is_down),
		cmocka_unit_test(link_sr8_quarter_goes_to_sr2_only),
		cmocka_unit_test(link_overlapping_windows_need_not_be_equal),
		cmocka_unit_test(link_narrow_gap_is_a_risk),
		cmocka_unit_test(link_wdm_parent_cannot_be_split),
		cmocka_unit_test(link_sfp_is_never_a_parent),
		cmocka_unit_test(link_plug_must_fit_the_cage),
		cmocka_unit_test(link_adapter_names_itself_as_remedy),
		cmocka_unit_test(link_port_beyond_the_adapter_is_down),
		cmocka_unit_test(link_hot_module_in_a_weak_cage),
		cmocka_unit_test(link_host_lane_faster_than_its_cage),
		cmocka_unit_test(link_host_mode_the_module_does_not_have),
		cmocka_unit_test(link_module_that_says_nothing_is_a_risk),
		cmocka_unit_test(link_unequal_rates_are_down),
		cmocka_unit_test(link_fibre_of_the_wrong_kind),
		cmocka_unit_test(link_connectors_are_checked_at_both_ends),
		cmocka_unit_test(link_unequal_polish_is_a_risk),
		cmocka_unit_test(rules_explain_themselves),
		cmocka_unit_test(link_out_of_memory_is_an_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
