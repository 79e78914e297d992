/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LW_CLI_DEVICE_SOURCE_H
#define LW_CLI_DEVICE_SOURCE_H

#include <lanewise/device.h>
#include <lanewise/image.h>
#include <lanewise/trace.h>

/*
 * A device that a command has opened, with the trace of its accesses if the user asked for one
 * (--trace FILE). Commands keep it in their own struct; it must not move while it is open.
 */
struct cli_device {
	struct lw_device *device; /* NULL while closed */
	struct lw_trace trace;
	const char *trace_path; /* NULL: no trace */
};

/* What --help says of the option. */
#define CLI_TRACE_HELP "save what went over the bus (docs/trace.md); devices only"

/*
 * Open `source` (lw_device_open()). The trace keeps the newest accesses, half a million bytes of
 * them. @return 0, or why it cannot be opened
 */
int cli_device_open(struct cli_device *d, const char *source, const struct lw_device_options *opt,
		    const char *trace_path, struct lw_error *reterr);

/* Close, and write the trace file. @return 0, or LW_EIO when it cannot be written */
int cli_device_close(struct cli_device *d, struct lw_error *reterr);

/*
 * Read the memory of the module, every page it advertises, flags too (reading clears them). Pages
 * that hold only FFh are absent, as in a dump; one that cannot be read is left out, with a word on
 * standard error.
 */
int cli_device_read(struct cli_device *d, const char *source, struct lw_image *ret,
		    struct lw_error *reterr);

/* "--max-read 32": a number of bytes, 1-128. @return 0, or -1 */
int cli_max_read(const char *value, struct lw_device_options *opt);

#endif
