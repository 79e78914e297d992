/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Fields as typed values. Memories are built byte by byte at addresses typed from the standards'
 * tables, or are the real dumps of tests/golden.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "edit.h"

#include <lanewise/vdm.h>

static uint8_t slots[LW_BANKS_MAX][LW_SLOTS_MAX][128];
static struct lw_view view;
static struct lw_value value;

static void start(enum lw_map_id map)
{
	memset(slots, 0, sizeof(slots));
	view = (struct lw_view){.map = map};
}

/* The byte at address `byte` of a slot, which is there from now on. */
static uint8_t *at(unsigned slot, unsigned byte)
{
	view.slot[0][slot] = slots[0][slot];
	return &slots[0][slot][byte & 0x7fu];
}

static enum lw_value_status get(const char *name, unsigned lane)
{
	const struct lw_field *f = lw_map_find(view.map, name);

	assert_non_null(f);
	lw_value_decode(f, lane, &view, &value);
	return value.status;
}

static const char *text(const char *name, unsigned lane)
{
	static char ret[LW_VALUE_TEXT_MAX];

	get(name, lane);
	assert_int_equal(lw_value_text(lw_map_find(view.map, name), &value, ret, sizeof(ret)), 0);
	return ret;
}

/* A paged CMIS 5.4 module in ModuleReady, its pages 00h, 01h, 02h, 10h and 11h there. */
static void start_cmis(void)
{
	start(LW_MAP_CMIS);
	*at(LW_CMIS_SLOT_L, 0) = 0x19;
	*at(LW_CMIS_SLOT_L, 1) = 0x54;
	*at(LW_CMIS_SLOT_L, 3) = 3 << 1;
	at(LW_CMIS_SLOT_00H, 128);
	at(LW_CMIS_SLOT_01H, 128);
	at(LW_CMIS_SLOT_02H, 128);
	at(LW_CMIS_SLOT_10H, 128);
	at(LW_CMIS_SLOT_11H, 128);
}

static void value_of_each_kind_is_typed(void **state)
{
	(void)state;
	start_cmis();
	*at(LW_CMIS_SLOT_01H, 159) = 0x03; /* temperature and supply monitored */
	*at(LW_CMIS_SLOT_L, 14) = 0xfe;    /* -1.5 degC */
	*at(LW_CMIS_SLOT_L, 15) = 0x80;
	*at(LW_CMIS_SLOT_L, 16) = 0x80; /* 3.2896 V */
	*at(LW_CMIS_SLOT_L, 17) = 0x80;
	memcpy(at(LW_CMIS_SLOT_00H, 129), "ACME \x01 INC       ", 16);

	assert_int_equal(get("temp_mon_value", 0), LW_VALUE_OK);
	assert_int_equal(value.kind, LW_VALUE_NUMBER);
	assert_int_equal(value.raw, -384);
	assert_near(value.number, -1.5);
	assert_string_equal(text("temp_mon_value", 0), "-1.5 degC");
	assert_string_equal(text("vcc_mon_voltage", 0), "3.2896 V");
	assert_int_equal(get("module_state", 0), LW_VALUE_OK);
	assert_int_equal(value.kind, LW_VALUE_CODE);
	assert_string_equal(value.meaning, "ModuleReady");
	assert_string_equal(text("module_state", 0), "ModuleReady");
	assert_string_equal(text("interrupt_deasserted", 0), "no");
	assert_int_equal(value.kind, LW_VALUE_BOOL);
	assert_string_equal(text("vendor_name", 0), "ACME ? INC");
	assert_int_equal(value.kind, LW_VALUE_TEXT);

	start(LW_MAP_SFF8472);
	set(at(LW_SFF8472_SLOT_A2, 120), 7, 0x00, 0x1c, 0x73, 0, 0, 0, 0xff);
	assert_string_equal(text("vendor_control_a2", 0), "00:1c:73:00:00:00:ff");
	assert_int_equal(value.kind, LW_VALUE_BYTES);
	assert_int_equal(value.size, 7);
}

static void value_of_a_reserved_code_keeps_its_number(void **state)
{
	(void)state;
	start_cmis();
	*at(LW_CMIS_SLOT_L, 3) = 6 << 1;
	assert_int_equal(get("module_state", 0), LW_VALUE_OK);
	assert_null(value.meaning);
	assert_string_equal(text("module_state", 0), "0x06 (reserved)");
}

