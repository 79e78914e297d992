/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What to buy for a link. Each candidate becomes a little fabric file and is judged as any other,
 * so that a choice and a later check can never differ.
 */
#include "choose-impl.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* As many modes as there are numbers of lanes that a cage can give its links. */
#define MODES_MAX 8

static int no_memory(struct chooser *c)
{
	return lw_fail(c->reterr, LW_ENOMEM, "out of memory");
}

/* Goes into the cage: @return false if not; `ret_adapter` is "" where none is needed */
static bool goes_in(const struct lw_part *p, const struct lw_form *cage, const char **ret_adapter)
{
	const struct lw_fit *fit = p->form == cage ? NULL : lw_fit_find(p->form, cage);

	*ret_adapter = fit && fit->kind == LW_FIT_ADAPTER ? fit->adapter : "";
	return p->form == cage || (fit && fit->kind != LW_FIT_NO);
}

/* The modes that give a cage `links` links of the rate, most lanes first. */
static size_t modes_of(struct chooser *c, const struct lw_form *cage, unsigned links,
		       const char *ret[MODES_MAX])
{
	char rate[16], text[48];
	struct lw_mode mode;
	size_t n = 0;

	lw_rate_text(c->want->rate_mbps, rate, sizeof(rate));
	for (unsigned lanes = cage->lanes; lanes >= links && lanes && n < MODES_MAX; lanes--) {
		snprintf(text, sizeof(text), "%ux%s(%u)", links, rate, lanes);
		if (lanes % links || lw_mode_parse(text, cage->lanes, &mode, NULL))
			continue;
		ret[n] = lw_arena_strdup(c->arena, text);
		if (ret[n])
			n++;
	}
	return n;
}

/* Does the part offer the first port of this mode? */
static bool offers(const struct lw_ability *a, size_t n, const struct lw_form *cage,
		   const char *text)
{
	struct lw_mode mode;

	if (lw_mode_parse(text, cage->lanes, &mode, NULL))
		return false;
	for (size_t i = 0; i < n; i++)
		if (lw_ability_serves(&a[i], &mode.port[0]))
			return true;
	return false;
}

static const struct skills *skills_of(const struct chooser *c, const struct lw_part *p)
{
	size_t n;

	return &c->skills[p - lw_parts(&n)];
}

/* Has the part the wanted rate at all? */
static bool carries(const struct chooser *c, const struct lw_part *p)
{
	const struct skills *s = skills_of(c, p);

	for (size_t i = 0; i < s->n; i++)
		if (s->v[i].rate_mbps == c->want->rate_mbps)
			return true;
	return false;
}

/* Keep the modes that the part offers; if it offers none, the first, so that it can be said why. */
static size_t pick_modes(struct chooser *c, const struct lw_part *p, const struct lw_form *cage,
			 unsigned links, const char *ret[MODES_MAX])
{
	const struct skills *s = skills_of(c, p);
	size_t all = modes_of(c, cage, links, ret), n = 0;

	for (size_t i = 0; i < all; i++)
		if (offers(s->v, s->n, cage, ret[i]))
			ret[n++] = ret[i];
	return n ? n : all > 0;
}

/* Decode every part of the catalogue once. */
static int learn(struct chooser *c)
{
	size_t n;
	const struct lw_part *p = lw_parts(&n);
	struct lw_image *image = lw_arena_alloc(c->arena, sizeof(*image));
	struct lw_facts *facts = lw_arena_alloc(c->arena, sizeof(*facts));
	int rc = 0;

	c->skills = lw_arena_alloc(c->arena, n * sizeof(*c->skills));
	if (!image || !facts || !c->skills)
		return no_memory(c);
	for (size_t i = 0; !rc && i < n; i++) {
		struct lw_ability *v =
			lw_arena_alloc(c->arena, LW_ABILITIES_MAX * sizeof(struct lw_ability));
		struct lw_view view;

		if (!v)
			return no_memory(c);
		rc = lw_image_make(&p[i], NULL, image, c->reterr);
		if (rc)
			break;
		lw_image_view(image, &view);
		lw_facts_decode(&view, facts);
		c->skills[i] = (struct skills){.n = lw_facts_abilities(facts, v), .v = v};
	}
	return rc;
}

