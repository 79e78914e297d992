/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The sliced engine, written once and compiled for each width of register. The file that includes
 * it defines `vec`, the vec_...() operations and VEC_LANES (bits of a register, words of a batch).
 *
 * A plane is one bit of one symbol of VEC_LANES words, a register wide. docs/design/phy.md tells
 * the method and counts its operations.
 */
#include "rs-internal.h"
#include <string.h>

#define ALWAYS static inline __attribute__((always_inline))
#ifdef __clang__
#define UNROLL _Pragma("clang loop unroll(full)")
#else
#define UNROLL _Pragma("GCC unroll 26")
#endif
#define BITS       RS_BITS
#define DEGREES    24 /* of the largest divisor */
#define ROWS       15 /* divisors */
#define LEAD       DEGREES
#define LINE       (LEAD + LW_RS_N_MAX) /* places of one bit: zeros, then the word */
#define HALF_ROOTS (LW_RS_ROOTS_MAX / 2)
#define GROUP      5 /* inputs of a linear map that share a table of all their sums */
#define TABLES     4
#define COLUMN     32 /* bytes of each word that are packed together */
#define BLOCK      8  /* places searched for errors at a time */

#include "rs-classes.h"

struct work {
	vec plane[BITS][LINE];
	vec error[BITS][LINE];
	vec rest[ROWS][DEGREES]; /* last quotient bits of each division */
	vec syndrome[LW_RS_ROOTS_MAX][BITS];
	vec check[LW_RS_ROOTS_MAX][BITS];
	vec locator[HALF_ROOTS + 1][BITS], before[HALF_ROOTS + 1][BITS];
	vec evaluator[HALF_ROOTS + 1][BITS];
	vec even[BLOCK][BITS], odd[BLOCK][BITS], top[BLOCK][BITS];
	vec table[TABLES][1 << GROUP];
	vec tile[8 * COLUMN];
	vec length[BITS / 2]; /* binary: of the locator */
	/* Which sums of the inputs make each parity plane. */
	uint8_t parity[LW_RS_ROOTS_MAX * BITS][LW_RS_ROOTS_MAX * BITS / GROUP];
};

static vec *plane_of(vec planes[BITS][LINE], unsigned bit)
{
	return &planes[bit % BITS][LEAD + bit / BITS];
}

/* Words to planes and back: a transposition of bits. */

/* Exchange bits where the number of the line and of the bit differ in `shift`. */
ALWAYS void exchange(vec *a, vec *b, unsigned shift, uint64_t low)
{
	vec mask = vec_set(low), x = *a, y = *b;

	*a = vec_select(mask, x, vec_shift_left(y, shift));
	*b = vec_select(mask, vec_shift_right(x, shift), y);
}

/* Transpose columns of 64 x 64 bits, one in each lane: lines whose numbers differ by 32, 16, 8 ...
 */
ALWAYS void transpose_far(vec v[8])
{
	UNROLL for (unsigned k = 0; k < 4; k++) exchange(&v[k], &v[k + 4], 32, 0x00000000ffffffff);
	UNROLL for (unsigned k = 0; k < 4; k++)
		exchange(&v[k + k / 2 * 2], &v[k + k / 2 * 2 + 2], 16, 0x0000ffff0000ffff);
	UNROLL for (unsigned k = 0; k < 8; k += 2)
		exchange(&v[k], &v[k + 1], 8, 0x00ff00ff00ff00ff);
}

/* ... then by 4, 2, 1. */
ALWAYS void transpose_near(vec v[8])
{
	UNROLL for (unsigned k = 0; k < 4; k++) exchange(&v[k], &v[k + 4], 4, 0x0f0f0f0f0f0f0f0f);
	UNROLL for (unsigned k = 0; k < 4; k++)
		exchange(&v[k + k / 2 * 2], &v[k + k / 2 * 2 + 2], 2, 0x3333333333333333);
	UNROLL for (unsigned k = 0; k < 8; k += 2)
		exchange(&v[k], &v[k + 1], 1, 0x5555555555555555);
}

