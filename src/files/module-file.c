/* SPDX-License-Identifier: Apache-2.0 */
/* The memory of a module from a file: dump, recipe or bus trace. */
#include <lanewise/files.h>
#include <lanewise/image.h>
#include <lanewise/recipe.h>
#include <lanewise/scenario.h>
#include <lanewise/trace.h>
#include <stdlib.h>
#include <string.h>

#define FILE_LIMIT (16u << 20)

static int from_recipe(const char *text, size_t n, const char *path, struct lw_image *ret,
		       struct lw_error *reterr)
{
	struct lw_recipe recipe;
	struct lw_memory m;
	struct lw_arena arena;
	int r;

	lw_arena_init(&arena, 0);
	r = lw_recipe_load(text, n, path, &arena, &recipe, reterr);
	if (!r)
		r = lw_recipe_make(&recipe, &arena, &m, reterr);
	if (!r)
		r = lw_image_parse(m.bytes, m.n, path, ret, reterr);
	lw_arena_finish(&arena);
	return r;
}

static int from_trace(const char *text, size_t n, const char *path, struct lw_image *ret,
		      struct lw_error *reterr)
{
	struct lw_arena arena;
	struct lw_trace trace;
	int r;

	lw_arena_init(&arena, 0);
	r = lw_trace_load(text, n, path, &arena, &trace, reterr);
	if (!r)
		r = lw_trace_image(&trace, LW_MAP_NONE, ret, NULL, reterr);
	lw_arena_finish(&arena);
	return r;
}

static bool ends_with(const char *s, const char *end)
{
	size_t n = strlen(s), m = strlen(end);

	return n > m && strcmp(s + n - m, end) == 0;
}

/* By its name; anything else is a dump, whose content tells more. */
static enum lw_source kind_of(const char *path)
{
	if (ends_with(path, ".yaml") || ends_with(path, ".yml"))
		return LW_SOURCE_RECIPE;
	return ends_with(path, ".trace") ? LW_SOURCE_TRACE : LW_SOURCE_DUMP;
}

int lw_file_module(enum lw_source source, const char *path, struct lw_image *ret,
		   struct lw_error *reterr)
{
	char *text = NULL;
	size_t n = 0;
	int r;

	if (source == LW_SOURCE_PART)
		source = kind_of(path);
	if (source == LW_SOURCE_DUMP)
		return lw_file_source(path, ret, reterr);
	r = lw_file_read(path, FILE_LIMIT, &text, &n, reterr);
	if (r)
		return r;
	r = source == LW_SOURCE_RECIPE ? from_recipe(text, n, path, ret, reterr)
				       : from_trace(text, n, path, ret, reterr);
	free(text);
	return r;
}

int lw_file_module_of(void *ctx, enum lw_source source, const char *path, struct lw_image *ret,
		      struct lw_error *reterr)
{
	const char *fabric = ctx, *slash = fabric ? strrchr(fabric, '/') : NULL;
	struct lw_buf full = LW_BUF_INIT;
	int r;

	if (!slash || path[0] == '/' || strncmp(path, "twin:", 5) == 0)
		return lw_file_module(source, path, ret, reterr);
	lw_buf_printf(&full, "%.*s/%s", (int)(slash - fabric), fabric, path);
	r = full.failed ? lw_fail(reterr, LW_ENOMEM, "out of memory")
			: lw_file_module(source, lw_buf_str(&full), ret, reterr);
	lw_buf_finish(&full);
	return r;
}

/* `path` as somebody wrote it in the file `from`. */
static char *path_from(const char *from, const char *path, struct lw_arena *arena)
{
	const char *slash = strrchr(from, '/');

	if (!slash || path[0] == '/')
		return lw_arena_strdup(arena, path);
	return lw_arena_printf(arena, "%.*s/%s", (int)(slash - from), from, path);
}

int lw_file_scenario_fabric(const char *path, const char *text, size_t n, const char *instead,
			    struct lw_arena *arena, struct lw_fabric *ret, struct lw_error *reterr)
{
	const char *named = NULL, *file = instead;
	int r = 0;

	if (!file)
		r = lw_scenario_fabric(text, n, path, arena, &named, reterr);
	if (r)
		return r;
	if (!file && !named)
		return lw_fail_in(reterr, LW_EINVAL, path, 0,
				  "the scenario names no fabric; write fabric: FILE, or give one "
				  "with --fabric");
	if (!file)
		file = path_from(path, named, arena);
	return file ? lw_file_fabric(file, arena, ret, reterr)
		    : lw_fail(reterr, LW_ENOMEM, "out of memory");
}
