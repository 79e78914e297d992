/* SPDX-License-Identifier: Apache-2.0 */
#include "child.h"

#include "log.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* It is started again so long after it died, twice as long each time until it stays, */
#define RESTART_MS     1000
#define RESTART_MAX_MS 60000
/* and ended when it leaves so much unread. */
#define BACKLOG_MAX (32u << 20)

#define FDS (LWD_CHILD_KEY + 1)

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

void lwd_child_send(struct lwd_child *c, struct lw_buf *frames)
{
	struct sending *s = c->runs && frames->len ? malloc(sizeof(*s)) : NULL;
	uv_buf_t b;

	if (s && uv_stream_get_write_queue_size((uv_stream_t *)&c->pipe) > BACKLOG_MAX) {
		lwd_log(LWD_WARNING, "api-stuck", "text", "it reads nothing and is ended", NULL);
		uv_process_kill(&c->process, SIGKILL);
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

static void on_room(uv_handle_t *h, size_t want, uv_buf_t *ret)
{
	static char room[65536];

	(void)h;
	(void)want;
	*ret = uv_buf_init(room, sizeof(room));
}

static int on_frame(void *ctx, const struct lwd_head *h, const char *p)
{
	struct lwd_child *c = ctx;
	struct lwd_ask ask;

	if (h->kind == LWD_HERE) {
		c->serves(c->ctx);
		return 0;
	}
	if (h->kind != LWD_ASK || lwd_ask_parse(p, h->n, &ask))
		return LW_EINVAL;
	c->asks(c->ctx, h->number, &ask);
	return 0;
}

static void on_read(uv_stream_t *s, ssize_t n, const uv_buf_t *b)
{
	struct lwd_child *c = s->data;

	if (n < 0) { /* it is gone, or going */
		uv_read_stop(s);
		return;
	}
	if (lwd_frames_take(&c->in, b->base, (size_t)n, LWD_ASK_MAX, on_frame, c)) {
		lwd_log(LWD_ERROR, "api-garbled", "text", "it speaks nonsense and is ended", NULL);
		uv_process_kill(&c->process, SIGKILL);
		lw_buf_finish(&c->in);
	}
}

static void on_restart(uv_timer_t *t)
{
	struct lw_error e;

	if (lwd_child_start(t->data, &e))
		lwd_log(LWD_ERROR, "api-start", "error", e.message, NULL);
}

static void on_pipe_closed(uv_handle_t *h)
{
	struct lwd_child *c = h->data;

	c->closing = false;
	if (!c->ending)
		uv_timer_start(&c->restart, on_restart, c->anew ? 0 : c->pause_ms, 0);
	c->anew = false;
}

static void close_handles(struct lwd_child *c)
{
	c->runs = false;
	c->closing = true;
	uv_close((uv_handle_t *)&c->process, NULL);
	uv_close((uv_handle_t *)&c->pipe, on_pipe_closed);
}

static void on_end(uv_process_t *p, int64_t status, int sig)
{
	struct lwd_child *c = p->data;
	char code[24];

	snprintf(code, sizeof(code), "%s %d", sig ? "signal" : "exit", sig ? sig : (int)status);
	c->pause_ms = c->pause_ms && uv_now(c->loop) - c->since < RESTART_MAX_MS ? 2 * c->pause_ms
										 : RESTART_MS;
	if (c->pause_ms > RESTART_MAX_MS)
		c->pause_ms = RESTART_MAX_MS;
	lw_buf_finish(&c->in);
	close_handles(c);
	if (c->ending || c->anew)
		return;
	c->serves(c->ctx); /* links are not held up by a web server that cannot start */
	lwd_log(LWD_ERROR, "api-ended", "how", code, "text",
		"links are not concerned; it is started again", NULL);
}

/* A descriptor that a text can be read from. -1: there is none to be had */
static int put(const char *p, size_t n)
{
	int fd = memfd_create("lanewised", MFD_CLOEXEC);
	size_t done = 0;

	while (fd >= 0 && done < n) {
		ssize_t k = write(fd, p + done, n - done);

		if (k <= 0) {
			close(fd);
			return -1;
		}
		done += (size_t)k;
	}
	return fd;
}

/* @return of libuv */
static int spawn(struct lwd_child *c, const uv_stdio_container_t *io)
{
	char *args[] = {(char *)(uintptr_t)c->self, (char *)(uintptr_t) "--api",
			(char *)(uintptr_t)c->config_path, NULL};
	uv_process_options_t o = {.exit_cb = on_end,
				  .file = "/proc/self/exe",
				  .args = args,
				  .stdio_count = FDS,
				  .stdio = (uv_stdio_container_t *)(uintptr_t)io};

	return uv_spawn(c->loop, &c->process, &o);
}

int lwd_child_start(struct lwd_child *c, struct lw_error *reterr)
{
	const struct lwd_setup *s = c->setup;
	const struct lwd_pem given[] = {{"config", s->text, s->n}, s->certificate, s->key};
	uv_stdio_container_t io[FDS] = {
		[STDERR_FILENO] = {.flags = UV_INHERIT_FD, .data.fd = STDERR_FILENO},
		[LWD_CHILD_CORE] = {.flags = UV_CREATE_PIPE | UV_READABLE_PIPE | UV_WRITABLE_PIPE,
				    .data.stream = (uv_stream_t *)&c->pipe}};
	int r;

	if (!s->config.address)
		return 0;
	for (unsigned i = LWD_CHILD_CONFIG; i < FDS; i++) {
		const struct lwd_pem *p = &given[i - LWD_CHILD_CONFIG];

		if (!p->text)
			continue;
		io[i].flags = UV_INHERIT_FD;
		io[i].data.fd = put(p->text, p->n);
	}
	/* without a descriptor to pass on this fails, and is tried again like all else */
	uv_pipe_init(c->loop, &c->pipe, 0);
	c->pipe.data = c->process.data = c;
	r = spawn(c, io);
	for (unsigned i = LWD_CHILD_CONFIG; i < FDS; i++)
		if (io[i].flags == UV_INHERIT_FD && io[i].data.fd >= 0)
			close(io[i].data.fd);
	if (r) {
		c->pause_ms = c->pause_ms ? c->pause_ms : RESTART_MS;
		close_handles(c);
		return lw_fail(reterr, LW_EIO, "the API process cannot be started: %s",
			       uv_strerror(r));
	}
	c->runs = true;
	c->since = uv_now(c->loop);
	uv_read_start((uv_stream_t *)&c->pipe, on_room, on_read);
	c->started(c->ctx);
	return 0;
}

void lwd_child_renew(struct lwd_child *c)
{
	c->pause_ms = 0;
	if (c->runs || c->closing)
		c->anew = true;
	else
		uv_timer_start(&c->restart, on_restart, 0, 0);
	if (c->runs)
		uv_process_kill(&c->process, SIGTERM);
}

void lwd_child_init(struct lwd_child *c, uv_loop_t *loop)
{
	c->loop = loop;
	uv_timer_init(loop, &c->restart);
	c->restart.data = c;
}

void lwd_child_end(struct lwd_child *c)
{
	c->ending = true;
	if (c->runs)
		uv_process_kill(&c->process, SIGTERM);
}

void lwd_child_finish(struct lwd_child *c)
{
	lw_buf_finish(&c->in);
}
