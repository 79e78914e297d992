/* SPDX-License-Identifier: Apache-2.0 */
/* What a module subcommand works on: a twin with a world of its own, or a device. */
#include "cmd-module.h"
#include "device-source.h"
#include <lanewise/control.h>
#include <lanewise/files.h>
#include <lanewise/module.h>
#include <lanewise/twin.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* How long a module that starts is waited for, and how often it is asked. */
#define START_MS 5000
#define ASK_MS   100
/* A fresh twin is given this long to come to rest. */
#define REST_MS 60000
/* A cord between the two twins: a few metres and two connectors. */
#define CORD_DB 1.0

struct cli_module_source {
	struct lw_module module; /* memory and facts of the identified module */
	struct lw_world *world;  /* NULL: a device */
	struct cli_device device;
};

static void move(struct lw_world *w, struct lw_mono until)
{
	for (struct lw_mono at = lw_world_next(w); lw_mono_before(at, until); at = lw_world_next(w))
		lw_world_advance(w, at);
	lw_world_advance(w, until);
}

/* Until it has settled, or for a minute. */
static void come_to_rest(struct lw_world *w)
{
	for (struct lw_mono at = lw_world_next(w); lw_mono_before(at, lw_ms(REST_MS));
	     at = lw_world_next(w))
		lw_world_advance(w, at);
}

/* A QSFP of power class 5 and up stays dark until its host allows that: the far end's host does. */
static int allow_power(struct lw_world *w, struct lw_twin *far, struct lw_error *reterr)
{
	const struct lw_want all = {.lanes = 4, .media_lanes = 4};
	struct lw_module *host = calloc(1, sizeof(*host));
	struct lw_mono end = lw_mono_add(lw_world_now(w), lw_ms(START_MS));
	int r;

	if (!host)
		return lw_fail(reterr, LW_ENOMEM, "out of memory");
	lw_module_init(host, lw_twin_bus(far));
	r = lw_module_identify(host, reterr);
	if (!r && host->memory.map == LW_MAP_SFF8636 && host->facts.power_class >= 5) {
		lw_module_init(host, lw_twin_bus(far));
		r = lw_module_want(host, &all, 1, reterr);
		while (!r && lw_mono_before(lw_world_now(w), end) && host->phase != LW_MODULE_REST)
			move(w, lw_module_run(host, lw_world_now(w)));
	}
	free(host);
	return r;
}

/* Plug what `n` lanes from `first` on are joined with, and let its host drive it. */
static int plug_end(struct lw_world *w, struct lw_twin *near, unsigned first, unsigned n,
		    const struct lw_part *part, const struct lw_join *join, struct lw_twin **ret,
		    struct lw_error *reterr)
{
	struct lw_twin_options opt = {.part = part};
	char name[16];
	int r;

	snprintf(name, sizeof(name), "far%u", first);
	r = lw_world_plug(w, name, &opt, ret, reterr);
	if (r)
		return r;
	lw_file_twin_drive(*ret, part);
	for (unsigned i = 0; i < n; i++)
		if (lw_world_join(w, near, first + i, *ret, i, join, NULL))
			break; /* it has fewer media lanes than host lanes */
	return 0;
}

/* Something must shine at a module with a receiver: a second one like it, lane by lane, or the
 * other plugs of an active cable. */
static int plug_far(struct lw_world *w, struct lw_twin *near, const struct lw_part *part,
		    struct lw_twin *ret[LW_LANES_MAX], struct lw_error *reterr)
{
	bool optic = part->receptacles && part->pmd, cable = !part->receptacles && !part->wire;
	unsigned pairs = part->head_lanes < part->far_lanes ? part->head_lanes : part->far_lanes;
	unsigned ends = optic ? 1 : cable ? part->far_n : 0;
	unsigned lanes = optic ? part->form->lanes : pairs;
	struct lw_join join = {0};
	int r = 0;

	if (optic)
		join = (struct lw_join){.loss_db = CORD_DB, .medium = part->pmd->medium};
	for (unsigned i = 0; !r && i < ends; i++)
		r = plug_end(w, near, i * lanes, lanes, optic ? part : part->far, &join, &ret[i],
			     reterr);
	return r;
}

