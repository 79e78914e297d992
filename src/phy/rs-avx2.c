/* SPDX-License-Identifier: Apache-2.0 */
/* The sliced engine for 256 words at a time. */
#include <immintrin.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef __m256i vec;

#define VEC_LANES 256

#define V static inline __attribute__((always_inline))

/* clang-format off */
V vec vec_zero(void) { return _mm256_setzero_si256(); }
V vec vec_ones(void) { return _mm256_set1_epi64x(-1); }
V vec vec_set(uint64_t v) { return _mm256_set1_epi64x((long long)v); }
V vec vec_xor(vec a, vec b) { return _mm256_xor_si256(a, b); }
V vec vec_and(vec a, vec b) { return _mm256_and_si256(a, b); }
V vec vec_or(vec a, vec b) { return _mm256_or_si256(a, b); }
/** b without what is in a */
V vec vec_andnot(vec a, vec b) { return _mm256_andnot_si256(a, b); }
V vec vec_xor3(vec a, vec b, vec c) { return vec_xor(vec_xor(a, b), c); }
/** sum plus a times b */
V vec vec_add_and(vec sum, vec a, vec b) { return vec_xor(sum, vec_and(a, b)); }
/** a where the mask is, else b */
V vec vec_select(vec mask, vec a, vec b) { return vec_or(vec_and(mask, a), vec_andnot(mask, b)); }
V vec vec_shift_left(vec a, unsigned n) { return _mm256_slli_epi64(a, (int)n); }
V vec vec_shift_right(vec a, unsigned n) { return _mm256_srli_epi64(a, (int)n); }
V bool vec_any(vec a) { return !_mm256_testz_si256(a, a); }
/* clang-format on */

V __m256i two(const uint8_t *p, size_t stride)
{
	__m256i v = _mm256_castsi128_si256(_mm_loadu_si128((const void *)p));

	return _mm256_inserti128_si256(v, _mm_loadu_si128((const void *)(p + stride)), 1);
}

/** Eight bytes of each lane from `p`, `p + stride`, ..., and the eight bytes behind them. */
V void vec_gather(const uint8_t *p, size_t stride, vec *ret, vec *ret_next)
{
	__m256i even = two(p, 2 * stride), odd = two(p + stride, 2 * stride);

	*ret = _mm256_unpacklo_epi64(even, odd);
	*ret_next = _mm256_unpackhi_epi64(even, odd);
}

#include "rs-sliced.h"

#include "rs-sliced-decode.h"

const struct rs_sliced rs_avx2 = SLICED;
