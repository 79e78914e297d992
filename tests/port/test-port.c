/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <lanewise/port.h>
#include <stdio.h>
#include <string.h>

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static struct lw_mode parse(const char *text, unsigned lanes)
{
	struct lw_error e = {0};
	struct lw_mode m;

	if (lw_mode_parse(text, lanes, &m, &e))
		fail_msg("%s on %u lanes: %s", text, lanes, e.message);
	return m;
}

static void mode_whole_takes_every_lane(void **state)
{
	struct lw_mode m = parse("1x800G", 8);

	(void)state;
	assert_int_equal(m.n, 1);
	assert_int_equal(m.lanes, 8);
	assert_int_equal(m.port[0].first, 0);
	assert_int_equal(m.port[0].lanes, 8);
	assert_int_equal(m.port[0].rate_mbps, 800000);
	assert_int_equal(m.port[0].baud_kbd, 53125000);
	assert_int_equal(m.port[0].modulation, LW_PAM4);
	assert_string_equal(m.port[0].fec, "RS(544,514)");
}

static void mode_split_divides_the_lanes_in_order(void **state)
{
	struct lw_mode m = parse("4x200G", 8);

	(void)state;
	assert_int_equal(m.n, 4);
	for (unsigned i = 0; i < 4; i++) {
		assert_int_equal(m.port[i].index, i);
		assert_int_equal(m.port[i].first, 2 * i);
		assert_int_equal(m.port[i].lanes, 2);
		assert_int_equal(m.port[i].rate_mbps, 200000);
	}
}

static void mode_mixed_parts_follow_each_other(void **state)
{
	struct lw_mode m = parse("2x200G(4)+4x100G(4)", 8);
	static const uint8_t first[] = {0, 2, 4, 5, 6, 7}, lanes[] = {2, 2, 1, 1, 1, 1};

	(void)state;
	assert_int_equal(m.n, 6);
	for (unsigned i = 0; i < 6; i++) {
		assert_int_equal(m.port[i].first, first[i]);
		assert_int_equal(m.port[i].lanes, lanes[i]);
		assert_int_equal(m.port[i].rate_mbps, i < 2 ? 200000 : 100000);
	}
}

static void mode_part_of_the_lanes_leaves_the_rest_idle(void **state)
{
	struct lw_mode m = parse("4x25G(4)", 8);

	(void)state;
	assert_int_equal(m.n, 4);
	assert_int_equal(m.port[3].first, 3);
	assert_int_equal(m.port[3].baud_kbd, 25781250);
	assert_int_equal(m.port[3].modulation, LW_NRZ);
	assert_string_equal(m.port[3].fec, "RS(528,514)");
}

static void mode_lane_signal_follows_rate_and_lanes(void **state)
{
	static const struct {
		const char *mode;
		unsigned lanes;
		uint32_t baud;
		enum lw_modulation m;
		const char *fec;
	} rows[] = {
		{"1x10G", 1, 10312500, LW_NRZ, "none"},
		{"1x40G", 4, 10312500, LW_NRZ, "none"},
		{"1x100G", 4, 25781250, LW_NRZ, "RS(528,514)"},
		{"1x50G", 2, 25781250, LW_NRZ, "RS(528,514)"},
		{"1x400G", 8, 26562500, LW_PAM4, "RS(544,514)"},
		{"1x400G", 4, 53125000, LW_PAM4, "RS(544,514)"},
		{"1x1.6T", 8, 106250000, LW_PAM4, "RS(544,514)"},
		{"16x100G", 16, 53125000, LW_PAM4, "RS(544,514)"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct lw_mode m = parse(rows[i].mode, rows[i].lanes);

		assert_int_equal(m.port[0].baud_kbd, rows[i].baud);
		assert_int_equal(m.port[0].modulation, rows[i].m);
		assert_string_equal(m.port[0].fec, rows[i].fec);
	}
}

/* Each bad mode: what the message must say, and a mode it must offer that does parse. */
static const struct {
	const char *mode;
	unsigned lanes;
	const char *says, *offers;
} bad[] = {
	{"", 8, "is not COUNTxRATE", NULL},
	{"2x", 8, "is not COUNTxRATE", NULL},
	{"400G", 8, "is not COUNTxRATE", NULL},
	{"2x400", 8, "is not COUNTxRATE", NULL},
	{"2X400G", 8, "is not COUNTxRATE", NULL},
	{"2x400G ", 8, "is not COUNTxRATE", NULL},
	{"0x400G", 8, "is not COUNTxRATE", NULL},
	{"2x400G()", 8, "is not COUNTxRATE", NULL},
	{"2x400G(0)", 8, "is not COUNTxRATE", NULL},
	{"2x400G(8", 8, "is not COUNTxRATE", NULL},
	{"2x400G(8)x", 8, "is not COUNTxRATE", NULL},
	{"-2x400G", 8, "is not COUNTxRATE", NULL},
	{"999x400G", 8, "is not COUNTxRATE", NULL},
	{"2x400G+", 8, "several parts each need their lanes", NULL},
	{"+2x400G", 8, "is not COUNTxRATE", NULL},
	{"2x99999999999G", 8, "is not COUNTxRATE", NULL},
	{"1x200G+4x100G", 8, "several parts each need their lanes", "1x200G(4)"},
	{"3x400G", 8, "3 ports cannot share 8 lanes evenly", "2x400G"},
	{"2x400G(3)", 8, "2 ports cannot share 3 lanes evenly", "2x400G"},
	{"16x50G", 8, "16 ports cannot share 8 lanes evenly", "8x50G"},
	{"4x25G", 1, "4 ports cannot share 1 lane evenly", "1x25G"},
	{"1x300G", 8, "37.5G a lane", "1x200G"},
	{"4x10G", 8, "5G a lane", "4x10G(4)"},
	{"1x1.6T", 4, "400G a lane", "1x800G"},
	{"2x200G(4)+8x100G(8)", 8, "takes 12 lanes of a cage that has 8", "4x100G"},
	{"8x100G(16)", 8, "takes 16 lanes of a cage that has 8", "8x100G"},
};

static void mode_wrong_says_what_and_offers_a_right_one(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++) {
		struct lw_error e = {0};
		struct lw_mode m = {.n = 77};

		assert_int_equal(lw_mode_parse(bad[i].mode, bad[i].lanes, &m, &e), LW_EINVAL);
		assert_int_equal(m.n, 77);
		if (!strstr(e.message, bad[i].says))
			fail_msg("\"%s\": %s", bad[i].mode, e.message);
		if (!bad[i].offers)
			continue;
		if (!strstr(e.message, bad[i].offers))
			fail_msg("\"%s\" offers no %s: %s", bad[i].mode, bad[i].offers, e.message);
		parse(bad[i].offers, bad[i].lanes);
	}
}

