/* SPDX-License-Identifier: Apache-2.0 */
#include "support.h"

#include <math.h>

/*
 * Diagnostics of a catalogued part: loopbacks, patterns, versatile diagnostics. Offsets are typed
 * from CMIS 5.4 (8.16, 8.17, 8.27).
 */

enum {
	LOWER = -1,
	P13 = 0x13,
	P14 = 0x14,
	P20 = 0x20,
	P24 = 0x24,
	P25 = 0x25,
	P2C = 0x2c,
	P2D = 0x2d,
	P2F = 0x2f
};
#define PAM4_100G 53125000u

struct bench {
	struct lw_world *w;
	struct lw_twin *a, *b;
};

static struct bench x;

static int setup(void **state)
{
	const struct lw_part *p = lw_part_find("OSFP-800G-DR8");

	(void)state;
	assert_non_null(p);
	assert_int_equal(lw_world_create(3, &x.w, NULL), 0);
	x.a = plug(x.w, "a", p, NULL, false);
	x.b = plug(x.w, "b", p, NULL, false);
	join_all(x.w, x.a, x.b, 8, LW_SMF, 2);
	drive_all(x.a, 8, PAM4_100G, LW_PAM4);
	drive_all(x.b, 8, PAM4_100G, LW_PAM4);
	pass(x.w, 40000);
	assert_int_equal(get_byte(x.a, 0x11, 128), 0x44);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	lw_world_destroy(x.w);
	return 0;
}

/* Whose signal host lane `lane` of `t` gets; NULL: none. */
static const struct lw_twin *source(struct lw_twin *t, unsigned lane)
{
	struct lw_signal s;

	if (!lw_twin_receive(t, lane, &s))
		return NULL;
	assert_int_equal(s.from_lane, lane);
	return s.from;
}

static void loopback_returns_the_near_host_its_own(void **state)
{
	(void)state;
	assert_ptr_equal(source(x.a, 2), x.b);
	put_byte(x.a, P13, 180, 0x04); /* media output */
	assert_ptr_equal(source(x.a, 2), x.a);
	assert_ptr_equal(source(x.a, 3), x.b);
	put_byte(x.a, P13, 180, 0x00);
	assert_ptr_equal(source(x.a, 2), x.b);
	put_byte(x.a, P13, 183, 0xff); /* host input */
	assert_ptr_equal(source(x.a, 7), x.a);
	/* Needs no light. */
	lw_twin_fault(x.a, LW_FAULT_CUT, 0xff, true);
	pass(x.w, 500);
	assert_ptr_equal(source(x.a, 7), x.a);
	put_byte(x.a, P13, 183, 0x00);
	assert_null(source(x.a, 7));
}

static void loopback_returns_the_far_host_its_own(void **state)
{
	(void)state;
	put_byte(x.b, P13, 181, 0x01); /* media input */
	pass(x.w, 1000);
	assert_ptr_equal(source(x.a, 0), x.a);
	assert_ptr_equal(source(x.a, 1), x.b);
	put_byte(x.b, P13, 181, 0x00);
	put_byte(x.b, P13, 182, 0x02); /* host output */
	pass(x.w, 1000);
	assert_ptr_equal(source(x.a, 0), x.b);
	assert_ptr_equal(source(x.a, 1), x.a);
	lw_twin_fault(x.a, LW_FAULT_CUT, 0x02, true);
	pass(x.w, 500);
	assert_null(source(x.a, 1));
}

static void loopback_both_ends_turned_round_comes_to_rest(void **state)
{
	(void)state;
	put_byte(x.a, P13, 181, 0xff);
	put_byte(x.b, P13, 181, 0xff);
	pass(x.w, 10000);
	assert_true(lw_world_next(x.w).ns == LW_NEVER.ns);
}

static void loopback_that_is_not_supported_is_refused(void **state)
{
	static struct lw_image image;
	struct lw_twin *t;

	(void)state; /* S107 */
	put_byte(x.a, P13, 180, 0x01);
	assert_int_equal(get_byte(x.a, P13, 180), 0x01);
	put_byte(x.a, P13, 183, 0x01);
	assert_int_equal(get_byte(x.a, P13, 183), 0x00);
	base_image(&image);
	image_put(&image, LW_CMIS_DIAGNOSTIC_PAGES_SUPPORTED, 0, 1);
	image_put(&image, LW_CMIS_HOST_SIDE_INPUT_LOOPBACK, 0, 1);
	t = plug(x.w, "c", base_part(), &image, false);
	drive_all(t, 8, PAM4_100G, LW_PAM4);
	pass(x.w, 5000);
	put_byte(t, P13, 180, 0x01);
	assert_int_equal(get_byte(t, P13, 180), 0x00);
	put_byte(t, P13, 183, 0x10); /* lanes cannot be told apart: all */
	assert_int_equal(get_byte(t, P13, 183), 0x10);
	assert_ptr_equal(source(t, 0), t);
}

