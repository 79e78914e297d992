/* SPDX-License-Identifier: Apache-2.0 */
#include "support.h"
#include <lanewise/digest.h>

#include <stdio.h>

#define PAM4_100G 53125000u
enum { LOWER = -1, P10 = 0x10, P11 = 0x11 };

/* Two base modules joined lane by lane, hosts driving; up after a few seconds. */
struct pair {
	struct lw_world *w;
	struct lw_twin *a, *b;
};

static struct lw_image image;

/* Two modules of `part` with the memory in `image`. */
static void pair_of(struct pair *p, uint64_t seed, const struct lw_part *part)
{
	assert_int_equal(lw_world_create(seed, &p->w, NULL), 0);
	p->a = plug(p->w, "a", part, &image, false);
	p->b = plug(p->w, "b", part, &image, false);
	join_all(p->w, p->a, p->b, 8, LW_SMF, 2);
	drive_all(p->a, 8, PAM4_100G, LW_PAM4);
	drive_all(p->b, 8, PAM4_100G, LW_PAM4);
}

static void pair_make(struct pair *p, uint64_t seed)
{
	base_image(&image);
	pair_of(p, seed, base_part());
}

/* With every page that a catalogued optic has. */
static void pair_make_full(struct pair *p, uint64_t seed)
{
	const struct lw_part *part = lw_part_find("OSFP-800G-DR8");

	assert_non_null(part);
	assert_int_equal(lw_image_make(part, NULL, &image, NULL), 0);
	pair_of(p, seed, part);
}

/* Read away every flag that coming up has left. */
static void clear_flags(struct pair *p)
{
	uint8_t b[128];

	for (int i = 0; i < 2; i++) {
		get_bytes(i ? p->a : p->b, P11, 128, b, 128);
		get_bytes(i ? p->a : p->b, LOWER, 0, b, 128);
	}
	pass(p->w, 10);
}

static int setup(void **state)
{
	static struct pair p;

	pair_make(&p, 1);
	pass(p.w, 5000);
	clear_flags(&p);
	*state = &p;
	return 0;
}

static int teardown(void **state)
{
	lw_world_destroy(((struct pair *)*state)->w);
	return 0;
}

static uint8_t receiving(const struct lw_twin *t)
{
	struct lw_signal s;
	uint8_t mask = 0;

	for (unsigned i = 0; i < 8; i++)
		if (lw_twin_receive(t, i, &s))
			mask |= (uint8_t)(1u << i);
	return mask;
}

/* Flags as they are now: the first read clears what was latched before. */
static uint8_t flag_now(struct pair *p, struct lw_twin *t, unsigned byte)
{
	get_byte(t, P11, byte);
	pass(p->w, 10);
	return get_byte(t, P11, byte);
}

static void world_joined_modules_come_up(void **state)
{
	struct pair *p = *state;
	struct lw_signal s;

	assert_int_equal(get_byte(p->a, LOWER, 3) >> 1 & 7, 3);
	for (unsigned i = 0; i < 4; i++)
		assert_int_equal(get_byte(p->a, P11, 128 + i), 0x44);
	assert_int_equal(get_byte(p->a, P11, 132), 0xff);
	assert_int_equal(get_byte(p->a, P11, 133), 0xff);
	assert_int_equal(receiving(p->a), 0xff);
	for (unsigned i = 0; i < 8; i++) {
		assert_true(lw_twin_receive(p->b, i, &s));
		assert_ptr_equal(s.from, p->a);
		assert_int_equal(s.from_lane, i);
		assert_int_equal(s.baud_kbd, PAM4_100G);
		assert_string_equal(s.fec, "RS(544,514)");
	}
	assert_int_equal(flag_now(p, p->a, 147), 0);
	assert_int_equal(flag_now(p, p->a, 148), 0);
}

static void world_monitors_follow_the_light(void **state)
{
	struct pair *p = *state;
	int64_t tx = get_field(p->a, LW_MAP_CMIS, LW_CMIS_OPTICAL_POWER_TX, 3);
	int64_t rx = get_field(p->b, LW_MAP_CMIS, LW_CMIS_OPTICAL_POWER_RX, 3);
	double loss;

	/* 2 dB of loss leave 63 % of the power, give or take the noise of two monitors. */
	loss = (double)rx / (double)tx;
	assert_true(loss > 0.60 && loss < 0.66);
	assert_true(get_field(p->a, LW_MAP_CMIS, LW_CMIS_LASER_BIAS_TX, 3) > 0);
	pass(p->w, 60000); /* warms up slowly */
	assert_true(get_field(p->a, LW_MAP_CMIS, LW_CMIS_TEMP_MON_VALUE, 0) > 40 * 256);
	lw_twin_fault(p->a, LW_FAULT_CUT, 1u << 3, true);
	assert_int_equal(get_field(p->b, LW_MAP_CMIS, LW_CMIS_OPTICAL_POWER_RX, 3), 0);
	assert_true(get_field(p->a, LW_MAP_CMIS, LW_CMIS_OPTICAL_POWER_TX, 3) > 0);
}

