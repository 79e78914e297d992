/* SPDX-License-Identifier: Apache-2.0 */
/* Links: one judged. */
#include "bench.h"

#include <lanewise/fabric.h>
#include <stdio.h>
#include <string.h>

#define BATCH 10

struct one_link {
	struct lw_buf yaml;
	char copy[4096];
	struct lw_arena arena; /* holds `fabric` */
	struct lw_fabric fabric;
	struct lw_arena scratch;
};

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

		bench_fabric(&l->yaml, &l->scratch, &f);
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

	bench_fabric_yaml(&l.yaml, 1, "1x800G");
	if (bench_fabric(&l.yaml, &l.arena, &l.fabric))
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
