/* SPDX-License-Identifier: Apache-2.0 */
#define FUSE_USE_VERSION 35
#include "mount.h"
#include "served.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <fuse.h>
#include <fuse_log.h>
#include <fuse_lowlevel.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/** An open file, and who waits for its pin to change. */
struct handle {
	struct handle *next;
	int cage, file;
	bool seen;                    /* the pin's value as last read through this handle */
	struct fuse_pollhandle *wait; /* NULL: nobody waits */
};

struct lw_mount {
	struct lw_station *station;
	struct fuse *fuse;
	pthread_mutex_t lock; /* of the handles; taken before the station's, never after */
	struct handle *handles;
};

/* The files of a cage: its pins, as far as it has them, and two more. */
enum { EEPROM = LW_PINS, MAX_BANK_SIZE, FILES };

static const char *file_name(int file)
{
	return file == EEPROM          ? "eeprom"
	       : file == MAX_BANK_SIZE ? "max_bank_size"
				       : lw_pin_name((enum lw_pin)file);
}

static int pin_of_file(int file) /* -1: no pin */
{
	return file < LW_PINS ? file : -1;
}

static mode_t file_mode(int file)
{
	return file >= LW_PINS || lw_pin_is_input((enum lw_pin)file) ? 0644 : 0444;
}

static bool has_file(const struct lw_station *s, int cage, int file)
{
	return file >= LW_PINS || lw_station_has_pin(s, cage, (enum lw_pin)file);
}

/* What a path names: the root (all -1), a device (its first cage by id), a cage or a file. */
struct node {
	int device, cage, file;
};

static struct lw_mount *mount_of(void)
{
	return fuse_get_context()->private_data;
}

static struct lw_station *station(void)
{
	return mount_of()->station;
}

static struct handle *handle_of(const struct fuse_file_info *fi)
{
	return (struct handle *)(uintptr_t)fi->fh;
}

/* Cages in the order of their ids, in which those of a device are together. */
static const struct lw_cage *by_id(const struct lw_station *s, size_t i)
{
	return &s->fabric->cages[s->fabric->by_id[i]];
}

static int find_device(const struct lw_station *s, const char *name, size_t n)
{
	for (size_t i = 0; i < s->fabric->cage_n; i++)
		if (strncmp(by_id(s, i)->device, name, n) == 0 && !by_id(s, i)->device[n])
			return (int)i;
	return -1;
}

static int find(const struct lw_station *s, const char *path, struct node *ret)
{
	const char *device = path + 1, *cage, *file;
	char id[160];
	size_t n;

	*ret = (struct node){-1, -1, -1};
	if (!device[0])
		return 0;
	cage = strchr(device, '/');
	if (!cage) {
		ret->device = find_device(s, device, strlen(device));
		return ret->device < 0 ? -ENOENT : 0;
	}
	file = strchr(cage + 1, '/');
	n = file ? (size_t)(file - device) : strlen(device);
	if (n >= sizeof(id))
		return -ENOENT;
	memcpy(id, device, n);
	id[n] = '\0';
	ret->cage = lw_fabric_cage_find(s->fabric, id);
	if (ret->cage < 0)
		return -ENOENT;
	if (!file)
		return 0;
	for (int i = 0; i < FILES; i++)
		if (strcmp(file_name(i), file + 1) == 0 && has_file(s, ret->cage, i))
			ret->file = i;
	return ret->file < 0 ? -ENOENT : 0;
}

/* What a system call on an optoe file gives (serve 4). */
static int sys_error(int r)
{
	switch (r) {
	case LW_ENOPAGE:
		return -ENXIO;
	case LW_EINVAL:
		return -EINVAL;
	case LW_ENOMEM:
		return -ENOMEM;
	default:
		return -EIO;
	}
}

static struct node of_handle(const struct fuse_file_info *fi)
{
	return (struct node){-1, handle_of(fi)->cage, handle_of(fi)->file};
}

static int text_of(struct lw_mount *m, struct handle *h, char *ret, size_t size)
{
	int pin = pin_of_file(h->file);
	unsigned v = pin >= 0 ? lw_station_pin(m->station, h->cage, (enum lw_pin)pin)
			      : __atomic_load_n(&m->station->cage[h->cage].max_bank_size,
						__ATOMIC_RELAXED);

	pthread_mutex_lock(&m->lock);
	h->seen = v;
	pthread_mutex_unlock(&m->lock);
	return snprintf(ret, size, "%u\n", v);
}

