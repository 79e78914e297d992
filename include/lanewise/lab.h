/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LW_LAB_H
#define LW_LAB_H

#include <lanewise/fabric.h>
#include <lanewise/twin.h>

/**
 * @file
 * A lab: a fabric staged on twins. Every plugged module gets a twin in a virtual cage, every cable
 * its joins, every host its electrical lanes, so that software for real modules runs with none.
 */

struct lw_lab {
	const struct lw_fabric *fabric;    /**< borrowed */
	struct lw_world *world;            /**< owned */
	struct lw_twin **twin;             /**< one per cage, NULL: nothing plugged */
	struct lw_bus **bus;               /**< the same as buses, for lw_engine_init() */
	const char *(*fec)[LW_LPORTS_MAX]; /**< per cage and port: FEC on the medium */
};

/**
 * Stage a resolved fabric. Arrays come from the fabric's arena; release with lw_lab_finish().
 * Modules power up at time 0 with low power asserted by pin, as a switch holds them.
 */
LW_API int lw_lab_init(struct lw_lab *lab, const struct lw_fabric *f, uint64_t seed,
		       struct lw_error *reterr);
LW_API void lw_lab_finish(struct lw_lab *lab);

/**
 * Whether the host of `cage` is aligned on `port`: every lane brings a locked signal of the port's
 * rate, modulation and FEC, all from one far cage. Has the form of lw_carrier; `ctx` is the lab.
 */
LW_API bool lw_lab_carrier(void *ctx, int cage, const struct lw_lport *port);

/** A fault to come, at one end of a link or in a whole module. */
struct lw_lab_fault {
	struct lw_mono at;
	struct lw_mono until; /**< LW_NEVER: for good */
	enum lw_fault kind;
	int cage;
	uint32_t lanes; /**< media lanes (cut, dark) or host lanes (reject, stuck-init) */
};

/**
 * Read a fault as "KIND:PLACE[@START[-END]]": PLACE is a cage ("leaf1/swp1"), a logical port of it
 * ("leaf1/swp1:2") or a link id; times are in seconds ("@20", "@20-35.5").
 * @param reterr  LW_EINVAL: unknown kind or place, with those that exist
 */
LW_API int lw_lab_fault_parse(const struct lw_fabric *f, const char *text, struct lw_lab_fault *ret,
			      struct lw_error *reterr);

/** Switch `x` on or off now. */
LW_API void lw_lab_fault_set(struct lw_lab *lab, const struct lw_lab_fault *x, bool on);

#endif
