/* SPDX-License-Identifier: Apache-2.0 */
/* Long lists beside a fabric file, ports behind shuffle panels, links judged once for many. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <lanewise/buf.h>
#include <lanewise/fabric.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HEAD "fabric: t\ndevices: {csv: cages.csv}\ncables: {csv: cables.csv}\n"
#define CAGES                                                                                      \
	"device,nos,cage,form,mode,module\n"                                                       \
	"leaf1,nvue,swp1,OSFP1600,8x200G,OSFP1600-1.6T-DR8\n"                                      \
	"leaf1,,swp2,OSFP1600,8x200G,OSFP1600-1.6T-DR8\n"                                          \
	"spine1,,swp1,OSFP1600,8x200G,OSFP1600-1.6T-DR8\n"                                         \
	"spine2,,swp1,OSFP1600,8x200G,OSFP1600-1.6T-DR8\n"
#define COLUMNS "id,cord,part,fibre,length_m,a,b,through,broken\n"
#define CABLES                                                                                     \
	COLUMNS "c1,mpo16,,OS2,30,leaf1/swp1:1,spine1/swp1:1,mated:2,\n"                           \
		"c2,mpo16,,OS2,30,leaf1/swp1:2,spine2/swp1:1,mated:2,\n"                           \
		"c3,mpo16,,OS2,30,leaf1/swp2:5,spine1/swp1:2,mated:2,\n"

struct files {
	const char *cages, *cables;
};

static int reader(void *ctx, const char *path, struct lw_arena *arena, const char **ret,
		  size_t *ret_n, struct lw_error *reterr)
{
	const struct files *f = ctx;
	const char *text = strcmp(path, "cages.csv") == 0    ? f->cages
			   : strcmp(path, "cables.csv") == 0 ? f->cables
							     : NULL;

	if (!text)
		return lw_fail(reterr, LW_ENOENT, "no such file");
	*ret_n = strlen(text);
	*ret = lw_arena_strdup(arena, text);
	return *ret ? 0 : lw_fail(reterr, LW_ENOMEM, "out of memory");
}

static int load(const char *head, const char *cages, const char *cables, struct lw_arena *arena,
		struct lw_fabric *f, struct lw_error *e)
{
	struct files files = {cages, cables};

	return lw_fabric_load_lists(head, strlen(head), "t.yaml", reader, &files, arena, f, e);
}

static void list_rows_are_cages_and_cables(void **state)
{
	struct lw_arena arena;
	struct lw_error e;
	struct lw_fabric f;

	(void)state;
	lw_arena_init(&arena, 0);
	if (load(HEAD, CAGES, CABLES, &arena, &f, &e) || lw_fabric_resolve(&f, NULL, NULL, &e))
		fail_msg("%s:%d: %s", e.where, e.line, e.message);
	assert_int_equal(f.device_n, 3);
	assert_string_equal(f.devices[0].nos, "nvue");
	assert_null(f.devices[1].nos);
	assert_int_equal(f.devices[0].cage_n, 2);
	assert_string_equal(f.cages[1].id, "leaf1/swp2");
	assert_int_equal(f.cages[3].line, 5);
	assert_int_equal(f.cable_n, 3);
	assert_string_equal(f.cables[2].id, "c3");
	assert_int_equal(f.cables[2].line, 4);
	assert_int_equal(f.link_n, 3);
	/* each joins the one lane of its port */
	assert_string_equal(f.links[2].id, "leaf1/swp2:5 - spine1/swp1:2");
	assert_int_equal(f.links[2].media_lanes, 1);
	assert_int_equal(f.links[2].media_lane[0][0], 4);
	assert_int_equal(f.links[2].media_lane[1][0], 1);
	for (size_t i = 0; i < f.link_n; i++)
		assert_int_equal(f.links[i].verdict, LW_UP);
	lw_arena_finish(&arena);
}

