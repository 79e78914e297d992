/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LW_LAB_INTERNAL_H
#define LW_LAB_INTERNAL_H

#include <lanewise/lab.h>
#include <lanewise/memory.h>

/** @file What the files of a lab share. */

/** Plug what the fabric file has in that cage, as at the start. */
int lw_lab_plug_own(struct lw_lab *lab, int cage, struct lw_error *reterr);

/** What the module of the fabric file powers up with; `ret` is the caller's. */
int lw_lab_own_image(const struct lw_lab *lab, int cage, struct lw_image *ret,
		     struct lw_error *reterr);

/**
 * Complete the memory of a real module with what its dump left out and no working module lacks: the
 * identifier of the lower half, pages 01h and 02h of a paged CMIS module.
 */
int lw_lab_mend(struct lw_image *img, struct lw_error *reterr);

/** Plug a module whose abilities are known; see lw_lab_plug(). */
int lw_lab_plug_with(struct lw_lab *lab, int cage, const struct lw_part *part,
		     const struct lw_image *img, const struct lw_ability *abilities,
		     size_t ability_n, struct lw_error *reterr);

/** Join one lane as the cable and the faults at both its ends have it now. */
int lw_lab_join(struct lw_lab *lab, const struct lw_fjoin *x, struct lw_error *reterr);

/** Join all lanes of a cage; -1: all there are. */
int lw_lab_join_cage(struct lw_lab *lab, int cage, struct lw_error *reterr);

#endif
