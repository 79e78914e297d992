/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ADAPTER_H
#define ADAPTER_H

#include "device-internal.h"

/*
 * An i2c adapter with one module on it, as ioctl() of i2c-dev shows it. Its bytes tell where they
 * are from, so that a read of another page cannot be taken for the right one.
 */
struct adapter {
	struct lw_sys sys;
	unsigned long funcs;
	unsigned max_msgs, max_len; /* what I2C_RDWR takes, 0: anything */
	uint8_t address;            /* of the module, 50h at the start */
	bool bound;                 /* a driver has the address */
	bool absent, hangs;
	int nack; /* errno of a missing acknowledge */

	uint8_t identifier, byte2;
	bool two_addresses;  /* SFF-8472: A2h one above */
	bool paging;         /* SFF-8472, A0h 64.4 */
	unsigned page_limit; /* pages below it are there */
	unsigned bank_limit;
	bool bankless;   /* byte 126 is always 0 */
	int64_t hold_ms; /* no acknowledge for that long after a page select */

	uint8_t bank, page, bank_latch;
	uint8_t slave;
	struct lw_mono now, held;
	unsigned refused;   /* transfers that the adapter could not do */
	unsigned transfers; /* ioctls that went over the wires */
	unsigned selects;   /* writes of the page select */
	unsigned pairs;     /* of these, bank and page in one write */
	bool bank_written;
	unsigned longest;     /* message */
	uint8_t written[128]; /* the last write of data, and where it went */
	size_t written_n;
	struct lw_addr written_at;

	/* somebody else on the bus: called before each transfer */
	void (*other)(struct adapter *x);
	uint64_t seed;
	unsigned quiet; /* transfers the other one lets pass */
	unsigned changes;
};

void adapter_init(struct adapter *x, unsigned long funcs, uint8_t identifier);

/* Open a device on it; fails the test when that fails. */
struct lw_device *adapter_open(struct adapter *x, const struct lw_device_options *opt);

/* What byte `byte` of a page is. */
uint8_t adapter_byte(struct lw_addr a);

#endif
