/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LW_RS_H
#define LW_RS_H

#include <lanewise/error.h>
#include <lanewise/formula.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * @file
 * The Reed-Solomon codes of Ethernet: RS(528,514) and RS(544,514) over GF(2^10) (x^10 + x^3 + 1),
 * generator with the roots alpha^0 to alpha^(2t-1); IEEE 802.3 clauses 91.5.2.7, 119.2.4.6.
 *
 * A codeword is bytes in the order of the wire: n symbols of ten bits, the first one is the highest
 * power, least significant bit first, packed without gaps, bit 0 of byte 0 is sent first. The
 * message is the first k symbols, its 5140 bits end in the middle of byte 642.
 *
 * Four engines give the same answers bit by bit. The plain one works word by word and is the
 * measure of the others; AVX2 and AVX-512 take 256 and 512 words at a time (docs/design/phy.md) and
 * leave what is less to the plain one. GFNI is AVX-512 that encodes and checks 64 words at a time
 * straight from their bytes, where the processor multiplies bits by matrices.
 */

enum lw_rs_engine { LW_RS_BEST, LW_RS_PLAIN, LW_RS_AVX2, LW_RS_AVX512, LW_RS_GFNI };

#define LW_RS_ENGINES 5

#define LW_RS_N_MAX     544 /**< symbols of a codeword */
#define LW_RS_ROOTS_MAX 30  /**< parity symbols */
#define LW_RS_BYTES_MAX 680 /**< bytes of a codeword */
#define LW_RS_LOST      (-1)

/** A code made ready: tables and work memory. One thread at a time; make one for each. */
struct lw_rs;

/**
 * Make a code ready.
 * @param code    row of data/fec.csv with symbols of ten bits and parity; borrowed for the call
 * @param engine  LW_RS_BEST: the fastest that this processor has
 * @param ret     to be destroyed with lw_rs_destroy()
 * @return 0, LW_EINVAL (no such code of symbols), LW_ENOTSUP (processor lacks it) or LW_ENOMEM
 */
LW_API int lw_rs_create(const struct lw_fec *code, enum lw_rs_engine engine, struct lw_rs **ret,
			struct lw_error *reterr);
/** NULL is fine. */
LW_API void lw_rs_destroy(struct lw_rs *rs);

/** Can it run here? */
LW_API bool lw_rs_available(enum lw_rs_engine engine);
/** The engine in use; never LW_RS_BEST. */
LW_API enum lw_rs_engine lw_rs_engine(const struct lw_rs *rs);
/** "best", "plain", "avx2", "avx512", "gfni". */
LW_API const char *lw_rs_engine_name(enum lw_rs_engine engine);
/** Words that the engine takes at a time: multiples of it are fastest. */
LW_API unsigned lw_rs_batch(const struct lw_rs *rs);
/** Bytes of a codeword: 660 or 680. */
LW_API size_t lw_rs_word_bytes(const struct lw_rs *rs);

/** Symbol `place` (0: first on the wire) of a codeword. */
LW_API unsigned lw_rs_symbol(const uint8_t *word, unsigned place);
LW_API void lw_rs_set_symbol(uint8_t *word, unsigned place, unsigned symbol);

/** Fill in the parity of `n` codewords, one after the other, whose messages are there. */
LW_API void lw_rs_encode(struct lw_rs *rs, uint8_t *words, size_t n);

/**
 * Correct `n` received words in place.
 *
 * A word with at most t wrong symbols becomes what was sent. Beyond that it is almost always told
 * as lost and left untouched; seldom another codeword lies within t symbols and is taken for it
 * (RS(528,514): 1.7e-6 of the words with 8 wrong symbols). What is not lost is a codeword: the
 * decoder has compared the syndromes of its correction with those of the word.
 *
 * @param ret  symbols corrected in each word, or LW_RS_LOST
 */
LW_API void lw_rs_decode(struct lw_rs *rs, uint8_t *words, size_t n, int8_t ret[]);

/**
 * Values of `n` words at the 2t roots, alpha^0 first: all 0 for codewords.
 * @param ret  2t for each word
 */
LW_API void lw_rs_syndromes(struct lw_rs *rs, const uint8_t *words, size_t n, uint16_t ret[]);

/*
 * Planes: a batch of words as the fast engines hold it, one bit of one symbol of all words side by
 * side, word i in bit i. A simulation that makes and compares bits in this form saves the two
 * transpositions. What else is called on the object overwrites them. The plain engine has none.
 */

/** @return lw_rs_batch() / 64 words of bit `bit` (0: sent first) of symbol `place`, to be read and
 *  written; NULL of the plain engine */
LW_API uint64_t *lw_rs_plane(struct lw_rs *rs, unsigned place, unsigned bit);
/** Between planes and a whole batch of words as bytes. Nothing happens without planes, as in all
 *  that follow. */
LW_API void lw_rs_load_planes(struct lw_rs *rs, const uint8_t *words);
LW_API void lw_rs_store_planes(struct lw_rs *rs, uint8_t *words);
/** Fill in the planes of the parity. */
LW_API void lw_rs_encode_planes(struct lw_rs *rs);
/** As lw_rs_decode(), a batch. */
LW_API void lw_rs_decode_planes(struct lw_rs *rs, int8_t ret[]);
/** @return how many words of the batch are no codewords (their syndromes are not all 0) */
LW_API size_t lw_rs_check_planes(struct lw_rs *rs);

/* Counting: what a channel does to codewords. */

/** Wrong bits come in runs of `burst`, begun anywhere with the same probability. */
struct lw_rs_channel {
	double ber;           /**< wrong bits by all bits, [0, 0.5] */
	unsigned burst;       /**< bits of a run, 1: independent errors */
	unsigned interleaved; /**< words that symbols are dealt to in turn: 1, 2 or 4 */
	unsigned muxed; /**< lanes whose bits take turns on the channel (lw_pcs_muxed()): 1, 2, 4 */
	uint64_t seed;
	unsigned frame_octets; /**< of the frames that the codewords carry (frames.h); 0: none */
};

#define LW_RS_BINS 17

/** Sums; start as zeros. */
struct lw_rs_count {
	uint64_t words, bits;
	uint64_t bit_errors, symbol_errors; /**< before correction */
	uint64_t bit_errors_after;          /**< what lost and wrong words still hold */
	uint64_t errors[LW_RS_BINS];        /**< words by wrong symbols; [t + 1]: more than t */
	uint64_t lost;                      /**< words that the decoder gives up */
	uint64_t miscorrected;              /**< and those that it makes another codeword of */
	uint64_t groups, groups_lost; /**< of interleaved words; lost: any word not right after */
	uint64_t frames, frames_lost; /**< that begin in these words */
};

/**
 * Send groups of `interleaved` codewords `first` to `first + n - 1` over the channel, decode them
 * and count; for frames those behind are looked at too. Groups are addressed by (seed, number): any
 * split among calls, threads or machines gives the same sums. The words sent are zeros, which is no
 * loss: the code is linear, so that neither errors nor their correction depend on what is sent.
 * @return 0, LW_EINVAL (channel), or LW_ENOMEM
 */
LW_API int lw_rs_count_errors(struct lw_rs *rs, const struct lw_rs_channel *c, uint64_t first,
			      uint64_t n, struct lw_rs_count *inout, struct lw_error *reterr);

#endif
