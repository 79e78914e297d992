/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Syndromes and parity straight from bytes, 64 words at a time, for AVX-512 with GFNI and VBMI.
 * docs/design/phy.md tells the method and counts its operations.
 *
 * One instruction multiplies each of 64 bytes by an 8 x 8 matrix of bits, one matrix for each group
 * of eight bytes (a quad). Eight places of a word ("octet") are turned into ten bytes, one for each
 * bit of a symbol; the first eight are a quad. The values of those ten binary polynomials at the
 * odd powers of alpha are sums of matrices times such bytes, the same matrices for all ten.
 */
#include "rs-internal.h"

#include <immintrin.h>
#include <string.h>

typedef __m512i vec;

#define ALWAYS static inline __attribute__((always_inline))
#ifdef __clang__
#define UNROLL _Pragma("clang loop unroll(full)")
#else
#define UNROLL _Pragma("GCC unroll 26")
#endif
#define QUADS       8               /* of a register */
#define PASSES      4               /* of eight words, whose bits 8 and 9 share a register */
#define WORDS       64              /* of a block */
#define RUNS        (WORDS / QUADS) /* of eight words each */
#define SHARED      (RUNS / PASSES)
#define OCTET       8 /* places */
#define OCTET_BYTES (OCTET * RS_BITS / 8)
#define OCTETS      (LW_RS_N_MAX / OCTET)
#define LOADED      32 /* bytes read at a time, for those of two octets */
#define CLASSES_MAX (LW_RS_ROOTS_MAX / 2)
#define ROWS_MAX    19 /* bytes of all values: ROWS_OF(CLASSES_MAX) */
/* Bytes for bits 8 and 9 of c classes, and for alpha^0. */
#define HIGH_OF(c)   ((2 * (c) + 1 + 7) / 8)
#define ROWS_OF(c)   ((c) + HIGH_OF(c))
#define SETS         2  /* classes 0 to 7, and the others */
#define SQUARES      5  /* roots j, 2j, 4j, 8j, 16j */
#define SUMS_MAX     9  /* registers that hold all syndromes of eight words */
#define TERMS        7  /* registers that each of them is made of: bits 0 and 1, ..., */
#define DENSE_MAX    6  /* the same without gaps */
#define PARITY_BYTES 40 /* of all parity, whole quads */

/* One register of syndromes: of the classes of a set, either bits 0 to 7 of one square, or bits 8
 * and 9 of up to four. */
struct sum {
	unsigned set, square;
	bool is_high;
	vec valid;            /* bits that belong to a root of the code */
	vec weight[2][TERMS]; /* by the parity of the pass */
};

/* A byte of dense syndromes: `bytes` of them from sum `sum` follow each other. */
struct piece {
	unsigned sum, bytes, at;
};

struct tables {
	unsigned classes, sums, dense, octets_message;
	uint64_t check[OCTETS][ROWS_MAX], message[OCTETS][ROWS_MAX];
	uint64_t parity[DENSE_MAX * 8][PARITY_BYTES];
	struct sum sum[SUMS_MAX];
	struct piece piece[SUMS_MAX];
	/* Work. */
	vec high[OCTETS];
	vec value[RUNS][ROWS_MAX], shared[SHARED][ROWS_MAX];
	vec syndrome[RUNS][SUMS_MAX];
	vec column[DENSE_MAX * 8];
	vec out[RUNS][PARITY_BYTES / 8];
};

/* Words to bytes of one bit each. */

struct layout {
	vec spread[2]; /* for each octet of a pair */
	vec window, unit;
};

/* Quads of alternating contents. */
ALWAYS vec two_quads(uint64_t even, uint64_t odd)
{
	return _mm512_set_epi64((long long)odd, (long long)even, (long long)odd, (long long)even,
				(long long)odd, (long long)even, (long long)odd, (long long)even);
}

/* Of two registers with LOADED bytes of two words each, which begin `late` bytes before the pair:
 * five bytes of an octet to each quad. */
