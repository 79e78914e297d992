/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LW_PLANNER_H
#define LW_PLANNER_H

#include <lanewise/fabric.h>
#include <lanewise/intent.h>

/**
 * @file
 * A fabric planned from an intent (docs/plan.md): sizes, places, ports, media, every link judged,
 * what it takes to build. Arrays of indexes without a text per link, so that a million links fit.
 *
 * Everything is laid out for the size that the fabric may grow to; what is not there yet is left
 * out. So adding servers only adds. Pure; the same intent gives the same plan to the byte.
 */

/** Tiers from below. */
enum lw_tier { LW_TIER_SERVER, LW_TIER_LEAF, LW_TIER_SPINE, LW_TIER_CORE, LW_TIERS };

/** "server", "leaf", "spine", "core". */
LW_API const char *lw_tier_name(enum lw_tier t);

/** The cages of each device of a tier that look up, or down. */
struct lw_plan_side {
	const struct lw_cage_group *group; /**< NULL: this side has none */
	uint16_t group_first;              /**< number of the group's first cage in the device */
	uint16_t first, cages;             /**< of the device, 0-based */
	const char *mode_text;
	struct lw_mode mode;
	uint32_t rate_mbps;
	uint32_t ports; /**< logical ports in use, of those that the cages have */
};

/** A place for a device. */
struct lw_plan_place {
	uint32_t rack; /**< 0-based, row after row */
	uint8_t u;     /**< lowest unit it takes, from 1 */
};

/** All devices of one tier; device i of plane p has number p * per_plane + i. */
struct lw_plan_tier {
	const struct lw_switch *model; /**< NULL: servers */
	uint32_t planes, per_plane;    /**< when fully grown */
	uint32_t now;                  /**< of each plane, that are there */
	uint8_t height_u;
	double power_w; /**< of one, without what is plugged */
	struct lw_plan_side down, up;
	struct lw_plan_place *place; /**< planes * per_plane */
	uint16_t *class_of; /**< of each cage: 1 + class of its cables; 0: empty. Devices x cages */
	uint16_t cages;     /**< of each device */
};

/** How the two ends of a joint meet. */
enum lw_plan_shape {
	LW_SHAPE_WHOLE,   /**< cage to cage, every port */
	LW_SHAPE_SPLIT,   /**< a cage to several cages of one port */
	LW_SHAPE_PAIR,    /**< receptacle to receptacle, one port each */
	LW_SHAPE_FAN,     /**< a receptacle of several ports to receptacles of one */
	LW_SHAPE_SHUFFLE, /**< several ports in both receptacles: lanes change places in a panel */
};

struct lw_stock;

/** A way to join two cages: modules with a cord, or a cable with fixed ends. */
struct lw_plan_medium {
	uint8_t joint;
	enum lw_plan_shape shape;
	uint8_t head;                  /**< 0: the lower end has the head, 1: the upper */
	const struct lw_part *part[2]; /**< module, or the cable's plug, at lower and upper end */
	const struct lw_part *cable;   /**< with fixed ends; NULL: cord */
	const struct lw_cord *cord;
	enum lw_grade grade;
	enum lw_media_kind kind;
	uint8_t legs;                 /**< far ends of one cable */
	uint8_t receptacles[2];       /**< of the modules */
	const struct lw_stock *stock; /**< lengths to choose from */
	uint32_t *class_of; /**< 1 + class by place in `stock`, and for shuffles by both ports */
	bool refused;       /**< does not come up at any length */
	bool at_risk;       /**< comes up at its shortest, but should not be trusted */
	uint64_t used;      /**< cables */
};

/** Neighbouring tiers. */
struct lw_plan_joint {
	enum lw_tier low; /**< the other is low + 1 */
	uint32_t rate_mbps;
	uint32_t parallel; /**< links between the same two devices */
	uint32_t first_medium, medium_n;
	bool aligned; /**< all ports of a cage go to one cage of the same mode */
	bool weeded;  /**< media that never come up are known */
	bool whole;   /**< one medium for all, since modules are shared by several cables */
	uint64_t first_link, link_n;
	uint64_t verdict_n[3]; /**< links, by enum lw_verdict */
	double longest_m;      /**< way of a cable, slack included */
	uint32_t choice[64];   /**< 1 + medium by length, see lengths_m; 0: not looked at yet */
	double lengths_m[64];
	unsigned length_n;
	uint64_t cables_of[64]; /**< cables (of the chosen kind) by length */
	uint64_t lost_n;        /**< links that no medium reaches */
};

