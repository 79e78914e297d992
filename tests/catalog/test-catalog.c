/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lookups, and what must hold between rows that the generator does not compare. Values here were
 * typed from the standards' tables, not from the CSV files.
 */
#include <lanewise/code.h>
#include <lanewise/interface.h>
#include <lanewise/part.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static const enum lw_code_table tables[] = {LW_CODES_SFF8024_EXT,    LW_CODES_SFF8024_HOST,
					    LW_CODES_SFF8024_MMF,    LW_CODES_SFF8024_SMF,
					    LW_CODES_SFF8024_COPPER, LW_CODES_SFF8024_ACTIVE,
					    LW_CODES_SFF8024_BASET};

static const struct lw_interface *find(enum lw_code_table table, unsigned code)
{
	const struct lw_interface *i = lw_interface_find(table, code);

	assert_non_null(i);
	return i;
}

static const struct lw_part *part(const char *name)
{
	const struct lw_part *p = lw_part_find(name);

	assert_non_null(p);
	return p;
}

/* SFF-8024 Rev 4.13, Tables 4-5 to 4-7. */
static void interface_known_code_has_lanes_baud_rate(void **state)
{
	static const struct {
		enum lw_code_table table;
		unsigned code, lanes, baud_kbd;
		enum lw_modulation modulation;
		unsigned rate_mbps;
		const char *fec, *pmd;
	} cases[] = {
		{LW_CODES_SFF8024_HOST, 0x05, 1, 25781250, LW_NRZ, 25000, "", NULL},
		{LW_CODES_SFF8024_HOST, 0x0f, 4, 26562500, LW_PAM4, 200000, "RS(544,514)", NULL},
		{LW_CODES_SFF8024_HOST, 0x11, 8, 26562500, LW_PAM4, 400000, "RS(544,514)", NULL},
		{LW_CODES_SFF8024_HOST, 0x41, 4, 25781250, LW_NRZ, 100000, "none", NULL},
		{LW_CODES_SFF8024_HOST, 0x42, 4, 25781250, LW_NRZ, 100000, "RS(528,514)", NULL},
		{LW_CODES_SFF8024_HOST, 0x48, 4, 53125000, LW_PAM4, 400000, "RS(544,514)",
		 "400GBASE-CR4"},
		{LW_CODES_SFF8024_HOST, 0x51, 8, 53125000, LW_PAM4, 800000, "RS(544,514)", NULL},
		{LW_CODES_SFF8024_HOST, 0x83, 8, 106250000, LW_PAM4, 1600000, "RS(544,514)", NULL},
		{LW_CODES_SFF8024_MMF, 0x10, 8, 26562500, LW_PAM4, 400000, "", "400GBASE-SR8"},
		{LW_CODES_SFF8024_MMF, 0x12, 8, 53125000, LW_PAM4, 800000, "", "800GBASE-SR8"},
		{LW_CODES_SFF8024_SMF, 0x14, 1, 53125000, LW_PAM4, 100000, "", "100GBASE-DR"},
		{LW_CODES_SFF8024_SMF, 0x1c, 4, 53125000, LW_PAM4, 400000, "", "400GBASE-DR4"},
		{LW_CODES_SFF8024_SMF, 0x1d, 4, 53125000, LW_PAM4, 400000, "", "400GBASE-FR4"},
		{LW_CODES_SFF8024_SMF, 0x3e, 1, 59843750, LW_COHERENT, 400000, "", "400ZR"},
		{LW_CODES_SFF8024_SMF, 0x56, 8, 53125000, LW_PAM4, 800000, "", "800GBASE-DR8"},
		{LW_CODES_SFF8024_SMF, 0x57, 8, 53125000, LW_PAM4, 800000, "", "800GBASE-DR8-2"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct lw_interface *f = find(cases[i].table, cases[i].code);

		assert_int_equal(f->lanes, cases[i].lanes);
		assert_int_equal(f->baud_kbd, cases[i].baud_kbd);
		assert_int_equal(f->modulation, cases[i].modulation);
		assert_int_equal(f->rate_mbps, cases[i].rate_mbps);
		assert_string_equal(f->fec, cases[i].fec);
		if (!cases[i].pmd) {
			assert_null(f->pmd);
			continue;
		}
		assert_non_null(f->pmd);
		assert_string_equal(f->pmd->name, cases[i].pmd);
	}
}

/* SFF-8024 Rev 4.13, Table 4-4: one code, two kinds of module. */
static void interface_extended_code_differs_by_module_lanes(void **state)
{
	const struct lw_interface *sr = find(LW_CODES_SFF8024_EXT, 0x02);
	const struct lw_interface *dr = find(LW_CODES_SFF8024_EXT, 0x25);
	const struct lw_interface *sr50 = find(LW_CODES_SFF8024_EXT, 0x41);

	(void)state;
	assert_string_equal(sr->pmd->name, "100GBASE-SR4");
	assert_string_equal(sr->pmd_sfp->name, "25GBASE-SR");
	assert_int_equal(sr->lanes, 4);
	assert_int_equal(sr->host->code, 0x42);
	assert_int_equal(sr->host_sfp->code, 0x05);
	assert_string_equal(dr->pmd->name, "100GBASE-DR");
	assert_true(dr->pmd->fec_in_module);
	assert_int_equal(dr->host->code, 0x41);
	assert_string_equal(dr->fec, "none");
	assert_null(dr->pmd_sfp);
	assert_string_equal(sr50->pmd->name, "200GBASE-SR4");
	assert_string_equal(sr50->pmd_sfp->name, "50GBASE-SR");
	assert_int_equal(sr50->host->code, 0x0f);
	assert_int_equal(sr50->host_sfp->code, 0x0a);
}

static void interface_reserved_code_is_none(void **state)
{
	static const struct {
		enum lw_code_table table;
		unsigned code;
	} cases[] = {
		{LW_CODES_SFF8024_HOST, 0x00}, {LW_CODES_SFF8024_HOST, 0x24},
		{LW_CODES_SFF8024_HOST, 0xff}, {LW_CODES_SFF8024_SMF, 0x93},
		{LW_CODES_SFF8024_MMF, 0x80},  {LW_CODES_SFF8024_EXT, 0x0a},
		{LW_CODES_SFF8024_EXT, 0x52},  {LW_CODES_SFF8024_HOST, 0x100},
		{LW_CODES_NONE, 0x11},         {LW_CODES_DP_STATE, 0x04},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_null(lw_interface_find(cases[i].table, cases[i].code));
}

/* Line rate is nominal rate plus coding; Fibre Channel names round up by as much as 14 %. */
static void interface_lanes_baud_bits_agree_with_rate(void **state)
{
	unsigned checked = 0;

	(void)state;
	for (size_t t = 0; t < sizeof(tables) / sizeof(tables[0]); t++)
		for (unsigned code = 0; code < 256; code++) {
			const struct lw_interface *f = lw_interface_find(tables[t], code);
			double line;

			if (!f || !f->lanes || !f->baud_kbd || !f->rate_mbps ||
			    (f->modulation != LW_NRZ && f->modulation != LW_PAM4))
				continue;
			line = f->lanes * (f->baud_kbd / 1000.0) *
			       (f->modulation == LW_PAM4 ? 2 : 1);
			assert_in_range((unsigned)line, f->rate_mbps * 85 / 100,
					f->rate_mbps * 126 / 100);
			checked++;
		}
	assert_true(checked > 200);
}

static void interface_pmd_has_same_lanes_and_rate(void **state)
{
	unsigned checked = 0;

	(void)state;
	for (size_t t = 0; t < sizeof(tables) / sizeof(tables[0]); t++)
		for (unsigned code = 0; code < 256; code++) {
			const struct lw_interface *f = lw_interface_find(tables[t], code);

			if (!f || !f->pmd)
				continue;
			assert_int_equal(f->lanes, f->pmd->lanes);
			assert_int_equal(f->baud_kbd, f->pmd->baud_kbd);
			assert_int_equal(f->modulation, f->pmd->modulation);
			assert_int_equal(f->rate_mbps, f->pmd->rate_mbps);
			assert_ptr_equal(f->pmd, lw_pmd_find(f->pmd->name));
			checked++;
		}
	assert_true(checked > 120);
}

/* Every interface is a code that data/codes.csv, compiled by someone else, defines too. */
static void interface_code_has_a_name_in_codes(void **state)
{
	(void)state;
	for (size_t t = 0; t < sizeof(tables) / sizeof(tables[0]); t++)
		for (unsigned code = 0; code < 256; code++)
			if (lw_interface_find(tables[t], code))
				assert_non_null(lw_code_name(tables[t], code));
}

static void media_table_follows_media_type(void **state)
{
	(void)state;
	assert_int_equal(lw_media_table(1), LW_CODES_SFF8024_MMF);
	assert_int_equal(lw_media_table(2), LW_CODES_SFF8024_SMF);
	assert_int_equal(lw_media_table(3), LW_CODES_SFF8024_COPPER);
	assert_int_equal(lw_media_table(4), LW_CODES_SFF8024_ACTIVE);
	assert_int_equal(lw_media_table(5), LW_CODES_SFF8024_BASET);
	assert_int_equal(lw_media_table(0), LW_CODES_NONE);
	assert_int_equal(lw_media_table(6), LW_CODES_NONE);
	assert_int_equal(lw_media_table(0x100), LW_CODES_NONE);
}

static void pmd_windows_are_those_of_its_topology(void **state)
{
	const struct lw_pmd *fr4 = lw_pmd_find("400GBASE-FR4");
	const struct lw_pmd *twin = lw_pmd_find("800G-2xFR4");
	const struct lw_pmd *dr8 = lw_pmd_find("800GBASE-DR8");
	const struct lw_pmd *lr4 = lw_pmd_find("100GBASE-LR4");

	(void)state;
	assert_non_null(fr4);
	assert_non_null(twin);
	assert_non_null(dr8);
	assert_non_null(lr4);
	assert_int_equal(fr4->topology, LW_TOPO_WDM);
	assert_int_equal(fr4->wave_n, 4);
	assert_int_equal(fr4->wave[0].low_pm, 1264500);
	assert_int_equal(fr4->wave[3].high_pm, 1337500);
	assert_int_equal(twin->topology, LW_TOPO_TWIN_WDM);
	assert_int_equal(twin->lanes, 8);
	assert_int_equal(twin->wave_n, 4);
	assert_int_equal(twin->fibres, 4);
	assert_int_equal(dr8->topology, LW_TOPO_PARALLEL);
	assert_int_equal(dr8->wave_n, 1);
	assert_int_equal(dr8->wave[0].low_pm, 1304500);
	assert_int_equal(dr8->wave[0].high_pm, 1317500);
	assert_int_equal(dr8->reach_m[LW_OS2], 500);
	assert_int_equal(dr8->reach_m[LW_OM4], 0);
	assert_int_equal(lr4->wave[0].low_pm, 1294530);
	assert_int_equal(lr4->wave[3].high_pm, 1310190);
	assert_string_equal(lr4->fec, "none");
}

static void pmd_unknown_name_is_none(void **state)
{
	(void)state;
	assert_null(lw_pmd_find(""));
	assert_null(lw_pmd_find("400GBASE"));
	assert_null(lw_pmd_find(NULL));
}

static void grade_name_case_is_ignored(void **state)
{
	(void)state;
	assert_int_equal(lw_grade_find("OM4"), LW_OM4);
	assert_int_equal(lw_grade_find("os2"), LW_OS2);
	assert_int_equal(lw_grade_find("OM6"), LW_GRADE_NONE);
	assert_int_equal(lw_grade_find(NULL), LW_GRADE_NONE);
	assert_string_equal(lw_grade_name(LW_OM1), "OM1");
	assert_string_equal(lw_grade_name(LW_GRADE_NONE), "none");
	assert_int_equal(lw_grade_medium(LW_OM5), LW_MMF);
	assert_int_equal(lw_grade_medium(LW_OS2), LW_SMF);
	assert_int_equal(lw_grade_medium(LW_GRADE_NONE), LW_MEDIUM_NONE);
}

static void names_of_unknown_values_are_none(void **state)
{
	(void)state;
	assert_string_equal(lw_modulation_name(LW_PAM4), "PAM4");
	assert_string_equal(lw_modulation_name(LW_NRZ), "NRZ");
	assert_string_equal(lw_modulation_name(LW_COHERENT), "coherent");
	assert_string_equal(lw_modulation_name((enum lw_modulation)99), "none");
	assert_string_equal(lw_medium_name(LW_COPPER), "copper");
	assert_string_equal(lw_medium_name(LW_MMF), "MMF");
	assert_string_equal(lw_medium_name(LW_SMF), "SMF");
	assert_string_equal(lw_medium_name(LW_MEDIUM_NONE), "none");
}

static const struct lw_fit *fit(const char *plug, const char *cage)
{
	return lw_fit_find(lw_form_find(plug), lw_form_find(cage));
}

static void fit_known_pairs_are_as_built(void **state)
{
	static const struct {
		const char *plug, *cage;
		enum lw_fit_kind kind;
		const char *adapter;
		unsigned lanes;
	} cases[] = {
		{"OSFP", "OSFP", LW_FIT_YES, "", 8},
		{"QSFP28", "QSFP-DD", LW_FIT_YES, "", 4},
		{"QSFP112", "QSFP-DD800", LW_FIT_YES, "", 4},
		{"QSFP-DD", "QSFP28", LW_FIT_NO, "", 0},
		{"QSFP112", "OSFP", LW_FIT_ADAPTER, "OSFP-to-QSFP", 4},
		{"OSFP", "QSFP-DD800", LW_FIT_NO, "", 0},
		{"OSFP-RHS", "OSFP", LW_FIT_NO, "", 0},
		{"OSFP", "OSFP-RHS", LW_FIT_NO, "", 0},
		{"SFP28", "QSFP28", LW_FIT_ADAPTER, "QSA", 1},
		{"SFP+", "SFP28", LW_FIT_YES, "", 1},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct lw_fit *f = fit(cases[i].plug, cases[i].cage);

		assert_non_null(f);
		assert_int_equal(f->kind, cases[i].kind);
		assert_string_equal(f->adapter, cases[i].adapter);
		assert_int_equal(f->lanes, cases[i].lanes);
	}
	assert_null(fit("nothing", "OSFP"));
}

static void fit_of_every_part_in_its_own_cage_is_yes(void **state)
{
	size_t n;
	const struct lw_part *p = lw_parts(&n);

	(void)state;
	assert_true(n > 90);
	for (size_t i = 0; i < n; i++) {
		const struct lw_fit *f = lw_fit_find(p[i].form, p[i].form);

		assert_non_null(f);
		assert_int_equal(f->kind, LW_FIT_YES);
		assert_int_equal(f->lanes, p[i].form->lanes);
	}
}

static void form_lookup_ignores_case(void **state)
{
	const struct lw_form *f = lw_form_find("qsfp-dd800");

	(void)state;
	assert_non_null(f);
	assert_string_equal(f->name, "QSFP-DD800");
	assert_int_equal(f->lanes, 8);
	assert_int_equal(f->max_modulation, LW_PAM4);
	assert_in_range(f->max_baud_kbd, 53125000, 57000000);
	assert_null(lw_form_find("QSFP"));
	assert_null(lw_form_find(NULL));
}

static void connector_of_every_pmd_is_known(void **state)
{
	size_t n;
	const struct lw_part *p = lw_parts(&n);

	(void)state;
	for (size_t i = 0; i < n; i++) {
		assert_non_null(p[i].receptacle);
		assert_int_equal(p[i].connector, p[i].receptacle->code);
		assert_ptr_equal(p[i].receptacle, lw_connector_find(p[i].receptacle->name));
		if (p[i].pmd)
			assert_non_null(lw_connector_find(p[i].pmd->connector));
		assert_int_equal(p[i].receptacles == 0, !strcmp(p[i].receptacle->name, "fixed"));
	}
	assert_string_equal(lw_connector_find("MPO-16 APC")->body, "MPO-16");
	assert_string_equal(lw_connector_find("MPO-16 APC")->polish, "APC");
	assert_null(lw_connector_find("MPO"));
}

static void cord_legs_carry_all_lanes(void **state)
{
	size_t n;
	const struct lw_cord *c = lw_cords(&n);
	const struct lw_cord *hydra = lw_cord_find("hydra-mpo16-2mpo12");

	(void)state;
	for (size_t i = 0; i < n; i++) {
		assert_int_equal(c[i].legs * c[i].leg_lanes, c[i].lanes);
		assert_ptr_equal(lw_cord_find(c[i].name), &c[i]);
	}
	assert_non_null(hydra);
	assert_string_equal(hydra->a, "MPO-16");
	assert_string_equal(hydra->b, "MPO-12");
	assert_int_equal(hydra->legs, 2);
	assert_int_equal(hydra->leg_lanes, 4);
	assert_null(lw_cord_find("hydra"));
}

static void part_applications_name_codes_and_lanes_that_exist(void **state)
{
	size_t n;
	const struct lw_part *p = lw_parts(&n);
	unsigned apps = 0;

	(void)state;
	for (size_t i = 0; i < n; i++)
		for (unsigned k = 0; k < p[i].app_n; k++) {
			const struct lw_part_app *a = &p[i].app[k];
			const struct lw_interface *host = find(LW_CODES_SFF8024_HOST, a->host_id);
			const struct lw_interface *media =
				find(lw_media_table(p[i].media_type), a->media_id);

			assert_int_equal(a->host_lanes, host->lanes);
			if (media->lanes) {
				assert_int_equal(a->media_lanes, media->lanes);
				assert_int_equal(host->rate_mbps, media->rate_mbps);
			}
			for (unsigned bit = 0; bit < 8; bit++)
				if (a->host_assign >> bit & 1)
					assert_true(bit + a->host_lanes <= p[i].form->lanes);
			assert_int_equal(__builtin_popcount(a->host_assign),
					 __builtin_popcount(a->media_assign));
			apps++;
		}
	assert_true(apps > 150);
}

/* What lanes of the whole may face apart is what the applications offer. */
static void part_dr8_offers_what_the_standard_lets_split(void **state)
{
	const struct lw_part *p = part("osfp-800g-dr8");

	(void)state;
	assert_int_equal(p->identifier, 0x19);
	assert_int_equal(p->media_type, 2);
	assert_int_equal(p->connector, 0x28);
	assert_int_equal(p->app_n, 3);
	assert_int_equal(p->app[0].media_id, 0x56);
	assert_int_equal(p->app[1].media_id, 0x1c);
	assert_int_equal(p->app[1].host_assign, 0x11);
	assert_int_equal(p->app[2].media_id, 0x14);
	assert_int_equal(p->app[2].host_assign, 0xff);
	assert_string_equal(p->pmd->splits, "2x400GBASE-DR4;8x100GBASE-DR;4x200G-DR2?");
	assert_null(p->far);
	assert_null(p->wire);
}

static void part_cable_ends_belong_together(void **state)
{
	size_t n;
	const struct lw_part *p = lw_parts(&n);
	const struct lw_part *y = part("DAC-OSFP-2xQSFP112");
	unsigned cables = 0;

	(void)state;
	for (size_t i = 0; i < n; i++) {
		if (!p[i].far)
			continue;
		assert_int_equal(p[i].receptacles, 0);
		assert_int_equal(p[i].far->receptacles, 0);
		assert_true(p[i].far_n * p[i].head_lanes <= p[i].form->lanes);
		assert_true(p[i].far_lanes <= p[i].far->form->lanes);
		assert_true(p[i].length_m > 0);
		if (p[i].far == &p[i])
			assert_int_equal(p[i].far_n, 1);
		else
			assert_null(p[i].far->far);
		cables++;
	}
	assert_true(cables > 30);
	assert_string_equal(y->far->name, "DAC-OSFP-2xQSFP112/far");
	assert_string_equal(y->far->form->name, "QSFP112");
	assert_int_equal(y->far_n, 2);
	assert_int_equal(y->far_lanes, 4);
	assert_int_equal(y->head_lanes, 4);
	assert_ptr_equal(part("DAC-OSFP-800G")->far, part("DAC-OSFP-800G"));
	y = part("AEC-OSFP-2xQSFP-DD"); /* gearboxes */
	assert_int_equal(y->far_n, 2);
	assert_int_equal(y->far_lanes, 8);
	assert_int_equal(y->head_lanes, 4);
}

static void part_power_is_within_its_form_factor(void **state)
{
	size_t n;
	const struct lw_part *p = lw_parts(&n);

	(void)state;
	for (size_t i = 0; i < n; i++) {
		assert_true(p[i].power_w > 0.0);
		assert_true(p[i].power_w <= p[i].form->max_power_w);
	}
}

static void part_without_monitors_is_passive(void **state)
{
	size_t n;
	const struct lw_part *p = lw_parts(&n);

	(void)state;
	for (size_t i = 0; i < n; i++) {
		assert_int_equal(p[i].limits == NULL, p[i].wire != NULL);
		if (p[i].flat)
			assert_non_null(p[i].wire);
		if (p[i].receptacles)
			assert_true(p[i].limits->tx_power_mw.high_alarm > 0.0);
	}
}

/* 0 dBm is 1 mW; -10 dBm is 0.1 mW. */
static void thresholds_power_is_in_milliwatts(void **state)
{
	const struct lw_thresholds *t = part("QSFP28-100G-SR4")->limits;

	(void)state;
	assert_float_equal(t->tx_power_mw.high_warning, 1.7378, 0.0001);  /* 2.4 dBm */
	assert_float_equal(t->rx_power_mw.low_warning, 0.09333, 0.00001); /* -10.3 dBm */
	assert_true(isnan(part("AEC-OSFP-800G")->limits->tx_bias_ma.low_alarm));
	assert_float_equal(part("AEC-OSFP-800G")->limits->temperature_c.high_alarm, 75.0, 0.001);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(interface_known_code_has_lanes_baud_rate),
		cmocka_unit_test(interface_extended_code_differs_by_module_lanes),
		cmocka_unit_test(interface_reserved_code_is_none),
		cmocka_unit_test(interface_lanes_baud_bits_agree_with_rate),
		cmocka_unit_test(interface_pmd_has_same_lanes_and_rate),
		cmocka_unit_test(interface_code_has_a_name_in_codes),
		cmocka_unit_test(media_table_follows_media_type),
		cmocka_unit_test(pmd_windows_are_those_of_its_topology),
		cmocka_unit_test(pmd_unknown_name_is_none),
		cmocka_unit_test(grade_name_case_is_ignored),
		cmocka_unit_test(names_of_unknown_values_are_none),
		cmocka_unit_test(fit_known_pairs_are_as_built),
		cmocka_unit_test(fit_of_every_part_in_its_own_cage_is_yes),
		cmocka_unit_test(form_lookup_ignores_case),
		cmocka_unit_test(connector_of_every_pmd_is_known),
		cmocka_unit_test(cord_legs_carry_all_lanes),
		cmocka_unit_test(part_applications_name_codes_and_lanes_that_exist),
		cmocka_unit_test(part_dr8_offers_what_the_standard_lets_split),
		cmocka_unit_test(part_cable_ends_belong_together),
		cmocka_unit_test(part_power_is_within_its_form_factor),
		cmocka_unit_test(part_without_monitors_is_passive),
		cmocka_unit_test(thresholds_power_is_in_milliwatts),
	};

	return cmocka_run_group_tests_name("catalog", tests, NULL, NULL);
}
