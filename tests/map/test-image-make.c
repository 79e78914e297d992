/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Made memories, seen as bytes (offsets and values typed from the standards' tables) and as facts
 * decoded by code that knows nothing of how they were made.
 */
#include <lanewise/arena.h>
#include <lanewise/facts.h>
#include <lanewise/image.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* One byte that must stand in a memory: page as the standard counts, upper bytes from 128. */
struct known {
	uint8_t i2c, page, byte, value;
};

#define A0 0x50
#define A2 0x51

static struct lw_image *image;

static int set_up(void **state)
{
	(void)state;
	image = malloc(sizeof(*image));
	return image ? 0 : -1;
}

static int tear_down(void **state)
{
	(void)state;
	free(image);
	return 0;
}

static const struct lw_part *make(const char *name, const struct lw_image_options *opt)
{
	const struct lw_part *p = lw_part_find(name);
	struct lw_error error = {0};

	assert_non_null(p);
	if (lw_image_make(p, opt, image, &error) < 0)
		fail_msg("%s: %s", name, error.message);
	return p;
}

static uint8_t byte_at(uint8_t i2c, uint8_t page, uint8_t byte)
{
	int slot = lw_map_slot(image->map, i2c, page, byte >= 128);

	assert_true(slot >= 0);
	assert_int_equal(image->present[0][slot], 1);
	return image->slot[0][slot][byte & 0x7f];
}

static void check_bytes(const struct known *known, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		uint8_t got = byte_at(known[i].i2c, known[i].page, known[i].byte);

		if (got != known[i].value)
			fail_msg("%02x page %02xh byte %u: %02x, not %02x", known[i].i2c,
				 known[i].page, known[i].byte, got, known[i].value);
	}
}

#define CHECK_BYTES(k) check_bytes(k, sizeof(k) / sizeof((k)[0]))

static void decode(struct lw_facts *ret)
{
	struct lw_view v;

	lw_image_view(image, &v);
	lw_facts_decode(&v, ret);
}

static void check_sum(uint8_t i2c, uint8_t page, uint8_t first, uint8_t last, uint8_t at)
{
	unsigned sum = 0;

	for (unsigned b = first; b <= last; b++)
		sum += byte_at(i2c, page, (uint8_t)b);
	assert_int_equal(byte_at(i2c, page, at), sum & 0xff);
}

