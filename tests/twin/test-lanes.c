/* SPDX-License-Identifier: Apache-2.0 */
#include "support.h"

/* Lanes that go other ways: network paths, lane switching, one direction alone, tuning. */

enum { P10 = 0x10, P11 = 0x11, P12 = 0x12, P16 = 0x16, P19 = 0x19, P1D = 0x1d, P6D = 0x6d };
enum { PAM4_100G = 53125000 };

static struct lw_image image;

struct pair {
	struct lw_world *w;
	struct lw_twin *a, *b;
};

/* Two modules with the memory in `image`, joined and driven, up. */
static void pair_up(struct pair *p)
{
	assert_int_equal(lw_world_create(1, &p->w, NULL), 0);
	p->a = plug(p->w, "a", base_part(), &image, false);
	p->b = plug(p->w, "b", base_part(), &image, false);
	join_all(p->w, p->a, p->b, 8, LW_SMF, 2);
	drive_all(p->a, 8, PAM4_100G, LW_PAM4);
	drive_all(p->b, 8, PAM4_100G, LW_PAM4);
	pass(p->w, 5000);
}

/* From which lane of the far host each lane is received, as digits; '-' for none. */
static void check_from(const struct lw_twin *t, const char *want)
{
	char got[9] = "--------";
	struct lw_signal s;

	for (unsigned i = 0; i < 8; i++)
		if (lw_twin_receive(t, i, &s))
			got[i] = (char)('0' + s.from_lane);
	assert_string_equal(got, want);
}

static void write_map(struct lw_twin *t, int page, const char *map)
{
	for (unsigned i = 0; i < 8; i++)
		put_byte(t, page, 136 + i, (unsigned)(map[i] - '0'));
	put_byte(t, page, 152, 1);
	put_byte(t, page, 160, 1);
}

static void check_results(struct lw_twin *t, int page, unsigned want)
{
	for (unsigned i = 0; i < 8; i++)
		assert_int_equal(get_byte(t, page, 168 + i), want);
}

static void lanes_of_the_host_are_switched(void **state)
{
	struct pair p;

	(void)state;
	base_image(&image);
	image_put(&image, LW_CMIS_HOST_LANE_SWITCHING_SUPPORTED, 0, 1);
	image_put(&image, LW_CMIS_MAX_REDIRECTION_COMMIT_DURATION, 0, 3);
	pair_up(&p);
	check_from(p.b, "01234567");
	write_map(p.a, P1D, "21346578");
	check_results(p.a, P1D, 2);
	pass(p.w, 100);
	check_results(p.a, P1D, 1);
	assert_int_equal(get_byte(p.a, P1D, 184), 2);
	/* Electrical lane 1 of a is lane 2 behind its switch, both ways. */
	check_from(p.b, "10235467");
	check_from(p.a, "10235467");
	assert_int_equal(get_byte(p.a, P11, 128), 0x44);
	/* Turned off it stays as it is; reset brings it back. */
	put_byte(p.a, P1D, 152, 0);
	put_byte(p.a, P1D, 136, 1);
	put_byte(p.a, P1D, 160, 1);
	pass(p.w, 100);
	check_from(p.b, "10235467");
	put_byte(p.a, -1, 26, 0x08);
	pass(p.w, 10000);
	check_from(p.b, "01234567");
	lw_world_destroy(p.w);
}

static void lanes_are_not_switched_against_sense(void **state)
{
	struct pair p;

	(void)state;
	base_image(&image);
	image_put(&image, LW_CMIS_HOST_LANE_SWITCHING_SUPPORTED, 0, 1);
	pair_up(&p);
	write_map(p.a, P1D, "11345678");
	pass(p.w, 100);
	check_results(p.a, P1D, 4);
	write_map(p.a, P1D, "91345678");
	pass(p.w, 100);
	check_results(p.a, P1D, 4);
	/* Two paths of four lanes: none may lose a lane while it runs. */
	put_byte(p.a, P10, 128, 0xff);
	pass(p.w, 1000);
	for (unsigned i = 0; i < 8; i++)
		put_byte(p.a, P10, 145 + i, i < 4 ? 0x20 : 0x28);
	put_byte(p.a, P10, 143, 0xff);
	pass(p.w, 1000);
	put_byte(p.a, P10, 128, 0xf0);
	pass(p.w, 1000);
	write_map(p.a, P1D, "52341678");
	pass(p.w, 100);
	check_results(p.a, P1D, 5);
	write_map(p.a, P1D, "43218765");
	pass(p.w, 100);
	check_results(p.a, P1D, 1);
	lw_world_destroy(p.w);
}

