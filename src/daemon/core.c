/* SPDX-License-Identifier: Apache-2.0 */
#include "core.h"

#include "act.h"
#include "api.h"
#include "child.h"
#include "log.h"
#include "send.h"
#include "tell.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <uv.h>

/* The API process is told of changes so often. */
#define TELL_MS 200
/* Another process's lock on the history is waited for so long, and what failed tried anew. */
#define HISTORY_WAIT_MS  50
#define HISTORY_RETRY_MS 5000
/* Two clocks are read within that, or they are not compared. */
#define CLOCK_READ_MS 5

struct core {
	struct lwd_setup **setup; /* the owner's: what holds now */
	const struct lwd_options *opt;
	struct lwd_plant *plant;
	struct lwd_child child;
	struct lwd_tell tell;
	struct lwd_senders senders;
	uint64_t start_ns;
	uv_loop_t loop;
	uv_timer_t due, telling, alive;
	uv_signal_t signal[3];
	bool ready; /* the service manager knows */
	uint64_t history_retry;
	char status[640];  /* what the service manager was told last */
	char refused[512]; /* why the last reload was, "": it was not */
};

static const struct lwd_config *config_of(const struct core *c)
{
	return &(*c->setup)->config;
}

static struct lw_mono now_of(const struct core *c)
{
	return (struct lw_mono){(int64_t)(uv_hrtime() - c->start_ns)};
}

static void run(struct core *c);

static void on_due(uv_timer_t *t)
{
	run(t->data);
}

