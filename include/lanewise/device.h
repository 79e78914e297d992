/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LW_DEVICE_H
#define LW_DEVICE_H

#include <lanewise/bus.h>

/**
 * @file
 * Real modules as a struct lw_bus: Linux i2c adapters, `eeprom` files of kernel drivers, and
 * network interfaces. This is the one part of the library that opens files, blocks and reads the
 * clock; what runs on the bus does neither (docs/design/device.md).
 *
 * Page and bank belong to each access. Where the kernel does not select them for us it is done
 * here, so that an access never reads a page that another program has selected in between.
 *
 * One device at a time writes to a module, whichever program it is of: the first write (or `keep`)
 * takes a lock that ends when the device is closed or its process ends, and others are told who has
 * it. Reading needs none. The lock is advisory and on the file that was opened: programs that are
 * not of this library do not heed it, nor do those that have another file for the same module (in a
 * container with device files of its own).
 */

struct lw_device;

/**
 * What buses that hang cost their caller together: a quarter of the time, and at once as much as
 * the patience of one; when that is used up, each that hangs costs 25 ms. {0} at first; of one
 * thread.
 */
struct lw_patience {
	struct lw_mono spent; /**< and not forgotten yet, as a quarter of it is each second */
	struct lw_mono at;    /**< when that was reckoned */
};

/** How to talk; zero everywhere means default. */
struct lw_device_options {
	/**
	 * Longest read and write of one transfer, 1-128; 0: 128. For modules and adapters that fail
	 * with long ones. Longer accesses are split, in rising order, but a write never through a
	 * number (LW_ENOTSUP): half a number would be another one.
	 */
	uint8_t max_read, max_write;
	uint16_t bank_stride; /**< eeprom files: pages from one bank to the next, 256 or 240; 0: 256
			       */
	uint16_t retry_ms;    /**< how long a refused access is tried again; 0: 25, as optoe does */
	bool read_only;       /**< refuse writes with LW_ENOTSUP; open files for reading only */
	bool keep;            /**< take the module at once, not at the first write (above) */
	/**
	 * An access that takes longer hangs: its caller is let go, see lw_guard_open(). 0: accesses
	 * are waited for.
	 */
	uint16_t patience_ms;
	/** shared by devices that one thread waits for; borrowed as long as they are open. NULL:
	 * each has a patience of its own */
	struct lw_patience *together;
};

/**
 * Whether `source` names a device that lw_device_open() would take, and no plain file that may be a
 * dump: `/dev/i2c-N[:ADDRESS]`, `net:INTERFACE`, `eeprom:FILE`, a file in sysfs, a file called
 * `eeprom` on FUSE (`lanewise twin --mount`), or the name of a network interface if no file has it.
 */
LW_API bool lw_device_named(const char *source);

/**
 * Open the way to one module. The module itself is not touched before the first access: it may come
 * and go while the device stays open.
 *
 * - `/dev/i2c-N`, `/dev/i2c-N:ADDRESS` (hex, default 50): i2c-dev. ADDRESS is where the module's
 * 50h answers; 51h (A2h of SFF-8472) is one above. Channels of a mux are adapters of their own
 * under Linux, so the mux needs no more than the channel's number. Uses I2C_RDWR where the adapter
 * can, else SMBus I2C block, word or byte accesses.
 * - `eeprom:FILE`, or FILE: the memory as optoe, at24 or `lanewise twin` lay it out (docs/twin.md).
 * - `net:INTERFACE`, or INTERFACE: the kernel's ethtool netlink. Read-only: what the driver owns it
 *   also configures, and firmware is flashed by `ethtool --flash-module-firmware`.
 *
 * @param source  as above
 * @param opt     NULL: all defaults; copied
 * @param ret     lw_device_close() it
 * @param reterr  LW_EINVAL: not such a name, or options out of range; LW_ENOENT: no such adapter,
 *                file or interface; LW_EIO: no permission, or the address belongs to a driver (says
 *                which, and which file to use instead), or `keep` and somebody drives the module
 *                (says who); LW_ENOTSUP: the adapter or kernel cannot; LW_ENOMEM.
 *                `where` is the source, `sys` the errno
 */
LW_API int lw_device_open(const char *source, const struct lw_device_options *opt,
			  struct lw_device **ret, struct lw_error *reterr);

