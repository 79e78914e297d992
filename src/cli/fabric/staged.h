/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LW_CLI_STAGED_H
#define LW_CLI_STAGED_H

#include "attached.h"
#include "intents.h"

#include <lanewise/stage.h>

/**
 * @file
 * A fabric on twins with its engine and the faults of the command line, in virtual or real time; or
 * on its real modules, in real time.
 */

#define CLI_FAULTS_MAX 32
#define CLI_NAMES_MAX  32

struct cli_staged {
	/* set by options */
	bool real_time, quiet; /* quiet: no progress on standard error */
	const char *modules;   /* where the real ones are, see cli_attach(); NULL: twins */
	bool dry_run;          /* nothing will be written: others may write meanwhile */
	uint64_t seed;
	struct lw_mono watch;   /* at least so long; cli_staged_start() lets it hold all faults */
	struct lw_mono measure; /* read monitors so often; {0}: never */
	const char *fault_text[CLI_FAULTS_MAX];
	size_t fault_n;
	struct cli_intents intents;
	struct lw_policy policy; /* its vendors are those here */
	const char *vendor[CLI_NAMES_MAX];
	const char *admit[CLI_NAMES_MAX]; /* cages whose modules are admitted whatever it says */
	size_t admit_n;
	const char *pace; /* file of what waits took: read before, written behind; NULL: none */
	void (*on_moment)(void *ctx); /* after everything that was due; nullable */
	void *ctx;
	/* set by cli_staged_start() */
	struct lw_stage stage;        /* of real modules only the engine is there */
	struct cli_attached attached; /* with `modules` */
	struct lw_mono now;
};

/* What the options say that all such commands have; for cli_on_option. @return 0 or -1: bad */
int cli_staged_fault(struct cli_staged *s, const char *text);
int cli_staged_watch(struct cli_staged *s, const char *seconds);
int cli_staged_seed(struct cli_staged *s, const char *text);

/** A vendor that the policy admits; a cage that it is overridden for. @return 0 or -1: too many */
int cli_staged_vendor(struct cli_staged *s, const char *name);
int cli_staged_admit(struct cli_staged *s, const char *cage);

/** Read the faults and the file of waits, stage the fabric, make the engine. On failure nothing is
 * left behind. */
int cli_staged_start(struct cli_staged *s, struct lw_fabric *f, struct lw_error *reterr);
/**
 * Run until all faults are over, all intents are told, `watch` has passed and nothing moves any
 * more; then write the file of waits.
 * @return 0; LW_EINVAL: an intent names nothing that there is; LW_EIO: that file cannot be written
 */
int cli_staged_play(struct cli_staged *s, struct lw_error *reterr);
/** Have every module identified and planned for, but write nothing; then let `pause` pass. @return
 * whether all plans stand */
bool cli_staged_preview(struct cli_staged *s, struct lw_mono pause);
void cli_staged_finish(struct cli_staged *s);

#endif
