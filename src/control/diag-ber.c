/* SPDX-License-Identifier: Apache-2.0 */
#include <lanewise/diag.h>
#include <math.h>

/* Where the normal distribution takes the place of the exact one. */
#define MANY 1000

/* The part of Gamma(a) that lies below x: series below a + 1, continued fraction above. */
static double gamma_below(double a, double x)
{
	double front = exp(a * log(x) - x - lgamma(a));
	double sum = 1 / a, term = 1 / a, b, c, d, h;

	if (x <= 0)
		return 0;
	if (x < a + 1) {
		for (double n = a + 1; fabs(term) > fabs(sum) * 1e-15; n++) {
			term *= x / n;
			sum += term;
		}
		return sum * front;
	}
	b = x + 1 - a; /* Lentz's method */
	c = 1e300;
	d = 1 / b;
	h = d;
	for (double n = 1; n < 10000; n++) {
		double an = -n * (n - a), step;

		b += 2;
		d = an * d + b;
		c = b + an / c;
		d = 1 / (fabs(d) < 1e-300 ? 1e-300 : d);
		step = c * d;
		h *= step;
		if (fabs(step - 1) < 1e-14)
			break;
	}
	return 1 - front * h;
}

/* The x of which gamma_below(a, x) is p. */
static double gamma_quantile(double a, double p)
{
	double low = 0, high = a + 20 * sqrt(a) + 40;

	for (int i = 0; i < 200 && high - low > 1e-12 * high; i++) {
		double middle = (low + high) / 2;

		if (gamma_below(a, middle) < p)
			low = middle;
		else
			high = middle;
	}
	return (low + high) / 2;
}

/* How many standard deviations hold that part of a normal distribution, both sides. */
static double deviations(double confidence)
{
	double low = 0, high = 10;

	for (int i = 0; i < 100; i++) {
		double middle = (low + high) / 2;

		if (erf(middle / sqrt(2)) < confidence)
			low = middle;
		else
			high = middle;
	}
	return low;
}

void lw_ber_estimate(double errors, double bits, double confidence, struct lw_ber *ret)
{
	double tail = (1 - confidence) / 2;

	*ret = (struct lw_ber){.ber = NAN, .low = NAN, .high = NAN};
	if (!(bits > 0) || !(errors >= 0) || errors > bits || !(confidence > 0 && confidence < 1))
		return;
	ret->ber = errors / bits;
	if (errors == 0) {
		ret->low = 0;
		ret->high = -log(1 - confidence) / bits;
	} else if (errors < MANY) {
		ret->low = gamma_quantile(errors, tail) / bits;
		ret->high = gamma_quantile(errors + 1, 1 - tail) / bits;
	} else {
		double z = deviations(confidence), p = ret->ber;
		double whole = 1 + z * z / bits, middle = p + z * z / (2 * bits);
		double half = z * sqrt(p * (1 - p) / bits + z * z / (4 * bits * bits));

		ret->low = (middle - half) / whole;
		ret->high = (middle + half) / whole;
	}
	if (ret->high > 1)
		ret->high = 1;
}
