/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LW_CHAIN_H
#define LW_CHAIN_H

#include <lanewise/channel.h>
#include <lanewise/eye.h>
#include <lanewise/formula.h>

/**
 * @file
 * A lane from symbols to decisions, by three engines that share one description:
 *
 * - lw_chain_run() counts errors at one sample a symbol, float, hundreds of millions a second;
 * - lw_chain_eye() makes whole waveforms, 32 samples a symbol, into an eye diagram;
 * - lw_chain_stat() computes the same ratios from distributions, double, down to 1e-300.
 *
 * Random numbers are a function of (seed, lane, symbol) alone: results do not depend on how the
 * work is cut, on threads or on the processor; the same counts come bit for bit.
 */

#define LW_FFE_MAX     32
#define LW_DFE_MAX     8
#define LW_FEC_BINS    32
#define LW_BURSTS      8
#define LW_REFLECT_MAX 16

/** Which code runs; the answers are equal. */
enum lw_cpu { LW_CPU_BEST, LW_CPU_C, LW_CPU_AVX2, LW_CPU_AVX512 };

/**
 * A lane. Plain data; lw_chain_init() gives a perfect one, then set members, then
 * lw_chain_equalise(). Amplitudes are in any one unit. Nothing is owned.
 */
struct lw_chain {
	enum lw_modulation modulation; /**< LW_NRZ or LW_PAM4 */
	double level[4];               /**< what is sent, lowest first; NRZ uses two */
	const struct lw_pulse *pulse;  /**< transmitter, channel and receiver up to the equaliser */

	double noise_rms;             /**< of the receiver, where the equaliser begins */
	const struct lw_noise *noise; /**< its colour; NULL: white from symbol to symbol */
	double level_noise[4];        /**< rms that comes with each level (intensity noise), where
					   the equaliser begins */
	double rj_ui;                 /**< random jitter of sampling, rms */
	double dj_ui;                 /**< deterministic jitter: two places this far apart */
	unsigned reflections;         /**< pairs of reflections, each an echo of random phase */
	double reflection;            /**< field of an echo by that of the signal: sqrt(R1 R2) */
	double dark;                  /**< level at which the light is off; for echoes */

	unsigned phase; /**< sample of the symbol where decisions are made, 0 to LW_PHASES - 1 */
	unsigned ffe_n, ffe_pre;
	double ffe[LW_FFE_MAX];
	unsigned dfe_n;
	double dfe[LW_DFE_MAX]; /**< taken off for each unit of the level decided, 1.. symbols ago
				 */
	double threshold[3];
	bool ideal_feedback; /**< DFE is told what was sent: no error propagation */
	bool precoded;       /**< 1/(1+D) sent, its inverse behind the slicer */

	const struct lw_fec *fec; /**< symbols and codewords to count; NULL: none */
	unsigned interleaved;     /**< codewords that its symbols are dealt to in turn: 1, 2, 4 */
	unsigned muxed;           /**< PCS lanes whose bits take turns (lw_pcs_muxed()): 1, 2, 4 */
	unsigned frame_octets;    /**< of the frames in the codewords (frames.h); 0: none */

	uint64_t seed;
	uint32_t lane;
	enum lw_cpu cpu;
};

/** NRZ or PAM4 at levels -1 to 1, one tap, no noise. */
LW_API void lw_chain_init(struct lw_chain *c, enum lw_modulation m, const struct lw_pulse *pulse);

/** Levels from `low` to `high`; PAM4 with its inner ones pulled together to that level mismatch
 *  ratio (IEEE 802.3 94.3.12.5.1), 1: evenly spaced. */
LW_API void lw_chain_levels(struct lw_chain *c, double low, double high, double rlm);
/** Level mismatch ratio of four levels, lowest first; NRZ is 1. */
LW_API double lw_level_mismatch(const double level[4]);

/**
 * Set equaliser, decision phase and thresholds to the least mean square error.
 * @param ffe_n    taps a symbol apart, 1 to LW_FFE_MAX, `ffe_pre` of them before the main one
 * @param phase    where to sample, or negative: the best
 * @param ret_snr_db  signal by noise and remaining interference at the slicer; may be NULL
 */
LW_API int lw_chain_equalise(struct lw_chain *c, unsigned ffe_n, unsigned ffe_pre, unsigned dfe_n,
			     int phase, double *ret_snr_db, struct lw_error *reterr);
/** Thresholds midway between the levels as they arrive, for taps and phase as they are. */
LW_API void lw_chain_thresholds(struct lw_chain *c);

