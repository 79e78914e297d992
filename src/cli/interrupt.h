/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LW_CLI_INTERRUPT_H
#define LW_CLI_INTERRUPT_H

#include <stdbool.h>

/*
 * For commands that must not be cut off: SIGINT, SIGTERM and SIGHUP are noted, and the command ends
 * in its own time.
 */

/** Note signals from now on. */
void cli_interrupt_catch(void);

/** Has one come? */
bool cli_interrupted(void);

/** Let them do again what they did before. */
void cli_interrupt_release(void);

#endif
