/* SPDX-License-Identifier: Apache-2.0 */
#include "rs-internal.h"

#include <lanewise/chain.h>
#include <lanewise/frames.h>
#include <lanewise/pcs.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Words decoded together; a multiple of every interleaving and batch. */
#define PIECE 512

/* A stream of uniform numbers, addressed by (seed, group). */
struct stream {
	uint32_t key[2], counter[4], block[4];
	unsigned left;
};

static void stream_start(struct stream *s, uint64_t seed, uint64_t group)
{
	memset(s, 0, sizeof(*s));
	s->key[0] = (uint32_t)seed;
	s->key[1] = (uint32_t)(seed >> 32);
	s->counter[1] = (uint32_t)group;
	s->counter[2] = (uint32_t)(group >> 32);
	s->counter[3] = 0x52535f46; /* apart from other users of the same seed */
}

/* In (0, 1], 53 bits. */
static double stream_next(struct stream *s)
{
	uint64_t v;

	if (!s->left) {
		lw_random_block(s->counter, s->key, s->block);
		s->counter[0]++;
		s->left = 4;
	}
	v = (uint64_t)s->block[s->left - 1] << 32 | s->block[s->left - 2];
	s->left -= 2;
	return (double)((v >> 11) + 1) / 9007199254740992.0;
}

/* Bit `at` of a group, as it is sent: bits of each lane in turn, of each its symbols. */
static void flip(const struct lw_rs *rs, const struct lw_rs_channel *c, uint8_t *group, unsigned at)
{
	unsigned on_lane = at / c->muxed;
	struct lw_pcs_spot s =
		lw_pcs_spot(c->interleaved, c->muxed, on_lane / RS_BITS, at % c->muxed);
	unsigned bit = s.place * RS_BITS + on_lane % RS_BITS;

	group[s.word * rs->bytes + bit / 8] ^= (uint8_t)(1u << bit % 8);
}

/* The gaps between the beginnings of runs are geometric. A run may have begun before the group. */
static void hurt_group(const struct lw_rs *rs, const struct lw_rs_channel *c, uint64_t number,
		       uint8_t *group)
{
	long bits = (long)(rs->n * RS_BITS * c->interleaved), burst = (long)c->burst;
	double begin = c->ber / (double)burst, ln_none = log1p(-begin);
	struct stream s;

	if (!(begin > 0))
		return;
	stream_start(&s, c->seed, number);
	for (double at = 1 - (double)burst;;) {
		at += floor(log(stream_next(&s)) / ln_none);
		if (at >= (double)bits)
			return;
		for (long i = (long)at; i < (long)at + burst; i++)
			if (i >= 0 && i < bits)
				flip(rs, c, group, (unsigned)i);
		at++;
	}
}

static unsigned count_bits(const uint8_t *word, size_t bytes)
{
	unsigned n = 0;

	for (size_t i = 0; i < bytes; i++)
		n += (unsigned)__builtin_popcount(word[i]);
	return n;
}

static void count_before(const struct lw_rs *rs, const uint8_t *word, struct lw_rs_count *inout)
{
	unsigned symbols = 0, bits = count_bits(word, rs->bytes);

	for (unsigned p = 0; bits && p < rs->n; p++)
		symbols += lw_rs_symbol(word, p) != 0;
	inout->words++;
	inout->bits += rs->n * RS_BITS;
	inout->bit_errors += bits;
	inout->symbol_errors += symbols;
	inout->errors[symbols <= rs->t ? symbols : rs->t + 1]++;
}

/* @return does it bring wrong bits, known or not? */
static bool count_after(const struct lw_rs *rs, const uint8_t *word, int8_t ret,
			struct lw_rs_count *inout)
{
	unsigned bits = count_bits(word, rs->bytes);

	inout->bit_errors_after += bits;
	if (ret == LW_RS_LOST)
		inout->lost++;
	else if (bits)
		inout->miscorrected++;
	return bits || ret == LW_RS_LOST;
}

/* Send some groups and decode them; frames that they spoil. */
static void send(struct lw_rs *rs, const struct lw_rs_channel *c, uint64_t first, unsigned groups,
		 uint8_t *words, const struct lw_frames *frames, struct lw_frames_lost *lost,
		 struct lw_rs_count *inout)
{
	unsigned w = c->interleaved;
	int8_t ret[PIECE];

	memset(words, 0, PIECE * rs->bytes);
	for (unsigned g = 0; g < groups; g++)
		hurt_group(rs, c, first + g, words + g * w * rs->bytes);
	for (unsigned i = 0; i < groups * w; i++)
		count_before(rs, words + i * rs->bytes, inout);
	lw_rs_decode(rs, words, groups * w, ret);
	for (unsigned g = 0; g < groups; g++) {
		bool spoiled = false;

		for (unsigned i = g * w; i < (g + 1) * w; i++)
			spoiled |= count_after(rs, words + i * rs->bytes, ret[i], inout);
		inout->groups++;
		inout->groups_lost += spoiled;
		if (spoiled && c->frame_octets)
			lw_frames_spoil(frames, first + g, lost);
	}
}

static int check_channel(const struct lw_rs_channel *c, const struct lw_rs *rs,
			 struct lw_frames *ret, struct lw_error *reterr)
{
	unsigned w = c->interleaved;

	if (!(c->ber >= 0 && c->ber <= 0.5) || !c->burst || c->burst > 1000 ||
	    (w != 1 && w != 2 && w != 4) || (c->muxed != 1 && c->muxed != 2 && c->muxed != 4))
		return lw_fail(
			reterr, LW_EINVAL,
			"a channel has a BER of 0 to 0.5, bursts of 1 to 1000 bits, and 1, 2 or 4 "
			"words interleaved and lanes multiplexed");
	return c->frame_octets ? lw_frames_init(ret, c->frame_octets, rs->code, w, reterr) : 0;
}

int lw_rs_count_errors(struct lw_rs *rs, const struct lw_rs_channel *c, uint64_t first, uint64_t n,
		       struct lw_rs_count *inout, struct lw_error *reterr)
{
	struct lw_rs_count beyond = {0}; /* of groups that frames reach, counted elsewhere */
	struct lw_frames frames = {0};
	struct lw_frames_lost lost = {0};
	uint64_t end = first + n, all = end;
	uint8_t *words;
	int r = check_channel(c, rs, &frames, reterr);

	if (r)
		return r;
	words = malloc(PIECE * rs->bytes);
	if (!words)
		return lw_fail(reterr, LW_ENOMEM, "out of memory");
	if (c->frame_octets) {
		lw_frames_begin(&frames, first, n, &lost);
		all += lw_frames_ahead(&frames);
	}
	while (first < all) {
		uint64_t left = first < end ? end - first : all - first;
		unsigned most = PIECE / c->interleaved,
			 groups = left < most ? (unsigned)left : most;

		send(rs, c, first, groups, words, &frames, &lost, first < end ? inout : &beyond);
		first += groups;
	}
	inout->frames += lost.end - lost.first;
	inout->frames_lost += lost.n;
	free(words);
	return 0;
}