/* CMIS 5.4 Tables 8-5, 8-20 to 8-23, 8-30 to 8-41, 8-43 to 8-57. */
static void cmis_dr8_bytes_are_as_the_standard_places_them(void **state)
{
	static const struct known known[] = {
		{A0, 0, 0, 0x19},   {A0, 0, 1, 0x52},   {A0, 0, 2, 0x00},
		{A0, 0, 3, 0x03}, /* ModuleLowPwr, interrupt not asserted */
		{A0, 0, 85, 0x02},  {A0, 0, 86, 0x51},  {A0, 0, 87, 0x56},
		{A0, 0, 88, 0x88},  {A0, 0, 89, 0x01},  {A0, 0, 90, 0x4f},
		{A0, 0, 91, 0x1c},  {A0, 0, 92, 0x44},  {A0, 0, 93, 0x11},
		{A0, 0, 94, 0x4b},  {A0, 0, 95, 0x14},  {A0, 0, 96, 0x11},
		{A0, 0, 97, 0xff},  {A0, 0, 98, 0xff},  {A0, 0, 99, 0x00},
		{A0, 0, 128, 0x19}, {A0, 0, 129, 'L'},  {A0, 0, 136, 'E'},
		{A0, 0, 137, ' '},  {A0, 0, 148, 'O'},  {A0, 0, 200, 0xe0}, /* class 8 */
		{A0, 0, 201, 68},                                           /* 17 W in quarters */
		{A0, 0, 202, 0x00}, {A0, 0, 203, 0x28}, {A0, 0, 210, 0x00},
		{A0, 0, 211, 0x00}, {A0, 0, 212, 0x04}, {A0, 1, 132, 0x05}, /* 500 m */
		{A0, 1, 134, 0x00}, {A0, 1, 138, 0x66}, {A0, 1, 139, 0x6c}, /* 1311 nm */
		{A0, 1, 140, 0x05}, {A0, 1, 141, 0x14},                     /* 6.5 nm */
		{A0, 1, 142, 0x64}, {A0, 1, 144, 0x47}, {A0, 1, 155, 0x2f},
		{A0, 1, 156, 0x07}, {A0, 1, 157, 0x07}, {A0, 1, 158, 0x06},
		{A0, 1, 159, 0x03}, {A0, 1, 160, 0x07}, {A0, 1, 161, 0x09},
		{A0, 1, 162, 0x1d}, {A0, 1, 167, 0x57}, {A0, 1, 168, 0x46},
		{A0, 1, 176, 0x01}, {A0, 1, 177, 0x11}, {A0, 1, 178, 0xff},
		{A0, 1, 179, 0x00}, {A0, 2, 128, 75},   {A0, 2, 129, 0x00},
		{A0, 2, 130, 0xfb},                     /* -5 degC */
		{A0, 2, 136, 0x8d}, {A0, 2, 137, 0xcc}, /* 3.63 V */
	};

	(void)state;
	make("OSFP-800G-DR8", NULL);
	assert_int_equal(image->map, LW_MAP_CMIS);
	CHECK_BYTES(known);
	check_sum(A0, 0, 128, 221, 222);
	check_sum(A0, 1, 130, 254, 255);
	check_sum(A0, 2, 128, 254, 255);
}

/* What a paged optic can be asked for: CMIS 5.4 Tables 8-55, 8-111 to 8-118, 8-178 to 8-186. */
static void cmis_optics_advertise_commands_and_diagnostics(void **state)
{
	/* clang-format off */
	static const struct known known[] = {
		{A0, 1, 163, 0x77}, /* one instance, in the background, 2048 bytes of EPL */
		{A0, 1, 164, 0xff},
		{A0, 1, 165, 0x94},
		{A0, 1, 166, 0x80},
		{A0, 0x13, 128, 0x3f}, /* loopbacks, lane by lane */
		{A0, 0x13, 129, 0x74},
		{A0, 0x13, 130, 0x33},
		{A0, 0x13, 131, 0xaa},
		{A0, 0x13, 132, 0xff}, /* patterns 0 to 12, low byte first */
		{A0, 0x13, 133, 0x1f},
		{A0, 0x13, 138, 0xff},
		{A0, 0x13, 139, 0x1f},
		{A0, 0x13, 142, 0xff},
		{A0, 0x20, 128, 0x00}, /* SNR of media lanes 1 and 2, then of host lane 1 */
		{A0, 0x20, 129, 0x05},
		{A0, 0x20, 130, 0x01},
		{A0, 0x20, 131, 0x05},
		{A0, 0x20, 144, 0x10},
		{A0, 0x20, 145, 0x06},
		{A0, 0x28, 128, 0x3c}, /* 60 dB and 16.5 dB */
		{A0, 0x28, 129, 0x00},
		{A0, 0x28, 130, 0x10},
		{A0, 0x28, 131, 0x80},
		{A0, 0x28, 152, 0x90}, /* pre-FEC BER 240 x 10^-6 */
		{A0, 0x28, 153, 0xf0},
		{A0, 0x2f, 128, 0x02}, /* three groups */
	};
	/* clang-format on */

	(void)state;
	make("OSFP-800G-DR8", NULL);
	CHECK_BYTES(known);
	make("QSFP-DD-400G-DR4", NULL); /* four media lanes: the fifth instance is a host lane's */
	assert_int_equal(byte_at(A0, 0x20, 135), 0x05);
	assert_int_equal(byte_at(A0, 0x20, 137), 0x06);
	make("AEC-OSFP-800G", NULL); /* no light to watch */
	assert_int_equal(byte_at(A0, 1, 142), 0x24);
	assert_int_equal(image->present[0][LW_CMIS_SLOT_20H], 0);
}

