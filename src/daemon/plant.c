/* SPDX-License-Identifier: Apache-2.0 */
#include "plant.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Two clocks that differ by more are apart: somebody has set one, or they ran apart. What was told
 * of the past has other times then, so that less is let be. */
#define CLOCK_STEP_MS 500
/* Files that stand for pins are looked at so often. */
#define LOOK_MS 250
/* A wait may end with an interrupt: with lines to look at, so often. */
#define LOOK_LINES_MS 50

/* What a file of one digit says: 1, 0; -1: it cannot be read, or says something else. */
static int digit(const char *path)
{
	char c = 0;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

	if (fd < 0)
		return -1;
	if (read(fd, &c, 1) != 1)
		c = 0;
	close(fd);
	return c == '1' ? 1 : c == '0' ? 0 : -1;
}

static bool device_carrier(void *ctx, int cage, const struct lw_lport *port)
{
	const struct lwd_plant *p = ctx;
	const struct lw_cage *c = &p->fabric->cages[cage];
	struct lw_arena arena;
	const char *path;
	bool on;

	/* the far end of a link may be another switch's: its own daemon knows */
	if (!p->bus[cage] || !p->config->carrier)
		return true;
	lw_arena_init(&arena, 0);
	path = lwd_config_path(p->config->carrier, c, port->index + 1u, &arena);
	on = path && digit(path) == 1;
	lw_arena_finish(&arena);
	return on;
}

static int present(void *ctx, int cage)
{
	const struct lwd_plant *p = ctx;

	return p->present[cage];
}

/* The way at `path` of the plant before this one, unless it was borrowed already; or NULL. */
static struct lwd_way *find_way(const struct lwd_plant *p, const struct lwd_plant *before,
				const char *path)
{
	for (size_t i = 0; before && i < before->fabric->cage_n; i++) {
		struct lwd_way *w = &before->way[i];
		size_t k = 0;

		if (!w->path || strcmp(w->path, path) != 0)
			continue;
		while (k < p->fabric->cage_n && p->way[k].borrowed != w)
			k++;
		if (k == p->fabric->cage_n)
			return w;
	}
	return NULL;
}

static int open_way(const struct lwd_plant *p, const struct lwd_plant *before, struct lwd_way *w,
		    struct lw_error *reterr)
{
	/* ours alone; one that hangs keeps none of the others waiting */
	const struct lw_device_options ours = {
		.keep = true, .patience_ms = LW_DEVICE_PATIENCE_MS, .together = p->patience};
	struct lwd_way *old = find_way(p, before, w->path);

	if (!old)
		return lw_device_open(w->path, &ours, &w->device, reterr);
	w->device = old->device;
	w->borrowed = old;
	return 0;
}

static int open_devices(struct lwd_plant *p, const struct lwd_plant *before,
			struct lw_error *reterr)
{
	const struct lwd_config *c = p->config;
	struct lw_arena *arena = p->fabric->arena;
	size_t n = p->fabric->cage_n, opened = 0;
	int r;

	p->way = lw_arena_alloc(arena, (n + 1) * sizeof(*p->way));
	p->presence = lw_arena_alloc(arena, (n + 1) * sizeof(*p->presence));
	p->line = lw_arena_alloc(arena, (n + 1) * sizeof(*p->line));
	p->asserted = lw_arena_alloc(arena, n + 1);
	if (!p->way || !p->presence || !p->line || !p->asserted)
		return lw_fail(reterr, LW_ENOMEM, "out of memory");
	for (size_t i = 0; i < n; i++) {
		const struct lw_cage *cage = &p->fabric->cages[i];
		struct lwd_way *w = &p->way[i];

		p->present[i] = p->asserted[i] = -1;
		if (c->device && strcmp(c->device, cage->device) != 0)
			continue;
		w->path = lwd_config_path(c->reach, cage, 0, arena);
		if (w->path && c->present)
			p->presence[i] = lwd_config_path(c->present, cage, 0, arena);
		if (w->path && c->interrupt)
			p->line[i] = lwd_config_path(c->interrupt, cage, 0, arena);
		if (!w->path || (c->present && !p->presence[i]) || (c->interrupt && !p->line[i]))
			return lw_fail(reterr, LW_ENOMEM, "out of memory");
		r = open_way(p, before, w, reterr);
		if (r)
			return r;
		p->bus[i] = lw_device_bus(w->device);
		opened++;
	}
	if (!opened)
		return lw_fail(reterr, LW_EINVAL, "%s has no cage of a device \"%.60s\"",
			       p->fabric->file, c->device ? c->device : "");
	return 0;
}

