/* SPDX-License-Identifier: Apache-2.0 */
#include "support.h"

#include "calibration.h"

#include <math.h>

/*
 * What a host sets in SFF-8636 and SFF-8472 modules, by register and by pin. Bytes and bits are
 * written here as the standards' tables give them, not taken from our maps.
 */

#define NRZ_25G 25781250u
enum { LOWER = -1 };

static struct lw_image image;
static struct lw_world *w;
static struct lw_twin *a, *b;

static const struct lw_part *qsfp_part(void)
{
	static struct lw_part part = {
		.name = "QSFP", .doc = "", .map = LW_MAP_SFF8636, .receptacles = 1, .power_w = 3.5};

	part.form = lw_form_find("QSFP28");
	part.pmd = lw_pmd_find("100GBASE-SR4");
	return &part;
}

static const struct lw_part *sfp_part(void)
{
	static struct lw_part part = {
		.name = "SFP", .doc = "", .map = LW_MAP_SFF8472, .receptacles = 1, .power_w = 2};

	part.form = lw_form_find("SFP28");
	part.pmd = lw_pmd_find("25GBASE-SR");
	return &part;
}

static void bytes(struct lw_image *img, int slot, unsigned byte, const uint8_t *p, size_t n)
{
	img->present[0][slot] = 1;
	memcpy(&img->slot[0][slot][byte % 128], p, n);
}

static void byte(struct lw_image *img, int slot, unsigned at, uint8_t v)
{
	bytes(img, slot, at, &v, 1);
}

#define Q00(at, v) byte(&image, LW_SFF8636_SLOT_00H, at, v)
#define A0(at, v)  byte(&image, LW_SFF8472_SLOT_A0, at, v)
#define A2(at, v)  byte(&image, LW_SFF8472_SLOT_A2, at, v)

static int setup_qsfp(void **state)
{
	(void)state;
	memset(&image, 0, sizeof(image));
	image.map = LW_MAP_SFF8636;
	byte(&image, LW_SFF8636_SLOT_L, 0, 0x11);
	Q00(128, 0x11);
	Q00(194, 0x30); /* both CDRs have loss of lock flags */
	assert_int_equal(lw_world_create(1, &w, NULL), 0);
	return 0;
}

static int setup_sfp(void **state)
{
	(void)state;
	memset(&image, 0, sizeof(image));
	image.map = LW_MAP_SFF8472;
	A0(0, 0x03);
	A0(92, 0x68); /* monitors, internally calibrated, average power */
	A0(93, 0xf0);
	A0(64, 0x08); /* a CDR */
	A2(0, 75);
	A2(2, 0xfb);
	A2(4, 70);
	assert_int_equal(lw_world_create(1, &w, NULL), 0);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	lw_world_destroy(w);
	return 0;
}

/* Two modules of `image`, joined and driven. */
static void begin(const struct lw_part *part, unsigned lanes, uint32_t baud_kbd)
{
	a = plug(w, "a", part, &image, false);
	b = plug(w, "b", part, &image, false);
	join_all(w, a, b, lanes, LW_MMF, 1);
	drive_all(a, lanes, baud_kbd, LW_NRZ);
	drive_all(b, lanes, baud_kbd, LW_NRZ);
	pass(w, 5000);
}

static unsigned receiving(const struct lw_twin *t)
{
	struct lw_signal s;
	unsigned mask = 0;

	for (unsigned i = 0; i < 4; i++)
		mask |= lw_twin_receive(t, i, &s) ? 1u << i : 0;
	return mask;
}

static uint8_t a2(struct lw_twin *t, unsigned at)
{
	struct lw_addr addr = {.i2c = 0x51, .byte = (uint8_t)at};
	uint8_t v;

	assert_int_equal(lw_bus_read(lw_twin_bus(t), addr, &v, 1, NULL), 0);
	return v;
}

static void put_a2(struct lw_twin *t, unsigned at, uint8_t v)
{
	struct lw_addr addr = {.i2c = 0x51, .byte = (uint8_t)at};

	assert_int_equal(lw_bus_write(lw_twin_bus(t), addr, &v, 1, NULL), 0);
}

