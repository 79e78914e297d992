/* SPDX-License-Identifier: Apache-2.0 */
#include "lab-internal.h"

#include <lanewise/formula.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The bus of a cage: whatever is in it now answers. */
static int port_read(struct lw_bus *bus, struct lw_addr a, uint8_t *ret, size_t n,
		     struct lw_error *reterr)
{
	struct lw_lab_port *p = (struct lw_lab_port *)bus;

	return lw_bus_read(lw_twin_bus(p->twin), a, ret, n, reterr);
}

static int port_write(struct lw_bus *bus, struct lw_addr a, const uint8_t *p, size_t n,
		      struct lw_error *reterr)
{
	struct lw_lab_port *port = (struct lw_lab_port *)bus;

	return lw_bus_write(lw_twin_bus(port->twin), a, p, n, reterr);
}

static const struct lw_bus_ops port_ops = {.read = port_read, .write = port_write};

/* Both ends of a link are chosen together (lw_link_choose()): its choice, while it serves. */
static const struct lw_ability *chosen(const struct lw_lab *lab, int cage, const struct lw_lport *p)
{
	const struct lw_fabric *f = lab->fabric;
	const struct lw_cage *c = &f->cages[cage];

	if (lab->cage[cage].abilities != c->abilities)
		return NULL; /* the fabric was judged with another module */
	for (size_t i = 0; i < f->link_n; i++)
		for (unsigned end = 0; end < 2; end++) {
			const struct lw_flink *l = &f->links[i];
			const struct lw_ability *a;

			if (l->cage[end] != cage || l->chosen[end] < 0 ||
			    c->mode.port[l->port[end]].first != p->first)
				continue;
			a = &c->abilities[l->chosen[end]];
			if (lw_ability_serves(a, p))
				return a;
		}
	return NULL;
}

/*
 * The FEC that the host of a port runs: as configured, as the module asks, or by the rate. What
 * protects the medium is the same, unless the module ends the host's and adds its own.
 */
static const char *find_fec(const struct lw_lab *lab, int cage, const struct lw_lport *p,
			    const char **ret_medium)
{
	const struct lw_lab_cage *now = &lab->cage[cage];
	const struct lw_ability *a = chosen(lab, cage, p);
	const char *host = p->fec;

	for (size_t i = 0; !a && i < now->ability_n; i++)
		if (lw_ability_serves(&now->abilities[i], p))
			a = &now->abilities[i];
	if (a && a->host && a->host->fec[0])
		host = a->host->fec;
	if (lab->fabric->cages[cage].fec)
		host = lab->fabric->cages[cage].fec;
	*ret_medium = host;
	if (a && a->pmd && a->pmd->fec_in_module && a->host_baud_kbd != a->pmd->baud_kbd)
		*ret_medium = a->pmd->fec;
	return host;
}

void lw_lab_drive(struct lw_lab *lab, int cage, const struct lw_mode *mode)
{
	struct lw_lab_cage *c = &lab->cage[cage];
	struct lw_twin *t = lab->twin[cage];

	if (&c->mode != mode)
		c->mode = *mode;
	for (unsigned k = 0; t && k < mode->lanes; k++)
		lw_twin_drive(t, k, NULL);
	for (unsigned p = 0; p < mode->n; p++) {
		const struct lw_lport *port = &c->mode.port[p];
		struct lw_signal s = {.baud_kbd = port->baud_kbd, .modulation = port->modulation};

		c->host_fec[p] = find_fec(lab, cage, port, &s.fec);
		lab->fec[cage][p] = s.fec;
		for (unsigned k = 0; t && k < port->lanes; k++)
			lw_twin_drive(t, port->first + k, &s);
	}
}

/* What the cable loses on that lane, as far as a link or its cable tells. */
static double loss_of(const struct lw_fabric *f, const struct lw_fjoin *x)
{
	const struct lw_flink *l = x->link < 0 ? NULL : &f->links[x->link];

	for (size_t i = 0; !l && i < f->link_n; i++)
		if (f->links[i].cable == x->cable)
			l = &f->links[i];
	return !l ? 0 : isnan(l->budget.loss_db) ? l->dirt_db : l->budget.loss_db;
}

/* The lane at the far end, after two fibre pairs were exchanged at this one. */
static unsigned exchanged(const struct lw_lab_cage *c, unsigned lane)
{
	for (unsigned i = 0; i < 2; i++)
		if (c->exchanged[i] == (int)lane)
			return (unsigned)c->exchanged[1 - i];
	return lane;
}

