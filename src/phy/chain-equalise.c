/* SPDX-License-Identifier: Apache-2.0 */
#include "chain-internal.h"

#include <math.h>
#include <string.h>

/* Solve a x = b for a symmetric, positive matrix by Cholesky, in place; x replaces b.
 * @return false if it is not positive */
static bool solve(double a[LW_FFE_MAX][LW_FFE_MAX], double b[LW_FFE_MAX], unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		for (unsigned k = 0; k <= i; k++) {
			double sum = a[i][k];

			for (unsigned m = 0; m < k; m++)
				sum -= a[i][m] * a[k][m];
			if (i == k && !(sum > 0))
				return false;
			a[i][k] = i == k ? sqrt(sum) : sum / a[k][k];
		}
		for (unsigned m = 0; m < i; m++)
			b[i] -= a[i][m] * b[m];
		b[i] /= a[i][i];
	}
	for (unsigned i = n; i-- > 0;) {
		for (unsigned m = i + 1; m < n; m++)
			b[i] -= a[m][i] * b[m];
		b[i] /= a[i][i];
	}
	return true;
}

/* What the taps see: variance of the levels about their mean, and noise of all kinds. */
struct powers {
	double signal, level_noise;
};

static struct powers powers_of(const struct lw_chain *c)
{
	unsigned n = lw_chain_level_n(c);
	struct powers p = {0};
	double mean = 0;

	for (unsigned i = 0; i < n; i++)
		mean += c->level[i] / n;
	for (unsigned i = 0; i < n; i++) {
		p.signal += (c->level[i] - mean) * (c->level[i] - mean) / n;
		p.level_noise += c->level_noise[i] * c->level_noise[i] / n;
	}
	return p;
}

/* Noise correlation before the equaliser, jitter included as noise of the mean slope. */
static double noise_at(const struct lw_chain *c, const struct powers *p, unsigned lag,
		       double slope_power)
{
	double r = lag == 0 ? 1 : !c->noise || lag >= LW_NOISE_LAGS ? 0 : c->noise->r[lag];
	double jitter = c->rj_ui * c->rj_ui + c->dj_ui * c->dj_ui / 4;

	return c->noise_rms * c->noise_rms * r +
	       (lag == 0 ? p->level_noise + jitter * slope_power : 0);
}

/* Cursor of symbol main + k as tap t sees it. */
static double seen(const double *h, unsigned n, long at)
{
	return at >= 0 && at < (long)n ? h[at] : 0;
}

static double slope_power(const struct lw_chain *c, unsigned phase, double signal)
{
	double before[LW_PULSE_MAX], after[LW_PULSE_MAX], sum = 0;

	lw_pulse_at(c->pulse, phase - 1.0, before);
	lw_pulse_at(c->pulse, phase + 1.0, after);
	for (unsigned p = 0; p < c->pulse->n; p++) {
		double slope = (after[p] - before[p]) * (LW_PHASES / 2.0);

		sum += slope * slope;
	}
	return sum * signal;
}

/*
 * y = sum w_t s(main + pre_t - t): with A the correlation of what the taps see from all symbols but
 * those that the feedback takes off, plus noise, and g the main symbol's cursors, w = A^-1 g is
 * best but for a factor; error and signal then give SNR = g.w / (1 - g.w).
 */
static double equalise_at(struct lw_chain *c, unsigned ffe_n, unsigned ffe_pre, unsigned dfe_n,
			  unsigned phase)
{
	double a[LW_FFE_MAX][LW_FFE_MAX], w[LW_FFE_MAX], g[LW_FFE_MAX], h[LW_PULSE_MAX];
	double cursor[LW_SIGNAL_TAPS], gain = 0, slope;
	struct powers p = powers_of(c);
	unsigned n = c->pulse->n, main = c->pulse->pre + ffe_pre;

	lw_pulse_at(c->pulse, phase, h);
	slope = slope_power(c, phase, p.signal);
	memset(a, 0, sizeof(a));
	for (unsigned i = 0; i < ffe_n; i++) {
		g[i] = w[i] = seen(h, n, (long)main - i);
		for (unsigned k = 0; k <= i; k++) {
			for (unsigned q = 0; q < n + ffe_n - 1; q++)
				if (q <= main || q > main + dfe_n)
					a[i][k] +=
						seen(h, n, (long)q - i) * seen(h, n, (long)q - k);
			a[i][k] += noise_at(c, &p, i - k, slope) / p.signal;
		}
		a[i][i] += 1e-12;
	}
	if (!solve(a, w, ffe_n))
		return -1;
	for (unsigned i = 0; i < ffe_n; i++)
		gain += g[i] * w[i];
	if (!(gain > 1e-12))
		return -1;
	c->ffe_n = ffe_n;
	c->ffe_pre = ffe_pre;
	c->dfe_n = dfe_n;
	c->phase = phase;
	memset(c->ffe, 0, sizeof(c->ffe));
	memset(c->dfe, 0, sizeof(c->dfe));
	for (unsigned i = 0; i < ffe_n; i++)
		c->ffe[i] = w[i] / gain; /* the main cursor is then 1 */
	n = lw_chain_cursors(c, phase, cursor);
	for (unsigned d = 0; d < dfe_n; d++)
		c->dfe[d] = main + 1 + d < n ? cursor[main + 1 + d] : 0;
	return gain >= 1 ? INFINITY : gain / (1 - gain);
}

int lw_chain_equalise(struct lw_chain *c, unsigned ffe_n, unsigned ffe_pre, unsigned dfe_n,
		      int phase, double *ret_snr_db, struct lw_error *reterr)
{
	struct lw_chain best = *c, now = *c;
	double best_snr = -1;
	int r;

	if (!ffe_n || ffe_n > LW_FFE_MAX || ffe_pre >= ffe_n || dfe_n > LW_DFE_MAX ||
	    phase >= LW_PHASES)
		return lw_fail(reterr, LW_EINVAL, "equaliser of %u taps, %u before, feedback of %u",
			       ffe_n, ffe_pre, dfe_n);
	r = lw_chain_check(c, reterr);
	if (r)
		return r;
	for (unsigned s = 0; s < LW_PHASES; s++) {
		double snr;

		if (phase >= 0 && s != (unsigned)phase)
			continue;
		snr = equalise_at(&now, ffe_n, ffe_pre, dfe_n, s);
		if (snr > best_snr) {
			best_snr = snr;
			best = now;
		}
	}
	if (best_snr < 0)
		return lw_fail(reterr, LW_EINVAL, "no equaliser finds a signal in this chain");
	*c = best;
	lw_chain_thresholds(c);
	if (ret_snr_db)
		*ret_snr_db = lw_phy_db(best_snr);
	return 0;
}
