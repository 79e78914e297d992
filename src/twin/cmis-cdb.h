/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LW_TWIN_CMIS_CDB_H
#define LW_TWIN_CMIS_CDB_H

#include "twin-impl.h"

/**
 * @file
 * The command data block of a CMIS twin (CMIS 5.4 7.2, 8.34, chapter 9). A command is captured,
 * checked, executed at the end of its time, and answered. There may be two instances, one in bank 0
 * and one in bank 1 of pages 9Fh to AFh; they run side by side and share what the module has once:
 * firmware, password, clock.
 */

struct lw_cmis;

#define LW_CDB_LPL_SIZE  120
#define LW_CDB_INSTANCES 2

/** What bits 6-0 of the status byte say when a command ended (Tables 8-14 and 9-19). */
enum lw_cdb_status {
	LW_CDB_SUCCESS = 0x01,
	LW_CDB_ABORTED = 0x03, /**< success, and another command was aborted */
	LW_CDB_FAILED = 0x40,
	LW_CDB_UNKNOWN = 0x41,
	LW_CDB_PARAMETER = 0x42,
	LW_CDB_NOT_ABORTED = 0x43, /**< the command under way went on to its end */
	LW_CDB_CHECK_CODE = 0x45,
	LW_CDB_PASSWORD = 0x46,
	LW_CDB_NOT_NOW = 0x47,
	LW_CDB_LOAD_FORMAT = 0x61,
	LW_CDB_LOAD_CHECKSUM = 0x62,
	LW_CDB_LOAD_INVALID = 0x65,
	LW_CDB_NO_PRESERVING = 0x67, /**< configuration cannot be kept */
	LW_CDB_RESOURCES = 0x69,
	LW_CDB_BUSY = 0x80, /**< this and up: it never ends (wish of a load made for twins) */
};

/** A message: its header and local payload, for both directions. */
struct lw_cdb_message {
	uint16_t epl_length; /**< of a reply: bytes in the extended payload, 0: none */
	uint8_t lpl_length;
	uint8_t lpl[LW_CDB_LPL_SIZE];
};

/** What an instance is at. */
enum lw_cdb_stage { LW_CDB_IDLE, LW_CDB_CAPTURED, LW_CDB_CHECKING, LW_CDB_EXECUTING, LW_CDB_STUCK };

struct lw_cdb_instance {
	enum lw_cdb_stage stage;
	struct lw_mono due;        /**< end of the stage */
	int command;               /**< enum lw_cdb_command; -1: not known */
	bool sound;                /**< its check code is right */
	bool aborted;              /**< it is the Abort of a command under way */
	bool abort_failed;         /**< an Abort came and could not stop it */
	struct lw_cdb_message arg; /**< as captured */
};

struct lw_cdb {
	struct lw_cdb_instance instance[LW_CDB_INSTANCES]; /**< by bank */
	struct lw_mono due;                                /**< the first one's next step */
	int64_t clock_ns; /**< what the module's clock (0005h) shows at world time 0 */
};

/** One firmware bank. */
struct lw_load {
	bool valid;
	uint8_t major, minor;
	uint16_t build;
	uint8_t extra[32];
	uint8_t fail_command, fail_status; /**< how it wants to fail: see data/cdb-fields.csv */
	uint8_t tag[64];                   /**< 010Ch */
	uint8_t *bytes;                    /**< owned; behind the header; NULL: as made */
	uint32_t size;                     /**< of `bytes` */
};

/** What lasts over resets: firmware banks A (0) and B (1). */
struct lw_firmware {
	struct lw_load load[2];
	uint8_t running, committed;
	int8_t next;           /**< bank that the next start runs, -1: the committed one */
	struct lw_mono run_at; /**< when a run command takes effect */
	bool hitless;          /**< and it keeps traffic */
	/* A transfer under way. */
	bool transfer;
	uint8_t owner;      /**< instance that began it */
	uint32_t got;       /**< bytes behind the header, of coming.size */
	uint32_t crc, want; /**< of what was received; of the header */
	bool marked;        /**< the header is that of a load made for twins */
	struct lw_load coming;
};

struct lw_password {
	uint32_t host; /**< lasts over resets */
	bool unlocked;
};

/* cmis-cdb.c */
/** Part of a message as a number; lw_cdb_get64() for those of more than 32 bits. */
uint32_t lw_cdb_get(const struct lw_cdb_message *m, enum lw_cdb_field f);
uint64_t lw_cdb_get64(const struct lw_cdb_message *m, enum lw_cdb_field f);
void lw_cdb_put(struct lw_cdb_message *m, enum lw_cdb_field f, uint64_t value);
/** Part of a message as bytes. */
const uint8_t *lw_cdb_bytes(const struct lw_cdb_message *m, enum lw_cdb_field f);
uint8_t *lw_cdb_room(struct lw_cdb_message *m, enum lw_cdb_field f);
/** Something was written to page 9Fh of `bank`. */
void lw_cdb_written(struct lw_cmis *c, unsigned bank, unsigned first, size_t n);
/** Carry on with the commands. */
void lw_cdb_run(struct lw_cmis *c);
/** The module starts anew: nothing is under way. */
void lw_cdb_reset(struct lw_cmis *c);
/** Instances, by 01h:163; 0: no CDB. */
unsigned lw_cdb_instances(const struct lw_view *v);
/** Bytes of the extended payload, by 01h:163. */
unsigned lw_cdb_epl_bytes(const struct lw_view *v);

/* cmis-cdb-module.c: commands 00xxh and what a command may take */
/** @return enum lw_cdb_status; `reply` comes zeroed, with its RPLLength */
uint8_t lw_cdb_execute(struct lw_cmis *c, unsigned bank, struct lw_cdb_message *reply);
/** Index of the row of command `id` that this module knows; -1: none. */
int lw_cdb_find(const struct lw_cmis *c, unsigned id);
/** Time limit of a command. */
enum lw_twin_number lw_cdb_limit(int command);

/* cmis-load.c */
void lw_load_clear(struct lw_load *l);
/** The bank of `l` is about to change: it is invalid from then on, and its tag is gone (9.6). */
void lw_load_spoil(struct lw_load *l);
/** The loads as registers tell of them: lower memory 39-40, 01h:128-129 and page 0Dh. Without CDB
 * they never change. */
void lw_load_show(struct lw_cmis *c);
/** The module was made: its banks hold the loads that its memory names. */
void lw_firmware_init(struct lw_cmis *c);
/** Free what was received. */
void lw_firmware_finish(struct lw_cmis *c);

/* cmis-firmware.c */
/** Carry out one command of 01xxh. @return as lw_cdb_execute() */
uint8_t lw_firmware_command(struct lw_cmis *c, unsigned bank, struct lw_cdb_message *reply);
/** Pick the load to run at a start, and show its revision. */
void lw_firmware_start(struct lw_cmis *c);
/** Let a run command take effect. @return when it wants that; LW_NEVER */
struct lw_mono lw_firmware_run(struct lw_cmis *c);

/* cmis-password.c */
/** Bytes were written to lower memory: perhaps a password. */
void lw_password_written(struct lw_cmis *c, unsigned first, const uint8_t *p, size_t n);
/** @return enum lw_cdb_status */
uint8_t lw_password_enter(struct lw_cmis *c, uint32_t password);
uint8_t lw_password_change(struct lw_cmis *c, uint32_t password);
/** Is what a password guards open? */
bool lw_password_open(const struct lw_cmis *c);

#endif
