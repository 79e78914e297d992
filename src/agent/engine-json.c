/* SPDX-License-Identifier: Apache-2.0 */
#include <lanewise/engine.h>

static void seconds(struct lw_json *j, const char *key, struct lw_mono t, struct lw_mono start)
{
	lw_json_key(j, key);
	if (lw_mono_before(t, LW_NEVER))
		lw_json_number(j, (double)(t.ns - start.ns) / 1e9);
	else
		lw_json_null(j);
}

static void end_json(const struct lw_engine *e, size_t i, unsigned end, struct lw_json *j)
{
	const struct lw_flink *l = &e->fabric->links[i];
	const struct lw_cage *c = &e->fabric->cages[l->cage[end]];
	const struct lw_lport *p = &c->mode.port[l->port[end]];
	const struct lw_dp_report *d = NULL;

	if (e->link[i].want[end] >= 0)
		d = &e->module[l->cage[end]].report[e->link[i].want[end]];
	lw_json_begin_object(j);
	lw_json_put_string(j, "cage", c->id);
	lw_json_put_int(j, "first_lane", p->first + 1);
	lw_json_put_int(j, "lanes", p->lanes);
	lw_json_key(j, "dp_state");
	if (d && d->dp_state)
		lw_json_string(j, lw_code_name(LW_CODES_DP_STATE, d->dp_state));
	else
		lw_json_null(j);
	lw_json_put_string(j, "reason", d ? d->reason : "no application of the module fits");
	lw_json_end_object(j);
}

int lw_engine_link_json(const struct lw_engine *e, size_t i, struct lw_arena *arena,
			struct lw_json *j)
{
	const struct lw_flink *l = &e->fabric->links[i];
	const struct lw_engine_link *x = &e->link[i];
	struct lw_findings why;
	int r;

	lw_findings_init(&why, arena);
	r = lw_engine_explain(e, i, &why);
	if (r)
		return r;
	lw_json_begin_object(j);
	lw_json_put_string(j, "id", l->id);
	lw_json_put_int(j, "rate_mbps", l->rate_mbps);
	lw_json_put_string(j, "state", lw_link_state_name(x->state));
	lw_json_put_string(j, "verdict", lw_verdict_name(l->verdict));
	seconds(j, "up_after_s", x->state == LW_LINK_UP ? x->up_at : LW_NEVER, e->started);
	lw_json_put_int(j, "flaps", x->flaps);
	lw_json_put_bool(j, "wanted", !x->disabled);
	lw_json_put_int(j, "intent", (int64_t)x->wanted);
	lw_json_put_int(j, "carried_out", (int64_t)x->done);
	lw_json_key(j, "lanes");
	lw_json_begin_array(j);
	for (unsigned k = 0; k < l->media_lanes; k++) {
		struct lw_flane lane;

		lw_flink_lane(e->fabric, l, k, &lane);
		lw_json_begin_object(j);
		lw_json_put_int(j, "lane", k + 1);
		lw_json_put_int(j, "a_host_lane", lane.host[0] + 1);
		lw_json_put_int(j, "a_media_lane", lane.media[0] + 1);
		lw_json_put_int(j, "b_media_lane", lane.media[1] + 1);
		lw_json_put_int(j, "b_host_lane", lane.host[1] + 1);
		lw_json_end_object(j);
	}
	lw_json_end_array(j);
	lw_json_key(j, "ends");
	lw_json_begin_array(j);
	end_json(e, i, 0, j);
	end_json(e, i, 1, j);
	lw_json_end_array(j);
	lw_json_key(j, "findings");
	lw_findings_json(&why, j);
	lw_json_end_object(j);
	return 0;
}

static void module_json(const struct lw_engine *e, size_t i, struct lw_json *j)
{
	const struct lw_module *m = &e->module[i];
	const struct lw_bus_stats *s = &m->bus->stats;

	lw_json_begin_object(j);
	lw_json_put_string(j, "id", e->fabric->cages[i].id);
	lw_json_put_int(j, "reads", (int64_t)s->reads);
	lw_json_put_int(j, "writes", (int64_t)s->writes);
	lw_json_put_int(j, "polls", (int64_t)s->polls);
	lw_json_put_int(j, "bytes", (int64_t)(s->read_bytes + s->write_bytes));
	lw_json_end_object(j);
}

int lw_engine_json(const struct lw_engine *e, struct lw_json *j)
{
	size_t count[3] = {0};
	int r;

	lw_json_begin_object(j);
	lw_json_key(j, "links");
	lw_json_begin_array(j);
	for (size_t i = 0; i < e->fabric->link_n; i++) {
		r = lw_engine_link_json(e, i, e->arena, j);
		if (r)
			return r;
		count[e->link[i].state]++;
	}
	lw_json_end_array(j);
	lw_json_key(j, "modules");
	lw_json_begin_array(j);
	for (size_t i = 0; i < e->fabric->cage_n; i++)
		if (e->module[i].bus)
			module_json(e, i, j);
	lw_json_end_array(j);
	lw_json_key(j, "summary");
	lw_json_begin_object(j);
	lw_json_put_string(j, "fabric", e->fabric->name);
	lw_json_put_int(j, "links", (int64_t)e->fabric->link_n);
	lw_json_put_int(j, "up", (int64_t)count[LW_LINK_UP]);
	lw_json_put_int(j, "starting", (int64_t)count[LW_LINK_STARTING]);
	lw_json_put_int(j, "down", (int64_t)count[LW_LINK_DOWN]);
	lw_json_end_object(j);
	lw_json_end_object(j);
	return 0;
}
