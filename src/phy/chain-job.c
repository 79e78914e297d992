/* SPDX-License-Identifier: Apache-2.0 */
/* From a chain's description to what the inner loops need. */
#include "chain-internal.h"

#include <lanewise/frames.h>
#include <lanewise/pcs.h>
#include <math.h>
#include <string.h>

unsigned lw_chain_level_n(const struct lw_chain *c)
{
	return c->modulation == LW_PAM4 ? 4 : 2;
}

unsigned lw_gray_distance(unsigned a, unsigned b)
{
	unsigned x = (a ^ a >> 1) ^ (b ^ b >> 1);

	return (x & 1) + (x >> 1 & 1);
}

static int check_numbers(const struct lw_chain *c, struct lw_error *reterr)
{
	unsigned n = lw_chain_level_n(c);

	for (unsigned i = 0; i < n; i++)
		if (!isfinite(c->level[i]) || (i && c->level[i] <= c->level[i - 1]) ||
		    !(c->level_noise[i] >= 0 && isfinite(c->level_noise[i])))
			return lw_fail(reterr, LW_EINVAL, "level %u of the chain, or its noise", i);
	for (unsigned i = 0; i + 1 < n; i++)
		if (!isfinite(c->threshold[i]))
			return lw_fail(reterr, LW_EINVAL, "threshold %u of the chain", i);
	if (!(c->noise_rms >= 0 && isfinite(c->noise_rms)))
		return lw_fail(reterr, LW_EINVAL, "noise of %g", c->noise_rms);
	if (!(c->rj_ui >= 0 && c->rj_ui < 0.25 && c->dj_ui >= 0 && c->dj_ui < 0.5))
		return lw_fail(reterr, LW_EINVAL,
			       "jitter of %g rms, %g: below 1/4, 1/2 of a symbol", c->rj_ui,
			       c->dj_ui);
	if (c->reflections > LW_REFLECT_MAX || !(c->reflection >= 0 && c->reflection < 1) ||
	    (c->reflections && !(c->dark <= c->level[0])))
		return lw_fail(reterr, LW_EINVAL, "%u pairs of reflections of %g", c->reflections,
			       c->reflection);
	for (unsigned i = 0; i < c->ffe_n; i++)
		if (!isfinite(c->ffe[i]))
			return lw_fail(reterr, LW_EINVAL, "tap %u of the equaliser", i);
	for (unsigned i = 0; i < c->dfe_n; i++)
		if (!isfinite(c->dfe[i]))
			return lw_fail(reterr, LW_EINVAL, "tap %u of the feedback", i);
	return 0;
}

static int check_frames(const struct lw_chain *c, struct lw_error *reterr)
{
	struct lw_frames f;
	int r;

	if (!c->frame_octets || !c->fec || !c->fec->n)
		return 0;
	r = lw_frames_init(&f, c->frame_octets, c->fec, c->interleaved, reterr);
	if (!r && lw_frames_ahead(&f) >= LW_STREAMS)
		r = lw_fail(reterr, LW_EINVAL, "a frame of %u octets is longer than %d codewords",
			    f.octets, LW_STREAMS);
	return r;
}

int lw_chain_check(const struct lw_chain *c, struct lw_error *reterr)
{
	if (c->modulation != LW_NRZ && c->modulation != LW_PAM4)
		return lw_fail(reterr, LW_EINVAL, "a chain is NRZ or PAM4");
	if (!c->pulse || !c->pulse->n || c->pulse->n > LW_PULSE_MAX || c->pulse->pre >= c->pulse->n)
		return lw_fail(reterr, LW_EINVAL, "a chain needs a pulse");
	if (!c->ffe_n || c->ffe_n > LW_FFE_MAX || c->ffe_pre >= c->ffe_n || c->dfe_n > LW_DFE_MAX ||
	    c->phase >= LW_PHASES)
		return lw_fail(reterr, LW_EINVAL,
			       "equaliser of %u taps, %u before, feedback of %u, "
			       "phase %u",
			       c->ffe_n, c->ffe_pre, c->dfe_n, c->phase);
	if (c->muxed != 1 && c->muxed != 2 && c->muxed != 4)
		return lw_fail(reterr, LW_EINVAL, "%u lanes multiplexed: 1, 2 or 4", c->muxed);
	if (c->interleaved != 1 && c->interleaved != 2 && c->interleaved != 4)
		return lw_fail(reterr, LW_EINVAL, "%u interleaved codewords: 1, 2 or 4",
			       c->interleaved);
	return check_frames(c, reterr) ? LW_EINVAL : check_numbers(c, reterr);
}