/* A flag byte now: what was latched before is read away. */
static uint8_t flags_now(struct lw_twin *t, unsigned at)
{
	get_byte(t, LOWER, at);
	pass(w, 10);
	return get_byte(t, LOWER, at);
}

/* --- SFF-8636: 195.5 and 221.3 advertise, 141 tells the codes of bytes 87 and 88 */

static void sff8636_rate_select_is_per_lane_and_direction(void **state)
{
	(void)state;
	Q00(141, 0x02); /* 0 up to 12 GBd, 1 to 24, 2 to 26, 3 beyond (Table 6-12) */
	Q00(195, 0x20);
	Q00(221, 0x08);
	begin(qsfp_part(), 4, NRZ_25G);
	/* Writable bytes are 0 at power-up (5.5): too slow for 25 GBd. */
	assert_int_equal(receiving(a), 0);
	put_byte(a, LOWER, 87, 0xaa);
	put_byte(a, LOWER, 88, 0xaa);
	put_byte(b, LOWER, 87, 0xff);
	put_byte(b, LOWER, 88, 0xff);
	pass(w, 1000);
	assert_int_equal(receiving(a), 0x0f);
	assert_int_equal(receiving(b), 0x0f);
	flags_now(a, 5);
	put_byte(a, LOWER, 87, 0xa9); /* receiver of lane 1 */
	assert_int_equal(receiving(a), 0x0f);
	pass(w, 1000);
	assert_int_equal(receiving(a), 0x0e);
	assert_int_equal(receiving(b), 0x0f);
	assert_int_equal(flags_now(a, 5), 0x01);
	flags_now(a, 3);
	assert_int_equal(get_byte(a, LOWER, 3), 0); /* light is there: no LOS */
	put_byte(a, LOWER, 87, 0xaa);
	put_byte(a, LOWER, 88, 0x6a); /* transmitter of lane 4 */
	pass(w, 1000);
	assert_int_equal(receiving(a), 0x0f);
	assert_int_equal(receiving(b), 0x07);
	assert_int_equal(flags_now(a, 5), 0x80);
	assert_int_equal(flags_now(b, 5), 0x08);
}

static void sff8636_rate_select_version_1_has_its_own_limits(void **state)
{
	static const struct {
		uint8_t code;
		bool works;
	} at_10g[] = {{0x00, false}, {0x55, false}, {0xaa, true}};

	(void)state;
	Q00(141, 0x01); /* 0 up to 2.2 GBd, 1 to 6.6, 2 beyond */
	Q00(195, 0x20);
	Q00(221, 0x08);
	begin(qsfp_part(), 4, NRZ_25G);
	for (size_t i = 0; i < sizeof(at_10g) / sizeof(at_10g[0]); i++) {
		put_byte(a, LOWER, 87, at_10g[i].code);
		put_byte(b, LOWER, 88, 0xaa);
		pass(w, 1000);
		assert_int_equal(receiving(a), at_10g[i].works ? 0x0f : 0);
	}
}

static void sff8636_without_extended_rate_select_any_rate_passes(void **state)
{
	static const uint8_t advertised[][2] = {{0x00, 0x08}, {0x20, 0x00}};

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		Q00(141, 0x02);
		Q00(195, advertised[i][0]);
		Q00(221, advertised[i][1]);
		begin(qsfp_part(), 4, NRZ_25G);
		assert_int_equal(receiving(a), 0x0f);
	}
}

/* --- SFF-8636: power classes (00h:129.5 and 1-0) and byte 93 (Table 6-11) */

