/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "golden.h"

static struct lw_ability ability[LW_ABILITIES_MAX];

static size_t abilities_of(const char *module)
{
	struct lw_facts facts;

	golden_facts(module, &facts);
	return lw_facts_abilities(&facts, ability);
}

/* Choose for `lanes` lanes at `rate`, starting at `first`; the host's signalling left open. */
static const struct lw_ability *choose(size_t n, unsigned first, unsigned lanes, uint32_t rate)
{
	struct lw_ability_want want = {
		.first = (uint8_t)first, .lanes = (uint8_t)lanes, .rate_mbps = rate};
	int i = lw_ability_choose(ability, n, &want);

	return i < 0 ? NULL : &ability[i];
}

static void expect(const struct lw_ability *a, const char *pmd, unsigned media_lanes)
{
	assert_non_null(a);
	assert_non_null(a->pmd);
	assert_string_equal(a->pmd->name, pmd);
	assert_int_equal(a->media_lanes, media_lanes);
}

static void ability_of_xdr4_is_one_400g_or_four_100g(void **state)
{
	size_t n = abilities_of(DD_XDR4);
	const struct lw_ability *whole, *part;

	(void)state;
	assert_int_equal(n, 2);
	whole = choose(n, 0, 8, 400000);
	expect(whole, "400GBASE-DR4", 4);
	assert_int_equal(whole->apsel, 1);
	assert_int_equal(whole->host_baud_kbd, 26562500);
	assert_int_equal(whole->host_modulation, LW_PAM4);
	assert_int_equal(lw_ability_media_first(whole, 0), 0);
	assert_null(choose(n, 2, 8, 400000));
	for (unsigned k = 0; k < 4; k++) {
		part = choose(n, 2 * k, 2, 100000);
		expect(part, "100GBASE-FR1", 1);
		assert_int_equal(part->apsel, 2);
		assert_int_equal(lw_ability_media_first(part, 2 * k), k);
	}
	assert_null(choose(n, 1, 2, 100000));
	assert_null(choose(n, 0, 4, 200000));
}

static void ability_of_2xfr4_serves_two_400g(void **state)
{
	size_t n = abilities_of(OSFP_2FR4);
	const struct lw_ability *a;

	(void)state;
	for (unsigned k = 0; k < 2; k++) {
		a = choose(n, 4 * k, 4, 400000);
		expect(a, "400GBASE-FR4", 4);
		assert_int_equal(a->apsel, 1);
		assert_int_equal(a->host_baud_kbd, 53125000);
		assert_int_equal(lw_ability_media_first(a, 4 * k), 4 * k);
	}
	a = choose(n, 7, 1, 100000);
	expect(a, "100GBASE-FR1", 1);
	assert_int_equal(a->apsel, 3);
	assert_int_equal(lw_ability_media_first(a, 7), 7);
}

static void ability_of_vendor_specific_media_has_no_pmd(void **state)
{
	size_t n = abilities_of(OSFP_2FR4);
	const struct lw_ability *a = choose(n, 0, 2, 200000);

	(void)state;
	assert_non_null(a);
	assert_int_equal(a->apsel, 5);
	assert_null(a->media);
	assert_null(a->pmd);
}

static void ability_of_passive_cmis_cable_follows_its_host_codes(void **state)
{
	static const struct {
		uint8_t lanes, apsel;
		uint32_t rate, baud;
		const char *pmd;
	} want[] = {
		{8, 1, 400000, 26562500, "400G-CR8"},
		{4, 2, 200000, 26562500, "200GBASE-CR4"},
		{2, 3, 100000, 26562500, "100GBASE-CR2"},
		{4, 4, 100000, 25781250, "100GBASE-CR4"},
		{1, 5, 50000, 26562500, "50GBASE-CR"},
		{4, 6, 40000, 10312500, "40GBASE-CR4"},
		{1, 7, 25000, 25781250, "25GBASE-CR CA-25G-N"},
	};
	size_t n = abilities_of(DD_DAC);

	(void)state;
	assert_int_equal(n, 8);
	for (size_t i = 0; i < sizeof(want) / sizeof(*want); i++) {
		unsigned last = 8u - want[i].lanes;
		const struct lw_ability *a = choose(n, last, want[i].lanes, want[i].rate);

		expect(a, want[i].pmd, want[i].lanes);
		assert_int_equal(a->apsel, want[i].apsel);
		assert_int_equal(a->host_baud_kbd, want[i].baud);
		/* The far end's lane is the same one. */
		assert_int_equal(lw_ability_media_first(a, last), last);
	}
}

