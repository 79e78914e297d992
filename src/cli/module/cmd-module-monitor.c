/* SPDX-License-Identifier: Apache-2.0 */
/* lanewise module SOURCE monitor, thresholds, flags, vdm. */
#include "cmd-module.h"
#include "interrupt.h"
#include "print-monitor.h"
#include <lanewise/control.h>
#include <stdlib.h>
#include <string.h>

enum { OPT_WATCH, OPT_COUNT };

static const struct cli_option watch_options[] = {
	{"watch", "SECONDS", "print again and again, this far apart (0.1 to 86400)"},
	{"count", "N",
	 "end after N times, a second apart without --watch (default with it: never)"},
	{0},
};

static const struct cli_option flag_options[] = {
	{"watch", "SECONDS", "look again and again, this far apart (0.1 to 86400)"},
	{"count", "N", "end after N looks (default: 2, or with --watch: never)"},
	{0},
};

/* Between readings, if only their number is given. */
#define EVERY_MS 1000

struct pace {
	struct lw_mono every; /**< {0}: once */
	unsigned long count;  /**< 0: for ever */
};

static int on_pace(void *ctx, int index, const char *value)
{
	struct pace *p = ctx;
	char *end = NULL;
	double seconds;

	if (index == OPT_COUNT) {
		p->count = strtoul(value, &end, 10);
		return *value >= '1' && *value <= '9' && !*end ? 0 : -1;
	}
	seconds = strtod(value, &end);
	if (!*value || *end || !(seconds >= 0.1 && seconds <= 86400))
		return -1;
	p->every = (struct lw_mono){(int64_t)(seconds * 1e9)};
	return 0;
}

static int wrong(struct cli_module *m, struct lw_error *e)
{
	if (!e->where[0])
		snprintf(e->where, sizeof(e->where), "%s", m->source);
	return cli_error(e);
}

/* @return -1: go on, else the exit status */
static int parse(const struct cli_module_command *self, struct cli_module *m, int argc, char **argv,
		 cli_on_option on, void *ctx)
{
	int n = cli_module_parse(self, m, argc, argv, on, ctx);
	struct lw_error e;

	if (n < 0)
		return n == -2 ? CLI_OK : CLI_USAGE;
	if (n)
		return cli_module_usage(self, "unexpected \"%s\"", argv[0]);
	return cli_module_open(m, &e) ? wrong(m, &e) : -1;
}

static int run_monitor(const struct cli_module_command *self, struct cli_module *m, int argc,
		       char **argv)
{
	struct pace pace = {0};
	struct lw_readings now;
	struct lw_error e;
	int status = parse(self, m, argc, argv, on_pace, &pace);

	if (status >= 0)
		return status;
	if (!pace.every.ns && pace.count > 1)
		pace.every = lw_ms(EVERY_MS);
	if (lw_monitor_read_limits(m->bus, m->memory, m->facts, &e))
		return wrong(m, &e);
	for (unsigned long i = 0; !pace.count || i < pace.count; i++) {
		struct lw_mono next = lw_mono_add(cli_module_now(m), pace.every);

		if (lw_monitor_read(m->bus, m->memory, m->facts, NULL, cli_module_now(m), &now, &e))
			return wrong(m, &e);
		cli_print_monitor(m, &now);
		if (cli_module_flush(m) != CLI_OK)
			return CLI_DEVICE;
		if (!pace.every.ns)
			break;
		if (i + 1 != pace.count)
			cli_module_wait(m, next);
	}
	return CLI_OK;
}

static int run_thresholds(const struct cli_module_command *self, struct cli_module *m, int argc,
			  char **argv)
{
	struct lw_error e;
	int status = parse(self, m, argc, argv, NULL, NULL);

	if (status >= 0)
		return status;
	if (lw_monitor_read_limits(m->bus, m->memory, m->facts, &e))
		return wrong(m, &e);
	cli_print_thresholds(m);
	return CLI_OK;
}

