/* SPDX-License-Identifier: Apache-2.0 */
/* lanewise phy: the table of subcommands. */
#include "cmd-phy.h"

#include <string.h>

static const struct cli_command *const subcommands[] = {&cli_phy_prbs, &cli_phy_fec,   &cli_phy_pcs,
							&cli_phy_eye,  &cli_phy_tdecq, &cli_phy_ber,
							&cli_phy_link};

#define SUBCOMMANDS (sizeof(subcommands) / sizeof(*subcommands))

/* Behind "phy ". */
static const char *name_of(const struct cli_command *c)
{
	return c->name + strlen("phy ");
}

static void help(const struct cli_command *self, FILE *to)
{
	fprintf(to, "usage: lanewise %s %s\n\n%s\n\nsubcommands:\n", self->name, self->synopsis,
		self->text);
	for (size_t i = 0; i < SUBCOMMANDS; i++)
		fprintf(to, "  %-9s %s\n", name_of(subcommands[i]), subcommands[i]->summary);
	fprintf(to, "\n\"lanewise phy SUBCOMMAND --help\" tells more.\n");
}

static int run(const struct cli_command *self, int argc, char **argv)
{
	if (argc && (strcmp(argv[0], "--help") == 0 || strcmp(argv[0], "-h") == 0)) {
		help(self, stdout);
		return CLI_OK;
	}
	if (!argc)
		return cli_usage(self, "no subcommand given");
	for (size_t i = 0; i < SUBCOMMANDS; i++)
		if (strcmp(argv[0], name_of(subcommands[i])) == 0)
			return subcommands[i]->run(subcommands[i], argc - 1, argv + 1);
	return cli_usage(self, "there is no subcommand \"%s\"", argv[0]);
}

static const struct cli_option options[] = {{0}};

const struct cli_command cli_phy = {
	.name = "phy",
	.synopsis = "SUBCOMMAND [OPTION...] [ARGUMENT...]",
	.summary = "signals: patterns, error correction, eyes, TDECQ, bit errors",
	.text = "What a lane does to a signal: test patterns, forward error correction, waveforms "
		"and their\nmeasures. docs/phy.md tells what is computed and how.",
	.options = options,
	.run = run,
};