static void lanes_of_the_medium_are_switched(void **state)
{
	struct pair p;

	(void)state;
	base_image(&image);
	image_put(&image, LW_CMIS_MEDIA_LANE_SWITCHING_SUPPORTED, 0, 1);
	pair_up(&p);
	write_map(p.a, P6D, "87654321");
	pass(p.w, 1000);
	check_results(p.a, P6D, 1);
	check_from(p.b, "76543210");
	check_from(p.a, "76543210");
	/* Swapped at both ends it is straight again. */
	write_map(p.b, P6D, "87654321");
	pass(p.w, 1000);
	check_from(p.b, "01234567");
	/* A join made now is one of the connector. */
	assert_int_equal(lw_world_join(p.w, p.a, 0, p.b, 0, NULL, NULL), 0);
	pass(p.w, 1000);
	check_from(p.b, "--------");
	get_byte(p.b, P11, 147);
	pass(p.w, 1000);
	assert_int_equal(get_byte(p.b, P11, 147), 0x80);
	lw_world_destroy(p.w);
}

static void lanes_of_a_network_path_share_one_fibre(void **state)
{
	struct pair p;

	(void)state;
	base_image(&image);
	/* Four host paths of one lane on one media lane, twice. */
	image_put(&image, LW_CMIS_HOST_INTERFACE_ID_APP, 5, 0x4b);
	image_put(&image, LW_CMIS_MEDIA_INTERFACE_ID_APP, 5, 0x14);
	image_put(&image, LW_CMIS_HOST_LANE_COUNT_APP, 5, 1);
	image_put(&image, LW_CMIS_MEDIA_LANE_COUNT_APP, 5, 1);
	image_put(&image, LW_CMIS_HOST_LANE_ASSIGNMENT_OPTIONS_APP, 5, 0xff);
	image_put(&image, LW_CMIS_MEDIA_LANE_ASSIGNMENT_OPTIONS_APP, 5, 0x11);
	image_put(&image, LW_CMIS_NETWORK_PATH_PAGES_SUPPORTED, 0, 1);
	image_put(&image, LW_CMIS_EXT_APP_DESCRIPTOR7_TO_1, 0, 0x20);
	pair_up(&p);
	for (int i = 0; i < 2; i++) {
		struct lw_twin *t = i ? p.a : p.b;

		put_byte(t, P10, 128, 0xff);
		pass(p.w, 1000);
		for (unsigned k = 0; k < 8; k++) {
			put_byte(t, P10, 145 + k, 0x60 | k << 1);
			put_byte(t, P16, 128 + k, k < 4 ? 0x01 : 0x09);
		}
		put_byte(t, P10, 143, 0xff);
		pass(p.w, 1000);
		put_byte(t, P16, 176, 0xff);
		pass(p.w, 1000);
		put_byte(t, P10, 128, 0);
		pass(p.w, 1000);
		for (unsigned k = 200; k < 204; k++)
			assert_int_equal(get_byte(t, P16, k), 0x44);
		assert_int_equal(get_byte(t, P11, 133), 0x11);
	}
	check_from(p.a, "01234567");
	/* One fibre carries four hosts; a host path goes down alone. */
	lw_twin_fault(p.a, LW_FAULT_CUT, 1, true);
	pass(p.w, 1000);
	check_from(p.a, "----4567");
	lw_twin_fault(p.a, LW_FAULT_CUT, 1, false);
	put_byte(p.a, P10, 128, 0x02);
	pass(p.w, 1000);
	check_from(p.a, "0-234567");
	assert_int_equal(get_byte(p.a, P16, 200), 0x44);
	/* A path of lanes that are not neighbours, and one that is named in part. */
	put_byte(p.a, P16, 160, 0xff);
	pass(p.w, 1000);
	put_byte(p.a, P16, 129, 0);
	put_byte(p.a, P16, 176, 0x0f);
	pass(p.w, 1000);
	assert_int_equal(get_byte(p.a, P16, 178) & 15, 4);
	put_byte(p.a, P16, 129, 0x01);
	put_byte(p.a, P16, 176, 0x03);
	pass(p.w, 1000);
	assert_int_equal(get_byte(p.a, P16, 178), 0x77);
	lw_world_destroy(p.w);
}

