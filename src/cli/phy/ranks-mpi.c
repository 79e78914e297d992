/* SPDX-License-Identifier: Apache-2.0 */
#include "ranks.h"

#include <mpi.h>

/* MPI's own handler of errors ends all ranks: what it returns needs no look. */

int ranks_start(struct ranks *ret)
{
	MPI_Init(NULL, NULL);
	MPI_Comm_size(MPI_COMM_WORLD, &ret->n);
	MPI_Comm_rank(MPI_COMM_WORLD, &ret->me);
	return 0;
}

void ranks_finish(void)
{
	MPI_Finalize();
}

int ranks_first_bad(const struct ranks *r, bool bad)
{
	int mine = bad ? r->me : r->n, first;

	MPI_Allreduce(&mine, &first, 1, MPI_INT, MPI_MIN, MPI_COMM_WORLD);
	return first < r->n ? first : -1;
}

void ranks_tell(uint64_t *word, int n)
{
	MPI_Bcast(word, n, MPI_UINT64_T, 0, MPI_COMM_WORLD);
}

void ranks_gather(const uint64_t *word, int n, uint64_t *ret)
{
	MPI_Gather(word, n, MPI_UINT64_T, ret, n, MPI_UINT64_T, 0, MPI_COMM_WORLD);
}
