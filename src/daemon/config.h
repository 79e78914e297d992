/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LW_DAEMON_CONFIG_H
#define LW_DAEMON_CONFIG_H

#include <lanewise/buf.h>
#include <lanewise/engine.h>

/**
 * @file
 * The configuration of lanewised (docs/daemon.md): plain data in an arena. Pure; paths are as
 * written, the shell reads them relative to the file.
 */

/** How the modules are reached. */
enum lwd_modules {
	LWD_TWINS,   /**< virtual modules inside the daemon */
	LWD_DEVICES, /**< real ones, or those of `lanewise twin --mount` */
};

/** A redis-server that is sent SONiC's STATE_DB; neither socket nor address: there is none. */
struct lwd_redis {
	const char *socket;  /**< a Unix socket, or */
	const char *address; /**< a number, with */
	uint16_t port;
	uint64_t db;
	const char *user;     /**< NULL: the default one */
	const char *password; /**< file that holds it, NULL: none is asked for */
	const char *device;   /**< of the fabric, NULL: that of the configuration */
	struct lw_mono every; /**< what changed is sent so often */
};

/** A log that takes lines of RFC 5424 as datagrams; likewise. */
struct lwd_syslog {
	const char *socket, *address;
	uint16_t port;
	const char *device;
};

struct lwd_config {
	const char *fabric;
	enum lwd_modules modules;
	/** LWD_DEVICES: what lw_device_open() takes, with {device}, {cage} and {port} filled in */
	const char *reach;
	/** LWD_DEVICES: a file that holds 1 while a module is plugged, likewise; NULL: none */
	const char *present;
	/** LWD_DEVICES: a file that holds 1 while the module asserts its interrupt line, likewise
	 */
	const char *interrupt;
	/** LWD_DEVICES: a file that holds 1 while a logical port has its carrier, with {n} (from 1)
	 * too; NULL: what the modules say is believed */
	const char *carrier;
	const char *device; /**< the one to drive, NULL: all of the fabric */
	uint64_t seed;
	struct lw_mono measure; /**< monitors are read so often */
	struct lw_policy policy;
	const char *history;        /**< file of what was, NULL: nothing is kept */
	const char *firmware;       /**< folder of images that may be downloaded, NULL: none may */
	uint64_t firmware_password; /**< of modules that want one; above 32 bits: none */
	const char *address;        /**< of the API, a number; NULL: no API */
	uint16_t port;
	const char *const *names; /**< host names that clients may use besides the address */
	size_t name_n;
	const char *tokens;            /**< file of tokens; NULL: nothing can be changed */
	const char *read_only;         /**< Unix socket for those who may only look, NULL: none */
	const char *certificate, *key; /**< PEM files for TLS, NULL: plain */
	struct lwd_redis redis;
	struct lwd_syslog syslog;
};

/**
 * Read a configuration.
 * @param file    for messages
 * @param reterr  LW_EINVAL with file and line, LW_ENOMEM
 */
int lwd_config_load(const char *text, size_t n, const char *file, struct lw_arena *arena,
		    struct lwd_config *ret, struct lw_error *reterr);

/**
 * Does it fit the fabric: are there the devices that it names, and is SONiC's one of them?
 * @param file    for messages
 * @param reterr  LW_EINVAL
 */
int lwd_config_fits(const struct lwd_config *c, const struct lw_fabric *f, const char *file,
		    struct lw_error *reterr);

/** What a change of the configuration concerns. */
enum lwd_part {
	LWD_PART_MODULES = 1, /**< which modules and links there are, and how they are reached */
	LWD_PART_API = 2,     /**< the API process */
	LWD_PART_SENDERS = 4, /**< redis, syslog */
	LWD_PART_HISTORY = 8,
	LWD_PART_RULES =
		16, /**< what is looked up where it is used: policy, tokens, firmware ... */
};

/**
 * What differs between two configurations; files that they name are not looked at.
 * @param keys_changed  the names of the keys are added, "policy, api"
 * @return of enum lwd_part, 0: nothing
 */
unsigned lwd_config_changes(const struct lwd_config *a, const struct lwd_config *b,
			    struct lw_buf *keys_changed);

/**
 * Fill {device}, {cage}, {port} and {n} of a pattern in.
 * @param n  of the logical port, from 1; 0: there is none
 * @return a text in `arena`, NULL without memory
 */
char *lwd_config_path(const char *pattern, const struct lw_cage *c, unsigned n,
		      struct lw_arena *arena);

#endif
