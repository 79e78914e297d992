/* SPDX-License-Identifier: Apache-2.0 */
#include "core.h"

#include "act.h"
#include "file.h"
#include "log.h"
#include "send.h"
#include "tell.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <uv.h>

/* The API process is told of changes so often, */
#define TELL_MS 200
/* started again so long after it died, twice as long each time until it stays, */
#define RESTART_MS     1000
#define RESTART_MAX_MS 60000
/* and ended when it leaves so much unread. */
#define BACKLOG_MAX (32u << 20)
/* Another process's lock on the history is waited for so long, and what failed tried anew. */
#define HISTORY_WAIT_MS  50
#define HISTORY_RETRY_MS 5000

struct core {
	const struct lwd_config *config;
	const struct lwd_options *opt;
	struct lwd_plant plant;
	struct lwd_tokens tokens;
	struct lw_arena token_arena;
	struct lwd_tell tell;
	struct lwd_senders senders;
	uint64_t start_ns;
	uv_loop_t loop;
	uv_timer_t due, telling, restart, alive;
	uv_signal_t signal[3];
	uv_process_t api;
	uv_pipe_t pipe;
	bool api_runs, ready, ending;
	uint64_t api_since, restart_ms, history_retry;
	char status[80];  /* what the service manager was told last */
	struct lw_buf in; /* what the API process sent and is not yet handled */
};

static struct lw_mono now_of(const struct core *c)
{
	return (struct lw_mono){(int64_t)(uv_hrtime() - c->start_ns)};
}

static void run(struct core *c);

static void on_due(uv_timer_t *t)
{
	run(t->data);
}

/* Do what is due and set the timer for what comes next. */
static void run(struct core *c)
{
	struct lw_mono now = now_of(c), next = lwd_plant_run(&c->plant, now);
	uint64_t wait = 1000;

	now = now_of(c);
	if (lw_mono_before(next, lw_mono_add(now, lw_ms(1000))))
		wait = next.ns > now.ns ? (uint64_t)(next.ns - now.ns + 999999) / 1000000 : 0;
	uv_update_time(&c->loop);
	uv_timer_start(&c->due, on_due, wait, 0);
}

struct sending {
	uv_write_t req;
	struct lw_buf frames;
};

static void on_sent(uv_write_t *req, int status)
{
	struct sending *s = req->data;

	(void)status; /* a pipe that broke is seen by its reader */
	lw_buf_finish(&s->frames);
	free(s);
}

/* Send frames; the buffer is taken over. */
static void send_frames(struct core *c, struct lw_buf *frames)
{
	struct sending *s = c->api_runs && frames->len ? malloc(sizeof(*s)) : NULL;
	uv_buf_t b;

	if (s && uv_stream_get_write_queue_size((uv_stream_t *)&c->pipe) > BACKLOG_MAX) {
		lwd_log(LWD_WARNING, "api-stuck", "text", "it reads nothing and is ended", NULL);
		uv_process_kill(&c->api, SIGKILL);
		free(s);
		s = NULL;
	}
	if (!s) {
		lw_buf_finish(frames);
		return;
	}
	s->frames = *frames;
	s->req.data = s;
	b = uv_buf_init(s->frames.s, (unsigned)s->frames.len);
	if (uv_write(&s->req, (uv_stream_t *)&c->pipe, &b, 1, on_sent))
		on_sent(&s->req, -1);
}

static void on_change(void *ctx, const char *link, const char *from, const char *to,
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
	struct lwd_plant *p = &c->plant;
	struct lw_error e;
	int r = 0;

	if (!c->config->history || (p->history_fails && uv_now(&c->loop) < c->history_retry))
		return;
	if (p->history_fails) {
		lw_history_close(p->history);
		p->history = NULL;
	}
	if (!p->history)
		r = lw_history_open(c->config->history, &o, &p->history, &e);
	if (!r)
		r = lw_history_record(p->history, &p->stage.engine, p->wall_ms * 1000000, &e);
	if (r && !p->history_fails)
		lwd_log(LWD_ERROR, "history", "where", c->config->history, "error", e.message,
			"text", "links are kept up, but nothing is written until this is mended",
			NULL);
	else if (!r && p->history_fails)
		lwd_log(LWD_NOTICE, "history", "where", c->config->history, "text",
			"it is written again", NULL);
	p->history_fails = r != 0;
	c->history_retry = uv_now(&c->loop) + HISTORY_RETRY_MS;
}

