/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LW_DAEMON_WIRE_H
#define LW_DAEMON_WIRE_H

#include <lanewise/buf.h>
#include <lanewise/error.h>
#include <stdint.h>

/**
 * @file
 * What the two processes say to each other over a socket pair: frames of a head and some bytes.
 * The core sends documents that are ready to be shown; the API process asks with a few texts.
 */

enum lwd_kind {
	/* from the core */
	LWD_RESET,   /**< forget all; payload: two numbers, how many links and cages there are */
	LWD_SUMMARY, /**< payload: its document */
	LWD_LINK,    /**< number: which; payload: id, NUL, document */
	LWD_CAGE,    /**< likewise */
	LWD_EVENT,   /**< payload: a document */
	LWD_JOB,     /**< how a job goes, or how it ended; payload: a document */
	LWD_REPLY,   /**< number: of the question; payload: status (4 bytes), then a document */
	/* from the API process */
	LWD_ASK, /**< number: chosen by who asks; payload: LWD_ASK_TEXTS texts, each with its NUL */
	LWD_HERE, /**< it serves from now on */
};

struct lwd_head {
	uint32_t kind, number, n;
};

/** Of one frame. Documents of the core may be large, questions may not. */
#define LWD_FRAME_MAX (64u << 20)
#define LWD_ASK_MAX   2048u
#define LWD_ASK_TEXTS 5

/** A question: every text is there, "" where there is none. */
struct lwd_ask {
	const char *what;     /**< "mode", "metrics" ... */
	const char *target;   /**< id of a link or a cage */
	const char *argument; /**< "8x100G", "on" ... */
	const char *token;
	const char *peer; /**< who asks, for the audit */
};

/** Append a frame to `b`. */
void lwd_frame(struct lw_buf *b, enum lwd_kind kind, uint32_t number, const void *p, size_t n);
void lwd_frame_ask(struct lw_buf *b, uint32_t number, const struct lwd_ask *ask);

/**
 * Look at the first frame of `p`, `n` bytes.
 * @return its whole length when it is complete, 0 when more is needed; LW_ELIMIT when it is longer
 *         than `max` or its kind is unknown: nothing more can be read from there
 */
int64_t lwd_frame_look(const char *p, size_t n, uint32_t max, struct lwd_head *ret);

/** Called for each frame; what it fails with ends the reading. @param p  the payload */
typedef int (*lwd_on_frame)(void *ctx, const struct lwd_head *h, const char *p);

/**
 * Take `n` bytes that arrived: every frame that is whole now is handed on, the rest stays in `in`.
 * @return 0; LW_ELIMIT as lwd_frame_look(), LW_ENOMEM, or what `on` failed with: nothing more can
 * be read from there
 */
int lwd_frames_take(struct lw_buf *in, const char *p, size_t n, uint32_t max, lwd_on_frame on,
		    void *ctx);

/** @return 0, or LW_EINVAL when the payload is no question. Texts are those of `p`. */
int lwd_ask_parse(const char *p, size_t n, struct lwd_ask *ret);

#endif