static void world_cut_gives_los_on_its_lane_only(void **state)
{
	struct pair *p = *state;

	lw_twin_fault(p->a, LW_FAULT_CUT, 1u << 5, true);
	pass(p->w, 100);
	assert_int_equal(get_byte(p->a, P11, 147), 1u << 5);
	assert_int_equal(get_byte(p->b, P11, 147), 1u << 5);
	assert_int_equal(get_byte(p->b, P11, 148), 1u << 5);
	/* One path over all lanes: none of its outputs is valid any more. */
	assert_int_equal(receiving(p->b), 0);
	assert_int_equal(get_byte(p->b, P11, 132), 0);
	assert_int_equal(get_byte(p->b, P11, 153), 0xff);
	lw_twin_fault(p->a, LW_FAULT_CUT, 1u << 5, false);
	pass(p->w, 300);
	assert_int_equal(receiving(p->b), 0xff);
	assert_int_equal(flag_now(p, p->b, 147), 0);
}

static void world_flag_of_a_lasting_fault_is_set_again(void **state)
{
	struct pair *p = *state;

	lw_twin_fault(p->a, LW_FAULT_CUT, 1, true);
	pass(p->w, 200);
	assert_int_equal(get_byte(p->b, P11, 147), 1);
	assert_int_equal(get_byte(p->b, P11, 147), 0);
	pass(p->w, 5);
	assert_int_equal(get_byte(p->b, P11, 147), 1);
}

static void regroup_4x2(struct pair *p, struct lw_twin *t)
{
	static const uint8_t config[] = {0x30, 0x30, 0x34, 0x34, 0x38, 0x38, 0x3c, 0x3c};

	put_byte(t, P10, 128, 0xff);
	pass(p->w, 1000);
	for (unsigned i = 0; i < 8; i++)
		put_byte(t, P10, 145 + i, config[i]);
	put_byte(t, P10, 143, 0xff);
	pass(p->w, 100);
	assert_int_equal(get_byte(t, P11, 202), 0x11);
	put_byte(t, P10, 128, 0);
	pass(p->w, 1000);
}

static void world_faults_leave_siblings_undisturbed(void **state)
{
	struct pair *p = *state;
	size_t before, after;

	regroup_4x2(p, p->a);
	regroup_4x2(p, p->b);
	assert_int_equal(receiving(p->a), 0xff);
	lw_twin_events(p->a, &before);
	/* Laser of media lane 3 dies: the far path of lanes 3-4 goes, nothing else. */
	lw_twin_fault(p->b, LW_FAULT_DARK, 1u << 2, true);
	pass(p->w, 500);
	assert_int_equal(receiving(p->a), 0xf3);
	assert_int_equal(receiving(p->b), 0xff);
	assert_int_equal(flag_now(p, p->b, 135), 1u << 2);
	lw_twin_fault(p->b, LW_FAULT_DARK, 1u << 2, false);
	/* Tx disable of lane 8 at the near end. */
	put_byte(p->b, P10, 130, 0x80);
	pass(p->w, 1000);
	assert_int_equal(receiving(p->a), 0x3f);
	assert_int_equal(get_byte(p->b, P11, 128), 0x44);
	assert_int_equal(get_byte(p->b, P11, 131), 0x77);
	lw_twin_events(p->a, &after);
	assert_int_equal(before, after);
}

static void world_silent_host_gives_far_los(void **state)
{
	struct pair *p = *state;

	lw_twin_drive(p->a, 0, NULL);
	pass(p->w, 100);
	assert_int_equal(flag_now(p, p->a, 136), 1);
	pass(p->w, 600);
	assert_int_equal(get_byte(p->a, P11, 133), 0xfe);
	assert_int_equal(get_byte(p->b, P11, 147), 1);
	drive_all(p->a, 1, PAM4_100G, LW_PAM4);
	pass(p->w, 600);
	assert_int_equal(receiving(p->b), 0xff);
}

