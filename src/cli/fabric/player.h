/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LW_CLI_PLAYER_H
#define LW_CLI_PLAYER_H

#include <lanewise/scenario.h>
#include <lanewise/stage.h>

/**
 * @file
 * Plays a scenario on twins in virtual time, with the engine as the host of every module.
 */

struct cli_player {
	const struct lw_fabric *fabric;
	const struct lw_scenario *scenario;
	bool full; /**< never jump over a time in which nothing happens */
	/** told of every moment and every link that goes up or down; nullable */
	void (*told)(void *ctx, struct lw_mono at, const char *what);
	void *ctx;
	struct lw_stage stage;
	struct lw_score score;
	size_t next;              /* moment */
	uint64_t seen;            /* states of all links when they were last looked at */
	struct lw_mono restless;  /* last moment or change of a link */
	struct lw_mono disturbed; /* last moment */
};

/**
 * Play it to the end. The score lives in `arena`.
 * @return 0; what lab, engine and faults fail with. cli_player_finish() in any case.
 */
int cli_player_run(struct cli_player *p, struct lw_arena *arena, struct lw_error *reterr);
void cli_player_finish(struct cli_player *p);

#endif
