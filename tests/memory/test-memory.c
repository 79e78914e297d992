/* SPDX-License-Identifier: Apache-2.0 */
/* Reading memories whole, and checking them. Addresses are typed from the standards. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "support.h"

#define DD_XDR4 "cmis-arista-networks-qdd-400g-xdr4-xkt231212112"
#define SFP_SR  "sff8472-finisar-corp-ftlx8571d3bcl-mup0wb0"

static struct lw_findings found;

static void must_find(const struct lw_memory *m, const char *rule, enum lw_severity severity,
		      const char *needle)
{
	const struct lw_finding *f;

	check(m, &found);
	f = finding(&found, rule);
	if (!f)
		fail_msg("no finding %s", rule);
	if (f->severity != severity || !strstr(f->text, needle) || !f->ref[0] || !f->remedy[0])
		fail_msg("%s: %s %s (%s)", rule, lw_severity_name(f->severity), f->text, f->ref);
}

static void must_not_find(const struct lw_memory *m, const char *rule)
{
	const struct lw_finding *f;

	check(m, &found);
	f = finding(&found, rule);
	if (f)
		fail_msg("%s: %s", f->rule, f->text);
}

static void memory_of_hex_text_is_that_of_raw_bytes(void **state)
{
	struct lw_memory a, b;
	struct lw_buf text = LW_BUF_INIT;

	(void)state;
	golden(DD_XDR4, &a);
	assert_false(a.text);
	for (size_t i = 0; i < a.n; i++)
		lw_buf_printf(&text, "%02x%s", a.bytes[i], i % 16 == 15 ? "\n" : " ");
	take(text.s, text.len, &b);
	assert_true(b.text);
	assert_int_equal(a.n, b.n);
	assert_memory_equal(a.bytes, b.bytes, a.n);
	assert_memory_equal(a.valid, b.valid, sizeof(a.valid));
	lw_buf_finish(&text);
}

static void memory_of_an_image_reads_as_that_image(void **state)
{
	size_t n;
	const struct lw_part *p = lw_parts(&n);

	(void)state;
	for (size_t i = 0; i < n; i++) {
		struct lw_memory m, again;

		make(p[i].name, &m);
		take(m.bytes, m.n, &again);
		assert_int_equal(m.map, again.map);
		for (unsigned s = 0; s < LW_SLOTS_MAX; s++) {
			struct lw_view v;

			/* a page of FFh is as good as none */
			lw_memory_view(&m, &v);
			assert_int_equal(m.valid[0][s] && v.slot[0][s], again.valid[0][s]);
		}
	}
}

static void memory_keeps_what_an_image_drops(void **state)
{
	struct lw_memory m;
	struct lw_view v;

	(void)state;
	make("OSFP-800G-DR8", &m);
	m.bytes[2] |= 0x80; /* flat memory */
	take(m.bytes, m.n, &m);
	lw_memory_view(&m, &v);
	assert_false(m.valid[0][LW_CMIS_SLOT_02H]);
	assert_non_null(v.slot[0][LW_CMIS_SLOT_02H]);
}

static void memory_of_no_module_is_refused(void **state)
{
	struct lw_memory m;
	uint8_t zero[256] = {0};

	(void)state;
	assert_int_equal(lw_memory_read(zero, 256, "x", &arena, &m, &error), LW_EINVAL);
	assert_int_equal(lw_memory_read(zero, 0, "x", &arena, &m, &error), LW_EINVAL);
}

static void check_of_every_part_is_silent(void **state)
{
	size_t n;
	const struct lw_part *p = lw_parts(&n);

	(void)state;
	for (size_t i = 0; i < n; i++) {
		struct lw_memory m;

		make(p[i].name, &m);
		check(&m, &found);
		for (size_t k = 0; k < found.n; k++)
			if (found.v[k].severity > LW_INFO)
				fail_msg("%s: %s: %s", p[i].name, found.v[k].rule, found.v[k].text);
	}
}

static void count_findings(const char *name, struct lw_memory *m)
{
	check(m, &found);
	for (size_t i = 0; i < found.n; i++)
		if (!found.v[i].ref[0] || !found.v[i].remedy[0] || !found.v[i].text[0])
			fail_msg("%s: %s says too little", name, found.v[i].rule);
}

static void check_of_golden_dumps_says_enough(void **state)
{
	(void)state;
	assert_true(each_golden(count_findings) >= 40);
}

static void check_finds_wrong_sums_of_every_page(void **state)
{
	struct lw_memory m;

	(void)state;
	make("OSFP-800G-DR8", &m);
	UPPER(m, 1, 200) ^= 1;
	must_find(&m, "checksum", LW_RISK, "page_01h");
	make("SFP28-25G-SR", &m);
	A2(m, 95) ^= 1;
	must_find(&m, "checksum", LW_RISK, "cc_dmi");
}

static void check_finds_the_sum_of_a_page_that_facts_ignore(void **state)
{
	struct lw_memory m;
	unsigned sum = 0;
	uint8_t *bytes;

	(void)state;
	/* SFF-8436 4.8 7.6.3: page 01h begins with the sum of bytes 129-255 */
	make("QSFP28-100G-SR4", &m);
	bytes = lw_arena_alloc(&arena, m.n);
	memcpy(bytes, m.bytes, m.n);
	bytes[128 + 195 - 128] |= 0x40; /* page 01h is there */
	for (unsigned b = 128; b < 256; b++)
		bytes[128 + 128 + b - 128] = (uint8_t)b;
	for (unsigned b = 192; b <= 222; b++)
		sum += bytes[128 + b - 128];
	bytes[128 + 223 - 128] = (uint8_t)sum;
	take(bytes, m.n, &m);
	must_find(&m, "checksum", LW_RISK, "cc_apps");
}

