/* SPDX-License-Identifier: Apache-2.0 */
#include "rs-internal.h"

#include <stdlib.h>
#include <string.h>

#define ALIGNMENT 64
/* Fewer words than this are done sooner one by one than in a batch. */
#define FEW 8

bool lw_rs_available(enum lw_rs_engine engine)
{
	switch (engine) {
	case LW_RS_BEST:
	case LW_RS_PLAIN:
		return true;
#ifdef LW_X86
	case LW_RS_AVX2:
		return __builtin_cpu_supports("avx2");
	case LW_RS_AVX512:
		return __builtin_cpu_supports("avx512f");
#endif
	default:
		return false;
	}
}

const char *lw_rs_engine_name(enum lw_rs_engine engine)
{
	static const char *const names[] = {"best", "plain", "avx2", "avx512"};

	return (unsigned)engine < sizeof(names) / sizeof(*names) ? names[engine] : "?";
}

static const struct rs_sliced *sliced_of(enum lw_rs_engine engine)
{
#ifdef LW_X86
	if (engine == LW_RS_AVX2)
		return &rs_avx2;
	if (engine == LW_RS_AVX512)
		return &rs_avx512;
#endif
	(void)engine;
	return NULL;
}

static void make_field(struct lw_rs *rs)
{
	unsigned x = 1;

	for (unsigned i = 0; i < RS_ORDER; i++) {
		rs->exp[i] = rs->exp[i + RS_ORDER] = (uint16_t)x;
		rs->log[x] = (uint16_t)i;
		x <<= 1;
		if (x & 0x400)
			x ^= 0x409; /* IEEE 802.3 clause 91.5.2.7 */
	}
}

static void make_generator(struct lw_rs *rs)
{
	uint16_t *g = rs->generator;

	g[0] = 1;
	for (unsigned root = 0; root < rs->roots; root++) {
		for (unsigned i = root + 1; i > 0; i--)
			g[i] = (uint16_t)(g[i - 1] ^ rs_multiply(rs, g[i], rs->exp[root]));
		g[0] = (uint16_t)rs_multiply(rs, g[0], rs->exp[root]);
	}
}

/*
 * The parity is the polynomial of degree below 2t with the same values at the roots as the message
 * (the sum of both is 0 there): Lagrange's interpolation, whose basis is the generator divided by
 * each of its factors.
 */
static void make_interpolation(struct lw_rs *rs)
{
	for (unsigned j = 0; j < rs->roots; j++) {
		uint16_t basis[LW_RS_ROOTS_MAX];
		unsigned carry = 0, at_root = 0;

		for (unsigned i = rs->roots; i-- > 0;) {
			carry = rs->generator[i + 1] ^ rs_multiply(rs, carry, rs->exp[j]);
			basis[i] = (uint16_t)carry;
		}
		for (unsigned i = rs->roots; i-- > 0;)
			at_root = basis[i] ^ rs_multiply(rs, at_root, rs->exp[j]);
		for (unsigned i = 0; i < rs->roots; i++)
			rs->interpolate[i][j] = (uint16_t)rs_multiply(
				rs, basis[i], rs->exp[RS_ORDER - rs->log[at_root]]);
	}
}

