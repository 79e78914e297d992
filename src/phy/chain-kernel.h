/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LW_CHAIN_KERNEL_H
#define LW_CHAIN_KERNEL_H

#include <lanewise/chain.h>

/*
 * The inner loops of a chain. chain-kernel.c is compiled once for each instruction set (see
 * meson.build) under another LW_KERNEL name; all give the same bits: single-precision operations in
 * the same order, none fused.
 *
 * Sixteen streams run side by side, one a vector lane: stream s of a block counts symbols
 * (16 block + s) L to that plus L - 1.
 */

enum {
	LW_STREAMS = 16,
	LW_CHUNK = 80, /* a multiple of 16 (random numbers) and of 40 (four FEC symbols of NRZ) */
	LW_ROWS = 4,   /* symbols of a lane after which their words come again */
	LW_MUXED = 4,
	LW_SIGNAL_TAPS = LW_PULSE_MAX + LW_FFE_MAX,
	LW_NOISE_TAPS = LW_NOISE_LAGS + LW_FFE_MAX,
	LW_EYE_TAPS = 2 * (LW_NOISE_SYMBOLS + LW_FFE_MAX),
};

/* A chain made ready: floats, filters joined. Tap q of `signal` meets symbol i + pre - q. */
struct lw_kernel_job {
	uint64_t length;  /* symbols of a stream */
	uint32_t warm;    /* symbols run before, a multiple of LW_CHUNK */
	uint32_t past;    /* symbols kept behind, a multiple of 16 */
	uint32_t ahead;   /* symbols made before they are due, a multiple of 16 */
	uint32_t ahead_e; /* extras made before they are due, a multiple of 16 */
	uint32_t pre, pre_h, pre_ffe;
	uint32_t signal_n, noise_n, slope_n, ffe_n, dfe_n;
	float signal[LW_SIGNAL_TAPS]; /* pulse and equaliser */
	float noise[LW_NOISE_TAPS];   /* colour and equaliser, times rms */
	float slope[LW_PULSE_MAX];    /* of the pulse, a symbol of time */
	float ffe[LW_FFE_MAX];        /* for the extras */
	float dfe[LW_DFE_MAX];
	float level[4], step[3]; /* step[i]: from level i to the next; 0 where there is none */
	float threshold[3];      /* +infinity where there is none */
	float level_noise[4];
	float field[4]; /* root of the light at each level */
	float echo;     /* twice the field of an echo */
	float rj, dj;   /* symbols: rms, half the distance */
	uint32_t reflections;
	int extras, ideal, precoded, pam4;
	uint32_t phase;      /* where waveforms are sliced for the feedback */
	uint32_t fec_symbol; /* line symbols of an FEC symbol, 0: none */
	uint32_t interleaved, muxed;
	uint8_t word_of[LW_ROWS * LW_MUXED]; /* of FEC symbols, lane by lane and row by row */
	uint32_t key[2], lane;
	/* for waveforms; [phase] runs fastest */
	uint32_t eye_n, eye_noise_n, eye_pre, eye_noise_pre;
	float (*eye_signal)[LW_PHASES], (*eye_noise)[LW_PHASES], (*eye_slope)[LW_PHASES];
};

struct lw_kernel_count {
	uint64_t symbol_errors, bit_errors, fec_errors;
	uint64_t reach[LW_BURSTS], reach_decoded[LW_BURSTS]; /* runs that get that long */
	uint32_t words[LW_STREAMS][4]; /* wrong FEC symbols of each codeword */
};

struct lw_kernel {
	void (*run)(const struct lw_kernel_job *j, uint64_t block, struct lw_kernel_count *ret);
	/* Waveforms of `n` symbols from `first`, a multiple of 16: ret[n][LW_PHASES]. The feedback
	 * is told what was sent before `first`. */
	void (*wave)(const struct lw_kernel_job *j, uint64_t first, uint32_t n,
		     float (*ret)[LW_PHASES]);
	/* y[k][s] = sum of h[p][s] x[k - p]; x[-1] and before are there */
	void (*bank)(const float *x, uint32_t n, const float (*h)[LW_PHASES], uint32_t taps,
		     float (*ret)[LW_PHASES]);
	/* Add to hist[s][row]; rows are (y - low) * scale, at most LW_EYE_ROWS. @return outside */
	uint64_t (*histogram)(const float (*y)[LW_PHASES], uint32_t n, float low, float scale,
			      uint32_t (*hist)[LW_EYE_ROWS]);
	/* Equalise values that lie between four samples of every symbol, z[k] = sum of tap[t]
	 * (sum of cubic[i] phase[i][k + main - t]), and count them in rows of (z - low) * scale. */
	void (*equalised)(const float *const phase[4], const float cubic[4], const float *tap,
			  uint32_t taps, uint32_t main, uint32_t n, float low, float scale,
			  uint32_t *hist, uint32_t rows);
	/* Crossings of `level` by the equalised waveform from phase s to s + 1: how many, and the
	 * sum of how far between; `phase` has m + 1 members. */
	void (*crossings)(const float *const *phase, uint32_t m, const float *tap, uint32_t taps,
			  uint32_t main, uint32_t n, float level, double *ret_n, double *ret_sum);
};

/* Symbols that lw_kernel.wave() makes at most. */
#define LW_WAVE_MAX 512

extern const struct lw_kernel lw_kernel_c, lw_kernel_avx2, lw_kernel_avx512;
const struct lw_kernel *lw_kernel_find(enum lw_cpu cpu);

#endif
