/* SPDX-License-Identifier: Apache-2.0 */
/* lanewise module SOURCE status, power, reset, app, deinit, init, tx, rx, si, rate, tune. */
#include "cmd-module.h"
#include "interrupt.h"
#include "print-module.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define WANTS_MAX 32

static int wrong(struct cli_module *m, struct lw_error *e)
{
	if (!e->where[0])
		snprintf(e->where, sizeof(e->where), "%s", m->source);
	return cli_error(e);
}

/* Open, and read what controls say now. */
static int prepare(struct cli_module *m)
{
	struct lw_error e;

	if (cli_module_open(m, &e) || lw_control_look(m->bus, m->memory, m->facts, &e))
		return wrong(m, &e);
	return CLI_OK;
}

/* No plan: what the module does not offer is bad news, everything else is a wrong request. */
static int no_plan(struct cli_module *m, const char *subcommand, struct lw_error *e)
{
	if (e->code != LW_ENOTSUP)
		return wrong(m, e);
	if (m->json) {
		cli_module_begin_json(m, subcommand);
		lw_json_put_bool(&m->json_out, "dry_run", m->dry_run);
		lw_json_key(&m->json_out, "steps");
		lw_json_begin_array(&m->json_out);
		lw_json_end_array(&m->json_out);
		lw_json_put_string(&m->json_out, "outcome", "not-offered");
		lw_json_put_string(&m->json_out, "error", e->message);
		lw_json_end_object(&m->json_out);
	} else {
		fprintf(stderr, "lanewise: %s: %s\n", m->source, e->message);
	}
	return CLI_BAD_NEWS;
}

/* Carry a plan out, or show it. `r` is what planning returned. */
static int act(struct cli_module *m, const char *subcommand, int r, struct lw_control_plan *plan,
	       struct lw_error *e)
{
	struct lw_control c;
	struct lw_mono due;

	if (r)
		return no_plan(m, subcommand, e);
	if (m->dry_run) {
		cli_print_plan(m, subcommand, plan, NULL);
		return CLI_OK;
	}
	lw_control_start(&c, m->bus, m->memory, plan, cli_module_now(m));
	cli_interrupt_catch(); /* a step is carried out whole */
	while (due = lw_control_run(&c, cli_module_now(m)),
	       c.outcome == LW_CONTROL_BUSY && !cli_interrupted())
		cli_module_wait(m, due);
	if (c.outcome == LW_CONTROL_BUSY)
		lw_fail(&c.error, LW_EIO, "stopped by a signal in step %u of %u; nothing is undone",
			c.step + 1, plan->n);
	cli_interrupt_release();
	cli_print_plan(m, subcommand, plan, &c);
	return c.outcome == LW_CONTROL_DONE   ? CLI_OK
	       : c.outcome == LW_CONTROL_LOST ? CLI_DEVICE
					      : CLI_BAD_NEWS;
}

static int parse(const struct cli_module_command *self, struct cli_module *m, int argc, char **argv,
		 int most, int *ret_n)
{
	*ret_n = cli_module_parse(self, m, argc, argv, NULL, NULL);
	if (*ret_n < 0)
		return *ret_n == -2 ? CLI_OK : CLI_USAGE;
	if (*ret_n > most)
		return cli_module_usage(self, "unexpected \"%s\"", argv[most]);
	return -1; /* go on */
}

static int run_status(const struct cli_module_command *self, struct cli_module *m, int argc,
		      char **argv)
{
	int n, status = parse(self, m, argc, argv, 0, &n);

	if (status >= 0)
		return status;
	status = prepare(m);
	if (status == CLI_OK)
		cli_print_status(m);
	return status;
}

static int run_power(const struct cli_module_command *self, struct cli_module *m, int argc,
		     char **argv)
{
	struct lw_control_plan plan;
	struct lw_error e;
	int n, r, status = parse(self, m, argc, argv, 1, &n);
	bool high;

	if (status >= 0)
		return status;
	if (n != 1 || (strcmp(argv[0], "high") != 0 && strcmp(argv[0], "low") != 0))
		return cli_module_usage(self, "power is low or high");
	high = strcmp(argv[0], "high") == 0;
	status = prepare(m);
	if (status != CLI_OK)
		return status;
	r = lw_control_plan_power(m->memory, m->facts, high, &plan, &e);
	return act(m, self->name, r, &plan, &e);
}

