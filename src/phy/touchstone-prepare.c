/* SPDX-License-Identifier: Apache-2.0 */
/* From S-parameters to one transmission: order of ports, passivity, delay, the ends of the band. */
#include "channel-internal.h"
#include "fft.h"
#include "touchstone.h"

#include <math.h>
#include <stdlib.h>

static double complex s(const struct lw_touchstone *t, size_t point, unsigned to, unsigned from)
{
	unsigned ports = t->report.ports;

	return t->port[point * ports * ports + (to - 1) * ports + from - 1];
}

/* Differential: half of what goes from pair to pair with its sign. */
static double complex through(const struct lw_touchstone *t, size_t i)
{
	const unsigned *o = t->report.order;

	if (t->report.ports == 2)
		return s(t, i, 2, 1);
	return (s(t, i, o[2], o[0]) - s(t, i, o[2], o[1]) - s(t, i, o[3], o[0]) +
		s(t, i, o[3], o[1])) /
	       2;
}

/* The usual orders join 1-2 and 3-4, or 1-3 and 2-4: at low frequency one of them hardly loses,
 * the other hardly passes. */
static int choose_order(struct lw_touchstone *t, struct lw_error *reterr)
{
	static const unsigned usual[2][4] = {{1, 3, 2, 4}, {1, 2, 3, 4}};
	double gain[2];

	for (unsigned i = 0; i < 2; i++) {
		for (unsigned k = 0; k < 4; k++)
			t->report.order[k] = usual[i][k];
		gain[i] = cabs(s(t, 0, usual[i][2], usual[i][0]));
	}
	if (!(gain[0] > 10 * gain[1]) && !(gain[1] > 10 * gain[0]))
		return lw_fail(
			reterr, LW_ENOTSUP,
			"the order of the ports cannot be told from the file (%.1f and %.1f dB "
			"at the lowest frequency); name it: in +, in -, out +, out -",
			20 * log10(gain[0]), 20 * log10(gain[1]));
	for (unsigned k = 0; k < 4; k++)
		t->report.order[k] = usual[gain[1] > gain[0]][k];
	t->report.order_chosen = true;
	return 0;
}

/* Largest singular value of one point's matrix: power iteration on S^H S. */
static double largest_gain(const struct lw_touchstone *t, size_t point)
{
	unsigned ports = t->report.ports;
	double complex x[4] = {1, lw_complex(0.7, 0.3), lw_complex(-0.4, 0.8),
			       lw_complex(0.2, -0.9)},
		       y[4], z[4];
	double norm = 0;

	for (unsigned round = 0; round < 60; round++) {
		double sum = 0;

		for (unsigned i = 0; i < ports; i++) {
			y[i] = 0;
			for (unsigned k = 0; k < ports; k++)
				y[i] += s(t, point, i + 1, k + 1) * x[k];
		}
		for (unsigned k = 0; k < ports; k++) {
			z[k] = 0;
			for (unsigned i = 0; i < ports; i++)
				z[k] += conj(s(t, point, i + 1, k + 1)) * y[i];
			sum += creal(z[k] * conj(z[k]));
		}
		norm = sqrt(sum);
		if (norm == 0)
			break;
		for (unsigned k = 0; k < ports; k++)
			x[k] = z[k] / norm;
	}
	return sqrt(norm);
}

/* Gain and unwrapped phase; the delay is the slope of a line through the phase, weighted by the
 * power, that passes 0 or pi at frequency 0. */
static void take_out_delay(struct lw_touchstone *t)
{
	double turn = 0, before = 0, weight = 0, mf = 0, mp = 0, ff = 0, fp = 0, slope;

	for (size_t i = 0; i < t->n; i++) {
		double complex h = through(t, i);
		double phase = carg(h), w = creal(h * conj(h));

		if (i) {
			while (phase + turn - before > M_PI)
				turn -= 2 * M_PI;
			while (phase + turn - before < -M_PI)
				turn += 2 * M_PI;
		}
		before = phase + turn;
		t->residue[i] = before;
		t->log_gain[i] = log(fmax(cabs(h), 1e-15));
		weight += w;
		mf += w * t->ghz[i];
		mp += w * before;
		ff += w * t->ghz[i] * t->ghz[i];
		fp += w * t->ghz[i] * before;
	}
	mf /= weight;
	mp /= weight;
	slope = (fp / weight - mf * mp) / (ff / weight - mf * mf);
	t->report.delay_ps = -slope / (2 * M_PI) * 1e3;
	for (size_t i = 0; i < t->n; i++)
		t->residue[i] -= slope * t->ghz[i];
	/* What the line says at 0 is a multiple of pi, but for slow parts: the nearest even or odd
	 * one tells the sign, and whole turns mean nothing. */
	turn = 2 * M_PI * rint(t->residue[0] / (2 * M_PI));
	for (size_t i = 0; i < t->n; i++)
		t->residue[i] -= turn;
}

/* -ln |H| = a sqrt(f) + b f through two points; no part may be negative. */
static void loss_law(const struct lw_touchstone *t, size_t i, size_t k, double *ret_a,
		     double *ret_b)
{
	double f = t->ghz[i], g = t->ghz[k], x = -t->log_gain[i], y = -t->log_gain[k];
	double det = sqrt(f) * g - sqrt(g) * f;

	*ret_a = det != 0 ? (x * g - y * f) / det : 0;
	*ret_b = det != 0 ? (sqrt(f) * y - sqrt(g) * x) / det : 0;
	if (*ret_b < 0) {
		*ret_b = 0;
		*ret_a = fmax(y / sqrt(g), 0);
	}
	if (*ret_a < 0) {
		*ret_a = 0;
		*ret_b = fmax(y / g, 0);
	}
}

