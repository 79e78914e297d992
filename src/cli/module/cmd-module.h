/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LW_CLI_CMD_MODULE_H
#define LW_CLI_CMD_MODULE_H

#include "cli.h"
#include <lanewise/bus.h>
#include <lanewise/device.h>
#include <lanewise/facts.h>
#include <lanewise/image.h>
#include <lanewise/json.h>

/*
 * "lanewise module SOURCE SUBCOMMAND": what a subcommand gets, and the table of them all.
 *
 * A subcommand parses its arguments with cli_module_parse(), then opens the module with
 * cli_module_open(); so help and wrong usage need no device. It drives a procedure of the library
 * with cli_module_now() and cli_module_wait(), which sleep on a real bus and move the world of a
 * twin. To add one: a `struct cli_module_command` in its own file, a row in cmd-module.c.
 */

struct lw_twin;

/** The module a subcommand works on. */
struct cli_module {
	const char *source; /**< as given on the command line */
	struct lw_bus *bus; /**< NULL until cli_module_open() */
	/** Identity and advertisements, read by cli_module_open(). More may be read into it. */
	struct lw_image *memory;
	struct lw_facts *facts;
	/** A module the command line made itself (twin:PART), else NULL. */
	struct lw_twin *twin;

	/* Options that every subcommand takes; set by cli_module_parse(). */
	bool json, dry_run;
	uint32_t lanes;         /**< --lanes as a mask of 0-based lanes; 0: not given, all */
	const char *trace_path; /**< --trace; NULL: none */
	struct lw_device_options device_options; /**< --max-read */
	bool has_device_option;                  /**< --trace or --max-read with this subcommand */

	struct lw_json
		json_out; /**< write one document into it if `json`; it is printed at the end */
	struct cli_module_source *opened; /**< of cmd-module-open.c */
};

struct cli_module_command {
	const char *name;     /**< "power" */
	const char *synopsis; /**< of its operands: "[low|high]" */
	const char *summary;  /**< one line */
	const char *text;     /**< paragraphs for --help */
	/** Its own options, ends with a NULL name; NULL: none. --json, --dry-run, --lanes and
	 * the like need no row. */
	const struct cli_option *options;
	bool only_looks; /**< writes nothing that anybody would want to see first: no --dry-run */
	bool whole;      /**< concerns the whole module: no --lanes */
	/** @return exit status; everything was said */
	int (*run)(const struct cli_module_command *self, struct cli_module *m, int argc,
		   char **argv);
};

/**
 * Go through the options as cli_parse() does; the common ones are put into `m`.
 * @param on  for the command's own options (NULL if it has none); `index` is a row of its table
 * @return number of operands, moved to the front of argv; -1: usage error said; -2: help printed
 */
int cli_module_parse(const struct cli_module_command *self, struct cli_module *m, int argc,
		     char **argv, cli_on_option on, void *ctx);

/** "1-4,7" as a mask of 0-based lanes; 0: it is no such list. */
uint32_t cli_module_parse_lanes(const char *s);

/** Whether lane `i` (0-based) is one of --lanes. */
static inline bool cli_module_lane(const struct cli_module *m, unsigned i)
{
	return !m->lanes || (i < 32 && m->lanes >> i & 1);
}

/** As cli_usage(), for a subcommand. @return CLI_USAGE */
int cli_module_usage(const struct cli_module_command *self, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/**
 * Open the source and read who the module is. Does nothing when it is open already.
 * @return 0, or an error: no such source, no module, or one that does not start in time
 */
int cli_module_open(struct cli_module *m, struct lw_error *reterr);

/** Close what was opened; opening again begins afresh. @return CLI_OK, or what went wrong (said) */
int cli_module_close(struct cli_module *m);

/** The clock of the module: real, or its world's. */
struct lw_mono cli_module_now(const struct cli_module *m);

/** Return when the clock shows `until`; at once if it has passed. Not for LW_NEVER. */
void cli_module_wait(struct cli_module *m, struct lw_mono until);

/** Exit status of a task: a module that refuses is bad news, one that is silent a failed device. */
int cli_module_outcome(int result);

/** Print the JSON written so far, and begin a new document: for commands that go on and on. */
int cli_module_flush(struct cli_module *m);

/* cmd-module-control.c */
extern const struct cli_module_command cli_module_status, cli_module_power, cli_module_reset,
	cli_module_app, cli_module_deinit, cli_module_init, cli_module_tx, cli_module_rx,
	cli_module_si, cli_module_rate, cli_module_tune;
/* cmd-module-monitor.c */
extern const struct cli_module_command cli_module_monitor, cli_module_thresholds, cli_module_flags,
	cli_module_vdm;
/* cmd-module-firmware.c */
extern const struct cli_module_command cli_module_firmware;
/* cmd-module-test.c, cmd-module-loopback.c */
extern const struct cli_module_command cli_module_prbs, cli_module_loopback;

#endif
