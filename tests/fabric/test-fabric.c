/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../../src/fabric/resolve.h"

#include <jansson.h>
#include <lanewise/fabric.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DEVICES "fabric: t\ndevices:\n"

static char *slurp(const char *path)
{
	FILE *in = fopen(path, "rb");
	char *text = calloc(1, 65536);

	assert_non_null(in);
	assert_non_null(text);
	assert_true(fread(text, 1, 65535, in) > 0);
	fclose(in);
	return text;
}

/* Makes the memory of the part that the "path" names: a dump without a file. */
static int part_reader(void *ctx, enum lw_source source, const char *path, struct lw_image *ret,
		       struct lw_error *reterr)
{
	const struct lw_part *p = lw_part_find(path);

	assert_int_equal(source, LW_SOURCE_DUMP);
	++*(unsigned *)ctx;
	if (!p)
		return lw_fail(reterr, LW_ENOENT, "no such dump");
	return lw_image_make(p, NULL, ret, reterr);
}

static struct lw_fabric resolve(struct lw_arena *arena, const char *text)
{
	struct lw_error e = {0};
	struct lw_fabric f;
	unsigned reads = 0;

	lw_arena_init(arena, 0);
	if (lw_fabric_load(text, strlen(text), "t.yaml", arena, &f, &e) ||
	    lw_fabric_resolve(&f, part_reader, &reads, &e))
		fail_msg("%s:%d: %s", e.where, e.line, e.message);
	return f;
}

static const struct lw_flink *find(const struct lw_fabric *f, const char *id)
{
	for (size_t i = 0; i < f->link_n; i++)
		if (!strcmp(f->links[i].id, id))
			return &f->links[i];
	fail_msg("no link %s", id);
	return NULL;
}

static bool has(const struct lw_findings *f, const char *rule, const char *part)
{
	for (size_t i = 0; i < f->n; i++)
		if (!strcmp(f->v[i].rule, rule) && strstr(f->v[i].text, part))
			return true;
	return false;
}

static void example_judges_as_its_comments_say(void **state)
{
	static const char *const why[] = {"lane-count", "lane-rate", "wavelength",
					  "fibre-type", "connector", "gearbox"};
	char *text = slurp(EXAMPLE);
	struct lw_arena arena;
	struct lw_fabric f = resolve(&arena, text);
	const struct lw_flink *bad = find(&f, "leaf1/swp6:1 - old1/swp1");

	(void)state;
	assert_int_equal(f.link_n, 19);
	for (size_t i = 0; i < f.link_n; i++) {
		if (&f.links[i] == bad)
			continue;
		if (f.links[i].verdict != LW_UP || f.links[i].findings.n)
			fail_msg("%s is %s: %s", f.links[i].id, lw_verdict_name(f.links[i].verdict),
				 f.links[i].findings.v[0].text);
	}
	assert_int_equal(bad->verdict, LW_DOWN);
	assert_int_equal(bad->findings.n, 6);
	for (size_t i = 0; i < 6; i++)
		assert_string_equal(bad->findings.v[i].rule, why[i]);
	/* the open leg and the port behind it, and nothing else */
	assert_int_equal(f.findings.n, 2);
	assert_true(has(&f.findings, "branch-end", "leaf1/swp6:2 (400G) has no partner"));
	assert_true(has(&f.findings, "branch-end", "leg 2 of cable mistake-f is open"));
	lw_arena_finish(&arena);
	free(text);
}

static void expect_lane(const struct lw_fabric *f, const char *id, unsigned i, unsigned ah,
			unsigned am, unsigned bm, unsigned bh)
{
	struct lw_flane x;

	lw_flink_lane(f, find(f, id), i, &x);
	assert_int_equal(x.host[0], ah);
	assert_int_equal(x.media[0], am);
	assert_int_equal(x.media[1], bm);
	assert_int_equal(x.host[1], bh);
}

