/* SPDX-License-Identifier: Apache-2.0 */
#include "cmis.h"

#include <stdlib.h>
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

static void end_transfer(struct lw_firmware *f)
{
	f->transfer = false;
	lw_load_clear(&f->coming);
}

/* Does `l`, a load made for twins, want `command` to fail? @return the status for that, or 0 */
static uint8_t wish(const struct lw_load *l, int command)
{
	bool meant = l->fail_command && l->fail_command == (lw_cdb_rows[command].id & 0xff);

	return meant && l->fail_status >= LW_CDB_FAILED ? l->fail_status : 0;
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

void lw_firmware_start(struct lw_cmis *c)
{
	struct lw_firmware *f = &c->firmware;
	uint8_t bank = f->next >= 0 ? (uint8_t)f->next : f->committed;

	/* Recovery order: committed, then the other (7.3.1). One of them is always valid, for what
	 * runs is never overwritten. */
	f->running = f->load[bank].valid ? bank : !bank;
	f->next = -1;
	f->run_at = LW_NEVER;
	end_transfer(f);
	lw_load_show(c);
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
		memcpy(lw_cdb_room(reply, at[b].extra), l->extra, sizeof(l->extra));
	}
	lw_cdb_put(reply, LW_CDB_FIRMWARE_INFO_REPLY_FIRMWARE_STATUS, status);
	lw_cdb_put(reply, LW_CDB_FIRMWARE_INFO_REPLY_LOAD_INFORMATION, there);
}

/* What the header of a load made for twins says of it. */
static void read_header(struct lw_firmware *f, const struct lw_cdb_message *arg)
{
	struct lw_load *l = &f->coming;

	f->marked = lw_cdb_get(arg, LW_CDB_START_TRANSFER_HEADER_MAGIC) == number(LW_TWIN_FW_MAGIC);
	if (!f->marked)
		return;
	l->major = (uint8_t)lw_cdb_get(arg, LW_CDB_START_TRANSFER_HEADER_MAJOR);
	l->minor = (uint8_t)lw_cdb_get(arg, LW_CDB_START_TRANSFER_HEADER_MINOR);
	l->build = (uint16_t)lw_cdb_get(arg, LW_CDB_START_TRANSFER_HEADER_BUILD);
	l->fail_command = (uint8_t)lw_cdb_get(arg, LW_CDB_START_TRANSFER_HEADER_FAIL_COMMAND);
	l->fail_status = (uint8_t)lw_cdb_get(arg, LW_CDB_START_TRANSFER_HEADER_FAIL_STATUS);
	memcpy(l->extra, lw_cdb_bytes(arg, LW_CDB_START_TRANSFER_HEADER_EXTRA), sizeof(l->extra));
	f->want = lw_cdb_get(arg, LW_CDB_START_TRANSFER_HEADER_CRC);
}

static uint8_t start(struct lw_cmis *c, unsigned bank, const struct lw_cdb_message *arg)
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
	end_transfer(f);
	f->coming.size = size - head;
	f->coming.bytes = calloc(1, f->coming.size);
	if (!f->coming.bytes)
		return LW_CDB_RESOURCES;
	f->coming.valid = true;
	read_header(f, arg);
	if (wish(&f->coming, LW_CDB_CMD_START_TRANSFER)) {
		uint8_t status = f->coming.fail_status;

		end_transfer(f);
		return status;
	}
	f->crc = 0;
	f->got = 0;
	f->owner = (uint8_t)bank;
	f->transfer = true;
	lw_load_spoil(other(f));
	return LW_CDB_SUCCESS;
}

/* Take `n` bytes that belong at `at`. Blocks come in order; one may come twice. */
static uint8_t take(struct lw_firmware *f, uint32_t at, const uint8_t *p, uint32_t n)
{
	uint32_t known;

	if (n == 0 || at > f->got || n > f->coming.size || at > f->coming.size - n)
		return LW_CDB_PARAMETER;
	if (at + n <= f->got)
		return LW_CDB_SUCCESS;
	known = f->got - at;
	f->crc = crc32_on(f->crc, p + known, n - known);
	memcpy(f->coming.bytes + f->got, p + known, n - known);
	f->got = at + n;
	return LW_CDB_SUCCESS;
}

