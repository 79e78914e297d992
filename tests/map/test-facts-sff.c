/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "edit.h"

/* SFF-8636 */

static void sff8636_class_8_needs_revision_and_watts(void **state)
{
	static const struct {
		uint8_t revision, ext, watts;
		int class;
		double w;
		bool refused;
	} want[] = {
		{0x08, 0xfc, 65, 8, 6.5, false}, {0x07, 0xfc, 65, 4, 3.5, true},
		{0x08, 0xfc, 0, 4, 3.5, true},   {0x08, 0xef, 120, 8, 12.0, false},
		{0x08, 0xcd, 65, 5, 4.0, false}, {0x08, 0xce, 0, 6, 4.5, false},
		{0x08, 0xcf, 0, 7, 5.0, false},  {0x08, 0x83, 0, 3, 2.5, false},
		{0x03, 0x4c, 0, 2, 2.0, false},
	};

	(void)state;
	load(QSFP28_LR4);
	for (size_t i = 0; i < sizeof(want) / sizeof(*want); i++) {
		dump[1] = want[i].revision;
		dump[107] = want[i].watts;
		UPPER(0, 129) = want[i].ext;
		decode();
		assert_int_equal(facts.power_class, want[i].class);
		assert_near(facts.max_power_w, want[i].w);
		assert_int_equal(facts.class_8_refused, want[i].refused);
		assert_int_equal(facts.ext_identifier, want[i].ext);
	}
}

static void sff8636_full_rate_is_elsewhere(void **state)
{
	(void)state;
	load(QSFP28_LR4);
	UPPER(0, 140) = 0xff;
	UPPER(0, 222) = 0x67;
	decode();
	assert_int_equal(facts.nominal_bitrate_mbd, 25750);
	UPPER(0, 222) = 0;
	decode();
	assert_int_equal(facts.nominal_bitrate_mbd, LW_NONE);
	UPPER(0, 140) = 0x67;
	decode();
	assert_int_equal(facts.nominal_bitrate_mbd, 10300);
	UPPER(0, 140) = 0;
	decode();
	assert_int_equal(facts.nominal_bitrate_mbd, LW_NONE);
}

static void sff8636_byte_146_is_om4_or_cable(void **state)
{
	(void)state;
	load(QSFP_SR4);
	UPPER(0, 146) = 50;
	decode();
	assert_near(facts.length_om_m[LW_OM4], 100);
	assert_unstated(facts.cable_length_m);
	assert_null(facts.cable);
	UPPER(0, 130) = 0x23;
	decode();
	assert_unstated(facts.length_om_m[LW_OM4]);
	assert_near(facts.cable_length_m, 50);
	assert_string_equal(facts.cable, "active optical");
	UPPER(0, 147) = 0xc0;
	decode();
	assert_string_equal(facts.cable, "active copper");
	assert_unstated(facts.wavelength_nm);
	assert_int_equal(facts.attenuation_db[0], 0x42);
	/* An active cable has lane monitors, a passive one has not. */
	assert_near(facts.lane[0].tx_bias_ma, 6.308);
	UPPER(0, 147) = 0xb0;
	decode();
	assert_string_equal(facts.cable, "passive copper");
	assert_false(facts.has_lanes);
}

static void sff8636_passive_cable_at_0_volt_monitors_nothing(void **state)
{
	(void)state;
	load(QSFP56_DAC);
	set(dump + 22, 2, 0x01, 0x80);
	set(dump + 34, 4, 0x43, 0x4d, 0x50, 0x51);
	decode();
	assert_false(facts.has_dom);
	set(dump + 26, 2, 0x80, 0x00);
	decode();
	assert_near(facts.temperature_c, 1.5);
	assert_near(facts.vcc_v, 3.2768);
	assert_false(facts.has_lanes);
}

static void sff8636_unadvertised_tx_power_is_kept_apart(void **state)
{
	(void)state;
	load(QSFP28_LR4);
	UPPER(0, 220) &= (uint8_t)~0x04;
	decode();
	assert_int_equal(facts.tx_power_supported, 0);
	assert_unstated(facts.lane[0].tx_power_mw);
	assert_true(facts.has_tx_power_unadvertised);
	assert_near(facts.tx_power_unadvertised_mw[0], 1.1468);
	memset(dump + 50, 0, 8);
	decode();
	assert_false(facts.has_tx_power_unadvertised);
}

/* SFF-8472 */

