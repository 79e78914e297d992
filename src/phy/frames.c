/* SPDX-License-Identifier: Apache-2.0 */
#include "lane-tables.h"

#include <lanewise/frames.h>
#include <math.h>
#include <string.h>

#define OCTETS 8 /* of a block's payload, by its name 64b/66b */

/* A number of data/lane.csv; test-frames asks for every name that is used here. */
static unsigned number(const char *name)
{
	for (size_t i = 0; i < lw_lane_numbers_n; i++)
		if (!strcmp(lw_lane_numbers[i].name, name))
			return (unsigned)lw_lane_numbers[i].value;
	return 0;
}

static unsigned blocks_of(unsigned octets)
{
	return (number("frame_preamble") + octets) / OCTETS + 1;
}

unsigned lw_frame_bytes(unsigned octets)
{
	return blocks_of(octets) * OCTETS;
}

static unsigned common(unsigned a, unsigned b)
{
	while (b) {
		unsigned c = a % b;

		a = b;
		b = c;
	}
	return a;
}

int lw_frames_init(struct lw_frames *ret, unsigned octets, const struct lw_fec *code,
		   unsigned interleaved, struct lw_error *reterr)
{
	unsigned least = number("frame_least"), most = number("frame_most"), group;

	if (octets < least || octets > most)
		return lw_fail(reterr, LW_EINVAL, "a frame has %u to %u octets, not %u", least,
			       most, octets);
	if (!code || !code->payload_bytes || !interleaved)
		return lw_fail(reterr, LW_EINVAL, "frames are laid over codewords");
	group = code->payload_bytes / OCTETS * interleaved;
	*ret = (struct lw_frames){
		.octets = octets,
		.blocks = blocks_of(octets),
		.group = group,
		.pitch = number("frame_preamble") + octets + number("frame_gap"),
	};
	/* after so many frames the starts lie in a group as at first */
	ret->every = group * OCTETS / common(ret->pitch, group * OCTETS);
	return 0;
}

unsigned lw_frames_ahead(const struct lw_frames *f)
{
	return (f->blocks + f->group - 1) / f->group;
}

static uint64_t start_of(const struct lw_frames *f, uint64_t frame)
{
	return frame * f->pitch / OCTETS + frame / f->every;
}

/* The first frame that begins at that block or later. */
static uint64_t frame_at(const struct lw_frames *f, uint64_t block)
{
	uint64_t low = block / (f->pitch + OCTETS) * OCTETS, high = block * OCTETS / f->pitch + 1;

	while (low < high) {
		uint64_t middle = low + (high - low) / 2;

		if (start_of(f, middle) >= block)
			high = middle;
		else
			low = middle + 1;
	}
	return low;
}

uint64_t lw_frames_before(const struct lw_frames *f, uint64_t group)
{
	return frame_at(f, group * f->group);
}

void lw_frames_begin(const struct lw_frames *f, uint64_t first, uint64_t n,
		     struct lw_frames_lost *ret)
{
	*ret = (struct lw_frames_lost){
		.first = lw_frames_before(f, first),
		.end = lw_frames_before(f, first + n),
	};
	ret->told = ret->first;
}

void lw_frames_spoil(const struct lw_frames *f, uint64_t group, struct lw_frames_lost *inout)
{
	uint64_t from = group * f->group, low, high;

	/* one that begins `blocks` before it has its last needed block in it */
	low = frame_at(f, from > f->blocks ? from - f->blocks : 0);
	high = frame_at(f, from + f->group);
	if (low < inout->told)
		low = inout->told;
	if (high > inout->end)
		high = inout->end;
	if (low >= high)
		return;
	inout->n += high - low;
	inout->told = high;
}

void lw_frames_loss(const struct lw_frames *f, uint64_t frames, uint64_t lost, uint64_t groups,
		    uint64_t spoiled, double confidence, struct lw_frames_ratio *ret)
{
	double ratio = (double)lost / (double)frames, events = (double)spoiled;
	double each = lost && spoiled ? ratio * (double)groups / events
				      : 1 + (double)f->blocks / f->group;
	double one = spoiled ? (1 + confidence) / 2 : confidence;

	*ret = (struct lw_frames_ratio){
		.ratio = ratio,
		.lower = each * lw_phy_ber_lower(events, (double)groups, one),
		.upper = fmin(each * lw_phy_ber_upper(events, (double)groups, one), 1),
	};
}
