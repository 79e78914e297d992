/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Error ratios from distributions. Interference is a sum of independent symbols by their cursors:
 * its distribution is found on a grid, cursor by cursor; nothing is subtracted, so small values
 * keep their digits. Gaussian noise is put on top as tails of the normal distribution, exactly.
 */
#include "chain-internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { BINS = 2048, COARSE = 512, ECHO_POINTS = 16, JITTER_POINTS = 33 };

/* A distribution: value of bin i is low + i step. */
struct spread {
	double low, step;
	double variance; /* that splitting values between bins has added */
	double p[BINS], next[BINS];
};

struct lane_stat {
	const struct lw_chain *c;
	unsigned levels, cursors, main;
	double mean;
	double gain;                   /* of receiver noise */
	double sigma[4];               /* Gaussian part at the slicer, of each level */
	double cursor[LW_SIGNAL_TAPS]; /* what the feedback leaves */
	struct spread *isi;            /* one to work in, one for each level */
};

static double tail(double x)
{
	return erfc(x / M_SQRT2) / 2;
}

/* Spread by a shift that is not whole: between two neighbours, which keeps the mean. */
static void add_shifted(struct spread *s, double shift, double weight)
{
	double bins = shift / s->step, whole = floor(bins), u = bins - whole;
	long by = (long)whole, first = by < 0 ? -by : 0, last = BINS - (by > -1 ? by + 1 : 0);

	s->variance += weight * u * (1 - u) * s->step * s->step;
	for (long i = first; i < last && i < BINS; i++) {
		double p = s->p[i] * weight;

		if (p == 0)
			continue;
		s->next[i + by] += p * (1 - u);
		s->next[i + by + 1 < BINS ? i + by + 1 : BINS - 1] += p * u;
	}
}

static void step_done(struct spread *s)
{
	memcpy(s->p, s->next, sizeof(s->p));
	memset(s->next, 0, sizeof(s->next));
}

/* Interference of all cursors but the main one, about its mean. */
static void interference(struct lane_stat *l, double width)
{
	struct spread *s = l->isi;

	memset(s, 0, sizeof(*s));
	s->step = 2 * width / BINS;
	s->low = -width;
	s->p[BINS / 2] = 1;
	for (unsigned q = 0; q < l->cursors; q++) {
		double c = l->cursor[q], power = 0;

		if (q == l->main || c == 0)
			continue;
		for (unsigned i = 0; i < l->levels; i++) {
			double x = c * (l->c->level[i] - l->mean);

			power += x * x / l->levels;
		}
		/* far below a bin it is as good as Gaussian */
		if (power < s->step * s->step / 1e4) {
			s->variance -= power;
			continue;
		}
		for (unsigned i = 0; i < l->levels; i++)
			add_shifted(s, c * (l->c->level[i] - l->mean), 1.0 / l->levels);
		step_done(s);
	}
}

/* Echoes onto level `i`: of every other level, at a random phase. */
static void echoes(const struct lane_stat *l, unsigned i, struct spread *s)
{
	const struct lw_chain *c = l->c;
	/* an echo goes the way of its symbol: its other cursors are as small */
	double gain = 2 * c->reflection * l->cursor[l->main];

	if (!(c->reflection > 0))
		return;
	for (unsigned r = 0; r < c->reflections; r++) {
		for (unsigned k = 0; k < l->levels; k++)
			for (unsigned e = 0; e < ECHO_POINTS; e++) {
				double x = gain *
					   sqrt((c->level[i] - c->dark) * (c->level[k] - c->dark));

				add_shifted(s, x * cos(M_PI * (e + 0.5) / ECHO_POINTS),
					    1.0 / (l->levels * ECHO_POINTS));
			}
		step_done(s);
	}
}

/* What interference, echoes and taps at the phase can reach. */
static double reach(const struct lane_stat *l)
{
	const struct lw_chain *c = l->c;
	double width = 0, swing = fmax(c->level[l->levels - 1] - l->mean, l->mean - c->level[0]);

	for (unsigned q = 0; q < l->cursors; q++)
		width += q == l->main ? 0 : fabs(l->cursor[q]) * swing;
	width += 2 * c->reflections * c->reflection * fabs(l->cursor[l->main]) *
		 (c->level[l->levels - 1] - c->dark);
	return width * 1.01 + fabs(l->cursor[l->main]) * swing * 1e-3;
}

static void noises(struct lane_stat *l)
{
	const struct lw_chain *c = l->c;
	double others = 0, mean = 0;

	for (unsigned i = 0; i < l->levels; i++)
		mean += c->level_noise[i] * c->level_noise[i] / l->levels;
	for (unsigned t = 0; t < c->ffe_n; t++)
		if (t != c->ffe_pre)
			others += c->ffe[t] * c->ffe[t] * mean;
	for (unsigned i = 0; i < l->levels; i++) {
		double own = c->level_noise[i] * c->ffe[c->ffe_pre];

		l->sigma[i] = sqrt(c->noise_rms * c->noise_rms * l->gain + others + own * own);
	}
}

