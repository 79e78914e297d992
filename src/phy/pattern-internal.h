/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LW_PATTERN_INTERNAL_H
#define LW_PATTERN_INTERNAL_H

#include <lanewise/pattern.h>
#include <string.h>

extern const struct lw_pattern lw_patterns[];
extern const size_t lw_patterns_n;

#define IDLE_BITS  66 /* of a block */
#define IDLE_CHUNK 66 /* words of 64 blocks: the least whole number of both */

/** The register `n` bits (idle: blocks) later. */
uint64_t prbs_jump(const struct lw_pattern *p, uint64_t state, uint64_t n);
/** One bit on. @return it, before any inversion */
unsigned prbs_step(const struct lw_pattern *p, uint64_t *inout_state);
/** Words that a register keeps to make the next ones of. */
unsigned prbs_reach(const struct lw_pattern *p);
/** The first prbs_reach() words from a register on. */
void prbs_begin(const struct lw_pattern *p, uint64_t state, uint64_t *ret);
/** Words [from, to) from those before. */
void prbs_extend(const struct lw_pattern *p, uint64_t *word, unsigned from, unsigned to);
/** 64 idle blocks to IDLE_CHUNK words; `inout_state` as in prbs_jump(). */
void idle_blocks(uint64_t *inout_state, uint64_t ret[IDLE_CHUNK]);
/** One block's payload. */
uint64_t idle_payload(uint64_t *inout_state);

/** 64 bits of `bits` (n of them) from bit `at` on, 0 behind the end. */
static inline uint64_t bits_at(const uint8_t *bits, size_t n, size_t at)
{
	uint64_t v = 0;

	if (at / 8 + 9 <= n / 8) {
		memcpy(&v, bits + at / 8, 8);
		if (at % 8)
			v = v >> at % 8 | (uint64_t)bits[at / 8 + 8] << (64 - at % 8);
		return v;
	}
	for (unsigned i = 0; i < 9; i++) {
		size_t byte = at / 8 + i;
		uint64_t b = byte < (n + 7) / 8 ? bits[byte] : 0;

		if (i < 8)
			v |= b << 8 * i >> at % 8;
		else if (at % 8)
			v |= b << (64 - at % 8);
	}
	return v;
}

#endif
