/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LW_RENDER_H
#define LW_RENDER_H

#include <lanewise/fabric.h>
#include <lanewise/platform.h>

/**
 * @file
 * The breakout modes of a fabric as configuration of the devices' operating systems, with the
 * commands that verify it and those that undo it. What a system cannot say is a finding, never a
 * guess. Syntax is data: data/nos.csv and its companions, each row with source and confidence.
 *
 * One form lies between the fabric and every system: a port, and ordered groups of {count, rate,
 * lanes}. Pure; not thread-safe on one fabric.
 */

/** How a system takes its configuration. */
enum lw_nos_family { LW_NOS_LINES, LW_NOS_SONIC, LW_NOS_OPENCONFIG };

/** A network operating system (data/nos.csv). */
struct lw_nos {
	const char *name;  /**< "nxos" */
	const char *title; /**< "Cisco NX-OS" */
	enum lw_nos_family family;
	const char *comment;   /**< what begins a comment line */
	const char *ext;       /**< of a file with its configuration */
	const char *type, *id; /**< templates of a port's name: letters, numbers */
	int first;             /**< number of a device's first port */
	const char *sub,
		*whole; /**< templates of names: of a split port's parts, of a whole port */
	int sub_first;
	bool mixed; /**< parts of one port may differ in rate or lanes */
	bool lanes; /**< says how many lanes a part takes */
	const char *confidence, *note, *ref;
};

LW_API const struct lw_nos *lw_noses(size_t *ret_n);
/** @return the system called `name`, or NULL */
LW_API const struct lw_nos *lw_nos_find(const char *name);

/** One device's answer; valid during the call of the sink. */
struct lw_render_device {
	const struct lw_fdevice *device;
	const struct lw_nos *nos;
	const char *config, *verify, *undo; /**< lines, each with its end; config may be JSON */
	size_t ports, refused;              /**< cages, and those of them that it cannot say */
};

/** Take one device's answer; those of a fabric come in the file's order. @return 0 or an error */
typedef int (*lw_render_sink)(void *ctx, const struct lw_render_device *d, struct lw_error *reterr);

/**
 * Get the SONiC platform that a device names; given by the shell, since libraries open nothing.
 * @param path  as the fabric file has it
 * @param ret   must outlive the rendering; the same for the same path
 */
typedef int (*lw_platform_reader)(void *ctx, const char *path, struct lw_platform **ret,
				  struct lw_error *reterr);

struct lw_render_options {
	const struct lw_nos *nos; /**< of devices that name none; NULL: they are left out */
	const char *only;         /**< one device, NULL: all */
	lw_platform_reader platform;
	void *platform_ctx;
	/** FEC that the ports of each cage need (NULL: not known), for fabrics whose cables are not
	 * there; NULL: the fabric's links tell */
	const char *const *need;
	lw_render_sink sink;
	void *sink_ctx;
};

/**
 * Render a fabric that was loaded and resolved.
 * @param ret  findings "render-*" are appended, one for all ports that share its text
 * @return 0, LW_EINVAL: a device names an unknown system (file:line), LW_ENOENT: there is no device
 *         `only`, LW_ENOMEM, or what the sink or the reader gave
 */
LW_API int lw_render(const struct lw_fabric *f, const struct lw_render_options *o,
		     struct lw_findings *ret, struct lw_error *reterr);

/** Write one device as an object of the document of `lanewise render` (docs/json.md). */
LW_API void lw_render_json(const struct lw_render_device *d, struct lw_json *j);

/** Told every name that a device's system may give to a logical port. @return 0 or LW_ENOMEM */
typedef int (*lw_port_names_fn)(void *ctx, int cage, int port, const char *name);

/**
 * Tell the names of all cages (port -1) and logical ports of a device: the cage's own, `port:`,
 * and those of its system.
 * @param platform  of SONiC, NULL: names by rule
 */
LW_API int lw_port_names(const struct lw_fabric *f, const struct lw_fdevice *d,
			 struct lw_platform *platform, lw_port_names_fn fn, void *ctx);

#endif
