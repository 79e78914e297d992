/* SPDX-License-Identifier: Apache-2.0 */
/* Links: one judged, and whole fabrics brought up on virtual modules. */
#include "bench.h"

#include <lanewise/engine.h>
#include <lanewise/lab.h>
#include <stdio.h>
#include <string.h>

#define BATCH 10

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

struct one_link {
	struct lw_buf yaml;
	char copy[4096];
	struct lw_arena arena; /* holds `fabric` */
	struct lw_fabric fabric;
	struct lw_arena scratch;
};

static int check(const struct lw_buf *yaml, struct lw_arena *arena, struct lw_fabric *ret)
{
	struct lw_error e;

	lw_arena_init(arena, 0);
	if (lw_fabric_load(lw_buf_str(yaml), yaml->len, "bench", arena, ret, &e) ||
	    lw_fabric_resolve(ret, NULL, NULL, &e)) {
		fprintf(stderr, "bench: %s\n", e.message);
		return -1;
	}
	return 0;
}

static void copy_yaml(void *ctx)
{
	struct one_link *l = ctx;

	for (int i = 0; i < BATCH; i++) {
		memcpy(l->copy, l->yaml.s, l->yaml.len);
		__asm__ volatile("" : : "r"(l) : "memory");
	}
}

static void check_link(void *ctx)
{
	struct one_link *l = ctx;

	for (int i = 0; i < BATCH; i++) {
		struct lw_fabric f;

		check(&l->yaml, &l->scratch, &f);
		lw_arena_finish(&l->scratch);
	}
}

/* As fabric/judge.c sees the end, for parts of the catalogue. */
static struct lw_link_end end_of(const struct lw_fabric *f, int e)
{
	const struct lw_flink *l = &f->links[0];
	const struct lw_cage *c = &f->cages[l->cage[e]];

	return (struct lw_link_end){
		.name = c->id,
		.cage = c->form,
		.plug = c->part->form,
		.adapter = c->adapter,
		.mode = c->mode_text,
		.ports = c->mode.n,
		.port = &c->mode.port[l->port[e]],
		.part = c->part->name,
		.power_w = c->part->power_w,
		.abilities = c->abilities,
		.ability_n = c->ability_n,
		.chosen = l->chosen[e],
		.face = &c->abilities[l->chosen[e]],
	};
}

static void judge_link(void *ctx)
{
	struct one_link *l = ctx;
	const struct lw_cable *cable = &l->fabric.cables[0];
	struct lw_link_end a = end_of(&l->fabric, 0), b = end_of(&l->fabric, 1);
	const struct lw_connector *socket =
		a.face->pmd ? l->fabric.cages[0].part->receptacle : NULL;
	struct lw_link_path path = {
		.cord = cable->cord,
		.grade = cable->grade,
		.length_m = cable->length_m,
		.a_connector = socket ? socket->body : NULL,
		.b_connector = socket ? socket->body : NULL,
		.a_polish = socket ? socket->polish : NULL,
		.b_polish = socket ? socket->polish : NULL,
		.lanes = l->fabric.links[0].media_lanes,
	};

	for (int i = 0; i < BATCH; i++) {
		struct lw_findings findings;
		enum lw_verdict verdict;
		struct lw_error e;

		lw_arena_init(&l->scratch, 0);
		lw_findings_init(&findings, &l->scratch);
		lw_link_judge("link", &a, &b, &path, &findings, &verdict, &e);
		lw_arena_finish(&l->scratch);
	}
}

int bench_add_link(struct bench_case ret[BENCH_CASES_MAX], size_t *inout_n)
{
	static struct one_link l;
	const struct bench_case cases[] = {
		{"copy a fabric file of one link", copy_yaml, &l, BATCH, .is_floor = true},
		{"lw_link_judge: one link, every rule", judge_link, &l, BATCH, .bar = 1e3},
		{"load the file, decode both ends, judge", check_link, &l, BATCH, .bar = 1e3},
	};

	fabric_yaml(&l.yaml, 1, "1x800G");
	if (check(&l.yaml, &l.arena, &l.fabric))
		return -1;
	if (l.fabric.link_n != 1 || l.fabric.links[0].verdict != LW_UP ||
	    l.yaml.len > sizeof(l.copy)) {
		fprintf(stderr, "bench: the one link is not up\n");
		return -1;
	}
	memcpy(ret + *inout_n, cases, sizeof(cases));
	*inout_n += sizeof(cases) / sizeof(*cases);
	return 0;
}

/* Run the engine until every link is as wanted. @return virtual time then */
static struct lw_mono settle(struct lw_engine *eng, struct lw_world *world)
{
	struct lw_mono now = {0};

	for (;;) {
		struct lw_mono due;

		lw_world_advance(world, now);
		due = lw_mono_min(lw_engine_run(eng, now), lw_world_next(world));
		if (lw_engine_settled(eng, now))
			return now;
		now = due;
	}
}

int bench_up(unsigned modules, const char *mode)
{
	struct lw_buf yaml = LW_BUF_INIT;
	struct lw_mono end, last = {0};
	struct lw_fabric f;
	struct lw_engine eng;
	struct lw_arena arena;
	struct lw_lab lab;
	struct lw_error e;
	double start, checked, done;
	uint64_t writes = 0, reads = 0, polls = 0;

	fabric_yaml(&yaml, modules, mode);
	start = bench_cpu_seconds();
	if (check(&yaml, &arena, &f))
		return 1;
	checked = bench_cpu_seconds();
	if (lw_lab_init(&lab, &f, 1, &e) || lw_engine_init(&eng, &f, lab.bus, lw_lab_carrier, &lab,
							   &arena, (struct lw_mono){0}, &e)) {
		fprintf(stderr, "bench: %s\n", e.message);
		return 1;
	}
	end = settle(&eng, lab.world);
	done = bench_cpu_seconds();
	for (size_t i = 0; i < f.link_n; i++)
		if (lw_mono_before(last, eng.link[i].up_at))
			last = eng.link[i].up_at;
	for (size_t i = 0; i < f.cage_n; i++) {
		writes += lab.bus[i]->stats.writes;
		reads += lab.bus[i]->stats.reads;
		polls += lab.bus[i]->stats.polls;
	}
	printf("%zu links of %u modules, %s: judged at %.0f links/s; last up after %.3f s, run at "
	       "%.0f x real time; per module %.1f writes %.1f reads %.1f polls\n",
	       f.link_n, 2 * modules, mode, (double)f.link_n / (checked - start),
	       (double)last.ns / 1e9, (double)end.ns / 1e9 / (done - checked),
	       (double)writes / (2.0 * modules), (double)reads / (2.0 * modules),
	       (double)polls / (2.0 * modules));
	lw_lab_finish(&lab);
	lw_arena_finish(&arena);
	lw_buf_finish(&yaml);
	return 0;
}