static int run_reset(const struct cli_module_command *self, struct cli_module *m, int argc,
		     char **argv)
{
	struct lw_control_plan plan;
	struct lw_error e;
	int n, r, status = parse(self, m, argc, argv, 0, &n);

	if (status >= 0)
		return status;
	status = prepare(m);
	if (status != CLI_OK)
		return status;
	r = lw_control_plan_reset(m->memory, m->facts, &plan, &e);
	return act(m, self->name, r, &plan, &e);
}

static int run_app(const struct cli_module_command *self, struct cli_module *m, int argc,
		   char **argv)
{
	struct lw_control_plan plan;
	struct lw_error e;
	char *end = NULL;
	unsigned long apsel = 0;
	int n, r, status = parse(self, m, argc, argv, 1, &n);

	if (status >= 0)
		return status;
	if (n && strcmp(argv[0], "none") != 0) {
		apsel = strtoul(argv[0], &end, 10);
		if (!*argv[0] || *end || apsel < 1 || apsel > LW_APPS_MAX)
			return cli_module_usage(self, "an application is 1-15 or none, not \"%s\"",
						argv[0]);
	}
	status = prepare(m);
	if (status != CLI_OK)
		return status;
	if (!n) {
		cli_print_apps(m);
		return CLI_OK;
	}
	r = lw_control_plan_app(m->memory, m->facts, (unsigned)apsel, m->lanes, &plan, &e);
	return act(m, self->name, r, &plan, &e);
}

/* Host lanes that carry a data path. */
static uint32_t used_lanes(const struct cli_module *m)
{
	uint32_t lanes = 0;

	for (unsigned i = 0; i < 32; i++)
		if (cli_module_raw(m, LW_CMIS_ACS_APP_SEL_CODE_LANE, i) > 0)
			lanes |= 1u << i;
	return lanes;
}

static int run_paths(const struct cli_module_command *self, struct cli_module *m, int argc,
		     char **argv)
{
	struct lw_control_plan plan;
	struct lw_error e;
	uint32_t lanes;
	int n, r, status = parse(self, m, argc, argv, 0, &n);

	if (status >= 0)
		return status;
	status = prepare(m);
	if (status != CLI_OK)
		return status;
	lanes = m->lanes || m->memory->map != LW_MAP_CMIS ? m->lanes : used_lanes(m);
	r = lw_control_plan_paths(m->memory, m->facts, lanes, self == &cli_module_init, &plan, &e);
	return act(m, self->name, r, &plan, &e);
}

static int on_si(void *ctx, int index, const char *value)
{
	(void)index;
	(void)value;
	*(bool *)ctx = true;
	return 0;
}

/* Is it a setting of another kind of module? */
static bool known_elsewhere(const char *name)
{
	const struct lw_control_setting *s;

	for (int map = LW_MAP_SFF8472; map <= LW_MAP_CMIS; map++)
		for (size_t i = 0; (s = lw_control_setting_at((enum lw_map_id)map, i)); i++)
			if (strcmp(s->name, name) == 0)
				return true;
	return false;
}

/* "disable=on", "on", "off" into a want. */
static int parse_want(struct cli_module *m, const char *prefix, enum lw_control_group group,
		      const char *text, struct lw_control_want *ret, struct lw_error *reterr)
{
	const char *eq = strchr(text, '=');
	char name[64];
	bool is_switch = *prefix && (strcmp(text, "on") == 0 || strcmp(text, "off") == 0);

	if (is_switch)
		snprintf(name, sizeof(name), "%sdisable", prefix);
	else if (eq)
		snprintf(name, sizeof(name), "%s%.*s", prefix, (int)(eq - text), text);
	else
		return lw_fail(reterr, LW_EINVAL, "\"%s\" is no NAME=VALUE", text);
	ret->setting = lw_control_setting_find(m->memory, name);
	if (!ret->setting && known_elsewhere(name))
		return lw_fail(reterr, LW_ENOTSUP,
			       "%s: modules of this kind (%s) have no such setting", name,
			       lw_map_name(m->memory->map));
	if (!ret->setting || ret->setting->group != group)
		return lw_fail(reterr, LW_EINVAL,
			       "a module of this kind has no setting \"%s\"; without arguments "
			       "they are listed",
			       eq ? name + strlen(prefix) : name);
	ret->lanes = m->lanes ? m->lanes
		     : ret->setting->side == LW_SIDE_MEDIA
			     ? lw_control_media_lanes(m->memory, m->facts)
			     : lw_control_host_lanes(m->memory, m->facts);
	return lw_control_value_parse(ret->setting,
				      is_switch ? (strcmp(text, "on") == 0 ? "off" : "on") : eq + 1,
				      &ret->raw, reterr);
}