/* One cage as a fabric file has it. */
static void put_cage(struct lw_buf *b, const struct lw_form *form, const char *mode,
		     const char *module, const char *adapter, uint32_t lane_mbps, double power_w,
		     bool linear)
{
	char rate[16];

	lw_buf_printf(b, "{%scages: {p: {form: \"%s\", mode: \"%s\"", linear ? "linear: on, " : "",
		      form->name, mode);
	if (module)
		lw_buf_printf(b, ", module: \"%s\"", module);
	if (*adapter)
		lw_buf_printf(b, ", adapter: \"%s\"", adapter);
	if (lane_mbps)
		lw_buf_printf(b, ", max_lane: %s", lw_rate_text(lane_mbps, rate, sizeof(rate)));
	if (power_w > 0)
		lw_buf_printf(b, ", max_power_w: %.3f", power_w);
	lw_buf_puts(b, "}}}\n");
}

/* The cables: one for each receptacle of the module in cage a that is needed. */
static void put_cables(struct lw_buf *b, const struct chooser *c, const struct lw_choice *x)
{
	unsigned links = c->want->links, legs = x->cord ? x->cord->legs : x->a->far_n;
	unsigned heads = (links + legs - 1) / legs, leg = 0;
	bool pairs = x->cord && links == 1 && x->a->receptacles > 1 &&
		     x->a->receptacles == x->b->receptacles;

	if (pairs)
		heads = x->a->receptacles;
	for (unsigned h = 0; h < heads; h++) {
		if (x->cord)
			lw_buf_printf(b, "  - {id: c%u, cord: %s, fibre: %s", h + 1, x->cord->name,
				      lw_grade_name(x->grade));
		else
			lw_buf_printf(b, "  - {id: c%u, part: \"%s\"", h + 1, x->a->name);
		lw_buf_printf(b, ", length_m: %.3f, a: a/p", c->want->length_m);
		if (x->cord && x->a->receptacles > 1)
			lw_buf_printf(b, "#%u", h + 1);
		lw_buf_puts(b, ", b: [");
		for (unsigned i = 0; i < legs && leg < links; i++, leg += !pairs)
			lw_buf_printf(b, "%sb%u/p%s", i ? ", " : "", leg + 1,
				      x->cord && x->b->receptacles > 1 ? (h ? "#2" : "#1") : "");
		lw_buf_puts(b, "]}\n");
	}
}

static void put_fabric(struct lw_buf *b, const struct chooser *c, const struct lw_choice *x)
{
	const struct lw_choose_want *w = c->want;

	lw_buf_puts(b, "fabric: choose\ndevices:\n  a: ");
	put_cage(b, w->a, x->a_mode, x->cord ? x->a->name : NULL, x->a_adapter, w->a_lane_mbps,
		 w->a_power_w, w->linear);
	for (unsigned i = 0; i < w->links; i++) {
		lw_buf_printf(b, "  b%u: ", i + 1);
		put_cage(b, w->b, x->b_mode, x->cord ? x->b->name : NULL, x->b_adapter,
			 w->b_lane_mbps, w->b_power_w, w->linear);
	}
	lw_buf_puts(b, "cables:\n");
	put_cables(b, c, x);
}

static int copy_findings(struct chooser *c, const struct lw_findings *from, struct lw_findings *to)
{
	for (size_t i = 0; i < from->n; i++) {
		const struct lw_finding *f = &from->v[i];

		if (lw_findings_add(to, f->rule, f->severity, f->subject, f->remedy, f->ref, "%s",
				    f->text))
			return no_memory(c);
	}
	return 0;
}

