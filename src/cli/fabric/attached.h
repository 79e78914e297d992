/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LW_CLI_ATTACHED_H
#define LW_CLI_ATTACHED_H

#include <lanewise/device.h>
#include <lanewise/fabric.h>

/**
 * @file
 * The modules of a fabric where they really are: a device for each cage.
 */

struct cli_attached {
	size_t n; /* cages of the fabric */
	struct lw_device **device;
	struct lw_bus **bus; /* of each of them */
	struct lw_patience together;
};

/**
 * Open the device of every cage; one that hangs keeps none of the others waiting.
 * @param pattern  how it is reached: {device}, {cage} and {port} stand for the cage's names
 * @param keep     no other program may write to them meanwhile
 * @return 0; LW_EINVAL: several cages have the same device; what lw_device_open() fails with; then
 *         nothing is left open
 */
int cli_attach(struct cli_attached *a, const struct lw_fabric *f, const char *pattern, bool keep,
	       struct lw_error *reterr);
void cli_detach(struct cli_attached *a);

/** Accesses on all of their buses. */
struct lw_bus_stats cli_attached_stats(const struct cli_attached *a);

#endif
