/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LW_TEST_TWIN_CDB_BENCH_H
#define LW_TEST_TWIN_CDB_BENCH_H

#include "support.h"

/**
 * @file
 * The command data block, spoken as hosts speak it: bytes 130.. in one write, then the command in
 * 128-129. Offsets and check codes are typed from CMIS 5.4 (Tables 8-14, 8-198, chapter 9).
 */

enum { LOWER = -1, P03 = 0x03, P9F = 0x9f, PA0 = 0xa0, STATUS = 37, FLAGS = 8 };
enum {
	QUERY = 0x0000,
	ENTER = 0x0001,
	CHANGE = 0x0002,
	ABORT = 0x0004,
	TIME = 0x0005,
	SET_TIME = 0x0006,
	MODULE = 0x0040,
	FIRMWARE = 0x0041,
	SECURITY = 0x0044,
	SUPPLEMENT = 0x0045,
	INFO = 0x0100,
	START = 0x0101,
	STOP = 0x0102,
	BLOCK = 0x0103,
	BLOCK_EPL = 0x0104,
	READ = 0x0105,
	READ_EPL = 0x0106,
	COMPLETE = 0x0107,
	COPY = 0x0108,
	RUN = 0x0109,
	COMMIT = 0x010a,
	OPTIONS = 0x010b,
	STORE_TAG = 0x010c,
	RETRIEVE_TAG = 0x010d,
};

/** What the module of a case is. */
struct cdb_setup {
	unsigned instances;
	bool foreground, locked, no_epl;
	unsigned revision;     /**< 0: that of the base module */
	unsigned restrictions; /**< lower memory byte 62 */
	bool lpmode;
};

struct bench {
	struct lw_world *w;
	struct lw_twin *t;
	unsigned bank; /**< instance that is spoken to */
	struct lw_image image;
};

extern struct bench b;

/** Plug the module and let it start; ends a module that was there. */
void plug_cdb(struct cdb_setup s);
/** The same with the image as it is now. */
void plug_image(void);
int cdb_setup(void **state);
int cdb_teardown(void **state);
#define CDB_CASE(f) cmocka_unit_test_setup_teardown(f, cdb_setup, cdb_teardown)

int bus_read(int page, unsigned byte, uint8_t *ret);
void put_bytes(int page, unsigned byte, const uint8_t *p, size_t n);
/** A byte of page 9Fh of the instance that is spoken to. */
uint8_t message_byte(unsigned byte);
/** Its status byte: 37 or 38. */
uint8_t cdb_status(void);

/** Send a command; `spoil` is added to its check code. */
void send(unsigned id, const uint8_t *lpl, size_t n, size_t epl, unsigned spoil);
/** Wait for the end; the flag must tell it. @return the status byte */
uint8_t wait_end(void);
uint8_t command(unsigned id, const uint8_t *lpl, size_t n);
/** The reply must be `n` long and carry its check code, which no client takes for absent. */
void reply(uint8_t ret[120], size_t n);
uint8_t firmware_status(void);

/** A file: 64 bytes of header, then its body. */
enum { HEADER = 64, BODY = 500 };
extern uint8_t file[HEADER + BODY];
/** `marked`: a load made for twins, revision 5.9.258; `spoil` is added to its CRC-32. */
void make_file(bool marked, unsigned spoil);
/** The load wants that command (low byte) to end with that status. */
void make_failing_file(unsigned id, unsigned status);
uint8_t start_transfer(void);
uint8_t send_block(unsigned at, unsigned n);
void send_body(void);
/** 0109h with 100 ms of delay; returns when the module is back. */
void run_load(unsigned mode);

#endif
