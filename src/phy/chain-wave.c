/* SPDX-License-Identifier: Apache-2.0 */
#include "chain-internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Banks of 32 phases: pulse, its slope and noise, each with the equaliser in it. */
struct banks {
	float signal[LW_SIGNAL_TAPS][LW_PHASES];
	float slope[LW_SIGNAL_TAPS][LW_PHASES];
	float noise[LW_EYE_TAPS][LW_PHASES];
	float wave[LW_WAVE_MAX][LW_PHASES];
	uint32_t hist[LW_PHASES][LW_EYE_ROWS];
};

static void join_signal(const struct lw_chain *c, struct banks *b)
{
	double at[LW_SIGNAL_TAPS], before[LW_SIGNAL_TAPS], after[LW_SIGNAL_TAPS];

	for (unsigned s = 0; s < LW_PHASES; s++) {
		unsigned n = lw_chain_cursors(c, s, at);

		lw_chain_cursors(c, s - 1.0, before);
		lw_chain_cursors(c, s + 1.0, after);
		for (unsigned q = 0; q < n; q++) {
			b->signal[q][s] = (float)at[q];
			b->slope[q][s] = (float)((after[q] - before[q]) * (LW_PHASES / 2.0));
		}
	}
}

/* Rows of the noise's answer that matter: those beyond hold less than 1e-6 of its energy. */
static void noise_rows(const struct lw_noise *noise, unsigned *ret_first, unsigned *ret_n)
{
	double energy[LW_NOISE_SYMBOLS] = {0}, all = 0, cut = 0;
	unsigned first = 0, last = LW_NOISE_SYMBOLS;

	for (unsigned p = 0; p < 2 * LW_NOISE_SYMBOLS; p++)
		for (unsigned s = 0; s < LW_PHASES; s++) {
			energy[p / 2] += noise->h[p][s] * noise->h[p][s];
			all += noise->h[p][s] * noise->h[p][s];
		}
	while (last > 1 && cut + energy[last - 1] < 1e-6 * all)
		cut += energy[--last];
	while (first + 1 < last && cut + energy[first] < 1e-6 * all)
		cut += energy[first++];
	*ret_first = first;
	*ret_n = last - first;
}

/* Even half symbols in the first half of the bank, odd ones in the second; white noise is one
 * number a symbol. */
static void join_noise(const struct lw_chain *c, struct banks *b, struct lw_kernel_job *j)
{
	unsigned first = 0, rows = 1, half;

	j->eye_noise_pre = c->ffe_pre;
	if (c->noise) {
		noise_rows(c->noise, &first, &rows);
		j->eye_noise_pre += LW_NOISE_SYMBOLS / 4 - first;
	}
	half = rows + c->ffe_n - 1;
	j->eye_noise_n = 2 * half;
	for (unsigned odd = 0; odd < 2; odd++)
		for (unsigned p = 0; p < rows; p++)
			for (unsigned t = 0; t < c->ffe_n; t++)
				for (unsigned s = 0; s < LW_PHASES; s++) {
					double h = c->noise ? c->noise->h[2 * (first + p) + odd][s]
							    : !odd;

					b->noise[odd * half + p + t][s] +=
						(float)(c->noise_rms * h * c->ffe[t]);
				}
}

static void spill(struct banks *b, struct lw_eye *inout)
{
	for (unsigned s = 0; s < LW_PHASES; s++)
		for (unsigned r = 0; r < LW_EYE_ROWS; r++)
			inout->count[s][r] += b->hist[s][r];
	memset(b->hist, 0, sizeof(b->hist));
}

int lw_chain_eye(const struct lw_chain *c, uint64_t first, uint64_t n, struct lw_eye *inout,
		 struct lw_error *reterr)
{
	const struct lw_kernel *kernel = lw_kernel_find(c->cpu);
	struct lw_kernel_job job;
	struct banks *b;
	int r = lw_chain_check(c, reterr);

	if (r)
		return r;
	if (!kernel)
		return lw_fail(reterr, LW_ENOTSUP, "this processor lacks that instruction set");
	if (!(inout->high > inout->low))
		return lw_fail(reterr, LW_EINVAL, "an eye diagram needs a range of amplitudes");
	b = aligned_alloc(64, (sizeof(*b) + 63) / 64 * 64);
	if (!b)
		return lw_fail(reterr, LW_ENOMEM, "out of memory");
	memset(b, 0, sizeof(*b));
	lw_chain_job(c, &job);
	join_signal(c, b);
	job.eye_signal = b->signal;
	job.eye_slope = b->slope;
	job.eye_noise = b->noise;
	job.eye_n = job.signal_n;
	job.eye_pre = job.pre;
	if (c->noise_rms > 0)
		join_noise(c, b, &job);
	/* Waves begin at multiples of LW_WAVE_MAX, where the feedback is set right: so that parts
	 * of a run give what the whole does. */
	for (uint64_t at = first, turn = 0; at < first + n; turn++) {
		uint32_t skip = (uint32_t)(at % LW_WAVE_MAX), m = LW_WAVE_MAX;

		if (first + n - (at - skip) < m)
			m = (uint32_t)(first + n - (at - skip));
		kernel->wave(&job, at - skip, m, b->wave);
		inout->outside += kernel->histogram(
			(const float(*)[LW_PHASES])(b->wave + skip), m - skip, (float)inout->low,
			(float)(LW_EYE_ROWS / (inout->high - inout->low)), b->hist);
		at += m - skip;
		if (turn % 65536 == 65535) /* well before 32 bits are full */
			spill(b, inout);
	}
	spill(b, inout);
	inout->symbols += n;
	free(b);
	return 0;
}

