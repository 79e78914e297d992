/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LW_PLATFORM_H
#define LW_PLATFORM_H

#include <lanewise/error.h>
#include <lanewise/finding.h>
#include <stdbool.h>
#include <stdint.h>

/**
 * @file
 * A switch's ports as SONiC describes them (platform.json, hwsku.json), and what SONiC makes of a
 * breakout mode: the sub-ports with name, alias, lanes, speed, index, subport and FEC, to the
 * letter, followed by findings where that answer is not what a user would want.
 *
 * A mode is parts joined by "+", each COUNTxSPEED[OTHER SPEEDS](LANES). SPEED with G is thousands
 * of Mb/s, else Mb/s; without (LANES) a part takes every lane of the port. This is SONiC's language
 * of modes; <lanewise/port.h> holds the one of fabric files.
 *
 * Bytes in, plain structs in the caller's arena out; nothing is opened or printed. Not thread-safe
 * on one platform.
 */

#define LW_PLATFORM_PORTS_MAX 4096
#define LW_PLATFORM_LANES_MAX 64  /**< of one port */
#define LW_PLATFORM_MODES_MAX 256 /**< of one port */
#define LW_PLATFORM_BYTES_MAX (16u << 20)

#define LW_SUBPORT_NONE UINT32_MAX

/** One port that a mode makes: a row of SONiC's PORT table. Texts are as SONiC writes them. */
struct lw_subport {
	const char *name, *alias;
	const char *const *lane; /**< the switch chip's lanes, borrowed from the port */
	uint16_t first, lane_n;  /**< offset of the first among the port's lanes, and how many */
	uint32_t speed_mbps;     /**< 0: not said (port_config.ini without the column) */
	uint32_t subport;        /**< LW_SUBPORT_NONE: not said */
	const char *index;
	const char *fec, *autoneg, *role; /**< NULL: SONiC sets none */
};

/** One part of a mode. */
struct lw_mode_part {
	uint32_t count, speed_mbps, lanes;
	const uint32_t *speeds; /**< default and other speeds, rising, each once */
	size_t speed_n;
	const char *rest; /**< text behind the part that SONiC ignores, "" if none */
};

/** A mode of one port. */
struct lw_platform_mode {
	const char *text;
	const char *refusal; /**< why SONiC makes nothing of it, NULL when it does */
	const char *remedy;  /**< of a refused mode that was asked for: which ones to use */
	const struct lw_mode_part *part; /**< empty when the text does not parse */
	size_t part_n;
	struct lw_subport *sub; /**< empty when refused */
	size_t sub_n;
	const char *const *alias; /**< what platform.json gives for it */
	size_t alias_n;
	bool alias_is_text; /**< given as one text: SONiC takes its letters */
};

/** One cage of the switch. */
struct lw_platform_port {
	const char *name;
	int line; /**< in platform.json, 0 unknown */
	const char *const *lane, *const *index;
	size_t lane_n, index_n;
	const struct lw_platform_mode *mode; /**< those offered, in the file's order */
	size_t mode_n;
	const char *trouble; /**< what is wrong with the entry as a whole, NULL if nothing */
	/** In force by hwsku.json or lw_platform_set_mode(); .text NULL: none, the port is not made
	 */
	struct lw_platform_mode now;
};

/** One interface of hwsku.json. */
struct lw_hwsku_port {
	const char *name, *mode; /**< `mode` NULL: it has none */
	int line;
	const char *fec, *autoneg, *role;
};

struct lw_platform {
	struct lw_arena *arena;
	const char *where, *hwsku_where; /**< for messages; the second NULL without a hwsku */
	struct lw_platform_port *port;
	size_t port_n;
	struct lw_hwsku_port *hwsku;
	size_t hwsku_n;
	size_t made; /**< sub-ports made so far: limited */
	struct lw_findings found,
		chosen; /**< met while reading platform.json; the modes in force */
};

/**
 * Read platform.json and expand every mode of every port.
 * @param where  name of the file for messages; copied
 * @param arena  keeps everything; must outlive `ret`
 * @param reterr LW_EINVAL with the line; LW_ENOENT: the file describes no ports; LW_ELIMIT
 */
LW_API int lw_platform_load(const char *text, size_t n, const char *where, struct lw_arena *arena,
			    struct lw_platform *ret, struct lw_error *reterr);

