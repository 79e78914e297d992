/* SPDX-License-Identifier: Apache-2.0 */
#include "scene.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

uint64_t rng_next(struct rng *r)
{
	uint64_t z = r->s += 0x9e3779b97f4a7c15u;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
	z = (z ^ z >> 27) * 0x94d049bb133111ebu;
	return z ^ z >> 31;
}

unsigned rng_below(struct rng *r, unsigned n)
{
	return (unsigned)(rng_next(r) % n);
}

struct lw_mono rng_wait(struct rng *r, double mean_s)
{
	double u = (double)((rng_next(r) >> 11) + 1) / 9007199254740993.0;

	return (struct lw_mono){(int64_t)(-log(u) * mean_s * 1e9)};
}

/*
 * Modules that belong together: a head and what hangs on it. A leg's cage holds `module`; without
 * one the cord brings its own plugs.
 */
struct kit {
	const char *form, *module, *cord, *fibre;
	const char *modes[5]; /* of the head; legs[i] of them are connected where `split` */
	const char *leg_form, *leg_module, *leg_mode;
	unsigned legs;
};

static const struct kit kits[] = {
	{"OSFP",
	 "OSFP-800G-DR8",
	 "mpo16",
	 "OS2",
	 {"1x800G", "2x400G", "8x100G", "1x400G(4)+4x100G(4)", "4x100G(4)+1x400G(4)"},
	 "OSFP",
	 "OSFP-800G-DR8",
	 NULL,
	 1},
	{"OSFP",
	 "OSFP-800G-DR8",
	 "hydra-mpo16-2mpo12",
	 "OS2",
	 {"2x400G"},
	 "QSFP112",
	 "QSFP112-400G-DR4",
	 "1x400G",
	 2},
	{"OSFP",
	 "OSFP-800G-DR8",
	 "hydra-mpo16-8lc",
	 "OS2",
	 {"8x100G"},
	 "SFP112",
	 "SFP112-100G-DR",
	 "1x100G",
	 8},
	{"QSFP-DD",
	 "QSFP-DD-400G-DR4",
	 "mpo12",
	 "OS2",
	 {"1x400G", "4x100G"},
	 "QSFP-DD",
	 "QSFP-DD-400G-DR4",
	 NULL,
	 1},
	{"QSFP28",
	 "QSFP28-100G-SR4",
	 "mpo12",
	 "OM4",
	 {"1x100G", "4x25G"},
	 "QSFP28",
	 "QSFP28-100G-SR4",
	 NULL,
	 1},
	{"QSFP28",
	 "QSFP28-100G-SR4",
	 "hydra-mpo12-4lc",
	 "OM4",
	 {"4x25G"},
	 "SFP28",
	 "SFP28-25G-SR",
	 "1x25G",
	 4},
	{"QSFP56",
	 "QSFP56-200G-DR4",
	 "mpo12",
	 "OS2",
	 {"1x200G", "4x50G"},
	 "QSFP56",
	 "QSFP56-200G-DR4",
	 NULL,
	 1},
};
#define KITS (sizeof(kits) / sizeof(kits[0]))

static const char *mode_of(struct rng *r, const struct kit *k)
{
	unsigned n = 0;

	while (n < 5 && k->modes[n])
		n++;
	return k->modes[rng_below(r, n)];
}

static void put_cage(struct lw_buf *b, unsigned group, int leg, const char *form, const char *mode,
		     const char *module)
{
	if (leg < 0)
		lw_buf_printf(b, "      h%u: ", group);
	else
		lw_buf_printf(b, "      g%ul%d: ", group, leg);
	lw_buf_printf(b, "{form: %s, mode: %s, module: %s}\n", form, mode, module);
}