static void sff8636_power_classes_are_enabled_by_byte_93(void **state)
{
	static const uint8_t classes[] = {0xc0, 0xc2, 0xe3}; /* 4, 6, 8 */
	static const struct {
		uint8_t control;
		bool lpmode, high[3];
	} row[] = {
		{0x00, false, {true, false, false}},  {0x04, false, {true, true, false}},
		{0x0c, false, {true, true, true}},    {0x08, false, {true, false, true}},
		{0x0c, true, {false, false, false}},  {0x02, false, {true, false, false}},
		{0x01, true, {true, false, false}},   {0x05, true, {true, true, false}},
		{0x0d, true, {true, true, true}},     {0x09, true, {true, false, true}},
		{0x0f, false, {false, false, false}}, {0x03, false, {false, false, false}},
	};

	(void)state;
	for (unsigned k = 0; k < 3; k++) {
		Q00(129, classes[k]);
		begin(qsfp_part(), 4, NRZ_25G);
		for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
			put_byte(a, LOWER, 93, row[i].control);
			lw_twin_pin_lpmode(a, row[i].lpmode);
			pass(w, 1000);
			assert_int_equal(get_byte(a, LOWER, 42) != 0 || get_byte(a, LOWER, 43),
					 row[i].high[k]);
		}
	}
}

/* --- SFF-8472: rate selects (A0h 13, 65.5, 93.3, 93.1; A2h 110.3-4, 118.3, pins) */

static void sff8472_rate_selects_are_pin_or_bit(void **state)
{
	(void)state;
	A0(13, 0x0a); /* FC-PI-5: RS0 for the receiver, RS1 for the transmitter */
	A0(65, 0x30);
	A0(93, 0xf2); /* soft selects of both (93.1) */
	begin(sfp_part(), 1, NRZ_25G);
	assert_int_equal(receiving(a), 0);
	put_a2(b, 118, 0x08); /* b sends fast, a does not receive so */
	pass(w, 500);
	assert_int_equal(receiving(a), 0);
	assert_int_equal(a2(a, 119) & 0x01, 0x01);
	put_a2(a, 110, 0x08);
	pass(w, 90);
	assert_int_equal(receiving(a), 0);
	pass(w, 500);
	assert_int_equal(receiving(a), 1);
	assert_int_equal(a2(a, 119) & 0x01, 0);
	assert_int_equal(a2(b, 119) & 0x02, 0);
	assert_int_equal(a2(a, 119) & 0x02, 0x02); /* its own transmitter is still slow */
	assert_int_equal(receiving(b), 0);
	put_a2(b, 110, 0x08);
	lw_twin_pin_rate(a, false, true); /* RS1 by pin */
	pass(w, 500);
	assert_int_equal(receiving(b), 1);
	assert_int_equal(a2(a, 118) & 0x08, 0);
	lw_twin_pin_rate(a, true, false);
	put_a2(a, 110, 0x00);
	pass(w, 500);
	assert_int_equal(receiving(a), 1); /* the pin replaces the bit */
	assert_int_equal(a2(a, 110) & 0x18, 0x10);
	assert_int_equal(receiving(b), 0);
	put_a2(a, 119, 0x04); /* 64GFC overrides */
	pass(w, 500);
	assert_int_equal(receiving(b), 1);
}

static void sff8472_rate_identifier_says_which_direction(void **state)
{
	static const struct {
		uint8_t id;
		bool rx, tx; /* is held back while low, at 25.78 GBd */
	} row[] = {{0x02, true, false}, {0x04, false, true}, {0x06, true, true},
		   {0x08, true, false}, {0x0c, true, true},  {0x10, false, false}};

	(void)state;
	for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		A0(13, 0x00);
		A0(65, 0x10);
		a = plug(w, "a", sfp_part(), &image, false); /* without rate select */
		A0(13, row[i].id);
		A0(65, 0x30);
		b = plug(w, "b", sfp_part(), &image, false);
		join_all(w, a, b, 1, LW_MMF, 1);
		drive_all(a, 1, NRZ_25G, LW_NRZ);
		drive_all(b, 1, NRZ_25G, LW_NRZ);
		pass(w, 3000);
		assert_int_equal(receiving(b), !row[i].rx);
		assert_int_equal(receiving(a), !row[i].tx);
	}
}

