/* SPDX-License-Identifier: Apache-2.0 */
#include "resolve.h"
#include "alike.h"
#include "loader.h"

#include <string.h>

/** What is known of one catalogued part, shared by all cages that hold it. */
struct known {
	struct known *next;
	const struct lw_part *part; /* NULL: from `dump` */
	const char *dump;
	enum lw_source source;
	const struct lw_image *image;
	const struct lw_facts *facts;
	const struct lw_ability *abilities;
	size_t ability_n;
};

struct resolver {
	struct lw_fabric *f;
	lw_dump_reader reader;
	void *ctx;
	struct lw_error *reterr;
	struct lw_image *scratch;
	struct known *known;
};

static int no_memory(struct lw_fabric *f, struct lw_error *reterr)
{
	return lw_fail_in(reterr, LW_ENOMEM, f->file, 0, "out of memory");
}

static int read_memory(struct resolver *r, const struct lw_cage *c, struct lw_image *ret)
{
	static const char *const names[] = {"part", "dump", "recipe", "trace"};
	struct lw_error e = {.page = -1, .byte = -1};
	int rc;

	if (!c->dump) {
		rc = lw_image_make(c->part, NULL, ret, &e);
		return rc ? lw_fail_in(r->reterr, rc, r->f->file, c->line, "%s: %.180s",
				       c->part->name, e.message)
			  : 0;
	}
	if (!r->reader)
		return lw_fail_in(
			r->reterr, LW_ENOTSUP, r->f->file, c->line,
			"cage %s takes its module from %s %.100s, which cannot be read here", c->id,
			names[c->source], c->dump);
	rc = r->reader(r->ctx, c->source, c->dump, ret, &e);
	return rc ? lw_fail_in(r->reterr, rc, r->f->file, c->line, "cage %.60s: %s %.60s: %.90s",
			       c->id, names[c->source], c->dump, e.message)
		  : 0;
}

/* Decode what is plugged once and remember it. */
static int learn(struct resolver *r, const struct lw_cage *c, struct known **ret)
{
	struct lw_arena *arena = r->f->arena;
	struct known *k = lw_arena_alloc(arena, sizeof(*k));
	struct lw_facts *facts = lw_arena_alloc(arena, sizeof(*facts));
	struct lw_ability *abilities = lw_arena_alloc(arena, LW_ABILITIES_MAX * sizeof(*abilities));
	struct lw_image *img = r->scratch;
	struct lw_view view;
	int rc;

	if (c->dump) /* kept: nothing else can make it again */
		img = lw_arena_alloc(arena, sizeof(*img));
	if (!k || !facts || !abilities || !img)
		return no_memory(r->f, r->reterr);
	rc = read_memory(r, c, img);
	if (rc)
		return rc;
	lw_image_view(img, &view);
	lw_facts_decode(&view, facts);
	*k = (struct known){
		.next = r->known,
		.part = c->dump ? NULL : c->part,
		.dump = c->dump,
		.source = c->source,
		.image = c->dump ? img : NULL,
		.facts = facts,
		.abilities = abilities,
		.ability_n = lw_facts_abilities(facts, abilities),
	};
	r->known = k;
	*ret = k;
	return 0;
}

static int resolve_cage(struct resolver *r, struct lw_cage *c)
{
	struct known *k;
	int rc = 0;

	if (!c->part && !c->dump)
		return 0;
	for (k = r->known; k; k = k->next)
		if (c->dump ? k->dump && k->source == c->source && !strcmp(k->dump, c->dump)
			    : k->part == c->part)
			break;
	if (!k)
		rc = learn(r, c, &k);
	if (rc || !k)
		return rc;
	c->image = k->image;
	c->facts = k->facts;
	c->abilities = k->abilities;
	c->ability_n = k->ability_n;
	return 0;
}

/* Heat of all that is plugged, by device; what states no power counts as none. */
static void add_heat(const struct lw_fabric *f)
{
	for (size_t i = 0; i < f->cage_n; i++)
		if (f->cages[i].host)
			f->cages[i].host->heat_w = 0;
	for (size_t i = 0; i < f->cage_n; i++) {
		const struct lw_cage *c = &f->cages[i];
		double w = c->part ? c->part->power_w : c->facts ? c->facts->max_power_w : 0;

		if (c->host && w > 0)
			c->host->heat_w += w;
	}
}

int lw_fabric_resolve(struct lw_fabric *f, lw_dump_reader reader, void *ctx,
		      struct lw_error *reterr)
{
	struct resolver r = {.f = f, .reader = reader, .ctx = ctx, .reterr = reterr};
	struct place *places = lw_arena_alloc(f->arena, (f->cage_n + 1) * sizeof(*places));
	struct alike known;
	int rc = 0;

	r.scratch = lw_arena_alloc(f->arena, sizeof(*r.scratch));
	if (!places || !r.scratch)
		return no_memory(f, reterr);
	lw_findings_init(&f->findings, f->arena);
	for (size_t i = 0; !rc && i < f->cage_n; i++) {
		rc = resolve_cage(&r, &f->cages[i]);
		if (!rc)
			lw_place_find(&f->cages[i], &places[i]);
	}
	add_heat(f);
	if (!rc)
		rc = lw_fabric_join(f, places, reterr);
	lw_alike_init(&known);
	for (size_t i = 0; !rc && i < f->link_n; i++) {
		rc = lw_fabric_judge(f, places, &f->links[i], &known, reterr);
		lw_fabric_show(f, "links", i + 1, f->link_n);
	}
	lw_alike_finish(&known);
	if (!rc)
		rc = lw_fabric_open_ends(f, places, reterr);
	return rc;
}
