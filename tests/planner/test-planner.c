/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <lanewise/planner.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Intents are told from each other by few lines; the rest is the same. */
#define GPU_SERVERS(count)                                                                         \
	"servers: {count: " #count                                                                 \
	", per_rack: 4, gpus: 8, nics: 8, form: QSFP112, mode: 1x400G, height_u: 8}\n"
#define SWITCHES "leaf: 64x800g-osfp\nspine: 64x800g-osfp\n"
#define ROOM     "room: {rows: 8, racks: 12}\n"

struct plan {
	struct lw_arena arena;
	struct lw_intent intent;
	struct lw_planner p;
	struct lw_error e;
	int rc;
};

static void make(struct plan *t, const char *text)
{
	lw_arena_init(&t->arena, 0);
	t->e = (struct lw_error){0};
	t->rc = lw_intent_load(text, strlen(text), "test", NULL, NULL, &t->arena, &t->intent,
			       &t->e);
	if (!t->rc)
		t->rc = lw_planner_make(&t->intent, NULL, NULL, &t->p, &t->e);
}

static void must(struct plan *t, const char *text)
{
	make(t, text);
	if (t->rc)
		fail_msg("line %d: %s", t->e.line, t->e.message);
}

static const struct lw_finding *find(const struct plan *t, const char *rule)
{
	for (size_t i = 0; i < t->p.findings.n; i++)
		if (!strcmp(t->p.findings.v[i].rule, rule))
			return &t->p.findings.v[i];
	return NULL;
}

/* No port has two links, all are within the switches, and every cable reaches both its ends. */
static void check_ports(const struct lw_planner *p)
{
	for (unsigned k = 0; k < p->joint_n; k++) {
		const struct lw_plan_joint *j = &p->joint[k];

		for (unsigned e = 0; e < 2; e++) {
			const struct lw_plan_tier *t = &p->tier[j->low + e];
			size_t n = (size_t)t->planes * t->per_plane * t->cages * LW_LPORTS_MAX;
			char *used = calloc(n, 1);

			assert_non_null(used);
			for (uint64_t i = j->first_link; i < j->first_link + j->link_n; i++) {
				const struct lw_plan_link *l = &p->links[i];
				size_t at = ((size_t)l->device[e] * t->cages + l->cage[e]) *
						    LW_LPORTS_MAX +
					    l->port[e];

				assert_true(l->device[e] < t->planes * t->per_plane);
				assert_true(l->cage[e] < t->cages && l->port[e] < LW_LPORTS_MAX);
				assert_int_equal(used[at], 0);
				used[at] = 1;
			}
			free(used);
		}
	}
}

static void leaf_spine_of_64_servers_has_the_sizes_of_a_clos(void **state)
{
	struct plan t;

	(void)state;
	must(&t, "intent: x\ntopology: leaf-spine\n" GPU_SERVERS(64) SWITCHES ROOM
	     "growth: {servers: 128}\n");
	/* half of 64 cages, split in two, are 64 ports: 8 servers of 8 ports */
	assert_int_equal(t.p.size.group_servers, 8);
	assert_int_equal(t.p.tier[LW_TIER_LEAF].now, 8);
	assert_int_equal(t.p.tier[LW_TIER_LEAF].per_plane, 16);
	/* 16 leaves of 32 x 800G on switches of 64: four links to each of eight */
	assert_int_equal(t.p.size.spines, 8);
	assert_int_equal(t.p.size.leaf_parallel, 4);
	assert_int_equal(t.p.link_n, 64 * 8 + 8 * 32);
	assert_int_equal(t.p.lane_n, 64 * 8 * 4 + 8 * 32 * 8);
	assert_int_equal(t.p.joint[0].verdict_n[LW_UP], 512);
	assert_int_equal(t.p.joint[1].verdict_n[LW_UP], 256);
	assert_false(lw_planner_fails(&t.p));
	check_ports(&t.p);
	lw_arena_finish(&t.arena);
}

static void rails_put_each_nic_on_a_leaf_of_its_own(void **state)
{
	struct plan t;

	(void)state;
	must(&t, "intent: x\ntopology: rail-optimised\n" GPU_SERVERS(64) SWITCHES ROOM
	     "growth: {servers: 128}\n");
	assert_int_equal(t.intent.rails, 8);
	assert_int_equal(t.p.size.server_leaf_ports, 1);
	for (uint64_t i = 0; i < t.p.joint[0].link_n; i++)
		assert_int_equal(t.p.links[i].device[1] % 8, t.p.links[i].cage[0]);
	check_ports(&t.p);
	lw_arena_finish(&t.arena);
}

