/* SPDX-License-Identifier: Apache-2.0 */
#include "ports.h"
#include <errno.h>
#include <fts.h>
#include <lanewise/files.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* "lanewise port lint": every platform.json below the folders, each with every hwsku.json that lies
 * beside it or in the folders below it. */

struct file {
	const char *path;
	dev_t dev;
	ino_t ino;
};

struct files {
	struct file *v;
	size_t n, cap;
};

struct lint {
	bool json;
	struct lw_arena arena; /* of the lists */
	struct files platform, hwsku;
	size_t seen, portless, unreadable; /* platform files */
	size_t ports, modes, hwskus;
	size_t findings[LW_FATAL + 1];
	struct lw_buf text;
	struct lw_json j;
};

static int add_file(struct lw_arena *a, struct files *f, const FTSENT *e)
{
	struct file *v = lw_arena_grow(a, f->v, &f->cap, f->n + 1, sizeof(*v));

	if (!v)
		return -1;
	f->v = v;
	f->v[f->n++] = (struct file){lw_arena_strdup(a, e->fts_path), e->fts_statp->st_dev,
				     e->fts_statp->st_ino};
	return a->failed ? -1 : 0;
}

/* Links are followed: SONiC's tree has many. fts sees cycles itself. */
static int by_name(const FTSENT **a, const FTSENT **b)
{
	return strcmp((*a)->fts_name, (*b)->fts_name);
}

/* @return 0, or an exit status (said) */
static int walk(struct lint *l, char **folders)
{
	FTS *fts = fts_open(folders, FTS_LOGICAL | FTS_NOCHDIR, by_name);
	FTSENT *e;
	int status = 0;

	if (!fts) {
		fprintf(stderr, "lanewise: %s: %s\n", folders[0], strerror(errno));
		return CLI_DEVICE;
	}
	while (!status && (e = fts_read(fts))) {
		if (e->fts_level == 0 && (e->fts_info == FTS_NS || e->fts_info == FTS_ERR)) {
			fprintf(stderr, "lanewise: %s: %s\n", e->fts_path, strerror(e->fts_errno));
			status = CLI_USAGE;
		} else if (e->fts_info == FTS_F && strcmp(e->fts_name, "platform.json") == 0) {
			status = add_file(&l->arena, &l->platform, e) ? CLI_DEVICE : 0;
		} else if (e->fts_info == FTS_F && strcmp(e->fts_name, "hwsku.json") == 0) {
			status = add_file(&l->arena, &l->hwsku, e) ? CLI_DEVICE : 0;
		}
	}
	if (status == CLI_DEVICE)
		fprintf(stderr, "lanewise: out of memory\n");
	fts_close(fts);
	return status;
}

static size_t folder_length(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? (size_t)(slash - path) + 1 : 0;
}

static bool same_file(const struct file *a, const struct file *b)
{
	return a->ino == b->ino && a->dev == b->dev;
}

/* Does the hwsku lie beside the platform, or below it? */
static bool belongs(const struct file *hwsku, const struct file *platform)
{
	return strncmp(hwsku->path, platform->path, folder_length(platform->path)) == 0;
}

/* Was this very file, under another name, judged before? */
static bool judged(const struct lint *l, size_t i)
{
	for (size_t k = 0; k < i; k++)
		if (same_file(&l->platform.v[k], &l->platform.v[i]))
			return true;
	return false;
}

/* Was this pair of files, under other names, judged before? */
static bool pair_judged(const struct lint *l, size_t i, size_t h)
{
	for (size_t k = 0; k <= i; k++) {
		if (!same_file(&l->platform.v[k], &l->platform.v[i]))
			continue;
		for (size_t m = 0; m < (k == i ? h : l->hwsku.n); m++)
			if (same_file(&l->hwsku.v[m], &l->hwsku.v[h]) &&
			    belongs(&l->hwsku.v[m], &l->platform.v[k]))
				return true;
	}
	return false;
}

static void report(struct lint *l, const char *path, const struct lw_findings *f)
{
	for (size_t i = 0; i < f->n; i++)
		l->findings[f->v[i].severity]++;
	if (l->json) {
		lw_json_begin_object(&l->j);
		lw_json_key(&l->j, "file");
		lw_json_string(&l->j, path);
		lw_json_key(&l->j, "findings");
		lw_findings_json(f, &l->j);
		lw_json_end_object(&l->j);
	} else if (f->n) {
		printf("%s%s%s\n", cli_bold(), path, cli_plain());
		cli_print_port_findings(f, path, false);
	}
}

/* A file that cannot be read is a finding too: the others are still to be judged. */
static int report_error(struct lint *l, const char *path, const struct lw_error *e,
			struct lw_findings *f)
{
	char subject[160];

	l->unreadable++;
	snprintf(subject, sizeof(subject), "%s:%d", path, e->line);
	if (lw_findings_add(f, "unreadable", LW_FATAL, e->line ? subject : path,
			    "Correct the file.", "RFC 8259", "%s", e->message))
		return -1;
	report(l, path, f);
	return 0;
}

