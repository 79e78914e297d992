/* SPDX-License-Identifier: Apache-2.0 */
#include "loop.h"
#include "mount.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static int check_options(const struct lw_serve_options *opt, struct lw_error *reterr)
{
	struct stat st;

	if (!opt->mount && !opt->socket)
		return lw_fail(reterr, LW_EINVAL,
			       "nothing to serve on: give a directory or a "
			       "socket");
	if (!(opt->speed >= 0 && opt->speed <= 1e4) || (opt->speed > 0 && opt->speed < 1e-3))
		return lw_fail(reterr, LW_EINVAL, "speed %g: it may be 0.001 to 10000", opt->speed);
	if (opt->bank_stride && opt->bank_stride != 256 && opt->bank_stride != 240)
		return lw_fail(reterr, LW_EINVAL, "bank stride %u: hosts use 256 or 240 pages",
			       opt->bank_stride);
	if (opt->record && (stat(opt->record, &st) || !S_ISDIR(st.st_mode)))
		return lw_fail_in(reterr, LW_EINVAL, opt->record, 0,
				  "is no directory to write traces into");
	return 0;
}

static void *run_loop(void *loop)
{
	lw_loop_run(loop);
	return NULL;
}

static void stop_signals(sigset_t *ret)
{
	sigemptyset(ret);
	sigaddset(ret, SIGINT);
	sigaddset(ret, SIGTERM);
	sigaddset(ret, SIGHUP);
}

/* Start the loop in a thread that leaves all signals to this one. */
static int start_loop(struct lw_loop *l, pthread_t *ret, struct lw_error *reterr)
{
	sigset_t all, before;
	int r;

	sigfillset(&all);
	pthread_sigmask(SIG_BLOCK, &all, &before);
	r = pthread_create(ret, NULL, run_loop, l);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return r ? lw_fail(reterr, LW_EIO, "no thread can be started: %s", strerror(r)) : 0;
}

static void wait_for_signal(void)
{
	sigset_t stop;
	int got;

	stop_signals(&stop);
	sigwait(&stop, &got);
}

/* Everything is set up: serve until told to stop. */
static int serve(struct lw_loop *l, struct lw_mount *m, const struct lw_serve_options *opt,
		 struct lw_error *reterr)
{
	pthread_t thread;
	int r;

	l->look = m ? lw_mount_look : NULL;
	l->look_ctx = m;
	r = start_loop(l, &thread, reterr);

	if (r)
		return r;
	if (opt->ready)
		opt->ready(opt->ctx);
	if (m)
		r = lw_mount_run(m, reterr);
	else
		wait_for_signal();
	lw_loop_stop(l);
	pthread_join(thread, NULL);
	return r;
}

/* DIR/DEVICE.CAGE.trace */
static int save_trace(struct lw_station *s, int cage, const char *dir, struct lw_error *reterr)
{
	const struct lw_cage *c = &s->fabric->cages[cage];
	struct lw_buf text = LW_BUF_INIT, path = LW_BUF_INIT;
	FILE *f = NULL;
	int sys = 0;

	lw_station_trace(s, cage, &text);
	if (text.len) {
		lw_buf_printf(&path, "%s/%s.%s.trace", dir, c->device, c->name);
		f = fopen(lw_buf_str(&path), "we");
		sys = f ? 0 : errno;
	}
	if (f && fwrite(lw_buf_str(&text), 1, text.len, f) != text.len)
		sys = errno;
	if (f && fclose(f) && !sys)
		sys = errno;
	if (text.failed || path.failed)
		sys = ENOMEM;
	if (sys)
		lw_fail_in(reterr, LW_EIO, lw_buf_str(&path), 0, "the trace cannot be written: %s",
			   strerror(sys));
	lw_buf_finish(&text);
	lw_buf_finish(&path);
	return sys ? LW_EIO : 0;
}

static int save_traces(struct lw_station *s, const char *dir, struct lw_error *reterr)
{
	int r = 0;

	for (size_t i = 0; !r && i < s->fabric->cage_n; i++)
		r = save_trace(s, (int)i, dir, reterr);
	return r;
}

static int set_up(const struct lw_fabric *f, const struct lw_serve_options *opt,
		  struct lw_station *s, struct lw_error *reterr)
{
	struct lw_loop loop = {.listener = -1, .stop = -1};
	struct lw_mount *m = NULL;
	int r = lw_station_init(s, f, opt, reterr);

	if (!r)
		r = lw_loop_init(&loop, s, opt->socket, reterr);
	if (!r && opt->mount)
		r = lw_mount_create(s, opt->mount, opt, &m, reterr);
	if (!r)
		r = serve(&loop, m, opt, reterr);
	if (!r && opt->record)
		r = save_traces(s, opt->record, reterr);
	lw_mount_destroy(m);
	lw_loop_finish(&loop);
	lw_station_finish(s);
	return r;
}

int lw_serve_run(const struct lw_fabric *f, const struct lw_serve_options *opt,
		 struct lw_error *reterr)
{
	struct lw_station *s;
	sigset_t stop, before;
	int r = check_options(opt, reterr);

	if (r)
		return r;
	s = calloc(1, sizeof(*s));
	if (!s)
		return lw_fail(reterr, LW_ENOMEM, "no memory for a lab");
	/* with files libfuse handles the signals; without they are waited for */
	stop_signals(&stop);
	pthread_sigmask(opt->mount ? SIG_UNBLOCK : SIG_BLOCK, &stop, &before);
	r = set_up(f, opt, s, reterr);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	free(s);
	return r;
}
