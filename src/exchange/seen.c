/* SPDX-License-Identifier: Apache-2.0 */
/* What is plugged, against what was planned. */
#include <lanewise/exchange.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#define LENGTH_SLACK 1.05 /* memories round lengths; the rest is cut to order */

/** A name being put into the index of ports. */
struct naming {
	struct lw_seen *s;
	const char *device;
};

static const char *key_of(struct lw_arena *a, const char *device, const char *port)
{
	return lw_arena_printf(a, "%s\x1f%s", device, port);
}

static int name_port(void *ctx, int cage, int port, const char *name)
{
	struct naming *n = ctx;
	const char *key = key_of(n->s->arena, n->device, name);
	uint32_t at = n->s->far_first[cage] + (uint32_t)(port < 0 ? 0 : port);

	if (!key || lw_index_put(&n->s->port, key, at, NULL) < 0)
		return LW_ENOMEM;
	return 0;
}

int lw_seen_init(struct lw_seen *s, const struct lw_fabric *f, lw_platform_reader platform,
		 void *ctx, struct lw_arena *arena, struct lw_error *reterr)
{
	uint32_t total = 0;

	*s = (struct lw_seen){.f = f, .arena = arena};
	lw_index_init(&s->port, arena);
	lw_findings_init(&s->findings, arena);
	s->plug = lw_arena_alloc(arena, (f->cage_n + 1) * sizeof(*s->plug));
	s->far_first = lw_arena_alloc(arena, (f->cage_n + 1) * sizeof(*s->far_first));
	s->looked = lw_arena_alloc(arena, f->device_n + 1);
	if (!s->plug || !s->far_first || !s->looked)
		return lw_fail(reterr, LW_ENOMEM, "out of memory");
	for (size_t i = 0; i < f->cage_n; i++) {
		s->far_first[i] = total;
		total += f->cages[i].mode.n;
	}
	s->far_n = total;
	s->far = lw_arena_alloc(arena, (total + 1) * sizeof(*s->far));
	s->far_cage = lw_arena_alloc(arena, (total + 1) * sizeof(*s->far_cage));
	if (!s->far || !s->far_cage)
		return lw_fail(reterr, LW_ENOMEM, "out of memory");
	for (size_t i = 0; i < f->cage_n; i++)
		for (unsigned k = 0; k < f->cages[i].mode.n; k++)
			s->far_cage[s->far_first[i] + k] = (uint32_t)i;
	for (size_t d = 0; d < f->device_n; d++) {
		struct naming n = {s, f->devices[d].name};
		struct lw_platform *p = NULL;
		int rc = 0;

		if (platform && f->devices[d].platform)
			rc = platform(ctx, f->devices[d].platform, &p, reterr);
		if (rc)
			return rc;
		if (lw_port_names(f, &f->devices[d], p, name_port, &n))
			return lw_fail(reterr, LW_ENOMEM, "out of memory");
	}
	return 0;
}

uint32_t lw_seen_port(const struct lw_seen *s, const char *device, const char *port)
{
	struct lw_arena a;
	const char *key;
	uint32_t at;

	lw_arena_init(&a, 0);
	key = key_of(&a, device, port);
	at = key ? lw_index_get(&s->port, key) : LW_INDEX_NONE;
	lw_arena_finish(&a);
	return at;
}

int lw_seen_add_facts(struct lw_seen *s, int cage, const char *source, const struct lw_facts *facts,
		      struct lw_error *reterr)
{
	struct lw_ability a[LW_ABILITIES_MAX];
	size_t n = lw_facts_abilities(facts, a);
	struct lw_ability *keep = lw_arena_alloc(s->arena, (n + 1) * sizeof(*keep));
	struct lw_seen_plug p = {.source = lw_arena_strdup(s->arena, source),
				 .form = facts->form_factor,
				 .vendor = lw_arena_strdup(s->arena, facts->vendor_name),
				 .part = lw_arena_strdup(s->arena, facts->vendor_pn),
				 .serial = lw_arena_strdup(s->arena, facts->vendor_sn),
				 .cable = facts->cable,
				 .length_m = facts->cable ? facts->cable_length_m : NAN,
				 .abilities = keep,
				 .ability_n = n};

