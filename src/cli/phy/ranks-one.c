/* SPDX-License-Identifier: Apache-2.0 */
#include "ranks.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* How many processes mpirun started: Open MPI and MPICH tell in these. */
static long started(void)
{
	static const char *const names[] = {"OMPI_COMM_WORLD_SIZE", "PMI_SIZE"};

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (getenv(names[i]))
			return strtol(getenv(names[i]), NULL, 10);
	return 1;
}

/* This command line again, by the program of that name beside this one. Returns if it cannot. */
static void become(const char *suffix)
{
	enum { ARGS = 512 };
	char path[4096], text[65536], *argv[ARGS + 1];
	ssize_t n = readlink("/proc/self/exe", path, sizeof(path) - 8);
	FILE *f = fopen("/proc/self/cmdline", "r");
	size_t size = f ? fread(text, 1, sizeof(text), f) : 0;
	int args = 0;

	if (f)
		fclose(f);
	if (n <= 0 || !size || size == sizeof(text) || text[size - 1])
		return;
	for (char *at = text; at < text + size && args < ARGS; at += strlen(at) + 1)
		argv[args++] = at;
	argv[args] = NULL;
	strcpy(path + n, suffix);
	if (args < ARGS)
		execv(path, argv);
}

int ranks_start(struct ranks *ret)
{
	*ret = (struct ranks){1, 0};
	if (started() < 2)
		return 0;
	become("-mpi");
	fprintf(stderr,
		"lanewise: mpirun started several, but no lanewise-mpi lies beside this one: build "
		"with libopenmpi-dev installed, or use --threads in one process\n");
	return -1;
}

void ranks_finish(void)
{
}

int ranks_first_bad(const struct ranks *r, bool bad)
{
	(void)r;
	return bad ? 0 : -1;
}

void ranks_tell(uint64_t *word, int n)
{
	(void)word;
	(void)n;
}

void ranks_gather(const uint64_t *word, int n, uint64_t *ret)
{
	memcpy(ret, word, (size_t)n * sizeof(*ret));
}
