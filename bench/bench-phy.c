/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Patterns and Reed-Solomon codes, one thread, beside copying memory and beside libfec's general
 * codec in the same run. All take turns for several rounds and the least CPU time counts: what the
 * processor can do, whatever else runs.
 */
#include "bench.h"

#include <lanewise/formula.h>
#include <lanewise/pattern.h>
#include <lanewise/rs.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#ifdef HAVE_FEC
#include <fec.h>
#endif

#define ROUNDS  15
#define WORDS   1024 /* codewords of a turn; the slow ones take fewer */
#define SLOW    16
#define PATTERN ((size_t)1 << 20)
#define MESSAGE 5140 /* payload bits of a codeword */
#define KP4     "RS(544,514)"

struct phy {
	struct lw_rs *rs[LW_RS_ENGINES];
	uint8_t *sent, *hurt, *words; /* WORDS codewords: clean, with errors, worked on */
	int8_t *ret;
	unsigned errors; /* in each word of `hurt` */
	uint8_t *bits, *copy;
#ifdef HAVE_FEC
	void *fec;
	unsigned *symbols; /* SLOW words */
#endif
};

struct rate {
	const char *name;
	double (*turn)(struct phy *p, enum lw_rs_engine engine, unsigned param); /* Gb/s */
	enum lw_rs_engine engine;
	unsigned param;
	double bar;
	bool is_slow; /* held to libfec's rate of the same kind */
	const char *peer;
	double best;
};

static double gbps(double words, double seconds)
{
	return words * MESSAGE / seconds * 1e-9;
}

static unsigned words_of(enum lw_rs_engine engine)
{
	return engine == LW_RS_PLAIN ? SLOW : WORDS;
}

static void make_errors(struct phy *p, unsigned errors)
{
	size_t bytes = LW_RS_BYTES_MAX;

	if (p->errors == errors)
		return;
	p->errors = errors;
	memcpy(p->hurt, p->sent, WORDS * bytes);
	for (unsigned w = 0; w < WORDS; w++)
		for (unsigned i = 0; i < errors; i++) {
			/* a different place for each: 16 stretches of 34 */
			unsigned place = i * 34 + (unsigned)rand() % 34;
			uint8_t *word = p->hurt + w * bytes;

			lw_rs_set_symbol(word, place,
					 lw_rs_symbol(word, place) ^ (1 + (unsigned)rand() % 1023));
		}
}

static double encode(struct phy *p, enum lw_rs_engine e, unsigned param)
{
	double start = bench_cpu_seconds();

	(void)param;
	lw_rs_encode(p->rs[e], p->words, words_of(e));
	return gbps(words_of(e), bench_cpu_seconds() - start);
}

static double decode(struct phy *p, enum lw_rs_engine e, unsigned errors)
{
	double start;

	make_errors(p, errors);
	memcpy(p->words, p->hurt, words_of(e) * (size_t)LW_RS_BYTES_MAX);
	start = bench_cpu_seconds();
	lw_rs_decode(p->rs[e], p->words, words_of(e), p->ret);
	return gbps(words_of(e), bench_cpu_seconds() - start);
}

static double encode_planes(struct phy *p, enum lw_rs_engine e, unsigned param)
{
	double start;

	(void)param;
	lw_rs_load_planes(p->rs[e], p->sent);
	start = bench_cpu_seconds();
	for (unsigned i = 0; i < 8; i++)
		lw_rs_encode_planes(p->rs[e]);
	return gbps(8 * lw_rs_batch(p->rs[e]), bench_cpu_seconds() - start);
}

static double check_planes(struct phy *p, enum lw_rs_engine e, unsigned param)
{
	double start;

	(void)param;
	lw_rs_load_planes(p->rs[e], p->sent);
	start = bench_cpu_seconds();
	for (unsigned i = 0; i < 8; i++)
		lw_rs_check_planes(p->rs[e]);
	return gbps(8 * lw_rs_batch(p->rs[e]), bench_cpu_seconds() - start);
}

static double decode_planes(struct phy *p, enum lw_rs_engine e, unsigned errors)
{
	double start;

	make_errors(p, errors);
	lw_rs_load_planes(p->rs[e], p->hurt);
	start = bench_cpu_seconds();
	lw_rs_decode_planes(p->rs[e], p->ret);
	return gbps(lw_rs_batch(p->rs[e]), bench_cpu_seconds() - start);
}