static void example_lanes_run_end_to_end(void **state)
{
	char *text = slurp(EXAMPLE);
	struct lw_arena arena;
	struct lw_fabric f = resolve(&arena, text);

	(void)state;
	assert_int_equal(find(&f, "leaf1/swp1:2 - nic2/p0")->media_lanes, 4);
	expect_lane(&f, "leaf1/swp1:2 - nic2/p0", 0, 4, 4, 0, 0);
	expect_lane(&f, "leaf1/swp1:2 - nic2/p0", 3, 7, 7, 3, 3);
	/* the second duplex receptacle carries the upper four wavelengths */
	expect_lane(&f, "leaf1/swp2:2 - leaf3/swp1", 2, 6, 6, 2, 2);
	/* one fibre lane, four host lanes behind it: the first of them */
	assert_int_equal(find(&f, "leaf1/swp3:8 - gpu8/p0")->media_lanes, 1);
	expect_lane(&f, "leaf1/swp3:8 - gpu8/p0", 0, 7, 7, 0, 0);
	/* copper: host lanes */
	expect_lane(&f, "leaf1/swp4:2 - nic4/p0", 1, 5, 5, 1, 1);
	expect_lane(&f, "leaf1/swp5:3 - srv3/p0", 0, 2, 2, 0, 0);
	assert_int_equal(find(&f, "leaf1/swp6:1 - old1/swp1")->media_lanes, 4);
	lw_arena_finish(&arena);
	free(text);
}

/* A QSFP-DD 400G-DR4 has eight host lanes in front of four media lanes. */
static void gearbox_host_lanes_are_paired(void **state)
{
	struct lw_arena arena;
	struct lw_fabric f = resolve(
		&arena, DEVICES
		"  a: {cages: {p: {form: OSFP, mode: 2x400G, module: OSFP-800G-DR8}}}\n"
		"  b: {cages: {p: {form: QSFP-DD, mode: 1x400G, module: QSFP-DD-400G-DR4}}}\n"
		"cables:\n"
		"  - {id: c, cord: hydra-mpo16-2mpo12, fibre: OS2, length_m: 5, a: a/p,\n"
		"     b: [~, b/p]}\n");

	(void)state;
	assert_int_equal(f.link_n, 1);
	assert_int_equal(f.links[0].verdict, LW_UP);
	expect_lane(&f, "a/p:2 - b/p", 0, 4, 4, 0, 0);
	expect_lane(&f, "a/p:2 - b/p", 3, 7, 7, 3, 6);
	assert_int_equal(f.links[0].media_lanes, 4);
	assert_true(has(&f.findings, "branch-end", "leg 1 of cable c is open"));
	lw_arena_finish(&arena);
}

static void far_pmd_decides_between_abilities(void **state)
{
	struct lw_arena arena;
	struct lw_fabric f =
		resolve(&arena, DEVICES
			"  a: {cages: {p: {form: OSFP, mode: 8x100G, module: OSFP-800G-DR8}}}\n"
			"  b: {cages: {p: {form: SFP112, mode: 1x100G, module: SFP112-100G-DR}}}\n"
			"cables:\n"
			"  - {id: c, cord: hydra-mpo16-8lc, fibre: OS2, length_m: 5, a: a/p,\n"
			"     b: [~, ~, b/p]}\n");
	const struct lw_flink *l = find(&f, "a/p:3 - b/p");

	(void)state;
	for (int e = 0; e < 2; e++) {
		const struct lw_cage *c = &f.cages[l->cage[e]];

		assert_string_equal(c->abilities[l->chosen[e]].pmd->name, "100GBASE-DR");
	}
	lw_arena_finish(&arena);
}

/* A module known by its memory alone is judged as the catalogued one. */
static void dump_gives_the_same_links_as_the_part(void **state)
{
	static const char text[] = DEVICES
		"  a: {cages: {p: {form: OSFP, mode: 2x400G, module: %s}}}\n"
		"  b: {cages: {p: {form: QSFP112, mode: 1x400G, module: QSFP112-400G-FR4},\n"
		"              q: {form: QSFP112, mode: 1x400G, module: QSFP112-400G-FR4}}}\n"
		"cables:\n"
		"  - {id: c, cord: duplex, fibre: OS2, length_m: 5, a: a/p#1, b: b/p}\n"
		"  - {id: d, cord: duplex, fibre: OS2, length_m: 5, a: a/p#2, b: b/q}\n";
	static const char *const module[] = {"OSFP-800G-2xFR4", "{dump: OSFP-800G-2xFR4}"};

	(void)state;
	for (int i = 0; i < 2; i++) {
		char buf[1000];
		struct lw_arena arena;
		struct lw_fabric f;

		snprintf(buf, sizeof(buf), text, module[i]);
		f = resolve(&arena, buf);
		assert_int_equal(f.link_n, 2);
		assert_int_equal(find(&f, "a/p:1 - b/p")->verdict, LW_UP);
		assert_int_equal(find(&f, "a/p:2 - b/q")->verdict, LW_UP);
		expect_lane(&f, "a/p:2 - b/q", 0, 4, 4, 0, 0);
		lw_arena_finish(&arena);
	}
}

