/* SPDX-License-Identifier: Apache-2.0 */
#include <lanewise/pattern.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* After the headers that it needs. */
#include <cmocka.h>

/*
 * Patterns against sequences that others published: the examples of IEEE 802.3 120.5.11.2.1 and .2,
 * the table of PRBS7 in VESA's DisplayPort standard as tests of others quote it, IEEE's
 * machine-readable SSPRQ by its level counts and a prefix here and by its SHA-256 in
 * tests/cli/test-phy.py, and against recurrences checked bit by bit.
 */

static const struct lw_pattern *named(const char *name)
{
	const struct lw_pattern *p = lw_pattern_find(name);

	assert_non_null(p);
	return p;
}

static void symbols_are(const char *name, uint64_t seed, const char *expected)
{
	struct lw_pattern_source s;
	uint8_t got[128];
	size_t n = strlen(expected);

	assert_int_equal(lw_pattern_start(&s, named(name), seed, NULL), 0);
	lw_pattern_symbols(&s, got, n);
	for (size_t i = 0; i < n; i++)
		assert_int_equal(got[i], expected[i] - '0');
}

static void prbs13q_example_matches(void **state)
{
	(void)state;
	symbols_are("prbs13q", 0, "1031320220111130103121231210012102121023131112");
	symbols_are("PRBS13Q", 0x1aa0, "1031320220111130103121231210012102121023131112");
}

static void prbs31q_example_matches(void **state)
{
	(void)state;
	symbols_are("PRBS-31Q", 0, "22222222222222012222222222220002222222222201201222");
}

static void prbs7_published_sequence_matches(void **state)
{
	static const char all[] = "0000011000010100011110010001011001110101001111101000011100010010"
				  "011011010110111101100011010010111011100110010101011111110000001";
	struct lw_pattern_source s;
	uint8_t got[254];

	(void)state;
	assert_int_equal(sizeof(all) - 1, 127);
	assert_int_equal(lw_pattern_start(&s, named("prbs7"), 1, NULL), 0);
	lw_pattern_symbols(&s, got, sizeof(got));
	for (unsigned i = 0; i < sizeof(got); i++)
		assert_int_equal(got[i], all[i % 127] - '0');
}

static void ssprq_levels_and_prefix_match(void **state)
{
	static uint8_t got[65540];
	struct lw_pattern_source s;
	unsigned count[4] = {0};

	(void)state;
	symbols_are("ssprq", 0, "2222222222222132222222222221221222222222213213222222222122222122");
	lw_pattern_start(&s, named("ssprq"), 0, NULL);
	lw_pattern_symbols(&s, got, sizeof(got));
	for (unsigned i = 0; i < 65535; i++)
		count[got[i]]++;
	assert_int_equal(count[0], 15215);
	assert_int_equal(count[1], 17553);
	assert_int_equal(count[2], 17552);
	assert_int_equal(count[3], 15215);
	assert_memory_equal(got, got + 65535, 5);
}

static unsigned bit(const uint8_t *bits, size_t i)
{
	return bits[i / 8] >> i % 8 & 1;
}

/* The recurrence holds for bits that cross many refills; a period holds each state once. */
static void registers_follow_their_recurrence(void **state)
{
	enum { BITS = 200000 };
	static uint8_t bits[BITS / 8];
	size_t n;
	const struct lw_pattern *all = lw_pattern_all(&n);

	(void)state;
	for (; n--; all++) {
		struct lw_pattern_source s;
		size_t ones = 0, period = (size_t)lw_pattern_period(all);

		if (all->kind != LW_PATTERN_PRBS)
			continue;
		lw_pattern_start(&s, all, 0, NULL);
		lw_pattern_bits(&s, bits, BITS);
		for (size_t i = all->order; i < BITS; i++) {
			unsigned sum = all->inverted;

			for (unsigned e = 1; e <= all->order; e++)
				if (all->taps >> (e - 1) & 1)
					sum ^= bit(bits, i - e) ^ all->inverted;
			assert_int_equal(bit(bits, i), sum);
		}
		if (period > BITS || all->levels == 4)
			continue;
		for (size_t i = 0; i < period; i++)
			ones += bit(bits, i);
		assert_int_equal(ones, (period + 1) / 2);
	}
}

