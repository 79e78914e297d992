/* SPDX-License-Identifier: Apache-2.0 */
#include "device-internal.h"

#include <errno.h>
#include <grp.h>
#include <linux/magic.h>
#include <net/if.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <time.h>

#define MAX_BLOCK   128
#define RETRY_MS    25
#define BANK_STRIDE 256

#define EEPROM_PREFIX "eeprom:"
#define NET_PREFIX    "net:"

struct lw_mono lw_device_now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (struct lw_mono){(int64_t)t.tv_sec * 1000000000 + t.tv_nsec};
}

static int linux_ioctl(void *ctx, int fd, unsigned long request, void *arg)
{
	int r;

	(void)ctx;
	do
		r = ioctl(fd, request, arg);
	while (r < 0 && errno == EINTR);
	return r < 0 ? -errno : 0;
}

static struct lw_mono linux_now(void *ctx)
{
	(void)ctx;
	return lw_device_now();
}

static void linux_sleep(void *ctx, struct lw_mono span)
{
	struct timespec t = {.tv_sec = span.ns / 1000000000, .tv_nsec = span.ns % 1000000000};

	(void)ctx;
	while (nanosleep(&t, &t) && errno == EINTR)
		;
}

const struct lw_sys lw_sys_linux = {linux_ioctl, linux_now, linux_sleep, NULL};

int lw_device_fail(struct lw_error *reterr, int code, int sys, struct lw_addr a, const char *fmt,
		   ...)
{
	char text[224];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	lw_fail_at(reterr, code, a.page, a.byte, "%s", text);
	if (reterr)
		reterr->sys = sys;
	return code;
}

int lw_device_fail_permission(struct lw_error *reterr, int code, int sys, const char *source,
			      const char *path)
{
	struct group group, *found = NULL;
	char names[1024];
	struct stat st;

	if (stat(path, &st) == 0 && st.st_mode & S_IRGRP && st.st_gid != 0)
		getgrgid_r(st.st_gid, &group, names, sizeof(names), &found);
	if (found)
		lw_fail_in(reterr, code, source, 0,
			   "no permission for %s: be root, or join its group: adduser USER %s",
			   path, found->gr_name);
	else
		lw_fail_in(reterr, code, source, 0,
			   "no permission for %s: be root, or give it a group that may read and "
			   "write it",
			   path);
	if (reterr)
		reterr->sys = sys;
	return code;
}

static int device_read(struct lw_bus *bus, struct lw_addr a, uint8_t *ret, size_t n,
		       struct lw_error *reterr)
{
	struct lw_device *d = (struct lw_device *)bus;
	int r = d->raw->read(bus, a, ret, n, reterr);
	if (r && reterr)
		snprintf(reterr->where, sizeof(reterr->where), "%s", d->source);
	return r;
}

static int device_write(struct lw_bus *bus, struct lw_addr a, const uint8_t *p, size_t n,
			struct lw_error *reterr)
{
	struct lw_device *d = (struct lw_device *)bus;
	int r;

	if (d->opt.read_only)
		r = lw_fail_at(reterr, LW_ENOTSUP, a.page, a.byte, "opened for reading only");
	else if (!d->raw->write)
		r = lw_fail_at(reterr, LW_ENOTSUP, a.page, a.byte,
			       "the kernel gives this source for reading only");
	else
		r = lw_device_keep(d, reterr);
	if (!r)
		r = d->raw->write(bus, a, p, n, reterr);
	if (r && reterr)
		snprintf(reterr->where, sizeof(reterr->where), "%s", d->source);
	return r;
}

void lw_device_init(struct lw_device *d, const char *source, const char *kind,
		    const struct lw_device_options *opt, const struct lw_bus_ops *raw,
		    void (*close)(struct lw_device *d))
{
	static const struct lw_bus_ops ops = {device_read, device_write};

	*d = (struct lw_device){.bus.ops = &ops, .raw = raw, .close = close, .fd = -1};
	if (opt)
		d->opt = *opt;
	if (!d->opt.max_read)
		d->opt.max_read = MAX_BLOCK;
	if (!d->opt.max_write)
		d->opt.max_write = MAX_BLOCK;
	if (!d->opt.bank_stride)
		d->opt.bank_stride = BANK_STRIDE;
	if (!d->opt.retry_ms)
		d->opt.retry_ms = RETRY_MS;
	snprintf(d->source, sizeof(d->source), "%s", source);
	snprintf(d->kind, sizeof(d->kind), "%s", kind);
}

