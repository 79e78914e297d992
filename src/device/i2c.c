/* SPDX-License-Identifier: Apache-2.0 */
#include "i2c-transfer.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/i2c-dev.h>
#include <linux/i2c.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

/*
 * After that long without an answer nobody is there. CMIS lets a module be silent for almost 5 s
 * while it carries out a command (CMIS 5.4 10.2, tCDBF).
 */
#define SILENCE_MS 5000

/* Looks at a page select that is not what was written, before giving up. */
#define LOOKS 12
/* Of these, how many in a row that look like a fall back mean that the page is not there. */
#define FALLS 2

/* One attempt ended with another page selected than the wanted one; no errno is that big. */
#define OTHER_PAGE 10000
/* The page was changed while a write was under way. */
#define PAGE_LOST 10001

struct lw_i2c {
	struct lw_device dev;
	struct lw_i2c_line line;
	unsigned adapter;
	struct lw_identity id;
	struct lw_select selected; /* what we selected last; a hint, every access checks */
	uint8_t seen[2];           /* what the select bytes were at the last check, */
	unsigned seen_n;           /* and how many they are; the last one is the page */
	bool answered;
	struct lw_mono last_answer;
};

/* An access on its way: exactly one of `ret` and `p`. */
struct access {
	struct lw_addr a;
	struct lw_select select;
	uint8_t *ret;
	const uint8_t *p;
	size_t n;
};

static struct lw_mono now(const struct lw_i2c *d)
{
	return d->line.sys->now(d->line.sys->ctx);
}

static void pause_ms(const struct lw_i2c *d, int64_t ms)
{
	d->line.sys->sleep(d->line.sys->ctx, lw_ms(ms));
}

static bool is_same(const struct lw_select *a, const struct lw_select *b)
{
	return a->n == b->n && a->i2c == b->i2c && a->byte == b->byte &&
	       memcmp(a->value, b->value, a->n) == 0;
}

static int check(struct lw_i2c *d, const struct lw_select *s)
{
	return memcmp(d->seen, s->value, s->n) == 0 ? 0 : OTHER_PAGE;
}

static int look(struct lw_i2c *d, const struct lw_select *s)
{
	int r = lw_i2c_line_read(&d->line, s->i2c, s->byte, d->seen, s->n);

	return r ? r : check(d, s);
}

static int do_select(struct lw_i2c *d, const struct lw_select *s)
{
	int r = 0;

	if (is_same(&d->selected, s))
		return 0;
	d->selected = (struct lw_select){0};
	if (s->n <= lw_i2c_line_most(&d->line, true))
		r = lw_i2c_line_write(&d->line, s->i2c, s->byte, s->value, s->n);
	else /* the bank takes effect with the page that is written after it */
		for (unsigned i = 0; !r && i < s->n; i++)
			r = lw_i2c_line_write(&d->line, s->i2c, (uint8_t)(s->byte + i),
					      &s->value[i], 1);
	if (!r)
		d->selected = *s;
	return r;
}

static int read_paged(struct lw_i2c *d, const struct access *x)
{
	int r = lw_i2c_line_read_both(&d->line, &x->select, d->seen, x->a.byte, x->ret, x->n);

	if (r != -EOPNOTSUPP)
		return r ? r : check(d, &x->select);
	/* not in one transfer: the page must be the same before and after (device 1) */
	r = look(d, &x->select);
	if (!r)
		r = lw_i2c_line_read(&d->line, x->a.i2c, x->a.byte, x->ret, x->n);
	return r ? r : look(d, &x->select);
}

static int write_paged(struct lw_i2c *d, const struct access *x)
{
	int r = look(d, &x->select);

	if (!r)
		r = lw_i2c_line_write(&d->line, x->a.i2c, x->a.byte, x->p, x->n);
	/* a module that is busy with the write does not answer this, and need not */
	if (!r && look(d, &x->select) == OTHER_PAGE)
		return PAGE_LOST;
	return r;
}

/* One attempt. @return 0, a negated errno, OTHER_PAGE or PAGE_LOST */
static int attempt(struct lw_i2c *d, const struct access *x)
{
	int r;

	if (!x->select.n)
		return x->p ? lw_i2c_line_write(&d->line, x->a.i2c, x->a.byte, x->p, x->n)
			    : lw_i2c_line_read(&d->line, x->a.i2c, x->a.byte, x->ret, x->n);
	/* keeps other processes that do the same from changing our page; others are found out */
	flock(d->line.fd, LOCK_EX);
	r = do_select(d, &x->select);
	if (!r)
		r = x->p ? write_paged(d, x) : read_paged(d, x);
	flock(d->line.fd, LOCK_UN);
	if (r >= OTHER_PAGE)
		d->selected = (struct lw_select){0};
	return r;
}

