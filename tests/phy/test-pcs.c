/* SPDX-License-Identifier: Apache-2.0 */
#include <lanewise/pcs.h>
#include <lanewise/rs.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

/* After the headers that it needs. */
#include <cmocka.h>

/*
 * Framing of 64b/66b blocks into codewords and lanes, against the formulas of the clauses written
 * out here on arrays of bits and symbols, and against themselves backwards.
 */

static uint64_t seed = 1;

static uint64_t random_bits(void)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return seed * 0x2545f4914f6cdd1d;
}

/* Block types of figure 82-5. */
static const uint8_t types[] = {0x1e, 0x78, 0x4b, 0x87, 0x99, 0xaa, 0xb4, 0xcc, 0xd2, 0xe1, 0xff};

static struct lw_pcs_block random_block(void)
{
	struct lw_pcs_block b = {random_bits(), LW_PCS_DATA};

	if (random_bits() % 3 == 0) {
		b.sync = LW_PCS_CONTROL;
		b.payload = (b.payload & ~(uint64_t)0xff) | types[random_bits() % sizeof(types)];
	}
	return b;
}

static unsigned bit_of(const uint8_t *bits, size_t at)
{
	return (unsigned)bits[at / 8] >> at % 8 & 1;
}

/* 119.2.4.2 with its own indices: coded[j][0..65] as received, xcoded[0..256]. */
static void slow_transcode(const struct lw_pcs_block in[4], uint8_t xcoded[257])
{
	uint8_t coded[4][66], payloads[256];
	int c = -1;

	for (int j = 0; j < 4; j++) {
		coded[j][0] = in[j].sync & 1;
		coded[j][1] = in[j].sync >> 1;
		for (int i = 0; i < 64; i++)
			coded[j][2 + i] = in[j].payload >> i & 1;
		memcpy(payloads + 64 * j, coded[j] + 2, 64);
		if (c < 0 && coded[j][0] == 1)
			c = j;
	}
	xcoded[0] = c < 0;
	if (c < 0) {
		memcpy(xcoded + 1, payloads, 256);
		return;
	}
	for (int j = 0; j < 4; j++)
		xcoded[j + 1] = coded[j][1];
	/* <64c+8:5> = payloads<64c+3:0>, <256:64c+9> = payloads<255:64c+8> */
	memcpy(xcoded + 5, payloads, 64 * (size_t)c + 4);
	memcpy(xcoded + 64 * c + 9, payloads + 64 * c + 8, 248 - 64 * (size_t)c);
}

static void transcoding_follows_the_clause_and_is_undone(void **state)
{
	(void)state;
	for (int run = 0; run < 5000; run++) {
		struct lw_pcs_block in[4], out[4];
		uint8_t bits[LW_PCS_TRANSCODED_BYTES], slow[257];

		for (int j = 0; j < 4; j++)
			in[j] = random_block();
		lw_pcs_transcode(in, bits);
		slow_transcode(in, slow);
		for (int i = 0; i < 257; i++)
			assert_int_equal(bit_of(bits, (size_t)i), slow[i]);
		assert_true(lw_pcs_restore(bits, out));
		for (int j = 0; j < 4; j++) {
			assert_int_equal(out[j].sync, in[j].sync);
			assert_true(out[j].payload == in[j].payload);
		}
	}
}

/* Four idle blocks, by hand: 0, 0000, then e (of 1e) and 28 zeros, three times 1e and 28 zeros. */
static void four_idle_blocks_are_what_the_clause_makes(void **state)
{
	struct lw_pcs_block idle[4];
	uint8_t bits[LW_PCS_TRANSCODED_BYTES], want[LW_PCS_TRANSCODED_BYTES] = {0};

	(void)state;
	for (int j = 0; j < 4; j++)
		idle[j] = (struct lw_pcs_block){0x1e, LW_PCS_CONTROL};
	lw_pcs_transcode(idle, bits);
	want[0] = 0xc0; /* e, least significant first, from bit 5 on: 0 1 1, then 1 */
	want[1] = 0x01;
	/* 5 + 60 bits, then 1e at 65, 129, 193 */
	for (int j = 0; j < 3; j++)
		want[8 + 8 * j] = 0x1e << 1;
	assert_memory_equal(bits, want, sizeof(want));
}

