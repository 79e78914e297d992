/* SPDX-License-Identifier: Apache-2.0 */
#include "cmis.h"

#include <string.h>

/* Bits of a bank's nibble in FirmwareStatus (Tables 7-1 to 7-4): A in 3-0, B in 7-4. */
enum { STATUS_RUNNING = 1, STATUS_COMMITTED = 2, STATUS_INVALID = 4 };

/* LoadToRunAndImpact, Table 9-29. */
enum {
	RUN_RESET_OTHER,
	RUN_HITLESS_OTHER,
	RUN_RESET_SAME,
	RUN_HITLESS_SAME,
	RUN_KEEP_OTHER,
	RUN_KEEP_SAME
};

/* CopyDirection, Table 9-28: from the first nibble's bank to the second's. */
enum { COPY_A_TO_B = 0xab, COPY_B_TO_A = 0xba };

static uint32_t number(enum lw_twin_number n)
{
	return (uint32_t)lw_twin_numbers[n];
}

static struct lw_load *other(struct lw_firmware *f)
{
	return &f->load[!f->running];
}

/* CRC-32 of IEEE 802.3, carried on from `crc`. */
static uint32_t crc32_on(uint32_t crc, const uint8_t *p, size_t n)
{
	crc = ~crc;
	while (n--) {
		crc ^= *p++;
		for (int bit = 0; bit < 8; bit++)
			crc = crc >> 1 ^ (0xedb88320u & (0u - (crc & 1)));
	}
	return ~crc;
}

void lw_firmware_init(struct lw_cmis *c)
{
	const struct lw_memory *m = &c->twin.mem;
	struct lw_load made = {.valid = true};

	made.major = (uint8_t)lw_memory_get(m, LW_CMIS_MODULE_ACTIVE_FIRMWARE_MAJOR_REVISION, 0);
	made.minor = (uint8_t)lw_memory_get(m, LW_CMIS_MODULE_ACTIVE_FIRMWARE_MINOR_REVISION, 0);
	c->firmware = (struct lw_firmware){.load = {made, made}, .next = -1, .run_at = LW_NEVER};
	c->password.host = number(LW_TWIN_HOST_PASSWORD);
}

static void show(struct lw_cmis *c)
{
	struct lw_memory *m = &c->twin.mem;
	const struct lw_load *l = &c->firmware.load[c->firmware.running];

	lw_memory_put(m, LW_CMIS_MODULE_ACTIVE_FIRMWARE_MAJOR_REVISION, 0, l->major);
	lw_memory_put(m, LW_CMIS_MODULE_ACTIVE_FIRMWARE_MINOR_REVISION, 0, l->minor);
}

void lw_firmware_start(struct lw_cmis *c)
{
	struct lw_firmware *f = &c->firmware;
	uint8_t bank = f->next >= 0 ? (uint8_t)f->next : f->committed;

	/* Recovery order: committed, then the other (7.3.1). One of them is always valid, for what
	 * runs is never overwritten. */
	f->running = f->load[bank].valid ? bank : !bank;
	f->next = -1;
	f->run_at = LW_NEVER;
	f->transfer = false;
	show(c);
}

struct lw_mono lw_firmware_run(struct lw_cmis *c)
{
	struct lw_firmware *f = &c->firmware;

	if (lw_mono_before(lw_twin_now(&c->twin), f->run_at))
		return f->run_at;
	if (f->hitless) { /* management restarts, data paths never notice */
		uint8_t *page = lw_memory_slot(&c->twin.mem, LW_CMIS_SLOT_13H);
		const struct lw_field *pad = &c->twin.mem.field[LW_CMIS_HOST_SCRATCH_PAD];

		lw_firmware_start(c);
		if (page) /* it tells a host of every restart (8.16) */
			memset(page + (pad->byte & 0x7f), 0, pad->width / 8);
	} else {
		f->run_at = LW_NEVER;
		c->software_reset = true;
	}
	return LW_NEVER;
}

