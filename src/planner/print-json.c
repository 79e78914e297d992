/* SPDX-License-Identifier: Apache-2.0 */
#include "planner-internal.h"

static void side_json(const struct lw_plan_side *s, const char *key, struct lw_json *j)
{
	lw_json_key(j, key);
	if (!s->group || !s->ports) {
		lw_json_null(j);
		return;
	}
	lw_json_begin_object(j);
	lw_json_put_string(j, "form", s->group->form->name);
	lw_json_put_string(j, "mode", s->mode_text);
	lw_json_put_int(j, "cages", (s->ports + s->mode.n - 1u) / s->mode.n);
	lw_json_put_int(j, "ports", s->ports);
	lw_json_put_int(j, "rate_mbps", s->rate_mbps);
	lw_json_end_object(j);
}

static void tiers_json(const struct lw_planner *p, struct lw_json *j)
{
	lw_json_key(j, "tiers");
	lw_json_begin_array(j);
	for (unsigned k = 0; k < p->tier_n; k++) {
		const struct lw_plan_tier *t = &p->tier[k];

		lw_json_begin_object(j);
		lw_json_put_string(j, "tier", lw_tier_name(k));
		lw_json_put_string(j, "platform", t->model ? t->model->name : NULL);
		lw_json_put_int(j, "planes", t->planes);
		lw_json_put_int(j, "count", (int64_t)t->planes * t->now);
		lw_json_put_int(j, "grown", (int64_t)t->planes * t->per_plane);
		side_json(&t->down, "down", j);
		side_json(&t->up, "up", j);
		lw_json_end_object(j);
	}
	lw_json_end_array(j);
}

static void joints_json(const struct lw_planner *p, struct lw_json *j)
{
	lw_json_key(j, "joints");
	lw_json_begin_array(j);
	for (unsigned k = 0; k < p->joint_n; k++) {
		const struct lw_plan_joint *x = &p->joint[k];

		lw_json_begin_object(j);
		lw_json_put_string(j, "low", lw_tier_name(x->low));
		lw_json_put_string(j, "high", lw_tier_name(x->low + 1));
		lw_json_put_int(j, "rate_mbps", x->rate_mbps);
		lw_json_put_int(j, "parallel", x->parallel);
		lw_json_put_int(j, "links", (int64_t)x->link_n);
		lw_json_put_int(j, "up", (int64_t)x->verdict_n[LW_UP]);
		lw_json_put_int(j, "at_risk", (int64_t)x->verdict_n[LW_AT_RISK]);
		lw_json_put_int(j, "down", (int64_t)x->verdict_n[LW_DOWN]);
		lw_json_put_int(j, "without_medium", (int64_t)x->lost_n);
		lw_json_put_number(j, "longest_m", x->longest_m);
		lw_json_end_object(j);
	}
	lw_json_end_array(j);
}

static void classes_json(const struct lw_planner *p, struct lw_json *j)
{
	static const char *const shapes[] = {"whole", "split", "pair", "fan", "shuffle"};

	lw_json_key(j, "classes");
	lw_json_begin_array(j);
	for (size_t i = 0; i < p->class_n; i++) {
		const struct lw_plan_class *c = &p->classes[i];
		const struct lw_plan_medium *m = &p->media[c->medium];

		if (!c->cable_n)
			continue;
		lw_json_begin_object(j);
		lw_json_put_int(j, "joint", m->joint);
		lw_json_put_string(j, "shape", shapes[m->shape]);
		lw_json_put_string(j, "medium", lw_media_kind_name(m->kind));
		lw_json_put_string(j, "a", m->part[m->head]->name);
		lw_json_put_string(j, "b", m->part[!m->head]->name);
		lw_json_put_string(j, "part", m->cable ? m->cable->name : m->cord->name);
		lw_json_put_string(j, "fibre", m->cable ? NULL : lw_grade_name(m->grade));
		lw_json_put_number(j, "length_m", c->length_m);
		lw_json_put_int(j, "cables", (int64_t)c->cable_n);
		lw_json_put_int(j, "links", (int64_t)c->count);
		lw_json_put_int(j, "lanes", c->lanes);
		lw_json_put_string(j, "verdict", lw_verdict_name(lw_plan_class_verdict(c)));
		lw_json_put_number(j, "loss_db", c->budget.loss_db);
		lw_json_put_number(j, "margin_db", c->budget.margin_db);
		lw_json_key(j, "findings");
		lw_findings_json(&c->findings, j);
		lw_json_end_object(j);
	}
	lw_json_end_array(j);
}

static void bill_json(const struct lw_planner *p, struct lw_json *j)
{
	lw_json_key(j, "bill");
	lw_json_begin_array(j);
	for (size_t i = 0; i < p->item_n; i++) {
		const struct lw_plan_item *x = &p->items[i];

		lw_json_begin_object(j);
		lw_json_put_string(j, "kind", x->kind);
		lw_json_put_string(j, "name", x->name);
		lw_json_key(j, "length_m");
		if (x->length_m > 0)
			lw_json_number(j, x->length_m);
		else
			lw_json_null(j);
		lw_json_put_int(j, "count", (int64_t)x->count);
		lw_json_put_int(j, "spares", (int64_t)x->spares);
		lw_json_put_number(j, "usd_low", x->usd_low);
		lw_json_put_number(j, "usd", x->usd);
		lw_json_put_number(j, "usd_high", x->usd_high);
		lw_json_put_number(j, "power_w", x->power_w);
		lw_json_put_string(j, "confident", x->confidence);
		lw_json_put_string(j, "source", x->ref);
		lw_json_end_object(j);
	}
	lw_json_end_array(j);
}

