/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LW_HISTORY_H
#define LW_HISTORY_H

#include <lanewise/why.h>

/**
 * @file
 * What an engine saw, kept in an SQLite file: readings of modules and lanes, links that went up and
 * down with a snapshot around each flap, modules that were plugged. It stays small: readings become
 * averages of minutes, then of hours, with their least and greatest, and old ones go. A process
 * that is killed loses what was not committed yet, at most a second; the file stays sound.
 *
 * Time is passed in: wall time is the engine's monotonic time plus `unix_ns`. All times here are
 * Unix times in milliseconds. This folder opens files and waits for their locks; a handle belongs
 * to one thread. Several processes may have the file open, one of them writing.
 */

struct lw_history;

/** Zero means default. */
struct lw_history_options {
	bool read_only;      /**< for queries alone; the file must be there */
	int64_t commit_ms;   /**< longest time between two commits (1000) */
	int64_t raw_each_ms; /**< closest readings of one module that are kept (10 000) */
	int64_t raw_ms;      /**< how long readings are kept (1 h) */
	int64_t minute_ms;   /**< how long averages of minutes are kept (1 d) */
	int64_t hour_ms;     /**< how long averages of hours and events are kept (180 d) */
	int64_t wait_ms;     /**< how long another process's lock is waited for (5000) */
	uint64_t max_bytes;  /**< of the database (512 MiB): the oldest goes before its time */
};

/**
 * Open or create a history.
 * @param opt  NULL: all defaults
 * @return 0; LW_EINVAL (no history, or of a newer version), LW_EIO, LW_ENOMEM
 */
LW_API int lw_history_open(const char *path, const struct lw_history_options *opt,
			   struct lw_history **ret, struct lw_error *reterr);
/** Commit and close; NULL is accepted. */
LW_API void lw_history_close(struct lw_history *h);

/**
 * Look at the engine and keep what is new since the last call. Call it after each run of the engine
 * and at least once a second.
 * @param unix_ns  Unix time of monotonic 0, in nanoseconds
 * @return 0; LW_EIO, LW_ENOMEM: what was not committed is lost, the next call goes on. When the
 *         clock was set back by more than an hour, what is later than now is dropped.
 */
LW_API int lw_history_record(struct lw_history *h, const struct lw_engine *e, int64_t unix_ns,
			     struct lw_error *reterr);

/** What is measured where. */
struct lw_history_key {
	const char *cage;     /**< "leaf1/swp1" */
	const char *quantity; /**< as lw_quantity_name() says, or of lw_history_put() */
	int lane;             /**< media lane, 0-based; -1: of the module */
};

/**
 * Keep a value that the engine does not read, as "snr" or "ber" of VDM. One that is older than the
 * last minute whose average was made is not kept, nor is one that is no number.
 */
LW_API int lw_history_put(struct lw_history *h, const struct lw_history_key *key, int64_t at_ms,
			  double value, struct lw_error *reterr);

/**
 * Keep the thresholds of a quantity of lw_history_put(), for its trend.
 * @param l  in the quantity's unit; NaN: there is none on that side
 */
LW_API int lw_history_put_limits(struct lw_history *h, const char *cage, const char *quantity,
				 const struct lw_limits *l, int64_t at_ms, struct lw_error *reterr);

/** Commit what was recorded, whatever the time. */
LW_API int lw_history_commit(struct lw_history *h, struct lw_error *reterr);

enum lw_history_step { LW_HISTORY_AUTO, LW_HISTORY_RAW, LW_HISTORY_MINUTE, LW_HISTORY_HOUR };

/** One reading (n = 1), or those of a minute or an hour that began at `t_ms`. */
struct lw_history_point {
	int64_t t_ms;
	uint32_t n;
	double min, mean, max;
};

/**
 * Readings from `from_ms` to before `to_ms`, in rising order.
 * @param step  LW_HISTORY_AUTO: the finest that reaches back that far and gives at most 2000 points
 * @param ret   lives in `arena`
 * @return 0 (also with no point); LW_EIO, LW_ENOMEM
 */
LW_API int lw_history_series(struct lw_history *h, const struct lw_history_key *key,
			     int64_t from_ms, int64_t to_ms, enum lw_history_step step,
			     struct lw_arena *arena, const struct lw_history_point **ret,
			     size_t *ret_n, struct lw_error *reterr);

