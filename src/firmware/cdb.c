/* SPDX-License-Identifier: Apache-2.0 */
#include "cdb-message.h"
#include <string.h>

/*
 * One command from end to end. Clauses are of OIF-CMIS 5.4.
 *
 *   settle ─► payload ─► header ─► trigger ─► wait ─► flag ─► reply
 *
 * `settle` is skipped where the client knows that the module is idle. A module may hold off any
 * access after a write; each phase is therefore tried again until the module answers.
 */

enum {
	SETTLE,  /* wait until what was under way is over, and clear its flag */
	CLEAR,   /* the flag of a command that is over */
	PAYLOAD, /* pages A0h.. */
	HEADER,  /* 9Fh:130.. */
	TRIGGER, /* 9Fh:128-129 */
	WAIT,    /* look at the status */
	FLAG,    /* take the completion flag away, so that the next command finds its own */
	REPLY_HEAD,
	REPLY_BODY,
};

/* Header bytes that go out after the command's number, which starts it (Table 8-198). */
#define ID_BYTES 2
#define HEAD     8

static const struct lw_field *cmis(unsigned id)
{
	return &lw_map_fields(LW_MAP_CMIS, NULL)[id];
}

static struct lw_addr place(const struct lw_cdb_client *c, unsigned slot, unsigned byte)
{
	const struct lw_slot *s = &lw_map_slots(LW_MAP_CMIS, NULL)[slot];

	return (struct lw_addr){.i2c = s->i2c,
				.bank = s->upper ? c->instance : 0,
				.page = s->page,
				.byte = (uint8_t)byte};
}

static struct lw_mono minus(struct lw_mono a, struct lw_mono b)
{
	return (struct lw_mono){a.ns - b.ns};
}

void lw_cdb_client_init(struct lw_cdb_client *c, struct lw_bus *bus,
			const struct lw_cdb_ability *ability)
{
	memset(c, 0, sizeof(*c));
	c->bus = bus;
	c->ability = *ability;
	c->due = LW_NEVER;
	c->refused_since = LW_NEVER;
}

int lw_cdb_client_send(struct lw_cdb_client *c, const struct lw_cdb_request *q,
		       struct lw_error *reterr)
{
	uint8_t *m = c->message;

	if (!c->ability.instances)
		return lw_fail(
			reterr, LW_ENOTSUP,
			"the module has no command data block (CDB), so it takes no commands");
	if (q->lpl_n > LW_CDB_LPL_MAX || (q->lpl_n && !q->lpl) || (q->epl_n && !q->epl))
		return lw_fail(reterr, LW_EINVAL, "%u bytes are no local payload", q->lpl_n);
	if (q->epl_n > c->ability.epl_bytes)
		return lw_fail(reterr, LW_ENOTSUP,
			       "%u bytes do not fit the module's extended payload of %u", q->epl_n,
			       c->ability.epl_bytes);
	c->request = *q;
	memset(m, 0, HEAD);
	m[0] = (uint8_t)(q->id >> 8);
	m[1] = (uint8_t)q->id;
	m[2] = (uint8_t)(q->epl_n >> 8);
	m[3] = (uint8_t)q->epl_n;
	m[4] = q->lpl_n;
	if (q->lpl_n)
		memcpy(m + HEAD, q->lpl, q->lpl_n);
	/* the check code covers the header up to LPLLength and the local payload (Table 8-198) */
	m[5] = (uint8_t) ~(uint8_t)((uint8_t)~lw_cdb_check_code(m, 5) +
				    (uint8_t)~lw_cdb_check_code(m + HEAD, q->lpl_n));
	c->request.lpl = NULL;
	c->outcome = LW_CDB_UNDER_WAY;
	c->reply_n = c->reply_pages = 0;
	c->failures = c->garbled = 0;
	c->sent = 0;
	c->seen_busy = false;
	c->refused_since = LW_NEVER;
	c->triggered = LW_NEVER;
	c->error = (struct lw_error){.page = -1, .byte = -1};
	c->phase = c->settled || q->id == LW_CDB_CMD_ABORT ? PAYLOAD : SETTLE;
	c->running = true;
	c->due = (struct lw_mono){INT64_MIN};
	return 0;
}

static struct lw_mono end(struct lw_cdb_client *c, enum lw_cdb_outcome outcome)
{
	c->outcome = outcome;
	c->running = false;
	c->settled =
		outcome == LW_CDB_DONE || outcome == LW_CDB_REFUSED || outcome == LW_CDB_GARBLED;
	return c->due = LW_NEVER;
}

/* The longest time until the end of the command: what is advertised, and some for good measure. */
static struct lw_mono limit_of(const struct lw_cdb_client *c)
{
	struct lw_mono limit = c->request.limit;

