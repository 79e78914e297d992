/* SPDX-License-Identifier: Apache-2.0 */
/* The part of chain-kernel.c that makes waveforms. */
#ifndef LW_CHAIN_KERNEL_WAVE_H
#define LW_CHAIN_KERNEL_WAVE_H

#include "chain-draw.h"

/* The two vectors of a symbol are its 32 phases; taps are broadcast. */
static void bank(const float *x, uint32_t n, const float (*h)[LW_PHASES], uint32_t taps,
		 float (*ret)[LW_PHASES])
{
	uint32_t k = 0;

	for (; k + 2 <= n; k += 2) {
		vf a, b, c, d;

		memcpy(&a, ret[k], sizeof(a));
		memcpy(&b, ret[k] + 16, sizeof(b));
		memcpy(&c, ret[k + 1], sizeof(c));
		memcpy(&d, ret[k + 1] + 16, sizeof(d));
		for (uint32_t p = 0; p < taps; p++) {
			vf low, high, now = all(x[(int64_t)k - p]),
				      next = all(x[(int64_t)k + 1 - p]);

			memcpy(&low, h[p], sizeof(low));
			memcpy(&high, h[p] + 16, sizeof(high));
			a += low * now;
			b += high * now;
			c += low * next;
			d += high * next;
		}
		memcpy(ret[k], &a, sizeof(a));
		memcpy(ret[k] + 16, &b, sizeof(b));
		memcpy(ret[k + 1], &c, sizeof(c));
		memcpy(ret[k + 1] + 16, &d, sizeof(d));
	}
	for (; k < n; k++)
		for (uint32_t p = 0; p < taps; p++)
			for (int s = 0; s < LW_PHASES; s++)
				ret[k][s] += h[p][s] * x[(int64_t)k - p];
}

/* Symbols kept before a waveform: those that pulses reach back to, and those that echo in them. */
enum { WAVE_REACH = 176, WAVE_PAST = PAST + WAVE_REACH, WAVE_AHEAD = 176, WAVE_MAX = LW_WAVE_MAX };
_Static_assert((int)WAVE_REACH > (int)LW_SIGNAL_TAPS && WAVE_PAST % 16 == 0, "history");

struct wave {
	int32_t sent[WAVE_PAST + WAVE_MAX + WAVE_AHEAD];
	float x[WAVE_PAST + WAVE_MAX + WAVE_AHEAD];
	float noise[2 * (WAVE_MAX + 2 * 64)];
	float jitter[WAVE_MAX];
	float extra[64 + WAVE_MAX + 64];
	float slope[WAVE_MAX][LW_PHASES];
};

/* The same symbols as in make_symbols(): vector lanes are 16 neighbouring groups. */
static void wave_symbols(const struct lw_kernel_job *j, uint64_t first, unsigned n, int32_t *sent,
			 float *x)
{
	const uint32_t mask = j->pam4 ? 3 : 1;

	for (unsigned i = 0; i < n; i += 256) {
		struct index at = group(first + i, 16, 4);
		vu w[4];

		draw(j, &at, OF_SYMBOLS, 0, w);
		for (unsigned k = 0; k < 256 && i + k < n; k++) {
			uint32_t v = w[0][k / 16] >> (2 * (k % 16)) & mask;

			sent[i + k] = (int32_t)v;
			x[i + k] = j->level[v];
		}
	}
}

/* Normal number i of a use, i from `first`, a multiple of 4; n rounded up to 64. */
static void wave_normals(const struct lw_kernel_job *j, uint64_t first, unsigned n, enum use use,
			 float *ret)
{
	for (unsigned i = 0; i < n; i += 64) {
		struct index at = group(first + i, 4, 2);
		vu w[4];
		vf v[4];

		draw(j, &at, use, 0, w);
		normals(w[0], w[1], &v[0], &v[1]);
		normals(w[2], w[3], &v[2], &v[3]);
		for (unsigned k = 0; k < 64 && i + k < n; k++)
			ret[i + k] = v[k % 4][k / 4];
	}
}

static void wave_jitter(const struct lw_kernel_job *j, uint64_t first, uint32_t n, struct wave *w,
			float (*ret)[LW_PHASES])
{
	wave_normals(j, first, n, OF_JITTER, w->jitter);
	for (uint32_t i = 0; i < n; i += 16) {
		struct index at = group(first + i, 0, 4);
		vu d[4];

		draw(j, &at, OF_JITTER, 1, d);
		for (uint32_t k = 0; k < 16 && i + k < n; k++)
			w->jitter[i + k] =
				w->jitter[i + k] * j->rj + (d[0][0] >> k & 1 ? j->dj : -j->dj);
	}
	memset(w->slope, 0, n * sizeof(w->slope[0]));
	bank(w->x + WAVE_PAST + j->eye_pre, n, (const float(*)[LW_PHASES])j->eye_slope, j->eye_n,
	     w->slope);
	for (uint32_t i = 0; i < n; i++)
		for (int s = 0; s < LW_PHASES; s++)
			ret[i][s] += w->slope[i][s] * w->jitter[i];
}

