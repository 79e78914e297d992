/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LW_CLI_PLATFORM_CACHE_H
#define LW_CLI_PLATFORM_CACHE_H

#include <lanewise/platform.h>

/** SONiC platforms that the devices of a fabric name, each read once. */
struct platform_cache {
	const char *fabric; /**< path of the fabric file: what it names is relative to it */
	struct platform_entry *first;
};

/** Is an lw_platform_reader: a folder with platform.json (and hwsku.json) or port_config.ini, or
 *  one of these files. */
int cli_platform_cached(void *ctx, const char *path, struct lw_platform **ret,
			struct lw_error *reterr);

void cli_platform_cache_finish(struct platform_cache *c);

#endif