static void tell(struct core *c)
{
	struct lw_buf frames = LW_BUF_INIT;

	/* without memory: all is told anew at the next turn */
	if (lwd_tell(&c->tell, &c->plant.stage.engine, &c->plant.host, c->plant.wall_ms, &frames,
		     on_change, NULL))
		lw_buf_finish(&frames);
	else
		send_frames(c, &frames);
}

/* For "systemctl status". */
static void tell_manager(struct core *c)
{
	const struct lw_engine *e = &c->plant.stage.engine;
	char text[80];

	snprintf(text, sizeof(text), "STATUS=%zu of %zu links are up", e->count[LW_LINK_UP],
		 e->fabric->link_n);
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
		struct lwd_job *j = &c->plant.jobs.v[i];

		if (!lwd_job_news(j, c->plant.now))
			continue;
		if (j->over)
			log_end(j);
		lw_buf_clear(&doc);
		if (!lwd_job_doc(j, c->plant.now, &doc))
			lwd_frame(&frames, LWD_JOB, 0, doc.s, doc.len);
	}
	lw_buf_finish(&doc);
	if (frames.failed) /* who listens asks for the list */
		lw_buf_finish(&frames);
	send_frames(c, &frames);
}

static void on_tell(uv_timer_t *t)
{
	struct core *c = t->data;

	record(c);
	tell(c);
	tell_jobs(c);
	lwd_senders_run(&c->senders, &c->plant);
	tell_manager(c);
	if (c->opt->once && lw_engine_settled(&c->plant.stage.engine, c->plant.now))
		uv_stop(&c->loop);
}

/* The audit. */
static void log_action(struct core *c, const struct lwd_ask *ask, const struct lwd_answer *a)
{
	char code[8], more[16];

	snprintf(code, sizeof(code), "%d", a->status);
	snprintf(more, sizeof(more), "%u", c->plant.unlogged);
	lwd_log(LWD_NOTICE, "action", "what", ask->what, "target", ask->target, "value",
		ask->argument, "who", a->who, "peer", ask->peer, "status", code, "refused_before",
		c->plant.unlogged ? more : NULL, NULL);
	c->plant.unlogged = 0;
}

static void answer(struct core *c, uint32_t number, const struct lwd_ask *ask)
{
	struct lw_buf body = LW_BUF_INIT, frames = LW_BUF_INIT;
	struct lwd_answer a;
	uint32_t status = 0;

	tell(c); /* links may have other numbers afterwards */
	c->plant.now = now_of(c);
	lw_buf_add(&body, (const char *)&status, sizeof(status));
	lwd_act(&c->plant, c->config->tokens ? &c->tokens : NULL, ask, &a, &body);
	status = (uint32_t)a.status;
	if (!body.failed)
		memcpy(body.s, &status, sizeof(status));
	if (a.action)
		log_action(c, ask, &a);
	lwd_frame(&frames, LWD_REPLY, number, body.s, body.len);
	lw_buf_finish(&body);
	send_frames(c, &frames);
	run(c);
	tell(c);
}

static void on_room(uv_handle_t *h, size_t want, uv_buf_t *ret)
{
	static char room[65536];

	(void)h;
	(void)want;
	*ret = uv_buf_init(room, sizeof(room));
}

/* For who waits for us. Links are not held up by a web server that cannot start: its end counts. */
static void tell_ready(struct core *c)
{
	if (!c->ready)
		lwd_notify("READY=1");
	c->ready = true;
}

static int on_frame(void *ctx, const struct lwd_head *h, const char *p)
{
	struct lwd_ask ask;

	if (h->kind == LWD_HERE) {
		tell_ready(ctx);
		return 0;
	}
	if (h->kind != LWD_ASK || lwd_ask_parse(p, h->n, &ask))
		return LW_EINVAL;
	answer(ctx, h->number, &ask);
	return 0;
}

