/* SPDX-License-Identifier: Apache-2.0 */
#include <lanewise/formula.h>
#include <math.h>

/*
 * Limits of a counted ratio. With n errors seen, the mean m of a Poisson distribution is above the
 * upper limit when n or fewer come with probability below 1 - c; that probability is the upper
 * incomplete gamma function Q(n + 1, m). The lower limit is where n or more do: P(n, m).
 */

enum { STEPS = 200 };

/* P(a, x), the lower incomplete gamma function by gamma(a): series below, fraction above a + 1
 * (Abramowitz and Stegun 6.5.29, 6.5.31). */
static double gamma_p(double a, double x)
{
	int sign;
	double front, sum, term, b, c, d;

	if (x <= 0)
		return 0;
	front = exp(a * log(x) - x - lgamma_r(a, &sign));
	if (x < a + 1) {
		sum = term = 1 / a;
		for (double n = a + 1; term > sum * 1e-17; n++)
			sum += term *= x / n;
		return sum * front;
	}
	b = x + 1 - a;
	c = 1e300;
	sum = d = 1 / b;
	for (double i = 1; i < 1e6; i++) { /* Lentz */
		double an = i * (a - i), step;

		b += 2;
		d = 1 / (an * d + b);
		c = b + an / c;
		step = c * d;
		sum *= step;
		if (fabs(step - 1) < 1e-16)
			break;
	}
	return 1 - sum * front;
}

/* The x at which P(a, x) is `p`: halved to the last digit, since it is asked for once a report. */
static double gamma_inverse(double a, double p)
{
	double low = 0, high = a + 10 * sqrt(a) + 50;

	if (p <= 0)
		return 0;
	while (gamma_p(a, high) < p && high < 1e300)
		high *= 2;
	for (unsigned i = 0; i < STEPS && high - low > 1e-15 * high; i++) {
		double middle = (low + high) / 2;

		if (gamma_p(a, middle) < p)
			low = middle;
		else
			high = middle;
	}
	return (low + high) / 2;
}

/* The quantile of the normal distribution, for counts so large that gamma_p() would take long. */
static double normal(double p)
{
	double low = -40, high = 40;

	for (unsigned i = 0; i < STEPS && high - low > 1e-14; i++) {
		double middle = (low + high) / 2;

		if (erfc(-middle / M_SQRT2) / 2 < p)
			low = middle;
		else
			high = middle;
	}
	return (low + high) / 2;
}

/* Wilson and Hilferty: the cube root of a gamma variate is all but normal. */
static double cube(double a, double p)
{
	double root = 1 - 1 / (9 * a) + normal(p) / (3 * sqrt(a));

	return a * root * root * root;
}

static double quantile(double a, double p)
{
	return a > 1e5 ? cube(a, p) : gamma_inverse(a, p);
}

static bool valid(double errors, double bits, double confidence)
{
	return errors >= 0 && bits > 0 && errors <= bits && confidence > 0 && confidence < 1;
}

double lw_phy_ber_upper(double errors, double bits, double confidence)
{
	if (!valid(errors, bits, confidence))
		return NAN;
	if (errors == 0) /* closed: exp(-m) = 1 - c */
		return fmin(-log1p(-confidence) / bits, 1);
	return fmin(quantile(errors + 1, confidence) / bits, 1);
}

double lw_phy_ber_lower(double errors, double bits, double confidence)
{
	if (!valid(errors, bits, confidence))
		return NAN;
	return errors == 0 ? 0 : quantile(errors, 1 - confidence) / bits;
}

double lw_phy_ber_bits(double ber, double confidence)
{
	if (!(ber > 0 && ber <= 1 && confidence > 0 && confidence < 1))
		return NAN;
	return -log1p(-confidence) / ber;
}
