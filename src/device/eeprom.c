/* SPDX-License-Identifier: Apache-2.0 */
#include "device-internal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define HALF 128

/* optoe's class of modules that answer at two addresses, as SFF-8472 has them. */
#define CLASS_TWO_ADDRESSES 2

struct lw_eeprom {
	struct lw_device dev;
	int fd;
	int class; /* what optoe was told, 0: the file has no such neighbour */
	char class_path[160];
	struct lw_identity id;
};

/* Where an access is in the file, the layout of optoe (docs/twin.md). */
static off_t place(const struct lw_eeprom *d, struct lw_addr a)
{
	bool upper = a.byte >= HALF;

	if (d->id.known && d->id.map == LW_MAP_SFF8472) {
		if (a.i2c == LW_I2C_BASE)
			return a.byte;
		return 2 * HALF + (upper ? a.page * HALF : 0) + a.byte;
	}
	return upper ? (off_t)(a.bank * d->dev.opt.bank_stride + a.page) * HALF + a.byte : a.byte;
}

static int fail(int sys, struct lw_addr a, struct lw_error *reterr)
{
	switch (sys) {
	case ENXIO:
		if (a.byte >= HALF)
			return lw_device_fail(reterr, LW_ENOPAGE, sys, a,
					      "the module has no page %02Xh in bank %u", a.page,
					      a.bank);
		return lw_device_fail(reterr, LW_EABSENT, sys, a, "no module answers the driver");
	case EIO:
	case EREMOTEIO:
	case ENODEV:
		return lw_device_fail(reterr, LW_ENACK, sys, a,
				      "the driver gets no acknowledge: nothing plugged, or busy");
	case ETIMEDOUT:
		return lw_device_fail(reterr, LW_ETIMEDOUT, sys, a,
				      "the driver gets no answer in time: is a module plugged?");
	default:
		return lw_device_fail(reterr, LW_EIO, sys, a, "%s", strerror(sys));
	}
}

/* What is wrong with `got` of `n` bytes, or nothing. */
static int judge(ssize_t got, size_t n, struct lw_addr a, struct lw_error *reterr)
{
	if (got < 0)
		return fail(errno, a, reterr);
	if (got == 0 && a.byte >= HALF)
		return lw_device_fail(reterr, LW_ENOPAGE, 0, a,
				      "the file ends before page %02Xh of bank %u", a.page, a.bank);
	if ((size_t)got < n)
		return lw_device_fail(reterr, LW_ESHORT, 0, a, "%zd bytes instead of %zu", got, n);
	return 0;
}

static int read_at(struct lw_eeprom *d, off_t off, struct lw_addr a, uint8_t *ret, size_t n,
		   struct lw_error *reterr)
{
	int r = 0;

	for (size_t done = 0; !r && done < n;) {
		size_t want = n - done < d->dev.opt.max_read ? n - done : d->dev.opt.max_read;

		r = judge(pread(d->fd, ret + done, want, off + (off_t)done), want, a, reterr);
		done += want;
		a.byte = (uint8_t)(a.byte + want);
	}
	if (r)
		d->id.known = false; /* it may be another module from here on */
	return r;
}

/* SFF-8472 is laid out by itself; optoe has to be told that the module is one. */
static int check_class(const struct lw_eeprom *d, struct lw_addr a, struct lw_error *reterr)
{
	bool two = d->id.known && d->id.map == LW_MAP_SFF8472;

	if (!d->class || two == (d->class == CLASS_TWO_ADDRESSES))
		return 0;
	return lw_device_fail(reterr, LW_ENOTSUP, 0, a,
			      "the driver was told another kind of module (class %d): echo %d > %s",
			      d->class,
			      two                        ? CLASS_TWO_ADDRESSES
			      : d->id.map == LW_MAP_CMIS ? 3
							 : 1,
			      d->class_path);
}

static int identify(struct lw_eeprom *d, struct lw_addr a, struct lw_error *reterr)
{
	struct lw_addr start = {.i2c = LW_I2C_BASE};
	uint8_t lower[LW_IDENTITY_SHORT];
	int r;

	if (d->id.known || (a.byte < HALF && a.i2c == LW_I2C_BASE))
		return 0;
	r = read_at(d, 0, start, lower, sizeof(lower), reterr);
	if (r)
		return r;
	lw_identity_take(&d->id, lower, sizeof(lower));
	r = check_class(d, a, reterr);
	if (r)
		d->id.known = false; /* to look again next time */
	return r;
}