/* Value at sample `i` of the pulse, 0 beyond it. */
static double sample(const struct lw_pulse *p, long i)
{
	if (i < 0 || i >= (long)p->n * LW_PHASES)
		return 0;
	return p->h[i / LW_PHASES][i % LW_PHASES];
}

void lw_pulse_at(const struct lw_pulse *p, double phase, double ret[LW_PULSE_MAX])
{
	double whole = floor(phase), u = phase - whole;

	for (unsigned k = 0; k < p->n; k++) {
		long i = (long)k * LW_PHASES + (long)whole;
		double a = sample(p, i - 1), b = sample(p, i), c, d;

		if (u == 0) {
			ret[k] = b;
			continue;
		}
		/* Catmull and Rom's cubic through four samples */
		c = sample(p, i + 1);
		d = sample(p, i + 2);
		ret[k] = b + u / 2 *
				     (c - a +
				      u * (2 * a - 5 * b + 4 * c - d + u * (3 * (b - c) + d - a)));
	}
}

unsigned lw_chain_cursors(const struct lw_chain *c, double phase, double ret[LW_SIGNAL_TAPS])
{
	double h[LW_PULSE_MAX];

	memset(ret, 0, LW_SIGNAL_TAPS * sizeof(ret[0]));
	lw_pulse_at(c->pulse, phase, h);
	for (unsigned p = 0; p < c->pulse->n; p++)
		for (unsigned t = 0; t < c->ffe_n; t++)
			ret[p + t] += h[p] * c->ffe[t];
	return c->pulse->n + c->ffe_n - 1;
}

double lw_chain_noise_gain(const struct lw_chain *c)
{
	double sum = 0;

	for (unsigned i = 0; i < c->ffe_n; i++)
		for (unsigned k = 0; k < c->ffe_n; k++) {
			unsigned lag = i > k ? i - k : k - i;
			double r = lag == 0                            ? 1
				   : !c->noise || lag >= LW_NOISE_LAGS ? 0
								       : c->noise->r[lag];

			sum += c->ffe[i] * c->ffe[k] * r;
		}
	return fmax(sum, 0);
}

/*
 * A causal filter whose output has that correlation for white input: the last row of the Cholesky
 * factor of a long enough banded Toeplitz matrix (Bauer's method).
 */
static void colour(const struct lw_noise *noise, double ret[LW_NOISE_LAGS])
{
	enum { ROUNDS = 200 };
	double rows[LW_NOISE_LAGS][LW_NOISE_LAGS] = {{0}}; /* [row % LAGS][distance] */

	for (unsigned n = 0; n < ROUNDS; n++) {
		double *now = rows[n % LW_NOISE_LAGS];

		for (unsigned d = LW_NOISE_LAGS; d-- > 0;) { /* l[n][n - d] */
			double sum = noise->r[d];
			const double *then = rows[(n - d) % LW_NOISE_LAGS];

			if (d > n) {
				now[d] = 0;
				continue;
			}
			for (unsigned k = 1; d + k < LW_NOISE_LAGS && d + k <= n; k++)
				sum -= now[d + k] * then[k];
			now[d] = d ? sum / then[0] : sqrt(fmax(sum, 1e-12));
		}
	}
	memcpy(ret, rows[(ROUNDS - 1) % LW_NOISE_LAGS], LW_NOISE_LAGS * sizeof(ret[0]));
}

static void noise_taps(const struct lw_chain *c, struct lw_kernel_job *j)
{
	double shape[LW_NOISE_LAGS] = {1};
	unsigned n = c->noise ? LW_NOISE_LAGS : 1;

	if (c->noise_rms == 0)
		return;
	if (c->noise)
		colour(c->noise, shape);
	j->noise_n = n + c->ffe_n - 1;
	for (unsigned i = 0; i < n; i++)
		for (unsigned t = 0; t < c->ffe_n; t++)
			j->noise[i + t] += (float)(c->noise_rms * shape[i] * c->ffe[t]);
}

