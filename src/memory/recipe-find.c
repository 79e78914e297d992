/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The recipe of a memory. What a key says is tried by making the memory again: a key stays only if
 * with it fewer bytes differ (memory design 6).
 */
#include "recipe-internal.h"

#include <lanewise/facts.h>
#include <string.h>

struct finder {
	const struct lw_memory *m;
	struct lw_view v; /* what the module advertises of it */
	struct lw_facts facts;
	struct lw_arena *arena;
	struct lw_error *reterr;
	const struct lw_thresholds *limits; /* of the catalogue, if those are the memory's */
	bool any_kind;                      /* nothing of its own kind was found */
	unsigned best;
	struct lw_recipe r;
};

/* A page on one side only weighs this many bytes. */
#define PAGE_WEIGHT 32

/* Bytes that differ where both have a page; a run-time page tells nothing about the type. */
static unsigned distance(const struct lw_memory *made, const struct lw_view *v)
{
	unsigned sum = 0;
	struct lw_view w;
	size_t slots;

	lw_map_slots(made->map, &slots);
	lw_memory_view(made, &w); /* without pages of FFh, as `v` is */
	for (unsigned i = 0; i < slots; i++) {
		const uint8_t *a = w.slot[0][i], *b = v->slot[0][i];

		if (!a != !b)
			sum += PAGE_WEIGHT;
		for (unsigned k = 0; a && b && k < SLOT_BYTES; k++)
			sum += a[k] != b[k];
	}
	return sum;
}

/* Keep `r` if fewer than `limit` bytes differ with it. */
static void try_below(struct finder *f, const struct lw_recipe *r, unsigned limit)
{
	struct lw_memory made;
	struct lw_arena scratch;
	unsigned d = UINT32_MAX;

	lw_arena_init(&scratch, 0);
	if (lw_recipe_make(r, &scratch, &made, NULL) == 0)
		d = distance(&made, &f->v);
	lw_arena_finish(&scratch);
	if (d < limit) {
		f->best = d;
		f->r = *r;
	}
}

/* Keep `r` if it comes nearer than what was found so far. */
static void try(struct finder *f, const struct lw_recipe *r)
{
	try_below(f, r, f->best);
}

/* Keep `r`, which says less than what was found so far, if it comes as near. */
static void try_less(struct finder *f, const struct lw_recipe *r)
{
	try_below(f, r, f->best + 1);
}

static const char *copy(struct finder *f, const char *s)
{
	return lw_arena_strdup(f->arena, s);
}

static void take_identity(struct finder *f, struct lw_recipe *r)
{
	const struct lw_facts *x = &f->facts;

	r->vendor = copy(f, x->vendor_name);
	r->pn = copy(f, x->vendor_pn);
	r->rev = copy(f, x->vendor_rev);
	r->sn = copy(f, x->vendor_sn);
	r->date =
		x->date_iso[0] ? copy(f, x->date_iso) : lw_arena_strndup(f->arena, x->date_raw, 6);
	r->lot = copy(f, x->lot);
	if (!x->date_iso[0] && strlen(x->date_raw) > 6)
		r->lot = copy(f, x->date_raw + 6);
	if (x->map == LW_MAP_CMIS)
		r->clei = copy(f, x->clei);
	r->has_oui = x->has_oui;
	memcpy(r->oui, x->oui, sizeof(r->oui));
}

/* The applications, in their order, without those that no host may select. */
static void take_apps(const struct finder *f, struct lw_recipe *r)
{
	const struct lw_facts *x = &f->facts;

	r->app_n = 0;
	for (unsigned i = 0; i < x->app_n; i++) {
		const struct lw_app *a = &x->app[i];
		uint8_t starts = lw_group_starts(a->media_lanes, 8);

		if (a->after_gap)
			continue;
		r->app[r->app_n++] = (struct lw_part_app){
			a->host_id,     a->media_id,
			a->host_lanes,  a->media_lanes,
			a->host_assign, a->media_assign < 0 ? starts : (uint8_t)a->media_assign};
	}
	if (r->part->flat || !r->part->limits)
		r->app_n = r->app_n > 8 ? 8 : r->app_n;
	r->has_apps = r->app_n > 0;
}

/* Do the thresholds of the memory that `r` makes equal those looked for? */
static bool has_limits(const struct finder *f, const struct lw_recipe *r)
{
	struct lw_memory made;
	struct lw_arena scratch;
	struct lw_facts facts;
	struct lw_view v;
	bool same;

	lw_arena_init(&scratch, 0);
	same = lw_recipe_make(r, &scratch, &made, NULL) == 0;
	if (same) {
		lw_memory_view(&made, &v);
		lw_facts_decode(&v, &facts);
	}
	for (int q = 0; same && q < LW_Q_N; q++) {
		const struct lw_limits *a = &facts.limits[q], *b = &f->facts.limits[q];

		same = a->stated == b->stated &&
		       (!a->stated ||
			(a->high_alarm == b->high_alarm && a->low_alarm == b->low_alarm &&
			 a->high_warning == b->high_warning && a->low_warning == b->low_warning));
	}
	lw_arena_finish(&scratch);
	return same;
}

