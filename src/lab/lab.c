/* SPDX-License-Identifier: Apache-2.0 */
#include <lanewise/lab.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/*
 * The FEC that protects the medium behind a port: what the host runs (as configured, as the module
 * asks, or by the rate), unless the module ends the host's and adds its own.
 */
static const char *medium_fec(const struct lw_fabric *f, int cage, const struct lw_lport *p)
{
	const struct lw_cage *c = &f->cages[cage];
	const struct lw_ability *a = NULL;
	const char *host = p->fec;

	for (size_t i = 0; i < f->link_n; i++)
		for (unsigned end = 0; end < 2; end++)
			if (f->links[i].cage[end] == cage && f->links[i].port[end] == p->index &&
			    f->links[i].chosen[end] >= 0)
				a = &c->abilities[f->links[i].chosen[end]];
	if (a && a->host && a->host->fec[0])
		host = a->host->fec;
	if (c->fec)
		host = c->fec;
	if (a && a->pmd && a->pmd->fec_in_module && a->host_baud_kbd != a->pmd->baud_kbd)
		return a->pmd->fec;
	return host;
}

/* One serial number a module: hosts dislike to meet the same one twice. */
static int plug_one(struct lw_lab *lab, size_t i, struct lw_twin_options *opt,
		    struct lw_error *reterr)
{
	const struct lw_cage *c = &lab->fabric->cages[i];
	struct lw_image *img = calloc(1, sizeof(*img));
	struct lw_image_options own = {0};
	char serial[17];
	int r;

	if (!img)
		return lw_fail(reterr, LW_ENOMEM, "out of memory");
	snprintf(serial, sizeof(serial), "LW%06zu", (i + 1) % 1000000);
	own.sn = serial;
	if (c->cable >= 0)
		own.length_m = lab->fabric->cables[c->cable].length_m;
	r = lw_image_make(opt->part, &own, img, reterr);
	opt->image = img;
	if (!r)
		r = lw_world_plug(lab->world, c->id, opt, &lab->twin[i], reterr);
	free(img);
	return r;
}

static int plug_all(struct lw_lab *lab, struct lw_error *reterr)
{
	const struct lw_fabric *f = lab->fabric;
	int r = 0;

	for (size_t i = 0; !r && i < f->cage_n; i++) {
		struct lw_twin_options opt = {.part = f->cages[i].part, .lpmode_pin = true};

		if (!opt.part) {
			if (f->cages[i].dump)
				return lw_fail_in(
					reterr, LW_ENOTSUP, f->file, f->cages[i].line,
					"%s: a module from a dump can be checked but not yet "
					"staged as a twin; name a part instead",
					f->cages[i].id);
			continue;
		}
		r = plug_one(lab, i, &opt, reterr);
		if (!r)
			lab->bus[i] = lw_twin_bus(lab->twin[i]);
	}
	return r;
}

static int join_all(struct lw_lab *lab, struct lw_error *reterr)
{
	const struct lw_fabric *f = lab->fabric;
	int r = 0;

	for (size_t i = 0; !r && i < f->link_n; i++) {
		const struct lw_flink *l = &f->links[i];
		const struct lw_cable *c = &f->cables[l->cable];
		struct lw_join join = {.medium = c->part ? LW_COPPER : lw_grade_medium(c->grade)};

		if (c->part && c->part->pmd)
			join.medium = c->part->pmd->medium;
		join.loss_db = isnan(l->budget.loss_db) ? 0 : l->budget.loss_db;
		for (unsigned k = 0; !r && k < l->media_lanes; k++) {
			struct lw_flane lane;

			lw_flink_lane(f, l, k, &lane);
			r = lw_world_join(lab->world, lab->twin[l->cage[0]], lane.media[0],
					  lab->twin[l->cage[1]], lane.media[1], &join, reterr);
		}
	}
	return r;
}

static void drive_all(struct lw_lab *lab)
{
	const struct lw_fabric *f = lab->fabric;

	for (size_t i = 0; i < f->cage_n; i++) {
		const struct lw_cage *c = &f->cages[i];

		for (unsigned p = 0; lab->twin[i] && p < c->mode.n; p++) {
			const struct lw_lport *port = &c->mode.port[p];
			struct lw_signal s = {.baud_kbd = port->baud_kbd,
					      .modulation = port->modulation,
					      .fec = medium_fec(f, (int)i, port)};

			lab->fec[i][p] = s.fec;
			for (unsigned k = 0; k < port->lanes; k++)
				lw_twin_drive(lab->twin[i], port->first + k, &s);
		}
	}
}

int lw_lab_init(struct lw_lab *lab, const struct lw_fabric *f, uint64_t seed,
		struct lw_error *reterr)
{
	int r;

	*lab = (struct lw_lab){.fabric = f};
	lab->twin = lw_arena_alloc(f->arena, f->cage_n * sizeof(*lab->twin));
	lab->bus = lw_arena_alloc(f->arena, f->cage_n * sizeof(*lab->bus));
	lab->fec = lw_arena_alloc(f->arena, f->cage_n * sizeof(*lab->fec));
	if (!lab->twin || !lab->bus || !lab->fec)
		return lw_fail(reterr, LW_ENOMEM, "out of memory");
	r = lw_world_create(seed, &lab->world, reterr);
	if (!r)
		r = plug_all(lab, reterr);
	if (!r)
		r = join_all(lab, reterr);
	if (r) {
		lw_lab_finish(lab);
		return r;
	}
	drive_all(lab);
	return 0;
}

void lw_lab_finish(struct lw_lab *lab)
{
	lw_world_destroy(lab->world);
	lab->world = NULL;
}

bool lw_lab_carrier(void *ctx, int cage, const struct lw_lport *port)
{
	const struct lw_lab *lab = ctx;
	const char *fec = lab->fec[cage][port->index];
	const struct lw_twin *from = NULL;

	if (!lab->twin[cage])
		return false;
	for (unsigned k = 0; k < port->lanes; k++) {
		struct lw_signal s;

		if (!lw_twin_receive(lab->twin[cage], port->first + k, &s))
			return false;
		if (s.baud_kbd != port->baud_kbd || s.modulation != port->modulation)
			return false;
		if (strcmp(s.fec, fec) != 0 || (k && s.from != from))
			return false;
		from = s.from;
	}
	return true;
}
