/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LW_BUS_H
#define LW_BUS_H

#include <lanewise/error.h>
#include <lanewise/time.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * @file
 * How bytes reach a module. One small vtable; page and bank are part of the address, so no other
 * access can slip between a page select and its data. Errors are typed: LW_EABSENT (no module),
 * LW_ENACK (refused or busy, try again), LW_ETIMEDOUT, LW_ESHORT, LW_ENOPAGE, LW_EIO.
 */

/** Where an access starts. It must end inside the same half (0-127 or 128-255). */
struct lw_addr {
	uint8_t i2c;  /**< 7-bit: 0x50, or 0x51 for A2h of SFF-8472 */
	uint8_t bank; /**< ignored below byte 128 */
	uint8_t page; /**< ignored below byte 128 */
	uint8_t byte;
};

/**
 * What went over a bus, failed accesses too; page selects are not counted, they belong to the
 * access. `polls` are the reads made while lw_bus.polling was set, `reads` all others.
 */
struct lw_bus_stats {
	uint64_t reads, polls, writes, read_bytes, write_bytes, errors;
};

struct lw_bus;

struct lw_bus_ops {
	int (*read)(struct lw_bus *bus, struct lw_addr a, uint8_t *ret, size_t n,
		    struct lw_error *reterr);
	int (*write)(struct lw_bus *bus, struct lw_addr a, const uint8_t *p, size_t n,
		     struct lw_error *reterr);
};

/** Embed as the first member of an implementation. Not thread-safe; one user at a time. */
struct lw_bus {
	const struct lw_bus_ops *ops;
	struct lw_bus_stats stats;
	struct lw_trace *trace; /**< NULL: nothing recorded */
	bool polling;           /**< set by the user around repeated reads of a state */
};

/**
 * Read `n` bytes (1-128). On failure `ret` holds nothing to be used.
 * @return 0; LW_EINVAL when the range leaves its half; else the bus's error
 */
LW_API int lw_bus_read(struct lw_bus *bus, struct lw_addr a, uint8_t *ret, size_t n,
		       struct lw_error *reterr);

/** Write `n` bytes (1-128) in one access. Errors as lw_bus_read(), and LW_ENOTSUP (read-only). */
LW_API int lw_bus_write(struct lw_bus *bus, struct lw_addr a, const uint8_t *p, size_t n,
			struct lw_error *reterr);

/** One recorded access. */
struct lw_trace_entry {
	struct lw_mono at;   /**< when it began */
	struct lw_mono took; /**< {0} in virtual time */
	struct lw_addr addr;
	uint8_t n; /**< bytes asked for */
	bool write, poll;
	int8_t result; /**< 0 or error code */
	uint64_t data; /**< where its bytes begin in the byte ring, see lw_trace_data() */
};

/**
 * Rings of the newest accesses and of their bytes, in caller's memory (lw_trace_init()). A failed
 * read has no bytes; a failed write has those that were to be written.
 */
struct lw_trace {
	struct lw_trace_entry *ring;
	size_t size;         /**< entries in `ring` */
	uint64_t count;      /**< accesses ever; the newest is ring[(count - 1) % size] */
	uint8_t *bytes;      /**< NULL: only the entries are kept */
	size_t bytes_size;   /**< bytes in `bytes` */
	uint64_t byte_count; /**< bytes ever */
	struct lw_mono now;  /**< set by whoever owns the clock, unless there is `clock` */
	struct lw_mono (*clock)(void *ctx); /**< asked before and after each access; nullable */
	void *clock_ctx;
};

#endif