/* Fewer media lanes than host lanes: the other four are marked unsupported (00h:210). */
static void cmis_gearbox_marks_missing_media_lanes(void **state)
{
	static const struct known known[] = {
		{A0, 0, 86, 0x11}, {A0, 0, 88, 0x84},  {A0, 0, 90, 0x0d},  {A0, 0, 92, 0x21},
		{A0, 0, 93, 0x55}, {A0, 0, 210, 0xf0}, {A0, 1, 177, 0x0f},
	};

	(void)state;
	make("QSFP-DD-400G-DR4", NULL);
	CHECK_BYTES(known);
}

/* Passive copper is flat: identity only, length by multiplier, loss rounded up. */
static void cmis_passive_cable_is_flat_with_length_and_loss(void **state)
{
	static const struct known known[] = {
		{A0, 0, 2, 0x80},   {A0, 0, 3, 0x07}, /* ModuleReady, interrupt not asserted */
		{A0, 0, 85, 0x03},  {A0, 0, 86, 0x48},  {A0, 0, 87, 0x01},
		{A0, 0, 88, 0x44},  {A0, 0, 89, 0x11},  {A0, 0, 200, 0x00},
		{A0, 0, 201, 1},    {A0, 0, 202, 25}, /* 25 x 0.1 m */
		{A0, 0, 203, 0x23}, {A0, 0, 204, 7},  /* 0.8 + 2.5 x 2.3 dB */
		{A0, 0, 207, 20},                     /* 3.5 + 2.5 x 6.3 dB */
		{A0, 0, 208, 0},    {A0, 0, 211, 0x03}, {A0, 0, 212, 0x0a},
	};
	struct lw_image_options opt = {.length_m = 2.5};

	(void)state;
	make("DAC-OSFP-2xQSFP112", &opt);
	CHECK_BYTES(known);
	assert_int_equal(image->present[0][LW_CMIS_SLOT_01H], 0);
	assert_int_equal(image->present[0][LW_CMIS_SLOT_11H], 0);
}

static void cmis_cable_length_takes_finest_multiplier(void **state)
{
	static const struct {
		double metres;
		uint8_t byte;
	} cases[] = {{0.3, 3},        {6.3, 63},        {6.4, 0x40 | 7},  {30, 0x40 | 30},
		     {63, 0x40 | 63}, {100, 0x80 | 10}, {6300, 0xc0 | 63}};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct lw_image_options opt = {.length_m = cases[i].metres};

		make("AOC-OSFP-800G", &opt);
		assert_int_equal(byte_at(A0, 0, 202), cases[i].byte);
	}
}

static void cmis_cable_too_long_is_refused(void **state)
{
	struct lw_image_options opt = {.length_m = 6301};
	struct lw_error error = {0};

	(void)state;
	assert_int_equal(lw_image_make(lw_part_find("AOC-OSFP-800G"), &opt, image, &error),
			 LW_ELIMIT);
	assert_non_null(strstr(error.message, "6301 m"));
}

