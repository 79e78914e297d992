/* SPDX-License-Identifier: Apache-2.0 */
/* Who drives a module: one program at a time, of those that ask here (device 7). */
#include "device-internal.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/*
 * A lock on bytes of the device's file that nobody reads or writes for it: it begins where the
 * module's address has its place, and is as long as the number of the process that holds it. So
 * two programs at one module meet, those at two modules of one adapter do not, and whoever is
 * turned away learns by whom. It belongs to the open file and ends with it, however that ends.
 */
#define PLACE_SHIFT 24 /* Linux has at most 2^22 processes */

static struct flock lock_of(const struct lw_device *d)
{
	return (struct flock){.l_type = F_WRLCK,
			      .l_whence = SEEK_SET,
			      .l_start = (off_t)d->place << PLACE_SHIFT,
			      .l_len = getpid()};
}

/* "lanewised (process 812)", or less when less can be known. */
static void name_process(long pid, char *ret, size_t size)
{
	char path[48], name[32] = "";
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%ld/comm", pid);
	f = fopen(path, "re");
	if (f && fgets(name, sizeof(name), f))
		name[strcspn(name, "\n")] = '\0';
	if (f)
		fclose(f);
	for (char *c = name; *c; c++) /* programs name themselves */
		if (!isprint((unsigned char)*c))
			*c = '?';
	snprintf(ret, size, *name ? "%s (process %ld)" : "%sprocess %ld", name, pid);
}

static int fail_kept(const struct lw_device *d, struct lw_error *reterr)
{
	struct flock l = lock_of(d);
	char who[64] = "another program";

	if (fcntl(d->fd, F_OFD_GETLK, &l) == 0 && l.l_type != F_UNLCK && l.l_len > 0) {
		if (l.l_len == getpid())
			return lw_fail_in(
				reterr, LW_EIO, d->source, 0,
				"this program drives the same module already, for another "
				"cage: each has its own");
		name_process((long)l.l_len, who, sizeof(who));
	}
	return lw_fail_in(reterr, LW_EIO, d->source, 0,
			  "%s drives this module: stop it, or have it do this; nothing was written",
			  who);
}

int lw_device_keep(struct lw_device *d, struct lw_error *reterr)
{
	struct flock l = lock_of(d);
	int sys;

	if (d->kept || d->fd < 0 || d->opt.read_only || !d->raw->write)
		return 0;
	if (fcntl(d->fd, F_OFD_SETLK, &l) == 0) {
		d->kept = true;
		return 0;
	}
	sys = errno;
	if (sys == EAGAIN || sys == EACCES)
		fail_kept(d, reterr);
	else
		lw_fail_in(reterr, LW_EIO, d->source, 0,
			   "it cannot be locked, so another program might write too: %s",
			   strerror(sys));
	if (reterr)
		reterr->sys = sys;
	return LW_EIO;
}