	if (!limit.ns)
		limit = lw_host_time(LW_HOST_T_CDB_UNKNOWN);
	if (lw_mono_before(limit, c->ability.max_busy))
		limit = c->ability.max_busy;
	return lw_mono_add(limit, lw_host_time(LW_HOST_T_CDB_SLACK));
}

static struct lw_mono late(struct lw_cdb_client *c, struct lw_mono limit)
{
	lw_fail_at(&c->error, LW_ETIMEDOUT, 0, cmis(LW_CMIS_CDB_STATUS1)->byte + c->instance,
		   "the module is still busy with command %04Xh after %.1f s", c->request.id,
		   (double)limit.ns / 1e9);
	return end(c, LW_CDB_LATE);
}

/* Look again: soon at first, then at a sixteenth of the time that it has taken so far. */
static struct lw_mono look_again(struct lw_cdb_client *c, struct lw_mono now, struct lw_mono since)
{
	struct lw_mono pause = {minus(now, since).ns / 16};

	if (lw_mono_before(pause, lw_host_time(LW_HOST_T_CDB_POLL)))
		pause = lw_host_time(LW_HOST_T_CDB_POLL);
	return c->due = lw_mono_add(now, lw_mono_min(pause, lw_host_time(LW_HOST_T_CDB_POLL_MOST)));
}

/*
 * An access failed. Refused means busy: it is tried again for as long as that is allowed. What the
 * bus reports may be noise, so it is tried again too, a few times.
 */
static struct lw_mono failed(struct lw_cdb_client *c, struct lw_mono now, const struct lw_error *e)
{
	struct lw_mono patience = lw_host_time(LW_HOST_T_NACK_MOST);

	c->error = *e;
	if (e->code == LW_ENACK) {
		c->nacks++;
		if (!lw_mono_before(c->refused_since, LW_NEVER))
			c->refused_since = now;
		if (c->phase >= WAIT) {
			/* a command in the foreground: nothing is answered until its end (7.2.5) */
			c->seen_busy = true;
			if (lw_mono_before(patience, limit_of(c)))
				patience = limit_of(c);
		} else if (c->phase <= CLEAR) {
			patience = lw_mono_add(patience, lw_host_time(LW_HOST_T_CDB_UNKNOWN));
		}
		if (lw_mono_before(patience, minus(now, c->refused_since)))
			return end(c, LW_CDB_LOST);
		return c->due = c->phase >= WAIT ? look_again(c, now, c->triggered)
						 : lw_mono_add(now, lw_host_time(LW_HOST_T_NACK));
	}
	/* whether a trigger that failed half way has started the command nobody can tell */
	if (e->code == LW_EABSENT || c->phase == TRIGGER || e->code == LW_ENOPAGE ||
	    ++c->failures >= lw_host_numbers[LW_HOST_BUS_FAILURES])
		return end(c, LW_CDB_LOST);
	return c->due = lw_mono_add(now, lw_host_time(LW_HOST_T_BUS_RETRY));
}

static void answered(struct lw_cdb_client *c)
{
	c->failures = 0;
	c->refused_since = LW_NEVER;
}

static unsigned least(unsigned a, unsigned b)
{
	return a < b ? a : b;
}

static int write_payload(struct lw_cdb_client *c, struct lw_error *e)
{
	const unsigned page = 128;
	unsigned at = c->sent % page;
	unsigned n = least(c->request.epl_n - c->sent, least(page - at, c->ability.epl_access));
	struct lw_addr a = place(c, LW_CMIS_SLOT_A0H + c->sent / page, page + at);
	int r = lw_bus_write(c->bus, a, c->request.epl + c->sent, n, e);

	if (!r)
		c->sent = (uint16_t)(c->sent + n);
	return r;
}

/* `c->sent` counts header bytes from the one behind the command's number. */
static int write_header(struct lw_cdb_client *c, struct lw_error *e)
{
	unsigned at = ID_BYTES + c->sent;
	unsigned n = least(HEAD + c->request.lpl_n - at, c->ability.lpl_access);
	struct lw_addr a = place(c, LW_CMIS_SLOT_9FH, cmis(LW_CMIS_CMDID)->byte + at);
	int r = lw_bus_write(c->bus, a, c->message + at, n, e);

	if (!r)
		c->sent = (uint16_t)(c->sent + n);
	return r;
}

static int read_byte(struct lw_cdb_client *c, unsigned byte, bool poll, uint8_t *ret,
		     struct lw_error *e)
{
	int r;

	c->bus->polling = poll;
	r = lw_bus_read(c->bus, place(c, LW_CMIS_SLOT_L, byte), ret, 1, e);
	c->bus->polling = false;
	c->polls += poll && !r;
	return r;
}

static bool is_busy(uint8_t status)
{
	return status >> cmis(LW_CMIS_CDB_STATUS1_CDB_IS_BUSY)->shift & 1;
}

