/* SPDX-License-Identifier: Apache-2.0 */
#include "device-internal.h"
#include "net-message.h"

#include <errno.h>
#include <linux/netlink.h>
#include <net/if.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* The kernel answers while it takes the request; longer than this is no kernel. */
#define ANSWER_MS 5000

struct lw_net {
	struct lw_device dev;
	int fd;
	char interface[IF_NAMESIZE];
	uint16_t family;
	uint32_t seq;
};

/* Wait for one datagram. @return its bytes, or a negated errno */
static ssize_t receive(struct lw_net *d, void *buf, size_t n)
{
	struct pollfd p = {.fd = d->fd, .events = POLLIN};
	ssize_t got;
	int r;

	do
		r = poll(&p, 1, ANSWER_MS);
	while (r < 0 && errno == EINTR);
	if (r == 0)
		return -ETIMEDOUT;
	got = r < 0 ? -1 : recv(d->fd, buf, n, MSG_TRUNC);
	if (got < 0)
		return -errno;
	if (got == 0)
		return -ECONNRESET;
	return (size_t)got > n ? -EMSGSIZE : got;
}

/* Send a request and take its answers up to the last. @return 0, or an errno of the socket */
static int ask(struct lw_net *d, const void *request, size_t n, struct lw_net_answer *ret)
{
	union {
		struct nlmsghdr align;
		uint8_t bytes[LW_NET_ROOM];
	} buf;
	ssize_t got;

	*ret = (struct lw_net_answer){0};
	if (send(d->fd, request, n, MSG_NOSIGNAL) < 0)
		return errno;
	while (!ret->done) {
		got = receive(d, &buf, sizeof(buf));
		if (got < 0)
			return (int)-got;
		if (lw_net_take(ret, &buf, (size_t)got, d->seq))
			return EPROTO;
	}
	return 0;
}

/* The kernel's words after ours. */
static int fail(int code, int sys, struct lw_addr a, const char *what, const char *text,
		struct lw_error *reterr)
{
	return lw_device_fail(reterr, code, sys, a, "%s%s%s", what, *text ? ": " : "", text);
}

static int fail_answer(const struct lw_net_answer *w, struct lw_addr a, struct lw_error *reterr)
{
	bool paged = a.byte >= 128 && (a.page || a.bank);

	switch (w->sys) {
	case EPERM:
	case EACCES:
		return fail(LW_EIO, w->sys, a,
			    "no permission to read modules: be root, or have CAP_NET_ADMIN",
			    w->text, reterr);
	case ENODEV:
		return fail(LW_EABSENT, w->sys, a, "no such interface, or no module in it", w->text,
			    reterr);
	case EBUSY:
		return fail(LW_ENACK, w->sys, a,
			    "the driver is busy with the module (firmware being flashed?)", w->text,
			    reterr);
	case EIO:
	case ENXIO:
	case EREMOTEIO:
		return fail(LW_ENACK, w->sys, a, "the driver gets no answer from the module",
			    w->text, reterr);
	case ETIMEDOUT:
		return fail(LW_ETIMEDOUT, w->sys, a, "the driver gets no answer in time", w->text,
			    reterr);
	case EINVAL:
		if (paged)
			return fail(LW_ENOPAGE, w->sys, a, "the driver does not give this page",
				    w->text, reterr);
		break;
	case EOPNOTSUPP:
		return fail(paged ? LW_ENOPAGE : LW_ENOTSUP, w->sys, a,
			    "the driver cannot read its module this way", w->text, reterr);
	default:
		break;
	}
	return fail(LW_EIO, w->sys, a, strerror(w->sys), w->text, reterr);
}

static int net_read(struct lw_bus *bus, struct lw_addr a, uint8_t *ret, size_t n,
		    struct lw_error *reterr)
{
	struct lw_net *d = (struct lw_net *)bus;
	union {
		struct nlmsghdr align;
		uint8_t bytes[LW_NET_ROOM];
	} buf;

