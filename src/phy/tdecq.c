/* SPDX-License-Identifier: Apache-2.0 */
#include "tdecq-internal.h"

#include <lanewise/formula.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { TAIL_STEPS = 512, TAIL_REACH = 9 }; /* of the table: a deviation, its end */

/* Square of a fourth-order Bessel-Thomson filter's gain at f / f_3dB. */
static double bessel_power(double x)
{
	double y = 2.113917674904215 * x, y2 = y * y;
	double re = 105 - 45 * y2 + y2 * y2, im = 105 * y - 10 * y * y2;

	return 105.0 * 105 / (re * re + im * im);
}

double lw_tdecq_ceq(const double *tap, unsigned n, double baud_gbd, double noise_ghz)
{
	enum { POINTS = 800 };
	const double top = 4; /* times the bandwidth: 1e-5 of the power is beyond */
	double lag[LW_TDECQ_TAPS] = {0}, all = 0, sum = 0;

	if (n > LW_TDECQ_TAPS || !(baud_gbd > 0 && noise_ghz > 0))
		return NAN;
	/* |H|^2 is a sum of cosines of the taps' own correlation. */
	for (unsigned i = 0; i < n; i++)
		for (unsigned k = 0; k < n; k++)
			lag[i > k ? i - k : k - i] += tap[i] * tap[k];
	for (int i = 0; i < POINTS; i++) {
		double f = (i + 0.5) / POINTS * top, p = bessel_power(f);
		double turn = 2 * M_PI * f * noise_ghz / baud_gbd, h = 0;

		for (unsigned k = 0; k < n; k++)
			h += lag[k] * cos(turn * k);
		all += p;
		sum += p * h;
	}
	return sqrt(sum / all);
}

double lw_tdecq_crossing(const struct lw_tdecq_work *w, const double *tap, unsigned taps,
			 unsigned main)
{
	double n[128] = {0}, part[128] = {0}, total = 0, re = 0, im = 0, sum = 0, middle;
	float t[LW_TDECQ_TAPS];

	for (unsigned i = 0; i < taps; i++)
		t[i] = (float)tap[i];
	w->kernel->crossings(w->phase, w->samples, t, taps, main, (uint32_t)w->n, (float)w->average,
			     n, part);
	for (unsigned s = 0; s < w->samples; s++) {
		double angle = 2 * M_PI * (s + (n[s] > 0 ? part[s] / n[s] : 0)) / w->samples;

		total += n[s];
		re += n[s] * cos(angle);
		im += n[s] * sin(angle);
	}
	if (!(total > 0))
		return NAN;
	/* Times are a circle; cut it opposite to where they gather, then take their mean. */
	middle = atan2(im, re) / (2 * M_PI) * w->samples;
	for (unsigned s = 0; s < w->samples; s++) {
		double off = n[s] > 0 ? s + part[s] / n[s] - middle : 0;

		off -= rint(off / w->samples) * w->samples;
		sum += n[s] * off;
	}
	middle += sum / total;
	middle /= w->samples;
	return middle - rint(middle);
}

/* Weights of the four samples about a moment that is `u` behind the second (Catmull and Rom). */
static void cubic_of(double u, float ret[4])
{
	ret[0] = (float)(u * (-1 + u * (2 - u)) / 2);
	ret[1] = (float)((2 + u * u * (-5 + 3 * u)) / 2);
	ret[2] = (float)(u * (1 + u * (4 - 3 * u)) / 2);
	ret[3] = (float)(u * u * (u - 1) / 2);
}

/* Row of the capture that is `s` samples after symbol 0, whatever the sign. */
static const float *row_at(const struct lw_tdecq_work *w, long s)
{
	long m = (long)w->samples, symbol = s >= 0 ? s / m : -((m - 1 - s) / m);

	return w->phase[s - symbol * m] + symbol;
}

