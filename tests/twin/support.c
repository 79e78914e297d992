/* SPDX-License-Identifier: Apache-2.0 */
#include "support.h"

/* clang-format off */
/* Applications of the base module: host and media code, lanes, starts (scenarios, section 11). */
static const struct lw_part_app apps[] = {
	{0x51, 0x56, 8, 8, 0x01, 0x01},
	{0x4f, 0x1c, 4, 4, 0x11, 0x11},
	{0x4d, 0x14, 2, 2, 0x55, 0x55},
	{0x4b, 0x14, 1, 1, 0xff, 0xff},
	{0x0d, 0x14, 2, 1, 0x55, 0x0f},
};
/* clang-format on */
#define APPS (sizeof(apps) / sizeof(apps[0]))

const struct lw_part *base_part(void)
{
	static struct lw_part part = {
		.name = "BASE", .doc = "", .map = LW_MAP_CMIS, .receptacles = 1, .power_w = 16};

	part.form = lw_form_find("OSFP");
	part.pmd = lw_pmd_find("800GBASE-DR8");
	assert_non_null(part.form);
	assert_non_null(part.pmd);
	return &part;
}

void image_put(struct lw_image *img, unsigned id, unsigned lane, int64_t raw)
{
	const struct lw_field *f = &lw_map_fields(img->map, NULL)[id];

	img->present[0][f->slot] = 1;
	assert_int_equal(lw_field_put(f, lane, raw, img->slot[0][f->slot], NULL), 0);
}

static void put_advertisement(struct lw_image *img)
{
	static const uint16_t yes[] = {
		LW_CMIS_OUTPUT_DISABLE_TX_SUPPORTED,
		LW_CMIS_FORCED_SQUELCH_TX_SUPPORTED,
		LW_CMIS_OUTPUT_DISABLE_RX_SUPPORTED,
		LW_CMIS_LOS_FLAG_TX_SUPPORTED,
		LW_CMIS_CDR_LOL_FLAG_TX_SUPPORTED,
		LW_CMIS_FAILURE_FLAG_TX_SUPPORTED,
		LW_CMIS_LOS_FLAG_RX_SUPPORTED,
		LW_CMIS_CDR_LOL_FLAG_RX_SUPPORTED,
		LW_CMIS_TEMP_MON_SUPPORTED,
		LW_CMIS_VCC_MON_SUPPORTED,
		LW_CMIS_TX_BIAS_MON_SUPPORTED,
		LW_CMIS_TX_OPTICAL_POWER_MON_SUPPORTED,
		LW_CMIS_RX_OPTICAL_POWER_MON_SUPPORTED,
	};
	static const uint16_t duration[] = {
		LW_CMIS_MAX_DURATION_DP_INIT,       LW_CMIS_MAX_DURATION_DP_DEINIT,
		LW_CMIS_MAX_DURATION_DP_TX_TURN_ON, LW_CMIS_MAX_DURATION_DP_TX_TURN_OFF,
		LW_CMIS_MAX_DURATION_MODULE_PWR_UP, LW_CMIS_MAX_DURATION_MODULE_PWR_DN,
	};

	for (size_t i = 0; i < sizeof(yes) / sizeof(yes[0]); i++)
		image_put(img, yes[i], 0, 1);
	for (size_t i = 0; i < sizeof(duration) / sizeof(duration[0]); i++)
		image_put(img, duration[i], 0, 3);
	image_put(img, LW_CMIS_SQUELCH_METHOD_TX, 0, 2);
	image_put(img, LW_CMIS_TEMP_MON_HIGH_ALARM_THRESHOLD, 0, 75 * 256);
	image_put(img, LW_CMIS_TEMP_MON_HIGH_WARNING_THRESHOLD, 0, 70 * 256);
	image_put(img, LW_CMIS_TEMP_MON_LOW_ALARM_THRESHOLD, 0, -5 * 256);
}

