/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LW_CHAIN_VECTOR_H
#define LW_CHAIN_VECTOR_H

/*
 * Sixteen numbers side by side, as the compiler's vector types: one register, two or four, the same
 * bits. Random numbers and the functions that make normal ones of them.
 */

#include <stdint.h>
#include <string.h>
#if defined(__AVX2__)
#include <immintrin.h>
#endif

typedef float vf __attribute__((vector_size(64)));
typedef int32_t vi __attribute__((vector_size(64)));
typedef uint32_t vu __attribute__((vector_size(64)));

#define INLINE static inline __attribute__((always_inline))

INLINE vf all(float x)
{
	return x - (vf){0};
}

INLINE vf choose(vi mask, vf yes, vf no)
{
	return (vf)((mask & (vi)yes) | (~mask & (vi)no));
}

/* Halves of the products with one constant. */
INLINE void multiply(const vu *x, uint32_t by, vu *ret_high, vu *ret_low)
{
#if defined(__AVX512F__)
	__m512i a = (__m512i)*x, m = _mm512_set1_epi64(by);
	__m512i even = _mm512_mul_epu32(a, m), odd = _mm512_mul_epu32(_mm512_srli_epi64(a, 32), m);

	*ret_high = (vu)_mm512_mask_blend_epi32(0xaaaa, _mm512_srli_epi64(even, 32), odd);
	*ret_low = (vu)_mm512_mask_blend_epi32(0xaaaa, even, _mm512_slli_epi64(odd, 32));
#elif defined(__AVX2__)
	__m256i m = _mm256_set1_epi64x(by);
	union {
		vu v;
		__m256i half[2];
	} in = {.v = *x}, high, low;

	for (int i = 0; i < 2; i++) {
		__m256i even = _mm256_mul_epu32(in.half[i], m);
		__m256i odd = _mm256_mul_epu32(_mm256_srli_epi64(in.half[i], 32), m);

		high.half[i] = _mm256_blend_epi32(_mm256_srli_epi64(even, 32), odd, 0xaa);
		low.half[i] = _mm256_blend_epi32(even, _mm256_slli_epi64(odd, 32), 0xaa);
	}
	*ret_high = high.v;
	*ret_low = low.v;
#else
	for (int i = 0; i < 16; i++) {
		uint64_t product = (uint64_t)(*x)[i] * by;

		(*ret_high)[i] = (uint32_t)(product >> 32);
		(*ret_low)[i] = (uint32_t)product;
	}
#endif
}

/* Philox4x32-10 (Salmon et al., SC 2011) on sixteen counters, in place. */
INLINE void philox(vu c[4], uint32_t k0, uint32_t k1)
{
	for (int round = 0; round < 10; round++) {
		vu high0, low0, high1, low1;

		multiply(&c[0], 0xD2511F53u, &high0, &low0);
		multiply(&c[2], 0xCD9E8D57u, &high1, &low1);
		c[0] = high1 ^ c[1] ^ k0;
		c[1] = low1;
		c[2] = high0 ^ c[3] ^ k1;
		c[3] = low0;
		k0 += 0x9E3779B9u;
		k1 += 0xBB67AE85u;
	}
}

/* ln x for x above 0, to 1e-7: 2^e m with m near 1, a polynomial (Cephes' logf). */
INLINE vf logarithm(vf x)
{
	vi bits = (vi)x - 0x3f3504f3;
	vi e = bits >> 23;
	vf m = (vf)((bits & 0x7fffff) + 0x3f3504f3) - 1, z = m * m, p;
	vf ef = __builtin_convertvector(e, vf);

	p = 7.0376836292e-2f * m - 1.1514610310e-1f;
	p = p * m + 1.1676998740e-1f;
	p = p * m - 1.2420140846e-1f;
	p = p * m + 1.4249322787e-1f;
	p = p * m - 1.6668057665e-1f;
	p = p * m + 2.0000714765e-1f;
	p = p * m - 2.4999993993e-1f;
	p = p * m + 3.3333331174e-1f;
	p = p * m * z - 2.12194440e-4f * ef - 0.5f * z;
	return m + p + 0.693359375f * ef;
}

INLINE vf square_root(vf x)
{
#if defined(__AVX512F__)
	return (vf)_mm512_sqrt_ps((__m512)x);
#else
	vf r;

	for (int i = 0; i < 16; i++)
		r[i] = __builtin_sqrtf(x[i]);
	return r;
#endif
}

/* Two independent normal numbers of two random words (Box and Muller); up to 6.66 deviations. */
INLINE void normals(vu a, vu b, vf *ret_x, vf *ret_y)
{
	vf u = (__builtin_convertvector((vi)(a >> 1), vf) + 0.5f) * 0x1p-31f;
	vf square = -2.0f * logarithm(u), radius, x, z, sine, cosine, s, c;
	vu quadrant = (b + 0x20000000u) >> 30;
	vi swap;

	radius = square_root(choose(square > 0, square, all(0)));
	/* within a quarter turn about the axis nearest: sine and cosine of up to pi/4 */
	x = __builtin_convertvector((vi)(b - (quadrant << 30)), vf) * (1.57079632679f * 0x1p-30f);
	z = x * x;
	sine = ((-1.9515295891e-4f * z + 8.3321608736e-3f) * z - 1.6666654611e-1f) * z * x + x;
	cosine = ((2.443315711809948e-5f * z - 1.388731625493765e-3f) * z + 4.166664568298827e-2f) *
			 z * z -
		 0.5f * z + 1;
	swap = -(vi)(quadrant & 1);
	s = choose(swap, cosine, sine);
	c = choose(swap, sine, cosine);
	s = (vf)((vu)s ^ ((quadrant >> 1) << 31));
	c = (vf)((vu)c ^ ((((quadrant + 1) >> 1) & 1) << 31));
	*ret_x = radius * c;
	*ret_y = radius * s;
}

#endif