/* Take over the verdict of the worst link; a link too few is one that does not come up. */
static int take_verdict(struct chooser *c, const struct lw_fabric *f, struct lw_choice *x)
{
	const struct lw_rule *r = lw_rule_find("lane-count");
	const struct lw_flink *worst = NULL;

	for (size_t i = 0; i < f->link_n; i++)
		if (!worst || f->links[i].verdict > worst->verdict)
			worst = &f->links[i];
	lw_findings_init(&x->findings, c->arena);
	x->verdict = worst ? worst->verdict : LW_DOWN;
	x->margin_db = worst ? worst->budget.margin_db : NAN;
	if (worst && copy_findings(c, &worst->findings, &x->findings))
		return LW_ENOMEM;
	/* who buys modules without a DSP must know that the hosts make good for it */
	if (x->kind == LW_LPO && !c->want->linear && x->verdict == LW_UP)
		x->verdict = LW_AT_RISK;
	if (f->link_n >= c->want->links)
		return 0;
	x->verdict = LW_DOWN;
	if (lw_findings_add(&x->findings, r->name, LW_FATAL, x->name, r->remedy, r->ref,
			    "it joins the lanes of %zu of %u links", f->link_n, c->want->links))
		return no_memory(c);
	return 0;
}

/* Judge a candidate whose modes are chosen. */
static int judge(struct chooser *c, struct lw_choice *x)
{
	struct lw_buf text = LW_BUF_INIT;
	struct lw_arena arena;
	struct lw_fabric f;
	int rc;

	put_fabric(&text, c, x);
	lw_arena_init(&arena, 0);
	rc = lw_fabric_load(lw_buf_str(&text), text.len, "choose", &arena, &f, c->reterr);
	if (!rc)
		rc = lw_fabric_resolve(&f, NULL, NULL, c->reterr);
	if (!rc)
		rc = take_verdict(c, &f, x);
	lw_arena_finish(&arena);
	lw_buf_finish(&text);
	return rc;
}

static bool better(const struct lw_choice *x, const struct lw_choice *y)
{
	return x->verdict != y->verdict ? x->verdict < y->verdict : x->findings.n < y->findings.n;
}

/* Judge a candidate in every pair of modes that its ends offer and keep the best. */
static int judge_modes(struct chooser *c, struct lw_choice *x)
{
	const char *a[MODES_MAX], *b[MODES_MAX];
	size_t a_n = pick_modes(c, x->a, c->want->a, c->want->links, a);
	size_t b_n = pick_modes(c, x->b, c->want->b, 1, b);
	struct lw_choice best = {0};
	int rc = 0;

	for (size_t i = 0; !rc && i < a_n; i++)
		for (size_t k = 0; !rc && k < b_n; k++) {
			struct lw_choice y = *x;

			y.a_mode = a[i];
			y.b_mode = b[k];
			rc = judge(c, &y);
			if (!rc && (!best.name || better(&y, &best)))
				best = y;
		}
	if (!rc)
		*x = best;
	return rc;
}

/* How far a pair of modules goes on the grade. */
static double reach_of(const struct lw_choice *x)
{
	uint32_t a, b;

	if (!x->cord)
		return x->media->longest_m;
	a = x->a->pmd->reach_m[x->grade];
	b = x->b->pmd->reach_m[x->grade];
	return a < b ? a : b;
}

static int add(struct chooser *c, struct lw_choice *x)
{
	struct lw_choice *v;
	int rc = judge_modes(c, x);

	if (rc || !x->name)
		return rc;
	x->reach_m = reach_of(x);
	x->power_w = x->a->power_w + x->b->power_w * c->want->links;
	x->cost = x->media->cost;
	x->latency_ns = x->media->ns_m * c->want->length_m;
	v = lw_arena_grow(c->arena, c->ret->v, &c->cap, c->ret->n + 1, sizeof(*v));
	if (!v)
		return no_memory(c);
	c->ret->v = v;
	v[c->ret->n++] = *x;
	return 0;
}

