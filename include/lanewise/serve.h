/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LW_SERVE_H
#define LW_SERVE_H

#include <lanewise/fabric.h>
#include <lanewise/scenario.h>

/**
 * @file
 * The virtual modules of a fabric, served to other programs: as files in the layout of the optoe
 * driver through FUSE, and byte by byte over a Unix socket (docs/twin.md).
 *
 * A shell: it opens, sleeps and uses threads. It is part of the command line and not of
 * liblanewise, which needs no FUSE.
 */

struct lw_serve_options {
	const char *mount;    /**< empty directory to serve files under, NULL: none */
	const char *socket;   /**< path of the control socket, NULL: none */
	double speed;         /**< world seconds in a real second; 0 means 1 */
	unsigned bank_stride; /**< pages from one bank to the next in a file: 256 or 240; 0: 256 */
	uint64_t seed;
	/** how the file of a module that is swapped in is read; nullable: parts only */
	lw_dump_reader reader;
	void *reader_ctx;
	/** its faults and modes happen at their times; what it wants and expects of links is for
	 * whoever drives the modules. Borrowed; nullable. */
	const struct lw_scenario *play;
	/** an existing directory: when the server ends, what went over each cage's bus is written
	 * there as DEVICE.CAGE.trace (docs/trace.md); nullable */
	const char *record;
	bool nonempty;    /**< mount over a directory that is not empty */
	bool allow_other; /**< let other users use the files */
	/** called once when all is served; nullable */
	void (*ready)(void *ctx);
	void *ctx;
};

/**
 * Serve the modules of a resolved fabric until SIGINT or SIGTERM comes or the directory is
 * unmounted; the socket and the mount are gone when it returns. For the main thread, once a
 * process: it handles these signals while it runs.
 * @return 0 after a clean stop; LW_EINVAL (options, directory); LW_EIO (FUSE or socket cannot be
 *         used); LW_ENOMEM; what lw_lab_init() fails with
 */
int lw_serve_run(const struct lw_fabric *f, const struct lw_serve_options *opt,
		 struct lw_error *reterr);

/**
 * Send one command to a server's socket and wait for its reply.
 * @param ret  the reply, one line without its end, is appended
 * @return 0, also when the reply is "error: ..."; LW_EIO: no server, or it went away
 */
int lw_serve_ask(const char *socket, const char *command, struct lw_buf *ret,
		 struct lw_error *reterr);

#endif
