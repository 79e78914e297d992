/* SPDX-License-Identifier: Apache-2.0 */
#include "i2c-transfer.h"

#include <errno.h>
#include <linux/i2c-dev.h>
#include <linux/i2c.h>
#include <string.h>

static int request(struct lw_i2c_line *l, unsigned long what, void *arg)
{
	return l->sys->ioctl(l->sys->ctx, l->fd, what, arg);
}

static uint8_t address(const struct lw_i2c_line *l, uint8_t i2c)
{
	return (uint8_t)(l->base + (i2c - LW_I2C_BASE));
}

static bool can(const struct lw_i2c_line *l, unsigned long what)
{
	return (l->can & what) == what;
}

int lw_i2c_line_init(struct lw_i2c_line *l, const struct lw_sys *sys, int fd, uint8_t base,
		     const struct lw_device_options *opt)
{
	int r;

	*l = (struct lw_i2c_line){
		.sys = sys,
		.fd = fd,
		.base = base,
		.slave = -1,
		.max_read = opt->max_read,
		.max_write = opt->max_write,
	};
	r = request(l, I2C_FUNCS, &l->can);
	if (r)
		return r;
	l->combines = can(l, I2C_FUNC_I2C);
	if (!can(l, I2C_FUNC_I2C) && !can(l, I2C_FUNC_SMBUS_READ_BYTE_DATA))
		return -EOPNOTSUPP;
	return 0;
}

unsigned lw_i2c_line_most(const struct lw_i2c_line *l, bool write)
{
	unsigned most = write ? l->max_write : l->max_read;
	unsigned adapter = 1;

	if (can(l, I2C_FUNC_I2C) || !write)
		return most;
	if (can(l, I2C_FUNC_SMBUS_WRITE_I2C_BLOCK))
		adapter = I2C_SMBUS_BLOCK_MAX;
	else if (can(l, I2C_FUNC_SMBUS_WRITE_WORD_DATA))
		adapter = 2;
	return most < adapter ? most : adapter;
}

/* SMBus transfers go to the address that I2C_SLAVE was told; it fails where a driver has it. */
static int aim(struct lw_i2c_line *l, uint8_t i2c)
{
	int to = address(l, i2c), r;

	if (l->slave == to)
		return 0;
	r = request(l, I2C_SLAVE, (void *)(uintptr_t)to);
	if (!r)
		l->slave = to;
	return r;
}

static int smbus(struct lw_i2c_line *l, bool write, uint8_t command, uint32_t size,
		 union i2c_smbus_data *data)
{
	struct i2c_smbus_ioctl_data arg = {
		.read_write = write ? I2C_SMBUS_WRITE : I2C_SMBUS_READ,
		.command = command,
		.size = size,
		.data = data,
	};

	return request(l, I2C_SMBUS, &arg);
}

/* One SMBus read of up to `n` bytes. @return how many, or a negated errno */
static int smbus_read_some(struct lw_i2c_line *l, uint8_t byte, uint8_t *ret, size_t n)
{
	union i2c_smbus_data data = {0};
	int r;

	if (n > 1 && can(l, I2C_FUNC_SMBUS_READ_I2C_BLOCK)) {
		data.block[0] = (uint8_t)(n < I2C_SMBUS_BLOCK_MAX ? n : I2C_SMBUS_BLOCK_MAX);
		r = smbus(l, false, byte, I2C_SMBUS_I2C_BLOCK_DATA, &data);
		if (r)
			return r;
		if (!data.block[0] || data.block[0] > n || data.block[0] > I2C_SMBUS_BLOCK_MAX)
			return -EPROTO;
		memcpy(ret, data.block + 1, data.block[0]);
		return data.block[0];
	}
	if (n > 1 && can(l, I2C_FUNC_SMBUS_READ_WORD_DATA)) {
		r = smbus(l, false, byte, I2C_SMBUS_WORD_DATA, &data);
		if (r)
			return r;
		ret[0] = (uint8_t)(data.word & 0xff); /* SMBus sends the low byte first */
		ret[1] = (uint8_t)(data.word >> 8);
		return 2;
	}
	r = smbus(l, false, byte, I2C_SMBUS_BYTE_DATA, &data);
	if (r)
		return r;
	ret[0] = data.byte;
	return 1;
}

