/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LW_PATTERN_H
#define LW_PATTERN_H

#include <lanewise/error.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * @file
 * Test patterns of Ethernet lanes: made from any place, recognised, their errors counted; and the
 * coding of PAM4 symbols. Rows of data/patterns.csv. No heap, no state but the caller's.
 *
 * Bits are packed, the first one sent is bit 0 of byte 0. PAM4 symbols are bytes 0 to 3, the lowest
 * level 0; each stands for two bits, Gray coded, the first one sent the more significant:
 * 00 01 11 10 (IEEE 802.3 120.5.7.1).
 */

enum lw_pattern_kind { LW_PATTERN_PRBS, LW_PATTERN_SSPRQ, LW_PATTERN_SQUARE, LW_PATTERN_IDLE };

struct lw_pattern {
	const char *name; /**< "prbs31q" */
	enum lw_pattern_kind kind;
	unsigned levels; /**< of a symbol: 2 or 4 */
	unsigned order;  /**< of the shift register */
	uint64_t taps;   /**< bit e - 1: the bit sent e before goes into the next one */
	bool inverted;   /**< sent upside down */
	uint64_t seed;   /**< usual content of the register: bit i is the bit sent i + 1 before */
	struct {
		uint32_t seed, bits;
	} part[3]; /**< of SSPRQ; of a square wave, bits: symbols of a half */
	const char *title;
	const char *confidence;
	const char *ref;
};

/** @return all patterns, `ret_n` of them */
LW_API const struct lw_pattern *lw_pattern_all(size_t *ret_n);
/** @return the pattern of that name, in any case and with or without "-", or NULL */
LW_API const struct lw_pattern *lw_pattern_find(const char *name);
/** Bits after which it repeats itself: 2^31 - 1, or twice 65535; 0 for idle blocks, whose period is
 *  that of the scrambler. */
LW_API uint64_t lw_pattern_period(const struct lw_pattern *p);

#define LW_PATTERN_WORDS 832

/**
 * A place in a pattern. Copying it copies the place. A register works 64 bits at a time: its
 * recurrence to the 64th power and more reaches back by whole words, of which it keeps as many.
 */
struct lw_pattern_source {
	const struct lw_pattern *pattern;
	uint64_t at;                     /**< bits from the start */
	uint64_t seed;                   /**< the register at the start */
	uint64_t state;                  /**< the register at `at`; the scrambler of idle blocks */
	uint64_t word[LW_PATTERN_WORDS]; /**< bits from `base` on; of SSPRQ one of its four parts */
	uint64_t base;
	unsigned filled; /**< words that are there */
};

/**
 * Begin at the first bit.
 * @param seed  of the register; 0: the usual one. Patterns without a register take 0 only.
 * @return 0, or LW_EINVAL (seed)
 */
LW_API int lw_pattern_start(struct lw_pattern_source *ret, const struct lw_pattern *pattern,
			    uint64_t seed, struct lw_error *reterr);
/** Go to bit `at`, counted from the start; the time it takes grows with the number's digits. */
LW_API void lw_pattern_seek(struct lw_pattern_source *s, uint64_t at);
/** The next `bits` bits; whole bytes are written, unused bits of the last one are 0. */
LW_API void lw_pattern_bits(struct lw_pattern_source *s, uint8_t *ret, size_t bits);
/** The next `n` symbols of the pattern's levels, one a byte; of PAM4 two bits each. */
LW_API void lw_pattern_symbols(struct lw_pattern_source *s, uint8_t *ret, size_t n);

/* Checking. */

/** How a checker stands; starts as zeros with `pattern` set. */
struct lw_pattern_check {
	const struct lw_pattern *pattern;
	bool locked;
	bool inverted;    /**< upside down against the pattern */
	uint64_t bits;    /**< compared, since the first lock */
	uint64_t errors;  /**< of these */
	uint64_t skipped; /**< bits before a lock or while it was lost */
	uint64_t symbols; /**< PAM4: pairs compared */
	uint64_t symbol_errors;
	unsigned losses;    /**< how often the lock was lost */
	uint64_t burst[17]; /**< runs of wrong symbols (PAM4) or bits, by length; [16]: 16 and more
			     */
	unsigned run;       /**< of wrong ones that goes on */
	struct lw_pattern_source source;
};

/** Bits that a lock is proved on, beyond the register's own. */
#define LW_PATTERN_PROOF 128

/**
 * Compare `n` further bits. The checker locks to any place of the pattern, either way up, once it
 * finds bits that predict the next 128 with less than one wrong in five; it loses the lock when
 * more than one in five of 1024 bits is wrong. Pairs of PAM4 begin at even bits. An end shorter
 * than register and proof stays unlocked.
 */
LW_API void lw_pattern_check(struct lw_pattern_check *c, const uint8_t *bits, size_t n);
/** Close the run that goes on, at the end. */
LW_API void lw_pattern_check_end(struct lw_pattern_check *c);

/* PAM4. */

/** Gray coding of `n` symbols: bits in pairs to levels, and back. */
LW_API void lw_pam4_encode(const uint8_t *bits, size_t n, uint8_t ret[]);
LW_API void lw_pam4_decode(const uint8_t *symbols, size_t n, uint8_t *ret_bits);
/** Precoding 1/(1 + D) modulo 4 in place (IEEE 802.3 94.2.2.6, 135.5.7.2): each symbol less the one
 *  sent before. @param inout_last  symbol sent before; 0 at the start */
LW_API void lw_pam4_precode(uint8_t *symbols, size_t n, uint8_t *inout_last);
/** Its inverse, 1 + D: a burst of errors that alternate leaves its first and last one. */
LW_API void lw_pam4_decode_precoded(uint8_t *symbols, size_t n, uint8_t *inout_last);

#endif