#ifdef HAVE_FEC
static void load_symbols(struct phy *p, const uint8_t *words)
{
	for (unsigned w = 0; w < SLOW; w++)
		for (unsigned i = 0; i < 544; i++)
			p->symbols[w * 544 + i] = lw_rs_symbol(words + w * LW_RS_BYTES_MAX, i);
}

static double fec_encode(struct phy *p, enum lw_rs_engine e, unsigned param)
{
	double start;

	(void)e, (void)param;
	load_symbols(p, p->sent);
	start = bench_cpu_seconds();
	for (unsigned w = 0; w < SLOW; w++)
		encode_rs_int(p->fec, p->symbols + w * 544, p->symbols + w * 544 + 514);
	return gbps(SLOW, bench_cpu_seconds() - start);
}

static double fec_decode(struct phy *p, enum lw_rs_engine e, unsigned errors)
{
	double start;

	(void)e;
	make_errors(p, errors);
	load_symbols(p, p->hurt);
	start = bench_cpu_seconds();
	for (unsigned w = 0; w < SLOW; w++)
		decode_rs_int(p->fec, p->symbols + w * 544, NULL, 0);
	return gbps(SLOW, bench_cpu_seconds() - start);
}

static bool is_word(const unsigned s[544], const uint8_t *word)
{
	for (unsigned i = 0; i < 544; i++)
		if (s[i] != lw_rs_symbol(word, i))
			return false;
	return true;
}

/* Both make the same codewords, find the same errors and give up the same words (libfec tells that
 * by any number below 0). */
static int compare_with_fec(struct phy *p)
{
	for (unsigned errors = 0; errors <= 16; errors++) {
		make_errors(p, errors);
		memcpy(p->words, p->hurt, SLOW * (size_t)LW_RS_BYTES_MAX);
		lw_rs_decode(p->rs[LW_RS_BEST], p->words, SLOW, p->ret);
		load_symbols(p, p->hurt);
		for (unsigned w = 0; w < SLOW; w++) {
			unsigned *s = p->symbols + w * 544;
			int n = decode_rs_int(p->fec, s, NULL, 0);
			bool same = (n < 0 ? LW_RS_LOST : n) == p->ret[w] &&
				    is_word(s, p->words + w * LW_RS_BYTES_MAX);

			memset(s + 514, 0, 30 * sizeof(*s));
			encode_rs_int(p->fec, s, s + 514);
			if (same && (n < 0 || is_word(s, p->sent + w * LW_RS_BYTES_MAX)))
				continue;
			fprintf(stderr, "bench: libfec has another word at %u errors\n", errors);
			return -1;
		}
	}
	printf("libfec makes the same codewords, corrects and gives up the same ones\n");
	return 0;
}
#endif

static double copy_bits(struct phy *p, enum lw_rs_engine e, unsigned param)
{
	double start = bench_cpu_seconds();

	(void)e, (void)param;
	for (unsigned i = 0; i < 8; i++) {
		memcpy(p->copy, p->bits, PATTERN);
		__asm__ volatile("" : : "r"(p->copy) : "memory");
	}
	return 8.0 * 8 * PATTERN / (bench_cpu_seconds() - start) * 1e-9;
}

static double make_bits(struct phy *p, enum lw_rs_engine e, unsigned order)
{
	struct lw_pattern_source s;
	double start;

	(void)e;
	lw_pattern_start(&s, lw_pattern_find(order == 31 ? "prbs31" : "prbs13"), 0, NULL);
	start = bench_cpu_seconds();
	for (unsigned i = 0; i < 8; i++)
		lw_pattern_bits(&s, p->bits, 8 * PATTERN);
	return 8.0 * 8 * PATTERN / (bench_cpu_seconds() - start) * 1e-9;
}

static double check_bits(struct phy *p, enum lw_rs_engine e, unsigned param)
{
	struct lw_pattern_check c = {.pattern = lw_pattern_find("prbs31")};
	double start;

	(void)e, (void)param;
	lw_pattern_start(&c.source, c.pattern, 0, NULL);
	lw_pattern_bits(&c.source, p->bits, 8 * PATTERN);
	start = bench_cpu_seconds();
	lw_pattern_check(&c, p->bits, 8 * PATTERN);
	return c.errors ? 0 : 8.0 * PATTERN / (bench_cpu_seconds() - start) * 1e-9;
}

