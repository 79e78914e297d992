/* SPDX-License-Identifier: Apache-2.0 */
#include "rs-internal.h"

#include <string.h>

/* Word by word with logarithms: the textbook, and the measure of the other engines. */

unsigned lw_rs_symbol(const uint8_t *word, unsigned place)
{
	unsigned bit = place * RS_BITS;
	const uint8_t *p = word + bit / 8;

	return ((unsigned)(p[0] | p[1] << 8) >> bit % 8) & 0x3ff;
}

void lw_rs_set_symbol(uint8_t *word, unsigned place, unsigned symbol)
{
	unsigned bit = place * RS_BITS;
	uint8_t *p = word + bit / 8;
	unsigned pair = (unsigned)(p[0] | p[1] << 8);

	pair = (pair & ~(0x3ffu << bit % 8)) | (symbol & 0x3ff) << bit % 8;
	p[0] = (uint8_t)pair;
	p[1] = (uint8_t)(pair >> 8);
}

void rs_plain_encode(const struct lw_rs *rs, uint8_t *word)
{
	uint16_t rest[LW_RS_ROOTS_MAX] = {0}; /* highest power first */

	for (unsigned p = 0; p < rs->k; p++) {
		unsigned feedback = lw_rs_symbol(word, p) ^ rest[0];

		for (unsigned i = 0; i < rs->roots; i++)
			rest[i] = (uint16_t)((i + 1 < rs->roots ? rest[i + 1] : 0) ^
					     rs_multiply(rs, feedback,
							 rs->generator[rs->roots - 1 - i]));
	}
	for (unsigned i = 0; i < rs->roots; i++)
		lw_rs_set_symbol(word, rs->k + i, rest[i]);
}

void rs_plain_syndromes(const struct lw_rs *rs, const uint8_t *word, uint16_t ret[LW_RS_ROOTS_MAX])
{
	memset(ret, 0, rs->roots * sizeof(*ret));
	for (unsigned p = 0; p < rs->n; p++) {
		unsigned symbol = lw_rs_symbol(word, p);

		for (unsigned j = 0; j < rs->roots; j++) {
			unsigned v = ret[j] ? rs->exp[rs->log[ret[j]] + j] : 0;

			ret[j] = (uint16_t)(v ^ symbol);
		}
	}
}

/* Berlekamp and Massey: the shortest recurrence that makes the syndromes. @return its length, which
 * may exceed t; `ret` has its coefficients up to power t. */
static unsigned find_locator(const struct lw_rs *rs, const uint16_t s[],
			     uint16_t ret[LW_RS_ROOTS_MAX + 1])
{
	uint16_t before[LW_RS_ROOTS_MAX + 1] = {1}, old[LW_RS_ROOTS_MAX + 1];
	unsigned length = 0, shift = 1, scale = 1; /* discrepancy that `before` failed at */

	memset(ret, 0, (LW_RS_ROOTS_MAX + 1) * sizeof(*ret));
	ret[0] = 1;
	for (unsigned r = 0; r < rs->roots; r++, shift++) {
		unsigned delta = 0, factor;

		for (unsigned i = 0; i <= length; i++)
			delta ^= rs_multiply(rs, ret[i], s[r - i]);
		if (!delta)
			continue;
		memcpy(old, ret, sizeof(old));
		factor = rs->exp[rs->log[delta] + RS_ORDER - rs->log[scale]];
		for (unsigned i = 0; i + shift <= rs->roots; i++)
			ret[i + shift] =
				(uint16_t)(ret[i + shift] ^ rs_multiply(rs, factor, before[i]));
		if (2 * length > r)
			continue;
		memcpy(before, old, sizeof(before));
		length = r + 1 - length;
		scale = delta;
		shift = 0;
	}
	return length;
}

/* Value of a polynomial, lowest power first, at alpha^exponent. */
static unsigned value_at(const struct lw_rs *rs, const uint16_t c[], unsigned n, unsigned exponent)
{
	unsigned v = 0;

	for (unsigned i = n; i-- > 0;)
		v = (v ? rs->exp[rs->log[v] + exponent] : 0u) ^ c[i];
	return v;
}

/* Do these errors, and no others, make the syndromes? */
static bool explain(const struct lw_rs *rs, const uint16_t s[], unsigned n, const uint16_t power[],
		    const uint16_t value[])
{
	for (unsigned j = 0; j < rs->roots; j++) {
		unsigned sum = 0;

		for (unsigned i = 0; i < n; i++)
			sum ^= rs_multiply(rs, value[i], rs->exp[power[i] * j % RS_ORDER]);
		if (sum != s[j])
			return false;
	}
	return true;
}

int rs_plain_correct(const struct lw_rs *rs, uint8_t *word, const uint16_t s[LW_RS_ROOTS_MAX])
{
	uint16_t locator[LW_RS_ROOTS_MAX + 1], evaluator[LW_RS_ROOTS_MAX] = {0};
	uint16_t odd[LW_RS_ROOTS_MAX + 1] = {
		0}; /* the locator's odd powers: x times its derivative */
	uint16_t power[LW_RS_ROOTS_MAX], value[LW_RS_ROOTS_MAX];
	unsigned errors = find_locator(rs, s, locator), found = 0;

	if (errors > rs->t)
		return LW_RS_LOST;
	for (unsigned i = 0; i < errors; i++)
		for (unsigned j = 0; j <= i; j++)
			evaluator[i] =
				(uint16_t)(evaluator[i] ^ rs_multiply(rs, locator[j], s[i - j]));
	for (unsigned i = 1; i <= errors; i += 2)
		odd[i] = locator[i];
	/* Only powers below n: a root in the shortened part is no error that can be. */
	for (unsigned p = 0; p < rs->n && found < errors; p++) {
		unsigned exponent = (RS_ORDER - p) % RS_ORDER, slope, top;

		if (value_at(rs, locator, errors + 1, exponent))
			continue;
		slope = value_at(rs, odd, errors + 1, exponent);
		top = value_at(rs, evaluator, errors, exponent);
		if (!slope || !top)
			return LW_RS_LOST;
		power[found] = (uint16_t)p;
		value[found++] = rs->exp[rs->log[top] + RS_ORDER - rs->log[slope]];
	}
	if (found < errors || !explain(rs, s, errors, power, value))
		return LW_RS_LOST;
	for (unsigned i = 0; i < errors; i++) {
		unsigned place = rs->n - 1 - power[i];

		lw_rs_set_symbol(word, place, lw_rs_symbol(word, place) ^ value[i]);
	}
	return (int)errors;
}
