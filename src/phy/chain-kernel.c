/* SPDX-License-Identifier: Apache-2.0 */
#include "chain-kernel.h"
#include "chain-vector.h"

#include <math.h>

#ifndef LW_KERNEL
#error "LW_KERNEL names this instruction set's table"
#endif

/* What random numbers are for: the third word of the counter, with the lane. */
enum use { OF_SYMBOLS, OF_NOISE, OF_LEVELS, OF_JITTER, OF_ECHOES, OF_WAVE };
/* Echoes keep their phase for so many symbols. */
enum { ECHO_HOLD = 64, ECHO_FIRST = 192, ECHO_STEP = 17 };

/* Sixteen 64-bit indices, two words each. */
struct index {
	vu low, high;
};

static struct index index_of(const uint64_t at[LW_STREAMS])
{
	uint32_t low[LW_STREAMS], high[LW_STREAMS];
	struct index x;

	for (unsigned s = 0; s < LW_STREAMS; s++) {
		low[s] = (uint32_t)at[s];
		high[s] = (uint32_t)(at[s] >> 32);
	}
	memcpy(&x.low, low, sizeof(low));
	memcpy(&x.high, high, sizeof(high));
	return x;
}

/* (first + s stride) >> shift, with its sign: streams may begin before symbol 0 */
static struct index group(uint64_t first, uint64_t stride, unsigned shift)
{
	uint64_t at[LW_STREAMS];

	for (unsigned s = 0; s < LW_STREAMS; s++)
		at[s] = (uint64_t)((int64_t)(first + s * stride) >> shift);
	return index_of(at);
}

INLINE void draw(const struct lw_kernel_job *j, const struct index *at, enum use use, uint32_t more,
		 vu ret[4])
{
	ret[0] = at->low;
	ret[1] = at->high;
	ret[2] = (vu){0} + ((uint32_t)use | more << 8);
	ret[3] = (vu){0} + j->lane;
	philox(ret, j->key[0], j->key[1]);
}

/* Symbols 16 at a time: one draw gives 16 of two bits to each stream; NRZ uses one of them. */
static void make_symbols(const struct lw_kernel_job *j, uint64_t first, uint64_t stride, unsigned n,
			 vi *sent, vf *x)
{
	const vi mask = (vi){0} + (j->pam4 ? 3 : 1);

	for (unsigned i = 0; i < n; i += 16) {
		struct index at = group(first + i, stride, 4);
		vu w[4];

		draw(j, &at, OF_SYMBOLS, 0, w);
		for (unsigned k = 0; k < 16; k++) {
			vi v = (vi)(w[0] >> (2 * k)) & mask;
			vf a = all(j->level[0]);

			a = choose(v > 0, all(j->level[1]), a);
			a = choose(v > 1, all(j->level[2]), a);
			a = choose(v > 2, all(j->level[3]), a);
			sent[i + k] = v;
			x[i + k] = a;
		}
	}
}

/* Normal numbers 4 at a time. */
static void make_normals(const struct lw_kernel_job *j, uint64_t first, uint64_t stride, unsigned n,
			 enum use use, vf *ret)
{
	for (unsigned i = 0; i < n; i += 4) {
		struct index at = group(first + i, stride, 2);
		vu w[4];

		draw(j, &at, use, 0, w);
		normals(w[0], w[1], &ret[i], &ret[i + 1]);
		normals(w[2], w[3], &ret[i + 2], &ret[i + 3]);
	}
}

/* y[k] += sum of h[q] x[k - q], k = 0 to n - 1, four at a time. */
static void filter(const vf *x, const float *h, unsigned taps, unsigned n, vf *y)
{
	for (unsigned k = 0; k < n; k += 4) {
		vf a = y[k], b = y[k + 1], c = y[k + 2], d = y[k + 3];

		for (unsigned q = 0; q < taps; q++) {
			const vf *at = x + k - q;
			vf tap = all(h[q]);

			a += tap * at[0];
			b += tap * at[1];
			c += tap * at[2];
			d += tap * at[3];
		}
		y[k] = a;
		y[k + 1] = b;
		y[k + 2] = c;
		y[k + 3] = d;
	}
}

INLINE vf of_level(const float v[4], vi symbol)
{
	vf a = choose(symbol > 0, all(v[1]), all(v[0]));

	a = choose(symbol > 1, all(v[2]), a);
	return choose(symbol > 2, all(v[3]), a);
}

