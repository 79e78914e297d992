/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LW_CLI_TOP_SCREEN_H
#define LW_CLI_TOP_SCREEN_H

#include "feed.h"
#include "view.h"

/*
 * Show a feed on the terminal until the user leaves or a signal ends it.
 * @return 0, or LW_ENOTSUP: this is no terminal that can be drawn on
 */
int top_screen_run(struct top_feed *f, struct top_view *v, struct lw_error *reterr);

int64_t top_now_ms(void);

/* What the view wants to know of a feed. */
struct top_status top_status_of(const struct top_feed *f, int64_t now_ms);

#endif