static void fill(const struct lw_tdecq_work *w, const double *tap, unsigned taps, unsigned main,
		 double middle, uint32_t hist[LW_TDECQ_ROWS])
{
	float t[LW_TDECQ_TAPS];

	for (unsigned i = 0; i < taps; i++)
		t[i] = (float)tap[i];
	memset(hist, 0, LW_TDECQ_ROWS * sizeof(hist[0]));
	for (unsigned p = 0; p < LW_TDECQ_POINTS; p++) {
		double at =
			(middle + ((p + 0.5) / LW_TDECQ_POINTS - 0.5) * w->opt->width) * w->samples;
		long whole = (long)floor(at);
		const float *phase[4];
		float cubic[4];

		for (int i = 0; i < 4; i++)
			phase[i] = row_at(w, whole - 1 + i);
		cubic_of(at - (double)whole, cubic);
		w->kernel->equalised(phase, cubic, t, taps, main, (uint32_t)w->n, (float)w->low,
				     (float)(LW_TDECQ_ROWS / (w->high - w->low)), hist,
				     LW_TDECQ_ROWS);
	}
}

/* A histogram, neighbours joined, without empty rows. */
struct bars {
	unsigned n;
	double y[LW_TDECQ_ROWS / LW_TDECQ_JOIN], p[LW_TDECQ_ROWS / LW_TDECQ_JOIN];
};

static void bars_of(const struct lw_tdecq_work *w, const uint32_t hist[LW_TDECQ_ROWS],
		    struct bars *ret)
{
	double step = (w->high - w->low) / LW_TDECQ_ROWS;

	ret->n = 0;
	for (unsigned r = 0; r < LW_TDECQ_ROWS; r += LW_TDECQ_JOIN) {
		uint64_t mass = 0, moment = 0;

		for (unsigned i = 0; i < LW_TDECQ_JOIN; i++) {
			mass += hist[r + i];
			moment += (uint64_t)hist[r + i] * i;
		}
		if (!mass)
			continue;
		ret->y[ret->n] = w->low + (r + 0.5 + (double)moment / (double)mass) * step;
		ret->p[ret->n++] = (double)mass / ((double)w->n * LW_TDECQ_POINTS);
	}
}

/* Part that noise carries over one threshold: each value by the tail beyond its distance. That is
 * 121.8.5.3's integral of the cumulated histogram by the noise, integrated by parts. */
static double over(const struct lw_tdecq_work *w, const struct bars *b, double threshold,
		   double sigma)
{
	double sum = 0, scale = TAIL_STEPS / sigma;

	for (unsigned i = 0; i < b->n; i++) {
		double x = fabs(b->y[i] - threshold) * scale;
		unsigned k = x < TAIL_STEPS * TAIL_REACH ? (unsigned)x : 0;

		if (x < TAIL_STEPS * TAIL_REACH)
			sum += b->p[i] * (w->tail[k] + (x - k) * (w->tail[k + 1] - w->tail[k]));
	}
	return sum;
}

static double side_ser(const struct lw_tdecq_work *w, const struct bars *b, const double t[3],
		       double sigma)
{
	return over(w, b, t[0], sigma) + over(w, b, t[1], sigma) + over(w, b, t[2], sigma);
}

/* The noise at which the worse side reaches the target; 0: too bad without any. */
static double fit(struct lw_tdecq_work *w, const struct bars side[2], const double t[3],
		  double ret_ser[2])
{
	double low = 0, high = 0, least = w->oma * 1e-4, sigma = w->warm, target = w->opt->ser;

	/* bracket, then halve the interval of logarithms, secants in between */
	for (unsigned i = 0; i < 60; i++) {
		double ser, next;

		ret_ser[0] = side_ser(w, &side[0], t, sigma);
		ret_ser[1] = side_ser(w, &side[1], t, sigma);
		ser = fmax(ret_ser[0], ret_ser[1]);
		if (fabs(ser - target) < 1e-7 * target)
			break;
		if (ser > target)
			high = sigma;
		else
			low = sigma;
		if (high > 0 && high <= least)
			return 0;
		/* ln SER falls about as -(a/sigma)^2/2: a step in 1/sigma^2 of its own slope */
		next = ser > 1e-300 && ser < 0.3 ? sigma * sqrt(log(ser / 0.9) / log(target / 0.9))
		       : ser > target            ? sigma / 2
						 : sigma * 2;
		if ((low > 0 && next <= low) || (high > 0 && next >= high) || !(next > 0))
			next = low > 0 && high > 0 ? sqrt(low * high)
			       : ser > target      ? sigma / 2
						   : sigma * 2;
		sigma = next;
		if (low > 0 && high > 0 && high / low < 1 + 1e-9)
			break;
	}
	w->warm = sigma;
	return sigma;
}