static void value_of_an_absent_page_is_absent(void **state)
{
	(void)state;
	start_cmis();
	view.slot[0][LW_CMIS_SLOT_11H] = NULL;
	assert_int_equal(get("dp_state_host_lane", 0), LW_VALUE_ABSENT);
	assert_false(value.has_raw);
	assert_unstated(value.number);
	assert_int_equal(get("optical_power_tx", 3), LW_VALUE_ABSENT);
	assert_int_equal(get("sff8024_identifier", 1), LW_VALUE_ABSENT); /* has one lane */
}

static void value_that_is_not_advertised_is_not_supported(void **state)
{
	(void)state;
	start_cmis();
	*at(LW_CMIS_SLOT_L, 14) = 25;
	assert_int_equal(get("temp_mon_value", 0), LW_VALUE_NOT_SUPPORTED);
	assert_string_equal(value.decider->name, "temp_mon_supported");
	*at(LW_CMIS_SLOT_01H, 159) = 0x01;
	assert_int_equal(get("temp_mon_value", 0), LW_VALUE_OK);
	/* no page 01h: nothing denies it */
	view.slot[0][LW_CMIS_SLOT_01H] = NULL;
	assert_int_equal(get("temp_mon_value", 0), LW_VALUE_OK);
	/* flat memory: nothing advertises monitors, and no flags exist */
	*at(LW_CMIS_SLOT_L, 2) = 0x80;
	assert_int_equal(get("temp_mon_value", 0), LW_VALUE_NOT_SUPPORTED);
	assert_int_equal(get("temp_mon_high_alarm_flag", 0), LW_VALUE_NOT_SUPPORTED);
	assert_string_equal(value.decider->name, "memory_model");
}

static void value_newer_than_the_revision_is_not_supported(void **state)
{
	(void)state;
	start_cmis();
	*at(LW_CMIS_SLOT_L, 1) = 0x50;
	assert_int_equal(get("auto_commissioning", 0), LW_VALUE_NOT_SUPPORTED); /* since 5.3 */
	assert_string_equal(value.decider->name, "cmis_revision_major");
	*at(LW_CMIS_SLOT_L, 1) = 0x53;
	assert_int_equal(get("auto_commissioning", 0), LW_VALUE_OK);

	start(LW_MAP_SFF8636);
	at(LW_SFF8636_SLOT_L, 0);
	at(LW_SFF8636_SLOT_00H, 128);
	*at(LW_SFF8636_SLOT_L, 1) = 3; /* SFF-8636 1.3 or earlier */
	assert_int_equal(get("eth_extended", 0), LW_VALUE_NOT_SUPPORTED); /* since 1.4 */
	*at(LW_SFF8636_SLOT_L, 1) = 4;
	assert_int_equal(get("eth_extended", 0), LW_VALUE_OK);
	*at(LW_SFF8636_SLOT_L, 1) = 0; /* says nothing */
	assert_int_equal(get("eth_extended", 0), LW_VALUE_OK);
	/* 2.10 is newer than 2.9, whatever a decimal number makes of it: code 8 is up to 2.11 */
	*at(LW_SFF8636_SLOT_L, 1) = 8;
	assert_int_equal(get("tx_turn_on_max_duration", 0), LW_VALUE_OK);
}

