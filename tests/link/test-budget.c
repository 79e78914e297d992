/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The formula of the statistical budget (mean and three deviations, docs/design/link.md) against a
 * draw of a hundred thousand plants, in which every element's loss is drawn by itself.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "bench.h"

#include <math.h>
#include <string.h>

#define DRAWS 100000

/* Numbers that are the same everywhere: Knuth's MMIX generator, its upper half. */
static double uniform(uint64_t *state)
{
	*state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return ((double)(*state >> 32) + 0.5) / 4294967296.0;
}

static double normal(uint64_t *state)
{
	double u = uniform(state), v = uniform(state);

	return sqrt(-2 * log(u)) * cos(6.283185307179586 * v);
}

/* Marsaglia and Tsang's way, for shapes of 1 and more. */
static double gamma_of(double shape, uint64_t *state)
{
	double d = shape - 1.0 / 3, c = 1 / sqrt(9 * d);

	assert_true(shape >= 1);
	for (;;) {
		double x = normal(state), v = 1 + c * x;

		v = v * v * v;
		if (v > 0 && log(uniform(state)) < x * x / 2 + d - d * v + d * log(v))
			return d * v;
	}
}

/*
 * The loss of one element of one plant: between nothing and its largest, of its typical mean, with
 * a third of what lies between both as deviation (a beta distribution).
 */
static double draw(const struct lw_element *e, uint64_t *state)
{
	double mean = e->typ_db / e->max_db, sigma = (1 - mean) / 3;
	double t = mean * (1 - mean) / (sigma * sigma) - 1;
	double x = gamma_of(mean * t, state), y = gamma_of((1 - mean) * t, state);

	return e->max_db * x / (x + y);
}

/** What many plants lose. */
struct sample {
	double mean, deviation, most;
	unsigned above_likely, above_two; /* plants beyond three and two deviations */
};

static void sample_plants(const uint8_t *through, const struct lw_budget *b, double fixed_db,
			  struct sample *ret)
{
	size_t n;
	const struct lw_element *e = lw_elements(&n);
	double sum = 0, square = 0, two = b->mean_db + (b->likely_db - b->mean_db) * 2 / 3;
	uint64_t state = 1;

	*ret = (struct sample){0};
	for (unsigned k = 0; k < DRAWS; k++) {
		double db = fixed_db;

		for (size_t i = 0; i < n; i++)
			for (unsigned m = 0; m < through[i]; m++)
				db += draw(&e[i], &state);
		sum += db;
		square += db * db;
		ret->most = fmax(ret->most, db);
		ret->above_likely += db > b->likely_db;
		ret->above_two += db > two;
	}
	ret->mean = sum / DRAWS;
	ret->deviation = sqrt(square / DRAWS - ret->mean * ret->mean);
}

static unsigned element(const char *name)
{
	size_t n;
	const struct lw_element *e = lw_elements(&n);

	for (size_t i = 0; i < n; i++)
		if (!strcmp(e[i].name, name))
			return (unsigned)i;
	fail_msg("no element %s", name);
	return 0;
}

static void budget_likely_is_what_nearly_all_plants_stay_under(void **state)
{
	static const struct {
		const char *name[3];
		uint8_t n[3];
	} plants[] = {
		{{"mated", "splice", "cassette"}, {4, 2, 0}},
		{{"mated", "splice", "cassette"}, {2, 8, 2}},
		{{"mated-low-loss", "splice", "cassette-low-loss"}, {6, 12, 2}},
		{{"cassette", "splice", "mated"}, {4, 30, 0}},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(plants) / sizeof(plants[0]); i++) {
		struct lw_budget b;
		struct sample s;
		struct bench t;
		double sigma;

		make(&t, "QSFP112", "400GBASE-DR4", 1, "QSFP112", "400GBASE-DR4");
		t.path.length_m = 400;
		for (int k = 0; k < 3; k++)
			t.path.through[element(plants[i].name[k])] += plants[i].n[k];
		lw_link_budget(&t.a.end, &t.b.end, &t.path, &b);
		sample_plants(t.path.through, &b, 0.4 * 0.4, &s); /* 0.4 km of 0.4 dB each */
		sigma = (b.likely_db - b.mean_db) / 3;
		print_message("# plant %zu: mean %.3f dB (formula %.3f), deviation %.3f dB (%.3f), "
			      "1 of %.0f above %.2f dB, most %.2f dB of %.2f dB\n",
			      i, s.mean, b.mean_db, s.deviation, sigma,
			      s.above_likely ? (double)DRAWS / s.above_likely : INFINITY,
			      b.likely_db, s.most, b.loss_db);
		assert_true(fabs(s.mean - b.mean_db) < 0.005 * b.mean_db);
		assert_true(fabs(s.deviation - sigma) < 0.01 * sigma);
		/* losses lean to the high side: more than the 1 of 740 of a normal distribution */
		assert_in_range(s.above_likely, 1, DRAWS / 500);
		/* and it is no idle bound: one plant of 35 to 50 passes two deviations */
		assert_in_range(s.above_two, DRAWS / 50, DRAWS / 35);
		assert_true(s.most <= b.loss_db);
		done(&t);
	}
}

static void budget_of_one_element_is_its_largest_loss(void **state)
{
	struct lw_budget b;
	struct bench t;

	(void)state;
	make(&t, "QSFP112", "400GBASE-DR4", 1, "QSFP112", "400GBASE-DR4");
	t.path.through[element("mated")] = 1;
	lw_link_budget(&t.a.end, &t.b.end, &t.path, &b);
	assert_true(fabs(b.likely_db - b.loss_db) < 1e-9); /* statistics of one say nothing */
	done(&t);
}

static void budget_with_amplifiers_is_not_known(void **state)
{
	struct lw_budget b;
	struct bench t;

	(void)state;
	make(&t, "QSFP-DD", "400ZR", 1, "QSFP-DD", "400ZR");
	t.path.length_m = 60000;
	EXPECT(&t, "down", "loss-budget");
	t.path.through[element("amplifier")] = 2;
	lw_link_budget(&t.a.end, &t.b.end, &t.path, &b);
	assert_true(isnan(b.loss_db) && isnan(b.likely_db) && isnan(b.margin_db));
	EXPECT(&t, "up", "");
	done(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(budget_likely_is_what_nearly_all_plants_stay_under),
		cmocka_unit_test(budget_of_one_element_is_its_largest_loss),
		cmocka_unit_test(budget_with_amplifiers_is_not_known),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