static void *op_init(struct fuse_conn_info *conn, struct fuse_config *cfg)
{
	(void)conn;
	/* sizes and offsets must arrive as they are (serve 3); the tree never changes, but a file's
	 * size does, with what is plugged */
	cfg->direct_io = 1;
	cfg->entry_timeout = 3600;
	cfg->attr_timeout = 0;
	return fuse_get_context()->private_data;
}

static int op_getattr(const char *path, struct stat *st, struct fuse_file_info *fi)
{
	struct lw_station *s = station();
	struct lw_layout layout;
	struct node at;
	int r = 0;

	if (fi && !path)
		at = of_handle(fi);
	else
		r = find(s, path, &at);
	if (r)
		return r;
	memset(st, 0, sizeof(*st));
	st->st_uid = getuid();
	st->st_gid = getgid();
	st->st_blksize = 4096;
	if (at.file < 0) {
		st->st_mode = S_IFDIR | 0755;
		st->st_nlink = 2;
		return 0;
	}
	st->st_mode = S_IFREG | file_mode(at.file);
	st->st_nlink = 1;
	st->st_size = 2;
	if (at.file == EEPROM) {
		lw_station_layout(s, at.cage, &layout);
		st->st_size = (off_t)lw_layout_size(&layout);
	}
	return 0;
}

static int op_readdir(const char *path, void *buf, fuse_fill_dir_t fill, off_t off,
		      struct fuse_file_info *fi, enum fuse_readdir_flags flags)
{
	struct lw_station *s = station();
	struct node at;
	int r = find(s, path, &at);

	(void)off;
	(void)fi;
	(void)flags;
	if (r)
		return r;
	fill(buf, ".", NULL, 0, 0);
	fill(buf, "..", NULL, 0, 0);
	for (int i = 0; at.cage >= 0 && i < FILES; i++)
		if (has_file(s, at.cage, i))
			fill(buf, file_name(i), NULL, 0, 0);
	for (size_t i = 0; at.cage < 0 && i < s->fabric->cage_n; i++) {
		const struct lw_cage *c = by_id(s, i);

		if (at.device < 0 && (!i || strcmp(c->device, by_id(s, i - 1)->device) != 0))
			fill(buf, c->device, NULL, 0, 0);
		else if (at.device >= 0 &&
			 strcmp(c->device, by_id(s, (size_t)at.device)->device) == 0)
			fill(buf, c->name, NULL, 0, 0);
	}
	return 0;
}

static int op_open(const char *path, struct fuse_file_info *fi)
{
	struct lw_mount *m = mount_of();
	struct handle *h;
	struct node at;
	int r = find(m->station, path, &at);

	if (r)
		return r;
	if (at.file < 0)
		return -EISDIR;
	if ((fi->flags & O_ACCMODE) != O_RDONLY && !(file_mode(at.file) & 0200))
		return -EACCES;
	h = calloc(1, sizeof(*h));
	if (!h)
		return -ENOMEM;
	h->cage = at.cage;
	h->file = at.file;
	if (pin_of_file(at.file) >= 0)
		h->seen = lw_station_pin(m->station, at.cage, (enum lw_pin)at.file);
	pthread_mutex_lock(&m->lock);
	h->next = m->handles;
	m->handles = h;
	pthread_mutex_unlock(&m->lock);
	fi->direct_io = 1;
	fi->fh = (uintptr_t)h;
	return 0;
}

/* Nobody waits at this handle any more; with the lock held. */
static void stop_waiting(struct lw_mount *m, struct handle *h)
{
	if (!h->wait)
		return;
	fuse_pollhandle_destroy(h->wait);
	h->wait = NULL;
	__atomic_sub_fetch(&m->station->watchers, 1, __ATOMIC_RELAXED);
}