static void ability_of_multiplexer_has_one_media_lane_for_all(void **state)
{
	size_t n = abilities_of(DD_ZR);
	const struct lw_ability *a = choose(n, 6, 2, 100000);

	(void)state;
	expect(a, "400ZR", 1);
	assert_int_equal(a->apsel, 3);
	assert_int_equal(lw_ability_media_first(a, 6), 0);
}

static void ability_of_active_cable_has_no_medium(void **state)
{
	size_t n = abilities_of(OSFP_AEC);
	const struct lw_ability *a = choose(n, 4, 4, 400000);

	(void)state;
	assert_non_null(a);
	assert_int_equal(a->apsel, 5);
	assert_null(a->pmd);
	assert_null(a->media);
	assert_int_equal(lw_ability_media_first(a, 4), 4);
}

static void ability_of_parallel_optics_splits_by_lane(void **state)
{
	size_t n = abilities_of(QSFP_SR4);

	(void)state;
	expect(choose(n, 0, 4, 40000), "40GBASE-SR4", 4);
	for (unsigned lane = 0; lane < 4; lane++) {
		const struct lw_ability *a = choose(n, lane, 1, 10000);

		expect(a, "10GBASE-SR", 1);
		assert_true(a->part_of_whole);
		assert_int_equal(lw_ability_media_first(a, lane), lane);
	}
	n = abilities_of(QSFP28_PSM4);
	expect(choose(n, 0, 4, 100000), "100G-PSM4", 4);
	expect(choose(n, 3, 1, 25000), "25GBASE-LR", 1);
}

static void ability_of_wdm_optics_does_not_split(void **state)
{
	size_t n = abilities_of(QSFP28_LR4);

	(void)state;
	assert_int_equal(n, 1);
	expect(choose(n, 0, 4, 100000), "100GBASE-LR4", 4);
	assert_null(choose(n, 0, 1, 25000));
}

static void ability_of_passive_qsfp_cable_includes_lower_rates(void **state)
{
	static const struct {
		uint8_t lanes;
		uint32_t rate, baud;
		const char *pmd;
	} want[] = {
		{4, 200000, 26562500, "200GBASE-CR4"},       {2, 100000, 26562500, "100GBASE-CR2"},
		{1, 50000, 26562500, "50GBASE-CR"},          {4, 100000, 25781250, "100GBASE-CR4"},
		{1, 25000, 25781250, "25GBASE-CR CA-25G-L"}, {4, 40000, 10312500, "40GBASE-CR4"},
		{1, 10000, 10312500, "10GSFP+CU"},
	};
	size_t n = abilities_of(QSFP56_DAC);

	(void)state;
	for (size_t i = 0; i < sizeof(want) / sizeof(*want); i++) {
		unsigned last = 4u - want[i].lanes;
		const struct lw_ability *a = choose(n, last, want[i].lanes, want[i].rate);

		expect(a, want[i].pmd, want[i].lanes);
		assert_int_equal(a->host_baud_kbd, want[i].baud);
	}
	n = abilities_of(QSFP28_DAC);
	assert_null(choose(n, 0, 4, 200000));
	assert_null(choose(n, 0, 1, 50000));
	expect(choose(n, 0, 4, 100000), "100GBASE-CR4", 4);
	expect(choose(n, 2, 1, 25000), "25GBASE-CR CA-25G-L", 1);
}

static void ability_of_qsfp_aoc_repeats_lanes(void **state)
{
	size_t n = abilities_of(QSFP28_AOC);
	const struct lw_ability *a = choose(n, 2, 1, 25000);

	(void)state;
	assert_non_null(choose(n, 0, 4, 100000));
	assert_non_null(a);
	assert_null(a->pmd);
	assert_string_equal(a->host->name, "25GAUI C2M");
}

