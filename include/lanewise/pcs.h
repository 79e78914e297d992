/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LW_PCS_H
#define LW_PCS_H

#include <lanewise/formula.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * @file
 * What lies between 64b/66b blocks and the bits of lanes where a Reed-Solomon code of ten-bit
 * symbols is: transcoding to 257 bits, scrambling, dealing of symbols to codewords and of
 * codewords to lanes (IEEE 802.3 clauses 91, 119, 134, 172).
 *
 * Bits are packed: bit 0 of byte 0 is sent first. Alignment markers are left out: here a stream of
 * codewords has none.
 */

/** A row of data/pcs.csv. Static. */
struct lw_pcs {
	const char *name; /**< "400GBASE-R" */
	unsigned rate_mbps;
	unsigned lanes; /**< PCS or FEC lanes */
	unsigned words; /**< codewords that share them: 1, 2, 4 */
	unsigned flows; /**< groups of lanes with codewords and a scrambler of their own: 1, 2 */
	double symbols_from_gbd; /**< lanes of that signalling rate and more are multiplexed symbol
				    by symbol, slower ones bit by bit */
	const char *confidence, *ref;
};

/** All of them. */
LW_API const struct lw_pcs *lw_pcs_all(size_t *ret_n);
/** NULL: no such name. */
LW_API const struct lw_pcs *lw_pcs_find(const char *name);
/** That of a PMD's rate; NULL: none that is known, or the PMD's FEC is no such code. */
LW_API const struct lw_pcs *lw_pcs_of(const struct lw_pmd *pmd);
/** PCS lanes whose bits take turns on one lane of the PMD: 1, 2 or 4; 1 too where symbols do. */
LW_API unsigned lw_pcs_muxed(const struct lw_pcs *p, const struct lw_pmd *pmd);

/** Where a symbol of a codeword lies. */
struct lw_pcs_spot {
	unsigned word, place;
};

/**
 * The codeword and the place in it of symbol `row` (0: first of a group) of lane `lane`, when
 * `words` codewords are dealt to `lanes` lanes.
 *
 * Two codewords change places from row to row (119.2.4.7), so that both are on every lane; of four
 * each half of the lanes has two. One lane has all words in turn. Holds for the lanes of a PCS and
 * for those that are multiplexed onto one lane of a PMD, as far as their own symbols go.
 * @param words  1, 2 or 4, and `lanes` a multiple or a part of it
 */
LW_API struct lw_pcs_spot lw_pcs_spot(unsigned words, unsigned lanes, unsigned row, unsigned lane);

/* Blocks. */

/** Sync headers as sent, first bit least significant. */
enum { LW_PCS_CONTROL = 1, LW_PCS_DATA = 2, LW_PCS_INVALID = 3 };

/** A 64b/66b block before scrambling; bit 0 of the payload is sent first. */
struct lw_pcs_block {
	uint64_t payload;
	uint8_t sync;
};

#define LW_PCS_TRANSCODED 257 /**< bits of four blocks */
/** Bytes that hold them. */
#define LW_PCS_TRANSCODED_BYTES 33
/** Blocks of a codeword's message. */
#define LW_PCS_WORD_BLOCKS 80

/**
 * Four blocks to 257 bits (119.2.4.2): a bit that says whether all are data; else four that say
 * which are, and half of the first control block's type is left out, which the other half tells.
 * A block whose sync header is neither makes all four invalid.
 */
LW_API void lw_pcs_transcode(const struct lw_pcs_block in[4], uint8_t ret[LW_PCS_TRANSCODED_BYTES]);
/**
 * And back (119.2.5.7).
 * @return false: no four blocks make these bits; then all sync headers are LW_PCS_INVALID
 */
LW_API bool lw_pcs_restore(const uint8_t in[LW_PCS_TRANSCODED_BYTES], struct lw_pcs_block ret[4]);

/** Scramble `n` bits in place by 1 + x^39 + x^58 (119.2.4.3). @param inout_state  the last 58 bits
 *  sent, latest in bit 0; any but 0 will do at the start */
LW_API void lw_pcs_scramble(uint64_t *inout_state, uint8_t *bits, size_t n);
/** Its inverse, which finds its state from any within 58 bits. */
LW_API void lw_pcs_descramble(uint64_t *inout_state, uint8_t *bits, size_t n);

/** State of the scramblers of one direction; start with LW_PCS_STATE. */
struct lw_pcs_state {
	uint64_t scrambler[2];
};
#define LW_PCS_STATE ((struct lw_pcs_state){{0x3ffffffffffffff, 0x3ffffffffffffff}})

/**
 * Blocks to the messages of one group of codewords, which lw_rs_encode() then completes: flows take
 * blocks in turn (172.2.4); each transcodes and scrambles them and deals symbols to its words in
 * turn (119.2.4.5). Of RS(544,514) and RS(528,514).
 * @param blocks      LW_PCS_WORD_BLOCKS for each codeword
 * @param words       `p->words` codewords one after the other, written up to the parity
 * @param word_bytes  of each codeword
 */
LW_API void lw_pcs_frame(const struct lw_pcs *p, const struct lw_pcs_block *blocks,
			 struct lw_pcs_state *inout, uint8_t *words, size_t word_bytes);
/** And back. @return how many blocks are invalid */
LW_API unsigned lw_pcs_unframe(const struct lw_pcs *p, const uint8_t *words, size_t word_bytes,
			       struct lw_pcs_state *inout, struct lw_pcs_block *ret);

/**
 * Deal one group of codewords to the lanes.
 * @param n    symbols of a codeword: 544, or 528 up to 8 lanes
 * @param ret  the bits of lane 0, of lane 1, ...: as many bytes as the codewords have
 */
LW_API void lw_pcs_deal(const struct lw_pcs *p, unsigned n, const uint8_t *words, uint8_t *ret);
/** And back. */
LW_API void lw_pcs_gather(const struct lw_pcs *p, unsigned n, const uint8_t *lanes, uint8_t *ret);

#endif
