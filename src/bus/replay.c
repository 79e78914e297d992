/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <lanewise/trace.h>
#include <stdio.h>
#include <string.h>

#define WINDOW 64

static bool same_place(const struct lw_trace_entry *e, struct lw_addr a, size_t n, bool write)
{
	return e->write == write && e->n == n && e->addr.i2c == a.i2c && e->addr.byte == a.byte &&
	       (a.byte < 128 || (e->addr.page == a.page && e->addr.bank == a.bank));
}

static void depart(struct lw_replay_bus *b, struct lw_departure d)
{
	if (!b->departures++)
		b->first = d;
	b->last = d;
}

/* The entry that answers an access, with what lies before it skipped; NULL when there is none. */
static const struct lw_trace_entry *seek(struct lw_replay_bus *b, struct lw_departure *d)
{
	for (uint64_t k = 0; k <= b->window; k++) {
		const struct lw_trace_entry *e = lw_trace_at(b->trace, b->next + k);

		if (!e)
			break;
		if (!same_place(e, d->addr, d->n, d->write))
			continue;
		if (k) {
			d->kind = LW_DEPARTURE_SKIPPED;
			d->skipped = k;
			depart(b, *d);
		}
		b->next += k + 1;
		b->now = lw_mono_add(e->at, e->took);
		return e;
	}
	d->kind = LW_DEPARTURE_EXTRA;
	depart(b, *d);
	return NULL;
}

static int fail(const struct lw_departure *d, struct lw_error *reterr)
{
	char text[160];

	lw_departure_text(d, text, sizeof(text));
	return lw_fail_at(reterr, LW_EIO, d->addr.page, d->addr.byte, "%s", text);
}

static int replay_read(struct lw_bus *bus, struct lw_addr a, uint8_t *ret, size_t n,
		       struct lw_error *reterr)
{
	struct lw_replay_bus *b = (struct lw_replay_bus *)bus;
	struct lw_departure d = {.at = b->next, .addr = a, .n = (uint8_t)n};
	const struct lw_trace_entry *e = seek(b, &d);
	uint8_t data[128];

	if (!e)
		return fail(&d, reterr);
	if (e->result)
		return lw_fail_at(reterr, e->result, a.page, a.byte, "as recorded");
	if (lw_trace_data(b->trace, e, data) != n) {
		d.kind = LW_DEPARTURE_LOST;
		depart(b, d);
		return fail(&d, reterr);
	}
	memcpy(ret, data, n);
	return 0;
}

static int replay_write(struct lw_bus *bus, struct lw_addr a, const uint8_t *p, size_t n,
			struct lw_error *reterr)
{
	struct lw_replay_bus *b = (struct lw_replay_bus *)bus;
	struct lw_departure d = {.at = b->next, .addr = a, .n = (uint8_t)n, .write = true};
	const struct lw_trace_entry *e = seek(b, &d);
	uint8_t data[128];

	if (!e)
		return fail(&d, reterr);
	if (lw_trace_data(b->trace, e, data) == n && memcmp(data, p, n) != 0) {
		d.kind = LW_DEPARTURE_DATA;
		depart(b, d);
	}
	return e->result ? lw_fail_at(reterr, e->result, a.page, a.byte, "as recorded") : 0;
}

void lw_replay_bus_init(struct lw_replay_bus *b, const struct lw_trace *t)
{
	static const struct lw_bus_ops ops = {replay_read, replay_write};

	*b = (struct lw_replay_bus){
		.bus = {.ops = &ops},
		.trace = t,
		.next = lw_trace_first(t),
		.window = WINDOW,
	};
}

struct lw_mono lw_replay_due(const struct lw_replay_bus *b)
{
	const struct lw_trace_entry *e = lw_trace_at(b->trace, b->next);

	return e ? e->at : LW_NEVER;
}

uint64_t lw_replay_left(const struct lw_replay_bus *b)
{
	return b->trace->count - b->next;
}

void lw_departure_text(const struct lw_departure *d, char *ret, size_t n)
{
	char what[64];

	if (d->addr.byte < 128)
		snprintf(what, sizeof(what), "%s of %u bytes at %02Xh:%u",
			 d->write ? "write" : "read", d->n, d->addr.i2c, d->addr.byte);
	else
		snprintf(what, sizeof(what), "%s of %u bytes at %02Xh:%u of page %02Xh, bank %u",
			 d->write ? "write" : "read", d->n, d->addr.i2c, d->addr.byte, d->addr.page,
			 d->addr.bank);
	switch (d->kind) {
	case LW_DEPARTURE_SKIPPED:
		snprintf(ret, n, "%s leaves out %" PRIu64 " accesses from number %" PRIu64, what,
			 d->skipped, d->at);
		break;
	case LW_DEPARTURE_EXTRA:
		snprintf(ret, n, "the trace has no %s from access number %" PRIu64 " on", what,
			 d->at);
		break;
	case LW_DEPARTURE_DATA:
		snprintf(ret, n, "%s, number %" PRIu64 ", has other bytes than the trace", what,
			 d->at);
		break;
	case LW_DEPARTURE_LOST:
		snprintf(ret, n, "the trace has lost the bytes of the %s, number %" PRIu64, what,
			 d->at);
		break;
	default:
		snprintf(ret, n, "%s", "");
		break;
	}
}
