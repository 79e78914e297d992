/* SPDX-License-Identifier: Apache-2.0 */
#include "see.h"

#include <lanewise/code.h>
#include <lanewise/link.h>
#include <string.h>

/* What is seen of a link, its modules and its hosts but for the light. */

void lw_see_link(struct lw_seen *s)
{
	const struct lw_engine_link *x = &s->e->link[s->link];

	if (x->disabled)
		lw_see(s, LW_WHY_LINK, LW_SYMPTOM_DISABLED, 0, NULL);
	if (x->up_at.ns == LW_NEVER.ns)
		lw_see(s, LW_WHY_LINK, LW_SYMPTOM_NEVER_UP, 0, NULL);
	else if (x->state != LW_LINK_UP)
		lw_see(s, LW_WHY_LINK, LW_SYMPTOM_WAS_UP, 0,
		       "it was up for the last time at %.1f s",
		       (double)(x->up_at.ns - s->e->started.ns) / 1e9);
	if (x->flaps >= (unsigned)lw_see_limit(LW_SYMPTOM_FLAPPING))
		lw_see(s, LW_WHY_LINK, LW_SYMPTOM_FLAPPING, 0, "the link went down %u times",
		       x->flaps);
	for (size_t i = 0; i < s->l->findings.n; i++) {
		const struct lw_finding *f = &s->l->findings.v[i];

		if (f->severity != LW_FATAL)
			continue;
		lw_see(s, LW_WHY_LINK, LW_SYMPTOM_PLANNED_WRONG, 0, "%s: %s. %s", f->rule, f->text,
		       f->remedy);
	}
}

/* Modules of the same device that were known and cannot be reached either. */
static unsigned silent_neighbours(const struct lw_seen *s, int cage)
{
	const struct lw_fabric *f = s->e->fabric;
	unsigned n = 0;

	for (size_t i = 0; i < f->cage_n; i++) {
		const struct lw_module *m = &s->e->module[i];

		n += (int)i != cage && m->bus && m->phase <= LW_MODULE_IDENTIFY &&
		     m->last_error.code && s->e->cage[i].vendor_pn[0] &&
		     strcmp(f->cages[i].device, f->cages[cage].device) == 0;
	}
	return n;
}

/* Is the module in the state that CMIS calls so (Table 8-7)? Other maps have no states. */
static bool in_state(const struct lw_module *m, const char *name)
{
	const char *is = lw_code_name(LW_CODES_MODULE_STATE, m->state.module_state);

	return m->memory.map == LW_MAP_CMIS && !m->facts.flat_memory && is && strcmp(is, name) == 0;
}

static void see_absent(struct lw_seen *s, enum lw_why_place end)
{
	int cage = s->l->cage[end];
	const struct lw_module *m = &s->e->module[cage];
	unsigned neighbours;

	if (s->host->present && s->host->present(s->host->ctx, cage) == 0) {
		lw_see(s, end, LW_SYMPTOM_PULLED, 0, NULL);
		return;
	}
	if (!m->last_error.code) {
		lw_see(s, end, LW_SYMPTOM_NOT_IDENTIFIED, 0, NULL);
		return;
	}
	/* it answers, and is reset again and again */
	if (m->last_error.code == LW_EIO && in_state(m, "ModuleFault")) {
		lw_see(s, end, LW_SYMPTOM_MODULE_FAULT, 0, "%s", m->last_error.message);
		return;
	}
	if (m->last_error.code == LW_ETIMEDOUT)
		lw_see(s, end, LW_SYMPTOM_BUS_STUCK, 0, "%s", m->last_error.message);
	lw_see(s, end, LW_SYMPTOM_SILENT, 0, "%s", m->last_error.message);
	neighbours = silent_neighbours(s, cage);
	if (neighbours >= (unsigned)lw_see_limit(LW_SYMPTOM_SILENT_NEIGHBOURS))
		lw_see(s, end, LW_SYMPTOM_SILENT_NEIGHBOURS, 0,
		       "%u more modules of %s do not answer", neighbours,
		       s->e->fabric->cages[cage].device);
}

static void see_policy(struct lw_seen *s, enum lw_why_place end)
{
	int cage = s->l->cage[end];
	const struct lw_engine_cage *c = &s->e->cage[cage];
	const struct lw_facts *f = &s->e->module[cage].facts;

	if (!s->e->module[cage].refused)
		return;
	if (c->admission == LW_REFUSED_VENDOR)
		lw_see(s, end, LW_SYMPTOM_REFUSED_VENDOR, 0,
		       "vendor \"%s\" is not among those admitted", f->vendor_name);
	else
		lw_see(s, end, LW_SYMPTOM_REFUSED_POWER, 0, "the module may draw %.1f W; %s",
		       f->max_power_w,
		       c->admission == LW_REFUSED_BUDGET ? "the budget of the device is spent"
							 : "the policy admits less");
}