static bool is_nack(int r)
{
	return r == -ENXIO || r == -EREMOTEIO || r == -ENODEV;
}

/* May the same access, a moment later, go well? A hung bus is not asked again (device 3). */
static bool may_pass(int r)
{
	return is_nack(r) || r == -EIO || r == -EAGAIN || r == -EBUSY;
}

static int fail_nack(struct lw_i2c *d, int r, struct lw_addr a, struct lw_error *reterr)
{
	bool silent = !d->answered ||
		      lw_mono_before(lw_mono_add(d->last_answer, lw_ms(SILENCE_MS)), now(d));

	if (silent)
		return lw_device_fail(reterr, LW_EABSENT, -r, a,
				      "nobody answers at address %02Xh of i2c-%u: is a module "
				      "plugged, and the mux channel right?",
				      d->line.base + a.i2c - LW_I2C_BASE, d->adapter);
	return lw_device_fail(reterr, LW_ENACK, -r, a, "the module does not acknowledge");
}

/* Did the module refuse the page, or ignore the bank? Another program could look like that too. */
static bool fell_back(const struct lw_i2c *d, struct lw_addr a)
{
	uint8_t page = d->seen[d->seen_n - 1];

	return (a.page && !page) || (d->seen_n == 2 && a.bank && page == a.page && !d->seen[0]);
}

static int fail(struct lw_i2c *d, int r, struct lw_addr a, struct lw_error *reterr)
{
	if (is_nack(r))
		return fail_nack(d, r, a, reterr);
	switch (r) {
	case OTHER_PAGE:
		if (fell_back(d, a))
			return lw_device_fail(reterr, LW_ENOPAGE, 0, a,
					      "the module shows page %02Xh instead: it has no page "
					      "%02Xh in bank %u",
					      d->seen[d->seen_n - 1], a.page, a.bank);
		return lw_device_fail(reterr, LW_EIO, 0, a,
				      "another program keeps changing the page of this module; "
				      "stop it");
	case PAGE_LOST:
		return lw_device_fail(reterr, LW_EIO, 0, a,
				      "another program changed the page during the write: it may "
				      "have gone to page %02Xh; stop that program",
				      d->seen[d->seen_n - 1]);
	case -ETIMEDOUT:
		return lw_device_fail(reterr, LW_ETIMEDOUT, ETIMEDOUT, a,
				      "the bus of i2c-%u hangs, or the module holds it too long",
				      d->adapter);
	case -EOPNOTSUPP:
	case -EINVAL:
		return lw_device_fail(reterr, LW_ENOTSUP, -r, a,
				      "adapter i2c-%u cannot do this transfer (%s)", d->adapter,
				      strerror(-r));
	default:
		return lw_device_fail(reterr, LW_EIO, -r, a, "i2c-%u: %s", d->adapter,
				      strerror(-r));
	}
}

/* Attempts until one goes well, there is no hope, or the time is over. @return as attempt() */
static int carry_out(struct lw_i2c *d, const struct access *x)
{
	struct lw_mono end = lw_mono_add(now(d), lw_ms(d->dev.opt.retry_ms));
	unsigned looks = 0, falls = 0;
	int r;

	d->seen_n = x->select.n;
	for (;;) {
		r = attempt(d, x);
		if (r == 0)
			break;
		if (r == OTHER_PAGE) {
			falls = fell_back(d, x->a) ? falls + 1 : 0;
			if (++looks >= LOOKS || falls >= FALLS)
				return r;
		} else if (r == PAGE_LOST || !may_pass(r) || !lw_mono_before(now(d), end)) {
			return r;
		}
		pause_ms(d, 1);
	}
	d->answered = true;
	d->last_answer = now(d);
	return 0;
}

/*
 * The bytes of one access, in as many transfers as it takes. A cut never goes through a number, and
 * is at an even address where there is a choice.
 */
static int move(struct lw_i2c *d, struct access *x, struct lw_error *reterr)
{
	bool write = x->p != NULL;
	int r;

	for (size_t left = x->n; left;) {
		unsigned most = lw_i2c_line_most(&d->line, write);
		unsigned cut;

		x->n = left < most ? left : most;
		cut = x->a.byte + (unsigned)x->n;
		if (x->n < left && cut % 2 && x->n > 1)
			x->n--, cut--;
		if (write && x->n < left && lw_select_cuts(&d->id, x->a, cut))
			return lw_device_fail(reterr, LW_ENOTSUP, 0, x->a,
					      "the adapter writes at most %u bytes at once, which "
					      "would cut the number at byte %u in two",
					      most, cut - 1);
		r = carry_out(d, x);
		if (r == -EOPNOTSUPP && lw_i2c_line_most(&d->line, write) < most)
			continue; /* learned that shorter transfers are needed */
		if (r) {
			d->id.known = false; /* it may be another module from here on (device 2) */
			return fail(d, r, x->a, reterr);
		}
		left -= x->n;
		x->a.byte = (uint8_t)(x->a.byte + x->n);
		if (write)
			x->p += x->n;
		else
			x->ret += x->n;
	}
	return 0;
}

