/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LW_FRAMES_H
#define LW_FRAMES_H

#include <lanewise/error.h>
#include <lanewise/formula.h>
#include <stdint.h>

/**
 * @file
 * Ethernet frames of one length, back to back, over a stream of Reed-Solomon codewords: which of
 * them an uncorrectable codeword takes.
 *
 * A frame fills whole 66-bit blocks: preamble and start, eight octets each, what is left with its
 * end. The gap behind it is the least on average (the deficit idle count moves starts to blocks,
 * IEEE 802.3 46.3.1.4); one block of idle more in a while, as adapting rates inserts it, makes
 * frames begin at every block of a codeword equally often. A codeword that is not corrected spoils
 * all blocks of its group (119.2.5.3). A frame is lost when one of its blocks is spoiled, or the
 * one behind its end, without which the receiver does not take the end for one (82.2.19.3).
 *
 * Pure; plain data.
 */
struct lw_frames {
	unsigned octets; /**< from destination address to check sequence */
	unsigned blocks; /**< from start to end */
	unsigned group;  /**< blocks of a group of interleaved codewords */
	unsigned pitch;  /**< octets from start to start, on average */
	unsigned every;  /**< frames between two blocks of idle more */
};

/** Octets of its blocks: 80 for a frame of 64. */
LW_API unsigned lw_frame_bytes(unsigned octets);
/**
 * @param octets       of a frame: 64 to 9600
 * @param interleaved  codewords that symbols are dealt to in turn
 * @return 0, LW_EINVAL
 */
LW_API int lw_frames_init(struct lw_frames *ret, unsigned octets, const struct lw_fec *code,
			  unsigned interleaved, struct lw_error *reterr);
/** Groups behind the one it begins in that a frame may reach. */
LW_API unsigned lw_frames_ahead(const struct lw_frames *f);
/** Frames that begin before group number `group` of the stream. */
LW_API uint64_t lw_frames_before(const struct lw_frames *f, uint64_t group);

/** Frames lost among those that begin in a stretch of groups. */
struct lw_frames_lost {
	uint64_t first, end; /**< frames of the stretch */
	uint64_t told;       /**< frames before this one are judged */
	uint64_t n;          /**< lost */
};
/** Begin with the frames that begin in groups `first` to `first + n - 1`. */
LW_API void lw_frames_begin(const struct lw_frames *f, uint64_t first, uint64_t n,
			    struct lw_frames_lost *ret);
/** Group `group` is spoiled; call with rising numbers, up to lw_frames_ahead() behind the stretch.
 */
LW_API void lw_frames_spoil(const struct lw_frames *f, uint64_t group,
			    struct lw_frames_lost *inout);

/** A counted ratio and the interval that holds the true one with the confidence asked for. */
struct lw_frames_ratio {
	double ratio, lower, upper;
};
/**
 * Lost frames come by groups, which fail independently: the interval is that of the spoiled groups
 * times the frames that each took; without one, times those that it would.
 * @param confidence  of the whole interval; without losses of its upper end alone
 */
LW_API void lw_frames_loss(const struct lw_frames *f, uint64_t frames, uint64_t lost,
			   uint64_t groups, uint64_t spoiled, double confidence,
			   struct lw_frames_ratio *ret);

#endif
