/* SPDX-License-Identifier: Apache-2.0 */
#include <lanewise/chain.h>
#include <lanewise/frames.h>
#include <lanewise/rs.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* After the headers that it needs. */
#include <cmocka.h>

/* Frames over codewords: laid one by one by another way of counting, and against theory. */

enum { GROUPS = 400 };

static const struct lw_fec *code(const char *name)
{
	return lw_fec_find(name);
}

static struct lw_frames make(unsigned octets, const char *name, unsigned interleaved)
{
	struct lw_frames f;

	assert_int_equal(lw_frames_init(&f, octets, code(name), interleaved, NULL), 0);
	return f;
}

/* A preamble's block, the octets, the block that the end is in; 46.3.1.4 puts 12 octets between. */
static void frame_shortest_fills_ten_blocks(void **state)
{
	struct lw_frames f = make(64, "RS(544,514)", 2);

	(void)state;
	assert_int_equal(lw_frame_bytes(64), 80);
	assert_int_equal(lw_frame_bytes(71), 80);
	assert_int_equal(lw_frame_bytes(72), 88);
	assert_int_equal(lw_frame_bytes(1518), 8 * 191);
	assert_int_equal(f.blocks, 10);
	assert_int_equal(f.group, 160);
	assert_int_equal(f.pitch, 84);
	assert_int_equal(make(64, "RS(272,258)", 1).group, 40);
}

static void frame_of_impossible_length_is_refused(void **state)
{
	struct lw_error e;
	struct lw_frames f;

	(void)state;
	assert_int_equal(lw_frames_init(&f, 63, code("RS(544,514)"), 1, &e), LW_EINVAL);
	assert_non_null(strstr(e.message, "64 to 9600 octets, not 63"));
	assert_int_equal(lw_frames_init(&f, 9601, code("RS(544,514)"), 1, &e), LW_EINVAL);
	assert_int_equal(lw_frames_init(&f, 64, code("oFEC"), 1, &e), LW_EINVAL);
	assert_int_equal(lw_frames_init(&f, 64, code("RS(544,514)"), 0, &e), LW_EINVAL);
}

/* The gap is at least what a deficit of seven octets leaves of twelve, and twelve on average. */
static void frame_gaps_are_those_of_the_deficit_idle_count(void **state)
{
	static const unsigned octets[] = {64, 65, 76, 100, 1518, 9600};

	(void)state;
	for (unsigned k = 0; k < sizeof(octets) / sizeof(*octets); k++) {
		struct lw_frames f = make(octets[k], "RS(544,514)", 1);
		uint64_t from = 1000, end = 400000, n;
		double pitch;

		n = lw_frames_before(&f, end) - lw_frames_before(&f, from);
		pitch = (double)((end - from) * f.group * 8) / (double)n;
		/* one block in `every` frames more */
		assert_true(fabs(pitch - (octets[k] + 20 + 8.0 / f.every)) < 2e-3 * pitch / 100);
	}
}

/* Starts of all frames, one after the other: where each begins, by a sum instead of a search. */
static unsigned lay(const struct lw_frames *f, uint64_t *ret, unsigned most)
{
	uint64_t octets = 0, more = 0;
	unsigned n = 0;

	while (n < most) {
		if (n && n % f->every == 0)
			more++;
		ret[n] = octets / 8 + more;
		if (ret[n++] >= (uint64_t)GROUPS * f->group)
			break;
		octets += f->octets + 20;
	}
	return n;
}

