/* SPDX-License-Identifier: Apache-2.0 */
/* Which part of the catalogue a recipe starts from. */
#include "recipe-internal.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

/* SFF-8024 4.13 Table 4-1: what modules of these form factors call themselves. */
static const struct {
	const char *form;
	uint8_t identifier;
} identifiers[] = {
	{"SFP", 0x03},     {"SFP+", 0x03},      {"SFP28", 0x03},      {"SFP56", 0x03},
	{"SFP112", 0x20},  {"SFP-DD", 0x1f},    {"DSFP", 0x1b},       {"QSFP+", 0x0d},
	{"QSFP28", 0x11},  {"QSFP56", 0x1e},    {"QSFP112", 0x1e},    {"QSFP224", 0x1e},
	{"QSFP-DD", 0x18}, {"QSFP28-DD", 0x18}, {"QSFP-DD800", 0x18}, {"QSFP-DD1600", 0x18},
	{"OSFP", 0x19},    {"OSFP-RHS", 0x19},  {"OSFP1600", 0x19},   {"OSFP-XD", 0x21},
};

#define FORMS (sizeof(identifiers) / sizeof(*identifiers))

int lw_form_identifier(const struct lw_form *form)
{
	for (size_t i = 0; i < FORMS; i++)
		if (strcmp(identifiers[i].form, form->name) == 0)
			return identifiers[i].identifier;
	return -1;
}

const struct lw_form *lw_form_of_identifier(unsigned identifier, unsigned i)
{
	for (size_t k = 0; k < FORMS; k++)
		if (identifiers[k].identifier == identifier && i-- == 0)
			return lw_form_find(identifiers[k].form);
	return NULL;
}

void lw_recipe_init(struct lw_recipe *r, const struct lw_part *part)
{
	*r = (struct lw_recipe){
		.part = part, .connector = -1, .length_m = (double)NAN, .power_w = (double)NAN};
	if (!part)
		return;
	r->form = part->form;
	r->identifier = part->identifier;
}

/* What is asked of a part. */
struct want {
	const char *pmd, *cable, *far; /* NULL: anything */
};

static bool cable_is(const struct lw_part *p, const char *kind)
{
	static const char *const names[][2] = {
		{"DAC-", "passive copper"}, {"AEC-", "active copper"}, {"AOC-", "active optical"}};

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (strncmp(p->name, names[i][0], 4) == 0)
			return strcasecmp(kind, names[i][1]) == 0 ||
			       (strlen(kind) == 3 && strncasecmp(kind, names[i][0], 3) == 0);
	return false;
}

/* "QSFP112", "2xQSFP112": what plugs the far end has. */
static bool far_is(const struct lw_part *p, const char *far)
{
	const struct lw_part *plug = p->far ? p->far : p;
	char text[48];

	snprintf(text, sizeof(text), "%ux%s", p->far_n ? p->far_n : 1u, plug->form->name);
	return strcasecmp(far, text) == 0 || (p->far_n <= 1 && strcasecmp(far, text + 2) == 0);
}

static bool is_wanted(const struct lw_part *p, const struct want *w)
{
	if (strchr(p->name, '/'))
		return false; /* the far plug of a cable is named as a part */
	if (w->cable)
		return cable_is(p, w->cable) && far_is(p, w->far ? w->far : p->form->name);
	return p->receptacles && p->pmd && strcasecmp(p->pmd->name, w->pmd) == 0;
}

/* Parts of that form factor; or, where the catalogue has none, of one with the same map. */
static const struct lw_part *find(const struct lw_form *form, const struct want *w, bool same_form,
				  const struct lw_part **ret_other)
{
	size_t n;
	const struct lw_part *p = lw_parts(&n), *found = NULL;
	enum lw_map_id map = lw_map_for_identifier((unsigned)lw_form_identifier(form));

	*ret_other = NULL;
	for (size_t i = 0; i < n; i++) {
		if (!is_wanted(&p[i], w) || (same_form && p[i].form != form))
			continue;
		if (!same_form && (p[i].map != map || p[i].form->lanes > form->lanes))
			continue;
		if (found && same_form && !*ret_other)
			*ret_other = &p[i];
		found = found ? found : &p[i];
	}
	return found;
}

bool lw_form_has_part(const struct lw_form *form, const struct lw_pmd *pmd)
{
	const struct want w = {.pmd = pmd->name};
	const struct lw_part *other;

	return find(form, &w, true, &other) || find(form, &w, false, &other);
}

/* A part that is built as a module of that PMD would be: its light, its lanes, its receptacle. */
static const struct lw_part *find_kin(const struct lw_form *form, const struct lw_pmd *pmd)
{
	enum lw_map_id map = lw_map_for_identifier((unsigned)lw_form_identifier(form));
	size_t n;
	const struct lw_part *p = lw_parts(&n);

	for (size_t i = 0; i < n; i++)
		if (p[i].map == map && p[i].receptacles && p[i].pmd &&
		    p[i].form->lanes <= form->lanes && p[i].pmd->medium == pmd->medium &&
		    p[i].pmd->topology == pmd->topology && p[i].pmd->lanes == pmd->lanes)
			return &p[i];
	return NULL;
}

bool lw_recipe_init_pmd(struct lw_recipe *r, const struct lw_form *form, const struct lw_pmd *pmd)
{
	const struct lw_part *p = find_kin(form, pmd);

	if (!p || !pmd->wave_n)
		return false;
	lw_recipe_init(r, p);
	r->form = form;
	r->identifier = (uint8_t)lw_form_identifier(form);
	r->pmd = pmd;
	return true;
}

