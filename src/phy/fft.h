/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LW_FFT_H
#define LW_FFT_H

#include <complex.h>
#include <stddef.h>

/** clang 14 lacks CMPLX. */
static inline double complex lw_complex(double re, double im)
{
	return re + im * I;
}

/**
 * Discrete Fourier transform of 2^k values in place, sum of x exp(-+ 2 pi j n k / N); the inverse
 * does not divide by N. Why our own: a channel transforms a few times in double precision and no
 * speed is asked for; Debian's KISS FFT is single precision, FFTW's licence would become ours.
 */
void lw_fft(double complex *x, size_t n, int inverse);

#endif
