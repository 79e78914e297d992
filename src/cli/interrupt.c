/* SPDX-License-Identifier: Apache-2.0 */
#include "interrupt.h"
#include <signal.h>
#include <stddef.h>

static const int signals[] = {SIGINT, SIGTERM, SIGHUP};

#define SIGNALS (sizeof(signals) / sizeof(signals[0]))

static volatile sig_atomic_t came;
static struct sigaction before[SIGNALS];

static void note(int number)
{
	(void)number;
	came = 1;
}

void cli_interrupt_catch(void)
{
	struct sigaction action = {.sa_handler = note};

	came = 0;
	sigemptyset(&action.sa_mask);
	for (size_t i = 0; i < SIGNALS; i++)
		sigaction(signals[i], &action, &before[i]);
}

bool cli_interrupted(void)
{
	return came;
}

void cli_interrupt_release(void)
{
	for (size_t i = 0; i < SIGNALS; i++)
		sigaction(signals[i], &before[i], NULL);
}