static void equal_parts_are_decoded_once(void **state)
{
	struct lw_arena arena;
	struct lw_fabric f =
		resolve(&arena, DEVICES
			"  a: {cages: {p: {form: SFP28, mode: 1x25G, module: SFP28-25G-SR},\n"
			"              q: {form: SFP28, mode: 1x25G, module: SFP28-25G-SR},\n"
			"              r: {form: SFP28, mode: 1x25G}}}\n"
			"cables: []\n");

	(void)state;
	assert_non_null(f.cages[0].facts);
	assert_ptr_equal(f.cages[0].facts, f.cages[1].facts);
	assert_ptr_equal(f.cages[0].abilities, f.cages[1].abilities);
	assert_null(f.cages[2].facts);
	assert_int_equal(f.link_n, 0);
	assert_int_equal(f.findings.n, 2); /* an empty cage is no news */
	assert_true(has(&f.findings, "branch-end", "a/p holds SFP28-25G-SR and no cable"));
	lw_arena_finish(&arena);
}

static void resolve_errors_name_the_line(void **state)
{
	static const struct {
		const char *text;
		int line;
		const char *says;
	} rows[] = {
		{DEVICES
		 "  a:\n    cages:\n      p: {form: OSFP, mode: 1x800G, module: {dump: none}}\n"
		 "cables: []\n",
		 5, "cage a/p: dump none: no such dump"},
		{DEVICES
		 "  a: {cages: {p: {form: OSFP, mode: 2x400G, module: {dump: OSFP-800G-2xFR4}},\n"
		 "              q: {form: OSFP, mode: 1x400G(4), module: OSFP-400G-FR4}}}\n"
		 "cables:\n"
		 "  - {id: c, cord: duplex, fibre: OS2, length_m: 5, a: a/p, b: a/q}\n",
		 6, "cable c: the module in a/p has 2 receptacles: say which, a/p#1 to a/p#2"},
		{DEVICES
		 "  a: {cages: {p: {form: OSFP, mode: 2x400G, module: {dump: OSFP-800G-2xFR4}},\n"
		 "              q: {form: OSFP, mode: 1x400G(4), module: OSFP-400G-FR4}}}\n"
		 "cables:\n"
		 "  - {id: c, cord: duplex, fibre: OS2, length_m: 5, a: a/p#3, b: a/q}\n",
		 6, "cable c: the module in a/p has 2 receptacles"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct lw_arena arena;
		struct lw_fabric f;
		struct lw_error e = {0};
		unsigned reads = 0;

		lw_arena_init(&arena, 0);
		assert_int_equal(lw_fabric_load(rows[i].text, strlen(rows[i].text), "t.yaml",
						&arena, &f, &e),
				 0);
		assert_true(lw_fabric_resolve(&f, part_reader, &reads, &e) < 0);
		assert_int_equal(e.line, rows[i].line);
		assert_string_equal(e.where, "t.yaml");
		if (!strstr(e.message, rows[i].says))
			fail_msg("row %zu: %s", i, e.message);
		if (!i) {
			assert_int_equal(lw_fabric_resolve(&f, NULL, NULL, &e), LW_ENOTSUP);
			assert_int_equal(e.line, 5);
		}
		lw_arena_finish(&arena);
	}
}

/* The cable carries eight lanes, the port has four, the rest has no partner. */
static void ports_without_partner_are_told(void **state)
{
	struct lw_arena arena;
	struct lw_fabric f =
		resolve(&arena, DEVICES
			"  a: {cages: {p: {form: OSFP, mode: 2x400G, module: OSFP-800G-DR8}}}\n"
			"  b: {cages: {p: {form: OSFP, mode: 1x800G, module: OSFP-800G-DR8}}}\n"
			"cables:\n"
			"  - {id: c, cord: mpo16, fibre: OS2, length_m: 5, a: a/p, b: b/p}\n");

	(void)state;
	/* both halves reach the one port at b: two links, each with its reasons */
	assert_int_equal(f.link_n, 2);
	assert_int_equal(f.findings.n, 0);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(f.links[i].verdict, LW_DOWN);
		assert_true(has(&f.links[i].findings, "rate", "b/p runs 800G (mode 1x800G)"));
	}
	lw_arena_finish(&arena);
}

