/* SPDX-License-Identifier: Apache-2.0 */
/* The part of chain-kernel.c that equalises measured waveforms. */
#ifndef LW_CHAIN_KERNEL_MEASURE_H
#define LW_CHAIN_KERNEL_MEASURE_H

#include "chain-kernel.h"
#include "chain-vector.h"

/* Measured waveforms: STEP symbols of one phase at a time. */
enum { STEP = 512, TAPS_MAX = 16 };

INLINE vf at(const float *x)
{
	vf v;

	memcpy(&v, x, sizeof(v));
	return v;
}

/* z[k] for k = 0 to n - 1, n a multiple of 16 after rounding up; y[k + main - t] is there. */
static void equalise(const float *y, const float *tap, uint32_t taps, uint32_t main, uint32_t n,
		     float *z)
{
	for (uint32_t k = 0; k < n; k += 16) {
		vf sum = all(0);

		for (uint32_t t = 0; t < taps; t++)
			sum += all(tap[t]) * at(y + (int64_t)k + main - t);
		memcpy(z + k, &sum, sizeof(sum));
	}
}

static void equalised(const float *const phase[4], const float cubic[4], const float *tap,
		      uint32_t taps, uint32_t main, uint32_t n, float low, float scale,
		      uint32_t *hist, uint32_t rows)
{
	float y[STEP + 4 * TAPS_MAX], z[STEP];
	const float *middle = y + TAPS_MAX;

	for (uint32_t k = 0; k < n; k += STEP) {
		uint32_t m = n - k < STEP ? n - k : STEP;

		for (uint32_t i = 0; i < m + 2 * TAPS_MAX; i += 16) {
			const int64_t from = (int64_t)k + i - TAPS_MAX;
			vf sum = all(cubic[0]) * at(phase[0] + from);

			for (int c = 1; c < 4; c++)
				sum += all(cubic[c]) * at(phase[c] + from);
			memcpy(y + i, &sum, sizeof(sum));
		}
		equalise(middle, tap, taps, main, m, z);
		for (uint32_t i = 0; i < m; i += 16) {
			vf v = (at(z + i) - all(low)) * all(scale);
			vi row, under = v < all(0), over = v >= all((float)rows);
			int32_t r[16];

			v = choose(under | over, all(0), v);
			row = (__builtin_convertvector(v, vi) & ~over) |
			      ((vi)((vu){0} + (rows - 1)) & over);
			memcpy(r, &row, sizeof(r));
			for (uint32_t s = 0; s < 16 && i + s < m; s++)
				hist[r[s]]++;
		}
	}
}

static void crossings(const float *const *phase, uint32_t m, const float *tap, uint32_t taps,
		      uint32_t main, uint32_t n, float level, double *ret_n, double *ret_sum)
{
	float z[2][STEP];

	for (uint32_t k = 0; k < n; k += STEP) {
		uint32_t many = n - k < STEP ? n - k : STEP;

		equalise(phase[0] + k, tap, taps, main, many, z[0]);
		for (uint32_t s = 0; s < m; s++) {
			const float *now = z[s & 1], *next = z[~s & 1];
			vf sum = all(0);
			vi count = {0};
			float parts[16];
			int32_t counts[16];

			equalise(phase[s + 1] + k, tap, taps, main, many, z[~s & 1]);
			for (uint32_t i = 0; i < many; i += 16) {
				vf a = at(now + i) - all(level), b = at(next + i) - all(level);
				vi crossed = (a < all(0)) ^ (b < all(0));

				if (i + 16 > many)
					for (uint32_t j = many - i; j < 16; j++)
						crossed[j] = 0;
				count -= crossed;
				sum += choose(crossed, a / choose(crossed, a - b, all(1)), all(0));
			}
			memcpy(parts, &sum, sizeof(parts));
			memcpy(counts, &count, sizeof(counts));
			for (int i = 0; i < 16; i++) {
				ret_n[s] += counts[i];
				ret_sum[s] += (double)parts[i];
			}
		}
	}
}

#endif