/* SFF-8636 2.11 Tables 6-1, 6-14 to 6-24. */
static void sff8636_sr4_bytes_are_as_the_standard_places_them(void **state)
{
	static const struct known known[] = {
		{A0, 0, 0, 0x11},   {A0, 0, 1, 0x08},   {A0, 0, 98, 0xff}, /* retimers on */
		{A0, 0, 128, 0x11}, {A0, 0, 129, 0x8c},                    /* class 3, retimers */
		{A0, 0, 130, 0x0c}, {A0, 0, 131, 0x80}, {A0, 0, 139, 0x05},
		{A0, 0, 140, 0xff}, {A0, 0, 142, 0x00}, {A0, 0, 143, 35}, /* 70 m in twos */
		{A0, 0, 146, 50},                                         /* 100 m in twos */
		{A0, 0, 147, 0x00}, {A0, 0, 148, 'L'},  {A0, 0, 168, 'Q'},
		{A0, 0, 186, 0x42}, {A0, 0, 187, 0x68}, /* 850 nm in twentieths */
		{A0, 0, 188, 0x07}, {A0, 0, 189, 0xd0}, /* 10 nm in two-hundredths */
		{A0, 0, 190, 70},   {A0, 0, 192, 0x02}, {A0, 0, 194, 0xff},
		{A0, 0, 195, 0x1a}, {A0, 0, 220, 0x3c}, {A0, 0, 222, 103},  /* 25.75 GBd */
		{A0, 3, 128, 75},   {A0, 3, 176, 0x6b}, {A0, 3, 177, 0x96}, /* 4.4 dBm */
	};

	(void)state;
	make("QSFP28-100G-SR4", NULL);
	CHECK_BYTES(known);
	check_sum(A0, 0, 128, 190, 191);
	check_sum(A0, 0, 192, 222, 223);
}

static void sff8636_power_classes_take_their_bits(void **state)
{
	static const struct {
		const char *part;
		uint8_t bits; /* 129.7-5 and 1-0 */
	} cases[] = {{"QSFP+-40G-SR4", 0x00},     {"QSFP28-100G-SR4", 0x80},
		     {"QSFP28-100G-CWDM4", 0xc0}, {"QSFP28-100G-LR4", 0xc1},
		     {"QSFP28-100G-DR", 0xc2},    {"AOC-QSFP56", 0xc3}};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		make(cases[i].part, NULL);
		assert_int_equal(byte_at(A0, 0, 129) & 0xe3, cases[i].bits);
	}
}

static void sff8636_class_8_states_watts(void **state)
{
	struct lw_part hot = *lw_part_find("QSFP28-100G-DR");
	struct lw_error error = {0};

	(void)state;
	hot.power_w = 5.25;
	assert_int_equal(lw_image_make(&hot, NULL, image, &error), 0);
	assert_int_equal(byte_at(A0, 0, 129) & 0xe3, 0xe3);
	assert_int_equal(byte_at(A0, 0, 107), 53);
}

static void sff8636_passive_cable_has_loss_where_optics_have_light(void **state)
{
	static const struct known known[] = {
		{A0, 0, 2, 0x06},   /* flat, interrupt not asserted */
		{A0, 0, 113, 0x40}, /* 4 x 1 at the far end */
		{A0, 0, 130, 0x23}, {A0, 0, 131, 0x80}, {A0, 0, 145, 17}, /* 3.5 + 2 x 6.3 dB */
		{A0, 0, 146, 2},    {A0, 0, 147, 0xa0}, {A0, 0, 186, 4},  /* 0.5 + 2 x 1.5 dB */
		{A0, 0, 187, 6},    {A0, 0, 188, 7},    {A0, 0, 189, 10}, {A0, 0, 192, 0x0b},
	};
	struct lw_image_options opt = {.length_m = 2};

	(void)state;
	make("DAC-QSFP28-4xSFP28", &opt);
	CHECK_BYTES(known);
	assert_int_equal(image->present[0][LW_SFF8636_SLOT_03H], 0);
}

static void sff8636_leg_marks_unused_channels(void **state)
{
	(void)state;
	make("DAC-QSFP28-2xQSFP28/far", NULL);
	assert_int_equal(byte_at(A0, 0, 113) & 0x0f, 0x0c);
}