static void world_lane_without_auto_squelch_shines_without_its_host(void **state)
{
	struct pair p;

	(void)state;
	pair_make(&p, 6);
	image_put(&image, LW_CMIS_AUTO_SQUELCH_DISABLE_TX_SUPPORTED, 0, 1);
	p.a = plug(p.w, "c", base_part(), &image, false);
	join_all(p.w, p.a, p.b, 8, LW_SMF, 2);
	drive_all(p.a, 8, PAM4_100G, LW_PAM4);
	pass(p.w, 5000);
	put_byte(p.a, P10, 131, 0x02);
	lw_twin_drive(p.a, 0, NULL);
	lw_twin_drive(p.a, 1, NULL);
	pass(p.w, 1000);
	assert_int_equal(get_byte(p.a, P11, 133), 0xfe); /* lane 2 sends on */
	clear_flags(&p);
	pass(p.w, 100);
	assert_int_equal(get_byte(p.b, P11, 147), 0x01); /* no light on lane 1 */
	assert_int_equal(get_byte(p.b, P11, 148), 0x03); /* nor anything to lock to on lane 2 */
	put_byte(p.a, P10, 131, 0x00);
	pass(p.w, 100);
	assert_int_equal(get_byte(p.a, P11, 133), 0xfc);
	lw_world_destroy(p.w);
}

static void world_rx_output_that_is_disabled_leaves_its_host_without_signal(void **state)
{
	struct pair *p = *state;

	put_byte(p->a, P10, 138, 0x14);
	pass(p->w, 100);
	assert_int_equal(get_byte(p->a, P10, 138), 0x14);
	assert_int_equal(receiving(p->a), 0xeb);
	assert_int_equal(get_byte(p->a, P11, 132), 0xeb);
	assert_int_equal(get_byte(p->a, P11, 128), 0x44); /* its path stays up */
	assert_int_equal(receiving(p->b), 0xff);
	put_byte(p->a, P10, 138, 0x00);
	pass(p->w, 100);
	assert_int_equal(receiving(p->a), 0xff);
}

static void world_wrong_lane_rate_never_locks(void **state)
{
	struct pair *p = *state;

	drive_all(p->a, 8, 26562500, LW_PAM4);
	pass(p->w, 500);
	assert_int_equal(flag_now(p, p->a, 137), 0xff);
	assert_int_equal(flag_now(p, p->b, 148), 0xff);
	assert_int_equal(flag_now(p, p->b, 147), 0);
	assert_int_equal(receiving(p->b), 0);
}

static void world_wrong_medium_and_too_much_loss_are_dark(void **state)
{
	struct pair *p = *state;

	join_all(p->w, p->a, p->b, 4, LW_MMF, 1);
	pass(p->w, 500);
	assert_int_equal(flag_now(p, p->b, 147), 0x0f);
	join_all(p->w, p->a, p->b, 4, LW_SMF, 30);
	pass(p->w, 500);
	assert_int_equal(flag_now(p, p->b, 147), 0x0f);
	join_all(p->w, p->a, p->b, 4, LW_SMF, 3);
	pass(p->w, 500);
	assert_int_equal(flag_now(p, p->b, 147), 0);
}

static void world_unplugged_module_is_absent_and_comes_back_afresh(void **state)
{
	struct pair *p = *state;
	struct lw_addr a = {.i2c = 0x50, .byte = 3};
	uint8_t v;

	put_byte(p->a, P10, 130, 0x01);
	lw_twin_fault(p->a, LW_FAULT_UNPLUG, 0, true);
	assert_int_equal(lw_bus_read(lw_twin_bus(p->a), a, &v, 1, NULL), LW_EABSENT);
	pass(p->w, 200);
	assert_int_equal(flag_now(p, p->b, 147), 0xff);
	assert_int_equal(receiving(p->a), 0);
	lw_twin_fault(p->a, LW_FAULT_UNPLUG, 0, false);
	assert_int_equal(lw_bus_read(lw_twin_bus(p->a), a, &v, 1, NULL), LW_ENACK);
	pass(p->w, 5000);
	assert_int_equal(get_byte(p->a, P10, 130), 0);
	assert_int_equal(receiving(p->a), 0xff);
	assert_int_equal(receiving(p->b), 0xff);
}