ALWAYS vec spread_of(unsigned octet, unsigned late)
{
	uint8_t from[64];
	vec v;

	for (unsigned i = 0; i < sizeof(from); i++) {
		unsigned word = i / 16, half = i / 8 % 2, at = i % 8 < 5 ? i % 8 : 0;

		from[i] = (uint8_t)(word * LOADED + late + octet * OCTET_BYTES + half * 5 + at);
	}
	memcpy(&v, from, sizeof(v));
	return v;
}

ALWAYS struct layout layout_of(unsigned late)
{
	struct layout l;

	l.spread[0] = spread_of(0, late);
	l.spread[1] = spread_of(1, late);
	/* bits 0 to 7 of four symbols, then 8 and 9 (and what follows) */
	l.window = _mm512_set1_epi64(0x261c12081e140a00);
	l.unit = _mm512_set1_epi64((long long)0x8040201008040201);
	return l;
}

/* Compilers differ in the type of the count. */
#ifdef __clang__
#define SHIFT_LEFT(v, count) _mm512_slli_epi16(v, (unsigned)(count))
#else
#define SHIFT_LEFT(v, count) _mm512_slli_epi16(v, (int)(count))
#endif

/* Both octets of a pair, of every other of eight words, four in each register. */
struct four_words {
	vec a, b;
};

/* Loads are what the main sum waits for: 256 bits are half of one. */
ALWAYS vec load_two(const uint8_t *p, size_t stride)
{
	vec v = _mm512_castsi256_si512(_mm256_loadu_si256((const void *)p));

	return _mm512_inserti64x4(v, _mm256_loadu_si256((const void *)(p + 2 * stride)), 1);
}

ALWAYS struct four_words load_four(const uint8_t *p, size_t stride)
{
	return (struct four_words){load_two(p, stride), load_two(p + 4 * stride, stride)};
}

#define SHUFFLE_FLOATS(a, b, order)                                                                \
	_mm512_castps_si512(                                                                       \
		_mm512_shuffle_ps(_mm512_castsi512_ps(a), _mm512_castsi512_ps(b), order))

/*
 * An octet of eight words: quad w has the bytes of bits 0 to 7 of word w (bit i: place 7 - i).
 * Bits 8 and 9 go to bits 2 pass and 2 pass + 1 of the bytes of *high.
 */
ALWAYS vec take_octet(struct four_words even, struct four_words odd, const struct layout *l,
		      vec spread, vec *high, const unsigned pass)
{
	vec a = _mm512_permutex2var_epi8(even.a, spread, even.b), b, v;

	b = _mm512_permutex2var_epi8(odd.a, spread, odd.b);
	a = _mm512_multishift_epi64_epi8(l->window, a);
	b = _mm512_multishift_epi64_epi8(l->window, b);
	v = SHUFFLE_FLOATS(a, b, 0xdd);
	if (!pass)
		*high = v;
	else
		*high = _mm512_ternarylogic_epi64(_mm512_set1_epi8((char)(3u << 2 * pass)),
						  SHIFT_LEFT(v, 2 * pass), *high, 0xca);
	return _mm512_gf2p8affine_epi64_epi8(l->unit, SHUFFLE_FLOATS(a, b, 0x88), 0);
}

/* Two octets that follow each other. */
ALWAYS void take_pair(const uint8_t *p, size_t stride, const struct layout *l, vec high[2],
		      vec ret[2], const unsigned pass)
{
	struct four_words even = load_four(p, stride), odd = load_four(p + stride, stride);

	ret[0] = take_octet(even, odd, l, l->spread[0], &high[0], pass);
	ret[1] = take_octet(even, odd, l, l->spread[1], &high[1], pass);
}

/* Values. */

ALWAYS vec times(vec v, uint64_t matrix)
{
	return _mm512_gf2p8affine_epi64_epi8(v, _mm512_set1_epi64((long long)matrix), 0);
}

ALWAYS vec xor3(vec a, vec b, vec c)
{
	return _mm512_ternarylogic_epi64(a, b, c, 0x96);
}

