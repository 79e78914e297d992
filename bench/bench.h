/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LW_BENCH_H
#define LW_BENCH_H

#include <stdbool.h>
#include <stddef.h>

/**
 * @file
 * What is timed: cases, each a function that does the same work `batch` times, so that the clock is
 * no part of what is measured.
 */

#define BENCH_DUMP "tests/golden/cmis-arista-networks-qdd-400g-xdr4-xkt231212112/dump.bin"

#define BENCH_CASES_MAX 16

struct bench_case {
	const char *name;
	void (*run)(void *ctx);
	void *ctx;
	unsigned batch; /**< how often one call of run() does the work */
	double bar;     /**< least rate asked for, 0: none */
	bool is_floor; /**< only copies bytes: what the cases behind it, to the next, are held to */
	bool is_peer;  /**< what a peer program is held to */
};

/** CPU seconds that this process has used: others on the machine do not count. */
double bench_cpu_seconds(void);

/** Set up and append cases to `ret`. @return 0, or -1 after a message */
int bench_add_decode(struct bench_case ret[BENCH_CASES_MAX], size_t *inout_n);
int bench_add_link(struct bench_case ret[BENCH_CASES_MAX], size_t *inout_n);

/** Check a fabric of 2 x `modules`, bring it up in virtual time, and print a line. */
int bench_up(unsigned modules, const char *mode);

#endif
