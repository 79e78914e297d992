/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "edit.h"

static void cmis_empty_descriptors_keep_the_number_of_the_next(void **state)
{
	(void)state;
	load(DD_XDR4);
	memset(dump + 86, 0, 32);
	set(dump + 114, 4, 0x11, 0x00, 0x88, 0x01);
	decode();
	assert_int_equal(facts.app_n, 1);
	assert_int_equal(facts.app[0].apsel, 8);
	assert_int_equal(facts.app[0].host_id, 0x11);
	assert_false(facts.app[0].after_gap);
}

static void cmis_list_runs_on_in_page_01h_to_the_first_ffh(void **state)
{
	(void)state;
	load(DD_XDR4);
	for (unsigned i = 0; i < 8; i++)
		set(dump + 86 + 4 * i, 4, 0x11, 0x1c, 0x84, 0x01);
	set(&UPPER(1, 223), 4, 0x0d, 0x15, 0x21, 0x55);
	UPPER(1, 227) = 0xff;
	set(&UPPER(1, 231), 4, 0x0f, 0x18, 0x44, 0x01);
	UPPER(1, 184) = 0x0f; /* media lanes of application 9 */
	decode();
	assert_int_equal(facts.app_n, 10);
	assert_int_equal(facts.app[8].apsel, 9);
	assert_int_equal(facts.app[8].host_lanes, 2);
	assert_int_equal(facts.app[8].media_lanes, 1);
	assert_int_equal(facts.app[8].media_assign, 0x0f);
	assert_false(facts.app[8].after_gap);
	assert_int_equal(facts.app[9].apsel, 11);
	assert_true(facts.app[9].after_gap);
}

static void cmis_full_lower_list_does_not_run_into_byte_118(void **state)
{
	(void)state;
	load(DD_DAC);
	set(dump + 118, 4, 0x11, 0x1c, 0x84, 0x01);
	decode();
	assert_int_equal(facts.app_n, 8);
}

static void cmis_smf_length_has_four_multipliers_and_four_more(void **state)
{
	static const struct {
		uint8_t b132, b137;
		double m;
	} want[] = {
		{0x05, 0, 500},           {0x45, 0, 5000},     {0x85, 0, 50000},
		{0xc1, 0x00, 50e3},       {0xc1, 0x40, 100e3}, {0xc3, 0x80, 600e3},
		{0xca, 0xc0, 10 * 500e3},
	};

	(void)state;
	load(DD_XDR4);
	for (size_t i = 0; i < sizeof(want) / sizeof(*want); i++) {
		UPPER(1, 132) = want[i].b132;
		UPPER(1, 137) = want[i].b137;
		decode();
		assert_near(facts.length_smf_m, want[i].m);
	}
	UPPER(1, 132) = 0x80;
	decode();
	assert_unstated(facts.length_smf_m);
}

static void cmis_bias_unit_is_multiplied(void **state)
{
	(void)state;
	load(DD_XDR4);
	set(&UPPER(0x11, 170), 2, 0x27, 0x10); /* 10000 x 2 uA */
	set(&UPPER(2, 184), 2, 0x27, 0x10);
	for (unsigned code = 0; code < 3; code++) {
		UPPER(1, 160) = (uint8_t)(7 | code << 3);
		decode();
		assert_int_equal(facts.tx_bias_multiplier, 1 << code);
		assert_near(facts.lane[0].tx_bias_ma, 20.0 * (1 << code));
		assert_near(facts.limits[LW_Q_TX_BIAS].high_alarm, 20.0 * (1 << code));
	}
	UPPER(1, 160) = 7 | 3 << 3; /* reserved */
	decode();
	assert_int_equal(facts.tx_bias_multiplier, LW_NONE);
	assert_unstated(facts.lane[0].tx_bias_ma);
	assert_near(facts.lane[0].rx_power_mw, 1.6759);
}

static void cmis_monitor_not_advertised_is_not_stated(void **state)
{
	(void)state;
	load(DD_XDR4);
	UPPER(1, 159) = 0x02; /* supply only */
	UPPER(1, 160) = 0x02; /* transmit power only */
	decode();
	assert_unstated(facts.temperature_c);
	assert_near(facts.vcc_v, 3.2491);
	assert_unstated(facts.lane[0].rx_power_mw);
	assert_unstated(facts.lane[0].tx_bias_ma);
	assert_near(facts.lane[0].tx_power_mw, 1.5909);
}

static void cmis_without_page_01h_reads_lanes_but_knows_no_support(void **state)
{
	(void)state;
	load(DD_XDR4);
	memset(&UPPER(1, 128), 0xff, 256); /* pages 01h and 02h */
	decode();
	assert_false(facts.has_monitors);
	assert_int_equal(facts.banks, LW_NONE);
	assert_int_equal(facts.dur_dp_init, LW_NONE);
	assert_int_equal(facts.app[0].media_assign, -1);
	assert_false(facts.has_lengths || facts.has_thresholds);
	assert_near(facts.temperature_c, 42.81640625);
	assert_true(facts.has_lanes && facts.lane_n == 8);
	assert_near(facts.lane[3].tx_bias_ma, 84.458);
	assert_int_equal(facts.dp_state[7], 4);
	assert_int_equal(facts.checksum_n, 1);
}

