/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LW_CLI_INTENTS_H
#define LW_CLI_INTENTS_H

#include <lanewise/stage.h>

/**
 * @file
 * Intents of the command line: links on and off, cages divided otherwise, each at its time.
 */

#define CLI_INTENTS_MAX 64

enum cli_intent_kind { CLI_INTENT_ON, CLI_INTENT_OFF, CLI_INTENT_MODE };

struct cli_intent {
	enum cli_intent_kind kind;
	struct lw_mono at;
	char place[160]; /* of a link: its id or an end (leaf1/swp1:2); of a mode: a cage */
	char mode[LW_ENGINE_MODE_MAX];
	bool done;
};

/** All zero: none. */
struct cli_intents {
	struct cli_intent v[CLI_INTENTS_MAX];
	size_t n;
};

/** Note one: "LINK[@T]", of a mode "CAGE=MODE[@T]"; T in seconds. @return 0 or -1: bad text */
int cli_intents_add(struct cli_intents *x, enum cli_intent_kind kind, const char *text);

/** When the last of them is told; {0}: there is none. */
struct lw_mono cli_intents_end(const struct cli_intents *x);

/**
 * Tell the engine those that are due at `now`, in the order of their times; the host of a cage
 * drives its lanes accordingly, where the stage has hosts.
 * @param ret_next  when the next one is due
 * @return 0; LW_EINVAL: there is no such place, or the cage cannot be divided so; LW_ENOMEM
 */
int cli_intents_run(struct cli_intents *x, struct lw_stage *s, struct lw_mono now,
		    struct lw_mono *ret_next, struct lw_error *reterr);

#endif
