/* SPDX-License-Identifier: Apache-2.0 */
#include "cmis.h"

#include <string.h>

/* The status byte while a command is under way, by its stage (Table 8-14). */
static const uint8_t busy_status[] = {
	[LW_CDB_CAPTURED] = 0x81,
	[LW_CDB_CHECKING] = 0x82,
	[LW_CDB_EXECUTING] = 0x83,
};

/* Registers of the two instances. */
static const struct {
	uint16_t status, flag;
} ids[LW_CDB_INSTANCES] = {
	{LW_CMIS_CDB_STATUS1, LW_CMIS_CDB_CMD_COMPLETE_FLAG1},
	{LW_CMIS_CDB_STATUS2, LW_CMIS_CDB_CMD_COMPLETE_FLAG2},
};

/* The check code covers the header up to LPLLength, then the local payload (Table 8-198). */
static const unsigned checked_header = 5;

/* RPLLength of a reply in n pages of the extended payload is this and n (Table 8-199). */
static const unsigned epl_reply = 239;

static int64_t get(const struct lw_cmis *c, unsigned id, unsigned bank)
{
	return lw_memory_get(&c->twin.mem, id, bank);
}

/* The number that a code of 01h:163 stands for. */
static unsigned advertised(const struct lw_view *v, unsigned id)
{
	const struct lw_field *f = &lw_map_fields(LW_MAP_CMIS, NULL)[id];
	const struct lw_code *row;
	int64_t code;

	if (lw_field_get(f, 0, v, &code))
		return 0;
	row = lw_code_find((enum lw_code_table)f->codes, (unsigned)code);
	return row && !row->reserved && row->den ? (unsigned)(row->num / row->den) : 0;
}

unsigned lw_cdb_instances(const struct lw_view *v)
{
	unsigned n = advertised(v, LW_CMIS_CDB_INSTANCES_SUPPORTED);

	return n < LW_CDB_INSTANCES ? n : LW_CDB_INSTANCES;
}

unsigned lw_cdb_epl_bytes(const struct lw_view *v)
{
	return advertised(v, LW_CMIS_CDB_MAX_PAGES_EPL);
}

uint64_t lw_cdb_get64(const struct lw_cdb_message *m, enum lw_cdb_field f)
{
	const struct lw_cdb_place *p = &lw_cdb_places[f];
	uint64_t v = 0;

	if (p->width <= 8)
		return (uint64_t)m->lpl[p->at] >> p->shift & ((1u << p->width) - 1);
	for (unsigned i = 0; i < p->width / 8u; i++)
		v = v << 8 | m->lpl[p->at + i];
	return v;
}

uint32_t lw_cdb_get(const struct lw_cdb_message *m, enum lw_cdb_field f)
{
	return (uint32_t)lw_cdb_get64(m, f);
}

void lw_cdb_put(struct lw_cdb_message *m, enum lw_cdb_field f, uint64_t value)
{
	const struct lw_cdb_place *p = &lw_cdb_places[f];

	if (p->width <= 8)
		m->lpl[p->at] |= (uint8_t)(value << p->shift);
	else
		for (unsigned i = p->width / 8u; i-- > 0; value >>= 8)
			m->lpl[p->at + i] = (uint8_t)value;
}

const uint8_t *lw_cdb_bytes(const struct lw_cdb_message *m, enum lw_cdb_field f)
{
	return m->lpl + lw_cdb_places[f].at;
}

uint8_t *lw_cdb_room(struct lw_cdb_message *m, enum lw_cdb_field f)
{
	return m->lpl + lw_cdb_places[f].at;
}

static uint8_t sum_on(uint8_t sum, const uint8_t *p, size_t n)
{
	while (n--)
		sum = (uint8_t)(sum + *p++);
	return sum;
}

/* 0000h: the host says how long it takes. */
static struct lw_mono time_of(const struct lw_cmis *c, const struct lw_cdb_instance *d)
{
	struct lw_mono t = lw_twin_span(&c->twin, lw_cdb_limit(d->command));

	if (d->sound && d->command == LW_CDB_CMD_QUERY_STATUS)
		t = lw_mono_add(t, lw_ms(lw_cdb_get(&d->arg, LW_CDB_QUERY_STATUS_RESPONSE_DELAY)));
	return t;
}