static void at_phase(struct lane_stat *l, double phase)
{
	const struct lw_chain *c = l->c;

	l->cursors = lw_chain_cursors(c, phase, l->cursor);
	for (unsigned d = 0; d < c->dfe_n && l->main + 1 + d < l->cursors; d++)
		l->cursor[l->main + 1 + d] -= c->dfe[d];
}

static int start(struct lane_stat *l, const struct lw_chain *c, struct lw_error *reterr)
{
	int r = lw_chain_check(c, reterr);

	memset(l, 0, sizeof(*l));
	if (r)
		return r;
	l->c = c;
	l->levels = lw_chain_level_n(c);
	l->main = c->pulse->pre + c->ffe_pre;
	for (unsigned i = 0; i < l->levels; i++)
		l->mean += c->level[i] / l->levels;
	l->gain = lw_chain_noise_gain(c);
	noises(l);
	l->isi = malloc(5 * sizeof(*l->isi));
	return l->isi ? 0 : lw_fail(reterr, LW_ENOMEM, "out of memory");
}

/* Level i as it arrives, without interference, and the deviation of its Gaussian part. */
static double arrives(const struct lane_stat *l, unsigned i)
{
	double sum = 0;

	for (unsigned q = 0; q < l->cursors; q++)
		sum += l->cursor[q];
	return l->cursor[l->main] * (l->c->level[i] - l->mean) + sum * l->mean;
}

static double deviation(const struct lane_stat *l, unsigned i, const struct spread *s)
{
	double v = l->sigma[i] * l->sigma[i] - s->variance;

	/* where the grid is coarser than the noise, half a step stands for none */
	return v > 0 ? sqrt(v) : fmax(s->step / 64, 1e-300);
}

/* Probabilities that level i, interfered with by `s`, is taken for each level. */
static void decisions(const struct lane_stat *l, unsigned i, const struct spread *s, double ret[4])
{
	const double *t = l->c->threshold;
	double centre = arrives(l, i), sigma = deviation(l, i, s);
	double above[3] = {0}, below[3] = {0};

	for (unsigned b = 0; b < BINS; b++) {
		double y = centre + s->low + b * s->step;

		if (s->p[b] == 0)
			continue;
		for (unsigned k = 0; k + 1 < l->levels; k++) {
			double x = (t[k] - y) / sigma;

			if (k < i)
				below[k] += s->p[b] * tail(-x);
			else if (x < 38) /* nothing is left beyond */
				above[k] += s->p[b] * tail(x);
		}
	}
	for (unsigned k = 0; k < l->levels; k++)
		ret[k] = k > i   ? above[k - 1] - (k + 1 < l->levels ? above[k] : 0)
			 : k < i ? below[k] - (k ? below[k - 1] : 0)
				 : 0;
}

/* Add what interferes at a moment to the distribution of each level: on one grid about the level's
 * place at the phase itself, which jitter moves too. */
static void add_moment(struct lane_stat *l, double phase, double weight, double centre,
		       struct spread level[4])
{
	at_phase(l, phase);
	interference(l, level[0].step * BINS / 2);
	for (unsigned i = 0; i < l->levels; i++) {
		double by = (l->cursor[l->main] - centre) * (l->c->level[i] - l->mean);

		l->isi->variance *= weight;
		level[i].variance += l->isi->variance;
		memcpy(level[i].p, l->isi->p, sizeof(level[i].p));
		add_shifted(&level[i], by, weight);
		l->isi->variance /= weight;
	}
}

/* Distribution of each level at the phase: interference and jitter, a mean over moments, each as
 * likely as its bell says. */
static void moments(struct lane_stat *l, double phase, struct spread level[4])
{
	const struct lw_chain *c = l->c;
	double rms = c->rj_ui * LW_PHASES, half = c->dj_ui * LW_PHASES / 2, total = 0, width, main;
	unsigned points = rms > 0 ? JITTER_POINTS : 1, sides = half > 0 ? 2 : 1;

	at_phase(l, phase);
	main = l->cursor[l->main];
	width = reach(l);
	/* the moments farthest out reach farthest */
	for (int way = -1; way <= 1; way += 2) {
		at_phase(l, phase + way * (8 * rms + half));
		width = fmax(width, reach(l) + fabs(l->cursor[l->main] - main) *
						       (c->level[l->levels - 1] - c->level[0]));
	}
	for (unsigned i = 0; i < l->levels; i++) {
		memset(&level[i], 0, sizeof(level[i]));
		level[i].step = 2 * width / BINS;
		level[i].low = -width;
	}
	for (unsigned k = 0; k < points; k++) {
		double x = points > 1 ? 8.0 * (2.0 * k / (points - 1) - 1) : 0;

		total += exp(-x * x / 2) * sides;
	}
	for (unsigned side = 0; side < sides; side++)
		for (unsigned k = 0; k < points; k++) {
			double x = points > 1 ? 8.0 * (2.0 * k / (points - 1) - 1) : 0;

			add_moment(l, phase + x * rms + (side ? half : -half),
				   exp(-x * x / 2) / total, main, level);
		}
	for (unsigned i = 0; i < l->levels; i++)
		step_done(&level[i]);
	at_phase(l, phase);
}

