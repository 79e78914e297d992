/* SPDX-License-Identifier: Apache-2.0 */
/* Taps of the reference equaliser: least squares to begin with, then a search on TDECQ itself. */
#include "tdecq-internal.h"

#include <math.h>
#include <string.h>

enum { DIMS = LW_TDECQ_TAPS - 1, STEPS = 220, LOOKS = 3 };

/* A point of the search: taps but the main one, which makes the sum 1. */
struct simplex {
	double x[DIMS + 1][DIMS], f[DIMS + 1];
};

/* Gauss's elimination with pivots; 0 where it cannot. */
static void solve(double a[LW_TDECQ_TAPS][LW_TDECQ_TAPS], double b[LW_TDECQ_TAPS], unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		unsigned best = i;

		for (unsigned k = i + 1; k < n; k++)
			if (fabs(a[k][i]) > fabs(a[best][i]))
				best = k;
		for (unsigned m = 0; m < n; m++) {
			double t = a[i][m];

			a[i][m] = a[best][m];
			a[best][m] = t;
		}
		{
			double t = b[i];

			b[i] = b[best];
			b[best] = t;
		}
		if (a[i][i] == 0)
			continue;
		for (unsigned k = 0; k < n; k++) {
			double by = k == i ? 0 : a[k][i] / a[i][i];

			for (unsigned m = i; by != 0 && m < n; m++)
				a[k][m] -= by * a[i][m];
			b[k] -= by * b[i];
		}
	}
	for (unsigned i = 0; i < n; i++)
		b[i] = a[i][i] != 0 ? b[i] / a[i][i] : 0;
}

/* Taps that bring the middle of the eye nearest to its ideal levels, noise included. */
static void least_squares(const struct lw_tdecq_work *w, unsigned main, double tap[LW_TDECQ_TAPS])
{
	unsigned n = w->opt->taps, s = (unsigned)lrint((w->crossing0 + 0.5) * w->samples);
	const float *y = w->phase[s < 2 * w->samples ? s : 2 * w->samples];
	double a[LW_TDECQ_TAPS][LW_TDECQ_TAPS] = {{0}}, sum = 0, noise = w->oma / 6 / w->opt->q;
	size_t stride = w->n / 16384 + 1; /* some thousand symbols tell as much as all */

	memset(tap, 0, LW_TDECQ_TAPS * sizeof(tap[0]));
	for (size_t k = 0; k < w->n; k += stride) {
		double want = (w->symbol[k] / 3.0 - 0.5) * w->oma, v[LW_TDECQ_TAPS];

		for (unsigned i = 0; i < n; i++)
			v[i] = (double)y[(long)k + (long)main - (long)i] - w->average;
		for (unsigned i = 0; i < n; i++) {
			tap[i] += v[i] * want;
			for (unsigned m = 0; m < n; m++)
				a[i][m] += v[i] * v[m];
		}
	}
	for (unsigned i = 0; i < n; i++)
		a[i][i] += noise * noise * (double)(w->n / stride);
	solve(a, tap, n);
	for (unsigned i = 0; i < n; i++)
		sum += tap[i];
	for (unsigned i = 0; i < n; i++)
		tap[i] = sum > 0.05 ? tap[i] / sum : i == main;
}

static void taps_of(const struct lw_tdecq_work *w, unsigned main, const double *x, double *tap)
{
	double rest = 1;

	for (unsigned i = 0, d = 0; i < w->opt->taps; i++)
		if (i != main)
			rest -= tap[i] = x[d++];
	tap[main] = rest;
}

static bool allowed(const struct lw_tdecq_work *w, const double *tap)
{
	unsigned largest = 0;

	for (unsigned i = 1; i < w->opt->taps; i++)
		if (fabs(tap[i]) > fabs(tap[largest]))
			largest = i;
	return largest <= w->opt->main_last && tap[largest] >= w->opt->main_least;
}

/* What is sought to be least: TDECQ, or, where the eye is closed, a hill that leads down to it. */
static double cost(struct lw_tdecq_work *w, unsigned main, const double *x)
{
	double tap[LW_TDECQ_TAPS], crossing = w->crossing0;
	struct lw_tdecq_look look;

	taps_of(w, main, x, tap);
	if (!allowed(w, tap))
		return 1e6;
	for (unsigned i = 0; i < w->opt->taps; i++)
		crossing += w->slope[i] * (tap[i] - w->tap0[i]);
	lw_tdecq_look(w, tap, w->opt->taps, main, crossing, &look);
	return look.sigma > 0 ? look.db : 1e3 + 1e3 * fmax(look.ser[0], look.ser[1]);
}