static void world_faults_of_the_whole_module_show(void **state)
{
	struct pair *p = *state;
	struct lw_addr a = {.i2c = 0x50, .byte = 3};
	uint8_t v;

	assert_int_equal(get_byte(p->a, LOWER, 9), 0);
	assert_false(lw_twin_interrupt(p->a));
	lw_twin_fault(p->a, LW_FAULT_HOT, 0, true);
	assert_true(lw_twin_interrupt(p->a));
	assert_int_equal(get_byte(p->a, LOWER, 3) & 1, 0);
	assert_int_equal(get_byte(p->a, LOWER, 9), 0x05);
	assert_false(lw_twin_interrupt(p->a));
	lw_twin_fault(p->a, LW_FAULT_HOT, 0, false);
	lw_twin_fault(p->a, LW_FAULT_NACK, 0, true);
	assert_int_equal(lw_bus_read(lw_twin_bus(p->a), a, &v, 1, NULL), LW_ENACK);
	lw_twin_fault(p->a, LW_FAULT_NACK, 0, false);
	assert_int_equal(lw_bus_read(lw_twin_bus(p->a), a, &v, 1, NULL), 0);
}

static void world_stuck_path_waits_until_let_go(void **state)
{
	struct pair *p = *state;

	put_byte(p->a, P10, 128, 0xff);
	pass(p->w, 1000);
	lw_twin_fault(p->a, LW_FAULT_STUCK_INIT, 0x10, true);
	put_byte(p->a, P10, 128, 0);
	pass(p->w, 60000);
	assert_int_equal(get_byte(p->a, P11, 128), 0x22);
	lw_twin_fault(p->a, LW_FAULT_STUCK_INIT, 0x10, false);
	pass(p->w, 1000);
	assert_int_equal(get_byte(p->a, P11, 128), 0x44);
}

static void world_rejecting_lane_refuses_its_path(void **state)
{
	struct pair *p = *state;

	lw_twin_fault(p->a, LW_FAULT_REJECT, 0x80, true);
	put_byte(p->a, P10, 143, 0xff);
	pass(p->w, 100);
	assert_int_equal(get_byte(p->a, P11, 202), 0x22);
	lw_twin_fault(p->a, LW_FAULT_REJECT, 0x80, false);
	put_byte(p->a, P10, 143, 0xff);
	pass(p->w, 100);
	assert_int_equal(get_byte(p->a, P11, 202), 0x11);
}

static void world_gearbox_maps_groups(void **state)
{
	struct pair p;
	struct lw_signal s;

	(void)state;
	/* Two 50G host lanes for each 100G media lane at one end, 1:1 at the other. */
	pair_make(&p, 3);
	image_put(&image, LW_CMIS_HOST_INTERFACE_ID_APP, 0, 0x11);
	image_put(&image, LW_CMIS_MEDIA_INTERFACE_ID_APP, 0, 0x1c);
	image_put(&image, LW_CMIS_MEDIA_LANE_COUNT_APP, 0, 4);
	p.a = plug(p.w, "c", base_part(), &image, false);
	base_image(&image);
	image_put(&image, LW_CMIS_HOST_INTERFACE_ID_APP, 0, 0x4f);
	image_put(&image, LW_CMIS_MEDIA_INTERFACE_ID_APP, 0, 0x1c);
	image_put(&image, LW_CMIS_HOST_LANE_COUNT_APP, 0, 4);
	image_put(&image, LW_CMIS_MEDIA_LANE_COUNT_APP, 0, 4);
	p.b = plug(p.w, "d", base_part(), &image, false);
	join_all(p.w, p.a, p.b, 4, LW_SMF, 1);
	drive_all(p.a, 8, 26562500, LW_PAM4);
	drive_all(p.b, 4, PAM4_100G, LW_PAM4);
	pass(p.w, 5000);
	for (unsigned i = 0; i < 8; i++) {
		assert_true(lw_twin_receive(p.a, i, &s));
		assert_ptr_equal(s.from, p.b);
		assert_int_equal(s.from_lane, i / 2);
		assert_int_equal(s.baud_kbd, 26562500);
	}
	for (unsigned i = 0; i < 4; i++) {
		assert_true(lw_twin_receive(p.b, i, &s));
		assert_ptr_equal(s.from, p.a);
		assert_int_equal(s.from_lane, 2 * i);
		assert_int_equal(s.baud_kbd, PAM4_100G);
	}
	lw_world_destroy(p.w);
}

