/* SPDX-License-Identifier: Apache-2.0 */
#include "sim.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void must(int r, const struct lw_error *e)
{
	if (r)
		fail_msg("%s:%d: %s", e->where, e->line, e->message);
}

static void begin_engine(struct sim *s)
{
	struct lw_error e;

	must(lw_engine_init(&s->engine, &s->fabric, s->lab.bus, lw_lab_carrier, &s->lab, &s->arena,
			    s->now, &e),
	     &e);
}

void sim_restart(struct sim *s)
{
	lw_engine_finish(&s->engine);
	begin_engine(s);
	if (s->lines)
		sim_lines(s);
}

void sim_start(struct sim *s, const char *yaml)
{
	struct lw_error e;

	memset(s, 0, sizeof(*s));
	lw_arena_init(&s->arena, 0);
	must(lw_fabric_load(yaml, strlen(yaml), "test.yaml", &s->arena, &s->fabric, &e), &e);
	must(lw_fabric_resolve(&s->fabric, NULL, NULL, &e), &e);
	must(lw_lab_init(&s->lab, &s->fabric, 1, &e), &e);
	begin_engine(s);
	if (getenv("LW_TEST_LINES"))
		sim_lines(s);
}

void sim_lines(struct sim *s)
{
	s->lines = true;
	s->engine.carrier_told = true;
	for (size_t i = 0; i < s->fabric.cage_n; i++)
		lw_engine_interrupt(&s->engine, (int)i,
				    s->lab.cage[i].line ? LW_LINE_ASSERTED : LW_LINE_QUIET, s->now);
}

void sim_start_file(struct sim *s, const char *path)
{
	static char text[65536];
	FILE *f = fopen(path, "r");
	size_t n;

	assert_non_null(f);
	n = fread(text, 1, sizeof(text) - 1, f);
	fclose(f);
	text[n] = '\0';
	sim_start(s, text);
}

void sim_stop(struct sim *s)
{
	lw_engine_finish(&s->engine);
	lw_lab_finish(&s->lab);
	lw_arena_finish(&s->arena);
}

/* Tell the engine of lines and carriers that changed. @return whether any did */
static bool tell(struct sim *s)
{
	bool told = false, on;
	int cage;

	while (s->lines && (cage = lw_lab_changed(&s->lab)) >= 0) {
		lw_engine_carrier_changed(&s->engine, cage, s->now);
		told = true;
	}
	while (s->lines && (cage = lw_lab_interrupts(&s->lab, &on)) >= 0) {
		if (s->deaf)
			continue;
		lw_engine_interrupt(&s->engine, cage, on ? LW_LINE_ASSERTED : LW_LINE_QUIET,
				    s->now);
		told = true;
	}
	return told;
}

static struct lw_mono turn(struct sim *s)
{
	struct lw_mono due;

	lw_world_advance(s->lab.world, s->now);
	do
		due = lw_engine_run(&s->engine, s->now);
	while (tell(s));
	return lw_mono_min(due, lw_world_next(s->lab.world));
}

void sim_run(struct sim *s, struct lw_mono until)
{
	for (;;) {
		struct lw_mono next = turn(s);

		if (lw_mono_before(until, next))
			break;
		s->now = next;
	}
	s->now = until;
	turn(s);
}

void sim_settle(struct sim *s)
{
	struct lw_mono limit = lw_mono_add(s->now, lw_ms(600000));

	for (;;) {
		struct lw_mono next = turn(s);

		if (lw_engine_settled(&s->engine, s->now))
			return;
		assert_true(lw_mono_before(next, limit));
		s->now = next;
	}
}

size_t sim_link(const struct sim *s, const char *id)
{
	const struct lw_fabric *f = s->engine.fabric;

	for (size_t i = 0; i < f->link_n; i++)
		if (strcmp(f->links[i].id, id) == 0)
			return i;
	for (size_t i = 0; i < f->link_n; i++)
		print_message("# link %s\n", f->links[i].id);
	fail_msg("no link %s", id);
	return 0;
}

