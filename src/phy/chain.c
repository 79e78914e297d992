/* SPDX-License-Identifier: Apache-2.0 */
#include "chain-internal.h"

#include <lanewise/digest.h>
#include <lanewise/frames.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

void lw_chain_init(struct lw_chain *c, enum lw_modulation m, const struct lw_pulse *pulse)
{
	*c = (struct lw_chain){.modulation = m,
			       .pulse = pulse,
			       .phase = LW_PHASES / 2,
			       .ffe_n = 1,
			       .ffe = {1},
			       .interleaved = 1,
			       .muxed = 1,
			       .seed = 1,
			       .dark = -1};
	lw_chain_levels(c, -1, 1, 1);
	if (pulse)
		lw_chain_thresholds(c);
}

void lw_chain_levels(struct lw_chain *c, double low, double high, double rlm)
{
	double middle = (low + high) / 2, half = (high - low) / 2;

	memset(c->level, 0, sizeof(c->level));
	c->level[0] = low;
	c->level[1] = high;
	if (c->modulation != LW_PAM4)
		return;
	c->level[1] = middle - half * rlm / 3;
	c->level[2] = middle + half * rlm / 3;
	c->level[3] = high;
}

double lw_level_mismatch(const double level[4])
{
	double middle = (level[0] + level[3]) / 2;
	double es1 = (level[1] - middle) / (level[0] - middle);
	double es2 = (level[2] - middle) / (level[3] - middle);

	return fmin(fmin(3 * es1, 3 * es2), fmin(2 - 3 * es1, 2 - 3 * es2));
}

void lw_chain_thresholds(struct lw_chain *c)
{
	unsigned n = lw_chain_level_n(c), main = c->pulse->pre + c->ffe_pre;
	double cursor[LW_SIGNAL_TAPS], rest = 0, mean = 0;
	unsigned m = lw_chain_cursors(c, c->phase, cursor);

	for (unsigned i = 0; i < n; i++)
		mean += c->level[i] / n;
	for (unsigned q = 0; q < m; q++)
		if (q != main)
			rest += cursor[q];
	for (unsigned d = 0; d < c->dfe_n; d++)
		rest -= c->dfe[d];
	for (unsigned i = 0; i + 1 < n; i++)
		c->threshold[i] = cursor[main] * (c->level[i] + c->level[i + 1]) / 2 + rest * mean;
}

bool lw_cpu_has(enum lw_cpu cpu)
{
	return lw_kernel_find(cpu) != NULL;
}

const struct lw_kernel *lw_kernel_find(enum lw_cpu cpu)
{
#if defined(__x86_64__)
	bool avx2 = __builtin_cpu_supports("avx2");
	bool avx512 = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
		      __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq");

	if (cpu == LW_CPU_AVX512 || (cpu == LW_CPU_BEST && avx512))
		return avx512 ? &lw_kernel_avx512 : NULL;
	if (cpu == LW_CPU_AVX2 || (cpu == LW_CPU_BEST && avx2))
		return avx2 ? &lw_kernel_avx2 : NULL;
#endif
	return cpu == LW_CPU_C || cpu == LW_CPU_BEST ? &lw_kernel_c : NULL;
}

uint64_t lw_chain_block(const struct lw_chain *c)
{
	struct lw_kernel_job job;

	if (lw_chain_check(c, NULL))
		return 0;
	lw_chain_job(c, &job);
	return job.length * LW_STREAMS;
}

/* Frames of a block; each of its streams is a group of codewords, which follow each other as a
 * ring. */
static void add_frames(const struct lw_chain *c, uint64_t block, uint32_t spoiled,
		       struct lw_chain_count *inout)
{
	struct lw_frames frames;
	struct lw_frames_lost lost;
	uint64_t first = block * LW_STREAMS;

	if (lw_frames_init(&frames, c->frame_octets, c->fec, c->interleaved, NULL))
		return;
	lw_frames_begin(&frames, first, LW_STREAMS, &lost);
	for (unsigned g = 0; spoiled && g < LW_STREAMS + lw_frames_ahead(&frames); g++)
		if (spoiled >> g % LW_STREAMS & 1)
			lw_frames_spoil(&frames, first + g, &lost);
	inout->frames += lost.end - lost.first;
	inout->frames_lost += lost.n;
}

static void add_words(const struct lw_chain *c, const struct lw_kernel_job *j, uint64_t block,
		      const struct lw_kernel_count *k, struct lw_chain_count *inout)
{
	uint32_t spoiled = 0; /* groups */

	for (unsigned s = 0; s < LW_STREAMS; s++)
		for (unsigned w = 0; w < j->interleaved; w++) {
			uint32_t wrong = k->words[s][w];

			inout->codewords++;
			inout->lost += wrong > c->fec->t;
			inout->by_errors[wrong < LW_FEC_BINS ? wrong : LW_FEC_BINS]++;
			if (wrong > c->fec->t)
				spoiled |= UINT32_C(1) << s;
		}
	inout->groups += LW_STREAMS;
	inout->groups_lost += (unsigned)__builtin_popcount(spoiled);
	if (c->frame_octets)
		add_frames(c, block, spoiled, inout);
}