/* Thresholds are named only if all of them are those; half of them would mislead. */
static void find_limits(struct finder *f)
{
	const struct lw_thresholds *t;
	struct lw_recipe r;
	size_t n;
	const struct lw_part *p = lw_parts(&n);

	for (size_t k = 0; k < n; k++) {
		if (p[k].map != f->m->map || !p[k].limits)
			continue;
		lw_recipe_init(&r, &p[k]); /* any part with thresholds will do */
		for (size_t i = 0; !f->limits && (t = lw_limits_at(i)); i++) {
			r.limits = t;
			if (has_limits(f, &r))
				f->limits = t;
		}
		return;
	}
}

/* Everything the memory says that a recipe has a key for. */
static void take_keys(const struct finder *f, struct lw_recipe *r)
{
	if (f->m->map == LW_MAP_CMIS)
		take_apps(f, r);
	if (f->facts.max_power_w > 0)
		r->power_w = f->facts.max_power_w;
	if (f->facts.connector >= 0)
		r->connector = f->facts.connector;
	if (r->part->limits)
		r->limits = f->limits;
}

/* One key at a time, in the order of what decides most. */
static void try_keys(struct finder *f)
{
	struct lw_recipe all = f->r, r = f->r;

	take_keys(f, &all);
	r.limits = all.limits;
	if (r.limits)
		try(f, &r);
	r = f->r;
	r.has_apps = all.has_apps;
	r.app_n = all.app_n;
	memcpy(r.app, all.app, sizeof(r.app));
	if (r.has_apps)
		try(f, &r);
	r = f->r;
	r.power_w = all.power_w;
	try(f, &r);
	r = f->r;
	r.connector = all.connector;
	try(f, &r);
}

/* Leave out what is the part's own, or brings the memory no nearer. */
static void drop_keys(struct finder *f)
{
	struct lw_recipe r = f->r;

	r.length_m = (double)NAN;
	if (!isnan(f->r.length_m))
		try_less(f, &r);
	r = f->r;
	r.power_w = (double)NAN;
	if (!isnan(f->r.power_w))
		try_less(f, &r);
	r = f->r;
	r.connector = -1;
	if (f->r.connector >= 0)
		try_less(f, &r);
	r = f->r;
	r.has_apps = false;
	if (f->r.has_apps && !f->r.pmd)
		try_less(f, &r);
	r = f->r;
	r.limits = NULL;
	if (f->r.limits)
		try_less(f, &r);
}

static void try_forms(struct finder *f)
{
	unsigned identifier = (unsigned)f->facts.identifier;
	const struct lw_form *form;

	for (unsigned i = 0; f->best && (form = lw_form_of_identifier(identifier, i)); i++) {
		struct lw_recipe r = f->r;

		if (form == r.form || form->lanes < r.part->form->lanes)
			continue;
		r.form = form;
		r.identifier = (uint8_t)identifier;
		try(f, &r);
	}
}

/* A PMD that the memory names and no part carries. */
static void try_pmds(struct finder *f)
{
	unsigned identifier = (unsigned)f->facts.identifier;
	struct lw_ability ability[LW_ABILITIES_MAX];
	size_t n = lw_facts_abilities(&f->facts, ability);
	const struct lw_form *form;

	for (size_t k = 0; f->best && k < n; k++)
		for (unsigned i = 0; (form = lw_form_of_identifier(identifier, i)); i++) {
			const struct lw_pmd *pmd = ability[k].pmd;
			struct lw_recipe r;

			if (!pmd || pmd->baud_kbd > form->max_baud_kbd ||
			    lw_form_has_part(form, pmd) || !lw_recipe_init_pmd(&r, form, pmd))
				continue;
			take_identity(f, &r);
			if (f->m->map == LW_MAP_CMIS)
				take_apps(f, &r);
			/* applications would bend any PMD near any memory */
			if (f->m->map != LW_MAP_CMIS)
				try(f, &r);
			else if (r.has_apps)
				try_below(f, &r, 1);
		}
}

/* A cable is never taken for optics, nor light for copper, however near their bytes are. */
static bool is_kin(const struct finder *f, const struct lw_part *p)
{
	if (!p->receptacles != !!f->facts.cable)
		return false;
	return f->m->map != LW_MAP_CMIS || p->media_type == f->facts.media_type;
}

/*
 * Try every part of the map; `own`: only those with the memory's identifier. With `keys` only an
 * exact match counts: many keys can bend any part near any memory.
 */
static void try_parts_of(struct finder *f, bool own, bool keys, bool plugs)
{
	unsigned identifier = (unsigned)f->facts.identifier;
	const struct lw_form *form = lw_form_of_identifier(identifier, 0);
	size_t n;
	const struct lw_part *p = lw_parts(&n);

	for (size_t i = 0; i < n && f->best; i++) {
		struct lw_recipe r;

		if (p[i].map != f->m->map || (own && p[i].identifier != identifier))
			continue;
		if (!strchr(p[i].name, '/') == plugs)
			continue;
		if (!f->any_kind && !is_kin(f, &p[i]))
			continue;
		lw_recipe_init(&r, &p[i]);
		if (!own && (!form || form->lanes < p[i].form->lanes))
			continue;
		if (!own) {
			r.form = form;
			r.identifier = (uint8_t)identifier;
		}
		take_identity(f, &r);
		if (!p[i].receptacles && f->facts.cable_length_m > 0)
			r.length_m = f->facts.cable_length_m;
		if (keys)
			take_keys(f, &r);
		try_below(f, &r, keys ? 1 : f->best);
	}
}