/* SFF-8472 12.4.3 Tables 4-1, 5-1 to 5-3, 8-1 to 8-7, 9-5. */
static void sff8472_10g_sr_bytes_are_as_the_standard_places_them(void **state)
{
	static const struct known known[] = {
		{A0, 0, 0, 0x03},  {A0, 0, 1, 0x04},  {A0, 0, 2, 0x07},  {A0, 0, 3, 0x10},
		{A0, 0, 8, 0x00},  {A0, 0, 11, 0x06}, {A0, 0, 12, 103},  {A0, 0, 14, 0},
		{A0, 0, 16, 9}, /* 82 m in tens, rounded up */
		{A0, 0, 17, 4},    {A0, 0, 18, 40},   {A0, 0, 19, 30},   {A0, 0, 20, 'L'},
		{A0, 0, 36, 0x00}, {A0, 0, 40, 'S'},  {A0, 0, 60, 0x03}, {A0, 0, 61, 0x52},
		{A0, 0, 64, 0x00}, {A0, 0, 65, 0x1a}, {A0, 0, 68, 'L'},  {A0, 0, 84, '2'},
		{A0, 0, 92, 0x68}, {A0, 0, 93, 0xf0}, {A0, 0, 94, 0x08}, {A2, 0, 0, 75},
		{A2, 0, 8, 0x8d},  {A2, 0, 9, 0xcc},
	};

	(void)state;
	make("SFP+-10G-SR", NULL);
	CHECK_BYTES(known);
	check_sum(A0, 0, 0, 62, 63);
	check_sum(A0, 0, 64, 94, 95);
	check_sum(A2, 0, 0, 94, 95);
}

static void sff8472_passive_cable_has_no_diagnostics(void **state)
{
	static const struct known known[] = {
		{A0, 0, 8, 0x04}, {A0, 0, 12, 0xff}, {A0, 0, 14, 14}, /* 2.0 + 3 x 4.0 dB */
		{A0, 0, 15, 23}, /* 3.5 + 3 x 6.3 dB, rounded up */
		{A0, 0, 18, 3},   {A0, 0, 36, 0x0d}, {A0, 0, 66, 103}, {A0, 0, 92, 0x00},
	};
	struct lw_image_options opt = {.length_m = 3};

	(void)state;
	make("DAC-SFP28", &opt);
	CHECK_BYTES(known);
	assert_int_equal(image->present[0][LW_SFF8472_SLOT_A2], 0);
}

static void sff8472_power_levels_take_their_bits(void **state)
{
	struct lw_part hot = *lw_part_find("SFP56-50G-LR");

	(void)state;
	make("SFP28-25G-LR", NULL);
	assert_int_equal(byte_at(A0, 0, 64) & 0x62, 0x02);
	make("SFP56-50G-LR", NULL);
	assert_int_equal(byte_at(A0, 0, 64) & 0x62, 0x20);
	hot.power_w = 2.45;
	assert_int_equal(lw_image_make(&hot, NULL, image, NULL), 0);
	assert_int_equal(byte_at(A0, 0, 64) & 0x62, 0x60);
	assert_int_equal(byte_at(A2, 0, 66), 25);
}

/* SFF-8472: one length byte of 100 m units cannot hold 40 km; all ones say "more". */
static void sff8472_length_beyond_a_byte_is_all_ones(void **state)
{
	struct lw_part far = *lw_part_find("SFP+-10G-LR");

	(void)state;
	far.pmd = lw_pmd_find("10GBASE-ER");
	assert_int_equal(lw_image_make(&far, NULL, image, NULL), 0);
	assert_int_equal(byte_at(A0, 0, 14), 40);
	assert_int_equal(byte_at(A0, 0, 15), 0xff);
}

static void options_name_the_module(void **state)
{
	struct lw_image_options opt = {.vendor = "ACME", .pn = "A-PART-NUMBER-TOO-LONG", .sn = "7"};
	struct lw_facts f;

	(void)state;
	make("OSFP-800G-DR8", &opt);
	decode(&f);
	assert_string_equal(f.vendor_name, "ACME");
	assert_string_equal(f.vendor_pn, "A-PART-NUMBER-TO");
	assert_string_equal(f.vendor_sn, "7");
	make("OSFP-800G-DR8", NULL);
	decode(&f);
	assert_string_equal(f.vendor_name, "LANEWISE");
	assert_string_equal(f.vendor_pn, "OSFP-800G-DR8");
	assert_string_equal(f.vendor_sn, "LW000001");
}