static uint8_t *page(const struct lw_cmis *c, unsigned bank)
{
	return lw_memory_page(&c->twin.mem, bank, LW_CMIS_SLOT_9FH);
}

/* RPLLength and RPLChkCode (Table 8-199): of the local payload, or of whole extended pages. */
static void describe(struct lw_cmis *c, unsigned bank, const struct lw_cdb_message *reply,
		     unsigned lpl)
{
	unsigned pages = (reply->epl_length + 127u) / 128u;
	uint8_t sum = 0;

	for (unsigned i = 0; i < pages; i++)
		sum = sum_on(sum, lw_memory_page(&c->twin.mem, bank, LW_CMIS_SLOT_A0H + (int)i),
			     128);
	if (!pages)
		sum = sum_on(sum, reply->lpl, lpl);
	lw_memory_put(&c->twin.mem, LW_CMIS_RPL_LENGTH, bank, pages ? epl_reply + pages : lpl);
	lw_memory_put(&c->twin.mem, LW_CMIS_RPL_CHK_CODE, bank, pages || lpl ? (uint8_t)~sum : 0);
}

/* Tell the end of the command: reply, status, flag, in this order (7.2.5). */
static void finish(struct lw_cmis *c, unsigned bank, uint8_t status,
		   const struct lw_cdb_message *reply)
{
	static const struct lw_cdb_message nothing;
	struct lw_cdb_instance *d = &c->cdb.instance[bank];
	struct lw_memory *m = &c->twin.mem;

	if (status != LW_CDB_SUCCESS && status != LW_CDB_ABORTED)
		reply = &nothing;
	memcpy(page(c, bank) + (m->field[LW_CMIS_LPL].byte & 0x7f), reply->lpl, reply->lpl_length);
	describe(c, bank, reply, reply->lpl_length);
	lw_memory_put(m, ids[bank].status, 0, status);
	lw_memory_put(m, ids[bank].flag, 0, 1);
	d->stage = LW_CDB_IDLE;
	d->due = LW_NEVER;
}

/* Commands that finish what is written to flash: an Abort comes too late for them. */
static bool stops(const struct lw_cdb_instance *d)
{
	return d->stage == LW_CDB_STUCK ||
	       (d->command != LW_CDB_CMD_COMPLETE_TRANSFER && d->command != LW_CDB_CMD_COPY_LOAD &&
		d->command != LW_CDB_CMD_COMMIT_LOAD);
}

static void enter(struct lw_cmis *c, unsigned bank, enum lw_cdb_stage stage, struct lw_mono after)
{
	struct lw_cdb_instance *d = &c->cdb.instance[bank];

	d->due = lw_mono_add(stage == LW_CDB_CAPTURED ? lw_twin_now(&c->twin) : d->due, after);
	d->stage = stage;
	lw_memory_put(&c->twin.mem, ids[bank].status, 0, busy_status[stage]);
}

/* Take the message out of the page before the host can change it. */
static void take(struct lw_cmis *c, unsigned bank, int command)
{
	const uint8_t *bytes = page(c, bank);
	struct lw_cdb_instance *d = &c->cdb.instance[bank];
	unsigned n = (unsigned)get(c, LW_CMIS_LPL_LENGTH, bank);
	uint8_t sum;

	n = n < LW_CDB_LPL_SIZE ? n : LW_CDB_LPL_SIZE;
	*d = (struct lw_cdb_instance){.command = command, .aborted = d->stage != LW_CDB_IDLE};
	d->arg.epl_length = (uint16_t)get(c, LW_CMIS_EPL_LENGTH, bank);
	d->arg.lpl_length = (uint8_t)n;
	memcpy(d->arg.lpl, bytes + (c->twin.mem.field[LW_CMIS_LPL].byte & 0x7f), n);
	sum = sum_on(sum_on(0, bytes, checked_header), d->arg.lpl, n);
	d->sound = (uint8_t)~sum == get(c, LW_CMIS_CDB_CHK_CODE, bank);
}