static uint8_t write_lpl(struct lw_firmware *f, const struct lw_cdb_message *arg)
{
	unsigned before = lw_cdb_rows[LW_CDB_CMD_WRITE_BLOCK_LPL].lpl;

	if (arg->lpl_length <= before)
		return LW_CDB_PARAMETER;
	return take(f, lw_cdb_get(arg, LW_CDB_WRITE_BLOCK_LPL_BLOCK_ADDRESS),
		    lw_cdb_bytes(arg, LW_CDB_WRITE_BLOCK_LPL_BLOCK), arg->lpl_length - before);
}

static uint8_t write_epl(struct lw_cmis *c, unsigned bank, const struct lw_cdb_message *arg)
{
	uint32_t at = lw_cdb_get(arg, LW_CDB_WRITE_BLOCK_EPL_BLOCK_ADDRESS);
	uint32_t left = arg->epl_length, room = lw_cdb_epl_bytes(&c->twin.mem.view);
	uint8_t status = LW_CDB_PARAMETER;

	if (left > room)
		return LW_CDB_PARAMETER;
	for (int page = LW_CMIS_SLOT_A0H; left; page++) {
		uint32_t n = left < 128 ? left : 128;

		status = take(&c->firmware, at, lw_memory_page(&c->twin.mem, bank, page), n);
		if (status != LW_CDB_SUCCESS)
			return status;
		at += n;
		left -= n;
	}
	return status;
}

/* The load that can be read back: what has come of a transfer, else what came into the bank that
 * does not run. @return NULL: none came, it is as made */
static const struct lw_load *readable(struct lw_firmware *f, uint32_t *ret_size)
{
	const struct lw_load *l = f->transfer ? &f->coming : other(f);

	*ret_size = f->transfer ? f->got : l->size;
	return l->bytes ? l : NULL;
}

static uint8_t read_lpl(struct lw_firmware *f, const struct lw_cdb_message *arg,
			struct lw_cdb_message *reply)
{
	uint32_t at = lw_cdb_get(arg, LW_CDB_READ_BLOCK_LPL_BLOCK_ADDRESS), size;
	uint32_t n = lw_cdb_get(arg, LW_CDB_READ_BLOCK_LPL_LENGTH);
	const struct lw_load *l = readable(f, &size);

	if (!l)
		return LW_CDB_NOT_NOW;
	if (n == 0 || n > LW_CDB_LPL_SIZE - (uint32_t)reply->lpl_length || n > size ||
	    at > size - n)
		return LW_CDB_PARAMETER;
	lw_cdb_put(reply, LW_CDB_READ_BLOCK_LPL_REPLY_BLOCK_ADDRESS, at);
	memcpy(lw_cdb_room(reply, LW_CDB_READ_BLOCK_LPL_REPLY_BLOCK), l->bytes + at, n);
	reply->lpl_length = (uint8_t)(reply->lpl_length + n);
	return LW_CDB_SUCCESS;
}

static uint8_t read_epl(struct lw_cmis *c, unsigned bank, const struct lw_cdb_message *arg,
			struct lw_cdb_message *reply)
{
	uint32_t at = lw_cdb_get(arg, LW_CDB_READ_BLOCK_EPL_BLOCK_ADDRESS), size;
	uint32_t left = lw_cdb_get(arg, LW_CDB_READ_BLOCK_EPL_LENGTH);
	const struct lw_load *l = readable(&c->firmware, &size);

	if (!l)
		return LW_CDB_NOT_NOW;
	if (left == 0 || left > lw_cdb_epl_bytes(&c->twin.mem.view) || left > size ||
	    at > size - left)
		return LW_CDB_PARAMETER;
	reply->epl_length = (uint16_t)left;
	for (int page = LW_CMIS_SLOT_A0H; left; page++) {
		uint8_t *to = lw_memory_page(&c->twin.mem, bank, page);
		uint32_t n = left < 128 ? left : 128;

		memset(to, 0, 128);
		memcpy(to, l->bytes + at, n);
		at += n;
		left -= n;
	}
	return LW_CDB_SUCCESS;
}