static void lanes_of_one_direction_change_alone(void **state)
{
	struct pair p;

	(void)state;
	base_image(&image);
	image_put(&image, LW_CMIS_STEPPED_CONFIG_ONLY, 0, 0);
	image_put(&image, LW_CMIS_UNIDIR_RECONFIG_SUPPORTED, 0, 1);
	/* Application 6: the same lanes at half the rate. */
	image_put(&image, LW_CMIS_HOST_INTERFACE_ID_APP, 5, 0x11);
	image_put(&image, LW_CMIS_MEDIA_INTERFACE_ID_APP, 5, 0x56);
	image_put(&image, LW_CMIS_HOST_LANE_COUNT_APP, 5, 8);
	image_put(&image, LW_CMIS_MEDIA_LANE_COUNT_APP, 5, 8);
	image_put(&image, LW_CMIS_HOST_LANE_ASSIGNMENT_OPTIONS_APP, 5, 1);
	image_put(&image, LW_CMIS_MEDIA_LANE_ASSIGNMENT_OPTIONS_APP, 5, 1);
	pair_up(&p);
	for (unsigned i = 0; i < 8; i++)
		put_byte(p.a, P10, 145 + i, 0x60);
	put_byte(p.a, P10, 176, 0xff);
	pass(p.w, 1000);
	assert_int_equal(get_byte(p.a, P11, 202), 0x11);
	assert_int_equal(get_byte(p.a, P19, 128), 0x60);
	assert_int_equal(get_byte(p.a, P19, 136), 0x10);
	assert_int_equal(get_byte(p.a, P11, 206), 0x60);
	/* The host sends what application 6 does not take: b hears nothing, a still does. */
	check_from(p.a, "01234567");
	check_from(p.b, "--------");
	/* Rx follows alone. */
	put_byte(p.a, P10, 177, 0xff);
	pass(p.w, 1000);
	assert_int_equal(get_byte(p.a, P19, 136), 0x60);
	assert_int_equal(get_byte(p.a, P11, 128), 0x44);
	lw_world_destroy(p.w);
}

static int64_t tuned(struct lw_twin *t, unsigned id)
{
	return get_field(t, LW_MAP_CMIS, id, 0);
}

static void put_u16(struct lw_twin *t, int page, unsigned byte, int value)
{
	struct lw_addr a = {.i2c = 0x50, .page = (uint8_t)page, .byte = (uint8_t)byte};
	uint8_t b[2] = {(uint8_t)((unsigned)value >> 8), (uint8_t)value};

	assert_int_equal(lw_bus_write(lw_twin_bus(t), a, b, sizeof(b), NULL), 0);
}

/* A module that can be tuned on the 100 and 50 GHz grids. */
static void tunable(void)
{
	base_image(&image);
	image_put(&image, LW_CMIS_TRANSMITTER_IS_TUNABLE, 0, 1);
	image_put(&image, LW_CMIS_GRID_SUPPORTED_100GHZ, 0, 1);
	image_put(&image, LW_CMIS_GRID_LOW_CHANNEL_100GHZ, 0, -18);
	image_put(&image, LW_CMIS_GRID_HIGH_CHANNEL_100GHZ, 0, 30);
	image_put(&image, LW_CMIS_GRID_SUPPORTED_75GHZ, 0, 1);
	image_put(&image, LW_CMIS_GRID_LOW_CHANNEL_75GHZ, 0, -72);
	image_put(&image, LW_CMIS_GRID_HIGH_CHANNEL_75GHZ, 0, 120);
	image_put(&image, LW_CMIS_FINE_TUNING_SUPPORTED, 0, 1);
	image_put(&image, LW_CMIS_FINE_TUNING_LOW_OFFSET, 0, -6000);
	image_put(&image, LW_CMIS_FINE_TUNING_HIGH_OFFSET, 0, 6000);
	image_put(&image, LW_CMIS_PROG_OUTPUT_POWER_PER_LANE_SUPPORTED, 0, 1);
	image_put(&image, LW_CMIS_PROG_OUTPUT_POWER_MIN, 0, -1000);
	image_put(&image, LW_CMIS_PROG_OUTPUT_POWER_MAX, 0, 300);
}

