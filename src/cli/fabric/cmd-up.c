/* SPDX-License-Identifier: Apache-2.0 */
#include "cli.h"
#include "print-links.h"
#include "staged.h"
#include <lanewise/files.h>
#include <stdlib.h>

enum {
	OPT_JSON,
	OPT_DRY_RUN,
	OPT_FAULT,
	OPT_ON,
	OPT_OFF,
	OPT_MODE,
	OPT_VENDOR,
	OPT_MAX_POWER,
	OPT_BUDGET,
	OPT_ALLOW_UNKNOWN,
	OPT_ADMIT,
	OPT_QUIRKS_OFF,
	OPT_PACE,
	OPT_FOR,
	OPT_SEED,
	OPT_REAL_TIME,
	OPT_MODULES,
};

static const struct cli_option options[] = {
	{"json", NULL, "print one JSON document (docs/json.md)"},
	{"dry-run", NULL, "print what would be written to each module, and write nothing"},
	{"fault", "KIND:PLACE[@T]",
	 "inject a fault: unplug, cut, dark, reject, stuck-init, nack, hot"},
	{"on", "LINK[@T]", "want a link up, from T seconds on; all are, but for --off"},
	{"off", "LINK[@T]", "want a link off: its transmitters are disabled"},
	{"mode", "CAGE=MODE[@T]", "divide a cage otherwise; links that stay are not touched"},
	{"vendor", "NAME", "admit only modules of these vendors (name or OUI 00:17:6A)"},
	{"max-power", "WATTS", "admit no module that may draw more"},
	{"budget", "WATTS", "admit no more modules to a device than may draw that together"},
	{"allow-unknown", NULL, "admit modules that do not state what such a rule asks for"},
	{"admit", "CAGE", "admit what is in this cage whatever the rules say"},
	{"quirks-off", "ID,...", "take modules at their word: without these quirks, or all"},
	{"pace", "FILE", "what waits took, by part and firmware: used, and kept for the next time"},
	{"for", "SECONDS", "watch at least that long (default: until all links have settled)"},
	{"seed", "N", "seed of the twins' noise (default 1)"},
	{"real-time", NULL, "let the twins take their real time; default is virtual time"},
	{"modules", "PATTERN",
	 "drive real modules: {device}, {cage} and {port} stand for names of each cage"},
	{0},
};

struct up {
	bool json, seeded;
	struct cli_staged staged;
};

static int read_watts(const char *text, double *ret)
{
	char *end = NULL;
	double w = strtod(text, &end);

	if (!*text || *end || !(w > 0 && w <= 1e6))
		return -1;
	*ret = w;
	return 0;
}

/* Who may leave low power; whatever else changes what the engine does. @return 1: none of these */
static int on_policy(struct cli_staged *s, int index, const char *value)
{
	switch (index) {
	case OPT_VENDOR:
		return cli_staged_vendor(s, value);
	case OPT_MAX_POWER:
		return read_watts(value, &s->policy.max_power_w);
	case OPT_BUDGET:
		return read_watts(value, &s->policy.budget_w);
	case OPT_ALLOW_UNKNOWN:
		s->policy.allow_unknown = true;
		return 0;
	case OPT_ADMIT:
		return cli_staged_admit(s, value);
	case OPT_QUIRKS_OFF:
		s->policy.quirks_off = value;
		return 0;
	case OPT_PACE:
		s->pace = value;
		return 0;
	default:
		return 1;
	}
}