/* Symbol and bit error ratio of one phase. */
static void ratios(struct lane_stat *l, double phase, double *ret_ser, double *ret_ber)
{
	struct spread *level = l->isi + 1;
	double ser = 0, ber = 0, p[4];

	moments(l, phase, level);
	for (unsigned i = 0; i < l->levels; i++) {
		echoes(l, i, &level[i]);
		decisions(l, i, &level[i], p);
		for (unsigned k = 0; k < l->levels; k++) {
			ser += p[k] / l->levels;
			ber += p[k] * lw_gray_distance(i, k) / l->levels;
		}
	}
	*ret_ser = ser;
	*ret_ber = ber / (l->levels == 4 ? 2 : 1);
}

int lw_chain_stat(const struct lw_chain *c, struct lw_stat *ret, struct lw_error *reterr)
{
	struct lane_stat l;
	int r = start(&l, c, reterr);
	double signal = 0, other = 0;

	if (r)
		return r;
	ratios(&l, c->phase, &ret->ser, &ret->ber);
	at_phase(&l, c->phase);
	interference(&l, reach(&l));
	ret->noise_rms = 0;
	for (unsigned i = 0; i < l.levels; i++) {
		double x = l.cursor[l.main] * (c->level[i] - l.mean);

		signal += x * x / l.levels;
		ret->noise_rms += l.sigma[i] * l.sigma[i] / l.levels;
	}
	for (unsigned q = 0; q < l.cursors; q++)
		if (q != l.main) {
			double part = l.cursor[q] / l.cursor[l.main];

			other += part * part * signal;
		}
	ret->snr_db = lw_phy_db(signal / (other + ret->noise_rms));
	ret->noise_rms = sqrt(ret->noise_rms);
	free(l.isi);
	return 0;
}

int lw_chain_bathtub(const struct lw_chain *c, double ret[LW_PHASES], struct lw_error *reterr)
{
	struct lane_stat l;
	int r = start(&l, c, reterr);

	if (r)
		return r;
	for (unsigned s = 0; s < LW_PHASES; s++) {
		double ber;

		ratios(&l, s, &ret[s], &ber);
	}
	free(l.isi);
	return 0;
}

/* Fewer bins of the same mass and mean: edges need no more. */
static unsigned thin(const struct spread *s, double at[COARSE], double p[COARSE])
{
	unsigned n = 0;

	for (unsigned b = 0; b < BINS; b += BINS / COARSE) {
		double mass = 0, moment = 0;

		for (unsigned i = b; i < b + BINS / COARSE; i++) {
			mass += s->p[i];
			moment += s->p[i] * (s->low + i * s->step);
		}
		if (mass > 1e-30) {
			at[n] = moment / mass;
			p[n++] = mass;
		}
	}
	return n;
}

/* Offset from a level that its lower (`up` false) or upper tail passes with probability q. */
static double edge(const double at[], const double p[], unsigned n, double sigma, double q, bool up)
{
	double low = at[0] - 40 * sigma, high = at[n - 1] + 40 * sigma;

	for (unsigned i = 0; i < 60 && high - low > 1e-6 * sigma; i++) {
		double y = (low + high) / 2, sum = 0;

		for (unsigned b = 0; b < n; b++)
			sum += p[b] * tail((up ? y - at[b] : at[b] - y) / sigma);
		if ((sum > q) == up)
			low = y;
		else
			high = y;
	}
	return (low + high) / 2;
}

int lw_chain_contour(const struct lw_chain *c, double probability, double ret[LW_PHASES][3][2],
		     struct lw_error *reterr)
{
	struct lane_stat l;
	double at[COARSE], p[COARSE];
	int r;

	if (!(probability > 0 && probability < 0.5))
		return lw_fail(reterr, LW_EINVAL, "a probability of %g is not in (0, 1/2)",
			       probability);
	r = start(&l, c, reterr);
	if (r)
		return r;
	for (unsigned s = 0; s < LW_PHASES; s++) {
		struct spread *level = l.isi + 1;

		moments(&l, s, level);
		for (unsigned i = 0; i < l.levels; i++) {
			double centre = arrives(&l, i), sigma;
			unsigned n;

			echoes(&l, i, &level[i]);
			sigma = deviation(&l, i, &level[i]);
			n = thin(&level[i], at, p);
			if (i + 1 < l.levels)
				ret[s][i][0] = centre + edge(at, p, n, sigma, probability, true);
			if (i > 0)
				ret[s][i - 1][1] =
					centre + edge(at, p, n, sigma, probability, false);
		}
	}
	free(l.isi);
	return 0;
}