static void on_read(uv_stream_t *s, ssize_t n, const uv_buf_t *b)
{
	struct core *c = s->data;

	if (n < 0) { /* it is gone, or going */
		uv_read_stop(s);
		return;
	}
	if (lwd_frames_take(&c->in, b->base, (size_t)n, LWD_ASK_MAX, on_frame, c)) {
		lwd_log(LWD_ERROR, "api-garbled", "text", "it speaks nonsense and is ended", NULL);
		uv_process_kill(&c->api, SIGKILL);
		lw_buf_finish(&c->in);
	}
}

static int start_api(struct core *c, struct lw_error *reterr);

static void on_restart(uv_timer_t *t)
{
	struct core *c = t->data;
	struct lw_error e;

	if (start_api(c, &e))
		lwd_log(LWD_ERROR, "api-start", "error", e.message, NULL);
}

static void on_pipe_closed(uv_handle_t *h)
{
	struct core *c = h->data;

	if (!c->ending)
		uv_timer_start(&c->restart, on_restart, c->restart_ms, 0);
}

static void on_api_exit(uv_process_t *p, int64_t status, int sig)
{
	struct core *c = p->data;
	char code[24];

	snprintf(code, sizeof(code), "%s %d", sig ? "signal" : "exit", sig ? sig : (int)status);
	c->api_runs = false;
	c->restart_ms = c->restart_ms && uv_now(&c->loop) - c->api_since < RESTART_MAX_MS
				? 2 * c->restart_ms
				: RESTART_MS;
	if (c->restart_ms > RESTART_MAX_MS)
		c->restart_ms = RESTART_MAX_MS;
	lw_buf_finish(&c->in);
	uv_close((uv_handle_t *)p, NULL);
	uv_close((uv_handle_t *)&c->pipe, on_pipe_closed);
	if (c->ending)
		return;
	tell_ready(c);
	lwd_log(LWD_ERROR, "api-ended", "how", code, "text",
		"links are not concerned; it is started again", NULL);
}

static int start_api(struct core *c, struct lw_error *reterr)
{
	char *args[] = {(char *)(uintptr_t)c->opt->self, (char *)(uintptr_t) "--api",
			(char *)(uintptr_t)c->opt->config_path, NULL};
	uv_stdio_container_t io[4] = {
		{.flags = UV_IGNORE},
		{.flags = UV_IGNORE},
		{.flags = UV_INHERIT_FD, .data.fd = 2},
		{.flags = UV_CREATE_PIPE | UV_READABLE_PIPE | UV_WRITABLE_PIPE,
		 .data.stream = (uv_stream_t *)&c->pipe}};
	uv_process_options_t o = {.exit_cb = on_api_exit,
				  .file = "/proc/self/exe",
				  .args = args,
				  .stdio_count = 4,
				  .stdio = io};
	int r;

	uv_pipe_init(&c->loop, &c->pipe, 0);
	c->pipe.data = c->api.data = c;
	r = uv_spawn(&c->loop, &c->api, &o);
	if (r) {
		uv_close((uv_handle_t *)&c->api, NULL);
		uv_close((uv_handle_t *)&c->pipe, on_pipe_closed);
		return lw_fail(reterr, LW_EIO, "the API process cannot be started: %s",
			       uv_strerror(r));
	}
	c->api_runs = true;
	c->api_since = uv_now(&c->loop);
	uv_read_start((uv_stream_t *)&c->pipe, on_room, on_read);
	lwd_tell_forget(&c->tell); /* it knows nothing yet */
	return 0;
}

static int load_tokens(struct core *c, struct lwd_tokens *ret, struct lw_arena *arena,
		       struct lw_error *reterr)
{
	char *text = NULL;
	size_t n = 0;
	int r = lwd_file_secret(c->config->tokens, &text, &n, reterr);

	if (!r)
		r = lwd_tokens_load(text, n, c->config->tokens, arena, ret, reterr);
	if (text)
		memset(text, 0, n);
	free(text);
	return r;
}

