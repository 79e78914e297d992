/* SPDX-License-Identifier: Apache-2.0 */
#include <lanewise/rs.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

/* After the headers that it needs. */
#include <cmocka.h>

/*
 * Reed-Solomon: the plain engine against arithmetic done apart from it here (by shifts, no tables)
 * and the generator polynomials as IEEE 802.3 table 91-1 prints them; the other engines against the
 * plain one, bit by bit.
 */

static const char *const codes[] = {"RS(528,514)", "RS(544,514)", "RS(272,258)"};

#define CODES (sizeof(codes) / sizeof(*codes))

static uint64_t seed = 1;

static unsigned random_below(unsigned n)
{
	seed = seed * 6364136223846793005u + 1442695040888963407u;
	return (unsigned)((seed >> 33) % n);
}

static void fill_random(uint8_t *p, size_t n)
{
	while (n--)
		*p++ = (uint8_t)random_below(256);
}

static struct lw_rs *make(const char *code, enum lw_rs_engine engine)
{
	struct lw_rs *rs = NULL;
	struct lw_error e;

	if (!lw_rs_available(engine))
		skip();
	if (lw_rs_create(lw_fec_find(code), engine, &rs, &e))
		fail_msg("%s", e.message);
	return rs;
}

/* Multiplication by shifts. */
static unsigned slow_multiply(unsigned a, unsigned b)
{
	unsigned sum = 0;

	for (; b; b >>= 1) {
		if (b & 1)
			sum ^= a;
		a <<= 1;
		if (a & 0x400)
			a ^= 0x409;
	}
	return sum;
}

static unsigned slow_value(const uint8_t *word, unsigned n, unsigned root)
{
	unsigned v = 0;

	for (unsigned p = 0; p < n; p++)
		v = slow_multiply(v, root) ^ lw_rs_symbol(word, p);
	return v;
}

static void encoder_gives_values_of_zero_at_all_roots(void **state)
{
	uint8_t word[LW_RS_BYTES_MAX], message[LW_RS_BYTES_MAX];

	(void)state;
	for (unsigned c = 0; c < CODES; c++) {
		const struct lw_fec *f = lw_fec_find(codes[c]);
		struct lw_rs *rs = make(codes[c], LW_RS_PLAIN);
		unsigned root = 1;

		fill_random(word, sizeof(word));
		memcpy(message, word, sizeof(word));
		lw_rs_encode(rs, word, 1);
		for (unsigned j = 0; j < f->n - f->k; j++) {
			assert_int_equal(slow_value(word, f->n, root), 0);
			root = slow_multiply(root, 2);
		}
		assert_int_not_equal(slow_value(word, f->n, root), 0);
		for (unsigned p = 0; p < f->k; p++)
			assert_int_equal(lw_rs_symbol(word, p), lw_rs_symbol(message, p));
		lw_rs_destroy(rs);
	}
}

/* A message of 1 alone in its last symbol has the generator's lower coefficients for parity. */
static void encoder_shows_the_published_generators(void **state)
{
	static const uint16_t kr[] = {432, 290, 945, 265, 592, 391, 614,
				      900, 925, 656, 32,  701, 6,   904};
	static const uint16_t kp[] = {523, 834, 128, 158, 185, 127, 392, 193, 610, 788,
				      361, 883, 503, 942, 385, 495, 720, 94,  132, 593,
				      249, 282, 565, 108, 1,   552, 230, 187, 552, 575};
	uint8_t word[LW_RS_BYTES_MAX] = {0};
	struct lw_rs *rs = make("RS(528,514)", LW_RS_PLAIN);

	(void)state;
	lw_rs_set_symbol(word, 513, 1);
	lw_rs_encode(rs, word, 1);
	for (unsigned i = 0; i < 14; i++)
		assert_int_equal(lw_rs_symbol(word, 514 + i), kr[13 - i]);
	lw_rs_destroy(rs);
	rs = make("RS(544,514)", LW_RS_PLAIN);
	memset(word, 0, sizeof(word));
	lw_rs_set_symbol(word, 513, 1);
	lw_rs_encode(rs, word, 1);
	for (unsigned i = 0; i < 30; i++)
		assert_int_equal(lw_rs_symbol(word, 514 + i), kp[29 - i]);
	lw_rs_destroy(rs);
}

/* `count` different symbols become wrong, in a row or anywhere. */
static void hurt(uint8_t *word, unsigned n, unsigned count, bool in_a_row)
{
	bool is_hurt[LW_RS_N_MAX] = {false};
	unsigned first = random_below(n - count + 1);

	for (unsigned i = 0; i < count; i++) {
		unsigned p = first + i;

		while (!in_a_row && is_hurt[p = random_below(n)])
			;
		is_hurt[p] = true;
		lw_rs_set_symbol(word, p, lw_rs_symbol(word, p) ^ (1 + random_below(1023)));
	}
}

