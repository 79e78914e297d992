/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LW_CLI_MONTE_CARLO_H
#define LW_CLI_MONTE_CARLO_H

#include "ranks.h"
#include <lanewise/chain.h>
#include <stdbool.h>

/*
 * Blocks of a lane, counted by threads of ranks. Blocks count for themselves (lw_chain_run()) and
 * are added in their order, one by one, until there are enough: neither threads nor ranks nor stops
 * and restarts change the answer.
 */

struct monte_carlo {
	const struct lw_chain *chain;
	double symbols, errors; /**< enough: so many symbols, or so many wrong bits (0: any) */
	unsigned threads;       /**< of each rank */
	const char *checkpoint; /**< file that is gone on from and kept up to date; NULL: none */
	bool quiet;             /**< no progress */
	/* what came out; only on rank 0 */
	struct lw_chain_count count;
	uint64_t next;    /**< blocks counted */
	bool interrupted; /**< by a signal, before there were enough */
};

/**
 * Go on from the checkpoint and count; every rank calls it.
 * @return 0; LW_EINVAL: the checkpoint is none or of another lane; LW_EIO, LW_ENOMEM. On every
 *         rank alike; only rank 0's `reterr` tells.
 */
int monte_carlo_run(struct monte_carlo *m, const struct ranks *r, struct lw_error *reterr);

/** Processors that this process may use, at least 1. */
unsigned monte_carlo_processors(void);

/**
 * What a checkpoint file holds. A file that is not there leaves `ret` as it is.
 * @param hash  lw_chain_hash() of the lane
 */
int checkpoint_load(const char *path, uint64_t hash, uint64_t *ret_next, struct lw_chain_count *ret,
		    struct lw_error *reterr);
/** Written beside and moved, so that a stop leaves the old or the new one. */
int checkpoint_save(const char *path, uint64_t hash, uint64_t next, const struct lw_chain_count *c,
		    struct lw_error *reterr);

#endif
