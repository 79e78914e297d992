/* SPDX-License-Identifier: Apache-2.0 */
/* Setting fields and taking it back. Addresses and codes are typed from the standards. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "support.h"

static void set_number_in_unit_is_scaled(void **state)
{
	struct lw_memory m;

	(void)state;
	make("OSFP-800G-DR8", &m);
	must_set(&m, LW_SET_FACTORY, "vcc_mon_high_alarm_threshold=3.63");
	/* CMIS 5.4 Table 8-64: 02h:136, 100 uV: 36300 is 8DCCh */
	assert_int_equal(UPPER(m, 2, 136), 0x8d);
	assert_int_equal(UPPER(m, 2, 137), 0xcc);
	must_set(&m, LW_SET_FACTORY, "temp_mon_low_alarm_threshold=-5.5 degC");
	/* 02h:130, 1/256 degC: -1408 is FA80h */
	assert_int_equal(UPPER(m, 2, 130), 0xfa);
	assert_int_equal(UPPER(m, 2, 131), 0x80);
	must_set(&m, LW_SET_FACTORY, "optical_power_tx_high_alarm_threshold=0dBm");
	/* 02h:176, 0.1 uW: 10000 is 2710h */
	assert_int_equal(UPPER(m, 2, 176), 0x27);
	assert_int_equal(UPPER(m, 2, 177), 0x10);
	must_set(&m, LW_SET_FACTORY, "max_power=17.25");
	assert_int_equal(UPPER(m, 0, 201), 69);
}

static void set_number_is_scaled_by_its_multiplier(void **state)
{
	struct lw_memory m;

	(void)state;
	make("DAC-OSFP-800G", &m);
	must_set(&m, LW_SET_FACTORY, "cable_assembly_link_length_length_multiplier=0x0");
	must_set(&m, LW_SET_FACTORY, "cable_assembly_link_length_base_length=2.5");
	/* CMIS 5.4 Table 8-33: multiplier 0.1 is code 0, 25 of it */
	assert_int_equal(UPPER(m, 0, 202), 25);
	must_refuse(&m, LW_SET_FACTORY, "cable_assembly_link_length_base_length=20", LW_EINVAL,
		    "6.3 m");
	must_set(&m, LW_SET_FACTORY, "cable_assembly_link_length_length_multiplier=1");
	must_set(&m, LW_SET_FACTORY, "cable_assembly_link_length_base_length=20");
	assert_int_equal(UPPER(m, 0, 202), 0x40 | 20);
}

static void set_raw_is_taken_as_it_is(void **state)
{
	struct lw_memory m;

	(void)state;
	make("OSFP-800G-DR8", &m);
	must_set(&m, LW_SET_FACTORY, "vcc_mon_high_alarm_threshold=0x1234");
	assert_int_equal(UPPER(m, 2, 136), 0x12);
	assert_int_equal(UPPER(m, 2, 137), 0x34);
	must_set(&m, LW_SET_FACTORY, "temp_mon_low_alarm_threshold=0xfffe");
	assert_int_equal(UPPER(m, 2, 131), 0xfe);
	must_set(&m, LW_SET_FACTORY, "vendor_oui=00:1c:73");
	assert_memory_equal(&UPPER(m, 0, 145), "\x00\x1c\x73", 3);
	must_refuse(&m, LW_SET_FACTORY, "vcc_mon_high_alarm_threshold=0x12345", LW_EINVAL,
		    "16 bits");
	must_refuse(&m, LW_SET_FACTORY, "max_power=0x1ff", LW_EINVAL, "8 bits");
}