static int on_option(void *ctx, int index, const char *value)
{
	struct up *u = ctx;
	int r = on_policy(&u->staged, index, value);

	if (r <= 0)
		return r;
	switch (index) {
	case OPT_JSON:
		u->json = true;
		return 0;
	case OPT_DRY_RUN:
		u->staged.dry_run = true;
		return 0;
	case OPT_REAL_TIME:
		u->staged.real_time = true;
		return 0;
	case OPT_FAULT:
		return cli_staged_fault(&u->staged, value);
	case OPT_ON:
		return cli_intents_add(&u->staged.intents, CLI_INTENT_ON, value);
	case OPT_OFF:
		return cli_intents_add(&u->staged.intents, CLI_INTENT_OFF, value);
	case OPT_MODE:
		return cli_intents_add(&u->staged.intents, CLI_INTENT_MODE, value);
	case OPT_MODULES:
		u->staged.modules = value;
		return 0;
	case OPT_SEED:
		u->seeded = true;
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
static int dry_run(struct up *u, struct lw_engine *e)
{
	const struct lw_mono limit = lw_ms(u->staged.modules ? 10000 : 60000);
	struct lw_buf text = LW_BUF_INIT;
	struct lw_json j;
	size_t n = e->fabric->cage_n;

	while (lw_mono_before(u->staged.now, limit) && !cli_staged_preview(&u->staged, lw_ms(100)))
		;
	lw_json_init(&j, &text);
	lw_json_begin_array(&j);
	for (size_t i = 0; i < n; i++) {
		if (!e->module[i].bus)
			continue;
		if (u->json)
			plan_json(&e->module[i], e->fabric->cages[i].id, &j);
		else
			print_plan(&e->module[i], e->fabric->cages[i].id);
	}
	lw_json_end_array(&j);
	lw_buf_putc(&text, '\n');
	if (u->json)
		return cli_write(&text);
	lw_buf_finish(&text);
	return CLI_OK;
}

static void print_accesses(const struct cli_attached *a)
{
	struct lw_bus_stats sum = cli_attached_stats(a);

	printf("%zu modules: %llu writes, %llu reads, %llu polls\n", a->n,
	       (unsigned long long)sum.writes, (unsigned long long)sum.reads,
	       (unsigned long long)sum.polls);
}

static int up_fabric(struct up *u, struct lw_fabric *f)
{
	struct lw_engine *e = &u->staged.stage.engine;
	struct lw_error err;
	int status = CLI_OK;

	if (cli_staged_start(&u->staged, f, &err))
		return cli_error(&err);
	if (u->staged.dry_run) {
		status = dry_run(u, e);
		cli_staged_finish(&u->staged);
		return status;
	}
	if (cli_staged_play(&u->staged, &err)) {
		cli_staged_finish(&u->staged);
		return cli_error(&err);
	}
	for (size_t i = 0; i < e->fabric->link_n; i++)
		if (e->link[i].state != LW_LINK_UP && !e->link[i].disabled)
			status = CLI_BAD_NEWS;
	if (u->json) {
		if (print_json(e))
			status = CLI_DEVICE;
	} else {
		cli_print_engine(e);
		if (u->staged.modules)
			print_accesses(&u->staged.attached);
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
	if (u.staged.modules && (u.staged.fault_n || u.seeded || u.staged.real_time))
		return cli_usage(
			self, "--fault, --seed and --real-time are for twins: --modules are real");
	lw_arena_init(&arena, 0);
	status = lw_file_fabric(argv[0], &arena, &f, &e) ? cli_error(&e) : up_fabric(&u, &f);
	lw_arena_finish(&arena);
	return status;
}

const struct cli_command cli_up = {
	.name = "up",
	.synopsis = "[OPTION...] FABRIC",
	.summary = "bring every link of a fabric up, on twins or real modules, and say why some "
		   "are not",
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
		"(leaf1/swp1:2) or a link, times are seconds.\n\n"
		"  lanewise up FABRIC --off leaf1/swp1:2@20 --on leaf1/swp1:2@30\n"
		"  lanewise up FABRIC --mode leaf1/swp1=8x100G@20 --pace pace.json\n"
		"  lanewise up FABRIC --vendor ACME --admit leaf1/swp1 --budget 300\n\n"
		"With --modules the engine has real ones, in real time, through whatever "
		"\"lanewise\n"
		"decode\" reads; what is as wanted already is not written to:\n\n"
		"  lanewise up FABRIC --modules '/sys/bus/i2c/devices/{cage}-0050/eeprom'\n"
		"  lanewise twin FABRIC --mount /tmp/cages &\n"
		"  lanewise up FABRIC --modules '/tmp/cages/{device}/{cage}/eeprom'\n\n"
		"A module that is not admitted stays in low power, and the rule is named. Exit "
		"status 1: "
		"a\n"
		"link that is wanted is not up.",
	.options = options,
	.run = run,
};
