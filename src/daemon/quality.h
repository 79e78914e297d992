/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LW_DAEMON_QUALITY_H
#define LW_DAEMON_QUALITY_H

#include <lanewise/engine.h>
#include <lanewise/history.h>

/**
 * @file
 * How good signals are: SNR and error ratios before FEC, from versatile diagnostics. What is
 * observed in real time needs no freeze, so that nothing is written to a module. Each step reads
 * one page of one module at rest: its descriptors and thresholds once, then each ten seconds the
 * one or two pages that hold its samples.
 */

#define LWD_QUALITY_EACH_MS 10000

enum lwd_quality_id { LWD_SNR_MEDIA, LWD_SNR_HOST, LWD_BER_MEDIA, LWD_BER_HOST, LWD_QUALITIES };

/** One observable of a lane; a path counts as its first host lane. */
struct lwd_quality_entry {
	uint8_t id, lane, bank, group;
	uint16_t instance;
	double value; /**< NaN: none now */
};

#define LWD_QUALITY_MAX (LWD_QUALITIES * LW_LANES_MAX)

struct lwd_quality_cage {
	struct lw_mono due;
	unsigned identities; /**< of the module that `entry` is of */
	unsigned step;       /**< page to be read next */
	bool described, none;
	unsigned count; /**< passes over its samples */
	uint16_t n;
	struct lwd_quality_entry *entry;        /**< allocated when there is one */
	struct lw_limits limits[LWD_QUALITIES]; /**< of the first lane */
};

struct lwd_quality {
	struct lwd_quality_cage *cage; /**< one per cage, in an arena; NULL: nothing is read */
	size_t n;
	struct lw_mono next;
};

/** @return 0 or LW_ENOMEM */
int lwd_quality_init(struct lwd_quality *q, size_t cages, struct lw_arena *arena,
		     struct lw_mono now);
void lwd_quality_finish(struct lwd_quality *q);

/**
 * Do what is due: at most one page of each module.
 * @param h        gets the values; NULL: none
 * @param wall_ms  milliseconds since 1970 at time 0
 * @return when to run again
 */
struct lw_mono lwd_quality_run(struct lwd_quality *q, struct lw_engine *e, struct lw_history *h,
			       int64_t wall_ms, struct lw_mono now);

/** "media-snr", "host-snr", "media-ber", "host-ber". */
const char *lwd_quality_name(enum lwd_quality_id id);

/** What is known of a cage now; NULL: nothing. */
const struct lwd_quality_cage *lwd_quality_of(const struct lwd_quality *q,
					      const struct lw_engine *e, size_t cage);

#endif
