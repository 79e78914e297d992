/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LW_IMAGE_BUS_H
#define LW_IMAGE_BUS_H

#include <lanewise/bus.h>
#include <lanewise/image.h>

/**
 * @file
 * Between modules and memory images: read a module into an image, or let an image stand where a
 * module would (a read-only bus).
 */

/** Told of a page that the module advertises and that could not be read; `why` is on the stack. */
typedef void (*lw_image_left_out)(void *ctx, const struct lw_error *why);

/**
 * Read a module's memory: what it always has, and what that advertises (lw_view_advertises()), in
 * blocks of 128 bytes; flags too, which reading clears. Where the page that advertises cannot be
 * read, all are tried. A page that the module says it does not have (LW_ENOPAGE) is just not there.
 * @param left_out  NULL: nobody wants to know; `ctx` is handed to it
 * @param ret       overwritten; on failure its content is undefined
 * @return 0; LW_ENOTSUP: the identifier selects no memory map known here; or the bus's error: of
 *         what every module has, or that the module is gone or the bus hangs (LW_EABSENT,
 *         LW_ETIMEDOUT)
 */
LW_API int lw_image_read(struct lw_bus *bus, lw_image_left_out left_out, void *ctx,
			 struct lw_image *ret, struct lw_error *reterr);

struct lw_image_bus {
	struct lw_bus bus;
	const struct lw_image *img;
};

/** Prepare `b`; borrows `img`. Reads of absent slots fail with LW_ENOPAGE, writes with LW_ENOTSUP.
 */
LW_API void lw_image_bus_init(struct lw_image_bus *b, const struct lw_image *img);

#endif
