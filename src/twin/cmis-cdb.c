/* SPDX-License-Identifier: Apache-2.0 */
#include "cmis.h"

#include <string.h>

/* Bits 7 and 5-0 of the status byte while a command is under way (Table 8-14). */
enum { BUSY_CAPTURED = 0x81, BUSY_EXECUTING = 0x83 };

/* Unlock levels of the reply to 0000h (Table 9-3). */
enum { UNLOCK_NONE = 0, UNLOCK_HOST = 1 };

/* The check code covers the header up to LPLLength, then the local payload (Table 8-198). */
static const unsigned checked_header = 5;

static int64_t get(const struct lw_cmis *c, unsigned id)
{
	return lw_memory_get(&c->twin.mem, id, 0);
}

bool lw_cdb_supported(const struct lw_cmis *c)
{
	return get(c, LW_CMIS_CDB_INSTANCES_SUPPORTED) != 0;
}

unsigned lw_cdb_epl_bytes(const struct lw_view *v)
{
	const struct lw_field *f = &lw_map_fields(LW_MAP_CMIS, NULL)[LW_CMIS_CDB_MAX_PAGES_EPL];
	const struct lw_code *row;
	int64_t code;

	if (lw_field_get(f, 0, v, &code))
		return 0;
	row = lw_code_find((enum lw_code_table)f->codes, (unsigned)code);
	return row && !row->reserved && row->den ? (unsigned)(row->num / row->den) : 0;
}

uint32_t lw_cdb_get(const struct lw_cdb_message *m, enum lw_cdb_field f)
{
	const struct lw_cdb_place *p = &lw_cdb_places[f];
	uint32_t v = 0;

	if (p->width <= 8)
		return (uint32_t)m->lpl[p->at] >> p->shift & ((1u << p->width) - 1);
	for (unsigned i = 0; i < p->width / 8u; i++)
		v = v << 8 | m->lpl[p->at + i];
	return v;
}

void lw_cdb_put(struct lw_cdb_message *m, enum lw_cdb_field f, uint32_t value)
{
	const struct lw_cdb_place *p = &lw_cdb_places[f];

	if (p->width <= 8)
		m->lpl[p->at] |= (uint8_t)(value << p->shift);
	else
		for (unsigned i = p->width / 8u; i-- > 0; value >>= 8)
			m->lpl[p->at + i] = (uint8_t)value;
}

static uint8_t complement_of_sum(const uint8_t *p, size_t n)
{
	uint8_t sum = 0;

	while (n--)
		sum = (uint8_t)(sum + *p++);
	return (uint8_t)~sum;
}

static unsigned ms_of(enum lw_twin_number number)
{
	return (unsigned)(lw_twin_numbers[number] / 1e6);
}

/* What a command may take; the module takes its part of it. */
static enum lw_twin_number limit_of(int command)
{
	switch (command) {
	case LW_CDB_CMD_START_TRANSFER:
		return LW_TWIN_T_FW_START;
	case LW_CDB_CMD_ABORT_TRANSFER:
		return LW_TWIN_T_FW_ABORT;
	case LW_CDB_CMD_WRITE_BLOCK_LPL:
	case LW_CDB_CMD_WRITE_BLOCK_EPL:
		return LW_TWIN_T_FW_WRITE;
	case LW_CDB_CMD_COMPLETE_TRANSFER:
		return LW_TWIN_T_FW_COMPLETE;
	case LW_CDB_CMD_COPY_LOAD:
		return LW_TWIN_T_FW_COPY;
	default:
		return LW_TWIN_T_CDB;
	}
}

/* 0000h: the host says how long it takes. */
static struct lw_mono time_of(const struct lw_cmis *c)
{
	struct lw_mono t = lw_twin_span(&c->twin, limit_of(c->cdb.command));

	if (c->cdb.sound && c->cdb.command == LW_CDB_CMD_QUERY_STATUS)
		t = lw_mono_add(t,
				lw_ms(lw_cdb_get(&c->cdb.arg, LW_CDB_QUERY_STATUS_RESPONSE_DELAY)));
	return t;
}

static void module_features(const struct lw_cmis *c, struct lw_cdb_message *reply)
{
	uint8_t *map = reply->lpl + lw_cdb_places[LW_CDB_MODULE_FEATURES_REPLY_COMMAND_SUPPORT].at;
	unsigned most = 0;

	(void)c;
	for (int i = 0; i < LW_CDB_COMMANDS_N; i++) {
		if (lw_cdb_rows[i].id < 256)
			map[lw_cdb_rows[i].id / 8] |= (uint8_t)(1u << lw_cdb_rows[i].id % 8);
		if (ms_of(limit_of(i)) > most)
			most = ms_of(limit_of(i));
	}
	lw_cdb_put(reply, LW_CDB_MODULE_FEATURES_REPLY_MAX_COMPLETION_TIME, most);
}