/* Thresholds where 121.8.5.3 puts them, or within the freedom about there, each where both sides
 * together have least errors. */
static void place(const struct lw_tdecq_work *w, const struct bars side[2], double sigma,
		  double t[3])
{
	enum { WAYS = 9 };

	for (unsigned i = 0; i < 3; i++) {
		double nominal = w->average + ((int)i - 1) * w->oma / 3, best = INFINITY;

		for (unsigned k = 0; k < WAYS; k++) {
			double at = nominal +
				    (2.0 * k / (WAYS - 1) - 1) * w->opt->threshold_freedom * w->oma;
			double ser = over(w, &side[0], at, sigma) + over(w, &side[1], at, sigma);

			if (ser < best) {
				best = ser;
				t[i] = at;
			}
		}
	}
}

void lw_tdecq_look(struct lw_tdecq_work *w, const double *tap, unsigned taps, unsigned main,
		   double crossing, struct lw_tdecq_look *ret)
{
	struct bars side[2];

	w->evaluations++;
	memset(ret, 0, sizeof(*ret));
	ret->db = INFINITY;
	for (int i = 0; i < 2; i++) {
		double middle = crossing + 0.5 + (i ? 1 : -1) * w->opt->offset;

		fill(w, tap, taps, main, middle, w->hist);
		bars_of(w, w->hist, &side[i]);
	}
	for (int i = 0; i < 3; i++)
		ret->threshold[i] = w->average + (i - 1) * w->oma / 3;
	ret->sigma = fit(w, side, ret->threshold, ret->ser);
	for (int round = 0; round < 2 && w->opt->threshold_freedom > 0; round++) {
		place(w, side, ret->sigma > 0 ? ret->sigma : w->oma / 30, ret->threshold);
		ret->sigma = fit(w, side, ret->threshold, ret->ser);
	}
	ret->ceq = lw_tdecq_ceq(tap, taps, w->opt->baud_gbd,
				w->opt->noise_ghz > 0 ? w->opt->noise_ghz : w->opt->baud_gbd / 2);
	ret->noise_rms = hypot(ret->sigma / ret->ceq, w->opt->scope_rms);
	if (ret->sigma > 0)
		ret->db = lw_phy_db(w->oma / (6 * w->opt->q * ret->noise_rms));
}

/* Mean of the waveform over `m` symbols from moment `from` (in symbols). */
static double mean_over(const struct lw_tdecq_work *w, double from, double m)
{
	double sum = 0;
	long first = lrint(from * w->samples), count = lrint(m * w->samples);

	for (long i = 0; i < count; i++)
		sum += (double)*row_at(w, first + i);
	return sum / (double)count;
}

/* The pattern's first run of `length` symbols of that level, and no longer one. */
static long run_of(const struct lw_tdecq_work *w, unsigned level, unsigned length)
{
	for (size_t k = 0; k < w->n; k++) {
		size_t i = 0;

		if (w->symbol[(k + w->n - 1) % w->n] == level)
			continue;
		while (i <= length && w->symbol[(k + i) % w->n] == level)
			i++;
		if (i == length)
			return (long)k;
	}
	return -1;
}

