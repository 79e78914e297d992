/* SPDX-License-Identifier: Apache-2.0 */
#include "engine-internal.h"
#include <stdio.h>
#include <string.h>

/* Modules of one part and firmware take the same time for the same thing. */
static struct lw_pace *pace_of(struct lw_engine *e, const struct lw_facts *f)
{
	struct lw_engine_paces *p;
	struct lw_pace pace;

	lw_pace_init(&pace, &e->timers, f);
	for (p = e->paces; p; p = p->next)
		if (memcmp(p->pace.key, pace.key, sizeof(pace.key)) == 0)
			return &p->pace;
	p = lw_arena_alloc(e->arena, sizeof(*p));
	if (!p)
		return NULL; /* it only costs polls */
	*p = (struct lw_engine_paces){.next = e->paces, .pace = pace};
	e->paces = p;
	return &p->pace;
}

static bool same_app(const struct lw_app *a, const struct lw_app *b)
{
	return a->apsel == b->apsel && a->host_id == b->host_id && a->media_id == b->media_id &&
	       a->host_lanes == b->host_lanes && a->media_lanes == b->media_lanes &&
	       a->host_assign == b->host_assign && a->media_assign == b->media_assign &&
	       a->after_gap == b->after_gap;
}

/* Does it advertise the same? Quick, and enough for most: the same part is the usual case. */
static bool same_advertisement(const struct lw_facts *a, const struct lw_facts *b)
{
	bool same = a->map == LW_MAP_CMIS && b->map == LW_MAP_CMIS && a->app_n == b->app_n &&
		    a->media_type == b->media_type && a->flat_memory == b->flat_memory &&
		    strcmp(a->vendor_pn, b->vendor_pn) == 0;

	for (unsigned i = 0; same && i < a->app_n; i++)
		same = same_app(&a->app[i], &b->app[i]);
	return same;
}

static bool same_ability(const struct lw_ability *a, const struct lw_ability *b)
{
	return a->apsel == b->apsel && a->host_lanes == b->host_lanes &&
	       a->media_lanes == b->media_lanes && a->host_first == b->host_first &&
	       a->media_first == b->media_first && a->host_baud_kbd == b->host_baud_kbd &&
	       a->host_modulation == b->host_modulation && a->rate_mbps == b->rate_mbps &&
	       a->host == b->host && a->media == b->media && a->pmd == b->pmd;
}

/* Can the module do exactly what the fabric has for this cage? */
static bool does_as(const struct lw_facts *f, const struct lw_cage *c)
{
	struct lw_ability a[LW_ABILITIES_MAX];
	size_t n;

	if (!c->facts)
		return false;
	if (same_advertisement(f, c->facts))
		return true;
	n = lw_facts_abilities(f, a);
	if (n != c->ability_n)
		return false;
	for (size_t i = 0; i < n; i++)
		if (!same_ability(&a[i], &c->abilities[i]))
			return false;
	return true;
}

/* @return whether it is the module that was there all the time */
static bool note_identity(struct lw_engine_cage *c, const struct lw_facts *f)
{
	bool had = c->vendor_pn[0] || c->vendor_sn[0], known = c->known;
	bool same = had && strcmp(c->vendor_pn, f->vendor_pn) == 0 &&
		    strcmp(c->vendor_sn, f->vendor_sn) == 0;

	if (had && !same) {
		c->swaps++;
		memcpy(c->before_pn, c->vendor_pn, sizeof(c->before_pn));
		memcpy(c->before_sn, c->vendor_sn, sizeof(c->before_sn));
	}
	memcpy(c->vendor_pn, f->vendor_pn, sizeof(c->vendor_pn));
	memcpy(c->vendor_sn, f->vendor_sn, sizeof(c->vendor_sn));
	c->known = true;
	c->measured = 0;
	c->limited = false; /* its thresholds are its own */
	c->limit_tries = 0;
	return same && known;
}

/* Does a cable end here? Without one there is no link that could change. */
static bool cabled(const struct lw_fabric *f, size_t cage)
{
	for (size_t i = 0; i < f->cable_n; i++) {
		const struct lw_cable *c = &f->cables[i];

		if (c->a.cage == (int)cage)
			return true;
		for (unsigned k = 0; k < c->b_n; k++)
			if (c->b[k].cage == (int)cage)
				return true;
	}
	return false;
}