/* Jitter times slope, and noise that comes with the level, before the equaliser. */
static void make_extras(const struct lw_kernel_job *j, uint64_t first, uint64_t stride,
			const vi *sent, const vf *x, vf *e)
{
	static const vf none[LW_CHUNK];
	vf normal[LW_CHUNK];

	memcpy(e, none, sizeof(none));
	if (j->rj > 0 || j->dj > 0) {
		vf slope[LW_CHUNK];

		memcpy(slope, none, sizeof(none));
		filter(x + j->pre_h, j->slope, j->slope_n, LW_CHUNK, slope);
		make_normals(j, first, stride, LW_CHUNK, OF_JITTER, normal);
		for (unsigned i = 0; i < LW_CHUNK; i += 16) {
			struct index at = group(first + i, stride, 4);
			vu w[4];

			draw(j, &at, OF_JITTER, 1, w);
			for (unsigned k = 0; k < 16; k++) {
				vi late = -(vi)((w[0] >> k) & 1);

				e[i + k] += slope[i + k] * (normal[i + k] * j->rj +
							    choose(late, all(j->dj), all(-j->dj)));
			}
		}
	}
	make_normals(j, first, stride, LW_CHUNK, OF_LEVELS, normal);
	for (unsigned i = 0; i < LW_CHUNK; i++)
		e[i] += normal[i] * of_level(j->level_noise, sent[i]);
}

/* Echoes of symbols long before, in the light that is sent. */
static void add_echoes(const struct lw_kernel_job *j, uint64_t first, uint64_t stride,
		       const vi *sent, vf *x)
{
	for (unsigned r = 0; r < j->reflections; r++) {
		vf phase = all(0), unused;

		for (unsigned i = 0; i < LW_CHUNK; i++) {
			const vi *old = sent + i - ECHO_FIRST - ECHO_STEP * (int)r;

			if (i % 16 == 0) { /* strides are multiples of 16, not of the hold */
				struct index at = group(first + i, stride, 6);
				vu w[4];

				draw(j, &at, OF_ECHOES, r, w);
				normals((vu){0}, w[0], &phase, &unused);
				/* the radius of word 0 is known: divide it out */
				phase *= 1 / 6.6604285f;
			}
			x[i] += j->echo * phase * of_level(j->field, sent[i]) *
				of_level(j->field, *old);
		}
	}
}

enum {
	PAST = ECHO_FIRST + ECHO_STEP * LW_REFLECT_MAX, /* above LW_SIGNAL_TAPS */
	AHEAD = 176,
	PAST_NOISE = 48,
};
_Static_assert((int)PAST > (int)LW_SIGNAL_TAPS, "history is too short");
_Static_assert((int)PAST_NOISE > (int)LW_NOISE_TAPS, "history is too short");

struct lanes {
	vi sent[PAST + AHEAD + LW_CHUNK];
	vf x[PAST + AHEAD + LW_CHUNK];
	vf noise[PAST_NOISE + LW_CHUNK];
	vf extra[PAST_NOISE + 32 + LW_CHUNK];
	vf y[LW_CHUNK];
	vf past[LW_DFE_MAX]; /* levels decided, latest first */
	vi decided_before, sent_before;
	vi run, run_decoded, reach[LW_BURSTS], reach_decoded[LW_BURSTS];
	vi symbols, bits, fec_errors, fec_now, words[4];
};

/* Everything that enters the chunk whose first symbol is `first`. */
static void feed(const struct lw_kernel_job *j, struct lanes *l, uint64_t first)
{
	const uint64_t stride = j->length;
	const unsigned keep = j->past + j->ahead;

	memmove(l->sent, l->sent + LW_CHUNK, keep * sizeof(vi));
	memmove(l->x, l->x + LW_CHUNK, keep * sizeof(vf));
	make_symbols(j, first + j->ahead, stride, LW_CHUNK, l->sent + keep, l->x + keep);
	if (j->reflections)
		add_echoes(j, first + j->ahead, stride, l->sent + keep, l->x + keep);
	memmove(l->noise, l->noise + LW_CHUNK, PAST_NOISE * sizeof(vf));
	if (j->noise_n)
		make_normals(j, first, stride, LW_CHUNK, OF_NOISE, l->noise + PAST_NOISE);
	if (j->extras) {
		memmove(l->extra, l->extra + LW_CHUNK, (PAST_NOISE + j->ahead_e) * sizeof(vf));
		make_extras(j, first + j->ahead_e, stride, l->sent + j->past + j->ahead_e,
			    l->x + j->past + j->ahead_e, l->extra + PAST_NOISE + j->ahead_e);
	}
}

INLINE vi gray_distance(vi a, vi b)
{
	vi x = (a ^ ((vu)a >> 1)) ^ (b ^ ((vu)b >> 1));

	return (x & 1) + ((x >> 1) & 1);
}

