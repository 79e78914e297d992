/* SPDX-License-Identifier: Apache-2.0 */
#include "fft.h"

#include <math.h>

static void reverse_bits(double complex *x, size_t n)
{
	for (size_t i = 1, j = 0; i < n; i++) {
		size_t bit = n >> 1;

		for (; j & bit; bit >>= 1)
			j ^= bit;
		j ^= bit;
		if (i < j) {
			double complex t = x[i];

			x[i] = x[j];
			x[j] = t;
		}
	}
}

void lw_fft(double complex *x, size_t n, int inverse)
{
	reverse_bits(x, n);
	for (size_t half = 1; half < n; half *= 2)
		for (size_t k = 0; k < half; k++) {
			double angle = (inverse ? M_PI : -M_PI) * (double)k / (double)half;
			double complex w = lw_complex(cos(angle), sin(angle));

			for (size_t i = k; i < n; i += 2 * half) {
				double complex a = x[i], b = x[i + half];
				/* by hand: C's product of complex numbers also looks for NaN */
				double complex t =
					lw_complex(creal(b) * creal(w) - cimag(b) * cimag(w),
						   creal(b) * cimag(w) + cimag(b) * creal(w));

				x[i] = a + t;
				x[i + half] = a - t;
			}
		}
}