static int read_lower(struct lw_i2c *d, unsigned first, uint8_t *ret, size_t n,
		      struct lw_error *reterr)
{
	struct access x = {.a = {.i2c = LW_I2C_BASE, .byte = (uint8_t)first}, .ret = ret, .n = n};

	return move(d, &x, reterr);
}

static int identify(struct lw_i2c *d, struct lw_error *reterr)
{
	uint8_t lower[LW_IDENTITY_BYTES];
	size_t n = LW_IDENTITY_SHORT;
	int r = read_lower(d, 0, lower, n, reterr);

	if (!r && lw_map_for_identifier(lower[0]) == LW_MAP_SFF8472) {
		r = read_lower(d, (unsigned)n, lower + n, sizeof(lower) - n, reterr);
		n = sizeof(lower);
	}
	if (!r)
		lw_identity_take(&d->id, lower, n);
	return r;
}

/* How to reach the page of an access. */
static int prepare(struct lw_i2c *d, struct lw_addr a, struct lw_select *ret,
		   struct lw_error *reterr)
{
	int r = 0;

	if (a.i2c != LW_I2C_BASE && a.i2c != LW_I2C_BASE + 1)
		return lw_device_fail(reterr, LW_EINVAL, 0, a,
				      "address %02Xh: modules have 50h and 51h", a.i2c);
	if (a.byte >= 128 && !d->id.known)
		r = identify(d, reterr);
	return r ? r : lw_select_for(&d->id, a, ret, reterr);
}

static int i2c_read(struct lw_bus *bus, struct lw_addr a, uint8_t *ret, size_t n,
		    struct lw_error *reterr)
{
	struct lw_i2c *d = (struct lw_i2c *)bus;
	struct access x = {.a = a, .ret = ret, .n = n};
	int r = prepare(d, a, &x.select, reterr);

	if (!r)
		r = move(d, &x, reterr);
	/* another identifier than before: another module was plugged */
	if (!r && a.i2c == LW_I2C_BASE && a.byte == 0 && d->id.known &&
	    lw_map_for_identifier(ret[0]) != d->id.map)
		d->id.known = false;
	return r;
}

static int i2c_write(struct lw_bus *bus, struct lw_addr a, const uint8_t *p, size_t n,
		     struct lw_error *reterr)
{
	struct lw_i2c *d = (struct lw_i2c *)bus;
	struct access x = {.a = a, .p = p, .n = n};
	int r = prepare(d, a, &x.select, reterr);

	if (!r && lw_select_touched(&d->id, a, n))
		d->selected = (struct lw_select){0};
	return r ? r : move(d, &x, reterr);
}

static void i2c_close(struct lw_device *dev)
{
	struct lw_i2c *d = (struct lw_i2c *)dev;

	close(d->line.fd);
	free(d);
}

static const char *kind_of(const struct lw_i2c_line *l)
{
	return l->can & I2C_FUNC_I2C                    ? "i2c-dev, I2C_RDWR"
	       : l->can & I2C_FUNC_SMBUS_READ_I2C_BLOCK ? "i2c-dev, SMBus block"
	       : l->can & I2C_FUNC_SMBUS_READ_WORD_DATA ? "i2c-dev, SMBus word"
							: "i2c-dev, SMBus byte";
}

/* A driver owns the address: name it, and its file. */
static int fail_bound(const char *source, unsigned adapter, uint8_t base, struct lw_error *reterr)
{
	char path[96], target[256], eeprom[96];
	const char *driver = "a kernel driver";
	ssize_t n;
	int r;

	snprintf(path, sizeof(path), "/sys/bus/i2c/devices/%u-%04x/driver", adapter, base);
	snprintf(eeprom, sizeof(eeprom), "/sys/bus/i2c/devices/%u-%04x/eeprom", adapter, base);
	n = readlink(path, target, sizeof(target) - 1);
	if (n > 0) {
		target[n] = '\0';
		driver = strrchr(target, '/') ? strrchr(target, '/') + 1 : target;
	}
	if (access(eeprom, F_OK) == 0)
		r = lw_fail_in(reterr, LW_EIO, source, 0,
			       "driver %s is bound to address %02Xh; use its file: %s", driver,
			       base, eeprom);
	else
		r = lw_fail_in(
			reterr, LW_EIO, source, 0,
			"driver %s is bound to address %02Xh; unbind it, or ask it (net: for "
			"a network interface)",
			driver, base);
	if (reterr)
		reterr->sys = EBUSY;
	return r;
}