/* One symbol of every stream, decided and sent. `wrong` and the runs are 0 or -1 a lane. */
INLINE void count(const struct lw_kernel_job *j, struct lanes *l, vi decided, vi sent)
{
	vi wrong = decided != sent, run = (l->run + 1) & wrong;
	vi a = decided, b = sent;

	for (int i = 0; i < LW_BURSTS; i++)
		l->reach[i] -= run == i + 1;
	l->run = run;
	l->symbols -= wrong;
	if (j->precoded) {
		const vi mask = (vi){0} + (j->pam4 ? 3 : 1);

		a = (decided + l->decided_before) & mask;
		b = (sent + l->sent_before) & mask;
		l->decided_before = decided;
		l->sent_before = sent;
		wrong = a != b;
		run = (l->run_decoded + 1) & wrong;
		for (int i = 0; i < LW_BURSTS; i++)
			l->reach_decoded[i] -= run == i + 1;
		l->run_decoded = run;
	}
	l->bits += gray_distance(a, b);
	l->fec_now |= wrong;
}

/* Slice the chunk, with feedback; `counted`: it is no longer warming up. */
static void decide(const struct lw_kernel_job *j, struct lanes *l, uint64_t done, int counted)
{
	const vi *sent = l->sent + j->past;
	unsigned in_symbol = 0;
	uint64_t fec_symbol = j->fec_symbol ? done / j->fec_symbol : 0;

	for (unsigned i = 0; i < LW_CHUNK; i++) {
		vf y = l->y[i], value;
		vi above0, above1, above2, decided;

		for (unsigned d = j->dfe_n; d-- > 0;) {
			y -= all(j->dfe[d]) * l->past[d];
			if (d)
				l->past[d] = l->past[d - 1];
		}
		above0 = y > all(j->threshold[0]);
		above1 = y > all(j->threshold[1]);
		above2 = y > all(j->threshold[2]);
		value = all(j->level[0]) + choose(above0, all(j->step[0]), all(0));
		value += choose(above1, all(j->step[1]), all(0));
		value += choose(above2, all(j->step[2]), all(0));
		decided = -(above0 + above1 + above2);
		l->past[0] = j->ideal || !counted ? of_level(j->level, sent[i]) : value;
		if (!counted) {
			l->decided_before = l->sent_before = sent[i];
			continue;
		}
		count(j, l, decided, sent[i]);
		if (j->fec_symbol && ++in_symbol == j->fec_symbol) {
			l->words[fec_symbol % j->interleaved] -= l->fec_now;
			l->fec_errors -= l->fec_now;
			l->fec_now = (vi){0};
			in_symbol = 0;
			fec_symbol++;
		}
	}
}

static uint64_t sum(vi v)
{
	uint64_t total = 0;

	for (int s = 0; s < LW_STREAMS; s++)
		total += (uint64_t)v[s];
	return total;
}

static void run(const struct lw_kernel_job *j, uint64_t block, struct lw_kernel_count *ret)
{
	struct lanes l;
	const uint64_t begin = block * LW_STREAMS * j->length - j->warm;

	memset(&l, 0, sizeof(l));
	for (uint64_t at = 0; at < j->warm + j->length; at += LW_CHUNK) {
		feed(j, &l, begin + at);
		if (at + LW_CHUNK <= j->warm && at + 2 * LW_CHUNK <= j->warm)
			continue; /* only the last chunk before matters to the feedback */
		memset(l.y, 0, sizeof(l.y));
		filter(l.x + j->past + j->pre, j->signal, j->signal_n, LW_CHUNK, l.y);
		if (j->noise_n)
			filter(l.noise + PAST_NOISE, j->noise, j->noise_n, LW_CHUNK, l.y);
		if (j->extras)
			filter(l.extra + PAST_NOISE + j->pre_ffe, j->ffe, j->ffe_n, LW_CHUNK, l.y);
		decide(j, &l, at - j->warm, at >= j->warm);
	}
	ret->symbol_errors = sum(l.symbols);
	ret->bit_errors = sum(l.bits);
	ret->fec_errors = sum(l.fec_errors);
	for (int i = 0; i < LW_BURSTS; i++) {
		ret->reach[i] = sum(l.reach[i]);
		ret->reach_decoded[i] = sum(l.reach_decoded[i]);
	}
	for (int s = 0; s < LW_STREAMS; s++)
		for (int w = 0; w < 4; w++)
			ret->words[s][w] = (uint32_t)l.words[w][s];
}

/* Waveforms. The two vectors of a symbol are its 32 phases; taps are broadcast. */

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

/* Measured waveforms: LW_STEP symbols of one phase at a time. */
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

const struct lw_kernel LW_KERNEL = {run, wave, bank, histogram, equalised, crossings};
