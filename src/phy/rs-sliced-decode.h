/* SPDX-License-Identifier: Apache-2.0 */
/* The sliced engine's decoder: what rs-sliced.h has, then places and values of errors. */

/* Multiplication: twenty planes to nineteen, then x^10 = x^3 + 1. */

ALWAYS void add_product(vec acc[2 * BITS - 1], const vec a[BITS], const vec b[BITS])
{
	vec x[BITS];

	UNROLL for (unsigned i = 0; i < BITS; i++) x[i] = a[i];
	UNROLL for (unsigned j = 0; j < BITS; j++)
	{
		vec y = b[j];

		UNROLL for (unsigned i = 0; i < BITS; i++) acc[i + j] =
			vec_add_and(acc[i + j], x[i], y);
	}
}

ALWAYS void reduce(vec acc[2 * BITS - 1], vec ret[BITS])
{
	UNROLL for (unsigned i = 2 * BITS - 2; i >= BITS; i--)
	{
		acc[i - 7] = vec_xor(acc[i - 7], acc[i]);
		acc[i - 10] = vec_xor(acc[i - 10], acc[i]);
	}
	UNROLL for (unsigned i = 0; i < BITS; i++) ret[i] = acc[i];
}

ALWAYS void clear(vec *v, unsigned n)
{
	UNROLL for (unsigned i = 0; i < n; i++) v[i] = vec_zero();
}

static void multiply(const vec a[BITS], const vec b[BITS], vec ret[BITS])
{
	vec acc[2 * BITS - 1];

	clear(acc, 2 * BITS - 1);
	add_product(acc, a, b);
	reduce(acc, ret);
}

/* By a constant: only where there are few. */
static void multiply_constant(const struct lw_rs *rs, vec v[BITS], unsigned factor)
{
	vec sum[BITS];

	clear(sum, BITS);
	for (unsigned c = 0; c < BITS; c++) {
		unsigned column = rs_multiply(rs, factor, 1u << c);

		for (unsigned b = 0; b < BITS; b++)
			if (column >> b & 1)
				sum[b] = vec_xor(sum[b], v[c]);
	}
	for (unsigned b = 0; b < BITS; b++)
		v[b] = sum[b];
}

/* a^(2^10 - 2), after Itoh and Tsujii; 0 stays 0. */
static void invert(const vec a[BITS], vec ret[BITS])
{
	vec p[BITS], q[BITS];

#define SQUARE(v, times) UNROLL for (unsigned sq = 0; sq < times; sq++) square(v)
	memcpy(q, a, sizeof(q));
	square(q);
	multiply(q, a, p); /* a^3 */
	memcpy(q, p, sizeof(q));
	SQUARE(q, 2);
	multiply(q, p, p); /* a^15 */
	memcpy(q, p, sizeof(q));
	SQUARE(q, 4);
	multiply(q, p, p); /* a^255 */
	square(p);
	multiply(p, a, ret); /* a^511 */
	square(ret);
#undef SQUARE
}

ALWAYS vec any_of(const vec v[BITS])
{
	return vec_or(vec_or(vec_or(vec_or(v[0], v[1]), vec_or(v[2], v[3])),
			     vec_or(vec_or(v[4], v[5]), vec_or(v[6], v[7]))),
		      vec_or(v[8], v[9]));
}

/* Where is the binary number of five planes greater than `limit`? */
static vec exceeds(const vec number[BITS / 2], unsigned limit)
{
	vec greater = vec_zero(), equal = vec_ones();

	for (unsigned b = BITS / 2; b-- > 0;) {
		if (limit >> b & 1) {
			equal = vec_and(equal, number[b]);
		} else {
			greater = vec_or(greater, vec_and(equal, number[b]));
			equal = vec_andnot(number[b], equal);
		}
	}
	return greater;
}

/* number = from - number where `mask` is. */
static void subtract_from(vec number[BITS / 2], unsigned from, vec mask)
{
	vec borrow = vec_zero();

	for (unsigned b = 0; b < BITS / 2; b++) {
		vec x = from >> b & 1 ? vec_ones() : vec_zero(), y = number[b];
		vec difference = vec_xor3(x, y, borrow);

		borrow = vec_or(vec_andnot(x, vec_or(y, borrow)), vec_and(y, borrow));
		number[b] = vec_select(mask, difference, y);
	}
}

