/* SPDX-License-Identifier: Apache-2.0 */
/* Random numbers by address, history, sums: what the parts of chain-kernel.c share. */
#ifndef LW_CHAIN_DRAW_H
#define LW_CHAIN_DRAW_H

#include "chain-kernel.h"
#include "chain-vector.h"

/* What random numbers are for: the third word of the counter, with the lane. */
enum use { OF_SYMBOLS, OF_NOISE, OF_LEVELS, OF_JITTER, OF_ECHOES, OF_WAVE };
/* Echoes keep their phase for so many symbols. */
enum { ECHO_HOLD = 64, ECHO_FIRST = 192, ECHO_STEP = 17 };

/* Sixteen 64-bit indices, two words each. */
struct index {
	vu low, high;
};

static struct index index_of(const uint64_t at[LW_STREAMS])
{
	uint32_t low[LW_STREAMS], high[LW_STREAMS];
	struct index x;

	for (unsigned s = 0; s < LW_STREAMS; s++) {
		low[s] = (uint32_t)at[s];
		high[s] = (uint32_t)(at[s] >> 32);
	}
	memcpy(&x.low, low, sizeof(low));
	memcpy(&x.high, high, sizeof(high));
	return x;
}

/* (first + s stride) >> shift, with its sign: streams may begin before symbol 0 */
static struct index group(uint64_t first, uint64_t stride, unsigned shift)
{
	uint64_t at[LW_STREAMS];

	for (unsigned s = 0; s < LW_STREAMS; s++)
		at[s] = (uint64_t)((int64_t)(first + s * stride) >> shift);
	return index_of(at);
}

INLINE void draw(const struct lw_kernel_job *j, const struct index *at, enum use use, uint32_t more,
		 vu ret[4])
{
	ret[0] = at->low;
	ret[1] = at->high;
	ret[2] = (vu){0} + ((uint32_t)use | more << 8);
	ret[3] = (vu){0} + j->lane;
	philox(ret, j->key[0], j->key[1]);
}

/* Symbols kept before those that are made. */
enum {
	PAST = ECHO_FIRST + ECHO_STEP * LW_REFLECT_MAX, /* above LW_SIGNAL_TAPS */
	AHEAD = 176,
	PAST_NOISE = 48,
};
_Static_assert((int)PAST > (int)LW_SIGNAL_TAPS, "history is too short");
_Static_assert((int)PAST_NOISE > (int)LW_NOISE_TAPS, "history is too short");

static uint64_t sum(vi v)
{
	uint64_t total = 0;

	for (int s = 0; s < LW_STREAMS; s++)
		total += (uint64_t)v[s];
	return total;
}

#endif