/* Outer OMA, 121.8.4: the middle two symbols of 7 threes and of 6 zeros. */
static int measure_levels(struct lw_tdecq_work *w, double crossing, struct lw_error *reterr)
{
	long threes = run_of(w, 3, 7), zeros = run_of(w, 0, 6);
	double one, zero;

	if (threes < 0 || zeros < 0)
		return lw_fail(reterr, LW_EINVAL,
			       "the pattern has no run of just %s: use PRBS13Q or "
			       "SSPRQ",
			       threes < 0 ? "7 threes" : "6 zeros");
	/* rows reach LW_TDECQ_PAD symbols past the end: keep the run's indices inside */
	one = mean_over(w, (double)threes + crossing + 2.5, 2);
	zero = mean_over(w, (double)zeros + crossing + 2, 2);
	w->oma = one - zero;
	if (!(w->oma > 0))
		return lw_fail(reterr, LW_EINVAL,
			       "the runs of threes lie no higher than those of "
			       "zeros: is the pattern aligned, is it inverted?");
	return 0;
}

static int load(struct lw_tdecq_work *w, const float *wave, struct lw_error *reterr)
{
	const unsigned m = w->samples;
	const size_t stride = w->n + 2 * LW_TDECQ_PAD;
	double sum = 0, low = INFINITY, high = -INFINITY;

	w->rows = malloc(m * stride * sizeof(*w->rows));
	w->phase = malloc((2 * (size_t)m + 1) * sizeof(*w->phase));
	w->tail = malloc((TAIL_STEPS * TAIL_REACH + 2) * sizeof(*w->tail));
	w->hist = malloc(LW_TDECQ_ROWS * sizeof(*w->hist));
	if (!w->rows || !w->phase || !w->tail || !w->hist)
		return lw_fail(reterr, LW_ENOMEM, "out of memory");
	for (unsigned i = 0; i < TAIL_STEPS * TAIL_REACH + 2; i++)
		w->tail[i] = erfc((double)i / TAIL_STEPS / M_SQRT2) / 2;
	for (size_t i = 0; i < w->n * m; i++) {
		double x = (double)wave[i];

		if (!isfinite(x))
			return lw_fail(reterr, LW_EINVAL, "sample %zu is no number", i);
		sum += x;
		low = fmin(low, x);
		high = fmax(high, x);
	}
	if (!(high > low))
		return lw_fail(reterr, LW_EINVAL, "the waveform is flat");
	/* 16 symbols a time, so that each line of the waveform is read once */
	for (size_t b = 0; b < stride; b += 16)
		for (unsigned s = 0; s < m; s++)
			for (size_t k = b; k < b + 16 && k < stride; k++) {
				size_t from = k + w->n - LW_TDECQ_PAD;

				while (from >= w->n)
					from -= w->n;
				w->rows[s * stride + k] = wave[from * m + s];
			}
	for (unsigned s = 0; s <= 2 * m; s++)
		w->phase[s] = w->rows + (s % m) * stride + LW_TDECQ_PAD + s / m;
	w->average = sum / (double)(w->n * m);
	/* equalisers overshoot: twice the range about the middle */
	w->low = low - (high - low) / 2;
	w->high = high + (high - low) / 2;
	return 0;
}

/* Level mismatch of the equalised eye at its middle: mean of each symbol's values. The equaliser
 * may lag, by up to two symbols either way: the lag that tells symbols apart best is taken. */
static double mismatch(const struct lw_tdecq_work *w, const struct lw_tdecq *t)
{
	double best[4] = {0}, widest = -INFINITY;
	long at = lrint((t->crossing + 0.5) * w->samples);

	for (long lag = -2; lag <= 2; lag++) {
		double sum[4] = {0}, n[4] = {0}, width;

		for (size_t k = 0; k < w->n; k++) {
			unsigned s = w->symbol[(k + w->n + (size_t)(2 + lag) - 2) % w->n];
			double z = 0;

			for (unsigned i = 0; i < t->taps; i++)
				z += t->tap[i] *
				     (double)row_at(w, at)[(long)k + (long)t->main_tap - (long)i];
			sum[s] += z;
			n[s]++;
		}
		for (int s = 0; s < 4; s++)
			sum[s] = n[s] > 0 ? sum[s] / n[s] : NAN;
		width = sum[3] - sum[0];
		if (width > widest) {
			widest = width;
			memcpy(best, sum, sizeof(best));
		}
	}
	return lw_level_mismatch(best);
}

