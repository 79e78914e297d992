/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LW_FIRMWARE_H
#define LW_FIRMWARE_H

#include <lanewise/cdb.h>

/**
 * @file
 * Firmware of a CMIS module by CDB (CMIS 5.4 7.3.1, 7.11, 9.6): ask what its banks hold, download
 * an image, run it, commit it, give a download up.
 *
 * A module has banks A and B, and perhaps a fixed load. What runs is never written to: a download
 * goes to the other bank, which counts as invalid from its first change until the image is
 * complete. So a download that breaks off anywhere does no harm, and is begun anew: after a lost
 * bus, a module that was unplugged or restarted, or a restart of the host itself, which needs no
 * memory of it.
 */

enum lw_firmware_bank { LW_FIRMWARE_A, LW_FIRMWARE_B, LW_FIRMWARE_FIXED, LW_FIRMWARE_BANKS };

/** What one bank holds (Table 9-20). */
struct lw_firmware_load {
	bool stated; /**< the module tells the revision below */
	bool running, committed;
	bool valid; /**< can be run; of the fixed load: it is there */
	uint8_t major, minor;
	uint16_t build;
	char extra[33]; /**< text of the vendor, as sent; may hold anything but NUL */
};

struct lw_firmware_info {
	struct lw_firmware_load bank[LW_FIRMWARE_BANKS];
	int running;       /**< enum lw_firmware_bank */
	int committed;     /**< enum lw_firmware_bank, -1: none */
	uint8_t status;    /**< FirmwareStatus as sent (Tables 7-2 to 7-4) */
	uint8_t active[2]; /**< lower 39-40: major and minor of what runs */
};

/** What the module can do about firmware (Table 9-11). */
struct lw_firmware_features {
	bool abort, copy, skip_erased, readback, hitless;
	bool lpl, epl;  /**< ways to write blocks */
	uint8_t header; /**< bytes of the image's head that the start command carries */
	uint8_t erased; /**< the value of erased memory */
	uint16_t lpl_access, epl_access; /**< bytes in one access for firmware commands */
	/** longest times; {0}: not stated */
	struct lw_mono t_start, t_abort, t_write, t_complete, t_copy, t_any;
};

/** Read the reply to 0100h; a shorter reply states less. @param active lower 39-40 */
LW_API void lw_firmware_info_read(const uint8_t *reply, size_t n, const uint8_t active[2],
				  struct lw_firmware_info *ret);

/** Read the reply to 0041h. @return 0, or LW_ESHORT when it is too short to tell how to write */
LW_API int lw_firmware_features_read(const uint8_t *reply, size_t n,
				     struct lw_firmware_features *ret, struct lw_error *reterr);

/** "A", "B", "fixed". */
LW_API const char *lw_firmware_bank_name(int bank);

/** What to do, in this order; any of them together. */
enum {
	LW_FIRMWARE_QUERY = 0,   /**< look only; always done first */
	LW_FIRMWARE_GIVE_UP = 1, /**< abort a download that was left open */
	LW_FIRMWARE_DOWNLOAD = 2,
	LW_FIRMWARE_COPY = 4, /**< the running image into the other bank */
	LW_FIRMWARE_RUN = 8,
	LW_FIRMWARE_COMMIT = 16, /**< what runs (then) starts from now on */
};

/** What people ask for. */
struct lw_firmware_verb {
	const char *name; /**< "show", "download", "run", "commit", "copy", "abort", "update" */
	unsigned goals;
	bool image; /**< it takes one */
};

/** @param n  letters of the name @return NULL: there is no such verb */
LW_API const struct lw_firmware_verb *lw_firmware_verb_find(const char *name, size_t n);

/** How to begin to run firmware: LoadToRunAndImpact, Table 9-29. */
enum lw_firmware_run {
	LW_FIRMWARE_RUN_RESET,       /**< the other bank, with a reset of the module */
	LW_FIRMWARE_RUN_HITLESS,     /**< the other bank, traffic goes on */
	LW_FIRMWARE_RESTART_RESET,   /**< the running bank again, with a reset */
	LW_FIRMWARE_RESTART_HITLESS, /**< the running bank again, traffic goes on */
};

enum lw_firmware_way { LW_FIRMWARE_BEST, LW_FIRMWARE_BY_LPL, LW_FIRMWARE_BY_EPL };

struct lw_firmware_options {
	unsigned goals;
	const uint8_t *image; /**< of a download; borrowed until the task has ended */
	size_t image_n;
	enum lw_firmware_way way;
	uint16_t block; /**< most bytes in a block; 0: as many as the module takes */
	enum lw_firmware_run run;
	uint16_t run_delay_ms; /**< between the run command and what it does */
	bool has_password;
	uint32_t password;
	bool dry_run;       /**< stop when the plan stands; write nothing but queries */
	uint8_t instance;   /**< CDB instance, 0 or 1 */
	bool ignore_checks; /**< a quirk of the module: see struct lw_cdb_client */
};

