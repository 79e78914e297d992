/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LW_CDB_H
#define LW_CDB_H

#include <lanewise/bus.h>
#include <lanewise/map.h>

/**
 * @file
 * The host's side of the command data block (CMIS 5.4 7.2, 8.34, chapter 9): send one command with
 * its local and extended payload, wait for its end as the module advertises it, check the reply.
 *
 * A client is driven by time that is passed in: lw_cdb_client_run() does what is due on the bus and
 * says when it wants to run again; it never sleeps. A module that refuses accesses while it is busy
 * (foreground mode) and one that shows its status meanwhile (background mode) are served alike.
 */

/** Most bytes of a local payload (LPL). */
#define LW_CDB_LPL_MAX 120
/** Most bytes of an extended payload (EPL): pages A0h to AFh. */
#define LW_CDB_EPL_MAX 2048

/** What a module advertises in 01h:163-166, in units (Table 8-55). */
struct lw_cdb_ability {
	uint8_t instances;       /**< 0: no CDB; 2: banks 0 and 1 */
	bool background;         /**< its registers can be read while a command is under way */
	bool auto_paging;        /**< an access of EPL runs on into the next page */
	uint16_t epl_bytes;      /**< 0: no EPL */
	uint8_t lpl_access;      /**< bytes in one access of page 9Fh, 8-128 */
	uint16_t epl_access;     /**< bytes in one access of EPL, 8-2048 */
	struct lw_mono max_busy; /**< longest time for which it refuses accesses */
};

/** Read the advertisement from `v`; all zero when page 01h is not there. */
LW_API void lw_cdb_ability_read(const struct lw_view *v, struct lw_cdb_ability *ret);

/** How a command ended. */
enum lw_cdb_outcome {
	LW_CDB_UNDER_WAY,
	LW_CDB_DONE,    /**< success; the reply is valid */
	LW_CDB_REFUSED, /**< the module says failed; lw_cdb_explain() says why */
	LW_CDB_LATE,    /**< it outlived its time; the module may still be busy */
	LW_CDB_LOST,    /**< the bus failed or the module went away; `error` says how */
	LW_CDB_GARBLED, /**< the reply's check code stayed wrong */
};

struct lw_cdb_request {
	uint16_t id; /**< CMDID */
	const uint8_t *lpl;
	uint8_t lpl_n;      /**< 0-120; copied */
	const uint8_t *epl; /**< borrowed until the command ended */
	uint16_t epl_n;
	struct lw_mono limit;    /**< longest time by the module's advertisement; {0}: unknown */
	struct lw_mono expected; /**< when to look first, as learned; {0}: unknown */
};

struct lw_cdb_client {
	struct lw_bus *bus; /**< borrowed */
	struct lw_cdb_ability ability;
	uint8_t instance;   /**< 0 or 1; set before the first command */
	bool ignore_checks; /**< a quirk: the module does not fill in RPLChkCode */

	/* The last command. */
	enum lw_cdb_outcome outcome;
	uint8_t status; /**< the module's status byte at its end (Table 8-14) */
	uint8_t reply[LW_CDB_LPL_MAX];
	uint8_t reply_n;       /**< bytes of `reply` */
	uint8_t reply_pages;   /**< pages of EPL that hold the reply instead, 0 if none */
	struct lw_mono took;   /**< from the command to the end of it */
	struct lw_error error; /**< of LW_CDB_LOST, LW_CDB_LATE and LW_CDB_GARBLED */

	/**
	 * Bits of lower byte 8 that were read, and so cleared, on the way: merge them into your
	 * flags, then clear this.
	 */
	uint8_t flags_seen;
	unsigned polls, nacks; /**< looks at the status and refused accesses, of all commands */

	/* How it runs; of no concern to the caller. */
	uint8_t phase, failures, garbled;
	bool settled, seen_busy, running;
	struct lw_cdb_request request;
	uint8_t message[8 + LW_CDB_LPL_MAX];
	uint16_t sent;
	uint16_t last_id;
	struct lw_mono due, triggered, refused_since, last_took;
};

/** Prepare; touches nothing. `bus` is borrowed, `ability` copied. */
LW_API void lw_cdb_client_init(struct lw_cdb_client *c, struct lw_bus *bus,
			       const struct lw_cdb_ability *ability);

/**
 * Begin a command; carried out from the next run on. What was under way is forgotten (the module
 * may still be at it: the next command then waits for its end, but an Abort, 0004h, does not).
 * @return 0; LW_ENOTSUP: the module has no CDB, or no such EPL; LW_EINVAL: payload too long
 */
LW_API int lw_cdb_client_send(struct lw_cdb_client *c, const struct lw_cdb_request *request,
			      struct lw_error *reterr);

/** Do what is due. @return when to run again; LW_NEVER once the command ended (`c->outcome`) */
LW_API struct lw_mono lw_cdb_client_run(struct lw_cdb_client *c, struct lw_mono now);

/** What a status byte means for a command, in plain words (data/cdb-status.csv). */
struct lw_cdb_meaning {
	const char *reason; /**< one clause */
	const char *next;   /**< what to do about it, one clause */
	const char *ref;
	bool retry; /**< trying again without a change can help */
};

/** @param status  not busy: bit 7 is ignored */
LW_API void lw_cdb_explain(uint16_t command, uint8_t status, struct lw_cdb_meaning *ret);

/** Why the last command of `c` did not succeed, as an error with reason and next action. */
LW_API int lw_cdb_client_error(const struct lw_cdb_client *c, struct lw_error *reterr);

/** The standard's name of a command, "Get Firmware Info"; NULL if it has none. */
LW_API const char *lw_cdb_command_name(uint16_t command);

#endif
