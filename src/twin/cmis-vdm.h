/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LW_TWIN_CMIS_VDM_H
#define LW_TWIN_CMIS_VDM_H

#include "twin-impl.h"

/**
 * @file
 * Versatile diagnostics of a CMIS twin, pages 20h-2Fh (CMIS 5.4 8.18-8.27). The instances are
 * those that its memory describes; basic observables follow the light, statistics gather errors of
 * an interval until they are frozen.
 */

struct lw_cmis;

/** Errors of one data path in an interval; `now` has held since the last change. Before the first
 * valid sample since the path has outputs there are no statistics. */
struct lw_vdm_errors {
	bool any;
	double now, low, high, sum, seconds;
};

struct lw_vdm_state {
	bool frozen;         /**< what the host asked for */
	struct lw_mono done; /**< when that is carried out */
	struct lw_mono at;   /**< `running` is of this moment */
	uint64_t seen;       /**< digest of what flags depend on, when they were last looked at */
	bool look;           /**< flags are to be looked at now */
	struct lw_mono look_at; /**< when a change shows in flags: at the next sample; LW_NEVER */
	bool begun;             /**< `running` and `seen` are of an epoch at all ... */
	uint32_t run_epoch;     /**< ... this one */
	uint32_t flag_epoch;
	/** by side (LW_DIAG_...) and first host lane of the path */
	struct lw_vdm_errors running[2][LW_TWIN_LANES], held[2][LW_TWIN_LANES];
};

void lw_vdm_reset(struct lw_cmis *c);
bool lw_vdm_supported(const struct lw_cmis *c);
/** Is the slot one of page 20h-27h's: pages that exist by advertisement? */
unsigned lw_vdm_groups(const struct lw_view *v);
/** Gather errors and carry out freezing. @return when it wants to run again */
struct lw_mono lw_vdm_run(struct lw_cmis *c);
/** Put what the instances show into the page of results of a group, in one bank. */
void lw_vdm_show(struct lw_cmis *c, unsigned bank, unsigned group);
/** 2Fh was written in a bank: freezing is for all of them (8.27.8). */
void lw_vdm_written(struct lw_cmis *c, unsigned bank);
/** Latch the flags of what changed, at the latest sample; those that were read, at once. */
void lw_vdm_flags(struct lw_cmis *c);
/** The flags are about to be read: they show what holds now. */
void lw_vdm_flags_now(struct lw_cmis *c);
/** Is a flag set whose mask is clear? */
bool lw_vdm_unmasked(const struct lw_twin *t);

#endif
