/* SPDX-License-Identifier: Apache-2.0 */
#include "pattern-internal.h"

#include <ctype.h>
#include <string.h>

#define SSPRQ_PART  32768 /* bits of the three registers' output together */
#define SSPRQ_THIRD (UINT64_C(2) * SSPRQ_PART)
#define SSPRQ_LAST  (UINT64_C(3) * SSPRQ_PART - 2)
#define SSPRQ_ALL   (UINT64_C(4) * SSPRQ_PART - 2)
#define FIRST_BITS  UINT64_C(0x5555555555555555) /* of pairs */

const struct lw_pattern *lw_pattern_all(size_t *ret_n)
{
	*ret_n = lw_patterns_n;
	return lw_patterns;
}

static bool same_name(const char *a, const char *b)
{
	for (; *a || *b; a++, b++) {
		while (*a == '-' || *a == '_')
			a++;
		if (tolower((unsigned char)*a) != *b)
			return false;
		if (!*a)
			return true;
	}
	return true;
}

const struct lw_pattern *lw_pattern_find(const char *name)
{
	for (size_t i = 0; name && i < lw_patterns_n; i++)
		if (same_name(name, lw_patterns[i].name))
			return &lw_patterns[i];
	return NULL;
}

/* Bits of a period of a square wave, and the word that repeats it. */
static unsigned square_bits(const struct lw_pattern *p)
{
	return 2 * p->part[0].bits * (p->levels / 2);
}

static uint64_t square_word(const struct lw_pattern *p)
{
	unsigned half = square_bits(p) / 2;
	uint64_t high = (UINT64_C(1) << half) - 1, v = 0;

	if (p->levels == 4)
		high &= FIRST_BITS; /* three is sent as 1, 0 */
	for (unsigned at = 0; at < 64; at += 2 * half)
		v |= high << at;
	return v;
}

uint64_t lw_pattern_period(const struct lw_pattern *p)
{
	switch (p->kind) {
	case LW_PATTERN_PRBS:
		return ((UINT64_C(1) << p->order) - 1) * (p->levels / 2);
	case LW_PATTERN_SSPRQ:
		return SSPRQ_ALL;
	case LW_PATTERN_SQUARE:
		return square_bits(p);
	default:
		return 0;
	}
}

static uint64_t mirror(uint64_t v, unsigned n)
{
	uint64_t m = 0;

	for (unsigned i = 0; i < n; i++)
		m |= (v >> i & 1) << (n - 1 - i);
	return m;
}

static void make_ssprq(struct lw_pattern_source *s)
{
	const struct lw_pattern *p = s->pattern;
	unsigned at = 0;

	memset(s->word, 0, sizeof(s->word));
	for (unsigned i = 0; i < 3; i++) {
		uint64_t state = p->part[i].seed;

		for (unsigned k = 0; k < p->part[i].bits; k++, at++)
			s->word[at / 64] |= (uint64_t)(prbs_step(p, &state) ^ p->inverted)
					    << at % 64;
	}
	s->filled = SSPRQ_PART / 64;
}

int lw_pattern_start(struct lw_pattern_source *ret, const struct lw_pattern *pattern, uint64_t seed,
		     struct lw_error *reterr)
{
	if (seed && (!pattern->seed || seed >> pattern->order))
		return lw_fail(reterr, LW_EINVAL,
			       pattern->seed ? "a seed of %s has %u bits at most"
					     : "%s has no seed",
			       pattern->name, pattern->order);
	ret->pattern = pattern;
	ret->seed = seed ? seed : pattern->seed;
	if (pattern->kind == LW_PATTERN_IDLE)
		ret->seed = mirror(ret->seed, pattern->order);
	if (pattern->kind == LW_PATTERN_SSPRQ)
		make_ssprq(ret);
	lw_pattern_seek(ret, 0);
	return 0;
}

static void fill_idle(struct lw_pattern_source *s, unsigned from)
{
	for (; from + IDLE_CHUNK <= LW_PATTERN_WORDS; from += IDLE_CHUNK)
		idle_blocks(&s->state, &s->word[from]);
	s->filled = from;
}

void lw_pattern_seek(struct lw_pattern_source *s, uint64_t at)
{
	const struct lw_pattern *p = s->pattern;

	s->at = at;
	switch (p->kind) {
	case LW_PATTERN_PRBS:
		s->base = at;
		s->state = prbs_jump(p, s->seed, at % lw_pattern_period(p));
		s->filled = prbs_reach(p);
		prbs_begin(p, s->state, s->word);
		prbs_extend(p, s->word, s->filled, LW_PATTERN_WORDS);
		s->filled = LW_PATTERN_WORDS;
		break;
	case LW_PATTERN_IDLE:
		s->base = at / IDLE_BITS * IDLE_BITS;
		s->state = prbs_jump(p, s->seed, at / IDLE_BITS);
		fill_idle(s, 0);
		break;
	case LW_PATTERN_SSPRQ:
	case LW_PATTERN_SQUARE:
		s->at %= lw_pattern_period(p);
		break;
	}
}

/* Keep the last words, make new ones behind them. */
static void refill(struct lw_pattern_source *s)
{
	bool idle = s->pattern->kind == LW_PATTERN_IDLE;
	unsigned keep = idle ? IDLE_CHUNK : prbs_reach(s->pattern);

	memmove(s->word, s->word + s->filled - keep, keep * sizeof(*s->word));
	s->base += UINT64_C(64) * (s->filled - keep);
	if (idle) {
		fill_idle(s, keep);
		return;
	}
	prbs_extend(s->pattern, s->word, keep, LW_PATTERN_WORDS);
	s->filled = LW_PATTERN_WORDS;
}