ALWAYS void add_two(vec acc[ROWS_MAX], vec a, vec b, uint64_t m[2][ROWS_MAX], const unsigned rows)
{
	UNROLL for (unsigned o = 0; o < rows; o++) acc[o] =
		xor3(acc[o], times(a, m[0][o]), times(b, m[1][o]));
}

/* Values of bits 0 to 7 of eight words. */
ALWAYS void add_words(struct tables *t, const uint8_t *words, size_t stride, unsigned octets,
		      uint64_t m[OCTETS][ROWS_MAX], vec ret[ROWS_MAX], const unsigned rows,
		      const unsigned pass)
{
	size_t last = (octets - 2) * (size_t)OCTET_BYTES;
	size_t from = last + LOADED > stride ? stride - LOADED : last;
	struct layout l = layout_of(0), l_last = layout_of((unsigned)(last - from));
	vec acc[ROWS_MAX], now[2], next[2];
	size_t g;

	UNROLL for (unsigned o = 0; o < rows; o++) acc[o] = _mm512_setzero_si512();
	/* Each pair is taken before the one ahead of it is used: the processor goes by age, and
	 * what is waited for must not be the youngest. */
	take_pair(words, stride, &l, &t->high[0], now, pass);
	for (g = 2; g + 2 < octets; g += 2) {
		take_pair(words + g * OCTET_BYTES, stride, &l, &t->high[g], next, pass);
		__asm__("" : "+v"(next[0]), "+v"(next[1]), "+v"(now[0]), "+v"(now[1]));
		add_two(acc, now[0], now[1], &m[g - 2], rows);
		now[0] = next[0];
		now[1] = next[1];
	}
	add_two(acc, now[0], now[1], &m[g - 2], rows);
	take_pair(words + from, stride, &l_last, &t->high[g], now, pass);
	add_two(acc, now[0], now[1], &m[g], rows);
	UNROLL for (unsigned o = 0; o < rows; o++) ret[o] = acc[o];
}

/* Of bits 8 and 9 of four times eight words: byte 2 p + e of a quad is bit 8 + e of pass p. */
ALWAYS void add_high(const vec high[OCTETS], unsigned octets, uint64_t m[OCTETS][ROWS_MAX],
		     vec ret[ROWS_MAX], const unsigned rows)
{
	vec unit = _mm512_set1_epi64((long long)0x8040201008040201), acc[ROWS_MAX];

	UNROLL for (unsigned o = 0; o < rows; o++) acc[o] = _mm512_setzero_si512();
	for (unsigned g = 0; g < octets; g += 2)
		add_two(acc, _mm512_gf2p8affine_epi64_epi8(unit, high[g], 0),
			_mm512_gf2p8affine_epi64_epi8(unit, high[g + 1], 0), &m[g], rows);
	UNROLL for (unsigned o = 0; o < rows; o++) ret[o] = acc[o];
}

ALWAYS void find_values(struct tables *t, const uint8_t *words, size_t stride, unsigned octets,
			uint64_t m[OCTETS][ROWS_MAX], const unsigned rows)
{
	for (unsigned s = 0; s < SHARED; s++) {
		vec(*value)[ROWS_MAX] = &t->value[PASSES * s];
		const uint8_t *p = words + s * PASSES * QUADS * stride;

		add_words(t, p, stride, octets, m, value[0], rows, 0);
		add_words(t, p + QUADS * stride, stride, octets, m, value[1], rows, 1);
		add_words(t, p + 2 * QUADS * stride, stride, octets, m, value[2], rows, 2);
		add_words(t, p + 3 * QUADS * stride, stride, octets, m, value[3], rows, 3);
		add_high(t->high, octets, m, t->shared[s], rows);
	}
}

/* Syndromes from values. */

/*
 * Eight registers of a quad for each word, byte b of register o, to quads with byte o: register
 * 4 e + m of the answer has in quads 2 i and 2 i + 1 bytes 2 m and 2 m + 1 of word 2 i + e.
 */
