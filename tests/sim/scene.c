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
 * Modules that belong together: a head and what hangs on it. Without modules the cord is a cable
 * that brings its own plugs.
 */
struct kit {
	const char *form, *module, *cord, *fibre;
	const char *modes[5]; /* of the head, and of a single leg that has no mode of its own */
	const char *leg_form, *leg_module, *leg_mode;
	unsigned legs;
	unsigned cords; /* side by side between head and leg; 0: one, and one receptacle */
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
	/* sixteen lanes, in two banks */
	{"OSFP-XD",
	 "OSFP-XD-1.6T-2xDR8",
	 "mpo16",
	 "OS2",
	 {"2x800G", "4x400G", "16x100G", "1x800G(8)+8x100G(8)", "2x400G(8)+1x800G(8)"},
	 "OSFP-XD",
	 "OSFP-XD-1.6T-2xDR8",
	 NULL,
	 1,
	 2},
	{"OSFP",
	 "OSFP-800G-2xFR4",
	 "duplex",
	 "OS2",
	 {"2x400G"},
	 "OSFP",
	 "OSFP-800G-2xFR4",
	 NULL,
	 1,
	 2},
	{"QSFP112",
	 "QSFP112-400G-DR4-LPO",
	 "mpo12",
	 "OS2",
	 {"1x400G", "4x100G"},
	 "QSFP112",
	 "QSFP112-400G-DR4-LPO",
	 NULL,
	 1},
	{"QSFP28",
	 "QSFP28-100G-LR4",
	 "duplex",
	 "OS2",
	 {"1x100G"},
	 "QSFP28",
	 "QSFP28-100G-LR4",
	 NULL,
	 1},
	{"SFP56", "SFP56-50G-LR", "duplex", "OS2", {"1x50G"}, "SFP56", "SFP56-50G-LR", NULL, 1},
	{"QSFP+",
	 "QSFP+-40G-SR4",
	 "mpo12",
	 "OM4",
	 {"1x40G", "4x10G"},
	 "QSFP+",
	 "QSFP+-40G-SR4",
	 NULL,
	 1},
	{"SFP+", "SFP+-10G-SR", "duplex", "OM4", {"1x10G"}, "SFP+", "SFP+-10G-SR", NULL, 1},
	/* cables with fixed ends: passive, retimed and optical ones */
	{"OSFP",
	 NULL,
	 "DAC-OSFP-800G",
	 NULL,
	 {"1x800G", "2x400G", "8x100G"},
	 "OSFP",
	 NULL,
	 NULL,
	 1},
	{"OSFP", NULL, "DAC-OSFP-2xQSFP112", NULL, {"2x400G"}, "QSFP112", NULL, "1x400G", 2},
	{"QSFP28", NULL, "DAC-QSFP28-4xSFP28", NULL, {"4x25G"}, "SFP28", NULL, "1x25G", 4},
	{"OSFP", NULL, "AEC-OSFP-2xQSFP112", NULL, {"2x400G"}, "QSFP112", NULL, "1x400G", 2},
	{"OSFP", NULL, "AEC-OSFP-2xQSFP-DD", NULL, {"2x400G"}, "QSFP-DD", NULL, "1x400G", 2},
	{"QSFP-DD", NULL, "AEC-QSFP-DD-4xQSFP28", NULL, {"4x100G"}, "QSFP28", NULL, "1x100G", 4},
	{"QSFP112", NULL, "AEC-QSFP112", NULL, {"1x400G", "4x100G"}, "QSFP112", NULL, NULL, 1},
	{"QSFP56", NULL, "AOC-QSFP56", NULL, {"1x200G"}, "QSFP56", NULL, NULL, 1},
	{"SFP28", NULL, "AOC-SFP28", NULL, {"1x25G"}, "SFP28", NULL, NULL, 1},
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
	lw_buf_printf(b, "{form: %s, mode: %s%s%s}\n", form, mode, module ? ", module: " : "",
		      module ? module : "");
}

