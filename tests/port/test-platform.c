/* SPDX-License-Identifier: Apache-2.0 */
/* usage: test-platform FIXTURES. Platforms of public switches beside SONiC's own answers, and small
 * ones written here for each rule. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <jansson.h>
#include <lanewise/platform.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static const char *fixtures;

static const char *const switches[] = {"accton_wedge100bf_32qs-r0", "dellemc_s5248f_c3538-r0",
				       "dellemc_z9332f_d1508-r0", "mlnx_msn4700-r0"};

static struct lw_arena arena;

static int setup(void **state)
{
	(void)state;
	lw_arena_init(&arena, 64u << 20);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	lw_arena_finish(&arena);
	return 0;
}

static char *slurp(const char *folder, const char *file, size_t *ret_n)
{
	char path[512];
	FILE *f;
	char *s;
	long n;

	snprintf(path, sizeof(path), "%s/%s/%s", fixtures, folder, file);
	f = fopen(path, "rb");
	if (!f)
		fail_msg("%s cannot be opened", path);
	assert_int_equal(fseek(f, 0, SEEK_END), 0);
	n = ftell(f);
	rewind(f);
	s = malloc((size_t)n + 1);
	assert_non_null(s);
	assert_int_equal(fread(s, 1, (size_t)n, f), n);
	s[n] = '\0';
	fclose(f);
	*ret_n = (size_t)n;
	return s;
}

static void load_switch(const char *folder, struct lw_platform *ret)
{
	struct lw_error e = {0};
	size_t n;
	char *text = slurp(folder, "platform.json", &n);

	if (lw_platform_load(text, n, "platform.json", &arena, ret, &e))
		fail_msg("%s: line %d: %s", folder, e.line, e.message);
	free(text);
	text = slurp(folder, "hwsku.json", &n);
	if (lw_platform_hwsku(ret, text, n, "hwsku.json", &e))
		fail_msg("%s: line %d: %s", folder, e.line, e.message);
	free(text);
}

/* One sub-port as SONiC writes its row. */
static json_t *row(const struct lw_subport *s)
{
	char lanes[256] = "", speed[16], subport[16];
	json_t *o;

	for (size_t i = 0; i < s->lane_n; i++) {
		strcat(lanes, i ? "," : "");
		strcat(lanes, s->lane[i]);
	}
	snprintf(speed, sizeof(speed), "%u", s->speed_mbps);
	snprintf(subport, sizeof(subport), "%u", s->subport);
	o = json_pack("{s:s s:s s:s s:s s:s}", "alias", s->alias, "lanes", lanes, "speed", speed,
		      "index", s->index, "subport", subport);
	assert_non_null(o);
	if (s->fec)
		json_object_set_new(o, "fec", json_string(s->fec));
	if (s->autoneg)
		json_object_set_new(o, "autoneg", json_string(s->autoneg));
	if (s->role)
		json_object_set_new(o, "role", json_string(s->role));
	return o;
}

static json_t *rows(const struct lw_platform_mode *m)
{
	json_t *o = json_object();

	for (size_t i = 0; i < m->sub_n; i++)
		json_object_set_new(o, m->sub[i].name, row(&m->sub[i]));
	return o;
}

static void same(const char *what, json_t *got, const json_t *want)
{
	if (!json_equal(got, want)) {
		char *g = json_dumps(got, JSON_COMPACT), *w = json_dumps(want, JSON_COMPACT);

		fail_msg("%s:\n got %.600s\nwant %.600s", what, g, w);
	}
	json_decref(got);
}

static void platform_every_mode_is_expanded_as_sonic_does(void **state)
{
	size_t answers = 0;

	(void)state;
	for (size_t i = 0; i < COUNT(switches); i++) {
		struct lw_platform p;
		size_t n;
		char *text = slurp(switches[i], "expected.json", &n);
		json_t *want = json_loadb(text, n, 0, NULL), *modes;

		modes = json_object_get(want, "modes");
		load_switch(switches[i], &p);
		assert_int_equal(p.port_n, json_object_size(modes));
		for (size_t k = 0; k < p.port_n; k++) {
			const struct lw_platform_port *port = &p.port[k];
			json_t *of = json_object_get(modes, port->name);

			assert_int_equal(port->mode_n, json_object_size(of));
			for (size_t m = 0; m < port->mode_n; m++) {
				same(port->mode[m].text, rows(&port->mode[m]),
				     json_object_get(of, port->mode[m].text));
				answers++;
			}
		}
		json_decref(want);
		free(text);
	}
	assert_int_equal(answers, 96 + 88 + 130 + 128);
}

