/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LW_SIM_WATCH_H
#define LW_SIM_WATCH_H

#include "scene.h"

/**
 * @file
 * What must hold at every step of a simulation:
 *
 * 1. a link that nothing was done to stays up, and its data paths keep their states at both ends;
 * 2. a link that is claimed up carries signal at both ends, but for the moment it takes to see;
 * 3. a link that is down for longer than a moment says why, and says nothing that cannot be;
 * 4. after the last fault, every link that can be up comes up, within its time.
 */

/** Why nobody may expect anything of a link now. */
struct link_watch {
	unsigned troubles;          /* faults and actions under way */
	uint32_t kinds;             /* of troubles since it was last whole: bit = fault kind */
	bool whole;                 /* came up, and stayed for a moment, since its last trouble */
	bool wanted;                /* by the last intent */
	struct lw_mono calm;        /* when its last trouble ended */
	struct lw_mono false_up;    /* since when it is claimed up and is not; LW_NEVER */
	struct lw_mono unexplained; /* since when it is down without a reason; LW_NEVER */
	struct lw_mono up_since, whole_at;
	struct lw_mono grace; /* a new engine need not know yet that it is up */
	char *id;
	uint32_t lanes[2]; /* host lanes at both ends */
};

struct watch {
	const struct scene *scene;
	struct link_watch *link; /* one per link of the engine's fabric */
	size_t link_n;
	size_t *seen;                /* events of each twin that were looked at */
	const struct lw_twin **twin; /* whose events these are */
	char broken[512];            /* the first invariant that broke, "" if none did */
	uint64_t checks;
	struct lw_mono slowest; /* longest way from calm to up */
};

int watch_start(struct watch *w, const struct scene *s);
void watch_finish(struct watch *w);

/** Something begins (+1) or ends (-1) to disturb links with host or media lanes `lanes` of a cage.
 */
void watch_trouble(struct watch *w, int cage, uint32_t lanes, bool media, int kind, int step);
/** The same for one link. */
void watch_link_trouble(struct watch *w, size_t link, int kind, int step);

/**
 * The links may be others now: those that are as before keep what is known of them, the others are
 * in no trouble and have to come up. @return 0 or LW_ENOMEM
 */
int watch_remap(struct watch *w);

/** The engine began anew: it may take a while to see what is up. */
void watch_restarted(struct watch *w, size_t link);

/** Look at everything. @return false when an invariant broke: `broken` says which */
bool watch_step(struct watch *w);

#endif