static int too_fast(const struct recipe_loader *l, const struct lw_node *at,
		    const struct lw_form *form, const struct lw_pmd *pmd)
{
	return lw_fail_in(l->reterr, LW_EINVAL, l->file, at->line,
			  "%s runs %g GBd a lane, %s is made for %g", pmd->name,
			  pmd->baud_kbd / 1e6, form->name, form->max_baud_kbd / 1e6);
}

static int choose_by_form(struct recipe_loader *l, const struct lw_node *at,
			  const struct lw_form *form, const struct want *w)
{
	const struct lw_part *other = NULL, *p = find(form, w, true, &other);
	const struct lw_pmd *pmd = w->pmd ? lw_pmd_find(w->pmd) : NULL;

	if (p && other)
		return lw_fail_in(l->reterr, LW_EINVAL, l->file, at->line,
				  "that may be %.40s or %.40s: say which as part:", p->name,
				  other->name);
	if (p) {
		lw_recipe_init(l->r, p);
		return 0;
	}
	p = find(form, w, false, &other);
	pmd = p ? p->pmd : pmd;
	if (pmd && pmd->medium != LW_COPPER && pmd->baud_kbd > form->max_baud_kbd)
		return too_fast(l, at, form, pmd);
	if (!p && pmd && lw_recipe_init_pmd(l->r, form, pmd))
		return 0;
	if (!p)
		return lw_fail_in(l->reterr, LW_ENOENT, l->file, at->line,
				  "the catalogue has no part with that in the memory map of %s; "
				  "\"lanewise explain parts\" lists all",
				  form->name);
	lw_recipe_init(l->r, p);
	l->r->form = form;
	l->r->identifier = (uint8_t)lw_form_identifier(form);
	return 0;
}

static int choose_part(struct recipe_loader *l, const struct lw_node *n, const struct lw_form *form)
{
	const char *name = lw_recipe_text(l, n);
	const struct lw_part *p = name ? lw_part_find(name) : NULL;
	int id = form ? lw_form_identifier(form) : -1;

	if (!name)
		return LW_EINVAL;
	if (!p)
		return lw_fail_in(
			l->reterr, LW_ENOENT, l->file, n->line,
			"no part is called \"%.40s\"; \"lanewise explain parts\" lists all", name);
	lw_recipe_init(l->r, p);
	if (!form || form == p->form)
		return 0;
	if (lw_map_for_identifier((unsigned)id) != p->map || form->lanes < p->form->lanes)
		return lw_fail_in(l->reterr, LW_EINVAL, l->file, n->line,
				  "%s cannot be made in %s: another memory map, or fewer lanes",
				  p->name, form->name);
	l->r->form = form;
	/* QSFP56 goes with two identifiers: the part knows which map it was written for */
	l->r->identifier = (uint8_t)id;
	return 0;
}

static int text_of(struct recipe_loader *l, const char *key, const char **ret)
{
	const struct lw_node *n = lw_node_get(l->root, key);

	*ret = n ? lw_recipe_text(l, n) : NULL;
	return n && !*ret ? LW_EINVAL : 0;
}

int lw_recipe_choose(struct recipe_loader *l)
{
	const struct lw_node *part = lw_node_get(l->root, "part");
	const struct lw_node *form_node = lw_node_get(l->root, "form");
	const struct lw_form *form = NULL;
	struct want w = {NULL, NULL, NULL};
	const char *name = NULL;

	if (text_of(l, "form", &name) || text_of(l, "pmd", &w.pmd) ||
	    text_of(l, "cable", &w.cable) || text_of(l, "far", &w.far))
		return LW_EINVAL;
	if (name) {
		form = lw_form_find(name);
		if (!form || lw_form_identifier(form) < 0)
			return lw_fail_in(l->reterr, LW_ENOENT, l->file, form_node->line,
					  "no form factor is called \"%.40s\"", name);
	}
	if (part && (w.pmd || w.cable || w.far))
		return lw_fail_in(l->reterr, LW_EINVAL, l->file, part->line,
				  "part: says it all; leave pmd:, cable: and far: out");
	if (part)
		return choose_part(l, part, form);
	if (!form || !w.pmd == !w.cable)
		return lw_fail_in(l->reterr, LW_EINVAL, l->file, l->root->line,
				  "say what it is: part:, or form: with pmd: or cable:");
	return choose_by_form(l, form_node, form, &w);
}

const struct lw_thresholds *lw_limits_at(size_t i)
{
	size_t n;
	const struct lw_part *p = lw_parts(&n);

	for (size_t k = 0; k < n; k++)
		if (p[k].limits && i-- == 0)
			return p[k].limits;
	return NULL;
}

const struct lw_thresholds *lw_limits_find(const char *name)
{
	const struct lw_thresholds *t;

	for (size_t i = 0; (t = lw_limits_at(i)); i++)
		if (strcasecmp(t->name, name) == 0)
			return t;
	return NULL;
}

uint8_t lw_group_starts(unsigned lanes, unsigned all)
{
	uint8_t mask = 0;

	for (unsigned first = 0; lanes && first < 8 && first + lanes <= all; first += lanes)
		mask |= (uint8_t)(1u << first);
	return mask;
}