static void value_under_an_overlay_follows_its_selector(void **state)
{
	(void)state;
	start_cmis();
	*at(LW_CMIS_SLOT_01H, 159) = 0x04; /* aux 1 */
	*at(LW_CMIS_SLOT_L, 18) = 0x40;
	assert_int_equal(get("aux1_mon_value", 0), LW_VALUE_OK);
	assert_int_equal(get("aux1_mon_value_tec", 0), LW_VALUE_NOT_SUPPORTED);
	*at(LW_CMIS_SLOT_01H, 145) = 0x01; /* it is a TEC current */
	assert_int_equal(get("aux1_mon_value", 0), LW_VALUE_NOT_SUPPORTED);
	assert_string_equal(value.decider->name, "aux1_mon_observable");
	assert_int_equal(get("aux1_mon_value_tec", 0), LW_VALUE_OK);
	assert_near(value.number, 0x4000 * 100.0 / 32767);

	at(LW_CMIS_SLOT_14H, 128);
	*at(LW_CMIS_SLOT_14H, 128) = 0x06; /* SNR is shown */
	*at(LW_CMIS_SLOT_14H, 208) = 0x80; /* least significant byte first: 0x1580 / 256 */
	*at(LW_CMIS_SLOT_14H, 209) = 0x15;
	assert_int_equal(get("host_side_snr_lane", 0), LW_VALUE_OK);
	assert_near(value.number, 21.5);
	assert_int_equal(get("media_side_ber_lane", 0), LW_VALUE_NOT_SUPPORTED);
	*at(LW_CMIS_SLOT_14H, 128) = 0x11;
	assert_int_equal(get("media_side_ber_lane", 0), LW_VALUE_OK);
	assert_int_equal(get("host_side_snr_lane", 0), LW_VALUE_NOT_SUPPORTED);

	start(LW_MAP_SFF8636);
	at(LW_SFF8636_SLOT_L, 0);
	*at(LW_SFF8636_SLOT_00H, 186) = 9;
	assert_int_equal(get("wavelength", 0), LW_VALUE_OK);
	*at(LW_SFF8636_SLOT_00H, 147) = 0xa0; /* copper: attenuations stand there */
	assert_int_equal(get("wavelength", 0), LW_VALUE_NOT_SUPPORTED);
	assert_int_equal(get("attenuation_2p5g", 0), LW_VALUE_OK);
	assert_string_equal(text("attenuation_2p5g", 0), "9 dB");
}

/* Two applications: 1 is 8 host lanes on 4 media lanes, 2 is 1 on 1 at any lane. */
static void start_lanes(void)
{
	start_cmis();
	*at(LW_CMIS_SLOT_01H, 160) = 0x07; /* bias, Tx and Rx power are monitored */
	set(at(LW_CMIS_SLOT_L, 86), 4, 0x11, 0x1c, 0x84, 0x01);
	set(at(LW_CMIS_SLOT_L, 90), 4, 0x4b, 0x14, 0x11, 0xff);
	*at(LW_CMIS_SLOT_01H, 176) = 0x01;
	*at(LW_CMIS_SLOT_01H, 177) = 0xff;
}

static void value_of_a_lane_monitor_follows_its_data_path(void **state)
{
	(void)state;
	start_lanes();
	/* application 1 over all host lanes, path 0, DPActivated */
	for (unsigned i = 0; i < 8; i++)
		*at(LW_CMIS_SLOT_11H, 206 + i) = 0x10;
	for (unsigned i = 0; i < 4; i++)
		*at(LW_CMIS_SLOT_11H, 128 + i) = 0x44;
	*at(LW_CMIS_SLOT_11H, 155) = 10;
	assert_int_equal(lw_media_path_state(&view, 3), 4);
	assert_int_equal(lw_media_path_state(&view, 4), 1); /* on no path: deactivated */
	assert_int_equal(get("optical_power_tx", 0), LW_VALUE_OK);
	assert_near(value.number, 0.001);
	assert_int_equal(get("optical_power_tx", 4), LW_VALUE_STALE);
	assert_string_equal(value.decider->name, "dp_state_host_lane");
	assert_true(value.has_raw);
	/* page 00h says that lanes 5 to 8 are not there at all */
	*at(LW_CMIS_SLOT_00H, 210) = 0xf0;
	assert_int_equal(get("optical_power_tx", 4), LW_VALUE_NOT_SUPPORTED);
	/* DPInit: nothing of it is to be believed; deactivated: light may still arrive */
	for (unsigned i = 0; i < 4; i++)
		*at(LW_CMIS_SLOT_11H, 128 + i) = 0x22;
	assert_int_equal(get("optical_power_tx", 0), LW_VALUE_STALE);
	assert_int_equal(get("optical_power_rx", 0), LW_VALUE_STALE);
	for (unsigned i = 0; i < 4; i++)
		*at(LW_CMIS_SLOT_11H, 128 + i) = 0x11;
	assert_int_equal(get("optical_power_tx", 0), LW_VALUE_STALE);
	assert_int_equal(get("optical_power_rx", 0), LW_VALUE_OK);
	/* in low power no lane is to be believed */
	*at(LW_CMIS_SLOT_L, 3) = 1 << 1;
	assert_int_equal(get("optical_power_rx", 0), LW_VALUE_STALE);
	assert_string_equal(value.decider->name, "module_state");
}

