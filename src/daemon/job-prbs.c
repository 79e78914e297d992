/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A test of a link's lanes from end to end: one module sends a pattern, the other one counts its
 * errors, then the other way round. The link is lit for it, and counts as switched off.
 */
#include "plant.h"

#include <lanewise/diag.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SECONDS_MAX 86400
/* A link that does not get light in this time cannot be tested. */
#define LIGHT_MS 120000
/* Counts are read so often. */
#define LOOK_MS 1000

#define CONFIDENCE 0.95

struct prbs {
	struct lw_diag_options opt;
	struct lw_diag_task task;
	struct lw_lane_test lane[2][LW_LANES_MAX]; /* of the end that checks, as joined */
	bool counted[2], finished[2];
	bool wanted[2]; /* that end shall check */
	int checker;    /* the end that checks now, -1: the link is on its way to light */
	bool forced, gone;
	const char *end[2]; /* ids of cages, of the fabric that is planned: they stay */
	char pattern[24];
	unsigned lanes;
	struct lw_mono measured;
};

static bool find(const struct lwd_plant *p, const struct lwd_job *j, size_t *ret)
{
	const struct lw_fabric *f = p->stage.engine.fabric;

	for (size_t i = 0; i < f->link_n; i++)
		if (strcmp(f->links[i].id, j->target) == 0) {
			*ret = i;
			return true;
		}
	return false;
}

/* The link is again what it was before the test. */
static struct lw_mono end(struct lwd_plant *p, struct lwd_job *j, int result, const char *why)
{
	const struct prbs *t = j->own;
	size_t link = 0;

	if (find(p, j, &link)) {
		lw_engine_test(&p->stage.engine, link, false, p->now, NULL);
		if (t->forced)
			lw_engine_want(&p->stage.engine, link, true, p->now);
	}
	return lwd_job_end(p, j, result, why);
}

static uint32_t lanes_of(const struct lw_flink *l, int end_)
{
	uint32_t mask = 0;

	for (unsigned i = 0; i < l->media_lanes; i++)
		mask |= UINT32_C(1) << l->media_lane[end_][i];
	return mask;
}

/* The end that is to check next, -1: none is left. */
static int next_checker(const struct prbs *t)
{
	for (int i = 0; i < 2; i++)
		if (t->wanted[i] && !t->finished[i])
			return i;
	return -1;
}

static void begin(struct lwd_plant *p, struct prbs *t, const struct lw_flink *l, int checker)
{
	const struct lw_cage *c = &p->stage.engine.fabric->cages[l->cage[checker]];
	const struct lw_ability *a =
		l->chosen[checker] < 0 ? NULL : &c->abilities[l->chosen[checker]];

	t->checker = checker;
	t->opt.lanes = lanes_of(l, checker);
	t->opt.far_lanes = lanes_of(l, !checker);
	t->opt.modulation = a && a->pmd ? a->pmd->modulation : LW_MOD_NONE;
	t->opt.lane_mbps =
		a && a->pmd ? a->pmd->baud_kbd / 1e3 * (a->pmd->modulation == LW_PAM4 ? 2 : 1) : 0;
	lw_diag_task_init(&t->task, lw_module_bus(&p->stage.engine.module[l->cage[checker]]),
			  lw_module_bus(&p->stage.engine.module[l->cage[!checker]]), &t->opt);
}

static void keep(struct prbs *t, const struct lw_flink *l)
{
	for (unsigned i = 0; i < t->lanes; i++)
		t->lane[t->checker][i] = t->task.lane[l->media_lane[t->checker][i]];
	t->counted[t->checker] = t->task.lane[l->media_lane[t->checker][0]].measured;
	t->measured = t->task.measured;
	if (t->task.pattern >= 0)
		snprintf(t->pattern, sizeof(t->pattern), "%s",
			 lw_pattern_name((unsigned)t->task.pattern));
}

static struct lw_mono light(struct lwd_plant *p, struct lwd_job *j, size_t link)
{
	const struct lw_engine_link *x = &p->stage.engine.link[link];
	struct prbs *t = j->own;

	if (j->stopped)
		return end(p, j, 0, NULL);
	if (x->done != x->wanted) {
		if (!lw_mono_before(p->now, lw_mono_add(j->began, lw_ms(LIGHT_MS))))
			return end(p, j, LW_ETIMEDOUT,
				   "the modules of the link do not come up for it; see why");
		j->phase = "light";
		return lw_mono_add(p->now, lw_ms(100));
	}
	begin(p, t, &p->stage.engine.fabric->links[link], next_checker(t));
	return p->now;
}

static struct lw_mono run(struct lwd_plant *p, struct lwd_job *j)
{
	struct prbs *t = j->own;
	struct lw_mono due;
	size_t link = 0;
	bool there = find(p, j, &link) && p->stage.engine.link[link].testing;

	if (!there && t->checker < 0)
		return end(p, j, LW_ENOENT, "the link was changed meanwhile");
	if (t->checker < 0)
		return light(p, j, link);
	if (!there && !t->gone) { /* what was begun is put back all the same */
		t->gone = true;
		lw_diag_task_stop(&t->task);
	}
	due = lw_diag_task_run(&t->task, p->now);
	j->phase = lw_diag_phase_name(t->task.phase);
	if (there)
		keep(t, &p->stage.engine.fabric->links[link]);
	if (t->task.phase != LW_DIAG_END)
		return due;
	t->finished[t->checker] = true;
	if (t->gone)
		return end(p, j, LW_ENOENT, "the link was changed meanwhile");
	if (t->task.result || j->stopped || next_checker(t) < 0)
		return end(p, j, t->task.result, t->task.error.message);
	begin(p, t, &p->stage.engine.fabric->links[link], next_checker(t));
	return p->now;
}

