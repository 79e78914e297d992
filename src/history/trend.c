/* SPDX-License-Identifier: Apache-2.0 */
/* A straight line, how sure it is, and when it reaches a limit. */
#include "history-internal.h"

#include <math.h>

/* Of a normal distribution, two-sided 95 %: the line has 24 points at least. */
#define SIGMAS 1.96

/* Part of the time that is left when what goes with the other variable is taken away: below this
 * the two are one. */
#define ALIKE 1e-9

const char *lw_trend_verdict_name(enum lw_trend_verdict v)
{
	static const char *const names[] = {"unknown", "steady", "moving", "beyond", "stepped"};

	return (unsigned)v < sizeof(names) / sizeof(names[0]) ? names[v] : "unknown";
}

static double mean(const double *v, size_t n)
{
	double sum = 0;

	for (size_t i = 0; i < n; i++)
		sum += v[i];
	return sum / (double)n;
}

/* Sum of products of deviations. */
static double product(const double *a, double ma, const double *b, double mb, size_t n)
{
	double sum = 0;

	for (size_t i = 0; i < n; i++)
		sum += (a[i] - ma) * (b[i] - mb);
	return sum;
}

/* What the squares lose when each side of the best cut goes by its own average. */
static double step(const double *y, double my, const double *z, double mz, double by_z, size_t n)
{
	double sum = 0, best = 0;

	for (size_t i = 0; i + 1 < n; i++) {
		double k = (double)(i + 1), rest = (double)n - k;

		sum += y[i] - my - (z ? by_z * (z[i] - mz) : 0);
		best = fmax(best, sum * sum * (double)n / (k * rest));
	}
	return best;
}

void lw_trend_fit(const double *x, const double *y, const double *z, size_t n,
		  struct trend_line *ret)
{
	double mx = mean(x, n), my = mean(y, n), mz = z ? mean(z, n) : 0;
	double sxx = product(x, mx, x, mx, n), sxy = product(x, mx, y, my, n);
	double szz = z ? product(z, mz, z, mz, n) : 0, whole = sxx, by_z = 0;
	double ss = 0, syy = 0, lag = 0, before = 0, lately = 0, r, count;
	size_t last = n < LW_TREND_LATELY ? n : LW_TREND_LATELY;

	if (szz > 0) {
		double sxz = product(x, mx, z, mz, n), syz = product(y, my, z, mz, n);

		sxx -= sxz * sxz / szz;
		sxy -= sxz * syz / szz;
		/* what goes with z all the way cannot be told from it */
		if (sxx < ALIKE * whole)
			sxx = 0;
		by_z = (syz - (sxx > 0 ? sxy / sxx : 0) * sxz) / szz;
	}
	ret->slope = sxx > 0 ? sxy / sxx : 0;
	for (size_t i = 0; i < n; i++) {
		double d = y[i] - my - (z ? by_z * (z[i] - mz) : 0);
		double e = d - ret->slope * (x[i] - mx);

		syy += d * d;
		ss += e * e;
		lag += i ? e * before : 0;
		before = e;
		lately += i >= n - last ? d / (double)last : 0;
	}
	ret->lately = my + lately;
	/* residuals that resemble their neighbours: as many as n (1 - r) / (1 + r) free ones */
	r = ss > 0 ? lag / ss : 0;
	r = r < 0 ? 0 : r > 0.99 ? 0.99 : r;
	count = (double)n * (1 - r) / (1 + r);
	if (count < 3)
		count = 3;
	/* the variance of a residual by the points that count, of the slope by how far they reach
	 */
	ret->error = sxx > 0 ? SIGMAS * sqrt(ss / (double)n * count / (count - 2) * (double)n /
					     count / sxx)
			     : (double)INFINITY;
	ret->at_end = my + ret->slope * (x[n - 1] - mx);
	ret->stepped = syy - step(y, my, z, mz, by_z, n) < ss;
}

/* When a line of that slope gets from here to the limit; INFINITY: never. */
static double reach(double from, double slope, double limit)
{
	double days = (limit - from) / slope;

	return slope == 0 || days < 0 ? (double)INFINITY : days;
}

/* Limits are those of struct lw_limits, in its order. */
void lw_trend_judge(struct lw_history_trend *t, const struct trend_line *line,
		    const double limit[4])
{
	static const char *const names[] = {"high-alarm", "low-alarm", "high-warning",
					    "low-warning"};
	bool rises = line->slope > 0;
	int alarm = rises ? 0 : 1, warning = rises ? 2 : 3;

	t->value = line->at_end;
	t->lately = line->lately;
	t->per_day = line->slope;
	t->per_day_low = line->slope - line->error;
	t->per_day_high = line->slope + line->error;
	for (int k = 0; k < 2; k++) {
		double over = k ? limit[1] - t->value : t->value - limit[0];

		if (!isnan(limit[k]) && over >= 0) {
			t->verdict = LW_TREND_BEYOND;
			t->limit_name = names[k];
			t->limit = limit[k];
			t->days = t->days_low = t->days_high = 0;
			return;
		}
	}
	t->verdict = !(fabs(line->slope) > line->error) ? LW_TREND_STEADY
		     : line->stepped                    ? LW_TREND_STEPPED
							: LW_TREND_MOVING;
	if (t->verdict != LW_TREND_MOVING)
		return;
	for (int k = 0; k < 2 && !t->limit_name; k++) {
		int i = k ? alarm : warning;

		if (isnan(limit[i]) || (rises ? t->value >= limit[i] : t->value <= limit[i]))
			continue;
		t->limit_name = names[i];
		t->limit = limit[i];
		t->days = reach(t->value, line->slope, limit[i]);
		t->days_low = reach(t->value, rises ? t->per_day_high : t->per_day_low, limit[i]);
		t->days_high = reach(t->value, rises ? t->per_day_low : t->per_day_high, limit[i]);
	}
}