static void what_no_blocks_make_is_invalid(void **state)
{
	struct lw_pcs_block in[4], out[4];
	uint8_t bits[LW_PCS_TRANSCODED_BYTES];

	(void)state;
	for (int j = 0; j < 4; j++)
		in[j] = random_block();
	in[2].sync = 0;
	lw_pcs_transcode(in, bits);
	assert_int_equal(bits[0] & 0x1f, 0x1e);
	assert_false(lw_pcs_restore(bits, out));
	for (int j = 0; j < 4; j++)
		assert_int_equal(out[j].sync, LW_PCS_INVALID);
	/* a control block of a type that is none: 0 */
	for (int j = 0; j < 4; j++)
		in[j] = (struct lw_pcs_block){0x1e, LW_PCS_CONTROL};
	lw_pcs_transcode(in, bits);
	bits[0] &= 0x1f;
	bits[1] &= 0xfe;
	assert_false(lw_pcs_restore(bits, out));
}

static void scrambler_follows_its_polynomial(void **state)
{
	enum { N = 1000 };
	uint8_t bits[N / 8], sent[58 + N], in[N];
	uint64_t s = 0x3ffffffffffffff, t = 0x123456789;

	(void)state;
	memset(sent, 1, 58);
	for (int i = 0; i < N / 8; i++)
		bits[i] = (uint8_t)random_bits();
	for (int i = 0; i < N; i++) {
		in[i] = (uint8_t)bit_of(bits, (size_t)i);
		sent[58 + i] = in[i] ^ sent[58 + i - 39] ^ sent[58 + i - 58];
	}
	lw_pcs_scramble(&s, bits, N);
	for (int i = 0; i < N; i++)
		assert_int_equal(bit_of(bits, (size_t)i), sent[58 + i]);
	/* from any state the descrambler is right after 58 bits */
	lw_pcs_descramble(&t, bits, N);
	for (int i = 58; i < N; i++)
		assert_int_equal(bit_of(bits, (size_t)i), in[i]);
}

/* 119.2.4.7 as it is written for 200GBASE-R and 400GBASE-R: tx_out<> of codewords A and B, then
 * symbols to lanes in turn. */
static void deal_as_written(unsigned lanes, const uint8_t *words, unsigned lane, unsigned row,
			    unsigned *ret)
{
	unsigned half = lanes / 2, j = lane / 2, place = half * row + j;
	bool b = (lane % 2 == 1) != (row % 2 == 1);

	*ret = lw_rs_symbol(words + (b ? 680 : 0), place);
}

static void lanes_carry_what_the_clause_deals(void **state)
{
	static const char *const names[] = {"200GBASE-R", "400GBASE-R"};
	uint8_t words[2 * 680], lanes[2 * 680];

	(void)state;
	for (size_t i = 0; i < sizeof(words); i++)
		words[i] = (uint8_t)random_bits();
	for (int n = 0; n < 2; n++) {
		const struct lw_pcs *p = lw_pcs_find(names[n]);
		unsigned rows = 2 * 544 / p->lanes;

		lw_pcs_deal(p, 544, words, lanes);
		for (unsigned lane = 0; lane < p->lanes; lane++)
			for (unsigned row = 0; row < rows; row++) {
				unsigned want;

				deal_as_written(p->lanes, words, lane, row, &want);
				assert_int_equal(lw_rs_symbol(lanes + lane * rows * 10 / 8, row),
						 want);
			}
	}
	/* clause 91: symbol i of the codeword to lane i mod 4 */
	lw_pcs_deal(lw_pcs_find("100GBASE-R"), 528, words, lanes);
	for (unsigned i = 0; i < 528; i++)
		assert_int_equal(lw_rs_symbol(lanes + i % 4 * 165, i / 4), lw_rs_symbol(words, i));
}

