/* SPDX-License-Identifier: Apache-2.0 */
/*
 * OpenMetrics 1.0: all samples of a metric stand together, so each metric walks over what it has
 * samples of. Labels come from the fabric alone but for infos, so that modules that come and go
 * make no new series.
 */
#include "metrics.h"

#include "publish-internal.h"

#include <math.h>
#include <stdio.h>

static const char *suffix(const struct lw_metric *m)
{
	return m->type == LW_TYPE_COUNTER ? "_total" : m->type == LW_TYPE_INFO ? "_info" : "";
}

static void head(struct lw_metrics_out *o)
{
	static const char *const types[] = {"gauge", "counter", "info", "stateset"};
	const struct lw_metric *m = o->metric;
	const char *end = o->plain ? suffix(m) : "", *type = types[m->type];

	o->headed = true;
	/* the older format knows neither infos nor sets of states, and names its samples */
	if (o->plain && m->type != LW_TYPE_COUNTER)
		type = "gauge";
	lw_buf_printf(o->b, "# HELP lanewise_%s%s %s\n", m->name, end, m->help);
	lw_buf_printf(o->b, "# TYPE lanewise_%s%s %s\n", m->name, end, type);
	if (m->unit[0] && !o->plain)
		lw_buf_printf(o->b, "# UNIT lanewise_%s %s\n", m->name, m->unit);
}

void lw_metric_begin(struct lw_metrics_out *o)
{
	if (!o->headed)
		head(o);
	lw_buf_printf(o->b, "lanewise_%s%s", o->metric->name, suffix(o->metric));
	o->labeled = false;
}

/* A label whose value may hold anything. */
void lw_metric_label(struct lw_metrics_out *o, const char *name, const char *value)
{
	lw_buf_printf(o->b, "%c%s=\"", o->labeled ? ',' : '{', name);
	lw_publish_escape(o->b, value, "\\\"");
	lw_buf_putc(o->b, '"');
	o->labeled = true;
}

void lw_metric_label_number(struct lw_metrics_out *o, const char *name, unsigned value)
{
	lw_buf_printf(o->b, "%c%s=\"%u\"", o->labeled ? ',' : '{', name, value);
	o->labeled = true;
}

void lw_metric_value(struct lw_metrics_out *o, double v)
{
	/* registers have 16 bits: ten digits tell all of a reading, and of a time in seconds */
	lw_buf_printf(o->b, o->labeled ? "} %.*g\n" : " %.*g\n",
		      fabs(v) < 1e9 && v != floor(v) ? 10 : 17, v);
}

void lw_metric_label_cage(struct lw_metrics_out *o, size_t cage)
{
	const struct lw_cage *c = &o->e->fabric->cages[cage];

	lw_metric_label(o, "device", c->device);
	lw_metric_label(o, "cage", c->name);
}

void lw_metric_label_state(struct lw_metrics_out *o, const char *state)
{
	char name[64];

	snprintf(name, sizeof(name), "lanewise_%s", o->metric->name);
	lw_metric_label(o, name, state);
}

static void engine_sample(struct lw_metrics_out *o, enum lw_metric_id id)
{
	if (id == LW_METRIC_BUILD) {
		if (!o->s->version)
			return;
		lw_metric_begin(o);
		lw_metric_label(o, "version", o->s->version);
		lw_metric_value(o, 1);
	} else {
		lw_metric_begin(o);
		lw_metric_value(o, lw_publish_unix(o->s, o->e->started));
	}
}

static void sender_samples(struct lw_metrics_out *o, enum lw_metric_id id)
{
	for (size_t i = 0; i < o->s->sender_n; i++) {
		const struct lw_publish_sender *x = &o->s->senders[i];
		uint64_t v = id == LW_METRIC_SENDER_UP            ? x->up
			     : id == LW_METRIC_SENDER_CONNECTIONS ? x->connections
			     : id == LW_METRIC_SENDER_MESSAGES    ? x->messages
								  : x->lost;

		lw_metric_begin(o);
		lw_metric_label(o, "sender", x->name);
		lw_metric_value(o, (double)v);
	}
}

static int samples(struct lw_metrics_out *o, enum lw_metric_id id, struct lw_error *reterr)
{
	switch (o->metric->of) {
	case LW_OF_ENGINE:
		engine_sample(o, id);
		return 0;
	case LW_OF_STATES:
		lw_metric_states(o);
		return 0;
	case LW_OF_LINK:
		lw_metric_links(o, id);
		return 0;
	case LW_OF_END:
		lw_metric_ends(o, id);
		return 0;
	case LW_OF_CAUSE:
		return lw_metric_causes(o, reterr);
	case LW_OF_FINDING:
		return lw_metric_findings(o, reterr);
	case LW_OF_SENDER:
		sender_samples(o, id);
		return 0;
	default:
		lw_metric_cages(o, id);
		return 0;
	}
}

static int publish(const struct lw_publish_source *s, bool plain, struct lw_buf *ret,
		   struct lw_error *reterr)
{
	struct lw_arena arena;
	struct lw_metrics_out o = {
		.s = s, .e = s->engine, .b = ret, .plain = plain, .arena = &arena};
	int r = 0;

	lw_arena_init(&arena, 0);
	for (int id = 0; !r && id < LW_METRIC_N; id++) {
		o.metric = &lw_metrics[id];
		o.headed = false;
		r = samples(&o, (enum lw_metric_id)id, reterr);
	}
	if (!plain)
		lw_buf_puts(ret, "# EOF\n");
	lw_arena_finish(&arena);
	return r;
}

int lw_publish_openmetrics(const struct lw_publish_source *s, struct lw_publish_memory *m,
			   struct lw_buf *ret, struct lw_error *reterr)
{
	(void)m;
	return publish(s, false, ret, reterr);
}

int lw_publish_prometheus(const struct lw_publish_source *s, struct lw_publish_memory *m,
			  struct lw_buf *ret, struct lw_error *reterr)
{
	(void)m;
	return publish(s, true, ret, reterr);
}
