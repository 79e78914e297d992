/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LW_DUMP_TEXT_H
#define LW_DUMP_TEXT_H

#include <lanewise/error.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * @file
 * Hex text as xxd, hexdump, od, ethtool and i2cdump print it, or plain hex bytes. Pure, no heap.
 */

/** Takes the bytes of a dump in rising order, each once. @return 0 or a negative code */
typedef int (*lw_dump_put)(void *ctx, uint8_t byte, struct lw_error *reterr);

/** True if nothing in it but printable ASCII, blanks and line ends: then it is read as text. */
bool lw_dump_is_text(const uint8_t *bytes, size_t n);

/**
 * Read hex text; offsets in it are checked, and a "*" line stands for repeated rows.
 * @param name    for messages
 * @param reterr  LW_EINVAL with the line, or what `put` failed with
 */
int lw_dump_scan(const char *text, size_t n, const char *name, lw_dump_put put, void *ctx,
		 struct lw_error *reterr);

#endif