static uint8_t complete(struct lw_firmware *f)
{
	const struct lw_load *now = &f->load[f->running];
	uint8_t status = wish(&f->coming, LW_CDB_CMD_COMPLETE_TRANSFER);

	if (f->got != f->coming.size)
		status = LW_CDB_LOAD_INVALID;
	else if (f->marked && f->crc != f->want)
		status = LW_CDB_LOAD_CHECKSUM;
	if (status) {
		end_transfer(f);
		return status;
	}
	/* A file of some vendor does not tell its revision: call it the next. */
	if (!f->marked) {
		f->coming.major = now->major;
		f->coming.minor = (uint8_t)(now->minor + 1);
		f->coming.build = (uint16_t)(f->crc & 0xffff);
	}
	*other(f) = f->coming; /* with its bytes */
	f->coming = (struct lw_load){0};
	f->transfer = false;
	return LW_CDB_SUCCESS;
}

static uint8_t run_load(struct lw_cmis *c, const struct lw_cdb_message *arg)
{
	unsigned mode = lw_cdb_get(arg, LW_CDB_RUN_LOAD_LOAD_TO_RUN);
	bool switches = mode == RUN_RESET_OTHER || mode == RUN_HITLESS_OTHER;
	struct lw_firmware *f = &c->firmware;
	uint8_t status;

	if (mode == RUN_KEEP_OTHER || mode == RUN_KEEP_SAME)
		return LW_CDB_NO_PRESERVING;
	if (mode > RUN_KEEP_SAME)
		return LW_CDB_PARAMETER;
	if (switches && !other(f)->valid)
		return LW_CDB_LOAD_INVALID;
	status = wish(switches ? other(f) : &f->load[f->running], LW_CDB_CMD_RUN_LOAD);
	if (status)
		return status;
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
	const struct lw_load *l = &f->load[from];
	uint8_t *bytes = NULL;

	if ((way != COPY_A_TO_B && way != COPY_B_TO_A) || from != f->running)
		return LW_CDB_PARAMETER;
	if (wish(l, LW_CDB_CMD_COPY_LOAD))
		return l->fail_status;
	if (l->bytes) {
		bytes = malloc(l->size);
		if (!bytes)
			return LW_CDB_RESOURCES;
		memcpy(bytes, l->bytes, l->size);
	}
	lw_load_clear(other(f));
	*other(f) = *l;
	other(f)->bytes = bytes;
	memset(other(f)->tag, 0, sizeof(l->tag));
	lw_cdb_put(reply, LW_CDB_COPY_LOAD_REPLY_LENGTH,
		   bytes ? l->size + number(LW_TWIN_FW_HEADER) : number(LW_TWIN_FW_SIZE_MAX));
	lw_cdb_put(reply, LW_CDB_COPY_LOAD_REPLY_COPY_DIRECTION, way);
	return LW_CDB_SUCCESS;
}

/* 010Bh: what a run command could do now. */
static void options(const struct lw_firmware *f, struct lw_cdb_message *reply)
{
	const struct lw_load *to = &f->load[!f->running];

	lw_cdb_put(reply, LW_CDB_ACTIVATION_OPTIONS_REPLY_HITLESS_SAME, 1);
	lw_cdb_put(reply, LW_CDB_ACTIVATION_OPTIONS_REPLY_HITLESS_OTHER, to->valid);
}

static uint8_t store_tag(struct lw_firmware *f, const struct lw_cdb_message *arg)
{
	unsigned bank = lw_cdb_get(arg, LW_CDB_STORE_TAG_BANK);
	unsigned control = lw_cdb_get(arg, LW_CDB_STORE_TAG_CONTROL);

	if (bank > 1 || control > 1)
		return LW_CDB_PARAMETER;
	if (!f->load[bank].valid)
		return LW_CDB_LOAD_INVALID;
	memset(f->load[bank].tag, 0, sizeof(f->load[bank].tag));
	if (!control)
		memcpy(f->load[bank].tag, lw_cdb_bytes(arg, LW_CDB_STORE_TAG_TAG),
		       sizeof(f->load[bank].tag));
	return LW_CDB_SUCCESS;
}

static uint8_t retrieve_tag(const struct lw_firmware *f, const struct lw_cdb_message *arg,
			    struct lw_cdb_message *reply)
{
	unsigned bank = lw_cdb_get(arg, LW_CDB_RETRIEVE_TAG_BANK);

	if (bank > 1)
		return LW_CDB_PARAMETER;
	lw_cdb_put(reply, LW_CDB_RETRIEVE_TAG_REPLY_BANK, bank);
	memcpy(lw_cdb_room(reply, LW_CDB_RETRIEVE_TAG_REPLY_TAG), f->load[bank].tag,
	       sizeof(f->load[bank].tag));
	return LW_CDB_SUCCESS;
}

