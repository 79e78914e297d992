/* SPDX-License-Identifier: Apache-2.0 */
#include "cli.h"
#include "one-module.h"
#include <lanewise/fabric.h>
#include <lanewise/files.h>
#include <lanewise/serve.h>
#include <stdlib.h>
#include <string.h>

#define SCENARIO_LIMIT (4u << 20)

enum {
	OPT_MOUNT,
	OPT_SOCKET,
	OPT_SPEED,
	OPT_BANK_STRIDE,
	OPT_SEED,
	OPT_NONEMPTY,
	OPT_ALLOW_OTHER,
	OPT_ASK,
	OPT_PLAY,
	OPT_RECORD,
};

static const struct cli_option options[] = {
	{"mount", "DIR", "serve DIR/device/cage/eeprom and its siblings (needs FUSE)"},
	{"socket", "PATH", "serve commands on a Unix socket there"},
	{"speed", "N", "let the modules' time run N times as fast (default 1)"},
	{"bank-stride", "N", "pages from one bank to the next: 256 (default) or 240"},
	{"seed", "N", "seed of the modules' noise (default 1)"},
	{"nonempty", NULL, "mount even if DIR is not empty; what is in it is hidden"},
	{"allow-other", NULL, "let other users use the files (else only who started this)"},
	{"ask", "PATH", "send COMMAND to the server at that socket and print its reply"},
	{"play", "SCENARIO",
	 "let happen what that file says (docs/scenario.md); it names a fabric"},
	{"record", "DIR", "write what went over each bus to DIR/device.cage.trace at the end"},
	{0},
};

struct twin {
	struct lw_serve_options serve;
	const char *ask, *play;
	char *text; /* of the scenario */
	size_t text_n;
	bool has_seed;
	const struct lw_fabric *fabric;
};

static int on_option(void *ctx, int index, const char *value)
{
	struct twin *t = ctx;
	char *end = NULL;

	switch (index) {
	case OPT_MOUNT:
		t->serve.mount = value;
		return *value ? 0 : -1;
	case OPT_SOCKET:
		t->serve.socket = value;
		return *value ? 0 : -1;
	case OPT_SPEED:
		t->serve.speed = strtod(value, &end);
		return *value && !*end && t->serve.speed > 0 ? 0 : -1;
	case OPT_BANK_STRIDE:
		t->serve.bank_stride = (unsigned)strtoul(value, &end, 10);
		return *value && !*end && t->serve.bank_stride ? 0 : -1;
	case OPT_SEED:
		t->serve.seed = strtoull(value, &end, 0);
		t->has_seed = true;
		return *value && *value != '-' && !*end ? 0 : -1;
	case OPT_PLAY:
		t->play = value;
		return *value ? 0 : -1;
	case OPT_RECORD:
		t->serve.record = value;
		return *value ? 0 : -1;
	case OPT_NONEMPTY:
		t->serve.nonempty = true;
		return 0;
	case OPT_ALLOW_OTHER:
		t->serve.allow_other = true;
		return 0;
	default:
		t->ask = value;
		return *value ? 0 : -1;
	}
}

/* The one line of a server: it is there, and how to use and end it. */
static void say_ready(void *ctx)
{
	const struct twin *t = ctx;
	size_t modules = 0;

	for (size_t i = 0; i < t->fabric->cage_n; i++)
		modules += t->fabric->cages[i].part || t->fabric->cages[i].dump;
	fprintf(stderr, "lanewise: serving %zu module%s of %s", modules, modules == 1 ? "" : "s",
		t->fabric->name);
	if (t->serve.mount)
		fprintf(stderr, " under %s", t->serve.mount);
	if (t->serve.socket)
		fprintf(stderr, ", commands on %s", t->serve.socket);
	fprintf(stderr, "; end with Ctrl-C or SIGTERM\n");
}

static int ask(const char *path, int n, char **words)
{
	struct lw_buf command = LW_BUF_INIT, reply = LW_BUF_INIT;
	struct lw_error e;
	int r;

	for (int i = 0; i < n; i++)
		lw_buf_printf(&command, "%s%s", i ? " " : "", words[i]);
	r = lw_serve_ask(path, lw_buf_str(&command), &reply, &e);
	lw_buf_finish(&command);
	if (r) {
		int status = cli_error(&e);

		lw_buf_finish(&reply);
		fprintf(stderr, "lanewise: \"lanewise twin FABRIC --socket %s\" starts one\n",
			path);
		return status;
	}
	if (strncmp(lw_buf_str(&reply), "error: ", 7) == 0) {
		fprintf(stderr, "lanewise: %s\n", lw_buf_str(&reply) + 7);
		lw_buf_finish(&reply);
		return CLI_BAD_NEWS;
	}
	lw_buf_putc(&reply, '\n');
	return cli_write(&reply);
}

