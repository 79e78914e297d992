/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LW_DAEMON_ACT_H
#define LW_DAEMON_ACT_H

#include "plant.h"
#include "tokens.h"
#include "wire.h"

/**
 * @file
 * What may be asked of the core: a table of actions, which need a token, and of questions, which
 * do not. Reads no clock and writes no file.
 */

struct lwd_answer {
	int status;      /**< as of HTTP: 200, 400, 401, 403, 404, 409, 429, 500 */
	bool action;     /**< it was no mere question: it belongs into the audit */
	const char *who; /**< name of the token, NULL */
};

/**
 * Do what is asked. Questions cost the core time, whoever asks them: all together may ask as often
 * as one token may act.
 * @param tokens  NULL: nobody may act
 * @param body    the answer is appended: a JSON document, or the text of metrics
 */
void lwd_act(struct lwd_plant *p, struct lwd_tokens *tokens, const struct lwd_ask *ask,
	     struct lwd_answer *ret, struct lw_buf *body);

#endif