static int op_release(const char *path, struct fuse_file_info *fi)
{
	struct lw_mount *m = mount_of();
	struct handle *h = handle_of(fi), **at = &m->handles;

	(void)path;
	pthread_mutex_lock(&m->lock);
	while (*at != h)
		at = &(*at)->next;
	*at = h->next;
	stop_waiting(m, h);
	pthread_mutex_unlock(&m->lock);
	free(h);
	return 0;
}

/*
 * As in sysfs a pin can always be read and written; that it is another than was last read is told
 * as an exception. Who waits is woken by lw_mount_look().
 */
static int op_poll(const char *path, struct fuse_file_info *fi, struct fuse_pollhandle *wait,
		   unsigned *ret)
{
	struct lw_mount *m = mount_of();
	struct handle *h = handle_of(fi);
	int pin = pin_of_file(h->file);
	bool now;

	(void)path;
	*ret = POLLIN | POLLRDNORM | POLLOUT | POLLWRNORM;
	pthread_mutex_lock(&m->lock);
	stop_waiting(m, h);
	h->wait = wait;
	if (wait)
		__atomic_add_fetch(&m->station->watchers, 1, __ATOMIC_RELAXED);
	pthread_mutex_unlock(&m->lock);
	if (pin < 0)
		return 0;
	/* after `wait` is in place: a change from here on is seen by one or the other */
	now = lw_station_pin(m->station, h->cage, (enum lw_pin)pin);
	pthread_mutex_lock(&m->lock);
	if (now != h->seen)
		*ret |= POLLERR | POLLPRI;
	pthread_mutex_unlock(&m->lock);
	return 0;
}

void lw_mount_look(void *mount)
{
	struct lw_mount *m = mount;

	pthread_mutex_lock(&m->lock);
	for (struct handle *h = m->handles; h; h = h->next) {
		int pin = pin_of_file(h->file);

		if (!h->wait || pin < 0 ||
		    lw_station_look(m->station, h->cage, (enum lw_pin)pin) == h->seen)
			continue;
		fuse_notify_poll(h->wait);
		stop_waiting(m, h);
	}
	pthread_mutex_unlock(&m->lock);
}

static int op_read(const char *path, char *buf, size_t n, off_t off, struct fuse_file_info *fi)
{
	struct lw_station *s = station();
	struct node at = of_handle(fi);
	char text[16];
	int r;

	(void)path;
	if (at.file == EEPROM) {
		r = lw_served_read(s, at.cage, (uint8_t *)buf, n, (uint64_t)off);
		return r < 0 ? sys_error(r) : r;
	}
	r = text_of(mount_of(), handle_of(fi), text, sizeof(text));
	if (off >= r)
		return 0;
	if (n > (size_t)(r - off))
		n = (size_t)(r - off);
	memcpy(buf, text + off, n);
	return (int)n;
}

static int write_text(struct lw_station *s, struct node at, const char *p, size_t n)
{
	unsigned v = 0;
	size_t i = 0;

	for (; i < n && p[i] >= '0' && p[i] <= '9' && v < 1000; i++)
		v = 10 * v + (unsigned)(p[i] - '0');
	if (!i || (i < n && (p[i] != '\n' || i + 1 != n)))
		return -EINVAL;
	if (at.file == MAX_BANK_SIZE)
		__atomic_store_n(&s->cage[at.cage].max_bank_size, v, __ATOMIC_RELAXED);
	else if (v > 1)
		return -EINVAL;
	else
		lw_station_set_pin(s, at.cage, (enum lw_pin)at.file, v);
	return (int)n;
}

static int op_write(const char *path, const char *p, size_t n, off_t off, struct fuse_file_info *fi)
{
	struct lw_station *s = station();
	struct node at = of_handle(fi);
	int r;

	(void)path;
	if (at.file != EEPROM)
		return off ? -EINVAL : write_text(s, at, p, n);
	r = lw_served_write(s, at.cage, (const uint8_t *)p, n, (uint64_t)off);
	return r < 0 ? sys_error(r) : r;
}

/* "echo 1 > reset" truncates before it writes: as in sysfs that is nothing. */
static int op_truncate(const char *path, off_t size, struct fuse_file_info *fi)
{
	(void)path;
	(void)size;
	(void)fi;
	return 0;
}

static const struct fuse_operations operations = {
	.init = op_init,
	.getattr = op_getattr,
	.readdir = op_readdir,
	.open = op_open,
	.release = op_release,
	.poll = op_poll,
	.read = op_read,
	.write = op_write,
	.truncate = op_truncate,
};