/* The place of an access, found by the module's map. */
static int find(struct lw_eeprom *d, struct lw_addr a, off_t *ret, struct lw_error *reterr)
{
	int r;

	if (a.i2c != LW_I2C_BASE && a.i2c != LW_I2C_BASE + 1)
		return lw_device_fail(reterr, LW_EINVAL, 0, a,
				      "address %02Xh: modules have 50h and 51h", a.i2c);
	r = identify(d, a, reterr);
	if (r)
		return r;
	if (a.i2c != LW_I2C_BASE && !(d->id.known && d->id.map == LW_MAP_SFF8472))
		return lw_device_fail(reterr, LW_ENOPAGE, 0, a,
				      "only modules of SFF-8472 answer at %02Xh", a.i2c);
	*ret = place(d, a);
	return 0;
}

static int eeprom_read(struct lw_bus *bus, struct lw_addr a, uint8_t *ret, size_t n,
		       struct lw_error *reterr)
{
	struct lw_eeprom *d = (struct lw_eeprom *)bus;
	off_t off = 0;
	int r = find(d, a, &off, reterr);

	if (!r)
		r = read_at(d, off, a, ret, n, reterr);
	/* another identifier than before: another module was plugged */
	if (!r && off == 0 && d->id.known && lw_map_for_identifier(ret[0]) != d->id.map)
		d->id.known = false;
	return r;
}

static int eeprom_write(struct lw_bus *bus, struct lw_addr a, const uint8_t *p, size_t n,
			struct lw_error *reterr)
{
	struct lw_eeprom *d = (struct lw_eeprom *)bus;
	off_t off = 0;
	int r = find(d, a, &off, reterr);

	if (r)
		return r;
	for (size_t done = 0; !r && done < n;) {
		size_t most = d->dev.opt.max_write, part = n - done < most ? n - done : most;

		if (done + part < n && lw_select_cuts(&d->id, a, a.byte + (unsigned)part))
			return lw_device_fail(reterr, LW_ENOTSUP, 0, a,
					      "max_write %zu would cut a number in two", most);
		r = judge(pwrite(d->fd, p + done, part, off + (off_t)done), part, a, reterr);
		done += part;
		a.byte = (uint8_t)(a.byte + part);
	}
	if (r)
		d->id.known = false;
	return r;
}

static void eeprom_close(struct lw_device *dev)
{
	struct lw_eeprom *d = (struct lw_eeprom *)dev;

	if (d->fd >= 0)
		close(d->fd);
	free(d);
}

/* optoe's `dev_class` beside the file. */
static void read_class(struct lw_eeprom *d, const char *path)
{
	const char *slash = strrchr(path, '/');
	FILE *f;

	snprintf(d->class_path, sizeof(d->class_path), "%.*sdev_class",
		 slash ? (int)(slash - path) + 1 : 0, path);
	f = fopen(d->class_path, "re");
	if (!f)
		return;
	if (fscanf(f, "%d", &d->class) != 1)
		d->class = 0;
	fclose(f);
}

static int fail_open(const char *path, const char *source, int sys, struct lw_error *reterr)
{
	int code = sys == ENOENT || sys == ENOTDIR ? LW_ENOENT : LW_EIO;

	if (sys == EACCES || sys == EPERM)
		return lw_device_fail_permission(reterr, code, sys, source, path);
	lw_fail_in(reterr, code, source, 0, "cannot be opened: %s", strerror(sys));
	if (reterr)
		reterr->sys = sys;
	return code;
}

int lw_eeprom_open(const char *path, const char *source, const struct lw_device_options *opt,
		   struct lw_device **ret, struct lw_error *reterr)
{
	static const struct lw_bus_ops ops = {eeprom_read, eeprom_write};
	struct lw_eeprom *d = calloc(1, sizeof(*d));

	if (!d)
		return lw_fail_in(reterr, LW_ENOMEM, source, 0, "out of memory");
	lw_device_init(&d->dev, source, "eeprom file", opt, &ops, eeprom_close);
	d->fd = open(path, (d->dev.opt.read_only ? O_RDONLY : O_RDWR) | O_CLOEXEC);
	if (d->fd < 0 && (errno == EACCES || errno == EROFS || errno == EPERM)) {
		d->dev.opt.read_only = true;
		d->fd = open(path, O_RDONLY | O_CLOEXEC);
	}
	if (d->fd < 0) {
		int sys = errno;

		eeprom_close(&d->dev);
		return fail_open(path, source, sys, reterr);
	}
	d->dev.fd = d->fd;
	d->dev.place = LW_I2C_BASE;
	read_class(d, path);
	*ret = &d->dev;
	return 0;
}