/** Counts; those of parts add up. Plain data. */
struct lw_chain_count {
	uint64_t symbols, symbol_errors;
	uint64_t bits, bit_errors;
	uint64_t fec_symbol_errors;
	uint64_t codewords, lost;            /**< lost: more than t symbols wrong */
	uint64_t by_errors[LW_FEC_BINS + 1]; /**< codewords by wrong symbols; the last: more */
	uint64_t groups, groups_lost;        /**< of interleaved codewords; lost: any of them is */
	/** frames, and those that a lost codeword takes. Blocks are rings: a frame that reaches
	 * beyond the last codeword of a block meets its first */
	uint64_t frames, frames_lost;
	/** runs of wrong symbols by length, before and after the precoder's inverse; [0]: one,
	 *  the last: that many and more */
	uint64_t bursts[LW_BURSTS], bursts_decoded[LW_BURSTS];
};

/** Add `from` to `inout`: sums are the same in any order. */
LW_API void lw_chain_count_add(struct lw_chain_count *inout, const struct lw_chain_count *from);
/** A number of all that the counts of lw_chain_run() depend on, the code behind it included: equal
 *  numbers, equal counts. 0: the chain cannot run. For checkpoints, on one version. */
LW_API uint64_t lw_chain_hash(const struct lw_chain *c);

/** Symbols that one block of lw_chain_run() counts: 16 stretches of whole codewords. */
LW_API uint64_t lw_chain_block(const struct lw_chain *c);
/**
 * Run blocks `first` to `first + n - 1` and add to `inout`. Blocks may be run in any order, by any
 * thread, each once: the sum is the same.
 */
LW_API int lw_chain_run(const struct lw_chain *c, uint64_t first, uint64_t n,
			struct lw_chain_count *inout, struct lw_error *reterr);
/** Is that code there and does this processor have it? */
LW_API bool lw_cpu_has(enum lw_cpu cpu);

/**
 * Make the waveforms of symbols `first` to `first + n - 1`, noise, jitter and
 * equaliser included, and add them to an eye diagram (lw_eye_init()). Feedback of the DFE is held
 * for whole symbols of the diagram and follows the decisions; every 512 symbols it is set right.
 */
LW_API int lw_chain_eye(const struct lw_chain *c, uint64_t first, uint64_t n, struct lw_eye *inout,
			struct lw_error *reterr);
/** The range that waveforms of this lane fill: where to put the rows of an eye diagram. */
LW_API void lw_chain_range(const struct lw_chain *c, double *ret_low, double *ret_high);
/**
 * The waveform of a pattern that repeats, before the equaliser, without noise.
 * @param symbol  levels 0 to 3, `n` of them, at least the pulse's length
 * @param ret     n * LW_PHASES samples
 */
LW_API int lw_chain_waveform(const struct lw_chain *c, const uint8_t *symbol, size_t n, float *ret,
			     struct lw_error *reterr);
/** The symbols that lw_chain_run() and lw_chain_eye() send, levels 0 to 3 (NRZ: 0, 1). */
LW_API void lw_chain_symbols(const struct lw_chain *c, uint64_t first, size_t n, uint8_t *ret);

/** Ratios from distributions. Decisions of the DFE count as right. */
struct lw_stat {
	double ser, ber;
	double noise_rms; /**< Gaussian part at the slicer, of the mean level */
	double snr_db;    /**< signal by noise and interference, all levels' mean */
};
/** At decision phase, as the lane is set. @return 0, LW_EINVAL, LW_ENOMEM */
LW_API int lw_chain_stat(const struct lw_chain *c, struct lw_stat *ret, struct lw_error *reterr);
/** Symbol error ratio at each phase of the symbol, thresholds as they are: a bathtub. */
LW_API int lw_chain_bathtub(const struct lw_chain *c, double ret[LW_PHASES],
			    struct lw_error *reterr);
/**
 * Where each eye is open at that probability.
 * @param ret  ret[s][e][0] and [1]: lower and upper edge of eye `e` at phase `s`; closed where the
 *             lower is not below the upper
 */
LW_API int lw_chain_contour(const struct lw_chain *c, double probability,
			    double ret[LW_PHASES][3][2], struct lw_error *reterr);

/** One 128-bit block of the generator (Philox4x32-10): for those who address it themselves. */
LW_API void lw_random_block(const uint32_t counter[4], const uint32_t key[2], uint32_t ret[4]);

#endif