ALWAYS void turn_quads(const vec in[8], vec ret[8])
{
	vec t[8], u[8];

	UNROLL for (unsigned k = 0; k < 4; k++)
	{
		t[k] = _mm512_unpacklo_epi8(in[2 * k], in[2 * k + 1]);
		t[4 + k] = _mm512_unpackhi_epi8(in[2 * k], in[2 * k + 1]);
	}
	UNROLL for (unsigned e = 0; e < 8; e += 4)
	{
		u[e] = _mm512_unpacklo_epi16(t[e], t[e + 1]);
		u[e + 1] = _mm512_unpackhi_epi16(t[e], t[e + 1]);
		u[e + 2] = _mm512_unpacklo_epi16(t[e + 2], t[e + 3]);
		u[e + 3] = _mm512_unpackhi_epi16(t[e + 2], t[e + 3]);
		ret[e] = _mm512_unpacklo_epi32(u[e], u[e + 2]);
		ret[e + 1] = _mm512_unpackhi_epi32(u[e], u[e + 2]);
		ret[e + 2] = _mm512_unpacklo_epi32(u[e + 1], u[e + 3]);
		ret[e + 3] = _mm512_unpackhi_epi32(u[e + 1], u[e + 3]);
	}
}

/* The bytes of bits 8 and 9 of values, four or fewer: register 2 e + h of the answer has in dwords
 * 4 i to 4 i + 3 those of planes 4 h to 4 h + 3 of word 2 i + e. */
ALWAYS void turn_high(const vec *in, const unsigned n, vec ret[4])
{
	vec zero = _mm512_setzero_si512(), c = n > 2 ? in[2] : zero, d = n > 3 ? in[3] : zero;
	vec t[4];

	t[0] = _mm512_unpacklo_epi8(in[0], in[1]);
	t[1] = _mm512_unpacklo_epi8(c, d);
	t[2] = _mm512_unpackhi_epi8(in[0], in[1]);
	t[3] = _mm512_unpackhi_epi8(c, d);
	UNROLL for (unsigned e = 0; e < 4; e += 2)
	{
		ret[e] = _mm512_unpacklo_epi16(t[e], t[e + 1]);
		ret[e + 1] = _mm512_unpackhi_epi16(t[e], t[e + 1]);
	}
}

/* Window c of a multishift begins 2 c (bits of class c) after `first`. */
ALWAYS uint64_t windows(unsigned first)
{
	uint64_t v = 0;

	UNROLL for (unsigned c = 0; c < 8; c++) v |= (uint64_t)((first + 2 * c) % 64) << 8 * c;
	return v;
}

/*
 * Two dwords of each quad to bytes by class: the first one's bits at `even` (in even quads) and
 * `odd` of a byte, the second one's two bits higher; the other bits are of no meaning.
 */
ALWAYS vec gather_high(vec v, unsigned set, unsigned even, unsigned odd)
{
	unsigned a = 64 + 16 * set;
	vec first = two_quads(windows(a - even), windows(a - odd));
	vec second = two_quads(windows(a + 30 - even), windows(a + 30 - odd));
	uint64_t bytes = 0x0101010101010101;

	return _mm512_ternarylogic_epi64(two_quads(bytes * (3u << even), bytes * (3u << odd)),
					 _mm512_multishift_epi64_epi8(first, v),
					 _mm512_multishift_epi64_epi8(second, v), 0xca);
}

/* The eight registers of classes of a set; what is not there is zero. */
ALWAYS void classes_of(const vec *value, unsigned set, const unsigned classes, vec ret[8])
{
	UNROLL for (unsigned i = 0; i < 8; i++) ret[i] =
		8 * set + i < classes ? value[8 * set + i] : _mm512_setzero_si512();
}

/* What the sums of a set are made of, for each pass: bits 0 and 1, 2 and 3, ..., 8 and 9 of the
 * symbol, then the high bits of values; for even and odd words. */