static void *get_memory(size_t n)
{
	n = (n + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
	return aligned_alloc(ALIGNMENT, n);
}

static enum lw_rs_engine best_engine(void)
{
	if (lw_rs_available(LW_RS_AVX512))
		return LW_RS_AVX512;
	return lw_rs_available(LW_RS_AVX2) ? LW_RS_AVX2 : LW_RS_PLAIN;
}

int lw_rs_create(const struct lw_fec *code, enum lw_rs_engine engine, struct lw_rs **ret,
		 struct lw_error *reterr)
{
	struct lw_rs *rs;

	if (!code || code->symbol_bits != RS_BITS || code->n > LW_RS_N_MAX || code->k >= code->n ||
	    code->n - code->k > LW_RS_ROOTS_MAX || code->n - code->k != 2 * code->t ||
	    code->n * RS_BITS % 8)
		return lw_fail(reterr, LW_EINVAL,
			       "%s is no Reed-Solomon code of ten-bit symbols in whole bytes",
			       code ? code->name : "this");
	if (!lw_rs_available(engine))
		return lw_fail(reterr, LW_ENOTSUP, "this processor has no %s",
			       lw_rs_engine_name(engine));
	rs = calloc(1, sizeof(*rs));
	if (!rs)
		return lw_fail(reterr, LW_ENOMEM, "out of memory");
	rs->n = code->n;
	rs->k = code->k;
	rs->roots = code->n - code->k;
	rs->t = code->t;
	rs->bytes = code->n * RS_BITS / 8;
	rs->engine = engine == LW_RS_BEST ? best_engine() : engine;
	rs->sliced = sliced_of(rs->engine);
	make_field(rs);
	make_generator(rs);
	make_interpolation(rs);
	if (rs->sliced) {
		rs->work = get_memory(rs->sliced->work_bytes);
		rs->spare = get_memory(rs->sliced->words * rs->bytes);
		rs->spare_ret = get_memory(rs->sliced->words);
		if (!rs->work || !rs->spare || !rs->spare_ret) {
			lw_rs_destroy(rs);
			return lw_fail(reterr, LW_ENOMEM, "out of memory");
		}
		rs->sliced->prepare(rs);
	}
	*ret = rs;
	return 0;
}

void lw_rs_destroy(struct lw_rs *rs)
{
	if (!rs)
		return;
	free(rs->work);
	free(rs->spare);
	free(rs->spare_ret);
	free(rs);
}

enum lw_rs_engine lw_rs_engine(const struct lw_rs *rs)
{
	return rs->engine;
}

unsigned lw_rs_batch(const struct lw_rs *rs)
{
	return rs->sliced ? rs->sliced->words : 1;
}

size_t lw_rs_word_bytes(const struct lw_rs *rs)
{
	return rs->bytes;
}

/* The rest of a batch in the spare words, filled up with zeros, which are a codeword. */
static uint8_t *fill_spare(struct lw_rs *rs, const uint8_t *words, size_t n)
{
	memcpy(rs->spare, words, n * rs->bytes);
	memset(rs->spare + n * rs->bytes, 0, (rs->sliced->words - n) * rs->bytes);
	return rs->spare;
}

void lw_rs_encode(struct lw_rs *rs, uint8_t *words, size_t n)
{
	size_t batch = lw_rs_batch(rs);

	for (; rs->sliced && n >= batch; n -= batch, words += batch * rs->bytes)
		rs->sliced->encode(rs, words);
	if (rs->sliced && n >= FEW) {
		rs->sliced->encode(rs, fill_spare(rs, words, n));
		memcpy(words, rs->spare, n * rs->bytes);
		return;
	}
	for (; n; n--, words += rs->bytes)
		rs_plain_encode(rs, words);
}

void lw_rs_decode(struct lw_rs *rs, uint8_t *words, size_t n, int8_t ret[])
{
	size_t batch = lw_rs_batch(rs);
	uint16_t s[LW_RS_ROOTS_MAX];

	for (; rs->sliced && n >= batch; n -= batch, words += batch * rs->bytes, ret += batch)
		rs->sliced->decode(rs, words, ret);
	if (rs->sliced && n >= FEW) {
		rs->sliced->decode(rs, fill_spare(rs, words, n), rs->spare_ret);
		memcpy(words, rs->spare, n * rs->bytes);
		memcpy(ret, rs->spare_ret, n);
		return;
	}
	for (; n; n--, words += rs->bytes) {
		rs_plain_syndromes(rs, words, s);
		*ret++ = (int8_t)rs_plain_correct(rs, words, s);
	}
}

void lw_rs_syndromes(struct lw_rs *rs, const uint8_t *words, size_t n, uint16_t ret[])
{
	size_t batch = lw_rs_batch(rs);
	uint16_t s[LW_RS_ROOTS_MAX];

	for (; rs->sliced && n >= batch; n -= batch, words += batch * rs->bytes) {
		rs->sliced->syndromes(rs, words, ret);
		ret += batch * rs->roots;
	}
	for (; n; n--, words += rs->bytes, ret += rs->roots) {
		rs_plain_syndromes(rs, words, s);
		memcpy(ret, s, rs->roots * sizeof(*s));
	}
}

uint64_t *lw_rs_plane(struct lw_rs *rs, unsigned place, unsigned bit)
{
	return rs->sliced ? rs->sliced->plane(rs, place * RS_BITS + bit) : NULL;
}

void lw_rs_load_planes(struct lw_rs *rs, const uint8_t *words)
{
	if (rs->sliced)
		rs->sliced->load(rs, words);
}

void lw_rs_store_planes(struct lw_rs *rs, uint8_t *words)
{
	if (rs->sliced)
		rs->sliced->store(rs, words);
}

void lw_rs_encode_planes(struct lw_rs *rs)
{
	if (rs->sliced)
		rs->sliced->encode_planes(rs);
}

void lw_rs_decode_planes(struct lw_rs *rs, int8_t ret[])
{
	if (rs->sliced)
		rs->sliced->decode_planes(rs, ret);
}

size_t lw_rs_check_planes(struct lw_rs *rs)
{
	return rs->sliced ? rs->sliced->check_planes(rs) : 0;
}
