/* SPDX-License-Identifier: Apache-2.0 */
#include "question.h"

#include "doc.h"

#include <lanewise/publish.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HOUR_MS   3600000
#define MONTH_MS  (720ll * HOUR_MS)
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

/* A question: what was asked for that takes a while, and how does it go? */
static int jobs(struct lwd_plant *p, const struct lwd_ask *ask, struct lw_buf *body,
		struct lw_error *reterr)
{
	struct lw_json j;

	(void)ask;
	(void)reterr;
	lw_json_init(&j, body);
	lwd_jobs_tell(&p->jobs, p->now, &j);
	return 0;
}

/* No more than a picture shows: neighbours become one, with their least and greatest. */
#define POINTS_MAX 400

static void points_json(const struct lw_history_point *v, size_t n, size_t most, struct lw_json *j)
{
	size_t each = most ? (n + most - 1) / most : 1;

	lw_json_key(j, "points");
	lw_json_begin_array(j);
	for (size_t i = 0; i < n; i += each) {
		struct lw_history_point p = v[i];
		double sum = 0;

		p.n = 0;
		for (size_t k = i; k < n && k < i + each; k++) {
			p.min = fmin(p.min, v[k].min);
			p.max = fmax(p.max, v[k].max);
			sum += v[k].mean * v[k].n;
			p.n += v[k].n;
		}
		lw_json_begin_array(j);
		lw_json_int(j, p.t_ms);
		lw_json_real(j, p.min);
		lw_json_real(j, p.n ? sum / p.n : p.mean);
		lw_json_real(j, p.max);
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

/* One lane's points and trend, as keys. @param ret_n  how many points there were */
static int lane_json(struct lwd_plant *p, const struct lw_history_key *key, int64_t from_ms,
		     int64_t trend_ms, size_t most, struct lw_json *j, size_t *ret_n,
		     struct lw_error *reterr)
{
	int64_t now = p->wall_ms + p->now.ns / 1000000;
	const struct lw_history_point *v = NULL;
	struct lw_history_trend trend = {0};
	struct lw_arena arena;
	size_t n = 0;
	int r;

	lw_arena_init(&arena, 0);
	r = lw_history_series(p->history, key, from_ms, now + 1, LW_HISTORY_AUTO, &arena, &v, &n,
			      reterr);
	if (!r && (n || !most))
		r = lw_history_trend(p->history, key, trend_ms, &trend, reterr);
	if (!r && (n || !most)) {
		lw_json_begin_object(j);
		if (most)
			lw_json_put_int(j, "lane", key->lane + 1);
		points_json(v, n, most, j);
		trend_json(&trend, j);
		lw_json_end_object(j);
	}
	*ret_n = n;
	lw_arena_finish(&arena);
	return r;
}

/* All lanes that have readings, for a picture; trends are those of a month, whatever is shown. */
static int lanes_json(struct lwd_plant *p, struct lw_history_key *key, int hours,
		      struct lw_buf *body, struct lw_error *reterr)
{
	int64_t now = p->wall_ms + p->now.ns / 1000000;
	size_t n = 0, bank = 0;
	struct lw_json j;
	int r = 0;

	lw_json_init_line(&j, body);
	lw_json_begin_object(&j);
	lw_json_put_int(&j, "from_ms", now - (int64_t)hours * HOUR_MS);
	lw_json_put_int(&j, "to_ms", now);
	lw_json_key(&j, "lanes");
	lw_json_begin_array(&j);
	for (key->lane = -1; !r && key->lane < LW_LANES_MAX; key->lane++) {
		r = lane_json(p, key, now - (int64_t)hours * HOUR_MS, now - (int64_t)MONTH_MS,
			      POINTS_MAX, &j, &n, reterr);
		bank += n;
		if (key->lane < 0 ? n > 0 : key->lane % 8 == 7 && !bank)
			break; /* it is of the module; or no lane of this bank has any */
		if (key->lane % 8 == 7)
			bank = 0;
	}
	lw_json_end_array(&j);
	lw_json_end_object(&j);
	return r ? r : body->failed ? LW_ENOMEM : 0;
}

/* What lanes measured, and where that goes; the argument is "QUANTITY LANE HOURS", "*": all lanes.
 */
static int history(struct lwd_plant *p, const struct lwd_ask *ask, struct lw_buf *body,
		   struct lw_error *reterr)
{
	struct lw_history_key key = {.lane = -1};
	char quantity[41], lane_text[21], *end;
	struct lw_json j;
	int cage, hours, r = lwd_find_cage(p, ask->target, &cage, reterr);
	int64_t from;
	size_t n;
	long lane;

	if (r)
		return r;
	if (!p->history)
		return lw_fail(reterr, LW_ENOTSUP, "no history is kept (history: FILE)");
	n = (size_t)sscanf(ask->argument, "%40s %20s %d", quantity, lane_text, &hours);
	key.cage = ask->target;
	key.quantity = quantity;
	if (n == 3 && hours >= 1 && hours <= HOURS_MAX && strcmp(lane_text, "*") == 0)
		return lanes_json(p, &key, hours, body, reterr);
	lane = n == 3 ? strtol(lane_text, &end, 10) : -1;
	if (n != 3 || *end || lane < 0 || lane > LW_LANES_MAX || hours < 1 || hours > HOURS_MAX)
		return lw_fail(
			reterr, LW_EINVAL,
			"quantity, lane (from 1; 0: of the module; * or none: all) and hours "
			"(1 to %d) are needed",
			HOURS_MAX);
	key.lane = (int)lane - 1;
	from = p->wall_ms + p->now.ns / 1000000 - (int64_t)hours * HOUR_MS;
	lw_json_init(&j, body);
	return lane_json(p, &key, from, from, 0, &j, &n, reterr);
}

/* Pages of a module, or with the argument "PAGE BANK" the fields of one. */
static int registers(struct lwd_plant *p, const struct lwd_ask *ask, struct lw_buf *body,
		     struct lw_error *reterr)
{
	char page[21];
	unsigned bank = 0;
	int cage, r = lwd_find_cage(p, ask->target, &cage, reterr);

	if (r)
		return r;
	if (!*ask->argument)
		return lwd_registers_pages(&p->stage.engine, (size_t)cage, body, reterr);
	if (sscanf(ask->argument, "%20s %u", page, &bank) != 2)
		return lw_fail(reterr, LW_EINVAL, "page (11h) and bank (0) are needed");
	return lwd_registers_page(&p->registers, &p->stage.engine, (size_t)cage, page, bank, p->now,
				  body, reterr);
}

/* What a register field is; the argument is its lane, from 1. */
static int explain(struct lwd_plant *p, const struct lwd_ask *ask, struct lw_buf *body,
		   struct lw_error *reterr)
{
	unsigned lane = 1;

	(void)p;
	if (*ask->argument && (sscanf(ask->argument, "%u", &lane) != 1 || !lane))
		return lw_fail(reterr, LW_EINVAL, "lane counts from 1");
	return lwd_registers_explain(ask->target, lane - 1, body, reterr);
}

static const struct question {
	const char *name;
	int (*answer)(struct lwd_plant *p, const struct lwd_ask *ask, struct lw_buf *body,
		      struct lw_error *reterr);
} questions[] = {
	{"preview", preview}, {"publish", publish},     {"history", history}, {"senders", senders},
	{"jobs", jobs},       {"registers", registers}, {"explain", explain},
};

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

struct lwd_token *lwd_question_ration(struct lwd_plant *p, const struct lwd_ask *ask)
{
	_Static_assert(sizeof(questions) / sizeof(questions[0]) < LWD_RATIONS, "a ration each");
	bool metrics = strcmp(ask->what, "publish") == 0 && strcmp(ask->target, "metrics") == 0;

	return &p->questions[metrics ? LWD_RATIONS - 1 : find(ask->what) - questions];
}

int lwd_question(struct lwd_plant *p, const struct lwd_ask *ask, struct lw_buf *body,
		 struct lw_error *reterr)
{
	return find(ask->what)->answer(p, ask, body, reterr);
}