ALWAYS void terms_of(const struct tables *t, unsigned shared, unsigned set, const unsigned classes,
		     vec ret[PASSES][2][TERMS])
{
	vec in[8], turned[8], high[4], both[2][2];
	const vec *v = t->shared[shared];

	classes_of(v, set, classes, in);
	turn_quads(in, turned);
	turn_high(v + classes, HIGH_OF(classes), high);
	for (unsigned e = 0; e < 2; e++)
		for (unsigned h = 0; h < 2; h++)
			both[e][h] = gather_high(high[2 * e + h], set, 4, 0);
	for (unsigned p = 0; p < PASSES; p++) {
		vec mine =
			p % 2 ? two_quads(0, 0x0f0f0f0f0f0f0f0f) : two_quads(0xf0f0f0f0f0f0f0f0, 0);

		for (unsigned e = 0; e < 2; e++)
			ret[p][e][4] = turned[4 * e + p];
		v = t->value[PASSES * shared + p];
		classes_of(v, set, classes, in);
		{
			vec mine_turned[8];

			turn_quads(in, mine_turned);
			turn_high(v + classes, HIGH_OF(classes), high);
			for (unsigned e = 0; e < 2; e++) {
				vec first = gather_high(high[2 * e], set, 0, 4);

				for (unsigned m = 0; m < 4; m++)
					ret[p][e][m] = mine_turned[4 * e + m];
				ret[p][e][5] = _mm512_ternarylogic_epi64(mine, both[e][p / 2],
									 first, 0xca);
				ret[p][e][6] = gather_high(high[2 * e + 1], set, 0, 4);
			}
		}
	}
}

/* All sums of a set, of one pass. */
ALWAYS void add_terms(const struct sum sum[], unsigned sums, unsigned set, unsigned pass,
		      vec terms[2][TERMS], vec ret[SUMS_MAX])
{
	vec even[TERMS], odd[TERMS];

	UNROLL for (unsigned k = 0; k < TERMS; k++) even[k] = terms[0][k], odd[k] = terms[1][k];
	for (unsigned i = 0; i < sums; i++) {
		const vec *w = sum[i].weight[pass % 2];
		vec x[TERMS], y[TERMS];

		if (sum[i].set != set)
			continue;
		UNROLL for (unsigned k = 0; k < TERMS; k++)
		{
			x[k] = _mm512_gf2p8affine_epi64_epi8(even[k], w[k], 0);
			y[k] = _mm512_gf2p8affine_epi64_epi8(odd[k], w[k], 0);
		}
		x[0] = xor3(xor3(x[0], x[1], x[2]), xor3(x[3], x[4], x[5]), x[6]);
		y[0] = xor3(xor3(y[0], y[1], y[2]), xor3(y[3], y[4], y[5]), y[6]);
		/* bits of even and of odd number lie in quads side by side */
		ret[i] = _mm512_xor_si512(_mm512_unpacklo_epi64(x[0], y[0]),
					  _mm512_unpackhi_epi64(x[0], y[0]));
	}
}

ALWAYS void find_sums(struct tables *t, const unsigned classes)
{
	vec terms[PASSES][2][TERMS];

	for (unsigned s = 0; s < SHARED; s++)
		for (unsigned set = 0; set < (classes > 7 ? 2u : 1u); set++) {
			terms_of(t, s, set, classes, terms);
			for (unsigned p = 0; p < PASSES; p++)
				add_terms(t->sum, t->sums, set, p, terms[p],
					  t->syndrome[PASSES * s + p]);
		}
}

/* Twice, so that the number of rows is a constant where it counts. */
static void find_syndromes(const struct lw_rs *rs, const uint8_t *words, bool of_message)
{
	struct tables *t = rs->tables;
	unsigned octets = of_message ? t->octets_message : rs->n / OCTET;
	uint64_t(*m)[ROWS_MAX] = of_message ? t->message : t->check;

	if (t->classes == CLASSES_MAX) {
		find_values(t, words, rs->bytes, octets, m, ROWS_OF(CLASSES_MAX));
		find_sums(t, CLASSES_MAX);
	} else {
		find_values(t, words, rs->bytes, octets, m, ROWS_OF(7));
		find_sums(t, 7);
	}
}

