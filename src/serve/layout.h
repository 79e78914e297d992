/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LW_SERVE_LAYOUT_H
#define LW_SERVE_LAYOUT_H

#include <lanewise/bus.h>
#include <lanewise/management.h>

/**
 * @file
 * Where the bytes of a module are in a file that is laid out as the optoe driver does it: the lower
 * half first, then page p of bank b at block 1 + b * stride + p (serve 2). With a stride below 256
 * the lowest pages, which have no banks, are there once. SFF-8472: all of A0h, then A2h with its
 * pages.
 */

struct lw_layout {
	enum lw_map_id map;
	unsigned stride; /**< pages from one bank to the next, 1-256 */
	unsigned banks;
};

/** Bytes of the file. */
uint64_t lw_layout_size(const struct lw_layout *l);

/**
 * The access that byte `off` of the file stands for.
 * @return bytes from there to the end of its half, 0 when the file ends before
 */
unsigned lw_layout_at(const struct lw_layout *l, uint64_t off, struct lw_addr *ret);

/** Bytes at the end of the half of `a` that select bank and page: 0, 1 or 2. */
unsigned lw_layout_selects(const struct lw_layout *l, struct lw_addr a);

#endif