static void info(const struct lw_cmis *c, struct lw_cdb_message *reply)
{
	static const struct {
		enum lw_cdb_field major, minor, build, extra;
	} at[2] = {
		{LW_CDB_FIRMWARE_INFO_REPLY_LOAD_A_MAJOR, LW_CDB_FIRMWARE_INFO_REPLY_LOAD_A_MINOR,
		 LW_CDB_FIRMWARE_INFO_REPLY_LOAD_A_BUILD, LW_CDB_FIRMWARE_INFO_REPLY_LOAD_A_EXTRA},
		{LW_CDB_FIRMWARE_INFO_REPLY_LOAD_B_MAJOR, LW_CDB_FIRMWARE_INFO_REPLY_LOAD_B_MINOR,
		 LW_CDB_FIRMWARE_INFO_REPLY_LOAD_B_BUILD, LW_CDB_FIRMWARE_INFO_REPLY_LOAD_B_EXTRA}};
	const struct lw_firmware *f = &c->firmware;
	unsigned status = 0, there = 0;

	for (unsigned b = 0; b < 2; b++) {
		const struct lw_load *l = &f->load[b];

		status |= (unsigned)(f->running == b ? STATUS_RUNNING : 0) << 4 * b;
		status |= (unsigned)(f->committed == b ? STATUS_COMMITTED : 0) << 4 * b;
		status |= (unsigned)(l->valid ? 0 : STATUS_INVALID) << 4 * b;
		if (!l->valid)
			continue;
		there |= 1u << b;
		lw_cdb_put(reply, at[b].major, l->major);
		lw_cdb_put(reply, at[b].minor, l->minor);
		lw_cdb_put(reply, at[b].build, l->build);
		memcpy(reply->lpl + lw_cdb_places[at[b].extra].at, l->extra, sizeof(l->extra));
	}
	lw_cdb_put(reply, LW_CDB_FIRMWARE_INFO_REPLY_FIRMWARE_STATUS, status);
	lw_cdb_put(reply, LW_CDB_FIRMWARE_INFO_REPLY_LOAD_INFORMATION, there);
}

static uint8_t start(struct lw_cmis *c, const struct lw_cdb_message *arg)
{
	uint32_t size = lw_cdb_get(arg, LW_CDB_START_TRANSFER_LOAD_SIZE);
	uint32_t head = number(LW_TWIN_FW_HEADER);
	struct lw_firmware *f = &c->firmware;

	if (arg->lpl_length < lw_cdb_rows[LW_CDB_CMD_START_TRANSFER].lpl + head || size <= head)
		return LW_CDB_PARAMETER;
	if (size > number(LW_TWIN_FW_SIZE_MAX))
		return LW_CDB_RESOURCES;
	if (lw_cdb_get(arg, LW_CDB_START_TRANSFER_HEADER_MAGIC) >> 16 == number(LW_TWIN_FW_GZIP))
		return LW_CDB_LOAD_FORMAT;
	f->coming = (struct lw_load){.valid = true};
	f->marked = lw_cdb_get(arg, LW_CDB_START_TRANSFER_HEADER_MAGIC) == number(LW_TWIN_FW_MAGIC);
	if (f->marked) {
		f->coming.major = (uint8_t)lw_cdb_get(arg, LW_CDB_START_TRANSFER_HEADER_MAJOR);
		f->coming.minor = (uint8_t)lw_cdb_get(arg, LW_CDB_START_TRANSFER_HEADER_MINOR);
		f->coming.build = (uint16_t)lw_cdb_get(arg, LW_CDB_START_TRANSFER_HEADER_BUILD);
		memcpy(f->coming.extra,
		       arg->lpl + lw_cdb_places[LW_CDB_START_TRANSFER_HEADER_EXTRA].at,
		       sizeof(f->coming.extra));
	}
	f->want = lw_cdb_get(arg, LW_CDB_START_TRANSFER_HEADER_CRC);
	f->crc = 0;
	f->got = 0;
	f->size = size - head;
	f->transfer = true;
	*other(f) = (struct lw_load){0}; /* invalid from its first change on */
	return LW_CDB_SUCCESS;
}

/* Take `n` bytes that belong at `at`. Blocks come in order; one may come twice. */
static uint8_t take(struct lw_firmware *f, uint32_t at, const uint8_t *p, uint32_t n)
{
	uint32_t known;

	if (n == 0 || at > f->got || n > f->size || at > f->size - n)
		return LW_CDB_PARAMETER;
	if (at + n <= f->got)
		return LW_CDB_SUCCESS;
	known = f->got - at;
	f->crc = crc32_on(f->crc, p + known, n - known);
	f->got = at + n;
	return LW_CDB_SUCCESS;
}

static uint8_t write_lpl(struct lw_firmware *f, const struct lw_cdb_message *arg)
{
	const struct lw_cdb_place *block = &lw_cdb_places[LW_CDB_WRITE_BLOCK_LPL_BLOCK];

	if (arg->lpl_length <= block->at)
		return LW_CDB_PARAMETER;
	return take(f, lw_cdb_get(arg, LW_CDB_WRITE_BLOCK_LPL_BLOCK_ADDRESS), arg->lpl + block->at,
		    arg->lpl_length - (uint32_t)block->at);
}

static uint8_t write_epl(struct lw_cmis *c, const struct lw_cdb_message *arg)
{
	uint32_t at = lw_cdb_get(arg, LW_CDB_WRITE_BLOCK_EPL_BLOCK_ADDRESS);
	uint32_t left = arg->epl_length, room = lw_cdb_epl_bytes(&c->twin.mem.view);
	uint8_t status = LW_CDB_PARAMETER;

	if (left > room)
		return LW_CDB_PARAMETER;
	for (int page = LW_CMIS_SLOT_A0H; left; page++) {
		uint32_t n = left < 128 ? left : 128;

		status = take(&c->firmware, at, lw_memory_slot(&c->twin.mem, page), n);
		if (status != LW_CDB_SUCCESS)
			return status;
		at += n;
		left -= n;
	}
	return status;
}