static void up_to_t_errors_are_corrected(void **state)
{
	uint8_t sent[LW_RS_BYTES_MAX], word[LW_RS_BYTES_MAX];

	(void)state;
	for (unsigned c = 0; c < CODES; c++) {
		const struct lw_fec *f = lw_fec_find(codes[c]);
		struct lw_rs *rs = make(codes[c], LW_RS_PLAIN);

		for (unsigned errors = 0; errors <= f->t; errors++)
			for (unsigned row = 0; row < 6; row++) {
				int8_t ret;

				fill_random(sent, sizeof(sent));
				lw_rs_encode(rs, sent, 1);
				memcpy(word, sent, sizeof(sent));
				hurt(word, f->n, errors, row % 2);
				lw_rs_decode(rs, word, 1, &ret);
				assert_int_equal(ret, errors);
				assert_memory_equal(word, sent, sizeof(sent));
			}
		lw_rs_destroy(rs);
	}
}

/* Words as they come when errors lie in the part that is cut off: the decoder of the long code
 * would correct them to no codeword of this one. */
static void errors_in_the_shortened_part_are_lost(void **state)
{
	(void)state;
	for (unsigned c = 0; c < CODES; c++) {
		const struct lw_fec *f = lw_fec_find(codes[c]);
		struct lw_rs *rs = make(codes[c], LW_RS_PLAIN);
		uint8_t word[LW_RS_BYTES_MAX], before[LW_RS_BYTES_MAX];
		unsigned cut = f->n + random_below(1023 - f->n), at = 1, v = 1;
		int8_t ret;

		/* the parity of x^cut, added to a codeword: one error at the power `cut` */
		fill_random(word, sizeof(word));
		lw_rs_encode(rs, word, 1);
		{
			uint8_t tail[LW_RS_BYTES_MAX] = {0};

			/* x^cut modulo the generator, by steps of the shift register */
			lw_rs_set_symbol(tail, f->k - 1, 1);
			lw_rs_encode(rs, tail, 1);
			for (at = f->n - f->k; at < cut; at++) {
				uint8_t next[LW_RS_BYTES_MAX] = {0};

				lw_rs_set_symbol(next, f->k - 1, lw_rs_symbol(tail, f->k));
				lw_rs_encode(rs, next, 1);
				for (unsigned p = f->k; p < f->n; p++) {
					v = lw_rs_symbol(next, p);
					if (p + 1 < f->n)
						v ^= lw_rs_symbol(tail, p + 1);
					lw_rs_set_symbol(next, p, v);
				}
				memcpy(tail, next, sizeof(tail));
			}
			for (unsigned p = f->k; p < f->n; p++)
				lw_rs_set_symbol(word, p,
						 lw_rs_symbol(word, p) ^ lw_rs_symbol(tail, p));
		}
		memcpy(before, word, sizeof(word));
		lw_rs_decode(rs, word, 1, &ret);
		assert_int_equal(ret, LW_RS_LOST);
		assert_memory_equal(word, before, sizeof(word));
		lw_rs_destroy(rs);
	}
}

/* A batch whose words have what `errors_of` says. */
static void compare_engines(const char *code, enum lw_rs_engine engine, unsigned most, bool mixed,
			    bool in_a_row, size_t n)
{
	const struct lw_fec *f = lw_fec_find(code);
	struct lw_rs *plain = make(code, LW_RS_PLAIN), *fast = make(code, engine);
	size_t bytes = lw_rs_word_bytes(plain), roots = f->n - f->k;
	uint8_t *a = malloc(n * bytes), *b = malloc(n * bytes);
	int8_t *ret_a = malloc(n), *ret_b = malloc(n);
	uint16_t *s_a = malloc(n * roots * sizeof(*s_a)), *s_b = malloc(n * roots * sizeof(*s_b));

	fill_random(a, n * bytes);
	memcpy(b, a, n * bytes);
	lw_rs_encode(plain, a, n);
	lw_rs_encode(fast, b, n);
	assert_memory_equal(a, b, n * bytes);
	for (size_t i = 0; i < n; i++)
		hurt(a + i * bytes, f->n, mixed ? random_below(most + 1) : most, in_a_row);
	memcpy(b, a, n * bytes);
	lw_rs_syndromes(plain, a, n, s_a);
	lw_rs_syndromes(fast, b, n, s_b);
	assert_memory_equal(s_a, s_b, n * roots * sizeof(*s_a));
	lw_rs_decode(plain, a, n, ret_a);
	lw_rs_decode(fast, b, n, ret_b);
	assert_memory_equal(ret_a, ret_b, n);
	assert_memory_equal(a, b, n * bytes);
	free(a);
	free(b);
	free(ret_a);
	free(ret_b);
	free(s_a);
	free(s_b);
	lw_rs_destroy(plain);
	lw_rs_destroy(fast);
}

