/* SPDX-License-Identifier: Apache-2.0 */
#include "recipe-internal.h"

#include <lanewise/facts.h>
#include <lanewise/interface.h>
#include <string.h>

#define ASSIGNMENTS_MAX 16

struct maker {
	const struct lw_recipe *r;
	struct lw_part part; /* the catalogue's, as the recipe bends it */
	struct lw_arena *arena;
	const char *set[ASSIGNMENTS_MAX];
	size_t set_n;
	struct lw_error *reterr;
};

/* The extended compliance code of a PMD, 0 if it has none (SFF-8024 Table 4-4). */
static uint8_t compliance_of(const struct lw_pmd *pmd, enum lw_map_id map)
{
	for (unsigned code = 1; code < 256; code++) {
		const struct lw_interface *i = lw_interface_find(LW_CODES_SFF8024_EXT, code);

		if (i && (map == LW_MAP_SFF8472 ? i->pmd_sfp : i->pmd) == pmd)
			return (uint8_t)code;
	}
	return 0;
}

static void bend_pmd(struct maker *m)
{
	m->part.pmd = m->r->pmd;
	m->part.wave_pm = 0;
	m->part.compliance_10g = 0;
	m->part.ext_compliance = compliance_of(m->r->pmd, m->part.map);
}

static void bend_part(struct maker *m)
{
	const struct lw_recipe *r = m->r;

	m->part = *r->part;
	m->part.form = r->form;
	m->part.identifier = r->identifier;
	if (r->pmd)
		bend_pmd(m);
	if (r->connector >= 0)
		m->part.connector = (uint8_t)r->connector;
	if (!isnan(r->power_w))
		m->part.power_w = r->power_w;
	if (r->limits && m->part.limits)
		m->part.limits = r->limits;
	if (r->has_apps) {
		m->part.app_n = r->app_n;
		memcpy(m->part.app, r->app, sizeof(m->part.app));
	}
}

static double length_of(const struct lw_image *img)
{
	struct lw_facts facts;
	struct lw_view v;

	lw_image_view(img, &v);
	lw_facts_decode(&v, &facts);
	return facts.cable_length_m;
}

/*
 * The length as the memory can say it is the length that the losses go with: else a memory made
 * again from what it says would differ.
 */
static int make_image(struct maker *m, struct lw_image *img)
{
	struct lw_image_options opt = {.vendor = m->r->vendor, .pn = m->r->pn, .sn = m->r->sn};
	double said;
	int r;

	if (m->part.receptacles == 0 && !isnan(m->r->length_m))
		opt.length_m = m->r->length_m;
	r = lw_image_make(&m->part, &opt, img, m->reterr);
	if (r || m->part.receptacles)
		return r;
	said = length_of(img);
	if (isnan(said) || said == opt.length_m)
		return 0;
	opt.length_m = said;
	return lw_image_make(&m->part, &opt, img, m->reterr);
}

/* Set a field to text, or to a number as hex. */
static void set(struct maker *m, const char *field, const char *prefix, const char *value, size_t n)
{
	char *text = lw_arena_strndup(m->arena, value, n < strlen(value) ? n : strlen(value));

	if (m->set_n < ASSIGNMENTS_MAX && text)
		m->set[m->set_n++] = lw_arena_printf(m->arena, "%s=%s%s", field, prefix, text);
}

/* Six characters YYMMDD: of "2025-01-31", or as they are. */
static void date_code(const char *date, char ret[7])
{
	size_t n = strlen(date);

	memset(ret, ' ', 6);
	ret[6] = '\0';
	if (n == 10) {
		memcpy(ret, date + 2, 2);
		memcpy(ret + 2, date + 5, 2);
		memcpy(ret + 4, date + 8, 2);
	} else {
		memcpy(ret, date, n < 6 ? n : 6);
	}
}

static void set_date(struct maker *m)
{
	static const char usual[] = "2025-01-01"; /* that of lw_image_make() */
	const char *lot = m->r->lot ? m->r->lot : "";
	char code[7];

	if (!m->r->date && !m->r->lot)
		return;
	date_code(m->r->date ? m->r->date : usual, code);
	if (m->part.map == LW_MAP_CMIS) {
		set(m, "date_code_year", "", code, 2);
		set(m, "date_code_month", "", code + 2, 2);
		set(m, "date_code_day_of_month", "", code + 4, 2);
		set(m, "date_code_lot_code", "", lot, 2);
	} else {
		set(m, "date_code", code, lot, 2);
	}
}

static void set_identity(struct maker *m)
{
	const struct lw_recipe *r = m->r;
	char oui[9];

	/* older PMDs have a bit of their own, which the standards call by their name */
	if (r->pmd && lw_map_find(m->part.map, r->pmd->name))
		set(m, r->pmd->name, "", "1", 1);
	if (r->rev)
		set(m, "vendor_rev", "", r->rev, SIZE_MAX);
	if (r->clei)
		set(m, "clei_code", "", r->clei, SIZE_MAX);
	set_date(m);
	if (!r->has_oui)
		return;
	for (int i = 0; i < 3; i++) {
		static const char hex[] = "0123456789abcdef";

		oui[2 * i] = hex[r->oui[i] >> 4];
		oui[2 * i + 1] = hex[r->oui[i] & 15];
	}
	oui[6] = '\0';
	set(m, "vendor_oui", "0x", oui, 6);
}

int lw_recipe_make(const struct lw_recipe *recipe, struct lw_arena *arena, struct lw_memory *ret,
		   struct lw_error *reterr)
{
	struct maker m = {.r = recipe, .arena = arena, .reterr = reterr};
	struct lw_image *img = lw_arena_alloc(arena, sizeof(*img));
	struct lw_memory memory;
	int r;

	if (!img)
		return lw_fail(reterr, LW_ENOMEM, "out of memory");
	bend_part(&m);
	r = make_image(&m, img);
	if (!r)
		r = lw_memory_from_image(img, arena, &memory, reterr);
	if (r)
		return r;
	set_identity(&m);
	if (arena->failed)
		return lw_fail(reterr, LW_ENOMEM, "out of memory");
	r = lw_memory_set(&memory, m.set, m.set_n, LW_SET_FACTORY, arena, reterr);
	if (!r && recipe->field_n)
		r = lw_memory_set(&memory, recipe->field, recipe->field_n, LW_SET_FACTORY, arena,
				  reterr);
	if (!r)
		*ret = memory;
	return r;
}