static bool begins(const char *s, const char *prefix)
{
	return strncmp(s, prefix, strlen(prefix)) == 0;
}

/* A file that a driver, or `lanewise twin`, makes up as it is read. */
static bool is_live_file(const char *path)
{
	const char *slash = strrchr(path, '/');
	struct stat st;
	struct statfs fs;

	if (stat(path, &st) || !S_ISREG(st.st_mode) || statfs(path, &fs))
		return false;
	if (fs.f_type == SYSFS_MAGIC)
		return true;
	return fs.f_type == FUSE_SUPER_MAGIC && strcmp(slash ? slash + 1 : path, "eeprom") == 0;
}

bool lw_device_named(const char *source)
{
	struct stat st;

	if (begins(source, LW_I2C_PREFIX) || begins(source, EEPROM_PREFIX) ||
	    begins(source, NET_PREFIX))
		return true;
	if (stat(source, &st) == 0)
		return is_live_file(source);
	return !strchr(source, '/') && if_nametoindex(source) != 0;
}

static int check_options(const char *source, const struct lw_device_options *opt,
			 struct lw_error *reterr)
{
	if (!opt)
		return 0;
	if (opt->max_read > MAX_BLOCK || opt->max_write > MAX_BLOCK)
		return lw_fail_in(reterr, LW_EINVAL, source, 0,
				  "blocks have 1-%d bytes (max_read, max_write)", MAX_BLOCK);
	if (opt->bank_stride && opt->bank_stride != 240 && opt->bank_stride != BANK_STRIDE)
		return lw_fail_in(reterr, LW_EINVAL, source, 0,
				  "banks are 256 or 240 pages apart (bank_stride)");
	return 0;
}

int lw_device_finish(struct lw_device *d, struct lw_device **ret, struct lw_error *reterr)
{
	int r = d->opt.keep ? lw_device_keep(d, reterr) : 0;

	if (!r && d->opt.patience_ms)
		r = lw_guard_open(&d->bus, lw_ms(d->opt.patience_ms), d->opt.together, &d->guard,
				  reterr);
	if (r)
		lw_device_close(d);
	else
		*ret = d;
	return r;
}

static int open_kind(const char *source, const struct lw_device_options *opt,
		     struct lw_device **ret, struct lw_error *reterr)
{
	struct stat st;

	if (begins(source, LW_I2C_PREFIX))
		return lw_i2c_open(&lw_sys_linux, source, opt, ret, reterr);
	if (begins(source, NET_PREFIX))
		return lw_net_open(source + strlen(NET_PREFIX), source, opt, ret, reterr);
	if (begins(source, EEPROM_PREFIX))
		return lw_eeprom_open(source + strlen(EEPROM_PREFIX), source, opt, ret, reterr);
	if (strchr(source, '/') || stat(source, &st) == 0)
		return lw_eeprom_open(source, source, opt, ret, reterr);
	if (if_nametoindex(source))
		return lw_net_open(source, source, opt, ret, reterr);
	return lw_fail_in(reterr, LW_ENOENT, source, 0,
			  "neither a file nor a network interface; devices are /dev/i2c-N, "
			  "eeprom:FILE or net:INTERFACE");
}

int lw_device_open(const char *source, const struct lw_device_options *opt, struct lw_device **ret,
		   struct lw_error *reterr)
{
	struct lw_device *d;
	int r = check_options(source, opt, reterr);

	if (!r)
		r = open_kind(source, opt, &d, reterr);
	return r ? r : lw_device_finish(d, ret, reterr);
}

struct lw_bus *lw_device_bus(struct lw_device *d)
{
	return d->guard ? lw_guard_bus(d->guard) : &d->bus;
}

void lw_device_trace(struct lw_device *d, struct lw_trace *t)
{
	if (t && !t->clock)
		t->clock = linux_now;
	d->bus.trace = t;
}

const char *lw_device_kind(const struct lw_device *d)
{
	return d->kind;
}

void lw_device_close(struct lw_device *d)
{
	/* one that hangs is left as it is: a thread in the kernel still uses it */
	if (d && !lw_guard_close(d->guard, lw_ms(d->opt.patience_ms), NULL))
		d->close(d);
}
