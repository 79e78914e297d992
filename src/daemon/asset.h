/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LW_DAEMON_ASSET_H
#define LW_DAEMON_ASSET_H

#include <stddef.h>

/** A file of web/ or the API's description, built into the program by gen/embed.py. */
struct lwd_asset {
	const char *path; /**< "/app.js" */
	const char *type; /**< "text/javascript; charset=utf-8" */
	const unsigned char *bytes;
	size_t n;
};

/** @return the file at that path, or NULL */
const struct lwd_asset *lwd_asset_find(const char *path);

#endif