/* Whole cables before the plugs of their far ends, which nobody buys alone. */
static void try_parts(struct finder *f, bool own, bool keys)
{
	try_parts_of(f, own, keys, false);
	try_parts_of(f, own, keys, true);
}

/* The part that is nearest by itself, else with what the memory says besides. */
static int find_part(struct finder *f)
{
	bool own = true;

	f->best = UINT32_MAX;
	for (int relax = 0; f->best == UINT32_MAX && relax < 4; relax++) {
		own = !(relax & 1);
		f->any_kind = relax > 1;
		try_parts(f, own, false);
	}
	if (f->best == UINT32_MAX)
		return lw_fail(f->reterr, LW_ENOENT,
			       "the catalogue has no part with identifier %02xh and this memory "
			       "map",
			       (unsigned)f->facts.identifier);
	if (f->best)
		find_limits(f);
	try_parts(f, own, true);
	return 0;
}

static bool is_settable(const struct lw_change *c, const struct finder *f)
{
	const struct lw_field *x = c->field;

	if (!x || x->kind == LW_KIND_SUM || lw_field_is_volatile(x))
		return false;
	if (!f->v.slot[c->bank][x->slot])
		return false;
	if (x->kind == LW_KIND_TEXT)
		return !strstr(c->is, "\\x");
	return c->is_raw && strlen(c->is_raw) > 0;
}

/* The change as an assignment; NULL when it cannot be said. */
static const char *assignment(struct finder *f, const struct lw_change *c)
{
	const struct lw_field *x = c->field;
	char name[96];

	lw_change_name(c, name, sizeof(name));
	if (x->kind == LW_KIND_TEXT) {
		size_t n = strlen(c->is);

		/* without the quotes */
		return lw_arena_printf(f->arena, "%s=%.*s", name, n > 2 ? (int)n - 2 : 0,
				       c->is + 1);
	}
	if (x->kind == LW_KIND_BYTES) {
		const uint8_t *p = lw_field_bytes(x, c->lane, &f->v);
		char hex[2 * SLOT_BYTES + 1];
		unsigned n = x->width / 8u;

		for (unsigned i = 0; p && i < n; i++) {
			static const char digits[] = "0123456789abcdef";

			hex[2 * i] = digits[p[i] >> 4];
			hex[2 * i + 1] = digits[p[i] & 15];
		}
		hex[p ? 2 * n : 0] = '\0';
		return lw_arena_printf(f->arena, "%s=0x%s", name, hex);
	}
	return lw_arena_printf(f->arena, "%s=0x%s", name, c->is_raw);
}

/* What still differs, as far as the made memory has the pages. */
static int take_fields(struct finder *f)
{
	struct lw_changes changes;
	struct lw_memory made;
	int r = lw_recipe_make(&f->r, f->arena, &made, f->reterr);

	lw_changes_init(&changes, f->arena);
	if (!r)
		r = lw_memory_diff(&made, f->m, &changes, f->reterr);
	if (r)
		return r;
	f->r.field = lw_arena_alloc(f->arena, (changes.n + 1) * sizeof(*f->r.field));
	for (size_t i = 0; f->r.field && i < changes.n; i++) {
		const struct lw_change *c = &changes.v[i];

		if (f->r.field_n < LW_RECIPE_FIELDS_MAX && is_settable(c, f) &&
		    made.valid[c->bank][c->field->slot])
			f->r.field[f->r.field_n++] = assignment(f, c);
	}
	return f->arena->failed ? lw_fail(f->reterr, LW_ENOMEM, "out of memory") : 0;
}

int lw_recipe_find(const struct lw_memory *m, bool fields, struct lw_arena *arena,
		   struct lw_recipe *ret, struct lw_error *reterr)
{
	struct finder f = {.m = m, .arena = arena, .reterr = reterr};
	int r;

	lw_memory_view(m, &f.v);
	for (unsigned b = 0; b < LW_BANKS_MAX; b++)
		for (unsigned s = 0; s < LW_SLOTS_MAX; s++)
			if (!m->valid[b][s])
				f.v.slot[b][s] = NULL;
	lw_facts_decode(&f.v, &f.facts);
	r = find_part(&f);
	if (r)
		return r;
	try_forms(&f);
	try_pmds(&f);
	if (f.best)
		try_keys(&f);
	drop_keys(&f);
	if (fields && f.best)
		r = take_fields(&f);
	if (!r && arena->failed)
		r = lw_fail(reterr, LW_ENOMEM, "out of memory");
	if (!r)
		*ret = f.r;
	return r;
}
