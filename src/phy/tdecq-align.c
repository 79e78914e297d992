/* SPDX-License-Identifier: Apache-2.0 */
#include "fft.h"

#include <lanewise/tdecq.h>
#include <math.h>
#include <stdlib.h>

/* Sum over the pattern, without its mean, and its power. */
static double variance(const double *x, size_t n, double *ret_mean)
{
	double sum = 0, square = 0;

	for (size_t i = 0; i < n; i++)
		sum += x[i];
	*ret_mean = sum / (double)n;
	for (size_t i = 0; i < n; i++)
		square += (x[i] - *ret_mean) * (x[i] - *ret_mean);
	return square;
}

/* Correlation at every shift, by one transform of both: the waveform in the real part is twice the
 * pattern long, so that shifts go round. */
static void correlate(double complex *work, size_t size, const double *wave, const double *level,
		      size_t n, double wave_mean, double level_mean)
{
	double complex before;

	for (size_t i = 0; i < size; i++)
		work[i] = lw_complex(i < 2 * n ? wave[i % n] - wave_mean : 0,
				     i < n ? level[i] - level_mean : 0);
	lw_fft(work, size, 0);
	before = 0;
	/* The two spectra lie in each other's even and odd parts. */
	for (size_t k = 0; k <= size / 2; k++) {
		size_t m = (size - k) % size;
		double complex a = work[k], b = conj(work[m]), x, y;

		x = (a + b) / 2;
		y = (a - b) / lw_complex(0, 2);
		before = x * conj(y);
		work[k] = before;
		work[m] = conj(before);
	}
	lw_fft(work, size, 1);
}

int lw_tdecq_align(const float *wave, const uint8_t *symbol, size_t n, unsigned samples,
		   size_t *ret_shift, double *ret_agreement, struct lw_error *reterr)
{
	size_t size = 1, best = 0;
	double complex *work;
	double *mean, *level, a, b, wave_mean, level_mean;

	if (!n || !samples || n > 1u << 24)
		return lw_fail(reterr, LW_EINVAL, "a pattern of %zu symbols", n);
	while (size < 3 * n)
		size *= 2;
	work = malloc(size * sizeof(*work));
	mean = malloc(n * sizeof(*mean));
	level = malloc(n * sizeof(*level));
	if (!work || !mean || !level) {
		free(work);
		free(mean);
		free(level);
		return lw_fail(reterr, LW_ENOMEM, "out of memory");
	}
	for (size_t k = 0; k < n; k++) {
		mean[k] = 0;
		for (unsigned s = 0; s < samples; s++)
			mean[k] += (double)wave[k * samples + s] / samples;
		level[k] = symbol[k];
	}
	a = variance(mean, n, &wave_mean);
	b = variance(level, n, &level_mean);
	correlate(work, size, mean, level, n, wave_mean, level_mean);
	for (size_t k = 1; k < n; k++)
		if (creal(work[k]) > creal(work[best]))
			best = k;
	*ret_shift = best;
	if (ret_agreement)
		*ret_agreement =
			a > 0 && b > 0 ? creal(work[best]) / (double)size / sqrt(a * b) : 0;
	free(work);
	free(mean);
	free(level);
	return 0;
}