static void set_code_goes_by_name(void **state)
{
	struct lw_memory m;

	(void)state;
	make("OSFP-800G-DR8", &m);
	must_set(&m, LW_SET_FACTORY, "connector_type=LC");
	assert_int_equal(UPPER(m, 0, 203), 0x07);
	must_set(&m, LW_SET_FACTORY, "connector_type=mpo 1X12");
	assert_int_equal(UPPER(m, 0, 203), 0x0c);
	must_set(&m, LW_SET_FACTORY, "connector_type=0x2a");
	assert_int_equal(UPPER(m, 0, 203), 0x2a);
	must_set(&m, LW_SET_FACTORY, "media_interface_id_app[1]=400GBASE-DR4");
	assert_int_equal(m.bytes[87], 0x1c);
	must_refuse(&m, LW_SET_FACTORY, "connector_type=MPO", LW_EINVAL, "may be");
	must_refuse(&m, LW_SET_FACTORY, "connector_type=brass", LW_EINVAL, "brass");
	must_refuse(&m, LW_SET_FACTORY, "connector_type=reserved", LW_EINVAL, "reserved");
}

static void set_text_is_padded(void **state)
{
	struct lw_memory m;

	(void)state;
	make("QSFP28-100G-SR4", &m);
	must_set(&m, LW_SET_FACTORY, "vendor_pn=ABC");
	assert_memory_equal(&UPPER(m, 0, 168), "ABC             ", 16);
	must_set(&m, LW_SET_FACTORY, "vendor_pn=A=B [1]");
	assert_memory_equal(&UPPER(m, 0, 168), "A=B [1]         ", 16);
	must_refuse(&m, LW_SET_FACTORY, "vendor_pn=12345678901234567", LW_EINVAL, "17 characters");
	must_refuse(&m, LW_SET_FACTORY, "vendor_pn=na\xc3\xafve", LW_EINVAL, "ASCII");
}

static void set_lane_changes_one_lane(void **state)
{
	struct lw_memory m;

	(void)state;
	make("OSFP-800G-DR8", &m);
	must_set(&m, 0, "dp_deinit_lane[3]=1");
	assert_int_equal(UPPER(m, 16, 128), 0x04);
	must_set(&m, 0, "cmis.dp_deinit_lane[*]=on");
	assert_int_equal(UPPER(m, 16, 128), 0xff);
	must_refuse(&m, 0, "dp_deinit_lane=1", LW_EINVAL, "[*]");
	must_refuse(&m, 0, "dp_deinit_lane[0]=1", LW_EINVAL, "lane");
	must_refuse(&m, 0, "dp_deinit_lane[33]=1", LW_EINVAL, "32");
	must_refuse(&m, 0, "dp_deinit_lane[9]=1", LW_ENOPAGE, "bank");
	must_refuse(&m, 0, "dp_deinit_lane[1x]=1", LW_EINVAL, "lane");
	must_refuse(&m, 0, "dp_deinit_lane[1]=2", LW_EINVAL, "neither");
}

static void set_makes_the_sums_of_changed_pages_right(void **state)
{
	struct lw_memory m;
	unsigned sum = 0;

	(void)state;
	make("QSFP28-100G-SR4", &m);
	UPPER(m, 0, 223) ^= 0x55; /* CC_EXT, of a page part that stays as it is */
	must_set(&m, LW_SET_FACTORY, "vendor_pn=ABC");
	for (unsigned b = 128; b <= 190; b++)
		sum += UPPER(m, 0, b);
	assert_int_equal(UPPER(m, 0, 191), sum & 0xff);
	sum = 0;
	for (unsigned b = 192; b <= 222; b++)
		sum += UPPER(m, 0, b);
	assert_int_equal(UPPER(m, 0, 223), (sum ^ 0x55) & 0xff);
	must_set(&m, LW_SET_FACTORY, "vendor_sn=1");
	sum = 0;
	for (unsigned b = 192; b <= 222; b++)
		sum += UPPER(m, 0, b);
	assert_int_equal(UPPER(m, 0, 223), sum & 0xff);
}