static void write_yaml(struct lw_buf *b, struct rng *r, unsigned groups, const struct kit *kit[])
{
	struct lw_buf far = {0}, cables = {0};

	lw_buf_puts(b, "fabric: sim\ndevices:\n  near:\n    cages:\n");
	for (unsigned g = 0; g < groups; g++) {
		const struct kit *k = &kits[rng_below(r, KITS)];
		const char *mode = mode_of(r, k);

		kit[g] = k;
		put_cage(b, g, -1, k->form, mode, k->module);
		for (unsigned leg = 0; leg < k->legs; leg++)
			put_cage(&far, g, (int)leg, k->leg_form, k->leg_mode ? k->leg_mode : mode,
				 k->leg_module);
		lw_buf_printf(&cables,
			      "  - {id: c%u, cord: %s, fibre: %s, length_m: %u, a: near/h%u, b: [",
			      g, k->cord, k->fibre, 3 + rng_below(r, 40), g);
		for (unsigned leg = 0; leg < k->legs; leg++)
			lw_buf_printf(&cables, "%sfar/g%ul%u", leg ? ", " : "", g, leg);
		lw_buf_puts(&cables, "]}\n");
	}
	lw_buf_printf(b, "  far:\n    cages:\n%scables:\n%s", lw_buf_str(&far),
		      lw_buf_str(&cables));
	lw_buf_finish(&far);
	lw_buf_finish(&cables);
}

static bool one_in(struct rng *r, unsigned n)
{
	return rng_below(r, n) == 0;
}

/* Every module has its own pace and its own ways, by its seed, its cage and which one it is. */
static void tune(void *ctx, int cage, struct lw_twin_options *opt)
{
	static const uint8_t reads[] = {1, 8, 16, 32, 64};
	struct scene *s = ctx;
	struct scene_cage *c = &s->cage[cage];
	struct rng r = {s->seed ^ (uint64_t)(cage + 1) << 32 ^ (uint64_t)c->plugs++ << 48};

	opt->duration_percent = 10 + rng_below(&r, 86);
	if (one_in(&r, 3))
		opt->jitter_percent = rng_below(&r, 1 + (100 - opt->duration_percent) / 2);
	c->lies = one_in(&r, 8);
	if (c->lies) /* a module that breaks its promises, one or all of them */
		opt->percent_of[one_in(&r, 2) ? LW_TWIN_DP_INIT : LW_TWIN_PWR_UP] =
			105 + rng_below(&r, 150);
	opt->access_times = one_in(&r, 3);
	if (one_in(&r, 8))
		opt->read_max = reads[rng_below(&r, sizeof(reads))];
	opt->lpmode_pin = !one_in(&r, 4);
}

static void count(struct scene_bus *b)
{
	b->accesses++;
	if (b->left && --b->left == 0)
		b->strike(b->ctx, b->cage);
}

static int counted_read(struct lw_bus *bus, struct lw_addr a, uint8_t *ret, size_t n,
			struct lw_error *reterr)
{
	struct scene_bus *b = (struct scene_bus *)bus;

	int r;

	count(b);
	r = lw_bus_read(b->inner, a, ret, n, reterr);
	if (b->trace)
		b->trace(b->ctx, b->cage, a, r ? NULL : ret, n, false);
	return r;
}

static int counted_write(struct lw_bus *bus, struct lw_addr a, const uint8_t *p, size_t n,
			 struct lw_error *reterr)
{
	struct scene_bus *b = (struct scene_bus *)bus;

	int r;

	count(b);
	r = lw_bus_write(b->inner, a, p, n, reterr);
	if (b->trace)
		b->trace(b->ctx, b->cage, a, r ? NULL : p, n, true);
	return r;
}

static int make_buses(struct scene *s)
{
	static const struct lw_bus_ops ops = {counted_read, counted_write};

	s->bus = lw_arena_alloc(&s->arena, s->fabric.cage_n * sizeof(*s->bus));
	s->bus_list = lw_arena_alloc(&s->arena, s->fabric.cage_n * sizeof(struct lw_bus *));
	if (!s->bus || !s->bus_list)
		return LW_ENOMEM;
	for (size_t i = 0; i < s->fabric.cage_n; i++) {
		s->bus[i] = (struct scene_bus){
			.bus = {.ops = &ops}, .inner = s->lab.bus[i], .cage = (int)i};
		s->bus_list[i] = s->lab.bus[i] ? &s->bus[i].bus : NULL;
	}
	return 0;
}

