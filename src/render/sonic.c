/* SPDX-License-Identifier: Apache-2.0 */
/* config_db.json fragments: to the letter where the platform is known, else by rule, and said so.
 */
#include "render-internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- from a platform ------------------------------------------------------------------------ */

/* Ports by name, else by the number on the front panel; put into the cache at first use. */
static int index_ports(struct lw_platform *p, struct lw_index *cache)
{
	char key[80];

	if (lw_index_get(cache, "*") != LW_INDEX_NONE)
		return 0;
	for (size_t i = 0; i < p->port_n; i++) {
		snprintf(key, sizeof(key), "=%.70s", p->port[i].name);
		if (lw_index_put(cache, key, (uint32_t)i, NULL) < 0)
			return LW_ENOMEM;
		if (!p->port[i].index_n)
			continue;
		snprintf(key, sizeof(key), "#%.70s", p->port[i].index[0]);
		if (lw_index_put(cache, key, (uint32_t)i, NULL) < 0)
			return LW_ENOMEM;
	}
	return lw_index_put(cache, "*", 0, NULL) < 0 ? LW_ENOMEM : 0;
}

static const struct lw_platform_port *port_of(const struct lw_platform *p,
					      const struct lw_index *cache, const struct port *port)
{
	uint32_t at;
	char key[80];

	snprintf(key, sizeof(key), "=%.70s",
		 port->cage->port ? port->cage->port : port->cage->name);
	at = lw_index_get(cache, key);
	if (at == LW_INDEX_NONE && !port->cage->port) {
		snprintf(key, sizeof(key), "#%u", port->number);
		at = lw_index_get(cache, key);
	}
	return at == LW_INDEX_NONE ? NULL : &p->port[at];
}

static bool has_speed(const struct lw_mode_part *x, uint32_t mbps)
{
	for (size_t i = 0; i < x->speed_n; i++)
		if (x->speeds[i] == mbps)
			return true;
	return false;
}

/* Part for part the same count and lanes, and a speed that the part has. */
static bool offers(const struct lw_platform_mode *m, const struct port *p, bool by_default)
{
	if (m->refusal || m->part_n != p->group_n)
		return false;
	for (unsigned i = 0; i < p->group_n; i++) {
		const struct lw_mode_part *x = &m->part[i];
		const struct group *g = &p->group[i];

		if (x->count != g->count || x->lanes != (uint32_t)g->lanes * g->count ||
		    (by_default ? x->speed_mbps != g->rate_mbps : !has_speed(x, g->rate_mbps)))
			return false;
	}
	return true;
}

/* A mode as the platform writes it, first by its default speed, then by any. */
static const struct lw_platform_mode *mode_of(const struct lw_platform_port *port,
					      const struct port *p)
{
	for (int pass = 0; pass < 2; pass++)
		for (size_t i = 0; i < port->mode_n; i++)
			if (offers(&port->mode[i], p, pass == 0))
				return &port->mode[i];
	return NULL;
}

int lw_render_sonic_port(struct lw_platform *p, struct lw_index *cache, const struct port *port,
			 struct sonic_port *ret)
{
	const struct lw_platform_port *at;
	const struct lw_platform_mode *m;

	*ret = (struct sonic_port){.back = ""};
	if (index_ports(p, cache))
		return LW_ENOMEM;
	at = port_of(p, cache, port);
	if (!at) {
		ret->unknown = true;
		return 0;
	}
	ret->name = at->name;
	/* port_config.ini: the port is what it is */
	m = at->mode_n ? mode_of(at, port) : &at->now;
	if (!m || !m->sub_n) {
		char near[160];

		lw_platform_nearest(p, at, port->cage->mode_text, near, sizeof(near));
		ret->near = lw_arena_strdup(cache->arena, near);
		return ret->near ? 0 : LW_ENOMEM;
	}
	ret->made = m;
	ret->mode = at->mode_n ? m->text : NULL;
	for (size_t i = 0; i < at->mode_n; i++)
		if (!at->mode[i].refusal && at->mode[i].sub_n == 1) {
			ret->back = at->mode[i].text;
			break;
		}
	return 0;
}

/* ---- writing -------------------------------------------------------------------------------- */

/** A cage's answer, kept between the two tables. */
struct answer {
	struct port p;
	struct sonic_port s;
	unsigned base; /**< by rule: number in its name */
	bool skip;
	const char *mode; /**< brkout_mode */
};

/* FEC of a logical port in SONiC's words: what the cage says, what the link needs, what SONiC sets.
 */
static const char *fec_of(const struct render *r, const struct lw_cage *c, unsigned port,
			  const char *sonic)
{
	const char *code = c->fec ? c->fec : r->need[r->need_first[c - r->f->cages] + port];
	const char *word = code ? lw_nos_word(r->nos, "fec", code) : NULL;

	return word ? word : sonic;
}