static void mode_silly_cage_is_refused(void **state)
{
	struct lw_mode m;

	(void)state;
	assert_int_equal(lw_mode_parse("1x10G", 0, &m, NULL), LW_EINVAL);
	assert_int_equal(lw_mode_parse("1x10G", 17, &m, NULL), LW_EINVAL);
}

/* Whatever is offered for any wrong count, rate and cage must itself be right. */
static void mode_every_offer_parses(void **state)
{
	static const char *const rates[] = {"1G",   "10G",  "25G",  "30G",  "40G",  "50G", "75G",
					    "100G", "200G", "400G", "800G", "1.6T", "3.2T"};
	unsigned offered = 0;

	(void)state;
	for (unsigned lanes = 1; lanes <= 16; lanes *= 2)
		for (unsigned count = 1; count <= 17; count++)
			for (size_t r = 0; r < COUNT(rates); r++) {
				char mode[32], offer[32];
				struct lw_error e = {0};
				struct lw_mode m;
				const char *s;

				snprintf(mode, sizeof(mode), "%ux%s", count, rates[r]);
				if (!lw_mode_parse(mode, lanes, &m, &e))
					continue;
				s = strrchr(e.message, ';');
				assert_non_null(s);
				assert_int_equal(sscanf(s, "; %31s would fit", offer), 1);
				parse(offer, lanes);
				offered++;
			}
	assert_true(offered > 500);
}

static void rate_reads_back_what_it_writes(void **state)
{
	static const struct {
		const char *text;
		uint32_t mbps;
	} rows[] = {{"1G", 1000},     {"2.5G", 2500},    {"10G", 10000},
		    {"800G", 800000}, {"1.6T", 1600000}, {"0.1G", 100},
		    {"9.953G", 9953}, {"3.2T", 3200000}, {"10T", 10000000}};
	char buf[16];

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		uint32_t mbps = 0;
		const char *end = NULL;

		assert_int_equal(lw_rate_parse(rows[i].text, &mbps, &end), 0);
		assert_int_equal(mbps, rows[i].mbps);
		assert_int_equal(*end, '\0');
		assert_string_equal(lw_rate_text(mbps, buf, sizeof(buf)), rows[i].text);
	}
	assert_string_equal(lw_rate_text(37500, buf, sizeof(buf)), "37.5G");
	assert_string_equal(lw_rate_text(1234567, buf, sizeof(buf)), "1.234567T");
}

static void rate_wrong_is_refused(void **state)
{
	static const char *const rows[] = {"",   "G",   ".5G",     "1.G", "1.2345G", "100",
					   "0G", "11T", "100000G", "1 G", "-1G",     "1.6M"};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		uint32_t mbps = 5;
		const char *end = NULL;

		assert_int_equal(lw_rate_parse(rows[i], &mbps, &end), LW_EINVAL);
		assert_int_equal(mbps, 5);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(mode_whole_takes_every_lane),
		cmocka_unit_test(mode_split_divides_the_lanes_in_order),
		cmocka_unit_test(mode_mixed_parts_follow_each_other),
		cmocka_unit_test(mode_part_of_the_lanes_leaves_the_rest_idle),
		cmocka_unit_test(mode_lane_signal_follows_rate_and_lanes),
		cmocka_unit_test(mode_wrong_says_what_and_offers_a_right_one),
		cmocka_unit_test(mode_silly_cage_is_refused),
		cmocka_unit_test(mode_every_offer_parses),
		cmocka_unit_test(rate_reads_back_what_it_writes),
		cmocka_unit_test(rate_wrong_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
