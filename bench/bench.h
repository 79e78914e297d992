/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LW_BENCH_H
#define LW_BENCH_H

#include <lanewise/fabric.h>
#include <lanewise/lab.h>
#include <stdbool.h>
#include <stddef.h>

/**
 * @file
 * What is timed: cases, each a function that does the same work `batch` times, so that the clock is
 * no part of what is measured.
 */

#define BENCH_DUMP "tests/golden/cmis-arista-networks-qdd-400g-xdr4-xkt231212112/dump.bin"

#define BENCH_CASES_MAX 32

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
int bench_add_chain(struct bench_case ret[BENCH_CASES_MAX], size_t *inout_n);

/** Write a fabric file of 2 x `modules` 800G modules face to face, in that breakout mode. */
void bench_fabric_yaml(struct lw_buf *b, unsigned modules, const char *mode);
/** Load and resolve it into `arena`. @return 0, or -1 after a message */
int bench_fabric(const struct lw_buf *yaml, struct lw_arena *arena, struct lw_fabric *ret);

/**
 * Bring a fabric of `modules` modules up in virtual time, by the engine and by a host that works as
 * SONiC does, and print how long that takes beside what the slowest module needs for itself.
 * @return 0, or 1 after a message
 */
int bench_up(unsigned modules, const char *mode);
/** How much faster than real time many modules and their host run. */
int bench_speed(unsigned modules, const char *mode);

/** Rates of patterns and Reed-Solomon codes beside their peers. @return 0, or 1 after a message */
int bench_phy(void);

/**
 * The sequence of a widely used host (one thread, a pass each second, one state a pass and port),
 * on the buses of `lab`, until every port is ready.
 * @param ret  virtual time of the last one
 * @return 0; -1 when a port gave up
 */
int bench_sonic(struct lw_lab *lab, struct lw_mono *ret);

/** Plan fabrics of growing size and print links per second. @return 0, or 1 after a message */
int bench_plans(void);

#endif
