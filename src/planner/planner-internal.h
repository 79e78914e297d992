/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LW_PLANNER_INTERNAL_H
#define LW_PLANNER_INTERNAL_H

#include "planner-tables.h"
#include <lanewise/planner.h>

/** A limit that binds: what a size cannot be. */
struct bind {
	const char *rule;
	char text[256], remedy[160];
};

/** What sizing found; sides are of the tiers. */
struct sizing {
	struct lw_plan_sizes s;
	struct lw_plan_side up[LW_TIERS], down[LW_TIERS];
	uint32_t uplink_mbps;
	uint32_t leaves; /* of a plane */
};

/**
 * Size a fabric of `servers` servers.
 * @return 0, or -1 with the binding limit
 */
int lw_plan_size(const struct lw_intent *x, uint32_t servers, struct sizing *ret, struct bind *why);

/** Racks that it takes when fully grown. */
struct layout {
	bool in_rack;           /* leaves in the racks of their servers */
	uint32_t block_groups;  /* groups that share leaf racks */
	uint32_t block_servers; /* racks of servers of a block */
	uint32_t block_leaves;  /* racks of leaves of a block */
	uint32_t blocks, top_racks, top_first, racks;
	uint32_t per_rack[LW_TIERS]; /* devices of a tier in a rack */
};
void lw_plan_layout(const struct lw_intent *x, const struct sizing *z, struct layout *ret);

/** Place every device. */
int lw_plan_place(struct lw_planner *p, const struct layout *l);

/** Metres of cable between two devices along the trays, slack included. */
double lw_plan_length(const struct lw_planner *p, enum lw_tier low, uint32_t a, uint32_t b);

/** List the media that could make a joint, preferred first. */
int lw_plan_media(struct lw_planner *p, struct lw_plan_joint *j);

/** Price of what a medium takes for one cable at that length, its modules' share included. */
struct cost {
	double low, usd, high, power_w;
	const char *confidence;
};
struct cost lw_plan_cost(const struct lw_planner *p, const struct lw_plan_medium *m,
			 double length_m);
/** Price of a module, cable or cord by itself; NaN if the data do not say. */
struct cost lw_plan_part_cost(const struct lw_part *part);
struct cost lw_plan_cord_cost(const struct lw_cord *cord, double length_m);
struct cost lw_plan_shuffle_cost(unsigned lanes);

/** Place in the stock of the shortest length that is at least `m`; -1: none. */
int lw_plan_stock_at(const struct lw_plan_medium *medium, double m);
/** Logical links on one cable. */
unsigned lw_plan_cable_links(const struct lw_planner *p, const struct lw_plan_medium *m);

/** Far end of port `port` of device `device`; false: none, even fully grown. */
bool lw_plan_far(const struct lw_planner *p, const struct lw_plan_joint *j, unsigned end,
		 uint32_t device, uint32_t port, uint32_t *ret_device, uint32_t *ret_port);
/** True when the device is there now. */
bool lw_plan_there(const struct lw_planner *p, enum lw_tier t, uint32_t device);

/** One cable as it is wired: links in the order of the head's ports. */
struct wire {
	unsigned n;
	struct lw_plan_link link[LW_LPORTS_MAX]; /* fully grown */
	bool there[LW_LPORTS_MAX];
	double length_m;
};

/**
 * The class of a cable of that medium, judged if it is new.
 * @return 0 or LW_ENOMEM
 */
int lw_plan_classify(struct lw_planner *p, uint32_t medium, unsigned at, const struct wire *w,
		     uint32_t *ret, struct lw_error *reterr);

/** As classify() when the class is known already; -1: it is not. */
static inline int64_t class_known(const struct lw_planner *p, const struct lw_plan_medium *m,
				  unsigned at, const struct wire *w)
{
	const struct lw_plan_link *l = &w->link[0];
	size_t i = at;

	if (m->shape == LW_SHAPE_SHUFFLE)
		i = (i * LW_LPORTS_MAX + l->port[0]) * LW_LPORTS_MAX + l->port[1];
	/* a cable whose last legs stay open for ever was judged without them */
	if (!m->class_of || !m->class_of[i] || p->classes[m->class_of[i] - 1].link_n < w->n)
		return -1;
	return (int64_t)m->class_of[i] - 1;
}

/** Pieces of a fabric file: "swp1: {form: ...}", "leaf1/swp1#2", a cable's line. */
void lw_plan_cage_text(const struct lw_planner *p, enum lw_tier t, unsigned cage,
		       const struct lw_plan_side *s, const struct lw_plan_medium *m, unsigned end,
		       struct lw_buf *b);
struct line;
void lw_plan_end_line(const struct lw_planner *p, const struct lw_plan_medium *m,
		      const struct lw_plan_link *l, unsigned end, struct line *to);
void lw_plan_cable_name(const struct lw_planner *p, const struct lw_plan_medium *m,
			const struct lw_plan_link *l, struct line *to);
/** Fastest lane of hosts that are slower than their cages: "100G", "" if they are not. */
const char *lw_plan_max_lane(const struct lw_cage_group *g);
/** True when the way goes through a panel, which is two more mated pairs. */
bool lw_plan_panels(const struct lw_planner *p, const struct lw_plan_medium *m);
/** Links of one leg. */
unsigned lw_plan_leg_step(const struct lw_planner *p, const struct lw_plan_medium *m);
/** @param all  name legs that are not there yet too */
void lw_plan_cable_text(const struct lw_planner *p, const struct lw_plan_medium *m, double length_m,
			const struct wire *w, bool all, struct lw_buf *b);

/** The worst verdict of a class. */
enum lw_verdict lw_plan_class_verdict(const struct lw_plan_class *c);

/** Wire all joints. */
int lw_plan_wire(struct lw_planner *p, lw_plan_progress progress, void *ctx,
		 struct lw_error *reterr);

/** Bill, racks, alternatives. */
int lw_plan_bill(struct lw_planner *p);
int lw_plan_compare(struct lw_planner *p);

/** Say what limits the plan. */
int lw_plan_find(struct lw_planner *p, const struct layout *l);

/** A finding about the plan as a whole. */
int lw_plan_say(struct lw_planner *p, const char *rule, enum lw_severity severity,
		const char *subject, const char *remedy, const char *fmt, ...)
	__attribute__((format(printf, 6, 7)));

/** What a cage of a device holds, NULL: nothing. */
static inline const struct lw_plan_class *class_at(const struct lw_planner *p, enum lw_tier t,
						   uint32_t device, unsigned cage)
{
	unsigned k = p->tier[t].class_of[(size_t)device * p->tier[t].cages + cage];

	return k ? &p->classes[k - 1] : NULL;
}

/** End of a medium at a tier: 0 lower, 1 upper. */
static inline unsigned end_at(const struct lw_planner *p, const struct lw_plan_medium *m,
			      enum lw_tier t)
{
	return p->joint[m->joint].low != t;
}

static inline uint32_t ceil_div(uint64_t a, uint64_t b)
{
	return (uint32_t)((a + b - 1) / b);
}

static inline const struct lw_plan_side *side_of(const struct lw_planner *p,
						 const struct lw_plan_joint *j, unsigned end)
{
	return end ? &p->tier[j->low + 1].down : &p->tier[j->low].up;
}

#endif