	for (size_t done = 0; done < n;) {
		size_t want = n - done < d->dev.opt.max_read ? n - done : d->dev.opt.max_read;
		size_t len = lw_net_ask_eeprom(&buf, ++d->seq, d->family, d->interface, a, want);
		struct lw_net_answer w;
		int sys = ask(d, &buf, len, &w);

		if (sys)
			return lw_device_fail(reterr, sys == ETIMEDOUT ? LW_ETIMEDOUT : LW_EIO, sys,
					      a, "netlink: %s", strerror(sys));
		if (w.sys)
			return fail_answer(&w, a, reterr);
		if (w.n < want)
			return lw_device_fail(reterr, LW_ESHORT, 0, a,
					      "the driver gave %zu bytes instead of %zu", w.n,
					      want);
		memcpy(ret + done, w.data, want);
		done += want;
		a.byte = (uint8_t)(a.byte + want);
	}
	return 0;
}

static void net_close(struct lw_device *dev)
{
	struct lw_net *d = (struct lw_net *)dev;

	close(d->fd);
	free(d);
}

/* Ask the controller for the family's number: it differs from boot to boot. */
static int resolve(struct lw_net *d, const char *source, struct lw_error *reterr)
{
	union {
		struct nlmsghdr align;
		uint8_t bytes[LW_NET_ROOM];
	} buf;
	struct lw_net_answer w;
	int sys = ask(d, &buf, lw_net_ask_family(&buf, ++d->seq), &w);
	int code = LW_EIO;

	if (!sys)
		sys = w.sys;
	if (!sys && w.family) {
		d->family = w.family;
		return 0;
	}
	if (sys == ENOENT || !sys)
		code = lw_fail_in(reterr, LW_ENOTSUP, source, 0,
				  "this kernel has no ethtool netlink (Linux 5.13 or newer is "
				  "needed)");
	else
		lw_fail_in(reterr, code, source, 0, "the ethtool netlink family: %s",
			   strerror(sys));
	if (reterr)
		reterr->sys = sys;
	return code;
}

int lw_net_open_fd(int fd, const char *interface, const char *source,
		   const struct lw_device_options *opt, struct lw_device **ret,
		   struct lw_error *reterr)
{
	static const struct lw_bus_ops ops = {.read = net_read};
	struct lw_net *d = calloc(1, sizeof(*d));
	int r;

	if (!d) {
		close(fd);
		return lw_fail_in(reterr, LW_ENOMEM, source, 0, "out of memory");
	}
	lw_device_init(&d->dev, source, "ethtool netlink", opt, &ops, net_close);
	d->fd = fd;
	snprintf(d->interface, sizeof(d->interface), "%s", interface);
	r = resolve(d, source, reterr);
	if (r) {
		net_close(&d->dev);
		return r;
	}
	*ret = &d->dev;
	return 0;
}

int lw_net_open(const char *interface, const char *source, const struct lw_device_options *opt,
		struct lw_device **ret, struct lw_error *reterr)
{
	struct sockaddr_nl kernel = {.nl_family = AF_NETLINK};
	int fd, on = 1;

	if (!if_nametoindex(interface))
		return lw_fail_in(reterr, LW_ENOENT, source, 0,
				  "there is no network interface \"%s\"; \"ip link\" lists them",
				  interface);
	fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_GENERIC);
	if (fd < 0 || connect(fd, (struct sockaddr *)&kernel, sizeof(kernel))) {
		int sys = errno;

		if (fd >= 0)
			close(fd);
		lw_fail_in(reterr, LW_EIO, source, 0, "netlink: %s", strerror(sys));
		if (reterr)
			reterr->sys = sys;
		return LW_EIO;
	}
	/* the kernel's own words in errors; without them there are only errnos */
	setsockopt(fd, SOL_NETLINK, NETLINK_EXT_ACK, &on, sizeof(on));
	setsockopt(fd, SOL_NETLINK, NETLINK_CAP_ACK, &on, sizeof(on));
	return lw_net_open_fd(fd, interface, source, opt, ret, reterr);
}
