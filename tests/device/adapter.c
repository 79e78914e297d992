/* SPDX-License-Identifier: Apache-2.0 */
#include "adapter.h"

#include <errno.h>
#include <linux/i2c-dev.h>
#include <linux/i2c.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <sys/mman.h>

#include <cmocka.h>

uint8_t adapter_byte(struct lw_addr a)
{
	return (uint8_t)((a.byte < 128 ? 0 : a.bank * 91 + a.page * 37) + a.i2c * 3 + a.byte * 5);
}

static uint8_t read_byte(const struct adapter *x, uint8_t i2c, uint8_t byte)
{
	struct lw_addr a = {.i2c = i2c, .bank = x->bank, .page = x->page, .byte = byte};

	if (i2c == 0x50 && byte == 0)
		return x->identifier;
	if (i2c == 0x50 && byte == 2)
		return x->byte2;
	if (i2c == 0x50 && byte == 64 && x->two_addresses)
		return x->paging ? 0x10 : 0;
	if (byte == 126)
		return x->bank_latch;
	if (byte == 127)
		return x->page;
	if (x->two_addresses && i2c == 0x50)
		a.page = a.bank = 0;
	return adapter_byte(a);
}

/* As the standards say: an unsupported page falls back to 00h, the bank stays as written. */
static void select_page(struct adapter *x, uint8_t page)
{
	bool there = page < x->page_limit && (page < 0x10 || x->bank_latch < x->bank_limit);

	x->page = there ? page : 0;
	x->bank = x->page < 0x10 ? 0 : x->bank_latch;
	x->selects++;
	x->held = lw_mono_add(x->now, lw_ms(x->hold_ms));
}

static void write_bytes(struct adapter *x, uint8_t i2c, uint8_t byte, const uint8_t *p, size_t n)
{
	if (byte == 126 && n == 2)
		x->pairs++;
	if (byte >= 126 && byte + n <= 128) {
		for (size_t i = 0; i < n; i++)
			if (byte + i == 126) {
				x->bank_latch = x->bankless ? 0 : p[i];
				x->bank_written = true;
			} else {
				select_page(x, p[i]);
			}
		return;
	}
	memcpy(x->written, p, n);
	x->written_n = n;
	x->written_at = (struct lw_addr){i2c, x->bank, x->page, byte};
}

/* Is the address acknowledged? @return 0 or a negated errno */
static int wake(struct adapter *x, unsigned to)
{
	if (x->hangs)
		return -ETIMEDOUT;
	if (x->absent || to < x->address || to > (unsigned)x->address + x->two_addresses)
		return -x->nack;
	if (lw_mono_before(x->now, x->held))
		return -x->nack;
	return 0;
}

static void someone_else(struct adapter *x)
{
	x->transfers++;
	x->now = lw_mono_add(x->now, lw_us(300));
	if (x->other)
		x->other(x);
}

static int rdwr(struct adapter *x, const struct i2c_rdwr_ioctl_data *arg)
{
	uint8_t pointer = 0;

	if (!(x->funcs & I2C_FUNC_I2C))
		return -EOPNOTSUPP;
	if (x->max_msgs && arg->nmsgs > x->max_msgs)
		return x->refused++, -EOPNOTSUPP;
	for (unsigned i = 0; x->max_len && i < arg->nmsgs; i++)
		if (arg->msgs[i].len > x->max_len)
			return x->refused++, -EOPNOTSUPP;
	someone_else(x);
	for (unsigned i = 0; i < arg->nmsgs; i++) {
		const struct i2c_msg *m = &arg->msgs[i];
		uint8_t i2c = (uint8_t)(0x50 + m->addr - x->address);
		int r = wake(x, m->addr);

		if (r)
			return r;
		if (m->len > x->longest)
			x->longest = m->len;
		if (m->flags & I2C_M_RD) {
			for (unsigned k = 0; k < m->len; k++)
				m->buf[k] = read_byte(x, i2c, (uint8_t)(pointer + k));
		} else {
			pointer = m->buf[0];
			if (m->len > 1)
				write_bytes(x, i2c, pointer, m->buf + 1, m->len - 1u);
		}
	}
	return 0;
}