static int add_misfit(struct chooser *c, const char *name, const char *rule)
{
	struct lw_misfit *v = lw_arena_grow(c->arena, c->ret->misfits, &c->misfit_cap,
					    c->ret->misfit_n + 1, sizeof(*v));

	if (!v)
		return no_memory(c);
	c->ret->misfits = v;
	v[c->ret->misfit_n++] = (struct lw_misfit){name, rule};
	return 0;
}

/* A cable with fixed ends: it needs a leg for each link. */
static int try_cable(struct chooser *c, const struct lw_part *p)
{
	struct lw_choice x = {
		.name = p->name,
		.a = p,
		.b = p->far,
		.grade = LW_GRADE_NONE,
		.media = lw_media_find(p->name),
	};

	if (!x.media || p->far_n < c->want->links || (c->want->links == 1) != (p->far_n == 1))
		return 0;
	x.kind = x.media->kind;
	if (!goes_in(x.a, c->want->a, &x.a_adapter) || !goes_in(x.b, c->want->b, &x.b_adapter))
		return add_misfit(c, p->name, "form-factor");
	if (!carries(c, x.a) || !carries(c, x.b))
		return add_misfit(c, p->name, "rate");
	return add(c, &x);
}

/* The plain cord between two receptacles with at least so many legs. */
static const struct lw_cord *cord_for(const struct lw_part *a, const struct lw_part *b,
				      unsigned legs)
{
	const struct lw_cord *best = NULL;
	size_t n;
	const struct lw_cord *v = lw_cords(&n);

	for (size_t i = 0; i < n; i++) {
		if (strcmp(v[i].a, a->receptacle->body) || strcmp(v[i].b, b->receptacle->body) ||
		    v[i].legs < legs || (legs == 1) != (v[i].legs == 1) || v[i].connectors > 2)
			continue;
		if (!best || v[i].legs < best->legs)
			best = &v[i];
	}
	return best;
}

/* Are these modules made to face each other: the same PMD, or one that the other's lanes split to?
 */
static bool made_for(const struct lw_pmd *a, const struct lw_pmd *b, unsigned links)
{
	char split[64];
	size_t n;

	if (links == 1)
		return a == b;
	n = (size_t)snprintf(split, sizeof(split), "%ux%s", links, b->name);
	for (const char *s = a->splits; s && *s; s += strcspn(s, ";"), s += *s == ';')
		if (!strncmp(s, split, n) && strchr(";?", s[n]))
			return true;
	return false;
}

static bool is_module(const struct lw_part *p)
{
	return p->pmd && p->receptacles && p->receptacle;
}

static enum lw_media_kind optics_kind(const struct lw_pmd *p)
{
	size_t n = strlen(p->name);

	return n > 4 && !strcmp(p->name + n - 4, "-LPO") ? LW_LPO : LW_OPTICS;
}

static int try_pair(struct chooser *c, const struct lw_part *a, const struct lw_part *b)
{
	unsigned heads = a->receptacles, legs = (c->want->links + heads - 1u) / heads;
	struct lw_choice x = {.a = a, .b = b};

	if (!carries(c, a) || !carries(c, b) || !made_for(a->pmd, b->pmd, c->want->links) ||
	    !goes_in(a, c->want->a, &x.a_adapter) || !goes_in(b, c->want->b, &x.b_adapter))
		return 0;
	/* without such a cord nobody can plug them together */
	x.cord = cord_for(a, b, legs);
	if (!x.cord)
		return 0;
	x.grade = a->pmd->medium == LW_SMF        ? LW_OS2
		  : c->want->mmf == LW_GRADE_NONE ? LW_OM4
						  : c->want->mmf;
	x.kind = optics_kind(a->pmd);
	x.media = lw_media_find(lw_media_kind_name(x.kind));
	x.name = lw_arena_printf(c->arena, "%s + %s", a->name, b->name);
	return x.name ? add(c, &x) : no_memory(c);
}