/* 64 bits of the three parts, going round. */
static uint64_t ssprq_part(const struct lw_pattern_source *s, uint64_t at)
{
	unsigned i = (unsigned)(at / 64) % (SSPRQ_PART / 64), next = (i + 1) % (SSPRQ_PART / 64);

	return at % 64 ? s->word[i] >> at % 64 | s->word[next] << (64 - at % 64) : s->word[i];
}

/* The next bits of SSPRQ, as many as lie in one of its four quarters. @return how many */
static unsigned ssprq_bits(struct lw_pattern_source *s, uint64_t *ret)
{
	uint64_t at = s->at, left;

	if (at < SSPRQ_PART) {
		*ret = ssprq_part(s, at);
		left = SSPRQ_PART - at;
	} else if (at < SSPRQ_THIRD) {
		*ret = ssprq_part(s, at - SSPRQ_PART) ^ FIRST_BITS << at % 2;
		left = SSPRQ_THIRD - at;
	} else if (at < SSPRQ_LAST) {
		*ret = ssprq_part(s, at - SSPRQ_THIRD + 1);
		left = SSPRQ_LAST - at;
	} else {
		*ret = ssprq_part(s, at - SSPRQ_LAST + SSPRQ_PART - 1) ^ FIRST_BITS << at % 2;
		left = SSPRQ_ALL - at;
	}
	return left < 64 ? (unsigned)left : 64;
}

static uint64_t next_word(struct lw_pattern_source *s)
{
	const struct lw_pattern *p = s->pattern;
	uint64_t v = 0, part;
	unsigned i, shift;

	if (p->kind == LW_PATTERN_SQUARE) {
		shift = (unsigned)(s->at % square_bits(p));
		v = square_word(p);
		s->at += 64;
		return shift ? v >> shift | v << (64 - shift) : v;
	}
	if (p->kind == LW_PATTERN_SSPRQ) {
		for (unsigned n = 0, got; n < 64; n += got) {
			got = ssprq_bits(s, &part);
			v |= part << n;
			got = got < 64 - n ? got : 64 - n;
			if (n + got < 64)
				v &= (UINT64_C(1) << (n + got)) - 1;
			s->at = (s->at + got) % SSPRQ_ALL;
		}
		return v;
	}
	if ((s->at - s->base) / 64 + 1 >= s->filled)
		refill(s);
	i = (unsigned)((s->at - s->base) / 64);
	shift = (unsigned)(s->at - s->base) % 64;
	v = shift ? s->word[i] >> shift | s->word[i + 1] << (64 - shift) : s->word[i];
	s->at += 64;
	return p->inverted ? ~v : v;
}

/* Whole words of a register, straight from those that are there. @return bytes written */
static size_t copy_words(struct lw_pattern_source *s, uint8_t *ret, size_t bytes)
{
	uint64_t flip = s->pattern->inverted ? ~UINT64_C(0) : 0;
	size_t done = 0;

	if (s->pattern->kind == LW_PATTERN_SSPRQ || s->pattern->kind == LW_PATTERN_SQUARE ||
	    (s->at - s->base) % 64)
		return 0;
	while (bytes - done >= 8) {
		unsigned i = (unsigned)((s->at - s->base) / 64), n = s->filled - i;

		if (n > (bytes - done) / 8)
			n = (unsigned)((bytes - done) / 8);
		for (unsigned k = 0; k < n; k++) {
			uint64_t v = s->word[i + k] ^ flip;

			memcpy(ret + done + 8 * k, &v, 8);
		}
		done += 8 * n;
		s->at += UINT64_C(64) * n;
		if (i + n == s->filled)
			refill(s);
	}
	return done;
}

void lw_pattern_bits(struct lw_pattern_source *s, uint8_t *ret, size_t bits)
{
	size_t done = copy_words(s, ret, bits / 8);

	for (ret += done, bits -= 8 * done; bits;) {
		unsigned n = bits < 64 ? (unsigned)bits : 64;
		uint64_t v = next_word(s);

		if (n < 64) {
			/* go back to the first bit that was not asked for */
			uint64_t at = s->at - (64 - n);

			if (s->pattern->kind == LW_PATTERN_SSPRQ)
				at = (s->at + SSPRQ_ALL - (64 - n)) % SSPRQ_ALL;
			s->at = at;
			v &= (UINT64_C(1) << n) - 1;
		}
		memcpy(ret, &v, (n + 7) / 8);
		ret += (n + 7) / 8;
		bits -= n;
	}
}

void lw_pattern_symbols(struct lw_pattern_source *s, uint8_t *ret, size_t n)
{
	uint8_t bits[1024];

	while (n) {
		size_t bits_each = s->pattern->levels / 2, some = 8 * sizeof(bits) / bits_each;

		if (some > n)
			some = n;
		lw_pattern_bits(s, bits, some * bits_each);
		if (bits_each == 2)
			lw_pam4_encode(bits, some, ret);
		else
			for (size_t i = 0; i < some; i++)
				ret[i] = bits[i / 8] >> i % 8 & 1;
		ret += some;
		n -= some;
	}
}