static void set_leaves_reserved_bits(void **state)
{
	struct lw_memory m;

	(void)state;
	make("OSFP-800G-DR8", &m);
	UPPER(m, 0, 200) |= 0x1f; /* CMIS 5.4 Table 8-32: 4-0 are reserved */
	must_set(&m, LW_SET_FACTORY, "module_power_class=0x0");
	assert_int_equal(UPPER(m, 0, 200), 0x1f);
	must_refuse(&m, LW_SET_FORCE, "reserved_00h_200_0=0", LW_ENOTSUP, "reserved");
}

static void set_refuses_what_is_not_the_hosts(void **state)
{
	struct lw_memory m;

	(void)state;
	make("OSFP-800G-DR8", &m);
	must_refuse(&m, 0, "vendor_pn=ABC", LW_ENOTSUP, "--factory");
	must_refuse(&m, 0, "temp_mon_value=20", LW_ENOTSUP, "--force");
	must_refuse(&m, LW_SET_FACTORY, "temp_mon_value=20", LW_ENOTSUP, "--force");
	must_refuse(&m, LW_SET_FACTORY, "module_state=ModuleReady", LW_ENOTSUP, "--force");
	must_refuse(&m, LW_SET_FACTORY, "page_checksum_00h=0", LW_ENOTSUP, "checksum");
	must_set(&m, LW_SET_FORCE, "temp_mon_value=20.5");
	assert_memory_equal(m.bytes + 14, "\x14\x80", 2);
	must_set(&m, LW_SET_FORCE, "module_state=ModuleReady");
	assert_int_equal(m.bytes[3] & 0x0e, 3 << 1);
	must_set(&m, 0, "low_pwr_request_sw=1");
	assert_true(m.bytes[26] & 0x10);
}

static void set_by_force_keeps_a_wrong_sum(void **state)
{
	static const char *const both[] = {"page_checksum_00h=0x12", "vendor_pn=ABC"};
	struct lw_memory m;

	(void)state;
	make("OSFP-800G-DR8", &m);
	assert_int_equal(lw_memory_set(&m, both, 2, LW_SET_FORCE, &arena, &error), 0);
	assert_int_equal(UPPER(m, 0, 222), 0x12);
}

static void set_needs_the_page(void **state)
{
	struct lw_memory m;

	(void)state;
	make("DAC-OSFP-800G", &m);
	must_refuse(&m, LW_SET_FACTORY, "vcc_mon_high_alarm_threshold=3.6", LW_ENOPAGE, "02h");
	must_refuse(&m, LW_SET_FORCE, "vcc_mon_high_alarm_threshold=3.6", LW_ENOPAGE,
		    "ends before");
}

static void set_is_all_or_nothing(void **state)
{
	static const char *const both[] = {"vendor_pn=ABC", "connector_type=nonsense"};
	struct lw_memory m, before;

	(void)state;
	make("OSFP-800G-DR8", &m);
	make("OSFP-800G-DR8", &before);
	assert_int_equal(lw_memory_set(&m, both, 2, LW_SET_FACTORY, &arena, &error), LW_EINVAL);
	assert_memory_equal(m.bytes, before.bytes, m.n);
}

static void set_refuses_what_it_does_not_understand(void **state)
{
	static const char *const bad[] = {"max_power=",
					  "max_power=x",
					  "max_power=nan",
					  "max_power=inf",
					  "max_power=-1",
					  "max_power=1e999",
					  "max_power=1 V",
					  "max_power=0x1p3",
					  "max_power=64",
					  "max_power",
					  "=1",
					  "custom_l_29=0x1",
					  "custom_l_29=7",
					  "custom_l_29=zz",
					  "max_power=0x",
					  "max_power=1W1",
					  "max_power=1.2.3"};
	struct lw_memory m;

	(void)state;
	make("OSFP-800G-DR8", &m);
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		must_refuse(&m, LW_SET_FORCE, bad[i], LW_EINVAL, "");
	must_refuse(&m, LW_SET_FORCE, "max_pwr=1", LW_ENOENT, "no field");
	must_refuse(&m, LW_SET_FORCE, "sff8636.vendor_pn=1", LW_ENOENT, "no field");
}