static void alternatives_json(const struct lw_planner *p, struct lw_json *j)
{
	lw_json_key(j, "alternatives");
	lw_json_begin_array(j);
	for (size_t i = 0; i < p->alternative_n; i++) {
		const struct lw_plan_alternative *x = &p->alternatives[i];

		lw_json_begin_object(j);
		lw_json_put_int(j, "joint", x->joint);
		lw_json_put_string(j, "name", x->name);
		lw_json_put_bool(j, "chosen", x->chosen);
		lw_json_put_bool(j, "at_risk", x->at_risk);
		lw_json_put_number(j, "covers", x->covers);
		lw_json_put_number(j, "usd", x->usd);
		lw_json_put_number(j, "usd_gbps", x->usd_gbps);
		lw_json_put_number(j, "power_w", x->power_w);
		lw_json_put_string(j, "confident", x->confidence);
		lw_json_end_object(j);
	}
	lw_json_end_array(j);
}

static void racks_json(const struct lw_planner *p, struct lw_json *j)
{
	const struct lw_room *r = &p->intent->room;

	lw_json_key(j, "racks");
	lw_json_begin_array(j);
	for (size_t i = 0; i < p->rack_n && p->racks; i++) {
		const struct lw_plan_rack *x = &p->racks[i];

		if (!x->servers && !x->switches)
			continue;
		lw_json_begin_object(j);
		lw_json_put_int(j, "row", (int64_t)(i / r->racks + 1));
		lw_json_put_int(j, "rack", (int64_t)(i % r->racks + 1));
		lw_json_put_int(j, "servers", x->servers);
		lw_json_put_int(j, "switches", x->switches);
		lw_json_put_int(j, "units", x->units);
		lw_json_put_number(j, "power_w", x->power_w);
		lw_json_end_object(j);
	}
	lw_json_end_array(j);
}

static void sizes_json(const struct lw_planner *p, struct lw_json *j)
{
	const struct lw_plan_sizes *z = &p->size;
	const struct lw_intent *x = p->intent;

	lw_json_key(j, "sizes");
	lw_json_begin_object(j);
	lw_json_put_int(j, "servers", x->servers);
	lw_json_put_int(j, "gpus", (int64_t)x->servers * x->gpus);
	lw_json_put_int(j, "grown_servers", p->ceiling);
	lw_json_put_int(j, "planes", x->planes);
	lw_json_put_int(j, "rails", x->rails);
	lw_json_put_int(j, "server_leaf_ports", z->server_leaf_ports);
	lw_json_put_int(j, "group_servers", z->group_servers);
	lw_json_put_int(j, "groups", z->groups);
	lw_json_put_int(j, "leaf_uplinks", z->leaf_uplinks);
	lw_json_put_int(j, "spines", z->spines);
	lw_json_put_int(j, "leaf_parallel", z->leaf_parallel);
	lw_json_put_int(j, "pods", z->pods);
	lw_json_put_int(j, "pod_leaves", z->pod_leaves);
	lw_json_put_int(j, "spine_uplinks", z->spine_uplinks);
	lw_json_put_int(j, "cores_per_spine", z->cores_per_spine);
	lw_json_put_int(j, "spine_parallel", z->spine_parallel);
	lw_json_end_object(j);
}

static void migration_json(const struct lw_migration *m, struct lw_json *j)
{
	lw_json_key(j, "migration");
	if (!m) {
		lw_json_null(j);
		return;
	}
	lw_json_begin_object(j);
	lw_json_put_string(j, "from", m->from);
	lw_json_put_int(j, "kept_links", (int64_t)m->kept_links);
	lw_json_put_int(j, "new_links", (int64_t)m->new_links);
	lw_json_put_int(j, "old_links", (int64_t)m->old_links);
	lw_json_key(j, "steps");
	lw_json_begin_array(j);
	for (size_t i = 0; i < m->step_n; i++)
		lw_json_string(j, m->steps[i]);
	lw_json_end_array(j);
	lw_json_end_object(j);
}

void lw_planner_json(const struct lw_planner *p, const struct lw_migration *m, struct lw_json *j)
{
	uint64_t v[3] = {0};

	for (unsigned k = 0; k < p->joint_n; k++)
		for (unsigned i = 0; i < 3; i++)
			v[i] += p->joint[k].verdict_n[i];
	lw_json_begin_object(j);
	lw_json_put_string(j, "intent", p->intent->name);
	sizes_json(p, j);
	tiers_json(p, j);
	joints_json(p, j);
	classes_json(p, j);
	bill_json(p, j);
	alternatives_json(p, j);
	racks_json(p, j);
	migration_json(m, j);
	lw_json_key(j, "findings");
	lw_findings_json(&p->findings, j);
	lw_json_key(j, "summary");
	lw_json_begin_object(j);
	lw_json_put_int(j, "links", (int64_t)p->link_n);
	lw_json_put_int(j, "cables", (int64_t)p->cable_n);
	lw_json_put_int(j, "lanes", (int64_t)p->lane_n);
	lw_json_put_int(j, "up", (int64_t)v[LW_UP]);
	lw_json_put_int(j, "at_risk", (int64_t)v[LW_AT_RISK]);
	lw_json_put_int(j, "down", (int64_t)v[LW_DOWN]);
	lw_json_put_number(j, "usd_low", p->usd_low);
	lw_json_put_number(j, "usd", p->usd);
	lw_json_put_number(j, "usd_high", p->usd_high);
	lw_json_put_number(j, "power_w", p->power_w);
	lw_json_put_number(j, "server_power_w", p->server_power_w);
	lw_json_end_object(j);
	lw_json_end_object(j);
}