static void part_of_no_map_is_not_supported(void **state)
{
	struct lw_part odd = *lw_part_find("OSFP-800G-DR8");
	struct lw_error error = {0};

	(void)state;
	odd.map = LW_MAP_NONE;
	assert_int_equal(lw_image_make(&odd, NULL, image, &error), LW_ENOTSUP);
	assert_int_equal(error.code, LW_ENOTSUP);
}

/* Two makes of one part give the same bytes, whatever was in the memory before. */
static void make_is_repeatable(void **state)
{
	struct lw_image *again = malloc(sizeof(*again));

	(void)state;
	assert_non_null(again);
	make("QSFP112-400G-SR4", NULL);
	memset(again, 0xa5, sizeof(*again));
	assert_int_equal(lw_image_make(lw_part_find("QSFP112-400G-SR4"), NULL, again, NULL), 0);
	assert_memory_equal(image, again, sizeof(*image));
	free(again);
}

static void check_cmis_apps(const struct lw_part *p, const struct lw_facts *f)
{
	assert_int_equal(f->app_n, p->app_n);
	for (unsigned i = 0; i < p->app_n; i++) {
		assert_int_equal(f->app[i].apsel, i + 1);
		assert_int_equal(f->app[i].host_id, p->app[i].host_id);
		assert_int_equal(f->app[i].media_id, p->app[i].media_id);
		assert_int_equal(f->app[i].host_lanes, p->app[i].host_lanes);
		assert_int_equal(f->app[i].media_lanes, p->app[i].media_lanes);
		assert_int_equal(f->app[i].host_assign, p->app[i].host_assign);
		assert_int_equal(f->app[i].media_assign, p->flat ? -1 : p->app[i].media_assign);
		assert_false(f->app[i].after_gap);
	}
}

/* A level that survived its register is within a register's step of what the part says. */
static void check_level(double got, double want, double step)
{
	assert_true(got >= want - step && got <= want + step);
}

static void check_limits(const struct lw_part *p, const struct lw_facts *f)
{
	const struct lw_thresholds *t = p->limits;
	const struct lw_limits *l = f->limits;

	assert_int_equal(f->has_thresholds, t != NULL);
	if (!t)
		return;
	check_level(l[LW_Q_TEMPERATURE].high_alarm, t->temperature_c.high_alarm, 0.01);
	check_level(l[LW_Q_VCC].low_warning, t->vcc_v.low_warning, 0.0001);
	if (isnan(t->rx_power_mw.high_alarm))
		return;
	check_level(l[LW_Q_TX_BIAS].high_alarm, t->tx_bias_ma.high_alarm, 0.002);
	check_level(l[LW_Q_TX_POWER].low_alarm, t->tx_power_mw.low_alarm, 0.0001);
	check_level(l[LW_Q_RX_POWER].high_warning, t->rx_power_mw.high_warning, 0.0001);
}

static void check_cable(const struct lw_part *p, const struct lw_facts *f)
{
	assert_int_equal(p->receptacles == 0, f->cable != NULL);
	if (!f->cable)
		return;
	check_level(f->cable_length_m, p->length_m, 1e-6);
	assert_int_equal(!strcmp(f->cable, "passive copper"), p->wire != NULL);
	if (p->wire && p->map != LW_MAP_SFF8472)
		assert_int_equal(f->has_attenuation, 1);
}

