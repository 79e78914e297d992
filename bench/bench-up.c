/* SPDX-License-Identifier: Apache-2.0 */
/* Whole fabrics brought up on virtual modules: how soon, and how much faster than real time. */
#include "bench.h"

#include <lanewise/stage.h>
#include <stdio.h>
#include <stdlib.h>

void bench_fabric_yaml(struct lw_buf *b, unsigned modules, const char *mode)
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

int bench_fabric(const struct lw_buf *yaml, struct lw_arena *arena, struct lw_fabric *ret)
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

struct scene {
	struct lw_buf yaml;
	struct lw_arena arena;
	struct lw_fabric fabric;
	struct lw_stage stage;
};

/* @param lines  the engine is told of interrupt lines */
static int set_up(struct scene *s, unsigned modules, const char *mode, bool lines)
{
	struct lw_error e;

	*s = (struct scene){.yaml = LW_BUF_INIT};
	bench_fabric_yaml(&s->yaml, modules / 2, mode);
	if (bench_fabric(&s->yaml, &s->arena, &s->fabric))
		return -1;
	if (lw_stage_init(&s->stage, &s->fabric, 1, &e)) {
		fprintf(stderr, "bench: %s\n", e.message);
		return -1;
	}
	s->stage.lines = lines;
	return 0;
}

static void tear_down(struct scene *s)
{
	lw_stage_finish(&s->stage);
	lw_arena_finish(&s->arena);
	lw_buf_finish(&s->yaml);
}

/*
 * Run until every link is as wanted.
 * @param ret_up  virtual time of the last one's way up
 * @return when the next thing happens
 */
static struct lw_mono settle(struct scene *s, struct lw_mono *ret_up)
{
	struct lw_mono now = {0}, next;

	for (;;) {
		next = lw_stage_run(&s->stage, now);
		if (lw_engine_settled(&s->stage.engine, now))
			break;
		now = next;
	}
	*ret_up = (struct lw_mono){0};
	for (size_t i = 0; i < s->fabric.link_n; i++)
		if (lw_mono_before(*ret_up, s->stage.engine.link[i].up_at))
			*ret_up = s->stage.engine.link[i].up_at;
	return next;
}

/* Codes of data/codes.csv that are told by what happens in them. */
static bool is_own_time(int lane, uint8_t state)
{
	/* module: starting (no code), PwrUp; data path: DPInit, DPTxTurnOn */
	static const uint32_t module = 1u << 0 | 1u << 2, path = 1u << 2 | 1u << 5;

	return state < 32 && ((lane < 0 ? module : path) >> state & 1);
}

/*
 * What a module took for itself on the way up: the time in states that it leaves by itself, of its
 * own machine and of its slowest lane. What lies between is the host's.
 */
static struct lw_mono own_time(const struct lw_twin *t)
{
	struct lw_mono sum[1 + LW_LANES_MAX] = {{0}}, since[1 + LW_LANES_MAX] = {{0}}, most = {0};
	uint8_t state[1 + LW_LANES_MAX] = {0};
	size_t n;
	const struct lw_twin_event *e = lw_twin_events(t, &n);

	for (size_t i = 0; i < n; i++) {
		int lane = e[i].lane, at = 1 + lane;

		if (is_own_time(lane, state[at]))
			sum[at].ns += e[i].at.ns - since[at].ns;
		state[at] = e[i].state;
		since[at] = e[i].at;
	}
	for (unsigned i = 1; i <= LW_LANES_MAX; i++)
		if (lw_mono_before(most, sum[i]))
			most = sum[i];
	return lw_mono_add(most, sum[0]);
}

static struct lw_mono slowest(const struct lw_lab *lab)
{
	struct lw_mono most = {0};

	for (size_t i = 0; i < lab->fabric->cage_n; i++) {
		struct lw_mono own = own_time(lab->twin[i]);

		if (lw_mono_before(most, own))
			most = own;
	}
	return most;
}

static double seconds(struct lw_mono t)
{
	return (double)t.ns / 1e9;
}

static void print_accesses(const struct lw_lab *lab)
{
	size_t n = lab->fabric->cage_n;
	uint64_t writes = 0, reads = 0, polls = 0;

	for (size_t i = 0; i < n; i++) {
		writes += lab->bus[i]->stats.writes;
		reads += lab->bus[i]->stats.reads;
		polls += lab->bus[i]->stats.polls;
	}
	printf("%.1f writes, %.1f reads, %.1f polls a module\n", (double)writes / (double)n,
	       (double)reads / (double)n, (double)polls / (double)n);
}

int bench_up(unsigned modules, const char *mode)
{
	struct lw_mono last, own;
	struct scene s;

	for (int lines = 1; lines >= 0; lines--) {
		if (set_up(&s, modules, mode, lines))
			return 1;
		settle(&s, &last);
		own = slowest(&s.stage.lab);
		if (lines) {
			printf("%u modules, %s: %zu of %zu links up\n", modules, mode,
			       s.stage.engine.count[LW_LINK_UP], s.fabric.link_n);
			printf("  the slowest module by itself   %8.3f s\n", seconds(own));
		}
		printf("  %-30s %8.3f s   %.3f x   ",
		       lines ? "Lanewise, last link up after" : "without interrupt lines",
		       seconds(last), seconds(last) / seconds(own));
		print_accesses(&s.stage.lab);
		tear_down(&s);
	}
	if (set_up(&s, modules, mode, false))
		return 1;
	if (bench_sonic(&s.stage.lab, &last)) {
		fprintf(stderr, "bench: a port of the SONiC-like host gave up\n");
		return 1;
	}
	own = slowest(&s.stage.lab);
	printf("  SONiC's sequence, last ready   %8.3f s   %.3f x   ", seconds(last),
	       seconds(last) / seconds(own));
	print_accesses(&s.stage.lab);
	tear_down(&s);
	return 0;
}