static void firmware_features(const struct lw_cmis *c, struct lw_cdb_message *reply)
{
	static const struct {
		enum lw_cdb_field field;
		enum lw_twin_number number;
	} times[] =
		{
			{LW_CDB_FIRMWARE_FEATURES_REPLY_MAX_DURATION_START, LW_TWIN_T_FW_START},
			{LW_CDB_FIRMWARE_FEATURES_REPLY_MAX_DURATION_ABORT, LW_TWIN_T_FW_ABORT},
			{LW_CDB_FIRMWARE_FEATURES_REPLY_MAX_DURATION_WRITE, LW_TWIN_T_FW_WRITE},
			{LW_CDB_FIRMWARE_FEATURES_REPLY_MAX_DURATION_COMPLETE,
			 LW_TWIN_T_FW_COMPLETE},
			{LW_CDB_FIRMWARE_FEATURES_REPLY_MAX_DURATION_COPY, LW_TWIN_T_FW_COPY},
		},
	  counts[] = {
		  {LW_CDB_FIRMWARE_FEATURES_REPLY_START_CMD_PAYLOAD_SIZE, LW_TWIN_FW_HEADER},
		  {LW_CDB_FIRMWARE_FEATURES_REPLY_ERASED_BYTE, LW_TWIN_FW_ERASED},
		  {LW_CDB_FIRMWARE_FEATURES_REPLY_READ_WRITE_LENGTH_EXT, LW_TWIN_FW_LENGTH_EXT},
	  };

	lw_cdb_put(reply, LW_CDB_FIRMWARE_FEATURES_REPLY_ABORT_CMD, 1);
	lw_cdb_put(reply, LW_CDB_FIRMWARE_FEATURES_REPLY_COPY_CMD, 1);
	lw_cdb_put(reply, LW_CDB_FIRMWARE_FEATURES_REPLY_HITLESS_RESTART, 1);
	lw_cdb_put(reply, LW_CDB_FIRMWARE_FEATURES_REPLY_WRITE_MECHANISM_LPL, 1);
	lw_cdb_put(reply, LW_CDB_FIRMWARE_FEATURES_REPLY_WRITE_MECHANISM_EPL,
		   get(c, LW_CMIS_CDB_MAX_PAGES_EPL) != 0);
	for (size_t i = 0; i < sizeof(times) / sizeof(times[0]); i++)
		lw_cdb_put(reply, times[i].field, ms_of(times[i].number));
	for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++)
		lw_cdb_put(reply, counts[i].field, (uint32_t)lw_twin_numbers[counts[i].number]);
}

/* Carry out the command. @return enum lw_cdb_status; `reply` comes zeroed */
static uint8_t execute(struct lw_cmis *c, struct lw_cdb_message *reply)
{
	const struct lw_cdb_message *arg = &c->cdb.arg;

	switch (c->cdb.command) {
	case LW_CDB_CMD_QUERY_STATUS:
		lw_cdb_put(reply, LW_CDB_QUERY_STATUS_REPLY_LENGTH, reply->lpl_length);
		lw_cdb_put(reply, LW_CDB_QUERY_STATUS_REPLY_STATUS,
			   c->password.unlocked ? UNLOCK_HOST : UNLOCK_NONE);
		return LW_CDB_SUCCESS;
	case LW_CDB_CMD_ENTER_PASSWORD:
		return lw_password_enter(c, lw_cdb_get(arg, LW_CDB_ENTER_PASSWORD_PASSWORD));
	case LW_CDB_CMD_CHANGE_PASSWORD:
		return lw_password_change(c, lw_cdb_get(arg, LW_CDB_CHANGE_PASSWORD_NEW_PASSWORD));
	case LW_CDB_CMD_MODULE_FEATURES:
		module_features(c, reply);
		return LW_CDB_SUCCESS;
	case LW_CDB_CMD_FIRMWARE_FEATURES:
		firmware_features(c, reply);
		return LW_CDB_SUCCESS;
	case LW_CDB_CMD_ABORT:               /* nothing is left of what it aborted */
	case LW_CDB_CMD_MONITORING_FEATURES: /* none of 02xxh, 03xxh, and no supplement */
	case LW_CDB_CMD_DIAGNOSTICS_FEATURES:
	case LW_CDB_CMD_SUPPLEMENT_SUPPORT:
		return LW_CDB_SUCCESS;
	default:
		return lw_firmware_command(c, c->cdb.command, arg, reply);
	}
}

static uint8_t *page(const struct lw_cmis *c)
{
	return lw_memory_slot(&c->twin.mem, LW_CMIS_SLOT_9FH);
}