static int set(const struct cli_module_command *self, struct cli_module *m, const char *prefix,
	       enum lw_control_group group, bool restart, int n, char **argv)
{
	struct lw_control_want want[WANTS_MAX];
	struct lw_control_plan plan = {0};
	struct lw_error e;
	int r, status;

	if (n > WANTS_MAX)
		return cli_module_usage(self, "more than %d settings at once", WANTS_MAX);
	status = prepare(m);
	if (status != CLI_OK)
		return status;
	if (!n) {
		cli_print_settings(m, self->name, group, prefix);
		return CLI_OK;
	}
	for (int i = 0; i < n; i++) {
		r = parse_want(m, prefix, group, argv[i], &want[i], &e);
		if (r == LW_ENOTSUP)
			return act(m, self->name, r, &plan, &e);
		if (r)
			return cli_module_usage(self, "%s", e.message);
	}
	r = lw_control_plan_set(m->memory, m->facts, want, (size_t)n, restart, &plan, &e);
	return act(m, self->name, r, &plan, &e);
}

static int run_outputs(const struct cli_module_command *self, struct cli_module *m, int argc,
		       char **argv)
{
	int n, status = parse(self, m, argc, argv, WANTS_MAX, &n);

	if (status >= 0)
		return status;
	return set(self, m, self == &cli_module_tx ? "tx-" : "rx-", LW_CONTROL_OUTPUT, false, n,
		   argv);
}

static int run_rate(const struct cli_module_command *self, struct cli_module *m, int argc,
		    char **argv)
{
	int n, status = parse(self, m, argc, argv, WANTS_MAX, &n);

	return status >= 0 ? status : set(self, m, "", LW_CONTROL_RATE, false, n, argv);
}

static int run_si(const struct cli_module_command *self, struct cli_module *m, int argc,
		  char **argv)
{
	bool restart = false;
	int n = cli_module_parse(self, m, argc, argv, on_si, &restart);

	if (n < 0)
		return n == -2 ? CLI_OK : CLI_USAGE;
	return set(self, m, "", LW_CONTROL_SI, restart, n, argv);
}

static int parse_tune(const char *text, struct lw_control_tune *t, struct lw_error *reterr)
{
	const struct {
		const char *name;
		double *to; /* NULL: the channel */
	} known[] = {{"grid=", &t->grid_ghz},
		     {"channel=", NULL},
		     {"frequency=", &t->frequency_thz},
		     {"fine=", &t->fine_ghz},
		     {"power=", &t->power_dbm}};

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		size_t n = strlen(known[i].name);
		char *end = NULL;
		double v;

		if (strncmp(text, known[i].name, n) != 0)
			continue;
		v = strtod(text + n, &end);
		if (!text[n] || *end || !isfinite(v) ||
		    (!known[i].to && (v != nearbyint(v) || fabs(v) > 32767)))
			return lw_fail(reterr, LW_EINVAL, "\"%s\" is no such number", text);
		if (known[i].to)
			*known[i].to = v;
		else
			t->channel = (int32_t)v;
		return 0;
	}
	return lw_fail(reterr, LW_EINVAL,
		       "\"%s\" is none of grid=GHZ, channel=N, frequency=THZ, fine=GHZ, power=DBM",
		       text);
}

static int run_tune(const struct cli_module_command *self, struct cli_module *m, int argc,
		    char **argv)
{
	struct lw_control_tune tune = lw_control_tune_none();
	struct lw_control_plan plan;
	struct lw_error e;
	int n, r, status = parse(self, m, argc, argv, 5, &n);

	if (status >= 0)
		return status;
	for (int i = 0; i < n; i++)
		if (parse_tune(argv[i], &tune, &e))
			return cli_module_usage(self, "%s", e.message);
	status = prepare(m);
	if (status != CLI_OK)
		return status;
	tune.lanes = m->lanes ? m->lanes : lw_control_media_lanes(m->memory, m->facts);
	r = lw_control_plan_tune(m->memory, m->facts, &tune, &plan, &e);
	if (!n && !r) {
		cli_print_tuning(m);
		return CLI_OK;
	}
	return act(m, self->name, r, &plan, &e);
}

static const struct cli_option si_options[] = {
	{"restart", NULL, "data paths may be stopped and started where there is no other way"},
	{0},
};

const struct cli_module_command cli_module_status = {
	.name = "status",
	.synopsis = "[OPTION...]",
	.summary = "state, power, and the data path of each lane",
	.only_looks = true,
	.text = "Print what the module says of its state: power, and for each lane application,\n"
		"data path, result of the last configuration, and outputs. Clears no flags.",
	.run = run_status,
};