static int check(const uint8_t *symbol, size_t n, unsigned samples,
		 const struct lw_tdecq_options *o, struct lw_error *reterr)
{
	if (samples < 4 || samples > 128 || n < 64 || n > 1u << 24)
		return lw_fail(reterr, LW_EINVAL,
			       "%zu symbols of %u samples: 64 symbols and more, 4 "
			       "to 128 samples each",
			       n, samples);
	if (!o->taps || o->taps > LW_TDECQ_TAPS || o->main_last >= o->taps)
		return lw_fail(reterr, LW_EINVAL, "a reference equaliser of %u taps, 1 to %d",
			       o->taps, LW_TDECQ_TAPS);
	if (!(o->baud_gbd > 0 && o->ser > 0 && o->ser < 0.5 && o->q > 0 && o->offset >= 0 &&
	      o->offset < 0.5 && o->width >= 0 && o->width < 0.5 && o->threshold_freedom >= 0 &&
	      o->threshold_freedom < 0.16 && o->scope_rms >= 0))
		return lw_fail(reterr, LW_EINVAL,
			       "an option of TDECQ is out of range; the signalling "
			       "rate must be given");
	for (size_t i = 0; i < n; i++)
		if (symbol[i] > 3)
			return lw_fail(reterr, LW_EINVAL, "symbol %zu is %u, no level of PAM4", i,
				       symbol[i]);
	return 0;
}

static int measure(struct lw_tdecq_work *w, struct lw_tdecq *ret, struct lw_error *reterr)
{
	const double one = 1;
	double crossing = lw_tdecq_crossing(w, &one, 1, 0);
	struct lw_tdecq_look look;
	int r = measure_levels(w, crossing, reterr);

	if (r)
		return r;
	memset(ret, 0, sizeof(*ret));
	w->warm = w->oma / 24;
	ret->taps = w->opt->taps;
	if (w->opt->fixed_tap) {
		memcpy(ret->tap, w->opt->fixed_tap, ret->taps * sizeof(ret->tap[0]));
		for (unsigned i = 1; i < ret->taps; i++)
			if (fabs(ret->tap[i]) > fabs(ret->tap[ret->main_tap]))
				ret->main_tap = i;
	} else {
		w->crossing0 = crossing;
		lw_tdecq_search(w, ret->tap, &ret->main_tap);
	}
	ret->crossing = lw_tdecq_crossing(w, ret->tap, ret->taps, ret->main_tap);
	lw_tdecq_look(w, ret->tap, ret->taps, ret->main_tap, ret->crossing, &look);
	ret->tdecq_db = look.db;
	ret->oma = w->oma;
	ret->average = w->average;
	ret->er_db = lw_phy_er_db(w->average, w->oma);
	ret->rlm = mismatch(w, ret);
	ret->ceq = look.ceq;
	ret->noise_rms = look.noise_rms;
	memcpy(ret->ser, look.ser, sizeof(ret->ser));
	memcpy(ret->threshold, look.threshold, sizeof(ret->threshold));
	ret->evaluations = w->evaluations;
	return 0;
}

int lw_tdecq_measure(const float *wave, const uint8_t *symbol, size_t n, unsigned samples,
		     const struct lw_tdecq_options *opt, struct lw_tdecq *ret,
		     struct lw_error *reterr)
{
	struct lw_tdecq_work w = {.opt = opt,
				  .kernel = lw_kernel_find(LW_CPU_BEST),
				  .symbol = symbol,
				  .n = n,
				  .samples = samples};
	int r = check(symbol, n, samples, opt, reterr);

	if (r)
		return r;
	r = load(&w, wave, reterr);
	if (!r)
		r = measure(&w, ret, reterr);
	free(w.rows);
	free(w.phase);
	free(w.tail);
	free(w.hist);
	return r;
}
