/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LW_DAEMON_TOKENS_H
#define LW_DAEMON_TOKENS_H

#include <lanewise/arena.h>
#include <lanewise/error.h>
#include <lanewise/time.h>
#include <stdbool.h>

/**
 * @file
 * Who may act: a file of lines `NAME TOKEN`, and how often each of them may. Pure but for its
 * memory: texts live in an arena.
 */

#define LWD_TOKENS_MAX 64
#define LWD_TOKEN_MIN  20 /**< letters: shorter ones can be guessed */
#define LWD_BURST      20 /**< actions at once; then LWD_RATE a second */
#define LWD_RATE       5

struct lwd_token {
	const char *name, *token;
	double left;          /**< actions it may still do */
	struct lw_mono since; /**< when that was counted */
};

struct lwd_tokens {
	size_t n;
	struct lwd_token v[LWD_TOKENS_MAX];
};

/** Read them; `#` begins a remark. @param reterr  LW_EINVAL with file and line, never a token */
int lwd_tokens_load(const char *text, size_t n, const char *file, struct lw_arena *arena,
		    struct lwd_tokens *ret, struct lw_error *reterr);

/** Find a token; takes as long for one that is nearly right as for one that is not. NULL: none */
struct lwd_token *lwd_tokens_find(struct lwd_tokens *t, const char *token);

/** May it act now? Counts it if so. */
bool lwd_token_take(struct lwd_token *t, struct lw_mono now);

/** Likewise for those who may do `burst` things at once, then `rate` a second. */
bool lwd_ration_take(struct lwd_token *t, double burst, double rate, struct lw_mono now);

#endif
