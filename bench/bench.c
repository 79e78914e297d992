/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How fast the main paths run, one thread. Each line is the best of several rounds of at least
 * 0.2 s, beside a floor measured in the same run: what the machine needs to copy the same bytes or
 * to walk the same modules once. Numbers of different machines do not compare; ratios do.
 */
#include <lanewise/engine.h>
#include <lanewise/lab.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define ROUNDS 5

static double seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* Calls per second of `f`, best round. */
static double rate(void (*f)(void *), void *ctx)
{
	double best = 0;

	for (int round = 0; round < ROUNDS; round++) {
		double start = seconds(), now;
		size_t n = 0;

		do {
			f(ctx);
			n++;
			now = seconds();
		} while (now - start < 0.2);
		if ((double)n / (now - start) > best)
			best = (double)n / (now - start);
	}
	return best;
}

struct decode {
	struct lw_image img;
	struct lw_view view;
	struct lw_facts facts;
	uint8_t copy[8][128];
	struct lw_buf text;
};

/* The loop of a batch keeps the clock out of what is measured. */
#define BATCH 100

static void decode_typed(void *ctx)
{
	struct decode *d = ctx;

	for (int i = 0; i < BATCH; i++)
		lw_facts_decode(&d->view, &d->facts);
}

static void decode_json(void *ctx)
{
	struct decode *d = ctx;
	struct lw_json j;

	for (int i = 0; i < BATCH; i++) {
		lw_facts_decode(&d->view, &d->facts);
		lw_buf_clear(&d->text);
		lw_json_init(&j, &d->text);
		lw_facts_json(&d->facts, "bench", NULL, &j);
	}
}

static void copy_pages(void *ctx)
{
	struct decode *d = ctx;

	for (int i = 0; i < BATCH; i++) {
		size_t n = 0;

		for (unsigned s = 0; s < LW_SLOTS_MAX && n < 8; s++)
			if (d->view.slot[0][s])
				memcpy(d->copy[n++], d->view.slot[0][s], 128);
		__asm__ volatile("" : : "r"(d->copy) : "memory");
	}
}

static int read_file(const char *path, char *buf, size_t size, size_t *ret)
{
	FILE *f = fopen(path, "rb");

	if (!f) {
		fprintf(stderr, "bench: %s cannot be opened; run it from the source folder\n",
			path);
		return -1;
	}
	*ret = fread(buf, 1, size, f);
	fclose(f);
	return 0;
}

static int bench_decode(void)
{
	static struct decode d;
	static char dump[65536];
	struct lw_error e;
	double typed, json, floor_rate;
	size_t n;

	if (read_file("tests/golden/cmis-arista-networks-qdd-400g-xdr4-xkt231212112/dump.bin", dump,
		      sizeof(dump), &n) ||
	    lw_image_parse((const uint8_t *)dump, n, "dump", &d.img, &e))
		return 1;
	lw_image_view(&d.img, &d.view);
	floor_rate = rate(copy_pages, &d) * BATCH;
	typed = rate(decode_typed, &d) * BATCH;
	json = rate(decode_json, &d) * BATCH;
	printf("%-44s %12.0f /s\n", "copy the pages (floor)", floor_rate);
	printf("%-44s %12.0f /s  %6.1f x floor time\n", "decode CMIS dump to typed facts", typed,
	       floor_rate / typed);
	printf("%-44s %12.0f /s  %6.1f x floor time\n", "decode CMIS dump to JSON", json,
	       floor_rate / json);
	lw_buf_finish(&d.text);
	return 0;
}

static void fabric_yaml(struct lw_buf *b, unsigned modules, const char *mode)
{
	lw_buf_puts(b, "fabric: bench\ndevices:\n");
	for (unsigned side = 0; side < 2; side++) {
		lw_buf_printf(b, "  s%u:\n    cages:\n", side);
		for (unsigned i = 0; i < modules; i++)
			lw_buf_printf(b,
				      "      p%u: {form: OSFP, mode: %s, module: OSFP-800G-DR8}\n",
				      i, mode);
	}
	lw_buf_puts(b, "cables:\n");
	for (unsigned i = 0; i < modules; i++)
		lw_buf_printf(b,
			      "  - {id: c%u, cord: mpo16, fibre: OS2, length_m: 30, a: s0/p%u, "
			      "b: [s1/p%u]}\n",
			      i, i, i);
}

/* Load, resolve, judge; then bring all up in virtual time. */
static int bench_fabric(unsigned modules, const char *mode)
{
	struct lw_buf yaml = LW_BUF_INIT;
	struct lw_mono now = {0}, last = {0};
	struct lw_fabric f;
	struct lw_engine eng;
	struct lw_arena arena;
	struct lw_lab lab;
	struct lw_error e;
	double start, checked, done;
	uint64_t writes = 0, reads = 0, polls = 0;

	fabric_yaml(&yaml, modules, mode);
	lw_arena_init(&arena, 0);
	start = seconds();
	if (lw_fabric_load(lw_buf_str(&yaml), yaml.len, "bench", &arena, &f, &e) ||
	    lw_fabric_resolve(&f, NULL, NULL, &e)) {
		fprintf(stderr, "bench: %s\n", e.message);
		return 1;
	}
	checked = seconds();
	if (lw_lab_init(&lab, &f, 1, &e) ||
	    lw_engine_init(&eng, &f, lab.bus, lw_lab_carrier, &lab, &arena, now, &e)) {
		fprintf(stderr, "bench: %s\n", e.message);
		return 1;
	}
	for (;;) {
		struct lw_mono due;

		lw_world_advance(lab.world, now);
		due = lw_mono_min(lw_engine_run(&eng, now), lw_world_next(lab.world));
		if (lw_engine_settled(&eng, now))
			break;
		now = due;
	}
	done = seconds();
	for (size_t i = 0; i < f.link_n; i++)
		if (lw_mono_before(last, eng.link[i].up_at))
			last = eng.link[i].up_at;
	for (size_t i = 0; i < f.cage_n; i++) {
		writes += lab.bus[i]->stats.writes;
		reads += lab.bus[i]->stats.reads;
		polls += lab.bus[i]->stats.polls;
	}
	printf("%-44s %12.0f links/s\n", "check: load, join, judge",
	       (double)f.link_n / (checked - start));
	printf("up %2u modules %-8s last link after %6.3f s, %4.0f x real time, per module: %.1f "
	       "writes "
	       "%.1f reads %.1f polls\n",
	       2 * modules, mode, (double)last.ns / 1e9, (double)now.ns / 1e9 / (done - checked),
	       (double)writes / (2.0 * modules), (double)reads / (2.0 * modules),
	       (double)polls / (2.0 * modules));
	lw_lab_finish(&lab);
	lw_arena_finish(&arena);
	lw_buf_finish(&yaml);
	return 0;
}

int main(void)
{
	return bench_decode() || bench_fabric(32, "2x400G") || bench_fabric(32, "8x100G");
}