static void add(const struct lw_chain *c, const struct lw_kernel_job *j, uint64_t block,
		const struct lw_kernel_count *k, struct lw_chain_count *inout)
{
	uint64_t symbols = j->length * LW_STREAMS;

	inout->symbols += symbols;
	inout->symbol_errors += k->symbol_errors;
	inout->bits += symbols * (j->pam4 ? 2 : 1);
	inout->bit_errors += k->bit_errors;
	inout->fec_symbol_errors += k->fec_errors;
	for (unsigned i = 0; i < LW_BURSTS; i++) {
		const uint64_t *decoded = j->precoded ? k->reach_decoded : k->reach;
		bool last = i + 1 == LW_BURSTS;

		inout->bursts[i] += k->reach[i] - (last ? 0 : k->reach[i + 1]);
		inout->bursts_decoded[i] += decoded[i] - (last ? 0 : decoded[i + 1]);
	}
	if (j->fec_symbol)
		add_words(c, j, block, k, inout);
}

void lw_chain_count_add(struct lw_chain_count *inout, const struct lw_chain_count *from)
{
	uint64_t *to = (uint64_t *)inout;
	const uint64_t *more = (const uint64_t *)from;

	_Static_assert(sizeof(*from) == (11 + LW_FEC_BINS + 1 + 2 * LW_BURSTS) * sizeof(*to),
		       "counts are 64-bit numbers and nothing else");
	for (size_t i = 0; i < sizeof(*from) / sizeof(*to); i++)
		to[i] += more[i];
}

uint64_t lw_chain_hash(const struct lw_chain *c)
{
	struct lw_kernel_job job;
	const uint32_t t[2] = {c->fec ? c->fec->t : 0, c->frame_octets};
	uint64_t h;

	if (lw_chain_check(c, NULL))
		return 0;
	/* The kernels see nothing but the job, and lw_chain_job() clears it first. */
	lw_chain_job(c, &job);
	h = lw_digest(lw_digest(LW_DIGEST_START, &job, sizeof(job)), t, sizeof(t));
	return h ? h : 1;
}

int lw_chain_run(const struct lw_chain *c, uint64_t first, uint64_t n, struct lw_chain_count *inout,
		 struct lw_error *reterr)
{
	const struct lw_kernel *kernel = lw_kernel_find(c->cpu);
	struct lw_kernel_job job;
	int r = lw_chain_check(c, reterr);

	if (r)
		return r;
	if (!kernel)
		return lw_fail(reterr, LW_ENOTSUP, "this processor lacks that instruction set");
	lw_chain_job(c, &job);
	for (uint64_t b = 0; b < n; b++) {
		struct lw_kernel_count count;

		kernel->run(&job, first + b, &count);
		add(c, &job, first + b, &count, inout);
	}
	return 0;
}

void lw_random_block(const uint32_t counter[4], const uint32_t key[2], uint32_t ret[4])
{
	uint32_t c[4], k0 = key[0], k1 = key[1];

	memcpy(c, counter, sizeof(c));
	for (int round = 0; round < 10; round++) {
		uint64_t a = (uint64_t)c[0] * 0xD2511F53u, b = (uint64_t)c[2] * 0xCD9E8D57u;

		c[0] = (uint32_t)(b >> 32) ^ c[1] ^ k0;
		c[2] = (uint32_t)(a >> 32) ^ c[3] ^ k1;
		c[1] = (uint32_t)b;
		c[3] = (uint32_t)a;
		k0 += 0x9E3779B9u;
		k1 += 0xBB67AE85u;
	}
	memcpy(ret, c, sizeof(c));
}

void lw_chain_symbols(const struct lw_chain *c, uint64_t first, size_t n, uint8_t *ret)
{
	const uint32_t key[2] = {(uint32_t)c->seed, (uint32_t)(c->seed >> 32)};
	uint32_t words[4] = {0};

	for (size_t i = 0; i < n; i++) {
		uint64_t at = first + i, group = at >> 4;

		if (i == 0 || at % 16 == 0) {
			const uint32_t counter[4] = {(uint32_t)group, (uint32_t)(group >> 32), 0,
						     c->lane};

			lw_random_block(counter, key, words);
		}
		ret[i] =
			(uint8_t)(words[0] >> (2 * (at % 16)) & (c->modulation == LW_PAM4 ? 3 : 1));
	}
}