static const struct group *group_at(const struct port *p, unsigned port)
{
	const struct group *g = p->group;

	while (port >= (unsigned)g->first_port + g->count)
		g++;
	return g;
}

static void row(const struct render *r, const struct answer *a, unsigned port,
		const struct lw_subport *s, struct lw_json *j)
{
	const struct group *g = group_at(&a->p, port);
	struct lw_buf lanes = LW_BUF_INIT;
	char text[32];
	const char *fec = fec_of(r, a->p.cage, port, s->fec);

	for (size_t i = 0; i < s->lane_n; i++)
		lw_buf_printf(&lanes, "%s%s", i ? "," : "", s->lane[i]);
	lw_json_key(j, s->name);
	lw_json_begin_object(j);
	lw_json_put_string(j, "alias", s->alias);
	lw_json_put_string(j, "lanes", lw_buf_str(&lanes));
	snprintf(text, sizeof(text), "%u", g->rate_mbps);
	lw_json_put_string(j, "speed", text);
	if (s->index)
		lw_json_put_string(j, "index", s->index);
	if (s->subport != LW_SUBPORT_NONE) {
		snprintf(text, sizeof(text), "%u", s->subport);
		lw_json_put_string(j, "subport", text);
	}
	if (fec)
		lw_json_put_string(j, "fec", fec);
	if (s->autoneg)
		lw_json_put_string(j, "autoneg", s->autoneg);
	if (s->role)
		lw_json_put_string(j, "role", s->role);
	lw_json_put_string(j, "admin_status", "up");
	lw_json_end_object(j);
	lw_buf_finish(&lanes);
}

/* A row of a platform that nobody described: numbers count up from the port's own. */
static void row_by_rule(const struct render *r, const struct answer *a, unsigned port,
			struct lw_json *j)
{
	const struct lw_cage *c = a->p.cage;
	const struct lw_lport *l = &c->mode.port[port];
	const char *lane[LW_PORT_LANES_MAX];
	char name[32], alias[32], index[16], number[LW_PORT_LANES_MAX][12];
	struct lw_subport s = {.name = name, .alias = alias, .index = index, .lane = lane};

	snprintf(name, sizeof(name), "Ethernet%u", a->base + l->first);
	snprintf(index, sizeof(index), "%u", a->p.number);
	snprintf(alias, sizeof(alias), c->mode.n > 1 ? "etp%u%c" : "etp%u", a->p.number,
		 'a' + (int)port);
	for (unsigned i = 0; i < l->lanes; i++) {
		snprintf(number[i], sizeof(number[i]), "%u", a->base + l->first + i);
		lane[i] = number[i];
	}
	s.lane_n = l->lanes;
	s.subport = c->mode.n > 1 ? port + 1 : 0;
	row(r, a, port, &s, j);
}

static void name_of(const struct answer *a, unsigned port, char ret[NAME_SIZE])
{
	if (a->s.made)
		snprintf(ret, NAME_SIZE, "%s", a->s.made->sub[port].name);
	else
		snprintf(ret, NAME_SIZE, "Ethernet%u", a->base + a->p.cage->mode.port[port].first);
}

static int ask_platform(struct render *r, struct answer *a)
{
	const struct lw_cage *c = a->p.cage;

	if (lw_render_sonic_port(r->platform, &r->cache, &a->p, &a->s))
		return LW_ENOMEM;
	a->mode = a->s.mode;
	if (a->s.made && a->s.made->sub_n == c->mode.n)
		return 0;
	a->skip = true;
	r->refused++;
	if (a->s.unknown)
		return lw_render_say(r, c, "render-name", LW_FATAL,
				     "Give the cage port: NAME as platform.json has it.",
				     r->platform->where, "%s has no such port", r->platform->where);
	return lw_render_say(r, c, "render-mode", LW_FATAL,
			     lw_arena_printf(&r->scratch, "Use %s.",
					     a->s.near && a->s.near[0]
						     ? a->s.near
						     : "another port: it offers no mode"),
			     r->platform->where, "SONiC cannot say mode %s: %s does not offer it",
			     c->mode_text, r->platform->where);
}

void lw_render_sonic_base(struct port *p, unsigned *inout_base)
{
	const char *name = p->cage->port ? p->cage->port : p->cage->name;
	char *end;
	unsigned long base;

	if (strncmp(name, "Ethernet", 8) != 0 || name[8] < '0' || name[8] > '9')
		return;
	base = strtoul(name + 8, &end, 10);
	if (*end || base > 1000000)
		return;
	*inout_base = (unsigned)base;
	if (!p->cage->port) /* "Ethernet8" is the second cage of eight lanes, not the eighth */
		p->number = *inout_base / p->cage->form->lanes + 1;
}