static void media_path_of_split_module_is_found_lane_by_lane(void **state)
{
	(void)state;
	start_lanes();
	/* application 2 on host lanes 1 and 4 (paths 0 and 3), others without */
	*at(LW_CMIS_SLOT_11H, 206) = 0x20;
	*at(LW_CMIS_SLOT_11H, 209) = 0x26;
	*at(LW_CMIS_SLOT_11H, 128) = 0x17; /* lane 1 DPInitialized, lane 2 deactivated */
	*at(LW_CMIS_SLOT_11H, 129) = 0x41; /* lane 4 DPActivated */
	assert_int_equal(lw_media_path_state(&view, 0), 7);
	assert_int_equal(lw_media_path_state(&view, 1), 1);
	assert_int_equal(lw_media_path_state(&view, 3), 4);
	view.slot[0][LW_CMIS_SLOT_01H] = NULL;
	assert_int_equal(lw_media_path_state(&view, 0), LW_ENOPAGE);
	assert_int_equal(get("optical_power_tx", 1), LW_VALUE_OK); /* nothing denies it */
	view.map = LW_MAP_SFF8636;
	assert_int_equal(lw_media_path_state(&view, 0), LW_ENOPAGE);
}

static void value_before_data_are_ready_is_stale(void **state)
{
	(void)state;
	start(LW_MAP_SFF8636);
	at(LW_SFF8636_SLOT_00H, 128);
	*at(LW_SFF8636_SLOT_L, 2) = 0x01;
	*at(LW_SFF8636_SLOT_L, 22) = 30;
	assert_int_equal(get("temperature", 0), LW_VALUE_STALE);
	assert_int_equal(get("rx_power", 2), LW_VALUE_STALE);
	assert_int_equal(get("temp_high_alarm_flag", 0), LW_VALUE_STALE);
	*at(LW_SFF8636_SLOT_L, 2) = 0;
	assert_int_equal(get("temperature", 0), LW_VALUE_OK);
	assert_string_equal(text("temperature", 0), "30 degC");

	start(LW_MAP_SFF8472);
	*at(LW_SFF8472_SLOT_A0, 92) = 0x60; /* monitored, internally calibrated */
	*at(LW_SFF8472_SLOT_A2, 110) = 0x01;
	assert_int_equal(get("rx_power", 0), LW_VALUE_STALE);
	*at(LW_SFF8472_SLOT_A2, 110) = 0;
	assert_int_equal(get("rx_power", 0), LW_VALUE_OK);
}

static void value_with_external_calibration_is_the_quantity(void **state)
{
	(void)state;
	start(LW_MAP_SFF8472);
	*at(LW_SFF8472_SLOT_A0, 92) = 0x50; /* monitored, externally calibrated */
	*at(LW_SFF8472_SLOT_A2, 98) = 0x80; /* 0x8000 * 100 uV * 0.5 + 0.1 V */
	*at(LW_SFF8472_SLOT_A2, 89) = 0x80; /* slope 0.5 */
	set(at(LW_SFF8472_SLOT_A2, 90), 2, 0x03, 0xe8);
	assert_int_equal(get("vcc", 0), LW_VALUE_OK);
	assert_near(value.number, 0x8000 * 0.0001 * 0.5 + 0.1);
	/* Rx_PWR(1) = 2.0, Rx_PWR(0) = 5.0 in units of 0.1 uW: (2 * 100 + 5) / 10000 mW */
	set(at(LW_SFF8472_SLOT_A2, 68), 4, 0x40, 0x00, 0x00, 0x00);
	set(at(LW_SFF8472_SLOT_A2, 72), 4, 0x40, 0xa0, 0x00, 0x00);
	*at(LW_SFF8472_SLOT_A2, 105) = 100;
	assert_int_equal(get("rx_power", 0), LW_VALUE_OK);
	assert_near(value.number, 0.0205);
	/* a coefficient that is no number makes no value */
	set(at(LW_SFF8472_SLOT_A2, 68), 4, 0x7f, 0xc0, 0x00, 0x00);
	assert_int_equal(get("rx_power", 0), LW_VALUE_ERROR);
	assert_unstated(value.number);
	/* the bytes of the constants mean other things without external calibration */
	assert_int_equal(get("tx_squelch_method", 0), LW_VALUE_NOT_SUPPORTED);
	*at(LW_SFF8472_SLOT_A0, 92) = 0x60;
	*at(LW_SFF8472_SLOT_A0, 94) = 9; /* 12.4 */
	assert_int_equal(get("tx_squelch_method", 0), LW_VALUE_OK);
	assert_int_equal(get("cal_rx_power_4", 0), LW_VALUE_NOT_SUPPORTED);
}