/* Greatest rms that jitter makes of the slopes of a waveform. */
static double jitter_rms(const struct lw_chain *c)
{
	double before[LW_SIGNAL_TAPS], after[LW_SIGNAL_TAPS], most = 0, power = 0, mean = 0;
	unsigned n = lw_chain_level_n(c);

	for (unsigned i = 0; i < n; i++)
		mean += c->level[i] / n;
	for (unsigned i = 0; i < n; i++)
		power += (c->level[i] - mean) * (c->level[i] - mean) / n;
	for (unsigned s = 0; s < LW_PHASES; s++) {
		unsigned m = lw_chain_cursors(c, s - 1.0, before);
		double sum = 0;

		lw_chain_cursors(c, s + 1.0, after);
		for (unsigned q = 0; q < m; q++)
			sum += (after[q] - before[q]) * (after[q] - before[q]);
		most = fmax(most, sum);
	}
	return sqrt(most * power) * (LW_PHASES / 2.0) * hypot(c->rj_ui, c->dj_ui / 2);
}

void lw_chain_range(const struct lw_chain *c, double *ret_low, double *ret_high)
{
	unsigned n = lw_chain_level_n(c), main = c->pulse->pre + c->ffe_pre;
	double low = INFINITY, high = -INFINITY, cursor[LW_SIGNAL_TAPS], noise, level = 0;

	for (unsigned s = 0; s < LW_PHASES; s++) {
		unsigned m = lw_chain_cursors(c, s, cursor);
		double a = 0, b = 0;

		for (unsigned d = 0; d < c->dfe_n && main + 1 + d < m; d++)
			cursor[main + 1 + d] -= c->dfe[d];
		for (unsigned q = 0; q < m; q++) {
			double x = cursor[q] * c->level[0], y = cursor[q] * c->level[n - 1];

			a += fmin(x, y);
			b += fmax(x, y);
		}
		low = fmin(low, a);
		high = fmax(high, b);
	}
	for (unsigned i = 0; i < n; i++)
		level = fmax(level, c->level_noise[i]);
	noise = 4 * hypot(hypot(c->noise_rms * sqrt(lw_chain_noise_gain(c)), level),
			  jitter_rms(c)) +
		(high - low) * 0.02 + 1e-12;
	*ret_low = low - noise;
	*ret_high = high + noise;
}

int lw_chain_waveform(const struct lw_chain *c, const uint8_t *symbol, size_t n, float *ret,
		      struct lw_error *reterr)
{
	const struct lw_kernel *kernel = lw_kernel_find(c->cpu);
	unsigned taps = c->pulse ? c->pulse->n : 0, levels = lw_chain_level_n(c);
	struct banks *b;
	float *x;
	int r = lw_chain_check(c, reterr);

	if (r)
		return r;
	if (!kernel)
		return lw_fail(reterr, LW_ENOTSUP, "this processor lacks that instruction set");
	if (n < taps || n > UINT32_MAX / 2)
		return lw_fail(reterr, LW_EINVAL, "a pattern of %zu symbols on a pulse of %u", n,
			       taps);
	for (size_t i = 0; i < n; i++)
		if (symbol[i] >= levels)
			return lw_fail(reterr, LW_EINVAL, "symbol %zu is %u: no level", i,
				       symbol[i]);
	b = aligned_alloc(64, (sizeof(*b) + 63) / 64 * 64);
	x = malloc((n + 2 * LW_PULSE_MAX) * sizeof(*x));
	if (b && x) {
		for (size_t i = 0; i < n + 2 * LW_PULSE_MAX; i++)
			x[i] = (float)c->level[symbol[(i + n - LW_PULSE_MAX) % n]];
		for (unsigned p = 0; p < taps; p++)
			for (unsigned s = 0; s < LW_PHASES; s++)
				b->signal[p][s] = (float)c->pulse->h[p][s];
		memset(ret, 0, n * LW_PHASES * sizeof(*ret));
		kernel->bank(x + LW_PULSE_MAX + c->pulse->pre, (uint32_t)n,
			     (const float(*)[LW_PHASES])b->signal, taps, (float(*)[LW_PHASES])ret);
	} else {
		r = lw_fail(reterr, LW_ENOMEM, "out of memory");
	}
	free(b);
	free(x);
	return r;
}
