/* SPDX-License-Identifier: Apache-2.0 */
#include <lanewise/files.h>
#include <stdlib.h>
#include <string.h>

#define FABRIC_LIMIT (64u << 20)
#define LIST_LIMIT   (512u << 20) /* a million cables take 80 MB */

int lw_file_beside(void *ctx, const char *path, struct lw_arena *arena, const char **ret,
		   size_t *ret_n, struct lw_error *reterr)
{
	const char *file = ctx, *slash = strrchr(file, '/');
	const char *full =
		path[0] == '/' || !slash
			? path
			: lw_arena_printf(arena, "%.*s/%s", (int)(slash - file), file, path);
	char *text = NULL;
	int rc;

	if (!full)
		return lw_fail(reterr, LW_ENOMEM, "out of memory");
	rc = lw_file_read(full, LIST_LIMIT, &text, ret_n, reterr);
	if (rc)
		return rc;
	*ret = lw_arena_strndup(arena, text, *ret_n);
	free(text);
	return *ret ? 0 : lw_fail(reterr, LW_ENOMEM, "out of memory");
}

int lw_file_fabric(const char *path, struct lw_arena *arena, struct lw_fabric *ret,
		   struct lw_error *reterr)
{
	return lw_file_fabric_watched(path, NULL, arena, ret, reterr);
}

int lw_file_fabric_watched(const char *path, const struct lw_fabric_watch *watch,
			   struct lw_arena *arena, struct lw_fabric *ret, struct lw_error *reterr)
{
	char *text = NULL;
	size_t n = 0;
	int r = lw_file_read(path, FABRIC_LIMIT, &text, &n, reterr);

	if (r)
		return r;
	r = lw_fabric_load_watched(text, n, path, lw_file_beside, (void *)(uintptr_t)path, watch,
				   arena, ret, reterr);
	free(text);
	return r ? r : lw_fabric_resolve(ret, lw_file_module_of, (void *)(uintptr_t)path, reterr);
}