/** Cables of one medium and length: alike in everything that the rules look at. */
struct lw_plan_class {
	uint32_t medium;
	double length_m;
	uint8_t port[2]; /**< shuffles: the ports that meet */
	uint8_t link_n;  /**< links of one cable */
	uint8_t verdict[LW_LPORTS_MAX];
	uint8_t lanes;      /**< media lanes of one link that were judged */
	const char *fec[2]; /**< FEC that the lower and the upper host must run, NULL: unknown */
	struct lw_findings findings;
	struct lw_budget budget; /**< of its first link */
	uint64_t cable_n;
	uint64_t count; /**< links */
};

struct lw_plan_link {
	uint32_t device[2]; /**< lower, upper */
	uint16_t cage[2];
	uint8_t port[2];
	uint8_t leg; /**< place among the links of its cable */
	uint32_t cable;
};

struct lw_plan_cable {
	uint32_t first_link;
	uint16_t class_;
	uint8_t link_n;
};

/** One line of the bill. */
struct lw_plan_item {
	const char *kind; /**< "switch", "module", "cable", "cord", "shuffle" */
	const char *name;
	double length_m; /**< 0: has none */
	uint64_t count, spares;
	double usd_low, usd, usd_high; /**< of one; NaN: not known */
	double power_w;                /**< of one (a cable: both ends) */
	const char *confidence, *ref;
};

struct lw_plan_alternative {
	uint32_t joint;
	const char *name;
	double usd, usd_gbps, power_w; /**< of the whole joint */
	double covers;                 /**< share of the links that it reaches, 0 to 1 */
	bool chosen;
	bool at_risk; /**< would come up, but should not be trusted */
	const char *confidence;
};

struct lw_plan_rack {
	uint32_t servers, switches;
	double power_w;
	uint8_t units;
};

struct lw_plan_sizes {
	uint32_t server_leaf_ports;    /**< of a server on one leaf */
	uint32_t group_servers;        /**< servers behind the same leaves */
	uint32_t groups;               /**< when fully grown */
	uint32_t leaf_uplinks, spines; /**< of a leaf; of a pod and plane */
	uint32_t leaf_parallel, pod_leaves, pods;
	uint32_t spine_uplinks, cores_per_spine, spine_parallel;
};

struct lw_planner {
	struct lw_arena *arena;
	const struct lw_intent *intent;
	uint32_t ceiling; /**< servers that it can grow to */
	double unit_m;    /**< height of a rack unit */
	struct lw_plan_sizes size;
	struct lw_plan_tier tier[LW_TIERS];
	unsigned tier_n;
	struct lw_plan_joint joint[LW_TIERS];
	unsigned joint_n;
	struct lw_plan_medium *media;
	size_t medium_n, medium_cap;
	struct lw_plan_class *classes;
	size_t class_n, class_cap;
	struct lw_plan_cable *cables;
	size_t cable_n, cable_cap;
	struct lw_plan_link *links;
	size_t link_n, link_cap;
	uint64_t lane_n; /**< media lanes of all links, each judged */
	struct lw_plan_item *items;
	size_t item_n, item_cap;
	struct lw_plan_alternative *alternatives;
	size_t alternative_n, alternative_cap;
	struct lw_plan_rack *racks;
	size_t rack_n;
	double usd_low, usd, usd_high; /**< of all that has a price */
	double power_w;                /**< of switches and what is plugged anywhere */
	double server_power_w;
	struct lw_findings findings; /**< about the plan as a whole */
};

/** Called now and then with links done and links to come; NULL: nobody is told. */
typedef void (*lw_plan_progress)(void *ctx, uint64_t done, uint64_t all);

