/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LW_I2C_TRANSFER_H
#define LW_I2C_TRANSFER_H

#include "device-internal.h"

/**
 * @file
 * Bytes through an i2c adapter, page or no page: I2C_RDWR where the adapter can, else SMBus. One
 * try each. All return 0 or a negated errno.
 */

struct lw_i2c_line {
	const struct lw_sys *sys;
	int fd;
	uint8_t base; /* where 50h of the module answers */
	unsigned long can;
	bool combines; /* takes more than two messages in one transfer, as far as known */
	int slave;     /* address that I2C_SLAVE was told, -1: none */
	unsigned max_read, max_write;
};

int lw_i2c_line_init(struct lw_i2c_line *l, const struct lw_sys *sys, int fd, uint8_t base,
		     const struct lw_device_options *opt);

/* Longest read or write of one transfer now; learned from refusals. */
unsigned lw_i2c_line_most(const struct lw_i2c_line *l, bool write);

/* Read `n` bytes; with SMBus only, by as many transfers as it takes. */
int lw_i2c_line_read(struct lw_i2c_line *l, uint8_t i2c, uint8_t byte, uint8_t *ret, size_t n);

/* Write `n` bytes, at most lw_i2c_line_most(). */
int lw_i2c_line_write(struct lw_i2c_line *l, uint8_t i2c, uint8_t byte, const uint8_t *p, size_t n);

/*
 * Read the select bytes and the data in one transfer which no other user of the adapter can break
 * into. @return -EOPNOTSUPP when the adapter cannot (then it is not asked again)
 */
int lw_i2c_line_read_both(struct lw_i2c_line *l, const struct lw_select *s, uint8_t *ret_select,
			  uint8_t byte, uint8_t *ret, size_t n);

#endif
