/* SPDX-License-Identifier: Apache-2.0 */
#include "plant.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

/* Files that stand for pins are looked at so often. */
#define LOOK_MS 250

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

static const char *host_fec(void *ctx, int cage, const struct lw_lport *port)
{
	const struct lwd_plant *p = ctx;

	return p->lab.cage[cage].host_fec[port->index];
}

static int open_devices(struct lwd_plant *p, struct lw_error *reterr)
{
	const struct lwd_config *c = p->config;
	struct lw_arena *arena = p->fabric->arena;
	size_t n = p->fabric->cage_n, opened = 0;
	int r;

	p->device = lw_arena_alloc(arena, (n + 1) * sizeof(*p->device));
	p->presence = lw_arena_alloc(arena, (n + 1) * sizeof(*p->presence));
	if (!p->device || !p->presence)
		return lw_fail(reterr, LW_ENOMEM, "out of memory");
	for (size_t i = 0; i < n; i++) {
		const struct lw_cage *cage = &p->fabric->cages[i];
		const char *path;

		p->present[i] = -1;
		if (c->device && strcmp(c->device, cage->device) != 0)
			continue;
		path = lwd_config_path(c->reach, cage, 0, arena);
		if (path && c->present)
			p->presence[i] = lwd_config_path(c->present, cage, 0, arena);
		if (!path || (c->present && !p->presence[i]))
			return lw_fail(reterr, LW_ENOMEM, "out of memory");
		r = lw_device_open(path, NULL, &p->device[i], reterr);
		if (r)
			return r;
		p->bus[i] = lw_device_bus(p->device[i]);
		opened++;
	}
	if (!opened)
		return lw_fail(reterr, LW_EINVAL, "%s has no cage of a device \"%.60s\"",
			       p->fabric->file, c->device ? c->device : "");
	return 0;
}

static void close_devices(struct lwd_plant *p)
{
	for (size_t i = 0; p->device && i < p->fabric->cage_n; i++)
		lw_device_close(p->device[i]);
}

int lwd_plant_start(struct lwd_plant *p, const struct lwd_config *c, struct lw_fabric *f,
		    struct lw_error *reterr)
{
	bool twins = c->modules == LWD_TWINS;
	int r;

	memset(p, 0, sizeof(*p));
	p->config = c;
	p->fabric = f;
	p->questions.left = LWD_BURST;
	r = c->history ? lw_history_open(c->history, NULL, &p->history, reterr) : 0;
	if (r)
		return r;
	p->present = lw_arena_alloc(f->arena, f->cage_n + 1);
	p->bus = lw_arena_alloc(f->arena, (f->cage_n + 1) * sizeof(struct lw_bus *));
	if (!p->present || !p->bus)
		r = lw_fail(reterr, LW_ENOMEM, "out of memory");
	if (r) {
		lw_history_close(p->history);
		return r;
	}
	p->host =
		(struct lw_why_host){.ctx = p, .present = present, .fec = twins ? host_fec : NULL};
	r = twins ? lw_lab_init(&p->lab, f, c->seed, reterr) : open_devices(p, reterr);
	if (r) {
		close_devices(p);
		lw_history_close(p->history);
		return r;
	}
	for (size_t i = 0; twins && i < f->cage_n; i++)
		p->present[i] = p->lab.twin[i] != NULL;
	r = twins ? lw_engine_init(&p->engine, f, p->lab.bus, lw_lab_carrier, &p->lab, f->arena,
				   p->now, reterr)
		  : lw_engine_init(&p->engine, f, p->bus, device_carrier, p, f->arena, p->now,
				   reterr);
	if (!r) {
		p->engine.carrier_told = twins;
		lw_engine_policy(&p->engine, &c->policy, p->now);
		r = lw_engine_measure(&p->engine, c->measure, p->now, reterr);
		if (!r)
			return 0;
		lw_engine_finish(&p->engine);
	}
	if (twins)
		lw_lab_finish(&p->lab);
	close_devices(p);
	lw_history_close(p->history);
	return r;
}

void lwd_plant_finish(struct lwd_plant *p)
{
	lw_engine_finish(&p->engine);
	if (p->config->modules == LWD_TWINS)
		lw_lab_finish(&p->lab);
	close_devices(p);
	lw_history_close(p->history);
}

/* What the presence pin shows of a fault that begins or ends. */
static void tell_engine(struct lwd_plant *p, const struct lw_lab_fault *x, bool on)
{
	switch (x->kind) {
	case LW_FAULT_UNPLUG:
	case LW_LAB_REPLUG:
		p->present[x->cage] = !on;
		if (on)
			lw_engine_unplugged(&p->engine, x->cage, p->now);
		else
			lw_engine_plugged(&p->engine, x->cage, NULL, p->now);
		break;
	case LW_LAB_SWAP:
	case LW_LAB_COUNTERFEIT:
		lw_engine_unplugged(&p->engine, x->cage, p->now);
		lw_engine_plugged(&p->engine, x->cage, p->lab.bus[x->cage], p->now);
		break;
	default:
		break;
	}
}