void lw_plug_identified(void *ctx, struct lw_module *m)
{
	struct lw_engine *e = ctx;
	size_t cage = (size_t)(m - e->module);
	struct lw_engine_cage *c = &e->cage[cage];
	const struct lw_cage *planned = &e->planned->cages[cage];
	bool stands, stayed = note_identity(c, &m->facts), refused = m->refused;

	m->pace = c->pace = pace_of(e, &m->facts);
	m->seed = (e->seed ^ cage) * UINT64_C(0x9e3779b97f4a7c15);
	c->differs = !does_as(&m->facts, planned);
	c->other =
		planned->facts && (strcmp(planned->facts->vendor_pn, m->facts.vendor_pn) != 0 ||
				   strcmp(planned->facts->vendor_name, m->facts.vendor_name) != 0);
	c->unfit[0] = '\0';
	stands = does_as(&m->facts, &e->fabric->cages[cage]) || !cabled(e->planned, cage);
	/* a policy counts when a module is plugged, not when its bytes had to be read again */
	if (!stayed || refused)
		m->refused = !lw_policy_admit(e, cage);
	if (stands) {
		lw_want_cage(e, cage, NULL); /* the ports are those of before: cannot fail */
		return;
	}
	/* Nothing is wanted of it until the links are drawn up for what it can do. */
	for (unsigned i = 0; i < c->end_n; i++) {
		uint32_t end = e->end[c->end_first + i];

		e->link[end / 2].want[end % 2] = -1;
	}
	lw_module_want(m, NULL, 0, NULL);
	e->stale = true;
}

/* Memory of the module in a cage: the path is the cage's id; or of a file that was read before. */
static int memory_of(void *ctx, enum lw_source source, const char *path, struct lw_image *ret,
		     struct lw_error *reterr)
{
	const struct lw_engine *e = ctx;

	for (size_t i = 0; i < e->planned->cage_n; i++) {
		const struct lw_cage *c = &e->planned->cages[i];

		if (path == c->id) {
			*ret = e->module[i].memory;
			return 0;
		}
		if (!e->cage[i].differs && c->image && c->source == source && c->dump &&
		    strcmp(c->dump, path) == 0) {
			*ret = *c->image;
			return 0;
		}
	}
	return lw_fail(reterr, LW_ENOENT, "nothing is known of it");
}

static bool same_port(const struct lw_lport *a, const struct lw_lport *b)
{
	return a->first == b->first && a->lanes == b->lanes && a->rate_mbps == b->rate_mbps;
}

int64_t lw_plug_link_before(const struct lw_engine *e, const struct lw_fabric *next,
			    const struct lw_flink *l)
{
	const struct lw_engine_cage *c = &e->cage[l->cage[0]];

	for (unsigned i = 0; i < c->end_n; i++) {
		uint32_t k = e->end[c->end_first + i];
		const struct lw_flink *old = &e->fabric->links[k / 2];
		bool same = k % 2 == 0;

		for (unsigned end = 0; same && end < 2; end++)
			same = old->cage[end] == l->cage[end] &&
			       same_port(&e->fabric->cages[l->cage[end]].mode.port[old->port[end]],
					 &next->cages[l->cage[end]].mode.port[l->port[end]]);
		if (same)
			return k / 2;
	}
	return -1;
}

int lw_plug_draw_up(struct lw_engine *e, struct lw_arena *arena, struct lw_fabric *ret,
		    struct lw_error *reterr)
{
	const struct lw_fabric *f = e->planned;
	struct lw_cage *cages = lw_arena_alloc(arena, (f->cage_n + 1) * sizeof(*cages));
	struct lw_cable *cables = lw_arena_alloc(arena, (f->cable_n + 1) * sizeof(*cables));

	if (!cages || !cables)
		return lw_fail(reterr, LW_ENOMEM, "out of memory");
	if (f->cage_n)
		memcpy(cages, f->cages, f->cage_n * sizeof(*cages));
	if (f->cable_n)
		memcpy(cables, f->cables, f->cable_n * sizeof(*cables));
	for (size_t i = 0; i < f->cage_n; i++) {
		cages[i].mode = e->cage[i].mode;
		if (e->cage[i].mode_text[0])
			cages[i].mode_text = e->cage[i].mode_text;
		if (!e->cage[i].differs || e->cage[i].unfit[0])
			continue;
		cages[i].part = NULL;
		cages[i].source = LW_SOURCE_DUMP;
		cages[i].dump = cages[i].id;
	}
	*ret = *f;
	ret->arena = arena;
	ret->cages = cages;
	ret->cables = cables;
	return lw_fabric_resolve(ret, memory_of, e, reterr);
}