static void cmis_second_bank_holds_lanes_9_to_16(void **state)
{
	(void)state;
	load(DD_XDR4);
	UPPER(1, 142) |= 1;
	memcpy(&UPPER(0x111, 128), &UPPER(0x11, 128), 128);
	set(&UPPER(0x111, 186), 2, 0x00, 0x07); /* received power of lane 9 */
	UPPER(0x111, 128) = 0x41;
	dump_n = 128 + 2 * 256 * 128;
	decode();
	assert_int_equal(facts.banks, 2);
	assert_int_equal(facts.lane_n, 16);
	assert_near(facts.lane[0].rx_power_mw, 1.6759);
	assert_near(facts.lane[8].rx_power_mw, 0.0007);
	assert_int_equal(facts.dp_state[8], 1);
	assert_int_equal(facts.dp_state[9], 4);
}

static void cmis_module_state_ignores_reserved_bits(void **state)
{
	(void)state;
	load(DD_XDR4);
	dump[3] = 0x57;
	decode();
	assert_int_equal(facts.module_state, 3);
}

static void cmis_flags_are_listed_if_advertised(void **state)
{
	const struct lw_field *fields = lw_map_fields(LW_MAP_CMIS, NULL);

	(void)state;
	load(DD_XDR4);
	memset(dump + 8, 0, 4);
	memset(&UPPER(0x11, 134), 0, 20);
	decode();
	assert_int_equal(facts.flag_n, 0);
	dump[9] = 0x02;          /* temperature low alarm */
	UPPER(0x11, 149) = 0x08; /* received power high alarm, lane 4 */
	decode();
	assert_int_equal(facts.flag_n, 2);
	assert_string_equal(fields[facts.flag[0].field].name, "temp_mon_low_alarm_flag");
	assert_int_equal(facts.flag[0].lane, -1);
	assert_string_equal(fields[facts.flag[1].field].name, "optical_power_high_alarm_flag_rx");
	assert_int_equal(facts.flag[1].lane, 3);
	UPPER(1, 159) &= 0xfe;
	decode();
	assert_int_equal(facts.flag_n, 1);
}

static void cmis_identifiers_name_their_form(void **state)
{
	static const struct {
		uint8_t id;
		const char *form;
	} want[] = {{0x18, "QSFP-DD"}, {0x19, "OSFP"}, {0x1e, "QSFP"},   {0x1f, "SFP-DD"},
		    {0x20, "SFP"},     {0x1b, "DSFP"}, {0x21, "OSFP-XD"}};

	(void)state;
	load(DD_XDR4);
	for (size_t i = 0; i < sizeof(want) / sizeof(*want); i++) {
		dump[0] = want[i].id;
		decode();
		assert_int_equal(facts.map, LW_MAP_CMIS);
		assert_string_equal(facts.form_factor, want[i].form);
	}
}

static void cmis_attenuation_at_53_ghz_came_with_5_3(void **state)
{
	(void)state;
	load(DD_DAC);
	UPPER(0, 208) = 30;
	decode();
	assert_int_equal(facts.attenuation_db[4], 21);
	assert_int_equal(facts.attenuation_db[5], LW_NONE);
	dump[1] = 0x53;
	decode();
	assert_int_equal(facts.attenuation_db[5], 30);
}

static void cmis_cable_length_has_a_multiplier(void **state)
{
	static const double want[] = {2.3, 23, 230, 2300};

	(void)state;
	load(DD_DAC);
	for (unsigned m = 0; m < 4; m++) {
		UPPER(0, 202) = (uint8_t)(m << 6 | 23);
		decode();
		assert_near(facts.cable_length_m, want[m]);
	}
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(cmis_empty_descriptors_keep_the_number_of_the_next),
		cmocka_unit_test(cmis_list_runs_on_in_page_01h_to_the_first_ffh),
		cmocka_unit_test(cmis_full_lower_list_does_not_run_into_byte_118),
		cmocka_unit_test(cmis_smf_length_has_four_multipliers_and_four_more),
		cmocka_unit_test(cmis_bias_unit_is_multiplied),
		cmocka_unit_test(cmis_monitor_not_advertised_is_not_stated),
		cmocka_unit_test(cmis_without_page_01h_reads_lanes_but_knows_no_support),
		cmocka_unit_test(cmis_second_bank_holds_lanes_9_to_16),
		cmocka_unit_test(cmis_module_state_ignores_reserved_bits),
		cmocka_unit_test(cmis_flags_are_listed_if_advertised),
		cmocka_unit_test(cmis_identifiers_name_their_form),
		cmocka_unit_test(cmis_attenuation_at_53_ghz_came_with_5_3),
		cmocka_unit_test(cmis_cable_length_has_a_multiplier),
	};

	golden_init(argc, argv);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