/* As add_echoes(): to the last `n` of the symbols, which begin at `first`. */
static void wave_echoes(const struct lw_kernel_job *j, uint64_t first, uint32_t n,
			const int32_t *sent, float *x)
{
	for (uint32_t r = 0; r < j->reflections; r++) {
		float phase = 0;

		for (uint32_t i = 0; i < n; i++) {
			if (i % 16 == 0) {
				struct index at = group(first + i, 0, 6);
				vu d[4];
				vf c, s;

				draw(j, &at, OF_ECHOES, r, d);
				normals((vu){0}, d[0], &c, &s);
				phase = c[0] * (1 / 6.6604285f);
			}
			x[i] += j->echo * phase * j->field[sent[i]] *
				j->field[sent[(int64_t)i - ECHO_FIRST - ECHO_STEP * (int)r]];
		}
	}
}

/* What comes with levels, flat over a symbol, through the equaliser. */
static void wave_extras(const struct lw_kernel_job *j, uint64_t first, uint32_t n, struct wave *w,
			float (*ret)[LW_PHASES])
{
	const int32_t *sent = w->sent + WAVE_PAST - 64;
	const uint32_t m = n + 128;

	wave_normals(j, first - 64, m, OF_LEVELS, w->extra);
	for (uint32_t i = 0; i < m; i++)
		w->extra[i] *= j->level_noise[sent[i]];
	for (uint32_t i = 0; i < n; i++) {
		float e = 0;

		for (uint32_t q = 0; q < j->ffe_n; q++)
			e += j->ffe[q] * w->extra[64 + i + j->pre_ffe - q];
		for (int s = 0; s < LW_PHASES; s++)
			ret[i][s] += e;
	}
}

/* Take off what the feedback makes of decided symbols, each held for a whole symbol. It begins with
 * what was sent before the first. */
static void wave_feedback(const struct lw_kernel_job *j, uint32_t n, const int32_t *sent,
			  float (*ret)[LW_PHASES])
{
	float past[LW_DFE_MAX]; /* levels decided, latest first */

	for (uint32_t d = 0; d < j->dfe_n; d++)
		past[d] = j->level[sent[-1 - (int64_t)d]];
	for (uint32_t k = 0; k < n; k++) {
		float y = 0, at;
		int symbol;

		for (uint32_t d = 0; d < j->dfe_n; d++)
			y += j->dfe[d] * past[d];
		at = ret[k][j->phase] - y;
		for (int half = 0; half < LW_PHASES; half += 16) {
			vf v;

			memcpy(&v, ret[k] + half, sizeof(v));
			v -= all(y);
			memcpy(ret[k] + half, &v, sizeof(v));
		}
		symbol = (at > j->threshold[0]) + (at > j->threshold[1]) + (at > j->threshold[2]);
		for (uint32_t d = j->dfe_n; d-- > 1;)
			past[d] = past[d - 1];
		past[0] = j->level[j->ideal ? sent[k] : symbol];
	}
}

static void wave(const struct lw_kernel_job *j, uint64_t first, uint32_t n, float (*ret)[LW_PHASES])
{
	struct wave w;

	memset(ret, 0, n * sizeof(ret[0]));
	wave_symbols(j, first - WAVE_PAST, WAVE_PAST + n + WAVE_AHEAD, w.sent, w.x);
	wave_echoes(j, first - WAVE_REACH, WAVE_REACH + n + WAVE_AHEAD, w.sent + PAST, w.x + PAST);
	bank(w.x + WAVE_PAST + j->eye_pre, n, (const float(*)[LW_PHASES])j->eye_signal, j->eye_n,
	     ret);
	if (j->eye_noise_n) {
		/* Two noise samples a symbol: even ones first, then odd ones, so that each half
		 * is a bank of its own. */
		float *even = w.noise, *odd = w.noise + WAVE_MAX + 128;
		const uint32_t m = n + 128, half = j->eye_noise_n / 2;

		wave_normals(j, first - 64, m, OF_NOISE, even);
		wave_normals(j, first - 64, m, OF_WAVE, odd);
		bank(even + 64 + j->eye_noise_pre, n, (const float(*)[LW_PHASES])j->eye_noise, half,
		     ret);
		bank(odd + 64 + j->eye_noise_pre, n,
		     (const float(*)[LW_PHASES])(j->eye_noise + half), half, ret);
	}
	if (j->rj > 0 || j->dj > 0)
		wave_jitter(j, first, n, &w, ret);
	if (j->extras)
		wave_extras(j, first, n, &w, ret);
	if (j->dfe_n)
		wave_feedback(j, n, w.sent + WAVE_PAST, ret);
}

static uint64_t histogram(const float (*y)[LW_PHASES], uint32_t n, float low, float scale,
			  uint32_t (*hist)[LW_EYE_ROWS])
{
	vi outside = {0};

	for (uint32_t k = 0; k < n; k++)
		for (int half = 0; half < LW_PHASES; half += 16) {
			const vi last = (vi){0} + (LW_EYE_ROWS - 1);
			vf v;
			vi row, under, over;
			int32_t rows[16];

			memcpy(&v, y[k] + half, sizeof(v));
			v = (v - all(low)) * all(scale);
			under = v < all(0);
			over = v >= all((float)LW_EYE_ROWS);
			outside -= under | over;
			v = choose(under | over, all(0), v);
			row = (__builtin_convertvector(v, vi) & ~over) | (last & over);
			memcpy(rows, &row, sizeof(rows));
			for (int s = 0; s < 16; s++)
				hist[half + s][rows[s]]++;
		}
	return sum(outside);
}

#endif