static void value_scaled_by_a_reserved_code_is_an_error(void **state)
{
	(void)state;
	start_lanes();
	for (unsigned i = 0; i < 8; i++)
		*at(LW_CMIS_SLOT_11H, 206 + i) = 0x10;
	for (unsigned i = 0; i < 4; i++)
		*at(LW_CMIS_SLOT_11H, 128 + i) = 0x44;
	*at(LW_CMIS_SLOT_11H, 171) = 50;
	*at(LW_CMIS_SLOT_01H, 160) = 0x07 | 1 << 3; /* bias times 2 */
	assert_int_equal(get("laser_bias_tx", 0), LW_VALUE_OK);
	assert_near(value.number, 0.2);
	*at(LW_CMIS_SLOT_01H, 160) = 0x07 | 3 << 3;
	assert_int_equal(get("laser_bias_tx", 0), LW_VALUE_ERROR);
	assert_unstated(value.number);
	assert_int_equal(value.raw, 50);
}

/* No field of no dump, whatever the bytes, does more than have a status. */
static void value_of_any_bytes_has_a_status(void **state)
{
	uint32_t seed = 1;

	(void)state;
	for (int map = LW_MAP_SFF8472; map < LW_MAP_N; map++) {
		size_t n, slot_n;
		const struct lw_field *f = lw_map_fields((enum lw_map_id)map, &n);

		lw_map_slots((enum lw_map_id)map, &slot_n);
		for (unsigned round = 0; round < 20; round++) {
			start((enum lw_map_id)map);
			for (unsigned s = 0; s < slot_n; s++)
				for (unsigned i = 0; i < 128; i++) {
					seed = seed * 1664525u + 1013904223u;
					*at(s, i) = (uint8_t)(seed >> 24);
				}
			for (unsigned i = 0; i < 2 * LW_VDM_INSTANCES; i++) {
				struct lw_vdm x;

				if (lw_vdm_decode(&view, i / LW_VDM_INSTANCES, i % LW_VDM_INSTANCES,
						  &x))
					assert_in_range(x.scope, LW_VDM_UNKNOWN, LW_VDM_ELS);
			}
			for (size_t i = 0; i < n; i++)
				for (unsigned lane = 0; lane <= f[i].lanes; lane++) {
					char s[LW_VALUE_TEXT_MAX];

					lw_value_decode(&f[i], lane, &view, &value);
					assert_in_range(value.status, LW_VALUE_OK, LW_VALUE_ERROR);
					if (value.status == LW_VALUE_OK &&
					    value.kind == LW_VALUE_NUMBER)
						assert_true(isfinite(value.number));
					lw_value_text(&f[i], &value, s, sizeof(s));
					assert_true(strlen(s) < sizeof(s));
				}
		}
	}
}

