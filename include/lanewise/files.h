/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LW_FILES_H
#define LW_FILES_H

#include <lanewise/fabric.h>
#include <lanewise/platform.h>
#include <lanewise/twin.h>

/**
 * @file
 * Files into the structs of the library: what programs share that are given paths. A shell: it
 * opens and blocks; part of the programs and not of liblanewise.
 */

/**
 * Read a whole file ("-": standard input), at most `limit` bytes.
 * @param ret     free() it; a NUL follows its `*ret_n` bytes
 * @param reterr  LW_ENOENT, LW_ELIMIT, LW_EINVAL (it cannot be read), LW_ENOMEM
 */
int lw_file_read(const char *path, size_t limit, char **ret, size_t *ret_n,
		 struct lw_error *reterr);

/** Read a file that the file `ctx` (its path) names, relative to it: an lw_list_reader. */
int lw_file_beside(void *ctx, const char *path, struct lw_arena *arena, const char **ret,
		   size_t *ret_n, struct lw_error *reterr);

/** Get a module's memory: dump file, "-" or "twin:PART". */
int lw_file_source(const char *source, struct lw_image *ret, struct lw_error *reterr);

/**
 * Get a module's memory from a file of that kind; LW_SOURCE_PART: its name tells (.yaml: a recipe,
 * .trace: a bus trace, else what lw_file_source() takes).
 */
int lw_file_module(enum lw_source source, const char *path, struct lw_image *ret,
		   struct lw_error *reterr);

/** The same as an lw_dump_reader; `ctx` is the path of the fabric file that `path` is relative to.
 */
int lw_file_module_of(void *ctx, enum lw_source source, const char *path, struct lw_image *ret,
		      struct lw_error *reterr);

/** Read platform.json (or port_config.ini) and, when `hwsku` is not NULL, hwsku.json into `arena`.
 */
int lw_file_platform(const char *path, const char *hwsku, struct lw_arena *arena,
		     struct lw_platform *ret, struct lw_error *reterr);

/** Is it a port_config.ini by its name: ports without modes? */
bool lw_file_is_ini(const char *path);

/** Let the host of a twin drive every lane, as the part's default application wants it. */
void lw_file_twin_drive(struct lw_twin *t, const struct lw_part *part);

/** Load and resolve a fabric file into `arena`. */
int lw_file_fabric(const char *path, struct lw_arena *arena, struct lw_fabric *ret,
		   struct lw_error *reterr);
/** The same, with somebody to be told how far it is. */
int lw_file_fabric_watched(const char *path, const struct lw_fabric_watch *watch,
			   struct lw_arena *arena, struct lw_fabric *ret, struct lw_error *reterr);

/** The same, with a digest of all the files that were read for it: another one when they changed.
 */
int lw_file_fabric_digest(const char *path, struct lw_arena *arena, struct lw_fabric *ret,
			  uint64_t *ret_digest, struct lw_error *reterr);

/**
 * Load and resolve the fabric that a scenario is played on.
 * @param path     of the scenario, whose text is given; what it names is relative to it
 * @param instead  the path of another fabric, NULL: the one that it names
 */
int lw_file_scenario_fabric(const char *path, const char *text, size_t n, const char *instead,
			    struct lw_arena *arena, struct lw_fabric *ret, struct lw_error *reterr);

#endif