/* SIGHUP: who may act is read anew; what cannot be read changes nothing. */
static void reload(struct core *c)
{
	struct lwd_tokens tokens;
	struct lw_arena arena;
	struct lw_error e;
	char text[64];

	snprintf(text, sizeof(text), "RELOADING=1\nMONOTONIC_USEC=%llu",
		 (unsigned long long)(uv_hrtime() / 1000));
	lwd_notify(text);
	lw_arena_init(&arena, 0);
	if (c->config->tokens && load_tokens(c, &tokens, &arena, &e)) {
		lwd_log(LWD_ERROR, "reload", "where", e.where, "error", e.message, "text",
			"the tokens of before hold", NULL);
		lw_arena_finish(&arena);
	} else if (c->config->tokens) {
		lw_arena_finish(&c->token_arena);
		c->token_arena = arena;
		c->tokens = tokens;
		lwd_log(LWD_NOTICE, "reload", "text", "tokens were read anew", NULL);
	}
	lwd_notify("READY=1");
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
	int r = c->config->tokens ? load_tokens(c, &c->tokens, &c->token_arena, reterr) : 0;

	if (r)
		return r;
	uv_timer_init(&c->loop, &c->due);
	uv_timer_init(&c->loop, &c->telling);
	uv_timer_init(&c->loop, &c->restart);
	uv_timer_init(&c->loop, &c->alive);
	c->due.data = c->telling.data = c->restart.data = c;
	for (unsigned i = 0; i < 3; i++) {
		uv_signal_init(&c->loop, &c->signal[i]);
		c->signal[i].data = c;
		uv_signal_start(&c->signal[i], on_signal, numbers[i]);
	}
	signal(SIGPIPE, SIG_IGN);
	r = c->config->address ? start_api(c, reterr) : 0;
	if (r)
		return r;
	uv_timer_start(&c->telling, on_tell, TELL_MS, TELL_MS);
	if (lwd_watchdog_ms())
		uv_timer_start(&c->alive, on_alive, 0, lwd_watchdog_ms());
	tell(c); /* what comes from now on is news */
	run(c);
	return 0;
}

int lwd_core_run(const struct lwd_config *config, struct lw_fabric *f,
		 const struct lwd_options *opt, struct lw_error *reterr)
{
	struct core *c = calloc(1, sizeof(*c));
	struct timespec wall;
	int r;

	if (!c)
		return lw_fail(reterr, LW_ENOMEM, "out of memory");
	c->config = config;
	c->opt = opt;
	lw_arena_init(&c->token_arena, 0);
	clock_gettime(CLOCK_REALTIME, &wall);
	c->start_ns = uv_hrtime();
	r = lwd_plant_start(&c->plant, config, f, reterr);
	if (r)
		goto out;
	c->tell.quality = &c->plant.quality;
	c->plant.wall_ms = (int64_t)wall.tv_sec * 1000 + wall.tv_nsec / 1000000;
	uv_loop_init(&c->loop);
	r = lwd_senders_start(&c->senders, config, &c->loop, reterr);
	c->plant.sender = c->senders.told;
	c->plant.sender_n = c->senders.n;
	if (!r)
		r = start(c, reterr);
	if (!r) {
		lwd_log(LWD_NOTICE, "started", "fabric", f->name, "modules",
			config->modules == LWD_TWINS ? "twins" : "devices", NULL);
		if (!config->address)
			tell_ready(c);
		uv_run(&c->loop, UV_RUN_DEFAULT);
		lwd_notify("STOPPING=1");
		lwd_log(LWD_NOTICE, "stopped", "text", "modules stay as they are", NULL);
	}
	c->ending = true;
	if (c->api_runs)
		uv_process_kill(&c->api, SIGTERM);
	lwd_senders_finish(&c->senders);
	uv_run(&c->loop, UV_RUN_NOWAIT);
	uv_walk(&c->loop, close_handle, NULL);
	uv_run(&c->loop, UV_RUN_DEFAULT);
	uv_loop_close(&c->loop);
	lwd_plant_finish(&c->plant);
	lwd_tell_forget(&c->tell);
	lw_buf_finish(&c->in);
out:
	lw_arena_finish(&c->token_arena);
	free(c);
	return r;
}
