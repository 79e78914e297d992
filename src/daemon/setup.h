/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LW_DAEMON_SETUP_H
#define LW_DAEMON_SETUP_H

#include "config.h"
#include "tls.h"
#include "tokens.h"

/**
 * @file
 * All that lanewised reads before it does anything: its configuration and the files that this
 * names. A setup is sound as a whole, or there is none; a reload makes another one.
 */

/** The fabric. It stays where it is, for the engine and others borrow from it. */
struct lwd_drawing {
	struct lw_arena arena;
	struct lw_fabric fabric;
	uint64_t digest; /**< of the files that it came from */
};

struct lwd_setup {
	struct lw_arena arena; /**< of what `config` points to */
	struct lwd_config config;
	char *text; /**< of the configuration, for the API process */
	size_t n;
	struct lwd_drawing *drawing;
	struct lw_arena token_arena;
	struct lwd_tokens tokens;        /**< empty without a file of tokens */
	struct lwd_pem certificate, key; /**< text NULL: plain HTTP */
};

/**
 * Read and check it all. A certificate that is not valid today is warned of, no more.
 * @param path    of the configuration, absolute; other names are relative to the present folder
 * @param ret     lwd_setup_destroy() it
 * @param reterr  what is wrong, and in which file
 */
int lwd_setup_load(const char *path, struct lwd_setup **ret, struct lw_error *reterr);
void lwd_setup_destroy(struct lwd_setup *s);

/** Read the tokens alone anew; a file that is wrong changes nothing. */
int lwd_setup_tokens(struct lwd_setup *s, struct lw_error *reterr);

/**
 * What a change from `a` to `b` concerns, files that they name included.
 * @param what  names of it are added, "policy, certificate"
 * @return of enum lwd_part, 0: nothing but tokens
 */
unsigned lwd_setup_changes(const struct lwd_setup *a, const struct lwd_setup *b,
			   struct lw_buf *what);

#endif
