/* SPDX-License-Identifier: Apache-2.0 */
#include "phy-tables.h"

#include <lanewise/rs.h>
#include <string.h>

enum { FOUR = 4, BLOCK_BITS = 64, SYMBOL_BITS = 10, HALF = 4 /* bits of half a type */ };

const struct lw_pcs *lw_pcs_all(size_t *ret_n)
{
	*ret_n = lw_pcs_rows_n;
	return lw_pcs_rows;
}

const struct lw_pcs *lw_pcs_find(const char *name)
{
	for (size_t i = 0; i < lw_pcs_rows_n; i++)
		if (!strcmp(lw_pcs_rows[i].name, name))
			return &lw_pcs_rows[i];
	return NULL;
}

const struct lw_pcs *lw_pcs_of(const struct lw_pmd *pmd)
{
	const struct lw_fec *fec = lw_fec_find(pmd->fec);

	if (!fec || fec->symbol_bits != SYMBOL_BITS)
		return NULL;
	for (size_t i = 0; i < lw_pcs_rows_n; i++)
		if (lw_pcs_rows[i].rate_mbps == pmd->rate_mbps)
			return &lw_pcs_rows[i];
	return NULL;
}

unsigned lw_pcs_muxed(const struct lw_pcs *p, const struct lw_pmd *pmd)
{
	if (pmd->baud_kbd / 1e6 >= p->symbols_from_gbd || !pmd->lanes || pmd->lanes >= p->lanes)
		return 1;
	return p->lanes / pmd->lanes;
}

struct lw_pcs_spot lw_pcs_spot(unsigned words, unsigned lanes, unsigned row, unsigned lane)
{
	unsigned flows = words == 4 && lanes > 1 ? 2 : 1, each = lanes / flows;
	unsigned mine = words / flows, at = row * each + lane % each;
	unsigned turn = each < mine ? at : lane % each + row;

	return (struct lw_pcs_spot){lane / each * mine + turn % mine, at / mine};
}

/* Blocks. */

static unsigned get_bit(const uint8_t *bits, size_t at)
{
	return (unsigned)bits[at / 8] >> at % 8 & 1;
}

static void put_bit(uint8_t *bits, size_t at, unsigned v)
{
	bits[at / 8] = (uint8_t)((bits[at / 8] & ~(1u << at % 8)) | v << at % 8);
}

static void put_bits(uint8_t *bits, size_t *at, uint64_t v, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		put_bit(bits, (*at)++, v >> i & 1);
}

static uint64_t get_bits(const uint8_t *bits, size_t *at, unsigned n)
{
	uint64_t v = 0;

	for (unsigned i = 0; i < n; i++)
		v |= (uint64_t)get_bit(bits, (*at)++) << i;
	return v;
}

/* The other half of a control block's type (figure 82-5): its first half, four bits as sent, is
 * enough. @return negative: there is none */
static int second_half(unsigned first)
{
	static const uint8_t types[] = {0x1e, 0x78, 0x4b, 0x87, 0x99, 0xaa,
					0xb4, 0xcc, 0xd2, 0xe1, 0xff};

	for (size_t i = 0; i < sizeof(types); i++)
		if ((types[i] & 15) == first)
			return types[i] >> HALF;
	return -1;
}

void lw_pcs_transcode(const struct lw_pcs_block in[FOUR], uint8_t ret[LW_PCS_TRANSCODED_BYTES])
{
	unsigned shortened = FOUR;
	bool invalid = false;
	size_t at = 0;

	memset(ret, 0, LW_PCS_TRANSCODED_BYTES);
	for (unsigned j = FOUR; j-- > 0;) {
		if (in[j].sync != LW_PCS_DATA)
			shortened = j;
		invalid |= in[j].sync != LW_PCS_DATA && in[j].sync != LW_PCS_CONTROL;
	}
	put_bits(ret, &at, shortened == FOUR, 1);
	for (unsigned j = 0; shortened < FOUR && j < FOUR; j++)
		put_bits(ret, &at, invalid || in[j].sync == LW_PCS_DATA, 1);
	if (invalid)
		shortened = 0;
	for (unsigned j = 0; j < FOUR; j++) {
		put_bits(ret, &at, in[j].payload, j == shortened ? HALF : BLOCK_BITS);
		if (j == shortened)
			put_bits(ret, &at, in[j].payload >> 2 * HALF, BLOCK_BITS - 2 * HALF);
	}
}

/* Payloads, one of them without half of its type. @return false: the type is none */
static bool restore_payloads(const uint8_t *in, size_t at, unsigned shortened,
			     struct lw_pcs_block ret[FOUR])
{
	bool good = true;

	for (unsigned j = 0; j < FOUR; j++) {
		uint64_t v = get_bits(in, &at, j == shortened ? HALF : BLOCK_BITS);

		if (j == shortened) {
			int half = second_half((unsigned)v);

			good = half >= 0;
			v |= (uint64_t)(good ? half : 0) << HALF;
			v |= get_bits(in, &at, BLOCK_BITS - 2 * HALF) << 2 * HALF;
		}
		ret[j].payload = v;
	}
	return good;
}

