/* SPDX-License-Identifier: Apache-2.0 */
/* A bus whose accesses are done by a thread of its own, so that one that hangs lets its caller go.
 */
#include <errno.h>
#include <lanewise/device.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define ACCESS_MAX 128

/* What is waited for an access when no patience is left: no bus that is well takes longer. */
#define LEAST_MS 25
/* Patience comes back in a time so many times as long as it was. */
#define SHARE 4

enum state {
	FREE,
	POSTED, /* the thread has it, or will */
	DONE,   /* its caller has not seen it yet */
};

struct access {
	bool write, polling;
	struct lw_addr addr;
	uint8_t data[ACCESS_MAX];
	size_t n;
	int result;
	struct lw_error error;
};

struct lw_guard {
	struct lw_bus bus; /* first */
	struct lw_bus *inner;
	struct lw_segment *segment;
	struct lw_mono patience;
	struct lw_patience *together; /* of all guards of one caller, who alone uses it; or NULL */
	pthread_mutex_t lock;         /* of all below; never held during an access */
	pthread_cond_t done;
	enum state state;
	bool abandoned; /* nobody waits for it any more */
	bool hung;      /* the last access that was waited for; one that nobody waits for tells */
	bool closing;
	struct lw_mono since;
	struct access access;
};

static void carry_out(struct lw_bus *inner, struct access *a)
{
	inner->polling = a->polling;
	a->result = a->write ? lw_bus_write(inner, a->addr, a->data, a->n, &a->error)
			     : lw_bus_read(inner, a->addr, a->data, a->n, &a->error);
}

/* A read of byte 0, which changes nothing: does the bus answer? */
static struct access trial_of(const struct access *a)
{
	return (struct access){.polling = true, .addr.i2c = a->addr.i2c, .n = 1};
}

static bool is_late(const struct lw_guard *g)
{
	return lw_mono_before(lw_mono_add(g->since, g->patience), lw_device_now());
}

/* The access of a caller that was let go has ended, much too late: is that over? Lock held. */
static void try_again(struct lw_guard *g, struct access trial)
{
	g->since = lw_device_now();
	pthread_mutex_unlock(&g->lock);
	carry_out(g->inner, &trial);
	pthread_mutex_lock(&g->lock);
}

/* On the thread of the guard. */
static struct lw_mono work(void *ctx, struct lw_mono now)
{
	struct lw_guard *g = ctx;
	struct access a;
	bool posted;

	(void)now;
	pthread_mutex_lock(&g->lock);
	posted = g->state == POSTED;
	a = g->access;
	pthread_mutex_unlock(&g->lock);
	if (!posted)
		return LW_NEVER;
	carry_out(g->inner, &a);
	pthread_mutex_lock(&g->lock);
	if (g->abandoned && is_late(g) && !g->closing)
		try_again(g, trial_of(&a));
	g->access = a;
	g->state = g->abandoned ? FREE : DONE;
	if (g->abandoned)
		g->hung = is_late(g);
	g->abandoned = false;
	pthread_cond_signal(&g->done);
	pthread_mutex_unlock(&g->lock);
	return LW_NEVER;
}

static int hangs(const struct lw_guard *g, struct lw_error *reterr)
{
	return lw_fail(reterr, LW_ETIMEDOUT, "the bus hangs: an access has not ended for %.1f s",
		       (double)(lw_device_now().ns - g->since.ns) / 1e9);
}

/* How long the caller waits at most. */
static struct lw_mono wait_of(const struct lw_guard *g, struct lw_mono now)
{
	struct lw_patience *t = g->together;
	struct lw_mono left = g->patience;

	if (!t)
		return left;
	t->spent.ns -= (now.ns - t->at.ns) / SHARE;
	if (t->spent.ns < 0)
		t->spent.ns = 0;
	t->at = now;
	left.ns -= t->spent.ns;
	return lw_mono_before(left, lw_ms(LEAST_MS)) ? lw_mono_min(lw_ms(LEAST_MS), g->patience)
						     : left;
}