/* The syndromes of a word of the block. */
static void read_syndromes(const struct lw_rs *rs, unsigned word, uint16_t ret[])
{
	const struct tables *t = rs->tables;

	memset(ret, 0, rs->roots * sizeof(*ret));
	for (unsigned i = 0; i < t->sums; i++) {
		const struct sum *s = &t->sum[i];
		const uint8_t *p =
			(const uint8_t *)&t->syndrome[word / QUADS][i] + word % QUADS * 8;

		for (unsigned c = 0; c < 8; c++) {
			unsigned n = 8 * s->set + c, squares = s->is_high ? 4 : 1;

			for (unsigned q = 0; q < squares; q++) {
				unsigned root =
					n == t->classes ? 0 : (2 * n + 1) << (s->square + q);
				unsigned v = s->is_high ? (p[c] >> 2 * q & 3u) << 8 : p[c];

				if (n > t->classes || root >= rs->roots ||
				    (n == t->classes && s->square + q > 0))
					continue;
				ret[root] = (uint16_t)(ret[root] ^ v);
			}
		}
	}
	/* its one bit stands at bit 8 of the value */
	ret[0] = (uint16_t)rs_multiply(rs, ret[0], rs->exp[RS_ORDER - 8]);
}

static uint64_t find_wrong(struct lw_rs *rs, const uint8_t *words)
{
	const struct tables *t = rs->tables;
	uint64_t wrong = 0;

	find_syndromes(rs, words, false);
	for (unsigned r = 0; r < RUNS; r++) {
		vec any = _mm512_setzero_si512();

		for (unsigned i = 0; i < t->sums; i++)
			any = _mm512_ternarylogic_epi64(any, t->syndrome[r][i], t->sum[i].valid,
							0xf8);
		wrong |= (uint64_t)_mm512_test_epi64_mask(any, any) << r * QUADS;
	}
	return wrong;
}

/* Parity from syndromes. */

/* Eight registers of eight quads: rows to columns. */
ALWAYS void transpose_quads(vec v[8])
{
	vec t[8], u[8];

	UNROLL for (unsigned k = 0; k < 8; k += 2)
	{
		t[k] = _mm512_unpacklo_epi64(v[k], v[k + 1]);
		t[k + 1] = _mm512_unpackhi_epi64(v[k], v[k + 1]);
	}
	UNROLL for (unsigned k = 0; k < 2; k++)
	{
		u[k] = _mm512_shuffle_i64x2(t[k], t[k + 2], 0x88);
		u[k + 2] = _mm512_shuffle_i64x2(t[k], t[k + 2], 0xdd);
		u[k + 4] = _mm512_shuffle_i64x2(t[k + 4], t[k + 6], 0x88);
		u[k + 6] = _mm512_shuffle_i64x2(t[k + 4], t[k + 6], 0xdd);
	}
	UNROLL for (unsigned k = 0; k < 4; k++)
	{
		v[k] = _mm512_shuffle_i64x2(u[k], u[k + 4], 0x88);
		v[k + 4] = _mm512_shuffle_i64x2(u[k], u[k + 4], 0xdd);
	}
}

/* 8 x 8 bytes of a register: rows to columns. */
ALWAYS vec transpose_bytes(vec v)
{
	uint8_t order[64];
	vec o;

	for (unsigned i = 0; i < 64; i++)
		order[i] = (uint8_t)(i % 8 * 8 + i / 8);
	memcpy(&o, order, sizeof(o));
	return _mm512_permutexvar_epi8(o, v);
}