	if (!keep || !p.source || !p.vendor || !p.part || !p.serial)
		return lw_fail(reterr, LW_ENOMEM, "out of memory");
	memcpy(keep, a, n * sizeof(*keep));
	s->plug[cage] = p;
	return 0;
}

/* ---- compare --------------------------------------------------------------------------------- */

static bool planned(const struct lw_cage *c)
{
	return c->part || c->dump;
}

static const char *plan_of(const struct lw_cage *c)
{
	return c->part ? c->part->name : c->dump ? c->dump : "nothing";
}

/* Every ability that the plan needs is there. */
static bool serves(const struct lw_cage *c, const struct lw_seen_plug *p)
{
	for (unsigned k = 0; k < c->mode.n; k++) {
		bool plan = false, is = false;

		for (size_t i = 0; i < c->ability_n; i++)
			plan = plan || lw_ability_serves(&c->abilities[i], &c->mode.port[k]);
		for (size_t i = 0; i < p->ability_n; i++)
			is = is || lw_ability_serves(&p->abilities[i], &c->mode.port[k]);
		if (plan && !is)
			return false;
	}
	return true;
}

static int other(struct lw_findings *ret, const struct lw_cage *c, const struct lw_seen_plug *p,
		 enum lw_severity severity, const char *why)
{
	return lw_findings_add(
		ret, "plug-other", severity, c->id, "Plug what was planned, or change the plan.",
		p->source, "%s%s%s is plugged, %s was planned: %s", p->vendor,
		p->vendor[0] ? " " : "", p->part[0] ? p->part : "a plug", plan_of(c), why);
}

static int compare_part(const struct lw_cage *c, const struct lw_seen_plug *p,
			struct lw_findings *ret)
{
	const struct lw_facts *f = c->facts;
	char why[160];

	if (p->form && c->part && strcmp(p->form, c->part->form->name) != 0) {
		snprintf(why, sizeof(why), "it is %s, not %s", p->form, c->part->form->name);
		return other(ret, c, p, LW_RISK, why);
	}
	if (f && (p->cable || p->ability_n) &&
	    (!p->cable != !f->cable || (p->cable && strcmp(p->cable, f->cable) != 0))) {
		snprintf(why, sizeof(why), "it is %s, not %s", p->cable ? p->cable : "a module",
			 f->cable ? f->cable : "a module");
		return other(ret, c, p, LW_FATAL, why);
	}
	if (c->dump && f && f->vendor_pn[0] && p->part[0] && strcmp(f->vendor_pn, p->part) != 0) {
		snprintf(why, sizeof(why), "the plan's part number is %s", f->vendor_pn);
		return other(ret, c, p, LW_RISK, why);
	}
	if (p->ability_n && !serves(c, p)) {
		snprintf(why, sizeof(why), "it does not serve mode %s", c->mode_text);
		return other(ret, c, p, LW_FATAL, why);
	}
	return 0;
}

static int compare_plug(const struct lw_seen *s, size_t i, bool looked, struct lw_findings *ret)
{
	const struct lw_cage *c = &s->f->cages[i];
	const struct lw_seen_plug *p = &s->plug[i];
	double plan = c->cable >= 0 ? s->f->cables[c->cable].length_m : NAN;
	bool there = p->source && !p->empty;
	int rc;

	if (!there && planned(c) && (looked || p->source))
		return lw_findings_add(ret, "plug-missing", LW_FATAL, c->id, "Plug it in.",
				       p->source, "nothing is plugged, %s was planned", plan_of(c));
	if (there && !planned(c))
		return lw_findings_add(ret, "plug-extra", LW_RISK, c->id,
				       "Take it out, or add it to the plan.", p->source,
				       "%s %s is plugged, nothing was planned", p->vendor, p->part);
	if (!there)
		return 0;
	rc = compare_part(c, p, ret);
	if (!rc && p->length_m > 0 && plan > 0 &&
	    (p->length_m > plan * LENGTH_SLACK + 0.5 || p->length_m < plan / LENGTH_SLACK - 0.5))
		rc = lw_findings_add(ret, "plug-length", LW_RISK, c->id,
				     "Check that the link still holds, and the way of the cable.",
				     p->source, "the cable says %g m, %g m was planned",
				     p->length_m, plan);
	return rc;
}