int lw_lab_join(struct lw_lab *lab, const struct lw_fjoin *x, struct lw_error *reterr)
{
	const struct lw_fabric *f = lab->fabric;
	const struct lw_cable *c = &f->cables[x->cable];
	const struct lw_lab_cage *end[2] = {&lab->cage[x->cage[0]], &lab->cage[x->cage[1]]};
	struct lw_twin *t[2] = {lab->twin[x->cage[0]], lab->twin[x->cage[1]]};
	struct lw_join join = {.medium = c->part ? LW_COPPER : lw_grade_medium(c->grade)};
	unsigned lane[2];
	bool dark = x->dark;

	if (!t[0] || !t[1])
		return 0;
	if (c->part && c->part->pmd)
		join.medium = c->part->pmd->medium;
	join.loss_db = loss_of(f, x);
	for (int e = 0; e < 2; e++) {
		lane[e] = exchanged(end[e], x->lane[e]);
		dark = dark || (end[e]->wrong >> lane[e] & 1);
		join.loss_db += end[e]->dirt_db[lane[e]];
		/* a module with fewer lanes than the one it replaced */
		if (lane[e] >= end[e]->part->form->lanes)
			return 0;
	}
	return lw_world_join(lab->world, t[0], lane[0], t[1], lane[1], dark ? NULL : &join, reterr);
}

int lw_lab_join_cage(struct lw_lab *lab, int cage, struct lw_error *reterr)
{
	const struct lw_fabric *f = lab->fabric;
	int r = 0;

	for (size_t i = 0; !r && i < f->join_n; i++)
		if (cage < 0 || f->joins[i].cage[0] == cage || f->joins[i].cage[1] == cage)
			r = lw_lab_join(lab, &f->joins[i], reterr);
	return r;
}

int lw_lab_plug_with(struct lw_lab *lab, int cage, const struct lw_part *part,
		     const struct lw_image *img, const struct lw_ability *abilities,
		     size_t ability_n, struct lw_error *reterr)
{
	struct lw_lab_cage *c = &lab->cage[cage];
	struct lw_twin_options opt = {.part = part, .image = img, .lpmode_pin = true, .tag = cage};
	struct lw_twin *old = lab->twin[cage], *t;
	int r;

	if (lab->opt.tune)
		lab->opt.tune(lab->opt.ctx, cage, &opt);
	r = lw_world_plug(lab->world, lab->fabric->cages[cage].id, &opt, &t, reterr);

	if (r)
		return r;
	lab->twin[cage] = t;
	lab->bus[cage] = &c->port.bus;
	c->port.twin = t;
	if (old)
		lw_world_remove(lab->world, old);
	lab->exchanged |= old && c->line;
	c->reseated = lab->moved = true;
	c->part = part;
	c->abilities = abilities;
	c->ability_n = ability_n;
	if (c->cut)
		lw_twin_fault(t, LW_FAULT_CUT, c->cut, true);
	r = lw_lab_join_cage(lab, cage, reterr);
	lw_lab_drive(lab, cage, &c->mode);
	return r;
}

static int stage(struct lw_lab *lab, struct lw_error *reterr)
{
	const struct lw_fabric *f = lab->fabric;
	int r = 0;

	for (size_t i = 0; !r && i < f->cage_n; i++) {
		struct lw_lab_cage *c = &lab->cage[i];

		*c = (struct lw_lab_cage){
			.port = {.bus = {.ops = &port_ops}, .name = f->cages[i].id},
			.mode = f->cages[i].mode,
			.exchanged = {-1, -1},
		};
		if (f->cages[i].part || f->cages[i].dump)
			r = lw_lab_plug_own(lab, (int)i, reterr);
		c->seen = c->port.twin;
		c->reseated = false;
	}
	lab->moved = false;
	return r;
}

int lw_lab_init(struct lw_lab *lab, const struct lw_fabric *f, uint64_t seed,
		struct lw_error *reterr)
{
	return lw_lab_init_with(lab, f, seed, &(struct lw_lab_options){0}, reterr);
}

int lw_lab_init_with(struct lw_lab *lab, const struct lw_fabric *f, uint64_t seed,
		     const struct lw_lab_options *opt, struct lw_error *reterr)
{
	int r;

	*lab = (struct lw_lab){.fabric = f, .opt = *opt};
	lab->twin = lw_arena_alloc(f->arena, f->cage_n * sizeof(*lab->twin));
	lab->bus = lw_arena_alloc(f->arena, f->cage_n * sizeof(*lab->bus));
	lab->fec = lw_arena_alloc(f->arena, f->cage_n * sizeof(*lab->fec));
	lab->cage = lw_arena_alloc(f->arena, f->cage_n * sizeof(*lab->cage));
	if (!lab->twin || !lab->bus || !lab->fec || !lab->cage)
		return lw_fail(reterr, LW_ENOMEM, "out of memory");
	r = lw_world_create(seed, &lab->world, reterr);
	if (!r)
		r = stage(lab, reterr);
	if (r)
		lw_lab_finish(lab);
	return r;
}

