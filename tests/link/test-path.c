/* SPDX-License-Identifier: Apache-2.0 */
/* The rules about the way between two ends: error correction, length, loss. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "bench.h"

#include <math.h>
#include <string.h>

/* Where a module ends FEC itself the host adds none; both ends meet on the fibre. */
static void link_fec_inside_the_module(void **state)
{
	struct bench t;

	(void)state;
	make(&t, "SFP112", "100GBASE-DR", 1, "QSFP28", "100GBASE-DR");
	assert_int_equal(t.b.end.port->lanes, 4);
	EXPECT(&t, "up", "");
	t.b.end.fec = "none";
	EXPECT(&t, "up", "");
	t.a.end.fec = "RS(544,514)";
	EXPECT(&t, "up", "");
	t.b.end.fec = "RS(528,514)";
	EXPECT(&t, "down", "fec");
	expect_text(&t, "b runs RS(528,514) towards 100GBASE-DR, which corrects errors itself "
			"(RS(544,514) on the fibre) and expects none from the host");
	expect_text(&t, "Set fec: none at b.");
	t.b.end.fec = NULL;
	t.a.end.fec = "none";
	EXPECT(&t, "down", "fec");
	expect_text(&t, "a sends none, b sends RS(544,514)");
	done(&t);
}

static void link_fec_must_be_equal_and_enough(void **state)
{
	static const struct {
		const char *form, *pmd, *a, *b, *verdict;
	} rows[] = {
		{"QSFP28", "100GBASE-SR4", NULL, NULL, "up"},
		{"QSFP28", "100GBASE-SR4", "RS(528,514)", NULL, "up"},
		{"QSFP28", "100GBASE-SR4", "none", NULL, "down"},
		{"QSFP28", "100GBASE-SR4", "none", "none", "at-risk"},
		{"QSFP28", "100GBASE-SR4", "BASE-R", "RS(528,514)", "down"},
		{"QSFP28", "100GBASE-LR4", NULL, NULL, "up"},
		{"QSFP28", "100GBASE-LR4", "RS(528,514)", NULL, "down"},
		{"QSFP28", "100GBASE-LR4", "RS(528,514)", "RS(528,514)", "up"},
		{"QSFP112", "400GBASE-DR4", "none", "none", "down"},
		{"QSFP112", "400GBASE-DR4", "RS(544,514)", NULL, "up"},
		{"SFP+", "10GBASE-SR", NULL, "none", "up"},
		{"SFP28", "25GBASE-CR CA-25G-L", "none", "none", "at-risk"},
		{"SFP28", "25GBASE-CR CA-25G-N", NULL, "none", "up"},
		{"OSFP1600", "1.6TBASE-DR8-2", "RS(544,514)", NULL, "up"},
		{"QSFP-DD", "400ZR", "RS(544,514)", NULL, "up"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct bench t;

		make(&t, rows[i].form, rows[i].pmd, 1, rows[i].form, rows[i].pmd);
		t.a.end.fec = rows[i].a;
		t.b.end.fec = rows[i].b;
		judge(&t);
		if (strcmp(lw_verdict_name(t.v), rows[i].verdict) ||
		    strcmp(t.rules, strcmp(rows[i].verdict, "up") ? "fec" : ""))
			fail_msg("row %zu %s: %s by \"%s\"", i, rows[i].pmd, lw_verdict_name(t.v),
				 t.rules);
		done(&t);
	}
}

static void link_reach_is_the_shorter_of_both(void **state)
{
	struct bench t;

	(void)state;
	make(&t, "QSFP28", "100GBASE-LR4", 1, "QSFP28", "100GBASE-LR4"); /* high confidence */
	t.path.cord = lw_cord_find("duplex");
	t.path.length_m = 10000;
	EXPECT(&t, "up", "");
	t.path.length_m = 12000;
	EXPECT(&t, "at-risk", "reach");
	expect_text(&t, "12000 m of OS2; 100GBASE-LR4 at a is specified for 10000 m");
	t.path.length_m = 15000;
	EXPECT(&t, "down", "reach");
	done(&t);
	make(&t, "SFP56", "50GBASE-SR", 1, "SFP56", "50GBASE-SR"); /* low confidence */
	t.path.length_m = 180;
	EXPECT(&t, "at-risk", "reach");
	t.path.length_m = 300; /* whatever the limit is, not three times as much */
	EXPECT(&t, "down", "reach");
	t.path.grade = LW_OM1;
	t.path.length_m = 5;
	EXPECT(&t, "at-risk", "reach");
	expect_text(&t, "50GBASE-SR is specified for no length of OM1");
	done(&t);
	make(&t, "SFP112", "100GBASE-FR1", 1, "SFP112", "100GBASE-DR");
	t.path.length_m = 1000;
	judge(&t);
	expect_text(&t, "100GBASE-DR at b is specified for 500 m");
	done(&t);
}

static void link_long_passive_copper(void **state)
{
	struct bench t;

	(void)state;
	make(&t, "QSFP112", "400GBASE-CR4", 1, "QSFP112", "400GBASE-CR4");
	EXPECT(&t, "up", "");
	t.path.length_m = 2.5;
	EXPECT(&t, "at-risk", "reach");
	t.path.length_m = 4;
	EXPECT(&t, "down", "reach");
	expect_text(&t, "4 m of passive copper; 400GBASE-CR4 is specified for 2 m");
	t.path.passive = false; /* an active cable is made for its length */
	EXPECT(&t, "up", "");
	done(&t);
}

/* B093, B094: wires change neither rate nor number nor modulation of lanes. */
static void link_passive_copper_is_no_gearbox(void **state)
{
	struct bench t;

	(void)state;
	make(&t, "QSFP-DD", "400G-CR8", 4, "QSFP28", "100GBASE-CR4");
	EXPECT(&t, "down", "lane-count lane-rate modulation gearbox");
	done(&t);
	make(&t, "QSFP28", "100GBASE-CR4", 2, "SFP56", "50GBASE-CR");
	judge(&t);
	assert_int_equal(t.v, LW_DOWN);
	assert_true(test_has(&t.f, "lane-rate") && test_has(&t.f, "modulation"));
	done(&t);
}

static void link_budget_adds_fibre_and_inner_matings(void **state)
{
	struct lw_budget b;
	struct bench t;

	(void)state;
	make(&t, "OSFP", "800GBASE-DR8", 1, "OSFP", "800GBASE-DR8");
	t.path.cord = lw_cord_find("mpo16");
	t.path.length_m = 500;
	lw_link_budget(&t.a.end, &t.b.end, &t.path, &b);
	assert_float_equal(b.loss_db, 0.2, 1e-9);
	assert_float_equal(b.limit_db, 3.0, 1e-9);
	assert_float_equal(b.margin_db, 2.8, 1e-9);
	t.path.cord = lw_cord_find("mpo16-patched");
	lw_link_budget(&t.a.end, &t.b.end, &t.path, &b);
	assert_float_equal(b.loss_db, 1.7, 1e-9);
	EXPECT(&t, "up", "");
	t.path.grade = LW_OM4; /* no single-mode limit applies to it */
	lw_link_budget(&t.a.end, &t.b.end, &t.path, &b);
	assert_true(isnan(b.loss_db) && isnan(b.limit_db) && isnan(b.margin_db));
	done(&t);
	make(&t, "QSFP+", "40GBASE-SR4", 1, "QSFP+", "40GBASE-SR4");
	t.path.cord = lw_cord_find("mpo12-patched");
	EXPECT(&t, "at-risk", "loss-budget");
	expect_text(&t, "may lose 1.53 dB at worst, the channel may lose 1.50 dB");
	done(&t);
	make(&t, "QSFP112", "400GBASE-CR4", 1, "QSFP112", "400GBASE-CR4");
	lw_link_budget(&t.a.end, &t.b.end, &t.path, &b);
	assert_true(isnan(b.loss_db) && isnan(b.margin_db));
	done(&t);
}

/* Elements add up at their largest; what is likely adds the squares of their spreads. */
static void link_budget_worst_and_likely(void **state)
{
	struct lw_budget b;
	struct bench t;
	size_t n;
	const struct lw_element *e = lw_elements(&n);

	(void)state;
	assert_true(n <= LW_ELEMENTS_MAX);
	make(&t, "QSFP112", "400GBASE-DR4", 1, "QSFP112", "400GBASE-DR4");
	t.path.length_m = 100;
	for (size_t i = 0; i < n; i++)
		t.path.through[i] = !strcmp(e[i].name, "mated")    ? 4
				    : !strcmp(e[i].name, "splice") ? 2
								   : 0;
	lw_link_budget(&t.a.end, &t.b.end, &t.path, &b);
	assert_true(fabs(b.loss_db - (0.04 + 4 * 0.75 + 2 * 0.3)) < 1e-9);
	assert_true(fabs(b.mean_db - (0.04 + 4 * 0.3 + 2 * 0.1)) < 1e-9);
	assert_true(fabs(b.likely_db - (b.mean_db + sqrt(4 * 0.45 * 0.45 + 2 * 0.2 * 0.2))) < 1e-9);
	EXPECT(&t, "at-risk", "loss-budget");
	expect_text(&t, "margin -0.64 dB (2.38 dB as a rule, with which the margin is 0.62 dB)");
	expect_text(&t, "(low confidence)");
	t.path.dirt_db = 6; /* far beyond any doubt about the limit */
	EXPECT(&t, "down", "loss-budget");
	done(&t);
}

/* Types of active cables have lengths too, and a doubtful one decides only far beyond it. */
static void link_active_cable_has_its_length(void **state)
{
	struct bench t;

	(void)state;
	make(&t, "QSFP112", "400GBASE-CR4", 1, "QSFP112", "400GBASE-CR4");
	t.path.passive = false;
	t.path.product = "AEC-QSFP112";
	t.path.length_m = 7;
	EXPECT(&t, "up", "");
	t.path.length_m = 10;
	EXPECT(&t, "at-risk", "reach");
	expect_text(&t, "10 m of AEC; AEC-QSFP112 is sold up to 7 m");
	expect_text(&t, "(low confidence)");
	t.path.length_m = 15;
	EXPECT(&t, "down", "reach");
	t.path.passive = true;
	t.path.product = "DAC-QSFP112";
	t.path.length_m = 3; /* longer than the standard's, but sold */
	EXPECT(&t, "at-risk", "reach");
	done(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(link_fec_inside_the_module),
		cmocka_unit_test(link_fec_must_be_equal_and_enough),
		cmocka_unit_test(link_reach_is_the_shorter_of_both),
		cmocka_unit_test(link_long_passive_copper),
		cmocka_unit_test(link_passive_copper_is_no_gearbox),
		cmocka_unit_test(link_budget_adds_fibre_and_inner_matings),
		cmocka_unit_test(link_budget_worst_and_likely),
		cmocka_unit_test(link_active_cable_has_its_length),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
