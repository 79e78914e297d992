/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whole fabrics. plan: made from an intent, cables alike judged once, the schedule and the
 * switches' SONiC configuration written. file: the same fabric read from its lists, every link
 * joined and judged by itself, and rendered: what `plan --fabric`, `check` and `render` do.
 */
#include "bench.h"

#include <lanewise/planner.h>
#include <lanewise/render.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

#define ROWS    4096u /* of the schedule at once */
#define DEVICES 32u   /* rendered at once */

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

static int count_bytes(void *ctx, const struct lw_render_device *d, struct lw_error *reterr)
{
	uint64_t *bytes = ctx;

	(void)reterr;
	*bytes += strlen(d->config) + strlen(d->verify) + strlen(d->undo);
	return 0;
}

static int render(const struct lw_fabric *f, const char *const *need, struct lw_arena *arena,
		  uint64_t *bytes, struct lw_error *reterr)
{
	const struct lw_render_options o = {
		.nos = lw_nos_find("sonic"), .need = need, .sink = count_bytes, .sink_ctx = bytes};
	struct lw_findings findings;

	lw_findings_init(&findings, arena);
	return lw_render(f, &o, &findings, reterr);
}

/* As `lanewise plan --nos` does: some switches at a time. */
static int render_plan(const struct lw_planner *p, uint64_t *bytes)
{
	struct lw_buf text = LW_BUF_INIT;
	struct lw_error e;
	int rc = 0;

	for (unsigned t = LW_TIER_LEAF; t < p->tier_n; t++)
		for (uint32_t d = 0; !rc && d < p->tier[t].planes * p->tier[t].per_plane;
		     d += DEVICES) {
			struct lw_arena arena;
			struct lw_fabric f;
			const char **need;

			lw_buf_clear(&text);
			lw_arena_init(&arena, 0);
			lw_planner_devices(p, t, d, DEVICES, &text);
			rc = lw_fabric_load(lw_buf_str(&text), text.len, "bench", &arena, &f, &e);
			if (!rc)
				rc = lw_fabric_resolve(&f, NULL, NULL, &e);
			need = lw_arena_alloc(&arena, (rc ? 1 : f.cage_n + 1) * sizeof(*need));
			if (!rc)
				lw_planner_needs(p, t, d, DEVICES, need, f.cage_n);
			if (!rc)
				rc = render(&f, need, &arena, bytes, &e);
			lw_arena_finish(&arena);
		}
	if (rc)
		fprintf(stderr, "bench: %s\n", e.message);
	lw_buf_finish(&text);
	return rc;
}

static long peak_mib(void)
{
	struct rusage usage;

	getrusage(RUSAGE_SELF, &usage);
	return usage.ru_maxrss / 1024;
}

static void print_bar(double bar_s, double s)
{
	if (bar_s > 0)
		printf("   %.0f x faster than the bar of %g s", bar_s / s, bar_s);
	printf("\n");
}

static int bench_size(const struct size *s)
{
	struct lw_buf rows = LW_BUF_INIT;
	struct lw_arena arena;
	struct lw_planner p;
	struct lw_intent x;
	double start = bench_cpu_seconds(), planned, written, rendered;
	uint64_t bytes = 0, config = 0, up = 0;
	int failed;

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
	failed = render_plan(&p, &config);
	rendered = bench_cpu_seconds() - start;
	for (unsigned i = 0; i < p.joint_n; i++)
		up += p.joint[i].verdict_n[LW_UP];
	printf("plan %6u GPUs %8zu links, %4zu classes %8.3f s %10.0f links/s", s->servers * 8,
	       p.link_n, p.class_n, planned, (double)p.link_n / planned);
	print_bar(s->plan_bar_s, planned);
	printf("     and %5.1f MB of schedule %.3f s, and %5.1f MB of configuration %7.3f s %9.0f "
	       "links/s, %ld MiB",
	       (double)bytes / 1e6, written, (double)config / 1e6, rendered,
	       (double)p.link_n / rendered, peak_mib());
	print_bar(s->all_bar_s, rendered);
	if (up != p.link_n)
		fprintf(stderr, "bench: %llu of %zu links come up\n", (unsigned long long)up,
			p.link_n);
	lw_buf_finish(&rows);
	lw_arena_finish(&arena);
	return failed || up != p.link_n;
}

/** The lists of a fabric file, kept in memory. */
struct lists {
	struct lw_buf cages, cables;
};

static int read_list(void *ctx, const char *path, struct lw_arena *arena, const char **ret,
		     size_t *ret_n, struct lw_error *reterr)
{
	struct lists *l = ctx;
	struct lw_buf *b = strcmp(path, "cages.csv") == 0 ? &l->cages : &l->cables;

	(void)arena;
	(void)reterr;
	*ret = lw_buf_str(b);
	*ret_n = b->len;
	return 0;
}

static int check_and_render(struct lists *l, const char *text, size_t n, const struct size *s,
			    double start)
{
	double listed = bench_cpu_seconds() - start, checked, rendered;
	uint64_t bytes = 0, up = 0;
	struct lw_arena arena;
	struct lw_fabric f;
	struct lw_error e;
	int rc;

	lw_arena_init(&arena, 0);
	rc = lw_fabric_load_lists(text, n, "bench", read_list, l, &arena, &f, &e);
	if (!rc)
		rc = lw_fabric_resolve(&f, NULL, NULL, &e);
	checked = bench_cpu_seconds() - start;
	if (!rc)
		rc = render(&f, NULL, &arena, &bytes, &e);
	rendered = bench_cpu_seconds() - start;
	if (rc) {
		fprintf(stderr, "bench: %s\n", e.message);
		lw_arena_finish(&arena);
		return 1;
	}
	for (size_t i = 0; i < f.link_n; i++)
		up += f.links[i].verdict == LW_UP;
	printf("file %6u GPUs %8zu links: planned and listed %.3f s, checked %.3f s, rendered %.3f "
	       "s "
	       "%9.0f links/s, %ld MiB",
	       s->servers * 8, f.link_n, listed, checked, rendered, (double)f.link_n / rendered,
	       peak_mib());
	print_bar(s->all_bar_s, rendered);
	rc = up != f.link_n;
	lw_arena_finish(&arena);
	return rc;
}

static int bench_file(const struct size *s)
{
	struct lists l = {LW_BUF_INIT, LW_BUF_INIT};
	struct lw_buf text = LW_BUF_INIT;
	double start = bench_cpu_seconds();
	struct lw_arena arena;
	struct lw_planner p;
	struct lw_intent x;
	int failed;

	lw_arena_init(&arena, 0);
	failed = plan(s->servers, &arena, &x, &p);
	if (!failed) {
		lw_planner_lists(&p, "cages.csv", "cables.csv", &text);
		lw_planner_cage_list(&p, 0, lw_planner_devices_n(&p), &l.cages);
		lw_planner_cable_list(&p, 0, p.cable_n, &l.cables);
		failed = text.failed || l.cages.failed || l.cables.failed;
	}
	lw_arena_finish(&arena);
	if (!failed)
		failed = check_and_render(&l, lw_buf_str(&text), text.len, s, start);
	lw_buf_finish(&text);
	lw_buf_finish(&l.cages);
	lw_buf_finish(&l.cables);
	return failed;
}

int bench_plans(void)
{
	static const struct size sizes[] = {
		{512, 0, 0}, {2048, 0, 0}, {4096, 1, 0}, {8192, 0, 0}, {12288, 0, 10}};
	int failed = 0;

	for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++)
		failed |= bench_size(&sizes[i]);
	for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++)
		failed |= bench_file(&sizes[i]);
	return failed;
}