bool lw_pcs_restore(const uint8_t in[LW_PCS_TRANSCODED_BYTES], struct lw_pcs_block ret[FOUR])
{
	bool all_data = get_bit(in, 0), good;
	unsigned shortened = FOUR;

	for (unsigned j = FOUR; j-- > 0;) {
		bool data = all_data || get_bit(in, 1 + j);

		ret[j].sync = data ? LW_PCS_DATA : LW_PCS_CONTROL;
		if (!data)
			shortened = j;
	}
	good = all_data || shortened < FOUR;
	if (!restore_payloads(in, all_data ? 1 : 1 + FOUR, good ? shortened : 0, ret))
		good = false;
	for (unsigned j = 0; !good && j < FOUR; j++)
		ret[j].sync = LW_PCS_INVALID;
	return good;
}

/* The scrambler's next bit, before what it is added to: of 39 and of 58 bits ago. */
static unsigned key_of(uint64_t state)
{
	return (unsigned)(state >> 38 ^ state >> 57) & 1;
}

void lw_pcs_scramble(uint64_t *inout_state, uint8_t *bits, size_t n)
{
	uint64_t s = *inout_state;

	for (size_t i = 0; i < n; i++) {
		unsigned sent = get_bit(bits, i) ^ key_of(s);

		put_bit(bits, i, sent);
		s = s << 1 | sent;
	}
	*inout_state = s;
}

void lw_pcs_descramble(uint64_t *inout_state, uint8_t *bits, size_t n)
{
	uint64_t s = *inout_state;

	for (size_t i = 0; i < n; i++) {
		unsigned received = get_bit(bits, i);

		put_bit(bits, i, received ^ key_of(s));
		s = s << 1 | received;
	}
	*inout_state = s;
}

/* Framing. */

/* Where bit `at` of a flow's stream lies among all words. */
static size_t message_bit(const struct lw_pcs *p, unsigned flow, size_t at, size_t word_bytes)
{
	unsigned mine = p->words / p->flows;
	size_t symbol = at / SYMBOL_BITS, word = flow * mine + symbol % mine;

	return word * word_bytes * 8 + symbol / mine * SYMBOL_BITS + at % SYMBOL_BITS;
}

void lw_pcs_frame(const struct lw_pcs *p, const struct lw_pcs_block *blocks,
		  struct lw_pcs_state *inout, uint8_t *words, size_t word_bytes)
{
	unsigned n = LW_PCS_WORD_BLOCKS * p->words;

	for (unsigned f = 0; f < p->flows; f++) {
		size_t at = 0;

		for (unsigned i = f; i < n; i += FOUR * p->flows) {
			uint8_t bits[LW_PCS_TRANSCODED_BYTES];
			struct lw_pcs_block four[FOUR];

			for (unsigned j = 0; j < FOUR; j++)
				four[j] = blocks[i + j * p->flows];
			lw_pcs_transcode(four, bits);
			lw_pcs_scramble(&inout->scrambler[f], bits, LW_PCS_TRANSCODED);
			for (unsigned b = 0; b < LW_PCS_TRANSCODED; b++)
				put_bit(words, message_bit(p, f, at++, word_bytes),
					get_bit(bits, b));
		}
	}
}

unsigned lw_pcs_unframe(const struct lw_pcs *p, const uint8_t *words, size_t word_bytes,
			struct lw_pcs_state *inout, struct lw_pcs_block *ret)
{
	unsigned n = LW_PCS_WORD_BLOCKS * p->words, invalid = 0;

	for (unsigned f = 0; f < p->flows; f++) {
		size_t at = 0;

		for (unsigned i = f; i < n; i += FOUR * p->flows) {
			uint8_t bits[LW_PCS_TRANSCODED_BYTES] = {0};
			struct lw_pcs_block four[FOUR];

			for (unsigned b = 0; b < LW_PCS_TRANSCODED; b++)
				put_bit(bits, b,
					get_bit(words, message_bit(p, f, at++, word_bytes)));
			lw_pcs_descramble(&inout->scrambler[f], bits, LW_PCS_TRANSCODED);
			invalid += lw_pcs_restore(bits, four) ? 0 : FOUR;
			for (unsigned j = 0; j < FOUR; j++)
				ret[i + j * p->flows] = four[j];
		}
	}
	return invalid;
}

void lw_pcs_deal(const struct lw_pcs *p, unsigned n, const uint8_t *words, uint8_t *ret)
{
	unsigned rows = n * p->words / p->lanes;
	size_t lane_bytes = rows * SYMBOL_BITS / 8, word_bytes = n * SYMBOL_BITS / 8;

	for (unsigned lane = 0; lane < p->lanes; lane++)
		for (unsigned row = 0; row < rows; row++) {
			struct lw_pcs_spot s = lw_pcs_spot(p->words, p->lanes, row, lane);
			unsigned v = lw_rs_symbol(words + s.word * word_bytes, s.place);

			lw_rs_set_symbol(ret + lane * lane_bytes, row, v);
		}
}

void lw_pcs_gather(const struct lw_pcs *p, unsigned n, const uint8_t *lanes, uint8_t *ret)
{
	unsigned rows = n * p->words / p->lanes;
	size_t lane_bytes = rows * SYMBOL_BITS / 8, word_bytes = n * SYMBOL_BITS / 8;

	for (unsigned lane = 0; lane < p->lanes; lane++)
		for (unsigned row = 0; row < rows; row++) {
			struct lw_pcs_spot s = lw_pcs_spot(p->words, p->lanes, row, lane);
			unsigned v = lw_rs_symbol(lanes + lane * lane_bytes, row);

			lw_rs_set_symbol(ret + s.word * word_bytes, s.place, v);
		}
}