static void stop(struct lwd_plant *p, struct lwd_job *j)
{
	struct prbs *t = j->own;

	(void)p;
	if (t->checker >= 0)
		lw_diag_task_stop(&t->task);
}

static void tell(const struct lwd_job *j, struct lw_mono now, struct lw_json *out)
{
	const struct prbs *t = j->own;

	(void)now;
	lw_json_put_string(out, "pattern", t->pattern[0] ? t->pattern : NULL);
	lw_json_put_number(out, "seconds", (double)t->opt.time.ns / 1e9);
	lw_json_put_number(out, "measured_s", (double)t->measured.ns / 1e9);
	lw_json_put_number(out, "confidence", t->opt.confidence);
	lw_json_key(out, "directions");
	lw_json_begin_array(out);
	for (int i = 0; i < 2; i++) {
		if (!t->wanted[i])
			continue;
		lw_json_begin_object(out);
		lw_json_put_string(out, "from", t->end[!i]);
		lw_json_put_string(out, "to", t->end[i]);
		lw_json_put_bool(out, "finished", t->finished[i]);
		lw_json_key(out, "lanes");
		lw_json_begin_array(out);
		for (unsigned k = 0; t->counted[i] && k < t->lanes; k++)
			lw_lane_test_json(&t->lane[i][k], k, t->finished[i], out);
		lw_json_end_array(out);
		lw_json_end_object(out);
	}
	lw_json_end_array(out);
}

static const struct lwd_job_kind kind = {"prbs", run, stop, tell};

/* Words behind the seconds. */
static int parse(const char *value, struct prbs *t, bool *ret_force, struct lw_error *reterr)
{
	char text[96], *rest = NULL, *word, *stop_at;
	double seconds;

	snprintf(text, sizeof(text), "%s", value);
	word = strtok_r(text, " ", &rest);
	seconds = word ? strtod(word, &stop_at) : 0;
	if (!word || *stop_at || !(seconds >= 1 && seconds <= SECONDS_MAX))
		return lw_fail(reterr, LW_EINVAL,
			       "value must begin with seconds from 1 to %d; \"10 force\", \"60 "
			       "from-a PRBS-31Q\", \"stop\"",
			       SECONDS_MAX);
	t->opt = (struct lw_diag_options){.side = LW_SIDE_MEDIA,
					  .generate = true,
					  .check = true,
					  .pattern = -1,
					  .loop = -1,
					  .generator_loop = -1,
					  .time = {(int64_t)(seconds * 1e9)},
					  .look = lw_ms(LOOK_MS),
					  .confidence = CONFIDENCE};
	t->wanted[0] = t->wanted[1] = true;
	while ((word = strtok_r(NULL, " ", &rest))) {
		if (strcmp(word, "force") == 0)
			*ret_force = true;
		else if (strcmp(word, "from-a") == 0)
			t->wanted[0] = false;
		else if (strcmp(word, "from-b") == 0)
			t->wanted[1] = false;
		else if (t->opt.pattern < 0 && lw_diag_pattern_find(word) >= 0)
			t->opt.pattern = lw_diag_pattern_find(word);
		else
			return lw_fail(reterr, LW_EINVAL,
				       "\"%.40s\" is neither force, from-a, from-b nor a pattern",
				       word);
	}
	if (!t->wanted[0] && !t->wanted[1])
		t->wanted[0] = t->wanted[1] = true;
	return 0;
}

static int judge(const struct lwd_plant *p, size_t link, bool force, struct lw_error *reterr)
{
	const struct lw_engine *e = &p->stage.engine;
	const struct lw_flink *l = &e->fabric->links[link];

	for (int i = 0; i < 2; i++)
		if (!e->module[l->cage[i]].bus ||
		    e->module[l->cage[i]].phase <= LW_MODULE_IDENTIFY || e->link[link].want[i] < 0)
			return lw_fail(reterr, LW_ENOTSUP,
				       "%s: there is no module of ours that could take part",
				       e->fabric->cages[l->cage[i]].id);
	if (!e->link[link].disabled && !force)
		return lw_fail(reterr, LW_ENOTSUP,
			       "the link is on and would lose its traffic: switch it off first, or "
			       "say \"force\"");
	return 0;
}

int lwd_job_prbs(struct lwd_plant *p, const char *id, const char *value, struct lwd_effect *ret,
		 struct lw_error *reterr)
{
	const struct lw_flink *l;
	bool force = false;
	struct lwd_job *j;
	struct prbs *t;
	size_t link = 0;
	int r = lwd_find_link(p, id, &link, reterr);

	if (r)
		return r;
	if (strcmp(value, "stop") == 0)
		return lwd_job_stop(p, &kind, id, reterr);
	r = judge(p, link, strstr(value, "force"), reterr);
	if (r)
		return r;
	t = calloc(1, sizeof(*t));
	if (!t)
		return lw_fail(reterr, LW_ENOMEM, "out of memory");
	r = parse(value, t, &force, reterr);
	if (r) {
		free(t);
		return r;
	}
	l = &p->stage.engine.fabric->links[link];
	t->checker = -1;
	t->lanes = l->media_lanes;
	for (int i = 0; i < 2; i++)
		t->end[i] = p->stage.engine.planned->cages[l->cage[i]].id;
	r = lwd_job_start(p, &kind, id, value, l->cage[0], l->cage[1], t, &j, reterr);
	if (r)
		return r;
	t->forced = !p->stage.engine.link[link].disabled;
	if (t->forced)
		lw_engine_want(&p->stage.engine, link, false, p->now);
	lw_engine_test(&p->stage.engine, link, true, p->now, NULL); /* it is off: cannot fail */
	ret->job = j->id;
	return 0;
}