static int read_status(struct lw_cdb_client *c, uint8_t *ret, struct lw_error *e)
{
	return read_byte(c, cmis(LW_CMIS_CDB_STATUS1)->byte + c->instance, true, ret, e);
}

/* Read and so clear the completion flag. */
static int read_flag(struct lw_cdb_client *c, bool *ret, struct lw_error *e)
{
	const struct lw_field *f =
		cmis(c->instance ? LW_CMIS_CDB_CMD_COMPLETE_FLAG2 : LW_CMIS_CDB_CMD_COMPLETE_FLAG1);
	uint8_t v;
	int r = read_byte(c, f->byte, true, &v, e);

	if (r)
		return r;
	c->flags_seen |= (uint8_t)(v & ~(1u << f->shift));
	*ret = v >> f->shift & 1;
	return 0;
}

/* When to look first: as long as the same command took before, or as the caller has learned. */
static struct lw_mono first_look(const struct lw_cdb_client *c, struct lw_mono now)
{
	struct lw_mono pause = c->request.expected;

	if (!pause.ns && c->last_took.ns && c->last_id == c->request.id)
		pause.ns = c->last_took.ns - c->last_took.ns / 16;
	if (lw_mono_before(limit_of(c), pause))
		pause = limit_of(c);
	return lw_mono_add(now, pause);
}

static struct lw_mono settle(struct lw_cdb_client *c, struct lw_mono now)
{
	struct lw_mono limit = lw_mono_add(lw_host_time(LW_HOST_T_CDB_UNKNOWN), c->request.limit);
	struct lw_error e;
	uint8_t status;
	int r = read_status(c, &status, &e);

	if (!lw_mono_before(c->triggered, LW_NEVER))
		c->triggered = now;
	if (r)
		return failed(c, now, &e);
	answered(c);
	if (!is_busy(status)) {
		c->phase = CLEAR;
		return now;
	}
	if (lw_mono_before(limit, minus(now, c->triggered)))
		return late(c, limit);
	return look_again(c, now, c->triggered);
}

static struct lw_mono wait_end(struct lw_cdb_client *c, struct lw_mono now)
{
	struct lw_mono elapsed = minus(now, c->triggered);
	struct lw_error e;
	int r = read_status(c, &c->status, &e);

	if (r)
		return failed(c, now, &e);
	answered(c);
	if (is_busy(c->status)) {
		c->seen_busy = true;
		if (lw_mono_before(limit_of(c), elapsed))
			return late(c, limit_of(c));
		return look_again(c, now, c->triggered);
	}
	c->took = elapsed;
	c->phase = FLAG;
	return now;
}

static struct lw_mono finish(struct lw_cdb_client *c)
{
	bool bad = c->status >> cmis(LW_CMIS_CDB_STATUS1_CDB_HAS_FAILED)->shift & 1;

	c->last_id = c->request.id;
	c->last_took = c->took;
	return end(c, bad ? LW_CDB_REFUSED : LW_CDB_DONE);
}

/*
 * The status says that nothing is under way: is that about this command? The module must refuse
 * accesses until it has captured it (7.2.5). One that does not may still show the status of the
 * command before; its flag tells, or the time it may take to capture.
 */
static struct lw_mono confirm(struct lw_cdb_client *c, struct lw_mono now)
{
	bool bad = c->status >> cmis(LW_CMIS_CDB_STATUS1_CDB_HAS_FAILED)->shift & 1;
	bool no_result =
		!bad &&
		!(c->status & ((1u << cmis(LW_CMIS_CDB_STATUS1_CDB_COMMAND_RESULT)->width) - 1u));
	struct lw_error e;
	bool flag;
	int r = read_flag(c, &flag, &e);

	if (r)
		return failed(c, now, &e);
	answered(c);
	if ((no_result || (!flag && !c->seen_busy)) &&
	    lw_mono_before(minus(now, c->triggered), lw_host_time(LW_HOST_T_CDB_CAPTURE))) {
		c->phase = WAIT;
		return look_again(c, now, c->triggered);
	}
	if (no_result) {
		/* only a start of the module clears the status (8.2.8) */
		lw_fail(&c->error, LW_EIO,
			"the module has forgotten command %04Xh: it was restarted meanwhile",
			c->request.id);
		return end(c, LW_CDB_LOST);
	}
	if (bad || !lw_cdb_reply_length(c->request.id))
		return finish(c);
	c->phase = REPLY_HEAD;
	return now;
}