static void planes_never_meet(void **state)
{
	struct plan t;
	const struct lw_plan_tier *leaf, *spine;

	(void)state;
	must(&t, "intent: x\ntopology: multi-plane\nplanes: 4\nleaf: 64x1.6t-osfp\n"
		 "spine: 64x1.6t-osfp\nuplink: 200G\n"
		 "servers: {count: 64, per_rack: 8, gpus: 8, nics: 8, form: OSFP1600, mode: "
		 "4x200G(4), height_u: 4}\n" ROOM);
	leaf = &t.p.tier[LW_TIER_LEAF];
	spine = &t.p.tier[LW_TIER_SPINE];
	for (uint64_t i = 0; i < t.p.joint[0].link_n; i++)
		assert_int_equal(t.p.links[i].device[1] / leaf->per_plane, t.p.links[i].port[0]);
	for (uint64_t i = t.p.joint[1].first_link; i < t.p.link_n; i++)
		assert_int_equal(t.p.links[i].device[0] / leaf->per_plane,
				 t.p.links[i].device[1] / spine->per_plane);
	check_ports(&t.p);
	lw_arena_finish(&t.arena);
}

static void three_tiers_join_pods_through_cores(void **state)
{
	struct plan t;

	(void)state;
	must(&t, "intent: x\ntopology: three-tier\n" GPU_SERVERS(
			 96) "leaf: 32x800g-osfp\nspine: 32x800g-osfp\ncore: 32x800g-osfp\n" ROOM
			     "pod_servers: 32\ngrowth: {servers: 96}\n");
	assert_int_equal(t.p.tier_n, 4);
	assert_int_equal(t.p.joint_n, 3);
	assert_int_equal(t.p.size.pods, 3);
	assert_int_equal(t.p.joint[2].link_n,
			 (uint64_t)t.p.tier[LW_TIER_SPINE].now * t.p.size.spine_uplinks);
	assert_true(t.p.joint[2].link_n > 0);
	assert_int_equal(t.p.joint[2].verdict_n[LW_DOWN], 0);
	check_ports(&t.p);
	lw_arena_finish(&t.arena);
}

/* Grow rack by rack and look at every link: none may go, none may change. */
static void grow(const char *head, const char *tail, unsigned from, unsigned to, unsigned step)
{
	for (unsigned n = from; n < to; n += step) {
		struct lw_migration m;
		struct plan a, b;
		char text[2048];

		snprintf(text, sizeof(text), "%s%u%s", head, n, tail);
		must(&a, text);
		snprintf(text, sizeof(text), "%s%u%s", head, n + step, tail);
		must(&b, text);
		assert_int_equal(lw_planner_migrate(&a.p, &b.p, &m, NULL), 0);
		assert_int_equal(m.old_links, 0);
		assert_int_equal(m.kept_links, a.p.link_n);
		assert_int_equal(m.new_links, b.p.link_n - a.p.link_n);
		assert_true(m.new_links > 0);
		for (uint32_t i = 0; i < n; i++)
			assert_memory_equal(&a.p.tier[0].place[i], &b.p.tier[0].place[i],
					    sizeof(a.p.tier[0].place[i]));
		lw_arena_finish(&a.arena);
		lw_arena_finish(&b.arena);
	}
}

static void adding_a_rack_moves_nothing(void **state)
{
	(void)state;
	grow("intent: x\ntopology: leaf-spine\nservers: {per_rack: 4, nics: 8, form: QSFP112, "
	     "mode: "
	     "1x400G, height_u: 8, count: ",
	     "}\n" SWITCHES ROOM, 4, 60, 4);
	grow("intent: x\ntopology: rail-optimised\nservers: {per_rack: 3, nics: 8, form: QSFP112, "
	     "mode: 1x400G, height_u: 8, count: ",
	     "}\n" SWITCHES ROOM "growth: {servers: 150}\n", 3, 147, 48);
	grow("intent: x\ntopology: three-tier\nservers: {per_rack: 4, nics: 8, form: QSFP112, "
	     "mode: "
	     "1x400G, height_u: 8, count: ",
	     "}\n" SWITCHES "core: 64x800g-osfp\npod_servers: 32\n" ROOM, 28, 76, 4);
	grow("intent: x\ntopology: multi-plane\nuplink: 200G\nservers: {per_rack: 8, nics: 8, "
	     "form: "
	     "OSFP1600, mode: 4x200G(4), height_u: 4, count: ",
	     "}\nleaf: 64x1.6t-osfp\nspine: 64x1.6t-osfp\n" ROOM, 8, 40, 8);
}

