/* SPDX-License-Identifier: Apache-2.0 */
#include <lanewise/bus.h>
#include <string.h>

static void keep_bytes(struct lw_trace *t, const uint8_t *p, size_t n)
{
	if (!t->bytes_size)
		return;
	for (size_t i = 0; i < n; i++)
		t->bytes[t->byte_count++ % t->bytes_size] = p[i];
}

/* Before an access: when it begins. */
static void begin(struct lw_trace *t)
{
	if (t && t->clock)
		t->now = t->clock(t->clock_ctx);
}

/* After it; `p` are its bytes, NULL if a read failed. */
static void record(struct lw_bus *bus, struct lw_addr a, const uint8_t *p, size_t n, bool write,
		   int result)
{
	struct lw_trace *t = bus->trace;
	struct lw_trace_entry *e;

	if (!t || !t->size)
		return;
	e = &t->ring[t->count++ % t->size];
	*e = (struct lw_trace_entry){
		.at = t->now,
		.addr = a,
		.n = (uint8_t)n,
		.write = write,
		.poll = !write && bus->polling,
		.result = (int8_t)result,
		.data = t->byte_count,
	};
	if (t->clock)
		e->took.ns = t->clock(t->clock_ctx).ns - e->at.ns;
	if (p)
		keep_bytes(t, p, n);
}

static int check(struct lw_addr a, size_t n, struct lw_error *reterr)
{
	size_t half_end = a.byte < 128 ? 128 : 256;

	if (n >= 1 && a.byte + n <= half_end)
		return 0;
	return lw_fail_at(reterr, LW_EINVAL, a.page, a.byte,
			  "%zu bytes from byte %u leave the half that holds them", n, a.byte);
}

int lw_bus_read(struct lw_bus *bus, struct lw_addr a, uint8_t *ret, size_t n,
		struct lw_error *reterr)
{
	int r = check(a, n, reterr);

	if (r)
		return r;
	begin(bus->trace);
	r = bus->ops->read(bus, a, ret, n, reterr);
	if (bus->polling)
		bus->stats.polls++;
	else
		bus->stats.reads++;
	if (r)
		bus->stats.errors++;
	else
		bus->stats.read_bytes += n;
	record(bus, a, r ? NULL : ret, n, false, r);
	return r;
}

int lw_bus_write(struct lw_bus *bus, struct lw_addr a, const uint8_t *p, size_t n,
		 struct lw_error *reterr)
{
	int r = check(a, n, reterr);

	if (r)
		return r;
	begin(bus->trace);
	r = bus->ops->write
		    ? bus->ops->write(bus, a, p, n, reterr)
		    : lw_fail_at(reterr, LW_ENOTSUP, a.page, a.byte, "this source is read-only");
	bus->stats.writes++;
	if (r)
		bus->stats.errors++;
	else
		bus->stats.write_bytes += n;
	record(bus, a, p, n, true, r);
	return r;
}