/* The fabric of the operands or of the scenario, and the scenario's timeline. */
static int read_all(struct twin *t, int n, char **argv, struct lw_arena *arena, struct lw_fabric *f,
		    struct lw_scenario *s, struct lw_error *reterr)
{
	int r = t->play ? lw_file_read(t->play, SCENARIO_LIMIT, &t->text, &t->text_n, reterr) : 0;

	if (r)
		return r;
	if (!n)
		r = lw_file_scenario_fabric(t->play, t->text, t->text_n, NULL, arena, f, reterr);
	else if (cli_is_fabric(argv[0]))
		r = lw_file_fabric(argv[0], arena, f, reterr);
	else
		r = cli_modules_read(argv, (unsigned)n, arena, f, reterr);
	if (r || !t->play)
		return r;
	r = lw_scenario_load(t->text, t->text_n, t->play, f, t->has_seed ? &t->serve.seed : NULL,
			     arena, s, reterr);
	if (r)
		return r;
	t->serve.play = s;
	t->serve.seed = s->seed;
	return 0;
}

static int run(const struct cli_command *self, int argc, char **argv)
{
	struct twin t = {.serve = {.seed = 1, .ready = say_ready, .ctx = &t}};
	struct lw_arena arena;
	struct lw_scenario scenario;
	struct lw_fabric f;
	struct lw_error e;
	int r, n = cli_parse(self, argc, argv, on_option, &t);

	if (n < 0)
		return n == -2 ? CLI_OK : CLI_USAGE;
	if (t.ask)
		return n ? ask(t.ask, n, argv) : cli_usage(self, "no command to send; try help");
	if (!n && !t.play)
		return cli_usage(self, "no fabric file and no module given");
	if (n > 1 && (cli_is_fabric(argv[0]) || cli_is_fabric(argv[1])))
		return cli_usage(self, "one fabric file at a time");
	if (!t.serve.mount && !t.serve.socket)
		return cli_usage(self, "--mount DIR or --socket PATH says where to serve");
	t.fabric = &f;
	lw_arena_init(&arena, 0);
	t.serve.reader = lw_file_module_of;
	r = read_all(&t, n, argv, &arena, &f, &scenario, &e);
	if (!r)
		r = lw_serve_run(&f, &t.serve, &e);
	lw_arena_finish(&arena);
	free(t.text);
	return r ? cli_error(&e) : CLI_OK;
}

const struct cli_command cli_twin = {
	.name = "twin",
	.synopsis = "[OPTION...] FABRIC|MODULE...|--play SCENARIO | --ask PATH COMMAND...",
	.summary = "serve virtual modules to other programs, as files or on a socket",
	.text = "Let other software use virtual modules as if they were there. With --mount each\n"
		"module is a file in the layout of the optoe driver, DIR/device/cage/eeprom, with "
		"its\n"
		"pins beside it; with --socket commands read and write bytes, plug, and inject\n"
		"faults. Modules start in low power, held there by pin. docs/twin.md tells all.\n\n"
		"  lanewise twin OSFP-800G-DR8 --mount /tmp/cages\n"
		"  lanewise twin examples/first-light.yaml --mount /tmp/cages --socket "
		"/tmp/twin.sock\n"
		"  lanewise decode /tmp/cages/leaf1/swp1/eeprom\n"
		"  echo 0 > /tmp/cages/leaf1/swp1/lpmode\n"
		"  lanewise twin --ask /tmp/twin.sock fault cut:leaf1/swp1:2 on\n\n"
		"A MODULE is a part (\"lanewise explain parts\"), a recipe (.yaml), a bus trace "
		"(.trace) "
		"or\n"
		"a memory dump of a real module; the first is in DIR/module/cage1, the next in "
		"cage2.\n"
		"Faults: unplug, replug, swap (=PART or =FILE), counterfeit (=VENDOR), cut, dark, "
		"dirty\n"
		"(=DB), polarity, crossed, reject, stuck-init, nack, nack-burst, stuck-bus, short, "
		"corrupt,\n"
		"late, reset, flag-storm, hot, runaway, module, aged, flap, checksum "
		"(docs/twin.md).\n\n"
		"It stays in the foreground until SIGINT, SIGTERM or an unmount. Exit status of "
		"--ask:\n"
		"1 when the reply is an error, 3 when no server answers.",
	.options = options,
	.run = run,
};
