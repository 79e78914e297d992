/* SPDX-License-Identifier: Apache-2.0 */
#include <lanewise/engine.h>
#include <stdio.h>

/* Why a link is not up, from what its ends report now: the live half of its findings. */

/* "lane 2" or "lanes 1-4,7" */
static void lane_list(uint8_t lanes, unsigned first, char *ret, size_t size)
{
	size_t n = (size_t)snprintf(ret, size, lanes & (lanes - 1) ? "lanes " : "lane ");
	const char *sep = "";

	for (unsigned i = 0; i < 8 && n < size; i++) {
		unsigned k = i;

		if (!(lanes >> i & 1))
			continue;
		while (k + 1 < 8 && lanes >> (k + 1) & 1)
			k++;
		n += (size_t)snprintf(ret + n, size - n, k > i ? "%s%u-%u" : "%s%u", sep,
				      first + i + 1, first + k + 1);
		sep = ",";
		i = k;
	}
}

static int explain_end(const struct lw_engine *e, size_t i, unsigned end, struct lw_findings *ret)
{
	const struct lw_flink *l = &e->fabric->links[i];
	const struct lw_cage *c = &e->fabric->cages[l->cage[end]];
	const struct lw_module *m = &e->module[l->cage[end]];
	int want = e->link[i].want[end];
	const struct lw_dp_report *d;
	char lanes[32];
	int r = 0;

	if (want < 0)
		return 0; /* no application fits: `check` has said why */
	d = &m->report[want];
	if (d->reason) {
		static const char *const rules[] = {
			[LW_DP_STARTING] = "data-path",      [LW_DP_UP] = "data-path",
			[LW_DP_REFUSED] = "config-rejected", [LW_DP_LATE] = "late",
			[LW_DP_GONE] = "module-absent",
		};
		bool bus = d->health == LW_DP_GONE && m->last_error.code;

		r = lw_findings_add(ret, rules[d->health], LW_FATAL, c->id, d->next,
				    d->health == LW_DP_REFUSED ? "OIF-CMIS 5.4 Table 8-101"
				    : d->health == LW_DP_LATE  ? "OIF-CMIS 5.4 Table 8-49"
							       : "",
				    "%s: %s%s%s", c->id, d->reason, bus ? ": " : "",
				    bus ? m->last_error.message : "");
		if (r || d->health != LW_DP_UP)
			return r;
	}
	if (d->rx_los) {
		lane_list(d->rx_los, l->media_first[end], lanes, sizeof(lanes));
		r = lw_findings_add(
			ret, "rx-los", LW_FATAL, c->id,
			"check that the far end transmits, then the fibre and its connectors",
			"OIF-CMIS 5.4 Table 8-97; SFF-8636 2.11 Table 6-5",
			"%s receives no light on media %s", c->id, lanes);
	} else if (d->rx_lol) {
		lane_list(d->rx_lol, l->media_first[end], lanes, sizeof(lanes));
		r = lw_findings_add(ret, "rx-lol", LW_FATAL, c->id,
				    "make lane rate and modulation equal at both ends",
				    "OIF-CMIS 5.4 Table 8-97; SFF-8636 2.11 Table 6-5",
				    "%s sees light on media %s but its receiver does not lock",
				    c->id, lanes);
	}
	if (!r && d->tx_fault) {
		lane_list(d->tx_fault, l->media_first[end], lanes, sizeof(lanes));
		r = lw_findings_add(ret, "tx-fault", LW_FATAL, c->id, "replace the module",
				    "OIF-CMIS 5.4 Table 8-96; SFF-8636 2.11 Table 6-5",
				    "%s reports a transmitter failure on media %s", c->id, lanes);
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
	if (r || e->link[link].state == LW_LINK_UP)
		return r;
	before = ret->n;
	for (unsigned end = 0; !r && end < 2; end++)
		r = explain_end(e, link, end, ret);
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
