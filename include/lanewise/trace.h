/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LW_TRACE_H
#define LW_TRACE_H

#include <lanewise/arena.h>
#include <lanewise/buf.h>
#include <lanewise/bus.h>
#include <lanewise/image.h>

/**
 * @file
 * What to do with recorded accesses (struct lw_trace of bus.h): save, load, replay, and turn into a
 * memory image from which a virtual module can be made. The text form is described in
 * docs/trace.md. Everything here is pure.
 */

/**
 * Prepare an empty trace over the caller's memory.
 * @param bytes  ring of data bytes, NULL: only the entries are kept
 */
LW_API void lw_trace_init(struct lw_trace *ret, struct lw_trace_entry *ring, size_t size,
			  uint8_t *bytes, size_t bytes_size);

/** The number of the oldest access that is still there; numbers run from 0 to `count` - 1. */
LW_API uint64_t lw_trace_first(const struct lw_trace *t);

/** @return access number `i`, NULL when it never was or has been overwritten */
LW_API const struct lw_trace_entry *lw_trace_at(const struct lw_trace *t, uint64_t i);

/**
 * The bytes of an access, in order of their addresses.
 * @return how many were copied to `ret`: e->n; 0 for a failed read, or when they have been
 *         overwritten by newer ones
 */
LW_API size_t lw_trace_data(const struct lw_trace *t, const struct lw_trace_entry *e,
			    uint8_t ret[128]);

/** Append the whole trace as text; times count from the first access. */
LW_API void lw_trace_write(const struct lw_trace *t, struct lw_buf *to);

/**
 * Read that text.
 * @param name   for messages
 * @param ret    its rings live in `arena`
 * @param reterr LW_EINVAL with the line, LW_ENOMEM, LW_ELIMIT (the arena's)
 */
LW_API int lw_trace_load(const char *text, size_t n, const char *name, struct lw_arena *arena,
			 struct lw_trace *ret, struct lw_error *reterr);

/** How a host departed from a trace that it is replayed. */
enum lw_departure_kind {
	LW_DEPARTURE_NONE,
	LW_DEPARTURE_SKIPPED, /**< the trace has accesses before this one that the host left out */
	LW_DEPARTURE_EXTRA,   /**< the trace has no such access from here on */
	LW_DEPARTURE_DATA,    /**< same write, other bytes */
	LW_DEPARTURE_LOST,    /**< the trace has the read, but its bytes were overwritten */
};

struct lw_departure {
	enum lw_departure_kind kind;
	uint64_t at;         /**< number of the access in the trace where the host was */
	uint64_t skipped;    /**< LW_DEPARTURE_SKIPPED: how many */
	struct lw_addr addr; /**< what the host asked for */
	uint8_t n;
	bool write;
};

/**
 * A bus that answers from a trace, in order: every access must be the next one of the trace, and
 * gets its result and bytes. An access that is not the next one is looked for in the `window` after
 * it; what lies between is skipped. One that is not there fails with LW_EIO and leaves the place as
 * it is.
 */
struct lw_replay_bus {
	struct lw_bus bus;
	const struct lw_trace *trace;
	uint64_t next;       /**< number of the next access */
	unsigned window;     /**< how far ahead to look, 64 at the start */
	struct lw_mono now;  /**< when the last answer came, in the trace's time */
	uint64_t departures; /**< ever */
	struct lw_departure first, last;
};

/** Prepare; borrows `t`. */
LW_API void lw_replay_bus_init(struct lw_replay_bus *b, const struct lw_trace *t);

/**
 * When the next access began in the trace: to keep its timing a host lets its clock come to this
 * before it goes on, and to `now` after each access. LW_NEVER at the end.
 */
LW_API struct lw_mono lw_replay_due(const struct lw_replay_bus *b);

/** Accesses of the trace that have not been replayed. */
LW_API uint64_t lw_replay_left(const struct lw_replay_bus *b);

/** A departure as a sentence; "" for none. */
LW_API void lw_departure_text(const struct lw_departure *d, char *ret, size_t n);

/** Which bytes of an image are known: bit i % 8 of [bank][slot][i / 8] stands for byte i. */
struct lw_known {
	uint8_t bit[LW_BANKS_MAX][LW_SLOTS_MAX][16];
};

static inline bool lw_known_byte(const struct lw_known *k, unsigned bank, unsigned slot,
				 unsigned byte)
{
	return k->bit[bank][slot][byte / 8] >> byte % 8 & 1;
}

/**
 * The memory as the trace last saw it. Reads tell what bytes hold; a write counts for the bits that
 * the map lets a host write, where the byte was known or all of its bits are writable, and not for
 * bits that clear themselves. Pages that the map has no slot for are left out. Bytes nobody saw are
 * 0.
 * @param map        LW_MAP_NONE: from the first identifier that was read
 * @param ret_known  nullable
 * @return 0; LW_ENOENT: no successful read of the identifier tells the map; LW_ENOTSUP: it belongs
 * to no map known here
 */
LW_API int lw_trace_image(const struct lw_trace *t, enum lw_map_id map, struct lw_image *ret,
			  struct lw_known *ret_known, struct lw_error *reterr);

#endif