static void platform_hwsku_gives_the_tables_sonic_gives(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(switches); i++) {
		json_t *ports = json_object(), *cfg = json_object(), *want;
		struct lw_platform p;
		size_t n;
		char *text = slurp(switches[i], "expected.json", &n);

		want = json_loadb(text, n, 0, NULL);
		load_switch(switches[i], &p);
		for (size_t k = 0; k < p.port_n; k++) {
			json_t *of = rows(&p.port[k].now);

			json_object_update(ports, of);
			json_decref(of);
		}
		for (size_t k = 0; k < p.hwsku_n; k++)
			json_object_set_new(cfg, p.hwsku[k].name,
					    json_pack("{s:s}", "brkout_mode", p.hwsku[k].mode));
		same(switches[i], ports, json_object_get(want, "hwsku_ports"));
		same(switches[i], cfg, json_object_get(want, "breakout_cfg"));
		json_decref(want);
		free(text);
	}
}

/* A platform of one port: Ethernet8 on lanes 1 to `lanes`, with 16 aliases for each mode. */
static void one_port(const char *lanes, const char *modes, struct lw_platform *ret)
{
	struct lw_error e = {0};
	char text[4096], index[64] = "3";

	for (const char *c = lanes; *c; c++)
		if (*c == ',')
			strcat(index, ",3");
	snprintf(text, sizeof(text),
		 "{\"interfaces\": {\n\"Ethernet8\": {\"lanes\": \"%s\", \"index\": \"%s\",\n"
		 "\"breakout_modes\": {%s}}}}",
		 lanes, index, modes);
	if (lw_platform_load(text, strlen(text), "p.json", &arena, ret, &e))
		fail_msg("%s: %s", text, e.message);
}

#define TEN "[\"a\",\"b\",\"c\",\"d\",\"e\",\"f\",\"g\",\"h\",\"i\",\"j\"]"

/* "Ethernet8/a 1,2 50000 1 rs; ..." of what a mode makes. */
static const char *brief(const struct lw_platform_mode *m)
{
	static char text[1024];
	size_t n = 0;

	text[0] = '\0';
	for (size_t i = 0; i < m->sub_n; i++) {
		const struct lw_subport *s = &m->sub[i];

		n += (size_t)snprintf(text + n, sizeof(text) - n, "%s%s/%s ", i ? "; " : "",
				      s->name, s->alias);
		for (size_t k = 0; k < s->lane_n; k++)
			n += (size_t)snprintf(text + n, sizeof(text) - n, "%s%s", k ? "," : "",
					      s->lane[k]);
		n += (size_t)snprintf(text + n, sizeof(text) - n, " %u %u %s", s->speed_mbps,
				      s->subport, s->fec ? s->fec : "-");
	}
	return text;
}

/* Each form of a mode and every quirk of SONiC's pattern; answers by portconfig.py. */
static const struct {
	const char *lanes, *mode, *makes;
} forms[] = {
	{"1,2,3,4", "1x100G", "Ethernet8/a 1,2,3,4 100000 0 -"},
	{"1,2,3,4", "2x50G[25G,10G]", "Ethernet8/a 1,2 50000 1 -; Ethernet10/b 3,4 50000 2 -"},
	{"1,2,3,4", "1x100000[40G]", "Ethernet8/a 1,2,3,4 100000 0 -"},
	{"1,2,3,4", "1x200G", "Ethernet8/a 1,2,3,4 200000 0 rs"},
	{"1,2,3,4", "1x199999", "Ethernet8/a 1,2,3,4 199999 0 -"},
	{"1,2,3,4", "1x50G(2)+2x25G(2)",
	 "Ethernet8/a 1,2 50000 1 -; Ethernet10/b 3 25000 2 -; Ethernet11/c 4 25000 3 -"},
	{"1,2,3,4", "1x25G(1)", "Ethernet8/a 1 25000 0 -"},
	{"1,2,3,4", "2x25G(2)[10G]", "Ethernet8/a 1 25000 1 -; Ethernet9/b 2 25000 2 -"},
	/* the blank hides the list and the lanes behind it */
	{"1,2,3,4", "2x100G[50G, 25G](2)",
	 "Ethernet8/a 1,2 100000 1 rs; Ethernet10/b 3,4 100000 2 rs"},
	/* at most six digits: the seventh is text that is ignored */
	{"1,2,3,4", "1x1600000", "Ethernet8/a 1,2,3,4 160000 0 -"},
	{"1,2,3,4", "1x100G(1234567)", "Ethernet8/a 1,2,3,4 100000 0 -"},
	/* rounded down: two lanes stay */
	{"1,2,3,4,5,6,7,8", "3x100G",
	 "Ethernet8/a 1,2 100000 1 rs; Ethernet10/b 3,4 100000 2 rs; Ethernet12/c 5,6 100000 3 rs"},
	{"1,2,", "3x10G",
	 "Ethernet8/a 1 10000 1 -; Ethernet9/b 2 10000 2 -; Ethernet10/c  10000 3 -"},
};