/* 10h:128 of CMIS 3.x is DataPathPwrUp: a module that was read while it ran had FFh there. */
static void world_cmis_3_module_runs_while_its_bits_are_set(void **state)
{
	struct pair p;

	(void)state;
	pair_make(&p, 5);
	image_put(&image, LW_CMIS_CMIS_REVISION_MAJOR, 0, 3);
	image_put(&image, LW_CMIS_CMIS_REVISION_MINOR, 0, 0);
	p.a = plug(p.w, "c", base_part(), &image, false);
	join_all(p.w, p.a, p.b, 8, LW_SMF, 2);
	drive_all(p.a, 8, PAM4_100G, LW_PAM4);
	pass(p.w, 5000);
	assert_int_equal(get_byte(p.a, P10, 128), 0xff);
	assert_int_equal(receiving(p.b), 0xff);
	put_byte(p.a, P10, 128, 0x00);
	pass(p.w, 1000);
	assert_int_equal(get_byte(p.a, P11, 128), 0x11);
	assert_int_equal(receiving(p.b), 0);
	put_byte(p.a, P10, 128, 0xff);
	pass(p.w, 5000);
	assert_int_equal(get_byte(p.a, P11, 128), 0x44);
	assert_int_equal(receiving(p.b), 0xff);
	lw_world_destroy(p.w);
}

/* A memory may say that seven host lanes run over four media lanes: lanes stay in their group. */
static void world_lanes_that_do_not_divide_stay_in_their_group(void **state)
{
	struct pair p;
	struct lw_signal s;

	(void)state;
	pair_make(&p, 7);
	image_put(&image, LW_CMIS_HOST_INTERFACE_ID_APP, 0, 0x11);
	image_put(&image, LW_CMIS_MEDIA_INTERFACE_ID_APP, 0, 0x1c);
	image_put(&image, LW_CMIS_MEDIA_LANE_COUNT_APP, 0, 4);
	p.b = plug(p.w, "d", base_part(), &image, false);
	image_put(&image, LW_CMIS_HOST_LANE_COUNT_APP, 0, 7);
	p.a = plug(p.w, "c", base_part(), &image, false);
	join_all(p.w, p.a, p.b, 4, LW_SMF, 1);
	drive_all(p.a, 8, 26562500, LW_PAM4);
	drive_all(p.b, 8, 26562500, LW_PAM4);
	pass(p.w, 5000);
	for (unsigned i = 0; i < 7; i++) {
		assert_true(lw_twin_receive(p.a, i, &s));
		assert_ptr_equal(s.from, p.b);
		assert_int_equal(s.from_lane / 2, i * 4 / 7);
	}
	lw_world_destroy(p.w);
}

static void world_new_application_waits_for_init(void **state)
{
	struct pair p;

	(void)state;
	pair_make(&p, 4);
	/* AppSel 6: the same 8 host lanes at half the rate, on 4 media lanes. */
	image_put(&image, LW_CMIS_HOST_INTERFACE_ID_APP, 5, 0x11);
	image_put(&image, LW_CMIS_MEDIA_INTERFACE_ID_APP, 5, 0x1c);
	image_put(&image, LW_CMIS_HOST_LANE_COUNT_APP, 5, 8);
	image_put(&image, LW_CMIS_MEDIA_LANE_COUNT_APP, 5, 4);
	image_put(&image, LW_CMIS_HOST_LANE_ASSIGNMENT_OPTIONS_APP, 5, 1);
	image_put(&image, LW_CMIS_MEDIA_LANE_ASSIGNMENT_OPTIONS_APP, 5, 1);
	p.a = plug(p.w, "c", base_part(), &image, false);
	join_all(p.w, p.a, p.b, 8, LW_SMF, 2);
	drive_all(p.a, 8, PAM4_100G, LW_PAM4);
	pass(p.w, 5000);
	assert_int_equal(receiving(p.a), 0xff);
	for (unsigned i = 0; i < 8; i++)
		put_byte(p.a, P10, 145 + i, 0x60);
	put_byte(p.a, P10, 143, 0xff);
	pass(p.w, 1000);
	assert_int_equal(get_byte(p.a, P11, 206), 0x60);
	assert_int_equal(get_byte(p.a, P11, 235), 0xff);
	assert_int_equal(receiving(p.a), 0xff);
	assert_int_equal(receiving(p.b), 0xff);
	put_byte(p.a, P10, 128, 0xff);
	pass(p.w, 1000);
	put_byte(p.a, P10, 128, 0x00);
	pass(p.w, 1000);
	assert_int_equal(get_byte(p.a, P11, 235), 0);
	assert_int_equal(get_byte(p.a, P11, 128), 0x44);
	/* Now the host speaks too fast for it. */
	assert_int_equal(receiving(p.b), 0);
	drive_all(p.a, 8, 26562500, LW_PAM4);
	drive_all(p.b, 8, PAM4_100G, LW_PAM4);
	pass(p.w, 1000);
	assert_int_equal(receiving(p.a), 0xff);
	lw_world_destroy(p.w);
}