/**
 * Read port_config.ini, where each line is a port that is made as it is, without modes: a port
 * of the same name whose `now` holds one sub-port and no text. Columns that the PORT table does not
 * need for lanes and links (asic_port_name, num_voq ...) are passed over.
 * @param reterr LW_EINVAL with the line; LW_ENOENT: no ports; LW_ELIMIT
 */
LW_API int lw_platform_load_ini(const char *text, size_t n, const char *where,
				struct lw_arena *arena, struct lw_platform *ret,
				struct lw_error *reterr);

/**
 * Put the modes and attributes of hwsku.json in force. A mode that the platform does not offer is
 * a finding and its port makes nothing (SONiC itself would make no port at all).
 */
LW_API int lw_platform_hwsku(struct lw_platform *p, const char *text, size_t n, const char *where,
			     struct lw_error *reterr);

/** @return the port of that name, NULL if there is none */
LW_API struct lw_platform_port *lw_platform_find(const struct lw_platform *p, const char *name);

/**
 * Put `mode` in force on the port called `port`; what hwsku.json says of FEC, autoneg and role
 * stays with the names it was said of. A refused mode makes nothing: `now.refusal` says why,
 * `now.remedy` names the nearest ones offered, and lw_platform_judge() finds "mode-refused".
 * @return 0 (also when refused), LW_ENOENT: there is no such port, LW_ENOMEM, LW_ELIMIT
 */
LW_API int lw_platform_set_mode(struct lw_platform *p, const char *port, const char *mode,
				struct lw_error *reterr);

/**
 * What SONiC makes of `mode` on `port`; see lw_platform_mode::refusal.
 * @return 0, LW_ENOMEM or LW_ELIMIT
 */
LW_API int lw_platform_expand(struct lw_platform *p, const struct lw_platform_port *port,
			      const char *mode, struct lw_platform_mode *ret,
			      struct lw_error *reterr);

/**
 * Write the offered modes nearest to `mode`, best first, as "A, B or C"; "" when none is offered.
 * @return `buf`
 */
LW_API const char *lw_platform_nearest(struct lw_platform *p, const struct lw_platform_port *port,
				       const char *mode, char *buf, size_t size);

/** What lw_platform_judge() looks at. */
enum {
	LW_JUDGE_PLATFORM = 1, /**< platform.json: ports and every mode they offer */
	LW_JUDGE_FORCE = 2,    /**< the modes in force and hwsku.json */
	LW_JUDGE_ALL = 3,
};

/**
 * Say where the description or SONiC's answer is suspect, one finding for all ports that share it.
 * What was found while reading comes first.
 * @return 0 or LW_ENOMEM
 */
LW_API int lw_platform_judge(const struct lw_platform *p, unsigned what, struct lw_findings *ret);

/** Going from one mode of a port to another. Pointers borrow from the platform. */
struct lw_transition {
	const struct lw_platform_port *port;
	struct lw_platform_mode from, to;
	const struct lw_subport **removed, **added,
		**kept; /**< kept: the same row before and after */
	size_t removed_n, added_n, kept_n;
	struct lw_lane_move *move; /**< lanes whose owner changes */
	size_t move_n;
	const struct lw_platform_port **neighbour; /**< other ports that share a lane or a name */
	size_t neighbour_n;
	struct lw_findings findings; /**< fatal when a mode is refused; then the rest is empty */
};

/** A lane of the switch chip and the sub-port that has it; NULL: nobody. */
struct lw_lane_move {
	const char *lane;
	const struct lw_subport *from, *to;
};

/**
 * Plan a transition.
 * @return 0 (also when a mode is refused), LW_ENOENT: there is no such port, LW_ENOMEM, LW_ELIMIT
 */
LW_API int lw_platform_transition(struct lw_platform *p, const char *port, const char *from,
				  const char *to, struct lw_transition *ret,
				  struct lw_error *reterr);

/** Write the document of `lanewise port` (docs/json.md). */
LW_API void lw_platform_json(const struct lw_platform *p, const struct lw_findings *findings,
			     struct lw_json *j);

/** Write the document of `lanewise port transition`. */
LW_API void lw_transition_json(const struct lw_transition *t, struct lw_json *j);

#endif