/*
 * One step of all locators: scale times the locator plus delta times the one before, one power up.
 * Where a locator becomes longer it is kept as the one before.
 * @return the highest power that any has
 */
static unsigned update_locators(struct work *w, unsigned t, const vec scale[BITS],
				const vec delta[BITS], vec longer)
{
	unsigned top = t;

	for (unsigned i = t + 1; i-- > 0;) {
		vec *c = w->locator[i], *b = w->before[i], sum[2 * BITS - 1], kept[BITS];

		memcpy(kept, c, sizeof(kept));
		clear(sum, 2 * BITS - 1);
		add_product(sum, kept, scale);
		if (i)
			add_product(sum, b - BITS, delta);
		reduce(sum, c);
		for (unsigned k = 0; k < BITS; k++)
			b[k] = vec_select(longer, kept[k], i ? b[(int)k - BITS] : vec_zero());
	}
	while (top && !vec_any(any_of(w->locator[top])))
		top--;
	return top;
}

/*
 * Berlekamp and Massey without division, all words in step. Coefficients above t are dropped: a
 * word that needs them has a length above t, which never falls again, and is lost.
 * @return the highest power that any locator has
 */
static unsigned find_locators(struct work *w, const struct lw_rs *rs)
{
	vec scale[BITS], delta[BITS], acc[2 * BITS - 1];
	unsigned top = 0;

	memset(w->locator, 0, sizeof(w->locator));
	memset(w->before, 0, sizeof(w->before));
	memset(w->length, 0, sizeof(w->length));
	clear(scale, BITS);
	w->locator[0][0] = w->before[0][0] = scale[0] = vec_ones();
	for (unsigned r = 0; r < rs->roots; r++) {
		vec wrong, longer;

		clear(acc, 2 * BITS - 1);
		for (unsigned i = 0; i <= top && i <= r; i++)
			add_product(acc, w->locator[i], w->syndrome[r - i]);
		reduce(acc, delta);
		wrong = any_of(delta);
		longer = vec_andnot(exceeds(w->length, r / 2), wrong);
		if (!vec_any(wrong)) {
			memmove(w->before[1], w->before[0], rs->t * sizeof(w->before[0]));
			memset(w->before[0], 0, sizeof(w->before[0]));
			continue;
		}
		top = update_locators(w, rs->t, scale, delta, longer);
		for (unsigned k = 0; k < BITS; k++)
			scale[k] = vec_select(longer, delta[k], scale[k]);
		subtract_from(w->length, r + 1, longer);
	}
	return top;
}

/* Places and values. */

ALWAYS void times_alpha_power(vec v[BITS], const unsigned k)
{
	/* No loop: not every compiler unrolls one of calls before it looks at the array. */
#define TIMES(i)                                                                                   \
	if (k > i)                                                                                 \
		times_alpha(v);
	TIMES(0)
	TIMES(1)
	TIMES(2)
	TIMES(3)
	TIMES(4)
	TIMES(5)
	TIMES(6)
	TIMES(7)
	TIMES(8)
	TIMES(9)
	TIMES(10)
	TIMES(11)
	TIMES(12)
	TIMES(13)
	TIMES(14)
#undef TIMES
}

/* Add the terms of powers k and k + 2 to the sums of a block of places, and step from place to
 * place by multiplying with alpha^k. */
ALWAYS void add_terms(vec sum[BLOCK][BITS], vec first[BITS], vec second[BITS], const unsigned k)
{
	vec x[BITS], y[BITS];

	UNROLL for (unsigned b = 0; b < BITS; b++) x[b] = first[b], y[b] = second[b];
	for (unsigned p = 0; p < BLOCK; p++) {
		UNROLL for (unsigned b = 0; b < BITS; b++) sum[p][b] =
			vec_xor3(sum[p][b], x[b], y[b]);
		times_alpha_power(x, k);
		times_alpha_power(y, k + 2);
	}
	UNROLL for (unsigned b = 0; b < BITS; b++) first[b] = x[b], second[b] = y[b];
}