/* libfuse says why it fails on standard error only; say our own line instead. */
static void be_quiet(enum fuse_log_level level, const char *fmt, va_list ap)
{
	(void)level;
	(void)fmt;
	(void)ap;
}

static int check_dir(const char *dir, bool nonempty, struct lw_error *reterr)
{
	const struct dirent *e;
	bool empty = true;
	DIR *d = opendir(dir);

	if (!d && errno == ENOTCONN)
		return lw_fail_in(reterr, LW_EIO, dir, 0,
				  "is still mounted by a server that died; end that with "
				  "\"fusermount3 -u %s\" (root: umount)",
				  dir);
	if (!d)
		return lw_fail_in(reterr, LW_EINVAL, dir, 0, "is no directory to mount on: %s",
				  strerror(errno));
	while ((e = readdir(d)))
		if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0)
			empty = false;
	closedir(d);
	if (!empty && !nonempty)
		return lw_fail_in(reterr, LW_EINVAL, dir, 0,
				  "is not empty; give an empty directory, or --nonempty to hide "
				  "what is in it");
	return 0;
}

static int check_fuse(struct lw_error *reterr)
{
	if (access("/dev/fuse", F_OK))
		return lw_fail(
			reterr, LW_EIO,
			"this machine has no /dev/fuse: \"modprobe fuse\", or in a container "
			"give it that device; --socket works without");
	if (access("/dev/fuse", R_OK | W_OK))
		return lw_fail(reterr, LW_EIO,
			       "/dev/fuse cannot be used: %s; --socket works without",
			       strerror(errno));
	return 0;
}

int lw_mount_create(struct lw_station *s, const char *dir, const struct lw_serve_options *opt,
		    struct lw_mount **ret, struct lw_error *reterr)
{
	char name[] = "lanewise", o[] = "-o", fsname[] = "fsname=lanewise,subtype=twin";
	char with_others[] = "fsname=lanewise,subtype=twin,allow_other";
	char *argv[] = {name, o, opt->allow_other ? with_others : fsname, NULL};
	struct fuse_args args = FUSE_ARGS_INIT(3, argv);
	struct lw_mount *m;
	int r = check_dir(dir, opt->nonempty, reterr);

	if (!r)
		r = check_fuse(reterr);
	if (r)
		return r;
	m = calloc(1, sizeof(*m));
	if (!m)
		return lw_fail(reterr, LW_ENOMEM, "no memory for a mount");
	fuse_set_log_func(be_quiet);
	m->station = s;
	pthread_mutex_init(&m->lock, NULL);
	m->fuse = fuse_new(&args, &operations, sizeof(operations), m);
	fuse_opt_free_args(&args);
	/* from here on a signal ends lw_mount_run(), and nothing stays mounted */
	if (!m->fuse || fuse_set_signal_handlers(fuse_get_session(m->fuse)) ||
	    fuse_mount(m->fuse, dir)) {
		r = lw_fail_in(reterr, LW_EIO, dir, 0,
			       "cannot be mounted (%s): this needs root or fusermount3 of the "
			       "package fuse3, and in a container the right to mount",
			       strerror(errno));
		if (m->fuse)
			fuse_destroy(m->fuse);
		free(m);
		return r;
	}
	*ret = m;
	return 0;
}

int lw_mount_run(struct lw_mount *m, struct lw_error *reterr)
{
	struct fuse_loop_config config = {.max_idle_threads = 4};
	int r = fuse_loop_mt(m->fuse, &config);

	return r < 0 ? lw_fail(reterr, LW_EIO, "the mount broke: %s", strerror(-r)) : 0;
}

void lw_mount_destroy(struct lw_mount *m)
{
	if (!m)
		return;
	fuse_unmount(m->fuse);
	fuse_remove_signal_handlers(fuse_get_session(m->fuse));
	fuse_destroy(m->fuse);
	while (m->handles) { /* of programs that still have a file open */
		struct handle *h = m->handles;

		m->handles = h->next;
		stop_waiting(m, h);
		free(h);
	}
	pthread_mutex_destroy(&m->lock);
	free(m);
}
