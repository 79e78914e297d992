/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LW_DAEMON_DOC_H
#define LW_DAEMON_DOC_H

#include "quality.h"

#include <lanewise/why.h>

/**
 * @file
 * What the API shows, as JSON on one line (docs/api.md): a document for each link and each cage,
 * and one of the whole. Pure. Texts that are made on the way live in `arena`, which may be emptied
 * after the call.
 */

/** @param ret_why  what it says of causes, in `arena` */
int lwd_doc_link(const struct lw_engine *e, size_t link, const struct lw_why_host *host,
		 struct lw_arena *arena, const struct lw_diagnosis **ret_why, struct lw_buf *ret);
/** @param quality  NULL: nothing is known of signals */
int lwd_doc_cage(const struct lw_engine *e, size_t cage, const struct lwd_quality *quality,
		 struct lw_arena *arena, struct lw_buf *ret);
/** @param wall_ms  milliseconds since 1970 at time 0 */
int lwd_doc_summary(const struct lw_engine *e, int64_t wall_ms, struct lw_buf *ret);

/** What a change of mode would do (lw_engine_preview()). */
int lwd_doc_preview(const struct lw_engine *e, size_t cage, const char *mode,
		    const struct lw_engine_preview *p, struct lw_buf *ret);

/**
 * A number that changes whenever the document of a link (a cage) tells something new, apart from
 * spans of time that pass by themselves. Cheap: for hundreds of links many times a second.
 * @param well  the document that was told last names no cause
 */
uint64_t lwd_mark_link(const struct lw_engine *e, size_t link, bool well);
uint64_t lwd_mark_cage(const struct lw_engine *e, size_t cage, const struct lwd_quality *quality);

#endif