static void sff8472_external_calibration_holds_for_all_quantities(void **state)
{
	(void)state;
	load(SFP_SR);
	dump[92] = 0x58;                         /* DDM, external, average */
	set(&A2(56), 4, 0x2b, 0x80, 0, 0);       /* c4 = 2^-40 */
	set(&A2(60), 4, 0x30, 0x80, 0, 0);       /* c3 = 2^-30 */
	set(&A2(64), 4, 0x39, 0x80, 0, 0);       /* c2 = 2^-12 */
	set(&A2(68), 4, 0x3f, 0x00, 0, 0);       /* c1 = 0.5 */
	set(&A2(72), 4, 0x41, 0x80, 0, 0);       /* c0 = 16 */
	set(&A2(76), 4, 0x02, 0x00, 0x01, 0xf4); /* bias: x 2, + 500 */
	set(&A2(80), 4, 0x01, 0x40, 0xff, 0x9c); /* Tx power: x 1.25, - 100 */
	set(&A2(84), 4, 0x01, 0x80, 0xfe, 0x00); /* temperature: x 1.5, - 512 */
	set(&A2(88), 4, 0x00, 0x80, 0x03, 0xe8); /* supply: x 0.5, + 1000 */
	set(&A2(96), 2, 0x19, 0x00);             /* 25 C */
	set(&A2(98), 2, 0xea, 0x60);             /* 6.0 V */
	set(&A2(100), 2, 0x09, 0xc4);            /* 5 mA */
	set(&A2(102), 2, 0x0f, 0xa0);            /* 0.4 mW */
	set(&A2(104), 2, 0x04, 0x00);            /* 1024 */
	memcpy(&A2(0), &A2(96), 2);
	memcpy(&A2(10), &A2(98), 2);
	memcpy(&A2(20), &A2(100), 2);
	memcpy(&A2(30), &A2(102), 2);
	memcpy(&A2(32), &A2(104), 2);
	decode();
	assert_string_equal(facts.calibration, "external");
	assert_near(facts.temperature_c, 35.5);
	assert_near(facts.vcc_v, 3.1);
	assert_near(facts.lane[0].tx_bias_ma, 11);
	assert_near(facts.lane[0].tx_power_mw, 0.49);
	/* 2^-40 2^40 + 2^-30 2^30 + 2^-12 2^20 + 0.5 * 1024 + 16 = 786 */
	assert_near(facts.lane[0].rx_power_mw, 0.0786);
	assert_near(facts.limits[LW_Q_TEMPERATURE].high_alarm, 35.5);
	assert_near(facts.limits[LW_Q_VCC].low_alarm, 3.1);
	assert_near(facts.limits[LW_Q_TX_BIAS].high_warning, 11);
	assert_near(facts.limits[LW_Q_TX_POWER].low_warning, 0.49);
	assert_near(facts.limits[LW_Q_RX_POWER].high_alarm, 0.0786);
}

static void sff8472_power_levels(void **state)
{
	(void)state;
	load(SFP_SR);
	A2(66) = 35;
	dump[64] = 0x02;
	decode();
	assert_int_equal(facts.power_class, 2);
	assert_near(facts.max_power_w, 1.5);
	dump[64] = 0x22;
	decode();
	assert_int_equal(facts.power_class, 3);
	assert_near(facts.max_power_w, 2.0);
	dump[64] = 0x62;
	decode();
	assert_int_equal(facts.power_class, 4);
	assert_near(facts.max_power_w, 3.5);
	dump[92] = 0x58; /* the byte belongs to a calibration constant now */
	decode();
	assert_int_equal(facts.power_class, 4);
	assert_unstated(facts.max_power_w);
}

static void sff8472_byte_18_means_three_things(void **state)
{
	(void)state;
	load(SFP_SR);
	dump[18] = 10;
	decode();
	assert_near(facts.length_om_m[LW_OM4], 100);
	assert_unstated(facts.length_copper_m);
	dump[2] = 0x22; /* RJ45 */
	decode();
	assert_unstated(facts.length_om_m[LW_OM4]);
	assert_near(facts.length_copper_m, 10);
	assert_null(facts.cable);
	dump[2] = 0x21;
	dump[8] = 0x08;
	dump[60] = 0x0c;
	decode();
	assert_string_equal(facts.cable, "active");
	assert_near(facts.cable_length_m, 10);
	assert_int_equal(facts.cable_compliance, 0x0c);
	assert_unstated(facts.wavelength_nm);
	assert_unstated(facts.length_copper_m);
}

static void sff8472_cable_of_12_4_has_fine_length_and_loss(void **state)
{
	(void)state;
	load(SFP28_DAC);
	dump[14] = 9;
	dump[15] = 20;
	dump[19] = 0x05; /* 5 x 0.1 m */
	decode();
	assert_near(facts.cable_length_m, 3);
	assert_false(facts.has_attenuation);
	dump[94] = 9; /* revision 12.4 */
	decode();
	assert_near(facts.cable_length_m, 0.5);
	assert_int_equal(facts.attenuation_db[3], 9);
	assert_int_equal(facts.attenuation_db[LW_AT_25G8], 20);
	assert_unstated(facts.length_smf_m);
}

static void sff8472_smf_length_from_two_fields(void **state)
{
	static const struct {
		uint8_t km, fine;
		double m;
	} want[] = {{10, 100, 10000}, {40, 0xff, 40000}, {1, 14, 1400},
		    {0, 5, 500},      {80, 0, 80000},    {20, 1, 20000}};

	(void)state;
	load(SFP_SR);
	for (size_t i = 0; i < sizeof(want) / sizeof(*want); i++) {
		dump[14] = want[i].km;
		dump[15] = want[i].fine;
		decode();
		assert_near(facts.length_smf_m, want[i].m);
	}
}

static void sff8472_full_rate_is_elsewhere(void **state)
{
	(void)state;
	load(SFP_SR);
	dump[12] = 0xff;
	dump[66] = 0x67;
	decode();
	assert_int_equal(facts.nominal_bitrate_mbd, 25750);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sff8636_class_8_needs_revision_and_watts),
		cmocka_unit_test(sff8636_full_rate_is_elsewhere),
		cmocka_unit_test(sff8636_byte_146_is_om4_or_cable),
		cmocka_unit_test(sff8636_passive_cable_at_0_volt_monitors_nothing),
		cmocka_unit_test(sff8636_unadvertised_tx_power_is_kept_apart),
		cmocka_unit_test(sff8472_external_calibration_holds_for_all_quantities),
		cmocka_unit_test(sff8472_power_levels),
		cmocka_unit_test(sff8472_byte_18_means_three_things),
		cmocka_unit_test(sff8472_cable_of_12_4_has_fine_length_and_loss),
		cmocka_unit_test(sff8472_smf_length_from_two_fields),
		cmocka_unit_test(sff8472_full_rate_is_elsewhere),
	};

	golden_init(argc, argv);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
