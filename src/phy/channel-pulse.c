/* SPDX-License-Identifier: Apache-2.0 */
#include "channel-internal.h"
#include "fft.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* The real signal whose spectrum is h times the window: for a pulse sin(x)/x of a symbol, else 1.
 * @return symbols * LW_PHASES samples, or NULL */
static double *inverse(const struct lw_channel *c, bool pulse)
{
	size_t n = 2 * c->half;
	double complex *x = malloc(n * sizeof(*x));
	double *ret = malloc(n * sizeof(*ret));

	if (!x || !ret) {
		free(x);
		free(ret);
		return NULL;
	}
	for (size_t k = 0; k <= c->half; k++) {
		double u = M_PI * (double)k / c->symbols;

		/* Each bin weighs 1 / symbols: a flat channel then makes a pulse of height 1. */
		x[k] = c->h[k] / c->symbols * (pulse && k ? sin(u) / u : 1);
		if (k && k < c->half)
			x[n - k] = conj(x[k]);
	}
	x[0] = creal(x[0]);
	x[c->half] = creal(x[c->half]);
	lw_fft(x, n, 1);
	for (size_t i = 0; i < n; i++)
		ret[i] = creal(x[i]);
	free(x);
	return ret;
}

static size_t peak_of(const double *x, size_t n)
{
	size_t best = 0;

	for (size_t i = 1; i < n; i++)
		if (fabs(x[i]) > fabs(x[best]))
			best = i;
	return best;
}

/* The middle of the part that lies above half the peak: a flat top has no peak worth the name. */
static size_t centre_of(const double *x, size_t n)
{
	size_t peak = peak_of(x, n), before = 0, after = 0;
	double half = fabs(x[peak]) / 2;

	while (before < n / 2 && fabs(x[(peak + n - before - 1) % n]) > half)
		before++;
	while (after < n / 2 && fabs(x[(peak + after + 1) % n]) > half)
		after++;
	/* An asymmetric pulse is sampled at its peak, a flat one in its middle. */
	if (fabs(x[(peak + n - before / 2) % n]) > 0.9 * fabs(x[peak]) &&
	    fabs(x[(peak + after / 2) % n]) > 0.9 * fabs(x[peak]))
		return (peak + n + (after - before) / 2 + (after < before ? n : 0)) % n;
	return peak;
}

static double energy(const double *x, size_t n, size_t first, size_t m)
{
	double sum = 0;

	for (size_t i = 0; i < m; i++)
		sum += x[(first + i) % n] * x[(first + i) % n];
	return sum;
}

int lw_channel_pulse(const struct lw_channel *c, double trim, struct lw_pulse *ret,
		     struct lw_error *reterr)
{
	size_t n = 2 * c->half, start, rows = c->symbols;
	double *x, all, cut = 0;
	unsigned first = 0, last;

	if (!(trim >= 0 && trim < 0.5))
		return lw_fail(reterr, LW_EINVAL, "a trim of %g is out of range", trim);
	x = inverse(c, true);
	if (!x)
		return lw_fail(reterr, LW_ENOMEM, "out of memory");
	all = energy(x, n, 0, n);
	if (!(all > 1e-200 && isfinite(all))) {
		free(x);
		return lw_fail(reterr, LW_EINVAL, "nothing comes through the channel");
	}
	/* Row rows/2 holds the main symbol; drop rows at the end that holds less. */
	start = (centre_of(x, n) + n - n / 2 - LW_PHASES / 2) % n;
	last = (unsigned)rows;
	while (last - first > 1) {
		double head = energy(x, n, start + (size_t)first * LW_PHASES, LW_PHASES) / all;
		double tail = energy(x, n, start + (size_t)(last - 1) * LW_PHASES, LW_PHASES) / all;
		bool from_head = first < rows / 2 && (head <= tail || last - 1 == rows / 2);
		double least = from_head ? head : tail;

		if (cut + least > trim && last - first <= LW_PULSE_MAX)
			break;
		cut += least;
		if (from_head)
			first++;
		else
			last--;
	}
	memset(ret, 0, sizeof(*ret));
	ret->baud_gbd = c->baud_gbd;
	ret->n = last - first;
	ret->pre = (unsigned)rows / 2 - first;
	ret->trimmed = cut;
	for (unsigned p = 0; p < ret->n; p++)
		for (unsigned s = 0; s < LW_PHASES; s++)
			ret->h[p][s] = x[(start + (size_t)(first + p) * LW_PHASES + s) % n];
	free(x);
	return 0;
}

int lw_channel_noise(const struct lw_channel *c, struct lw_noise *ret, struct lw_error *reterr)
{
	size_t n = 2 * c->half, start;
	double sum = 0, kept = 0, *x;

	for (size_t k = 0; k <= c->half; k++)
		sum += creal(c->h[k] * conj(c->h[k])) * (k == 0 || k == c->half ? 0.5 : 1);
	if (!(sum > 1e-200 && isfinite(sum)) || !(fabs(creal(c->h[0])) > 1e-100))
		return lw_fail(reterr, LW_EINVAL, "no noise comes through the receiver");
	x = inverse(c, false);
	if (!x)
		return lw_fail(reterr, LW_ENOMEM, "out of memory");
	memset(ret, 0, sizeof(*ret));
	ret->ghz = sum * c->baud_gbd / c->symbols / creal(c->h[0] * conj(c->h[0]));
	for (unsigned lag = 0; lag < LW_NOISE_LAGS; lag++) {
		double r = 0;

		for (size_t k = 0; k <= c->half; k++)
			r += creal(c->h[k] * conj(c->h[k])) * (k == 0 || k == c->half ? 0.5 : 1) *
			     cos(2 * M_PI * (double)k * lag / c->symbols);
		ret->r[lag] = r / sum;
	}
	/* Half of the rows before the peak would be wasted on a causal receiver: a quarter. */
	start = (peak_of(x, n) + n - LW_NOISE_SYMBOLS / 4 * LW_PHASES) % n;
	for (unsigned p = 0; p < 2 * LW_NOISE_SYMBOLS; p++)
		for (unsigned s = 0; s < LW_PHASES; s++) {
			size_t at = start + n + (p / 2) * LW_PHASES + s - (p & 1) * (LW_PHASES / 2);

			ret->h[p][s] = x[at % n];
			kept += ret->h[p][s] * ret->h[p][s];
		}
	free(x);
	kept = sqrt(kept / LW_PHASES);
	for (unsigned p = 0; p < 2 * LW_NOISE_SYMBOLS; p++)
		for (unsigned s = 0; s < LW_PHASES; s++)
			ret->h[p][s] /= kept;
	return 0;
}

int lw_pulse_fir(struct lw_pulse *p, const double *tap, unsigned n, unsigned pre,
		 struct lw_error *reterr)
{
	struct lw_pulse out = {.baud_gbd = p->baud_gbd, .pre = p->pre + pre, .trimmed = p->trimmed};

	if (!n || pre >= n || p->n + n - 1 > LW_PULSE_MAX)
		return lw_fail(reterr, LW_EINVAL,
			       "%u taps, %u before the main one, on a pulse of %u", n, pre, p->n);
	out.n = p->n + n - 1;
	for (unsigned i = 0; i < p->n; i++)
		for (unsigned t = 0; t < n; t++)
			for (unsigned s = 0; s < LW_PHASES; s++)
				out.h[i + t][s] += tap[t] * p->h[i][s];
	*p = out;
	return 0;
}