/*
 * The first `bytes` bytes of each word to planes, in columns of COLUMN bytes of all words (the same
 * cache lines of 64 words at a time); the last column may overlap the one before. Word 64 l + r is
 * bit r of lane l.
 */
static void pack(struct work *w, const uint8_t *words, size_t stride, size_t bytes)
{
	for (size_t at = 0; at < bytes; at += COLUMN) {
		size_t from = at + COLUMN > stride ? stride - COLUMN : at;

		for (unsigned i = 0; i < 8 * COLUMN / 16; i++) {
			unsigned r = i / (COLUMN / 16), c = i % (COLUMN / 16);
			const uint8_t *row = words + r * stride + from + 16 * c;
			vec v[8], next[8], *to = &w->tile[128 * c + r];

			UNROLL for (unsigned k = 0; k < 8; k++)
				vec_gather(row + 8 * k * stride, 64 * stride, &v[k], &next[k]);
			transpose_far(v);
			transpose_far(next);
			UNROLL for (unsigned k = 0; k < 8; k++) to[8 * k] = v[k];
			UNROLL for (unsigned k = 0; k < 8; k++) to[64 + 8 * k] = next[k];
		}
		for (unsigned r = 0; r < 8 * COLUMN; r += 8) {
			vec v[8];

			UNROLL for (unsigned k = 0; k < 8; k++) v[k] = w->tile[r + k];
			transpose_near(v);
			for (unsigned k = 0; k < 8; k++)
				*plane_of(w->plane, (unsigned)from * 8 + r + k) = v[k];
		}
	}
}

static void transpose(vec a[64])
{
	for (unsigned r = 0; r < 8; r++) {
		vec v[8];

		UNROLL for (unsigned k = 0; k < 8; k++) v[k] = a[r + 8 * k];
		transpose_far(v);
		UNROLL for (unsigned k = 0; k < 8; k++) a[r + 8 * k] = v[k];
	}
	for (unsigned r = 0; r < 64; r += 8)
		transpose_near(&a[r]);
}

/* XOR planes, from bit `first` on, into those words that `mask` has. */
static void unpack(struct work *w, vec planes[BITS][LINE], unsigned first, vec mask, uint8_t *words,
		   size_t stride)
{
	unsigned end = (unsigned)stride * 8;

	for (unsigned at = first / 64 * 64; at < end; at += 64) {
		unsigned from = at + 64 > end ? end - 64 : at;
		vec *tile = w->tile;

		for (unsigned i = 0; i < 64; i++) {
			bool is_new = from + i >= at && from + i >= first;

			tile[i] = is_new ? vec_and(mask, *plane_of(planes, from + i)) : vec_zero();
		}
		transpose(tile);
		for (unsigned i = 0; i < VEC_LANES; i++) {
			uint8_t *to = words + i * stride + from / 8;
			uint64_t v, u;

			memcpy(&v, (const uint8_t *)&tile[i % 64] + i / 64 * 8, 8);
			memcpy(&u, to, 8);
			u ^= v;
			memcpy(to, &u, 8);
		}
	}
}

/* Syndromes. */

/* Divide `rounds` times `degree` bits by a polynomial whose terms lie at those delays, 0: none. */
ALWAYS void divide(const vec *c, unsigned rounds, bool first, vec *rest, const unsigned degree,
		   const unsigned d1, const unsigned d2, const unsigned d3)
{
	vec q[DEGREES];

	UNROLL for (unsigned i = 0; i < degree; i++) q[i] = first ? vec_zero() : rest[i];
	for (; rounds; rounds--, c += degree) {
		UNROLL for (unsigned i = 0; i < degree; i++)
		{
			vec x = vec_xor3(q[i], q[(i + degree - d1) % degree], c[i]);

			if (d3)
				x = vec_xor3(x, q[(i + degree - d2) % degree],
					     q[(i + degree - d3) % degree]);
			q[i] = x;
		}
	}
	UNROLL for (unsigned i = 0; i < degree; i++) rest[i] = q[i];
}