static int ask_rule(struct render *r, struct answer *a, unsigned base)
{
	static const char remedy[] =
		"Name the switch: platform: FOLDER of its platform.json (docs/render.md).";

	a->base = base;
	lw_render_sonic_base(&a->p, &a->base);
	a->mode = a->p.cage->mode_text;
	return lw_render_say(r, a->p.cage, "render-rule", LW_RISK, remedy,
			     "sonic-buildimage device: platform.json",
			     "no platform is given: names, lanes, aliases and modes of SONiC are "
			     "by rule (the parent's number is its first lane) and seldom the "
			     "switch's own");
}

/* Every port that a cage becomes has a name of its own. */
static int claim_names(struct render *r, const struct answer *a)
{
	if (a->skip)
		return 0;
	for (unsigned k = 0; k < a->p.cage->mode.n; k++) {
		char name[NAME_SIZE];

		name_of(a, k, name);
		if (lw_render_claim(r, a->p.cage, name))
			return LW_ENOMEM;
	}
	return lw_render_say_fec(r, a->p.cage);
}

/* Ports by rule take the lanes in the order of the cages; where all cages are alike the number of a
 * cage leads to them. */
static int collect(struct render *r, struct answer *v)
{
	bool from_zero = lw_render_from_zero(r->f, r->d), alike = true;
	unsigned sum = 0;
	int rc = 0;

	for (size_t i = 1; i < r->d->cage_n; i++)
		if (r->f->cages[r->d->first + i].form->lanes !=
		    r->f->cages[r->d->first].form->lanes)
			alike = false;
	for (size_t i = 0; !rc && i < r->d->cage_n; i++) {
		const struct lw_cage *c = &r->f->cages[r->d->first + i];
		unsigned base;

		lw_render_port(r->nos, c, i, from_zero, &v[i].p);
		base = alike ? (v[i].p.number - 1) * c->form->lanes : sum;
		sum += c->form->lanes;
		rc = r->platform ? ask_platform(r, &v[i]) : ask_rule(r, &v[i], base);
		if (!rc)
			rc = claim_names(r, &v[i]);
	}
	return rc;
}

static void write_tables(struct render *r, const struct answer *v, struct lw_json *j)
{
	lw_json_begin_object(j);
	lw_json_key(j, "BREAKOUT_CFG");
	lw_json_begin_object(j);
	for (size_t i = 0; i < r->d->cage_n; i++) {
		char name[NAME_SIZE];

		if (v[i].skip || !v[i].mode)
			continue;
		name_of(&v[i], 0, name);
		lw_json_key(j, v[i].s.name ? v[i].s.name : name);
		lw_json_begin_object(j);
		lw_json_put_string(j, "brkout_mode", v[i].mode);
		lw_json_end_object(j);
	}
	lw_json_end_object(j);
	lw_json_key(j, "PORT");
	lw_json_begin_object(j);
	for (size_t i = 0; i < r->d->cage_n; i++)
		for (unsigned k = 0; !v[i].skip && k < v[i].p.cage->mode.n; k++)
			if (v[i].s.made)
				row(r, &v[i], k, &v[i].s.made->sub[k], j);
			else
				row_by_rule(r, &v[i], k, j);
	lw_json_end_object(j);
	lw_json_end_object(j);
	lw_buf_putc(j->buf, '\n');
}

/* Commands know a port by SONiC's names: each part stands as a whole port of that name. */
static void write_commands(struct render *r, struct answer *a)
{
	struct port p = a->p;
	char name[NAME_SIZE];
	struct lw_buf back = LW_BUF_INIT;

	name_of(a, 0, name);
	snprintf(p.name, sizeof(p.name), "%s", a->s.name ? a->s.name : name);
	p.group_n = 0;
	p.whole = false;
	p.back = a->s.back;
	if (!a->s.made) {
		char rate[16];

		lw_buf_printf(&back, "1x%s", lw_rate_text(p.native_mbps, rate, sizeof(rate)));
		p.back = lw_buf_str(&back);
	}
	if (a->mode) {
		lw_render_lines(r, LW_RENDER_VERIFY, &p);
		lw_render_lines(r, LW_RENDER_UNDO, &p);
	}
	for (unsigned k = 0; k < a->p.cage->mode.n; k++) {
		struct port sub = {.cage = p.cage, .whole = true, .group_n = 1, .back = ""};

		sub.group[0].count = 1;
		name_of(a, k, sub.name);
		lw_render_lines(r, LW_RENDER_VERIFY, &sub);
	}
	lw_buf_finish(&back);
}

int lw_render_sonic(struct render *r)
{
	struct answer *v = lw_arena_alloc(&r->scratch, (r->d->cage_n + 1) * sizeof(*v));
	struct lw_json j;
	int rc = v ? collect(r, v) : LW_ENOMEM;

	if (rc)
		return rc;
	lw_json_init(&j, &r->part[LW_RENDER_CONFIG]);
	write_tables(r, v, &j);
	for (size_t i = 0; i < r->d->cage_n; i++)
		if (!v[i].skip)
			write_commands(r, &v[i]);
	return 0;
}