static struct lw_twin *plug_known(struct lw_world *w, const char *part)
{
	const struct lw_part *known = lw_part_find(part);
	struct lw_twin *t;

	assert_non_null(known);
	t = plug(w, part, known, NULL, false);
	drive_all(t, 8, known->map == LW_MAP_CMIS ? 26562500 : 25781250,
		  known->map == LW_MAP_CMIS ? LW_PAM4 : LW_NRZ);
	return t;
}

static void world_colours_must_fit(void **state)
{
	struct lw_world *w;
	struct lw_twin *fr4, *dr4;

	(void)state;
	assert_int_equal(lw_world_create(1, &w, NULL), 0);
	fr4 = plug_known(w, "QSFP-DD-400G-FR4");
	dr4 = plug_known(w, "QSFP-DD-400G-DR4");
	join_all(w, fr4, dr4, 4, LW_SMF, 1);
	pass(w, 60000);
	/* Of 1271, 1291, 1311 and 1331 nm only the third is what DR4 sends and takes. */
	assert_int_equal(get_byte(fr4, P11, 128), 0x44);
	assert_int_equal(get_field(fr4, LW_MAP_CMIS, LW_CMIS_OPTICAL_POWER_RX, 0), 0);
	assert_int_equal(get_field(fr4, LW_MAP_CMIS, LW_CMIS_OPTICAL_POWER_RX, 1), 0);
	assert_true(get_field(fr4, LW_MAP_CMIS, LW_CMIS_OPTICAL_POWER_RX, 2) > 0);
	assert_int_equal(get_field(fr4, LW_MAP_CMIS, LW_CMIS_OPTICAL_POWER_RX, 3), 0);
	assert_int_equal(get_byte(dr4, P11, 147) & 0x0f, 0x0f); /* since start */
	pass(w, 10);
	assert_int_equal(get_byte(dr4, P11, 147) & 0x0f, 0x0b);
	lw_world_destroy(w);
}

static void world_far_end_for_another_medium_is_dark(void **state)
{
	struct lw_world *w;
	struct lw_twin *psm4, *sr4;
	struct lw_signal s;

	(void)state;
	assert_int_equal(lw_world_create(1, &w, NULL), 0);
	psm4 = plug_known(w, "QSFP28-100G-PSM4");
	sr4 = plug_known(w, "QSFP28-100G-SR4");
	join_all(w, psm4, sr4, 4, LW_SMF, 1);
	pass(w, 10000);
	for (unsigned i = 0; i < 4; i++) {
		assert_int_equal(get_field(psm4, LW_MAP_SFF8636, LW_SFF8636_RX_POWER, i), 0);
		assert_int_equal(get_field(sr4, LW_MAP_SFF8636, LW_SFF8636_RX_POWER, i), 0);
		assert_false(lw_twin_receive(psm4, i, &s));
	}
	lw_world_destroy(w);
}

static void world_lane_off_on_purpose_is_not_too_weak(void **state)
{
	struct lw_world *w;
	struct lw_twin *t;

	(void)state;
	assert_int_equal(lw_world_create(1, &w, NULL), 0);
	t = plug_known(w, "QSFP-DD-400G-DR4");
	pass(w, 60000);
	put_byte(t, P10, 130, 0x01);
	pass(w, 10000);
	get_byte(t, P11, 140);
	get_byte(t, P11, 144);
	pass(w, 10);
	assert_int_equal(get_byte(t, P11, 140), 0);
	assert_int_equal(get_byte(t, P11, 144), 0);
	lw_twin_fault(t, LW_FAULT_DARK, 0x02, true);
	pass(w, 10);
	assert_int_equal(get_byte(t, P11, 140), 0x02);
	assert_int_equal(get_byte(t, P11, 144), 0x02);
	lw_world_destroy(w);
}

/* A deterministic stream for the tests' own choices. */
static uint32_t dice(uint32_t *s)
{
	*s = *s * 1664525u + 1013904223u;
	return *s >> 8;
}

