/* SPDX-License-Identifier: Apache-2.0 */
#include "file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define SECRET_MAX (1u << 16)

int lwd_file_secret(const char *path, char **ret, size_t *ret_n, struct lw_error *reterr)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	size_t n = 0;
	struct stat st;
	ssize_t got;
	char *s;

	if (fd < 0 || fstat(fd, &st)) {
		int sys = errno;

		if (fd >= 0)
			close(fd);
		return lw_fail_in(reterr, LW_ENOENT, path, 0, "cannot be opened: %s",
				  strerror(sys));
	}
	if (!S_ISREG(st.st_mode) || st.st_mode & 077 || st.st_size > SECRET_MAX) {
		close(fd);
		return lw_fail_in(reterr, LW_EINVAL, path, 0,
				  st.st_mode & 077 ? "others may read or change it; chmod 600"
						   : "is no small plain file");
	}
	s = malloc(SECRET_MAX + 1);
	while (s && n < SECRET_MAX && (got = read(fd, s + n, SECRET_MAX - n)) > 0)
		n += (size_t)got;
	close(fd);
	if (!s)
		return lw_fail(reterr, LW_ENOMEM, "out of memory");
	s[n] = '\0';
	*ret = s;
	*ret_n = n;
	return 0;
}

int lwd_file_take(int fd, char **ret, size_t *ret_n, struct lw_error *reterr)
{
	struct stat st = {0};
	bool sound = fstat(fd, &st) == 0;
	size_t want = (size_t)st.st_size, n = 0;
	char *s = sound ? malloc(want + 1) : NULL;
	ssize_t got;

	while (s && n < want && (got = pread(fd, s + n, want - n, (off_t)n)) > 0)
		n += (size_t)got;
	close(fd);
	if (!s || n < want) {
		free(s);
		return lw_fail(reterr, LW_EIO, "descriptor %d cannot be read", fd);
	}
	s[n] = '\0';
	*ret = s;
	*ret_n = n;
	return 0;
}