static void sff8472_retimed_10_8g_starts_at_full_rate(void **state)
{
	(void)state;
	A0(13, 0x0e);
	A0(65, 0x30);
	A0(93, 0xfa);
	begin(sfp_part(), 1, NRZ_25G);
	assert_int_equal(a2(a, 110) & 0x08, 0x08);
	assert_int_equal(a2(a, 118) & 0x08, 0x08);
	assert_int_equal(receiving(a), 1);
	put_a2(a, 110, 0x00);
	pass(w, 500);
	assert_int_equal(receiving(a), 0);
}

static void sff8472_pins_can_be_ignored(void **state)
{
	(void)state;
	A0(13, 0x02);
	A0(65, 0x30);
	A2(56, 0x10); /* pin state ignore supported (enhanced block) */
	begin(sfp_part(), 1, NRZ_25G);
	lw_twin_pin_rate(a, true, false);
	pass(w, 500);
	assert_int_equal(receiving(a), 1);
	put_a2(a, 73, 0x10);
	pass(w, 500);
	assert_int_equal(receiving(a), 0);
}

static void sff8472_squelch_is_forced_by_the_enhanced_block(void **state)
{
	(void)state;
	A2(56, 0x02);
	A2(57, 0x02);
	begin(sfp_part(), 1, NRZ_25G);
	assert_int_equal(receiving(a), 1);
	put_a2(a, 74, 0x20); /* Rx */
	pass(w, 500);
	assert_int_equal(receiving(a), 0);
	assert_int_equal(receiving(b), 1);
	put_a2(a, 74, 0x02); /* Tx */
	pass(w, 500);
	assert_int_equal(receiving(a), 1);
	assert_int_equal(receiving(b), 0);
	assert_int_equal(a2(b, 110) & 0x02, 0x02);
}

/* --- SFF-8472: power levels (A0h 64.6, 64.5, 64.1; A2h 118.0-2) */

static int case_degc(struct lw_twin *t)
{
	return (int8_t)a2(t, 96);
}

static void sff8472_power_level_is_enabled_before_it_is_used(void **state)
{
	int cool;

	(void)state;
	A0(64, 0x22); /* power level 3: 2.0 W */
	begin(sfp_part(), 1, NRZ_25G);
	pass(w, 600000);
	cool = case_degc(a);
	assert_int_equal(a2(a, 118) & 0x02, 0);
	put_a2(a, 118, 0x01);
	pass(w, 170); /* it takes 60 % of 300 ms */
	assert_int_equal(a2(a, 118), 0x01);
	pass(w, 20);
	assert_int_equal(a2(a, 118), 0x03);
	pass(w, 600000);
	/* 2 W instead of 1 W over 1.2 K/W */
	assert_in_range(case_degc(a), cool + 1, cool + 2);
	put_a2(a, 118, 0x00);
	pass(w, 320);
	assert_int_equal(a2(a, 118), 0x00);
	pass(w, 600000);
	assert_in_range(case_degc(a), cool - 1, cool + 1);
}

static void sff8472_power_level_4_has_a_bit_of_its_own(void **state)
{
	(void)state;
	A0(64, 0x62);
	begin(sfp_part(), 1, NRZ_25G);
	put_a2(a, 118, 0x04);
	pass(w, 400);
	assert_int_equal(a2(a, 118), 0x06);
	put_a2(b, 119, 0xff); /* nothing there but 64GFC may be written */
	assert_int_equal(a2(b, 119) & 0xfc, 0x04);
}

static void sff8472_without_a_declared_level_there_is_no_state(void **state)
{
	(void)state;
	begin(sfp_part(), 1, NRZ_25G);
	put_a2(a, 118, 0x05);
	pass(w, 1000);
	assert_int_equal(a2(a, 118) & 0x06, 0);
}

/* --- SFF-8472: external calibration (9.3) */

struct answer {
	enum lw_calibrated what;
	unsigned id;
	double value;     /* what the host finds */
	uint16_t reading; /* what stands in the monitor's register */
	struct {
		uint8_t at, n;
		uint32_t be;
	} constant[3];
};