static void list_and_yaml_are_one_fabric(void **state)
{
	static const char head[] =
		"fabric: t\ndevices:\n  csv: cages.csv\n  spine3: {cages: {swp1: {form: OSFP1600, "
		"mode: 8x200G, module: OSFP1600-1.6T-DR8}}}\ncables:\n  - {csv: cables.csv}\n"
		"  - {id: c4, cord: mpo16, fibre: OS2, length_m: 30, through: {mated: 2}, "
		"a: leaf1/swp1:3, b: spine3/swp1:8}\n";
	struct lw_arena arena;
	struct lw_error e;
	struct lw_fabric f;

	(void)state;
	lw_arena_init(&arena, 0);
	if (load(head, CAGES, CABLES, &arena, &f, &e) || lw_fabric_resolve(&f, NULL, NULL, &e))
		fail_msg("%s:%d: %s", e.where, e.line, e.message);
	assert_int_equal(f.link_n, 4);
	assert_int_equal(f.links[3].media_lane[1][0], 7);
	lw_arena_finish(&arena);
}

struct told {
	char text[200];
};

static void tell(void *ctx, const char *unit, size_t done, size_t all)
{
	struct told *t = ctx;
	size_t n = strlen(t->text);

	snprintf(t->text + n, sizeof(t->text) - n, "%s %zu of %zu; ", unit, done, all);
}

/* Two devices of 1100 cages each, joined one to one. */
static void list_of_thousands_tells_how_far_it_is(void **state)
{
	struct told told = {""};
	const struct lw_fabric_watch watch = {tell, &told};
	struct lw_buf cages = LW_BUF_INIT, cables = LW_BUF_INIT;
	struct files files;
	struct lw_arena arena;
	struct lw_error e;
	struct lw_fabric f;

	(void)state;
	lw_buf_puts(&cages, "device,cage,form,mode,module\n");
	lw_buf_puts(&cables, "id,cord,fibre,length_m,a,b\n");
	for (int d = 0; d < 2; d++)
		for (int i = 0; i < 1100; i++)
			lw_buf_printf(&cages, "d%d,p%d,SFP28,1x25G,SFP28-25G-SR\n", d, i);
	for (int i = 0; i < 1100; i++)
		lw_buf_printf(&cables, "c%d,duplex,OM4,10,d0/p%d,d1/p%d\n", i, i, i);
	files = (struct files){lw_buf_str(&cages), lw_buf_str(&cables)};
	lw_arena_init(&arena, 0);
	if (lw_fabric_load_watched(HEAD, strlen(HEAD), "t.yaml", reader, &files, &watch, &arena, &f,
				   &e) ||
	    lw_fabric_resolve(&f, NULL, NULL, &e))
		fail_msg("%s:%d: %s", e.where, e.line, e.message);
	assert_int_equal(f.link_n, 1100);
	assert_string_equal(told.text,
			    "cages 1024 of 2202; cages 2048 of 2202; cables 1024 of 1102; "
			    "links 1024 of 1100; ");
	lw_arena_finish(&arena);
	lw_buf_finish(&cages);
	lw_buf_finish(&cables);
}