/* The sum of all bits besides: the value at alpha^0. */
ALWAYS void divide_and_sum(const vec *c, unsigned rounds, bool first, vec *rest, vec *sum,
			   const unsigned degree, const unsigned d1)
{
	vec q[DEGREES], s = first ? vec_zero() : *sum;

	UNROLL for (unsigned i = 0; i < degree; i++) q[i] = first ? vec_zero() : rest[i];
	for (; rounds; rounds--, c += degree) {
		UNROLL for (unsigned i = 0; i < degree; i++)
		{
			q[i] = vec_xor3(q[i], q[(i + degree - d1) % degree], c[i]);
			s = vec_xor(s, c[i]);
		}
	}
	UNROLL for (unsigned i = 0; i < degree; i++) rest[i] = q[i];
	*sum = s;
}

/* Where a division into rounds of `degree` begins, in the zeros before the word, and how long the
 * halves are that fit the nearest cache. */
struct span {
	const vec *c;
	unsigned rounds;
};

ALWAYS struct span span_of(const vec *word, unsigned n, unsigned degree, bool second)
{
	unsigned rounds = (n + degree - 1) / degree, first = rounds / 2;
	const vec *c = word + n - (size_t)rounds * degree;

	if (second)
		return (struct span){c + (size_t)first * degree, rounds - first};
	return (struct span){c, first};
}

static void divide_half(const vec *word, unsigned n, unsigned roots, bool second,
			vec rest[ROWS][DEGREES], vec *sum)
{
	struct span s;

#define DIVIDE(row, j, degree, d1, d2, d3)                                                         \
	if (j < roots) {                                                                           \
		s = span_of(word, n, degree, second);                                              \
		if (row)                                                                           \
			divide(s.c, s.rounds, !second, rest[row], degree, d1, d2, d3);             \
		else                                                                               \
			divide_and_sum(s.c, s.rounds, !second, rest[row], sum, degree, d1);        \
	}
	RS_CLASSES(DIVIDE)
#undef DIVIDE
}

ALWAYS void times_alpha(vec v[BITS])
{
	vec high = v[BITS - 1];

	UNROLL for (unsigned i = BITS - 1; i > 0; i--) v[i] = v[i - 1];
	v[0] = high;
	v[3] = vec_xor(v[3], high);
}

ALWAYS void square(vec v[BITS])
{
	vec f[BITS];

	UNROLL for (unsigned i = 0; i < BITS; i++) f[i] = v[i];
	v[0] = vec_xor(f[0], f[5]);
	v[1] = f[9];
	v[2] = vec_xor(f[1], f[6]);
	v[3] = f[5];
	v[4] = vec_xor3(f[2], f[7], f[9]);
	v[5] = f[6];
	v[6] = vec_xor(f[3], f[8]);
	v[7] = f[7];
	v[8] = vec_xor(f[4], f[9]);
	v[9] = f[8];
}

/* Add alpha^b f to the syndrome at the root of power j, then the square to that of power 2 j: the
 * value of a binary polynomial at the square of a root is the square of its value. */
ALWAYS void add_value(vec syndrome[LW_RS_ROOTS_MAX][BITS], unsigned j, unsigned roots, vec f[BITS])
{
	for (; j < roots; j *= 2) {
		vec s[BITS];

		UNROLL for (unsigned i = 0; i < BITS; i++) s[i] = syndrome[j][i];
		times_alpha(s);
		UNROLL for (unsigned i = 0; i < BITS; i++) syndrome[j][i] = vec_xor(s[i], f[i]);
		square(f);
	}
}