/* Queries are open to all. */
static bool is_query(int command)
{
	return command == LW_CDB_CMD_FIRMWARE_INFO || command == LW_CDB_CMD_ACTIVATION_OPTIONS ||
	       command == LW_CDB_CMD_RETRIEVE_TAG;
}

/* Which commands need a password, and which a transfer, begun by the same instance. */
static uint8_t admit(const struct lw_cmis *c, unsigned bank, int command)
{
	const struct lw_firmware *f = &c->firmware;

	if (!is_query(command) && !lw_password_open(c))
		return LW_CDB_PASSWORD;
	switch (command) {
	case LW_CDB_CMD_WRITE_BLOCK_LPL:
	case LW_CDB_CMD_WRITE_BLOCK_EPL:
	case LW_CDB_CMD_COMPLETE_TRANSFER:
	case LW_CDB_CMD_ABORT_TRANSFER:
		return f->transfer && f->owner == bank ? LW_CDB_SUCCESS : LW_CDB_NOT_NOW;
	case LW_CDB_CMD_START_TRANSFER:
		return f->transfer && f->owner != bank ? LW_CDB_NOT_NOW : LW_CDB_SUCCESS;
	case LW_CDB_CMD_COPY_LOAD:
	case LW_CDB_CMD_RUN_LOAD:
		return f->transfer ? LW_CDB_NOT_NOW : LW_CDB_SUCCESS;
	default:
		return LW_CDB_SUCCESS;
	}
}

static uint8_t commit(struct lw_firmware *f)
{
	uint8_t status = wish(&f->load[f->running], LW_CDB_CMD_COMMIT_LOAD);

	if (status)
		return status;
	f->committed = f->running;
	return LW_CDB_SUCCESS;
}

/* Commands of a transfer, and reading back. */
static uint8_t transfer_command(struct lw_cmis *c, unsigned bank, struct lw_cdb_message *reply)
{
	const struct lw_cdb_instance *d = &c->cdb.instance[bank];
	struct lw_firmware *f = &c->firmware;
	uint8_t status = f->transfer ? wish(&f->coming, d->command) : 0;

	switch (d->command) {
	case LW_CDB_CMD_START_TRANSFER:
		return start(c, bank, &d->arg);
	case LW_CDB_CMD_ABORT_TRANSFER:
		end_transfer(f);
		return LW_CDB_SUCCESS;
	case LW_CDB_CMD_WRITE_BLOCK_LPL:
		return status ? status : write_lpl(f, &d->arg);
	case LW_CDB_CMD_WRITE_BLOCK_EPL:
		return status ? status : write_epl(c, bank, &d->arg);
	case LW_CDB_CMD_READ_BLOCK_LPL:
		return read_lpl(f, &d->arg, reply);
	case LW_CDB_CMD_READ_BLOCK_EPL:
		return read_epl(c, bank, &d->arg, reply);
	default:
		return complete(f);
	}
}

static uint8_t carry_out(struct lw_cmis *c, unsigned bank, struct lw_cdb_message *reply)
{
	const struct lw_cdb_instance *d = &c->cdb.instance[bank];
	struct lw_firmware *f = &c->firmware;
	uint8_t status = admit(c, bank, d->command);

	if (status != LW_CDB_SUCCESS)
		return status;
	switch (d->command) {
	case LW_CDB_CMD_FIRMWARE_INFO:
		info(c, reply);
		return LW_CDB_SUCCESS;
	case LW_CDB_CMD_COPY_LOAD:
		return copy_load(f, &d->arg, reply);
	case LW_CDB_CMD_RUN_LOAD:
		return run_load(c, &d->arg);
	case LW_CDB_CMD_COMMIT_LOAD:
		return commit(f);
	case LW_CDB_CMD_ACTIVATION_OPTIONS:
		options(f, reply);
		return LW_CDB_SUCCESS;
	case LW_CDB_CMD_STORE_TAG:
		return store_tag(f, &d->arg);
	case LW_CDB_CMD_RETRIEVE_TAG:
		return retrieve_tag(f, &d->arg, reply);
	default:
		return transfer_command(c, bank, reply);
	}
}

uint8_t lw_firmware_command(struct lw_cmis *c, unsigned bank, struct lw_cdb_message *reply)
{
	uint8_t status = carry_out(c, bank, reply);

	lw_load_show(c);
	return status;
}
