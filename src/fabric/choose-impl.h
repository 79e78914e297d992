/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LW_FABRIC_CHOOSE_IMPL_H
#define LW_FABRIC_CHOOSE_IMPL_H

#include <lanewise/choose.h>
#include <lanewise/fabric.h>

/** What a part of the catalogue can do. */
struct skills {
	size_t n;
	const struct lw_ability *v;
};

/** One choice being made. */
struct chooser {
	const struct lw_choose_want *want;
	struct lw_arena *arena;
	struct lw_choices *ret;
	size_t cap, misfit_cap;
	struct skills *skills; /**< of every part, in the order of lw_parts() */
	struct lw_error *reterr;
};

#endif
