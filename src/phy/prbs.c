/* SPDX-License-Identifier: Apache-2.0 */
#include "pattern-internal.h"

#include <string.h>

/*
 * Shift registers. What holds for a polynomial over two elements holds for its square with every
 * distance doubled: p[n] = p[n-28] ^ p[n-31] gives p[n] = p[n-28 m] ^ p[n-31 m] for each power of
 * two m. With m = 64 and more whole words follow from whole words, 64 bits for one operation.
 */

#define STEP 8 /* words at a time: the shortest distance is no less */

/* A map of bits: ret = the columns that the argument has, and a constant. */
struct affine {
	uint64_t column[64], constant;
};

static uint64_t apply(const struct affine *a, uint64_t v)
{
	uint64_t sum = a->constant;

	for (; v; v &= v - 1)
		sum ^= a->column[__builtin_ctzll(v)];
	return sum;
}

/* ret = second after first */
static void compose(const struct affine *second, const struct affine *first, struct affine *ret)
{
	struct affine sum;

	for (unsigned i = 0; i < 64; i++)
		sum.column[i] = apply(second, first->column[i]) ^ second->constant;
	sum.constant = apply(second, first->constant);
	*ret = sum;
}

unsigned prbs_step(const struct lw_pattern *p, uint64_t *inout_state)
{
	unsigned bit = (unsigned)__builtin_parityll(*inout_state & p->taps);

	*inout_state = (*inout_state << 1 | bit) & ((UINT64_C(1) << p->order) - 1);
	return bit;
}

/*
 * The payload of an idle block: type 1Eh, eight control codes of 0. `state` is what the scrambler
 * sent before, the latest bit the highest of 58 (IEEE 802.3 figure 49-8).
 */
uint64_t idle_payload(uint64_t *inout_state)
{
	const uint64_t data = 0x1e, state = *inout_state;
	const uint64_t first = (UINT64_C(1) << 39) - 1, second = (UINT64_C(1) << 58) - 1;
	uint64_t out = (data ^ state >> 19 ^ state) & first;

	out |= (data ^ out << 39 ^ state) & second & ~first;
	out |= (data ^ out << 39 ^ out << 58) & ~second;
	*inout_state = out >> 6;
	return out;
}

void idle_blocks(uint64_t *inout_state, uint64_t ret[IDLE_CHUNK])
{
	memset(ret, 0, IDLE_CHUNK * sizeof(*ret));
	for (unsigned b = 0; b < 64; b++) {
		unsigned at = b * IDLE_BITS;
		uint64_t payload = idle_payload(inout_state);

		/* the header of a control block is sent as 1, 0 */
		ret[at / 64] |= UINT64_C(1) << at % 64;
		at += 2;
		ret[at / 64] |= payload << at % 64;
		if (at % 64)
			ret[at / 64 + 1] |= payload >> (64 - at % 64);
	}
}

static uint64_t step(const struct lw_pattern *p, uint64_t state)
{
	if (p->kind == LW_PATTERN_IDLE)
		idle_payload(&state);
	else
		prbs_step(p, &state);
	return state;
}

uint64_t prbs_jump(const struct lw_pattern *p, uint64_t state, uint64_t n)
{
	struct affine power;

	power.constant = step(p, 0);
	for (unsigned i = 0; i < 64; i++)
		power.column[i] = i < p->order ? step(p, UINT64_C(1) << i) ^ power.constant : 0;
	for (; n; n >>= 1) {
		if (n & 1)
			state = apply(&power, state);
		compose(&power, &power, &power);
	}
	return state;
}

/* The power of two that spreads the recurrence over whole steps, in words. */
static unsigned spread(const struct lw_pattern *p)
{
	unsigned nearest = (unsigned)__builtin_ctzll(p->taps) + 1, m = 1;

	while (nearest * m < STEP)
		m *= 2;
	return m;
}

unsigned prbs_reach(const struct lw_pattern *p)
{
	return p->order * spread(p);
}

void prbs_begin(const struct lw_pattern *p, uint64_t state, uint64_t *ret)
{
	for (unsigned i = 0; i < prbs_reach(p); i++) {
		ret[i] = 0;
		for (unsigned b = 0; b < 64; b++)
			ret[i] |= (uint64_t)prbs_step(p, &state) << b;
	}
}

void prbs_extend(const struct lw_pattern *p, uint64_t *word, unsigned from, unsigned to)
{
	unsigned m = spread(p), distance[4], n = 0, i = from;

	for (uint64_t t = p->taps; t && n < 4; t &= t - 1)
		distance[n++] = ((unsigned)__builtin_ctzll(t) + 1) * m;
	for (; i + STEP <= to; i += STEP) {
		const uint64_t *a = word + i - distance[0], *b = word + i - distance[1];
		uint64_t v[STEP];

		for (unsigned k = 0; k < STEP; k++)
			v[k] = a[k] ^ b[k];
		for (unsigned d = 2; d < n; d++)
			for (unsigned k = 0; k < STEP; k++)
				v[k] ^= word[i + k - distance[d]];
		memcpy(word + i, v, sizeof(v));
	}
	for (; i < to; i++) {
		word[i] = 0;
		for (unsigned d = 0; d < n; d++)
			word[i] ^= word[i - distance[d]];
	}
}