/* Syndromes without gaps, column by column: byte 8 v + w is of word w of run v. */
static void make_columns(struct tables *t)
{
	for (unsigned d = 0; d < t->dense; d++) {
		vec v[RUNS];

		for (unsigned r = 0; r < RUNS; r++) {
			v[r] = _mm512_setzero_si512();
			for (unsigned i = 0; i < t->sums; i++) {
				const struct piece *p = &t->piece[i];
				uint64_t bits = p->bytes < 8 ? ((uint64_t)1 << 8 * p->bytes) - 1
							     : ~(uint64_t)0;
				vec x;

				if (p->at / 8 != d)
					continue;
				x = _mm512_and_si512(t->syndrome[r][p->sum],
						     _mm512_set1_epi64((long long)bits));
				v[r] = _mm512_or_si512(v[r], _mm512_slli_epi64(x, 8 * (p->at % 8)));
			}
			v[r] = transpose_bytes(v[r]);
		}
		transpose_quads(v);
		memcpy(&t->column[8 * d], v, sizeof(v));
	}
}

static void make_parity(struct tables *t, unsigned bytes)
{
	unsigned columns = 8 * t->dense;

	for (unsigned p = 0; p < bytes; p += 8) {
		vec acc[8];

		UNROLL for (unsigned i = 0; i < 8; i++) acc[i] = _mm512_setzero_si512();
		for (unsigned c = 0; c < columns; c += 2) {
			const uint64_t *a = &t->parity[c][p], *b = &t->parity[c + 1][p];
			vec x = t->column[c], y = t->column[c + 1];

			UNROLL for (unsigned i = 0; i < 8; i++) acc[i] =
				xor3(acc[i], times(x, a[i]), times(y, b[i]));
		}
		transpose_quads(acc);
		for (unsigned r = 0; r < RUNS; r++)
			t->out[r][p / 8] = transpose_bytes(acc[r]);
	}
}

/* The message ends in the middle of a byte. */
static void store_parity(const struct tables *t, uint8_t *words, size_t stride, size_t at)
{
	__mmask64 place = ((__mmask64)1 << (stride - at)) - 1;
	vec keep = _mm512_maskz_set1_epi8(1, 0x0f);

	for (unsigned r = 0; r < RUNS; r++) {
		vec v[8];

		for (unsigned i = 0; i < 8; i++)
			v[i] = i < PARITY_BYTES / 8 ? t->out[r][i] : _mm512_setzero_si512();
		transpose_quads(v);
		for (unsigned i = 0; i < 8; i++) {
			uint8_t *to = words + (r * QUADS + i) * stride + at;
			vec old = _mm512_maskz_loadu_epi8(1, to);

			_mm512_mask_storeu_epi8(to, place,
						_mm512_ternarylogic_epi64(keep, old, v[i], 0xca));
		}
	}
}

static void encode(struct lw_rs *rs, uint8_t *words)
{
	struct tables *t = rs->tables;
	size_t at = rs->k * RS_BITS / 8;

	find_syndromes(rs, words, true);
	make_columns(t);
	make_parity(t, (unsigned)(rs->bytes - at));
	store_parity(t, words, rs->bytes, at);
}

#include "rs-gfni-tables.h"

static void prepare(struct lw_rs *rs)
{
	struct tables *t = rs->tables;

	memset(t, 0, sizeof(*t));
	t->classes = rs->roots / 2;
	t->octets_message = (rs->k + 2 * OCTET - 1) / (2 * OCTET) * 2;
	for (unsigned p = 0; p < rs->n; p++) {
		add_place(rs, p, t->check[p / OCTET]);
		if (p < rs->k)
			add_place(rs, p, t->message[p / OCTET]);
	}
	list_sums(rs, t);
	make_parity_map(rs, t);
}

/* Codes of other shapes go the other ways. */
static bool fits(const struct lw_rs *rs)
{
	return rs->n % (2 * OCTET) == 0 && rs->k * RS_BITS % 8 == 4 &&
	       (rs->roots == LW_RS_ROOTS_MAX || rs->roots == 14);
}

const struct rs_direct rs_gfni = {
	WORDS, sizeof(struct tables), fits, prepare, encode, find_wrong, read_syndromes,
};
