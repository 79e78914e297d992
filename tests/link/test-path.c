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
		{"QSFP28", "100GBASE-SR4", "BASE-R", "BASE-R", "down"},
		{"QSFP28", "100GBASE-SR4", "RS(544,514)", "RS(544,514)", "down"},
		{"SFP28", "25GBASE-SR", "BASE-R", "BASE-R", "at-risk"},
		{"QSFP+", "40GBASE-SR4", "RS(528,514)", "RS(528,514)", "down"},
		{"QSFP+", "40GBASE-SR4", "BASE-R", "BASE-R", "up"},
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
		    !strncmp(t.rules, "fec", 3) == !strcmp(rows[i].verdict, "up") ||
		    strspn(t.rules, "fec ") != strlen(t.rules))
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

static void through(struct bench *t, const char *name, uint8_t count)
{
	size_t n;
	const struct lw_element *e = lw_elements(&n);

	for (size_t i = 0; i < n; i++)
		if (!strcmp(e[i].name, name)) {
			t->path.through[i] = count;
			return;
		}
	fail_msg("no element %s", name);
}

/*
 * Worked by hand with data/elements.csv (largest, typical; a third of the difference is the
 * deviation) and 0.47 dB/km at 1271 nm: 2 cassettes 2 x (1.0, 0.7), 3 splices 3 x (0.3, 0.1), 1 km.
 *   worst   0.47 + 2.0 + 0.9                                  = 3.37
 *   mean    0.47 + 1.4 + 0.3                                  = 2.17
 *   likely  2.17 + sqrt(2 x 0.3^2 + 3 x 0.2^2) = 2.17 + 0.5477 = 2.7177
 * The channel may lose 4.0 dB.
 */
static void link_budget_cassettes_and_splices_by_hand(void **state)
{
	struct lw_budget b;
	struct bench t;

	(void)state;
	make(&t, "QSFP112", "400GBASE-FR4", 1, "QSFP112", "400GBASE-FR4");
	t.path.length_m = 1000;
	through(&t, "cassette", 2);
	through(&t, "splice", 3);
	lw_link_budget(&t.a.end, &t.b.end, &t.path, &b);
	assert_true(fabs(b.loss_db - 3.37) < 1e-9);
	assert_true(fabs(b.mean_db - 2.17) < 1e-9);
	assert_true(fabs(b.likely_db - 2.717723) < 1e-6);
	assert_true(fabs(b.limit_db - 4.0) < 1e-9 && fabs(b.margin_db - 0.63) < 1e-9);
	EXPECT(&t, "up", "");
	done(&t);
}

/*
 * 100GBASE-LR4 (6.3 dB) behind a splitter 1 to 2 (4.0, 3.5), 5 km at 0.4 dB/km:
 *   worst 2.0 + 4.0 = 6.0, margin 0.3; mean 5.5, likely 5.5 + 0.5 = 6.0.
 * Behind a splitter 1 to 4 (7.5, 6.8): worst 9.5, mean 8.8 is less than 3 dB above 6.3: a risk by
 * 3.2 dB, likely 8.8 + 0.7 = 9.5. Behind both: mean 12.3 is 6 dB above and fails for certain.
 */
static void link_budget_splitters_by_hand(void **state)
{
	struct lw_budget b;
	struct bench t;

	(void)state;
	make(&t, "QSFP28", "100GBASE-LR4", 1, "QSFP28", "100GBASE-LR4");
	t.path.length_m = 5000;
	through(&t, "splitter-1x2", 1);
	lw_link_budget(&t.a.end, &t.b.end, &t.path, &b);
	assert_true(fabs(b.loss_db - 6.0) < 1e-9 && fabs(b.margin_db - 0.3) < 1e-9);
	assert_true(fabs(b.mean_db - 5.5) < 1e-9 && fabs(b.likely_db - 6.0) < 1e-9);
	EXPECT(&t, "up", "");
	through(&t, "splitter-1x2", 0);
	through(&t, "splitter-1x4", 1);
	EXPECT(&t, "at-risk", "loss-budget");
	expect_text(&t, "may lose 9.50 dB at worst, the channel may lose 6.30 dB: margin -3.20 dB "
			"(9.50 dB as a rule, with which the margin is -3.20 dB)");
	through(&t, "splitter-1x2", 1);
	EXPECT(&t, "down", "loss-budget");
	done(&t);
}

/*
 * 100G-4WDM-40 (ER4 Lite) sends up to 4.5 dBm, its receiver bears -3.5 dBm: 8.0 dB must be lost.
 * Fibre takes 0.3 dB/km at least: 5 m nothing, 30 km 9.0 dB. An attenuator of 10 dB takes 9.0 at
 * least, one of 5 dB 4.5: 3.5 dB too much. As a rule it sends (-2.7 + 4.5) / 2 = 0.9 dBm, 4.4 above
 * what is borne: a risk, since that is below 6.
 */
