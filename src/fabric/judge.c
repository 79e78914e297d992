/* SPDX-License-Identifier: Apache-2.0 */
#include "alike.h"
#include "resolve.h"

#include <stdio.h>
#include <string.h>

/* All but what is chosen; into zeroed memory, see alike.h. */
static void end_of(const struct lw_fabric *f, const struct lw_flink *l, int e, const char *name,
		   struct lw_link_end *ret)
{
	const struct lw_cage *c = &f->cages[l->cage[e]];
	const struct lw_facts *facts = c->facts;

	memset(ret, 0, sizeof(*ret));
	ret->name = name;
	ret->cage = c->form;
	ret->plug = c->part                       ? c->part->form
		    : facts && facts->form_factor ? lw_form_find(facts->form_factor)
						  : NULL;
	ret->adapter = c->adapter;
	ret->mode = c->mode_text;
	ret->ports = c->mode.n;
	ret->cage_baud_kbd = c->max_baud_kbd;
	ret->port = &c->mode.port[l->port[e]];
	ret->fec = c->fec;
	ret->part = c->part                        ? c->part->name
		    : facts && facts->vendor_pn[0] ? facts->vendor_pn
						   : c->dump;
	ret->power_w = c->part ? c->part->power_w : facts ? facts->max_power_w : 0;
	ret->cage_power_w = c->max_power_w;
	ret->generic = c->part;
	ret->autoneg = c->autoneg;
	ret->facts = facts;
	ret->host = c->host;
	ret->abilities = c->abilities;
	ret->ability_n = c->ability_n;
	ret->chosen = -1;
}

static void choose(struct lw_flink *l, struct lw_link_end end[2])
{
	lw_link_choose(end[0].abilities, end[0].ability_n, end[0].port, end[1].abilities,
		       end[1].ability_n, end[1].port, l->chosen);
	for (int e = 0; e < 2; e++) {
		end[e].chosen = l->chosen[e];
		end[e].face = l->chosen[e] >= 0 ? &end[e].abilities[l->chosen[e]]
						: lw_link_face(end[e].abilities, end[e].ability_n,
							       end[e].port);
	}
}

static void path_of(const struct lw_fabric *f, const struct place *places, const struct lw_flink *l,
		    struct lw_link_path *ret)
{
	const struct lw_cable *c = &f->cables[l->cable];
	const struct lw_facts *facts = f->cages[l->cage[0]].facts;
	const struct lw_connector *connector[2] = {NULL, NULL};

	for (int e = 0; e < 2 && c->cord; e++) {
		const struct lw_part *part = f->cages[l->cage[e]].part;
		const struct lw_pmd *pmd = places[l->cage[e]].pmd;

		if (part)
			connector[e] = part->receptacle;
		else if (pmd && pmd->connector)
			connector[e] = lw_connector_find(pmd->connector);
	}
	memset(ret, 0, sizeof(*ret));
	ret->cord = c->cord;
	ret->fixed = c->part;
	ret->passive = c->part && facts && facts->cable && !strcmp(facts->cable, "passive copper");
	ret->gearbox = c->part && c->part->head_lanes != c->part->far_lanes;
	ret->grade = c->grade;
	ret->length_m = c->length_m;
	ret->a_connector = connector[0] ? connector[0]->body : NULL;
	ret->b_connector = connector[1] ? connector[1]->body : NULL;
	ret->a_polish = connector[0] ? connector[0]->polish : NULL;
	ret->b_polish = connector[1] ? connector[1]->polish : NULL;
	ret->lanes = l->media_lanes;
	ret->dirt_db = l->dirt_db;
	ret->product = c->part ? c->part->name : NULL;
	ret->pins = c->pins;
	ret->cord_polish[0] = c->polish[0];
	ret->cord_polish[1] = c->polish[1];
	memcpy(ret->through, c->through, sizeof(ret->through));
}

/* Two ports of one module that claim the same media lanes: only a multiplexer could serve both. */
static int check_overlap(struct lw_fabric *f, const struct place *places, struct lw_flink *l,
			 const char *const name[2])
{
	const struct lw_rule *r = lw_rule_find("lane-overlap");

	for (int e = 0; e < 2; e++) {
		const struct lw_cage *c = &f->cages[l->cage[e]];
		unsigned clash = places[l->cage[e]].clash[l->port[e]];
		const char *other;

		if (!clash)
			continue;
		other = lw_port_id(f->arena, c, clash - 1);
		if (!other || lw_findings_add(&l->findings, r->name, LW_RISK, l->id, r->remedy,
					      r->ref, "%s and %s claim the same media lanes of %s",
					      name[e], other, c->part ? c->part->name : c->dump))
			return LW_ENOMEM;
		if (l->verdict == LW_UP)
			l->verdict = LW_AT_RISK;
	}
	return 0;
}

static void list_lanes(uint32_t lanes, char *ret, size_t size)
{
	size_t n = 0;

	ret[0] = '\0';
	for (unsigned i = 0; i < LW_LANES_MAX && n < size; i++)
		if (lanes >> i & 1)
			n += (size_t)snprintf(ret + n, size - n, "%s%u", n ? "," : "", i + 1);
}