/* A command was triggered. */
static void capture(struct lw_cmis *c, unsigned bank)
{
	struct lw_cdb_instance *d = &c->cdb.instance[bank];
	int command = lw_cdb_find(c, (unsigned)get(c, LW_CMIS_CMDID, bank));
	struct lw_mono check = lw_twin_span(&c->twin, LW_TWIN_T_CDB_CHECK);

	if (d->stage != LW_CDB_IDLE && command != LW_CDB_CMD_ABORT)
		return; /* unpredictable for the host: it is ignored (7.2.5.2) */
	if (d->stage != LW_CDB_IDLE && !stops(d)) {
		d->abort_failed = true;
		return;
	}
	take(c, bank, command);
	enter(c, bank, LW_CDB_CAPTURED, lw_twin_span(&c->twin, LW_TWIN_T_CDB_CAPTURE));
	/* While a command is captured nothing is answered; in the foreground not until its end. */
	if (!get(c, LW_CMIS_CDB_BACKGROUND_MODE_SUPPORTED, 0)) {
		c->twin.hold = lw_mono_add(d->due, check);
		if (d->sound && command >= 0)
			c->twin.hold = lw_mono_add(c->twin.hold, time_of(c, d));
	} else if (c->twin.opt.access_times) {
		c->twin.hold = d->due;
	}
}

void lw_cdb_written(struct lw_cmis *c, unsigned bank, unsigned first, size_t n)
{
	/* CMDID is two bytes; its second one starts the command (Table 8-55). */
	unsigned id = c->twin.mem.field[LW_CMIS_CMDID].byte & 0x7fu, last = id + 1;
	bool any = get(c, LW_CMIS_CDB_COMMAND_TRIGGER_METHOD, 0);

	if (bank >= lw_cdb_instances(&c->twin.mem.view) || first > last || first + n <= last)
		return;
	if (any || (first >= id && first + n == last + 1))
		capture(c, bank);
}

/* The command's time is over. */
static void execute(struct lw_cmis *c, unsigned bank)
{
	struct lw_cdb_instance *d = &c->cdb.instance[bank];
	struct lw_cdb_message reply = {0};
	uint8_t status;

	/* Of a command that is too short the missing fields are 0 (9.2.3). */
	reply.lpl_length = lw_cdb_rows[d->command].reply;
	status = lw_cdb_execute(c, bank, &reply);
	if (status >= LW_CDB_BUSY) {
		d->stage = LW_CDB_STUCK;
		d->due = LW_NEVER;
		lw_memory_put(&c->twin.mem, ids[bank].status, 0, status);
		return;
	}
	if (d->abort_failed)
		status = LW_CDB_NOT_ABORTED;
	else if (status == LW_CDB_SUCCESS && d->aborted)
		status = LW_CDB_ABORTED;
	finish(c, bank, status, &reply);
}

static void step(struct lw_cmis *c, unsigned bank)
{
	struct lw_cdb_instance *d = &c->cdb.instance[bank];

	switch (d->stage) {
	case LW_CDB_CAPTURED:
		enter(c, bank, LW_CDB_CHECKING, lw_twin_span(&c->twin, LW_TWIN_T_CDB_CHECK));
		break;
	case LW_CDB_CHECKING:
		if (!d->sound)
			finish(c, bank, LW_CDB_CHECK_CODE, NULL);
		else if (d->command < 0)
			finish(c, bank, LW_CDB_UNKNOWN, NULL);
		else
			enter(c, bank, LW_CDB_EXECUTING, time_of(c, d));
		break;
	case LW_CDB_EXECUTING:
		execute(c, bank);
		break;
	case LW_CDB_IDLE:
	case LW_CDB_STUCK:
		break;
	}
}

void lw_cdb_run(struct lw_cmis *c)
{
	c->cdb.due = LW_NEVER;
	for (unsigned bank = 0; bank < LW_CDB_INSTANCES; bank++) {
		struct lw_cdb_instance *d = &c->cdb.instance[bank];

		while (d->due.ns != LW_NEVER.ns && !lw_mono_before(lw_twin_now(&c->twin), d->due))
			step(c, bank);
		c->cdb.due = lw_mono_min(c->cdb.due, d->due);
	}
}

void lw_cdb_reset(struct lw_cmis *c)
{
	c->cdb = (struct lw_cdb){.due = LW_NEVER, .clock_ns = -lw_twin_now(&c->twin).ns};
	for (unsigned bank = 0; bank < LW_CDB_INSTANCES; bank++)
		c->cdb.instance[bank].due = LW_NEVER;
	c->password.unlocked = false;
}