static void mode_every_form_is_read_as_sonic_does(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(forms); i++) {
		struct lw_platform p;
		char modes[256];

		snprintf(modes, sizeof(modes), "\"%s\": " TEN, forms[i].mode);
		one_port(forms[i].lanes, modes, &p);
		if (p.port[0].mode[0].refusal)
			fail_msg("%s: %s", forms[i].mode, p.port[0].mode[0].refusal);
		assert_string_equal(brief(&p.port[0].mode[0]), forms[i].makes);
	}
}

/* What SONiC refuses, all by an exception; and what the refusal says here. */
static const struct {
	const char *modes, *mode, *says;
} refused[] = {
	{"\"1x100G\": " TEN, "", "is not COUNTxSPEED"},
	{"\"1x100G\": " TEN, "100G", "is not COUNTxSPEED"},
	{"\"1x100G\": " TEN, "1X100G", "is not COUNTxSPEED"},
	{"\"1x100G\": " TEN, " 1x100G", "is not COUNTxSPEED"},
	{"\"1x100G\": " TEN, "1x100G+", "an empty part"},
	{"\"1x100G\": " TEN, "1234567x1G", "is not COUNTxSPEED"},
	{"\"1x100G\": " TEN, "1x100G[]", "list of other speeds"},
	{"\"1x100G\": " TEN, "1x100G[40G,]", "list of other speeds"},
	{"\"1x100G\": " TEN, "1x100G[10G1]", "list of other speeds"},
	{"\"1x100G\": " TEN, "1x100G[40G]", "not among the modes"},
	{"\"1x100G[40G]\": " TEN, "1x100G", "compares the list"},
	{"\"1x100G\": " TEN, "2x50G", "not among the modes"},
	{"\"1x100G(5)\": " TEN, "1x100G(5)", "takes 5 lanes of a port that has 4"},
	{"\"5x10G\": " TEN, "5x10G", "divides 4 lanes among 5 ports"},
	{"\"0x10G\": " TEN, "0x10G", "among 0 ports"},
	{"\"1x10G(0)\": " TEN, "1x10G(0)", "divides 0 lanes"},
	{"\"4x25G\": [\"a\",\"b\",\"c\"]", "4x25G", "names fewer aliases"},
	{"\"4x25G\": \"abc\"", "4x25G", "names fewer aliases"},
	{"\"4x25G\": []", "4x25G", "no aliases"},
	{"\"4x25G\": 4", "4x25G", "no aliases"},
	{"\"nonsense\": " TEN ", \"1x100G\": " TEN, "1x100G", "behind \"nonsense\""},
};

static void mode_refused_says_why(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(refused); i++) {
		struct lw_findings f;
		struct lw_platform p;
		struct lw_error e;
		bool found = false;

		one_port("1,2,3,4", refused[i].modes, &p);
		assert_int_equal(lw_platform_set_mode(&p, "Ethernet8", refused[i].mode, &e), 0);
		assert_non_null(p.port[0].now.refusal);
		assert_int_equal(p.port[0].now.sub_n, 0);
		if (!strstr(p.port[0].now.refusal, refused[i].says))
			fail_msg("\"%s\": %s", refused[i].mode, p.port[0].now.refusal);
		lw_findings_init(&f, &arena);
		assert_int_equal(lw_platform_judge(&p, LW_JUDGE_FORCE, &f), 0);
		for (size_t k = 0; k < f.n; k++)
			found |= strcmp(f.v[k].rule, "mode-refused") == 0 &&
				 f.v[k].severity == LW_FATAL;
		assert_true(found);
	}
}

static void mode_equal_but_for_order_takes_the_first_aliases(void **state)
{
	struct lw_platform p;
	struct lw_error e;

	(void)state;
	one_port("1,2,3,4", "\"1x100G[40G]\": [\"first\"], \"1x40G[100G]\": [\"second\"]", &p);
	assert_int_equal(lw_platform_set_mode(&p, "Ethernet8", "1x40000[40G,100000]", &e), 0);
	assert_string_equal(brief(&p.port[0].now), "Ethernet8/first 1,2,3,4 40000 0 -");
	assert_string_equal(brief(&p.port[0].mode[1]), "Ethernet8/first 1,2,3,4 40000 0 -");
}

static void mode_nearest_are_offered_best_first(void **state)
{
	static const char modes[] = "\"1x400G\": " TEN ", \"2x200G[100G]\": " TEN
				    ", \"4x100G[50G]\": " TEN ", \"9x1G\": " TEN;
	static const struct {
		const char *want, *near;
	} rows_[] = {
		{"4x100G", "4x100G[50G], 2x200G[100G] or 1x400G"},
		{"8x50G", "4x100G[50G], 2x200G[100G] or 1x400G"},
		{"1x200G", "1x400G, 2x200G[100G] or 4x100G[50G]"},
		{"2x2o0G[100G]", "2x200G[100G], 4x100G[50G] or 1x400G"},
	};
	struct lw_platform p;
	char buf[224], tiny[8];

	(void)state;
	one_port("1,2,3,4,5,6,7,8", modes, &p);
	for (size_t i = 0; i < COUNT(rows_); i++)
		assert_string_equal(
			lw_platform_nearest(&p, &p.port[0], rows_[i].want, buf, sizeof(buf)),
			rows_[i].near);
	/* nothing is written past a small buffer */
	assert_true(strlen(lw_platform_nearest(&p, &p.port[0], "1x1G", tiny, sizeof(tiny))) <
		    sizeof(tiny));
}