/* Post an access; the lock is held. */
static void post(struct lw_guard *g, const struct access *a, bool abandoned)
{
	g->access = *a;
	g->state = POSTED;
	g->abandoned = abandoned;
	g->since = lw_device_now();
}

/* Have it done; `a` has the outcome unless the bus hangs. */
static int guarded(struct lw_guard *g, struct access *a, struct lw_error *reterr)
{
	const struct access trial = trial_of(a);
	struct lw_mono end;
	struct timespec t;
	bool hung;
	int r = 0;

	pthread_mutex_lock(&g->lock);
	if (g->state != FREE) {
		pthread_mutex_unlock(&g->lock);
		return hangs(g, reterr);
	}
	hung = g->hung;
	post(g, hung ? &trial : a, hung);
	end = lw_mono_add(g->since, wait_of(g, g->since));
	pthread_mutex_unlock(&g->lock);
	lw_segment_wake(g->segment);
	if (hung)
		return lw_fail(reterr, LW_ETIMEDOUT,
			       "the bus hung; whether it answers again is being tried");
	t = (struct timespec){.tv_sec = end.ns / 1000000000, .tv_nsec = end.ns % 1000000000};
	pthread_mutex_lock(&g->lock);
	while (g->state == POSTED && r != ETIMEDOUT)
		r = pthread_cond_timedwait(&g->done, &g->lock, &t);
	if (g->state == POSTED) {
		g->abandoned = g->hung = true;
		if (g->together)
			g->together->spent.ns += lw_device_now().ns - g->since.ns;
		pthread_mutex_unlock(&g->lock);
		return hangs(g, reterr);
	}
	*a = g->access;
	g->state = FREE;
	pthread_mutex_unlock(&g->lock);
	if (a->result && reterr)
		*reterr = a->error;
	return a->result;
}

static int guard_read(struct lw_bus *bus, struct lw_addr addr, uint8_t *ret, size_t n,
		      struct lw_error *reterr)
{
	struct access a = {.polling = bus->polling, .addr = addr, .n = n};
	int r = guarded((struct lw_guard *)bus, &a, reterr);

	if (!r)
		memcpy(ret, a.data, n);
	return r;
}

static int guard_write(struct lw_bus *bus, struct lw_addr addr, const uint8_t *p, size_t n,
		       struct lw_error *reterr)
{
	struct access a = {.write = true, .polling = bus->polling, .addr = addr, .n = n};

	memcpy(a.data, p, n);
	return guarded((struct lw_guard *)bus, &a, reterr);
}

static void release(struct lw_guard *g)
{
	pthread_cond_destroy(&g->done);
	pthread_mutex_destroy(&g->lock);
	free(g);
}

int lw_guard_open(struct lw_bus *inner, struct lw_mono patience, struct lw_patience *together,
		  struct lw_guard **ret, struct lw_error *reterr)
{
	static const struct lw_bus_ops ops = {.read = guard_read, .write = guard_write};
	struct lw_guard *g = calloc(1, sizeof(*g));
	pthread_condattr_t attr;
	int r;

	if (!g)
		return lw_fail(reterr, LW_ENOMEM, "out of memory");
	g->bus.ops = &ops;
	g->inner = inner;
	g->patience = patience;
	g->together = together;
	pthread_mutex_init(&g->lock, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&g->done, &attr);
	pthread_condattr_destroy(&attr);
	r = lw_segment_start(work, g, &g->segment, reterr);
	if (r) {
		release(g);
		return r;
	}
	*ret = g;
	return 0;
}

struct lw_bus *lw_guard_bus(struct lw_guard *g)
{
	return &g->bus;
}

int lw_guard_close(struct lw_guard *g, struct lw_mono wait, struct lw_error *reterr)
{
	int r;

	if (!g)
		return 0;
	pthread_mutex_lock(&g->lock);
	g->closing = true;
	pthread_mutex_unlock(&g->lock);
	r = lw_segment_stop(g->segment, wait, reterr);
	if (!r)
		release(g);
	return r;
}
