/* SPDX-License-Identifier: Apache-2.0 */
#include "pattern-internal.h"

#include <string.h>

#define BLOCK 1024 /* bits compared before the lock is doubted */
#define ODDS  5    /* one wrong in so many is too much */
#define HASTE 32   /* bits of a first look */

/* How many of the next `n` bits differ from what the source gives. Its place is not kept. */
static unsigned count_wrong(const struct lw_pattern_check *c, struct lw_pattern_source *s,
			    const uint8_t *bits, size_t end, size_t at, unsigned n)
{
	uint64_t flip = c->inverted ? ~UINT64_C(0) : 0;
	unsigned wrong = 0;

	for (unsigned i = 0; i < n; i += 64) {
		uint8_t expected[8];

		lw_pattern_bits(s, expected, 64);
		wrong += (unsigned)__builtin_popcountll(bits_at(expected, 64, 0) ^ flip ^
							bits_at(bits, end, at + i));
	}
	return wrong;
}

static bool proves(struct lw_pattern_check *c, const uint8_t *bits, size_t n, size_t at)
{
	uint64_t place = c->source.at;

	if (count_wrong(c, &c->source, bits, n, at, LW_PATTERN_PROOF) > LW_PATTERN_PROOF / ODDS)
		return false;
	lw_pattern_seek(&c->source, place);
	return true;
}

/* Take the register from the bits. */
static bool lock_prbs(struct lw_pattern_check *c, const uint8_t *bits, size_t n, size_t at)
{
	const struct lw_pattern *p = c->pattern;
	unsigned flip = p->inverted ^ c->inverted, wrong = 0;
	uint64_t got = bits_at(bits, n, at), state = 0, state_then;

	for (unsigned i = 0; i < p->order; i++)
		state = state << 1 | ((got >> i & 1) ^ flip);
	if (!state)
		return false;
	state_then = state;
	got = bits_at(bits, n, at + p->order);
	for (unsigned i = 0; i < HASTE; i++)
		wrong += prbs_step(p, &state) ^ flip ^ (unsigned)(got >> i & 1);
	if (wrong > HASTE / ODDS)
		return false;
	lw_pattern_start(&c->source, p, state_then, NULL);
	return proves(c, bits, n, at + p->order);
}

/* Take the scrambler from the payload of a block. */
static bool lock_idle(struct lw_pattern_check *c, const uint8_t *bits, size_t n, size_t at)
{
	uint64_t flip = c->inverted ? ~UINT64_C(0) : 0;
	uint64_t header = bits_at(bits, n, at) ^ flip,
		 next = bits_at(bits, n, at + IDLE_BITS) ^ flip;
	uint64_t payload = bits_at(bits, n, at + 2) ^ flip, seed = 0;

	if ((header & 3) != 1 || (next & 3) != 1 || !(payload >> 6))
		return false;
	for (unsigned i = 0; i < c->pattern->order; i++)
		seed |= (payload >> (63 - i) & 1) << i;
	lw_pattern_start(&c->source, c->pattern, seed, NULL);
	return proves(c, bits, n, at + IDLE_BITS);
}

/* Try every place of a pattern that has few, and take the best: SSPRQ has stretches that are much
 * alike, and each of its bits twice, but the second time in the other place of a pair. */
static bool lock_short(struct lw_pattern_check *c, const uint8_t *bits, size_t n, size_t at)
{
	uint64_t flip = c->inverted ? ~UINT64_C(0) : 0, got = bits_at(bits, n, at) ^ flip;
	uint64_t period = lw_pattern_period(c->pattern), window = 0, best = 0;
	unsigned least = LW_PATTERN_PROOF / ODDS + 1, wrong;
	struct lw_pattern_source s;

	if (c->source.pattern != c->pattern)
		lw_pattern_start(&c->source, c->pattern, 0, NULL);
	s = c->source;
	for (uint64_t place = 0; place < period; place++) {
		uint8_t more[8];

		/* `s` stays 64 bits ahead of the place */
		lw_pattern_seek(&s, place ? place + 63 : 0);
		lw_pattern_bits(&s, more, place ? 1 : 64);
		window = place ? window >> 1 | (uint64_t)more[0] << 63 : bits_at(more, 64, 0);
		if ((c->pattern->levels == 4 && place % 2 != at % 2) ||
		    __builtin_popcountll(window ^ got) > 64 / ODDS)
			continue;
		lw_pattern_seek(&s, place);
		wrong = count_wrong(c, &s, bits, n, at, LW_PATTERN_PROOF);
		if (wrong < least) {
			least = wrong;
			best = place;
		}
	}
	lw_pattern_seek(&c->source, best);
	return least <= LW_PATTERN_PROOF / ODDS;
}

