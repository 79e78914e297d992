/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The inner loops of a chain, compiled once for each instruction set. Here: counting, sixteen
 * streams side by side, one sample a symbol. The other parts are in headers of their own.
 */
#include "chain-kernel-measure.h"
#include "chain-kernel-wave.h"

#include <math.h>

#ifndef LW_KERNEL
#error "LW_KERNEL names this instruction set's table"
#endif

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

struct lanes {
	vi sent[PAST + AHEAD + LW_CHUNK];
	vf x[PAST + AHEAD + LW_CHUNK];
	vf noise[PAST_NOISE + LW_CHUNK];
	vf extra[PAST_NOISE + 32 + LW_CHUNK];
	vf y[LW_CHUNK];
	vf past[LW_DFE_MAX]; /* levels decided, latest first */
	vi decided_before, sent_before;
	vi run, run_decoded, reach[LW_BURSTS], reach_decoded[LW_BURSTS];
	vi symbols, bits, fec_errors, fec_now[LW_MUXED], words[4];
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

/* Bits that differ; PAM4: the first one sent is the higher. */
INLINE vi gray_difference(vi a, vi b)
{
	return (vi)((vu)(a ^ b) ^ ((vu)a >> 1) ^ ((vu)b >> 1));
}

/* What became of the bits of line symbol `i`, which belong to multiplexed lanes in turn. */
INLINE void note_fec(const struct lw_kernel_job *j, struct lanes *l, unsigned i, vi wrong, vi bits)
{
	if (j->muxed == 1) {
		l->fec_now[0] |= wrong;
	} else if (!j->pam4) {
		l->fec_now[i % j->muxed] |= wrong;
	} else {
		l->fec_now[2 * i % j->muxed] |= (bits & 2) != 0;
		l->fec_now[(2 * i + 1) % j->muxed] |= (bits & 1) != 0;
	}
}

/* A row of FEC symbols is complete, one of each multiplexed lane. */
INLINE void end_row(const struct lw_kernel_job *j, struct lanes *l, uint64_t row)
{
	const uint8_t *word = j->word_of + row % LW_ROWS * j->muxed;

	for (unsigned k = 0; k < j->muxed; k++) {
		l->words[word[k]] -= l->fec_now[k];
		l->fec_errors -= l->fec_now[k];
		l->fec_now[k] = (vi){0};
	}
}

/* Symbol `i` of every stream, decided and sent. `wrong` and the runs are 0 or -1 a lane. */
INLINE void count(const struct lw_kernel_job *j, struct lanes *l, unsigned i, vi decided, vi sent)
{
	vi wrong = decided != sent, run = (l->run + 1) & wrong;
	vi a = decided, b = sent, bits;

	for (int k = 0; k < LW_BURSTS; k++)
		l->reach[k] -= run == k + 1;
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
		for (int k = 0; k < LW_BURSTS; k++)
			l->reach_decoded[k] -= run == k + 1;
		l->run_decoded = run;
	}
	bits = gray_difference(a, b);
	l->bits += (bits & 1) + ((bits >> 1) & 1);
	note_fec(j, l, i, wrong, bits);
}

/* Slice the chunk, with feedback; `counted`: it is no longer warming up. */
static void decide(const struct lw_kernel_job *j, struct lanes *l, uint64_t done, int counted)
{
	const vi *sent = l->sent + j->past;
	const unsigned row_length = j->fec_symbol * j->muxed;
	unsigned in_row = 0;
	uint64_t row = row_length ? done / row_length : 0;

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
		count(j, l, i, decided, sent[i]);
		if (row_length && ++in_row == row_length) {
			end_row(j, l, row++);
			in_row = 0;
		}
	}
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

const struct lw_kernel LW_KERNEL = {run, wave, bank, histogram, equalised, crossings};
