/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LW_FABRIC_ALIKE_H
#define LW_FABRIC_ALIKE_H

#include <lanewise/fabric.h>

/**
 * Links alike in everything that the rules are given: both ends, the ports there, the way between.
 * Of such links the first is judged; the others come up as it does. A link with findings is never
 * taken for another, since its texts name it.
 */
struct alike {
	struct lw_arena arena;
	struct alike_row *row;
	uint32_t *slot; /* 1 + row */
	size_t n, cap, slot_n;
};

/**
 * What lw_link_judge() is given, without names. It holds the rules' own structures, so that nothing
 * they are given later can be forgotten here; they were filled into zeroed memory, since they are
 * compared as bytes (what differs in vain is only judged again).
 */
struct alike_key {
	struct lw_link_end end[2];
	struct lw_lport port[2];
	struct lw_link_path path;
};

/** Nothing known yet; finished by lw_alike_finish(). */
void lw_alike_init(struct alike *a);
void lw_alike_finish(struct alike *a);

/** Make the key of a link whose ends are described but for what was chosen. */
void lw_alike_key(const struct lw_link_end end[2], const struct lw_link_path *path,
		  struct alike_key *ret);

/** @return true: verdict, budget and abilities of a link like `l` are now those of `l` */
bool lw_alike_find(const struct alike *a, const struct alike_key *k, struct lw_flink *l);

/** Remember a link without findings; without memory it is forgotten, which only costs time. */
void lw_alike_add(struct alike *a, const struct alike_key *k, const struct lw_flink *l);

#endif