static int judge_hwsku(struct lint *l, const char *platform, const char *hwsku)
{
	struct lw_findings found;
	struct lw_arena arena;
	struct lw_platform p;
	struct lw_error e;
	int r;

	lw_arena_init(&arena, PORTS_MEMORY);
	lw_findings_init(&found, &arena);
	r = lw_file_platform(platform, hwsku, &arena, &p, &e);
	if (r == LW_ENOENT) {
		r = 0; /* a hwsku without ports, or a platform that was judged as another's link */
	} else if (r) {
		r = report_error(l, hwsku, &e, &found);
	} else if (!lw_platform_judge(&p, LW_JUDGE_FORCE, &found)) {
		l->hwskus++;
		report(l, hwsku, &found);
	} else {
		r = -1;
	}
	lw_arena_finish(&arena);
	return r;
}

/* @return 0, or -1 when memory is out */
static int judge_platform(struct lint *l, const struct file *file, bool *ret_portless)
{
	struct lw_findings found;
	struct lw_arena arena;
	struct lw_platform p;
	struct lw_error e;
	int r;

	l->seen++;
	lw_arena_init(&arena, PORTS_MEMORY);
	lw_findings_init(&found, &arena);
	r = lw_file_platform(file->path, NULL, &arena, &p, &e);
	*ret_portless = r == LW_ENOENT;
	if (r == LW_ENOENT) {
		l->portless++;
		lw_arena_finish(&arena);
		return 0;
	}
	if (r) {
		int failed = report_error(l, file->path, &e, &found);

		lw_arena_finish(&arena);
		return failed;
	}
	l->ports += p.port_n;
	for (size_t i = 0; i < p.port_n; i++)
		l->modes += p.port[i].mode_n;
	r = lw_platform_judge(&p, LW_JUDGE_PLATFORM, &found) ? -1 : 0;
	if (!r)
		report(l, file->path, &found);
	lw_arena_finish(&arena);
	return r;
}

/* @return 0, or -1 when memory is out */
static int judge_all(struct lint *l)
{
	for (size_t i = 0; i < l->platform.n; i++) {
		const struct file *file = &l->platform.v[i];
		bool portless = false;

		if (!judged(l, i) && judge_platform(l, file, &portless))
			return -1;
		for (size_t h = 0; !portless && h < l->hwsku.n; h++)
			if (belongs(&l->hwsku.v[h], file) && !pair_judged(l, i, h) &&
			    judge_hwsku(l, file->path, l->hwsku.v[h].path))
				return -1;
	}
	return 0;
}

static int summary(struct lint *l)
{
	size_t bad = l->findings[LW_RISK] + l->findings[LW_FATAL];
	const struct {
		const char *key;
		size_t n;
	} rows[] = {{"platforms", l->seen},
		    {"without_ports", l->portless},
		    {"unreadable", l->unreadable},
		    {"ports", l->ports},
		    {"modes", l->modes},
		    {"hwskus", l->hwskus},
		    {"fatal", l->findings[LW_FATAL]},
		    {"risk", l->findings[LW_RISK]},
		    {"info", l->findings[LW_INFO]}};

	if (l->json) {
		lw_json_end_array(&l->j);
		lw_json_key(&l->j, "summary");
		lw_json_begin_object(&l->j);
		for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
			lw_json_key(&l->j, rows[i].key);
			lw_json_int(&l->j, (int64_t)rows[i].n);
		}
		lw_json_end_object(&l->j);
		lw_json_end_object(&l->j);
		lw_buf_putc(&l->text, '\n');
		if (cli_write(&l->text))
			return CLI_DEVICE;
	} else {
		printf("%zu platform%s (%zu without ports, %zu unreadable), %zu ports, %zu modes, "
		       "%zu hwskus: %zu fatal, %zu risk, %zu info\n",
		       l->seen, l->seen == 1 ? "" : "s", l->portless, l->unreadable, l->ports,
		       l->modes, l->hwskus, l->findings[LW_FATAL], l->findings[LW_RISK],
		       l->findings[LW_INFO]);
	}
	return bad ? CLI_BAD_NEWS : CLI_OK;
}

int cli_port_lint(const struct cli_command *self, int argc, char **argv, bool json)
{
	struct lint l = {.json = json, .text = LW_BUF_INIT};
	char **folders;
	int status;

	if (argc == 0)
		return cli_usage(self, "lint needs a folder");
	folders = calloc((size_t)argc + 1, sizeof(*folders));
	if (!folders)
		return CLI_DEVICE;
	memcpy(folders, argv, (size_t)argc * sizeof(*folders));
	lw_arena_init(&l.arena, PORTS_MEMORY);
	status = walk(&l, folders);
	free(folders);
	if (!status && !l.platform.n) {
		fprintf(stderr, "lanewise: there is no platform.json below %s\n", argv[0]);
		status = CLI_USAGE;
	}
	if (!status && json) {
		lw_json_init(&l.j, &l.text);
		lw_json_begin_object(&l.j);
		lw_json_key(&l.j, "files");
		lw_json_begin_array(&l.j);
	}
	if (!status && judge_all(&l)) {
		fprintf(stderr, "lanewise: out of memory\n");
		status = CLI_DEVICE;
	}
	if (!status)
		status = summary(&l);
	lw_arena_finish(&l.arena);
	return status;
}
