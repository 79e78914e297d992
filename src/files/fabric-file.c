/* SPDX-License-Identifier: Apache-2.0 */
#include <lanewise/digest.h>
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

/* Who reads the files of a fabric. */
struct reader {
	const char *path; /* of the fabric file: others are relative to it */
	uint64_t *digest; /* of all that was read; NULL: nobody asks */
};

static void note(const struct reader *d, const void *p, size_t n)
{
	if (d->digest)
		*d->digest = lw_digest(*d->digest, p, n);
}

static int read_list(void *ctx, const char *path, struct lw_arena *arena, const char **ret,
		     size_t *ret_n, struct lw_error *reterr)
{
	const struct reader *d = ctx;
	int r = lw_file_beside((void *)(uintptr_t)d->path, path, arena, ret, ret_n, reterr);

	if (!r)
		note(d, *ret, *ret_n);
	return r;
}

static int read_module(void *ctx, enum lw_source source, const char *path, struct lw_image *ret,
		       struct lw_error *reterr)
{
	const struct reader *d = ctx;
	int r = lw_file_module_of((void *)(uintptr_t)d->path, source, path, ret, reterr);

	if (r)
		return r;
	note(d, &ret->map, sizeof(ret->map));
	note(d, ret->present, sizeof(ret->present));
	for (unsigned i = 0; i < LW_BANKS_MAX; i++)
		for (unsigned k = 0; k < LW_SLOTS_MAX; k++)
			if (ret->present[i][k])
				note(d, ret->slot[i][k], sizeof(ret->slot[i][k]));
	return 0;
}

static int load(struct reader *d, const struct lw_fabric_watch *watch, struct lw_arena *arena,
		struct lw_fabric *ret, struct lw_error *reterr)
{
	char *text = NULL;
	size_t n = 0;
	int r = lw_file_read(d->path, FABRIC_LIMIT, &text, &n, reterr);

	if (r)
		return r;
	note(d, text, n);
	r = lw_fabric_load_watched(text, n, d->path, read_list, d, watch, arena, ret, reterr);
	free(text);
	return r ? r : lw_fabric_resolve(ret, read_module, d, reterr);
}

int lw_file_fabric(const char *path, struct lw_arena *arena, struct lw_fabric *ret,
		   struct lw_error *reterr)
{
	return lw_file_fabric_watched(path, NULL, arena, ret, reterr);
}

int lw_file_fabric_watched(const char *path, const struct lw_fabric_watch *watch,
			   struct lw_arena *arena, struct lw_fabric *ret, struct lw_error *reterr)
{
	return load(&(struct reader){.path = path}, watch, arena, ret, reterr);
}

int lw_file_fabric_digest(const char *path, struct lw_arena *arena, struct lw_fabric *ret,
			  uint64_t *ret_digest, struct lw_error *reterr)
{
	uint64_t digest = LW_DIGEST_START;
	int r = load(&(struct reader){path, &digest}, NULL, arena, ret, reterr);

	if (!r)
		*ret_digest = digest;
	return r;
}