/* For all PCSs: every symbol has one place, and bits of blocks come back through lanes. */
static void blocks_come_back_through_codewords_and_lanes(void **state)
{
	static struct lw_pcs_block in[4 * LW_PCS_WORD_BLOCKS], out[4 * LW_PCS_WORD_BLOCKS];
	const struct lw_pcs *all;
	size_t n;

	(void)state;
	all = lw_pcs_all(&n);
	assert_true(n >= 7);
	for (size_t k = 0; k < n; k++) {
		const struct lw_pcs *p = &all[k];
		struct lw_pcs_state tx = LW_PCS_STATE, rx = LW_PCS_STATE;
		uint8_t words[4 * 680], lanes[4 * 680], back[4 * 680] = {0};
		struct lw_rs *rs;

		assert_int_equal(lw_rs_create(lw_fec_find("RS(544,514)"), LW_RS_PLAIN, &rs, NULL),
				 0);
		for (int group = 0; group < 3; group++) {
			int8_t ret[4];

			for (unsigned i = 0; i < LW_PCS_WORD_BLOCKS * p->words; i++)
				in[i] = random_block();
			memset(words, 0, sizeof(words));
			lw_pcs_frame(p, in, &tx, words, 680);
			lw_rs_encode(rs, words, p->words);
			lw_pcs_deal(p, 544, words, lanes);
			/* a run of errors on one lane, 15 symbols of each word at most */
			memset(lanes, 0x5a, 15);
			lw_pcs_gather(p, 544, lanes, back);
			lw_rs_decode(rs, back, p->words, ret);
			assert_memory_equal(back, words, p->words * 680);
			assert_int_equal(lw_pcs_unframe(p, back, 680, &rx, out), 0);
			for (unsigned i = 0; i < LW_PCS_WORD_BLOCKS * p->words; i++) {
				assert_int_equal(out[i].sync, in[i].sync);
				assert_true(out[i].payload == in[i].payload);
			}
		}
		lw_rs_destroy(rs);
	}
}

static void lanes_of_pmds_know_their_pcs(void **state)
{
	static const struct {
		const char *pmd, *pcs;
		unsigned muxed;
	} rows[] = {
		{"400GBASE-DR4", "400GBASE-R", 4},  {"400GBASE-SR8", "400GBASE-R", 2},
		{"200GBASE-SR4", "200GBASE-R", 2},  {"100GBASE-DR", "100GBASE-R", 4},
		{"100GBASE-SR4", "100GBASE-R", 1},  {"800GBASE-DR8", "800GBASE-R", 4},
		{"400GBASE-SR16", "400GBASE-R", 1}, {"50GBASE-SR", "50GBASE-R", 2},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		const struct lw_pmd *pmd = lw_pmd_find(rows[i].pmd);
		const struct lw_pcs *p;

		if (!pmd)
			fail_msg("%s is no PMD", rows[i].pmd);
		p = lw_pcs_of(pmd);
		assert_non_null(p);
		assert_string_equal(p->name, rows[i].pcs);
		assert_int_equal(lw_pcs_muxed(p, pmd), rows[i].muxed);
	}
	assert_null(lw_pcs_of(lw_pmd_find("10GBASE-SR")));
	assert_null(lw_pcs_find("40GBASE-R"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(transcoding_follows_the_clause_and_is_undone),
		cmocka_unit_test(four_idle_blocks_are_what_the_clause_makes),
		cmocka_unit_test(what_no_blocks_make_is_invalid),
		cmocka_unit_test(scrambler_follows_its_polynomial),
		cmocka_unit_test(lanes_carry_what_the_clause_deals),
		cmocka_unit_test(blocks_come_back_through_codewords_and_lanes),
		cmocka_unit_test(lanes_of_pmds_know_their_pcs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
