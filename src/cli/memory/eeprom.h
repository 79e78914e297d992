/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LW_CLI_EEPROM_H
#define LW_CLI_EEPROM_H

#include "cli.h"

#include <lanewise/memory.h>

/* What the files of `lanewise eeprom` share. */

extern const struct cli_command cli_eeprom_check, cli_eeprom_set, cli_eeprom_diff, cli_eeprom_new,
	cli_eeprom_spec;

/** Get a memory whole: dump file, "-" or "twin:PART". Bytes come from `arena`. */
int cli_memory_read(const char *source, struct lw_arena *arena, struct lw_memory *ret,
		    struct lw_error *reterr);

/**
 * Write a file whole or not at all: a new file beside it, forced to the disk, then renamed onto it.
 * A file that was there keeps its permissions, a symbolic link keeps pointing at it.
 * @param like  a new file gets the permissions of this one; NULL: the usual ones
 */
int cli_replace_file(const char *path, const char *like, const void *bytes, size_t n,
		     struct lw_error *reterr);

/** Do both paths lead to one file that exists? */
bool cli_same_file(const char *a, const char *b);

/** The changes as a table: field, place, before, after. */
void cli_print_changes(const struct lw_changes *c, const char *was, const char *is);

#endif
