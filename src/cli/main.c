/* SPDX-License-Identifier: Apache-2.0 */
#include "cli.h"
#include <string.h>

static const struct cli_command *const commands[] = {
	&cli_decode, &cli_check, &cli_choose,  &cli_up,      &cli_module, &cli_eeprom, &cli_port,
	&cli_twin,   &cli_play,  &cli_phy,     &cli_explain, &cli_plan,   &cli_render, &cli_import,
	&cli_export, &cli_why,   &cli_publish, &cli_top,     &cli_history};

#define COMMANDS (sizeof(commands) / sizeof(commands[0]))

static void help(FILE *to)
{
	fprintf(to,
		"lanewise - QSFP-family links: what is it, will it come up, bring it up, why is "
		"it down\n\n"
		"usage: lanewise COMMAND [OPTION...] [ARGUMENT...]\n\ncommands:\n");
	for (size_t i = 0; i < COMMANDS; i++)
		fprintf(to, "  %-9s %s\n", commands[i]->name, commands[i]->summary);
	fprintf(to,
		"\n\"lanewise COMMAND --help\" tells more. What reports prints for people, or one "
		"JSON document\nwith --json. Exit status: 0 all well, 1 the answer is bad news, "
		"2 wrong usage or\nunreadable input, 3 a device failed.\n");
}

/* What was printed has arrived, or the command has failed, whatever it says. */
static int arrived(int status)
{
	if (status == CLI_DEVICE || (!fflush(stdout) && !ferror(stdout)))
		return status;
	return cli_unwritten();
}

int main(int argc, char **argv)
{
	if (argc < 2) {
		help(stderr);
		return CLI_USAGE;
	}
	if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 ||
	    strcmp(argv[1], "help") == 0) {
		help(stdout);
		return arrived(CLI_OK);
	}
	if (strcmp(argv[1], "--version") == 0) {
		printf("lanewise %s\n", LW_VERSION);
		return arrived(CLI_OK);
	}
	for (size_t i = 0; i < COMMANDS; i++)
		if (strcmp(argv[1], commands[i]->name) == 0)
			return arrived(commands[i]->run(commands[i], argc - 2, argv + 2));
	fprintf(stderr, "lanewise: there is no command \"%s\"; \"lanewise --help\" lists them\n",
		argv[1]);
	return CLI_USAGE;
}
