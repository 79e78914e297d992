/* SPDX-License-Identifier: Apache-2.0 */
#include "rs-internal.h"

#include <stdlib.h>
#include <string.h>

#define ALIGNMENT 64
/* Fewer words than this are done sooner one by one than in a batch. */
#define FEW 8
/* One wrong word in so many is few: they are corrected one by one. */
#define FEW_WRONG 16

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
	case LW_RS_GFNI:
		return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
		       __builtin_cpu_supports("avx512vbmi") && __builtin_cpu_supports("gfni");
#endif
	default:
		return false;
	}
}

const char *lw_rs_engine_name(enum lw_rs_engine engine)
{
	static const char *const names[] = {"best", "plain", "avx2", "avx512", "gfni"};

	return (unsigned)engine < sizeof(names) / sizeof(*names) ? names[engine] : "?";
}

static const struct rs_sliced *sliced_of(enum lw_rs_engine engine)
{
#ifdef LW_X86
	if (engine == LW_RS_AVX2)
		return &rs_avx2;
	if (engine == LW_RS_AVX512 || engine == LW_RS_GFNI)
		return &rs_avx512;
#endif
	(void)engine;
	return NULL;
}

static const struct rs_direct *direct_of(enum lw_rs_engine engine)
{
#ifdef LW_X86
	if (engine == LW_RS_GFNI)
		return &rs_gfni;
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

static int make_memory(struct lw_rs *rs)
{
	if (rs->sliced) {
		rs->work = get_memory(rs->sliced->work_bytes);
		rs->spare = get_memory(rs->sliced->words * rs->bytes);
		rs->spare_ret = get_memory(rs->sliced->words);
		if (!rs->work || !rs->spare || !rs->spare_ret)
			return -1;
	}
	if (rs->direct) {
		rs->tables = get_memory(rs->direct->table_bytes);
		if (!rs->tables)
			return -1;
	}
	return 0;
}

static enum lw_rs_engine best_engine(void)
{
	for (enum lw_rs_engine e = LW_RS_GFNI; e > LW_RS_PLAIN; e--)
		if (lw_rs_available(e))
			return e;
	return LW_RS_PLAIN;
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
	rs->code = code;
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
	rs->direct = direct_of(rs->engine);
	if (rs->direct && !rs->direct->fits(rs))
		rs->direct = NULL;
	if (make_memory(rs)) {
		lw_rs_destroy(rs);
		return lw_fail(reterr, LW_ENOMEM, "out of memory");
	}
	if (rs->sliced)
		rs->sliced->prepare(rs);
	if (rs->direct)
		rs->direct->prepare(rs);
	*ret = rs;
	return 0;
}

void lw_rs_destroy(struct lw_rs *rs)
{
	if (!rs)
		return;
	free(rs->work);
	free(rs->tables);
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
static uint8_t *fill_spare(struct lw_rs *rs, const uint8_t *words, size_t n, size_t batch)
{
	memcpy(rs->spare, words, n * rs->bytes);
	memset(rs->spare + n * rs->bytes, 0, (batch - n) * rs->bytes);
	return rs->spare;
}

void lw_rs_encode(struct lw_rs *rs, uint8_t *words, size_t n)
{
	size_t batch = rs->direct ? rs->direct->words : lw_rs_batch(rs);
	void (*encode)(struct lw_rs *, uint8_t *) = rs->direct   ? rs->direct->encode
						    : rs->sliced ? rs->sliced->encode
								 : NULL;

	for (; encode && n >= batch; n -= batch, words += batch * rs->bytes)
		encode(rs, words);
	if (encode && n >= FEW) {
		encode(rs, fill_spare(rs, words, n, batch));
		memcpy(words, rs->spare, n * rs->bytes);
		return;
	}
	for (; n; n--, words += rs->bytes)
		rs_plain_encode(rs, words);
}

/* A block whose few wrong words are corrected one by one.
 * @return false and nothing changed if they are many */
static bool decode_block(struct lw_rs *rs, uint8_t *words, int8_t ret[])
{
	uint64_t wrong = rs->direct->find_wrong(rs, words);
	uint16_t s[LW_RS_ROOTS_MAX];

	if ((unsigned)__builtin_popcountll(wrong) > rs->direct->words / FEW_WRONG)
		return false;
	memset(ret, 0, rs->direct->words);
	for (unsigned i = 0; wrong; i++, wrong >>= 1)
		if (wrong & 1) {
			rs->direct->read_syndromes(rs, i, s);
			ret[i] = (int8_t)rs_plain_correct(rs, words + i * rs->bytes, s);
		}
	return true;
}

/* A batch, or what is left of one, by blocks until one has many wrong words.
 * @return words done */
static size_t decode_blocks(struct lw_rs *rs, uint8_t *words, size_t n, int8_t ret[])
{
	size_t block = rs->direct ? rs->direct->words : 0, done = 0;

	while (block && n - done >= block && decode_block(rs, words + done * rs->bytes, ret + done))
		done += block;
	return done;
}

void lw_rs_decode(struct lw_rs *rs, uint8_t *words, size_t n, int8_t ret[])
{
	size_t batch = lw_rs_batch(rs);
	uint16_t s[LW_RS_ROOTS_MAX];

	while (n) {
		size_t done = decode_blocks(rs, words, n, ret);

		if (!done && rs->sliced && n >= batch) {
			rs->sliced->decode(rs, words, ret);
			done = batch;
		} else if (!done && rs->sliced && n >= FEW) {
			rs->sliced->decode(rs, fill_spare(rs, words, n, batch), rs->spare_ret);
			memcpy(words, rs->spare, n * rs->bytes);
			memcpy(ret, rs->spare_ret, n);
			done = n;
		} else if (!done) {
			rs_plain_syndromes(rs, words, s);
			*ret = (int8_t)rs_plain_correct(rs, words, s);
			done = 1;
		}
		n -= done;
		words += done * rs->bytes;
		ret += done;
	}
}

void lw_rs_syndromes(struct lw_rs *rs, const uint8_t *words, size_t n, uint16_t ret[])
{
	size_t batch = rs->direct ? rs->direct->words : lw_rs_batch(rs);
	uint16_t s[LW_RS_ROOTS_MAX];

	for (; rs->sliced && n >= batch; n -= batch, words += batch * rs->bytes) {
		if (rs->direct) {
			rs->direct->find_wrong(rs, words);
			for (unsigned i = 0; i < batch; i++)
				rs->direct->read_syndromes(rs, i, ret + i * rs->roots);
		} else {
			rs->sliced->syndromes(rs, words, ret);
		}
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