/* Fibres that are broken or end at the wrong side; lanes that end in another place. */
static int check_polarity(struct lw_fabric *f, struct lw_flink *l)
{
	const struct lw_rule *r = lw_rule_find("polarity");
	const char *cable = f->cables[l->cable].id;
	char lanes[64];
	int rc = 0;

	if (l->broken) {
		list_lanes(l->broken, lanes, sizeof(lanes));
		rc = lw_findings_add(&l->findings, r->name, LW_FATAL, l->id, "Replace the cord.",
				     r->ref, "cable %s: the fibres of lane %s are broken", cable,
				     lanes);
	}
	if (!rc && l->wrong) {
		list_lanes(l->wrong, lanes, sizeof(lanes));
		rc = lw_findings_add(&l->findings, r->name, LW_FATAL, l->id, r->remedy, r->ref,
				     "cable %s: on lane %s a transmitter meets a transmitter",
				     cable, lanes);
	}
	if (l->broken || l->wrong)
		l->verdict = LW_DOWN;
	if (!rc && l->crossed && l->media_lanes > 1)
		rc = lw_findings_add(&l->findings, r->name, LW_INFO, l->id,
				     "None needed: a receiver puts the lanes of one link in order.",
				     r->ref, "cable %s: lanes end in another order than they begin",
				     cable);
	return rc;
}

/* Does the fabric know more of the link than the rules are given? */
static bool peculiar(const struct place *places, const struct lw_flink *l)
{
	return l->broken || l->wrong || l->crossed || places[l->cage[0]].clash[l->port[0]] ||
	       places[l->cage[1]].clash[l->port[1]];
}

int lw_fabric_judge(struct lw_fabric *f, const struct place *places, struct lw_flink *l,
		    struct alike *known, struct lw_error *reterr)
{
	const char *name[2];
	struct lw_link_end end[2];
	struct lw_link_path path;
	struct alike_key key;
	bool own = peculiar(places, l);
	int rc;

	for (int e = 0; e < 2; e++) {
		name[e] = lw_port_id(f->arena, &f->cages[l->cage[e]], l->port[e]);
		if (!name[e])
			return lw_fail_in(reterr, LW_ENOMEM, f->file, 0, "out of memory");
		end_of(f, l, e, name[e], &end[e]);
	}
	l->id = lw_arena_printf(f->arena, "%s - %s", name[0], name[1]);
	if (!l->id)
		return lw_fail_in(reterr, LW_ENOMEM, f->file, 0, "out of memory");
	path_of(f, places, l, &path);
	lw_alike_key(end, &path, &key);
	if (known && !own && lw_alike_find(known, &key, l))
		return 0;
	choose(l, end);
	rc = lw_link_judge(l->id, &end[0], &end[1], &path, &l->findings, &l->verdict, reterr);
	if (!rc && own && (check_overlap(f, places, l, name) || check_polarity(f, l)))
		rc = lw_fail_in(reterr, LW_ENOMEM, f->file, 0, "out of memory");
	lw_link_budget(&end[0], &end[1], &path, &l->budget);
	if (!rc && known && !own)
		lw_alike_add(known, &key, l);
	return rc;
}

/* Ports of a cabled cage that got no link: its leg is open, or the cable does not reach them. */
static int open_ports(struct lw_fabric *f, const struct lw_cage *c, const struct place *p)
{
	const struct lw_rule *r = lw_rule_find("branch-end");

	for (unsigned i = 0; i < c->mode.n; i++) {
		const char *id = lw_port_id(f->arena, c, i);
		char rate[16];

		if (p->served & 1u << i)
			continue;
		if (!id || lw_findings_add(
				   &f->findings, r->name, LW_INFO, id, r->remedy, r->ref,
				   "%s (%s) has no partner: no cable joins its lanes to a "
				   "port at another end",
				   id, lw_rate_text(c->mode.port[i].rate_mbps, rate, sizeof(rate))))
			return LW_ENOMEM;
	}
	return 0;
}

static int open_legs(struct lw_fabric *f, const struct lw_cable *c)
{
	const struct lw_rule *r = lw_rule_find("branch-end");
	unsigned legs = c->a.port_end ? 1 : c->cord ? c->cord->legs : c->part->far_n;

	for (unsigned i = 0; i < legs; i++)
		if ((i >= c->b_n || c->b[i].cage < 0) &&
		    lw_findings_add(&f->findings, r->name, LW_INFO, c->id, r->remedy, r->ref,
				    "leg %u of cable %s is open", i + 1, c->id))
			return LW_ENOMEM;
	return 0;
}

int lw_fabric_open_ends(struct lw_fabric *f, const struct place *places, struct lw_error *reterr)
{
	const struct lw_rule *r = lw_rule_find("branch-end");
	int rc = 0;

	for (size_t i = 0; !rc && i < f->cage_n; i++) {
		const struct lw_cage *c = &f->cages[i];

		if (places[i].cabled)
			rc = open_ports(f, c, &places[i]);
		else if (c->part || c->dump)
			rc = lw_findings_add(&f->findings, r->name, LW_INFO, c->id,
					     "Plug a cable in.", r->ref, "%s holds %s and no cable",
					     c->id, c->part ? c->part->name : c->dump);
	}
	for (size_t i = 0; !rc && i < f->cable_n; i++)
		rc = open_legs(f, &f->cables[i]);
	return rc ? lw_fail_in(reterr, LW_ENOMEM, f->file, 0, "out of memory") : 0;
}