static uint8_t complete(struct lw_firmware *f)
{
	const struct lw_load *now = &f->load[f->running];

	f->transfer = false;
	if (f->got != f->size)
		return LW_CDB_LOAD_INVALID;
	if (f->marked && f->crc != f->want)
		return LW_CDB_LOAD_CHECKSUM;
	/* A file of some vendor does not tell its revision: call it the next. */
	if (!f->marked) {
		f->coming.major = now->major;
		f->coming.minor = (uint8_t)(now->minor + 1);
		f->coming.build = (uint16_t)(f->crc & 0xffff);
	}
	*other(f) = f->coming;
	return LW_CDB_SUCCESS;
}

static uint8_t run_load(struct lw_cmis *c, const struct lw_cdb_message *arg)
{
	unsigned mode = lw_cdb_get(arg, LW_CDB_RUN_LOAD_LOAD_TO_RUN);
	bool switches = mode == RUN_RESET_OTHER || mode == RUN_HITLESS_OTHER;
	struct lw_firmware *f = &c->firmware;

	if (mode == RUN_KEEP_OTHER || mode == RUN_KEEP_SAME)
		return LW_CDB_NO_PRESERVING;
	if (mode > RUN_KEEP_SAME)
		return LW_CDB_PARAMETER;
	if (switches && !other(f)->valid)
		return LW_CDB_LOAD_INVALID;
	f->next = (int8_t)(switches ? !f->running : f->running);
	f->hitless = mode == RUN_HITLESS_OTHER || mode == RUN_HITLESS_SAME;
	f->run_at = lw_twin_after(&c->twin, lw_ms(lw_cdb_get(arg, LW_CDB_RUN_LOAD_DELAY_TO_RESET)));
	return LW_CDB_SUCCESS;
}

static uint8_t copy_load(struct lw_firmware *f, const struct lw_cdb_message *arg,
			 struct lw_cdb_message *reply)
{
	unsigned way = lw_cdb_get(arg, LW_CDB_COPY_LOAD_COPY_DIRECTION);
	unsigned from = way == COPY_B_TO_A;

	if ((way != COPY_A_TO_B && way != COPY_B_TO_A) || from != f->running)
		return LW_CDB_PARAMETER;
	*other(f) = f->load[from];
	lw_cdb_put(reply, LW_CDB_COPY_LOAD_REPLY_LENGTH, number(LW_TWIN_FW_SIZE_MAX));
	lw_cdb_put(reply, LW_CDB_COPY_LOAD_REPLY_COPY_DIRECTION, way);
	return LW_CDB_SUCCESS;
}

/* Which commands need a password, and which a transfer under way. */
static uint8_t admit(const struct lw_cmis *c, int command)
{
	bool block = command == LW_CDB_CMD_WRITE_BLOCK_LPL || command == LW_CDB_CMD_WRITE_BLOCK_EPL;

	if (command != LW_CDB_CMD_FIRMWARE_INFO && !lw_password_open(c))
		return LW_CDB_PASSWORD;
	if ((block || command == LW_CDB_CMD_COMPLETE_TRANSFER ||
	     command == LW_CDB_CMD_ABORT_TRANSFER) &&
	    !c->firmware.transfer)
		return LW_CDB_NOT_NOW;
	if ((command == LW_CDB_CMD_COPY_LOAD || command == LW_CDB_CMD_RUN_LOAD) &&
	    c->firmware.transfer)
		return LW_CDB_NOT_NOW;
	return LW_CDB_SUCCESS;
}

uint8_t lw_firmware_command(struct lw_cmis *c, int command, const struct lw_cdb_message *arg,
			    struct lw_cdb_message *reply)
{
	struct lw_firmware *f = &c->firmware;
	uint8_t status = admit(c, command);

	if (status != LW_CDB_SUCCESS)
		return status;
	switch (command) {
	case LW_CDB_CMD_FIRMWARE_INFO:
		info(c, reply);
		return LW_CDB_SUCCESS;
	case LW_CDB_CMD_START_TRANSFER:
		return start(c, arg);
	case LW_CDB_CMD_ABORT_TRANSFER:
		f->transfer = false;
		return LW_CDB_SUCCESS;
	case LW_CDB_CMD_WRITE_BLOCK_LPL:
		return write_lpl(f, arg);
	case LW_CDB_CMD_WRITE_BLOCK_EPL:
		return write_epl(c, arg);
	case LW_CDB_CMD_COMPLETE_TRANSFER:
		return complete(f);
	case LW_CDB_CMD_COPY_LOAD:
		return copy_load(f, arg, reply);
	case LW_CDB_CMD_RUN_LOAD:
		return run_load(c, arg);
	case LW_CDB_CMD_COMMIT_LOAD:
		f->committed = f->running;
		return LW_CDB_SUCCESS;
	default:
		return LW_CDB_FAILED;
	}
}