/* The same cages with other cables, or other cages; what is said, and of which line. */
static const struct {
	const char *head, *cages, *cables, *where, *says;
} bad[] = {
	{"fabric: t\ndevices: {csv: none.csv}\ncables: []\n", CAGES, CABLES,
	 "t.yaml:2:", "list none.csv: no such file"},
	{HEAD, "", CABLES, "cages.csv:1:", "the list is empty"},
	{HEAD, "device,cage,form\n", CABLES, "cages.csv:1:", "there is no column mode"},
	{HEAD, "device,cage,form,mode,modul\n", CABLES,
	 "cages.csv:1:", "unknown key \"modul\" in the first row; did you mean module?"},
	{HEAD, "device,cage,form,mode,mode\n", CABLES,
	 "cages.csv:1:", "two columns are called mode"},
	{HEAD, CAGES "leaf1,,swp3,OSFP,2x400G,\n", CABLES,
	 "cages.csv:6:", "device leaf1 is already in line 2"},
	{HEAD, CAGES "spine2,,swp1,OSFP,2x400G,\n", CABLES,
	 "cages.csv:6:", "cage spine2/swp1 is already in line 5"},
	{HEAD, CAGES "spine2,,,OSFP,2x400G,\n", CABLES, "cages.csv:6:", "the row names no cage"},
	{HEAD, CAGES "spine2,,swp2,OSFP,2x401G,\n", CABLES, "cages.csv:6:", "swp2"},
	{HEAD, CAGES "spine2,,swp2,OSFP,2x400G,OSFP-800G-DR9\n", CABLES,
	 "cages.csv:6:", "unknown module \"OSFP-800G-DR9\""},
	{HEAD, CAGES, CABLES "c1,mpo16,,OS2,30,leaf1/swp2:6,spine1/swp1:3,,\n",
	 "cables.csv:5:", "cable id \"c1\" is already in line 2"},
	{HEAD, CAGES, CABLES "c4,mpo16,,OS2,30,leaf1/swp2:5,spine1/swp1:3,,\n",
	 "cables.csv:5:", "port leaf1/swp2:5 is used twice: already in line 4"},
	{HEAD, CAGES, CABLES "c4,mpo16,,OS2,30,leaf1/swp2,spine2/swp1:3,,\n",
	 "cables.csv:5:", "port leaf1/swp2 is used twice: already in line 4"},
	{HEAD, CAGES, COLUMNS "c4,mpo16,,OS2,30,leaf1/swp2,spine2/swp1:3,,\n",
	 "cables.csv:2:", "one port meets one port"},
	{HEAD, CAGES, CABLES "c4,mpo16,,OS2,30,leaf1/swp2:9,spine2/swp1:3,,\n",
	 "cables.csv:5:", "mode 8x200G of leaf1/swp2 has 8 logical ports"},
	{HEAD, CAGES, CABLES "c4,mpo16,,OS2,30,leaf1/swp2:x,spine2/swp1:3,,\n",
	 "cables.csv:5:", "the number of a logical port, 1 to 16"},
	{HEAD, CAGES, CABLES "c4,mpo16,,OS2,30,leaf1/swp2:6,spine1/swp1:3,mated,\n",
	 "cables.csv:5:", "mated must be a number"},
	{HEAD, CAGES, CABLES "c4,mpo16,,OS2,30,leaf1/swp2:6,spine1/swp1:3,mated:2,,x\n",
	 "cables.csv:5:", "the row has 10 cells, the first row 9"},
	{HEAD, CAGES, CABLES "c4,mpo16,,OS2,30,\"leaf1/swp2:6,spine1/swp1:3\n",
	 "cables.csv:5:", "its quote is not closed"},
};

static void list_wrong_row_says_what_and_where(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct lw_error e = {.page = -1, .byte = -1};
		struct lw_arena arena;
		struct lw_fabric f;
		char where[128];

		lw_arena_init(&arena, 0);
		assert_true(load(bad[i].head, bad[i].cages, bad[i].cables, &arena, &f, &e) < 0);
		snprintf(where, sizeof(where), "%s:%d:", e.where, e.line);
		if (strcmp(where, bad[i].where) != 0 || !strstr(e.message, bad[i].says))
			fail_msg("case %zu: %s %s", i, where, e.message);
		lw_arena_finish(&arena);
	}
}

static void list_without_a_reader_is_refused(void **state)
{
	struct lw_error e = {.page = -1, .byte = -1};
	struct lw_arena arena;
	struct lw_fabric f;

	(void)state;
	lw_arena_init(&arena, 0);
	assert_int_equal(lw_fabric_load(HEAD, sizeof(HEAD) - 1, "t", &arena, &f, &e), LW_EINVAL);
	assert_non_null(strstr(e.message, "cannot be read here"));
	lw_arena_finish(&arena);
}

static void list_out_of_memory_is_an_error(void **state)
{
	struct lw_arena arena;
	struct lw_error e;
	struct lw_fabric f;
	size_t need, failed = 0;

	(void)state;
	lw_arena_init(&arena, 0);
	assert_int_equal(load(HEAD, CAGES, CABLES, &arena, &f, &e), 0);
	assert_int_equal(lw_fabric_resolve(&f, NULL, NULL, &e), 0);
	need = arena.used;
	lw_arena_finish(&arena);
	for (size_t limit = 1; limit < need; limit += limit < 20000 ? 64 : 4096) {
		int rc;

		e = (struct lw_error){0};
		lw_arena_init(&arena, limit);
		rc = load(HEAD, CAGES, CABLES, &arena, &f, &e);
		if (!rc)
			rc = lw_fabric_resolve(&f, NULL, NULL, &e);
		if (rc)
			assert_int_equal(rc, LW_ENOMEM);
		failed += rc != 0;
		lw_arena_finish(&arena);
	}
	assert_true(failed > 100);
}

