/* SPDX-License-Identifier: Apache-2.0 */
#include "player.h"

#include <lanewise/files.h>
#include <stdio.h>
#include <string.h>

/*
 * When all links have settled and nothing changed for so long, time jumps to what happens next. A
 * fabric that never settles (a laser that flaps for a day) is watched for the longer span.
 */
#define QUIET_MS    120000
#define RESTLESS_MS 600000

static void tell(const struct cli_player *p, struct lw_mono at, const char *what)
{
	if (p->told)
		p->told(p->ctx, at, what);
}

static int fault(struct cli_player *p, const struct lw_moment *m, struct lw_error *reterr)
{
	const struct lw_injection *x = &p->scenario->injections[m->injection];
	bool on = m->kind == LW_MOMENT_FAULT;
	struct lw_error e = {0};
	char text[320];
	int r = lw_lab_fault_set(&p->stage.lab, &x->fault, on, &e);

	if (r)
		return lw_fail_in(reterr, r, p->scenario->file, m->line, "%s", e.message);
	snprintf(text, sizeof(text), "%s %s%s%s at %s", on ? "fault" : "end of",
		 lw_lab_fault_name(x->fault.kind), x->fault.value[0] ? " " : "", x->fault.value,
		 p->fabric->cages[x->fault.cage].id);
	tell(p, m->at, text);
	return 0;
}

static int mode(struct cli_player *p, const struct lw_moment *m, struct lw_error *reterr)
{
	struct lw_error e = {0};
	char text[200];
	int r = lw_stage_mode(&p->stage, m->cage, m->text, m->at, &e);

	if (r)
		return lw_fail_in(reterr, r, p->scenario->file, m->line, "%s", e.message);
	snprintf(text, sizeof(text), "mode of %s: %s", p->fabric->cages[m->cage].id, m->text);
	tell(p, m->at, text);
	return 0;
}

static int want(struct cli_player *p, const struct lw_moment *m, struct lw_error *reterr)
{
	const struct lw_fabric *f = p->stage.engine.fabric;
	char text[300];

	for (size_t i = 0; i < f->link_n; i++) {
		if (strcmp(f->links[i].id, m->text) != 0)
			continue;
		lw_engine_want(&p->stage.engine, i, m->enabled, m->at);
		snprintf(text, sizeof(text), "%s %s", m->enabled ? "enable" : "disable", m->text);
		tell(p, m->at, text);
		return 0;
	}
	return lw_fail_in(reterr, LW_EINVAL, p->scenario->file, m->line,
			  "there is no link \"%.100s\" at that time", m->text);
}

/* Carry out what is due. */
static int run_moments(struct cli_player *p, struct lw_mono now, struct lw_error *reterr)
{
	const struct lw_scenario *s = p->scenario;
	int r = 0;

	while (!r && p->next < s->moment_n && !lw_mono_before(now, s->moments[p->next].at)) {
		const struct lw_moment *m = &s->moments[p->next++];

		switch (m->kind) {
		case LW_MOMENT_FAULT:
		case LW_MOMENT_CLEAR:
			r = fault(p, m, reterr);
			break;
		case LW_MOMENT_MODE:
			r = mode(p, m, reterr);
			break;
		case LW_MOMENT_WANT:
			r = want(p, m, reterr);
			break;
		case LW_MOMENT_EXPECT:
			break;
		}
		if (!r)
			r = lw_score_moment(&p->score, m, reterr);
		p->restless = p->disturbed = now;
	}
	return r;
}

/* A number that changes when any link does. */
static uint64_t states(const struct lw_engine *e)
{
	uint64_t sum = e->fabric->link_n;

	for (size_t i = 0; i < e->fabric->link_n; i++)
		sum = sum * 31 + (uint64_t)e->link[i].since.ns * 8 + e->link[i].state * 2u +
		      e->link[i].disabled;
	return sum;
}