/* @return the bit from which the source goes on, or n */
static size_t find_lock(struct lw_pattern_check *c, const uint8_t *bits, size_t n, size_t at)
{
	static const struct {
		bool (*lock)(struct lw_pattern_check *c, const uint8_t *bits, size_t n, size_t at);
		unsigned step;
	} ways[] = {
		[LW_PATTERN_PRBS] = {lock_prbs, 16},
		[LW_PATTERN_SSPRQ] = {lock_short, 2 * LW_PATTERN_PROOF},
		[LW_PATTERN_SQUARE] = {lock_short, 1},
		[LW_PATTERN_IDLE] = {lock_idle, 1},
	};
	unsigned kind = c->pattern->kind, own = 0;

	if (kind == LW_PATTERN_PRBS)
		own = c->pattern->order;
	if (kind == LW_PATTERN_IDLE)
		own = IDLE_BITS;
	for (; at + own + LW_PATTERN_PROOF <= n; at += ways[kind].step)
		for (unsigned way = 0; way < 2; way++) {
			c->inverted = way;
			if (!ways[kind].lock(c, bits, n, at))
				continue;
			c->locked = true;
			return at + own;
		}
	return n;
}

static void note_run(struct lw_pattern_check *c, bool wrong)
{
	if (wrong) {
		c->run++;
	} else if (c->run) {
		c->burst[c->run < 16 ? c->run : 16]++;
		c->run = 0;
	}
}

void lw_pattern_check_end(struct lw_pattern_check *c)
{
	note_run(c, false);
}

/* Count what is wrong in up to 64 bits. */
static void count(struct lw_pattern_check *c, uint64_t wrong, unsigned n)
{
	unsigned each = c->pattern->levels / 2;

	c->bits += n;
	c->errors += (unsigned)__builtin_popcountll(wrong);
	if (each == 2)
		c->symbols += n / 2;
	if (!wrong) {
		note_run(c, false);
		return;
	}
	for (unsigned i = 0; i < n; i += each) {
		bool is_wrong = wrong >> i & (each == 2 ? 3 : 1);

		if (each == 2)
			c->symbol_errors += is_wrong;
		note_run(c, is_wrong);
	}
}

/* Compare up to BLOCK bits. @return false when too many differ: none counts then */
static bool compare_block(struct lw_pattern_check *c, const uint8_t *bits, size_t n, size_t at,
			  unsigned block)
{
	uint64_t flip = c->inverted ? ~UINT64_C(0) : 0, wrong[BLOCK / 64];
	uint8_t expected[BLOCK / 8] = {0};
	unsigned total = 0;

	lw_pattern_bits(&c->source, expected, block);
	for (unsigned i = 0; i < block; i += 64) {
		uint64_t w = bits_at(expected, block, i) ^ flip ^ bits_at(bits, n, at + i);

		if (block - i < 64)
			w &= (UINT64_C(1) << (block - i)) - 1;
		wrong[i / 64] = w;
		if (w)
			total += (unsigned)__builtin_popcountll(w);
	}
	if (block >= LW_PATTERN_PROOF && total > block / ODDS)
		return false;
	for (unsigned i = 0; i < block; i += 64)
		count(c, wrong[i / 64], block - i < 64 ? block - i : 64);
	return true;
}

void lw_pattern_check(struct lw_pattern_check *c, const uint8_t *bits, size_t n)
{
	size_t at = 0;

	while (at < n) {
		unsigned block;

		if (!c->locked) {
			size_t from = find_lock(c, bits, n, at);

			/* pairs begin at even bits */
			if (c->locked && c->pattern->levels == 4 && from % 2) {
				uint8_t one;

				lw_pattern_bits(&c->source, &one, 1);
				from++;
			}
			c->skipped += from - at;
			at = from;
			continue;
		}
		block = n - at < BLOCK ? (unsigned)(n - at) : BLOCK;
		if (!compare_block(c, bits, n, at, block)) {
			/* what proved the lock may be good still: go on behind it */
			size_t lost = block < LW_PATTERN_PROOF ? block : LW_PATTERN_PROOF;

			c->locked = false;
			c->losses++;
			c->skipped += lost;
			at += lost;
			note_run(c, false);
			continue;
		}
		at += block;
	}
}