/* The written file, read again, gives the same links and the same verdicts. */
static void fabric_file_is_judged_as_the_plan_was(void **state)
{
	struct lw_buf text = LW_BUF_INIT;
	struct lw_fabric f;
	struct plan t;
	size_t up = 0;

	(void)state;
	must(&t, "intent: x\ntopology: leaf-spine\n" GPU_SERVERS(20) SWITCHES ROOM
	     "media: {allow: optics}\ngrowth: {servers: 64}\n");
	assert_int_equal(lw_planner_fabric(&t.p, &text, &t.e), 0);
	assert_int_equal(lw_fabric_load(text.s, text.len, "f", &t.arena, &f, &t.e), 0);
	assert_int_equal(lw_fabric_resolve(&f, NULL, NULL, &t.e), 0);
	for (size_t i = 0; i < f.link_n; i++)
		up += f.links[i].verdict == LW_UP;
	assert_int_equal(f.link_n, t.p.link_n);
	assert_int_equal(f.cable_n, t.p.cable_n);
	assert_int_equal(up, t.p.joint[0].verdict_n[LW_UP] + t.p.joint[1].verdict_n[LW_UP]);
	lw_buf_finish(&text);
	lw_arena_finish(&t.arena);
}

static void lengths_are_those_on_the_shelf_and_reach(void **state)
{
	struct lw_buf csv = LW_BUF_INIT;
	struct plan t;

	(void)state;
	must(&t, "intent: x\ntopology: leaf-spine\n" GPU_SERVERS(64) SWITCHES ROOM
	     "growth: {servers: 128}\n");
	for (size_t i = 0; i < t.p.class_n; i++) {
		const struct lw_plan_class *c = &t.p.classes[i];

		assert_true(c->length_m >= 0.5 && c->length_m <= 2000);
		if (c->cable_n)
			assert_true(c->verdict[0] != LW_DOWN);
	}
	/* the longest way fits into the longest cable in use of that joint */
	for (unsigned k = 0; k < t.p.joint_n; k++) {
		double longest = 0;

		for (size_t i = 0; i < t.p.class_n; i++)
			if (t.p.classes[i].cable_n && t.p.media[t.p.classes[i].medium].joint == k)
				longest = fmax(longest, t.p.classes[i].length_m);
		assert_true(longest >= t.p.joint[k].longest_m);
		assert_true(t.p.joint[k].longest_m > 2);
	}
	lw_buf_finish(&csv);
	lw_arena_finish(&t.arena);
}

static void same_intent_gives_the_same_bytes(void **state)
{
	struct lw_buf out[2] = {LW_BUF_INIT, LW_BUF_INIT};

	(void)state;
	for (int i = 0; i < 2; i++) {
		struct lw_json j;
		struct plan t;

		must(&t, "intent: x\ntopology: rail-optimised\n" GPU_SERVERS(24) SWITCHES ROOM);
		lw_planner_csv(&t.p, 0, UINT64_MAX / 2, &out[i]);
		lw_json_init(&j, &out[i]);
		lw_planner_json(&t.p, NULL, &j);
		lw_planner_svg(&t.p, &out[i]);
		lw_arena_finish(&t.arena);
	}
	assert_int_equal(out[0].len, out[1].len);
	assert_string_equal(out[0].s, out[1].s);
	lw_buf_finish(&out[0]);
	lw_buf_finish(&out[1]);
}

static void bill_counts_what_the_cages_hold(void **state)
{
	struct plan t;
	uint64_t head = 0, far = 0, cords = 0, switches = 0;

	(void)state;
	must(&t, "intent: x\ntopology: leaf-spine\n" GPU_SERVERS(16) SWITCHES ROOM
	     "uplink: 800G\nmedia: {allow: optics, fibre: OS2}\nspares_percent: 10\n"
	     "growth: {servers: 64}\n");
	for (size_t i = 0; i < t.p.item_n; i++) {
		const struct lw_plan_item *x = &t.p.items[i];

		if (!strcmp(x->kind, "module") && !strncmp(x->name, "QSFP112-", 8))
			far += x->count;
		else if (!strcmp(x->kind, "module"))
			head += x->count;
		else if (!strcmp(x->kind, "cord"))
			cords += x->count;
		else if (!strcmp(x->kind, "switch"))
			switches += x->count;
		if (!strcmp(x->kind, "module"))
			assert_int_equal(x->spares, (x->count + 9) / 10);
	}
	assert_int_equal(far, 128);
	/* 128 ports in cages of two, 2 leaves x 32 uplinks with a module at both ends */
	assert_int_equal(head, 64 + 2 * 64);
	assert_int_equal(cords, t.p.cable_n);
	assert_int_equal(switches, 2 + t.p.size.spines);
	assert_true(t.p.usd_low < t.p.usd && t.p.usd < t.p.usd_high);
	lw_arena_finish(&t.arena);
}