/* Lanes that are asked about together, or one by one, have the status that each decodes to. */
static void statuses_of_lanes_together_are_those_of_each(void **state)
{
	uint32_t seed = 7;
	size_t oks = 0, others = 0;

	(void)state;
	for (int map = LW_MAP_SFF8472; map < LW_MAP_N; map++) {
		size_t n, slot_n;
		const struct lw_field *f = lw_map_fields((enum lw_map_id)map, &n);
		const struct lw_slot *slot = lw_map_slots((enum lw_map_id)map, &slot_n);

		for (unsigned round = 0; round < 20; round++) {
			struct lw_value_memo together = {0}, single = {0};

			start((enum lw_map_id)map);
			for (unsigned s = 0; s < slot_n * LW_BANKS_MAX; s++)
				for (unsigned i = 0; i < 128; i++) {
					seed = seed * 1664525u + 1013904223u;
					slots[s % LW_BANKS_MAX][s / LW_BANKS_MAX][i] =
						(uint8_t)(seed >> 24);
				}
			for (unsigned s = 0; s < slot_n; s++)
				for (unsigned b = 0; b < (slot[s].banked ? LW_BANKS_MAX : 1); b++)
					if (slots[b][s][0] % 8) /* one in eight is not there */
						view.slot[b][s] = slots[b][s];
			for (size_t i = 0; i < n; i++) {
				unsigned banks = slot[f[i].slot].banked ? LW_BANKS_MAX : 1;

				for (unsigned lane = 0; lane < banks * f[i].lanes; lane++) {
					unsigned base = lane - lane % 8;
					uint32_t bit = UINT32_C(1) << lane % 8;
					bool ok, one;

					lw_value_decode(&f[i], lane, &view, &value);
					ok = value.status == LW_VALUE_OK ||
					     value.status == LW_VALUE_ERROR;
					one = lw_value_status(&f[i], lane, &view, &single) ==
					      LW_VALUE_OK;
					assert_int_equal(one, ok);
					assert_int_equal(!!(lw_value_lanes(&f[i], base, 0xff, &view,
									   &together) &
							    bit),
							 ok);
					assert_int_equal(
						!!lw_value_lanes(&f[i], lane, 1, &view, &together),
						ok);
					oks += ok;
					others += !ok;
				}
			}
		}
	}
	assert_true(oks > 10000 && others > 10000);
}

static void text_that_does_not_fit_is_cut_and_said(void **state)
{
	char small[5];

	(void)state;
	start_cmis();
	memcpy(at(LW_CMIS_SLOT_00H, 129), "ACME Instruments", 16);
	get("vendor_name", 0);
	assert_int_equal(lw_value_text(lw_map_find(LW_MAP_CMIS, "vendor_name"), &value, small, 5),
			 LW_ELIMIT);
	assert_string_equal(small, "ACME");
	get("module_state", 0);
	assert_int_equal(lw_value_text(lw_map_find(LW_MAP_CMIS, "module_state"), &value, small, 5),
			 LW_ELIMIT);
	assert_string_equal(small, "Modu");
}

/* Versatile diagnostics: CMIS 5.4 Tables 8-179 to 8-184. */
static void start_vdm(unsigned type, unsigned location, unsigned raw)
{
	start_cmis();
	at(LW_CMIS_SLOT_2FH, 128);
	*at(LW_CMIS_SLOT_20H, 128) = (uint8_t)(0x20 | location); /* threshold set 2 */
	*at(LW_CMIS_SLOT_20H, 129) = (uint8_t)type;
	set(at(LW_CMIS_SLOT_24H, 128), 2, raw >> 8, raw & 0xff);
	set(at(LW_CMIS_SLOT_28H, 144), 8, 0x20, 0, 0x10, 0, 0x1f, 0, 0x11, 0);
	*at(LW_CMIS_SLOT_2CH, 128) = 0x02; /* odd instance: low alarm */
}

static void vdm_is_decoded_by_its_descriptor(void **state)
{
	struct lw_vdm x;

	(void)state;
	start_vdm(5, 15, 0x1580); /* SNR media input of the module: 21.5 dB */
	assert_true(lw_vdm_decode(&view, 0, 0, &x));
	assert_int_equal(x.status, LW_VALUE_OK);
	assert_string_equal(x.name, "SNR media input");
	assert_int_equal(x.scope, LW_VDM_MODULE);
	assert_near(x.value, 21.5);
	assert_true(x.has_limits);
	assert_near(x.limit[LW_VDM_HIGH_ALARM], 32);
	assert_near(x.limit[LW_VDM_LOW_ALARM], 16);
	assert_near(x.limit[LW_VDM_HIGH_WARNING], 31);
	assert_near(x.limit[LW_VDM_LOW_WARNING], 17);
	assert_int_equal(x.flags, 1 << LW_VDM_LOW_ALARM);
	assert_false(lw_vdm_decode(&view, 0, 1, &x)); /* not used */
	assert_false(lw_vdm_decode(&view, 0, 256, &x));
	/* on a lane whose path is not initialised it is stale */
	start_vdm(5, 2, 0x1580);
	assert_true(lw_vdm_decode(&view, 0, 0, &x));
	assert_int_equal(x.location, 2);
	assert_int_equal(x.status, LW_VALUE_STALE);
}

