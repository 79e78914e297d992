/* SPDX-License-Identifier: Apache-2.0 */
#include "cli.h"
#include "print-links.h"
#include "staged.h"
#include <lanewise/files.h>

enum { OPT_JSON, OPT_DRY_RUN, OPT_FAULT, OPT_FOR, OPT_SEED, OPT_REAL_TIME };

static const struct cli_option options[] = {
	{"json", NULL, "print one JSON document (docs/json.md)"},
	{"dry-run", NULL, "print what would be written to each module, and write nothing"},
	{"fault", "KIND:PLACE[@T]",
	 "inject a fault: unplug, cut, dark, reject, stuck-init, nack, hot"},
	{"for", "SECONDS", "watch at least that long (default: until all links have settled)"},
	{"seed", "N", "seed of the twins' noise (default 1)"},
	{"real-time", NULL, "let the twins take their real time; default is virtual time"},
	{0},
};

struct up {
	bool json, dry_run;
	struct cli_staged staged;
};

static int on_option(void *ctx, int index, const char *value)
{
	struct up *u = ctx;

	switch (index) {
	case OPT_JSON:
		u->json = true;
		return 0;
	case OPT_DRY_RUN:
		u->dry_run = true;
		return 0;
	case OPT_REAL_TIME:
		u->staged.real_time = true;
		return 0;
	case OPT_FAULT:
		return cli_staged_fault(&u->staged, value);
	case OPT_SEED:
		return cli_staged_seed(&u->staged, value);
	default:
		return cli_staged_watch(&u->staged, value);
	}
}

static int print_json(const struct lw_engine *e)
{
	struct lw_buf text = LW_BUF_INIT;
	struct lw_json j;

	lw_json_init(&j, &text);
	if (lw_engine_json(e, &j))
		text.failed = 1;
	lw_buf_putc(&text, '\n');
	return cli_write(&text);
}

static void print_plan(const struct lw_module *m, const char *id)
{
	struct lw_buf text = LW_BUF_INIT;

	printf("%s%s%s\n", cli_bold(), id, cli_plain());
	if (!m->plan.n)
		printf("  nothing to write\n");
	for (unsigned k = 0; k < m->plan.n; k++) {
		lw_buf_clear(&text);
		lw_step_text(&m->plan.step[k], &text);
		printf("  %2u  %-70s %s\n", k + 1, lw_buf_str(&text), m->plan.step[k].why);
	}
	lw_buf_finish(&text);
}

static void plan_json(const struct lw_module *m, const char *id, struct lw_json *j)
{
	lw_json_begin_object(j);
	lw_json_put_string(j, "id", id);
	lw_json_key(j, "steps");
	lw_json_begin_array(j);
	for (unsigned k = 0; k < m->plan.n; k++) {
		const struct lw_step *s = &m->plan.step[k];
		struct lw_buf text = LW_BUF_INIT;

		lw_step_text(s, &text);
		lw_json_begin_object(j);
		lw_json_put_string(j, "kind", s->kind == LW_STEP_WRITE ? "write" : "wait");
		lw_json_put_int(j, "page", s->addr.page);
		lw_json_put_int(j, "byte", s->addr.byte);
		lw_json_key(j, "data");
		lw_json_begin_array(j);
		for (unsigned b = 0; b < s->n; b++)
			lw_json_int(j, s->data[b]);
		lw_json_end_array(j);
		lw_json_put_string(j, "field", s->field->name);
		lw_json_put_string(j, "text", lw_buf_str(&text));
		lw_json_put_string(j, "why", s->why);
		lw_json_end_object(j);
		lw_buf_finish(&text);
	}
	lw_json_end_array(j);
	lw_json_end_object(j);
}

/* Let every module be identified and planned for, but stop before the first write. */
static int dry_run(struct up *u, struct lw_lab *lab, struct lw_engine *e)
{
	struct lw_buf text = LW_BUF_INIT;
	struct lw_json j;
	size_t n = lab->fabric->cage_n, left = n;

	for (struct lw_mono now = {0}; left && lw_mono_before(now, lw_ms(60000));
	     now = lw_mono_add(now, lw_ms(100))) {
		lw_world_advance(lab->world, now);
		left = 0;
		for (size_t i = 0; i < n; i++)
			if (e->module[i].bus && lw_module_preview(&e->module[i], now))
				left++;
	}
	lw_json_init(&j, &text);
	lw_json_begin_array(&j);
	for (size_t i = 0; i < n; i++) {
		if (!e->module[i].bus)
			continue;
		if (u->json)
			plan_json(&e->module[i], lab->fabric->cages[i].id, &j);
		else
			print_plan(&e->module[i], lab->fabric->cages[i].id);
	}
	lw_json_end_array(&j);
	lw_buf_putc(&text, '\n');
	if (u->json)
		return cli_write(&text);
	lw_buf_finish(&text);
	return CLI_OK;
}

static int up_fabric(struct up *u, struct lw_fabric *f)
{
	struct lw_engine *e = &u->staged.engine;
	struct lw_error err;
	int status = CLI_OK;

	if (cli_staged_start(&u->staged, f, &err))
		return cli_error(&err);
	if (u->dry_run) {
		status = dry_run(u, &u->staged.lab, e);
		cli_staged_finish(&u->staged);
		return status;
	}
	cli_staged_play(&u->staged);
	for (size_t i = 0; i < e->fabric->link_n; i++)
		if (e->link[i].state != LW_LINK_UP)
			status = CLI_BAD_NEWS;
	if (u->json) {
		if (print_json(e))
			status = CLI_DEVICE;
	} else {
		cli_print_engine(e);
	}
	cli_staged_finish(&u->staged);
	return status;
}

static int run(const struct cli_command *self, int argc, char **argv)
{
	struct up u = {.staged = {.seed = 1}};
	struct lw_fabric f;
	struct lw_arena arena;
	struct lw_error e;
	int status, n = cli_parse(self, argc, argv, on_option, &u);

	if (n < 0)
		return n == -2 ? CLI_OK : CLI_USAGE;
	if (n != 1)
		return cli_usage(self, n ? "one fabric file at a time" : "no fabric file given");
	lw_arena_init(&arena, 0);
	status = lw_file_fabric(argv[0], &arena, &f, &e) ? cli_error(&e) : up_fabric(&u, &f);
	lw_arena_finish(&arena);
	return status;
}

const struct cli_command cli_up = {
	.name = "up",
	.synopsis = "[OPTION...] FABRIC",
	.summary = "bring every link of a fabric up, on twins, and say why some are not",
	.text = "Stage a fabric file on virtual modules (twins), drive each module through its "
		"state\n"
		"machines to the wanted links, and print one table of logical links. Time is "
		"virtual\n"
		"unless --real-time is given: a minute of modules takes a moment.\n\n"
		"  lanewise up examples/first-light.yaml\n"
		"  lanewise up examples/first-light.yaml --dry-run\n"
		"  lanewise up examples/first-light.yaml --fault cut:leaf1/swp1:2@30-40 --for "
		"60\n\n"
		"A fault is KIND:PLACE[@START[-END]]: PLACE is a cage, a logical port of a cage\n"
		"(leaf1/swp1:2) or a link, times are seconds. Exit status 1: a link is not up.",
	.options = options,
	.run = run,
};