static void alternatives_hold_split_against_native(void **state)
{
	const struct lw_plan_alternative *split = NULL, *native = NULL;
	struct plan t;

	(void)state;
	must(&t, "intent: x\ntopology: leaf-spine\n" GPU_SERVERS(16) SWITCHES ROOM
	     "media: {allow: optics, fibre: OS2}\ngrowth: {servers: 64}\n");
	for (size_t i = 0; i < t.p.alternative_n; i++) {
		const struct lw_plan_alternative *x = &t.p.alternatives[i];

		if (x->joint == 0 && x->chosen)
			split = x;
		if (x->joint == 0 && !strncmp(x->name, "native 400G", 11))
			native = x;
	}
	assert_non_null(split);
	assert_non_null(native);
	assert_true(split->usd > 0 && native->usd > 0 && native->power_w > 0);
	lw_arena_finish(&t.arena);
}

static void what_cannot_be_met_names_the_limit(void **state)
{
	static const struct {
		const char *rule, *word, *text;
	} cases[] = {
		{"capacity", "at most",
		 "intent: x\ntopology: leaf-spine\n" GPU_SERVERS(5000) SWITCHES
		 "room: {rows: 100, racks: 100}\ngrowth: {servers: 5000}\n"},
		{"port-mode", "800G",
		 "intent: x\ntopology: leaf-spine\nuplink: 800G\n" GPU_SERVERS(
			 8) "leaf: 64x800g-osfp\nspine: 128x400g-qsfp112\n" ROOM},
		{"space", "the room has 2",
		 "intent: x\ntopology: leaf-spine\n" GPU_SERVERS(64) SWITCHES
		 "room: {rows: 1, racks: 2}\n"},
		{"rack-units", "32U",
		 "intent: x\ntopology: leaf-spine\n" GPU_SERVERS(8) SWITCHES
		 "room: {rows: 2, racks: 12, rack_units: 20}\n"},
		{"rack-power", "1000 W",
		 "intent: x\ntopology: leaf-spine\n" GPU_SERVERS(8) SWITCHES
		 "room: {rows: 2, racks: 12, rack_power_w: 1000}\n"},
		{"reach", "no medium",
		 "intent: x\ntopology: leaf-spine\n" GPU_SERVERS(64) SWITCHES
		 "room: {rows: 8, racks: 12}\nmedia: {allow: DAC}\n"},
		{"medium", "nothing that may be used",
		 "intent: x\ntopology: leaf-spine\n" GPU_SERVERS(8) SWITCHES ROOM
		 "media: {allow: optics, fibre: OM1}\n"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		const struct lw_finding *f;
		struct plan t;

		must(&t, cases[i].text);
		f = find(&t, cases[i].rule);
		if (!f)
			fail_msg("no finding %s; first is %s", cases[i].rule,
				 t.p.findings.n ? t.p.findings.v[0].text : "none");
		assert_int_equal(f->severity, LW_FATAL);
		if (!strstr(f->text, cases[i].word))
			fail_msg("%s: %s", cases[i].rule, f->text);
		assert_true(lw_planner_fails(&t.p));
		lw_arena_finish(&t.arena);
	}
}

static void migration_to_800g_keeps_what_it_can(void **state)
{
	struct lw_migration m;
	struct plan a, b;

	(void)state;
	must(&a, "intent: old\ntopology: leaf-spine\nuplink: 400G\n" GPU_SERVERS(32) SWITCHES ROOM
	     "growth: {servers: 64}\n");
	must(&b, "intent: new\ntopology: leaf-spine\nuplink: 800G\n" GPU_SERVERS(32) SWITCHES ROOM
	     "growth: {servers: 64}\n");
	assert_int_equal(lw_planner_migrate(&a.p, &b.p, &m, NULL), 0);
	assert_int_equal(m.old_links, a.p.joint[1].link_n);
	assert_int_equal(m.new_links, b.p.joint[1].link_n);
	assert_int_equal(m.kept_links, a.p.joint[0].link_n);
	assert_true(m.step_n >= 3);
	assert_non_null(strstr(m.steps[0], "400G"));
	lw_arena_finish(&a.arena);
	lw_arena_finish(&b.arena);
}

static void bad_intents_are_refused_with_their_line(void **state)
{
	static const struct {
		int line;
		const char *word, *text;
	} cases[] = {
		{1, "empty", ""},
		{2, "topology", "intent: x\ntopology: star\n" GPU_SERVERS(1) SWITCHES ROOM},
		{3, "count",
		 "intent: x\ntopology: leaf-spine\nservers: {form: OSFP, mode: 1x800G}\n" SWITCHES
			 ROOM},
		{3, "rails",
		 "intent: x\ntopology: leaf-spine\n" GPU_SERVERS(8) SWITCHES ROOM "rails: 3\n"},
		{4, "no platform",
		 "intent: x\ntopology: leaf-spine\n" GPU_SERVERS(
			 8) "leaf: toaster\nspine: 64x800g-osfp\n" ROOM},
		{6, "racks",
		 "intent: x\ntopology: leaf-spine\n" GPU_SERVERS(8) SWITCHES "room: {rows: 3}\n"},
		{7, "growth",
		 "intent: x\ntopology: leaf-spine\n" GPU_SERVERS(8) SWITCHES ROOM
		 "growth: {servers: 2}\n"},
		{7, "unknown key",
		 "intent: x\ntopology: leaf-spine\n" GPU_SERVERS(8) SWITCHES ROOM "colour: red\n"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct plan t;

		make(&t, cases[i].text);
		assert_int_equal(t.rc, LW_EINVAL);
		if (t.e.line != cases[i].line || !strstr(t.e.message, cases[i].word))
			fail_msg("case %zu, line %d: %s", i, t.e.line, t.e.message);
		lw_arena_finish(&t.arena);
	}
}

static void too_large_is_refused_before_memory_is_taken(void **state)
{
	struct plan t;

	(void)state;
	make(&t,
	     "intent: x\ntopology: leaf-spine\nservers: {count: 1000000, per_rack: 100, nics: 256, "
	     "form: QSFP112, mode: 1x400G}\n"
	     "leaf: big\nspine: big\nplatforms: {big: {cages: 4096, form: OSFP, modes: [8x100G, "
	     "2x400G]}}\nroom: {rows: 10000, racks: 10000}\ngrowth: {servers: 1000000}\n");
	assert_true(t.rc == LW_ELIMIT || (!t.rc && lw_planner_fails(&t.p)));
	lw_arena_finish(&t.arena);
}

/* The fabric of the bar: 98,304 GPUs, four planes, two tiers of 512 ports. */
static void four_planes_of_512_ports_have_786432_links(void **state)
{
	uint64_t judged = 0;
	struct plan t;

	(void)state;
	must(&t,
	     "intent: x\ntopology: multi-plane\nplanes: 4\nuplink: 200G\nleaf: 64x1.6t-osfp\n"
	     "spine: 64x1.6t-osfp\nservers: {count: 12288, per_rack: 8, gpus: 8, nics: 8, form: "
	     "OSFP1600, mode: 4x200G(4), height_u: 4}\nroom: {rows: 40, racks: 60}\n"
	     "growth: {servers: 12288}\n");
	assert_int_equal(t.p.link_n, 786432);
	assert_int_equal(t.p.tier[LW_TIER_LEAF].now, 384);
	assert_int_equal(t.p.tier[LW_TIER_SPINE].now, 256);
	for (size_t i = 0; i < t.p.class_n; i++)
		judged += t.p.classes[i].count;
	assert_int_equal(judged, 786432);
	assert_int_equal(t.p.joint[0].verdict_n[LW_UP] + t.p.joint[1].verdict_n[LW_UP], 786432);
	check_ports(&t.p);
	lw_arena_finish(&t.arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(leaf_spine_of_64_servers_has_the_sizes_of_a_clos),
		cmocka_unit_test(rails_put_each_nic_on_a_leaf_of_its_own),
		cmocka_unit_test(planes_never_meet),
		cmocka_unit_test(three_tiers_join_pods_through_cores),
		cmocka_unit_test(adding_a_rack_moves_nothing),
		cmocka_unit_test(fabric_file_is_judged_as_the_plan_was),
		cmocka_unit_test(lengths_are_those_on_the_shelf_and_reach),
		cmocka_unit_test(same_intent_gives_the_same_bytes),
		cmocka_unit_test(bill_counts_what_the_cages_hold),
		cmocka_unit_test(alternatives_hold_split_against_native),
		cmocka_unit_test(what_cannot_be_met_names_the_limit),
		cmocka_unit_test(migration_to_800g_keeps_what_it_can),
		cmocka_unit_test(bad_intents_are_refused_with_their_line),
		cmocka_unit_test(too_large_is_refused_before_memory_is_taken),
		cmocka_unit_test(four_planes_of_512_ports_have_786432_links),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