int lw_i2c_line_read(struct lw_i2c_line *l, uint8_t i2c, uint8_t byte, uint8_t *ret, size_t n)
{
	int r;

	if (can(l, I2C_FUNC_I2C)) {
		uint16_t to = address(l, i2c);
		struct i2c_msg msg[] = {
			{.addr = to, .len = 1, .buf = &byte},
			{.addr = to, .flags = I2C_M_RD, .len = (uint16_t)n, .buf = ret},
		};
		struct i2c_rdwr_ioctl_data arg = {msg, 2};

		r = request(l, I2C_RDWR, &arg);
		if (r == -EOPNOTSUPP && n > 1) /* longer than the adapter can */
			l->max_read = (unsigned)n / 2;
		return r;
	}
	r = aim(l, i2c);
	for (size_t done = 0; !r && done < n;) {
		int got = smbus_read_some(l, (uint8_t)(byte + done), ret + done, n - done);

		if (got < 0)
			return got;
		done += (size_t)got;
	}
	return r;
}

static int smbus_write(struct lw_i2c_line *l, uint8_t byte, const uint8_t *p, size_t n)
{
	union i2c_smbus_data data = {0};

	if (n == 1) {
		data.byte = p[0];
		return smbus(l, true, byte, I2C_SMBUS_BYTE_DATA, &data);
	}
	if (can(l, I2C_FUNC_SMBUS_WRITE_I2C_BLOCK)) {
		data.block[0] = (uint8_t)n;
		memcpy(data.block + 1, p, n);
		return smbus(l, true, byte, I2C_SMBUS_I2C_BLOCK_DATA, &data);
	}
	data.word = (uint16_t)(p[0] | p[1] << 8);
	return smbus(l, true, byte, I2C_SMBUS_WORD_DATA, &data);
}

int lw_i2c_line_write(struct lw_i2c_line *l, uint8_t i2c, uint8_t byte, const uint8_t *p, size_t n)
{
	uint8_t buf[1 + 128];
	struct i2c_msg msg = {.addr = address(l, i2c), .len = (uint16_t)(n + 1), .buf = buf};
	struct i2c_rdwr_ioctl_data arg = {&msg, 1};
	int r;

	if (!can(l, I2C_FUNC_I2C)) {
		r = aim(l, i2c);
		return r ? r : smbus_write(l, byte, p, n);
	}
	buf[0] = byte;
	memcpy(buf + 1, p, n);
	r = request(l, I2C_RDWR, &arg);
	if (r == -EOPNOTSUPP && n > 1)
		l->max_write = (unsigned)n / 2;
	return r;
}

int lw_i2c_line_read_both(struct lw_i2c_line *l, const struct lw_select *s, uint8_t *ret_select,
			  uint8_t byte, uint8_t *ret, size_t n)
{
	uint16_t to = address(l, s->i2c);
	uint8_t select = s->byte;
	struct i2c_msg msg[] = {
		{.addr = to, .len = 1, .buf = &select},
		{.addr = to, .flags = I2C_M_RD, .len = (uint16_t)s->n, .buf = ret_select},
		{.addr = to, .len = 1, .buf = &byte},
		{.addr = to, .flags = I2C_M_RD, .len = (uint16_t)n, .buf = ret},
	};
	struct i2c_rdwr_ioctl_data arg = {msg, 4};
	int r;

	if (!l->combines)
		return -EOPNOTSUPP;
	r = request(l, I2C_RDWR, &arg);
	if (r == -EOPNOTSUPP)
		l->combines = false;
	return r;
}
