/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LW_SERVE_LOOP_H
#define LW_SERVE_LOOP_H

#include "station.h"

/**
 * @file
 * The loop beside the files: it runs the world when something is due and answers the clients of
 * the control socket. One thread.
 */

#define LW_CLIENTS_MAX 64

struct lw_client;

struct lw_loop {
	struct lw_station *station; /**< borrowed */
	const char *path;           /**< of the socket, NULL: none; borrowed */
	int listener;               /**< -1: none */
	int stop;                   /**< eventfd: end the loop */
	void (*look)(void *ctx);    /**< told when something may have changed; nullable */
	void *look_ctx;
	size_t client_n;
	struct lw_client *client[LW_CLIENTS_MAX];
};

/**
 * Listen on `path` (NULL: no socket). A socket that a dead server left is replaced, one that
 * answers is not.
 */
int lw_loop_init(struct lw_loop *l, struct lw_station *s, const char *path,
		 struct lw_error *reterr);
/** Close everything and remove the socket; also after a failed lw_loop_init(). */
void lw_loop_finish(struct lw_loop *l);

/** Run until lw_loop_stop(). */
void lw_loop_run(struct lw_loop *l);
/** End the loop; from any thread. */
void lw_loop_stop(struct lw_loop *l);

#endif