static void set_f32_and_calibration_are_exact(void **state)
{
	struct lw_memory m;

	(void)state;
	make("SFP28-25G-SR", &m);
	must_set(&m, LW_SET_FACTORY, "cal_rx_power_4=0.5");
	/* SFF-8472 Table 9-6: bytes 56-59, single precision */
	assert_memory_equal(&A2(m, 56), "\x3f\x00\x00\x00", 4);
}

/* Every settable field of every map: what is printed as its raw value sets it again. */
static void set_of_every_field_changes_only_its_bits(void **state)
{
	static const char *const parts[] = {"OSFP-800G-DR8", "QSFP28-100G-SR4", "SFP28-25G-SR"};
	unsigned tried = 0;

	(void)state;
	for (size_t p = 0; p < 3; p++) {
		struct lw_memory base;
		size_t n;
		const struct lw_field *f;

		make(parts[p], &base);
		f = lw_map_fields(base.map, &n);
		for (size_t i = 0; i < n; i++) {
			size_t at = lw_memory_offset(base.map, 0, f[i].slot);
			struct lw_memory m = base;
			char text[128];
			unsigned byte, shift;

			if (!base.valid[0][f[i].slot] || f[i].kind == LW_KIND_RESERVED ||
			    f[i].kind == LW_KIND_TEXT || f[i].width > 8 || f[i].kind == LW_KIND_SUM)
				continue;
			m.bytes = lw_arena_alloc(&arena, base.n);
			memcpy(m.bytes, base.bytes, base.n);
			lw_field_place(&f[i], f[i].lanes - 1u, &byte, &shift);
			snprintf(text, sizeof(text), "%s[%u]=0x%x", f[i].name, f[i].lanes,
				 (1u << f[i].width) - 1);
			must_set(&m, LW_SET_FORCE, text);
			m.bytes[at + byte] &= (uint8_t) ~(((1u << f[i].width) - 1) << shift);
			base.bytes[at + byte] &= (uint8_t) ~(((1u << f[i].width) - 1) << shift);
			for (size_t k = 0; k < n; k++) /* sums follow */
				if (f[k].kind == LW_KIND_SUM && base.valid[0][f[k].slot])
					m.bytes[lw_memory_offset(m.map, 0, f[k].slot) +
						(f[k].byte & 0x7f)] =
						base.bytes[lw_memory_offset(m.map, 0, f[k].slot) +
							   (f[k].byte & 0x7f)];
			assert_memory_equal(m.bytes, base.bytes, m.n);
			tried++;
		}
	}
	assert_true(tried > 700);
}

static void undo_gives_back_what_was(void **state)
{
	struct lw_memory m, first;
	struct lw_buf one = LW_BUF_INIT, two = LW_BUF_INIT;
	uint8_t *second, *bytes = NULL;
	size_t n, left;

	(void)state;
	make("OSFP-800G-DR8", &m);
	make("OSFP-800G-DR8", &first);
	must_set(&m, LW_SET_FACTORY, "vendor_pn=ABC");
	assert_int_equal(lw_undo_add(NULL, 0, first.bytes, m.n, m.bytes, m.n, &one, &error), 0);
	second = lw_arena_alloc(&arena, m.n);
	memcpy(second, m.bytes, m.n);
	must_set(&m, LW_SET_FACTORY, "vendor_pn=DEF");
	assert_int_equal(lw_undo_add(one.s, one.len, second, m.n, m.bytes, m.n, &two, &error), 0);
	assert_int_equal(
		lw_undo_take(two.s, two.len, "u", m.bytes, m.n, &arena, &bytes, &n, &left, &error),
		0);
	assert_memory_equal(bytes, second, m.n);
	assert_int_equal(left, one.len);
	assert_int_equal(
		lw_undo_take(two.s, left, "u", second, m.n, &arena, &bytes, &n, &left, &error), 0);
	assert_memory_equal(bytes, first.bytes, m.n);
	assert_int_equal(left, 0);
	lw_buf_finish(&one);
	lw_buf_finish(&two);
}

