/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LW_FABRIC_RESOLVE_H
#define LW_FABRIC_RESOLVE_H

#include <lanewise/fabric.h>

/** What lies behind a cage's receptacles, and which logical port each media lane belongs to. */
struct place {
	const struct lw_pmd *pmd;  /**< the media side as one whole, NULL if not catalogued */
	uint8_t receptacles;       /**< at least 1 */
	uint8_t pairs;             /**< fibre pairs of one receptacle */
	uint8_t pair_lanes;        /**< media lanes on one pair */
	uint8_t host_lanes;        /**< lanes of the plug */
	int8_t port[LW_LANES_MAX]; /**< logical port of each media lane, -1: none */
	/** for fixed cables: of each host lane */
	int8_t host_port[LW_LANES_MAX];
	uint8_t clash[LW_LPORTS_MAX]; /**< 1 + the port whose media lanes this port claims too */
	bool cabled;                  /**< some cable ends here */
	uint32_t served;              /**< bit p: logical port p has a link */
};

/** Find out the place of a cage whose abilities are known. */
void lw_place_find(const struct lw_cage *c, struct place *ret);

/**
 * Join the lanes of every cable into logical links (unjudged).
 * @param places  one per cage; `cabled` and `served` are updated
 */
int lw_fabric_join(struct lw_fabric *f, struct place *places, struct lw_error *reterr);

struct alike;

/**
 * Choose the abilities of a link's ends and judge it, unless one like it was judged already.
 * @param known  those judged so far; NULL: judge this one by itself
 */
int lw_fabric_judge(struct lw_fabric *f, const struct place *places, struct lw_flink *l,
		    struct alike *known, struct lw_error *reterr);

/** Say which cages, ports and legs no link serves. */
int lw_fabric_open_ends(struct lw_fabric *f, const struct place *places, struct lw_error *reterr);

/** "leaf1/swp1:2", without the number when the mode has one port. NULL: out of memory */
const char *lw_port_id(struct lw_arena *arena, const struct lw_cage *c, unsigned port);

#endif
