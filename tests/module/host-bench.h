/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LW_TEST_HOST_BENCH_H
#define LW_TEST_HOST_BENCH_H

#include <lanewise/twin.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

/* After the headers that it needs. */
#include <cmocka.h>

/**
 * @file
 * A twin to try host procedures on, behind a bus that can spoil accesses, and virtual time.
 */

/** Called before an access; @return 0 to let it through, or the error it ends with */
typedef int (*bench_hook)(void *ctx, struct lw_addr a, bool write, uint8_t *p, size_t n);

struct bench {
	struct lw_world *world;
	struct lw_twin *twin;
	struct lw_bus bus; /**< what procedures get; passes accesses on to the twin */
	bench_hook before; /**< NULL: none */
	bench_hook after;  /**< after a read that went well; may change its bytes */
	void *ctx;
	struct lw_mono now;
	unsigned accesses;
};

/** The memory of an 800G module with CDB and diagnostics. */
void bench_image(struct lw_image *ret);
/** Set one raw number in an image. */
void bench_put(struct lw_image *img, unsigned id, unsigned lane, int64_t raw);
/** Make the checksums of the image right again after that. */
void bench_sum(struct lw_image *img);

/** Plug a module with that memory into a world of its own and let it become ready. */
void bench_open(struct bench *b, const struct lw_image *img, struct lw_twin_options opt);
/** A second module beside it, its media lanes joined with the first's. */
void bench_join(struct bench *b, struct bench *far, const struct lw_image *img, double loss_db);
void bench_close(struct bench *b);

/** Move the time to `until` (at most LW_NEVER's last second: it fails the test). */
void bench_wait(struct bench *b, struct lw_mono until);
uint8_t bench_byte(struct bench *b, int page, unsigned byte);
void bench_write(struct bench *b, int page, unsigned byte, uint8_t value);

#endif