static void finding(const struct lw_findings *f, const char *rule, const char *text)
{
	for (size_t i = 0; i < f->n; i++)
		if (strcmp(f->v[i].rule, rule) == 0 && strstr(f->v[i].text, text)) {
			assert_true(f->v[i].remedy[0] && f->v[i].ref[0] && f->v[i].subject[0]);
			return;
		}
	for (size_t i = 0; i < f->n; i++)
		print_message("# %s: %s\n", f->v[i].rule, f->v[i].text);
	fail_msg("no finding %s with \"%s\" among %zu", rule, text, f->n);
}

/* Each rule: a port that breaks it, a part of the text, and nothing but that. */
static const struct {
	const char *lanes, *modes, *rule, *text;
} suspects[] = {
	{"1,2,3,4,5,6,7,8", "\"4x100G(4)+1x400G(4)\": " TEN, "subport-mixed",
	 "1,2,3,4,5, but 1,2,3,4,2"},
	{"1,2,3,4", "\"1x25G(1)+1x50G(2)\": " TEN, "subport-mixed", "1,2, but 1,none"},
	{"1", "\"1x25G\": \"Eth1\"", "alias-text", "calls the port \"E\""},
	{"1,2", "\"2x25G\": [\"x\",\"x\"]", "alias-twice", "twice in one mode (\"x\": 2x25G)"},
	{"1,2,", "\"1x25G(1)\": " TEN, "lane-empty", "lane 3 of 3"},
	{"1,1", "\"2x25G\": " TEN, "lane-twice", "lists a lane twice (lane 1: Ethernet8)"},
	{"1,2,3,4", "\"3x25G\": " TEN, "lanes-uneven", "each gets 1 and 1 stay unused"},
	{"1,2,3,4", "\"2x25G(2)\": " TEN, "lanes-left", "2 of 4 lanes"},
	{"1,2,3,4", "\"1x50G\": " TEN, "lane-speed", "50G on 4 lanes is 12.5G a lane"},
	{"1,2,3", "\"1x100G\": " TEN, "lane-speed", "about"},
	{"1,2", "\"2x25G[10G, 1G]\": " TEN, "mode-text", "drops \"[10G, 1G]\""},
	{"1,2", "\"2x25G(2)[10G]\": " TEN, "mode-text", "drops \"[10G]\""},
	{"1,2", "\"1x50G[20G]\": " TEN ", \"1x20G[50G]\": " TEN, "mode-twice", "1x50G[20G]"},
	{"1,2", "\"4x25G\": " TEN, "mode-broken", "divides 2 lanes among 4 ports"},
};

static void judge_suspect_ports_are_found(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(suspects); i++) {
		struct lw_findings f;
		struct lw_platform p;

		one_port(suspects[i].lanes, suspects[i].modes, &p);
		lw_findings_init(&f, &arena);
		assert_int_equal(lw_platform_judge(&p, LW_JUDGE_ALL, &f), 0);
		finding(&f, suspects[i].rule, suspects[i].text);
	}
}

static void judge_sound_port_has_no_finding(void **state)
{
	struct lw_findings f;
	struct lw_platform p;

	(void)state;
	one_port("1,2,3,4,5,6,7,8",
		 "\"1x400G[200G]\": [\"a\"], \"2x200G\": [\"a\",\"b\"], \"8x10G\": " TEN
		 ", \"1x200G(4)+1x200G(4)\": [\"a\",\"b\"], \"8x1000\": " TEN,
		 &p);
	lw_findings_init(&f, &arena);
	assert_int_equal(lw_platform_judge(&p, LW_JUDGE_ALL, &f), 0);
	for (size_t i = 0; i < f.n; i++)
		print_message("# %s: %s\n", f.v[i].rule, f.v[i].text);
	assert_int_equal(f.n, 0);
}