/* Cord `n` of a group, from 1; 0: the only one. */
static void put_cable(struct lw_buf *b, struct rng *r, const struct kit *k, unsigned g, unsigned n)
{
	char socket[16] = "";

	if (n)
		snprintf(socket, sizeof(socket), "#%u", n);
	lw_buf_printf(b, "  - {id: c%u", g);
	if (n)
		lw_buf_printf(b, "-%u", n);
	if (k->module)
		lw_buf_printf(b, ", cord: %s, fibre: %s, length_m: %u", k->cord, k->fibre,
			      3 + rng_below(r, 40));
	else
		lw_buf_printf(b, ", part: %s, length_m: 1", k->cord);
	lw_buf_printf(b, ", a: near/h%u%s, b: [", g, socket);
	for (unsigned leg = 0; leg < k->legs; leg++)
		lw_buf_printf(b, "%sfar/g%ul%u%s", leg ? ", " : "", g, leg, socket);
	lw_buf_puts(b, "]}\n");
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
		for (unsigned n = k->cords ? 1 : 0; n <= k->cords; n++)
			put_cable(&cables, r, k, g, n);
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

void scene_presence(struct scene *s, int cage, bool there)
{
	if (!s->pins)
		return;
	if (there)
		lw_engine_plugged(&s->engine, cage, NULL, s->now);
	else
		lw_engine_unplugged(&s->engine, cage, s->now);
}

/* Tell the engine of lines and carriers that changed. @return whether any did */
static bool tell(struct scene *s)
{
	bool any = false, on;
	int cage;

	for (; s->told && (cage = lw_lab_changed(&s->lab)) >= 0; any = true)
		lw_engine_carrier_changed(&s->engine, cage, s->now);
	for (; s->interrupts && (cage = lw_lab_interrupts(&s->lab, &on)) >= 0; any = true)
		lw_engine_interrupt(&s->engine, cage, on ? LW_LINE_ASSERTED : LW_LINE_QUIET,
				    s->now);
	return any;
}

struct lw_mono scene_run(struct scene *s)
{
	struct lw_mono next;

	tell(s);
	do
		next = lw_engine_run(&s->engine, s->now);
	while (tell(s));
	return next;
}

/* What the engine before has learned, unless it began with this one. */
static int carry_times(struct scene *s, const char *text, size_t n, struct lw_error *reterr)
{
	return s->keeps_times && n ? lw_timers_load(&s->engine.timers, text, n, reterr) : 0;
}

int scene_restart(struct scene *s, struct lw_error *reterr)
{
	struct lw_buf times = {0};
	struct lw_json j;
	int e;

	if (s->engine.timers.n) {
		lw_json_init(&j, &times);
		lw_timers_json(&s->engine.timers, &j);
	}
	lw_engine_finish(&s->engine);
	lw_arena_finish(&s->engine_arena);
	lw_arena_init(&s->engine_arena, 0);
	e = lw_engine_init(&s->engine, &s->fabric, s->bus_list, lw_lab_carrier, &s->lab,
			   &s->engine_arena, s->now, reterr);
	if (!e)
		e = carry_times(s, lw_buf_str(&times), times.len, reterr);
	lw_buf_finish(&times);
	if (!e) {
		s->engine.seed = s->seed;
		s->engine.carrier_told = s->told;
		for (size_t i = 0; s->interrupts && i < s->fabric.cage_n; i++)
			lw_engine_interrupt(&s->engine, (int)i,
					    s->lab.cage[i].line ? LW_LINE_ASSERTED : LW_LINE_QUIET,
					    s->now);
		lw_engine_policy(&s->engine, &s->policy, s->now);
	}
	if (!e && s->measure.ns)
		e = lw_engine_measure(&s->engine, s->measure, s->now, reterr);
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

bool scene_is_cable(const struct scene *s, int cage)
{
	return s->fabric.cages[cage].part->receptacles == 0;
}

bool scene_is_passive(const struct scene *s, int cage)
{
	const struct lw_facts *f = s->fabric.cages[cage].facts;

	return f->flat_memory || (f->cable && strcmp(f->cable, "passive copper") == 0) ||
	       (f->map == LW_MAP_SFF8636 && f->cable && strstr(f->cable, "copper")) ||
	       (f->map == LW_MAP_SFF8472 && f->ddm_implemented != 1);
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

	*s = (struct scene){
		.seed = seed,
		.pins = one_in(&r, 2),
		.interrupts = one_in(&r, 2),
		.told = one_in(&r, 2),
		.measure = lw_ms(one_in(&r, 2) ? 1000 + (int64_t)rng_below(&r, 30000) : 0),
		.keeps_times = one_in(&r, 2),
	};
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