uint64_t scene_writes(const struct scene *s)
{
	uint64_t n = 0;

	for (size_t i = 0; i < s->fabric.cage_n; i++)
		n += s->bus[i].bus.stats.writes;
	return n;
}

int scene_restart(struct scene *s, struct lw_error *reterr)
{
	int e;

	lw_engine_finish(&s->engine);
	lw_arena_finish(&s->engine_arena);
	lw_arena_init(&s->engine_arena, 0);
	e = lw_engine_init(&s->engine, &s->fabric, s->bus_list, lw_lab_carrier, &s->lab,
			   &s->engine_arena, s->now, reterr);
	if (!e)
		lw_engine_policy(&s->engine, &s->policy, s->now);
	for (size_t i = 0; !e && i < s->fabric.cage_n; i++)
		if (s->cage[i].mode[0])
			e = lw_engine_mode(&s->engine, (int)i, s->cage[i].mode, s->now, reterr);
	return e;
}

static void meet(struct scene *s, const struct kit *kit[], unsigned groups)
{
	for (size_t i = 0; i < s->fabric.cage_n; i++)
		s->cage[i].partner = -1;
	for (unsigned g = 0; g < groups; g++) {
		char id[32];
		int head;

		snprintf(id, sizeof(id), "near/h%u", g);
		head = lw_fabric_cage_find(&s->fabric, id);
		s->cage[head].kit = kit[g];
		if (kit[g]->legs != 1)
			continue;
		snprintf(id, sizeof(id), "far/g%ul0", g);
		s->cage[head].partner = lw_fabric_cage_find(&s->fabric, id);
	}
}

const char *scene_other_mode(const struct scene *s, struct rng *r, int cage)
{
	const char *now =
		s->cage[cage].mode[0] ? s->cage[cage].mode : s->fabric.cages[cage].mode_text;
	const char *next;

	if (s->cage[cage].partner < 0)
		return NULL;
	next = mode_of(r, s->cage[cage].kit);
	return strcmp(now, next) != 0 ? next : NULL;
}

int scene_split(struct scene *s, int cage, const char *mode, struct lw_error *reterr)
{
	const int both[] = {cage, s->cage[cage].partner};

	for (unsigned i = 0; i < 2; i++) {
		int e = lw_engine_mode(&s->engine, both[i], mode, s->now, reterr);

		if (e)
			return e;
		lw_lab_drive(&s->lab, both[i], &s->engine.fabric->cages[both[i]].mode);
		snprintf(s->cage[both[i]].mode, sizeof(s->cage[both[i]].mode), "%s", mode);
	}
	return 0;
}

int scene_build(struct scene *s, uint64_t seed, unsigned groups, struct lw_error *reterr)
{
	const struct kit *kit[GROUPS_MAX];
	struct rng r = {seed};
	int e;

	*s = (struct scene){.seed = seed};
	lw_arena_init(&s->arena, 0);
	lw_arena_init(&s->engine_arena, 0);
	write_yaml(&s->yaml, &r, groups, kit);
	e = lw_fabric_load(lw_buf_str(&s->yaml), s->yaml.len, "sim", &s->arena, &s->fabric, reterr);
	if (!e)
		e = lw_fabric_resolve(&s->fabric, NULL, NULL, reterr);
	if (e)
		return e;
	s->cage = lw_arena_alloc(&s->arena, s->fabric.cage_n * sizeof(*s->cage));
	if (!s->cage)
		return lw_fail(reterr, LW_ENOMEM, "out of memory");
	meet(s, kit, groups);
	e = lw_lab_init_with(&s->lab, &s->fabric, seed, &(struct lw_lab_options){tune, s}, reterr);
	if (!e && make_buses(s))
		e = lw_fail(reterr, LW_ENOMEM, "out of memory");
	return e ? e : scene_restart(s, reterr);
}

void scene_finish(struct scene *s)
{
	lw_engine_finish(&s->engine);
	lw_lab_finish(&s->lab);
	lw_arena_finish(&s->engine_arena);
	lw_arena_finish(&s->arena);
	lw_buf_finish(&s->yaml);
}