static void seek_equals_going_there(void **state)
{
	static const uint64_t places[] = {1,   2,    63,   64,   65,     66,
					  131, 4223, 4224, 9999, 131069, 262140};
	static uint8_t whole[40000];
	size_t n;
	const struct lw_pattern *all = lw_pattern_all(&n);

	(void)state;
	for (; n--; all++) {
		struct lw_pattern_source s;

		lw_pattern_start(&s, all, 0, NULL);
		lw_pattern_bits(&s, whole, 8 * sizeof(whole));
		for (unsigned i = 0; i < sizeof(places) / sizeof(*places); i++) {
			uint8_t got[40];

			lw_pattern_seek(&s, places[i]);
			/* odd pieces */
			for (unsigned k = 0, at = 0; k < 20; at += 1 + k * 3 % 17, k++) {
				unsigned some = 1 + k * 3 % 17;

				lw_pattern_bits(&s, got, some);
				for (unsigned b = 0; b < some; b++)
					assert_int_equal(bit(got, b),
							 bit(whole, places[i] + at + b));
			}
		}
	}
}

static void seek_by_a_period_returns(void **state)
{
	struct lw_pattern_source s;
	uint8_t first[64], again[64];

	(void)state;
	lw_pattern_start(&s, named("prbs31"), 12345, NULL);
	lw_pattern_bits(&s, first, 512);
	lw_pattern_seek(&s, lw_pattern_period(s.pattern) * 1000000007);
	lw_pattern_bits(&s, again, 512);
	assert_memory_equal(first, again, 64);
}

static void idle_descrambles_to_idle_blocks(void **state)
{
	static uint8_t bits[66 * 1000 / 8];
	uint64_t history = ~UINT64_C(0);
	struct lw_pattern_source s;

	(void)state;
	lw_pattern_start(&s, named("idle"), 0, NULL);
	lw_pattern_bits(&s, bits, 8 * sizeof(bits));
	for (unsigned block = 0; block < 1000; block++) {
		assert_int_equal(bit(bits, block * 66), 1);
		assert_int_equal(bit(bits, block * 66 + 1), 0);
		for (unsigned i = 0; i < 64; i++) {
			unsigned sent = bit(bits, block * 66 + 2 + i);
			unsigned data = sent ^ (history >> 38 & 1) ^ (history >> 57 & 1);

			history = history << 1 | sent;
			assert_int_equal(data, UINT64_C(0x1e) >> i & 1);
		}
	}
}

static void start_with_bad_seed_is_refused(void **state)
{
	struct lw_pattern_source s;
	struct lw_error e;

	(void)state;
	assert_int_equal(lw_pattern_start(&s, named("prbs7"), 128, &e), LW_EINVAL);
	assert_int_equal(lw_pattern_start(&s, named("ssprq"), 1, &e), LW_EINVAL);
	assert_null(lw_pattern_find("prbs8"));
	assert_null(lw_pattern_find(""));
	assert_null(lw_pattern_find(NULL));
}

static void flip(uint8_t *bits, size_t i)
{
	bits[i / 8] ^= (uint8_t)(1 << i % 8);
}

/* Every pattern, from any place, either way up, behind noise: all errors are found, none invented.
 */
static void check_counts_errors_behind_a_lock(void **state)
{
	enum { BITS = 300000, NOISE = 512, ERRORS = 300 };
	static uint8_t bits[BITS / 8];
	size_t n;
	const struct lw_pattern *all = lw_pattern_all(&n);

	(void)state;
	srand(1);
	for (unsigned i = 0; i < n; i++)
		for (unsigned way = 0; way < 2; way++) {
			struct lw_pattern_check c = {.pattern = &all[i]};
			struct lw_pattern_source s;

			lw_pattern_start(&s, &all[i], 0, NULL);
			lw_pattern_seek(&s, 77778);
			for (unsigned k = 0; k < NOISE / 8; k++)
				bits[k] = (uint8_t)rand();
			lw_pattern_bits(&s, bits + NOISE / 8, BITS - NOISE);
			for (unsigned k = NOISE / 8; way && k < sizeof(bits); k++)
				bits[k] ^= 0xff;
			for (unsigned e = 0; e < ERRORS; e++)
				flip(bits, 4000 + e * 900 + (unsigned)rand() % 900);
			lw_pattern_check(&c, bits, BITS);
			lw_pattern_check_end(&c);
			assert_true(c.locked);
			/* a square wave is soon like noise: it may lock up to 25 errors too early
			 */
			if (c.errors < ERRORS ||
			    c.errors > ERRORS + (all[i].kind == LW_PATTERN_SQUARE ? 25 : 0))
				fail_msg("%s: %d errors, %d skipped, %d losses", all[i].name,
					 (int)c.errors, (int)c.skipped, (int)c.losses);
			assert_int_equal(c.losses, 0);
			assert_true(c.skipped < NOISE + 300);
			assert_int_equal(c.bits + c.skipped, BITS);
			if (all[i].levels == 4)
				assert_in_range(c.symbol_errors, ERRORS - 2, ERRORS + 25);
			if (all[i].kind == LW_PATTERN_PRBS)
				assert_int_equal(c.inverted, way);
		}
}