static void see_condition(struct lw_seen *s, enum lw_why_place end)
{
	const struct lw_module *m = &s->e->module[s->l->cage[end]];

	if (in_state(m, "ModuleFault"))
		lw_see(s, end, LW_SYMPTOM_MODULE_FAULT, 0, "module state is ModuleFault");
	if (in_state(m, "ModuleLowPwr"))
		lw_see(s, end, LW_SYMPTOM_LOW_POWER, 0, "module state is ModuleLowPwr");
}

static void see_late(struct lw_seen *s, enum lw_why_place end, const struct lw_dp_report *d)
{
	const struct lw_module *m = &s->e->module[s->l->cage[end]];
	const char *state = d->dp_state ? lw_code_name(LW_CODES_DP_STATE, d->dp_state) : NULL;
	enum lw_symptom_id id = LW_SYMPTOM_STUCK_PATH;

	if (m->memory.map == LW_MAP_CMIS && !in_state(m, "ModuleReady"))
		id = LW_SYMPTOM_STUCK_POWER;
	else if (state && strcmp(state, "DPInit") == 0)
		id = LW_SYMPTOM_STUCK_INIT;
	lw_see(s, end, id, 0, "%s%s%s", d->reason ? d->reason : "it was late before",
	       state ? "; data path state is " : "", state ? state : "");
}

static void see_path(struct lw_seen *s, enum lw_why_place end)
{
	const struct lw_dp_report *d = lw_seen_report(s, end);

	if (!d)
		return;
	switch (d->health) {
	case LW_DP_UP:
		lw_see(s, end, LW_SYMPTOM_PATH_UP, 0, NULL);
		break;
	case LW_DP_STARTING:
		/* one more try after those that came to nothing is no news */
		if (d->failures || s->e->link[s->link].remedy[end].count)
			see_late(s, end, d);
		else
			lw_see(s, end, LW_SYMPTOM_STARTING, 0, NULL);
		break;
	case LW_DP_REFUSED:
		lw_see(s, end, LW_SYMPTOM_REJECTED, 0, "%s", d->reason);
		break;
	case LW_DP_LATE:
		see_late(s, end, d);
		break;
	case LW_DP_GONE:
		break;
	}
	if (s->e->link[s->link].remedy[end].count)
		lw_see(s, end, LW_SYMPTOM_RESTARTED, 0, "initialised afresh %u times",
		       s->e->link[s->link].remedy[end].count);
}

void lw_see_module(struct lw_seen *s, enum lw_why_place end)
{
	int cage = s->l->cage[end];
	const struct lw_module *m = &s->e->module[cage];

	if (!m->bus)
		return;
	if (m->phase <= LW_MODULE_IDENTIFY) {
		see_absent(s, end);
		return;
	}
	if (s->e->cage[cage].lent && lw_seen_report(s, end) &&
	    lw_seen_report(s, end)->health == LW_DP_GONE) {
		lw_see(s, end, LW_SYMPTOM_LENT, 0, "%s", s->e->cage[cage].lent);
		return;
	}
	see_policy(s, end);
	if (s->e->cage[cage].unfit[0])
		lw_see(s, end, LW_SYMPTOM_UNFIT, 0, "%s", s->e->cage[cage].unfit);
	see_condition(s, end);
	see_path(s, end);
}

static const char *host_fec(const struct lw_seen *s, enum lw_why_place end)
{
	const struct lw_cage *c = &s->e->fabric->cages[s->l->cage[end]];

	return s->host->fec
		       ? s->host->fec(s->host->ctx, s->l->cage[end], &c->mode.port[s->l->port[end]])
		       : NULL;
}

/* Does the host run what its module asks for? Then a module or cable between may end its code and
 * begin that of the far host. */
static bool fec_as_asked(const struct lw_seen *s, enum lw_why_place end, const char *fec)
{
	const struct lw_cage *c = &s->e->fabric->cages[s->l->cage[end]];
	int chosen = s->l->chosen[end];

	return chosen >= 0 && !strcmp(fec, lw_link_fec_need(&c->mode.port[s->l->port[end]],
							    &c->abilities[chosen], NULL));
}

void lw_see_hosts(struct lw_seen *s)
{
	const char *fec[2] = {host_fec(s, LW_WHY_A), host_fec(s, LW_WHY_B)};
	bool differs = fec[0] && fec[1] && strcmp(fec[0], fec[1]) != 0 &&
		       !(fec_as_asked(s, LW_WHY_A, fec[0]) && fec_as_asked(s, LW_WHY_B, fec[1]));

	for (int i = LW_WHY_A; i <= LW_WHY_B; i++) {
		enum lw_why_place end = (enum lw_why_place)i;
		const struct lw_cage *c = &s->e->fabric->cages[s->l->cage[end]];

		if (s->e->carrier(s->e->ctx, s->l->cage[end], &c->mode.port[s->l->port[end]]))
			lw_see(s, end, LW_SYMPTOM_CARRIER, 0, NULL);
		else
			lw_see(s, end, LW_SYMPTOM_NO_CARRIER, 0, NULL);
		if (differs)
			lw_see(s, end, LW_SYMPTOM_FEC_DIFFERS, 0, "it runs %s, the far end %s",
			       fec[end], fec[!end]);
	}
}
