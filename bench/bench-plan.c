/* SPDX-License-Identifier: Apache-2.0 */
/* Whole fabrics: planned, every lane judged, the cable schedule written. */
#include "bench.h"

#include <lanewise/planner.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

#define ROWS 4096u /* of the schedule at once */

/** Bars of seconds, 0: none. */
struct size {
	unsigned servers;
	double plan_bar_s, all_bar_s;
};

/* Four planes of two tiers with 512 ports of 200G; each server has eight NICs of four ports. */
static int plan(unsigned servers, struct lw_arena *arena, struct lw_intent *x,
		struct lw_planner *ret)
{
	struct lw_buf text = LW_BUF_INIT;
	struct lw_error e;
	int rc;

	lw_buf_printf(
		&text,
		"intent: bench\ntopology: multi-plane\nplanes: 4\nuplink: 200G\nleaf: "
		"64x1.6t-osfp\nspine: 64x1.6t-osfp\nservers: {count: %u, per_rack: 8, gpus: 8, "
		"nics: 8, form: OSFP1600, mode: 4x200G(4), height_u: 4}\nroom: {rows: 40, racks: "
		"60}\ngrowth: {servers: %u}\n",
		servers, servers);
	rc = lw_intent_load(lw_buf_str(&text), text.len, "bench", NULL, NULL, arena, x, &e);
	if (!rc)
		rc = lw_planner_make(x, NULL, NULL, ret, &e);
	lw_buf_finish(&text);
	if (rc)
		fprintf(stderr, "bench: %s\n", e.message);
	return rc ? -1 : 0;
}

static int bench_size(const struct size *s)
{
	struct lw_buf rows = LW_BUF_INIT;
	struct lw_arena arena;
	struct lw_planner p;
	struct lw_intent x;
	struct rusage usage;
	double start = bench_cpu_seconds(), planned, written;
	uint64_t bytes = 0, up = 0;

	lw_arena_init(&arena, 0);
	if (plan(s->servers, &arena, &x, &p)) {
		lw_arena_finish(&arena);
		return 1;
	}
	planned = bench_cpu_seconds() - start;
	for (uint64_t i = 0; i < p.link_n; i += ROWS) {
		lw_planner_csv(&p, i, ROWS, &rows);
		bytes += rows.len;
		lw_buf_clear(&rows);
	}
	written = bench_cpu_seconds() - start;
	for (unsigned i = 0; i < p.joint_n; i++)
		up += p.joint[i].verdict_n[LW_UP];
	getrusage(RUSAGE_SELF, &usage);
	printf("plan %6u GPUs %8zu links, %4zu classes %8.3f s %10.0f links/s; with %5.1f MB of "
	       "schedule %7.3f s %9.0f links/s; %ld MiB",
	       s->servers * 8, p.link_n, p.class_n, planned, (double)p.link_n / planned,
	       (double)bytes / 1e6, written, (double)p.link_n / written, usage.ru_maxrss / 1024);
	if (s->plan_bar_s > 0)
		printf("   %.0f x faster than the bar of %g s", s->plan_bar_s / planned,
		       s->plan_bar_s);
	if (s->all_bar_s > 0)
		printf("   %.0f x faster than the bar of %g s", s->all_bar_s / written,
		       s->all_bar_s);
	printf("\n");
	lw_buf_finish(&rows);
	if (up != p.link_n)
		fprintf(stderr, "bench: %llu of %zu links come up\n", (unsigned long long)up,
			p.link_n);
	lw_arena_finish(&arena);
	return up != p.link_n;
}

int bench_plans(void)
{
	static const struct size sizes[] = {
		{512, 0, 0}, {2048, 0, 0}, {4096, 1, 0}, {8192, 0, 0}, {12288, 0, 10}};
	int failed = 0;

	for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++)
		failed |= bench_size(&sizes[i]);
	return failed;
}
