/* SPDX-License-Identifier: Apache-2.0 */
#include "question.h"

#include "doc.h"

#include <lanewise/publish.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#define HOUR_MS   3600000
#define HOURS_MAX (24 * 366)

/* A question: what would a mode do? */
static int preview(struct lwd_plant *p, const struct lwd_ask *ask, struct lw_buf *body,
		   struct lw_error *reterr)
{
	struct lw_engine_preview v;
	struct lw_arena arena;
	int cage, r = lwd_find_cage(p, ask->target, &cage, reterr);

	if (r)
		return r;
	lw_arena_init(&arena, 0);
	r = lw_engine_preview(&p->stage.engine, cage, ask->argument, &arena, &v, reterr);
	if (!r)
		r = lwd_doc_preview(&p->stage.engine, (size_t)cage, ask->argument, &v, body);
	lw_arena_finish(&arena);
	return r;
}

/* A question: what the publisher of that name says of all. */
static int publish(struct lwd_plant *p, const struct lwd_ask *ask, struct lw_buf *body,
		   struct lw_error *reterr)
{
	struct lw_publish_source s = {.engine = &p->stage.engine,
				      .host = &p->host,
				      .device = *ask->argument ? ask->argument : p->config->device,
				      .unix_ns = p->wall_ms * 1000000,
				      .version = LW_VERSION,
				      .senders = p->sender,
				      .sender_n = p->sender_n};
	const struct lw_publisher *by = lw_publisher_find(ask->target);

	return by ? lw_publish(by, &s, NULL, body, reterr)
		  : lw_fail(reterr, LW_ENOENT, "there is no publisher \"%.40s\"", ask->target);
}

/* A question: does what is sent arrive? */
static int senders(struct lwd_plant *p, const struct lwd_ask *ask, struct lw_buf *body,
		   struct lw_error *reterr)
{
	struct lw_json j;

	(void)ask;
	(void)reterr;
	lw_json_init(&j, body);
	lw_json_begin_array(&j);
	for (size_t i = 0; i < p->sender_n; i++) {
		const struct lw_publish_sender *x = &p->sender[i];

		lw_json_begin_object(&j);
		lw_json_put_string(&j, "name", x->name);
		lw_json_put_string(&j, "to", x->to);
		lw_json_put_bool(&j, "up", x->up);
		lw_json_put_string(&j, "error", x->error[0] ? x->error : NULL);
		lw_json_put_int(&j, "connections", (int64_t)x->connections);
		lw_json_put_int(&j, "messages", (int64_t)x->messages);
		lw_json_put_int(&j, "lost", (int64_t)x->lost);
		lw_json_end_object(&j);
	}
	lw_json_end_array(&j);
	return 0;
}

static void points_json(const struct lw_history_point *v, size_t n, struct lw_json *j)
{
	lw_json_key(j, "points");
	lw_json_begin_array(j);
	for (size_t i = 0; i < n; i++) {
		lw_json_begin_array(j);
		lw_json_int(j, v[i].t_ms);
		lw_json_real(j, v[i].min);
		lw_json_real(j, v[i].mean);
		lw_json_real(j, v[i].max);
		lw_json_end_array(j);
	}
	lw_json_end_array(j);
}

static void trend_json(const struct lw_history_trend *t, struct lw_json *j)
{
	lw_json_key(j, "trend");
	lw_json_begin_object(j);
	lw_json_put_string(j, "verdict", lw_trend_verdict_name(t->verdict));
	lw_json_put_int(j, "hours", t->hours);
	lw_json_put_real(j, "per_day", t->verdict == LW_TREND_UNKNOWN ? NAN : t->per_day);
	lw_json_put_string(j, "limit_name", t->limit_name);
	lw_json_put_real(j, "limit", t->limit_name ? t->limit : NAN);
	lw_json_put_real(j, "days", t->limit_name ? t->days : NAN);
	lw_json_put_real(j, "days_low", t->limit_name ? t->days_low : NAN);
	lw_json_put_real(j, "days_high", t->limit_name ? t->days_high : NAN);
	lw_json_end_object(j);
}

/* What one lane measured, and where that goes; the argument is "QUANTITY LANE HOURS". */
static int history(struct lwd_plant *p, const struct lwd_ask *ask, struct lw_buf *body,
		   struct lw_error *reterr)
{
	struct lw_history_key key = {.lane = -1};
	const struct lw_history_point *v = NULL;
	struct lw_history_trend trend = {0};
	int64_t now = p->wall_ms + p->now.ns / 1000000;
	char quantity[41];
	struct lw_arena arena;
	struct lw_json j;
	int cage, lane, hours, r = lwd_find_cage(p, ask->target, &cage, reterr);
	size_t n = 0;

	if (r)
		return r;
	if (!p->history)
		return lw_fail(reterr, LW_ENOTSUP, "no history is kept (history: FILE)");
	if (sscanf(ask->argument, "%40s %d %d", quantity, &lane, &hours) != 3 || lane < 0 ||
	    lane > LW_LANES_MAX || hours < 1 || hours > HOURS_MAX)
		return lw_fail(reterr, LW_EINVAL,
			       "quantity, lane (from 1; 0: of the module) and hours (1 to %d) are "
			       "needed",
			       HOURS_MAX);
	key.cage = ask->target;
	key.quantity = quantity;
	key.lane = lane - 1;
	lw_arena_init(&arena, 0);
	r = lw_history_series(p->history, &key, now - (int64_t)hours * HOUR_MS, now + 1,
			      LW_HISTORY_AUTO, &arena, &v, &n, reterr);
	if (!r)
		r = lw_history_trend(p->history, &key, now - (int64_t)hours * HOUR_MS, &trend,
				     reterr);
	if (!r) {
		lw_json_init(&j, body);
		lw_json_begin_object(&j);
		points_json(v, n, &j);
		trend_json(&trend, &j);
		lw_json_end_object(&j);
	}
	lw_arena_finish(&arena);
	return r;
}

static const struct question {
	const char *name;
	int (*answer)(struct lwd_plant *p, const struct lwd_ask *ask, struct lw_buf *body,
		      struct lw_error *reterr);
} questions[] = {
	{"preview", preview}, {"publish", publish}, {"history", history}, {"senders", senders}};

static const struct question *find(const char *name)
{
	for (size_t i = 0; i < sizeof(questions) / sizeof(questions[0]); i++)
		if (strcmp(questions[i].name, name) == 0)
			return &questions[i];
	return NULL;
}

bool lwd_is_question(const char *what)
{
	return find(what) != NULL;
}

int lwd_question(struct lwd_plant *p, const struct lwd_ask *ask, struct lw_buf *body,
		 struct lw_error *reterr)
{
	return find(ask->what)->answer(p, ask, body, reterr);
}
