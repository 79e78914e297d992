/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <lanewise/files.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int lw_file_read(const char *path, size_t limit, char **ret, size_t *ret_n, struct lw_error *reterr)
{
	bool standard = strcmp(path, "-") == 0;
	FILE *f = standard ? stdin : fopen(path, "rb");
	size_t n = 0, cap = 65536;
	char *s, *bigger;
	int r = 0;

	if (!f)
		return lw_fail_in(reterr, LW_ENOENT, path, 0, "cannot be opened: %s",
				  strerror(errno));
	s = malloc(cap + 1);
	while (s) {
		n += fread(s + n, 1, cap - n, f);
		if (n < cap || n > limit)
			break;
		bigger = realloc(s, 2 * cap + 1);
		if (!bigger) {
			free(s);
			s = NULL;
			break;
		}
		s = bigger;
		cap *= 2;
	}
	if (!s)
		r = lw_fail_in(reterr, LW_ENOMEM, path, 0, "out of memory");
	else if (ferror(f))
		r = lw_fail_in(reterr, LW_EINVAL, path, 0, "cannot be read: %s", strerror(errno));
	else if (n > limit)
		r = lw_fail_in(reterr, LW_ELIMIT, path, 0, "is larger than %zu bytes", limit);
	if (!standard)
		fclose(f);
	if (r || !s) {
		free(s);
		return r;
	}
	s[n] = '\0';
	*ret = s;
	*ret_n = n;
	return 0;
}