/* Everything readable, plus the events, as one hash. */
static uint64_t digest(struct lw_twin *t, uint64_t h)
{
	size_t n, slots;
	const struct lw_twin_event *e = lw_twin_events(t, &n);
	const struct lw_slot *s = lw_map_slots(LW_MAP_CMIS, &slots);

	for (size_t i = 0; i < n; i++) {
		h = lw_digest(h, &e[i].at, sizeof(e[i].at));
		h = lw_digest(h, &e[i].lane, sizeof(e[i].lane));
		h = lw_digest(h, &e[i].state, sizeof(e[i].state));
	}
	for (size_t i = 0; i < slots; i++) {
		struct lw_addr a = {s[i].i2c, 0, s[i].page, s[i].upper ? 128 : 0};
		uint8_t b[128];

		if (lw_bus_read(lw_twin_bus(t), a, b, 128, NULL))
			continue;
		h = lw_digest(h, b, sizeof(b));
	}
	return h;
}

static void random_step(struct pair *p, uint32_t *s)
{
	struct lw_twin *t = dice(s) & 1 ? p->a : p->b;
	struct lw_addr a = {0x50, 0, 0, 0};
	static const uint8_t pages[] = {0,    1,    2,    3,    0x10, 0x10, 0x10,
					0x11, 0x11, 0x13, 0x13, 0x14, 0x20, 0x24,
					0x2c, 0x2d, 0x2f, 0x9f, 0x9f, 0xa0, 0xf7};
	uint8_t b[128];
	size_t n;

	a.page = pages[dice(s) % sizeof(pages)];
	a.byte = (uint8_t)dice(s);
	n = 1 + dice(s) % 8;
	if (a.byte % 128 + n > 128)
		n = 128u - a.byte % 128;
	for (size_t i = 0; i < n; i++)
		b[i] = (uint8_t)dice(s);
	switch (dice(s) % 8) {
	case 0:
		lw_world_advance(p->w, lw_mono_add(lw_world_now(p->w), lw_ms(dice(s) % 300)));
		break;
	case 1:
		lw_twin_fault(t, (enum lw_fault)(dice(s) % LW_FAULT_N), dice(s), dice(s) & 1);
		break;
	case 2:
		lw_twin_pin_lpmode(t, dice(s) & 1);
		lw_twin_pin_reset(t, dice(s) % 16 == 0);
		break;
	case 3:
	case 4:
		lw_bus_read(lw_twin_bus(t), a, b, n, NULL);
		break;
	default:
		lw_bus_write(lw_twin_bus(t), a, b, n, NULL);
		break;
	}
}

static uint64_t random_life(uint64_t seed, unsigned steps)
{
	struct pair p;
	uint32_t s = (uint32_t)seed;
	uint64_t h;

	pair_make_full(&p, seed);
	for (unsigned i = 0; i < steps; i++)
		random_step(&p, &s);
	h = digest(p.b, digest(p.a, LW_DIGEST_START));
	lw_world_destroy(p.w);
	return h;
}

static void world_same_seed_gives_the_same_bytes(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed < 8; seed++) {
		assert_true(random_life(seed, 400) == random_life(seed, 400));
		assert_true(random_life(seed, 400) != random_life(seed + 100, 400));
	}
}

static void world_random_accesses_never_change_read_only_bytes(void **state)
{
	static const struct {
		int page;
		unsigned first, last;
	} fixed[] = {{LOWER, 0, 2}, {LOWER, 85, 117}, {0, 128, 255}, {1, 128, 255}, {2, 128, 255}};
	struct pair p;
	uint32_t s = 77;
	uint8_t before[128], after[128];

	(void)state;
	pair_make_full(&p, 9);
	pass(p.w, 5000);
	for (unsigned i = 0; i < 20000; i++)
		random_step(&p, &s);
	for (int f = 0; f < LW_FAULT_N; f++) {
		lw_twin_fault(p.a, (enum lw_fault)f, UINT32_MAX, false);
		lw_twin_fault(p.b, (enum lw_fault)f, UINT32_MAX, false);
	}
	lw_twin_pin_reset(p.a, false);
	pass(p.w, 10000);
	for (size_t i = 0; i < sizeof(fixed) / sizeof(fixed[0]); i++) {
		unsigned n = fixed[i].last - fixed[i].first + 1;
		int slot = lw_map_slot(LW_MAP_CMIS, 0x50,
				       (uint8_t)(fixed[i].page < 0 ? 0 : fixed[i].page),
				       fixed[i].page >= 0);

		memcpy(before, image.slot[0][slot] + fixed[i].first % 128, n);
		get_bytes(p.a, fixed[i].page, fixed[i].first, after, n);
		assert_memory_equal(before, after, n);
	}
	assert_int_equal(get_byte(p.a, LOWER, 126), 0);
	assert_int_equal(get_byte(p.a, LOWER, 127), 0);
	lw_world_destroy(p.w);
}

