/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LW_DAEMON_SHELF_H
#define LW_DAEMON_SHELF_H

#include "wire.h"

#include <stdbool.h>

/**
 * @file
 * The documents that the API process has been sent, ready to be shown, and what happened last.
 * It knows nothing of their content. Pure but for memory.
 */

/** Events that are kept for those who ask, and messages for those who listen. */
#define LWD_EVENTS_MAX   500
#define LWD_MESSAGES_MAX 2048

struct lwd_doc {
	char *id, *text; /**< NULL: not sent yet */
	size_t n;
};

struct lwd_docs {
	struct lwd_doc *v;
	size_t n;
	struct lw_buf all; /**< as one list; made when it is asked for */
	bool stale;        /**< `all` is older than `v` */
	uint64_t version;  /**< counts its changes */
};

/** A message of the stream, as server-sent events have it. */
struct lwd_message {
	char *text;
	size_t n;
};

struct lwd_shelf {
	struct lwd_docs links, cages, events;
	struct lw_buf summary;
	bool whole;    /**< all was sent since the last reset: the summary comes last */
	uint64_t next; /**< number of the message to come; message i is at i % LWD_MESSAGES_MAX */
	struct lwd_message message[LWD_MESSAGES_MAX];
};

void lwd_shelf_init(struct lwd_shelf *s);
void lwd_shelf_finish(struct lwd_shelf *s);

/**
 * Take a frame of the core: documents, events, resets.
 * @return 0; LW_EINVAL: it makes no sense; LW_ENOMEM
 */
int lwd_shelf_take(struct lwd_shelf *s, const struct lwd_head *h, const char *p);

/** All documents as one list. NULL without memory. */
const struct lw_buf *lwd_docs_all(struct lwd_docs *d);
/** @return the document of that id, or NULL */
const struct lwd_doc *lwd_docs_find(const struct lwd_docs *d, const char *id);

#endif
