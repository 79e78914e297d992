/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Fill a chip of i2c-stub with a module's memory, byte by byte over SMBus; uses nothing of
 * Lanewise. usage: fill ADAPTER ADDRESS [paged] < 128 * (1 + pages) bytes; pages that are not there
 * get FFh.
 */
#include <fcntl.h>
#include <linux/i2c-dev.h>
#include <linux/i2c.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>

static void put(int fd, unsigned at, unsigned value)
{
	union i2c_smbus_data data = {.byte = (unsigned char)value};
	struct i2c_smbus_ioctl_data arg = {I2C_SMBUS_WRITE, (unsigned char)at, I2C_SMBUS_BYTE_DATA,
					   &data};

	if (ioctl(fd, I2C_SMBUS, &arg)) {
		perror("fill");
		exit(1);
	}
}

/* The next 128 bytes of the input, FFh behind its end. */
static void put_half(int fd, unsigned first, unsigned n)
{
	for (unsigned i = 0; i < 128; i++) {
		int c = getchar();

		if (i < n)
			put(fd, first + i, c == EOF ? 0xff : (unsigned)c);
	}
}

int main(int argc, char **argv)
{
	unsigned pages = argc > 3 ? 256 : 1;
	int fd = argc > 2 ? open(argv[1], O_RDWR) : -1;

	if (fd < 0 || ioctl(fd, I2C_SLAVE, strtoul(argv[2], NULL, 16))) {
		perror("fill");
		return 1;
	}
	put_half(fd, 0, pages > 1 ? 127 : 128); /* 127 selects the page */
	for (unsigned page = 0; page < pages; page++) {
		if (pages > 1)
			put(fd, 127, page);
		put_half(fd, 128, 128);
	}
	if (pages > 1)
		put(fd, 127, 0);
	return 0;
}
