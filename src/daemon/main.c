/* SPDX-License-Identifier: Apache-2.0 */
/* lanewised: keeps the links of a switch up, and lets people and machines see why. */
#include "api.h"
#include "core.h"
#include "log.h"

#include <lanewise/files.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define CONFIG_MAX (1u << 20)
#define API_FD     3

static void help(FILE *to)
{
	fputs("lanewised - keeps the links of a switch up and tells why they are not\n\n"
	      "usage: lanewised [OPTION...] CONFIG\n\n"
	      "  -n, --check  read the configuration and its fabric, say what is wrong, and end\n"
	      "  --once       end when all links have settled\n"
	      "  --help       this text\n"
	      "  --version    which version this is\n\n"
	      "CONFIG is a YAML file (docs/daemon.md); names in it are relative to it. SIGTERM "
	      "ends\n"
	      "the daemon and leaves the modules as they are; SIGHUP reads the tokens anew.\n\n"
	      "  lanewised examples/lanewised.yaml\n\n"
	      "Exit status: 0 all well, 2 wrong usage or unreadable input, 3 a device failed.\n",
	      to);
}

static int fail(const struct lw_error *e)
{
	char line[16] = "";

	if (e->line)
		snprintf(line, sizeof(line), "%d", e->line);
	lwd_log(LWD_ERROR, "error", "where", e->where[0] ? e->where : NULL, "line",
		line[0] ? line : NULL, "text", e->message, NULL);
	return lw_exit_status(e->code);
}

/* Into the folder of the file, so that names in it are relative to it. */
static int enter(const char *path, char *full, struct lw_error *reterr)
{
	char dir[PATH_MAX], *slash;

	if (!realpath(path, full))
		return lw_fail_in(reterr, LW_ENOENT, path, 0, "there is no such file");
	strcpy(dir, full);
	slash = strrchr(dir, '/');
	slash[slash == dir] = '\0';
	if (chdir(dir))
		return lw_fail_in(reterr, LW_EIO, dir, 0, "cannot be entered");
	return 0;
}

static int load(const char *path, struct lw_arena *arena, struct lwd_config *ret,
		struct lw_error *reterr)
{
	char *text = NULL;
	size_t n = 0;
	int r = lw_file_read(path, CONFIG_MAX, &text, &n, reterr);

	if (!r)
		r = lwd_config_load(text, n, path, arena, ret, reterr);
	free(text);
	return r;
}

static int serve_api(const char *path)
{
	struct lwd_config c;
	struct lw_arena arena;
	struct lw_error e;
	int r;

	lw_arena_init(&arena, 0);
	r = load(path, &arena, &c, &e);
	if (!r)
		r = lwd_api_run(&c, API_FD, &e);
	if (r)
		r = fail(&e);
	lw_arena_finish(&arena);
	return r;
}

static int serve(const char *path, bool check, bool once, const char *self)
{
	struct lwd_config c;
	struct lw_arena arena;
	struct lw_fabric f;
	struct lw_error e;
	char full[PATH_MAX];
	int r = enter(path, full, &e);

	lw_arena_init(&arena, 0);
	if (!r)
		r = load(full, &arena, &c, &e);
	if (!r)
		r = lw_file_fabric(c.fabric, &arena, &f, &e);
	if (!r)
		r = lwd_config_fits(&c, &f, path, &e);
	if (!r && check)
		printf("%s: all well: %zu cages, %zu links\n", path, f.cage_n, f.link_n);
	else if (!r)
		r = lwd_core_run(
			&c, &f,
			&(struct lwd_options){.config_path = full, .self = self, .once = once}, &e);
	if (r)
		r = fail(&e);
	lw_arena_finish(&arena);
	return r;
}

int main(int argc, char **argv)
{
	bool check = false, once = false;
	int i;

	if (argc == 3 && strcmp(argv[1], "--api") == 0)
		return serve_api(argv[2]);
	for (i = 1; i < argc && argv[i][0] == '-' && argv[i][1]; i++) {
		const char *a = argv[i];

		if (strcmp(a, "-n") == 0 || strcmp(a, "--check") == 0) {
			check = true;
		} else if (strcmp(a, "--once") == 0) {
			once = true;
		} else if (strcmp(a, "--help") == 0 || strcmp(a, "-h") == 0) {
			help(stdout);
			return 0;
		} else if (strcmp(a, "--version") == 0) {
			printf("lanewised %s\n", LW_VERSION);
			return 0;
		} else {
			fprintf(stderr, "lanewised: there is no option %s; see --help\n", a);
			return 2;
		}
	}
	if (argc - i != 1) {
		help(stderr);
		return 2;
	}
	return serve(argv[i], check, once, argv[0]);
}
