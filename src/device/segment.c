/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <lanewise/device.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <time.h>

struct lw_segment {
	pthread_t thread;
	lw_segment_run run;
	void *ctx;
	pthread_mutex_t lock; /* of all below; never held during a run */
	pthread_cond_t changed;
	bool woken, ending, ended;
	bool running;
	struct lw_mono since; /* when the present run began */
};

static struct timespec to_timespec(struct lw_mono t)
{
	return (struct timespec){.tv_sec = t.ns / 1000000000, .tv_nsec = t.ns % 1000000000};
}

/* Wait until woken, told to end, or `due` comes. */
static void rest(struct lw_segment *s, struct lw_mono due)
{
	struct timespec t = to_timespec(due);

	while (!s->woken && !s->ending && lw_mono_before(lw_device_now(), due)) {
		if (due.ns == LW_NEVER.ns)
			pthread_cond_wait(&s->changed, &s->lock);
		else
			pthread_cond_timedwait(&s->changed, &s->lock, &t);
	}
}

static void *work(void *arg)
{
	struct lw_segment *s = arg;
	struct lw_mono due;

	pthread_mutex_lock(&s->lock);
	while (!s->ending) {
		s->woken = false;
		s->running = true;
		s->since = lw_device_now();
		pthread_mutex_unlock(&s->lock);
		due = s->run(s->ctx, s->since);
		pthread_mutex_lock(&s->lock);
		s->running = false;
		rest(s, due);
	}
	s->ended = true;
	pthread_cond_broadcast(&s->changed);
	pthread_mutex_unlock(&s->lock);
	return NULL;
}

static int start_thread(struct lw_segment *s)
{
	sigset_t all, before;
	int r;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	r = pthread_create(&s->thread, NULL, work, s);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return r;
}

static void finish(struct lw_segment *s)
{
	pthread_cond_destroy(&s->changed);
	pthread_mutex_destroy(&s->lock);
	free(s);
}

int lw_segment_start(lw_segment_run run, void *ctx, struct lw_segment **ret,
		     struct lw_error *reterr)
{
	struct lw_segment *s = calloc(1, sizeof(*s));
	pthread_condattr_t attr;

	if (!s)
		return lw_fail(reterr, LW_ENOMEM, "out of memory");
	s->run = run;
	s->ctx = ctx;
	pthread_mutex_init(&s->lock, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&s->changed, &attr);
	pthread_condattr_destroy(&attr);
	if (start_thread(s)) {
		finish(s);
		return lw_fail(reterr, LW_ENOMEM, "no thread can be started");
	}
	*ret = s;
	return 0;
}

void lw_segment_wake(struct lw_segment *s)
{
	pthread_mutex_lock(&s->lock);
	s->woken = true;
	pthread_cond_broadcast(&s->changed);
	pthread_mutex_unlock(&s->lock);
}

struct lw_mono lw_segment_stuck(struct lw_segment *s, struct lw_mono now)
{
	struct lw_mono span = {0};

	pthread_mutex_lock(&s->lock);
	if (s->running && lw_mono_before(s->since, now))
		span.ns = now.ns - s->since.ns;
	pthread_mutex_unlock(&s->lock);
	return span;
}

int lw_segment_stop(struct lw_segment *s, struct lw_mono wait, struct lw_error *reterr)
{
	struct lw_mono end = lw_mono_add(lw_device_now(), wait);
	struct timespec t = to_timespec(end);
	bool ended;
	int r = 0;

	pthread_mutex_lock(&s->lock);
	s->ending = true;
	pthread_cond_broadcast(&s->changed);
	while (!s->ended && r != ETIMEDOUT)
		r = pthread_cond_timedwait(&s->changed, &s->lock, &t);
	ended = s->ended;
	pthread_mutex_unlock(&s->lock);
	if (!ended)
		return lw_fail(reterr, LW_ETIMEDOUT,
			       "the segment's run has not ended: its bus hangs");
	pthread_join(s->thread, NULL);
	finish(s);
	return 0;
}
