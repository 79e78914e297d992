/* SPDX-License-Identifier: Apache-2.0 */
#include <lanewise/files.h>
#include <stdlib.h>
#include <string.h>

/* SONiC too tells port_config.ini by its name. */
bool lw_file_is_ini(const char *path)
{
	size_t n = strlen(path);

	return n > 4 && strcmp(path + n - 4, ".ini") == 0;
}

int lw_file_platform(const char *path, const char *hwsku, struct lw_arena *arena,
		     struct lw_platform *ret, struct lw_error *reterr)
{
	char *text = NULL;
	size_t n = 0;
	int r = lw_file_read(path, LW_PLATFORM_BYTES_MAX, &text, &n, reterr);

	if (!r && lw_file_is_ini(path))
		r = lw_platform_load_ini(text, n, path, arena, ret, reterr);
	else if (!r)
		r = lw_platform_load(text, n, path, arena, ret, reterr);
	free(text);
	if (r || !hwsku)
		return r;
	text = NULL;
	r = lw_file_read(hwsku, LW_PLATFORM_BYTES_MAX, &text, &n, reterr);
	if (!r)
		r = lw_platform_hwsku(ret, text, n, hwsku, reterr);
	free(text);
	return r;
}