/* @param before  whose devices and patience those of `p` still are; NULL: they are its own */
static void close_devices(struct lwd_plant *p, const struct lwd_plant *before)
{
	for (size_t i = 0; p->way && i < p->fabric->cage_n; i++)
		if (!p->way[i].borrowed)
			lw_device_close(p->way[i].device);
	if (!before)
		free(p->patience);
	p->patience = NULL;
}

/* The engine over real modules. */
static int start_devices(struct lwd_plant *p, const struct lwd_plant *before,
			 struct lw_error *reterr)
{
	struct lw_fabric *f = p->fabric;
	int r = 0;

	p->present = lw_arena_alloc(f->arena, f->cage_n + 1);
	p->bus = lw_arena_alloc(f->arena, (f->cage_n + 1) * sizeof(struct lw_bus *));
	p->patience = before ? before->patience : calloc(1, sizeof(*p->patience));
	if (!p->present || !p->bus || !p->patience)
		r = lw_fail(reterr, LW_ENOMEM, "out of memory");
	if (!r)
		r = open_devices(p, before, reterr);
	if (!r)
		r = lw_engine_init(&p->stage.engine, f, p->bus, device_carrier, p, f->arena, p->now,
				   reterr);
	if (r)
		close_devices(p, before);
	p->host = (struct lw_why_host){.ctx = p, .present = present};
	return r;
}

static int start_twins(struct lwd_plant *p, struct lw_error *reterr)
{
	p->host = lw_stage_host(&p->stage);
	return lw_stage_init(&p->stage, p->fabric, p->config->seed, reterr);
}

static void finish(struct lwd_plant *p, const struct lwd_plant *before)
{
	lwd_past_finish(&p->past);
	lwd_quality_finish(&p->quality);
	lwd_jobs_finish(&p->jobs);
	if (p->config->modules == LWD_TWINS) {
		lw_stage_finish(&p->stage);
	} else {
		lw_engine_finish(&p->stage.engine);
		close_devices(p, before);
	}
	lw_history_close(p->history);
}

void lwd_plant_finish(struct lwd_plant *p)
{
	finish(p, NULL);
}

static int start(struct lwd_plant *p, const struct lwd_plant *before, const struct lwd_config *c,
		 struct lw_fabric *f, struct lw_error *reterr)
{
	int r;

	memset(p, 0, sizeof(*p));
	p->config = c;
	p->fabric = f;
	if (before)
		p->now = before->now;
	for (size_t i = 0; i < LWD_RATIONS; i++)
		p->questions[i].left = LWD_BURST;
	p->refusals.left = LWD_BURST;
	r = c->modules == LWD_TWINS ? start_twins(p, reterr) : start_devices(p, before, reterr);
	if (r)
		return r;
	lw_engine_policy(&p->stage.engine, &c->policy, p->now);
	r = lw_engine_measure(&p->stage.engine, c->measure, p->now, reterr);
	if (!r && lwd_quality_init(&p->quality, f->cage_n, f->arena, p->now))
		r = lw_fail(reterr, LW_ENOMEM, "out of memory");
	if (!r && lwd_past_init(&p->past, f->cage_n, f->arena, p->now))
		r = lw_fail(reterr, LW_ENOMEM, "out of memory");
	p->host.past = p->past.told;
	if (r)
		finish(p, before);
	return r;
}