static int start(struct phy *p)
{
	const struct lw_fec *code = lw_fec_find(KP4);
	size_t bytes = WORDS * (size_t)LW_RS_BYTES_MAX;
	struct lw_error e;

	for (enum lw_rs_engine i = LW_RS_BEST; i < LW_RS_ENGINES; i++)
		if (lw_rs_available(i) && lw_rs_create(code, i, &p->rs[i], &e)) {
			fprintf(stderr, "bench: %s\n", e.message);
			return -1;
		}
	p->sent = malloc(bytes);
	p->hurt = malloc(bytes);
	p->words = malloc(bytes);
	p->ret = malloc(WORDS);
	p->bits = malloc(PATTERN);
	p->copy = malloc(PATTERN);
	if (!p->sent || !p->hurt || !p->words || !p->ret || !p->bits || !p->copy)
		return -1;
	for (size_t i = 0; i < bytes; i++)
		p->sent[i] = (uint8_t)rand();
	memset(p->bits, 0x5a, PATTERN);
	lw_rs_encode(p->rs[LW_RS_PLAIN], p->sent, WORDS);
	memcpy(p->words, p->sent, bytes);
	p->errors = ~0u;
#ifdef HAVE_FEC
	p->fec = init_rs_int(10, 0x409, 0, 1, 30, 1023 - 544);
	p->symbols = malloc(SLOW * 544 * sizeof(*p->symbols));
	if (!p->fec || !p->symbols || compare_with_fec(p))
		return -1;
#endif
	return 0;
}

static void finish(struct phy *p)
{
	for (enum lw_rs_engine i = LW_RS_BEST; i < LW_RS_ENGINES; i++)
		lw_rs_destroy(p->rs[i]);
	free(p->sent);
	free(p->hurt);
	free(p->words);
	free(p->ret);
	free(p->bits);
	free(p->copy);
#ifdef HAVE_FEC
	free_rs_int(p->fec);
	free(p->symbols);
#endif
}

static struct rate rates[] = {
#ifdef HAVE_FEC
	{"libfec encode", fec_encode, LW_RS_BEST, 0, .is_slow = true, .peer = "encode"},
	{"libfec decode, clean", fec_decode, LW_RS_BEST, 0, .is_slow = true, .peer = "clean"},
	{"libfec decode, 15 errors", fec_decode, LW_RS_BEST, 15, .is_slow = true, .peer = "15"},
#endif
	{"plain encode", encode, LW_RS_PLAIN, 0, .peer = "encode"},
	{"plain decode, clean", decode, LW_RS_PLAIN, 0, .peer = "clean"},
	{"plain decode, 15 errors", decode, LW_RS_PLAIN, 15, .peer = "15"},
	{"AVX2 encode, bytes", encode, LW_RS_AVX2, 0, 8, .peer = "encode"},
	{"AVX2 encode, planes", encode_planes, LW_RS_AVX2, 0, 8, .peer = "encode"},
	{"AVX2 decode, clean, bytes", decode, LW_RS_AVX2, 0, 12, .peer = "clean"},
	{"AVX2 syndromes, clean, planes", check_planes, LW_RS_AVX2, 0, 12, .peer = "clean"},
	{"AVX2 decode, 15 errors, bytes", decode, LW_RS_AVX2, 15, 1, .peer = "15"},
	{"AVX2 decode, 15 errors, planes", decode_planes, LW_RS_AVX2, 15, 1, .peer = "15"},
	{"AVX-512 encode, bytes", encode, LW_RS_AVX512, 0, .peer = "encode"},
	{"AVX-512 encode, planes", encode_planes, LW_RS_AVX512, 0, 40, .peer = "encode"},
	{"AVX-512 decode, clean, bytes", decode, LW_RS_AVX512, 0, .peer = "clean"},
	{"AVX-512 syndromes, clean, planes", check_planes, LW_RS_AVX512, 0, 60, .peer = "clean"},
	{"AVX-512 decode, 1 error, bytes", decode, LW_RS_AVX512, 1},
	{"AVX-512 decode, 7 errors, bytes", decode, LW_RS_AVX512, 7},
	{"AVX-512 decode, 15 errors, bytes", decode, LW_RS_AVX512, 15, 5, .peer = "15"},
	{"AVX-512 decode, 15 errors, planes", decode_planes, LW_RS_AVX512, 15, 5, .peer = "15"},
	{"AVX-512 and GFNI encode, bytes", encode, LW_RS_GFNI, 0, 40, .peer = "encode"},
	{"AVX-512 and GFNI decode, clean, bytes", decode, LW_RS_GFNI, 0, 60, .peer = "clean"},
	{"AVX-512 and GFNI decode, 1 error", decode, LW_RS_GFNI, 1},
	{"AVX-512 and GFNI decode, 15 errors", decode, LW_RS_GFNI, 15, 5, .peer = "15"},
	{"copy 1 MiB", copy_bits, LW_RS_BEST, 0},
	{"make PRBS31", make_bits, LW_RS_BEST, 31},
	{"make PRBS13", make_bits, LW_RS_BEST, 13},
	{"check PRBS31", check_bits, LW_RS_BEST, 31},
};

