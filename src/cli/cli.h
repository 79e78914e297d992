/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LW_CLI_H
#define LW_CLI_H

#include <lanewise/error.h>
#include <lanewise/finding.h>
#include <stdbool.h>
#include <stdio.h>

/* The command line: one file a command. Exit status: 0 all well, 1 the answer is bad news, 2 wrong
 * usage or unreadable input, 3 a device or server failed. Errors go to standard error. */

enum { CLI_OK = 0, CLI_BAD_NEWS = 1, CLI_USAGE = 2, CLI_DEVICE = 3 };

/** One option of a command; help and parsing come from the same row. */
struct cli_option {
	const char *name; /**< "json" for --json */
	const char *arg;  /**< name of its argument, NULL if it is a switch */
	const char *help;
};

struct cli_command {
	const char *name;
	const char *synopsis;             /**< what follows the name */
	const char *summary;              /**< one line */
	const char *text;                 /**< a paragraph and examples for --help */
	const struct cli_option *options; /**< ends with a NULL name */
	int (*run)(const struct cli_command *self, int argc, char **argv);
};

extern const struct cli_command cli_decode, cli_check, cli_choose, cli_up, cli_explain, cli_eeprom,
	cli_port, cli_twin, cli_play, cli_module, cli_render, cli_import, cli_export, cli_plan,
	cli_phy, cli_why, cli_publish, cli_top, cli_history;

/** Called for each option met; `index` is its row. @return 0, or -1 when the value is bad */
typedef int (*cli_on_option)(void *ctx, int index, const char *value);

/**
 * Go through the options (anywhere, until "--"); operands move to the front of argv.
 * @return number of operands, or -1: usage error said; -2: help printed
 */
int cli_parse(const struct cli_command *c, int argc, char **argv, cli_on_option on, void *ctx);

void cli_help(const struct cli_command *c, FILE *to);
void cli_print_options(const struct cli_option *options, FILE *to);

/** "lanewise: where:line: message" on standard error. @return the exit status of its code */
int cli_error(const struct lw_error *e);

/** Say what is wrong with the command line and where help is. @return CLI_USAGE */
int cli_usage(const struct cli_command *c, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/** Say that standard output cannot be written. @return CLI_DEVICE */
int cli_unwritten(void);

/** Write a document to standard output. @return 0 or CLI_DEVICE (said) when it cannot be written */
int cli_write(struct lw_buf *text);

/** Findings for people, worst first, indented by two blanks. */
void cli_print_findings(const struct lw_findings *f, FILE *to);

/** Print `text` wrapped to the terminal, `first` before the first line and `indent` blanks after.
 */
void cli_wrap(FILE *to, const char *first, unsigned indent, const char *text);

/** Colour codes, empty when standard output is no terminal or NO_COLOR is set. */
const char *cli_red(void);
const char *cli_green(void);
const char *cli_yellow(void);
const char *cli_bold(void);
const char *cli_plain(void);

#endif
