/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every row of tests/link/breakouts.csv, made of parts of the catalogue: wherever the check does
 * not call the links down, the same fabric comes up on twins.
 */
#include <lanewise/csv.h>
#include <lanewise/files.h>
#include <lanewise/stage.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { ID, PARENT_FORM, PARENT, CHILD_FORM, CHILD, COUNT, VALID, CELLS };

#define MODES_MAX 4
#define PARTS_MAX 32

/** A kind of cage, and the ways to divide it that its module offers. */
struct side {
	const struct lw_part *part;
	unsigned mode_n;
	char mode[MODES_MAX][24];
};

/** A fabric on twins, and what became of it. */
struct
try {
	struct lw_arena arena;
	struct lw_fabric f;
	bool resolved, planned; /**< no link is judged down */
	unsigned missing;       /**< links that are planned and did not come up */
};

/* The modes of `n` ports of `rate` that the memory of a part offers; none: not even one. */
static void find_modes(struct side *s, unsigned n, uint32_t rate)
{
	struct lw_image *img = calloc(1, sizeof(*img));
	struct lw_facts *facts = calloc(1, sizeof(*facts));
	struct lw_ability a[LW_ABILITIES_MAX];
	struct lw_view v;
	size_t abilities;

	assert_non_null(img);
	assert_non_null(facts);
	assert_int_equal(lw_image_make(s->part, NULL, img, NULL), 0);
	lw_image_view(img, &v);
	lw_facts_decode(&v, facts);
	abilities = lw_facts_abilities(facts, a);
	for (size_t i = 0; i < abilities && s->mode_n < MODES_MAX; i++) {
		char *text = s->mode[s->mode_n], rate_text[16];
		struct lw_mode m;
		bool known = a[i].rate_mbps != rate;

		snprintf(text, sizeof(s->mode[0]), "%ux%s(%u)", n,
			 lw_rate_text(rate, rate_text, sizeof(rate_text)), n * a[i].host_lanes);
		for (unsigned k = 0; k < s->mode_n; k++)
			known = known || !strcmp(text, s->mode[k]);
		s->mode_n += !known && !lw_mode_parse(text, s->part->form->lanes, &m, NULL);
	}
	free(img);
	free(facts);
}

/* Optics of that form with that PMD; where the catalogue has none, all of that medium stand in. */
static unsigned find_optics(const char *form, const struct lw_pmd *pmd,
			    const struct lw_part *ret[PARTS_MAX])
{
	size_t n;
	const struct lw_part *p = lw_parts(&n);
	unsigned found = 0;

	for (unsigned any = 0; any < 2 && !found; any++)
		for (size_t i = 0; i < n && found < PARTS_MAX; i++)
			if (p[i].receptacles && p[i].pmd && !strcmp(p[i].form->name, form) &&
			    (any ? p[i].pmd->medium == pmd->medium : p[i].pmd == pmd))
				ret[found++] = &p[i];
	return found;
}

static const struct lw_part *find_cable(char *const cell[CELLS], unsigned count)
{
	size_t n;
	const struct lw_part *p = lw_parts(&n);

	for (size_t i = 0; i < n; i++)
		if (p[i].far && p[i].pmd && !strcmp(p[i].form->name, cell[PARENT_FORM]) &&
		    !strcmp(p[i].pmd->name, cell[PARENT]) && p[i].far_n == count &&
		    !strcmp(p[i].far->form->name, cell[CHILD_FORM]))
			return &p[i];
	return NULL;
}

static void put_cages(struct lw_buf *b, const struct side s[2], unsigned a, unsigned far,
		      unsigned legs)
{
	bool cable = !s[0].part->receptacles;

	lw_buf_puts(b, "fabric: row\ndevices:\n");
	for (unsigned i = 0; i <= legs; i++) {
		const struct side *x = &s[i > 0];

		lw_buf_printf(b, "  d%u: {cages: {p: {form: %s, mode: %s%s%s}}}\n", i,
			      x->part->form->name, x->mode[i ? far : a],
			      cable ? "" : ", module: ", cable ? "" : x->part->name);
	}
	lw_buf_puts(b, "cables:\n");
}

/* One cord from the head, or where that has a receptacle for each leg as many. */
static void put_cords(struct lw_buf *b, const struct side s[2], const struct lw_cord *cord,
		      unsigned legs)
{
	const char *fibre = s[0].part->pmd->medium == LW_SMF ? "OS2" : "OM4";
	unsigned n = s[0].part->receptacles > 1 ? legs : 1;

	for (unsigned i = 0; i < n; i++) {
		lw_buf_printf(b, "  - {id: c%u, cord: %s, fibre: %s, length_m: 10, a: d0/p", i,
			      cord->name, fibre);
		lw_buf_printf(b, n > 1 ? "#%u, b: [" : ", b: [", i + 1);
		for (unsigned k = 0; k < legs / n; k++)
			lw_buf_printf(b, "%sd%u/p", k ? ", " : "", i + k + 1);
		lw_buf_puts(b, "]}\n");
	}
}

static void put_cable(struct lw_buf *b, const struct lw_part *cable, unsigned legs)
{
	lw_buf_printf(b, "  - {id: c, part: %s, length_m: 1, a: d0/p, b: [", cable->name);
	for (unsigned k = 0; k < legs; k++)
		lw_buf_printf(b, "%sd%u/p", k ? ", " : "", k + 1);
	lw_buf_puts(b, "]}\n");
}

