/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LW_TEST_CONTROL_BENCH_H
#define LW_TEST_CONTROL_BENCH_H

#include <lanewise/control.h>
#include <lanewise/module.h>
#include <lanewise/twin.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

/* After the headers that it needs. */
#include <cmocka.h>

/** @file Two joined twins, the near one behind a bus that can be spoiled, and virtual time. */

enum { LOWER = -1, P10 = 0x10, P11 = 0x11 };

struct bench {
	struct lw_world *world;
	struct lw_twin *near, *far;
	struct lw_bus bus; /**< what procedures get; passes accesses on to the near twin */
	/** Called before an access; its error ends it. NULL: none. Writes may be changed. */
	int (*before)(struct bench *b, struct lw_addr a, bool write, uint8_t *p, size_t n);
	unsigned accesses, spoiled; /**< for `before` */
	struct lw_module module;    /**< identified: memory and facts */
};

/** Plug, let come up, identify and look. `img` NULL: the part's own memory. */
void bench_open(struct bench *b, const struct lw_part *part, const struct lw_image *img);
void bench_open_part(struct bench *b, const char *part);
void bench_close(struct bench *b);

/** Read the controls again, as planning needs them. */
void bench_look(struct bench *b);
void bench_pass(struct bench *b, int64_t ms);
struct lw_mono bench_now(const struct bench *b);
uint8_t bench_byte(struct lw_twin *t, int page, unsigned byte);
void bench_put(struct lw_twin *t, int page, unsigned byte, unsigned value);

/** Carry a plan out and tell how it ended; then look. */
enum lw_control_outcome bench_run(struct bench *b, const struct lw_control_plan *plan,
				  struct lw_error *ret);
/** Plan one setting, which must be possible. */
void bench_plan(struct bench *b, const char *setting, uint32_t lanes, int raw,
		struct lw_control_plan *ret);
/** Plan and carry out one setting, which must succeed. */
void bench_set(struct bench *b, const char *setting, uint32_t lanes, int raw);

/** State changes of the near twin that are not older than `since`: those of a lane, or -1. */
unsigned bench_events(const struct bench *b, struct lw_mono since, int lane, uint8_t *ret,
		      unsigned room);

/** A memory that keeps what is written; `react` may answer to it. */
struct memory_bus {
	struct lw_bus bus;
	struct lw_image image;
	void (*react)(struct memory_bus *m, struct lw_addr a);
};
void memory_bus_init(struct memory_bus *m);

#endif