static void find_syndromes(struct work *w, const struct lw_rs *rs, vec planes[BITS][LINE],
			   vec ret[LW_RS_ROOTS_MAX][BITS])
{
	memset(ret, 0, sizeof(w->syndrome));
	for (unsigned b = BITS; b-- > 0;) {
		vec f[BITS];

		divide_half(&planes[b][LEAD], rs->n, rs->roots, false, w->rest, &ret[0][b]);
		divide_half(&planes[b][LEAD], rs->n, rs->roots, true, w->rest, &ret[0][b]);
#define ADD(row, j, degree, d1, d2, d3)                                                            \
	if (j < rs->roots) {                                                                       \
		value_##row(w->rest[row], f);                                                      \
		add_value(ret, j, rs->roots, f);                                                   \
	}
		RS_CLASSES(ADD)
#undef ADD
	}
}

/* Encoder. */

/* ret[i] = sum of the inputs that the rows of `sums` choose, a table of 32 sums for five inputs. */
static void map(struct work *w, const vec *in, unsigned n_in, unsigned n_out, vec *const ret[])
{
	for (unsigned g = 0; g < n_in / GROUP; g += TABLES) {
		for (unsigned t = 0; t < TABLES; t++) {
			vec *table = w->table[t];

			table[0] = vec_zero();
			for (unsigned i = 0; i < GROUP; i++) {
				vec x = in[(g + t) * GROUP + i];

				for (unsigned k = 0; k < 1u << i; k++)
					table[(1u << i) + k] = vec_xor(table[k], x);
			}
		}
		for (unsigned o = 0; o < n_out; o++) {
			const uint8_t *s = &w->parity[o][g];
			vec v = vec_xor3(w->table[0][s[0]], w->table[1][s[1]], *ret[o]);

			*ret[o] = vec_xor3(w->table[2][s[2]], w->table[3][s[3]], v);
		}
	}
}

static void prepare(struct lw_rs *rs)
{
	struct work *w = rs->work;

	memset(w, 0, sizeof(*w));
	for (unsigned p = 0; p < rs->roots; p++)
		for (unsigned j = 0; j < rs->roots; j++)
			for (unsigned c = 0; c < BITS; c++) {
				/* place p of the parity is the power roots - 1 - p */
				unsigned v = rs_multiply(rs, rs->interpolate[rs->roots - 1 - p][j],
							 rs->exp[c]);
				unsigned in = j * BITS + c;

				for (unsigned b = 0; b < BITS; b++)
					w->parity[p * BITS + b][in / GROUP] |=
						(uint8_t)((v >> b & 1) << in % GROUP);
			}
}

static void encode_planes(struct lw_rs *rs)
{
	struct work *w = rs->work;
	unsigned n_out = rs->roots * BITS;
	vec *out[LW_RS_ROOTS_MAX * BITS];

	for (unsigned i = 0; i < n_out; i++) {
		out[i] = plane_of(w->plane, rs->k * BITS + i);
		*out[i] = vec_zero();
	}
	find_syndromes(w, rs, w->plane, w->syndrome);
	map(w, &w->syndrome[0][0], n_out, n_out, out);
}

static void encode(struct lw_rs *rs, uint8_t *words)
{
	struct work *w = rs->work;
	unsigned first = rs->k * BITS;

	pack(w, words, rs->bytes, (first + 7) / 8);
	encode_planes(rs);
	for (unsigned i = 0; i < VEC_LANES; i++) {
		uint8_t *parity = words + i * rs->bytes + first / 8;

		*parity &= (uint8_t)((1u << first % 8) - 1);
		memset(parity + 1, 0, rs->bytes - first / 8 - 1);
	}
	unpack(w, w->plane, first, vec_ones(), words, rs->bytes);
}

static void load(struct lw_rs *rs, const uint8_t *words)
{
	pack(rs->work, words, rs->bytes, rs->bytes);
}

static void store(struct lw_rs *rs, uint8_t *words)
{
	struct work *w = rs->work;

	memset(words, 0, VEC_LANES * rs->bytes);
	unpack(w, w->plane, 0, vec_ones(), words, rs->bytes);
}

static uint64_t *plane(struct lw_rs *rs, unsigned bit)
{
	struct work *w = rs->work;

	return (uint64_t *)plane_of(w->plane, bit);
}