static void run(struct try *t)
{
	struct lw_stage *s = calloc(1, sizeof(*s));
	struct lw_mono now = {0}, until = lw_ms(60000);

	assert_non_null(s);
	assert_int_equal(lw_stage_init(s, &t->f, 1, NULL), 0);
	while (lw_mono_before(now, until))
		now = lw_stage_run(s, now);
	for (size_t i = 0; i < t->f.link_n; i++)
		if (s->engine.link[i].state != LW_LINK_UP)
			t->missing++;
	lw_stage_finish(s);
	free(s);
}

/* @return are all legs planned? Then they were tried too */
static bool try(const struct lw_buf *yaml, unsigned legs, struct try *t)
{
	struct lw_error e;

	*t = (struct try){0};
	lw_arena_init(&t->arena, 0);
	t->resolved = !lw_fabric_load(lw_buf_str(yaml), yaml->len, "row", &t->arena, &t->f, &e) &&
		      !lw_fabric_resolve(&t->f, NULL, NULL, &e);
	if (!t->resolved)
		fail_msg("%s\n%s", e.message, lw_buf_str(yaml));
	t->planned = t->f.link_n == legs;
	for (size_t i = 0; i < t->f.link_n; i++)
		t->planned = t->planned && t->f.links[i].verdict != LW_DOWN;
	if (t->planned)
		run(t);
	lw_arena_finish(&t->arena);
	return t->planned;
}

/** What became of a row. */
struct row {
	const char *id;
	unsigned legs;
	unsigned tries, planned, wrong;
};

/* All ways to divide both cages, over all cords that fit them. */
static void try_pair(struct row *r, struct side s[2])
{
	bool copper = !s[0].part->receptacles;
	size_t cord_n;
	const struct lw_cord *cords = lw_cords(&cord_n);
	unsigned ways = s[0].mode_n * s[1].mode_n;
	unsigned per = s[0].part->receptacles > 1 ? 1 : r->legs;

	for (unsigned i = 0; i < ways * (copper ? 1 : cord_n); i++) {
		const struct lw_cord *cord = copper ? NULL : &cords[i / ways];
		struct lw_buf b = {0};
		struct try t;

		if (cord && (cord->legs != per || strcmp(cord->a, s[0].part->receptacle->body) ||
			     strcmp(cord->b, s[1].part->receptacle->body)))
			continue;
		put_cages(&b, s, i % ways / s[1].mode_n, i % s[1].mode_n, r->legs);
		if (cord)
			put_cords(&b, s, cord, r->legs);
		else
			put_cable(&b, s[0].part, r->legs);
		r->tries++;
		r->planned += try(&b, r->legs, &t);
		r->wrong += t.missing > 0;
		if (t.missing)
			print_message("# %s: %u of %u links did not come up:\n%s\n", r->id,
				      t.missing, r->legs, lw_buf_str(&b));
		lw_buf_finish(&b);
	}
}

static void try_row(struct row *r, char *const cell[CELLS])
{
	const struct lw_pmd *parent = lw_pmd_find(cell[PARENT]), *child = lw_pmd_find(cell[CHILD]);
	const struct lw_part *part[2][PARTS_MAX];
	unsigned n[2] = {0};

	*r = (struct row){.id = cell[ID], .legs = (unsigned)strtoul(cell[COUNT], NULL, 10)};
	if (!parent || !child || !r->legs)
		return; /* between parts: tests/cli/test-cases.py and test-gearbox.c */
	if (parent->medium == LW_COPPER) {
		part[0][0] = find_cable(cell, r->legs);
		part[1][0] = part[0][0] ? part[0][0]->far : NULL;
		n[0] = n[1] = part[0][0] != NULL;
	} else {
		n[0] = find_optics(cell[PARENT_FORM], parent, part[0]);
		n[1] = find_optics(cell[CHILD_FORM], child, part[1]);
	}
	for (unsigned i = 0; i < n[0] * n[1]; i++) {
		struct side s[2] = {{.part = part[0][i / n[1]]}, {.part = part[1][i % n[1]]}};

		find_modes(&s[0], r->legs, child->rate_mbps);
		find_modes(&s[1], 1, child->rate_mbps);
		try_pair(r, s);
	}
}

static void breakouts_that_are_planned_come_up_on_twins(void **state)
{
	unsigned tries = 0, planned = 0, wrong = 0;
	struct lw_arena arena;
	struct lw_csv csv;
	char *text;
	size_t size;

	(void)state;
	assert_int_equal(lw_file_read(BREAKOUTS, 1 << 20, &text, &size, NULL), 0);
	lw_arena_init(&arena, 0);
	lw_csv_init(&csv, text, size, BREAKOUTS, &arena);
	assert_int_equal(lw_csv_next(&csv, NULL), 1);
	while (lw_csv_next(&csv, NULL) > 0) {
		char *cell[CELLS];
		struct row r;

		assert_true(csv.n >= CELLS);
		for (int i = 0; i < CELLS; i++)
			cell[i] = (char *)(uintptr_t)csv.cell[i];
		try_row(&r, cell);
		tries += r.tries;
		planned += r.planned > 0;
		wrong += r.wrong;
		if (!r.planned && strcmp(cell[VALID], "no") != 0)
			print_message("# %s (%s): %u ways, none of them planned\n", r.id,
				      cell[VALID], r.tries);
	}
	lw_arena_finish(&arena);
	free(text);
	print_message("# %u fabrics, %u rows planned\n", tries, planned);
	assert_int_equal(wrong, 0);
	assert_true(planned >= 43); /* a catalogue that loses its parts must not pass */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(breakouts_that_are_planned_come_up_on_twins),
	};

	return cmocka_run_group_tests_name("breakouts", tests, NULL, NULL);
}