static struct lw_engine_link *carry_links(const struct lw_engine *e, const struct lw_fabric *next,
					  struct lw_arena *arena)
{
	struct lw_engine_link *link = lw_arena_alloc(arena, (next->link_n + 1) * sizeof(*link));

	for (size_t i = 0; link && i < next->link_n; i++) {
		int64_t old = lw_plug_link_before(e, next, &next->links[i]);

		link[i] = (struct lw_engine_link){.state = LW_LINK_STARTING,
						  .up_at = LW_NEVER,
						  .since = e->now,
						  .want = {-1, -1}};
		if (old >= 0)
			link[i] = e->link[old];
		link[i].want[0] = link[i].want[1] = -1;
		link[i].dirty = 0;
	}
	return link;
}

static int resolve(struct lw_engine *e, struct lw_error *reterr)
{
	unsigned turn = !e->turn;
	struct lw_arena *arena = &e->own_arena[turn];
	struct lw_engine before = *e;
	struct lw_engine_link *link;
	struct lw_fabric next;
	int r;

	lw_arena_finish(arena);
	lw_arena_init(arena, 0);
	r = lw_plug_draw_up(e, arena, &next, reterr);
	if (r)
		return r;
	link = carry_links(e, &next, arena);
	if (!link)
		return lw_fail(reterr, LW_ENOMEM, "out of memory");
	e->own[turn] = next;
	e->fabric = &e->own[turn];
	r = lw_ends_init(e, arena, reterr);
	if (r) {
		/* the counts of ends belong to what holds, as before */
		*e = before;
		lw_ends_count(e);
		return r;
	}
	e->turn = turn;
	e->link = link;
	e->stale = false;
	e->drawn++;
	memset(e->count, 0, sizeof(e->count));
	for (size_t i = 0; i < next.link_n; i++)
		e->count[link[i].state]++;
	for (size_t i = 0; i < next.cage_n; i++) {
		if (e->module[i].bus)
			lw_want_cage(e, i, NULL); /* modes were checked: cannot fail */
		lw_judge_cage(e, i, LW_RAN);
	}
	return 0;
}

/* A module that the cables of the plan cannot serve gets no links, for that reason. The one that
 * came last is to blame. @return whether there is one */
static bool leave_out(struct lw_engine *e, const struct lw_error *why)
{
	size_t blame = e->planned->cage_n;

	for (size_t i = 0; i < e->planned->cage_n; i++)
		if (e->cage[i].differs && !e->cage[i].unfit[0] &&
		    (blame == e->planned->cage_n ||
		     e->fabric->cages[i].dump != e->fabric->cages[i].id))
			blame = i;
	if (blame == e->planned->cage_n)
		return false;
	snprintf(e->cage[blame].unfit, sizeof(e->cage[blame].unfit), "%.*s",
		 (int)sizeof(e->cage[blame].unfit) - 1, why->message);
	return true;
}

int lw_plug_resolve(struct lw_engine *e, struct lw_error *reterr)
{
	struct lw_error why;
	int r;

	do
		r = resolve(e, &why);
	while (r && r != LW_ENOMEM && leave_out(e, &why));
	if (r && reterr)
		*reterr = why;
	return r;
}

int lw_engine_mode(struct lw_engine *e, int cage, const char *mode, struct lw_mono now,
		   struct lw_error *reterr)
{
	struct lw_engine_cage *c, before;
	struct lw_mode parsed;
	int r;

	if (cage < 0 || (size_t)cage >= e->planned->cage_n)
		return lw_fail(reterr, LW_EINVAL, "there is no cage %d", cage);
	c = &e->cage[cage];
	r = lw_mode_parse(mode, c->mode.lanes, &parsed, reterr);
	if (r)
		return r;
	if (strlen(mode) >= sizeof(c->mode_text))
		return lw_fail(reterr, LW_EINVAL, "%s: mode %.40s... is longer than %d characters",
			       e->planned->cages[cage].id, mode, LW_ENGINE_MODE_MAX - 1);
	before = *c;
	c->mode = parsed;
	snprintf(c->mode_text, sizeof(c->mode_text), "%s", mode);
	e->now = now;
	r = resolve(e, reterr);
	if (r) {
		*c = before;
		return r;
	}
	c->generation = ++e->generation;
	return 0;
}