int lwd_plant_start(struct lwd_plant *p, const struct lwd_config *c, struct lw_fabric *f,
		    struct lw_error *reterr)
{
	return start(p, NULL, c, f, reterr);
}

/* Modes and admissions of a cage, unless its mode in the file is another one now. */
static void keep_cage(struct lw_engine *e, const struct lw_engine *before, size_t i)
{
	const struct lw_cage *now = &e->planned->cages[i];
	int j = lw_fabric_cage_find(before->planned, now->id);
	const struct lw_engine_cage *old = j < 0 ? NULL : &before->cage[j];

	if (!old)
		return;
	if (old->override)
		lw_engine_override(e, (int)i, true, e->now);
	/* a mode that the new file has no room for is not kept, as if it were asked for now */
	if (old->mode_text[0] && strcmp(before->planned->cages[j].mode_text, now->mode_text) == 0)
		(void)lw_engine_mode(e, (int)i, old->mode_text, e->now, NULL);
}

/* What people asked for since the start. */
static void keep_intents(struct lw_engine *e, const struct lw_engine *before)
{
	for (size_t i = 0; i < e->planned->cage_n; i++)
		keep_cage(e, before, i);
	for (size_t j = 0; j < before->fabric->link_n; j++) {
		size_t i = 0;

		if (!before->link[j].disabled)
			continue;
		while (i < e->fabric->link_n &&
		       strcmp(e->fabric->links[i].id, before->fabric->links[j].id) != 0)
			i++;
		if (i < e->fabric->link_n)
			lw_engine_want(e, i, false, e->now);
	}
}

static const struct lwd_job *running(const struct lwd_jobs *jobs)
{
	for (size_t i = 0; i < LWD_JOBS_MAX; i++)
		if (jobs->v[i].id && !jobs->v[i].over)
			return &jobs->v[i];
	return NULL;
}

int lwd_plant_replace(struct lwd_plant *p, struct lwd_plant *before, const struct lwd_config *c,
		      struct lw_fabric *f, struct lw_error *reterr)
{
	const struct lwd_job *job = running(&before->jobs);
	int r;

	if (c->modules == LWD_TWINS || before->config->modules == LWD_TWINS)
		return lw_fail(reterr, LW_ENOTSUP,
			       "virtual modules live in the daemon: other ones, or another fabric "
			       "of them, take a restart");
	if (job)
		return lw_fail(reterr, LW_ENOTSUP,
			       "job %u (%s of %.100s) is under way, which other modules or links "
			       "would break off: stop it, or reload when it is over",
			       job->id, job->kind->name, job->target);
	r = start(p, before, c, f, reterr);
	if (r)
		return r;
	for (size_t i = 0; i < f->cage_n; i++)
		if (p->way[i].borrowed) {
			*p->way[i].borrowed = (struct lwd_way){0};
			p->way[i].borrowed = NULL;
		}
	before->patience = NULL;
	keep_intents(&p->stage.engine, &before->stage.engine);
	p->jobs.last = before->jobs.last; /* their numbers go on */
	p->wall_ms = before->wall_ms;
	p->sender = before->sender;
	p->sender_n = before->sender_n;
	lwd_plant_finish(before);
	return 0;
}

void lwd_plant_clock(struct lwd_plant *p, int64_t unix_ms, struct lw_mono now)
{
	int64_t start_ms = unix_ms - now.ns / 1000000;

	if (llabs(start_ms - p->wall_ms) > CLOCK_STEP_MS)
		p->wall_ms = start_ms;
}

/* A pin that says something else than before. @return whether it does; it is noted then */
static bool changed(const char *path, int8_t *inout)
{
	int now = path ? digit(path) : -1;

	if (now < 0 || now == *inout)
		return false;
	*inout = (int8_t)now;
	return true;
}

