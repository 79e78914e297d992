/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LW_SIM_WATCH_H
#define LW_SIM_WATCH_H

#include "reasons.h"
#include "scene.h"

/**
 * @file
 * What must hold at every step of a simulation:
 *
 * 1. a link that nothing was done to stays up, and its data paths keep their states at both ends;
 * 2. a link that is claimed up carries signal at both ends, but for the moment it takes to see;
 * 3. a link that is down for longer than a moment says why, and names nothing that what was done to
 *    it cannot cause;
 * 4. after the last fault, every link that can be up comes up, within its time;
 * 5. a link that is switched off is not claimed up, and after a moment its lanes are dark;
 * 6. a new engine on modules that are as wanted writes nothing.
 */

/** Why nobody may expect anything of a link now. */
struct link_watch {
	unsigned troubles;   /* faults and actions under way */
	uint64_t causes;     /* of troubles since it was last whole: bit = fault or enum cause */
	bool whole;          /* came up, and stayed for a moment, since its last trouble */
	bool wanted;         /* by the last intent */
	struct lw_mono calm; /* when its last trouble ended */
	struct lw_mono exchanged;   /* when a module of it came or went last */
	struct lw_mono false_up;    /* since when it is claimed up and is not; LW_NEVER */
	struct lw_mono unexplained; /* since when it is down without a reason; LW_NEVER */
	struct lw_mono up_since, whole_at;
	struct lw_mono grace; /* a new engine need not know yet that it is up */
	struct lw_mono ask;   /* when it is asked for reasons or light again */
	struct signal {       /* whether it carries signal, as last looked */
		bool known, good;
		uint64_t changed; /* the last change at either end before that */
		struct lw_mono at;
	} signal;
	char *id;
	int cage[2];
	uint32_t lanes[2]; /* host lanes at both ends */
	int state;         /* as last noted */
};

struct watch {
	const struct scene *scene;
	struct link_watch *link; /* one per link of the engine's fabric */
	size_t link_n;
	size_t *seen;                /* events of each twin that were looked at */
	const struct lw_twin **twin; /* whose events these are */
	char broken[512];            /* the first invariant that broke, "" if none did */
	uint64_t checks;
	uint64_t digest;          /* of everything that happened: same seed, same digest */
	unsigned policies;        /* in force */
	struct lw_mono restarted; /* when the engine began, last */
	bool warm;                /* a new engine is to write nothing for now */
	uint64_t warm_writes;     /* made before it began */
	struct lw_mono slowest;   /* longest way from calm to up */
};

int watch_start(struct watch *w, const struct scene *s);
void watch_finish(struct watch *w);

/** Something begins (+1) or ends (-1) to disturb links with host or media lanes `lanes` of a cage.
 */
void watch_trouble(struct watch *w, int cage, uint32_t lanes, bool media, int cause, int step);
/** The same for one link. */
void watch_link_trouble(struct watch *w, size_t link, int cause, int step);
/** A policy comes into force (+1) or ends (-1): what does not run now may not start. */
void watch_policy(struct watch *w, int step);
/** Make `n` bytes part of the digest. */
void watch_note(struct watch *w, const void *p, size_t n);

/**
 * The links may be others now: those that are as before keep what is known of them, the others are
 * in no trouble and have to come up. @return 0 or LW_ENOMEM
 */
int watch_remap(struct watch *w);

/**
 * The engine began anew: it may take a while to see what is up, but it finds everything as wanted
 * if every link was as wanted before.
 */
void watch_restarted(struct watch *w);
/** Something is done on purpose: what follows may be written. */
void watch_acted(struct watch *w);

/** Look at everything. @return false when an invariant broke: `broken` says which */
bool watch_step(struct watch *w);

#endif