/* A hydra's second leg finds no lanes in a four-lane module. */
static void leg_that_reaches_no_lane_is_told(void **state)
{
	struct lw_arena arena;
	struct lw_fabric f = resolve(
		&arena, DEVICES
		"  a: {cages: {p: {form: QSFP112, mode: 1x400G, module: QSFP112-400G-DR4}}}\n"
		"  b: {cages: {p: {form: QSFP112, mode: 1x400G, module: QSFP112-400G-DR4},\n"
		"              q: {form: QSFP112, mode: 1x400G, module: QSFP112-400G-DR4}}}\n"
		"cables:\n"
		"  - {id: c, cord: hydra-mpo16-2mpo12, fibre: OS2, length_m: 5, a: a/p,\n"
		"     b: [b/p, b/q]}\n");

	(void)state;
	assert_int_equal(f.link_n, 1);
	assert_true(has(&f.links[0].findings, "connector", "has a receptacle for MPO-12"));
	assert_int_equal(f.findings.n, 1);
	assert_true(has(&f.findings, "branch-end", "b/q (400G) has no partner"));
	lw_arena_finish(&arena);
}

/* Two ports whose application has one media instance: only a multiplexer could serve both. */
static void ports_that_claim_the_same_lanes_clash(void **state)
{
	struct lw_ability abilities[LW_ABILITIES_MAX];
	char *text = slurp(EXAMPLE);
	struct lw_arena arena;
	struct lw_fabric f = resolve(&arena, text);
	struct place *places = calloc(f.cage_n, sizeof(*places));
	struct lw_cage *c = &f.cages[0];

	(void)state;
	assert_non_null(places);
	for (size_t i = 0; i < f.cage_n; i++) {
		lw_place_find(&f.cages[i], &places[i]);
		for (unsigned p = 0; p < LW_LPORTS_MAX; p++)
			assert_int_equal(places[i].clash[p], 0);
	}
	memcpy(abilities, c->abilities, c->ability_n * sizeof(abilities[0]));
	for (size_t i = 0; i < c->ability_n; i++)
		abilities[i].media_first = 1;
	c->abilities = abilities;
	lw_place_find(c, &places[0]);
	assert_int_equal(places[0].clash[0], 0);
	assert_int_equal(places[0].clash[1], 1);
	assert_int_equal(lw_fabric_judge(&f, places, &f.links[1], NULL, NULL), 0);
	assert_int_equal(f.links[1].verdict, LW_AT_RISK);
	assert_true(has(&f.links[1].findings, "lane-overlap",
			"leaf1/swp1:2 and leaf1/swp1:1 claim the same media lanes"));
	free(places);
	lw_arena_finish(&arena);
	free(text);
}

static void expect_number(const json_t *o, const char *key, double v)
{
	assert_true(json_is_number(json_object_get(o, key)));
	assert_float_equal(json_number_value(json_object_get(o, key)), v, 1e-9);
}

