/* SPDX-License-Identifier: Apache-2.0 */
/* Metrics of links: states, ends, causes and findings. */
#include "metrics.h"

#include <math.h>
#include <string.h>

void lw_metric_states(struct lw_metrics_out *o)
{
	size_t count[3] = {0};

	for (size_t i = 0; i < o->e->fabric->link_n; i++)
		if (lw_publish_has_link(o->s, i))
			count[o->e->link[i].state]++;
	for (int k = LW_LINK_DOWN; k <= LW_LINK_UP; k++) {
		lw_metric_begin(o);
		lw_metric_label(o, "state", lw_link_state_name((enum lw_link_state)k));
		lw_metric_value(o, (double)count[k]);
	}
}

static void link_info(struct lw_metrics_out *o, const struct lw_flink *l)
{
	static const char *const names[2][3] = {{"a_device", "a_cage", "a_port"},
						{"b_device", "b_cage", "b_port"}};

	for (unsigned end = 0; end < 2; end++) {
		const struct lw_cage *c = &o->e->fabric->cages[l->cage[end]];

		lw_metric_label(o, names[end][0], c->device);
		lw_metric_label(o, names[end][1], c->name);
		lw_metric_label_number(o, names[end][2], l->port[end] + 1u);
	}
}

static double link_value(const struct lw_metrics_out *o, size_t i, enum lw_metric_id id)
{
	const struct lw_engine_link *x = &o->e->link[i];
	const struct lw_flink *l = &o->e->fabric->links[i];

	switch (id) {
	case LW_METRIC_LINK_UP:
		return x->state == LW_LINK_UP;
	case LW_METRIC_LINK_ENABLED:
		return !x->disabled;
	case LW_METRIC_LINK_SPEED_BYTES:
		return l->rate_mbps * 1e6 / 8;
	case LW_METRIC_LINK_LANES:
		return l->media_lanes;
	case LW_METRIC_LINK_FLAPS:
		return x->flaps;
	case LW_METRIC_LINK_CHANGED_TIMESTAMP_SECONDS:
		return lw_publish_unix(o->s, x->since);
	default:
		return (double)NAN;
	}
}

void lw_metric_links(struct lw_metrics_out *o, enum lw_metric_id id)
{
	const struct lw_fabric *f = o->e->fabric;

	for (size_t i = 0; i < f->link_n; i++) {
		bool set = o->metric->type == LW_TYPE_STATESET;

		if (!lw_publish_has_link(o->s, i))
			continue;
		for (int k = LW_LINK_DOWN; k <= (set ? LW_LINK_UP : LW_LINK_DOWN); k++) {
			lw_metric_begin(o);
			lw_metric_label(o, "link", f->links[i].id);
			if (set)
				lw_metric_label_state(o, lw_link_state_name((enum lw_link_state)k));
			if (o->metric->type == LW_TYPE_INFO)
				link_info(o, &f->links[i]);
			lw_metric_value(o, set ? (int)o->e->link[i].state == k
					   : o->metric->type == LW_TYPE_INFO
						   ? 1
						   : link_value(o, i, id));
		}
	}
}

void lw_metric_ends(struct lw_metrics_out *o, enum lw_metric_id id)
{
	const struct lw_fabric *f = o->e->fabric;

	for (size_t i = 0; i < f->link_n; i++)
		for (unsigned end = 0; end < 2; end++) {
			const struct lw_engine_link *x = &o->e->link[i];

			if (!lw_publish_has_cage(o->s, (size_t)f->links[i].cage[end]))
				continue;
			lw_metric_begin(o);
			lw_metric_label(o, "link", f->links[i].id);
			lw_metric_label_cage(o, (size_t)f->links[i].cage[end]);
			lw_metric_value(o, id == LW_METRIC_LINK_CARRIER ? x->carrier[end]
									: x->remedy[end].count);
		}
}

static bool named_before(const struct lw_diagnosis *d, size_t k)
{
	for (size_t i = 0; i < k; i++)
		if (d->cause[i].place == d->cause[k].place &&
		    strcmp(d->cause[i].name, d->cause[k].name) == 0)
			return true;
	return false;
}

int lw_metric_causes(struct lw_metrics_out *o, struct lw_error *reterr)
{
	const struct lw_engine *e = o->e;
	struct lw_diagnosis *d = lw_arena_alloc(o->arena, sizeof(*d));
	int r = d ? 0 : lw_fail(reterr, LW_ENOMEM, "out of memory");

	for (size_t i = 0; !r && i < e->fabric->link_n; i++) {
		if (!lw_publish_has_link(o->s, i))
			continue;
		r = lw_why(e, i, o->s->host, o->arena, d, reterr);
		for (size_t k = 0; !r && k < d->cause_n; k++) {
			if (named_before(d, k))
				continue;
			lw_metric_begin(o);
			lw_metric_label(o, "link", e->fabric->links[i].id);
			lw_metric_label(o, "cause", d->cause[k].name);
			lw_metric_label(o, "at", lw_why_place(e, d, d->cause[k].place));
			lw_metric_value(o, 1);
		}
	}
	return r;
}

#define RULES_MAX 128

struct tally {
	struct {
		const char *rule;
		enum lw_severity severity;
		size_t links, last; /* 1 + the last link that was counted */
	} rule[RULES_MAX];
	size_t n;
};

static void count(struct tally *t, const struct lw_finding *x, size_t link)
{
	size_t k = 0;

	while (k < t->n &&
	       (t->rule[k].severity != x->severity || strcmp(t->rule[k].rule, x->rule) != 0))
		k++;
	if (k == RULES_MAX)
		return;
	if (k == t->n) {
		t->n++;
		t->rule[k].rule = x->rule;
		t->rule[k].severity = x->severity;
	}
	if (t->rule[k].last != link + 1)
		t->rule[k].links++;
	t->rule[k].last = link + 1;
}

int lw_metric_findings(struct lw_metrics_out *o, struct lw_error *reterr)
{
	struct tally *t = lw_arena_alloc(o->arena, sizeof(*t));
	int r = t ? 0 : LW_ENOMEM;

	for (size_t i = 0; !r && i < o->e->fabric->link_n; i++) {
		struct lw_findings all;

		lw_findings_init(&all, o->arena);
		if (lw_publish_has_link(o->s, i))
			r = lw_engine_explain(o->e, i, &all);
		for (size_t k = 0; !r && k < all.n; k++)
			count(t, &all.v[k], i);
	}
	if (r)
		return lw_fail(reterr, r, "out of memory");
	for (size_t k = 0; k < t->n; k++) {
		lw_metric_begin(o);
		lw_metric_label(o, "rule", t->rule[k].rule);
		lw_metric_label(o, "severity", lw_severity_name(t->rule[k].severity));
		lw_metric_value(o, (double)t->rule[k].links);
	}
	return 0;
}