static uint64_t little(const uint8_t *p)
{
	uint64_t v = 0;

	for (unsigned i = 8; i-- > 0;)
		v = v << 8 | p[i];
	return v;
}

/* Errors and bits of the first lane of a selector. */
static void counts(unsigned selector, uint64_t *ret_errors, uint64_t *ret_bits)
{
	uint8_t r[16];

	put_byte(x.a, P14, 128, selector);
	assert_int_equal(get_byte(x.a, P14, 128), selector);
	get_bytes(x.a, P14, 192, r, 16);
	*ret_errors = little(r);
	*ret_bits = little(r + 8);
}

static double f16_at(struct lw_twin *t, int page, unsigned byte)
{
	uint8_t r[2];

	get_bytes(t, page, byte, r, 2);
	return ((r[0] & 7) << 8 | r[1]) * pow(10, (r[0] >> 3) - 24);
}

static void pattern_that_comes_and_goes_is_noticed(void **state)
{
	(void)state;
	put_byte(x.a, P13, 168, 0x01); /* the checker is there first */
	pass(x.w, 100);
	assert_int_equal(get_byte(x.a, P14, 139), 0x01);
	put_byte(x.b, P13, 152, 0x01);
	pass(x.w, 100);
	get_byte(x.a, P14, 139);
	pass(x.w, 100);
	assert_int_equal(get_byte(x.a, P14, 139), 0x00);
	put_byte(x.b, P13, 152, 0x00);
	pass(x.w, 100);
	assert_int_equal(get_byte(x.a, P14, 139), 0x01);
	put_byte(x.a, P13, 152, 0x01); /* its own, turned round at the far end */
	pass(x.w, 100);
	assert_int_equal(get_byte(x.a, P14, 139), 0x01);
	put_byte(x.b, P13, 181, 0x01);
	pass(x.w, 100);
	get_byte(x.a, P14, 139);
	pass(x.w, 100);
	assert_int_equal(get_byte(x.a, P14, 139), 0x00);
}

static void pattern_is_checked_at_the_far_end(void **state)
{
	uint64_t errors, bits, then;

	(void)state;
	put_byte(x.a, P13, 168, 0x01);
	pass(x.w, 100);
	assert_int_equal(get_byte(x.a, P14, 139), 0x01); /* nobody sends it */
	counts(0x04, &errors, &bits);
	assert_int_equal(bits & 1, 1);
	put_byte(x.a, P13, 168, 0x00);
	put_byte(x.b, P13, 152, 0x01);
	put_byte(x.b, P13, 156, 0x06);
	put_byte(x.a, P13, 172, 0x06);
	put_byte(x.a, P13, 168, 0x01);
	pass(x.w, 10);
	get_byte(x.a, P14, 139);
	pass(x.w, 990);
	assert_int_equal(get_byte(x.a, P14, 139), 0x00);
	counts(0x04, &errors, &bits);
	assert_int_equal(bits & 1, 0);
	assert_true(bits > 105000000000 && bits < 107000000000);
	assert_true(errors < bits / 1000000);
	assert_null(source(x.a, 0)); /* its host does not get what the other sends */
	/* 20 km more: there is light, and many errors. */
	assert_int_equal(lw_world_join(x.w, x.a, 0, x.b, 0,
				       &(struct lw_join){.medium = LW_SMF, .loss_db = 8}, NULL),
			 0);
	pass(x.w, 1000);
	then = errors;
	counts(0x04, &errors, &bits);
	assert_true(errors > then + 1000000);
	put_byte(x.a, P14, 128, 0x01);
	assert_true(f16_at(x.a, P14, 208) > 1e-6);
	assert_true(f16_at(x.a, P14, 210) == 0);
	put_byte(x.a, P13, 172, 0x00); /* another pattern */
	pass(x.w, 10);
	assert_int_equal(get_byte(x.a, P14, 139), 0x01);
}

static void pattern_selector_without_meaning_reads_nothing(void **state)
{
	uint8_t r[64];

	(void)state; /* S108 */
	put_byte(x.a, P14, 128, 0x06);
	get_bytes(x.a, P14, 240, r, 2);
	assert_true(r[1] > 17 && r[1] < 30); /* dB, low byte first */
	put_byte(x.a, P14, 128, 0x07);
	assert_int_equal(get_byte(x.a, P14, 128), 0x00);
	get_bytes(x.a, P14, 192, r, 64);
	for (unsigned i = 0; i < 64; i++)
		assert_int_equal(r[i], 0);
}

