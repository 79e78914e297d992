/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LW_INTENT_H
#define LW_INTENT_H

#include <lanewise/link.h>
#include <lanewise/port.h>

/**
 * @file
 * What is wanted of a fabric (docs/plan.md): servers and their NICs, switches, how many tiers,
 * rails and planes, the room, which media. Plain data in one arena; pure, not thread-safe by arena.
 */

/** Towards which tier the cages of a group look. */
enum lw_use { LW_USE_ANY, LW_USE_DOWN, LW_USE_UP };

#define LW_MODES_MAX  16
#define LW_GROUPS_MAX 4

/** Like cages of a switch or server. */
struct lw_cage_group {
	enum lw_use use;
	uint16_t cages;
	const struct lw_form *form;
	uint32_t max_baud_kbd;           /**< this host's fastest lane; 0: the form factor's */
	const char *const *names;        /**< of each cage; NULL: prefix and number from 1 */
	const char *modes[LW_MODES_MAX]; /**< that it can be split into, in the language of fabric
					    files */
	uint8_t mode_n;
};

/** A switch that may be bought. */
struct lw_switch {
	const char *name;
	int line;
	const char *prefix; /**< of its cages' names: "swp" */
	struct lw_cage_group group[LW_GROUPS_MAX];
	uint8_t group_n;
	uint8_t height_u;
	double power_w;   /**< without what is plugged */
	double price_usd; /**< NaN: not stated */
	const char *confidence, *ref;
};

/** What carries light or current; bits of lw_intent.allow. */
enum {
	LW_ALLOW_DAC = 1,
	LW_ALLOW_AEC = 2, /**< and ACC */
	LW_ALLOW_AOC = 4,
	LW_ALLOW_OPTICS = 8,
	LW_ALLOW_LPO = 16, /**< optics without a DSP: only for hosts that equalise for them */
};

struct lw_room {
	uint16_t rows, racks; /**< rack positions: rows, and racks of each */
	double rack_units;
	double rack_power_w; /**< that a rack may draw; 0: not stated */
	double rack_width_m, row_pitch_m, tray_m, service_m, slack_percent;
	uint8_t cross_n;
	double cross_m[8]; /**< trays across the rows, metres from the first rack's side; none:
			      anywhere */
};

#define LW_TIERS_MAX    3
#define LW_SWITCHES_MAX 32

struct lw_intent {
	struct lw_arena *arena;
	const char *name, *file;
	int line_servers, line_tiers;

	uint32_t servers, per_rack, gpus; /**< gpus of each server, 0: not stated */
	uint16_t nics;                    /**< cages of each server towards the fabric */
	struct lw_cage_group nic;         /**< with one mode */
	struct lw_mode nic_mode;
	uint8_t server_u;
	double server_w;

	uint8_t tiers;                       /**< 2 or 3 */
	struct lw_switch tier[LW_TIERS_MAX]; /**< leaf, spine, core */
	uint16_t rails, planes;
	double oversubscription[2]; /**< of leaf, of spine: down over up */
	uint32_t uplink_mbps;       /**< 0: the fastest that carries it */
	uint32_t leaf_servers;      /**< servers behind a leaf; 0: as many as fit */
	uint32_t pod_servers;       /**< three tiers: of a pod; 0: as many as fit */

	struct lw_room room;
	unsigned allow;
	bool by_power;   /**< prefer less power to a lower price */
	bool patched;    /**< fibre goes through patch panels */
	unsigned grades; /**< bit enum lw_grade: fibre that may be used */
	double spares_percent;
	uint32_t growth_servers; /**< 0: what the room holds */

	struct lw_switch *known; /**< every switch by name: of the intent, then of the data */
	size_t known_n;
};

/**
 * Get the text of a file that the intent names (SONiC's platform.json); given by the shell, since
 * libraries open nothing.
 * @param path  as the intent has it: relative to that file
 * @param ret   text in `arena`
 */
typedef int (*lw_intent_reader)(void *ctx, const char *path, struct lw_arena *arena,
				const char **ret, size_t *ret_n, struct lw_error *reterr);

/**
 * Load an intent from YAML text.
 * @param reader  may be NULL when no switch names a platform file
 * @param ret     its data lives in `arena`
 * @param reterr  LW_EINVAL with file and line; LW_ENOMEM
 */
LW_API int lw_intent_load(const char *text, size_t n, const char *file, lw_intent_reader reader,
			  void *ctx, struct lw_arena *arena, struct lw_intent *ret,
			  struct lw_error *reterr);

#endif
