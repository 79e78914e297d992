/* SPDX-License-Identifier: Apache-2.0 */
#include "engine-internal.h"
#include <lanewise/lanes.h>

/* Why a link is not up, from what its ends report now: the live half of its findings. */

/* Lanes of a link as those of its module, which begin at `first`. */
static const char *lane_list(uint32_t lanes, unsigned first, char ret[LW_LANES_TEXT])
{
	return lw_lanes_text((uint32_t)((uint64_t)lanes << first), ret);
}

static int explain_absent(const struct lw_engine *e, int cage, struct lw_findings *ret)
{
	const struct lw_module *m = &e->module[cage];
	const char *id = e->planned->cages[cage].id;

	return lw_findings_add(ret, "module-absent", LW_FATAL, id, "plug a module, or reseat it",
			       "", "%s: %s", id,
			       m->last_error.code ? m->last_error.message
						  : "the module has not been identified yet");
}

/* What a link that is on its way waits for now. */
static int explain_wait(const struct lw_engine *e, int cage, struct lw_findings *ret)
{
	const struct lw_module *m = &e->module[cage];
	const struct lw_step *s = &m->plan.step[m->step];
	const char *id = e->planned->cages[cage].id;

	if (m->phase <= LW_MODULE_IDENTIFY)
		return explain_absent(e, cage, ret);
	if (m->phase != LW_MODULE_WORK || m->step >= m->plan.n || s->kind == LW_STEP_WRITE)
		return lw_findings_add(ret, "data-path", LW_INFO, id, "wait a moment", "",
				       "%s: what is missing is about to be done", id);
	return lw_findings_add(ret, "data-path", LW_INFO, id, "wait a moment", "",
			       "%s: on its way for %.1f s until %s; it may take %.1f s", id,
			       (double)(e->now.ns - m->step_since.ns) / 1e9, s->why,
			       (double)s->limit.ns / 1e9);
}

/* Why a module reports that its part of a link is not up. */
static int explain_report(const struct lw_module *m, const struct lw_dp_report *d, const char *id,
			  struct lw_findings *ret)
{
	static const char *const rules[] = {
		[LW_DP_STARTING] = "data-path",      [LW_DP_UP] = "data-path",
		[LW_DP_REFUSED] = "config-rejected", [LW_DP_LATE] = "late",
		[LW_DP_GONE] = "module-absent",
	};
	bool bus = d->health == LW_DP_GONE && m->last_error.code;

	return lw_findings_add(ret, rules[d->health], LW_FATAL, id, d->next,
			       d->health == LW_DP_REFUSED ? "OIF-CMIS 5.4 Table 8-101"
			       : d->health == LW_DP_LATE  ? "OIF-CMIS 5.4 Table 8-49"
							  : "",
			       "%s: %s%s%s", id, d->reason, bus ? ": " : "",
			       bus ? m->last_error.message : "");
}

/* What the flags of the media lanes from `first` on say. */
static int explain_flags(const struct lw_dp_report *d, unsigned first, const char *id,
			 struct lw_findings *ret)
{
	char lanes[LW_LANES_TEXT];
	int r = 0;

	if (d->rx_los) {
		lane_list(d->rx_los, first, lanes);
		r = lw_findings_add(
			ret, "rx-los", LW_FATAL, id,
			"check that the far end transmits, then the fibre and its connectors",
			"OIF-CMIS 5.4 Table 8-97; SFF-8636 2.11 Table 6-5",
			"%s receives no light on media %s", id, lanes);
	} else if (d->rx_lol) {
		lane_list(d->rx_lol, first, lanes);
		r = lw_findings_add(ret, "rx-lol", LW_FATAL, id,
				    "make lane rate and modulation equal at both ends",
				    "OIF-CMIS 5.4 Table 8-97; SFF-8636 2.11 Table 6-5",
				    "%s sees light on media %s but its receiver does not lock", id,
				    lanes);
	}
	if (!r && d->latched && !(d->rx_los | d->rx_lol | d->tx_fault)) {
		lane_list(d->latched, first, lanes);
		r = lw_findings_add(ret, "flags-latched", LW_INFO, id,
				    "wait for the next look, a moment from now", "",
				    "%s: flags of media %s were set lately and have not been seen "
				    "clear since",
				    id, lanes);
	}
	if (!r && d->tx_fault) {
		lane_list(d->tx_fault, first, lanes);
		r = lw_findings_add(ret, "tx-fault", LW_FATAL, id, "replace the module",
				    "OIF-CMIS 5.4 Table 8-96; SFF-8636 2.11 Table 6-5",
				    "%s reports a transmitter failure on media %s", id, lanes);
	}
	return r;
}

static int explain_end(const struct lw_engine *e, size_t i, unsigned end, struct lw_findings *ret)
{
	const struct lw_flink *l = &e->fabric->links[i];
	const char *id = e->fabric->cages[l->cage[end]].id;
	const struct lw_module *m = &e->module[l->cage[end]];
	const struct lw_dp_report *d = lw_report_of(e, i, end);
	int r;

	if (e->cage[l->cage[end]].lent)
		return 0; /* which was said of the cage */
	/* Nothing is wanted there: no application fits, which the rules have said, or what is
	 * plugged is not admitted or cannot be served, which is said of the cage; or nobody knows.
	 */
	if (!d)
		return m->phase <= LW_MODULE_IDENTIFY ? explain_absent(e, l->cage[end], ret) : 0;
	if (d->reason) {
		r = explain_report(m, d, id, ret);
		if (r || d->health != LW_DP_UP)
			return r;
	}
	if (d->health == LW_DP_STARTING)
		return explain_wait(e, l->cage[end], ret);
	return explain_flags(d, l->media_first[end], id, ret);
}

