/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LW_TWIN_MONITOR_H
#define LW_TWIN_MONITOR_H

#include "twin-impl.h"

/**
 * @file
 * What a module's sensors see, with a little noise that depends on nothing but the world's seed,
 * the twin and the time, so that reading a monitor changes nothing. Values come from data/twin.csv
 * and data/light.csv. Shared by all maps: the numbers are of the module, their coding is of the
 * map.
 */

/** Order of the flags and thresholds of a monitor. */
enum { LW_HIGH_ALARM, LW_LOW_ALARM, LW_HIGH_WARNING, LW_LOW_WARNING, LW_LIMITS_N };

/** A monitored quantity of one map, by the ids of its rows. */
struct lw_watch {
	uint16_t value;
	int16_t need; /**< what advertises it, -1: nothing */
	uint16_t flag[LW_LIMITS_N], threshold[LW_LIMITS_N];
};

struct lw_monitor_lane {
	double tx_mw, bias_ma, rx_mw;
};

/** The monitors of lanes. */
struct lw_watch_lanes {
	const struct lw_watch *tx_power, *tx_bias, *rx_power;
};

/** Case temperature in degC. */
double lw_monitor_temperature(const struct lw_twin *t);
/** Supply in V. */
double lw_monitor_vcc(const struct lw_twin *t);
/** Media lane `lane`: 0 where there is no light. */
void lw_monitor_lane(const struct lw_twin *t, unsigned lane, struct lw_monitor_lane *ret);

/** The limits of a monitor as raw numbers, which nobody changes. */
struct lw_range {
	int64_t at[LW_LIMITS_N];
	int64_t top, bottom; /**< nothing between them, or on them, passes any */
};

/** What a module is watched by; without limits or without the monitor nothing is ever passed. */
void lw_watch_range(const struct lw_memory *m, const struct lw_watch *w, struct lw_range *ret);
/** A threshold in the unit of its row, 0 if the module has none. */
double lw_watch_limit(const struct lw_memory *m, const struct lw_watch *w, unsigned limit);
bool lw_watch_supported(const struct lw_memory *m, const struct lw_watch *w);
/** Let the monitor show `value`, given in the unit of its row. */
void lw_watch_show(struct lw_memory *m, const struct lw_watch *w, unsigned lane, double value);
/** Let the monitors of the first `n` lanes show what they see. */
void lw_watch_show_lanes(struct lw_twin *t, const struct lw_watch_lanes *w, unsigned n);
/** Set the flags of the limits `l` that are passed, high limits of the lanes in `high`, low ones of
 *  those in `low`. */
void lw_watch_check(struct lw_memory *m, const struct lw_watch *w, const struct lw_range *l,
		    uint32_t high, uint32_t low);
/** The same, with limits that are looked up now. */
void lw_watch_check_anew(struct lw_memory *m, const struct lw_watch *w, uint32_t high,
			 uint32_t low);

#endif