static int fail_open(const char *source, const char *path, int sys, struct lw_error *reterr)
{
	int code = sys == ENOENT || sys == ENODEV || sys == ENXIO ? LW_ENOENT : LW_EIO;

	if (sys == EACCES || sys == EPERM)
		return lw_device_fail_permission(reterr, code, sys, source, path);
	if (code == LW_ENOENT)
		lw_fail_in(reterr, code, source, 0,
			   "there is no %s; \"modprobe i2c-dev\" makes these files, \"i2cdetect "
			   "-l\" lists the adapters",
			   path);
	else
		lw_fail_in(reterr, code, source, 0, "%s cannot be opened: %s", path, strerror(sys));
	if (reterr)
		reterr->sys = sys;
	return code;
}

int lw_i2c_open_fd(const struct lw_sys *sys, int fd, const char *source, unsigned adapter,
		   uint8_t base, const struct lw_device_options *opt, struct lw_device **ret,
		   struct lw_error *reterr)
{
	static const struct lw_bus_ops ops = {i2c_read, i2c_write};
	struct lw_i2c *d = calloc(1, sizeof(*d));
	int r = 0;

	if (!d) {
		close(fd);
		return lw_fail_in(reterr, LW_ENOMEM, source, 0, "out of memory");
	}
	lw_device_init(&d->dev, source, "", opt, &ops, i2c_close);
	r = lw_i2c_line_init(&d->line, sys, fd, base, &d->dev.opt);
	if (r) {
		r = lw_fail_in(reterr, LW_ENOTSUP, source, 0,
			       "adapter %u does neither I2C nor SMBus byte reads", adapter);
	} else {
		r = sys->ioctl(sys->ctx, fd, I2C_SLAVE, (void *)(uintptr_t)base);
		if (r == -EBUSY)
			r = fail_bound(source, adapter, base, reterr);
		else if (r)
			r = lw_fail_in(reterr, LW_EIO, source, 0, "address %02Xh: %s", base,
				       strerror(-r));
	}
	if (r) {
		i2c_close(&d->dev);
		return r;
	}
	d->line.slave = base;
	d->dev.fd = fd;
	d->dev.place = base;
	d->adapter = adapter;
	snprintf(d->dev.kind, sizeof(d->dev.kind), "%s", kind_of(&d->line));
	*ret = &d->dev;
	return 0;
}

/* "/dev/i2c-5" or "/dev/i2c-5:50". @return 0, or LW_EINVAL (said) */
static int parse(const char *source, unsigned *ret_adapter, uint8_t *ret_base,
		 struct lw_error *reterr)
{
	const char *s = source + strlen(LW_I2C_PREFIX);
	unsigned long adapter, base = LW_I2C_BASE;
	char *end;

	adapter = strtoul(s, &end, 10);
	if (!isdigit((unsigned char)*s) || adapter > 0xfffff)
		return lw_fail_in(reterr, LW_EINVAL, source, 0,
				  "no adapter number after " LW_I2C_PREFIX);
	if (*end == ':') {
		s = end + 1;
		base = strtoul(s, &end, 16);
		if (!isxdigit((unsigned char)*s) || base < 0x08 || base > 0x76)
			return lw_fail_in(reterr, LW_EINVAL, source, 0,
					  "\"%s\" is no 7-bit I2C address in hex (08-76)", s);
	}
	if (*end)
		return lw_fail_in(reterr, LW_EINVAL, source, 0,
				  "\"%s\": want /dev/i2c-N or /dev/i2c-N:ADDRESS", end);
	*ret_adapter = (unsigned)adapter;
	*ret_base = (uint8_t)base;
	return 0;
}

int lw_i2c_open(const struct lw_sys *sys, const char *source, const struct lw_device_options *opt,
		struct lw_device **ret, struct lw_error *reterr)
{
	unsigned adapter = 0;
	uint8_t base = 0;
	char path[32];
	int r = parse(source, &adapter, &base, reterr), fd;

	if (r)
		return r;
	snprintf(path, sizeof(path), LW_I2C_PREFIX "%u", adapter);
	fd = open(path, O_RDWR | O_CLOEXEC);
	if (fd < 0)
		return fail_open(source, path, errno, reterr);
	return lw_i2c_open_fd(sys, fd, source, adapter, base, opt, ret, reterr);
}