enum lw_trend_verdict {
	LW_TREND_UNKNOWN, /**< fewer than LW_TREND_HOURS_MIN hours */
	LW_TREND_STEADY,  /**< no slope that stands out of its own uncertainty */
	LW_TREND_MOVING,
	LW_TREND_BEYOND,  /**< the alarm limit has been reached */
	LW_TREND_STEPPED, /**< it moved at once: two levels fit better than a line */
};

#define LW_TREND_HOURS_MIN 24
#define LW_TREND_LATELY    6

/** "unknown", "steady", "moving", "beyond", "stepped". */
LW_API const char *lw_trend_verdict_name(enum lw_trend_verdict v);

/**
 * Where a reading goes: a straight line through its averages of hours by least squares. Powers are
 * taken as dBm, for they are lost by a part of themselves; error ratios (quantities that end in
 * "-ber") as their decimal logarithm. The interval holds the slope with 95 % confidence;
 * neighbouring hours that resemble each other count as less than one each. Lasers follow the
 * temperature: their current and light are taken as of the average temperature of their module, as
 * far as it is known.
 */
struct lw_history_trend {
	enum lw_trend_verdict verdict;
	unsigned hours;   /**< that the line goes through */
	double days_seen; /**< from the first to the last of them */
	double value;  /**< of the line at the last hour; dBm, decades (log10) of ratios, else SI */
	double lately; /**< average of the last LW_TREND_LATELY hours; NaN without a line */
	double per_day; /**< slope */
	double per_day_low, per_day_high;
	const char *limit_name; /**< limit that is reached next: "high-warning" ..., NULL: none */
	double limit;           /**< NaN without one */
	double days;            /**< until the line reaches it, NaN: never */
	double days_low, days_high; /**< by the interval of the slope; infinite: perhaps never */
};

/**
 * @param from_ms  earliest reading to be used; those of a module that was in the cage before the
 *                 present one are never used
 * @return 0 (with LW_TREND_UNKNOWN when too little is known); LW_EIO, LW_ENOMEM
 */
LW_API int lw_history_trend(struct lw_history *h, const struct lw_history_key *key, int64_t from_ms,
			    struct lw_history_trend *ret, struct lw_error *reterr);

/**
 * Where the lanes of a module go, for lw_why(): of each quantity that it asks for, the line through
 * all that is kept, and through the last half, quarter and eighth of that, as far as each has
 * LW_TREND_HOURS_MIN. What ended more than LW_TREND_LATE_MS before now is of the past.
 * @param index   of the cage in the engine's fabric: goes into the trends
 * @param now_ms  0: the newest hour of the file
 * @param ret     lives in `arena`
 * @return 0 (also with no trend); LW_EIO, LW_ENOMEM
 */
LW_API int lw_history_past(struct lw_history *h, const char *cage, int index, int64_t now_ms,
			   struct lw_arena *arena, struct lw_why_past *ret,
			   struct lw_error *reterr);

#define LW_TREND_LATE_MS (6 * 3600000)

/** Something that happened. */
struct lw_history_event {
	int64_t id, t_ms;
	/** "link-up", "link-down", "link-off", "flags", "module-in", "module-out" */
	const char *kind;
	const char *subject; /**< link or cage */
	/** of modules vendor, part number and serial number, with "|" between; of flags the cage of
	 * the end, then each flag that is set and its lanes (from 1, those of the link), "clear":
	 * none */
	const char *detail;
	int64_t flaps; /**< of links, since the history began */
};

/**
 * The newest events first.
 * @param subject  NULL: of every link and cage
 * @param max      at most so many
 */
LW_API int lw_history_events(struct lw_history *h, const char *subject, int64_t from_ms,
			     int64_t to_ms, size_t max, struct lw_arena *arena,
			     const struct lw_history_event **ret, size_t *ret_n,
			     struct lw_error *reterr);

/** A reading at one end of a link just before it went down, or at the first look afterwards. */
struct lw_history_shot {
	bool after;
	struct lw_history_key key;
	double value;
};

/** The snapshot around the flap `event` ("link-down"). */
LW_API int lw_history_snapshot(struct lw_history *h, int64_t event, struct lw_arena *arena,
			       const struct lw_history_shot **ret, size_t *ret_n,
			       struct lw_error *reterr);

/** A module and how often it was found plugged into a cage. */
struct lw_history_module {
	const char *cage, *vendor, *pn, *sn;
	int64_t insertions, first_ms, last_ms;
};

/** @param cage  NULL: of all cages */
LW_API int lw_history_modules(struct lw_history *h, const char *cage, struct lw_arena *arena,
			      const struct lw_history_module **ret, size_t *ret_n,
			      struct lw_error *reterr);

#endif