static void check_finds_reserved_bits_and_codes(void **state)
{
	struct lw_memory m;

	(void)state;
	make("OSFP-800G-DR8", &m);
	must_not_find(&m, "reserved-bits");
	UPPER(m, 0, 200) |= 0x01;
	must_find(&m, "reserved-bits", LW_INFO, "page 00h: reserved bits are not 0 in byte 200");
	make("OSFP-800G-DR8", &m);
	UPPER(m, 0, 203) = 0x2a;
	must_find(&m, "reserved-code", LW_INFO, "connector_type holds 0x2a");
}

static void check_finds_pages_that_are_announced_but_absent(void **state)
{
	struct lw_memory m;

	(void)state;
	make("OSFP-800G-DR8", &m);
	memset(&UPPER(m, 2, 128), 0xff, 128);
	take(m.bytes, m.n, &m);
	must_find(&m, "page-absent", LW_RISK, "announces 02h; the dump holds only FFh");
	make("OSFP-800G-DR8", &m);
	take(m.bytes, 256, &m);
	must_find(&m, "page-absent", LW_INFO, "01h, 02h, 10h, 11h");
	golden(SFP_SR, &m);
	must_not_find(&m, "page-absent");
	take(m.bytes, 256, &m);
	must_find(&m, "page-absent", LW_INFO, "A2");
}

static void check_finds_pages_that_nobody_announced(void **state)
{
	struct lw_memory m;

	(void)state;
	make("OSFP-800G-DR8", &m);
	must_not_find(&m, "page-unannounced");
	m.bytes[2] |= 0x80;
	take(m.bytes, m.n, &m);
	must_find(&m, "page-unannounced", LW_INFO, "01h, 02h");
}

static void check_finds_lanes_that_contradict(void **state)
{
	struct lw_memory m;

	(void)state;
	make("OSFP-800G-DR8", &m);
	must_not_find(&m, "lanes");
	m.bytes[88] = 0x48; /* application 1: 800GAUI-8 over 4 host lanes */
	must_find(&m, "lanes", LW_RISK, "4 host lanes; the interface has 8");
	make("OSFP-800G-DR8", &m);
	UPPER(m, 0, 210) = 0x80;
	must_find(&m, "lanes", LW_RISK, "media lane 8");
}

static void check_finds_thresholds_that_cannot_be(void **state)
{
	struct lw_memory m;

	(void)state;
	make("OSFP-800G-DR8", &m);
	memset(&UPPER(m, 2, 136), 0, 8); /* supply: 02h:136-143 */
	must_find(&m, "thresholds-zero", LW_RISK, "supply voltage");
	make("OSFP-800G-DR8", &m);
	must_not_find(&m, "thresholds");
	for (unsigned i = 0; i < 4; i++) {
		UPPER(m, 2, 136 + 2 * i) = 0x80;
		UPPER(m, 2, 137 + 2 * i) = 0;
	}
	must_find(&m, "thresholds", LW_RISK, "supply voltage leave no range");
}

static void check_finds_fields_newer_than_the_revision(void **state)
{
	struct lw_memory m;

	(void)state;
	make("OSFP-800G-DR8", &m);
	must_not_find(&m, "revision");
	m.bytes[1] = 0x30;
	m.bytes[2] |= 0x40; /* SteppedConfigOnly, since 5.0 as the row says */
	must_find(&m, "revision", LW_INFO, "stepped_config_only");
}

static void check_finds_an_identifier_of_two_minds(void **state)
{
	struct lw_memory m;

	(void)state;
	make("OSFP-800G-DR8", &m);
	UPPER(m, 0, 128) = 0x18;
	must_find(&m, "identifier", LW_RISK, "19h");
}

static void check_finds_text_that_is_none(void **state)
{
	struct lw_memory m;

	(void)state;
	make("OSFP-800G-DR8", &m);
	UPPER(m, 0, 148) = 0x07;
	must_find(&m, "text", LW_INFO, "part number");
}

static void check_finds_a_torn_page(void **state)
{
	struct lw_memory m;

	(void)state;
	make("OSFP-800G-DR8", &m);
	take(m.bytes, 300, &m);
	must_find(&m, "dump-size", LW_INFO, "300");
}

#define T(x) cmocka_unit_test_setup_teardown(x, setup, teardown)

static const struct CMUnitTest tests[] = {
	T(memory_of_hex_text_is_that_of_raw_bytes),
	T(memory_of_an_image_reads_as_that_image),
	T(memory_keeps_what_an_image_drops),
	T(memory_of_no_module_is_refused),
	T(check_of_every_part_is_silent),
	T(check_of_golden_dumps_says_enough),
	T(check_finds_wrong_sums_of_every_page),
	T(check_finds_the_sum_of_a_page_that_facts_ignore),
	T(check_finds_reserved_bits_and_codes),
	T(check_finds_pages_that_are_announced_but_absent),
	T(check_finds_pages_that_nobody_announced),
	T(check_finds_lanes_that_contradict),
	T(check_finds_thresholds_that_cannot_be),
	T(check_finds_fields_newer_than_the_revision),
	T(check_finds_an_identifier_of_two_minds),
	T(check_finds_text_that_is_none),
	T(check_finds_a_torn_page),
};

MAIN("memory", tests)
