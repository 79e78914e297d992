/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LW_METRICS_H
#define LW_METRICS_H

#include "metric-ids.h"
#include "publish-internal.h"

enum lw_metric_type { LW_TYPE_GAUGE, LW_TYPE_COUNTER, LW_TYPE_INFO, LW_TYPE_STATESET };

/* What a metric has one sample of. */
enum lw_metric_of {
	LW_OF_ENGINE,
	LW_OF_STATES,
	LW_OF_LINK,
	LW_OF_END, /* of a link */
	LW_OF_CAUSE,
	LW_OF_FINDING,
	LW_OF_CAGE, /* with a bus */
	LW_OF_LIMIT,
	LW_OF_LANE, /* media lane */
	LW_OF_HOST_LANE,
	LW_OF_SENDER,
};

/* A metric family, without the prefix of all and the suffix of its samples. */
struct lw_metric {
	const char *name;
	enum lw_metric_type type;
	enum lw_metric_of of;
	const char *unit, *help;
};

/* Made from data/metrics.csv by gen/metrics.py. */
extern const struct lw_metric lw_metrics[LW_METRIC_N];

/* The text being written. */
struct lw_metrics_out {
	const struct lw_publish_source *s;
	const struct lw_engine *e;
	struct lw_buf *b;
	bool plain; /* text format 0.0.4 */
	const struct lw_metric *metric;
	bool headed;  /* the metric's own lines are written */
	bool labeled; /* the sample has a label */
	struct lw_arena *arena;
};

/* A sample of the metric, its labels, its value: in this order. */
void lw_metric_begin(struct lw_metrics_out *o);
void lw_metric_label(struct lw_metrics_out *o, const char *name, const char *value);
void lw_metric_label_number(struct lw_metrics_out *o, const char *name, unsigned value);
void lw_metric_label_cage(struct lw_metrics_out *o, size_t cage);
void lw_metric_label_state(struct lw_metrics_out *o, const char *state);
void lw_metric_value(struct lw_metrics_out *o, double v);

/* metrics-link.c: every sample of the metric */
void lw_metric_states(struct lw_metrics_out *o);
void lw_metric_links(struct lw_metrics_out *o, enum lw_metric_id id);
void lw_metric_ends(struct lw_metrics_out *o, enum lw_metric_id id);
int lw_metric_causes(struct lw_metrics_out *o, struct lw_error *reterr);
int lw_metric_findings(struct lw_metrics_out *o, struct lw_error *reterr);
/* metrics-cage.c */
void lw_metric_cages(struct lw_metrics_out *o, enum lw_metric_id id);

#endif
