/* SPDX-License-Identifier: Apache-2.0 */
#include "eeprom.h"

#include <errno.h>
#include <fcntl.h>
#include <lanewise/files.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define DUMP_TEXT_LIMIT (16u << 20)

int cli_memory_read(const char *source, struct lw_arena *arena, struct lw_memory *ret,
		    struct lw_error *reterr)
{
	char *bytes;
	size_t n;
	int r;

	if (strncmp(source, "twin:", 5) == 0) {
		struct lw_image *img = lw_arena_alloc(arena, sizeof(*img));

		if (!img)
			return lw_fail(reterr, LW_ENOMEM, "out of memory");
		r = lw_file_source(source, img, reterr);
		return r ? r : lw_memory_from_image(img, arena, ret, reterr);
	}
	r = lw_file_read(source, DUMP_TEXT_LIMIT, &bytes, &n, reterr);
	if (r)
		return r;
	r = lw_memory_read((const uint8_t *)bytes, n, source, arena, ret, reterr);
	free(bytes);
	return r;
}

static int failed(const char *path, const char *what, struct lw_error *reterr)
{
	int sys = errno;
	int r = lw_fail_in(reterr, LW_EIO, path, 0, "%s: %s", what, strerror(sys));

	if (reterr)
		reterr->sys = sys;
	return r;
}

static int write_all(int fd, const uint8_t *p, size_t n)
{
	while (n) {
		ssize_t k = write(fd, p, n);

		if (k < 0 && errno == EINTR)
			continue;
		if (k < 0)
			return -1;
		p += k;
		n -= (size_t)k;
	}
	return 0;
}

/* The entry in the directory has to reach the disk too. Some file systems refuse; that is fine. */
static void sync_directory(const char *path)
{
	const char *slash = strrchr(path, '/');
	char *dir = slash ? strndup(path, slash == path ? 1 : (size_t)(slash - path)) : strdup(".");
	int fd = dir ? open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;

	if (fd >= 0) {
		fsync(fd);
		close(fd);
	}
	free(dir);
}

/* Write `bytes` into the open file `temp` and put it in place of `path`. */
static int fill_and_rename(int fd, const char *temp, const char *path, mode_t mode,
			   const void *bytes, size_t n, struct lw_error *reterr)
{
	int bad = write_all(fd, bytes, n) || fchmod(fd, mode) || fsync(fd);

	if (bad) {
		int r = failed(path, "cannot be written", reterr);

		close(fd);
		return r;
	}
	if (close(fd))
		return failed(path, "cannot be written", reterr);
	if (rename(temp, path))
		return failed(path, "cannot be replaced", reterr);
	sync_directory(path);
	return 0;
}

/* The permissions of a new file. */
static mode_t new_mode(const char *like)
{
	struct stat st;
	mode_t mask;

	if (like && stat(like, &st) == 0)
		return st.st_mode & 0777;
	mask = umask(0);
	umask(mask);
	return 0666 & ~mask;
}

int cli_replace_file(const char *path, const char *like, const void *bytes, size_t n,
		     struct lw_error *reterr)
{
	char *real = realpath(path, NULL), *temp;
	const char *target = real ? real : path;
	struct stat st;
	bool exists = stat(target, &st) == 0;
	size_t size = strlen(target) + sizeof(".XXXXXX");
	int fd, r;

	if (exists && !S_ISREG(st.st_mode)) {
		free(real);
		return lw_fail_in(reterr, LW_EINVAL, path, 0, "is no regular file");
	}
	temp = malloc(size);
	if (!temp) {
		free(real);
		return lw_fail_in(reterr, LW_ENOMEM, path, 0, "out of memory");
	}
	snprintf(temp, size, "%s.XXXXXX", target);
	fd = mkstemp(temp);
	if (fd < 0) {
		r = failed(path, "cannot be written", reterr);
	} else {
		r = fill_and_rename(fd, temp, target, exists ? st.st_mode & 07777 : new_mode(like),
				    bytes, n, reterr);
		if (r)
			unlink(temp);
	}
	free(temp);
	free(real);
	return r;
}

bool cli_same_file(const char *a, const char *b)
{
	struct stat x, y;

	return stat(a, &x) == 0 && stat(b, &y) == 0 && x.st_dev == y.st_dev && x.st_ino == y.st_ino;
}