static void vdm_types_have_their_own_numbers(void **state)
{
	struct lw_vdm x;

	(void)state;
	start_vdm(2, 15, 0xc000); /* TEC current, signed, 100/32767 % */
	assert_true(lw_vdm_decode(&view, 0, 0, &x));
	assert_near(x.value, -16384.0 * 100 / 32767);
	start_vdm(15, 15, 18 << 11 | 230); /* current BER, F16: 230e-6 */
	assert_true(lw_vdm_decode(&view, 0, 0, &x));
	assert_near(x.value, 2.3e-4);
	assert_false(x.info->statistic);
	start_vdm(7, 15, 0xffff); /* PAM4 LTP */
	assert_true(lw_vdm_decode(&view, 0, 0, &x));
	assert_string_equal(x.special, "infinite");
	assert_unstated(x.value);
	start_vdm(120, 0, 77); /* custom: only the raw number is known */
	assert_true(lw_vdm_decode(&view, 0, 0, &x));
	assert_null(x.info);
	assert_int_equal(x.raw, 77);
	assert_unstated(x.value);
	assert_false(x.has_limits);
	start_vdm(3, 15, 0xffff); /* laser frequency error, 10 MHz */
	assert_true(lw_vdm_decode(&view, 0, 0, &x));
	assert_near(x.value, -10);
}

static void vdm_of_a_missing_page_or_group_says_so(void **state)
{
	struct lw_vdm x;

	(void)state;
	start_vdm(5, 15, 0x1580);
	view.slot[0][LW_CMIS_SLOT_24H] = NULL;
	view.slot[0][LW_CMIS_SLOT_28H] = NULL;
	view.slot[0][LW_CMIS_SLOT_2CH] = NULL;
	assert_true(lw_vdm_decode(&view, 0, 0, &x));
	assert_int_equal(x.status, LW_VALUE_ABSENT);
	assert_unstated(x.value);
	assert_false(x.has_limits);
	assert_int_equal(x.flags, -1);
	/* group 2 is not there although its page holds bytes */
	*at(LW_CMIS_SLOT_21H, 129) = 5;
	assert_false(lw_vdm_decode(&view, 0, 64, &x));
	*at(LW_CMIS_SLOT_2FH, 128) = 1;
	assert_true(lw_vdm_decode(&view, 0, 64, &x));
	assert_int_equal(x.group, 1);
}

/* Each standard type is described, and no other. */
static void vdm_types_are_those_of_the_code_table(void **state)
{
	(void)state;
	for (unsigned type = 1; type < 256; type++) {
		const struct lw_code *code = lw_code_find(LW_CODES_VDM_TYPE, type);
		bool standard = code && !code->reserved && code->first == code->last;

		assert_int_equal(lw_vdm_type_find(type) != NULL, standard);
	}
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(value_of_each_kind_is_typed),
		cmocka_unit_test(value_of_a_reserved_code_keeps_its_number),
		cmocka_unit_test(value_of_an_absent_page_is_absent),
		cmocka_unit_test(value_that_is_not_advertised_is_not_supported),
		cmocka_unit_test(value_newer_than_the_revision_is_not_supported),
		cmocka_unit_test(value_under_an_overlay_follows_its_selector),
		cmocka_unit_test(value_of_a_lane_monitor_follows_its_data_path),
		cmocka_unit_test(media_path_of_split_module_is_found_lane_by_lane),
		cmocka_unit_test(value_before_data_are_ready_is_stale),
		cmocka_unit_test(value_with_external_calibration_is_the_quantity),
		cmocka_unit_test(value_scaled_by_a_reserved_code_is_an_error),
		cmocka_unit_test(value_of_any_bytes_has_a_status),
		cmocka_unit_test(statuses_of_lanes_together_are_those_of_each),
		cmocka_unit_test(text_that_does_not_fit_is_cut_and_said),
		cmocka_unit_test(vdm_is_decoded_by_its_descriptor),
		cmocka_unit_test(vdm_types_have_their_own_numbers),
		cmocka_unit_test(vdm_of_a_missing_page_or_group_says_so),
		cmocka_unit_test(vdm_types_are_those_of_the_code_table),
	};

	golden_init(argc, argv);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
