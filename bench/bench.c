/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How fast the main paths run, one thread, in one table.
 *
 * The cases take turns, a slice of CPU time each, for several rounds, so that a busy or throttled
 * machine slows all of them; medians are shown. Each is held to a floor that took turns with it:
 * copying the bytes that go in or come out. Numbers of different machines do not compare; ratios
 * do.
 *
 * bench --up: only how fast fabrics come up. bench --speed [MODULES]: only how fast 512 modules and
 * their host run in virtual time. bench --plan: only how fast fabrics are planned.
 * bench [PEER]: PEER decodes the same dump to a document of its own. It takes its turn in each
 * round as `PEER DUMP SECONDS` and prints how many documents it wrote per CPU second
 * (bench/peer-ethtool.sh).
 */
#include "bench.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ROUNDS  9
#define SLICE_S 0.05
#define MODULES 512 /* of the bars of issue 4: 64 cages of 8 switches */

/* One turn of a case: how often a second it does its work. */
static double turn(const struct bench_case *c)
{
	double start = bench_cpu_seconds(), spent;
	size_t n = 0;

	do {
		c->run(c->ctx);
		n++;
		spent = bench_cpu_seconds() - start;
	} while (spent < SLICE_S);
	return (double)n * c->batch / spent;
}

static int peer_turn(const char *peer, double *ret)
{
	char command[1024];
	FILE *f;
	int n;

	snprintf(command, sizeof(command), "'%s' %s %g", peer, BENCH_DUMP, SLICE_S);
	f = popen(command, "r");
	n = f ? fscanf(f, "%lf", ret) : 0;
	if (!f || pclose(f) || n != 1) {
		fprintf(stderr, "bench: %s failed\n", command);
		return -1;
	}
	return 0;
}

static int by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double median(double v[ROUNDS])
{
	qsort(v, ROUNDS, sizeof(*v), by_size);
	return v[ROUNDS / 2];
}

static void print_case(const struct bench_case *c, double rate, double floor_rate, double peer_rate)
{
	printf("%-42s %12.0f /s %10.3f us", c->name, rate, 1e6 / rate);
	if (c->is_floor)
		printf("   floor");
	else
		printf(" %7.1f x", floor_rate / rate);
	if (c->bar > 0)
		printf("   %.1f x the bar of %.0f /s", rate / c->bar, c->bar);
	if (c->is_peer && peer_rate > 0)
		printf("   %.1f x the peer's rate", rate / peer_rate);
	printf("\n");
}

static int bench_table(const char *peer)
{
	static struct bench_case cases[BENCH_CASES_MAX];
	static double rates[BENCH_CASES_MAX][ROUNDS], peer_rates[ROUNDS];
	double floor_rate = 0, peer_rate = 0;
	size_t n = 0;

	if (bench_add_decode(cases, &n) || bench_add_link(cases, &n) || bench_add_chain(cases, &n))
		return -1;
	for (int round = 0; round < ROUNDS; round++) {
		for (size_t i = 0; i < n; i++)
			rates[i][round] = turn(&cases[i]);
		if (peer && peer_turn(peer, &peer_rates[round]))
			return -1;
	}
	if (peer)
		peer_rate = median(peer_rates);
	for (size_t i = 0; i < n; i++) {
		double rate = median(rates[i]);

		if (cases[i].is_floor)
			floor_rate = rate;
		print_case(&cases[i], rate, floor_rate, peer_rate);
	}
	if (peer)
		printf("%-42s %12.0f /s %10.3f us\n", "peer: the same dump to text, written",
		       peer_rate, 1e6 / peer_rate);
	return 0;
}

static int bench_fabrics(void)
{
	return bench_up(64, "2x400G") || bench_up(64, "8x100G") || bench_speed(MODULES, "2x400G");
}

int main(int argc, char **argv)
{
	if (argc > 1 && strcmp(argv[1], "--speed") == 0)
		return bench_speed(argc > 2 ? (unsigned)atoi(argv[2]) : MODULES, "2x400G");
	if (argc > 2) {
		fprintf(stderr,
			"usage: bench [--up | --speed [MODULES] | --plan | --phy | PEER]\n");
		return 2;
	}
	if (argc > 1 && strcmp(argv[1], "--up") == 0)
		return bench_fabrics();
	if (argc > 1 && strcmp(argv[1], "--phy") == 0)
		return bench_phy();
	if (argc > 1 && strcmp(argv[1], "--plan") == 0)
		return bench_plans();
	return bench_table(argc > 1 ? argv[1] : NULL) || bench_plans() || bench_fabrics() ||
	       bench_phy();
}