static struct lw_mono garbled(struct lw_cdb_client *c, struct lw_mono now)
{
	if (++c->garbled < lw_host_numbers[LW_HOST_REPLY_READS]) {
		c->phase = REPLY_HEAD;
		return c->due = lw_mono_add(now, lw_host_time(LW_HOST_T_BUS_RETRY));
	}
	lw_fail_at(&c->error, LW_EIO, place(c, LW_CMIS_SLOT_9FH, 0).page,
		   cmis(LW_CMIS_RPL_CHK_CODE)->byte,
		   "the reply to command %04Xh is empty or does not match its check code",
		   c->request.id);
	return end(c, LW_CDB_GARBLED);
}

static struct lw_mono read_reply_head(struct lw_cdb_client *c, struct lw_mono now)
{
	const unsigned pages_from = (unsigned)lw_host_numbers[LW_HOST_REPLY_PAGES_FROM];
	struct lw_error e;
	uint8_t head[2];
	int r = lw_bus_read(c->bus, place(c, LW_CMIS_SLOT_9FH, cmis(LW_CMIS_RPL_LENGTH)->byte),
			    head, sizeof(head), &e);

	if (r)
		return failed(c, now, &e);
	answered(c);
	c->message[6] = head[0];
	c->message[7] = head[1];
	c->sent = 0;
	if (head[0] >= pages_from) {
		c->reply_pages = (uint8_t)(head[0] - pages_from + 1);
		return finish(c);
	}
	/* where a body belongs, none is the page of a module that was restarted meanwhile */
	if (head[0] > LW_CDB_LPL_MAX || (!head[0] && lw_cdb_reply_length(c->request.id) > 0))
		return garbled(c, now);
	if (!head[0])
		return finish(c);
	c->phase = REPLY_BODY;
	return now;
}

static struct lw_mono read_reply_body(struct lw_cdb_client *c, struct lw_mono now)
{
	unsigned length = c->message[6], n = least(length - c->sent, c->ability.lpl_access);
	struct lw_error e;
	int r = lw_bus_read(c->bus, place(c, LW_CMIS_SLOT_9FH, cmis(LW_CMIS_LPL)->byte + c->sent),
			    c->reply + c->sent, n, &e);

	if (r)
		return failed(c, now, &e);
	answered(c);
	c->sent = (uint16_t)(c->sent + n);
	if (c->sent < length)
		return now;
	if (!c->ignore_checks && lw_cdb_check_code(c->reply, length) != c->message[7])
		return garbled(c, now);
	c->reply_n = (uint8_t)length;
	return finish(c);
}

/* The phases before the command is under way: each writes one access. */
static struct lw_mono send(struct lw_cdb_client *c, struct lw_mono now)
{
	struct lw_error e;
	bool flag;
	int r;

	if (c->phase == CLEAR) {
		r = read_flag(c, &flag, &e);
		if (r)
			return failed(c, now, &e);
		c->settled = true;
		c->phase = PAYLOAD;
	} else if (c->phase == PAYLOAD) {
		if (c->sent == c->request.epl_n) {
			c->sent = 0;
			c->phase = HEADER;
			return now;
		}
		r = write_payload(c, &e);
	} else if (c->phase == HEADER) {
		r = write_header(c, &e);
		if (!r && c->sent == HEAD - ID_BYTES + c->request.lpl_n)
			c->phase = TRIGGER;
	} else {
		r = lw_bus_write(c->bus, place(c, LW_CMIS_SLOT_9FH, cmis(LW_CMIS_CMDID)->byte),
				 c->message, ID_BYTES, &e);
		if (!r) {
			c->phase = WAIT;
			c->settled = false;
			c->triggered = now;
			answered(c);
			return c->due = first_look(c, now);
		}
	}
	if (r)
		return failed(c, now, &e);
	answered(c);
	return now;
}

struct lw_mono lw_cdb_client_run(struct lw_cdb_client *c, struct lw_mono now)
{
	while (c->running && !lw_mono_before(now, c->due)) {
		switch (c->phase) {
		case SETTLE:
			c->due = settle(c, now);
			break;
		case WAIT:
			c->due = wait_end(c, now);
			break;
		case FLAG:
			c->due = confirm(c, now);
			break;
		case REPLY_HEAD:
			c->due = read_reply_head(c, now);
			break;
		case REPLY_BODY:
			c->due = read_reply_body(c, now);
			break;
		default:
			c->due = send(c, now);
			break;
		}
	}
	return c->due;
}

int lw_cdb_client_error(const struct lw_cdb_client *c, struct lw_error *reterr)
{
	const char *name = lw_cdb_command_name(c->request.id);
	struct lw_cdb_meaning m;

	if (c->outcome != LW_CDB_REFUSED) {
		if (reterr)
			*reterr = c->error;
		return c->error.code ? c->error.code : LW_EIO;
	}
	lw_cdb_explain(c->request.id, c->status, &m);
	return lw_fail(reterr, LW_EIO, "%s (%04Xh): %s (status %02Xh); %s", name ? name : "command",
		       c->request.id, m.reason, c->status, m.next);
}
