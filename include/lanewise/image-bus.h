/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LW_IMAGE_BUS_H
#define LW_IMAGE_BUS_H

#include <lanewise/bus.h>
#include <lanewise/image.h>

/** @file A read-only bus over a memory image, so that a dump can stand where a module would. */

struct lw_image_bus {
	struct lw_bus bus;
	const struct lw_image *img;
};

/** Prepare `b`; borrows `img`. Reads of absent slots fail with LW_ENOPAGE, writes with LW_ENOTSUP.
 */
LW_API void lw_image_bus_init(struct lw_image_bus *b, const struct lw_image *img);

#endif
