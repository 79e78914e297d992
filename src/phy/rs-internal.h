/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LW_RS_INTERNAL_H
#define LW_RS_INTERNAL_H

#include <lanewise/rs.h>

/*
 * What the engines of the Reed-Solomon codes share: tables of the field, and the shape of a back
 * end. A sliced back end works on planes: one bit of one symbol of many words.
 */

#define RS_BITS  10
#define RS_ORDER 1023 /* of the field's multiplicative group */
#define RS_ROWS  (LW_RS_N_MAX * RS_BITS)

struct rs_sliced {
	unsigned words; /* a batch, no less */
	size_t work_bytes;
	void (*prepare)(struct lw_rs *rs);
	void (*encode)(struct lw_rs *rs, uint8_t *words);
	void (*decode)(struct lw_rs *rs, uint8_t *words, int8_t ret[]);
	void (*syndromes)(struct lw_rs *rs, const uint8_t *words, uint16_t ret[]);
	void (*load)(struct lw_rs *rs, const uint8_t *words);
	void (*store)(struct lw_rs *rs, uint8_t *words);
	uint64_t *(*plane)(struct lw_rs *rs, unsigned bit);
	void (*encode_planes)(struct lw_rs *rs);
	void (*decode_planes)(struct lw_rs *rs, int8_t ret[]);
	size_t (*check_planes)(struct lw_rs *rs);
};

/* Works on bytes, without planes; the words of a block are all there is. */
struct rs_direct {
	unsigned words; /* a block, no less; at most 64 */
	size_t table_bytes;
	bool (*fits)(const struct lw_rs *rs);
	void (*prepare)(struct lw_rs *rs);
	void (*encode)(struct lw_rs *rs, uint8_t *words);
	/* Bit i: word i is no codeword. */
	uint64_t (*find_wrong)(struct lw_rs *rs, const uint8_t *words);
	/* The syndromes of a word of the block that find_wrong() saw last. */
	void (*read_syndromes)(const struct lw_rs *rs, unsigned word, uint16_t ret[]);
};

struct lw_rs {
	const struct lw_fec *code;
	unsigned n, k, roots, t;
	size_t bytes; /* of a codeword */
	enum lw_rs_engine engine;
	const struct rs_sliced *sliced; /* NULL: plain */
	void *work;                     /* of the sliced engine */
	const struct rs_direct *direct; /* NULL: none */
	void *tables;                   /* of the direct engine */
	uint8_t *spare;                 /* a batch, for what is left of one */
	int8_t *spare_ret;
	uint16_t exp[2 * RS_ORDER]; /* twice, so that the sum of two logarithms needs no modulo */
	uint16_t log[RS_ORDER + 1]; /* of 0: unused */
	uint16_t generator[LW_RS_ROOTS_MAX + 1]; /* lowest power first, monic */
	uint16_t interpolate[LW_RS_ROOTS_MAX]
			    [LW_RS_ROOTS_MAX]; /* parity of power i from syndrome j */
};

static inline unsigned rs_multiply(const struct lw_rs *rs, unsigned a, unsigned b)
{
	return a && b ? rs->exp[rs->log[a] + rs->log[b]] : 0;
}

/** The plain engine. */
void rs_plain_encode(const struct lw_rs *rs, uint8_t *word);
void rs_plain_syndromes(const struct lw_rs *rs, const uint8_t *word, uint16_t ret[LW_RS_ROOTS_MAX]);
/** Correct a word by its syndromes. @return symbols corrected, or LW_RS_LOST and nothing changed */
int rs_plain_correct(const struct lw_rs *rs, uint8_t *word,
		     const uint16_t syndromes[LW_RS_ROOTS_MAX]);

extern const struct rs_sliced rs_avx2, rs_avx512;
extern const struct rs_direct rs_gfni;

#endif