#define TERMS(k)                                                                                   \
	static void add_terms_##k(vec sum[BLOCK][BITS], vec c[HALF_ROOTS + 1][BITS])               \
	{                                                                                          \
		add_terms(sum, c[k], c[k + 2], k);                                                 \
	}
TERMS(0)
TERMS(1)
TERMS(4)
TERMS(5)
TERMS(8)
TERMS(9)
TERMS(12)
TERMS(13)
#undef TERMS

/* Values of a polynomial at a block of places: powers 0, 2, 4 ... to `even`, the others to `odd`,
 * which may be the same. */
static void evaluate(vec c[HALF_ROOTS + 1][BITS], unsigned top, vec even[BLOCK][BITS],
		     vec odd[BLOCK][BITS])
{
	memset(even, 0, sizeof(vec[BLOCK][BITS]));
	if (odd != even)
		memset(odd, 0, sizeof(vec[BLOCK][BITS]));
#define TERMS(k, to)                                                                               \
	if (top >= k)                                                                              \
		add_terms_##k(to, c);
	add_terms_0(even, c);
	TERMS(1, odd)
	TERMS(4, even)
	TERMS(5, odd)
	TERMS(8, even)
	TERMS(9, odd)
	TERMS(12, even)
	TERMS(13, odd)
#undef TERMS
}

/* evaluator = locator times syndromes, below the power `top`, as Forney has it. */
static void find_evaluators(struct work *w, unsigned top)
{
	memset(w->evaluator, 0, sizeof(w->evaluator));
	for (unsigned i = 0; i < top; i++) {
		vec acc[2 * BITS - 1];

		clear(acc, 2 * BITS - 1);
		for (unsigned j = 0; j <= i; j++)
			add_product(acc, w->locator[j], w->syndrome[i - j]);
		reduce(acc, w->evaluator[i]);
	}
}

/* An error where the locator is 0: its value is the evaluator by the sum of the locator's odd
 * terms (the first root is alpha^0). @return where there is one */
static vec value_of_error(struct work *w, unsigned block_place, unsigned place)
{
	vec sum[BITS], v[BITS], root;

	for (unsigned b = 0; b < BITS; b++)
		sum[b] = vec_xor(w->even[block_place][b], w->odd[block_place][b]);
	root = vec_andnot(any_of(sum), vec_ones());
	if (vec_any(root)) {
		invert(w->odd[block_place], v);
		multiply(v, w->top[block_place], v);
	}
	for (unsigned b = 0; b < BITS; b++)
		w->error[b][LEAD + place] = vec_any(root) ? vec_and(root, v[b]) : vec_zero();
	return root;
}

/* @return the words whose locator has as many roots among the places as its length says */
static vec find_errors(struct work *w, const struct lw_rs *rs, unsigned top)
{
	vec count[BITS / 2], good = vec_ones();

	clear(count, BITS / 2);
	find_evaluators(w, top);
	/* Place p is the power n - 1 - p: begin at the inverse of the highest one. */
	for (unsigned k = 1; k <= top; k++) {
		unsigned back = k * (rs->n - 1) % RS_ORDER;

		multiply_constant(rs, w->locator[k], rs->exp[RS_ORDER - back]);
		multiply_constant(rs, w->evaluator[k], rs->exp[RS_ORDER - back]);
	}
	for (unsigned p = 0; p < rs->n; p += BLOCK) {
		evaluate(w->locator, top, w->even, w->odd);
		evaluate(w->evaluator, top ? top - 1 : 0, w->top, w->top);
		for (unsigned i = 0; i < BLOCK; i++) {
			vec carry = value_of_error(w, i, p + i);

			for (unsigned b = 0; b < BITS / 2; b++) {
				vec sum = vec_xor(count[b], carry);

				carry = vec_and(count[b], carry);
				count[b] = sum;
			}
		}
	}
	for (unsigned b = 0; b < BITS / 2; b++)
		good = vec_andnot(vec_xor(count[b], w->length[b]), good);
	return good;
}

/* Bit `word` of a plane. */
static unsigned bit_of(const vec *plane, unsigned word)
{
	return ((const uint8_t *)plane)[word / 8] >> word % 8 & 1;
}