static int smbus(struct adapter *x, const struct i2c_smbus_ioctl_data *arg)
{
	static const unsigned long need[2][9] = {
		[I2C_SMBUS_WRITE][I2C_SMBUS_BYTE_DATA] = I2C_FUNC_SMBUS_WRITE_BYTE_DATA,
		[I2C_SMBUS_WRITE][I2C_SMBUS_WORD_DATA] = I2C_FUNC_SMBUS_WRITE_WORD_DATA,
		[I2C_SMBUS_WRITE][I2C_SMBUS_I2C_BLOCK_DATA] = I2C_FUNC_SMBUS_WRITE_I2C_BLOCK,
		[I2C_SMBUS_READ][I2C_SMBUS_BYTE_DATA] = I2C_FUNC_SMBUS_READ_BYTE_DATA,
		[I2C_SMBUS_READ][I2C_SMBUS_WORD_DATA] = I2C_FUNC_SMBUS_READ_WORD_DATA,
		[I2C_SMBUS_READ][I2C_SMBUS_I2C_BLOCK_DATA] = I2C_FUNC_SMBUS_READ_I2C_BLOCK,
	};
	uint8_t i2c = (uint8_t)(0x50 + x->slave - x->address), bytes[32];
	bool write = arg->read_write == I2C_SMBUS_WRITE;
	size_t n;
	int r;

	assert_true(arg->size < 9);
	if (!(x->funcs & need[arg->read_write][arg->size]))
		return -EOPNOTSUPP;
	someone_else(x);
	r = wake(x, x->slave);
	if (r)
		return r;
	n = arg->size == I2C_SMBUS_BYTE_DATA   ? 1
	    : arg->size == I2C_SMBUS_WORD_DATA ? 2
					       : arg->data->block[0];
	assert_in_range(n, 1, 32);
	if (n > x->longest)
		x->longest = (unsigned)n;
	for (size_t i = 0; !write && i < n; i++)
		bytes[i] = read_byte(x, i2c, (uint8_t)(arg->command + i));
	switch (arg->size) {
	case I2C_SMBUS_BYTE_DATA:
		write ? (void)(bytes[0] = arg->data->byte) : (void)(arg->data->byte = bytes[0]);
		break;
	case I2C_SMBUS_WORD_DATA:
		if (write) {
			bytes[0] = (uint8_t)(arg->data->word & 0xff);
			bytes[1] = (uint8_t)(arg->data->word >> 8);
		} else {
			arg->data->word = (uint16_t)(bytes[0] | bytes[1] << 8);
		}
		break;
	default:
		if (write)
			memcpy(bytes, arg->data->block + 1, n);
		else
			memcpy(arg->data->block + 1, bytes, n);
		break;
	}
	if (write)
		write_bytes(x, i2c, arg->command, bytes, n);
	return 0;
}

static int fake_ioctl(void *ctx, int fd, unsigned long request, void *arg)
{
	struct adapter *x = ctx;

	(void)fd;
	switch (request) {
	case I2C_FUNCS:
		*(unsigned long *)arg = x->funcs;
		return 0;
	case I2C_SLAVE:
		if (x->bound)
			return -EBUSY;
		x->slave = (uint8_t)(uintptr_t)arg;
		return 0;
	case I2C_RDWR:
		return rdwr(x, arg);
	case I2C_SMBUS:
		return smbus(x, arg);
	default:
		fail_msg("ioctl %lx is none that a device should use", request);
		return -ENOTTY;
	}
}

static struct lw_mono fake_now(void *ctx)
{
	return ((struct adapter *)ctx)->now;
}

static void fake_sleep(void *ctx, struct lw_mono span)
{
	struct adapter *x = ctx;

	x->now = lw_mono_add(x->now, span);
}

void adapter_init(struct adapter *x, unsigned long funcs, uint8_t identifier)
{
	*x = (struct adapter){
		.sys = {fake_ioctl, fake_now, fake_sleep, x},
		.funcs = funcs,
		.address = 0x50,
		.nack = ENXIO,
		.identifier = identifier,
		.page_limit = 256,
		.bank_limit = 4,
	};
}

struct lw_device *adapter_open(struct adapter *x, const struct lw_device_options *opt)
{
	struct lw_device *d = NULL;
	struct lw_error e;
	int fd = memfd_create("adapter", MFD_CLOEXEC); /* it is locked: one of its own */

	assert_true(fd >= 0);
	if (lw_i2c_open_fd(&x->sys, fd, "/dev/i2c-7", 7, x->address, opt, &d, &e))
		fail_msg("%s", e.message);
	return d;
}