/** How a download will go. */
struct lw_firmware_plan {
	bool epl;
	uint16_t block;      /**< bytes of image in a block */
	uint16_t access;     /**< bytes in one access */
	uint32_t header;     /**< bytes that the start command carries */
	uint32_t bytes;      /**< behind the header */
	uint32_t blocks;     /**< that will be sent */
	uint32_t skipped;    /**< blocks of erased bytes that need not be sent */
	int target;          /**< enum lw_firmware_bank; -1: the module decides */
	struct lw_mono most; /**< longest time by the module's own numbers */
};

/**
 * Plan a download.
 * @return 0; LW_ENOTSUP: no way to write that the module and `opt` agree on; LW_EINVAL: the image
 * is too short or compressed; LW_ELIMIT: too long
 */
LW_API int lw_firmware_plan_make(const struct lw_cdb_ability *ability,
				 const struct lw_firmware_features *features,
				 const struct lw_firmware_info *info,
				 const struct lw_firmware_options *opt,
				 struct lw_firmware_plan *ret, struct lw_error *reterr);

/**
 * The block to send at or after `at` (bytes behind the header): blocks that hold only erased bytes
 * are passed over if the module allows it.
 * @return its length, 0 at the end of the image; `*inout_at` is where it begins
 */
LW_API uint32_t lw_firmware_block(const struct lw_firmware_plan *plan,
				  const struct lw_firmware_features *features,
				  const struct lw_firmware_options *opt, uint32_t *inout_at);

enum lw_firmware_phase {
	LW_FIRMWARE_IDENTIFY, /**< who is it, and what can it do */
	LW_FIRMWARE_ASK,      /**< password, features, banks */
	LW_FIRMWARE_ABORT,    /**< ending a download that was left open */
	LW_FIRMWARE_START,    /**< the module makes room */
	LW_FIRMWARE_WRITE,    /**< blocks */
	LW_FIRMWARE_COMPLETE, /**< the module checks the image */
	LW_FIRMWARE_COPYING,
	LW_FIRMWARE_RUNNING, /**< the run command */
	LW_FIRMWARE_RESTART, /**< waiting for the new firmware */
	LW_FIRMWARE_COMMITTING,
	LW_FIRMWARE_RECOVER, /**< something broke off; the module is looked for again */
	LW_FIRMWARE_END,
};

/** "identify", "write", "restart" ... */
LW_API const char *lw_firmware_phase_name(enum lw_firmware_phase p);

/** Where a download stands. */
struct lw_firmware_progress {
	uint32_t done, total; /**< bytes of the image */
	double bytes_per_s;   /**< of this attempt so far, 0 if unknown */
	struct lw_mono left;  /**< for the blocks to come, LW_NEVER if unknown */
};

struct lw_firmware_task {
	struct lw_bus *bus; /**< borrowed */
	struct lw_firmware_options opt;
	enum lw_firmware_phase phase;

	/* What was learned; valid as far as the task got. */
	char vendor[17], pn[17], sn[17];
	struct lw_cdb_ability ability;
	bool has_features, has_info, has_plan;
	struct lw_firmware_features features;
	struct lw_firmware_info info;
	struct lw_firmware_plan plan;
	unsigned restarts;       /**< downloads begun anew */
	struct lw_error trouble; /**< why, the last time; code 0: never */
	uint32_t blocks_sent;    /**< of all attempts */
	struct lw_mono took;     /**< of the blocks of the last attempt */

	/* How it ended; valid in LW_FIRMWARE_END. */
	int result;            /**< 0: every goal was reached, and read back */
	struct lw_error error; /**< why not */

	/* How it runs. */
	struct lw_cdb_client cdb;
	unsigned left; /**< goals to come */
	uint8_t step;
	bool started, open, stopping, giving_up, known, by_lpl, switching, run_lost, ran, stuck;
	int before, runs; /**< banks that ran before, and after, a run command */
	uint32_t at;
	uint32_t length; /**< of the block under way */
	uint8_t payload[LW_CDB_LPL_MAX];
	struct lw_mono due, since, write_since, away_since;
};

/** Prepare; touches nothing. `bus` and what `opt` points to are borrowed. */
LW_API void lw_firmware_task_init(struct lw_firmware_task *t, struct lw_bus *bus,
				  const struct lw_firmware_options *opt);

/** Do what is due. @return when to run again; LW_NEVER in LW_FIRMWARE_END */
LW_API struct lw_mono lw_firmware_task_run(struct lw_firmware_task *t, struct lw_mono now);

/**
 * End it as soon as the command under way is over: a download that is open is given up, so that the
 * module can take another. Go on with lw_firmware_task_run() until LW_FIRMWARE_END.
 */
LW_API void lw_firmware_task_stop(struct lw_firmware_task *t);

LW_API void lw_firmware_task_progress(const struct lw_firmware_task *t, struct lw_mono now,
				      struct lw_firmware_progress *ret);

#endif