static int unknown_last(double x, double y)
{
	if (isnan(x) || isnan(y))
		return isnan(x) - isnan(y);
	return (x > y) - (x < y);
}

static bool adapted(const struct lw_choice *x)
{
	return *x->a_adapter || *x->b_adapter;
}

/* Plugs of another generation than the cage. */
static int foreign(const struct lw_choice *x, const struct lw_choose_want *want)
{
	return (x->a->form != want->a) + (x->b->form != want->b);
}

/*
 * Verdict, plugs that need no adapter, then what was asked for, then power, cost, plugs of the
 * cages' own form, the reach that is least beyond what is needed, and name: a total order.
 */
static int compare(const struct lw_choice *x, const struct lw_choice *y,
		   const struct lw_choose_want *want)
{
	int n = (x->verdict > y->verdict) - (x->verdict < y->verdict);

	if (!n)
		n = adapted(x) - adapted(y);
	if (!n && want->by == LW_BY_COST)
		n = unknown_last(x->cost, y->cost);
	if (!n && want->by == LW_BY_LATENCY)
		n = unknown_last(x->latency_ns, y->latency_ns);
	if (!n)
		n = unknown_last(x->power_w, y->power_w);
	if (!n)
		n = unknown_last(x->cost, y->cost);
	if (!n)
		n = foreign(x, want) - foreign(y, want);
	if (!n)
		n = unknown_last(x->reach_m, y->reach_m);
	return n ? n : strcmp(x->name, y->name);
}

/* Few and large: insertion keeps the order without a global for qsort(). */
static void rank(struct lw_choices *r, const struct lw_choose_want *want)
{
	for (size_t i = 1; i < r->n; i++) {
		struct lw_choice x = r->v[i];
		size_t k = i;

		for (; k && compare(&x, &r->v[k - 1], want) < 0; k--)
			r->v[k] = r->v[k - 1];
		r->v[k] = x;
	}
	while (r->usable < r->n && r->v[r->usable].verdict != LW_DOWN)
		r->usable++;
}

static int check_want(struct chooser *c)
{
	const struct lw_choose_want *w = c->want;
	const char *modes[MODES_MAX];
	char rate[16];

	if (!w->a || !w->b || !w->rate_mbps || !w->links || w->links > LW_LPORTS_MAX ||
	    !(w->length_m > 0))
		return lw_fail(c->reterr, LW_EINVAL,
			       "a choice needs two cages, a rate, 1 to %d links and a length",
			       LW_LPORTS_MAX);
	lw_rate_text(w->rate_mbps, rate, sizeof(rate));
	if (!modes_of(c, w->a, w->links, modes))
		return lw_fail(c->reterr, LW_EINVAL, "a %s cage has no mode of %u x %s", w->a->name,
			       w->links, rate);
	if (!modes_of(c, w->b, 1, modes))
		return lw_fail(c->reterr, LW_EINVAL, "a %s cage has no mode of 1 x %s", w->b->name,
			       rate);
	return 0;
}

int lw_choose(const struct lw_choose_want *want, struct lw_arena *arena, struct lw_choices *ret,
	      struct lw_error *reterr)
{
	struct lw_choices found = {0};
	struct chooser *c = lw_arena_alloc(arena, sizeof(*c));
	size_t n;
	const struct lw_part *p = lw_parts(&n);
	int rc;

	if (!c)
		return lw_fail(reterr, LW_ENOMEM, "out of memory");
	*c = (struct chooser){.want = want, .arena = arena, .ret = &found, .reterr = reterr};
	rc = check_want(c);
	if (!rc)
		rc = learn(c);
	for (size_t i = 0; !rc && i < n; i++) {
		if (p[i].far)
			rc = try_cable(c, &p[i]);
		for (size_t k = 0; !rc && is_module(&p[i]) && k < n; k++)
			if (is_module(&p[k]))
				rc = try_pair(c, &p[i], &p[k]);
	}
	if (rc)
		return rc;
	rank(&found, want);
	*ret = found;
	return 0;
}
