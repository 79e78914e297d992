/* SPDX-License-Identifier: Apache-2.0 */
#include <lanewise/fabric.h>
#include <math.h>

/* The data have no more than a few digits: three decimals are enough. */
static double millis(double v)
{
	return isfinite(v) ? round(v * 1000) / 1000 : v;
}

/* The first host lane of the link's port at end `e` that media lane `media` carries. */
static uint8_t host_lane(const struct lw_fabric *f, const struct lw_flink *l, int e, unsigned media)
{
	const struct lw_cage *c = &f->cages[l->cage[e]];
	const struct lw_lport *port = &c->mode.port[l->port[e]];
	const struct lw_ability *a = l->chosen[e] >= 0 ? &c->abilities[l->chosen[e]] : NULL;
	int first = a ? lw_ability_media_first(a, port->first) : -1;
	unsigned k;

	if (f->cables[l->cable].part)
		return (uint8_t)media;
	/* no ability serves the port: its lanes are counted from the first one joined */
	k = first >= 0 && media >= (unsigned)first ? media - (unsigned)first
						   : media - l->media_first[e];
	if (a && a->media_lanes)
		k = k * a->host_lanes / a->media_lanes;
	if (k >= port->lanes)
		k = port->lanes - 1u;
	return (uint8_t)(port->first + k);
}

void lw_flink_lane(const struct lw_fabric *f, const struct lw_flink *l, unsigned i,
		   struct lw_flane *ret)
{
	for (int e = 0; e < 2; e++) {
		ret->media[e] = l->media_lane[e][i];
		ret->host[e] = host_lane(f, l, e, ret->media[e]);
	}
}

static void lanes(const struct lw_fabric *f, const struct lw_flink *l, struct lw_json *j)
{
	lw_json_key(j, "lanes");
	lw_json_begin_array(j);
	for (unsigned i = 0; i < l->media_lanes; i++) {
		struct lw_flane x;

		lw_flink_lane(f, l, i, &x);
		lw_json_begin_object(j);
		lw_json_put_int(j, "lane", i + 1);
		lw_json_put_int(j, "a_host_lane", x.host[0] + 1);
		lw_json_put_int(j, "a_media_lane", x.media[0] + 1);
		lw_json_put_int(j, "b_media_lane", x.media[1] + 1);
		lw_json_put_int(j, "b_host_lane", x.host[1] + 1);
		lw_json_end_object(j);
	}
	lw_json_end_array(j);
}

static void link(const struct lw_fabric *f, const struct lw_flink *l, struct lw_json *j)
{
	lw_json_begin_object(j);
	lw_json_put_string(j, "id", l->id);
	lw_json_put_string(j, "cable", f->cables[l->cable].id);
	lw_json_put_int(j, "rate_mbps", l->rate_mbps);
	lw_json_put_string(j, "verdict", lw_verdict_name(l->verdict));
	lw_json_key(j, "findings");
	lw_findings_json(&l->findings, j);
	lw_json_key(j, "budget");
	lw_json_begin_object(j);
	lw_json_put_number(j, "loss_db", millis(l->budget.loss_db));
	lw_json_put_number(j, "limit_db", millis(l->budget.limit_db));
	lw_json_put_number(j, "margin_db", millis(l->budget.margin_db));
	lw_json_put_number(j, "likely_db", millis(l->budget.likely_db));
	lw_json_end_object(j);
	lanes(f, l, j);
	lw_json_end_object(j);
}

void lw_fabric_check_json(const struct lw_fabric *f, struct lw_json *j)
{
	size_t count[3] = {0};

	lw_json_begin_object(j);
	lw_json_put_string(j, "fabric", f->name);
	lw_json_key(j, "links");
	lw_json_begin_array(j);
	for (size_t i = 0; i < f->link_n; i++) {
		count[f->links[i].verdict]++;
		link(f, &f->links[i], j);
	}
	lw_json_end_array(j);
	lw_json_key(j, "findings");
	lw_findings_json(&f->findings, j);
	lw_json_key(j, "summary");
	lw_json_begin_object(j);
	lw_json_put_int(j, "links", (int64_t)f->link_n);
	lw_json_put_int(j, "up", (int64_t)count[LW_UP]);
	lw_json_put_int(j, "at_risk", (int64_t)count[LW_AT_RISK]);
	lw_json_put_int(j, "down", (int64_t)count[LW_DOWN]);
	lw_json_end_object(j);
	lw_json_end_object(j);
}
