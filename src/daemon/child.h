/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LW_DAEMON_CHILD_H
#define LW_DAEMON_CHILD_H

#include "setup.h"
#include "wire.h"

#include <uv.h>

/**
 * @file
 * The API process as the core has it: started, spoken with, started again when it dies. It is given
 * what it is to know by descriptors: it opens no file of ours.
 */

/** Its descriptors beside the log. */
enum lwd_child_fd {
	LWD_CHILD_CORE = 3,    /**< socket pair, for frames (wire.h) */
	LWD_CHILD_CONFIG,      /**< the text of the configuration that holds */
	LWD_CHILD_CERTIFICATE, /**< PEM; this and the key are there with TLS only */
	LWD_CHILD_KEY,
};

struct lwd_child {
	/* set by its owner */
	const char *self, *config_path;
	const struct lwd_setup *setup; /**< what it is started with; without an address it is not */
	void (*started)(void *ctx);    /**< it knows nothing yet */
	void (*serves)(void *ctx);     /**< it does; or has died, and nobody shall wait for it */
	void (*asks)(void *ctx, uint32_t number, const struct lwd_ask *ask);
	void *ctx;
	/* its own */
	uv_loop_t *loop;
	uv_process_t process;
	uv_pipe_t pipe;
	uv_timer_t restart;
	bool runs, closing, ending;
	bool anew; /**< it was ended to be started again at once */
	uint64_t since, pause_ms;
	struct lw_buf in; /**< what it sent and is not yet handled */
};

/** Prepare; nothing is started yet. `c` must stay where it is. */
void lwd_child_init(struct lwd_child *c, uv_loop_t *loop);
/** Start it if it is wanted. */
int lwd_child_start(struct lwd_child *c, struct lw_error *reterr);
/** What it is started with is another one: it is ended, and started again at once if wanted. */
void lwd_child_renew(struct lwd_child *c);
/** Send frames; the buffer is taken over. */
void lwd_child_send(struct lwd_child *c, struct lw_buf *frames);
/** End it for good; its handles are closed with the loop. */
void lwd_child_end(struct lwd_child *c);
void lwd_child_finish(struct lwd_child *c);

#endif