/* Typed from the standard's rules by hand; none was made by a program of ours. */
static const struct answer answers[] = {
	{LW_CAL_TX_BIAS, LW_SFF8472_TX_BIAS, 2.0585, 0x03e8, {{76, 2, 0x0108}, {78, 2, 0xfffe}}},
	{LW_CAL_TX_BIAS, LW_SFF8472_TX_BIAS, 0.406, 0x0064, {{76, 2, 0x0200}, {78, 2, 0x0003}}},
	{LW_CAL_TEMPERATURE, LW_SFF8472_TEMPERATURE, 25, 0x1900, {{84, 2, 0x0100}}},
	{LW_CAL_TEMPERATURE,
	 LW_SFF8472_TEMPERATURE,
	 -24.78125,
	 0xe700,
	 {{84, 2, 0x0108}, {86, 2, 0x0100}}},
	{LW_CAL_VCC, LW_SFF8472_VCC, 3.2856, 0x8000, {{88, 2, 0x0101}, {90, 2, 0xffd8}}},
	{LW_CAL_TX_POWER, LW_SFF8472_TX_POWER, 0.74, 0x1388, {{80, 2, 0x0180}, {82, 2, 0xff9c}}},
	{LW_CAL_RX_POWER, LW_SFF8472_RX_POWER, 1.0, 0x2710, {{68, 4, 0x3f800000}}},
	{LW_CAL_RX_POWER,
	 LW_SFF8472_RX_POWER,
	 0.0495,
	 0x03e8,
	 {{68, 4, 0x3f000000}, {72, 4, 0xc0a00000}}},
	{LW_CAL_RX_POWER,
	 LW_SFF8472_RX_POWER,
	 0.0082,
	 0x0040,
	 {{64, 4, 0x3b000000}, {68, 4, 0x3f800000}, {72, 4, 0x41200000}}},
	{LW_CAL_RX_POWER,
	 LW_SFF8472_RX_POWER,
	 0.0272,
	 0x0100,
	 {{60, 4, 0x35800000}, {68, 4, 0x3f800000}}},
	{LW_CAL_RX_POWER,
	 LW_SFF8472_RX_POWER,
	 0.025725,
	 0x0080,
	 {{56, 4, 0x31800000}, {68, 4, 0x40000000}, {72, 4, 0x3e800000}}},
	{LW_CAL_RX_POWER,
	 LW_SFF8472_RX_POWER,
	 0.0098,
	 0x0010,
	 {{68, 4, 0xbe000000}, {72, 4, 0x42c80000}}},
};

static void sff8472_external_calibration_gives_known_answers(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(answers) / sizeof(answers[0]); i++) {
		const struct answer *x = &answers[i];
		struct lw_herds herds = {0};
		struct lw_memory m;

		memset(image.slot[0][LW_SFF8472_SLOT_A2], 0, 128);
		A0(92, 0x58);
		for (unsigned k = 0; k < 3; k++)
			for (unsigned j = 0; j < x->constant[k].n; j++)
				A2(x->constant[k].at + j,
				   (uint8_t)(x->constant[k].be >> 8 * (x->constant[k].n - 1 - j)));
		assert_int_equal(lw_memory_init(&m, &herds, &image, 1, NULL, 0, NULL), 0);
		lw_calibration_show(&m, x->what, x->id, x->value);
		assert_int_equal((uint16_t)lw_memory_get(&m, x->id, 0), x->reading);
		assert_true(fabs(lw_calibration_value(&m, x->what, x->id) - x->value) < 1e-7);
		lw_memory_finish(&m);
	}
}

static double word(struct lw_twin *t, unsigned at)
{
	return a2(t, at) * 256.0 + a2(t, at + 1);
}