/* Both plugs of one cable bear one serial number; two plugs of two cables must not. */
static int compare_serials(const struct lw_seen *s, struct lw_findings *ret)
{
	struct lw_index seen;

	lw_index_init(&seen, s->arena);
	for (size_t i = 0; i < s->f->cage_n; i++) {
		const struct lw_seen_plug *p = &s->plug[i];
		const struct lw_cage *c = &s->f->cages[i];
		const char *key;
		uint32_t at;
		int rc;

		if (!p->source || p->empty || !p->serial[0])
			continue;
		key = lw_arena_printf(s->arena, "%s\x1f%s\x1f%s", p->vendor, p->part, p->serial);
		rc = key ? lw_index_put(&seen, key, (uint32_t)i, &at) : LW_ENOMEM;
		if (rc < 0)
			return rc;
		if (rc > 0 || (c->cable >= 0 && c->cable == s->f->cages[at].cable))
			continue;
		if (lw_findings_add(ret, "plug-serial", LW_RISK, c->id,
				    "Look at both: one is a copy, or one file belongs elsewhere.",
				    p->source, "serial number %s is also in %s", p->serial,
				    s->f->cages[at].id))
			return LW_ENOMEM;
	}
	return 0;
}

/* What LLDP calls the far end: systems add their domain, CDP a serial number. */
static uint32_t far_port(const struct lw_seen *s, const struct lw_seen_far *far)
{
	uint32_t at = lw_seen_port(s, far->device, far->port);
	size_t n = strcspn(far->device, ".(");
	char name[128];

	if (at != LW_INDEX_NONE || !far->device[n] || n >= sizeof(name))
		return at;
	memcpy(name, far->device, n);
	name[n] = '\0';
	return lw_seen_port(s, name, far->port);
}

/* The end that LLDP names, if it is one of the fabric. */
static int compare_far(const struct lw_seen *s, const struct lw_flink *l, int e,
		       struct lw_findings *ret)
{
	uint32_t at = s->far_first[l->cage[e]] + l->port[e], want, got;
	const struct lw_seen_far *far = &s->far[at];
	const struct lw_cage *c = &s->f->cages[l->cage[e]], *z = &s->f->cages[l->cage[!e]];

	if (!far->source)
		return 0;
	want = s->far_first[l->cage[!e]] + l->port[!e];
	got = far_port(s, far);
	/* a name of the whole cage stands for any of its ports */
	if (got != LW_INDEX_NONE &&
	    (got == want || (s->far_cage[got] == (uint32_t)l->cage[!e] &&
			     got == s->far_first[l->cage[!e]] && strcmp(far->port, z->name) == 0)))
		return 0;
	return lw_findings_add(ret, "far-other", LW_FATAL, c->id,
			       "Follow the cable and plug it where it belongs, or change the plan.",
			       far->source, "port %u is joined to %s %s, %s port %u was planned",
			       l->port[e] + 1u, far->device, far->port, z->id, l->port[!e] + 1u);
}

int lw_seen_compare(struct lw_seen *s, struct lw_findings *ret)
{
	int rc = 0;

	for (size_t i = 0; !rc && i < s->findings.n; i++) {
		const struct lw_finding *x = &s->findings.v[i];

		rc = lw_findings_add(ret, x->rule, x->severity, x->subject, x->remedy, x->ref, "%s",
				     x->text);
	}
	for (size_t d = 0; !rc && d < s->f->device_n; d++)
		for (size_t i = 0; !rc && i < s->f->devices[d].cage_n; i++)
			rc = compare_plug(s, s->f->devices[d].first + i, s->looked[d], ret);
	if (!rc)
		rc = compare_serials(s, ret);
	for (size_t i = 0; !rc && i < s->f->link_n; i++)
		for (int e = 0; !rc && e < 2; e++)
			rc = compare_far(s, &s->f->links[i], e, ret);
	return rc;
}