static void undo_of_a_changed_file_is_refused(void **state)
{
	struct lw_memory m, first;
	struct lw_buf text = LW_BUF_INIT;
	uint8_t *bytes = NULL;
	size_t n, left;

	(void)state;
	make("OSFP-800G-DR8", &m);
	make("OSFP-800G-DR8", &first);
	must_set(&m, LW_SET_FACTORY, "vendor_pn=ABC");
	assert_int_equal(lw_undo_add(NULL, 0, first.bytes, m.n, m.bytes, m.n, &text, &error), 0);
	m.bytes[100] ^= 1;
	assert_int_equal(lw_undo_take(text.s, text.len, "u", m.bytes, m.n, &arena, &bytes, &n,
				      &left, &error),
			 LW_EINVAL);
	assert_non_null(strstr(error.message, "changed since"));
	m.bytes[100] ^= 1;
	/* cut or damaged anywhere, it never gives anything but what was there */
	for (size_t i = 0; i < text.len; i++) {
		char was = text.s[i];

		bytes = NULL;
		text.s[i] = '7';
		if (was != '7' && lw_undo_take(text.s, text.len, "u", m.bytes, m.n, &arena, &bytes,
					       &n, &left, &error) == 0)
			fail_msg("byte %zu", i);
		text.s[i] = was;
		if (lw_undo_take(text.s, i, "u", m.bytes, m.n, &arena, &bytes, &n, &left, &error) ==
		    0)
			fail_msg("cut at %zu", i);
	}
	lw_buf_finish(&text);
}

static void undo_starts_anew_for_another_content(void **state)
{
	struct lw_memory a, b, c;
	struct lw_buf old = LW_BUF_INIT, text = LW_BUF_INIT;
	uint8_t *bytes = NULL;
	size_t n, left = 1;

	(void)state;
	make("OSFP-800G-DR8", &a);
	make("OSFP-800G-DR8", &b);
	make("OSFP-800G-DR8", &c);
	must_set(&b, LW_SET_FACTORY, "vendor_pn=B");
	must_set(&c, LW_SET_FACTORY, "vendor_pn=C");
	assert_int_equal(lw_undo_add(NULL, 0, a.bytes, a.n, b.bytes, b.n, &old, &error), 0);
	/* a to c, though the text speaks of a to b: that write did not happen */
	assert_int_equal(lw_undo_add(old.s, old.len, a.bytes, a.n, c.bytes, c.n, &text, &error), 0);
	assert_int_equal(lw_undo_take(text.s, text.len, "u", c.bytes, c.n, &arena, &bytes, &n,
				      &left, &error),
			 0);
	assert_memory_equal(bytes, a.bytes, a.n);
	assert_int_equal(left, 0);
	lw_buf_finish(&old);
	lw_buf_finish(&text);
}

#define T(x) cmocka_unit_test_setup_teardown(x, setup, teardown)

static const struct CMUnitTest tests[] = {
	T(set_number_in_unit_is_scaled),
	T(set_number_is_scaled_by_its_multiplier),
	T(set_raw_is_taken_as_it_is),
	T(set_code_goes_by_name),
	T(set_text_is_padded),
	T(set_lane_changes_one_lane),
	T(set_makes_the_sums_of_changed_pages_right),
	T(set_leaves_reserved_bits),
	T(set_refuses_what_is_not_the_hosts),
	T(set_by_force_keeps_a_wrong_sum),
	T(set_needs_the_page),
	T(set_is_all_or_nothing),
	T(set_refuses_what_it_does_not_understand),
	T(set_f32_and_calibration_are_exact),
	T(set_of_every_field_changes_only_its_bits),
	T(undo_gives_back_what_was),
	T(undo_of_a_changed_file_is_refused),
	T(undo_starts_anew_for_another_content),
};

MAIN("edit", tests)