static void check_document_has_its_promised_shape(void **state)
{
	char *text = slurp(EXAMPLE);
	struct lw_buf b = LW_BUF_INIT;
	struct lw_arena arena;
	struct lw_fabric f = resolve(&arena, text);
	struct lw_json j;
	json_t *doc, *links, *l, *lane, *budget, *finding;
	json_error_t je;

	(void)state;
	lw_json_init(&j, &b);
	lw_fabric_check_json(&f, &j);
	assert_false(b.failed);
	doc = json_loads(lw_buf_str(&b), 0, &je);
	if (!doc)
		fail_msg("%d: %s", je.line, je.text);
	links = json_object_get(doc, "links");
	assert_int_equal(json_array_size(links), 19);
	l = json_array_get(links, 1);
	assert_string_equal(json_string_value(json_object_get(l, "id")), "leaf1/swp1:2 - nic2/p0");
	assert_string_equal(json_string_value(json_object_get(l, "cable")), "hydra-a");
	assert_string_equal(json_string_value(json_object_get(l, "verdict")), "up");
	expect_number(l, "rate_mbps", 400000);
	assert_int_equal(json_array_size(json_object_get(l, "findings")), 0);
	budget = json_object_get(l, "budget");
	expect_number(budget, "loss_db", 0.012); /* 30 m at 0.4 dB/km */
	expect_number(budget, "limit_db", 3.0);
	expect_number(budget, "margin_db", 2.988);
	assert_int_equal(json_array_size(json_object_get(l, "lanes")), 4);
	lane = json_array_get(json_object_get(l, "lanes"), 3);
	expect_number(lane, "lane", 4); /* shown to people: from 1 */
	expect_number(lane, "a_host_lane", 8);
	expect_number(lane, "a_media_lane", 8);
	expect_number(lane, "b_media_lane", 4);
	expect_number(lane, "b_host_lane", 4);
	/* copper has no optical budget */
	l = json_array_get(links, 12);
	assert_string_equal(json_string_value(json_object_get(l, "id")), "leaf1/swp4:1 - nic3/p0");
	assert_true(json_is_null(json_object_get(json_object_get(l, "budget"), "loss_db")));
	l = json_array_get(links, 18);
	assert_string_equal(json_string_value(json_object_get(l, "verdict")), "down");
	finding = json_array_get(json_object_get(l, "findings"), 0);
	for (const char *const *k = (const char *const[]){"rule", "severity", "subject", "text",
							  "remedy", "ref", NULL};
	     *k; k++)
		assert_true(json_string_length(json_object_get(finding, *k)) > 0);
	assert_int_equal(json_array_size(json_object_get(doc, "findings")), 2);
	expect_number(json_object_get(doc, "summary"), "links", 19);
	expect_number(json_object_get(doc, "summary"), "up", 18);
	expect_number(json_object_get(doc, "summary"), "at_risk", 0);
	expect_number(json_object_get(doc, "summary"), "down", 1);
	json_decref(doc);
	lw_buf_finish(&b);
	lw_arena_finish(&arena);
	free(text);
}

/* Every allocation of the way from text to verdict fails once. */
static void resolve_out_of_memory_is_an_error(void **state)
{
	char *text = slurp(EXAMPLE);
	struct lw_arena arena;
	struct lw_fabric f = resolve(&arena, text);
	size_t need = arena.used;

	(void)state;
	assert_true(f.link_n > 0);
	lw_arena_finish(&arena);
	for (size_t limit = 1; limit < need; limit += need / 500) {
		struct lw_error e = {0};

		lw_arena_init(&arena, limit);
		if (!lw_fabric_load(text, strlen(text), "t", &arena, &f, &e))
			assert_int_equal(lw_fabric_resolve(&f, NULL, NULL, &e), LW_ENOMEM);
		assert_int_equal(e.code, LW_ENOMEM);
		lw_arena_finish(&arena);
	}
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(example_judges_as_its_comments_say),
		cmocka_unit_test(example_lanes_run_end_to_end),
		cmocka_unit_test(gearbox_host_lanes_are_paired),
		cmocka_unit_test(far_pmd_decides_between_abilities),
		cmocka_unit_test(dump_gives_the_same_links_as_the_part),
		cmocka_unit_test(equal_parts_are_decoded_once),
		cmocka_unit_test(resolve_errors_name_the_line),
		cmocka_unit_test(ports_without_partner_are_told),
		cmocka_unit_test(leg_that_reaches_no_lane_is_told),
		cmocka_unit_test(ports_that_claim_the_same_lanes_clash),
		cmocka_unit_test(check_document_has_its_promised_shape),
		cmocka_unit_test(resolve_out_of_memory_is_an_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