static int set_fault(struct lwd_plant *p, struct lwd_fault *x, bool on, struct lw_error *reterr)
{
	int r = lw_lab_fault_set(&p->lab, &x->fault, on, reterr);

	if (r)
		return r;
	x->on = on;
	tell_engine(p, &x->fault, on);
	return 0;
}

static void forget_fault(struct lwd_plant *p, size_t i)
{
	p->fault[i] = p->fault[--p->fault_n];
}

/* Begin and end what is due. @return when the next one is */
static struct lw_mono run_faults(struct lwd_plant *p)
{
	struct lw_mono next = LW_NEVER;

	for (size_t i = p->fault_n; i-- > 0;) {
		struct lwd_fault *x = &p->fault[i];

		if (!x->on && !lw_mono_before(p->now, x->fault.at) && set_fault(p, x, true, NULL)) {
			forget_fault(p, i);
			continue;
		}
		if (x->on && !lw_mono_before(p->now, x->fault.until)) {
			set_fault(p, x, false, NULL);
			forget_fault(p, i);
			continue;
		}
		next = lw_mono_min(next, x->on ? x->fault.until : x->fault.at);
	}
	return next;
}

static struct lw_mono run_twins(struct lwd_plant *p)
{
	struct lw_mono next = run_faults(p), due;
	bool told;

	lw_world_advance(p->lab.world, p->now);
	do {
		int cage;

		due = lw_engine_run(&p->engine, p->now);
		told = false;
		while ((cage = lw_lab_changed(&p->lab)) >= 0) {
			lw_engine_carrier_changed(&p->engine, cage, p->now);
			told = true;
		}
	} while (told);
	return lw_mono_min(next, lw_mono_min(due, lw_world_next(p->lab.world)));
}

static void look_at_pins(struct lwd_plant *p)
{
	for (size_t i = 0; i < p->fabric->cage_n; i++) {
		int now, before = p->present[i];

		if (!p->presence[i])
			continue;
		now = digit(p->presence[i]);
		if (now < 0 || now == before)
			continue;
		p->present[i] = (int8_t)now;
		if (!now)
			lw_engine_unplugged(&p->engine, (int)i, p->now);
		else if (before == 0)
			lw_engine_plugged(&p->engine, (int)i, NULL, p->now);
	}
}

struct lw_mono lwd_plant_run(struct lwd_plant *p, struct lw_mono now)
{
	struct lw_mono next;

	p->now = now;
	if (p->config->modules == LWD_TWINS)
		return run_twins(p);
	if (!lw_mono_before(now, lw_mono_add(p->looked, lw_ms(LOOK_MS)))) {
		look_at_pins(p);
		p->looked = now;
	}
	next = lw_engine_run(&p->engine, now);
	return p->config->present ? lw_mono_min(next, lw_mono_add(p->looked, lw_ms(LOOK_MS)))
				  : next;
}

int lwd_plant_mode(struct lwd_plant *p, int cage, const char *mode, struct lw_error *reterr)
{
	int r = lw_engine_mode(&p->engine, cage, mode, p->now, reterr);

	if (!r && p->config->modules == LWD_TWINS)
		lw_lab_drive(&p->lab, cage, &p->engine.fabric->cages[cage].mode);
	return r;
}

static bool same_fault(const struct lw_lab_fault *a, const struct lw_lab_fault *b)
{
	return a->kind == b->kind && a->cage == b->cage && a->lanes == b->lanes;
}

int lwd_plant_fault(struct lwd_plant *p, const char *text, bool on, struct lw_error *reterr)
{
	struct lw_lab_fault x;
	size_t i;
	int r;

	if (p->config->modules != LWD_TWINS)
		return lw_fail(reterr, LW_ENOTSUP,
			       "faults are for virtual modules: these are real");
	r = lw_lab_fault_parse(p->engine.fabric, text, &x, reterr);
	if (r)
		return r;
	for (i = 0; i < p->fault_n && !same_fault(&p->fault[i].fault, &x); i++)
		;
	if (!on) {
		if (i == p->fault_n)
			return lw_fail(reterr, LW_ENOENT, "no such fault is on");
		r = p->fault[i].on ? set_fault(p, &p->fault[i], false, reterr) : 0;
		if (!r)
			forget_fault(p, i);
		return r;
	}
	if (i < p->fault_n)
		return lw_fail(reterr, LW_EINVAL, "that fault is on already");
	if (p->fault_n == LWD_FAULTS_MAX)
		return lw_fail(reterr, LW_ELIMIT, "more than %d faults at once", LWD_FAULTS_MAX);
	x.at = lw_mono_add(p->now, x.at);
	if (lw_mono_before(x.until, LW_NEVER))
		x.until = lw_mono_add(p->now, x.until);
	p->fault[i] = (struct lwd_fault){.fault = x};
	if (!lw_mono_before(p->now, x.at)) {
		r = set_fault(p, &p->fault[i], true, reterr);
		if (r)
			return r;
	}
	p->fault_n++;
	return 0;
}
