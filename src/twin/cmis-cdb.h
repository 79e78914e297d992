/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LW_TWIN_CMIS_CDB_H
#define LW_TWIN_CMIS_CDB_H

#include "twin-impl.h"

/**
 * @file
 * The command data block of a CMIS twin (CMIS 5.4 7.2, 8.34, chapter 9): one instance, in bank 0.
 * A command is captured, checked, executed at the end of its time, and answered.
 */

struct lw_cmis;

#define LW_CDB_LPL_SIZE 120

/** What bits 6-0 of the status byte say when a command ended (Tables 8-14 and 9-19). */
enum lw_cdb_status {
	LW_CDB_SUCCESS = 0x01,
	LW_CDB_ABORTED = 0x03, /**< success, and another command was aborted */
	LW_CDB_FAILED = 0x40,
	LW_CDB_UNKNOWN = 0x41,
	LW_CDB_PARAMETER = 0x42,
	LW_CDB_CHECK_CODE = 0x45,
	LW_CDB_PASSWORD = 0x46,
	LW_CDB_NOT_NOW = 0x47,
	LW_CDB_LOAD_FORMAT = 0x61,
	LW_CDB_LOAD_CHECKSUM = 0x62,
	LW_CDB_LOAD_INVALID = 0x65,
	LW_CDB_NO_PRESERVING = 0x67, /**< configuration cannot be kept */
	LW_CDB_RESOURCES = 0x69,
};

/** A message: its header and local payload, for both directions. */
struct lw_cdb_message {
	uint16_t epl_length;
	uint8_t lpl_length;
	uint8_t lpl[LW_CDB_LPL_SIZE];
};

struct lw_cdb {
	bool busy, checked;
	struct lw_mono due;        /**< when it is captured, then when it is done */
	int command;               /**< enum lw_cdb_command; -1: not known */
	bool sound;                /**< its check code is right */
	bool aborting;             /**< another command was under way */
	struct lw_cdb_message arg; /**< as captured */
};

/** One firmware bank. */
struct lw_load {
	bool valid;
	uint8_t major, minor;
	uint16_t build;
	uint8_t extra[32];
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
	uint32_t size, got; /**< bytes behind the header: announced, received */
	uint32_t crc, want; /**< of what was received; of the header */
	bool marked;        /**< the header is that of a load made for twins */
	struct lw_load coming;
};

struct lw_password {
	uint32_t host; /**< lasts over resets */
	bool unlocked;
};

/* cmis-cdb.c */
/** Part of a message as a number. */
uint32_t lw_cdb_get(const struct lw_cdb_message *m, enum lw_cdb_field f);
void lw_cdb_put(struct lw_cdb_message *m, enum lw_cdb_field f, uint32_t value);
/** Something was written to page 9Fh. */
void lw_cdb_written(struct lw_cmis *c, unsigned first, size_t n);
/** Carry on with the command. */
void lw_cdb_run(struct lw_cmis *c);
/** The module starts anew: nothing is under way. */
void lw_cdb_reset(struct lw_cmis *c);
bool lw_cdb_supported(const struct lw_cmis *c);
/** Bytes of the extended payload, by 01h:163. */
unsigned lw_cdb_epl_bytes(const struct lw_view *v);

/* cmis-firmware.c: each carries one command out; @return enum lw_cdb_status */
uint8_t lw_firmware_command(struct lw_cmis *c, int command, const struct lw_cdb_message *arg,
			    struct lw_cdb_message *reply);
/** The module was made: both banks hold the load that its memory names. */
void lw_firmware_init(struct lw_cmis *c);
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