/* A module that tells raw numbers sees the same as one that tells the quantity itself. */
static void sff8472_external_calibration_tells_the_same_light(void **state)
{
	double plain[5], raw[5], x;
	static const uint8_t constants[] = {
		0x00, 0,    0,    0,    0, 0, 0, 0, /* raw^4, raw^3 */
		0x38, 0,    0,    0,                /* raw^2: 2^-15 */
		0x3e, 0x80, 0,    0,                /* raw: 0.25 */
		0x40, 0xa0, 0,    0,                /* 5 */
		0x02, 0x00, 0x00, 0x10,             /* bias: x 2 + 16 */
		0x00, 0x80, 0xff, 0xf6,             /* Tx power: x 0.5 - 10 */
		0x02, 0x00, 0x01, 0x00,             /* temperature: x 2 + 256 */
		0x02, 0x00, 0x00, 0x00,             /* supply: x 2 */
	};

	(void)state;
	begin(sfp_part(), 1, NRZ_25G);
	for (unsigned i = 0; i < 5; i++)
		plain[i] = word(a, 96 + 2 * i);
	lw_world_destroy(w);
	assert_int_equal(lw_world_create(1, &w, NULL), 0);
	A0(92, 0x58);
	bytes(&image, LW_SFF8472_SLOT_A2, 56, constants, sizeof(constants));
	begin(sfp_part(), 1, NRZ_25G);
	for (unsigned i = 0; i < 5; i++)
		raw[i] = word(a, 96 + 2 * i);
	assert_true(fabs(2 * raw[0] + 256 - plain[0]) <= 1.5);
	assert_true(fabs(2 * raw[1] - plain[1]) <= 1.5);
	assert_true(fabs(2 * raw[2] + 16 - plain[2]) <= 1.5);
	assert_true(fabs(0.5 * raw[3] - 10 - plain[3]) <= 0.5);
	x = raw[4];
	assert_true(x > 0 && plain[4] > 0);
	assert_true(fabs(x * x / 32768 + 0.25 * x + 5 - plain[4]) <= 1);
	/* The constants are no controls: what a host writes there is lost. */
	put_a2(a, 74, 0xff);
	assert_int_equal(a2(a, 74), 0x00);
}

static void sff8472_hot_module_passes_its_calibrated_alarm(void **state)
{
	static const uint8_t slope_2[] = {0x02, 0x00, 0x00, 0x00};

	(void)state;
	A0(92, 0x58);
	bytes(&image, LW_SFF8472_SLOT_A2, 84, slope_2, 4);
	A2(0, 40); /* stands for 80 degC */
	A2(2, 0x80);
	A2(4, 38);
	begin(sfp_part(), 1, NRZ_25G);
	assert_int_equal(a2(a, 112) & 0x80, 0);
	lw_twin_fault(a, LW_FAULT_HOT, 0, true);
	assert_int_equal(a2(a, 112) & 0x80, 0x80);
	assert_in_range(2 * a2(a, 96), 82, 88);
}

#define QSFP(f) cmocka_unit_test_setup_teardown(f, setup_qsfp, teardown)
#define SFP(f)  cmocka_unit_test_setup_teardown(f, setup_sfp, teardown)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		QSFP(sff8636_rate_select_is_per_lane_and_direction),
		QSFP(sff8636_rate_select_version_1_has_its_own_limits),
		QSFP(sff8636_power_classes_are_enabled_by_byte_93),
		QSFP(sff8636_without_extended_rate_select_any_rate_passes),
		SFP(sff8472_rate_selects_are_pin_or_bit),
		SFP(sff8472_rate_identifier_says_which_direction),
		SFP(sff8472_retimed_10_8g_starts_at_full_rate),
		SFP(sff8472_pins_can_be_ignored),
		SFP(sff8472_squelch_is_forced_by_the_enhanced_block),
		SFP(sff8472_power_level_is_enabled_before_it_is_used),
		SFP(sff8472_power_level_4_has_a_bit_of_its_own),
		SFP(sff8472_without_a_declared_level_there_is_no_state),
		SFP(sff8472_external_calibration_gives_known_answers),
		SFP(sff8472_external_calibration_tells_the_same_light),
		SFP(sff8472_hot_module_passes_its_calibrated_alarm),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