/*
 * How fast modules with their host run in virtual time. A round builds the twins, brings every link
 * up, lets them rest to the end of the minute, then for an hour. The bar is held against the whole
 * of the first minute: all that bring-up costs, and 50 s of what follows it. To build the twins is
 * no part of what is simulated, for it happens before time begins; it is shown.
 */
#define ROUNDS    5
#define MINUTE_S  60
#define HOUR_S    3600
#define SPEED_BAR 1000 /* times real time */

enum phase { BUILD, BRING_UP, MINUTE, HOUR, PHASES };

struct phase_cost {
	double cpu, passed; /* seconds of CPU time, and of virtual time */
	uint64_t accesses;
};

/* Where the clocks stood. */
struct mark {
	struct lw_mono now;
	double cpu;
	uint64_t accesses;
};

static uint64_t accesses(const struct lw_lab *lab)
{
	uint64_t n = 0;

	for (size_t i = 0; i < lab->fabric->cage_n; i++) {
		const struct lw_bus_stats *b = &lab->bus[i]->stats;

		n += b->writes + b->reads + b->polls;
	}
	return n;
}

static struct phase_cost since(struct mark *m, const struct scene *s, struct lw_mono now)
{
	struct mark then = *m;

	*m = (struct mark){now, bench_cpu_seconds(), accesses(&s->stage.lab)};
	return (struct phase_cost){m->cpu - then.cpu, seconds(now) - seconds(then.now),
				   m->accesses - then.accesses};
}

/* @return when the next thing happens, `until` or later */
static struct lw_mono pass(struct scene *s, struct lw_mono next, struct lw_mono until)
{
	while (lw_mono_before(next, until))
		next = lw_stage_run(&s->stage, next);
	return next;
}

static int run_round(unsigned modules, const char *mode, struct phase_cost ret[PHASES],
		     size_t *ret_up)
{
	struct mark m = {.cpu = bench_cpu_seconds()};
	struct lw_mono up, next;
	struct scene s;

	if (set_up(&s, modules, mode, true))
		return -1;
	ret[BUILD] = since(&m, &s, m.now);
	next = settle(&s, &up);
	*ret_up = s.stage.engine.count[LW_LINK_UP];
	ret[BRING_UP] = since(&m, &s, up);
	next = pass(&s, next, lw_ms(MINUTE_S * 1000));
	ret[MINUTE] = since(&m, &s, lw_ms(MINUTE_S * 1000));
	pass(&s, next, lw_ms((MINUTE_S + HOUR_S) * 1000));
	ret[HOUR] = since(&m, &s, lw_ms((MINUTE_S + HOUR_S) * 1000));
	tear_down(&s);
	return 0;
}

/* By the time that the first minute took. */
static int by_minute(const void *a, const void *b)
{
	const struct phase_cost *x = a, *y = b;
	double left = x[BRING_UP].cpu + x[MINUTE].cpu, right = y[BRING_UP].cpu + y[MINUTE].cpu;

	return (left > right) - (left < right);
}

static struct phase_cost sum(struct phase_cost a, struct phase_cost b)
{
	return (struct phase_cost){a.cpu + b.cpu, a.passed + b.passed, a.accesses + b.accesses};
}

static void print_phase(const char *name, struct phase_cost c, const char *tail)
{
	printf("  %-26s %8.1f s in %9.2f ms %6.0f x %8.1f accesses/ms, %.2f us each%s\n", name,
	       c.passed, 1e3 * c.cpu, c.passed / c.cpu, (double)c.accesses / (1e3 * c.cpu),
	       1e6 * c.cpu / (double)c.accesses, tail);
}

int bench_speed(unsigned modules, const char *mode)
{
	struct phase_cost round[ROUNDS][PHASES], first;
	const struct phase_cost *best = round[0], *middle = round[ROUNDS / 2];
	char tail[80];
	size_t up = 0;

	for (unsigned i = 0; i < ROUNDS; i++)
		if (run_round(modules, mode, round[i], &up))
			return 1;
	qsort(round, ROUNDS, sizeof(round[0]), by_minute);
	first = sum(middle[BRING_UP], middle[MINUTE]);
	snprintf(tail, sizeof(tail), "   %s the bar of %d x",
		 first.passed / first.cpu < SPEED_BAR ? "BELOW" : "over", SPEED_BAR);
	printf("%u modules, %s, with their host in virtual time, on one core: %zu links up "
	       "(median of %d rounds)\n",
	       modules, mode, up, ROUNDS);
	printf("  %-26s %14.1f ms\n", "to build the twins", 1e3 * middle[BUILD].cpu);
	print_phase("bring-up", middle[BRING_UP], "");
	print_phase("at rest, to one minute", middle[MINUTE], "");
	print_phase("the first minute", first, tail);
	print_phase("at rest, an hour more", middle[HOUR], "");
	print_phase("all of it", sum(first, middle[HOUR]), "");
	first = sum(best[BRING_UP], best[MINUTE]);
	print_phase("first minute, best round", first, "");
	return 0;
}
