/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Text of a bus trace: what is read is written and read again the same, its own accesses replay
 * without a departure, and it makes an image or says why not.
 */
#include "fuzz.h"

#include <lanewise/trace.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

/* Each access again, as a host would do it. */
static void replay(const struct lw_trace *t)
{
	struct lw_replay_bus b;
	uint64_t lost = 0;

	lw_replay_bus_init(&b, t);
	for (uint64_t i = 0; i < t->count; i++) {
		const struct lw_trace_entry *e = lw_trace_at(t, i);
		uint8_t was[128] = {0}, now[128];
		size_t n = lw_trace_data(t, e, was);
		int r;

		if (e->write) {
			r = lw_bus_write(&b.bus, e->addr, was, e->n, NULL);
			require(r == e->result);
			continue;
		}
		r = lw_bus_read(&b.bus, e->addr, now, e->n, NULL);
		lost += !e->result && n != e->n;
		require(r == (e->result || n == e->n ? e->result : LW_EIO));
		require(r || memcmp(was, now, n) == 0);
	}
	require(b.departures == lost && lw_replay_left(&b) == 0);
}

static void write_again(const struct lw_trace *t, struct lw_arena *arena)
{
	struct lw_buf first = LW_BUF_INIT, second = LW_BUF_INIT;
	struct lw_trace again;

	lw_trace_write(t, &first);
	require(lw_trace_load(first.s, first.len, "again", arena, &again, NULL) == 0);
	lw_trace_write(&again, &second);
	require(first.len == second.len && memcmp(first.s, second.s, first.len) == 0);
	lw_buf_finish(&first);
	lw_buf_finish(&second);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	static struct lw_image img;
	struct lw_arena arena;
	struct lw_trace t;
	struct lw_error e = {0};

	lw_arena_init(&arena, 64u << 20);
	if (lw_trace_load((const char *)bytes, n, "fuzz", &arena, &t, &e)) {
		require(e.message[0]);
	} else {
		write_again(&t, &arena);
		replay(&t);
		for (int map = LW_MAP_NONE; map <= LW_MAP_CMIS; map++)
			(void)lw_trace_image(&t, (enum lw_map_id)map, &img, NULL, &e);
	}
	lw_arena_finish(&arena);
	return 0;
}