static void one_length(unsigned octets, const char *name, unsigned interleaved, unsigned seed)
{
	enum { MOST = 4 * GROUPS * 320 / 10 };
	struct lw_frames f = make(octets, name, interleaved);
	uint64_t *start = malloc(MOST * sizeof(*start)), naive = 0, counted = 0, frames = 0;
	bool bad[GROUPS + 64] = {false};
	unsigned n = lay(&f, start, MOST);

	for (unsigned g = 0; g < GROUPS; g++) {
		seed = seed * 1664525u + 1013904223u;
		bad[g] = seed >> 24 < 40;
	}
	for (unsigned i = 0; i < n && start[i] < (uint64_t)(GROUPS - 64) * f.group; i++) {
		bool lost = false;

		for (unsigned b = 0; b <= f.blocks; b++)
			lost |= bad[(start[i] + b) / f.group];
		naive += lost;
		frames++;
	}
	/* in stretches of any length: the sum is the same */
	for (unsigned at = 0, size = 1; at < GROUPS - 64; at += size, size = size * 5 % 37 + 1) {
		struct lw_frames_lost x;

		if (size > GROUPS - 64 - at)
			size = GROUPS - 64 - at;
		lw_frames_begin(&f, at, size, &x);
		for (unsigned g = at; g <= at + size - 1 + lw_frames_ahead(&f); g++)
			if (bad[g])
				lw_frames_spoil(&f, g, &x);
		counted += x.n;
		frames -= x.end - x.first;
	}
	free(start);
	if (counted != naive || frames)
		fail_msg("%u octets, %u words: %llu lost, %llu one by one; %lld frames over",
			 octets, interleaved, (unsigned long long)counted,
			 (unsigned long long)naive, (long long)frames);
}

static void frames_lost_are_those_laid_one_by_one(void **state)
{
	static const unsigned octets[] = {64, 65, 71, 72, 76, 100, 512, 1500, 1518, 9000, 9600};

	(void)state;
	for (unsigned k = 0; k < sizeof(octets) / sizeof(*octets); k++)
		for (unsigned w = 1; w <= 4; w *= 2)
			one_length(octets[k], "RS(544,514)", w, 7 * k + w);
	one_length(1518, "RS(272,258)", 1, 5);
}

/* Whatever its length, a frame begins at each block of a group as often as at any other. */
static void frames_begin_at_every_block_equally_often(void **state)
{
	static const unsigned octets[] = {64, 76, 108, 140, 1518};
	unsigned *seen = calloc(320, sizeof(*seen));

	(void)state;
	for (unsigned k = 0; k < sizeof(octets) / sizeof(*octets); k++) {
		struct lw_frames f = make(octets[k], "RS(544,514)", 1);
		uint64_t all = (uint64_t)f.every * f.group, at;

		memset(seen, 0, 320 * sizeof(*seen));
		for (at = 0; at < all; at++)
			seen[(at * f.pitch / 8 + at / f.every) % f.group]++;
		for (unsigned i = 0; i < f.group; i++)
			if (seen[i] != f.every)
				fail_msg("%u octets: %u begin at block %u, not %u", octets[k],
					 seen[i], i, f.every);
	}
	free(seen);
}

/* Counted over a channel of independent errors: theory lies in the interval. */
static void frames_lost_over_codewords_agree_with_theory(void **state)
{
	static const struct {
		const char *code;
		double ber;
		unsigned interleaved, octets, groups;
	} cases[] = {
		{"RS(528,514)", 6e-4, 1, 64, 10000},    {"RS(528,514)", 6e-4, 2, 64, 6000},
		{"RS(528,514)", 6e-4, 4, 1518, 3000},   {"RS(544,514)", 2.5e-3, 1, 64, 5000},
		{"RS(544,514)", 2.5e-3, 2, 9000, 2500}, {"RS(544,514)", 2.5e-3, 4, 64, 1200},
	};

	(void)state;
	for (unsigned i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct lw_rs_channel c = {.ber = cases[i].ber,
					  .burst = 1,
					  .interleaved = cases[i].interleaved,
					  .muxed = 1,
					  .seed = 20 + i,
					  .frame_octets = cases[i].octets};
		struct lw_frames f = make(c.frame_octets, cases[i].code, c.interleaved);
		struct lw_rs_count n = {0}, parts = {0};
		struct lw_frames_ratio r;
		struct lw_rs *rs;
		double theory = lw_fec_frame_loss(code(cases[i].code), c.ber, c.interleaved,
						  lw_frame_bytes(c.frame_octets));

		assert_int_equal(lw_rs_create(code(cases[i].code), LW_RS_BEST, &rs, NULL), 0);
		assert_int_equal(lw_rs_count_errors(rs, &c, 0, cases[i].groups, &n, NULL), 0);
		lw_frames_loss(&f, n.frames, n.frames_lost, n.groups, n.groups_lost, 0.99, &r);
		if (!(r.lower <= theory && theory <= r.upper && n.groups_lost > 100))
			fail_msg("case %u: %.4g of %llu frames lost (%.4g to %.4g), theory %.4g", i,
				 r.ratio, (unsigned long long)n.frames, r.lower, r.upper, theory);
		/* any split gives the same sums */
		lw_rs_count_errors(rs, &c, 0, 777, &parts, NULL);
		lw_rs_count_errors(rs, &c, 777, cases[i].groups - 777, &parts, NULL);
		assert_memory_equal(&parts, &n, sizeof(n));
		lw_rs_destroy(rs);
	}
}