static void compare_all(enum lw_rs_engine engine)
{
	for (unsigned c = 0; c < CODES; c++) {
		unsigned t = lw_fec_find(codes[c])->t;
		struct lw_rs *rs = make(codes[c], engine);
		unsigned batch = lw_rs_batch(rs);

		lw_rs_destroy(rs);
		for (unsigned i = 0; i < 6; i++) {
			const unsigned errors[] = {0, 1, t / 2, t, t + 1, t + 3};

			compare_engines(codes[c], engine, errors[i], false, i % 2, batch);
		}
		compare_engines(codes[c], engine, t + 3, true, false, batch + 9);
		compare_engines(codes[c], engine, t, true, true, 2 * batch + 7);
		compare_engines(codes[c], engine, t + 1, true, false, 8);
	}
}

static void avx2_equals_plain(void **state)
{
	(void)state;
	compare_all(LW_RS_AVX2);
}

static void avx512_equals_plain(void **state)
{
	(void)state;
	compare_all(LW_RS_AVX512);
}

static void gfni_equals_plain(void **state)
{
	(void)state;
	compare_all(LW_RS_GFNI);
}

/* Few words of a batch are wrong: another way through the decoder. */
static void few_errors_in_a_batch_equal_plain(void **state)
{
	(void)state;
	for (enum lw_rs_engine e = LW_RS_AVX2; e < LW_RS_ENGINES; e++) {
		struct lw_rs *rs = make("RS(544,514)", e);
		size_t bytes = lw_rs_word_bytes(rs), n = lw_rs_batch(rs);
		uint8_t *sent = malloc(n * bytes), *words = malloc(n * bytes);
		int8_t *ret = malloc(n);

		fill_random(sent, n * bytes);
		lw_rs_encode(rs, sent, n);
		memcpy(words, sent, n * bytes);
		for (unsigned i = 0; i < 10; i++)
			hurt(words + (n - 1 - i * 7) * bytes, 544, i + 1, false);
		lw_rs_decode(rs, words, n, ret);
		assert_memory_equal(sent, words, n * bytes);
		for (unsigned i = 0; i < 10; i++)
			assert_int_equal(ret[n - 1 - i * 7], i + 1);
		free(sent);
		free(words);
		free(ret);
		lw_rs_destroy(rs);
	}
}

static void planes_give_what_bytes_give(void **state)
{
	(void)state;
	for (enum lw_rs_engine e = LW_RS_AVX2; e < LW_RS_ENGINES; e++) {
		struct lw_rs *rs = make("RS(544,514)", e);
		size_t bytes = lw_rs_word_bytes(rs), n = lw_rs_batch(rs);
		uint8_t *sent = malloc(n * bytes), *words = malloc(n * bytes);
		int8_t *ret = malloc(n);

		fill_random(sent, n * bytes);
		lw_rs_load_planes(rs, sent);
		assert_int_equal(lw_rs_check_planes(rs), n);
		lw_rs_encode_planes(rs);
		assert_int_equal(lw_rs_check_planes(rs), 0);
		lw_rs_store_planes(rs, words);
		lw_rs_encode(rs, sent, n);
		assert_memory_equal(sent, words, n * bytes);
		lw_rs_load_planes(rs, sent);
		for (unsigned i = 0; i < 15; i++) /* one error each in 64 words, 15 times */
			lw_rs_plane(rs, 11 + 30 * i, i % 10)[1] =
				~lw_rs_plane(rs, 11 + 30 * i, i % 10)[1];
		assert_int_equal(lw_rs_check_planes(rs), 64);
		lw_rs_decode_planes(rs, ret);
		lw_rs_store_planes(rs, words);
		assert_memory_equal(sent, words, n * bytes);
		for (size_t i = 0; i < n; i++)
			assert_int_equal(ret[i], i / 64 == 1 ? 15 : 0);
		free(sent);
		free(words);
		free(ret);
		lw_rs_destroy(rs);
	}
}

/*
 * Beyond t: lost and untouched, but for the few that come to lie within t of another codeword. For
 * random errors about 1/t! of them would if all words were covered; the shortened part makes it
 * C(528,7) 1023^7 / 1024^14 = 1.7e-6 here: not one in 20,000 words, bar a chance of 3 %.
 */
