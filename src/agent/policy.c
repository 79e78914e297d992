/* SPDX-License-Identifier: Apache-2.0 */
#include "engine-internal.h"
#include <ctype.h>
#include <stdio.h>
#include <string.h>

static bool same_text(const char *a, const char *b)
{
	for (; *a && tolower((unsigned char)*a) == tolower((unsigned char)*b); a++, b++)
		;
	return !*a && !*b;
}

static bool vendor_listed(const struct lw_policy *p, const struct lw_facts *f)
{
	char oui[9];

	snprintf(oui, sizeof(oui), "%02x:%02x:%02x", f->oui[0], f->oui[1], f->oui[2]);
	for (size_t i = 0; i < p->vendor_n; i++)
		if (same_text(p->vendors[i], f->vendor_name) ||
		    (f->has_oui && same_text(p->vendors[i], oui)))
			return true;
	return false;
}

static bool power_known(const struct lw_facts *f)
{
	return f->max_power_w > 0; /* NaN is not */
}

/* What the other admitted modules of the same device may draw together. */
static double drawn_beside(const struct lw_engine *e, size_t cage)
{
	const struct lw_cage *cages = e->fabric->cages;
	double sum = 0;

	for (size_t i = 0; i < e->fabric->cage_n; i++) {
		const struct lw_module *m = &e->module[i];

		/* one that was not admitted draws it too if it runs */
		if (i == cage || m->phase <= LW_MODULE_IDENTIFY || (m->refused && !m->want_n) ||
		    strcmp(cages[i].device, cages[cage].device) != 0)
			continue;
		if (power_known(&m->facts))
			sum += m->facts.max_power_w;
	}
	return sum;
}

bool lw_policy_admit(struct lw_engine *e, size_t cage)
{
	const struct lw_policy *p = &e->policy;
	const struct lw_facts *f = &e->module[cage].facts;
	struct lw_engine_cage *c = &e->cage[cage];
	bool known = power_known(f);

	c->admission = LW_ADMITTED;
	if (c->override)
		return true;
	if (p->vendor_n && !vendor_listed(p, f) && (f->vendor_name[0] || !p->allow_unknown))
		c->admission = LW_REFUSED_VENDOR;
	else if (p->max_power_w > 0 &&
		 (known ? f->max_power_w > p->max_power_w : !p->allow_unknown))
		c->admission = LW_REFUSED_POWER;
	else if (p->budget_w > 0) {
		c->left_w = p->budget_w - drawn_beside(e, cage);
		if (known ? f->max_power_w > c->left_w : !p->allow_unknown)
			c->admission = LW_REFUSED_BUDGET;
	}
	return c->admission == LW_ADMITTED;
}

/* A refused module is asked about again: if it may start now, it does. */
static void reconsider(struct lw_engine *e, size_t cage)
{
	struct lw_module *m = &e->module[cage];

	if (m->phase <= LW_MODULE_IDENTIFY || !m->refused || !lw_policy_admit(e, cage))
		return;
	m->refused = false;
	lw_want_cage(e, cage, NULL);
	lw_judge_cage(e, cage, LW_RAN);
}

void lw_policy_freed(struct lw_engine *e, size_t cage, struct lw_mono now)
{
	e->now = now;
	e->cage[cage].known = false;
	for (size_t i = 0; e->policy.budget_w > 0 && i < e->fabric->cage_n; i++)
		if (e->cage[i].admission == LW_REFUSED_BUDGET)
			reconsider(e, i);
}

void lw_engine_policy(struct lw_engine *e, const struct lw_policy *p, struct lw_mono now)
{
	e->policy = p ? *p : (struct lw_policy){0};
	e->now = now;
	for (size_t i = 0; i < e->fabric->cage_n; i++) {
		lw_module_quirks(&e->module[i], e->policy.quirks_off);
		reconsider(e, i);
	}
}

void lw_engine_override(struct lw_engine *e, int cage, bool admit, struct lw_mono now)
{
	e->cage[cage].override = admit;
	e->now = now;
	reconsider(e, (size_t)cage);
}

int lw_policy_explain(const struct lw_engine *e, size_t cage, bool runs, struct lw_findings *ret)
{
	const struct lw_facts *f = &e->module[cage].facts;
	const struct lw_engine_cage *c = &e->cage[cage];
	const char *id = e->fabric->cages[cage].id;
	enum lw_severity severity = runs ? LW_RISK : LW_FATAL;
	const char *stays = runs ? "what runs there is watched, but nothing is done for it"
			    : e->module[cage].want_n ? "what does not run there is not brought up"
						     : "it stays in low power";
	char watts[32] = "an unstated power";

	if (!e->module[cage].refused)
		return 0;
	if (power_known(f))
		snprintf(watts, sizeof(watts), "up to %.1f W", f->max_power_w);
	switch (c->admission) {
	case LW_REFUSED_VENDOR:
		return lw_findings_add(
			ret, "policy-vendor", severity, id,
			"add its vendor or OUI to the policy's vendors, or override it for this "
			"cage",
			"policy: vendors",
			"%s: %s%s (OUI %02X:%02X:%02X) is not among the vendors that the policy "
			"admits; %s",
			id, f->vendor_name[0] ? "vendor " : "a module that states no vendor",
			f->vendor_name, f->oui[0], f->oui[1], f->oui[2], stays);
	case LW_REFUSED_POWER:
		return lw_findings_add(
			ret, "policy-power", severity, id,
			"raise the policy's max_power_w, or override it for this cage",
			"policy: max_power_w",
			"%s: the module draws %s, the policy admits %.1f W; %s", id, watts,
			e->policy.max_power_w, stays);
	case LW_REFUSED_BUDGET:
		return lw_findings_add(ret, "policy-budget", severity, id,
				       "raise the policy's budget_w, take another module out, or "
				       "override it for this "
				       "cage",
				       "policy: budget_w",
				       "%s: the module draws %s, of the %.1f W for %s %.1f W are "
				       "left; %s",
				       id, watts, e->policy.budget_w, e->fabric->cages[cage].device,
				       c->left_w > 0 ? c->left_w : 0.0, stays);
	default:
		return 0;
	}
}
