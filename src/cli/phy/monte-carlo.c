/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE /* sched_getaffinity */
#include "monte-carlo.h"
#include "interrupt.h"
#include "progress.h"
#include <math.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A round: so many blocks a thread, some 10 ms of work. Rounds are gathered and added whole. */
enum { BLOCKS = 64, SAVE_MS = 1000 };

/* One rank's part of a round: blocks are taken one by one, each counted into its own place. */
struct round {
	const struct lw_chain *chain;
	uint64_t first;
	unsigned n;
	atomic_uint taken;
	atomic_int failed;
	struct lw_chain_count *count;
};

static void *work(void *ctx)
{
	struct round *r = ctx;
	unsigned i;

	while ((i = atomic_fetch_add(&r->taken, 1)) < r->n) {
		memset(&r->count[i], 0, sizeof(r->count[i]));
		if (lw_chain_run(r->chain, r->first + i, 1, &r->count[i], NULL))
			atomic_store(&r->failed, 1);
	}
	return NULL;
}

/* By this thread and as many others as there are; those that cannot be had are done without. */
static int run_round(struct round *r, pthread_t *thread, unsigned threads)
{
	unsigned n = 0;

	atomic_store(&r->taken, 0);
	while (n + 1 < threads && n + 1 < r->n && !pthread_create(&thread[n], NULL, work, r))
		n++;
	work(r);
	while (n > 0)
		pthread_join(thread[--n], NULL);
	return atomic_load(&r->failed) ? -1 : 0;
}

static bool enough(const struct monte_carlo *m)
{
	return (double)m->count.symbols >= m->symbols ||
	       (m->errors > 0 && (double)m->count.bit_errors >= m->errors);
}

/* Blocks that a round of all ranks is for: no more than are needed. */
static uint64_t round_size(const struct monte_carlo *m, const struct ranks *r)
{
	uint64_t all = (uint64_t)BLOCKS * m->threads * (unsigned)r->n;
	double left = (m->symbols - (double)m->count.symbols) / (double)lw_chain_block(m->chain);

	return left < (double)all ? (uint64_t)ceil(left) : all;
}

struct counting {
	struct monte_carlo *m;
	const struct ranks *ranks;
	struct round round;
	struct lw_chain_count *all; /* of all ranks, on rank 0 */
	pthread_t *thread;
	unsigned share; /* places of a rank */
	uint64_t hash;
	struct progress progress;
	int64_t saved_ns;
	double before; /* symbols that a checkpoint brought */
};

/* Rank 0 adds what came of `n` blocks, in order, until there is enough. */
static void add_round(struct counting *c, uint64_t n)
{
	struct monte_carlo *m = c->m;

	for (uint64_t i = 0; i < n && !enough(m); i++) {
		lw_chain_count_add(&m->count, &c->all[i]);
		m->next++;
	}
}

static int keep(struct counting *c, bool last, struct lw_error *reterr)
{
	int64_t now = progress_now();

	if (!c->m->checkpoint || (!last && c->saved_ns && now - c->saved_ns < SAVE_MS * 1000000ll))
		return 0;
	c->saved_ns = now;
	return checkpoint_save(c->m->checkpoint, c->hash, c->m->next, &c->m->count, reterr);
}

static void show(struct counting *c)
{
	char more[64];

	snprintf(more, sizeof(more), "%llu wrong bits", (unsigned long long)c->m->count.bit_errors);
	progress_show(&c->progress, (double)c->m->count.symbols - c->before,
		      c->m->symbols - c->before, "symbols", more);
}

/* Each round: rank 0 says where and how many, all count their share, rank 0 adds. */
static int rounds(struct counting *c, struct lw_error *reterr)
{
	struct monte_carlo *m = c->m;
	const struct ranks *k = c->ranks;
	const int words = (int)(sizeof(*c->all) / sizeof(uint64_t));
	int r = 0;

	for (;;) {
		uint64_t order[2] = {m->next, 0}, skip;

		if (!k->me) {
			m->interrupted = cli_interrupted() && !enough(m);
			order[1] = r || enough(m) || m->interrupted ? 0 : round_size(m, k);
		}
		ranks_tell(order, 2);
		if (!order[1])
			return r;
		/* Shares are equal but the last: places lie in the order of blocks. */
		c->share = (unsigned)((order[1] + (unsigned)k->n - 1) / (unsigned)k->n);
		skip = (uint64_t)c->share * (unsigned)k->me;
		c->round.first = order[0] + skip;
		c->round.n = skip >= order[1]             ? 0
			     : order[1] - skip < c->share ? (unsigned)(order[1] - skip)
							  : c->share;
		if (ranks_first_bad(k, run_round(&c->round, c->thread, m->threads) != 0) >= 0)
			return lw_fail(reterr, LW_EINVAL, "the lane cannot be run");
		ranks_gather((const uint64_t *)c->round.count, (int)c->share * words,
			     (uint64_t *)c->all);
		if (k->me)
			continue;
		add_round(c, order[1]);
		show(c);
		r = keep(c, enough(m), reterr);
	}
}

/* The checkpoint is read by rank 0; all others only learn whether to go on. */
static int begin(struct counting *c, struct lw_error *reterr)
{
	struct monte_carlo *m = c->m;
	uint64_t hash;
	int r = 0, bad;

	c->hash = hash = lw_chain_hash(m->chain);
	ranks_tell(&hash, 1);
	bad = ranks_first_bad(c->ranks, hash != c->hash || !hash);
	if (bad >= 0)
		return lw_fail(reterr, LW_EINVAL,
			       "rank %d makes another lane than rank 0: are the files and the "
			       "machines alike?",
			       bad);
	if (!c->ranks->me && m->checkpoint)
		r = checkpoint_load(m->checkpoint, hash, &m->next, &m->count, reterr);
	/* what cannot be written is better known before the work than after */
	if (!r && !c->ranks->me)
		r = keep(c, true, reterr);
	return ranks_first_bad(c->ranks, r != 0) < 0 ? 0 : r ? r : LW_EINVAL;
}

static int run(struct counting *c, struct lw_error *reterr)
{
	struct monte_carlo *m = c->m;
	size_t places = (size_t)BLOCKS * m->threads;
	int r = 0;

	c->round.chain = m->chain;
	c->thread = calloc(m->threads, sizeof(*c->thread));
	c->round.count = calloc(places, sizeof(*c->round.count));
	c->all = calloc(c->ranks->me ? 1 : places * (size_t)c->ranks->n, sizeof(*c->all));
	if (ranks_first_bad(c->ranks, !c->thread || !c->round.count || !c->all) >= 0)
		return lw_fail(reterr, LW_ENOMEM, "out of memory");
	r = begin(c, reterr);
	if (r)
		return r;
	c->before = (double)m->count.symbols;
	progress_start(&c->progress, !m->quiet && !c->ranks->me);
	cli_interrupt_catch();
	r = rounds(c, reterr);
	cli_interrupt_release();
	progress_end(&c->progress);
	if (!r && !c->ranks->me)
		r = keep(c, true, reterr);
	return r;
}

int monte_carlo_run(struct monte_carlo *m, const struct ranks *r, struct lw_error *reterr)
{
	struct counting c = {.m = m, .ranks = r};
	int e = run(&c, reterr);

	free(c.thread);
	free(c.round.count);
	free(c.all);
	return e;
}

unsigned monte_carlo_processors(void)
{
	cpu_set_t set;
	int n = sched_getaffinity(0, sizeof(set), &set) ? 1 : CPU_COUNT(&set);

	return n > 1 ? (unsigned)n : 1;
}