static unsigned up_to(unsigned n, unsigned multiple)
{
	return (n + multiple - 1) / multiple * multiple;
}

static void lengths(const struct lw_chain *c, struct lw_kernel_job *j)
{
	const struct lw_fec *f = c->fec && c->fec->n ? c->fec : lw_fec_find("RS(544,514)");
	unsigned bits = c->modulation == LW_PAM4 ? 2 : 1;

	j->interleaved = c->interleaved;
	j->muxed = c->muxed;
	for (unsigned i = 0; i < LW_ROWS * c->muxed; i++)
		j->word_of[i] =
			(uint8_t)lw_pcs_spot(c->interleaved, c->muxed, i / c->muxed, i % c->muxed)
				.word;
	j->length = (uint64_t)f->n * f->symbol_bits / bits * c->interleaved;
	j->fec_symbol = c->fec && c->fec->n ? c->fec->symbol_bits / bits : 0;
	j->ahead_e = up_to(c->ffe_pre, 16);
	j->ahead = up_to(j->ahead_e + c->pulse->pre, 16);
	j->past = up_to(j->signal_n + 1, 16);
	/* echoes look back farthest */
	if (j->reflections)
		j->past = up_to(192 + 17 * LW_REFLECT_MAX, 16);
	j->warm = up_to(j->past + j->ahead + LW_CHUNK, LW_CHUNK);
}

void lw_chain_job(const struct lw_chain *c, struct lw_kernel_job *ret)
{
	unsigned n = lw_chain_level_n(c);
	double cursor[LW_SIGNAL_TAPS], before[LW_PULSE_MAX], after[LW_PULSE_MAX];

	memset(ret, 0, sizeof(*ret));
	ret->pam4 = n == 4;
	ret->signal_n = lw_chain_cursors(c, c->phase, cursor);
	for (unsigned q = 0; q < ret->signal_n; q++)
		ret->signal[q] = (float)cursor[q];
	ret->pre_h = c->pulse->pre;
	ret->pre_ffe = c->ffe_pre;
	ret->pre = ret->pre_h + ret->pre_ffe;
	lw_pulse_at(c->pulse, c->phase - 1.0, before);
	lw_pulse_at(c->pulse, c->phase + 1.0, after);
	ret->slope_n = c->pulse->n;
	for (unsigned p = 0; p < c->pulse->n; p++)
		ret->slope[p] = (float)((after[p] - before[p]) * (LW_PHASES / 2.0));
	ret->ffe_n = c->ffe_n;
	ret->dfe_n = c->dfe_n;
	for (unsigned i = 0; i < c->ffe_n; i++)
		ret->ffe[i] = (float)c->ffe[i];
	for (unsigned i = 0; i < c->dfe_n; i++)
		ret->dfe[i] = (float)c->dfe[i];
	for (unsigned i = 0; i < n; i++) {
		ret->level[i] = (float)c->level[i];
		ret->level_noise[i] = (float)c->level_noise[i];
		ret->field[i] = (float)sqrt(fmax(c->level[i] - c->dark, 0));
		ret->extras |= c->level_noise[i] > 0;
	}
	for (unsigned i = 0; i < 3; i++) {
		ret->threshold[i] = i + 1 < n ? (float)c->threshold[i] : INFINITY;
		ret->step[i] = i + 1 < n ? ret->level[i + 1] - ret->level[i] : 0;
	}
	noise_taps(c, ret);
	ret->rj = (float)c->rj_ui;
	ret->dj = (float)(c->dj_ui / 2);
	ret->reflections = c->reflection > 0 ? c->reflections : 0;
	ret->echo = (float)(2 * c->reflection);
	ret->extras |= c->rj_ui > 0 || c->dj_ui > 0;
	ret->phase = c->phase;
	ret->ideal = c->ideal_feedback;
	ret->precoded = c->precoded;
	ret->key[0] = (uint32_t)c->seed;
	ret->key[1] = (uint32_t)(c->seed >> 32);
	ret->lane = c->lane;
	lengths(c, ret);
}