static void follow_clock(struct core *c)
{
	struct lw_mono before = now_of(c), after;
	struct timespec t;

	clock_gettime(CLOCK_REALTIME, &t);
	after = now_of(c);
	/* the kernel gave somebody else a turn between the two clocks: another time */
	if (c->plant->wall_ms && lw_mono_before(lw_mono_add(before, lw_ms(CLOCK_READ_MS)), after))
		return;
	lwd_plant_clock(c->plant, (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000, before);
}

/* Do what is due and set the timer for what comes next. */
static void run(struct core *c)
{
	struct lw_mono now = now_of(c), next;
	uint64_t wait = 1000;

	follow_clock(c);
	next = lwd_plant_run(c->plant, now);
	now = now_of(c);
	if (lw_mono_before(next, lw_mono_add(now, lw_ms(1000))))
		wait = next.ns > now.ns ? (uint64_t)(next.ns - now.ns + 999999) / 1000000 : 0;
	uv_update_time(&c->loop);
	uv_timer_start(&c->due, on_due, wait, 0);
}

static void on_link(void *ctx, const char *link, const char *from, const char *to,
		    const char *cause)
{
	(void)ctx;
	lwd_log(strcmp(to, "down") == 0 ? LWD_WARNING : LWD_NOTICE, "link", "id", link, "from",
		from, "to", to, "cause", *cause ? cause : NULL, NULL);
}

/* What cannot be kept is no reason to stop, nor to wait for: it is tried anew. */
static void record(struct core *c)
{
	const struct lw_history_options o = {.wait_ms = HISTORY_WAIT_MS};
	struct lwd_plant *p = c->plant;
	struct lw_error e;
	int r = 0;

	if (!config_of(c)->history || (p->history_fails && uv_now(&c->loop) < c->history_retry))
		return;
	if (p->history_fails) {
		lw_history_close(p->history);
		p->history = NULL;
	}
	if (!p->history)
		r = lw_history_open(config_of(c)->history, &o, &p->history, &e);
	if (!r)
		r = lw_history_record(p->history, &p->stage.engine, p->wall_ms * 1000000, &e);
	if (r && !p->history_fails)
		lwd_log(LWD_ERROR, "history", "where", config_of(c)->history, "error", e.message,
			"text", "links are kept up, but nothing is written until this is mended",
			NULL);
	else if (!r && p->history_fails)
		lwd_log(LWD_NOTICE, "history", "where", config_of(c)->history, "text",
			"it is written again", NULL);
	p->history_fails = r != 0;
	c->history_retry = uv_now(&c->loop) + HISTORY_RETRY_MS;
}

static void tell(struct core *c)
{
	struct lw_buf frames = LW_BUF_INIT;

	/* without memory: all is told anew at the next turn */
	if (lwd_tell(&c->tell, &c->plant->stage.engine, &c->plant->host, c->plant->wall_ms, &frames,
		     on_link, NULL))
		lw_buf_finish(&frames);
	else
		lwd_child_send(&c->child, &frames);
}

/* For "systemctl status". */
static void tell_manager(struct core *c)
{
	const struct lw_engine *e = &c->plant->stage.engine;
	char text[sizeof(c->status)];

	snprintf(text, sizeof(text), "STATUS=%zu of %zu links are up%s%s", e->count[LW_LINK_UP],
		 e->fabric->link_n, c->refused[0] ? "; the reload was refused: " : "", c->refused);
	if (strcmp(text, c->status) == 0)
		return;
	strcpy(c->status, text);
	lwd_notify(text);
}

static void on_alive(uv_timer_t *t)
{
	(void)t;
	lwd_notify("WATCHDOG=1");
}

static void log_end(const struct lwd_job *j)
{
	char id[12];

	snprintf(id, sizeof(id), "%u", j->id);
	lwd_log(j->result ? LWD_WARNING : LWD_NOTICE, "job", "what", j->kind->name, "target",
		j->target, "value", j->what, "job", id, "end",
		j->result    ? "failed"
		: j->stopped ? "stopped"
			     : "done",
		"error", j->result ? j->error : NULL, NULL);
}

/* Who listens hears how jobs go, the log of their end. */
static void tell_jobs(struct core *c)
{
	struct lw_buf frames = LW_BUF_INIT, doc = LW_BUF_INIT;

	for (size_t i = 0; i < LWD_JOBS_MAX; i++) {
		struct lwd_job *j = &c->plant->jobs.v[i];

		if (!lwd_job_news(j, c->plant->now))
			continue;
		if (j->over)
			log_end(j);
		lw_buf_clear(&doc);
		if (!lwd_job_doc(j, c->plant->now, &doc))
			lwd_frame(&frames, LWD_JOB, 0, doc.s, doc.len);
	}
	lw_buf_finish(&doc);
	if (frames.failed) /* who listens asks for the list */
		lw_buf_finish(&frames);
	lwd_child_send(&c->child, &frames);
}

static void on_tell(uv_timer_t *t)
{
	struct core *c = t->data;

	record(c);
	tell(c);
	tell_jobs(c);
	lwd_senders_run(&c->senders, c->plant);
	tell_manager(c);
	if (c->opt->once && lw_engine_settled(&c->plant->stage.engine, c->plant->now))
		uv_stop(&c->loop);
}

/* The audit. */
static void log_action(struct core *c, const struct lwd_ask *ask, const struct lwd_answer *a)
{
	char code[8], more[16];

	snprintf(code, sizeof(code), "%d", a->status);
	snprintf(more, sizeof(more), "%u", c->plant->unlogged);
	lwd_log(LWD_NOTICE, "action", "what", ask->what, "target", ask->target, "value",
		ask->argument, "who", a->who, "peer", ask->peer, "status", code, "refused_before",
		c->plant->unlogged ? more : NULL, NULL);
	c->plant->unlogged = 0;
}

static void on_ask(void *ctx, uint32_t number, const struct lwd_ask *ask)
{
	struct core *c = ctx;
	struct lw_buf body = LW_BUF_INIT, frames = LW_BUF_INIT;
	struct lwd_answer a;
	uint32_t status = 0;

	tell(c); /* links may have other numbers afterwards */
	c->plant->now = now_of(c);
	lw_buf_add(&body, (const char *)&status, sizeof(status));
	lwd_act(c->plant, config_of(c)->tokens ? &(*c->setup)->tokens : NULL, ask, &a, &body);
	status = (uint32_t)a.status;
	if (!body.failed)
		memcpy(body.s, &status, sizeof(status));
	if (a.action)
		log_action(c, ask, &a);
	lwd_frame(&frames, LWD_REPLY, number, body.s, body.len);
	lw_buf_finish(&body);
	lwd_child_send(&c->child, &frames);
	run(c);
	tell(c);
}

/* For who waits for us. */
static void tell_ready(void *ctx)
{
	struct core *c = ctx;

	if (!c->ready)
		lwd_notify("READY=1");
	c->ready = true;
}

/* It knows nothing yet. */
static void on_api_started(void *ctx)
{
	struct core *c = ctx;

	lwd_tell_forget(&c->tell);
}

/* What the publishers keep is of the modules and links of before. */
static void renew_senders(struct core *c)
{
	struct lw_error e;

	lwd_senders_finish(&c->senders);
	if (lwd_senders_start(&c->senders, config_of(c), &c->loop, &e))
		lwd_log(LWD_ERROR, "reload", "error", e.message, "text", "nothing is sent", NULL);
	c->plant->sender = c->senders.told;
	c->plant->sender_n = c->senders.n;
}

/* Other modules or links: the engine begins anew on them, as after a restart. */
static int replace_plant(struct core *c, struct lwd_setup *next, struct lw_error *reterr)
{
	struct lwd_plant *p = calloc(1, sizeof(*p));
	int r;

	if (!p)
		return lw_fail(reterr, LW_ENOMEM, "out of memory");
	c->plant->now = now_of(c);
	r = lwd_plant_replace(p, c->plant, &next->config, &next->drawing->fabric, reterr);
	if (r) {
		free(p);
		return r;
	}
	free(c->plant);
	c->plant = p;
	lwd_tell_forget(&c->tell);
	c->tell.quality = &p->quality;
	return 0;
}

/* Can the API listen where it is to now? At a port that it has already any other one is tried. */
static int try_api(const struct lwd_config *old, const struct lwd_config *new,
		   struct lw_error *reterr)
{
	struct lwd_config c = *new;
	bool same = old->address && new->address &&strcmp(old->address, new->address) == 0;

	if (!new->address || (same && old->port == new->port))
		return 0;
	if (old->address && old->port == new->port)
		c.port = 0;
	return lwd_api_try(&c, reterr);
}

/* What may fail of a change. @return 0: it is done, or nothing is */
static int change(struct core *c, struct lwd_setup *next, unsigned parts, struct lw_error *reterr)
{
	const struct lwd_config *old = config_of(c), *new = &next->config;
	struct lwd_drawing *drawing = next->drawing;
	int r = try_api(old, new, reterr);

	if (!r && parts & LWD_PART_MODULES)
		return replace_plant(c, next, reterr);
	if (!r && old->measure.ns != new->measure.ns)
		r = lw_engine_measure(&c->plant->stage.engine, new->measure, c->plant->now, reterr);
	if (r)
		return r;
	/* the same lines: those that the engine has borrowed stay */
	next->drawing = (*c->setup)->drawing;
	(*c->setup)->drawing = drawing;
	return 0;
}

/* It has been judged, and takes effect. */
static void adopt(struct core *c, struct lwd_setup *next, unsigned parts)
{
	struct lwd_setup *old = *c->setup;
	const char *socket = old->config.read_only;

	*c->setup = next;
	c->child.setup = next;
	c->plant->config = &next->config;
	lw_engine_policy(&c->plant->stage.engine, &next->config.policy, c->plant->now);
	if (parts & LWD_PART_HISTORY) {
		lw_history_close(c->plant->history);
		c->plant->history = NULL;
		c->plant->history_fails = false;
	}
	if (parts & (LWD_PART_SENDERS | LWD_PART_MODULES))
		renew_senders(c);
	else
		lwd_senders_follow(&c->senders, &next->config);
	if (parts & LWD_PART_API) {
		lwd_child_renew(&c->child);
		if (socket &&
		    (!next->config.read_only || strcmp(socket, next->config.read_only) != 0))
			unlink(socket);
	}
	lwd_setup_destroy(old);
}

/* Nothing of it holds, but who may act: whom somebody wants out shall not stay in for a typo. */
static void refuse(struct core *c, const struct lw_error *e)
{
	struct lw_error why;
	char line[16] = "";
	bool tokens = lwd_setup_tokens(*c->setup, &why) == 0;

	if (e->line)
		snprintf(line, sizeof(line), "%d", e->line);
	lwd_log(LWD_ERROR, "reload", "where", e->where[0] ? e->where : NULL, "line",
		line[0] ? line : NULL, "error", e->message, "text",
		!config_of(c)->tokens ? "nothing is changed"
		: tokens              ? "nothing is changed but tokens, which were read anew"
				      : "nothing is changed; the tokens of before hold",
		NULL);
	snprintf(c->refused, sizeof(c->refused), "%s%s%s", e->where, e->where[0] ? ": " : "",
		 e->message);
}

/* SIGHUP: all that was read at the start is read anew, judged as a whole, and takes effect. */
static void reload(struct core *c)
{
	struct lwd_setup *next = NULL;
	struct lw_buf what = LW_BUF_INIT;
	unsigned parts = 0;
	struct lw_error e;
	char text[64];
	int r;

	snprintf(text, sizeof(text), "RELOADING=1\nMONOTONIC_USEC=%llu",
		 (unsigned long long)(uv_hrtime() / 1000));
	lwd_notify(text);
	tell(c); /* what came before is of the links of before */
	c->refused[0] = '\0';
	r = lwd_setup_load(c->opt->config_path, &next, &e);
	if (!r) {
		parts = lwd_setup_changes(*c->setup, next, &what);
		r = change(c, next, parts, &e);
	}
	if (r) {
		refuse(c, &e);
		lwd_setup_destroy(next);
	} else {
		adopt(c, next, parts);
		lwd_log(LWD_NOTICE, "reload", "changed", what.len ? lw_buf_str(&what) : NULL,
			"text",
			config_of(c)->tokens ? "tokens were read anew" : "all was read anew", NULL);
		run(c);
	}
	lw_buf_finish(&what);
	c->ready = false;
	if (r || !(parts & LWD_PART_API) || !config_of(c)->address)
		tell_ready(c);
}

static void on_signal(uv_signal_t *s, int number)
{
	struct core *c = s->data;

	if (number == SIGHUP)
		reload(c);
	else
		uv_stop(&c->loop);
}

static void close_handle(uv_handle_t *h, void *arg)
{
	(void)arg;
	if (!uv_is_closing(h))
		uv_close(h, NULL);
}

static int start(struct core *c, struct lw_error *reterr)
{
	static const int numbers[3] = {SIGTERM, SIGINT, SIGHUP};
	int r;

	uv_timer_init(&c->loop, &c->due);
	uv_timer_init(&c->loop, &c->telling);
	uv_timer_init(&c->loop, &c->alive);
	c->due.data = c->telling.data = c;
	for (unsigned i = 0; i < 3; i++) {
		uv_signal_init(&c->loop, &c->signal[i]);
		c->signal[i].data = c;
		uv_signal_start(&c->signal[i], on_signal, numbers[i]);
	}
	signal(SIGPIPE, SIG_IGN);
	r = lwd_child_start(&c->child, reterr);
	if (r)
		return r;
	uv_timer_start(&c->telling, on_tell, TELL_MS, TELL_MS);
	if (lwd_watchdog_ms())
		uv_timer_start(&c->alive, on_alive, 0, lwd_watchdog_ms());
	tell(c); /* what comes from now on is news */
	run(c);
	return 0;
}

static void serve(struct core *c)
{
	lwd_log(LWD_NOTICE, "started", "fabric", (*c->setup)->drawing->fabric.name, "modules",
		config_of(c)->modules == LWD_TWINS ? "twins" : "devices", NULL);
	if (!config_of(c)->address)
		tell_ready(c);
	uv_run(&c->loop, UV_RUN_DEFAULT);
	lwd_notify("STOPPING=1");
	lwd_log(LWD_NOTICE, "stopped", "text", "modules stay as they are", NULL);
}

static void finish(struct core *c)
{
	lwd_child_end(&c->child);
	lwd_senders_finish(&c->senders);
	uv_run(&c->loop, UV_RUN_NOWAIT);
	uv_walk(&c->loop, close_handle, NULL);
	uv_run(&c->loop, UV_RUN_DEFAULT);
	uv_loop_close(&c->loop);
	lwd_plant_finish(c->plant);
	lwd_tell_forget(&c->tell);
	lwd_child_finish(&c->child);
}

static int prepare(struct core *c, struct lw_error *reterr)
{
	int r;

	c->start_ns = uv_hrtime();
	r = lwd_plant_start(c->plant, config_of(c), &(*c->setup)->drawing->fabric, reterr);
	if (r)
		return r;
	c->tell.quality = &c->plant->quality;
	follow_clock(c);
	uv_loop_init(&c->loop);
	lwd_child_init(&c->child, &c->loop);
	r = lwd_senders_start(&c->senders, config_of(c), &c->loop, reterr);
	c->plant->sender = c->senders.told;
	c->plant->sender_n = c->senders.n;
	if (!r)
		r = start(c, reterr);
	if (!r)
		serve(c);
	finish(c);
	return r;
}

int lwd_core_run(struct lwd_setup **setup, const struct lwd_options *opt, struct lw_error *reterr)
{
	struct core *c = calloc(1, sizeof(*c));
	int r;

	if (!c)
		return lw_fail(reterr, LW_ENOMEM, "out of memory");
	c->setup = setup;
	c->opt = opt;
	c->child = (struct lwd_child){.self = opt->self,
				      .config_path = opt->config_path,
				      .setup = *setup,
				      .started = on_api_started,
				      .serves = tell_ready,
				      .asks = on_ask,
				      .ctx = c};
	c->plant = calloc(1, sizeof(*c->plant));
	r = c->plant ? prepare(c, reterr) : lw_fail(reterr, LW_ENOMEM, "out of memory");
	free(c->plant);
	free(c);
	return r;
}
