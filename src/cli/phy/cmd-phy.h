/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LW_CLI_CMD_PHY_H
#define LW_CLI_CMD_PHY_H

#include "cli.h"

/*
 * "lanewise phy SUBCOMMAND": each is a command of its own, named "phy ...", in its own file. To add
 * one: declare it here, a row in cmd-phy.c.
 */
extern const struct cli_command cli_phy_prbs, cli_phy_fec, cli_phy_eye, cli_phy_tdecq, cli_phy_ber,
	cli_phy_link, cli_phy_pcs;

#endif