static void symbols_of(vec s[LW_RS_ROOTS_MAX][BITS], unsigned roots, unsigned word, uint16_t ret[])
{
	for (unsigned j = 0; j < roots; j++) {
		unsigned v = 0;

		for (unsigned b = 0; b < BITS; b++)
			v |= bit_of(&s[j][b], word) << b;
		ret[j] = (uint16_t)v;
	}
}

/* Syndromes of the planes. @return how many words are no codewords */
static unsigned find_wrong(struct lw_rs *rs, uint8_t ret[VEC_LANES / 8])
{
	struct work *w = rs->work;
	vec wrong = vec_zero();
	unsigned n = 0;

	find_syndromes(w, rs, w->plane, w->syndrome);
	for (unsigned j = 0; j < rs->roots; j++)
		wrong = vec_or(wrong, any_of(w->syndrome[j]));
	memcpy(ret, &wrong, VEC_LANES / 8);
	for (unsigned i = 0; i < VEC_LANES / 8; i++)
		n += (unsigned)__builtin_popcount(ret[i]);
	return n;
}

/* All words of a batch at once: what that costs does not depend on how many have errors.
 * @return those that were corrected, by w->error */
static vec correct_all(struct lw_rs *rs, int8_t ret[])
{
	struct work *w = rs->work;
	unsigned top = find_locators(w, rs);
	vec good = vec_andnot(exceeds(w->length, rs->t), vec_ones());

	good = vec_and(good, find_errors(w, rs, top));
	find_syndromes(w, rs, w->error, w->check);
	for (unsigned j = 0; j < rs->roots; j++)
		for (unsigned b = 0; b < BITS; b++)
			good = vec_andnot(vec_xor(w->check[j][b], w->syndrome[j][b]), good);
	for (unsigned i = 0; i < VEC_LANES; i++) {
		unsigned n = 0;

		for (unsigned b = 0; b < BITS / 2; b++)
			n |= bit_of(&w->length[b], i) << b;
		ret[i] = bit_of(&good, i) ? (int8_t)n : LW_RS_LOST;
	}
	return good;
}

static void decode_planes(struct lw_rs *rs, int8_t ret[])
{
	struct work *w = rs->work;
	uint8_t wrong[VEC_LANES / 8];
	vec good;

	memset(ret, 0, VEC_LANES);
	if (!find_wrong(rs, wrong))
		return;
	good = correct_all(rs, ret);
	for (unsigned i = 0; i < rs->n * BITS; i++) {
		vec *p = plane_of(w->plane, i);

		*p = vec_xor(*p, vec_and(good, *plane_of(w->error, i)));
	}
}

static void decode(struct lw_rs *rs, uint8_t *words, int8_t ret[])
{
	struct work *w = rs->work;
	uint8_t wrong[VEC_LANES / 8];
	unsigned n;

	load(rs, words);
	memset(ret, 0, VEC_LANES);
	n = find_wrong(rs, wrong);
	if (n > VEC_LANES / 16) {
		unpack(w, w->error, 0, correct_all(rs, ret), words, rs->bytes);
		return;
	}
	for (unsigned i = 0; n && i < VEC_LANES; i++) {
		uint16_t s[LW_RS_ROOTS_MAX];

		if (!(wrong[i / 8] >> i % 8 & 1))
			continue;
		symbols_of(w->syndrome, rs->roots, i, s);
		ret[i] = (int8_t)rs_plain_correct(rs, words + i * rs->bytes, s);
	}
}

static size_t check_planes(struct lw_rs *rs)
{
	uint8_t wrong[VEC_LANES / 8];

	return find_wrong(rs, wrong);
}

static void syndromes(struct lw_rs *rs, const uint8_t *words, uint16_t ret[])
{
	struct work *w = rs->work;

	load(rs, words);
	find_syndromes(w, rs, w->plane, w->syndrome);
	for (unsigned i = 0; i < VEC_LANES; i++)
		symbols_of(w->syndrome, rs->roots, i, ret + i * rs->roots);
}

#define SLICED                                                                                     \
	{                                                                                          \
		VEC_LANES, sizeof(struct work), prepare, encode, decode, syndromes, load, store,   \
			plane, encode_planes, decode_planes, check_planes,                         \
	}
