/* SPDX-License-Identifier: Apache-2.0 */
#include "phy-tables.h"

#include <math.h>
#include <string.h>

const struct lw_fec *lw_fec_find(const char *name)
{
	for (size_t i = 0; name && i < lw_fecs_n; i++)
		if (!strcmp(lw_fecs[i].name, name))
			return &lw_fecs[i];
	return NULL;
}

double lw_phy_symbol_error(double ber, unsigned bits)
{
	/* 1 - (1 - ber)^bits loses everything to rounding where ber is small. */
	return ber >= 0 && ber <= 1 ? -expm1(bits * log1p(-ber)) : NAN;
}

/* ln of n over k. The product is exact to n roundings and no larger than 2^n, a double for every
 * code of data/fec.csv; lgamma() would lose three digits here. */
static double ln_choose(unsigned n, unsigned k)
{
	double c = 1;

	if (k > n - k)
		k = n - k;
	for (unsigned i = 1; i <= k; i++)
		c *= (double)(n - k + i) / i;
	return log(c);
}

double lw_fec_errors(const struct lw_fec *f, double symbol_error, unsigned errors)
{
	double p = symbol_error;

	if (!f->n || !(p >= 0 && p <= 1))
		return NAN;
	if (errors > f->n)
		return 0;
	if (p == 0 || p == 1)
		return errors == (p == 0 ? 0 : f->n);
	return exp(ln_choose(f->n, errors) + errors * log(p) + (f->n - errors) * log1p(-p));
}

/* Sum of weight(k) times the probability of k wrong symbols, for k above `t`: one logarithm, then
 * each term from the one before. `of_count`: weight k / n, else 1. */
static double beyond(const struct lw_fec *f, double p, unsigned t, bool of_count)
{
	unsigned n = f->n, mode = (unsigned)((n + 1) * p), first;
	double sum = 0, term, odds = p / (1 - p);

	if (p == 0 || t >= n)
		return 0;
	if (p == 1)
		return 1;
	/* Begin at the largest term, which cannot vanish while others count, and go both ways. */
	first = mode > n ? n : mode > t ? mode : t + 1;
	term = lw_fec_errors(f, p, first);
	for (unsigned k = first; k <= n; k++) {
		double part = of_count ? term * k / n : term;

		sum += part;
		if (part < sum * 1e-18)
			break;
		term *= (double)(n - k) / (k + 1) * odds;
	}
	term = lw_fec_errors(f, p, first);
	for (unsigned k = first; k-- > t + 1;) {
		double part;

		term *= (k + 1) / (double)(n - k) / odds;
		part = of_count ? term * k / n : term;
		sum += part;
		if (part < sum * 1e-18)
			break;
	}
	return fmin(sum, 1);
}

double lw_fec_codeword_loss(const struct lw_fec *f, double ber)
{
	double p = lw_phy_symbol_error(ber, f->symbol_bits);

	return f->n && !isnan(p) ? beyond(f, p, f->t, false) : NAN;
}

double lw_fec_post_ber(const struct lw_fec *f, double ber)
{
	double p = lw_phy_symbol_error(ber, f->symbol_bits);

	if (!f->n || isnan(p))
		return NAN;
	/* A wrong symbol has on average ber / p of its bits wrong. */
	return p > 0 ? beyond(f, p, f->t, true) * (ber / p) : 0;
}

/*
 * A frame of L bytes meets, wherever it begins, 1 + L / (w B) groups of w interleaved codewords of
 * B bytes each on average, and needs all their words: w + L / B of them.
 */
double lw_fec_frame_loss(const struct lw_fec *f, double ber, unsigned interleaved,
			 unsigned frame_bytes)
{
	double lost = lw_fec_codeword_loss(f, ber), groups, part, good, whole;

	if (isnan(lost) || !f->payload_bytes || !interleaved)
		return NAN;
	/* it meets `whole` groups, and with probability `part` one more */
	part = modf((double)frame_bytes / (f->payload_bytes * interleaved), &groups);
	whole = groups + 1;
	good = interleaved * log1p(-lost); /* of a group, as a logarithm */
	return -expm1(whole * good) - exp(whole * good) * part * expm1(good);
}

unsigned lw_fec_histogram(const struct lw_fec *f, double ber, double ret[], unsigned n)
{
	double p = lw_phy_symbol_error(ber, f->symbol_bits);

	if (!f->n || isnan(p) || n < f->t + 2)
		return 0;
	for (unsigned k = 0; k <= f->t; k++)
		ret[k] = lw_fec_errors(f, p, k);
	ret[f->t + 1] = beyond(f, p, f->t, false);
	return f->t + 2;
}

unsigned lw_fec_worst(const struct lw_fec *f, double ber, double codewords)
{
	double p = lw_phy_symbol_error(ber, f->symbol_bits);
	unsigned low = 0, high = f->n, step = 1;

	if (!f->n || !(p > 0) || !(codewords > 0))
		return 0;
	/* The tail falls with the weight: find the last that is still expected once. It is mostly a
	 * small one, and tails of small weights cost least: go up to it in growing steps, then
	 * halve what is left. */
	while (low < high) {
		unsigned middle = step && low + step <= high ? low + step : (low + high + 1) / 2;

		if (codewords * beyond(f, p, middle - 1, false) >= 1) {
			low = middle;
			step *= 2;
		} else {
			high = middle - 1;
			step = 0;
		}
	}
	return low;
}

bool lw_fec_holds(const struct lw_fec *f, double ber)
{
	return ber <= f->ber_limit;
}
