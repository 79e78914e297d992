/* SPDX-License-Identifier: Apache-2.0 */
#include "platform-cache.h"

#include "ports.h"
#include <lanewise/files.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

struct platform_entry {
	struct platform_entry *next;
	char *path;
	struct lw_arena arena;
	struct lw_platform platform;
};

static bool is_there(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISREG(st.st_mode);
}

/* The description in a folder, or the file itself. */
static int read_platform(struct platform_entry *e, const char *path, struct lw_error *reterr)
{
	struct lw_buf file = LW_BUF_INIT, hwsku = LW_BUF_INIT;
	struct stat st;
	int rc;

	if (stat(path, &st) == 0 && S_ISDIR(st.st_mode)) {
		lw_buf_printf(&file, "%s/platform.json", path);
		lw_buf_printf(&hwsku, "%s/hwsku.json", path);
		if (!file.failed && !is_there(lw_buf_str(&file))) {
			lw_buf_clear(&file);
			lw_buf_printf(&file, "%s/port_config.ini", path);
			lw_buf_clear(&hwsku);
		}
	} else {
		lw_buf_puts(&file, path);
	}
	rc = file.failed || hwsku.failed
		     ? lw_fail(reterr, LW_ENOMEM, "out of memory")
		     : lw_file_platform(lw_buf_str(&file),
					hwsku.len && is_there(lw_buf_str(&hwsku))
						? lw_buf_str(&hwsku)
						: NULL,
					&e->arena, &e->platform, reterr);
	lw_buf_finish(&file);
	lw_buf_finish(&hwsku);
	return rc;
}

int cli_platform_cached(void *ctx, const char *path, struct lw_platform **ret,
			struct lw_error *reterr)
{
	struct platform_cache *c = ctx;
	const char *slash = c->fabric ? strrchr(c->fabric, '/') : NULL;
	struct lw_buf full = LW_BUF_INIT;
	struct platform_entry *e;
	int rc;

	for (e = c->first; e; e = e->next)
		if (strcmp(e->path, path) == 0) {
			*ret = &e->platform;
			return 0;
		}
	e = calloc(1, sizeof(*e));
	if (e)
		e->path = strdup(path);
	if (!e || !e->path) {
		free(e);
		return lw_fail(reterr, LW_ENOMEM, "out of memory");
	}
	if (slash && path[0] != '/')
		lw_buf_printf(&full, "%.*s/", (int)(slash - c->fabric), c->fabric);
	lw_buf_puts(&full, path);
	lw_arena_init(&e->arena, PORTS_MEMORY);
	e->next = c->first;
	c->first = e;
	rc = full.failed ? lw_fail(reterr, LW_ENOMEM, "out of memory")
			 : read_platform(e, lw_buf_str(&full), reterr);
	lw_buf_finish(&full);
	if (!rc)
		*ret = &e->platform;
	return rc;
}

void cli_platform_cache_finish(struct platform_cache *c)
{
	while (c->first) {
		struct platform_entry *e = c->first;

		c->first = e->next;
		lw_arena_finish(&e->arena);
		free(e->path);
		free(e);
	}
}
