/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LW_CLI_RANKS_H
#define LW_CLI_RANKS_H

#include <stdbool.h>
#include <stdint.h>

/*
 * Work shared by the processes that mpirun started. ranks-one.c stands for them in "lanewise",
 * which is one process; ranks-mpi.c, linked into "lanewise-mpi", talks through MPI. All of it
 * blocks until every rank has come along.
 */

struct ranks {
	int n, me; /**< how many, and which: 0 to n - 1; rank 0 reads, writes and talks */
};

/**
 * Join. A "lanewise" that mpirun started becomes the "lanewise-mpi" beside it.
 * @return 0, or -1: started by mpirun, but built without MPI (said)
 */
int ranks_start(struct ranks *ret);
void ranks_finish(void);

/** @return the lowest rank whose `bad` is true; -1: none */
int ranks_first_bad(const struct ranks *r, bool bad);
/** Give every rank the `n` words that rank 0 has. */
void ranks_tell(uint64_t *word, int n);
/** Bring `n` words of each rank to rank 0, in order: `ret` is n * ranks.n long there. */
void ranks_gather(const uint64_t *word, int n, uint64_t *ret);

#endif