#define RATES (sizeof(rates) / sizeof(*rates))

static double peer_of(const struct rate *r)
{
	for (size_t i = 0; r->peer && i < RATES; i++)
		if (rates[i].is_slow && strcmp(rates[i].peer, r->peer) == 0)
			return rates[i].best;
	return 0;
}

/* rand() adds earlier numbers: too regular for sixteen in a row to count rare events with. */
static unsigned random_below(unsigned n)
{
	static uint64_t state = 88172645463325252;

	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return (unsigned)((state * 0x2545f4914f6cdd1d) >> 33) % n;
}

/* Words of RS(528,514) with eight errors: how many are taken for another codeword. Theory: words
 * within seven of a codeword, C(528,7) 1023^7 / 1024^14. */
static int count_miscorrected(struct phy *p)
{
	enum { BATCHES = 6000 };
	const double words = (double)BATCHES * WORDS, theory = 1.67e-6;
	struct lw_error e;
	struct lw_rs *rs;
	size_t bytes;
	double taken = 0;

	if (lw_rs_create(lw_fec_find("RS(528,514)"), LW_RS_BEST, &rs, &e))
		return -1;
	bytes = lw_rs_word_bytes(rs);
	for (unsigned b = 0; b < BATCHES; b++) {
		memset(p->words, 0, WORDS * bytes);
		for (unsigned w = 0; w < WORDS; w++)
			for (unsigned i = 0; i < 8; i++)
				lw_rs_set_symbol(p->words + w * bytes, i * 66 + random_below(66),
						 1 + random_below(1023));
		lw_rs_decode(rs, p->words, WORDS, p->ret);
		for (unsigned w = 0; w < WORDS; w++)
			taken += p->ret[w] >= 0;
	}
	lw_rs_destroy(rs);
	printf("RS(528,514), eight errors: %.0f of %.0f words taken for another, %.3g (95 %%: %.3g "
	       "to "
	       "%.3g; theory %.3g)\n",
	       taken, words, taken / words, lw_phy_ber_lower(taken, words, 0.975),
	       lw_phy_ber_upper(taken, words, 0.975), theory);
	return 0;
}

int bench_phy(void)
{
	static struct phy p;
	int status = 1;

	printf("%s over GF(2^10), payload, and patterns: Gb/s of one core\n", KP4);
	if (start(&p) == 0) {
		for (unsigned round = 0; round < ROUNDS; round++)
			for (size_t i = 0; i < RATES; i++) {
				double v =
					p.rs[rates[i].engine]
						? rates[i].turn(&p, rates[i].engine, rates[i].param)
						: 0;

				if (v > rates[i].best)
					rates[i].best = v;
			}
		for (size_t i = 0; i < RATES; i++) {
			const struct rate *r = &rates[i];
			double peer = peer_of(r);

			printf("%-42s %10.2f Gb/s", r->name, r->best);
			if (peer > 0 && !r->is_slow)
				printf(" %8.1f x libfec", r->best / peer);
			if (r->bar > 0)
				printf("   %.2f x the bar of %.0f", r->best / r->bar, r->bar);
			printf("\n");
		}
		status = count_miscorrected(&p) ? 1 : 0;
	}
	finish(&p);
	return status;
}