/* Where the mean crossing lies, and how it moves with each tap (the main one gives way). */
static void linearise(struct lw_tdecq_work *w, unsigned main, const double *tap)
{
	const double h = 0.01;

	memcpy(w->tap0, tap, sizeof(w->tap0));
	memset(w->slope, 0, sizeof(w->slope));
	w->crossing0 = lw_tdecq_crossing(w, tap, w->opt->taps, main);
	for (unsigned i = 0; i < w->opt->taps; i++) {
		double moved[LW_TDECQ_TAPS];

		if (i == main)
			continue;
		memcpy(moved, tap, sizeof(moved));
		moved[i] += h;
		moved[main] -= h;
		w->slope[i] = lw_tdecq_crossing(w, moved, w->opt->taps, main) - w->crossing0;
		w->slope[i] = (w->slope[i] - rint(w->slope[i])) / h;
	}
}

static void sort(struct simplex *s, unsigned dims)
{
	for (unsigned i = 1; i <= dims; i++)
		for (unsigned k = i; k > 0 && s->f[k] < s->f[k - 1]; k--) {
			double f = s->f[k], x[DIMS];

			memcpy(x, s->x[k], sizeof(x));
			s->f[k] = s->f[k - 1];
			memcpy(s->x[k], s->x[k - 1], sizeof(x));
			s->f[k - 1] = f;
			memcpy(s->x[k - 1], x, sizeof(x));
		}
}

/* The worst corner, moved through the centre of the others by `by`. */
static double try(struct lw_tdecq_work *w, unsigned main, const struct simplex *s, unsigned dims,
		  double by, double ret[DIMS])
{
	for (unsigned d = 0; d < dims; d++) {
		double centre = 0;

		for (unsigned i = 0; i < dims; i++)
			centre += s->x[i][d] / dims;
		ret[d] = centre + by * (centre - s->x[dims][d]);
	}
	return cost(w, main, ret);
}

static void replace(struct simplex *s, unsigned dims, const double *x, double f)
{
	memcpy(s->x[dims], x, sizeof(s->x[0]));
	s->f[dims] = f;
}

/* Nelder and Mead's simplex. */
static void descend(struct lw_tdecq_work *w, unsigned main, double x[DIMS], unsigned dims,
		    double size)
{
	struct simplex s = {0};
	unsigned end = w->evaluations + STEPS;

	for (unsigned i = 0; i <= dims; i++) {
		memcpy(s.x[i], x, sizeof(s.x[i]));
		if (i)
			s.x[i][i - 1] += size;
		s.f[i] = cost(w, main, s.x[i]);
	}
	sort(&s, dims);
	while (w->evaluations < end && s.f[dims] - s.f[0] > 3e-4) {
		double a[DIMS] = {0}, b[DIMS] = {0};
		double f = try(w, main, &s, dims, 1, a), g;

		if (f < s.f[0]) {
			g = try(w, main, &s, dims, 2, b);
			replace(&s, dims, g < f ? b : a, fmin(f, g));
		} else if (f < s.f[dims - 1]) {
			replace(&s, dims, a, f);
		} else {
			g = try(w, main, &s, dims, f < s.f[dims] ? 0.5 : -0.5, b);
			if (g < fmin(f, s.f[dims])) {
				replace(&s, dims, b, g);
			} else {
				for (unsigned i = 1; i <= dims; i++) {
					for (unsigned d = 0; d < dims; d++)
						s.x[i][d] = (s.x[i][d] + s.x[0][d]) / 2;
					s.f[i] = cost(w, main, s.x[i]);
				}
			}
		}
		sort(&s, dims);
	}
	memcpy(x, s.x[0], sizeof(s.x[0]));
}

int lw_tdecq_search(struct lw_tdecq_work *w, double tap[LW_TDECQ_TAPS], unsigned *ret_main)
{
	unsigned dims = w->opt->taps - 1;
	double best = INFINITY, x[DIMS] = {0};

	/* which tap is the main one: the best of their least squares */
	for (unsigned main = 0; main <= w->opt->main_last; main++) {
		double now[LW_TDECQ_TAPS], f;
		struct lw_tdecq_look look;

		least_squares(w, main, now);
		lw_tdecq_look(w, now, w->opt->taps, main,
			      lw_tdecq_crossing(w, now, w->opt->taps, main), &look);
		f = look.sigma > 0 ? look.db : 1e3 + 1e3 * fmax(look.ser[0], look.ser[1]);
		if (!allowed(w, now))
			f += 1e5;
		if (f < best) {
			best = f;
			*ret_main = main;
			memcpy(tap, now, sizeof(now));
		}
	}
	for (unsigned look = 0; look < LOOKS && dims; look++) {
		double moved;

		linearise(w, *ret_main, tap);
		for (unsigned i = 0, d = 0; i < w->opt->taps; i++)
			if (i != *ret_main)
				x[d++] = tap[i];
		descend(w, *ret_main, x, dims, look ? 0.005 : 0.02);
		taps_of(w, *ret_main, x, tap);
		/* Was the crossing where the plane had it? Then this is the best there is. */
		moved = w->crossing0;
		for (unsigned i = 0; i < w->opt->taps; i++)
			moved += w->slope[i] * (tap[i] - w->tap0[i]);
		if (fabs(lw_tdecq_crossing(w, tap, w->opt->taps, *ret_main) - moved) < 5e-4)
			break;
	}
	return best < INFINITY ? 0 : -1;
}
