/* SPDX-License-Identifier: Apache-2.0 */
/* A folder of dumps and JSON files: DIR/DEVICE/CAGE.bin, .hex, .txt; DIR/DEVICE/ANY.json and
 * DIR/DEVICE.json. */
#include "against.h"

#include "cli.h"
#include "platform-cache.h"
#include <errno.h>
#include <fts.h>
#include <lanewise/exchange.h>
#include <lanewise/files.h>
#include <stdlib.h>
#include <string.h>

#define JSON_LIMIT (64u << 20)

struct walk {
	struct lw_seen seen;
	struct lw_index devices;
	size_t files;
};

static int add_json(struct walk *w, const char *device, const char *path, struct lw_error *reterr)
{
	char *text = NULL;
	size_t n = 0;
	int rc = lw_file_read(path, JSON_LIMIT, &text, &n, reterr);

	if (!rc)
		rc = lw_seen_add_json(&w->seen, device, text, n, path, reterr);
	free(text);
	return rc;
}

static int add_dump(struct walk *w, const char *device, const char *cage, const char *path,
		    struct lw_error *reterr)
{
	uint32_t at = lw_seen_port(&w->seen, device, cage);
	struct lw_image image;
	struct lw_facts facts;
	struct lw_view view;
	int rc;

	if (at == LW_INDEX_NONE)
		return lw_findings_add(&w->seen.findings, "port-unknown", LW_INFO, device,
				       "Name the file after a cage of the plan.", path,
				       "%s is no cage of the plan", cage);
	rc = lw_file_module(LW_SOURCE_DUMP, path, &image, reterr);
	if (rc)
		return rc;
	lw_image_view(&image, &view);
	lw_facts_decode(&view, &facts);
	return lw_seen_add_facts(&w->seen, (int)w->seen.far_cage[at], path, &facts, reterr);
}

/* The name without its last ending, and that ending. */
static const char *cut_ending(char *name)
{
	char *dot = strrchr(name, '.');

	if (!dot)
		return "";
	*dot = '\0';
	return dot + 1;
}

static int add_file(struct walk *w, FTSENT *x, struct lw_error *reterr)
{
	bool top = x->fts_level == 1;
	char name[256];
	const char *ending, *device;

	if (x->fts_namelen >= sizeof(name))
		return 0;
	memcpy(name, x->fts_name, x->fts_namelen + 1u);
	ending = cut_ending(name);
	if (top && strchr(name, '.'))
		cut_ending(name); /* leaf1.lldp.json */
	device = top ? name : x->fts_parent->fts_name;
	if (lw_index_get(&w->devices, device) == LW_INDEX_NONE)
		return lw_findings_add(&w->seen.findings, "port-unknown", LW_INFO, x->fts_path,
				       "Name files and folders after devices.", "",
				       "%s is no device of the plan", device)
			       ? lw_fail(reterr, LW_ENOMEM, "out of memory")
			       : 0;
	w->files++;
	if (strcmp(ending, "json") == 0)
		return add_json(w, device, x->fts_path, reterr);
	if (!top && (strcmp(ending, "bin") == 0 || strcmp(ending, "hex") == 0 ||
		     strcmp(ending, "txt") == 0))
		return add_dump(w, device, name, x->fts_path, reterr);
	return 0;
}

static int by_name(const FTSENT **a, const FTSENT **b)
{
	return strcmp((*a)->fts_name, (*b)->fts_name);
}

/* Dumps come before JSON: what a memory says is better than what a host says of it. */
static int walk_dir(struct walk *w, const char *dir, bool json, struct lw_error *reterr)
{
	char *roots[2] = {strdup(dir), NULL};
	FTS *fts = roots[0] ? fts_open(roots, FTS_PHYSICAL | FTS_NOCHDIR, by_name) : NULL;
	FTSENT *x;
	int rc = 0;

	if (!fts)
		rc = lw_fail_in(reterr, LW_ENOENT, dir, 0, "cannot be read: %s", strerror(errno));
	while (!rc && (x = fts_read(fts)) != NULL) {
		size_t n = x->fts_namelen;
		bool is_json = n > 5 && strcmp(x->fts_name + n - 5, ".json") == 0;

		if (x->fts_info == FTS_NS || x->fts_info == FTS_DNR || x->fts_info == FTS_ERR)
			rc = lw_fail_in(reterr, LW_ENOENT, x->fts_path, 0, "cannot be read: %s",
					strerror(x->fts_errno));
		else if (x->fts_info == FTS_D && x->fts_level > 1)
			fts_set(fts, x, FTS_SKIP);
		else if (x->fts_info == FTS_F && is_json == json)
			rc = add_file(w, x, reterr);
	}
	if (fts)
		fts_close(fts);
	free(roots[0]);
	return rc;
}

int cli_against(const struct lw_fabric *f, const char *path, const char *dir,
		struct lw_findings *ret, struct lw_error *reterr)
{
	struct platform_cache platforms = {.fabric = path};
	struct walk w = {0};
	int rc = lw_seen_init(&w.seen, f, cli_platform_cached, &platforms, f->arena, reterr);

	lw_index_init(&w.devices, f->arena);
	for (size_t d = 0; !rc && d < f->device_n; d++)
		if (lw_index_put(&w.devices, f->devices[d].name, (uint32_t)d, NULL) < 0)
			rc = lw_fail(reterr, LW_ENOMEM, "out of memory");
	if (!rc)
		rc = walk_dir(&w, dir, false, reterr);
	if (!rc)
		rc = walk_dir(&w, dir, true, reterr);
	if (!rc && !w.files)
		rc = lw_fail_in(
			reterr, LW_ENOENT, dir, 0,
			"holds nothing of the devices of this fabric; see docs/exchange.md");
	if (!rc && lw_seen_compare(&w.seen, ret))
		rc = lw_fail(reterr, LW_ENOMEM, "out of memory");
	cli_platform_cache_finish(&platforms);
	return rc;
}