static void judge_public_switches_find_what_is_known(void **state)
{
	static const struct {
		const char *rule, *text, *subject;
	} known[] = {
		{"alias-twice", "\"Ethernet112\"", "platform.json:462: Ethernet112"},
		{"alias-text", "\"E\"", "platform.json:486: Ethernet0 and 47 more"},
		{"lanes-left", "4 of 8", "platform.json:615: Ethernet0 and 31 more"},
		{"mode-text", "[10G,1G]", "platform.json:411: Ethernet0 and 31 more"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(switches); i++) {
		struct lw_findings f;
		struct lw_platform p;
		bool found = false;

		load_switch(switches[i], &p);
		lw_findings_init(&f, &arena);
		assert_int_equal(lw_platform_judge(&p, LW_JUDGE_ALL, &f), 0);
		finding(&f, known[i].rule, known[i].text);
		for (size_t k = 0; k < f.n; k++)
			found |= strcmp(f.v[k].rule, known[i].rule) == 0 &&
				 strcmp(f.v[k].subject, known[i].subject) == 0;
		assert_true(found);
		assert_true(lw_findings_worst(&f) < LW_FATAL);
	}
}

static void load(const char *text, const char *hwsku, struct lw_platform *ret)
{
	struct lw_error e = {0};

	if (lw_platform_load(text, strlen(text), "p.json", &arena, ret, &e))
		fail_msg("%s", e.message);
	if (hwsku && lw_platform_hwsku(ret, hwsku, strlen(hwsku), "h.json", &e))
		fail_msg("%s", e.message);
}

static const char pair[] =
	"{\"interfaces\": {\n"
	"\"Ethernet0\": {\"lanes\": \"1,2,3,4\", \"index\": \"1,1,1,1\", \"breakout_modes\":"
	" {\"1x100G\": [\"a\"], \"2x50G\": [\"a1\",\"a2\"], \"4x25G\": "
	"[\"a1\",\"a2\",\"a3\",\"a4\"]}},\n"
	"\"Ethernet2\": {\"lanes\": \"4,5\", \"index\": \"2,2\", \"breakout_modes\":"
	" {\"1x50G\": [\"b\"], \"1x25G(1)\": [\"b\"]}}}}";

static void judge_clashes_in_force_are_found(void **state)
{
	struct lw_findings f;
	struct lw_platform p;

	(void)state;
	load(pair,
	     "{\"interfaces\": {\"Ethernet0\": {\"default_brkout_mode\": \"2x50G\"},\n"
	     "\"Ethernet2\": {\"default_brkout_mode\": \"1x50G\"}, \"Ethernet9\": {},\n"
	     "\"Ethernet7\": {}}}",
	     &p);
	lw_findings_init(&f, &arena);
	assert_int_equal(lw_platform_judge(&p, LW_JUDGE_FORCE, &f), 0);
	finding(&f, "port-clash", "(Ethernet2: Ethernet0)");
	finding(&f, "lane-clash", "(4: Ethernet0)");
	finding(&f, "hwsku-stray", "no port of the platform");
	assert_int_equal(f.n, 3);
}

static void hwsku_gaps_are_found(void **state)
{
	struct lw_findings f;
	struct lw_platform p;

	(void)state;
	load(pair, "{\"interfaces\": {\"Ethernet0\": {\"fec\": \"rs\"}}}", &p);
	lw_findings_init(&f, &arena);
	assert_int_equal(lw_platform_judge(&p, LW_JUDGE_FORCE, &f), 0);
	finding(&f, "hwsku-mode", "default_brkout_mode");
	finding(&f, "hwsku-idle", "h.json");
}

static void hwsku_attribute_of_a_child_goes_to_every_child(void **state)
{
	struct lw_platform p;

	(void)state;
	load(pair,
	     "{\"interfaces\": {\"Ethernet0\": {\"default_brkout_mode\": \"4x25G\", \"fec\": "
	     "\"fc\"},"
	     "\"Ethernet3\": {\"default_brkout_mode\": \"4x25G\", \"fec\": \"rs\", \"role\": "
	     "\"Dpc\"}}}",
	     &p);
	assert_int_equal(p.port[0].now.sub_n, 4);
	for (size_t i = 0; i < 4; i++) {
		assert_string_equal(p.port[0].now.sub[i].fec, "rs");
		assert_string_equal(p.port[0].now.sub[i].role, "Dpc");
		assert_null(p.port[0].now.sub[i].autoneg);
	}
	assert_null(p.port[1].now.text);
}

static void key_twice_is_found_and_the_last_counts(void **state)
{
	struct lw_findings f;
	struct lw_platform p;

	(void)state;
	load("{\"interfaces\": {\"Ethernet0\": {\"lanes\": \"1\", \"index\": \"1\",\n"
	     "\"lanes\": \"2\", \"breakout_modes\": {\"1x10G\": [\"a\"]}}}}",
	     NULL, &p);
	assert_string_equal(p.port[0].lane[0], "2");
	lw_findings_init(&f, &arena);
	assert_int_equal(lw_platform_judge(&p, LW_JUDGE_ALL, &f), 0);
	finding(&f, "key-twice", "lanes");
	assert_string_equal(f.v[0].subject, "p.json:2");
}

static void port_of_wrong_form_is_found_and_makes_nothing(void **state)
{
	static const struct {
		const char *entry, *text;
	} rows_[] = {
		{"\"Ethernet0\": 5", "must be an object"},
		{"\"Ethernet0\": {\"lanes\": [1]}",
		 "\"lanes\" must be text such as \"1,2,3,4\", not a list"},
		{"\"Ethernet0\": {\"lanes\": \"1\"}", "\"index\" must be text"},
		{"\"Ethernet0\": {\"lanes\": \"1\", \"index\": \"1\"}",
		 "\"breakout_modes\" must be"},
		{"\"Ethernet0\": {\"lanes\": \"1\", \"index\": \"1\", \"breakout_modes\": "
		 "\"1x10G\"}",
		 "\"breakout_modes\" must be"},
		{"\"swp1\": {\"lanes\": \"1\", \"index\": \"1\", \"breakout_modes\": {\"1x10G\": "
		 "[\"a\"]}}",
		 "not called Ethernet and a number"},
		{"\"Ethernetteen\": {\"lanes\": \"1\", \"index\": \"1\", \"breakout_modes\": {}}",
		 "not called Ethernet and a number"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows_); i++) {
		struct lw_findings f;
		struct lw_platform p;
		char text[512];

		snprintf(text, sizeof(text), "{\"interfaces\": {%s}}", rows_[i].entry);
		load(text, NULL, &p);
		lw_findings_init(&f, &arena);
		assert_int_equal(lw_platform_judge(&p, LW_JUDGE_ALL, &f), 0);
		finding(&f, "port-form", rows_[i].text);
		assert_int_equal(lw_platform_set_mode(&p, p.port[0].name, "1x10G", NULL), 0);
		assert_int_equal(p.port[0].now.sub_n, 0);
	}
}

static void load_bad_file_says_line_and_leaves_the_result(void **state)
{
	static const struct {
		const char *text;
		int code, line;
		const char *says;
	} rows_[] = {
		{"", LW_EINVAL, 1, "is not JSON"},
		{"{\"interfaces\":\n {\"Ethernet0\" 5}}", LW_EINVAL, 2, "is not JSON"},
		{"{\n\n\"a\": tru}", LW_EINVAL, 3, "is not JSON"},
		{"[]", LW_EINVAL, 1, "must hold an object"},
		{"{\"interfaces\": []}", LW_EINVAL, 0, "not a list"},
		{"{}", LW_ENOENT, 0, "port_config.ini"},
		{"{\"interfaces\": {}}", LW_ENOENT, 0, "port_config.ini"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows_); i++) {
		struct lw_platform p = {.port_n = 77};
		struct lw_error e = {0};

		assert_int_equal(lw_platform_load(rows_[i].text, strlen(rows_[i].text), "p.json",
						  &arena, &p, &e),
				 rows_[i].code);
		assert_int_equal(p.port_n, 77);
		assert_int_equal(e.line, rows_[i].line);
		assert_string_equal(e.where, "p.json");
		if (!strstr(e.message, rows_[i].says))
			fail_msg("%s", e.message);
	}
}

static void load_too_much_is_refused(void **state)
{
	struct lw_buf b = LW_BUF_INIT;
	struct lw_platform p;
	struct lw_arena small;
	struct lw_error e;

	(void)state;
	lw_buf_puts(&b, "{\"interfaces\": {\"Ethernet0\": {\"lanes\": \"0");
	for (unsigned i = 1; i <= LW_PLATFORM_LANES_MAX; i++)
		lw_buf_printf(&b, ",%u", i);
	lw_buf_puts(&b, "\", \"index\": \"1\", \"breakout_modes\": {}}}}");
	assert_int_equal(lw_platform_load(b.s, b.len, "p", &arena, &p, &e), LW_ELIMIT);
	lw_buf_clear(&b);
	lw_buf_puts(&b, "{\"interfaces\": {\"Ethernet0\": {\"lanes\": \"1\", \"index\": \"1\", "
			"\"breakout_modes\": {\"1x1G\": []");
	for (unsigned i = 0; i < LW_PLATFORM_MODES_MAX; i++)
		lw_buf_printf(&b, ", \"1x%u\": []", i);
	lw_buf_puts(&b, "}}}}");
	assert_int_equal(lw_platform_load(b.s, b.len, "p", &arena, &p, &e), LW_ELIMIT);
	lw_buf_clear(&b);
	lw_buf_puts(&b, "{\"interfaces\": {\"Ethernet0\": 0");
	for (unsigned i = 1; i <= LW_PLATFORM_PORTS_MAX; i++)
		lw_buf_printf(&b, ", \"Ethernet%u\": 0", i);
	lw_buf_puts(&b, "}}");
	assert_int_equal(lw_platform_load(b.s, b.len, "p", &arena, &p, &e), LW_ELIMIT);
	assert_int_equal(lw_platform_load(b.s, LW_PLATFORM_BYTES_MAX + 1u, "p", &arena, &p, &e),
			 LW_ELIMIT);
	lw_buf_finish(&b);
	/* an arena that is too small anywhere on the way is out of memory, not a crash */
	for (size_t limit = 64; limit < 20000; limit += 64) {
		struct lw_findings f;
		int r;

		lw_arena_init(&small, limit);
		r = lw_platform_load(pair, strlen(pair), "p", &small, &p, &e);
		assert_true(r == 0 || r == LW_ENOMEM);
		if (!r) {
			struct lw_transition t;

			lw_findings_init(&f, &small);
			r = lw_platform_judge(&p, LW_JUDGE_ALL, &f);
			assert_true(r == 0 || r == LW_ENOMEM);
			r = lw_platform_set_mode(&p, "Ethernet0", "8x1G", &e);
			assert_true(r == 0 || r == LW_ENOMEM);
			r = lw_platform_transition(&p, "Ethernet0", "1x100G", "4x25G", &t, &e);
			assert_true(r == 0 || r == LW_ENOMEM);
		}
		lw_arena_finish(&small);
	}
}

static void port_unknown_is_not_found(void **state)
{
	struct lw_transition t;
	struct lw_platform p;
	struct lw_error e;

	(void)state;
	load(pair, NULL, &p);
	assert_int_equal(lw_platform_set_mode(&p, "Ethernet1", "1x100G", &e), LW_ENOENT);
	assert_non_null(strstr(e.message, "Ethernet1"));
	assert_int_equal(lw_platform_transition(&p, "Ethernet1", "1x100G", "1x100G", &t, &e),
			 LW_ENOENT);
}

static void transition_tells_ports_lanes_and_neighbours(void **state)
{
	struct lw_transition t;
	struct lw_platform p;

	(void)state;
	load(pair, NULL, &p);
	assert_int_equal(lw_platform_transition(&p, "Ethernet0", "2x50G", "4x25G", &t, NULL), 0);
	assert_int_equal(t.removed_n, 2);
	assert_int_equal(t.added_n, 4);
	assert_int_equal(t.kept_n, 0);
	assert_int_equal(t.move_n, 2); /* lanes 2 and 4 */
	assert_string_equal(t.move[0].lane, "2");
	assert_string_equal(t.move[0].from->name, "Ethernet0");
	assert_string_equal(t.move[0].to->name, "Ethernet1");
	assert_string_equal(t.move[1].lane, "4");
	assert_string_equal(t.move[1].from->name, "Ethernet2");
	assert_int_equal(t.neighbour_n, 1);
	assert_string_equal(t.neighbour[0]->name, "Ethernet2");

	/* what the neighbour makes now decides: its lane 4 alone is in the way of 4x25G */
	assert_int_equal(lw_platform_set_mode(&p, "Ethernet2", "1x25G(1)", NULL), 0);
	assert_int_equal(lw_platform_transition(&p, "Ethernet0", "4x25G", "1x100G", &t, NULL), 0);
	assert_int_equal(t.neighbour_n, 1);
	assert_int_equal(t.move_n, 3);
}

static void transition_to_the_same_keeps_all(void **state)
{
	struct lw_transition t;
	struct lw_platform p;

	(void)state;
	one_port("1,2,3,4",
		 "\"2x50G(4)\": [\"a\",\"b\"], \"1x50G(2)+2x25G(2)\": [\"a\",\"c\",\"d\"]", &p);
	assert_int_equal(lw_platform_transition(&p, "Ethernet8", "2x50G(4)", "2x50G", &t, NULL), 0);
	assert_int_equal(t.kept_n, 2);
	assert_int_equal(t.removed_n + t.added_n + t.move_n + t.neighbour_n, 0);
	assert_int_equal(
		lw_platform_transition(&p, "Ethernet8", "2x50G(4)", "1x50G(2)+2x25G(2)", &t, NULL),
		0);
	assert_int_equal(t.kept_n, 1);
	assert_string_equal(t.kept[0]->name, "Ethernet8");
	assert_int_equal(t.removed_n, 1);
	assert_int_equal(t.added_n, 2);
	assert_int_equal(t.move_n, 1);
	assert_string_equal(t.move[0].to->name, "Ethernet11");
}

static void transition_refused_is_a_finding(void **state)
{
	struct lw_transition t;
	struct lw_platform p;

	(void)state;
	load(pair, NULL, &p);
	assert_int_equal(lw_platform_transition(&p, "Ethernet0", "1x100G", "8x10G", &t, NULL), 0);
	assert_int_equal(t.findings.n, 1);
	assert_int_equal(t.findings.v[0].severity, LW_FATAL);
	assert_non_null(strstr(t.findings.v[0].remedy, "4x25G, 2x50G or 1x100G"));
	assert_int_equal(t.removed_n + t.added_n + t.kept_n, 0);
}

static void ini_columns_are_those_named(void **state)
{
	static const char text[] = "# comment\n"
				   "Ethernet0 1,2 etp1 7\n"
				   "#name  index alias asic_port_name lanes speed fec subport\r\n"
				   "\n"
				   "Ethernet4\t3 etp2 Eth1 5,6 50000 rs 2\r\n"
				   "Ethernet6 4\n"
				   "lonely";
	struct lw_platform p;
	const struct lw_subport *s;

	(void)state;
	assert_int_equal(lw_platform_load_ini(text, strlen(text), "i", &arena, &p, NULL), 0);
	assert_int_equal(p.port_n, 3);
	s = &p.port[0].now.sub[0];
	assert_string_equal(s->alias, "etp1");
	assert_string_equal(s->index, "7");
	assert_int_equal(s->lane_n, 2);
	assert_int_equal(s->speed_mbps, 0);
	assert_int_equal(s->subport, LW_SUBPORT_NONE);
	s = &p.port[1].now.sub[0];
	assert_int_equal(p.port[1].line, 5);
	assert_string_equal(s->alias, "etp2");
	assert_string_equal(s->lane[1], "6");
	assert_int_equal(s->speed_mbps, 50000);
	assert_string_equal(s->fec, "rs");
	assert_int_equal(s->subport, 2);
	assert_string_equal(p.port[2].now.sub[0].alias, "Ethernet6");
	assert_string_equal(p.port[2].trouble, "the port has no lanes");
}

static void ini_line_twice_and_shared_lanes_are_found(void **state)
{
	static const char text[] = "Ethernet0 1,2 a\nEthernet2 2 a\nEthernet0 3 b\nEthernet3 3 b\n";
	struct lw_platform p;
	struct lw_findings f;

	(void)state;
	assert_int_equal(lw_platform_load_ini(text, strlen(text), "i", &arena, &p, NULL), 0);
	assert_int_equal(p.port_n, 3);
	assert_string_equal(p.port[0].lane[0], "3"); /* the last line stays */
	lw_findings_init(&f, &arena);
	assert_int_equal(lw_platform_judge(&p, LW_JUDGE_PLATFORM, &f), 0);
	finding(&f, "key-twice", "described twice");
	finding(&f, "lane-twice", "(lane 3: Ethernet0)");
	finding(&f, "alias-twice", "(\"b\": Ethernet0)");
	assert_int_equal(f.n, 3);
}

static void ini_wrong_says_line(void **state)
{
	static const struct {
		const char *text;
		int code, line;
		const char *says;
	} rows_[] = {
		{"", LW_ENOENT, 0, "describes no ports"},
		{"# name lanes\nEthernet0 1\nEthernet1 2 x\n", LW_EINVAL, 3,
		 "more columns than the 2"},
		{"\n# names lanes\n", LW_EINVAL, 2, "names no column so"},
		{"# lanes name\n1 Ethernet0\n2\n3 4 5\n", LW_EINVAL, 4, "more columns"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows_); i++) {
		struct lw_platform p = {.port_n = 77};
		struct lw_error e = {0};

		assert_int_equal(lw_platform_load_ini(rows_[i].text, strlen(rows_[i].text), "i",
						      &arena, &p, &e),
				 rows_[i].code);
		assert_int_equal(p.port_n, 77);
		assert_int_equal(e.line, rows_[i].line);
		if (!strstr(e.message, rows_[i].says))
			fail_msg("%s", e.message);
	}
	assert_int_equal(
		lw_platform_load_ini("a\0b", 3, "i", &arena, &(struct lw_platform){0}, NULL),
		LW_EINVAL);
}

int main(int argc, char **argv)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(platform_every_mode_is_expanded_as_sonic_does),
		T(platform_hwsku_gives_the_tables_sonic_gives),
		T(mode_every_form_is_read_as_sonic_does),
		T(mode_refused_says_why),
		T(mode_equal_but_for_order_takes_the_first_aliases),
		T(mode_nearest_are_offered_best_first),
		T(judge_suspect_ports_are_found),
		T(judge_sound_port_has_no_finding),
		T(judge_public_switches_find_what_is_known),
		T(judge_clashes_in_force_are_found),
		T(hwsku_gaps_are_found),
		T(hwsku_attribute_of_a_child_goes_to_every_child),
		T(key_twice_is_found_and_the_last_counts),
		T(port_of_wrong_form_is_found_and_makes_nothing),
		T(load_bad_file_says_line_and_leaves_the_result),
		T(load_too_much_is_refused),
		T(port_unknown_is_not_found),
		T(transition_tells_ports_lanes_and_neighbours),
		T(transition_to_the_same_keeps_all),
		T(transition_refused_is_a_finding),
		T(ini_columns_are_those_named),
		T(ini_line_twice_and_shared_lanes_are_found),
		T(ini_wrong_says_line),
	};

	if (argc != 2)
		return 2;
	fixtures = argv[1];
	return cmocka_run_group_tests(tests, NULL, NULL);
}