void lw_lab_finish(struct lw_lab *lab)
{
	lw_world_destroy(lab->world);
	lab->world = NULL;
}

int lw_lab_changed(struct lw_lab *lab)
{
	struct lw_twin *t;

	while ((t = lw_world_changed(lab->world)))
		if (lab->twin[lw_twin_tag(t)] == t) /* not one that was taken out */
			return lw_twin_tag(t);
	return -1;
}

/* The line of a module that was taken out fell, and nobody is left to say so. */
static int fallen(struct lw_lab *lab)
{
	for (size_t i = 0; i < lab->fabric->cage_n; i++)
		if (lab->cage[i].line && !(lab->twin[i] && lw_twin_interrupt(lab->twin[i])))
			return (int)i;
	lab->exchanged = false;
	return -1;
}

int lw_lab_interrupts(struct lw_lab *lab, bool *ret)
{
	struct lw_twin *t;
	int cage = lab->exchanged ? fallen(lab) : -1;

	if (cage >= 0) {
		*ret = lab->cage[cage].line = false;
		return cage;
	}
	while ((t = lw_world_interrupts(lab->world))) {
		struct lw_lab_cage *c = &lab->cage[lw_twin_tag(t)];
		bool on = lw_twin_interrupt(t);

		if (c->port.twin != t || c->line == on)
			continue;
		*ret = c->line = on;
		return lw_twin_tag(t);
	}
	return -1;
}

bool lw_lab_present(const struct lw_lab *lab, int cage)
{
	return lab->twin[cage] && lw_twin_present(lab->twin[cage]);
}

int lw_lab_presence(struct lw_lab *lab, bool *ret)
{
	for (size_t i = 0; lab->moved && i < lab->fabric->cage_n; i++) {
		struct lw_lab_cage *c = &lab->cage[i];
		bool there = lw_lab_present(lab, (int)i);

		if (c->seen && (c->reseated || !there)) {
			*ret = c->seen = false;
			return (int)i;
		}
		c->reseated = false;
		if (there && !c->seen) {
			*ret = c->seen = true;
			return (int)i;
		}
	}
	lab->moved = false;
	return -1;
}

/* Which port of its host sent a signal; NULL: none that is configured now. */
static const struct lw_lport *sender(const struct lw_lab *lab, const struct lw_signal *s)
{
	int far = lw_twin_tag(s->from);
	const struct lw_mode *m;

	if (lab->twin[far] != s->from)
		return NULL;
	m = &lab->cage[far].mode;
	for (unsigned i = 0; i < m->n; i++)
		if (s->from_lane >= m->port[i].first &&
		    s->from_lane < m->port[i].first + m->port[i].lanes)
			return &m->port[i];
	return NULL;
}

/* Does the host's code cope with the errors of a lane? */
static bool holds(const char *host_fec, double ber)
{
	const struct lw_fec *f = lw_fec_find(host_fec);

	return !f || lw_fec_holds(f, ber);
}

bool lw_lab_carrier(void *ctx, int cage, const struct lw_lport *port)
{
	const struct lw_lab *lab = ctx;
	const char *fec = lab->fec[cage][port->index];
	const char *host_fec = lab->cage[cage].host_fec[port->index];
	const struct lw_lport *far = NULL;
	const struct lw_twin *from = NULL;
	uint32_t seen = 0;

	if (!lab->twin[cage])
		return false;
	for (unsigned k = 0; k < port->lanes; k++) {
		struct lw_signal s;

		if (!lw_twin_receive(lab->twin[cage], port->first + k, &s))
			return false;
		if (s.baud_kbd != port->baud_kbd || s.modulation != port->modulation)
			return false;
		if (strcmp(s.fec, fec) != 0 || (k && s.from != from) || !holds(host_fec, s.ber))
			return false;
		from = s.from;
		far = k ? far : sender(lab, &s);
		if (!far || s.from_lane < far->first || s.from_lane >= far->first + far->lanes)
			return false;
		seen |= UINT32_C(1) << s.from_lane;
	}
	/* every lane of the far port must be there, or none of it can be put together */
	return far && far->rate_mbps == port->rate_mbps &&
	       __builtin_popcount(seen) == (port->lanes < far->lanes ? port->lanes : far->lanes);
}

bool lw_lab_ber(const struct lw_lab *lab, int cage, const struct lw_lport *port, double *ret)
{
	double sum = 0;

	if (!lab->twin[cage])
		return false;
	for (unsigned k = 0; k < port->lanes; k++) {
		struct lw_signal s;

		if (!lw_twin_receive(lab->twin[cage], port->first + k, &s))
			return false;
		sum += s.ber;
	}
	*ret = sum / port->lanes;
	return true;
}