static void too_many_errors_are_lost_and_untouched(void **state)
{
	(void)state;
	for (unsigned c = 0; c < 2; c++) {
		const struct lw_fec *f = lw_fec_find(codes[c]);
		struct lw_rs *rs = make(codes[c], LW_RS_BEST);
		size_t bytes = lw_rs_word_bytes(rs), n = 20000;
		uint8_t *words = malloc(n * bytes), *before = malloc(n * bytes);
		int8_t *ret = malloc(n);
		unsigned taken = 0;

		fill_random(words, bytes);
		lw_rs_encode(rs, words, 1);
		for (size_t i = 1; i < n; i++)
			memcpy(words + i * bytes, words, bytes);
		for (size_t i = 0; i < n; i++)
			hurt(words + i * bytes, f->n, f->t + 1, false);
		memcpy(before, words, n * bytes);
		lw_rs_decode(rs, words, n, ret);
		for (size_t i = 0; i < n; i++) {
			taken += ret[i] >= 0;
			if (ret[i] == LW_RS_LOST)
				assert_memory_equal(words + i * bytes, before + i * bytes, bytes);
		}
		assert_true(taken <= 1);
		free(words);
		free(before);
		free(ret);
		lw_rs_destroy(rs);
	}
}

/*
 * Words of random bits, for a code weak enough that they are often taken for a codeword: as often
 * as there are words within t places of one, (1 + C(n,1) 1023 + C(n,2) 1023^2) / 1024^4 of them.
 * What is taken must be a codeword, what is not must be as it was.
 */
static void random_words_are_taken_for_codewords_as_often_as_theory_says(void **state)
{
	const struct lw_fec weak = {.name = "weak", .n = 544, .k = 540, .t = 2, .symbol_bits = 10};
	const double part =
		(1 + 544 * 1023.0 + 544 * 543 / 2 * 1023.0 * 1023) / (1048576.0 * 1048576);
	enum { WORDS = 2048, BYTES = 680 };
	uint8_t *words = malloc(WORDS * BYTES), *before = malloc(WORDS * BYTES);
	int8_t ret[WORDS];

	(void)state;
	for (enum lw_rs_engine e = LW_RS_PLAIN; e < LW_RS_ENGINES; e++) {
		struct lw_rs *rs = NULL;
		double taken = 0, want = part * WORDS;

		if (!lw_rs_available(e))
			continue;
		assert_int_equal(lw_rs_create(&weak, e, &rs, NULL), 0);
		fill_random(words, WORDS * BYTES);
		memcpy(before, words, WORDS * BYTES);
		lw_rs_decode(rs, words, WORDS, ret);
		for (unsigned i = 0; i < WORDS; i++) {
			const uint8_t *word = words + i * BYTES;
			unsigned root = 1, changed = 0;

			if (ret[i] == LW_RS_LOST) {
				assert_memory_equal(word, before + i * BYTES, BYTES);
				continue;
			}
			taken++;
			for (unsigned j = 0; j < 4 && i % 8 == 0; j++) {
				assert_int_equal(slow_value(word, 544, root), 0);
				root = slow_multiply(root, 2);
			}
			for (unsigned p = 0; p < 544; p++)
				changed += lw_rs_symbol(word, p) !=
					   lw_rs_symbol(before + i * BYTES, p);
			assert_int_equal(changed, ret[i]);
		}
		assert_true(fabs(taken - want) < 4.5 * sqrt(want));
		lw_rs_destroy(rs);
	}
	free(words);
	free(before);
}

static void create_refuses_what_is_no_such_code(void **state)
{
	struct lw_rs *rs = NULL;
	struct lw_error e;

	(void)state;
	assert_int_equal(lw_rs_create(lw_fec_find("none"), LW_RS_PLAIN, &rs, &e), LW_EINVAL);
	assert_int_equal(lw_rs_create(NULL, LW_RS_PLAIN, &rs, &e), LW_EINVAL);
	assert_int_equal(lw_rs_create(lw_fec_find("RS(544,514)"), (enum lw_rs_engine)9, &rs, &e),
			 LW_ENOTSUP);
	assert_null(rs);
	lw_rs_destroy(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(encoder_gives_values_of_zero_at_all_roots),
		cmocka_unit_test(encoder_shows_the_published_generators),
		cmocka_unit_test(up_to_t_errors_are_corrected),
		cmocka_unit_test(errors_in_the_shortened_part_are_lost),
		cmocka_unit_test(avx2_equals_plain),
		cmocka_unit_test(avx512_equals_plain),
		cmocka_unit_test(gfni_equals_plain),
		cmocka_unit_test(few_errors_in_a_batch_equal_plain),
		cmocka_unit_test(planes_give_what_bytes_give),
		cmocka_unit_test(too_many_errors_are_lost_and_untouched),
		cmocka_unit_test(random_words_are_taken_for_codewords_as_often_as_theory_says),
		cmocka_unit_test(create_refuses_what_is_no_such_code),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