static void check_of_noise_never_locks(void **state)
{
	static uint8_t bits[20000];
	size_t n;
	const struct lw_pattern *all = lw_pattern_all(&n);

	(void)state;
	srand(2);
	for (size_t k = 0; k < sizeof(bits); k++)
		bits[k] = (uint8_t)(rand() >> 4);
	for (; n--; all++) {
		struct lw_pattern_check c = {.pattern = all};
		size_t some = all->kind == LW_PATTERN_SSPRQ ? 800 : sizeof(bits);

		lw_pattern_check(&c, bits, 8 * some);
		assert_false(c.locked);
		assert_int_equal(c.bits, 0);
		assert_int_equal(c.skipped, 8 * some);
	}
}

static void check_finds_the_lock_again_after_a_slip(void **state)
{
	static uint8_t bits[20000];
	struct lw_pattern_check c = {.pattern = named("prbs23")};
	struct lw_pattern_source s;

	(void)state;
	lw_pattern_start(&s, c.pattern, 0, NULL);
	lw_pattern_bits(&s, bits, 80000);
	lw_pattern_bits(&s, bits + 10000, 3); /* three bits are lost */
	lw_pattern_bits(&s, bits + 10000, 80000);
	lw_pattern_check(&c, bits, 8 * sizeof(bits));
	assert_int_equal(c.losses, 1);
	assert_true(c.locked);
	assert_true(c.bits > 157000);
	assert_true(c.errors <= 1024 / 5);
}

static void pam4_codes_and_their_inverses_agree(void **state)
{
	static const uint8_t bits[] = {
		0x78}; /* pairs 00 01 11 10, first bit first: 0,0 0,1 1,1 1,0 */
	static const uint8_t levels[] = {0, 1, 2, 3};
	static const uint8_t sent[] = {3, 1, 0, 2, 2, 1, 3, 0};
	/* each less the one sent before, modulo 4 */
	static const uint8_t coded[] = {3, 2, 2, 0, 2, 3, 0, 0};
	uint8_t got[8], back[2] = {0}, last = 0;

	(void)state;
	lw_pam4_encode(bits, 4, got);
	assert_memory_equal(got, levels, 4);
	lw_pam4_decode(levels, 4, back);
	assert_int_equal(back[0], bits[0]);
	memcpy(got, sent, 8);
	lw_pam4_precode(got, 8, &last);
	assert_memory_equal(got, coded, 8);
	last = 0;
	lw_pam4_decode_precoded(got, 8, &last);
	assert_memory_equal(got, sent, 8);
}

static void precoding_turns_a_burst_into_its_ends(void **state)
{
	uint8_t sent[64], got[64], last = 0;
	unsigned wrong = 0;

	(void)state;
	for (unsigned i = 0; i < 64; i++)
		sent[i] = got[i] = (uint8_t)(i * 7 / 3 % 4);
	lw_pam4_precode(got, 64, &last);
	for (unsigned i = 20; i < 30; i++) /* as a decision feedback equaliser errs: by turns */
		got[i] = (uint8_t)((got[i] + (i % 2 ? 1 : 3)) & 3);
	last = 0;
	lw_pam4_decode_precoded(got, 64, &last);
	for (unsigned i = 0; i < 64; i++)
		wrong += got[i] != sent[i];
	assert_int_equal(wrong, 2);
	assert_true(got[20] != sent[20] && got[30] != sent[30]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(prbs13q_example_matches),
		cmocka_unit_test(prbs31q_example_matches),
		cmocka_unit_test(prbs7_published_sequence_matches),
		cmocka_unit_test(ssprq_levels_and_prefix_match),
		cmocka_unit_test(registers_follow_their_recurrence),
		cmocka_unit_test(seek_equals_going_there),
		cmocka_unit_test(seek_by_a_period_returns),
		cmocka_unit_test(idle_descrambles_to_idle_blocks),
		cmocka_unit_test(start_with_bad_seed_is_refused),
		cmocka_unit_test(check_counts_errors_behind_a_lock),
		cmocka_unit_test(check_of_noise_never_locks),
		cmocka_unit_test(check_finds_the_lock_again_after_a_slip),
		cmocka_unit_test(pam4_codes_and_their_inverses_agree),
		cmocka_unit_test(precoding_turns_a_burst_into_its_ends),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
