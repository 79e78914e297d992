/* SPDX-License-Identifier: Apache-2.0 */
/* The sliced engine for 512 words at a time; needs AVX-512F only. */
#include <immintrin.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef __m512i vec;

#define VEC_LANES 512

#define V static inline __attribute__((always_inline))

/* clang-format off */
V vec vec_zero(void) { return _mm512_setzero_si512(); }
V vec vec_ones(void) { return _mm512_set1_epi64(-1); }
V vec vec_set(uint64_t v) { return _mm512_set1_epi64((long long)v); }
V vec vec_xor(vec a, vec b) { return _mm512_xor_si512(a, b); }
V vec vec_and(vec a, vec b) { return _mm512_and_si512(a, b); }
V vec vec_or(vec a, vec b) { return _mm512_or_si512(a, b); }
/** b without what is in a */
V vec vec_andnot(vec a, vec b) { return _mm512_andnot_si512(a, b); }
V vec vec_xor3(vec a, vec b, vec c) { return _mm512_ternarylogic_epi64(a, b, c, 0x96); }
/** sum plus a times b */
V vec vec_add_and(vec sum, vec a, vec b) { return _mm512_ternarylogic_epi64(sum, a, b, 0x78); }
/** a where the mask is, else b */
V vec vec_select(vec mask, vec a, vec b) { return _mm512_ternarylogic_epi64(mask, a, b, 0xca); }
V vec vec_shift_left(vec a, unsigned n) { return _mm512_slli_epi64(a, n); }
V vec vec_shift_right(vec a, unsigned n) { return _mm512_srli_epi64(a, n); }
V bool vec_any(vec a) { return _mm512_test_epi64_mask(a, a) != 0; }
/* clang-format on */

V __m512i four(const uint8_t *p, size_t stride)
{
	__m512i v = _mm512_castsi128_si512(_mm_loadu_si128((const void *)p));

	v = _mm512_inserti32x4(v, _mm_loadu_si128((const void *)(p + stride)), 1);
	v = _mm512_inserti32x4(v, _mm_loadu_si128((const void *)(p + 2 * stride)), 2);
	return _mm512_inserti32x4(v, _mm_loadu_si128((const void *)(p + 3 * stride)), 3);
}

/** Eight bytes of each lane from `p`, `p + stride`, ..., and the eight bytes behind them. */
V void vec_gather(const uint8_t *p, size_t stride, vec *ret, vec *ret_next)
{
	__m512i even = four(p, 2 * stride), odd = four(p + stride, 2 * stride);

	*ret = _mm512_unpacklo_epi64(even, odd);
	*ret_next = _mm512_unpackhi_epi64(even, odd);
}

#include "rs-sliced.h"

#include "rs-sliced-decode.h"

const struct rs_sliced rs_avx512 = SLICED;