static int open_twin(struct cli_module *m, const char *name, struct lw_error *reterr)
{
	struct lw_twin_options opt = {.part = lw_part_find(name)};
	struct lw_twin *far[LW_LANES_MAX] = {NULL};
	int r;

	if (!opt.part)
		return lw_fail_in(reterr, LW_ENOENT, name, 0,
				  "no such part; \"lanewise explain parts\" lists them");
	r = lw_world_create(1, &m->opened->world, reterr);
	if (!r)
		r = lw_world_plug(m->opened->world, name, &opt, &m->twin, reterr);
	if (!r)
		r = plug_far(m->opened->world, m->twin, opt.part, far, reterr);
	if (r)
		return r;
	lw_file_twin_drive(m->twin, opt.part);
	come_to_rest(m->opened->world);
	for (unsigned i = 0; !r && i < LW_LANES_MAX && far[i]; i++)
		r = allow_power(m->opened->world, far[i], reterr);
	if (!opt.part->receptacles) /* what begins with one of its plugs is a cable that runs */
		come_to_rest(m->opened->world);
	m->bus = lw_twin_bus(m->twin);
	return r;
}

static int open_source(struct cli_module *m, struct lw_error *reterr)
{
	int r;

	if (strncmp(m->source, "twin:", 5) == 0)
		return open_twin(m, m->source + 5, reterr);
	r = cli_device_open(&m->opened->device, m->source, &m->device_options, m->trace_path,
			    reterr);
	if (!r)
		m->bus = lw_device_bus(m->opened->device.device);
	return r;
}

/* A module that starts is asked again; an empty cage is not waited for. */
static int identify(struct cli_module *m, struct lw_error *reterr)
{
	struct lw_module *module = &m->opened->module;
	struct lw_mono end = lw_mono_add(cli_module_now(m), lw_ms(START_MS));
	struct lw_error e;
	int r;

	lw_module_init(module, m->bus);
	while ((r = lw_module_identify(module, &e)) != 0) {
		struct lw_mono now = cli_module_now(m);

		if (r != LW_ENACK || !lw_mono_before(now, end)) {
			if (!e.where[0])
				snprintf(e.where, sizeof(e.where), "%s", m->source);
			*reterr = e;
			return r;
		}
		cli_module_wait(m, lw_mono_add(now, lw_ms(ASK_MS)));
	}
	return 0;
}

/* Lanes that the module does not have are a slip of whoever named them. */
static int check_lanes(const struct cli_module *m, struct lw_error *reterr)
{
	uint32_t there = lw_control_host_lanes(m->memory, m->facts) |
			 lw_control_media_lanes(m->memory, m->facts);

	if (!there || !(m->lanes & ~there))
		return 0;
	return lw_fail_in(reterr, LW_EINVAL, m->source, 0, "there is no lane %d: the module has %d",
			  __builtin_ctz(m->lanes & ~there) + 1, 32 - __builtin_clz(there));
}

int cli_module_open(struct cli_module *m, struct lw_error *reterr)
{
	int r;

	if (m->bus)
		return check_lanes(m, reterr);
	m->opened = calloc(1, sizeof(*m->opened));
	if (!m->opened)
		return lw_fail(reterr, LW_ENOMEM, "out of memory");
	r = open_source(m, reterr);
	if (!r)
		r = identify(m, reterr);
	if (r) {
		(void)cli_module_close(m);
		return r;
	}
	m->memory = &m->opened->module.memory;
	m->facts = &m->opened->module.facts;
	return check_lanes(m, reterr);
}

int cli_module_close(struct cli_module *m)
{
	struct lw_error e;
	int status = CLI_OK;

	if (!m->opened)
		return CLI_OK;
	lw_world_destroy(m->opened->world);
	if (m->opened->device.device && cli_device_close(&m->opened->device, &e))
		status = cli_error(&e);
	free(m->opened);
	m->opened = NULL;
	m->bus = NULL;
	return status;
}

struct lw_mono cli_module_now(const struct cli_module *m)
{
	return m->opened->world ? lw_world_now(m->opened->world) : lw_device_now();
}

void cli_module_wait(struct cli_module *m, struct lw_mono until)
{
	struct lw_mono now = cli_module_now(m);
	struct timespec span;
	int64_t ns = until.ns - now.ns;

	if (!lw_mono_before(now, until))
		return;
	if (m->opened->world) {
		move(m->opened->world, until);
		return;
	}
	span = (struct timespec){.tv_sec = ns / 1000000000, .tv_nsec = ns % 1000000000};
	while (nanosleep(&span, &span) != 0)
		;
}