void sim_pass(struct sim *s, int64_t ms)
{
	sim_run(s, lw_mono_add(s->now, lw_ms(ms)));
}

int sim_cage(const struct sim *s, const char *id)
{
	int i = lw_fabric_cage_find(&s->fabric, id);

	if (i < 0)
		fail_msg("no cage %s", id);
	return i;
}

void sim_start_pair(struct sim *s, const struct sim_pair *p)
{
	char yaml[512];

	snprintf(yaml, sizeof(yaml),
		 "fabric: pair\n"
		 "devices:\n"
		 "  a:\n"
		 "    cages:\n"
		 "      p: {form: %s, mode: \"%s\", module: %s}\n"
		 "  b:\n"
		 "    cages:\n"
		 "      p: {form: %s, mode: \"%s\", module: %s}\n"
		 "cables:\n"
		 "  - {id: c, cord: %s, fibre: %s, length_m: 30, a: a/p, b: [b/p]}\n",
		 p->form, p->mode, p->module, p->form, p->mode, p->module, p->cord, p->fibre);
	sim_start(s, yaml);
}

void sim_face_to_face(struct sim *s, const char *mode)
{
	sim_start_pair(s, &(struct sim_pair){"OSFP", "OSFP-800G-SR8", mode, "mpo16", "OM4"});
}

void sim_all_up(const struct sim *s, size_t links)
{
	const struct lw_fabric *f = s->engine.fabric;

	assert_int_equal(f->link_n, links);
	for (size_t i = 0; i < links; i++)
		if (s->engine.link[i].state != LW_LINK_UP)
			fail_msg("%s is %s", f->links[i].id,
				 lw_link_state_name(s->engine.link[i].state));
	assert_int_equal(s->engine.count[LW_LINK_UP], links);
}

void sim_lanes_quiet(const struct sim *s, const char *cage, unsigned lanes, struct lw_mono since)
{
	size_t n;
	const struct lw_twin_event *e = lw_twin_events(s->lab.twin[sim_cage(s, cage)], &n);

	for (size_t k = 0; k < n; k++)
		if (lw_mono_before(since, e[k].at) && (e[k].lane < 0 || lanes >> e[k].lane & 1))
			fail_msg("%s: lane %d went to state %d", cage, e[k].lane, e[k].state);
}

uint64_t sim_writes(const struct sim *s)
{
	uint64_t n = 0;

	for (size_t i = 0; i < s->fabric.cage_n; i++)
		n += s->lab.bus[i]->stats.writes;
	return n;
}

void sim_mode(struct sim *s, const char *cage, const char *mode)
{
	int i = sim_cage(s, cage);
	struct lw_error e;

	must(lw_engine_mode(&s->engine, i, mode, s->now, &e), &e);
	lw_lab_drive(&s->lab, i, &s->engine.cage[i].mode);
}

bool sim_explains_cage(struct sim *s, const char *cage, const char *rule)
{
	struct lw_findings f;

	lw_findings_init(&f, &s->arena);
	assert_int_equal(lw_engine_explain_cage(&s->engine, sim_cage(s, cage), &f), 0);
	for (size_t i = 0; i < f.n; i++)
		if (strcmp(f.v[i].rule, rule) == 0)
			return true;
	return false;
}

bool sim_explains(struct sim *s, size_t link, const char *rule)
{
	struct lw_findings f;

	lw_findings_init(&f, &s->arena);
	assert_int_equal(lw_engine_explain(&s->engine, link, &f), 0);
	for (size_t i = 0; i < f.n; i++)
		if (strcmp(f.v[i].rule, rule) == 0)
			return true;
	return false;
}

void sim_fault(struct sim *s, const char *text, bool on)
{
	struct lw_lab_fault x;
	struct lw_error e;

	must(lw_lab_fault_parse(&s->fabric, text, &x, &e), &e);
	must(lw_lab_fault_set(&s->lab, &x, on, &e), &e);
}