static void link_overload_by_hand(void **state)
{
	struct bench t;

	(void)state;
	make(&t, "QSFP28", "100G-4WDM-40", 1, "QSFP28", "100G-4WDM-40");
	t.path.length_m = 5;
	EXPECT(&t, "at-risk", "overload");
	expect_text(&t, "may send 4.5 dBm, 0.00 dB are lost on the way at least, ");
	expect_text(&t, "takes at most -3.5 dBm: up to 8.00 dB too much");
	expect_text(&t, "Put an attenuator of 10 dB or more before ");
	expect_text(&t, "(low confidence)");
	through(&t, "attenuator-5", 1);
	EXPECT(&t, "at-risk", "overload");
	expect_text(&t, "up to 3.50 dB too much");
	through(&t, "attenuator-5", 0);
	through(&t, "attenuator-10", 1);
	EXPECT(&t, "up", "");
	through(&t, "attenuator-10", 0);
	t.path.length_m = 30000;
	EXPECT(&t, "up", "");
	t.path.length_m = 5;
	t.path.dirt_db = 9; /* dirt is no attenuator: it will be cleaned */
	EXPECT(&t, "at-risk", "overload");
	done(&t);
	make(&t, "SFP+", "10G-ZR", 1, "SFP+", "10G-ZR"); /* 2 dBm as a rule, 9 above -7 dBm */
	EXPECT(&t, "down", "overload");
	done(&t);
	make(&t, "SFP+", "10GBASE-LR", 1, "SFP+", "10GBASE-LR");
	EXPECT(&t, "up", "");
	done(&t);
}

/* DR and LR1: -2.9 dBm sent, -8.2 enough; -1.9 sent, -5.9 enough: 4.0 dB, above DR's 3.0 dB. */
static void link_unlike_levels_bound_the_budget(void **state)
{
	struct lw_budget b;
	struct bench t;

	(void)state;
	make(&t, "QSFP28", "100GBASE-DR", 1, "QSFP28", "100GBASE-LR1");
	EXPECT(&t, "at-risk", "loss-budget overload");
	expect_text(&t, "100GBASE-LR1 (sends -1.9 to 4.8 dBm, takes -8.2 to 4.8 dBm)");
	lw_link_budget(&t.a.end, &t.b.end, &t.path, &b);
	assert_true(fabs(b.limit_db - 3.0) < 1e-9);
	done(&t);
	/* FR1 to DR: -3.1 sent, -5.9 enough: 2.8 dB, less than either is specified for */
	make(&t, "QSFP28", "100GBASE-FR1", 1, "QSFP28", "100GBASE-DR");
	lw_link_budget(&t.a.end, &t.b.end, &t.path, &b);
	assert_true(fabs(b.limit_db - 2.8) < 1e-9);
	done(&t);
	/* lanes of a whole used apart keep its light and its reach: SR4 as 4 x 10GBASE-SR */
	make(&t, "QSFP+", "40GBASE-SR4", 4, "SFP+", "10GBASE-SR");
	t.path.grade = LW_OM3;
	t.path.length_m = 90;
	EXPECT(&t, "up", "");
	t.path.length_m = 250;
	EXPECT(&t, "down", "reach");
	expect_text(&t, "250 m of OM3; 40GBASE-SR4 at ");
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

/* A leg of two lanes under ports of four: half the data finds no way. */
static void link_needs_a_way_for_every_lane(void **state)
{
	struct bench t;

	(void)state;
	make(&t, "QSFP112", "400GBASE-DR4", 1, "QSFP112", "400GBASE-DR4");
	t.path.lanes = 4;
	EXPECT(&t, "up", "");
	t.path.lanes = 2;
	EXPECT(&t, "down", "lane-count");
	expect_text(&t, "the cable joins 2 of the 4 lanes of a and b");
	t.path.a_connector = "MPO-16"; /* which fibres a wrong plug lights is beside the point */
	EXPECT(&t, "down", "connector");
	done(&t);
	make(&t, "QSFP112", "400GBASE-CR4", 1, "QSFP112", "400GBASE-CR4");
	t.path.lanes = 2;
	EXPECT(&t, "down", "lane-count");
	done(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(link_fec_inside_the_module),
		cmocka_unit_test(link_fec_must_be_equal_and_enough),
		cmocka_unit_test(link_reach_is_the_shorter_of_both),
		cmocka_unit_test(link_needs_a_way_for_every_lane),
		cmocka_unit_test(link_long_passive_copper),
		cmocka_unit_test(link_passive_copper_is_no_gearbox),
		cmocka_unit_test(link_budget_adds_fibre_and_inner_matings),
		cmocka_unit_test(link_budget_worst_and_likely),
		cmocka_unit_test(link_budget_cassettes_and_splices_by_hand),
		cmocka_unit_test(link_budget_splitters_by_hand),
		cmocka_unit_test(link_overload_by_hand),
		cmocka_unit_test(link_unlike_levels_bound_the_budget),
		cmocka_unit_test(link_active_cable_has_its_length),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