static void look_at_pins(struct lwd_plant *p)
{
	for (size_t i = 0; i < p->fabric->cage_n; i++) {
		int8_t before = p->present[i];

		if (changed(p->presence[i], &p->present[i])) {
			if (!p->present[i])
				lw_engine_unplugged(&p->stage.engine, (int)i, p->now);
			else if (before == 0)
				lw_engine_plugged(&p->stage.engine, (int)i, NULL, p->now);
		}
		/* a line that cannot be read says nothing: its module is polled */
		if (changed(p->line[i], &p->asserted[i]))
			lw_engine_interrupt(&p->stage.engine, (int)i,
					    p->asserted[i] ? LW_LINE_ASSERTED : LW_LINE_QUIET,
					    p->now);
	}
}

/* Files that stand for pins are looked at so often; LW_NEVER: there are none. */
static struct lw_mono look_each(const struct lwd_config *c)
{
	return c->interrupt ? lw_ms(LOOK_LINES_MS) : c->present ? lw_ms(LOOK_MS) : LW_NEVER;
}

static struct lw_mono run_devices(struct lwd_plant *p)
{
	struct lw_mono next, each;

	each = look_each(p->config);
	if (lw_mono_before(each, LW_NEVER) && !lw_mono_before(p->now, p->look)) {
		look_at_pins(p);
		p->look = lw_mono_add(p->now, each);
	}
	next = lwd_jobs_run(p);
	next = lw_mono_min(next, lw_engine_run(&p->stage.engine, p->now));
	return lw_mono_before(each, LW_NEVER) ? lw_mono_min(next, p->look) : next;
}

static struct lw_mono run_twins(struct lwd_plant *p)
{
	struct lw_mono next;

	lw_world_advance(p->stage.lab.world, p->now);
	next = lwd_jobs_run(p);
	return lw_mono_min(next, lw_stage_run(&p->stage, p->now));
}

struct lw_mono lwd_plant_run(struct lwd_plant *p, struct lw_mono now)
{
	struct lw_mono next, quality, past;

	p->now = now;
	next = p->config->modules == LWD_TWINS ? run_twins(p) : run_devices(p);
	quality = lwd_quality_run(&p->quality, &p->stage.engine, p->history, p->wall_ms, now);
	past = lwd_past_run(&p->past, &p->stage.engine, p->history, p->wall_ms, now);
	return lw_mono_min(next, lw_mono_min(quality, past));
}

int lwd_find_link(const struct lwd_plant *p, const char *id, size_t *ret, struct lw_error *reterr)
{
	const struct lw_fabric *f = p->stage.engine.fabric;

	for (size_t i = 0; i < f->link_n; i++)
		if (strcmp(f->links[i].id, id) == 0) {
			*ret = i;
			return 0;
		}
	return lw_fail(reterr, LW_ENOENT, "there is no link \"%.100s\"", id);
}

int lwd_find_cage(const struct lwd_plant *p, const char *id, int *ret, struct lw_error *reterr)
{
	*ret = lw_fabric_cage_find(p->stage.engine.fabric, id);
	return *ret < 0 ? lw_fail(reterr, LW_ENOENT, "there is no cage \"%.100s\"", id) : 0;
}

int lwd_plant_mode(struct lwd_plant *p, int cage, const char *mode, struct lw_error *reterr)
{
	return p->config->modules == LWD_TWINS
		       ? lw_stage_mode(&p->stage, cage, mode, p->now, reterr)
		       : lw_engine_mode(&p->stage.engine, cage, mode, p->now, reterr);
}

int lwd_plant_fault(struct lwd_plant *p, const char *text, bool on, struct lw_error *reterr)
{
	struct lw_lab_fault x;
	int r;

	if (p->config->modules != LWD_TWINS)
		return lw_fail(reterr, LW_ENOTSUP,
			       "faults are for virtual modules: these are real");
	r = lw_lab_fault_parse(p->stage.engine.fabric, text, &x, reterr);
	if (r)
		return r;
	if (!on)
		return lw_stage_mend(&p->stage, &x, reterr);
	x.at = lw_mono_add(p->now, x.at);
	if (lw_mono_before(x.until, LW_NEVER))
		x.until = lw_mono_add(p->now, x.until);
	return lw_stage_fault(&p->stage, &x, p->now, reterr);
}