/* Thousands of links of a few kinds, good and bad: as if each were judged by itself. */
static void alike_links_are_judged_as_each_by_itself(void **state)
{
	static const char *const lengths[] = {"3", "30", "600", "9000"};
	struct lw_buf cages = LW_BUF_INIT, cables = LW_BUF_INIT;
	struct lw_arena arena, one;
	struct lw_error e;
	struct lw_fabric f;
	size_t down = 0;

	(void)state;
	lw_buf_puts(&cages, "device,cage,form,mode,module\n");
	lw_buf_puts(&cables, "id,cord,fibre,length_m,a,b,through,broken\n");
	for (unsigned i = 0; i < 512; i++)
		lw_buf_printf(&cages, "d%u,p,OSFP,%s,OSFP-800G-%s\n", i,
			      i % 7 == 1 ? "4x200G" : "2x400G", i % 5 == 4 ? "DR8-2" : "DR8");
	for (unsigned i = 0; i < 512; i += 2)
		lw_buf_printf(&cables, "c%u,mpo16,%s,%s,d%u/p,d%u/p,%s,%s\n", i,
			      i % 22 ? "OS2" : "OM4", lengths[i / 2 % 4], i, i + 1,
			      i % 6 ? "mated:2" : "", i % 50 ? "" : "2");
	lw_arena_init(&arena, 0);
	assert_int_equal(load(HEAD, lw_buf_str(&cages), lw_buf_str(&cables), &arena, &f, &e), 0);
	assert_int_equal(lw_fabric_resolve(&f, NULL, NULL, &e), 0);
	assert_true(f.link_n > 500);
	for (size_t i = 0; i < f.link_n; i++) {
		struct lw_buf c1 = LW_BUF_INIT, c2 = LW_BUF_INIT;
		const struct lw_flink *l = &f.links[i], *alone = NULL;
		const struct lw_cable *c = &f.cables[l->cable];
		struct lw_fabric g;
		unsigned a = (unsigned)c->a.cage, k = (unsigned)(c - f.cables);

		/* a fabric of that cable alone has nothing alike but its own second port */
		lw_buf_printf(&c1, "device,cage,form,mode,module\n");
		for (unsigned d = a; d <= a + 1; d++)
			lw_buf_printf(&c1, "d%u,p,OSFP,%s,%s\n", d, f.cages[d].mode_text,
				      f.cages[d].part->name);
		lw_buf_printf(&c2,
			      "id,cord,fibre,length_m,a,b,through,broken\nc%u,mpo16,%s,%s,"
			      "d%u/p,d%u/p,%s,%s\n",
			      2 * k, 2 * k % 22 ? "OS2" : "OM4", lengths[k % 4], a, a + 1,
			      2 * k % 6 ? "mated:2" : "", 2 * k % 50 ? "" : "2");
		lw_arena_init(&one, 0);
		assert_int_equal(load(HEAD, lw_buf_str(&c1), lw_buf_str(&c2), &one, &g, &e), 0);
		assert_int_equal(lw_fabric_resolve(&g, NULL, NULL, &e), 0);
		for (size_t j = 0; j < g.link_n; j++)
			if (!strcmp(g.links[j].id, l->id))
				alone = &g.links[j];
		assert_non_null(alone);
		assert_int_equal(alone->verdict, l->verdict);
		assert_int_equal(alone->chosen[0], l->chosen[0]);
		assert_int_equal(alone->chosen[1], l->chosen[1]);
		assert_int_equal(alone->findings.n, l->findings.n);
		assert_memory_equal(&alone->budget.loss_db, &l->budget.loss_db, sizeof(double));
		assert_memory_equal(&alone->budget.margin_db, &l->budget.margin_db, sizeof(double));
		for (size_t x = 0; x < l->findings.n; x++)
			assert_string_equal(alone->findings.v[x].text, l->findings.v[x].text);
		down += l->verdict == LW_DOWN;
		lw_arena_finish(&one);
		lw_buf_finish(&c1);
		lw_buf_finish(&c2);
	}
	assert_true(down > 100 && down < f.link_n - 100);
	lw_arena_finish(&arena);
	lw_buf_finish(&cages);
	lw_buf_finish(&cables);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(list_rows_are_cages_and_cables),
		cmocka_unit_test(list_and_yaml_are_one_fabric),
		cmocka_unit_test(list_of_thousands_tells_how_far_it_is),
		cmocka_unit_test(list_wrong_row_says_what_and_where),
		cmocka_unit_test(list_without_a_reader_is_refused),
		cmocka_unit_test(list_out_of_memory_is_an_error),
		cmocka_unit_test(alike_links_are_judged_as_each_by_itself),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