static void pattern_counters_freeze_and_begin_again(void **state)
{
	uint64_t errors, bits, frozen;

	(void)state; /* S109 */
	put_byte(x.a, P13, 160, 0xff);
	pass(x.w, 2000);
	put_byte(x.a, P13, 177, 0x20);
	counts(0x02, &errors, &frozen);
	assert_true(frozen > 200000000000);
	pass(x.w, 1000);
	counts(0x02, &errors, &bits);
	assert_true(bits == frozen);
	counts(0x12, &errors, &bits);
	assert_true(bits == frozen);
	put_byte(x.a, P13, 177, 0x00);
	pass(x.w, 1000);
	counts(0x02, &errors, &bits);
	assert_true(bits > 100000000000 && bits < 110000000000);
	counts(0x12, &errors, &bits);
	assert_true(bits == frozen);
}

static void pattern_gate_ends_the_measurement(void **state)
{
	uint64_t errors, bits, later;

	(void)state;
	put_byte(x.a, P13, 177, 0x02); /* 5 s */
	put_byte(x.a, P13, 160, 0x0f);
	pass(x.w, 4900);
	assert_int_equal(get_byte(x.a, P14, 134), 0x00);
	pass(x.w, 200);
	assert_int_equal(get_byte(x.a, P14, 134), 0x0f);
	assert_int_equal(get_byte(x.a, P13, 160), 0x00);
	counts(0x12, &errors, &bits);
	assert_true(bits / 531250000000 == 1 && bits % 531250000000 < 1000000);
	pass(x.w, 1000);
	counts(0x02, &errors, &later);
	assert_true(later == bits);
	put_byte(x.a, P13, 177, 0x12); /* again and again */
	put_byte(x.a, P13, 160, 0x0f);
	pass(x.w, 12000);
	assert_int_equal(get_byte(x.a, P14, 134), 0x0f);
	assert_int_equal(get_byte(x.a, P13, 160), 0x0f);
	counts(0x02, &errors, &later);
	assert_true(later > 200000000000 && later < 220000000000);
}

/* The sample of instance `i` of a group as an unsigned number. */
static unsigned sample(int page, unsigned i)
{
	uint8_t r[2];

	get_bytes(x.a, page, 128 + 2 * i, r, 2);
	return (unsigned)(r[0] << 8 | r[1]);
}

static void vdm_follows_the_light(void **state)
{
	unsigned snr = sample(P24, 0);
	double ber = f16_at(x.a, P24, 128 + 2 * 24);

	(void)state;
	assert_true(snr > 18 * 256 && snr < 30 * 256);
	assert_true(ber < 1e-5);
	assert_true(sample(P24, 8) > 20 * 256); /* host lane 1 */
	assert_int_equal(lw_world_join(x.w, x.a, 0, x.b, 0,
				       &(struct lw_join){.medium = LW_SMF, .loss_db = 8}, NULL),
			 0);
	pass(x.w, 2000);
	assert_true(sample(P24, 0) < snr - 256);
	assert_true(f16_at(x.a, P24, 128 + 2 * 24) > 10 * ber);
	lw_twin_fault(x.a, LW_FAULT_CUT, 0x01, true);
	pass(x.w, 2000);
	assert_int_equal(sample(P24, 0), 0);
	assert_true(sample(P24, 1) > 18 * 256);
	/* The path spans all lanes: an eighth of its bits is guessed. */
	assert_true(f16_at(x.a, P24, 128 + 2 * 24) > 0.05);
	assert_true(f16_at(x.a, P25, 128 + 2 * 16) > 0.9); /* frames */
	lw_twin_fault(x.a, LW_FAULT_AGED, 0x01, true);
	assert_int_equal(sample(P25, 8), 100);
	assert_int_equal(sample(P25, 9), 3);
}

static void vdm_raises_flags_and_the_interrupt_if_unmasked(void **state)
{
	(void)state;
	get_byte(x.a, P2C, 128); /* there was no light at first */
	pass(x.w, 100);
	assert_int_equal(get_byte(x.a, P2C, 128), 0x00);
	lw_twin_fault(x.a, LW_FAULT_CUT, 0x01, true);
	pass(x.w, 2000);
	assert_int_equal(get_byte(x.a, P2D, 128), 0xff);
	assert_int_equal(get_byte(x.a, LOWER, 4) & 8, 8);
	assert_int_equal(get_byte(x.a, P2C, 128), 0x0a); /* lane 1: low alarm and warning */
	assert_int_equal(get_byte(x.a, P2C, 128), 0x00);
	pass(x.w, 100);
	for (unsigned i = 134; i <= 153; i++)
		put_byte(x.a, 0x10, 213 + i - 134, 0xff); /* masks of page 11h */
	for (unsigned i = 8; i < 12; i++)
		get_byte(x.a, LOWER, i);
	assert_false(lw_twin_interrupt(x.a));
	put_byte(x.a, P2D, 128, 0x00);
	assert_true(lw_twin_interrupt(x.a));
}

