/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LW_TEST_TWIN_SUPPORT_H
#define LW_TEST_TWIN_SUPPORT_H

#include <lanewise/twin.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

/* After the headers that it needs. */
#include <cmocka.h>

/** @file A module to test with, and short ways to its registers. Everything asserts success. */

/** An 8 x 100G module with the applications of the scenarios' base module. */
const struct lw_part *base_part(void);
/** Its memory: stepped configuration only, every MaxDuration code 3. */
void base_image(struct lw_image *ret);
/** Set one raw number in an image. */
void image_put(struct lw_image *img, unsigned id, unsigned lane, int64_t raw);

struct lw_twin *plug(struct lw_world *w, const char *name, const struct lw_part *part,
		     const struct lw_image *img, bool lpmode);
/** A page of a bank, as those below take it. */
#define IN_BANK(b, page) ((b) << 8 | (page))
/** Read and write `n` bytes; page -1 is lower memory. */
void get_bytes(struct lw_twin *t, int page, unsigned byte, uint8_t *ret, size_t n);
uint8_t get_byte(struct lw_twin *t, int page, unsigned byte);
void put_byte(struct lw_twin *t, int page, unsigned byte, unsigned value);
/** Raw number of a field, read over the bus; lanes count through the banks. */
int64_t get_field(struct lw_twin *t, enum lw_map_id map, unsigned id, unsigned lane);

/** Let `ms` pass. */
void pass(struct lw_world *w, int64_t ms);
/** Drive all lanes of `t` with 100G PAM4. */
void drive_all(struct lw_twin *t, unsigned lanes, uint32_t baud_kbd, enum lw_modulation m);
/** Join lane k of `a` with lane k of `b` over single-mode fibre. */
void join_all(struct lw_world *w, struct lw_twin *a, struct lw_twin *b, unsigned lanes,
	      enum lw_medium medium, double loss_db);

#endif