void base_image(struct lw_image *ret)
{
	memset(ret, 0, sizeof(*ret));
	ret->map = LW_MAP_CMIS;
	ret->present[0][LW_CMIS_SLOT_00H] = 1;
	image_put(ret, LW_CMIS_SFF8024_IDENTIFIER, 0, 0x19);
	image_put(ret, LW_CMIS_CMIS_REVISION_MAJOR, 0, 5);
	image_put(ret, LW_CMIS_CMIS_REVISION_MINOR, 0, 4);
	image_put(ret, LW_CMIS_STEPPED_CONFIG_ONLY, 0, 1);
	image_put(ret, LW_CMIS_MODULE_INACTIVE_FIRMWARE_MAJOR_REVISION, 0, 1);
	image_put(ret, LW_CMIS_MEDIA_TYPE, 0, 2);
	for (unsigned i = 0; i < 8; i++)
		image_put(ret, LW_CMIS_HOST_INTERFACE_ID_APP, i, 0xff);
	for (unsigned i = 0; i < APPS; i++) {
		image_put(ret, LW_CMIS_HOST_INTERFACE_ID_APP, i, apps[i].host_id);
		image_put(ret, LW_CMIS_MEDIA_INTERFACE_ID_APP, i, apps[i].media_id);
		image_put(ret, LW_CMIS_HOST_LANE_COUNT_APP, i, apps[i].host_lanes);
		image_put(ret, LW_CMIS_MEDIA_LANE_COUNT_APP, i, apps[i].media_lanes);
		image_put(ret, LW_CMIS_HOST_LANE_ASSIGNMENT_OPTIONS_APP, i, apps[i].host_assign);
		image_put(ret, LW_CMIS_MEDIA_LANE_ASSIGNMENT_OPTIONS_APP, i, apps[i].media_assign);
	}
	for (unsigned i = 0; i < 7; i++)
		image_put(ret, LW_CMIS_HOST_INTERFACE_ID_APP_HI, i, 0xff);
	put_advertisement(ret);
}

struct lw_twin *plug(struct lw_world *w, const char *name, const struct lw_part *part,
		     const struct lw_image *img, bool lpmode)
{
	struct lw_twin_options opt = {.image = img, .part = part, .lpmode_pin = lpmode};
	struct lw_error e;
	struct lw_twin *t;

	if (lw_world_plug(w, name, &opt, &t, &e))
		fail_msg("%s", e.message);
	return t;
}

static struct lw_addr addr(int page, unsigned byte)
{
	return (struct lw_addr){.i2c = 0x50,
				.page = (uint8_t)(page < 0 ? 0 : page),
				.bank = (uint8_t)(page < 0 ? 0 : page >> 8),
				.byte = (uint8_t)byte};
}

void get_bytes(struct lw_twin *t, int page, unsigned byte, uint8_t *ret, size_t n)
{
	struct lw_error e;

	if (lw_bus_read(lw_twin_bus(t), addr(page, byte), ret, n, &e))
		fail_msg("%02x:%u: %s", (unsigned)page, byte, e.message);
}

uint8_t get_byte(struct lw_twin *t, int page, unsigned byte)
{
	uint8_t v;

	get_bytes(t, page, byte, &v, 1);
	return v;
}

void put_byte(struct lw_twin *t, int page, unsigned byte, unsigned value)
{
	uint8_t v = (uint8_t)value;
	struct lw_error e;

	if (lw_bus_write(lw_twin_bus(t), addr(page, byte), &v, 1, &e))
		fail_msg("%02x:%u: %s", (unsigned)page, byte, e.message);
}

int64_t get_field(struct lw_twin *t, enum lw_map_id map, unsigned id, unsigned lane)
{
	const struct lw_field *f = &lw_map_fields(map, NULL)[id];
	const struct lw_slot *s = &lw_map_slots(map, NULL)[f->slot];
	struct lw_view v = {.map = map};
	uint8_t half[128] = {0};
	unsigned byte, shift, n, bank = lane / f->lanes;
	int64_t raw;

	lane %= f->lanes;
	lw_field_place(f, lane, &byte, &shift);
	n = f->width > 8 ? f->width / 8 : 1;
	assert_int_equal(
		lw_bus_read(lw_twin_bus(t),
			    (struct lw_addr){.i2c = s->i2c,
					     .page = s->page,
					     .bank = (uint8_t)bank,
					     .byte = (uint8_t)(byte + (s->upper ? 128 : 0))},
			    half + byte, n, NULL),
		0);
	v.slot[0][f->slot] = half;
	assert_int_equal(lw_field_get(f, lane, &v, &raw), 0);
	return raw;
}

void pass(struct lw_world *w, int64_t ms)
{
	lw_world_advance(w, lw_mono_add(lw_world_now(w), lw_ms(ms)));
}

void drive_all(struct lw_twin *t, unsigned lanes, uint32_t baud_kbd, enum lw_modulation m)
{
	struct lw_signal s = {.baud_kbd = baud_kbd, .modulation = m, .fec = "RS(544,514)"};

	for (unsigned i = 0; i < lanes; i++)
		lw_twin_drive(t, i, &s);
}

void join_all(struct lw_world *w, struct lw_twin *a, struct lw_twin *b, unsigned lanes,
	      enum lw_medium medium, double loss_db)
{
	struct lw_join j = {.medium = medium, .loss_db = loss_db};

	for (unsigned i = 0; i < lanes; i++)
		assert_int_equal(lw_world_join(w, a, i, b, i, &j, NULL), 0);
}