static int ask(struct cli_player *p, size_t i, struct lw_error *reterr)
{
	struct lw_findings why;
	struct lw_arena arena;
	int r;

	lw_arena_init(&arena, 0);
	lw_findings_init(&why, &arena);
	r = lw_engine_explain(&p->stage.engine, i, &why);
	if (!r)
		r = lw_score_explain(&p->score, p->stage.engine.fabric->links[i].id, &why, reterr);
	else
		lw_fail(reterr, r, "out of memory");
	lw_arena_finish(&arena);
	return r;
}

static int observe(struct cli_player *p, struct lw_mono now, struct lw_error *reterr)
{
	const struct lw_fabric *f = p->stage.engine.fabric;
	uint64_t seen = states(&p->stage.engine);
	size_t up = p->stage.engine.count[LW_LINK_UP];
	int r = 0;

	if (seen == p->seen && up == f->link_n && !lw_score_open(&p->score))
		return 0;
	if (seen != p->seen)
		p->restless = now;
	p->seen = seen;
	lw_score_begin(&p->score, now);
	for (size_t i = 0; !r && i < f->link_n; i++) {
		const struct lw_engine_link *l = &p->stage.engine.link[i];

		r = lw_score_link(&p->score, f, &f->links[i], l->state == LW_LINK_UP, !l->disabled,
				  reterr);
		if (!r && p->told && l->since.ns == now.ns && l->state != LW_LINK_STARTING) {
			char text[200];

			snprintf(text, sizeof(text), "%s is %s", f->links[i].id,
				 lw_link_state_name(l->state));
			tell(p, now, text);
		}
		if (!r && l->state != LW_LINK_UP && lw_score_asks(&p->score, f->links[i].id))
			r = ask(p, i, reterr);
	}
	lw_score_judge(&p->score, now);
	return r;
}

static bool is_quiet(const struct cli_player *p, struct lw_mono now)
{
	if (p->full || lw_score_open(&p->score))
		return false;
	if (!lw_mono_before(now, lw_mono_add(p->disturbed, lw_ms(RESTLESS_MS))))
		return true;
	return lw_engine_settled(&p->stage.engine, now) &&
	       !lw_mono_before(now, lw_mono_add(p->restless, lw_ms(QUIET_MS)));
}

static struct lw_mono next_moment(const struct cli_player *p)
{
	const struct lw_scenario *s = p->scenario;

	return p->next < s->moment_n ? lw_mono_min(s->moments[p->next].at, s->length) : s->length;
}

static int play(struct cli_player *p, struct lw_error *reterr)
{
	struct lw_mono now = {0};

	for (;;) {
		struct lw_mono next, due;
		int r;

		lw_world_advance(p->stage.lab.world, now);
		r = run_moments(p, now, reterr);
		due = lw_stage_run(&p->stage, now);
		if (!r)
			r = observe(p, now, reterr);
		if (r || !lw_mono_before(now, p->scenario->length))
			return r;
		next = next_moment(p);
		if (!is_quiet(p, now)) {
			next = lw_mono_min(next, due);
			next = lw_mono_min(next, lw_score_judge(&p->score, now));
		}
		if (!lw_mono_before(now,
				    next)) /* something is due at once: let it be a moment later */
			next = lw_mono_add(now, lw_us(1));
		now = next;
	}
}

int cli_player_run(struct cli_player *p, struct lw_arena *arena, struct lw_error *reterr)
{
	int r = lw_stage_init(&p->stage, p->fabric, p->scenario->seed, reterr);

	if (r)
		return r;
	p->stage.lab.reader = lw_file_module_of;
	p->stage.lab.reader_ctx = (void *)(uintptr_t)p->scenario->file;
	r = lw_score_init(&p->score, p->scenario, p->fabric, arena, reterr);
	if (!r)
		r = play(p, reterr);
	if (!r) {
		lw_score_begin(&p->score, p->scenario->length);
		for (size_t i = 0; !r && i < p->stage.engine.fabric->link_n; i++)
			r = lw_score_link(&p->score, p->stage.engine.fabric,
					  &p->stage.engine.fabric->links[i],
					  p->stage.engine.link[i].state == LW_LINK_UP,
					  !p->stage.engine.link[i].disabled, reterr);
	}
	return r;
}

void cli_player_finish(struct cli_player *p)
{
	lw_stage_finish(&p->stage);
}
