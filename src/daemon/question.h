/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LW_DAEMON_QUESTION_H
#define LW_DAEMON_QUESTION_H

#include "plant.h"
#include "wire.h"

/**
 * @file
 * Questions that only the core can answer; they change nothing and need no token.
 */

bool lwd_is_question(const char *what);

/** @param body  the answer is appended on success */
int lwd_question(struct lwd_plant *p, const struct lwd_ask *ask, struct lw_buf *body,
		 struct lw_error *reterr);

/** What is left to be asked of that kind: many questions of one do not keep others from theirs. */
struct lwd_token *lwd_question_ration(struct lwd_plant *p, const struct lwd_ask *ask);

#endif