/* ln |H| and residual phase at any frequency. */
static double complex at(const struct lw_touchstone *t, double ghz)
{
	size_t low = 0, high = t->n - 1;
	double g, phase, u;

	if (ghz >= t->ghz[high]) {
		double f = t->ghz[high];

		g = t->log_gain[high] - t->skin * (sqrt(ghz) - sqrt(f)) - t->dielectric * (ghz - f);
		phase = t->residue[high];
	} else if (ghz < t->ghz[0]) {
		/* Loss falls as the root of the frequency; the phase goes to 0 or pi. */
		double a, b, end = M_PI * rint(t->residue[0] / M_PI);

		loss_law(t, 0, t->n > 8 ? 4 : 1, &a, &b);
		u = ghz / t->ghz[0];
		g = t->log_gain[0] + a * (sqrt(t->ghz[0]) - sqrt(ghz)) + b * (t->ghz[0] - ghz);
		phase = end + u * (t->residue[0] - end);
	} else {
		while (high - low > 1) {
			size_t middle = (low + high) / 2;

			if (t->ghz[middle] <= ghz)
				low = middle;
			else
				high = middle;
		}
		u = (ghz - t->ghz[low]) / (t->ghz[high] - t->ghz[low]);
		g = t->log_gain[low] + u * (t->log_gain[high] - t->log_gain[low]);
		phase = t->residue[low] + u * (t->residue[high] - t->residue[low]);
	}
	return exp(g) * lw_complex(cos(phase), sin(phase));
}

/* Energy of the response before its delay, less the rise that a limited band makes there: the
 * response is that of a quarter of the time before against the whole. */
static int look_early(struct lw_touchstone *t, struct lw_error *reterr)
{
	enum { N = 4096 };
	double complex *x = calloc(N, sizeof(*x));
	double early = 0, all = 0, top = t->report.high_ghz;

	if (!x)
		return lw_fail(reterr, LW_ENOMEM, "out of memory");
	for (size_t k = 0; k < N / 2; k++) {
		/* A raised cosine over the upper half keeps the band's edge from ringing. */
		double f = top * (double)k / (N / 2), u = 2 * f / top - 1;
		double window = u > 0 ? 0.5 + 0.5 * cos(M_PI * u) : 1;

		x[k] = at(t, f) * window;
		if (k)
			x[N - k] = conj(x[k]);
	}
	x[0] = creal(x[0]);
	lw_fft(x, N, 1);
	for (size_t i = 0; i < N; i++) {
		double e = creal(x[i]) * creal(x[i]);

		all += e;
		/* 8 samples: half the width of the band's own pulse */
		early += i >= N / 2 && i < N - 8 ? e : 0;
	}
	t->report.early = all > 0 ? early / all : 0;
	free(x);
	return 0;
}

int lw_touchstone_prepare(struct lw_touchstone *t, struct lw_error *reterr)
{
	struct lw_touchstone_report *r = &t->report;

	if (r->ports == 4 && !r->order[0] && choose_order(t, reterr))
		return LW_ENOTSUP;
	t->log_gain = malloc(t->n * sizeof(double));
	t->residue = malloc(t->n * sizeof(double));
	if (!t->log_gain || !t->residue)
		return lw_fail(reterr, LW_ENOMEM, "out of memory");
	r->points = (unsigned)t->n;
	r->low_ghz = t->ghz[0];
	r->high_ghz = r->reach_ghz = t->ghz[t->n - 1];
	r->dc_made = t->ghz[0] > 0;
	for (size_t i = 0; i < t->n; i++) {
		double gain = largest_gain(t, i);

		r->active += gain > 1.001;
		r->worst_gain = fmax(r->worst_gain, gain);
	}
	if (!(cabs(through(t, 0)) > 1e-6))
		return lw_fail(reterr, LW_EINVAL,
			       "nothing goes through at the lowest frequency: is the order of the "
			       "ports right?");
	take_out_delay(t);
	loss_law(t, t->n / 2, t->n - 1, &t->skin, &t->dielectric);
	if (look_early(t, reterr))
		return LW_ENOMEM;
	free(t->port);
	t->port = NULL;
	return 0;
}

int lw_channel_touchstone(struct lw_channel *c, const struct lw_touchstone *t,
			  struct lw_error *reterr)
{
	if (t->report.high_ghz < c->baud_gbd / 2)
		return lw_fail(reterr, LW_EINVAL,
			       "the file ends at %g GHz, below half the rate of %g GBd",
			       t->report.high_ghz, c->baud_gbd);
	for (size_t k = 0; k <= c->half; k++) {
		double f = lw_channel_ghz(c, k), turn;

		/* The delay itself is left out in whole symbols: the window would wrap it. */
		turn = -2 * M_PI * f * fmod(t->report.delay_ps / 1e3, 1 / c->baud_gbd);
		c->h[k] *= at(t, f) * lw_complex(cos(turn), sin(turn));
	}
	return 0;
}