/**
 * Plan a fabric. An intent that cannot be met is a result: its findings say which limit binds.
 * @param x      must outlive `ret`; its arena holds everything
 * @param reterr LW_ENOMEM; LW_ELIMIT: more links than can be numbered
 */
LW_API int lw_planner_make(const struct lw_intent *x, lw_plan_progress progress, void *ctx,
			   struct lw_planner *ret, struct lw_error *reterr);

/** True when a finding of severity fatal stands, or a link is down. */
LW_API bool lw_planner_fails(const struct lw_planner *p);

/** Write the name of a device, at most 24 bytes: "p2-leaf12". @return its length */
LW_API size_t lw_planner_device(const struct lw_planner *p, enum lw_tier t, uint32_t device,
				char ret[24]);

/** Write the name of a cage, at most 64 bytes. @return its length */
LW_API size_t lw_planner_cage(const struct lw_planner *p, enum lw_tier t, unsigned cage,
			      char ret[64]);

/** Write rows `first` to `first + n` of the cable schedule, one a link; row 0 goes with the head.
 */
LW_API void lw_planner_csv(const struct lw_planner *p, uint64_t first, uint64_t n,
			   struct lw_buf *ret);

/**
 * Write the fabric file in one piece.
 * @return 0, LW_ENOMEM or LW_ELIMIT: it is too large for that, write it by lists (what `ret` holds
 *         then is of no use)
 */
LW_API int lw_planner_fabric(const struct lw_planner *p, struct lw_buf *ret,
			     struct lw_error *reterr);

/**
 * Write a fabric file of any size, whose cages and cables stand in lists beside it
 * (docs/fabric.md).
 * @param cages   name of the file with the rows of lw_planner_cage_list()
 * @param cables  and of lw_planner_cable_list()
 */
LW_API void lw_planner_lists(const struct lw_planner *p, const char *cages, const char *cables,
			     struct lw_buf *ret);

/** Devices of all tiers, when fully grown: what lw_planner_cage_list() counts. */
LW_API uint64_t lw_planner_devices_n(const struct lw_planner *p);

/** Write the cages of the devices `first` to `first + n` as CSV; device 0 goes with the head. */
LW_API void lw_planner_cage_list(const struct lw_planner *p, uint64_t first, uint64_t n,
				 struct lw_buf *ret);

/** Write the cables `first` to `first + n` as CSV; cable 0 goes with the head. */
LW_API void lw_planner_cable_list(const struct lw_planner *p, uint64_t first, uint64_t n,
				  struct lw_buf *ret);

/** How to get from one plan to another while both carry traffic. */
struct lw_migration {
	const char *from;
	const char **steps;
	size_t step_n;
	uint64_t kept_links, new_links, old_links; /**< in both alike; in one only */
};

/** Compare two plans link by link. @return 0 or LW_ENOMEM */
LW_API int lw_planner_migrate(const struct lw_planner *from, const struct lw_planner *to,
			      struct lw_migration *ret, struct lw_error *reterr);

/**
 * Write a fabric file of `n` devices of a tier from `first` on, without cables: what rendering to a
 * NOS needs, for plans of any size.
 */
LW_API void lw_planner_devices(const struct lw_planner *p, enum lw_tier t, uint32_t first,
			       uint32_t n, struct lw_buf *ret);

/**
 * The FEC that the cages of those devices must run, in the order in which lw_planner_devices()
 * writes them: what rendering cannot see without the cables.
 * @param ret  room for `room` cages; NULL where none is known
 * @return how many cages there are
 */
LW_API size_t lw_planner_needs(const struct lw_planner *p, enum lw_tier t, uint32_t first,
			       uint32_t n, const char **ret, size_t room);

/** Write the document of `lanewise plan` (docs/json.md); `m` may be NULL. */
LW_API void lw_planner_json(const struct lw_planner *p, const struct lw_migration *m,
			    struct lw_json *j);

/** Draw the topology as SVG. */
LW_API void lw_planner_svg(const struct lw_planner *p, struct lw_buf *ret);

#endif