static int run_flags(const struct cli_module_command *self, struct cli_module *m, int argc,
		     char **argv)
{
	struct lw_flag_log *log = calloc(1, sizeof(*log));
	struct pace pace = {0};
	struct lw_error e;
	int status = parse(self, m, argc, argv, on_pace, &pace);

	if (!log)
		return CLI_DEVICE;
	if (status < 0 && !pace.every.ns) {
		/* the first look shows what was latched, the second what holds now */
		pace.every = lw_ms(LOOK_AGAIN_MS);
		pace.count = pace.count ? pace.count : 2;
	}
	lw_flag_log_init(log);
	for (unsigned long i = 0; status < 0 && (!pace.count || i < pace.count); i++) {
		struct lw_mono next = lw_mono_add(cli_module_now(m), pace.every);

		if (lw_flag_log_read(log, m->bus, m->memory, m->facts, cli_module_now(m), &e))
			status = wrong(m, &e);
		else if (pace.count && i + 1 == pace.count)
			break;
		else
			cli_module_wait(m, next);
		if (status < 0 && !pace.count) {
			cli_print_flags(m, log);
			status = cli_module_flush(m) == CLI_OK ? -1 : CLI_DEVICE;
		}
	}
	if (status < 0) {
		cli_print_flags(m, log);
		status = CLI_OK;
	}
	free(log);
	return status;
}

static int run_vdm(const struct cli_module_command *self, struct cli_module *m, int argc,
		   char **argv)
{
	struct lw_vdm_pass pass = {0};
	struct lw_error e;
	int status = parse(self, m, argc, argv, NULL, NULL);

	if (status >= 0)
		return status;
	if (lw_vdm_pass_start(&pass, m->bus, m->memory, m->facts, cli_module_now(m), &e)) {
		if (e.code != LW_ENOTSUP)
			return wrong(m, &e);
		if (m->json)
			cli_no_vdm_json(m, &e);
		else
			wrong(m, &e);
		return CLI_BAD_NEWS;
	}
	cli_interrupt_catch(); /* a moment: frozen statistics must not be left behind */
	while (pass.phase < LW_VDM_DONE) {
		struct lw_mono due = lw_vdm_pass_run(&pass, cli_module_now(m));

		if (pass.phase < LW_VDM_DONE)
			cli_module_wait(m, due);
	}
	cli_interrupt_release();
	if (pass.phase == LW_VDM_FAILED)
		return wrong(m, &pass.error);
	cli_print_vdm(m);
	return CLI_OK;
}

const struct cli_module_command cli_module_monitor = {
	.name = "monitor",
	.synopsis = "[OPTION...]",
	.summary = "temperature, supply, and power and bias of each lane",
	.only_looks = true,
	.text = "Read every monitor once, or again and again with --watch. No flag is cleared. A\n"
		"value beyond a threshold is marked: !! alarm, ! warning.\n\n"
		"  lanewise module twin:OSFP-800G-DR8 monitor --watch 1 --count 3",
	.options = watch_options,
	.run = run_monitor,
};

const struct cli_module_command cli_module_thresholds = {
	.name = "thresholds",
	.synopsis = "[OPTION...]",
	.summary = "alarm and warning thresholds of the monitors",
	.only_looks = true,
	.whole = true,
	.text = "Print the thresholds that the module's maker has set.",
	.run = run_thresholds,
};

const struct cli_module_command cli_module_flags = {
	.name = "flags",
	.synopsis = "[OPTION...]",
	.summary = "flags with counts and times; reading clears them",
	.only_looks = true,
	.text = "Look at all flags twice, or as often as told, and print those that came: how "
		"often,\n"
		"when they first and last came, and when they were gone. Flags of CMIS and "
		"SFF-8636\n"
		"are cleared by reading: nobody else will see them. The first look shows what has\n"
		"happened since anybody looked, the later ones what holds.",
	.options = flag_options,
	.run = run_flags,
};

const struct cli_module_command cli_module_vdm = {
	.name = "vdm",
	.synopsis = "[OPTION...]",
	.summary = "versatile diagnostics: SNR, error ratios and the like (CMIS)",
	.only_looks = true,
	.whole = true,
	.text = "Freeze the statistics, read every instance, and let them go on. Freezing begins "
		"a\n"
		"new interval of minimum, maximum and mean.",
	.run = run_vdm,
};
