/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LW_CLI_PROGRESS_H
#define LW_CLI_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

/** One line on standard error, rewritten a few times a second; nothing where that is no terminal.
 */
struct progress {
	bool show, shown;
	int64_t started_ns, last_ns;
};

void progress_start(struct progress *p, bool wanted);
/**
 * @param done, total  what of what, in `unit`
 * @param more         behind it; may be ""
 */
void progress_show(struct progress *p, double done, double total, const char *unit,
		   const char *more);
/** Wipe the line. */
void progress_end(struct progress *p);
/** Nanoseconds of a clock that never goes back. */
int64_t progress_now(void);

#endif