static void lanes_tune_to_channels(void **state)
{
	struct pair p;

	(void)state;
	tunable();
	pair_up(&p);
	assert_int_equal(tuned(p.a, LW_CMIS_CURRENT_LASER_FREQUENCY_TX), 193100000);
	/* A receiver for 1311 nm is blind at 1552 nm. */
	check_from(p.b, "--------");
	get_byte(p.a, P12, 231);
	put_byte(p.a, P12, 128, 0x50);
	put_u16(p.a, P12, 136, -7);
	assert_int_equal(tuned(p.a, LW_CMIS_TUNING_IN_PROGRESS_TX), 1);
	assert_int_equal(tuned(p.a, LW_CMIS_WAVELENGTH_UNLOCK_STATUS_TX), 1);
	assert_int_equal(get_byte(p.a, P11, 133) & 1, 0);
	pass(p.w, 10000);
	assert_int_equal(tuned(p.a, LW_CMIS_TUNING_IN_PROGRESS_TX), 0);
	assert_int_equal(tuned(p.a, LW_CMIS_CURRENT_LASER_FREQUENCY_TX), 192400000);
	assert_int_equal(get_byte(p.a, P12, 230), 0x01);
	assert_int_equal(get_byte(p.a, P12, 231), 0x03);
	assert_int_equal(get_byte(p.a, P12, 230), 0x00);
	assert_int_equal(get_byte(p.a, P11, 133) & 1, 1);
	/* Fine tuning moves it while it shines. */
	put_u16(p.a, P12, 152, -1500);
	put_byte(p.a, P12, 128, 0x51);
	assert_int_equal(get_byte(p.a, P11, 133) & 1, 1);
	pass(p.w, 10000);
	assert_int_equal(tuned(p.a, LW_CMIS_CURRENT_LASER_FREQUENCY_TX), 192398500);
	assert_int_equal(get_byte(p.a, P12, 231), 0x01);
	lw_world_destroy(p.w);
}

static void lanes_refuse_channels_that_are_not_there(void **state)
{
	struct pair p;

	(void)state;
	tunable();
	pair_up(&p);
	/* Out of range: both flags, for as long as it stands. */
	put_byte(p.a, P12, 128, 0x50);
	put_u16(p.a, P12, 136, 31);
	pass(p.w, 1000);
	assert_int_equal(get_byte(p.a, P12, 231) & 0x0c, 0x0c);
	pass(p.w, 1000);
	assert_int_equal(get_byte(p.a, P12, 231) & 0x0c, 0x0c);
	assert_int_equal(tuned(p.a, LW_CMIS_TUNING_IN_PROGRESS_TX), 0);
	/* A grid that it has not; a channel that is none of 75 GHz. */
	put_byte(p.a, P12, 128, 0x40);
	get_byte(p.a, P12, 231);
	pass(p.w, 1000);
	assert_int_equal(get_byte(p.a, P12, 231) & 0x0c, 0x08);
	put_u16(p.a, P12, 136, 4);
	put_byte(p.a, P12, 128, 0x70);
	get_byte(p.a, P12, 231);
	pass(p.w, 1000);
	assert_int_equal(get_byte(p.a, P12, 231) & 0x0c, 0x0c);
	put_u16(p.a, P12, 136, 6);
	get_byte(p.a, P12, 231);
	pass(p.w, 10000);
	assert_int_equal(get_byte(p.a, P12, 231) & 0x0c, 0);
	assert_int_equal(tuned(p.a, LW_CMIS_CURRENT_LASER_FREQUENCY_TX), 193250000);
	/* Offset and power beyond what is advertised. */
	put_u16(p.a, P12, 152, 6001);
	put_byte(p.a, P12, 128, 0x71);
	put_u16(p.a, P12, 200, 301);
	get_byte(p.a, P12, 231);
	pass(p.w, 1000);
	assert_int_equal(get_byte(p.a, P12, 231) & 0x30, 0x30);
	lw_world_destroy(p.w);
}

static void lanes_shine_as_bright_as_asked(void **state)
{
	struct pair p;
	int64_t before;

	(void)state;
	tunable();
	pair_up(&p);
	before = get_field(p.a, LW_MAP_CMIS, LW_CMIS_OPTICAL_POWER_TX, 1);
	put_u16(p.a, P12, 200, -1000); /* -10 dBm is 0.1 mW, in 0.1 uW */
	pass(p.w, 5000);
	assert_in_range(get_field(p.a, LW_MAP_CMIS, LW_CMIS_OPTICAL_POWER_TX, 0), 950, 1050);
	assert_true(get_field(p.a, LW_MAP_CMIS, LW_CMIS_OPTICAL_POWER_TX, 1) > before / 2);
	lw_world_destroy(p.w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lanes_of_the_host_are_switched),
		cmocka_unit_test(lanes_are_not_switched_against_sense),
		cmocka_unit_test(lanes_of_the_medium_are_switched),
		cmocka_unit_test(lanes_of_a_network_path_share_one_fibre),
		cmocka_unit_test(lanes_of_one_direction_change_alone),
		cmocka_unit_test(lanes_tune_to_channels),
		cmocka_unit_test(lanes_refuse_channels_that_are_not_there),
		cmocka_unit_test(lanes_shine_as_bright_as_asked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