/* The same behind a slicer, with the codewords of a PMD's PCS. */
static void frames_lost_on_a_lane_agree_with_theory(void **state)
{
	static struct lw_pulse flat;
	static const unsigned octets[] = {64, 1518};

	(void)state;
	flat.n = 1;
	for (unsigned s = 0; s < LW_PHASES; s++)
		flat.h[0][s] = 1;
	for (unsigned i = 0; i < 2; i++) {
		struct lw_chain_count n = {0};
		struct lw_frames f = make(octets[i], "RS(544,514)", 2);
		struct lw_frames_ratio r;
		struct lw_chain c;
		double ber, theory;

		lw_chain_init(&c, LW_PAM4, &flat);
		c.fec = code("RS(544,514)");
		c.interleaved = 2;
		c.frame_octets = octets[i];
		c.noise_rms = 0.1165;
		c.seed = 3;
		assert_int_equal(lw_chain_run(&c, 0, 100, &n, NULL), 0);
		ber = lw_phy_ber(lw_phy_db(5.0 / 9 / (c.noise_rms * c.noise_rms)), LW_PAM4);
		theory = lw_fec_frame_loss(c.fec, ber, 2, lw_frame_bytes(octets[i]));
		lw_frames_loss(&f, n.frames, n.frames_lost, n.groups, n.groups_lost, 0.99, &r);
		if (!(r.lower <= theory && theory <= r.upper && n.groups_lost > 30))
			fail_msg("%u octets: %.4g of %llu frames lost (%.4g to %.4g) at BER %.4g, "
				 "theory %.4g (%llu groups)",
				 octets[i], r.ratio, (unsigned long long)n.frames, r.lower, r.upper,
				 ber, theory, (unsigned long long)n.groups_lost);
	}
}

/* Several frames go with each group: the interval is no narrower than that of the groups. */
static void frame_loss_interval_is_that_of_the_groups(void **state)
{
	struct lw_frames f = make(64, "RS(544,514)", 1);
	struct lw_frames_ratio r;

	(void)state;
	lw_frames_loss(&f, 7600000, 860, 1000000, 100, 0.95, &r);
	assert_true(fabs(r.ratio - 860 / 7.6e6) < 1e-12);
	assert_true(fabs(r.lower / r.ratio - 0.8136) < 1e-3); /* of 100 events: 81.36 to 121.63 */
	assert_true(fabs(r.upper / r.ratio - 1.2163) < 1e-3);
	lw_frames_loss(&f, 7600000, 0, 1000000, 0, 0.95, &r);
	assert_true(r.lower == 0 && r.ratio == 0);
	assert_true(fabs(r.upper / (2.9957e-6 * 1.125) - 1) < 1e-3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(frame_shortest_fills_ten_blocks),
		cmocka_unit_test(frame_of_impossible_length_is_refused),
		cmocka_unit_test(frame_gaps_are_those_of_the_deficit_idle_count),
		cmocka_unit_test(frames_lost_are_those_laid_one_by_one),
		cmocka_unit_test(frames_begin_at_every_block_equally_often),
		cmocka_unit_test(frames_lost_over_codewords_agree_with_theory),
		cmocka_unit_test(frames_lost_on_a_lane_agree_with_theory),
		cmocka_unit_test(frame_loss_interval_is_that_of_the_groups),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