static void expect_no_vdm_flags(struct lw_twin *t)
{
	uint8_t flags[128];

	get_bytes(t, P2C, 128, flags, sizeof(flags));
	for (unsigned i = 0; i < sizeof(flags); i++)
		assert_int_equal(flags[i], 0x00);
}

static void vdm_statistics_begin_with_the_first_signal(void **state)
{
	enum { AVERAGE = 128 + 2 * 48, MAXIMUM = 128 + 2 * 40 };
	uint8_t flags[128];

	(void)state;
	/* b starts long before a: meanwhile its path has outputs, and no light. */
	lw_twin_fault(x.a, LW_FAULT_UNPLUG, 0, true);
	lw_twin_fault(x.b, LW_FAULT_UNPLUG, 0, true);
	pass(x.w, 1000);
	lw_twin_fault(x.b, LW_FAULT_UNPLUG, 0, false);
	pass(x.w, 60000);
	assert_int_equal(get_byte(x.b, 0x11, 128), 0x44);
	assert_true(f16_at(x.b, P24, MAXIMUM) > 0.4);
	lw_twin_fault(x.a, LW_FAULT_UNPLUG, 0, false);
	pass(x.w, 60000);
	get_bytes(x.b, P2C, 128, flags, sizeof(flags)); /* there was no light */
	pass(x.w, 5000);
	expect_no_vdm_flags(x.b);
	assert_true(f16_at(x.b, P24, MAXIMUM) < 1e-4);
	assert_true(f16_at(x.b, P24, AVERAGE) <= f16_at(x.b, P24, MAXIMUM));
	/* A loss of light on the way is one. */
	lw_twin_fault(x.b, LW_FAULT_CUT, 0xff, true);
	pass(x.w, 2000);
	lw_twin_fault(x.b, LW_FAULT_CUT, 0xff, false);
	pass(x.w, 2000);
	assert_true(f16_at(x.b, P24, MAXIMUM) > 0.4);
	get_bytes(x.b, P2C, 128, flags, sizeof(flags));
	pass(x.w, 5000);
	assert_int_equal(get_byte(x.b, P2C, 128 + 40 / 2) & 0x05, 0x05);
	put_byte(x.b, P2F, 144, 0x80);
	pass(x.w, 100);
	put_byte(x.b, P2F, 144, 0x00);
	pass(x.w, 2000);
	get_bytes(x.b, P2C, 128, flags, sizeof(flags));
	pass(x.w, 5000);
	expect_no_vdm_flags(x.b);
	assert_true(f16_at(x.b, P24, MAXIMUM) < 1e-4);
}

static void vdm_freeze_holds_statistics_and_starts_an_interval(void **state)
{
	enum { AVERAGE = 128 + 2 * 48 }; /* instance 49: average BER of path 1 */
	double held, moved;
	unsigned first;

	(void)state; /* S105, S106 */
	assert_int_equal(get_byte(x.a, P2F, 145), 0x00);
	put_byte(x.a, P2F, 144, 0x80);
	assert_int_equal(get_byte(x.a, P2F, 145), 0x00);
	pass(x.w, 10);
	assert_int_equal(get_byte(x.a, P2F, 145), 0x80);
	held = f16_at(x.a, P24, AVERAGE);
	first = sample(P24, 0);
	lw_twin_fault(x.a, LW_FAULT_CUT, 0xff, true);
	pass(x.w, 5000);
	assert_true(f16_at(x.a, P24, AVERAGE) == held);
	assert_int_not_equal(sample(P24, 0), first); /* basic observables move */
	put_byte(x.a, P2F, 144, 0x00);
	assert_int_equal(get_byte(x.a, P2F, 145) & 0x40, 0x00);
	pass(x.w, 10);
	assert_int_equal(get_byte(x.a, P2F, 145) & 0x40, 0x40);
	moved = f16_at(x.a, P24, AVERAGE);
	assert_true(moved > 0.4); /* nearly all of the interval was dark */
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		CASE(loopback_returns_the_near_host_its_own),
		CASE(loopback_returns_the_far_host_its_own),
		CASE(loopback_both_ends_turned_round_comes_to_rest),
		CASE(loopback_that_is_not_supported_is_refused),
		CASE(pattern_that_comes_and_goes_is_noticed),
		CASE(pattern_is_checked_at_the_far_end),
		CASE(pattern_selector_without_meaning_reads_nothing),
		CASE(pattern_counters_freeze_and_begin_again),
		CASE(pattern_gate_ends_the_measurement),
		CASE(vdm_follows_the_light),
		CASE(vdm_raises_flags_and_the_interrupt_if_unmasked),
		CASE(vdm_statistics_begin_with_the_first_signal),
		CASE(vdm_freeze_holds_statistics_and_starts_an_interval),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
