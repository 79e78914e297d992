/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LW_DIGEST_H
#define LW_DIGEST_H

#include <stddef.h>
#include <stdint.h>

/**
 * @file
 * FNV-1a, 64 bits: tells what changed from what did not. It keeps nobody out.
 */

/** The digest of nothing. */
#define LW_DIGEST_START UINT64_C(0xcbf29ce484222325)

/** Carry on a digest, which began as LW_DIGEST_START, with the next `n` bytes. */
static inline uint64_t lw_digest(uint64_t digest, const void *p, size_t n)
{
	const unsigned char *s = (const unsigned char *)p;

	for (size_t i = 0; i < n; i++)
		digest = (digest ^ s[i]) * UINT64_C(0x100000001b3);
	return digest;
}

#endif