/* Tell the end of the command: reply, status, flag, in this order (7.2.5). */
static void finish(struct lw_cmis *c, uint8_t status, const struct lw_cdb_message *reply)
{
	struct lw_memory *m = &c->twin.mem;
	unsigned n = status == LW_CDB_SUCCESS || status == LW_CDB_ABORTED ? reply->lpl_length : 0;

	memcpy(page(c) + (m->field[LW_CMIS_LPL].byte & 0x7f), reply->lpl, n);
	lw_memory_put(m, LW_CMIS_RPL_LENGTH, 0, n);
	lw_memory_put(m, LW_CMIS_RPL_CHK_CODE, 0, n ? complement_of_sum(reply->lpl, n) : 0);
	lw_memory_put(m, LW_CMIS_CDB_STATUS1, 0, status);
	lw_memory_put(m, LW_CMIS_CDB_CMD_COMPLETE_FLAG1, 0, 1);
	c->cdb.busy = false;
	c->cdb.due = LW_NEVER;
}

static int find_command(uint16_t id)
{
	for (int i = 0; i < LW_CDB_COMMANDS_N; i++)
		if (lw_cdb_rows[i].id == id)
			return i;
	return -1;
}

/* A command was triggered: take it out of the page before the host can change it. */
static void capture(struct lw_cmis *c)
{
	const struct lw_memory *m = &c->twin.mem;
	const uint8_t *bytes = page(c);
	unsigned lpl = m->field[LW_CMIS_LPL].byte & 0x7f, n;
	uint8_t whole[128];
	struct lw_cdb *d = &c->cdb;
	bool was_busy = d->busy;
	int command = find_command((uint16_t)get(c, LW_CMIS_CMDID));

	if (was_busy && command != LW_CDB_CMD_ABORT)
		return; /* unpredictable for the host: it is ignored (7.2.5.2) */
	*d = (struct lw_cdb){.busy = true, .command = command};
	d->arg.epl_length = (uint16_t)get(c, LW_CMIS_EPL_LENGTH);
	n = (unsigned)get(c, LW_CMIS_LPL_LENGTH);
	n = n < LW_CDB_LPL_SIZE ? n : LW_CDB_LPL_SIZE;
	d->arg.lpl_length = (uint8_t)n;
	memcpy(d->arg.lpl, bytes + lpl, n);
	memcpy(whole, bytes, checked_header);
	memcpy(whole + checked_header, d->arg.lpl, n);
	d->sound = complement_of_sum(whole, checked_header + n) == get(c, LW_CMIS_CDB_CHK_CODE);
	d->aborting = was_busy;
	d->due = lw_twin_after(&c->twin, lw_twin_span(&c->twin, LW_TWIN_T_CDB_CAPTURE));
	lw_memory_put(&c->twin.mem, LW_CMIS_CDB_STATUS1, 0, BUSY_CAPTURED);
	/* While a command is captured nothing is answered; in the foreground not until its end. */
	if (!get(c, LW_CMIS_CDB_BACKGROUND_MODE_SUPPORTED))
		c->twin.hold = lw_mono_add(d->due, time_of(c));
	else if (c->twin.opt.access_times)
		c->twin.hold = d->due;
}

void lw_cdb_written(struct lw_cmis *c, unsigned first, size_t n)
{
	/* CMDID is two bytes; its second one starts the command (Table 8-55). */
	unsigned id = c->twin.mem.field[LW_CMIS_CMDID].byte & 0x7fu, last = id + 1;
	bool any = get(c, LW_CMIS_CDB_COMMAND_TRIGGER_METHOD);

	if (!lw_cdb_supported(c) || first > last || first + n <= last)
		return;
	if (any || (first >= id && first + n == last + 1))
		capture(c);
}

void lw_cdb_run(struct lw_cmis *c)
{
	struct lw_cdb_message reply = {0};
	struct lw_cdb *d = &c->cdb;
	uint8_t status;

	if (!d->busy || lw_mono_before(lw_twin_now(&c->twin), d->due))
		return;
	if (!d->checked && d->sound && d->command >= 0) {
		d->checked = true;
		d->due = lw_mono_add(d->due, time_of(c));
		lw_memory_put(&c->twin.mem, LW_CMIS_CDB_STATUS1, 0, BUSY_EXECUTING);
		if (lw_mono_before(lw_twin_now(&c->twin), d->due))
			return;
	}
	if (!d->sound) {
		status = LW_CDB_CHECK_CODE;
	} else if (d->command < 0) {
		status = LW_CDB_UNKNOWN;
	} else {
		/* Of a command that is too short the missing fields are 0 (9.2.3). */
		reply.lpl_length = lw_cdb_rows[d->command].reply;
		status = execute(c, &reply);
		if (status == LW_CDB_SUCCESS && d->aborting)
			status = LW_CDB_ABORTED;
	}
	finish(c, status, &reply);
}

void lw_cdb_reset(struct lw_cmis *c)
{
	c->cdb = (struct lw_cdb){.due = LW_NEVER};
	c->password.unlocked = false;
}