static int explain_other(const struct lw_engine *e, size_t cage, struct lw_findings *ret)
{
	const struct lw_engine_cage *c = &e->cage[cage];
	const struct lw_cage *planned = &e->planned->cages[cage];
	const struct lw_facts *f = &e->module[cage].facts;
	char is[LW_SUMMARY_MAX], was[LW_SUMMARY_MAX] = "no module";

	if (!c->differs && !c->other)
		return 0;
	if (!c->differs)
		return lw_findings_add(
			ret, "module-other", LW_INFO, planned->id, "nothing needs to be done", "",
			"%s: %s %s is plugged where %s %s was planned; it can do the same",
			planned->id, f->vendor_name, f->vendor_pn, planned->facts->vendor_name,
			planned->facts->vendor_pn);
	if (c->unfit[0])
		return lw_findings_add(ret, "module-unfit", LW_FATAL, planned->id,
				       "plug what was planned, or change the plan and its cables",
				       "", "%s: %s %s, serial %s, is plugged, and has no links: %s",
				       planned->id, f->vendor_name, f->vendor_pn, f->vendor_sn,
				       c->unfit);
	lw_facts_summary(f, is, sizeof(is));
	if (planned->facts)
		lw_facts_summary(planned->facts, was, sizeof(was));
	return lw_findings_add(ret, "module-differs", LW_RISK, planned->id,
			       "plug what was planned, or change the plan: links are made for what "
			       "is plugged",
			       "", "%s: %s %s, serial %s, is plugged (%s); planned was %s",
			       planned->id, f->vendor_name, f->vendor_pn, f->vendor_sn, is, was);
}

/* What is to be known of a cage for one whose path there `runs`, as far as anything does. */
static int explain_cage(const struct lw_engine *e, int cage, bool runs, struct lw_findings *ret)
{
	const struct lw_engine_cage *c = &e->cage[cage];
	const struct lw_module *m = &e->module[cage];
	const char *id = e->planned->cages[cage].id;
	int r = 0;

	if (!m->bus)
		return 0;
	if (m->phase <= LW_MODULE_IDENTIFY)
		return m->last_error.code ? explain_absent(e, cage, ret) : 0;
	if (c->lent)
		r = lw_findings_add(ret, "module-lent", LW_INFO, id, "wait until it is over", "",
				    "%s: the module is left alone: %s", id, c->lent);
	if (!r && c->known)
		r = explain_other(e, (size_t)cage, ret);
	if (!r && c->swaps)
		r = lw_findings_add(ret, "module-exchanged", LW_INFO, id,
				    "nothing needs to be done", "",
				    "%s: %s, serial %s, is plugged where %s, serial %s, was before",
				    id, c->vendor_pn, c->vendor_sn, c->before_pn, c->before_sn);
	if (!r)
		r = lw_policy_explain(e, (size_t)cage, runs, ret);
	return r;
}

int lw_engine_explain_cage(const struct lw_engine *e, int cage, struct lw_findings *ret)
{
	return explain_cage(e, cage, e->module[cage].want_n > 0, ret);
}

/* Of both cages, what does not show in the state of the link. */
static int explain_cages(const struct lw_engine *e, size_t link, struct lw_findings *ret)
{
	const struct lw_flink *l = &e->fabric->links[link];
	int r = 0;

	for (unsigned end = 0; !r && end < 2; end++)
		if (e->module[l->cage[end]].phase > LW_MODULE_IDENTIFY)
			r = explain_cage(e, l->cage[end], e->link[link].want[end] >= 0, ret);
	return r;
}

static int explain_carrier(const struct lw_engine *e, size_t link, struct lw_findings *ret)
{
	const struct lw_flink *l = &e->fabric->links[link];
	size_t before = ret->n;
	int r = 0;

	for (unsigned end = 0; !r && end < 2 && ret->n == before; end++) {
		const struct lw_cage *c = &e->fabric->cages[l->cage[end]];

		if (e->link[link].want[end] < 0)
			return 0;
		if (!e->carrier(e->ctx, l->cage[end], &c->mode.port[l->port[end]]))
			r = lw_findings_add(
				ret, "no-carrier", LW_FATAL, c->id,
				"compare FEC, rate and lane order of both hosts", "",
				"the modules are up but the host at %s finds no aligned "
				"signal",
				c->id);
	}
	return r;
}

int lw_engine_explain(const struct lw_engine *e, size_t link, struct lw_findings *ret)
{
	const struct lw_flink *l = &e->fabric->links[link];
	size_t before;
	int r = 0;

	for (size_t i = 0; !r && i < l->findings.n; i++) {
		const struct lw_finding *x = &l->findings.v[i];

		r = lw_findings_add(ret, x->rule, x->severity, x->subject, x->remedy, x->ref, "%s",
				    x->text);
	}
	if (!r)
		r = explain_cages(e, link, ret);
	if (r || e->link[link].state == LW_LINK_UP)
		return r;
	if (e->link[link].testing)
		return lw_findings_add(ret, "testing", LW_INFO, l->id, "wait until it is over", "",
				       "the link is switched off, and lit for a test of its lanes");
	if (e->link[link].disabled)
		return lw_findings_add(ret, "disabled", LW_INFO, l->id, "enable the link", "",
				       "the link is switched off: its transmitters are disabled");
	before = ret->n;
	for (unsigned end = 0; !r && end < 2; end++)
		r = explain_end(e, link, end, ret);
	if (!r && ret->n == before)
		r = explain_carrier(e, link, ret);
	if (!r)
		r = lw_heal_explain(e, link, ret);
	return r;
}