/**
 * The module's bus; lives as long as the device. One thread at a time; two devices may be used by
 * two threads. Accesses block: up to `retry_ms` while the module refuses, up to the adapter's
 * timeout while a bus hangs (use one lw_segment per bus segment).
 *
 * Typed errors: LW_EABSENT (nobody answers at the address, or the kernel says that the cage is
 * empty), LW_ENACK (it answered but refused or is busy), LW_ETIMEDOUT, LW_ESHORT, LW_ENOPAGE (the
 * module fell back to page 00h, or the file or driver has no such page), LW_ENOTSUP (write where
 * only reading is possible), LW_EIO (all else; `sys` and `message` say what: EAGAIN, and who, when
 * another device has the module).
 */
LW_API struct lw_bus *lw_device_bus(struct lw_device *d);

/**
 * Record the accesses in `t` (borrowed; NULL: no more), timed by CLOCK_MONOTONIC unless `t` has a
 * clock of its own.
 */
LW_API void lw_device_trace(struct lw_device *d, struct lw_trace *t);

/** Longer than any access that does not hang, for `patience_ms`. */
#define LW_DEVICE_PATIENCE_MS 250

/** What the device was opened as, for people: "i2c-dev, I2C_RDWR", "eeprom file", "ethtool
 * netlink". */
LW_API const char *lw_device_kind(const struct lw_device *d);

/**
 * Close and free; NULL is allowed. Selects nothing and leaves the module as it is. With
 * `patience_ms` a device whose bus hangs is waited for so long, then left open until the process
 * ends.
 */
LW_API void lw_device_close(struct lw_device *d);

/** CLOCK_MONOTONIC, the clock of devices and segments. */
LW_API struct lw_mono lw_device_now(void);

/**
 * A worker for one bus segment: a thread of its own, so that a bus that hangs holds up nobody else.
 * What shares wires (an adapter with the mux channels below it) is one segment.
 */
struct lw_segment;

/**
 * Does what is due on the segment at `now`; called on the segment's thread only, never twice at
 * once.
 * @return when to be called again; LW_NEVER: when woken
 */
typedef struct lw_mono (*lw_segment_run)(void *ctx, struct lw_mono now);

/**
 * Start a worker; its first run is at once. All signals are blocked in its thread.
 * @param ret  lw_segment_stop() it
 * @return 0, or LW_ENOMEM (no memory or no thread)
 */
LW_API int lw_segment_start(lw_segment_run run, void *ctx, struct lw_segment **ret,
			    struct lw_error *reterr);

/** Have the worker run now; from any thread. Woken during a run it runs once more. */
LW_API void lw_segment_wake(struct lw_segment *s);

/**
 * For how long the present run has lasted, {0} between two runs; from any thread. A long time means
 * that the bus hangs.
 */
LW_API struct lw_mono lw_segment_stuck(struct lw_segment *s, struct lw_mono now);

/**
 * Let the present run end, then end the worker and free it.
 * @param wait  for how long to wait for that
 * @return 0; LW_ETIMEDOUT: the run hangs, the segment and `ctx` are still in use, call again
 */
LW_API int lw_segment_stop(struct lw_segment *s, struct lw_mono wait, struct lw_error *reterr);

/**
 * A bus that lets its caller go when the bus behind it hangs: each access is done by a thread of
 * its own and waited for, but not for ever.
 */
struct lw_guard;

/**
 * Guard a bus, which belongs to the guard's thread until lw_guard_close().
 * @param inner     borrowed
 * @param patience  an access may take so long; longer than any that does not hang (0.25 s is)
 * @param together  as of struct lw_device_options, nullable
 * @param ret       lw_guard_close() it
 * @return 0, or LW_ENOMEM (no memory or no thread)
 */
LW_API int lw_guard_open(struct lw_bus *inner, struct lw_mono patience,
			 struct lw_patience *together, struct lw_guard **ret,
			 struct lw_error *reterr);

/**
 * The guarded bus; lives as long as the guard. Its errors are those of the bus behind it, and
 * LW_ETIMEDOUT for an access that outlasts the patience. As long as that one has not ended, others
 * fail likewise, at once. What it reads in the end is dropped; what it writes may be written.
 *
 * Afterwards it is tried without anybody waiting: the guard's thread reads byte 0 of the module,
 * which changes nothing, at once and then whenever an access is asked for, which fails. Once that
 * has been answered within the patience, accesses are done again. So a bus that hangs each time
 * costs one patience.
 */
LW_API struct lw_bus *lw_guard_bus(struct lw_guard *g);

/**
 * End and free it; NULL is allowed.
 * @param wait  for how long to wait for an access that hangs
 * @return 0; LW_ETIMEDOUT: it still hangs, the bus behind it is in use; call again, or leave both
 */
LW_API int lw_guard_close(struct lw_guard *g, struct lw_mono wait, struct lw_error *reterr);

#endif
