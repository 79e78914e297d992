/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LW_CLI_LANE_TEST_H
#define LW_CLI_LANE_TEST_H

#include "cmd-module.h"
#include <lanewise/diag.h>

/* What the commands that test lanes share. */

#define CLI_TEST_SECONDS 10 /* if not told otherwise */

struct lw_world;

/** The two ends of a test: one or two devices, a twin, or two twins in a world of their own. */
struct cli_ends {
	struct cli_module *near;
	struct cli_module far;  /**< a device */
	struct lw_world *world; /**< of two twins */
	struct lw_bus *bus[2];  /**< near, far */
	struct lw_facts facts;  /**< of the near one */
};

/** @param far  source of the other end, NULL: none; cli_ends_close() also after a failure */
int cli_ends_open(struct cli_ends *e, struct cli_module *m, const char *far,
		  struct lw_error *reterr);
void cli_ends_close(struct cli_ends *e);

/** Run a test to its end; Ctrl-C stops it in good order. */
void cli_ends_drive(struct cli_ends *e, struct lw_diag_task *t);

/** A number from `low` to `high`, and nothing behind it. */
bool cli_test_number(const char *s, double low, double high, double *ret);
/** @return 0, -1: no number of seconds */
int cli_test_seconds(const char *value, struct lw_mono *ret);

/** The writes of a test, for --dry-run and --json. */
void cli_test_plan(const struct lw_diag_task *t);
void cli_test_plan_json(struct lw_json *j, const struct lw_diag_task *t);

/** Say why it failed, if it did. */
void cli_test_error(const struct cli_module *m, const struct lw_diag_task *t);

#endif