static void world_reset_fault_in_reset_does_not_stay(void **state)
{
	struct pair *p = *state;

	lw_twin_pin_reset(p->a, true);
	pass(p->w, 1000);
	lw_twin_fault(p->a, LW_FAULT_RESET, 0, true);
	lw_twin_pin_reset(p->a, false);
	pass(p->w, 10000);
	assert_int_equal(get_byte(p->a, LOWER, 3) >> 1 & 7, 3);
}

static void world_bad_calls_are_refused(void **state)
{
	struct pair *p = *state;
	struct lw_join j = {.medium = LW_SMF};
	struct lw_twin_options opt = {0};
	struct lw_twin *t = NULL;
	struct lw_error e;

	assert_int_equal(lw_world_plug(p->w, "x", &opt, &t, &e), LW_EINVAL);
	assert_null(t);
	assert_int_equal(lw_world_join(p->w, p->a, 8, p->b, 0, &j, &e), LW_EINVAL);
	assert_int_equal(lw_world_join(p->w, p->a, 0, p->a, 0, &j, &e), LW_EINVAL);
	assert_int_equal(lw_fault_find("cut"), LW_FAULT_CUT);
	assert_int_equal(lw_fault_find("no such"), -1);
	assert_string_equal(lw_fault_name(LW_FAULT_MODULE), "module");
	assert_null(lw_fault_name(LW_FAULT_N));
	assert_string_equal(lw_twin_name(p->a), "a");
}

static void world_hundreds_of_modules_come_up_together(void **state)
{
	enum { N = 300 };
	struct lw_world *w;
	struct lw_twin *t[N];

	(void)state;
	base_image(&image);
	assert_int_equal(lw_world_create(5, &w, NULL), 0);
	for (unsigned i = 0; i < N; i++) {
		char name[16];

		snprintf(name, sizeof(name), "m%u", i);
		t[i] = plug(w, name, base_part(), &image, false);
		drive_all(t[i], 8, PAM4_100G, LW_PAM4);
	}
	for (unsigned i = 0; i < N; i += 2)
		join_all(w, t[i], t[i + 1], 8, LW_SMF, 1);
	pass(w, 5000);
	for (unsigned i = 0; i < N; i++)
		assert_int_equal(receiving(t[i]), 0xff);
	assert_true(lw_world_next(w).ns == LW_NEVER.ns);
	lw_world_destroy(w);
}

#define PAIR(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		PAIR(world_joined_modules_come_up),
		PAIR(world_monitors_follow_the_light),
		PAIR(world_cut_gives_los_on_its_lane_only),
		PAIR(world_flag_of_a_lasting_fault_is_set_again),
		PAIR(world_faults_leave_siblings_undisturbed),
		PAIR(world_silent_host_gives_far_los),
		cmocka_unit_test(world_lane_without_auto_squelch_shines_without_its_host),
		PAIR(world_rx_output_that_is_disabled_leaves_its_host_without_signal),
		PAIR(world_wrong_lane_rate_never_locks),
		PAIR(world_wrong_medium_and_too_much_loss_are_dark),
		PAIR(world_unplugged_module_is_absent_and_comes_back_afresh),
		PAIR(world_faults_of_the_whole_module_show),
		PAIR(world_stuck_path_waits_until_let_go),
		PAIR(world_rejecting_lane_refuses_its_path),
		PAIR(world_reset_fault_in_reset_does_not_stay),
		PAIR(world_bad_calls_are_refused),
		cmocka_unit_test(world_gearbox_maps_groups),
		cmocka_unit_test(world_cmis_3_module_runs_while_its_bits_are_set),
		cmocka_unit_test(world_lanes_that_do_not_divide_stay_in_their_group),
		cmocka_unit_test(world_new_application_waits_for_init),
		cmocka_unit_test(world_colours_must_fit),
		cmocka_unit_test(world_far_end_for_another_medium_is_dark),
		cmocka_unit_test(world_lane_off_on_purpose_is_not_too_weak),
		cmocka_unit_test(world_same_seed_gives_the_same_bytes),
		cmocka_unit_test(world_random_accesses_never_change_read_only_bytes),
		cmocka_unit_test(world_hundreds_of_modules_come_up_together),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