const struct cli_module_command cli_module_power = {
	.name = "power",
	.synopsis = "low|high [OPTION...]",
	.summary = "low power or high power, by register",
	.whole = true,
	.text = "Low power by software, or high power with all classes enabled that the module\n"
		"declares (SFF-8636 93, SFF-8472 power level). High power also tells a CMIS "
		"module\n"
		"that is held by its pin not to follow the pin.\n\n"
		"  lanewise module twin:OSFP-800G-DR8 power low then status",
	.run = run_power,
};

const struct cli_module_command cli_module_reset = {
	.name = "reset",
	.synopsis = "[OPTION...]",
	.summary = "software reset, and wait until the module is back",
	.whole = true,
	.text = "Reset the module by register: all its settings go back to their defaults.",
	.run = run_reset,
};

const struct cli_module_command cli_module_app = {
	.name = "app",
	.synopsis = "[N|none] [OPTION...]",
	.summary = "list applications, or give one to lanes (CMIS)",
	.text = "Without N list what the module offers. With N give that application to the host\n"
		"lanes of --lanes, as many data paths side by side as fit; \"none\" makes them\n"
		"unused. Other data paths are not touched, but one that loses a lane goes "
		"whole.\n\n"
		"  lanewise module twin:OSFP-800G-DR8 app 2 --lanes 1-4 --dry-run",
	.run = run_app,
};

const struct cli_module_command cli_module_deinit = {
	.name = "deinit",
	.synopsis = "[OPTION...]",
	.summary = "stop data paths (CMIS)",
	.text = "Hold the data paths on the host lanes of --lanes down (default: all of them).",
	.run = run_paths,
};

const struct cli_module_command cli_module_init = {
	.name = "init",
	.synopsis = "[OPTION...]",
	.summary = "start data paths (CMIS)",
	.text = "Let the data paths on the host lanes of --lanes initialise (default: all of "
		"them).",
	.run = run_paths,
};

const struct cli_module_command cli_module_tx = {
	.name = "tx",
	.synopsis = "[on|off|NAME=VALUE...] [OPTION...]",
	.summary = "transmitters: on, off, squelch, polarity",
	.text = "Without arguments list what can be set and how it is. \"off\" is disable=on.\n"
		"Lanes are media lanes, those of polarity host lanes.\n\n"
		"  lanewise module twin:OSFP-800G-DR8 tx off --lanes 1-4\n"
		"  lanewise module twin:OSFP-800G-DR8 tx squelch-force=on polarity=on --lanes 2",
	.run = run_outputs,
};

const struct cli_module_command cli_module_rx = {
	.name = "rx",
	.synopsis = "[on|off|NAME=VALUE...] [OPTION...]",
	.summary = "outputs to the host: on, off, squelch, polarity",
	.text = "Without arguments list what can be set and how it is. \"off\" is disable=on.\n"
		"Lanes are host lanes.",
	.run = run_outputs,
};

const struct cli_module_command cli_module_si = {
	.name = "si",
	.synopsis = "[NAME=VALUE...] [OPTION...]",
	.summary = "signal integrity: equalisers, CDR, amplitude",
	.text = "Without arguments list what can be set and how it is. A value is on or off, a\n"
		"number in the unit shown, or code:N. CMIS modules take them for whole data "
		"paths,\n"
		"without a break if they can; else --restart allows one.\n\n"
		"  lanewise module twin:OSFP-800G-DR8 si rx-pre=1.5 rx-post=2 --lanes 1-2",
	.options = si_options,
	.run = run_si,
};

const struct cli_module_command cli_module_rate = {
	.name = "rate",
	.synopsis = "[NAME=VALUE...] [OPTION...]",
	.summary = "rate select (SFF-8472, SFF-8636)",
	.text = "Without arguments list what can be set and how it is.\n\n"
		"  lanewise module /dev/i2c-5 rate tx-rate=on rx-rate=on --dry-run",
	.run = run_rate,
};

const struct cli_module_command cli_module_tune = {
	.name = "tune",
	.synopsis = "[grid=GHZ] [channel=N|frequency=THZ] [fine=GHZ] [power=DBM] [OPTION...]",
	.summary = "tunable lasers (CMIS, SFF-8690)",
	.text = "Without arguments print where the lasers are. All is checked against what the\n"
		"module advertises before anything is written; then it is waited until the lasers\n"
		"are there. fine=0 switches fine tuning off.\n\n"
		"  lanewise module /dev/i2c-5 tune grid=50 frequency=193.4 --dry-run",
	.run = run_tune,
};