static void ability_of_sfp_follows_compliance_bits(void **state)
{
	size_t n = abilities_of(SFP_SR);

	(void)state;
	assert_int_equal(n, 1);
	expect(choose(n, 0, 1, 10000), "10GBASE-SR", 1);
	assert_string_equal(ability[0].host->name, "SFI");
	n = abilities_of(SFP_DAC);
	assert_int_equal(n, 1);
	expect(choose(n, 0, 1, 10000), "10GSFP+CU", 1);
	/* No compliance code at all: the signalling rate tells. */
	n = abilities_of(SFP28_DAC);
	expect(choose(n, 0, 1, 25000), "25GBASE-CR CA-25G-L", 1);
	expect(choose(n, 0, 1, 10000), "10GSFP+CU", 1);
}

static void ability_of_dwdm_sfp_is_not_what_its_code_says(void **state)
{
	size_t n = abilities_of(SFP_DWDM);

	(void)state;
	/* 10GBASE-LR by its code, 1542 nm and 80 km by its wavelength and length. */
	expect(choose(n, 0, 1, 10000), "10G-ZR", 1);
}

static void choose_by_baud_and_modulation_refuses_others(void **state)
{
	size_t n = abilities_of(DD_DAC);
	struct lw_ability_want want = {.lanes = 4, .rate_mbps = 100000};

	(void)state;
	want.baud_kbd = 25781250;
	want.modulation = LW_NRZ;
	assert_int_equal(ability[lw_ability_choose(ability, n, &want)].apsel, 4);
	want.modulation = LW_PAM4;
	assert_int_equal(lw_ability_choose(ability, n, &want), -1);
	want.modulation = LW_NRZ;
	want.baud_kbd = 26562500;
	assert_int_equal(lw_ability_choose(ability, n, &want), -1);
}

static void choose_by_pmd_wins_over_order(void **state)
{
	const struct lw_pmd *fr4 = lw_pmd_find("400GBASE-FR4"), *dr4 = lw_pmd_find("400GBASE-DR4");
	struct lw_ability a[2] = {
		{.apsel = 1, .host_lanes = 4, .host_first = 1, .rate_mbps = 400000, .pmd = fr4},
		{.apsel = 2, .host_lanes = 4, .host_first = 1, .rate_mbps = 400000, .pmd = dr4},
	};
	struct lw_ability_want want = {.lanes = 4, .rate_mbps = 400000};

	(void)state;
	assert_int_equal(lw_ability_choose(a, 2, &want), 0);
	want.pmd = dr4;
	assert_int_equal(lw_ability_choose(a, 2, &want), 1);
	want.pmd = lw_pmd_find("400GBASE-LR8");
	assert_int_equal(lw_ability_choose(a, 2, &want), 0);
	want.first = 40;
	assert_int_equal(lw_ability_choose(a, 2, &want), -1);
}

static void media_first_of_overlapping_starts_takes_groups_side_by_side(void **state)
{
	struct lw_ability a = {
		.host_lanes = 4, .media_lanes = 4, .host_first = 0x11, .media_first = 0x1f};

	(void)state;
	assert_int_equal(lw_ability_media_first(&a, 0), 0);
	assert_int_equal(lw_ability_media_first(&a, 4), 4);
	assert_int_equal(lw_ability_media_first(&a, 2), -1);
	a.media_first = 0;
	assert_int_equal(lw_ability_media_first(&a, 0), -1);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ability_of_xdr4_is_one_400g_or_four_100g),
		cmocka_unit_test(ability_of_2xfr4_serves_two_400g),
		cmocka_unit_test(ability_of_vendor_specific_media_has_no_pmd),
		cmocka_unit_test(ability_of_passive_cmis_cable_follows_its_host_codes),
		cmocka_unit_test(ability_of_multiplexer_has_one_media_lane_for_all),
		cmocka_unit_test(ability_of_active_cable_has_no_medium),
		cmocka_unit_test(ability_of_parallel_optics_splits_by_lane),
		cmocka_unit_test(ability_of_wdm_optics_does_not_split),
		cmocka_unit_test(ability_of_passive_qsfp_cable_includes_lower_rates),
		cmocka_unit_test(ability_of_qsfp_aoc_repeats_lanes),
		cmocka_unit_test(ability_of_sfp_follows_compliance_bits),
		cmocka_unit_test(ability_of_dwdm_sfp_is_not_what_its_code_says),
		cmocka_unit_test(choose_by_baud_and_modulation_refuses_others),
		cmocka_unit_test(choose_by_pmd_wins_over_order),
		cmocka_unit_test(media_first_of_overlapping_starts_takes_groups_side_by_side),
	};

	golden_init(argc, argv);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
