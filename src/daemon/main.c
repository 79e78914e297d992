/* SPDX-License-Identifier: Apache-2.0 */
/* lanewised: keeps the links of a switch up, and lets people and machines see why. */
#include "api.h"
#include "child.h"
#include "core.h"
#include "file.h"
#include "log.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void help(FILE *to)
{
	fputs("lanewised - keeps the links of a switch up and tells why they are not\n\n"
	      "usage: lanewised [OPTION...] CONFIG\n\n"
	      "  -n, --check  read the configuration and the files that it names, say what is\n"
	      "               wrong, and end\n"
	      "  --once       end when all links have settled\n"
	      "  --help       this text\n"
	      "  --version    which version this is\n\n"
	      "CONFIG is a YAML file (docs/daemon.md); names in it are relative to it. SIGTERM "
	      "ends\n"
	      "the daemon and leaves the modules as they are. SIGHUP reads all of it anew: what "
	      "is\n"
	      "right takes effect, and no link minds; of what is wrong nothing does.\n\n"
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

static int serve_api(const char *path)
{
	struct lwd_pem text = {.file = path}, certificate = {0}, key = {0};
	struct lwd_config c;
	struct lw_arena arena;
	struct lw_error e;
	int r = lwd_file_take(LWD_CHILD_CONFIG, &text.text, &text.n, &e);

	lw_arena_init(&arena, 0);
	if (!r)
		r = lwd_config_load(text.text, text.n, path, &arena, &c, &e);
	if (!r && c.certificate)
		r = lwd_file_take(LWD_CHILD_CERTIFICATE, &certificate.text, &certificate.n, &e);
	if (!r && c.certificate)
		r = lwd_file_take(LWD_CHILD_KEY, &key.text, &key.n, &e);
	if (!r)
		r = lwd_api_run(&c, LWD_CHILD_CORE, certificate.text, key.text, &e);
	if (r)
		r = fail(&e);
	if (key.text)
		explicit_bzero(key.text, key.n);
	free(key.text);
	free(certificate.text);
	free(text.text);
	lw_arena_finish(&arena);
	return r;
}

static int serve(const char *path, bool check, bool once, const char *self)
{
	struct lwd_setup *s = NULL;
	struct lw_error e;
	char full[PATH_MAX];
	int r = enter(path, full, &e);

	if (!r)
		r = lwd_setup_load(full, &s, &e);
	if (!r && check)
		printf("%s: all well: %zu cages, %zu links\n", path, s->drawing->fabric.cage_n,
		       s->drawing->fabric.link_n);
	else if (!r)
		r = lwd_core_run(
			&s, &(struct lwd_options){.config_path = full, .self = self, .once = once},
			&e);
	if (r)
		r = fail(&e);
	lwd_setup_destroy(s);
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
