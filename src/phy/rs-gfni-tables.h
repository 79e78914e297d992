/* SPDX-License-Identifier: Apache-2.0 */
/* The part of rs-gfni.c that makes its matrices, and where sums and parity stand; once for each
 * code. */

/* Set what bit `in` of a byte adds to bit `out`. */
static void put_bit(uint64_t *matrix, unsigned out, unsigned in)
{
	*matrix |= (uint64_t)1 << (8 * (7 - out) + in);
}

/* What place `place` adds to the values. */
static void add_place(const struct lw_rs *rs, unsigned place, uint64_t row[ROWS_MAX])
{
	unsigned classes = rs->roots / 2, in = OCTET - 1 - place % OCTET;

	for (unsigned c = 0; c <= classes; c++) {
		unsigned power = (2 * c + 1) * (rs->n - 1 - place) % RS_ORDER;
		unsigned v = c < classes ? rs->exp[power] : 1u << 8;

		for (unsigned b = 0; b < 8 && c < classes; b++)
			if (v >> b & 1)
				put_bit(&row[c], b, in);
		for (unsigned b = 8; b < RS_BITS; b++)
			if (v >> b & 1)
				put_bit(&row[classes + c / 4], c % 4 * 2 + b - 8, in);
	}
}

/* What bit `bit` of a value and of the symbol adds to the syndrome (of a square). */
static void add_weight(const struct lw_rs *rs, const struct sum *s, unsigned symbol_bit,
		       unsigned bit, unsigned in, uint64_t *matrix)
{
	for (unsigned q = 0; q < (s->is_high ? 4u : 1u); q++) {
		unsigned v = rs->exp[(symbol_bit + (bit << (s->square + q))) % RS_ORDER];

		for (unsigned b = 0; b < 8; b++) {
			if (!s->is_high && v >> b & 1)
				put_bit(matrix, b, in);
			if (s->is_high && b < 2 && v >> (8 + b) & 1)
				put_bit(matrix, 2 * q + b, in);
		}
	}
}

static void make_weights(const struct lw_rs *rs, struct sum *s)
{
	for (unsigned odd_pass = 0; odd_pass < 2; odd_pass++) {
		uint64_t m[TERMS][2] = {0};

		for (unsigned b = 0; b < RS_BITS; b++) {
			for (unsigned i = 0; i < 8; i++)
				add_weight(rs, s, b, i, i, &m[b / 2][b % 2]);
			for (unsigned i = 0; i < 2; i++) {
				/* as gather_high() places them */
				unsigned quad = b < 8 ? b / 2 % 2 : odd_pass;
				unsigned low = b < 8 ? 4 * quad : 4 - 4 * quad;

				add_weight(rs, s, b, 8 + i, low + b % 2 * 2 + i,
					   &m[b >= 4 && b < 8 ? 6 : 5][quad]);
			}
		}
		for (unsigned i = 0; i < TERMS; i++)
			s->weight[odd_pass][i] = two_quads(m[i][0], m[i][1]);
	}
}

/* Bytes of the sum's quads that have a root, from the first on. */
static unsigned bytes_of(const struct lw_rs *rs, const struct sum *s, uint64_t *ret_valid)
{
	unsigned classes = rs->roots / 2, n = 0;

	*ret_valid = 0;
	for (unsigned i = 0; i < 8; i++) {
		unsigned c = 8 * s->set + i;

		for (unsigned q = 0; q < (s->is_high ? 4u : 1u); q++) {
			unsigned square = s->square + q;
			bool is = c < classes ? (2 * c + 1) << square < rs->roots
					      : c == classes && !square;

			if (!is)
				continue;
			n = i + 1;
			*ret_valid |= (s->is_high ? (uint64_t)3 << 2 * q : (uint64_t)0xff) << 8 * i;
		}
	}
	return n;
}

/* All sums that have a root, and where they stand when gaps are closed. */
static void list_sums(const struct lw_rs *rs, struct tables *t)
{
	unsigned filled[DENSE_MAX] = {0};

	for (unsigned set = 0; set < SETS; set++)
		for (unsigned q = 0; q < 2 * SQUARES; q++) {
			struct sum s = {.set = set, .square = q % SQUARES, .is_high = q >= SQUARES};
			unsigned d = 0, bytes;
			uint64_t valid;

			if (s.is_high && s.square % 4)
				continue;
			bytes = bytes_of(rs, &s, &valid);
			if (!bytes)
				continue;
			s.valid = _mm512_set1_epi64((long long)valid);
			make_weights(rs, &s);
			while (filled[d] + bytes > 8)
				d++;
			t->piece[t->sums] = (struct piece){t->sums, bytes, 8 * d + filled[d]};
			filled[d] += bytes;
			if (d >= t->dense)
				t->dense = d + 1;
			t->sum[t->sums++] = s;
		}
}

/* What bit `in` of a dense byte adds to the parity: it is `weight` of the syndrome at `root`. */
static void add_parity(const struct lw_rs *rs, unsigned root, unsigned weight, unsigned in,
		       uint64_t row[PARITY_BYTES])
{
	for (unsigned i = 0; i < rs->roots; i++) {
		unsigned v = rs_multiply(rs, rs->interpolate[rs->roots - 1 - i][root], weight);

		for (unsigned b = 0; b < RS_BITS; b++) {
			unsigned at = i * RS_BITS + b + rs->k * RS_BITS % 8;

			if (v >> b & 1)
				put_bit(&row[at / 8], at % 8, in);
		}
	}
}

static void make_parity_map(const struct lw_rs *rs, struct tables *t)
{
	for (unsigned i = 0; i < t->sums; i++) {
		const struct sum *s = &t->sum[i];

		for (unsigned k = 0; k < 8 * t->piece[i].bytes; k++) {
			unsigned c = 8 * s->set + k / 8, in = k % 8;
			unsigned square = s->square + (s->is_high ? in / 2 : 0);
			unsigned bit = s->is_high ? 8 + in % 2 : in;
			unsigned root = c == t->classes ? 0 : (2 * c + 1) << square;

			if (c > t->classes || root >= rs->roots || (c == t->classes && square))
				continue;
			add_parity(rs, root, rs->exp[c < t->classes ? bit : RS_ORDER + bit - 8], in,
				   t->parity[t->piece[i].at + k / 8]);
		}
	}
}