/* The decoder finds in every part's memory what its row says, and nothing wrong with it. */
static void every_part_decodes_to_its_row(void **state)
{
	size_t n;
	const struct lw_part *p = lw_parts(&n);
	struct lw_arena arena;

	(void)state;
	lw_arena_init(&arena, 0);
	for (size_t i = 0; i < n; i++) {
		struct lw_findings problems;
		struct lw_facts f;

		lw_findings_init(&problems, &arena);
		make(p[i].name, NULL);
		decode(&f);
		assert_int_equal(lw_facts_problems(&f, p[i].name, &problems), 0);
		if (problems.n)
			fail_msg("%s: %s", p[i].name, problems.v[0].text);
		assert_int_equal(f.map, p[i].map);
		assert_int_equal(f.identifier, p[i].identifier);
		assert_int_equal(f.connector, p[i].connector);
		assert_true(f.lower_page_valid);
		assert_int_equal(strncmp(f.vendor_pn, p[i].name, sizeof(f.vendor_pn) - 1), 0);
		for (unsigned k = 0; k < f.checksum_n; k++)
			assert_int_equal(f.checksum[k].stored, f.checksum[k].computed);
		if (p[i].map == LW_MAP_CMIS) {
			assert_int_equal(f.media_type, p[i].media_type);
			assert_true(f.max_power_w >= p[i].power_w);
			assert_true(f.max_power_w < p[i].power_w + 0.25);
			check_cmis_apps(&p[i], &f);
		} else {
			assert_int_equal(f.extended_compliance, p[i].ext_compliance);
		}
		check_limits(&p[i], &f);
		check_cable(&p[i], &f);
	}
	lw_arena_finish(&arena);
}

/* What a part can carry is found from its memory alone, and its PMD is among it. */
static void every_part_has_abilities_from_its_memory(void **state)
{
	size_t n;
	const struct lw_part *p = lw_parts(&n);

	(void)state;
	for (size_t i = 0; i < n; i++) {
		struct lw_ability a[LW_ABILITIES_MAX];
		struct lw_facts f;
		size_t found;
		bool whole = false;

		make(p[i].name, NULL);
		decode(&f);
		found = lw_facts_abilities(&f, a);
		assert_true(found > 0);
		for (size_t k = 0; k < found; k++)
			whole |= a[k].pmd && p[i].pmd &&
				 (a[k].pmd == p[i].pmd ||
				  (p[i].pmd->splits && strstr(p[i].pmd->splits, a[k].pmd->name)));
		/* The very one, or those it is made of. Twins and legs name their halves. */
		if (p[i].pmd && p[i].receptacles == 1)
			assert_true(whole);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(cmis_dr8_bytes_are_as_the_standard_places_them),
		cmocka_unit_test(cmis_optics_advertise_commands_and_diagnostics),
		cmocka_unit_test(cmis_gearbox_marks_missing_media_lanes),
		cmocka_unit_test(cmis_passive_cable_is_flat_with_length_and_loss),
		cmocka_unit_test(cmis_cable_length_takes_finest_multiplier),
		cmocka_unit_test(cmis_cable_too_long_is_refused),
		cmocka_unit_test(sff8636_sr4_bytes_are_as_the_standard_places_them),
		cmocka_unit_test(sff8636_power_classes_take_their_bits),
		cmocka_unit_test(sff8636_class_8_states_watts),
		cmocka_unit_test(sff8636_passive_cable_has_loss_where_optics_have_light),
		cmocka_unit_test(sff8636_leg_marks_unused_channels),
		cmocka_unit_test(sff8472_10g_sr_bytes_are_as_the_standard_places_them),
		cmocka_unit_test(sff8472_passive_cable_has_no_diagnostics),
		cmocka_unit_test(sff8472_power_levels_take_their_bits),
		cmocka_unit_test(sff8472_length_beyond_a_byte_is_all_ones),
		cmocka_unit_test(options_name_the_module),
		cmocka_unit_test(part_of_no_map_is_not_supported),
		cmocka_unit_test(make_is_repeatable),
		cmocka_unit_test(every_part_decodes_to_its_row),
		cmocka_unit_test(every_part_has_abilities_from_its_memory),
	};

	return cmocka_run_group_tests_name("image-make", tests, set_up, tear_down);
}
